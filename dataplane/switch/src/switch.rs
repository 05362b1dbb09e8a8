//! The main thread: control socket, mirrors, link state, and what follows from them. Workers need none of it to
//! forward, to detect and to repair.

mod events;
mod follow;
mod program;
mod show;
mod trace;

use crate::bfdd::Bfdd;
use crate::kernel::guard;
use crate::kernel::mirror::{Mirror, MirrorSpec};
use crate::kernel::netlink::{LinkWatch, Netlink};
use crate::ports::PortHandle;
use crate::program::Loaded;
use crate::reload;
use crate::server::{Server, Work};
use crate::state::{Effect, Refusal, State};
use crate::worker::messages::{Command, Inject, MainRings, Notice};
use crate::worker::{Clock, Shared};
use api::switch::{Event, Reply, Request};
use config::{Config, LinkSource};
use dpdk::Mempool;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use program::Programs;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook_mio::v1_0::Signals;
use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LISTENER: Token = Token(0);
const SIGNALS: Token = Token(1);
const LINKS: Token = Token(2);
const BFDD: Token = Token(3);
const BFDD_LISTENER: Token = Token(4);
const FIRST_MIRROR: usize = 16;
const FIRST_CLIENT: usize = 1 << 16;

/// Workers have no way to wake this thread: they make no system calls. It looks this often.
const PASS: Duration = Duration::from_millis(1);
/// Devices that do not tell by netlink are asked this often.
const LINK_POLL: Duration = Duration::from_millis(10);
/// Why a link is up or down.
const KERNEL: &str = "the kernel says so";
const HEARTBEAT: Duration = Duration::from_millis(100);
/// How often it is looked whether somebody has let the kernel forward as well.
const FORWARDING: Duration = Duration::from_secs(2);
/// Frames that one mirror gives in one pass.
const MIRROR_BUDGET: usize = 64;
const PUNT_BUDGET: usize = 256;
/// How long workers get to say goodbye to their peers.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the main thread is made from.
pub struct Parts {
    pub config: Config,
    pub state: State,
    pub shared: Arc<Shared>,
    pub clock: Clock,
    pub ports: Vec<PortHandle>,
    pub mirrors: Vec<Option<Mirror>>,
    /// Kept open so that their addresses stay up; the kernel has nothing to send by them.
    pub loopbacks: Vec<Option<Mirror>>,
    pub rings: Vec<MainRings>,
    pub workers: Vec<std::thread::JoinHandle<()>>,
    pub pool: Mempool,
    pub listener: process::Listener,
    /// Directory of the configuration.
    pub directory: PathBuf,
    pub program: Loaded,
}

/// The main thread.
pub struct Switch {
    config: Config,
    state: State,
    shared: Arc<Shared>,
    clock: Clock,
    ports: Vec<PortHandle>,
    mirrors: Vec<Option<Mirror>>,
    loopbacks: Vec<Option<Mirror>>,
    kernel: follow::Mirrors,
    rings: Vec<MainRings>,
    workers: Vec<std::thread::JoinHandle<()>>,
    pool: Mempool,
    started: Instant,
    frame: Vec<u8>,
    /// Mirrors that may have more to read.
    readable: BTreeSet<usize>,
    last_link_poll: Instant,
    last_heartbeat: Instant,
    last_forwarding: Instant,
    /// As last said in the log.
    kernel_forwards: bool,
    stopping: bool,
    programs: Programs,
    events: events::Events,
    bfdd: Bfdd,
}

/// Everything that the event loop waits on.
struct Io {
    poll: Poll,
    signals: Signals,
    links: LinkWatch,
    server: Server,
}

