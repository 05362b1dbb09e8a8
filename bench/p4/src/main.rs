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
use figures::{Bound, Figure, median};
use host::compile::{Phase, Source, compile_text, on_large_stack};
use host::load::{ROUTER, built_in_program};
use jit::Machine;
use programs::Scenario;
use rt::{Control, Options};
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

/// For who runs this.
fn print(figure: &Figure) -> Result<()> {
    println!("{}", serde_json::to_string(figure)?);
    Ok(())
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
            print(&ratio(name, routes, repeats)?)?;
        }
    }
    for (name, until) in [("p4_check_ms", Phase::Accepted), ("p4_compile_ms", Phase::Flat)] {
        if wanted(name) {
            print(&on_large_stack(|| compile(name, until, repeats))?)?;
        }
    }
    if wanted("p4_exact_1m") {
        print(&flows("p4_exact_1m", exact::Program::Exact, Bound::AtLeast(15.0), repeats)?)?;
    }
    if wanted("p4_direct_1m") {
        print(&flows("p4_direct_1m", exact::Program::Direct, Bound::None, repeats)?)?;
    }
    for (name, kind) in [
        ("p4_ternary_10k", tables::Kind::Ternary),
        ("p4_range_10k", tables::Kind::Range),
        ("p4_lpm37_10k", tables::Kind::Lpm),
    ] {
        if wanted(name) {
            print(&entries(name, kind, repeats)?)?;
        }
    }
    if wanted("p4_insert_ternary_10k") {
        let fill = |_| Ok(tables::Bench::new(tables::Kind::Ternary)?.rate / 1e3);
        let rates = (0..repeats).map(fill).collect::<Result<Vec<f64>>>()?;
        print(&Figure::new("p4_insert_ternary_10k", "k/s", &rates, Bound::None))?;
    }
    for (name, program) in [
        ("p4_l2_learning", "l2_learning"),
        ("p4_acl_1k", "acl"),
        ("p4_load_balancer", "load_balancer"),
        ("p4_telemetry", "telemetry"),
    ] {
        if wanted(name) {
            print(&own(name, program, repeats)?)?;
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
    let of = |part: fn(&router::Sample) -> f64| samples.iter().map(part).collect::<Vec<f64>>();
    let figure = Figure::new(name, "x", &of(|sample| sample.old / sample.new), Bound::AtLeast(0.95))
        .number("router_cycles", median(&of(|sample| sample.new)))
        .number("hand_written_cycles", median(&of(|sample| sample.old)));
    Ok(with_parts(figure, bench.parts()))
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
    let most = if until == Phase::Flat { 50.0 } else { 10.0 };
    Ok(Figure::new(name, "ms", &samples, Bound::AtMost(most)))
}

/// Ticks of the time stamp counter in a second.
fn ticks() -> f64 {
    let (started, from) = (Instant::now(), dpdk::tsc::rdtsc());
    while started.elapsed().as_millis() < 50 {}
    (dpdk::tsc::rdtsc() - from) as f64 / started.elapsed().as_secs_f64()
}

/// A million flows.
fn flows(name: &str, program: exact::Program, bound: Bound, repeats: usize) -> Result<Figure> {
    let ticks = ticks();
    let mut bench = exact::Bench::new(program, 1_000_000)?;
    bench.sample(100)?;
    let cycles = (0..repeats).map(|_| bench.sample(200)).collect::<Result<Vec<f64>>>()?;
    let rates: Vec<f64> = cycles.iter().map(|cycles| ticks / cycles / 1e6).collect();
    let figure = Figure::new(name, "Mpps", &rates, bound).number("cycles", median(&cycles));
    Ok(with_parts(figure, bench.parts()))
}

/// Ten thousand entries that are not exact.
fn entries(name: &str, kind: tables::Kind, repeats: usize) -> Result<Figure> {
    let mut bench = tables::Bench::new(kind)?;
    bench.sample(100)?;
    let cycles = (0..repeats).map(|_| bench.sample(200)).collect::<Result<Vec<f64>>>()?;
    let figure =
        Figure::new(name, "cycles", &cycles, Bound::None).with("insert_k_per_s", (bench.rate / 1e3).round());
    Ok(with_parts(figure, bench.parts()))
}

fn with_parts(figure: Figure, parts: Vec<(String, f64)>) -> Figure {
    parts
        .into_iter()
        .fold(figure, |figure, (part, cycles)| figure.number(&format!("cycles of {part}"), cycles))
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
    let interpreted: Vec<f64> = (0..5).map(|_| scenario.by_interpreter(5)).collect();
    let interpreted = median(&interpreted);
    Ok(Figure::new(name, "cycles", &cycles, Bound::None)
        .number("interpreter_cycles", interpreted)
        .number("interpreter_mpps", ticks / interpreted / 1e6))
}
