//! `show rib`, `show coverage` and `show peers`: what control knows.

use super::View;
use super::routes::named;
use crate::args::{Target, What};
use crate::client::ask_control;
use crate::failure::{Failure, Process};
use crate::load::{Load, Meter, megabits};
use crate::places::Places;
use crate::table::{Table, decimal, or_dash};
use api::control::{MAX_PREFIXES, Reply, Request};
use api::learned::{BgpPeer, Coverage, FpmPeer, LfaReader, Peers, RibBgp, RibPrefix};
use api::show::{Asked, Bfdd};
use ipnet::IpNet;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What control answered.
#[derive(Debug, Clone)]
pub enum Facts {
    Rib {
        prefixes: Vec<RibPrefix>,
        more: bool,
    },
    /// With what the paths carry, where the switch says so.
    Coverage(Coverage, Option<Load>),
    /// And what the switch says of FRR's bfdd, if it has one; or why it does not say.
    Peers(Box<Peers>, Result<Option<Bfdd>, String>),
}

/// How control is asked.
#[derive(Debug, Clone)]
pub struct Control {
    path: PathBuf,
    limit: Duration,
    meter: Meter,
}

impl Control {
    pub fn new(places: &Places) -> Result<Control, Failure> {
        Ok(Control { path: places.control_socket()?, limit: places.timeout(), meter: Meter::new(places) })
    }

    pub fn ask(&self, what: &What) -> Result<Facts, Failure> {
        if let What::Rib { within, vrf, limit } = what {
            return self.rib(*within, vrf.as_deref(), (None, super::watched(*limit)));
        }
        match ask_control(&self.path, self.limit, &Request::Coverage)? {
            Reply::Coverage(coverage) => Ok(Facts::Coverage(coverage, self.meter.read())),
            _ => Err(confused(&self.path)),
        }
    }

    /// `bfdd` is what the switch says.
    pub fn peers(&self, bfdd: Result<Option<Bfdd>, String>) -> Result<Facts, Failure> {
        match ask_control(&self.path, self.limit, &Request::Peers)? {
            Reply::Peers(peers) => Ok(Facts::Peers(peers, bfdd)),
            _ => Err(confused(&self.path)),
        }
    }

    /// At most `most` prefixes behind `start`, by pages.
    pub fn rib(
        &self,
        within: Option<Target>,
        vrf: Option<&str>,
        (start, most): (Option<IpNet>, usize),
    ) -> Result<Facts, Failure> {
        let asked = match within {
            None => None,
            Some(Target::Prefix(prefix)) => Some(prefix),
            Some(Target::Address(address)) => Some(IpNet::from(address)),
        };
        let mut all: Vec<RibPrefix> = Vec::new();
        loop {
            let limit = (MAX_PREFIXES as usize).min(most - all.len()) as u32;
            let after = all.last().map(|row| row.prefix).or(start);
            let request = Request::Rib { vrf: named(vrf), within: asked, after, limit };
            let Reply::Rib { prefixes, more } = ask_control(&self.path, self.limit, &request)? else {
                return Err(confused(&self.path));
            };
            let got = prefixes.len();
            all.extend(prefixes);
            if !more || got == 0 || all.len() >= most {
                break match asked {
                    Some(asked) if all.is_empty() && start.is_none() => Err(Failure::NotFound(format!(
                        "nobody has said anything of {asked} or what covers it"
                    ))),
                    _ => Ok(Facts::Rib { prefixes: all, more: more && got > 0 }),
                };
            }
        }
    }
}

pub fn confused(path: &Path) -> Failure {
    let why = "it answered something else than what was asked".into();
    Failure::Broken { process: Process::Control, path: path.to_owned(), why }
}

pub fn view(facts: &Facts) -> View {
    match facts {
        Facts::Rib { prefixes, more } => rib(prefixes, *more),
        Facts::Coverage(rows, load) => coverage(rows, load.as_ref()),
        Facts::Peers(rows, bfdd) => peers(rows, bfdd),
    }
}

