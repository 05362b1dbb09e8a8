//! A worker: one pinned thread, its queues, and the loop. What a worker writes, nobody else writes.
//!
//! Not in here: locks, allocation, logging, system calls (but sleeping, where the operator asked for it).

pub mod arrival;
pub mod bucket;
#[cfg(test)]
mod by_hand;
#[cfg(test)]
mod by_hand_tests;
pub mod capture;
pub mod events;
pub mod generator;
pub mod horizon;
pub mod icmp;
pub mod local;
pub mod messages;
pub mod program;
#[cfg(test)]
mod program_tests;
pub mod repairs;
pub mod seek;
pub mod sessions;
pub mod shared;
pub mod slow;
pub mod transmit;
pub mod vector;
pub mod view;

use arrival::Meta;
use capture::Capture;
use config::Idle;
use dpdk::tsc::rdtsc;
use dpdk::{Burst, Mbuf, RxQueue};
use fib::WorkerEpoch;
use generator::Source;
use horizon::QueueHorizon;
use local::{LocalStep, Surroundings};
use messages::{Command, FROM_CONTROLLER, Notice, WorkerRings};
use program::{Program, Sides};
use repairs::FirstRepairs;
use sessions::{Outlets, Sessions};
pub use shared::{Clock, Shared, Stage};
use stats::WorkerStats;
use std::sync::Arc;
use std::time::Duration;
use transmit::Transmit;
use vector::Vector;
use view::Interfaces;

/// Packets a turn takes from each of the slow rings, so that none of them can hold up the others.
const RING_BUDGET: usize = 64;
/// Turns without a packet before a worker that may sleep does.
const IDLE_TURNS: u32 = 256;
/// The longest sleep: what a packet that arrives meanwhile waits at most.
const NAP_NS: u64 = 50_000;
/// One session's details in the stats segment are renewed this often: a thousand take a tenth of a second.
const PUBLISH_NS: u64 = 100_000;

/// A receive queue that this worker owns.
#[derive(Debug)]
pub struct RxPoint {
    pub port: u16,
    pub queue: RxQueue,
    pub horizon: QueueHorizon,
    pub generator: Option<Source>,
}

/// What a worker is made from.
pub struct WorkerParts {
    pub id: usize,
    pub shared: Arc<Shared>,
    pub clock: Clock,
    pub rx: Vec<RxPoint>,
    pub transmit: Transmit,
    pub epoch: WorkerEpoch,
    pub rings: WorkerRings,
    pub interfaces: Arc<Interfaces>,
    pub idle: Idle,
    /// Packets of one pass.
    pub vector: usize,
    pub sessions: usize,
    pub paths: usize,
    pub program: Box<Program>,
}

/// One worker.
pub struct Worker {
    id: usize,
    shared: Arc<Shared>,
    clock: Clock,
    rx: Vec<RxPoint>,
    burst: Box<Burst>,
    freed: Box<Burst>,
    vector: Box<Vector>,
    limit: usize,
    transmit: Transmit,
    epoch: WorkerEpoch,
    rings: WorkerRings,
    interfaces: Arc<Interfaces>,
    sessions: Sessions,
    local: LocalStep,
    repairs: FirstRepairs,
    idle: Idle,
    idle_turns: u32,
    last_turn_ns: u64,
    published_ns: u64,
    stopping: bool,
    program: Box<Program>,
    /// While somebody looks at packets.
    capture: Option<Box<Capture>>,
}

impl Worker {
    pub fn new(parts: WorkerParts) -> Worker {
        let now_ns = parts.clock.now_ns();
        let workers = parts.rings.handover_to.len();
        Worker {
            sessions: Sessions::new(parts.sessions, parts.id, workers, now_ns),
            local: LocalStep::new(&parts.interfaces, workers),
            repairs: FirstRepairs::new(parts.paths),
            burst: Box::new(Burst::new()),
            freed: Box::new(Burst::new()),
            vector: Vector::new(),
            limit: parts.vector,
            idle_turns: 0,
            last_turn_ns: now_ns,
            published_ns: 0,
            stopping: false,
            program: parts.program,
            capture: None,
            id: parts.id,
            shared: parts.shared,
            clock: parts.clock,
            rx: parts.rx,
            transmit: parts.transmit,
            epoch: parts.epoch,
            rings: parts.rings,
            interfaces: parts.interfaces,
            idle: parts.idle,
        }
    }

