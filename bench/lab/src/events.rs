//! The events: what is done to the lab, and what that cost.

use crate::clock::MS;
use crate::event::{Bound, Event, WayBackFigure};
use crate::lab::Lab;
use crate::ledger::Via;
use crate::swerve::{CONTROL, SWITCH};
use crate::topology;
use anyhow::{Context, Result, bail};
use std::ops::Range;

/// Repetitions of an event whose window had a stall over 1 ms.
const ATTEMPTS: u32 = 3;
/// Calibrations before the lab gives up: a loss while nothing happens says that no figure here would mean anything.
const CALM_ATTEMPTS: u32 = 5;
/// A route that the reload brings.
const RELOADED: &str = "192.0.2.128/25";
const CUT: Bound = Bound::DetectionPlus(1000);
/// Of a link whose loss the kernel tells.
pub const LINK: Bound = Bound::AtMost(5000);
const MARGIN: u64 = 20 * MS;

/// One after the other, each leaving traffic on isp1 as it found it.
pub type Cycle = fn(&mut Lab) -> Result<Vec<Event>>;

/// What happened.
#[derive(Debug, Default)]
pub struct Story {
    /// All events in the order of the summary: of each the attempt that counts.
    pub events: Vec<Event>,
    /// The other attempts.
    pub others: Vec<Event>,
}

/// The events of `make run`.
pub const STATIC: [Cycle; 6] = [calm, alive, dead, carrier, maintenance, reload];

/// Goes through all events.
pub fn all(lab: &mut Lab, cycles: &[Cycle]) -> Result<Story> {
    let mut story = Story::default();
    for &cycle in cycles {
        repeat(lab, cycle, &mut story)?;
    }
    Ok(story)
}

/// Repeats a cycle while one of its windows is spoilt; for each event the first attempt that was not spoilt counts,
/// or else the last.
fn repeat(lab: &mut Lab, cycle: Cycle, story: &mut Story) -> Result<()> {
    let mut kept = cycle(lab)?;
    for attempt in 2..=ATTEMPTS {
        let spoilt: Vec<&str> = kept.iter().filter(|e| e.stalls_us.spoils()).map(|e| e.event).collect();
        if spoilt.is_empty() {
            break;
        }
        lab.console.begin(&format!("repeating: {}", spoilt.join(", ")));
        lab.console.end("a stall over 1 ms fell into the window");
        let again = cycle(lab)?;
        story.others.extend(choose(&mut kept, again, attempt));
    }
    story.events.extend(kept);
    Ok(())
}

/// Replaces what was spoilt by the new attempt and returns what does not count.
fn choose(kept: &mut [Event], again: Vec<Event>, attempt: u32) -> Vec<Event> {
    let pairs = kept.iter_mut().zip(again);
    pairs
        .map(|(old, new)| {
            let new = Event { attempts: attempt, ..new };
            if old.stalls_us.spoils() { std::mem::replace(old, new) } else { new }
        })
        .collect()
}

/// Nothing happens, and nothing may be lost.
pub fn calm(lab: &mut Lab) -> Result<Vec<Event>> {
    let mut lost = 0;
    for attempts in 1..=CALM_ATTEMPTS {
        let event = quiet(lab, "calibration", 1, |_| Ok(()), |_, _| Ok(()))?;
        if event.lost == 0 {
            return Ok(vec![Event { attempts, ..event }]);
        }
        lost += event.lost;
    }
    bail!("{lost} packets were lost in {CALM_ATTEMPTS} calibrations, while nothing happened")
}

fn alive(lab: &mut Lab) -> Result<Vec<Event>> {
    let cut = failure(lab, "silent cut", CUT, |lab| topology::cut(lab.isp(1)))?;
    let killed = quiet(
        lab,
        "control killed",
        2,
        |lab| lab.processes.kill(CONTROL),
        |lab, _| {
            lab.settle(300)?;
            lab.start_control()
        },
    )?;
    let reversion = reversion(lab, |lab| topology::heal(lab.isp(1)))?;
    Ok(vec![cut, killed, reversion])
}

