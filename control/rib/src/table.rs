//! Prefixes, and what is kept for each: a slab of entries, whose numbers are what queues and walks hold, and an index of
//! it in the order of addresses.

use crate::core::Core;
use crate::{Change, Prefix};
use api::Source;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Unbounded};

/// Place of an entry in the slab. One that is free is given out again.
pub(crate) type EntryId = u32;

/// No number of a set, of a group or of anything else that is numbered.
pub(crate) const NONE: u32 = u32::MAX;

/// A million of these are kept: numbers only.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) prefix: Prefix,
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
    /// Its place in the slab is free.
    pub(crate) vacant: bool,
    /// Path identifier (with that of the session) and class of each path that BGP has. The identifiers are a session's own
    /// and differ from prefix to prefix, so they are kept out of the sets.
    pub(crate) bgp: SmallVec<[(u32, u32); 2]>,
}

// The VRF fills the last byte.
const _: () = assert!(size_of::<Entry>() <= 56);

impl Entry {
    fn new(prefix: Prefix) -> Entry {
        Entry {
            prefix,
            set: NONE,
            told_group: NONE,
            told_epoch: 0,
            told_source: 0,
            queued: false,
            vacant: false,
            bgp: SmallVec::new(),
        }
    }

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
        self.set == NONE && self.told_group == NONE && !self.vacant
    }

    /// What is to be told, which counts as told from here on. `but`'s waits.
    pub(crate) fn tell(&mut self, core: &mut Core, epoch: u16, but: Option<Source>) -> Option<Change> {
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
        Some(Change { prefix: self.prefix, source, group: wanted.map(|(group, _)| group) })
    }
}

/// Addresses of IPv4 by their upper half, so that the tree of each stays flat: a lookup touches a few lines, not one for
/// each level of a tree of a million.
const PARTS: usize = 1 << 16;

/// The prefixes of every VRF.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    free: Vec<EntryId>,
    /// By number; those of which nothing was said are not there yet.
    vrfs: Vec<Index>,
}

/// Where the prefixes of a VRF are in the slab.
#[derive(Debug, Default)]
struct Index {
    /// By the upper half of the address; in each by the lower half and the length. Without parts until there is a prefix.
    v4: Box<[BTreeMap<u32, EntryId>]>,
    v6: BTreeMap<Ipv6Net, EntryId>,
}

/// Part, and place within it.
fn place(prefix: Ipv4Net) -> (usize, u32) {
    let address = u32::from(prefix.network());
    ((address >> 16) as usize, (address & 0xffff) << 8 | u32::from(prefix.prefix_len()))
}

impl Table {
    pub(crate) fn find(&self, prefix: Prefix) -> Option<EntryId> {
        let index = self.vrfs.get(usize::from(prefix.vrf))?;
        match prefix.net {
            IpNet::V4(prefix) => {
                let (part, key) = place(prefix);
                index.v4.get(part)?.get(&key).copied()
            }
            IpNet::V6(prefix) => index.v6.get(&prefix).copied(),
        }
    }

    pub(crate) fn get(&self, prefix: Prefix) -> Option<&Entry> {
        self.find(prefix).map(|id| self.entry(id))
    }

