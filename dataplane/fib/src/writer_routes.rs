//! Prefixes: set, delete, look up, iterate, sweep.

use crate::error::FibError;
use crate::tables::{Routes, Tables};
use crate::types::{Entry, GroupId, MAX_SOURCE, Prefix, RouteChange};
use crate::writer::{RoutesWriter, Writer};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const SOURCES: usize = MAX_SOURCE as usize + 1;

/// Two bits per prefix say in which of its source's generations it was last set.
const GENERATIONS: usize = 4;

/// Prefixes by family, source and generation; and each source's current generation.
#[derive(Debug)]
pub(crate) struct Counts {
    prefixes: [[[u32; GENERATIONS]; SOURCES]; 2],
    fresh: [u8; SOURCES],
}

impl Default for Counts {
    fn default() -> Self {
        Self { prefixes: [[[0; GENERATIONS]; SOURCES]; 2], fresh: [0; SOURCES] }
    }
}

impl Counts {
    fn cell(&mut self, prefix: Prefix, entry: Entry) -> &mut u32 {
        &mut self.prefixes[family(prefix.net)][usize::from(entry.source)][usize::from(entry.generation)]
    }

    fn fresh(&self, source: u8) -> u8 {
        self.fresh[usize::from(source)]
    }

    fn by_family(&self, source: u8, generation: u8) -> (usize, usize) {
        let count = |family: usize| self.prefixes[family][usize::from(source)][usize::from(generation)];
        (count(0) as usize, count(1) as usize)
    }

    fn of_generation(&self, source: u8, generation: u8) -> usize {
        let (v4, v6) = self.by_family(source, generation);
        v4 + v6
    }
}

/// The first places in the order of IPv4 and of IPv6.
const FIRST: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0));
const FIRST_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0);

fn family(prefix: IpNet) -> usize {
    usize::from(matches!(prefix, IpNet::V6(_)))
}

/// A sweep in progress: where it is, and what it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    source: u8,
    next: Option<Prefix>,
}

impl Prefix {
    fn trunc(self) -> Prefix {
        Prefix { net: self.net.trunc(), ..self }
    }
}

impl Writer {
    /// Points a prefix (its host bits are ignored) to a group on behalf of a source; fresh for its sweep.
    ///
    /// A prefix has one entry: another source's is replaced. Choosing between sources is the RIB's work.
    pub fn route_set(
        &mut self,
        prefix: impl Into<Prefix>,
        group: GroupId,
        source: u8,
    ) -> Result<RouteChange, FibError> {
        if source > MAX_SOURCE {
            return Err(FibError::SourceOutOfRange(source));
        }
        let prefix = prefix.into().trunc();
        if self.of(prefix.vrf).is_none() {
            return Err(FibError::UnknownVrf(prefix.vrf));
        }
        let entry = Entry { group, source, generation: self.counts.fresh(source) };
        let old = self.route_get(prefix);
        if let Some(old) = old
            && old.group == group
        {
            self.touch(prefix, old, entry);
            let same = old.source == source;
            return Ok(if same { RouteChange::Unchanged } else { RouteChange::Replaced(old) });
        }
        self.group_link(group)?;
        if let Err(error) = self.or_reclaim(|writer| writer.store(prefix, entry)) {
            self.group_unlink(entry);
            return Err(error);
        }
        *self.counts.cell(prefix, entry) += 1;
        let Some(old) = old else { return Ok(RouteChange::Added) };
        *self.counts.cell(prefix, old) -= 1;
        self.group_unlink(old);
        Ok(RouteChange::Replaced(old))
    }

    /// Withdraws a source's prefix; `None` if there was none.
    pub fn route_del(&mut self, prefix: impl Into<Prefix>, source: u8) -> Result<Option<Entry>, FibError> {
        let prefix = prefix.into().trunc();
        let Some(entry) = self.route_get(prefix) else { return Ok(None) };
        if entry.source != source {
            let prefix = prefix.net;
            return Err(FibError::OtherSource { prefix, owner: entry.source, source_id: source });
        }
        self.delete(prefix, entry);
        Ok(Some(entry))
    }

