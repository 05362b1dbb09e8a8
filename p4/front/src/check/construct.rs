//! Constructor invocations and instances. P4-16 sections 8.21, 11.3, 15.

use super::annot;
use super::args::Signature;
use super::rules::CallKind as Kind;
use super::scope::Entity;
use super::show::count;
use super::types::{bind, substitute};
use super::{Checker, Place};
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;

/// An instance to be made.
pub(super) struct New<'a> {
    pub ty: Ty,
    /// As written; none where they are to be inferred.
    pub type_args: Vec<Ty>,
    pub args: &'a [ast::Arg],
    pub ident: ast::Ident,
    pub annotations: Vec<Annotation>,
    pub anonymous: bool,
}

impl Checker<'_> {
    /// `T(args) name;` as a declaration.
    pub(super) fn instance(&mut self, decl: &ast::Decl, instance: &ast::Instance) {
        let annotations = self.annotations(&decl.annotations);
        self.silencing(&annotations.clone(), |this| this.instance_declared(decl, instance, annotations));
    }

    fn instance_declared(
        &mut self,
        decl: &ast::Decl,
        instance: &ast::Instance,
        annotations: Vec<Annotation>,
    ) {
        let made = self.instance_type(&instance.ty).and_then(|(ty, type_args)| {
            let new = New {
                ty,
                type_args,
                args: &instance.args,
                ident: instance.name,
                annotations,
                anonymous: false,
            };
            self.construct(new, instance.init.as_deref(), decl.span)
        });
        match made {
            Some(id) => {
                self.instances.push(id);
                self.declare(instance.name, Entity::Instance(id));
                self.deprecate(instance.name.span, decl);
            }
            None => self.declare(instance.name, Entity::Poison),
        }
    }

    /// The type in an instantiation: generic ones may be without arguments, which are inferred then.
    fn instance_type(&mut self, ty: &ast::Type) -> Option<(Ty, Vec<Ty>)> {
        let (name, args) = match &ty.kind {
            ast::TypeKind::Name(name) => (*name, &[][..]),
            ast::TypeKind::Specialized(name, args) => (*name, &args[..]),
            _ => {
                let ty_checked = self.ty(ty);
                if ty_checked != Ty::Unknown {
                    self.error(ty.span, format!("{} has no constructor", self.quote(&ty_checked)));
                }
                return None;
            }
        };
        let entity = self.lookup(name)?;
        let args: Vec<Ty> = args.iter().map(|arg| self.type_arg(arg)).collect();
        if matches!(entity, Entity::Poison) {
            return None;
        }
        let found = self.entity_type(&entity, args.clone().into());
        match found {
            Some(ty @ (Ty::Extern(..) | Ty::Apply(..) | Ty::Parser(_) | Ty::Control(_))) => Some((ty, args)),
            Some(Ty::Unknown) => None,
            _ => {
                let message =
                    format!("`{}` is {}: it has no constructor", self.text(name.ident.name), entity.noun());
                self.error_help(
                    ty.span,
                    message,
                    "externs, parsers, controls and packages can be instantiated",
                );
                None
            }
        }
    }

    /// Makes an instance, or says why not. The type may be that of an alias, with its arguments already.
    pub(super) fn construct(
        &mut self,
        new: New<'_>,
        init: Option<&[ast::Decl]>,
        span: Span,
    ) -> Option<InstanceId> {
        let fine = self.may_instantiate(&new.ty, span);
        if let Ty::Apply(id, _) = &new.ty {
            let apply = &self.hir.apply_types[id.index()];
            if apply.kind != ApplyKind::Package {
                let message = format!("{} is only a type: it has no body", self.quote(&new.ty));
                let declared = apply.span;
                let help = "instantiate a parser or control that is declared with a body";
                self.report(Diagnostic::error(span, message).help(help).related(declared, "declared here"));
                return None;
            }
        }
        let bound = self.bound_type_args(&new, span)?;
        let (constructor, mut signature) = self.constructor_of(&new, &bound, span)?;
        if !bound.is_empty() {
            signature.type_params = vec![];
        }
        let checked = self.constructing(|this| this.arguments(&signature, &[], new.args, span))?;
        self.name_after_params(&signature, &checked.args);
        let type_args = if bound.is_empty() { checked.type_args } else { bound };
        let type_args: Vec<Ty> = type_args.iter().map(|ty| checked.inference.apply(ty)).collect();
        let ty = match &new.ty {
            Ty::Extern(id, _) => Ty::Extern(*id, type_args.clone().into()),
            Ty::Apply(id, _) => Ty::Apply(*id, type_args.clone().into()),
            other => other.clone(),
        };
        let own = if matches!(ty, Ty::Parser(_) | Ty::Control(_)) { type_args } else { vec![] };
        let methods = self.object_initializer(&ty, init, span);
        let instance = Instance {
            name: new.ident.name,
            span: new.ident.span,
            annotations: new.annotations,
            ty,
            type_args: own,
            constructor,
            args: checked.args,
            methods,
            anonymous: new.anonymous,
        };
        fine.then(|| self.push_instance(instance))
    }

    /// The type arguments that were written, if any.
    fn bound_type_args(&mut self, new: &New<'_>, span: Span) -> Option<Vec<Ty>> {
        let wanted = self.type_params(&new.ty).len();
        let given: Vec<Ty> = match &new.ty {
            Ty::Extern(_, args) | Ty::Apply(_, args) => args.to_vec(),
            _ => new.type_args.clone(),
        };
        if given.is_empty() || given.len() == wanted {
            return Some(given);
        }
        let message = format!("{} takes {}", self.quote(&new.ty), count(wanted, "type argument"));
        self.error(span, message);
        None
    }

    fn constructor_of(&mut self, new: &New<'_>, bound: &[Ty], span: Span) -> Option<(usize, Signature)> {
        let type_params = self.type_params(&new.ty).to_vec();
        let bindings = bind(&type_params, bound);
        let (callee, name, declared, candidates) = match &new.ty {
            Ty::Extern(id, _) => {
                let external = &self.hir.externs[id.index()];
                let all = external.constructors.iter().map(|of| (of.params.clone(), external.span)).collect();
                (Kind::ExternConstructor, external.name, external.span, all)
            }
            Ty::Parser(id) => {
                let parser = &self.hir.parsers[id.index()];
                let all = vec![(parser.constructor.clone(), parser.span)];
                (Kind::ParserConstructor, parser.name, parser.span, all)
            }
            Ty::Control(id) => {
                let control = &self.hir.controls[id.index()];
                let all = vec![(control.constructor.clone(), control.span)];
                (Kind::ControlConstructor, control.name, control.span, all)
            }
            Ty::Apply(id, _) => {
                let package = &self.hir.apply_types[id.index()];
                (Kind::Package, package.name, package.span, vec![(package.params.clone(), package.span)])
            }
            _ => return None,
        };
        if candidates.is_empty() {
            let message = format!("{} has no constructor: it cannot be instantiated", self.quote(&new.ty));
            self.report(Diagnostic::error(span, message).related(declared, "declared here"));
            return None;
        }
        let at = self.choose(name, &candidates, new.args, span)?;
        let params = candidates[at]
            .0
            .iter()
            .map(|param| Param { ty: substitute(&param.ty, &bindings), ..param.clone() });
        Some((at, Signature { callee, name, declared, type_params, params: params.collect() }))
    }

    /// 18.3: what is made as an argument has the name of the parameter.
    fn name_after_params(&mut self, signature: &Signature, args: &[Arg]) {
        for (param, arg) in signature.params.iter().zip(args) {
            if let Arg::Value(Expr { kind: ExprKind::Instance(id), .. }) = arg {
                let instance = &mut self.hir.instances[id.index()];
                if instance.anonymous {
                    instance.name = param.name;
                    instance.anonymous = false;
                }
            }
        }
    }

    /// `= { ... }` after an instantiation: the bodies of abstract methods (11.3.1).
    fn object_initializer(
        &mut self,
        ty: &Ty,
        init: Option<&[ast::Decl]>,
        span: Span,
    ) -> Vec<(usize, FunctionId)> {
        let Ty::Extern(id, args) = ty.clone() else {
            if init.is_some() {
                let message = format!("{} has no abstract methods to be given bodies", self.quote(ty));
                self.error(span, message);
            }
            return vec![];
        };
        let mut methods: Vec<(usize, FunctionId)> = vec![];
        self.scoped(|this| {
            for decl in init.unwrap_or_default() {
                match &decl.kind {
                    ast::DeclKind::Instance(instance) => this.instance(decl, instance),
                    ast::DeclKind::Function(function) => {
                        if let Some(done) = this.abstract_body(id, &args, decl, function, &methods) {
                            methods.push(done);
                        }
                    }
                    _ => this.error(decl.span, "only functions and instances can stand here"),
                }
            }
        });
        let missing: Vec<String> = self.hir.externs[id.index()]
            .methods
            .iter()
            .enumerate()
            .filter(|(_, method)| method.is_abstract && !annot::has(&method.annotations, "optional"))
            .filter(|(at, _)| !methods.iter().any(|(done, _)| done == at))
            .map(|(_, method)| format!("`{}`", self.text(method.proto.name)))
            .collect();
        if !missing.is_empty() && !self.session.diags.has_errors() {
            let message =
                format!("{} has abstract methods without bodies: {}", self.quote(ty), missing.join(", "));
            self.error_help(span, message, "write them: `T(...) name = { R method(...) { ... } };`");
        }
        methods
    }

    fn abstract_body(
        &mut self,
        id: ExternId,
        args: &TypeArgs,
        decl: &ast::Decl,
        function: &ast::Function,
        before: &[(usize, FunctionId)],
    ) -> Option<(usize, FunctionId)> {
        let name = function.proto.name;
        let found =
            self.hir.externs[id.index()].methods.iter().position(|method| method.proto.name == name.name);
        let Some(at) = found.filter(|at| self.hir.externs[id.index()].methods[*at].is_abstract) else {
            let message = format!("`{}` is not an abstract method of this extern", self.text(name.name));
            let declared = self.hir.externs[id.index()].span;
            self.report(
                Diagnostic::error(name.span, message).related(declared, "the extern is declared here"),
            );
            return None;
        };
        if let Some((_, first)) = before.iter().find(|(done, _)| *done == at) {
            let first = self.hir.functions[first.index()].proto.span;
            self.duplicate(name, first);
            return None;
        }
        let context = super::Context {
            place: Place::Method,
            this: Some((id, args.clone())),
            initializer: Some(self.scopes.len() - 1),
            bodies: before.iter().map(|(at, _)| *at).collect(),
            constructing: false,
            loops: 0,
            ..self.cx.clone()
        };
        let own = self.cx.place == Place::Top;
        let function = self.within(context, |this| this.function_body(decl, function, own, Kind::Method));
        self.same_as_declared(id, at, args, &function.proto);
        self.hir.functions.push(function);
        Some((at, FunctionId(self.hir.functions.len() as u32 - 1)))
    }

    fn same_as_declared(&mut self, id: ExternId, at: usize, args: &TypeArgs, given: &Prototype) {
        let external = &self.hir.externs[id.index()];
        let bindings = bind(&external.type_params, args);
        let wanted = external.methods[at].proto.clone();
        let mut bindings = bindings;
        bindings.extend(bind(
            &wanted.type_params,
            &given.type_params.iter().map(|id| Ty::Var(*id)).collect::<Vec<_>>(),
        ));
        let alike = |a: &Ty, b: &Ty| {
            let wanted = substitute(a, &bindings);
            wanted == *b || matches!(b, Ty::Unknown) || matches!(wanted, Ty::Unknown)
        };
        // A body may leave out the parameters at the end that are optional (6.8.2), as a block may.
        let rest_is_optional = wanted.params.iter().skip(given.params.len()).all(|param| param.optional);
        let same =
            given.params.len() <= wanted.params.len()
                && rest_is_optional
                && wanted.type_params.len() == given.type_params.len()
                && alike(&wanted.ret, &given.ret)
                && wanted.params.iter().zip(&given.params).all(|(wanted, given)| {
                    wanted.direction == given.direction && alike(&wanted.ty, &given.ty)
                });
        if !same {
            let message = format!("`{}` differs from how it is declared", self.text(given.name));
            let diagnostic = Diagnostic::error(given.span, message)
                .help("the result, and the number, directions and types of the parameters must be the same")
                .related(wanted.span, "declared here");
            self.report(diagnostic);
        }
    }

    /// `main` is the program: an instance of a package (17.2).
    pub(super) fn main_is_a_package(&mut self) {
        self.hir.globals = std::mem::take(&mut self.instances);
        let main = self.session.names.get("main");
        let found =
            self.hir.globals.iter().copied().find(|id| Some(self.hir.instances[id.index()].name) == main);
        let Some(id) = found else { return };
        let instance = &self.hir.instances[id.index()];
        let package = matches!(instance.ty, Ty::Apply(..));
        let span = instance.span;
        if package {
            self.hir.main = Some(id);
        } else {
            let message =
                format!("`main` is an instance of {}, not of a package", self.quote(&instance.ty.clone()));
            self.error(span, message);
        }
    }
}
