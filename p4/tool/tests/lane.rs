//! A worker's lane does with frames what the device does with packets.

use jit::{JitEngine, Lane, Machine, Verdict};
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
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
        lane.run(&mut env, *port, work.iter_mut().map(|frame| &mut frame[..]));
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

#[test]
fn a_lane_does_what_the_device_does() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut programs: Vec<PathBuf> = fs::read_dir(tests.join("stf"))
        .expect("tests")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "p4"))
        .collect();
    programs.sort();
    let (mut compared, mut differ) = (0, vec![]);
    for path in &programs {
        let frames = frames(&path.with_extension("stf"));
        let source = Source { file: path.clone(), directories: vec![tests.join("include")], defines: vec![] };
        let (lane, device) = on_large_stack(|| {
            let program = compile(&source, Phase::Flat).expect("readable").ir.expect("accepted");
            let mut optimised = program.clone();
            front::optimise(&mut optimised);
            (by_lane(&Arc::new(optimised), &frames), by_device(&Arc::new(program), &frames))
        });
        compared += device.len();
        if lane != device {
            differ.push(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    assert!(compared > 500, "only {compared} packets were compared");
    assert!(differ.is_empty(), "{differ:?}");
}
