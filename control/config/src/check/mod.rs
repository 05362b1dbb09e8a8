//! From what is written to what is valid.
//!
//! Every element yields a value even when a mistake in it was reported, so that one reading finds them all; with a
//! mistake in the report the values go nowhere. A reference that was reported is [`NOWHERE`].

mod clones;
mod daemons;
mod interfaces;
mod learn;
pub(crate) mod paths;
mod ports;
mod program;
mod routes;
mod sections;
mod vrfs;

use crate::error::Report;
use crate::mistake::{Mistake, nearest};
use crate::model::Config;
use crate::places::{Places, START, Source, Span};
use crate::raw::{self, Int};
use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use toml::Spanned;

/// Index of what a mistaken reference refers to: outside every list, so that `get` finds nothing to compare with.
const NOWHERE: usize = usize::MAX;

/// Longest name of a port, interface or path.
const MAX_NAME: usize = 63;

/// The typed configuration; only valid when `report` stays empty.
pub(crate) fn check(file: raw::File, source: Source, report: &mut Report) -> Config {
    if file.ports.is_empty() {
        report.add(START, Mistake::NoPort);
    }
    let sections = sections::check(&file, report);
    let ports = ports::check(&file.ports, &sections.workers, report);
    let vrfs = vrfs::check(&file.vrfs, report);
    let interfaces = interfaces::check(&file.interfaces, &file.loopbacks, &ports, &vrfs, report);
    let neighbors = interfaces::check_neighbors(&file.neighbors, &interfaces, report);
    let around = paths::Around { ports: &ports.list, interfaces: &interfaces, sections: &sections };
    let paths = paths::check(&file.paths, &around, report);
    let routes = routes::check(
        &file.routes,
        &routes::Around { paths: &paths, interfaces: &interfaces, vrfs: &vrfs },
        report,
    );
    sections.check_capacity(&paths.list, &routes, report);
    let (fpm, bgp) = daemons::check(&file, &vrfs, report);
    let lfa = daemons::lfa(&file, &vrfs, report);
    let (program, of_program) = program::check(file.program.as_ref(), &ports.names, report);
    let places = Places {
        source,
        listeners: daemons::namespaces(&file),
        hugepages: sections.hugepages_place,
        memory: sections.memory_place,
        main_core: sections.main_core_place,
        cores: sections.cores_places,
        devices: ports.devices,
        queue_cores: ports.queue_cores,
        namespaces: interfaces.namespaces,
        intervals: paths.intervals,
        program: file.program.as_ref().map_or(START, |program| program.file.span()),
        entries: of_program.entries,
        defaults: of_program.defaults,
        clones: of_program.clones,
        multicast: of_program.multicast,
        learn: of_program.learn,
    };
    Config {
        switch: sections.switch,
        control: sections.control,
        log: sections.log,
        workers: sections.workers,
        bfd: sections.bfd,
        bfdd: sections.bfdd,
        tables: sections.tables,
        icmp: sections.icmp,
        hash: sections.hash,
        vrfs: vrfs.list,
        ports: ports.list,
        interfaces: interfaces.list,
        loopbacks: interfaces.loopbacks,
        neighbors,
        paths: paths.list,
        routes,
        fpm,
        bgp,
        lfa,
        program,
        places,
    }
}

/// The number, which shall be in `range`; `default` when it is not given.
fn number<T>(
    given: Option<&Spanned<Int>>,
    key: &'static str,
    range: RangeInclusive<T>,
    default: T,
    report: &mut Report,
) -> T
where
    T: TryFrom<i64> + Into<i64> + PartialOrd + Copy,
{
    let Some(given) = given else { return default };
    let value = given.get_ref().0;
    if let Ok(fits) = T::try_from(value).map_err(drop)
        && range.contains(&fits)
    {
        return fits;
    }
    let (min, max) = ((*range.start()).into(), (*range.end()).into());
    report.add(given.span(), Mistake::OutOfRange { key, value, min, max });
    default
}

/// A core's number.
fn core(given: &Spanned<Int>, report: &mut Report) -> u32 {
    number(Some(given), "core", 0..=u32::from(u16::MAX), 0, report)
}

fn name(what: &'static str, given: &Spanned<String>, report: &mut Report) -> String {
    let name = given.get_ref().clone();
    let why = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_NAME {
        "it is too long"
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        "not all of its characters fit"
    } else if name.starts_with(['-', '.']) {
        "it does not begin with a letter or a digit"
    } else {
        return name;
    };
    report.add(given.span(), Mistake::BadName { what, name: name.clone(), why, max: MAX_NAME });
    name
}

/// The names of one list, to find its elements by.
#[derive(Debug)]
struct Names {
    what: &'static str,
    /// In the order of the file.
    places: Vec<(String, Span)>,
    index: HashMap<String, usize>,
}

impl Names {
    fn new(what: &'static str) -> Names {
        Names { what, places: Vec::new(), index: HashMap::new() }
    }

    /// Checks and adds the next element's name.
    fn add(&mut self, given: &Spanned<String>, twice: fn(String) -> Mistake, report: &mut Report) -> String {
        let name = name(self.what, given, report);
        let here = self.places.len();
        if let Some(&first) = self.index.get(&name) {
            report.add_pair(given.span(), self.places[first].1.clone(), twice(name.clone()));
        } else {
            self.index.insert(name.clone(), here);
        }
        self.places.push((name.clone(), given.span()));
        name
    }

    fn find(&self, given: &Spanned<String>, report: &mut Report) -> usize {
        if let Some(&index) = self.index.get(given.get_ref()) {
            return index;
        }
        let name = given.get_ref().clone();
        // Of a name that stands twice, the first.
        let known = self.places.iter().enumerate().filter(|(n, (name, _))| self.index[name] == *n);
        let right = nearest(&name, known.map(|(_, (name, _))| name.as_str()));
        report.add(given.span(), Mistake::UnknownName { what: self.what, name, right });
        NOWHERE
    }
}

/// An address that can belong to one station.
fn is_unicast(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(a) if a.is_broadcast());
    !(address.is_unspecified() || address.is_multicast() || address.is_loopback() || broadcast)
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(a) if a.is_unicast_link_local())
}
