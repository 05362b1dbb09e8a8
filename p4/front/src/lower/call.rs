//! Calls with copy-in and copy-out (P4-16 6.8): functions, actions, controls and parsers, all of them inlined.

use super::lvalue::LValue;
use super::objects::{Declared, Object, ObjectId};
use super::place::Place;
use super::types::substitute;
use super::value::Value;
use super::{Binding, Failed, Frame, Lowerer, Res, Scope, TypeMap};
use crate::ast::Direction;
use crate::hir::{self, Arg, Call, Callee, Expr, LocalId, Owner, Param, Ty};
use crate::ir::{BlockId, Operand, SlotId};
use crate::source::Span;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// An argument, evaluated.
#[derive(Debug)]
pub(super) enum Passed {
    Value(Value),
    /// With its turn among the arguments as written, and the value of the moment where a later argument may change it.
    LValue(LValue, usize, Option<Value>),
    Nothing,
}

/// What a callee's parameters are, and what is copied back behind it.
#[derive(Debug, Default)]
pub(super) struct Bound {
    names: HashMap<LocalId, Binding>,
    /// By turn: named arguments come back in the order of the call, not of the parameters.
    copy_out: Vec<(usize, LValue, Place)>,
}

/// How arguments reach a callee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// Always by copies: an action sees the variables of its control beside its parameters.
    Copies,
    /// The callee sees nothing but its parameters, so that storage which no two of them share can be passed itself.
    References,
}

impl<'a> Lowerer<'a> {
    pub(super) fn call(&mut self, call: &Call, expr: &Expr) -> Res<Value> {
        match &call.callee {
            Callee::Function(id) => self.call_function(*id, call, expr.span),
            Callee::Action(id) => self.call_action(*id, call, expr.span),
            Callee::ExternFunction(id) => {
                let call = self.as_written(call)?;
                self.extern_function(*id, &call, expr)
            }
            Callee::Method { object, external, method } => match self.expr(object)? {
                Value::Object(object) => {
                    let call = self.as_written(call)?;
                    self.method(object, *external, *method, &call, expr)
                }
                _ => self.fail(expr.span, "this is not an object that is known at compile time"),
            },
            Callee::Apply { object } => match self.expr(object)? {
                Value::Object(object) => self.apply_body(object, call, expr.span),
                _ => self.fail(expr.span, "this is not an instance that is known at compile time"),
            },
            Callee::Table(table) => {
                let done = self.new_block();
                self.apply_table(*table, None, &|_| done, expr.span)?;
                self.switch_to(done);
                Ok(Value::Void)
            }
            Callee::SetValid(of) | Callee::SetInvalid(of) => {
                let lvalue = self.lvalue(of)?;
                let valid = matches!(call.callee, Callee::SetValid(_));
                self.set_validity(&lvalue, valid, expr.span)?;
                Ok(Value::Void)
            }
            Callee::PushFront(of) | Callee::PopFront(of) => {
                let lvalue = self.lvalue(of)?;
                let count = match call.args.first() {
                    Some(Arg::Value(count)) => self.known_integer(count)?,
                    _ => return self.fail(expr.span, "the count must be known at compile time"),
                };
                let push = matches!(call.callee, Callee::PushFront(_));
                self.shift_stack(&lvalue, &count, push, expr.span)?;
                Ok(Value::Void)
            }
        }
    }

    /// A number that is known at compile time.
    pub(super) fn known_integer(&mut self, expr: &Expr) -> Res<num_bigint::BigInt> {
        match self.expr(expr)? {
            Value::Int(number) => Ok(number),
            Value::Scalar(operand) => {
                let ty = self.ty(&expr.ty);
                self.integer_of(operand, &ty, expr.span)
            }
            _ => self.fail(expr.span, "this must be a number that is known at compile time"),
        }
    }

    /// Arguments from left to right as written, each kept from what later ones do.
    pub(super) fn evaluate(&mut self, args: &[Arg], params: &[Param], written: &[usize]) -> Res<Vec<Passed>> {
        let mut order: Vec<usize> = written.iter().copied().filter(|at| *at < args.len()).collect();
        order.extend((0..args.len()).filter(|at| !written.contains(at)));
        let mut passed: Vec<Passed> = args.iter().map(|_| Passed::Nothing).collect();
        for (turn, at) in order.iter().enumerate() {
            let disturbed = order[turn + 1..].iter().any(|later| arg_has_effect(&args[*later]));
            passed[*at] = match &args[*at] {
                Arg::Value(expr) => {
                    let value = self.expr(expr)?;
                    Passed::Value(if disturbed { self.snapshot(value) } else { value })
                }
                Arg::LValue(expr) => {
                    let lvalue = self.lvalue(expr)?;
                    let reads = params.get(*at).is_some_and(|param| param.direction == Direction::InOut);
                    let early = if disturbed && reads {
                        let value = self.read(&lvalue)?;
                        Some(self.snapshot(value))
                    } else {
                        None
                    };
                    Passed::LValue(lvalue, turn, early)
                }
                Arg::Ignored => Passed::Nothing,
            };
        }
        Ok(passed)
    }

