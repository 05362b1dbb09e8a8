//! `show drops`.

use super::{Before, View, per_second};
use crate::table::{Table, rate};
use serde::Serialize;
use stats::{DropReason, Reader};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// By reason, of each worker.
    packets: Vec<(DropReason, Vec<u64>)>,
    /// Frames that the kernel did not take from a mirror.
    mirror_errors: u64,
}

impl Facts {
    pub fn read(reader: &Reader) -> Facts {
        let workers = reader.workers();
        let of = |reason: DropReason| workers.iter().map(|w| w.drops[reason as usize].1).collect();
        Facts {
            packets: DropReason::ALL.into_iter().map(|reason| (reason, of(reason))).collect(),
            mirror_errors: reader.mirror_errors(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Listing {
    drops: Vec<Row>,
    mirror_error_frames: u64,
}

#[derive(Debug, Serialize)]
struct Row {
    reason: &'static str,
    packets: u64,
    packets_by_worker: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packets_per_s: Option<f64>,
}

/// Reasons that occurred; with `all`, every one.
pub fn view(facts: &Facts, before: Before<'_, Facts>, all: bool) -> View {
    let total = |by_worker: &[u64]| by_worker.iter().sum::<u64>();
    let row = |(index, (reason, by_worker)): (usize, &(DropReason, Vec<u64>))| Row {
        reason: reason.as_str(),
        packets: total(by_worker),
        packets_by_worker: by_worker.clone(),
        packets_per_s: before
            .map(|(old, seconds)| per_second(total(by_worker), total(&old.packets[index].1), seconds)),
    };
    let rows = facts.packets.iter().enumerate().map(row);
    let rows: Vec<Row> = rows.filter(|row| all || row.packets > 0).collect();
    let workers = facts.packets.first().map_or(0, |(_, by_worker)| by_worker.len());
    let table = Table::new().text("reason").number("total (packets)");
    let mut table = table.rates(before.is_some(), ["rate (packets/s)"]);
    for worker in 0..workers {
        table = table.number(format!("worker {worker} (packets)"));
    }
    for row in &rows {
        let mut cells = vec![row.reason.to_owned(), row.packets.to_string()];
        if before.is_some() {
            cells.push(rate(row.packets_per_s));
        }
        cells.extend(row.packets_by_worker.iter().map(u64::to_string));
        table.row(cells);
    }
    let mut text = table.render("no packet was dropped");
    if facts.mirror_errors > 0 {
        text.push_str(&format!(
            "frames that the kernel did not take from a mirror: {}\n",
            facts.mirror_errors
        ));
    }
    View::new(&Listing { drops: rows, mirror_error_frames: facts.mirror_errors }, text)
}
