//! A whole v1model switch in process.

mod path;

use crate::around::Around;
use crate::control::Control;
use crate::engine::Engine;
use crate::error::DeviceError;
use crate::events::{DropReason, Event};
use crate::externs::random::Random;
use crate::interp::Interpreter;
use crate::packet::{Digests, Packet, Why};
use crate::state::{Caches, Events, State};
use front::ir::{DigestId, Program};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bounds and choices of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Packets of one vector, 1 ..= 256.
    pub vector: usize,
    /// `egress_spec` that means drop.
    pub drop_port: u32,
    /// Turns of loops in one pass of a parser or control.
    pub step_limit: u32,
    /// Passes (clones, resubmits, recirculations) that one packet may lead to, one after the other.
    pub pass_limit: u32,
    /// Packets waiting.
    pub queue_limit: usize,
    /// Events kept until they are taken; more are counted only.
    pub event_limit: usize,
    /// Cells of all counters and registers together; of meters, whose cells are larger, there may be a sixteenth. Cells
    /// take memory when they are first written, but for a few hundredths of a byte each.
    pub cell_limit: u64,
    /// Bytes of a frame.
    pub frame_limit: usize,
    /// Of the pseudo-random numbers of `random`.
    pub seed: u64,
    /// Whether tables with a role are the switch's own, not the program's.
    pub roles: bool,
    /// Digests are kept for [`Pipe::take_digests`], which needs no memory for each, and are no events.
    pub digests_apart: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            vector: 128,
            drop_port: 511,
            step_limit: 1 << 16,
            pass_limit: 64,
            queue_limit: 1 << 16,
            event_limit: 1 << 16,
            cell_limit: 1 << 33,
            frame_limit: 1 << 16,
            seed: 1,
            roles: false,
            digests_apart: false,
        }
    }
}

/// A packet out of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub port: u16,
    pub frame: Vec<u8>,
    /// Why it is punted, if it is.
    pub why: Why,
    /// The path that it leaves by, or [`crate::packet::NO_PATH`].
    pub path: u16,
}

impl Output {
    pub fn new(port: u16, frame: Vec<u8>) -> Output {
        Output { port, frame, why: Why::default(), path: crate::packet::NO_PATH }
    }
}

/// Passes that each packet may add to those of the whole queue.
const CREDIT: u64 = 1024;
/// Passes that a queue may lead to.
const CREDIT_LIMIT: u64 = 1 << 20;
/// Packets kept for use again.
const SPARE: usize = 512;

/// A program run over frames, with its control: everything that comes of a frame is done when [`Device::run`] returns.
#[derive(Debug)]
pub struct Device {
    control: Control,
    pipe: Pipe,
}

/// The way of packets through a state that others may share: one worker's.
#[derive(Debug)]
pub struct Pipe {
    state: Arc<State>,
    options: Options,
    engine: Box<dyn Engine>,
    now: u64,
    random: Random,
    caches: Caches,
    events: Events,
    drops: [u64; DropReason::ALL.len()],
    queue: VecDeque<Packet>,
    egress_queue: VecDeque<Packet>,
    outputs: Vec<Output>,
    spare: Vec<Packet>,
    /// Memory of batches and frames that were given back.
    batches: Vec<Vec<Packet>>,
    frames: Vec<Vec<u8>>,
    digests: Digests,
    /// Clones, resubmits and recirculations that the queued packets may still make together.
    credit: u64,
}

impl Device {
    /// With the interpreter.
    pub fn new(program: Arc<Program>, options: Options) -> Result<Device, DeviceError> {
        Device::with_engine(program, options, |_| Box::new(Interpreter::new(())))
    }

    /// With an engine made for the state that it will run on.
    pub fn with_engine(
        program: Arc<Program>,
        options: Options,
        engine: impl FnOnce(&Arc<State>) -> Box<dyn Engine>,
    ) -> Result<Device, DeviceError> {
        let state = Arc::new(State::new(program, &options)?);
        let control = Control::new(Arc::clone(&state))?;
        let engine = engine(&state);
        Ok(Device { control, pipe: Pipe::new(state, options, engine) })
    }

    /// Nanoseconds since the device began. It does not go back.
    pub fn set_time(&mut self, now: u64) {
        self.pipe.set_time(now);
    }

    pub fn time(&self) -> u64 {
        self.pipe.now
    }

    /// Queues a packet.
    pub fn inject(&mut self, port: u16, frame: &[u8]) {
        self.pipe.inject(port, frame);
    }

    /// Processes everything queued, what comes of it included. The order is that of leaving.
    pub fn run(&mut self) -> Vec<Output> {
        self.pipe.run(Around::alone())
    }

    /// Takes what was told since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        self.pipe.events()
    }

    /// Events that were lost because nobody took the earlier ones.
    pub fn lost_events(&self) -> u64 {
        self.pipe.lost_events()
    }

    /// How many packets and copies were dropped for a reason.
    pub fn drops(&self, reason: DropReason) -> u64 {
        self.pipe.drops(reason)
    }

    pub fn control(&mut self) -> &mut Control {
        &mut self.control
    }

    pub fn state(&self) -> &Arc<State> {
        &self.pipe.state
    }
}

