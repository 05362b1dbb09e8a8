//! The P4 program: every frame but BFD's goes through it, and its verdict is the frame's way.

use super::arrival::Meta;
use super::events::Teller;
use super::local::{LocalStep, Surroundings};
use super::repairs::FirstRepairs;
use super::shared::Shared;
use super::transmit::Transmit;
use super::vector::{Reason, VECTOR};
use api::events::Said;
use dpdk::{Burst, Mbuf};
use fib::{PathId, WorkerEpoch};
use front::ir::Op;
use jit::{CompileError, JitEngine, Lane, Machine, Verdict};
use rt::around::{Around, Ports, Repaired};
use rt::events::{DropReason as Ended, Event};
use rt::externs::random::Random;
use rt::packet::{Digests, NO_PATH, Why};
use rt::state::{Caches, Env, Events, State};
use rt::{Options, Output, Pipe};
use stats::{DropReason, WorkerStats};
use std::sync::Arc;

/// `egress_spec` that means the kernel, by the mirror of the interface that the frame came in by.
pub const LOCAL_PORT: u16 = 510;
/// Events that wait for somebody to take them.
const EVENTS: usize = 1024;

/// A program as one worker runs it. Made elsewhere: nothing is allocated for a packet that goes straight.
#[derive(Debug)]
pub struct Program {
    state: Arc<State>,
    parts: Vec<String>,
    /// Tells it from those before and after it.
    generation: u32,
    /// `egress_spec` that means the controller: whoever follows packets. What he sends comes in by it.
    controller: u16,
    /// Its packets may ask for digests.
    tells: bool,
    /// It may say lines.
    says: bool,
    lane: Lane,
    pipe: Pipe,
    random: Random,
    caches: Caches,
    events: Events,
    repaired: Repaired,
    /// Frames of this vector that are the program's, in the order of their arrival.
    frames: Vec<u8>,
    /// All of them are, and none is on the list.
    all: bool,
}

/// What a vector needs that is not the program's own.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    pub now_ns: u64,
    /// Where the frames came in.
    pub port: u16,
    pub ports: &'a Ports,
    pub epoch: &'a WorkerEpoch,
}

/// How the program runs a frame, or has run it.
#[derive(Debug)]
enum Left {
    Out(u16),
    Kernel(Reason),
    Gone,
}

/// Compiles a program, and makes one for each worker.
pub fn for_workers(
    state: &Arc<State>,
    (generation, controller): (u32, u16),
    workers: usize,
) -> Result<Vec<Program>, CompileError> {
    let machine = Machine::new(state)?;
    Ok((0..workers).map(|worker| Program::new(state, (generation, controller), &machine, worker)).collect())
}

impl Program {
    fn new(
        state: &Arc<State>,
        (generation, controller): (u32, u16),
        machine: &Machine,
        worker: usize,
    ) -> Program {
        // Workers draw different numbers.
        let seed = worker as u64 + 1;
        let options = Options { seed, event_limit: EVENTS, digests_apart: true, ..Options::default() };
        Program {
            parts: machine.parts().to_vec(),
            lane: Lane::new(machine, state),
            pipe: Pipe::new(Arc::clone(state), options, Box::new(JitEngine::of(machine))),
            random: Random::new(seed),
            caches: Caches::new(state),
            events: Events::new(EVENTS),
            repaired: Repaired::default(),
            frames: Vec::with_capacity(VECTOR),
            all: false,
            tells: !state.program.digests.is_empty(),
            says: says_lines(&state.program),
            generation,
            controller,
            state: Arc::clone(state),
        }
    }

    pub fn generation(&self) -> u32 {
        self.generation
    }

    pub fn controller(&self) -> u16 {
        self.controller
    }

    pub fn clear(&mut self) {
        self.frames.clear();
        self.all = false;
    }

    /// Every frame of a burst is the program's.
    pub fn take_all(&mut self) {
        self.all = true;
    }

    /// The frame of this number is the program's.
    #[inline(always)]
    pub fn push(&mut self, index: u8) {
        // There is room for a vector.
        self.frames.push(index);
    }

    /// The numbers of the frames that were pushed.
    pub fn frames(&self) -> &[u8] {
        &self.frames
    }

    /// The parts of the program's way.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Puts the cycles of its parts where they are shown.
    pub fn publish(&mut self, page: &WorkerStats) {
        if let Some(laps) = self.lane.laps() {
            page.program_stages(laps.iter().map(|lap| (lap.cycles, lap.packets)));
        }
    }

