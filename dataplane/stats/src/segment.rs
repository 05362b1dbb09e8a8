//! The writing end.

use crate::counters::{BFD_DISCARDS, PROGRAM_STAGES, PathCounter, PortCounter, STAGES, WorkerPage};
use crate::layout::{FAILOVERS, Header, Layout, MAGIC, PROGRAM_NAME, Shape};
use crate::slots::{
    Asked, FailoverId, FailoverInit, FailoverSlot, PathInfo, PathSlot, PortSlot, SessionInfo, SessionSlot,
    set_text,
};
use crate::{PortTotals, VERSION};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::{self, OpenOptions};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The segment could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("stats segment {}: cannot {step}: {error}", .path.display())]
    Io { path: PathBuf, step: &'static str, error: io::Error },
    #[error(
        "a stats segment of {workers} workers, {ports} ports, {paths} paths and {sessions} sessions is beyond what one can hold"
    )]
    TooLarge { workers: usize, ports: usize, paths: usize, sessions: usize },
}

/// The mapped file and where things are in it. Both ends use it.
#[derive(Debug)]
pub(crate) struct Map {
    memory: MmapRaw,
    pub(crate) layout: Layout,
}

/// Types that are only atomic integers: any bytes are a value, and shared access is what they are for.
///
/// # Safety
/// The type is `repr(C)` or `repr(transparent)` and consists of `AtomicU64`s.
pub(crate) unsafe trait Plain {}

// SAFETY: all of them are atomics, and arrays and structs of atomics.
unsafe impl Plain for Header {}
// SAFETY: as above.
unsafe impl Plain for WorkerPage {}
// SAFETY: as above.
unsafe impl Plain for PortCounter {}
// SAFETY: as above.
unsafe impl Plain for PathCounter {}
// SAFETY: as above.
unsafe impl Plain for PortSlot {}
// SAFETY: as above.
unsafe impl Plain for PathSlot {}
// SAFETY: as above.
unsafe impl Plain for SessionSlot {}
// SAFETY: as above.
unsafe impl Plain for FailoverSlot {}
// SAFETY: as above.
unsafe impl Plain for AtomicU64 {}

impl Map {
    /// `memory` is at least `layout.size` long.
    pub(crate) fn new(memory: MmapRaw, layout: Layout) -> Map {
        assert!(memory.len() >= layout.size, "a map shorter than its layout");
        Map { memory, layout }
    }

