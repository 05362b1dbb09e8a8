//! The picture of a run: what arrived at the server, by which provider, and what did not.

use crate::clock::{MS, seconds};
use crate::event::Event;
use crate::events::Story;
use crate::lab::Lab;
use crate::ledger::Ledger;
use crate::svg::{Anchor, Svg};
use std::ops::Range;

const INK: &str = "#1f2933";
const QUIET: &str = "#7b8794";
const GRID: &str = "#e4e7eb";
/// By way: isp1, isp2.
const WAYS: [&str; 2] = ["#3b7dd8", "#f0932b"];
const LOST: &str = "#d64545";
const BACK: &str = "#9aa5b1";

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 64.0;
const SPAN: f64 = WIDTH - LEFT - 28.0;
const OVERVIEW: f64 = 150.0;
const OVERVIEW_TOP: f64 = 118.0;
const STRIP: f64 = 36.0;
const PANES_A_ROW: usize = 3;
const PANE: f64 = 150.0;
const PANE_ROW: f64 = PANE + 96.0;
const PANE_GAP: f64 = 40.0;

/// Draws a lab's run.
pub fn draw(lab: &Lab, story: &Story) -> String {
    render(&lab.there, &lab.back, lab.clock.now(), story)
}

/// Packets that arrived in a column of time, by way, and packets sent in it that never did.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Column {
    ways: [f64; 2],
    lost: f64,
}

fn columns(ledger: &Ledger, time: &Range<u64>, count: usize) -> Vec<Column> {
    let mut columns = vec![Column::default(); count];
    let width = (time.end - time.start) as f64 / count as f64;
    let at = |moment: u64| {
        let inside = time.contains(&moment);
        inside.then(|| (((moment - time.start) as f64 / width) as usize).min(count - 1))
    };
    // What was sent a little earlier may still arrive inside.
    let from = ledger.first_sent_since(time.start.saturating_sub(100 * MS));
    let to = ledger.first_sent_since(time.end);
    for sequence in from..to {
        match ledger.arrival(sequence) {
            Some((moment, via)) => {
                let way = usize::from(via.clamp(1, 2)) - 1;
                at(moment).into_iter().for_each(|column| columns[column].ways[way] += 1.0);
            }
            None => {
                at(ledger.sent_at(sequence)).into_iter().for_each(|column| columns[column].lost += 1.0);
            }
        }
    }
    columns
}

fn render(there: &Ledger, back: &Ledger, end: u64, story: &Story) -> String {
    let start = there.sent_at(there.first_sent_since(1)).min(end.saturating_sub(1));
    let panes: Vec<&Event> = shown(&story.events);
    let rows = panes.len().div_ceil(PANES_A_ROW) as f64;
    let panes_top = OVERVIEW_TOP + OVERVIEW + STRIP + 84.0;
    let mut svg = Svg::new(WIDTH, panes_top + rows * PANE_ROW);
    heading(&mut svg, there);
    overview(&mut svg, there, back, &(start..end), story);
    let width = (SPAN - PANE_GAP * (PANES_A_ROW - 1) as f64) / PANES_A_ROW as f64;
    for (index, event) in panes.into_iter().enumerate() {
        let x = LEFT + (index % PANES_A_ROW) as f64 * (width + PANE_GAP);
        let y = panes_top + (index / PANES_A_ROW) as f64 * PANE_ROW;
        pane(&mut svg, there, event, (x, y + 44.0), width);
    }
    svg.finish()
}

/// Every failure, and each other kind of move once.
fn shown(events: &[Event]) -> Vec<&Event> {
    let failure = |event: &&Event| event.way_back.is_some();
    let mut shown: Vec<&Event> = events.iter().filter(failure).collect();
    for event in events.iter().filter(|event| event.moved.is_some() && event.way_back.is_none()) {
        if shown.iter().all(|other| other.event != event.event) {
            shown.push(event);
        }
    }
    shown
}

fn heading(svg: &mut Svg, there: &Ledger) {
    svg.bold((LEFT, 32.0), 18.0, INK, Anchor::Start, "A path dies, and the next packet takes the backup");
    let rate = format!("{} packets/s from a LAN host to a server: arrivals per millisecond", there.rate);
    svg.text((LEFT, 52.0), 13.0, QUIET, Anchor::Start, &rate);
    let mut x = WIDTH - 28.0 - 290.0;
    for (colour, name, width) in
        [(WAYS[0], "over isp1", 90.0), (WAYS[1], "over isp2", 90.0), (LOST, "lost on the way", 110.0)]
    {
        svg.rect(x, 41.0, 12.0, 12.0, colour);
        svg.text((x + 17.0, 52.0), 13.0, INK, Anchor::Start, name);
        x += width;
    }
}