#[derive(Serialize)]
struct Listing<'a> {
    prefixes: &'a [RibPrefix],
    /// The limit cut the list.
    more: bool,
}

fn rib(prefixes: &[RibPrefix], more: bool) -> View {
    let table = Table::new().text("prefix").text("source").text("role").text("path").text("next hop");
    let mut table = table.numbers(["preference", "metric"]).text("proof").text("note");
    for row in prefixes {
        for (at, c) in row.candidates.iter().enumerate() {
            let source = c.protocol.as_ref().map_or(c.source.clone(), |p| format!("{} ({p})", c.source));
            let mut note = c.bgp.as_ref().map(bgp_words).unwrap_or_default();
            let why = if c.role == "best" { Some(&row.why) } else { c.note.as_ref() };
            if let Some(words) = why {
                note.push_str(if note.is_empty() { "" } else { "; " });
                note.push_str(words);
            }
            table.row(vec![
                if at == 0 { row.prefix.to_string() } else { String::new() },
                source,
                c.role.clone(),
                or_dash(if c.role == "best" {
                    c.path.as_ref().or(row.kind.as_ref())
                } else {
                    c.path.as_ref()
                }),
                or_dash(c.next_hop),
                c.preference.to_string(),
                or_dash(c.metric),
                or_dash(c.proof.as_ref()),
                note,
            ]);
        }
    }
    let mut text = table.render("no prefixes");
    if more {
        text.push_str(&format!("and more than these {}: --limit N shows N, --limit 0 all\n", prefixes.len()));
    }
    View::new(&Listing { prefixes, more }, text)
}

fn bgp_words(bgp: &RibBgp) -> String {
    let med = if bgp.med == 0 { String::new() } else { format!(" MED {}", bgp.med) };
    // Of an empty AS path there is none: the router announces the prefix itself.
    let via = if bgp.neighbor_as == 0 { String::new() } else { format!(" via AS {}", bgp.neighbor_as) };
    let how = if bgp.external { "" } else { ", internal" };
    format!(
        "from {} id {}: local-pref {} AS path {}{via} {}{med}{how}",
        or_dash(bgp.peer),
        bgp.path_id,
        bgp.local_pref,
        bgp.as_path_length,
        bgp.origin
    )
}

/// What is protected, in prefixes and in what they carry.
#[derive(Serialize)]
struct Protected<'a> {
    #[serde(flatten)]
    coverage: &'a Coverage,
    /// `None` when the switch does not say what its paths carry.
    traffic: Option<Traffic>,
}

#[derive(Serialize)]
struct Traffic {
    bits_per_s: f64,
    covered_bits_per_s: f64,
    /// `None` of no traffic.
    percent: Option<f64>,
    paths: Vec<PathTraffic>,
}

#[derive(Serialize)]
struct PathTraffic {
    path: String,
    bits_per_s: f64,
    /// If the path's prefixes have equal traffic.
    covered_bits_per_s: f64,
}

fn traffic(rows: &Coverage, load: &Load) -> Traffic {
    let of_path = |row: &api::learned::PathCoverage| {
        let bits_per_s = load.get(&row.path).copied().unwrap_or(0.0);
        let share = row.covered as f64 / row.prefixes.max(1) as f64;
        PathTraffic { path: row.path.clone(), bits_per_s, covered_bits_per_s: bits_per_s * share }
    };
    let paths: Vec<PathTraffic> = rows.paths.iter().map(of_path).collect();
    let sum = |of: fn(&PathTraffic) -> f64| paths.iter().map(of).sum::<f64>();
    let (bits_per_s, covered_bits_per_s) = (sum(|path| path.bits_per_s), sum(|path| path.covered_bits_per_s));
    let percent = (bits_per_s > 0.0).then(|| 100.0 * covered_bits_per_s / bits_per_s);
    Traffic { bits_per_s, covered_bits_per_s, percent, paths }
}

