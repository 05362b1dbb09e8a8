//! The time-stamp counter, and what it is in nanoseconds.
//!
//! Needs an invariant TSC (`constant_tsc`, `nonstop_tsc` in /proc/cpuinfo), as every x86-64 server has had for years.

use std::time::Duration;

/// The time-stamp counter. Costs about 10 ns in a virtual machine, 25 cycles elsewhere; not ordered with the
/// instructions around it.
#[inline(always)]
pub fn rdtsc() -> u64 {
    // SAFETY: rdtsc is part of x86-64 and touches no memory.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// Nanoseconds of CLOCK_MONOTONIC.
pub fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on every Linux, and `now` is writable.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Bits after the point of the two factors. With a TSC of 1 to 8 GHz their rounding is below 1 in 2^29, 2 parts in
/// a billion.
const SHIFT: u32 = 32;

/// How often a clock is read to find one reading that nothing disturbed.
const TRIES: usize = 64;

/// One moment on both clocks.
#[derive(Debug, Clone, Copy)]
struct Reading {
    tsc: u64,
    ns: u64,
    /// TSC cycles between the two stamps around the clock's reading: the uncertainty of the pair.
    width: u64,
}

impl Reading {
    /// The tightest of several readings of the clock between two of the TSC. One that was interrupted is wide.
    fn take() -> Self {
        let tries = (0..TRIES).map(|_| {
            let before = rdtsc();
            let ns = monotonic_ns();
            let after = rdtsc();
            let width = after.wrapping_sub(before);
            Self { tsc: before.wrapping_add(width / 2), ns, width }
        });
        tries.min_by_key(|reading| reading.width).unwrap_or(Self {
            tsc: rdtsc(),
            ns: monotonic_ns(),
            width: u64::MAX,
        })
    }
}

/// The line that takes a TSC stamp to CLOCK_MONOTONIC and back, by multiplication and shift.
///
/// `rte_get_tsc_hz` is rounded (0.15% off where this was written, 1.5 us in a millisecond); this is good to a few
/// parts in a million. The kernel steers CLOCK_MONOTONIC (NTP), so an old calibration drifts by as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibration {
    base_tsc: u64,
    base_ns: u64,
    /// Nanoseconds per cycle, times 2^32.
    ns_per_cycle: u64,
    /// Cycles per nanosecond, times 2^32.
    cycles_per_ns: u64,
}

impl Calibration {
    /// Measures over `span`, sleeping; 50 ms give about 1 part in a million. Being descheduled meanwhile does no harm.
    pub fn measure(span: Duration) -> Self {
        let first = Reading::take();
        std::thread::sleep(span.max(Duration::from_millis(1)));
        Self::between(first, Reading::take())
    }

    fn between(first: Reading, last: Reading) -> Self {
        let cycles = u128::from((last.tsc - first.tsc).max(1));
        let ns = u128::from((last.ns - first.ns).max(1));
        Self {
            base_tsc: last.tsc,
            base_ns: last.ns,
            ns_per_cycle: ((ns << SHIFT) / cycles) as u64,
            cycles_per_ns: ((cycles << SHIFT) / ns) as u64,
        }
    }

    /// CLOCK_MONOTONIC, in nanoseconds, at the moment of the stamp `tsc`, which may be before the calibration.
    #[inline]
    pub fn to_ns(&self, tsc: u64) -> u64 {
        let since = tsc.wrapping_sub(self.base_tsc) as i64;
        let ns = (i128::from(since) * i128::from(self.ns_per_cycle)) >> SHIFT;
        self.base_ns.wrapping_add_signed(ns as i64)
    }

    /// The stamp at `ns` of CLOCK_MONOTONIC: the inverse of [`to_ns`](Self::to_ns).
    #[inline]
    pub fn from_ns(&self, ns: u64) -> u64 {
        let since = ns.wrapping_sub(self.base_ns) as i64;
        let cycles = (i128::from(since) * i128::from(self.cycles_per_ns)) >> SHIFT;
        self.base_tsc.wrapping_add_signed(cycles as i64)
    }

    /// The cycles in `ns` nanoseconds.
    #[inline]
    pub fn ns_to_cycles(&self, ns: u64) -> u64 {
        ((u128::from(ns) * u128::from(self.cycles_per_ns)) >> SHIFT) as u64
    }

    /// Cycles per second.
    pub fn hz(&self) -> u64 {
        self.ns_to_cycles(1_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_ghz(ghz_times_1000: u64) -> Calibration {
        let first = Reading { tsc: 5_000, ns: 1_000, width: 50 };
        let second =
            Reading { tsc: 5_000 + ghz_times_1000 * 1_000_000, ns: 1_000 + 1_000_000_000, width: 50 };
        Calibration::between(first, second)
    }

    #[test]
    fn a_stamp_goes_to_nanoseconds_and_back() {
        let clock = at_ghz(2_596);
        // The factor and the product are each rounded down.
        assert!(clock.hz().abs_diff(2_596_000_000) <= 1);
        for offset_ns in [0u64, 1_000, 1_000_000, 1_000_000_000, 3_600_000_000_000] {
            let ns = clock.base_ns + offset_ns;
            let back = clock.to_ns(clock.from_ns(ns));
            // Two roundings of 2^-31 relative, and one cycle.
            assert!(back.abs_diff(ns) <= 2 + offset_ns / 500_000_000, "{offset_ns}: {back} for {ns}");
        }
    }

    #[test]
    fn a_stamp_before_the_calibration_is_in_the_past() {
        let clock = at_ghz(3_000);
        let ns = clock.to_ns(clock.base_tsc - 3_000_000);
        assert!(clock.base_ns.abs_diff(ns + 1_000_000) <= 1, "{ns}");
        assert!(clock.from_ns(ns).abs_diff(clock.base_tsc - 3_000_000) <= 6);
    }

    #[test]
    fn years_of_uptime_do_not_overflow() {
        let clock = at_ghz(2_596);
        let year_ns = 365 * 86_400 * 1_000_000_000u64;
        let stamp = clock.from_ns(clock.base_ns + 20 * year_ns);
        let error = clock.to_ns(stamp).abs_diff(clock.base_ns + 20 * year_ns);
        assert!(error < 20 * year_ns / 500_000_000, "{error}");
    }

    #[test]
    fn two_calibrations_agree_within_20_parts_per_million() {
        let one = Calibration::measure(Duration::from_millis(60));
        let two = Calibration::measure(Duration::from_millis(60));
        let apart = one.hz().abs_diff(two.hz()) * 1_000_000 / one.hz();
        assert!(apart < 20, "{apart} ppm: {} and {} Hz", one.hz(), two.hz());
    }

    #[test]
    fn the_calibrated_clock_follows_the_monotonic_one() {
        let clock = Calibration::measure(Duration::from_millis(60));
        std::thread::sleep(Duration::from_millis(100));
        let now = Reading::take();
        let error = clock.to_ns(now.tsc).abs_diff(now.ns);
        // 20 parts in a million of 100 ms, which is far above the width of a reading.
        assert!(error < 2_000, "{error} ns");
    }
}
