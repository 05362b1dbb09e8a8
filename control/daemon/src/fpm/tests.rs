//! The thread, with a zebra that the test plays.

use super::{Fpm, Settings, Snapshot};
use fpm::emit::{self, Route, Via};
use fpm::{Change, NextHop};
use ipnet::{IpNet, Ipv4Net};
use mio::{Events, Poll, Token, Waker};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) const LIMIT: Duration = Duration::from_secs(20);
const LOCAL: &str = "127.0.0.1:0";

/// The main loop's part: it takes when it is woken and not otherwise.
pub(super) struct Taker {
    poll: Poll,
    pub(super) fpm: Fpm,
    most: usize,
}

impl Taker {
    pub(super) fn new(settings: Settings) -> Taker {
        let poll = Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
        Taker { poll, fpm: Fpm::start(settings, waker).unwrap(), most: 1000 }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.snapshot().listen
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.fpm.snapshot(Instant::now())
    }

    /// Takes until `done` of everything that was taken.
    pub(super) fn take_until(&mut self, name: &str, mut done: impl FnMut(&[Change]) -> bool) -> Vec<Change> {
        let mut taken = Vec::new();
        let mut events = Events::with_capacity(4);
        let until = Instant::now() + LIMIT;
        while !done(&taken) {
            assert!(Instant::now() < until, "{name} did not happen in {LIMIT:?}; taken: {taken:?}");
            self.poll.poll(&mut events, Some(Duration::from_millis(500))).unwrap();
            if !events.is_empty() {
                taken.extend(self.fpm.take(self.most));
            }
        }
        taken
    }

    fn take_count(&mut self, count: usize) -> Vec<Change> {
        self.take_until(&format!("{count} changes"), |taken| taken.len() >= count)
    }

