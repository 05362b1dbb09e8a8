//! The sign of life, which says as well where three clocks stood together.

use crate::Counter;
use crate::slots::Sequence;
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
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the structure that it is given, and nothing else.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    assert_eq!(result, 0, "a kernel without a monotonic clock");
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heartbeat() -> Heartbeat {
        let [stamp_ns, monotonic_ns, wall_ns] = std::array::from_fn(|_| Counter::default());
        Heartbeat { sequence: Sequence::default(), stamp_ns, monotonic_ns, wall_ns }
    }

    #[test]
    fn the_age_counts_from_the_last_sign_whatever_the_wall_clock_says() {
        let heartbeat = heartbeat();
        heartbeat.beat(100);
        let now = heartbeat.read();
        assert_eq!(now.stamp_ns, 100);
        let hour = Duration::from_secs(3600);
        assert!(now.age() < hour);
        let before = now.monotonic_ns.saturating_sub(5_000_000_000);
        heartbeat.write(&Clocks { stamp_ns: 7, monotonic_ns: before, wall_ns: u64::MAX });
        let age = heartbeat.read().age().as_nanos() as u64;
        assert!(age >= now.monotonic_ns - before && age < hour.as_nanos() as u64, "{age}");
    }
}
