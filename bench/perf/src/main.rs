//! Throughput and failover of the real switch, measured from outside: `make bench`.

mod benches;
mod client;
mod machine;
mod measure;
mod peer;
mod process;
mod random;
mod report;
mod switch;
mod table;
mod testpmd;

use anyhow::{Context, Result, bail};
use benches::{BENCHES, Bench};
use clap::Parser;
use machine::{Hugepages, Machine};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Parser)]
#[command(version, about = "Throughput and failover of swerve-switch, measured on this machine")]
struct Arguments {
    /// Run this benchmark only.
    #[arg(long)]
    only: Option<String>,
    /// List the benchmarks.
    #[arg(long)]
    list: bool,
    /// Fewer and shorter intervals: to see that everything works, not to quote.
    #[arg(long)]
    quick: bool,
    /// The switch; the one beside this program when not given.
    #[arg(long)]
    switch: Option<PathBuf>,
}

fn main() -> ExitCode {
    // Not an option: the other end of net_memif, which the benchmarks start themselves.
    if std::env::args().nth(1).as_deref() == Some(peer::COMMAND) {
        return exit(peer::run().map(|()| true));
    }
    let arguments = Arguments::parse();
    if arguments.list {
        BENCHES.iter().for_each(|bench| println!("{:16} {}", bench.name, bench.what));
        return ExitCode::SUCCESS;
    }
    exit(run(&arguments))
}

fn exit(result: Result<bool>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every bound was met.
fn run(arguments: &Arguments) -> Result<bool> {
    let chosen: Vec<&Bench> = match &arguments.only {
        Some(name) => BENCHES.iter().filter(|bench| bench.name == name).collect(),
        None => BENCHES.iter().collect(),
    };
    if chosen.is_empty() {
        let names: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
        let only = arguments.only.as_deref().unwrap_or_default();
        bail!("there is no benchmark {only}; there are {}", names.join(", "));
    }
    let own = std::env::current_exe()?;
    let beside = own.parent().context("this program is in no directory")?;
    let program = arguments.switch.clone().unwrap_or_else(|| beside.join("swerve-switch"));
    if !program.exists() {
        bail!("{} does not exist; build it, or name the switch with --switch", program.display());
    }
    process::catch_signals()?;
    let _left_behind =
        process::RuntimeDirectories(&[switch::FILE_PREFIX, peer::FILE_PREFIX, testpmd::FILE_PREFIX]);
    let hugepages = Hugepages::reserve();
    let machine = Machine::look(hugepages.enough);
    process::pin(machine::OTHER_CORE)?;
    let settings = switch::Settings { program, hugepages: hugepages.enough };
    let started = Instant::now();
    let mut run = benches::Run::new(settings, machine, arguments.quick);
    let finished = benches::all(&mut run, &chosen);
    // What was measured before an interruption is worth having.
    if !run.figures.is_empty() {
        let summary = summary_path(beside);
        report::print(&run.figures, &run.machine);
        figures::write(&summary, &run.figures, &run.machine)?;
        println!("{} written after {:.0} s", summary.display(), started.elapsed().as_secs_f64());
    }
    finished?;
    Ok(run.figures.iter().all(|figure| figure.met))
}

/// `target/bench/summary.json`, for a program in `target/PROFILE`.
fn summary_path(beside: &std::path::Path) -> PathBuf {
    beside.parent().unwrap_or(beside).join("bench/summary.json")
}
