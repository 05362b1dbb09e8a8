//! Blocks and operations.

use super::types::Scalar;
use super::{Lowerer, MOST_OPS, Phase, Res};
use crate::ir::{
    Bits, Block, BlockId, CmpOp, Code, ConstId, Op, Operand, Rvalue, SlotId, SlotKind, Terminator,
};
use crate::ir_fold::{Folded, cut, fold};
use crate::source::Span;
use num_bigint::BigUint;
use num_traits::{One, Zero};

/// The code that is being made.
#[derive(Debug, Default)]
pub(super) struct Build {
    blocks: Vec<Block>,
    /// Parallel to `blocks`.
    ways: Vec<Way>,
    /// None behind a jump: what follows is dead and nothing is made of it.
    current: Option<BlockId>,
    ops: usize,
    pub span: Span,
}

/// Whether anything goes to a block. What has no way in is not made, so that every jump to a block has to come before the
/// block's own code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    NoneYet,
    Some,
    /// Its code was left out.
    LeftOut,
}

impl Build {
    fn is_reached(&self, block: BlockId) -> bool {
        self.ways[block.index()] == Way::Some
    }

    /// What follows is the block's code, or dead.
    fn enter(&mut self, block: BlockId) {
        let way = &mut self.ways[block.index()];
        if *way == Way::Some {
            self.current = Some(block);
        } else {
            *way = Way::LeftOut;
            self.current = None;
        }
    }

    /// False where the block's code was left out already.
    fn reach(&mut self, block: BlockId) -> bool {
        let way = &mut self.ways[block.index()];
        let in_time = *way != Way::LeftOut;
        *way = Way::Some;
        in_time
    }
}

pub(super) const BIT: Scalar = Scalar { width: 1, signed: false };

