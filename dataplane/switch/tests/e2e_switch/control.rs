//! The control socket: whatever comes in by it, packets go on; and what control says is kept.

use crate::client::{Session, path, through};
use crate::lab::wait_until;
use crate::topology::{NET, NEXT, Network, SERVER, paths, routes};
use crate::traffic::{Flow, Sink};
use api::show::{Rows, SwitchStatus};
use api::switch::{Client, Group, Query, Reply, Request, RouteUpdate};
use api::{Source, frame};
use std::io::Write;
use std::os::unix::net::UnixStream;

fn status(session: &mut Session) -> SwitchStatus {
    let Rows::Version(status) = session.show(Query::Version) else { panic!("a row of the switch itself") };
    status
}

/// Routes of control and operator: prefix, source, paths.
fn table(session: &mut Session) -> Vec<(String, String, Vec<String>)> {
    let Rows::Routes { rows, more: false } =
        session.show(Query::Routes { vrf: None, within: None, after: None, limit: 1000 })
    else {
        panic!("all routes")
    };
    let named = |group: &api::show::Group| group.primaries.iter().map(|(name, _)| name.clone()).collect();
    rows.iter()
        .filter(|row| ["static", "operator"].contains(&row.source.as_str()))
        .map(|row| (row.prefix.to_string(), row.source.clone(), named(&row.group)))
        .collect()
}

