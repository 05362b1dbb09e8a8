//! What operators are shown of routes, of their protection, and of who told them.

use super::Daemon;
use crate::desired::{Desired, nearest};
use crate::learned::Learned;
use crate::lfa::Status;
use api::control::{MAX_PREFIXES, Reply as Answer};
use api::learned::{
    BgpFamily, BgpPeer, Coverage, Flow, FpmPeer, FpmProtocol, LfaReader, Move, PathCoverage, Peers, RibBgp,
    RibCandidate, RibPrefix, Touched, WhatIf,
};
use config::LfaSource;
use ipnet::IpNet;
use rib::{Explained, Gap, Given, Gone, Group, PathId, Place, Role, Row, Why};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

impl Daemon {
    pub(super) fn show_rib(
        &mut self,
        vrf: Option<&str>,
        within: Option<IpNet>,
        after: Option<IpNet>,
        limit: u32,
    ) -> Answer {
        let vrf = match self.desired.vrf(vrf) {
            Ok(vrf) => vrf,
            Err(why) => return Answer::Refused { why },
        };
        let limit = limit.min(MAX_PREFIXES) as usize;
        let peers = peers(&self.learned);
        let mut prefixes: Vec<IpNet> = Vec::new();
        let rib = &self.desired.rib;
        if let Some(within) = within {
            // What covers it first, then what is in it.
            let covers =
                |len: &u8| IpNet::new(within.addr(), *len).is_ok_and(|net| rib.knows((vrf, net.trunc())));
            if after.is_none() {
                let longest = (0..=within.prefix_len()).rev().find(covers);
                prefixes
                    .extend(longest.and_then(|len| IpNet::new(within.addr(), len).ok()).map(|n| n.trunc()));
            }
        }
        let start = after.or(within.map(|within| within.trunc()));
        let inside = rib.prefixes(vrf, start).take_while(|prefix| within.is_none_or(|w| w.contains(prefix)));
        prefixes.extend(inside.take(limit + 1));
        let more = prefixes.len() > limit;
        prefixes.truncate(limit);
        let desired = &mut self.desired;
        let explain = |prefix: IpNet| {
            let explained = desired.rib.explain((vrf, prefix))?;
            Some(prefix_row(desired, &explained, &peers))
        };
        Answer::Rib { prefixes: prefixes.into_iter().filter_map(explain).collect(), more }
    }

    pub(super) fn show_coverage(&self) -> Answer {
        let (rib, usable) = (&self.desired.rib, self.usable());
        let usable = |path: PathId| usable[path as usize];
        let all = rib.coverage(usable);
        let (paths, dead) = rib.path_coverage(usable);
        let row = |(path, coverage): (PathId, rib::PathCoverage)| PathCoverage {
            path: self.desired.path_name(path),
            prefixes: coverage.coverage.of,
            covered: coverage.coverage.covered,
            gaps: coverage.gaps.into_iter().map(|(gap, count)| (gap_words(gap).to_owned(), count)).collect(),
        };
        Answer::Coverage(Coverage {
            prefixes: all.of,
            covered: all.covered,
            percent: all.percent(),
            dead,
            paths: paths.into_iter().map(row).collect(),
        })
    }

    pub(super) fn what_if(&self, fail: &[String], list: u32) -> Answer {
        let desired = &self.desired;
        let all = may_fail(desired);
        let (mut failing, mut taken_for) = (BTreeSet::new(), Vec::new());
        for name in fail {
            let (kind, bare) = match name.split_once(':') {
                Some((kind, bare)) if KINDS.contains(&kind) => (Some(kind), bare),
                _ => (None, name.as_str()),
            };
            let fits = |(what, of): &(&str, &str)| *of == bare && kind.is_none_or(|kind| kind == *what);
            let mut found = all.iter().filter(|((what, of), _)| fits(&(what, of))).peekable();
            if found.peek().is_none() {
                let names = all.keys().filter(|(what, _)| kind.is_none_or(|kind| kind == *what));
                let hint = nearest(names.map(|(_, name)| name.as_str()), bare);
                let hint = hint.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                let what = kind.unwrap_or("path, port, interface, srlg, region or provider");
                return Answer::Refused { why: format!("there is no {what} {bare}{hint}") };
            }
            for ((what, of), paths) in found {
                taken_for.push(format!("{what} {of}"));
                failing.extend(paths);
            }
        }
        let usable = self.usable();
        let what = desired.rib.what_if(
            |path, _| failing.contains(&path),
            |path| usable[path as usize],
            list.min(MAX_PREFIXES) as usize,
        );
        let names = |paths: &[PathId]| paths.iter().map(|path| desired.path_name(*path)).collect::<Vec<_>>();
        let mut whole: BTreeMap<PathId, f64> = BTreeMap::new();
        what.flows.iter().for_each(|((from, _), prefixes)| *whole.entry(*from).or_default() += prefixes);
        let flow = |((from, to), prefixes): (&(PathId, Option<PathId>), &f64)| Flow {
            from: desired.path_name(*from),
            to: to.map(|to| desired.path_name(to)),
            share: prefixes / whole[from],
        };
        let touched = |(prefix, fate): &(rib::Prefix, rib::Fate)| Touched {
            vrf: desired.config.vrf_name(prefix.vrf).map(str::to_owned),
            prefix: prefix.net,
            to: names(&fate.to),
        };
        Answer::WhatIf(WhatIf {
            taken_for,
            fails: failing.iter().map(|path| desired.path_name(*path)).collect(),
            lost: what.moves.iter().filter(|m| m.fate.to.is_empty()).map(|m| m.prefixes).sum(),
            moves: what
                .moves
                .iter()
                .map(|moved| Move {
                    from: names(&moved.fate.from),
                    to: names(&moved.fate.to),
                    proof: moved.fate.proof.map(|proof| proof.word().to_owned()),
                    prefixes: moved.prefixes,
                })
                .collect(),
            untouched: what.untouched,
            dead: what.dead,
            flows: what.flows.iter().map(flow).collect(),
            prefixes: what.listed.iter().map(touched).collect(),
        })
    }

