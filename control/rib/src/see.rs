//! What the RIB shows: why a prefix goes where it goes, what is protected, what a failure would do.

use crate::alternates;
use crate::bgp::{self, BgpPath, Costed, Step};
use crate::choose::{self, Class, Place};
use crate::core::is_empty;
use crate::table::NONE;
use crate::{
    Alternate, FpmHop, FpmTarget, Gone, Group, GroupId, Path, PathId, Prefix, Proof, Rib, Target, Unusable,
};
use api::Source;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// How many prefixes a single failure cannot cut off.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Coverage {
    /// Prefixes whose every path in use has another usable one beside it or behind it that shares nothing with it.
    pub covered: u64,
    /// Prefixes routed over paths.
    pub of: u64,
}

impl Coverage {
    /// In percent, rounded down; 100 of nothing.
    pub fn percent(self) -> u8 {
        (self.covered * 100).checked_div(self.of).unwrap_or(100) as u8
    }
}

/// Why the loss of a path would cut prefixes off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gap {
    /// They have no other path.
    NoOther,
    /// Every other usable path shares its interface, its port or a risk group.
    Shared,
    /// What would take over is not usable now.
    NotUsable,
}

/// Prefixes that use a path now.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PathCoverage {
    pub coverage: Coverage,
    pub gaps: BTreeMap<Gap, u64>,
}

/// What happens to the prefixes of a group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fate {
    /// Paths in use before, in order of their numbers.
    pub from: Vec<PathId>,
    /// And after; empty when nothing is left.
    pub to: Vec<PathId>,
    /// The weakest proof among those that take over, when they are not in use already.
    pub proof: Option<Proof>,
}

/// Prefixes with the same fate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    pub fate: Fate,
    pub prefixes: u64,
}

/// What a failure would do.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct WhatIf {
    /// Most prefixes first.
    pub moves: Vec<Moved>,
    /// Prefixes that lose nothing.
    pub untouched: u64,
    /// Prefixes that nothing carries even now.
    pub dead: u64,
    /// From a path that fails to one that takes over (`None`: lost), in prefixes, by the weights.
    pub flows: BTreeMap<(PathId, Option<PathId>), f64>,
    /// The first that are touched.
    pub listed: Vec<(Prefix, Fate)>,
}

/// What a row of [`Explained`] comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Given {
    /// The file's or the operator's.
    Route,
    Fpm {
        protocol: u8,
        hop: Option<FpmHop>,
    },
    /// A loop-free alternate of FPM's route.
    Alternate(Alternate),
    Bgp {
        path: BgpPath,
        path_id: u32,
    },
}

/// What became of a candidate's next hop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It carries traffic when nothing has failed.
    Primary,
    /// In the set of that number, from 0.
    Backup {
        set: usize,
        proof: Proof,
        shares_risk: bool,
        region: Place,
        provider: Place,
    },
    /// A better candidate has the path already.
    Again,
    /// It reaches the neighbor of a primary.
    SameNeighbor,
    /// Packets are dropped by it.
    Discard {
        wins: bool,
    },
    /// The operator's list of backups does not have it.
    NotListed,
    /// A better candidate drops the packets.
    Dropped,
    /// It could only back another candidate up, and none may carry traffic.
    NothingBest,
    Unusable(Unusable),
}

/// A next hop of a candidate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub source: Source,
    pub given: Given,
    pub preference: u32,
    pub metric: u32,
    pub path: Option<PathId>,
    pub role: Role,
    class: Class,
}

/// Why the best candidate is the best.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// No candidate may carry traffic.
    None,
    /// There is no other.
    Only,
    Preference {
        best: u32,
        next: u32,
    },
    /// Preferences are equal, and its source comes before this one.
    Before(Source),
    Metric {
        best: u32,
        next: u32,
    },
    Bgp(Step),
    /// FPM's word is which of BGP's paths is best.
    FpmDecides,
    /// FPM has let go of it, and BGP has not ([`Rib::leave_fpm`]).
    Left(Gone),
}

