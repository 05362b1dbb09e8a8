//! Ten thousand entries of other kinds than exact: what a lookup costs, and how fast they go in.

use crate::program::{Loaded, front};
use crate::world::{Random, fill_v4};
use anyhow::{Result, ensure};
use dpdk::tsc::rdtsc;
use front::ir::KeyMatch::{Lpm, Range, Ternary};
use front::ir::{ActionCall, Bits, KeyMatch};
use host::compile::{Source, on_large_stack};
use jit::Verdict;
use rt::{Around, NewEntry, Target};
use std::hint::black_box;
use std::time::Instant;

const VECTOR: usize = 256;
const FRAME: usize = 60;
pub const ENTRIES: usize = 10_000;

/// What the entries match.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Two addresses under prefixes of any length, 625 pairs of lengths in all, each entry with a priority of its own.
    Ternary,
    /// Two ports within up to a thousand.
    Range,
    /// Prefixes of a number that is no whole bytes.
    Lpm,
}

/// The fields that are matched, as a packet has them.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    src: u32,
    dst: u32,
    ports: [u16; 2],
    /// 37 bits.
    odd: u64,
}

const ODD: u32 = 37;

fn bits(width: u32, value: u64) -> Bits {
    Bits { width, value: value.into() }
}

impl Kind {
    fn keys(self) -> &'static str {
        match self {
            Kind::Ternary => "hdr.ipv4.src: ternary; hdr.ipv4.dst: ternary;",
            Kind::Range => "hdr.ports.src: range; hdr.ports.dst: range;",
            Kind::Lpm => "hdr.ethernet.dst[36:0]: lpm @name(\"odd\");",
        }
    }

    /// Keys, and a packet that they match.
    fn entry(self, random: &mut Random) -> (Vec<KeyMatch>, Fields) {
        let mut fields = Fields::default();
        let keys = match self {
            Kind::Ternary => {
                (fields.src, fields.dst) = (random.next() as u32, random.next() as u32);
                let mut under = |value: u32| {
                    let mask = u32::MAX << random.below(25);
                    Ternary { value: bits(32, (value & mask).into()), mask: bits(32, mask.into()) }
                };
                vec![under(fields.src), under(fields.dst)]
            }
            Kind::Range => {
                fields.ports = [random.next() as u16, random.next() as u16];
                let mut around = |port: u16| {
                    let (below, above) = (random.below(500) as u16, random.below(500) as u16);
                    let (lo, hi) = (port.saturating_sub(below), port.saturating_add(above));
                    Range { lo: bits(16, lo.into()), hi: bits(16, hi.into()) }
                };
                vec![around(fields.ports[0]), around(fields.ports[1])]
            }
            Kind::Lpm => {
                fields.odd = random.next() >> (64 - ODD);
                let length = 8 + random.below(ODD as usize - 7) as u32;
                let value = fields.odd >> (ODD - length) << (ODD - length);
                vec![Lpm { value: bits(ODD, value), length }]
            }
        };
        (keys, fields)
    }
}

impl Fields {
    fn fill(self, frame: &mut [u8]) {
        fill_v4(frame, self.dst, 0);
        frame[..6].copy_from_slice(&self.odd.to_be_bytes()[2..]);
        frame[26..30].copy_from_slice(&self.src.to_be_bytes());
        for (at, port) in [34, 36].into_iter().zip(self.ports) {
            frame[at..at + 2].copy_from_slice(&port.to_be_bytes());
        }
    }
}

pub struct Bench {
    loaded: Loaded,
    packets: Vec<Fields>,
    random: Random,
    /// Entries a second, while the table was filled.
    pub rate: f64,
}

impl Bench {
    /// A table with its entries, where a packet for each finds one.
    pub fn new(kind: Kind) -> Result<Bench> {
        let text = include_str!("exact.p4");
        let (before, rest) = text.split_once("key = {").unwrap_or_else(|| unreachable!("it has a table"));
        let (_, after) = rest.split_once('}').unwrap_or_else(|| unreachable!("its keys end"));
        let text = format!("{before}key = {{ {} }}{after}", kind.keys());
        let source = Source { file: "tables.p4".into(), ..Source::default() };
        let mut loaded = Loaded::of(on_large_stack(|| front(&source, Some(&text)))?, false)?;
        let table = loaded.control.names().table("flows")?;
        let mut random = Random(7);
        let made: Vec<_> = (0..ENTRIES).map(|_| kind.entry(&mut random)).collect();
        let started = Instant::now();
        let mut packets = Vec::with_capacity(ENTRIES);
        for (at, (keys, fields)) in made.into_iter().enumerate() {
            let args =
                vec![bits(9, 1 + at as u64 % 2), bits(48, 0x0200_0000_0000), bits(48, 0x0200_0000_0001)];
            let target = Target::Action(ActionCall { action: 0, args });
            let priority = if matches!(kind, Kind::Lpm) { 0 } else { 1 + at as i64 };
            // Of two that drew the same prefix, one is enough.
            if loaded.control.insert(table, &NewEntry::new(keys, priority, target)).is_ok() {
                packets.push(fields);
            }
        }
        let rate = packets.len() as f64 / started.elapsed().as_secs_f64();
        ensure!(packets.len() > ENTRIES * 9 / 10, "only {} entries went in", packets.len());
        Ok(Bench { loaded, packets, random, rate })
    }

    /// Cycles a packet of each part of the program's way.
    pub fn parts(&mut self) -> Vec<(String, f64)> {
        self.loaded.cycles()
    }

    /// Cycles a packet over entries that are drawn uniformly.
    pub fn sample(&mut self, vectors: usize) -> Result<f64> {
        let mut buffers = vec![[0; FRAME]; VECTOR];
        let mut cycles = 0;
        for _ in 0..vectors {
            for buffer in &mut buffers {
                self.packets[self.random.below(self.packets.len())].fill(buffer);
            }
            let started = rdtsc();
            self.loaded.run(Around::alone(), 0, buffers.iter_mut().map(|buffer| &mut buffer[..]));
            let out = |at: &usize| matches!(black_box(self.loaded.lane.verdict(*at)), Verdict::Out { port } if port != 0);
            let forwarded = (0..VECTOR).filter(out).count();
            cycles += rdtsc() - started;
            ensure!(forwarded == VECTOR, "{forwarded} of {VECTOR} were found");
        }
        Ok(cycles as f64 / (vectors * VECTOR) as f64)
    }
}
