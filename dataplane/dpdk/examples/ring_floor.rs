//! What one packet costs through this crate: a net_ring port whose output is its input, as
//! `dpdk-testpmd --vdev net_ring0 -- --forward-mode=io --burst=256` drives it, plus the same with every packet moved
//! between bursts. Prints TSC cycles a packet: minimum, median and maximum of a number of repeats.
//!
//! `cargo run --release -p swerve-dpdk --example ring_floor [-- --huge]`, as root; ordinary pages without `--huge`.

use dpdk::tsc::rdtsc;
use dpdk::{
    Burst, Eal, EalOptions, Hugepages, Mempool, MempoolOptions, PortConfig, RxQueue, TxQueue, WorkerThread,
};

const REPEATS: usize = 101;
const VECTORS: usize = 4_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let options =
        EalOptions { hugepages: Hugepages::No, memory_mb: Some(128), pci: false, ..EalOptions::default() };
    let eal = Eal::init(&options)?;
    std::thread::scope(|scope| scope.spawn(|| measure(&eal)).join().map_err(|_| "the worker panicked")?)
}

fn measure(eal: &Eal) -> Result<(), Failure> {
    let _worker = WorkerThread::register(eal, Some(0))?;
    let pool = Mempool::new(eal, "floor", &MempoolOptions::default())?;
    let mut port = eal.attach_vdev("net_ring0")?;
    port.configure(&PortConfig::default(), &pool)?;
    let (mut rx, mut tx) = port.start()?;
    let (mut rx, mut tx) = (rx.remove(0), tx.remove(0));
    let mut burst = Burst::new();
    pool.alloc_bulk(&mut burst, Burst::CAPACITY)?;
    tx.tx_burst(&mut burst);

    report("receive, transmit", |burst| pass(&mut rx, &mut tx, burst, |_| ()));
    let mut other = Burst::new();
    report("receive, drain and push, transmit", |burst| {
        pass(&mut rx, &mut tx, burst, |burst| {
            for mbuf in burst.drain() {
                // Both bursts hold 256, and `other` is empty.
                let _ = other.push(mbuf);
            }
            burst.append(&mut other);
        })
    });
    report("receive, sum of first bytes, transmit", |burst| {
        pass(&mut rx, &mut tx, burst, |burst| {
            // SAFETY: a packet's data pointer may be read for its headroom's worth of buffer.
            let sum: u64 = burst.iter().map(|mbuf| u64::from(unsafe { *mbuf.data_ptr() })).sum();
            std::hint::black_box(sum);
        })
    });
    report("allocate and free", |burst| {
        pool.alloc_bulk(burst, Burst::CAPACITY).map(|()| burst.clear()).is_ok()
    });
    rx.rx_burst(&mut burst, Burst::CAPACITY);
    Ok(())
}

/// One vector; false when packets were missing.
#[inline(always)]
fn pass(rx: &mut RxQueue, tx: &mut TxQueue, burst: &mut Burst, mut work: impl FnMut(&mut Burst)) -> bool {
    let received = rx.rx_burst(burst, Burst::CAPACITY);
    work(burst);
    received == Burst::CAPACITY && tx.tx_burst(burst) == received
}

fn report(what: &str, mut vector: impl FnMut(&mut Burst) -> bool) {
    let mut burst = Burst::new();
    let mut costs: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let start = rdtsc();
            let complete = (0..VECTORS).all(|_| vector(&mut burst));
            assert!(complete, "{what}: packets are missing");
            (rdtsc() - start) as f64 / (VECTORS * Burst::CAPACITY) as f64
        })
        .collect();
    costs.sort_by(f64::total_cmp);
    let [min, median, max] = [costs[0], costs[REPEATS / 2], costs[REPEATS - 1]];
    println!("{what:40} {min:5.2} {median:5.2} {max:5.2} cycles a packet");
}