/// Everything about a prefix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explained {
    pub prefix: Prefix,
    pub group: Option<(GroupId, Group)>,
    pub source: Option<Source>,
    pub why: Why,
    /// Best first.
    pub rows: Vec<Row>,
}

impl Rib {
    /// What is protected while just those paths are usable of which `usable` says so. Costs a step for each distinct
    /// set of candidates, not for each prefix.
    pub fn coverage(&self, usable: impl Fn(PathId) -> bool) -> Coverage {
        let mut coverage = Coverage::default();
        for (group, prefixes) in self.group_sizes() {
            coverage.of += prefixes;
            let in_use = gaps(self.paths(), self.group(group), &usable);
            if !in_use.is_empty() && in_use.iter().all(|(_, gap)| gap.is_none()) {
                coverage.covered += prefixes;
            }
        }
        coverage
    }

    /// The same for each path in use, and how many prefixes have no usable path.
    pub fn path_coverage(&self, usable: impl Fn(PathId) -> bool) -> (BTreeMap<PathId, PathCoverage>, u64) {
        let (mut by_path, mut dead) = (BTreeMap::<PathId, PathCoverage>::new(), 0);
        for (group, prefixes) in self.group_sizes() {
            let in_use = gaps(self.paths(), self.group(group), &usable);
            dead += if in_use.is_empty() { prefixes } else { 0 };
            for (path, gap) in in_use {
                let path = by_path.entry(path).or_default();
                path.coverage.of += prefixes;
                match gap {
                    None => path.coverage.covered += prefixes,
                    Some(gap) => *path.gaps.entry(gap).or_default() += prefixes,
                }
            }
        }
        (by_path, dead)
    }

    /// Groups of paths with their prefixes.
    pub fn group_sizes(&self) -> BTreeMap<GroupId, u64> {
        let mut sizes = BTreeMap::new();
        for (set, prefixes) in self.core.sets.users() {
            if let Some((group, _)) = self.core.chosen(set)
                && matches!(self.group(group), Group::Paths { .. })
            {
                *sizes.entry(group).or_default() += u64::from(prefixes);
            }
        }
        sizes
    }

    /// What happens when the paths fail of which `fails` says so, while only `usable` ones can take over. Costs a step for
    /// each group, and one for each prefix up to the last of the first `list` that are touched.
    pub fn what_if(
        &self,
        fails: impl Fn(PathId, &Path) -> bool,
        usable: impl Fn(PathId) -> bool,
        list: usize,
    ) -> WhatIf {
        let fails = |path: PathId| fails(path, &self.paths()[path as usize]);
        let (mut what, mut fates) = (WhatIf::default(), HashMap::new());
        let mut moves: BTreeMap<Fate, u64> = BTreeMap::new();
        for (id, prefixes) in self.group_sizes() {
            let group = self.group(id);
            let before = active(group, &usable);
            if before.is_empty() {
                what.dead += prefixes;
            } else if !before.iter().any(|(path, _)| fails(*path)) {
                what.untouched += prefixes;
            } else {
                let after = active(group, &|path| usable(path) && !fails(path));
                flow(&mut what.flows, &before, &after, &fails, prefixes as f64);
                let fate = fate(group, &before, &after);
                *moves.entry(fate.clone()).or_default() += prefixes;
                fates.insert(id, fate);
            }
        }
        what.moves = moves.into_iter().map(|(fate, prefixes)| Moved { fate, prefixes }).collect();
        what.moves.sort_by_key(|moved| std::cmp::Reverse(moved.prefixes));
        if !fates.is_empty() {
            let routes = self.table.iter();
            let routes = routes.filter_map(|entry| Some((entry.prefix, self.core.chosen(entry.set)?.0)));
            let touched = routes.filter_map(|(prefix, group)| Some((prefix, fates.get(&group)?.clone())));
            what.listed = touched.take(list).collect();
        }
        what
    }

