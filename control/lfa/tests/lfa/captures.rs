//! What FRR 8.4.4 printed, on routers with two neighbors each: `data/README.md` has the network.

use lfa::{Alternates, On, compute, ospf, zebra};
use std::net::IpAddr;

const TEXTS: [&str; 5] = [
    include_str!("data/ospf/router.json"),
    include_str!("data/ospf/network.json"),
    include_str!("data/ospf/summary.json"),
    include_str!("data/ospf/asbr-summary.json"),
    include_str!("data/ospf/external.json"),
];

const VRFS: [&str; 5] = [
    include_str!("data/vrfs/router.json"),
    include_str!("data/vrfs/network.json"),
    include_str!("data/vrfs/summary.json"),
    include_str!("data/vrfs/asbr-summary.json"),
    include_str!("data/vrfs/external.json"),
];

/// Of the default VRF.
fn alternates(texts: [&str; 5]) -> Result<Alternates, ospf::Error> {
    ospf::parse(texts)?["default"].alternates()
}

type Row = (String, Vec<IpAddr>, Vec<(IpAddr, u32, bool, bool)>);

fn rows(all: &Alternates) -> Vec<Row> {
    let row = |(prefix, protected): (&ipnet::IpNet, &lfa::Protected)| {
        let primaries = protected.primaries.iter().map(|hop| hop.gateway).collect();
        let alternates = protected.alternates.iter();
        let alternates = alternates.map(|a| (a.hop.gateway, a.metric, a.downstream, a.node_protecting));
        (prefix.to_string(), primaries, alternates.collect())
    };
    all.iter().filter(|(_, protected)| !protected.alternates.is_empty()).map(row).collect()
}

#[test]
fn ospfds_database_gives_the_alternates_of_every_kind_of_route() {
    let all = alternates(TEXTS).unwrap();
    let (b, c): (IpAddr, IpAddr) = ([10, 0, 12, 2].into(), [10, 0, 13, 3].into());
    let alone = |prefix: &str, primary, alternate| (prefix.to_owned(), vec![primary], vec![alternate]);
    let expected = [
        // Both neighbors are on that network.
        ("10.0.23.0/24".to_owned(), vec![b, c], vec![(b, 25, true, true), (c, 25, true, true)]),
        // Behind b, c is farther from it than we are.
        alone("10.255.0.2/32", b, (c, 25, false, false)),
        alone("10.255.0.3/32", c, (b, 25, false, false)),
        alone("172.16.1.0/24", b, (c, 35, false, false)),
        alone("198.18.0.0/15", c, (b, 58, false, false)),
        alone("198.51.100.0/24", b, (c, 25, false, false)),
        // An AS boundary router in another area.
        alone("203.0.113.0/24", b, (c, 35, false, false)),
    ];
    assert_eq!(rows(&all), expected);
    assert!(all.values().flat_map(|p| &p.alternates).all(|a| a.hop.on == On::Network));
}

#[test]
fn the_shortest_ways_are_those_of_ospfds_own_table() {
    let all = alternates(TEXTS).unwrap();
    let table: serde_json::Value = serde_json::from_str(include_str!("data/ospf/route.json")).unwrap();
    let mut compared = 0;
    for (prefix, route) in table.as_object().unwrap() {
        let hops = route["nexthops"].as_array().unwrap().iter();
        let mut hops: Vec<IpAddr> = hops.filter_map(|hop| hop["ip"].as_str()?.parse().ok()).collect();
        let Ok(prefix) = prefix.parse::<ipnet::IpNet>() else { continue };
        if hops.is_empty() {
            assert!(!all.contains_key(&prefix), "{prefix} is connected");
            continue;
        }
        hops.sort_unstable();
        let mut primaries: Vec<IpAddr> = all[&prefix].primaries.iter().map(|hop| hop.gateway).collect();
        primaries.sort_unstable();
        assert_eq!(primaries, hops, "{prefix}");
        compared += 1;
    }
    assert_eq!(compared, 7);
}

#[test]
fn zebra_has_what_isisd_computed() {
    let read = zebra::parse(include_str!("data/isis/route4.json")).unwrap();
    let (b, c): (IpAddr, IpAddr) = ([10, 0, 12, 2].into(), [10, 0, 13, 3].into());
    let row = |prefix: &str, primary, alternate| {
        (prefix.to_owned(), vec![primary], vec![(alternate, 20, false, false)])
    };
    // Routes that lost to connected ones are not selected, and the one with two next hops has no backup.
    assert_eq!(rows(&read.alternates), [row("10.255.0.2/32", b, c), row("10.255.0.3/32", c, b)]);
    assert_eq!(read.labelled, 0);
    let hops = read.alternates.values().flat_map(|p| p.alternates.iter().map(|a| a.hop.on.clone()));
    assert_eq!(hops.collect::<Vec<_>>(), [On::Index(3), On::Index(2)]);
}

