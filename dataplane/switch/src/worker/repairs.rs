//! The time of the first packet of a repair.

use super::Shared;
use fib::PathId;
use std::sync::atomic::Ordering;

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
    pub fn note(&mut self, dead: PathId, shared: &Shared) {
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
