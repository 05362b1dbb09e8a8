//! The benchmarks by name, and what they have in common.

mod bfd;
mod forward;
mod p4;
mod repair;
mod update;

use crate::machine::Machine;
use crate::measure::{self, Interval};
use crate::process::{interrupted, rest};
use crate::switch::{Out, Plan, Settings, Switch};
use crate::table::Route;
use anyhow::Result;
use figures::{Bound, Figure};
use std::time::{Duration, Instant};

/// The seed of every table and every choice.
pub const SEED: u64 = 0x5eed_0f5e_4e4e;
/// A switch that has just started, or was disturbed, gets so long before it is measured.
const WARM_UP: Duration = Duration::from_millis(300);
/// The share of the measured rate at which a forwarding worker is under load but not behind.
const LOAD: f64 = 0.9;

/// A benchmark.
pub struct Bench {
    pub name: &'static str,
    pub what: &'static str,
    kind: Kind,
}

enum Kind {
    /// Measured in turns with the others of its kind, so that they can be compared.
    Turns,
    Update,
    Repair(usize),
    Bfd,
    P4,
    Swap,
}

const fn bench(name: &'static str, kind: Kind, what: &'static str) -> Bench {
    Bench { name, what, kind }
}

pub const BENCHES: &[Bench] = &[
    bench("forward_16", Kind::Turns, "one worker, 64-byte frames, 16 IPv4 routes, BFD on"),
    bench("forward_1m", Kind::Turns, "the same, uniformly random over 1M IPv4 routes"),
    bench("forward_v6_200k", Kind::Turns, "the same, uniformly random over 200k IPv6 routes"),
    bench("floor", Kind::Turns, "the generator alone: from source to sink"),
    bench("testpmd_mac", Kind::Turns, "dpdk-testpmd of the distribution, mac forwarding, one core"),
    bench("memory_1m", Kind::Turns, "the forwarding tables with 1M IPv4 routes"),
    bench("update_1m", Kind::Update, "adds, withdrawals and changes into 1M routes while forwarding at 90%"),
    bench("repair_1", Kind::Repair(1), "verdict to first packet on the backup, 1 prefix on the path"),
    bench("repair_1k", Kind::Repair(1_000), "the same, 1,000 prefixes"),
    bench("repair_100k", Kind::Repair(100_000), "the same, 100,000 prefixes"),
    bench("repair_1m", Kind::Repair(1_000_000), "the same, 1,000,000 prefixes"),
    bench(
        "p4_router_ratio_16",
        Kind::P4,
        "the hand-written path's cycles over those of router.p4, 16 routes, no devices",
    ),
    bench("p4_router_ratio_1m", Kind::P4, "the same with 1M routes"),
    bench("p4_check_ms", Kind::P4, "router.p4 from source to a verdict"),
    bench("p4_compile_ms", Kind::P4, "router.p4 from source to running code"),
    bench("p4_exact_1m", Kind::P4, "exact match on five numbers, 1M entries, whole program, no devices"),
    bench("p4_direct_1m", Kind::P4, "the same, each entry counted, metered and aged"),
    bench("p4_ternary_10k", Kind::P4, "10,000 ternary entries under 625 masks, whole program, no devices"),
    bench("p4_range_10k", Kind::P4, "the same with two ranges each"),
    bench("p4_lpm37_10k", Kind::P4, "the same with prefixes of 37 bits"),
    bench("p4_insert_ternary_10k", Kind::P4, "entries a second into the table of p4_ternary_10k, one by one"),
    bench("p4_l2_learning", Kind::P4, "l2_learning.p4 over the packets of its test"),
    bench("p4_acl_1k", Kind::P4, "acl.p4 likewise, with 1,000 more rules"),
    bench("p4_load_balancer", Kind::P4, "load_balancer.p4 likewise"),
    bench("p4_telemetry", Kind::P4, "telemetry.p4 likewise"),
    bench("p4_swap_lost", Kind::Swap, "router.p4 loaded again and again under 90% load"),
    bench("bfd_1000", Kind::Bfd, "1,000 BFD sessions at 10 ms x 3 beside forwarding at 90%: false Downs"),
];

/// One run of the program.
#[derive(Debug)]
pub struct Run {
    pub settings: Settings,
    pub machine: Machine,
    pub quick: bool,
    pub figures: Vec<Figure>,
    started: Instant,
}

impl Run {
    pub fn new(settings: Settings, machine: Machine, quick: bool) -> Run {
        Run { settings, machine, quick, figures: Vec::new(), started: Instant::now() }
    }

    /// The length of one measured interval.
    fn length(&self) -> Duration {
        if self.quick { Duration::from_millis(300) } else { Duration::from_secs(1) }
    }