    /// The tables of a VRF, the writer's side and the readers'.
    fn of(&self, vrf: u16) -> Option<(&RoutesWriter, &Routes)> {
        Some((self.routes.get(usize::from(vrf))?, self.tables.of(vrf)?))
    }

    /// The entry of exactly this prefix.
    pub fn route_get(&self, prefix: impl Into<Prefix>) -> Option<Entry> {
        let Prefix { vrf, net } = prefix.into();
        let (own, tables) = self.of(vrf)?;
        match net {
            IpNet::V4(net) => own.v4.get(&tables.v4, net.network().to_bits(), net.prefix_len()),
            IpNet::V6(net) => own.v6.get(net.network().to_bits(), net.prefix_len()),
        }
    }

    /// The longest prefix of a VRF that covers an address.
    pub fn route_lookup(&self, vrf: u16, addr: IpAddr) -> Option<(IpNet, Entry)> {
        let (own, tables) = self.of(vrf)?;
        let (len, entry) = match addr {
            IpAddr::V4(addr) => own.v4.longest(&tables.v4, addr.to_bits(), 32)?,
            IpAddr::V6(addr) => own.v6.longest(addr.to_bits(), 128)?,
        };
        let prefix = IpNet::new(addr, len).expect("a length of this family").trunc();
        Some((prefix, entry))
    }

    /// Brings the lines that setting or deleting an IPv4 prefix will touch: call it for the prefix some 16 ahead
    /// in a batch, and [`Writer::route_prefetch_near`] some 8 ahead.
    pub fn route_prefetch(&self, prefix: impl Into<Prefix>) {
        let Prefix { vrf, net } = prefix.into();
        if let (Some((own, tables)), IpNet::V4(net)) = (self.of(vrf), net) {
            own.v4.prefetch(&tables.v4, net.addr().to_bits());
        }
    }

    /// The second step of [`Writer::route_prefetch`]: what the first lines point to.
    pub fn route_prefetch_near(&self, prefix: impl Into<Prefix>) {
        let Prefix { vrf, net } = prefix.into();
        if let (Some((own, _)), IpNet::V4(net)) = (self.of(vrf), net) {
            own.v4.prefetch_values(net.addr().to_bits());
        }
    }

    /// The first prefix of a VRF at or after `from` in the order of family (IPv4 first), address and length. To go on
    /// after a prefix, ask from [`Writer::after`] it.
    pub fn route_next(&self, from: impl Into<Prefix>) -> Option<(IpNet, Entry)> {
        let Prefix { vrf, net } = from.into();
        let found = match net {
            IpNet::V4(net) => self.next4(vrf, net).or_else(|| self.next6(vrf, FIRST_V6)),
            IpNet::V6(net) => self.next6(vrf, net),
        };
        found.map(|net| (net, self.route_get((vrf, net)).expect("just found")))
    }

