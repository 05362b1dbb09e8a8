//! `make bench-bgp`: a full table from two providers, told by feeds that are faster than any daemon, and what it takes
//! to load it, to lose a provider with it, and to lose control with it. Packets go to all prefixes in turn, so that the
//! last lost packet is that of the last prefix.

use crate::clock::MS;
use crate::event::{self, Event};
use crate::events::{failure, quiet, reversion};
use crate::lab::{Interrupted, Lab, SELDOM};
use crate::process::Spec;
use crate::swerve::{CONTROL, SWITCH};
use crate::topology::{self, SWERVE};
use anyhow::{Context, Result, anyhow};
use feed::prefixes;
use figures::{Bound, Figure, median};
use serde_json::Value;
use std::cell::Cell;
use std::path::Path;

/// A full table.
const ROUTES: u32 = 1_000_000;
const RUNS: usize = 3;
/// More attempts, should a stall fall into the window of a run.
const SPARE: usize = 3;
/// As zebra and as bgpd.
const FPM: &str = "feed-fpm";
const BGP: &str = "feed-bgp";

/// What a measurement needs before it can begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Needs {
    /// Both providers' table, as far as that number of prefixes.
    Table(u32),
    /// It loads the table itself.
    Nothing,
}

/// One measurement, named as its first figure.
#[derive(Clone, Copy, Debug)]
struct Part {
    name: &'static str,
    unit: &'static str,
    limit: Bound,
    needs: Needs,
    measure: fn(&mut Bench<'_>, &Part) -> Result<Vec<Figure>>,
}

impl Part {
    fn figure(&self, samples: &[f64]) -> Figure {
        Figure::new(self.name, self.unit, samples, self.limit)
    }
}

/// In the order of a full run.
const PARTS: [Part; 9] = [
    Part {
        name: "fpm_rate_1m",
        unit: "routes/s",
        limit: Bound::AtLeast(300_000.0),
        needs: Needs::Nothing,
        measure: load,
    },
    Part {
        name: "control_memory_2m",
        unit: "MB",
        limit: Bound::AtMost(600.0),
        needs: Needs::Table(ROUTES),
        measure: memory,
    },
    Part {
        name: "what_if_1m",
        unit: "s",
        limit: Bound::AtMost(1.0),
        needs: Needs::Table(ROUTES),
        measure: questions,
    },
    Part { name: "silent_1m", unit: "ms", limit: SILENT, needs: Needs::Table(ROUTES), measure: cuts },
    Part {
        name: "link_down_1m",
        unit: "ms",
        limit: Bound::AtMost(5.0),
        needs: Needs::Table(ROUTES),
        measure: links,
    },
    Part {
        name: "control_restart_1m",
        unit: "s",
        limit: Bound::AtMost(10.0),
        needs: Needs::Table(ROUTES),
        measure: restart,
    },
    Part {
        name: "withdraw_500k",
        unit: "routes/s",
        limit: Bound::AtLeast(200_000.0),
        needs: Needs::Table(ROUTES),
        measure: withdraw,
    },
    Part { name: "silent_100k", unit: "ms", limit: SILENT, needs: Needs::Table(100_000), measure: cuts },
    Part { name: "silent_1", unit: "ms", limit: SILENT, needs: Needs::Table(1), measure: cuts },
];

/// Of the last prefix, from the first packet lost.
pub const SILENT: Bound = Bound::AtMost(35.0);

/// A lab, and what the feeds have told it.
#[derive(Debug)]
struct Bench<'a> {
    lab: &'a mut Lab,
    /// Routes that were there before the first of a feed's.
    before: u64,
    /// Prefixes that FPM has told, and whether BGP has as well.
    told: u32,
    paths: bool,
}

/// Names that can be asked for.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.name)
}

/// Measures everything, or what is named. What cannot be measured is a missed figure, and the rest goes on.
pub fn all(lab: &mut Lab, only: Option<&str>) -> Result<Vec<Figure>> {
    let before = routes(lab)?;
    let mut bench = Bench { lab, before, told: 0, paths: false };
    let mut figures = Vec::new();
    for part in PARTS.iter().filter(|part| only.is_none_or(|only| only == part.name)) {
        let measured = bench.prepare(part.needs).and_then(|()| (part.measure)(&mut bench, part));
        match measured {
            Ok(measured) => figures.extend(measured),
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                bench.lab.console.end("MISSED");
                eprintln!("{}: {error:#}", part.name);
                let first = error.to_string();
                let why = first.lines().next().unwrap_or_default();
                figures.push(part.figure(&[]).with("why", why));
            }
        }
    }
    Ok(figures)
}

