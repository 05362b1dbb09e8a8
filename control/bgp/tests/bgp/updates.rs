//! RFC 7606: what each error of an UPDATE leads to, and what it leaves alone.

use crate::support::{
    World, announce, attribute, context, end_of_rib, mp_reach6, open, prefix, prefix6, update, usual,
    withdraw,
};
use bgp::{Context, Counters, Family, FamilySet, Origin, Update};
use std::net::IpAddr;

/// What a treatment leaves: counters of the classes, and whether the session goes on.
fn treated(body: &[u8]) -> (Counters, Option<(u8, u8)>, Vec<String>) {
    let mut world = World::new();
    let slot = world.establish(&open());
    // So that a withdrawal is seen.
    world.hear_update(slot, &announce(1, 1, 65001));
    world.hear_update(slot, &update(&[], &[usual(65001), mp_reach6(&[prefix6(1, 1)])].concat(), &[]));
    world.changes();
    world.sent(slot);
    world.hear_update(slot, body);
    let told = world.told(slot);
    (world.status().counters, told, world.changes())
}

/// The usual attributes with another value or flags for one of them.
fn replaced(code: u8, attribute: &[u8]) -> Vec<u8> {
    let usual = usual(65001);
    let (mut rest, mut out) = (&usual[..], Vec::new());
    while let [_, of, high, low, ..] = rest {
        let (one, behind) = rest.split_at(4 + usize::from(u16::from_be_bytes([*high, *low])));
        out.extend_from_slice(if *of == code { attribute } else { one });
        rest = behind;
    }
    out
}

fn with(more: &[u8]) -> Vec<u8> {
    [&usual(65001), more].concat()
}

#[test]
fn each_malformed_attribute_withdraws_the_prefixes_and_keeps_the_session() {
    let as_path = |value: &[u8]| replaced(2, &attribute(0x40, 2, value));
    let malformed: Vec<(&str, Vec<u8>)> = vec![
        ("ORIGIN 3", replaced(1, &attribute(0x40, 1, &[3]))),
        ("ORIGIN of two octets", replaced(1, &attribute(0x40, 1, &[0, 0]))),
        ("no ORIGIN", replaced(1, &[])),
        ("ORIGIN that is optional", replaced(1, &attribute(0xc0, 1, &[0]))),
        ("a segment of no kind", as_path(&[9, 1, 0, 0, 0, 1])),
        ("a segment of no AS", as_path(&[2, 0])),
        ("a segment beyond the path", as_path(&[2, 2, 0, 0, 0, 1])),
        ("an octet behind the path", as_path(&[2, 1, 0, 0, 0, 1, 2])),
        ("AS 0", as_path(&[2, 1, 0, 0, 0, 0])),
        ("no AS_PATH", replaced(2, &[])),
        ("NEXT_HOP of three octets", replaced(3, &attribute(0x40, 3, &[1, 2, 3]))),
        ("no NEXT_HOP", replaced(3, &[])),
        ("NEXT_HOP 0.0.0.0", replaced(3, &attribute(0x40, 3, &[0; 4]))),
        ("NEXT_HOP of a group", replaced(3, &attribute(0x40, 3, &[224, 0, 0, 1]))),
        ("MED of two octets", with(&attribute(0x80, 4, &[0, 1]))),
        ("MED that is transitive", with(&attribute(0xc0, 4, &[0, 0, 0, 1]))),
        ("LOCAL_PREF of no octet", replaced(5, &attribute(0x40, 5, &[]))),
        ("COMMUNITIES of three octets", with(&attribute(0xc0, 8, &[1, 2, 3]))),
        ("COMMUNITIES of none", with(&attribute(0xc0, 8, &[]))),
        ("ORIGINATOR_ID of five octets", with(&attribute(0x80, 9, &[1; 5]))),
        ("CLUSTER_LIST of six octets", with(&attribute(0x80, 10, &[1; 6]))),
        ("EXTENDED COMMUNITIES of nine octets", with(&attribute(0xc0, 16, &[1; 9]))),
        ("LARGE_COMMUNITY of eight octets", with(&attribute(0xc0, 32, &[1; 8]))),
        ("the last attribute is cut", with(&[0xc0, 8, 9, 1])),
        ("the last attribute is one octet", with(&[0xc0])),
    ];
    for (name, attributes) in malformed {
        let (counters, told, changes) = treated(&update(&[], &attributes, &prefix(1, 1)));
        assert_eq!((counters.treated_as_withdraw, counters.session_resets, told), (1, 0, None), "{name}");
        assert_eq!(changes, ["withdraw 10.1.0.0/16 1"], "{name}");
    }
}

