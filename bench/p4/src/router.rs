//! router.p4 against the hand-written path that it replaced.

use crate::old::{PortView, VECTOR, Vector, Way};
use crate::program::Loaded;
use crate::world::{PATHS, PORT_MAC, Random, World, fill_v4};
use anyhow::{Result, ensure};
use dpdk::tsc::rdtsc;
use fib::{PathId, WorkerEpoch};
use rt::around::{Around, PortInfo, Ports, Repaired};
use rt::packet::NO_PATH;
use std::hint::black_box;

/// Bytes from one frame to the next: what a packet buffer takes.
const STRIDE: usize = 2176;
const FRAME: usize = 60;

#[derive(Debug, Clone, Copy, Default)]
struct PathCount {
    packets: u64,
    bytes: u64,
}

/// Both paths, over the same frames in the same buffers.
pub struct Bench {
    world: World,
    buffers: Vec<u8>,
    epoch: WorkerEpoch,
    old: Box<Vector>,
    port: PortView,
    new: Loaded,
    ports: Ports,
    repaired: Repaired,
    counts: Vec<PathCount>,
    out: Vec<Vec<u16>>,
    random: Random,
}

/// Cycles a packet of one repeat.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub old: f64,
    pub new: f64,
}

impl Bench {
    pub fn new(routes: usize) -> Result<Bench> {
        let world = World::new(routes)?;
        let epoch = world.tables.register_worker()?;
        let m = PORT_MAC;
        let port = PortInfo { port: 0, mac: m, untagged: 0, vlans: None };
        Ok(Bench {
            epoch,
            buffers: vec![0; VECTOR * STRIDE + 64],
            old: Vector::new(),
            port: PortView { mac: u64::from_le_bytes([m[0], m[1], m[2], m[3], m[4], m[5], 0, 0]) },
            new: Loaded::built_in("router.p4")?,
            ports: Ports::new([port]),
            repaired: Repaired::default(),
            counts: vec![PathCount::default(); usize::from(u16::MAX) + 1],
            out: (0..4).map(|_| Vec::with_capacity(VECTOR)).collect(),
            random: Random(11),
            world,
        })
    }

    /// So many vectors by each of the two, in turns.
    pub fn sample(&mut self, vectors: usize) -> Sample {
        let mut cycles = [0u64; 2];
        for turn in 0..vectors * 2 {
            // Each vector is seen by both, the two take turns in being first.
            let seed = self.random.0;
            self.fill(seed);
            let new = (turn ^ turn >> 1) & 1;
            let started = rdtsc();
            if new == 1 {
                self.by_router()
            } else {
                self.by_hand()
            }
            cycles[new] += rdtsc() - started;
            self.epoch.quiescent();
            if turn & 1 == 1 {
                self.random.next();
            }
        }
        let packets = (vectors * VECTOR) as f64;
        Sample { old: cycles[0] as f64 / packets, new: cycles[1] as f64 / packets }
    }

    /// Cycles a packet of each part of the router's way.
    pub fn parts(&mut self) -> Vec<(String, f64)> {
        self.new.cycles()
    }

    /// Both do the same, and it is right.
    pub fn check(&mut self) -> Result<()> {
        for seed in 0..50 {
            let mut frames = [vec![], vec![]];
            let mut ways = [vec![], vec![]];
            for which in [0, 1] {
                self.fill(seed);
                if which == 0 {
                    self.by_hand()
                } else {
                    self.by_router()
                }
                frames[which] = self.buffers.clone();
                ways[which] = self.out.clone();
            }
            ensure!(ways[0] == ways[1], "packets left by other ports");
            ensure!(frames[0] == frames[1], "packets left with other bytes");
            ensure!(ways[0].iter().map(Vec::len).sum::<usize>() == VECTOR, "not all were forwarded");
        }
        Ok(())
    }

    fn fill(&mut self, seed: u64) {
        let mut random = Random(seed);
        for at in 0..VECTOR {
            let dst = self.world.address(&mut random);
            let flow = random.next();
            fill_v4(&mut self.buffers[at * STRIDE..], dst, flow);
        }
        self.out.iter_mut().for_each(Vec::clear);
    }

    #[inline(never)]
    fn by_hand(&mut self) {
        let mut frames: Vec<&mut [u8]> =
            self.buffers.chunks_exact_mut(STRIDE).map(|b| &mut b[..FRAME]).collect();
        self.old.parse(frames.iter().map(|frame| &**frame), &self.port);
        self.old.lookup(self.epoch.tables());
        let (counts, out) = (&mut self.counts[..], &mut self.out[..]);
        let mut count = |path: PathId, bytes| {
            let count = &mut counts[usize::from(path.0)];
            count.packets += 1;
            count.bytes += bytes;
        };
        self.old.rewrite(&mut frames, &self.epoch, &mut count);
        for (at, way) in self.old.way.iter().enumerate() {
            match way {
                Way::Out(port) => out[usize::from(*port)].push(at as u16),
                Way::Local | Way::Gone => {
                    black_box(at);
                }
            }
        }
    }

    #[inline(never)]
    fn by_router(&mut self) {
        let mut frames: Vec<&mut [u8]> =
            self.buffers.chunks_exact_mut(STRIDE).map(|b| &mut b[..FRAME]).collect();
        let around = Around { ports: &self.ports, fib: Some(&self.epoch), repaired: Some(&self.repaired) };
        // The switch hears BFD's before what is behind them.
        let stopped = self.new.listen(around, 0, frames.iter_mut().map(|frame| &mut **frame));
        assert_eq!(stopped, None, "no frame here is BFD");
        let (counts, out) = (&mut self.counts[..], &mut self.out[..]);
        let (lane, ports) = (&self.new.lane, out.len());
        assert!(lane.is_straight(), "the router asks for nothing else");
        for (at, left) in lane.left().iter().enumerate() {
            if left.is_straight() && usize::from(left.port()) < ports {
                if left.path() != NO_PATH {
                    let count = &mut counts[usize::from(left.path())];
                    count.packets += 1;
                    count.bytes += FRAME as u64;
                }
                out[usize::from(left.port())].push(at as u16);
            } else {
                black_box(at);
            }
        }
    }
}

const _: () = assert!(PATHS < 1 << 16);
