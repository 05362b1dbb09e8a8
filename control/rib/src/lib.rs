//! Routes of every source, and the backups computed from them.
//!
//! A [`Rib`] keeps every candidate of every prefix and derives one [`Group`] for each prefix: what the switch is told.
//! Prefixes with the same candidates share them, and equal groups are one, so that a million prefixes over a few
//! paths cost a map entry each and a handful of groups. Nothing here does IO.

mod choose;
mod pool;
#[cfg(test)]
mod tests;

use api::Source;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use pool::Pool;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Bound::{Excluded, Unbounded};

/// Index into the paths given to [`Rib::new`].
pub type PathId = u32;

/// Number of a group. Numbers of groups that no prefix uses any more are given out again.
pub type GroupId = u32;

/// What the rules for backups know of a path. Names are the caller's own numbers for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub interface: u32,
    pub next_hop: IpAddr,
    /// Shared risk groups. The interface counts as one and need not be named.
    pub risks: Vec<u32>,
    pub region: Option<u32>,
    pub provider: Option<u32>,
}

/// Why traffic sent to a backup does not come back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Proof {
    /// The operator routed the prefix over a directly connected next hop.
    Connected,
    /// The loop-free condition holds (RFC 5286 3.1, inequality 1).
    Lfa,
    /// Learned over eBGP from another neighbor than the primary.
    EbgpDistinct,
    /// None is known.
    Unproven,
}

/// A next hop of a candidate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NextHop {
    pub path: PathId,
    /// Lower is better.
    pub preference: u32,
    /// Lower is better, among next hops of one preference and one source.
    pub metric: u32,
    /// Share among equals.
    pub weight: u16,
    pub proof: Proof,
}

/// A path that takes over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Backup {
    pub path: PathId,
    pub proof: Proof,
}

/// What one source wants for a prefix. `source` and `id` together name it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Candidate {
    pub source: Source,
    /// The source's own number: one for the TOML file, one for each session of a protocol.
    pub id: u32,
    pub target: Target,
}

/// Where a candidate sends packets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    Paths {
        next_hops: Box<[NextHop]>,
        /// In place of what the rules would choose, when this candidate is the best.
        backup: Option<Box<[Backup]>>,
    },
    Blackhole {
        preference: u32,
    },
    Unreachable {
        preference: u32,
    },
    Prohibit {
        preference: u32,
    },
}

/// What a prefix points to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Group {
    Paths {
        /// Paths and weights, by path.
        primaries: Box<[(PathId, u16)]>,
        /// Best set first. No path stands twice in a group.
        backups: Box<[Box<[Backup]>]>,
    },
    Blackhole,
    Unreachable,
    Prohibit,
}

/// A prefix whose group is another now; `None` when it has no candidate left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    pub prefix: IpNet,
    pub group: Option<GroupId>,
}

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

type SetId = u32;

/// Every candidate of every prefix, and the groups that follow.
#[derive(Debug)]
pub struct Rib {
    paths: Vec<Path>,
    v4: BTreeMap<Ipv4Net, SetId>,
    v6: BTreeMap<Ipv6Net, SetId>,
    /// Candidates by `(source, id)`; shared by the prefixes that have the same ones.
    sets: Pool<Box<[Candidate]>>,
    groups: Pool<Group>,
    /// By set.
    group_of: Vec<GroupId>,
}

impl Rib {
    /// An empty one over `paths`.
    pub fn new(paths: Vec<Path>) -> Rib {
        Rib {
            paths,
            v4: BTreeMap::new(),
            v6: BTreeMap::new(),
            sets: Pool::default(),
            groups: Pool::default(),
            group_of: Vec::new(),
        }
    }

    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// IPv4 and IPv6 prefixes.
    pub fn counts(&self) -> (usize, usize) {
        (self.v4.len(), self.v6.len())
    }

    /// Number of prefixes.
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a candidate of `prefix`, in place of the one of the same source and id. Next hops over paths that the
    /// RIB does not know are not used. Answers with what changed for the switch.
    pub fn set(&mut self, prefix: IpNet, candidate: Candidate) -> Option<Change> {
        let key = (candidate.source, candidate.id);
        let mut candidates = self.candidates(prefix).to_vec();
        match candidates.binary_search_by_key(&key, |c| (c.source, c.id)) {
            Ok(at) => candidates[at] = candidate,
            Err(at) => candidates.insert(at, candidate),
        }
        self.replace(prefix, candidates)
    }

    /// Takes a candidate away. Answers with what changed for the switch.
    pub fn withdraw(&mut self, prefix: IpNet, source: Source, id: u32) -> Option<Change> {
        let mut candidates = self.candidates(prefix).to_vec();
        let at = candidates.binary_search_by_key(&(source, id), |c| (c.source, c.id)).ok()?;
        candidates.remove(at);
        self.replace(prefix, candidates)
    }