    /// What [`Daemon::what_if`] takes.
    pub(super) fn names(&self) -> Answer {
        let names: BTreeSet<String> = may_fail(&self.desired).into_keys().map(|(_, name)| name).collect();
        Answer::Names(names.into_iter().collect())
    }

    pub(super) fn show_peers(&self, now: Instant) -> Answer {
        let fpm = self.learned.fpm().map(|fpm| fpm_peer(&fpm.snapshot(now), self.learned.other_tables()));
        let feeds = self.learned.feeds().map(|feeds| feeds.snapshot());
        let peers = || feeds.iter().flat_map(|feeds| &feeds.peers);
        let bgp =
            peers().map(|(vrf, status)| bgp_peer(self.desired.config.vrf_name(*vrf), status, now)).collect();
        let stale_until =
            peers().flat_map(|(_, peer)| &peer.families).filter_map(|family| family.stale_until);
        let stale_until = stale_until.max();
        let rib = &self.desired.rib;
        let kept_withdrawn = rib.left(|gone| gone == Gone::Withdrawn);
        let left = self.learned.left().into_iter();
        Answer::Peers(Box::new(Peers {
            fpm,
            bgp,
            lfa: self.learned.lfa().map(|lfa| lfa_row(lfa, now)),
            bgp_refused: feeds.as_ref().map_or(0, |feeds| feeds.refused),
            left: left.map(|(source, why, count)| (source.to_owned(), why, count)).collect(),
            switch_connected: self.link.is_up(),
            to_tell: rib.queued() as u64,
            held: rib.held() as u64,
            kept_withdrawn,
            kept_s: stale_until
                .filter(|_| kept_withdrawn > 0)
                .map(|until| seconds(until.saturating_duration_since(now))),
            kept_untold: rib.left(|gone| gone == Gone::Untold),
        }))
    }
}

const KINDS: [&str; 6] = ["path", "port", "interface", "srlg", "region", "provider"];

/// Everything with a name that may fail, by kind and name, and the paths that fail with it.
fn may_fail(desired: &Desired) -> BTreeMap<(&'static str, String), Vec<PathId>> {
    let (config, mut all) = (&desired.config, BTreeMap::<_, Vec<PathId>>::new());
    // No path need leave by them: a LAN's moves no prefix.
    let ports = config.ports.iter().map(|port| ("port", port.name.clone()));
    let interfaces = config.interfaces.iter().map(|interface| ("interface", interface.name.clone()));
    all.extend(ports.chain(interfaces).map(|name| (name, Vec::new())));
    for id in desired.rib.path_ids() {
        let interface = &config.interfaces[desired.rib.paths()[id as usize].interface as usize];
        let port = &config.ports[interface.port].name;
        let mut names = vec![
            ("path", desired.path_name(id)),
            ("port", port.clone()),
            ("interface", interface.name.clone()),
        ];
        if let Some(path) = config.paths.get(id as usize) {
            names.extend(path.srlg.iter().map(|name| ("srlg", name.clone())));
            names.extend(path.region.iter().map(|name| ("region", name.clone())));
            names.extend(path.provider.iter().map(|name| ("provider", name.clone())));
        }
        names.into_iter().for_each(|name| all.entry(name).or_default().push(id));
    }
    all
}

