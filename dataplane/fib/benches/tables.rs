//! Lookups, updates and memory over tables with a BGP-like mix of lengths. `cargo bench -p swerve-fib`.
//!
//! Prints minimum, median and maximum of the runs. Sizes can be given: `-- ROUTES4 ROUTES6`.

use fib::{Causes, GroupContent, GroupId, GroupSpec, Limits, Selection, Tables, Writer};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::HashSet;
use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

const RUNS: usize = 9;
const KEYS: usize = 1 << 20;
const VECTOR: usize = 256;

/// Sebastiano Vigna's splitmix64: the seed is fixed, so every run has the same tables.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let word = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ word >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// A length drawn by weights per thousand.
    fn length(&mut self, weights: &[(u8, usize)]) -> u8 {
        let mut at = self.below(weights.iter().map(|w| w.1).sum());
        for &(length, weight) in weights {
            if at < weight {
                return length;
            }
            at -= weight;
        }
        unreachable!("the weights cover every draw")
    }
}

const LENGTHS4: &[(u8, usize)] = &[
    (8, 1),
    (12, 1),
    (14, 1),
    (15, 1),
    (16, 13),
    (17, 9),
    (18, 15),
    (19, 26),
    (20, 45),
    (21, 50),
    (22, 110),
    (23, 105),
    (24, 615),
    (25, 1),
    (28, 2),
    (29, 2),
    (30, 1),
    (32, 3),
];
const LENGTHS6: &[(u8, usize)] = &[
    (20, 1),
    (28, 5),
    (29, 28),
    (30, 8),
    (32, 130),
    (33, 10),
    (34, 8),
    (36, 40),
    (38, 10),
    (40, 80),
    (42, 20),
    (44, 70),
    (45, 15),
    (46, 40),
    (47, 25),
    (48, 490),
    (56, 10),
    (64, 9),
    (128, 1),
];

fn routes4(count: usize, random: &mut Random) -> Vec<IpNet> {
    let mut seen = HashSet::with_capacity(count);
    let mut routes = Vec::with_capacity(count);
    while routes.len() < count {
        let high = 1 + random.below(223) as u32;
        let addr = high << 24 | random.next() as u32 >> 8;
        let net = Ipv4Net::new(Ipv4Addr::from_bits(addr), random.length(LENGTHS4)).unwrap().trunc();
        if seen.insert(net) {
            routes.push(IpNet::V4(net));
        }
    }
    routes
}

/// Like the real table: holders of a /29 to /32 announce most of what is longer.
fn routes6(count: usize, clustered: bool, random: &mut Random) -> Vec<IpNet> {
    let mut seen = HashSet::with_capacity(count);
    let mut routes = Vec::with_capacity(count);
    let holders: Vec<u128> = (0..count / 8).map(|_| 1u128 << 125 | u128::from(random.next()) << 61).collect();
    while routes.len() < count {
        let length = random.length(LENGTHS6);
        let mut addr = 1u128 << 125 | u128::from(random.next()) << 61;
        if clustered && length > 32 {
            let at = random.below(holders.len());
            addr = holders[random.below(at + 1)] >> 96 << 96 | addr << 35 >> 35 & u128::MAX >> 32;
        }
        let net = Ipv6Net::new(Ipv6Addr::from_bits(addr), length).unwrap().trunc();
        if seen.insert(net) {
            routes.push(IpNet::V6(net));
        }
    }
    routes
}

/// Runs `work` and prints its rate in millions per second.
fn rate(name: &str, count: usize, mut work: impl FnMut()) {
    let mut rates: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            count as f64 / start.elapsed().as_secs_f64() / 1e6
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!("{name:<44} {:9.2} {:9.2} {:9.2} M/s", rates[0], rates[RUNS / 2], rates[RUNS - 1]);
}

/// Addresses inside routes that are drawn uniformly, as the packets of the forwarding bench are.
fn keys4(routes: &[IpNet], random: &mut Random) -> Vec<u32> {
    let key = |_| match routes[random.below(routes.len())] {
        IpNet::V4(net) => net.network().to_bits() | random.next() as u32 & net.hostmask().to_bits(),
        IpNet::V6(_) => unreachable!("IPv4 routes"),
    };
    (0..KEYS).map(key).collect()
}

