//! Jumps to jumps, blocks that follow one another, blocks that nothing goes to. Parser states that follow one another become
//! one block by this, too.

use super::each_code;
use super::visit::{each_target, successors};
use crate::ir::{Block, BlockId, Code, Operand, Program, Terminator};
use crate::source::Span;
use num_traits::Zero;

pub fn simplify_jumps(program: &mut Program) -> bool {
    each_code(program, |program, code, _| {
        let mut changed = false;
        loop {
            let mut again = known_branches(program, code);
            again |= skip_empty(code);
            again |= end_early(code);
            again |= same_targets(code);
            again |= merge(code);
            again |= remove_unreachable(code);
            if !again {
                return changed;
            }
            changed = true;
        }
    })
}

/// Blocks that nothing goes to, from the entry on.
pub fn remove_unreachable(code: &mut Code) -> bool {
    let count = code.blocks.len();
    if count == 0 {
        return false;
    }
    let mut reached = vec![false; count];
    let mut waiting = vec![BlockId(0)];
    reached[0] = true;
    while let Some(id) = waiting.pop() {
        for next in successors(&code.blocks[id.index()].terminator) {
            if !std::mem::replace(&mut reached[next.index()], true) {
                waiting.push(next);
            }
        }
    }
    if reached.iter().all(|reached| *reached) {
        return false;
    }
    let mut ids = vec![BlockId(0); count];
    let mut kept = 0;
    for (at, reached) in reached.iter().enumerate() {
        if *reached {
            ids[at] = BlockId(kept);
            kept += 1;
        }
    }
    let mut at = 0;
    code.blocks.retain(|_| {
        at += 1;
        reached[at - 1]
    });
    for block in &mut code.blocks {
        each_target(&mut block.terminator, |target| *target = ids[target.index()]);
    }
    true
}

fn known_branches(program: &Program, code: &mut Code) -> bool {
    let known = |operand: &Operand| match operand {
        Operand::Const(id) => Some((*id, &program.consts[id.index()])),
        Operand::Slot(_) => None,
    };
    let mut changed = false;
    for block in &mut code.blocks {
        let target = match &block.terminator {
            Terminator::Branch { cond, then, other } => {
                known(cond).map(|(_, bits)| if bits.value.is_zero() { *other } else { *then })
            }
            Terminator::Switch { on, cases, default } => known(on).map(|(_, bits)| {
                let case = cases.iter().find(|(label, _)| program.consts[label.index()] == *bits);
                case.map_or(*default, |(_, target)| *target)
            }),
            _ => None,
        };
        if let Some(target) = target {
            block.terminator = Terminator::Goto(target);
            changed = true;
        }
    }
    changed
}

/// Where a jump to this block ends, past blocks that do nothing but jump.
fn end_of(code: &Code, mut id: BlockId) -> BlockId {
    for _ in 0..code.blocks.len() {
        match &code.blocks[id.index()] {
            Block { ops, terminator: Terminator::Goto(next), .. } if ops.is_empty() && *next != id => {
                id = *next
            }
            _ => return id,
        }
    }
    id
}

fn skip_empty(code: &mut Code) -> bool {
    let ends: Vec<BlockId> = (0..code.blocks.len()).map(|at| end_of(code, BlockId(at as u32))).collect();
    let mut changed = false;
    for block in &mut code.blocks {
        each_target(&mut block.terminator, |target| {
            let end = ends[target.index()];
            changed |= end != *target;
            *target = end;
        });
    }
    changed
}

/// A jump to a block that does nothing but end is the end.
fn end_early(code: &mut Code) -> bool {
    let end_of = |block: &Block| match &block.terminator {
        Terminator::End if block.ops.is_empty() => Some((Terminator::End, block.terminator_span)),
        Terminator::Reject { error: error @ Operand::Const(_) } if block.ops.is_empty() => {
            Some((Terminator::Reject { error: *error }, block.terminator_span))
        }
        _ => None,
    };
    let ends: Vec<Option<(Terminator, Span)>> = code.blocks.iter().map(end_of).collect();
    let mut changed = false;
    for block in &mut code.blocks {
        if let Terminator::Goto(target) = block.terminator
            && let Some((end, span)) = &ends[target.index()]
        {
            block.terminator = end.clone();
            block.terminator_span = *span;
            changed = true;
        }
    }
    changed
}

fn same_targets(code: &mut Code) -> bool {
    let mut changed = false;
    for block in &mut code.blocks {
        let target = match &mut block.terminator {
            Terminator::Branch { then, other, .. } if then == other => Some(*then),
            Terminator::Switch { cases, default, .. } => {
                let before = cases.len();
                cases.retain(|(_, target)| target != default);
                changed |= cases.len() != before;
                cases.is_empty().then_some(*default)
            }
            _ => None,
        };
        if let Some(target) = target {
            block.terminator = Terminator::Goto(target);
            changed = true;
        }
    }
    changed
}

/// A block that ends in a jump to one that nothing else goes to: the two are one.
fn merge(code: &mut Code) -> bool {
    let mut entries = vec![0u32; code.blocks.len()];
    if let Some(first) = entries.first_mut() {
        *first = 1;
    }
    for block in &code.blocks {
        for next in successors(&block.terminator) {
            entries[next.index()] += 1;
        }
    }
    let mut changed = false;
    for at in 0..code.blocks.len() {
        while let Terminator::Goto(next) = code.blocks[at].terminator {
            let next = next.index();
            if next == at || entries[next] != 1 {
                break;
            }
            let span = code.blocks[next].terminator_span;
            let follower = std::mem::replace(
                &mut code.blocks[next],
                Block {
                    label: None,
                    ops: vec![],
                    spans: vec![],
                    terminator: Terminator::End,
                    terminator_span: span,
                },
            );
            // Nothing goes there any more.
            entries[next] = 0;
            let block = &mut code.blocks[at];
            block.ops.extend(follower.ops);
            block.spans.extend(follower.spans);
            block.terminator = follower.terminator;
            block.terminator_span = follower.terminator_span;
            block.label = match (block.label.take(), follower.label) {
                (Some(first), Some(second)) => Some(format!("{first}, {second}")),
                (first, second) => first.or(second),
            };
            changed = true;
        }
    }
    changed
}
