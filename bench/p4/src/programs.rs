//! Our own programs over the packets of their own tests, by machine code and by the interpreter.

use crate::program::{front, source};
use anyhow::{Context, Result, anyhow};
use dpdk::tsc::rdtsc;
use host::compile::on_large_stack;
use jit::{JitEngine, Lane, Machine, Verdict};
use rt::engine::Engine;
use rt::externs::random::Random;
use rt::interp::Interpreter;
use rt::packet::Packet;
use rt::state::{Caches, Env, Events, State};
use rt::{Around, Device, NewEntry, Target};
use std::hint::black_box;
use std::sync::Arc;
use tool::stf;

const VECTOR: usize = 256;

/// A program with its tables filled, and frames that all came in by one port.
pub struct Scenario {
    device: Device,
    state: Arc<State>,
    lane: Lane,
    port: u16,
    frames: Vec<Vec<u8>>,
}

/// The part of its test's packets that came in by the port of most of them.
fn of_one_port(frames: Vec<(u16, Vec<u8>)>) -> (u16, Vec<Vec<u8>>) {
    let count = |port: u16| frames.iter().filter(|(of, _)| *of == port).count();
    let port = frames.iter().map(|(port, _)| *port).max_by_key(|port| count(*port)).unwrap_or(0);
    (port, frames.into_iter().filter(|(of, _)| *of == port).map(|(_, frame)| frame).collect())
}

impl Scenario {
    /// `more` adds to the tables.
    pub fn new(name: &str, more: impl FnOnce(&mut Device) -> Result<()>) -> Result<Scenario> {
        let source = source(&format!("{name}.p4"));
        let text = std::fs::read_to_string(source.file.with_extension("stf")).context("its test")?;
        let script = stf::parse(&text).map_err(|_| anyhow!("{name}.stf is no test"))?;
        let program = on_large_stack(|| front(&source, None))?;
        let (mut device, frames) = stf::set_up(&script, program)?;
        more(&mut device)?;
        let state = Arc::clone(device.state());
        let lane = Lane::new(&Machine::new(&state)?, &state);
        let (port, frames) = of_one_port(frames);
        Ok(Scenario { device, state, lane, port, frames })
    }

    /// A thousand rules of which none matches, in front of those that do.
    pub fn thousand_rules(device: &mut Device) -> Result<()> {
        let control = device.control();
        let table = control.names().table("ipv4_rules")?;
        let action = control.names().table_action(table, "deny")?;
        for rule in 0..1000u32 {
            let number = |width, value: u64| front::ir::Bits { width, value: value.into() };
            use front::ir::KeyMatch::{Any, Ternary};
            // Hosts of a network that no packet of the test comes from, each with its own destination's prefix.
            let src =
                Ternary { value: number(32, 0xac10_0000 + u64::from(rule)), mask: number(32, 0xffff_ffff) };
            let length = 16 + rule % 16;
            let mask = u64::from(u32::MAX << (32 - length));
            let dst =
                Ternary { value: number(32, u64::from(rule * 0x0101_0101) & mask), mask: number(32, mask) };
            let keys = vec![Any, src, dst, Any, Any, Any, Any, Any];
            let call = front::ir::ActionCall { action, args: vec![] };
            control.insert(table, &NewEntry::new(keys, 5000 + i64::from(rule), Target::Action(call)))?;
        }
        Ok(())
    }

    fn with_env<R>(state: &State, work: impl FnOnce(&mut Env<'_>) -> R) -> R {
        let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(state), Events::new(0));
        let (random, caches, events) = (&mut random, &mut caches, &mut events);
        work(&mut Env { state, now: 0, random, caches, events, around: Around::alone() })
    }

    /// Cycles a packet in a worker's lane; packets that clone or go round again only as far as the lane takes them.
    pub fn by_lane(&mut self, vectors: usize) -> f64 {
        let mut cycles = 0;
        let mut buffers: Vec<Vec<u8>> = vec![vec![]; VECTOR];
        let (lane, frames, port) = (&mut self.lane, &self.frames, self.port);
        let batch = lane.batch().min(VECTOR);
        Self::with_env(&self.state, |env| {
            for _ in 0..vectors {
                for (at, buffer) in buffers.iter_mut().enumerate() {
                    buffer.clear();
                    buffer.extend_from_slice(&frames[at % frames.len()]);
                }
                let started = rdtsc();
                for chunk in buffers.chunks_mut(batch) {
                    lane.run(env, port, chunk.iter_mut().map(|frame| &mut frame[..]));
                    for (at, frame) in chunk.iter().enumerate() {
                        let verdict = lane.verdict(at);
                        if let Verdict::Moved { .. } = verdict {
                            black_box(lane.header(at, frame).len());
                        }
                        black_box(verdict);
                    }
                }
                cycles += rdtsc() - started;
            }
        });
        cycles as f64 / (vectors * VECTOR) as f64
    }

    /// Cycles a packet of the interpreter: parser and ingress, and egress and deparser of what was not dropped.
    pub fn by_interpreter(&mut self, vectors: usize) -> f64 {
        let meters = self.state.program.direct_meters.len();
        let mut packets: Vec<Packet> = (0..VECTOR).map(|_| Packet::new(&self.state.layout, meters)).collect();
        let mut engine = Interpreter::new(());
        let mut cycles = 0;
        let (frames, port) = (&self.frames, self.port);
        Self::with_env(&self.state, |env| {
            for _ in 0..vectors {
                for (at, packet) in packets.iter_mut().enumerate() {
                    packet.reset(port, &frames[at % frames.len()]);
                }
                let started = rdtsc();
                engine.enter(env, &mut packets);
                engine.egress(env, &mut packets);
                engine.deparse(env, &mut packets);
                cycles += rdtsc() - started;
            }
        });
        cycles as f64 / (vectors * VECTOR) as f64
    }

    /// The engine of a device agrees with the interpreter before anything is measured.
    pub fn check(&mut self) -> Result<()> {
        let engine = JitEngine::new(&self.state)?;
        drop(engine);
        anyhow::ensure!(!self.frames.is_empty(), "a test without packets");
        self.device.inject(self.port, &self.frames[0]);
        self.device.run();
        Ok(())
    }
}
