//! `[program]`: whatever can be said of it without the program itself.

use super::{Names, clones, learn, number};
use crate::error::Report;
use crate::learn::LearnPlaces;
use crate::mistake::Mistake;
use crate::model::{CONTROLLER_PORT, Entry, Program};
use crate::places::Span;
use crate::raw::{self, Scalar};
use std::collections::{BTreeMap, HashMap};
use toml::Spanned;

/// The largest port that means no drop.
const MAX_PORT: u16 = 510;

/// Table, keys and priority: what no two entries have in common.
type Identity = (String, Vec<(String, String)>, i64);

/// Where the parts of the section stand.
#[derive(Default)]
pub(super) struct ProgramPlaces {
    pub(super) entries: Vec<Span>,
    pub(super) defaults: Vec<Span>,
    pub(super) multicast: Vec<Span>,
    pub(super) clones: Vec<Span>,
    pub(super) learn: Vec<LearnPlaces>,
}

pub(super) fn check(
    given: Option<&raw::Program>,
    ports: &Names,
    report: &mut Report,
) -> (Option<Program>, ProgramPlaces) {
    let Some(given) = given else { return (None, ProgramPlaces::default()) };
    let mut seen: HashMap<Identity, Span> = HashMap::new();
    let (mut entries, mut places) = (Vec::new(), Vec::new());
    for written in &given.entries {
        let entry = entry(written.get_ref(), report);
        let place = written.get_ref().table.span();
        let identity = (entry.table.clone(), entry.keys.clone(), entry.priority);
        if let Some(first) = seen.get(&identity) {
            report.add_pair(place.clone(), first.clone(), Mistake::EntryTwice { table: entry.table.clone() });
        } else {
            seen.insert(identity, place.clone());
        }
        entries.push(entry);
        places.push(place);
    }
    let path = |written: &Spanned<String>, key, report: &mut Report| word(written, key, report).into();
    let include = given.include.iter().map(|directory| path(directory, "include", report)).collect();
    let file = path(&given.file, "file", report);
    let controller_port = controller_port(given.controller_port.as_ref(), ports, report);
    let (multicast, multicast_places) = learn::check_multicast(&given.multicast, ports, report);
    let (defaults, default_places) = clones::check_defaults(&given.defaults, report);
    let (clones, clone_places) = clones::check(&given.clones, ports, report);
    let (learn, learn_places) = learn::check(&given.learn, report);
    let places = ProgramPlaces {
        entries: places,
        defaults: default_places,
        multicast: multicast_places,
        clones: clone_places,
        learn: learn_places,
    };
    (Some(Program { file, include, controller_port, entries, defaults, multicast, clones, learn }), places)
}

fn controller_port(given: Option<&Spanned<raw::Int>>, ports: &Names, report: &mut Report) -> u16 {
    let port = number(given, "controller_port", 0..=MAX_PORT, CONTROLLER_PORT, report);
    if let (Some(place), Some((name, _))) = (given, ports.places.get(usize::from(port))) {
        report.add(place.span(), Mistake::ControllerIsPort { port, name: name.clone() });
    }
    port
}

fn entry(given: &raw::Entry, report: &mut Report) -> Entry {
    Entry {
        table: word(&given.table, "table", report),
        keys: values(&given.keys),
        action: word(&given.action, "action", report),
        args: values(&given.args),
        priority: given.priority.map_or(0, |priority| priority.0),
    }
}

pub(super) fn word(given: &Spanned<String>, key: &'static str, report: &mut Report) -> String {
    if given.get_ref().trim().is_empty() {
        report.add(given.span(), Mistake::EmptyName { key });
    }
    given.get_ref().clone()
}

pub(super) fn values(given: &BTreeMap<String, Scalar>) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| (name.clone(), value.text.clone())).collect()
}
