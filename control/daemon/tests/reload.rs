//! A reload is applied by both processes, or by neither.

mod common;

use api::Source;
use api::control::{Reply as Answer, Request as Ask};
use api::switch::{Reply, Request};
use common::{FakeSwitch, Session, Site, TWO_PROVIDERS};
use std::fs;

const MORE: &str = "[[route]]\nprefix = \"20.0.0.0/8\"\nnext_hops = [{ path = \"isp2\" }]\n";

fn prefixes(requests: &[Request]) -> Vec<String> {
    let updates = requests.iter().filter_map(|request| match request {
        Request::Routes { updates, .. } => Some(updates),
        _ => None,
    });
    let there = updates.flatten().filter(|update| update.group.is_some());
    there.map(|update| update.prefix.to_string()).collect()
}

fn text(site: &Site) -> String {
    fs::read_to_string(site.path("swerve.toml")).unwrap()
}

fn prepared(session: &mut Session) {
    let (changes, left) = (vec!["the switch changes".to_owned()], vec!["the switch leaves".to_owned()]);
    session.reply(&Reply::Prepared { changes, left });
}

#[test]
fn what_both_accept_is_committed_and_then_pushed() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    site.write(&format!("{TWO_PROVIDERS}{MORE}"));
    let mut client = control.client();
    client.send(&Ask::Reload);
    assert_eq!(session.next(), Request::ReloadPrepare { text: text(&site) });
    prepared(&mut session);
    assert_eq!(session.barrier(), [Request::ReloadCommit]);
    match client.receive() {
        Some(Answer::Ok { changes, left }) => {
            assert_eq!(changes, ["route 20.0.0.0/8: added", "the switch changes"]);
            assert_eq!(left, ["the switch leaves"]);
        }
        other => panic!("{other:?}"),
    }
    let said = session.sync();
    assert_eq!(said[0], Request::SyncBegin { source: Source::Static });
    assert!(said.contains(&Request::SyncEnd { source: Source::Static }));
    assert_eq!(prefixes(&said), ["0.0.0.0/0", "10.0.0.0/8", "20.0.0.0/8"]);
    assert!(!said.contains(&Request::Subscribe), "once a connection");
}

#[test]
fn a_group_that_no_route_uses_any_more_is_forgotten_behind_its_last_route() {
    let site = Site::new(&format!("{TWO_PROVIDERS}{MORE}"));
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    site.write(TWO_PROVIDERS);
    control.signal("-HUP");
    assert!(matches!(session.next(), Request::ReloadPrepare { .. }));
    prepared(&mut session);
    session.barrier();
    let said = session.sync();
    assert_eq!(prefixes(&said), ["0.0.0.0/0", "10.0.0.0/8"]);
    let at = |such: &dyn Fn(&Request) -> bool| said.iter().position(such).unwrap();
    let withdrawn = at(&|request| match request {
        Request::Routes { updates, .. } => updates.iter().any(|update| update.group.is_none()),
        _ => false,
    });
    assert!(at(&|request| *request == Request::GroupForget { id: 2 }) > withdrawn, "{said:?}");
}

