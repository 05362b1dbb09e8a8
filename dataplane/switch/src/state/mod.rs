//! What the switch is to do, kept by the main thread: the one writer of the tables, and everything that says when a
//! path may be used. Workers repair without it; it follows, tells, and puts back.

mod bfdd;
mod frame;
mod neighbor;
mod path;
mod protect;
#[cfg(test)]
mod protect_tests;
mod route;
mod session;
mod show;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vrf_tests;

use crate::worker::messages::Command;
use crate::worker::view::Interfaces;
use crate::worker::{Clock, Shared};
use api::switch::Event;
use api::{Mac, Source};
use fib::{GroupId, PathId, Prefix, Sweep, Writer};
use ipnet::IpNet;
use neighbor::NeighborState;
pub use path::PathState;
use process::Limiter;
use session::SessionState;
use stats::FailoverId;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// Source numbers in the tables beyond those of [`Source`].
mod origin {
    /// Our own addresses.
    pub(super) const LOCAL: u8 = 63;
    /// Connected networks.
    pub(super) const CONNECTED: u8 = 62;
    /// Resolved neighbors on them.
    pub(super) const NEIGHBOR: u8 = 61;
}

/// A request was refused; nothing of it was applied, unless it says how much.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("there is no interface {0}")]
    NoInterface(String),
    #[error("there is no VRF {name}; there is {known}")]
    NoVrf { name: String, known: String },
    #[error("there is no path {0}")]
    NoPath(String),
    #[error("this connection has not named path {0}")]
    UnknownPathId(u32),
    #[error("this connection has not named group {0}")]
    UnknownGroupId(u32),
    #[error("{next_hop} is on no network of interface {interface}")]
    NotConnected { next_hop: IpAddr, interface: String },
    #[error("{0} is one of the switch's own addresses")]
    OwnAddress(IpNet),
    #[error("path {path}: BFD: {why}")]
    Bfd { path: String, why: String },
    #[error("{0} BFD sessions are in use, which is all there are")]
    SessionsFull(usize),
    #[error("no reload was prepared on this connection")]
    NothingPrepared,
    #[error("{0}")]
    Config(String),
    #[error(transparent)]
    Program(#[from] crate::program::ProgramError),
    #[error("the table of {table} is full: `{table_key}` = {limit} in [tables]; nothing of this was applied", table_key = .table.key())]
    Full { table: Table, limit: usize },
    #[error("{applied} of {of} updates applied, then: {error}")]
    Routes { applied: usize, of: usize, error: fib::FibError },
    #[error(transparent)]
    Table(#[from] fib::FibError),
}

impl Refusal {
    /// The table that has no room, if that is why.
    pub fn full_table(&self) -> Option<&'static str> {
        match self {
            Refusal::Full { table, .. } => Some(table.word()),
            Refusal::Table(fib::FibError::TableFull { table, .. })
            | Refusal::Routes { error: fib::FibError::TableFull { table, .. }, .. } => Some(table),
            _ => None,
        }
    }
}

/// A table whose size the operator sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    RoutesV4,
    RoutesV6,
    Paths,
}

impl Table {
    fn word(self) -> &'static str {
        match self {
            Table::RoutesV4 => "IPv4 routes",
            Table::RoutesV6 => "IPv6 routes",
            Table::Paths => "paths",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Table::RoutesV4 => "routes_v4",
            Table::RoutesV6 => "routes_v6",
            Table::Paths => "paths",
        }
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// What the sources may give, and how many hosts on connected networks may have a route of their own. Our own
/// addresses and networks come on top.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    pub routes_v4: usize,
    pub routes_v6: usize,
    pub paths: usize,
    pub hosts: usize,
}

/// What an interface is called and how its frames begin.
#[derive(Debug, Clone)]
pub struct InterfaceInfo {
    pub name: String,
    pub mac: Mac,
    /// Of its mirror in the kernel.
    pub mirror: String,
    /// The kernel's number for it, in the namespace where it lives.
    pub mirror_index: Option<u32>,
}

/// A port as far as paths depend on it.
#[derive(Debug, Clone)]
pub struct PortState {
    pub name: String,
    pub up: bool,
    pub since_ns: u64,
}

