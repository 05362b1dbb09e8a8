//! Packets, pools and bursts, and ports that need nothing outside the process.

mod common;

use common::{in_own_process, pool, trial_eal};
use dpdk::{Burst, Eal, Mempool, PortConfig, PortError, RxQueue, TxQueue, WorkerThread};

/// A packet with `number` in it.
fn numbered(pool: &Mempool, number: u32) -> dpdk::Mbuf {
    let mut mbuf = pool.alloc().unwrap();
    assert!(mbuf.fill(&number.to_be_bytes()));
    mbuf
}

fn numbers(burst: &[dpdk::Mbuf]) -> Vec<u32> {
    burst.iter().map(|mbuf| u32::from_be_bytes(mbuf.data().try_into().unwrap())).collect()
}

#[test]
fn whatever_is_dropped_goes_back_to_its_pool() {
    in_own_process("whatever_is_dropped_goes_back_to_its_pool", || {
        let eal = trial_eal();
        let pool = pool(&eal, 2047);
        assert_eq!(pool.available(), 2047);
        let mut burst = Burst::new();
        pool.alloc_bulk(&mut burst, 256).unwrap();
        assert_eq!((burst.len(), pool.available()), (256, 2047 - 256));
        drop(burst.pop());
        burst.truncate(199);
        assert_eq!((burst.len(), pool.available()), (199, 2047 - 199));
        // A drain that is dropped half way frees the rest.
        let kept: Vec<_> = burst.drain().take(50).collect();
        assert_eq!((burst.len(), pool.available()), (0, 2047 - 50));
        drop(kept);
        assert_eq!(pool.available(), 2047);
        pool.alloc_bulk(&mut burst, 7).unwrap();
        drop(burst);
        assert_eq!(pool.available(), 2047);
    });
}

#[test]
fn an_empty_pool_says_so_and_gives_all_or_nothing() {
    in_own_process("an_empty_pool_says_so_and_gives_all_or_nothing", || {
        let eal = trial_eal();
        let pool = pool(&eal, 255);
        let (mut first, mut second) = (Burst::new(), Burst::new());
        pool.alloc_bulk(&mut first, 200).unwrap();
        assert_eq!(pool.alloc_bulk(&mut second, 56), Err(dpdk::PoolEmpty));
        assert_eq!(second.len(), 0);
        pool.alloc_bulk(&mut second, 55).unwrap();
        assert!(pool.alloc().is_err());
        first.clear();
        assert_eq!(pool.available(), 200);
    });
}

#[test]
fn a_pool_that_cannot_be_made_says_why() {
    in_own_process("a_pool_that_cannot_be_made_says_why", || {
        let eal = trial_eal();
        let make = |name, count, cache| {
            let options = dpdk::MempoolOptions { count, cache, ..Default::default() };
            Mempool::new(&eal, name, &options).unwrap_err().to_string()
        };
        let _first = pool(&eal, 255);
        assert!(make("packets", 255, 0).contains("'packets' exists already"));
        assert!(
            make("x", 255, 200).contains("a cache of 200 is more than 512 or than two thirds of its 255")
        );
        assert!(make("x", 10_000_000, 0).contains("10000000 buffers of 2176 bytes do not fit"));
    });
}

#[test]
fn a_burst_keeps_order_and_refuses_more_than_it_holds() {
    in_own_process("a_burst_keeps_order_and_refuses_more_than_it_holds", || {
        let eal = trial_eal();
        let pool = pool(&eal, 2047);
        let mut burst = Burst::new();
        for number in 0..Burst::CAPACITY as u32 {
            burst.push(numbered(&pool, number)).unwrap();
        }
        assert!(burst.is_full());
        let refused = burst.push(numbered(&pool, 1000)).unwrap_err();
        assert_eq!(refused.data(), 1000u32.to_be_bytes());
        // Into three ports by number, as a forwarding engine does.
        let mut ports = [Burst::new(), Burst::new(), Burst::new()];
        for (index, mbuf) in burst.drain().enumerate() {
            ports[index % 3].push(mbuf).unwrap();
        }
        assert!(burst.is_empty());
        assert_eq!(numbers(&ports[1]), (0..85).map(|i| i * 3 + 1).collect::<Vec<u32>>());
        // What does not fit stays, in order.
        let [mut first, mut second, _] = ports;
        pool.alloc_bulk(&mut burst, 200).unwrap();
        burst.append(&mut first);
        assert_eq!((burst.len(), first.len()), (256, 86 - 56));
        assert_eq!(numbers(&first)[0], 56 * 3);
        assert_eq!(numbers(&burst[200..])[55], 55 * 3);
        second.append(&mut first);
        assert!(first.is_empty());
        assert_eq!(second.len(), 85 + 30);
    });
}

