//! `make bench-bgp`: a full table from two providers, told by feeds that are faster than any daemon, and what it takes
//! to load it, to lose a provider with it, and to lose control with it. Packets go to all prefixes in turn, so that the
//! last lost packet is that of the last prefix.

use crate::clock::MS;
use crate::events::{failure, quiet, reversion};
use crate::figures::{Bound, Event};
use crate::lab::Lab;
use crate::measured::{Figure, Limit, median};
use crate::process::Spec;
use crate::swerve::{CONTROL, SWITCH};
use crate::topology::{self, SWERVE};
use anyhow::{Context, Result};
use feed::prefixes;
use serde_json::Value;
use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

/// A full table.
const ROUTES: u32 = 1_000_000;
const RUNS: usize = 3;
/// More attempts, should a stall fall into the window of a run.
const SPARE: usize = 3;
/// Between two questions while something is measured on the core that has to answer them.
const SELDOM: Duration = Duration::from_millis(50);
/// As zebra and as bgpd.
const FPM: &str = "feed-fpm";
const BGP: &str = "feed-bgp";

/// Measures everything.
pub fn all(lab: &mut Lab) -> Result<Vec<Figure>> {
    let routes = routes(lab)?;
    let mut figures = vec![load(lab, routes)?];
    start_bgp(lab)?;
    in_sync(lab)?;
    figures.push(memory(lab)?);
    figures.push(questions(lab)?);
    figures.extend(cuts(lab, "silent_1m", ROUTES)?);
    figures.push(links(lab)?);
    figures.push(restart(lab)?);
    figures.push(withdraw(lab)?);
    for (name, from, to) in [("silent_100k", ROUTES, 100_000), ("silent_1", 100_000, 1)] {
        shrink(lab, routes, from..to)?;
        figures.extend(cuts(lab, name, to)?.into_iter().take(1));
    }
    Ok(figures)
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
    let all = u64::from(ROUTES);
    seldom(lab, "swerve-control to know and to have told everything", |lab| {
        let peers = peers(lab)?;
        let (fpm, bgp) = (&peers["fpm"], &peers["bgp"][0]);
        let paths = bgp["families"].as_array().context("no BGP")?.iter().filter_map(|f| f["paths"].as_u64());
        let idle = [&fpm["waiting"], &bgp["waiting"], &peers["to_tell"]].iter().all(|value| **value == 0);
        Ok(fpm["routes"].as_u64() >= Some(all) && paths.sum::<u64>() == 2 * all && idle)
    })
}

/// FPM to forwarding while forwarding: the feed, control and all daemons of the lab have one core together.
fn load(lab: &mut Lab, before: u64) -> Result<Figure> {
    lab.console.begin("fpm_rate_1m");
    let (mut rates, mut shares) = (Vec::new(), Vec::new());
    let first_packet = lab.there.next();
    for run in 0..RUNS {
        let since = lab.clock.now();
        if run == 0 {
            start_fpm(lab)?
        } else {
            lab.processes.tell(FPM, "add 1")?
        }
        wait_for_routes(lab, before + u64::from(ROUTES))?;
        rates.push(f64::from(ROUTES) * 1e9 / (lab.clock.now() - since) as f64);
        let told = said(lab, FPM, "added", run)?;
        shares.push(told["core_seconds"].as_f64().context("no core_seconds")?);
        if run + 1 < RUNS {
            lab.processes.tell(FPM, "withdraw")?;
            wait_for_routes(lab, before)?;
        }
    }
    let (last_packet, _) = lab.settle(300)?;
    let lost = lab.there.lost(first_packet..last_packet);
    lab.console.end(&format!("{:.0} routes/s, {lost} packets lost beside it", median(&rates)));
    let figure = Figure::new("fpm_rate_1m", "routes/s", &rates, Limit::AtLeast(300_000.0));
    Ok(figure.number("feed_core_s", median(&shares)).with("lost", lost))
}

/// Resident memory of one of the processes, in MB.
fn resident(lab: &Lab, name: &str) -> Result<f64> {
    let id = lab.processes.id(name).with_context(|| format!("{name} is not running"))?;
    let text = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let kib = text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
    Ok(kib.context("no VmRSS")?.parse::<f64>()? * 1024.0 / 1e6)
}

fn memory(lab: &mut Lab) -> Result<Figure> {
    lab.console.begin("control_memory_2m");
    let (control, switch) = (resident(lab, CONTROL)?, resident(lab, SWITCH)?);
    lab.console.end(&format!("{control:.0} MB"));
    let figure = Figure::new("control_memory_2m", "MB", &[control], Limit::AtMost(600.0));
    Ok(figure.number("switch_mb", switch))
}