fn coverage(rows: &Coverage, load: Option<&Load>) -> View {
    let traffic = load.map(|load| traffic(rows, load));
    let table =
        Table::new().text("path").numbers(["prefixes", "covered", "traffic (Mbit/s)", "covered (Mbit/s)"]);
    let mut table = table.text("why others are not");
    for (at, row) in rows.paths.iter().enumerate() {
        let of_path = traffic.as_ref().map(|traffic| &traffic.paths[at]);
        let gaps: Vec<String> = row.gaps.iter().map(|(why, count)| format!("{count}: {why}")).collect();
        table.row(vec![
            row.path.clone(),
            row.prefixes.to_string(),
            row.covered.to_string(),
            or_dash(of_path.map(|path| megabits(path.bits_per_s))),
            or_dash(of_path.map(|path| megabits(path.covered_bits_per_s))),
            if gaps.is_empty() { "-".to_owned() } else { gaps.join("; ") },
        ]);
    }
    let mut text = table.render("no path carries a prefix");
    let dead = if rows.dead == 0 { String::new() } else { format!("; {} have no usable path", rows.dead) };
    let _ = writeln!(
        text,
        "{} of {} prefixes ({} %) survive the loss of any one path{dead}",
        rows.covered, rows.prefixes, rows.percent
    );
    if let Some((traffic, percent)) = traffic.as_ref().and_then(|traffic| Some((traffic, traffic.percent?))) {
        let _ = writeln!(
            text,
            "{} of {} Mbit/s ({percent:.0} %), if the prefixes of a path have equal traffic",
            megabits(traffic.covered_bits_per_s),
            megabits(traffic.bits_per_s)
        );
    }
    View::new(&Protected { coverage: rows, traffic }, text)
}

#[derive(Serialize)]
struct AllPeers<'a> {
    #[serde(flatten)]
    learned: &'a Peers,
    bfdd: Option<&'a Bfdd>,
}

fn peers(rows: &Peers, bfdd: &Result<Option<Bfdd>, String>) -> View {
    let mut text = String::new();
    match &rows.fpm {
        Some(fpm) => fpm_lines(fpm, &mut text),
        None => text.push_str("FPM   not in the file\n"),
    }
    if rows.kept_withdrawn > 0 {
        let most = rows.kept_s.map_or(String::new(), |left| format!(", for {left:.0} s at the most"));
        let kept = rows.kept_withdrawn;
        let _ =
            writeln!(text, "      bgp: {kept} routes that FPM withdrew are kept while BGP has them{most}");
    }
    if rows.kept_untold > 0 {
        let kept = rows.kept_untold;
        let _ = writeln!(
            text,
            "      bgp: {kept} routes that FPM does not tell again are kept while BGP has them; a restart of bgpd \
             makes it tell them"
        );
    }
    let table = Table::new().text("BGP neighbor").number("AS").text("state").number("since (s)");
    let table = table.text("family").numbers(["prefixes", "paths", "stale"]).text("End-of-RIB");
    let mut table = table.numbers(["waiting", "rate (1/s)"]).text("last end");
    rows.bgp.iter().for_each(|peer| bgp_rows(peer, &mut table));
    text.push_str(&table.render("no neighbors of BGP in the file"));
    match bfdd {
        Ok(Some(bfdd)) => bfdd_line(bfdd, &mut text),
        Ok(None) => text.push_str("BFD   no bfdd in the file\n"),
        Err(why) => _ = writeln!(text, "BFD   what bfdd asks for is not known: {why}"),
    }
    rows.lfa.iter().for_each(|lfa| lfa_lines(lfa, &mut text));
    for peer in &rows.bgp {
        for (what, count) in &peer.faults {
            let _ = writeln!(text, "of {}: {count} {what}", peer.address);
        }
    }
    if rows.bgp_refused > 0 {
        let _ =
            writeln!(text, "{} connections of BGP from addresses that are no neighbor's", rows.bgp_refused);
    }
    for (source, why, count) in &rows.left {
        let _ = writeln!(text, "not taken of {source}: {count} times, {why}");
    }
    if rows.switch_connected {
        let (to_tell, held) = (rows.to_tell, rows.held);
        let _ = writeln!(text, "{to_tell} prefixes to be told to the switch, {held} held on their repair");
    } else {
        text.push_str("the switch is not connected: nothing is told to it\n");
    }
    let bfdd = bfdd.as_ref().ok().and_then(Option::as_ref);
    View::new(&AllPeers { learned: rows, bfdd }, text)
}

