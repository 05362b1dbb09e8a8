//! FRR's bfdd in the switch's own namespace with the switch as its data plane, and another bfdd as the peer.

use crate::bfddp::asked;
use crate::client::{Session, through};
use crate::frr::{Bfdd, calm_peer, fast_peer};
use crate::lab::{wait_for, wait_until};
use crate::topology::{INTERFACES, NEXT, NEXT6, Network, PORTS, SERVER, SERVER6, WORKERS, paths, routes};
use crate::traffic::{Flow, Sink};
use api::Source;
use api::switch::{Request, RouteUpdate};
use serde_json::Value;
use std::time::{Duration, Instant};

const OURS: &str = "203.0.113.0";
const OURS6: &str = "2001:db8:0:1::";
const LAN: &str = "10.0.0.1";
const LAN6: &str = "fd00:10::1";

/// A peer of our own bfdd on the first provider's interface.
fn near_peer(peer: &str, local: &str, interval_ms: u32, multiplier: u32) -> String {
    format!(
        " peer {peer} local-address {local} interface isp1\n  detect-multiplier {multiplier}\n  \
         receive-interval {interval_ms}\n  transmit-interval {interval_ms}\n exit\n"
    )
}

fn far_away(peer: &str, local: &str) -> String {
    format!(
        " peer {peer} multihop local-address {local}\n  detect-multiplier 10\n  receive-interval 100\n  \
         transmit-interval 100\n exit\n"
    )
}

/// The switch, whose file asks for no session, with our bfdd before it.
fn start(network: &mut Network, peers: &str) -> (Bfdd, Session) {
    let address = format!("unix:{}", network.lab.path("dplane.sock").display());
    network.lab.start(&format!("{WORKERS}[bfd]\nbfdd = \"{address}\"\n{PORTS}{INTERFACES}"));
    let mut control = network.control(None);
    control.sync(&paths(None), &routes());
    let near = Bfdd::start_with(&mut network.lab, "sw", peers, Some(&address));
    (near, control)
}

fn counter(bfdd: &Bfdd, name: &str) -> u64 {
    let text = bfdd.ask("show bfd peers counters json");
    let rows: Value = serde_json::from_str(&text).expect(&text);
    rows[0][name].as_u64().unwrap_or_else(|| panic!("no {name} in {text}"))
}

#[test]
fn a_neighbor_of_frr_is_watched_by_a_worker_which_repairs_and_frr_hears_of_it() {
    let mut network = Network::hosts();
    let far =
        Bfdd::start(&mut network.lab, "isp1", &(fast_peer(OURS, NEXT[0]) + &fast_peer(OURS6, NEXT6[0])));
    let peers = near_peer(NEXT[0], OURS, 10, 3) + &near_peer(NEXT6[0], OURS6, 10, 3);
    let (near, mut control) = start(&mut network, &peers);
    for (theirs, path) in [(NEXT[0], "isp1"), (NEXT6[0], "isp1-v6")] {
        wait_until("our bfdd says up", || near.status(theirs) == "up");
        assert_eq!(control.bfd(path).as_deref(), Some("up"));
        let info =
            network.lab.stats().sessions().into_iter().find(|row| row.path == path).expect("a session");
        assert!(info.asked.by_bfdd && !info.asked.by_file, "{info:?}");
        assert_eq!(info.worker, 0);
    }
    wait_until("the peer agrees", || far.status(OURS) == "up" && far.status(OURS6) == "up");
    let peer = wait_for("the values of the peer", || {
        Some(near.peer(NEXT[0])).filter(|peer| peer["remote-transmit-interval"] == 10)
    });
    assert_eq!(peer["remote-detect-multiplier"], 3, "{peer}");
    wait_until("bfdd counts what the worker counts", || counter(&near, "control-packet-input") > 100);
    wait_until("both ways", || counter(&near, "control-packet-output") > 100);
    // More than bfdd's buffer holds, one message at a time: it would end the connection.
    let before = asked(&network.lab).messages_out;
    for _ in 0..300 {
        counter(&near, "control-packet-output");
    }
    let after = asked(&network.lab);
    assert!(after.messages_out >= before + 300 && after.problem.is_none(), "{after:?}");
    assert_eq!(
        network.lab.log("switch").matches("new=\"connected\"").count(),
        2,
        "control and bfdd, once each"
    );

    wait_until("the path is live", || control.path("isp1").live);
    network.lab.ping("lan", SERVER);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    wait_until("packets on the primary", || first.count() >= 50);
    far.kill(&mut network.lab);
    wait_until("packets on the backup", || second.count() >= 50);
    let sent = flow.stop();
    // The provider itself forwards on, so that every packet arrives here or there, once.
    wait_until("all arrive", || first.count() + second.count() == sent);
    let failovers = network.lab.stats().failovers();
    let ours = failovers.iter().find(|row| row.path == "isp1").expect("a failover");
    assert_eq!(ours.worker, Some(0), "the worker repaired: {ours:?}");
    wait_until("our bfdd is told", || near.status(NEXT[0]) == "down" && near.status(NEXT6[0]) == "down");
    let peer = near.peer(NEXT[0]);
    assert_eq!(peer["remote-diagnostic"], "control detection time expired", "{peer}");

    far.restart(&mut network.lab, &(fast_peer(OURS, NEXT[0]) + &fast_peer(OURS6, NEXT6[0])));
    wait_until("our bfdd is told of the return", || near.status(NEXT[0]) == "up");
    wait_until("the path is live again", || control.path("isp1").live);
}

