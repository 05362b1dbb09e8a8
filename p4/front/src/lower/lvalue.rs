//! What can be written, and reads by the same paths.

use super::emit::BIT;
use super::place::Place;
use super::types::Scalar;
use super::value::Value;
use super::{Binding, Lowerer, Phase, Res};
use crate::hir::{Expr, ExprKind, LocalKind, StackMember};
use crate::ir::{BinOp, BlockId, Op, Operand, Rvalue, SlotId, Terminator};
use crate::source::Span;
use num_traits::ToPrimitive;

#[derive(Debug, Clone)]
pub(super) enum LValue {
    Place {
        place: Place,
        /// The validity of the header that it is in: without it, writes do nothing.
        guard: Option<SlotId>,
    },
    /// `choices[k]` where `index` is k; nothing elsewhere.
    Choice {
        index: Operand,
        choices: Vec<LValue>,
        /// Of `stack.next`: an extraction moves it on.
        next: Option<SlotId>,
    },
    Slice {
        of: Box<LValue>,
        lo: u32,
        width: u32,
    },
    PlusSlice {
        of: Box<LValue>,
        lo: Operand,
        width: u32,
    },
    /// `_`
    Ignored,
}

/// Where a path leads.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Stored(LValue),
    Value(Value),
}

/// An index of a stack.
enum Index {
    Known(usize),
    /// Known here, in a body that got a constant for its parameter; the program does not know it.
    Inlined(usize),
    RunTime(Operand),
}

/// Scalars of a run-time element up to which guarded writes are made, not branches.
const FEW_LEAVES: usize = 4;

impl LValue {
    pub(super) fn whole(place: Place) -> LValue {
        LValue::Place { place, guard: None }
    }
}

