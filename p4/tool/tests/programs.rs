//! Our own programs, and those of the book: what they say about packets holds on both engines, and what needs a control plane
//! works with one.

use front::ir::{ActionCall, Bits, KeyMatch, Program};
use jit::JitEngine;
use rt::{Device, Event, GroupMember, Member, NewEntry, Options, Target};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tool::compile::{Phase, Source, compile, on_large_stack};
use tool::report::Style;
use tool::stf::Engine;
use tool::verbs::{self, Said};

const PLAIN: Style = Style { colour: false, width: 110 };

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the tree")
}

/// The files of a directory that end so, in order.
fn files(directory: &str, end: &str) -> Vec<PathBuf> {
    let directory = root().join(directory);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut found: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| path.extension().is_some_and(|have| have == end));
    found.sort();
    found
}

fn source(file: &Path) -> Source {
    Source { file: file.to_owned(), ..Source::default() }
}

/// Every packet test of a directory, and that every program there has one.
fn passes(directory: &str, at_least: usize) {
    let tests = files(directory, "stf");
    assert!(tests.len() >= at_least, "only {} tests in {directory}", tests.len());
    let mut wrong = String::new();
    for program in files(directory, "p4") {
        let test = program.with_extension("stf");
        let own = fs::read_to_string(&program).expect("a program").contains(") main;");
        let library = !own && !test.exists();
        let said = on_large_stack(|| match library {
            true => verbs::check(&source(&program), false, PLAIN),
            false => verbs::test(&source(&program), &test, Engine::Both, false, PLAIN),
        });
        // A warning in a program that others are to learn from is one too many.
        if !matches!(said, Said { code: 0, ref err, .. } if err.is_empty()) {
            wrong.push_str(&format!("{}\n{}{}\n", program.display(), said.out, said.err));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn our_programs_pass_their_packet_tests_on_both_engines() {
    passes("p4/programs", 8);
}

#[test]
fn the_programs_of_the_tutorial_pass_their_packet_tests_on_both_engines() {
    passes("docs/src/p4/tutorial", 8);
}

fn program(name: &str) -> Arc<Program> {
    let file = root().join("p4/programs").join(name);
    let program = on_large_stack(|| {
        let mut done = compile(&source(&file), Phase::Flat).unwrap_or_else(|error| panic!("{error}"));
        let mut program = done.ir.take().unwrap_or_else(|| panic!("{}", done.messages(PLAIN)));
        front::optimise(&mut program);
        program
    });
    Arc::new(program)
}

/// One device on each engine.
fn devices(name: &str) -> [Device; 2] {
    let program = program(name);
    let interpreted = Device::new(Arc::clone(&program), Options::default()).expect("a device");
    let compiled = Device::with_engine(program, Options::default(), |state| {
        Box::new(JitEngine::new(state).unwrap_or_else(|error| panic!("{error}")))
    });
    [interpreted, compiled.expect("a device")]
}

fn exact(width: u32, value: u64) -> KeyMatch {
    KeyMatch::Exact(Bits { width, value: value.into() })
}

fn bits(width: u32, value: u64) -> Bits {
    Bits { width, value: value.into() }
}

fn insert(device: &mut Device, table: &str, keys: Vec<KeyMatch>, action: &str, args: Vec<Bits>, idle: u64) {
    let control = device.control();
    let table = control.names().table(table).expect("a table");
    let action = control.names().table_action(table, action).expect("an action");
    let mut entry = NewEntry::new(keys, 0, Target::Action(ActionCall { action, args }));
    entry.idle_timeout = idle;
    control.insert(table, &entry).expect("an entry");
}

fn frame(dst: u64, src: u64) -> Vec<u8> {
    [&dst.to_be_bytes()[2..], &src.to_be_bytes()[2..], &[0x08, 0x00]].concat()
}

const SECOND: u64 = 1_000_000_000;

/// What the control plane of `l2_learning.p4` does: an entry in each table for every digest.
fn learn(device: &mut Device) -> usize {
    let digests = device.events().into_iter().filter_map(|event| match event {
        Event::Digest { values, receiver: 1, .. } => Some(values),
        _ => None,
    });
    let digests: Vec<_> = digests.collect();
    for values in &digests {
        let value = |at: usize| u64::try_from(&values[at]).expect("it has 48 bits at most");
        let keys = vec![exact(12, value(0)), exact(48, value(1))];
        insert(device, "sources", keys.clone(), "known", vec![bits(9, value(2))], 300 * SECOND);
        insert(device, "destinations", keys, "forward", vec![bits(9, value(2))], 0);
    }
    digests.len()
}

fn ports(device: &mut Device, from: u16, frame: &[u8]) -> Vec<u16> {
    device.inject(from, frame);
    device.run().iter().map(|output| output.port).collect()
}

#[test]
fn the_learning_switch_learns_from_its_digests_and_forgets_who_is_silent() {
    for mut device in devices("l2_learning.p4") {
        let flood = [rt::MulticastNode { rid: 0, ports: vec![1, 2, 3] }];
        device.control().set_group(1, &flood).expect("a group");
        let (one, two) = (0x0200_0000_00a1, 0x0200_0000_00b2);
        assert_eq!(ports(&mut device, 1, &frame(two, one)), [2, 3]);
        assert_eq!(learn(&mut device), 1);
        assert_eq!(ports(&mut device, 2, &frame(one, two)), [1]);
        assert_eq!(learn(&mut device), 1);
        assert_eq!(ports(&mut device, 1, &frame(two, one)), [2]);
        assert_eq!(learn(&mut device), 0);

        device.set_time(200 * SECOND);
        assert_eq!(ports(&mut device, 2, &frame(one, two)), [1]);
        device.set_time(400 * SECOND);
        let idle = device.control().idle(400 * SECOND);
        assert_eq!(idle.len(), 1, "{idle:?}");
        let entry = device.control().entry(idle[0].table, idle[0].id).expect("it is still there");
        assert_eq!(entry.keys, [exact(12, 0), exact(48, one)]);
    }
}

/// A TCP packet to port 443 of 203.0.113.80, whose IPv4 checksum is right.
fn request(client: u32, port: u16) -> Vec<u8> {
    let mut ip = vec![0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0];
    ip.extend(client.to_be_bytes());
    ip.extend([203, 0, 113, 80]);
    let sum: u32 = ip.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    ip.extend(port.to_be_bytes());
    ip.extend(443u16.to_be_bytes());
    ip.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 4, 0, 0, 0, 0, 0]);
    [frame(0x0200_0000_0001, 0x0200_0000_000c), ip].concat()
}

const FLOWS: u32 = 2000;
const SLOTS: u32 = 64;
const BACKENDS: u32 = 4;

/// The slots of one service, dealt out to the backends 10.0.0.1 and on; `dead` is replaced by the one after it.
fn member(device: &mut Device, slot: u32, dead: Option<u32>) -> Member {
    let mut backend = slot % BACKENDS;
    if dead == Some(backend) {
        backend = (backend + 1 + slot / BACKENDS % (BACKENDS - 1)) % BACKENDS;
    }
    let action = device.control().names().action("to_ipv4_backend").expect("an action");
    Member { action, args: vec![bits(32, u64::from(0x0a00_0001 + backend)), bits(16, 8443)] }
}

/// Where each flow goes: the last byte of the backend's address.
fn backends(device: &mut Device) -> Vec<u8> {
    for flow in 0..FLOWS {
        device.inject(1, &request(0xc633_6400 + flow % 200, 30_000 + (flow / 200) as u16));
    }
    let out = device.run();
    assert_eq!(out.len(), FLOWS as usize);
    out.iter().map(|output| output.frame[33]).collect()
}

#[test]
fn a_dead_backend_moves_its_own_flows_and_no_others() {
    for mut device in devices("load_balancer.p4") {
        let profile = device.control().names().profile("ipv4_backends").expect("a selector");
        for slot in 0..SLOTS {
            let member = member(&mut device, slot, None);
            device.control().add_member(profile, slot, &member).expect("a member");
        }
        let members: Vec<_> = (0..SLOTS).map(|member| GroupMember { member, weight: 1 }).collect();
        device.control().add_selector_group(profile, 1, &members).expect("a group");
        let service = device.control().names().table("ipv4_services").expect("a table");
        let any = || KeyMatch::Any;
        let keys =
            vec![exact(32, 0xcb00_7150), exact(8, 6), exact(16, 443), any(), any(), any(), any(), any()];
        device.control().insert(service, &NewEntry::new(keys, 0, Target::Group(1))).expect("an entry");
        let prefix = KeyMatch::Lpm { value: bits(32, 0x0a00_0000), length: 8 };
        insert(
            &mut device,
            "ipv4_routes",
            vec![prefix],
            "next_hop",
            vec![bits(9, 2), bits(48, 1), bits(48, 2)],
            0,
        );

        let before = backends(&mut device);
        let mut share = BTreeMap::new();
        before.iter().for_each(|backend| *share.entry(*backend).or_insert(0) += 1);
        assert_eq!(share.len(), BACKENDS as usize, "{share:?}");
        assert!(share.values().all(|flows| (350..650).contains(flows)), "{share:?}");

        for slot in 0..SLOTS {
            let member = member(&mut device, slot, Some(2));
            device.control().modify_member(profile, slot, &member).expect("a member");
        }
        let after = backends(&mut device);
        assert!(!after.contains(&3), "the dead backend still has flows");
        let moved = before.iter().zip(&after).filter(|(before, after)| before != after);
        assert!(moved.clone().all(|(before, _)| *before == 3), "flows of a living backend moved");
        assert_eq!(moved.count(), share[&3]);
    }
}
