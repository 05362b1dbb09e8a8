//! What makes `@atomic` blocks atomic between workers.

use std::sync::atomic::{AtomicBool, Ordering};

/// A spin lock that no guard holds: compiled code enters and leaves by calls.
#[derive(Debug, Default)]
pub struct Gate {
    held: AtomicBool,
}

impl Gate {
    pub fn enter(&self) {
        while self.held.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::hint::spin_loop();
        }
    }

    /// The byte that is 1 while somebody is in, for compiled code.
    pub fn place(&self) -> *mut u8 {
        self.held.as_ptr().cast()
    }

    /// Only by who entered.
    pub fn leave(&self) {
        self.held.store(false, Ordering::Release);
    }
}
