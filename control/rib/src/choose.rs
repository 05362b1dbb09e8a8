//! From candidates to a group: which paths carry traffic, and which take over in what order.

use crate::{Backup, Candidate, Group, NextHop, Path, PathId, Target};
use api::Source;

/// What makes next hops equal: they share traffic. Metrics of different sources do not compare.
type Class = (u32, Order, u32);

/// Among equal preferences: what an operator says at run time comes before what the file says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Order(u8);

impl From<Source> for Order {
    fn from(source: Source) -> Order {
        Order(match source {
            Source::Operator => 0,
            Source::Static => 1,
        })
    }
}

/// How far a backup is from the primaries; lower is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    shares_risk: bool,
    /// Region and provider that are not known to differ: 0 to 2.
    same_place: u8,
    class: Class,
}

/// The group of a prefix that has these candidates. Without primaries when none of them has a known path.
pub(crate) fn group(paths: &[Path], candidates: &[Candidate]) -> Group {
    let next_hops = known_next_hops(paths, candidates);
    let best = next_hops.first().map(|(class, _)| *class);
    let discard =
        candidates.iter().filter_map(discard).min_by_key(|(preference, order, _)| (*preference, *order));
    if let Some((preference, order, group)) = discard
        && best.is_none_or(|(p, o, _)| (preference, order) < (p, o))
    {
        return group;
    }
    let mut primaries: Vec<(PathId, u16)> = next_hops
        .iter()
        .filter(|(class, _)| Some(*class) == best)
        .map(|(_, hop)| (hop.path, hop.weight))
        .collect();
    primaries.sort_unstable();
    let explicit = best.and_then(|class| explicit_backup(candidates, class));
    let backups = match explicit {
        Some(listed) => listed_sets(paths, &primaries, listed),
        None => ranked_sets(paths, &primaries, &next_hops),
    };
    Group::Paths { primaries: primaries.into(), backups: backups.into() }
}

fn discard(candidate: &Candidate) -> Option<(u32, Order, Group)> {
    let order = candidate.source.into();
    match candidate.target {
        Target::Paths { .. } => None,
        Target::Blackhole { preference } => Some((preference, order, Group::Blackhole)),
        Target::Unreachable { preference } => Some((preference, order, Group::Unreachable)),
        Target::Prohibit { preference } => Some((preference, order, Group::Prohibit)),
    }
}

/// Best class first, each path once: where it is best.
fn known_next_hops(paths: &[Path], candidates: &[Candidate]) -> Vec<(Class, NextHop)> {
    let mut all: Vec<(Class, NextHop)> = Vec::new();
    for candidate in candidates {
        let Target::Paths { next_hops, .. } = &candidate.target else { continue };
        let known = next_hops.iter().filter(|hop| (hop.path as usize) < paths.len());
        all.extend(known.map(|hop| ((hop.preference, candidate.source.into(), hop.metric), *hop)));
    }
    all.sort_by_key(|(class, _)| *class);
    let mut once: Vec<(Class, NextHop)> = Vec::with_capacity(all.len());
    for (class, hop) in all {
        if !once.iter().any(|(_, other)| other.path == hop.path) {
            once.push((class, hop));
        }
    }
    once
}

/// What the first candidate with a next hop of the best class says itself.
fn explicit_backup(candidates: &[Candidate], best: Class) -> Option<&[Backup]> {
    candidates.iter().find_map(|candidate| match &candidate.target {
        Target::Paths { next_hops, backup } => next_hops
            .iter()
            .any(|hop| (hop.preference, candidate.source.into(), hop.metric) == best)
            .then_some(backup.as_deref())
            .flatten(),
        _ => None,
    })
}

/// One set for each listed path, in the operator's order.
fn listed_sets(paths: &[Path], primaries: &[(PathId, u16)], listed: &[Backup]) -> Vec<Box<[Backup]>> {
    let mut sets: Vec<Box<[Backup]>> = Vec::new();
    for backup in listed {
        let known = (backup.path as usize) < paths.len();
        let primary = primaries.iter().any(|(path, _)| *path == backup.path);
        let again = sets.iter().any(|set| set[0].path == backup.path);
        if known && !primary && !again {
            sets.push(Box::new([*backup]));
        }
    }
    sets
}

/// Everything that is no primary and reaches another neighbor, equals in one set.
fn ranked_sets(
    paths: &[Path],
    primaries: &[(PathId, u16)],
    next_hops: &[(Class, NextHop)],
) -> Vec<Box<[Backup]>> {
    let mut ranked: Vec<(Rank, Backup)> = next_hops
        .iter()
        .filter_map(|(class, hop)| {
            let rank = rank(paths, primaries, *class, hop.path)?;
            Some((rank, Backup { path: hop.path, proof: hop.proof }))
        })
        .collect();
    ranked.sort_by_key(|(rank, backup)| (*rank, backup.path));
    ranked.chunk_by(|a, b| a.0 == b.0).map(|set| set.iter().map(|(_, backup)| *backup).collect()).collect()
}

/// `None` when `path` is a primary, or leads to the neighbor of one.
fn rank(paths: &[Path], primaries: &[(PathId, u16)], class: Class, path: PathId) -> Option<Rank> {
    let this = &paths[path as usize];
    let mut rank = Rank { shares_risk: false, same_place: 0, class };
    let (mut same_region, mut same_provider) = (false, false);
    for (primary, _) in primaries {
        let other = &paths[*primary as usize];
        if *primary == path || (other.interface, other.next_hop) == (this.interface, this.next_hop) {
            return None;
        }
        rank.shares_risk |= !shares_nothing(this, other);
        same_region |= !known_to_differ(this.region, other.region);
        same_provider |= !known_to_differ(this.provider, other.provider);
    }
    rank.same_place = u8::from(same_region) + u8::from(same_provider);
    Some(rank)
}

fn known_to_differ(a: Option<u32>, b: Option<u32>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
}

fn shares_nothing(a: &Path, b: &Path) -> bool {
    a.interface != b.interface && !a.risks.iter().any(|risk| b.risks.contains(risk))
}

/// Whether traffic survives the loss of any one path that carries it now, together with all that shares a risk.
pub(crate) fn is_covered(paths: &[Path], group: &Group, usable: &impl Fn(PathId) -> bool) -> bool {
    let Group::Paths { primaries, backups } = group else { return false };
    let primaries = primaries.iter().map(|(path, _)| *path).collect::<Vec<_>>();
    let backups = backups.iter().map(|set| set.iter().map(|b| b.path).collect::<Vec<_>>());
    let mut tiers: Vec<Vec<PathId>> = std::iter::once(primaries).chain(backups).collect();
    tiers.iter_mut().for_each(|tier| tier.retain(|path| usable(*path)));
    let Some(active) = tiers.iter().find(|tier| !tier.is_empty()) else { return false };
    let disjoint = |a: PathId, b: PathId| shares_nothing(&paths[a as usize], &paths[b as usize]);
    active.iter().all(|path| tiers.iter().flatten().any(|other| disjoint(*path, *other)))
}
