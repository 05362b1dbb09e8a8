//! OSPF and IS-IS between FRR on a mirror and FRR on the host behind the port: hellos are multicast, and IS-IS has no IP.

use crate::frr::Bfdd;
use crate::lab::wait_until;
use crate::topology::{INTERFACES, Network, PORTS, WORKERS};
use stats::PuntClass;

fn punted(network: &Network, class: PuntClass) -> u64 {
    network.lab.stats().workers().iter().map(|worker| worker.punts[class as usize].1).sum()
}

fn ospf(interface: &str, id: &str) -> (&'static str, String) {
    let lines = format!(
        "interface {interface}\n ip ospf area 0\n ip ospf network point-to-point\n ip ospf hello-interval 1\n \
         ip ospf dead-interval 4\nexit\nrouter ospf\n ospf router-id {id}\nexit\n"
    );
    ("ospfd", lines)
}

fn isis(interface: &str, system: u8) -> (&'static str, String) {
    let lines = format!(
        "interface {interface}\n ip router isis lab\n isis network point-to-point\n isis hello-interval 1\nexit\n\
         router isis lab\n net 49.0000.0000.0000.000{system}.00\n is-type level-2-only\nexit\n"
    );
    ("isisd", lines)
}

/// Runs the switch with FRR on the mirror of isp1, and FRR on isp1.
fn neighbors(daemon: fn(&str, u8) -> (&'static str, String)) -> (Network, Bfdd) {
    let mut network = Network::hosts();
    network.lab.start(&format!("{WORKERS}{PORTS}{INTERFACES}"));
    let _far = Bfdd::routing(&mut network.lab, "isp1", &[daemon("eth0", 1)]);
    let near = Bfdd::routing(&mut network.lab, "sw", &[daemon("isp1", 2)]);
    (network, near)
}

#[test]
fn ospf_neighbors_become_full_through_the_switch() {
    let (network, near) = neighbors(|interface, n| ospf(interface, &format!("192.0.2.{n}")));
    wait_until("the neighbor is full", || {
        near.ask_daemon("ospfd", "show ip ospf neighbor").contains("192.0.2.1") && full(&near)
    });
    wait_until("hellos go up", || punted(&network, PuntClass::Ospf) > 3);
}

fn full(near: &Bfdd) -> bool {
    near.ask_daemon("ospfd", "show ip ospf neighbor").contains("Full")
}

#[test]
fn is_is_neighbors_come_up_through_the_switch() {
    let (network, near) = neighbors(isis);
    wait_until("the adjacency is up", || near.ask_daemon("isisd", "show isis neighbor").contains("Up"));
    wait_until("hellos go up", || punted(&network, PuntClass::IsIs) > 3);
}
