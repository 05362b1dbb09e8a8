//! What the switch is told, when it comes, goes and refuses.

mod common;

use api::control::{Reply as Answer, Request as Ask};
use api::switch::{Event, Group, MAX_ROUTES, Reply, Request, RouteUpdate};
use api::{Mac, Source};
use common::{FakeSwitch, Site, TWO_PROVIDERS, drains, wait_for};
use std::fmt::Write;

const STATIC: Source = Source::Static;
const OPERATOR: Source = Source::Operator;

fn names(requests: &[Request]) -> Vec<String> {
    let name = |request: &Request| match request {
        Request::Path { path, .. } => format!("path {}", path.name),
        Request::Drain { path, drained } => format!("drain {path} {drained}"),
        Request::SyncBegin { source } => format!("begin {source}"),
        Request::SyncEnd { source } => format!("end {source}"),
        Request::Neighbor { address, .. } => format!("neighbor {address}"),
        Request::Group { .. } => "group".to_owned(),
        Request::Routes { updates, .. } => format!("routes {}", updates.len()),
        Request::Subscribe => "subscribe".to_owned(),
        other => format!("{other:?}"),
    };
    requests.iter().map(name).collect()
}

fn refused(request: &str) -> Reply {
    Reply::Refused { request: request.to_owned(), why: "the test says no".to_owned() }
}

#[test]
fn the_desired_state_is_said_in_the_order_in_which_it_can_be_used() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    let said = session.sync();
    let order = [
        "neighbor 198.51.100.2",
        "begin static",
        "begin operator",
        "begin fpm",
        "begin bgp",
        "path isp1",
        "path isp2",
        "group",
        "group",
        "routes 2",
        "end static",
        "end operator",
        "end fpm",
        "end bgp",
        "subscribe",
    ];
    assert_eq!(names(&said), order);
    let mac = Some(Mac([2, 0, 0, 0, 0, 2]));
    let address = "198.51.100.2".parse().unwrap();
    assert_eq!(said[0], Request::Neighbor { interface: "isp2".to_owned(), address, mac });
    let paths = Group::Paths { primaries: vec![(0, 1)], backups: vec![vec![1]] };
    assert_eq!(said[7], Request::Group { id: 0, group: paths });
    assert_eq!(said[8], Request::Group { id: 1, group: Group::Blackhole });
    let route = |prefix: &str, group| RouteUpdate { prefix: prefix.parse().unwrap(), group: Some(group) };
    let updates = vec![route("0.0.0.0/0", 0), route("10.0.0.0/8", 1)];
    assert_eq!(said[9], Request::Routes { source: STATIC, vrf: None, updates });
    let status = control.status();
    assert_eq!((status.switch_connected, status.paths, status.routes), (true, 2, 2));
    assert_eq!((status.coverage_percent, status.pid), (100, control.pid()));
}

#[test]
fn a_switch_that_comes_back_is_told_the_same_again() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    assert!(!control.status().switch_connected);
    let switch = FakeSwitch::bind(&site);
    let first = switch.greet().sync();
    let mut again = switch.greet();
    assert_eq!(again.sync(), first);
    drop((again, switch));
    let switch = FakeSwitch::bind(&site);
    assert_eq!(switch.greet().sync(), first);
}

#[test]
fn a_control_that_was_killed_says_the_same_as_before() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let first = switch.greet().sync();
    drop(control);
    let _control = site.start();
    assert_eq!(switch.greet().sync(), first);
}

#[test]
fn many_routes_come_in_batches_and_wait_for_a_switch_that_does_not_read() {
    let count = 3 * MAX_ROUTES + 5;
    let mut body = TWO_PROVIDERS.to_owned();
    for n in 0..count {
        let (a, b) = (n / 256, n % 256);
        writeln!(body, "[[route]]\nprefix = \"20.{a}.{b}.0/24\"\nnext_hops = [{{ path = \"isp2\" }}]")
            .unwrap();
    }
    let site = Site::new(&body);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    // Nothing is read while others are served.
    assert_eq!(control.status().routes, count as u64 + 2);
    let said = session.sync();
    let mut prefixes = Vec::new();
    for request in &said {
        if let Request::Routes { updates, .. } = request {
            assert!(updates.len() <= MAX_ROUTES);
            prefixes.extend(updates.iter().map(|update| update.prefix));
        }
    }
    assert_eq!(prefixes.len(), count + 2);
    assert!(prefixes.is_sorted());
    assert_eq!(names(&said).iter().filter(|name| *name == "group").count(), 3);
}

