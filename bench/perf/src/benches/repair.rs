//! From the verdict that a path is dead to the first burst that carries a packet on its backup.

use super::{Run, SEED, WARM_UP};
use crate::measure::{Interval, Reading};
use crate::peer::Order;
use crate::process::{rest, wait_for};
use crate::random::Random;
use crate::switch::{Out, Plan, Switch};
use crate::table::{ANY_PORT, Route, destinations, routes_v4};
use anyhow::{Context, Result};
use figures::{Bound, Figure, quantile, round};
use stats::{Cause, FailoverRow};
use std::time::Duration;

const FAILOVERS: usize = 1_000;
/// Of them by silence, each of which takes the detection time.
const SILENT: usize = 60;
const BOUND_P50_US: f64 = 10.0;
const BOUND_P99_US: f64 = 25.0;
const LOOK: Duration = Duration::from_micros(300);
const LIMIT: Duration = Duration::from_secs(3);

pub fn measure(run: &mut Run, name: &str, prefixes: usize) -> Result<()> {
    let mut random = Random::new(SEED ^ 2);
    let routes = routes_v4(prefixes, 1, &mut random);
    let draws = if prefixes > 100_000 { 4 << 20 } else { 1 << 20 };
    // All of it moves from one port to the other and back.
    let destinations = destinations(&routes, draws, &mut random, |_| ANY_PORT);
    let plan = plan(&routes, &destinations);
    let rate = run.load(name, &plan)?;
    let mut switch = Switch::start(&run.settings, &Plan { rate: Some(rate), ..plan })?;
    rest(WARM_UP)?;
    let before = Reading::take(&switch.reader)?;
    let rows = fail(run, name, &mut switch, &mut random)?;
    let after = Reading::take(&switch.reader)?;
    after.check_since(&before)?;
    let interval = Interval::between(&before, &after);
    run.machine.saw(&interval);
    switch.stop()?;
    run.add(figure(name, &rows, &interval, rate));
    Ok(())
}

/// Takes the path out and brings it back, over and over: all failovers of it.
fn fail(run: &Run, name: &str, switch: &mut Switch, random: &mut Random) -> Result<Vec<FailoverRow>> {
    let (signaled, silent) = if run.quick { (100, 10) } else { (FAILOVERS, SILENT) };
    let mut last = switch.reader.failovers().last().map_or(0, |row| row.id);
    let mut rows = Vec::new();
    for number in 0..signaled + silent {
        // Spread out, so that both kinds are under the same conditions.
        let by_silence = number % (signaled / silent + 1) == 0;
        let order = if by_silence { Order::Silence } else { Order::Fail };
        let new = fail_once(switch, order, last)
            .with_context(|| format!("{name}: failover {number}: {}", switch.log()))?;
        last = new.last().map_or(last, |row| row.id);
        rows.extend(new);
        // Anywhere in the worker's turn, and in the peer's.
        rest(Duration::from_micros(1_000 + random.below(2_000) as u64))?;
        if number % 250 == 249 {
            run.say(&format!("{name}: {} failovers", rows.len()));
        }
    }
    Ok(rows)
}

/// All prefixes on a path whose peer fails on demand, with a backup on another port.
fn plan<'a>(routes: &'a [Route], destinations: &'a [u8]) -> Plan<'a> {
    Plan {
        v6: false,
        ports: 2,
        peered: 1,
        paths: vec![Out { port: 1, watched: true }, Out { port: 2, watched: false }],
        groups: vec![(0, 1)],
        routes,
        destinations,
        rate: None,
        interval_us: 10_000,
        multiplier: 3,
        scripted: true,
    }
}

/// Takes the path out and brings it back. All failovers since `last`: one, unless the machine added its own.
fn fail_once(switch: &mut Switch, order: Order, last: u32) -> Result<Vec<FailoverRow>> {
    let Switch { peer, reader, .. } = switch;
    let peer = peer.as_mut().context("this switch has no peer")?;
    peer.listen()?;
    let since = || reader.failovers().into_iter().filter(|row| row.id > last).collect::<Vec<_>>();
    wait_for("the path to be live", LOOK, LIMIT, || {
        Ok(since().last().is_none_or(|row| row.reverted_ns != 0).then_some(()))
    })?;
    let begun = since().len();
    peer.order(order)?;
    wait_for("the failover", LOOK, LIMIT, || {
        let repaired = since().get(begun).is_some_and(|row| row.first_backup_ns[0] != 0);
        Ok(repaired.then_some(()))
    })?;
    peer.order(Order::Recover)?;
    wait_for("the reversion", LOOK, LIMIT, || {
        let rows = since();
        Ok(rows.last().is_some_and(|row| row.reverted_ns != 0).then_some(rows))
    })
}

fn figure(name: &str, rows: &[FailoverRow], interval: &Interval, rate: u64) -> Figure {
    let repair = |row: &FailoverRow| {
        let first = row.first_backup_ns[0];
        (first != 0).then(|| (first - row.detected_ns) as f64 / 1000.0)
    };
    let of = |cause: Option<Cause>| {
        let wanted = rows.iter().filter(|row| cause.is_none_or(|cause| row.cause == cause));
        let mut samples: Vec<f64> = wanted.filter_map(repair).collect();
        samples.sort_by(f64::total_cmp);
        samples
    };
    let (all, silent) = (of(None), of(Some(Cause::BfdExpired)));
    let p99 = quantile(&all, 0.99);
    let flips: Vec<f64> = rows.iter().map(|row| (row.flipped_ns - row.detected_ns) as f64 / 1000.0).collect();
    Figure::new(name, "us", &all, Bound::AtMost(BOUND_P50_US))
        .with("p99", round(p99))
        .with("bound_p99", BOUND_P99_US)
        .with("to_flip_median", Figure::new("", "", &flips, Bound::None).median)
        .with("by_silence", silent.len())
        .with("by_silence_median", round(quantile(&silent, 0.5)))
        .with("by_silence_p99", round(quantile(&silent, 0.99)))
        .with("dropped", interval.dropped)
        .with("load_mpps", round(rate as f64 / 1e6))
        .with("mpps", round(interval.mpps))
        .with("on_core", round(interval.on_core))
        .with("turn_us", round(interval.turn_us))
        .with("vector", round(interval.vector))
        .with("stalls_over_20us_per_s", round(interval.stalls.over_20us as f64 / interval.seconds))
        .require(p99 < BOUND_P99_US && all.len() == rows.len())
}
