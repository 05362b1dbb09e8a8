//! The single tables: `[switch]`, `[control]`, `[log]`, `[workers]`, `[bfd]`, `[tables]`.

use super::{core, number};
use crate::bfdd::Bfdd;
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::*;
use crate::places::{START, Span};
use crate::raw::{self, Int, Text, WordOr};
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;

#[derive(Debug)]
pub(super) struct Sections {
    pub(super) switch: Switch,
    pub(super) control: Control,
    pub(super) log: Log,
    pub(super) workers: Workers,
    pub(super) bfd: Bfd,
    pub(super) bfdd: Option<Bfdd>,
    pub(super) tables: Tables,
    pub(super) icmp: Icmp,
    pub(super) hash: Hash,
    pub(super) hugepages_place: Span,
    /// Of what the packet buffers' memory follows from, where it is written.
    pub(super) memory_place: Span,
    pub(super) main_core_place: Span,
    pub(super) cores_places: Vec<Span>,
    tables_place: [Span; 3],
}

/// RFC 5880 leaves the numbers to the operator; these are the field's usual ones for a path that asks for BFD only.
const DEFAULT_BFD: Bfd =
    Bfd { interval: Duration::from_millis(300), min_rx: Duration::from_millis(300), multiplier: 3 };

const MIN_MBUFS: u32 = 1024;

/// `sun_path` of unix(7) less its terminating zero.
const MAX_SOCKET: usize = 107;

pub(super) fn check(file: &raw::File, report: &mut Report) -> Sections {
    let dpdk = &file.switch.dpdk;
    let switch = switch(&file.switch, report);
    let control = control(&file.control, report);
    if switch.socket == control.socket {
        let given = file.control.socket.as_ref().or(file.switch.socket.as_ref());
        let socket = switch.socket.display().to_string();
        report.add(given.map_or(START, Spanned::span), Mistake::SameSocket { socket });
    }
    let log = Log {
        level: file.log.level.unwrap_or(LogLevel::Info),
        format: file.log.format.unwrap_or(LogFormat::Text),
        target: file.log.target.unwrap_or(LogTarget::Stderr),
    };
    let (workers, cores_places) = workers(&file.workers, report);
    check_main_core(dpdk, &workers, &cores_places, report);
    let t = &file.tables;
    let place = |key: &Option<Spanned<Int>>| key.as_ref().map_or(START, Spanned::span);
    Sections {
        switch,
        control,
        log,
        workers,
        bfd: bfd(&file.bfd.parameters(), &DEFAULT_BFD, report),
        bfdd: file.bfd.bfdd.as_ref().map(|bfdd| bfdd.0.clone()),
        tables: tables(t, report),
        icmp: icmp(&file.icmp, report),
        hash: hash(&file.hash),
        hugepages_place: dpdk.hugepages.as_ref().map_or(START, Spanned::span),
        memory_place: dpdk.memory.as_ref().or(dpdk.mbufs.as_ref()).map_or(START, Spanned::span),
        main_core_place: place(&dpdk.main_core),
        cores_places,
        tables_place: [place(&t.routes_v4), place(&t.routes_v6), place(&t.paths)],
    }
}

fn switch(given: &raw::Switch, report: &mut Report) -> Switch {
    let dpdk = &given.dpdk;
    Switch {
        socket: socket(given.socket.as_ref(), "/run/swerve/switch.sock", report),
        socket_group: given.socket_group.as_ref().map_or("swerve".to_owned(), |g| g.get_ref().clone()),
        stats: absolute(given.stats.as_ref(), "stats", "/run/swerve/stats", report),
        dpdk: Dpdk {
            hugepages: dpdk.hugepages.as_ref().map_or(Hugepages::Auto, |h| *h.get_ref()),
            memory_mib: number(dpdk.memory.as_ref(), "memory", 16..=1 << 20, 512, report),
            mbufs: mbufs(dpdk.mbufs.as_ref(), report),
            file_prefix: file_prefix(dpdk.file_prefix.as_ref(), report),
            extra_args: dpdk.extra_args.clone(),
            main_core: dpdk.main_core.as_ref().map(|c| core(c, report)),
        },
    }
}

/// Zero is as many as the queues need; of few, the workers' caches would leave nothing.
fn mbufs(given: Option<&Spanned<Int>>, report: &mut Report) -> Option<u32> {
    let given = given.filter(|given| given.get_ref().0 != 0)?;
    Some(number(Some(given), "mbufs", MIN_MBUFS..=1 << 26, MIN_MBUFS, report))
}

fn control(given: &raw::Control, report: &mut Report) -> Control {
    Control {
        socket: socket(given.socket.as_ref(), "/run/swerve/control.sock", report),
        state: absolute(given.state.as_ref(), "state", "/var/lib/swerve", report),
    }
}

fn socket(given: Option<&Spanned<String>>, default: &str, report: &mut Report) -> PathBuf {
    let path = absolute(given, "socket", default, report);
    let len = path.as_os_str().len();
    if let Some(given) = given.filter(|_| len > MAX_SOCKET) {
        report.add(given.span(), Mistake::SocketTooLong { len });
    }
    path
}

/// A path from the root; also used for the generator's file.
pub(super) fn absolute(
    given: Option<&Spanned<String>>,
    key: &'static str,
    default: &str,
    report: &mut Report,
) -> PathBuf {
    let Some(given) = given else { return default.into() };
    let path = PathBuf::from(given.get_ref());
    if !path.is_absolute() {
        report.add(given.span(), Mistake::RelativePath { key, value: given.get_ref().clone() });
    }
    path
}

