//! Statements (P4-16 section 12).

use super::emit::BIT;
use super::lvalue::LValue;
use super::place::Place;
use super::types::Scalar;
use super::value::{Value, bits_of};
use super::{Binding, Loop, Lowerer, Res};
use crate::ast::BinaryOp;
use crate::hir::{Expr, LocalId, Stmt, Ty};
use crate::ir::{BinOp, BlockId, CmpOp, ConstId, Op, Operand, Rvalue, Terminator};
use crate::source::Span;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// Turns of a loop over `int`, which is unrolled.
const MOST_TURNS: usize = 10_000;

impl<'a> Lowerer<'a> {
    /// Statements in order. One that is wrong is left out, so that others can be reported, too.
    pub(super) fn stmts(&mut self, stmts: &'a [Stmt]) -> Res<()> {
        let mut result = Ok(());
        for stmt in stmts {
            let done = self.nested(self.code.span, |this| this.stmt(stmt));
            if done.is_err() {
                result = done;
                if self.stopped {
                    return result;
                }
            }
        }
        result
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Res<()> {
        match stmt {
            Stmt::Var(local, value) => self.variable(*local, value.as_ref()),
            Stmt::Assign(to, value) => {
                self.code.span = to.span.to(value.span);
                let lvalue = self.lvalue(to)?;
                let value = self.expr(value)?;
                self.write(&lvalue, &value)
            }
            Stmt::OpAssign(op, to, value) => self.op_assign(*op, to, value),
            Stmt::Call(call) => {
                self.code.span = call.span;
                self.expr(call).map(|_| ())
            }
            Stmt::If(arms, last) => self.if_else(arms, last),
            Stmt::Block { annotations, stmts } => {
                let atomic = annotations.iter().any(|annotation| annotation.name == "atomic");
                self.with_crcs(annotations, |this| this.block(atomic, stmts))
            }
            Stmt::Return(value) => self.return_value(value.as_ref()),
            Stmt::Break => self.leave_loop(|innermost| innermost.on_break),
            Stmt::Continue => self.leave_loop(|innermost| innermost.on_continue),
            Stmt::Exit => self.exit(),
            Stmt::SwitchAction { table, span, cases, default } => {
                self.code.span = *span;
                self.switch_action(*table, *span, cases, default.as_deref())
            }
            Stmt::Switch { on, cases, default } => self.switch(on, cases, default.as_deref()),
            Stmt::For { init, cond, update, body } => self.for_loop(init, cond, update, body),
            Stmt::ForRange { var, lo, hi, body } => self.for_range(*var, lo, hi, body),
            Stmt::ForEach { var, over, body } => self.for_each(*var, over, body),
        }
    }

    /// The name and type of a variable of the body.
    fn declared(&mut self, local: LocalId) -> Res<(String, Ty, Span)> {
        let decls = self.scopes.last().map(|scope| scope.decls);
        match decls.and_then(|decls| decls.get(local.index())) {
            Some(declared) => Ok((self.text(declared.name), self.ty(&declared.ty), declared.span)),
            None => self.fail(self.code.span, "a variable that is not declared"),
        }
    }

    fn bind(&mut self, local: LocalId, binding: Binding) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(local, binding);
        }
    }

    fn variable(&mut self, local: LocalId, value: Option<&Expr>) -> Res<()> {
        let (name, ty, span) = self.declared(local)?;
        self.code.span = value.map_or(span, |value| span.to(value.span));
        let place = self.local(&ty, &name, span)?;
        match value {
            None => self.clear(&place),
            Some(value) => {
                let value = self.expr(value)?;
                self.store(&place, &value, None);
            }
        }
        self.bind(local, Binding::Place(place));
        Ok(())
    }

    fn op_assign(&mut self, op: BinaryOp, to: &Expr, value: &Expr) -> Res<()> {
        let span = to.span.to(value.span);
        self.code.span = span;
        let lvalue = self.lvalue(to)?;
        let mut old = self.read(&lvalue)?;
        if value.has_effect() {
            old = self.snapshot(old);
        }
        let by = self.expr(value)?;
        let new = self.binary(op, (old, to), (by, value), &to.ty, span)?;
        self.write(&lvalue, &new)
    }

    fn if_else(&mut self, arms: &'a [(Expr, Vec<Stmt>)], last: &'a [Stmt]) -> Res<()> {
        let (mut ends, mut result) = (vec![], Ok(()));
        for (cond, then) in arms {
            self.code.span = cond.span;
            let cond = match self.operand(cond) {
                Ok(cond) => cond,
                Err(failed) => {
                    result = Err(failed);
                    break;
                }
            };
            let (yes, no, done) = (self.new_block(), self.new_block(), self.new_block());
            self.branch(cond, yes, no);
            self.switch_to(yes);
            result = result.and(self.stmts(then));
            self.goto(done);
            self.switch_to(no);
            ends.push(done);
        }
        if ends.len() == arms.len() {
            result = result.and(self.stmts(last));
        }
        for done in ends.into_iter().rev() {
            self.goto(done);
            self.switch_to(done);
        }
        result
    }

    fn block(&mut self, atomic: bool, stmts: &'a [Stmt]) -> Res<()> {
        let outermost = atomic && !self.in_atomic;
        if outermost {
            self.push(Op::AtomicBegin);
            self.in_atomic = true;
        }
        let result = self.stmts(stmts);
        if outermost {
            self.in_atomic = false;
            self.push(Op::AtomicEnd);
        }
        result
    }

    /// Before a jump out to a place that is in an atomic block or not.
    fn leave_atomic(&mut self, outside: bool) {
        if self.in_atomic && !outside {
            self.push(Op::AtomicEnd);
        }
    }

    fn return_value(&mut self, value: Option<&Expr>) -> Res<()> {
        if let Some(value) = value {
            self.code.span = value.span;
            let evaluated = self.expr(value)?;
            let result = self.frames.last().and_then(|frame| frame.result.clone());
            if let Some((place, ty)) = result {
                let from = self.ty(&value.ty);
                let converted = self.convert(evaluated, &from, &ty, value.span)?;
                self.store(&place, &converted, None);
            }
        }
        let Some(frame) = self.frames.last() else {
            return self.fail(self.code.span, "return outside of a body");
        };
        let (done, in_atomic) = (frame.done, frame.in_atomic);
        self.leave_atomic(in_atomic);
        self.goto(done);
        Ok(())
    }

    fn exit(&mut self) -> Res<()> {
        self.leave_atomic(false);
        let target = self.exit_block()?;
        self.goto(target);
        Ok(())
    }

    fn leave_loop(&mut self, target: impl FnOnce(&Loop) -> BlockId) -> Res<()> {
        let innermost = self.frames.last().and_then(|frame| frame.loops.last()).copied();
        let Some(innermost) = innermost else {
            return self.fail(self.code.span, "break and continue belong into a loop");
        };
        self.leave_atomic(innermost.in_atomic);
        self.goto(target(&innermost));
        Ok(())
    }

    fn switch_action(
        &mut self,
        table: crate::hir::TableId,
        span: Span,
        cases: &'a [(Vec<usize>, Vec<Stmt>)],
        default: Option<&'a [Stmt]>,
    ) -> Res<()> {
        let done = self.new_block();
        let blocks: Vec<BlockId> = cases.iter().map(|_| self.new_block()).collect();
        let other = if default.is_some() { self.new_block() } else { done };
        let after = |action: usize| {
            let case = cases.iter().position(|(labels, _)| labels.contains(&action));
            case.map_or(other, |case| blocks[case])
        };
        self.apply_table(table, None, &after, span)?;
        let mut result = Ok(());
        for ((_, body), block) in cases.iter().zip(&blocks) {
            self.switch_to(*block);
            result = result.and(self.stmts(body));
            self.goto(done);
        }
        if let Some(default) = default {
            self.switch_to(other);
            result = result.and(self.stmts(default));
            self.goto(done);
        }
        self.switch_to(done);
        result
    }

    fn switch(
        &mut self,
        on: &Expr,
        cases: &'a [(Vec<Expr>, Vec<Stmt>)],
        default: Option<&'a [Stmt]>,
    ) -> Res<()> {
        self.code.span = on.span;
        let value = self.operand(on)?;
        let width = self.width(value);
        let done = self.new_block();
        let other = if default.is_some() { self.new_block() } else { done };
        let mut blocks = vec![];
        let mut labels: Vec<(ConstId, BlockId)> = vec![];
        for (exprs, _) in cases {
            let block = self.new_block();
            blocks.push(block);
            for expr in exprs {
                let label = match self.expr(expr)? {
                    Value::Int(number) => self.constant(width, bits_of(&number, width)),
                    other => self.scalar(other, expr)?,
                };
                match label {
                    Operand::Const(id) if self.out.consts[id.index()].width == width => {
                        if !labels.iter().any(|(known, _)| *known == id) {
                            labels.push((id, block));
                        }
                    }
                    _ => return self.fail(expr.span, "a label of switch must be known at compile time"),
                }
            }
        }
        match value {
            Operand::Const(id) => {
                let target = labels.iter().find(|(label, _)| *label == id).map_or(other, |(_, block)| *block);
                self.goto(target);
            }
            Operand::Slot(_) => {
                self.terminate(Terminator::Switch { on: value, cases: labels, default: other })
            }
        }
        let mut result = Ok(());
        for ((_, body), block) in cases.iter().zip(blocks) {
            self.switch_to(block);
            result = result.and(self.stmts(body));
            self.goto(done);
        }
        if let Some(default) = default {
            self.switch_to(other);
            result = result.and(self.stmts(default));
            self.goto(done);
        }
        self.switch_to(done);
        result
    }

    fn in_loop(&mut self, on_break: BlockId, on_continue: BlockId, body: &'a [Stmt]) -> Res<()> {
        let in_atomic = self.in_atomic;
        if let Some(frame) = self.frames.last_mut() {
            frame.loops.push(Loop { on_break, on_continue, in_atomic });
        }
        let result = self.stmts(body);
        if let Some(frame) = self.frames.last_mut() {
            frame.loops.pop();
        }
        result
    }

    fn for_loop(&mut self, init: &'a [Stmt], cond: &Expr, update: &'a [Stmt], body: &'a [Stmt]) -> Res<()> {
        self.stmts(init)?;
        let (head, turn, next, done) =
            (self.new_block(), self.new_block(), self.new_block(), self.new_block());
        self.goto(head);
        self.switch_to(head);
        self.code.span = cond.span;
        self.push(Op::Step);
        let cond = self.operand(cond)?;
        self.branch(cond, turn, done);
        self.switch_to(turn);
        let result = self.in_loop(done, next, body);
        self.goto(next);
        self.switch_to(next);
        let result = result.and(self.stmts(update));
        self.goto(head);
        self.switch_to(done);
        result
    }

    /// `for (T i in lo .. hi)`, both ends included and evaluated once.
    fn for_range(&mut self, var: LocalId, lo: &Expr, hi: &Expr, body: &'a [Stmt]) -> Res<()> {
        self.code.span = lo.span.to(hi.span);
        let (name, ty, span) = self.declared(var)?;
        let mut from = self.expr(lo)?;
        if hi.has_effect() {
            from = self.snapshot(from);
        }
        let to = self.expr(hi)?;
        let Some(scalar) = self.scalar_of(&ty) else {
            return match (from, to) {
                (Value::Int(from), Value::Int(to)) => self.unrolled_range(var, from, &to, body, span),
                _ => self.fail(span, "the bounds of this loop must be known at compile time"),
            };
        };
        let (from, to) = (self.convert(from, &lo.ty, &ty, span)?, self.convert(to, &hi.ty, &ty, span)?);
        let (from, to) = (self.scalar(from, lo)?, self.scalar(to, hi)?);
        let to = self.stable(to);
        let counter = self.slot("$i$", scalar, crate::ir::SlotKind::Local);
        self.set(counter, from);
        let (head, turn, next, again, done) =
            (self.new_block(), self.new_block(), self.new_block(), self.new_block(), self.new_block());
        let some = self.less(from, to, true, scalar.signed);
        self.branch(some, head, done);
        self.switch_to(head);
        self.push(Op::Step);
        self.goto(turn);
        self.switch_to(turn);
        let place = self.local(&ty, &name, span)?;
        self.store(&place, &Value::Scalar(Operand::Slot(counter)), None);
        self.bind(var, Binding::Place(place));
        let result = self.in_loop(done, next, body);
        self.goto(next);
        self.switch_to(next);
        // The end is looked at before the counter moves on: it may be the largest number there is.
        let last = self.compute(BIT, Rvalue::Compare(CmpOp::Eq, Operand::Slot(counter), to));
        self.branch(last, done, again);
        self.switch_to(again);
        let one = self.number(scalar.width, 1);
        self.set_to(counter, Rvalue::Binary(BinOp::Add, Operand::Slot(counter), one));
        self.goto(head);
        self.switch_to(done);
        result
    }

    fn unrolled_range(
        &mut self,
        var: LocalId,
        from: BigInt,
        to: &BigInt,
        body: &'a [Stmt],
        span: Span,
    ) -> Res<()> {
        let turns = (to - &from + 1u32).max(BigInt::from(0)).to_usize().unwrap_or(usize::MAX);
        if turns > MOST_TURNS {
            return self.fail(span, format!("{turns} turns are too many; the limit is {MOST_TURNS}"));
        }
        let values = (0..turns).map(|at| Binding::Value(Value::Int(&from + at))).collect();
        self.unrolled(var, values, body)
    }

    fn unrolled(&mut self, var: LocalId, values: Vec<Binding>, body: &'a [Stmt]) -> Res<()> {
        let done = self.new_block();
        for value in values {
            let next = self.new_block();
            self.bind(var, value);
            self.in_loop(done, next, body)?;
            self.goto(next);
            self.switch_to(next);
        }
        self.goto(done);
        self.switch_to(done);
        Ok(())
    }

    /// Over the elements of a list or stack as they are before the first turn.
    fn for_each(&mut self, var: LocalId, over: &Expr, body: &'a [Stmt]) -> Res<()> {
        self.code.span = over.span;
        let value = self.expr(over)?;
        let elements = match self.snapshot(value) {
            Value::Struct(elements) | Value::Stack { elements, .. } => elements,
            _ => return self.fail(over.span, "this has no elements"),
        };
        let (name, ty, span) = self.declared(var)?;
        let done = self.new_block();
        for element in elements {
            let next = self.new_block();
            let binding = match element {
                known @ (Value::Int(_) | Value::Str(_) | Value::MatchKind(_) | Value::Object(_)) => {
                    Binding::Value(known)
                }
                value => {
                    let place = self.local(&ty, &name, span)?;
                    self.store(&place, &value, None);
                    Binding::Place(place)
                }
            };
            self.bind(var, binding);
            self.in_loop(done, next, body)?;
            self.goto(next);
            self.switch_to(next);
        }
        self.goto(done);
        self.switch_to(done);
        Ok(())
    }

    /// `push_front` and `pop_front` (P4-16 8.18).
    pub(super) fn shift_stack(&mut self, of: &LValue, count: &BigInt, push: bool, span: Span) -> Res<()> {
        let LValue::Place { place: Place::Stack { elements, next: Some(next) }, .. } = of else {
            return self.fail(span, "this is not a stack of headers");
        };
        let size = elements.len();
        let Some(count) = count.to_u32().filter(|count| *count > 0) else {
            return self.fail(span, format!("the count must be positive, this is {count}"));
        };
        let by = (count as usize).min(size);
        let order: Vec<usize> = if push { (0..size).rev().collect() } else { (0..size).collect() };
        for at in order {
            let from = if push { at.checked_sub(by) } else { Some(at + by).filter(|from| *from < size) };
            match from {
                Some(from) if from != at => {
                    let value = self.load(&elements[from]);
                    self.store(&elements[at], &value, None);
                }
                Some(_) => {}
                None => self.clear(&elements[at]),
            }
        }
        let wide = Scalar { width: 32, signed: false };
        let (index, shift) = (Operand::Slot(*next), self.number(32, by as u64));
        let op = if push { BinOp::AddSat } else { BinOp::SubSat };
        let moved = self.compute(wide, Rvalue::Binary(op, index, shift));
        let most = self.number(32, size as u64);
        let over = self.compute(BIT, Rvalue::Compare(CmpOp::Lt, most, moved));
        self.set_to(*next, Rvalue::Select { cond: over, then: most, other: moved });
        Ok(())
    }
}
