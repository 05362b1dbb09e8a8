//! `[[program.clone]]` and `[[program.default]]`: whatever can be said of them without the program itself.

use super::program::{values, word};
use super::{Names, number};
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::{ClonePort, CloneSession, DefaultAction};
use crate::places::Span;
use crate::raw;
use std::collections::HashMap;

/// The largest number of a session.
const MAX_SESSION: u32 = 32_767;

pub(super) fn check(
    given: &[raw::CloneSession],
    ports: &Names,
    report: &mut Report,
) -> (Vec<CloneSession>, Vec<Span>) {
    let mut seen: HashMap<u32, Span> = HashMap::new();
    let mut one = |given: &raw::CloneSession| {
        let session = number(Some(&given.session), "session", 0..=MAX_SESSION, 0, report);
        let place = given.session.span();
        if let Some(first) = seen.get(&session) {
            report.add_pair(place.clone(), first.clone(), Mistake::CloneTwice { session });
        } else {
            seen.insert(session, place.clone());
        }
        let port = given.port.as_ref().map(|port| ClonePort::Port(ports.find(port, report)));
        if port.is_some() && given.controller
            || port.is_none() && !given.controller && given.multicast.is_none()
        {
            report.add(place.clone(), Mistake::CloneNowhere { session });
        }
        let multicast = given.multicast.as_ref();
        let multicast = multicast.map(|group| number(Some(group), "multicast", 1..=u16::MAX, 1, report));
        let truncate = given.truncate.as_ref();
        let truncate = truncate.map(|bytes| number(Some(bytes), "truncate", 1..=u32::MAX, 1, report));
        let replica = number(given.replica.as_ref(), "replica", 0..=u16::MAX, 0, report);
        let port = port.or(given.controller.then_some(ClonePort::Controller));
        (CloneSession { session, port, multicast, replica, truncate }, place)
    };
    given.iter().map(&mut one).unzip()
}

pub(super) fn check_defaults(
    given: &[raw::DefaultAction],
    report: &mut Report,
) -> (Vec<DefaultAction>, Vec<Span>) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    let mut one = |given: &raw::DefaultAction| {
        let table = word(&given.table, "table", report);
        let place = given.table.span();
        if let Some(first) = seen.get(&table) {
            report.add_pair(place.clone(), first.clone(), Mistake::DefaultTwice { table: table.clone() });
        } else {
            seen.insert(table.clone(), place.clone());
        }
        let (action, args) = (word(&given.action, "action", report), values(&given.args));
        (DefaultAction { table, action, args }, place)
    };
    given.iter().map(&mut one).unzip()
}
