//! Cycles of P4 programs, without devices: `make bench` runs it, and takes the figures from its standard output.

mod exact;
mod old;
mod program;
mod programs;
mod router;
mod tables;
mod world;

use anyhow::Result;
use clap::Parser;
use host::compile::{Phase, Source, compile_text, on_large_stack};
use host::load::{ROUTER, built_in_program};
use jit::Machine;
use programs::Scenario;
use rt::{Control, Options};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Instant;

/// Repeats of what is compared.
const REPEATS: usize = 41;

#[derive(Parser)]
#[command(version, about = "P4 programs in a worker's lane, without devices: a line of JSON for each figure")]
struct Arguments {
    /// Measure this figure only.
    #[arg(long)]
    only: Option<String>,
    /// Fewer repeats: to see that everything works, not to quote.
    #[arg(long)]
    quick: bool,
}

/// One figure: a sample a repeat.
#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    unit: &'static str,
    samples: Vec<f64>,
    /// The median, at least or at most.
    at_least: Option<f64>,
    at_most: Option<f64>,
    more: Map<String, Value>,
}

impl Figure {
    fn new(name: &str, unit: &'static str, samples: Vec<f64>) -> Figure {
        Figure { name: name.into(), unit, samples, at_least: None, at_most: None, more: Map::new() }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Figure {
        self.more.insert(name.into(), value.into());
        self
    }

    fn print(&self) -> Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    (samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN) * 100.0).round() / 100.0
}

fn main() -> Result<()> {
    if let Some(core) = core_affinity::get_core_ids().unwrap_or_default().last() {
        core_affinity::set_for_current(*core);
    }
    let arguments = Arguments::parse();
    let wanted = |name: &str| arguments.only.as_deref().is_none_or(|only| name == only);
    let repeats = if arguments.quick { 5 } else { REPEATS };
    for (name, routes) in [("p4_router_ratio_16", 16), ("p4_router_ratio_1m", 1_000_000)] {
        if wanted(name) {
            ratio(name, routes, repeats)?.print()?;
        }
    }
    for (name, until) in [("p4_check_ms", Phase::Accepted), ("p4_compile_ms", Phase::Flat)] {
        if wanted(name) {
            on_large_stack(|| compile(name, until, repeats))?.print()?;
        }
    }
    if wanted("p4_exact_1m") {
        let mut figure = flows("p4_exact_1m", exact::Program::Exact, repeats)?;
        figure.at_least = Some(15.0);
        figure.print()?;
    }
    if wanted("p4_direct_1m") {
        flows("p4_direct_1m", exact::Program::Direct, repeats)?.print()?;
    }
    for (name, kind) in [
        ("p4_ternary_10k", tables::Kind::Ternary),
        ("p4_range_10k", tables::Kind::Range),
        ("p4_lpm37_10k", tables::Kind::Lpm),
    ] {
        if wanted(name) {
            entries(name, kind, repeats)?.print()?;
        }
    }
    if wanted("p4_insert_ternary_10k") {
        let fill = |_| Ok(tables::Bench::new(tables::Kind::Ternary)?.rate / 1e3);
        let rates = (0..repeats).map(fill).collect::<Result<_>>()?;
        Figure::new("p4_insert_ternary_10k", "k/s", rates).print()?;
    }
    for (name, program) in [
        ("p4_l2_learning", "l2_learning"),
        ("p4_acl_1k", "acl"),
        ("p4_load_balancer", "load_balancer"),
        ("p4_telemetry", "telemetry"),
    ] {
        if wanted(name) {
            own(name, program, repeats)?.print()?;
        }
    }
    Ok(())
}

