//! States and transitions of a parser (P4-16 section 13).

use super::emit::BIT;
use super::types::Scalar;
use super::value::{Value, bits_of};
use super::{Failed, Lowerer, Phase, Res, What};
use crate::hir::{self, Expr, Key, StateId, Target, Transition, Ty, ValueSetId};
use crate::ir::{self, BinOp, BlockId, ConstId, ENUM_WIDTH, Op, Operand, Rvalue, Terminator};
use crate::source::Span;
use num_traits::ToPrimitive;
use std::collections::{HashMap, HashSet};

/// Several keys are compared as one number up to this width.
const WIDEST_SWITCH: u32 = 64;

/// A scalar of what a select looks at, with whether it is signed.
#[derive(Debug, Clone, Copy)]
struct Looked {
    operand: Operand,
    signed: bool,
}

/// The blocks of the states of one application of a parser.
struct States {
    blocks: HashMap<StateId, BlockId>,
    waiting: Vec<StateId>,
}

impl<'a> Lowerer<'a> {
    /// The states from `start` on; accepting goes behind the body.
    pub(super) fn parser_body(&mut self, id: hir::ParserId) -> Res<()> {
        let parser = self.hir.parsers.get(id.index()).ok_or(Failed)?;
        if self.phase != Phase::Parser {
            return self.fail(parser.span, "a parser can be applied in a parser only");
        }
        let mut result = self.stmts(&parser.init);
        let heads = loop_heads(parser);
        let mut states = States { blocks: HashMap::new(), waiting: vec![] };
        let start = self.state_block(Target::State(parser.start), parser, &mut states)?;
        self.goto(start);
        while let Some(id) = self.next_state(&mut states) {
            let Some(state) = parser.states.get(id.index()) else { continue };
            self.switch_to(states.blocks[&id]);
            self.code.span = state.span;
            if heads.contains(&id) {
                self.push(Op::Step);
            }
            result = result.and(self.stmts(&state.body));
            result = result.and(self.transition(parser, state, &mut states));
            if self.stopped {
                break;
            }
        }
        self.code.span = parser.span;
        result
    }

    /// One that something goes to already: where a `select` is decided here, the state that it names may be reached from a
    /// later one only. Those that nothing goes to come last, for what is wrong with them.
    fn next_state(&self, states: &mut States) -> Option<StateId> {
        let reached = states.waiting.iter().rposition(|id| self.is_reached(states.blocks[id]));
        match reached {
            Some(at) => Some(states.waiting.remove(at)),
            None => states.waiting.pop(),
        }
    }

    /// Where a target is; a state that is new gets its turn.
    fn state_block(&mut self, target: Target, parser: &'a hir::Parser, states: &mut States) -> Res<BlockId> {
        match target {
            Target::Accept => self.frames.last().map(|frame| frame.done).ok_or(Failed),
            Target::Reject => {
                let block = self.new_block();
                self.detour(block, |this| {
                    let error = this.number(ENUM_WIDTH, 0);
                    this.terminate(Terminator::Reject { error });
                });
                Ok(block)
            }
            Target::State(id) => {
                if let Some(block) = states.blocks.get(&id) {
                    return Ok(*block);
                }
                let block = self.new_block();
                if let Some(state) = parser.states.get(id.index()) {
                    let label = format!("state {}", self.text(state.name));
                    self.label(block, label);
                }
                states.blocks.insert(id, block);
                states.waiting.push(id);
                Ok(block)
            }
        }
    }

    fn no_match(&mut self, span: Span) -> Res<BlockId> {
        let Some(at) = self.hir.errors.iter().position(|name| self.session.text(*name) == "NoMatch") else {
            return self.fail(span, "error.NoMatch is not declared; include core.p4");
        };
        let block = self.new_block();
        self.detour(block, |this| {
            let error = this.number(ENUM_WIDTH, at as u64);
            this.terminate(Terminator::Reject { error });
        });
        Ok(block)
    }

