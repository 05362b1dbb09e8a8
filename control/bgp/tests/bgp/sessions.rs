//! OPENs, timers, collisions, and what is sent.

use crate::support::{AS, OURS, THEIR_ID, World, announce, attribute, context, open, prefix, update, usual};
use bgp::{Family, FamilySet, Fault, Kind, MAX_EXTENDED_LEN, MAX_LEN, Open, State, frame};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn nothing_is_ever_announced() {
    let mut world = World::new();
    let slot = world.accept();
    let opened = world.sent(slot);
    let ours = Open::parse(&opened[0].1).unwrap();
    assert_eq!((opened.len(), opened[0].0), (1, Kind::Open));
    assert_eq!((ours.asn, ours.hold_time, ours.identifier), (AS, 90, OURS.router_id));
    assert_eq!(ours.capabilities.families, Some(FamilySet::ALL));
    assert_eq!(
        (ours.capabilities.add_path_receive, ours.capabilities.add_path_send),
        (FamilySet::ALL, FamilySet::default())
    );
    assert!(ours.capabilities.extended_message && ours.capabilities.graceful_restart.is_some());

    world.hear(slot, Kind::Open, &open().body());
    assert_eq!(world.sent(slot), [(Kind::Keepalive, vec![])]);
    world.hear(slot, Kind::Keepalive, &[]);
    // End-of-RIB of both families, for peers that restart and wait for it.
    let v6 = [0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1].to_vec();
    assert_eq!(world.sent(slot), [(Kind::Update, vec![0; 4]), (Kind::Update, v6)]);
    for n in 0..50 {
        world.hear_update(slot, &announce(n, 1, 65001));
        // A ROUTE-REFRESH asks for what there is none of.
        world.hear(slot, Kind::RouteRefresh, &[0, 1, 0, 1]);
    }
    world.wait(SECOND * 29);
    assert_eq!(world.sent(slot), []);
    world.wait(SECOND);
    assert_eq!(world.sent(slot), [(Kind::Keepalive, vec![])]);
}

#[test]
fn each_open_that_does_not_fit_is_answered_by_the_code_of_its_fault() {
    let with = |change: fn(&mut Open)| {
        let mut open = open();
        change(&mut open);
        open.body()
    };
    let mut bodies = vec![
        ("another AS", with(|o| o.capabilities.four_octet_as = Some(65001)), (2, 2)),
        ("identifier 0", with(|o| o.identifier = [0; 4].into()), (2, 3)),
        ("our identifier", with(|o| o.identifier = OURS.router_id), (2, 3)),
        ("hold time of 1 s", with(|o| o.hold_time = 1), (2, 6)),
        ("hold time of 2 s", with(|o| o.hold_time = 2), (2, 6)),
        ("no family of ours", with(|o| o.capabilities.families = None), (2, 7)),
        ("version 3", [&[3], &open().body()[1..]].concat(), (2, 1)),
        ("an unknown parameter", [&open().body()[..9], &[3, 1, 1, 0]].concat(), (2, 4)),
        ("a lying length", [&open().body()[..], &[0]].concat(), (2, 0)),
    ];
    // The capability is there, for VPNs.
    bodies[5].1 = [&open().body()[..9], &[8, 2, 6, 1, 4, 0, 1, 0, 128]].concat();
    // Its AS is in two octets.
    bodies[5].1[1..3].copy_from_slice(&(AS as u16).to_be_bytes());
    for (name, body, notification) in bodies {
        let mut world = World::new();
        let slot = world.accept();
        world.hear(slot, Kind::Open, &body);
        assert_eq!(world.told(slot), Some(notification), "{name}");
        assert_eq!(world.status().state, State::Active, "{name}");
        assert!(world.status().last_end.unwrap().1.starts_with("sent "), "{name}");
        world.lose(slot);
        world.establish(&open());
    }
}

#[test]
fn a_peer_without_the_capability_of_rfc_4760_has_ipv4_and_one_without_rfc_6793_old_ases() {
    let mut world = World::new();
    let mut old = open();
    (old.capabilities.families, old.capabilities.four_octet_as) = (None, None);
    old.capabilities.add_path_send = FamilySet::default();
    let slot = world.establish(&old);
    let attributes = [
        attribute(0x40, 1, &[0]),
        attribute(0x40, 2, &[2, 1, 0xfd, 0xe9]),
        attribute(0x40, 3, &[203, 0, 113, 1]),
    ];
    world.hear_update(slot, &update(&[], &attributes.concat(), &[16, 10, 1]));
    assert_eq!(world.changes(), ["set 10.1.0.0/16 0 via 203.0.113.1 65001"]);
    let negotiated = world.status().families.map(|family| (family.negotiated, family.add_path));
    assert_eq!(negotiated, [(true, false), (false, false)]);
}