impl Bench<'_> {
    /// Brings the table to the size that is needed.
    fn prepare(&mut self, needs: Needs) -> Result<()> {
        let Needs::Table(count) = needs else { return Ok(()) };
        if self.told == 0 {
            self.lab.console.begin("loading");
            start_fpm(self.lab)?;
            self.told = ROUTES;
            wait_for_routes(self.lab, self.before + u64::from(ROUTES))?;
            self.lab.console.end(&format!("{ROUTES} routes by FPM"));
        }
        if !self.paths {
            self.lab.console.begin("loading");
            let since = self.lab.clock.now();
            start_bgp(self.lab)?;
            self.paths = true;
            in_sync(self.lab)?;
            let took = (self.lab.clock.now() - since) as f64 / 1e9;
            self.lab.console.end(&format!("{} paths by BGP in {took:.1} s", 2 * ROUTES));
        }
        if count < self.told {
            self.lab.console.begin("shrinking");
            shrink(self.lab, self.before, (self.told, count))?;
            self.told = count;
            self.lab.console.end(&format!("{count} prefixes left"));
        }
        Ok(())
    }
}

fn start(lab: &mut Lab, name: &'static str, args: &[&str]) -> Result<()> {
    let (program, cores) = (lab.swerve.binaries().join("swerve-feed"), lab.cores.clone());
    let args = args.iter().map(|&arg| arg.to_owned()).collect();
    let (program, precedence): (&Path, &[&str]) = (&program, &[]);
    let spec = Spec { name, namespace: SWERVE, program, args, cores: &cores, precedence };
    lab.processes.start(&spec).map(drop)
}

fn start_fpm(lab: &mut Lab) -> Result<()> {
    let (isp1, isp2) = (format!("{},isp1", lab.isp(1).router), format!("{},isp2", lab.isp(2).router));
    let routes = ROUTES.to_string();
    start(lab, FPM, &["fpm", "--routes", &routes, "--via", &isp1, "--via", &isp2])
}

fn start_bgp(lab: &mut Lab) -> Result<()> {
    let (isp1, isp2) = (format!("{},65001", lab.isp(1).router), format!("{},65002", lab.isp(2).router));
    let routes = ROUTES.to_string();
    start(lab, BGP, &["bgp", "--prefixes", &routes, "--provider", &isp1, "--provider", &isp2])
}

fn routes(lab: &Lab) -> Result<u64> {
    Ok(lab.swerve.connect()?.status()?.routes_v4)
}

/// Waits, asking now and then only.
fn seldom(lab: &mut Lab, what: &str, mut done: impl FnMut(&Lab) -> Result<bool>) -> Result<()> {
    lab.wait(what, 120, &[FPM, BGP, CONTROL, SWITCH], |lab| {
        std::thread::sleep(SELDOM);
        done(lab)
    })
}

fn wait_for_routes(lab: &mut Lab, count: u64) -> Result<()> {
    seldom(lab, &format!("{count} routes in the switch"), |lab| Ok(routes(lab)? == count))
}

/// What a feed said of the order of that number.
fn said(lab: &mut Lab, name: &str, event: &str, number: usize) -> Result<Value> {
    let mut found = None;
    seldom(lab, &format!("{name} to say `{event}`"), |lab| {
        let text = lab.processes.printed(name)?;
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        found = lines.filter(|line| line["event"] == event).nth(number);
        Ok(found.is_some())
    })?;
    found.with_context(|| format!("{name} said nothing of `{event}`"))
}

/// What swerve-control says of those who tell it routes.
fn peers(lab: &Lab) -> Result<Value> {
    serde_json::from_str(&lab.swerve.ctl(&["show", "peers", "--json"])?).context("`show peers --json`")
}

/// Waits until swerve-control has every path and has told the switch all that follows from them.
fn in_sync(lab: &mut Lab) -> Result<()> {
    seldom(lab, "swerve-control to know and to have told everything", |lab| {
        // The question is a process of its own.
        std::thread::sleep(3 * SELDOM);
        let missing = missing(&peers(lab)?);
        if missing.is_empty() { Ok(true) } else { Err(anyhow!("{}", missing.join(", "))) }
    })
}

