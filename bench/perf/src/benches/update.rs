//! Changes of routes through the control socket while packets are forwarded.
//!
//! The table has a million routes, of which a fifth come, go and change; as many again come and go. Under all of them
//! is a default route, so that a withdrawal moves packets and loses none: whatever is lost was lost to the updates.
//! Where the longest route that can ever cover a destination is one that never changes, the sink knows its port.

use super::{GROUPS, Run, SEED, WARM_UP, port_of_group, two_ports};
use crate::client::updates;
use crate::measure::{Interval, Reading};
use crate::process::rest;
use crate::random::Random;
use crate::switch::{Plan, Switch};
use crate::table::{ANY_PORT, Prefix, Route, destinations, routes_v4};
use anyhow::Result;
use api::frame;
use api::switch::RouteUpdate;
use figures::{Bound, Figure, round};
use std::time::{Duration, Instant};

const STABLE: usize = 800_000;
const PRESENT: usize = 200_000;
const ABSENT: usize = 200_000;
/// Updates of one run; three seconds at the bound.
const UPDATES: usize = 1_500_000;
const RUNS: usize = 8;
/// Updates in one message, as control sends them.
const BATCH: usize = 4096;
/// Frames that can be between source and sink at any moment: two vectors.
const IN_FLIGHT: u64 = 512;
/// In place of the group of a route that comes and goes.
const CHURN: u32 = u32::MAX;

pub fn measure(run: &mut Run, name: &str) -> Result<()> {
    let (runs, count) = if run.quick { (2, 100_000) } else { (RUNS, UPDATES) };
    let work = Work::new(runs, count)?;
    let plan = two_ports(false, &work.loaded, &work.destinations);
    let rate = run.load(name, &plan)?;
    let mut switch = Switch::start(&run.settings, &Plan { rate: Some(rate), ..plan })?;
    rest(WARM_UP)?;
    let before = switch.stand_still(Reading::take)?;
    let mut rates = Vec::new();
    for bytes in &work.encoded {
        rates.push(one_run(run, name, &mut switch, bytes, count)?);
    }
    let after = switch.stand_still(Reading::take)?;
    after.check_since(&before)?;
    let interval = Interval::between(&before, &after);
    // Both sides count what is between source and sink at that moment.
    let missing = (after.made() - before.made()).abs_diff(after.good() - before.good());
    let lost = interval.dropped.max(if missing > IN_FLIGHT { missing } else { 0 });
    if interval.dropped > 0 {
        run.say(&format!("{name}: dropped {}", after.drops_since(&before).1));
    }
    let figure = Figure::new(name, "k updates/s", &rates, Bound::AtLeast(500.0))
        .with("lost", lost)
        .with("load_mpps", round(rate as f64 / 1e6))
        .with("mpps", round(interval.mpps))
        .with("on_core", round(interval.on_core))
        .with("stalls_over_20us_per_s", round(interval.stalls.over_20us as f64 / interval.seconds))
        .require(lost == 0);
    switch.stop()?;
    run.add(figure);
    Ok(())
}

/// Sends one run's updates, and says how many thousands of them were applied in a second.
fn one_run(run: &mut Run, name: &str, switch: &mut Switch, bytes: &[u8], count: usize) -> Result<f64> {
    let from = Reading::take(&switch.reader)?;
    let started = Instant::now();
    switch.client.send_encoded(bytes)?;
    switch.client.barrier()?;
    let rate = count as f64 / started.elapsed().as_secs_f64() / 1e3;
    let interval = Interval::between(&from, &Reading::take(&switch.reader)?);
    run.machine.saw(&interval);
    run.say(&format!(
        "{name}: {rate:.0} k updates/s while forwarding {:.1} Mpps, {:.0}% of the time on its core, {}",
        interval.mpps,
        interval.on_core * 100.0,
        interval.stalls_text(),
    ));
    rest(Duration::from_millis(1))?;
    Ok(rate)
}

/// Everything that can be made before anything is measured.
struct Work {
    loaded: Vec<Route>,
    destinations: Vec<u8>,
    /// The messages of each run.
    encoded: Vec<Vec<u8>>,
}

impl Work {
    fn new(runs: usize, count: usize) -> Result<Work> {
        let mut random = Random::new(SEED ^ 4);
        let drawn = routes_v4(STABLE + PRESENT + ABSENT, GROUPS, &mut random);
        let mut ever = drawn.clone();
        ever[STABLE..].iter_mut().for_each(|route| route.group = CHURN);
        let destinations = destinations(&ever, 4 << 20, &mut random, |route| match route.group {
            CHURN => ANY_PORT,
            group => port_of_group(group),
        });
        let mut loaded = drawn[..STABLE + PRESENT].to_vec();
        loaded.push(Route { prefix: Prefix { bits: 0, len: 0, v6: false }, group: 0 });
        let mut churn = Churn { routes: drawn[STABLE..].to_vec(), present: PRESENT, random };
        let encoded = (0..runs).map(|_| churn.encode(count)).collect::<Result<Vec<_>>>()?;
        Ok(Work { loaded, destinations, encoded })
    }
}

/// The routes that come and go: those in front are in the table.
struct Churn {
    routes: Vec<Route>,
    present: usize,
    random: Random,
}

impl Churn {
    /// Messages with `count` updates, a third of each kind, of random prefixes.
    fn encode(&mut self, count: usize) -> Result<Vec<u8>> {
        let all: Vec<RouteUpdate> = (0..count).map(|number| self.update(number % 3)).collect();
        let mut bytes = Vec::new();
        for batch in all.chunks(BATCH) {
            frame::write(&updates(batch.to_vec()), &mut bytes)?;
        }
        Ok(bytes)
    }

    fn update(&mut self, kind: usize) -> RouteUpdate {
        match kind {
            0 => {
                let chosen = self.present + self.random.below(self.routes.len() - self.present);
                self.routes.swap(chosen, self.present);
                self.present += 1;
                let route = &self.routes[self.present - 1];
                RouteUpdate { prefix: route.prefix.net(), group: Some(route.group) }
            }
            1 => {
                let chosen = self.random.below(self.present);
                self.present -= 1;
                self.routes.swap(chosen, self.present);
                RouteUpdate { prefix: self.routes[self.present].prefix.net(), group: None }
            }
            _ => {
                let chosen = self.random.below(self.present);
                let other = 1 + self.random.below(GROUPS as usize - 1) as u32;
                let route = &mut self.routes[chosen];
                route.group = (route.group + other) % GROUPS;
                RouteUpdate { prefix: route.prefix.net(), group: Some(route.group) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_update_does_what_its_third_says_and_the_table_stays_as_large_as_it_was() {
        let routes = routes_v4(600, GROUPS, &mut Random::new(1));
        let mut table: HashMap<_, _> = routes[..300].iter().map(|r| (r.prefix.net(), r.group)).collect();
        let mut churn = Churn { routes, present: 300, random: Random::new(2) };
        for number in 0..30_000 {
            let update = churn.update(number % 3);
            let old = table.get(&update.prefix).copied();
            match number % 3 {
                0 => assert!(old.is_none() && update.group.is_some()),
                1 => assert!(old.is_some() && update.group.is_none()),
                _ => assert!(old.is_some() && update.group.is_some() && old != update.group),
            }
            match update.group {
                Some(group) => table.insert(update.prefix, group),
                None => table.remove(&update.prefix),
            };
        }
        assert_eq!(table.len(), 300);
    }
}
