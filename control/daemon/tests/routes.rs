//! Routes that an operator adds at run time.

mod common;

use api::Source;
use api::control::{Prefix, Reply as Answer, Request as Ask, Route, Target};
use api::switch::{Group, Reply, Request, RouteUpdate};
use common::{FakeSwitch, Session, Site, TWO_PROVIDERS, wait_for};
use ipnet::IpNet;
use std::fs;

const NEW: &str = "198.18.0.0/15";
const IN_FILE: &str = "10.0.0.0/8";

fn via(paths: &[&str]) -> Route {
    let via = paths.iter().map(|name| ((*name).to_owned(), 1)).collect();
    Route { target: Target::Paths { via, backup: Vec::new() }, preference: 0, next_hop_vrf: None }
}

fn net(prefix: &str) -> IpNet {
    prefix.parse().unwrap()
}

fn add(prefix: &str, route: Route) -> Ask {
    Ask::RouteAdd { prefix: net(prefix).into(), route }
}

fn delete(prefix: &str) -> Ask {
    Ask::RouteDelete { prefix: net(prefix).into() }
}

fn answer(what: &str) -> Answer {
    Answer::Ok { changes: vec![what.to_owned()], left: Vec::new() }
}

/// The routes of that source among the requests, with what their groups are.
fn told(requests: &[Request], of: Source) -> Vec<(String, Option<Group>)> {
    let mut groups = std::collections::HashMap::new();
    let mut told = Vec::new();
    for request in requests {
        match request {
            Request::Group { id, group } => {
                groups.insert(*id, group.clone());
            }
            Request::Routes { source, updates, .. } if *source == of => {
                let group = |update: &RouteUpdate| update.group.map(|id| groups[&id].clone());
                told.extend(updates.iter().map(|update| (update.prefix.to_string(), group(update))));
            }
            _ => {}
        }
    }
    told
}

fn through(primary: u32, backups: &[u32]) -> Group {
    Group::Paths { primaries: vec![(primary, 1)], backups: backups.iter().map(|id| vec![*id]).collect() }
}

/// Asks, and gives what the switch is told of it and the answer.
fn ask(session: &mut Session, control: &common::Control, request: &Ask) -> (Vec<Request>, Answer) {
    let mut client = control.client();
    client.send(request);
    let said = session.barrier();
    (said, client.receive().expect("an answer"))
}

#[test]
fn a_route_is_told_at_once_kept_across_restarts_of_both_and_deleted_again() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let (said, done) = ask(&mut session, &control, &add(NEW, via(&["isp2"])));
    assert_eq!(told(&said, Source::Operator), [(NEW.to_owned(), Some(through(1, &[])))]);
    assert_eq!(done, answer("route 198.18.0.0/15: added"));
    let (said, done) = ask(&mut session, &control, &add(NEW, via(&["isp1"])));
    assert_eq!(told(&said, Source::Operator), [(NEW.to_owned(), Some(through(0, &[])))]);
    let forgotten = said.iter().position(|request| matches!(request, Request::GroupForget { .. }));
    let routed = said.iter().position(|request| matches!(request, Request::Routes { .. }));
    assert!(forgotten > routed && routed.is_some(), "the group that nothing needs any more: {said:?}");
    assert_eq!(done, answer("route 198.18.0.0/15: changed"));
    match control.ask(&add(NEW, via(&["isp1"]))) {
        Answer::Ok { changes, left } => assert_eq!((changes.len(), left[0].contains("already")), (0, true)),
        other => panic!("{other:?}"),
    }
    assert_eq!((control.status().routes, control.status().operator_routes), (3, 1));
    drop(session);

    let said = switch.greet().sync();
    assert_eq!(told(&said, Source::Operator), [(NEW.to_owned(), Some(through(0, &[])))]);
    assert_eq!(told(&said, Source::Static).len(), 2, "the file's are the file's");
    drop(control);
    let control = site.start();
    let mut session = switch.greet();
    assert_eq!(told(&session.sync(), Source::Operator), told(&said, Source::Operator));

    let (said, done) = ask(&mut session, &control, &delete(NEW));
    assert_eq!(told(&said, Source::Operator), [(NEW.to_owned(), None)]);
    assert_eq!(done, answer("route 198.18.0.0/15: deleted"));
    drop(session);
    assert_eq!(told(&switch.greet().sync(), Source::Operator), []);
}

