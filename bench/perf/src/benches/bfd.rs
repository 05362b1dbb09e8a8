//! A thousand sessions beside forwarding at 90%: how many are taken for dead though both ends live.

use super::{Run, SEED, WARM_UP};
use crate::measure::{Interval, Reading};
use crate::process::rest;
use crate::random::Random;
use crate::switch::{Out, Plan, Switch};
use crate::table::{ANY_PORT, destinations, routes_v4};
use anyhow::{Context, Result};
use figures::{Bound, Figure, round};
use stats::{Cause, FailoverRow, Reader};
use std::time::{Duration, Instant};

const SESSIONS: u32 = 1_000;
const INTERVAL_US: u32 = 10_000;
const MULTIPLIER: u8 = 3;
/// Who is away for the detection time less one interval may miss a packet in time and is excused.
const EXCUSE_US: u64 = INTERVAL_US as u64 * (MULTIPLIER as u64 - 1);
const LOOK: Duration = Duration::from_millis(100);
/// A detection time, and for either end to notice.
const AFTERMATH: Duration = Duration::from_millis(50);

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
    let (downs, excused) = watch.downs();
    let figure = Figure::new(name, "false Downs", &[downs as f64], Bound::AtMost(0.0))
        .with("excused_by_stalls", excused)
        .with("of_all_by_expiry", watch.looks.iter().map(|look| look.expired).sum::<u64>())
        .with("sessions", SESSIONS)
        .with("seconds", round(interval.seconds))
        .with("load_mpps", round(rate as f64 / 1e6))
        .with("mpps", round(interval.mpps))
        .with("on_core", round(interval.on_core))
        .with("vetoes", watch.vetoes)
        .with("worker_stall_max_us", watch.longest(|look| look.worker_stall_us))
        .with("peer_stall_max_us", watch.longest(|look| look.peer_stall_us))
        .with("stalls_over_20us_per_s", round(interval.stalls.over_20us as f64 / interval.seconds))
        .require(interval.dropped == 0);
    switch.stop()?;
    run.add(figure);
    Ok(())
}

struct Watch {
    from: Reading,
    to: Reading,
    looks: Vec<Look>,
    vetoes: u64,
}

/// What happened since the look before.
struct Look {
    from: Instant,
    to: Instant,
    downs: u64,
    /// Of them, those that the switch found by itself; the others were told by the peer.
    expired: u64,
    worker_stall_us: u64,
    peer_stall_us: u64,
}

impl Look {
    /// Whether a stall that ended in this look can be why a session went down in `other`: a stall is seen when it is
    /// over, its victims while it lasts and for a detection time after.
    fn excuses(&self, other: &Look) -> bool {
        let stall_us = self.worker_stall_us.max(self.peer_stall_us);
        let began = self.from.checked_sub(Duration::from_micros(stall_us)).unwrap_or(self.from);
        stall_us > EXCUSE_US && began <= other.to && other.from <= self.to + AFTERMATH
    }
}

impl Watch {
    /// Sessions that were taken for dead, without and with an excuse.
    fn downs(&self) -> (u64, u64) {
        let excused = |look: &&Look| self.looks.iter().any(|stalled| stalled.excuses(look));
        let all: u64 = self.looks.iter().map(|look| look.downs).sum();
        let excused: u64 = self.looks.iter().filter(excused).map(|look| look.downs).sum();
        (all - excused, excused)
    }

    fn longest(&self, stall_us: impl Fn(&Look) -> u64) -> u64 {
        self.looks.iter().map(stall_us).max().unwrap_or(0)
    }
}

fn watch(switch: &mut Switch, length: Duration) -> Result<Watch> {
    let peer = switch.peer.as_mut().context("this switch has no peer")?;
    peer.listen()?;
    peer.take_stall_us();
    let from = Reading::take(&switch.reader)?;
    let vetoes_before = vetoes(&switch.reader);
    let mut watch = Watch { from: from.clone(), to: from, looks: Vec::new(), vetoes: 0 };
    let mut seen = switch.reader.failover_count();
    let until = Instant::now() + length;
    let mut looked = Instant::now();
    while looked < until {
        rest(LOOK)?;
        peer.listen()?;
        let now = Reading::take(&switch.reader)?;
        now.check_since(&watch.to)?;
        let count = switch.reader.failover_count();
        let rows = if count > seen { switch.reader.failovers() } else { Vec::new() };
        let expired = |row: &&FailoverRow| u64::from(row.id) > seen && row.cause == Cause::BfdExpired;
        let look = Look {
            from: looked,
            to: Instant::now(),
            downs: count - seen,
            expired: rows.iter().filter(expired).count() as u64,
            worker_stall_us: now.longest_stall_since(&watch.to) / 1000,
            peer_stall_us: peer.take_stall_us(),
        };
        looked = look.to;
        watch.looks.push(look);
        (seen, watch.to) = (count, now);
    }
    watch.vetoes = vetoes(&switch.reader) - vetoes_before;
    Ok(watch)
}

/// Times that a session was not declared dead because its packets could still be waiting.
fn vetoes(reader: &Reader) -> u64 {
    reader.sessions().iter().filter_map(|row| row.info.as_ref()).map(|info| info.vetoes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_excuses_what_went_down_while_it_lasted_and_nothing_long_before_or_after() {
        let start = Instant::now();
        let look = |number: u32, downs, peer_stall_us| Look {
            from: start + LOOK * number,
            to: start + LOOK * (number + 1),
            downs,
            expired: 0,
            worker_stall_us: 0,
            peer_stall_us,
        };
        let at = |downs_in: u32, stall_us| {
            let look = |number| {
                let downs = if number == downs_in { 7 } else { 0 };
                look(number, downs, if number == 10 { stall_us } else { 0 })
            };
            let looks: Vec<Look> = (0..20).map(look).collect();
            looks
                .iter()
                .filter(|look| looks.iter().any(|other| other.excuses(look)))
                .map(|l| l.downs)
                .sum::<u64>()
        };
        assert_eq!(at(10, 30_000), 7);
        assert_eq!(at(9, 30_000), 7, "seen when it was over");
        assert_eq!(at(8, 130_000), 7);
        assert_eq!(at(11, 30_000), 7, "found out late");
        assert_eq!(at(10, 19_000), 0, "shorter than the detection time less one interval");
        assert_eq!(at(7, 30_000), 0);
        assert_eq!(at(13, 130_000), 0);
    }
}
