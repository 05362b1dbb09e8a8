//! The reading end: never waits for a worker, and believes no byte of the file that it has not checked.

use crate::counters::{PROGRAM_STAGES, STAGES, WorkerPage};
use crate::histogram::StallSummary;
use crate::layout::{Header, Layout, MAGIC};
use crate::segment::Map;
use crate::slots::{Asked, FailoverRow, PathRow, SessionInfo, get_text};
use crate::{DropReason, PuntClass, StageCounter, VERSION};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The segment cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot read the stats segment {}: {error}", .path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("{} is no stats segment of swerve", .path.display())]
    NotASegment { path: PathBuf },
    #[error("the stats segment {} has version {found}, this program reads version {VERSION}: use the swervectl of the running switch", .path.display())]
    Version { path: PathBuf, found: u64 },
    #[error("the stats segment {} is cut short: {have} bytes of {want}", .path.display())]
    Truncated { path: PathBuf, have: u64, want: u64 },
}

/// A segment, read-only.
#[derive(Debug)]
pub struct Reader {
    map: Map,
}

/// A port's traffic over all workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PortTotals {
    pub rx_packets: u64,
    pub rx_bytes: u64,
    pub tx_packets: u64,
    pub tx_bytes: u64,
    pub tx_drops: u64,
}

/// A port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortRow {
    pub name: String,
    pub up: bool,
    pub since_ns: u64,
    pub totals: PortTotals,
}

/// A worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRow {
    pub core: u32,
    pub turns: u64,
    pub empty_polls: u64,
    pub vectors: u64,
    pub rx_packets: u64,
    pub tx_packets: u64,
    pub bfd_rx: u64,
    pub bfd_tx: u64,
    pub handovers: u64,
    pub bfd_vetoes: u64,
    pub icmp_sent: u64,
    pub icmp_limited: u64,
    pub notices_lost: u64,
    /// By reason, zeroes included.
    pub drops: Vec<(DropReason, u64)>,
    pub punts: Vec<(PuntClass, u64)>,
    pub policed: Vec<(PuntClass, u64)>,
    /// By reason, zeroes included.
    pub bfd_discards: Vec<u64>,
    /// Made, good, with a bad header, out of a wrong port.
    pub generator: [u64; 4],
    /// Name, cycles, packets.
    pub stages: Vec<(String, u64, u64)>,
    /// The same of the parts of the P4 program, since it was put in place; packets are those of the vectors that were timed.
    pub program_stages: Vec<(String, u64, u64)>,
    pub stalls: StallSummary,
    pub max_stall_at_ns: u64,
    /// Buckets of the stall histogram, for differences between two readings.
    pub stall_buckets: Vec<u64>,
}

/// A BFD session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub slot: u16,
    /// The first path that it watches; empty where there is none.
    pub path: String,
    pub asked: Asked,
    pub worker: u16,
    /// `None` until its worker has said something.
    pub info: Option<SessionInfo>,
}

impl Reader {
    /// Opens the segment of a switch.
    pub fn open(path: &Path) -> Result<Reader, OpenError> {
        let failed = |error| OpenError::Io { path: path.to_owned(), error };
        let file = File::open(path).map_err(failed)?;
        let have = file.metadata().map_err(failed)?.len();
        if have < size_of::<Header>() as u64 {
            return Err(OpenError::NotASegment { path: path.to_owned() });
        }
        let memory = map(&file, have as usize).map_err(failed)?;
        let bare = Layout { size: size_of::<Header>(), ..Layout::EMPTY };
        let mut map = Map::new(memory, bare);
        let header = map.header();
        let get = |field: &AtomicU64| field.load(Ordering::Relaxed);
        if header.magic.load(Ordering::Acquire) != MAGIC {
            return Err(OpenError::NotASegment { path: path.to_owned() });
        }
        if get(&header.version) != u64::from(VERSION) {
            return Err(OpenError::Version { path: path.to_owned(), found: get(&header.version) });
        }
        let counts = [&header.workers, &header.ports, &header.paths, &header.sessions].map(get);
        let layout = Layout::new(counts[0], counts[1], counts[2], counts[3])
            .ok_or_else(|| OpenError::NotASegment { path: path.to_owned() })?;
        let want = get(&header.size);
        if want != layout.size as u64 {
            return Err(OpenError::NotASegment { path: path.to_owned() });
        }
        if have < want {
            return Err(OpenError::Truncated { path: path.to_owned(), have, want });
        }
        map.layout = layout;
        Ok(Reader { map })
    }

    pub fn pid(&self) -> u32 {
        self.map.header().pid.load(Ordering::Relaxed) as u32
    }

    pub fn tsc_hz(&self) -> u64 {
        self.map.header().tsc_hz.load(Ordering::Relaxed)
    }

    /// Where the switch's clock stands now.
    pub fn now_ns(&self) -> u64 {
        let clocks = self.map.header().heartbeat.read();
        clocks.stamp_ns.wrapping_add(clocks.age().as_nanos() as u64)
    }

