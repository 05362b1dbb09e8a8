//! Workers: ordinary threads, pinned and known to DPDK.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::eal::{Eal, EalState};
use crate::{errno, error_text};

/// A thread could not become a worker.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RegisterError {
    #[error("core {0} does not exist, or this process may not run on it (taskset, cgroup)")]
    Core(usize),
    #[error("this thread is lcore {0} already")]
    Already(u32),
    #[error(
        "DPDK takes no further worker thread: {0} (it knows at most 128, and none with secondary processes)"
    )]
    Refused(String),
}

/// This thread is a DPDK lcore (`rte_thread_register`), with a cache in every mempool, until the guard is dropped.
#[derive(Debug)]
pub struct WorkerThread {
    lcore: u32,
    _eal: Arc<EalState>,
    /// The registration belongs to this thread: not Send.
    not_send: PhantomData<*const ()>,
}

/// The value of `rte_lcore_id()` on a thread that is none.
const LCORE_ID_ANY: u32 = u32::MAX;

impl WorkerThread {
    /// Pins this thread to `core`, when given, and registers it. Threads started from it inherit the pinning.
    pub fn register(eal: &Eal, core: Option<usize>) -> Result<Self, RegisterError> {
        // SAFETY: reads a thread-local integer.
        let lcore = unsafe { dpdk_sys::rte_lcore_id() };
        if lcore != LCORE_ID_ANY {
            return Err(RegisterError::Already(lcore));
        }
        if let Some(core) = core {
            pin(core)?;
        }
        // SAFETY: EAL is initialised, as `eal` proves.
        if unsafe { dpdk_sys::rte_thread_register() } != 0 {
            return Err(RegisterError::Refused(error_text(errno())));
        }
        // SAFETY: as above.
        let lcore = unsafe { dpdk_sys::rte_lcore_id() };
        Ok(Self { lcore, _eal: eal.state(), not_send: PhantomData })
    }

    /// DPDK's number of this thread.
    pub fn lcore(&self) -> u32 {
        self.lcore
    }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        // SAFETY: this thread registered itself; the guard cannot leave it.
        unsafe { dpdk_sys::rte_thread_unregister() }
    }
}

fn pin(core: usize) -> Result<(), RegisterError> {
    // The set that the kernel is handed has CPU_SETSIZE bits. Asking which cores are allowed would not do: a thread
    // inherits the pinning of the one that started it.
    let fits = core < libc::CPU_SETSIZE as usize;
    if fits && core_affinity::set_for_current(core_affinity::CoreId { id: core }) {
        return Ok(());
    }
    Err(RegisterError::Core(core))
}
