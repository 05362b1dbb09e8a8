//! The RIB: what is said goes in, what the switch is to be told comes out.

use crate::bgp::BgpPath;
use crate::core::{Core, Set, SetId};
use crate::hold;
use crate::table::{EntryId, NONE, Table};
use crate::{Around, Candidate, Fpm, Group, GroupId, Path, PathId, Prefix};
use api::Source;
use ipnet::IpNet;
use smallvec::SmallVec;
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;

/// Prefixes that are looked at in one slice, whether or not they changed.
const SLICE: usize = 1 << 16;

/// The most paths of BGP for a prefix. Who has more than so many ways out has no use for the rest.
const MOST_BGP: usize = 64;

/// A prefix for which the switch has another group than it should, or none, or one too many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    pub prefix: Prefix,
    /// For whom: the one whose candidate is best, or the one who was told to have it and does not any more.
    pub source: Source,
    pub group: Option<GroupId>,
}

/// Why something was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum Refused {
    #[error("there is no room for one more prefix (`routes_v4`, `routes_v6` in [tables])")]
    PrefixesFull,
    #[error("next hop and prefix are of different families")]
    Family,
    #[error("the prefix is one of the switch's own addresses")]
    OwnAddress,
    #[error("the prefix has {MOST_BGP} paths already")]
    PathsFull,
}

/// A walk over all prefixes: where it is, and whether one more has to follow.
#[derive(Clone, Copy, Debug)]
struct Walk {
    at: EntryId,
    again: bool,
}

/// Every candidate of every prefix, and the groups that follow.
#[derive(Debug)]
pub struct Rib {
    pub(crate) table: Table,
    pub(crate) core: Core,
    counts: [usize; 2],
    pub(crate) queue: VecDeque<EntryId>,
    walk: Option<Walk>,
    epoch: u16,
    /// Somebody is told; otherwise nothing is queued.
    telling: bool,
    /// See [`Rib::set_failed`].
    pub(crate) failed: BTreeSet<PathId>,
    pub(crate) held: Vec<EntryId>,
}

impl Rib {
    pub fn new(around: Around) -> Rib {
        let mut core = Core::default();
        core.ways.configure(around);
        Rib {
            table: Table::default(),
            core,
            counts: [0; 2],
            queue: VecDeque::new(),
            walk: None,
            epoch: 0,
            telling: false,
            failed: BTreeSet::new(),
            held: Vec::new(),
        }
    }

    /// Another file. Numbers of paths mean other paths from here on: candidates of the file and of the operator are to be
    /// given anew (or withdrawn before), and the switch is to be told everything ([`Rib::tell_all`]).
    pub fn configure(&mut self, around: Around) {
        self.core.ways.configure(around);
        // What next hops led to were the old paths.
        self.core.hops.forget_all();
        self.core.choose_again(|_, _| true);
        self.settle();
        self.walk_again();
    }

    /// The routing daemon's interface of that index is the mirror of `interface`.
    pub fn set_link(&mut self, index: u32, interface: u32) {
        if !self.core.ways.set_link(index, interface) {
            return;
        }
        let over = |core: &Core, set: &Set| {
            set.alternates != NONE
                || set.fpm != NONE
                    && matches!(&core.fpm.get(set.fpm).target,
                    crate::FpmTarget::Hops(hops) if hops.iter().any(|hop| hop.link == index))
        };
        if self.core.choose_again(over) {
            self.core.hops.touch_all();
            self.walk_again();
        }
    }

    /// By number; those that [`Rib::path_ids`] does not name are leftovers.
    pub fn paths(&self) -> &[Path] {
        self.core.ways.paths()
    }

    pub fn path_ids(&self) -> impl Iterator<Item = PathId> {
        self.core.ways.ids()
    }

    /// Whether that path stands in the file.
    pub fn is_named(&self, path: PathId) -> bool {
        self.core.ways.is_named(path)
    }