impl Lowerer<'_> {
    pub(super) fn constant_id(&mut self, width: u32, value: BigUint) -> ConstId {
        let bits = Bits { width, value: cut(value, width) };
        if let Some(id) = self.consts.get(&bits) {
            return *id;
        }
        let id = ConstId(self.out.consts.len() as u32);
        self.out.consts.push(bits.clone());
        self.consts.insert(bits, id);
        id
    }

    pub(super) fn constant(&mut self, width: u32, value: BigUint) -> Operand {
        Operand::Const(self.constant_id(width, value))
    }

    pub(super) fn number(&mut self, width: u32, value: u64) -> Operand {
        self.constant(width, value.into())
    }

    pub(super) fn bit(&mut self, value: bool) -> Operand {
        self.number(1, value.into())
    }

    pub(super) fn known(&self, operand: Operand) -> Option<&Bits> {
        match operand {
            Operand::Const(id) => self.out.consts.get(id.index()),
            Operand::Slot(_) => None,
        }
    }

    pub(super) fn known_bit(&self, operand: Operand) -> Option<bool> {
        self.known(operand).map(|bits| !bits.value.is_zero())
    }

    pub(super) fn width(&self, operand: Operand) -> u32 {
        self.out.width(operand)
    }

    pub(super) fn temporary(&mut self, scalar: Scalar) -> SlotId {
        let slot = self.slot("$t$", scalar, SlotKind::Local);
        self.temporaries.insert(slot);
        slot
    }

    /// The value as an operand: folded, or computed into a new slot.
    pub(super) fn compute(&mut self, scalar: Scalar, value: Rvalue) -> Operand {
        match fold(&self.out, &value, scalar.width) {
            _ if scalar.width == 0 => return self.number(0, 0),
            Folded::Const(value) => return self.constant(scalar.width, value),
            Folded::Same(operand) => return operand,
            Folded::Keep => {}
        }
        // Dead code has any value; what has no code at all must not look as if it were known.
        if self.code.current.is_none() && self.phase != Phase::Static {
            return self.number(scalar.width, 0);
        }
        let dst = self.temporary(scalar);
        self.push(Op::Set { dst, value });
        Operand::Slot(dst)
    }

    /// `dst = value`, folded.
    pub(super) fn set_to(&mut self, dst: SlotId, value: Rvalue) {
        let width = self.out.slot(dst).width;
        let value = match fold(&self.out, &value, width) {
            Folded::Const(bits) => Rvalue::Use(self.constant(width, bits)),
            Folded::Same(operand) if operand == Operand::Slot(dst) => return,
            Folded::Same(operand) => Rvalue::Use(operand),
            Folded::Keep => value,
        };
        self.push(Op::Set { dst, value });
    }

    pub(super) fn set(&mut self, dst: SlotId, operand: Operand) {
        self.set_to(dst, Rvalue::Use(operand));
    }

    pub(super) fn push(&mut self, op: Op) {
        let Some(current) = self.code.current else { return };
        let span = self.code.span;
        let block = &mut self.code.blocks[current.index()];
        block.ops.push(op);
        block.spans.push(span);
        self.code.ops += 1;
        if self.ops_before + self.code.ops > MOST_OPS {
            // The caller sees it at the next expression or statement.
            let _ = self.stop::<()>(
                span,
                format!("the program is too large after inlining: over {MOST_OPS} operations"),
            );
            self.code.current = None;
        }
    }

    pub(super) fn equals(&mut self, left: Operand, right: Operand) -> Operand {
        if self.width(left) == 0 {
            return self.bit(true);
        }
        self.compute(BIT, Rvalue::Compare(CmpOp::Eq, left, right))
    }

    /// Whether an operand has this value; false where it has not enough bits for it.
    pub(super) fn equals_number(&mut self, operand: Operand, value: u64) -> Operand {
        let width = self.width(operand);
        let value = BigUint::from(value);
        if value.bits() > u64::from(width) {
            return self.bit(false);
        }
        let value = self.constant(width, value);
        self.equals(operand, value)
    }

    pub(super) fn new_block(&mut self) -> BlockId {
        let id = BlockId(self.code.blocks.len() as u32);
        self.code.blocks.push(Block {
            label: None,
            ops: vec![],
            spans: vec![],
            terminator: Terminator::End,
            terminator_span: self.code.span,
        });
        self.code.ways.push(Way::NoneYet);
        id
    }

    pub(super) fn label(&mut self, block: BlockId, label: String) {
        self.code.blocks[block.index()].label = Some(label);
    }

    pub(super) fn is_reached(&self, block: BlockId) -> bool {
        self.code.is_reached(block)
    }

    pub(super) fn is_live(&self) -> bool {
        self.code.current.is_some()
    }

    /// Code of a block beside what is being made; something will go there.
    pub(super) fn detour(&mut self, block: BlockId, run: impl FnOnce(&mut Self)) {
        let current = self.code.current.replace(block);
        run(self);
        self.code.current = current;
    }

    /// Makes no code until `resume`.
    pub(super) fn pause(&mut self) -> Option<BlockId> {
        self.code.current.take()
    }

    pub(super) fn resume(&mut self, paused: Option<BlockId>) {
        self.code.current = paused;
    }

    /// What follows goes into this block; it is dead when nothing goes there. Some jump to a block comes before this, or none
    /// ever does: [`Self::terminate`] refuses one that comes later.
    pub(super) fn switch_to(&mut self, block: BlockId) {
        self.code.enter(block);
    }

    pub(super) fn terminate(&mut self, terminator: Terminator) {
        let Some(current) = self.code.current.take() else { return };
        let mut in_time = true;
        targets(&terminator, |target| in_time &= self.code.reach(target));
        let span = self.code.span;
        if !in_time && !self.session.diags.has_errors() {
            debug_assert!(false, "a jump comes after the code that it goes to was left out");
            let _ = self.stop::<()>(
                span,
                "this cannot be compiled: the compiler goes to code that it had left out, which is a mistake of its own",
            );
        }
        let block = &mut self.code.blocks[current.index()];
        block.terminator = terminator;
        block.terminator_span = span;
    }

    pub(super) fn goto(&mut self, target: BlockId) {
        self.terminate(Terminator::Goto(target));
    }

    pub(super) fn branch(&mut self, cond: Operand, then: BlockId, other: BlockId) {
        match self.known_bit(cond) {
            Some(true) => self.goto(then),
            Some(false) => self.goto(other),
            None => self.terminate(Terminator::Branch { cond, then, other }),
        }
    }

    /// Goes to `cases[k]` where `on` is k.
    pub(super) fn dispatch(&mut self, on: Operand, cases: &[BlockId], default: BlockId) {
        if let Some(bits) = self.known(on) {
            let digits = bits.value.to_u32_digits();
            let at = if digits.len() > 1 { usize::MAX } else { digits.first().map_or(0, |at| *at as usize) };
            return self.goto(cases.get(at).copied().unwrap_or(default));
        }
        let width = self.width(on);
        let most = if width < 32 { 1usize << width } else { usize::MAX };
        let ids = (0..cases.len().min(most)).map(|at| self.constant_id(width, (at as u64).into()));
        let ids: Vec<ConstId> = ids.collect();
        let cases = ids.into_iter().zip(cases.iter().copied()).collect();
        self.terminate(Terminator::Switch { on, cases, default });
    }

    /// Both ways of a condition, each as code that leaves a value of one bit.
    pub(super) fn either(
        &mut self,
        cond: Operand,
        then: impl FnOnce(&mut Self) -> Res<Operand>,
        other: impl FnOnce(&mut Self) -> Res<Operand>,
    ) -> Res<Operand> {
        let result = self.slot("$t$", BIT, SlotKind::Local);
        let (yes, no, done) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(cond, yes, no);
        self.switch_to(yes);
        let value = then(self)?;
        self.set(result, value);
        self.goto(done);
        self.switch_to(no);
        let value = other(self)?;
        self.set(result, value);
        self.goto(done);
        self.switch_to(done);
        Ok(Operand::Slot(result))
    }

    /// Begins a code; what was being made before is given back.
    pub(super) fn begin_code(&mut self) {
        self.code = Build { span: self.code.span, ..Build::default() };
        let entry = self.new_block();
        self.code.reach(entry);
        self.code.current = Some(entry);
    }

    /// Ends the code, without the blocks that nothing goes to.
    pub(super) fn end_code(&mut self, name: String) -> Code {
        self.terminate(Terminator::End);
        self.ops_before += self.code.ops;
        let build = std::mem::take(&mut self.code);
        self.code.span = build.span;
        let mut code = Code { name, blocks: build.blocks };
        crate::opt::remove_unreachable(&mut code);
        code
    }
}