    /// `count` elements at byte `at`.
    pub(crate) fn slice<T: Plain>(&self, at: usize, count: usize) -> &[T] {
        let end = at + count * size_of::<T>();
        assert!(end <= self.memory.len() && at.is_multiple_of(4096), "an array outside of its map");
        // SAFETY: the range is inside of the map (just checked), which lives as long as `self`; `at` is a multiple of
        // the page size, so aligned for every T; `Plain` says that any bytes are a value and that sharing is sound,
        // also with writers in other processes, since every access is atomic.
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr().add(at).cast(), count) }
    }

    pub(crate) fn header(&self) -> &Header {
        &self.slice::<Header>(0, 1)[0]
    }

    pub(crate) fn workers(&self) -> &[WorkerPage] {
        self.slice(self.layout.at_workers, self.layout.workers)
    }

    pub(crate) fn worker_ports(&self, worker: usize) -> &[PortCounter] {
        let all = self.slice(self.layout.at_worker_ports, self.layout.workers * self.layout.ports);
        &all[worker * self.layout.ports..][..self.layout.ports]
    }

    pub(crate) fn worker_paths(&self, worker: usize) -> &[PathCounter] {
        let all = self.slice(self.layout.at_worker_paths, self.layout.workers * self.layout.paths);
        &all[worker * self.layout.paths..][..self.layout.paths]
    }

    pub(crate) fn ports(&self) -> &[PortSlot] {
        self.slice(self.layout.at_ports, self.layout.ports)
    }

    pub(crate) fn paths(&self) -> &[PathSlot] {
        self.slice(self.layout.at_paths, self.layout.paths)
    }

    pub(crate) fn sessions(&self) -> &[SessionSlot] {
        self.slice(self.layout.at_sessions, self.layout.sessions)
    }

    pub(crate) fn failovers(&self) -> &[FailoverSlot] {
        self.slice(self.layout.at_failovers, FAILOVERS)
    }

    pub(crate) fn first_backups(&self, slot: usize) -> &[AtomicU64] {
        let all = self.slice(self.layout.at_first_backups, FAILOVERS * self.layout.workers);
        &all[slot * self.layout.workers..][..self.layout.workers]
    }

    /// What all workers sent on a path.
    pub(crate) fn path_totals(&self, path: usize) -> (u64, u64) {
        let counters = (0..self.layout.workers).filter_map(|worker| self.worker_paths(worker).get(path));
        // A reader adds up whatever stands in the file.
        counters.fold((0u64, 0u64), |(packets, bytes), c| {
            (packets.wrapping_add(c.packets.get()), bytes.wrapping_add(c.bytes.get()))
        })
    }

    pub(crate) fn port_totals(&self, port: usize) -> PortTotals {
        let counters = (0..self.layout.workers).filter_map(|worker| self.worker_ports(worker).get(port));
        counters.fold(PortTotals::default(), |sum, c| PortTotals {
            rx_packets: sum.rx_packets.wrapping_add(c.rx_packets.get()),
            rx_bytes: sum.rx_bytes.wrapping_add(c.rx_bytes.get()),
            tx_packets: sum.tx_packets.wrapping_add(c.tx_packets.get()),
            tx_bytes: sum.tx_bytes.wrapping_add(c.tx_bytes.get()),
            tx_drops: sum.tx_drops.wrapping_add(c.tx_drops.get()),
        })
    }
}

/// The segment of a running switch. Clones share it.
#[derive(Debug, Clone)]
pub struct Segment {
    map: Arc<Map>,
}

