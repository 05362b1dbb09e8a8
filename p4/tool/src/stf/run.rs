//! Runs a test against a device.

use super::compare::{Arrival, Failure, Ports};
use super::parts::Handles;
use super::resolve::{self, Mismatch};
use super::script::*;
use front::ir::{CounterId, Program, RegisterId, TableId};
use jit::JitEngine;
use num_bigint::BigUint;
use rt::interp::Interpreter;
use rt::{
    CloneSession, ControlError, CounterValue, Device, DeviceError, DropReason, EntryId, Event, MulticastNode,
    NewEntry, Options, Target,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use thiserror::Error;

/// Nanoseconds between two packets of a test.
const BETWEEN_PACKETS: u64 = 1_000;
/// How long a `wait` takes.
const WAIT: u64 = 1_000_000;
/// Cells of a counter or register that are compared between two runs.
pub(super) const MOST_COMPARED: u64 = 1 << 12;
/// Packets of the longest vector.
const LONG_VECTOR: usize = 256;

/// Why a test could not be run to its end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RunError {
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error("no machine code: {0}")]
    Code(String),
    #[error("{line}: {mismatch}")]
    Line { line: usize, mismatch: Mismatch },
}

/// What a test led to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub failures: Vec<Failure>,
    /// What `..._read` and `..._get` lines ask for and what the program logs: with its line.
    pub notes: Vec<(usize, String)>,
    pub packets: usize,
    pub expectations: usize,
}

/// What is compared between runs of the same test.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    frames: BTreeMap<u16, Vec<Vec<u8>>>,
    /// Objects with their cells.
    state: Vec<(String, Vec<BigUint>)>,
}

/// What executes the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// Machine code.
    Jit,
    /// The interpreter: the oracle.
    Interp,
    /// Both, which must agree.
    Both,
}

impl Engine {
    pub fn word(self) -> &'static str {
        match self {
            Engine::Jit => "jit",
            Engine::Interp => "interp",
            Engine::Both => "both",
        }
    }
}

/// How a test is run.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// As machine code.
    compiled: bool,
    /// Packets of a vector.
    vector: usize,
    /// A packet goes in when everything that came of the one before is out.
    one_by_one: bool,
}

/// Runs the test, and then again in other ways that must not differ: on the other engine, optimised or not, and, where packets
/// go in together, in vectors of any length. (Together is not one by one: what is recirculated comes after packets that wait.)
pub fn run(script: &Script, program: Program, engine: Engine) -> Result<Outcome, RunError> {
    let mut optimised = program.clone();
    front::optimise(&mut optimised);
    let (program, optimised) = (Arc::new(program), Arc::new(optimised));
    let one_by_one = Way { compiled: engine == Engine::Jit, vector: 1, one_by_one: true };
    let (mut outcome, lowered) = run_once(script, &program, one_by_one)?;
    let (_, quick) = run_once(script, &optimised, one_by_one)?;
    outcome.failures.extend(difference(&lowered, &quick, "optimised as not optimised"));
    if engine == Engine::Both {
        let (_, compiled) = run_once(script, &optimised, Way { compiled: true, ..one_by_one })?;
        outcome.failures.extend(difference(&lowered, &compiled, "compiled as interpreted"));
    }
    let together = Way { one_by_one: false, ..one_by_one };
    let (_, short) = run_once(script, &optimised, together)?;
    let long = Way { vector: LONG_VECTOR, compiled: engine != Engine::Interp, ..together };
    let (_, long) = run_once(script, &optimised, long)?;
    outcome.failures.extend(difference(&short, &long, "in long vectors as in short ones"));
    Ok(outcome)
}

/// Packets with the ports that they come in by.
pub type Frames = Vec<(u16, Vec<u8>)>;

/// A device with everything in its tables that a test puts there, and the packets that the test sends: for measurements.
pub fn set_up(script: &Script, program: Program) -> Result<(Device, Frames), RunError> {
    let mut device = Device::new(Arc::new(program), Options::default())?;
    let mut frames = vec![];
    let mut runner = Runner::new(script, &mut device, true);
    for line in &script.lines {
        match &line.command {
            Command::Packet { port, data } => frames.push((*port, data.clone())),
            Command::Expect { .. } | Command::CheckCounter(_) => {}
            command => {
                runner.line(command).map_err(|mismatch| RunError::Line { line: line.number, mismatch })?
            }
        }
    }
    Ok((device, frames))
}

