//! Input that zebra would not send.

use crate::support::{HOLD, STATIC, Zebra, route, via};
use fpm::emit::{self, MAX_NEXT_HOPS, Via};
use fpm::{Config, NextHop, Session, StreamError};
use std::time::Instant;

/// Octets from the beginning of a frame to the fixed part of its first message, and to that one's attributes.
const FIXED: usize = 4 + 16;
const ATTRIBUTES: usize = FIXED + 12;

fn frame(messages: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    emit::frame(&mut bytes, messages);
    bytes
}

/// A frame with a route over one next hop, changed by `edit`.
fn edited(edit: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let next_hops = [via("192.0.2.1", 2)];
    let mut bytes = frame(|f| emit::new_route(f, &route("10.0.0.0/8", Via::NextHops(&next_hops))));
    edit(&mut bytes);
    let length = bytes.len() as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes[4..8].copy_from_slice(&(u32::from(length) - 4).to_ne_bytes());
    bytes
}

/// What a session says of octets.
fn refused(bytes: &[u8]) -> Vec<(&'static str, u64)> {
    let mut zebra = Zebra::new();
    zebra.session.receive(bytes, zebra.now).unwrap();
    assert_eq!(zebra.changes(), Vec::<String>::new());
    zebra.refused()
}

#[test]
fn a_lying_length_of_a_message_ends_the_stream_before_anything_of_its_frame_is_followed() {
    let whole = frame(|f| {
        emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole));
        emit::new_route(f, &route("11.0.0.0/8", Via::Blackhole));
    });
    let second = 4 + 16 + 12 + 8 + 8;
    for (length, error) in [
        (45, StreamError::MessageLength { at: second - 4, length: 45, have: 44 }),
        (15, StreamError::MessageLength { at: second - 4, length: 15, have: 44 }),
        (0, StreamError::MessageLength { at: second - 4, length: 0, have: 44 }),
        (u32::MAX, StreamError::MessageLength { at: second - 4, length: u32::MAX, have: 44 }),
        (20, StreamError::MessageLength { at: second + 16, length: 0x0008_0006, have: 24 }),
    ] {
        let mut bytes = whole.clone();
        bytes[second..second + 4].copy_from_slice(&u32::to_ne_bytes(length));
        let mut session = Session::new(Config::default(), 1);
        session.connected(Instant::now());
        let result = session.receive(&bytes, Instant::now());
        if length == 20 {
            assert!(matches!(result, Err(StreamError::MessageLength { .. })), "{result:?}");
        } else {
            assert_eq!(result, Err(error));
        }
        assert_eq!(session.take(9), []);
    }
}

#[test]
fn a_frame_that_is_too_short_for_a_message_ends_the_stream() {
    let mut session = Session::new(Config::default(), 1);
    session.connected(Instant::now());
    let error = session.receive(&[1, 1, 0, 8, 1, 2, 3, 4], Instant::now());
    assert_eq!(error, Err(StreamError::Header { at: 0, have: 4 }));
    assert_eq!(
        error.unwrap_err().to_string(),
        "FPM: 4 octets at 0 of a frame cannot hold the header of a netlink message"
    );
    session.connected(Instant::now());
    let empty = session.receive(&[1, 1, 0, 4], Instant::now());
    assert_eq!(empty, Ok(()), "a frame without messages says nothing");
}

#[test]
fn what_cannot_be_a_route_is_counted_with_its_reason_and_the_stream_goes_on() {
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(FIXED + 11);
    let cases: [(&str, Vec<u8>); 16] = [
        ("truncated message", edited(cut)),
        ("truncated message", edited(|b| b.truncate(ATTRIBUTES + 7))),
        ("truncated message", edited(|b| b[ATTRIBUTES] = 3)),
        ("truncated message", edited(|b| b.extend([1, 0]))),
        ("attribute of a wrong length", edited(|b| b[ATTRIBUTES] = 7)),
        ("attribute given twice", edited(|b| b.extend_from_within(ATTRIBUTES..ATTRIBUTES + 8))),
        ("message of another type", edited(|b| b[8] = 28)),
        ("address family", edited(|b| b[FIXED] = 28)),
        ("attribute of a wrong length", edited(|b| b[FIXED] = 10)),
        ("prefix length", edited(|b| b[FIXED + 1] = 33)),
        ("no destination", edited(|b| drop(b.drain(ATTRIBUTES..ATTRIBUTES + 8)))),
        ("host bits in the prefix", edited(|b| b[ATTRIBUTES + 7] = 1)),
        ("source-specific route", edited(|b| b[FIXED + 2] = 8)),
        ("route by type of service", edited(|b| b[FIXED + 3] = 8)),
        ("route type", edited(|b| b[FIXED + 7] = 5)),
        ("no next hop", edited(|b| b.truncate(ATTRIBUTES + 16))),
    ];
    for (reason, bytes) in cases {
        assert_eq!(refused(&bytes), [(reason, 1)]);
    }
}