impl Segment {
    /// Makes the file at `path`, in place of one that an earlier run left: readers of that one keep reading it, and
    /// see its heartbeat stand still. `now_ns` is where the switch's clock stands.
    pub fn create(path: &Path, shape: &Shape, tsc_hz: u64, now_ns: u64) -> Result<Segment, CreateError> {
        let failed = |step| move |error| CreateError::Io { path: path.to_owned(), step, error };
        let (workers, ports, paths, sessions) =
            (shape.workers.len(), shape.ports.len(), shape.paths, shape.sessions);
        let layout = Layout::new(workers as u64, ports as u64, paths as u64, sessions as u64)
            .ok_or(CreateError::TooLarge { workers, ports, paths, sessions })?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed("make the directory of"))?;
        }
        let fresh = path.with_extension("new");
        let _ = fs::remove_file(&fresh);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o644).open(&fresh);
        let file = file.map_err(failed("create"))?;
        // On a full file system this fails, where a store into a hole would kill the switch by SIGBUS.
        let size = layout.size as nix::libc::off_t;
        nix::fcntl::posix_fallocate(&file, 0, size).map_err(|errno| failed("reserve")(errno.into()))?;
        // Pages are touched by the main thread now, not by a worker's first packet.
        let memory = MmapOptions::new().len(layout.size).populate().map_raw(&file).map_err(failed("map"))?;
        let segment = Segment { map: Arc::new(Map::new(memory, layout)) };
        segment.fill(shape, tsc_hz, now_ns);
        fs::rename(&fresh, path).map_err(failed("put in place"))?;
        Ok(segment)
    }

    fn fill(&self, shape: &Shape, tsc_hz: u64, now_ns: u64) {
        let header = self.map.header();
        let layout = &self.map.layout;
        let put = |field: &AtomicU64, value: u64| field.store(value, Ordering::Relaxed);
        put(&header.version, u64::from(VERSION));
        put(&header.size, layout.size as u64);
        put(&header.workers, layout.workers as u64);
        put(&header.ports, layout.ports as u64);
        put(&header.paths, layout.paths as u64);
        put(&header.sessions, layout.sessions as u64);
        put(&header.stages, shape.stages.len().min(STAGES) as u64);
        put(&header.pid, u64::from(std::process::id()));
        put(&header.tsc_hz, tsc_hz);
        header.heartbeat.beat(now_ns);
        for (words, name) in header.stage_names.iter().zip(&shape.stages) {
            set_text(words, name);
        }
        for (page, core) in self.map.workers().iter().zip(&shape.workers) {
            page.core.set(u64::from(*core));
        }
        for (slot, name) in self.map.ports().iter().zip(&shape.ports) {
            slot.name.set(name);
            slot.set_link(true, now_ns);
        }
        header.magic.store(MAGIC, Ordering::Release);
    }

    /// A worker's own part. One thread writes it.
    pub fn worker(&self, worker: usize) -> WorkerStats {
        let map = Arc::clone(&self.map);
        WorkerStats {
            page: std::ptr::from_ref(&map.workers()[worker]),
            ports: std::ptr::from_ref(map.worker_ports(worker)),
            paths: std::ptr::from_ref(map.worker_paths(worker)),
            _map: map,
        }
    }

    /// The main thread is alive at `now_ns`. One thread says so.
    pub fn heartbeat(&self, now_ns: u64) {
        self.map.header().heartbeat.beat(now_ns);
    }

    /// A frame that the kernel's mirror did not take.
    pub fn mirror_error(&self) {
        self.map.header().mirror_errors.fetch_add(1, Ordering::Relaxed);
    }

    /// The stages of the program that workers run from now on.
    pub fn set_program_stages(&self, stages: &[String]) {
        let of = &self.map.header().program;
        of.sequence.write(|| {
            of.count.store(stages.len().min(PROGRAM_STAGES) as u64, Ordering::Relaxed);
            for (words, name) in of.names.iter().zip(stages) {
                set_text(words, &ending(name));
            }
            if stages.len() > PROGRAM_STAGES {
                set_text(&of.names[PROGRAM_STAGES - 1], "the rest");
            }
        });
    }

    pub fn set_link(&self, port: usize, up: bool, since_ns: u64) {
        self.map.ports()[port].set_link(up, since_ns);
    }

    pub fn port_totals(&self, port: usize) -> PortTotals {
        self.map.port_totals(port)
    }

    pub fn path_publish(&self, path: u16, info: &PathInfo) {
        self.map.paths()[usize::from(path)].publish(info);
    }

    pub fn path_clear(&self, path: u16) {
        self.map.paths()[usize::from(path)].clear();
    }

    /// Packets and bytes that all workers sent on a path since its slot was first used.
    pub fn path_totals(&self, path: u16) -> (u64, u64) {
        self.map.path_totals(usize::from(path))
    }

    /// The main thread gives a slot to a session, which watches no path yet.
    pub fn session_open(&self, slot: u16, worker: u16) {
        self.map.sessions()[usize::from(slot)].open(worker);
    }

    /// The main thread says which path it watches, and who wants it.
    pub fn session_describe(&self, slot: u16, path: Option<u16>, asked: Asked) {
        self.map.sessions()[usize::from(slot)].describe(path, asked);
    }

    /// What its worker said last.
    pub fn session(&self, slot: u16) -> Option<SessionInfo> {
        self.map.sessions()[usize::from(slot)].read()?.1
    }

    pub fn session_close(&self, slot: u16) {
        self.map.sessions()[usize::from(slot)].close();
    }

    /// Its worker says how it is.
    pub fn session_publish(&self, slot: u16, info: &SessionInfo) {
        self.map.sessions()[usize::from(slot)].publish(info);
    }

    /// Records that a path was taken out. Any thread may.
    pub fn open_failover(&self, init: &FailoverInit) -> FailoverId {
        let id = self.map.header().failovers.fetch_add(1, Ordering::AcqRel) as u32 + 1;
        let index = id as usize % FAILOVERS;
        for at in self.map.first_backups(index) {
            at.store(0, Ordering::Relaxed);
        }
        self.map.failovers()[index].open(id, self.map.paths().get(usize::from(init.path)), init);
        FailoverId(id)
    }

    /// A record by its number; writing to one that the ring has dropped since does nothing.
    pub fn failover(&self, id: FailoverId) -> FailoverHandle<'_> {
        let index = id.0 as usize % FAILOVERS;
        FailoverHandle {
            id,
            slot: &self.map.failovers()[index],
            first_backups: self.map.first_backups(index),
        }
    }
}

