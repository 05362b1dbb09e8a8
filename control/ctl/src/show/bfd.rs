//! `show bfd`.

use super::View;
use crate::table::{Table, decimal, or_dash};
use serde::Serialize;
use stats::{BfdDiscard, Reader, SessionInfo, SessionRow};
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    now_ns: u64,
    sessions: Vec<SessionRow>,
    /// Over all workers, reasons that occurred.
    discards: Vec<(BfdDiscard, u64)>,
}

impl Facts {
    /// `now_ns` by the switch's clock.
    pub fn read(reader: &Reader, now_ns: u64) -> Facts {
        let workers = reader.workers();
        let of =
            |reason: BfdDiscard| workers.iter().filter_map(|w| w.bfd_discards.get(reason as usize)).sum();
        let discards = BfdDiscard::ALL.into_iter().map(|reason| (reason, of(reason)));
        let mut sessions = reader.sessions();
        sessions.sort_by(|a, b| (&a.path, a.slot).cmp(&(&b.path, b.slot)));
        Facts { now_ns, sessions, discards: discards.filter(|(_, count)| *count > 0).collect() }
    }
}

#[derive(Debug, Serialize)]
struct Listing<'a> {
    sessions: Vec<Row<'a>>,
    discards: Vec<Discarded>,
}

#[derive(Debug, Serialize)]
struct Discarded {
    reason: &'static str,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    path: &'a str,
    worker: u16,
    #[serde(flatten)]
    said: Option<Said>,
}

/// What its worker says.
#[derive(Debug, Serialize)]
struct Said {
    state: &'static str,
    remote_state: &'static str,
    local: IpAddr,
    peer: IpAddr,
    local_discriminator: u32,
    remote_discriminator: u32,
    diagnostic: &'static str,
    remote_diagnostic: &'static str,
    tx_interval_us: u32,
    remote_min_rx_us: u32,
    detection_us: u32,
    multiplier: u8,
    packets_in: u64,
    packets_out: u64,
    last_heard_ms_ago: Option<f64>,
    up_for_s: Option<f64>,
    flaps: u64,
    vetoes: u64,
}

impl Said {
    fn new(info: &SessionInfo, now_ns: u64) -> Said {
        let ago = |stamp: u64| (stamp > 0).then(|| now_ns.saturating_sub(stamp) as f64);
        Said {
            state: state(info.state),
            remote_state: state(info.remote_state),
            local: info.local,
            peer: info.peer,
            local_discriminator: info.local_discriminator,
            remote_discriminator: info.remote_discriminator,
            diagnostic: diagnostic(info.diagnostic),
            remote_diagnostic: diagnostic(info.remote_diagnostic),
            tx_interval_us: info.tx_interval_us,
            remote_min_rx_us: info.remote_min_rx_us,
            detection_us: info.detection_us,
            multiplier: info.multiplier,
            packets_in: info.packets_in,
            packets_out: info.packets_out,
            last_heard_ms_ago: ago(info.last_heard_ns).map(|ns| ns / 1e6),
            up_for_s: ago(info.up_since_ns).map(|ns| ns / 1e9),
            flaps: info.flaps,
            vetoes: info.vetoes,
        }
    }
}

pub fn view(facts: &Facts) -> View {
    let rows = facts.sessions.iter().map(|session| Row {
        path: &session.path,
        worker: session.worker,
        said: session.info.map(|info| Said::new(&info, facts.now_ns)),
    });
    let rows: Vec<Row> = rows.collect();
    let discards = facts.discards.iter();
    let discards: Vec<Discarded> =
        discards.map(|(reason, packets)| Discarded { reason: reason.as_str(), packets: *packets }).collect();
    let mut text = states(&rows).render("no BFD sessions");
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&timers(&rows).render(""));
    }
    if !discards.is_empty() {
        let mut table = Table::new().text("discarded for").number("received (packets)");
        for row in &discards {
            table.row(vec![row.reason.into(), row.packets.to_string()]);
        }
        text.push('\n');
        text.push_str(&table.render(""));
    }
    View::new(&Listing { sessions: rows, discards }, text)
}

fn states(rows: &[Row<'_>]) -> Table {
    let table =
        Table::new().text("path").text("state").text("remote state").number("up for (s)").number("flaps");
    let table = table.number("last heard (ms ago)").text("local").text("peer");
    let mut table = table.text("diagnostic").text("remote diagnostic");
    for Row { path, said, .. } in rows {
        let said = said.as_ref();
        table.row(vec![
            (*path).to_owned(),
            or_dash(said.map(|s| s.state)),
            or_dash(said.map(|s| s.remote_state)),
            or_dash(said.and_then(|s| s.up_for_s).map(decimal)),
            or_dash(said.map(|s| s.flaps)),
            or_dash(said.and_then(|s| s.last_heard_ms_ago).map(decimal)),
            or_dash(said.map(|s| s.local)),
            or_dash(said.map(|s| s.peer)),
            or_dash(said.map(|s| s.diagnostic)),
            or_dash(said.map(|s| s.remote_diagnostic)),
        ]);
    }
    table
}

fn timers(rows: &[Row<'_>]) -> Table {
    let table = Table::new().text("path").number("worker").text("local disc.").text("remote disc.");
    let table = table.numbers(["tx interval (us)", "remote min rx (us)", "multiplier", "detection (us)"]);
    let mut table = table.numbers(["in (packets)", "out (packets)", "vetoes"]);
    for Row { path, worker, said } in rows {
        let said = said.as_ref();
        let hex = |number: u32| format!("{number:#010x}");
        table.row(vec![
            (*path).to_owned(),
            worker.to_string(),
            or_dash(said.map(|s| hex(s.local_discriminator))),
            or_dash(said.map(|s| hex(s.remote_discriminator))),
            or_dash(said.map(|s| s.tx_interval_us)),
            or_dash(said.map(|s| s.remote_min_rx_us)),
            or_dash(said.map(|s| s.multiplier)),
            or_dash(said.map(|s| s.detection_us)),
            or_dash(said.map(|s| s.packets_in)),
            or_dash(said.map(|s| s.packets_out)),
            or_dash(said.map(|s| s.vetoes)),
        ]);
    }
    table
}

/// RFC 5880 4.1, Sta.
fn state(number: u8) -> &'static str {
    match number {
        0 => "admin-down",
        1 => "down",
        2 => "init",
        3 => "up",
        _ => "unknown",
    }
}

/// RFC 5880 4.1, Diag.
fn diagnostic(number: u8) -> &'static str {
    match number {
        0 => "none",
        1 => "control detection time expired",
        2 => "echo function failed",
        3 => "neighbor signaled session down",
        4 => "forwarding plane reset",
        5 => "path down",
        6 => "concatenated path down",
        7 => "administratively down",
        8 => "reverse concatenated path down",
        _ => "reserved",
    }
}