#[test]
fn an_encapsulated_route_is_left_out_and_replaces_what_it_was() {
    let mut zebra = Zebra::new();
    zebra.session.receive(&edited(|_| {}), zebra.now).unwrap();
    assert_eq!(zebra.changes().len(), 1);
    // RTA_ENCAP_TYPE, MPLS.
    let encapsulated = edited(|b| b.extend([6, 0, 21, 0, 1, 0, 0, 0]));
    zebra.session.receive(&encapsulated, zebra.now).unwrap();
    assert_eq!(zebra.changes(), ["withdraw 10.0.0.0/8 table 254"]);
    assert_eq!(zebra.refused(), [("encapsulation", 1)]);
}

#[test]
fn a_route_over_an_encapsulated_next_hop_comes_when_the_next_hop_is_a_plain_one() {
    let mut zebra = Zebra::new();
    let mut bytes = frame(|f| emit::new_next_hop(f, 1, via("192.0.2.1", 2)));
    // NHA_ENCAP_TYPE, MPLS.
    bytes.extend([6, 0, 7, 0, 1, 0, 0, 0]);
    let length = bytes.len() as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes[4..8].copy_from_slice(&(u32::from(length) - 4).to_ne_bytes());
    zebra.session.receive(&bytes, zebra.now).unwrap();
    let group = |f: &mut Vec<u8>| {
        emit::new_next_hop(f, 2, via("192.0.2.5", 3));
        emit::new_group(f, 3, &[(1, 1), (2, 1)]);
        emit::new_route(f, &route("10.0.0.0/8", Via::Id(3)));
    };
    assert_eq!(zebra.says(group), Vec::<String>::new());
    assert_eq!(zebra.refused(), [("encapsulation", 2)]);
    assert_eq!(
        zebra.says(|f| emit::new_next_hop(f, 1, via("192.0.2.1", 2))),
        ["set 10.0.0.0/8 table 254 bgp metric 20: 192.0.2.1 on 2, 192.0.2.5 on 3"]
    );
    zebra.session.receive(&bytes, zebra.now).unwrap();
    assert_eq!(zebra.changes(), ["withdraw 10.0.0.0/8 table 254"]);
}

#[test]
fn groups_of_themselves_and_of_groups_are_refused() {
    let mut zebra = Zebra::new();
    zebra.hears(|f| emit::new_group(f, 1, &[(1, 1)]));
    assert_eq!(zebra.refused(), [("group of itself", 1)]);
    zebra.hears(|f| {
        emit::new_next_hop(f, 2, via("192.0.2.1", 2));
        emit::new_group(f, 3, &[(2, 1)]);
        emit::new_group(f, 4, &[(3, 1)]);
    });
    assert_eq!(zebra.refused(), [("group within a group", 1), ("group of itself", 1)]);
    // A member that turns out to be a group.
    zebra.hears(|f| {
        emit::new_group(f, 5, &[(6, 1)]);
        emit::new_group(f, 6, &[(2, 1)]);
        emit::new_group(f, 7, &[]);
        emit::new_group(f, 0, &[(2, 1)]);
        emit::new_route(f, &route("10.0.0.0/8", Via::Id(5)));
    });
    let refused = zebra.refused();
    let expected =
        [("no next hop", 1), ("no next-hop id", 1), ("group within a group", 3), ("group of itself", 1)];
    assert_eq!(refused, expected);
    assert_eq!(zebra.changes(), Vec::<String>::new());
}

#[test]
fn more_next_hops_than_frr_can_have_are_refused() {
    let mut zebra = Zebra::new();
    let many: Vec<NextHop> = (0..=MAX_NEXT_HOPS as u32).map(|n| via("192.0.2.1", n + 1)).collect();
    let members: Vec<(u32, u16)> = (0..=MAX_NEXT_HOPS as u32).map(|n| (n + 10, 1)).collect();
    let changes = zebra.says(|f| {
        emit::new_route(f, &route("10.0.0.0/8", Via::NextHops(&many)));
        emit::new_group(f, 1, &members);
        emit::new_route(f, &route("11.0.0.0/8", Via::NextHops(&many[1..])));
    });
    assert_eq!(changes.len(), 1);
    assert_eq!(zebra.refused(), [("too many next hops", 2)]);
}

