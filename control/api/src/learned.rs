//! What `swerve-control` shows of the routes that it knows, and of who told it.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// A prefix with all that was said of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RibPrefix {
    pub prefix: IpNet,
    /// Who has the best; `None` when nothing may carry its traffic.
    pub source: Option<String>,
    /// Why that is the best, in words.
    pub why: String,
    /// `paths`, `blackhole`, `unreachable` or `prohibit`.
    pub kind: Option<String>,
    /// Best first.
    pub candidates: Vec<RibCandidate>,
}

/// A next hop of a candidate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RibCandidate {
    pub source: String,
    /// `ospf`, `bgp`, ... as FPM says; `lfa` for an alternate of its route.
    pub protocol: Option<String>,
    pub preference: u32,
    /// `None` for a next hop of BGP's that nothing leads to.
    pub metric: Option<u32>,
    /// Name of the path; `None` when there is none, or it drops.
    pub path: Option<String>,
    pub next_hop: Option<IpAddr>,
    /// `best`, `backup N` (from 1), `same`, `discard`, `unused`.
    pub role: String,
    /// Of a backup: `connected`, `lfa`, `ebgp-distinct`, `unproven`; behind `lfa` what else is known of it.
    pub proof: Option<String>,
    /// What it has in common with the best, or why it is not used.
    pub note: Option<String>,
    pub bgp: Option<RibBgp>,
}

/// What the decision process looks at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RibBgp {
    /// Address of the neighbor that told it, while it is configured.
    pub peer: Option<IpAddr>,
    pub path_id: u32,
    pub local_pref: u32,
    pub as_path_length: u32,
    /// `igp`, `egp` or `incomplete`.
    pub origin: String,
    pub neighbor_as: u32,
    pub med: u32,
    pub external: bool,
}

/// What is protected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Coverage {
    /// Prefixes routed over paths.
    pub prefixes: u64,
    /// Those of them that the loss of any one path, with all that shares something with it, does not cut off.
    pub covered: u64,
    pub percent: u8,
    /// Prefixes without a usable path.
    pub dead: u64,
    pub paths: Vec<PathCoverage>,
}

/// The prefixes that use a path now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PathCoverage {
    pub path: String,
    pub prefixes: u64,
    pub covered: u64,
    /// Why the others are not, with their count.
    pub gaps: Vec<(String, u64)>,
}

/// What the failure of something would do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WhatIf {
    /// What each name was taken for: `port p1`.
    pub taken_for: Vec<String>,
    /// Paths that fail.
    pub fails: Vec<String>,
    /// Prefixes that move, most first.
    pub moves: Vec<Move>,
    pub lost: u64,
    pub untouched: u64,
    /// Prefixes that nothing carries even now.
    pub dead: u64,
    pub flows: Vec<Flow>,
    /// The first prefixes that are touched, and where they go.
    pub prefixes: Vec<Touched>,
}

/// A prefix that a failure touches.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Touched {
    /// `None` for the default one.
    pub vrf: Option<String>,
    pub prefix: IpNet,
    /// Paths; none when it is lost.
    pub to: Vec<String>,
}

/// Prefixes with the same fate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Move {
    /// Paths in use before and after; none after when they are lost.
    pub from: Vec<String>,
    pub to: Vec<String>,
    /// The weakest of those that take over; `None` when they are in use already.
    pub proof: Option<String>,
    pub prefixes: u64,
}

/// A share of what a path carries that goes to another one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Flow {
    pub from: String,
    /// `None`: lost.
    pub to: Option<String>,
    /// 0 to 1, if prefixes have equal traffic.
    pub share: f64,
}

/// Who is listened to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Peers {
    pub fpm: Option<FpmPeer>,
    pub bgp: Vec<BgpPeer>,
    pub lfa: Option<LfaReader>,
    /// Connections of BGP from addresses that are no neighbor's.
    pub bgp_refused: u64,
    /// What was not taken: source, reason, count.
    pub left: Vec<(String, String, u64)>,
    /// Otherwise nothing is told to it.
    pub switch_connected: bool,
    /// Prefixes that the switch is yet to be told, and those that stay on their repair for now.
    pub to_tell: u64,
    pub held: u64,
    /// Prefixes that FPM has withdrawn while paths of BGP are stale and that BGP still has, and for how long at the most.
    pub kept_withdrawn: u64,
    pub kept_s: Option<f64>,
    /// Those that a new zebra was not told, and that a bgpd that outlived the old one still has.
    pub kept_untold: u64,
}

/// Where loop-free alternates come from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LfaReader {
    /// A daemon with the directory of its socket, or a file.
    pub from: String,
    /// That have alternates.
    pub prefixes: u64,
    /// Backups that need labels and are left out.
    pub labelled: u64,
    pub readings: u64,
    pub failures: u64,
    /// How long ago the last good reading was, and how long it took.
    pub read_s: Option<f64>,
    pub took_s: Option<f64>,
    /// Why the last reading failed, when it did.
    pub error: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FpmPeer {
    pub listen: SocketAddr,
    /// Who is connected.
    pub peer: Option<SocketAddr>,
    pub connected_s: Option<f64>,
    /// For how long a frame has begun and not ended; no countdown runs meanwhile.
    pub unfinished_s: Option<f64>,
    pub routes: u64,
    /// Changes that the RIB has not taken yet, the most that ever waited, and for how long there have been some.
    pub waiting: u64,
    pub most_waited: u64,
    pub lag_s: f64,
    /// Messages a second.
    pub rate: u64,
    /// Everything is known; else, until it counts as known.
    pub complete: bool,
    pub complete_in_s: Option<f64>,
    pub protocols: Vec<FpmProtocol>,
    /// Routes in tables that are no VRF's, which are left: table and routes told.
    pub other_tables: Vec<(u32, u64)>,
    /// Routes over next-hop ids that were never explained, and one of them with the id.
    pub unresolved: u64,
    pub unresolved_example: Option<(IpNet, u32)>,
    /// Messages that were not followed, by reason.
    pub refused: Vec<(String, u64)>,
    pub last_refused: Option<String>,
    /// Connections of hosts that may not, and the last of these hosts.
    pub refused_hosts: u64,
    pub last_refused_host: Option<IpAddr>,
    /// Connections on which something else was spoken, and what was wrong with the last.
    pub resets: u64,
    pub last_reset: Option<String>,
    pub connections: u64,
    pub swept: u64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FpmProtocol {
    pub name: String,
    pub routes: u64,
    /// Not told again since the daemon came back.
    pub stale: u64,
    pub sweep_in_s: Option<f64>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BgpPeer {
    /// Whose routes it tells; the default VRF's without a name.
    pub vrf: Option<String>,
    pub address: IpAddr,
    pub asn: u32,
    pub state: String,
    pub since_s: f64,
    pub families: Vec<BgpFamily>,
    pub waiting: u64,
    /// Prefixes a second.
    pub rate: u64,
    pub hold_left_s: Option<f64>,
    /// Distinct sets of attributes.
    pub attributes: u64,
    pub memory_bytes: u64,
    /// Why the last session ended, and how long ago.
    pub last_end: Option<(String, f64)>,
    /// What was wrong with it, and how often; what never was is left out.
    pub faults: Vec<(String, u64)>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BgpFamily {
    /// `ipv4` or `ipv6`.
    pub family: String,
    pub add_path: bool,
    pub prefixes: u64,
    pub paths: u64,
    /// Kept from a session that is gone, and for how long yet.
    pub stale: u64,
    pub stale_s: Option<f64>,
    pub end_of_rib: bool,
}