#[test]
fn a_packet_grows_and_shrinks_at_both_ends() {
    in_own_process("a_packet_grows_and_shrinks_at_both_ends", || {
        let eal = trial_eal();
        let pool = pool(&eal, 255);
        let mut mbuf = pool.alloc().unwrap();
        assert_eq!((mbuf.data_len(), mbuf.headroom(), mbuf.tailroom()), (0, 128, 2048));
        assert!(mbuf.fill(b"payload"));
        mbuf.prepend(4).unwrap().copy_from_slice(b"head");
        mbuf.append(4).unwrap().copy_from_slice(b"tail");
        assert_eq!(mbuf.data(), b"headpayloadtail");
        assert_eq!((mbuf.packet_len(), mbuf.data_len(), mbuf.headroom()), (15, 15, 124));
        assert!(mbuf.trim_front(4) && mbuf.truncate(7));
        assert_eq!(mbuf.data(), b"payload");
        mbuf.data_mut()[0] = b'P';
        assert_eq!(mbuf.data(), b"Payload");
        // Refused, and unchanged.
        assert!(!mbuf.trim_front(8) && !mbuf.truncate(8));
        assert!(
            mbuf.prepend(129).is_none() && mbuf.append(2042).is_none() && mbuf.append(u16::MAX).is_none()
        );
        assert!(!mbuf.fill(&[0; 2049]));
        assert_eq!((mbuf.data(), mbuf.packet_len()), (&b"Payload"[..], 7));
        assert!(mbuf.prepend(128).is_some() && mbuf.append(2041).is_some());
        assert_eq!((mbuf.data_len(), mbuf.headroom(), mbuf.tailroom()), (2176, 0, 0));
        assert!(mbuf.is_contiguous() && mbuf.segments() == 1);
    });
}

fn ring_port(eal: &Eal, pool: &Mempool) -> (dpdk::Port, RxQueue, TxQueue) {
    let mut port = eal.attach_vdev("net_ring0").unwrap();
    port.configure(&PortConfig::default(), pool).unwrap();
    let (mut rx, mut tx) = port.start().unwrap();
    assert_eq!((rx.len(), tx.len()), (1, 1));
    (port, rx.remove(0), tx.remove(0))
}

#[test]
fn a_ring_port_gives_back_what_it_was_given_in_order() {
    in_own_process("a_ring_port_gives_back_what_it_was_given_in_order", || {
        let eal = trial_eal();
        let pool = pool(&eal, 4095);
        let (port, mut rx, mut tx) = ring_port(&eal, &pool);
        let mut out = Burst::new();
        let mut back = Burst::new();
        for number in 0..200 {
            out.push(numbered(&pool, number)).unwrap();
        }
        assert_eq!(tx.tx_burst(&mut out), 200);
        assert!(out.is_empty());
        // The limit and the room both bound what is received.
        assert_eq!(rx.rx_burst(&mut back, 50), 50);
        pool.alloc_bulk(&mut out, 156).unwrap();
        out.append(&mut back);
        assert_eq!(rx.rx_burst(&mut out, 256), 50);
        assert!(out.is_full());
        assert_eq!(rx.rx_burst(&mut out, 256), 0);
        assert_eq!(numbers(&out[156..]), (0..100).collect::<Vec<u32>>());
        assert_eq!(rx.rx_burst(&mut back, 256), 100);
        assert_eq!(numbers(&back), (100..200).collect::<Vec<u32>>());
        assert_eq!((port.stats().unwrap().rx_packets, port.stats().unwrap().tx_packets), (200, 200));
        drop((out, back));
        assert_eq!(pool.available(), 4095);
    });
}

#[test]
fn a_full_queue_leaves_the_rest_in_the_burst_in_order() {
    in_own_process("a_full_queue_leaves_the_rest_in_the_burst_in_order", || {
        let eal = trial_eal();
        let pool = pool(&eal, 4095);
        let (_port, mut rx, mut tx) = ring_port(&eal, &pool);
        let (mut burst, mut sent) = (Burst::new(), 0u32);
        while burst.is_empty() {
            for number in sent..sent + 100 {
                burst.push(numbered(&pool, number)).unwrap();
            }
            sent += tx.tx_burst(&mut burst) as u32;
            assert!(sent < 4095, "the ring never filled");
        }
        assert_eq!(numbers(&burst), (sent..sent + burst.len() as u32).collect::<Vec<u32>>());
        assert_eq!(tx.tx_burst(&mut burst), 0);
        let (mut received, mut back) = (0, Burst::new());
        while rx.rx_burst(&mut back, Burst::CAPACITY) > 0 {
            received += back.len() as u32;
            back.clear();
        }
        assert_eq!(received, sent);
        drop(burst);
        assert_eq!(pool.available(), 4095);
    });
}

