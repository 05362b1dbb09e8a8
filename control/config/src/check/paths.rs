//! `[[path]]`

use super::interfaces::{Interfaces, is_connected};
use super::sections::{self, Sections};
use super::{NOWHERE, Names, is_link_local, is_unicast};
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::*;
use crate::places::{START, Span};
use crate::raw::{self, BoolOr, Text};
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;
use toml::Spanned;

pub(crate) const DEFAULT_WAIT: Duration = Duration::from_secs(5);
pub(crate) const DEFAULT_WAIT_MAX: Duration = Duration::from_secs(60);
const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The kernel's timers and wake-ups are good to tens of microseconds at best and to a millisecond under load.
const MIN_KERNEL_INTERVAL: Duration = Duration::from_millis(1);

/// Virtual devices of DPDK whose packets pass through the kernel.
const KERNEL_VDEVS: [&str; 4] = ["net_af_packet", "net_af_xdp", "net_tap", "net_pcap"];

/// What the checks of a path look at besides the path.
pub(super) struct Around<'a> {
    pub(super) ports: &'a [Port],
    pub(super) interfaces: &'a Interfaces,
    pub(super) sections: &'a Sections,
}

#[derive(Debug)]
pub(super) struct Paths {
    pub(super) list: Vec<Path>,
    pub(super) names: Names,
    pub(super) intervals: Vec<Span>,
}

pub(super) fn check(given: &[raw::Path], around: &Around<'_>, report: &mut Report) -> Paths {
    let mut paths = Paths { list: Vec::new(), names: Names::new("path"), intervals: Vec::new() };
    let mut ways: HashMap<(usize, IpAddr), usize> = HashMap::new();
    for (index, path) in given.iter().enumerate() {
        let name = paths.names.add(&path.name, |name| Mistake::PathTwice { name }, report);
        let interface = around.interfaces.names.find(&path.interface, report);
        let next_hop = path.next_hop.get_ref().0;
        check_next_hop(next_hop, path.next_hop.span(), interface, around, report);
        if let Some(&first) = ways.get(&(interface, next_hop)) {
            let mistake = Mistake::SameWayOut {
                name: name.clone(),
                other: given[first].name.get_ref().clone(),
                interface: path.interface.get_ref().clone(),
                next_hop,
            };
            report.add_pair(path.next_hop.span(), given[first].next_hop.span(), mistake);
        } else if interface != NOWHERE {
            ways.insert((interface, next_hop), index);
        }
        let bfd = bfd(path, interface, around, report);
        paths.intervals.push(bfd_place(path, "interval"));
        let (wait_to_restore, wait_to_restore_max) = waits(path, report);
        let (srlg, region, provider) = (path.srlg.clone(), path.region.clone(), path.provider.clone());
        paths.list.push(Path {
            name,
            interface,
            next_hop,
            bfd,
            wait_to_restore,
            wait_to_restore_max,
            srlg,
            region,
            provider,
        });
    }
    paths
}

fn check_next_hop(next_hop: IpAddr, place: Span, interface: usize, around: &Around<'_>, report: &mut Report) {
    if !is_unicast(next_hop) {
        return report.add(place, Mistake::NextHopNotUnicast { next_hop });
    }
    if let Some(owner) = around.interfaces.owner(next_hop, interface) {
        let interface = owner.name.clone();
        return report.add(place, Mistake::NextHopIsOwn { next_hop, interface });
    }
    let Some(interface) = around.interfaces.list.get(interface) else { return };
    if !is_connected(interface, next_hop) {
        let networks = around.interfaces.networks(next_hop, interface);
        let mistake = Mistake::NextHopNotConnected { next_hop, interface: interface.name.clone(), networks };
        return report.add(place, mistake);
    }
    let network = interface.addresses.iter().find(|a| a.contains(&next_hop));
    // RFC 3021 and RFC 6164: both addresses of a /31 and of a /127 are hosts.
    let network = network.map(|n| n.trunc()).filter(|n| n.prefix_len() + 1 < n.max_prefix_len());
    let Some(network) = network.filter(|_| !is_link_local(next_hop)) else { return };
    if next_hop == network.network() {
        report.add(place, Mistake::NextHopIsNetwork { next_hop, network });
    } else if next_hop.is_ipv4() && next_hop == network.broadcast() {
        report.add(place, Mistake::NextHopIsBroadcast { next_hop, network });
    }
}