/// What `show peers` says that is not there yet, or has not gone on.
fn missing(peers: &Value) -> Vec<String> {
    let (fpm, bgp) = (&peers["fpm"], &peers["bgp"][0]);
    let families = bgp["families"].as_array().map_or(&[][..], Vec::as_slice);
    let paths: u64 = families.iter().filter_map(|family| family["paths"].as_u64()).sum();
    let all = u64::from(ROUTES);
    let mut missing = Vec::new();
    for (what, has, wanted) in
        [("routes by FPM", fpm["routes"].as_u64().unwrap_or(0), all), ("paths by BGP", paths, 2 * all)]
    {
        if has < wanted {
            missing.push(format!("{has} of {wanted} {what}"));
        }
    }
    for (what, waiting) in [
        ("changes of FPM wait", &fpm["waiting"]),
        ("changes of BGP wait", &bgp["waiting"]),
        ("prefixes are to be told", &peers["to_tell"]),
    ] {
        if waiting.as_u64() != Some(0) {
            missing.push(format!("{waiting} {what}"));
        }
    }
    missing
}

/// What is not the router's takes as little as it can of the core that it shares with the router: a tenth of the packets, and
/// BFD at 100 ms in place of 10 ms, for which the providers' bfdd otherwise take a quarter of the core. For figures that are
/// no outages.
fn light(lab: &mut Lab, light: bool) -> Result<()> {
    lab.spread.thin(if light { 10 } else { 1 });
    let ms = if light { 100 } else { 10 };
    for router in &lab.providers {
        let mut vty = router.vty("bfdd")?;
        for command in ["configure terminal", "bfd", "profile fast"] {
            vty.ask(command)?;
        }
        vty.ask(&format!("receive-interval {ms}"))?;
        vty.ask(&format!("transmit-interval {ms}"))?;
    }
    Ok(())
}

/// FPM to forwarding while forwarding: the feed, control and all daemons of the lab have one core together.
fn load(bench: &mut Bench<'_>, part: &Part) -> Result<Vec<Figure>> {
    let Bench { lab, before, told, .. } = bench;
    let before = *before;
    lab.console.begin(part.name);
    let (mut rates, mut shares) = (Vec::new(), Vec::new());
    let first_packet = lab.there.next();
    light(lab, true)?;
    for run in 0..=RUNS {
        if run == RUNS {
            light(lab, false)?;
        }
        let since = lab.clock.now();
        if run == 0 {
            start_fpm(lab)?;
            *told = ROUTES;
        } else {
            lab.processes.tell(FPM, "add 1")?
        }
        wait_for_routes(lab, before + u64::from(ROUTES))?;
        rates.push(f64::from(ROUTES) * 1e9 / (lab.clock.now() - since) as f64);
        let added = said(lab, FPM, "added", run)?;
        shares.push(added["core_seconds"].as_f64().context("no core_seconds")?);
        if run < RUNS {
            lab.processes.tell(FPM, "withdraw")?;
            wait_for_routes(lab, before)?;
        }
    }
    let (last_packet, _) = lab.settle(300)?;
    let lost = lab.there.lost(first_packet..last_packet);
    // The last one had all that goes on beside it elsewhere in this run.
    let beside = rates.pop().unwrap_or(f64::NAN);
    lab.console.end(&format!("{:.0} routes/s, {lost} packets lost beside it", median(&rates)));
    Ok(vec![
        part.figure(&rates)
            .number("feed_core_s", median(&shares))
            .number("at_full_traffic", beside)
            .with("lost", lost),
    ])
}

/// Resident memory of one of the processes, in MB.
pub fn resident(lab: &Lab, name: &str) -> Result<f64> {
    let id = lab.processes.id(name).with_context(|| format!("{name} is not running"))?;
    let text = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let kib = text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
    Ok(kib.context("no VmRSS")?.parse::<f64>()? * 1024.0 / 1e6)
}

fn memory(bench: &mut Bench<'_>, part: &Part) -> Result<Vec<Figure>> {
    let lab = &mut *bench.lab;
    lab.console.begin(part.name);
    let (control, switch) = (resident(lab, CONTROL)?, resident(lab, SWITCH)?);
    lab.console.end(&format!("{control:.0} MB"));
    Ok(vec![part.figure(&[control]).number("switch_mb", switch)])
}