#[test]
fn a_malformed_attribute_withdraws_both_families_of_the_message() {
    let attributes = [replaced(1, &attribute(0x40, 1, &[3])), mp_reach6(&[prefix6(1, 1)])].concat();
    let (counters, told, changes) = treated(&update(&[], &attributes, &prefix(1, 1)));
    assert_eq!((counters.treated_as_withdraw, told), (1, None));
    assert_eq!(changes, ["withdraw 10.1.0.0/16 1", "withdraw 2001:db8:1::/48 1"]);
}

#[test]
fn each_attribute_that_may_be_left_out_is_and_the_path_stands() {
    let discarded: Vec<(&str, Vec<u8>)> = vec![
        ("ATOMIC_AGGREGATE of one octet", with(&attribute(0x40, 6, &[1]))),
        ("AGGREGATOR of six octets", with(&attribute(0xc0, 7, &[1; 6]))),
        ("AGGREGATOR of AS 0", with(&attribute(0xc0, 7, &[0, 0, 0, 0, 1, 2, 3, 4]))),
        ("AS4_PATH from a new speaker", with(&attribute(0xc0, 17, &[2, 1, 0, 0, 0, 1]))),
        ("AS4_AGGREGATOR from a new speaker", with(&attribute(0xc0, 18, &[1; 8]))),
        ("a second MED", with(&[attribute(0x80, 4, &[0, 0, 0, 1]), attribute(0x80, 4, &[9])].concat())),
        ("a second ORIGIN", with(&attribute(0x40, 1, &[9]))),
    ];
    for (name, attributes) in discarded {
        let (counters, told, changes) = treated(&update(&[], &attributes, &prefix(2, 1)));
        assert_eq!(
            (counters.attributes_discarded, counters.treated_as_withdraw, told),
            (1, 0, None),
            "{name}"
        );
        assert_eq!(changes, ["set 10.2.0.0/16 1 via 203.0.113.1 65001"], "{name}");
    }
}

#[test]
fn what_only_comes_from_inside_is_discarded_from_outside() {
    let outside = Context { internal: false, ..context() };
    let inside = [attribute(0x80, 9, &[1; 4]), attribute(0x80, 10, &[1; 4])].concat();
    let body = update(&[], &with(&inside), &prefix(1, 1));
    let parsed = Update::parse(&body, &outside).unwrap();
    let path = parsed.reach[0].as_ref().unwrap().attributes.clone().unwrap();
    assert_eq!(parsed.discarded, 3);
    assert_eq!((path.local_pref, path.originator_id, path.cluster_list_length()), (None, None, 0));
}

#[test]
fn each_error_behind_which_nothing_can_be_found_resets_the_session() {
    let long = |n: u16| n.to_be_bytes();
    let reset: Vec<(&str, Vec<u8>, (u8, u8))> = vec![
        ("attributes beyond the message", [&long(0)[..], &long(9), &[0]].concat(), (3, 1)),
        ("withdrawn routes beyond the message", [&long(40)[..], &long(0), &[0]].concat(), (3, 1)),
        ("a prefix of 33 bits", update(&[], &usual(1), &[0, 0, 0, 1, 33, 1, 2, 3, 4, 5]), (3, 10)),
        ("a prefix that is cut", update(&[], &usual(1), &[0, 0, 0, 1, 24, 1, 2]), (3, 10)),
        ("a withdrawn prefix without its identifier", update(&[16, 10, 1], &[], &[]), (3, 10)),
        (
            "an unknown well-known attribute",
            update(&[], &with(&attribute(0x40, 77, &[])), &prefix(1, 1)),
            (3, 2),
        ),
        ("MP_REACH_NLRI twice", update(&[], &[mp_reach6(&[]), mp_reach6(&[])].concat(), &[]), (3, 1)),
        ("MP_UNREACH_NLRI of no family", update(&[], &attribute(0x80, 15, &[0, 2]), &[]), (3, 1)),
        ("a bad attribute and no prefix", update(&[], &replaced(1, &attribute(0x40, 1, &[7])), &[]), (3, 1)),
    ];
    for (name, body, notification) in reset {
        let (counters, told, changes) = treated(&body);
        assert_eq!((counters.session_resets, told), (1, Some(notification)), "{name}");
        // RFC 7606 is of no use if its last resort empties the table.
        assert_eq!(changes, ["IPv4 unicast stale for 120 s", "IPv6 unicast stale for 120 s"], "{name}");
    }
}

