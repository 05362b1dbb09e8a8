//! `[[route]]`

use super::NOWHERE;
use super::interfaces::Interfaces;
use super::paths::Paths;
use super::vrfs::{UNKNOWN, Vrfs};
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

/// What the checks of a route look at besides the route.
pub(super) struct Around<'a> {
    pub(super) paths: &'a Paths,
    pub(super) interfaces: &'a Interfaces,
    pub(super) vrfs: &'a Vrfs,
}

pub(super) fn check(given: &[Spanned<raw::Route>], around: &Around<'_>, report: &mut Report) -> Vec<Route> {
    let mut seen: HashMap<(VrfId, IpNet), Span> = HashMap::new();
    let mut list = Vec::new();
    for route in given {
        let route = route.get_ref();
        let prefix = prefix(&route.prefix, report);
        let place = route.prefix.span();
        let vrf = around.vrfs.find(route.vrf.as_ref(), report);
        if let Some(first) = seen.insert((vrf, prefix), place.clone()) {
            report.add_pair(place, first, Mistake::PrefixTwice { prefix });
        }
        list.push(Route { vrf, prefix, action: action(route, (vrf, prefix), around, report) });
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

fn action(
    given: &raw::Route,
    (vrf, prefix): (VrfId, IpNet),
    around: &Around<'_>,
    report: &mut Report,
) -> Action {
    let leaks = given.next_hop_vrf.as_ref().map(|name| around.vrfs.find(Some(name), report));
    if let (Some(name), Some(leaks)) = (&given.next_hop_vrf, leaks) {
        let to = name.get_ref().clone();
        if to == around.vrfs.name(vrf) {
            report.add(name.span(), Mistake::LeakToItself { prefix, vrf: to });
        } else if leaks != UNKNOWN && !is_bare(given) && !names_path_in(given, leaks, around) {
            report.add(name.span(), Mistake::NothingLeaks { prefix, vrf: to });
        }
    }
    if let (Some(leaks), true) = (leaks, is_bare(given)) {
        return connected(given, (vrf, prefix, leaks), around, report);
    }
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
        Some(next_hops) => {
            let may = (vrf, leaks);
            let group = Members { prefix, around, may, seen: HashMap::new() };
            members(given, next_hops, group, report)
        }
        None if given.unreachable => Action::Unreachable,
        None if given.prohibit => Action::Prohibit,
        None => Action::Blackhole,
    }
}

/// Whether a route says a prefix and no more of what to do with it.
fn is_bare(given: &raw::Route) -> bool {
    let drops = given.blackhole || given.unreachable || given.prohibit;
    !drops && given.next_hops.is_none() && given.backup.is_none()
}

/// The network of another VRF that a bare route leaks to. Networks that are lent to it do not count, so leaks cannot lead round in a circle.
fn connected(
    given: &raw::Route,
    (own, prefix, vrf): (VrfId, IpNet, VrfId),
    around: &Around<'_>,
    report: &mut Report,
) -> Action {
    let of = |vrf: VrfId| {
        let interfaces = around.interfaces.list.iter().enumerate();
        let there = interfaces.filter(move |(_, interface)| interface.vrf == vrf);
        there.flat_map(|(at, interface)| interface.addresses.iter().map(move |net| (at, net.trunc())))
    };
    let place = given.prefix.span();
    let itself = of(own).find(|(_, net)| *net == prefix).filter(|_| own != vrf);
    if let Some((at, _)) = itself {
        let interface = around.interfaces.list[at].name.clone();
        report.add(
            place.clone(),
            Mistake::LeakOfOwnNetwork { prefix, vrf: around.vrfs.name(own).to_owned(), interface },
        );
    }
    let nearest = of(vrf).filter(|(_, net)| net.contains(&prefix)).max_by_key(|(_, net)| net.prefix_len());
    if nearest.is_none() && vrf != UNKNOWN {
        let vrf = around.vrfs.name(vrf).to_owned();
        report.add(place, Mistake::NoNetworkLeaks { prefix, vrf });
    }
    Action::Connected(nearest.map_or(NOWHERE, |(at, _)| at))
}

/// Whether one of the route's members leaves by an interface in that VRF.
fn names_path_in(given: &raw::Route, vrf: VrfId, around: &Around<'_>) -> bool {
    let next_hops = given.next_hops.iter().flat_map(|hops| hops.get_ref()).map(|hop| hop.path.get_ref());
    let backups = given.backup.iter().flat_map(|list| list.get_ref()).map(Spanned::get_ref);
    let mut named = next_hops.chain(backups);
    named.any(|name| {
        let path = around.paths.list.iter().find(|path| path.name == *name);
        path.and_then(|path| around.interfaces.list.get(path.interface)).is_some_and(|i| i.vrf == vrf)
    })
}

fn members(
    given: &raw::Route,
    next_hops: &Spanned<Vec<raw::NextHop>>,
    mut group: Members<'_>,
    report: &mut Report,
) -> Action {
    let prefix = group.prefix;
    let backups = given.backup.as_ref().map(|b| b.get_ref().as_slice());
    let members = next_hops.get_ref().len() + backups.map_or(0, <[_]>::len);
    if next_hops.get_ref().is_empty() {
        report.add(next_hops.span(), Mistake::RouteDoesNothing { prefix });
    }
    if members > MAX_MEMBERS {
        report.add(next_hops.span(), Mistake::TooManyMembers { prefix, members });
    }
    let next_hops = next_hops.get_ref().iter().map(|n| group.next_hop(n, report)).collect();
    let backup = backups.map(|list| list.iter().map(|b| group.member(b, true, report)).collect());
    Action::Paths { next_hops, backup }
}

/// The members of one route so far.
struct Members<'a> {
    prefix: IpNet,
    around: &'a Around<'a>,
    /// The route's VRF, and the other one that its packets may leave to.
    may: (VrfId, Option<VrfId>),
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

    /// Whoever writes a route across VRFs says so.
    fn check_vrf(&self, path: &Path, place: Span, report: &mut Report) {
        let Around { interfaces, vrfs, .. } = self.around;
        let Some(of_path) = interfaces.list.get(path.interface).map(|interface| interface.vrf) else {
            return;
        };
        let reported = [Some(of_path), Some(self.may.0), self.may.1].contains(&Some(UNKNOWN));
        if !reported && of_path != self.may.0 && self.may.1 != Some(of_path) {
            let (vrf, of_path) = (vrfs.name(self.may.0).to_owned(), vrfs.name(of_path).to_owned());
            let (prefix, path) = (self.prefix, path.name.clone());
            report.add(place, Mistake::PathInOtherVrf { prefix, vrf, path, of_path });
        }
    }

    /// Finds the path, which no other member has and whose next hop has the prefix's family.
    fn member(&mut self, given: &Spanned<String>, backup: bool, report: &mut Report) -> usize {
        let index = self.around.paths.names.find(given, report);
        let Some(path) = self.around.paths.list.get(index) else { return NOWHERE };
        self.check_vrf(path, given.span(), report);
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
