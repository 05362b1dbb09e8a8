//! What swerve says of itself: failovers and the workers' stalls, from the stats segment.

use crate::clock::{Clock, MS};
use crate::stalls::{Found, longest};
use crate::task::Task;
use anyhow::{Context, Result};
use stats::{FailoverRow, Reader, StallSummary, WorkerRow};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

/// How often the stalls of the workers are read: a window is known to this.
const BEAT: u64 = 5 * MS;

/// The failovers of a running switch.
#[derive(Debug)]
pub struct Failovers {
    reader: Reader,
}

/// A failover that has been repaired.
#[derive(Clone, PartialEq, Debug)]
pub struct Repair {
    pub detector: &'static str,
    /// Last packet heard to verdict, where there is something to hear.
    pub detection_us: Option<f64>,
    /// Verdict to the first packet on the backup.
    pub repair_us: f64,
}

impl Failovers {
    pub fn open(path: &Path) -> Result<Failovers> {
        Ok(Failovers { reader: Reader::open(path)? })
    }

    /// The number of the last one.
    pub fn newest(&self) -> u64 {
        self.reader.failover_count()
    }

    /// The first failover of this path with a number above `known`, once a worker has sent on the backup.
    pub fn repaired(&self, path: &str, known: u64) -> Option<Repair> {
        self.reader
            .failovers()
            .iter()
            .filter(|row| u64::from(row.id) > known && row.path == path)
            .find_map(repair)
    }
}

fn repair(row: &FailoverRow) -> Option<Repair> {
    let first = row.first_backup_ns.iter().copied().filter(|&at| at > 0).min()?;
    let microseconds = |from: u64, to: u64| to.saturating_sub(from) as f64 / 1e3;
    Some(Repair {
        detector: row.cause.as_str(),
        detection_us: (row.last_heard_ns > 0).then(|| microseconds(row.last_heard_ns, row.detected_ns)),
        repair_us: microseconds(row.detected_ns, first),
    })
}

/// How long workers stood still, and when.
#[derive(Debug)]
pub struct WorkerStalls {
    found: Found,
    _watcher: Task,
}

impl WorkerStalls {
    pub fn watch(path: &Path, clock: Clock) -> Result<WorkerStalls> {
        let reader = Reader::open(path)?;
        let found = Found::default();
        let list = Arc::clone(&found);
        let watcher = Task::start("reader of the workers' stalls", move |stop| {
            let (mut before, mut since) = (reader.workers(), clock.now());
            while !stop.load(Relaxed) {
                clock.sleep_until(since + BEAT);
                let (after, now) = (reader.workers(), clock.now());
                let longest = before.iter().zip(&after).map(|(before, after)| stall(before, after)).max();
                let longest = longest.context("the switch has no worker")?;
                if longest > 0 {
                    list.lock().unwrap_or_else(PoisonError::into_inner).push((since..now, longest));
                }
                (before, since) = (after, now);
            }
            Ok(())
        })?;
        Ok(WorkerStalls { found, _watcher: watcher })
    }

    /// The longest stall that may have touched this time, in nanoseconds.
    pub fn longest(&self, during: &Range<u64>) -> u64 {
        longest(&self.found.lock().unwrap_or_else(PoisonError::into_inner), during)
    }
}

/// The longest stall between two readings: exact if it was the longest ever, or else to an eighth.
fn stall(before: &WorkerRow, after: &WorkerRow) -> u64 {
    if after.max_stall_at_ns != before.max_stall_at_ns {
        return after.stalls.max_ns;
    }
    let counts = before.stall_buckets.iter().zip(&after.stall_buckets);
    let Some(last) = counts.clone().rposition(|(before, after)| after > before) else { return 0 };
    let mut only = vec![0; counts.len()];
    only[last] = 1;
    // The median of one value is that value.
    StallSummary::new(&only, after.stalls.max_ns).p50_ns
}

#[cfg(test)]
mod tests {
    use super::*;
    use stats::{Cause, FailoverInit, Segment, Shape};

    fn segment() -> (tempfile::TempDir, Segment, Reader) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("stats");
        let shape = Shape { workers: vec![1, 2], ports: vec![], paths: 2, sessions: 0, stages: vec![] };
        let segment = Segment::create(&path, &shape, 1_000_000_000, 0).unwrap();
        for (id, name) in [(0, "isp1"), (1, "isp2")] {
            let info = stats::PathInfo {
                name: name.to_owned(),
                interface: name.to_owned(),
                causes: 0,
                since_ns: 0,
                failures: 0,
                restore_at_ns: 0,
                wait_to_restore_ns: 0,
            };
            segment.path_publish(id, &info);
        }
        let reader = Reader::open(&path).unwrap();
        (directory, segment, reader)
    }

    fn failover(segment: &Segment, path: u16, last_heard_ns: u64) -> stats::FailoverId {
        segment.open_failover(&FailoverInit {
            path,
            cause: Cause::BfdExpired,
            worker: Some(0),
            last_heard_ns,
            detected_ns: 31_000_000,
            flipped_ns: 31_000_100,
        })
    }

    #[test]
    fn a_failover_counts_once_it_is_repaired_and_only_for_its_own_path() {
        let (_directory, segment, reader) = segment();
        let failovers = Failovers { reader };
        failover(&segment, 0, 500_000);
        let known = failovers.newest();
        let other = failover(&segment, 1, 500_000);
        segment.failover(other).set_first_backup(0, 31_009_000);
        let ours = failover(&segment, 0, 1_000_000);
        assert_eq!(failovers.repaired("isp1", known), None);
        segment.failover(ours).set_first_backup(1, 31_004_000);
        segment.failover(ours).set_first_backup(0, 31_002_500);
        let expected = Repair { detector: "bfd-expired", detection_us: Some(30_000.0), repair_us: 2.5 };
        assert_eq!(failovers.repaired("isp1", known), Some(expected));
    }

    #[test]
    fn a_link_has_no_last_packet() {
        let (_directory, segment, reader) = segment();
        let id = failover(&segment, 0, 0);
        segment.failover(id).set_first_backup(0, 31_001_000);
        assert_eq!(Failovers { reader }.repaired("isp1", 0).unwrap().detection_us, None);
    }

    #[test]
    fn the_longest_stall_between_two_readings_is_found() {
        let (_directory, segment, reader) = segment();
        let worker = segment.worker(0);
        worker.record_stall(10, 2_000_000);
        let before = reader.workers();
        assert_eq!(stall(&before[0], &reader.workers()[0]), 0);
        worker.record_stall(20, 40_000);
        worker.record_stall(30, 900);
        let seen = stall(&before[0], &reader.workers()[0]);
        assert!((40_000..46_000).contains(&seen), "{seen}");
        worker.record_stall(40, 3_000_000);
        assert_eq!(stall(&before[0], &reader.workers()[0]), 3_000_000);
        assert_eq!(stall(&before[1], &reader.workers()[1]), 0);
    }
}
