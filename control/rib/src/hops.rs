//! Next hops of BGP, and where they lead.

use crate::pool::Pool;
use crate::{PathId, Prefix, Unusable};
use ipnet::IpNet;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What a next hop was found to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub paths: SmallVec<[PathId; 2]>,
    /// The route that it was found by; `None` on a connected network.
    pub via: Option<IpNet>,
}

impl Found {
    /// Routing daemons do not tell what their routes cost (FPM carries the same number for all): all that is known is
    /// whether there is a router between.
    pub(crate) fn cost(&self) -> u32 {
        u32::from(self.via.is_some())
    }
}

/// A next hop and the VRF that it resolves in.
pub(crate) type Place = (u8, IpAddr);

pub(crate) type Resolution = Result<Found, Unusable>;

/// Every next hop that a class has.
#[derive(Debug, Default)]
pub(crate) struct Hops {
    pool: Pool<Place>,
    found: Vec<Resolution>,
    by_place: BTreeMap<Place, u32>,
    /// Those to be looked at again.
    dirty: BTreeSet<u32>,
}

impl Hops {
    pub(crate) fn acquire(&mut self, place: Place) -> (u32, bool) {
        let (id, is_new) = self.pool.acquire(place);
        if is_new {
            self.by_place.insert(place, id);
        }
        (id, is_new)
    }

    pub(crate) fn release(&mut self, id: u32) {
        if let Some(place) = self.pool.release(id) {
            self.by_place.remove(&*place);
            self.dirty.remove(&id);
        }
    }

    pub(crate) fn put(&mut self, id: u32, resolution: Resolution) {
        let at = id as usize;
        if at < self.found.len() {
            self.found[at] = resolution;
        } else {
            self.found.resize(at + 1, resolution);
        }
    }

    pub(crate) fn get(&self, id: u32) -> &Resolution {
        &self.found[id as usize]
    }

    pub(crate) fn place(&self, id: u32) -> Place {
        **self.pool.get(id)
    }

    /// A route that next hops may resolve over has come, changed or gone.
    pub(crate) fn touch(&mut self, prefix: Prefix) {
        let Prefix { vrf, net } = prefix;
        if self.by_place.is_empty() || net.prefix_len() == 0 {
            return;
        }
        let inside = self.by_place.range((vrf, net.network())..=(vrf, net.broadcast()));
        self.dirty.extend(inside.map(|(_, id)| *id));
    }

    pub(crate) fn touch_all(&mut self) {
        self.dirty.extend(self.by_place.values());
    }

    pub(crate) fn forget_all(&mut self) {
        self.found.iter_mut().for_each(|found| *found = Err(Unusable::NoRoute));
        self.touch_all();
    }

    pub(crate) fn are_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    pub(crate) fn take_dirty(&mut self) -> BTreeSet<u32> {
        std::mem::take(&mut self.dirty)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Place, &Resolution)> {
        self.by_place.iter().map(|(place, id)| (*place, &self.found[*id as usize]))
    }
}