    fn transition(&mut self, parser: &'a hir::Parser, state: &'a hir::State, states: &mut States) -> Res<()> {
        match &state.transition {
            Transition::Direct(target) => {
                let block = self.state_block(*target, parser, states)?;
                self.goto(block);
                Ok(())
            }
            Transition::Select { span, on, cases } => {
                self.code.span = *span;
                let looked = self.looked_at(on)?;
                let mut targets = vec![];
                for (_, target) in cases {
                    targets.push(self.state_block(*target, parser, states)?);
                }
                let other = self.no_match(*span)?;
                let keys: Vec<&[Key]> = cases.iter().map(|(keys, _)| keys.as_slice()).collect();
                if self.select_switch(&looked, &keys, &targets, other)? {
                    return Ok(());
                }
                for (keys, target) in keys.iter().zip(&targets) {
                    let here = self.case_matches(&looked, keys, *span)?;
                    let next = self.new_block();
                    self.branch(here, *target, next);
                    self.switch_to(next);
                }
                self.goto(other);
                Ok(())
            }
        }
    }

    fn looked_at(&mut self, on: &[Expr]) -> Res<Vec<Looked>> {
        let mut looked = vec![];
        for (at, expr) in on.iter().enumerate() {
            let mut value = self.expr(expr)?;
            if on[at + 1..].iter().any(Expr::has_effect) {
                value = self.snapshot(value);
            }
            let ty = self.ty(&expr.ty);
            self.add_looked(&value, &ty, expr.span, &mut looked)?;
        }
        Ok(looked)
    }

    fn add_looked(&mut self, value: &Value, ty: &Ty, span: Span, into: &mut Vec<Looked>) -> Res<()> {
        match value {
            Value::Scalar(operand) => {
                into.push(Looked { operand: *operand, signed: self.is_signed(ty) });
                Ok(())
            }
            Value::Struct(members) => {
                let types = self.member_types(ty).unwrap_or_default();
                for (member, ty) in members.iter().zip(&types) {
                    self.add_looked(member, ty, span, into)?;
                }
                Ok(())
            }
            _ => self.fail(span, "select looks at numbers, bools, enums, errors and tuples of these"),
        }
    }

    /// All cases compare with constants: one switch over the keys side by side.
    fn select_switch(
        &mut self,
        looked: &[Looked],
        cases: &[&[Key]],
        targets: &[BlockId],
        other: BlockId,
    ) -> Res<bool> {
        let width: u32 = looked.iter().map(|one| self.width(one.operand)).sum();
        if width == 0 || (looked.len() > 1 && width > WIDEST_SWITCH) {
            return Ok(false);
        }
        let mut labels: Vec<(ConstId, BlockId)> = vec![];
        let mut default = other;
        for (keys, target) in cases.iter().zip(targets) {
            if keys.iter().all(|key| matches!(key, Key::Any)) {
                default = *target;
                break;
            }
            let mut parts = vec![];
            for key in *keys {
                match key {
                    Key::Value(expr) if !expr.has_effect() => self.key_operands(expr, &mut parts)?,
                    _ => return Ok(false),
                }
            }
            if parts.len() != looked.len() {
                return Ok(false);
            }
            let mut label = num_bigint::BigUint::default();
            for (part, one) in parts.into_iter().zip(looked) {
                let width = self.width(one.operand);
                let part = self.of_width(part, width);
                let Some(bits) = self.known(part) else { return Ok(false) };
                label = (label << width) | bits.value.clone();
            }
            let label = self.constant_id(width, label);
            // The first case that matches is the one.
            if !labels.iter().any(|(known, _)| *known == label) {
                labels.push((label, *target));
            }
        }
        let mut on = looked[0].operand;
        for one in &looked[1..] {
            let width = self.width(on) + self.width(one.operand);
            on = self.compute(Scalar { width, signed: false }, Rvalue::Concat(on, one.operand));
        }
        match on {
            _ if labels.is_empty() => self.goto(default),
            Operand::Const(id) => {
                let target = labels.iter().find(|(label, _)| *label == id).map_or(default, |(_, at)| *at);
                self.goto(target);
            }
            Operand::Slot(_) => self.terminate(Terminator::Switch { on, cases: labels, default }),
        }
        Ok(true)
    }

    /// Scalars of a key; an `int` has the width of what it is compared with.
    fn key_operands(&mut self, expr: &Expr, into: &mut Vec<Value>) -> Res<()> {
        fn flatten(value: Value, into: &mut Vec<Value>) {
            match value {
                Value::Struct(members) => members.into_iter().for_each(|member| flatten(member, into)),
                other => into.push(other),
            }
        }
        let value = self.expr(expr)?;
        flatten(value, into);
        Ok(())
    }

