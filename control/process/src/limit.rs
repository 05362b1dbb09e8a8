//! Lines of the log, so many a time for each subject.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// What a subject may say in one [`WINDOW`].
const LINES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(10);

/// Subjects remembered; a flood of new ones forgets the old.
const SUBJECTS: usize = 4096;

#[derive(Debug)]
struct Window {
    since: Instant,
    lines: u32,
}

/// Counts lines by subject.
#[derive(Debug)]
pub struct Limiter<K> {
    windows: HashMap<K, Window>,
}

impl<K> Default for Limiter<K> {
    fn default() -> Self {
        Limiter { windows: HashMap::new() }
    }
}

impl<K: Hash + Eq> Limiter<K> {
    /// Whether `subject` may say a line now, and how many it could not say before.
    pub fn admit(&mut self, subject: K, now: Instant) -> Option<u32> {
        if self.windows.len() >= SUBJECTS && !self.windows.contains_key(&subject) {
            self.windows.clear();
        }
        let window = self.windows.entry(subject).or_insert(Window { since: now, lines: 0 });
        let mut suppressed = 0;
        if now.duration_since(window.since) >= WINDOW {
            suppressed = window.lines.saturating_sub(LINES);
            *window = Window { since: now, lines: 0 };
        }
        window.lines += 1;
        (window.lines <= LINES).then_some(suppressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_that_says_too_much_is_silent_until_its_window_ends_and_others_are_not() {
        let mut limiter = Limiter::default();
        let start = Instant::now();
        let admitted = (0..100).filter(|_| limiter.admit("isp1", start).is_some()).count();
        assert_eq!(admitted, LINES as usize);
        assert_eq!(limiter.admit("isp2", start), Some(0));
        assert_eq!(limiter.admit("isp1", start + WINDOW), Some(90));
        assert_eq!(limiter.admit("isp1", start + WINDOW), Some(0));
    }
}
