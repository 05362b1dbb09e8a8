//! `t = a + b; x = t` becomes `x = a + b` where nothing else reads `t`.

use super::each_code;
use super::visit::{header_of_validity, reads, writes};
use crate::ir::{Block, Op, Operand, Program, Rvalue, SlotId, SlotKind, Terminator};

pub fn sink(program: &mut Program) -> bool {
    let counts = count_reads(program);
    let writers = count_writes(program);
    each_code(program, |program, code, _| {
        let mut changed = false;
        for block in &mut code.blocks {
            changed |= sink_in(program, block, &counts, &writers);
        }
        changed
    })
}

fn count_reads(program: &Program) -> Vec<u32> {
    let mut counts = vec![0u32; program.slots.len()];
    for block in program.codes().into_iter().flat_map(|code| &code.blocks) {
        for op in &block.ops {
            reads(program, op, &mut |slot| counts[slot.index()] += 1);
        }
        match block.terminator {
            Terminator::Branch { cond: Operand::Slot(slot), .. }
            | Terminator::Switch { on: Operand::Slot(slot), .. }
            | Terminator::Reject { error: Operand::Slot(slot) } => counts[slot.index()] += 1,
            _ => {}
        }
    }
    counts
}

fn count_writes(program: &Program) -> Vec<u32> {
    let mut counts = vec![0u32; program.slots.len()];
    for block in program.codes().into_iter().flat_map(|code| &code.blocks) {
        for op in &block.ops {
            writes(program, op, &mut |slot| counts[slot.index()] += 1);
        }
        if let Terminator::Apply { hit: Some(slot), .. } = block.terminator {
            counts[slot.index()] += 1;
        }
    }
    counts
}

/// The slot that an operation leaves its result in, where that is all that it writes.
fn destination(op: &mut Op) -> Option<&mut SlotId> {
    match op {
        Op::Set { dst, .. }
        | Op::Lookahead { dst }
        | Op::ExecuteMeter { dst, .. }
        | Op::ReadDirectMeter { dst, .. }
        | Op::ReadRegister { dst, .. }
        | Op::Random { dst, .. }
        | Op::Hash { dst, .. }
        | Op::Checksum16 { dst, .. } => Some(dst),
        _ => None,
    }
}

/// How far back the operation that made a value is looked for.
const FARTHEST: usize = 64;

fn sink_in(program: &Program, block: &mut Block, reads_of: &[u32], writes_of: &[u32]) -> bool {
    let mut changed = false;
    let mut at = 0;
    while at < block.ops.len() {
        let Op::Set { dst, value: Rvalue::Use(Operand::Slot(from)) } = block.ops[at] else {
            at += 1;
            continue;
        };
        let single = program.slot(from).kind == SlotKind::Local
            && reads_of[from.index()] == 1
            && writes_of[from.index()] == 1
            && from != dst;
        match single.then(|| maker(program, block, at, from, dst)).flatten() {
            Some(made) => {
                if let Some(slot) = destination(&mut block.ops[made]) {
                    *slot = dst;
                }
                block.ops.remove(at);
                block.spans.remove(at);
                changed = true;
            }
            None => at += 1,
        }
    }
    changed
}

/// The operation that makes `from`, when `dst` can be made there at once: nothing between looks at it.
fn maker(program: &Program, block: &mut Block, at: usize, from: SlotId, dst: SlotId) -> Option<usize> {
    // The fields that go with it stand between.
    if header_of_validity(program, dst).is_some() {
        return None;
    }
    let first = at.saturating_sub(FARTHEST);
    for before in (first..at).rev() {
        if destination(&mut block.ops[before]).is_some_and(|slot| *slot == from) {
            return Some(before);
        }
        let op = &block.ops[before];
        // A parser that ends in between would leave the new value behind.
        let mut meets = super::visit::may_end(op) && super::visit::is_visible(program.slot(dst).kind);
        reads(program, op, &mut |slot| meets |= slot == dst);
        writes(program, op, &mut |slot| meets |= slot == dst || slot == from);
        if meets {
            return None;
        }
    }
    None
}
