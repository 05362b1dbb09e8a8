//! A token bucket that costs one multiplication-free comparison: credit is kept in nanoseconds.

/// Lets `rate` packets a second pass, and a burst of as many as fit in its depth.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    /// Nanoseconds of credit that one packet costs.
    cost_ns: u64,
    /// Most credit that can be saved up.
    depth_ns: u64,
    credit_ns: u64,
    last_ns: u64,
}

impl Bucket {
    /// `rate` in packets a second, 0 for none at all; `burst` in packets, at least one.
    pub fn new(rate: u32, burst: u32) -> Bucket {
        let cost_ns = 1_000_000_000u64.checked_div(u64::from(rate)).unwrap_or(u64::MAX / 2);
        let depth_ns = cost_ns.saturating_mul(u64::from(burst.max(1)));
        let credit_ns = if rate == 0 { 0 } else { depth_ns };
        Bucket { cost_ns, depth_ns, credit_ns, last_ns: 0 }
    }

    /// Whether one packet may pass at `now_ns`.
    #[inline]
    pub fn take(&mut self, now_ns: u64) -> bool {
        let earned = now_ns.saturating_sub(self.last_ns);
        self.last_ns = self.last_ns.max(now_ns);
        self.credit_ns = self.credit_ns.saturating_add(earned).min(self.depth_ns);
        if self.credit_ns < self.cost_ns {
            return false;
        }
        self.credit_ns -= self.cost_ns;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_gets_the_burst_and_then_the_rate() {
        let mut bucket = Bucket::new(1000, 50);
        let second = 1_000_000_000;
        let passed = (0..100_000).filter(|n| bucket.take(second + n * 20_000)).count();
        assert_eq!(passed, 50 + 1999);
    }

    #[test]
    fn a_rate_of_zero_lets_nothing_pass_and_a_clock_that_steps_back_gives_nothing_away() {
        let mut none = Bucket::new(0, 10);
        assert!((0..100).all(|n| !none.take(n * 10_000_000_000)));
        let mut one = Bucket::new(1, 1);
        assert!(one.take(5_000_000_000));
        assert!(!one.take(1_000_000_000));
        assert!(!one.take(5_500_000_000));
        assert!(one.take(6_000_000_000));
    }
}
