//! How long it takes to make machine code of random programs, and how much comes out.

use super::choices::Choices;
use super::{compile, environment, generate};
use rt::{Device, Options};
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Measured {
    number: u64,
    source: usize,
    operations: usize,
    front: Duration,
    code: Duration,
    bytes: usize,
}

fn measure(number: u64, source: &str) -> Measured {
    let start = Instant::now();
    let mut program = compile(source).expect("a right program");
    front::optimise(&mut program);
    let front = start.elapsed();
    let program = Arc::new(program);
    let operations = |code: &front::ir::Code| code.blocks.iter().map(|block| block.ops.len()).sum::<usize>();
    let operations = program.codes().into_iter().map(operations).sum();
    let device = Device::new(Arc::clone(&program), Options::default()).expect("a device");
    let start = Instant::now();
    jit::Machine::new(device.state()).expect("code");
    let code = start.elapsed();
    let stages = jit::show::stages(&program).expect("code");
    let bytes =
        stages.lines().filter_map(|line| line.trim().strip_suffix(" bytes")?.parse::<usize>().ok()).sum();
    Measured { number, source: source.len(), operations, front, code, bytes }
}

/// What a program of some hundred lines may make: the worst of 120 had 446 kB.
const MOST_BYTES: usize = 1 << 20;

/// `SWERVE_MEASURE=500 SWERVE_MOST=8 cargo test --release -p swerve-p4 --test random -- machine_code --nocapture` prints the worst
/// eight of each kind out of five hundred.
#[test]
fn machine_code_does_not_outgrow_its_source() {
    let (count, seed) = (environment("SWERVE_MEASURE", 8), environment("SWERVE_SEED", 1));
    let worst = environment("SWERVE_MOST", 1) as usize;
    let work = move || {
        let mut all: Vec<Measured> = vec![];
        for number in environment("SWERVE_FIRST", 0)..count {
            let source = generate::program(&mut Choices::new(&super::bytes(seed, number).1), &[]);
            let measured = measure(number, &source);
            assert!(
                measured.bytes <= MOST_BYTES,
                "program {number}: {} bytes of code\n{source}",
                measured.bytes
            );
            all.push(measured);
        }
        let median = |mut all: Vec<f64>| {
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let line = |one: &Measured| {
            eprintln!(
                "program {:4}: {:6} bytes of source, {:6} operations, front {:7.1} ms, code {:7.1} ms, {:8} bytes of code",
                one.number,
                one.source,
                one.operations,
                ms(one.front),
                ms(one.code),
                one.bytes
            );
        };
        type Rank = fn(&Measured) -> f64;
        let ranks: [(&str, Rank); 4] = [
            ("ms of code", |one| one.code.as_secs_f64() * 1e3),
            ("us of code a byte of source", |one| one.code.as_secs_f64() * 1e6 / one.source as f64),
            ("bytes of code a byte of source", |one| one.bytes as f64 / one.source as f64),
            ("us of code an operation", |one| one.code.as_secs_f64() * 1e6 / one.operations.max(1) as f64),
        ];
        for (name, rank) in ranks {
            all.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
            let middle = median(all.iter().map(rank).collect());
            eprintln!("most {name} ({:.1}, the median {middle:.1}):", rank(&all[0]));
            all.iter().take(worst).for_each(line);
        }
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread");
    thread.join().expect("the programs were compiled");
}
