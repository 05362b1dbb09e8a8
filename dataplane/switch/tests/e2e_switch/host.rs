//! The host side: what `ip` changes of mirrors the switch follows, what ports do mirrors show, and the host's own traffic.

use crate::frames::{MAC_LEFT, Udp};
use crate::lab::{Lab, wait_until};
use crate::topology::{INTERFACES, NEXT, Network, PORTS, SERVER, SERVER6, WORKERS};
use crate::wires::{BODY, Wires, to, wires_of};
use api::show::Rows;
use api::switch::Query;
use nix::sys::signal::Signal;
use serde_json::Value;
use stats::{DropReason, PuntClass};
use wire::MacAddr;

/// One interface's row of `ip -j`.
fn link(lab: &Lab, device: &str) -> Value {
    let (ok, text) = lab.exec("sw", &["ip", "-j", "addr", "show", "dev", device]);
    assert!(ok, "{text}");
    serde_json::from_str::<Value>(&text).expect("json")[0].clone()
}

fn has_flag(lab: &Lab, device: &str, flag: &str) -> bool {
    link(lab, device)["flags"].as_array().unwrap().iter().any(|have| have == flag)
}

/// Addresses and MTU as the packet path has them.
fn shown(network: &Network, interface: &str) -> (Vec<String>, u16) {
    let Rows::Interfaces(rows) = network.lab.operator().show(Query::Interfaces) else { panic!("rows") };
    let row = rows.into_iter().find(|row| row.name == interface).expect(interface);
    (row.addresses.iter().map(ToString::to_string).collect(), row.mtu)
}

#[test]
fn an_address_that_an_operator_gives_a_mirror_is_the_switchs_until_he_takes_it_away() {
    let network = Network::new();
    let _control = network.control(None);
    network.lab.ip("lan", "addr add 10.5.0.2/24 dev eth0\naddr add fd00:50::2/64 dev eth0 nodad\n");
    network.lab.ip("sw", "addr add 10.5.0.1/24 dev lan\naddr add fd00:50::1/64 dev lan nodad\n");
    network.lab.ping("lan", "10.5.0.1");
    network.lab.ping("lan", "fd00:50::1");
    let expected = ["10.0.0.1/24", "fd00:10::1/64", "10.5.0.1/24", "fd00:50::1/64"];
    let mut addresses = shown(&network, "lan").0;
    addresses[2..].sort();
    assert_eq!(addresses, expected);
    network.lab.ip("sw", "addr del 10.5.0.1/24 dev lan\n");
    wait_until("it is gone", || shown(&network, "lan").0.len() == 3);
    let before = network.lab.dropped(DropReason::NoRoute);
    assert!(!network.lab.exec("lan", &["ping", "-c1", "-W1", "10.5.0.1"]).0);
    assert!(network.lab.dropped(DropReason::NoRoute) > before);
    network.lab.ping("lan", "10.0.0.1");
}

#[test]
fn what_an_operator_gave_outlives_a_restart_and_what_an_earlier_file_gave_does_not() {
    let mut network = Network::hosts();
    let more = INTERFACES.replace("\"10.0.0.1/24\"", "\"10.0.0.1/24\", \"10.0.7.1/24\"");
    network.lab.start(&format!("{WORKERS}{PORTS}{more}"));
    network.lab.ip("sw", "addr add 10.5.0.1/24 dev lan\n");
    wait_until("it is followed", || shown(&network, "lan").0.contains(&"10.5.0.1/24".to_owned()));
    network.lab.signal("switch", Signal::SIGTERM);
    assert!(network.lab.ended("switch").success());
    network.start(WORKERS);
    let addresses = || shown(&network, "lan").0;
    wait_until("both are known", || addresses() == ["10.0.0.1/24", "fd00:10::1/64", "10.5.0.1/24"]);
}