/// `what-if` and `show coverage`, as an operator asks them, with the time that the command itself takes.
fn questions(bench: &mut Bench<'_>, part: &Part) -> Result<Vec<Figure>> {
    let lab = &mut *bench.lab;
    lab.console.begin(part.name);
    let ask = |lab: &Lab, args: &[&str]| -> Result<(f64, Value)> {
        let since = lab.clock.now();
        let text = lab.swerve.ctl(args)?;
        Ok(((lab.clock.now() - since) as f64 / 1e9, serde_json::from_str(&text)?))
    };
    let (mut what_ifs, mut coverages, mut right) = (Vec::new(), Vec::new(), true);
    for _ in 0..RUNS {
        let (took, answer) = ask(lab, &["what-if", "fail", "isp1", "--json"])?;
        what_ifs.push(took);
        let moves = answer["moves"].as_array().map_or(&[][..], Vec::as_slice);
        let moved: u64 = moves.iter().filter_map(|one| one["prefixes"].as_u64()).sum();
        right &= answer["lost"] == 0 && moved >= u64::from(ROUTES);
        let (took, answer) = ask(lab, &["show", "coverage", "--json"])?;
        coverages.push(took);
        right &= answer["covered"].as_u64() >= Some(u64::from(ROUTES));
    }
    lab.console.end(&format!("{:.3} s; coverage {:.3} s", median(&what_ifs), median(&coverages)));
    let coverage = median(&coverages);
    let figure = part.figure(&what_ifs).number("coverage_s", coverage).with("right", right);
    Ok(vec![figure.require(right && coverage <= 1.0)])
}

/// What a series of failures cost.
#[derive(Default)]
struct Series {
    /// Of the last prefix, in ms.
    last: Vec<f64>,
    mean: Vec<f64>,
    detection: Vec<f64>,
    repair: Vec<f64>,
    reverted: Vec<f64>,
    spoilt: usize,
}

impl Series {
    /// Repeats a failure; what a stall spoilt counts only if nothing else is left.
    fn of(
        lab: &mut Lab,
        name: &'static str,
        strike: fn(&mut Lab) -> Result<()>,
        mend: fn(&mut Lab) -> Result<()>,
    ) -> Result<Series> {
        let (mut good, mut bad) = (Series::default(), Series::default());
        for _ in 0..RUNS + SPARE {
            let event = failure(lab, name, event::Bound::Reported, strike)?;
            let spoilt = event.stalls_us.spoils();
            let series = if spoilt { &mut bad } else { &mut good };
            series.add(lab, &event);
            series.reverted.push(reversion(lab, mend)?.lost as f64);
            if good.last.len() == RUNS {
                break;
            }
        }
        let spoilt = bad.last.len();
        Ok(Series { spoilt, ..if good.last.is_empty() { bad } else { good } })
    }

    fn add(&mut self, lab: &Lab, event: &Event) {
        let from = lab.there.first_sent_since(event.struck.saturating_sub(20 * MS));
        let to = lab.there.first_sent_since(event.moved.unwrap_or(event.struck) + 200 * MS);
        self.last.push(lab.there.span_us(from..to) / 1e3);
        self.mean.push(event.outage_us / 1e3);
        self.detection.extend(event.detection_us.map(|us| us / 1e3));
        self.repair.extend(event.repair_us);
    }

    fn figure(&self, part: &Part) -> Figure {
        let figure = part.figure(&self.last).number("lost_over_rate_ms", median(&self.mean));
        let figure = match self.detection.is_empty() {
            true => figure,
            false => figure.number("detection_ms", median(&self.detection)),
        };
        figure.number("repair_us", median(&self.repair)).with("spoilt", self.spoilt)
    }
}

fn cuts(bench: &mut Bench<'_>, part: &Part) -> Result<Vec<Figure>> {
    let (lab, told) = (&mut *bench.lab, bench.told);
    lab.spread.over(0..told);
    let mend = |lab: &mut Lab| topology::heal(lab.isp(1));
    let series = Series::of(lab, "silent cut", |lab| topology::cut(lab.isp(1)), mend)?;
    let mut figures = vec![series.figure(part)];
    if told == ROUTES {
        figures.push(Figure::new("reversion_lost_1m", "packets", &series.reverted, Bound::AtMost(0.0)));
    }
    Ok(figures)
}

fn links(bench: &mut Bench<'_>, part: &Part) -> Result<Vec<Figure>> {
    let lab = &mut *bench.lab;
    lab.spread.over(0..ROUTES);
    let down = |lab: &mut Lab| topology::carrier(lab.isp(1), false);
    let series = Series::of(lab, "link down", down, |lab| topology::carrier(lab.isp(1), true))?;
    Ok(vec![series.figure(part)])
}