fn dead(lab: &mut Lab) -> Result<Vec<Event>> {
    lab.steady(1)?;
    lab.processes.kill(CONTROL)?;
    let cut = failure(lab, "silent cut, control dead", CUT, |lab| topology::cut(lab.isp(1)))?;
    lab.start_control()?;
    let reversion = reversion(lab, |lab| topology::heal(lab.isp(1)))?;
    Ok(vec![cut, reversion])
}

fn carrier(lab: &mut Lab) -> Result<Vec<Event>> {
    let down = failure(lab, "link down", Bound::Reported, |lab| topology::carrier(lab.isp(1), false))?;
    let reversion = reversion(lab, |lab| topology::carrier(lab.isp(1), true))?;
    Ok(vec![down, reversion])
}

fn maintenance(lab: &mut Lab) -> Result<Vec<Event>> {
    let drain = quiet(
        lab,
        "drain",
        1,
        |lab| lab.swerve.ctl(&["drain", "isp1"]).map(drop),
        |lab, from| over(lab, 2, from),
    )?;
    let undrain = quiet(
        lab,
        "undrain",
        2,
        |lab| lab.swerve.ctl(&["undrain", "isp1"]).map(drop),
        |lab, from| over(lab, 1, from),
    )?;
    Ok(vec![drain, undrain])
}

fn reload(lab: &mut Lab) -> Result<Vec<Event>> {
    let reload = |lab: &mut Lab| {
        if lab.swerve.connect()?.has_route(RELOADED)? {
            lab.swerve.remove_route(RELOADED)?;
        } else {
            lab.swerve.add_route(RELOADED)?;
        }
        lab.swerve.ctl(&["reload"]).map(drop)
    };
    let before = lab.swerve.connect()?.has_route(RELOADED)?;
    let event = quiet(lab, "reload", 1, reload, |lab, _| {
        lab.wait("the reloaded route", 5, &[SWITCH, CONTROL], |lab| {
            Ok(lab.swerve.connect()?.has_route(RELOADED)? != before)
        })
    })?;
    Ok(vec![event])
}

/// Waits until traffic sent from now on arrives this way.
pub fn over(lab: &mut Lab, via: Via, from: u64) -> Result<()> {
    let name = topology::way_name(via);
    lab.wait(&format!("traffic over {name}"), 60, &[SWITCH, CONTROL], |lab| {
        let (newest, by) = lab.there.newest();
        Ok(newest >= from && by == via)
    })
}

/// Something breaks on isp1; what is lost until traffic is on isp2.
pub fn failure(
    lab: &mut Lab,
    name: &'static str,
    bound: Bound,
    strike: impl FnOnce(&mut Lab) -> Result<()>,
) -> Result<Event> {
    lab.console.begin(name);
    // What takes over has to be there as well, or the cut is measured against nothing.
    lab.live(2)?;
    lab.steady(1)?;
    lab.wait("the way back over isp1", 10, &["isp1-bfdd"], |lab| Ok(lab.way_back()?.on() == 0))?;
    let known = lab.failovers()?.newest();
    let (from, back_from, before) = (lab.there.next(), lab.back.next(), lab.clock.now());
    strike(lab)?;
    // The command has just come back: this is closer to the blow than the moment before it began.
    let struck = lab.clock.now();
    over(lab, 2, from)?;
    lab.wait("the way back over isp2", 10, &["isp1-bfdd"], |lab| Ok(lab.way_back()?.on() == 1))?;
    let (to, back_to) = lab.settle(200)?;
    lab.wait("swerve's record of the failure", 5, &[SWITCH], |lab| {
        Ok(lab.failovers()?.repaired("isp1", known).is_some())
    })?;
    let record = lab.failovers()?.repaired("isp1", known).context("the record went away")?;
    let lost = lab.there.lost(from..to);
    let moved = arrival_over(lab, from..to, 2);
    let back_lost = lab.back.lost(back_from..back_to);
    let verdict = lab.way_back()?.moves().last().map_or(0, |last| last.at.saturating_sub(struck));
    let window = before.saturating_sub(MARGIN)..moved.unwrap_or(lab.clock.now()) + MARGIN;
    let event = Event {
        event: name,
        detector: Some(record.detector.to_owned()),
        detection_us: record.detection_us,
        repair_us: Some(record.repair_us),
        lost,
        outage_us: lab.there.outage_us(lost),
        stalls_us: lab.stall(&window),
        bound: None,
        met: None,
        attempts: 1,
        way_back: Some(WayBackFigure {
            lost: back_lost,
            outage_us: lab.back.outage_us(back_lost),
            verdict_us: verdict as f64 / 1e3,
        }),
        struck,
        moved,
    };
    lab.console.end(&format!("{lost} lost, outage {:.3} ms", event.outage_us / 1e3));
    Ok(event.judge(bound))
}