    /// Runs until it is told to stop.
    pub fn run(mut self) {
        while !self.stopping {
            let packets = self.turn();
            self.rest(packets);
        }
        // What a verdict of the last turn held back.
        self.transmit.flush(|| {});
    }

    /// Inhale, think, exhale, tick.
    fn turn(&mut self) -> usize {
        let now_ns = self.clock.now_ns();
        self.note_turn(now_ns);
        let mut packets = 0;
        for queue in 0..self.rx.len() {
            let count = self.inhale(queue, now_ns);
            if count > 0 {
                self.think(queue, now_ns);
                packets += count;
            }
        }
        self.tick(now_ns);
        self.exhale();
        self.epoch.quiescent();
        packets
    }

    /// Receives a vector.
    fn inhale(&mut self, queue: usize, now_ns: u64) -> usize {
        let point = &mut self.rx[queue];
        let got = point.queue.rx_burst(&mut self.burst, self.limit);
        point.horizon.polled(now_ns, self.limit, got);
        if let Some(source) = &mut point.generator {
            let started = rdtsc();
            let (pool, spare) = self.transmit.buffers();
            let made = source.fill(now_ns, &mut self.burst, self.limit, pool, spare);
            self.transmit.made(rdtsc() - started, made as u64);
        }
        self.burst.len()
    }

    /// Takes a vector through the program, BFD out of it on the way.
    fn think(&mut self, queue: usize, now_ns: u64) {
        let count = self.burst.len() as u64;
        let heard = self.bfd_cycles();
        let began = rdtsc();
        let port = self.begin_vector(queue);
        if self.capture.is_some() || self.program.is_one_by_one() {
            self.take_out_bfd(port, 0);
        } else {
            self.program.take_all();
        }
        let sunk = self.transmit.generator_cycles();
        let ran = self.by_program(port, now_ns);
        let dispatched = rdtsc() - (self.transmit.generator_cycles() - sunk);
        let heard = self.bfd_cycles() - heard;
        let page = &self.transmit.page;
        page.stage(Stage::Program as usize).add(ran - began - heard, count);
        self.program.publish(page);
        page.stage(Stage::Dispatch as usize).add(dispatched - ran, count);
    }

    /// Runs the vector and takes it apart; when it had run.
    #[inline(always)]
    fn by_program(&mut self, port: u16, now_ns: u64) -> u64 {
        if let Some(capture) = &mut self.capture {
            capture.take(now_ns, port, self.program.frames(), &self.burst);
        }
        let interfaces = &*self.interfaces;
        let sides = Sides { now_ns, port, ports: &interfaces.program, epoch: &self.epoch };
        if let Some(at) = self.program.run(sides, &mut self.burst) {
            self.run_rest(port, now_ns, at);
        }
        self.program.note_repairs(&mut self.repairs, &self.shared);
        let ran = rdtsc();
        let (interfaces, epoch) = (&*self.interfaces, &self.epoch);
        let sides = Sides { now_ns, port, ports: &interfaces.program, epoch };
        let mut around =
            Surroundings { transmit: &mut self.transmit, rings: &mut self.rings, interfaces, epoch };
        let bursts = (&mut *self.burst, &mut *self.freed);
        self.program.dispatch(sides, bursts, &self.vector.meta, &mut self.local, &mut around);
        ran
    }

    /// Hears what is BFD's from this frame on before the program sees the frames behind it.
    #[inline(never)]
    fn run_rest(&mut self, port: u16, now_ns: u64, at: usize) {
        self.take_out_bfd(port, at);
        let sides = Sides { now_ns, port, ports: &self.interfaces.program, epoch: &self.epoch };
        self.program.run_rest(sides, &mut self.burst, at);
    }

    fn bfd_cycles(&self) -> u64 {
        self.transmit.page.stage(Stage::Bfd as usize).cycles.get()
    }