/// Control killed and started again, and its feeds as zebra and bgpd would after it.
fn restart(bench: &mut Bench<'_>, part: &Part) -> Result<Vec<Figure>> {
    let lab = &mut *bench.lab;
    lab.spread.over(0..ROUTES);
    let mut took = 0.0;
    let kill = |lab: &mut Lab| {
        light(lab, true)?;
        lab.processes.kill(CONTROL)?;
        // bgpd would connect again; the feed ends with its session.
        lab.processes.kill(BGP)
    };
    let event = quiet(lab, "control killed", 1, kill, |lab, _| {
        lab.settle(300)?;
        let since = lab.clock.now();
        lab.start_control()?;
        // As zebra does on each connection: everything again.
        lab.processes.tell(FPM, "reconnect")?;
        lab.processes.tell(FPM, "add 1")?;
        start_bgp(lab)?;
        in_sync(lab)?;
        took = (lab.clock.now() - since) as f64 / 1e9;
        light(lab, false)?;
        lab.settle(1000).map(drop)
    })?;
    Ok(vec![part.figure(&[took]).with("lost", event.lost).require(event.lost == 0)])
}

/// Whether the switch sends prefixes all over the half that moves to this path.
fn moved(lab: &Lab, path: &str) -> Result<bool> {
    let mut switch = lab.swerve.connect()?;
    let last = ROUTES / 2 - 1;
    for number in (0..last).step_by(last as usize / 50).chain([last]) {
        let route = switch.route(&prefixes::nth(number).to_string())?;
        if route.is_none_or(|route| route.group.primaries.first().is_none_or(|(name, _)| name != path)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first provider withdraws half of its table by BGP, and zebra tells the winners that are left.
fn withdraw(bench: &mut Bench<'_>, part: &Part) -> Result<Vec<Figure>> {
    let lab = &mut *bench.lab;
    let half = ROUTES / 2;
    lab.spread.over(half..ROUTES);
    let (mut rates, mut lost) = (Vec::new(), 0);
    for _ in 0..RUNS {
        for (way, verb) in [(2, "withdraw"), (1, "announce")] {
            let (since, took) = (Cell::new(0), Cell::new(0));
            let tell = |lab: &mut Lab| {
                light(lab, true)?;
                since.set(lab.clock.now());
                lab.processes.tell(BGP, &format!("{verb} 1 0 {half}"))?;
                lab.processes.tell(FPM, &format!("replace {way} 0 {half}"))
            };
            let event = quiet(lab, "withdraw half", 1, tell, |lab, _| {
                let path = topology::way_name(way);
                seldom(lab, &format!("half of the routes over {path}"), |lab| moved(lab, path))?;
                took.set(lab.clock.now() - since.get());
                light(lab, false)
            })?;
            if verb == "withdraw" {
                rates.push(f64::from(half) * 1e9 / took.get() as f64);
            } else {
                in_sync(lab)?;
            }
            lost += event.lost;
        }
    }
    Ok(vec![part.figure(&rates).with("lost", lost).require(lost == 0)])
}

/// Takes prefixes from the end of the table: of so many, so many are left.
fn shrink(lab: &mut Lab, before: u64, (from, first): (u32, u32)) -> Result<()> {
    let less = from - first;
    lab.spread.over(0..first);
    lab.processes.tell(FPM, &format!("withdraw {first} {less}"))?;
    lab.processes.tell(BGP, &format!("withdraw 1 {first} {less}"))?;
    lab.processes.tell(BGP, &format!("withdraw 2 {first} {less}"))?;
    wait_for_routes(lab, before + u64::from(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_did_not_come_to_rest_is_named_with_its_numbers() {
        let peers = |routes: u32, waiting: u32, to_tell: u32| {
            json!({
                "fpm": {"routes": routes, "waiting": 0},
                "bgp": [{"families": [{"paths": 2 * ROUTES}], "waiting": waiting}],
                "to_tell": to_tell,
            })
        };
        assert!(missing(&peers(ROUTES, 0, 0)).is_empty());
        assert_eq!(missing(&peers(5, 0, 0)), ["5 of 1000000 routes by FPM"]);
        assert_eq!(missing(&peers(ROUTES, 7, 9)), ["7 changes of BGP wait", "9 prefixes are to be told"]);
        // A control that says nothing yet is not at rest.
        assert_eq!(missing(&json!({})).len(), 5);
    }

    #[test]
    fn tables_only_shrink_from_part_to_part() {
        let sizes = PARTS.iter().filter_map(|part| match part.needs {
            Needs::Table(count) => Some(count),
            Needs::Nothing => None,
        });
        assert!(sizes.is_sorted_by(|a, b| a >= b));
    }
}