#[test]
fn any_bytes_on_the_socket_close_that_connection_and_touch_nothing_else() {
    let network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    let sink = Sink::new(&network.lab, "isp1", SERVER);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    let before = (control.paths().len(), table(&mut control), status(&mut control).refused_connections);
    assert_eq!(before.2, 0);
    let socket = network.lab.path("switch.sock");
    let mut hello = Vec::new();
    frame::write(&Request::Hello { version: api::VERSION, client: Client::Operator }, &mut hello).unwrap();
    let mut greeted = hello.clone();
    greeted.extend_from_slice(&[5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff]);
    let mut trailing = hello.clone();
    trailing[0] += 1;
    trailing.push(0);
    let garbage: Vec<u8> = (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases = [
        garbage,
        // A length of 4 GiB.
        vec![0xff; 8],
        // Bytes that are no message, after a good hello.
        greeted,
        // A message, and a byte more than it needs.
        trailing,
        // An empty message.
        vec![0, 0, 0, 0],
    ];
    for (closed, bytes) in cases.iter().enumerate() {
        let mut session = Session::silent(&socket);
        session.stream.write_all(bytes).unwrap();
        session.expect_closed();
        assert_eq!(status(&mut control).refused_connections, closed as u64 + 1, "{bytes:02x?}");
    }
    // A message that never ends holds nobody up and is nobody's fault.
    let mut slow = Session::silent(&socket);
    slow.stream.write_all(&[100, 0, 0, 0, 1]).unwrap();
    let sent = flow.stop();
    wait_until("no packet is lost", || sink.count() == sent);
    assert_eq!((control.paths().len(), table(&mut control)), (before.0, before.1));
    assert!(network.lab.log("switch").contains("bad message"));
}

#[test]
fn who_says_no_hello_or_one_of_another_version_is_told_why_and_disconnected() {
    let network = Network::new();
    let mut control = network.control(None);
    let socket = network.lab.path("switch.sock");
    let mut impolite = Session::silent(&socket);
    let why = impolite.refusal(&Request::Drain { path: "isp1".into(), drained: true });
    assert!(why.contains("hello"), "{why}");
    impolite.expect_closed();
    let mut subscriber = Session::silent(&socket);
    let why = subscriber.refusal(&Request::Subscribe);
    assert!(why.contains("hello"), "{why}");
    subscriber.expect_closed();
    let mut other = Session::silent(&socket);
    let why = other.refusal(&Request::Hello { version: api::VERSION + 1, client: Client::Control });
    assert!(why.contains(&api::VERSION.to_string()) && why.contains("version"), "{why}");
    other.expect_closed();
    assert!(control.path("isp1").live);
    assert_eq!(status(&mut control).refused_connections, 3);
}

#[test]
fn connections_beyond_64_are_refused_and_make_room_when_they_go() {
    let network = Network::new();
    let mut control = network.control(None);
    let socket = network.lab.path("switch.sock");
    let mut crowd: Vec<Session> = (0..63).map(|_| Session::silent(&socket)).collect();
    control.barrier();
    let mut late = Session::silent(&socket);
    late.expect_closed();
    assert_eq!(status(&mut control).refused_connections, 1);
    crowd.clear();
    wait_until("there is room again", || {
        let mut session = Session::silent(&socket);
        let mut hello = Vec::new();
        frame::write(&Request::Hello { version: api::VERSION, client: Client::Operator }, &mut hello)
            .unwrap();
        // Refused, it may be closed before we write.
        session.stream.write_all(&hello).is_ok() && session.answered()
    });
    network.lab.ping("lan", SERVER);
}

#[test]
fn a_client_that_never_reads_is_disconnected_and_holds_nobody_up() {
    let network = Network::new();
    let mut control = network.control(None);
    // Many rows, so that answers are far larger than questions.
    let groups = vec![0; 2000];
    let updates = groups.iter().enumerate().map(|(n, group)| RouteUpdate {
        prefix: format!("100.64.{}.{}/32", n / 250, n % 250).parse().unwrap(),
        group: Some(*group),
    });
    control.say(&[Request::Routes { source: Source::Static, vrf: None, updates: updates.collect() }]);
    let mut deaf = network.lab.operator();
    let mut question = Vec::new();
    let show = Request::Show(Query::Routes { vrf: None, within: None, after: None, limit: 2000 });
    frame::write(&show, &mut question).unwrap();
    let refused = |control: &mut Session| status(control).refused_connections;
    for _ in 0..1000 {
        if deaf.stream.write_all(&question).is_err() {
            break;
        }
    }
    wait_until("it is disconnected", || refused(&mut control) == 1);
    assert!(network.lab.log("switch").contains("does not read"));
    network.lab.ping("lan", SERVER);
}

#[test]
fn control_that_is_gone_changes_nothing_for_packets_and_saying_the_same_again_changes_nothing_either() {
    let network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    let before = (table(&mut control), control.paths().iter().map(|p| p.name.clone()).collect::<Vec<_>>());
    let sink = Sink::new(&network.lab, "isp1", SERVER);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    flow.go_on(100);
    drop(control);
    let mut operator = network.lab.operator();
    wait_until("control is gone", || !status(&mut operator).control_connected);
    flow.go_on(200);
    let lines = network.lab.log("switch").lines().count();
    let mut control = network.control(None);
    flow.go_on(200);
    assert!(status(&mut operator).control_connected);
    let after = (table(&mut control), control.paths().iter().map(|p| p.name.clone()).collect::<Vec<_>>());
    assert_eq!(before, after);
    let log = network.lab.log("switch");
    let news: Vec<&str> = log.lines().skip(lines).filter(|line| !line.contains("control ")).collect();
    assert!(news.is_empty(), "{news:?}");
    let sent = flow.stop();
    wait_until("no packet is lost", || sink.count() == sent);
}

#[test]
fn a_connection_that_ends_in_the_middle_of_its_state_sweeps_nothing() {
    let network = Network::new();
    let control = network.control(None);
    drop(control);
    let mut half = network.lab.control();
    let before = table(&mut half);
    half.say(&[Request::SyncBegin { source: Source::Static }]);
    half.send(&Request::Path { id: 0, source: Source::Static, path: path("isp1", NEXT[0], None) });
    half.barrier();
    // And of a message, a part.
    half.stream.write_all(&[50, 0, 0, 0, 1, 2, 3]).unwrap();
    drop(half);
    let mut operator = network.lab.operator();
    wait_until("control is gone", || !status(&mut operator).control_connected);
    assert_eq!(table(&mut operator), before);
    assert_eq!(operator.paths().len(), 4);
    network.lab.ping("lan", SERVER);
}

#[test]
fn what_a_source_does_not_mention_again_is_swept_and_other_sources_are_untouched() {
    let network = Network::new();
    let mut control = network.control(None);
    control.say(&[Request::Routes {
        vrf: None,
        source: Source::Operator,
        updates: vec![RouteUpdate { prefix: "192.0.2.0/24".parse().unwrap(), group: Some(0) }],
    }]);
    assert_eq!(table(&mut control).len(), 3);
    drop(control);
    // Control comes back and knows of one path and one prefix only.
    let mut control = network.lab.control();
    control.sync(&[path("isp2", NEXT[1], None)], &[("203.0.113.128/25", through(0, &[]))]);
    let swept = [
        ("192.0.2.0/24".to_owned(), "operator".to_owned()),
        ("203.0.113.128/25".to_owned(), "static".to_owned()),
    ];
    wait_until("the rest is swept", || {
        let rows = table(&mut control);
        rows.iter().map(|(prefix, source, _)| (prefix.clone(), source.clone())).collect::<Vec<_>>() == swept
    });
    wait_until("paths that nobody mentions go", || {
        let names: Vec<String> = control.paths().into_iter().map(|row| row.name).collect();
        names == ["isp2"]
    });
}

#[test]
fn a_newer_control_replaces_an_older_one() {
    let network = Network::new();
    let mut older = network.control(None);
    let mut newer = network.lab.control();
    older.expect_closed();
    newer.barrier();
    assert!(status(&mut newer).control_connected);
    assert_eq!(newer.paths().len(), 4);
}

#[test]
fn a_refusal_names_what_is_wrong() {
    let network = Network::new();
    let mut control = network.control(None);
    let as_path = |path| Request::Path { id: 9, source: Source::Static, path };
    let route = |prefix: &str, group| Request::Routes {
        vrf: None,
        source: Source::Static,
        updates: vec![RouteUpdate { prefix: prefix.parse().unwrap(), group: Some(group) }],
    };
    let zero = api::switch::Bfd { detect_multiplier: 0, ..crate::client::FAST };
    let cases = [
        (as_path(path("wan", "192.0.2.1", None)), vec!["interface", "wan"]),
        (as_path(path("isp1-far", "192.0.2.1", None)), vec!["192.0.2.1", "isp1"]),
        (as_path(path("isp1-self", "203.0.113.0", None)), vec!["203.0.113.0", "isp1"]),
        (as_path(path("isp1-bfd", NEXT[0], Some(zero))), vec!["isp1-bfd", "BFD"]),
        (Request::Drain { path: "isp9".into(), drained: true }, vec!["path", "isp9"]),
        (Request::PathRemove { name: "isp9".into() }, vec!["path", "isp9"]),
        (route("10.0.0.1/32", 0), vec!["10.0.0.1", "own"]),
        (route("192.0.2.0/24", 77), vec!["group", "77"]),
        (Request::Group { id: 5, group: through(77, &[]) }, vec!["path", "77"]),
        (Request::Group { id: 5, group: Group::Paths { primaries: vec![], backups: vec![] } }, vec![]),
        (
            Request::Neighbor { interface: "wan".into(), address: NEXT[0].parse().unwrap(), mac: None },
            vec!["wan"],
        ),
        (Request::ReloadCommit, vec!["reload"]),
    ];
    let before = (table(&mut control), control.paths().len());
    for (request, words) in &cases {
        let why = control.refusal(request);
        assert!(words.iter().all(|word| why.contains(word)), "{request:?}: {why}");
    }
    // Refused one by one: the connection goes on, and nothing of it was applied.
    control.barrier();
    assert_eq!((table(&mut control), control.paths().len()), before);
    network.lab.ping("lan", SERVER);
}

#[test]
fn a_group_that_connections_no_longer_name_stays_while_prefixes_need_it() {
    let network = Network::new();
    let mut control = network.control(None);
    control.say(&[Request::GroupForget { id: 0 }, Request::GroupForget { id: 1 }]);
    network.lab.ping("lan", SERVER);
    let withdraw = RouteUpdate { prefix: NET.parse().unwrap(), group: None };
    control.say(&[Request::Routes { source: Source::Static, vrf: None, updates: vec![withdraw] }]);
    assert!(!table(&mut control).iter().any(|(prefix, _, _)| prefix == NET));
    let lookup = control.show(Query::Lookup { vrf: None, address: SERVER.parse().unwrap() });
    assert_eq!(lookup, Rows::Lookup(None));
    control.sync(&paths(None), &routes());
    network.lab.ping("lan", SERVER);
}

#[test]
fn a_flood_of_bad_connections_is_counted_and_does_not_flood_the_log() {
    const FLOOD: u64 = 300;
    let network = Network::new();
    let mut control = network.control(None);
    let lines = network.lab.log("switch").lines().count();
    for _ in 0..FLOOD {
        let mut stream = UnixStream::connect(network.lab.path("switch.sock")).unwrap();
        // It may be closed in the middle of this.
        let _ = stream.write_all(&[0xff; 64]);
    }
    wait_until("all are counted", || status(&mut control).refused_connections == FLOOD);
    let added = network.lab.log("switch").lines().count() - lines;
    assert!(added < 60, "{added} lines");
    assert!(matches!(control.ask(&Request::Show(Query::Paths)), Reply::Rows(_)));
}

#[test]
fn what_was_said_before_a_connection_ends_is_done() {
    let network = Network::new();
    let mut operator = network.lab.operator();
    // More than one turn of the switch, in one piece.
    let mut bytes = Vec::new();
    for _ in 0..1000 {
        frame::write(&Request::Barrier { token: 0 }, &mut bytes).unwrap();
    }
    let address = "10.0.0.2".parse().unwrap();
    let last = Request::Neighbor { interface: "lan".into(), address, mac: Some(network.lan) };
    frame::write(&last, &mut bytes).unwrap();
    let mut brief = network.lab.operator();
    brief.stream.write_all(&bytes).unwrap();
    brief.stream.shutdown(std::net::Shutdown::Write).unwrap();
    wait_until("the last word is done", || {
        let Rows::Neighbors(rows) = operator.show(Query::Neighbors) else { panic!("rows of neighbors") };
        rows.iter().any(|row| row.address == address && row.mac == Some(network.lan))
    });
}
