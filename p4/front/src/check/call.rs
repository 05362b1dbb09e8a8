//! Calls by name: functions, extern functions, actions, constructors. P4-16 sections 8.20 and 8.21, 14.1.1.

use super::args::{Checked, Signature};
use super::rules::CallKind as Kind;
use super::scope::{Callable, Entity};
use super::types::substitute;
use super::value::as_bool;
use super::{Checker, Place};
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        callee: &ast::Expr,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        match &callee.kind {
            ast::ExprKind::Name(name) => self.call_name(*name, type_args, args, span),
            ast::ExprKind::Member(of, method) => self.call_member(of, *method, type_args, args, span),
            ast::ExprKind::TypeMember(ty, method) => self.call_type_member(ty, *method, args, span),
            _ => {
                self.error(callee.span, "this cannot be called");
                self.drop_args(args);
                self.unknown(span)
            }
        }
    }

    /// Checks arguments of a call that is wrong, for the errors in them.
    pub(super) fn drop_args(&mut self, args: &[ast::Arg]) {
        let aggregates = |kind: &ast::ExprKind| {
            use ast::ExprKind::*;
            matches!(kind, List(_) | Record { .. } | Dots | Invalid)
        };
        for value in args.iter().filter_map(|arg| arg.value.as_ref()) {
            if !aggregates(&value.kind) {
                self.constructing(|this| this.expr(value, None));
            }
        }
    }

    fn call_name(
        &mut self,
        name: ast::NameRef,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        let Some(entity) = self.lookup(name) else {
            self.drop_args(args);
            return self.unknown(span);
        };
        match entity {
            Entity::Functions(callables) => self.call_function(name, &callables, type_args, args, span),
            Entity::Action(id) => {
                if !type_args.is_empty() {
                    self.error(span, "an action has no type arguments");
                }
                self.call_action(id, args, span)
            }
            Entity::Poison => {
                self.drop_args(args);
                self.unknown(span)
            }
            ref found if found.is_type() => self.constructor_call(name, &entity, type_args, args, span),
            other => {
                let message =
                    format!("`{}` is {}: it cannot be called", self.text(name.ident.name), other.noun());
                let help = match other {
                    Entity::Table(_) | Entity::Instance(_) => "apply it, or call a method: `name.apply(...)`",
                    _ => "functions, actions and constructors can be called",
                };
                self.error_help(span, message, help);
                self.drop_args(args);
                self.unknown(span)
            }
        }
    }

    fn call_function(
        &mut self,
        name: ast::NameRef,
        callables: &[Callable],
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        let candidates: Vec<(Vec<Param>, Span)> = callables
            .iter()
            .map(|callable| (self.callable_params(*callable).to_vec(), self.proto(*callable).span))
            .collect();
        let Some(at) = self.choose(name.ident.name, &candidates, args, span) else {
            self.drop_args(args);
            return self.unknown(span);
        };
        let callable = callables[at];
        let proto = self.proto(callable).clone();
        self.warn_of_deprecated(name.ident, proto.span);
        let kind =
            if matches!(callable, Callable::Extern(_)) { Kind::ExternFunction } else { Kind::Function };
        let signature = Signature {
            callee: kind,
            name: proto.name,
            declared: proto.span,
            type_params: proto.type_params.clone(),
            params: proto.params.clone(),
        };
        let checked = self.arguments(&signature, type_args, args, span);
        let Some(checked) = checked else {
            let ty = if proto.type_params.is_empty() { proto.ret } else { Ty::Unknown };
            return Expr { ty, ..self.unknown(span) };
        };
        if let Callable::Extern(_) = callable {
            match self.session.names.text(proto.name) {
                "static_assert" => return self.static_assert(callable, checked, span),
                "verify" if proto.params.len() == 2 && proto.params[1].ty == Ty::Error => {
                    self.may_verify(span)
                }
                _ => {}
            }
        }
        self.may_call_function(span);
        self.call_node(callable, &proto.ret, checked, span)
    }

    fn proto(&self, callable: Callable) -> &Prototype {
        match callable {
            Callable::Function(id) => &self.hir.functions[id.index()].proto,
            Callable::Extern(id) => &self.hir.extern_functions[id.index()].proto,
        }
    }

    fn call_node(&mut self, callable: Callable, ret: &Ty, checked: Checked, span: Span) -> Expr {
        let ty = checked.inference.apply(ret);
        let callee = match callable {
            Callable::Function(id) => Callee::Function(id),
            Callable::Extern(id) => Callee::ExternFunction(id),
        };
        self.finished_call(callee, ty, checked, span)
    }

    pub(super) fn finished_call(&mut self, callee: Callee, ty: Ty, checked: Checked, span: Span) -> Expr {
        let Checked { args, written, type_args, .. } = checked;
        let call = Call { callee, type_args, args, written };
        Expr { ty, span, kind: ExprKind::Call(Box::new(call)) }
    }

    /// Section 19: evaluated here where it can be.
    fn static_assert(&mut self, callable: Callable, checked: Checked, span: Span) -> Expr {
        let condition = match checked.args.first() {
            Some(Arg::Value(condition)) => as_bool(condition),
            _ => None,
        };
        let message = match checked.args.get(1) {
            Some(Arg::Value(Expr { kind: ExprKind::Str(text), .. })) => Some(text.to_string()),
            _ => None,
        };
        match condition {
            Some(false) => {
                let text = message.map_or("static assertion failed".to_owned(), |text| {
                    format!("static assertion failed: {text}")
                });
                self.error(span, text);
                self.boolean(true, span)
            }
            Some(true) => self.boolean(true, span),
            None => self.call_node(callable, &Ty::Bool, checked, span),
        }
    }

    pub(super) fn action_signature(&self, id: ActionId) -> Signature {
        let action = &self.hir.actions[id.index()];
        Signature {
            callee: Kind::Action,
            name: action.name,
            declared: action.span,
            type_params: vec![],
            params: action.params.clone(),
        }
    }

    fn call_action(&mut self, id: ActionId, args: &[ast::Arg], span: Span) -> Expr {
        self.may_call_action(span);
        let signature = self.action_signature(id);
        match self.arguments(&signature, &[], args, span) {
            Some(checked) => self.finished_call(Callee::Action(id), Ty::Void, checked, span),
            None => self.unknown(span),
        }
    }

    /// `T(args)` as a value: an instance without a name.
    fn constructor_call(
        &mut self,
        name: ast::NameRef,
        entity: &Entity,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        let type_args: Vec<Ty> = type_args.iter().map(|arg| self.type_arg(arg)).collect();
        let Some(ty) = self.entity_type(entity, type_args.clone().into()) else { return self.unknown(span) };
        if !matches!(ty, Ty::Extern(..) | Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..)) {
            let message = format!("{} has no constructor", self.quote(&ty));
            let help = format!("a value is written `({}) {{...}}`", self.show(&ty));
            self.error_help(span, message, help);
            self.drop_args(args);
            return self.unknown(span);
        }
        if !self.cx.constructing {
            let message = format!("`{}` cannot be instantiated here", self.text(name.ident.name));
            self.error_help(span, message, "declare an instance: `T(...) name;`");
            self.drop_args(args);
            return Expr { ty, ..self.unknown(span) };
        }
        let instance = super::construct::New {
            ty,
            type_args,
            args,
            ident: ast::Ident { name: name.ident.name, span },
            annotations: vec![],
            anonymous: true,
        };
        match self.construct(instance, None, span) {
            Some(id) => {
                let ty = self.hir.instances[id.index()].ty.clone();
                Expr { ty, span, kind: ExprKind::Instance(id) }
            }
            None => self.unknown(span),
        }
    }

    /// A method of an extern object.
    pub(super) fn call_method(
        &mut self,
        object: Expr,
        method: ast::Ident,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        let Ty::Extern(id, extern_args) = object.ty.clone() else { return self.unknown(span) };
        let external = &self.hir.externs[id.index()];
        let bindings = super::types::bind(&external.type_params, &extern_args);
        let named: Vec<usize> = (0..external.methods.len())
            .filter(|at| external.methods[*at].proto.name == method.name)
            .collect();
        let candidates: Vec<(Vec<Param>, Span)> = named
            .iter()
            .map(|at| {
                let proto = &external.methods[*at].proto;
                let params = proto
                    .params
                    .iter()
                    .map(|param| Param { ty: substitute(&param.ty, &bindings), ..param.clone() });
                (params.collect(), proto.span)
            })
            .collect();
        if named.is_empty() {
            self.no_such_method(&object.ty, id, method);
            self.drop_args(args);
            return self.unknown(span);
        }
        let Some(at) = self.choose(method.name, &candidates, args, span) else {
            self.drop_args(args);
            return self.unknown(span);
        };
        self.warn_of_deprecated_method(id, named[at], method);
        self.has_its_body(&object, id, named[at], method);
        let proto = self.hir.externs[id.index()].methods[named[at]].proto.clone();
        let signature = Signature {
            callee: Kind::Method,
            name: method.name,
            declared: proto.span,
            type_params: proto.type_params.clone(),
            params: candidates[at].0.clone(),
        };
        let ret = substitute(&proto.ret, &bindings);
        let Some(checked) = self.arguments(&signature, type_args, args, span) else {
            let ty = if proto.type_params.is_empty() { ret } else { Ty::Unknown };
            return Expr { ty, ..self.unknown(span) };
        };
        self.may_call_function(span);
        let ty = checked.inference.apply(&ret);
        self.core_method(id, method, &checked, span);
        let callee = Callee::Method { object: Box::new(object), external: id, method: named[at] };
        self.finished_call(callee, ty, checked, span)
    }

    /// A method that is called on `this` is built in, or its body stands before this one.
    fn has_its_body(&mut self, object: &Expr, id: ExternId, at: usize, method: ast::Ident) {
        let waits = self.hir.externs[id.index()].methods[at].is_abstract && !self.cx.bodies.contains(&at);
        if matches!(object.kind, ExprKind::This) && waits {
            let message = format!("`{}` has no body yet", self.text(method.name));
            self.error_help(
                method.span,
                message,
                "P4 has no recursion: write the body of what is called first",
            );
        }
    }

    fn no_such_method(&mut self, ty: &Ty, id: ExternId, method: ast::Ident) {
        let message = format!("{} has no method `{}`", self.quote(ty), self.text(method.name));
        let external = &self.hir.externs[id.index()];
        let mut names: Vec<String> =
            external.methods.iter().map(|method| format!("`{}`", self.text(method.proto.name))).collect();
        names.dedup();
        let mut diagnostic = Diagnostic::error(method.span, message).related(external.span, "declared here");
        if !names.is_empty() {
            diagnostic = diagnostic.help(format!("it has {}", names.join(", ")));
        }
        self.report(diagnostic);
    }

    /// What core.p4 says in words about its methods (13.8, 16.1).
    fn core_method(&mut self, id: ExternId, method: ast::Ident, checked: &Checked, span: Span) {
        let external = self.text(self.hir.externs[id.index()].name);
        let name = self.text(method.name);
        // They fail as `verify` does.
        if external == "packet_in"
            && matches!(name.as_str(), "extract" | "lookahead" | "advance")
            && self.in_control()
        {
            self.error_help(span, format!("`{name}` is for parsers"), "call it in a parser state");
            return;
        }
        let Some(ty) = checked.type_args.first().cloned() else { return };
        if matches!(ty, Ty::Unknown | Ty::Var(_)) {
            return;
        }
        let shown = self.quote(&ty);
        match (external.as_str(), name.as_str()) {
            ("packet_in", "extract") if !self.is_header(&ty) => {
                self.error(span, format!("`extract` fills a header, this is {shown}"));
            }
            ("packet_in", "extract") if checked.args.len() == 1 && self.has_varbit(&ty) => {
                let help = "the second argument says how many bits the varbit field has";
                self.error_help(span, format!("{shown} has a varbit field: its length is not known"), help);
            }
            ("packet_in", "extract") if checked.args.len() == 2 && self.varbits(&ty, 0) != 1 => {
                let help = "with two arguments, the header has exactly one varbit field";
                self.error_help(span, format!("{shown} has {} varbit fields", self.varbits(&ty, 0)), help);
            }
            ("packet_in", "lookahead") if self.has_varbit(&ty) || self.has_union(&ty, 0) => {
                self.error(span, format!("`lookahead` needs a type of fixed width, this is {shown}"));
            }
            ("packet_in", "lookahead") if self.size_in_bits(&ty, true).is_none() && !self.is_generic(&ty) => {
                self.error(span, format!("`lookahead` needs a type of fixed width, this is {shown}"));
            }
            ("packet_out", "emit") if !self.may_be_emitted(&ty, 0) => {
                let help = "headers, stacks, unions, and structs of these can be emitted";
                self.error_help(span, format!("{shown} cannot be emitted"), help);
            }
            _ => {}
        }
    }

    fn in_control(&self) -> bool {
        matches!(self.cx.place, Place::ControlTop | Place::Apply | Place::Action | Place::TableKey)
    }

    fn has_union(&self, ty: &Ty, depth: u32) -> bool {
        match ty {
            Ty::Composite(..) if self.is_union(ty) || depth > 64 => true,
            Ty::Composite(id, args) => {
                self.fields(*id, args).iter().any(|(_, ty)| self.has_union(ty, depth + 1))
            }
            Ty::Stack(of, _) => self.has_union(of, depth + 1),
            Ty::Tuple(of) => of.iter().any(|ty| self.has_union(ty, depth + 1)),
            _ => false,
        }
    }

    fn may_be_emitted(&self, ty: &Ty, depth: u32) -> bool {
        match ty {
            Ty::Composite(id, args) if self.kind_of(ty) == Some(CompositeKind::Struct) => {
                depth < 64
                    && self.fields(*id, args).iter().all(|(_, field)| self.may_be_emitted(field, depth + 1))
            }
            Ty::Tuple(of) => depth < 64 && of.iter().all(|ty| self.may_be_emitted(ty, depth + 1)),
            Ty::Composite(..) | Ty::Var(_) | Ty::Unknown => true,
            Ty::Stack(of, _) => self.may_be_emitted(of, depth + 1),
            _ => false,
        }
    }
}
