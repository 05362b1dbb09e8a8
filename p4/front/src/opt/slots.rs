//! Slots, local headers and constants that the code does not use.

use super::visit::{data_of, operands, reads, terminator_operands, writes};
use super::{Part, each_code};
use crate::ir::{ConstId, Datum, HeaderId, Op, Operand, Program, SlotId, SlotKind, Standard, Terminator};

/// Takes them out and numbers the others anew.
pub fn remove_unused(program: &mut Program) -> bool {
    let used = Used::of(program);
    if used.is_everything() {
        return false;
    }
    let slots = numbers(&used.slots);
    let headers = numbers(&used.headers);
    let consts = numbers(&used.consts);
    let slot = |id: SlotId| SlotId(slots[id.index()]);
    let header = |id: HeaderId| HeaderId(headers[id.index()]);
    let constant = |id: ConstId| ConstId(consts[id.index()]);
    retain(&mut program.slots, &used.slots);
    retain(&mut program.headers, &used.headers);
    retain(&mut program.consts, &used.consts);
    retain(&mut program.stacks, &used.stacks);
    for one in &mut program.headers {
        one.valid = slot(one.valid);
        one.union_others.iter_mut().for_each(|other| *other = header(*other));
        for field in &mut one.fields {
            field.slot = slot(field.slot);
            field.length = field.length.map(slot);
        }
    }
    for stack in &mut program.stacks {
        stack.next = slot(stack.next);
        stack.elements.iter_mut().for_each(|element| *element = header(*element));
    }
    program.standard = standard(program.standard, slot);
    for table in &mut program.tables {
        table.keys.iter_mut().for_each(|key| key.slot = slot(key.slot));
        for action in &mut table.actions {
            action.params.iter_mut().for_each(|param| *param = slot(*param));
        }
    }
    program.field_lists.iter_mut().flatten().for_each(|id| *id = slot(*id));
    each_code(program, |_, code, _: Part| {
        let mut operand = |operand: &mut Operand| match operand {
            Operand::Slot(id) => *id = slot(*id),
            Operand::Const(id) => *id = constant(*id),
        };
        for block in &mut code.blocks {
            for op in &mut block.ops {
                operands(op, &mut operand);
                rest_of(op, slot, header);
            }
            terminator_operands(&mut block.terminator, &mut operand);
            match &mut block.terminator {
                Terminator::Switch { cases, .. } => {
                    cases.iter_mut().for_each(|(label, _)| *label = constant(*label));
                }
                Terminator::Apply { hit: Some(hit), .. } => *hit = slot(*hit),
                _ => {}
            }
        }
        true
    })
}

/// What of an operation is no operand.
fn rest_of(op: &mut Op, slot: impl Fn(SlotId) -> SlotId, header: impl Fn(HeaderId) -> HeaderId) {
    let datum = |datum: &mut Datum| {
        datum.valid = datum.valid.map(&slot);
        datum.length = datum.length.map(&slot);
    };
    match op {
        Op::SetValid(id) | Op::SetInvalid(id) | Op::Emit(id) | Op::Extract { header: id, .. } => {
            *id = header(*id)
        }
        Op::Hash { dst, data, .. } | Op::UpdateChecksum { dst, data, .. } | Op::Checksum16 { dst, data } => {
            *dst = slot(*dst);
            data.iter_mut().for_each(datum);
        }
        Op::VerifyChecksum { data, .. } => data.iter_mut().for_each(datum),
        Op::Set { dst, .. }
        | Op::Lookahead { dst }
        | Op::ExecuteMeter { dst, .. }
        | Op::ReadDirectMeter { dst, .. }
        | Op::ReadRegister { dst, .. }
        | Op::Random { dst, .. } => *dst = slot(*dst),
        _ => {}
    }
}

fn standard(old: Standard, slot: impl Fn(SlotId) -> SlotId) -> Standard {
    Standard {
        ingress_port: slot(old.ingress_port),
        egress_spec: slot(old.egress_spec),
        egress_port: slot(old.egress_port),
        instance_type: slot(old.instance_type),
        packet_length: slot(old.packet_length),
        enq_timestamp: slot(old.enq_timestamp),
        enq_qdepth: slot(old.enq_qdepth),
        deq_timedelta: slot(old.deq_timedelta),
        deq_qdepth: slot(old.deq_qdepth),
        ingress_global_timestamp: slot(old.ingress_global_timestamp),
        egress_global_timestamp: slot(old.egress_global_timestamp),
        mcast_grp: slot(old.mcast_grp),
        egress_rid: slot(old.egress_rid),
        checksum_error: slot(old.checksum_error),
        parser_error: slot(old.parser_error),
        priority: slot(old.priority),
    }
}