#[test]
fn an_interface_that_is_set_down_carries_nothing_and_comes_back_with_its_addresses() {
    let network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    network.lab.ip("sw", "link set isp1 down\n");
    wait_until("the path is down", || control.causes("isp1").contains(&"link".to_owned()));
    assert!(control.causes("isp2").is_empty());
    network.lab.ping("lan", SERVER);
    network.lab.ping("lan", SERVER6);
    // Nothing is taken from it either.
    let before = network.lab.dropped(DropReason::UnknownVlan);
    assert!(!network.lab.exec("isp1", &["ping", "-c1", "-W1", "203.0.113.0"]).0);
    assert!(network.lab.dropped(DropReason::UnknownVlan) > before);
    network.lab.ip("sw", "link set isp1 up\n");
    wait_until("the path is back", || control.causes("isp1").is_empty());
    assert_eq!(shown(&network, "isp1").0, ["203.0.113.0/31", "2001:db8:0:1::/127"]);
    network.lab.ping("isp1", "203.0.113.0");
    network.lab.ping("isp1", "2001:db8:0:1::");
}

#[test]
fn a_mirror_shows_the_link_of_its_port() {
    let network = Network::new();
    let _control = network.control(None);
    assert!(has_flag(&network.lab, "isp1", "LOWER_UP"));
    network.lab.ip("isp1", "link set eth0 down\n");
    wait_until("no carrier", || has_flag(&network.lab, "isp1", "NO-CARRIER"));
    assert!(has_flag(&network.lab, "isp2", "LOWER_UP"), "another port");
    network.lab.ip("isp1", "link set eth0 up\n");
    wait_until("a carrier", || has_flag(&network.lab, "isp1", "LOWER_UP"));
    network.lab.ping("isp1", "203.0.113.0");
}

#[test]
fn the_mtu_of_a_mirror_is_that_of_the_interface() {
    let network = Network::new();
    let _control = network.control(None);
    network.lab.ping("lan", SERVER);
    network.lab.ip("sw", "link set isp1 mtu 1300\n");
    wait_until("it is followed", || shown(&network, "isp1").1 == 1300);
    let big = ["ping", "-c1", "-W1", "-M", "do", "-s", "1400", SERVER];
    // The first time the router says so, from then on the kernel.
    wait_until("the sender is told", || {
        network.lab.exec("lan", &big).1.replace(" ", "").contains("mtu=1300")
    });
    // Not more than the port takes.
    network.lab.ip("sw", "link set isp1 mtu 9000\n");
    wait_until("it is followed", || shown(&network, "isp1").1 == 1500);
}

#[test]
fn the_host_has_its_default_route_through_the_switch() {
    let network = Network::new();
    let _control = network.control(None);
    let via = NEXT[0];
    network.lab.ip(
        "sw",
        &format!("route add default via {via} dev isp1\nroute add default via 2001:db8:0:1::1 dev isp1\n"),
    );
    network.lab.ping("sw", SERVER);
    network.lab.ping("sw", SERVER6);
    let (ok, text) = network.lab.exec("sw", &["traceroute", "-n", "-q1", "-w1", SERVER]);
    assert!(ok && text.contains(SERVER), "{text}");
}

#[test]
fn an_address_of_a_loopback_that_an_operator_gives_is_the_switchs() {
    let wires = wires_of(&format!("{BODY}[[loopback]]\nname = \"router\"\n"));
    let sent = to(&wires, "192.0.2.77");
    wires.left.send(&sent.frame());
    // The test's own routes have a blackhole there.
    wires.lab.expect_dropped(DropReason::Blackhole, 1);
    wires.lab.ip("sw", "addr add 192.0.2.77/32 dev router\n");
    wait_until("it goes up", || {
        wires.left.send(&sent.frame());
        counts(&wires, PuntClass::Local).0 > 0
    });
}

fn counts(wires: &Wires, class: PuntClass) -> (u64, u64) {
    let rows = wires.lab.stats().workers();
    let of = |all: &[(PuntClass, u64)]| all[class as usize].1;
    rows.iter().fold((0, 0), |(up, policed), row| (up + of(&row.punts), policed + of(&row.policed)))
}

