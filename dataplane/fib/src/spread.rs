//! From a group's specification to its rows: which path serves which bucket of the flow hash, and in which
//! order the others step in. Pure; only the writer runs it.
//!
//! Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights as in Schindelhauer and Schomaker 2005)
//! gives every path a score per bucket that depends on nothing but the path's key and the bucket, so a
//! restart moves nothing. Quotas make the shares exact to one bucket. A group that is changed starts from the
//! buckets it has, so that only those move that the new quotas take away.

use crate::error::FibError;
use crate::types::PathId;

/// The widest row: distinct paths in one group.
pub const MAX_CANDIDATES: usize = 64;

/// Fewest buckets of a group that spreads at all: two equal primaries are then exact, and weights to 1%.
const MIN_BUCKETS: usize = 128;
/// More members, more buckets: a weight's share is exact to one bucket.
const BUCKETS_PER_MEMBER: usize = 32;

/// What a group is to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupContent {
    Paths(GroupSpec),
    /// A verdict whose meaning is the caller's: local, blackhole, unreachable, glean.
    Special(u32),
}

/// Primaries and ordered backup sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct GroupSpec {
    /// Weighted equal-cost paths; weights from 1.
    pub primaries: Vec<(PathId, u16)>,
    /// Tried in order when no primary is live; within a set the flow hash spreads. A path that came earlier
    /// is skipped.
    pub backups: Vec<Vec<PathId>>,
}

impl GroupSpec {
    /// One primary, and one backup after the other.
    pub fn single(primary: PathId, backups: impl IntoIterator<Item = PathId>) -> Self {
        Self { primaries: vec![(primary, 1)], backups: backups.into_iter().map(|path| vec![path]).collect() }
    }
}

/// Candidates per bucket, best first: `cells[bucket * width + rank]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    /// A power of two.
    pub(crate) buckets: usize,
    pub(crate) width: usize,
    pub(crate) cells: Vec<PathId>,
}

/// The distinct paths of a specification in order of first mention.
pub(crate) fn members(spec: &GroupSpec) -> Vec<PathId> {
    let mut seen = Vec::new();
    let primaries = spec.primaries.iter().map(|&(path, _)| path);
    for path in primaries.chain(spec.backups.iter().flatten().copied()) {
        if !seen.contains(&path) {
            seen.push(path);
        }
    }
    seen
}

/// Refuses what no row can express.
pub(crate) fn validate(spec: &GroupSpec) -> Result<(), FibError> {
    if spec.primaries.is_empty() {
        return Err(FibError::NoPrimary);
    }
    for (index, &(path, weight)) in spec.primaries.iter().enumerate() {
        if weight == 0 {
            return Err(FibError::ZeroWeight(path));
        }
        if spec.primaries[..index].iter().any(|&(other, _)| other == path) {
            return Err(FibError::PrimaryTwice(path));
        }
    }
    let count = members(spec).len();
    if count > MAX_CANDIDATES {
        return Err(FibError::TooManyCandidates { count, limit: MAX_CANDIDATES });
    }
    Ok(())
}

/// The rows of a validated specification; `key` is the path's stable name across restarts and slots, `before`
/// the preferred path of each bucket until now (a power of two, or none).
pub(crate) fn rows(spec: &GroupSpec, key: impl Fn(PathId) -> u64, before: &[PathId]) -> Rows {
    let mut seen = Vec::new();
    let mut sets: Vec<Vec<Scored>> = Vec::new();
    let primaries = spec.primaries.clone();
    let backups = spec.backups.iter().map(|set| set.iter().map(|&path| (path, 1)).collect());
    for set in std::iter::once(primaries).chain(backups) {
        let mut fresh = Vec::new();
        for (path, weight) in set {
            if !seen.contains(&path) {
                seen.push(path);
                fresh.push(Scored { path, weight, key: key(path) });
            }
        }
        sets.push(fresh);
    }
    let largest = sets.iter().map(Vec::len).max().unwrap_or(0);
    let buckets = match largest {
        0 | 1 => 1,
        n => (n * BUCKETS_PER_MEMBER).next_power_of_two().max(MIN_BUCKETS),
    };
    let width = seen.len();
    let mut cells = Vec::with_capacity(buckets * width);
    let first = assign(&sets[0], buckets, before);
    for (bucket, &preferred) in first.iter().enumerate() {
        cells.push(sets[0][preferred].path);
        for (rank, set) in sets.iter().enumerate() {
            let mut order: Vec<usize> = (0..set.len()).filter(|&i| rank > 0 || i != preferred).collect();
            order.sort_by(|&a, &b| set[b].score(bucket).total_cmp(&set[a].score(bucket)));
            cells.extend(order.into_iter().map(|i| set[i].path));
        }
    }
    Rows { buckets, width, cells }
}

struct Scored {
    path: PathId,
    weight: u16,
    key: u64,
}

impl Scored {
    /// `-weight / ln(u)` with `u` uniform in (0, 1) from key and bucket: the highest wins with a probability
    /// proportional to its weight.
    fn score(&self, bucket: usize) -> f64 {
        let word = mix(self.key ^ mix(bucket as u64 + 1));
        let uniform = ((word >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        -f64::from(self.weight) / uniform.ln()
    }
}

/// Sebastiano Vigna's splitmix64 finalizer.
fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ word >> 31
}

/// The member of each bucket: pairs of bucket and member in falling order of score, each taken while the bucket is
/// free and the member below its quota; first the pairs that were so before.
fn assign(set: &[Scored], buckets: usize, before: &[PathId]) -> Vec<usize> {
    if buckets == 1 {
        return vec![0];
    }
    let mut pairs: Vec<(f64, usize, usize)> = Vec::with_capacity(set.len() * buckets);
    for (member, scored) in set.iter().enumerate() {
        pairs.extend((0..buckets).map(|bucket| (scored.score(bucket), bucket, member)));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    // A bucket of twice as many, or half as many, inherits from the one that shares its low bits.
    let kept = |&&(_, bucket, member): &&(f64, usize, usize)| {
        !before.is_empty() && before[bucket & (before.len() - 1)] == set[member].path
    };
    let mut quota = quotas(set, buckets);
    let mut owner = vec![usize::MAX; buckets];
    for &(_, bucket, member) in pairs.iter().filter(kept).chain(&pairs) {
        if owner[bucket] == usize::MAX && quota[member] > 0 {
            owner[bucket] = member;
            quota[member] -= 1;
        }
    }
    owner
}

/// Buckets per member in proportion to the weights, by largest remainder. Who would get none takes one from who
/// has most: a configured path is used.
fn quotas(set: &[Scored], buckets: usize) -> Vec<usize> {
    let total: u64 = set.iter().map(|s| u64::from(s.weight)).sum();
    let ideal = |s: &Scored| u64::from(s.weight) * buckets as u64;
    let mut quota: Vec<usize> = set.iter().map(|s| (ideal(s) / total) as usize).collect();
    let mut order: Vec<usize> = (0..set.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(ideal(&set[i]) % total), set[i].key));
    let left = buckets - quota.iter().sum::<usize>();
    order.iter().take(left).for_each(|&i| quota[i] += 1);
    while let Some(empty) = quota.iter().position(|&n| n == 0) {
        let most = (0..set.len()).max_by_key(|&i| quota[i]).expect("a set has members");
        quota[most] -= 1;
        quota[empty] = 1;
    }
    quota
}

#[cfg(test)]
#[path = "spread_tests.rs"]
mod tests;
