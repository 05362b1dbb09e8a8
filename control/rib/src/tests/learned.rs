//! What FPM and BGP say: paths made on the fly, next hops followed, backups from the losers, and what is told.

use super::*;

const P: &str = "10.0.0.0/8";

#[test]
fn fpm_says_which_path_is_best_and_bgps_losers_back_it_up() {
    let mut rib = three_links();
    rib.set_bgp(net(P), 1, bgp(0, "192.0.2.1", 100)).unwrap();
    rib.set_bgp(net(P), 2, bgp(0, "198.51.100.1", 200)).unwrap();
    rib.set_bgp(net(P), 3, bgp(0, "203.0.113.1", 150)).unwrap();
    assert_eq!(rib.group_of(net(P)), None, "nobody has said which is best");
    // Not the one that the decision process would take: the daemon has a policy of its own.
    rib.set_fpm(net(P), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1", "2:203.0.113.1"]);
    let Group::Paths { backups, .. } = group_of(&rib, P) else { panic!() };
    assert!(backups.iter().flatten().all(|backup| backup.proof == Proof::EbgpDistinct), "{backups:?}");
    rib.withdraw_bgp(net(P), 0, 2);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1"]);
    rib.withdraw_fpm(net(P));
    assert_eq!(rib.group_of(net(P)), None);
    rib.withdraw_bgp(net(P), 0, 1);
    rib.withdraw_bgp(net(P), 0, 3);
    assert!(rib.is_empty());
}

#[test]
fn without_fpm_bgp_leads_itself() {
    let interface = |network: &str| Interface { vrf: 0, addresses: vec![net(network)], risks: Vec::new() };
    let interfaces = ["192.0.2.254/24", "198.51.100.254/24"].map(interface).into();
    let mut rib = Rib::new(Around { interfaces, bgp_leads: true, ..Around::default() });
    rib.set_bgp(net(P), 1, bgp(0, "192.0.2.1", 100)).unwrap();
    rib.set_bgp(net(P), 2, bgp(0, "198.51.100.1", 200)).unwrap();
    assert_eq!(ways(&rib, P), ["1:198.51.100.1", "0:192.0.2.1"]);
}

#[test]
fn among_paths_of_bgp_its_decision_counts_and_against_others_how_they_were_learned() {
    let internal = |next_hop: &str, local_pref| BgpPath { external: false, ..bgp(0, next_hop, local_pref) };
    // Backups of what FPM says: the operator's local preference comes before eBGP.
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(net(P), 1, bgp(0, "198.51.100.1", 100)).unwrap();
    rib.set_bgp(net(P), 2, internal("203.0.113.1", 200)).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1", "1:198.51.100.1"]);
    let rows = rib.explain(net(P)).unwrap().rows;
    let first = rows.iter().find(|row| matches!(row.role, Role::Backup { set: 0, .. })).unwrap();
    assert_eq!(first.path.map(|path| way(&rib, path)).as_deref(), Some("2:203.0.113.1"));
    // Where BGP leads, too; and what comes after a path of another router of ours is worth no more than that.
    let mut around = rib.core.ways.around().clone();
    around.bgp_leads = true;
    around.paths = vec![path(0, 1, &[])];
    let mut rib = Rib::new(around);
    rib.set_bgp(net(P), 1, bgp(0, "198.51.100.1", 100)).unwrap();
    rib.set_bgp(net(P), 2, internal("203.0.113.1", 200)).unwrap();
    assert_eq!(ways(&rib, P), ["2:203.0.113.1", "1:198.51.100.1"]);
    rib.set(net(P), candidate(&[hop(A, 100)]));
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.1", "1:198.51.100.1"]);
    rib.withdraw_bgp(net(P), 0, 2);
    assert_eq!(ways(&rib, P), ["1:198.51.100.1", "0:192.0.2.1"]);
}

#[test]
fn a_next_hop_of_bgp_follows_the_route_that_leads_to_it() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(net(P), 1, BgpPath { external: false, ..bgp(0, "172.16.0.9", 100) }).unwrap();
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"], "nothing leads there yet");
    rib.set_fpm(net("172.16.0.0/16"), fpm(OSPF, &[(11, "198.51.100.7")])).unwrap();
    rib.next_changes(usize::MAX, None);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.7"]);
    // A longer one, then it goes again.
    rib.set_fpm(net("172.16.0.0/24"), fpm(OSPF, &[(12, "203.0.113.7")])).unwrap();
    rib.next_changes(usize::MAX, None);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "2:203.0.113.7"]);
    rib.withdraw_fpm(net("172.16.0.0/24"));
    rib.next_changes(usize::MAX, None);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.7"]);
    // Neither a route of BGP's own nor the default is good for that.
    rib.withdraw_fpm(net("172.16.0.0/16"));
    rib.set_fpm(net("172.16.0.0/16"), fpm(BGP, &[(11, "198.51.100.7")])).unwrap();
    rib.set_fpm(net("0.0.0.0/0"), fpm(OSPF, &[(11, "198.51.100.7")])).unwrap();
    rib.next_changes(usize::MAX, None);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"]);
}

