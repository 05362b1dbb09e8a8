//! The events of `make lab-igp`: what links, routers and swerve-control can do to a route that has a loop-free alternate.

use crate::event::{Bound, Event};
use crate::events::{Cycle, LINK, calm, control_killed, failure, lossless, reversion};
use crate::kind::Kind;
use crate::lab::Lab;
use crate::swerve::{CONTROL, SWITCH};
use crate::topology::{self, SERVER_NET};
use anyhow::{Context, Result, bail};

/// The way there must not wait for anything but BFD; what comes on top is the machine's.
const CUT: Bound = Bound::DetectionPlus(5000);
/// What is watched after everything is where it shall be: micro-loops and the end of `uloop_delay` fall into it.
const AFTERWARDS_MS: u64 = 1_500;

pub const CYCLES: [Cycle; 5] = [calm, cut, carrier, node, control];

fn cut(lab: &mut Lab) -> Result<Vec<Event>> {
    let cut = failure(lab, "silent cut", CUT, |lab| topology::cut(lab.isp(1)))?;
    let convergence = convergence(lab, &cut)?;
    let reversion = reversion(lab, |lab| topology::heal(lab.isp(1)))?;
    learned(lab)?;
    Ok(vec![cut, convergence, reversion])
}

fn carrier(lab: &mut Lab) -> Result<Vec<Event>> {
    let down = failure(lab, "link down", LINK, |lab| topology::carrier(lab.isp(1), false))?;
    let convergence = convergence(lab, &down)?;
    let reversion = reversion(lab, |lab| topology::carrier(lab.isp(1), true))?;
    learned(lab)?;
    Ok(vec![down, convergence, reversion])
}

fn node(lab: &mut Lab) -> Result<Vec<Event>> {
    let power = |on: bool| move |lab: &mut Lab| topology::router_power(lab.plan, lab.isp(1), on);
    let failure = failure(lab, "node failure", CUT, power(false))?;
    let convergence = convergence(lab, &failure)?;
    let reversion = reversion(lab, power(true))?;
    learned(lab)?;
    Ok(vec![failure, convergence, reversion])
}

/// From the first packet on the alternate on, while the IGP finds the new way and the switch is told of it: nothing may be
/// lost.
fn convergence(lab: &mut Lab, failure: &Event) -> Result<Event> {
    let moved = failure.moved.context("nothing came by the other way")?;
    // The first that was sent after that one arrived: none sent before it counts here, for it counted as lost there.
    let from = lab.there.first_sent_since(moved);
    lab.console.begin("convergence");
    goes(lab, "the IGP's new route in the switch", "isp2", None)?;
    lab.settle(AFTERWARDS_MS)?;
    lossless(lab, "convergence", (from, moved), 1)
}

fn control(lab: &mut Lab) -> Result<Vec<Event>> {
    Ok(vec![control_killed(lab, learned, AFTERWARDS_MS)?])
}

/// Waits until the switch sends to the server by isp1, with the alternate by isp2 behind it.
pub fn learned(lab: &mut Lab) -> Result<()> {
    goes(lab, "the route and its alternate in the switch", "isp1", Some("isp2"))
}

fn goes(lab: &mut Lab, what: &str, primary: &str, backup: Option<&str>) -> Result<()> {
    let Kind::Igp(igp) = lab.kind else { bail!("this lab has no IGP") };
    let daemon = format!("edge-{}", igp.daemon());
    lab.wait(what, 60, &[&daemon, "edge-zebra", CONTROL, SWITCH], |lab| {
        let route =
            lab.swerve.connect()?.route(SERVER_NET)?.context("the switch has no route to the server")?;
        let primaries = route.group.primaries.iter().map(|(path, _)| path.as_str());
        let backups = route.group.backups.iter().flatten().map(String::as_str);
        Ok(primaries.eq([primary]) && backup.is_none_or(|backup| backups.clone().eq([backup])))
    })
}
