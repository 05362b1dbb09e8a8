//! `[fpm]`, `[bgp]` and `[lfa]`: routing daemons that routes, and alternates of them, are learned from.

use super::sections::absolute;
use super::vrfs::Vrfs;
use super::{is_unicast, number};
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::*;
use crate::places::{START, Span};
use crate::raw::{self, Text};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use toml::Spanned;

/// Where zebra looks for it.
const FPM: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2620);

/// Not 179: that one is the routing daemon's own.
const BGP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1179);

/// Longer than a daemon takes to fill its table (a full one takes FRR 14 s), and than anybody waits.
const HOLD: Duration = Duration::from_secs(120);
const MAX_HOLD: Duration = Duration::from_secs(24 * 3600);

/// The distance of eBGP with most vendors.
const PREFERENCE: u32 = 20;

/// RFC 8333 7.
const ULOOP: Duration = Duration::from_millis(500);
const MAX_ULOOP: Duration = Duration::from_secs(60);

/// RFC 4271 10 suggests 90 seconds.
const HOLD_TIME: Duration = Duration::from_secs(90);

/// Paths of a neighbor, of one family: those of four full tables.
const PATHS: u32 = 4_000_000;

/// Where FRR's daemons have their command lines.
const SOCKETS: &str = "/run/frr";

/// Routes that change ask for a reading of their own.
const INTERVAL: Duration = Duration::from_secs(30);
const INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3600));

/// `TCP_MD5SIG_MAXKEYLEN` of tcp(7).
const MAX_PASSWORD: usize = 80;

pub(super) fn check(file: &raw::File, vrfs: &Vrfs, report: &mut Report) -> (Option<Fpm>, Option<Bgp4>) {
    let fpm = file.fpm.as_ref().map(|given| fpm(given, report));
    let bgp = file.bgp.as_ref().map(|given| bgp(given, vrfs, report));
    if let (Some(a), Some(b)) = (&fpm, &bgp)
        && (a.listen, &a.netns) == (b.listen, &b.netns)
    {
        let given = file.bgp.as_ref().and_then(|bgp| bgp.listen.as_ref());
        let given = given.or(file.fpm.as_ref().and_then(|fpm| fpm.listen.as_ref()));
        let place = given.map_or(START, Spanned::span);
        report.add(place, Mistake::SameListen { listen: a.listen });
    }
    (fpm, bgp)
}

/// Where the namespaces of FPM and of BGP are written.
pub(super) fn namespaces(file: &raw::File) -> [Span; 2] {
    let fpm = file.fpm.as_ref().and_then(|fpm| fpm.netns.as_ref());
    let bgp = file.bgp.as_ref().and_then(|bgp| bgp.netns.as_ref());
    [fpm, bgp].map(|netns| netns.map_or(START, Spanned::span))
}

fn netns(given: Option<&Spanned<String>>, report: &mut Report) -> Option<String> {
    given.map(|netns| super::name("network namespace", netns, report))
}

pub(super) fn lfa(file: &raw::File, vrfs: &Vrfs, report: &mut Report) -> Option<Lfa> {
    let section = file.lfa.as_ref()?;
    let given = section.get_ref();
    if file.fpm.is_none() {
        report.add(section.span(), Mistake::LfaWithoutFpm);
    }
    let of_file = [(&given.file, "file"), (&given.vrf, "vrf")];
    let (word, others) = match given.source {
        raw::LfaWord::Zebra => ("zebra", &of_file[..]),
        raw::LfaWord::Ospf => ("ospf", &of_file[..]),
        raw::LfaWord::File => ("file", &[(&given.sockets, "sockets")][..]),
    };
    for (other, key) in others {
        if let Some(other) = other {
            report.add(other.span(), Mistake::LfaKey { key, word });
        }
    }
    let sockets = |report: &mut Report| absolute(given.sockets.as_ref(), "sockets", SOCKETS, report);
    let source = match given.source {
        raw::LfaWord::Zebra => LfaSource::Zebra { sockets: sockets(report) },
        raw::LfaWord::Ospf => LfaSource::Ospf { sockets: sockets(report) },
        raw::LfaWord::File => {
            if given.file.is_none() {
                report.add(section.span(), Mistake::NoLfaFile);
            }
            let path = absolute(given.file.as_ref(), "file", "", report);
            LfaSource::File { path, vrf: vrfs.find(given.vrf.as_ref(), report) }
        }
    };
    let (min, max) = INTERVALS;
    let interval = bounded(given.interval.as_ref(), "interval", max, INTERVAL, report);
    if let Some(given) = given.interval.as_ref().filter(|_| interval < min) {
        let mistake = Mistake::TooShort { key: "interval", given: text(interval), min: text(min) };
        report.add(given.span(), mistake);
    }
    Some(Lfa { source, interval })
}