fn numbers(used: &[bool]) -> Vec<u32> {
    let mut next = 0;
    let number = |used: &bool| {
        next += u32::from(*used);
        next.saturating_sub(1)
    };
    used.iter().map(number).collect()
}

fn retain<T>(items: &mut Vec<T>, used: &[bool]) {
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        used[at - 1]
    });
}

struct Used {
    slots: Vec<bool>,
    headers: Vec<bool>,
    stacks: Vec<bool>,
    consts: Vec<bool>,
}

impl Used {
    fn of(program: &Program) -> Used {
        let is_local = |slot: SlotId| program.slot(slot).kind == SlotKind::Local;
        let mut used = Used {
            slots: program.slots.iter().map(|slot| slot.kind != SlotKind::Local).collect(),
            headers: program.headers.iter().map(|header| !is_local(header.valid)).collect(),
            stacks: program.stacks.iter().map(|stack| !is_local(stack.next)).collect(),
            consts: vec![false; program.consts.len()],
        };
        for block in program.codes().into_iter().flat_map(|code| &code.blocks) {
            for op in &block.ops {
                used.op(program, op);
            }
            let mut terminator = block.terminator.clone();
            terminator_operands(&mut terminator, &mut |operand| used.operand(*operand));
            match &block.terminator {
                Terminator::Switch { cases, .. } => {
                    cases.iter().for_each(|(label, _)| used.consts[label.index()] = true);
                }
                Terminator::Apply { hit: Some(hit), .. } => used.slots[hit.index()] = true,
                _ => {}
            }
        }
        used.close(program);
        used
    }

    fn operand(&mut self, operand: Operand) {
        match operand {
            Operand::Slot(id) => self.slots[id.index()] = true,
            Operand::Const(id) => self.consts[id.index()] = true,
        }
    }

    fn op(&mut self, program: &Program, op: &Op) {
        let mut copy = op.clone();
        operands(&mut copy, &mut |operand| self.operand(*operand));
        reads(program, op, &mut |slot| self.slots[slot.index()] = true);
        writes(program, op, &mut |slot| self.slots[slot.index()] = true);
        debug_assert!(
            data_of(op).iter().all(|datum| datum.valid.is_none_or(|slot| self.slots[slot.index()]))
        );
        match op {
            Op::SetValid(id) | Op::SetInvalid(id) | Op::Emit(id) | Op::Extract { header: id, .. } => {
                self.headers[id.index()] = true;
            }
            _ => {}
        }
    }

    /// A header is used when one of its slots is, a union when one of its members is, a stack when one of its elements is; and
    /// then all of it is.
    fn close(&mut self, program: &Program) {
        loop {
            let mut again = false;
            for (at, header) in program.headers.iter().enumerate() {
                let lengths = header.fields.iter().filter_map(|field| field.length);
                let all: Vec<SlotId> = header
                    .fields
                    .iter()
                    .map(|field| field.slot)
                    .chain(lengths)
                    .chain([header.valid])
                    .collect();
                let others = &header.union_others;
                let any = self.headers[at]
                    || all.iter().any(|slot| self.slots[slot.index()])
                    || others.iter().any(|other| self.headers[other.index()]);
                if any && !self.headers[at] {
                    self.headers[at] = true;
                    again = true;
                }
                if any {
                    all.iter().for_each(|slot| self.slots[slot.index()] = true);
                }
            }
            for (at, stack) in program.stacks.iter().enumerate() {
                let any = self.stacks[at]
                    || self.slots[stack.next.index()]
                    || stack.elements.iter().any(|element| self.headers[element.index()]);
                if any {
                    again |= !self.stacks[at] || stack.elements.iter().any(|id| !self.headers[id.index()]);
                    self.stacks[at] = true;
                    self.slots[stack.next.index()] = true;
                    stack.elements.iter().for_each(|id| self.headers[id.index()] = true);
                }
            }
            if !again {
                return;
            }
        }
    }

    fn is_everything(&self) -> bool {
        [&self.slots, &self.headers, &self.stacks, &self.consts].iter().all(|used| !used.contains(&false))
    }
}