    /// Nanoseconds since 1970 of a stamp.
    pub fn wall_ns(&self, stamp_ns: u64) -> u64 {
        let clocks = self.map.header().heartbeat.read();
        clocks.wall_ns.wrapping_add(stamp_ns.wrapping_sub(clocks.stamp_ns))
    }

    /// How long ago the main thread was last alive.
    pub fn heartbeat_age(&self) -> Duration {
        self.map.header().heartbeat.read().age()
    }

    /// Frames that mirrors did not take.
    pub fn mirror_errors(&self) -> u64 {
        self.map.header().mirror_errors.load(Ordering::Relaxed)
    }

    pub fn workers(&self) -> Vec<WorkerRow> {
        let header = self.map.header();
        let count = (header.stages.load(Ordering::Relaxed) as usize).min(STAGES);
        let stages: Vec<String> = header.stage_names[..count].iter().map(|name| get_text(name)).collect();
        let program = header.program.sequence.read(|| {
            let count = (header.program.count.load(Ordering::Relaxed) as usize).min(PROGRAM_STAGES);
            header.program.names[..count].iter().map(|name| get_text(name)).collect::<Vec<_>>()
        });
        self.map.workers().iter().map(|page| worker_row(page, &stages, &program)).collect()
    }

    pub fn ports(&self) -> Vec<PortRow> {
        let slots = self.map.ports().iter().enumerate();
        let row = |(port, slot): (usize, &crate::slots::PortSlot)| PortRow {
            name: slot.name.get(),
            up: slot.up.get() == 1,
            since_ns: slot.since_ns.get(),
            totals: self.map.port_totals(port),
        };
        slots.map(row).collect()
    }

    pub fn paths(&self) -> Vec<PathRow> {
        let slots = self.map.paths().iter().enumerate();
        let rows = slots.filter_map(|(path, slot)| {
            let info = slot.read()?;
            let (packets, bytes) = self.map.path_totals(path);
            Some(PathRow { id: path as u16, info, packets, bytes })
        });
        rows.collect()
    }

    pub fn sessions(&self) -> Vec<SessionRow> {
        let slots = self.map.sessions().iter().enumerate();
        let rows = slots.filter_map(|(slot, session)| {
            let (worker, info) = session.read()?;
            let (path, asked) = session.description();
            let path = path.and_then(|path| self.map.paths().get(usize::from(path)));
            let path = path.map(crate::slots::PathSlot::name).unwrap_or_default();
            Some(SessionRow { slot: slot as u16, path, asked, worker, info })
        });
        rows.collect()
    }

    /// Failovers ever recorded.
    pub fn failover_count(&self) -> u64 {
        self.map.header().failovers.load(Ordering::Acquire)
    }

    /// The failovers that are kept, oldest first.
    pub fn failovers(&self) -> Vec<FailoverRow> {
        let slots = self.map.failovers().iter().enumerate();
        let mut rows: Vec<_> = slots.filter_map(|(n, slot)| slot.read(self.map.first_backups(n))).collect();
        rows.sort_by_key(|row| row.id);
        rows
    }
}

/// Shared and writable in type only: nobody writes through it, and a file that we may not write is mapped privately.
fn map(file: &File, len: usize) -> io::Result<MmapRaw> {
    MmapOptions::new().len(len).map_raw_read_only(file)
}

fn worker_row(page: &WorkerPage, stages: &[String], program: &[String]) -> WorkerRow {
    let stall_buckets: Vec<u64> = page.stalls.iter().map(crate::Counter::get).collect();
    let named = |names: &[String], counters: &[StageCounter]| {
        let rows = names.iter().zip(counters);
        rows.map(|(name, s)| (name.clone(), s.cycles.get(), s.packets.get())).collect()
    };
    WorkerRow {
        core: page.core.get() as u32,
        turns: page.turns.get(),
        empty_polls: page.empty_polls.get(),
        vectors: page.vectors.get(),
        rx_packets: page.rx_packets.get(),
        tx_packets: page.tx_packets.get(),
        bfd_rx: page.bfd_rx.get(),
        bfd_tx: page.bfd_tx.get(),
        handovers: page.handovers.get(),
        bfd_vetoes: page.bfd_vetoes.get(),
        icmp_sent: page.icmp_sent.get(),
        icmp_limited: page.icmp_limited.get(),
        notices_lost: page.notices_lost.get(),
        drops: DropReason::ALL.iter().map(|reason| (*reason, page.drops[*reason as usize].get())).collect(),
        punts: PuntClass::ALL.iter().map(|class| (*class, page.punts[*class as usize].get())).collect(),
        policed: PuntClass::ALL.iter().map(|class| (*class, page.policed[*class as usize].get())).collect(),
        bfd_discards: page.bfd_discards.iter().map(crate::Counter::get).collect(),
        generator: std::array::from_fn(|counter| page.generator[counter].get()),
        stages: named(stages, &page.stages),
        program_stages: named(program, &page.program_stages),
        stalls: StallSummary::new(&stall_buckets, page.max_stall_ns.get()),
        max_stall_at_ns: page.max_stall_at_ns.get(),
        stall_buckets,
    }
}
