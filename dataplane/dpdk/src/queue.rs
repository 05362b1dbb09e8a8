//! The two ends of the packet path.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::Burst;
use crate::port::PortState;

/// Most drivers return at most 32 or 64 packets from one call, however many are asked for and wait. Fewer than this
/// means that the queue is empty.
const DRIVER_BURST: u16 = 32;

/// A receive queue of a started port. It has one owner: the worker that polls it. It may move to another thread, but
/// not be shared:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<dpdk::RxQueue>();
/// ```
#[derive(Debug)]
pub struct RxQueue {
    port: u16,
    queue: u16,
    /// The port stays started as long as one of its queues lives.
    state: Arc<PortState>,
    /// A queue may be polled by one thread at a time: Send, but not Sync.
    not_sync: PhantomData<Cell<()>>,
}

/// A transmit queue of a started port. It has one owner: the worker that fills it. It may move to another thread, but
/// not be shared:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<dpdk::TxQueue>();
/// ```
#[derive(Debug)]
pub struct TxQueue {
    port: u16,
    queue: u16,
    state: Arc<PortState>,
    not_sync: PhantomData<Cell<()>>,
}

impl RxQueue {
    /// # Safety
    /// The port is started, the queue is set up, and no other `RxQueue` of it exists.
    pub(crate) unsafe fn new(state: Arc<PortState>, queue: u16) -> Self {
        Self { port: state.id(), queue, state, not_sync: PhantomData }
    }

    /// The number of the port.
    pub fn port(&self) -> u16 {
        self.state.id()
    }

    /// The number of the queue in its port.
    pub fn queue(&self) -> u16 {
        self.queue
    }

    /// Adds up to `limit` waiting packets to the end of `burst`, as far as it has room, and returns how many.
    #[inline]
    pub fn rx_burst(&mut self, burst: &mut Burst, limit: usize) -> usize {
        let limit = limit.min(burst.room());
        let mut received = 0;
        while received < limit {
            let want = (limit - received) as u16;
            let slots = burst.free_slots().as_mut_ptr().cast();
            // SAFETY: the port is started and this thread alone polls the queue; there are at least `want` slots.
            let got = unsafe { dpdk_sys::rte_eth_rx_burst(self.port, self.queue, slots, want) };
            // SAFETY: the driver has filled the first `got` slots with mbufs that are ours.
            unsafe { burst.assume_pushed(usize::from(got)) };
            received += usize::from(got);
            if got < DRIVER_BURST {
                break;
            }
        }
        received
    }
}

impl TxQueue {
    /// # Safety
    /// The port is started, the queue is set up, and no other `TxQueue` of it exists.
    pub(crate) unsafe fn new(state: Arc<PortState>, queue: u16) -> Self {
        Self { port: state.id(), queue, state, not_sync: PhantomData }
    }

    /// The number of the port.
    pub fn port(&self) -> u16 {
        self.state.id()
    }

    /// The number of the queue in its port.
    pub fn queue(&self) -> u16 {
        self.queue
    }

    /// Hands packets from the front of `burst` to the driver and returns how many it took. The rest, when the queue
    /// is full, stays in `burst` in order: send it later, or clear it and count the drops.
    #[inline]
    pub fn tx_burst(&mut self, burst: &mut Burst) -> usize {
        let len = burst.len();
        let mut sent = 0;
        while sent < len {
            // SAFETY: the port is started and this thread alone fills the queue; `sent` to `len` are our mbufs.
            let took = unsafe {
                let from = burst.as_ptrs().add(sent).cast_mut().cast();
                dpdk_sys::rte_eth_tx_burst(self.port, self.queue, from, (len - sent) as u16)
            };
            if took == 0 {
                break;
            }
            sent += usize::from(took);
        }
        // SAFETY: the driver owns the first `sent` now.
        unsafe { burst.forget_front(sent) };
        sent
    }
}
