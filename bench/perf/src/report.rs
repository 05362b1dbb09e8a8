//! Figures: the table at the end, and `summary.json`.

use crate::machine::Machine;
use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;

/// What a figure must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    None,
    /// The median, at least.
    AtLeast(f64),
    /// The median, at most.
    AtMost(f64),
}

/// One measured thing.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub min: f64,
    pub median: f64,
    pub max: f64,
    pub runs: usize,
    pub bound: Option<f64>,
    pub met: bool,
    /// What else there is to know; each is a field of its own.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Figure {
    /// Of samples, one a run. Without any there is nothing to meet a bound with.
    pub fn new(name: &str, unit: &'static str, samples: &[f64], bound: Bound) -> Figure {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = quantile(&sorted, 0.5);
        let (limit, met) = match bound {
            Bound::None => (None, true),
            Bound::AtLeast(limit) => (Some(limit), median >= limit),
            Bound::AtMost(limit) => (Some(limit), median <= limit),
        };
        Figure {
            name: name.to_owned(),
            unit,
            min: round(sorted.first().copied().unwrap_or(f64::NAN)),
            median: round(median),
            max: round(sorted.last().copied().unwrap_or(f64::NAN)),
            runs: samples.len(),
            bound: limit,
            met: met && !samples.is_empty(),
            more: Map::new(),
        }
    }

    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Figure {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// A condition beside the bound: without it the figure counts as missed.
    pub fn require(mut self, condition: bool) -> Figure {
        self.met &= condition;
        self
    }
}

/// Of a sorted list, the value that `q` of it does not exceed; for the median of an even number, the mean of the two
/// in the middle.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    if q == 0.5 && sorted.len().is_multiple_of(2) {
        let half = sorted.len() / 2;
        return (sorted[half - 1] + sorted[half]) / 2.0;
    }
    let at = (q * sorted.len() as f64).ceil() as usize;
    sorted[at.clamp(1, sorted.len()) - 1]
}

fn text(value: f64) -> String {
    if value.is_nan() { "-".to_owned() } else { value.to_string() }
}

/// To three places: more is noise.
pub fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// What the figures are to each other, as far as both were measured.
const RATIOS: &[(&str, &str)] = &[
    ("forward_1m", "forward_16"),
    ("forward_16", "testpmd_mac"),
    ("forward_1m", "testpmd_mac"),
    ("forward_v6_200k", "forward_1m"),
    ("repair_1m", "repair_1"),
];

pub fn print(figures: &[Figure], machine: &Machine) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["name", "min", "median", "max", "unit", "runs", "bound", "met", ""]);
    for figure in figures {
        let bound = figure.bound.map_or("reported".to_owned(), |bound| bound.to_string());
        let met = match (figure.bound.is_some(), figure.met) {
            (_, false) => "MISSED",
            (true, true) => "yes",
            (false, true) => "",
        };
        let more = figure.more.iter().filter(|(_, value)| value.is_number() || value.is_string());
        let more: Vec<String> =
            more.map(|(name, value)| format!("{name} {}", value.to_string().trim_matches('"'))).collect();
        table.add_row([
            figure.name.clone(),
            text(figure.min),
            text(figure.median),
            text(figure.max),
            figure.unit.to_owned(),
            figure.runs.to_string(),
            bound,
            met.to_owned(),
            more.join(", "),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("\n{table}");
    let median = |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.median);
    for (over, under) in RATIOS {
        if let (Some(a), Some(b)) = (median(over), median(under)) {
            println!("{over} / {under}: {:.2}", a / b);
        }
    }
    println!("{machine}");
}

/// Writes the figures and the machine as one array.
pub fn write(path: &Path, figures: &[Figure], machine: &Machine) -> Result<()> {
    let mut objects = figures.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
    let mut object = serde_json::to_value(machine)?;
    object["name"] = "machine".into();
    objects.push(object);
    let text = serde_json::to_string_pretty(&objects)? + "\n";
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_meets_its_bound_by_its_median() {
        let met = |bound| Figure::new("x", "Mpps", &[1.0, 9.0, 5.0], bound).met;
        assert!(met(Bound::AtLeast(5.0)) && !met(Bound::AtLeast(5.1)));
        assert!(met(Bound::AtMost(5.0)) && !met(Bound::AtMost(4.9)));
        assert!(!Figure::new("x", "Mpps", &[], Bound::None).met, "nothing was measured");
        assert!(!Figure::new("x", "Mpps", &[1.0], Bound::None).require(false).met);
    }

    #[test]
    fn quantiles_are_values_of_the_list() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.99), 99.0);
        assert_eq!(quantile(&sorted, 0.5), 50.5);
        assert_eq!(quantile(&[3.0], 0.99), 3.0);
    }
}