#[test]
fn a_route_to_a_prefix_of_the_file_takes_its_place_until_it_is_deleted() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let (said, _) = ask(&mut session, &control, &add(IN_FILE, via(&["isp2"])));
    assert_eq!(told(&said, Source::Operator), [(IN_FILE.to_owned(), Some(through(1, &[])))]);
    // A whole telling never takes the prefix away for a moment: nothing is swept before both sources have spoken.
    drop(session);
    let mut session = switch.greet();
    let said = session.sync();
    let same = (IN_FILE.to_owned(), Some(through(1, &[])));
    assert_eq!(told(&said, Source::Operator), [same]);
    let at = |such: &dyn Fn(&Request) -> bool| said.iter().position(such);
    let operators = at(&|request| matches!(request, Request::Routes { source: Source::Operator, .. }));
    assert!(operators < at(&|request| matches!(request, Request::SyncEnd { .. })), "{said:?}");
    let (said, _) = ask(&mut session, &control, &delete(IN_FILE));
    assert_eq!(told(&said, Source::Static), [(IN_FILE.to_owned(), Some(Group::Blackhole))]);
    match control.ask(&delete(IN_FILE)) {
        Answer::Refused { why } => assert!(why.contains("the file has one"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_switch_refuses_is_not_kept() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    ask(&mut session, &control, &add(NEW, via(&["isp2"])));
    let mut client = control.client();
    client.send(&add(NEW, via(&["isp1"])));
    loop {
        match session.next() {
            Request::Routes { .. } => {
                let why = "the table of IPv4 routes is full".to_owned();
                session.reply(&Reply::Refused { request: "routes".to_owned(), why });
            }
            Request::Barrier { token } => break session.reply(&Reply::Done { token }),
            _ => {}
        }
    }
    match client.receive() {
        Some(Answer::Refused { why }) => assert!(why.contains("table of IPv4 routes is full"), "{why}"),
        other => panic!("{other:?}"),
    }
    drop(session);
    let said = switch.greet().sync();
    assert_eq!(told(&said, Source::Operator), [(NEW.to_owned(), Some(through(1, &[])))], "as it was before");
    let kept = fs::read_to_string(site.path("state").join("operator.json")).unwrap();
    assert!(kept.contains("isp2") && !kept.contains("isp1"), "{kept}");
}

#[test]
fn an_operators_sync_never_ends_when_the_switch_refused_one_of_its_routes() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    match control.ask(&add(NEW, via(&["isp2"]))) {
        Answer::Ok { changes, left } => {
            assert_eq!(changes, ["route 198.18.0.0/15: added"]);
            assert!(left[0].contains("no connection to the switch"), "{left:?}");
        }
        other => panic!("{other:?}"),
    }
    let mut session = switch.greet();
    let mut said = Vec::new();
    // Nothing ends it, so the last word is the subscription.
    while !said.contains(&Request::Subscribe) {
        match session.next() {
            Request::Barrier { token } => session.reply(&Reply::Done { token }),
            request => {
                if matches!(request, Request::Routes { source: Source::Operator, .. }) {
                    let why = "the test says no".to_owned();
                    session.reply(&Reply::Refused { request: "routes".to_owned(), why });
                }
                said.push(request);
            }
        }
    }
    assert!(said.contains(&Request::SyncEnd { source: Source::Static }));
    assert!(!said.contains(&Request::SyncEnd { source: Source::Operator }), "{said:?}");
}

#[test]
fn a_route_waits_for_a_path_that_a_reload_takes_out_of_the_file() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    ask(&mut session, &control, &add(NEW, via(&["isp1"])));
    let reload = |session: &mut Session| {
        let mut client = control.client();
        client.send(&Ask::Reload);
        while !matches!(session.next(), Request::ReloadPrepare { .. }) {}
        session.reply(&Reply::Prepared { changes: Vec::new(), left: Vec::new() });
        session.barrier();
        assert!(matches!(client.receive(), Some(Answer::Ok { .. })));
        session.sync()
    };
    let start = TWO_PROVIDERS.find("[[path]]").unwrap();
    let end = start + TWO_PROVIDERS[start + 1..].find("[[path]]").unwrap() + 1;
    let without = TWO_PROVIDERS.replace(&TWO_PROVIDERS[start..end], "");
    site.write(&without.replace("{ path = \"isp1\", preference = 10 }, ", ""));
    assert_eq!(told(&reload(&mut session), Source::Operator), [(NEW.to_owned(), None)]);
    wait_for("the warning", || site.log().contains("waits for a path").then_some(()));
    site.write(TWO_PROVIDERS);
    assert_eq!(told(&reload(&mut session), Source::Operator), [(NEW.to_owned(), Some(through(0, &[])))]);
}

