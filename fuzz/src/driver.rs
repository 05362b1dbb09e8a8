//! A seeded mutational fuzzer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Inputs grow no longer than this, or half as long again as the longest of the corpus: more than any header chain of ours.
const MAX_LEN: usize = 512;
/// Values at which parsers tend to err.
const EDGES: [u32; 12] = [0, 1, 2, 4, 5, 20, 24, 40, 0x7f, 0xff, 0xffff, u32::MAX];

/// Marsaglia's xorshift64, so that a seed repeats a run on any machine.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as usize % bound.max(1)
    }
}

/// An input that made the target panic; the panic's own message has gone to stderr.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) input: Vec<u8>,
    pub(crate) iteration: u64,
}

/// Runs all of `corpus`, then mutations of it until the time is over or, if given, `iterations` are done. Returns
/// the number of inputs run.
pub(crate) fn fuzz(
    target: fn(&[u8]),
    corpus: &[Vec<u8>],
    seed: u64,
    time: Duration,
    iterations: Option<u64>,
) -> Result<u64, Finding> {
    let start = Instant::now();
    let mut random = Random::new(seed);
    let longest = corpus.iter().map(Vec::len).max().unwrap_or(0);
    let max_len = MAX_LEN.max(longest + longest / 2);
    let mut run = 0u64;
    for input in corpus {
        try_one(target, input, run)?;
        run += 1;
    }
    // The clock is looked at now and then: reading it costs as much as parsing a packet.
    while iterations.is_none_or(|n| run < n) && (!run.is_multiple_of(256) || start.elapsed() < time) {
        let mut input = corpus.get(random.below(corpus.len())).cloned().unwrap_or_default();
        for _ in 0..=random.below(4) {
            mutate(&mut input, corpus, &mut random);
        }
        input.truncate(max_len);
        try_one(target, &input, run)?;
        run += 1;
    }
    Ok(run)
}

fn try_one(target: fn(&[u8]), input: &[u8], iteration: u64) -> Result<(), Finding> {
    catch_unwind(AssertUnwindSafe(|| target(input))).map_err(|_| Finding { input: input.to_vec(), iteration })
}

fn mutate(input: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len());
    match random.below(7) {
        0 if !input.is_empty() => input[at] ^= 1 << random.below(8),
        1 if !input.is_empty() => input[at] = random.below(256) as u8,
        2 => {
            let value = EDGES[random.below(EDGES.len())].to_be_bytes();
            let width = [1, 2, 4][random.below(3)];
            let end = input.len().min(at + width);
            let field = &mut input[at..end];
            field.copy_from_slice(&value[4 - field.len()..]);
        }
        3 => input.truncate(at),
        4 => {
            let end = input.len().min(at + random.below(16));
            input.drain(at..end);
        }
        5 => {
            let other = corpus.get(random.below(corpus.len())).map_or(&[][..], |v| v);
            let tail = &other[random.below(other.len())..];
            input.splice(at.., tail.iter().copied());
        }
        _ => {
            let more = 1 + random.below(16);
            input.splice(at..at, (0..more).map(|_| random.below(256) as u8).collect::<Vec<_>>());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_defect_is_found_and_its_seed_repeats_it() {
        fn defective(input: &[u8]) {
            assert!(!(input.len() > 3 && input[0] == b'x' && input[2] == 0xff), "planted");
        }
        let corpus = [b"xyzw".to_vec()];
        let hour = Duration::from_secs(3600);
        let finding = fuzz(defective, &corpus, 1, hour, None).unwrap_err();
        assert_eq!((finding.input[0], finding.input[2]), (b'x', 0xff));
        assert_eq!(fuzz(defective, &corpus, 1, hour, None), Err(finding));
    }

    #[test]
    fn an_empty_corpus_is_a_beginning_too() {
        assert_eq!(fuzz(|_| (), &[], 1, Duration::from_secs(3600), Some(5000)), Ok(5000));
    }
}
