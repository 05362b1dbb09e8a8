//! What a session makes of what zebra says.

use crate::support::{BGP, HOLD, STATIC, Zebra, route, via};
use fpm::emit::{self, Route, Via};
use fpm::{Config, NextHop, Unresolved};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_route_over_an_id_is_one_over_its_next_hop() {
    let mut zebra = Zebra::new();
    let changes = zebra.says(|f| {
        emit::new_next_hop(f, 5, via("192.0.2.1", 2));
        emit::new_route(f, &route("198.51.100.0/24", Via::Id(5)));
    });
    assert_eq!(changes, ["set 198.51.100.0/24 table 254 bgp metric 20: 192.0.2.1 on 2"]);
}

#[test]
fn a_delete_and_an_add_in_one_frame_are_one_change() {
    let mut zebra = Zebra::new();
    let (one, other) = ([via("192.0.2.1", 2)], [via("192.0.2.5", 3)]);
    zebra.says(|f| emit::new_route(f, &route("198.51.100.0/24", Via::NextHops(&one))));
    let changes = zebra.says(|f| {
        emit::delete_route(f, &route("198.51.100.0/24", Via::Blackhole));
        emit::new_route(f, &route("198.51.100.0/24", Via::NextHops(&other)));
    });
    assert_eq!(changes, ["set 198.51.100.0/24 table 254 bgp metric 20: 192.0.2.5 on 3"]);
}

#[test]
fn several_changes_of_a_prefix_are_taken_as_one() {
    let mut zebra = Zebra::new();
    for last in 1..=9 {
        let next_hop = [via(&format!("192.0.2.{last}"), 2)];
        zebra.hears(|f| emit::new_route(f, &route("198.51.100.0/24", Via::NextHops(&next_hop))));
    }
    assert_eq!(zebra.session.waiting(), 1);
    assert_eq!(zebra.session.snapshot(zebra.now).counters.coalesced, 8);
    assert_eq!(zebra.changes(), ["set 198.51.100.0/24 table 254 bgp metric 20: 192.0.2.9 on 2"]);
    assert_eq!(zebra.changes(), Vec::<String>::new());
}

#[test]
fn a_route_that_came_and_went_untaken_is_never_heard_of() {
    let mut zebra = Zebra::new();
    zebra.hears(|f| emit::new_route(f, &route("198.51.100.0/24", Via::Blackhole)));
    let changes = zebra.says(|f| emit::delete_route(f, &route("198.51.100.0/24", Via::Blackhole)));
    assert_eq!(changes, Vec::<String>::new());
}

#[test]
fn taking_a_few_leaves_the_rest_in_order() {
    let mut zebra = Zebra::new();
    for third in 0..5 {
        zebra.hears(|f| emit::new_route(f, &route(&format!("10.0.{third}.0/24"), Via::Blackhole)));
    }
    assert_eq!(zebra.session.take(2).len(), 2);
    assert_eq!(zebra.session.snapshot(zebra.now).counters.high_watermark, 5);
    let rest = zebra.changes();
    assert_eq!(rest.len(), 3);
    assert!(rest[0].starts_with("set 10.0.2.0/24"), "{rest:?}");
}

#[test]
fn a_next_hop_that_changes_takes_exactly_its_routes_along() {
    let mut zebra = Zebra::new();
    zebra.says(|f| {
        emit::new_next_hop(f, 1, via("192.0.2.1", 2));
        emit::new_next_hop(f, 2, via("192.0.2.5", 3));
        emit::new_group(f, 3, &[(1, 1), (2, 2)]);
        emit::new_route(f, &route("10.1.0.0/16", Via::Id(1)));
        emit::new_route(f, &route("10.2.0.0/16", Via::Id(2)));
        emit::new_route(f, &route("10.3.0.0/16", Via::Id(3)));
        emit::new_route(f, &route("10.4.0.0/16", Via::Id(3)));
    });
    let mut changes = zebra.says(|f| emit::new_next_hop(f, 1, via("192.0.2.9", 2)));
    changes.sort();
    assert_eq!(
        changes,
        [
            "set 10.1.0.0/16 table 254 bgp metric 20: 192.0.2.9 on 2",
            "set 10.3.0.0/16 table 254 bgp metric 20: 192.0.2.5 on 3 x2, 192.0.2.9 on 2",
            "set 10.4.0.0/16 table 254 bgp metric 20: 192.0.2.5 on 3 x2, 192.0.2.9 on 2",
        ]
    );
    let changes = zebra.says(|f| emit::new_next_hop(f, 1, via("192.0.2.9", 2)));
    assert_eq!(changes, Vec::<String>::new(), "it is what it was");
}

