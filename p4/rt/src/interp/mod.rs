//! The interpreter of the flat code: what a program means, and what compiled code is compared with.

mod apply;
mod aside;
mod observe;
mod op;
mod parse;
mod value;

pub use apply::{Applied, apply, default_action, resolve};
pub use observe::Observer;

use crate::engine::{At, Engine};
use crate::events::DropReason;
use crate::layout::Layout;
use crate::packet::Packet;
use crate::state::{Env, State};
use crate::stream::BitWriter;
use crate::table::Match;
use front::ir::{Code, Op, Operand, Program, Terminator};

/// Buffers that are used again.
#[derive(Debug, Default)]
pub struct Scratch {
    limbs: Vec<u64>,
    key: Vec<u64>,
    /// Of the last lookup.
    pub found: Match,
    bytes: Vec<u8>,
    /// What a run that must change nothing would have changed.
    aside: Option<Box<aside::Aside>>,
    /// What the deparser has emitted.
    pub writer: BitWriter,
}

/// Runs packet by packet.
#[derive(Debug, Default)]
pub struct Interpreter<O = ()> {
    pub observer: O,
    scratch: Scratch,
}

impl<O: Observer> Interpreter<O> {
    pub fn new(observer: O) -> Interpreter<O> {
        Interpreter { observer, scratch: Scratch::default() }
    }

    /// One that reads what others share, and keeps to itself what it would write: for looking at one packet.
    pub fn aside(observer: O) -> Interpreter<O> {
        let scratch = Scratch { aside: Some(Box::default()), ..Scratch::default() };
        Interpreter { observer, scratch }
    }

    fn run<'r, 'e>(&'r mut self, env: &'r mut Env<'e>, packet: &'r mut Packet) -> Run<'r, 'e, O> {
        Run { env, packet, observer: &mut self.observer, scratch: &mut self.scratch, held: 0 }
    }

    fn controls(&mut self, env: &mut Env<'_>, packets: &mut [Packet], codes: [&Code; 2]) {
        for packet in packets {
            for code in codes {
                if packet.failed.is_none() {
                    self.run(env, packet).control(code);
                }
            }
        }
    }
}

static NOTHING: Code = Code { name: String::new(), blocks: Vec::new() };

impl<O: Observer> Engine for Interpreter<O> {
    fn batch(&self) -> usize {
        1
    }

    fn parse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        for packet in packets {
            let program = &env.state.program;
            self.run(env, packet).parser(&program.parser);
        }
    }

    fn enter(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        let program = &env.state.program;
        self.parse(env, packets);
        self.controls(env, packets, [&program.verify, &program.ingress]);
        packets.iter_mut().for_each(|packet| packet.at = At::AfterIngress);
    }

    fn egress(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        let program = &env.state.program;
        self.controls(env, packets, [&program.egress, &NOTHING]);
        packets.iter_mut().for_each(|packet| packet.at = At::AfterEgress);
    }

    fn deparse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        let program = &env.state.program;
        self.controls(env, packets, [&program.compute, &NOTHING]);
        for packet in packets {
            if packet.failed.is_none() {
                self.run(env, packet).deparser(&program.deparser);
            }
            packet.at = At::Out;
        }
    }

    fn dropped(&mut self, packet: &Packet, reason: DropReason) {
        self.observer.dropped(packet, reason);
    }

    fn sent(&mut self, packet: &Packet, port: u16) {
        self.observer.sent(packet, port);
    }
}

/// Begins the packet that [`Op::Emit`] adds to.
pub fn begin_deparser(packet: &mut Packet, scratch: &mut Scratch) {
    packet.out.clear();
    scratch.writer = BitWriter::over(std::mem::take(&mut packet.out));
}

/// The payload after what was emitted.
pub fn end_deparser(packet: &mut Packet, scratch: &mut Scratch) {
    let mut writer = std::mem::take(&mut scratch.writer);
    writer.put_bytes(&packet.bytes, packet.cursor);
    packet.out = writer.finish();
}

/// How code ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    End,
    /// With the number of an error.
    Error(u64),
    StepLimit,
}

/// How an operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Next,
    /// The parser ends with the named error.
    Fail(&'static str),
    /// A turn of a loop, to be counted.
    Step,
}

/// Runs one operation for code that does not do it itself. `held` counts the `@atomic` blocks that the packet is in; what is emitted
/// goes to the writer of `scratch`.
pub fn execute(
    env: &mut Env<'_>,
    packet: &mut Packet,
    scratch: &mut Scratch,
    held: &mut u32,
    op: &Op,
) -> Flow {
    let mut run = Run { env, packet, observer: &mut (), scratch, held: *held };
    let flow = run.op(op);
    *held = run.held;
    flow
}

/// One packet in one parser or control.
struct Run<'r, 'e, O> {
    env: &'r mut Env<'e>,
    packet: &'r mut Packet,
    observer: &'r mut O,
    scratch: &'r mut Scratch,
    /// Nested `@atomic` blocks.
    held: u32,
}