    /// Slots that more than one argument can reach, of those that are written.
    fn shared_slots(&self, passed: &[Passed]) -> HashSet<SlotId> {
        let mut seen = HashSet::new();
        let mut shared = HashSet::new();
        for one in passed {
            if let Passed::LValue(lvalue, ..) = one {
                let mut slots = HashSet::new();
                self.lvalue_slots(lvalue, &mut slots);
                shared.extend(slots.intersection(&seen).copied());
                seen.extend(slots);
            }
        }
        shared
    }

    fn lvalue_slots(&self, lvalue: &LValue, into: &mut HashSet<SlotId>) {
        match lvalue {
            LValue::Place { place, .. } => self.slots_of(place, into),
            LValue::Choice { choices, .. } => {
                choices.iter().for_each(|choice| self.lvalue_slots(choice, into));
            }
            LValue::Slice { of, .. } | LValue::PlusSlice { of, .. } => self.lvalue_slots(of, into),
            LValue::Ignored => {}
        }
    }

    /// Storage that can stand for a parameter: nobody else reaches it during the call, no write to it is refused, and it is no
    /// member of a union, whose siblings would lose their validity before the call ends.
    fn as_reference(&self, lvalue: &LValue, shared: &HashSet<SlotId>) -> Option<Place> {
        let LValue::Place { place, guard: None } = lvalue else { return None };
        if matches!(place, Place::Header(id, _) if !self.out.headers[id.index()].union_others.is_empty()) {
            return None;
        }
        let mut slots = HashSet::new();
        self.slots_of(place, &mut slots);
        slots.is_disjoint(shared).then(|| place.clone())
    }

    /// Copies in. The callee's scope is the innermost one.
    pub(super) fn bind_params(
        &mut self,
        params: &[Param],
        passed: Vec<Passed>,
        types: &TypeMap,
        passing: Passing,
    ) -> Res<Bound> {
        let shared = self.shared_slots(&passed);
        let mut references = HashSet::new();
        let mut places: Vec<Option<Place>> = vec![];
        for one in &passed {
            let reference = match one {
                Passed::LValue(lvalue, _, None) if passing == Passing::References => {
                    self.as_reference(lvalue, &shared)
                }
                _ => None,
            };
            if let Some(place) = &reference {
                self.slots_of(place, &mut references);
            }
            places.push(reference);
        }
        // Values first: what they read may be storage that an `out` parameter clears.
        let passed =
            passed.into_iter().map(|one| self.settled(one, &references, passing)).collect::<Vec<_>>();
        let mut bound = Bound::default();
        for ((param, one), reference) in params.iter().zip(passed).zip(places) {
            let Some(local) = param.local else { continue };
            let binding = self.bind_param(param, one, reference, types, &mut bound)?;
            bound.names.insert(local, binding);
        }
        bound.copy_out.sort_by_key(|(turn, ..)| *turn);
        Ok(bound)
    }

    fn settled(&mut self, passed: Passed, references: &HashSet<SlotId>, passing: Passing) -> Passed {
        let Passed::Value(value) = passed else { return passed };
        let mut operands = vec![];
        value.operands(&mut operands);
        let touched = operands.iter().any(|operand| match operand {
            Operand::Slot(slot) => references.contains(slot),
            Operand::Const(_) => false,
        });
        if touched || passing == Passing::Copies {
            Passed::Value(self.snapshot(value))
        } else {
            Passed::Value(value)
        }
    }

    fn bind_param(
        &mut self,
        param: &Param,
        passed: Passed,
        reference: Option<Place>,
        types: &TypeMap,
        bound: &mut Bound,
    ) -> Res<Binding> {
        let is_out = param.direction == Direction::Out;
        if let Some(place) = reference {
            if is_out {
                self.clear(&place);
            }
            return Ok(Binding::Place(place));
        }
        let ty = substitute(&param.ty, types);
        let name = self.text(param.name);
        match passed {
            Passed::Value(value) => Ok(Binding::Value(value)),
            Passed::LValue(lvalue, turn, early) => {
                let place = self.local(&ty, &name, param.span)?;
                if is_out {
                    self.clear(&place);
                } else {
                    let value = match early {
                        Some(value) => value,
                        None => self.read(&lvalue)?,
                    };
                    self.store(&place, &value, None);
                }
                bound.copy_out.push((turn, lvalue, place.clone()));
                Ok(Binding::Place(place))
            }
            Passed::Nothing if is_out => {
                let place = self.local(&ty, &name, param.span)?;
                self.clear(&place);
                Ok(Binding::Place(place))
            }
            Passed::Nothing => self.default_value(&ty, param.span).map(Binding::Value),
        }
    }