#[test]
fn a_group_may_be_told_before_its_members_and_a_route_before_its_group() {
    let mut zebra = Zebra::new();
    assert_eq!(zebra.says(|f| emit::new_route(f, &route("10.1.0.0/16", Via::Id(3)))), Vec::<String>::new());
    assert_eq!(zebra.says(|f| emit::new_group(f, 3, &[(1, 1), (2, 1)])), Vec::<String>::new());
    assert_eq!(zebra.says(|f| emit::new_next_hop(f, 1, via("192.0.2.1", 2))), Vec::<String>::new());
    let snapshot = zebra.session.snapshot(zebra.now);
    assert_eq!(snapshot.unresolved, 1);
    let example = Unresolved { table: 254, prefix: "10.1.0.0/16".parse().unwrap(), next_hop: 2 };
    assert_eq!(snapshot.unresolved_example, Some(example), "the member that is missing, not the group");
    assert_eq!(
        zebra.says(|f| emit::new_next_hop(f, 2, via("192.0.2.5", 3))),
        ["set 10.1.0.0/16 table 254 bgp metric 20: 192.0.2.1 on 2, 192.0.2.5 on 3"]
    );
    let snapshot = zebra.session.snapshot(zebra.now);
    assert_eq!((snapshot.unresolved, snapshot.unresolved_example), (0, None));
}

/// As a zebra of FRR 8.4.4 with namespaces for VRFs (`-n`) does.
#[test]
fn a_route_over_an_id_that_is_never_told_is_named_while_it_waits_and_counted_when_it_goes() {
    let mut zebra = Zebra::new();
    zebra.says(|f| emit::new_route(f, &route("10.1.0.0/16", Via::Id(18))));
    let example = Unresolved { table: 254, prefix: "10.1.0.0/16".parse().unwrap(), next_hop: 18 };
    assert_eq!(zebra.session.snapshot(zebra.now).unresolved_example, Some(example));
    zebra.passes(HOLD);
    assert_eq!(zebra.session.snapshot(zebra.now).unresolved_example, None);
    assert_eq!(zebra.refused(), [("next hop never told", 1)]);
    let last = zebra.session.snapshot(zebra.now).last_refused.map(|refused| refused.to_string());
    assert_eq!(last.as_deref(), Some("10.1.0.0/16 in table 254: next hop never told"));
}

#[test]
fn a_deleted_next_hop_leaves_its_groups_and_takes_its_routes_along() {
    let mut zebra = Zebra::new();
    zebra.says(|f| {
        emit::new_next_hop(f, 1, via("192.0.2.1", 2));
        emit::new_next_hop(f, 2, via("192.0.2.5", 3));
        emit::new_group(f, 3, &[(1, 1), (2, 1)]);
        emit::new_group(f, 4, &[(1, 1)]);
        emit::new_route(f, &route("10.1.0.0/16", Via::Id(1)));
        emit::new_route(f, &route("10.3.0.0/16", Via::Id(3)));
        emit::new_route(f, &route("10.4.0.0/16", Via::Id(4)));
    });
    let mut changes = zebra.says(|f| emit::delete_next_hop(f, 1));
    changes.sort();
    assert_eq!(
        changes,
        [
            "set 10.3.0.0/16 table 254 bgp metric 20: 192.0.2.5 on 3",
            "withdraw 10.1.0.0/16 table 254",
            "withdraw 10.4.0.0/16 table 254",
        ]
    );
    assert_eq!(zebra.session.snapshot(zebra.now).next_hop_ids, 2);
}

