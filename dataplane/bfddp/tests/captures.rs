//! What a real bfdd sent, and what a data plane that it understood sent it.

use bfddp::{Body, Diagnostic, Message, Session, State, Stream};
use std::net::IpAddr;

fn messages(octets: &[u8]) -> Vec<Message> {
    let mut stream = Stream::default();
    stream.extend(octets);
    let mut messages = Vec::new();
    while let Some(message) = stream.take().expect("a message of bfdd's") {
        messages.push(message);
    }
    assert_eq!(stream.pending(), 0);
    messages
}

macro_rules! capture {
    ($name:literal) => {
        (
            include_bytes!(concat!("captures/", $name, ".from_bfdd.bin")).as_slice(),
            include_bytes!(concat!("captures/", $name, ".to_bfdd.bin")).as_slice(),
        )
    };
}

const ALL: [(&[u8], &[u8]); 3] =
    [capture!("unix_server_mode"), capture!("unix_server_mode_update_delete"), capture!("ipv4_server_mode")];

fn added(message: &Message) -> &Session {
    let Body::AddSession(session) = &message.body else { panic!("{message:?}") };
    session
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn every_captured_message_is_emitted_as_it_was() {
    for (from, to) in ALL {
        for octets in [from, to] {
            let again: Vec<u8> = messages(octets).iter().flat_map(Message::to_bytes).collect();
            assert_eq!(again, octets);
        }
    }
}

#[test]
fn a_capture_that_comes_octet_by_octet_has_the_same_messages() {
    for (from, _) in ALL {
        let mut stream = Stream::default();
        let mut found = Vec::new();
        for octet in from {
            stream.extend(&[*octet]);
            found.extend(stream.take().unwrap());
        }
        assert_eq!(found, messages(from));
    }
}

#[test]
fn a_neighbor_of_bgp_becomes_a_session_with_its_addresses_timers_and_interface() {
    let sessions = messages(ALL[0].0);
    let first = added(&sessions[0]);
    assert_eq!((first.src, first.dst), (ip("203.0.113.65"), ip("203.0.113.66")));
    assert_eq!((first.lid, first.min_tx, first.min_rx, first.detect_mult), (0x7ecf_14fa, 10_000, 10_000, 3));
    assert_eq!((first.ifindex, first.ifname.as_str(), first.ttl), (2, "e1", 255));
    assert!(!first.multihop && !first.shutdown && !first.passive && !first.echo);
    let second = added(&sessions[1]);
    assert_eq!((second.src, second.dst), (ip("::"), ip("2001:db8:65::2")));
    assert_eq!((second.ifindex, second.ifname.as_str(), second.min_tx), (0, "", 300_000));
}

#[test]
fn changes_of_a_session_come_with_its_discriminator_and_its_end_in_full() {
    let all = messages(ALL[1].0);
    let of = all.iter().filter_map(|m| match &m.body {
        Body::AddSession(s) if s.lid == 0x7ecf_14fa => Some((s.min_tx, s.shutdown)),
        _ => None,
    });
    assert_eq!(
        of.collect::<Vec<_>>(),
        [(10_000, false), (50_000, false), (50_000, true), (50_000, true), (50_000, false), (50_000, false)]
    );
    let gone = all.iter().find_map(|m| match &m.body {
        Body::DeleteSession(s) => Some((s.lid, s.dst)),
        _ => None,
    });
    assert_eq!(gone, Some((0x7ecf_14fa, ip("203.0.113.66"))));
    let multihop = all.iter().filter_map(|m| match &m.body {
        Body::AddSession(s) if s.multihop => Some((s.dst, s.ttl, s.ifindex)),
        _ => None,
    });
    assert_eq!(multihop.collect::<Vec<_>>(), [(ip("192.0.2.1"), 254, 0), (ip("192.0.2.1"), 250, 0)]);
    assert!(all.iter().any(|m| matches!(&m.body, Body::AddSession(s) if s.echo && s.detect_mult == 5)));
}

#[test]
fn echoes_counters_and_states_are_what_they_were() {
    let (from, to) = (messages(ALL[0].0), messages(ALL[0].1));
    // The answer of bfdd has lost the number of the question.
    let [Body::EchoRequest(asked), Body::EchoReply(answered)] = [&to[0].body, &from[2].body] else {
        panic!("{:?}", to[0])
    };
    assert_eq!((to[0].id, from[2].id, asked.dp_time), (1, 0, answered.dp_time));
    assert_eq!((from[3].id, &from[3].body), (1, &Body::RequestCounters(0x7ecf_14fa)));
    let counters = to.iter().filter_map(|m| match &m.body {
        Body::SessionCounters(c) => Some((m.id, c.lid, c.control.input_bytes, c.control.output_packets)),
        _ => None,
    });
    assert_eq!(counters.collect::<Vec<_>>()[0], (1, 0x7ecf_14fa, 100, 4));
    let states = to.iter().filter_map(|m| match &m.body {
        Body::StateChange(c) if c.lid == 0x7ecf_14fa => Some((c.state, c.diagnostic, c.rid)),
        _ => None,
    });
    assert_eq!(
        states.collect::<Vec<_>>(),
        [
            (State::Up, Diagnostic::None, 0x1122_3344),
            (State::Down, Diagnostic::ControlDetectionTimeExpired, 0x1122_3344),
            (State::Up, Diagnostic::None, 0x1122_3344)
        ]
    );
}
