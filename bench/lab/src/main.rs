//! `run` breaks things and measures; `shell` leaves the lab up to break things by hand.

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use swerve_lab::event::{Event, TransferFigure};
use swerve_lab::events::Cycle;
use swerve_lab::kind::{Igp, Kind};
use swerve_lab::lab::{Lab, Options};
use swerve_lab::{bench, bgp, events, igp, lock, measured, others, report, shell, timeline, topology};

#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the lab up, go through all events, print the table, write summary.json and timeline.svg
    Run(Options),
    /// The same with FRR above swerve and BGP with both providers
    Bgp(Options),
    /// The same with FRR above swerve and an IGP between it and two routers, with loop-free alternates
    Igp {
        #[command(flatten)]
        options: Options,
        /// ospf: swerve computes the alternates; isis: isisd does
        #[arg(long, value_enum, default_value_t = Igp::Ospf)]
        protocol: Igp,
    },
    /// Measure a full table from two providers, and write summary.json
    BenchBgp {
        #[command(flatten)]
        options: Options,
        /// Measure this one only
        #[arg(long, value_parser = PossibleValuesParser::new(bench::names().chain(others::FIGURES.map(|(name, _)| name))))]
        only: Option<String>,
    },
    /// Bring the lab up with traffic and open a shell to play with it
    Shell(Options),
    /// Remove what a lab left that was killed
    Clean,
    /// In a running lab: cut a provider's wire silently
    Cut(Which),
    /// In a running lab: mend the wire
    Heal(Which),
    /// In a running lab: take the carrier from swerve's port
    Down(Which),
    /// In a running lab: give the carrier back
    Up(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// isp1 or isp2
    isp: String,
}

impl Which {
    fn isp(&self) -> Result<&'static topology::Isp> {
        // Names and wires are the same in every kind of lab.
        let found = topology::STATIC.isps.iter().find(|isp| isp.name == self.isp);
        found.with_context(|| format!("there is no {}; the providers are isp1 and isp2", self.isp))
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(options) => run(&options, Kind::Static, &events::STATIC),
        Command::Bgp(options) => run(&options, Kind::Bgp, &bgp::CYCLES),
        Command::Igp { options, protocol } => run(&options, Kind::Igp(protocol), &igp::CYCLES),
        Command::BenchBgp { options, only } => measure(&options, only.as_deref()),
        Command::Shell(options) => shell::play(&options, Kind::Static),
        Command::Clean => clean(),
        Command::Cut(which) => which.isp().and_then(topology::cut).map(|()| true),
        Command::Heal(which) => which.isp().and_then(topology::heal).map(|()| true),
        Command::Down(which) => which.isp().and_then(|isp| topology::carrier(isp, false)).map(|()| true),
        Command::Up(which) => which.isp().and_then(|isp| topology::carrier(isp, true)).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nswerve-lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn clean() -> Result<bool> {
    for left in lock::sweep(&lock::take()?)? {
        println!("removed {left}");
    }
    Ok(true)
}

/// Returns whether every bound was met.
fn run(options: &Options, kind: Kind, cycles: &[Cycle]) -> Result<bool> {
    let out = options.out(kind)?;
    let mut lab = Lab::up(options, kind)?;
    let story = events::all(&mut lab, cycles)?;
    let events = &story.events;
    let transfer = transfer(&mut lab)?;
    lab.trustworthy()?;
    let picture = timeline::draw(&lab, &story);
    lab.console.begin("cleaning up");
    drop(lab);
    println!("\n{}", report::table(events));
    println!(
        "TCP beside it: {:.1} MB from the LAN host to the server, every byte as sent, at most {:.0} ms without one",
        transfer.bytes as f64 / 1e6,
        transfer.longest_gap_us / 1e3,
    );
    report::summary(&out.join("summary.json"), events, &transfer)?;
    let drawn = out.join("timeline.svg");
    std::fs::write(&drawn, picture).with_context(|| drawn.display().to_string())?;
    println!("{}\n{}", out.join("summary.json").display(), drawn.display());
    println!("To play with it: `make lab-shell`.");
    let broken = report::broken(events);
    for Event { event, lost, outage_us, bound, .. } in &broken {
        let bound = bound.as_deref().unwrap_or_default();
        eprintln!("missed: {event}: {lost} lost, outage {:.3} ms; the bound is {bound}", outage_us / 1e3);
    }
    Ok(broken.is_empty())
}

/// Returns whether every bound was met.
fn measure(options: &Options, only: Option<&str>) -> Result<bool> {
    let out = options.out(Kind::Feed)?;
    let mut figures = Vec::new();
    if only.is_none_or(|only| bench::names().any(|name| name == only)) {
        let mut lab = Lab::up(options, Kind::Feed)?;
        figures = bench::all(&mut lab, only)?;
        lab.trustworthy()?;
        lab.console.begin("cleaning up");
    }
    figures.extend(others::all(options, only)?);
    println!("\n{}", figures::table(&figures));
    let summary = out.join("summary.json");
    figures::write(&summary, &figures, &measured::machine())?;
    let drawn = out.join("outages.svg");
    std::fs::write(&drawn, measured::chart(&figures)).with_context(|| drawn.display().to_string())?;
    println!("{}\n{}", summary.display(), drawn.display());
    let missed = figures.iter().filter(|figure| !figure.met);
    let missed: Vec<&str> = missed.map(|figure| figure.name.as_str()).collect();
    if !missed.is_empty() {
        eprintln!("missed: {}", missed.join(", "));
    }
    Ok(missed.is_empty())
}

fn transfer(lab: &mut Lab) -> Result<TransferFigure> {
    lab.console.begin("TCP transfer");
    let outcome = lab.finish_transfer()?;
    lab.console.end(&format!("{} bytes, all as sent", outcome.bytes));
    Ok(TransferFigure {
        event: "tcp transfer",
        bytes: outcome.bytes,
        longest_gap_us: outcome.longest_gap as f64 / 1e3,
        bound: "every byte as sent",
        met: true,
    })
}