#[test]
fn blackholes_are_told_apart_from_refusals() {
    let mut zebra = Zebra::new();
    let changes = zebra.says(|f| {
        emit::new_route(f, &route("10.1.0.0/16", Via::Blackhole));
        emit::new_route(f, &route("10.2.0.0/16", Via::Unreachable));
        emit::new_route(f, &route("2001:db8::/32", Via::Prohibit));
        emit::new_blackhole(f, 9);
        emit::new_route(f, &route("10.3.0.0/16", Via::Id(9)));
    });
    assert_eq!(
        changes,
        [
            "set 10.1.0.0/16 table 254 bgp metric 20: blackhole",
            "set 10.2.0.0/16 table 254 bgp metric 20: unreachable",
            "set 2001:db8::/32 table 254 bgp metric 20: prohibit",
            "set 10.3.0.0/16 table 254 bgp metric 20: blackhole",
        ]
    );
}

#[test]
fn a_route_of_ipv4_may_have_next_hops_of_ipv6() {
    let mut zebra = Zebra::new();
    let next_hops = [via("fe80::1", 2), NextHop { weight: 3, ..via("fe80::1", 3) }];
    let changes = zebra.says(|f| {
        emit::new_route(f, &route("10.1.0.0/16", Via::NextHops(&next_hops[..1])));
        emit::new_route(f, &route("10.2.0.0/16", Via::NextHops(&next_hops)));
        emit::new_next_hop(f, 1, next_hops[0]);
        emit::new_route(f, &route("10.3.0.0/16", Via::Id(1)));
    });
    assert_eq!(
        changes,
        [
            "set 10.1.0.0/16 table 254 bgp metric 20: fe80::1 on 2",
            "set 10.2.0.0/16 table 254 bgp metric 20: fe80::1 on 2, fe80::1 on 3 x3",
            "set 10.3.0.0/16 table 254 bgp metric 20: fe80::1 on 2",
        ]
    );
}

#[test]
fn tables_are_apart_also_those_with_large_numbers() {
    let mut zebra = Zebra::new();
    let of = |table| Route { table, ..route("10.0.0.0/8", Via::Blackhole) };
    let changes = zebra.says(|f| {
        for table in [10, 255, 256, 1_000_000] {
            emit::new_route(f, &of(table));
        }
    });
    assert_eq!(changes.len(), 4);
    assert_eq!(changes[3], "set 10.0.0.0/8 table 1000000 bgp metric 20: blackhole");
    assert_eq!(zebra.says(|f| emit::delete_route(f, &of(256))), ["withdraw 10.0.0.0/8 table 256"]);
}

#[test]
fn the_loss_of_the_connection_withdraws_nothing_for_as_long_as_it_lasts() {
    let mut zebra = Zebra::new();
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    zebra.session.disconnected();
    assert_eq!(zebra.session.deadline(), None);
    assert!(!zebra.session.is_complete());
    assert_eq!(zebra.passes(HOLD * 100), Vec::<String>::new());
    zebra.session.connected(zebra.now);
    assert_eq!(zebra.passes(HOLD - SECOND), Vec::<String>::new());
    assert_eq!(zebra.session.snapshot(zebra.now).sweep_in, Some(SECOND));
    assert_eq!(zebra.counts(BGP), (1, 1));
    assert_eq!(zebra.passes(SECOND), ["sweep 10.0.0.0/8 table 254"]);
    assert_eq!(zebra.counts(BGP), (0, 0));
}

#[test]
fn what_a_new_connection_mentions_stays_and_says_nothing_new() {
    let mut zebra = Zebra::new();
    let of_static = Route { protocol: STATIC, ..route("10.2.0.0/16", Via::Id(1)) };
    zebra.says(|f| {
        emit::new_next_hop(f, 1, via("192.0.2.1", 2));
        emit::new_route(f, &route("10.1.0.0/16", Via::Id(1)));
        emit::new_route(f, &of_static);
        emit::new_route(f, &route("10.3.0.0/16", Via::Id(1)));
    });
    zebra.reconnects();
    assert_eq!((zebra.counts(BGP), zebra.counts(STATIC)), ((2, 2), (1, 1)));
    let changes = zebra.says(|f| {
        emit::new_next_hop(f, 77, via("192.0.2.1", 2));
        emit::new_route(f, &route("10.1.0.0/16", Via::Id(77)));
        emit::new_route(f, &Route { via: Via::Id(77), ..of_static });
    });
    assert_eq!(changes, Vec::<String>::new(), "another id, the same next hop");
    assert_eq!((zebra.counts(BGP), zebra.counts(STATIC)), ((2, 1), (1, 0)));
    assert_eq!(zebra.passes(HOLD), ["sweep 10.3.0.0/16 table 254"]);
    assert_eq!(zebra.session.snapshot(zebra.now).sweep_in, None);
}

