//! Readings of a switch's stats segment, and what lies between two of them.

use anyhow::{Context, Result, bail};
use stats::{Reader, StallSummary, WorkerRow};
use std::time::{Duration, Instant};

/// The name of the worker's thread.
const WORKER: &str = "worker-0";

/// Counters of the one worker at one moment.
#[derive(Debug, Clone)]
pub struct Reading {
    at: Instant,
    row: WorkerRow,
    tsc_hz: u64,
    cpu_seconds: f64,
}

impl Reading {
    pub fn take(reader: &Reader) -> Result<Reading> {
        let at = Instant::now();
        let row = reader.workers().into_iter().next().context("the stats segment has no worker")?;
        let cpu_seconds = crate::process::cpu_seconds(reader.pid(), WORKER);
        Ok(Reading { at, row, tsc_hz: reader.tsc_hz(), cpu_seconds })
    }

    pub fn made(&self) -> u64 {
        self.row.generator[0]
    }

    pub fn good(&self) -> u64 {
        self.row.generator[1]
    }

    /// Frames that came out damaged or elsewhere since an earlier reading, which nothing excuses. While a table is
    /// loaded, routes that are there already take what will belong to more specific ones: read after that.
    pub fn check_since(&self, earlier: &Reading) -> Result<()> {
        let since = |counter: usize| self.row.generator[counter] - earlier.row.generator[counter];
        let (bad_header, wrong_port) = (since(2), since(3));
        if bad_header + wrong_port > 0 {
            bail!(
                "{bad_header} frames came out with a wrong TTL or checksum, {wrong_port} out of a wrong port"
            );
        }
        Ok(())
    }

    /// Packets dropped since an earlier reading, for whatever reason, in words where there are any.
    pub fn drops_since(&self, earlier: &Reading) -> (u64, String) {
        let pairs = self.row.drops.iter().zip(&earlier.row.drops);
        let since: Vec<_> = pairs.map(|((reason, to), (_, from))| (reason, to - from)).collect();
        let words = since.iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> =
            words.map(|(reason, count)| format!("{count} {}", reason.as_str())).collect();
        (since.iter().map(|(_, count)| count).sum(), words.join(", "))
    }

    /// The longest turn of the worker's loop since an earlier reading, in nanoseconds: not more than it was, and less
    /// by an eighth at most.
    pub fn longest_stall_since(&self, earlier: &Reading) -> u64 {
        let mut buckets = difference(&self.row, &earlier.row);
        let Some(last) = buckets.iter().rposition(|count| *count > 0) else { return 0 };
        buckets[..last].fill(0);
        // A summary of one bucket says where that one ends.
        StallSummary::new(&buckets, u64::MAX).p50_ns / 9 * 8
    }
}

fn difference(to: &WorkerRow, from: &WorkerRow) -> Vec<u64> {
    to.stall_buckets.iter().zip(&from.stall_buckets).map(|(to, from)| to - from).collect()
}

/// What happened between two readings.
#[derive(Debug, Clone)]
pub struct Interval {
    pub seconds: f64,
    /// Frames that came out as they should, a second, in millions.
    pub mpps: f64,
    /// The share of the time that the worker had its core, from 0 to 1. The rest went to other processes.
    pub on_core: f64,
    /// Microseconds of a turn of the worker's loop, and packets of a vector, on average.
    pub turn_us: f64,
    pub vector: f64,
    /// Cycles of the TSC for each packet while the worker had its core.
    pub cycles: f64,
    /// Cycles for each packet, by stage.
    pub stages: Vec<(String, f64)>,
    pub stalls: StallSummary,
    pub dropped: u64,
}

impl Interval {
    pub fn between(from: &Reading, to: &Reading) -> Interval {
        let seconds = to.at.duration_since(from.at).as_secs_f64();
        let good = (to.good() - from.good()) as f64;
        let packets = (to.row.rx_packets - from.row.rx_packets).max(1) as f64;
        let stages = to.row.stages.iter().zip(&from.row.stages);
        let stages = stages.map(|((name, to, _), (_, from, _))| (name.clone(), (to - from) as f64 / packets));
        let buckets = difference(&to.row, &from.row);
        // Told in hundredths of a second; a worker that polls is on its core for all of the time unless put off it.
        let on_core = ((to.cpu_seconds - from.cpu_seconds + 0.01) / seconds).min(1.0);
        Interval {
            seconds,
            mpps: good / seconds / 1e6,
            on_core,
            turn_us: seconds * on_core * 1e6 / (to.row.turns - from.row.turns).max(1) as f64,
            vector: packets / (to.row.vectors - from.row.vectors).max(1) as f64,
            cycles: to.tsc_hz as f64 * seconds * on_core / packets,
            stages: stages.collect(),
            stalls: StallSummary::new(&buckets, to.row.stalls.max_ns),
            dropped: to.drops_since(from).0,
        }
    }

    /// Cycles a packet from source to sink with nothing between: what the worker spends outside of the forwarding
    /// stages. The switch counts its generator as a stage where it can; otherwise it is what no stage accounts for,
    /// with transmission, where the sink is.
    pub fn floor(&self) -> f64 {
        let stage =
            |name: &str| self.stages.iter().find(|(stage, _)| stage == name).map(|(_, cycles)| *cycles);
        stage("generator").unwrap_or_else(|| {
            let all: f64 = self.stages.iter().map(|(_, cycles)| cycles).sum();
            self.cycles - all + stage("transmit").unwrap_or(0.0)
        })
    }

    /// Good frames a second of the time that the worker had its core, in millions.
    pub fn mpps_on_core(&self) -> f64 {
        self.mpps / self.on_core
    }

    pub fn stages_text(&self) -> String {
        let stages: Vec<String> =
            self.stages.iter().map(|(name, cycles)| format!("{name} {cycles:.1}")).collect();
        stages.join(" ")
    }

    pub fn stalls_text(&self) -> String {
        let rate = |count: u64| count as f64 / self.seconds;
        format!(
            "stalls/s {:.0} over 20 us, {:.1} over 100 us",
            rate(self.stalls.over_20us),
            rate(self.stalls.over_100us)
        )
    }
}

/// One interval of `length` from now on.
pub fn interval(reader: &Reader, length: Duration) -> Result<Interval> {
    let from = Reading::take(reader)?;
    crate::process::rest(length)?;
    let to = Reading::take(reader)?;
    to.check_since(&from)?;
    Ok(Interval::between(&from, &to))
}
