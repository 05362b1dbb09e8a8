//! `[[route]]`

use super::NOWHERE;
use super::paths::Paths;
use crate::MAX_MEMBERS;
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::*;
use crate::places::Span;
use crate::raw;
use ipnet::IpNet;
use std::collections::HashMap;
use toml::Spanned;

const DEFAULT_PREFERENCE: u32 = 10;

pub(super) fn check(given: &[Spanned<raw::Route>], paths: &Paths, report: &mut Report) -> Vec<Route> {
    let mut seen: HashMap<IpNet, Span> = HashMap::new();
    let mut list = Vec::new();
    for route in given {
        let route = route.get_ref();
        let prefix = prefix(&route.prefix, report);
        let place = route.prefix.span();
        if let Some(first) = seen.insert(prefix, place.clone()) {
            report.add_pair(place, first, Mistake::PrefixTwice { prefix });
        }
        list.push(Route { prefix, action: action(route, prefix, paths, report) });
    }
    list
}

fn prefix(given: &Spanned<raw::Text<IpNet>>, report: &mut Report) -> IpNet {
    let net = given.get_ref().0;
    let meant = net.trunc();
    if net != meant {
        report.add(given.span(), Mistake::HostBits { given: net, meant, full: net.max_prefix_len() });
    }
    meant
}

fn action(given: &raw::Route, prefix: IpNet, paths: &Paths, report: &mut Report) -> Action {
    let says = [
        ("next_hops", given.next_hops.is_some()),
        ("blackhole", given.blackhole),
        ("unreachable", given.unreachable),
        ("prohibit", given.prohibit),
    ];
    let said: Vec<&str> = says.iter().filter(|(_, said)| *said).map(|(key, _)| *key).collect();
    if said.len() > 1 {
        let given_keys = said.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(" and ");
        report.add(given.prefix.span(), Mistake::RouteSaysTwoThings { prefix, given: given_keys });
    }
    if let Some(backup) = given.backup.as_ref().filter(|_| given.next_hops.is_none()) {
        report.add(backup.span(), Mistake::BackupWithoutNextHops { prefix });
    } else if said.is_empty() {
        report.add(given.prefix.span(), Mistake::RouteDoesNothing { prefix });
    }
    match &given.next_hops {
        Some(next_hops) => members(given, next_hops, prefix, paths, report),
        None if given.unreachable => Action::Unreachable,
        None if given.prohibit => Action::Prohibit,
        None => Action::Blackhole,
    }
}

fn members(
    given: &raw::Route,
    next_hops: &Spanned<Vec<raw::NextHop>>,
    prefix: IpNet,
    paths: &Paths,
    report: &mut Report,
) -> Action {
    let backups = given.backup.as_ref().map(|b| b.get_ref().as_slice());
    let members = next_hops.get_ref().len() + backups.map_or(0, <[_]>::len);
    if next_hops.get_ref().is_empty() {
        report.add(next_hops.span(), Mistake::RouteDoesNothing { prefix });
    }
    if members > MAX_MEMBERS {
        report.add(next_hops.span(), Mistake::TooManyMembers { prefix, members });
    }
    let mut group = Members { prefix, paths, seen: HashMap::new() };
    let next_hops = next_hops.get_ref().iter().map(|n| group.next_hop(n, report)).collect();
    let backup = backups.map(|list| list.iter().map(|b| group.member(b, true, report)).collect());
    Action::Paths { next_hops, backup }
}

/// The members of one route so far.
struct Members<'a> {
    prefix: IpNet,
    paths: &'a Paths,
    /// By path: where it was named, and whether as a backup.
    seen: HashMap<usize, (Span, bool)>,
}

impl Members<'_> {
    fn next_hop(&mut self, given: &raw::NextHop, report: &mut Report) -> NextHop {
        let path = self.member(&given.path, false, report);
        let preference =
            super::number(given.preference.as_ref(), "preference", 0..=u32::MAX, DEFAULT_PREFERENCE, report);
        let weight = given.weight.as_ref().map_or(1, |w| {
            u16::try_from(w.get_ref().0).ok().filter(|&w| w > 0).unwrap_or_else(|| {
                let path = given.path.get_ref().clone();
                report.add(w.span(), Mistake::Weight { path, weight: w.get_ref().0 });
                1
            })
        });
        NextHop { path, preference, weight }
    }

    /// Finds the path, which no other member has and whose next hop has the prefix's family.
    fn member(&mut self, given: &Spanned<String>, backup: bool, report: &mut Report) -> usize {
        let index = self.paths.names.find(given, report);
        let Some(path) = self.paths.list.get(index) else { return NOWHERE };
        let prefix = self.prefix;
        let family = Family::of(prefix.addr());
        if Family::of(path.next_hop) != family {
            let (path, next_hop) = (path.name.clone(), path.next_hop);
            report.add(given.span(), Mistake::FamilyMismatch { prefix, family, path, next_hop });
        }
        if let Some((first, first_backup)) = self.seen.get(&index) {
            let path = path.name.clone();
            let mistake = if backup && !first_backup {
                Mistake::BackupIsPrimary { prefix, path }
            } else {
                Mistake::NextHopTwice { prefix, path }
            };
            report.add_pair(given.span(), first.clone(), mistake);
        } else {
            self.seen.insert(index, (given.span(), backup));
        }
        index
    }
}
