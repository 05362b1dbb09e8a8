//! Packets between kernel hosts, and to the switch itself.

use crate::lab::wait_until;
use crate::topology::{Network, SERVER, SERVER6};
use crate::traffic::{Flow, Sink};
use stats::{DropReason, PuntClass};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[test]
fn kernel_hosts_reach_each_other_through_two_ports_in_both_families() {
    let network = Network::new();
    let mut control = network.control(None);
    for to in [SERVER, SERVER6] {
        network.lab.ping("lan", to);
        let (ok, text) = network.lab.exec("lan", &["ping", "-c5", "-i0.05", "-W2", to]);
        assert!(ok && text.contains(" 0% packet loss"), "{text}");
        // 64 at the sender, one hop.
        assert!(text.contains("ttl=63"), "{text}");
    }
    assert!(control.path("isp1").packets >= 5 && control.path("isp1-v6").packets >= 5);
    assert_eq!(control.path("isp2").packets, 0);
}

#[test]
fn the_switch_answers_ping_on_every_interface_by_its_mirror() {
    let network = Network::new();
    let _control = network.control(None);
    for (from, to) in [
        ("lan", "10.0.0.1"),
        ("lan", "fd00:10::1"),
        ("isp1", "203.0.113.0"),
        ("isp1", "2001:db8:0:1::"),
        // Not the address of the interface that the packet comes in by.
        ("lan", "203.0.113.2"),
    ] {
        network.lab.ping(from, to);
    }
    let punted = |class| {
        let workers = network.lab.stats().workers();
        let of = |punts: &[(PuntClass, u64)]| punts.iter().find(|(c, _)| *c == class).map_or(0, |(_, n)| *n);
        workers.iter().map(|worker| of(&worker.punts)).sum::<u64>()
    };
    for class in [PuntClass::Arp, PuntClass::Nd, PuntClass::Icmp] {
        assert!(punted(class) > 0, "{}", class.as_str());
    }
    assert_eq!(network.lab.dropped(DropReason::PuntPoliced), 0);
}

/// The kernel would put fragments together for whom asks, and the whole is longer than any frame.
#[test]
fn fragments_go_through_and_to_the_switch_as_they_are() {
    let network = Network::new();
    let _control = network.control(None);
    for address in [SERVER, "10.0.0.1"] {
        network.lab.ping("lan", address);
        let (ok, text) = network.lab.exec("lan", &["ping", "-c3", "-i0.05", "-W2", "-s4000", address]);
        assert!(ok && text.contains(" 0% packet loss"), "{address}: {text}");
    }
}

#[test]
fn a_tcp_transfer_arrives_whole() {
    const BYTES: usize = 2 << 20;
    let network = Network::new();
    let _control = network.control(None);
    network.lab.ping("lan", SERVER);
    let listener = network.lab.within("isp1", || TcpListener::bind((SERVER, 7001)).unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        all
    });
    let sent: Vec<u8> = (0..BYTES).map(|n| ((n * 31) >> 3) as u8).collect();
    let address = format!("{SERVER}:7001").parse().unwrap();
    let limit = Duration::from_secs(10);
    let mut stream = network.lab.within("lan", || TcpStream::connect_timeout(&address, limit).unwrap());
    stream.write_all(&sent).unwrap();
    drop(stream);
    assert!(server.join().unwrap() == sent);
}

#[test]
fn no_paced_packet_is_lost_on_a_path_that_is_well() {
    let network = Network::new();
    let _control = network.control(None);
    network.lab.ping("lan", SERVER6);
    let sink = Sink::new(&network.lab, "isp1", SERVER6);
    let mut flow = Flow::start(&network.lab, "lan", SERVER6);
    flow.go_on(1000);
    let sent = flow.stop();
    wait_until("all arrive", || sink.count() == sent);
    let seen = sink.seen();
    assert!(seen.windows(2).all(|two| two[0].1 < two[1].1), "out of order");
}
