//! A worker's lane, and a trace, do with frames what the device does with packets.

use jit::{JitEngine, Lane, Machine, Verdict};
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::trace::trace;
use rt::{Around, Device, Options, Output, Pipe};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tool::compile::{Phase, Source, compile, on_large_stack};

/// Frames of the packet lines of a test, whatever else it says.
fn frames(test: &Path) -> Vec<(u16, Vec<u8>)> {
    let text = fs::read_to_string(test).expect("a test can be read");
    let frame = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        (words.next()? == "packet").then_some(())?;
        let port = words.next()?.parse().ok()?;
        let digits: String = words.collect();
        let bytes = (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16));
        Some((port, bytes.collect::<Result<_, _>>().ok()?))
    };
    text.lines().filter_map(frame).collect()
}

/// Everything that leaves, by way of the lane.
fn by_lane(program: &Arc<front::ir::Program>, frames: &[(u16, Vec<u8>)]) -> Vec<Output> {
    let options = Options::default();
    // The device has the program's own entries put into the tables.
    let device = Device::new(Arc::clone(program), options.clone()).expect("a device");
    let state: Arc<State> = Arc::clone(device.state());
    let machine = Machine::new(&state).expect("machine code");
    let mut lane = Lane::new(&machine, &state);
    let mut pipe = Pipe::new(Arc::clone(&state), options, Box::new(JitEngine::of(&machine)));
    let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&state), Events::new(1000));
    let mut outputs = vec![];
    // A lane is given what came in by one port.
    let mut left = frames;
    while let Some((port, _)) = left.first() {
        let same = left.iter().take(lane.batch()).take_while(|(of, _)| of == port).count();
        let mut work: Vec<Vec<u8>> = left[..same].iter().map(|(_, frame)| frame.clone()).collect();
        left = &left[same..];
        let around = Around::alone();
        let (random, caches, events) = (&mut random, &mut caches, &mut events);
        let mut env = Env { state: &state, now: 0, random, caches, events, around };
        // A lane that stops where BFD may be, and goes on, does the same.
        if let Some(at) = lane.listen(&mut env, *port, work.iter_mut().map(|frame| &mut frame[..])) {
            lane.resume(&mut env, *port, at, work.iter_mut().map(|frame| &mut frame[..]));
        }
        for (at, frame) in work.iter().enumerate() {
            let limit = lane.limit(at).map_or(usize::MAX, |limit| limit as usize);
            let (why, path) = (lane.why(at), lane.path(at));
            let mut leave = |port, mut frame: Vec<u8>| {
                frame.truncate(limit);
                outputs.push(Output { port, frame, why, path });
            };
            match lane.verdict(at) {
                Verdict::Out { port } => leave(port, frame.clone()),
                Verdict::Moved { port, payload } => {
                    let rest = &frame[payload as usize..];
                    leave(port, [lane.header(at, frame), rest].concat());
                }
                Verdict::Dropped(_) => {}
                Verdict::Left => {
                    let packet = lane.take(&state, at, frame, pipe.blank());
                    pipe.resume(around, packet);
                    outputs.extend(pipe.run(around));
                }
            }
        }
    }
    outputs
}

fn by_device(program: &Arc<front::ir::Program>, frames: &[(u16, Vec<u8>)]) -> Vec<Output> {
    let mut device =
        Device::new(Arc::clone(program), Options { vector: 1, ..Options::default() }).expect("a device");
    frames
        .iter()
        .flat_map(|(port, frame)| {
            device.inject(*port, frame);
            device.run()
        })
        .collect()
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

fn programs() -> Vec<PathBuf> {
    let mut programs: Vec<PathBuf> = fs::read_dir(tests().join("stf"))
        .expect("tests")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "p4"))
        .collect();
    programs.sort();
    programs
}

