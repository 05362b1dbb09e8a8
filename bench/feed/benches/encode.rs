//! What it costs to write what zebra would: a feed that is to be the smaller part has to be much faster than the
//! reader.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use feed::fpm::{Common, What};
use fpm::NextHop;
use std::hint::black_box;

const ROUTES: u32 = 100_000;

fn encode(criterion: &mut Criterion) {
    let next_hop = NextHop { gateway: Some([192, 0, 2, 1].into()), ifindex: 1, weight: 1 };
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(ROUTES.into()));
    for groups in [true, false] {
        let common =
            Common { table: 254, protocol: 186, metric: 20, groups, ipv6: false, ways: vec![vec![next_hop]] };
        for (name, what) in [("add", What::Add { way: 0 }), ("replace", What::Replace { way: 0 })] {
            let name = format!("{name}, {}", if groups { "by id" } else { "by next hop" });
            group.bench_function(name, |bencher| {
                let mut bytes = Vec::new();
                bencher.iter(|| {
                    bytes.clear();
                    (0..ROUTES).for_each(|n| common.say(&mut bytes, n, what));
                    black_box(&bytes);
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
