//! A worker's way through a program: frames where they are, a verdict for each.

use crate::abi::{Exit, VECTOR};
use crate::core::{Core, Machine};
use crate::emit::Entry;
use rt::engine::At;
use rt::events::DropReason;
use rt::packet::{Instance, Packet, Requests};
use rt::state::{Env, State};

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
    verdicts: Vec<Verdict>,
    /// Bytes of `truncate`, by frame.
    limits: Vec<Option<u32>>,
    headers: Vec<Vec<u8>>,
}

impl Lane {
    pub fn new(machine: &Machine, state: &State) -> Lane {
        let meters = state.program.direct_meters.len();
        Lane {
            core: Core::new(machine),
            packets: (0..VECTOR).map(|_| Packet::new(&state.layout, meters)).collect(),
            verdicts: Vec::with_capacity(VECTOR),
            limits: Vec::with_capacity(VECTOR),
            headers: vec![vec![]; VECTOR],
        }
    }

    /// Frames that may be given at once.
    pub fn batch(&self) -> usize {
        if self.core.machine.facts.one_by_one { 1 } else { VECTOR }
    }

    /// Runs frames, at most [`Lane::batch`] of them, each with the port that it came in by.
    pub fn run<'f>(&mut self, env: &mut Env<'_>, frames: impl Iterator<Item = (u16, &'f mut [u8])>) {
        self.core.clear();
        self.verdicts.clear();
        self.limits.clear();
        let state = env.state;
        for ((port, frame), packet) in frames.zip(&mut self.packets) {
            enter(&self.core.machine, state, env.now, packet, port, frame);
            // SAFETY: `frame` is borrowed mutably for longer than this call, within which the vector is run and judged.
            unsafe { self.core.push(state, packet, frame, Entry::Parser) };
        }
        self.core.run(env, &mut self.packets, Entry::Parser);
        for at in 0..self.core.records.len() {
            let verdict = self.judge(state, at);
            self.verdicts.push(verdict);
            self.limits.push(self.packets[at].truncate);
        }
    }

    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// How long a frame may be at most when it leaves.
    pub fn limit(&self, at: usize) -> Option<u32> {
        self.limits.get(at).copied().flatten()
    }

    /// The new beginning of a frame that is [`Verdict::Moved`].
    pub fn header(&self, at: usize) -> &[u8] {
        &self.headers[at]
    }

    /// The packet behind a frame, against another one.
    pub fn take(&mut self, at: usize, other: Packet) -> Packet {
        std::mem::replace(&mut self.packets[at], other)
    }

    fn judge(&mut self, state: &State, at: usize) -> Verdict {
        let (exit, payload) = self.core.exit(at);
        let facts = &self.core.machine.facts;
        let packet = &mut self.packets[at];
        if facts.aligned {
            packet.cursor = payload * 8;
        }
        match exit {
            Some(Exit::Out) => {}
            Some(Exit::Dropped) => return Verdict::Dropped(DropReason::Ingress),
            Some(Exit::DroppedByEgress) => return Verdict::Dropped(DropReason::Egress),
            Some(Exit::TooManySteps) | None => return Verdict::Dropped(DropReason::StepLimit),
            Some(Exit::AfterIngress) => {
                packet.at = At::AfterIngress;
                return Verdict::Left;
            }
            Some(Exit::AfterEgress) => {
                packet.at = At::AfterEgress;
                return Verdict::Left;
            }
        }
        let port = self.core.records[at].port as u16;
        if packet.requests.recirculate.is_some() {
            packet.at = At::Out;
            packet.set_word(state.layout.slot(state.program.standard.egress_port), u64::from(port));
            self.whole(at, payload);
            return Verdict::Left;
        }
        let header = &mut self.headers[at];
        header.clear();
        if !facts.wire_deparser {
            header.extend_from_slice(&packet.out);
            return Verdict::Moved { port, payload: packet.length };
        }
        if !self.core.moved(at) {
            return Verdict::Out { port };
        }
        self.core.gather(at, header);
        Verdict::Moved { port, payload: payload as u32 }
    }

    /// Makes the bytes that leave, for a packet that goes round again.
    fn whole(&mut self, at: usize, payload: usize) {
        let packet = &mut self.packets[at];
        if !self.core.machine.facts.wire_deparser {
            return;
        }
        packet.out.clear();
        let unchanged = !self.core.moved(at);
        let bytes = self.core.bytes(at);
        if unchanged {
            packet.out.extend_from_slice(bytes);
        } else {
            self.core.gather(at, &mut packet.out);
            packet.out.extend_from_slice(bytes.get(payload..).unwrap_or(&[]));
        }
    }
}

/// What the parser's stage reads of a new packet.
fn enter(machine: &Machine, state: &State, now: u64, packet: &mut Packet, port: u16, frame: &[u8]) {
    let facts = &machine.facts;
    for place in &facts.entry_slots {
        packet.frame[place.range()].fill(0);
    }
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
    if facts.asks {
        packet.requests = Requests::default();
    }
    let standard = &state.program.standard;
    let mut set = |slot, value| packet.set_word(state.layout.slot(slot), value);
    set(standard.ingress_port, u64::from(port));
    set(standard.packet_length, frame.len() as u64);
    set(standard.instance_type, Instance::Normal as u64);
    set(standard.ingress_global_timestamp, now / 1000);
}
