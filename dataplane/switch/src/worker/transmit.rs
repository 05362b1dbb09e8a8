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
    /// Our own packets, apart from those that are forwarded: a device may take its time for one of them.
    own: Burst,
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
        let lane = |(queue, sink)| Lane { queue, burst: Burst::new(), own: Burst::new(), sink };
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
        if self.lanes[usize::from(port)].burst.push(mbuf).is_err() {
            self.drop_full(port);
        }
    }

    /// The device took nothing: a whole burst waits already, and this packet is one too many.
    fn drop_full(&self, port: u16) {
        self.page.drop_packet(DropReason::TxFull);
        self.page.port(port).tx_drops.add(1);
    }

    /// Whether there is a port of this number.
    pub fn has(&self, port: u16) -> bool {
        usize::from(port) < self.lanes.len()
    }

    /// A packet with these bytes. Without a free mbuf, or where they do not fit, a drop is counted.
    pub fn copy_of(&mut self, frame: &[u8]) -> Option<Mbuf> {
        let made = self.pool.alloc().ok().and_then(|mut mbuf| mbuf.fill(frame).then_some(mbuf));
        if made.is_none() {
            self.page.drop_packet(DropReason::NoMbuf);
        }
        made
    }

    /// Queues a copy of `frame` with what is forwarded.
    pub fn forward_copy(&mut self, port: u16, frame: &[u8]) {
        if let Some(mbuf) = self.copy_of(frame) {
            self.push(port, mbuf);
        }
    }

    /// Queues a frame of these two parts with what is forwarded.
    pub fn forward_parts(&mut self, port: u16, header: &[u8], packet: &[u8]) {
        let made = self.pool.alloc().ok().and_then(|mut mbuf| {
            (mbuf.fill(packet) && mbuf.prepend(header.len() as u16).is_some()).then_some(mbuf)
        });
        let Some(mut mbuf) = made else { return self.page.drop_packet(DropReason::NoMbuf) };
        mbuf.data_mut()[..header.len()].copy_from_slice(header);
        self.push(port, mbuf);
    }

    /// Queues a copy of `frame`. Without a free mbuf it is dropped, and counted.
    pub fn send_copy(&mut self, port: u16, frame: &[u8]) {
        match self.pool.alloc() {
            Ok(mut mbuf) => {
                if mbuf.fill(frame) {
                    self.push_own(port, mbuf);
                } else {
                    self.page.drop_packet(DropReason::NoMbuf);
                }
            }
            Err(_) => self.page.drop_packet(DropReason::NoMbuf),
        }
    }

    fn push_own(&mut self, port: u16, mbuf: Mbuf) {
        if self.lanes[usize::from(port)].own.is_full() {
            self.flush_own(port);
        }
        if self.lanes[usize::from(port)].own.push(mbuf).is_err() {
            self.drop_full(port);
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
        for port in 0..self.lanes.len() {
            if !self.lanes[port].burst.is_empty() {
                self.flush_port(port as u16);
            }
        }
        forwarded();
        if !std::mem::take(&mut self.verdict) {
            self.flush_all_own();
        }
        self.page.tx_packets.get() + self.page.stage(Stage::Generator as usize).packets.get() - before
    }

    fn flush_all_own(&mut self) {
        for port in 0..self.lanes.len() {
            if !self.lanes[port].own.is_empty() {
                self.flush_own(port as u16);
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
        if let Some(sink) = &mut lane.sink {
            let (started, before) = (rdtsc(), lane.burst.len());
            sink.swallow(&mut lane.burst, &mut self.spare, port, &self.page);
            let swallowed = (before - lane.burst.len()) as u64;
            self.page.stage(Stage::Generator as usize).add(rdtsc() - started, swallowed);
            if lane.burst.is_empty() {
                return;
            }
        }
        transmit(&mut lane.queue, &mut lane.burst, port, &self.page);
    }

    #[inline(never)]
    fn flush_own(&mut self, port: u16) {
        let lane = &mut self.lanes[usize::from(port)];
        transmit(&mut lane.queue, &mut lane.own, port, &self.page);
    }
}

/// Hands packets to the device and counts those that it took.
fn transmit(queue: &mut TxQueue, burst: &mut Burst, port: u16, page: &WorkerStats) {
    let octets = |burst: &Burst| burst.iter().map(|mbuf| u64::from(mbuf.packet_len())).sum::<u64>();
    let before = octets(burst);
    let sent = queue.tx_burst(burst) as u64;
    let counters = page.port(port);
    counters.tx_packets.add(sent);
    counters.tx_bytes.add(before - octets(burst));
    page.tx_packets.add(sent);
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpdk::{Eal, EalOptions, Hugepages, MempoolOptions, PortConfig, RxQueue};
    use stats::{Segment, Shape};

    const FORWARDED: u8 = 1;
    const OWN: u8 = 2;

    fn page(directory: &tempfile::TempDir) -> WorkerStats {
        let shape = Shape {
            workers: vec![0],
            ports: vec!["primary".into(), "backup".into()],
            paths: 1,
            sessions: 1,
            stages: Stage::NAMES.map(Into::into).into(),
        };
        Segment::create(&directory.path().join("stats"), &shape, 1_000_000_000, 0).unwrap().worker(0)
    }

    /// The first bytes of what has come out of a port since it was last asked.
    fn out(queue: &mut RxQueue) -> Vec<u8> {
        let mut burst = Burst::new();
        queue.rx_burst(&mut burst, Burst::CAPACITY);
        burst.iter().map(|mbuf| mbuf.data()[0]).collect()
    }

    /// The only test of this program that starts DPDK, which a process can do once.
    #[test]
    fn repaired_packets_leave_before_the_peer_is_told_whatever_else_leaves_by_its_port() {
        let options =
            EalOptions { hugepages: Hugepages::No, memory_mb: Some(64), pci: false, ..EalOptions::default() };
        let eal = Eal::init(&options).unwrap();
        let pool =
            Mempool::new(&eal, "test", &MempoolOptions { count: 2047, ..MempoolOptions::default() }).unwrap();
        // What is transmitted into a ring comes out of it.
        let mut ports: Vec<_> = ["net_ring0", "net_ring1"].map(|name| eal.attach_vdev(name).unwrap()).into();
        let (mut receive, mut queues) = (Vec::new(), Vec::new());
        for port in &mut ports {
            port.configure(&PortConfig::default(), &pool).unwrap();
            let (rx, tx) = port.start().unwrap();
            receive.extend(rx);
            queues.extend(tx.into_iter().map(|queue| (queue, None)));
        }
        let directory = tempfile::tempdir().unwrap();
        let mut transmit = Transmit::new(queues, pool.clone(), page(&directory));
        let forwarded = || {
            let mut mbuf = pool.alloc().unwrap();
            assert!(mbuf.fill(&[FORWARDED; 64]));
            mbuf
        };

        // The turn of the verdict: packets wait for the dead path's port, and so does the one that tells the peer.
        transmit.push(0, forwarded());
        transmit.after_verdict();
        transmit.send_copy(0, &[OWN; 64]);
        transmit.push(0, forwarded());
        assert_eq!(transmit.flush(|| {}), 2);
        assert_eq!(out(&mut receive[0]), [FORWARDED, FORWARDED]);

        // The next one: the backup's packets, then the peer.
        transmit.push(1, forwarded());
        transmit.push(0, forwarded());
        let mut first = Vec::new();
        let sent = transmit.flush(|| first.extend(receive.iter_mut().map(out)));
        assert_eq!((sent, first), (3, vec![vec![FORWARDED], vec![FORWARDED]]));
        assert_eq!(out(&mut receive[0]), [OWN]);

        // Without a verdict our own leave in their turn, and more than a burst of them are not lost.
        for _ in 0..Burst::CAPACITY + 1 {
            transmit.send_copy(1, &[OWN; 64]);
        }
        assert_eq!(transmit.flush(|| {}), 1, "a full burst has left before");
        assert_eq!(transmit.page.port(1).tx_packets.get(), Burst::CAPACITY as u64 + 2);
        assert_eq!(transmit.page.drops.iter().map(|count| count.get()).sum::<u64>(), 0);
    }
}