#[test]
fn a_file_with_a_mistake_reaches_neither_and_the_answer_says_where_it_is() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let first = switch.greet().sync();
    let mut session = switch.greet();
    session.sync();
    site.write(&TWO_PROVIDERS.replace("next_hop =", "nexthop ="));
    match control.ask(&Ask::Reload) {
        Answer::BadFile { why } => {
            assert!(why.contains("swerve.toml:") && why.contains("nexthop"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    drop(session);
    assert_eq!(switch.greet().sync(), first);
    assert!(site.log().contains("everything stays as it was"));
}

#[test]
fn what_the_switch_refuses_is_not_applied_here_either() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    let first = session.sync();
    site.write(&format!("{TWO_PROVIDERS}{MORE}"));
    for at_commit in [false, true] {
        let mut client = control.client();
        client.send(&Ask::Reload);
        assert!(matches!(session.next(), Request::ReloadPrepare { .. }));
        let why = "not here".to_owned();
        if at_commit {
            prepared(&mut session);
            assert_eq!(session.next(), Request::ReloadCommit);
            session.reply(&Reply::Refused { request: "reload-commit".to_owned(), why });
            assert_eq!(session.barrier(), []);
        } else {
            session.reply(&Reply::Refused { request: "reload-prepare".to_owned(), why });
        }
        match client.receive() {
            Some(Answer::Refused { why }) => assert!(why.contains("not here"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    drop(session);
    assert_eq!(switch.greet().sync(), first);
}

#[test]
fn without_a_switch_nothing_is_applied() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    assert_eq!(control.status().routes, 2);
    site.write(&format!("{TWO_PROVIDERS}{MORE}"));
    match control.ask(&Ask::Reload) {
        Answer::Refused { why } => assert!(why.contains("no connection to the switch"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(control.status().routes, 2);
}

#[test]
fn a_connection_lost_before_the_commit_leaves_everything_and_one_lost_after_it_is_made_good() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    site.write(&format!("{TWO_PROVIDERS}{MORE}"));

    let mut client = control.client();
    client.send(&Ask::Reload);
    assert!(matches!(session.next(), Request::ReloadPrepare { .. }));
    drop(session);
    assert!(matches!(client.receive(), Some(Answer::Refused { .. })));
    let mut session = switch.greet();
    assert_eq!(prefixes(&session.sync()), ["0.0.0.0/0", "10.0.0.0/8"]);

    client.send(&Ask::Reload);
    assert!(matches!(session.next(), Request::ReloadPrepare { .. }));
    prepared(&mut session);
    assert_eq!(session.next(), Request::ReloadCommit);
    drop(session);
    match client.receive() {
        Some(Answer::Refused { why }) => assert!(why.contains("applied again"), "{why}"),
        other => panic!("{other:?}"),
    }
    let mut session = switch.greet();
    let said = session.sync();
    assert_eq!(said[..2], [Request::ReloadPrepare { text: text(&site) }, Request::ReloadCommit]);
    assert_eq!(prefixes(&said), ["0.0.0.0/0", "10.0.0.0/8", "20.0.0.0/8"]);
    drop(session);
    let mut session = switch.greet();
    assert!(!session.sync().contains(&Request::ReloadCommit), "confirmed by then");
}

#[test]
fn a_switch_that_does_not_answer_is_given_up_and_the_file_refused() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    site.write(&format!("{TWO_PROVIDERS}{MORE}"));
    match control.ask(&Ask::Reload) {
        Answer::Refused { why } => assert!(why.contains("did not answer"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(prefixes(&switch.greet().sync()), ["0.0.0.0/0", "10.0.0.0/8"]);
}

#[test]
fn a_second_reload_waits_for_nobody() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut first = control.client();
    first.send(&Ask::Reload);
    assert!(matches!(session.next(), Request::ReloadPrepare { .. }));
    match control.ask(&Ask::Reload) {
        Answer::Refused { why } => assert!(why.contains("under way"), "{why}"),
        other => panic!("{other:?}"),
    }
    // A signal has nobody to tell: its file is read when the other reload is through.
    site.write(&format!("{TWO_PROVIDERS}{MORE}"));
    control.signal("-HUP");
    control.status();
    prepared(&mut session);
    session.barrier();
    assert!(matches!(first.receive(), Some(Answer::Ok { .. })));
    assert_eq!(prefixes(&session.sync()), ["0.0.0.0/0", "10.0.0.0/8"]);
    assert_eq!(session.next(), Request::ReloadPrepare { text: text(&site) });
    prepared(&mut session);
    session.barrier();
    assert_eq!(prefixes(&session.sync()), ["0.0.0.0/0", "10.0.0.0/8", "20.0.0.0/8"]);
}
