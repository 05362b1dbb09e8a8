//! From the octets of UPDATEs to changes in the hands of who takes them.

use bgp::{Capabilities, FamilySet, Kind, Local, Neighbor, Open, Peer, Slot, emit};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};

const PATHS: u32 = 100_000;

/// An established session with nothing in its table.
fn session(now: Instant) -> (Peer, Slot) {
    let local = Local { asn: 65000, router_id: [10, 0, 0, 1].into(), hold_time: 90 };
    let stale_hold = Duration::from_secs(120);
    let neighbor =
        Neighbor { number: 1, address: [10, 0, 0, 2].into(), asn: 65000, path_limit: u32::MAX, stale_hold };
    let mut peer = Peer::new(local, neighbor, 7, now);
    let slot = peer.accept(now).expect("the first connection is accepted");
    let capabilities = Capabilities {
        families: Some(FamilySet::ALL),
        four_octet_as: Some(65000),
        add_path_send: FamilySet::ALL,
        ..Capabilities::default()
    };
    let open = Open { asn: 65000, hold_time: 90, identifier: [10, 0, 0, 2].into(), capabilities };
    let mut octets = Vec::new();
    emit(Kind::Open, &open.body(), &mut octets);
    emit(Kind::Keepalive, &[], &mut octets);
    peer.on_bytes(slot, &octets, now);
    (peer, slot)
}

/// Paths of which so many share a message and its attributes.
fn updates(shared: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    for first in (0..PATHS).step_by(shared as usize) {
        let mut attributes = vec![0x40, 1, 1, 0, 0x40, 2, 10, 2, 2, 0, 0, 0xfd, 0xe9];
        attributes.extend((1 + first).to_be_bytes());
        attributes.extend([0x40, 3, 4, 203, 0, 113, 1, 0x40, 5, 4, 0, 0, 0, 100]);
        let mut body = vec![0, 0];
        body.extend((attributes.len() as u16).to_be_bytes());
        body.extend(attributes);
        for n in first..first + shared {
            body.extend([0, 0, 0, 1, 32, 10]);
            body.extend(&n.to_be_bytes()[1..]);
        }
        emit(Kind::Update, &body, &mut octets);
    }
    octets
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("updates");
    group.throughput(Throughput::Elements(PATHS.into())).sample_size(20);
    let now = Instant::now();
    for shared in [4, 10, 100] {
        let octets = updates(shared);
        group.bench_function(format!("{shared} paths in a message"), |bencher| {
            bencher.iter_batched_ref(
                || session(now),
                |(peer, slot)| {
                    let mut changes = Vec::new();
                    for piece in octets.chunks(64 * 1024) {
                        peer.on_bytes(*slot, piece, now);
                        peer.take(usize::MAX, &mut changes);
                        black_box(&changes);
                        changes.clear();
                    }
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
