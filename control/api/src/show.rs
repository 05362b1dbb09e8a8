//! Rows of `swervectl show`. Counters and histograms are not here: they are in the stats segment.

use crate::Mac;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Answer to a [`crate::switch::Query`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Rows {
    Version(SwitchStatus),
    Ports(Vec<Port>),
    Interfaces(Vec<Interface>),
    Paths(Vec<Path>),
    Groups(Vec<Group>),
    /// `more` when the limit cut the list.
    Routes {
        rows: Vec<Route>,
        more: bool,
    },
    Lookup(Option<Route>),
    Neighbors(Vec<Neighbor>),
    /// `None` without a bfdd in the configuration.
    Bfdd(Option<Bfdd>),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SwitchStatus {
    pub build: String,
    pub dpdk: String,
    pub pid: u32,
    pub uptime_s: f64,
    pub control_connected: bool,
    pub routes_v4: u64,
    pub routes_v6: u64,
    pub groups: u64,
    /// Bytes of the forwarding tables.
    pub table_bytes: u64,
    /// Control connections closed for what they sent.
    pub refused_connections: u64,
    /// How often something was refused for want of room, by table.
    pub tables_full: Vec<(String, u64)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ControlStatus {
    pub build: String,
    pub pid: u32,
    pub config: String,
    pub switch_connected: bool,
    pub paths: u64,
    pub routes: u64,
    /// Prefixes that an operator has given a route.
    pub operator_routes: u64,
    pub drained: Vec<String>,
    /// Share of prefixes with a usable backup that shares no path, in percent.
    pub coverage_percent: u8,
    /// Connections closed for what they were or sent, by reason.
    pub refused_connections: Vec<(String, u64)>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Port {
    pub name: String,
    pub device: String,
    pub driver: String,
    pub mac: Mac,
    pub link_up: bool,
    /// Zero when the device does not say.
    pub speed_mbps: u32,
    pub mtu: u16,
    pub rx_queues: u16,
    pub tx_queues: u16,
    /// Core of the worker that polls each receive queue.
    pub cores: Vec<u32>,
    pub rx_packets: u64,
    pub tx_packets: u64,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    /// Packets the device itself dropped: missed, errors, no mbuf.
    pub device_drops: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Interface {
    pub name: String,
    pub port: String,
    pub vlan: Option<u16>,
    /// `None` for the default one.
    pub vrf: Option<String>,
    pub mtu: u16,
    pub mac: Mac,
    pub addresses: Vec<IpNet>,
    /// Name of the mirror interface in the kernel.
    pub mirror: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Path {
    pub name: String,
    pub interface: String,
    pub next_hop: IpAddr,
    pub mac: Option<Mac>,
    pub live: bool,
    /// Why it is not live.
    pub causes: Vec<String>,
    pub bfd: Option<String>,
    /// Seconds for which the verdict of a session that is no more still stands; less where another comes Up.
    pub bfd_held_s: Option<f64>,
    /// Seconds in the present state.
    pub since_s: f64,
    /// Seconds until traffic may return, while waiting.
    pub restore_in_s: Option<f64>,
    pub packets: u64,
    pub bytes: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Group {
    pub id: u32,
    /// `paths`, `blackhole`, `unreachable`, `prohibit`, `broadcast`, `local` or `connected`.
    pub kind: String,
    pub primaries: Vec<(String, u16)>,
    pub backups: Vec<Vec<String>>,
    pub prefixes: u64,
    /// Paths that new packets take now.
    pub active: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Route {
    pub prefix: IpNet,
    pub source: String,
    pub group: Group,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Neighbor {
    pub interface: String,
    pub address: IpAddr,
    pub mac: Option<Mac>,
    /// `reachable`, `kept` (gone in the kernel, last address in use) or `unresolved`.
    pub state: String,
    pub path: Option<String>,
}

/// The connection to FRR's bfdd, and what it asks for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bfdd {
    /// As the configuration has it, such as `unix:/run/frr/bfdd-dplane.sock`.
    pub address: String,
    pub connected: bool,
    /// Seconds in the present state.
    pub since_s: f64,
    /// Why there is no connection, if that is known.
    pub problem: Option<String>,
    /// What its last echo took there and back.
    pub round_trip_us: Option<u64>,
    /// For how long it has answered nothing, if it stands still.
    pub silent_s: Option<f64>,
    /// Messages since the switch started: received, sent, and those that were not understood.
    pub messages_in: u64,
    pub messages_out: u64,
    pub messages_bad: u64,
    /// Seconds until sessions go that it has not asked for again since it came back.
    pub stale_for_s: Option<f64>,
    pub sessions: Vec<Asked>,
}

/// A session that bfdd asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// bfdd's own.
    pub discriminator: u32,
    pub peer: IpAddr,
    /// Unknown while it cannot run.
    pub local: Option<IpAddr>,
    /// None over several hops.
    pub interface: Option<String>,
    pub multihop: bool,
    /// bfdd's administrator has shut it down.
    pub shutdown: bool,
    /// Asked for before the connection was lost, and not since.
    pub stale: bool,
    /// `up`, `init`, `down` or `admindown`, if it runs.
    pub state: Option<String>,
    /// Why it cannot run.
    pub problem: Option<String>,
}