/// `what-if` and `show coverage`, as an operator asks them, with the time that the command itself takes.
fn questions(lab: &mut Lab) -> Result<Figure> {
    lab.console.begin("what_if_1m");
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
    let figure = Figure::new("what_if_1m", "s", &what_ifs, Limit::AtMost(1.0));
    let coverage = median(&coverages);
    Ok(figure.number("coverage_s", coverage).with("right", right).require(right && coverage <= 1.0))
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
            let event = failure(lab, name, Bound::Reported, strike)?;
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

    fn figure(&self, name: &'static str, bound_ms: f64) -> Figure {
        let figure = Figure::new(name, "ms", &self.last, Limit::AtMost(bound_ms));
        let figure = figure.number("lost_over_rate_ms", median(&self.mean));
        let figure = match self.detection.is_empty() {
            true => figure,
            false => figure.number("detection_ms", median(&self.detection)),
        };
        figure.number("repair_us", median(&self.repair)).with("spoilt", self.spoilt)
    }
}

fn cuts(lab: &mut Lab, name: &'static str, prefixes: u32) -> Result<[Figure; 2]> {
    lab.spread.over(0..prefixes);
    let mend = |lab: &mut Lab| topology::heal(lab.isp(1));
    let series = Series::of(lab, "silent cut", |lab| topology::cut(lab.isp(1)), mend)?;
    let reverted = Figure::new("reversion_lost_1m", "packets", &series.reverted, Limit::AtMost(0.0));
    Ok([series.figure(name, 35.0), reverted])
}

fn links(lab: &mut Lab) -> Result<Figure> {
    lab.spread.over(0..ROUTES);
    let down = |lab: &mut Lab| topology::carrier(lab.isp(1), false);
    let series = Series::of(lab, "link down", down, |lab| topology::carrier(lab.isp(1), true))?;
    Ok(series.figure("link_down_1m", 5.0))
}

/// Control killed and started again, and its feeds as zebra and bgpd would after it.
fn restart(lab: &mut Lab) -> Result<Figure> {
    lab.spread.over(0..ROUTES);
    let mut took = 0.0;
    let kill = |lab: &mut Lab| {
        lab.processes.kill(CONTROL)?;
        // bgpd would connect again; the feed ends with its session.
        lab.processes.kill(BGP)
    };
    let event = quiet(lab, "control killed", 1, kill, |lab, _| {
        lab.settle(300)?;
        let since = lab.clock.now();
        lab.start_control()?;
        lab.processes.tell(FPM, "reconnect")?;
        start_bgp(lab)?;
        in_sync(lab)?;
        took = (lab.clock.now() - since) as f64 / 1e9;
        lab.settle(1000).map(drop)
    })?;
    let figure = Figure::new("control_restart_1m", "s", &[took], Limit::AtMost(10.0));
    Ok(figure.with("lost", event.lost).require(event.lost == 0))
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
fn withdraw(lab: &mut Lab) -> Result<Figure> {
    let half = ROUTES / 2;
    lab.spread.over(half..ROUTES);
    let (mut rates, mut lost) = (Vec::new(), 0);
    for _ in 0..RUNS {
        for (way, verb) in [(2, "withdraw"), (1, "announce")] {
            let (since, took) = (Cell::new(0), Cell::new(0));
            let tell = |lab: &mut Lab| {
                since.set(lab.clock.now());
                lab.processes.tell(BGP, &format!("{verb} 1 0 {half}"))?;
                lab.processes.tell(FPM, &format!("replace {way} 0 {half}"))
            };
            let event = quiet(lab, "withdraw half", 1, tell, |lab, _| {
                let path = topology::way_name(way);
                seldom(lab, &format!("half of the routes over {path}"), |lab| moved(lab, path))?;
                took.set(lab.clock.now() - since.get());
                Ok(())
            })?;
            if verb == "withdraw" {
                rates.push(f64::from(half) * 1e9 / took.get() as f64);
            }
            lost += event.lost;
        }
    }
    let figure = Figure::new("withdraw_500k", "routes/s", &rates, Limit::AtLeast(200_000.0));
    Ok(figure.with("lost", lost).require(lost == 0))
}

/// Takes prefixes from the end of the table until `count` are left.
fn shrink(lab: &mut Lab, before: u64, count: std::ops::Range<u32>) -> Result<()> {
    let (first, less) = (count.end, count.start - count.end);
    lab.spread.over(0..first);
    lab.processes.tell(FPM, &format!("withdraw {first} {less}"))?;
    lab.processes.tell(BGP, &format!("withdraw 1 {first} {less}"))?;
    lab.processes.tell(BGP, &format!("withdraw 2 {first} {less}"))?;
    wait_for_routes(lab, before + u64::from(first))
}
