//! The machine under the figures: huge pages, cores, and how often it was away.

use crate::measure::Interval;
use serde::Serialize;
use std::fmt;
use std::process::Command;

const HUGEPAGES: &str = "/proc/sys/vm/nr_hugepages";
/// Of 2 MiB: twice what testpmd takes, which is more than the switch takes; they never run at the same time.
const WANTED: u64 = 256;

/// The core of the one worker, and the core of everything else.
pub const WORKER_CORE: usize = 1;
pub const OTHER_CORE: usize = 0;

/// What the figures were measured on.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    pub cores: usize,
    pub cpu: String,
    /// Turns of a measured worker's loop that took longer, a second of measured time.
    pub stalls_over_20us_per_s: f64,
    pub stalls_over_100us_per_s: f64,
    pub measured_s: f64,
    pub hugepages: bool,
    pub load_before: String,
    pub commit: String,
}

impl Machine {
    pub fn look(hugepages: bool) -> Machine {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpuinfo.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let hz = field("cpu MHz").unwrap_or_default();
        Machine {
            cores: core_affinity::get_core_ids().map_or(0, |ids| ids.len()),
            cpu: format!("{} ({hz} MHz)", field("model name").unwrap_or_else(|| "unknown".to_owned())),
            stalls_over_20us_per_s: 0.0,
            stalls_over_100us_per_s: 0.0,
            measured_s: 0.0,
            hugepages,
            load_before: std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned(),
            commit: commit(),
        }
    }

    /// Takes the stalls of an interval into account.
    pub fn saw(&mut self, interval: &Interval) {
        let seconds = self.measured_s + interval.seconds;
        let mean = |old: f64, count: u64| (old * self.measured_s + count as f64) / seconds;
        let over_20us = mean(self.stalls_over_20us_per_s, interval.stalls.over_20us);
        let over_100us = mean(self.stalls_over_100us_per_s, interval.stalls.over_100us);
        (self.stalls_over_20us_per_s, self.stalls_over_100us_per_s) = (over_20us, over_100us);
        self.measured_s = seconds;
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "machine: {} cores, {}, huge pages {}, commit {}, stalls of the worker {:.0}/s over 20 us and {:.1}/s over \
             100 us during {:.0} s measured",
            self.cores,
            self.cpu,
            if self.hugepages { "yes" } else { "no" },
            self.commit,
            self.stalls_over_20us_per_s,
            self.stalls_over_100us_per_s,
            self.measured_s
        )
    }
}

fn commit() -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let git =
        Command::new("git").args(["-C", root, "describe", "--always", "--dirty", "--abbrev=12"]).output();
    match git {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// Huge pages for as long as the benchmarks run; then as many as before.
#[derive(Debug)]
pub struct Hugepages {
    before: Option<u64>,
    pub enough: bool,
}

impl Hugepages {
    pub fn reserve() -> Hugepages {
        let Some(total) = read_count() else { return Hugepages { before: None, enough: false } };
        let free = meminfo("HugePages_Free").unwrap_or(0);
        let in_use = total.saturating_sub(free);
        if free >= WANTED || std::fs::write(HUGEPAGES, (WANTED + in_use).to_string()).is_err() {
            return Hugepages { before: None, enough: free >= WANTED };
        }
        Hugepages { before: Some(total), enough: meminfo("HugePages_Free").unwrap_or(0) >= WANTED }
    }
}

impl Drop for Hugepages {
    fn drop(&mut self) {
        if let Some(before) = self.before
            && let Err(error) = std::fs::write(HUGEPAGES, before.to_string())
        {
            eprintln!("bench: vm.nr_hugepages was {before} and could not be put back: {error}");
        }
    }
}

fn read_count() -> Option<u64> {
    std::fs::read_to_string(HUGEPAGES).ok()?.trim().parse().ok()
}

fn meminfo(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}
