//! A worker's way through a program: frames where they are, a verdict for each.

use crate::abi::{Exit, Left, VECTOR};
use crate::core::{Core, Facts, Machine, Stretch};
use crate::emit::Entry;
use crate::laps::Lap;
use rt::engine::At;
use rt::events::DropReason;
use rt::packet::{Digests, Instance, NO_PATH, Packet, Why};
use rt::state::{Env, State};
use std::sync::Arc;

/// What is to be done with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It leaves as it stands now.
    Out {
        port: u16,
    },
    /// It leaves with [`Lane::header`] in place of its first `payload` bytes.
    Moved {
        port: u16,
        payload: u32,
    },
    Dropped(DropReason),
    /// Cloned, replicated, sent round again: [`Lane::take`] has the packet, for [`rt::Pipe::resume`].
    Left,
}

/// One worker's lane: everything that a vector needs, allocated beforehand.
#[derive(Debug)]
pub struct Lane {
    core: Core,
    packets: Vec<Packet>,
    header: Vec<u8>,
    /// What leaves unmoved leaves as it is.
    straight: bool,
}

impl Lane {
    pub fn new(machine: &Machine, state: &State) -> Lane {
        let meters = state.program.direct_meters.len();
        let mut packets: Vec<Packet> = (0..VECTOR).map(|_| Packet::new(&state.layout, meters)).collect();
        let mut core = Core::for_state(machine, state);
        packets.iter_mut().enumerate().for_each(|(at, packet)| core.set_frame(at, packet));
        let straight = !machine.facts.asks && machine.facts.wire_deparser;
        Lane { core, packets, header: vec![], straight }
    }

    /// Frames that may be given at once.
    pub fn batch(&self) -> usize {
        if self.core.machine.facts.one_by_one { 1 } else { VECTOR }
    }