#[test]
fn a_port_is_stopped_only_when_its_queues_are_back() {
    in_own_process("a_port_is_stopped_only_when_its_queues_are_back", || {
        let eal = trial_eal();
        let pool = pool(&eal, 255);
        let mut port = eal.attach_vdev("net_null0").unwrap();
        assert!(matches!(port.start(), Err(PortError::NotConfigured(_))));
        port.configure(&PortConfig { rx_queues: 2, tx_queues: 3, ..PortConfig::default() }, &pool).unwrap();
        let (rx, tx) = port.start().unwrap();
        assert_eq!((rx.len(), tx.len(), rx[1].queue(), tx[2].queue()), (2, 3, 1, 2));
        assert!(matches!(port.start(), Err(PortError::Started(_))));
        assert!(matches!(port.configure(&PortConfig::default(), &pool), Err(PortError::Started(_))));
        drop(rx);
        assert_eq!(port.stop(), Err(PortError::QueuesInUse("net_null0".to_owned())));
        drop(tx);
        port.stop().unwrap();
        port.configure(&PortConfig::default(), &pool).unwrap();
        let queues = port.start().unwrap();
        assert!(matches!(dpdk::Port::by_name(&eal, "net_null0"), Err(PortError::Open(_))));
        // Queues keep the port: it goes with the last of them, and may then come back.
        drop(port);
        assert_eq!(dpdk::Port::names(&eal), ["net_null0"]);
        drop(queues);
        assert!(dpdk::Port::names(&eal).is_empty());
        eal.attach_vdev("net_null0").unwrap().detach().unwrap();
        assert!(dpdk::Port::names(&eal).is_empty());
    });
}

#[test]
fn workers_have_numbers_and_caches_of_their_own() {
    in_own_process("workers_have_numbers_and_caches_of_their_own", || {
        let eal = trial_eal();
        let pool = pool(&eal, 2047);
        let lcores = std::thread::scope(|scope| {
            let workers = [0, 0].map(|core| {
                let (eal, pool) = (&eal, &pool);
                scope.spawn(move || {
                    let worker = WorkerThread::register(eal, Some(core)).unwrap();
                    assert!(WorkerThread::register(eal, None).is_err());
                    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
                    assert!(status.contains("Cpus_allowed_list:\t0\n"), "{status}");
                    let mut burst = Burst::new();
                    for _ in 0..1000 {
                        pool.alloc_bulk(&mut burst, 64).unwrap();
                        burst.clear();
                    }
                    worker.lcore()
                })
            });
            workers.map(|worker| worker.join().unwrap())
        });
        assert!(lcores.iter().all(|lcore| (1..128).contains(lcore)), "{lcores:?}");
        assert_eq!(pool.available(), 2047);
        let error = std::thread::scope(|scope| {
            scope.spawn(|| WorkerThread::register(&eal, Some(9999)).unwrap_err().to_string()).join().unwrap()
        });
        assert!(error.starts_with("core 9999 does not exist"), "{error}");
    });
}

#[test]
fn a_worker_owns_its_queues_and_hands_packets_on() {
    in_own_process("a_worker_owns_its_queues_and_hands_packets_on", || {
        let eal = trial_eal();
        let pool = pool(&eal, 4095);
        let (mut port, mut rx, mut tx) = ring_port(&eal, &pool);
        let received = std::thread::scope(|scope| {
            let (eal, pool) = (&eal, &pool);
            // One worker sends, the other receives; the queues move to them and end with them.
            scope.spawn(move || {
                let _worker = WorkerThread::register(eal, None).unwrap();
                let mut burst = Burst::new();
                for first in (0..20_000).step_by(100) {
                    (first..first + 100).for_each(|number| burst.push(numbered(pool, number)).unwrap());
                    while !burst.is_empty() {
                        tx.tx_burst(&mut burst);
                        std::thread::yield_now();
                    }
                }
            });
            let receiver = scope.spawn(move || {
                let _worker = WorkerThread::register(eal, None).unwrap();
                let (mut burst, mut received) = (Burst::new(), Vec::new());
                common::wait_for("all packets", || {
                    while rx.rx_burst(&mut burst, Burst::CAPACITY) > 0 {
                        received.extend(numbers(&burst));
                        burst.clear();
                    }
                    received.len() >= 20_000
                });
                received
            });
            receiver.join().unwrap()
        });
        assert_eq!(received, (0..20_000).collect::<Vec<u32>>());
        assert_eq!(pool.available(), 4095);
        port.stop().unwrap();
    });
}

#[test]
fn packets_that_outlive_every_handle_keep_their_memory() {
    in_own_process("packets_that_outlive_every_handle_keep_their_memory", || {
        let eal = trial_eal();
        let pool = pool(&eal, 255);
        let mut mbuf = numbered(&pool, 7);
        drop((eal, pool));
        mbuf.append(1).unwrap()[0] = 1;
        assert_eq!(mbuf.data(), [0, 0, 0, 7, 1]);
        drop(mbuf);
        assert_eq!(Eal::init(&common::trial_options()).unwrap_err(), dpdk::EalError::Started);
    });
}