    fn say(&self, text: &str) {
        println!("{:5.0} s  {text}", self.started.elapsed().as_secs_f64());
    }

    fn add(&mut self, figure: Figure) {
        let verdict = match (figure.bound, figure.met) {
            (_, false) => "MISSED",
            (Some(_), true) => "met",
            (None, true) => "",
        };
        let Figure { name, min, median, max, unit, .. } = &figure;
        self.say(&format!("{name}: {min} / {median} / {max} {unit} {verdict}"));
        self.figures.push(figure);
    }

    /// Notes what could not be measured. Only an interruption ends the run.
    fn settle(&mut self, names: &[&str], result: Result<()>) -> Result<()> {
        match result {
            Err(error) if !interrupted() => {
                let why = format!("{error:#}");
                for name in names {
                    self.add(Figure::new(name, "", &[], Bound::None).with("error", why.clone()));
                }
                eprintln!("bench: {why}");
                Ok(())
            }
            other => other,
        }
    }

    /// Measures one interval of a running switch.
    fn interval(&mut self, name: &str, switch: &mut Switch) -> Result<Interval> {
        let interval = measure::interval(&switch.reader, self.length())?;
        switch.check()?;
        self.machine.saw(&interval);
        let (stages, stalls) = (interval.stages_text(), interval.stalls_text());
        self.say(&format!(
            "{name}: {:.1} Mpps, {:.0}% of the time on its core, turns of {:.1} us, {:.1} cycles a packet ({stages}), {stalls}",
            interval.mpps,
            interval.on_core * 100.0,
            interval.turn_us,
            interval.cycles,
        ));
        Ok(interval)
    }

    /// The frames a second that make [`LOAD`] of what this plan can carry.
    fn load(&mut self, name: &str, plan: &Plan<'_>) -> Result<u64> {
        let mut switch = Switch::start(&self.settings, plan)?;
        rest(WARM_UP)?;
        let mut rates = Vec::new();
        for _ in 0..3 {
            rates.push(self.interval(&format!("{name} at full rate"), &mut switch)?.mpps);
        }
        switch.stop()?;
        rates.sort_by(f64::total_cmp);
        Ok((rates[1] * 1e6 * LOAD) as u64)
    }
}

/// Runs what was chosen. A benchmark that fails is a figure that was missed, and no reason not to run the others.
pub fn all(run: &mut Run, chosen: &[&Bench]) -> Result<()> {
    let turns: Vec<&str> =
        chosen.iter().filter(|bench| matches!(bench.kind, Kind::Turns)).map(|bench| bench.name).collect();
    if !turns.is_empty() {
        let result = forward::measure(run, &turns);
        run.settle(&turns, result)?;
    }
    for bench in chosen {
        let result = match bench.kind {
            Kind::Turns => continue,
            Kind::Update => update::measure(run, bench.name),
            Kind::Repair(prefixes) => repair::measure(run, bench.name, prefixes),
            Kind::Bfd => bfd::measure(run, bench.name),
            Kind::P4 => p4::measure(run, bench.name),
            Kind::Swap => p4::swap(run, bench.name),
        };
        run.settle(&[bench.name], result)?;
    }
    Ok(())
}

/// Next hops on each of two ports, all watched; how the forwarding benchmarks leave the switch.
const PATHS_A_PORT: u32 = 4;
/// Protection groups over them.
const GROUPS: u32 = 16;

/// Two ports with four watched next hops each, and groups whose backup is on the other port.
fn two_ports<'a>(v6: bool, routes: &'a [Route], destinations: &'a [u8]) -> Plan<'a> {
    let paths = (0..2 * PATHS_A_PORT).map(|path| Out { port: port_of(path), watched: true });
    let group = |group: u32| {
        let primary = group % (2 * PATHS_A_PORT);
        let other = 1 - primary / PATHS_A_PORT;
        let backup = other * PATHS_A_PORT + (primary + group / (2 * PATHS_A_PORT)) % PATHS_A_PORT;
        (primary, backup)
    };
    Plan {
        v6,
        ports: 2,
        peered: 2,
        paths: paths.collect(),
        groups: (0..GROUPS).map(group).collect(),
        routes,
        destinations,
        rate: None,
        interval_us: 10_000,
        // A false Down here would send frames out of the wrong port; false Downs have a benchmark of their own.
        multiplier: 30,
        scripted: false,
    }
}

/// The port of a path of [`two_ports`].
fn port_of(path: u32) -> u16 {
    1 + (path / PATHS_A_PORT) as u16
}

/// The port that a route of [`two_ports`] leaves by.
fn port_of_group(group: u32) -> u32 {
    u32::from(port_of(group % (2 * PATHS_A_PORT)))
}
