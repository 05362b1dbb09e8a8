//! `[[program.learn]]` and `[[program.multicast]]`: whatever can be said of them without the program itself.

use super::program::word;
use super::{Names, number};
use crate::error::Report;
use crate::learn::{Learn, LearnEntry, LearnEntryPlaces, LearnPlaces, LearnValue};
use crate::mistake::Mistake;
use crate::model::Multicast;
use crate::places::{START, Span};
use crate::raw::{self, Given};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use toml::Spanned;

/// Below it the search for idle entries is too coarse; above it nobody waits.
const TIMEOUTS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(365 * 86_400));

pub(super) fn check(given: &[raw::Learn], report: &mut Report) -> (Vec<Learn>, Vec<LearnPlaces>) {
    given.iter().map(|given| rule(given, report)).unzip()
}

fn rule(given: &raw::Learn, report: &mut Report) -> (Learn, LearnPlaces) {
    let digest = word(&given.digest, "digest", report);
    if given.entries.is_empty() {
        report.add(given.digest.span(), Mistake::NothingLearned { digest: digest.clone() });
    }
    let (entries, places): (Vec<LearnEntry>, Vec<LearnEntryPlaces>) =
        given.entries.iter().map(|given| entry(given, report)).unzip();
    let mut timed: Option<&Span> = None;
    for (at, (entry, place)) in entries.iter().zip(&places).enumerate() {
        let same = |other: &LearnEntry| {
            (&other.table, &other.keys, other.priority) == (&entry.table, &entry.keys, entry.priority)
        };
        if let Some(first) = entries[..at].iter().position(same) {
            let mistake = Mistake::EntryTwice { table: entry.table.clone() };
            report.add_pair(place.table.clone(), places[first].table.clone(), mistake);
        }
        if entry.idle_timeout.is_none() {
            continue;
        }
        match timed {
            Some(first) => {
                report.add_pair(place.idle_timeout.clone(), first.clone(), Mistake::IdleTwice);
            }
            None => timed = Some(&place.idle_timeout),
        }
    }
    let places = LearnPlaces { digest: given.digest.span(), entries: places };
    (Learn { digest, entries }, places)
}

fn entry(given: &raw::LearnEntry, report: &mut Report) -> (LearnEntry, LearnEntryPlaces) {
    let (keys, key_places) = values(&given.keys);
    let (args, arg_places) = values(&given.args);
    let entry = LearnEntry {
        table: word(&given.table, "table", report),
        keys,
        action: word(&given.action, "action", report),
        args,
        priority: given.priority.map_or(0, |priority| priority.0),
        idle_timeout: given.idle_timeout.as_ref().map(|given| timeout(given, report)),
    };
    let places = LearnEntryPlaces {
        table: given.table.span(),
        keys: key_places,
        action: given.action.span(),
        args: arg_places,
        idle_timeout: given.idle_timeout.as_ref().map_or(START, Spanned::span),
    };
    (entry, places)
}

fn values(given: &BTreeMap<String, Spanned<Given>>) -> (Vec<(String, LearnValue)>, Vec<Span>) {
    given.iter().map(|(name, value)| ((name.clone(), value.get_ref().0.clone()), value.span())).unzip()
}

fn timeout(given: &Spanned<raw::Text<Duration>>, report: &mut Report) -> Duration {
    let timeout = given.get_ref().0;
    let (min, max) = TIMEOUTS;
    if !(min..=max).contains(&timeout) {
        let given_text = humantime::format_duration(timeout).to_string();
        report.add(given.span(), Mistake::IdleTimeout { given: given_text });
    }
    timeout
}

pub(super) fn check_multicast(
    given: &[raw::Multicast],
    ports: &Names,
    report: &mut Report,
) -> (Vec<Multicast>, Vec<Span>) {
    let mut seen: HashMap<u16, Span> = HashMap::new();
    let mut one = |given: &raw::Multicast| {
        let group = number(Some(&given.group), "group", 1..=u16::MAX, 1, report);
        let place = given.group.span();
        if let Some(first) = seen.get(&group) {
            report.add_pair(place.clone(), first.clone(), Mistake::MulticastTwice { group });
        } else {
            seen.insert(group, place.clone());
        }
        let ports = given.ports.iter().map(|port| ports.find(port, report)).collect();
        (Multicast { group, ports }, place)
    };
    given.iter().map(&mut one).unzip()
}
