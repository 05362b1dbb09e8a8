//! What each operation reads and writes, in slots.

use front::ir::{Datum, HeaderId, Op, Operand, Program, Rvalue, SlotId, Terminator};

/// The slots that an operation reads and writes. A write that may not happen is a read too.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Effects {
    pub reads: Vec<SlotId>,
    pub writes: Vec<SlotId>,
}

impl Effects {
    fn read(&mut self, operand: Operand) {
        if let Operand::Slot(slot) = operand {
            self.reads.push(slot);
        }
    }

    fn data(&mut self, data: &[Datum]) {
        for datum in data {
            self.read(datum.value);
            self.reads.extend(datum.valid);
            self.reads.extend(datum.length);
        }
    }
}

/// Every slot of a header: validity, fields, the length of a varbit field.
pub fn header_slots(program: &Program, header: HeaderId) -> impl Iterator<Item = SlotId> + '_ {
    let header = &program.headers[header.index()];
    let fields = header.fields.iter().flat_map(|field| std::iter::once(field.slot).chain(field.length));
    std::iter::once(header.valid).chain(fields)
}

pub fn of_rvalue(value: &Rvalue) -> Vec<SlotId> {
    let mut effects = Effects::default();
    match value {
        Rvalue::Use(a) | Rvalue::Not(a) | Rvalue::Neg(a) => effects.read(*a),
        Rvalue::Binary(_, a, b) | Rvalue::Compare(_, a, b) | Rvalue::Concat(a, b) => {
            effects.read(*a);
            effects.read(*b);
        }
        Rvalue::Slice { of, .. } | Rvalue::Resize { of, .. } => effects.read(*of),
        Rvalue::Insert { into, value, .. } => {
            effects.read(*into);
            effects.read(*value);
        }
        Rvalue::Select { cond, then, other } => {
            [cond, then, other].into_iter().for_each(|a| effects.read(*a))
        }
        Rvalue::PacketLength => {}
        Rvalue::Switch { args, .. } => args.iter().for_each(|a| effects.read(*a)),
        Rvalue::ValueSet { keys, .. } => keys.iter().for_each(|a| effects.read(*a)),
    }
    effects.reads
}

pub fn of_op(program: &Program, op: &Op) -> Effects {
    let mut e = Effects::default();
    match op {
        Op::Set { dst, value } => {
            e.reads = of_rvalue(value);
            e.writes.push(*dst);
        }
        Op::SetValid(header) => {
            e.reads.extend(header_slots(program, *header));
            e.writes.extend(header_slots(program, *header));
            others(program, *header, &mut e);
        }
        Op::SetInvalid(header) => e.writes.extend(header_slots(program, *header)),
        Op::Extract { header, varbit } => {
            varbit.iter().for_each(|a| e.read(*a));
            e.writes.extend(header_slots(program, *header));
            others(program, *header, &mut e);
        }
        Op::Lookahead { dst } => e.writes.push(*dst),
        Op::Advance { bits } => e.read(*bits),
        Op::Step | Op::AtomicBegin | Op::AtomicEnd => {}
        Op::Emit(header) => e.reads.extend(header_slots(program, *header)),
        Op::Count { index, .. } => e.read(*index),
        Op::ExecuteMeter { index, dst, .. } | Op::ReadRegister { index, dst, .. } => {
            e.read(*index);
            // Out of range, what stands there stays.
            e.reads.push(*dst);
            e.writes.push(*dst);
        }
        Op::ReadDirectMeter { dst, .. } => {
            e.reads.push(*dst);
            e.writes.push(*dst);
        }
        Op::WriteRegister { index, value, .. } => {
            e.read(*index);
            e.read(*value);
        }
        Op::Random { dst, lo, hi } => {
            e.read(*lo);
            e.read(*hi);
            e.writes.push(*dst);
        }
        Op::Hash { dst, base, data, max, .. } => {
            e.read(*base);
            e.read(*max);
            e.data(data);
            e.writes.push(*dst);
        }
        Op::VerifyChecksum { cond, data, sum, .. } => {
            e.read(*cond);
            e.read(*sum);
            e.data(data);
            e.reads.push(program.standard.checksum_error);
            e.writes.push(program.standard.checksum_error);
        }
        Op::UpdateChecksum { cond, data, dst, .. } => {
            e.read(*cond);
            e.data(data);
            e.reads.push(*dst);
            e.writes.push(*dst);
        }
        Op::Checksum16 { dst, data } => {
            e.data(data);
            e.writes.push(*dst);
        }
        Op::Digest { receiver, values, .. } => {
            e.read(*receiver);
            values.iter().for_each(|a| e.read(*a));
        }
        Op::Clone { session, .. } => e.read(*session),
        Op::Resubmit { .. } | Op::Recirculate { .. } => {}
        Op::Truncate { bytes } => e.read(*bytes),
        Op::Verdict { why, argument, .. } => {
            e.read(*why);
            e.read(*argument);
        }
        Op::Assert { cond, .. } => e.read(*cond),
        Op::Log { args, .. } => args.iter().for_each(|a| e.read(*a)),
    }
    e
}

/// Making a member of a union valid clears the others.
fn others(program: &Program, header: HeaderId, e: &mut Effects) {
    for other in &program.headers[header.index()].union_others {
        e.writes.extend(header_slots(program, *other));
    }
}

/// An Apply reads the table's keys and writes `hit` and every action's parameters.
pub fn of_terminator(program: &Program, terminator: &Terminator) -> Effects {
    let mut e = Effects::default();
    match terminator {
        Terminator::Goto(_) | Terminator::End => {}
        Terminator::Branch { cond, .. } => e.read(*cond),
        Terminator::Switch { on, .. } => e.read(*on),
        Terminator::Apply { table, hit, .. } => {
            let table = &program.tables[table.index()];
            e.reads.extend(table.keys.iter().map(|key| key.slot));
            e.writes.extend(*hit);
            e.writes.extend(table.actions.iter().flat_map(|action| action.params.iter().copied()));
        }
        Terminator::Reject { error } => e.read(*error),
    }
    e
}
