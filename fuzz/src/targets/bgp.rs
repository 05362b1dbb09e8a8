//! What a BGP neighbor sends: a whole connection, and the body of one UPDATE in every way that it may be read.

use bgp::{
    Change, Context, Family, FamilySet, Local, MAX_EXTENDED_LEN, Neighbor, Notification, Open, Peer, Update,
    frame,
};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// bgpd 8.4.4 with add-path, from OPEN on.
fn stream() -> Vec<u8> {
    let file = format!("{}/../control/bgp/tests/data/bgpd-8.4.4-addpath.bin", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(file).expect("a capture of ours")
}

fn peer(now: Instant) -> Peer {
    let local = Local { asn: 65000, router_id: [10, 0, 0, 1].into(), hold_time: 90 };
    let hold = Duration::from_secs(120);
    let neighbor =
        Neighbor { number: 1, address: [10, 0, 0, 2].into(), asn: 65000, path_limit: 64, stale_hold: hold };
    Peer::new(local, neighbor, 1, now)
}

/// A connection in pieces of a length that the input chooses. Who takes the changes has what the peer says it holds, and
/// nothing is withdrawn that was not set.
pub(super) fn session(input: &[u8]) {
    let Some((first, bytes)) = input.split_first() else { return };
    let mut now = Instant::now();
    let mut peer = peer(now);
    let mut held = HashSet::new();
    // Two connections, so that what the first left stale meets the second.
    for _ in 0..2 {
        let Some(slot) = peer.accept(now) else { break };
        for piece in bytes.chunks(usize::from(*first).max(1)) {
            peer.on_bytes(slot, piece, now);
            now += Duration::from_millis(100);
            peer.on_time(now);
            let octets = peer.output(slot).len();
            assert!(octets < 8192, "{octets} octets of answers");
            peer.sent(slot, octets, now);
            take(&mut peer, &mut held);
        }
        let status = peer.status(now);
        let paths: u32 = status.families.iter().map(|family| family.paths).sum();
        assert_eq!((status.waiting, paths as usize), (0, held.len()), "the RIB has what the peer has");
        peer.release(slot, now);
    }
    peer.retire(now);
    take(&mut peer, &mut held);
    assert!(held.is_empty(), "a peer that is gone leaves no path");
}

fn take(peer: &mut Peer, held: &mut HashSet<(ipnet::IpNet, u32)>) {
    let mut changes = Vec::new();
    peer.take(usize::MAX, &mut changes);
    for change in changes {
        match change {
            Change::Set { prefix, path_id, path, .. } => {
                assert_eq!(prefix, prefix.trunc(), "bits behind the length");
                assert!(!path.next_hop.is_multicast() && !path.next_hop.is_unspecified());
                held.insert((prefix, path_id));
            }
            Change::Withdraw { prefix, path_id, .. } => {
                assert!(held.remove(&(prefix, path_id)), "{prefix} was never set");
            }
            Change::EndOfRib { .. } | Change::Stale { .. } | Change::State { .. } => {}
        }
    }
}

pub(super) fn session_seeds() -> Vec<Vec<u8>> {
    let stream = stream();
    [17, 255].map(|size| [&[size], &stream[..]].concat()).into()
}

/// The body of an UPDATE, read by what the first octet says was agreed on.
pub(super) fn update(input: &[u8]) {
    let Some((&how, body)) = input.split_first() else { return };
    let set = |bits: u8| {
        Family::ALL.into_iter().zip([1, 2]).filter(move |(_, bit)| bits & bit != 0).map(|(f, _)| f)
    };
    let context = Context {
        families: FamilySet::from_iter(set(how)),
        add_path: FamilySet::from_iter(set(how >> 2)),
        internal: how & 16 != 0,
        four_octet_as: how & 32 != 0,
    };
    match Update::parse(body, &context) {
        Ok(update) => {
            let reach = update.reach.iter().flatten();
            for reach in reach.clone() {
                let prefixes = &reach.prefixes;
                let read = prefixes.iter::<4>().count() + prefixes.iter::<16>().count();
                assert_eq!(read, prefixes.len(), "each prefix that was counted is there");
                assert!(context.families.has(prefixes.family()));
                assert!(prefixes.len() <= body.len(), "a prefix has an octet at least");
            }
            for attributes in reach.filter_map(|reach| reach.attributes.as_ref()) {
                assert!(format!("{attributes:?}").len() < 64 * body.len() + 1024);
                assert!(attributes.as_path().length() <= body.len());
            }
        }
        Err(fault) => assert_eq!(fault.notification().code, 3, "{fault}"),
    }
}

pub(super) fn update_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let stream = stream();
    let mut rest = &stream[..];
    while let Ok(Some(message)) = frame(rest, MAX_EXTENDED_LEN) {
        // Everything agreed on, and nothing but the families.
        seeds.extend([0x3f, 0x23].map(|how| [&[how], message.body].concat()));
        rest = &rest[message.octets()..];
    }
    seeds
}

/// The body of an OPEN, which is said again in fewer words that mean the same, and that of a NOTIFICATION.
pub(super) fn open(input: &[u8]) {
    if let Some(notification) = Notification::parse(input) {
        assert!(!notification.to_string().is_empty());
    }
    match Open::parse(input) {
        // Families that are all unknown here have no words of ours.
        Ok(open) if open.capabilities.families.is_some_and(FamilySet::is_empty) => {}
        Ok(open) => assert_eq!(Open::parse(&open.body()), Ok(open)),
        Err(fault) => assert_eq!(fault.notification().code, 2, "{fault}"),
    }
}

pub(super) fn open_seeds() -> Vec<Vec<u8>> {
    let stream = stream();
    let message =
        frame(&stream, MAX_EXTENDED_LEN).expect("the capture is right").expect("it begins with an OPEN");
    vec![message.body.to_vec(), vec![6, 2, 3, b'b', b'y', b'e']]
}