/// Addresses of BGP's neighbors by number.
fn peers(learned: &Learned) -> BTreeMap<u32, IpAddr> {
    let feeds = learned.feeds().map(|feeds| feeds.snapshot().peers).unwrap_or_default();
    feeds.iter().map(|(_, peer)| (peer.peer, peer.address)).collect()
}

fn prefix_row(desired: &Desired, explained: &Explained, peers: &BTreeMap<u32, IpAddr>) -> RibPrefix {
    let kind = explained.group.as_ref().map(|(_, group)| match group {
        Group::Paths { .. } => "paths",
        Group::Blackhole => "blackhole",
        Group::Unreachable => "unreachable",
        Group::Prohibit => "prohibit",
    });
    RibPrefix {
        prefix: explained.prefix.net,
        source: explained.source.map(|source| source.to_string()),
        why: why_words(explained.why),
        kind: kind.map(str::to_owned),
        candidates: explained.rows.iter().map(|row| candidate(desired, row, peers)).collect(),
    }
}

fn candidate(desired: &Desired, row: &Row, peers: &BTreeMap<u32, IpAddr>) -> RibCandidate {
    let (role, proof, note) = role_words(row.role);
    let path = row.path.map(|path| &desired.rib.paths()[path as usize]);
    let (protocol, next_hop, bgp) = match &row.given {
        Given::Route => (None, path.map(|path| path.next_hop), None),
        Given::Fpm { protocol, hop } => {
            let name = fpm::protocol_name(*protocol).map_or_else(|| protocol.to_string(), str::to_owned);
            (Some(name), hop.map(|hop| hop.gateway), None)
        }
        Given::Alternate(alternate) => (Some("lfa".to_owned()), Some(alternate.gateway), None),
        Given::Bgp { path, path_id } => {
            let bgp = RibBgp {
                peer: peers.get(&path.peer).copied(),
                path_id: *path_id,
                local_pref: path.local_pref,
                as_path_length: path.as_path_len,
                origin: ["igp", "egp", "incomplete"][usize::from(path.origin.min(2))].to_owned(),
                neighbor_as: path.neighbor_as,
                med: path.med,
                external: path.external,
            };
            (None, Some(path.next_hop), Some(bgp))
        }
    };
    RibCandidate {
        source: row.source.to_string(),
        protocol,
        preference: row.preference,
        metric: (row.metric != u32::MAX).then_some(row.metric),
        path: row.path.map(|path| desired.path_name(path)),
        next_hop,
        role,
        proof,
        note,
        bgp,
    }
}

/// Role, proof and note.
fn role_words(role: Role) -> (String, Option<String>, Option<String>) {
    let unused = |why: String| ("unused".to_owned(), None, Some(why));
    match role {
        Role::Primary => ("best".to_owned(), None, None),
        Role::Backup { set, proof, shares_risk, region, provider } => {
            let place = place_words(region, provider);
            let note = if shares_risk { format!("shares a risk with the best; {place}") } else { place };
            (format!("backup {}", set + 1), Some(proof.word().to_owned()), Some(note))
        }
        Role::Again => ("same".to_owned(), None, Some("a better candidate has the path".to_owned())),
        Role::SameNeighbor => unused("it leads to the neighbor of the best".to_owned()),
        Role::Discard { wins: true } => ("best".to_owned(), None, None),
        Role::Discard { wins: false } => ("discard".to_owned(), None, None),
        Role::NotListed => unused("the route lists its backups, and this is none".to_owned()),
        Role::Dropped => unused("a better candidate drops the packets".to_owned()),
        Role::NothingBest => unused("it may only be a backup, and there is nothing to back up".to_owned()),
        Role::Unusable(why) => unused(why.to_string()),
    }
}

fn place_words(region: Place, provider: Place) -> String {
    let one = |name: &str, place: Place| match place {
        Place::Another => format!("another {name}"),
        Place::Same => format!("the same {name}"),
        Place::Unknown => format!("{name} not given for both"),
    };
    if region == provider {
        one("region and provider", region)
    } else {
        [one("region", region), one("provider", provider)].join(", ")
    }
}

fn why_words(why: Why) -> String {
    match why {
        Why::None => "nothing may carry its traffic".to_owned(),
        Why::Only => "there is no other".to_owned(),
        Why::Preference { best, next } => format!("preference {best} is better than {next}"),
        Why::Before(source) => format!("preferences are equal, and it comes before {source}"),
        Why::Metric { best, next } => format!("metric {best} is not worse than {next}"),
        Why::Bgp(step) => step.why().to_owned(),
        Why::FpmDecides => "the routing daemon says so".to_owned(),
        Why::Left(Gone::Withdrawn) => "FPM has withdrawn it, and BGP still has it".to_owned(),
        Why::Left(Gone::Untold) => "FPM has not told it again, and BGP still has it".to_owned(),
    }
}

