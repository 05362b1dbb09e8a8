//! A P4 program in the place of the stages: every frame but BFD's goes through it, and its verdict is the frame's way.

use super::transmit::Transmit;
use super::vector::{Reason, VECTOR, Vector, Way};
use dpdk::{Burst, Mbuf};
use jit::{CompileError, JitEngine, Lane, Machine, Verdict};
use rt::events::DropReason as Ended;
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Options, Output, Pipe};
use stats::DropReason;
use std::sync::Arc;

/// `egress_spec` that means the kernel, by the mirror of the interface that the frame came in by.
pub const LOCAL_PORT: u16 = 510;
/// Events that wait for somebody to take them.
const EVENTS: usize = 1024;

/// A program as one worker runs it. Made elsewhere: nothing is allocated for a packet that goes straight.
#[derive(Debug)]
pub struct Program {
    state: Arc<State>,
    lane: Lane,
    pipe: Pipe,
    random: Random,
    caches: Caches,
    events: Events,
    /// Frames of this vector that are the program's, in the order of their arrival.
    frames: Vec<u8>,
    /// Copies for the kernel, with the frame that they are of.
    copies: Vec<(u8, Mbuf)>,
}

/// Compiles a program, and makes one for each worker.
pub fn for_workers(state: &Arc<State>, workers: usize) -> Result<Vec<Box<Program>>, CompileError> {
    let machine = Machine::new(state)?;
    Ok((0..workers).map(|worker| Box::new(Program::new(state, &machine, worker))).collect())
}

impl Program {
    fn new(state: &Arc<State>, machine: &Machine, worker: usize) -> Program {
        // Workers draw different numbers.
        let seed = worker as u64 + 1;
        let options = Options { seed, event_limit: EVENTS, ..Options::default() };
        Program {
            lane: Lane::new(machine, state),
            pipe: Pipe::new(Arc::clone(state), options, Box::new(JitEngine::of(machine))),
            random: Random::new(seed),
            caches: Caches::new(state),
            events: Events::new(EVENTS),
            frames: Vec::with_capacity(VECTOR),
            copies: Vec::with_capacity(VECTOR),
            state: Arc::clone(state),
        }
    }

    pub fn clear(&mut self) {
        self.frames.clear();
    }

    /// The frame of this number is the program's.
    pub fn push(&mut self, index: u8) {
        self.frames.push(index);
    }

    /// Copies that are for the kernel, to be taken after each [`Program::run`].
    pub fn copies(&mut self) -> std::vec::Drain<'_, (u8, Mbuf)> {
        self.copies.drain(..)
    }

    /// Runs the frames that were pushed; `port` is where they came in.
    pub fn run(
        &mut self,
        now_ns: u64,
        port: u16,
        burst: &mut Burst,
        vector: &mut Vector,
        out: &mut Transmit,
    ) {
        // What BFD gave back comes last; arrival order is what counts.
        self.frames.sort_unstable();
        let batch = self.lane.batch();
        let mut begin = 0;
        while begin < self.frames.len() {
            let end = (begin + batch).min(self.frames.len());
            self.chunk(begin..end, now_ns, port, burst);
            for at in begin..end {
                let index = self.frames[at];
                vector.way[usize::from(index)] = self.obey(at - begin, index, now_ns, burst, out);
            }
            begin = end;
        }
    }

    fn chunk(&mut self, range: std::ops::Range<usize>, now_ns: u64, port: u16, burst: &mut Burst) {
        let mut wanted = self.frames[range].iter().peekable();
        let frames = burst.iter_mut().enumerate().filter_map(|(index, mbuf)| {
            wanted.next_if(|next| usize::from(**next) == index)?;
            Some((port, mbuf.data_mut()))
        });
        let mut env = Env {
            state: &self.state,
            now: now_ns,
            random: &mut self.random,
            caches: &mut self.caches,
            events: &mut self.events,
        };
        self.lane.run(&mut env, frames);
    }

    /// Makes of a frame what the verdict says, and says where it goes.
    fn obey(&mut self, at: usize, index: u8, now_ns: u64, burst: &mut Burst, out: &mut Transmit) -> Way {
        let mbuf = &mut burst[usize::from(index)];
        let port = match self.lane.verdicts()[at] {
            Verdict::Out { port } => port,
            Verdict::Moved { port, payload } => {
                if !replace_header(mbuf, self.lane.header(at), payload) {
                    return gone(out, DropReason::NoHeadroom);
                }
                port
            }
            Verdict::Dropped(Ended::Ingress | Ended::Egress) => return gone(out, DropReason::Program),
            Verdict::Dropped(_) => return gone(out, DropReason::ProgramLimit),
            Verdict::Left => {
                self.resume(at, index, now_ns, out);
                return Way::Gone;
            }
        };
        if let Some(limit) = self.lane.limit(at)
            && limit < u32::from(mbuf.data_len())
        {
            // It is shorter than the frame.
            let _ = mbuf.truncate(limit as u16);
        }
        match port {
            LOCAL_PORT => Way::Local(Reason::ForUs),
            port if out.has(port) => Way::Out(port),
            _ => gone(out, DropReason::ProgramPort),
        }
    }

    /// Clones, replicates, and sends round again.
    #[inline(never)]
    fn resume(&mut self, at: usize, index: u8, now_ns: u64, out: &mut Transmit) {
        let blank = self.pipe.blank();
        let packet = self.lane.take(at, blank);
        self.pipe.set_time(now_ns);
        self.pipe.resume(packet);
        for Output { port, frame } in self.pipe.run() {
            match port {
                LOCAL_PORT => {
                    if let Some(mbuf) = out.copy_of(&frame) {
                        self.copies.push((index, mbuf));
                    }
                }
                port if out.has(port) => out.forward_copy(port, &frame),
                _ => out.page.drop_packet(DropReason::ProgramPort),
            }
        }
        for (reason, drops) in [
            (DropReason::Program, [Ended::Ingress, Ended::Egress].as_slice()),
            (
                DropReason::ProgramLimit,
                &[
                    Ended::UnknownGroup,
                    Ended::UnknownSession,
                    Ended::PassLimit,
                    Ended::QueueFull,
                    Ended::StepLimit,
                    Ended::TooLong,
                ],
            ),
        ] {
            for _ in 0..drops.iter().map(|reason| self.pipe.take_drops(*reason)).sum::<u64>() {
                out.page.drop_packet(reason);
            }
        }
    }
}

fn gone(out: &Transmit, reason: DropReason) -> Way {
    out.page.drop_packet(reason);
    Way::Gone
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
