//! A million flows in a hash table.

use crate::program::{Loaded, front};
use crate::world::{Random, fill_v4};
use anyhow::{Result, ensure};
use dpdk::tsc::rdtsc;
use front::ir::{ActionCall, Bits, KeyMatch};
use host::compile::{Source, on_large_stack};
use jit::Verdict;
use rt::{Around, MeterRates, NewEntry, Target};
use std::hint::black_box;

const VECTOR: usize = 256;
const STRIDE: usize = 2176;
const FRAME: usize = 60;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The lookup and what a router does.
    Exact,
    /// The same, and each flow is counted, metered and aged.
    Direct,
}

pub struct Bench {
    loaded: Loaded,
    /// Destination and what [`fill_v4`] makes the rest from.
    flows: Vec<(u32, u64)>,
    buffers: Vec<u8>,
    random: Random,
}

impl Bench {
    pub fn new(program: Program, flows: usize) -> Result<Bench> {
        let (name, text) = match program {
            Program::Exact => ("exact.p4", include_str!("exact.p4")),
            Program::Direct => ("direct.p4", include_str!("direct.p4")),
        };
        let source = Source { file: name.into(), ..Source::default() };
        let program = on_large_stack(|| front(&source, Some(text)))?;
        let mut loaded = Loaded::of(program, false)?;
        let mut random = Random(3);
        let flows: Vec<(u32, u64)> = (0..flows as u64)
            // Each differs from the others in its ports and addresses.
            .map(|flow| (random.next() as u32, flow << 8 | 0x0100_0000_0000))
            .collect();
        let table = loaded.control.names().table("flows")?;
        let metered = loaded.state.program.tables[table.index()].meter.is_some();
        // More than the clock, which stands still, will ever let through.
        let rates = MeterRates::per_second(1 << 40, 1 << 40, 1 << 40, 1 << 40);
        let mut frame = [0; FRAME];
        for (at, (dst, flow)) in flows.iter().enumerate() {
            fill_v4(&mut frame, *dst, *flow);
            let field = |from: usize, bytes: usize| {
                let value =
                    frame[from..from + bytes].iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
                KeyMatch::Exact(Bits { width: bytes as u32 * 8, value: value.into() })
            };
            let keys = vec![field(26, 4), field(30, 4), field(23, 1), field(34, 2), field(36, 2)];
            let bits = |width, value: u64| Bits { width, value: value.into() };
            let args = vec![
                bits(9, 1 + at as u64 % 2),
                bits(48, 0x0200_0000_0000 + at as u64),
                bits(48, 0x0200_0000_0001),
            ];
            let target = Target::Action(ActionCall { action: 0, args });
            // Of two flows that drew the same numbers, one is enough.
            let Ok(entry) = loaded.control.insert(table, &NewEntry::new(keys, 0, target)) else { continue };
            if metered {
                loaded.control.set_direct_meter(table, entry, Some(rates))?;
            }
        }
        Ok(Bench { loaded, flows, buffers: vec![0; VECTOR * STRIDE], random })
    }

    /// Cycles a packet of each part of the program's way.
    pub fn parts(&mut self) -> Vec<(String, f64)> {
        self.loaded.cycles()
    }

    /// Cycles a packet over flows that are drawn uniformly.
    pub fn sample(&mut self, vectors: usize) -> Result<f64> {
        let mut cycles = 0;
        for _ in 0..vectors {
            for at in 0..VECTOR {
                let (dst, flow) = self.flows[self.random.below(self.flows.len())];
                fill_v4(&mut self.buffers[at * STRIDE..], dst, flow);
            }
            let mut frames: Vec<&mut [u8]> =
                self.buffers.chunks_exact_mut(STRIDE).map(|buffer| &mut buffer[..FRAME]).collect();
            let started = rdtsc();
            self.loaded.run(Around::alone(), 0, frames.iter_mut().map(|frame| &mut **frame));
            let mut forwarded = 0;
            for at in 0..VECTOR {
                match self.loaded.lane.verdict(at) {
                    Verdict::Out { port } => forwarded += usize::from(black_box(port) != 0),
                    other => {
                        black_box(other);
                    }
                }
            }
            cycles += rdtsc() - started;
            ensure!(forwarded == VECTOR, "{forwarded} of {VECTOR} were found");
        }
        Ok(cycles as f64 / (vectors * VECTOR) as f64)
    }
}
