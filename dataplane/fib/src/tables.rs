//! What workers read, and their registration.

use crate::epoch::Epochs;
use crate::error::FibError;
use crate::group::{Groups, Preferred, Selection};
use crate::path::{Liveness, Neighbor, Paths, RawPaths};
use crate::types::{GroupId, Limits, PathId};
use crate::v4::{AHEAD, TableV4};
use crate::v6::TableV6;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

/// The prefixes of one VRF.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) v4: TableV4,
    pub(crate) v6: TableV6,
}

/// The lock-free side. A worker reads it through its [`WorkerEpoch`]; anyone else may look things up too, but
/// may then see an entry that is being reused.
#[derive(Debug)]
pub struct Tables {
    /// Of the default VRF, beside the others so that finding it costs nothing.
    pub(crate) main: Routes,
    /// By their number less one.
    pub(crate) others: Box<[Routes]>,
    pub(crate) groups: Groups,
    pub(crate) paths: Paths,
    pub(crate) epochs: Epochs,
    pub(crate) limits: Limits,
}

impl Tables {
    /// The group of the longest IPv4 prefix covering `addr` (host order).
    #[inline]
    pub fn lookup4(&self, addr: u32) -> GroupId {
        GroupId(self.main.v4.lookup(addr))
    }

    /// [`Tables::lookup4`] of each address, staged; writes as many groups as the shorter slice has.
    #[inline]
    pub fn lookup4_bulk(&self, addrs: &[u32], groups: &mut [u32]) {
        self.main.v4.lookup_bulk(addrs, groups);
    }

    /// The group of the longest IPv6 prefix covering `addr` (the number that `Ipv6Addr::to_bits` gives).
    #[inline]
    pub fn lookup6(&self, addr: u128) -> GroupId {
        GroupId(self.main.v6.lookup(addr))
    }

    /// [`Tables::lookup6`] of each address, staged; writes as many groups as the shorter slice has.
    pub fn lookup6_bulk(&self, addrs: &[u128], groups: &mut [u32]) {
        self.main.v6.lookup_bulk(addrs, groups);
    }

    /// The prefixes of a VRF, if there is one of that number.
    #[inline]
    pub(crate) fn of(&self, vrf: u16) -> Option<&Routes> {
        match vrf {
            0 => Some(&self.main),
            vrf => self.others.get(usize::from(vrf) - 1),
        }
    }

    /// [`Tables::lookup4`] in a VRF. One that there is not has no prefixes.
    #[inline]
    pub fn lookup4_in(&self, vrf: u16, addr: u32) -> GroupId {
        self.of(vrf).map_or(GroupId::NONE, |routes| GroupId(routes.v4.lookup(addr)))
    }

    /// [`Tables::lookup6`] in a VRF.
    #[inline]
    pub fn lookup6_in(&self, vrf: u16, addr: u128) -> GroupId {
        self.of(vrf).map_or(GroupId::NONE, |routes| GroupId(routes.v6.lookup(addr)))
    }

    /// The group of the longest prefix of a VRF that covers an address of either family.
    #[inline]
    pub fn lookup_in(&self, vrf: u16, addr: IpAddr) -> GroupId {
        match addr {
            IpAddr::V4(addr) => self.lookup4_in(vrf, addr.to_bits()),
            IpAddr::V6(addr) => self.lookup6_in(vrf, addr.to_bits()),
        }
    }

    /// [`Tables::lookup4_in`] of each address in its own VRF, staged; writes as many groups as the shortest slice has.
    pub fn lookup4_bulk_in(&self, vrfs: &[u16], addrs: &[u32], groups: &mut [u32]) {
        let fetch = |routes: &Routes, addr| routes.v4.prefetch(addr);
        self.bulk_in((vrfs, addrs), groups, fetch, |vrf, addr| self.lookup4_in(vrf, addr));
    }

    /// [`Tables::lookup6_in`] of each address in its own VRF.
    pub fn lookup6_bulk_in(&self, vrfs: &[u16], addrs: &[u128], groups: &mut [u32]) {
        let fetch = |routes: &Routes, addr| routes.v6.prefetch(addr);
        self.bulk_in((vrfs, addrs), groups, fetch, |vrf, addr| self.lookup6_in(vrf, addr));
    }