    /// Whether each packet is seen off before the next is run; then BFD is to be taken out beforehand.
    pub fn is_one_by_one(&self) -> bool {
        self.lane.batch() == 1
    }

    /// Runs the frames that were pushed, unless the program needs to see each of them off before the next. Where all of a burst
    /// are its own it stops before the first that may be BFD's: which, for [`Program::run_rest`].
    pub fn run(&mut self, sides: Sides<'_>, burst: &mut Burst) -> Option<usize> {
        if self.is_one_by_one() {
            self.sort();
            return None;
        }
        if self.all {
            let (lane, mut env) = self.lane_and_env(sides);
            let stopped = lane.listen(&mut env, sides.port, burst.iter_mut().map(Mbuf::data_mut));
            if let Some(at) = stopped {
                // What is BFD's behind it is yet to be found out.
                self.all = false;
                self.frames.extend((0..=u8::MAX).take(at));
            }
            return stopped;
        }
        self.run_rest(sides, burst, 0);
        None
    }

    /// What BFD gave back comes last; arrival order is what counts.
    fn sort(&mut self) {
        if !self.frames.is_sorted() {
            self.frames.sort_unstable();
        }
    }

    /// Runs the frames that were pushed; the first of them have been run up to where it stopped.
    pub fn run_rest(&mut self, sides: Sides<'_>, burst: &mut Burst, from: usize) {
        self.sort();
        let frames = std::mem::take(&mut self.frames);
        let mut wanted = frames.iter().peekable();
        let ours = burst.iter_mut().enumerate().filter_map(|(index, mbuf)| {
            wanted.next_if(|next| usize::from(**next) == index)?;
            Some(mbuf.data_mut())
        });
        let (lane, mut env) = self.lane_and_env(sides);
        lane.resume(&mut env, sides.port, from, ours);
        // Where nothing was BFD's after all, nothing has to be told apart behind it.
        self.all = frames.len() == burst.len();
        self.frames = frames;
    }

