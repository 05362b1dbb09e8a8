//! Packets that leave the straight way: for copies, for another pass.

use crate::effects::{of_op, of_terminator};
use crate::plan::{Plan, ops};
use front::ir::{Code, Op, Operand, Program, Rvalue, SlotId, SlotKind};

impl Plan<'_> {
    pub(crate) fn find_leavers(&mut self) {
        let program = self.program;
        let multicast = program.standard.mcast_grp;
        let sets_group = |op: &Op| match op {
            Op::Set { dst, value: Rvalue::Use(Operand::Const(id)) } if *dst == multicast => {
                program.consts[id.index()].value != num_bigint::BigUint::ZERO
            }
            Op::Set { dst, .. } => *dst == multicast,
            other => of_op(program, other).writes.contains(&multicast),
        };
        let before = [&program.parser, &program.verify, &program.ingress];
        self.leaves_ingress = before
            .iter()
            .flat_map(|code| ops(code))
            .any(|op| matches!(op, Op::Clone { .. } | Op::Resubmit { .. }) || sets_group(op))
            || applied_params(&program.ingress, program).any(|slot| slot == multicast)
            // It may be that of the pass before.
            || self.recirculated.contains(&multicast);
        self.leaves_egress = ops(&program.egress).any(|op| matches!(op, Op::Clone { .. }));
    }

    /// Fields that a packet is recirculated with: as they are in the end, whoever asked for it.
    pub(crate) fn find_recirculated(&self) -> Vec<SlotId> {
        let program = self.program;
        let lists = program.codes().into_iter().flat_map(ops).filter_map(|op| match op {
            Op::Recirculate { keep } => Some(&program.field_lists[keep.index()]),
            _ => None,
        });
        let kept =
            |slot: &SlotId| matches!(program.slot(*slot).kind, SlotKind::Metadata | SlotKind::Standard);
        let mut slots: Vec<SlotId> = lists.flatten().copied().filter(kept).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }
}

/// Slots that the tables of a code write.
fn applied_params<'a>(code: &'a Code, program: &'a Program) -> impl Iterator<Item = SlotId> + 'a {
    code.blocks.iter().flat_map(|block| of_terminator(program, &block.terminator).writes)
}
