//! What FPM lets go of while routing daemons restart is left to BGP.

use super::*;

const P: &str = "10.0.0.0/8";

fn two_providers() -> Rib {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(net(P), 1, bgp(0, "192.0.2.1", 100)).unwrap();
    rib.set_bgp(net(P), 2, bgp(0, "198.51.100.1", 200)).unwrap();
    rib.tell_all();
    assert_eq!(told(&mut rib, 10).len(), 1);
    rib
}

#[test]
fn a_route_of_bgp_that_fpm_lets_go_of_stays_where_it_was_as_long_as_bgp_has_a_path_there() {
    for gone in [Gone::Withdrawn, Gone::Untold] {
        let mut rib = two_providers();
        rib.leave_fpm(net(P), gone);
        assert_eq!(told(&mut rib, 10), [], "the switch hears nothing of it");
        assert_eq!((rib.left(|of| of == gone), rib.left(|of| of != gone)), (1, 0));
        assert_eq!(rib.explain(net(P)).unwrap().why, Why::Left(gone));
        // FPM's choice is not the one of the decision process, and stands.
        assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1"]);
        // The provider that it went to withdraws, and the other one has it still.
        rib.withdraw_bgp(net(P), 0, 1);
        assert_eq!(ways(&rib, P), ["1:198.51.100.1"]);
        let explained = rib.explain(net(P)).unwrap();
        assert_eq!((explained.why, explained.rows.len()), (Why::Left(gone), 1), "{:?}", explained.rows);
        rib.set_bgp(net(P), 1, bgp(0, "192.0.2.1", 100)).unwrap();
        assert_eq!(ways(&rib, P), ["0:192.0.2.1", "1:198.51.100.1"]);
        // The last path takes it along.
        rib.withdraw_bgp(net(P), 0, 1);
        rib.withdraw_bgp(net(P), 0, 2);
        assert!(rib.is_empty());
        assert_eq!(rib.left(|_| true), 0);
        // Nothing of it comes back with the next path.
        rib.set_bgp(net(P), 1, bgp(0, "192.0.2.1", 100)).unwrap();
        assert_eq!(rib.group_of(net(P)), None);
    }
}

#[test]
fn what_fpm_says_again_is_fpms_again() {
    let mut rib = two_providers();
    rib.leave_fpm(net(P), Gone::Withdrawn);
    rib.set_fpm(net(P), fpm(BGP, &[(11, "198.51.100.1")])).unwrap();
    assert_eq!((ways(&rib, P).len(), rib.left(|_| true)), (2, 0));
    assert_eq!(ways(&rib, P)[0], "1:198.51.100.1");
    rib.end_left(|_| true);
    assert_eq!(ways(&rib, P)[0], "1:198.51.100.1", "it is not left to anybody");
    rib.withdraw_fpm(net(P));
    assert_eq!(rib.group_of(net(P)), None, "what BGP has leads only where something was left to it");
}

#[test]
fn the_end_of_it_withdraws_what_was_left_for_that_reason_and_nothing_else() {
    let mut rib = two_providers();
    let other = net("11.0.0.0/8");
    rib.set_fpm(other, fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(other, 1, bgp(0, "192.0.2.1", 100)).unwrap();
    told(&mut rib, 10);
    rib.leave_fpm(net(P), Gone::Withdrawn);
    rib.leave_fpm(other, Gone::Untold);
    rib.end_left(|gone| gone == Gone::Withdrawn);
    assert_eq!(told(&mut rib, 10), [Change { prefix: net(P).into(), source: Source::Fpm, group: None }]);
    rib.end_left(|gone| gone == Gone::Untold);
    assert_eq!(told(&mut rib, 10), [Change { prefix: other.into(), source: Source::Fpm, group: None }]);
}

#[test]
fn only_routes_of_bgp_with_a_path_of_bgp_are_left() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(net(P), 1, bgp(0, "192.0.2.1", 100)).unwrap();
    rib.leave_fpm(net(P), Gone::Withdrawn);
    assert_eq!(rib.group_of(net(P)), None, "OSPF's");
    rib.set_fpm(net("11.0.0.0/8"), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    rib.leave_fpm(net("11.0.0.0/8"), Gone::Untold);
    assert_eq!(rib.group_of(net("11.0.0.0/8")), None, "BGP has no path for it");
    // A blackhole of BGP's stays one: no path of it leads there, and it was not to be forwarded.
    rib.set_fpm(net(P), Fpm { target: FpmTarget::Blackhole, ..fpm(BGP, &[]) }).unwrap();
    rib.leave_fpm(net(P), Gone::Untold);
    assert_eq!(group_of(&rib, P), Group::Blackhole);
}

#[test]
fn bgp_stands_in_with_the_preference_of_fpm() {
    let mut rib = three_links();
    let mut config = Around { paths: vec![path(0, 1, &[])], ..Around::default() };
    config.interfaces = (0..2).map(|_| Interface::default()).collect();
    config.interfaces[1].addresses = vec![net("198.51.100.254/24")];
    rib.configure(config);
    // A floating route of the file, and iBGP's own preference would be worse than it.
    rib.set(net(P), candidate(&[hop(A, 150)]));
    rib.set_fpm(net(P), fpm(BGP, &[(11, "198.51.100.7")])).unwrap();
    rib.set_bgp(net(P), 1, BgpPath { external: false, ..bgp(0, "198.51.100.1", 100) }).unwrap();
    rib.leave_fpm(net(P), Gone::Withdrawn);
    assert_eq!(ways(&rib, P), ["1:198.51.100.1", "0:192.0.2.1"]);
    rib.end_left(|_| true);
    assert_eq!(ways(&rib, P)[0], "0:192.0.2.1");
}

/// What stands in for FPM would lead where the route behind it does, which it would keep from being used.
#[test]
fn a_path_of_bgp_does_not_lead_over_its_own_prefix() {
    const WITHIN: &str = "10.0.0.7";
    let mut rib = three_links();
    let mut config = Around { paths: vec![path(0, 1, &[])], ..Around::default() };
    config.interfaces = (0..2).map(|_| Interface::default()).collect();
    config.interfaces[1].addresses = vec![net("198.51.100.254/24")];
    rib.configure(config);
    let all = |rib: &mut Rib| {
        rib.next_changes(usize::MAX, None);
        let next_hop = rib.next_hops().next().map(|(_, found)| found.is_ok());
        (ways(rib, P), next_hop)
    };
    rib.set_bgp(net(P), 1, bgp(0, WITHIN, 100)).unwrap();
    rib.set(net(P), candidate(&[hop(A, 150)]));
    assert_eq!(all(&mut rib), (vec!["0:192.0.2.1".to_owned()], Some(true)), "the best is the file's");
    // Of a link that nobody knows.
    rib.set_fpm(net(P), fpm(BGP, &[(19, "198.51.100.7")])).unwrap();
    assert_eq!(all(&mut rib), (vec!["0:192.0.2.1".to_owned()], Some(true)), "the best is the file's");
    rib.leave_fpm(net(P), Gone::Withdrawn);
    for _ in 0..3 {
        assert_eq!(all(&mut rib), (vec!["0:192.0.2.1".to_owned()], Some(false)), "the best would be BGP's");
    }
    rib.set_fpm(net("10.0.0.0/7"), fpm(OSPF, &[(11, "198.51.100.7")])).unwrap();
    let both = vec!["1:198.51.100.7".to_owned(), "0:192.0.2.1".to_owned()];
    assert_eq!(all(&mut rib), (both, Some(true)), "it leads over another");
}
