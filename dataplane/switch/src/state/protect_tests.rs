//! A program's own table over the switch's paths: what each packet takes, on both engines.

use super::tests::{Fixture, fixture};
use crate::program::Loaded;
use crate::program::compile::{Job, compile_job};
use api::program::{Action, Change, Entry, Target, Which};
use host::load::Access;
use jit::JitEngine;
use rt::around::{Around, Repaired};
use rt::interp::Interpreter;
use rt::{Options, Pipe, Ports};
use std::collections::BTreeMap;
use std::sync::Arc;

const PROGRAM: &str = "
#include <swerve.p4>
header h_t { bit<32> key; bit<32> flow; bit<16> asked; bit<16> path; bit<8> live; }
struct H { h_t h; }
struct M { }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) { state start { p.extract(h.h); transition accept; } }
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    action forward(swerve_path_t path) { h.h.path = path; s.egress_spec = 1; }
    action no_live_path(swerve_path_t path) { h.h.path = path; s.egress_spec = 2; }
    action none() { s.egress_spec = 3; }
    protection_group(4) groups;
    table t {
        key = { h.h.key: KIND @name(\"key\"); h.h.flow: selector @name(\"flow\"); }
        actions = { forward; no_live_path; none; }
        default_action = none();
        implementation = groups;
    }
    apply {
        t.apply();
        h.h.live = (bit<8>)(bit<1>)swerve_path_live(h.h.asked);
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { p.emit(h.h); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
";

/// What a packet came out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fate {
    port: u16,
    path: u16,
    asked_is_live: bool,
}

struct World {
    fixture: Fixture,
    loaded: Loaded,
    engines: [Pipe; 2],
    epoch: fib::WorkerEpoch,
    ports: Ports,
    repaired: Repaired,
}

fn load(kind: &str) -> Loaded {
    let text = Some(PROGRAM.replace("KIND", kind));
    let job = Job {
        file: "/nowhere/t.p4".into(),
        text,
        included: vec![],
        include: vec![],
        load: true,
        access: Access::Own,
    };
    let compiled = compile_job(&job);
    Loaded::new(compiled.ready.unwrap_or_else(|| panic!("{}", compiled.verdict.messages)))
}

fn world(kind: &str) -> World {
    let fixture = fixture();
    let loaded = load(kind);
    let options = || Options { roles: true, ..Options::default() };
    let compiled = JitEngine::new(&loaded.state).unwrap();
    let engines = [
        Pipe::new(Arc::clone(&loaded.state), options(), Box::new(Interpreter::new(()))),
        Pipe::new(Arc::clone(&loaded.state), options(), Box::new(compiled)),
    ];
    let epoch = fixture.state.shared.tables.register_worker().unwrap();
    World { fixture, loaded, engines, epoch, ports: Ports::new([]), repaired: Repaired::default() }
}

fn entry(paths: &str) -> Entry {
    let args = vec![("path".to_owned(), paths.to_owned())];
    Entry {
        keys: vec![("key".to_owned(), "7".to_owned())],
        priority: 0,
        target: Target::Action(Action { name: "forward".into(), args }),
        idle_timeout_ms: 0,
    }
}

fn which() -> Which {
    Which::Keys { keys: entry("").keys, priority: 0 }
}

impl World {
    fn add(&mut self, paths: &str) {
        self.loaded.batch(&[Change::Add { table: "t".into(), entry: entry(paths) }]).unwrap();
        self.fixture.state.protect(&self.loaded);
    }

    fn id(&self, name: &str) -> u16 {
        self.fixture.state.paths[name].id.0
    }

    /// What packets of these flows do, the same on both engines.
    fn send(&mut self, flows: std::ops::Range<u32>, asked: u16) -> Vec<Fate> {
        let around = Around { ports: &self.ports, fib: Some(&self.epoch), repaired: Some(&self.repaired) };
        let [interpreted, compiled] = self.engines.each_mut().map(|engine| {
            for flow in flows.clone() {
                let mut frame = [&7u32.to_be_bytes()[..], &flow.to_be_bytes(), &asked.to_be_bytes()].concat();
                frame.extend([0xaa; 3]);
                engine.inject(0, &frame);
            }
            let fate = |out: rt::Output| Fate {
                port: out.port,
                path: u16::from_be_bytes([out.frame[10], out.frame[11]]),
                asked_is_live: out.frame[12] == 1,
            };
            engine.run(around).into_iter().map(fate).collect::<Vec<_>>()
        });
        assert_eq!(interpreted, compiled);
        assert_eq!(compiled.len(), flows.len());
        compiled
    }

    /// Port and path of one packet.
    fn one(&mut self) -> (u16, u16) {
        let fate = self.send(0..1, 0)[0];
        (fate.port, fate.path)
    }

    fn drain(&mut self, name: &str, drained: bool) {
        self.fixture.state.drain(name, drained).unwrap();
    }
}

#[test]
fn the_next_packet_takes_the_first_live_backup_and_no_entry_changes() {
    for kind in ["exact", "lpm", "ternary"] {
        let mut world = world(kind);
        for id in 1..=3 {
            world.fixture.path(id, id as usize - 1, false);
        }
        world.add("path1 / path2 / path3");
        let [first, second, third] = ["path1", "path2", "path3"].map(|name| world.id(name));
        assert_eq!(world.one(), (1, first));
        world.drain("path1", true);
        assert_eq!(world.one(), (1, second), "{kind}");
        let mut noted = Vec::new();
        world.repaired.take(|path| noted.push(path.0));
        assert_eq!(noted, [first], "the failover's record hears of the first packet on the backup");
        world.drain("path2", true);
        assert_eq!(world.one(), (1, third));
        world.drain("path3", true);
        assert_eq!(world.one(), (2, first), "no_live_path, with the path that is preferred");
        world.drain("path2", false);
        assert_eq!(world.one(), (1, second));
        world.drain("path1", false);
        assert_eq!(world.one(), (1, first));
        assert!(world.send(0..1, first)[0].asked_is_live);
        world.drain("path1", true);
        assert!(!world.send(0..1, first)[0].asked_is_live);
        assert!(world.send(0..1, second)[0].asked_is_live);
    }
}

#[test]
fn flows_spread_by_weight_over_live_primaries_and_only_those_of_a_dead_one_move() {
    let mut world = world("exact");
    for id in 1..=3 {
        world.fixture.path(id, id as usize - 1, false);
    }
    world.add("path1*3, path2 / path3");
    let (first, second) = (world.id("path1"), world.id("path2"));
    let before = world.send(0..1000, 0);
    let mut shares: BTreeMap<u16, usize> = BTreeMap::new();
    before.iter().for_each(|fate| *shares.entry(fate.path).or_default() += 1);
    assert_eq!(shares.keys().copied().collect::<Vec<_>>(), [first, second]);
    assert!((700..800).contains(&shares[&first]), "{shares:?}");
    world.drain("path2", true);
    let after = world.send(0..1000, 0);
    assert!(after.iter().all(|fate| fate.path == first));
    world.drain("path2", false);
    assert_eq!(world.send(0..1000, 0), before);
}

#[test]
fn paths_may_come_and_go_behind_an_entry() {
    let mut world = world("exact");
    world.add("path1 / path2");
    assert_eq!(world.one(), (2, 0xffff), "none of them exists");
    world.fixture.path(2, 1, false);
    world.fixture.state.protect(&world.loaded);
    assert_eq!(world.one(), (1, world.id("path2")));
    world.fixture.path(1, 0, false);
    world.fixture.state.protect(&world.loaded);
    assert_eq!(world.one(), (1, world.id("path1")));
    assert!(world.fixture.state.path_remove("path1"));
    assert_eq!(world.one(), (1, world.id("path2")), "dead at once");
    world.fixture.state.protect(&world.loaded);
    assert_eq!(world.one(), (1, world.id("path2")));
    // The name comes back as another path.
    world.fixture.path(1, 0, false);
    world.fixture.state.protect(&world.loaded);
    assert_eq!(world.one(), (1, world.id("path1")));
}

#[test]
fn a_set_goes_when_nobody_has_led_to_it_for_a_while() {
    let mut world = world("exact");
    for id in 1..=2 {
        world.fixture.path(id, id as usize - 1, false);
    }
    let groups = world.fixture.state.group_count();
    world.add("path1");
    let target = entry("path2").target;
    world.loaded.batch(&[Change::Modify { table: "t".into(), which: which(), target }]).unwrap();
    world.fixture.state.protect(&world.loaded);
    assert_eq!(world.one(), (1, world.id("path2")));
    world.fixture.state.sweep_protections(&world.loaded);
    assert_eq!(world.fixture.state.group_count(), groups + 2, "a worker may have its number");
    world.fixture.state.sweep_protections(&world.loaded);
    assert_eq!(world.fixture.state.group_count(), groups + 1);
    assert_eq!(world.one(), (1, world.id("path2")));
    world.loaded.batch(&[Change::Delete { table: "t".into(), which: which() }]).unwrap();
    (0..2).for_each(|_| world.fixture.state.sweep_protections(&world.loaded));
    assert_eq!(world.fixture.state.group_count(), groups);
    assert_eq!(world.one().0, 3);
    // There is room for as many sets as before.
    for paths in ["path1", "path2", "path1 / path2", "path2 / path1"] {
        world.add(paths);
        world.loaded.batch(&[Change::Delete { table: "t".into(), which: which() }]).unwrap();
    }
    let full = world.loaded.batch(&[Change::Add { table: "t".into(), entry: entry("path1, path2") }]);
    assert!(full.unwrap_err().to_string().contains("its limit is 4"));
}

#[test]
fn entries_and_their_paths_go_over_to_the_next_program() {
    let mut world = world("exact");
    for id in 1..=2 {
        world.fixture.path(id, id as usize - 1, false);
    }
    let groups = world.fixture.state.group_count();
    world.add("path1 / path2");
    let mut next = load("exact");
    assert_eq!(next.take_over(&world.loaded, true), Vec::<String>::new());
    world.fixture.state.protect(&next);
    assert_eq!(world.one(), (1, world.id("path1")), "the old one still runs");
    world.fixture.state.unprotect(&world.loaded);
    let engine = JitEngine::new(&next.state).unwrap();
    let options = Options { roles: true, ..Options::default() };
    world.engines[0] = Pipe::new(Arc::clone(&next.state), options.clone(), Box::new(Interpreter::new(())));
    world.engines[1] = Pipe::new(Arc::clone(&next.state), options, Box::new(engine));
    assert_eq!(world.one(), (1, world.id("path1")));
    world.drain("path1", true);
    assert_eq!(world.one(), (1, world.id("path2")));
    world.fixture.state.unprotect(&next);
    assert_eq!(world.fixture.state.group_count(), groups, "nothing is held any more");

    let lost = load("lpm").take_over(&next, true);
    assert!(lost.len() == 1 && lost[0].contains("its keys are others"), "{lost:?}");
}

#[test]
fn what_makes_no_sense_is_refused_and_says_what_would() {
    let mut loaded = load("exact");
    let mut refused =
        |entry: Entry| loaded.batch(&[Change::Add { table: "t".into(), entry }]).unwrap_err().to_string();
    assert!(refused(entry("a,, b")).contains("isp1*2, isp2 / isp3"));
    assert!(refused(entry("a*0")).contains("0 is no weight of path a"));
    for target in [Target::Group(0), Target::Member(0)] {
        assert!(refused(Entry { target, ..entry("a") }).contains("write its paths"));
    }
    let nothing = Target::Action(Action { name: "forward".into(), args: vec![] });
    assert!(refused(Entry { target: nothing, ..entry("a") }).contains("path"));
    let changes = [Change::Add { table: "t".into(), entry: entry("here / there") }];
    let unknown = loaded.check_named(&changes, |name| name == "here").unwrap_err().to_string();
    assert_eq!(unknown, "there is no path there");
}