    /// Every candidate of `prefix`, by source and id.
    pub fn candidates(&self, prefix: IpNet) -> &[Candidate] {
        self.set_of(prefix).map_or(&[], |set| self.sets.get(set))
    }

    /// The group of `prefix`; `None` when no candidate of it has a path.
    pub fn group_of(&self, prefix: IpNet) -> Option<GroupId> {
        self.set_of(prefix).and_then(|set| self.usable_group(set))
    }

    /// What that group is, while a prefix has it.
    pub fn group(&self, id: GroupId) -> &Group {
        self.groups.get(id)
    }

    /// Every group in use.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.groups.iter().filter(|(_, group)| !is_empty(group))
    }

    /// Prefixes after `after` with their groups, IPv4 first, each family in order of address and length.
    pub fn routes(&self, after: Option<IpNet>) -> impl Iterator<Item = (IpNet, GroupId)> + '_ {
        self.prefixes(after).filter_map(|(prefix, set)| Some((prefix, self.usable_group(set)?)))
    }

    /// Those of [`Rib::routes`] that `source` has given a candidate.
    pub fn routes_of(
        &self,
        source: Source,
        after: Option<IpNet>,
    ) -> impl Iterator<Item = (IpNet, GroupId)> + '_ {
        let given = move |set: SetId| self.sets.get(set).iter().any(|candidate| candidate.source == source);
        let prefixes = self.prefixes(after).filter(move |(_, set)| given(*set));
        prefixes.filter_map(|(prefix, set)| Some((prefix, self.usable_group(set)?)))
    }

    fn prefixes(&self, after: Option<IpNet>) -> impl Iterator<Item = (IpNet, SetId)> + '_ {
        let (v4, v6) = match after {
            None => (Some(Unbounded), Unbounded),
            Some(IpNet::V4(p)) => (Some(Excluded(p)), Unbounded),
            Some(IpNet::V6(p)) => (None, Excluded(p)),
        };
        let v4 = v4.map(|start| self.v4.range((start, Unbounded)));
        let v4 = v4.into_iter().flatten().map(|(p, set)| (IpNet::V4(*p), *set));
        let v6 = self.v6.range((v6, Unbounded)).map(|(p, set)| (IpNet::V6(*p), *set));
        v4.chain(v6)
    }

    /// What is protected while just those paths are usable of which `usable` says so. Costs a step for each distinct
    /// set of candidates, not for each prefix.
    pub fn coverage(&self, usable: impl Fn(PathId) -> bool) -> Coverage {
        let mut coverage = Coverage::default();
        for (set, prefixes) in self.sets.users() {
            let group = self.groups.get(self.group_of[set as usize]);
            if matches!(group, Group::Paths { .. }) && !is_empty(group) {
                coverage.of += u64::from(prefixes);
                if choose::is_covered(&self.paths, group, &usable) {
                    coverage.covered += u64::from(prefixes);
                }
            }
        }
        coverage
    }

    fn set_of(&self, prefix: IpNet) -> Option<SetId> {
        match prefix {
            IpNet::V4(p) => self.v4.get(&p).copied(),
            IpNet::V6(p) => self.v6.get(&p).copied(),
        }
    }

    fn usable_group(&self, set: SetId) -> Option<GroupId> {
        let id = self.group_of[set as usize];
        (!is_empty(self.groups.get(id))).then_some(id)
    }

    fn replace(&mut self, prefix: IpNet, candidates: Vec<Candidate>) -> Option<Change> {
        let before = self.group_of(prefix);
        let new = (!candidates.is_empty()).then(|| self.acquire(candidates.into_boxed_slice()));
        let old = match (prefix, new) {
            (IpNet::V4(p), Some(set)) => self.v4.insert(p, set),
            (IpNet::V4(p), None) => self.v4.remove(&p),
            (IpNet::V6(p), Some(set)) => self.v6.insert(p, set),
            (IpNet::V6(p), None) => self.v6.remove(&p),
        };
        let group = new.and_then(|set| self.usable_group(set));
        // The old set goes last: a group both need keeps its number, and another cannot get that of the old one.
        if let Some(set) = old
            && self.sets.release(set)
        {
            self.groups.release(self.group_of[set as usize]);
        }
        (group != before).then_some(Change { prefix, group })
    }

    fn acquire(&mut self, candidates: Box<[Candidate]>) -> SetId {
        let (set, is_new) = self.sets.acquire(candidates);
        if is_new {
            let group = choose::group(&self.paths, self.sets.get(set));
            let (group, _) = self.groups.acquire(group);
            let at = set as usize;
            if at == self.group_of.len() {
                self.group_of.push(group);
            } else {
                self.group_of[at] = group;
            }
        }
        set
    }
}

/// A group of candidates none of which has a path: kept so that the set has one, never shown.
fn is_empty(group: &Group) -> bool {
    matches!(group, Group::Paths { primaries, .. } if primaries.is_empty())
}
