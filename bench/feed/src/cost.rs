//! What a feed takes from the core that it shares with what is measured.

use nix::sys::resource::{UsageWho, getrusage};
use std::time::{Duration, Instant};

/// Time and processor time since then.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    since: Instant,
    used: Duration,
}

impl Cost {
    /// Counts from now on, for the calling thread.
    ///
    /// # Errors
    /// getrusage(2).
    pub fn begin() -> nix::Result<Cost> {
        Ok(Cost { since: Instant::now(), used: used()? })
    }

    /// Elapsed time, and what of it the calling thread, which has to be the one that began, was on a core. Loopback
    /// TCP is included on both ways: the kernel delivers what is written within the write.
    ///
    /// # Errors
    /// getrusage(2).
    pub fn so_far(&self) -> nix::Result<(Duration, Duration)> {
        Ok((self.since.elapsed(), used()?.saturating_sub(self.used)))
    }
}

fn used() -> nix::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD)?;
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_secs(time.tv_sec().cast_unsigned())
            + Duration::from_micros(time.tv_usec().cast_unsigned())
    };
    Ok(of(usage.user_time()) + of(usage.system_time()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_processor_time_and_waiting_does_not() {
        let cost = Cost::begin().unwrap();
        let (mut used, mut x) = (Duration::ZERO, 1_u64);
        while used < Duration::from_millis(50) {
            x = std::hint::black_box(x.wrapping_mul(3));
            used = cost.so_far().unwrap().1;
        }
        let waiting = Cost::begin().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        receiver.recv_timeout(Duration::from_millis(50)).unwrap_err();
        drop(sender);
        let (elapsed, used) = waiting.so_far().unwrap();
        assert!(elapsed >= Duration::from_millis(50));
        assert!(used < Duration::from_millis(40), "{used:?}");
    }
}
