//! How far a worker has heard: the latest instant such that everything received before it was handled.
//!
//! A peer may be declared dead only when its detection time ended before that instant. A worker that was stalled finds
//! its queues full of the packets that prove its peers alive; until it has been through them its horizon stays in the
//! past, and the verdict waits.

use std::sync::atomic::{AtomicU64, Ordering};

/// Another worker that has said nothing for this long is not waited for: it is not late, it is gone.
const GONE_NS: u64 = 1_000_000_000;

/// One receive queue.
#[derive(Debug)]
pub struct QueueHorizon {
    /// Packets that may wait in the queue.
    capacity: usize,
    /// Everything received before this instant was taken.
    heard_ns: u64,
    /// While the queue is never seen empty: when we began to count, and how many packets may date from before that.
    mark_ns: u64,
    older: usize,
}

impl QueueHorizon {
    pub fn new(capacity: usize) -> QueueHorizon {
        QueueHorizon { capacity, heard_ns: 0, mark_ns: 0, older: 0 }
    }

    /// At `now_ns` we asked for `asked` packets and got `got`.
    #[inline]
    pub fn polled(&mut self, now_ns: u64, asked: usize, got: usize) {
        if got < asked {
            self.heard_ns = now_ns;
            self.older = 0;
        } else if self.older > got {
            self.older -= got;
        } else {
            // As many as the queue can hold have come out since the mark: what was there then is through.
            if self.older > 0 {
                self.heard_ns = self.mark_ns;
            }
            self.mark_ns = now_ns;
            self.older = self.capacity;
        }
    }

    #[inline]
    pub fn heard_ns(&self) -> u64 {
        self.heard_ns
    }
}

/// The horizons of all workers, one cache line each.
#[derive(Debug)]
pub struct Horizons(Box<[Line]>);

#[derive(Debug)]
#[repr(align(128))]
struct Line(AtomicU64);

impl Horizons {
    pub fn new(workers: usize) -> Horizons {
        Horizons((0..workers).map(|_| Line(AtomicU64::new(0))).collect())
    }

    /// A worker says how far it has heard.
    #[inline]
    pub fn publish(&self, worker: usize, heard_ns: u64) {
        // Pairs with the load in `common`: the packets handed over before are seen by who sees this.
        self.0[worker].0.store(heard_ns, Ordering::Release);
    }

    /// How far all of them have heard.
    pub fn common(&self, now_ns: u64) -> u64 {
        let all = self.0.iter().map(|line| line.0.load(Ordering::Acquire));
        all.filter(|heard| now_ns.saturating_sub(*heard) < GONE_NS).min().unwrap_or(now_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_queue_was_heard_until_now_and_a_full_one_until_its_backlog_is_through() {
        let mut queue = QueueHorizon::new(1000);
        queue.polled(100, 256, 3);
        assert_eq!(queue.heard_ns(), 100);
        for (step, now) in (200..).step_by(10).take(4).enumerate() {
            queue.polled(now, 256, 256);
            assert_eq!(queue.heard_ns(), 100, "step {step}");
        }
        queue.polled(300, 256, 256);
        assert_eq!(queue.heard_ns(), 200, "1024 packets came out since 200, so what waited then is through");
        queue.polled(310, 256, 255);
        assert_eq!(queue.heard_ns(), 310);
    }

    #[test]
    fn the_common_horizon_is_that_of_the_latest_worker_unless_it_is_gone() {
        let horizons = Horizons::new(2);
        horizons.publish(0, 5_000);
        horizons.publish(1, 3_000);
        assert_eq!(horizons.common(6_000), 3_000);
        horizons.publish(0, 2 * GONE_NS);
        assert_eq!(horizons.common(2 * GONE_NS + 1), 2 * GONE_NS);
    }
}
