//! DPDK's log, handed to `tracing` (target `dpdk`), with the last warnings kept for error messages.
//!
//! DPDK explains a failure in its log only, so an error without those lines would say nothing but "-1".

use std::collections::VecDeque;
use std::ffi::{c_char, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A failing probe says what is wrong in fewer lines than this.
const KEPT: usize = 32;

static RECENT: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Sends DPDK's log here instead of to standard error and syslog.
pub(crate) fn redirect() {
    // SAFETY: `on_line` has the type asked for and lives as long as the program.
    let stream = unsafe { dpdk_sys::swerve_log_stream(Some(on_line)) };
    if !stream.is_null() {
        // SAFETY: the stream is open and is never closed.
        unsafe { dpdk_sys::rte_openlog_stream(stream) };
    }
}

/// Forgets what was logged before the call about to be made.
pub(crate) fn mark() {
    recent().clear();
}

/// The warnings and errors since [`mark`].
pub(crate) fn reasons() -> Vec<String> {
    recent().iter().cloned().collect()
}

fn recent() -> MutexGuard<'static, VecDeque<String>> {
    RECENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Called by stdio on whichever thread logs, with the stream locked.
unsafe extern "C" fn on_line(_cookie: *mut c_void, text: *const c_char, size: usize) -> isize {
    // SAFETY: stdio hands over `size` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), size) };
    // SAFETY: reads the level of the message that this thread is logging.
    let level = unsafe { dpdk_sys::rte_log_cur_msg_loglevel() };
    // A panic must not unwind into stdio; a subscriber that panics loses the line.
    let _ = std::panic::catch_unwind(|| {
        for line in String::from_utf8_lossy(bytes).lines().map(str::trim).filter(|line| !line.is_empty()) {
            keep_and_forward(line, level as u32);
        }
    });
    size as isize
}

fn keep_and_forward(line: &str, level: u32) {
    if level <= dpdk_sys::RTE_LOG_WARNING {
        let mut recent = recent();
        // EAL says its fatal errors twice, once for syslog ("EAL: FATAL: x") and once more.
        let said = line.strip_prefix("EAL: FATAL: ").unwrap_or(line);
        if !recent.iter().any(|kept| kept.ends_with(said)) {
            if recent.len() == KEPT {
                recent.pop_front();
            }
            recent.push_back(line.to_owned());
        }
    }
    match level {
        0..=dpdk_sys::RTE_LOG_ERR => tracing::error!(target: "dpdk", "{line}"),
        dpdk_sys::RTE_LOG_WARNING => tracing::warn!(target: "dpdk", "{line}"),
        dpdk_sys::RTE_LOG_NOTICE | dpdk_sys::RTE_LOG_INFO => tracing::info!(target: "dpdk", "{line}"),
        _ => tracing::debug!(target: "dpdk", "{line}"),
    }
}