/// Every block that a terminator goes to.
pub(super) fn targets(terminator: &Terminator, mut each: impl FnMut(BlockId)) {
    match terminator {
        Terminator::Goto(target) => each(*target),
        Terminator::Branch { then, other, .. } => {
            each(*then);
            each(*other);
        }
        Terminator::Switch { cases, default, .. } => {
            cases.iter().for_each(|(_, target)| each(*target));
            each(*default);
        }
        Terminator::Apply { actions, .. } => actions.iter().copied().for_each(each),
        Terminator::Reject { .. } | Terminator::End => {}
    }
}

/// 2^bits - 1
pub(super) fn ones(bits: u32) -> BigUint {
    (BigUint::one() << bits) - 1u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(count: usize) -> Build {
        Build { ways: vec![Way::NoneYet; count], ..Build::default() }
    }

    #[test]
    fn a_block_that_nothing_goes_to_is_dead() {
        let mut build = blocks(2);
        assert!(build.reach(BlockId(1)));
        build.enter(BlockId(0));
        assert_eq!(build.current, None);
        build.enter(BlockId(1));
        assert_eq!(build.current, Some(BlockId(1)));
    }

    #[test]
    fn a_jump_back_to_code_that_was_made_is_in_time() {
        let mut build = blocks(1);
        build.reach(BlockId(0));
        build.enter(BlockId(0));
        assert!(build.reach(BlockId(0)));
    }

    #[test]
    fn a_jump_to_code_that_was_left_out_is_seen() {
        let mut build = blocks(1);
        build.enter(BlockId(0));
        assert!(!build.reach(BlockId(0)));
    }
}