fn bfd(given: &raw::Path, interface: usize, around: &Around<'_>, report: &mut Report) -> Option<Bfd> {
    let defaults = &around.sections.bfd;
    let bfd = match given.bfd.as_ref()?.get_ref() {
        BoolOr::Bool(false) => return None,
        BoolOr::Bool(true) => *defaults,
        BoolOr::Table(table) => sections::bfd(table, defaults, report),
    };
    let port = around.interfaces.list.get(interface).and_then(|i| around.ports.get(i.port));
    for (key, interval) in [("interval", bfd.interval), ("min_rx", bfd.min_rx)] {
        // Too short everywhere was reported as that.
        if !(crate::MIN_BFD_INTERVAL..MIN_KERNEL_INTERVAL).contains(&interval) {
            continue;
        }
        let given_text = humantime::format_duration(interval).to_string();
        if around.sections.workers.idle == Idle::Sleep {
            report.add(bfd_place(given, key), Mistake::BfdUnderSleep { key, given: given_text });
        } else if let Some(port) = port.filter(|p| through_kernel(&p.device)) {
            let mistake = Mistake::BfdThroughKernel { key, given: given_text, port: port.name.clone() };
            report.add(bfd_place(given, key), mistake);
        }
        // One value given for both is one mistake.
        if bfd.min_rx == bfd.interval {
            break;
        }
    }
    Some(bfd)
}

fn through_kernel(device: &Device) -> bool {
    match device {
        Device::Kernel { .. } => true,
        Device::Vdev(text) => KERNEL_VDEVS.iter().any(|driver| text.starts_with(driver)),
        Device::Pci(_) => false,
    }
}

/// Where a parameter of the path's session is given, or `bfd` itself when it is a default; empty without BFD.
fn bfd_place(given: &raw::Path, key: &str) -> Span {
    let Some(bfd) = &given.bfd else { return START };
    let own = match bfd.get_ref() {
        BoolOr::Table(table) if key == "min_rx" => table.min_rx.as_ref().or(table.interval.as_ref()),
        BoolOr::Table(table) => table.interval.as_ref(),
        BoolOr::Bool(_) => None,
    };
    own.map_or(bfd.span(), Spanned::span)
}

fn waits(given: &raw::Path, report: &mut Report) -> (Duration, Duration) {
    let text = |d: Duration| humantime::format_duration(d).to_string();
    let mut bounded = |key, given: &Option<Spanned<Text<Duration>>>| {
        let given = given.as_ref()?;
        let wait = given.get_ref().0;
        if wait > MAX_WAIT {
            report.add(given.span(), Mistake::RestoreTooLong { key, given: text(wait) });
        }
        Some(wait.min(MAX_WAIT))
    };
    let wait = bounded("wait_to_restore", &given.wait_to_restore);
    let max = bounded("wait_to_restore_max", &given.wait_to_restore_max);
    // What is given moves the default of the other: neither has to be written because of the other.
    let effective = wait.unwrap_or(max.map_or(DEFAULT_WAIT, |m| m.min(DEFAULT_WAIT)));
    let effective_max = max.unwrap_or(effective.max(DEFAULT_WAIT_MAX));
    if let (Some(place), true) = (&given.wait_to_restore, effective > effective_max) {
        let mistake = Mistake::RestoreOverMax { wait: text(effective), max: text(effective_max) };
        let other = given.wait_to_restore_max.as_ref().map_or(place.span(), Spanned::span);
        report.add_pair(place.span(), other, mistake);
    }
    (effective, effective_max)
}
