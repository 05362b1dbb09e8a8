//! A thousand sessions beside forwarding at 90%: how many are taken for dead though both ends live.

use super::{Run, SEED, WARM_UP};
use crate::measure::{Interval, Reading};
use crate::process::rest;
use crate::random::Random;
use crate::report::{Bound, Figure, round};
use crate::switch::{Out, Plan, Switch};
use crate::table::{ANY_PORT, destinations, routes_v4};
use anyhow::{Context, Result};
use stats::{Cause, FailoverRow, Reader};
use std::time::{Duration, Instant};

const SESSIONS: u32 = 1_000;
const INTERVAL_US: u32 = 10_000;
const MULTIPLIER: u8 = 3;
/// Who is away for the detection time less one interval may miss a packet in time and is excused.
const EXCUSE_US: u64 = INTERVAL_US as u64 * (MULTIPLIER as u64 - 1);
const LOOK: Duration = Duration::from_millis(100);

pub fn measure(run: &mut Run, name: &str) -> Result<()> {
    let mut random = Random::new(SEED ^ 3);
    let routes = routes_v4(1_000_000, SESSIONS, &mut random);
    let destinations = destinations(&routes, 4 << 20, &mut random, |_| ANY_PORT);
    let watched = (0..SESSIONS).map(|_| Out { port: 1, watched: true });
    let plan = Plan {
        v6: false,
        ports: 2,
        peered: 1,
        paths: watched.chain([Out { port: 2, watched: false }]).collect(),
        groups: (0..SESSIONS).map(|path| (path, SESSIONS)).collect(),
        routes: &routes,
        destinations: &destinations,
        rate: None,
        interval_us: INTERVAL_US,
        multiplier: MULTIPLIER,
        scripted: false,
    };
    let rate = run.load(name, &plan)?;
    let mut switch = Switch::start(&run.settings, &Plan { rate: Some(rate), ..plan })?;
    rest(WARM_UP)?;
    let length = Duration::from_secs(if run.quick { 10 } else { 60 });
    run.say(&format!("{name}: all sessions are Up; watching for {} s", length.as_secs()));
    let watch = watch(&mut switch, length)?;
    let interval = Interval::between(&watch.from, &watch.to);
    run.machine.saw(&interval);
    let figure = Figure::new(name, "false Downs", &[watch.downs as f64], Bound::AtMost(0.0))
        .with("excused_by_stalls", watch.excused)
        .with("of_all_by_expiry", watch.expired)
        .with("sessions", SESSIONS)
        .with("seconds", round(interval.seconds))
        .with("load_mpps", round(rate as f64 / 1e6))
        .with("mpps", round(interval.mpps))
        .with("vetoes", watch.vetoes)
        .with("worker_stall_max_us", watch.worker_stall_us)
        .with("peer_stall_max_us", watch.peer_stall_us)
        .with("stalls_over_20us_per_s", round(interval.stalls.over_20us as f64 / interval.seconds))
        .require(interval.dropped == 0);
    switch.stop()?;
    run.add(figure);
    Ok(())
}

struct Watch {
    from: Reading,
    to: Reading,
    downs: u64,
    excused: u64,
    /// Of all of them, those that the switch found by itself; the others were told by the peer.
    expired: u64,
    vetoes: u64,
    worker_stall_us: u64,
    peer_stall_us: u64,
}

fn watch(switch: &mut Switch, length: Duration) -> Result<Watch> {
    let peer = switch.peer.as_mut().context("this switch has no peer")?;
    peer.listen()?;
    peer.take_stall_us();
    let from = Reading::take(&switch.reader)?;
    let vetoes_before = vetoes(&switch.reader);
    let mut watch = Watch {
        from: from.clone(),
        to: from,
        downs: 0,
        excused: 0,
        expired: 0,
        vetoes: 0,
        worker_stall_us: 0,
        peer_stall_us: 0,
    };
    let mut seen = switch.reader.failover_count();
    let mut excuse_before = false;
    let until = Instant::now() + length;
    while Instant::now() < until {
        rest(LOOK)?;
        peer.listen()?;
        let now = Reading::take(&switch.reader)?;
        now.check_since(&watch.to)?;
        let stall_us = peer.take_stall_us();
        watch.peer_stall_us = watch.peer_stall_us.max(stall_us);
        watch.worker_stall_us = watch.worker_stall_us.max(now.longest_stall_since(&watch.to) / 1000);
        let excuse = stall_us > EXCUSE_US || now.longest_stall_since(&watch.to) / 1000 > EXCUSE_US;
        let count = switch.reader.failover_count();
        if count > seen {
            let rows = switch.reader.failovers();
            let expired = |row: &&FailoverRow| u64::from(row.id) > seen && row.cause == Cause::BfdExpired;
            watch.expired += rows.iter().filter(expired).count() as u64;
        }
        // A Down shows up to a detection time after the stall that caused it: maybe in the next look.
        if excuse || excuse_before {
            watch.excused += count - seen;
        } else {
            watch.downs += count - seen;
        }
        (seen, excuse_before, watch.to) = (count, excuse, now);
    }
    watch.vetoes = vetoes(&switch.reader) - vetoes_before;
    Ok(watch)
}

/// Times that a session was not declared dead because its packets could still be waiting.
fn vetoes(reader: &Reader) -> u64 {
    reader.sessions().iter().filter_map(|row| row.info.as_ref()).map(|info| info.vetoes).sum()
}
