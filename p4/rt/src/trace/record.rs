//! The observer that writes a trace down.

use super::{MOST_STEPS, Seen, Step, Trace};
use crate::bits;
use crate::events::DropReason;
use crate::interp::Observer;
use crate::layout::Place;
use crate::packet::Packet;
use crate::state::State;
use crate::table::Match;
use front::Span;
use front::ir::{
    Code, HashAlgorithm, HeaderId, MatchKind, Op, Operand, Rvalue, SlotId, SlotKind, TableId, Terminator,
};
use num_bigint::BigUint;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Shared with who asked: the engine that owns the observer is in a box.
pub(super) type Record = Arc<Mutex<Trace>>;

pub(super) fn take(record: &Record) -> Trace {
    std::mem::take(&mut *record.lock().unwrap_or_else(PoisonError::into_inner))
}

#[derive(Debug)]
pub(super) struct Recorder {
    state: Arc<State>,
    record: Record,
    /// The header that a field belongs to.
    owners: HashMap<SlotId, HeaderId>,
    span: Span,
    /// What the running operation's slot held before.
    before: BigUint,
    extracting: bool,
    /// The last assignment that meant drop.
    drop_at: Option<Span>,
    chosen: bool,
}

/// The slot that an operation writes.
fn written(state: &State, op: &Op) -> Option<SlotId> {
    match op {
        Op::Set { dst, .. }
        | Op::Lookahead { dst }
        | Op::ExecuteMeter { dst, .. }
        | Op::ReadDirectMeter { dst, .. }
        | Op::ReadRegister { dst, .. }
        | Op::Random { dst, .. }
        | Op::Hash { dst, .. }
        | Op::UpdateChecksum { dst, .. }
        | Op::Checksum16 { dst, .. } => Some(*dst),
        Op::VerifyChecksum { .. } => Some(state.program.standard.checksum_error),
        _ => None,
    }
}

impl Recorder {
    pub(super) fn new(state: &Arc<State>) -> (Recorder, Record) {
        let record = Record::default();
        let mut owners = HashMap::new();
        for (at, header) in state.program.headers.iter().enumerate() {
            owners.extend(header.fields.iter().map(|field| (field.slot, HeaderId(at as u32))));
        }
        let recorder = Recorder {
            state: Arc::clone(state),
            record: Arc::clone(&record),
            owners,
            span: Span::default(),
            before: BigUint::default(),
            extracting: false,
            drop_at: None,
            chosen: false,
        };
        (recorder, record)
    }

    fn say(&self, span: Option<Span>, seen: Seen) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.steps.len() < MOST_STEPS {
            record.steps.push(Step { span, seen });
        } else {
            record.cut = true;
        }
    }

    fn here(&self, seen: Seen) {
        self.say(Some(self.span), seen);
    }

    fn place(&self, slot: SlotId) -> Place {
        self.state.layout.slot(slot)
    }

    fn value(&self, packet: &Packet, slot: SlotId) -> BigUint {
        bits::big(packet.limbs(&self.state.layout, self.place(slot)))
    }

    fn operand(&self, packet: &Packet, operand: Operand) -> BigUint {
        bits::big(packet.limbs(&self.state.layout, self.state.layout.operand(operand)))
    }

    fn index(&self, packet: &Packet, operand: Operand) -> u64 {
        packet.index(&self.state.layout, self.state.layout.operand(operand))
    }

    fn is_there(&self, packet: &Packet, header: HeaderId) -> bool {
        packet.word(self.place(self.state.program.headers[header.index()].valid)) != 0
    }

    /// Fields, metadata, and variables that have a name of their own.
    fn is_visible(&self, slot: SlotId) -> bool {
        let slot = self.state.program.slot(slot);
        match slot.kind {
            SlotKind::Field | SlotKind::Metadata | SlotKind::Standard => true,
            SlotKind::Local => !slot.name.is_empty() && !slot.name.contains(['$', '%']),
            SlotKind::State | SlotKind::Param | SlotKind::Key => false,
        }
    }

    fn assigned(&mut self, op: &Op, slot: SlotId, packet: &Packet) {
        let after = self.value(packet, slot);
        if slot == self.state.program.standard.egress_spec {
            self.chosen = true;
            let means_drop = after == BigUint::from(self.state.drop_port);
            self.drop_at = means_drop.then_some(self.span);
        }
        if after != self.before && self.is_visible(slot) {
            let before = std::mem::take(&mut self.before);
            return self.here(Seen::Set { slot, before, after });
        }
        // Only a guarded write can come to nothing; what lowering copies is guarded by the header's validity.
        if let (Op::Set { value: Rvalue::Select { .. }, .. }, Some(header)) = (op, self.owners.get(&slot))
            && !self.is_there(packet, *header)
        {
            self.here(Seen::NotThere { slot });
        }
    }

    fn extracted(&self, header: HeaderId, packet: &Packet) {
        let of = &self.state.program.headers[header.index()];
        let varbit = of.fields.iter().find_map(|field| field.length);
        let more = varbit.map_or(0, |slot| packet.word(self.place(slot)) as usize);
        let values = of.fields.iter().map(|field| self.value(packet, field.slot)).collect();
        self.here(Seen::Extracted { header, bits: of.fixed_bits as usize + more, values });
    }

    fn asked(&self, op: &Op, packet: &Packet) {
        let seen = match op {
            Op::Count { counter, index } => {
                Seen::Counted { counter: *counter, index: self.index(packet, *index) }
            }
            Op::ExecuteMeter { meter, index, dst } => Seen::Metered {
                meter: *meter,
                index: self.index(packet, *index),
                colour: packet.word(self.place(*dst)),
            },
            Op::ReadDirectMeter { meter, dst } => {
                Seen::DirectMeter { meter: *meter, colour: packet.word(self.place(*dst)) }
            }
            Op::ReadRegister { register, index, dst } => Seen::Read {
                register: *register,
                index: self.index(packet, *index),
                value: self.value(packet, *dst),
            },
            Op::WriteRegister { register, index, value } => Seen::Written {
                register: *register,
                index: self.index(packet, *index),
                value: self.operand(packet, *value),
            },
            Op::Emit(header) if self.is_there(packet, *header) => Seen::Emitted { header: *header },
            Op::Digest { digest, values, .. } => {
                let values = values.iter().map(|value| self.operand(packet, *value)).collect();
                Seen::Digest { digest: *digest, values }
            }
            Op::Clone { egress, session, .. } => {
                Seen::Clone { egress: *egress, session: self.index(packet, *session) }
            }
            Op::Resubmit { .. } => Seen::Resubmit,
            Op::Recirculate { .. } => Seen::Recirculate,
            Op::Truncate { bytes } => Seen::Truncate(self.index(packet, *bytes)),
            Op::Verdict { .. } => Seen::Verdict(packet.why),
            Op::Log { .. } => Seen::Logged(String::new()),
            Op::Assert { cond, assume, .. } if self.index(packet, *cond) == 0 => {
                Seen::Failed { assume: *assume, text: String::new() }
            }
            _ => return,
        };
        self.here(seen);
    }
}