#[test]
fn a_route_over_a_path_that_nobody_knows_is_refused_and_nothing_is_kept() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    for (route, word) in [
        (via(&["ips1"]), "did you mean isp1"),
        (via(&[]), "1 to 64"),
        (
            Route {
                target: Target::Paths { via: vec![("isp1".into(), 1)], backup: vec!["isp1".into()] },
                preference: 0,
                next_hop_vrf: None,
            },
            "twice",
        ),
    ] {
        match control.ask(&add(NEW, route)) {
            Answer::Refused { why } => assert!(why.contains(word), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(control.status().operator_routes, 0);
    assert!(!site.path("state").join("operator.json").exists());
}

/// Two providers, of which the second is in a VRF.
fn second_in_red() -> String {
    let mut text = TWO_PROVIDERS.to_owned();
    for (from, to) in [
        ("port = \"p2\"", "port = \"p2\"\n    vrf = \"red\""),
        (", { path = \"isp2\", preference = 20 }", ""),
    ] {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    format!("[[vrf]]\nname = \"red\"\ntable = 10\n{text}")
}

fn in_red(prefix: &str) -> Prefix {
    Prefix { vrf: Some("red".to_owned()), net: net(prefix) }
}

#[test]
fn a_route_is_its_vrfs_and_leaves_by_another_only_where_that_is_said() {
    let site = Site::new(&second_in_red());
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let vrfs = |said: &[Request]| -> Vec<Option<String>> {
        let vrf = |request: &Request| match request {
            Request::Routes { source: Source::Operator, vrf, .. } => Some(vrf.clone()),
            _ => None,
        };
        said.iter().filter_map(vrf).collect()
    };
    let leak = Route { next_hop_vrf: Some("default".to_owned()), ..via(&["isp1"]) };
    let own = Ask::RouteAdd { prefix: in_red(IN_FILE), route: via(&["isp2"]) };
    let (said, done) = ask(&mut session, &control, &own);
    assert_eq!(told(&said, Source::Operator), [(IN_FILE.to_owned(), Some(through(1, &[])))]);
    assert_eq!(
        (vrfs(&said), done),
        (vec![Some("red".to_owned())], answer("route 10.0.0.0/8 in VRF red: added"))
    );
    let (said, _) = ask(&mut session, &control, &Ask::RouteAdd { prefix: in_red(NEW), route: leak.clone() });
    // By the group of the file's route, which the switch has.
    let is_leak =
        |request: &Request| matches!(request, Request::Routes { updates, .. } if updates[0].group.is_some());
    assert!(vrfs(&said) == [Some("red".to_owned())] && said.iter().any(is_leak), "{said:?}");
    for (prefix, route, word) in [
        (in_red(NEW), via(&["isp1"]), "--next-hop-vrf default"),
        (net(NEW).into(), via(&["isp2"]), "isp2 is in VRF red and the route in default"),
        (net(NEW).into(), leak.clone(), "the VRF of the route itself"),
        (in_red("198.51.100.1/32"), via(&["isp2"]), "own addresses"),
        (Prefix { vrf: Some("rde".to_owned()), net: net(NEW) }, via(&["isp1"]), "there is default, red"),
        (in_red(NEW), Route { target: Target::Blackhole, ..leak.clone() }, "via paths"),
        (in_red(NEW), Route { next_hop_vrf: Some("blue".to_owned()), ..via(&["isp2"]) }, "no VRF blue"),
    ] {
        match control.ask(&Ask::RouteAdd { prefix, route }) {
            Answer::Refused { why } => assert!(why.contains(word), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    match control.ask(&delete(NEW)) {
        Answer::Refused { why } => {
            assert!(why.ends_with("no operator has added a route to 198.18.0.0/15"), "{why}")
        }
        other => panic!("{other:?}"),
    }
    drop(session);
    drop(control);
    // Kept, and said again, while the VRF is there.
    let control = site.start();
    let mut session = switch.greet();
    assert_eq!(vrfs(&session.sync()), [Some("red".to_owned()), Some("red".to_owned())]);
    let (said, done) = ask(&mut session, &control, &Ask::RouteDelete { prefix: in_red(NEW) });
    assert_eq!(told(&said, Source::Operator), [(NEW.to_owned(), None)]);
    assert_eq!(done, answer("route 198.18.0.0/15 in VRF red: deleted"));
    drop((session, control));
    site.write(TWO_PROVIDERS);
    let _control = site.start();
    assert_eq!(vrfs(&switch.greet().sync()), []);
    wait_for("the warning", || site.log().contains("waits for a VRF").then_some(()));
}