    #[inline(always)]
    fn bulk_in<A: Copy>(
        &self,
        (vrfs, addrs): (&[u16], &[A]),
        groups: &mut [u32],
        fetch: impl Fn(&Routes, A),
        lookup: impl Fn(u16, A) -> GroupId,
    ) {
        let keys = vrfs.iter().copied().zip(addrs.iter().copied());
        let mut ahead = keys.clone();
        let fetch = |key: Option<(u16, A)>| {
            if let Some((vrf, addr)) = key
                && let Some(routes) = self.of(vrf)
            {
                fetch(routes, addr);
            }
        };
        (0..AHEAD).for_each(|_| fetch(ahead.next()));
        for ((vrf, addr), group) in keys.zip(groups) {
            fetch(ahead.next());
            *group = lookup(vrf, addr).0;
        }
    }

    /// The path of a flow now. `hash` spreads flows over the low bits.
    #[inline]
    pub fn select(&self, group: GroupId, hash: u32) -> Selection {
        self.groups.select(group, || hash, &self.paths)
    }

    /// [`Tables::select`] that computes the hash only where the group spreads flows.
    #[inline(always)]
    pub fn select_with(&self, group: GroupId, hash: impl FnOnce() -> u32) -> Selection {
        self.groups.select(group, hash, &self.paths)
    }

    /// For a pass over many packets.
    #[inline]
    pub fn preferred(&self) -> Preferred<'_> {
        Preferred::new(&self.groups, &self.paths)
    }

    /// Whether `wanted` holds for a path that flows of a group take now: one of its live primaries, or what stands in for them.
    pub fn any_chosen(&self, group: GroupId, wanted: impl Fn(PathId) -> bool) -> bool {
        self.groups.any_chosen(group, &self.paths, wanted)
    }

    /// Whether `wanted` holds for a path of a group, dead ones and backups included.
    pub fn any_candidate(&self, group: GroupId, wanted: impl Fn(PathId) -> bool) -> bool {
        self.groups.any_candidate(group, wanted)
    }

    #[inline]
    pub fn prefetch_neighbor(&self, path: PathId) {
        self.paths.prefetch_neighbor(path);
    }

    /// The causes of every path, for detectors and for show.
    #[inline]
    pub fn liveness(&self) -> Liveness<'_> {
        Liveness(&self.paths)
    }

    /// Registers a reader, online.
    pub fn register_worker(self: &Arc<Self>) -> Result<WorkerEpoch, FibError> {
        let full = FibError::TooManyWorkers { limit: self.limits.workers };
        let slot = self.epochs.register().ok_or(full)?;
        Ok(WorkerEpoch { tables: Arc::clone(self), slot })
    }
}

/// One worker's registration. What the worker has read from the tables (groups, paths, references to neighbors)
/// stays valid until it calls [`WorkerEpoch::quiescent`]; dropping it unregisters.
#[derive(Debug)]
pub struct WorkerEpoch {
    tables: Arc<Tables>,
    slot: usize,
}

impl WorkerEpoch {
    /// Once per turn of the worker's loop, when it holds nothing from the tables.
    #[inline]
    pub fn quiescent(&mut self) {
        self.tables.epochs.quiescent(self.slot);
    }

    /// Runs `sleep` while this worker holds nothing up: for a worker that waits for interrupts.
    pub fn parked<R>(&mut self, sleep: impl FnOnce() -> R) -> R {
        struct Online<'w>(&'w WorkerEpoch);
        impl Drop for Online<'_> {
            fn drop(&mut self) {
                self.0.tables.epochs.online(self.0.slot);
            }
        }
        self.tables.epochs.offline(self.slot);
        let _online = Online(self);
        sleep()
    }

    /// The rewrite of a path; `None` while it has none.
    #[inline]
    pub fn neighbor(&self, path: PathId) -> Option<&Neighbor> {
        // SAFETY: this worker is registered; it is online, because `parked` borrows it mutably while it is not;
        // and `quiescent` needs `&mut self`, which ends the borrow.
        unsafe { self.tables.paths.neighbor(path) }
    }

    /// For compiled code, which keeps to the same rules as a reference from [`WorkerEpoch::neighbor`].
    pub fn raw_paths(&self) -> RawPaths {
        self.tables.paths.raw()
    }

    pub fn tables(&self) -> &Arc<Tables> {
        &self.tables
    }
}

impl Deref for WorkerEpoch {
    type Target = Tables;

    #[inline]
    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl Drop for WorkerEpoch {
    fn drop(&mut self) {
        self.tables.epochs.unregister(self.slot);
    }
}