/// The end of a name that is too long: tables in the same control begin alike.
fn ending(name: &str) -> std::borrow::Cow<'_, str> {
    const DOTS: &str = "...";
    let Some(mut from) = name.len().checked_sub(PROGRAM_NAME - 1).filter(|over| *over > 0) else {
        return name.into();
    };
    from += DOTS.len();
    while !name.is_char_boundary(from) {
        from += 1;
    }
    format!("{DOTS}{}", &name[from..]).into()
}

/// Whether a file lives in memory: on a disk a store into the map may wait for write-back.
pub fn in_memory(path: &Path) -> bool {
    nix::sys::statfs::statfs(path).is_ok_and(|fs| fs.filesystem_type() == nix::sys::statfs::TMPFS_MAGIC)
}

/// One failover's record.
#[derive(Debug)]
pub struct FailoverHandle<'a> {
    id: FailoverId,
    slot: &'a FailoverSlot,
    first_backups: &'a [AtomicU64],
}

impl FailoverHandle<'_> {
    /// The worker's first packet on the backup has left.
    pub fn set_first_backup(&self, worker: usize, now_ns: u64) {
        if self.slot.is(self.id) {
            self.first_backups[worker].store(now_ns, Ordering::Relaxed);
        }
    }

    /// What was sent into the path after the last sign of life.
    pub fn set_sent_after_heard(&self, packets: u64) {
        if self.slot.is(self.id) {
            self.slot.set_sent_after_heard(packets);
        }
    }

    /// Traffic may be on the path again.
    pub fn set_reverted(&self, now_ns: u64) {
        if self.slot.is(self.id) {
            self.slot.set_reverted(now_ns);
        }
    }
}

/// What a worker counts with. Dereferences to its page.
#[derive(Debug)]
pub struct WorkerStats {
    page: *const WorkerPage,
    ports: *const [PortCounter],
    paths: *const [PathCounter],
    /// Keeps what the pointers point to.
    _map: Arc<Map>,
}

// SAFETY: the pointers lead into the map, which `_map` keeps, and to atomics only.
unsafe impl Send for WorkerStats {}

impl WorkerStats {
    #[inline(always)]
    pub fn port(&self, port: u16) -> &PortCounter {
        // SAFETY: points to a slice inside of the map that `_map` keeps alive.
        let ports = unsafe { &*self.ports };
        &ports[usize::from(port)]
    }

    #[inline(always)]
    pub fn path(&self, path: u16) -> &PathCounter {
        // SAFETY: as in `port`.
        let paths = unsafe { &*self.paths };
        &paths[usize::from(path)]
    }

    /// A BFD packet was discarded for the reason of that number.
    pub fn bfd_discard(&self, reason: usize) {
        self.bfd_discards[reason % BFD_DISCARDS].add(1);
    }
}

impl Deref for WorkerStats {
    type Target = WorkerPage;

    #[inline(always)]
    fn deref(&self) -> &WorkerPage {
        // SAFETY: points into the map that `_map` keeps alive.
        unsafe { &*self.page }
    }
}
