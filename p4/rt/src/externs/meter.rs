//! Two-rate three-colour meters (RFC 2698), colour-blind.

use crate::control::MeterRates;
use crate::table::segmented::Cells;
use portable_atomic::AtomicU128;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// V1MODEL_METER_COLOR_*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    Green = 0,
    Yellow = 1,
    Red = 2,
}

/// Parts of a packet or byte: a rate of thousandths per second times nanoseconds is a whole number of these, so that no
/// arrival pattern gains or loses by rounding.
const PARTS: u128 = 1_000_000_000_000;

/// What buckets are counted in: 2^`shift` parts, one where the bursts are below 18 million packets or bytes, and otherwise as
/// few as let them fit. A packet or byte is whole units up to bursts of 75 billion. The rest of a unit is not lost: what a
/// bucket gets from one moment to another is the difference of whole units since the clock's beginning.
#[derive(Debug, Clone, Copy)]
struct Unit {
    shift: u32,
}

impl Unit {
    fn of(rates: MeterRates) -> Unit {
        let bits = u128::BITS - (u128::from(rates.cbs.max(rates.pbs)) * PARTS).leading_zeros();
        Unit { shift: bits.saturating_sub(u64::BITS) }
    }

    fn tokens(self, packets_or_bytes: u64) -> u128 {
        (u128::from(packets_or_bytes) * PARTS) >> self.shift
    }

    /// What came by a time, at a rate.
    fn by(self, time: u64, rate: u64) -> u128 {
        (u128::from(rate) * u128::from(time)) >> self.shift
    }
}

#[derive(Debug, Clone, Copy)]
struct Buckets {
    committed: u64,
    peak: u64,
}

impl Buckets {
    fn full(rates: MeterRates) -> Buckets {
        let unit = Unit::of(rates);
        let full = |burst| unit.tokens(burst) as u64;
        Buckets { committed: full(rates.cbs), peak: full(rates.pbs) }
    }

    fn of_word(word: u128) -> Buckets {
        Buckets { committed: word as u64, peak: (word >> 64) as u64 }
    }

    fn word(self) -> u128 {
        u128::from(self.peak) << 64 | u128::from(self.committed)
    }

    /// For the time from one moment to a later one.
    fn fill(&mut self, rates: MeterRates, unit: Unit, (from, to): (u64, u64)) {
        let fill = |level: u64, rate: u64, burst: u64| {
            let more = unit.by(to, rate) - unit.by(from, rate);
            more.saturating_add(u128::from(level)).min(unit.tokens(burst)) as u64
        };
        self.committed = fill(self.committed, rates.cir, rates.cbs);
        self.peak = fill(self.peak, rates.pir, rates.pbs);
    }

    /// RFC 2698 section 3.
    fn take(&mut self, tokens: u128) -> Colour {
        let left = |level: u64| u128::from(level).checked_sub(tokens).map(|left| left as u64);
        let Some(peak) = left(self.peak) else { return Colour::Red };
        self.peak = peak;
        let Some(committed) = left(self.committed) else { return Colour::Yellow };
        self.committed = committed;
        Colour::Green
    }
}

/// One meter; green while it has no rates. It fills a line of the cache.
///
/// No worker waits for another: both buckets are one word, which a packet changes at once, and the time since the buckets were
/// filled is taken by the first worker that asks for it and filled in by nobody else. A packet that another worker meters
/// between these two finds the buckets as they were before. One that is metered while rates are set may be held to
/// some of the old ones; the buckets are full afterwards all the same.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub struct MeterCell {
    /// See [`Buckets::word`].
    buckets: AtomicU128,
    /// The time that the buckets were filled for, in nanoseconds.
    filled: AtomicU64,
    cir: AtomicU64,
    cbs: AtomicU64,
    pir: AtomicU64,
    pbs: AtomicU64,
    active: AtomicBool,
}

const _: () = assert!(size_of::<MeterCell>() == 64 && AtomicU128::is_always_lock_free());

impl MeterCell {
    fn new(active: bool, rates: MeterRates, buckets: Buckets, filled: u64) -> MeterCell {
        MeterCell {
            buckets: buckets.word().into(),
            filled: filled.into(),
            cir: rates.cir.into(),
            cbs: rates.cbs.into(),
            pir: rates.pir.into(),
            pbs: rates.pbs.into(),
            active: active.into(),
        }
    }