    pub(super) fn wait(&self, name: &str, mut what: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        let until = Instant::now() + LIMIT;
        loop {
            let snapshot = self.snapshot();
            if what(&snapshot) {
                return snapshot;
            }
            assert!(Instant::now() < until, "{name} did not happen in {LIMIT:?}: {snapshot:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn settings() -> Settings {
    Settings { listen: LOCAL.parse().unwrap(), ..Settings::default() }
}

fn net(n: u32) -> IpNet {
    Ipv4Net::new((10 << 24 | n << 8).into(), 24).unwrap().into()
}

fn route<'a>(n: u32, via: Via<'a>) -> Route<'a> {
    Route { table: 254, prefix: net(n), protocol: 186, metric: 20, via }
}

/// A next hop with that id, and routes over it, each in a frame of its own.
fn table(id: u32, routes: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let next_hop = NextHop { gateway: Some([192, 0, 2, id as u8].into()), ifindex: id, weight: 1 };
    emit::frame(&mut bytes, |f| emit::new_next_hop(f, id, next_hop));
    for n in 0..routes {
        emit::frame(&mut bytes, |f| emit::new_route(f, &route(n, Via::Id(id))));
    }
    bytes
}

/// From an address of the loopback's, so that the other side can tell.
fn connect_from(from: &str, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let from: SocketAddr = from.parse().unwrap();
    socket.bind(&SockAddr::from(from)).unwrap();
    socket.connect(&SockAddr::from(to)).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn connect(taker: &Taker) -> TcpStream {
    connect_from("127.0.0.1:0", taker.address())
}

/// Whether the other side has ended the connection.
fn is_ended(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(0) => true,
        Ok(_) => panic!("FPM is never answered"),
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn is_set(change: &Change) -> bool {
    matches!(change, Change::Set { .. })
}

#[test]
fn what_zebra_says_is_taken_in_turns_and_each_turn_is_woken_for() {
    let mut taker = Taker::new(settings());
    taker.most = 7;
    let mut zebra = connect(&taker);
    zebra.write_all(&table(1, 100)).unwrap();
    let taken = taker.take_count(100);
    assert_eq!(taken.len(), 100);
    assert!(taken.iter().all(is_set));
    let now = taker.wait("nothing waits", |now| now.session.waiting == 0);
    assert_eq!((now.session.routes, now.lag), (100, Duration::ZERO));
    assert_eq!(now.peer, Some(zebra.local_addr().unwrap()));
}

#[test]
fn zebra_never_waits_for_a_loop_that_does_not_take() {
    const PREFIXES: u32 = 1000;
    let mut taker = Taker::new(settings());
    let mut zebra = connect(&taker);
    // More than all buffers between the two could hold.
    let mut octets = 0;
    while octets < 64 << 20 {
        let bytes = table(1 + octets as u32 % 2, PREFIXES);
        zebra.write_all(&bytes).unwrap();
        octets += bytes.len();
    }
    zebra.write_all(&table(3, PREFIXES)).unwrap();
    let now = taker.wait("everything is read", |now| {
        now.session.counters.set % u64::from(PREFIXES) == 0 && now.session.counters.octets as usize > octets
    });
    assert_eq!(now.session.waiting, PREFIXES as usize);
    assert_eq!(now.session.counters.high_watermark, PREFIXES as usize);
    assert!(now.lag > Duration::ZERO);
    let taken = taker.take_count(PREFIXES as usize);
    let is_last = |change: &Change| match change {
        Change::Set { target: fpm::Target::NextHops(next_hops), .. } => next_hops[0].ifindex == 3,
        _ => false,
    };
    assert_eq!(taken.len(), PREFIXES as usize, "each prefix is told once");
    assert!(taken.iter().all(is_last));
}

#[test]
fn the_end_of_the_connection_withdraws_nothing_and_the_next_one_what_it_leaves_out() {
    let mut taker = Taker::new(Settings { hold: Duration::from_millis(200), ..settings() });
    let mut zebra = connect(&taker);
    zebra.write_all(&table(1, 10)).unwrap();
    taker.take_count(10);
    taker.wait("the table is complete", |now| now.session.complete);
    assert!(taker.fpm.is_complete());
    drop(zebra);
    let alone = taker.wait("the connection is lost", |now| now.peer.is_none());
    assert_eq!((alone.session.routes, alone.session.sweep_in), (10, None));
    let mut zebra = connect(&taker);
    // With the same octets as before, so that nothing is another.
    zebra.write_all(&table(1, 8)).unwrap();
    let taken = taker.take_count(2);
    let gone = |n| Change::Withdraw { table: 254, prefix: net(n), untold: true };
    assert!(taken == [gone(8), gone(9)] || taken == [gone(9), gone(8)], "{taken:?}");
    assert_eq!(taker.snapshot().session.counters.swept, 2);
}

#[test]
fn the_loop_is_woken_when_the_table_is_complete_although_nothing_came() {
    let mut taker = Taker::new(Settings { hold: Duration::from_millis(50), ..settings() });
    let _zebra = connect(&taker);
    let mut events = Events::with_capacity(4);
    taker.poll.poll(&mut events, Some(LIMIT)).unwrap();
    assert!(!events.is_empty());
    assert!(taker.fpm.is_complete());
}

#[test]
fn a_stream_that_is_no_fpm_is_reset_and_counted_and_the_next_one_is_heard() {
    let mut taker = Taker::new(settings());
    let mut browser = connect(&taker);
    browser.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(is_ended(&mut browser));
    let mut zebra = connect(&taker);
    zebra.write_all(&table(1, 3)).unwrap();
    assert_eq!(taker.take_count(3).len(), 3);
    // Framing that is lost in the middle.
    zebra.write_all(&[1, 1, 0, 20, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert!(is_ended(&mut zebra));
    let now = taker.wait("the connection is lost", |now| now.peer.is_none());
    assert_eq!((now.resets, now.session.routes, now.session.waiting), (2, 3, 0));
    let error = now.last_reset.unwrap().to_string();
    assert!(error.contains("netlink message of"), "{error}");
}

#[test]
fn a_host_that_may_not_connect_is_reset_and_counted() {
    let taker = Taker::new(Settings { listen: "[::]:0".parse().unwrap(), ..settings() });
    let port = taker.address().port();
    // From and to different addresses of this host: only the loopback's, and equal ones, are surely its own.
    let Some(own) = own_address() else { return };
    let mut stranger = connect_from(&format!("{own}:0"), format!("127.0.0.1:{port}").parse().unwrap());
    assert!(is_ended(&mut stranger));
    let now = taker.wait("the refusal is counted", |now| now.refused_hosts == 1);
    assert_eq!((now.peer, now.last_refused_host), (None, Some(own.into())));
    let mut neighbor = connect_from(&format!("{own}:0"), format!("{own}:{port}").parse().unwrap());
    neighbor.write_all(&table(1, 1)).unwrap();
    taker.wait("its route is known", |now| now.session.routes == 1);
}

/// Its last words may have been lost with its power.
#[test]
fn a_zebra_that_says_nothing_is_asked_for_by_the_kernel() {
    let taker = Taker::new(settings());
    let zebra = connect(&taker);
    taker.wait("it is listened to", |now| now.peer.is_some());
    // proc(5): the sockets of this namespace, with the timer that runs; 2 is keepalive.
    let sockets = std::fs::read_to_string("/proc/thread-self/net/tcp").unwrap();
    let [ours, theirs] =
        [taker.address(), zebra.local_addr().unwrap()].map(|at| format!(":{:04X}", at.port()));
    let fields = sockets.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let timer = fields.filter(|f| f[1].ends_with(&ours) && f[2].ends_with(&theirs)).map(|f| f[5]).next();
    assert!(timer.is_some_and(|timer| timer.starts_with("02:")), "{timer:?}");
}

/// An address of this host's that is not the loopback's.
fn own_address() -> Option<std::net::Ipv4Addr> {
    let addresses = nix::ifaddrs::getifaddrs().unwrap().filter_map(|interface| interface.address);
    let addresses = addresses.filter_map(|address| Some(address.as_sockaddr_in()?.ip()));
    addresses.into_iter().find(|address| !address.is_loopback())
}

#[test]
fn who_connects_and_says_nothing_neither_disturbs_zebra_nor_keeps_it_out() {
    let mut taker = Taker::new(settings());
    let mut first = connect(&taker);
    first.write_all(&[1, 1]).unwrap();
    taker.wait("it is listened to", |now| now.peer == Some(first.local_addr().unwrap()));
    let mut zebra = connect(&taker);
    zebra.write_all(&table(1, 5)).unwrap();
    assert_eq!(taker.take_count(5).len(), 5);
    assert!(is_ended(&mut first));
    let mut silent = connect(&taker);
    silent.write_all(&[1]).unwrap();
    let mut other = connect(&taker);
    assert!(is_ended(&mut silent), "a newer one is preferred to one that says nothing");
    other.write_all(b"HELO").unwrap();
    assert!(is_ended(&mut other));
    zebra.write_all(&table(2, 5)).unwrap();
    assert_eq!(taker.take_count(5).len(), 5);
    let now = taker.snapshot();
    assert_eq!((now.peer, now.resets), (Some(zebra.local_addr().unwrap()), 1));
}

#[test]
fn a_second_zebra_is_listened_to_when_the_first_one_ends_though_it_has_nothing_to_say() {
    let taker = Taker::new(settings());
    let first = connect(&taker);
    taker.wait("the first one is listened to", |now| now.peer == Some(first.local_addr().unwrap()));
    let second = connect(&taker);
    drop(first);
    taker.wait("the second one is listened to", |now| now.peer == Some(second.local_addr().unwrap()));
}

#[test]
fn other_settings_leave_the_routes_and_move_the_socket_only_if_they_have_to() {
    let mut taker = Taker::new(settings());
    let (before, mut zebra) = (taker.address(), connect(&taker));
    zebra.write_all(&table(1, 4)).unwrap();
    taker.take_count(4);
    let hold = Duration::from_secs(7);
    taker.fpm.configure(Settings { hold, ..settings() }).unwrap();
    assert_eq!(taker.address(), before);
    assert_eq!(taker.snapshot().peer, Some(zebra.local_addr().unwrap()));
    let taken = std::net::TcpListener::bind(LOCAL).unwrap();
    let refused = taker.fpm.configure(Settings { listen: taken.local_addr().unwrap(), ..settings() });
    assert!(refused.unwrap_err().to_string().starts_with("cannot listen for FPM at 127.0.0.1:"));
    assert_eq!(taker.snapshot().peer, Some(zebra.local_addr().unwrap()), "all is as it was");
    taker.fpm.configure(Settings { listen: "127.0.0.2:0".parse().unwrap(), ..settings() }).unwrap();
    assert!(is_ended(&mut zebra));
    assert!(TcpStream::connect(before).is_err(), "nobody listens there");
    let now = taker.snapshot();
    assert_eq!((now.peer, now.session.routes), (None, 4));
    let mut zebra = connect(&taker);
    zebra.write_all(&table(1, 5)).unwrap();
    assert_eq!(taker.take_count(1).len(), 1);
}

#[test]
fn one_address_becomes_all_of_them_and_back_though_our_own_socket_has_the_port() {
    let mut taker = Taker::new(settings());
    let (before, mut zebra) = (taker.address(), connect(&taker));
    zebra.write_all(&table(1, 4)).unwrap();
    taker.take_count(4);
    let everywhere = std::net::SocketAddr::from(([0, 0, 0, 0], before.port()));
    taker.fpm.configure(Settings { listen: everywhere, ..settings() }).unwrap();
    assert_eq!(taker.address(), everywhere);
    assert!(is_ended(&mut zebra));
    let other = TcpStream::connect(("127.0.0.2", before.port())).unwrap();
    taker.wait("whoever comes by another address is listened to", |now| {
        now.peer == Some(other.local_addr().unwrap())
    });
    assert_eq!(taker.snapshot().session.routes, 4);
    taker.fpm.configure(Settings { listen: before, ..settings() }).unwrap();
    assert_eq!(taker.address(), before);
    // What is another's stays his, and we stay where we are.
    let taken = std::net::TcpListener::bind(("127.0.0.3", before.port())).unwrap();
    let refused = taker.fpm.configure(Settings { listen: everywhere, ..settings() });
    assert!(refused.unwrap_err().to_string().starts_with("cannot listen for FPM at 0.0.0.0:"));
    assert_eq!(taker.address(), before);
    drop((connect(&taker), taken));
}

#[test]
fn the_thread_ends_with_its_owner() {
    let taker = Taker::new(settings());
    let (address, mut zebra) = (taker.address(), connect(&taker));
    taker.wait("zebra is listened to", |now| now.peer.is_some());
    drop(taker);
    assert!(is_ended(&mut zebra));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn ten_million_routes_are_an_error_and_not_the_end_of_memory() {
    const ROUTES: usize = 10_000;
    let mut taker = Taker::new(Settings { routes: ROUTES, ..settings() });
    let mut zebra = connect(&taker);
    let next_hop = NextHop { gateway: Some([192, 0, 2, 1].into()), ifindex: 1, weight: 1 };
    let mut bytes = Vec::new();
    emit::frame(&mut bytes, |f| emit::new_next_hop(f, 1, next_hop));
    zebra.write_all(&bytes).unwrap();
    let many = 10_000_000_u32;
    for chunk in 0..many / 1000 {
        bytes.clear();
        for n in chunk * 1000..(chunk + 1) * 1000 {
            let prefix = Ipv4Net::new((n << 8).into(), 24).unwrap().into();
            emit::frame(&mut bytes, |f| {
                emit::new_route(f, &Route { prefix, ..route(0, Via::Id(1)) });
            });
        }
        zebra.write_all(&bytes).unwrap();
    }
    let refused = u64::from(many) - ROUTES as u64;
    let limit = fpm::Refusal::RouteLimit;
    let now = taker.wait("all are read", |now| now.session.refused == [(limit, refused)]);
    assert_eq!((now.session.routes, now.session.waiting), (ROUTES, ROUTES));
    let last = now.session.last_refused.unwrap().to_string();
    assert!(last.ends_with("route limit (10000)"), "{last}");
    assert_eq!(taker.take_count(ROUTES).len(), ROUTES);
}
