//! Random programs on both engines: interpreter without optimisation, and compiled code with vectors of 1 and of 256 and in a
//! lane, must agree on every packet, register and counter. So must a twin: another program of the same meaning.
//!
//! `SWERVE_PROGRAMS=10000 SWERVE_SEED=7 cargo test -p swerve-p4 --test random` for more than the usual few;
//! `SWERVE_FIRST` leaves out those before it, `SWERVE_SHOW=7` prints the seventh, `SWERVE_SOURCE` names one program to run
//! instead; `SWERVE_TWIN=1` has a twin say only what is of the second kind in another way; `SWERVE_SHRINK=0` leaves what fails
//! as large as it is.

mod aggregates;
mod cases;
mod choices;
mod controls;
mod exits;
mod expressions;
mod externs;
mod folded;
mod generate;
mod harness;
mod lane;
mod loops;
mod measure;
mod mutants;
mod parser;
mod shapes;
mod statements;
mod tables;
mod twin;
mod types;

use choices::{Choices, shrink};
use front::{MapLoader, Session, ir};
use harness::{Trace, trace};
use jit::JitEngine;
use lane::LaneEngine;
use rt::{Device, Options};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use twin::Kind;

/// Numbers that look random and are the same everywhere (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    fn below(&mut self, count: u64) -> u64 {
        self.next() % count.max(1)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// What programs include: the architecture, and what those that swerve comes with have in common.
static INCLUDED: LazyLock<MapLoader> = LazyLock::new(|| {
    let mut loader = MapLoader::default();
    for directory in ["../include", "../programs"] {
        let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).expect("files");
        for file in files.map(|file| file.expect("a file").path()) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            loader.0.insert(name, std::fs::read_to_string(&file).expect("readable"));
        }
    }
    loader
});

fn compile(source: &str) -> Result<ir::Program, String> {
    let mut loader = INCLUDED.clone();
    let mut session = Session::new();
    let main = session.sources.add("random.p4", source);
    let tokens = front::preprocess(&mut session, main, &mut loader, &[]);
    let ast = front::parse(&mut session, &tokens);
    let program = (!session.diags.has_errors()).then(|| front::check(&mut session, &ast)).flatten();
    let program = program.and_then(|program| front::lower(&mut session, &program));
    program.ok_or_else(|| {
        let errors = session.diags.kept().iter().filter(|d| d.severity == front::Severity::Error);
        let lines = errors.map(|d| format!("{}: {}", session.sources.place(d.span), d.message));
        format!("rejected:\n{}", lines.collect::<Vec<_>>().join("\n"))
    })
}

const ETHER_TYPES: [[u8; 2]; 2] = [[0x08, 0x00], [0x86, 0xdd]];

fn packets(seed: u64) -> Vec<(u16, Vec<u8>)> {
    let mut random = Random(seed);
    let one = |at: u16| {
        let length = match random.next() % 4 {
            0 => random.next() % 16,
            1 => 200,
            _ => random.next() % 120,
        };
        let mut bytes = random.bytes(length as usize);
        // Small values make branches and entries meet.
        if random.below(3) == 0 {
            bytes.iter_mut().for_each(|byte| *byte &= 1);
        }
        // A lane has read the ether type before the parser does.
        if let (Some(place), Some(number)) =
            (bytes.get_mut(12..14), ETHER_TYPES.get(random.below(4) as usize))
        {
            place.copy_from_slice(number);
        }
        (at / 2 % 5, bytes)
    };
    (0..24).map(one).collect()
}

/// Why a string of choices makes trouble; `None` where it makes none.
fn trouble(bytes: &[u8], seed: u64) -> Option<String> {
    let source = generate::program(&mut Choices::new(bytes), &[]);
    let found = catch_unwind(AssertUnwindSafe(|| {
        differs(&source, seed).or_else(|| {
            let one = Kind::ALL.iter().position(|kind| environment("SWERVE_TWIN", u64::MAX) == *kind as u64);
            let kinds = one.map_or(&Kind::ALL[..], |one| &Kind::ALL[one..=one]);
            let twin = generate::program(&mut Choices::new(bytes), kinds);
            means_another(&source, &twin, seed)
        })
    }));
    match found {
        Ok(found) => found,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Some(format!("panic: {}", text.unwrap_or_else(|| "without a text".into())))
        }
    }
}

fn differs(source: &str, seed: u64) -> Option<String> {
    match compile(source) {
        Ok(program) => disagree(program, &packets(seed), seed),
        Err(error) => Some(error),
    }
}

