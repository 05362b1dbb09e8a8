//! Figures of `make bench-bgp`, in the form of those of `make bench`.

use crate::svg::{Anchor, Svg};
use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::path::Path;

/// What a figure must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// The median, at least.
    AtLeast(f64),
    /// The median, at most.
    AtMost(f64),
    /// Shown only.
    Reported,
}

/// One measured thing.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    pub name: &'static str,
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

/// To three places: more is noise.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The middle one; of an even number the mean of the two in the middle. NaN of none.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    at(sorted.len().saturating_sub(1) / 2).midpoint(at(sorted.len() / 2))
}

impl Figure {
    /// Of samples, one a run. Without any there is nothing to meet a bound with.
    pub fn new(name: &'static str, unit: &'static str, samples: &[f64], limit: Limit) -> Figure {
        let middle = median(samples);
        let (bound, met) = match limit {
            Limit::AtLeast(bound) => (Some(bound), middle >= bound),
            Limit::AtMost(bound) => (Some(bound), middle <= bound),
            Limit::Reported => (None, true),
        };
        let edge = |choose: fn(f64, f64) -> f64| samples.iter().copied().reduce(choose).unwrap_or(f64::NAN);
        Figure {
            name,
            unit,
            min: round(edge(f64::min)),
            median: round(middle),
            max: round(edge(f64::max)),
            runs: samples.len(),
            bound,
            met,
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

/// One line a figure.
pub fn table(figures: &[Figure]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["name", "min", "median", "max", "unit", "runs", "bound", "met", ""]);
    for figure in figures {
        let more = figure.more.iter().map(|(name, value)| format!("{name} {value}"));
        table.add_row([
            figure.name.to_owned(),
            figure.min.to_string(),
            figure.median.to_string(),
            figure.max.to_string(),
            figure.unit.to_owned(),
            figure.runs.to_string(),
            figure.bound.map_or("reported".to_owned(), |bound| bound.to_string()),
            match (figure.met, figure.bound) {
                (false, _) => "MISSED",
                (true, Some(_)) => "yes",
                (true, None) => "",
            }
            .to_owned(),
            more.collect::<Vec<_>>().join(", "),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

const WIDTH: f64 = 760.0;
const LEFT: f64 = 190.0;
const BAR: f64 = 26.0;
const GAP: f64 = 18.0;
const TOP: f64 = 64.0;
const INK: &str = "#1f2933";
const GRID: &str = "#d8dee4";
const FILL: &str = "#3b7dd8";
const LIMIT: &str = "#d64545";

/// Marks of the scale, in milliseconds.
const MARKS: [f64; 4] = [1.0, 10.0, 100.0, 1000.0];

/// The outages in milliseconds as bars: medians with their ranges, and the bound of each. The scale is logarithmic, since
/// routers differ by a hundred.
pub fn chart(figures: &[Figure]) -> String {
    let outages = figures.iter().filter(|figure| figure.unit == "ms" && figure.median.is_finite());
    let outages: Vec<&Figure> = outages.collect();
    let most = outages.iter().map(|figure| figure.max.max(figure.bound.unwrap_or(0.0))).fold(10.0, f64::max);
    let at = |ms: f64| LEFT + (ms.max(1.0).ln() / most.ln()) * (WIDTH - LEFT - 90.0);
    let bottom = TOP + (BAR + GAP) * outages.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 2.0 * GAP);
    svg.bold((20.0, 28.0), 16.0, INK, Anchor::Start, "Outage of the last prefix");
    svg.text((20.0, 48.0), 12.0, INK, Anchor::Start, "median and range in ms, logarithmic; red: the bound");
    for mark in MARKS.into_iter().filter(|mark| *mark <= most) {
        svg.line((at(mark), TOP - 8.0), (at(mark), bottom), GRID, 1.0, "");
        svg.text((at(mark), bottom + 14.0), 12.0, INK, Anchor::Middle, &mark.to_string());
    }
    for (row, figure) in outages.iter().enumerate() {
        let top = TOP + (BAR + GAP) * row as f64;
        let middle = top + BAR / 2.0;
        svg.text((LEFT - 12.0, middle + 4.0), 13.0, INK, Anchor::End, figure.name);
        svg.rect(LEFT, top, at(figure.median) - LEFT, BAR, FILL);
        svg.line((at(figure.min), middle), (at(figure.max), middle), INK, 1.5, "");
        if let Some(bound) = figure.bound {
            svg.line((at(bound), top - 4.0), (at(bound), top + BAR + 4.0), LIMIT, 2.0, "");
        }
        let end = at(figure.max.max(figure.bound.unwrap_or(0.0))) + 8.0;
        svg.text((end, middle + 4.0), 13.0, INK, Anchor::Start, &format!("{:.1}", figure.median));
    }
    svg.finish()
}

/// The machine, as far as it explains figures.
fn machine() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    json!({
        "name": "machine",
        "cpu": model.map_or("unknown", |(_, model)| model.trim()),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "load": read("/proc/loadavg").trim(),
    })
}

/// Writes the figures and the machine as one array.
pub fn write(path: &Path, figures: &[Figure]) -> Result<()> {
    let mut objects = figures.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
    objects.push(machine());
    let text = serde_json::to_string_pretty(&objects)? + "\n";
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_meets_its_bound_by_its_median_and_by_what_else_is_required() {
        let met = |limit| Figure::new("x", "ms", &[1.0, 9.0, 5.0], limit).met;
        assert!(met(Limit::AtLeast(5.0)) && !met(Limit::AtLeast(5.1)));
        assert!(met(Limit::AtMost(5.0)) && !met(Limit::AtMost(4.9)));
        assert!(!Figure::new("x", "ms", &[], Limit::AtMost(1.0)).met, "nothing was measured");
        assert!(!Figure::new("x", "ms", &[1.0], Limit::AtMost(1.0)).require(false).met);
        assert!(met(Limit::Reported));
        let null = serde_json::to_value(Figure::new("x", "ms", &[], Limit::Reported)).unwrap();
        assert!(null["bound"].is_null() && null["median"].is_null());
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn the_chart_has_a_bar_for_every_outage_and_for_nothing_else() {
        let figures = [
            Figure::new("silent_1m", "ms", &[31.0, 33.0, 32.0], Limit::AtMost(35.0)),
            Figure::new("control_memory_2m", "MB", &[500.0], Limit::AtMost(600.0)),
            Figure::new("frr_kernel_100k", "ms", &[2100.0, 1900.0, 2000.0], Limit::Reported),
            Figure::new("ovs_group", "ms", &[], Limit::Reported),
        ];
        let drawn = chart(&figures);
        assert!(drawn.contains(">silent_1m<") && drawn.contains(">32.0<") && !drawn.contains("memory"));
        assert!(drawn.contains(">frr_kernel_100k<") && drawn.contains(">2000.0<"));
        assert!(!drawn.contains("ovs_group"), "what was not measured has no bar");
        assert_eq!(drawn.matches(FILL).count(), 2);
        assert_eq!(drawn.matches(LIMIT).count(), 1, "what has no bound has no mark");
    }

    #[test]
    fn the_summary_has_the_fields_of_the_other_benchmarks() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("summary.json");
        let figure =
            Figure::new("silent_1", "ms", &[31.5], Limit::AtMost(35.0)).number("detection", 30.12345);
        write(&path, &[figure]).unwrap();
        let all: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for name in ["name", "unit", "min", "median", "max", "runs", "bound", "met"] {
            assert!(all[0].get(name).is_some(), "{name}");
        }
        assert_eq!(all[0]["detection"], 30.123);
        assert_eq!(all[1]["name"], "machine");
    }
}