/// Something happens that must cost nothing. Traffic is on `via` before; `finish` waits for the end of it.
pub fn quiet(
    lab: &mut Lab,
    name: &'static str,
    via: Via,
    act: impl FnOnce(&mut Lab) -> Result<()>,
    finish: impl FnOnce(&mut Lab, u64) -> Result<()>,
) -> Result<Event> {
    lab.console.begin(name);
    lab.steady(via)?;
    let (from, struck) = (lab.there.next(), lab.clock.now());
    act(lab)?;
    finish(lab, from)?;
    lossless(lab, name, (from, struck), 3 - via)
}

/// What a daemon is away for: as long as a supervisor takes to notice.
pub const AWAY_MS: u64 = 2_000;

/// swerve-control dies, comes back and learns what it knew before; the packets of the time behind that count as well.
pub fn control_killed(
    lab: &mut Lab,
    learned: impl FnOnce(&mut Lab) -> Result<()>,
    afterwards_ms: u64,
) -> Result<Event> {
    let kill = |lab: &mut Lab| lab.processes.kill(CONTROL);
    quiet(lab, "control killed", 1, kill, |lab, _| {
        lab.settle(AWAY_MS)?;
        lab.start_control()?;
        learned(lab)?;
        lab.settle(afterwards_ms)?;
        lab.steady(1)
    })
}

/// An event that began with this packet at this moment, and cost nothing until now. Where traffic moved, it is on `to`.
pub fn lossless(lab: &mut Lab, name: &'static str, (from, struck): (u64, u64), to: Via) -> Result<Event> {
    let (end, _) = lab.settle(300)?;
    let lost = lab.there.lost(from..end);
    let moved = arrival_over(lab, from..end, to);
    // Where traffic moves, the moment of the move counts; it may come seconds after what caused it. A loss
    // has a moment of its own.
    let first_lost = lab.there.first_lost(from..end).map(|first| lab.there.sent_at(first));
    let stall_at = |moment: u64| lab.stall(&(moment.saturating_sub(MARGIN)..moment + MARGIN));
    let stalls_us = stall_at(moved.unwrap_or(struck));
    let stalls_us = first_lost.map_or(stalls_us, |moment| stalls_us.longer(stall_at(moment)));
    let event = Event {
        event: name,
        detector: None,
        detection_us: None,
        repair_us: None,
        lost,
        outage_us: lab.there.outage_us(lost),
        stalls_us,
        bound: None,
        met: None,
        attempts: 1,
        way_back: None,
        struck,
        moved,
    };
    lab.console.end(&format!("{lost} lost of {}", end - from));
    Ok(event.judge(Bound::NoLoss))
}

/// What was broken is mended; traffic returns after wait-to-restore.
pub fn reversion(lab: &mut Lab, mend: impl FnOnce(&mut Lab) -> Result<()>) -> Result<Event> {
    quiet(lab, "reversion", 2, mend, |lab, from| over(lab, 1, from))
}

fn arrival_over(lab: &Lab, packets: Range<u64>, via: Via) -> Option<u64> {
    let first = lab.there.first_via(packets, via)?;
    lab.there.arrival(first).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Stall, tests::cut};

    #[test]
    fn a_spoilt_attempt_gives_way_to_the_next_and_a_good_one_stays() {
        let spoilt = Stall { machine: 20.0, worker: 1000.1 };
        let mut kept = [Event { stalls_us: spoilt, lost: 1, ..cut() }, Event { lost: 2, ..cut() }];
        let again = vec![Event { lost: 3, ..cut() }, Event { lost: 4, stalls_us: spoilt, ..cut() }];
        let others = choose(&mut kept, again, 2);
        assert_eq!(kept.each_ref().map(|event| (event.lost, event.attempts)), [(3, 2), (2, 1)]);
        assert_eq!(others.iter().map(|event| event.lost).collect::<Vec<_>>(), [1, 4]);
    }
}
