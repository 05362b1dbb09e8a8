//! The sign of life, which says as well where three clocks stood together.

use crate::Counter;
use crate::slots::Sequence;
use nix::time::{ClockId, clock_gettime};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Renewed by the main thread. The switch's clock was measured for a moment and drifts by parts in a million, seconds
/// in a week, and the wall clock is set by others; so readers count from the last sign, by the kernel's clock.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Heartbeat {
    sequence: Sequence,
    stamp_ns: Counter,
    monotonic_ns: Counter,
    wall_ns: Counter,
}

/// Where the clocks stood at the last sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clocks {
    /// Of the switch.
    pub(crate) stamp_ns: u64,
    /// Of the kernel, the same for every process.
    pub(crate) monotonic_ns: u64,
    /// Since 1970.
    pub(crate) wall_ns: u64,
}

impl Heartbeat {
    /// The switch's clock stands at `stamp_ns`.
    pub(crate) fn beat(&self, stamp_ns: u64) {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.write(&Clocks { stamp_ns, monotonic_ns: monotonic_ns(), wall_ns: wall.as_nanos() as u64 });
    }

    fn write(&self, clocks: &Clocks) {
        self.sequence.write(|| {
            self.stamp_ns.set(clocks.stamp_ns);
            self.monotonic_ns.set(clocks.monotonic_ns);
            self.wall_ns.set(clocks.wall_ns);
        });
    }

    pub(crate) fn read(&self) -> Clocks {
        self.sequence.read(|| Clocks {
            stamp_ns: self.stamp_ns.get(),
            monotonic_ns: self.monotonic_ns.get(),
            wall_ns: self.wall_ns.get(),
        })
    }
}

impl Clocks {
    /// Since the sign.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_nanos(monotonic_ns().saturating_sub(self.monotonic_ns))
    }
}

fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
    now.as_nanos() as u64
}
