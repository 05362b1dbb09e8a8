//! What is kept of a feed that ends, and until when (RFC 4724, RFC 8538).

use crate::support::{STALE_HOLD, World, announce, end_of_rib, open, restartable, withdraw};
use bgp::{Family, Kind};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Two paths of one prefix, known to the RIB.
fn fed(opened: &bgp::Open) -> (World, bgp::Slot) {
    let mut world = World::new();
    let slot = world.establish(opened);
    world.hear_update(slot, &announce(1, 1, 65001));
    world.hear_update(slot, &announce(1, 2, 65002));
    world.hear_update(slot, &end_of_rib(Family::Ipv4));
    assert_eq!(world.changes().len(), 3);
    (world, slot)
}

#[test]
fn paths_outlive_their_session_for_the_hold_and_not_longer() {
    let (mut world, slot) = fed(&open());
    world.lose(slot);
    assert_eq!(world.changes(), ["IPv4 unicast stale for 120 s"]);
    assert_eq!(world.held(), (1, 2, 2));
    world.wait(STALE_HOLD - Duration::from_millis(1));
    assert_eq!(world.held(), (1, 2, 2));
    world.wait(Duration::from_millis(1));
    assert_eq!(
        world.changes(),
        ["withdraw 10.1.0.0/16 1", "withdraw 10.1.0.0/16 2", "IPv4 unicast not stale"]
    );
    assert_eq!((world.held(), world.status().counters.swept), ((0, 0, 0), 2));
}

#[test]
fn a_restarted_peer_s_end_of_rib_begins_the_hold_of_what_did_not_come_again() {
    // FRR 8.4.4 says it as soon as the neighbors that it waits for have, and it does not wait for all.
    let (mut world, slot) = fed(&restartable(false));
    world.lose(slot);
    assert_eq!(world.changes(), ["IPv4 unicast stale for 60 s"], "its restart time");
    world.wait(SECOND * 59);
    let slot = world.establish(&restartable(true));
    assert_eq!(world.changes(), ["IPv4 unicast stale for 360 s"]);
    world.hear_update(slot, &announce(1, 2, 65002));
    world.hear_update(slot, &announce(1, 3, 65002));
    assert_eq!(world.held(), (1, 3, 1));
    world.hear_update(slot, &end_of_rib(Family::Ipv4));
    assert_eq!(
        world.changes(),
        ["set 10.1.0.0/16 3 via 203.0.113.1 65002", "IPv4 unicast stale for 120 s", "end of IPv4 unicast"],
        "and the path that came again as it was is not spoken of"
    );
    assert!(world.peer.has_stale());
    // Said again, it does not begin anew.
    alive(&mut world, slot, 60);
    world.hear_update(slot, &end_of_rib(Family::Ipv4));
    alive(&mut world, slot, 30);
    assert_eq!((world.changes(), world.held()), (vec!["end of IPv4 unicast".to_owned()], (1, 3, 1)));
    alive(&mut world, slot, 30);
    assert_eq!(world.changes(), ["withdraw 10.1.0.0/16 1", "IPv4 unicast not stale"]);
    assert!(!world.peer.has_stale());
}

/// Time passes, in which both sides show that they live.
fn alive(world: &mut World, slot: bgp::Slot, seconds: u32) {
    for _ in 0..seconds / 30 {
        world.wait(SECOND * 30);
        world.hear(slot, Kind::Keepalive, &[]);
        world.sent(slot);
    }
}

#[test]
fn a_process_is_known_from_its_first_session_on() {
    let mut world = World::new();
    assert_eq!(world.peer.process_since(), None);
    let slot = world.establish(&restartable(false));
    let first = world.now;
    world.wait(SECOND);
    // `clear bgp`.
    world.hear(slot, Kind::Notification, &[6, 4]);
    world.lose(slot);
    assert_eq!(world.peer.process_since(), None);
    let slot = world.establish(&restartable(false));
    assert_eq!(world.peer.process_since(), Some(first));
    world.wait(SECOND);
    world.lose(slot);
    world.establish(&restartable(true));
    assert_eq!(world.peer.process_since(), Some(world.now));
}

#[test]
fn a_restarting_peer_that_never_ends_its_rib_is_not_waited_for_for_ever() {
    let (mut world, slot) = fed(&restartable(false));
    world.lose(slot);
    let slot = world.establish(&restartable(true));
    world.hear_update(slot, &announce(1, 2, 65002));
    for _ in 0..12 {
        world.wait(SECOND * 30);
        world.sent(slot);
        world.hear(slot, Kind::Keepalive, &[]);
    }
    assert_eq!(world.held(), (1, 1, 0));
}