    /// Buckets are full afterwards. By one at a time.
    pub fn set(&self, rates: Option<MeterRates>, now: u64) {
        let Some(rates) = rates else { return self.active.store(false, Ordering::Release) };
        self.cir.store(rates.cir, Ordering::Relaxed);
        self.cbs.store(rates.cbs, Ordering::Relaxed);
        self.pir.store(rates.pir, Ordering::Relaxed);
        self.pbs.store(rates.pbs, Ordering::Relaxed);
        self.filled.fetch_max(now, Ordering::Relaxed);
        // Last: who finds these buckets finds these rates.
        self.buckets.store(Buckets::full(rates).word(), Ordering::Release);
        self.active.store(true, Ordering::Release);
    }

    fn stored(&self) -> MeterRates {
        MeterRates {
            cir: self.cir.load(Ordering::Relaxed),
            cbs: self.cbs.load(Ordering::Relaxed),
            pir: self.pir.load(Ordering::Relaxed),
            pbs: self.pbs.load(Ordering::Relaxed),
        }
    }

    pub fn rates(&self) -> Option<MeterRates> {
        self.active.load(Ordering::Acquire).then(|| self.stored())
    }

    /// As it stands, by itself.
    pub fn copy(&self) -> MeterCell {
        let active = self.active.load(Ordering::Acquire);
        let buckets = Buckets::of_word(self.buckets.load(Ordering::Acquire));
        MeterCell::new(active, self.stored(), buckets, self.filled.load(Ordering::Relaxed))
    }

    /// Brings it into the cache.
    #[inline]
    pub fn touch(&self) {
        fib::prefetch(self);
    }

    /// `size` in packets or bytes.
    pub fn execute(&self, size: u64, now: u64) -> Colour {
        if !self.active.load(Ordering::Acquire) {
            return Colour::Green;
        }
        let filled = self.filled.load(Ordering::Relaxed);
        // Most packets of a vector find that an earlier one took the time.
        let from = if now > filled { self.filled.fetch_max(now, Ordering::Relaxed) } else { filled };
        let mut word = self.buckets.load(Ordering::Acquire);
        // Who does not succeed here lost to one that did.
        loop {
            let rates = self.stored();
            let unit = Unit::of(rates);
            let mut buckets = Buckets::of_word(word);
            if from < now {
                buckets.fill(rates, unit, (from, now));
            }
            let colour = buckets.take(unit.tokens(size));
            let done = buckets.word();
            if done == word {
                return colour;
            }
            match self.buckets.compare_exchange_weak(word, done, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return colour,
                Err(other) => word = other,
            }
        }
    }
}

/// The `meter` extern.
#[derive(Debug)]
pub struct MeterArray {
    pub bytes: bool,
    cells: Cells<MeterCell>,
}

impl MeterArray {
    pub fn new(size: u64, bytes: bool) -> MeterArray {
        MeterArray { bytes, cells: Cells::new(size) }
    }

    pub fn size(&self) -> u64 {
        self.cells.size()
    }

    /// Where rates may have been set.
    pub fn written(&self) -> impl Iterator<Item = u64> {
        self.cells.written()
    }

    /// Green beyond the size.
    pub fn execute(&self, index: u64, bytes: u64, now: u64) -> Colour {
        let size = if self.bytes { bytes } else { 1 };
        self.cells.get(index).map_or(Colour::Green, |cell| cell.execute(size, now))
    }

    /// A copy of one cell, where it was ever set.
    pub fn copy(&self, index: u64) -> Option<MeterCell> {
        self.cells.get(index).map(MeterCell::copy)
    }

    pub fn rates(&self, index: u64) -> Option<MeterRates> {
        self.cells.get(index)?.rates()
    }