    fn lane_and_env<'p>(&'p mut self, sides: Sides<'p>) -> (&'p mut Lane, Env<'p>) {
        let around = Around { ports: sides.ports, fib: Some(sides.epoch), repaired: Some(&self.repaired) };
        let env = Env {
            state: &self.state,
            now: sides.now_ns,
            random: &mut self.random,
            caches: &mut self.caches,
            events: &mut self.events,
            around,
        };
        (&mut self.lane, env)
    }

    /// Takes the vector apart: every packet to its port, to the local step, or back to the pool.
    pub fn dispatch(
        &mut self,
        sides: Sides<'_>,
        (burst, freed): (&mut Burst, &mut Burst),
        metas: &[Meta; VECTOR],
        local: &mut LocalStep,
        around: &mut Surroundings<'_>,
    ) {
        let one_by_one = self.is_one_by_one();
        let (mut done, all) = (0, self.all);
        let plain = all && !one_by_one && !self.tells && self.lane.is_straight();
        for (index, mut mbuf) in burst.drain().enumerate() {
            let left = self.lane.left()[index & (VECTOR - 1)];
            if plain && left.is_straight() && around.transmit.has(left.port()) {
                self.count_path(left.path(), mbuf.packet_len(), around.transmit);
                around.transmit.push(left.port(), mbuf);
                done += 1;
                continue;
            }
            if !all && self.frames.get(done).is_none_or(|own| usize::from(*own) != index) {
                // BFD's: heard. The burst is as large as the vector, and emptied after each.
                let _ = freed.push(mbuf);
                continue;
            }
            let mut at = done;
            if one_by_one {
                let (lane, mut env) = self.lane_and_env(sides);
                lane.run(&mut env, sides.port, std::iter::once(mbuf.data_mut()));
                at = 0;
            }
            done += 1;
            let meta = metas[index & (VECTOR - 1)];
            self.see_off(at, (mbuf, meta), sides, freed, (local, around));
        }
        freed.clear();
        if self.says {
            for event in self.events.take() {
                self.tell_event(event, &mut around.rings.teller);
            }
        }
    }

    /// To its port, to the local step, or back to the pool.
    fn see_off(
        &mut self,
        at: usize,
        (mut mbuf, meta): (Mbuf, Meta),
        sides: Sides<'_>,
        freed: &mut Burst,
        (local, around): (&mut LocalStep, &mut Surroundings<'_>),
    ) {
        let bytes = mbuf.packet_len();
        let left = match self.lane.verdict(at) {
            Verdict::Out { port } if !self.tells && around.transmit.has(port) => Left::Out(port),
            verdict => self.obey(verdict, at, (&mut mbuf, meta), sides, (local, around)),
        };
        match left {
            Left::Out(port) => {
                self.count_path(self.lane.path(at), bytes, around.transmit);
                if let Some(limit) = self.lane.limit(at) {
                    shorten(&mut mbuf, limit);
                }
                around.transmit.push(port, mbuf);
            }
            Left::Kernel(reason) => local.take(sides.now_ns, mbuf, meta, reason, around),
            Left::Gone => {
                let _ = freed.push(mbuf);
            }
        }
    }

    #[inline(always)]
    fn count_path(&self, path: u16, bytes: u32, transmit: &Transmit) {
        if path != NO_PATH {
            transmit.page.path(path).add(1, u64::from(bytes));
        }
    }

    /// Paths whose traffic went another way in this vector.
    pub fn note_repairs(&self, repairs: &mut FirstRepairs, shared: &Shared) {
        self.repaired.take(|dead| repairs.note(dead, shared));
    }

    /// Makes of a frame what the verdict says, and says where it goes.
    #[inline(never)]
    fn obey(
        &mut self,
        verdict: Verdict,
        at: usize,
        (mbuf, meta): (&mut Mbuf, Meta),
        sides: Sides<'_>,
        (local, around): (&mut LocalStep, &mut Surroundings<'_>),
    ) -> Left {
        if self.tells && verdict != Verdict::Left {
            self.tell_digests(at, &mut around.rings.teller);
        }
        let page = &around.transmit.page;
        let port = match verdict {
            Verdict::Out { port } => port,
            Verdict::Moved { port, payload } => {
                let header = self.lane.header(at, mbuf.data());
                if !replace_header(mbuf, header, payload) {
                    page.drop_packet(DropReason::NoHeadroom);
                    return Left::Gone;
                }
                port
            }
            Verdict::Dropped(Ended::Ingress | Ended::Egress) => {
                page.drop_packet(drop_reason(self.lane.why(at)));
                return Left::Gone;
            }
            Verdict::Dropped(_) => {
                page.drop_packet(DropReason::ProgramLimit);
                return Left::Gone;
            }
            Verdict::Left => {
                self.resume(at, (mbuf, meta), sides, (local, around));
                return Left::Gone;
            }
        };
        match port {
            port if port == self.controller => {
                if let Some(limit) = self.lane.limit(at) {
                    shorten(mbuf, limit);
                }
                self.to_controller(mbuf.data(), around);
                Left::Gone
            }
            LOCAL_PORT => {
                if let Some(limit) = self.lane.limit(at) {
                    shorten(mbuf, limit);
                }
                Left::Kernel(reason(self.lane.why(at), around.interfaces.interfaces.len()))
            }
            port if around.transmit.has(port) => Left::Out(port),
            _ => {
                page.drop_packet(DropReason::ProgramPort);
                Left::Gone
            }
        }
    }

    /// Clones, replicates, and sends round again.
    fn resume(
        &mut self,
        at: usize,
        (mbuf, meta): (&Mbuf, Meta),
        sides: Sides<'_>,
        (local, around): (&mut LocalStep, &mut Surroundings<'_>),
    ) {
        let blank = self.pipe.blank();
        let packet = self.lane.take(&self.state, at, mbuf.data(), blank);
        self.pipe.set_time(sides.now_ns);
        let of_switch = Around { ports: sides.ports, fib: Some(sides.epoch), repaired: Some(&self.repaired) };
        self.pipe.resume(of_switch, packet);
        let outputs = self.pipe.run(of_switch);
        self.tell_events(&mut around.rings.teller);
        for Output { port, frame, why, path } in &outputs {
            match *port {
                port if port == self.controller => self.to_controller(frame, around),
                LOCAL_PORT => {
                    if let Some(copy) = around.transmit.copy_of(frame) {
                        let reason = reason(*why, around.interfaces.interfaces.len());
                        local.take(sides.now_ns, copy, meta, reason, around);
                    }
                }
                port if around.transmit.has(port) => {
                    self.count_path(*path, frame.len() as u32, around.transmit);
                    around.transmit.forward_copy(port, frame);
                }
                _ => around.transmit.page.drop_packet(DropReason::ProgramPort),
            }
        }
        self.pipe.give_back(outputs);
        self.count_drops(around.transmit);
    }

    fn to_controller(&self, frame: &[u8], around: &mut Surroundings<'_>) {
        if !around.rings.teller.packet(self.generation, frame) {
            around.transmit.page.drop_packet(DropReason::ControllerFull);
        }
    }

    fn tell_digests(&self, at: usize, teller: &mut Teller) {
        for (digest, receiver, words) in self.lane.digests(at).into_iter().flat_map(Digests::iter) {
            teller.digest(self.generation, digest, receiver, words);
        }
    }

    /// What packets in the pipe had to tell.
    fn tell_events(&mut self, teller: &mut Teller) {
        let generation = self.generation;
        self.pipe.take_digests(|digest, receiver, words| teller.digest(generation, digest, receiver, words));
        while let Some(event) = self.pipe.next_event() {
            self.tell_event(event, teller);
        }
    }

    fn tell_event(&self, event: Event, teller: &mut Teller) {
        match event {
            Event::Log { text } => teller.line(self.generation, Said::Log, &text),
            Event::Assertion { assume: false, text } => teller.line(self.generation, Said::Assert, &text),
            Event::Assertion { assume: true, text } => teller.line(self.generation, Said::Assume, &text),
            // Counted when it is dropped, and told apart.
            Event::Drop { .. } | Event::Digest { .. } => {}
        }
    }

    fn count_drops(&mut self, transmit: &Transmit) {
        let own = [Ended::Ingress, Ended::Egress];
        for reason in Ended::ALL {
            let as_counted =
                if own.contains(&reason) { DropReason::Program } else { DropReason::ProgramLimit };
            for _ in 0..self.pipe.take_drops(reason) {
                transmit.page.drop_packet(as_counted);
            }
        }
    }
}

fn says_lines(program: &front::ir::Program) -> bool {
    let mut ops = program.codes().into_iter().flat_map(|code| &code.blocks).flat_map(|block| &block.ops);
    ops.any(|op| matches!(op, Op::Log { .. } | Op::Assert { .. }))
}

/// It is shorter than the frame.
fn shorten(mbuf: &mut Mbuf, limit: u32) {
    if limit < u32::from(mbuf.data_len()) {
        let _ = mbuf.truncate(limit as u16);
    }
}

/// `swerve_punt_t` of swerve.p4. An interface that there is not is no reason to ask for a neighbor.
pub(super) fn reason(why: Why, interfaces: usize) -> Reason {
    match (why.drop, why.code, why.argument) {
        (false, 1, _) => Reason::NotIp,
        (false, 2, _) => Reason::Multicast,
        (false, 3, _) => Reason::Options,
        (false, 4, _) => Reason::Expired,
        (false, 5, _) => Reason::NoRoute,
        (false, 6, dead) => Reason::NoLivePath { dead: PathId(dead) },
        (false, 7, _) => Reason::Unreachable,
        (false, 8, interface) if usize::from(interface) < interfaces => Reason::Unresolved(interface),
        (false, 8, _) => Reason::Unreachable,
        (false, 9, mtu) => Reason::TooBig(mtu),
        (false, 10, _) => Reason::Prohibited,
        _ => Reason::ForUs,
    }
}

/// `swerve_drop_t` of swerve.p4.
pub fn drop_reason(why: Why) -> DropReason {
    match (why.drop, why.code) {
        (true, 1) => DropReason::Truncated,
        (true, 2) => DropReason::BadHeader,
        (true, 3) => DropReason::BadChecksum,
        (true, 4) => DropReason::NotForUs,
        (true, 5) => DropReason::UnknownVlan,
        (true, 6) => DropReason::MartianSource,
        (true, 7) => DropReason::MartianDestination,
        (true, 8) => DropReason::Blackhole,
        (true, 9) => DropReason::NoRoute,
        (true, 10) => DropReason::DirectedBroadcast,
        (true, 11) => DropReason::ReversePath,
        _ => DropReason::Program,
    }
}

/// Puts `header` in the place of the first `old` bytes.
fn replace_header(mbuf: &mut Mbuf, header: &[u8], old: u32) -> bool {
    let (Ok(old), Ok(new)) = (u16::try_from(old), u16::try_from(header.len())) else { return false };
    if new > old {
        if mbuf.prepend(new - old).is_none() {
            return false;
        }
    } else if !mbuf.trim_front(old - new) {
        return false;
    }
    let Some(begin) = mbuf.data_mut().get_mut(..header.len()) else { return false };
    begin.copy_from_slice(header);
    true
}
