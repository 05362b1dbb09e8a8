//! Compiled code under a device: what the interpreter does, done by stages over vectors.

use crate::abi::{Exit, VECTOR};
use crate::compile::{CompileError, Purpose};
use crate::core::{Core, Machine};
use crate::emit::Entry;
use rt::engine::{At, Engine};
use rt::events::DropReason;
use rt::packet::Packet;
use rt::state::{Env, State};

/// Runs the compiled code of one state.
#[derive(Debug)]
pub struct JitEngine {
    core: Core,
    /// Bytes of the packets of a vector: what is written in place must leave the packet as it entered.
    buffers: Vec<Vec<u8>>,
}

impl JitEngine {
    pub fn new(state: &State) -> Result<JitEngine, CompileError> {
        Ok(JitEngine::of(&Machine::for_purpose(state, Purpose::Device)?))
    }

    pub fn of(machine: &Machine) -> JitEngine {
        JitEngine { core: Core::new(machine), buffers: vec![vec![]; VECTOR] }
    }

    fn run(&mut self, env: &mut Env<'_>, packets: &mut [Packet], entry: Entry) {
        for packets in packets.chunks_mut(VECTOR) {
            self.core.clear();
            for (packet, buffer) in packets.iter_mut().zip(&mut self.buffers) {
                buffer.clear();
                buffer.extend_from_slice(&packet.bytes);
                // SAFETY: buffers are this engine's, and nobody touches them before `end` is done with the vector.
                unsafe { self.core.push(env.state, packet, buffer, entry) };
            }
            self.core.run(env, packets, entry);
            for (at, packet) in packets.iter_mut().enumerate() {
                self.end(env.state, packet, at);
            }
        }
    }

    fn end(&mut self, state: &State, packet: &mut Packet, at: usize) {
        let (exit, payload) = self.core.exit(at);
        self.core.colours(at, &mut packet.colours);
        let facts = &self.core.machine.facts;
        (packet.why, packet.path) = (self.core.why(at), self.core.room.packets().left[at].path());
        if facts.aligned {
            packet.cursor = payload * 8;
        }
        match exit {
            Some(Exit::Out) => {
                packet.at = At::Out;
                let place = state.layout.slot(state.program.standard.egress_port);
                packet.set_word(place, u64::from(self.core.room.packets().left[at].port()));
                if facts.wire_deparser {
                    self.take_out(packet, payload, at);
                }
            }
            Some(Exit::AfterIngress) => packet.at = At::AfterIngress,
            Some(Exit::AfterEgress) => packet.at = At::AfterEgress,
            Some(Exit::DroppedByEgress) => packet.failed = Some(DropReason::Egress),
            Some(Exit::Dropped) => packet.failed = Some(DropReason::Ingress),
            Some(Exit::TooManySteps) | None => packet.failed = Some(DropReason::StepLimit),
        }
    }

    /// What the deparser made: the bytes as they stand, or the pieces and the payload.
    fn take_out(&mut self, packet: &mut Packet, payload: usize, at: usize) {
        if !self.core.moved(at) {
            return std::mem::swap(&mut packet.out, &mut self.buffers[at]);
        }
        packet.out.clear();
        self.core.gather(at, &self.buffers[at], &mut packet.out);
        packet.out.extend_from_slice(self.buffers[at].get(payload..).unwrap_or(&[]));
    }
}

impl Engine for JitEngine {
    fn batch(&self) -> usize {
        if self.core.machine.facts.one_by_one { 1 } else { VECTOR }
    }

    fn parse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Reparse);
    }

    fn enter(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Parser);
    }

    fn egress(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Egress);
    }

    fn deparse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Compute);
    }
}