#[test]
fn the_lower_hold_time_counts_and_ends_a_silent_session() {
    for (theirs, agreed) in [(180, 90), (30, 30)] {
        let mut world = World::new();
        let mut open = open();
        open.hold_time = theirs;
        let slot = world.establish(&open);
        assert_eq!(world.status().hold_time, SECOND * agreed);
        for _ in 0..10 {
            world.wait(SECOND * (agreed - 1));
            world.sent(slot);
            world.hear(slot, Kind::Keepalive, &[]);
        }
        assert_eq!(world.status().state, State::Established);
        world.wait(SECOND * agreed - Duration::from_millis(1));
        assert_eq!(world.told(slot), None);
        world.wait(Duration::from_millis(1));
        assert_eq!(world.told(slot), Some((4, 0)));
    }
}

#[test]
fn without_a_hold_time_nobody_keeps_anything_alive() {
    let mut world = World::new();
    let mut silent = open();
    silent.hold_time = 0;
    let slot = world.establish(&silent);
    world.sent(slot);
    world.wait(SECOND * 100_000);
    assert_eq!((world.sent(slot), world.status().state), (vec![], State::Established));
}

#[test]
fn a_peer_that_connects_and_says_nothing_or_never_confirms_is_given_up() {
    let mut world = World::new();
    let slot = world.accept();
    world.sent(slot);
    world.wait(SECOND * 239);
    assert!(!world.peer.is_over(slot));
    world.wait(SECOND);
    assert_eq!(world.told(slot), Some((4, 0)));
    world.lose(slot);

    let slot = world.accept();
    world.hear(slot, Kind::Open, &open().body());
    for _ in 0..3 {
        world.wait(SECOND * 30);
        world.sent(slot);
    }
    assert!(world.peer.is_over(slot));
    assert!(world.status().last_end.unwrap().1.contains("hold timer expired"));
}

#[test]
fn a_byte_a_minute_is_no_message() {
    let mut world = World::new();
    let slot = world.establish(&open());
    world.sent(slot);
    let bytes = crate::support::message(Kind::Update, &announce(1, 1, 65001));
    world.peer.on_bytes(slot, &bytes[..1], world.now);
    world.wait(SECOND * 60);
    world.sent(slot);
    world.peer.on_bytes(slot, &bytes[1..2], world.now);
    world.wait(SECOND * 30);
    assert_eq!(world.told(slot), Some((4, 0)));
}

#[test]
fn a_peer_that_stops_reading_is_given_up_after_the_hold_time() {
    let mut world = World::new();
    let slot = world.establish(&open());
    world.sent(slot);
    for _ in 0..4 {
        // The first KEEPALIVE is due after 30 s, and is not taken.
        world.wait(SECOND * 29);
        world.hear(slot, Kind::Keepalive, &[]);
    }
    assert!(!world.peer.is_over(slot));
    world.wait(SECOND * 5);
    assert_eq!(
        world.status().last_end.unwrap().1,
        "sent send hold timer expired (8/0): the peer took nothing for the hold time"
    );
}

#[test]
fn a_message_at_the_wrong_time_is_a_finite_state_machine_error() {
    let mut world = World::new();
    let slot = world.accept();
    world.hear(slot, Kind::Keepalive, &[]);
    assert_eq!(world.told(slot), Some((5, 1)));
    world.lose(slot);

    let slot = world.accept();
    world.hear(slot, Kind::Open, &open().body());
    world.hear_update(slot, &announce(1, 1, 65001));
    assert_eq!(world.told(slot), Some((5, 2)));
    world.lose(slot);

    let slot = world.establish(&open());
    world.hear(slot, Kind::Open, &open().body());
    assert_eq!(world.told(slot), Some((5, 3)));
}

#[test]
fn what_comes_behind_an_end_is_not_heard() {
    let mut world = World::new();
    let slot = world.establish(&open());
    let mut bytes = crate::support::message(Kind::Keepalive, &[]);
    bytes[0] = 0;
    bytes.extend(crate::support::message(Kind::Update, &announce(1, 1, 65001)));
    world.peer.on_bytes(slot, &bytes, world.now);
    assert_eq!(world.told(slot), Some((1, 1)));
    world.hear_update(slot, &announce(2, 1, 65001));
    assert_eq!(world.held(), (0, 0, 0));
}

#[test]
fn messages_beyond_4096_octets_are_taken_when_both_sides_said_so() {
    let many: Vec<u8> = (0..600u16).flat_map(|n| [0, 0, 0, 1, 24, 10, (n >> 8) as u8, n as u8]).collect();
    let body = update(&[], &usual(65001), &many);
    assert!(body.len() > MAX_LEN);
    for (extended, told) in [(true, None), (false, Some((1, 2)))] {
        let mut world = World::new();
        let mut open = open();
        open.capabilities.extended_message = extended;
        let slot = world.establish(&open);
        world.hear_update(slot, &body);
        assert_eq!(world.told(slot), told);
        assert_eq!(world.held().1, if extended { 600 } else { 0 });
    }
    let header = [&[0xff; 16][..], &[0xff, 0xff, 2]].concat();
    assert_eq!(frame(&header, MAX_EXTENDED_LEN), Ok(None));
}

