//! VRFs: candidates of their own, paths and groups in common.

use super::*;

const P: &str = "10.0.0.0/8";
const RED: u8 = 1;

#[test]
fn a_prefix_in_two_vrfs_has_a_group_with_backups_in_each_and_is_told_of_each() {
    let mut rib = Rib::new(around(vec![path(0, 1, &[]), path(1, 2, &[]), path(2, 3, &[])]));
    rib.set(net(P), candidate(&[hop(A, 10), hop(B, 20)]));
    rib.set((RED, net(P)), candidate(&[hop(B, 10), hop(C, 20)]));
    rib.tell_all();
    let first: Vec<_> = told(&mut rib, 1).iter().map(|change| (change.prefix, change.group)).collect();
    let groups = [rib.group_of(net(P)), rib.group_of((RED, net(P)))];
    assert_eq!(first, [(net(P).into(), groups[0]), ((RED, net(P)).into(), groups[1])]);
    let of = |rib: &Rib, group: Option<GroupId>| primaries_and_backups(rib.group(group.unwrap()));
    assert_eq!(of(&rib, groups[0]), (vec![A], vec![vec![B]]));
    assert_eq!(of(&rib, groups[1]), (vec![B], vec![vec![C]]));
    assert_eq!((rib.group_of((2, net(P))), rib.len()), (None, 2));
    assert_eq!(rib.prefixes(RED, None).collect::<Vec<_>>(), [net(P)]);
    assert_eq!(rib.prefixes(2, None).count(), 0);
    // What it would do is said of both.
    let what = rib.what_if(|path, _| path == B, |_| true, 9);
    assert_eq!(what.listed.iter().map(|(prefix, _)| *prefix).collect::<Vec<_>>(), [(RED, net(P)).into()]);
    // Gone in one of them.
    rib.withdraw((RED, net(P)), Source::Static, 0);
    let gone = told(&mut rib, 9);
    assert_eq!(gone, [Change { prefix: (RED, net(P)).into(), source: Source::Static, group: None }]);
    assert_eq!(rib.group_of(net(P)), groups[0]);
}

/// Interfaces 0 and 1 have the same addresses, in two VRFs; 10 and 11 are their links.
fn twins() -> Rib {
    let interface = |vrf: u8| Interface { vrf, addresses: vec![net("192.0.2.254/24")], risks: Vec::new() };
    let interfaces = vec![interface(0), interface(RED)];
    let mut rib = Rib::new(Around { interfaces, ..Around::default() });
    (0..2).for_each(|interface| rib.set_link(10 + interface, interface));
    rib
}

fn way_of(rib: &Rib, prefix: impl Into<Prefix>) -> Option<String> {
    let group = rib.group(rib.group_of(prefix)?);
    group.tiers().next()?.first().map(|path| way(rib, *path))
}

