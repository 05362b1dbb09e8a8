//! What operations read and write, where they go.

use crate::ir::{BlockId, Datum, HeaderId, Op, Operand, Program, Rvalue, SlotId, SlotKind, Terminator};

pub(super) fn successors(terminator: &Terminator) -> Vec<BlockId> {
    match terminator {
        Terminator::Goto(target) => vec![*target],
        Terminator::Branch { then, other, .. } => vec![*then, *other],
        Terminator::Switch { cases, default, .. } => {
            cases.iter().map(|(_, target)| *target).chain([*default]).collect()
        }
        Terminator::Apply { actions, .. } => actions.clone(),
        Terminator::Reject { .. } | Terminator::End => vec![],
    }
}

pub(super) fn each_target(terminator: &mut Terminator, mut with: impl FnMut(&mut BlockId)) {
    match terminator {
        Terminator::Goto(target) => with(target),
        Terminator::Branch { then, other, .. } => {
            with(then);
            with(other);
        }
        Terminator::Switch { cases, default, .. } => {
            cases.iter_mut().for_each(|(_, target)| with(target));
            with(default);
        }
        Terminator::Apply { actions, .. } => actions.iter_mut().for_each(with),
        Terminator::Reject { .. } | Terminator::End => {}
    }
}

/// Every operand of a value.
pub(super) fn rvalue_operands(value: &mut Rvalue, with: &mut dyn FnMut(&mut Operand)) {
    match value {
        Rvalue::Use(of) | Rvalue::Not(of) | Rvalue::Neg(of) => with(of),
        Rvalue::Slice { of, .. } | Rvalue::Resize { of, .. } => with(of),
        Rvalue::Binary(_, left, right) | Rvalue::Compare(_, left, right) | Rvalue::Concat(left, right) => {
            with(left);
            with(right);
        }
        Rvalue::Insert { into, value, .. } => {
            with(into);
            with(value);
        }
        Rvalue::Select { cond, then, other } => {
            with(cond);
            with(then);
            with(other);
        }
        Rvalue::PacketLength => {}
        Rvalue::Switch { args, .. } => args.iter_mut().for_each(with),
        Rvalue::ValueSet { keys, .. } => keys.iter_mut().for_each(with),
    }
}

fn datum_operands(data: &mut [Datum], with: &mut dyn FnMut(&mut Operand)) {
    data.iter_mut().for_each(|datum| with(&mut datum.value));
}

/// Every operand of an operation; not the slots that stand without one (`dst`, the validity and length of data).
pub(super) fn operands(op: &mut Op, with: &mut dyn FnMut(&mut Operand)) {
    match op {
        Op::Set { value, .. } => rvalue_operands(value, with),
        Op::Extract { varbit, .. } => varbit.iter_mut().for_each(with),
        Op::Advance { bits } => with(bits),
        Op::Count { index, .. } | Op::ExecuteMeter { index, .. } | Op::ReadRegister { index, .. } => {
            with(index);
        }
        Op::WriteRegister { index, value, .. } => {
            with(index);
            with(value);
        }
        Op::Random { lo, hi, .. } => {
            with(lo);
            with(hi);
        }
        Op::Hash { base, data, max, .. } => {
            with(base);
            datum_operands(data, with);
            with(max);
        }
        Op::VerifyChecksum { cond, data, sum, .. } => {
            with(cond);
            datum_operands(data, with);
            with(sum);
        }
        Op::UpdateChecksum { cond, data, .. } => {
            with(cond);
            datum_operands(data, with);
        }
        Op::Checksum16 { data, .. } => datum_operands(data, with),
        Op::Digest { receiver, values, .. } => {
            with(receiver);
            values.iter_mut().for_each(with);
        }
        Op::Clone { session, .. } => with(session),
        Op::Truncate { bytes } => with(bytes),
        Op::Verdict { why, argument, .. } => {
            with(why);
            with(argument);
        }
        Op::Assert { cond, .. } => with(cond),
        Op::Log { args, .. } => args.iter_mut().for_each(with),
        Op::SetValid(_)
        | Op::SetInvalid(_)
        | Op::Lookahead { .. }
        | Op::Step
        | Op::Emit(_)
        | Op::ReadDirectMeter { .. }
        | Op::Resubmit { .. }
        | Op::Recirculate { .. }
        | Op::AtomicBegin
        | Op::AtomicEnd => {}
    }
}

pub(super) fn terminator_operands(terminator: &mut Terminator, with: &mut dyn FnMut(&mut Operand)) {
    match terminator {
        Terminator::Branch { cond, .. } => with(cond),
        Terminator::Switch { on, .. } => with(on),
        Terminator::Reject { error } => with(error),
        Terminator::Goto(_) | Terminator::Apply { .. } | Terminator::End => {}
    }
}

pub(super) fn data_of(op: &Op) -> &[Datum] {
    match op {
        Op::Hash { data, .. }
        | Op::VerifyChecksum { data, .. }
        | Op::UpdateChecksum { data, .. }
        | Op::Checksum16 { data, .. } => data,
        _ => &[],
    }
}

