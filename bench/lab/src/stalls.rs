//! How long the machine itself stood still: beside every figure, so that a bad one can be told from a bad moment.

use crate::clock::Clock;
use crate::task::{Task, pin, realtime};
use anyhow::Result;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Above sender and bfdd: what delays this thread delays everything on its core.
const PRIORITY: u8 = 30;
/// A stall is seen as what a wake-up is late, so up to one beat of it is not.
const BEAT: u64 = 250_000;
/// Shorter ones are not remembered.
const WORTH_A_LINE: u64 = 50_000;

/// Stretches of time and the longest stall in each, in nanoseconds.
pub type Found = Arc<Mutex<Vec<(Range<u64>, u64)>>>;

/// One thread on each core that no worker owns. A worker's core is watched by its worker, which sees every gap there;
/// another thread on it would make some.
#[derive(Debug)]
pub struct Stalls {
    found: Found,
    _watchers: Vec<Task>,
}

impl Stalls {
    pub fn watch(cores: &[usize], clock: Clock) -> Result<Stalls> {
        let found = Found::default();
        let watcher = |&core: &usize| {
            let found = Arc::clone(&found);
            Task::start("stall watcher", move |stop| {
                pin(&[core])?;
                realtime(PRIORITY)?;
                nix::sys::prctl::set_timerslack(1)?;
                let mut due = clock.now();
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    due = (due + BEAT).max(clock.now());
                    clock.sleep_until(due);
                    let late = clock.now().saturating_sub(due);
                    if late > WORTH_A_LINE {
                        found.lock().unwrap_or_else(PoisonError::into_inner).push((due..due + late, late));
                    }
                }
                Ok(())
            })
        };
        Ok(Stalls { _watchers: cores.iter().map(watcher).collect::<Result<_>>()?, found })
    }

    /// The longest stall that touched this time, in nanoseconds.
    pub fn longest(&self, during: &Range<u64>) -> u64 {
        longest(&self.found.lock().unwrap_or_else(PoisonError::into_inner), during)
    }
}

/// The longest of the stalls whose stretch touches `during`.
pub fn longest(found: &[(Range<u64>, u64)], during: &Range<u64>) -> u64 {
    let touching = found.iter().filter(|(at, _)| at.start < during.end && at.end > during.start);
    touching.map(|&(_, length)| length).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_counts_where_it_touches_the_window() {
        let found = [(100..150, 50), (1000..1010, 10), (2000..2500, 500)];
        assert_eq!(longest(&found, &(0..5000)), 500);
        assert_eq!(longest(&found, &(140..1500)), 50);
        assert_eq!(longest(&found, &(150..1000)), 0);
        assert_eq!(longest(&found, &(2400..2600)), 500);
    }
}