    /// Every candidate of a prefix, what became of it, and why.
    pub fn explain(&mut self, prefix: impl Into<Prefix>) -> Option<Explained> {
        let prefix = prefix.into();
        let id = self.set_id(prefix)?;
        let set = Rc::clone(self.core.sets.get(id));
        let mut rows = self.rows_given(prefix);
        let stands_in = self.core.stands_in(&set);
        if stands_in.is_none() {
            rows.extend(self.rows_fpm(set.fpm));
            rows.extend(self.rows_alternates(set.fpm, set.alternates));
        }
        rows.extend(self.rows_bgp(prefix, stands_in));
        rows.sort_by_key(|row| (matches!(row.role, Role::Unusable(_)), row.class));
        let chosen = self.core.chosen(id);
        let group = chosen.map(|(group, _)| (group, self.group(group).clone()));
        let winner =
            assign(self.paths(), &mut rows, group.as_ref().map(|(_, group)| group), chosen.map(|c| c.1));
        let is_learned = |winner: usize| matches!(rows[winner].source, Source::Fpm | Source::Bgp);
        let why = match set.left {
            Some(gone) if winner.is_some_and(is_learned) => Why::Left(gone),
            _ => self.why(&rows, winner),
        };
        Some(Explained { prefix, group, source: chosen.map(|(_, source)| source), why, rows })
    }

    fn rows_given(&self, prefix: Prefix) -> Vec<Row> {
        let mut rows = Vec::new();
        for candidate in self.candidates(prefix) {
            let source = candidate.source;
            let row = |preference: u32, metric: u32, path: Option<PathId>, role: Role| Row {
                source,
                given: Given::Route,
                preference,
                metric,
                path,
                role,
                class: (preference, source.into(), metric),
            };
            match &candidate.target {
                Target::Blackhole { preference }
                | Target::Unreachable { preference }
                | Target::Prohibit { preference } => {
                    rows.push(row(*preference, 0, None, Role::Discard { wins: false }));
                }
                Target::Paths { next_hops, .. } => rows.extend(next_hops.iter().map(|hop| {
                    let known = self.core.ways.is_known(hop.path);
                    let role = if known { Role::Again } else { Role::Unusable(Unusable::UnknownPath) };
                    row(hop.preference, hop.metric, known.then_some(hop.path), role)
                })),
            }
        }
        rows
    }

    fn rows_fpm(&mut self, fpm: u32) -> Vec<Row> {
        if fpm == NONE {
            return Vec::new();
        }
        let said = Rc::clone(self.core.fpm.get(fpm));
        let row = |hop: Option<FpmHop>, found: Option<Result<PathId, Unusable>>| Row {
            source: Source::Fpm,
            given: Given::Fpm { protocol: said.protocol, hop },
            preference: said.preference,
            metric: said.metric,
            path: found.and_then(Result::ok),
            role: match found {
                None => Role::Discard { wins: false },
                Some(Ok(_)) => Role::Again,
                Some(Err(why)) => Role::Unusable(why),
            },
            class: (said.preference, Source::Fpm.into(), said.metric),
        };
        match &said.target {
            FpmTarget::Hops(hops) => hops
                .iter()
                .map(|hop| row(Some(*hop), Some(self.core.ways.over_link(hop.link, hop.gateway))))
                .collect(),
            FpmTarget::Blackhole | FpmTarget::Unreachable | FpmTarget::Prohibit => vec![row(None, None)],
        }
    }

    fn rows_alternates(&mut self, fpm: u32, alternates: u32) -> Vec<Row> {
        if fpm == NONE || alternates == NONE {
            return Vec::new();
        }
        let (fpm, said) =
            (Rc::clone(self.core.fpm.get(fpm)), Rc::clone(self.core.alternates.get(alternates)));
        let row = |(alternate, lead): (Alternate, Result<PathId, Unusable>)| Row {
            source: Source::Fpm,
            given: Given::Alternate(alternate),
            preference: fpm.preference,
            metric: alternate.metric,
            path: lead.ok(),
            role: lead.map_or_else(Role::Unusable, |_| Role::Again),
            class: alternates::class(&fpm, &alternate),
        };
        alternates::resolve(&mut self.core.ways, &fpm, &said).into_iter().map(row).collect()
    }

