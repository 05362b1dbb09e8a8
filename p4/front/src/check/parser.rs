//! Parsers. P4-16 section 13.

use super::rules::CallKind as Kind;
use super::scope::Entity;
use super::{Checker, Context, Place};
use crate::ast::{self, DeclKind};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::intern::Name;
use crate::source::Span;
use crate::text::nearest;
use num_traits::Signed;
use std::collections::{HashMap, HashSet};

type States = HashMap<Name, (StateId, Span)>;

impl Checker<'_> {
    pub(super) fn parser(&mut self, decl: &ast::Decl, parser: &ast::Parser) {
        let annotations = self.annotations(&decl.annotations);
        let name = parser.ty.name;
        let id = ParserId(self.hir.parsers.len() as u32);
        self.hir.parsers.push(Parser {
            name: name.name,
            span: name.span,
            annotations: annotations.clone(),
            type_params: vec![],
            params: vec![],
            constructor: vec![],
            locals: vec![],
            init: vec![],
            instances: vec![],
            value_sets: vec![],
            states: vec![],
            start: StateId(0),
        });
        let outer = (std::mem::take(&mut self.locals), std::mem::take(&mut self.instances));
        let context = Context { place: Place::ParserTop, within: Some(name.name), ..Context::top() };
        self.within(context, |this| {
            this.silencing(&annotations, |this| this.scoped(|this| this.parser_body(id, parser)));
        });
        let of = &mut self.hir.parsers[id.index()];
        of.locals = std::mem::replace(&mut self.locals, outer.0);
        of.instances = std::mem::replace(&mut self.instances, outer.1);
        self.declare(name, Entity::Parser(id));
        self.deprecate(name.span, decl);
    }

    /// Parameters of a parser or control with those of its constructor: all of different names.
    pub(super) fn block_header(
        &mut self,
        ty: &ast::ApplyType,
        constructor: &[ast::Param],
        kinds: (Kind, Kind),
    ) -> (Vec<TypeVarId>, Vec<Param>, Vec<Param>) {
        let type_params = self.declare_type_params(&ty.type_params);
        let mut params = self.params(&ty.params, kinds.0);
        let mut built = self.params(constructor, kinds.1);
        self.enter_params(&mut params, kinds.0);
        self.enter_params(&mut built, kinds.1);
        (type_params, params, built)
    }

    fn parser_body(&mut self, id: ParserId, parser: &ast::Parser) {
        let kinds = (Kind::Parser, Kind::ParserConstructor);
        let (type_params, params, constructor) = self.block_header(&parser.ty, &parser.constructor, kinds);
        let of = &mut self.hir.parsers[id.index()];
        (of.type_params, of.params, of.constructor) = (type_params, params, constructor);
        self.scoped(|this| {
            let mut init = vec![];
            let mut value_sets = vec![];
            for decl in &parser.locals {
                match &decl.kind {
                    DeclKind::Const(constant) => drop(this.constant(decl, constant)),
                    DeclKind::Variable(variable) => init.extend(this.variable(decl, variable)),
                    DeclKind::Instance(instance) => this.instance(decl, instance),
                    DeclKind::ValueSet(set) => value_sets.extend(this.value_set(decl, set)),
                    _ => {
                        let help = "a parser declares constants, variables, instances and value sets before its states";
                        this.error_help(decl.span, "this cannot be declared in a parser", help);
                    }
                }
            }
            let states = this.state_names(parser);
            let of = &mut this.hir.parsers[id.index()];
            (of.init, of.value_sets) = (init, value_sets);
            let errors = this.session.diags.errors();
            let done = this.states(parser, &states);
            let start = this.start_state(parser, &states);
            // A transition that is wrong leads to some state.
            if this.session.diags.errors() == errors {
                this.warn_of_unreachable_states(&done, start);
            }
            let of = &mut this.hir.parsers[id.index()];
            (of.states, of.start) = (done, start);
        });
    }

    pub(super) fn value_set(&mut self, decl: &ast::Decl, set: &ast::ValueSet) -> Option<ValueSetId> {
        let annotations = self.annotations(&decl.annotations);
        let ty = self.ty(&set.ty);
        let fine = match &ty {
            Ty::Bit(_) | Ty::Int(_) | Ty::Tuple(_) | Ty::NewType(_) | Ty::Unknown => true,
            Ty::Enum(_) => self.underlying(&ty).is_some(),
            Ty::Composite(..) => self.kind_of(&ty) == Some(CompositeKind::Struct),
            _ => false,
        };
        if !fine {
            let message = format!("a value set cannot have type {}", self.quote(&ty));
            let help = "it is of `bit<N>`, `int<N>`, a tuple, a struct, or a serializable enum";
            self.error_help(set.ty.span, message, help);
        }
        let size = self.expr(&set.size, None);
        if !matches!(size.ty, Ty::Integer | Ty::Bit(_) | Ty::Int(_) | Ty::Unknown) {
            self.error(set.size.span, "the size of a value set must be an integer");
        } else if !self.is_known(&size) {
            self.error(set.size.span, "the size of a value set must be known at compile time");
        } else if self.int_of(&size).is_some_and(|size| size.is_negative()) {
            self.error(set.size.span, "the size of a value set cannot be negative");
        }
        let id = ValueSetId(self.hir.value_sets.len() as u32);
        let (name, span) = (set.name.name, set.name.span);
        self.hir.value_sets.push(ValueSet { name, span, annotations, ty, size });
        self.declare(set.name, Entity::ValueSet(id));
        Some(id)
    }

    /// The states by name: they may be named before they are written (6.6.1).
    fn state_names(&mut self, parser: &ast::Parser) -> States {
        let mut states = States::new();
        for (at, state) in parser.states.iter().enumerate() {
            let text = self.session.names.text(state.name.name);
            if matches!(text, "accept" | "reject") {
                let message = format!("state `{text}` cannot be declared: every parser has it");
                self.error(state.name.span, message);
                continue;
            }
            let before = states.get(&state.name.name).map(|(_, span)| *span);
            if let Some(before) = before.or_else(|| self.declared_here(state.name.name)) {
                self.duplicate(state.name, before);
                continue;
            }
            states.insert(state.name.name, (StateId(at as u32), state.name.span));
        }
        states
    }

    fn states(&mut self, parser: &ast::Parser, states: &States) -> Vec<State> {
        parser.states.iter().map(|state| self.at(Place::State, |this| this.state(state, states))).collect()
    }

    fn state(&mut self, state: &ast::State, states: &States) -> State {
        let annotations = self.annotations(&state.annotations);
        let (body, transition) = self.scoped(|this| {
            let body = this.stmts(&state.body);
            let transition = match &state.transition {
                None => {
                    let message = format!(
                        "state `{}` ends without a transition: it rejects",
                        this.text(state.name.name)
                    );
                    this.warn("transition", Diagnostic::warning(state.name.span, message));
                    Transition::Direct(Target::Reject)
                }
                Some(ast::Transition::Direct(next)) => Transition::Direct(this.target(*next, states)),
                Some(ast::Transition::Select { span, on, cases }) => this.select(*span, on, cases, states),
            };
            (body, transition)
        });
        State { name: state.name.name, span: state.name.span, annotations, body, transition }
    }

    fn target(&mut self, next: ast::Ident, states: &States) -> Target {
        match self.session.names.text(next.name) {
            "accept" => return Target::Accept,
            "reject" => return Target::Reject,
            _ => {}
        }
        match states.get(&next.name) {
            Some((id, _)) => Target::State(*id),
            None => {
                let message = format!("there is no state `{}`", self.text(next.name));
                let known = states.keys().map(|name| self.session.names.text(*name));
                let help = match nearest(&self.text(next.name), known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "states are those of this parser, `accept` and `reject`".to_owned(),
                };
                self.error_help(next.span, message, help);
                Target::Reject
            }
        }
    }

    fn start_state(&mut self, parser: &ast::Parser, states: &States) -> StateId {
        let start = self.session.names.get("start").and_then(|start| states.get(&start));
        match start {
            Some((id, _)) => *id,
            None => {
                let message = format!("parser `{}` has no state `start`", self.text(parser.ty.name.name));
                self.error_help(parser.ty.name.span, message, "parsing begins there: `state start { ... }`");
                StateId(0)
            }
        }
    }

    fn select(
        &mut self,
        span: Span,
        on: &[ast::Expr],
        cases: &[ast::SelectCase],
        states: &States,
    ) -> Transition {
        let mut selected: Vec<Expr> = vec![];
        for expr in on {
            let value = self.expr(expr, None);
            self.may_be_selected(&value);
            selected.push(value);
        }
        let several = cases.iter().any(|case| case.keys.keys.len() > 1);
        if let [one] = &selected[..]
            && let Some(parts) = self.selected_parts(one, several)
        {
            selected = parts;
        }
        let types: Vec<Ty> = selected.iter().map(|value| value.ty.clone()).collect();
        let mut done = vec![];
        let mut default: Option<Span> = None;
        for case in cases {
            if let Some(before) = default.take() {
                let warning = Diagnostic::warning(case.span, "this case is never reached")
                    .related(before, "everything matches here");
                self.warn("unreachable", warning);
            }
            let target = self.target(case.next, states);
            let Some(keys) = self.keyset(&case.keys, &types, true) else { continue };
            if keys.iter().all(|key| matches!(key, Key::Any)) {
                default = Some(case.span);
            }
            done.push((keys, target));
        }
        Transition::Select { span, on: selected, cases: done }
    }

    /// A tuple that is selected on is as good as its members (13.6), and so is a struct whose cases have several keys.
    fn selected_parts(&self, value: &Expr, several: bool) -> Option<Vec<Expr>> {
        let part = |(at, ty): (usize, &Ty)| {
            let kind = ExprKind::Field(Box::new(value.clone()), at as u32);
            Expr { ty: ty.clone(), span: value.span, kind }
        };
        match (&value.ty, &value.kind) {
            (Ty::Tuple(_), ExprKind::Aggregate(members)) => Some(members.clone()),
            (Ty::Composite(id, args), _) if several && self.is_path(value) => {
                let fields = self.fields(*id, args);
                Some(fields.iter().map(|(_, ty)| ty).enumerate().map(part).collect())
            }
            (Ty::Tuple(of), _) if self.is_path(value) => Some(of.iter().enumerate().map(part).collect()),
            _ => None,
        }
    }

    fn may_be_selected(&mut self, value: &Expr) {
        let fine = match &value.ty {
            Ty::Bit(_) | Ty::Int(_) | Ty::Bool | Ty::Enum(_) | Ty::NewType(_) | Ty::Unknown => true,
            Ty::Tuple(_) | Ty::Var(_) => true,
            Ty::Composite(..) => self.kind_of(&value.ty) == Some(CompositeKind::Struct),
            _ => false,
        };
        if !fine {
            let message = format!("{} cannot be selected on", self.quote(&value.ty));
            let help = match value.ty {
                Ty::Integer => "give the number a width, such as `8w1`",
                _ => "`select` is on `bit<N>`, `int<N>`, `bool`, enums and tuples of these",
            };
            self.error_help(value.span, message, help);
        }
    }

    fn warn_of_unreachable_states(&mut self, states: &[State], start: StateId) {
        let mut seen: HashSet<StateId> = HashSet::new();
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            let Some(state) = states.get(id.index()) else { continue };
            if !seen.insert(id) {
                continue;
            }
            let targets: Vec<Target> = match &state.transition {
                Transition::Direct(target) => vec![*target],
                Transition::Select { cases, .. } => cases.iter().map(|(_, target)| *target).collect(),
            };
            open.extend(targets.into_iter().filter_map(|target| match target {
                Target::State(id) => Some(id),
                _ => None,
            }));
        }
        for (at, state) in states.iter().enumerate() {
            if !seen.contains(&StateId(at as u32)) {
                let message = format!("state `{}` is never reached", self.text(state.name));
                self.warn("unreachable", Diagnostic::warning(state.span, message));
            }
        }
    }
}