fn keys6(routes: &[IpNet], random: &mut Random) -> Vec<u128> {
    let key = |_| match routes[random.below(routes.len())] {
        IpNet::V6(net) => net.network().to_bits() | u128::from(random.next()) & net.hostmask().to_bits(),
        IpNet::V4(_) => unreachable!("IPv6 routes"),
    };
    (0..KEYS).map(key).collect()
}

fn groups(writer: &mut Writer, random: &mut Random) -> Vec<GroupId> {
    let neighbor = writer.neighbor_add(&fib::Neighbor {
        port: 1,
        interface: 1,
        mtu: 1500,
        header_len: 14,
        header: [0; fib::Neighbor::HEADER_MAX],
    });
    let neighbor = neighbor.unwrap();
    let paths: Vec<_> =
        (0..64).map(|_| writer.path_add(random.next(), Some(neighbor), Causes::NONE).unwrap()).collect();
    let spec = |i: usize| GroupSpec::single(paths[i % 64], [paths[(i + 1 + i / 64) % 64]]);
    (0..1000).map(|i| writer.group_add(&GroupContent::Paths(spec(i))).unwrap()).collect()
}

fn load(writer: &mut Writer, routes: &[IpNet], groups: &[GroupId], random: &mut Random) {
    let start = Instant::now();
    for (index, &prefix) in routes.iter().enumerate() {
        prefetch(writer, routes, index);
        writer.route_set(prefix, groups[random.below(groups.len())], 1).unwrap();
    }
    writer.reclaim();
    let rate = routes.len() as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!("{:<44} {rate:9.2} M/s", format!("load {} routes", routes.len()));
}

fn prefetch(writer: &Writer, routes: &[IpNet], index: usize) {
    if let Some(prefix) = routes.get(index + 16) {
        writer.route_prefetch(*prefix);
    }
    if let Some(prefix) = routes.get(index + 8) {
        writer.route_prefetch_near(*prefix);
    }
}

/// A worker that looks up and selects vectors until told to stop.
fn reader(
    tables: &Arc<Tables>,
    keys: Vec<u32>,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
) -> impl FnOnce() + use<> {
    let mut worker = tables.register_worker().unwrap();
    move || {
        let mut found = [0u32; VECTOR];
        while !stop.load(Ordering::Relaxed) {
            for keys in keys.chunks_exact(VECTOR) {
                worker.lookup4_bulk(keys, &mut found);
                black_box(&found);
                worker.quiescent();
            }
            count.fetch_add(keys.len() as u64, Ordering::Relaxed);
        }
    }
}

/// A third each of adds, withdrawals and changes of group, in a table that stays full.
fn update(writer: &mut Writer, routes: &[IpNet], spare: &[IpNet], groups: &[GroupId], prefetching: bool) {
    let mut random = Random(99);
    let mut present: Vec<IpNet> = routes.to_vec();
    let mut absent: Vec<IpNet> = spare.to_vec();
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let mut ops: Vec<(u8, IpNet, GroupId)> = Vec::new();
        for fresh in absent.iter_mut().take(100_000) {
            let at = random.below(present.len());
            let group = groups[random.below(groups.len())];
            ops.push((0, *fresh, group));
            ops.push((1, present[at], group));
            std::mem::swap(fresh, &mut present[at]);
            ops.push((2, present[random.below(present.len())], group));
        }
        let start = Instant::now();
        for (index, &(kind, prefix, group)) in ops.iter().enumerate() {
            if prefetching {
                if let Some((_, prefix, _)) = ops.get(index + 16) {
                    writer.route_prefetch(*prefix);
                }
                if let Some((_, prefix, _)) = ops.get(index + 8) {
                    writer.route_prefetch_near(*prefix);
                }
            }
            match kind {
                1 => drop(writer.route_del(prefix, 1).unwrap()),
                _ => drop(writer.route_set(prefix, group, 1).unwrap()),
            }
            if index % 1024 == 0 {
                writer.reclaim();
            }
        }
        rates.push(ops.len() as f64 / start.elapsed().as_secs_f64() / 1e6);
    }
    rates.sort_by(f64::total_cmp);
    let name = if prefetching { "update, prefetched" } else { "update" };
    println!("{name:<44} {:9.2} {:9.2} {:9.2} M/s", rates[0], rates[RUNS / 2], rates[RUNS - 1]);
    // Back to the given routes, for whoever comes next.
    absent.iter().for_each(|&prefix| drop(writer.route_del(prefix, 1)));
    for &prefix in routes {
        writer.route_set(prefix, groups[0], 1).unwrap();
    }
    for prefix in spare {
        drop(writer.route_del(*prefix, 1));
    }
}

