//! The thread with neighbors of the test's own on the loopback interface, and with real daemons.

mod daemons;
mod lab;

use super::*;
use ::bgp::{Capabilities, Family, FamilySet, Kind, Open, State, emit};
use mio::{Events, Poll, Token};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

const LIMIT: Duration = Duration::from_secs(60);

/// The main loop as far as BGP is concerned: what it was told, applied.
struct Main {
    poll: Poll,
    feeds: Feeds,
    /// By neighbor, prefix and path identifier: next hop and AS path.
    paths: BTreeMap<(u32, String, u32), String>,
    ended: Vec<(u32, Family)>,
    stale: BTreeMap<(u32, Family), bool>,
}

impl Main {
    fn start(settings: &Settings) -> Main {
        let poll = Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
        let feeds = Feeds::start(settings, waker).unwrap();
        Main { poll, feeds, paths: BTreeMap::new(), ended: Vec::new(), stale: BTreeMap::new() }
    }

    /// Turns until that is so.
    fn until(&mut self, what: &str, mut is_so: impl FnMut(&Main) -> bool) {
        let end = Instant::now() + LIMIT;
        let mut events = Events::with_capacity(4);
        while !is_so(self) {
            assert!(
                Instant::now() < end,
                "{what}: {:#?}\n{:?} {:?}",
                self.feeds.snapshot(),
                self.paths,
                self.stale
            );
            self.poll.poll(&mut events, Some(Duration::from_millis(20))).unwrap();
            if !events.is_empty() {
                // Few at a time, so that what is left wakes it again.
                let changes = self.feeds.take(3);
                changes.into_iter().for_each(|(_, change)| self.apply(change));
            }
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Set { peer, prefix, path_id, path } => {
                let how = format!("{} [{}]", path.next_hop, path.as_path());
                self.paths.insert((peer, prefix.to_string(), path_id), how);
            }
            Change::Withdraw { peer, prefix, path_id } => {
                let was = self.paths.remove(&(peer, prefix.to_string(), path_id));
                assert!(was.is_some(), "a path is withdrawn that was never set: {prefix}");
            }
            Change::EndOfRib { peer, family } => self.ended.push((peer, family)),
            Change::Stale { peer, family, until } => drop(self.stale.insert((peer, family), until.is_some())),
            Change::State { .. } => {}
        }
    }

    fn has_ended(&self, peer: u32) -> bool {
        Family::ALL.iter().all(|family| self.ended.contains(&(peer, *family)))
    }

    /// The paths of a prefix, whoever told of them.
    fn paths_of(&self, prefix: &str) -> Vec<&str> {
        let of = self.paths.iter().filter(|((_, p, _), _)| p == prefix);
        let mut of: Vec<&str> = of.map(|(_, how)| how.as_str()).collect();
        of.sort_unstable();
        of
    }

    fn is_up(&self, address: &str) -> bool {
        let address: IpAddr = address.parse().unwrap();
        let snapshot = self.feeds.snapshot();
        snapshot.peers.iter().any(|(_, peer)| peer.address == address && peer.state == State::Established)
    }
}

fn neighbor(address: &str) -> NeighborSettings {
    NeighborSettings {
        vrf: 0,
        address: address.parse().unwrap(),
        asn: 65000,
        password: None,
        path_limit: 1_000_000,
        stale_hold: Duration::from_secs(120),
    }
}

/// Listens at a port that is free.
fn settings(neighbors: Vec<NeighborSettings>) -> Settings {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let local = Local { asn: 65000, router_id: Ipv4Addr::new(10, 99, 0, 3), hold_time: 30 };
    Settings { listen: free, netns: None, local, neighbors }
}

/// A neighbor at that address.
struct Speaker(TcpStream);

impl Speaker {
    fn connect(from: [u8; 4], settings: &Settings) -> Speaker {
        let socket = nix::sys::socket::socket(
            nix::sys::socket::AddressFamily::Inet,
            nix::sys::socket::SockType::Stream,
            nix::sys::socket::SockFlag::SOCK_CLOEXEC,
            None,
        )
        .unwrap();
        let at = |ip: [u8; 4], port| nix::sys::socket::SockaddrIn::new(ip[0], ip[1], ip[2], ip[3], port);
        nix::sys::socket::bind(std::os::fd::AsRawFd::as_raw_fd(&socket), &at(from, 0)).unwrap();
        let to = at([127, 0, 0, 1], settings.listen.port());
        nix::sys::socket::connect(std::os::fd::AsRawFd::as_raw_fd(&socket), &to).unwrap();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Speaker(stream)
    }

    fn say(&mut self, kind: Kind, body: &[u8]) {
        let mut out = Vec::new();
        emit(kind, body, &mut out);
        self.0.write_all(&out).unwrap();
    }

    fn open(&mut self, last_octet: u8) {
        let capabilities = Capabilities {
            families: Some(FamilySet::ALL),
            four_octet_as: Some(65000),
            add_path_send: FamilySet::ALL,
            ..Capabilities::default()
        };
        let identifier = Ipv4Addr::new(10, 0, 0, last_octet);
        self.say(Kind::Open, &Open { asn: 65000, hold_time: 30, identifier, capabilities }.body());
        self.say(Kind::Keepalive, &[]);
    }