fn header_slots(program: &Program, id: HeaderId, with: &mut dyn FnMut(SlotId)) {
    let Some(header) = program.headers.get(id.index()) else { return };
    with(header.valid);
    for field in &header.fields {
        with(field.slot);
        field.length.into_iter().for_each(&mut *with);
    }
}

/// Every slot whose value the operation may depend on, but for those that a failing parser leaves behind.
pub(super) fn reads(program: &Program, op: &Op, with: &mut dyn FnMut(SlotId)) {
    // `operands` gives places to write to; a copy is read here.
    let mut copy = op.clone();
    operands(&mut copy, &mut |operand| {
        if let Operand::Slot(slot) = operand {
            with(*slot);
        }
    });
    for datum in data_of(op) {
        datum.valid.into_iter().chain(datum.length).for_each(&mut *with);
    }
    match op {
        // Whether there is anything to do. What an invalid header has in its fields is zero, and has to stay so.
        Op::SetValid(id) | Op::Emit(id) => header_slots(program, *id, with),
        Op::SetInvalid(id) => with(program.headers[id.index()].valid),
        // Where the condition does not hold, what was there stays.
        Op::UpdateChecksum { dst, .. } => with(*dst),
        _ => {}
    }
    // The others of a union become invalid, as by SetInvalid.
    if let Op::SetValid(id) | Op::Extract { header: id, .. } = op {
        let others = &program.headers[id.index()].union_others;
        others.iter().for_each(|other| with(program.headers[other.index()].valid));
    }
}

/// The header whose validity that is.
pub(super) fn header_of_validity(program: &Program, slot: SlotId) -> Option<HeaderId> {
    if program.slot(slot).width != 1 {
        return None;
    }
    let found = program.headers.iter().position(|header| header.valid == slot);
    found.map(|index| HeaderId(index as u32))
}

/// Every slot that the operation may write.
pub(super) fn writes(program: &Program, op: &Op, with: &mut dyn FnMut(SlotId)) {
    makes(program, op, with);
    // What becomes invalid may have zero in its fields from then on.
    if let Op::Set { dst, .. } = op
        && let Some(header) = header_of_validity(program, *dst)
    {
        header_slots(program, header, with);
    }
}

/// Every slot that the operation is there to write.
pub(super) fn makes(program: &Program, op: &Op, with: &mut dyn FnMut(SlotId)) {
    match op {
        Op::Set { dst, .. }
        | Op::Lookahead { dst }
        | Op::ExecuteMeter { dst, .. }
        | Op::ReadDirectMeter { dst, .. }
        | Op::ReadRegister { dst, .. }
        | Op::Random { dst, .. }
        | Op::Hash { dst, .. }
        | Op::UpdateChecksum { dst, .. }
        | Op::Checksum16 { dst, .. } => with(*dst),
        Op::SetInvalid(id) => header_slots(program, *id, with),
        Op::SetValid(id) | Op::Extract { header: id, .. } => {
            header_slots(program, *id, with);
            if let Some(header) = program.headers.get(id.index()) {
                header.union_others.iter().for_each(|other| header_slots(program, *other, with));
            }
            if matches!(op, Op::Extract { .. }) {
                with(program.standard.parser_error);
            }
        }
        Op::Advance { .. } | Op::Step => with(program.standard.parser_error),
        Op::VerifyChecksum { .. } => with(program.standard.checksum_error),
        Op::Emit(_)
        | Op::Count { .. }
        | Op::WriteRegister { .. }
        | Op::Digest { .. }
        | Op::Clone { .. }
        | Op::Resubmit { .. }
        | Op::Recirculate { .. }
        | Op::Truncate { .. }
        | Op::Verdict { .. }
        | Op::Assert { .. }
        | Op::Log { .. }
        | Op::AtomicBegin
        | Op::AtomicEnd => {}
    }
}

/// Slots that are surely written, whatever they were. Not the fields of headers that become invalid: of those that are invalid
/// already they are zero, and who runs the code may count on that.
pub(super) fn kills(program: &Program, op: &Op, with: &mut dyn FnMut(SlotId)) {
    let valid = |id: &HeaderId| program.headers[id.index()].valid;
    match op {
        Op::SetInvalid(id) => with(valid(id)),
        Op::SetValid(id) | Op::Extract { header: id, .. } => {
            with(valid(id));
            program.headers[id.index()].union_others.iter().map(valid).for_each(&mut *with);
            if matches!(op, Op::Extract { .. }) {
                header_slots(program, *id, with);
            }
        }
        Op::UpdateChecksum { .. } | Op::VerifyChecksum { .. } | Op::Advance { .. } | Op::Step => {}
        other => makes(program, other, with),
    }
}

/// The parser may end here, or the packet: what others can see of it has to be as it is now.
pub(super) fn may_end(op: &Op) -> bool {
    matches!(op, Op::Extract { .. } | Op::Lookahead { .. } | Op::Advance { .. } | Op::Step)
}

/// Seen by other codes or by the device when this code has ended.
pub(super) fn is_visible(kind: SlotKind) -> bool {
    match kind {
        SlotKind::Field | SlotKind::State | SlotKind::Metadata | SlotKind::Standard => true,
        SlotKind::Local | SlotKind::Param | SlotKind::Key => false,
    }
}
