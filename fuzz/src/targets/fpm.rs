//! The stream of FRR's zebra.

use fpm::emit::{self, Route, Via};
use fpm::{Change, Config, NextHop, Session};
use std::collections::HashSet;
use std::time::Instant;

const ROUTES: usize = 40;

/// A stream in pieces of a length that the input chooses, over as many connections as it breaks. Who follows the
/// changes is never told of the end of what it does not have, has no more than may be kept, and nothing in the end.
pub(super) fn run(input: &[u8]) {
    let Some((first, bytes)) = input.split_first() else { return };
    let now = Instant::now();
    let config = Config { routes: ROUTES, ..Config::default() };
    let mut session = Session::new(config, 1);
    let mut followed = HashSet::new();
    session.connected(now);
    for (n, piece) in bytes.chunks(usize::from(*first).max(1)).enumerate() {
        if session.receive(piece, now).is_err() {
            session.disconnected();
            session.connected(now);
        }
        follow(&mut session, n % 3, &mut followed);
    }
    let end = session.snapshot(now);
    assert!(end.routes <= ROUTES, "{} routes are kept", end.routes);
    session.connected(now);
    session.on_time(now + config.hold);
    follow(&mut session, usize::MAX, &mut followed);
    assert_eq!(session.snapshot(now).routes, 0, "nothing was told again");
    assert!(followed.is_empty(), "{followed:?} was not withdrawn");
}

fn follow(session: &mut Session, most: usize, followed: &mut HashSet<(u32, ipnet::IpNet)>) {
    for change in session.take(most) {
        match change {
            Change::Set { table, prefix, .. } => drop(followed.insert((table, prefix))),
            Change::Withdraw { table, prefix, .. } => {
                assert!(followed.remove(&(table, prefix)), "{prefix} is withdrawn and was never told");
            }
        }
        assert!(followed.len() <= ROUTES, "no more than that is kept");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let captures = format!("{}/../control/fpm/tests/fpm/captures", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(captures).expect("recordings of ours");
    let mut files: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
    files.sort();
    let recorded = files.iter().map(|file| std::fs::read(file).expect("a recording of ours"));
    let mut seeds: Vec<Vec<u8>> = recorded.map(|stream| [&[200], &stream[..]].concat()).collect();
    seeds.push(others());
    seeds
}

/// What no recording has.
fn others() -> Vec<u8> {
    let next_hops =
        [1, 2].map(|ifindex| NextHop { gateway: Some([203, 0, 113, 1].into()), ifindex, weight: 2 });
    let prefix = "198.51.100.0/24".parse().expect("a prefix");
    let route = |table, via| Route { table, prefix, protocol: 186, metric: 20, via };
    let mut bytes = vec![90];
    emit::frame(&mut bytes, |f| emit::new_route(f, &route(1000, Via::Id(3))));
    emit::frame(&mut bytes, |f| {
        emit::new_group(f, 3, &[(1, 1), (2, 300)]);
        emit::new_next_hop(f, 1, next_hops[0]);
        emit::new_blackhole(f, 2);
    });
    emit::frame(&mut bytes, |f| {
        emit::delete_route(f, &route(1000, Via::Blackhole));
        emit::new_route(f, &route(1000, Via::Prohibit));
        emit::new_route(f, &route(254, Via::NextHops(&next_hops)));
        emit::delete_next_hop(f, 1);
    });
    bytes
}
