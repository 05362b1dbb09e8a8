use core::time::Duration;

use crate::time::nanos;

/// Spreads transmissions (RFC 5880 6.8.7). Marsaglia's xorshift64: no secret depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero is the one state that xorshift never leaves.
        Self(if seed == 0 { 0x9e37_79b9_7f4a_7c15 } else { seed })
    }

    pub(crate) fn next_u32(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }

    /// 75 to 100% of the interval, 75 to 90% when the peer's detection hangs on a single packet; less `late`, by
    /// which the timer that is armed with it may be late.
    pub(crate) fn apply(&mut self, interval: Duration, multiplier: u8, late: u64) -> Duration {
        let interval = nanos(interval);
        let least = interval - interval / 4;
        let most = if multiplier == 1 { interval - interval / 10 } else { interval };
        let most = most.saturating_sub(late).max(least);
        let random = u128::from(self.next_u32());
        Duration::from_nanos(least + ((u128::from(most - least) * random) >> 32) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(multiplier: u8) -> (Duration, Duration) {
        let mut jitter = Jitter::new(7);
        let interval = Duration::from_millis(10);
        let all: Vec<_> = (0..10_000).map(|_| jitter.apply(interval, multiplier, 0)).collect();
        (*all.iter().min().unwrap(), *all.iter().max().unwrap())
    }

    #[test]
    fn intervals_lie_between_three_quarters_and_all_of_it_and_use_that_range() {
        let (least, most) = range(3);
        assert!(least >= Duration::from_micros(7500) && most <= Duration::from_micros(10_000));
        assert!(least < Duration::from_micros(7510) && most > Duration::from_micros(9990));
    }

    #[test]
    fn a_multiplier_of_one_leaves_a_tenth_of_room() {
        let (least, most) = range(1);
        assert!(least >= Duration::from_micros(7500) && most <= Duration::from_micros(9000));
        assert!(least < Duration::from_micros(7510) && most > Duration::from_micros(8990));
    }

    #[test]
    fn room_is_left_for_a_late_timer_but_not_below_three_quarters() {
        let mut jitter = Jitter::new(7);
        for _ in 0..1000 {
            let short = jitter.apply(Duration::from_micros(100), 3, 8192);
            assert!((75_000..=91_808).contains(&nanos(short)), "{short:?}");
        }
        assert_eq!(jitter.apply(Duration::from_micros(10), 3, 8192), Duration::from_nanos(7500));
    }

    #[test]
    fn the_longest_interval_does_not_overflow() {
        let longest = Duration::from_micros(u64::from(u32::MAX));
        assert!(Jitter::new(0).apply(longest, 3, 0) <= longest);
    }
}
