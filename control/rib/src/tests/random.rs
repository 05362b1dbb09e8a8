//! The RIB against what is obvious.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The obvious twin of the rules: every candidate of every prefix, and the rules applied anew at each question.
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
    // Path 6 is never known. A path's proof is the path's, so that it does not matter who knows it.
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

type Given = (IpNet, Source, u32, Option<Target>);

fn some_given() -> impl Strategy<Value = Given> {
    let source = prop_oneof![Just(Source::Static), Just(Source::Operator)];
    (some_prefix(), source, 0..2u32, proptest::option::weighted(0.7, some_target()))
}

/// What the RIB shows, and that equal groups have one number and distinct ones two.
fn shown(rib: &Rib) -> BTreeMap<IpNet, Group> {
    let mut numbers: HashMap<Group, GroupId> = HashMap::new();
    for (prefix, id) in rib.routes(0, None) {
        assert_eq!(rib.group_of(prefix), Some(id));
        assert_eq!(*numbers.entry(rib.group(id).clone()).or_insert(id), id);
    }
    rib.routes(0, None).map(|(prefix, id)| (prefix, rib.group(id).clone())).collect()
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

proptest! {
    #[test]
    fn the_rib_agrees_with_its_obvious_twin_after_every_step(
        paths in proptest::collection::vec(some_path(), 6),
        steps in proptest::collection::vec(some_given(), 1..40),
        usable in any::<[bool; 6]>(),
    ) {
        let mut rib = Rib::new(around(paths.clone()));
        let mut twin = Twin::default();
        for (prefix, source, id, target) in steps {
            match target.clone() {
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
            let expected: BTreeMap<IpNet, Group> =
                twin.0.keys().filter_map(|p| Some((*p, twin.group(&paths, *p)?))).collect();
            prop_assert_eq!(&shown(&rib), &expected);
        }
        let mut coverage = Coverage::default();
        for (_, id) in rib.routes(0, None) {
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
        let mut rib = Rib::new(around(vec![path(0, 1, &[])]));
        for prefix in &prefixes {
            rib.set(*prefix, candidate(&[hop(A, 1)]));
        }
        let mut listed = Vec::new();
        loop {
            let part: Vec<_> = rib.routes(0, listed.last().copied()).take(step).map(|(prefix, _)| prefix).collect();
            if part.is_empty() {
                break;
            }
            listed.extend(part);
        }
        prop_assert_eq!(listed, prefixes.into_iter().collect::<Vec<_>>());
    }
}

/// All that anybody has said, the last word only.
#[derive(Clone, Default, Debug)]
pub(super) struct Said {
    pub(super) file: usize,
    given: BTreeMap<(IpNet, Source), Candidate>,
    pub(super) fpm: BTreeMap<IpNet, Fpm>,
    pub(super) bgp: BTreeMap<(IpNet, u32, u32), BgpPath>,
    pub(super) left: BTreeMap<IpNet, Gone>,
    pub(super) links: BTreeSet<u32>,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Given(IpNet, Source, Option<Candidate>),
    Fpm(IpNet, Option<Fpm>),
    Leave(IpNet, Gone),
    EndLeft(Gone),
    Bgp(IpNet, u32, u32, Option<BgpPath>),
    Link(u32),
    /// Another file.
    File(usize),
    Tell(usize),
    TellAll,
    TellNobody,
    Collect,
}

/// Two files: with and without paths, one interface more or less. The first and the third share a risk.
pub(super) fn file(number: usize) -> Around {
    let interface = |n: u8| Interface {
        vrf: 0,
        addresses: vec![net(&format!("192.0.{n}.254/24"))],
        risks: vec![(n % 2).into()],
    };
    let mut around =
        Around { interfaces: (0..3 - number as u8).map(interface).collect(), ..Around::default() };
    let named = |interface: u8, host: u8| Path {
        next_hop: IpAddr::from([192, 0, interface, host]),
        provider: Some(host.into()),
        ..path(interface.into(), host, &[interface.into()])
    };
    around.paths = if number == 0 { vec![named(0, 1), named(1, 2)] } else { vec![named(1, 2)] };
    around
}

pub(super) fn learned_prefix() -> impl Strategy<Value = IpNet> {
    let names = ["10.0.0.0/8", "10.0.0.0/16", "10.0.1.0/24", "172.16.0.0/16", "0.0.0.0/0"];
    proptest::sample::select(names.map(net).to_vec())
}

fn some_fpm() -> impl Strategy<Value = Fpm> {
    let hop = (10..13u32, 0..3u8, 1..4u8).prop_map(|(link, network, host)| FpmHop {
        link,
        gateway: IpAddr::from([192, 0, network, host]),
        weight: 1,
    });
    let target = prop_oneof![
        8 => proptest::collection::vec(hop, 1..3).prop_map(|hops| FpmTarget::Hops(hops.into())),
        1 => Just(FpmTarget::Blackhole),
        1 => Just(FpmTarget::Unreachable),
        1 => Just(FpmTarget::Prohibit),
    ];
    let preference = proptest::sample::select(vec![20u32, 110]);
    (any::<bool>(), preference, target).prop_map(|(is_bgp, preference, target)| Fpm {
        protocol: if is_bgp { BGP } else { OSPF },
        is_bgp,
        preference,
        metric: 20,
        proof: Proof::Unproven,
        target,
    })
}

fn some_bgp() -> impl Strategy<Value = BgpPath> {
    let near = (0..3u8, 1..4u8).prop_map(|(network, host)| IpAddr::from([192, 0, network, host]));
    let far = (0..2u8, 0..2u8).prop_map(|(a, b)| IpAddr::from([10, 0, a, b]));
    (prop_oneof![near, far], 0..2u32, any::<bool>(), 0..2u32).prop_map(
        |(next_hop, local_pref, external, med)| BgpPath {
            next_hop,
            local_pref,
            external,
            med,
            ..crate::bgp::tests::path(1)
        },
    )
}

fn some_gone() -> impl Strategy<Value = Gone> {
    prop_oneof![Just(Gone::Withdrawn), Just(Gone::Untold)]
}

pub(super) fn some_step() -> impl Strategy<Value = Step> {
    let source = || prop_oneof![Just(Source::Static), Just(Source::Operator)];
    let given = (0..2u32, 10..13u32).prop_map(|(path, preference)| candidate(&[hop(path, preference * 2)]));
    let of = proptest::option::weighted::<BoxedStrategy<Fpm>>;
    prop_oneof![
        3 => (learned_prefix(), source(), proptest::option::weighted(0.6, given))
            .prop_map(|(prefix, source, given)| Step::Given(prefix, source, given)),
        8 => (learned_prefix(), of(0.7, some_fpm().boxed())).prop_map(|(prefix, fpm)| Step::Fpm(prefix, fpm)),
        4 => (learned_prefix(), some_gone()).prop_map(|(prefix, gone)| Step::Leave(prefix, gone)),
        1 => some_gone().prop_map(Step::EndLeft),
        8 => (learned_prefix(), 0..2u32, 0..2u32, proptest::option::weighted(0.7, some_bgp()))
            .prop_map(|(prefix, peer, id, path)| Step::Bgp(prefix, peer, id, path)),
        2 => (10..13u32).prop_map(Step::Link),
        1 => (0..2usize).prop_map(Step::File),
        6 => (1..4usize).prop_map(Step::Tell),
        1 => Just(Step::TellAll),
        1 => Just(Step::TellNobody),
        2 => Just(Step::Collect),
    ]
}

impl Said {
    fn hear(&mut self, step: &Step) {
        match step.clone() {
            Step::Given(prefix, source, Some(given)) => {
                self.given.insert((prefix, source), Candidate { source, ..given });
            }
            Step::Given(prefix, source, None) => {
                self.given.remove(&(prefix, source));
            }
            Step::Fpm(prefix, fpm) => {
                self.forget_fpm(prefix);
                self.fpm.extend(fpm.map(|fpm| (prefix, fpm)));
            }
            Step::Leave(prefix, gone) => match self.fpm.get(&prefix) {
                Some(fpm) if fpm.is_bgp && self.has_bgp(prefix) => _ = self.left.insert(prefix, gone),
                _ => self.forget_fpm(prefix),
            },
            Step::EndLeft(gone) => {
                let ends: Vec<IpNet> =
                    self.left.iter().filter(|(_, of)| **of == gone).map(|(prefix, _)| *prefix).collect();
                ends.into_iter().for_each(|prefix| self.forget_fpm(prefix));
            }
            Step::Bgp(prefix, peer, id, Some(path)) => {
                self.bgp.insert((prefix, peer, id), BgpPath { peer, ..path });
            }
            Step::Bgp(prefix, peer, id, None) => {
                self.bgp.remove(&(prefix, peer, id));
                if self.left.contains_key(&prefix) && !self.has_bgp(prefix) {
                    self.forget_fpm(prefix);
                }
            }
            Step::Link(link) => {
                self.links.insert(link);
            }
            Step::File(number) => self.file = number,
            Step::Tell(_) | Step::TellAll | Step::TellNobody | Step::Collect => {}
        }
    }

    fn forget_fpm(&mut self, prefix: IpNet) {
        self.fpm.remove(&prefix);
        self.left.remove(&prefix);
    }

    fn has_bgp(&self, prefix: IpNet) -> bool {
        self.bgp.keys().any(|(of, ..)| *of == prefix)
    }

    pub(super) fn given(&self) -> impl Iterator<Item = (IpNet, Candidate)> {
        let count = file(self.file).paths.len() as u32;
        let fits = move |c: &&Candidate| matches!(&c.target, Target::Paths { next_hops, .. } if next_hops.iter().all(|hop| hop.path < count));
        let given = self.given.iter().filter(move |(_, given)| fits(given));
        given.map(|((prefix, _), given)| (*prefix, given.clone()))
    }

    /// A RIB that hears it all at once.
    fn all_at_once(&self) -> Rib {
        let mut rib = Rib::new(file(self.file));
        self.links.iter().for_each(|link| rib.set_link(*link, link - 10));
        self.given().for_each(|(prefix, given)| rib.set(prefix, given));
        for (prefix, fpm) in &self.fpm {
            let _ = rib.set_fpm(*prefix, fpm.clone());
        }
        for ((prefix, _, id), path) in &self.bgp {
            let _ = rib.set_bgp(*prefix, *id, *path);
        }
        self.left.iter().for_each(|(prefix, gone)| rib.leave_fpm(*prefix, *gone));
        rib.next_changes(1, None);
        rib
    }
}

/// Groups in words that do not depend on the numbers of paths.
fn in_words(rib: &Rib, group: &Group) -> Vec<BTreeSet<String>> {
    if let Group::Paths { primaries, backups } = group {
        let word = |path: &PathId, more: String| format!("{} {more}", way(rib, *path));
        let first = primaries.iter().map(|(path, weight)| word(path, weight.to_string())).collect();
        let sets = backups.iter();
        let sets = sets.map(|set| set.iter().map(|b| word(&b.path, format!("{:?}", b.proof))).collect());
        return std::iter::once(first).chain(sets).collect();
    }
    vec![BTreeSet::from([format!("{group:?}")])]
}

/// The switch as it was told.
#[derive(Default)]
pub(super) struct Told(BTreeMap<IpNet, (Source, Vec<BTreeSet<String>>)>);

impl Told {
    fn hear(&mut self, rib: &Rib, changes: Vec<Change>) {
        for change in changes {
            match change.group {
                Some(group) => {
                    self.0.insert(change.prefix.net, (change.source, in_words(rib, rib.group(group))));
                }
                None => {
                    let old = self.0.remove(&change.prefix.net);
                    assert!(old.is_none_or(|(source, _)| source == change.source), "withdrawn for another");
                }
            }
        }
    }
}

pub(super) fn take(rib: &mut Rib, said: &mut Said, told: &mut Told, step: &Step) {
    said.hear(step);
    match step.clone() {
        Step::Given(prefix, source, _) => {
            match said.given().find(|(p, c)| (*p, c.source) == (prefix, source)) {
                Some((_, given)) => rib.set(prefix, given),
                None => rib.withdraw(prefix, source, 0),
            }
        }
        Step::Fpm(prefix, Some(fpm)) => drop(rib.set_fpm(prefix, fpm)),
        Step::Fpm(prefix, None) => rib.withdraw_fpm(prefix),
        Step::Leave(prefix, gone) => rib.leave_fpm(prefix, gone),
        Step::EndLeft(gone) => rib.end_left(|of| of == gone),
        Step::Bgp(prefix, peer, id, Some(path)) => drop(rib.set_bgp(prefix, id, BgpPath { peer, ..path })),
        Step::Bgp(prefix, peer, id, None) => rib.withdraw_bgp(prefix, peer, id),
        Step::Link(link) => rib.set_link(link, link - 10),
        Step::File(number) => {
            said.given.iter().for_each(|((prefix, source), _)| rib.withdraw(*prefix, *source, 0));
            rib.configure(file(number));
            said.given().for_each(|(prefix, given)| rib.set(prefix, given));
            rib.tell_all();
            // The syncs that follow sweep what is not said again.
            told.0.clear();
        }
        Step::Tell(most) => {
            let changes = rib.next_changes(most, None);
            assert!(changes.len() <= most);
            told.hear(rib, changes);
        }
        Step::TellAll => {
            rib.tell_all();
            told.0.clear();
        }
        Step::TellNobody => rib.tell_nobody(),
        Step::Collect => drop(rib.collect_paths()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn step_by_step_or_all_at_once_is_the_same_and_the_switch_is_told_just_that(
        steps in proptest::collection::vec(some_step(), 1..60),
    ) {
        let (mut rib, mut said, mut told) = (Rib::new(file(0)), Said::default(), Told::default());
        rib.tell_all();
        let mut telling = true;
        for step in &steps {
            take(&mut rib, &mut said, &mut told, step);
            telling = match step {
                Step::TellAll | Step::File(_) => true,
                Step::TellNobody => false,
                _ => telling,
            };
        }
        if !telling {
            rib.tell_all();
            told.0.clear();
        }
        while rib.has_news() {
            let changes = rib.next_changes(2, None);
            told.hear(&rib, changes);
        }
        let twin = said.all_at_once();
        let all = |rib: &Rib| -> BTreeMap<IpNet, Vec<BTreeSet<String>>> {
            rib.routes(0, None).map(|(prefix, id)| (prefix, in_words(rib, rib.group(id)))).collect()
        };
        prop_assert_eq!(all(&rib), all(&twin));
        let groups: BTreeMap<_, _> = told.0.into_iter().map(|(prefix, (_, group))| (prefix, group)).collect();
        prop_assert_eq!(groups, all(&rib));
    }

    #[test]
    fn when_everything_is_withdrawn_nothing_is_left(steps in proptest::collection::vec(some_step(), 1..60)) {
        let (mut rib, mut said, mut told) = (Rib::new(file(0)), Said::default(), Told::default());
        for step in &steps {
            take(&mut rib, &mut said, &mut told, step);
        }
        said.given.keys().for_each(|(prefix, source)| rib.withdraw(*prefix, *source, 0));
        said.fpm.keys().for_each(|prefix| rib.withdraw_fpm(*prefix));
        said.bgp.keys().for_each(|(prefix, peer, id)| rib.withdraw_bgp(*prefix, *peer, *id));
        while rib.has_news() {
            rib.next_changes(3, None);
        }
        rib.tell_all();
        // What an earlier telling said may be taken back once more.
        prop_assert!(super::told(&mut rib, 3).iter().all(|change| change.group.is_none()));
        prop_assert_eq!(super::told(&mut rib, 3), []);
        prop_assert!(rib.is_empty());
        prop_assert_eq!(rib.shared(), (0, 0, 0));
        rib.collect_paths();
        rib.collect_paths();
        prop_assert!(rib.path_ids().all(|path| rib.is_named(path)));
    }
}
