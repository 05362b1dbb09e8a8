//! What an operator is shown.

use super::*;

const P: &str = "10.0.0.0/8";

#[test]
fn every_candidate_is_shown_with_what_became_of_it_and_why_the_winner_won() {
    let mut rib = three_links();
    rib.set_fpm(net(P), fpm(BGP, &[(10, "192.0.2.1")])).unwrap();
    rib.set_bgp(net(P), 1, bgp(7, "192.0.2.1", 100)).unwrap();
    rib.set_bgp(net(P), 2, bgp(7, "198.51.100.1", 100)).unwrap();
    rib.set_bgp(net(P), 3, bgp(7, "172.16.0.1", 300)).unwrap();
    let explained = rib.explain(net(P)).unwrap();
    assert_eq!((explained.source, explained.why), (Some(Source::Fpm), Why::FpmDecides));
    let roles: Vec<Role> = explained.rows.iter().map(|row| row.role).collect();
    let (region, provider) = (Place::Unknown, Place::Unknown);
    let backup = Role::Backup { set: 0, proof: Proof::EbgpDistinct, shares_risk: false, region, provider };
    assert_eq!(roles, [Role::Primary, Role::Again, backup, Role::Unusable(Unusable::NoRoute)]);
    assert_eq!(rib.explain(net("11.0.0.0/8")), None);
}

#[test]
fn what_a_failure_would_do_is_said_by_fate_with_the_share_of_each_survivor() {
    let mut rib = three_links();
    let both = [(10, "192.0.2.1"), (11, "198.51.100.1")];
    rib.set_fpm(net("10.0.0.0/8"), fpm(OSPF, &both)).unwrap();
    rib.set_fpm(net("11.0.0.0/8"), fpm(OSPF, &both[..1])).unwrap();
    rib.set_fpm(net("12.0.0.0/8"), fpm(OSPF, &both[1..])).unwrap();
    rib.set_fpm(net("13.0.0.0/8"), fpm(BGP, &both[..1])).unwrap();
    rib.set_bgp(net("13.0.0.0/8"), 1, bgp(0, "203.0.113.1", 100)).unwrap();
    let first_link = |_: PathId, path: &Path| path.interface == 0;
    let what = rib.what_if(first_link, |_| true, 10);
    assert_eq!((what.untouched, what.dead), (1, 0));
    let fates: Vec<(Vec<String>, Option<Proof>, u64)> = what
        .moves
        .iter()
        .map(|m| (m.fate.to.iter().map(|path| way(&rib, *path)).collect(), m.fate.proof, m.prefixes))
        .collect();
    let fate = |to: &[&str], proof| (to.iter().map(|way| (*way).to_owned()).collect::<Vec<_>>(), proof, 1);
    assert!(fates.contains(&fate(&["1:198.51.100.1"], None)), "the equal beside it: {fates:?}");
    assert!(fates.contains(&fate(&["2:203.0.113.1"], Some(Proof::EbgpDistinct))), "{fates:?}");
    assert!(fates.contains(&fate(&[], None)), "{fates:?}");
    let lost: f64 = what.flows.iter().filter(|((_, to), _)| to.is_none()).map(|(_, share)| share).sum();
    let moved: f64 = what.flows.values().sum();
    assert_eq!((lost, moved), (1.0, 2.5));
    let listed: Vec<String> = what.listed.iter().map(|(prefix, _)| prefix.net.to_string()).collect();
    assert_eq!(listed, ["10.0.0.0/8", "11.0.0.0/8", "13.0.0.0/8"]);
    // What is not usable now takes nothing over.
    let what = rib.what_if(first_link, |path| rib.paths()[path as usize].interface == 0, 0);
    assert_eq!((what.dead, what.untouched, what.listed.len()), (1, 0, 0));
    assert!(what.moves.iter().all(|moved| moved.fate.to.is_empty()));
}

#[test]
fn coverage_says_for_each_path_why_its_loss_would_cut_prefixes_off() {
    let mut rib =
        Rib::new(around(vec![path(0, 1, &[7]), path(1, 2, &[7]), path(2, 3, &[]), path(3, 4, &[])]));
    rib.set(net("10.0.0.0/8"), candidate(&[hop(A, 1), hop(C, 2)]));
    rib.set(net("11.0.0.0/8"), candidate(&[hop(A, 1), hop(B, 2)]));
    rib.set(net("12.0.0.0/8"), candidate(&[hop(A, 1)]));
    rib.set(net("13.0.0.0/8"), candidate(&[hop(A, 1), hop(D, 2)]));
    rib.set(net("14.0.0.0/8"), candidate(&[hop(D, 1)]));
    let (by_path, dead) = rib.path_coverage(|path| path != D);
    assert_eq!(dead, 1);
    let of_a = &by_path[&A];
    assert_eq!(of_a.coverage, Coverage { covered: 1, of: 4 });
    let gaps: Vec<(Gap, u64)> = of_a.gaps.iter().map(|(gap, count)| (*gap, *count)).collect();
    assert_eq!(gaps, [(Gap::NoOther, 1), (Gap::Shared, 1), (Gap::NotUsable, 1)]);
    assert_eq!(by_path.len(), 1);
}

#[test]
fn a_backup_says_whether_region_and_provider_differ_are_the_same_or_were_not_said() {
    let placed = |interface: u32, risks: &[u32], region: Option<u32>, provider: Option<u32>| Path {
        region,
        provider,
        ..path(interface, interface as u8 + 1, risks)
    };
    let best = placed(0, &[], Some(1), Some(1));
    let others = [
        (placed(1, &[], Some(2), Some(2)), (Place::Another, Place::Another)),
        (placed(1, &[], Some(1), Some(2)), (Place::Same, Place::Another)),
        (placed(1, &[], None, Some(2)), (Place::Unknown, Place::Another)),
        (placed(1, &[], Some(2), Some(1)), (Place::Another, Place::Same)),
        (placed(1, &[], None, None), (Place::Unknown, Place::Unknown)),
    ];
    for (other, expected) in others {
        let mut rib = Rib::new(around(vec![best.clone(), other.clone()]));
        rib.set(net(P), candidate(&[hop(A, 1), hop(B, 2)]));
        let rows = rib.explain(net(P)).unwrap().rows;
        let Role::Backup { region, provider, shares_risk: false, .. } = rows[1].role else {
            panic!("{rows:?}")
        };
        assert_eq!((region, provider), expected, "{other:?}");
    }
}

#[test]
fn a_path_beside_a_better_drop_or_without_anything_to_back_up_says_so() {
    let mut rib = three_links();
    rib.set(
        net(P),
        Candidate { source: Source::Static, id: 0, target: Target::Unreachable { preference: 0 } },
    );
    rib.set_fpm(net(P), fpm(OSPF, &[(10, "192.0.2.1")])).unwrap();
    let roles =
        |rib: &mut Rib| rib.explain(net(P)).unwrap().rows.iter().map(|row| row.role).collect::<Vec<_>>();
    assert_eq!(roles(&mut rib), [Role::Discard { wins: true }, Role::Dropped]);
    rib.withdraw(net(P), Source::Static, 0);
    rib.withdraw_fpm(net(P));
    rib.set_bgp(net(P), 1, bgp(7, "192.0.2.1", 100)).unwrap();
    assert_eq!(roles(&mut rib), [Role::NothingBest]);
    assert_eq!(rib.explain(net(P)).unwrap().why, Why::None);
}
