//! BFD against FRR's bfdd: they detect us, we detect them, and who leaves on purpose is no failure.

use crate::client::{CALM, FAST, Session};
use crate::frr::{Bfdd, calm_peer, fast_peer};
use crate::lab::{wait_for, wait_until};
use crate::topology::{NEXT, NEXT6, Network, SERVER, paths, routes};
use crate::traffic::{Flow, Sink};
use api::switch::Event;
use nix::sys::signal::Signal;
use stats::Cause;

/// Our addresses on the link to the first provider.
const OURS: &str = "203.0.113.0";
const OURS6: &str = "2001:db8:0:1::";

fn wait_up(control: &mut Session, path: &str) {
    wait_until(&format!("session of {path} up"), || control.bfd(path).as_deref() == Some("up"));
}

fn wait_live(control: &mut Session, path: &str) {
    wait_until(&format!("{path} live"), || control.path(path).live);
}

/// Only the first provider speaks BFD; the others are paths that nobody watches.
fn watched(network: &Network, bfd: &api::switch::Bfd) -> Session {
    let mut control = network.control(None);
    let mut some = paths(None);
    some[0].bfd = Some(bfd.clone());
    some[2].bfd = Some(bfd.clone());
    control.sync(&some, &routes());
    control
}

#[test]
fn sessions_with_bfdd_come_up_in_both_families_at_the_timers_of_both() {
    let mut network = Network::new();
    let peers = fast_peer(OURS, NEXT[0]) + &fast_peer(OURS6, NEXT6[0]);
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &peers);
    let mut control = watched(&network, &FAST);
    for (path, ours) in [("isp1", OURS), ("isp1-v6", OURS6)] {
        wait_up(&mut control, path);
        wait_until("bfdd agrees", || bfdd.status(ours) == "up");
        wait_until("10 ms agreed", || {
            let sessions = network.lab.stats().sessions();
            let info = sessions.iter().find(|s| s.path == path).and_then(|s| s.info);
            info.is_some_and(|i| (i.tx_interval_us, i.detection_us, i.multiplier) == (10_000, 30_000, 3))
        });
        let peer = bfdd.peer(ours);
        assert_eq!(peer["remote-transmit-interval"], 10, "{peer}");
        assert_eq!(peer["remote-detect-multiplier"], 3, "{peer}");
    }
}

#[test]
fn a_peer_that_falls_silent_is_detected_and_packets_take_the_backup() {
    let mut network = Network::new();
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &fast_peer(OURS, NEXT[0]));
    let mut control = watched(&network, &FAST);
    wait_up(&mut control, "isp1");
    wait_live(&mut control, "isp1");
    network.lab.ping("lan", SERVER);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    wait_until("packets on the primary", || first.count() >= 50);
    let before = network.lab.stats().failover_count();
    bfdd.kill(&mut network.lab);
    wait_until("packets on the backup", || second.count() >= 50);
    let sent = flow.stop();
    // The provider itself forwards on, so that every packet arrives here or there, once.
    wait_until("all arrive", || first.count() + second.count() == sent);
    assert!(control.causes("isp1").contains(&"bfd".to_owned()), "{:?}", control.path("isp1"));
    let failovers = network.lab.stats().failovers();
    let ours = failovers.iter().find(|f| u64::from(f.id) > before && f.path == "isp1").expect("a failover");
    assert!(matches!(ours.cause, Cause::BfdExpired | Cause::BfdSignaled), "{ours:?}");
    assert_eq!(ours.worker, Some(0));
    let chain = [ours.last_heard_ns, ours.detected_ns, ours.flipped_ns, ours.first_backup_ns[0]];
    assert!(chain.is_sorted() && chain[0] > 0, "{ours:?}");
    assert!(ours.detected_ns - ours.last_heard_ns >= 30_000_000, "before the detection time: {ours:?}");
    if ours.cause == Cause::BfdExpired {
        // All arrived, as this provider forwards on; on a path that is cut they would be lost.
        let sent = wait_for("the count of what went into the path", || {
            network.lab.stats().failovers().iter().find(|f| f.id == ours.id)?.sent_after_heard
        });
        assert!((1..=first.count()).contains(&sent), "{sent} of {}", first.count());
    }

    bfdd.restart(&mut network.lab, &fast_peer(OURS, NEXT[0]));
    wait_up(&mut control, "isp1");
    wait_live(&mut control, "isp1");
    let reverted = |rows: Vec<stats::FailoverRow>| rows.iter().find(|f| f.id == ours.id).unwrap().reverted_ns;
    wait_until("the failover is reverted", || reverted(network.lab.stats().failovers()) > ours.detected_ns);
}