#[test]
fn routes_over_ids_that_never_come_are_bounded() {
    let mut zebra = Zebra::with(Config { hold: HOLD, routes: 100_000 });
    for n in 0..70_000_u32 {
        let prefix = format!("10.{}.{}.{}/32", n >> 16, n >> 8 & 255, n & 255);
        zebra.hears(|f| emit::new_route(f, &route(&prefix, Via::Id(n + 1))));
    }
    assert_eq!(zebra.changes(), Vec::<String>::new());
    assert_eq!(zebra.session.snapshot(zebra.now).unresolved, 1 << 16);
    assert_eq!(zebra.refused(), [("next-hop id limit", 70_000 - (1 << 16))]);
    assert_eq!(zebra.passes(HOLD), Vec::<String>::new(), "nobody was told of them");
    assert_eq!(
        zebra.refused(),
        [("next hop never told", 1 << 16), ("next-hop id limit", 70_000 - (1 << 16))]
    );
    assert_eq!(zebra.session.snapshot(zebra.now).routes, 0);
    assert_eq!(zebra.counts(STATIC), (0, 0));
}

/// Sets of as many next hops as may be, of which so many fit.
const SETS: u32 = (1 << 22) / MAX_NEXT_HOPS as u32;

#[test]
fn next_hops_that_routes_name_themselves_are_bounded() {
    let mut zebra = Zebra::with(Config { hold: HOLD, routes: 100_000 });
    let prefix = |n: u32| format!("10.{}.{}.0/24", n >> 8, n & 255);
    // The interface of the first makes the set another one.
    let set = |n: u32| -> Vec<NextHop> {
        let interface = |at: u32| if at == 0 { 1000 + n } else { at };
        (0..MAX_NEXT_HOPS as u32).map(|at| via("192.0.2.1", interface(at))).collect()
    };
    for n in 0..SETS + 3 {
        zebra.hears(|f| emit::new_route(f, &route(&prefix(n), Via::NextHops(&set(n)))));
    }
    assert_eq!(zebra.refused(), [("next-hop limit", 3)]);
    assert_eq!(zebra.changes().len() as u32, SETS);
    // What is known costs nothing more, and what goes makes room.
    zebra.hears(|f| emit::new_route(f, &route("11.0.0.0/8", Via::NextHops(&set(0)))));
    zebra.hears(|f| emit::delete_route(f, &route(&prefix(1), Via::Blackhole)));
    zebra.hears(|f| emit::new_route(f, &route("12.0.0.0/8", Via::NextHops(&set(SETS)))));
    assert_eq!(zebra.changes().len(), 3);
    assert_eq!(zebra.refused(), [("next-hop limit", 3)]);
}

#[test]
fn next_hops_of_groups_are_bounded_and_those_of_a_connection_before_count_while_routes_use_them() {
    let mut zebra = Zebra::with(Config { hold: HOLD, routes: 100_000 });
    let members: Vec<(u32, u16)> = (1..=MAX_NEXT_HOPS as u32).map(|n| (n, 1)).collect();
    let say = |zebra: &mut Zebra, groups: u32, third: u32| {
        for n in 1..=MAX_NEXT_HOPS as u32 {
            zebra.hears(|f| emit::new_next_hop(f, n, via("192.0.2.1", n)));
        }
        for n in 0..groups {
            zebra.hears(|f| emit::new_group(f, 1000 + n, &members));
            let prefix = format!("10.{}.{}.{third}/32", n >> 8, n & 255);
            zebra.hears(|f| emit::new_route(f, &route(&prefix, Via::Id(1000 + n))));
        }
    };
    say(&mut zebra, SETS / 2, 1);
    zebra.reconnects();
    // The single ones take the room of one set, twice.
    say(&mut zebra, SETS / 2, 2);
    let refused: u64 = zebra.refused().iter().map(|(_, count)| count).sum();
    assert!((2..=6).contains(&refused), "{:?}", zebra.refused());
    assert!(zebra.refused().iter().all(|(reason, _)| *reason == "next-hop limit"));
    assert_eq!(zebra.changes().len() as u64, u64::from(SETS) - refused / 2);
}
