//! What FRR 8.4.4's ospf6d printed on a router with two neighbors: `data/README.md` has the network.

use lfa::ospf6::{Error, alternates, commands};
use lfa::{Hop, On};

const TEXTS: [&str; 5] = [
    include_str!("data/ospf6/own.json"),
    include_str!("data/ospf6/router.json"),
    include_str!("data/ospf6/network.json"),
    include_str!("data/ospf6/intra-prefix.json"),
    include_str!("data/ospf6/link.json"),
];

const PREFIX: &str = "2001:db8:99::/64";

fn hop(index: u32, gateway: &str) -> Hop {
    Hop { on: On::Index(index), gateway: gateway.parse().unwrap() }
}

/// Over the link to b, and over that to c.
fn hops() -> [Hop; 2] {
    [hop(2, "fe80::30eb:8fff:fedb:9d13"), hop(3, "fe80::800b:c8ff:fe2a:3c5f")]
}

#[test]
fn ospf6ds_database_gives_alternates_by_link_local_addresses() {
    let all = alternates(TEXTS).unwrap();
    let [b, c] = hops();
    let protected = &all[&PREFIX.parse().unwrap()];
    assert_eq!(protected.primaries, [c], "as zebra has it: {PREFIX} [110/20] via ac");
    let [alternate] = &protected.alternates[..] else { panic!("{protected:?}") };
    assert_eq!((&alternate.hop, alternate.metric), (&b, 30));
    // b is as far from it as we are, and its way leads through c.
    assert!(!alternate.downstream && !alternate.node_protecting);
    let others = all.iter().filter(|(prefix, _)| prefix.to_string() != PREFIX);
    assert!(others.map(|(_, protected)| &protected.alternates).all(Vec::is_empty), "{all:?}");
}

#[test]
fn who_wants_no_transit_is_no_alternate() {
    let [own, router, network, prefix, link] = TEXTS;
    let b = router.find("\"advertisingRouter\":\"10.0.0.2\"").unwrap();
    for (was, is) in [("|R|", "|-|"), ("|V6\"", "|--\""), ("\"metric\":10", "\"metric\":65535")] {
        let changed = format!("{}{}", &router[..b], router[b..].replacen(was, is, 1));
        let all = alternates([own, &changed, network, prefix, link]).unwrap();
        let protected = &all[&PREFIX.parse().unwrap()];
        assert_eq!((&protected.primaries[..], protected.alternates.len()), (&hops()[1..], 0), "{was}");
    }
}

#[test]
fn an_lsa_that_is_being_withdrawn_and_a_link_of_one_end_only_do_not_count() {
    let [own, router, network, prefix, link] = TEXTS;
    let b = router.find("\"advertisingRouter\":\"10.0.0.2\"").unwrap();
    let age = router[..b].rfind("\"age\":").unwrap();
    let old = format!("{}\"age\":3600,\"was\":{}", &router[..age], &router[age + 6..]);
    let one_end = format!("{}{}", &router[..b], router[b..].replacen("Point-To-Point", "Other", 1));
    for changed in [old, one_end] {
        let all = alternates([own, &changed, network, prefix, link]).unwrap();
        assert_eq!(all[&PREFIX.parse().unwrap()].alternates, []);
    }
}

#[test]
fn what_is_no_database_is_an_error_that_names_the_answer() {
    for at in 0..5 {
        let mut texts = TEXTS;
        texts[at] = "% OSPF6 is not running";
        let Err(Error::NoDatabase { number, .. }) = alternates(texts) else { panic!("no error") };
        assert_eq!(number, at + 1);
    }
    let [own, router, network, prefix, link] = TEXTS;
    let virtual_link = router.replacen("Transit-Network", "Virtual-Link", 1);
    assert_eq!(alternates([own, &virtual_link, network, prefix, link]), Err(Error::VirtualLinks));
    assert_eq!(commands("red")[1], "show ipv6 ospf6 vrf red database router detail json");
}
