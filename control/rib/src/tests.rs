use super::*;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};

const A: PathId = 0;
const B: PathId = 1;
const C: PathId = 2;
const D: PathId = 3;

fn path(interface: u32, host: u8, risks: &[u32]) -> Path {
    let next_hop = IpAddr::from([192, 0, 2, host]);
    Path { interface, next_hop, risks: risks.to_vec(), region: None, provider: None }
}

fn hop(path: PathId, preference: u32) -> NextHop {
    NextHop { path, preference, metric: 0, weight: 1, proof: Proof::Connected }
}

fn candidate(hops: &[NextHop]) -> Candidate {
    Candidate {
        source: Source::Static,
        id: 0,
        target: Target::Paths { next_hops: hops.into(), backup: None },
    }
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn primaries_and_backups(group: &Group) -> (Vec<PathId>, Vec<Vec<PathId>>) {
    let Group::Paths { primaries, backups } = group else { panic!("{group:?} has no paths") };
    let backups = backups.iter().map(|set| set.iter().map(|b| b.path).collect()).collect();
    (primaries.iter().map(|(path, _)| *path).collect(), backups)
}

fn only_group(paths: Vec<Path>, candidate: Candidate) -> Group {
    let mut rib = Rib::new(paths);
    let change = rib.set(net("0.0.0.0/0"), candidate).unwrap();
    rib.group(change.group.unwrap()).clone()
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
    let paths = || vec![path(0, 1, &[])];
    let discard =
        |preference| Candidate { source: Source::Operator, id: 0, target: Target::Blackhole { preference } };
    for (preference, wins) in [(9, true), (11, false)] {
        let mut rib = Rib::new(paths());
        rib.set(net("10.0.0.0/8"), candidate(&[hop(A, 10)]));
        rib.set(net("10.0.0.0/8"), discard(preference));
        let group = rib.group(rib.group_of(net("10.0.0.0/8")).unwrap());
        assert_eq!(*group == Group::Blackhole, wins, "preference {preference}");
    }
}

#[test]
fn a_million_prefixes_over_the_same_paths_are_one_group() {
    let mut rib = Rib::new(vec![path(0, 1, &[]), path(1, 2, &[])]);
    for n in 0..1_000_000u32 {
        let prefix = Ipv4Net::new((n << 8).into(), 24).unwrap();
        assert!(rib.set(prefix.into(), candidate(&[hop(A, 10), hop(B, 20)])).is_some());
    }
    assert_eq!((rib.len(), rib.groups().count()), (1_000_000, 1));
    assert_eq!(rib.coverage(|_| true), Coverage { covered: 1_000_000, of: 1_000_000 });
    assert_eq!(rib.coverage(|path| path == A).percent(), 0);
}

#[test]
fn coverage_counts_equals_beside_a_path_and_not_what_shares_its_risk() {
    let paths = vec![path(0, 1, &[7]), path(1, 2, &[]), path(2, 3, &[7])];
    let mut rib = Rib::new(paths);
    rib.set(net("10.0.0.0/8"), candidate(&[hop(A, 10), hop(B, 10)]));
    rib.set(net("11.0.0.0/8"), candidate(&[hop(A, 10), hop(C, 20)]));
    rib.set(net("12.0.0.0/8"), candidate(&[hop(A, 10)]));
    let discard = Candidate { source: Source::Static, id: 0, target: Target::Blackhole { preference: 1 } };
    rib.set(net("13.0.0.0/8"), discard);
    assert_eq!(rib.coverage(|_| true), Coverage { covered: 1, of: 3 });
    assert_eq!(rib.coverage(|path| path != B), Coverage { covered: 0, of: 3 });
    assert_eq!(Coverage::default().percent(), 100);
}

/// The obvious twin: every candidate of every prefix, and the rules applied anew at each question.
#[derive(Default)]
struct Twin(BTreeMap<IpNet, BTreeMap<(Source, u32), Target>>);

impl Twin {
    fn group(&self, paths: &[Path], prefix: IpNet) -> Option<Group> {
        let candidates = self.0.get(&prefix)?;
        let mut left: Vec<(u32, u8, u32, NextHop)> = Vec::new();
        let mut discards: Vec<(u32, u8, Group)> = Vec::new();
        for ((source, _), target) in candidates {
            // Among equals the operator's word comes first.
            let source = &u8::from(*source != Source::Operator);
            match target {
                Target::Blackhole { preference } => discards.push((*preference, *source, Group::Blackhole)),
                Target::Unreachable { preference } => {
                    discards.push((*preference, *source, Group::Unreachable))
                }
                Target::Prohibit { preference } => discards.push((*preference, *source, Group::Prohibit)),
                Target::Paths { next_hops, .. } => {
                    for hop in next_hops.iter().filter(|h| paths.get(h.path as usize).is_some()) {
                        let new = (hop.preference, *source, hop.metric, *hop);
                        match left.iter_mut().find(|(.., h)| h.path == hop.path) {
                            Some(old) if (new.0, new.1, new.2) < (old.0, old.1, old.2) => *old = new,
                            Some(_) => {}
                            None => left.push(new),
                        }
                    }
                }
            }
        }
        let best = left.iter().map(|(p, s, m, _)| (*p, *s, *m)).min();
        discards.sort_by_key(|(p, s, _)| (*p, *s));
        if let Some((p, s, group)) = discards.into_iter().next()
            && best.is_none_or(|b| (p, s) < (b.0, b.1))
        {
            return Some(group);
        }
        let best = best?;
        let (first, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(p, s, m, _)| (*p, *s, *m) == best);
        let mut primaries: Vec<_> = first.iter().map(|(.., hop)| (hop.path, hop.weight)).collect();
        primaries.sort_unstable();
        let mut sets: BTreeMap<_, BTreeMap<PathId, Backup>> = BTreeMap::new();
        for (preference, source, metric, hop) in rest {
            let me = &paths[hop.path as usize];
            let others = || primaries.iter().map(|(p, _)| &paths[*p as usize]);
            if others().any(|o| o.interface == me.interface && o.next_hop == me.next_hop) {
                continue;
            }
            let mine: BTreeSet<_> = me.risks.iter().collect();
            let shares =
                others().any(|o| o.interface == me.interface || o.risks.iter().any(|r| mine.contains(r)));
            let region = others().all(|o| o.region.is_some() && me.region.is_some() && o.region != me.region);
            let provider =
                others().all(|o| o.provider.is_some() && me.provider.is_some() && o.provider != me.provider);
            let place = [region, provider].iter().filter(|differs| !**differs).count();
            let backup = Backup { path: hop.path, proof: hop.proof };
            sets.entry((shares, place, preference, source, metric)).or_default().insert(hop.path, backup);
        }
        let backups = sets.into_values().map(|set| set.into_values().collect()).collect();
        Some(Group::Paths { primaries: primaries.into(), backups })
    }
}

fn some_path() -> impl Strategy<Value = Path> {
    let place = || proptest::option::of(0..3u32);
    (0..4u32, 0..3u8, proptest::collection::vec(0..4u32, 0..3), place(), place()).prop_map(
        |(interface, host, risks, region, provider)| Path {
            region,
            provider,
            ..path(interface, host, &risks)
        },
    )
}

fn some_target() -> impl Strategy<Value = Target> {
    // Path 6 is never known.
    let hop = (0..7u32, 0..3u32, 0..2u32, 1..3u16).prop_map(|(path, preference, metric, weight)| NextHop {
        path,
        preference,
        metric,
        weight,
        proof: if path % 2 == 0 { Proof::Connected } else { Proof::Unproven },
    });
    prop_oneof![
        6 => proptest::collection::vec(hop, 1..5)
            .prop_map(|hops| Target::Paths { next_hops: hops.into(), backup: None }),
        1 => (0..3u32).prop_map(|preference| Target::Blackhole { preference }),
        1 => (0..3u32).prop_map(|preference| Target::Unreachable { preference }),
        1 => (0..3u32).prop_map(|preference| Target::Prohibit { preference }),
    ]
}

fn some_prefix() -> impl Strategy<Value = IpNet> {
    (0..4u8, any::<bool>()).prop_map(|(n, v6)| {
        if v6 { net(&format!("2001:db8:{n}::/48")) } else { net(&format!("10.{n}.0.0/16")) }
    })
}

type Step = (IpNet, Source, u32, Option<Target>);

fn some_step() -> impl Strategy<Value = Step> {
    let source = prop_oneof![Just(Source::Static), Just(Source::Operator)];
    (some_prefix(), source, 0..2u32, proptest::option::weighted(0.7, some_target()))
}

/// What the RIB shows, and that equal groups have one number and distinct ones two.
fn shown(rib: &Rib) -> BTreeMap<IpNet, Group> {
    let mut numbers: HashMap<Group, GroupId> = HashMap::new();
    for (prefix, id) in rib.routes(None) {
        assert_eq!(rib.group_of(prefix), Some(id));
        assert_eq!(*numbers.entry(rib.group(id).clone()).or_insert(id), id);
    }
    let listed: HashMap<Group, GroupId> = rib.groups().map(|(id, group)| (group.clone(), id)).collect();
    assert_eq!(listed, numbers);
    rib.routes(None).map(|(prefix, id)| (prefix, rib.group(id).clone())).collect()
}

proptest! {
    #[test]
    fn the_rib_agrees_with_its_obvious_twin_after_every_step(
        paths in proptest::collection::vec(some_path(), 6),
        steps in proptest::collection::vec(some_step(), 1..40),
        usable in any::<[bool; 6]>(),
    ) {
        let mut rib = Rib::new(paths.clone());
        let mut twin = Twin::default();
        for (prefix, source, id, target) in steps {
            let before = shown(&rib);
            let change = match target.clone() {
                Some(target) => rib.set(prefix, Candidate { source, id, target }),
                None => rib.withdraw(prefix, source, id),
            };
            let candidates = twin.0.entry(prefix).or_default();
            match target {
                Some(target) => candidates.insert((source, id), target),
                None => candidates.remove(&(source, id)),
            };
            if candidates.is_empty() {
                twin.0.remove(&prefix);
            }
            prop_assert_eq!(rib.len(), twin.0.len());
            let after = shown(&rib);
            let expected: BTreeMap<IpNet, Group> =
                twin.0.keys().filter_map(|p| Some((*p, twin.group(&paths, *p)?))).collect();
            prop_assert_eq!(&after, &expected);
            let told = change.map(|change| (change.prefix, change.group.map(|id| rib.group(id).clone())));
            let differs = before.get(&prefix) != after.get(&prefix);
            prop_assert_eq!(told, differs.then(|| (prefix, after.get(&prefix).cloned())));
        }
        let mut coverage = Coverage::default();
        for (_, id) in rib.routes(None) {
            if let Group::Paths { .. } = rib.group(id) {
                coverage.of += 1;
                coverage.covered += u64::from(survives_any_one(&paths, rib.group(id), &usable));
            }
        }
        prop_assert_eq!(rib.coverage(|p| usable[p as usize]), coverage);
    }

    #[test]
    fn a_listing_can_stop_at_any_prefix_and_go_on_after_it(
        prefixes in proptest::collection::btree_set(some_prefix(), 1..8), step in 1..4usize,
    ) {
        let mut rib = Rib::new(vec![path(0, 1, &[])]);
        for prefix in &prefixes {
            rib.set(*prefix, candidate(&[hop(A, 1)]));
        }
        let mut listed = Vec::new();
        loop {
            let part: Vec<_> = rib.routes(listed.last().copied()).take(step).map(|(prefix, _)| prefix).collect();
            if part.is_empty() {
                break;
            }
            listed.extend(part);
        }
        prop_assert_eq!(listed, prefixes.into_iter().collect::<Vec<_>>());
    }
}

/// Kill each path in use with all that shares a risk with it; something usable must be left.
fn survives_any_one(paths: &[Path], group: &Group, usable: &[bool; 6]) -> bool {
    let (primaries, backups) = primaries_and_backups(group);
    let tiers: Vec<Vec<PathId>> = std::iter::once(primaries)
        .chain(backups)
        .map(|tier| tier.into_iter().filter(|p| usable[*p as usize]).collect())
        .collect();
    let Some(active) = tiers.iter().find(|tier| !tier.is_empty()) else { return false };
    active.iter().all(|dead| {
        let dead = &paths[*dead as usize];
        let lost = |p: &Path| p.interface == dead.interface || p.risks.iter().any(|r| dead.risks.contains(r));
        tiers.iter().flatten().any(|p| !lost(&paths[*p as usize]))
    })
}

#[test]
fn the_routes_of_a_source_are_those_that_it_has_given_and_a_shared_prefix_is_both_s() {
    let mut rib = Rib::new(vec![path(0, 1, &[]), path(1, 2, &[])]);
    let operators = |hops: &[NextHop]| Candidate { source: Source::Operator, ..candidate(hops) };
    rib.set(net("10.0.0.0/8"), candidate(&[hop(A, 10)]));
    rib.set(net("11.0.0.0/8"), candidate(&[hop(A, 10)]));
    rib.set(net("11.0.0.0/8"), operators(&[hop(B, 10)]));
    rib.set(net("2001:db8::/32"), operators(&[hop(B, 10)]));
    let of = |source| rib.routes_of(source, None).map(|(prefix, _)| prefix.to_string()).collect::<Vec<_>>();
    assert_eq!(of(Source::Static), ["10.0.0.0/8", "11.0.0.0/8"]);
    assert_eq!(of(Source::Operator), ["11.0.0.0/8", "2001:db8::/32"]);
    let after: Vec<_> = rib.routes_of(Source::Operator, Some(net("11.0.0.0/8"))).collect();
    assert_eq!(after.len(), 1);
    assert_eq!(rib.counts(), (2, 1));
    // Among equals the operator's path carries the traffic, and the file's backs it up.
    let Group::Paths { primaries, backups } = rib.group(rib.group_of(net("11.0.0.0/8")).unwrap()) else {
        panic!()
    };
    assert_eq!((primaries[0].0, backups[0][0].path), (B, A));
}
