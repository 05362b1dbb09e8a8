//! `show bfd`.

use super::View;
use crate::table::{Table, decimal, list, or_dash};
use api::show::Bfdd;
use serde::Serialize;
use stats::{Asked, BfdDiscard, Reader, SessionInfo, SessionRow};
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    now_ns: u64,
    sessions: Vec<SessionRow>,
    /// Over all workers, reasons that occurred.
    discards: Vec<(BfdDiscard, u64)>,
    /// FRR's bfdd, if the switch has one; or why the switch does not say.
    bfdd: Result<Option<Bfdd>, String>,
}

impl Facts {
    /// `now_ns` by the switch's clock.
    pub fn read(reader: &Reader, now_ns: u64, bfdd: Result<Option<Bfdd>, String>) -> Facts {
        let workers = reader.workers();
        let of =
            |reason: BfdDiscard| workers.iter().filter_map(|w| w.bfd_discards.get(reason as usize)).sum();
        let discards = BfdDiscard::ALL.into_iter().map(|reason| (reason, of(reason)));
        let mut sessions = reader.sessions();
        sessions.sort_by(|a, b| (&a.path, a.slot).cmp(&(&b.path, b.slot)));
        let discards = discards.filter(|(_, count)| *count > 0).collect();
        Facts { now_ns, sessions, discards, bfdd }
    }
}

#[derive(Debug, Serialize)]
struct Listing<'a> {
    sessions: Vec<Row<'a>>,
    discards: Vec<Discarded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bfdd: Option<&'a Bfdd>,
}

#[derive(Debug, Serialize)]
struct Discarded {
    reason: &'static str,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    /// Empty where it watches none.
    path: &'a str,
    asked_by: Vec<&'static str>,
    multihop: bool,
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
    remote_min_tx_us: u32,
    remote_min_rx_us: u32,
    remote_multiplier: u8,
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
            remote_min_tx_us: info.remote_min_tx_us,
            remote_min_rx_us: info.remote_min_rx_us,
            remote_multiplier: info.remote_multiplier,
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
        asked_by: asked_by(session.asked),
        multihop: session.asked.multihop,
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
    let bfdd = match &facts.bfdd {
        Ok(bfdd) => bfdd.as_ref(),
        Err(why) => {
            text.push_str(&format!("\nwhat bfdd asks for is not known: {why}\n"));
            None
        }
    };
    if let Some(bfdd) = bfdd {
        text.push('\n');
        text.push_str(&of_bfdd(bfdd));
    }
    View::new(&Listing { sessions: rows, discards, bfdd }, text)
}

/// Who wants a session; nobody does for the moments in which its peer is told that it ends.
fn asked_by(asked: Asked) -> Vec<&'static str> {
    let words = [(asked.by_file, "file"), (asked.by_bfdd, "bfdd")];
    words.into_iter().filter(|(by, _)| *by).map(|(_, word)| word).collect()
}

/// How bfdd answers, to go behind its state.
pub fn answers(bfdd: &Bfdd) -> String {
    match (bfdd.silent_s, bfdd.round_trip_us) {
        (Some(silent), _) => format!(", has answered nothing for {} s", decimal(silent)),
        (None, Some(us)) => format!(", answers within {us} us"),
        (None, None) => String::new(),
    }
}

/// The connection to bfdd, and what it asks for.
fn of_bfdd(bfdd: &Bfdd) -> String {
    let state = if bfdd.connected { "connected" } else { "not there" };
    let mut text = format!("bfdd at {}: {state} for {} s", bfdd.address, decimal(bfdd.since_s));
    text.push_str(&answers(bfdd));
    if let Some(problem) = &bfdd.problem {
        text.push_str(&format!(" ({problem})"));
    }
    text.push('\n');
    if bfdd.messages_bad > 0 {
        text.push_str(&format!("{} of its messages or connections were refused\n", bfdd.messages_bad));
    }
    let mut table = Table::new().text("bfdd asks for").text("local").text("interface").text("disc.");
    table = table.text("state").text("remark");
    for row in &bfdd.sessions {
        let interface = if row.multihop { Some("multihop") } else { row.interface.as_deref() };
        table.row(vec![
            row.peer.to_string(),
            or_dash(row.local),
            or_dash(interface),
            format!("{:#010x}", row.discriminator),
            or_dash(
                row.state.as_deref().map(|state| if state == "admindown" { "admin-down" } else { state }),
            ),
            remark(row, bfdd.stale_for_s),
        ]);
    }
    text + &table.render("it asks for no sessions")
}

fn remark(row: &api::show::Asked, stale_for_s: Option<f64>) -> String {
    let mut words = Vec::new();
    words.extend(row.problem.as_ref().map(|why| format!("cannot run: {why}")));
    words.extend(row.shutdown.then(|| "shut down in bfdd".to_owned()));
    if row.stale {
        words.push(match stale_for_s {
            Some(left) => format!("not asked for again: goes in {} s", decimal(left)),
            None => "from before the connection was lost".to_owned(),
        });
    }
    words.join("; ")
}

fn states(rows: &[Row<'_>]) -> Table {
    let table =
        Table::new().text("path").text("asked by").text("state").text("remote state").number("up for (s)");
    let table = table.number("flaps");
    let table = table.number("last heard (ms ago)").text("local").text("peer");
    let mut table = table.text("diagnostic").text("remote diagnostic");
    for Row { path, asked_by, said, .. } in rows {
        let said = said.as_ref();
        table.row(vec![
            named(path),
            list(asked_by),
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
    for Row { path, worker, said, .. } in rows {
        let said = said.as_ref();
        let hex = |number: u32| format!("{number:#010x}");
        table.row(vec![
            named(path),
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

fn named(path: &str) -> String {
    or_dash(Some(path).filter(|path| !path.is_empty()))
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
