//! Loop-free alternates: of which route they are, what comes before what, and what is shown.

use super::*;

const P: &str = "10.0.0.0/8";

fn alternates(primaries: &[&str], all: &[(&str, u32, Lfa)]) -> Option<Alternates> {
    let alternate = |(gateway, metric, lfa): &(&str, u32, Lfa)| Alternate {
        on: On::Network(0),
        gateway: address(gateway),
        metric: *metric,
        lfa: *lfa,
    };
    Some(Alternates {
        primaries: primaries.iter().map(|gateway| (On::Network(0), address(gateway))).collect(),
        alternates: all.iter().map(alternate).collect(),
    })
}

fn proofs(rib: &Rib) -> Vec<Vec<Proof>> {
    let Group::Paths { backups, .. } = group_of(rib, P) else { panic!("no paths") };
    backups.iter().map(|set| set.iter().map(|backup| backup.proof).collect()).collect()
}

#[test]
fn alternates_back_up_the_route_that_they_are_of_with_those_that_protect_the_router_first() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    let all = [("198.51.100.1", 25, Lfa::Downstream), ("203.0.113.1", 40, Lfa::NodeProtecting)];
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &all));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1", "1:198.51.100.1"]);
    assert_eq!(proofs(&rib), [[Proof::Lfa(Lfa::NodeProtecting)], [Proof::Lfa(Lfa::Downstream)]]);
    // A risk that is shared comes before all that: over the interface of the primary itself.
    let all = [("192.0.2.9", 1, Lfa::NodeProtectingDownstream), ("203.0.113.1", 40, Lfa::LoopFree)];
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &all));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1", "0:192.0.2.9"]);
    // By metric, and what is equal shares.
    let all = [
        ("203.0.113.1", 30, Lfa::LoopFree),
        ("198.51.100.1", 20, Lfa::Downstream),
        ("203.0.113.2", 20, Lfa::LoopFree),
    ];
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &all));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1+2:203.0.113.2", "2:203.0.113.1"]);
    rib.set_alternates(net(P), None);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"]);
}

#[test]
fn of_several_shortest_ways_those_that_the_daemon_does_not_use_back_up_those_that_it_does() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    let lfa = Lfa::NodeProtectingDownstream;
    let all = [("192.0.2.1", 20, lfa), ("198.51.100.1", 20, lfa)];
    rib.set_alternates(net(P), alternates(&["192.0.2.1", "198.51.100.1"], &all));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1"]);
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1"), (11, "198.51.100.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1+1:198.51.100.1"]);
}

#[test]
fn alternates_of_another_route_are_none() {
    let mut rib = three_links();
    let all = [("203.0.113.1", 40, Lfa::LoopFree)];
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &all));
    assert!(rib.is_empty(), "nobody has a route there");
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &all));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1"]);
    // The daemon has moved on, and its database was not read yet.
    rib.set_fpm(net(P), fpm(OSPF, &[(11, "198.51.100.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["1:198.51.100.1"]);
    let explained = rib.explain(net(P)).unwrap();
    assert_eq!(explained.why, Why::Only);
    assert_eq!(explained.rows[1].role, Role::Unusable(Unusable::OtherRoute));
    // To the same router, by another protocol.
    rib.set_fpm(net(P), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"]);
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1"]);
    rib.withdraw_fpm(net(P));
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"], "they went with the route");
    rib.withdraw_fpm(net(P));
    assert!(rib.is_empty());
    assert_eq!(rib.shared(), (0, 0, 0));
}

#[test]
fn what_is_computed_for_the_next_route_leaves_the_present_one_its_alternates() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &[("198.51.100.1", 25, Lfa::LoopFree)]));
    // The first router is lost: the database says so, the route is yet to come.
    rib.set_alternates(net(P), alternates(&["198.51.100.1"], &[]));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1"]);
    rib.set_fpm(net(P), fpm(OSPF, &[(11, "198.51.100.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["1:198.51.100.1"]);
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1"]);
    // It has none any more, by a computation of this very route.
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &[]));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"]);
}

#[test]
fn an_alternate_over_a_link_that_is_not_known_yet_waits_for_it() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    let on = On::Link(77);
    let alternate = Alternate { on, gateway: address("203.0.113.1"), metric: 20, lfa: Lfa::LoopFree };
    let primaries = [(On::Link(10), address("192.0.2.1"))].into();
    rib.set_alternates(net(P), Some(Alternates { primaries, alternates: [alternate].into() }));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"]);
    rib.set_link(77, 2);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1"]);
}

#[test]
fn alternates_come_before_bgps_paths_count_as_coverage_and_are_shown() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(rib.coverage(|_| true), Coverage { covered: 0, of: 1 });
    rib.set_bgp(net(P), 1, bgp(0, "203.0.113.1", 100)).unwrap();
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &[("198.51.100.1", 25, Lfa::LoopFree)]));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1", "2:203.0.113.1"]);
    assert_eq!(rib.coverage(|_| true), Coverage { covered: 1, of: 1 });
    let row = rib.explain(net(P)).unwrap().rows.remove(1);
    assert!(matches!(row.given, Given::Alternate(alternate) if alternate.gateway == address("198.51.100.1")));
    assert!(matches!(row.role, Role::Backup { set: 0, proof: Proof::Lfa(Lfa::LoopFree), .. }), "{row:?}");
    assert_eq!(row.metric, 25);
}

#[test]
fn a_failure_leaves_traffic_on_the_alternate_until_it_is_forgotten() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.set_alternates(net(P), alternates(&["192.0.2.1"], &[("198.51.100.1", 25, Lfa::LoopFree)]));
    rib.tell_all();
    assert_eq!(told(&mut rib, 10).len(), 1);
    let primary = rib.path_ids().find(|path| way(&rib, *path) == "0:192.0.2.1").unwrap();
    rib.set_failed([primary].into());
    rib.set_fpm(net(P), fpm(OSPF, &[(12, "203.0.113.1")])).unwrap();
    assert_eq!(told(&mut rib, 10), []);
    // The database of after the failure is read while the route is held.
    rib.set_alternates(net(P), alternates(&["203.0.113.1"], &[("198.51.100.1", 25, Lfa::LoopFree)]));
    assert_eq!(told(&mut rib, 10), []);
    assert_eq!(rib.held(), 1);
    rib.set_failed([].into());
    assert_eq!(told(&mut rib, 10).len(), 1);
    assert_eq!(ways(&rib, P), ["2:203.0.113.1", "1:198.51.100.1"]);
}