fn run_once(script: &Script, program: &Arc<Program>, way: Way) -> Result<(Outcome, Trace), RunError> {
    let options = Options { vector: way.vector, ..Options::default() };
    let program = Arc::clone(program);
    let mut refused = None;
    let mut device = Device::with_engine(program, options, |state| {
        if !way.compiled {
            return Box::new(Interpreter::new(()));
        }
        JitEngine::new(state).map_or_else(
            |error| {
                refused = Some(error);
                Box::new(Interpreter::new(())) as Box<dyn rt::engine::Engine>
            },
            |engine| Box::new(engine) as Box<dyn rt::engine::Engine>,
        )
    })?;
    match refused {
        Some(error) => Err(RunError::Code(error.to_string())),
        None => Runner::new(script, &mut device, way.one_by_one).run(),
    }
}

fn difference(one: &Trace, other: &Trace, ways: &str) -> Option<Failure> {
    let failure = |port, what: String| {
        Some(Failure { line: 0, port, expected: format!("{what} {ways}"), got: "another".to_owned() })
    };
    let mut ports = one.frames.keys().chain(other.frames.keys());
    if let Some(port) = ports.find(|port| one.frames.get(port) != other.frames.get(port)) {
        return failure(Some(*port), "the same packets".to_owned());
    }
    let object = one.state.iter().zip(&other.state).find(|(one, other)| one != other);
    object.and_then(|((name, _), _)| failure(None, format!("the same state of {name}")))
}

#[derive(Debug)]
pub(super) struct Runner<'a> {
    script: &'a Script,
    pub(super) device: &'a mut Device,
    /// Else packets wait until something else is asked for.
    one_by_one: bool,
    now: u64,
    pub(super) line: usize,
    last_packet: usize,
    ports: Ports<'a>,
    pub(super) outcome: Outcome,
    entries: HashMap<String, (TableId, EntryId)>,
    nodes: Vec<MulticastNode>,
    groups: BTreeMap<u16, Vec<usize>>,
    pub(super) next_member: u32,
    /// By profile.
    pub(super) handles: HashMap<u32, Handles>,
}

pub(super) type Done = Result<(), Mismatch>;

