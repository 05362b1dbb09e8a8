//! A histogram that costs one increment: eight buckets per power of two, so that a value is known to 12.5%.

use hdrhistogram::Histogram;

const SUB_BITS: u32 = 3;
const SUB: u64 = 1 << SUB_BITS;
/// Up to 2^40 ns, eighteen minutes.
const MAX_BITS: u32 = 40;
/// Buckets of a histogram.
pub const BUCKETS: usize = ((MAX_BITS - SUB_BITS + 1) as usize) << SUB_BITS;

/// No worker turns so often; what a damaged file says beyond it would overflow the sums of `hdrhistogram`.
const MOST: u64 = u64::MAX / (BUCKETS as u64 + 1);

/// The bucket of a value: no division, no branch but the bound.
#[inline(always)]
pub(crate) fn bucket(value: u64) -> usize {
    let value = value.min((1 << MAX_BITS) - 1) | 1;
    let exponent = 63 - value.leading_zeros();
    if exponent < SUB_BITS {
        return value as usize;
    }
    let shift = exponent - SUB_BITS;
    (((shift as usize) + 1) << SUB_BITS) + ((value >> shift) - SUB) as usize
}

/// The largest value of a bucket.
pub(crate) fn highest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < SUB {
        return bucket;
    }
    let shift = (bucket >> SUB_BITS) - 1;
    (((bucket & (SUB - 1)) + SUB + 1) << shift) - 1
}

/// Buckets as a histogram with quantiles.
pub(crate) fn histogram(counts: &[u64]) -> Histogram<u64> {
    let mut histogram = match Histogram::new_with_bounds(1, 1 << MAX_BITS, 2) {
        Ok(histogram) => histogram,
        Err(error) => unreachable!("the bounds are constants: {error}"),
    };
    for (bucket, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        histogram.saturating_record_n(highest(bucket).max(1), (*count).min(MOST));
    }
    histogram
}

/// What an operator wants to know of a worker's stalls. Nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StallSummary {
    pub turns: u64,
    pub p50_ns: u64,
    pub p99_ns: u64,
    pub p999_ns: u64,
    pub max_ns: u64,
    pub over_20us: u64,
    pub over_100us: u64,
    pub over_1ms: u64,
}

impl StallSummary {
    /// From buckets and the exact maximum.
    pub fn new(counts: &[u64], max_ns: u64) -> StallSummary {
        let histogram = histogram(counts);
        let over =
            |limit: u64| counts.iter().skip(bucket(limit) + 1).fold(0u64, |sum, n| sum.saturating_add(*n));
        StallSummary {
            turns: histogram.len(),
            p50_ns: histogram.value_at_quantile(0.5).min(max_ns),
            p99_ns: histogram.value_at_quantile(0.99).min(max_ns),
            p999_ns: histogram.value_at_quantile(0.999).min(max_ns),
            max_ns,
            over_20us: over(20_000),
            over_100us: over(100_000),
            over_1ms: over(1_000_000),
        }
    }

    /// Of what came between two readings of the same buckets; the maximum is that of its bucket.
    pub fn between(before: &[u64], after: &[u64]) -> StallSummary {
        let grown =
            |(bucket, now): (usize, &u64)| now.saturating_sub(before.get(bucket).copied().unwrap_or(0));
        let counts: Vec<u64> = after.iter().enumerate().map(grown).collect();
        let max_ns = counts.iter().rposition(|count| *count > 0).map_or(0, highest);
        StallSummary::new(&counts, max_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_lies_in_its_bucket_and_above_the_one_before(value in 0u64..1 << MAX_BITS) {
            let bucket = bucket(value);
            prop_assert!(bucket < BUCKETS);
            prop_assert!(value <= highest(bucket));
            prop_assert!(bucket <= 1 || value > highest(bucket - 1));
        }

        #[test]
        fn quantiles_agree_with_a_histogram_of_the_values_themselves(
            values in prop::collection::vec(1u64..10_000_000, 1..500),
        ) {
            let mut exact = Histogram::<u64>::new_with_bounds(1, 1 << MAX_BITS, 3).unwrap();
            let mut counts = vec![0u64; BUCKETS];
            for value in &values {
                exact.record(*value).unwrap();
                counts[bucket(*value)] += 1;
            }
            let max = *values.iter().max().unwrap();
            let summary = StallSummary::new(&counts, max);
            for (quantile, ours) in [(0.5, summary.p50_ns), (0.99, summary.p99_ns)] {
                let theirs = exact.value_at_quantile(quantile);
                prop_assert!(ours as f64 >= theirs as f64 * 0.98 && ours as f64 <= theirs as f64 * 1.15 + 1.0);
            }
            let over = values.iter().filter(|v| **v > highest(bucket(20_000))).count() as u64;
            prop_assert_eq!(summary.over_20us, over);
        }
    }

    #[test]
    fn between_two_readings_only_what_came_in_between_counts() {
        let mut before = vec![0; BUCKETS];
        before[bucket(5_000_000)] = 3;
        let mut after = before.clone();
        after[bucket(30_000)] += 2;
        let summary = StallSummary::between(&before, &after);
        assert_eq!((summary.turns, summary.over_20us, summary.over_1ms), (2, 2, 0));
        assert!((30_000..34_000).contains(&summary.max_ns), "{}", summary.max_ns);
        assert_eq!(StallSummary::between(&after, &after), StallSummary::default());
    }

    #[test]
    fn what_is_beyond_the_last_bucket_is_counted_in_it() {
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert_eq!(bucket(0), 1);
    }
}
