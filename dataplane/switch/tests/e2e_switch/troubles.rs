//! What kernel hosts make of the switch's answers: traceroute, path MTU discovery, errors of ping.

use crate::lab::wait_until;
use crate::topology::{INTERFACES, NET, NET6, Network, PORTS, SERVER, SERVER6, WORKERS, paths};
use api::switch::{Event, Group};
use stats::DropReason;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[test]
fn traceroute_shows_the_address_of_the_interface_it_came_in_by() {
    let network = Network::new();
    let _control = network.control(None);
    for (server, ours) in [(SERVER, "10.0.0.1"), (SERVER6, "fd00:10::1")] {
        network.lab.ping("lan", server);
        let (ok, text) = network.lab.exec("lan", &["traceroute", "-n", "-q1", "-w2", "-m4", server]);
        let hops: Vec<&str> =
            text.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
        assert!(ok && hops == [ours, server], "{text}");
    }
}

/// The way to the first provider takes 1300 bytes.
fn narrow() -> (Network, crate::client::Session) {
    let mut network = Network::hosts();
    let interfaces = INTERFACES.replace("name = \"isp1\"\n", "name = \"isp1\"\nmtu = 1300\n");
    network.lab.start(&format!("{WORKERS}{PORTS}{interfaces}"));
    let control = network.control(None);
    network.lab.ping("lan", SERVER);
    network.lab.ping("lan", SERVER6);
    (network, control)
}

#[test]
fn path_mtu_discovery_learns_the_mtu_in_both_families() {
    let (network, _control) = narrow();
    // 28 and 48 bytes of headers: 1300 fits, 1301 does not.
    for (to, fits, message) in [(SERVER, "1272", "mtu = 1300"), (SERVER6, "1252", "mtu=1300")] {
        let ping = |size: &str| network.lab.exec("lan", &["ping", "-c1", "-W2", "-Mdo", "-s", size, to]);
        let (ok, text) = ping(fits);
        assert!(ok, "{text}");
        let over = (fits.parse::<u32>().unwrap() + 1).to_string();
        let (ok, text) = ping(&over);
        assert!(!ok && text.contains(message), "{text}");
        let (_, route) = network.lab.exec("lan", &["ip", "route", "get", to]);
        assert!(route.contains("mtu 1300"), "{route}");
    }
    network.lab.expect_dropped(DropReason::MtuExceeded, 2);
}

#[test]
fn a_tcp_transfer_finds_its_way_through_a_narrow_link() {
    let (network, mut control) = narrow();
    let listener = network.lab.within("isp1", || TcpListener::bind((SERVER, 7002)).unwrap());
    let server = std::thread::spawn(move || {
        let mut all = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut all).unwrap();
        all.len()
    });
    let address = format!("{SERVER}:7002").parse().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_secs(10)).unwrap();
    let mut stream = network.lab.within("lan", connect);
    stream.write_all(&vec![1; 300_000]).unwrap();
    drop(stream);
    assert_eq!(server.join().unwrap(), 300_000);
    assert!(network.lab.dropped(DropReason::MtuExceeded) > 0, "nothing was too big");
    assert!(control.path("isp1").packets > 230);
}

#[test]
fn ping_says_what_the_switch_says() {
    let network = Network::new();
    let mut control = network.control(None);
    let routes = [(NET, Group::Unreachable), (NET6, Group::Unreachable), ("192.0.2.0/24", Group::Blackhole)];
    control.sync(&paths(None), &routes);
    network.lab.ping("lan", "10.0.0.1");
    network.lab.ping("lan", "fd00:10::1");
    let ping = |to: &str| network.lab.exec("lan", &["ping", "-c1", "-W1", to]);
    for (to, message) in [
        (SERVER, "From 10.0.0.1 icmp_seq=1 Destination Host Unreachable"),
        (SERVER6, "From fd00:10::1 icmp_seq=1 Destination unreachable: Address unreachable"),
        ("8.8.8.8", "From 10.0.0.1 icmp_seq=1 Destination Net Unreachable"),
        ("2001:db8:dead::1", "From fd00:10::1 icmp_seq=1 Destination unreachable: No route"),
    ] {
        let (ok, text) = ping(to);
        assert!(!ok && text.contains(message), "{text}");
    }
    let (ok, text) = ping("192.0.2.1");
    assert!(!ok && text.contains("100% packet loss") && !text.contains("From"), "{text}");
    network.lab.expect_dropped(DropReason::Blackhole, 1);
    network.lab.expect_dropped(DropReason::Unreachable, 2);
    network.lab.expect_dropped(DropReason::NoRoute, 2);
}

#[test]
fn a_host_on_a_connected_network_is_asked_for_when_packets_come_for_it() {
    let network = Network::new();
    let mut control = network.control(None);
    let mut listener = network.lab.operator();
    listener.subscribe();
    network.lab.ip("lan", "addr add 10.0.0.7/24 dev eth0\n");
    let (ok, _) = network.lab.exec("isp1", &["ping", "-c1", "-W1", "10.0.0.7"]);
    assert!(!ok);
    let address = "10.0.0.7".parse().unwrap();
    listener.event("it is asked for", |e| *e == Event::Unresolved { interface: "lan".into(), address });
    assert!(network.lab.dropped(DropReason::UnresolvedNeighbor) > 0);
    control.neighbor("lan", "10.0.0.7", Some(network.lan));
    network.lab.ping("isp1", "10.0.0.7");
    // And when it is gone, it is asked for again.
    control.neighbor("lan", "10.0.0.7", None);
    let before = network.lab.dropped(DropReason::UnresolvedNeighbor);
    wait_until("it is asked for again", || {
        network.lab.exec("isp1", &["ping", "-c1", "-W1", "10.0.0.7"]);
        network.lab.dropped(DropReason::UnresolvedNeighbor) > before
    });
}