    fn of_width(&mut self, value: Value, width: u32) -> Operand {
        match value {
            Value::Int(number) => self.constant(width, bits_of(&number, width)),
            Value::Scalar(operand) if self.width(operand) == width => operand,
            Value::Scalar(operand) => {
                let resize = Rvalue::Resize { of: operand, signed: false };
                self.compute(Scalar { width, signed: false }, resize)
            }
            _ => self.number(width, 0),
        }
    }

    fn case_matches(&mut self, looked: &[Looked], keys: &[Key], span: Span) -> Res<Operand> {
        let mut all = self.bit(true);
        let mut rest = looked;
        for (at, key) in keys.iter().enumerate() {
            let alone = keys.len() == 1;
            let here = match key {
                Key::Any => {
                    // One `_` for each expression; those of a tuple are one key.
                    let skipped = if alone { rest.len() } else { rest.len().min(1) };
                    rest = &rest[skipped..];
                    continue;
                }
                Key::ValueSet(id) => {
                    let width = self.value_set_width(*id, span)?;
                    let taken = if alone { rest.len() } else { width.min(rest.len()) };
                    let operands: Vec<Operand> = rest[..taken].iter().map(|one| one.operand).collect();
                    rest = &rest[taken..];
                    self.in_value_set(*id, operands, span)?
                }
                Key::Value(value) => self.parts_match(&mut rest, &[value], |this, one, parts| {
                    let width = this.width(one.operand);
                    let value = this.of_width(parts[0].clone(), width);
                    this.equals(one.operand, value)
                })?,
                Key::Mask(value, mask) => {
                    self.parts_match(&mut rest, &[value, mask], |this, one, parts| {
                        this.masked(one.operand, parts)
                    })?
                }
                Key::Range(lo, hi) => self.parts_match(&mut rest, &[lo, hi], |this, one, parts| {
                    let width = this.width(one.operand);
                    let (lo, hi) =
                        (this.of_width(parts[0].clone(), width), this.of_width(parts[1].clone(), width));
                    let above = this.less(lo, one.operand, true, one.signed);
                    let below = this.less(one.operand, hi, true, one.signed);
                    this.logic(BinOp::And, above, below)
                })?,
            };
            debug_assert!(at < keys.len());
            all = self.logic(BinOp::And, all, here);
        }
        Ok(all)
    }

    /// One key against as many scalars as it has.
    fn parts_match(
        &mut self,
        rest: &mut &[Looked],
        exprs: &[&Expr],
        mut compare: impl FnMut(&mut Self, Looked, &[Value]) -> Operand,
    ) -> Res<Operand> {
        let mut columns = vec![];
        for expr in exprs {
            let mut parts = vec![];
            self.key_operands(expr, &mut parts)?;
            columns.push(parts);
        }
        let count = columns.iter().map(Vec::len).min().unwrap_or(0).min(rest.len());
        let mut all = self.bit(true);
        for at in 0..count {
            let parts: Vec<Value> = columns.iter().map(|column| column[at].clone()).collect();
            let here = compare(self, rest[at], &parts);
            all = self.logic(BinOp::And, all, here);
        }
        *rest = &rest[count..];
        Ok(all)
    }

    fn masked(&mut self, operand: Operand, parts: &[Value]) -> Operand {
        let width = self.width(operand);
        let scalar = Scalar { width, signed: false };
        let (value, mask) = (self.of_width(parts[0].clone(), width), self.of_width(parts[1].clone(), width));
        let seen = self.compute(scalar, Rvalue::Binary(BinOp::And, operand, mask));
        let wanted = self.compute(scalar, Rvalue::Binary(BinOp::And, value, mask));
        self.equals(seen, wanted)
    }

    fn value_set_id(&mut self, id: ValueSetId, span: Span) -> Res<ir::ValueSetId> {
        let owner = self.owner().and_then(|owner| self.body(owner));
        let known =
            owner.and_then(|body| body.value_sets.get(&id)).or_else(|| self.global_value_sets.get(&id));
        if let Some(set) = known {
            return Ok(*set);
        }
        if self.hir.parsers.iter().any(|parser| parser.value_sets.contains(&id)) {
            return self.fail(span, "a value set of another parser");
        }
        let set = self.value_set(id, "")?;
        self.global_value_sets.insert(id, set);
        Ok(set)
    }