    fn copy_out(&mut self, copies: &[(usize, LValue, Place)]) -> Res<()> {
        for (_, lvalue, place) in copies {
            let value = self.load(place);
            self.write(lvalue, &value)?;
        }
        Ok(())
    }

    /// A body in place of a call. What comes back is copied at its end, and likewise when it exits, which then ends the
    /// caller, too (P4-16 12.5).
    pub(super) fn inlined(
        &mut self,
        result: Option<(Place, Ty)>,
        copies: &[(usize, LValue, Place)],
        body: impl FnOnce(&mut Self) -> Res<()>,
    ) -> Res<()> {
        let span = self.code.span;
        let done = self.new_block();
        let in_atomic = self.in_atomic;
        self.frames.push(Frame { done, exit: None, result, loops: vec![], in_atomic });
        let outcome = self.nested(span, body);
        let exit = self.frames.pop().and_then(|frame| frame.exit);
        self.code.span = span;
        self.goto(done);
        self.switch_to(done);
        self.copy_out(copies)?;
        if let Some(exit) = exit {
            let after = self.new_block();
            self.goto(after);
            self.switch_to(exit);
            self.copy_out(copies)?;
            let outer = self.exit_block()?;
            self.goto(outer);
            self.switch_to(after);
        }
        outcome
    }

    /// Where `exit` goes in the body that is being lowered.
    pub(super) fn exit_block(&mut self) -> Res<BlockId> {
        if let Some(block) = self.frames.last().and_then(|frame| frame.exit) {
            return Ok(block);
        }
        let block = self.new_block();
        match self.frames.last_mut() {
            Some(frame) => frame.exit = Some(block),
            None => return self.fail(self.code.span, "exit outside of a body"),
        }
        Ok(block)
    }

    fn prefix(&self, name: &str) -> String {
        match self.scopes.last() {
            Some(scope) if !scope.prefix.is_empty() => format!("{}.{name}", scope.prefix),
            _ => name.to_owned(),
        }
    }

    /// Runs with a scope of its own; the variables go with it.
    fn in_scope<T>(&mut self, scope: Scope<'a>, run: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        self.scopes.push(scope);
        let result = run(self);
        self.scopes.pop();
        result
    }

    fn call_function(&mut self, id: hir::FunctionId, call: &Call, span: Span) -> Res<Value> {
        let Some(function) = self.hir.functions.get(id.index()) else {
            return self.fail(span, "a function that is not declared");
        };
        let proto = &function.proto;
        let args: Vec<Ty> = call.type_args.iter().map(|ty| self.ty(ty)).collect();
        let types: TypeMap = proto.type_params.iter().copied().zip(args).collect();
        let passed = self.evaluate(&call.args, &proto.params, &call.written)?;
        let ret = substitute(&proto.ret, &types);
        let scope = Scope {
            names: HashMap::new(),
            decls: &function.locals,
            types: Rc::new(types.clone()),
            object: None,
            prefix: self.prefix(self.session.text(proto.name)),
        };
        self.in_scope(scope, |this| {
            let bound = this.bind_params(&proto.params, passed, &types, Passing::References)?;
            this.name_all(bound.names);
            let result = match &ret {
                Ty::Void => None,
                ty => {
                    let place = this.local(ty, "$result$", span)?;
                    this.clear(&place);
                    Some(place)
                }
            };
            let returned = result.clone().map(|place| (place, ret.clone()));
            this.inlined(returned, &bound.copy_out, |this| {
                this.with_crcs(&function.annotations, |this| this.stmts(&function.body))
            })?;
            Ok(result.map_or(Value::Void, |place| this.load(&place)))
        })
    }

    /// The body that an object gives an abstract method of its extern (11.3.1).
    pub(super) fn call_body(
        &mut self,
        object: ObjectId,
        id: hir::FunctionId,
        call: &Call,
        span: Span,
    ) -> Res<Value> {
        let Some(function) = self.hir.functions.get(id.index()) else {
            return self.fail(span, "a method that is not declared");
        };
        let before = self.this.replace(object);
        let result = if function.locals.is_empty() {
            self.call_body_of_owner(object, function, call, span)
        } else {
            self.call_function(id, call, span)
        };
        self.this = before;
        result
    }

