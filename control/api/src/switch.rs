//! What `swerve-switch` understands.
//!
//! A client says [`Request::Hello`] first. Identifiers of paths and groups ([`LocalId`]) are the client's own,
//! valid on its connection only: the switch recognises a path by its name and a group by its content, so a client
//! that comes back and says the same things changes nothing.

use crate::{Mac, Source, events, program, show};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A client's own number for a path or a group. A number said again means the new thing from then on; groups and
/// routes said before keep what it meant then.
pub type LocalId = u32;

/// The longest list of updates in one [`Request::Routes`].
pub const MAX_ROUTES: usize = 8192;

/// From a client to the switch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Request {
    /// The first message of every connection. `version` is [`crate::VERSION`].
    Hello { version: u32, client: Client },
    /// From here on, what `source` does not mention again is stale.
    SyncBegin { source: Source },
    /// This path shall exist. A path of that name is changed in place.
    Path { id: LocalId, source: Source, path: Path },
    /// This group exists for routes that name it; identical groups are one.
    Group { id: LocalId, group: Group },
    /// The client will not name this group any more. Routes on it stay.
    GroupForget { id: LocalId },
    /// Adds, changes and withdrawals in one VRF (`None`: the default one), in order.
    Routes { source: Source, vrf: Option<String>, updates: Vec<RouteUpdate> },
    /// Everything of `source` was said; what is stale goes now.
    SyncEnd { source: Source },
    /// This path shall not exist.
    PathRemove { name: String },
    /// What the kernel (or the TOML file) knows of a neighbor; `None` when it has no address any more.
    Neighbor { interface: String, address: IpAddr, mac: Option<Mac> },
    /// Takes a path out of use without loss, or puts it back. Drains are [`Source::Operator`]'s: its sync puts back
    /// every path that was not drained again.
    Drain { path: String, drained: bool },
    /// Reads and validates the file, and says what would change. Nothing changes.
    ReloadPrepare { text: String },
    /// Applies what the last [`Request::ReloadPrepare`] of this connection validated.
    ReloadCommit,
    /// Asks for rows.
    Show(Query),
    /// From now on send [`Event`]s, beginning with the present state of every path.
    Subscribe,
    /// About the P4 program. What needs a compiler is answered when that is done; what this client says after it waits.
    Program(program::Request),
    /// Answered by [`Reply::Done`] when everything before it has been applied.
    Barrier { token: u64 },
}

impl Request {
    /// The name of the variant in kebab case, as refusals say it.
    pub fn word(&self) -> &'static str {
        match self {
            Request::Hello { .. } => "hello",
            Request::SyncBegin { .. } => "sync-begin",
            Request::Path { .. } => "path",
            Request::Group { .. } => "group",
            Request::GroupForget { .. } => "group-forget",
            Request::Routes { .. } => "routes",
            Request::SyncEnd { .. } => "sync-end",
            Request::PathRemove { .. } => "path-remove",
            Request::Neighbor { .. } => "neighbor",
            Request::Drain { .. } => "drain",
            Request::ReloadPrepare { .. } => "reload-prepare",
            Request::ReloadCommit => "reload-commit",
            Request::Show(_) => "show",
            Request::Subscribe => "subscribe",
            Request::Program(request) => request.word(),
            Request::Barrier { .. } => "barrier",
        }
    }
}

/// Who connects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Client {
    /// `swerve-control`: one at a time; a newer one replaces an older one.
    Control,
    /// `swervectl` or another tool.
    Operator,
}

/// One way out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Path {
    /// Unique name.
    pub name: String,
    /// Name of the interface it leaves by.
    pub interface: String,
    /// Address of the next hop on that interface.
    pub next_hop: IpAddr,
    /// The BFD session that watches it.
    pub bfd: Option<Bfd>,
    /// How long a path must be well before traffic returns, in nanoseconds: the first time, and at most.
    pub wait_to_restore_ns: (u64, u64),
}

/// Parameters of a single-hop BFD session (RFC 5880 6.8.1). Intervals in microseconds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bfd {
    /// Source address; the interface's own in the next hop's subnet when not given.
    pub local: Option<IpAddr>,
    pub desired_min_tx_us: u32,
    pub required_min_rx_us: u32,
    pub detect_multiplier: u8,
}

/// What a prefix points to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Group {
    /// Weighted primary paths, then sets of backups in order of preference.
    Paths { primaries: Vec<(LocalId, u16)>, backups: Vec<Vec<LocalId>> },
    /// Dropped without an answer.
    Blackhole,
    /// Dropped with ICMP destination unreachable.
    Unreachable,
    /// Dropped with ICMP "administratively prohibited".
    Prohibit,
}

/// One prefix; `group` is `None` for a withdrawal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RouteUpdate {
    pub prefix: IpNet,
    pub group: Option<LocalId>,
}

/// What to show.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Query {
    Version,
    Ports,
    Interfaces,
    Paths,
    Groups,
    /// Routes of one VRF (`None`: the default one) from `after` on in table order, at most `limit`; with `within`, those inside it and those that cover it.
    Routes {
        vrf: Option<String>,
        within: Option<IpNet>,
        after: Option<IpNet>,
        limit: u32,
    },
    /// The one route of a VRF that forwards packets to this address.
    Lookup {
        vrf: Option<String>,
        address: IpAddr,
    },
    Neighbors,
    /// What FRR's bfdd asks for.
    Bfdd,
}

/// From the switch to a client.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// Answer to [`Request::Hello`].
    Welcome { version: u32, build: String, stats: String },
    /// Answer to [`Request::Barrier`].
    Done { token: u64 },
    /// Answer to a request that the switch understood and carried out.
    Ok,
    /// Answer to [`Request::ReloadPrepare`]: what would change, and what cannot change while running.
    Prepared { changes: Vec<String>, left: Vec<String> },
    /// A request was refused; nothing of it was applied, unless `why` says how much. `request` is the name of its variant in
    /// kebab case: `reload-prepare`.
    Refused { request: String, why: String },
    /// Answer to [`Request::Show`].
    Rows(show::Rows),
    /// See [`Request::Subscribe`].
    Event(Event),
    /// Answer to [`Request::Program`].
    Program(program::Reply),
    /// See [`program::Request::Follow`].
    Told(events::Event),
}

/// What happened in the switch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Event {
    /// A path changed; `causes` is empty when it is live.
    PathState { path: String, causes: Vec<String> },
    /// Packets arrive for this address on a connected network and nobody knows its neighbor.
    Unresolved { interface: String, address: IpAddr },
    /// A port's link changed.
    Link { port: String, up: bool },
}
