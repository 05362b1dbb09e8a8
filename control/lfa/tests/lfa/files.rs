//! Topology files, as the book shows them, and with mistakes.

use lfa::{On, compute, file};
use std::net::IpAddr;

const TRIANGLE: &str = include_str!("../../../../configs/topology/triangle.toml");

#[test]
fn the_example_has_an_alternate_for_what_is_behind_both_routers() {
    let all = compute(&file::parse(TRIANGLE).unwrap());
    let server = &all[&"198.51.100.0/24".parse().unwrap()];
    let gateways = |hops: &[lfa::Hop]| hops.iter().map(|hop| hop.gateway).collect::<Vec<_>>();
    assert_eq!(gateways(&server.primaries), [IpAddr::from([203, 0, 113, 1])]);
    let alternate = &server.alternates[0];
    assert_eq!(alternate.hop.gateway, IpAddr::from([203, 0, 113, 3]));
    assert!(alternate.node_protecting && alternate.downstream);
}

#[test]
fn a_lan_is_one_link_to_everybody_on_it() {
    let text = r#"
        router = "s"
        lans = ["office"]
        [[link]]
        from = "s"
        to = "office"
        metric = 10
        interface = "lan"
        [[link]]
        from = "a"
        to = "office"
        metric = 10
        from_address = ["192.0.2.2", "fe80::2"]
        [[link]]
        from = "b"
        to = "office"
        metric = 10
        from_address = ["192.0.2.3", "fe80::3"]
        [[link]]
        from = "s"
        to = "c"
        metric = 30
        to_address = ["203.0.113.1"]
        [[prefix]]
        prefix = "198.51.100.0/24"
        router = "a"
        [[prefix]]
        prefix = "198.51.100.0/24"
        router = "b"
        metric = 5
        [[prefix]]
        prefix = "198.51.100.0/24"
        router = "c"
        metric = 1
        [[prefix]]
        prefix = "2001:db8:5::/48"
        router = "a"
        [[prefix]]
        prefix = "2001:db8:5::/48"
        router = "b"
        metric = 5
    "#;
    let all = compute(&file::parse(text).unwrap());
    let v4 = &all[&"198.51.100.0/24".parse().unwrap()];
    let alternates: Vec<(IpAddr, u32, bool)> =
        v4.alternates.iter().map(|a| (a.hop.gateway, a.metric, a.node_protecting)).collect();
    // b is on the LAN like a, the primary, and good for the loss of a only; c is good for that of the LAN as well.
    let (b, c) = (IpAddr::from([192, 0, 2, 3]), IpAddr::from([203, 0, 113, 1]));
    assert_eq!(alternates, [(b, 15, true), (c, 31, true)]);
    let v6 = &all[&"2001:db8:5::/48".parse().unwrap()];
    assert_eq!(v6.alternates[0].hop.on, On::Interface("lan".to_owned()));
    assert_eq!(v6.alternates[0].hop.gateway, "fe80::3".parse::<IpAddr>().unwrap());
}

#[test]
fn a_mistake_is_named_with_its_line_and_what_would_be_right() {
    let cases = [
        ("router = \"edge\"", "router = 7", 4, "string"),
        ("router = \"edge\"", "router = \"egde\"", 4, "no link leads from this router, `egde`"),
        ("metric = 10", "metric = 0", 9, "metric 0 is out of range; write 1 to 16777215"),
        ("metric = 10", "meric = 10", 9, "meric"),
        ("to = \"isp1\"", "to = \"edge\"", 8, "a link from `edge` to itself"),
        ("\"203.0.113.1\"", "\"203.0.113\"", 10, "`203.0.113` is no address"),
        ("198.51.100.0/24", "198.51.100.0/33", 27, "`198.51.100.0/33` is no prefix"),
        ("198.51.100.0/24", "198.51.100.1/24", 27, "the prefix is 198.51.100.0/24"),
        ("router = \"isp2\"", "router = \"isp9\"", 33, "no link has a router `isp9`"),
        ("router = \"isp2\"", "router = \"isp1\"", 32, "is at `isp1` already"),
    ];
    for (from, to, line, why) in cases {
        let text = TRIANGLE.replacen(from, to, 1);
        assert_ne!(text, TRIANGLE, "{from}");
        let error = file::parse(&text).unwrap_err();
        assert!(error.why.contains(why), "{to}: {error}");
        assert_eq!(error.line, line, "{to}: {error}");
    }
    let lan = format!("lans = [\"isp1\"]\n{TRIANGLE}");
    assert!(file::parse(&lan).unwrap_err().why.contains("swap `from` and `to`"));
}