#[test]
fn of_two_connections_the_one_of_the_higher_identifier_is_kept() {
    // Both connections are the peer's: its identifier is the higher, so the later stays.
    let mut world = World::new();
    let (first, second) = (world.accept(), world.accept());
    assert_eq!(world.peer.accept(world.now), None, "a third is refused");
    world.hear(first, Kind::Open, &open().body());
    world.hear(second, Kind::Open, &open().body());
    assert_eq!((world.told(first), world.told(second)), (Some((6, 7)), None));
    world.lose(first);
    world.hear(second, Kind::Keepalive, &[]);
    assert_eq!(world.status().state, State::Established);
    assert_eq!((world.status().counters.collisions, world.status().counters.refused), (1, 1));

    // A session that stands is kept.
    let third = world.accept();
    world.hear(third, Kind::Open, &open().body());
    assert_eq!(world.told(third), Some((6, 7)));
    assert_eq!(world.status().state, State::Established);
    assert!(world.changes().is_empty(), "nothing became stale");
}

#[test]
fn a_peer_that_said_it_may_restart_has_done_so_when_it_connects_again() {
    let mut world = World::new();
    let slot = world.establish(&crate::support::restartable(false));
    world.hear_update(slot, &announce(1, 1, 65001));
    let again = world.accept();
    assert!(world.peer.is_over(slot));
    assert_eq!(world.held(), (1, 1, 1));
    world.hear(again, Kind::Open, &crate::support::restartable(true).body());
    world.hear(again, Kind::Keepalive, &[]);
    assert_eq!(world.status().identifier, Some(THEIR_ID));
}

#[test]
fn a_peer_over_its_limit_is_told_and_waits() {
    let mut world = World::with(|neighbor| neighbor.path_limit = 2);
    let slot = world.establish(&open());
    world.sent(slot);
    world.hear_update(slot, &update(&[], &usual(65001), &[prefix(1, 1), prefix(2, 1)].concat()));
    assert_eq!(world.told(slot), None);
    world.hear_update(slot, &announce(3, 1, 65001));
    let last = world.sent(slot).pop().unwrap();
    // AFI, SAFI and the limit (RFC 4486 4).
    assert_eq!(last.1, [6, 1, 0, 1, 1, 0, 0, 0, 2]);
    world.lose(slot);
    assert_eq!(world.peer.accept(world.now), None);
    world.wait(SECOND * 60);
    world.establish(&open());
}

#[test]
fn while_too_many_changes_wait_the_peer_is_not_read_and_not_given_up() {
    let mut world = World::with(|neighbor| neighbor.path_limit = u32::MAX);
    let slot = world.establish(&open());
    let mut n = 0u32;
    while world.peer.wants_input() {
        let many: Vec<u8> =
            (n..n + 500).flat_map(|n| [&[0, 0, 0, 1, 32, 10][..], &n.to_be_bytes()[1..]].concat()).collect();
        world.hear_update(slot, &update(&[], &usual(65001), &many));
        n += 500;
    }
    assert!((1 << 20..1 << 21).contains(&n), "{n}");
    for _ in 0..20 {
        world.wait(SECOND * 60);
        world.sent(slot);
    }
    assert_eq!(world.status().state, State::Established);
    assert_eq!(world.changes().len(), n as usize);
    assert!(world.peer.wants_input());
    world.wait(SECOND * 90);
    assert!(world.peer.is_over(slot), "from then on its silence counts");
}

#[test]
fn a_neighbor_that_is_no_longer_configured_is_told_and_loses_its_paths() {
    let mut world = World::new();
    let slot = world.establish(&open());
    world.hear_update(slot, &announce(1, 1, 65001));
    world.changes();
    world.peer.retire(world.now);
    assert_eq!(world.told(slot), Some((6, 3)));
    assert!(world.changes().contains(&"withdraw 10.1.0.0/16 1".to_owned()));
    assert_eq!((world.peer.accept(world.now), world.status().state), (None, State::Idle));
}

#[test]
fn faults_name_the_value_that_was_wrong() {
    assert_eq!(Fault::PeerAs { got: 65001, expected: 65000 }.to_string(), "AS 65001, not 65000");
    assert_eq!(Fault::HoldTime(2).to_string(), "hold time 2 s");
    assert_eq!(Family::Ipv6.to_string(), "IPv6 unicast");
    assert!(context().internal);
}
