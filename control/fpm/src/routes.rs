//! Routes by table and prefix: a slab, an index of it by hash, and in it the list of each slot's routes.
//!
//! 44 octets for a route, and 5 to 10 for the index. Numbers of routes are their places in the slab.

use crate::slots::{NONE, SlotId, Slots};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use ipnet::IpNet;
use std::hash::{BuildHasher, Hasher};

pub(crate) type RouteId = u32;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) prefix: IpNet,
    pub(crate) protocol: u8,
    /// It waits to be taken.
    pub(crate) queued: bool,
    /// The taker has been told of it, and not of its end.
    pub(crate) told: bool,
    /// It was withdrawn because a new connection did not mention it.
    pub(crate) untold: bool,
    pub(crate) table: u32,
    pub(crate) metric: u32,
    /// The connection that mentioned it last.
    pub(crate) generation: u32,
    /// Where it points; [`NONE`] once it is withdrawn and the taker has yet to learn of it.
    pub(crate) slot: SlotId,
    previous: RouteId,
    next: RouteId,
}

impl Route {
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.slot == NONE
    }
}

#[derive(Debug)]
pub(crate) struct Routes {
    routes: Vec<Route>,
    free: Vec<RouteId>,
    index: HashTable<RouteId>,
    hasher: FixedState,
    limit: usize,
}

impl Routes {
    pub(crate) fn new(limit: usize, hasher: FixedState) -> Routes {
        // A number is never that of no route.
        let limit = limit.min(NONE as usize);
        Routes { routes: Vec::new(), free: Vec::new(), index: HashTable::new(), hasher, limit }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn get(&self, id: RouteId) -> &Route {
        &self.routes[id as usize]
    }

    pub(crate) fn get_mut(&mut self, id: RouteId) -> &mut Route {
        &mut self.routes[id as usize]
    }

    pub(crate) fn find(&self, table: u32, prefix: IpNet) -> Option<RouteId> {
        let hash = hash(&self.hasher, table, prefix);
        let same = |id: &RouteId| {
            let route = &self.routes[*id as usize];
            route.prefix == prefix && route.table == table
        };
        self.index.find(hash, same).copied()
    }

    /// Adds a route that is not there, pointing nowhere; `None` when there are as many as there may be.
    pub(crate) fn add(&mut self, table: u32, prefix: IpNet) -> Option<RouteId> {
        if self.index.len() >= self.limit {
            return None;
        }
        let route = Route {
            prefix,
            protocol: 0,
            queued: false,
            told: false,
            untold: false,
            table,
            metric: 0,
            generation: 0,
            slot: NONE,
            previous: NONE,
            next: NONE,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.routes[id as usize] = route;
                id
            }
            None => {
                self.routes.push(route);
                (self.routes.len() - 1) as RouteId
            }
        };
        let (routes, hasher) = (&self.routes, &self.hasher);
        self.index.insert_unique(hash(hasher, table, prefix), id, |id| {
            let route = &routes[*id as usize];
            hash(hasher, route.table, route.prefix)
        });
        Some(id)
    }

    /// Forgets a withdrawn route. Its number is given out again.
    pub(crate) fn remove(&mut self, id: RouteId) {
        let route = &self.routes[id as usize];
        let hash = hash(&self.hasher, route.table, route.prefix);
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == id) {
            entry.remove();
            self.free.push(id);
        }
    }

    /// Lets a route point to `slot`, or nowhere.
    pub(crate) fn point(&mut self, id: RouteId, slot: SlotId, slots: &mut Slots) {
        let Route { slot: old, previous, next, .. } = self.routes[id as usize];
        if old == slot {
            return;
        }
        if old != NONE {
            match previous {
                NONE => slots.get_mut(old).head = next,
                previous => self.routes[previous as usize].next = next,
            }
            if next != NONE {
                self.routes[next as usize].previous = previous;
            }
            slots.get_mut(old).routes -= 1;
            slots.touch(old);
        }
        let mut head = NONE;
        if slot != NONE {
            let to = slots.get_mut(slot);
            head = std::mem::replace(&mut to.head, id);
            to.routes += 1;
            slots.touch(slot);
            if head != NONE {
                self.routes[head as usize].previous = id;
            }
        }
        let route = &mut self.routes[id as usize];
        (route.slot, route.previous, route.next) = (slot, NONE, head);
        // Only now, for the old slot may be what tells the two apart.
        if old != NONE {
            slots.release_unused(old);
        }
    }

    /// The route behind this one in the list of its slot.
    pub(crate) fn next(&self, id: RouteId) -> RouteId {
        self.routes[id as usize].next
    }

    /// Numbers of all that are or were routes, in the slab's order.
    pub(crate) fn ids(&self) -> std::ops::Range<RouteId> {
        0..self.routes.len() as RouteId
    }
}

/// Prefixes of one /21 lie in a row in the index, for zebra tells them one after the other: looking for the first brings
/// the lines of the others. What is longer than /24 has rows of its own, of a /29, so that no row is long.
///
/// The index takes the place from the lower bits and tells neighbors apart by the upper seven.
#[inline]
fn hash(hasher: &FixedState, table: u32, prefix: IpNet) -> u64 {
    let table = u64::from(table) << 32;
    match prefix {
        IpNet::V4(prefix) => {
            let (address, len) = (u32::from(prefix.network()), prefix.prefix_len());
            let shift = if len <= 24 { 8 } else { 0 };
            let row = of(hasher, table | u64::from(address >> (shift + 3)) << 1 | u64::from(shift == 0));
            let own = of(hasher, u64::from(address) << 8 | u64::from(len));
            (row << 3 | u64::from(address >> shift & 7)) & u64::MAX >> 7 | own & !(u64::MAX >> 7)
        }
        IpNet::V6(prefix) => {
            let mut hasher = hasher.build_hasher();
            hasher.write_u128(prefix.network().into());
            hasher.write_u64(table | u64::from(prefix.prefix_len()) | 1 << 8);
            hasher.finish()
        }
    }
}

fn of(hasher: &FixedState, value: u64) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write_u64(value);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::Ipv4Net;
    use std::collections::HashMap;

    #[test]
    fn no_row_is_long_however_dense_the_prefixes_are() {
        let hasher = FixedState::with_seed(7);
        // Every prefix of /20 to /32 in a /20.
        let mut rows: HashMap<u64, usize> = HashMap::new();
        let mut count = 0;
        for len in 20..=32_u8 {
            for n in 0..1_u32 << (len - 20) {
                let address = 0x0a00_0000 | n << (32 - len);
                let prefix = IpNet::V4(Ipv4Net::new(address.into(), len).unwrap());
                *rows.entry((hash(&hasher, 254, prefix) & u64::MAX >> 7) >> 3).or_default() += 1;
                count += 1;
            }
        }
        assert_eq!(count, 8191);
        let longest = rows.values().max().unwrap();
        assert!(*longest <= 32, "{longest} in a row");
    }
}