/// What the engines do not agree about.
fn disagree(plain: ir::Program, packets: &[(u16, Vec<u8>)], seed: u64) -> Option<String> {
    if let Err(errors) = front::ir_check::check(&plain) {
        return Some(format!("malformed: {errors:?}"));
    }
    let mut optimised = plain.clone();
    front::optimise(&mut optimised);
    if let Err(errors) = front::ir_check::check(&optimised) {
        return Some(format!("malformed after optimisation: {errors:?}"));
    }
    let (plain, optimised) = (Arc::new(plain), Arc::new(optimised));
    let device = match Device::new(Arc::clone(&plain), Options::default()) {
        Ok(device) => device,
        Err(error) => return Some(format!("no device: {error}")),
    };
    let expected = trace(device, packets, seed);
    let device = Device::new(Arc::clone(&optimised), Options::default()).expect("as before");
    let got = trace(device, packets, seed);
    if let Some(what) = difference(&expected, &got) {
        return Some(format!("interpreter, optimised: {what}"));
    }
    // Every other program has its packets one by one.
    let other =
        if seed.is_multiple_of(2) { ("the lane's", &optimised, 256) } else { ("optimised", &optimised, 1) };
    for (name, program, vector) in [("plain", &plain, 256), other, ("optimised", &optimised, 256)] {
        let options = Options { vector, ..Options::default() };
        let engine = |state: &Arc<rt::state::State>| -> Box<dyn rt::engine::Engine> {
            match name {
                "the lane's" => Box::new(LaneEngine::new(state)),
                _ => Box::new(JitEngine::new(state).unwrap_or_else(|error| panic!("not compiled: {error}"))),
            }
        };
        let device = Device::with_engine(Arc::clone(program), options, engine).expect("as before");
        let got = trace(device, packets, seed);
        if let Some(what) = difference(&expected, &got) {
            return Some(format!("{name} code, vectors of {vector}: {what}"));
        }
    }
    None
}

/// What a program and its twin do not agree about.
fn means_another(source: &str, twin: &str, seed: u64) -> Option<String> {
    let traces = [source, twin].map(|source| {
        let program = compile(source)?;
        let device = Device::new(Arc::new(program), Options::default());
        let device = device.map_err(|error| format!("no device: {error}"))?;
        let mut trace = trace(device, &packets(seed), seed);
        for event in &mut trace.events {
            match event {
                // The condition, as it is written.
                rt::Event::Assertion { text, .. } => text.clear(),
                // By the order in which they are written.
                rt::Event::Digest { digest, .. } => *digest = ir::DigestId(0),
                _ => {}
            }
        }
        Ok::<_, String>(trace)
    });
    match traces {
        [Ok(one), Ok(other)] => difference(&one, &other).map(|what| format!("twin: {what}")),
        [Err(error), _] => Some(error),
        [_, Err(error)] => Some(format!("twin {error}")),
    }
}

fn difference(expected: &Trace, got: &Trace) -> Option<String> {
    for (at, (one, other)) in expected.outputs.iter().zip(&got.outputs).enumerate() {
        if one != other {
            return Some(format!("packet {at}: {one:02x?} expected, {other:02x?} got"));
        }
    }
    if expected.outputs.len() != got.outputs.len() {
        return Some(format!("{} packets expected, {} got", expected.outputs.len(), got.outputs.len()));
    }
    let cells = expected.cells.iter().zip(&got.cells).find(|(one, other)| one != other);
    if let Some((one, other)) = cells {
        return Some(format!("{one} expected, {other} got"));
    }
    (expected.events != got.events).then(|| format!("{:?} expected, {:?} got", expected.events, got.events))
}

#[test]
fn digests_are_told_by_every_engine() {
    let source = include_str!("digest.p4");
    assert_eq!(differs(source, 1), None);
    let program = Arc::new(compile(source).expect("a right program"));
    let device = Device::new(program, Options::default()).expect("a device");
    let told = trace(device, &[(1, vec![7])], 1).events.into_iter().filter_map(|event| match event {
        rt::Event::Digest { receiver, values, .. } => Some((receiver, values)),
        _ => None,
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(1, vec![7u8.into()]), (2, vec![0u8.into()]), (3, vec![0u8.into()]), (4, vec![0u8.into()])]
    );
}

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The seed and the choices of a program.
fn bytes(seed: u64, number: u64) -> (u64, Vec<u8>) {
    let seed = seed.wrapping_mul(1_000_003).wrapping_add(number);
    let length = 300 + (seed % 7) as usize * 900;
    (seed, Random(seed).bytes(length))
}

#[test]
fn random_programs_mean_the_same_on_every_engine() {
    if let Ok(path) = std::env::var("SWERVE_SOURCE") {
        let source = std::fs::read_to_string(path).expect("a program to read");
        assert_eq!(differs(&source, environment("SWERVE_SEED", 1)), None);
        return;
    }
    let (count, seed) = (environment("SWERVE_PROGRAMS", 120), environment("SWERVE_SEED", 1));
    let work = move || {
        let mut seen = 0;
        for number in environment("SWERVE_FIRST", 0)..count {
            let (seed, bytes) = bytes(seed, number);
            if environment("SWERVE_SHOW", u64::MAX) == number {
                eprintln!("{}", generate::program(&mut Choices::new(&bytes), &[]));
            }
            let Some(first) = trouble(&bytes, seed) else { continue };
            let kind = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
            let small = shrink(bytes, environment("SWERVE_SHRINK", 3000) as usize, |bytes| {
                trouble(bytes, seed).is_some_and(|t| kind(&t) == kind(&first))
            });
            let source = generate::program(&mut Choices::new(&small), &[]);
            let what = trouble(&small, seed).unwrap_or(first);
            eprintln!("program {number}: {what}\n{source}\n");
            if what.starts_with("twin") {
                eprintln!("its twin:\n{}\n", generate::program(&mut Choices::new(&small), &Kind::ALL));
            }
            seen += 1;
            if seen >= environment("SWERVE_MOST", 3) {
                break;
            }
        }
        seen
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread");
    assert_eq!(thread.join().expect("the programs ran"), 0, "see above");
}