#[test]
fn a_path_of_the_file_is_used_where_it_leads_the_same_way() {
    let mut rib = three_links();
    let mut around =
        Around { interfaces: (0..2).map(|_| Interface::default()).collect(), ..Around::default() };
    around.interfaces[0].addresses = vec![net("192.0.2.254/24")];
    around.interfaces[1].addresses = vec![net("198.51.100.254/24")];
    around.paths = vec![path(0, 1, &[])];
    rib.configure(around);
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1"), (11, "198.51.100.1")])).unwrap();
    let (primaries, _) = primaries_and_backups(&group_of(&rib, P));
    assert_eq!(primaries, [0, 1]);
    assert!(rib.is_named(0) && !rib.is_named(1));
}

#[test]
fn a_path_that_was_made_and_is_not_needed_goes_at_the_second_look_and_its_number_is_used_again() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.set_fpm(net(P), fpm(OSPF, &[(11, "198.51.100.1")])).unwrap();
    assert_eq!(rib.collect_paths(), []);
    assert_eq!(rib.collect_paths(), [0]);
    assert_eq!(rib.path_ids().collect::<Vec<_>>(), [1]);
    rib.set_fpm(net("11.0.0.0/8"), fpm(OSPF, &[(12, "203.0.113.1")])).unwrap();
    assert_eq!(ways(&rib, "11.0.0.0/8"), ["2:203.0.113.1"]);
    assert_eq!(rib.path_ids().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_route_over_a_link_that_is_not_known_yet_waits_for_it() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(77, "192.0.2.1")])).unwrap();
    assert_eq!(rib.group_of(net(P)), None);
    rib.set_link(77, 0);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1"]);
}

#[test]
fn what_cannot_be_is_refused_and_takes_the_place_of_what_was_said_before() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(rib.set_fpm(net(P), fpm(OSPF, &[(10, "fe80::1")])), Err(Refused::Family));
    assert_eq!(rib.group_of(net(P)), None);
    assert_eq!(rib.set_fpm(net("192.0.2.254/32"), fpm(OSPF, &[(10, "192.0.2.1")])), Err(Refused::OwnAddress));
    assert_eq!(rib.set_bgp(net("2001:db8::/32"), 0, bgp(0, "192.0.2.1", 1)), Err(Refused::Family));
    for id in 0..64 {
        rib.set_bgp(net(P), id, bgp(0, "192.0.2.1", 1)).unwrap();
    }
    assert_eq!(rib.set_bgp(net(P), 64, bgp(0, "192.0.2.1", 1)), Err(Refused::PathsFull));
    assert_eq!(rib.set_bgp(net(P), 63, bgp(0, "192.0.2.1", 2)), Ok(()));
    // Own next hops lead nowhere.
    rib.set_fpm(net("11.0.0.0/8"), fpm(OSPF, &[(10, "192.0.2.254")])).unwrap();
    assert_eq!(rib.group_of(net("11.0.0.0/8")), None);
}

#[test]
fn there_are_never_more_prefixes_and_paths_than_the_tables_hold() {
    let mut around =
        Around { limits: Limits { prefixes_v4: 2, prefixes_v6: 0, paths: 1 }, ..Around::default() };
    around.interfaces = vec![Interface { vrf: 0, addresses: vec![net("192.0.2.254/24")], risks: Vec::new() }];
    let mut rib = Rib::new(around);
    rib.set_link(10, 0);
    let via = |host: u8| fpm(OSPF, &[(10, &format!("192.0.2.{host}"))]);
    rib.set_fpm(net("10.0.0.0/8"), via(1)).unwrap();
    rib.set_fpm(net("11.0.0.0/8"), via(1)).unwrap();
    assert_eq!(rib.set_fpm(net("12.0.0.0/8"), via(1)), Err(Refused::PrefixesFull));
    assert_eq!(rib.set_fpm(net("11.0.0.0/8"), via(2)), Ok(()));
    assert_eq!(rib.group_of(net("11.0.0.0/8")), None, "there is room for one path");
    let refused = rib.explain(net("11.0.0.0/8")).unwrap();
    assert_eq!(refused.rows[0].role, Role::Unusable(Unusable::PathsFull));
}