/// The number of an error of core.p4.
pub fn error_number(program: &Program, name: &str) -> u64 {
    program.errors.iter().position(|error| error == name).unwrap_or(0) as u64
}

impl<'e, O: Observer> Run<'_, 'e, O> {
    fn state(&self) -> &'e State {
        self.env.state
    }

    fn layout(&self) -> &'e Layout {
        &self.env.state.layout
    }

    fn program(&self) -> &'e Program {
        &self.env.state.program
    }

    fn word(&self, operand: Operand) -> u64 {
        self.packet.operand(self.layout(), self.layout().operand(operand))
    }

    fn parser(&mut self, code: &Code) {
        let error = match self.code(code) {
            Ended::End => return,
            Ended::Error(error) => error,
            Ended::StepLimit => error_number(self.program(), "ParserTimeout"),
        };
        let place = self.layout().slot(self.program().standard.parser_error);
        self.packet.set_word(place, error);
        self.observer.parser_error(error);
    }

    fn control(&mut self, code: &Code) {
        // A control has no parser operations; one that fails all the same drops the packet as a loop does.
        if self.code(code) != Ended::End {
            self.packet.failed = Some(DropReason::StepLimit);
        }
    }

    fn code(&mut self, code: &Code) -> Ended {
        if code.blocks.is_empty() {
            return Ended::End;
        }
        self.observer.enter(code, self.packet);
        let ended = self.blocks(code);
        if std::mem::take(&mut self.held) > 0 {
            self.state().gate.leave();
        }
        ended
    }

    fn blocks(&mut self, code: &Code) -> Ended {
        let mut steps = self.state().step_limit;
        // Every loop has a step; code that has not would pass a block twice between two steps.
        let mut fuel = code.blocks.len();
        let mut at = 0;
        while let Some(block) = code.blocks.get(at) {
            let Some(left) = fuel.checked_sub(1) else { return Ended::StepLimit };
            fuel = left;
            if let Some(label) = &block.label {
                self.observer.label(label);
            }
            for (index, op) in block.ops.iter().enumerate() {
                if O::OPS {
                    let span = block.spans.get(index).copied().unwrap_or_default();
                    self.observer.op(op, span, self.packet);
                }
                let flow = self.op(op);
                if O::OPS && !matches!(flow, Flow::Fail(_)) {
                    self.observer.done(op, self.packet);
                }
                match flow {
                    Flow::Next => {}
                    Flow::Fail(error) => return Ended::Error(error_number(self.program(), error)),
                    Flow::Step if steps == 0 => return Ended::StepLimit,
                    Flow::Step => {
                        steps -= 1;
                        fuel = code.blocks.len();
                    }
                }
            }
            if O::OPS {
                self.observer.turn(&block.terminator, block.terminator_span, self.packet);
            }
            at = match self.terminate(&block.terminator) {
                Ok(next) => next,
                Err(ended) => return ended,
            };
        }
        Ended::End
    }

    /// The next block.
    fn terminate(&mut self, terminator: &Terminator) -> Result<usize, Ended> {
        match terminator {
            Terminator::Goto(block) => Ok(block.index()),
            Terminator::Branch { cond, then, other } => {
                Ok(if self.word(*cond) != 0 { then.index() } else { other.index() })
            }
            Terminator::Switch { on, cases, default } => {
                let layout = self.layout();
                let value = self.packet.limbs(layout, layout.operand(*on));
                let is = |id: front::ir::ConstId| {
                    let case = self.packet.limbs(layout, layout.operand(Operand::Const(id)));
                    crate::bits::compare(value, case).is_eq()
                };
                let case = cases.iter().find(|(id, _)| is(*id));
                Ok(case.map_or(default.index(), |(_, block)| block.index()))
            }
            Terminator::Apply { table, hit, actions } => {
                let applied = apply(self.env, self.packet, self.scratch, *table);
                if let Some(hit) = hit {
                    let place = self.layout().slot(*hit);
                    self.packet.set_word(place, u64::from(applied.hit));
                }
                self.observer.table(*table, &self.scratch.found, applied.action, self.packet);
                actions.get(applied.action as usize).map(|block| block.index()).ok_or(Ended::End)
            }
            Terminator::Reject { error } => Err(Ended::Error(self.word(*error))),
            Terminator::End => Err(Ended::End),
        }
    }
}

impl<O> Run<'_, '_, O> {
    /// Runs an access to shared state; as one with others where the program has `@atomic` blocks.
    fn shared(&mut self, access: impl FnOnce(&State, &mut Packet, u64)) {
        let state = self.env.state;
        let gated = state.atomic && self.held == 0;
        if gated {
            state.gate.enter();
        }
        access(state, self.packet, self.env.now);
        if gated {
            state.gate.leave();
        }
    }
}