    /// `count` prefixes of 32 bits from 10.0.0.0, with that path identifier.
    fn announce(&mut self, count: u32, path_id: u8) {
        let attributes = [
            &[0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9, 0x40, 3, 4, 203, 0, 113, path_id][..],
            &[0x40, 5, 4, 0, 0, 0, 100],
        ]
        .concat();
        for first in (0..count).step_by(400) {
            let mut body = [&[0, 0][..], &(attributes.len() as u16).to_be_bytes(), &attributes].concat();
            for n in first..count.min(first + 400) {
                body.extend([0, 0, 0, path_id, 32, 10]);
                body.extend(&n.to_be_bytes()[1..]);
            }
            self.say(Kind::Update, &body);
        }
    }

    /// Reads to the end, and answers with the last message's type and first octets.
    fn last_words(&mut self) -> Option<(u8, u8, u8)> {
        let mut all = Vec::new();
        self.0.read_to_end(&mut all).ok()?;
        let mut last = None;
        let mut rest = &all[..];
        while rest.len() >= 19 {
            let length = usize::from(u16::from_be_bytes([rest[16], rest[17]]));
            let body = rest.get(19..length)?;
            last = Some((rest[18], *body.first().unwrap_or(&0), *body.get(1).unwrap_or(&0)));
            rest = &rest[length..];
        }
        last
    }
}

#[test]
fn several_neighbors_are_heard_and_told_apart_by_their_addresses() {
    let settings = settings(vec![neighbor("127.0.0.2"), neighbor("127.0.0.3")]);
    let mut main = Main::start(&settings);
    let mut speakers = [2, 3].map(|n| Speaker::connect([127, 0, 0, n], &settings));
    for (speaker, n) in speakers.iter_mut().zip(2..) {
        speaker.open(n);
        speaker.announce(5, n);
    }
    main.until("both are heard", |main| main.paths.len() == 10);
    assert_eq!(main.paths_of("10.0.0.4/32"), ["203.0.113.2 [65001]", "203.0.113.3 [65001]"]);
    assert!(main.is_up("127.0.0.2") && main.is_up("127.0.0.3"));
    assert_eq!(main.feeds.snapshot().peers.len(), 2);
}

#[test]
fn who_is_no_neighbor_is_refused_and_counted() {
    let settings = settings(vec![neighbor("127.0.0.2")]);
    let mut main = Main::start(&settings);
    let mut stranger = Speaker::connect([127, 0, 0, 9], &settings);
    assert_eq!(stranger.last_words(), None);
    main.until("it is counted", |main| main.feeds.snapshot().refused == 1);
}

#[test]
fn connections_of_a_neighbor_that_says_nothing_of_use_are_its_own_and_not_those_of_strangers() {
    let settings = settings(vec![neighbor("127.0.0.2")]);
    let mut main = Main::start(&settings);
    let open = || {
        let mut speaker = Speaker::connect([127, 0, 0, 2], &settings);
        // It may be closed already.
        let _ = speaker.0.write_all(&[1]);
        speaker
    };
    // More than there is room for, beyond those that are closed at once; none is closed from here.
    let _open: Vec<Speaker> = (0..200).map(|_| open()).collect();
    let refused = |main: &Main| main.feeds.snapshot().peers[0].1.counters.refused;
    main.until("they are counted", |main| refused(main) > 100);
    assert_eq!(main.feeds.snapshot().refused, 0, "a neighbor is no stranger");
}

#[test]
fn a_fault_is_told_before_the_connection_is_closed() {
    let settings = settings(vec![neighbor("127.0.0.2")]);
    let mut main = Main::start(&settings);
    let mut speaker = Speaker::connect([127, 0, 0, 2], &settings);
    speaker.open(2);
    speaker.announce(1000, 1);
    speaker.0.write_all(&[0; 4096]).unwrap();
    // Bad marker: connection not synchronized.
    assert_eq!(speaker.last_words(), Some((3, 1, 1)));
    main.until("its paths are kept", |main| main.stale.get(&(1, Family::Ipv4)) == Some(&true));
    main.until("all were heard before", |main| main.paths.len() == 1000);
    // And it may come again.
    let mut again = Speaker::connect([127, 0, 0, 2], &settings);
    again.open(2);
    main.until("it is back", |main| main.is_up("127.0.0.2"));
}

