//! Constants and copies to where they are read; with them what is known of the validity of headers, so that guards of writes
//! to headers that are surely valid vanish.

use super::visit::{operands, successors, terminator_operands, writes};
use super::{Consts, Part, each_code};
use crate::ir::{
    BinOp, Block, BlockId, Code, HeaderId, Op, Operand, Program, Rvalue, SlotId, SlotKind, Terminator,
};
use crate::ir_fold::{Folded, fold};
use num_traits::{One, Zero};
use std::collections::{HashMap, HashSet};

pub fn propagate(program: &mut Program) -> bool {
    let mut consts = Consts::of(program);
    each_code(program, |program, code, part| {
        Pass { program, consts: &mut consts, changed: false }.run(code, part)
    })
}

/// What slots are known to hold: constants and copies of other slots.
#[derive(Debug, Clone, Default)]
struct Known {
    values: HashMap<SlotId, Operand>,
    /// Slots that are known to be copies of a slot.
    copies: HashMap<SlotId, HashSet<SlotId>>,
}

impl Known {
    fn forget(&mut self, slot: SlotId) {
        if let Some(Operand::Slot(of)) = self.values.remove(&slot)
            && let Some(copies) = self.copies.get_mut(&of)
        {
            copies.remove(&slot);
        }
        for copy in self.copies.remove(&slot).unwrap_or_default() {
            self.values.remove(&copy);
        }
    }

    fn learn(&mut self, slot: SlotId, value: Operand) {
        self.forget(slot);
        if let Operand::Slot(of) = value {
            if of == slot {
                return;
            }
            self.copies.entry(of).or_default().insert(slot);
        }
        self.values.insert(slot, value);
    }

    /// What both know.
    fn meet(&mut self, other: &Known) {
        let differ: Vec<SlotId> = self
            .values
            .iter()
            .filter(|(slot, value)| other.values.get(slot) != Some(value))
            .map(|(slot, _)| *slot)
            .collect();
        for slot in differ {
            if let Some(Operand::Slot(of)) = self.values.remove(&slot)
                && let Some(copies) = self.copies.get_mut(&of)
            {
                copies.remove(&slot);
            }
        }
    }
}

struct Pass<'a> {
    program: &'a mut Program,
    consts: &'a mut Consts,
    changed: bool,
}

