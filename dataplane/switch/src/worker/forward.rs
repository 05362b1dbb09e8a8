//! Lookup, selection and rewrite: the stages between parsing and transmission.

use super::Shared;
use super::parse::{ETHERNET, Meta, flow_hash_v4, flow_hash_v6};
use super::vector::{Reason, Vector, Way};
use super::view::special;
use dpdk::{Burst, Mbuf};
use fib::{GroupId, Neighbor, PathId, Selection, Tables, WorkerEpoch};
use stats::WorkerStats;
use std::sync::atomic::Ordering;

/// Bytes of an untagged [`Neighbor::header`]: both MACs. The EtherType stays the packet's own.
pub const MACS: usize = 12;

/// Failovers whose first packet on a backup is about to leave.
#[derive(Debug)]
pub struct FirstRepairs {
    /// The failover last seen, by path.
    seen: Box<[u32]>,
    waiting: [u32; FirstRepairs::WAITING],
    len: usize,
}

impl FirstRepairs {
    /// More that begin within one turn are stamped one turn later.
    const WAITING: usize = 32;

    pub fn new(paths: usize) -> FirstRepairs {
        FirstRepairs { seen: vec![0; paths].into(), waiting: [0; Self::WAITING], len: 0 }
    }

    #[inline(always)]
    fn note(&mut self, dead: PathId, shared: &Shared) {
        let index = usize::from(dead.0);
        let failover = shared.failovers[index].load(Ordering::Relaxed);
        if self.seen[index] != failover && self.len < Self::WAITING {
            self.seen[index] = failover;
            self.waiting[self.len] = failover;
            self.len += 1;
        }
    }

    /// Stamps them: the burst that carries their first packet has just been handed to the device.
    #[inline]
    pub fn sent(&mut self, shared: &Shared, worker: usize, now: impl FnOnce() -> u64) {
        if self.len == 0 {
            return;
        }
        let now_ns = now();
        for failover in &self.waiting[..std::mem::take(&mut self.len)] {
            shared.first_on_backup(*failover, worker, now_ns);
        }
    }
}

/// Looks every destination up.
#[inline]
pub fn lookup(tables: &Tables, vector: &mut Vector) {
    let v4 = &mut vector.v4;
    if v4.len > 0 {
        tables.lookup4_bulk(&v4.dst[..v4.len], &mut v4.group[..v4.len]);
    }
    let v6 = &mut vector.v6;
    if v6.len > 0 {
        tables.lookup6_bulk(&v6.dst[..v6.len], &mut v6.group[..v6.len]);
    }
}

/// What selection and rewrite need beside the packets.
pub struct Tools<'a> {
    pub epoch: &'a WorkerEpoch,
    pub shared: &'a Shared,
    pub page: &'a WorkerStats,
    pub repairs: &'a mut FirstRepairs,
}

/// Chooses the way out of every packet that was looked up, and rewrites it.
#[inline]
pub fn select_and_rewrite(vector: &mut Vector, burst: &mut Burst, tools: &mut Tools<'_>) {
    for k in 0..vector.v4.len.min(super::vector::VECTOR) {
        let index = usize::from(vector.v4.index[k]);
        let group = GroupId(vector.v4.group[k]);
        vector.way[index] = one::<V4>(&mut burst[index], vector.meta[index], group, tools);
    }
    for k in 0..vector.v6.len.min(super::vector::VECTOR) {
        let index = usize::from(vector.v6.index[k]);
        let group = GroupId(vector.v6.group[k]);
        vector.way[index] = one::<V6>(&mut burst[index], vector.meta[index], group, tools);
    }
}

/// What differs between the families.
trait Family {
    fn flow_hash(packet: &[u8]) -> u32;
    /// Takes one hop off; `packet` begins at the network header, which parsing has found whole.
    fn age(packet: &mut [u8]);
}

struct V4;
struct V6;

/// Takes one hop off an IPv4 packet and keeps its checksum right.
#[inline(always)]
pub fn age_v4(packet: &mut [u8]) {
    let Some(h) = packet.first_chunk_mut::<20>() else { return };
    h[8] = h[8].wrapping_sub(1);
    // RFC 1624: the TTL is the high byte of its word, so the checksum grows by 0x0100, with the carry around.
    let checksum = u32::from(u16::from_be_bytes([h[10], h[11]])) + 0x0100;
    let checksum = checksum + u32::from(checksum >= 0xffff);
    h[10..12].copy_from_slice(&(checksum as u16).to_be_bytes());
}