/// TCP in place of UDP; the kernel finds the checksum wrong, which is nothing to the switch.
fn tcp(udp: &Udp, port: u16) -> Vec<u8> {
    let mut frame = udp.frame();
    frame[23] = 6;
    frame[36..38].copy_from_slice(&port.to_be_bytes());
    fix(frame)
}

fn fix(mut frame: Vec<u8>) -> Vec<u8> {
    wire::ipv4::Packet::new_unchecked(&mut frame[14..]).fill_checksum();
    frame
}

/// One frame of each class of what goes up, to the left interface.
fn of_class(wires: &Wires, class: PuntClass) -> Vec<u8> {
    let ours = to(wires, "10.1.0.1");
    let group = |last: [u8; 3], dst: &str| {
        let [a, b, c] = last;
        Udp { dst_mac: MacAddr([1, 0, 0x5e, a, b, c]), ..to(wires, dst) }
    };
    let protocol = |udp: &Udp, number| {
        let mut frame = udp.frame();
        frame[23] = number;
        fix(frame)
    };
    match class {
        PuntClass::Arp => {
            let mut frame = vec![0xff; 6];
            frame.extend(MAC_LEFT.0);
            frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
            frame.extend(MAC_LEFT.0);
            frame.extend([10, 1, 0, 2, 0, 0, 0, 0, 0, 0, 10, 1, 0, 1]);
            frame
        }
        PuntClass::Nd => {
            let mut frame = to(wires, "fd00:1::1").frame();
            (frame[20], frame[54]) = (58, 136);
            frame
        }
        PuntClass::Icmp => protocol(&ours, 1),
        PuntClass::Bgp => tcp(&ours, 179),
        PuntClass::Ospf => protocol(&group([0, 0, 5], "224.0.0.5"), 89),
        PuntClass::IsIs => {
            let mut frame = vec![1, 0x80, 0xc2, 0, 0, 0x15];
            frame.extend(MAC_LEFT.0);
            frame.extend([0, 60, 0xfe, 0xfe, 3, 0x83, 27, 1, 0, 17, 1, 0, 0]);
            frame.resize(14 + 60, 0);
            frame
        }
        PuntClass::BfdOther => {
            let mut frame = ours.frame();
            frame[36..38].copy_from_slice(&3785u16.to_be_bytes());
            frame
        }
        PuntClass::Local => ours.frame(),
        PuntClass::Multicast => group([1, 1, 1], "239.1.1.1").frame(),
        PuntClass::Rest => {
            let mut frame = vec![1, 0x80, 0xc2, 0, 0, 0x0e];
            frame.extend(MAC_LEFT.0);
            frame.extend([0x88, 0xcc, 2, 7, 4]);
            frame.resize(64, 0);
            frame
        }
    }
}

#[test]
fn what_goes_up_is_counted_and_policed_by_its_class() {
    let rates = "[interface.police]\narp = 0\nicmp = 0\nbgp = 0\nbfd = 0\nigp = 0\nrest = 0\n";
    let policed = BODY.replacen(
        "\n[[interface]]\nname = \"left100\"",
        &format!("\n{rates}[[interface]]\nname = \"left100\""),
        1,
    );
    for (body, up) in [(BODY.to_owned(), true), (policed, false)] {
        let wires = wires_of(&body);
        for class in PuntClass::ALL {
            let before = counts(&wires, class);
            for _ in 0..20 {
                wires.left.send(&of_class(&wires, class));
            }
            wait_until(class.as_str(), || {
                let (punted, policed) = counts(&wires, class);
                if up { punted == before.0 + 20 } else { policed == before.1 + 20 }
            });
            let after = counts(&wires, class);
            assert_eq!(if up { after.1 - before.1 } else { after.0 - before.0 }, 0, "{}", class.as_str());
        }
    }
}