impl Pass<'_> {
    fn run(mut self, code: &mut Code, part: Part) -> bool {
        let order = reverse_postorder(code);
        let mut place = vec![usize::MAX; code.blocks.len()];
        order.iter().enumerate().for_each(|(at, id)| place[id.index()] = at);
        let mut before: Vec<Vec<BlockId>> = vec![vec![]; code.blocks.len()];
        for id in &order {
            for next in successors(&code.blocks[id.index()].terminator) {
                before[next.index()].push(*id);
            }
        }
        // What is known at the end of each block, until all that follow have seen it.
        let mut after: HashMap<BlockId, Known> = HashMap::new();
        let mut left: Vec<usize> =
            code.blocks.iter().map(|block| successors(&block.terminator).len()).collect();
        for (at, id) in order.iter().enumerate() {
            // A jump back comes from a block that nothing is known of yet.
            let earlier = &before[id.index()];
            let forward = earlier.iter().all(|from| place[from.index()] < at);
            let mut known = match (at, forward) {
                (0, true) => self.at_entry(part),
                (0, false) | (_, false) => Known::default(),
                (_, true) => self.at_join(*id, earlier, &after, code),
            };
            for from in earlier {
                left[from.index()] = left[from.index()].saturating_sub(1);
                if left[from.index()] == 0 && from != id {
                    after.remove(from);
                }
            }
            self.block(&mut code.blocks[id.index()], &mut known);
            if left[id.index()] > 0 {
                after.insert(*id, known);
            }
        }
        self.changed
    }

    /// No header is valid and no stack has an element when a packet comes to the parser.
    fn at_entry(&mut self, part: Part) -> Known {
        let mut known = Known::default();
        if part != Part::Parser {
            return known;
        }
        let states: Vec<(SlotId, u32)> = (0u32..)
            .zip(&self.program.slots)
            .filter(|(_, slot)| slot.kind == SlotKind::State)
            .map(|(at, slot)| (SlotId(at), slot.width))
            .collect();
        for (slot, width) in states {
            let zero = self.consts.operand(self.program, width, Zero::zero());
            known.learn(slot, zero);
        }
        known
    }

    fn at_join(
        &mut self,
        id: BlockId,
        from: &[BlockId],
        after: &HashMap<BlockId, Known>,
        code: &Code,
    ) -> Known {
        let mut joined: Option<Known> = None;
        for (at, earlier) in from.iter().enumerate() {
            let Some(known) = after.get(earlier) else { return Known::default() };
            // One edge for each way; a block that goes here in several ways has no fact of its own for them.
            let once = from.iter().filter(|other| *other == earlier).count() == 1;
            if !once && from[..at].contains(earlier) {
                continue;
            }
            let mut known = known.clone();
            if once {
                self.edge_facts(&code.blocks[earlier.index()], id, &mut known);
            }
            match &mut joined {
                None => joined = Some(known),
                Some(joined) => joined.meet(&known),
            }
        }
        joined.unwrap_or_default()
    }

    /// What going from a block to the next says about its condition.
    fn edge_facts(&mut self, from: &Block, to: BlockId, known: &mut Known) {
        match &from.terminator {
            Terminator::Branch { cond: Operand::Slot(cond), then, other } if then != other => {
                self.bit_fact(from, from.ops.len(), *cond, *then == to, known, 0);
            }
            Terminator::Switch { on: Operand::Slot(on), cases, default } if *default != to => {
                if let Some((label, _)) = cases.iter().find(|(_, target)| *target == to) {
                    known.learn(*on, Operand::Const(*label));
                }
            }
            _ => {}
        }
    }

    /// A bit is known to be set or not before operation `end` of the block, and with it what it was made of.
    fn bit_fact(
        &mut self,
        block: &Block,
        end: usize,
        slot: SlotId,
        set: bool,
        known: &mut Known,
        depth: usize,
    ) {
        if depth > 16 {
            return;
        }
        let value = self.bit(set);
        known.learn(slot, value);
        let mut touched = HashSet::new();
        for at in (0..end).rev() {
            let op = &block.ops[at];
            if let Op::Set { dst, value } = op
                && *dst == slot
            {
                let parts: Vec<(Operand, bool)> = match value {
                    Rvalue::Binary(BinOp::And, a, b) if set => vec![(*a, true), (*b, true)],
                    Rvalue::Binary(BinOp::Or, a, b) if !set => vec![(*a, false), (*b, false)],
                    Rvalue::Not(a) => vec![(*a, !set)],
                    Rvalue::Use(a) => vec![(*a, set)],
                    _ => vec![],
                };
                for (part, set) in parts {
                    if let Operand::Slot(part) = part
                        && part != slot
                        && !touched.contains(&part)
                    {
                        self.bit_fact(block, at, part, set, known, depth + 1);
                    }
                }
                return;
            }
            writes(self.program, op, &mut |written| {
                touched.insert(written);
            });
            if touched.contains(&slot) {
                return;
            }
        }
    }

    fn bit(&mut self, set: bool) -> Operand {
        let value = if set { One::one() } else { Zero::zero() };
        self.consts.operand(self.program, 1, value)
    }

    fn block(&mut self, block: &mut Block, known: &mut Known) {
        let mut removed = vec![];
        for at in 0..block.ops.len() {
            let op = &mut block.ops[at];
            self.substitute(op, known);
            if let Op::Set { dst, value } = op {
                let (dst, mut simplified) = (*dst, value.clone());
                self.simplify(dst, &mut simplified);
                if simplified == Rvalue::Use(Operand::Slot(dst)) {
                    removed.push(at);
                    continue;
                }
                if simplified != *value {
                    *value = simplified;
                    self.changed = true;
                }
            }
            self.learn(op, known);
        }
        for at in removed.into_iter().rev() {
            block.ops.remove(at);
            block.spans.remove(at);
            self.changed = true;
        }
        let changed = &mut self.changed;
        terminator_operands(&mut block.terminator, &mut |operand| replace(operand, known, changed));
        if let Terminator::Apply { hit, table, .. } = &block.terminator {
            hit.iter().for_each(|hit| known.forget(*hit));
            let table = &self.program.tables[table.index()];
            let params: Vec<SlotId> =
                table.actions.iter().flat_map(|action| action.params.iter().copied()).collect();
            params.into_iter().for_each(|slot| known.forget(slot));
        }
    }

    fn substitute(&mut self, op: &mut Op, known: &Known) {
        let changed = &mut self.changed;
        operands(op, &mut |operand| replace(operand, known, changed));
        let data = match op {
            Op::Hash { data, .. }
            | Op::VerifyChecksum { data, .. }
            | Op::UpdateChecksum { data, .. }
            | Op::Checksum16 { data, .. } => data,
            _ => return,
        };
        // What is surely valid needs no test, what is surely not is not there.
        let program = &*self.program;
        let before = data.len();
        data.retain_mut(|datum| {
            let Some(Operand::Const(id)) = datum.valid.and_then(|valid| known.values.get(&valid)) else {
                return true;
            };
            *changed = true;
            datum.valid = None;
            !program.consts[id.index()].value.is_zero()
        });
        *changed |= data.len() != before;
    }

    fn simplify(&mut self, dst: SlotId, value: &mut Rvalue) {
        let width = self.program.slot(dst).width;
        match fold(self.program, value, width) {
            Folded::Const(bits) => *value = Rvalue::Use(self.consts.operand(self.program, width, bits)),
            Folded::Same(operand) => *value = Rvalue::Use(operand),
            Folded::Keep => {}
        }
    }

    fn learn(&mut self, op: &Op, known: &mut Known) {
        writes(self.program, op, &mut |slot| known.forget(slot));
        match op {
            Op::Set { dst, value: Rvalue::Use(from) } => {
                // A temporary in place of a field would only live longer.
                let worth = match from {
                    Operand::Const(_) => true,
                    Operand::Slot(from) => {
                        self.program.slot(*dst).kind == SlotKind::Local
                            || self.program.slot(*from).kind != SlotKind::Local
                    }
                };
                if worth {
                    known.learn(*dst, *from);
                }
            }
            Op::SetValid(id) | Op::Extract { header: id, .. } => self.learn_validity(*id, true, known),
            Op::SetInvalid(id) => self.learn_validity(*id, false, known),
            _ => {}
        }
    }

    fn learn_validity(&mut self, id: HeaderId, valid: bool, known: &mut Known) {
        let header = &self.program.headers[id.index()];
        let own = header.valid;
        let others: Vec<SlotId> = match valid {
            true => header.union_others.iter().map(|id| self.program.headers[id.index()].valid).collect(),
            false => vec![],
        };
        let (yes, no) = (self.bit(true), self.bit(false));
        known.learn(own, if valid { yes } else { no });
        others.into_iter().for_each(|slot| known.learn(slot, no));
    }
}

fn replace(operand: &mut Operand, known: &Known, changed: &mut bool) {
    if let Operand::Slot(slot) = operand
        && let Some(value) = known.values.get(slot)
    {
        *operand = *value;
        *changed = true;
    }
}

fn reverse_postorder(code: &Code) -> Vec<BlockId> {
    let mut order = vec![];
    let mut seen = vec![false; code.blocks.len()];
    if code.blocks.is_empty() {
        return order;
    }
    seen[0] = true;
    let mut stack = vec![(BlockId(0), successors(&code.blocks[0].terminator))];
    while let Some((id, next)) = stack.last_mut() {
        match next.pop() {
            Some(next) => {
                if !std::mem::replace(&mut seen[next.index()], true) {
                    stack.push((next, successors(&code.blocks[next.index()].terminator)));
                }
            }
            None => {
                order.push(*id);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}