fn overview(svg: &mut Svg, there: &Ledger, back: &Ledger, time: &Range<u64>, story: &Story) {
    let ground = OVERVIEW_TOP + OVERVIEW;
    let count = SPAN as usize;
    let x_of = |moment: u64| {
        LEFT + SPAN * (moment.saturating_sub(time.start)) as f64 / (time.end - time.start) as f64
    };
    let per_ms = there.rate as f64 / 1000.0;
    gridlines(svg, LEFT, ground, SPAN, OVERVIEW, per_ms);
    let all = columns(there, time, count);
    let column_ms = (time.end - time.start) as f64 / MS as f64 / count as f64;
    let scale = OVERVIEW / 1.15 / (per_ms * column_ms);
    stacked(svg, LEFT, ground, SPAN / count as f64, &all, (scale, OVERVIEW));
    // A loss is far narrower than a column: it gets a mark of its own below.
    for (index, column) in all.iter().enumerate().filter(|(_, column)| column.lost > 0.0) {
        let x = LEFT + index as f64 * SPAN / count as f64;
        let height = 10.0_f64.min(3.0 + column.lost / 50.0);
        svg.rect(x - 0.5, ground + 1.0, 2.0, height, LOST);
    }
    ticks(svg, time, ground + 12.0, x_of);
    back_strip(svg, back, time, ground + 34.0);
    marks(svg, story, ground, x_of);
}

fn gridlines(svg: &mut Svg, x: f64, ground: f64, width: f64, height: f64, per_ms: f64) {
    for part in [0.0, 0.5, 1.0] {
        let y = ground - part * height / 1.15;
        svg.line((x, y), (x + width, y), GRID, 1.0, "");
        svg.text((x - 6.0, y + 4.0), 11.0, QUIET, Anchor::End, &format!("{:.0}", per_ms * part));
    }
}

/// Columns higher than the panel (packets that had to wait and came together) are cut at its edge.
fn stacked(svg: &mut Svg, x: f64, ground: f64, width: f64, columns: &[Column], (scale, most): (f64, f64)) {
    let zero = vec![0.0; columns.len()];
    let first: Vec<f64> = columns.iter().map(|column| (column.ways[0] * scale).min(most)).collect();
    let both = |column: &Column| ((column.ways[0] + column.ways[1]) * scale).min(most);
    let both: Vec<f64> = columns.iter().map(both).collect();
    svg.steps(x, ground, width, &zero, &first, WAYS[0]);
    svg.steps(x, ground, width, &first, &both, WAYS[1]);
}

fn ticks(svg: &mut Svg, time: &Range<u64>, y: f64, x_of: impl Fn(u64) -> f64) {
    let step = if time.end - time.start > 40_000 * MS { 5 } else { 1 };
    for second in (seconds(time.start).ceil() as u64..=seconds(time.end) as u64).filter(|s| s % step == 0) {
        let label = format!("{second} s");
        svg.text((x_of(second * 1000 * MS), y + 8.0), 11.0, QUIET, Anchor::Middle, &label);
    }
}

fn back_strip(svg: &mut Svg, back: &Ledger, time: &Range<u64>, top: f64) {
    let count = SPAN as usize;
    let column_ms = (time.end - time.start) as f64 / MS as f64 / count as f64;
    let scale = STRIP / 1.15 / (back.rate as f64 / 1000.0 * column_ms);
    let columns = columns(back, time, count);
    let heights: Vec<f64> = columns.iter().map(|c| ((c.ways[0] + c.ways[1]) * scale).min(STRIP)).collect();
    svg.steps(LEFT, top + STRIP, SPAN / count as f64, &vec![0.0; count], &heights, BACK);
    svg.line((LEFT, top + STRIP), (LEFT + SPAN, top + STRIP), GRID, 1.0, "");
    let note = "the way back, server to LAN, moved by the lab when isp1 itself says that it lost swerve";
    svg.text((LEFT, top + STRIP + 15.0), 11.0, QUIET, Anchor::Start, note);
}

/// A flag with a name for each event, in the first of three rows that has room.
fn marks(svg: &mut Svg, story: &Story, ground: f64, x_of: impl Fn(u64) -> f64) {
    let named = story.events.iter().map(|event| (event, event.event.to_owned()));
    let others = story.others.iter().map(|event| (event, format!("{} (again)", event.event)));
    let mut flags: Vec<(&Event, String)> = named.chain(others).collect();
    flags.sort_by_key(|(event, _)| event.struck);
    let mut free = [0.0_f64; 3];
    let mut texts = Vec::new();
    for (event, name) in flags {
        let x = x_of(event.struck);
        let row = free.iter().position(|&edge| edge <= x).unwrap_or(free.len() - 1);
        free[row] = x + name.len() as f64 * 6.6 + 16.0;
        let y = OVERVIEW_TOP - 10.0 - row as f64 * 15.0;
        svg.line((x, y - 2.0), (x, ground), INK, 1.0, "2 3");
        texts.push((x, y, name, if event.lost > 0 { LOST } else { INK }));
    }
    for (x, y, name, colour) in texts {
        svg.circle((x, y - 4.0), 3.0, colour);
        svg.text((x + 6.0, y), 11.5, INK, Anchor::Start, &name);
    }
}

