//! The only safe door to DPDK.
//!
//! [`Eal`] starts DPDK, once per process, and attaches devices one by one, so that each failure names its device.
//! A [`Port`] is configured and started, and then gives out its queues: a [`RxQueue`] or [`TxQueue`] has exactly one
//! owner, the worker that polls it. Packets are [`Mbuf`]s out of a [`Mempool`], in [`Burst`]s: dropping either frees
//! them, and a burst function leaves in the burst what it did not take.
//!
//! What may live how long is not left to the caller: a pool lives until DPDK is cleaned up, a port until its last
//! queue is dropped, and DPDK is cleaned up when the last handle of any kind is.

mod burst;
mod eal;
mod fanout;
mod interrupt;
mod log;
mod mbuf;
mod mempool;
mod port;
mod queue;
mod thread;
pub mod tsc;

pub use burst::{Burst, Drain};
pub use eal::{AttachError, Eal, EalError, EalOptions, Hugepages};
pub use mbuf::{Mbuf, prefetch};
pub use mempool::{Mempool, MempoolError, MempoolOptions, PoolEmpty};
pub use port::{Link, MacAddr, Port, PortConfig, PortError, PortInfo, PortStats};
pub use queue::{RxQueue, TxQueue};
pub use thread::{RegisterError, WorkerThread};

/// The version of the DPDK that runs, as it says itself.
pub fn version() -> String {
    // SAFETY: returns a NUL-terminated string that lives as long as the library.
    unsafe { std::ffi::CStr::from_ptr(dpdk_sys::rte_version()) }.to_string_lossy().into_owned()
}

/// The text of a DPDK or system error number, of either sign.
fn error_text(errno: i32) -> String {
    // SAFETY: rte_strerror returns a NUL-terminated string in thread-local storage, copied before the next call.
    unsafe { std::ffi::CStr::from_ptr(dpdk_sys::rte_strerror(errno.abs())) }.to_string_lossy().into_owned()
}

/// `rte_errno` of this thread.
fn errno() -> i32 {
    // SAFETY: reads a thread-local integer.
    unsafe { dpdk_sys::swerve_errno() }
}
