//! Paths whose next hop is a link-local address: BFD between the two that follow from the MACs.

use crate::client::{FAST, path, through};
use crate::frr::{Bfdd, fast_peer};
use crate::lab::{Lab, wait_until};
use crate::topology::{NET6, Network, SERVER6, WORKERS, paths};
use crate::traffic::{Flow, Sink};
use api::show::Rows;
use api::switch::Query;
use nix::sys::signal::Signal;

/// What the kernel makes of the MAC of the first provider's host, the second that the lab has made.
const THEIRS: &str = "fe80::ff:fe00:2";

/// The link-local address of a kernel interface in the switch's namespace.
fn of_mirror(lab: &Lab, interface: &str) -> String {
    let (ok, text) = lab.exec("sw", &["ip", "-j", "-6", "addr", "show", "dev", interface, "scope", "link"]);
    assert!(ok, "{text}");
    let links: serde_json::Value = serde_json::from_str(&text).unwrap();
    let all = links[0]["addr_info"].as_array().unwrap();
    let addresses: Vec<_> = all.iter().filter_map(|address| address["local"].as_str()).collect();
    let [one] = addresses[..] else { panic!("{text}") };
    one.to_owned()
}

#[test]
fn a_session_between_link_local_addresses_comes_up_and_its_loss_moves_packets_to_the_backup() {
    let mut network = Network::new();
    let ours = of_mirror(&network.lab, "isp1");
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &fast_peer(&ours, THEIRS));
    let mut control = network.control(None);
    control.neighbor("isp1", THEIRS, Some(network.isps[0]));
    let mut all = paths(None).to_vec();
    all.push(path("isp1-ll", THEIRS, Some(FAST)));
    control.sync(&all, &[(NET6, through(4, &[3]))]);
    wait_until("session up", || control.bfd("isp1-ll").as_deref() == Some("up"));
    wait_until("bfdd agrees", || bfdd.status(&ours) == "up");
    let sessions = network.lab.stats().sessions();
    let published = sessions.iter().find(|s| s.path == "isp1-ll").and_then(|s| s.info);
    if let Some(info) = published {
        assert_eq!(info.local.to_string(), ours);
    }
    network.lab.ping("lan", SERVER6);
    let first = Sink::new(&network.lab, "isp1", SERVER6);
    let second = Sink::new(&network.lab, "isp2", SERVER6);
    let mut flow = Flow::start(&network.lab, "lan", SERVER6);
    wait_until("packets on the primary", || first.count() >= 50);
    bfdd.kill(&mut network.lab);
    wait_until("packets on the backup", || second.count() >= 50);
    let sent = flow.stop();
    wait_until("all arrive", || first.count() + second.count() == sent);
    assert!(control.causes("isp1-ll").contains(&"bfd".to_owned()));
    assert!(control.path("isp1-v6").live, "another path by the same interface was not watched");
}

#[test]
fn the_kernel_answers_for_the_same_link_local_address_that_bfd_uses() {
    let network = Network::new();
    let mut control = network.control(None);
    let ours = of_mirror(&network.lab, "isp1");
    network.lab.ping("isp1", &format!("{ours}%eth0"));
    let Rows::Interfaces(rows) = control.show(Query::Interfaces) else { panic!("rows of interfaces") };
    let mac = rows.iter().find(|row| row.name == "isp1").unwrap().mac.0;
    let own: std::net::Ipv6Addr = ours.parse().unwrap();
    assert_eq!(own.octets()[8..], [mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]]);
}

#[test]
fn a_mirror_that_an_earlier_run_left_takes_the_link_local_address_of_a_new_mac() {
    let mut network = Network::new();
    let before = of_mirror(&network.lab, "isp1");
    network.lab.signal("switch", Signal::SIGTERM);
    assert!(network.lab.ended("switch").success());
    network.lab.ip("sw", "link set p-isp1 address 02:00:00:00:77:01\n");
    network.start(WORKERS);
    let after = of_mirror(&network.lab, "isp1");
    assert_eq!(after, "fe80::ff:fe00:7701");
    assert_ne!(before, after);
    network.lab.ping("isp1", &format!("{after}%eth0"));
}