    /// Counts what came in; where.
    fn begin_vector(&mut self, queue: usize) -> u16 {
        let port = self.rx[queue].port;
        let view = &self.interfaces.ports[usize::from(port)];
        let count = self.burst.len();
        let plain = Meta { interface: view.untagged, l3: arrival::ETHERNET as u8 };
        self.vector.meta[..count].fill(plain);
        self.program.clear();
        let mut bytes = 0;
        for mbuf in self.burst.iter() {
            dpdk::prefetch(mbuf.data_ptr());
            bytes += u64::from(mbuf.packet_len());
        }
        let page = &self.transmit.page;
        page.rx_packets.add(count as u64);
        page.vectors.add(1);
        let counts = page.port(port);
        counts.rx_packets.add(count as u64);
        counts.rx_bytes.add(bytes);
        port
    }

    /// Tells BFD from what is the program's from this frame on, finds the interface of each frame, and hears BFD.
    fn take_out_bfd(&mut self, port: u16, from: usize) {
        let started = rdtsc();
        let view = &self.interfaces.ports[usize::from(port)];
        let vector = &mut *self.vector;
        vector.bfd_len = 0;
        for (index, mbuf) in self.burst.iter().enumerate().take(vector::VECTOR).skip(from) {
            let meta = &mut vector.meta[index];
            if wire::bfd::may_be_control(mbuf.data()) && arrival::is_bfd(mbuf.data(), view, meta) {
                vector.push_bfd(index as u8);
            } else {
                self.program.push(index as u8);
            }
        }
        let heard = vector.bfd_len as u64;
        if heard > 0 {
            self.hear();
        }
        self.transmit.page.stage(Stage::Bfd as usize).add(rdtsc() - started, heard);
    }

    /// BFD before any lookup: a living peer must not wait behind a vector of packets.
    fn hear(&mut self) {
        // A stamp of its own: the queues before this one may have taken a vector's time.
        let now_ns = self.clock.now_ns();
        for at in &self.vector.bfd[..self.vector.bfd_len] {
            let index = usize::from(*at);
            let meta = self.vector.meta[index];
            let frame = self.burst[index].data();
            let vrf = self.interfaces.vrf(meta.interface);
            let Some(found) = sessions::find(frame, meta, vrf) else {
                self.transmit.page.drop_packet(stats::DropReason::BadHeader);
                continue;
            };
            let ours = if bfd::multihop_vrf(found.meta.interface).is_some() {
                local::is_own(vrf, found.meta.dst, &self.epoch)
            } else {
                let interface = self.interfaces.interfaces.get(usize::from(meta.interface));
                interface.is_some_and(|interface| interface.owns(found.meta.dst))
            };
            if ours {
                let mut outlets = Outlets {
                    transmit: &mut self.transmit,
                    notices: &mut self.rings.notices,
                    shared: &self.shared,
                    epoch: &self.epoch,
                    clock: self.clock,
                };
                self.sessions.receive(now_ns, found, &mut self.rings.handover_to, &mut outlets);
            } else {
                // Somebody else's session: a packet like any other.
                self.program.push(*at);
            }
        }
    }

    /// Sends what waits, and stamps the repairs whose first packet went out with it.
    fn exhale(&mut self) {
        let started = rdtsc();
        let sunk = self.transmit.generator_cycles();
        let (repairs, shared, id, clock) = (&mut self.repairs, &self.shared, self.id, self.clock);
        let sent = self.transmit.flush(|| repairs.sent(shared, id, || clock.now_ns()));
        let sunk = self.transmit.generator_cycles() - sunk;
        self.transmit.page.stage(Stage::Transmit as usize).add(rdtsc() - started - sunk, sent);
    }

    /// Timers, and what other threads have for us.
    fn tick(&mut self, now_ns: u64) {
        let mut outlets = Outlets {
            transmit: &mut self.transmit,
            notices: &mut self.rings.notices,
            shared: &self.shared,
            epoch: &self.epoch,
            clock: self.clock,
        };
        for from in &mut self.rings.handover_from {
            for _ in 0..RING_BUDGET {
                let Ok(packet) = from.pop() else { break };
                self.sessions.take(
                    now_ns,
                    &packet.meta,
                    &packet.bytes[..usize::from(packet.len)],
                    &mut outlets,
                );
            }
        }
        let heard_ns = self.rx.iter().map(|point| point.horizon.heard_ns()).min().unwrap_or(now_ns);
        self.shared.horizons.publish(self.id, heard_ns);
        if self.sessions.due(now_ns) {
            let horizon_ns = self.shared.horizons.common(now_ns);
            self.sessions.tick(self.clock.now_ns(), horizon_ns, &mut outlets);
        }
        if now_ns - self.published_ns >= PUBLISH_NS {
            self.published_ns = now_ns;
            self.sessions.publish_next(&self.shared, &self.transmit.page);
        }
        for _ in 0..RING_BUDGET {
            let Ok(inject) = self.rings.inject.pop() else { break };
            if inject.port == FROM_CONTROLLER {
                self.packet_out(now_ns, inject.mbuf);
            } else {
                self.transmit.push(inject.port, inject.mbuf);
            }
        }
        while let Ok(command) = self.rings.commands.pop() {
            self.obey(now_ns, command);
        }
    }

