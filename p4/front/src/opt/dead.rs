//! Operations whose results nobody reads.

use super::each_code;
use super::visit::{is_visible, kills, makes, may_end, reads, successors};
use crate::ir::{Code, HashAlgorithm, Op, Operand, Program, SlotId, Terminator};

pub fn remove_dead(program: &mut Program) -> bool {
    let visible: Vec<SlotId> = (0..program.slots.len() as u32)
        .map(SlotId)
        .filter(|slot| is_visible(program.slot(*slot).kind))
        .collect();
    each_code(program, |program, code, _| {
        let mut changed = remove_unread(program, code);
        changed |= remove_overwritten(program, code, &visible);
        changed
    })
}

/// Nothing but its results comes of it.
fn is_pure(op: &Op) -> bool {
    match op {
        Op::Set { .. }
        | Op::SetValid(_)
        | Op::SetInvalid(_)
        | Op::ReadDirectMeter { .. }
        | Op::ReadRegister { .. }
        | Op::UpdateChecksum { .. }
        | Op::Checksum16 { .. } => true,
        Op::Hash { algorithm, .. } => *algorithm != HashAlgorithm::Random,
        _ => false,
    }
}

fn retain(block: &mut crate::ir::Block, keep: &[bool]) {
    let mut at = 0;
    block.ops.retain(|_| {
        at += 1;
        keep[at - 1]
    });
    at = 0;
    block.spans.retain(|_| {
        at += 1;
        keep[at - 1]
    });
}

/// Slots that no operation of the code reads, wherever it stands: cheap, and takes most of the temporaries.
fn remove_unread(program: &Program, code: &mut Code) -> bool {
    let mut counts = vec![0u32; program.slots.len()];
    for block in &code.blocks {
        for op in &block.ops {
            reads(program, op, &mut |slot| counts[slot.index()] += 1);
        }
        terminator_reads(program, &block.terminator, |slot| counts[slot.index()] += 1);
    }
    let mut changed = false;
    loop {
        let mut again = false;
        for block in &mut code.blocks {
            let mut keep = vec![true; block.ops.len()];
            for (at, op) in block.ops.iter().enumerate().rev() {
                let mut wanted = !is_pure(op);
                let mut own = vec![];
                reads(program, op, &mut |slot| own.push(slot));
                makes(program, op, &mut |slot| {
                    // What an operation reads of its own result is no reason to keep it.
                    let own_reads = own.iter().filter(|read| **read == slot).count() as u32;
                    wanted |= is_visible(program.slot(slot).kind) || counts[slot.index()] > own_reads;
                });
                if !wanted {
                    keep[at] = false;
                    own.iter().for_each(|slot| counts[slot.index()] -= 1);
                    again = true;
                }
            }
            if keep.contains(&false) {
                retain(block, &keep);
            }
        }
        if !again {
            return changed;
        }
        changed = true;
    }
}

fn terminator_reads(program: &Program, terminator: &Terminator, mut with: impl FnMut(SlotId)) {
    match terminator {
        Terminator::Branch { cond: Operand::Slot(slot), .. }
        | Terminator::Switch { on: Operand::Slot(slot), .. }
        | Terminator::Reject { error: Operand::Slot(slot) } => with(*slot),
        Terminator::Apply { table, .. } => {
            if let Some(table) = program.tables.get(table.index()) {
                table.keys.iter().for_each(|key| with(key.slot));
            }
        }
        _ => {}
    }
}

/// A set of slots.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slots(Vec<u64>);

impl Slots {
    fn new(count: usize) -> Slots {
        Slots(vec![0; count.div_ceil(64)])
    }

    fn insert(&mut self, slot: SlotId) {
        self.0[slot.index() / 64] |= 1 << (slot.index() % 64);
    }

    fn remove(&mut self, slot: SlotId) {
        self.0[slot.index() / 64] &= !(1 << (slot.index() % 64));
    }

    fn contains(&self, slot: SlotId) -> bool {
        self.0[slot.index() / 64] & (1 << (slot.index() % 64)) != 0
    }

    fn add(&mut self, other: &Slots) -> bool {
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more & !*word != 0;
            *word |= more;
        }
        changed
    }
}

/// Slots times blocks up to which it is worked out what is live where.
const MOST_BITS: usize = 1 << 28;

/// Values that are overwritten before anybody reads them.
fn remove_overwritten(program: &Program, code: &mut Code, visible: &[SlotId]) -> bool {
    let count = program.slots.len();
    if count.saturating_mul(code.blocks.len()) > MOST_BITS {
        return false;
    }
    let mut seen = Slots::new(count);
    visible.iter().for_each(|slot| seen.insert(*slot));
    let live_in = liveness(program, code, &seen);
    let mut changed = false;
    for block in &mut code.blocks {
        let mut live = live_out(program, &block.terminator, &live_in, &seen);
        let mut keep = vec![true; block.ops.len()];
        for (at, op) in block.ops.iter().enumerate().rev() {
            let mut wanted = !is_pure(op);
            if !wanted {
                makes(program, op, &mut |slot| wanted |= live.contains(slot));
            }
            if wanted {
                step_back(program, op, &mut live, &seen);
            } else {
                keep[at] = false;
            }
        }
        if keep.contains(&false) {
            retain(block, &keep);
            changed = true;
        }
    }
    changed
}

/// What is live before an operation, from what is live behind it.
fn step_back(program: &Program, op: &Op, live: &mut Slots, seen: &Slots) {
    kills(program, op, &mut |slot| live.remove(slot));
    reads(program, op, &mut |slot| live.insert(slot));
    if may_end(op) {
        live.add(seen);
    }
}

fn live_out(program: &Program, terminator: &Terminator, live_in: &[Slots], seen: &Slots) -> Slots {
    let mut live = match terminator {
        Terminator::End | Terminator::Reject { .. } => seen.clone(),
        _ => Slots(vec![0; seen.0.len()]),
    };
    for next in successors(terminator) {
        live.add(&live_in[next.index()]);
    }
    if let Terminator::Apply { hit: Some(hit), .. } = terminator {
        live.remove(*hit);
    }
    terminator_reads(program, terminator, |slot| live.insert(slot));
    live
}

/// What is live at the beginning of each block.
fn liveness(program: &Program, code: &Code, seen: &Slots) -> Vec<Slots> {
    let mut live_in = vec![Slots(vec![0; seen.0.len()]); code.blocks.len()];
    let mut before: Vec<Vec<usize>> = vec![vec![]; code.blocks.len()];
    for (at, block) in code.blocks.iter().enumerate() {
        for next in successors(&block.terminator) {
            before[next.index()].push(at);
        }
    }
    let mut waiting: Vec<usize> = (0..code.blocks.len()).collect();
    let mut queued = vec![true; code.blocks.len()];
    while let Some(at) = waiting.pop() {
        queued[at] = false;
        let block = &code.blocks[at];
        let mut live = live_out(program, &block.terminator, &live_in, seen);
        for op in block.ops.iter().rev() {
            step_back(program, op, &mut live, seen);
        }
        if live_in[at].add(&live) {
            for earlier in &before[at] {
                if !std::mem::replace(&mut queued[*earlier], true) {
                    waiting.push(*earlier);
                }
            }
        }
    }
    live_in
}
