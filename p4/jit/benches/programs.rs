//! Cycles a packet of whole programs in a worker's lane: `cargo bench -p swerve-p4-jit [NAME...]`.
//!
//! Frames are few and warm, vectors full. Programs take turns, and each line is the median (and the best) of many turns, so that
//! a neighbour's noise falls on all of them alike. Two builds are compared by running their binaries in turn.

use host::compile::{Phase, Source, compile, on_large_stack};
use host::entry::{self, Unmentioned};
use host::number::{KeyValue, Number};
use jit::abi::VECTOR;
use jit::{Lane, Machine, Verdict};
use rt::around::Around;
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Control, NewEntry, Options, Target};
use std::path::Path;
use std::sync::Arc;
use swerve_p4_jit as jit;

/// A program, its entries as packet tests write them, and a frame with the port that it comes in by.
struct Scenario {
    name: &'static str,
    /// From the directory of the crate.
    file: &'static str,
    entries: &'static [&'static str],
    port: u16,
    frame: &'static str,
}

const IPV4: &str = "0200000000fe02000000000a0800 45000028000140004006266e 0a0100050a020007 9c4001bb0000000100000000 50020400c7d70000";
const OPTIONS: &str = "0200000000fe02000000000a0800 4600002f00014000400691b5 0a0100050a020007 94040000 9c4001bb0000000100000000 50180400 5e790000";

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "sums", file: "benches/programs/sums.p4", entries: &[], port: 1, frame: IPV4 },
    Scenario {
        name: "options_absent",
        file: "benches/programs/options.p4",
        entries: &[],
        port: 1,
        frame: IPV4,
    },
    Scenario { name: "options", file: "benches/programs/options.p4", entries: &[], port: 1, frame: OPTIONS },
    Scenario { name: "counters", file: "benches/programs/counters.p4", entries: &[], port: 1, frame: IPV4 },
    Scenario { name: "registers", file: "benches/programs/registers.p4", entries: &[], port: 1, frame: IPV4 },
    Scenario { name: "hashes", file: "benches/programs/hashes.p4", entries: &[], port: 1, frame: IPV4 },
    Scenario { name: "meter", file: "benches/programs/meter.p4", entries: &[], port: 1, frame: IPV4 },
    Scenario { name: "keyless", file: "benches/programs/keyless.p4", entries: &[], port: 1, frame: IPV4 },
    Scenario {
        name: "acl",
        file: "../programs/acl.p4",
        entries: &["ports port:1 to(port:2)", "ipv4_rules 900 port:1 src:0x0a010005 protocol:6 permit()"],
        port: 1,
        frame: "02000000000b02000000000a0800 45000028000140004006266e 0a0100050a020007 9c4001bb0000000100000000 5002040041e40000",
    },
    Scenario {
        name: "firewall",
        file: "../programs/firewall.p4",
        entries: &["ports port:1 inside(outside_port:2)"],
        port: 1,
        frame: "02000000000b 02000000000a 0800 45000028 00014000 4006f4c0 0a000005 cb007109 9c4001bb 00000001 00000000 50020400 c7d70000",
    },
    Scenario {
        name: "load_balancer",
        file: "../programs/load_balancer.p4",
        entries: &["ipv4_routes dst:0x0a000000/8 next_hop(port:2, src:0x020000000001, dst:0x02000000000b)"],
        port: 1,
        frame: "0200000000010200000000 0c0800450000280001400040060680 0a000015 0a636407 00169c40 00000001 00000000 50120400db2b0000",
    },
    Scenario {
        name: "tunnel_gateway",
        file: "../programs/tunnel_gateway.p4",
        entries: &[
            "tenant_ports port:1 belongs_to(tenant:7)",
            "underlay remote:0xc6336400/24 next_hop(port:3, src:0x0200000000fe, dst:0x020000000001, mtu:1500)",
            "ipv4_routes tenant:7 dst:0x0a020000/16 into_ip(local:0xc0000201, remote:0xc6336409)",
        ],
        port: 1,
        frame: "0200000000fe 02000000000a 0800 45000020 00014000 401126be 0a010005 0a020007 03e807d0 000c074d 64617461",
    },
    Scenario {
        name: "link_monitor",
        file: "../programs/link_monitor.p4",
        entries: &[
            "ipv4_routes dst:0x0a020000/16 next_hop(port:2, src:0x0200000000fe, dst:0x020000000099)",
            "links port:2 set_speed(mbps:1000)",
        ],
        port: 1,
        frame: "0200000000fe 02000000000a 0800 45000020 00014000 401126be 0a010005 0a020007 03e807d0 000c074d 64617461",
    },
    Scenario {
        name: "telemetry",
        file: "../programs/telemetry.p4",
        entries: &["ipv4_routes dst:0x0a020000/16 next_hop(port:2, src:0x0200000000fe, dst:0x020000000099)"],
        port: 1,
        frame: "0200000000fe 02000000000a 0800 45000020 00014000 401126be 0a010005 0a020007 03e807d0 000c074d 64617461",
    },
    Scenario {
        name: "l2_learning",
        file: "../programs/l2_learning.p4",
        entries: &[
            "sources vlan:0 address:0x0200000000b2 known(port:2)",
            "destinations vlan:0 address:0x0200000000a1 forward(port:1)",
        ],
        port: 2,
        frame: "0200000000a1 0200000000b2 0800 bbbb",
    },
];

