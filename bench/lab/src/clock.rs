//! One time line for senders, receivers, events and the picture: nanoseconds since the lab started.

use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep};

/// Nanoseconds since the lab's start, from `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: i64,
    /// What the kernel's packet stamps (`CLOCK_REALTIME`) are ahead of the monotonic clock.
    real_ahead: i64,
}

fn read(id: ClockId) -> i64 {
    // Both clocks exist on every Linux; the call has no other error.
    clock_gettime(id).map_or_else(|error| unreachable!("clock_gettime: {error}"), nanoseconds)
}

fn nanoseconds(time: TimeSpec) -> i64 {
    time.tv_sec() * 1_000_000_000 + time.tv_nsec()
}

impl Clock {
    pub fn start() -> Clock {
        // The closest of several pairs of readings: an interruption between the two would shift every arrival.
        let pair = || {
            let before = read(ClockId::CLOCK_MONOTONIC);
            let real = read(ClockId::CLOCK_REALTIME);
            let after = read(ClockId::CLOCK_MONOTONIC);
            (after - before, real - i64::midpoint(before, after))
        };
        let best = (0..16).map(|_| pair()).min().unwrap_or_else(pair);
        Clock { start: read(ClockId::CLOCK_MONOTONIC), real_ahead: best.1 }
    }

    pub fn now(self) -> u64 {
        u64::try_from(read(ClockId::CLOCK_MONOTONIC) - self.start).unwrap_or(0)
    }

    /// The same moment as a stamp that the kernel put on a packet.
    pub fn of_packet(self, stamp: TimeSpec) -> u64 {
        u64::try_from(nanoseconds(stamp) - self.real_ahead - self.start).unwrap_or(0)
    }

    /// Sleeps until `at`; returns at once when that has passed.
    pub fn sleep_until(self, at: u64) {
        let at = self.start + at.cast_signed();
        let request = TimeSpec::new(at / 1_000_000_000, at % 1_000_000_000);
        // A signal may end it early; every caller looks at the clock again.
        let _ = clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::TIMER_ABSTIME, &request);
    }
}

pub const MS: u64 = 1_000_000;

/// `1234567` as `1.235 s`: time since the start for people.
pub fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}
