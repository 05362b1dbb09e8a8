//! Packets that claim to be BFD: counted by reason, and nothing else happens.

use crate::client::CALM;
use crate::frr::{Bfdd, calm_peer};
use crate::lab::wait_until;
use crate::topology::{NEXT, Network, paths, routes};
use bfd::Discard;
use stats::DropReason;
use std::net::UdpSocket;

/// A control packet of RFC 5880 4.1: Up, multiplier 3, both discriminators, 100 ms.
fn packet(mine: u32, yours: u32) -> Vec<u8> {
    let mut bytes = vec![0x20, 0xc0, 3, 24];
    for word in [mine, yours, 100_000, 100_000, 0] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[test]
fn forged_packets_are_counted_by_reason_and_move_no_session_and_flood_no_log() {
    const EACH: u64 = 200;
    let mut network = Network::new();
    network.lab.ip("isp1", "addr add 203.0.113.9/32 dev lo\n");
    let _bfdd = Bfdd::start(&mut network.lab, "isp1", &calm_peer("203.0.113.0", NEXT[0]));
    let mut control = network.control(None);
    let mut some = paths(None);
    some[0].bfd = Some(CALM);
    control.sync(&some, &routes());
    wait_until("session up", || control.bfd("isp1").as_deref() == Some("up"));
    let session = |lab: &crate::lab::Lab| lab.stats().sessions()[0].info.expect("published");
    wait_until("published as up", || session(&network.lab).state == 3);
    let info = session(&network.lab);
    let (theirs, ours) = (info.remote_discriminator, info.local_discriminator);
    let lines = network.lab.log("switch").lines().count();

    let changed = |at: usize, value: u8| {
        let mut bytes = packet(theirs, ours);
        bytes[at] = value;
        bytes
    };
    // Down, for our own session: whoever believed one of these would take the path out.
    let down = |bytes: Vec<u8>| [&[bytes[0], 0x40], &bytes[2..]].concat();
    let forgeries = [
        (Discard::WrongTtl, NEXT[0], 254, down(packet(theirs, ours))),
        (Discard::Truncated, NEXT[0], 255, down(packet(theirs, ours))[..20].to_vec()),
        (Discard::WrongVersion, NEXT[0], 255, down(changed(0, 0x40))),
        (Discard::LengthShort, NEXT[0], 255, down(changed(3, 23))),
        (Discard::LengthLong, NEXT[0], 255, down(changed(3, 60))),
        (Discard::ZeroMultiplier, NEXT[0], 255, down(changed(2, 0))),
        (Discard::ZeroMyDiscriminator, NEXT[0], 255, down(packet(0, ours))),
        (Discard::UnknownDiscriminator, NEXT[0], 255, down(packet(theirs, ours ^ 0x5555))),
        (Discard::WrongPeer, "203.0.113.9", 255, down(packet(theirs, ours))),
    ];
    for (reason, source, ttl, bytes) in &forgeries {
        let socket = network.lab.within("isp1", || UdpSocket::bind((*source, 0)).unwrap());
        socket.set_ttl(*ttl).unwrap();
        let count = || {
            let workers = network.lab.stats().workers();
            workers.iter().map(|worker| worker.bfd_discards[*reason as usize]).sum::<u64>()
        };
        assert_eq!(count(), 0, "{}", reason.name());
        for _ in 0..EACH {
            socket.send_to(bytes, "203.0.113.0:3784").unwrap();
        }
        wait_until(reason.name(), || count() == EACH);
    }
    network.lab.expect_dropped(DropReason::BfdDiscarded, EACH * forgeries.len() as u64);
    assert_eq!(control.bfd("isp1").as_deref(), Some("up"));
    let after = session(&network.lab);
    assert_eq!((after.flaps, after.state, after.up_since_ns), (0, 3, info.up_since_ns));
    assert_eq!(network.lab.stats().failover_count(), 0);
    let log = network.lab.log("switch");
    assert!(log.lines().count() <= lines + 5, "{log}");
}

#[test]
fn bfd_to_an_address_of_another_interface_is_nobodys_session_and_is_policed() {
    let network = Network::new();
    let _control = network.control(None);
    let socket = network.lab.within("isp1", || UdpSocket::bind((NEXT[0], 0)).unwrap());
    socket.set_ttl(255).unwrap();
    for _ in 0..20 {
        socket.send_to(&packet(1, 0), "203.0.113.2:3784").unwrap();
    }
    let punted = || {
        let class = stats::PuntClass::BfdOther as usize;
        network.lab.stats().workers().iter().map(|w| w.punts[class].1 + w.policed[class].1).sum::<u64>()
    };
    wait_until("they go to the kernel", || punted() == 20);
    assert_eq!(network.lab.dropped(DropReason::BfdDiscarded), 0);
}