#[test]
fn a_family_that_cannot_be_read_is_given_up_and_the_other_goes_on() {
    let mut too_long = mp_reach6(&[prefix6(1, 1)]);
    let at = too_long.len() - 7;
    too_long[at] = 129;
    let mut bad_next_hop = mp_reach6(&[prefix6(1, 1)]);
    bad_next_hop[7] = 15;
    for (name, reach) in [("a prefix of 129 bits", too_long), ("a next hop of 15 octets", bad_next_hop)] {
        let mut world = World::new();
        let slot = world.establish(&open());
        world.hear_update(slot, &update(&[], &[usual(65001), mp_reach6(&[prefix6(1, 1)])].concat(), &[]));
        world.changes();
        world.hear_update(slot, &update(&[], &[usual(65001), reach].concat(), &prefix(1, 1)));
        assert_eq!(world.status().counters.families_disabled, 1, "{name}");
        assert_eq!(
            world.changes(),
            ["IPv6 unicast stale for 120 s", "set 10.1.0.0/16 1 via 203.0.113.1 65001"],
            "{name}"
        );
        world.hear_update(slot, &update(&[], &[usual(65002), mp_reach6(&[prefix6(2, 1)])].concat(), &[]));
        world.hear_update(slot, &announce(2, 1, 65001));
        assert_eq!(world.changes(), ["set 10.2.0.0/16 1 via 203.0.113.1 65001"], "{name}");
        assert!(world.status().families[1].disabled && !world.peer.is_over(slot));
        assert_eq!(world.status().counters.prefixes_ignored, 1);
    }
}

#[test]
fn prefixes_that_no_packet_goes_to_and_families_that_were_not_agreed_on_are_ignored_and_counted() {
    let mut world = World::new();
    let mut v4 = open();
    v4.capabilities.families = Some(FamilySet::default().with(Family::Ipv4));
    let slot = world.establish(&v4);
    world.hear_update(slot, &update(&[], &usual(65001), &[0, 0, 0, 1, 8, 239]));
    world.hear_update(slot, &update(&[], &[usual(65001), mp_reach6(&[prefix6(1, 1)])].concat(), &[]));
    assert!(world.changes().is_empty());
    assert_eq!(world.status().counters.prefixes_ignored, 2);
    // AFI 1, SAFI 128.
    let vpn = attribute(0x80, 15, &[0, 1, 128]);
    assert!(Update::parse(&update(&[], &vpn, &[]), &context()).unwrap().foreign);
}

#[test]
fn every_attribute_is_kept_as_it_came() {
    let path =
        [&[2, 2][..], &65001u32.to_be_bytes(), &400_000u32.to_be_bytes(), &[1, 1], &7u32.to_be_bytes()]
            .concat();
    let attributes = [
        attribute(0x40, 1, &[2]),
        attribute(0x40, 2, &path),
        attribute(0x80, 4, &50u32.to_be_bytes()),
        attribute(0x40, 5, &200u32.to_be_bytes()),
        attribute(0x40, 6, &[]),
        attribute(0xc0, 7, &[0, 0, 0xfd, 0xe9, 192, 0, 2, 7]),
        attribute(0xc0, 8, &[0xfd, 0xe8, 0, 100]),
        attribute(0x80, 9, &[10, 0, 0, 3]),
        attribute(0x80, 10, &[10, 0, 0, 4, 10, 0, 0, 5]),
        attribute(0xc0, 16, &[0, 2, 0xfd, 0xe8, 0, 0, 0, 1]),
        attribute(0xc0, 32, &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]),
        // An optional one that nobody here knows.
        attribute(0xc0, 99, &[1, 2, 3]),
        mp_reach6(&[prefix6(1, 4)]),
    ]
    .concat();
    let body = update(&[], &attributes, &[]);
    let parsed = Update::parse(&body, &context()).unwrap();
    let kept = parsed.reach[1].as_ref().unwrap().attributes.as_ref().unwrap();
    assert_eq!(kept.next_hop, "2001:db8::1".parse::<IpAddr>().unwrap());
    assert_eq!((kept.origin, kept.med, kept.local_pref), (Origin::Incomplete, Some(50), Some(200)));
    insta::assert_debug_snapshot!(kept);
}

#[test]
fn both_next_hops_of_an_ipv6_path_are_kept_and_a_link_local_one_alone_is_both() {
    let of = |next_hop: &[u8]| {
        let value = [&[0, 2, 1, next_hop.len() as u8], next_hop, &[0], &prefix6(1, 1)].concat();
        let body = update(&[], &[usual(65001), attribute(0x80, 14, &value)].concat(), &[]);
        let parsed = Update::parse(&body, &context()).unwrap();
        let path = parsed.reach[1].as_ref().unwrap().attributes.clone().unwrap();
        (path.next_hop.to_string(), path.link_local.map(|v6| v6.to_string()))
    };
    let global = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    let local = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    assert_eq!(of(&[global, local].concat()), ("2001:db8::9".into(), Some("fe80::9".into())));
    assert_eq!(of(&global), ("2001:db8::9".into(), None));
    assert_eq!(of(&local), ("fe80::9".into(), Some("fe80::9".into())));
}