    /// A packet from the controller takes its way through the program, as a vector of its own.
    #[inline(never)]
    fn packet_out(&mut self, now_ns: u64, mbuf: Mbuf) {
        if self.burst.push(mbuf).is_err() {
            unreachable!("the burst is emptied after each vector");
        }
        // It came in by no interface: what the program gives to the kernel, no mirror takes.
        self.vector.meta[0] = Meta { interface: arrival::NO_INTERFACE, l3: arrival::ETHERNET as u8 };
        self.program.clear();
        self.program.push(0);
        self.by_program(self.program.controller(), now_ns);
    }

    fn obey(&mut self, now_ns: u64, command: Command) {
        let mut outlets = Outlets {
            transmit: &mut self.transmit,
            notices: &mut self.rings.notices,
            shared: &self.shared,
            epoch: &self.epoch,
            clock: self.clock,
        };
        match command {
            Command::SessionAdd { slot, paths, config, frame } => {
                self.sessions.add(now_ns, slot, paths, &config, frame);
            }
            Command::SessionWatch { slot, paths } => self.sessions.watch(slot, paths),
            Command::SessionLeave { slot } => self.sessions.leave(now_ns, slot, &mut outlets),
            Command::SessionUpdate { slot, config } => {
                self.sessions.update(now_ns, slot, &config, &mut outlets);
            }
            Command::SessionFrame { slot, frame } => self.sessions.set_frame(slot, frame),
            Command::SessionRemove { slot } => self.sessions.remove(now_ns, slot, &mut outlets),
            Command::Interfaces(new) => {
                self.local.configure(&new);
                let old = std::mem::replace(&mut self.interfaces, new);
                // If the ring is full the worker frees the table itself: slower once, never wrong.
                let _ = self.rings.notices.push(Notice::Retired(old));
            }
            Command::Program(new) => {
                let old = std::mem::replace(&mut self.program, new);
                let _ = self.rings.notices.push(Notice::RetiredProgram(old));
            }
            Command::Capture(new) => {
                if let Some(new) = &new {
                    new.arm();
                }
                if let Some(old) = std::mem::replace(&mut self.capture, new) {
                    let _ = self.rings.notices.push(Notice::RetiredCapture(old));
                }
            }
            Command::Stop => {
                self.sessions.admin_down_all(now_ns, &mut outlets);
                self.stopping = true;
            }
        }
    }

    /// Records how long the loop was away.
    fn note_turn(&mut self, now_ns: u64) {
        let page: &WorkerStats = &self.transmit.page;
        page.turns.add(1);
        page.record_stall(now_ns, now_ns - self.last_turn_ns);
        self.last_turn_ns = now_ns;
    }

    /// What the operator wants of a worker without packets.
    fn rest(&mut self, packets: usize) {
        if packets > 0 {
            self.idle_turns = 0;
            return;
        }
        self.transmit.page.empty_polls.add(1);
        match self.idle {
            Idle::Poll => {}
            Idle::Pause => std::hint::spin_loop(),
            Idle::Sleep => {
                self.idle_turns = self.idle_turns.saturating_add(1);
                if self.idle_turns >= IDLE_TURNS {
                    self.nap();
                }
            }
        }
    }

    fn nap(&mut self) {
        let now_ns = self.clock.now_ns();
        let until_timer = self.sessions.next_deadline_ns().map_or(NAP_NS, |at| at.saturating_sub(now_ns));
        let nap = Duration::from_nanos(until_timer.min(NAP_NS));
        if !nap.is_zero() {
            self.epoch.parked(|| std::thread::sleep(nap));
            // Asked for, so not a stall.
            self.last_turn_ns = self.clock.now_ns();
        }
    }
}