    fn rows_bgp(&self, prefix: Prefix, stands_in: Option<u32>) -> Vec<Row> {
        let known = self.table.get(prefix).map_or(&[][..], |entry| &entry.bgp);
        let mut found: Vec<(Costed, u32, Result<PathId, Unusable>)> = Vec::new();
        for (path_id, class) in known {
            let path = **self.core.classes.get(*class);
            match self.core.hops.get(self.core.hop_of(*class)) {
                Err(why) => found.push(((path, u32::MAX), *path_id, Err(*why))),
                Ok(hop) => {
                    found.extend(hop.paths.iter().map(|way| ((path, hop.cost()), *path_id, Ok(*way))));
                }
            }
        }
        let costed: Vec<Costed> = found.iter().map(|(costed, ..)| *costed).collect();
        let mut least = 0;
        let rows = bgp::order(&costed).into_iter().enumerate().map(|(place, at)| {
            let ((path, cost), path_id, way) = found[at];
            let own = crate::core::preference(&path).max(least);
            if way.is_ok() {
                least = own;
            }
            let preference = stands_in.unwrap_or(own);
            Row {
                source: Source::Bgp,
                given: Given::Bgp { path, path_id },
                preference,
                metric: cost,
                path: way.ok(),
                role: way.map_or_else(Role::Unusable, |_| Role::Again),
                class: (preference, Source::Bgp.into(), place as u32),
            }
        });
        rows.collect()
    }

    fn why(&self, rows: &[Row], winner: Option<usize>) -> Why {
        let Some(winner) = winner else { return Why::None };
        let best = &rows[winner];
        let leads = self.core.ways.around().bgp_leads;
        let may = |row: &&Row| {
            (leads || row.source != Source::Bgp)
                && !matches!(row.given, Given::Alternate(_))
                && !matches!(row.role, Role::Unusable(_) | Role::Primary)
                && row.class != best.class
        };
        let Some(next) = rows.iter().filter(may).min_by_key(|row| row.class) else {
            let others = rows
                .iter()
                .any(|row| row.source == Source::Bgp && row.path.is_some() && row.path != best.path);
            return if others && best.source == Source::Fpm { Why::FpmDecides } else { Why::Only };
        };
        if best.preference != next.preference {
            return Why::Preference { best: best.preference, next: next.preference };
        }
        match (&best.given, &next.given) {
            _ if best.source != next.source => Why::Before(next.source),
            (Given::Bgp { path: a, .. }, Given::Bgp { path: b, .. }) => {
                Why::Bgp(bgp::decided_by(&(*a, best.metric), &(*b, next.metric)))
            }
            _ => Why::Metric { best: best.metric, next: next.metric },
        }
    }
}

/// Gives every row that is not settled its role; the number of the first that won.
fn assign(paths: &[Path], rows: &mut [Row], group: Option<&Group>, source: Option<Source>) -> Option<usize> {
    let mut winner = None;
    let discards = matches!(group, Some(Group::Blackhole | Group::Unreachable | Group::Prohibit));
    let (primaries, backups): (&[(PathId, u16)], &[_]) = match group {
        Some(Group::Paths { primaries, backups }) => (primaries, backups),
        _ => (&[], &[]),
    };
    let mut seen: Vec<PathId> = Vec::new();
    for (at, row) in rows.iter_mut().enumerate() {
        let role = match (row.role, row.path) {
            (Role::Discard { .. }, _) => {
                Role::Discard { wins: discards && winner.is_none() && Some(row.source) == source }
            }
            (Role::Unusable(_), _) | (_, None) => continue,
            (_, Some(path)) if seen.contains(&path) => Role::Again,
            (_, Some(path)) => {
                seen.push(path);
                let rank = choose::rank(paths, primaries, row.class, path);
                let set = backups.iter().position(|set| set.iter().any(|backup| backup.path == path));
                let proof = set.and_then(|set| backups[set].iter().find(|b| b.path == path)).map(|b| b.proof);
                match (primaries.iter().any(|(primary, _)| *primary == path), set, proof) {
                    (true, ..) => Role::Primary,
                    (_, Some(set), Some(proof)) => {
                        let (region, provider) = choose::places(paths, primaries, path);
                        // Without a rank it is the way of a primary under another name, which shares everything.
                        let shares_risk = rank.is_none_or(|rank| rank.shares_risk);
                        Role::Backup { set, proof, shares_risk, region, provider }
                    }
                    _ if discards => Role::Dropped,
                    _ if primaries.is_empty() => Role::NothingBest,
                    _ if rank.is_none() => Role::SameNeighbor,
                    _ => Role::NotListed,
                }
            }
        };
        row.role = role;
        if winner.is_none() && matches!(role, Role::Primary | Role::Discard { wins: true }) {
            winner = Some(at);
        }
    }
    winner
}

