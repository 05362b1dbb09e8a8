//! Workers that read while the writer changes everything under them.

use fib::{Causes, GroupContent, GroupId, GroupSpec, Limits, Neighbor, Selection, WorkerEpoch};
use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

const TURNS: u32 = 20_000;

/// Small enough that blocks, runs, groups and neighbors are reused all the time.
fn tight() -> Limits {
    Limits { groups: 8, cells: 64, paths: 4, neighbors: 4, v4_blocks: 2, v6_words: 4096, workers: 4, vrfs: 1 }
}

fn neighbor(byte: u8) -> Neighbor {
    let header = [byte; Neighbor::HEADER_MAX];
    Neighbor { port: byte.into(), interface: byte.into(), mtu: 1500, header_len: byte, header }
}

/// Runs `turn` on two workers until `write` has returned.
fn race(tables: &Arc<fib::Tables>, turn: impl Fn(&WorkerEpoch) + Sync, write: impl FnOnce()) {
    let done = AtomicBool::new(false);
    let ready = Barrier::new(3);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut worker = tables.register_worker().unwrap();
                ready.wait();
                while !done.load(Ordering::Relaxed) {
                    for _ in 0..256 {
                        turn(&worker);
                        worker.quiescent();
                    }
                    // With fewer cores than threads the writer would wait out whole time slices.
                    std::thread::yield_now();
                }
            });
        }
        ready.wait();
        // The workers stop even if the writer fails.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(write));
        done.store(true, Ordering::Relaxed);
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Tries until the workers have let go of what the attempt needs.
fn insist<T>(writer: &mut fib::Writer, attempt: impl Fn(&mut fib::Writer) -> Result<T, fib::FibError>) -> T {
    loop {
        match attempt(writer) {
            Ok(value) => return value,
            Err(fib::FibError::TableFull { .. }) => {
                writer.reclaim();
                std::thread::yield_now();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_lookup_sees_the_old_or_the_new_group_while_blocks_are_reused() {
    let (mut writer, tables) = fib::tables(tight()).unwrap();
    let special = |code| GroupContent::Special(code);
    let cover: Vec<GroupId> = (0..4).map(|i| writer.group_add(&special(i)).unwrap()).collect();
    for (i, net) in ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"].iter().enumerate() {
        writer.route_set(net.parse::<ipnet::IpNet>().unwrap(), cover[i], 0).unwrap();
    }
    let addrs: Vec<u32> = (0..3u32).flat_map(|i| [7, 200].map(|low| 0x0A00_0000 | i << 8 | low)).collect();
    let turn = |worker: &WorkerEpoch| {
        let mut groups = [0; 6];
        worker.lookup4_bulk(&addrs, &mut groups);
        for (i, &group) in groups.iter().enumerate() {
            let old = cover[i / 2].0;
            let allowed = group == old || (i % 2 == 0 && group == cover[3].0);
            assert!(allowed, "address {i} sees group {group}, not {old}");
        }
    };
    race(&tables, turn, || {
        for i in 0..TURNS {
            let prefix = format!("10.0.{}.0/28", i % 3).parse::<ipnet::IpNet>().unwrap();
            insist(&mut writer, |writer| writer.route_set(prefix, cover[3], 0));
            writer.route_del(prefix, 0).unwrap();
        }
    });
}

#[test]
fn an_ipv6_lookup_sees_the_old_or_the_new_group_while_bags_and_nodes_are_reused() {
    let (mut writer, tables) = fib::tables(tight()).unwrap();
    let groups: Vec<GroupId> = (0..3).map(|i| writer.group_add(&GroupContent::Special(i)).unwrap()).collect();
    for (i, net) in ["2001:db8::/32", "2001:db9::/32"].iter().enumerate() {
        writer.route_set(net.parse::<ipnet::IpNet>().unwrap(), groups[i], 0).unwrap();
    }
    let addr = |high: u16, i: u16| Ipv6Addr::new(0x2001, high, i << 8, 0, 0, 0, 0, 1).to_bits();
    let addrs: Vec<u128> = (0..12).flat_map(|i| [addr(0xdb8, i), addr(0xdb9, i)]).collect();
    let turn = |worker: &WorkerEpoch| {
        let mut found = [0; 24];
        worker.lookup6_bulk(&addrs, &mut found);
        for (i, &group) in found.iter().enumerate() {
            assert!(group == groups[i % 2].0 || group == groups[2].0, "address {i} sees group {group}");
        }
    };
    race(&tables, turn, || {
        for i in 0..TURNS / 10 {
            let net = |k: u32| {
                format!("2001:db{}:{:x}::/48", 8 + i % 2, (k % 12) << 8).parse::<ipnet::IpNet>().unwrap()
            };
            for k in 0..12 {
                insist(&mut writer, |writer| writer.route_set(net(k), groups[2], 0));
            }
            for k in 0..12 {
                writer.route_del(net(k + i), 0).unwrap();
            }
        }
    });
}

#[test]
fn a_neighbor_record_is_whole_and_stays_until_the_quiescent_point() {
    let (mut writer, tables) = fib::tables(tight()).unwrap();
    let mut current = writer.neighbor_add(&neighbor(0)).unwrap();
    let path = writer.path_add(1, Some(current), Causes::NONE).unwrap();
    let turn = |worker: &WorkerEpoch| {
        let record = worker.neighbor(path).expect("the path always has one");
        let copy = *record;
        assert_eq!(copy, neighbor(copy.header[0]));
        std::thread::yield_now();
        assert_eq!(*record, copy, "written before the quiescent point");
    };
    race(&tables, turn, || {
        for i in 0..TURNS {
            current = insist(&mut writer, |writer| writer.neighbor_replace(current, &neighbor(i as u8)));
        }
    });
}

#[test]
fn a_selection_stays_within_its_group_while_rows_are_reused() {
    let (mut writer, tables) = fib::tables(tight()).unwrap();
    let record = writer.neighbor_add(&neighbor(0)).unwrap();
    let paths: Vec<_> = (0..4).map(|key| writer.path_add(key, Some(record), Causes::NONE).unwrap()).collect();
    let content = |a: usize, b: usize| GroupContent::Paths(GroupSpec::single(paths[a], [paths[b]]));
    let groups = [0, 2].map(|i| writer.group_add(&content(i, i + 1)).unwrap());
    let turn = |worker: &WorkerEpoch| {
        for (i, &group) in groups.iter().enumerate() {
            let (Selection::Path(path) | Selection::Repair { path, .. }) = worker.select(group, 0) else {
                panic!("two live paths")
            };
            assert!(paths[i * 2..][..2].contains(&path), "group {i} selects {path:?}");
        }
    };
    race(&tables, turn, || {
        for i in 0..TURNS as usize {
            let first = i % 4 / 2 * 2;
            let (a, b) = (first + i % 2, first + 1 - i % 2);
            insist(&mut writer, |writer| writer.group_set(groups[first / 2], &content(a, b)));
        }
    });
}

#[test]
fn a_group_that_was_looked_up_means_the_same_until_the_quiescent_point() {
    let (mut writer, tables) = fib::tables(tight()).unwrap();
    let prefix: ipnet::IpNet = "192.0.2.0/24".parse().unwrap();
    let mut current = writer.group_add(&GroupContent::Special(0)).unwrap();
    writer.route_set(prefix, current, 0).unwrap();
    let turn = |worker: &WorkerEpoch| {
        let group = worker.lookup4(0xC000_0201);
        let before = worker.select(group, 0);
        std::thread::yield_now();
        assert_eq!(worker.select(group, 0), before, "given out before the quiescent point");
        assert!(matches!(before, Selection::Special(_)));
    };
    race(&tables, turn, || {
        for i in 1..TURNS {
            let next = insist(&mut writer, |writer| writer.group_add(&GroupContent::Special(i)));
            writer.route_set(prefix, next, 0).unwrap();
            writer.group_release(current).unwrap();
            current = next;
        }
    });
}
