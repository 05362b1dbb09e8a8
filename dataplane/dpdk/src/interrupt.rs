//! Work on DPDK's interrupt thread, for a driver that cannot stand anything beside it.

use std::ffi::c_void;
use std::sync::mpsc;

type Job<'a> = Box<dyn FnOnce() + 'a>;

/// Runs `work` on DPDK's interrupt thread, between its other work, and waits for the result. Never call it from
/// that thread.
pub(crate) fn on_interrupt_thread<R>(work: impl FnOnce() -> R) -> R {
    let (done, result) = mpsc::channel();
    let job: Job<'_> = Box::new(move || {
        // The receiver waits below.
        let _ = done.send(work());
    });
    let job = Box::into_raw(Box::new(job)).cast::<c_void>();
    // SAFETY: `run` takes over `job`, once; what the job borrows outlives it, because this function waits for it.
    if unsafe { dpdk_sys::rte_eal_alarm_set(1, Some(run), job) } != 0 {
        // No memory for an alarm. Better done here, beside the interrupt thread, than not at all.
        // SAFETY: the alarm was not taken, so the job is still ours.
        unsafe { run(job) }
    }
    result.recv().unwrap_or_else(|_| unreachable!("the job sends before it ends"))
}

/// # Safety
/// `job` is a `Box<Job>` that nobody else uses.
unsafe extern "C" fn run(job: *mut c_void) {
    // SAFETY: by contract.
    let job = unsafe { Box::from_raw(job.cast::<Job<'_>>()) };
    job();
}