impl Switch {
    /// Runs until a signal says otherwise.
    pub fn run(parts: Parts) -> anyhow::Result<()> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
        registry.register(&mut signals, SIGNALS, Interest::READABLE)?;
        let links = LinkWatch::open()?;
        registry.register(&mut SourceFd(&links.as_raw_fd()), LINKS, Interest::READABLE)?;
        for (index, mirror) in parts.mirrors.iter().enumerate() {
            if let Some(mirror) = mirror {
                let token = Token(FIRST_MIRROR + index);
                registry.register(&mut SourceFd(&mirror.as_raw_fd()), token, Interest::READABLE)?;
            }
        }
        let server = Server::new(parts.listener, registry, LISTENER, FIRST_CLIENT)?;
        let bfdd = Bfdd::new(parts.config.bfdd.as_ref(), registry, [BFDD, BFDD_LISTENER])?;
        let now = Instant::now();
        let mirrors = parts.mirrors.len();
        let kernel = follow::Mirrors::open(&parts.config)?;
        let mut switch = Switch {
            config: parts.config,
            state: parts.state,
            shared: parts.shared,
            clock: parts.clock,
            ports: parts.ports,
            mirrors: parts.mirrors,
            loopbacks: parts.loopbacks,
            kernel,
            rings: parts.rings,
            workers: parts.workers,
            pool: parts.pool,
            started: now,
            frame: vec![0; 1 << 16],
            readable: (0..mirrors).collect(),
            last_link_poll: now,
            last_heartbeat: now,
            last_forwarding: now,
            kernel_forwards: false,
            stopping: false,
            programs: Programs::new(parts.directory)?,
            events: events::Events::default(),
            bfdd,
        };
        // Its workers have it already.
        switch.note(parts.program);
        let mut io = Io { poll, signals, links, server };
        switch.read_links()?;
        switch.read_kernel()?;
        while !switch.stopping {
            switch.pass(&mut io)?;
        }
        switch.farewell()
    }

    fn pass(&mut self, io: &mut Io) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(128);
        let busy = io.server.busy() || self.state.busy() || !self.readable.is_empty();
        let wait = if busy { Duration::ZERO } else { PASS };
        match io.poll.poll(&mut events, Some(wait)) {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e.into()),
            _ => {}
        }
        for event in &events {
            match event.token() {
                LISTENER => io.server.accept(io.poll.registry())?,
                SIGNALS => self.signal(&mut io.signals),
                LINKS => self.follow_links(&mut io.links)?,
                BFDD | BFDD_LISTENER => self.bfdd.event(),
                Token(n) if io.server.owns(n) => io.server.event(n),
                Token(n) => {
                    self.readable.insert(n - FIRST_MIRROR);
                }
            }
        }
        io.server.serve(io.poll.registry(), |server, work| self.work(server, work));
        self.compiled(&mut io.server);
        self.protect();
        self.trace_on(&mut io.server);
        self.read_mirrors();
        self.read_workers();
        self.bfdd.serve(&mut self.state);
        self.tell_of_programs(&mut io.server);
        self.poll_links();
        self.follow_mirrors();
        self.state.tick();
        self.carry_out(&mut io.server);
        self.bfdd.flush(&mut self.state);
        self.heartbeat();
        self.check_workers()
    }

    fn signal(&mut self, signals: &mut Signals) {
        for signal in signals.pending() {
            if signal == SIGHUP {
                tracing::info!(
                    "SIGHUP: the configuration is reloaded by swerve-control, which got one too or gets it by `swervectl reload`"
                );
            } else {
                self.stopping = true;
            }
        }
    }

    fn work(&mut self, server: &mut Server, work: Work) {
        match work {
            Work::Gone(token, names) => {
                self.state.forget(names);
                self.programs.unstage(token);
            }
            Work::Request(token, request) => {
                let word = request.word();
                match self.request(server, token, *request) {
                    Ok(Some(reply)) => server.reply(token, &reply),
                    Ok(None) => {}
                    Err(refusal) => self.refuse(server, token, word, &refusal),
                }
            }
        }
    }

    fn refuse(&mut self, server: &mut Server, token: usize, word: &'static str, refusal: &Refusal) {
        if let Some(table) = refusal.full_table() {
            self.state.count_full(table);
        }
        if let Some(suppressed) = self.state.may_say("refused", word) {
            tracing::warn!(request = word, reason = %refusal, suppressed, "refused");
        }
        server.reply(token, &Reply::Refused { request: word.into(), why: refusal.to_string() });
    }

    /// Carries one request out. Pushed state is answered only when it is refused, and by the barrier.
    fn request(
        &mut self,
        server: &mut Server,
        token: usize,
        request: Request,
    ) -> Result<Option<Reply>, Refusal> {
        if self.programs.is_lent() && matches!(request, Request::Program(_) | Request::ReloadCommit) {
            self.park(server, token, request);
            return Ok(None);
        }
        let Some(client) = server.client(token) else { return Ok(None) };
        match request {
            Request::Hello { client, .. } => {
                if client == api::switch::Client::Control {
                    tracing::info!(old = "absent", new = "connected", reason = "hello", "control");
                }
                let stats = self.config.switch.stats.display().to_string();
                return Ok(Some(Reply::Welcome { version: api::VERSION, build: build(), stats }));
            }
            Request::SyncBegin { source } => self.state.sync_begin(source)?,
            Request::SyncEnd { source } => self.state.sync_end(source),
            Request::Path { id, source, path } => self.state.path_set(&mut client.names, id, source, path)?,
            Request::Group { id, group } => self.state.group_set(&mut client.names, id, &group)?,
            Request::GroupForget { id } => self.state.group_forget(&mut client.names, id)?,
            Request::Routes { source, vrf, updates } => {
                self.state.routes(&client.names, source, vrf.as_deref(), &updates)?;
            }
            Request::PathRemove { name } => {
                if !self.state.path_remove(&name) {
                    return Err(Refusal::NoPath(name));
                }
            }
            Request::Neighbor { interface, address, mac } => {
                self.state.neighbor_set(&interface, address, mac)?
            }
            Request::Drain { path, drained } => self.state.drain(&path, drained)?,
            Request::ReloadPrepare { text } => {
                let (new, plan) = reload::prepare(&self.config, &text)?;
                return self.prepare_program(server, token, new, plan);
            }
            Request::ReloadCommit => {
                let prepared = client.prepared.take().ok_or(Refusal::NothingPrepared)?;
                return self.commit(server, token, *prepared);
            }
            Request::Show(query) => return Ok(Some(Reply::Rows(self.show(server, query)?))),
            Request::Subscribe => {
                for event in self.state.present() {
                    server.reply(token, &Reply::Event(event));
                }
            }
            Request::Program(request) => return self.program_request(server, token, request),
            Request::Barrier { token: barrier } => return Ok(Some(Reply::Done { token: barrier })),
        }
        Ok(None)
    }

    /// Frames from the kernel go out of their interface's port.
    fn read_mirrors(&mut self) {
        for index in std::mem::take(&mut self.readable) {
            let Some(Some(mirror)) = self.mirrors.get(index) else { continue };
            let view = &self.state.interfaces.interfaces[index];
            let (port, vlan) = (view.port, view.vlan);
            for taken in 1..=MIRROR_BUDGET {
                // Room for the tag that the interface's VLAN puts in front of the EtherType.
                let Ok(Some(len)) = mirror.read(&mut self.frame[4..]) else { break };
                if taken == MIRROR_BUDGET {
                    // The event loop tells once; what is left is ours to remember.
                    self.readable.insert(index);
                }
                let frame = tag(&mut self.frame[..len + 4], vlan);
                // Without a free buffer the frame is lost, as in a full queue of a device.
                let Ok(mut mbuf) = self.pool.alloc() else { continue };
                if !mbuf.fill(frame) {
                    continue;
                }
                let worker = usize::from(port) % self.rings.len();
                // A full ring drops what the kernel sends too fast, as a device's queue would.
                let _ = self.rings[worker].inject.push(Inject { mbuf, port });
            }
        }
    }

    fn read_workers(&mut self) {
        for worker in 0..self.rings.len() {
            for _ in 0..PUNT_BUDGET {
                let Ok(punt) = self.rings[worker].punts.pop() else { break };
                let index = usize::from(punt.interface);
                let Some(Some(mirror)) = self.mirrors.get(index) else { continue };
                let tagged = self.state.interfaces.interfaces[index].vlan.is_some();
                let mut mbuf = punt.mbuf;
                let data = mbuf.data_mut();
                let start = if tagged && data.len() >= 18 {
                    // The mirror is the VLAN itself: its frames carry no tag.
                    data.copy_within(0..12, 4);
                    4
                } else {
                    0
                };
                if mirror.write(&data[start..]).is_err() {
                    self.shared.stats.mirror_error();
                }
            }
            while let Ok(notice) = self.rings[worker].notices.pop() {
                self.notice(notice);
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Session { slot, discriminator, event, verdicts } => {
                self.state.session_event(slot, discriminator, &event, &verdicts);
                for verdict in verdicts.iter().flatten().filter(|_| event.cause == bfd::Cause::Expired) {
                    if let Some(failover) = verdict.failover {
                        self.state.count_swallowed(failover, verdict.path, verdict.sent_when_heard);
                    }
                }
            }
            Notice::Unresolved { interface, address } => {
                let name = self.state.infos[usize::from(interface)].name.clone();
                self.state.effects.push(Effect::Tell(Event::Unresolved { interface: name, address }));
            }
            Notice::Retired(interfaces) => drop(interfaces),
            Notice::RetiredProgram(program) => self.retired(program),
            Notice::RetiredCapture(capture) => drop(capture),
        }
    }

    fn carry_out(&mut self, server: &mut Server) {
        let mut later = Vec::new();
        for effect in std::mem::take(&mut self.state.effects) {
            match effect {
                Effect::Tell(event) => server.tell(&event),
                Effect::Bfdd(message) => self.bfdd.send(&message),
                Effect::Worker(worker, command) => {
                    // Order matters to each worker: once one has to wait, all behind it do.
                    let waits = later.iter().any(|e| matches!(e, Effect::Worker(w, _) if *w == worker));
                    if waits {
                        later.push(Effect::Worker(worker, command));
                    } else if let Err(rtrb::PushError::Full(command)) =
                        self.rings[worker].commands.push(command)
                    {
                        later.push(Effect::Worker(worker, command));
                    }
                }
            }
        }
        self.state.effects = later;
    }

    /// The kernel's word on the carrier of ports whose devices do not follow it.
    fn read_links(&mut self) -> io::Result<()> {
        let links = Netlink::open()?.links()?;
        for port in 0..self.ports.len() {
            if let Some(interface) = &self.ports[port].carrier_of {
                let up = links.iter().any(|link| link.name == *interface && link.running);
                self.state.link(port, up, KERNEL);
            }
        }
        Ok(())
    }

    fn follow_links(&mut self, watch: &mut LinkWatch) -> io::Result<()> {
        match watch.poll() {
            Ok(changes) => {
                for change in changes {
                    let of = |port: &PortHandle| port.carrier_of.as_deref() == Some(change.name.as_str());
                    if let Some(port) = self.ports.iter().position(of) {
                        self.state.link(port, change.running, KERNEL);
                    }
                }
                Ok(())
            }
            // Changes were lost, or could not be understood: what is true now can be read.
            Err(_) => self.read_links(),
        }
    }

    fn poll_links(&mut self) {
        if self.last_link_poll.elapsed() < LINK_POLL {
            return;
        }
        self.last_link_poll = Instant::now();
        for port in 0..self.ports.len() {
            let handle = &self.ports[port];
            if handle.carrier_of.is_none() && handle.link != LinkSource::Always {
                // A device that does not answer now is asked again in a moment.
                if let Ok(link) = handle.port.link() {
                    self.state.link(port, link.up, "the device says so");
                }
            }
        }
    }

    fn heartbeat(&mut self) {
        if self.last_heartbeat.elapsed() >= HEARTBEAT {
            self.last_heartbeat = Instant::now();
            self.shared.stats.heartbeat(self.clock.now_ns());
            self.sweep_protections();
        }
        if self.last_forwarding.elapsed() >= FORWARDING {
            self.last_forwarding = Instant::now();
            self.watch_forwarding();
        }
    }

    /// A switch that runs goes on beside a kernel that forwards: to stop would lose all packets and not some.
    fn watch_forwarding(&mut self) {
        let found = guard::check_forwarding();
        match &found {
            Err(reason) if !self.kernel_forwards => tracing::error!(%reason, "kernel forwarding"),
            Ok(()) if self.kernel_forwards => tracing::info!("the kernel does not forward any more"),
            _ => {}
        }
        self.kernel_forwards = found.is_err();
    }

    /// A worker that is gone takes its queues with it: better to stop, and be started again.
    fn check_workers(&self) -> anyhow::Result<()> {
        match self.workers.iter().position(std::thread::JoinHandle::is_finished) {
            Some(worker) => anyhow::bail!("worker {worker} has stopped by itself"),
            None => Ok(()),
        }
    }

    /// Applies a validated configuration: addresses, MTUs and policing. Paths and routes come from control.
    fn reload(&mut self, config: Config) -> Result<(), Refusal> {
        let macs: Vec<_> = self.ports.iter().map(|port| port.mac).collect();
        for (index, spec) in reload::mirrors(&config, &self.state.infos).into_iter().enumerate() {
            update_mirror(self.mirrors.get(index), spec);
        }
        for (index, spec) in reload::loopback_mirrors(&config, &macs).into_iter().enumerate() {
            update_mirror(self.loopbacks.get(index), spec);
        }
        self.reread_kernel();
        self.apply_interfaces(&config)?;
        wire::flow::choose(reload::flow_fields(&config.hash));
        self.config = config;
        tracing::info!("configuration reloaded");
        Ok(())
    }

    /// Peers are told that we go on purpose before anything stops.
    fn farewell(mut self) -> anyhow::Result<()> {
        tracing::info!("stopping: peers are told AdminDown");
        for rings in &mut self.rings {
            let deadline = Instant::now() + FAREWELL;
            while rings.commands.push(Command::Stop).is_err() && Instant::now() < deadline {
                std::thread::yield_now();
            }
        }
        for (number, worker) in self.workers.drain(..).enumerate() {
            if worker.join().is_err() {
                tracing::error!(worker = number, "worker panicked");
            }
        }
        // Packets in the rings belong to the pool, which must outlive them.
        self.rings.clear();
        for port in &mut self.ports {
            if let Err(error) = port.port.stop() {
                tracing::warn!(port = port.name, %error, "port not stopped");
            }
        }
        Ok(())
    }
}

fn update_mirror(mirror: Option<&Option<Mirror>>, spec: Option<MirrorSpec>) {
    let (Some(Some(mirror)), Some(spec)) = (mirror, spec) else { return };
    if let Err(error) = mirror.update(&spec) {
        // The packet path has the new addresses; the kernel's view is repaired at the next reload or restart.
        tracing::error!(%error, "mirror not updated");
    }
}

/// Puts the VLAN's tag in. `frame` has 4 free bytes in front.
fn tag(frame: &mut [u8], vlan: Option<u16>) -> &[u8] {
    let Some(vlan) = vlan else { return &frame[4..] };
    if frame.len() < 16 {
        return &frame[4..];
    }
    frame.copy_within(4..16, 0);
    frame[12..14].copy_from_slice(&0x8100u16.to_be_bytes());
    frame[14..16].copy_from_slice(&vlan.to_be_bytes());
    frame
}

pub fn build() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