fn fpm(given: &raw::Fpm, report: &mut Report) -> Fpm {
    let mut allow = Vec::new();
    for address in &given.allow {
        let value = address.get_ref().0;
        if !is_unicast(value) {
            report.add(address.span(), Mistake::NoHost { key: "allow", address: value });
        }
        allow.push(value);
    }
    Fpm {
        listen: given.listen.as_ref().map_or(FPM, |listen| listen.get_ref().0),
        netns: netns(given.netns.as_ref(), report),
        allow,
        hold: bounded(given.hold.as_ref(), "hold", MAX_HOLD, HOLD, report),
        preference: number(given.preference.as_ref(), "preference", 0..=u32::MAX, PREFERENCE, report),
        uloop_delay: bounded(given.uloop_delay.as_ref(), "uloop_delay", MAX_ULOOP, ULOOP, report),
    }
}

fn bgp(given: &raw::Bgp4, vrfs: &Vrfs, report: &mut Report) -> Bgp4 {
    let router_id = match given.router_id.get_ref().0 {
        IpAddr::V4(id) if !id.is_unspecified() => id,
        other => {
            report.add(given.router_id.span(), Mistake::BadRouterId { given: other });
            Ipv4Addr::LOCALHOST
        }
    };
    let mut seen: HashMap<IpAddr, Span> = HashMap::new();
    let mut neighbors = Vec::new();
    for neighbor in &given.neighbors {
        let address = neighbor.address.get_ref().0;
        let place = neighbor.address.span();
        if let Some(first) = seen.insert(address, place.clone()) {
            report.add_pair(place, first, Mistake::BgpNeighborTwice { address });
        }
        neighbors.push(self::neighbor(neighbor, vrfs, report));
    }
    Bgp4 {
        listen: given.listen.as_ref().map_or(BGP, |listen| listen.get_ref().0),
        netns: netns(given.netns.as_ref(), report),
        asn: number(Some(&given.asn), "as", 1..=u32::MAX, 1, report),
        router_id,
        hold_time: hold_time(given.hold_time.as_ref(), report),
        neighbors,
    }
}

fn neighbor(given: &raw::BgpNeighbor, vrfs: &Vrfs, report: &mut Report) -> BgpNeighbor {
    let password = given.password.as_ref().map(|password| {
        let text = password.get_ref().clone();
        if text.is_empty() || text.len() > MAX_PASSWORD {
            report.add(password.span(), Mistake::BadPassword { len: text.len(), max: MAX_PASSWORD });
        }
        text
    });
    BgpNeighbor {
        vrf: vrfs.find(given.vrf.as_ref(), report),
        address: given.address.get_ref().0,
        asn: number(Some(&given.asn), "as", 1..=u32::MAX, 1, report),
        password,
        paths: number(given.paths.as_ref(), "paths", 1..=1 << 26, PATHS, report),
        stale_hold: bounded(given.stale_hold.as_ref(), "stale_hold", MAX_HOLD, HOLD, report),
    }
}

fn hold_time(given: Option<&Spanned<Text<Duration>>>, report: &mut Report) -> Duration {
    let Some(given) = given else { return HOLD_TIME };
    let time = given.get_ref().0;
    let (whole, seconds) = (time.subsec_nanos() == 0, time.as_secs());
    if whole && (seconds == 0 || (3..=u64::from(u16::MAX)).contains(&seconds)) {
        return time;
    }
    report.add(given.span(), Mistake::BadHoldTime { given: text(time) });
    HOLD_TIME
}

fn bounded(
    given: Option<&Spanned<Text<Duration>>>,
    key: &'static str,
    max: Duration,
    default: Duration,
    report: &mut Report,
) -> Duration {
    let Some(given) = given else { return default };
    let time = given.get_ref().0;
    if time > max {
        report.add(given.span(), Mistake::TooLong { key, given: text(time), max: text(max) });
    }
    time.min(max)
}

fn text(time: Duration) -> String {
    humantime::format_duration(time).to_string()
}
