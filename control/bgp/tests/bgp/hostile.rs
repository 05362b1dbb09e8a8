//! Whatever comes, nothing panics, and memory is bounded.

use crate::support::{World, announce, attribute, message, open, prefix, update, usual};
use bgp::{Kind, State};
use proptest::prelude::*;

const STREAM: &[u8] = include_bytes!("../data/bgpd-8.4.4-addpath.bin");

proptest! {
    #[test]
    fn a_stream_with_wrong_octets_ends_the_session_or_does_not_and_the_peer_can_come_again(
        wrong in prop::collection::vec((0..STREAM.len(), any::<u8>()), 0..6),
        size in 1..400usize,
    ) {
        let mut bytes = STREAM.to_vec();
        for (at, octet) in wrong {
            bytes[at] = octet;
        }
        let mut world = World::new();
        let slot = world.accept();
        for piece in bytes.chunks(size) {
            world.peer.on_bytes(slot, piece, world.now);
        }
        world.sent(slot);
        world.changes();
        prop_assert_eq!(world.status().waiting, 0);
        world.lose(slot);
        world.establish(&open());
        prop_assert_eq!(world.status().state, State::Established);
    }

    #[test]
    fn any_body_of_an_update_is_answered(body in prop::collection::vec(any::<u8>(), 4..200)) {
        let mut world = World::new();
        let slot = world.establish(&open());
        world.sent(slot);
        world.hear_update(slot, &body);
        prop_assert_eq!(world.peer.is_over(slot), world.told(slot).is_some());
    }

    #[test]
    fn any_attributes_are_answered(
        attributes in prop::collection::vec((any::<u8>(), 0..36u8, prop::collection::vec(any::<u8>(), 0..14)), 0..8),
    ) {
        let mut world = World::new();
        let slot = world.establish(&open());
        world.sent(slot);
        let list: Vec<u8> = attributes
            .iter()
            .flat_map(|(flags, code, value)| crate::support::attribute(*flags, *code, value))
            .collect();
        world.hear_update(slot, &update(&[], &list, &prefix(1, 1)));
        prop_assert_eq!(world.peer.is_over(slot), world.told(slot).is_some());
    }
}

#[test]
fn a_header_that_lies_is_found_before_its_message_is_waited_for() {
    for (bytes, told) in [
        ([&[0xff; 16][..], &[0xff, 0xff, 4]].concat(), (1, 2)),
        ([&[0xff; 16][..], &[0, 18, 2]].concat(), (1, 2)),
        ([&[0xff; 16][..], &[0, 19, 9]].concat(), (1, 3)),
        (vec![0xff, 0xff, 0], (1, 1)),
        (b"GET / HTTP/1.1".to_vec(), (1, 1)),
    ] {
        let mut world = World::new();
        let slot = world.establish(&open());
        world.sent(slot);
        world.peer.on_bytes(slot, &bytes, world.now);
        assert_eq!(world.told(slot), Some(told));
        assert_eq!(world.status().counters.session_resets, 1);
    }
}

#[test]
fn ten_million_paths_end_at_the_limit_in_bounded_memory() {
    const LIMIT: u32 = 200_000;
    let mut world = World::with(|neighbor| neighbor.path_limit = LIMIT);
    let slot = world.establish(&open());
    let mut n = 0u32;
    while !world.peer.is_over(slot) {
        assert!(n < 10_000_000);
        let many: Vec<u8> =
            (n..n + 500).flat_map(|n| [&[0, 0, 0, 1, 32, 10][..], &n.to_be_bytes()[1..]].concat()).collect();
        world.hear_update(slot, &update(&[], &usual(65001), &many));
        world.changes();
        n += 500;
    }
    let status = world.status();
    assert_eq!(status.families[0].paths, LIMIT + 500);
    assert!(status.memory < 64 * LIMIT as usize, "{} octets", status.memory);
    // What it had stays as a backup; a flood is not a withdrawal.
    assert_eq!(status.families[0].stale, LIMIT + 500);
}

