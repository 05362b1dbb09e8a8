//! How fast it forwards: several tables and testpmd in turns, since the machine is not the same from minute to minute.

use super::{GROUPS, Run, SEED, WARM_UP, port_of_group, two_ports};
use crate::measure::Interval;
use crate::process::rest;
use crate::random::Random;
use crate::switch::Switch;
use crate::table::{Route, destinations, routes_v4, routes_v6};
use crate::testpmd::Testpmd;
use anyhow::Result;
use figures::{Bound, Figure, round};

/// Turns of each, and intervals within one.
const TURNS: usize = 4;
const INTERVALS: usize = 3;
const MIB: f64 = (1 << 20) as f64;

/// A table and the traffic over it.
struct Subject {
    name: &'static str,
    bound: Bound,
    v6: bool,
    routes: Vec<Route>,
    destinations: Vec<u8>,
    intervals: Vec<Interval>,
    memory: Vec<Memory>,
}

struct Memory {
    tables: u64,
    grown: u64,
    resident: u64,
}

impl Subject {
    fn new(name: &'static str, bound: Bound, routes: Vec<Route>, draws: usize) -> Subject {
        let v6 = routes[0].prefix.v6;
        let mut random = Random::new(SEED ^ 1);
        let destinations = destinations(&routes, draws, &mut random, |route| port_of_group(route.group));
        Subject { name, bound, v6, routes, destinations, intervals: Vec::new(), memory: Vec::new() }
    }

    fn turn(&mut self, run: &mut Run, intervals: usize) -> Result<()> {
        let mut switch = Switch::start(&run.settings, &two_ports(self.v6, &self.routes, &self.destinations))?;
        let tables = switch.client.status()?.table_bytes;
        let grown = tables - switch.empty_bytes;
        self.memory.push(Memory { tables, grown, resident: switch.resident()? });
        rest(WARM_UP)?;
        for _ in 0..intervals {
            self.intervals.push(run.interval(self.name, &mut switch)?);
        }
        switch.stop()
    }

    fn figure(&self) -> Figure {
        let of = |f: fn(&Interval) -> f64| self.intervals.iter().map(f).collect::<Vec<f64>>();
        let seconds: f64 = of(|interval| interval.seconds).iter().sum();
        let stalls: u64 = self.intervals.iter().map(|interval| interval.stalls.over_20us).sum();
        let dropped: u64 = self.intervals.iter().map(|interval| interval.dropped).sum();
        let median = |samples: &[f64]| Figure::new("", "", samples, Bound::None).median;
        Figure::new(self.name, "Mpps", &of(|interval| interval.mpps), self.bound)
            .with("on_core", median(&of(|interval| interval.on_core)))
            .with("mpps_on_core", median(&of(Interval::mpps_on_core)))
            .with("cycles", median(&of(|interval| interval.cycles)))
            .with("stalls_over_20us_per_s", round(stalls as f64 / seconds))
            .with("dropped", dropped)
            .require(dropped == 0)
    }

    fn memory(&self) -> Figure {
        let of = |f: fn(&Memory) -> u64| self.memory.iter().map(|m| f(m) as f64 / MIB).collect::<Vec<f64>>();
        let median = |samples: &[f64]| Figure::new("", "", samples, Bound::None).median;
        Figure::new("memory_1m", "MiB", &of(|m| m.tables), Bound::AtMost(128.0))
            .with("grown_by", median(&of(|m| m.grown)))
            .with("process_resident", median(&of(|m| m.resident)))
    }
}

/// `wanted` are names of this kind.
pub fn measure(run: &mut Run, wanted: &[&str]) -> Result<()> {
    let wants = |name: &str| wanted.contains(&name);
    run.say("making tables and destinations");
    let mut random = Random::new(SEED);
    let mut subjects = Vec::new();
    if wants("forward_16") || wants("floor") {
        let mut routes = routes_v4(16, GROUPS, &mut random);
        for (group, route) in routes.iter_mut().enumerate() {
            route.group = group as u32;
        }
        subjects.push(Subject::new("forward_16", Bound::AtLeast(50.0), routes, 1 << 20));
    }
    if wants("forward_1m") || wants("memory_1m") {
        let routes = routes_v4(1_000_000, GROUPS, &mut random);
        subjects.push(Subject::new("forward_1m", Bound::AtLeast(30.0), routes, 4 << 20));
    }
    if wants("forward_v6_200k") {
        let routes = routes_v6(200_000, GROUPS, &mut random);
        subjects.push(Subject::new("forward_v6_200k", Bound::None, routes, 2 << 20));
    }
    let (turns, intervals) = if run.quick { (1, 2) } else { (TURNS, INTERVALS) };
    let mut testpmd = Vec::new();
    for _ in 0..turns {
        for subject in &mut subjects {
            subject.turn(run, intervals)?;
        }
        if wants("testpmd_mac") {
            testpmd_turn(run, intervals, &mut testpmd)?;
        }
    }
    for subject in subjects {
        if wants(subject.name) {
            run.add(subject.figure());
        }
        if subject.name == "forward_16" && wants("floor") {
            let floors: Vec<f64> = subject.intervals.iter().map(Interval::floor).collect();
            run.add(Figure::new("floor", "cycles/packet", &floors, Bound::None));
        }
        if subject.name == "forward_1m" && wants("memory_1m") {
            run.add(subject.memory());
        }
    }
    if wants("testpmd_mac") {
        run.add(Figure::new("testpmd_mac", "Mpps", &testpmd, Bound::None));
    }
    Ok(())
}

fn testpmd_turn(run: &mut Run, intervals: usize, rates: &mut Vec<f64>) -> Result<()> {
    let mut testpmd = Testpmd::start(run.settings.hugepages)?;
    rest(WARM_UP)?;
    for _ in 0..intervals {
        let mpps = testpmd.measure(run.length())?;
        run.say(&format!("testpmd_mac: {mpps:.1} Mpps"));
        rates.push(mpps);
    }
    testpmd.stop()
}
