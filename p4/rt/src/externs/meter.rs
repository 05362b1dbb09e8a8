//! Two-rate three-colour meters (RFC 2698), colour-blind.

use crate::control::MeterRates;
use crate::table::segmented::Cells;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// V1MODEL_METER_COLOR_*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    Green = 0,
    Yellow = 1,
    Red = 2,
}

/// Tokens per packet or byte: a rate of thousandths per second times nanoseconds is a whole number of these, so that no
/// arrival pattern gains or loses by rounding.
const UNIT: u128 = 1_000_000_000_000;

#[derive(Debug, Clone, Copy, Default)]
struct State {
    rates: MeterRates,
    committed: u128,
    peak: u128,
    /// Nanoseconds.
    updated: u64,
}

impl State {
    fn full(rates: MeterRates, now: u64) -> State {
        State {
            rates,
            committed: u128::from(rates.cbs) * UNIT,
            peak: u128::from(rates.pbs) * UNIT,
            updated: now,
        }
    }

    fn refill(&mut self, now: u64) {
        let passed = u128::from(now.saturating_sub(self.updated));
        let fill = |tokens: u128, rate: u64, burst: u64| {
            tokens.saturating_add(u128::from(rate) * passed).min(u128::from(burst) * UNIT)
        };
        self.committed = fill(self.committed, self.rates.cir, self.rates.cbs);
        self.peak = fill(self.peak, self.rates.pir, self.rates.pbs);
        self.updated = self.updated.max(now);
    }

    /// RFC 2698 section 3.
    fn execute(&mut self, size: u64, now: u64) -> Colour {
        self.refill(now);
        let size = u128::from(size) * UNIT;
        let Some(peak) = self.peak.checked_sub(size) else { return Colour::Red };
        self.peak = peak;
        let Some(committed) = self.committed.checked_sub(size) else { return Colour::Yellow };
        self.committed = committed;
        Colour::Green
    }
}

/// One meter; green while it has no rates. It fills two lines of the cache.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct MeterCell {
    active: AtomicBool,
    state: Mutex<State>,
    /// In the second line.
    end: u8,
}

const _: () = assert!(size_of::<MeterCell>() == 128 && std::mem::offset_of!(MeterCell, end) >= 64);

impl MeterCell {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; whole states are written.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Buckets are full afterwards.
    pub fn set(&self, rates: Option<MeterRates>, now: u64) {
        let mut state = self.state();
        *state = State::full(rates.unwrap_or_default(), now);
        self.active.store(rates.is_some(), Ordering::Release);
    }

    pub fn rates(&self) -> Option<MeterRates> {
        let state = self.state();
        self.active.load(Ordering::Acquire).then_some(state.rates)
    }

    /// As it stands, by itself.
    pub fn copy(&self) -> MeterCell {
        let state = self.state();
        let active = AtomicBool::new(self.active.load(Ordering::Acquire));
        MeterCell { active, state: Mutex::new(*state), end: 0 }
    }

    /// Brings it into the cache.
    #[inline]
    pub fn touch(&self) {
        fib::prefetch(self);
        fib::prefetch(&self.end);
    }

    /// `size` in packets or bytes.
    pub fn execute(&self, size: u64, now: u64) -> Colour {
        if !self.active.load(Ordering::Acquire) {
            return Colour::Green;
        }
        self.state().execute(size, now)
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