    /// All prefixes of a VRF in order, from `from` on or from the first.
    pub fn routes(&self, vrf: u16, from: Option<IpNet>) -> impl Iterator<Item = (IpNet, Entry)> + '_ {
        let mut next = Some(from.unwrap_or(FIRST));
        std::iter::from_fn(move || {
            let found = self.route_next((vrf, next?));
            next = found.and_then(|(net, _)| Self::after(net));
            found
        })
    }

    /// As [`Writer::route_next`], and on into the VRFs that follow.
    fn next_of_all(&self, from: Prefix) -> Option<(Prefix, Entry)> {
        let later = (from.vrf + 1..self.routes.len() as u16).map(|vrf| Prefix { vrf, net: FIRST });
        std::iter::once(from).chain(later).find_map(|from| {
            let (net, entry) = self.route_next(from)?;
            Some((Prefix { net, ..from }, entry))
        })
    }

    /// [`Writer::after`], and on into the next VRF.
    fn after_of_all(&self, prefix: Prefix) -> Option<Prefix> {
        let next = prefix.vrf + 1;
        match Self::after(prefix.net) {
            Some(net) => Some(Prefix { net, ..prefix }),
            None => (usize::from(next) < self.routes.len()).then_some(Prefix { vrf: next, net: FIRST }),
        }
    }

    /// The place right after a prefix in the order of [`Writer::route_next`].
    pub fn after(prefix: IpNet) -> Option<IpNet> {
        match prefix.trunc() {
            IpNet::V4(net) if net.prefix_len() < 32 => {
                Ipv4Net::new(net.addr(), net.prefix_len() + 1).ok().map(IpNet::V4)
            }
            IpNet::V4(net) => match net.addr().to_bits().checked_add(1) {
                Some(addr) => Ipv4Net::new(Ipv4Addr::from_bits(addr), 0).ok().map(IpNet::V4),
                None => Some(IpNet::V6(FIRST_V6)),
            },
            IpNet::V6(net) if net.prefix_len() < 128 => {
                Ipv6Net::new(net.addr(), net.prefix_len() + 1).ok().map(IpNet::V6)
            }
            IpNet::V6(net) => {
                let addr = net.addr().to_bits().checked_add(1)?;
                Ipv6Net::new(Ipv6Addr::from_bits(addr), 0).ok().map(IpNet::V6)
            }
        }
    }

    fn next4(&self, vrf: u16, from: Ipv4Net) -> Option<IpNet> {
        let (own, tables) = self.of(vrf)?;
        let found = own.v4.next(&tables.v4, from.addr().to_bits(), from.prefix_len());
        found.and_then(|(addr, len)| Ipv4Net::new(Ipv4Addr::from_bits(addr), len).ok()).map(IpNet::V4)
    }

    fn next6(&self, vrf: u16, from: Ipv6Net) -> Option<IpNet> {
        let found = self.of(vrf)?.0.v6.next(from.addr().to_bits(), from.prefix_len());
        found.and_then(|(addr, len)| Ipv6Net::new(Ipv6Addr::from_bits(addr), len).ok()).map(IpNet::V6)
    }

    /// IPv4 and IPv6 prefixes of all sources.
    pub fn route_counts(&self) -> (usize, usize) {
        let total = |family: usize| self.counts.prefixes[family].iter().flatten().map(|&n| n as usize).sum();
        (total(0), total(1))
    }

    /// IPv4 and IPv6 prefixes of one source.
    pub fn source_counts(&self, source: u8) -> (usize, usize) {
        let of = |family: usize| {
            let counts = self.counts.prefixes[family].get(usize::from(source));
            counts.map_or(0, |counts| counts.iter().map(|&n| n as usize).sum())
        };
        (of(0), of(1))
    }

    /// IPv4 and IPv6 prefixes of one source that a sweep would keep.
    pub fn fresh_counts(&self, source: u8) -> (usize, usize) {
        if source > MAX_SOURCE {
            return (0, 0);
        }
        self.counts.by_family(source, self.counts.fresh(source))
    }

    /// Whether a sweep of its source would keep this entry.
    pub fn is_fresh(&self, entry: &Entry) -> bool {
        entry.generation == self.counts.fresh(entry.source)
    }

    /// Everything a source has given becomes stale; what it sets again from now on is fresh. What an earlier
    /// sweep that was not finished would have removed stays stale.
    pub fn sweep_start(&mut self, source: u8) -> Result<(), FibError> {
        if source > MAX_SOURCE {
            return Err(FibError::SourceOutOfRange(source));
        }
        let fresh = self.counts.fresh(source);
        let free = |writer: &Self| {
            let others = (0..GENERATIONS as u8).filter(|&generation| generation != fresh);
            others.into_iter().find(|&generation| writer.counts.of_generation(source, generation) == 0)
        };
        // Three sources' lives in a row without one sweep: only then is there a walk.
        if free(self).is_none() {
            self.merge_generations(source);
        }
        self.counts.fresh[usize::from(source)] = free(self).expect("merged into one");
        Ok(())
    }

    fn merge_generations(&mut self, source: u8) {
        let generation = self.counts.fresh(source);
        let mut next = Some(FIRST.into());
        while let Some((prefix, entry)) = next.and_then(|from| self.next_of_all(from)) {
            if entry.source == source {
                self.touch(prefix, entry, Entry { generation, ..entry });
            }
            next = self.after_of_all(prefix);
        }
    }

    /// A sweep of what is stale, to be run by [`Writer::sweep_step`] once the source is complete.
    pub fn sweep(&self, source: u8) -> Sweep {
        Sweep { source, next: Some(FIRST.into()) }
    }

    /// Visits up to `budget` prefixes and removes the stale ones among them. Returns how many it removed; the
    /// sweep is over when [`Writer::sweep_done`] says so.
    pub fn sweep_step(&mut self, sweep: &mut Sweep, budget: usize) -> usize {
        let mut removed = 0;
        for _ in 0..budget {
            if self.stale(sweep.source) == 0 {
                sweep.next = None;
            }
            let Some((prefix, entry)) = sweep.next.and_then(|from| self.next_of_all(from)) else {
                sweep.next = None;
                break;
            };
            sweep.next = self.after_of_all(prefix);
            if entry.source == sweep.source && entry.generation != self.counts.fresh(sweep.source) {
                self.delete(prefix, entry);
                removed += 1;
            }
        }
        removed
    }

    pub fn sweep_done(&self, sweep: &Sweep) -> bool {
        sweep.next.is_none() || self.stale(sweep.source) == 0
    }

    /// Prefixes of a source that a sweep would remove now.
    pub fn stale(&self, source: u8) -> usize {
        let ((v4, v6), (fresh_v4, fresh_v6)) = (self.source_counts(source), self.fresh_counts(source));
        v4 + v6 - fresh_v4 - fresh_v6
    }

    fn touch(&mut self, prefix: Prefix, old: Entry, entry: Entry) {
        if old == entry {
            return;
        }
        let (own, tables) = Self::parts(&mut self.routes, &self.tables, prefix.vrf);
        match prefix.net {
            IpNet::V4(net) => own.v4.touch(&tables.v4, net.addr().to_bits(), net.prefix_len(), entry),
            IpNet::V6(net) => own.v6.touch(net.addr().to_bits(), net.prefix_len(), entry),
        }
        *self.counts.cell(prefix, old) -= 1;
        *self.counts.cell(prefix, entry) += 1;
    }

    /// The tables of a VRF in which a prefix is or may be: see [`Writer::route_set`].
    fn parts<'w>(
        routes: &'w mut [RoutesWriter],
        tables: &'w Tables,
        vrf: u16,
    ) -> (&'w mut RoutesWriter, &'w Routes) {
        (&mut routes[usize::from(vrf)], tables.of(vrf).expect("both sides have as many VRFs"))
    }

    fn store(&mut self, prefix: Prefix, entry: Entry) -> Result<(), FibError> {
        let (own, tables) = Self::parts(&mut self.routes, &self.tables, prefix.vrf);
        match prefix.net {
            IpNet::V4(net) => own.v4.set(&tables.v4, net.addr().to_bits(), net.prefix_len(), entry),
            IpNet::V6(net) => {
                let (addr, len) = (net.addr().to_bits(), net.prefix_len());
                let result = own.v6.set(&tables.v6, addr, len, entry, &mut self.runs);
                self.retire_runs(prefix.vrf);
                result
            }
        }
    }

    fn delete(&mut self, prefix: Prefix, entry: Entry) {
        let (own, tables) = Self::parts(&mut self.routes, &self.tables, prefix.vrf);
        match prefix.net {
            IpNet::V4(net) => {
                let block = own.v4.remove(&tables.v4, net.addr().to_bits(), net.prefix_len());
                block.into_iter().for_each(|block| self.retire_block(prefix.vrf, block));
            }
            IpNet::V6(net) => {
                let (addr, len) = (net.addr().to_bits(), net.prefix_len());
                own.v6.remove(&tables.v6, addr, len, &mut self.runs);
                self.retire_runs(prefix.vrf);
            }
        }
        *self.counts.cell(prefix, entry) -= 1;
        self.group_unlink(entry);
    }
}
