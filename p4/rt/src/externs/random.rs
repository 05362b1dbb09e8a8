//! Pseudo-random numbers: SplitMix64, seeded by the device.

use num_bigint::BigUint;
use num_traits::One;

#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Uniform in `lo ..= hi`; `lo` where `hi < lo`.
    pub fn between(&mut self, lo: u64, hi: u64) -> u64 {
        let Some(range) = hi.checked_sub(lo) else { return lo };
        let Some(many) = range.checked_add(1) else { return self.word() };
        // What lies above the largest multiple of `many` would favour small values.
        let fair = u64::MAX - (u64::MAX % many + 1) % many;
        loop {
            let word = self.word();
            if word <= fair {
                return lo + word % many;
            }
        }
    }

    pub fn between_big(&mut self, lo: &BigUint, hi: &BigUint) -> BigUint {
        if hi < lo {
            return lo.clone();
        }
        let many = hi - lo + 1u8;
        let bits = many.bits();
        loop {
            let digits = (0..bits.div_ceil(32)).map(|_| self.word() as u32).collect();
            let value = BigUint::new(digits) % (BigUint::one() << bits);
            if value < many {
                return lo + value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_range_comes_about_as_often_and_no_other() {
        let mut random = Random::new(7);
        let mut seen = [0u32; 6];
        (0..6000).for_each(|_| seen[random.between(10, 15) as usize - 10] += 1);
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
    }

    #[test]
    fn an_empty_range_gives_its_lower_end() {
        let mut random = Random::new(7);
        assert_eq!(random.between(9, 3), 9);
        assert_eq!(random.between_big(&9u8.into(), &3u8.into()), 9u8.into());
    }

    #[test]
    fn the_ends_of_the_widest_ranges_do_not_overflow() {
        let mut random = Random::new(7);
        let big = BigUint::one() << 100u32;
        for _ in 0..100 {
            random.between(0, u64::MAX);
            assert!(random.between(u64::MAX - 1, u64::MAX) >= u64::MAX - 1);
            let value = random.between_big(&BigUint::one(), &big);
            assert!(value >= BigUint::one() && value <= big);
        }
    }
}