#[test]
fn an_old_speaker_s_path_is_completed_by_as4_path_unless_its_aggregator_is_older_still() {
    let old = Context { four_octet_as: false, ..context() };
    let attributes = |more: &[u8]| {
        let base = [
            attribute(0x40, 1, &[0]),
            attribute(0x40, 2, &[2, 2, 0xfd, 0xe9, 0x5b, 0xa0]),
            attribute(0x40, 3, &[203, 0, 113, 1]),
            attribute(0xc0, 17, &[2, 1, 0, 6, 0x1a, 0x80]),
        ];
        [&base.concat(), more].concat()
    };
    let path = |more: &[u8]| {
        let body = update(&[], &attributes(more), &prefix(1, 1));
        let parsed = Update::parse(&body, &old).unwrap();
        let path = parsed.reach[0].as_ref().unwrap().attributes.clone().unwrap();
        (path.as_path().to_string(), path.aggregator.map(|(asn, _)| asn))
    };
    assert_eq!(path(&[]), ("65001 400000".into(), None));
    // RFC 6793 4.2.3: an aggregator that is not AS_TRANS says that AS4_PATH is from before it.
    assert_eq!(path(&attribute(0xc0, 7, &[0xfd, 0xe8, 1, 1, 1, 1])), ("65001 23456".into(), Some(65000)));
    let both =
        [attribute(0xc0, 7, &[0x5b, 0xa0, 1, 1, 1, 1]), attribute(0xc0, 18, &[0, 6, 0x1a, 0x80, 1, 1, 1, 1])];
    assert_eq!(path(&both.concat()), ("65001 400000".into(), Some(400_000)));
}

#[test]
fn end_of_rib_is_an_update_that_says_nothing_else() {
    let ends = |body: &[u8]| Update::parse(body, &context()).unwrap().end_of_rib;
    assert_eq!(ends(&end_of_rib(Family::Ipv4)), Some(Family::Ipv4));
    assert_eq!(ends(&end_of_rib(Family::Ipv6)), Some(Family::Ipv6));
    assert_eq!(ends(&withdraw(1, 1)), None);
    let unreach = attribute(0x80, 15, &[0, 2, 1]);
    assert_eq!(ends(&update(&prefix(1, 1), &unreach, &[])), None);
    assert_eq!(ends(&update(&[], &[unreach, usual(1)].concat(), &[])), None);
}

#[test]
fn without_add_path_a_prefix_has_one_path_and_the_later_replaces_it() {
    let mut world = World::new();
    let mut plain = open();
    plain.capabilities.add_path_send = FamilySet::default();
    let slot = world.establish(&plain);
    world.hear_update(slot, &update(&[], &usual(65001), &[16, 10, 1]));
    world.hear_update(slot, &update(&[], &usual(65002), &[16, 10, 1]));
    assert_eq!(world.changes(), ["set 10.1.0.0/16 0 via 203.0.113.1 65002"]);
    assert_eq!(world.held(), (1, 1, 0));
}

#[test]
fn a_fault_says_which_value_was_wrong() {
    let body = update(&[], &usual(1), &[0, 0, 0, 1, 33, 1, 2, 3, 4, 5]);
    let fault = Update::parse(&body, &context()).unwrap_err();
    assert_eq!(fault.to_string(), "IPv4 unicast: prefix length 33");
    let body = update(&[], &with(&attribute(0x40, 77, &[1, 2])), &prefix(1, 1));
    let fault = Update::parse(&body, &context()).unwrap_err();
    assert_eq!(fault.to_string(), "unknown well-known attribute 77");
}

#[test]
fn the_peer_is_told_which_well_known_attribute_is_unknown_with_its_value() {
    let told = |attribute: &[u8]| {
        let body = update(&[], &with(attribute), &prefix(1, 1));
        Update::parse(&body, &context()).unwrap_err().notification()
    };
    let unknown = attribute(0x40, 77, &[1, 2]);
    let notification = told(&unknown);
    // RFC 4271 6.3.
    assert_eq!((notification.code, notification.subcode, &notification.data[..]), (3, 2, &unknown[..]));
    // From an extended message, for a peer that may take 4,096 octets.
    let long = attribute(0x40, 77, &[7; 5000]);
    assert_eq!(told(&long).data[..], long[..4096 - 21]);
}
