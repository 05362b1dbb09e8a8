//! What one worker counts. All of it in its own page, so that no line is written by two cores.

use crate::histogram::BUCKETS;
use crate::{DropReason, PuntClass};
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter with one writer.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct Counter(AtomicU64);

impl Counter {
    /// A load and a store: with one writer nothing is lost, and no line is locked.
    #[inline(always)]
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    #[inline(always)]
    pub fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }

    #[inline]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Packets and bytes of a path on one worker; side by side, since both are written for every packet.
#[derive(Debug, Default)]
#[repr(C, align(16))]
pub struct PathCounter {
    pub packets: Counter,
    pub bytes: Counter,
}

impl PathCounter {
    #[inline(always)]
    pub fn add(&self, packets: u64, bytes: u64) {
        self.packets.add(packets);
        self.bytes.add(bytes);
    }
}

/// A port on one worker.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub struct PortCounter {
    pub rx_packets: Counter,
    pub rx_bytes: Counter,
    pub tx_packets: Counter,
    pub tx_bytes: Counter,
    pub tx_drops: Counter,
}

/// Cycles of the TSC that a stage took, and packets it had.
#[derive(Debug, Default)]
#[repr(C)]
pub struct StageCounter {
    pub cycles: Counter,
    pub packets: Counter,
}

impl StageCounter {
    #[inline(always)]
    pub fn add(&self, cycles: u64, packets: u64) {
        self.cycles.add(cycles);
        self.packets.add(packets);
    }
}

/// What a generator counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum GeneratorCounter {
    /// Frames made.
    Made,
    /// Frames that came out as they should.
    Good,
    /// Frames with a wrong TTL or checksum.
    BadHeader,
    /// Frames that came out of another port than they should.
    WrongPort,
}

impl GeneratorCounter {
    pub const COUNT: usize = 4;
}

/// Stages that a worker can have.
pub(crate) const STAGES: usize = 32;
/// Parts of the P4 program's way whose cycles are counted; what a program has beyond them is added up in the last.
pub const PROGRAM_STAGES: usize = 64;
/// Reasons for which a BFD packet can be discarded.
pub(crate) const BFD_DISCARDS: usize = 32;

/// One worker's page.
#[derive(Debug)]
#[repr(C, align(4096))]
pub struct WorkerPage {
    pub core: Counter,
    pub turns: Counter,
    pub empty_polls: Counter,
    pub vectors: Counter,
    pub rx_packets: Counter,
    pub tx_packets: Counter,
    pub bfd_rx: Counter,
    pub bfd_tx: Counter,
    /// BFD packets that arrived here and belong to another worker.
    pub handovers: Counter,
    /// Times that a peer was not declared dead because its packets could still be waiting.
    pub bfd_vetoes: Counter,
    pub icmp_sent: Counter,
    /// ICMP answers that the rate did not allow.
    pub icmp_limited: Counter,
    /// News for the main thread that found its ring full.
    pub notices_lost: Counter,
    /// The longest time between two turns, in nanoseconds.
    pub max_stall_ns: Counter,
    /// When it was.
    pub max_stall_at_ns: Counter,
    pub drops: [Counter; DropReason::COUNT],
    pub punts: [Counter; PuntClass::COUNT],
    pub policed: [Counter; PuntClass::COUNT],
    pub bfd_discards: [Counter; BFD_DISCARDS],
    pub generator: [Counter; GeneratorCounter::COUNT],
    pub stages: [StageCounter; STAGES],
    pub stalls: [Counter; BUCKETS],
    pub program_stages: [StageCounter; PROGRAM_STAGES],
}

impl WorkerPage {
    #[inline]
    pub fn drop_packet(&self, reason: DropReason) {
        self.drops[reason as usize].add(1);
    }

    #[inline(always)]
    pub fn stage(&self, stage: usize) -> &StageCounter {
        &self.stages[stage % STAGES]
    }

    /// What the parts of the program took since it was put in place: cycles and packets.
    pub fn program_stages(&self, parts: impl IntoIterator<Item = (u64, u64)>) {
        let mut all = [(0u64, 0u64); PROGRAM_STAGES];
        for (at, (cycles, packets)) in parts.into_iter().enumerate() {
            let sum = &mut all[at.min(PROGRAM_STAGES - 1)];
            *sum = (sum.0.wrapping_add(cycles), sum.1.wrapping_add(packets));
        }
        for (counter, (cycles, packets)) in self.program_stages.iter().zip(all) {
            counter.cycles.set(cycles);
            counter.packets.set(packets);
        }
    }

    #[inline(always)]
    pub fn generator(&self, counter: GeneratorCounter) -> &Counter {
        &self.generator[counter as usize]
    }

    /// The loop was away for so long.
    #[inline(always)]
    pub fn record_stall(&self, now_ns: u64, away_ns: u64) {
        self.stalls[crate::histogram::bucket(away_ns)].add(1);
        if away_ns > self.max_stall_ns.get() {
            self.max_stall_ns.set(away_ns);
            self.max_stall_at_ns.set(now_ns);
        }
    }
}