    /// Runs frames that came in by a port, at most [`Lane::batch`] of them.
    #[inline]
    pub fn run<'f>(&mut self, env: &mut Env<'_>, port: u16, frames: impl Iterator<Item = &'f mut [u8]>) {
        let stopped = self.stretch(env, port, Stretch { from: 0, listens: false }, frames);
        debug_assert_eq!(stopped, None, "nobody listens");
    }

    /// The same, but stops before the first frame that may be a BFD control packet: those before it have been through the first
    /// stage, the others are as they came. [`Lane::resume`] is to follow then.
    #[inline]
    pub fn listen<'f>(
        &mut self,
        env: &mut Env<'_>,
        port: u16,
        frames: impl Iterator<Item = &'f mut [u8]>,
    ) -> Option<usize> {
        self.stretch(env, port, Stretch { from: 0, listens: true }, frames)
    }

    /// Goes on where [`Lane::listen`] stopped: with the same frames up to there, which are where they were, and behind them those
    /// that are left. BFD's are gone.
    pub fn resume<'f>(
        &mut self,
        env: &mut Env<'_>,
        port: u16,
        from: usize,
        frames: impl Iterator<Item = &'f mut [u8]>,
    ) {
        let stopped = self.stretch(env, port, Stretch { from, listens: false }, frames);
        debug_assert_eq!(stopped, None, "nobody listens");
    }

    #[inline(always)]
    fn stretch<'f>(
        &mut self,
        env: &mut Env<'_>,
        port: u16,
        stretch: Stretch,
        frames: impl Iterator<Item = &'f mut [u8]>,
    ) -> Option<usize> {
        // SAFETY: frames are borrowed mutably for longer than this call, within which the vector is run, or a stretch of it: then
        // the next one is given all of them again.
        unsafe {
            if self.core.machine.facts.hosted {
                let facts = Arc::clone(&self.core.machine.facts);
                let packets = self.packets.iter_mut().enumerate();
                self.core.fill(
                    port,
                    stretch.from,
                    frames.zip(packets).map(|(frame, (at, packet))| {
                        if at >= stretch.from {
                            enter(&facts, packet, port, frame);
                        }
                        frame
                    }),
                );
            } else {
                self.core.fill(port, stretch.from, frames);
            }
        }
        self.core.run_stretch(env, &mut self.packets, Entry::Port, stretch)
    }

    /// Cycles of each of [`Machine::parts`] since the lane was made, where there is news of them since this was asked last.
    pub fn laps(&mut self) -> Option<&[Lap]> {
        self.core.laps.news()
    }

    /// Whether frames that have left straight are to be sent as they are, and no more.
    pub fn is_straight(&self) -> bool {
        self.straight
    }

    /// How frames of the last run left, in their order.
    #[inline(always)]
    pub fn left(&self) -> &[Left; VECTOR] {
        &self.core.room.packets().left
    }

    /// What is to be done with a frame of the last run.
    #[inline(always)]
    pub fn verdict(&mut self, at: usize) -> Verdict {
        let left = self.left()[at];
        if self.straight && left.is_straight() {
            return Verdict::Out { port: left.port() };
        }
        self.judge(at)
    }

    /// The path whose rewrite a frame has; [`rt::packet::NO_PATH`] for none.
    #[inline(always)]
    pub fn path(&self, at: usize) -> u16 {
        self.left()[at].path()
    }

    /// Why it is punted or dropped.
    pub fn why(&self, at: usize) -> Why {
        self.core.why(at)
    }

    /// How long a frame may be at most when it leaves.
    #[inline]
    pub fn limit(&self, at: usize) -> Option<u32> {
        if self.core.machine.facts.asks { self.packets[at].truncate } else { None }
    }

    /// The new beginning of a frame that is [`Verdict::Moved`]; `frame` is the frame.
    pub fn header(&mut self, at: usize, frame: &[u8]) -> &[u8] {
        self.header.clear();
        if self.core.machine.facts.wire_deparser {
            self.core.gather(at, frame, &mut self.header);
        } else {
            self.header.extend_from_slice(&self.packets[at].out);
        }
        &self.header
    }

    /// The digests that a frame asked for; those of a frame that is [`Verdict::Left`] are told by the [`rt::Pipe`].
    pub fn digests(&self, at: usize) -> Option<&Digests> {
        self.core.machine.facts.asks.then(|| &self.packets[at].requests.digests)
    }

    /// The packet behind a frame that is [`Verdict::Left`], against another one.
    pub fn take(&mut self, state: &State, at: usize, frame: &[u8], other: Packet) -> Packet {
        let (exit, payload) = self.core.exit(at);
        let facts = Arc::clone(&self.core.machine.facts);
        let left = self.left()[at];
        let (port, why, path) = (left.port(), self.core.why(at), left.path());
        let mut packet = std::mem::replace(&mut self.packets[at], other);
        self.core.set_frame(at, &mut self.packets[at]);
        self.core.colours(at, &mut packet.colours);
        if facts.aligned {
            packet.cursor = payload * 8;
        }
        if !facts.needs_bytes {
            packet.fill(frame);
        }
        (packet.why, packet.path) = (why, path);
        match exit {
            Some(Exit::AfterIngress) => packet.at = At::AfterIngress,
            Some(Exit::AfterEgress) => packet.at = At::AfterEgress,
            _ => {
                packet.at = At::Out;
                packet.set_word(state.layout.slot(state.program.standard.egress_port), u64::from(port));
                if facts.wire_deparser {
                    self.whole(&mut packet, at, payload, frame);
                }
            }
        }
        packet
    }

    #[inline(never)]
    fn judge(&mut self, at: usize) -> Verdict {
        let (exit, payload) = self.core.exit(at);
        let facts = &self.core.machine.facts;
        match exit {
            Some(Exit::Out) => {}
            Some(Exit::Dropped) => return Verdict::Dropped(DropReason::Ingress),
            Some(Exit::DroppedByEgress) => return Verdict::Dropped(DropReason::Egress),
            Some(Exit::TooManySteps) | None => return Verdict::Dropped(DropReason::StepLimit),
            Some(Exit::AfterIngress | Exit::AfterEgress) => return Verdict::Left,
        }
        let port = self.left()[at].port();
        let packet = &self.packets[at];
        if facts.asks && packet.requests.recirculate.is_some() {
            return Verdict::Left;
        }
        if !facts.wire_deparser {
            return Verdict::Moved { port, payload: packet.length };
        }
        if !self.core.moved(at) {
            return Verdict::Out { port };
        }
        Verdict::Moved { port, payload: payload as u32 }
    }

    /// Makes the bytes that leave, for a packet that goes round again.
    fn whole(&self, packet: &mut Packet, at: usize, payload: usize, frame: &[u8]) {
        packet.out.clear();
        if !self.core.moved(at) {
            packet.out.extend_from_slice(frame);
        } else {
            self.core.gather(at, frame, &mut packet.out);
            packet.out.extend_from_slice(frame.get(payload..).unwrap_or(&[]));
        }
    }
}

/// A packet that the host will work on.
fn enter(facts: &Facts, packet: &mut Packet, port: u16, frame: &[u8]) {
    packet.length = frame.len() as u32;
    if facts.needs_bytes {
        packet.fill(frame);
    }
    packet.cursor = 0;
    packet.ingress_port = port;
    packet.instance = Instance::Normal;
    packet.truncate = None;
    packet.failed = None;
    packet.passes = 0;
    packet.why = Why::default();
    packet.path = NO_PATH;
    if facts.asks {
        packet.requests.clear();
    }
}
