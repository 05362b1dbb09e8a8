//! The figures of `make bench-bgp` as a picture, and the machine under them.

use crate::svg::{Anchor, Svg};
use figures::Figure;
use serde_json::{Value, json};

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
        svg.text((LEFT - 12.0, middle + 4.0), 13.0, INK, Anchor::End, &figure.name);
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
pub fn machine() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    json!({
        "cpu": model.map_or("unknown", |(_, model)| model.trim()),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "load": read("/proc/loadavg").trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use figures::Bound;

    #[test]
    fn the_chart_has_a_bar_for_every_outage_and_for_nothing_else() {
        let figures = [
            Figure::new("silent_1m", "ms", &[31.0, 33.0, 32.0], Bound::AtMost(35.0)),
            Figure::new("control_memory_2m", "MB", &[500.0], Bound::AtMost(600.0)),
            Figure::new("frr_kernel_100k", "ms", &[2100.0, 1900.0, 2000.0], Bound::None),
            Figure::new("ovs_group", "ms", &[], Bound::None),
        ];
        let drawn = chart(&figures);
        assert!(drawn.contains(">silent_1m<") && drawn.contains(">32.0<") && !drawn.contains("memory"));
        assert!(drawn.contains(">frr_kernel_100k<") && drawn.contains(">2000.0<"));
        assert!(!drawn.contains("ovs_group"), "what was not measured has no bar");
        assert_eq!(drawn.matches(FILL).count(), 2);
        assert_eq!(drawn.matches(LIMIT).count(), 1, "what has no bound has no mark");
    }
}