/// As lowering made it, and optimised.
fn compiled(path: &Path) -> (front::ir::Program, front::ir::Program) {
    let source =
        Source { file: path.to_owned(), directories: vec![tests().join("include")], ..Source::default() };
    on_large_stack(|| {
        let program = compile(&source, Phase::Flat).expect("readable").ir.expect("accepted");
        let mut optimised = program.clone();
        front::optimise(&mut optimised);
        (program, optimised)
    })
}

#[test]
fn a_trace_foretells_what_the_device_makes_of_each_packet_and_changes_nothing() {
    let (mut compared, mut differ) = (0, vec![]);
    for path in &programs() {
        let frames = frames(&path.with_extension("stf"));
        let (written, optimised) = compiled(path);
        let program = Arc::new(optimised);
        let undisturbed = by_device(&program, &frames);
        let options = Options { vector: 1, ..Options::default() };
        let mut device = Device::new(program, options).expect("a device");
        let twin = Arc::new(device.state().twin(Arc::new(written)).expect("a twin"));
        let (mut all, mut same) = (vec![], true);
        for (port, frame) in &frames {
            let foretold = trace(&twin, Around::alone(), (*port, frame), 0, 1);
            device.inject(*port, frame);
            let made = device.run();
            same &= foretold.random || foretold.outputs == made;
            compared += made.len();
            all.extend(made);
        }
        if !same || all != undisturbed {
            differ.push(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    assert!(compared > 500, "only {compared} packets were compared");
    assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn the_parts_of_a_lane_are_named_after_the_tables_and_each_counts_its_packets() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/p4/tutorial/4-table.p4");
    let (_, optimised) = compiled(&path);
    let device = Device::new(Arc::new(optimised), Options::default()).expect("a device");
    let state = Arc::clone(device.state());
    let machine = Machine::new(&state).expect("machine code");
    assert_eq!(machine.parts().len(), 3, "{:?}", machine.parts());
    let table = &state.program.tables[0].name;
    assert_eq!(machine.parts()[1..], [format!("{table} lookup"), format!("after {table}")]);
    let mut lane = Lane::new(&machine, &state);
    let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&state), Events::new(10));
    assert!(lane.laps().is_none());
    // Three of five are IPv4, as its parser wants it: only these come to the table.
    let mut work: Vec<Vec<u8>> = (0..5).map(|at| if at < 3 { ipv4() } else { vec![0; 60] }).collect();
    let (random, caches, events) = (&mut random, &mut caches, &mut events);
    let mut env = Env { state: &state, now: 0, random, caches, events, around: Around::alone() };
    lane.run(&mut env, 0, work.iter_mut().map(|frame| &mut frame[..]));
    let laps = lane.laps().expect("the first vector is timed").to_vec();
    assert_eq!(laps.iter().map(|lap| lap.packets).collect::<Vec<_>>(), [5, 3, 3]);
    assert!(laps.iter().all(|lap| lap.cycles > 0), "{laps:?}");
    assert!(lane.laps().is_none(), "once");
}

/// A header with a right checksum, to nobody.
fn ipv4() -> Vec<u8> {
    let mut frame = vec![0; 12];
    frame.extend([0x08, 0x00, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    let sum: u32 = frame[14..34].chunks(2).map(|two| u32::from(two[0]) << 8 | u32::from(two[1])).sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    frame[24..26].copy_from_slice(&sum.to_be_bytes());
    frame.resize(60, 0);
    frame
}

#[test]
fn a_lane_does_what_the_device_does() {
    let (mut compared, mut differ) = (0, vec![]);
    for path in &programs() {
        let frames = frames(&path.with_extension("stf"));
        let (program, optimised) = compiled(path);
        let lane = by_lane(&Arc::new(optimised), &frames);
        let device = by_device(&Arc::new(program), &frames);
        compared += device.len();
        if lane != device {
            differ.push(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    assert!(compared > 500, "only {compared} packets were compared");
    assert!(differ.is_empty(), "{differ:?}");
}
