//! Extern objects, extern functions and functions. P4-16 sections 7.2.11, 10.

use super::rules::CallKind as Kind;
use super::scope::{Callable, Entity};
use super::{Checker, Context, Place};
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;

impl Checker<'_> {
    pub(super) fn extern_object(&mut self, decl: &ast::Decl, external: &ast::Extern) {
        let annotations = self.annotations(&decl.annotations);
        let id = ExternId(self.hir.externs.len() as u32);
        self.hir.externs.push(Extern {
            name: external.name.name,
            span: external.name.span,
            annotations,
            type_params: vec![],
            constructors: vec![],
            methods: vec![],
        });
        // Methods may have parameters of the extern itself.
        self.declare(external.name, Entity::Extern(id));
        self.deprecate(external.name.span, decl);
        self.scoped(|this| {
            let type_params = this.declare_type_params(&external.type_params);
            this.hir.externs[id.index()].type_params = type_params;
            for method in &external.methods {
                this.extern_method(id, external.name, method);
            }
        });
    }

    fn extern_method(&mut self, id: ExternId, name: ast::Ident, method: &ast::Method) {
        let annotations = self.annotations(&method.annotations);
        match &method.kind {
            ast::MethodKind::Constructor { name: own, params } => {
                if method.is_abstract {
                    self.error(own.span, "a constructor cannot be abstract");
                }
                let params = self.params(params, Kind::ExternConstructor);
                let others: Vec<Vec<Param>> = self.hir.externs[id.index()]
                    .constructors
                    .iter()
                    .map(|other| other.params.clone())
                    .collect();
                let others: Vec<&[Param]> = others.iter().map(Vec::as_slice).collect();
                self.may_overload(&others, &params, *own, name.span);
                self.hir.externs[id.index()].constructors.push(Constructor { params, annotations });
            }
            ast::MethodKind::Method(proto) => {
                let proto = self.scoped(|this| this.prototype(proto, Kind::Method));
                self.method_is_allowed(id, name, &proto, method.is_abstract);
                let method = Method { is_abstract: method.is_abstract, annotations, proto };
                self.hir.externs[id.index()].methods.push(method);
            }
        }
    }

    fn method_is_allowed(
        &mut self,
        id: ExternId,
        external: ast::Ident,
        proto: &Prototype,
        is_abstract: bool,
    ) {
        let ident = ast::Ident { name: proto.name, span: proto.span };
        if proto.name == external.name {
            let message = format!("`{}` has the name of its extern and a result type", self.text(proto.name));
            self.error_help(proto.span, message, "a constructor has no result type");
        }
        let same: Vec<(Vec<Param>, crate::Span, bool)> = self.hir.externs[id.index()]
            .methods
            .iter()
            .filter(|other| other.proto.name == proto.name)
            .map(|other| (other.proto.params.clone(), other.proto.span, other.is_abstract))
            .collect();
        let Some((_, before, _)) = same.first() else { return };
        if is_abstract || same.iter().any(|(_, _, is_abstract)| *is_abstract) {
            let message = format!("abstract method `{}` cannot be overloaded", self.text(proto.name));
            self.report(Diagnostic::error(proto.span, message).related(*before, "also declared here"));
            return;
        }
        let others: Vec<&[Param]> = same.iter().map(|(params, ..)| params.as_slice()).collect();
        self.may_overload(&others, &proto.params, ident, *before);
    }

    /// A prototype, whose type parameters are entered into the innermost scope.
    pub(super) fn prototype(&mut self, proto: &ast::Prototype, of: Kind) -> Prototype {
        let type_params = self.declare_type_params(&proto.type_params);
        let ret = self.ty(&proto.ret);
        self.may_be_returned(&ret, proto.ret.span);
        let params = self.params(&proto.params, of);
        self.distinct_from_type_params(&proto.type_params, &params);
        Prototype { name: proto.name.name, span: proto.name.span, type_params, params, ret }
    }

    fn may_be_returned(&mut self, ty: &Ty, span: crate::Span) {
        if matches!(ty, Ty::Extern(..) | Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..)) {
            let message = format!("{} cannot be returned: it is not a value", self.quote(ty));
            self.error(span, message);
        }
    }

    pub(super) fn distinct_from_type_params(&mut self, type_params: &[ast::Ident], params: &[Param]) {
        for param in params {
            if let Some(before) = type_params.iter().find(|ty| ty.name == param.name) {
                self.duplicate(ast::Ident { name: param.name, span: param.span }, before.span);
            }
        }
    }

    pub(super) fn extern_function(&mut self, decl: &ast::Decl, proto: &ast::Prototype) {
        let annotations = self.annotations(&decl.annotations);
        let name = proto.name;
        let proto = self.scoped(|this| this.prototype(proto, Kind::ExternFunction));
        let id = ExternFunctionId(self.hir.extern_functions.len() as u32);
        self.hir.extern_functions.push(ExternFunction { annotations, proto });
        self.declare(name, Entity::Functions(vec![Callable::Extern(id)]));
        self.deprecate(name.span, decl);
    }

    pub(super) fn function(&mut self, decl: &ast::Decl, function: &ast::Function) {
        let name = function.proto.name;
        let context = Context { place: Place::Function, within: Some(name.name), ..Context::top() };
        let function = self.within(context, |this| this.function_body(decl, function, true, Kind::Function));
        let id = FunctionId(self.hir.functions.len() as u32);
        self.hir.functions.push(function);
        self.declare(name, Entity::Functions(vec![Callable::Function(id)]));
        self.deprecate(name.span, decl);
    }

    /// A function or the body of an abstract method. `own`: with locals of its own.
    pub(super) fn function_body(
        &mut self,
        decl: &ast::Decl,
        function: &ast::Function,
        own: bool,
        kind: Kind,
    ) -> Function {
        let annotations = self.annotations(&decl.annotations);
        let outer = if own { std::mem::take(&mut self.locals) } else { vec![] };
        let (proto, body) = self.scoped(|this| {
            let mut proto = this.prototype(&function.proto, kind);
            if matches!(proto.ret, Ty::Integer | Ty::String | Ty::MatchKind) {
                let message = format!("a function cannot return {}", this.quote(&proto.ret));
                let help =
                    "what a call gives is known at run time, and a value of this type at compile time only";
                this.error_help(function.proto.ret.span, message, help);
            }
            this.cx.returns = Some(proto.ret.clone());
            this.enter_params(&mut proto.params, kind);
            let body = this.silencing(&annotations, |this| this.block(&function.body));
            (proto, body)
        });
        if proto.ret != Ty::Void && super::flow::may_fall_through(&body) {
            let name = self.text(proto.name);
            let message = format!("`{name}` does not return a value on every path");
            let help = format!("end each path with `return` and a value of type {}", self.quote(&proto.ret));
            self.error_help(proto.span, message, help);
        }
        let locals = if own { std::mem::replace(&mut self.locals, outer) } else { vec![] };
        Function { proto, annotations, locals, body }
    }

    pub(super) fn warn_of_deprecated_method(&mut self, id: ExternId, at: usize, method: ast::Ident) {
        let annotations = &self.hir.externs[id.index()].methods[at].annotations;
        let Some(why) = super::annot::string_of(annotations, "deprecated") else { return };
        let message = format!("`{}` is deprecated: {why}", self.text(method.name));
        self.warn("deprecated", Diagnostic::warning(method.span, message));
    }
}
