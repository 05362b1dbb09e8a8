//! Where things are in the file: fixed by the header, computed once, checked by readers.

use crate::counters::{PROGRAM_STAGES, PathCounter, PortCounter, WorkerPage};
use crate::heartbeat::Heartbeat;
use crate::slots::{FailoverSlot, PathSlot, PortSlot, Sequence, SessionSlot};
use std::sync::atomic::AtomicU64;

/// `swervst1` as bytes.
pub(crate) const MAGIC: u64 = u64::from_le_bytes(*b"swervst1");
/// Failovers that are kept.
pub(crate) const FAILOVERS: usize = 1024;
pub(crate) const NAME: usize = 32;
/// Names of the program's stages hold those of its tables.
pub(crate) const PROGRAM_NAME: usize = 64;
/// More of anything than this is no segment of ours.
const SANE: u64 = 1 << 20;

/// How much of everything the switch has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Core of each worker.
    pub workers: Vec<u32>,
    /// Name of each port.
    pub ports: Vec<String>,
    pub paths: usize,
    pub sessions: usize,
    /// Name of each stage, at most 32.
    pub stages: Vec<String>,
}

/// The first pages.
#[derive(Debug)]
#[repr(C, align(4096))]
pub(crate) struct Header {
    pub(crate) magic: AtomicU64,
    pub(crate) version: AtomicU64,
    pub(crate) size: AtomicU64,
    pub(crate) workers: AtomicU64,
    pub(crate) ports: AtomicU64,
    pub(crate) paths: AtomicU64,
    pub(crate) sessions: AtomicU64,
    pub(crate) stages: AtomicU64,
    pub(crate) pid: AtomicU64,
    pub(crate) tsc_hz: AtomicU64,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) mirror_errors: AtomicU64,
    /// Failovers ever opened; the next one's number less one.
    pub(crate) failovers: AtomicU64,
    pub(crate) stage_names: [[AtomicU64; NAME / 8]; crate::counters::STAGES],
    pub(crate) program: ProgramNames,
}

/// The stages of the P4 program that is in place.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct ProgramNames {
    pub(crate) sequence: Sequence,
    pub(crate) count: AtomicU64,
    pub(crate) names: [[AtomicU64; PROGRAM_NAME / 8]; PROGRAM_STAGES],
}

/// Byte offsets of the arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) workers: usize,
    pub(crate) ports: usize,
    pub(crate) paths: usize,
    pub(crate) sessions: usize,
    pub(crate) at_workers: usize,
    pub(crate) at_worker_ports: usize,
    pub(crate) at_worker_paths: usize,
    pub(crate) at_ports: usize,
    pub(crate) at_paths: usize,
    pub(crate) at_sessions: usize,
    pub(crate) at_failovers: usize,
    pub(crate) at_first_backups: usize,
    pub(crate) size: usize,
}

impl Layout {
    /// Nothing: what a reader knows before it has read the header.
    pub(crate) const EMPTY: Layout = Layout {
        workers: 0,
        ports: 0,
        paths: 0,
        sessions: 0,
        at_workers: 0,
        at_worker_ports: 0,
        at_worker_paths: 0,
        at_ports: 0,
        at_paths: 0,
        at_sessions: 0,
        at_failovers: 0,
        at_first_backups: 0,
        size: 0,
    };

    /// `None` when the counts are beyond reason.
    pub(crate) fn new(workers: u64, ports: u64, paths: u64, sessions: u64) -> Option<Layout> {
        if [workers, ports, paths, sessions].iter().any(|n| *n > SANE)
            || workers.saturating_mul(paths) > SANE * 64
        {
            return None;
        }
        let [workers, ports, paths, sessions] = [workers, ports, paths, sessions].map(|n| n as usize);
        let mut end = size_of::<Header>();
        let mut array = |element: usize, count: usize| {
            let start = end.next_multiple_of(4096);
            end = start + element * count;
            start
        };
        let at_workers = array(size_of::<WorkerPage>(), workers);
        let at_worker_ports = array(size_of::<PortCounter>(), workers * ports);
        let at_worker_paths = array(size_of::<PathCounter>(), workers * paths);
        let at_ports = array(size_of::<PortSlot>(), ports);
        let at_paths = array(size_of::<PathSlot>(), paths);
        let at_sessions = array(size_of::<SessionSlot>(), sessions);
        let at_failovers = array(size_of::<FailoverSlot>(), FAILOVERS);
        let at_first_backups = array(size_of::<AtomicU64>(), FAILOVERS * workers);
        let size = array(0, 0);
        Some(Layout {
            workers,
            ports,
            paths,
            sessions,
            at_workers,
            at_worker_ports,
            at_worker_paths,
            at_ports,
            at_paths,
            at_sessions,
            at_failovers,
            at_first_backups,
            size,
        })
    }
}