/// The old path's cycles over the router's: above one, the router is the faster one.
fn ratio(name: &str, routes: usize, repeats: usize) -> Result<Figure> {
    let mut bench = router::Bench::new(routes)?;
    bench.check()?;
    bench.sample(200);
    let samples: Vec<router::Sample> = (0..repeats).map(|_| bench.sample(500)).collect();
    let ratios = samples.iter().map(|sample| sample.old / sample.new).collect();
    let mut figure = Figure::new(name, "x", ratios)
        .with("router_cycles", median(samples.iter().map(|sample| sample.new).collect()))
        .with("hand_written_cycles", median(samples.iter().map(|sample| sample.old).collect()));
    figure = with_parts(figure, bench.parts());
    figure.at_least = Some(0.95);
    Ok(figure)
}

/// The router's source to a verdict, or to running code.
fn compile(name: &str, until: Phase, repeats: usize) -> Result<Figure> {
    let text = built_in_program(ROUTER).unwrap_or_default();
    let source = Source { file: ROUTER.into(), ..Source::default() };
    let mut samples = vec![];
    for _ in 0..repeats {
        let started = Instant::now();
        let done = compile_text(&source, text.to_owned(), until);
        anyhow::ensure!(done.accepted(), "the router is not accepted");
        if until == Phase::Flat {
            let mut program = done.ir.unwrap_or_else(|| unreachable!("it was accepted"));
            front::optimise(&mut program);
            let (state, _control) =
                Control::create(Arc::new(program), &Options { roles: true, ..Options::default() })?;
            std::hint::black_box(Machine::new(&state)?);
        }
        samples.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let mut figure = Figure::new(name, "ms", samples);
    figure.at_most = Some(if until == Phase::Flat { 50.0 } else { 10.0 });
    Ok(figure)
}

/// Ticks of the time stamp counter in a second.
fn ticks() -> f64 {
    let (started, from) = (Instant::now(), dpdk::tsc::rdtsc());
    while started.elapsed().as_millis() < 50 {}
    (dpdk::tsc::rdtsc() - from) as f64 / started.elapsed().as_secs_f64()
}

/// A million flows.
fn flows(name: &str, program: exact::Program, repeats: usize) -> Result<Figure> {
    let ticks = ticks();
    let mut bench = exact::Bench::new(program, 1_000_000)?;
    bench.sample(100)?;
    let cycles = (0..repeats).map(|_| bench.sample(200)).collect::<Result<Vec<f64>>>()?;
    let rates = cycles.iter().map(|cycles| ticks / cycles / 1e6).collect();
    let figure = Figure::new(name, "Mpps", rates).with("cycles", median(cycles));
    Ok(with_parts(figure, bench.parts()))
}

/// Ten thousand entries that are not exact.
fn entries(name: &str, kind: tables::Kind, repeats: usize) -> Result<Figure> {
    let mut bench = tables::Bench::new(kind)?;
    bench.sample(100)?;
    let cycles = (0..repeats).map(|_| bench.sample(200)).collect::<Result<Vec<f64>>>()?;
    let figure = Figure::new(name, "cycles", cycles).with("insert_k_per_s", (bench.rate / 1e3).round());
    Ok(with_parts(figure, bench.parts()))
}

fn with_parts(figure: Figure, parts: Vec<(String, f64)>) -> Figure {
    parts.into_iter().fold(figure, |figure, (part, cycles)| figure.with(&format!("cycles of {part}"), cycles))
}

/// One of our programs over the packets of its test.
fn own(name: &str, program: &str, repeats: usize) -> Result<Figure> {
    let ticks = ticks();
    let mut scenario = Scenario::new(program, |device| match name {
        "p4_acl_1k" => Scenario::thousand_rules(device),
        _ => Ok(()),
    })?;
    scenario.check()?;
    scenario.by_lane(50);
    let cycles: Vec<f64> = (0..repeats).map(|_| scenario.by_lane(50)).collect();
    let interpreted = median((0..5).map(|_| scenario.by_interpreter(5)).collect());
    Ok(Figure::new(name, "cycles", cycles)
        .with("interpreter_cycles", interpreted)
        .with("interpreter_mpps", (ticks / interpreted / 1e4).round() / 100.0))
}