#[test]
fn a_withdrawal_of_half_the_table_is_told_in_slices_and_costs_what_changed() {
    let mut rib = three_links();
    let prefix = |n: u32| IpNet::V4(ipnet::Ipv4Net::new((n << 8).into(), 24).unwrap());
    let (count, half) = (20_000, 10_000);
    for n in 0..count {
        rib.set_fpm(prefix(n), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
        rib.set_bgp(prefix(n), 1, bgp(0, "192.0.2.1", 200)).unwrap();
        rib.set_bgp(prefix(n), 2, bgp(0, "198.51.100.1", 100)).unwrap();
    }
    rib.tell_all();
    assert_eq!(told(&mut rib, 1000).len(), count as usize);
    assert_eq!(rib.shared(), (1, 2, 1));
    for n in 0..half {
        rib.withdraw_bgp(prefix(n), 0, 1);
        rib.set_fpm(prefix(n), fpm(BGP, &[(11, "198.51.100.1")])).unwrap();
    }
    assert_eq!(rib.queued(), half as usize, "each once, though both feeds spoke of it");
    let changes = told(&mut rib, 1000);
    assert_eq!(changes.len(), half as usize);
    assert!(changes.iter().all(|change| change.source == Source::Fpm && change.group.is_some()));
    assert_eq!(ways(&rib, "0.0.1.0/24"), ["1:198.51.100.1"]);
    assert_eq!(ways(&rib, "0.0.100.0/24"), ["1:198.51.100.1"]);
    assert_eq!(ways(&rib, "0.45.0.0/24"), ["0:192.0.2.1", "1:198.51.100.1"]);
}

#[test]
fn what_changes_and_changes_back_before_it_is_told_is_no_news() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.tell_all();
    assert_eq!(told(&mut rib, 10).len(), 1);
    rib.withdraw_fpm(net(P));
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(told(&mut rib, 10), []);
    rib.withdraw_fpm(net(P));
    let gone = Change { prefix: net(P).into(), source: Source::Fpm, group: None };
    assert_eq!(told(&mut rib, 10), [gone]);
}

#[test]
fn those_of_one_source_can_wait() {
    let mut rib = Rib::new(around(vec![path(0, 1, &[])]));
    rib.set(net("10.0.0.0/8"), candidate(&[hop(A, 1)]));
    rib.set(net("11.0.0.0/8"), Candidate { source: Source::Operator, ..candidate(&[hop(A, 1)]) });
    rib.tell_all();
    let first = rib.next_changes(10, Some(Source::Operator));
    assert_eq!(first.iter().map(|change| change.source).collect::<Vec<_>>(), [Source::Static]);
    assert!(!rib.has_news());
    let second = rib.tell(net("11.0.0.0/8"), None).unwrap();
    assert_eq!(second.source, Source::Operator);
    assert_eq!(rib.tell(net("11.0.0.0/8"), None), None);
}

#[test]
fn the_best_of_all_sources_is_who_the_prefix_is_told_for() {
    let mut rib = three_links();
    let mut config = Around { paths: vec![path(0, 1, &[])], ..Around::default() };
    config.interfaces = (0..2).map(|_| Interface::default()).collect();
    config.interfaces[1].addresses = vec![net("198.51.100.254/24")];
    rib.configure(config);
    rib.tell_all();
    rib.set_fpm(net(P), fpm(OSPF, &[(11, "198.51.100.1")])).unwrap();
    assert_eq!(told(&mut rib, 10)[0].source, Source::Fpm);
    rib.set(net(P), candidate(&[hop(A, 10)]));
    let change = told(&mut rib, 10)[0];
    assert_eq!(change.source, Source::Static);
    assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1"]);
    // A floating one takes over when the daemon has nothing any more.
    rib.set(net(P), candidate(&[hop(A, 200)]));
    assert_eq!(told(&mut rib, 10)[0].source, Source::Fpm);
    rib.withdraw_fpm(net(P));
    assert_eq!(told(&mut rib, 10)[0].source, Source::Static);
}

#[test]
fn after_a_failure_a_route_of_a_link_state_protocol_stays_on_its_repair_unless_it_is_to_go_just_there() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(net(P), 1, bgp(0, "198.51.100.1", 100)).unwrap();
    rib.set_fpm(net("11.0.0.0/8"), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.tell_all();
    assert_eq!(told(&mut rib, 10).len(), 2);
    let primary = rib.path_ids().find(|path| way(&rib, *path) == "0:192.0.2.1").unwrap();
    rib.set_failed([primary].into());
    // Elsewhere than its repair: not yet. Without a repair: at once.
    rib.set_fpm(net(P), fpm(OSPF, &[(12, "203.0.113.1")])).unwrap();
    rib.set_fpm(net("11.0.0.0/8"), fpm(OSPF, &[(12, "203.0.113.1")])).unwrap();
    assert_eq!(
        told(&mut rib, 10).iter().map(|change| change.prefix.net).collect::<Vec<_>>(),
        [net("11.0.0.0/8")]
    );
    assert_eq!(rib.held(), 1);
    // To its repair: at once.
    rib.set_failed([].into());
    assert_eq!(told(&mut rib, 10).len(), 1);
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    assert_eq!(told(&mut rib, 10).len(), 1);
    rib.set_failed([primary].into());
    rib.set_fpm(net(P), fpm(OSPF, &[(11, "198.51.100.1")])).unwrap();
    assert_eq!(told(&mut rib, 10).len(), 1);
    // BGP's are no link-state protocol's.
    rib.set_fpm(net("11.0.0.0/8"), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(net("11.0.0.0/8"), 1, bgp(0, "198.51.100.1", 100)).unwrap();
    assert_eq!(told(&mut rib, 10).len(), 1);
    rib.set_fpm(net("11.0.0.0/8"), fpm(BGP, &[(12, "203.0.113.1")])).unwrap();
    assert_eq!(told(&mut rib, 10).len(), 1);
    assert_eq!(rib.held(), 0);
}