/// The connection; `show bfd` has the sessions one by one.
fn bfdd_line(bfdd: &Bfdd, text: &mut String) {
    let state = if bfdd.connected { "connected" } else { "not there" };
    let lag = super::bfd::answers(bfdd);
    let count = |such: fn(&Asked) -> bool| bfdd.sessions.iter().filter(|row| such(row)).count();
    let _ = writeln!(
        text,
        "BFD   {}: {state} for {} s{lag}, {} sessions: {} up, {} not asked for again, {} cannot run; \
         {} messages in, {} out, {} refused",
        bfdd.address,
        decimal(bfdd.since_s),
        bfdd.sessions.len(),
        count(|row| row.state.as_deref() == Some("up")),
        count(|row| row.stale),
        count(|row| row.problem.is_some()),
        bfdd.messages_in,
        bfdd.messages_out,
        bfdd.messages_bad,
    );
    if let Some(problem) = &bfdd.problem {
        let _ = writeln!(text, "      {problem}");
    }
}

fn fpm_lines(fpm: &FpmPeer, text: &mut String) {
    let since = fpm.connected_s.map_or("not connected".to_owned(), |s| format!("connected for {s:.0} s"));
    let complete = match (fpm.complete, fpm.complete_in_s) {
        (true, _) => "complete".to_owned(),
        (false, Some(left)) => format!("complete in {left:.0} s"),
        (false, None) => "not complete".to_owned(),
    };
    let _ = writeln!(
        text,
        "FPM   {} from {}: {since}, connection {}, {complete}, {} routes, {}/s, {} waiting (most {}) for {} s",
        fpm.listen,
        or_dash(fpm.peer),
        fpm.connections,
        fpm.routes,
        fpm.rate,
        fpm.waiting,
        fpm.most_waited,
        decimal(fpm.lag_s),
    );
    if let Some(unfinished) = fpm.unfinished_s.filter(|s| *s >= 1.0) {
        let _ = writeln!(
            text,
            "      a frame has not ended for {unfinished:.0} s, and no countdown runs until it does"
        );
    }
    for protocol in &fpm.protocols {
        let sweep = protocol.sweep_in_s.map_or(String::new(), |left| format!(", swept in {left:.0} s"));
        let _ = writeln!(
            text,
            "      {}: {} routes, {} stale{sweep}",
            protocol.name, protocol.routes, protocol.stale
        );
    }
    for (table, count) in &fpm.other_tables {
        let _ = writeln!(text, "      table {table}: no VRF has it, {count} routes left");
    }
    if fpm.unresolved > 0 {
        let example = fpm
            .unresolved_example
            .map_or(String::new(), |(prefix, next_hop)| format!(", such as {prefix} by next hop {next_hop}"));
        let _ = writeln!(
            text,
            "      {} routes wait for next hops that zebra has not told{example}; if that lasts, zebra needs \
             `no fpm use-next-hop-groups`",
            fpm.unresolved
        );
    }
    for (why, count) in &fpm.refused {
        let _ = writeln!(text, "      refused {count} times: {why}");
    }
    if let Some(last) = &fpm.last_refused {
        let _ = writeln!(text, "      the last of them: {last}");
    }
    if let Some(host) = fpm.last_refused_host {
        let _ = writeln!(
            text,
            "      {} connections of hosts that may not, the last of {host}",
            fpm.refused_hosts
        );
    }
    if let Some(error) = &fpm.last_reset {
        let _ = writeln!(text, "      {} connections reset, the last: {error}", fpm.resets);
    }
}

