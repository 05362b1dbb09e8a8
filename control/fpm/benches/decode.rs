//! What a route costs from octets to change: the rate of `fpm_rate_1m` cannot be higher.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fpm::emit::{self, Route, Via};
use fpm::{Config, NextHop, Session};
use ipnet::{IpNet, Ipv4Net};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUTES: u32 = 1_000_000;

/// One frame for each route, as zebra sends them; half of the table over each of two next hops.
fn table(exchanged: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for id in 1..=2_u8 {
        let next_hop = NextHop { gateway: Some([203, 0, 113, id].into()), ifindex: id.into(), weight: 1 };
        emit::frame(&mut bytes, |f| emit::new_next_hop(f, id.into(), next_hop));
    }
    for n in 0..ROUTES {
        let address = (n.wrapping_mul(0x9e37_79b1) >> 8 << 8).into();
        let prefix = IpNet::V4(Ipv4Net::new(address, 24).expect("24 bits are an address's"));
        let id = 1 + u32::from((n % 2 == 0) != exchanged);
        let route = Route { table: 254, prefix, protocol: 186, metric: 20, via: Via::Id(id) };
        emit::frame(&mut bytes, |f| {
            emit::delete_route(f, &route);
            emit::new_route(f, &route);
        });
    }
    bytes
}

fn feed(session: &mut Session, bytes: &[u8], now: Instant) {
    for piece in bytes.chunks(1 << 18) {
        session.receive(piece, now).expect("our own frames");
        while session.waiting() > 0 {
            black_box(session.take(4096));
        }
    }
}

fn decode(criterion: &mut Criterion) {
    let now = Instant::now();
    let tables = [table(false), table(true)];
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(ROUTES.into())).sample_size(10);
    group.measurement_time(Duration::from_secs(10));
    group.bench_function("first", |bencher| {
        let empty = || {
            let mut session = Session::new(Config::default(), 1);
            session.connected(now);
            session
        };
        let run = |mut session: Session| {
            feed(&mut session, &tables[0], now);
            session
        };
        bencher.iter_batched(empty, run, criterion::BatchSize::PerIteration);
    });
    group.bench_function("replay", |bencher| {
        let mut session = Session::new(Config::default(), 1);
        session.connected(now);
        feed(&mut session, &tables[0], now);
        bencher.iter(|| feed(&mut session, &tables[0], now));
    });
    group.bench_function("exchange", |bencher| {
        let mut session = Session::new(Config::default(), 1);
        session.connected(now);
        let mut round = 0;
        bencher.iter(|| {
            round += 1;
            feed(&mut session, &tables[round % 2], now);
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
