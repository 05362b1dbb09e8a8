//! What benchmarks measured: each figure with its bound, the table at the end, and `summary.json`.

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// What a figure must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// It is shown only.
    None,
    /// The median, at least.
    AtLeast(f64),
    /// The median, at most.
    AtMost(f64),
}

/// One measured thing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub unit: String,
    /// NaN, `null` in JSON, when nothing was measured.
    #[serde(deserialize_with = "or_nan")]
    pub min: f64,
    #[serde(deserialize_with = "or_nan")]
    pub median: f64,
    #[serde(deserialize_with = "or_nan")]
    pub max: f64,
    pub runs: usize,
    pub bound: Option<f64>,
    pub met: bool,
    /// What else there is to know; each is a field of its own.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

fn or_nan<'de, D: serde::Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or(f64::NAN))
}

impl Figure {
    /// Of samples, one a run. Without any it is not met, whatever its bound.
    pub fn new(name: &str, unit: &str, samples: &[f64], bound: Bound) -> Figure {
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
            unit: unit.to_owned(),
            min: round(sorted.first().copied().unwrap_or(f64::NAN)),
            median: round(median),
            max: round(sorted.last().copied().unwrap_or(f64::NAN)),
            runs: samples.len(),
            bound: limit,
            met: met && !samples.is_empty(),
            more: Map::new(),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Figure {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// A number beside it.
    #[must_use]
    pub fn number(self, name: &str, value: f64) -> Figure {
        self.with(name, round(value))
    }

    /// A condition beside the bound: without it the figure counts as missed.
    #[must_use]
    pub fn require(mut self, condition: bool) -> Figure {
        self.met &= condition;
        self
    }
}

/// Of a sorted list, the value that `q` of it does not exceed; for the median of an even number, the mean of the two
/// in the middle. NaN of none.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    if q == 0.5 && sorted.len().is_multiple_of(2) {
        let half = sorted.len() / 2;
        return sorted[half - 1].midpoint(sorted[half]);
    }
    let at = (q * sorted.len() as f64).ceil() as usize;
    sorted[at.clamp(1, sorted.len()) - 1]
}

pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

/// To three places: more is noise.
pub fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn text(value: f64) -> String {
    if value.is_nan() { "-".to_owned() } else { value.to_string() }
}

/// One line a figure.
pub fn table(figures: &[Figure]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["name", "min", "median", "max", "unit", "runs", "bound", "met", ""]);
    for figure in figures {
        let met = match (figure.bound.is_some(), figure.met) {
            (_, false) => "MISSED",
            (true, true) => "yes",
            (false, true) => "",
        };
        let more = figure.more.iter().filter(|(_, value)| !value.is_array() && !value.is_object());
        let more: Vec<String> =
            more.map(|(name, value)| format!("{name} {}", value.to_string().trim_matches('"'))).collect();
        table.add_row([
            figure.name.clone(),
            text(figure.min),
            text(figure.median),
            text(figure.max),
            figure.unit.clone(),
            figure.runs.to_string(),
            figure.bound.map_or("reported".to_owned(), |bound| bound.to_string()),
            met.to_owned(),
            more.join(", "),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Writes the figures, and as the last object the machine under them, as one array.
pub fn write(path: &Path, figures: &[Figure], machine: &impl Serialize) -> Result<()> {
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
    fn a_figure_meets_its_bound_by_its_median_and_by_what_else_is_required() {
        let met = |bound| Figure::new("x", "Mpps", &[1.0, 9.0, 5.0], bound).met;
        assert!(met(Bound::AtLeast(5.0)) && !met(Bound::AtLeast(5.1)));
        assert!(met(Bound::AtMost(5.0)) && !met(Bound::AtMost(4.9)));
        assert!(met(Bound::None));
        assert!(!Figure::new("x", "Mpps", &[], Bound::None).met, "nothing was measured");
        assert!(!Figure::new("x", "Mpps", &[1.0], Bound::None).require(false).met);
    }

    #[test]
    fn quantiles_are_values_of_the_list_and_the_median_is_its_middle() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.99), 99.0);
        assert_eq!(quantile(&[3.0], 0.99), 3.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/summary.json");
        let figures = [
            Figure::new("silent_1", "ms", &[31.5], Bound::AtMost(35.0)).number("detection", 30.12345),
            Figure::new("nothing", "x", &[], Bound::None),
        ];
        write(&path, &figures, &serde_json::json!({"cores": 2})).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let all: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!((&all[0]["detection"], &all[0]["met"]), (&30.123.into(), &true.into()));
        assert!(all[1]["median"].is_null() && all[1]["bound"].is_null());
        assert_eq!((&all[2]["name"], &all[2]["cores"]), (&"machine".into(), &2.into()));
        let again: Figure = serde_json::from_value(all[0].clone()).unwrap();
        assert_eq!((again.name.as_str(), again.unit.as_str(), again.median), ("silent_1", "ms", 31.5));
        assert_eq!(again.more["detection"], 30.123);
        assert!(serde_json::from_value::<Figure>(all[1].clone()).unwrap().max.is_nan());
    }
}
