//! Which paths carry traffic and which take over, of what the file and the operator say.

use super::*;
use ipnet::Ipv4Net;

fn only_group(paths: Vec<Path>, candidate: Candidate) -> Group {
    let mut rib = Rib::new(around(paths));
    rib.set(net("0.0.0.0/0"), candidate);
    group_of(&rib, "0.0.0.0/0")
}

#[test]
fn the_best_class_carries_traffic_and_the_rest_backs_it_up_in_order_of_preference() {
    let paths = vec![path(0, 1, &[]), path(1, 2, &[]), path(2, 3, &[]), path(3, 4, &[])];
    let group = only_group(paths, candidate(&[hop(C, 30), hop(A, 10), hop(D, 20), hop(B, 10)]));
    assert_eq!(primaries_and_backups(&group), (vec![A, B], vec![vec![D], vec![C]]));
}

#[test]
fn a_shared_risk_group_loses_to_a_worse_preference() {
    let paths = vec![path(0, 1, &[7]), path(1, 2, &[7, 8]), path(2, 3, &[9])];
    let group = only_group(paths, candidate(&[hop(A, 10), hop(B, 20), hop(C, 30)]));
    assert_eq!(primaries_and_backups(&group), (vec![A], vec![vec![C], vec![B]]));
}

#[test]
fn another_region_and_provider_win_over_preference_but_not_over_risk() {
    let mut paths = vec![path(0, 1, &[]), path(1, 2, &[]), path(2, 3, &[]), path(3, 4, &[])];
    paths[0] = Path { region: Some(1), provider: Some(1), risks: vec![5], ..paths[0].clone() };
    paths[1] = Path { region: Some(1), provider: Some(1), ..paths[1].clone() };
    paths[2] = Path { region: Some(2), provider: Some(2), ..paths[2].clone() };
    paths[3] = Path { region: Some(3), provider: Some(3), risks: vec![5], ..paths[3].clone() };
    let group = only_group(paths, candidate(&[hop(A, 1), hop(B, 2), hop(C, 3), hop(D, 2)]));
    assert_eq!(primaries_and_backups(&group), (vec![A], vec![vec![C], vec![B], vec![D]]));
}

#[test]
fn the_neighbor_of_a_primary_is_no_backup_and_its_interface_is_a_shared_risk() {
    let paths = vec![path(0, 1, &[]), path(0, 1, &[]), path(0, 2, &[]), path(1, 1, &[])];
    let group = only_group(paths, candidate(&[hop(A, 1), hop(B, 2), hop(C, 3), hop(D, 4)]));
    assert_eq!(primaries_and_backups(&group), (vec![A], vec![vec![D], vec![C]]));
}

#[test]
fn equal_backups_are_one_set() {
    let paths = vec![path(0, 1, &[]), path(1, 2, &[]), path(2, 3, &[])];
    let group = only_group(paths, candidate(&[hop(A, 1), hop(C, 2), hop(B, 2)]));
    assert_eq!(primaries_and_backups(&group), (vec![A], vec![vec![B, C]]));
}

#[test]
fn what_the_operator_lists_wins_over_the_rules() {
    let paths = vec![path(0, 1, &[7]), path(1, 2, &[7]), path(2, 3, &[])];
    let backup = |path| Backup { path, proof: Proof::Connected };
    let target = Target::Paths {
        next_hops: [hop(A, 10), hop(C, 20)].into(),
        backup: Some([backup(B), backup(A), backup(C), backup(B), backup(99)].into()),
    };
    let group = only_group(paths, Candidate { source: Source::Static, id: 0, target });
    assert_eq!(primaries_and_backups(&group), (vec![A], vec![vec![B], vec![C]]));
}

#[test]
fn a_discarding_route_wins_only_with_a_better_preference() {
    let discard =
        |preference| Candidate { source: Source::Operator, id: 0, target: Target::Blackhole { preference } };
    for (preference, wins) in [(9, true), (11, false)] {
        let mut rib = Rib::new(around(vec![path(0, 1, &[])]));
        rib.set(net("10.0.0.0/8"), candidate(&[hop(A, 10)]));
        rib.set(net("10.0.0.0/8"), discard(preference));
        assert_eq!(group_of(&rib, "10.0.0.0/8") == Group::Blackhole, wins, "preference {preference}");
    }
}

#[test]
fn a_million_prefixes_over_the_same_paths_are_one_group() {
    let mut rib = Rib::new(around(vec![path(0, 1, &[]), path(1, 2, &[])]));
    for n in 0..1_000_000u32 {
        let prefix = Ipv4Net::new((n << 8).into(), 24).unwrap();
        rib.set(IpNet::from(prefix), candidate(&[hop(A, 10), hop(B, 20)]));
    }
    assert_eq!((rib.len(), rib.groups().count()), (1_000_000, 1));
    assert_eq!(rib.coverage(|_| true), Coverage { covered: 1_000_000, of: 1_000_000 });
    assert_eq!(rib.coverage(|path| path == A).percent(), 0);
}

#[test]
fn coverage_counts_equals_beside_a_path_and_not_what_shares_its_risk() {
    let paths = vec![path(0, 1, &[7]), path(1, 2, &[]), path(2, 3, &[7])];
    let mut rib = Rib::new(around(paths));
    rib.set(net("10.0.0.0/8"), candidate(&[hop(A, 10), hop(B, 10)]));
    rib.set(net("11.0.0.0/8"), candidate(&[hop(A, 10), hop(C, 20)]));
    rib.set(net("12.0.0.0/8"), candidate(&[hop(A, 10)]));
    let discard = Candidate { source: Source::Static, id: 0, target: Target::Blackhole { preference: 1 } };
    rib.set(net("13.0.0.0/8"), discard);
    assert_eq!(rib.coverage(|_| true), Coverage { covered: 1, of: 3 });
    assert_eq!(rib.coverage(|path| path != B), Coverage { covered: 0, of: 3 });
    assert_eq!(Coverage::default().percent(), 100);
}

#[test]
fn among_equals_the_operators_path_carries_the_traffic_and_the_files_backs_it_up() {
    let mut rib = Rib::new(around(vec![path(0, 1, &[]), path(1, 2, &[])]));
    rib.set(net("11.0.0.0/8"), candidate(&[hop(A, 10)]));
    rib.set(net("11.0.0.0/8"), Candidate { source: Source::Operator, ..candidate(&[hop(B, 10)]) });
    assert_eq!(primaries_and_backups(&group_of(&rib, "11.0.0.0/8")), (vec![B], vec![vec![A]]));
    rib.set(net("2001:db8::/32"), candidate(&[hop(B, 10)]));
    assert_eq!(rib.counts(), (1, 1));
}
