//! `show workers`. While watching, shares, cycles and stalls are those between two samples.

use super::{Before, View, per_second};
use crate::table::{Table, decimal, or_dash, rate, us};
use serde::Serialize;
use stats::{Reader, StallSummary, WorkerRow};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    now_ns: u64,
    workers: Vec<WorkerRow>,
}

impl Facts {
    /// `now_ns` by the switch's clock.
    pub fn read(reader: &Reader, now_ns: u64) -> Facts {
        Facts { now_ns, workers: reader.workers() }
    }
}

#[derive(Debug, Serialize)]
struct Row {
    worker: usize,
    core: u32,
    rx_packets: u64,
    tx_packets: u64,
    drop_packets: u64,
    #[serde(flatten)]
    rates: Option<Rates>,
    empty_polls_percent: Option<f64>,
    /// By stage; `null` for a stage that had no packet.
    cycles_per_packet: BTreeMap<String, Option<f64>>,
    /// The stages of the P4 program, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    program_stages: Vec<ProgramStage>,
    stalls: Stalls,
    bfd_rx_packets: u64,
    bfd_tx_packets: u64,
    bfd_vetoes: u64,
    bfd_handovers: u64,
    icmp_sent_packets: u64,
    icmp_limited_packets: u64,
    notices_lost: u64,
    punt_packets: BTreeMap<&'static str, u64>,
    policed_packets: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generator: Option<Generator>,
}