#[test]
fn bfdd_killed_and_started_again_finds_its_sessions_up_and_the_peer_never_knew() {
    let mut network = Network::hosts();
    let far =
        Bfdd::start(&mut network.lab, "isp1", &(calm_peer(OURS, NEXT[0]) + &calm_peer(OURS6, NEXT6[0])));
    let v4 = near_peer(NEXT[0], OURS, 100, 10);
    let (near, mut control) = start(&mut network, &(v4.clone() + &near_peer(NEXT6[0], OURS6, 100, 10)));
    wait_until("up", || near.status(NEXT[0]) == "up" && near.status(NEXT6[0]) == "up");
    wait_until("the peer agrees", || far.status(OURS) == "up" && far.status(OURS6) == "up");
    near.kill(&mut network.lab);
    wait_until("the loss is seen", || !asked(&network.lab).connected);
    let without = asked(&network.lab);
    assert!(
        without.sessions.iter().all(|row| row.stale && row.state.as_deref() == Some("up")),
        "{without:?}"
    );
    // Longer than the peer would wait for us.
    let heard = network.lab.stats().sessions()[0].info.expect("it speaks").packets_in;
    wait_until("the peer speaks on", || {
        network.lab.stats().sessions()[0].info.is_some_and(|info| info.packets_in > heard + 20)
    });
    assert_eq!((far.status(OURS), far.status(OURS6)), ("up".into(), "up".into()));

    // It comes back without the second session, which goes after a while, with a word to the peer.
    near.restart(&mut network.lab, &v4);
    let back = Instant::now();
    wait_until("it is told that the session is up", || near.status(NEXT[0]) == "up");
    assert!(back.elapsed() < Duration::from_secs(3), "told after {:?}", back.elapsed());
    assert_eq!(control.bfd("isp1-v6").as_deref(), Some("up"), "what it may still ask for waits");
    let stale = asked(&network.lab).stale_for_s.expect("something is stale");
    assert!((1.0..=30.0).contains(&stale), "{stale}");
    let end = Instant::now() + Duration::from_secs(60);
    while control.bfd("isp1-v6").is_some() {
        assert!(Instant::now() < end, "the session that nobody asked for again stays");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(far.peer(OURS6)["remote-diagnostic"], "administratively down");
    assert_eq!((far.status(OURS).as_str(), near.status(NEXT[0]).as_str()), ("up", "up"));
    let downs = far.ask("show bfd peers counters json");
    let downs: Value = serde_json::from_str(&downs).expect(&downs);
    let of = |peer: &str| {
        downs.as_array().unwrap().iter().find(|row| row["peer"] == peer).unwrap()["session-down"].clone()
    };
    assert_eq!((of(OURS), of(OURS6)), (0.into(), 1.into()), "{downs}");
    assert!(control.path("isp1").live && control.path("isp1-v6").live);
    assert_eq!(network.lab.stats().failover_count(), 0);
}

#[test]
fn bfdd_that_stood_still_is_told_of_what_it_missed_and_its_sessions_never_noticed() {
    let mut network = Network::hosts();
    let theirs = calm_peer(OURS, NEXT[0]) + &calm_peer(OURS6, NEXT6[0]);
    let far = Bfdd::start(&mut network.lab, "isp1", &theirs);
    let (near, mut control) =
        start(&mut network, &(near_peer(NEXT[0], OURS, 100, 10) + &near_peer(NEXT6[0], OURS6, 100, 10)));
    wait_until("up", || near.status(NEXT[0]) == "up" && near.status(NEXT6[0]) == "up");
    wait_until("the peer agrees", || far.status(OURS) == "up" && far.status(OURS6) == "up");
    wait_until("the path is live", || control.path("isp1").live);

    near.freeze(&mut network.lab);
    wait_until("its silence is seen", || asked(&network.lab).silent_s.is_some());
    assert_eq!((far.status(OURS).as_str(), far.status(OURS6).as_str()), ("up", "up"));
    assert_eq!(control.bfd("isp1").as_deref(), Some("up"));
    // A peer is shut down while nobody listens.
    far.configure(OURS, NEXT[0], "shutdown");
    wait_until("the switch is told", || control.bfd("isp1").as_deref() == Some("down"));
    near.thaw(&mut network.lab);
    wait_until("our bfdd is told", || near.status(NEXT[0]) == "shutdown");
    assert_eq!(near.status(NEXT6[0]), "up");
    wait_until("it answers again", || asked(&network.lab).silent_s.is_none());

    near.freeze(&mut network.lab);
    wait_until("its silence is seen", || asked(&network.lab).silent_s.is_some());
    far.kill(&mut network.lab);
    wait_until("the switch repairs alone", || !control.path("isp1-v6").live);
    far.restart(&mut network.lab, &theirs);
    wait_until("and finds the peer again", || control.bfd("isp1-v6").as_deref() == Some("up"));
    near.thaw(&mut network.lab);
    wait_until("our bfdd is told of the end", || {
        near.status(NEXT[0]) == "up" && near.status(NEXT6[0]) == "up"
    });
    let asked = asked(&network.lab);
    assert!(asked.connected && asked.problem.is_none() && asked.messages_bad == 0, "{asked:?}");
    assert!(!network.lab.log("switch").contains("bfdd: its sessions run on"), "the connection held");
}

#[test]
fn a_switch_that_was_killed_finds_bfdd_and_its_sessions_again() {
    let mut network = Network::hosts();
    let far = Bfdd::start(&mut network.lab, "isp1", &calm_peer(OURS, NEXT[0]));
    let (near, _control) = start(&mut network, &near_peer(NEXT[0], OURS, 100, 10));
    wait_until("up", || near.status(NEXT[0]) == "up" && far.status(OURS) == "up");
    network.lab.kill("switch");
    let address = asked_address(&network);
    network.lab.start(&format!("{WORKERS}[bfd]\nbfdd = \"{address}\"\n{PORTS}{INTERFACES}"));
    let mut control = network.control(None);
    wait_until("up again", || control.bfd("isp1").as_deref() == Some("up"));
    wait_until("all say so", || near.status(NEXT[0]) == "up" && far.status(OURS) == "up");
}

fn asked_address(network: &Network) -> String {
    format!("unix:{}", network.lab.path("dplane.sock").display())
}

#[test]
fn a_peer_behind_routers_is_watched_in_both_families_and_frr_may_shut_it_down_or_forget_it() {
    let mut network = Network::hosts();
    let theirs = far_away(LAN, SERVER) + &far_away(LAN6, SERVER6);
    let far = Bfdd::start(&mut network.lab, "isp1", &theirs);
    let (near, mut control) = start(&mut network, &(far_away(SERVER, LAN) + &far_away(SERVER6, LAN6)));
    wait_until("our bfdd says up", || near.status(SERVER) == "up" && near.status(SERVER6) == "up");
    wait_until("the peer agrees", || far.status(LAN) == "up" && far.status(LAN6) == "up");
    let rows = network.lab.stats().sessions();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows.iter().all(|row| row.asked.multihop && row.asked.by_bfdd && row.path.is_empty()),
        "{rows:?}"
    );
    // None of the paths is its: it takes any.
    assert_eq!((control.bfd("isp1"), control.bfd("isp1-v6")), (None, None));

    let of = |line: &str| {
        format!("configure terminal\nbfd\npeer {SERVER} multihop local-address {LAN}\n{line}\nend")
    };
    near.ask(&of("shutdown"));
    wait_until("the peer is told", || far.peer(LAN)["remote-diagnostic"] == "administratively down");
    near.ask(&of("no shutdown"));
    wait_until("up again", || near.status(SERVER) == "up" && far.status(LAN) == "up");
    near.ask(&format!("configure terminal\nbfd\nno peer {SERVER} multihop local-address {LAN}\nend"));
    wait_until("the peer is told of the end", || far.status(LAN) == "down");
    assert_eq!(far.peer(LAN)["remote-diagnostic"], "administratively down");
    wait_until("one session is left", || network.lab.stats().sessions().len() == 1);

    far.kill(&mut network.lab);
    wait_until("our bfdd is told of the silence", || near.status(SERVER6) == "down");
    assert_eq!(near.peer(SERVER6)["remote-diagnostic"], "control detection time expired");
    assert!(control.path("isp1-v6").live, "another path may lead there");
    assert_eq!(network.lab.stats().failover_count(), 0);
}