/// Resident memory of this process in MiB.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0.0);
    pages * 4096.0 / f64::from(1 << 20)
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn bench_v4(count: usize) {
    let mut random = Random(1);
    let mut routes = routes4(count + count / 5, &mut random);
    let spare = routes.split_off(count);
    let before = resident();
    let (mut writer, tables) = fib::tables(Limits::default()).unwrap();
    let groups = groups(&mut writer, &mut random);
    load(&mut writer, &routes, &groups, &mut random);
    let memory = writer.memory();
    println!("{:<44} {:9.1} MiB, resident {:.1} MiB", "memory", mib(memory.total()), resident() - before);
    println!("{memory:?}");
    let keys = keys4(&routes, &mut random);
    let mut found = [0u32; VECTOR];
    rate("lookup4_bulk", KEYS, || {
        for keys in keys.chunks_exact(VECTOR) {
            tables.lookup4_bulk(keys, &mut found);
            black_box(&found);
        }
    });
    rate("lookup4, one by one", KEYS, || {
        for &key in &keys {
            black_box(tables.lookup4(key));
        }
    });
    rate("lookup4_bulk, then select", KEYS, || {
        for keys in keys.chunks_exact(VECTOR) {
            tables.lookup4_bulk(keys, &mut found);
            for (&group, &hash) in found.iter().zip(keys) {
                let Selection::Path(path) = tables.select(GroupId(group), hash) else { panic!("no path") };
                black_box(path);
            }
        }
    });
    let worker = tables.register_worker().unwrap();
    let mut frames = vec![[0u8; 64]; VECTOR];
    rate("lookup4_bulk, select, neighbor, rewrite", KEYS, || {
        for keys in keys.chunks_exact(VECTOR) {
            worker.lookup4_bulk(keys, &mut found);
            for ((&group, &hash), frame) in found.iter().zip(keys).zip(&mut frames) {
                let Selection::Path(path) = worker.select(GroupId(group), hash) else { panic!("no path") };
                let neighbor = worker.neighbor(path).expect("resolved");
                frame[..14].copy_from_slice(&neighbor.header[..14]);
                black_box((neighbor.port, neighbor.mtu));
            }
            black_box(&frames);
        }
    });
    drop(worker);
    update(&mut writer, &routes, &spare, &groups, false);
    update(&mut writer, &routes, &spare, &groups, true);
    let (stop, looked_up) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let thread = std::thread::spawn(reader(&tables, keys, stop.clone(), looked_up.clone()));
    let start = Instant::now();
    println!("with one worker looking up:");
    update(&mut writer, &routes, &spare, &groups, true);
    let seconds = start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    thread.join().unwrap();
    let rate = looked_up.load(Ordering::Relaxed) as f64 / seconds / 1e6;
    println!("{:<44} {rate:9.2} M/s", "lookup4_bulk meanwhile");
}

fn bench_v6(count: usize, clustered: bool) {
    let mut random = Random(2);
    let mut routes = routes6(count + count / 5, clustered, &mut random);
    let spare = routes.split_off(count);
    let before = resident();
    let (mut writer, tables) = fib::tables(Limits::default()).unwrap();
    let groups = groups(&mut writer, &mut random);
    println!("IPv6, {}:", if clustered { "clustered" } else { "uniform" });
    load(&mut writer, &routes, &groups, &mut random);
    let memory = writer.memory();
    println!("{:<44} {:9.1} MiB, resident {:.1} MiB", "memory", mib(memory.v6()), resident() - before);
    let keys = keys6(&routes, &mut random);
    let mut found = [0u32; VECTOR];
    rate("lookup6_bulk", KEYS, || {
        for keys in keys.chunks_exact(VECTOR) {
            tables.lookup6_bulk(keys, &mut found);
            black_box(&found);
        }
    });
    rate("lookup6, one by one", KEYS, || {
        for &key in &keys {
            black_box(tables.lookup6(key));
        }
    });
    update(&mut writer, &routes, &spare, &groups, false);
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let size = |index: usize, default| sizes.get(index).copied().unwrap_or(default);
    println!("{:<44} {:>9} {:>9} {:>9}", "", "min", "median", "max");
    bench_v4(size(0, 1_000_000));
    bench_v6(size(1, 200_000), false);
    bench_v6(size(1, 200_000), true);
}