/// Packets that did not come there, or whose vectors were not timed, are not counted.
#[derive(Debug, Clone, Serialize)]
struct ProgramStage {
    stage: String,
    cycles_per_packet: Option<f64>,
    timed_packets: u64,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Rates {
    rx_packets_per_s: f64,
    tx_packets_per_s: f64,
    drop_packets_per_s: f64,
}

/// Times between two turns of the worker's loop.
#[derive(Debug, Serialize)]
struct Stalls {
    turns: u64,
    p50_ns: u64,
    p99_ns: u64,
    max_ns: u64,
    /// Of the longest since the start; not known of one between two samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_s_ago: Option<f64>,
    over_20us: u64,
    over_100us: u64,
    over_1ms: u64,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Generator {
    made_packets: u64,
    good_packets: u64,
    bad_header_packets: u64,
    wrong_port_packets: u64,
}

pub fn view(facts: &Facts, before: Before<'_, Facts>) -> View {
    let row = |(number, now): (usize, &WorkerRow)| {
        let old = before.and_then(|(old, seconds)| Some((old.workers.get(number)?, seconds)));
        Row::new(number, now, old, facts.now_ns)
    };
    let rows: Vec<Row> = facts.workers.iter().enumerate().map(row).collect();
    if rows.is_empty() {
        return View::new(&rows, "no workers\n".into());
    }
    let stages: Vec<&str> = facts.workers[0].stages.iter().map(|(name, _, _)| name.as_str()).collect();
    let mut tables = vec![traffic(&rows, before.is_some()), turns(&rows), protocols(&rows)];
    if !stages.is_empty() {
        tables.insert(1, cycles(&rows, &stages));
    }
    tables.extend(program(&rows));
    tables.extend(punts(&rows));
    tables.extend(generators(&rows));
    let texts: Vec<String> = tables.iter().map(|table| table.render("")).collect();
    View::new(&rows, texts.join("\n"))
}

fn drops(row: &WorkerRow) -> u64 {
    row.drops.iter().map(|(_, count)| count).sum()
}

impl Row {
    fn new(worker: usize, now: &WorkerRow, before: Before<'_, WorkerRow>, now_ns: u64) -> Row {
        let since =
            |pick: fn(&WorkerRow) -> u64| pick(now).saturating_sub(before.map_or(0, |(old, _)| pick(old)));
        let rates = before.map(|(old, seconds)| Rates {
            rx_packets_per_s: per_second(now.rx_packets, old.rx_packets, seconds),
            tx_packets_per_s: per_second(now.tx_packets, old.tx_packets, seconds),
            drop_packets_per_s: per_second(drops(now), drops(old), seconds),
        });
        let turns = since(|row| row.turns);
        let empty = since(|row| row.empty_polls);
        let [made_packets, good_packets, bad_header_packets, wrong_port_packets] = now.generator;
        let generator = Generator { made_packets, good_packets, bad_header_packets, wrong_port_packets };
        Row {
            worker,
            core: now.core,
            rx_packets: now.rx_packets,
            tx_packets: now.tx_packets,
            drop_packets: drops(now),
            rates,
            empty_polls_percent: (turns > 0).then(|| (100.0 * empty as f64 / turns as f64).min(100.0)),
            cycles_per_packet: cycles_per_packet(now, before.map(|(old, _)| old)),
            program_stages: program_stages(now, before.map(|(old, _)| old)),
            stalls: Stalls::new(now, before.map(|(old, _)| old), now_ns),
            bfd_rx_packets: now.bfd_rx,
            bfd_tx_packets: now.bfd_tx,
            bfd_vetoes: now.bfd_vetoes,
            bfd_handovers: now.handovers,
            icmp_sent_packets: now.icmp_sent,
            icmp_limited_packets: now.icmp_limited,
            notices_lost: now.notices_lost,
            punt_packets: now.punts.iter().map(|(class, count)| (class.as_str(), *count)).collect(),
            policed_packets: now.policed.iter().map(|(class, count)| (class.as_str(), *count)).collect(),
            generator: now.generator.iter().any(|count| *count > 0).then_some(generator),
        }
    }
}

fn cycles_per_packet(now: &WorkerRow, before: Option<&WorkerRow>) -> BTreeMap<String, Option<f64>> {
    let stages = now.stages.iter().enumerate().map(|(index, (name, cycles, packets))| {
        let old = before.and_then(|old| old.stages.get(index));
        let cycles = cycles.saturating_sub(old.map_or(0, |(_, cycles, _)| *cycles));
        let packets = packets.saturating_sub(old.map_or(0, |(_, _, packets)| *packets));
        (name.clone(), (packets > 0).then(|| cycles as f64 / packets as f64))
    });
    stages.collect()
}

fn program_stages(now: &WorkerRow, before: Option<&WorkerRow>) -> Vec<ProgramStage> {
    let stages = now.program_stages.iter().enumerate().map(|(index, (name, cycles, packets))| {
        let old = before.and_then(|old| old.program_stages.get(index));
        // Another program counts from its own beginning.
        let old = old.filter(|(of, c, p)| of == name && c <= cycles && p <= packets);
        let (old_cycles, old_packets) = old.map_or((0, 0), |(_, cycles, packets)| (*cycles, *packets));
        let (cycles, packets) = (cycles - old_cycles, packets - old_packets);
        ProgramStage {
            stage: name.clone(),
            cycles_per_packet: (packets > 0).then(|| cycles as f64 / packets as f64),
            timed_packets: packets,
        }
    });
    stages.collect()
}

impl Stalls {
    fn new(now: &WorkerRow, before: Option<&WorkerRow>, now_ns: u64) -> Stalls {
        let summary = match before {
            Some(old) => StallSummary::between(&old.stall_buckets, &now.stall_buckets),
            None => now.stalls,
        };
        let at = (before.is_none() && now.max_stall_at_ns > 0).then_some(now.max_stall_at_ns);
        Stalls {
            turns: summary.turns,
            p50_ns: summary.p50_ns,
            p99_ns: summary.p99_ns,
            max_ns: summary.max_ns,
            max_s_ago: at.map(|at| now_ns.saturating_sub(at) as f64 / 1e9),
            over_20us: summary.over_20us,
            over_100us: summary.over_100us,
            over_1ms: summary.over_1ms,
        }
    }
}

fn traffic(rows: &[Row], watching: bool) -> Table {
    let table = Table::new().numbers(["worker", "core", "rx (packets)", "tx (packets)", "drops (packets)"]);
    let table = table.rates(watching, ["rx (packets/s)", "tx (packets/s)", "drops (packets/s)"]);
    let mut table = table.number("empty polls (%)");
    for row in rows {
        let counts =
            [row.worker as u64, u64::from(row.core), row.rx_packets, row.tx_packets, row.drop_packets];
        let mut cells: Vec<String> = counts.iter().map(u64::to_string).collect();
        if watching {
            cells.push(rate(row.rates.map(|r| r.rx_packets_per_s)));
            cells.push(rate(row.rates.map(|r| r.tx_packets_per_s)));
            cells.push(rate(row.rates.map(|r| r.drop_packets_per_s)));
        }
        cells.push(or_dash(row.empty_polls_percent.map(|share| format!("{share:.1}"))));
        table.row(cells);
    }
    table
}

fn cycles(rows: &[Row], stages: &[&str]) -> Table {
    let mut table = Table::new().number("worker");
    for stage in stages {
        table = table.number(format!("{stage} (cycles/packet)"));
    }
    for row in rows {
        let of = |stage: &&str| row.cycles_per_packet.get(*stage).copied().flatten();
        let cells = stages.iter().map(|stage| or_dash(of(stage).map(|cycles| format!("{cycles:.1}"))));
        table.row(std::iter::once(row.worker.to_string()).chain(cells).collect());
    }
    table
}

/// Stages of the P4 program, a line each; none without a program.
fn program(rows: &[Row]) -> Option<Table> {
    let first = rows.first().filter(|row| !row.program_stages.is_empty())?;
    let mut table = Table::new().text("stage of the program");
    for row in rows {
        table = table.number(format!("worker {} (cycles/packet)", row.worker));
    }
    for (at, stage) in first.program_stages.iter().enumerate() {
        let of = |row: &Row| row.program_stages.get(at).and_then(|stage| stage.cycles_per_packet);
        let cells = rows.iter().map(|row| or_dash(of(row).map(|cycles| format!("{cycles:.1}"))));
        table.row(std::iter::once(stage.stage.clone()).chain(cells).collect());
    }
    Some(table)
}

fn turns(rows: &[Row]) -> Table {
    let table = Table::new().numbers(["worker", "turns", "stall p50 (us)", "stall p99 (us)", "longest (us)"]);
    let mut table = table.numbers(["longest (s ago)", "over 20 us", "over 100 us", "over 1 ms"]);
    for Row { worker, stalls, .. } in rows {
        table.row(vec![
            worker.to_string(),
            stalls.turns.to_string(),
            us(stalls.p50_ns),
            us(stalls.p99_ns),
            us(stalls.max_ns),
            or_dash(stalls.max_s_ago.map(decimal)),
            stalls.over_20us.to_string(),
            stalls.over_100us.to_string(),
            stalls.over_1ms.to_string(),
        ]);
    }
    table
}

fn protocols(rows: &[Row]) -> Table {
    let table = Table::new().numbers(["worker", "BFD rx (packets)", "BFD tx (packets)", "BFD vetoes"]);
    let table = table.numbers(["BFD handovers (packets)", "ICMP sent (packets)", "ICMP limited (packets)"]);
    let mut table = table.number("notices lost");
    for row in rows {
        let counts = [
            row.worker as u64,
            row.bfd_rx_packets,
            row.bfd_tx_packets,
            row.bfd_vetoes,
            row.bfd_handovers,
            row.icmp_sent_packets,
            row.icmp_limited_packets,
            row.notices_lost,
        ];
        table.row(counts.iter().map(u64::to_string).collect());
    }
    table
}

/// Packets for the kernel; none when there were none.
fn punts(rows: &[Row]) -> Option<Table> {
    let of = |row: &Row, class: &str| {
        let count = |map: &BTreeMap<&str, u64>| map.get(class).copied().unwrap_or(0);
        (count(&row.punt_packets), count(&row.policed_packets))
    };
    let mut table = Table::new()
        .number("worker")
        .text("for the kernel")
        .numbers(["sent up (packets)", "policed (packets)"]);
    let mut any = false;
    for row in rows {
        for class in stats::PuntClass::ALL {
            let (up, policed) = of(row, class.as_str());
            if up + policed > 0 {
                any = true;
                let words =
                    [row.worker.to_string(), class.as_str().into(), up.to_string(), policed.to_string()];
                table.row(words.into());
            }
        }
    }
    any.then_some(table)
}

/// Of a bench or a trial; none when nothing is generated.
fn generators(rows: &[Row]) -> Option<Table> {
    let table = Table::new().numbers(["worker", "generated (packets)", "good (packets)"]);
    let mut table = table.numbers(["bad header (packets)", "wrong port (packets)"]);
    let mut any = false;
    for row in rows {
        let Some(g) = row.generator else { continue };
        any = true;
        let counts = [g.made_packets, g.good_packets, g.bad_header_packets, g.wrong_port_packets];
        let cells = counts.iter().map(u64::to_string);
        table.row(std::iter::once(row.worker.to_string()).chain(cells).collect());
    }
    any.then_some(table)
}
