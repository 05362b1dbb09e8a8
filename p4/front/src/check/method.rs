//! Calls of members: methods, built-in methods, `apply`. P4-16 sections 8.17 to 8.22, 9, 13.9, 14.2.2, 14.5, 15.1.

use super::args::Signature;
use super::rules::CallKind as Kind;
use super::scope::Entity;
use super::show::count;
use super::types::substitute;
use super::{Checker, value};
use crate::ast::{self, Direction};
use crate::hir::*;
use crate::source::Span;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

fn size_method(text: &str) -> Option<SizeOf> {
    Some(match text {
        "minSizeInBits" => SizeOf::MinBits,
        "minSizeInBytes" => SizeOf::MinBytes,
        "maxSizeInBits" => SizeOf::MaxBits,
        "maxSizeInBytes" => SizeOf::MaxBytes,
        _ => return None,
    })
}

impl Checker<'_> {
    pub(super) fn call_member(
        &mut self,
        of: &ast::Expr,
        method: ast::Ident,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        if let Some(ty) = self.as_type(of) {
            return self.call_of_type(&ty, &[], method, args, span);
        }
        if let ast::ExprKind::Name(name) = &of.kind
            && let Some(Entity::Table(id)) = self.find(*name).map(|found| found.entity.clone())
        {
            return self.call_of_table(id, method, args, span);
        }
        let size = size_method(self.session.names.text(method.name));
        if let (ast::ExprKind::Call { callee, type_args, args: inner }, Some(_)) = (&of.kind, size) {
            let object = self.call(callee, type_args, inner, of.span);
            return self.call_on(object, method, &[], args, span);
        }
        let context = super::Context { unevaluated: size.is_some(), ..self.cx.clone() };
        let object = self.within(context, |this| this.expr(of, None));
        self.call_on(object, method, type_args, args, span)
    }

    /// `T<...>.apply(...)`, `T<...>.minSizeInBits()`
    pub(super) fn call_type_member(
        &mut self,
        ty: &ast::Type,
        method: ast::Ident,
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        if let ast::TypeKind::Specialized(name, type_args) = &ty.kind {
            let entity = self.find(*name).map(|found| found.entity.clone());
            if let Some(entity @ (Entity::Parser(_) | Entity::Control(_))) = entity {
                let type_args: Vec<Ty> = type_args.iter().map(|arg| self.type_arg(arg)).collect();
                if let Some(ty) = self.entity_type(&entity, [].into()) {
                    return self.call_of_type(&ty, &type_args, method, args, span);
                }
            }
        }
        let ty = self.ty(ty);
        self.call_of_type(&ty, &[], method, args, span)
    }

    fn call_of_type(
        &mut self,
        ty: &Ty,
        type_args: &[Ty],
        method: ast::Ident,
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        let text = self.text(method.name);
        if let Some(size) = size_method(&text) {
            return self.size_of(ty, size, args, span);
        }
        match ty {
            Ty::Unknown => {
                self.drop_args(args);
                self.unknown(span)
            }
            Ty::Parser(_) | Ty::Control(_) if text == "apply" => {
                self.apply_directly(ty, type_args, args, span)
            }
            _ => {
                let message = format!("{} is a type: `{text}` cannot be called on it", self.quote(ty));
                let help = match ty {
                    Ty::Extern(..) => "call it on an instance: `T(...) name;` and `name.method(...)`",
                    _ => "call it on a value or an instance",
                };
                self.error_help(span, message, help);
                self.drop_args(args);
                self.unknown(span)
            }
        }
    }

    fn call_of_table(&mut self, id: TableId, method: ast::Ident, args: &[ast::Arg], span: Span) -> Expr {
        if self.session.names.text(method.name) != "apply" {
            let message = format!("a table has no method `{}`", self.text(method.name));
            self.error_help(method.span, message, "it has `apply()`");
            return self.unknown(span);
        }
        if !args.is_empty() {
            self.error(span, "`apply` of a table takes no arguments");
        }
        self.may_apply_table(span);
        let call = Call { callee: Callee::Table(id), type_args: vec![], args: vec![], written: vec![] };
        // Not a value: what it returns has no type that can be written (14.2.2).
        Expr { ty: Ty::Void, span, kind: ExprKind::Call(Box::new(call)) }
    }

    fn call_on(
        &mut self,
        object: Expr,
        method: ast::Ident,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        let text = self.text(method.name);
        if let (Some(size), false) = (size_method(&text), matches!(object.ty, Ty::Extern(..) | Ty::Unknown)) {
            return self.size_of(&object.ty.clone(), size, args, span);
        }
        let ty = object.ty.clone();
        match (&ty, text.as_str()) {
            (Ty::Unknown, _) => {
                self.drop_args(args);
                self.unknown(span)
            }
            (Ty::Extern(..), _) => self.call_method(object, method, type_args, args, span),
            (Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..), "apply") => {
                self.apply_instance(object, type_args, args, span)
            }
            (Ty::Composite(..), "isValid") if self.is_header(&ty) || self.is_union(&ty) => {
                self.no_args(args, "isValid", span);
                Expr { ty: Ty::Bool, span, kind: ExprKind::IsValid(Box::new(object)) }
            }
            (Ty::Composite(..), "setValid" | "setInvalid") if self.is_header(&ty) => {
                self.set_validity(object, text == "setValid", args, span)
            }
            (Ty::Stack(..), "push_front" | "pop_front") => {
                self.shift_stack(object, text == "push_front", args, span)
            }
            _ => {
                let message = format!("{} has no method `{text}`", self.quote(&ty));
                let help = match &ty {
                    Ty::Composite(..) if self.is_header(&ty) => {
                        "headers have `isValid`, `setValid` and `setInvalid`"
                    }
                    Ty::Composite(..) if self.is_union(&ty) => {
                        "a header union has `isValid`; its members have `setValid`"
                    }
                    Ty::Stack(..) => "stacks have `push_front` and `pop_front`",
                    _ => "headers, stacks, externs, parsers and controls have methods",
                };
                self.error_help(method.span, message, help);
                self.drop_args(args);
                self.unknown(span)
            }
        }
    }

    fn no_args(&mut self, args: &[ast::Arg], method: &str, span: Span) {
        if !args.is_empty() {
            self.error(
                span,
                format!(
                    "`{method}` takes no arguments, here {}",
                    if args.len() == 1 { "is 1".into() } else { format!("are {}", args.len()) }
                ),
            );
        }
    }

    fn set_validity(&mut self, object: Expr, valid: bool, args: &[ast::Arg], span: Span) -> Expr {
        self.no_args(args, if valid { "setValid" } else { "setInvalid" }, span);
        self.must_be_lvalue(&object, "changed", Direction::None);
        let object = Box::new(object);
        let callee = if valid { Callee::SetValid(object) } else { Callee::SetInvalid(object) };
        let call = Call { callee, type_args: vec![], args: vec![], written: vec![] };
        Expr { ty: Ty::Void, span, kind: ExprKind::Call(Box::new(call)) }
    }

    fn shift_stack(&mut self, object: Expr, push: bool, args: &[ast::Arg], span: Span) -> Expr {
        let method = if push { "push_front" } else { "pop_front" };
        self.must_be_lvalue(&object, "changed", Direction::None);
        let headers = matches!(&object.ty, Ty::Stack(of, _) if self.is_header(of) || self.is_union(of));
        if !headers {
            self.error(
                span,
                format!("`{method}` is for stacks of headers, this is {}", self.quote(&object.ty)),
            );
            return self.unknown(span);
        }
        let [ast::Arg { value: Some(number), .. }] = args else {
            self.error(span, format!("`{method}` takes 1 argument: by how many elements"));
            return self.unknown(span);
        };
        let number = self.expr(number, None);
        let Some(by) = self.shift_count(number) else { return self.unknown(span) };
        let object = Box::new(object);
        let callee = if push { Callee::PushFront(object) } else { Callee::PopFront(object) };
        let call = Call { callee, type_args: vec![], args: vec![Arg::Value(by)], written: vec![0] };
        Expr { ty: Ty::Void, span, kind: ExprKind::Call(Box::new(call)) }
    }

    /// A number, or what a constructor parameter makes one of (8.20).
    fn shift_count(&mut self, number: Expr) -> Option<Expr> {
        let whole = matches!(number.ty, Ty::Integer | Ty::Bit(_) | Ty::Int(_));
        if whole && self.int_of(&number).is_none() && self.is_known(&number) {
            return Some(number);
        }
        let by = self.known_int(&number, "the count")?;
        if by.to_u32().is_none_or(|by| by == 0) {
            self.error(number.span, format!("the count must be positive, this is {}", value::brief(&by)));
            return None;
        }
        Some(self.literal(by, Ty::Integer, number.span))
    }

    /// `x.minSizeInBits()` and its relatives (9).
    fn size_of(&mut self, ty: &Ty, size: SizeOf, args: &[ast::Arg], span: Span) -> Expr {
        if !args.is_empty() {
            self.error(span, format!("a size takes no arguments, {} given", count(args.len(), "argument")));
        }
        if self.is_generic(ty) {
            return Expr { ty: Ty::Integer, span, kind: ExprKind::SizeOf(ty.clone(), size) };
        }
        let most = matches!(size, SizeOf::MaxBits | SizeOf::MaxBytes);
        let Some(bits) = self.size_in_bits(ty, most) else {
            if *ty != Ty::Unknown {
                let message = format!("{} has no size", self.quote(ty));
                self.error_help(span, message, "sizes are defined for what can be in a packet");
            }
            return self.unknown(span);
        };
        let value = match size {
            SizeOf::MinBits | SizeOf::MaxBits => bits,
            SizeOf::MinBytes | SizeOf::MaxBytes => (bits + 7u32) / BigInt::from(8),
        };
        self.literal(value, Ty::Integer, span)
    }

    fn block_signature(&self, ty: &Ty, bound: &[Ty]) -> Option<(ApplyKind, Signature)> {
        let (kind, params) = self.block_params(ty)?;
        let (name, declared) = match ty {
            Ty::Parser(id) => (self.hir.parsers[id.index()].name, self.hir.parsers[id.index()].span),
            Ty::Control(id) => (self.hir.controls[id.index()].name, self.hir.controls[id.index()].span),
            Ty::Apply(id, _) => {
                (self.hir.apply_types[id.index()].name, self.hir.apply_types[id.index()].span)
            }
            _ => return None,
        };
        let callee = if kind == ApplyKind::Parser { Kind::Parser } else { Kind::Control };
        let own = self.type_params_of_block(ty).to_vec();
        let bindings = super::types::bind(&own, bound);
        let params = params.into_iter().map(|param| Param { ty: substitute(&param.ty, &bindings), ..param });
        let type_params = if bound.is_empty() { own } else { vec![] };
        Some((kind, Signature { callee, name, declared, type_params, params: params.collect() }))
    }

    /// `instance.apply(...)`
    fn apply_instance(
        &mut self,
        object: Expr,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Expr {
        let bound = match &object.kind {
            ExprKind::Instance(id) => self.hir.instances[id.index()].type_args.clone(),
            _ => vec![],
        };
        let Some((kind, signature)) = self.block_signature(&object.ty, &bound) else {
            return self.unknown(span);
        };
        self.may_apply_block(kind, span);
        if kind == ApplyKind::Package {
            return self.unknown(span);
        }
        match self.arguments(&signature, type_args, args, span) {
            Some(checked) => {
                let callee = Callee::Apply { object: Box::new(object) };
                self.finished_call(callee, Ty::Void, checked, span)
            }
            None => self.unknown(span),
        }
    }

    /// `T.apply(...)`: an instance without a name (15.1).
    fn apply_directly(&mut self, ty: &Ty, type_args: &[Ty], args: &[ast::Arg], span: Span) -> Expr {
        let constructor: &[Param] = match ty {
            Ty::Parser(id) => &self.hir.parsers[id.index()].constructor,
            Ty::Control(id) => &self.hir.controls[id.index()].constructor,
            _ => &[],
        };
        // What requires no arguments may be applied (15.1).
        let defaults = constructor.iter().map(|param| param.default.clone().map(Arg::Value));
        let constructed: Option<Vec<Arg>> = defaults.collect();
        let Some((kind, signature)) = self.block_signature(ty, type_args) else { return self.unknown(span) };
        self.may_apply_block(kind, span);
        if constructed.is_none() {
            let message =
                format!("{} has constructor parameters: it cannot be applied directly", self.quote(ty));
            self.error_help(span, message, "instantiate it first: `T(...) name;`");
        }
        let wanted = self.type_params_of_block(ty).len();
        if !type_args.is_empty() && wanted != type_args.len() {
            self.error(span, format!("{} takes {}", self.quote(ty), count(wanted, "type argument")));
            return self.unknown(span);
        }
        let Some(mut checked) = self.arguments(&signature, &[], args, span) else {
            return self.unknown(span);
        };
        let type_args =
            if type_args.is_empty() { std::mem::take(&mut checked.type_args) } else { type_args.to_vec() };
        let id = self.direct_instance(ty, type_args, constructed.unwrap_or_default(), span);
        let object = Expr { ty: ty.clone(), span, kind: ExprKind::Instance(id) };
        self.finished_call(Callee::Apply { object: Box::new(object) }, Ty::Void, checked, span)
    }

    fn direct_instance(&mut self, ty: &Ty, type_args: Vec<Ty>, args: Vec<Arg>, span: Span) -> InstanceId {
        let name = match ty {
            Ty::Parser(id) => self.hir.parsers[id.index()].name,
            Ty::Control(id) => self.hir.controls[id.index()].name,
            _ => self.intern("instance"),
        };
        let instance = Instance {
            name,
            span,
            annotations: vec![],
            ty: ty.clone(),
            type_args,
            constructor: 0,
            args,
            methods: vec![],
            anonymous: true,
        };
        let id = self.push_instance(instance);
        self.instances.push(id);
        id
    }

    pub(super) fn push_instance(&mut self, instance: Instance) -> InstanceId {
        self.hir.instances.push(instance);
        InstanceId(self.hir.instances.len() as u32 - 1)
    }
}