#[test]
fn what_a_new_connection_deletes_and_has_not_told_is_left_to_the_sweep() {
    let mut zebra = Zebra::new();
    let [one, other] = ["10.1.0.0/16", "10.2.0.0/16"].map(|prefix| route(prefix, Via::Blackhole));
    zebra.says(|f| {
        emit::new_route(f, &one);
        emit::new_route(f, &other);
    });
    zebra.reconnects();
    // As a zebra that was killed does when it finds its routes in the kernel.
    let changes = zebra.says(|f| {
        emit::delete_route(f, &one);
        emit::delete_route(f, &other);
    });
    assert_eq!(changes, Vec::<String>::new());
    assert_eq!(zebra.session.snapshot(zebra.now).counters.deferred, 2);
    assert_eq!(zebra.says(|f| emit::new_route(f, &one)), Vec::<String>::new());
    assert_eq!(zebra.passes(HOLD), ["sweep 10.2.0.0/16 table 254"]);
    assert_eq!(zebra.says(|f| emit::delete_route(f, &one)), ["withdraw 10.1.0.0/16 table 254"]);
}

#[test]
fn ids_of_a_new_connection_are_not_those_of_the_old_one() {
    let mut zebra = Zebra::new();
    zebra.says(|f| {
        emit::new_next_hop(f, 1, via("192.0.2.1", 2));
        emit::new_route(f, &route("10.1.0.0/16", Via::Id(1)));
    });
    zebra.reconnects();
    let changes = zebra.says(|f| emit::new_next_hop(f, 1, via("192.0.2.5", 3)));
    assert_eq!(changes, Vec::<String>::new(), "the stale route forwards as before");
    let changes = zebra.says(|f| emit::new_route(f, &route("10.1.0.0/16", Via::Id(1))));
    assert_eq!(changes, ["set 10.1.0.0/16 table 254 bgp metric 20: 192.0.2.5 on 3"]);
}

#[test]
fn another_connection_begins_the_hold_anew() {
    let mut zebra = Zebra::new();
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    zebra.reconnects();
    zebra.passes(HOLD - SECOND);
    zebra.reconnects();
    assert_eq!(zebra.passes(HOLD - SECOND), Vec::<String>::new());
    assert_eq!(zebra.passes(SECOND), ["sweep 10.0.0.0/8 table 254"]);
}

#[test]
fn a_protocol_that_is_still_telling_its_routes_is_not_swept_and_one_that_is_silent_is() {
    let mut zebra = Zebra::new();
    let prefixes = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"];
    let of_static = Route { protocol: STATIC, ..route("10.9.0.0/16", Via::Blackhole) };
    zebra.says(|f| {
        prefixes.iter().for_each(|prefix| emit::new_route(f, &route(prefix, Via::Blackhole)));
        emit::new_route(f, &of_static);
    });
    zebra.reconnects();
    zebra.passes(HOLD - SECOND);
    assert_eq!(zebra.says(|f| emit::new_route(f, &route(prefixes[0], Via::Blackhole))), Vec::<String>::new());
    assert_eq!(zebra.passes(SECOND), ["sweep 10.9.0.0/16 table 254"]);
    assert_eq!(zebra.session.snapshot(zebra.now).sweep_in, Some(HOLD - SECOND));
    // A route that is new, or was told again before, says nothing of the stale ones.
    zebra.passes(HOLD - SECOND * 2);
    zebra.says(|f| {
        emit::new_route(f, &route("10.4.0.0/16", Via::Blackhole));
        emit::new_route(f, &route(prefixes[0], Via::Blackhole));
    });
    assert_eq!(zebra.counts(BGP), (4, 2));
    let mut changes = zebra.passes(SECOND);
    changes.sort();
    assert_eq!(changes, ["sweep 10.2.0.0/16 table 254", "sweep 10.3.0.0/16 table 254"]);
    assert_eq!(zebra.session.deadline(), None);
}

