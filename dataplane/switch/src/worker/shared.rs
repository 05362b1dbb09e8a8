//! What the workers and the main thread share: tables and counters, no locks.

use super::horizon::Horizons;
use bfd::Event;
use dpdk::tsc::{Calibration, rdtsc};
use fib::{PathId, Tables};
use stats::{Cause, FailoverInit, Segment};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The stages whose cycles are counted, as `swervectl show workers` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// From a frame that may be BFD's to the end of the vector: finding what is, and hearing it.
    Bfd,
    /// The P4 program, and before it what came in is counted and its first bytes are brought to the cache.
    Program,
    Dispatch,
    Transmit,
    /// Making and checking test frames; in none of the others.
    Generator,
}

impl Stage {
    pub const NAMES: [&'static str; 5] = ["bfd", "program", "dispatch", "transmit", "generator"];
}

/// Nanoseconds since the switch started, from the TSC.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    calibration: Calibration,
}

impl Clock {
    pub fn new(calibration: Calibration) -> Clock {
        Clock { calibration }
    }

    /// Ticks a second.
    pub fn hz(&self) -> u64 {
        self.calibration.hz()
    }

    #[inline]
    pub fn now_ns(&self) -> u64 {
        self.calibration.to_ns(rdtsc())
    }
}

/// One for the whole switch.
#[derive(Debug)]
pub struct Shared {
    pub tables: Arc<Tables>,
    pub stats: Segment,
    pub horizons: Horizons,
    /// The latest failover of each path, 0 for none.
    pub failovers: Box<[AtomicU32]>,
}

impl Shared {
    /// Records that BFD took a path out; the repair itself has happened at `flipped_ns`.
    pub fn open_failover(
        &self,
        path: PathId,
        worker: usize,
        event: &Event,
        flipped_ns: u64,
    ) -> stats::FailoverId {
        let cause = match event.cause {
            bfd::Cause::Expired => Cause::BfdExpired,
            bfd::Cause::Signaled(_)
            | bfd::Cause::RemoteAdminDown
            | bfd::Cause::LocalAdminDown
            | bfd::Cause::LocalAdminUp => Cause::BfdSignaled,
        };
        self.record(FailoverInit {
            path: path.0,
            cause,
            worker: Some(worker as u16),
            last_heard_ns: event.last_heard.map_or(0, |at| at.0),
            detected_ns: event.at.0,
            flipped_ns,
        })
    }

    /// Opens a record and makes it the path's latest.
    pub fn record(&self, init: FailoverInit) -> stats::FailoverId {
        let path = usize::from(init.path);
        let id = self.stats.open_failover(&init);
        self.failovers[path].store(id.0, Ordering::Release);
        id
    }

    /// A worker's first packet on the backup has left.
    pub fn first_on_backup(&self, failover: u32, worker: usize, now_ns: u64) {
        self.stats.failover(stats::FailoverId(failover)).set_first_backup(worker, now_ns);
    }
}
