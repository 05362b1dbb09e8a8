//! `show failovers`.

use super::View;
use crate::table::{decimal, us};
use serde::Serialize;
use stats::{Cause, FailoverRow, Reader};
use std::time::{Duration, UNIX_EPOCH};

/// A failover as a chain of differences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failover {
    id: u32,
    path: String,
    cause: &'static str,
    /// `worker N` or `main`.
    detector: String,
    /// Wall clock, UTC.
    detected_at: String,
    last_heard_at: Option<String>,
    /// Last packet heard to verdict.
    detection_ns: Option<u64>,
    /// Verdict to bit flipped.
    flip_ns: u64,
    first_on_backup: Vec<First>,
    /// `null` where nobody can tell.
    lost_packets: Option<u64>,
    /// Sent into the path after the last packet heard from it: lost from the moment on that it died. `null` where its
    /// silence was not what told.
    sent_after_last_heard_packets: Option<u64>,
    /// `null` while traffic is on the backup.
    reverted_after_s: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct First {
    worker: usize,
    /// Verdict to first packet on the backup; `null` when it sent none.
    repair_ns: Option<u64>,
}

/// All that are kept, newest first. `wall_ns` gives nanoseconds since 1970 for a stamp.
pub fn read(reader: &Reader, wall_ns: impl Fn(u64) -> u64) -> Vec<Failover> {
    let clock = |stamp: u64| {
        let at = UNIX_EPOCH + Duration::from_nanos(wall_ns(stamp));
        humantime::format_rfc3339_nanos(at).to_string()
    };
    reader.failovers().iter().rev().map(|row| Failover::new(row, &clock)).collect()
}

impl Failover {
    fn new(row: &FailoverRow, clock: &impl Fn(u64) -> String) -> Failover {
        let after = |stamp: u64| (stamp > 0).then(|| stamp.saturating_sub(row.detected_ns));
        let firsts = row.first_backup_ns.iter().enumerate();
        let heard = (row.last_heard_ns > 0).then_some(row.last_heard_ns);
        Failover {
            id: row.id,
            path: row.path.clone(),
            cause: row.cause.as_str(),
            detector: row.worker.map_or("main".into(), |worker| format!("worker {worker}")),
            detected_at: clock(row.detected_ns),
            last_heard_at: heard.map(clock),
            detection_ns: heard.map(|heard| row.detected_ns.saturating_sub(heard)),
            flip_ns: row.flipped_ns.saturating_sub(row.detected_ns),
            first_on_backup: firsts.map(|(worker, at)| First { worker, repair_ns: after(*at) }).collect(),
            lost_packets: lost(row),
            sent_after_last_heard_packets: row.sent_after_heard,
            reverted_after_s: after(row.reverted_ns).map(|ns| ns as f64 / 1e9),
        }
    }

    fn text(&self) -> String {
        let mut lines = vec![format!("#{}  {}  {}  {}", self.id, self.detected_at, self.path, self.cause)];
        let mut line = |name: &str, value: String| lines.push(format!("  {name:<24}{value}"));
        line("detector", self.detector.clone());
        line("last heard", self.last_heard_at.clone().unwrap_or_else(|| "-".into()));
        let verdict = match self.detection_ns {
            Some(ns) => format!("+{} us after last heard", us(ns)),
            None => self.detected_at.clone(),
        };
        line("verdict", verdict);
        line("switched", format!("+{} ns after the verdict", self.flip_ns));
        for First { worker, repair_ns } in &self.first_on_backup {
            let first = match repair_ns {
                Some(ns) => format!("worker {worker}: +{ns} ns after the verdict"),
                None => format!("worker {worker}: none"),
            };
            line("first packet on backup", first);
        }
        let lost = match (self.lost_packets, self.sent_after_last_heard_packets) {
            (Some(lost), _) => format!("{lost} packets"),
            (None, Some(sent)) => format!("unknown; {sent} packets were sent after last heard"),
            (None, None) => "unknown".into(),
        };
        line("lost", lost);
        let reverted = match self.reverted_after_s {
            Some(s) => format!("+{} s after the verdict", decimal(s)),
            None => "not yet".into(),
        };
        line("reverted", reverted);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A drained path carries what is on its way, and none is lost when there was a backup for what came after. Of what a
/// broken path swallowed nobody here hears: it died somewhere between the last packet heard and the next one due.
fn lost(row: &FailoverRow) -> Option<u64> {
    let moved = row.first_backup_ns.iter().any(|at| *at > 0);
    (row.cause == Cause::Drain && moved).then_some(0)
}

/// The newest `last`, all for 0.
pub fn view(rows: &[Failover], last: usize) -> View {
    let shown = if last == 0 { rows } else { &rows[..rows.len().min(last)] };
    let texts: Vec<String> = shown.iter().map(Failover::text).collect();
    let text = if texts.is_empty() { "no failover was recorded\n".into() } else { texts.join("\n") };
    View::new(shown, text)
}
