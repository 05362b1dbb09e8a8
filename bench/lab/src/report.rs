//! The table on the terminal and `summary.json`.

use crate::event::{Event, TransferFigure};
use anyhow::{Context, Result};
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use std::path::Path;

fn milliseconds(us: Option<f64>) -> String {
    us.map_or_else(|| "-".to_owned(), |us| format!("{:.3}", us / 1e3))
}

/// One line an event, units in the header.
pub fn table(events: &[Event]) -> Table {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_header([
            "event",
            "detector",
            "detection ms",
            "repair us",
            "lost",
            "outage ms",
            "way back ms",
            "stall us",
            "tries",
            "bound",
            "met",
        ]);
    for event in events {
        let stall = event.stalls_us.machine.max(event.stalls_us.worker);
        table.add_row([
            event.event.to_owned(),
            event.detector.clone().unwrap_or_else(|| "-".to_owned()),
            milliseconds(event.detection_us),
            event.repair_us.map_or_else(|| "-".to_owned(), |us| format!("{us:.1}")),
            event.lost.to_string(),
            milliseconds(Some(event.outage_us)),
            milliseconds(event.way_back.as_ref().map(|way| way.outage_us)),
            format!("{stall:.0}"),
            event.attempts.to_string(),
            event.bound.clone().unwrap_or_else(|| "reported".to_owned()),
            met(event.met).to_owned(),
        ]);
    }
    for column in 2..=8 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn met(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    }
}

/// Writes the array of events, the transfer last.
pub fn summary(path: &Path, events: &[Event], transfer: &TransferFigure) -> Result<()> {
    let mut all = events.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
    all.push(serde_json::to_value(transfer)?);
    let text = serde_json::to_string_pretty(&all)? + "\n";
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

/// The events whose bound was broken.
pub fn broken(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|event| event.met == Some(false)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Bound, tests::cut};

    #[test]
    fn a_line_has_every_figure_in_its_unit() {
        let text = table(&[cut().judge(Bound::DetectionPlus(1000))]).to_string();
        let line = text.lines().find(|line| line.contains("silent cut")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(
            &cells[..10],
            ["silent", "cut", "BFD", "30.000", "4.5", "612", "30.600", "35.000", "80", "1"]
        );
        assert!(line.trim_end().ends_with("yes"), "{line}");
    }

    #[test]
    fn what_was_not_measured_is_a_dash_and_not_a_zero() {
        let event =
            Event { detector: None, detection_us: None, repair_us: None, way_back: None, lost: 3, ..cut() };
        let text = table(&[event.clone().judge(Bound::NoLoss)]).to_string();
        let line = text.lines().find(|line| line.contains("silent cut")).unwrap();
        assert_eq!(line.split_whitespace().filter(|&cell| cell == "-").count(), 4);
        assert!(line.trim_end().ends_with("NO"), "{line}");
        assert_eq!(broken(&[event.clone().judge(Bound::NoLoss), event.judge(Bound::Reported)]).len(), 1);
    }
}
