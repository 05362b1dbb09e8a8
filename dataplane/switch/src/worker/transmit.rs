//! The last stage: a burst for each port, sent once a turn or when it is full.

use super::generator::Sink;
use dpdk::{Burst, Mbuf, Mempool, TxQueue};
use stats::{DropReason, WorkerStats};

/// A worker's own transmit queue of a port, and what waits for it.
#[derive(Debug)]
struct Lane {
    queue: TxQueue,
    burst: Burst,
    /// Swallows test traffic before it reaches the device, where the port has a generator.
    sink: Option<Sink>,
}

/// Everything a worker transmits goes through here.
#[derive(Debug)]
pub struct Transmit {
    lanes: Vec<Lane>,
    pool: Mempool,
    pub page: WorkerStats,
}

impl Transmit {
    /// `queues` in the order of the port numbers.
    pub fn new(queues: Vec<(TxQueue, Option<Sink>)>, pool: Mempool, page: WorkerStats) -> Transmit {
        let lane = |(queue, sink)| Lane { queue, burst: Burst::new(), sink };
        Transmit { lanes: queues.into_iter().map(lane).collect(), pool, page }
    }

    /// Queues a packet for a port.
    #[inline(always)]
    pub fn push(&mut self, port: u16, mbuf: Mbuf) {
        let lane = &mut self.lanes[usize::from(port)];
        if let Err(mbuf) = lane.burst.push(mbuf) {
            self.push_to_full(port, mbuf);
        }
    }

    #[inline(never)]
    fn push_to_full(&mut self, port: u16, mbuf: Mbuf) {
        self.flush_port(port);
        let lane = &mut self.lanes[usize::from(port)];
        if lane.burst.push(mbuf).is_err() {
            // The device took nothing: a whole burst waits already, and this packet is one too many.
            self.page.drop_packet(DropReason::TxFull);
            self.page.port(port).tx_drops.add(1);
        }
    }

    /// Queues a copy of `frame`. Without a free mbuf it is dropped, and counted.
    pub fn send_copy(&mut self, port: u16, frame: &[u8]) {
        match self.pool.alloc() {
            Ok(mut mbuf) => {
                if mbuf.fill(frame) {
                    self.push(port, mbuf);
                } else {
                    self.page.drop_packet(DropReason::NoMbuf);
                }
            }
            Err(_) => self.page.drop_packet(DropReason::NoMbuf),
        }
    }

    pub fn pool(&self) -> &Mempool {
        &self.pool
    }

    /// Sends what waits. What a device does not take now stays for the next turn, as long as there is room.
    pub fn flush(&mut self) {
        for port in 0..self.lanes.len() {
            if !self.lanes[port].burst.is_empty() {
                self.flush_port(port as u16);
            }
        }
    }

    #[inline(never)]
    fn flush_port(&mut self, port: u16) {
        let lane = &mut self.lanes[usize::from(port)];
        if let Some(sink) = &mut lane.sink {
            sink.swallow(&mut lane.burst, port, &self.page);
            if lane.burst.is_empty() {
                return;
            }
        }
        let bytes: u64 = lane.burst.iter().map(|mbuf| u64::from(mbuf.packet_len())).sum();
        let sent = lane.queue.tx_burst(&mut lane.burst);
        let left: u64 = lane.burst.iter().map(|mbuf| u64::from(mbuf.packet_len())).sum();
        let page = self.page.port(port);
        page.tx_packets.add(sent as u64);
        page.tx_bytes.add(bytes - left);
        self.page.tx_packets.add(sent as u64);
    }
}