#[test]
fn the_early_end_of_rib_of_a_fresh_bgpd_does_not_empty_the_table() {
    // Without graceful restart a new bgpd says End-of-RIB of its empty table, long before its own sessions are up.
    let (mut world, slot) = fed(&open());
    world.lose(slot);
    world.wait(SECOND * 5);
    let slot = world.establish(&open());
    world.hear_update(slot, &end_of_rib(Family::Ipv4));
    assert_eq!(world.held(), (1, 2, 2));
    world.changes();
    for _ in 0..4 {
        world.wait(SECOND * 30);
        world.sent(slot);
        world.hear(slot, Kind::Keepalive, &[]);
    }
    assert_eq!(world.changes()[..2], ["withdraw 10.1.0.0/16 1", "withdraw 10.1.0.0/16 2"]);
}

#[test]
fn a_session_that_was_reset_while_bgpd_lived_is_complete_at_end_of_rib() {
    let (mut world, slot) = fed(&open());
    // Cease, administrative reset: `clear bgp`.
    world.hear(slot, Kind::Notification, &[6, 4]);
    world.lose(slot);
    let slot = world.establish(&open());
    world.hear_update(slot, &announce(1, 1, 65001));
    world.changes();
    world.hear_update(slot, &end_of_rib(Family::Ipv4));
    assert_eq!(world.changes()[0], "withdraw 10.1.0.0/16 2");
    assert_eq!(world.held(), (1, 1, 0));
}

#[test]
fn a_hard_reset_takes_the_paths_along() {
    let (mut world, slot) = fed(&restartable(false));
    world.hear(slot, Kind::Notification, &[6, 9, 6, 2]);
    assert!(world.changes().contains(&"withdraw 10.1.0.0/16 1".to_owned()));
    assert_eq!(world.held(), (0, 0, 0));
}

#[test]
fn a_notification_does_not_get_the_restart_time_of_a_broken_connection() {
    let (mut world, slot) = fed(&restartable(false));
    world.hear(slot, Kind::Notification, &[6, 2]);
    world.lose(slot);
    assert_eq!(world.changes(), ["IPv4 unicast stale for 120 s"]);
}

#[test]
fn a_peer_that_comes_and_goes_does_not_keep_old_paths_for_ever() {
    let (mut world, slot) = fed(&restartable(false));
    world.lose(slot);
    let start = world.now;
    while world.held().1 > 0 {
        assert!(world.now - start < SECOND * 1000);
        let slot = world.establish(&restartable(true));
        world.wait(SECOND * 10);
        world.lose(slot);
        world.wait(SECOND * 10);
    }
}

#[test]
fn states_come_in_their_place_among_the_changes() {
    let mut world = World::new();
    let slot = world.establish(&open());
    world.hear_update(slot, &announce(1, 1, 65001));
    world.hear_update(slot, &end_of_rib(Family::Ipv4));
    world.hear_update(slot, &announce(2, 1, 65001));
    let taken = |world: &mut World, most| {
        let mut changes = Vec::new();
        world.peer.take(most, &mut changes);
        changes.iter().map(|change| world.say(change)).collect::<Vec<_>>()
    };
    assert_eq!(
        taken(&mut world, 2),
        ["Established with 10.0.0.9", "set 10.1.0.0/16 1 via 203.0.113.1 65001"]
    );
    world.lose(slot);
    assert_eq!(
        taken(&mut world, 9),
        [
            "end of IPv4 unicast",
            "set 10.2.0.0/16 1 via 203.0.113.1 65001",
            "Down",
            "IPv4 unicast stale for 120 s"
        ]
    );
}

#[test]
fn a_change_of_a_path_that_waits_replaces_the_one_before() {
    let (mut world, slot) = fed(&open());
    for asn in 65001..65100 {
        world.hear_update(slot, &announce(1, 1, asn));
    }
    world.hear_update(slot, &withdraw(1, 2));
    world.hear_update(slot, &announce(1, 2, 64999));
    world.hear_update(slot, &announce(9, 9, 64999));
    world.hear_update(slot, &withdraw(9, 9));
    assert_eq!(
        world.changes(),
        ["set 10.1.0.0/16 1 via 203.0.113.1 65099", "set 10.1.0.0/16 2 via 203.0.113.1 64999"]
    );
}
