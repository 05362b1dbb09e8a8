//! The data-plane protocol of FRR's bfdd, message by message: the test plays bfdd, and a real bfdd is the peer.

use crate::client::{CALM, Session};
use crate::frr::{Bfdd, calm_peer};
use crate::lab::{Lab, PATIENCE, wait_for, wait_until};
use crate::topology::{INTERFACES, NEXT, Network, PORTS, SERVER, WORKERS, paths, routes};
use api::show::{self, Rows};
use api::switch::Query;
use bfddp::{Body, Counters, Diagnostic, Echo, Message, State, StateChange, Stream};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Instant;

const OURS: &str = "203.0.113.0";

/// One connection of bfdd's.
pub struct Played<S> {
    socket: S,
    stream: Stream,
}

impl<S: Read + Write> Played<S> {
    fn new(socket: S) -> Played<S> {
        Played { socket, stream: Stream::default() }
    }

    fn say(&mut self, id: u16, body: Body) {
        self.socket.write_all(&Message { id, body }.to_bytes()).expect("the switch reads");
    }

    /// The next message, but for echoes, which are answered as bfdd does; `None` at the end.
    fn message(&mut self) -> Option<Message> {
        let mut chunk = [0; 4096];
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "nothing but echoes for {PATIENCE:?}");
            match self.stream.take().expect("the switch speaks as it should") {
                Some(Message { body: Body::EchoRequest(echo), .. }) => {
                    self.say(0, Body::EchoReply(Echo { bfdd_time: 1, ..echo }));
                    continue;
                }
                // What makes a write up to three messages; see the switch.
                Some(Message { id: 0, body: Body::EchoReply(_) }) => continue,
                Some(message) => return Some(message),
                None => {}
            }
            match self.socket.read(&mut chunk) {
                Ok(0) => return None,
                Ok(len) => self.stream.extend(&chunk[..len]),
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return None,
                Err(e) => panic!("waited for a message: {e}"),
            }
        }
    }

    /// The next change of a session to this state; others before it are passed over.
    fn state(&mut self, lid: u32, state: State) -> StateChange {
        loop {
            let message = self.message().expect("the switch stays connected");
            if let Body::StateChange(change) = message.body {
                assert_eq!(message.id, 0, "nobody asked");
                if change.lid == lid && change.state == state {
                    return change;
                }
            }
        }
    }

    /// The first change of a session.
    fn first(&mut self, lid: u32) -> StateChange {
        loop {
            match self.message().expect("the switch stays connected").body {
                Body::StateChange(change) if change.lid == lid => return change,
                Body::StateChange(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn counters(&mut self, id: u16, lid: u32) -> Counters {
        self.say(id, Body::RequestCounters(lid));
        loop {
            let message = self.message().expect("the switch stays connected");
            if let Body::SessionCounters(counters) = message.body {
                assert_eq!((message.id, counters.lid), (id, lid));
                return counters;
            }
        }
    }
}

/// What bfdd asks for a peer of the first provider's network, at 100 ms x 10.
fn wanted(lid: u32, peer: &str) -> bfddp::Session {
    bfddp::Session {
        multihop: false,
        demand: false,
        cbit: false,
        echo: false,
        passive: false,
        shutdown: false,
        src: "0.0.0.0".parse().unwrap(),
        dst: peer.parse().expect(peer),
        lid,
        min_tx: 100_000,
        min_rx: 100_000,
        min_echo_tx: 50_000,
        min_echo_rx: 50_000,
        hold_time: 0,
        ttl: 255,
        detect_mult: 10,
        ifindex: 0,
        ifname: "isp1".into(),
    }
}

fn body(bfdd: &str) -> String {
    format!("{WORKERS}[bfd]\nbfdd = \"{bfdd}\"\n{PORTS}{INTERFACES}")
}

/// The switch listens, as for the client mode of bfdd 10.3.
fn listening(network: &mut Network) -> String {
    let path = network.lab.path("dp.sock").display().to_string();
    network.lab.start(&body(&format!("unixc:{path}")));
    path
}

fn connect(path: &str) -> Played<UnixStream> {
    let socket = wait_for("the switch listens for bfdd", || UnixStream::connect(path).ok());
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    Played::new(socket)
}

pub fn asked(lab: &Lab) -> show::Bfdd {
    let Rows::Bfdd(Some(bfdd)) = lab.operator().show(Query::Bfdd) else { panic!("the switch has a bfdd") };
    bfdd
}

fn watched_by_nobody(network: &Network) -> Session {
    let mut control = network.control(None);
    control.sync(&paths(None), &routes());
    control
}

/// A session that bfdd alone asked for, under number 7, and that is up.
struct Up {
    network: Network,
    far: Bfdd,
    /// Where the switch listens.
    path: String,
    control: Session,
    bfdd: Played<UnixStream>,
}

fn up() -> Up {
    let mut network = Network::hosts();
    let far = Bfdd::start(&mut network.lab, "isp1", &calm_peer(OURS, NEXT[0]));
    let path = listening(&mut network);
    let control = watched_by_nobody(&network);
    let mut bfdd = connect(&path);
    bfdd.say(0, Body::AddSession(wanted(7, NEXT[0])));
    bfdd.state(7, State::Up);
    Up { network, far, path, control, bfdd }
}

#[test]
fn a_session_that_bfdd_asks_for_comes_up_is_counted_changes_and_ends_with_a_word_to_the_peer() {
    let mut network = Network::hosts();
    let far = Bfdd::start(&mut network.lab, "isp1", &calm_peer(OURS, NEXT[0]));
    let path = listening(&mut network);
    let mut control = watched_by_nobody(&network);
    let mut bfdd = connect(&path);
    bfdd.say(1, Body::EchoRequest(Echo { dp_time: 0, bfdd_time: 77 }));
    let Some(Message { id: 1, body: Body::EchoReply(echo) }) = bfdd.message() else { panic!("an echo") };
    assert_eq!(echo.bfdd_time, 77);
    wait_until("its own echo is answered", || {
        asked(&network.lab).round_trip_us.is_some() || {
            bfdd.counters(2, 9);
            false
        }
    });

    bfdd.say(0, Body::AddSession(wanted(7, NEXT[0])));
    assert_eq!(bfdd.first(7).state, State::Down);
    let mut up = bfdd.state(7, State::Up);
    assert_eq!((up.diagnostic, up.detection_multiplier), (Diagnostic::None, 10));
    // A peer is slow until it is up (RFC 5880 6.8.3).
    while (up.desired_tx, up.required_rx) != (100_000, 100_000) {
        up = bfdd.state(7, State::Up);
    }
    wait_until("the peer agrees", || far.status(OURS) == "up");
    let far_id = far.peer(OURS)["id"].as_u64().expect("a discriminator");
    assert_eq!(u64::from(up.rid), far_id);
    assert_eq!(control.bfd("isp1").as_deref(), Some("up"), "the path to that peer is watched by it");
    assert_eq!(control.bfd("isp2"), None);

    let counters = wait_for("packets are counted", || {
        Some(bfdd.counters(300, 7)).filter(|c| c.control.input_packets > 5 && c.control.output_packets > 5)
    });
    assert_eq!(counters.control.input_bytes, counters.control.input_packets * 24);
    assert_eq!(counters.echo, bfddp::Traffic::default());
    assert_eq!(bfdd.counters(301, 8).control, bfddp::Traffic::default(), "of one that nobody asked for");

    // The same number again is a change.
    bfdd.say(0, Body::AddSession(bfddp::Session { min_tx: 200_000, detect_mult: 7, ..wanted(7, NEXT[0]) }));
    wait_until("the peer is told of other timers", || {
        let peer = far.peer(OURS);
        peer["remote-transmit-interval"] == 200 && peer["remote-detect-multiplier"] == 7
    });
    assert_eq!(far.status(OURS), "up");

    bfdd.say(0, Body::AddSession(bfddp::Session { shutdown: true, ..wanted(7, NEXT[0]) }));
    bfdd.state(7, State::AdminDown);
    wait_until("the peer is told of the shutdown", || {
        far.peer(OURS)["remote-diagnostic"] == "administratively down"
    });
    assert!(control.path("isp1").live, "what an administrator shuts down is no failure");
    bfdd.say(0, Body::AddSession(wanted(7, NEXT[0])));
    bfdd.state(7, State::Up);
    wait_until("the peer agrees again", || far.status(OURS) == "up");

    bfdd.say(0, Body::DeleteSession(wanted(7, NEXT[0])));
    wait_until("the peer is told of the end", || far.status(OURS) == "down");
    assert_eq!(far.peer(OURS)["remote-diagnostic"], "administratively down");
    wait_until("the session is gone", || network.lab.stats().sessions().is_empty());
    assert!(control.path("isp1").live);
    assert_eq!((control.bfd("isp1"), network.lab.stats().failover_count()), (None, 0));
    assert_eq!(asked(&network.lab).messages_bad, 0);
}

#[test]
fn a_neighbor_that_an_igp_has_lost_is_out_of_service_until_a_session_with_it_is_up_again() {
    let Up { mut network, far, mut control, mut bfdd, .. } = up();
    far.kill(&mut network.lab);
    bfdd.state(7, State::Down);
    // As isisd has it done when it hears that.
    bfdd.say(0, Body::DeleteSession(wanted(7, NEXT[0])));
    wait_until("the session is gone", || network.lab.stats().sessions().is_empty());
    let holds = |control: &mut Session| control.path("isp1").bfd_held_s;
    let first = wait_for("its verdict stands", || holds(&mut control));
    // Ten times as long as the path waits when it is well.
    wait_until("time passes", || holds(&mut control).is_some_and(|left| left < first - 1.0));
    let row = control.path("isp1");
    assert_eq!((row.live, row.bfd), (false, None));
    assert_eq!(row.causes, ["bfd", "wait-to-restore"]);
    assert!(control.path("isp2").live);

    // The neighbor is found again, and with it the session.
    bfdd.say(0, Body::AddSession(wanted(8, NEXT[0])));
    assert_eq!(bfdd.first(8).state, State::Down);
    let row = control.path("isp1");
    assert!(row.causes == ["wait-to-restore"] && row.restore_in_s.is_none(), "asked for is not up: {row:?}");
    far.restart(&mut network.lab, &calm_peer(OURS, NEXT[0]));
    bfdd.state(8, State::Up);
    wait_until("the path is live again", || control.path("isp1").live);
    assert_eq!((holds(&mut control), network.lab.stats().failover_count()), (None, 1));
}

#[test]
fn what_cannot_run_is_down_with_its_reason_until_it_can() {
    let mut network = Network::hosts();
    let path = listening(&mut network);
    let mut control = watched_by_nobody(&network);
    let mut bfdd = connect(&path);
    let far = |request: bfddp::Session| bfddp::Session {
        multihop: true,
        ifname: String::new(),
        ttl: 250,
        ..request
    };
    let src = |request: bfddp::Session, src: &str| bfddp::Session { src: src.parse().unwrap(), ..request };
    let on = |request: bfddp::Session, ifname: &str| bfddp::Session { ifname: ifname.into(), ..request };
    let requests = [
        (on(wanted(1, NEXT[0]), "eth7"), "interface eth7 is no mirror of swerve's interfaces"),
        (on(wanted(2, "192.0.2.77"), ""), "192.0.2.77 is on no network of swerve's interfaces"),
        (src(wanted(3, NEXT[0]), "192.0.2.1"), "192.0.2.1 is no address of interface isp1"),
        (far(wanted(4, "192.0.2.77")), "there is no route to 192.0.2.77"),
        (far(src(wanted(5, SERVER), "192.0.2.1")), "192.0.2.1 is no address of swerve's"),
        (wanted(6, OURS), "203.0.113.0 is our own address"),
        (wanted(7, "224.0.0.5"), "224.0.0.5 is no address of a peer"),
        (bfddp::Session { detect_mult: 0, ..wanted(8, NEXT[0]) }, "multiplier"),
    ];
    for (request, why) in &requests {
        bfdd.say(0, Body::AddSession(request.clone()));
        let told = bfdd.first(request.lid);
        assert_eq!((told.state, told.diagnostic), (State::Down, Diagnostic::PathDown), "{why}");
        let row = asked(&network.lab).sessions.into_iter().find(|row| row.discriminator == request.lid);
        let problem = row.and_then(|row| row.problem).unwrap_or_default();
        assert!(problem.contains(why), "{problem} instead of {why}");
        assert!(network.lab.log("switch").contains(why), "the log says {why}");
    }
    assert!(network.lab.stats().sessions().is_empty());

    // A route comes: what needs it begins, from the interface that the route leaves by.
    let mut more = routes().to_vec();
    more.push(("192.0.2.0/24", crate::client::through(1, &[])));
    control.sync(&paths(None), &more);
    let row = wait_for("the session over several hops runs", || {
        let sessions = asked(&network.lab).sessions;
        sessions.into_iter().find(|row| row.discriminator == 4 && row.problem.is_none())
    });
    assert_eq!(row.local, Some("203.0.113.2".parse().unwrap()), "of the interface that the route leaves by");
    assert_eq!((row.multihop, row.interface, row.state.as_deref()), (true, None, Some("down")));
}

#[test]
fn a_connection_that_breaks_leaves_sessions_up_and_the_next_one_finds_them_so() {
    let Up { network, far, path, mut control, mut bfdd } = up();
    // No messages: it is another protocol.
    bfdd.socket.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("the switch reads");
    while bfdd.message().is_some() {}
    let lost = asked(&network.lab);
    assert_eq!((lost.connected, lost.messages_bad), (false, 1));
    assert!(lost.problem.as_deref().is_some_and(|why| why.contains("version 71")), "{lost:?}");
    assert!(lost.sessions[0].stale && lost.sessions[0].state.as_deref() == Some("up"), "{lost:?}");

    // As after a start of its own: other numbers.
    let mut again = connect(&path);
    again.say(0, Body::AddSession(wanted(8, NEXT[0])));
    let told = again.first(8);
    assert_eq!(told.state, State::Up, "it is told at once");
    let found = asked(&network.lab);
    let numbers: Vec<u32> = found.sessions.iter().map(|row| row.discriminator).collect();
    assert_eq!(
        (numbers, found.sessions[0].stale),
        (vec![8], false),
        "the new number took the old one's place"
    );

    // A second connection takes the place of the first, as that of a bfdd which was started again.
    let mut newest = connect(&path);
    newest.say(0, Body::AddSession(wanted(9, NEXT[0])));
    assert_eq!(newest.first(9).state, State::Up);
    while again.message().is_some() {}
    assert_eq!(control.bfd("isp1").as_deref(), Some("up"));
    assert_eq!(network.lab.stats().failover_count(), 0);
    let downs = far.ask(&format!("show bfd peer {OURS} counters json"));
    let downs: serde_json::Value = serde_json::from_str(&downs).expect(&downs);
    assert_eq!(downs["session-down"], 0, "the peer saw nothing of it: {downs}");
}

#[test]
fn a_bfdd_that_does_not_read_is_told_the_present_state_when_it_reads_again() {
    let mut network = Network::hosts();
    let path = listening(&mut network);
    let _control = watched_by_nobody(&network);
    let mut bfdd = connect(&path);
    bfdd.say(0, Body::AddSession(wanted(7, NEXT[0])));
    assert_eq!(bfdd.first(7).state, State::Down);
    // 80 octets of answer to 12 of question, until the switch has no room for more of them, and states go untold.
    let question = Message { id: 5, body: Body::RequestCounters(7) }.to_bytes();
    bfdd.socket.set_write_timeout(Some(std::time::Duration::from_secs(1))).expect("a timeout");
    let mut asked_for = 0;
    while asked_for < 20_000 && bfdd.socket.write_all(&question).is_ok() {
        asked_for += 1;
    }
    assert_eq!(asked_for, 20_000, "the switch reads on");
    bfdd.say(0, Body::AddSession(bfddp::Session { shutdown: true, ..wanted(7, NEXT[0]) }));
    wait_until("it was understood", || asked(&network.lab).sessions[0].state.as_deref() == Some("admindown"));
    let before = asked(&network.lab);
    assert!(before.messages_out < before.messages_in, "some answers found no room: {before:?}");
    wait_until("its silence is seen", || asked(&network.lab).silent_s.is_some_and(|s| s > 6.0));
    assert_eq!(bfdd.state(7, State::AdminDown).diagnostic, Diagnostic::AdministrativelyDown);
}

#[test]
fn the_switch_looks_for_a_bfdd_that_listens_until_it_finds_it() {
    let mut network = Network::hosts();
    let unix = network.lab.path("dp.sock");
    network.lab.start(&body(&format!("unix:{}", unix.display())));
    let absent = asked(&network.lab);
    assert!(!absent.connected && absent.problem.is_some(), "{absent:?}");
    for _ in 0..2 {
        let listener = UnixListener::bind(&unix).expect("a socket");
        let (socket, _) = listener.accept().expect("the switch connects");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut bfdd = Played::new(socket);
        bfdd.say(0, Body::AddSession(wanted(7, NEXT[0])));
        assert_eq!(bfdd.first(7).state, State::Down);
        assert!(asked(&network.lab).connected);
        drop((bfdd, listener));
        std::fs::remove_file(&unix).expect("the socket's file");
        wait_until("the loss is seen", || !asked(&network.lab).connected);
    }
}

#[test]
fn bfdd_is_met_over_tcp_in_either_direction() {
    let mut network = Network::hosts();
    let listener = network.lab.within("sw", || TcpListener::bind("127.0.0.1:0")).expect("a port");
    let port = listener.local_addr().expect("bound").port();
    network.lab.start(&body(&format!("ipv4:127.0.0.1:{port}")));
    let (socket, _) = listener.accept().expect("the switch connects");
    talk(Played::new(socket));
    network.lab.kill("switch");
    drop(listener);

    network.lab.start(&body("ipv6c:[::1]:50701"));
    let mut socket = None;
    wait_until("the switch listens", || {
        socket = network.lab.within("sw", || TcpStream::connect("[::1]:50701")).ok();
        socket.is_some()
    });
    talk(Played::new(socket.expect("connected")));
}

fn talk(mut bfdd: Played<TcpStream>) {
    bfdd.socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    bfdd.say(0, Body::AddSession(wanted(7, NEXT[0])));
    assert_eq!(bfdd.first(7).state, State::Down);
    bfdd.say(3, Body::EchoRequest(Echo { dp_time: 0, bfdd_time: 5 }));
    let Some(Message { id: 3, body: Body::EchoReply(_) }) = bfdd.message() else { panic!("an echo") };
}

#[test]
fn a_session_that_the_file_wants_too_is_one_and_lives_until_nobody_wants_it() {
    let Up { network, far, mut control, mut bfdd, .. } = up();
    let mut some = paths(None);
    some[0].bfd = Some(CALM);
    control.sync(&some, &routes());
    let rows = network.lab.stats().sessions();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((rows[0].path.as_str(), rows[0].asked.by_file, rows[0].asked.by_bfdd), ("isp1", true, true));
    bfdd.say(0, Body::DeleteSession(wanted(7, NEXT[0])));
    bfdd.counters(1, 7);
    let rows = network.lab.stats().sessions();
    assert_eq!((rows.len(), rows[0].asked.by_file, rows[0].asked.by_bfdd), (1, true, false));
    assert_eq!((control.bfd("isp1").as_deref(), far.status(OURS).as_str()), (Some("up"), "up"));

    // Asked for again, and no longer by the file.
    bfdd.say(0, Body::AddSession(wanted(9, NEXT[0])));
    assert_eq!(bfdd.first(9).state, State::Up);
    control.sync(&paths(None), &routes());
    let rows = network.lab.stats().sessions();
    assert_eq!((rows.len(), rows[0].asked.by_file, rows[0].asked.by_bfdd), (1, false, true));
    assert_eq!((control.bfd("isp1").as_deref(), far.status(OURS).as_str()), (Some("up"), "up"));
    assert!(control.path("isp1").live);
    bfdd.say(0, Body::DeleteSession(wanted(9, NEXT[0])));
    wait_until("the session is gone", || network.lab.stats().sessions().is_empty());
    assert_eq!(far.peer(OURS)["remote-diagnostic"], "administratively down");
}
