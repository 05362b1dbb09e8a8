//! What can be written to. P4-16 section 6.7.

use super::Checker;
use super::scope::Entity;
use super::show::direction_text;
use crate::ast::{self, Direction};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::intern::Name;
use crate::source::Span;

impl Checker<'_> {
    /// Why an expression cannot be written to; None where it can.
    fn not_lvalue(&self, expr: &Expr) -> Option<(String, Option<Span>)> {
        match &expr.kind {
            ExprKind::Wrong => None,
            ExprKind::Local(id) => self.read_only(*id),
            ExprKind::Field(of, _) if matches!(of.ty, Ty::Tuple(_)) => {
                Some(("a member of a tuple cannot be changed by itself".into(), None))
            }
            ExprKind::Index(of, _) if matches!(of.ty, Ty::List(_) | Ty::Tuple(_)) => {
                Some((format!("a member of {} cannot be changed by itself", self.quote(&of.ty)), None))
            }
            ExprKind::Field(of, _) | ExprKind::Index(of, _) => self.not_lvalue(of),
            ExprKind::Stack(of, StackMember::Next) => self.not_lvalue(of),
            // 8.18: unlike `next`.
            ExprKind::Stack(_, StackMember::Last) => Some(("`last` of a stack is read-only".into(), None)),
            ExprKind::Stack(..) => Some(("this property of a stack cannot be changed".into(), None)),
            ExprKind::Slice { of, .. } | ExprKind::PlusSlice { of, .. } => self.not_lvalue(of),
            ExprKind::Call(_) => Some(("this is the result of a call".into(), None)),
            ExprKind::Instance(_) | ExprKind::This => Some(("this is an instance".into(), None)),
            _ => Some(("this is a value, not a place to put one".into(), None)),
        }
    }

    /// The constant that an expression, as it is written, is or is a part of, and where it is declared.
    pub(super) fn constant_in(&self, written: &ast::Expr) -> Option<(Name, Span)> {
        use ast::ExprKind as E;
        match &written.kind {
            E::Name(name) => {
                let binding = self.find(*name)?;
                matches!(binding.entity, Entity::Const(_)).then_some((name.ident.name, binding.span))
            }
            E::Member(of, _) | E::Index(of, _) | E::Slice(of, ..) | E::PlusSlice(of, ..) => {
                self.constant_in(of)
            }
            _ => None,
        }
    }

    fn read_only(&self, id: LocalId) -> Option<(String, Option<Span>)> {
        let local = &self.locals[id.index()];
        let name = self.text(local.name);
        match &local.kind {
            LocalKind::Var | LocalKind::Param(Direction::Out | Direction::InOut) => None,
            LocalKind::Param(_) | LocalKind::ActionData => {
                let direction = match local.kind {
                    LocalKind::Param(direction) => direction,
                    _ => Direction::None,
                };
                let with = direction_text(direction);
                Some((format!("`{name}` is a parameter with {with}: read-only"), Some(local.span)))
            }
            LocalKind::ConstructorParam => {
                Some((format!("`{name}` is a constructor parameter: read-only"), Some(local.span)))
            }
        }
    }

    pub(super) fn must_be_lvalue(&mut self, expr: &Expr, how: &str, direction: Direction) -> bool {
        let Some((why, declared)) = self.not_lvalue(expr) else {
            self.warn_of_iterator(expr);
            return true;
        };
        let message = match direction {
            Direction::None => format!("cannot be {how}: {why}"),
            _ => format!("cannot be {how} with {}: {why}", direction_text(direction)),
        };
        let mut diagnostic = Diagnostic::error(expr.span, message)
            .help("variables, `out` and `inout` parameters and parts of them can be changed");
        if let Some(declared) = declared {
            diagnostic = diagnostic.related(declared, "declared here");
        }
        self.report(diagnostic);
        false
    }

    fn warn_of_iterator(&mut self, expr: &Expr) {
        if let ExprKind::Local(id) = &expr.kind
            && self.cx.iterators.contains(id)
        {
            let message = format!(
                "`{}` is set by the loop: what is written to it is lost",
                self.text(self.locals[id.index()].name)
            );
            self.warn("loop_variable", Diagnostic::warning(expr.span, message));
        }
    }
}