    /// Paths that were made and that nothing has used since the last time this was asked; their numbers are free.
    pub fn collect_paths(&mut self) -> Vec<PathId> {
        self.settle();
        let mut used = vec![false; self.paths().len()];
        for (_, group) in self.core.groups.iter() {
            // A group that was told before another file came may have paths that are no more.
            let paths = group.tiers().flatten();
            paths.for_each(|path| used.get_mut(path as usize).into_iter().for_each(|used| *used = true));
        }
        for (_, found) in self.core.hops.iter() {
            let paths = found.iter().flat_map(|found| &found.paths);
            paths.for_each(|path| used[*path as usize] = true);
        }
        self.core.ways.collect(|path| used[path as usize])
    }

    /// IPv4 and IPv6 prefixes that have candidates.
    pub fn counts(&self) -> (usize, usize) {
        (self.counts[0], self.counts[1])
    }

    /// Number of prefixes that have candidates.
    pub fn len(&self) -> usize {
        self.counts[0] + self.counts[1]
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a candidate of `prefix`, in place of the one of the same source and id. Next hops over paths that the
    /// RIB does not know are not used.
    pub fn set(&mut self, prefix: impl Into<Prefix>, candidate: Candidate) {
        let prefix = prefix.into();
        let key = (candidate.source, candidate.id);
        let mut candidates = self.candidates(prefix).to_vec();
        match candidates.binary_search_by_key(&key, |c| (c.source, c.id)) {
            Ok(at) => candidates[at] = candidate,
            Err(at) => candidates.insert(at, candidate),
        }
        self.give(prefix, candidates);
    }

    /// Takes a candidate away.
    pub fn withdraw(&mut self, prefix: impl Into<Prefix>, source: Source, id: u32) {
        let prefix = prefix.into();
        let mut candidates = self.candidates(prefix).to_vec();
        if let Ok(at) = candidates.binary_search_by_key(&(source, id), |c| (c.source, c.id)) {
            candidates.remove(at);
            self.give(prefix, candidates);
        }
    }

    fn give(&mut self, prefix: Prefix, candidates: Vec<Candidate>) {
        let id = self.table.add(prefix);
        let mut set = self.set_of(id);
        set.given = if candidates.is_empty() { NONE } else { self.core.given.acquire(candidates.into()).0 };
        let given = set.given;
        self.replace(id, set);
        self.core.release_given(given);
    }

    /// What FPM says of a prefix, in place of what it said before.
    ///
    /// # Errors
    /// It is not taken, and what FPM said of it before is withdrawn.
    pub fn set_fpm(&mut self, prefix: impl Into<Prefix>, fpm: Fpm) -> Result<(), Refused> {
        let prefix = prefix.into();
        let found = self.table.find(prefix);
        if let Err(refused) = self.judge_fpm(prefix, found, &fpm) {
            self.withdraw_fpm(prefix);
            return Err(refused);
        }
        let id = found.unwrap_or_else(|| self.table.add(prefix));
        let mut set = self.set_of(id);
        set.fpm = self.core.fpm.acquire(fpm).0;
        set.left = None;
        let fpm = set.fpm;
        self.replace(id, set);
        self.core.release_fpm(fpm);
        Ok(())
    }

    fn judge_fpm(&self, prefix: Prefix, found: Option<EntryId>, fpm: &Fpm) -> Result<(), Refused> {
        let other = |hop: &crate::FpmHop| hop.gateway.is_ipv4() != prefix.net.addr().is_ipv4();
        match &fpm.target {
            crate::FpmTarget::Hops(hops) if hops.iter().any(other) => Err(Refused::Family),
            _ => self.judge(prefix, found),
        }
    }

    fn judge(&self, prefix: Prefix, found: Option<EntryId>) -> Result<(), Refused> {
        if self.core.ways.is_own_prefix(prefix) {
            return Err(Refused::OwnAddress);
        }
        let limits = self.core.ways.around().limits;
        let (count, limit) = match prefix.net {
            IpNet::V4(_) => (self.counts[0], limits.prefixes_v4),
            IpNet::V6(_) => (self.counts[1], limits.prefixes_v6),
        };
        let known = count < limit || found.is_some_and(|id| self.table.entry(id).set != NONE);
        if known { Ok(()) } else { Err(Refused::PrefixesFull) }
    }

    /// FPM has nothing for that prefix any more.
    pub fn withdraw_fpm(&mut self, prefix: impl Into<Prefix>) {
        let Some(id) = self.table.find(prefix.into()) else { return };
        let mut set = self.set_of(id);
        if set.fpm != NONE {
            set.forget_fpm();
            self.replace(id, set);
        }
    }

    /// FPM has nothing to say any more. A step for each prefix.
    pub fn forget_fpm(&mut self) {
        for id in self.table.ids() {
            let mut set = self.set_of(id);
            if set.fpm != NONE {
                set.forget_fpm();
                self.replace(id, set);
            }
        }
    }

    /// BGP has nothing to say any more. A step for each prefix.
    pub fn forget_bgp(&mut self) {
        for id in self.table.ids() {
            let entry = self.table.entry_mut(id);
            if !entry.bgp.is_empty() {
                entry.bgp = SmallVec::new();
                self.replace_bgp(id);
            }
        }
    }

    /// A path that a BGP session has for a prefix, in place of the one of the same identifier.
    ///
    /// # Errors
    /// It is not taken, and one of that identifier is withdrawn.
    pub fn set_bgp(&mut self, net: IpNet, path_id: u32, path: BgpPath) -> Result<(), Refused> {
        let prefix = Prefix { vrf: path.vrf, net };
        let found = self.table.find(prefix);
        let judged = match path.next_hop.is_ipv4() == prefix.net.addr().is_ipv4() {
            true => self.judge(prefix, found),
            false => Err(Refused::Family),
        };
        let most = found.map_or(0, |id| self.table.entry(id).bgp.len());
        let at = found.and_then(|id| self.find_bgp(id, path.peer, path_id));
        let judged = if at.is_none() && most >= MOST_BGP { Err(Refused::PathsFull) } else { judged };
        if let Err(refused) = judged {
            self.withdraw_bgp(prefix, path.peer, path_id);
            return Err(refused);
        }
        let class = self.core.acquire_class(&self.table, path);
        let id = found.unwrap_or_else(|| self.table.add(prefix));
        let entry = self.table.entry_mut(id);
        match at {
            Some(at) if entry.bgp[at].1 == class => {}
            Some(at) => entry.bgp[at].1 = class,
            None => entry.bgp.push((path_id, class)),
        }
        self.replace_bgp(id);
        self.core.release_class(class);
        Ok(())
    }

    /// A path that a BGP session has no more.
    pub fn withdraw_bgp(&mut self, prefix: impl Into<Prefix>, peer: u32, path_id: u32) {
        let Some(id) = self.table.find(prefix.into()) else { return };
        if let Some(at) = self.find_bgp(id, peer, path_id) {
            self.table.entry_mut(id).bgp.remove(at);
            self.replace_bgp(id);
        }
    }

    fn find_bgp(&self, id: EntryId, peer: u32, path_id: u32) -> Option<usize> {
        let mine = |(id, class): &(u32, u32)| *id == path_id && self.core.classes.get(*class).peer == peer;
        self.table.entry(id).bgp.iter().position(mine)
    }

    fn replace_bgp(&mut self, id: EntryId) {
        let mut set = self.set_of(id);
        set.bgp = self.table.entry(id).bgp.iter().map(|(_, class)| *class).collect();
        set.bgp.sort_unstable();
        set.end_left();
        self.replace(id, set);
    }

    /// What the file and the operator have given for `prefix`, by source and id.
    pub fn candidates(&self, prefix: impl Into<Prefix>) -> &[Candidate] {
        let set = self.table.get(prefix.into()).map_or(NONE, |entry| entry.set);
        if set == NONE {
            return &[];
        }
        match self.core.sets.get(set).given {
            NONE => &[],
            given => self.core.given.get(given),
        }
    }

    /// Whether anybody has said anything of `prefix`.
    pub fn knows(&self, prefix: impl Into<Prefix>) -> bool {
        self.set_id(prefix.into()).is_some()
    }

    /// The group of `prefix`; `None` when no candidate of it may carry traffic.
    pub fn group_of(&self, prefix: impl Into<Prefix>) -> Option<GroupId> {
        let set = self.table.get(prefix.into())?.set;
        self.core.chosen(set).map(|(group, _)| group)
    }

    /// What that group is, while a prefix has it or the switch was told that one has.
    pub fn group(&self, id: GroupId) -> &Group {
        self.core.groups.get(id)
    }

    /// Every group in use.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.core.groups.iter().filter(|(_, group)| !crate::core::is_empty(group))
    }

