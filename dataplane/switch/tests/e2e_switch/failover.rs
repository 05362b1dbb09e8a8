//! Paths that go and come back, and where the packets go meanwhile.

use crate::client::{path, through};
use crate::lab::wait_until;
use crate::topology::{NET, NEXT, Network, SERVER, paths, routes};
use crate::traffic::{Flow, Sink, spread};
use api::switch::{Event, Group};
use stats::{Cause, DropReason};
use std::collections::BTreeSet;

#[test]
fn a_link_that_goes_down_moves_packets_to_the_backup_and_they_return_without_loss() {
    let network = Network::new();
    let mut control = network.control(None);
    let mut listener = network.lab.operator();
    listener.subscribe();
    network.lab.ping("lan", SERVER);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    wait_until("packets on the primary", || first.count() >= 50);

    network.lab.ip("isp1", "link set eth0 down\n");
    wait_until("packets on the backup", || second.count() >= 50);
    let causes = control.causes("isp1");
    assert!(causes.contains(&"link".to_owned()), "{causes:?}");
    assert!(control.path("isp2").live);
    listener.event("the link is down", |e| *e == Event::Link { port: "isp1".into(), up: false });
    listener.event("the path is down", |e| {
        matches!(e, Event::PathState { path, causes } if path == "isp1" && causes.contains(&"link".into()))
    });
    let failovers = network.lab.stats().failovers();
    assert!(failovers.iter().any(|f| f.path == "isp1" && f.cause == Cause::LinkDown), "{failovers:?}");

    // What went out before the carrier was seen to be gone is lost; from here on nothing is.
    network.lab.ip("isp1", "link set eth0 up\nroute replace default via 203.0.113.0\n");
    flow.stop();
    wait_until("the path is back", || control.path("isp1").live);
    first.clear();
    second.clear();
    network.lab.ip("isp1", "link set eth0 down\n");
    wait_until("down again", || !control.path("isp1").live);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    wait_until("packets on the backup", || second.count() >= 50);
    network.lab.ip("isp1", "link set eth0 up\nroute replace default via 203.0.113.0\n");
    wait_until("waiting to restore, or over already", || {
        let row = control.path("isp1");
        row.live || row.causes == ["wait-to-restore"] && row.restore_in_s.is_some()
    });
    wait_until("packets on the primary again", || first.count() >= 50);
    let sent = flow.stop();
    // A packet that the kernel held when the carrier went may come out of the wire now: it is of the flow before.
    let arrived = |sink: &Sink| sink.seen().iter().filter(|(port, _)| *port == flow.port()).count() as u64;
    wait_until("none is lost", || arrived(&first) + arrived(&second) == sent);
    listener.event("the link is up", |e| *e == Event::Link { port: "isp1".into(), up: true });
}

#[test]
fn the_wait_to_restore_doubles_while_a_path_flaps() {
    let network = Network::new();
    let mut control = network.control(None);
    let wait_ns = || {
        let paths = network.lab.stats().paths();
        paths.iter().find(|row| row.info.name == "isp1").expect("isp1").info.wait_to_restore_ns
    };
    let mut waits = Vec::new();
    for _ in 0..3 {
        network.lab.ip("isp1", "link set eth0 down\n");
        wait_until("down", || !control.path("isp1").live);
        waits.push(wait_ns());
        network.lab.ip("isp1", "link set eth0 up\n");
        wait_until("up", || control.path("isp1").live);
    }
    assert_eq!(waits, [100_000_000, 200_000_000, 400_000_000]);
}

#[test]
fn a_drain_and_its_end_lose_no_packet() {
    let network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    wait_until("packets on the primary", || first.count() >= 50);
    control.drain("isp1", true);
    wait_until("packets on the backup", || second.count() >= 200);
    assert_eq!(control.causes("isp1"), ["drained"]);
    let on_primary = first.count();
    flow.go_on(100);
    assert_eq!(first.count(), on_primary, "a drained path carries packets");
    control.drain("isp1", false);
    wait_until("packets on the primary again", || first.count() >= on_primary + 200);
    let sent = flow.stop();
    wait_until("none is lost", || first.count() + second.count() == sent);
    let rows: Vec<u64> = first.seen().iter().chain(&second.seen()).map(|(_, number)| *number).collect();
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len() as u64, sent, "some arrived twice");
}

#[test]
fn with_no_path_alive_packets_are_dropped_with_that_reason_and_the_sender_is_told() {
    let network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    control.drain("isp1", true);
    control.drain("isp2", true);
    let (ok, text) = network.lab.exec("lan", &["ping", "-c3", "-i0.05", "-W1", SERVER]);
    assert!(!ok && text.contains("From 10.0.0.1") && text.contains("Destination Net Unreachable"), "{text}");
    network.lab.expect_dropped(DropReason::NoLivePath, 3);
    control.drain("isp2", false);
    network.lab.ping("lan", SERVER);
}