/// Whether an operation has another result each time.
fn draws(op: &Op) -> bool {
    matches!(op, Op::Random { .. } | Op::Hash { algorithm: HashAlgorithm::Random, .. })
}

impl Observer for Recorder {
    const OPS: bool = true;

    fn enter(&mut self, code: &Code, packet: &Packet) {
        let program = &self.state.program;
        if std::ptr::eq(code, &program.parser) {
            (self.drop_at, self.chosen) = (None, false);
        }
        let behind = [&program.egress, &program.compute, &program.deparser];
        let port = behind.iter().any(|behind| std::ptr::eq(code, *behind));
        let port = port.then(|| packet.word(self.place(program.standard.egress_port)) as u16);
        self.say(None, Seen::Code { name: code.name.clone(), instance: packet.instance, port });
        if std::ptr::eq(code, &program.egress) {
            self.drop_at = None;
        }
    }

    fn label(&mut self, label: &str) {
        self.say(None, Seen::Label(label.to_owned()));
    }

    fn op(&mut self, op: &Op, span: Span, packet: &Packet) {
        self.span = span;
        self.extracting = matches!(op, Op::Extract { .. });
        if let Some(slot) = written(&self.state, op) {
            self.before = self.value(packet, slot);
        }
    }

    fn done(&mut self, op: &Op, packet: &Packet) {
        if let Op::Extract { header, .. } = op {
            self.extracted(*header, packet);
        }
        if draws(op) {
            self.record.lock().unwrap_or_else(PoisonError::into_inner).random = true;
        }
        self.asked(op, packet);
        if let Some(slot) = written(&self.state, op) {
            self.assigned(op, slot, packet);
        }
    }

    fn turn(&mut self, terminator: &Terminator, span: Span, packet: &Packet) {
        self.span = span;
        if let Terminator::Branch { cond, .. } = terminator {
            self.here(Seen::Branch(self.index(packet, *cond) != 0));
        }
    }

    fn table(&mut self, table: TableId, found: &Match, action: u32, packet: &Packet) {
        let of = &self.state.program.tables[table.index()];
        let keys = of.keys.iter().filter(|key| key.kind != MatchKind::Selector);
        let keys = keys.map(|key| self.value(packet, key.slot)).collect();
        let params = of.actions.get(action as usize).map_or(&[][..], |action| &action.params);
        let args = params.iter().map(|slot| self.value(packet, *slot)).collect();
        self.here(Seen::Applied {
            table,
            keys,
            hit: found.hit,
            entry: found.entry,
            target: found.target,
            action,
            args,
        });
    }

    fn header(&mut self, header: HeaderId, valid: bool, _: &Packet) {
        if !self.extracting {
            self.here(Seen::Valid { header, valid });
        }
    }

    fn parser_error(&mut self, error: u64) {
        self.here(Seen::ParserError(error));
    }

    fn dropped(&mut self, packet: &Packet, reason: DropReason) {
        let by_program = matches!(reason, DropReason::Ingress | DropReason::Egress);
        let why = packet.why;
        self.say(self.drop_at.filter(|_| by_program), Seen::Dropped { reason, why });
    }

    fn sent(&mut self, packet: &Packet, port: u16) {
        let (bytes, chosen, why) = (packet.out.len(), self.chosen, packet.why);
        self.say(None, Seen::Sent { port, bytes, chosen, why });
    }
}