#[test]
fn the_table_is_complete_once_a_connection_has_lasted_for_the_hold() {
    let mut zebra = Zebra::new();
    zebra.passes(HOLD - SECOND);
    assert!(!zebra.session.is_complete());
    zebra.reconnects();
    zebra.passes(HOLD - SECOND);
    assert!(!zebra.session.is_complete());
    assert_eq!(zebra.session.snapshot(zebra.now).complete_in, Some(SECOND));
    zebra.passes(SECOND);
    assert!(zebra.session.is_complete());
    zebra.reconnects();
    assert!(zebra.session.is_complete(), "what is stale is known");
    assert_eq!(zebra.session.deadline(), None);
}

#[test]
fn a_connection_is_settled_when_it_has_lasted_for_the_hold() {
    let mut zebra = Zebra::new();
    zebra.passes(HOLD - SECOND);
    assert!(!zebra.session.is_settled(zebra.now));
    zebra.passes(SECOND);
    assert!(zebra.session.is_settled(zebra.now));
    zebra.session.disconnected();
    zebra.passes(HOLD);
    assert!(!zebra.session.is_settled(zebra.now));
    zebra.session.connected(zebra.now);
    assert!(!zebra.session.is_settled(zebra.now));
}

#[test]
fn a_hold_without_end_never_sweeps() {
    let mut zebra = Zebra::with(Config { hold: Duration::MAX, routes: 9 });
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    zebra.reconnects();
    assert_eq!(zebra.passes(HOLD * 1000), Vec::<String>::new());
}

#[test]
fn a_route_over_an_unknown_id_stays_as_it_was_and_goes_after_the_hold() {
    let mut zebra = Zebra::new();
    zebra.passes(HOLD);
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    assert_eq!(zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Id(9)))), Vec::<String>::new());
    assert_eq!(zebra.session.snapshot(zebra.now).sweep_in, Some(HOLD));
    assert_eq!(zebra.passes(HOLD), ["withdraw 10.0.0.0/8 table 254"]);
}

#[test]
fn a_route_that_changes_its_protocol_is_counted_where_it_is() {
    let mut zebra = Zebra::new();
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    zebra.reconnects();
    let of_static = Route { protocol: STATIC, ..route("10.0.0.0/8", Via::Blackhole) };
    assert_eq!(
        zebra.says(|f| emit::new_route(f, &of_static)),
        ["set 10.0.0.0/8 table 254 static metric 20: blackhole"]
    );
    assert_eq!((zebra.counts(BGP), zebra.counts(STATIC)), ((0, 0), (1, 0)));
}

#[test]
fn ids_that_nothing_uses_make_room_for_others_and_those_in_use_never() {
    let mut zebra = Zebra::new();
    zebra.says(|f| {
        emit::new_next_hop(f, 1, via("192.0.2.1", 2));
        emit::new_next_hop(f, 2, via("192.0.2.5", 3));
        emit::new_group(f, 3, &[(1, 1), (2, 1)]);
        emit::new_route(f, &route("10.0.0.0/8", Via::Id(3)));
    });
    for chunk in 0..2000_u32 {
        zebra.hears(|f| {
            (0..100).for_each(|n| emit::new_next_hop(f, 1000 + chunk * 100 + n, via("192.0.2.9", 2)));
        });
    }
    let now = zebra.session.snapshot(zebra.now);
    assert!(now.next_hop_ids <= 1 << 16, "{}", now.next_hop_ids);
    assert_eq!(now.next_hop_ids as u64 + now.aged_ids, 200_003);
    assert_eq!(zebra.refused(), []);
    let changes = zebra.says(|f| emit::new_next_hop(f, 1, via("192.0.2.7", 2)));
    assert_eq!(changes, ["set 10.0.0.0/8 table 254 bgp metric 20: 192.0.2.5 on 3, 192.0.2.7 on 2"]);
    let newest = zebra.says(|f| emit::new_route(f, &route("11.0.0.0/8", Via::Id(200_999))));
    assert_eq!(newest, ["set 11.0.0.0/8 table 254 bgp metric 20: 192.0.2.9 on 2"]);
}