/// Work for others that a change brings about; the main loop carries it out.
#[derive(Debug)]
pub enum Effect {
    Worker(usize, Command),
    Tell(Event),
    /// bfdd hears of it, if it is there.
    Bfdd(bfddp::Message),
}

/// Groups and paths that a connection has named.
#[derive(Debug, Default)]
pub struct Names {
    paths: HashMap<u32, PathId>,
    groups: HashMap<u32, GroupId>,
}

/// Everything.
pub struct State {
    writer: Writer,
    shared: Arc<Shared>,
    clock: Clock,
    workers: usize,
    pub interfaces: Arc<Interfaces>,
    pub infos: Vec<InterfaceInfo>,
    pub ports: Vec<PortState>,
    /// Names of VRFs beside the default one, by their number less one.
    vrfs: Vec<String>,
    paths: HashMap<String, PathState>,
    /// Names by [`PathId`], for named paths.
    path_names: HashMap<PathId, String>,
    /// Grows with each path that comes or goes.
    paths_told: u64,
    neighbors: HashMap<(u16, IpAddr), NeighborState>,
    /// Connected networks and own addresses: what is there when no source says anything else.
    connected: HashMap<Prefix, GroupId>,
    local: HashMap<Prefix, GroupId>,
    sessions: Vec<Option<SessionState>>,
    /// Indices by what tells sessions apart.
    session_by: HashMap<session::Key, u16>,
    /// Sessions whose peers are told that they end.
    leaving: Vec<u16>,
    /// By the peer's interface and address.
    held: BTreeMap<(u16, IpAddr), session::Held>,
    asks: bfdd::Asks,
    next_discriminator: u32,
    sweeps: VecDeque<(Source, Sweep)>,
    stale_paths: HashMap<Source, BTreeSet<String>>,
    /// Paths whose last group has not gone yet.
    doomed: Vec<PathId>,
    stale_drains: BTreeSet<String>,
    capacity: Capacity,
    /// Hosts that have a route of their own.
    hosts: usize,
    swallowed: Vec<Swallowed>,
    /// How often something was refused for want of room, by table.
    full: BTreeMap<&'static str, u64>,
    /// Lines of the log, by what they are about.
    lines: Limiter<(&'static str, String)>,
    pub effects: Vec<Effect>,
}

/// What the state is made from.
pub struct StateParts {
    pub writer: Writer,
    pub shared: Arc<Shared>,
    pub clock: Clock,
    pub workers: usize,
    pub sessions: usize,
    pub capacity: Capacity,
    pub interfaces: Arc<Interfaces>,
    pub infos: Vec<InterfaceInfo>,
    pub ports: Vec<PortState>,
    /// Names of VRFs beside the default one, in the order of the configuration.
    pub vrfs: Vec<String>,
}

/// A failover whose packets into the dead path are to be counted once no worker sends any more.
#[derive(Debug)]
struct Swallowed {
    failover: FailoverId,
    path: PathId,
    sent_when_heard: u64,
    due_ns: u64,
}

/// Prefixes that a sweep looks at in one pass of the main loop.
const SWEEP_STEP: usize = 4096;

impl State {
    /// `infos` and `ports` in the order of the configuration; `sessions` is the most that there can be.
    pub fn new(parts: StateParts) -> Result<State, Refusal> {
        let StateParts { writer, shared, clock, workers, sessions, capacity, interfaces, infos, ports, vrfs } =
            parts;
        let mut state = State {
            writer,
            shared,
            clock,
            workers,
            interfaces,
            infos,
            ports,
            vrfs,
            paths: HashMap::new(),
            path_names: HashMap::new(),
            paths_told: 1,
            neighbors: HashMap::new(),
            connected: HashMap::new(),
            local: HashMap::new(),
            sessions: vec![None; sessions],
            session_by: HashMap::new(),
            leaving: Vec::new(),
            held: BTreeMap::new(),
            asks: bfdd::Asks::default(),
            // Unlike what a peer remembers of an earlier run: it is told apart at once.
            next_discriminator: std::process::id().wrapping_mul(0x9e37_79b9) | 1,
            sweeps: VecDeque::new(),
            stale_paths: HashMap::new(),
            doomed: Vec::new(),
            stale_drains: BTreeSet::new(),
            capacity,
            hosts: 0,
            swallowed: Vec::new(),
            full: BTreeMap::new(),
            lines: Limiter::default(),
            effects: Vec::new(),
        };
        state.connect()?;
        Ok(state)
    }