#[test]
fn flows_spread_over_live_primaries_and_only_those_of_a_dead_one_move() {
    const FLOWS: u64 = 400;
    let network = Network::new();
    let mut control = network.control(None);
    let both = Group::Paths { primaries: vec![(0, 1), (1, 3)], backups: Vec::new() };
    control.sync(&paths(None), &[(NET, both)]);
    network.lab.ping("lan", SERVER);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let round = || {
        first.clear();
        second.clear();
        spread(&network.lab, "lan", SERVER, FLOWS, || first.count() + second.count());
        let ports = |sink: &Sink| sink.seen().iter().map(|(port, _)| *port).collect::<BTreeSet<u16>>();
        (ports(&first), ports(&second))
    };
    let (on_first, on_second) = round();
    // A quarter and three quarters; the chance of less than 60 of 400 at one in four is below one in a million.
    assert!((60..=140).contains(&on_first.len()), "{} of {FLOWS} flows", on_first.len());
    assert_eq!(round(), (on_first.clone(), on_second.clone()), "flows moved without a reason");
    control.drain("isp1", true);
    let (none, all) = round();
    assert!(none.is_empty() && all.len() as u64 == FLOWS);
    control.drain("isp1", false);
    assert_eq!(round(), (on_first, on_second), "flows did not return to where they were");
}

#[test]
fn with_three_primaries_the_flows_of_the_living_stay_where_they_are() {
    const FLOWS: u64 = 300;
    let mut network = Network::hosts();
    let mac = network.lab.host("isp3", &["203.0.113.5/31"]);
    network.lab.ip("isp3", &format!("addr add {SERVER}/32 dev lo\nroute add default via 203.0.113.4\n"));
    let more = "[[port]]\nname = \"isp3\"\nkernel = \"p-isp3\"\n[[interface]]\nname = \"isp3\"\nport = \"isp3\"\n\
                addresses = [\"203.0.113.4/31\"]\n";
    let body = format!(
        "{}{}{}{more}",
        crate::topology::WORKERS,
        crate::topology::PORTS,
        crate::topology::INTERFACES
    );
    network.lab.start(&body);
    let mut control = network.control(None);
    control.neighbor("isp3", "203.0.113.5", Some(mac));
    let three = [path("isp1", NEXT[0], None), path("isp2", NEXT[1], None), path("isp3", "203.0.113.5", None)];
    let all = Group::Paths { primaries: vec![(0, 1), (1, 1), (2, 1)], backups: Vec::new() };
    control.sync(&three, &[(NET, all)]);
    network.lab.ping("lan", SERVER);
    let sinks = ["isp1", "isp2", "isp3"].map(|host| Sink::new(&network.lab, host, SERVER));
    let round = || {
        sinks.iter().for_each(Sink::clear);
        spread(&network.lab, "lan", SERVER, FLOWS, || sinks.iter().map(Sink::count).sum::<u64>());
        let ports = |sink: &Sink| sink.seen().iter().map(|(port, _)| *port).collect::<BTreeSet<u16>>();
        [ports(&sinks[0]), ports(&sinks[1]), ports(&sinks[2])]
    };
    let before = round();
    assert!(before.iter().all(|flows| flows.len() >= 60), "{:?}", before.each_ref().map(BTreeSet::len));
    network.lab.ip("isp2", "link set eth0 down\n");
    wait_until("isp2 is down", || !control.path("isp2").live);
    let after = round();
    assert!(after[1].is_empty());
    assert!(
        after[0].is_superset(&before[0]) && after[2].is_superset(&before[2]),
        "a living path's flows moved"
    );
    // The dead one's go to both.
    assert!(after[0].len() > before[0].len() && after[2].len() > before[2].len());
}

#[test]
fn a_backup_set_is_used_only_when_all_before_it_are_dead() {
    let network = Network::new();
    let mut control = network.control(None);
    control.sync(&paths(None), &routes());
    network.lab.ping("lan", SERVER);
    control.drain("isp2", true);
    let first = Sink::new(&network.lab, "isp1", SERVER);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    flow.go_on(100);
    let sent = flow.stop();
    wait_until("a drained backup is no loss", || first.count() == sent);
    // The order turned around while isp2 is drained: still isp1.
    control.sync(&paths(None), &[(NET, through(1, &[0]))]);
    first.clear();
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    flow.go_on(100);
    let sent = flow.stop();
    wait_until("the backup carries all", || first.count() == sent);
}