fn lfa_lines(lfa: &LfaReader, text: &mut String) {
    let read = match (lfa.read_s, lfa.took_s) {
        (Some(ago), Some(took)) => format!("read {ago:.0} s ago in {:.1} ms", took * 1e3),
        _ => "not read yet".to_owned(),
    };
    let (from, prefixes, readings, failures) = (&lfa.from, lfa.prefixes, lfa.readings, lfa.failures);
    let _ = writeln!(
        text,
        "LFA   {from}: alternates of {prefixes} prefixes, {read}; {readings} readings, {failures} failed"
    );
    if lfa.labelled > 0 {
        let _ = writeln!(text, "      {} backups need labels and are left out", lfa.labelled);
    }
    if let Some(error) = &lfa.error {
        let _ = writeln!(text, "      cannot be read: {error}");
    }
}

fn bgp_rows(peer: &BgpPeer, table: &mut Table) {
    let address = match &peer.vrf {
        Some(vrf) => format!("{} in {vrf}", peer.address),
        None => peer.address.to_string(),
    };
    let end = peer.last_end.as_ref().map(|(why, ago)| format!("{why} {ago:.0} s ago"));
    let mut row = |family: Option<&api::learned::BgpFamily>, first: bool| {
        let number = |get: fn(&api::learned::BgpFamily) -> u64| or_dash(family.map(get));
        let once = |text: String| if first { text } else { String::new() };
        table.row(vec![
            once(address.clone()),
            once(peer.asn.to_string()),
            once(peer.state.clone()),
            once(format!("{:.0}", peer.since_s)),
            or_dash(family.map(|family| &family.family)),
            number(|family| family.prefixes),
            number(|family| family.paths),
            number(|family| family.stale),
            or_dash(family.map(|family| if family.end_of_rib { "yes" } else { "no" })),
            once(peer.waiting.to_string()),
            once(peer.rate.to_string()),
            once(or_dash(end.as_ref())),
        ]);
    };
    if peer.families.is_empty() {
        row(None, true);
    }
    peer.families.iter().enumerate().for_each(|(at, family)| row(Some(family), at == 0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::learned::{FpmProtocol, PathCoverage, RibCandidate};

    fn candidate(role: &str) -> RibCandidate {
        RibCandidate {
            source: "fpm".into(),
            protocol: Some("bgp".into()),
            preference: 20,
            metric: Some(0),
            path: Some("isp1".into()),
            next_hop: Some("192.0.2.1".parse().unwrap()),
            role: role.into(),
            proof: None,
            note: None,
            bgp: None,
        }
    }

    #[test]
    fn a_prefix_shows_each_candidate_and_why_the_first_is_the_best() {
        let bgp = RibBgp {
            peer: None,
            path_id: 2,
            local_pref: 100,
            as_path_length: 3,
            origin: "igp".into(),
            neighbor_as: 65_002,
            med: 5,
            external: true,
        };
        let loser = RibCandidate {
            source: "bgp".into(),
            protocol: None,
            proof: Some("ebgp-distinct".into()),
            note: Some("another region and provider".into()),
            bgp: Some(bgp.clone()),
            ..candidate("backup 1")
        };
        let own = RibBgp { as_path_length: 0, neighbor_as: 0, external: false, ..bgp };
        let own = RibCandidate { bgp: Some(own), ..candidate("unused") };
        let row = RibPrefix {
            prefix: "10.0.0.0/8".parse().unwrap(),
            source: Some("fpm".into()),
            why: "the routing daemon says so".into(),
            kind: Some("paths".into()),
            candidates: vec![candidate("best"), loser, own],
        };
        let view = view(&Facts::Rib { prefixes: vec![row], more: true });
        let lines: Vec<&str> = view.text.lines().collect();
        assert!(lines[1].starts_with("10.0.0.0/8") && lines[1].contains("fpm (bgp)"), "{}", view.text);
        assert!(lines[1].ends_with("the routing daemon says so"), "{}", view.text);
        assert!(
            lines[2].contains("ebgp-distinct") && lines[2].contains("AS 65002 igp MED 5"),
            "{}",
            view.text
        );
        assert!(lines[4].contains("--limit"), "{}", view.text);
        assert!(lines[3].contains("AS path 0 igp MED 5, internal"), "{}", view.text);
        assert_eq!(view.json["prefixes"][0]["candidates"][1]["bgp"]["med"], 5);
    }

    #[test]
    fn peers_are_those_of_fpm_bgp_and_bfd_with_what_is_kept_and_for_how_long() {
        let bgp = FpmProtocol { name: "bgp".into(), routes: 7, stale: 2, sweep_in_s: Some(30.0) };
        let fpm = FpmPeer {
            listen: "127.0.0.1:2620".parse().unwrap(),
            peer: None,
            connected_s: Some(3.0),
            unfinished_s: None,
            routes: 7,
            waiting: 0,
            most_waited: 9,
            lag_s: 0.0,
            rate: 0,
            complete: true,
            complete_in_s: None,
            protocols: vec![bgp],
            other_tables: vec![],
            unresolved: 3,
            unresolved_example: Some(("198.51.100.0/24".parse().unwrap(), 18)),
            refused: vec![],
            last_refused: None,
            refused_hosts: 0,
            last_refused_host: None,
            resets: 0,
            last_reset: None,
            connections: 1,
            swept: 0,
        };
        let mut rows = Peers {
            fpm: Some(fpm),
            bgp: vec![],
            bgp_refused: 0,
            left: vec![],
            to_tell: 0,
            held: 0,
            lfa: None,
            switch_connected: true,
            kept_withdrawn: 5,
            kept_s: Some(118.4),
            kept_untold: 0,
        };
        let asked = |peer: &str, state: Option<&str>, problem: Option<&str>| Asked {
            discriminator: 1,
            peer: peer.parse().unwrap(),
            local: None,
            interface: None,
            multihop: false,
            shutdown: false,
            stale: problem.is_none() && state.is_none(),
            state: state.map(str::to_owned),
            problem: problem.map(str::to_owned),
        };
        let bfdd = Bfdd {
            address: "unix:/run/frr/bfdd.sock".into(),
            connected: false,
            since_s: 2.5,
            problem: Some("nobody listens".into()),
            round_trip_us: Some(210),
            silent_s: None,
            messages_in: 10,
            messages_out: 11,
            messages_bad: 0,
            stale_for_s: None,
            sessions: vec![
                asked("192.0.2.1", Some("up"), None),
                asked("192.0.2.2", None, Some("there is no route to 192.0.2.2")),
                asked("192.0.2.3", None, None),
            ],
        };
        let view = peers(&rows, &Ok(Some(bfdd)));
        for line in [
            "      bgp: 5 routes that FPM withdrew are kept while BGP has them, for 118 s at the most",
            "BFD   unix:/run/frr/bfdd.sock: not there for 2.5 s, answers within 210 us, 3 sessions: 1 up, 1 not asked \
             for again, 1 cannot run; 10 messages in, 11 out, 0 refused",
            "      nobody listens",
            "      3 routes wait for next hops that zebra has not told, such as 198.51.100.0/24 by next hop 18; if that lasts, \
             zebra needs `no fpm use-next-hop-groups`",
        ] {
            assert!(view.text.lines().any(|shown| shown == line), "{line}\n{}", view.text);
        }
        assert_eq!((&view.json["kept_withdrawn"], &view.json["bfdd"]["since_s"]), (&5.into(), &2.5.into()));
        (rows.kept_withdrawn, rows.kept_untold) = (0, 4);
        let text = peers(&rows, &Ok(None)).text;
        assert!(
            text.contains("4 routes that FPM does not tell again") && !text.contains("withdrew"),
            "{text}"
        );
        assert!(text.contains("BFD   no bfdd in the file"), "{text}");
        let text = peers(&rows, &Err("the switch is not there".into())).text;
        assert!(text.contains("BFD   what bfdd asks for is not known: the switch is not there"), "{text}");
    }

    #[test]
    fn alternates_show_where_they_come_from_and_why_they_do_not() {
        let lfa = LfaReader {
            from: "ospfd at /run/frr".into(),
            prefixes: 12,
            labelled: 3,
            readings: 7,
            failures: 1,
            read_s: Some(4.2),
            took_s: Some(0.0021),
            error: Some("ospfd.vty: connection refused".into()),
        };
        let peers = Peers {
            fpm: None,
            bgp: Vec::new(),
            lfa: Some(lfa),
            bgp_refused: 0,
            left: Vec::new(),
            switch_connected: true,
            to_tell: 0,
            held: 0,
            kept_withdrawn: 0,
            kept_s: None,
            kept_untold: 0,
        };
        let text = view(&Facts::Peers(Box::new(peers), Ok(None))).text;
        let line = "LFA   ospfd at /run/frr: alternates of 12 prefixes, read 4 s ago in 2.1 ms; 7 readings, 1 failed";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("3 backups need labels") && text.contains("connection refused"), "{text}");
    }

    #[test]
    fn a_route_that_drops_says_how_and_a_next_hop_nowhere_has_no_metric() {
        let nowhere = RibCandidate { metric: None, path: None, ..candidate("unused") };
        let row = RibPrefix {
            prefix: "10.0.0.0/8".parse().unwrap(),
            source: Some("fpm".into()),
            why: "there is no other".into(),
            kind: Some("blackhole".into()),
            candidates: vec![RibCandidate { path: None, next_hop: None, ..candidate("best") }, nowhere],
        };
        let text = view(&Facts::Rib { prefixes: vec![row], more: false }).text;
        let words = |line: usize| text.lines().nth(line).unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(words(1)[3..8], ["best", "blackhole", "-", "20", "0"], "{text}");
        assert_eq!(words(2)[2..7], ["unused", "-", "192.0.2.1", "20", "-"], "{text}");
    }

    fn two_paths() -> Coverage {
        let path =
            |name: &str, prefixes, covered, gaps| PathCoverage { path: name.into(), prefixes, covered, gaps };
        let gaps = vec![("no other path".into(), 2), ("every other path shares a risk".into(), 1)];
        let paths = vec![path("isp1", 4, 1, gaps), path("isp2", 2, 2, vec![])];
        Coverage { prefixes: 6, covered: 3, percent: 50, dead: 1, paths }
    }

    #[test]
    fn coverage_shows_each_gap_with_its_reason() {
        let view = view(&Facts::Coverage(two_paths(), None));
        assert!(view.text.contains("2: no other path; 1: every other path shares a risk\n"), "{}", view.text);
        assert!(
            view.text.contains("3 of 6 prefixes (50 %)") && view.text.contains("1 have no usable path"),
            "{}",
            view.text
        );
        assert!(!view.text.contains("equal traffic"), "{}", view.text);
        assert_eq!((&view.json["covered"], &view.json["traffic"]), (&3.into(), &serde_json::Value::Null));
    }

    #[test]
    fn coverage_weighs_each_path_by_what_it_carries() {
        let load = Load::from([("isp1".to_owned(), 8e6), ("isp2".to_owned(), 2e6), ("idle".to_owned(), 9e9)]);
        let view = view(&Facts::Coverage(two_paths(), Some(load)));
        let line = |at: usize| view.text.lines().nth(at).unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(line(1)[..5], ["isp1", "4", "1", "8.000", "2.000"], "{}", view.text);
        assert_eq!(line(2)[..5], ["isp2", "2", "2", "2.000", "2.000"], "{}", view.text);
        assert!(view.text.contains("4.000 of 10.000 Mbit/s (40 %)"), "{}", view.text);
        assert_eq!(view.json["traffic"]["percent"], 40.0);
        assert_eq!(view.json["traffic"]["paths"][0]["covered_bits_per_s"], 2e6);
    }

    #[test]
    fn coverage_of_paths_that_carry_nothing_has_no_share_of_traffic() {
        let view = view(&Facts::Coverage(two_paths(), Some(Load::new())));
        assert_eq!(view.json["traffic"]["percent"], serde_json::Value::Null);
        assert!(!view.text.contains("equal traffic"), "{}", view.text);
    }
}