#[test]
fn a_sync_never_ends_when_a_part_of_it_was_refused() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let _control = site.start();
    for word in ["path", "group", "routes"] {
        let mut session = switch.greet();
        let said = session.sync_refusing(|request| match (word, request) {
            ("path", Request::Path { id: 1, .. }) => Some(refused(word)),
            ("group", Request::Group { id: 0, .. }) => Some(refused(word)),
            ("routes", Request::Routes { .. }) => Some(refused(word)),
            _ => None,
        });
        assert!(!said.contains(&Request::SyncEnd { source: STATIC }), "{word}: {said:?}");
        assert!(said.contains(&Request::SyncEnd { source: OPERATOR }), "{word}: {said:?}");
    }
}

#[test]
fn a_switch_of_another_version_is_told_nothing() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let _control = site.start();
    let mut session = switch.accept();
    session.next();
    let (build, stats) = ("fake".to_owned(), String::new());
    session.reply(&Reply::Welcome { version: api::VERSION + 1, build, stats });
    assert_eq!(session.wire.receive::<Request>(), None);
    wait_for("the log", || site.log().contains("speaks version").then_some(()));
    switch.greet().sync();
}

#[test]
fn a_drained_path_stays_drained_across_restarts_of_both_until_it_is_undrained() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut client = control.client();
    client.send(&Ask::Drain { path: "isp1".to_owned() });
    assert_eq!(session.barrier(), [Request::Drain { path: "isp1".to_owned(), drained: true }]);
    let done = |what: &str| Answer::Ok { changes: vec![format!("path isp1: {what}")], left: Vec::new() };
    assert_eq!(client.receive(), Some(done("drained")));
    assert_eq!(control.status().coverage_percent, 0);
    drop(session);

    let told = switch.greet().sync();
    assert_eq!(drains(&told), [("isp1", true)]);
    let at = |name: &str| names(&told).iter().position(|said| said == name).unwrap();
    assert!(at("drain isp1 true") < at("group"), "a new switch must not use it for a moment");
    drop(control);

    let control = site.start();
    let mut session = switch.greet();
    assert_eq!(session.sync(), told);
    assert_eq!(control.status().drained, ["isp1"]);
    let mut client = control.client();
    client.send(&Ask::Undrain { path: "isp1".to_owned() });
    assert_eq!(session.barrier(), [Request::Drain { path: "isp1".to_owned(), drained: false }]);
    assert_eq!(client.receive(), Some(done("in use again")));
    drop(session);
    assert_eq!(drains(&switch.greet().sync()), []);
}

#[test]
fn a_drain_without_a_switch_is_kept_and_one_of_an_unknown_path_refused() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    match control.ask(&Ask::Drain { path: "isp2".to_owned() }) {
        Answer::Ok { changes, left } => {
            assert_eq!(changes, ["path isp2: drained"]);
            assert!(left[0].contains("no connection to the switch"), "{left:?}");
        }
        other => panic!("{other:?}"),
    }
    for (path, hint) in [("ips2", true), ("elsewhere", false)] {
        match control.ask(&Ask::Drain { path: path.to_owned() }) {
            Answer::Refused { why } => assert_eq!(why.contains("did you mean isp"), hint, "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(control.status().drained, ["isp2"]);
    let switch = FakeSwitch::bind(&site);
    assert_eq!(drains(&switch.greet().sync()), [("isp2", true)]);
}

#[test]
fn the_log_says_the_changes_of_a_path_with_old_state_new_state_and_reason() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let state = |causes: &[&str]| Event::PathState {
        path: "isp1".to_owned(),
        causes: causes.iter().map(|cause| (*cause).to_owned()).collect(),
    };
    session.event(state(&[]));
    for _ in 0..200 {
        session.event(state(&["bfd"]));
        session.event(state(&[]));
    }
    session.event(state(&["bfd", "link"]));
    wait_for("coverage without isp1", || (control.status().coverage_percent == 0).then_some(()));
    let log = site.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("path=\"isp1\"")).collect();
    assert!(lines.len() <= 10, "{} lines of one path", lines.len());
    let line = lines[1];
    assert!(
        ["old=\"live\"", "new=\"not live\"", "reason=\"bfd\""].iter().all(|part| line.contains(part)),
        "{line}"
    );
}

#[test]
fn sigterm_ends_it_with_nothing_said_to_the_switch() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let mut control = site.start();
    let mut session = switch.greet();
    session.sync();
    control.signal("-TERM");
    assert!(control.wait().success());
    assert_eq!(session.wire.receive::<Request>(), None);
    assert!(!site.path("control.sock").exists());
}