    /// False beyond the size.
    pub fn set(&self, index: u64, rates: Option<MeterRates>, now: u64) -> bool {
        let cell = if rates.is_some() { self.cells.make(index) } else { self.cells.get(index) };
        if let Some(cell) = cell {
            cell.set(rates, now);
        }
        index < self.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn meter(rates: MeterRates) -> MeterCell {
        let cell = MeterCell::default();
        cell.set(Some(rates), 0);
        cell
    }

    #[test]
    fn without_rates_all_is_green() {
        let cell = MeterCell::default();
        assert!((0..100).all(|_| cell.execute(1 << 40, 0) == Colour::Green));
    }

    #[test]
    fn a_burst_is_green_up_to_cbs_then_yellow_up_to_pbs_then_red() {
        let cell = meter(MeterRates::per_second(1, 2, 10, 5));
        let colours: Vec<_> = (0..6).map(|_| cell.execute(1, 0)).collect();
        use Colour::{Green, Red, Yellow};
        assert_eq!(colours, [Green, Green, Yellow, Yellow, Yellow, Red]);
    }

    #[test]
    fn a_red_packet_takes_no_tokens_and_a_yellow_one_none_of_the_committed() {
        let cell = meter(MeterRates::per_second(1, 100, 1, 150));
        assert_eq!(cell.execute(90, 0), Colour::Green);
        assert_eq!(cell.execute(61, 0), Colour::Red);
        assert_eq!(cell.execute(20, 0), Colour::Yellow);
        assert_eq!(cell.execute(10, 0), Colour::Green);
    }

    #[test]
    fn buckets_fill_at_their_rates_and_not_beyond_their_bursts() {
        let cell = meter(MeterRates::per_second(1000, 1000, 2000, 2000));
        assert_eq!(cell.execute(1000, 0), Colour::Green);
        assert_eq!(cell.execute(1000, 0), Colour::Yellow);
        assert_eq!(cell.execute(1, 0), Colour::Red);
        // After half a second: 500 committed, 1000 peak.
        assert_eq!(cell.execute(501, SECOND / 2), Colour::Yellow);
        assert_eq!(cell.execute(499, SECOND / 2), Colour::Green);
        assert_eq!(cell.execute(1, SECOND / 2), Colour::Red);
        assert_eq!(cell.execute(1001, 100 * SECOND), Colour::Yellow);
        assert_eq!(cell.execute(1000, 100 * SECOND), Colour::Red);
    }

    #[test]
    fn a_long_run_at_twice_the_rate_is_half_green() {
        let cell = meter(MeterRates::per_second(1000, 10, 1_000_000, 1000));
        let green = (0..20_000u64).filter(|at| cell.execute(1, at * SECOND / 2000) == Colour::Green).count();
        assert!((9_990..=10_010).contains(&green), "{green}");
    }

    #[test]
    fn time_that_goes_back_gives_no_tokens() {
        let cell = meter(MeterRates::per_second(1, 1, 1, 1));
        assert_eq!(cell.execute(1, 10 * SECOND), Colour::Green);
        assert_eq!(cell.execute(1, 0), Colour::Red);
        assert_eq!(cell.execute(1, 10 * SECOND), Colour::Red);
        assert_eq!(cell.execute(1, 11 * SECOND), Colour::Green);
    }

    /// What a meter is to do: everything of it in parts, one call after the other.
    struct Slow {
        rates: MeterRates,
        committed: u128,
        peak: u128,
        updated: u64,
    }

    impl Slow {
        fn new(rates: MeterRates) -> Slow {
            let full = |burst| u128::from(burst) * PARTS;
            Slow { rates, committed: full(rates.cbs), peak: full(rates.pbs), updated: 0 }
        }

        fn execute(&mut self, size: u64, now: u64) -> Colour {
            let passed = u128::from(now.saturating_sub(self.updated));
            let fill = |tokens: u128, rate: u64, burst: u64| {
                (tokens + u128::from(rate) * passed).min(u128::from(burst) * PARTS)
            };
            self.committed = fill(self.committed, self.rates.cir, self.rates.cbs);
            self.peak = fill(self.peak, self.rates.pir, self.rates.pbs);
            self.updated = self.updated.max(now);
            let size = u128::from(size) * PARTS;
            if self.peak < size {
                return Colour::Red;
            }
            self.peak -= size;
            if self.committed < size {
                return Colour::Yellow;
            }
            self.committed -= size;
            Colour::Green
        }
    }

    /// Rates and bursts where each of the three colours is seen.
    fn rates(most: u64) -> impl Strategy<Value = MeterRates> {
        let few = 0..5_000_000_000u64;
        (few.clone(), few, 0..most, 0..most).prop_map(|(cir, pir, cbs, pbs)| MeterRates {
            cir,
            cbs,
            pir: cir.max(pir),
            pbs,
        })
    }

    fn calls(most: u64) -> impl Strategy<Value = Vec<(u64, u64)>> {
        // A call that comes late, from a worker whose vector is older, is one in four.
        proptest::collection::vec((0..most, prop_oneof![3 => 0..1_000_000i64, 1 => -1000..0i64]), 1..200)
            .prop_map(|steps| {
                let mut now = 0i64;
                let at = |step: i64| {
                    now = (now + step).max(0);
                    now as u64
                };
                let times: Vec<u64> = steps.iter().map(|(_, step)| *step).map(at).collect();
                steps.iter().map(|(size, _)| *size).zip(times).collect()
            })
    }

    proptest! {
        #[test]
        fn every_colour_is_that_of_exact_numbers(rates in rates(10_000), calls in calls(3000)) {
            let (cell, mut slow) = (meter(rates), Slow::new(rates));
            for (size, now) in calls {
                prop_assert_eq!(cell.execute(size, now), slow.execute(size, now), "{} at {}", size, now);
            }
        }

        #[test]
        fn buckets_that_do_not_fit_in_parts_are_never_off_by_a_unit(
            cbs in 18_446_745..75_000_000_000u64,
            cir in 0..1_000_000_000_000u64,
            times in proptest::collection::vec(0..1_000_000_000_000u64, 1..20),
        ) {
            let rates = MeterRates { cir, cbs, pir: cir, pbs: cbs };
            let cell = meter(rates);
            let mut slow = Slow::new(rates);
            for now in times {
                cell.execute(cbs / 4, now);
                slow.execute(cbs / 4, now);
                let unit = 1u128 << Unit::of(rates).shift;
                let committed = u128::from(Buckets::of_word(cell.buckets.load(Ordering::Relaxed)).committed);
                prop_assert!((committed * unit).abs_diff(slow.committed) < unit);
            }
        }
    }

    #[test]
    fn workers_share_out_what_came_in_and_no_more() {
        const CALLS: u64 = 100_000;
        // Each call brings half of what it asks for.
        let rates = MeterRates::per_second(500_000_000, 1_000_000, 1_000_000_000, 1_000_000);
        let cell = meter(rates);
        // So that nothing overflows.
        assert_eq!(cell.execute(500_000, 0), Colour::Green);
        let clock = AtomicU64::new(0);
        let run = || {
            let mut taken = [0; 3];
            for _ in 0..CALLS {
                let now = clock.fetch_add(100, Ordering::Relaxed) + 100;
                taken[cell.execute(100, now) as usize] += 100;
            }
            taken
        };
        let all: Vec<[u64; 3]> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            workers.into_iter().map(|worker| worker.join().expect("it runs to its end")).collect()
        });
        let sum = |colour: Colour| all.iter().map(|taken| taken[colour as usize]).sum::<u64>();
        let now = clock.load(Ordering::Relaxed);
        let rest = (0..).take_while(|_| cell.execute(1, now) == Colour::Green).count() as u64;
        assert_eq!(sum(Colour::Red), 0);
        assert_eq!(sum(Colour::Green) + rest, 500_000 + now / 2);
    }

    #[test]
    fn of_a_burst_workers_take_each_token_once() {
        let cell = meter(MeterRates::per_second(0, 1000, 0, 3000));
        let run = || {
            let mut seen = [0u64; 3];
            (0..2000).for_each(|_| seen[cell.execute(1, 0) as usize] += 1);
            seen
        };
        let all: Vec<[u64; 3]> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            workers.into_iter().map(|worker| worker.join().expect("it runs to its end")).collect()
        });
        let sums = [0, 1, 2].map(|colour| all.iter().map(|seen| seen[colour]).sum::<u64>());
        assert_eq!(sums, [1000, 2000, 5000]);
    }

    #[test]
    fn an_array_meters_each_cell_alone_and_nothing_beyond() {
        let array = MeterArray::new(2, true);
        assert!(array.set(1, Some(MeterRates::per_second(1, 10, 1, 10)), 0));
        assert!(!array.set(2, Some(MeterRates::default()), 0));
        assert_eq!(array.execute(1, 11, 0), Colour::Red);
        assert_eq!(array.execute(0, 11, 0), Colour::Green);
        assert_eq!(array.execute(2, 11, 0), Colour::Green);
    }
}