fn gap_words(gap: Gap) -> &'static str {
    match gap {
        Gap::NoOther => "no other path",
        Gap::Shared => "every other path shares a risk",
        Gap::NotUsable => "what would take over is not usable",
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn fpm_peer(snapshot: &crate::fpm::Snapshot, other_tables: Vec<(u32, u64)>) -> FpmPeer {
    let session = &snapshot.session;
    let protocol = |protocol: &fpm::Protocol| FpmProtocol {
        name: fpm::protocol_name(protocol.protocol)
            .map_or_else(|| protocol.protocol.to_string(), str::to_owned),
        routes: protocol.routes.into(),
        stale: protocol.stale.into(),
        sweep_in_s: protocol.sweep_in.map(seconds),
    };
    FpmPeer {
        listen: snapshot.listen,
        peer: snapshot.peer,
        connected_s: session.connected.map(seconds),
        unfinished_s: session.unfinished.map(seconds),
        routes: session.routes as u64,
        waiting: session.waiting as u64,
        most_waited: session.counters.high_watermark as u64,
        lag_s: seconds(snapshot.lag),
        rate: snapshot.rate,
        complete: session.complete,
        complete_in_s: session.complete_in.map(seconds),
        protocols: session.protocols.iter().map(protocol).collect(),
        other_tables,
        unresolved: session.unresolved as u64,
        unresolved_example: session.unresolved_example.map(|example| (example.prefix, example.next_hop)),
        refused: session.refused.iter().map(|(why, count)| (why.to_string(), *count)).collect(),
        last_refused: session.last_refused.map(|refused| refused.to_string()),
        refused_hosts: snapshot.refused_hosts,
        last_refused_host: snapshot.last_refused_host,
        resets: snapshot.resets,
        last_reset: snapshot.last_reset.map(|error| error.to_string()),
        connections: session.counters.connections,
        swept: session.counters.swept,
    }
}

fn lfa_row((source, status, prefixes): (&LfaSource, Status, usize), now: Instant) -> LfaReader {
    let from = match source {
        LfaSource::Zebra { sockets } => format!("zebra at {}", sockets.display()),
        LfaSource::Ospf { sockets } => format!("ospfd at {}", sockets.display()),
        LfaSource::File { path, .. } => path.display().to_string(),
    };
    LfaReader {
        from,
        prefixes: prefixes as u64,
        labelled: status.labelled as u64,
        readings: status.readings,
        failures: status.failures,
        read_s: status.read.map(|(at, _)| seconds(now.saturating_duration_since(at))),
        took_s: status.read.map(|(_, took)| seconds(took)),
        error: status.error,
    }
}

fn bgp_peer(vrf: Option<&str>, status: &bgp::Status, now: Instant) -> BgpPeer {
    let families = ["ipv4", "ipv6"].into_iter().zip(&status.families);
    let family = |(name, family): (&str, &bgp::FamilyStatus)| BgpFamily {
        family: name.to_owned(),
        add_path: family.add_path,
        prefixes: family.prefixes.into(),
        paths: family.paths.into(),
        stale: family.stale.into(),
        stale_s: family.stale_until.map(|until| seconds(until.saturating_duration_since(now))),
        end_of_rib: family.end_of_rib,
    };
    let ago = |at: Instant| seconds(now.saturating_duration_since(at));
    BgpPeer {
        vrf: vrf.map(str::to_owned),
        address: status.address,
        asn: status.asn,
        state: format!("{:?}", status.state),
        since_s: ago(status.since),
        families: families.filter(|(_, f)| f.negotiated || f.paths > 0).map(family).collect(),
        waiting: status.waiting.into(),
        rate: status.rate.into(),
        hold_left_s: status.hold_left.map(seconds),
        attributes: status.attributes.into(),
        memory_bytes: status.memory as u64,
        last_end: status.last_end.clone().map(|(at, why)| (why, ago(at))),
        faults: faults(&status.counters),
    }
}

fn faults(counters: &bgp::Counters) -> Vec<(String, u64)> {
    let all = [
        ("messages treated as withdrawals (RFC 7606)", counters.treated_as_withdraw),
        ("attributes left out (RFC 7606)", counters.attributes_discarded),
        ("families given up (RFC 7606)", counters.families_disabled),
        ("sessions ended for an error", counters.session_resets),
        ("connections not accepted", counters.refused),
        ("prefixes of no use, or of a family that was not negotiated", counters.prefixes_ignored),
        ("paths beyond what one prefix may have", counters.paths_over),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| (what.to_owned(), count)).collect()
}
