//! Who wants which session, in whatever order they come and go.

use super::session::Asker;
use super::*;
use crate::worker::horizon::Horizons;
use crate::worker::messages::{SessionSlot, Verdict};
use crate::worker::view::InterfaceView;
use api::switch::{Bfd, Path as Spec};
use bfd::{Diagnostic, Engine, Event as BfdEvent, Remote, SessionId, State as BfdState, Time};
use fib::Causes;
use proptest::prelude::*;
use std::time::Duration;
use tempfile::TempDir;

pub(super) const PEERS: [&str; 3] = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
const LIMIT: Duration = Duration::from_secs(10);

/// A switch's state, without workers: the test plays them.
pub(super) struct Fixture {
    pub(super) state: State,
    pub(super) names: Names,
    session: SessionId,
    /// Of the stats segment.
    _dir: TempDir,
}

pub(super) fn interfaces() -> Interfaces {
    let view = InterfaceView {
        port: 0,
        vrf: 0,
        leaks: Vec::new(),
        vlan: None,
        up: true,
        mtu: 1500,
        addresses: vec!["203.0.113.9/24".parse().unwrap()],
        link_local: None,
        mirrored: true,
        police: [0; stats::PuntClass::COUNT],
    };
    Interfaces {
        ports: Vec::new(),
        interfaces: vec![view],
        loopbacks: Vec::new(),
        answers: [0; crate::worker::icmp::Kind::ALL.len()],
        program: rt::Ports::new([]),
    }
}

pub(super) fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let paths = 256;
    let limits = fib::Limits {
        groups: 512,
        paths,
        neighbors: 512,
        v6_words: 1 << 14,
        vrfs: 2,
        ..fib::Limits::default()
    };
    let (writer, tables) = fib::tables(limits).unwrap();
    let clock = Clock::new(dpdk::tsc::Calibration::measure(Duration::from_millis(1)));
    let shape = stats::Shape {
        workers: vec![0],
        ports: vec!["p".into()],
        paths,
        sessions: 8,
        stages: vec!["program".into()],
    };
    let shared = Arc::new(Shared {
        stats: stats::Segment::create(&dir.path().join("stats"), &shape, clock.hz(), clock.now_ns()).unwrap(),
        horizons: Horizons::new(1),
        failovers: (0..=paths).map(|_| std::sync::atomic::AtomicU32::new(0)).collect(),
        tables,
    });
    let info = InterfaceInfo {
        name: "isp".into(),
        mac: Mac([2, 0, 0, 0, 0, 1]),
        mirror: "isp".into(),
        mirror_index: Some(7),
    };
    let state = State::new(StateParts {
        writer,
        shared,
        clock,
        workers: 1,
        sessions: 8,
        capacity: Capacity { routes_v4: 64, routes_v6: 64, paths: 8, hosts: 16 },
        interfaces: Arc::new(interfaces()),
        infos: vec![info],
        ports: vec![PortState { name: "p".into(), up: true, since_ns: 0 }],
        vrfs: vec!["red".into()],
    });
    let mut engine = Engine::new(1, 1, Time(0));
    let session = engine.add(Time(0), &config()).unwrap();
    let mut state = state.unwrap();
    for (n, peer) in PEERS.iter().enumerate() {
        let mac = Mac([2, 0, 0, 0, 1, n as u8]);
        state.neighbor_set("isp", peer.parse().unwrap(), Some(mac)).unwrap();
    }
    Fixture { state, names: Names::default(), session, _dir: dir }
}

fn config() -> bfd::Config {
    let (local, peer) = ("203.0.113.9".parse().unwrap(), PEERS[0].parse().unwrap());
    bfd::Config {
        endpoint: bfd::Endpoint { interface: 0, local, peer },
        timers: bfd::Timers {
            desired_min_tx: Duration::from_millis(1),
            required_min_rx: Duration::from_millis(1),
            multiplier: 3,
        },
        discriminator: 1,
        passive: false,
        admin_down: false,
        min_ttl: 255,
    }
}

