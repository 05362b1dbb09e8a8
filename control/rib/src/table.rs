//! Prefixes, and what is kept for each.

use crate::Change;
use crate::core::Core;
use api::Source;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Unbounded};

/// No number of a set, of a group or of anything else that is numbered.
pub(crate) const NONE: u32 = u32::MAX;

/// A million of these are kept: numbers only.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What all its candidates together are; [`NONE`] when it has none and its withdrawal is still to be told.
    pub(crate) set: u32,
    /// The group that was told, or [`NONE`].
    pub(crate) told_group: u32,
    /// Which telling that was: what an earlier one told counts for nothing.
    pub(crate) told_epoch: u16,
    /// [`api::Source::index`] of who it was told for.
    pub(crate) told_source: u8,
    /// It stands in the queue of what is to be told.
    pub(crate) queued: bool,
    /// Path identifier (with that of the session) and class of each path that BGP has. The identifiers are a session's own
    /// and differ from prefix to prefix, so they are kept out of the sets.
    pub(crate) bgp: SmallVec<[(u32, u32); 2]>,
}

impl Default for Entry {
    fn default() -> Entry {
        let (set, told_group) = (NONE, NONE);
        Entry { set, told_group, told_epoch: 0, told_source: 0, queued: false, bgp: SmallVec::new() }
    }
}

impl Entry {
    pub(crate) fn told(&self, epoch: u16) -> Option<(u32, u8)> {
        (self.told_group != NONE && self.told_epoch == epoch).then_some((self.told_group, self.told_source))
    }

    /// Whether there is something to tell.
    pub(crate) fn wants(&self, core: &Core, epoch: u16) -> bool {
        let wanted = core.chosen(self.set).map(|(group, source)| (group, source.index()));
        wanted != self.told(epoch)
    }

    /// Nothing is known of the prefix, and there is nothing more to tell of it.
    pub(crate) fn is_leftover(&self) -> bool {
        self.set == NONE && self.told_group == NONE
    }

    /// What is to be told, which counts as told from here on. `but`'s waits.
    pub(crate) fn tell(
        &mut self,
        prefix: IpNet,
        core: &mut Core,
        epoch: u16,
        but: Option<Source>,
    ) -> Option<Change> {
        let wanted = core.chosen(self.set);
        if let Some((_, source)) = wanted
            && but == Some(source)
        {
            return None;
        }
        let told = self.told(epoch);
        // What an earlier telling said, and this one has not, is gone meanwhile: that is news too.
        let gone = told.is_none() && self.told_group != NONE;
        if !gone && told == wanted.map(|(group, source)| (group, source.index())) {
            return None;
        }
        let old = std::mem::replace(&mut self.told_group, NONE);
        let source = wanted.map(|(_, source)| source).or(Source::from_index(self.told_source))?;
        if let Some((group, source)) = wanted {
            core.groups.retain(group);
            (self.told_group, self.told_epoch, self.told_source) = (group, epoch, source.index());
        }
        if old != NONE {
            core.release_group(old);
        }
        Some(Change { prefix, source, group: wanted.map(|(group, _)| group) })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    v4: BTreeMap<Ipv4Net, Entry>,
    v6: BTreeMap<Ipv6Net, Entry>,
}

impl Table {
    pub(crate) fn get(&self, prefix: IpNet) -> Option<&Entry> {
        match prefix {
            IpNet::V4(p) => self.v4.get(&p),
            IpNet::V6(p) => self.v6.get(&p),
        }
    }

    pub(crate) fn get_mut(&mut self, prefix: IpNet) -> Option<&mut Entry> {
        match prefix {
            IpNet::V4(p) => self.v4.get_mut(&p),
            IpNet::V6(p) => self.v6.get_mut(&p),
        }
    }

    pub(crate) fn entry(&mut self, prefix: IpNet) -> &mut Entry {
        match prefix {
            IpNet::V4(p) => self.v4.entry(p).or_default(),
            IpNet::V6(p) => self.v6.entry(p).or_default(),
        }
    }

    pub(crate) fn remove(&mut self, prefix: IpNet) {
        match prefix {
            IpNet::V4(p) => self.v4.remove(&p),
            IpNet::V6(p) => self.v6.remove(&p),
        };
    }

    /// After `after`: IPv4 first, each family in order of address and length.
    pub(crate) fn iter(&self, after: Option<IpNet>) -> impl Iterator<Item = (IpNet, &Entry)> {
        let (v4, v6) = bounds(after);
        let v4 = v4.map(|start| self.v4.range((start, Unbounded)));
        let v4 = v4.into_iter().flatten().map(|(p, entry)| (IpNet::V4(*p), entry));
        v4.chain(self.v6.range((v6, Unbounded)).map(|(p, entry)| (IpNet::V6(*p), entry)))
    }

    /// As [`Table::iter`].
    pub(crate) fn iter_mut(&mut self, after: Option<IpNet>) -> impl Iterator<Item = (IpNet, &mut Entry)> {
        let (v4, v6) = bounds(after);
        let v4 = v4.map(|start| self.v4.range_mut((start, Unbounded)));
        let v4 = v4.into_iter().flatten().map(|(p, entry)| (IpNet::V4(*p), entry));
        v4.chain(self.v6.range_mut((v6, Unbounded)).map(|(p, entry)| (IpNet::V6(*p), entry)))
    }
}

fn bounds(after: Option<IpNet>) -> (Option<Bound<Ipv4Net>>, Bound<Ipv6Net>) {
    match after {
        None => (Some(Unbounded), Unbounded),
        Some(IpNet::V4(p)) => (Some(Excluded(p)), Unbounded),
        Some(IpNet::V6(p)) => (None, Excluded(p)),
    }
}
