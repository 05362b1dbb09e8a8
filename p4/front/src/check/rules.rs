//! What may be called, applied and instantiated where. P4-16 appendix F.

use super::{Checker, Place};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;

/// What has parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallKind {
    Function,
    Method,
    ExternFunction,
    ExternConstructor,
    Action,
    Parser,
    ParserConstructor,
    Control,
    ControlConstructor,
    ParserType,
    ControlType,
    Package,
}

impl CallKind {
    pub(super) fn is_constructor(self) -> bool {
        use CallKind as C;
        matches!(self, C::ExternConstructor | C::ParserConstructor | C::ControlConstructor | C::Package)
    }

    pub(super) fn may_be_optional(self) -> bool {
        use CallKind as C;
        let of_blocks = matches!(self, C::Parser | C::Control | C::ParserConstructor | C::ControlConstructor);
        !of_blocks && !matches!(self, C::Function | C::Action)
    }

    /// The first table of appendix F.
    pub(super) fn takes(self, kind: ApplyKind) -> bool {
        match self {
            CallKind::Package => true,
            CallKind::ParserConstructor => kind == ApplyKind::Parser,
            CallKind::ControlConstructor => kind == ApplyKind::Control,
            _ => false,
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            CallKind::Function => "a function",
            CallKind::Method => "an extern method",
            CallKind::ExternFunction => "an extern function",
            CallKind::ExternConstructor => "an extern constructor",
            CallKind::Action => "an action",
            CallKind::Parser => "a parser",
            CallKind::ParserConstructor => "a parser's constructor",
            CallKind::Control => "a control",
            CallKind::ControlConstructor => "a control's constructor",
            CallKind::ParserType => "a parser type",
            CallKind::ControlType => "a control type",
            CallKind::Package => "a package",
        }
    }
}

impl Place {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Place::Top => "at the top level",
            Place::ParserTop => "in a parser, outside of its states",
            Place::State => "in a parser state",
            Place::ControlTop => "in a control, outside of `apply`",
            Place::Apply => "in the `apply` of a control",
            Place::Action => "in an action",
            Place::Function => "in a function",
            Place::Method => "in an abstract method",
            Place::ActionArgs => "in the arguments of a table's action",
            Place::TableKey => "in the key of a table",
        }
    }

    pub(super) fn in_parser(self) -> bool {
        matches!(self, Place::ParserTop | Place::State)
    }
}

impl Checker<'_> {
    fn not_here(&mut self, what: &str, span: Span, help: &str) {
        let message = format!("{what} {}", self.cx.place.noun());
        self.report(Diagnostic::error(span, message).help(help));
    }

    pub(super) fn may_apply_table(&mut self, span: Span) {
        if !matches!(self.cx.place, Place::Apply | Place::TableKey) {
            self.not_here(
                "a table cannot be applied",
                span,
                "tables are applied in the `apply` block of their control",
            );
        }
    }

    pub(super) fn may_apply_block(&mut self, kind: ApplyKind, span: Span) {
        match kind {
            ApplyKind::Parser if self.cx.place != Place::State => {
                self.not_here(
                    "a parser cannot be applied",
                    span,
                    "parsers are applied in the states of other parsers",
                );
            }
            ApplyKind::Control if self.cx.place != Place::Apply => {
                let help = "controls are applied in the `apply` block of other controls";
                self.not_here("a control cannot be applied", span, help);
            }
            ApplyKind::Package => self.error(span, "a package cannot be applied"),
            _ => {}
        }
    }

    pub(super) fn may_call_action(&mut self, span: Span) {
        if !matches!(self.cx.place, Place::Apply | Place::Action) {
            self.not_here(
                "an action cannot be called",
                span,
                "actions are called from controls and from other actions",
            );
        }
    }

    pub(super) fn may_call_function(&mut self, span: Span) {
        if self.cx.place == Place::Top {
            self.not_here(
                "a function cannot be called",
                span,
                "values at the top level are known at compile time",
            );
        }
    }

    /// `verify` (13.7)
    pub(super) fn may_verify(&mut self, span: Span) {
        if !self.cx.place.in_parser() {
            self.not_here("`verify` cannot be called", span, "it ends the parser: call it in a parser state");
        }
    }

    /// The second table of appendix F.
    pub(super) fn may_instantiate(&mut self, ty: &Ty, span: Span) -> bool {
        let kind = self.block_params(ty).map(|(kind, _)| kind);
        let place = self.cx.place;
        if self.cx.constructing {
            return true;
        }
        let allowed = match kind {
            None => matches!(place, Place::Top | Place::ParserTop | Place::ControlTop),
            Some(ApplyKind::Package) => place == Place::Top,
            Some(ApplyKind::Parser) => place == Place::ParserTop,
            Some(ApplyKind::Control) => place == Place::ControlTop,
        };
        if !allowed {
            let (what, help) = match kind {
                None => (
                    "an extern cannot be instantiated",
                    "instantiate it at the top level, in a parser or in a control",
                ),
                Some(ApplyKind::Package) => {
                    ("a package cannot be instantiated", "instantiate it at the top level")
                }
                Some(ApplyKind::Parser) => (
                    "a parser cannot be instantiated",
                    "instantiate it in a parser, or as an argument of a package",
                ),
                Some(ApplyKind::Control) => (
                    "a control cannot be instantiated",
                    "instantiate it in a control, or as an argument of a package",
                ),
            };
            self.not_here(what, span, help);
        }
        allowed
    }

    /// Runs where constructor calls are values: arguments of a constructor, properties of a table.
    pub(super) fn constructing<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let context = super::Context { constructing: true, ..self.cx.clone() };
        self.within(context, body)
    }
}