impl Pipe {
    pub fn new(state: Arc<State>, options: Options, engine: Box<dyn Engine>) -> Pipe {
        Pipe {
            engine,
            now: 0,
            random: Random::new(options.seed),
            caches: Caches::new(&state),
            events: Events::new(options.event_limit),
            drops: [0; DropReason::ALL.len()],
            queue: VecDeque::new(),
            egress_queue: VecDeque::new(),
            outputs: Vec::new(),
            spare: Vec::new(),
            batches: Vec::new(),
            frames: Vec::new(),
            digests: Digests::default(),
            credit: 0,
            options,
            state,
        }
    }

    pub fn set_time(&mut self, now: u64) {
        self.now = self.now.max(now);
        self.state.clock.store(self.now, Ordering::Relaxed);
    }

    /// Goes on with a packet that an engine left after ingress or egress. What comes of it is done by [`Pipe::run`].
    pub fn resume(&mut self, around: Around<'_>, packet: Packet) {
        self.credit = (self.credit + CREDIT).min(CREDIT_LIMIT);
        self.finish(around, packet);
    }

    /// How many packets and copies were dropped for a reason since this was asked last.
    pub fn take_drops(&mut self, reason: DropReason) -> u64 {
        std::mem::take(&mut self.drops[reason as usize])
    }

    /// A packet to be filled in.
    pub fn blank(&mut self) -> Packet {
        self.fresh(0, &[])
    }

    /// Queues a packet.
    pub fn inject(&mut self, port: u16, frame: &[u8]) {
        if frame.len() > self.options.frame_limit {
            return self.count_drop(port, DropReason::TooLong);
        }
        self.credit = (self.credit + CREDIT).min(CREDIT_LIMIT);
        let packet = self.fresh(port, frame);
        self.push(packet);
    }

    /// Processes everything queued, what comes of it included. The order is that of leaving.
    pub fn run(&mut self, around: Around<'_>) -> Vec<Output> {
        while !self.queue.is_empty() {
            let many = self.batch_size().min(self.queue.len());
            let mut batch = self.batches.pop().unwrap_or_default();
            batch.extend(self.queue.drain(..many));
            self.pass(around, batch);
        }
        self.credit = 0;
        std::mem::take(&mut self.outputs)
    }

    /// The memory of what [`Pipe::run`] came out with, when all of it is done with: who gives it back allocates nothing for the
    /// packets that follow.
    pub fn give_back(&mut self, mut outputs: Vec<Output>) {
        for mut output in outputs.drain(..) {
            if self.frames.len() < SPARE {
                output.frame.clear();
                self.frames.push(output.frame);
            }
        }
        if self.outputs.is_empty() {
            self.outputs = outputs;
        }
    }

    /// The digests of packets that passed since this was asked last; see [`Options::digests_apart`].
    pub fn take_digests(&mut self, mut each: impl FnMut(DigestId, u32, &[u64])) {
        self.digests.iter().for_each(|(digest, receiver, words)| each(digest, receiver, words));
        self.digests.clear();
    }

    /// The oldest of what was told.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Takes what was told since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        self.events.take()
    }

    /// Events that were lost because nobody took the earlier ones.
    pub fn lost_events(&self) -> u64 {
        self.events.lost()
    }

    /// How many packets and copies were dropped for a reason.
    pub fn drops(&self, reason: DropReason) -> u64 {
        self.drops[reason as usize]
    }

    fn batch_size(&self) -> usize {
        self.engine.batch().clamp(1, self.options.vector.clamp(1, 256))
    }

    fn fresh(&mut self, port: u16, bytes: &[u8]) -> Packet {
        let mut packet = self.any_packet();
        packet.reset(port, bytes);
        packet
    }

    fn copy_of(&mut self, packet: &Packet) -> Packet {
        let mut copy = self.any_packet();
        copy.copy_from(packet);
        copy
    }

    fn any_packet(&mut self) -> Packet {
        let meters = self.state.program.direct_meters.len();
        self.spare.pop().unwrap_or_else(|| Packet::new(&self.state.layout, meters))
    }

    fn recycle(&mut self, packet: Packet) {
        // A packet whose frame was taken away is not one to use again.
        if self.spare.len() < SPARE && packet.frame.len() == self.state.layout.words() {
            self.spare.push(packet);
        }
    }

    fn push(&mut self, packet: Packet) {
        if self.queue.len() < self.options.queue_limit {
            self.queue.push_back(packet);
        } else {
            self.report(&packet, DropReason::QueueFull);
        }
    }

    fn count_drop(&mut self, ingress_port: u16, reason: DropReason) {
        self.drops[reason as usize] += 1;
        self.events.push(Event::Drop { reason, ingress_port });
    }
}