impl Lowerer<'_> {
    pub(super) fn lvalue(&mut self, expr: &Expr) -> Res<LValue> {
        match &expr.kind {
            ExprKind::Slice { of, hi, lo } => {
                let width = hi.saturating_sub(*lo) + 1;
                let of = self.nested(expr.span, |this| this.lvalue(of))?;
                Ok(LValue::Slice { of: of.into(), lo: *lo, width })
            }
            ExprKind::PlusSlice { of, lo, width } => {
                let of = self.nested(expr.span, |this| this.lvalue(of))?;
                match self.index(lo)? {
                    Index::Known(lo) | Index::Inlined(lo) => {
                        let lo = u32::try_from(lo).unwrap_or(u32::MAX);
                        Ok(LValue::Slice { of: of.into(), lo, width: *width })
                    }
                    Index::RunTime(lo) => Ok(LValue::PlusSlice { of: of.into(), lo, width: *width }),
                }
            }
            _ => match self.source(expr)? {
                Source::Stored(lvalue) => Ok(lvalue),
                Source::Value(_) => self.fail(expr.span, "this cannot be written"),
            },
        }
    }

    /// The storage that an expression names, where it names some.
    pub(super) fn source(&mut self, expr: &Expr) -> Res<Source> {
        self.nested(expr.span, |this| match &expr.kind {
            ExprKind::Local(local) => this.local_source(*local, expr),
            ExprKind::Field(of, index) => match this.source(of)? {
                Source::Stored(lvalue) => {
                    this.project(&lvalue, *index as usize, expr.span).map(Source::Stored)
                }
                Source::Value(value) => match value.member(*index as usize) {
                    Some(member) => Ok(Source::Value(member.clone())),
                    None => this.fail(expr.span, "this has no such field"),
                },
            },
            ExprKind::Index(of, at) => {
                let of = this.source(of)?;
                let index = this.index(at)?;
                this.element(of, index, None, expr.span)
            }
            ExprKind::Stack(of, StackMember::Next) => {
                let of = this.source(of)?;
                this.next_element(of, expr.span)
            }
            ExprKind::Stack(of, StackMember::Last) => {
                let of = this.source(of)?;
                this.last_element(of, expr.span)
            }
            _ => this.expr(expr).map(Source::Value),
        })
    }

    fn local_source(&mut self, local: crate::hir::LocalId, expr: &Expr) -> Res<Source> {
        let Some(scope) = self.scopes.last() else {
            return self.fail(expr.span, "a variable outside of every body");
        };
        match scope.names.get(&local) {
            Some(Binding::Place(place)) => return Ok(Source::Stored(LValue::whole(place.clone()))),
            Some(Binding::Value(value)) => return Ok(Source::Value(value.clone())),
            None => {}
        }
        match scope.decls.get(local.index()).map(|declared| declared.name) {
            Some(name) => {
                let name = self.text(name);
                self.limit(expr.span, format!("{name} has no value that is known at compile time"))
            }
            None => self.fail(expr.span, "a variable that is not declared"),
        }
    }

    fn project(&mut self, lvalue: &LValue, index: usize, span: Span) -> Res<LValue> {
        match lvalue {
            LValue::Place { place, guard } => {
                let (member, guard) = match place {
                    Place::Struct(members) => (members.get(index), *guard),
                    Place::Union(members) => (members.get(index), None),
                    Place::Header(id, fields) => (fields.get(index), Some(self.valid_slot(*id))),
                    _ => (None, None),
                };
                match member {
                    Some(place) => Ok(LValue::Place { place: place.clone(), guard }),
                    None => self.fail(span, "this has no such field"),
                }
            }
            LValue::Choice { index: on, choices, next } => {
                let choices = choices.iter().map(|choice| self.project(choice, index, span));
                Ok(LValue::Choice { index: *on, choices: choices.collect::<Res<_>>()?, next: *next })
            }
            LValue::Slice { .. } | LValue::PlusSlice { .. } | LValue::Ignored => {
                self.fail(span, "this has no fields")
            }
        }
    }

    /// An index, evaluated once.
    fn index(&mut self, expr: &Expr) -> Res<Index> {
        let value = self.expr(expr)?;
        let number = match &value {
            Value::Int(number) => Some(number.clone()),
            Value::Scalar(operand) => self.known(*operand).map(|bits| bits.value.clone().into()),
            _ => None,
        };
        if let Some(number) = number {
            let at = number.to_usize().unwrap_or(usize::MAX);
            return Ok(if self.is_fixed(expr) { Index::Known(at) } else { Index::Inlined(at) });
        }
        let mut operand = self.scalar(value, expr)?;
        // A negative index is out of every range, and stays so when it is wide.
        if self.is_signed(&self.ty(&expr.ty)) && self.width(operand) < 32 {
            let wide = Scalar { width: 32, signed: false };
            operand = self.compute(wide, Rvalue::Resize { of: operand, signed: true });
        }
        Ok(Index::RunTime(self.stable(operand)))
    }

    /// What is a compile-time known value by the rules of section 18.1, where it is one at all.
    pub(super) fn is_fixed(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Local(local) => {
                let decls = self.scopes.last().map_or(&[][..], |scope| scope.decls);
                let kind = decls.get(local.index()).map(|local| &local.kind);
                matches!(kind, Some(LocalKind::ConstructorParam))
            }
            ExprKind::Unary(_, of)
            | ExprKind::Cast(of)
            | ExprKind::Field(of, _)
            | ExprKind::Slice { of, .. } => self.is_fixed(of),
            ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => self.is_fixed(a) && self.is_fixed(b),
            ExprKind::Ternary(a, b, c) => self.is_fixed(a) && self.is_fixed(b) && self.is_fixed(c),
            ExprKind::Call(_) | ExprKind::PlusSlice { .. } | ExprKind::ApplyHit { .. } => false,
            _ => true,
        }
    }

    fn element(&mut self, of: Source, index: Index, next: Option<SlotId>, span: Span) -> Res<Source> {
        match of {
            Source::Stored(lvalue) => self.stored_element(&lvalue, &index, next, span).map(Source::Stored),
            Source::Value(Value::Stack { elements, .. } | Value::Struct(elements)) => match index {
                Index::Known(at) => match elements.into_iter().nth(at) {
                    Some(element) => Ok(Source::Value(element)),
                    None => self.fail(span, format!("index {at} is out of range")),
                },
                Index::Inlined(at) => {
                    let zero = elements.first().map_or(Value::Void, |first| self.zero_like(first));
                    Ok(Source::Value(elements.into_iter().nth(at).unwrap_or(zero)))
                }
                Index::RunTime(on) => self.chosen(on, elements).map(Source::Value),
            },
            Source::Value(_) => self.fail(span, "this has no elements"),
        }
    }

    fn stored_element(
        &mut self,
        of: &LValue,
        index: &Index,
        next: Option<SlotId>,
        span: Span,
    ) -> Res<LValue> {
        let (elements, guard) = match of {
            LValue::Place { place: Place::Stack { elements, .. } | Place::Struct(elements), guard } => {
                (elements, *guard)
            }
            LValue::Choice { index: on, choices, next } => {
                let choices = choices.iter().map(|choice| self.stored_element(choice, index, None, span));
                return Ok(LValue::Choice { index: *on, choices: choices.collect::<Res<_>>()?, next: *next });
            }
            _ => return self.fail(span, "this has no elements"),
        };
        match index {
            Index::Known(at) => match elements.get(*at) {
                Some(place) => Ok(LValue::Place { place: place.clone(), guard }),
                None => {
                    self.fail(span, format!("index {at} is out of range: it has {} elements", elements.len()))
                }
            },
            Index::Inlined(at) if *at < elements.len() => {
                Ok(LValue::Place { place: elements[*at].clone(), guard })
            }
            Index::Inlined(_) | Index::RunTime(_) => {
                let on = match index {
                    Index::RunTime(on) => on,
                    _ => &self.number(32, u64::from(u32::MAX)),
                };
                let choices =
                    elements.iter().map(|place| LValue::Place { place: place.clone(), guard }).collect();
                Ok(LValue::Choice { index: *on, choices, next })
            }
        }
    }

    /// The next index of a stack and its size.
    pub(super) fn stack_state(&mut self, of: &Source, span: Span) -> Res<(Operand, usize, Option<SlotId>)> {
        let state = match of {
            Source::Stored(LValue::Place { place: Place::Stack { elements, next: Some(next) }, .. }) => {
                Some((Operand::Slot(*next), elements.len(), Some(*next)))
            }
            Source::Value(Value::Stack { elements, next: Some(next) }) => Some((*next, elements.len(), None)),
            _ => None,
        };
        match state {
            Some(state) => Ok(state),
            None => self.fail(span, "this is not a stack of headers"),
        }
    }

    /// `stack.next` (P4-16 8.18): StackOutOfBounds behind the last element.
    fn next_element(&mut self, of: Source, span: Span) -> Res<Source> {
        let (next, size, slot) = self.stack_state(&of, span)?;
        let index = self.stable(next);
        let most = self.number(32, size as u64);
        let inside = self.compute(BIT, Rvalue::Compare(crate::ir::CmpOp::Lt, index, most));
        self.require(inside, "StackOutOfBounds", span)?;
        self.element(of, Index::RunTime(index), slot, span)
    }

    fn last_element(&mut self, of: Source, span: Span) -> Res<Source> {
        let (next, size, _) = self.stack_state(&of, span)?;
        let wide = Scalar { width: 32, signed: false };
        let one = self.number(32, 1);
        let index = self.compute(wide, Rvalue::Binary(BinOp::Sub, next, one));
        let index = self.stable(index);
        let most = self.number(32, size as u64);
        let inside = self.compute(BIT, Rvalue::Compare(crate::ir::CmpOp::Lt, index, most));
        self.require(inside, "StackOutOfBounds", span)?;
        self.element(of, Index::RunTime(index), None, span)
    }

    /// The parser ends with an error of the core library unless this bit is set. Outside of a parser there is no such end.
    fn require(&mut self, cond: Operand, error: &str, span: Span) -> Res<()> {
        if self.phase != Phase::Parser {
            return Ok(());
        }
        let at = self.hir.errors.iter().position(|name| self.session.text(*name) == error);
        let Some(at) = at else {
            return self.fail(span, format!("error.{error} is not declared; include core.p4"));
        };
        let error = self.number(crate::ir::ENUM_WIDTH, at as u64);
        let (good, bad) = (self.new_block(), self.new_block());
        self.branch(cond, good, bad);
        self.switch_to(bad);
        self.terminate(Terminator::Reject { error });
        self.switch_to(good);
        Ok(())
    }

    /// `elements[on]`, zero when it is out of range.
    pub(super) fn chosen(&mut self, on: Operand, elements: Vec<Value>) -> Res<Value> {
        let Some(first) = elements.first() else { return Ok(Value::Void) };
        let mut result = self.zero_like(first);
        for (at, element) in elements.iter().enumerate() {
            let here = self.equals_number(on, at as u64);
            result = self.select(here, element, &result);
        }
        Ok(result)
    }

    pub(super) fn read(&mut self, lvalue: &LValue) -> Res<Value> {
        match lvalue {
            LValue::Place { place, .. } => Ok(self.load(place)),
            LValue::Choice { index, choices, .. } => {
                let values = choices.iter().map(|choice| self.read(choice)).collect::<Res<Vec<_>>>()?;
                self.chosen(*index, values)
            }
            LValue::Slice { of, lo, width } => {
                let of = self.read_scalar(of)?;
                Ok(Value::Scalar(self.slice(of, *lo, *width)))
            }
            LValue::PlusSlice { of, lo, width } => {
                let of = self.read_scalar(of)?;
                Ok(Value::Scalar(self.plus_slice(of, *lo, *width)))
            }
            LValue::Ignored => Ok(Value::Void),
        }
    }

    fn read_scalar(&mut self, lvalue: &LValue) -> Res<Operand> {
        match self.read(lvalue)? {
            Value::Scalar(operand) => Ok(operand),
            _ => self.fail(self.code.span, "only a number has bits"),
        }
    }

    /// Bits above the value are zero.
    pub(super) fn slice(&mut self, of: Operand, lo: u32, width: u32) -> Operand {
        let scalar = Scalar { width, signed: false };
        let whole = self.width(of);
        if lo >= whole {
            return self.number(width, 0);
        }
        if width > whole - lo {
            let part = self.slice(of, lo, whole - lo);
            return self.compute(scalar, Rvalue::Resize { of: part, signed: false });
        }
        self.compute(scalar, Rvalue::Slice { of, lo })
    }

    pub(super) fn plus_slice(&mut self, of: Operand, lo: Operand, width: u32) -> Operand {
        let whole = Scalar { width: self.width(of), signed: false };
        let shifted = self.compute(whole, Rvalue::Binary(BinOp::Shr, of, lo));
        self.compute(Scalar { width, signed: false }, Rvalue::Resize { of: shifted, signed: false })
    }

    /// The validity of a header or union.
    pub(super) fn validity(&mut self, lvalue: &LValue, span: Span) -> Res<Operand> {
        match lvalue {
            LValue::Place { place, .. } => {
                let value = self.load(place);
                self.validity_of(&value, span)
            }
            LValue::Choice { index, choices, .. } => {
                let bits =
                    choices.iter().map(|choice| self.validity(choice, span)).collect::<Res<Vec<_>>>()?;
                match self.chosen(*index, bits.into_iter().map(Value::Scalar).collect())? {
                    Value::Scalar(bit) => Ok(bit),
                    _ => Ok(self.bit(false)),
                }
            }
            _ => self.fail(span, "only headers and unions are valid or not"),
        }
    }

    pub(super) fn validity_of(&mut self, value: &Value, span: Span) -> Res<Operand> {
        match value {
            Value::Header { valid, .. } => Ok(*valid),
            Value::Union(members) => {
                let mut any = self.bit(false);
                for member in members {
                    let valid = self.validity_of(member, span)?;
                    any = self.logic(BinOp::Or, any, valid);
                }
                Ok(any)
            }
            _ => self.fail(span, "only headers and unions are valid or not"),
        }
    }

    pub(super) fn write(&mut self, lvalue: &LValue, value: &Value) -> Res<()> {
        match lvalue {
            LValue::Place { place, guard } => {
                self.store(place, value, guard.map(Operand::Slot));
                Ok(())
            }
            LValue::Choice { index, choices, .. } => self.write_choice(*index, choices, value),
            LValue::Slice { of, lo, width } => self.write_slice(of, *lo, *width, value),
            LValue::PlusSlice { of, lo, width } => self.write_plus_slice(of, *lo, *width, value),
            LValue::Ignored => Ok(()),
        }
    }

    fn write_choice(&mut self, index: Operand, choices: &[LValue], value: &Value) -> Res<()> {
        let mut leaves = vec![];
        value.operands(&mut leaves);
        let guarded = leaves.len() <= FEW_LEAVES && choices.iter().all(is_plain);
        if !guarded {
            return self.each_choice(index, choices, &mut |this, choice| this.write(choice, value));
        }
        for (at, choice) in choices.iter().enumerate() {
            if let LValue::Place { place, guard } = choice {
                let mut here = self.equals_number(index, at as u64);
                if let Some(valid) = guard {
                    here = self.logic(BinOp::And, here, Operand::Slot(*valid));
                }
                self.store(place, value, Some(here));
            }
        }
        Ok(())
    }

    /// Code for each choice, of which one is executed.
    pub(super) fn each_choice(
        &mut self,
        index: Operand,
        choices: &[LValue],
        run: &mut dyn FnMut(&mut Self, &LValue) -> Res<()>,
    ) -> Res<()> {
        let blocks: Vec<BlockId> = choices.iter().map(|_| self.new_block()).collect();
        let done = self.new_block();
        self.dispatch(index, &blocks, done);
        for (choice, block) in choices.iter().zip(blocks) {
            self.switch_to(block);
            run(self, choice)?;
            self.goto(done);
        }
        self.switch_to(done);
        Ok(())
    }

    fn write_slice(&mut self, of: &LValue, lo: u32, width: u32, value: &Value) -> Res<()> {
        let into = self.read_scalar(of)?;
        let whole = self.width(into);
        if lo >= whole || width == 0 {
            return Ok(());
        }
        let Value::Scalar(mut part) = *value else {
            return self.fail(self.code.span, "only a number has bits");
        };
        if width > whole - lo {
            part = self.slice(part, 0, whole - lo);
        }
        let scalar = Scalar { width: whole, signed: false };
        let new = self.compute(scalar, Rvalue::Insert { into, lo, value: part });
        self.write(of, &Value::Scalar(new))
    }

    fn write_plus_slice(&mut self, of: &LValue, lo: Operand, width: u32, value: &Value) -> Res<()> {
        if width == 0 {
            return Ok(());
        }
        let into = self.read_scalar(of)?;
        let scalar = Scalar { width: self.width(into), signed: false };
        let Value::Scalar(part) = *value else {
            return self.fail(self.code.span, "only a number has bits");
        };
        let ones = self.constant(scalar.width, super::emit::ones(width));
        let mask = self.compute(scalar, Rvalue::Binary(BinOp::Shl, ones, lo));
        let hole = self.compute(scalar, Rvalue::Not(mask));
        let kept = self.compute(scalar, Rvalue::Binary(BinOp::And, into, hole));
        let wide = self.compute(scalar, Rvalue::Resize { of: part, signed: false });
        let moved = self.compute(scalar, Rvalue::Binary(BinOp::Shl, wide, lo));
        let new = self.compute(scalar, Rvalue::Binary(BinOp::Or, kept, moved));
        self.write(of, &Value::Scalar(new))
    }

    /// `setValid` and `setInvalid`.
    pub(super) fn set_validity(&mut self, lvalue: &LValue, valid: bool, span: Span) -> Res<()> {
        match lvalue {
            LValue::Place { place: Place::Header(id, _), .. } => {
                match valid {
                    true => self.push(Op::SetValid(*id)),
                    false => self.push(Op::SetInvalid(*id)),
                }
                Ok(())
            }
            LValue::Choice { index, choices, .. } => {
                self.each_choice(*index, choices, &mut |this, choice| this.set_validity(choice, valid, span))
            }
            _ => self.fail(span, "only headers can be made valid or invalid"),
        }
    }
}

/// Nothing in it has a validity, so that a guarded write does what an assignment does.
fn is_plain(choice: &LValue) -> bool {
    match choice {
        LValue::Place { place, .. } => is_plain_place(place),
        _ => false,
    }
}

fn is_plain_place(place: &Place) -> bool {
    match place {
        Place::Scalar(_) | Place::Empty | Place::Varbit { .. } => true,
        Place::Struct(members) => members.iter().all(is_plain_place),
        Place::Stack { elements, next } => next.is_none() && elements.iter().all(is_plain_place),
        Place::Header(..) | Place::Union(_) => false,
    }
}