/// Only that VRF has a way to the peer, and back.
#[test]
fn a_peer_behind_routers_of_a_vrf_is_watched_by_the_routes_of_the_vrf_that_has_our_address() {
    let mut network = Network::hosts();
    let far = Bfdd::start(&mut network.lab, "isp1", &far_away(LAN, SERVER));
    let address = asked_address(&network);
    let interfaces = ["lan", "isp1"].iter().fold(INTERFACES.to_owned(), |text, name| {
        let port = format!("port = \"{name}\"\n");
        text.replace(&port, &format!("{port}vrf = \"red\"\n"))
    });
    let vrf = "[[vrf]]\nname = \"red\"\ntable = 10\n";
    network.lab.start(&format!("{WORKERS}[bfd]\nbfdd = \"{address}\"\n{PORTS}{interfaces}{vrf}"));
    let mut control = network.control(None);
    let update = |group| vec![RouteUpdate { prefix: "198.51.100.0/24".parse().unwrap(), group }];
    let told = |vrf: Option<&str>, group| Request::Routes {
        source: Source::Static,
        vrf: vrf.map(str::to_owned),
        updates: update(group),
    };
    control.say(&[told(None, None)]);
    let near = Bfdd::start_with(&mut network.lab, "sw", &far_away(SERVER, LAN), Some(&address));
    let problem = || asked(&network.lab).sessions.first().map(|session| session.state.clone());
    wait_until("it is asked for", || problem().is_some());
    assert_ne!(near.status(SERVER), "up", "nothing leads to the peer");
    control.say(&[Request::Group { id: 9, group: through(0, &[]) }, told(Some("red"), Some(9))]);
    wait_until("both say up", || near.status(SERVER) == "up" && far.status(LAN) == "up");
    far.kill(&mut network.lab);
    wait_until("our bfdd is told of the silence", || near.status(SERVER) == "down");
}

#[test]
fn a_session_with_too_low_a_ttl_never_comes_up_and_is_counted() {
    let mut network = Network::hosts();
    let _far = Bfdd::start(&mut network.lab, "isp1", &far_away(LAN, SERVER));
    // What this host sends has crossed more routers than ours allows.
    let (ok, text) = network.lab.exec(
        "isp1",
        &[
            "nft",
            "add table ip far; add chain ip far out { type filter hook output priority 0; }; \
           add rule ip far out udp dport 4784 ip ttl set 200",
        ],
    );
    assert!(ok, "{text}");
    let (near, _control) = start(&mut network, &far_away(SERVER, LAN));
    wait_until("its packets are discarded", || {
        let workers = network.lab.stats().workers();
        workers.iter().map(|w| w.bfd_discards[stats::BfdDiscard::WrongTtl as usize]).sum::<u64>() >= 3
    });
    assert_eq!(near.status(SERVER), "down");
    near.ask(&format!(
        "configure terminal\nbfd\npeer {SERVER} multihop local-address {LAN}\nminimum-ttl 200\nend"
    ));
    wait_until("with a lower bound it comes up", || near.status(SERVER) == "up");
}