    fn value_set_width(&mut self, id: ValueSetId, span: Span) -> Res<usize> {
        let id = self.value_set_id(id, span)?;
        Ok(self.out.value_sets[id.index()].keys.len())
    }

    fn in_value_set(&mut self, id: ValueSetId, keys: Vec<Operand>, span: Span) -> Res<Operand> {
        let set = self.value_set_id(id, span)?;
        let declared = &self.out.value_sets[set.index()].keys;
        let fits = declared.len() == keys.len()
            && declared.iter().zip(&keys).all(|(key, operand)| key.ty.width == self.width(*operand));
        if !fits {
            return self.fail(span, "the value set has keys of other types than this select");
        }
        Ok(self.compute(BIT, Rvalue::ValueSet { set, keys }))
    }

    /// P4-16 13.11.
    pub(super) fn value_set(&mut self, id: ValueSetId, path: &str) -> Res<ir::ValueSetId> {
        let Some(set) = self.hir.value_sets.get(id.index()) else {
            return self.fail(self.code.span, "a value set that is not declared");
        };
        let name = super::names::qualified(path, &self.text(set.name), &set.annotations);
        let name = self.claim("value set", name, &set.annotations, set.span)?;
        if matches!(self.what, What::Names { .. }) {
            return Ok(ir::ValueSetId(0));
        }
        let Some(size) = self.known_integer(&set.size)?.to_u64() else {
            return self.fail(set.size.span, "the size must be a number that is not negative");
        };
        let ty = self.ty(&set.ty);
        let mut keys = vec![];
        if let Ty::Composite(id, args) = &ty {
            let types = self.field_types(*id, args);
            let fields = self.composite(*id).map(|composite| composite.fields.as_slice()).unwrap_or_default();
            for (field, ty) in fields.iter().zip(types) {
                let kind = super::names::annotated_text(&field.annotations, "match");
                let kind = self.match_kind(kind.as_deref().unwrap_or("exact"), field.span)?;
                let ty = self.describe(&ty, field.span)?;
                let name = self.text(field.name);
                keys.push(ir::ValueSetKey { name, kind, ty, annotations: field.annotations.clone() });
            }
        } else {
            for leaf in self.leaves(&ty, set.span)? {
                let ty = self.describe(&leaf.ty, set.span)?;
                let (name, annotations) = (leaf.name, vec![]);
                keys.push(ir::ValueSetKey { name, kind: ir::MatchKind::Exact, ty, annotations });
            }
        }
        self.out.value_sets.push(ir::ValueSet { name, annotations: set.annotations.clone(), size, keys });
        Ok(ir::ValueSetId(self.out.value_sets.len() as u32 - 1))
    }
}

/// States that are the target of a jump back: one of them is in every cycle.
fn loop_heads(parser: &hir::Parser) -> HashSet<StateId> {
    let mut heads = HashSet::new();
    let mut open = HashSet::new();
    let mut seen = HashSet::new();
    // (state, its targets, how many of them have been looked at)
    let mut stack: Vec<(StateId, Vec<StateId>, usize)> = vec![];
    let mut next = Some(parser.start);
    loop {
        if let Some(state) = next.take() {
            seen.insert(state);
            open.insert(state);
            stack.push((state, targets(parser, state), 0));
        }
        let Some((state, targets, at)) = stack.last_mut() else { return heads };
        match targets.get(*at) {
            Some(target) => {
                *at += 1;
                if open.contains(target) {
                    heads.insert(*target);
                } else if !seen.contains(target) {
                    next = Some(*target);
                }
            }
            None => {
                open.remove(state);
                stack.pop();
            }
        }
    }
}

fn targets(parser: &hir::Parser, state: StateId) -> Vec<StateId> {
    let of = |target: &Target| match target {
        Target::State(id) => Some(*id),
        Target::Accept | Target::Reject => None,
    };
    match parser.states.get(state.index()).map(|state| &state.transition) {
        Some(Transition::Direct(target)) => of(target).into_iter().collect(),
        Some(Transition::Select { cases, .. }) => cases.iter().filter_map(|(_, target)| of(target)).collect(),
        None => vec![],
    }
}