/// Paths in use now with their weights: those of the first tier that has a usable one.
fn active(group: &Group, usable: &impl Fn(PathId) -> bool) -> Vec<(PathId, u16)> {
    let Group::Paths { primaries, backups } = group else { return Vec::new() };
    let live =
        |tier: &[(PathId, u16)]| tier.iter().copied().filter(|(path, _)| usable(*path)).collect::<Vec<_>>();
    let first = live(primaries);
    if !first.is_empty() {
        return first;
    }
    let sets = backups.iter().map(|set| live(&set.iter().map(|backup| (backup.path, 1)).collect::<Vec<_>>()));
    sets.into_iter().find(|tier| !tier.is_empty()).unwrap_or_default()
}

/// Each path in use now, and why its loss would cut the prefixes off, if it would: it is lost together with all that
/// shares something with it.
fn gaps(paths: &[Path], group: &Group, usable: &impl Fn(PathId) -> bool) -> Vec<(PathId, Option<Gap>)> {
    if is_empty(group) {
        return Vec::new();
    }
    let disjoint = |a: PathId, b: PathId| choose::shares_nothing(&paths[a as usize], &paths[b as usize]);
    let others: Vec<PathId> = group.tiers().flatten().collect();
    let judge = |path: PathId| {
        let apart = |other: &&PathId| disjoint(path, **other);
        if others.iter().filter(apart).any(|other| usable(*other)) {
            None
        } else if others.len() == 1 {
            Some(Gap::NoOther)
        } else if others.iter().any(|other| disjoint(path, *other)) {
            Some(Gap::NotUsable)
        } else {
            Some(Gap::Shared)
        }
    };
    active(group, usable).into_iter().map(|(path, _)| (path, judge(path))).collect()
}

fn fate(group: &Group, before: &[(PathId, u16)], after: &[(PathId, u16)]) -> Fate {
    let numbers = |tier: &[(PathId, u16)]| {
        let mut numbers: Vec<PathId> = tier.iter().map(|(path, _)| *path).collect();
        numbers.sort_unstable();
        numbers
    };
    let Group::Paths { backups, .. } = group else { unreachable!("only groups of paths have paths in use") };
    let takes = |path: PathId| after.iter().any(|(other, _)| *other == path);
    let in_use = |path: PathId| before.iter().any(|(other, _)| *other == path);
    let fresh = backups.iter().flatten().filter(|backup| takes(backup.path) && !in_use(backup.path));
    Fate { from: numbers(before), to: numbers(after), proof: fresh.map(|backup| backup.proof).max() }
}

/// The share of each path that fails goes to those in use after, by their weights.
fn flow(
    flows: &mut BTreeMap<(PathId, Option<PathId>), f64>,
    before: &[(PathId, u16)],
    after: &[(PathId, u16)],
    fails: &impl Fn(PathId) -> bool,
    prefixes: f64,
) {
    let total = |tier: &[(PathId, u16)]| tier.iter().map(|(_, weight)| f64::from(*weight)).sum::<f64>();
    let (all, left) = (total(before), total(after));
    for (from, weight) in before.iter().filter(|(path, _)| fails(*path)) {
        let share = prefixes * f64::from(*weight) / all;
        if after.is_empty() {
            *flows.entry((*from, None)).or_default() += share;
        }
        for (to, weight) in after {
            *flows.entry((*from, Some(*to))).or_default() += share * f64::from(*weight) / left;
        }
    }
}