fn file_prefix(given: Option<&Spanned<String>>, report: &mut Report) -> String {
    let Some(given) = given else { return "swerve".to_owned() };
    let value = given.get_ref().clone();
    if value.is_empty() || value.contains(['/', '\0']) {
        report.add(given.span(), Mistake::BadFilePrefix { value: value.clone() });
    }
    value
}

fn workers(given: &raw::Workers, report: &mut Report) -> (Workers, Vec<Span>) {
    let (cores, places) = match given.cores.as_ref().map(|c| (c.get_ref(), c.span())) {
        None => (WorkerCores::Auto, vec![START]),
        Some((WordOr::Word(_), span)) => (WorkerCores::Auto, vec![span]),
        Some((WordOr::Other(list), span)) => {
            if list.is_empty() {
                report.add(span, Mistake::NoCores);
            }
            (WorkerCores::List(distinct_cores(list, report)), list.iter().map(Spanned::span).collect())
        }
    };
    let idle = given.idle.unwrap_or(Idle::Poll);
    let vector = number(given.vector.as_ref(), "vector", 1..=256, 128, report);
    (Workers { cores, idle, vector }, places)
}

fn distinct_cores(list: &[Spanned<Int>], report: &mut Report) -> Vec<u32> {
    let cores: Vec<u32> = list.iter().map(|c| core(c, report)).collect();
    for (n, core) in cores.iter().enumerate() {
        if let Some(first) = cores[..n].iter().position(|c| c == core) {
            report.add_pair(list[n].span(), list[first].span(), Mistake::CoreTwice { core: *core });
        }
    }
    cores
}

fn check_main_core(dpdk: &raw::Dpdk, workers: &Workers, places: &[Span], report: &mut Report) {
    let (Some(main), WorkerCores::List(cores)) = (&dpdk.main_core, &workers.cores) else { return };
    for (core, place) in cores.iter().zip(places) {
        if i64::from(*core) == main.get_ref().0 {
            report.add_pair(place.clone(), main.span(), Mistake::MainCoreIsWorker { core: *core });
        }
    }
}

fn tables(given: &raw::Tables, report: &mut Report) -> Tables {
    // Groups are 24 bits in the table's entries, paths 16 of which the switch keeps 8192 for hosts on its networks;
    // routes are bounded by what memory holds.
    Tables {
        routes_v4: number(given.routes_v4.as_ref(), "routes_v4", 1..=1 << 24, 1_000_000, report),
        routes_v6: number(given.routes_v6.as_ref(), "routes_v6", 1..=1 << 24, 200_000, report),
        paths: number(given.paths.as_ref(), "paths", 1..=57_000, 1024, report),
        groups: number(given.groups.as_ref(), "groups", 1..=1 << 20, 65_536, report),
    }
}

/// RFC 4443 2.4 (f) leaves the numbers to the operator; a path MTU is asked for once a flow and may not be lost.
const DEFAULT_ANSWERS: u32 = 1000;

fn icmp(given: &raw::Icmp, report: &mut Report) -> Icmp {
    let mut rate = |given: &Option<Spanned<Int>>, key| {
        number(given.as_ref(), key, 0..=10_000_000, DEFAULT_ANSWERS, report)
    };
    Icmp {
        unreachable: rate(&given.unreachable, "unreachable"),
        time_exceeded: rate(&given.time_exceeded, "time_exceeded"),
        too_big: rate(&given.too_big, "too_big"),
        parameter_problem: rate(&given.parameter_problem, "parameter_problem"),
    }
}

fn hash(given: &raw::Hash) -> Hash {
    Hash {
        fields: given.fields.unwrap_or(HashFields::FiveTuple),
        inner: given.inner.unwrap_or(false),
        flow_label: given.flow_label.unwrap_or(true),
    }
}

impl Sections {
    /// The tables hold at least what the file itself asks for.
    pub(super) fn check_capacity(&self, paths: &[Path], routes: &[Route], report: &mut Report) {
        for (need, place) in self.tables.needs(paths, routes).into_iter().zip(&self.tables_place) {
            if !need.is_met() {
                let Need { key, what, have, need } = need;
                report.add(place.clone(), Mistake::TableTooSmall { key, what, have, need });
            }
        }
    }
}

/// A session's parameters, from what is given and what applies otherwise.
pub(super) fn bfd(given: &raw::Bfd, default: &Bfd, report: &mut Report) -> Bfd {
    let interval = given.interval.as_ref().map(|i| bfd_interval("interval", i, report));
    let min_rx = given.min_rx.as_ref().map(|i| bfd_interval("min_rx", i, report));
    let multiplier = match &given.multiplier {
        None => default.multiplier,
        Some(m) => u8::try_from(m.get_ref().0).ok().filter(|&m| m > 0).unwrap_or_else(|| {
            report.add(m.span(), Mistake::BfdMultiplier { multiplier: m.get_ref().0 });
            default.multiplier
        }),
    };
    Bfd {
        interval: interval.unwrap_or(default.interval),
        min_rx: min_rx.or(interval).unwrap_or(default.min_rx),
        multiplier,
    }
}

fn bfd_interval(key: &'static str, given: &Spanned<Text<Duration>>, report: &mut Report) -> Duration {
    let interval = given.get_ref().0;
    let text = |d: Duration| humantime::format_duration(d).to_string();
    if interval < crate::MIN_BFD_INTERVAL {
        report.add(given.span(), Mistake::BfdTooShort { key, given: text(interval) });
    } else if interval.as_micros() > u128::from(u32::MAX) {
        report.add(given.span(), Mistake::BfdTooLong { key, given: text(interval) });
    } else if !interval.subsec_nanos().is_multiple_of(1000) {
        let nearest = text(Duration::from_micros(interval.as_micros() as u64));
        report.add(given.span(), Mistake::BfdNotMicroseconds { key, given: text(interval), nearest });
    }
    interval
}