#[test]
fn a_reload_ends_the_sessions_of_neighbors_that_are_gone_and_of_no_other() {
    let mut settings = settings(vec![neighbor("127.0.0.2"), neighbor("127.0.0.3")]);
    let mut main = Main::start(&settings);
    let mut speakers = [2, 3].map(|n| Speaker::connect([127, 0, 0, n], &settings));
    for (speaker, n) in speakers.iter_mut().zip(2..) {
        speaker.open(n);
        speaker.announce(5, n);
    }
    main.until("both are heard", |main| main.paths.len() == 10);
    settings.neighbors = vec![neighbor("127.0.0.3"), neighbor("127.0.0.4")];
    main.feeds.configure(&settings).unwrap();
    // Cease, peer de-configured.
    assert_eq!(speakers[0].last_words(), Some((3, 6, 3)));
    main.until("its paths are gone", |main| main.paths.len() == 5);
    assert_eq!(main.paths_of("10.0.0.4/32"), ["203.0.113.3 [65001]"]);
    assert!(main.is_up("127.0.0.3"));
    let mut new = Speaker::connect([127, 0, 0, 4], &settings);
    new.open(4);
    main.until("the new one is heard", |main| main.is_up("127.0.0.4"));
    assert_eq!(main.feeds.snapshot().peers.len(), 2);

    // Another port.
    settings.listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    main.feeds.configure(&settings).unwrap();
    let mut moved = Speaker::connect([127, 0, 0, 4], &settings);
    moved.open(4);
    // The session that stands is kept: Cease, connection collision resolution.
    assert_eq!(moved.last_words(), Some((3, 6, 7)));
}

#[test]
fn one_address_becomes_all_of_them_and_back_though_our_own_socket_has_the_port() {
    let mut settings = settings(vec![neighbor("127.0.0.2"), neighbor("127.0.0.3")]);
    let before = settings.listen;
    let everywhere = SocketAddr::from(([0, 0, 0, 0], before.port()));
    let mut main = Main::start(&settings);
    let mut kept = Speaker::connect([127, 0, 0, 2], &settings);
    kept.open(2);
    main.until("it is heard", |main| main.is_up("127.0.0.2"));
    settings.listen = everywhere;
    main.feeds.configure(&settings).unwrap();
    drop(TcpStream::connect(("127.0.0.9", before.port())).unwrap());
    settings.listen = before;
    main.feeds.configure(&settings).unwrap();
    TcpStream::connect(("127.0.0.9", before.port())).expect_err("nobody listens there any more");
    // What is another's stays his, and we stay where we are.
    let taken = TcpListener::bind(("127.0.0.9", before.port())).unwrap();
    settings.listen = everywhere;
    let refused = main.feeds.configure(&settings).unwrap_err().to_string();
    assert!(refused.starts_with("cannot listen for BGP at 0.0.0.0:"), "{refused}");
    settings.listen = before;
    let mut new = Speaker::connect([127, 0, 0, 3], &settings);
    new.open(3);
    main.until("the other is heard", |main| main.is_up("127.0.0.3"));
    assert!(main.is_up("127.0.0.2"), "its session has gone on");
    drop(taken);
}

#[test]
fn an_address_that_is_taken_and_a_key_that_is_too_long_are_refused_with_the_reason() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = settings(vec![neighbor("127.0.0.2")]);
    let start = |settings: &Settings| {
        let poll = Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
        Feeds::start(settings, waker).unwrap_err().to_string()
    };
    settings.neighbors[0].password = Some(Password("x".repeat(81)));
    assert_eq!(start(&settings), "cannot have segments of 127.0.0.2 signed: the password has over 80 octets");
    settings.listen = taken.local_addr().unwrap();
    let expected = format!("cannot listen for BGP at {}: ", settings.listen);
    assert!(start(&settings).starts_with(&expected));
    assert!(!format!("{settings:?}").contains("xxx"), "a password is in no log");
}

#[test]
fn a_main_loop_that_takes_nothing_stops_the_reading_and_not_the_session() {
    // Two times as many as may wait, and some: what does not fit stays in the socket and with the speaker.
    const PATHS: u32 = (2 << 20) + 1000;
    let mut with = neighbor("127.0.0.2");
    with.path_limit = u32::MAX;
    let settings = settings(vec![with]);
    let mut main = Main::start(&settings);
    // From the start: what is taken while the mark is waited for is not counted below.
    main.feeds.common.lock().told = true;
    let mut speaker = Speaker::connect([127, 0, 0, 2], &settings);
    let speaks = std::thread::spawn(move || {
        speaker.open(2);
        speaker.announce(PATHS, 1);
        speaker
    });
    let waits = |main: &Main| main.feeds.snapshot().peers[0].1.waiting;
    main.until("the mark is reached", |main| waits(main) >= 1 << 20);
    assert!(waits(&main) < (1 << 20) + 20_000, "{}", waits(&main));
    let mut taken = 0;
    let end = Instant::now() + LIMIT;
    while taken < PATHS as usize {
        assert!(Instant::now() < end, "{taken}");
        let changes = main.feeds.take(10_000);
        taken += changes.iter().filter(|(_, change)| matches!(change, Change::Set { .. })).count();
        if changes.is_empty() {
            std::thread::yield_now();
        }
    }
    let status = main.feeds.snapshot().peers.remove(0).1;
    assert_eq!((status.state, status.families[0].paths), (State::Established, PATHS));
    drop(speaks.join().unwrap());
}