#[test]
fn bfdd_detects_a_switch_that_is_killed_and_one_that_stops_says_so() {
    let mut network = Network::new();
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &fast_peer(OURS, NEXT[0]));
    let mut control = watched(&network, &FAST);
    wait_up(&mut control, "isp1");
    wait_until("bfdd agrees", || bfdd.status(OURS) == "up");
    network.lab.kill("switch");
    wait_until("bfdd misses us", || bfdd.status(OURS) == "down");
    assert_eq!(bfdd.peer(OURS)["diagnostic"], "control detection time expired");

    network.start(crate::topology::WORKERS);
    let mut control = watched(&network, &FAST);
    wait_up(&mut control, "isp1");
    wait_until("bfdd agrees again", || bfdd.status(OURS) == "up");
    network.lab.signal("switch", Signal::SIGTERM);
    assert!(network.lab.ended("switch").success());
    wait_until("bfdd is told", || bfdd.status(OURS) == "down");
    let peer = bfdd.peer(OURS);
    assert_eq!(peer["diagnostic"], "neighbor signaled session down", "{peer}");
    assert_eq!(peer["remote-diagnostic"], "administratively down", "{peer}");
}

#[test]
fn a_peer_that_is_shut_down_on_purpose_is_no_failure_of_the_path() {
    let mut network = Network::new();
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &calm_peer(OURS, NEXT[0]));
    let mut control = watched(&network, &CALM);
    wait_up(&mut control, "isp1");
    wait_live(&mut control, "isp1");
    network.lab.ping("lan", SERVER);
    let sink = Sink::new(&network.lab, "isp1", SERVER);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    let before = network.lab.stats().failover_count();
    bfdd.configure(OURS, NEXT[0], "shutdown");
    wait_until("the session is down", || control.bfd("isp1").as_deref() != Some("up"));
    flow.go_on(200);
    let sent = flow.stop();
    wait_until("all arrive on the primary", || sink.count() == sent);
    assert!(control.path("isp1").live);
    assert_eq!(network.lab.stats().failover_count(), before);
    bfdd.configure(OURS, NEXT[0], "no shutdown");
    wait_up(&mut control, "isp1");
    assert!(control.path("isp1").live);
}

#[test]
fn enabling_bfd_on_a_working_path_costs_no_packet() {
    let mut network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    let sink = Sink::new(&network.lab, "isp1", SERVER);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    flow.go_on(100);
    // Nobody answers yet: a session that has never been up holds nothing down.
    let mut some = paths(None);
    some[0].bfd = Some(CALM);
    control.sync(&some, &routes());
    flow.go_on(200);
    assert!(control.path("isp1").live);
    let _bfdd = Bfdd::start(&mut network.lab, "isp1", &calm_peer(OURS, NEXT[0]));
    wait_up(&mut control, "isp1");
    flow.go_on(200);
    let sent = flow.stop();
    wait_until("all arrive on the primary", || sink.count() == sent);
    assert_eq!(network.lab.stats().failover_count(), 0);
}

#[test]
fn a_subscriber_hears_of_a_path_that_fails_and_returns() {
    let mut network = Network::new();
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &fast_peer(OURS, NEXT[0]));
    let mut control = watched(&network, &FAST);
    wait_up(&mut control, "isp1");
    wait_live(&mut control, "isp1");
    let mut listener = network.lab.operator();
    listener.subscribe();
    let of = |event: &Event, down: bool| matches!(event, Event::PathState { path, causes } if path == "isp1" && causes.contains(&"bfd".to_owned()) == down);
    listener.event("the present state", |e| of(e, false));
    bfdd.freeze(&mut network.lab);
    listener.event("isp1 is down", |e| of(e, true));
    bfdd.thaw(&mut network.lab);
    listener.event(
        "isp1 is back",
        |e| matches!(e, Event::PathState { path, causes } if path == "isp1" && causes.is_empty()),
    );
}
