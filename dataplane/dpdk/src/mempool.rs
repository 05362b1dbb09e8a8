//! Pools of packet buffers.

use std::ffi::CString;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use dpdk_sys::rte_mempool;

use crate::eal::{Eal, EalState};
use crate::{Burst, Mbuf, errno, error_text, log};

/// Sizes of a [`Mempool`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MempoolOptions {
    /// Buffers in the pool. DPDK uses memory best with a power of two less one.
    pub count: u32,
    /// Buffers each registered worker keeps for itself: at most 512, and at most two thirds of `count`.
    pub cache: u32,
    /// Bytes of each buffer, the headroom of 128 included.
    pub data_room: u16,
    /// NUMA node of the memory; any when `None`.
    pub socket: Option<u32>,
}

impl Default for MempoolOptions {
    fn default() -> Self {
        Self {
            count: 16_383,
            cache: 256,
            data_room: dpdk_sys::RTE_MBUF_DEFAULT_BUF_SIZE as u16,
            socket: None,
        }
    }
}

/// A pool could not be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MempoolError {
    #[error(
        "a packet pool named '{0}' exists already, or the name is longer than 25 bytes or contains a NUL"
    )]
    Name(String),
    #[error(
        "packet pool '{name}': a cache of {cache} is more than 512 or than two thirds of its {count} buffers"
    )]
    Cache { name: String, cache: u32, count: u32 },
    #[error(
        "packet pool '{name}': {count} buffers of {data_room} bytes do not fit into DPDK's memory: \
         give it more (memory_mb, vm.nr_hugepages), or configure fewer"
    )]
    Memory { name: String, count: u32, data_room: u16 },
    #[error("packet pool '{name}': {text}")]
    Other { name: String, text: String },
}

/// The pool has fewer free buffers than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the packet pool is empty")]
pub struct PoolEmpty;

/// A pool of packet buffers (`rte_pktmbuf_pool_create`). Handles are cheap to clone and may be used by any thread;
/// threads registered as [`WorkerThread`](crate::WorkerThread) have a cache in it.
///
/// The pool itself lives until the [`Eal`] is cleaned up, so no packet can outlive it.
#[derive(Clone)]
pub struct Mempool {
    pool: NonNull<rte_mempool>,
    /// Keeps DPDK from being cleaned up.
    _eal: Arc<EalState>,
}

// SAFETY: DPDK's mempools are safe for many producers and consumers, and the pool is never freed before clean-up.
unsafe impl Send for Mempool {}
// SAFETY: as above.
unsafe impl Sync for Mempool {}

impl Mempool {
    /// Makes a pool; `name` is unique in the process.
    pub fn new(eal: &Eal, name: &str, options: &MempoolOptions) -> Result<Self, MempoolError> {
        let MempoolOptions { count, cache, data_room, socket } = *options;
        let name_error = || MempoolError::Name(name.to_owned());
        let c_name = CString::new(name).map_err(|_| name_error())?;
        if cache > dpdk_sys::RTE_MEMPOOL_CACHE_MAX_SIZE || u64::from(cache) * 3 > u64::from(count) * 2 {
            return Err(MempoolError::Cache { name: name.to_owned(), cache, count });
        }
        // SOCKET_ID_ANY is -1.
        let socket = socket.map_or(-1, |s| s as i32);
        log::mark();
        // SAFETY: the name is a C string that DPDK copies; the other arguments are numbers it checks.
        let pool =
            unsafe { dpdk_sys::rte_pktmbuf_pool_create(c_name.as_ptr(), count, cache, 0, data_room, socket) };
        let Some(pool) = NonNull::new(pool) else {
            return Err(match errno() {
                libc::EEXIST | libc::ENAMETOOLONG => name_error(),
                libc::ENOMEM => MempoolError::Memory { name: name.to_owned(), count, data_room },
                other => MempoolError::Other {
                    name: name.to_owned(),
                    text: format!("{} {}", error_text(other), log::reasons().join("; ")),
                },
            });
        };
        Ok(Self { pool, _eal: eal.register_pool(pool) })
    }

    /// Free buffers, those in the workers' caches included. Walks all caches: not for the packet path.
    pub fn available(&self) -> u32 {
        // SAFETY: pools live until clean-up.
        unsafe { dpdk_sys::rte_mempool_avail_count(self.pool.as_ptr()) }
    }

    /// Allocates one empty packet.
    #[inline]
    pub fn alloc(&self) -> Result<Mbuf, PoolEmpty> {
        let mut one = Burst::new();
        self.alloc_bulk(&mut one, 1)?;
        one.pop().ok_or(PoolEmpty)
    }

    /// Adds `count` empty packets to `burst`, or none. Panics when the burst has no room for them.
    #[inline]
    pub fn alloc_bulk(&self, burst: &mut Burst, count: usize) -> Result<(), PoolEmpty> {
        let slots = &mut burst.free_slots()[..count];
        // SAFETY: there are `count` slots to write to; Mbuf is a transparent pointer to an mbuf.
        let rc = unsafe {
            dpdk_sys::rte_pktmbuf_alloc_bulk(self.pool.as_ptr(), slots.as_mut_ptr().cast(), count as u32)
        };
        if rc != 0 {
            return Err(PoolEmpty);
        }
        // SAFETY: on success DPDK has filled all `count` slots with mbufs that are ours.
        unsafe { burst.assume_pushed(count) };
        Ok(())
    }

    pub(crate) fn as_ptr(&self) -> *mut rte_mempool {
        self.pool.as_ptr()
    }
}

/// Buffers that are neither in the pool nor in a cache of it.
pub(crate) fn in_use(pool: NonNull<rte_mempool>) -> u32 {
    // SAFETY: pools live until clean-up.
    unsafe { dpdk_sys::rte_mempool_in_use_count(pool.as_ptr()) }
}

impl fmt::Debug for Mempool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mempool").field("available", &self.available()).finish()
    }
}