impl<'a> Runner<'a> {
    fn new(script: &'a Script, device: &'a mut Device, one_by_one: bool) -> Runner<'a> {
        let ports = Ports::of(script);
        let outcome = Outcome { expectations: ports.expectations(), ..Outcome::default() };
        Runner {
            script,
            device,
            one_by_one,
            now: 0,
            line: 0,
            last_packet: 0,
            ports,
            outcome,
            entries: HashMap::new(),
            nodes: vec![],
            groups: BTreeMap::new(),
            next_member: 0,
            handles: HashMap::new(),
        }
    }

    fn run(mut self) -> Result<(Outcome, Trace), RunError> {
        let script = self.script;
        for line in &script.lines {
            self.line = line.number;
            self.line(&line.command).map_err(|mismatch| RunError::Line { line: line.number, mismatch })?;
        }
        self.flush();
        self.ports.settle(&mut self.outcome.failures);
        let frames = self.ports.arrivals().iter();
        let frames = frames.map(|(port, came)| (*port, came.iter().map(|a| a.frame.clone()).collect()));
        let trace = Trace { frames: frames.collect(), state: self.state() };
        Ok((self.outcome, trace))
    }

    fn flush(&mut self) {
        for output in self.device.run() {
            self.ports.arrive(output.port, Arrival { frame: output.frame, line: self.last_packet });
        }
        for event in self.device.events() {
            self.event(event);
        }
    }

    fn event(&mut self, event: Event) {
        let line = self.last_packet;
        match event {
            Event::Log { text } => self.outcome.notes.push((line, format!("log: {text}"))),
            Event::Assertion { assume: true, text } => {
                self.outcome.notes.push((line, format!("assumption does not hold: {text}")));
            }
            Event::Assertion { assume: false, text } => {
                let (expected, got) = (format!("assert({text}) to hold"), "false".to_owned());
                self.outcome.failures.push(Failure { line, port: None, expected, got });
            }
            Event::Drop { reason, .. } if bounded(reason) => {
                self.outcome.notes.push((line, format!("dropped: {}", reason.word())));
            }
            Event::Drop { .. } | Event::Digest { .. } => {}
        }
    }

    fn line(&mut self, command: &Command) -> Done {
        match command {
            Command::Packet { port, data } => {
                self.packet(*port, data);
                return Ok(());
            }
            Command::Expect { .. } => return Ok(()),
            _ => self.flush(),
        }
        match command {
            Command::Packet { .. } | Command::Expect { .. } => Ok(()),
            Command::NoPacket => {
                self.ports.nothing_more(self.line, &mut self.outcome.failures);
                self.outcome.expectations += 1;
                Ok(())
            }
            Command::Wait => {
                self.now += WAIT;
                self.device.set_time(self.now);
                Ok(())
            }
            Command::Add(_) | Command::SetDefault { .. } | Command::RemoveAll | Command::Remove(_) => {
                self.tables(command)
            }
            Command::CheckCounter(check) => self.check_counter(check),
            Command::MirroringAdd { .. }
            | Command::MirroringAddMulticast { .. }
            | Command::MirroringDelete { .. }
            | Command::MirroringGet { .. } => self.sessions(command),
            Command::MulticastGroup { .. }
            | Command::MulticastNode { .. }
            | Command::MulticastNodeUpdate { .. }
            | Command::MulticastAssociate { .. } => self.multicast(command),
            Command::ValueSetAdd { .. } | Command::ValueSetRemove { .. } | Command::ValueSetClear { .. } => {
                self.value_sets(command)
            }
            Command::ProfileMember { .. }
            | Command::ProfileGroup { .. }
            | Command::ProfileAssociate { .. } => self.profiles(command),
            Command::CounterRead { .. } | Command::CounterWrite { .. } => self.counters(command),
            Command::RegisterRead { .. } | Command::RegisterWrite { .. } | Command::RegisterReset { .. } => {
                self.registers(command)
            }
            Command::MeterGetRates { .. }
            | Command::MeterSetRates { .. }
            | Command::MeterArraySetRates { .. } => self.meters(command),
        }
    }

    pub(super) fn note(&mut self, text: String) {
        self.outcome.notes.push((self.line, text));
    }

    fn packet(&mut self, port: u16, data: &[u8]) {
        self.outcome.packets += 1;
        self.now += BETWEEN_PACKETS;
        self.device.set_time(self.now);
        self.last_packet = self.line;
        self.device.inject(port, data);
        if self.one_by_one {
            self.flush();
        }
    }

    fn tables(&mut self, command: &Command) -> Done {
        match command {
            Command::Add(add) => self.add(add)?,
            Command::SetDefault { table, action } => {
                let control = self.device.control();
                let table = control.names().table(table)?;
                let call = resolve::call(control.names(), table, action)?;
                control.set_default(table, &call)?;
            }
            Command::RemoveAll => {
                let tables = self.device.control().program().tables.len();
                for table in 0..tables {
                    match self.device.control().clear(TableId(table as u32)) {
                        Ok(_) | Err(ControlError::ConstTable { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                self.entries.clear();
                self.drop_own_members()?;
            }
            Command::Remove(id) => {
                let (table, entry) = self.entry_named(id)?;
                self.device.control().delete(table, entry)?;
                self.entries.remove(id);
                self.drop_own_members()?;
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, add: &Add) -> Done {
        let control = self.device.control();
        let (table, keys) = resolve::entry(control.names(), add)?;
        let target = match control.program().tables[table.index()].profile {
            None => Target::Action(resolve::call(control.names(), table, &add.action)?),
            Some(profile) => self.part(table, profile, &add.action)?,
        };
        let control = self.device.control();
        let id = control.insert(table, &NewEntry::new(keys, add.priority.unwrap_or(0), target))?;
        if let Some(name) = &add.id {
            self.entries.insert(name.clone(), (table, id));
        }
        Ok(())
    }

    pub(super) fn entry_named(&self, id: &str) -> Result<(TableId, EntryId), Mismatch> {
        self.entries.get(id).copied().ok_or_else(|| Mismatch::NoSuchEntry(id.to_owned()))
    }

    /// The entry of a table by its age.
    pub(super) fn entry_at(&mut self, table: TableId, index: u64) -> Result<EntryId, Mismatch> {
        let mut ids: Vec<_> = self.device.control().entries(table)?.iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        let found = usize::try_from(index).ok().and_then(|index| ids.get(index));
        found.copied().ok_or_else(|| {
            let table = self.device.control().program().tables[table.index()].name.clone();
            Mismatch::NoEntryAt { table, index, count: ids.len() }
        })
    }

    fn sessions(&mut self, command: &Command) -> Done {
        let control = self.device.control();
        match command {
            Command::MirroringAdd { session, port } => {
                let to = control.session(*session).unwrap_or_default();
                control.set_session(*session, CloneSession { port: Some(*port), ..to })?;
            }
            Command::MirroringAddMulticast { session, group } => {
                let to = control.session(*session).unwrap_or_default();
                control.set_session(*session, CloneSession { group: Some(*group), ..to })?;
            }
            Command::MirroringDelete { session } => control.delete_session(*session)?,
            Command::MirroringGet { session } => {
                let to = control.session(*session).ok_or(Mismatch::NoSuchSession(*session))?;
                let or_none = |value: Option<u16>| value.map_or("none".to_owned(), |value| value.to_string());
                let (port, group) = (or_none(to.port), or_none(to.group));
                self.note(format!("clone session {session}: port {port}, group {group}"));
            }
            _ => {}
        }
        Ok(())
    }

    fn multicast(&mut self, command: &Command) -> Done {
        let node_index = |node: u32, count: usize| {
            usize::try_from(node).ok().filter(|at| *at < count).ok_or(Mismatch::NoSuchNode(node))
        };
        match command {
            Command::MulticastGroup { group } => {
                self.groups.insert(*group, vec![]);
            }
            Command::MulticastNode { rid, ports } => {
                self.nodes.push(MulticastNode { rid: *rid, ports: ports.clone() });
            }
            Command::MulticastNodeUpdate { node, ports } => {
                let at = node_index(*node, self.nodes.len())?;
                self.nodes[at].ports.clone_from(ports);
            }
            Command::MulticastAssociate { group, node } => {
                let at = node_index(*node, self.nodes.len())?;
                let nodes = self.groups.get_mut(group).ok_or(ControlError::NoSuchGroup { group: *group })?;
                nodes.push(at);
            }
            _ => {}
        }
        for (group, members) in &self.groups {
            let nodes: Vec<_> = members.iter().map(|at| self.nodes[*at].clone()).collect();
            self.device.control().set_group(*group, &nodes)?;
        }
        Ok(())
    }

    /// Counters and registers, so that two runs can be compared.
    fn state(&mut self) -> Vec<(String, Vec<BigUint>)> {
        let control = self.device.control();
        let program = Arc::clone(control.program());
        let mut state = vec![];
        for (at, register) in program.registers.iter().enumerate() {
            let cell = |index| control.register(RegisterId(at as u32), index).unwrap_or_default();
            let cells = (0..register.size.min(MOST_COMPARED)).map(cell).collect();
            state.push((format!("register {}", register.name), cells));
        }
        for (at, counter) in program.counters.iter().enumerate() {
            let cell = |index| control.counter(CounterId(at as u32), index).unwrap_or_default();
            let both = |value: CounterValue| [value.packets.into(), value.bytes.into()];
            let cells = (0..counter.size.min(MOST_COMPARED)).flat_map(|index| both(cell(index))).collect();
            state.push((format!("counter {}", counter.name), cells));
        }
        state
    }
}

/// A drop that the program did not ask for.
fn bounded(reason: DropReason) -> bool {
    matches!(
        reason,
        DropReason::PassLimit | DropReason::QueueFull | DropReason::StepLimit | DropReason::TooLong
    )
}