    /// Numbers of groups that went since the last time, and that may mean others by now.
    pub fn take_freed(&mut self) -> Vec<GroupId> {
        std::mem::take(&mut self.core.freed)
    }

    /// Prefixes of a VRF after `after` with their groups, IPv4 first, each family in order of address and length.
    pub fn routes(&self, vrf: u8, after: Option<IpNet>) -> impl Iterator<Item = (IpNet, GroupId)> + '_ {
        let entries = self.table.of_vrf(vrf, after);
        entries.filter_map(|entry| Some((entry.prefix.net, self.core.chosen(entry.set)?.0)))
    }

    /// Prefixes of a VRF after `after` of which anybody has said something, in the order of [`Rib::routes`].
    pub fn prefixes(&self, vrf: u8, after: Option<IpNet>) -> impl Iterator<Item = IpNet> + '_ {
        let entries = self.table.of_vrf(vrf, after);
        entries.filter(|entry| entry.set != NONE).map(|entry| entry.prefix.net)
    }

    /// Where next hops of BGP lead, each in its VRF.
    pub fn next_hops(&self) -> impl Iterator<Item = ((u8, IpAddr), &Result<crate::Found, crate::Unusable>)> {
        self.core.hops.iter()
    }

    pub(crate) fn set_of(&self, id: EntryId) -> Set {
        match self.table.entry(id).set {
            NONE => Set::empty(),
            set => Set::clone(self.core.sets.get(set)),
        }
    }

    pub(crate) fn replace(&mut self, id: EntryId, set: Set) {
        let new = if set.is_empty() { NONE } else { self.core.acquire(set) };
        let entry = self.table.entry_mut(id);
        let old = std::mem::replace(&mut entry.set, new);
        let family = usize::from(matches!(entry.prefix.net, IpNet::V6(_)));
        self.counts[family] += usize::from(new != NONE);
        self.counts[family] -= usize::from(old != NONE);
        if old != new && (self.core.resolves(old) || self.core.resolves(new)) {
            self.core.hops.touch(entry.prefix);
        }
        if self.telling && !entry.queued && entry.wants(&self.core, self.epoch) {
            entry.queued = true;
            self.queue.push_back(id);
        }
        // A prefix of which the switch still has to hear stays as a leftover.
        if !entry.queued && entry.is_leftover() {
            self.table.remove(id);
        }
        // The old set goes last: a group both need keeps its number, and another cannot get that of the old one.
        if old != NONE {
            self.core.release(old);
        }
    }

    /// Whoever is told from here on knows nothing yet.
    pub fn tell_all(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.telling = true;
        self.queue.clear();
        self.held.clear();
        self.walk = Some(Walk { at: 0, again: false });
    }

    /// Nobody is told any more.
    pub fn tell_nobody(&mut self) {
        self.telling = false;
        self.queue.clear();
        self.held.clear();
        self.walk = None;
    }

    /// Whether [`Rib::next_changes`] has something to look at.
    pub fn has_news(&self) -> bool {
        !self.queue.is_empty() || (self.telling && self.walk.is_some()) || self.core.hops.are_dirty()
    }

    /// Prefixes that wait to be told, as far as they are known one by one.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// What was told since [`Rib::tell_all`] and differs from what is so now, at most `most` prefixes; those that are
    /// `but`'s wait. An empty list is not the end while [`Rib::has_news`].
    pub fn next_changes(&mut self, most: usize, but: Option<Source>) -> Vec<Change> {
        self.settle();
        let mut changes = Vec::with_capacity(most.min(self.queue.len()));
        while changes.len() < most
            && let Some(id) = self.queue.pop_front()
        {
            // One that was told out of turn has left the queue only now.
            if self.table.entry(id).queued {
                changes.extend(self.tell_entry(id, but));
            }
        }
        if changes.len() < most && self.telling {
            self.walk_on(most, but, &mut changes);
        }
        changes
    }

    /// What the switch has to be told of that prefix, which counts as told.
    pub fn tell(&mut self, prefix: impl Into<Prefix>, but: Option<Source>) -> Option<Change> {
        self.table.find(prefix.into()).and_then(|id| self.tell_entry(id, but))
    }

    fn tell_entry(&mut self, id: EntryId, but: Option<Source>) -> Option<Change> {
        let entry = self.table.entry_mut(id);
        if hold::holds(&self.core, &self.failed, entry, self.epoch) {
            entry.queued = true;
            self.held.push(id);
            return None;
        }
        entry.queued = false;
        let change = entry.tell(&mut self.core, self.epoch, but);
        if entry.is_leftover() {
            self.table.remove(id);
        }
        change
    }

    fn walk_on(&mut self, most: usize, but: Option<Source>, changes: &mut Vec<Change>) {
        let Some(Walk { at, again }) = self.walk else { return };
        let ids = at..self.table.ids().end;
        let mut next = at;
        for id in ids.clone().take(SLICE) {
            if changes.len() >= most {
                break;
            }
            next = id + 1;
            if !self.table.entry(id).vacant {
                // [`Rib::tell_all`] emptied the queue and left it to this walk to say so to each.
                changes.extend(self.tell_entry(id, but));
            }
        }
        self.walk = match next >= ids.end {
            true => again.then_some(Walk { at: 0, again: false }),
            false => Some(Walk { at: next, again }),
        };
    }

    fn walk_again(&mut self) {
        if self.telling {
            match &mut self.walk {
                // What lies ahead will be seen as it is then.
                Some(walk) => walk.again |= walk.at > 0,
                None => self.walk = Some(Walk { at: 0, again: false }),
            }
        }
    }

    /// Looks again at next hops over which something has changed, and only at what depends on them.
    fn settle(&mut self) {
        // What a next hop leads to never depends on another one: routes of BGP resolve nothing, wherever their next hops lead.
        let dirty = self.core.hops.take_dirty();
        let mut moved = Vec::new();
        for hop in dirty {
            let (vrf, address) = self.core.hops.place(hop);
            let new = self.core.resolve(&self.table, vrf, address);
            if *self.core.hops.get(hop) != new {
                self.core.hops.put(hop, new);
                moved.push(hop);
            }
        }
        let over = |core: &Core, set: &Set| set.bgp.iter().any(|class| moved.contains(&core.hop_of(*class)));
        if !moved.is_empty() && self.core.choose_again(over) {
            self.walk_again();
        }
    }

    /// Distinct sets of candidates, classes of BGP paths and groups: what all prefixes share.
    pub fn shared(&self) -> (usize, usize, usize) {
        (self.core.sets.iter().count(), self.core.classes.iter().count(), self.groups().count())
    }

    pub(crate) fn set_id(&self, prefix: Prefix) -> Option<SetId> {
        self.table.get(prefix).map(|entry| entry.set).filter(|set| *set != NONE)
    }
}
