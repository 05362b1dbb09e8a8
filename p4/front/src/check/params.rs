//! Parameters: what directions, types, defaults and annotations they may have. P4-16 section 6.8, appendix F.

use super::Checker;
use super::annot;
use super::rules::CallKind;
use super::show::direction_text;
use crate::ast::{self, Direction};
use crate::diag::Diagnostic;
use crate::hir::*;

impl Checker<'_> {
    /// Type parameters, entered into the innermost scope.
    pub(super) fn declare_type_params(&mut self, params: &[ast::Ident]) -> Vec<TypeVarId> {
        let mut ids = vec![];
        for param in params {
            let id = self.new_type_var(param.name);
            self.declare(*param, super::scope::Entity::TypeVar(id));
            ids.push(id);
        }
        ids
    }

    /// A list of parameters of one kind of declaration; nothing is entered into a scope.
    pub(super) fn params(&mut self, params: &[ast::Param], of: CallKind) -> Vec<Param> {
        let mut checked: Vec<Param> = vec![];
        for param in self.not_too_many(params, "parameters", |param| param.span) {
            if let Some(before) = checked.iter().find(|before| before.name == param.name.name) {
                let message = format!("parameter `{}` is declared twice", self.text(param.name.name));
                let before = before.span;
                self.report(
                    Diagnostic::error(param.name.span, message).related(before, "first declared here"),
                );
                continue;
            }
            checked.push(self.param(param, of));
        }
        if of == CallKind::Action {
            self.action_data_is_last(&checked);
        }
        checked
    }

    fn param(&mut self, param: &ast::Param, of: CallKind) -> Param {
        let ty = self.ty(&param.ty);
        let annotations = self.annotations(&param.annotations);
        self.param_type_is_allowed(&ty, param, of);
        if of.is_constructor() && param.direction != Direction::None {
            let message = format!("a parameter of {} cannot have a direction", of.noun());
            self.error_help(
                param.span,
                message,
                "it is known when the program is compiled: write no direction",
            );
        }
        let optional = annot::has(&annotations, "optional");
        if optional && !of.may_be_optional() {
            let message = format!("a parameter of {} cannot be `@optional`", of.noun());
            self.error_help(
                param.span,
                message,
                "optional are those of packages, parser and control types, and externs",
            );
        }
        let default =
            param.default.as_ref().and_then(|default| self.default_value(param, default, &ty, optional));
        Param {
            name: param.name.name,
            direction: param.direction,
            ty,
            optional,
            default,
            annotations,
            span: param.name.span,
            local: None,
        }
    }

    fn default_value(
        &mut self,
        param: &ast::Param,
        default: &ast::Expr,
        ty: &Ty,
        optional: bool,
    ) -> Option<Expr> {
        if matches!(param.direction, Direction::Out | Direction::InOut) {
            let message =
                format!("a parameter with {} cannot have a default value", direction_text(param.direction));
            self.error_help(
                default.span,
                message,
                "default values are for `in` parameters and those without direction",
            );
            return None;
        }
        if optional {
            self.error(default.span, "an `@optional` parameter cannot have a default value");
            return None;
        }
        let errors = self.session.diags.errors();
        let value = self.constructing(|this| this.expr(default, (!this.is_generic(ty)).then_some(ty)));
        let value = if self.is_generic(ty) { value } else { self.coerce(value, ty) };
        if !self.is_known(&value) && self.session.diags.errors() == errors {
            self.error(default.span, "a default value must be known at compile time");
            return None;
        }
        Some(value)
    }

    fn param_type_is_allowed(&mut self, ty: &Ty, param: &ast::Param, of: CallKind) {
        let span = param.ty.span;
        let directed = param.direction != Direction::None;
        let with = direction_text(param.direction);
        let complaint = match ty {
            Ty::Void => Some("a parameter cannot be `void`".to_owned()),
            Ty::String if directed => Some(format!("a parameter of type `string` cannot have {with}")),
            Ty::Integer if of == CallKind::Action => {
                Some("an action cannot have a parameter of type `int`".to_owned())
            }
            Ty::Integer if directed => Some(format!("a parameter of type `int` cannot have {with}")),
            Ty::MatchKind if directed => Some(format!("a parameter of type `match_kind` cannot have {with}")),
            Ty::Extern(..) if matches!(of, CallKind::Action | CallKind::Function) => {
                Some(format!("{} cannot have a parameter of extern type {}", of.noun(), self.quote(ty)))
            }
            Ty::Extern(..) if directed => {
                Some(format!("a parameter of extern type {} cannot have {with}", self.quote(ty)))
            }
            Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..) => {
                let kind = self.block_params(ty).map(|(kind, _)| kind);
                match kind.is_some_and(|kind| of.takes(kind)) {
                    true => None,
                    false => {
                        Some(format!("{} cannot have a parameter of type {}", of.noun(), self.quote(ty)))
                    }
                }
            }
            _ => None,
        };
        let Some(complaint) = complaint else { return };
        let help = match ty {
            Ty::Extern(..) if of == CallKind::Function => {
                "controls, parsers and externs can: what may be a parameter of what: P4-16 appendix F"
            }
            Ty::Extern(..) if of != CallKind::Action => "externs are passed by reference: write no direction",
            Ty::Integer if of != CallKind::Action => {
                "write no direction (the argument is known at compile time), or give a width"
            }
            Ty::String => "strings are known at compile time: write no direction",
            Ty::Integer => "give it a width: `bit<N>`",
            Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..) => {
                "what may be a parameter of what: P4-16 appendix F"
            }
            _ => "give it the type of a value",
        };
        self.error_help(span, complaint, help);
    }

    /// 6.8: directionless parameters of an action come last.
    fn action_data_is_last(&mut self, params: &[Param]) {
        let first =
            params.iter().position(|param| param.direction == Direction::None).unwrap_or(params.len());
        if let Some(late) = params[first..].iter().find(|param| param.direction != Direction::None) {
            let message = format!("parameter `{}` stands after action data", self.text(late.name));
            let diagnostic = Diagnostic::error(late.span, message)
                .related(params[first].span, "this one has no direction: it is action data")
                .help("parameters without a direction come last");
            self.report(diagnostic);
        }
    }

    /// Enters parameters as locals of a body.
    pub(super) fn enter_params(&mut self, params: &mut [Param], of: CallKind) {
        for param in params {
            let kind = match param.direction {
                _ if of.is_constructor() => LocalKind::ConstructorParam,
                Direction::None if of == CallKind::Action => LocalKind::ActionData,
                direction => LocalKind::Param(direction),
            };
            let ident = ast::Ident { name: param.name, span: param.span };
            let id = self.new_local(ident, param.ty.clone(), kind);
            param.local = Some(id);
            self.declare(ident, super::scope::Entity::Local(id));
        }
    }
}