#[test]
fn a_next_hop_of_a_routing_daemon_is_found_by_its_link_whatever_the_vrf_of_the_route() {
    let mut rib = twins();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.set_fpm((RED, net(P)), fpm(OSPF, &[(11, "192.0.2.1")])).unwrap();
    // Leaked by the daemon.
    rib.set_fpm((RED, net("11.0.0.0/8")), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(way_of(&rib, net(P)).as_deref(), Some("0:192.0.2.1"));
    assert_eq!(way_of(&rib, (RED, net(P))).as_deref(), Some("1:192.0.2.1"));
    assert_eq!(way_of(&rib, (RED, net("11.0.0.0/8"))).as_deref(), Some("0:192.0.2.1"));
    let own = net("192.0.2.254/32");
    assert_eq!(rib.set_fpm((RED, own), fpm(OSPF, &[(11, "192.0.2.1")])), Err(Refused::OwnAddress));
    assert_eq!(rib.set_fpm((2, own), fpm(OSPF, &[(11, "192.0.2.1")])), Ok(()));
    rib.forget_fpm();
    assert!(rib.is_empty());
}

#[test]
fn paths_of_bgp_are_of_the_vrf_of_their_session_and_resolve_in_it() {
    let mut rib = twins();
    rib.set_bgp(net(P), 1, bgp(1, "203.0.113.1", 100)).unwrap();
    rib.set_bgp(net(P), 1, BgpPath { vrf: RED, ..bgp(2, "203.0.113.1", 100) }).unwrap();
    let found = |rib: &mut Rib| {
        rib.tell_all();
        told(rib, 9);
        rib.next_hops().map(|((vrf, _), found)| (vrf, found.is_ok())).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut rib), [(0, false), (RED, false)]);
    rib.set_fpm((RED, net("203.0.113.0/24")), fpm(OSPF, &[(11, "192.0.2.1")])).unwrap();
    assert_eq!(found(&mut rib), [(0, false), (RED, true)], "a route of the one leads nobody of the other");
    rib.set_fpm(net("203.0.113.0/24"), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(found(&mut rib), [(0, true), (RED, true)]);
}

#[test]
fn an_alternate_is_of_the_route_of_its_vrf_and_on_a_network_of_it() {
    let mut rib = twins();
    for prefix in [(0, net(P)), (RED, net(P))] {
        rib.set_fpm(prefix, fpm(OSPF, &[(10 + u32::from(prefix.0), "192.0.2.1")])).unwrap();
    }
    let alternates = |vrf: u8| {
        let (on, gateway, lfa) = (On::Network(vrf), address("192.0.2.7"), Lfa::NodeProtecting);
        let primaries = Box::new([(on, address("192.0.2.1"))]);
        Some(Alternates { primaries, alternates: Box::new([Alternate { on, gateway, metric: 25, lfa }]) })
    };
    rib.set_alternates((RED, net(P)), alternates(RED));
    let tiers = |rib: &Rib, prefix: (u8, IpNet)| {
        let group = rib.group(rib.group_of(prefix).unwrap());
        group.tiers().map(|tier| tier.iter().map(|path| way(rib, *path)).collect()).collect::<Vec<Vec<_>>>()
    };
    assert_eq!(tiers(&rib, (0, net(P))), [["0:192.0.2.1"]]);
    assert_eq!(tiers(&rib, (RED, net(P))), [["1:192.0.2.1"], ["1:192.0.2.7"]]);
    // The twin's primary is another path, whatever its address.
    rib.set_alternates((RED, net(P)), None);
    rib.set_alternates((RED, net(P)), alternates(0));
    assert_eq!(tiers(&rib, (RED, net(P))), [["1:192.0.2.1"]]);
}

#[test]
fn a_route_of_a_vrf_has_the_backup_that_bgp_knows_of_in_it() {
    let mut rib = twins();
    for prefix in [(0, net(P)), (RED, net(P))] {
        let link = 10 + u32::from(prefix.0);
        rib.set_fpm(prefix, fpm(186, &[(link, "192.0.2.1")])).unwrap();
    }
    rib.set_bgp(net(P), 1, BgpPath { vrf: RED, ..bgp(2, "192.0.2.7", 100) }).unwrap();
    let tiers = |rib: &Rib, prefix: (u8, IpNet)| {
        let group = rib.group(rib.group_of(prefix).unwrap());
        group.tiers().map(|tier| tier.iter().map(|path| way(rib, *path)).collect()).collect::<Vec<Vec<_>>>()
    };
    assert_eq!(tiers(&rib, (0, net(P))), [["0:192.0.2.1"]]);
    assert_eq!(
        tiers(&rib, (RED, net(P))),
        [["1:192.0.2.1"], ["1:192.0.2.7"]],
        "over the twin of the network"
    );
    // zebra lets go of it, and BGP still has a path.
    rib.leave_fpm((RED, net(P)), Gone::Withdrawn);
    assert_eq!(way_of(&rib, (RED, net(P))).as_deref(), Some("1:192.0.2.7"));
    rib.leave_fpm(net(P), Gone::Withdrawn);
    assert_eq!(rib.group_of(net(P)), None, "there is nobody to leave it to");
    rib.withdraw_bgp((RED, net(P)), 2, 1);
    assert!(rib.is_empty());
}
