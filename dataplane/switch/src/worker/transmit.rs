//! The last stage: a burst for each port, sent once a turn or when it is full.

use super::generator::Sink;
use super::shared::Stage;
use dpdk::tsc::rdtsc;
use dpdk::{Burst, Mbuf, Mempool, TxQueue};
use stats::{DropReason, GeneratorCounter, WorkerStats};

/// A worker's own transmit queue of a port, and what waits for it.
#[derive(Debug)]
struct Lane {
    queue: TxQueue,
    burst: Burst,
    /// How many of the waiting packets are our own.
    own: usize,
    /// Swallows test traffic before it reaches the device, where the port has a generator.
    sink: Option<Sink>,
}

/// Everything a worker transmits goes through here.
#[derive(Debug)]
pub struct Transmit {
    lanes: Vec<Lane>,
    pool: Mempool,
    /// Test frames that were swallowed, to be made anew.
    spare: Burst,
    pub page: WorkerStats,
    /// A path was taken out in this turn.
    verdict: bool,
}

impl Transmit {
    /// `queues` in the order of the port numbers.
    pub fn new(queues: Vec<(TxQueue, Option<Sink>)>, pool: Mempool, page: WorkerStats) -> Transmit {
        let lane = |(queue, sink)| Lane { queue, burst: Burst::new(), own: 0, sink };
        Transmit {
            lanes: queues.into_iter().map(lane).collect(),
            pool,
            spare: Burst::new(),
            page,
            verdict: false,
        }
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
                    self.lanes[usize::from(port)].own += 1;
                    self.push(port, mbuf);
                } else {
                    self.page.drop_packet(DropReason::NoMbuf);
                }
            }
            Err(_) => self.page.drop_packet(DropReason::NoMbuf),
        }
    }

    /// Where a generator takes its buffers from.
    pub fn buffers(&mut self) -> (&Mempool, &mut Burst) {
        (&self.pool, &mut self.spare)
    }

    /// Sends what waits. What a device does not take now stays for the next turn, as long as there is room.
    /// `forwarded` is called when what is only forwarded has left: our own packets come after it, and after a verdict a
    /// turn later. A device may take tens of microseconds for a packet (measured: 6 to 33 with net_memif, 13 with
    /// af_packet), and telling the peer must not hold up the repair. Returns how many packets left.
    pub fn flush(&mut self, forwarded: impl FnOnce()) -> u64 {
        let before = self.page.tx_packets.get() + self.page.stage(Stage::Generator as usize).packets.get();
        self.flush_lanes(false);
        forwarded();
        if !std::mem::take(&mut self.verdict) {
            self.flush_lanes(true);
        }
        self.page.tx_packets.get() + self.page.stage(Stage::Generator as usize).packets.get() - before
    }

    /// Lanes with forwarded packets, or (`own`) those that have only our own.
    fn flush_lanes(&mut self, own: bool) {
        for port in 0..self.lanes.len() {
            let lane = &self.lanes[port];
            let only_own = lane.own >= lane.burst.len();
            if only_own == own && !lane.burst.is_empty() {
                self.flush_port(port as u16);
            }
        }
    }

    /// A path was taken out just now: the packets that it repairs go first.
    pub fn after_verdict(&mut self) {
        self.verdict = true;
    }

    /// Test frames were made, which took so many cycles.
    pub fn made(&self, cycles: u64, count: u64) {
        self.page.generator(GeneratorCounter::Made).add(count);
        self.page.stage(Stage::Generator as usize).add(cycles, 0);
    }

    /// Cycles that test frames have taken so far, of which no other stage is to blame.
    pub fn generator_cycles(&self) -> u64 {
        self.page.stage(Stage::Generator as usize).cycles.get()
    }

    #[inline(never)]
    fn flush_port(&mut self, port: u16) {
        let lane = &mut self.lanes[usize::from(port)];
        lane.own = 0;
        if let Some(sink) = &mut lane.sink {
            let (started, before) = (rdtsc(), lane.burst.len());
            sink.swallow(&mut lane.burst, &mut self.spare, port, &self.page);
            let swallowed = (before - lane.burst.len()) as u64;
            self.page.stage(Stage::Generator as usize).add(rdtsc() - started, swallowed);
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
