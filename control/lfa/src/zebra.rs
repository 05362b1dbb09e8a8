//! Backups that a routing daemon has computed, in the JSON of zebra's `show ip route vrf VRF PROTOCOL json` (seen: FRR 8.4.4).
//! isisd fills them in (`isis fast-reroute lfa`); FPM does not carry them.
//!
//! A backup with labels (TI-LFA) is left out: it does not go by the destination.

use crate::{Alternate, Alternates, Hop, On, Protected};
use ipnet::IpNet;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What zebra is asked for the routes of a VRF: the protocols whose routes may have backups, and not the whole table. Of a VRF that it
/// does not know it says `{}`.
pub fn commands(vrf: &str) -> [String; 3] {
    let of = |(family, protocol)| format!("show {family} route vrf {vrf} {protocol} json");
    [("ip", "isis"), ("ipv6", "isis"), ("ip", "ospf")].map(of)
}

/// `implicit-null` (RFC 3032 2.1): no label at all.
const IMPLICIT_NULL: u32 = 3;

/// What was read.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Backups {
    pub alternates: Alternates,
    /// Backups with labels.
    pub labelled: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Route {
    #[serde(default)]
    selected: bool,
    #[serde(default)]
    metric: u32,
    #[serde(default)]
    nexthops: Vec<NextHop>,
    #[serde(default)]
    backup_nexthops: Vec<NextHop>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextHop {
    ip: Option<IpAddr>,
    interface_index: Option<u32>,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    labels: Vec<u32>,
    #[serde(default)]
    backup_index: Vec<usize>,
}

impl NextHop {
    fn hop(&self) -> Option<Hop> {
        let usable = self.active && self.labels.iter().all(|label| *label == IMPLICIT_NULL);
        let hop = || Some(Hop { on: On::Index(self.interface_index?), gateway: self.ip? });
        if usable { hop() } else { None }
    }
}

/// Reads the routes of one VRF, family and protocol.
///
/// # Errors
/// Why it is no such text.
pub fn parse(text: &str) -> Result<Backups, serde_json::Error> {
    let all: BTreeMap<IpNet, Vec<Route>> = serde_json::from_str(text)?;
    let mut backups = Backups::default();
    for (prefix, routes) in all {
        let Some(route) = routes.iter().find(|route| route.selected) else { continue };
        let mut protected = Protected::default();
        for next_hop in route.nexthops.iter().filter(|next_hop| next_hop.active) {
            protected.primaries.extend(next_hop.hop());
            let behind = next_hop.backup_index.iter().filter_map(|at| route.backup_nexthops.get(*at));
            for backup in behind {
                match backup.hop() {
                    Some(hop) if !protected.alternates.iter().any(|other| other.hop == hop) => {
                        let (downstream, node_protecting) = (false, false);
                        let metric = route.metric;
                        protected.alternates.push(Alternate { hop, metric, downstream, node_protecting });
                    }
                    Some(_) => {}
                    None => backups.labelled += usize::from(!backup.labels.is_empty()),
                }
            }
        }
        if !protected.primaries.is_empty() {
            backups.alternates.insert(prefix.trunc(), protected);
        }
    }
    Ok(backups)
}
