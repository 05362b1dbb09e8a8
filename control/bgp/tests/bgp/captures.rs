//! What bgpd 8.4.4 really sends with `addpath-tx-all-paths`: two providers, then withdrawals of either and their end.

use crate::support::{World, open};
use bgp::{Change, Family, HEADER_LEN, Kind, MAX_LEN, Message, Open, State, frame};

const STREAM: &[u8] = include_bytes!("../data/bgpd-8.4.4-addpath.bin");

fn messages() -> Vec<Message<'static>> {
    let (mut at, mut messages) = (0, Vec::new());
    while let Some(message) = frame(&STREAM[at..], MAX_LEN).unwrap() {
        at += HEADER_LEN + message.body.len();
        messages.push(message);
    }
    assert_eq!(at, STREAM.len());
    messages
}

#[test]
fn bgpd_opens_with_every_capability_that_is_needed() {
    let opened = Open::parse(messages()[0].body).unwrap();
    let theirs = opened.capabilities;
    assert_eq!((opened.asn, opened.hold_time), (65000, 180));
    assert_eq!(
        (theirs.families, theirs.add_path_send),
        (open().capabilities.families, open().capabilities.add_path_send)
    );
    assert!(theirs.extended_message && theirs.graceful_restart.is_some());
}

#[test]
fn every_message_of_bgpd_leads_to_the_changes_that_it_means() {
    let mut world = World::new();
    let slot = world.accept();
    let mut log = String::new();
    for message in messages() {
        world.hear(slot, message.kind, message.body);
        let mut changes = Vec::new();
        world.peer.take(usize::MAX, &mut changes);
        log += &format!("{} of {} octets\n", message.kind.name(), message.octets());
        for change in &changes {
            log += &format!("  {}\n", world.say(change));
            if let Change::Set { path, .. } = change
                && message.kind == Kind::Update
            {
                log += &format!("    {path:?}\n");
            }
        }
    }
    insta::assert_snapshot!(log);
    let status = world.status();
    assert_eq!(
        (status.state, status.counters.announced, status.counters.withdrawn),
        (State::Established, 16, 8)
    );
    assert_eq!((status.families[0].paths, status.families[1].paths), (6, 2));
    assert!(status.families.iter().all(|family| family.end_of_rib && family.add_path));
    assert_eq!(Family::ALL.len(), status.families.len());
}

#[test]
fn the_stream_means_the_same_however_it_is_cut() {
    let whole = {
        let mut world = World::new();
        let slot = world.accept();
        world.peer.on_bytes(slot, STREAM, world.now);
        world.changes()
    };
    assert_eq!(whole.iter().filter(|change| change.starts_with("set")).count(), 8);
    for size in [1, 2, 7, 18, 19, 20, 64, 333] {
        let mut world = World::new();
        let slot = world.accept();
        for piece in STREAM.chunks(size) {
            world.peer.on_bytes(slot, piece, world.now);
        }
        assert_eq!(world.changes(), whole, "pieces of {size}");
    }
}