    pub(crate) fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id as usize]
    }

    pub(crate) fn entry_mut(&mut self, id: EntryId) -> &mut Entry {
        &mut self.entries[id as usize]
    }

    /// The entry of a prefix, made if there is none.
    pub(crate) fn add(&mut self, prefix: Prefix) -> EntryId {
        let Table { entries, free, vrfs } = self;
        let at = usize::from(prefix.vrf);
        if at >= vrfs.len() {
            vrfs.resize_with(at + 1, Index::default);
        }
        let index = &mut vrfs[at];
        let new = || match free.pop() {
            Some(id) => {
                entries[id as usize] = Entry::new(prefix);
                id
            }
            None => {
                entries.push(Entry::new(prefix));
                (entries.len() - 1) as EntryId
            }
        };
        match prefix.net {
            IpNet::V4(prefix) => {
                if index.v4.is_empty() {
                    index.v4 = (0..PARTS).map(|_| BTreeMap::new()).collect();
                }
                let (part, key) = place(prefix);
                *index.v4[part].entry(key).or_insert_with(new)
            }
            IpNet::V6(prefix) => *index.v6.entry(prefix).or_insert_with(new),
        }
    }

    pub(crate) fn remove(&mut self, id: EntryId) {
        let entry = &mut self.entries[id as usize];
        entry.vacant = true;
        let index = &mut self.vrfs[usize::from(entry.prefix.vrf)];
        match entry.prefix.net {
            IpNet::V4(prefix) => {
                let (part, key) = place(prefix);
                index.v4[part].remove(&key);
            }
            IpNet::V6(prefix) => {
                index.v6.remove(&prefix);
            }
        }
        self.free.push(id);
    }

    /// Numbers of all that are or were entries, in the slab's order.
    pub(crate) fn ids(&self) -> std::ops::Range<EntryId> {
        0..self.entries.len() as EntryId
    }

    /// VRF by VRF, in each as [`Table::of_vrf`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        (0..self.vrfs.len()).flat_map(|vrf| self.of_vrf(vrf as u8, None))
    }

    /// Those of a VRF after `after`: IPv4 first, each family in order of address and length.
    pub(crate) fn of_vrf(&self, vrf: u8, after: Option<IpNet>) -> impl Iterator<Item = &Entry> {
        let index = self.vrfs.get(usize::from(vrf));
        index.into_iter().flat_map(move |index| index.iter(after)).map(|id| self.entry(id))
    }
}

impl Index {
    fn iter(&self, after: Option<IpNet>) -> impl Iterator<Item = EntryId> {
        let (first, v6) = match after {
            None => (Some((0, Unbounded)), Unbounded),
            Some(IpNet::V4(prefix)) => {
                let (part, key) = place(prefix);
                (Some((part, Excluded(key))), Unbounded)
            }
            Some(IpNet::V6(prefix)) => (None, Excluded(prefix)),
        };
        let v4 = first.into_iter().flat_map(|(part, start): (usize, Bound<u32>)| {
            let mut parts = self.v4.iter().skip(part);
            let first = parts.next().into_iter().flat_map(move |part| part.range((start, Unbounded)));
            first.map(|(_, id)| id).chain(parts.flat_map(BTreeMap::values))
        });
        v4.chain(self.v6.range((v6, Unbounded)).map(|(_, id)| id)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn some_prefix() -> impl Strategy<Value = Prefix> {
        let v4 = (any::<u32>(), 0..=32_u8).prop_map(|(bits, len)| {
            // Few parts, so that prefixes of one meet.
            let net = Ipv4Net::new((bits & 0x0003_ff80).into(), len).unwrap();
            IpNet::V4(net.trunc())
        });
        let v6 = (any::<u128>(), 0..=128_u8).prop_map(|(bits, len)| {
            IpNet::V6(Ipv6Net::new((bits & 0xff << 120).into(), len).unwrap().trunc())
        });
        (0..3_u8, prop_oneof![3 => v4, 1 => v6]).prop_map(Prefix::from)
    }

    proptest! {
        #[test]
        fn a_table_has_what_a_set_has_and_in_its_order(
            steps in prop::collection::vec((some_prefix(), any::<bool>()), 0..80),
        ) {
            let (mut table, mut model) = (Table::default(), BTreeSet::new());
            for (prefix, adds) in steps {
                if adds {
                    let id = table.add(prefix);
                    prop_assert_eq!(table.add(prefix), id);
                    prop_assert_eq!(table.entry(id).prefix, prefix);
                    model.insert(prefix);
                } else if let Some(id) = table.find(prefix) {
                    table.remove(id);
                    prop_assert!(model.remove(&prefix));
                }
                prop_assert_eq!(table.find(prefix).is_some(), model.contains(&prefix));
            }
            let listed: Vec<Prefix> = table.iter().map(|entry| entry.prefix).collect();
            prop_assert_eq!(&listed, &model.iter().copied().collect::<Vec<_>>());
            for (at, after) in listed.iter().enumerate() {
                let rest = table.of_vrf(after.vrf, Some(after.net)).map(|entry| entry.prefix);
                let mine = listed[at + 1..].iter().copied().filter(|prefix| prefix.vrf == after.vrf);
                prop_assert!(rest.eq(mine), "after {:?}", after);
            }
            let vacant = table.ids().filter(|id| table.entry(*id).vacant).count();
            prop_assert_eq!(table.ids().len() - vacant, model.len(), "places are given out again");
        }
    }
}