#[test]
fn ospfd_and_isisd_find_the_same_alternates_of_the_same_network() {
    let ospf = alternates(TEXTS).unwrap();
    let isis = zebra::parse(include_str!("data/isis/route4.json")).unwrap().alternates;
    for (prefix, theirs) in isis.iter().filter(|(_, theirs)| !theirs.alternates.is_empty()) {
        let gateways = |p: &lfa::Protected| p.alternates.iter().map(|a| a.hop.gateway).collect::<Vec<_>>();
        assert_eq!(gateways(&ospf[prefix]), gateways(theirs), "{prefix}");
    }
    assert_eq!(rows(&isis).len(), 2);
}

#[test]
fn each_vrf_has_a_database_of_its_own_and_ospfd_and_isisd_agree_in_it() {
    let databases = ospf::parse(VRFS).unwrap();
    assert_eq!(databases.keys().collect::<Vec<_>>(), ["default", "red"]);
    assert!(databases["default"].alternates().unwrap().is_empty());
    let (first, second): (IpAddr, IpAddr) = ([203, 0, 113, 1].into(), [203, 0, 113, 3].into());
    let server = "198.51.100.0/24";
    let ospf = databases["red"].alternates().unwrap();
    let row = |prefix: &str, alternate| (prefix.to_owned(), vec![first], vec![alternate]);
    assert!(rows(&ospf).contains(&row(server, (second, 25, true, true))), "{:?}", rows(&ospf));
    let isis = zebra::parse(include_str!("data/vrfs/isis4.json")).unwrap().alternates;
    // isisd does not say what an alternate protects.
    let row = (server.to_owned(), vec![first], vec![(second, 20, false, false)]);
    assert!(rows(&isis).contains(&row), "{:?}", rows(&isis));
}

#[test]
fn what_needs_a_label_is_left_out_and_counted() {
    let read = zebra::parse(include_str!("data/isis/tilfa.json")).unwrap();
    assert_eq!(rows(&read.alternates), []);
    assert_eq!(read.labelled, 2);
}

#[test]
fn ipv6_has_the_next_hops_by_interface() {
    let read = zebra::parse(include_str!("data/isis/route6.json")).unwrap();
    assert!(!read.alternates.is_empty());
    for protected in read.alternates.values() {
        for hop in protected.primaries.iter().chain(protected.alternates.iter().map(|a| &a.hop)) {
            assert!(
                matches!(hop, lfa::Hop { on: On::Index(_), gateway: IpAddr::V6(v6) } if v6.is_unicast_link_local())
            );
        }
    }
}

/// The captured database with one thing changed.
fn with(which: usize, from: &str, to: &str) -> Result<Alternates, ospf::Error> {
    let text = TEXTS[which].replacen(from, to, 1);
    assert_ne!(text, TEXTS[which], "{from}");
    let mut texts = TEXTS;
    texts[which] = &text;
    alternates(texts)
}

#[test]
fn a_link_that_one_end_does_not_announce_is_none() {
    let back = "\"neighborRouterId\": \"10.255.0.1\", \"routerInterfaceAddress\": \"10.0.13.3\"";
    let all = with(0, back, &back.replace("0.1\"", "0.9\"")).unwrap();
    // Everything goes by b, and there is nobody else.
    assert_eq!(rows(&all), []);
}

#[test]
fn what_is_being_withdrawn_counts_no_more() {
    let age = TEXTS[3].find("\"lsaAge\": ").unwrap();
    let end = age + TEXTS[3][age..].find(',').unwrap();
    let all = with(3, &TEXTS[3][age..end], "\"lsaAge\": 3600").unwrap();
    assert!(!all.contains_key(&"203.0.113.0/24".parse().unwrap()));
    assert_eq!(all.len(), 6);
}

#[test]
fn what_goes_to_a_forwarding_address_is_left_out() {
    let all = with(4, "\"forwardAddress\": \"0.0.0.0\"", "\"forwardAddress\": \"10.0.23.9\"").unwrap();
    assert_eq!(all.len(), 6);
}

#[test]
fn a_router_that_wants_no_transit_is_no_alternate() {
    // c to us.
    let link = "\"routerInterfaceAddress\": \"10.0.13.3\", \"numOfTosMetrics\": 0, \"tos0Metric\": 10";
    let all = with(0, link, &link.replace(": 10", ": 65535")).unwrap();
    assert!(all[&"10.255.0.2/32".parse().unwrap()].alternates.is_empty());
}

#[test]
fn virtual_links_and_other_texts_are_errors_that_say_so() {
    let error = with(0, "another Router (point-to-point)", "a Virtual Link").unwrap_err();
    assert_eq!(error, ospf::Error::VirtualLinks);
    let error = with(1, "\"networkMask\": 24", "\"networkMask\": \"x\"").unwrap_err().to_string();
    assert!(error.starts_with("`show ip ospf vrf all database network json`: "), "{error}");
    assert!(zebra::parse("% Unknown command: show ip route isis json").is_err());
    // ospfd without an instance.
    assert!(ospf::parse(["% OSPF is not enabled\n{ }\n"; 5]).is_err());
}

#[test]
fn an_empty_database_has_no_alternates() {
    let empty = [r#"{"default": {"routerId": "10.255.0.1"}}"#; 5];
    assert!(alternates(empty).unwrap().is_empty());
    assert!(compute(&lfa::Topology::default()).is_empty());
}