#[test]
fn no_more_routes_are_kept_than_may_be_and_the_refusal_names_the_limit() {
    let mut zebra = Zebra::with(Config { hold: HOLD, routes: 2 });
    let next_hops = [via("192.0.2.1", 2)];
    for third in 0..4 {
        let prefix = format!("10.0.{third}.0/24");
        zebra.hears(|f| emit::new_route(f, &route(&prefix, Via::NextHops(&next_hops))));
    }
    assert_eq!(zebra.changes().len(), 2);
    assert_eq!(zebra.refused(), [("route limit", 2)]);
    let last = zebra.session.snapshot(zebra.now).last_refused.unwrap();
    assert_eq!(last.to_string(), "10.0.3.0/24 in table 254: route limit (2)");
    zebra.says(|f| emit::delete_route(f, &route("10.0.0.0/24", Via::Blackhole)));
    let changes = zebra.says(|f| emit::new_route(f, &route("10.0.3.0/24", Via::Blackhole)));
    assert_eq!(changes, ["set 10.0.3.0/24 table 254 bgp metric 20: blackhole"]);
}

#[test]
fn the_last_word_on_a_prefix_counts_whoever_had_it() {
    let mut zebra = Zebra::new();
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    let other = Route { protocol: STATIC, metric: 0, ..route("10.0.0.0/8", Via::Blackhole) };
    assert_eq!(zebra.says(|f| emit::delete_route(f, &other)), ["withdraw 10.0.0.0/8 table 254"]);
    assert_eq!(zebra.says(|f| emit::delete_route(f, &other)), Vec::<String>::new());
}

#[test]
fn a_default_route_may_say_no_destination() {
    let mut zebra = Zebra::new();
    let mut bytes = Vec::new();
    emit::frame(&mut bytes, |f| emit::new_route(f, &route("0.0.0.0/0", Via::Blackhole)));
    // RTA_DST stands first behind the headers; 8 octets.
    let at = fpm::HEADER_LEN + 16 + 12;
    bytes.drain(at..at + 8);
    bytes[3] -= 8;
    let length = u32::from(bytes[3]) - 4;
    bytes[4..8].copy_from_slice(&length.to_ne_bytes());
    zebra.session.receive(&bytes, zebra.now).unwrap();
    assert_eq!(zebra.changes(), ["set 0.0.0.0/0 table 254 bgp metric 20: blackhole"]);
}

#[test]
fn a_frame_that_is_not_finished_holds_the_countdowns() {
    let mut zebra = Zebra::new();
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    zebra.says(|f| emit::new_route(f, &route("11.0.0.0/8", Via::Blackhole)));
    zebra.reconnects();
    assert_eq!(zebra.passes(HOLD - 30 * SECOND), Vec::<String>::new());
    let mut frame = Vec::new();
    emit::frame(&mut frame, |f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    let (last, all_but_one) = frame.split_last().unwrap();
    // An octet a minute, of which zebra's hold would have ended many times over.
    for octet in all_but_one {
        zebra.session.receive(&[*octet], zebra.now).unwrap();
        assert_eq!(zebra.session.deadline(), None);
        assert_eq!(zebra.passes(60 * SECOND), Vec::<String>::new());
    }
    let stuck = zebra.session.snapshot(zebra.now);
    assert_eq!(stuck.unfinished, Some(60 * SECOND * all_but_one.len() as u32));
    assert_eq!((stuck.sweep_in, stuck.complete_in), (Some(30 * SECOND), Some(30 * SECOND)));
    // Told, one of the two is not stale any more, and its protocol has the hold for the other.
    zebra.session.receive(&[*last], zebra.now).unwrap();
    let told = zebra.session.snapshot(zebra.now);
    assert_eq!((told.unfinished, told.sweep_in), (None, Some(HOLD)));
    assert_eq!(zebra.passes(HOLD), ["sweep 11.0.0.0/8 table 254"]);
    assert!(zebra.session.is_complete());
}

#[test]
fn a_connection_that_ends_within_a_frame_holds_nothing() {
    let mut zebra = Zebra::new();
    zebra.says(|f| emit::new_route(f, &route("10.0.0.0/8", Via::Blackhole)));
    zebra.session.receive(&[1, 1], zebra.now).unwrap();
    assert_eq!(zebra.session.snapshot(zebra.now + SECOND).unfinished, Some(SECOND));
    zebra.reconnects();
    assert_eq!(zebra.session.snapshot(zebra.now).unfinished, None);
    assert_eq!(zebra.passes(HOLD), ["sweep 10.0.0.0/8 table 254"]);
}