/// The milliseconds around one event.
fn pane(svg: &mut Svg, there: &Ledger, event: &Event, (x, top): (f64, f64), width: f64) {
    let moved = event.moved.unwrap_or(event.struck);
    let failure = event.way_back.is_some();
    // A move without loss may come seconds after its cause: the move is what there is to see.
    let centre = if failure { event.struck } else { moved };
    let before = if failure { 12 } else { 25 };
    let after = if failure { moved.saturating_sub(event.struck) / MS + 20 } else { 25 };
    let start = centre.saturating_sub(before * MS);
    let time = start..start + (before + after) * MS;
    let count = (before + after) as usize;
    let ground = top + PANE;
    let x_of =
        |moment: u64| x + width * (moment.saturating_sub(time.start)) as f64 / (count as u64 * MS) as f64;

    svg.bold((x, top - 30.0), 14.0, INK, Anchor::Start, event.event);
    svg.text((x, top - 13.0), 12.0, QUIET, Anchor::Start, &caption(event));
    let per_ms = there.rate as f64 / 1000.0;
    gridlines(svg, x, ground, width, PANE, per_ms);
    let columns = columns(there, &time, count);
    let scale = PANE / 1.15 / per_ms;
    if event.lost > 0 {
        let heights: Vec<f64> = columns.iter().map(|column| (column.lost * scale).min(PANE)).collect();
        svg.steps(x, ground, width / count as f64, &vec![0.0; count], &heights, "#f7d6d6");
    }
    stacked(svg, x, ground, width / count as f64, &columns, (scale, PANE));
    let mut labels = vec![(moved, "first over the other way")];
    if failure {
        labels.insert(0, (event.struck, "it happens"));
    }
    for (moment, label) in labels {
        let at = x_of(moment);
        svg.line((at, top), (at, ground + 4.0), INK, 1.0, "3 3");
        svg.text((at, ground + 15.0), 11.0, INK, Anchor::Middle, label);
    }
    svg.text((x, ground + 30.0), 11.0, QUIET, Anchor::Start, &format!("{:.3} s", seconds(time.start)));
    let span = format!("{count} ms");
    svg.text((x + width, ground + 30.0), 11.0, QUIET, Anchor::End, &span);
}

fn caption(event: &Event) -> String {
    let Some(detection) = event.detection_us else {
        return format!("{} lost", event.lost);
    };
    let repair = event.repair_us.map_or_else(String::new, |us| format!(" + repair {us:.1} us"));
    let outage = event.outage_us / 1e3;
    format!("{} lost: {outage:.2} ms (detection {:.2} ms{repair})", event.lost, detection / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::cut;

    /// 1 packet a millisecond for 10 s; those sent from 5.0 s to 5.03 s are lost, then they come by isp2.
    fn flow() -> Ledger {
        let ledger = Ledger::new(1000, 1 << 14);
        for n in 0..10_000u64 {
            let sequence = ledger.send((n + 1) * MS);
            if !(4999..5029).contains(&n) {
                ledger.arrive(sequence, (n + 1) * MS + 1000, if n < 4999 { 1 } else { 2 });
            }
        }
        ledger
    }

    #[test]
    fn columns_hold_every_packet_once_in_its_colour() {
        let columns = columns(&flow(), &(4_900 * MS..5_100 * MS), 20);
        let total = |part: fn(&Column) -> f64| columns.iter().map(part).sum::<f64>();
        assert_eq!(total(|c| c.ways[0]), 100.0);
        assert_eq!(total(|c| c.lost), 30.0);
        assert_eq!(total(|c| c.ways[1]), 70.0);
        assert_eq!(columns[10], Column { ways: [0.0, 0.0], lost: 10.0 });
        assert_eq!(columns[13].ways, [0.0, 10.0]);
    }

    #[test]
    fn a_failure_has_a_pane_and_a_repeated_move_has_one() {
        let quiet = Event { event: "reversion", way_back: None, ..cut() };
        let still = Event { event: "reload", way_back: None, moved: None, ..cut() };
        let events = [cut(), quiet.clone(), cut(), quiet, still];
        let names: Vec<&str> = shown(&events).iter().map(|event| event.event).collect();
        assert_eq!(names, ["silent cut", "silent cut", "reversion"]);
    }

    #[test]
    fn the_picture_names_the_events_and_stays_inside_its_frame() {
        let story = Story { events: vec![cut()], others: vec![cut()] };
        let picture = render(&flow(), &Ledger::new(100, 16), 10_000 * MS, &story);
        assert!(picture.contains("612 lost: 30.60 ms (detection 30.00 ms + repair 4.5 us)"));
        assert!(picture.contains(">silent cut<") && picture.contains(">silent cut (again)<"));
        assert!(picture.contains(LOST) && picture.contains(WAYS[0]) && picture.contains(WAYS[1]));
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }
}
