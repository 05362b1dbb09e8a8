//! The switch under test: the real program with a configuration made for the measurement, and its peers.
//!
//! Port 0 makes the frames. Every other port takes test frames out of what it sends and checks them; behind those
//! that have peers is a net_memif to the peer process, behind the others nothing.

use crate::client::Client;
use crate::machine::{OTHER_CORE, WORKER_CORE};
use crate::peer::{self, Peer};
use crate::process::{Process, wait_for};
use crate::table::{Route, own_address};
use anyhow::{Context, Result, bail};
use api::switch::{Bfd, Group, Path as PathSpec, Request};
use api::{Mac, Source};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use stats::Reader;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;
use tempfile::TempDir;

/// For the switch to start, with DPDK's memory and the file of destinations.
const START: Duration = Duration::from_secs(20);
const STOP: Duration = Duration::from_secs(5);
/// Of DPDK's files in the switch.
pub const FILE_PREFIX: &str = "swerve-bench";
/// Packet memory, in MiB.
const MEMORY: u32 = 160;
/// The first of the peers' addresses on each network.
const FIRST_PEER: u16 = 256;

/// One way out.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    /// 1 and up.
    pub port: u16,
    /// Watched by a BFD session.
    pub watched: bool,
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    pub v6: bool,
    /// Ports 1 to this lead out.
    pub ports: u16,
    /// Ports 1 to this have peers.
    pub peered: u16,
    pub paths: Vec<Out>,
    /// Primary and backup, as indices of `paths`.
    pub groups: Vec<(u32, u32)>,
    pub routes: &'a [Route],
    /// Records of addresses and ports for the generator.
    pub destinations: &'a [u8],
    /// Frames a second; as many as fit when `None`.
    pub rate: Option<u64>,
    pub interval_us: u32,
    pub multiplier: u8,
    /// The session of the first path does as it is told.
    pub scripted: bool,
}

impl Plan<'_> {
    fn next_hop(&self, path: usize) -> IpAddr {
        own_address(usize::from(self.paths[path].port), FIRST_PEER + path as u16, self.v6)
    }

    fn watched(&self) -> usize {
        self.paths.iter().filter(|path| path.watched).count()
    }
}

/// How the switch is started.
#[derive(Debug, Clone)]
pub struct Settings {
    pub program: PathBuf,
    pub hugepages: bool,
}

/// A switch that runs, with its tables and its peers.
#[derive(Debug)]
pub struct Switch {
    // The order matters: the switch ends before the memory that it shares with its peers goes.
    process: Process,
    pub peer: Option<Peer>,
    pub client: Client,
    pub reader: Reader,
    directory: Rc<TempDir>,
    /// Bytes of the tables before there was a route of ours.
    pub empty_bytes: u64,
}

impl Switch {
    /// Starts it and waits until every session is Up and every path carries traffic.
    pub fn start(settings: &Settings, plan: &Plan<'_>) -> Result<Switch> {
        // In memory, as /run is: the pages of a file on a disk are taken from the switch whenever they are written
        // back, which costs its worker microseconds at any moment.
        let (in_memory, other) = (Path::new("/dev/shm"), std::env::temp_dir());
        let parent = if in_memory.is_dir() { in_memory } else { &other };
        let directory = Rc::new(tempfile::Builder::new().prefix("swerve-bench-").tempdir_in(parent)?);
        let log = directory.path().join("log");
        Self::start_in(settings, plan, Rc::clone(&directory)).with_context(|| {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(12).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            format!("the switch said last:\n{}", tail.join("\n"))
        })
    }

    fn start_in(settings: &Settings, plan: &Plan<'_>, directory: Rc<TempDir>) -> Result<Switch> {
        let name = directory.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let peer = (plan.peered > 0).then(|| Peer::start(&peers(plan, &name))).transpose()?;
        let destinations = directory.path().join("destinations");
        std::fs::write(&destinations, plan.destinations)?;
        let config = directory.path().join("swerve.toml");
        std::fs::write(&config, configuration(settings, plan, directory.path(), &name)?)?;
        let log = std::fs::File::create(directory.path().join("log"))?;
        let mut process = Process::spawn("swerve-switch", settings.program.as_os_str(), |command| {
            command.arg("--config").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        })?;
        let socket = directory.path().join("switch.sock");
        let mut client = wait_for("the switch to listen", Duration::from_millis(10), START, || {
            process.check()?;
            // Until the worker runs, the socket is there and nobody answers: connecting waits for that.
            if socket.exists() { Client::connect(&socket).map(Some).or(Ok(None)) } else { Ok(None) }
        })?;
        let reader = Reader::open(&directory.path().join("stats"))?;
        client.barrier()?;
        let empty_bytes = client.status()?.table_bytes;
        let mut switch = Switch { process, peer, client, reader, directory, empty_bytes };
        switch.push(plan)?;
        switch.come_up(plan)?;
        Ok(switch)
    }

    /// Everything that control would push: neighbors, paths, groups, routes.
    fn push(&mut self, plan: &Plan<'_>) -> Result<()> {
        let source = Source::Static;
        self.client.send(&Request::SyncBegin { source })?;
        for (index, path) in plan.paths.iter().enumerate() {
            let (interface, next_hop) = (format!("if{}", path.port), plan.next_hop(index));
            let mac = Some(peer::peer_mac(path.port - 1));
            self.client.send(&Request::Neighbor { interface: interface.clone(), address: next_hop, mac })?;
            let bfd = path.watched.then_some(Bfd {
                local: None,
                desired_min_tx_us: plan.interval_us,
                required_min_rx_us: plan.interval_us,
                detect_multiplier: plan.multiplier,
            });
            let path = PathSpec {
                name: format!("path{index}"),
                interface,
                next_hop,
                bfd,
                wait_to_restore_ns: (0, 0),
            };
            self.client.send(&Request::Path { id: index as u32, source, path })?;
        }
        for (id, (primary, backup)) in plan.groups.iter().enumerate() {
            let group = Group::Paths { primaries: vec![(*primary, 1)], backups: vec![vec![*backup]] };
            self.client.send(&Request::Group { id: id as u32, group })?;
        }
        self.client.add(plan.routes)?;
        self.client.send(&Request::SyncEnd { source })?;
        self.client.barrier()
    }

