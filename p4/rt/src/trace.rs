//! One packet on its way, step by step. It changes nothing that others see: tables, registers and meters are read, and what
//! the packet would write is kept aside until its end.

mod record;

use crate::around::Around;
use crate::device::{Options, Output, Pipe};
use crate::events::{DropReason, Event};
use crate::interp::Interpreter;
use crate::packet::{Instance, Why};
use crate::state::State;
use crate::table::RowTarget;
use front::Span;
use front::ir::{CounterId, DigestId, DirectMeterId, HeaderId, MeterId, RegisterId, SlotId, TableId};
use num_bigint::BigUint;
use std::sync::Arc;

/// Steps that are kept of one packet: it may go round for long.
pub const MOST_STEPS: usize = 4096;

/// Numbers are those of the program of the state that was traced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A parser or control begins, by its name: the packet as it came, or what it has become. Of a control behind ingress also
    /// the port that the packet is to leave by.
    Code {
        name: String,
        instance: Instance,
        port: Option<u16>,
    },
    /// `state parse_ipv4`, `action ingress.drop`
    Label(String),
    /// Values parallel to the header's fields, and how many bits it had.
    Extracted {
        header: HeaderId,
        bits: usize,
        values: Vec<BigUint>,
    },
    /// By its number among the program's errors.
    ParserError(u64),
    /// Keys parallel to the table's but without those of kind selector. Entry 0 is none (of a hit:
    /// the switch's own tables had it); arguments are those that the action got.
    Applied {
        table: TableId,
        keys: Vec<BigUint>,
        hit: bool,
        entry: u64,
        target: RowTarget,
        action: u32,
        args: Vec<BigUint>,
    },
    /// A condition, and whether it held.
    Branch(bool),
    Set {
        slot: SlotId,
        before: BigUint,
        after: BigUint,
    },
    /// A field of a header that is not there was assigned, which does nothing.
    NotThere {
        slot: SlotId,
    },
    Valid {
        header: HeaderId,
        valid: bool,
    },
    Emitted {
        header: HeaderId,
    },
    Read {
        register: RegisterId,
        index: u64,
        value: BigUint,
    },
    Written {
        register: RegisterId,
        index: u64,
        value: BigUint,
    },
    Counted {
        counter: CounterId,
        index: u64,
    },
    Metered {
        meter: MeterId,
        index: u64,
        colour: u64,
    },
    DirectMeter {
        meter: DirectMeterId,
        colour: u64,
    },
    Digest {
        digest: DigestId,
        values: Vec<BigUint>,
    },
    Clone {
        egress: bool,
        session: u64,
    },
    Resubmit,
    Recirculate,
    Truncate(u64),
    Logged(String),
    /// `assert` or `assume` with a false condition.
    Failed {
        assume: bool,
        text: String,
    },
    /// The reason for a punt or a drop, as the program says it.
    Verdict(Why),
    /// The step's span is that of the last assignment that made the port the one that means drop, where there was one.
    Dropped {
        reason: DropReason,
        why: Why,
    },
    /// `chosen`: `egress_spec` was assigned on the way.
    Sent {
        port: u16,
        bytes: usize,
        chosen: bool,
        why: Why,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where the program says so, if anywhere.
    pub span: Option<Span>,
    pub seen: Seen,
}

/// What became of a packet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    pub steps: Vec<Step>,
    /// There were more than [`MOST_STEPS`].
    pub cut: bool,
    /// A step drew random numbers.
    pub random: bool,
    pub outputs: Vec<Output>,
}

/// Takes a packet that came in by `port` through the program at `now`, in nanoseconds; random numbers come of `seed`.
pub fn trace(
    state: &Arc<State>,
    around: Around<'_>,
    (port, frame): (u16, &[u8]),
    now: u64,
    seed: u64,
) -> Trace {
    let (recorder, record) = record::Recorder::new(state);
    let options = Options { seed, ..Options::default() };
    let mut pipe = Pipe::new(Arc::clone(state), options, Box::new(Interpreter::aside(recorder)));
    pipe.set_time(now);
    pipe.inject(port, frame);
    let outputs = pipe.run(around);
    let (mut logs, mut assertions) = (Vec::new(), Vec::new());
    for event in pipe.events() {
        match event {
            Event::Log { text } => logs.push(text),
            Event::Assertion { text, .. } => assertions.push(text),
            _ => {}
        }
    }
    drop(pipe);
    let mut trace = record::take(&record);
    trace.outputs = outputs;
    // The interpreter tells texts as events, in the order of the steps that made them.
    let (mut logs, mut assertions) = (logs.into_iter(), assertions.into_iter());
    for step in &mut trace.steps {
        match &mut step.seen {
            Seen::Logged(text) => *text = logs.next().unwrap_or_default(),
            Seen::Failed { text, .. } => *text = assertions.next().unwrap_or_default(),
            _ => {}
        }
    }
    trace
}