pub(super) fn request(lid: u32, peer: usize) -> bfddp::Session {
    bfddp::Session {
        multihop: false,
        demand: false,
        cbit: false,
        echo: false,
        passive: false,
        shutdown: false,
        src: "0.0.0.0".parse().unwrap(),
        dst: PEERS[peer].parse().unwrap(),
        lid,
        min_tx: 1_000,
        min_rx: 1_000,
        min_echo_tx: 0,
        min_echo_rx: 0,
        hold_time: 0,
        ttl: 255,
        detect_mult: 3,
        ifindex: 7,
        ifname: String::new(),
    }
}

impl Fixture {
    pub(super) fn path(&mut self, id: u32, peer: usize, bfd: bool) {
        let bfd = bfd.then_some(Bfd {
            local: None,
            desired_min_tx_us: 1_000,
            required_min_rx_us: 1_000,
            detect_multiplier: 3,
        });
        let spec = Spec {
            name: format!("path{id}"),
            interface: "isp".into(),
            next_hop: PEERS[peer].parse().unwrap(),
            bfd,
            wait_to_restore_ns: (0, 0),
        };
        self.state.path_set(&mut self.names, id, Source::Static, spec).unwrap();
    }

    /// What a worker says of the session with a peer, if there is one.
    fn event(&mut self, peer: usize, new: BfdState, cause: bfd::Cause, verdicts: &[Option<Verdict>]) {
        let Some(index) = self.state.session_at((0, PEERS[peer].parse().unwrap(), None)) else { return };
        let session = self.state.session(index).unwrap();
        let remote = Remote {
            discriminator: 5,
            min_tx: Duration::ZERO,
            min_rx: Duration::ZERO,
            min_echo_rx: Duration::ZERO,
            multiplier: 3,
            demand: false,
            control_plane_independent: true,
        };
        let event = BfdEvent {
            session: self.session,
            old: session.state,
            new,
            diagnostic: Diagnostic::None,
            remote_diagnostic: Diagnostic::None,
            cause,
            last_heard: None,
            at: Time(1),
            ever_up: true,
            remote,
        };
        let discriminator = session.config.discriminator;
        self.state.session_event(SessionSlot(index), discriminator, &event, verdicts);
    }

    /// The time of all verdicts that outlive their sessions is over.
    fn later(&mut self) {
        self.state.held.values_mut().for_each(|held| held.until_ns = 0);
        self.state.tick();
    }

    /// A session of bfdd's for the first peer, Up and then Down.
    fn fails(&mut self, lid: u32) {
        self.state.bfdd_add(request(lid, 0));
        self.event(0, BfdState::Up, bfd::Cause::Signaled(BfdState::Init), &[]);
        self.event(0, BfdState::Down, bfd::Cause::Expired, &[]);
    }

    fn held_down(&self, name: &str) -> bool {
        self.causes(name).contains(Causes::BFD)
    }

    fn causes(&self, name: &str) -> Causes {
        self.state.shared.tables.liveness().causes(self.state.paths[name].id)
    }