    fn interface(&self, name: &str) -> Result<u16, Refusal> {
        let found = self.infos.iter().position(|info| info.name == name);
        found.map(|index| index as u16).ok_or_else(|| Refusal::NoInterface(name.to_owned()))
    }

    /// The number of a VRF; `None` names the default one.
    pub fn vrf(&self, name: Option<&str>) -> Result<u16, Refusal> {
        let Some(name) = name else { return Ok(0) };
        let found = self.vrfs.iter().position(|vrf| vrf == name);
        found.map(|index| index as u16 + 1).ok_or_else(|| {
            let all = std::iter::once("default").chain(self.vrfs.iter().map(String::as_str));
            Refusal::NoVrf { name: name.to_owned(), known: all.collect::<Vec<_>>().join(", ") }
        })
    }

    /// Once per pass of the main loop: restores what has waited long enough, sweeps on, frees what can be freed.
    pub fn tick(&mut self) {
        self.lift_due();
        self.restore_due();
        self.leave_on();
        self.bfdd_tick();
        self.record_swallowed();
        self.sweep_on();
        self.bury();
        self.writer.reclaim();
    }

    /// Whether there is work that should not wait for the next event.
    pub fn busy(&self) -> bool {
        !self.sweeps.is_empty()
    }

    pub fn sync_begin(&mut self, source: Source) -> Result<(), Refusal> {
        self.sweeps.retain(|(of, _)| *of != source);
        self.writer.sweep_start(source.index())?;
        let paths = self.paths.values().filter(|path| path.source == source);
        let stale = paths.map(|path| path.spec.name.clone()).collect();
        self.stale_paths.insert(source, stale);
        if source == Source::Operator {
            let drained = self.paths.values().filter(|path| path.drained);
            self.stale_drains = drained.map(|path| path.spec.name.clone()).collect();
        }
        Ok(())
    }

    pub fn sync_end(&mut self, source: Source) {
        self.sweeps.push_back((source, self.writer.sweep(source.index())));
        if source == Source::Operator {
            for name in std::mem::take(&mut self.stale_drains) {
                // Named a moment ago; a path that went since needs no undraining.
                let _ = self.drain(&name, false);
            }
        }
    }

    fn sweep_on(&mut self) {
        let Some((source, sweep)) = self.sweeps.front_mut() else { return };
        let source = *source;
        self.writer.sweep_step(sweep, SWEEP_STEP);
        if !self.writer.sweep_done(sweep) {
            return;
        }
        self.sweeps.pop_front();
        for name in self.stale_paths.remove(&source).unwrap_or_default() {
            self.path_remove(&name);
        }
    }

    /// Frees paths that no group names any more.
    fn bury(&mut self) {
        let writer = &mut self.writer;
        self.doomed.retain(|path| writer.path_remove(*path).is_err());
    }

    /// How many lines of this kind about `subject` were left out before, if one may be written now: what flaps must
    /// not fill the log.
    pub fn may_say(&mut self, kind: &'static str, subject: &str) -> Option<u32> {
        self.lines.admit((kind, subject.to_owned()), Instant::now())
    }

    /// Counts what was refused for want of room.
    pub fn count_full(&mut self, table: &'static str) {
        *self.full.entry(table).or_default() += 1;
    }

    pub fn full_counts(&self) -> Vec<(String, u64)> {
        self.full.iter().map(|(table, count)| ((*table).to_owned(), *count)).collect()
    }

    fn tell(&mut self, event: Event) {
        self.effects.push(Effect::Tell(event));
    }

    pub fn group_count(&self) -> u64 {
        self.writer.group_ids().count() as u64
    }

    pub fn table_bytes(&self) -> u64 {
        self.writer.memory().total() as u64
    }

    pub fn route_counts(&self) -> (u64, u64) {
        let (v4, v6) = self.writer.route_counts();
        (v4 as u64, v6 as u64)
    }
}