/// One path with communities that no other has, nearly as long as a message can be.
fn long(n: u32) -> Vec<u8> {
    let communities: Vec<u8> = (0..15_000).flat_map(|_| n.to_be_bytes()).collect();
    [usual(65001), attribute(0xc0, 8, &communities)].concat()
}

#[test]
fn paths_that_each_have_the_longest_attributes_end_at_a_limit_in_bounded_memory() {
    const LIMIT: u32 = 10_000;
    const ROOM: usize = 256 * LIMIT as usize;
    let mut world = World::with(|neighbor| neighbor.path_limit = LIMIT);
    let slot = world.establish(&open());
    let mut n = 0u32;
    while !world.peer.is_over(slot) {
        world.hear_update(slot, &update(&[], &long(n), &prefix(1, n as u8)));
        assert!(world.status().memory < 2 * ROOM, "{} octets", world.status().memory);
        world.changes();
        n += 1;
    }
    assert!((ROOM / 60_200..=ROOM / 60_000 + 1).contains(&(n as usize)), "{n}");
    assert_eq!(world.told(slot), Some((6, 8)));
    assert_eq!(world.status().families[0].stale, n);
    world.lose(slot);
    assert_eq!(world.peer.accept(world.now), None, "it would say the same again");
}

#[test]
fn attributes_that_take_the_place_of_others_are_never_too_many() {
    let mut world = World::with(|neighbor| neighbor.path_limit = 1);
    let slot = world.establish(&open());
    for n in 0..200 {
        world.hear_update(slot, &update(&[], &long(n), &prefix(1, 1)));
        world.changes();
    }
    assert!(!world.peer.is_over(slot));
}

#[test]
fn two_million_paths_of_a_million_prefixes_take_less_than_fifty_octets_each() {
    const PREFIXES: u32 = 1_000_000;
    let mut world = World::with(|neighbor| neighbor.path_limit = u32::MAX);
    let slot = world.establish(&open());
    for path_id in [1, 2] {
        // Ten prefixes share their attributes, as in a table of the Internet's size.
        for first in (0..PREFIXES).step_by(10) {
            let many: Vec<u8> = (first..first + 10)
                .flat_map(|n| [&[0, 0, 0, path_id, 32, 10][..], &n.to_be_bytes()[1..]].concat())
                .collect();
            world.hear_update(slot, &update(&[], &usual(1 + first + u32::from(path_id)), &many));
            if first % 10_000 == 0 {
                world.changes();
            }
        }
    }
    let status = world.status();
    assert_eq!((status.families[0].prefixes, status.families[0].paths), (PREFIXES, 2 * PREFIXES));
    assert_eq!(status.attributes, 2 * PREFIXES / 10);
    assert!(status.memory < 50 * 2 * PREFIXES as usize, "{} octets", status.memory);
}

#[test]
fn a_prefix_of_too_many_paths_keeps_those_that_it_has() {
    let mut world = World::with(|neighbor| neighbor.path_limit = 1_000_000);
    let slot = world.establish(&open());
    for id in 0..2000u32 {
        let nlri = [&id.to_be_bytes()[..], &[8, 10]].concat();
        world.hear_update(slot, &update(&[], &usual(65001), &nlri));
    }
    let status = world.status();
    assert_eq!((status.families[0].paths, status.counters.paths_over), (1024, 976));
    assert_eq!(status.state, State::Established);
}

#[test]
fn attributes_that_no_path_has_any_more_are_forgotten() {
    let mut world = World::new();
    let slot = world.establish(&open());
    for asn in 1..5000 {
        world.hear_update(slot, &announce(1, 1, asn));
    }
    assert_eq!(world.status().attributes, 1);
    let bytes = message(Kind::Update, &update(&prefix(1, 1), &[], &[]));
    world.peer.on_bytes(slot, &bytes, world.now);
    assert_eq!((world.status().attributes, world.held().1), (0, 0));
}