fn bytes(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).expect("hexadecimal"))
        .collect()
}

/// Puts the right checksum into an IPv4 header.
fn summed(mut frame: Vec<u8>) -> Vec<u8> {
    if frame.len() >= 34 && frame[12..14] == [8, 0] {
        let end = 14 + usize::from(frame[14] & 15) * 4;
        frame[24..26].fill(0);
        let sum = rt::externs::hash::csum16(&frame[14..end]);
        frame[24..26].copy_from_slice(&sum.to_be_bytes());
    }
    frame
}

fn number(text: &str) -> Number {
    Number::parse(text.trim()).expect("a number")
}

/// `table [priority] key:value ... action(name:value, ...)`
fn add(control: &mut Control, text: &str) {
    let (head, args) = text.strip_suffix(')').and_then(|text| text.split_once('(')).expect("an action");
    let mut words: Vec<&str> = head.split_whitespace().collect();
    let action = words.pop().expect("an action");
    let table = control.names().table(words.remove(0)).expect("a table");
    let priority = words.first().and_then(|word| word.parse().ok());
    let keys: Vec<_> = words[usize::from(priority.is_some())..]
        .iter()
        .map(|word| {
            let (name, value) = word.split_once(':').expect("a key with its value");
            let value = match value.split_once('/') {
                Some((value, bits)) => KeyValue::Prefix(number(value), bits.parse().expect("a length")),
                None => KeyValue::Value(number(value)),
            };
            (name.to_owned(), value)
        })
        .collect();
    let args: Vec<_> = args
        .split(',')
        .filter_map(|arg| arg.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), number(value)))
        .collect();
    let keys = entry::keys(control.names(), table, &keys, Unmentioned::Zero).expect("keys of the table");
    let call = entry::call(control.names(), table, action, &args).expect("an action of the table");
    control.insert(table, &NewEntry::new(keys, priority.unwrap_or(0), Target::Action(call))).expect("room");
}

/// What it takes to run a scenario again and again.
struct Runner {
    name: &'static str,
    port: u16,
    frame: Vec<u8>,
    work: Vec<Vec<u8>>,
    state: Arc<State>,
    lane: Lane,
    random: Random,
    caches: Caches,
    events: Events,
    now: u64,
    /// Cycles a packet of each turn.
    turns: Vec<f64>,
}

impl Runner {
    fn new(scenario: &Scenario) -> Runner {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario.file);
        let source = Source { file, ..Source::default() };
        let program = on_large_stack(|| {
            let done = compile(&source, Phase::Flat).expect("readable");
            let mut program = done.ir.expect("accepted");
            front::optimise(&mut program);
            program
        });
        let (state, mut control) = Control::create(Arc::new(program), &Options::default()).expect("a state");
        scenario.entries.iter().for_each(|text| add(&mut control, text));
        let machine = Machine::new(&state).expect("machine code");
        let frame = summed(bytes(scenario.frame));
        let mut runner = Runner {
            name: scenario.name,
            port: scenario.port,
            work: vec![frame.clone(); VECTOR],
            frame,
            lane: Lane::new(&machine, &state),
            random: Random::new(1),
            caches: Caches::new(&state),
            events: Events::new(1000),
            now: 0,
            turns: vec![],
            state,
        };
        runner.vector();
        let verdict = runner.lane.verdict(0);
        assert!(!matches!(verdict, Verdict::Dropped(_)), "{}: {verdict:?}", runner.name);
        runner
    }

    fn vector(&mut self) -> u64 {
        for work in &mut self.work {
            work.copy_from_slice(&self.frame);
        }
        self.now += 10_000;
        let mut cycles = 0;
        let port = self.port;
        for chunk in self.work.chunks_mut(self.lane.batch()) {
            let mut env = Env {
                state: &self.state,
                now: self.now,
                random: &mut self.random,
                caches: &mut self.caches,
                events: &mut self.events,
                around: Around::alone(),
            };
            let begin = tsc();
            self.lane.run(&mut env, port, chunk.iter_mut().map(|frame| &mut frame[..]));
            cycles += tsc() - begin;
        }
        cycles
    }

    fn turn(&mut self) {
        const VECTORS: u64 = 40;
        let cycles: u64 = (0..VECTORS).map(|_| self.vector()).sum();
        self.turns.push(cycles as f64 / (VECTORS * VECTOR as u64) as f64);
    }

    fn report(&mut self) {
        self.turns.sort_by(f64::total_cmp);
        println!("{:16} {:8.1} {:8.1}", self.name, self.turns[self.turns.len() / 2], self.turns[0]);
    }
}

fn tsc() -> u64 {
    // SAFETY: reads a counter that every machine with long mode has.
    unsafe { core::arch::x86_64::_rdtsc() }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let chosen = |scenario: &&Scenario| wanted.is_empty() || wanted.iter().any(|name| name == scenario.name);
    let mut runners: Vec<Runner> = SCENARIOS.iter().filter(chosen).map(Runner::new).collect();
    for _ in 0..61 {
        runners.iter_mut().for_each(Runner::turn);
    }
    println!("{:16} {:>8} {:>8}  cycles a packet", "", "median", "best");
    runners.iter_mut().for_each(Runner::report);
}