/// Takes one hop off an IPv6 packet.
#[inline(always)]
pub fn age_v6(packet: &mut [u8]) {
    let Some(h) = packet.first_chunk_mut::<40>() else { return };
    h[7] = h[7].wrapping_sub(1);
}

impl Family for V4 {
    #[inline(always)]
    fn flow_hash(packet: &[u8]) -> u32 {
        flow_hash_v4(packet)
    }

    #[inline(always)]
    fn age(packet: &mut [u8]) {
        age_v4(packet);
    }
}

impl Family for V6 {
    #[inline(always)]
    fn flow_hash(packet: &[u8]) -> u32 {
        flow_hash_v6(packet)
    }

    #[inline(always)]
    fn age(packet: &mut [u8]) {
        age_v6(packet);
    }
}

#[inline(always)]
fn one<F: Family>(mbuf: &mut Mbuf, meta: Meta, group: GroupId, tools: &mut Tools<'_>) -> Way {
    let l3 = usize::from(meta.l3);
    let selection = tools.epoch.tables().select_with(group, || {
        let packet = mbuf.data().get(l3..).unwrap_or_default();
        F::flow_hash(packet)
    });
    let path = match selection {
        Selection::Path(path) => path,
        Selection::Repair { path, dead } => {
            tools.repairs.note(dead, tools.shared);
            path
        }
        other => return Way::Local(not_forwarded(other)),
    };
    let Some(neighbor) = tools.epoch.neighbor(path) else {
        return Way::Local(Reason::NoLivePath { dead: path });
    };
    let length = mbuf.packet_len();
    if length as usize > l3 + usize::from(neighbor.mtu) {
        return Way::Local(Reason::TooBig(neighbor.mtu));
    }
    if l3 == ETHERNET && usize::from(neighbor.header_len) == MACS {
        let data = mbuf.data_mut();
        if let (Some(macs), Some(new)) =
            (data.first_chunk_mut::<MACS>(), neighbor.header.first_chunk::<MACS>())
        {
            *macs = *new;
        }
        F::age(data.get_mut(ETHERNET..).unwrap_or_default());
    } else if !relayer::<F>(mbuf, l3, neighbor) {
        return Way::Local(Reason::NoRoute);
    }
    tools.page.path(path.0).add(1, u64::from(length));
    Way::Out(neighbor.port)
}

#[cold]
fn not_forwarded(selection: Selection) -> Reason {
    match selection {
        Selection::Special(special::LOCAL) => Reason::ForUs,
        Selection::Special(special::BLACKHOLE) => Reason::Blackhole,
        Selection::Special(special::UNREACHABLE) => Reason::Unreachable,
        Selection::Special(code) if code & special::CONNECTED != 0 => {
            Reason::Unresolved((code & special::INTERFACE_MASK) as u16)
        }
        Selection::Special(code) => unreachable!("no group has the special code {code}"),
        Selection::NoLivePath { dead } => Reason::NoLivePath { dead },
        Selection::NoRoute => Reason::NoRoute,
        Selection::Path(_) | Selection::Repair { .. } => unreachable!("a selected path is forwarded"),
    }
}

/// Puts on a header of another length than the packet came with: a tag comes or goes.
#[inline(never)]
fn relayer<F: Family>(mbuf: &mut Mbuf, l3: usize, neighbor: &Neighbor) -> bool {
    let header = &neighbor.header[..usize::from(neighbor.header_len)];
    let Some(&[high, low]) = mbuf.data().get(l3 - 2..l3).and_then(|b| b.first_chunk::<2>()) else {
        return false;
    };
    let new_l3 = header.len() + 2;
    if new_l3 > l3 {
        if mbuf.prepend((new_l3 - l3) as u16).is_none() {
            return false;
        }
    } else if !mbuf.trim_front((l3 - new_l3) as u16) {
        return false;
    }
    let data = mbuf.data_mut();
    data[..header.len()].copy_from_slice(header);
    data[header.len()..new_l3].copy_from_slice(&[high, low]);
    F::age(&mut data[new_l3..]);
    true
}