    /// One in a parser or control, whose variables it shares.
    fn call_body_of_owner(
        &mut self,
        object: ObjectId,
        function: &'a hir::Function,
        call: &Call,
        span: Span,
    ) -> Res<Value> {
        let owner = self.owner().and_then(|owner| self.body(owner));
        let is_elsewhere = owner.is_none_or(|owner| !owner.instances.values().any(|own| *own == object));
        if is_elsewhere && !function.proto.params.is_empty() {
            return self.fail(span, "a body with variables of another parser or control");
        }
        let passed = self.evaluate(&call.args, &function.proto.params, &call.written)?;
        let bound = self.bind_params(&function.proto.params, passed, &TypeMap::new(), Passing::Copies)?;
        self.name_all(bound.names);
        let result = match &function.proto.ret {
            Ty::Void => None,
            ty => {
                let place = self.local(ty, "$result$", span)?;
                self.clear(&place);
                Some((place, ty.clone()))
            }
        };
        self.inlined(result.clone(), &bound.copy_out, |this| this.stmts(&function.body))?;
        Ok(result.map_or(Value::Void, |(place, _)| self.load(&place)))
    }

    fn name_all(&mut self, names: HashMap<LocalId, Binding>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.extend(names);
        }
    }

    fn call_action(&mut self, id: hir::ActionId, call: &Call, span: Span) -> Res<Value> {
        let Some(action) = self.hir.actions.get(id.index()) else {
            return self.fail(span, "an action that is not declared");
        };
        let passed = self.evaluate(&call.args, &action.params, &call.written)?;
        self.inline_action(action, passed, &[])?;
        Ok(Value::Void)
    }

    /// The body of an action. `data` are places of its parameters without a direction, where a table supplies them; `passed`
    /// is then what the others are.
    pub(super) fn inline_action(
        &mut self,
        action: &'a hir::Action,
        passed: Vec<Passed>,
        data: &[Place],
    ) -> Res<()> {
        let own = match action.owner {
            Owner::Program => Some(Scope {
                names: HashMap::new(),
                decls: &action.locals,
                types: Rc::default(),
                object: None,
                prefix: self.prefix(self.session.text(action.name)),
            }),
            // It shares the variables of its control, whose scope is the innermost one here.
            Owner::Control(_) => None,
        };
        let run = |this: &mut Self| {
            let given = passed.len();
            let bound = this.bind_params(&action.params, passed, &TypeMap::new(), Passing::Copies)?;
            this.name_all(bound.names);
            let data = action.params.iter().skip(given).zip(data);
            let data = data.filter_map(|(param, place)| Some((param.local?, Binding::Place(place.clone()))));
            this.name_all(data.collect());
            this.inlined(None, &bound.copy_out, |this| {
                this.with_crcs(&action.annotations, |this| this.stmts(&action.body))
            })
        };
        match own {
            Some(scope) => self.in_scope(scope, run),
            None => run(self),
        }
    }

    /// `instance.apply(...)`
    fn apply_body(&mut self, object: ObjectId, call: &Call, span: Span) -> Res<Value> {
        let Object::Body(body) = self.object(object).clone() else {
            return self.fail(span, "only parsers and controls are applied");
        };
        let (params, decls): (&'a [Param], &'a [hir::Local]) = match body.declared {
            Declared::Parser(id) => {
                let parser = &self.hir.parsers[id.index()];
                (&parser.params, &parser.locals)
            }
            Declared::Control(id) => {
                let control = &self.hir.controls[id.index()];
                (&control.params, &control.locals)
            }
        };
        let passed = self.evaluate(&call.args, params, &call.written)?;
        let prefix = body.path.clone();
        let types = Rc::clone(&body.types);
        let scope = Scope { names: body.names, decls, types: body.types, object: Some(object), prefix };
        self.in_scope(scope, |this| {
            let bound = this.bind_params(params, passed, &types, Passing::References)?;
            this.name_all(bound.names);
            this.inlined(None, &bound.copy_out, |this| match body.declared {
                Declared::Parser(id) => this.parser_body(id),
                Declared::Control(id) => this.control_body(id),
            })
        })?;
        Ok(Value::Void)
    }

    pub(super) fn control_body(&mut self, id: hir::ControlId) -> Res<()> {
        let control = self.hir.controls.get(id.index()).ok_or(Failed)?;
        self.with_crcs(&control.annotations, |this| {
            let init = this.stmts(&control.init);
            init.and(this.stmts(&control.body))
        })
    }
}

pub(super) fn arg_has_effect(arg: &Arg) -> bool {
    match arg {
        Arg::Value(expr) | Arg::LValue(expr) => expr.has_effect(),
        Arg::Ignored => false,
    }
}