    fn come_up(&mut self, plan: &Plan<'_>) -> Result<()> {
        if let Some(peer) = &mut self.peer {
            if plan.scripted {
                // The switch must have spoken first.
                peer.wait("the first BFD packet", |status| status.received > 0)?;
                peer.order(peer::Order::Recover)?;
            }
            let wanted = plan.watched();
            peer.wait("all BFD sessions to be Up", |status| status.up == wanted)?;
        }
        let (client, process) = (&mut self.client, &mut self.process);
        wait_for("all paths to be live", Duration::from_millis(20), START, || {
            process.check()?;
            Ok(client.paths()?.iter().all(|path| path.live).then_some(()))
        })
    }

    /// Resident memory of the process, in bytes, without huge pages.
    pub fn resident(&self) -> Result<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.split_whitespace().next().context("no VmRSS")?.parse()?;
        Ok(kib * 1024)
    }

    pub fn check(&mut self) -> Result<()> {
        self.process.check()
    }

    /// Reads while nothing moves: the process is stopped for a moment, far below any detection time.
    pub fn stand_still<T>(&self, read: impl FnOnce(&Reader) -> Result<T>) -> Result<T> {
        let process = Pid::from_raw(self.process.child.id() as i32);
        kill(process, Signal::SIGSTOP)?;
        std::thread::sleep(Duration::from_millis(2));
        let answer = read(&self.reader);
        kill(process, Signal::SIGCONT)?;
        answer
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Ends it in order, and its peers after it.
    pub fn stop(mut self) -> Result<()> {
        self.process.check()?;
        if let Some(peer) = &mut self.peer {
            peer.quiet()?;
        }
        let status = self.process.stop(STOP)?;
        if let Some(peer) = &mut self.peer {
            peer.kill();
        }
        if !status.success() {
            bail!("the switch ended with {status}: {}", self.log());
        }
        Ok(())
    }
}

fn peers(plan: &Plan<'_>, name: &str) -> peer::Spec {
    let watched = plan.paths.iter().enumerate().filter(|(_, path)| path.watched);
    let session = |(index, path): (usize, &Out)| peer::Session {
        port: path.port - 1,
        local: plan.next_hop(index),
        remote: own_address(usize::from(path.port), 1, plan.v6),
    };
    peer::Spec {
        socket: name.to_owned(),
        ports: plan.peered,
        interval_us: plan.interval_us,
        multiplier: plan.multiplier,
        sessions: watched.map(session).collect(),
        scripted: plan.scripted,
    }
}

fn configuration(settings: &Settings, plan: &Plan<'_>, directory: &Path, name: &str) -> Result<String> {
    let at = |file: &str| directory.join(file).display().to_string();
    let huge = if settings.hugepages { "yes" } else { "no" };
    let paths = plan.paths.len().max(1024);
    let (routes_v4, routes_v6) = if plan.v6 { (1, plan.routes.len()) } else { (plan.routes.len(), 1) };
    let source = own_address(255, 9, plan.v6);
    let mut text = format!(
        "[switch]\nsocket = \"{}\"\nstats = \"{}\"\n\
         [switch.dpdk]\nhugepages = \"{huge}\"\nmemory = {MEMORY}\nfile_prefix = \"{FILE_PREFIX}\"\nmain_core = {OTHER_CORE}\n\
         [workers]\ncores = [{WORKER_CORE}]\nidle = \"poll\"\n\
         [log]\nlevel = \"warn\"\n\
         [tables]\nroutes_v4 = {}\nroutes_v6 = {}\npaths = {paths}\n",
        at("switch.sock"),
        at("stats"),
        routes_v4 + 1000,
        routes_v6 + 1000,
    );
    let rate = plan.rate.map_or("\"max\"".to_owned(), |rate| rate.to_string());
    let bits = if plan.v6 { 64 } else { 16 };
    for port in 0..=plan.ports {
        let device = if (1..=plan.peered).contains(&port) {
            peer::device(port - 1, "client", name, peer::switch_mac(port - 1))
        } else {
            format!("net_null{port},no-rx=1")
        };
        let mac = if (1..=plan.peered).contains(&port) {
            String::new()
        } else {
            format!("mac = \"{}\"\n", Mac([2, 0, 0, 0, 0x52, port as u8]))
        };
        let traffic = if port == 0 {
            format!("destinations = \"{}\"\nrate = {rate}\nsink = false\n", at("destinations"))
        } else {
            "sink = true\n".to_owned()
        };
        write!(
            text,
            "[[port]]\nname = \"port{port}\"\nvdev = \"{device}\"\nrx_descriptors = {ring}\n{mac}\
             [port.generator]\nsource = \"{source}\"\n{traffic}\
             [[interface]]\nname = \"if{port}\"\nport = \"port{port}\"\naddresses = [\"{address}/{bits}\"]\nmirror = false\n",
            ring = 1u32 << peer::RING_BITS,
            address = own_address(usize::from(port), 1, plan.v6),
        )?;
    }
    Ok(text)
}
