//! Tables that are full: what does not fit is refused whole and counted, and packets go on.

use crate::client::{Session, path, through};
use crate::lab::wait_until;
use crate::topology::{Network, SERVER, WORKERS, paths, routes};
use crate::traffic::{Flow, Sink};
use api::Source;
use api::show::Rows;
use api::switch::{Query, Request, RouteUpdate};
use std::collections::BTreeSet;

/// The usual state has one route of each family and four paths.
const TABLES: &str = "[tables]\nroutes_v4 = 3\nroutes_v6 = 2\npaths = 4\n";

fn set(prefix: &str, group: u32) -> RouteUpdate {
    RouteUpdate { prefix: prefix.parse().expect(prefix), group: Some(group) }
}

fn gone(prefix: &str) -> RouteUpdate {
    RouteUpdate { prefix: prefix.parse().expect(prefix), group: None }
}

fn update(updates: &[RouteUpdate]) -> Request {
    Request::Routes { source: Source::Static, vrf: None, updates: updates.to_vec() }
}

/// Prefixes that a source has given.
fn given(session: &mut Session) -> BTreeSet<String> {
    let Rows::Routes { rows, more: false } =
        session.show(Query::Routes { vrf: None, within: None, after: None, limit: 1000 })
    else {
        panic!("all routes")
    };
    rows.into_iter().filter(|row| row.source == "static").map(|row| row.prefix.to_string()).collect()
}

fn counted(session: &mut Session) -> Vec<(String, u64)> {
    let Rows::Version(status) = session.show(Query::Version) else { panic!("the switch's own row") };
    status.tables_full
}

#[test]
fn a_full_table_refuses_the_whole_update_names_itself_and_its_limit_and_packets_go_on() {
    let mut network = Network::hosts();
    network.start(&format!("{WORKERS}{TABLES}"));
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    let sink = Sink::new(&network.lab, "isp1", SERVER);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    control.say(&[update(&[set("10.8.0.0/16", 0), set("10.9.0.0/16", 0), set("2001:db8:8::/48", 1)])]);
    let full = given(&mut control);
    assert_eq!(full.len(), 5);

    // The first of these would fit by what the second withdraws; the third never does.
    let swap = [gone("10.9.0.0/16"), set("10.10.0.0/16", 0)];
    let too_many = [&swap[..], &[set("10.11.0.0/16", 0)]].concat();
    let why = control.refusal(&update(&too_many));
    assert!(["IPv4 routes", "routes_v4", "= 3"].iter().all(|word| why.contains(word)), "{why}");
    let why = control.refusal(&update(&[set("2001:db8:9::/48", 1), set("10.8.0.0/16", 0)]));
    assert!(["IPv6 routes", "routes_v6", "= 2"].iter().all(|word| why.contains(word)), "{why}");
    assert_eq!(given(&mut control), full, "something of a refused update was applied");
    let fifth = path("isp2-more", "203.0.113.3", None);
    let fifth = Request::Path {
        id: 9,
        source: Source::Static,
        path: api::switch::Path { interface: "isp2".into(), ..fifth },
    };
    let why = control.refusal(&fifth);
    assert!(["paths", "= 4"].iter().all(|word| why.contains(word)), "{why}");
    let expected = [("IPv4 routes", 1), ("IPv6 routes", 1), ("paths", 1)];
    assert_eq!(counted(&mut control), expected.map(|(table, n)| (table.to_owned(), n)));

    // What needs no more room is no matter of room.
    control.say(&[update(&swap), update(&[set("10.8.0.0/16", 0), set("10.10.0.0/16", 0)])]);
    assert!(given(&mut control).contains("10.10.0.0/16"));
    let sent = flow.stop();
    wait_until("no packet is lost", || sink.count() == sent);
}

#[test]
fn a_source_that_says_other_routes_of_the_same_number_has_room_for_them() {
    let mut network = Network::hosts();
    network.start(&format!("{WORKERS}{TABLES}"));
    let mut control = network.control(None);
    control.say(&[update(&[set("10.8.0.0/16", 0), set("10.9.0.0/16", 0)])]);
    let others = [("10.20.0.0/16", through(0, &[])), ("10.21.0.0/16", through(0, &[])), routes()[0].clone()];
    control.sync(&paths(None), &others);
    wait_until("the old ones are swept", || given(&mut control).len() == 3);
    assert!(given(&mut control).contains("10.21.0.0/16"));
    // Said anew and never ended, again and again: that much more, and no more.
    for round in 0..3u8 {
        control.say(&[Request::SyncBegin { source: Source::Static }]);
        let some = [0, 1, 2].map(|n| set(&format!("10.{}.0.0/16", 100 + 3 * round + n), 0));
        if round == 0 {
            control.say(&[update(&some)]);
        } else {
            assert!(control.refusal(&update(&some)).contains("routes_v4"));
        }
    }
    assert_eq!(given(&mut control).len(), 6);
}

#[test]
fn an_update_with_one_mistake_is_refused_whole() {
    let network = Network::new();
    let mut control = network.control(None);
    let before = given(&mut control);
    let why = control.refusal(&update(&[set("10.8.0.0/16", 0), set("10.9.0.0/16", 77)]));
    assert!(why.contains("77"), "{why}");
    let why = control.refusal(&update(&[gone("198.51.100.0/24"), set("10.0.0.1/32", 0)]));
    assert!(why.contains("10.0.0.1"), "{why}");
    assert_eq!(given(&mut control), before);
}