    /// Paths and sessions point at each other, and a session is there for somebody, or on its way out.
    fn check(&self) {
        let state = &self.state;
        for (index, session) in state.sessions.iter().enumerate().filter_map(|(n, s)| Some((n, s.as_ref()?)))
        {
            let index = index as u16;
            assert_eq!(state.session_at(session.config.endpoint.key()), Some(index));
            assert!(!session.wishes.is_empty() || state.leaving.contains(&index), "{session:?}");
            for name in &session.watched {
                assert_eq!(state.paths[name].session, Some(index), "{name}");
            }
            for asker in session.wishes.keys() {
                match asker {
                    Asker::Path(name) => assert!(state.paths[name].spec.bfd.is_some(), "{name}"),
                    Asker::Bfdd(lid) => assert_eq!(state.asks.session_of(*lid), Some(index), "{lid}"),
                }
            }
        }
        assert_eq!(state.session_by.len(), state.sessions.iter().flatten().count());
        for (name, path) in &state.paths {
            let there = state.session_at((0, path.spec.next_hop, None));
            let wanted = there.filter(|index| !state.session(*index).unwrap().wishes.is_empty());
            assert_eq!(path.session, wanted, "{name} is watched by the session with its next hop");
            let session = path.session.map(|index| state.session(index).unwrap());
            let failed = session.is_some_and(|session| session.failed.is_some());
            let held = state.held.contains_key(&(path.interface, path.spec.next_hop));
            let causes = state.shared.tables.liveness().causes(path.id);
            let down = failed || held && session.is_none();
            assert_eq!(causes.contains(Causes::BFD), down, "{name}: by its session, or one before it");
            assert!(
                !held || causes.contains(Causes::WAIT_TO_RESTORE) && path.restore_at_ns.is_none(),
                "{name}"
            );
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Ask {
        lid: u32,
        peer: usize,
        shutdown: bool,
    },
    Forget(u32),
    Path {
        id: u32,
        peer: usize,
        bfd: bool,
    },
    NoPath(u32),
    Up(usize),
    Silent(usize),
    Lost,
    Connected,
    /// The hold of every verdict is over.
    Later,
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    let peer = 0..PEERS.len();
    prop_oneof![
        (1..5u32, peer.clone(), any::<bool>()).prop_map(|(lid, peer, shutdown)| Step::Ask {
            lid,
            peer,
            shutdown
        }),
        (1..5u32).prop_map(Step::Forget),
        (0..4u32, peer.clone(), any::<bool>()).prop_map(|(id, peer, bfd)| Step::Path { id, peer, bfd }),
        (0..4u32).prop_map(Step::NoPath),
        peer.clone().prop_map(Step::Up),
        peer.prop_map(Step::Silent),
        Just(Step::Lost),
        Just(Step::Connected),
        Just(Step::Later),
        Just(Step::Tick),
    ]
}

impl Fixture {
    fn take(&mut self, step: &Step) {
        match *step {
            Step::Ask { lid, peer, shutdown } => {
                self.state.bfdd_add(bfddp::Session { shutdown, ..request(lid, peer) });
            }
            Step::Forget(lid) => self.state.bfdd_delete(lid),
            Step::Path { id, peer, bfd } => self.path(id, peer, bfd),
            Step::NoPath(id) => drop(self.state.path_remove(&format!("path{id}"))),
            Step::Up(peer) => self.event(peer, BfdState::Up, bfd::Cause::Signaled(BfdState::Init), &[]),
            Step::Silent(peer) => self.event(peer, BfdState::Down, bfd::Cause::Expired, &[]),
            Step::Lost => self.state.bfdd_lost(),
            Step::Connected => self.state.bfdd_connected(),
            Step::Later => self.later(),
            Step::Tick => self.state.tick(),
        }
        self.state.effects.clear();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn paths_and_sessions_point_at_each_other_whoever_comes_and_goes(steps in prop::collection::vec(step(), 1..60)) {
        let mut fixture = fixture();
        for step in &steps {
            fixture.take(step);
            fixture.check();
        }
        (1..5).for_each(|lid| fixture.take(&Step::Forget(lid)));
        (0..4).for_each(|id| fixture.take(&Step::NoPath(id)));
        let end = Instant::now() + LIMIT;
        while !fixture.state.session_by.is_empty() {
            prop_assert!(Instant::now() < end, "a session stays that nobody wants");
            fixture.state.tick();
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_verdict_on_a_path_that_its_session_was_just_relieved_of_is_lifted() {
    let mut fixture = fixture();
    fixture.path(0, 0, false);
    fixture.state.bfdd_add(request(1, 0));
    fixture.event(0, BfdState::Up, bfd::Cause::Signaled(BfdState::Init), &[]);
    // The path goes elsewhere, and the worker gives its verdict before it is told.
    fixture.path(0, 1, false);
    let path = fixture.state.paths["path0"].id;
    let taken = Causes::BFD | Causes::WAIT_TO_RESTORE;
    fixture.state.shared.tables.liveness().set(path, taken);
    let verdict = Verdict { path, failover: None, sent_when_heard: 0 };
    fixture.event(0, BfdState::Down, bfd::Cause::Expired, &[Some(verdict)]);
    assert_eq!(fixture.causes("path0"), Causes::WAIT_TO_RESTORE);
    fixture.state.tick();
    assert_eq!(fixture.causes("path0"), Causes::NONE);
}

#[test]
fn a_verdict_holds_every_path_to_the_next_hop_until_the_session_is_up() {
    let mut fixture = fixture();
    fixture.path(0, 0, false);
    fixture.fails(1);
    assert!(fixture.held_down("path0"));
    // A second path to the same next hop is no better.
    fixture.path(1, 0, false);
    assert!(fixture.held_down("path1"));
    fixture.event(0, BfdState::Up, bfd::Cause::Signaled(BfdState::Init), &[]);
    fixture.state.tick();
    assert_eq!((fixture.causes("path0"), fixture.causes("path1")), (Causes::NONE, Causes::NONE));
}

#[test]
fn what_bfdd_takes_away_while_it_is_down_holds_until_another_session_is_up() {
    let mut fixture = fixture();
    fixture.path(0, 0, false);
    fixture.path(1, 1, false);
    fixture.fails(1);
    fixture.state.bfdd_delete(1);
    fixture.state.tick();
    assert!(fixture.held_down("path0") && !fixture.held_down("path1"));
    // The IGP's route went, and the path with it; when it comes back, the peer is no better known than before.
    fixture.state.path_remove("path0");
    fixture.path(2, 0, false);
    assert!(fixture.held_down("path2"));
    let row = fixture.state.show_paths().remove(1);
    assert!(row.bfd.is_none() && row.bfd_held_s.is_some_and(|s| s > 1.0 && s <= 60.0), "{row:?}");

    // FRR has the neighbor again, and asks for a session: the path is for when there is no other, until that is Up.
    let held_back = |fixture: &mut Fixture| {
        fixture.state.tick();
        fixture.causes("path2") == Causes::WAIT_TO_RESTORE
    };
    fixture.state.bfdd_add(request(2, 0));
    assert!(held_back(&mut fixture));
    fixture.state.bfdd_delete(2);
    assert!(fixture.held_down("path2"));
    // Nor is one a sign of life that is shut.
    fixture.state.bfdd_add(bfddp::Session { shutdown: true, ..request(3, 0) });
    fixture.event(0, BfdState::AdminDown, bfd::Cause::LocalAdminDown, &[]);
    assert!(held_back(&mut fixture));
    fixture.path(3, 0, false);
    assert_eq!(
        fixture.causes("path3"),
        Causes::WAIT_TO_RESTORE,
        "nor is a new path to the same next hop better"
    );
    fixture.state.path_remove("path3");
    fixture.state.bfdd_add(request(3, 0));
    fixture.event(0, BfdState::Up, bfd::Cause::Signaled(BfdState::Init), &[]);
    fixture.state.tick();
    assert_eq!(fixture.causes("path2"), Causes::NONE);
    // It is over with that: the next end says nothing.
    fixture.state.bfdd_delete(3);
    assert_eq!((fixture.causes("path2"), fixture.state.held.len()), (Causes::NONE, 0));
}

#[test]
fn who_removes_bfd_for_good_has_the_path_back_when_the_time_is_over() {
    let mut fixture = fixture();
    fixture.path(0, 0, false);
    fixture.fails(1);
    fixture.state.bfdd_delete(1);
    fixture.state.tick();
    assert!(fixture.held_down("path0"));
    fixture.later();
    fixture.state.tick();
    assert_eq!(fixture.causes("path0"), Causes::NONE);
    assert_eq!(fixture.state.show_paths()[0].bfd_held_s, None);
}

#[test]
fn a_path_that_goes_elsewhere_leaves_the_verdict_behind() {
    let mut fixture = fixture();
    fixture.path(0, 0, false);
    fixture.fails(1);
    fixture.state.bfdd_delete(1);
    fixture.path(0, 1, false);
    fixture.state.tick();
    assert_eq!(fixture.causes("path0"), Causes::NONE);
    fixture.path(0, 0, false);
    assert!(fixture.held_down("path0"));
}

#[test]
fn what_the_file_no_longer_wants_holds_nothing() {
    let mut fixture = fixture();
    fixture.path(0, 0, true);
    fixture.event(0, BfdState::Up, bfd::Cause::Signaled(BfdState::Init), &[]);
    fixture.event(0, BfdState::Down, bfd::Cause::Expired, &[]);
    assert!(fixture.held_down("path0"));
    fixture.path(0, 0, false);
    fixture.state.tick();
    assert_eq!((fixture.causes("path0"), fixture.state.held.len()), (Causes::NONE, 0));
}

#[test]
fn a_session_that_bfdd_takes_away_while_it_is_up_holds_nothing() {
    let mut fixture = fixture();
    fixture.path(0, 0, false);
    fixture.state.bfdd_add(request(1, 0));
    fixture.event(0, BfdState::Up, bfd::Cause::Signaled(BfdState::Init), &[]);
    fixture.state.bfdd_delete(1);
    assert_eq!((fixture.causes("path0"), fixture.state.held.len()), (Causes::NONE, 0));
}

#[test]
fn of_several_wishes_the_more_demanding_counts_in_each_direction_and_all_must_want_it_shut() {
    let mut fixture = fixture();
    let wish =
        |lid, min_tx, min_rx, detect_mult| bfddp::Session { min_tx, min_rx, detect_mult, ..request(lid, 0) };
    let merged = |fixture: &Fixture| {
        let config = fixture.state.sessions[0].as_ref().unwrap().config;
        let us = |d: Duration| d.as_micros();
        let timers = config.timers;
        (us(timers.desired_min_tx), us(timers.required_min_rx), timers.multiplier, config.admin_down)
    };
    fixture.state.bfdd_add(wish(1, 10_000, 40_000, 10));
    fixture.state.bfdd_add(wish(2, 20_000, 50_000, 3));
    assert_eq!(merged(&fixture), (20_000, 40_000, 3, false));
    fixture.state.bfdd_add(bfddp::Session { shutdown: true, ..wish(2, 20_000, 50_000, 3) });
    assert_eq!(merged(&fixture), (10_000, 40_000, 10, false), "what is shut does not count");
    fixture.state.bfdd_add(bfddp::Session { shutdown: true, ..wish(1, 10_000, 40_000, 10) });
    assert!(merged(&fixture).3);
    fixture.state.bfdd_delete(1);
    assert_eq!(merged(&fixture), (20_000, 50_000, 3, true));
}

#[test]
fn bfdd_may_ask_for_more_than_there_is_room_for_and_is_told_so() {
    let mut fixture = fixture();
    for lid in 1..=40 {
        let dst = std::net::Ipv4Addr::from_bits(0xcb00_7100 + 20 + lid).into();
        fixture.state.bfdd_add(bfddp::Session { dst, ..request(lid, 0) });
    }
    let shown = fixture.state.show_asked();
    let running = shown.iter().filter(|row| row.problem.is_none()).count();
    assert_eq!((shown.len(), running), (16, 8), "twice as many are remembered as can run");
    let told = fixture.state.effects.iter().filter(|effect| matches!(effect, Effect::Bfdd(_))).count();
    assert!(told >= 40, "each is answered: {told}");
    // One that goes makes room for one that waits.
    fixture.state.bfdd_delete(1);
    fixture.state.tick();
    let shown = fixture.state.show_asked();
    assert_eq!(shown.iter().filter(|row| row.problem.is_none()).count(), 8);
}

#[test]
fn a_session_over_several_hops_without_a_source_runs_from_a_loopback_where_its_interface_has_no_address() {
    let mut fixture = fixture();
    let spec = Spec {
        name: "far".into(),
        interface: "isp".into(),
        next_hop: "fe80::9".parse().unwrap(),
        bfd: None,
        wait_to_restore_ns: (0, 0),
    };
    let (state, names) = (&mut fixture.state, &mut fixture.names);
    state.path_set(names, 1, Source::Static, spec).unwrap();
    let group = api::switch::Group::Paths { primaries: vec![(1, 1)], backups: Vec::new() };
    state.group_set(names, 1, &group).unwrap();
    let route = api::switch::RouteUpdate { prefix: "2001:db8:9::/48".parse().unwrap(), group: Some(1) };
    state.routes(names, Source::Static, None, &[route]).unwrap();
    let dst = "2001:db8:9::1".parse().unwrap();
    let far = bfddp::Session { multihop: true, src: "::".parse().unwrap(), dst, ttl: 250, ..request(1, 0) };
    state.bfdd_add(far);
    let problem = state.show_asked().remove(0).problem.unwrap();
    assert!(problem.contains("neither interface isp nor a loopback has an address"), "{problem}");
    let loopback = "2001:db8::7".parse().unwrap();
    state
        .interfaces_changed(Arc::new(Interfaces { loopbacks: vec![(0, loopback)], ..interfaces() }))
        .unwrap();
    let row = state.show_asked().remove(0);
    assert_eq!((row.local, row.problem), (Some(loopback), None));
}
