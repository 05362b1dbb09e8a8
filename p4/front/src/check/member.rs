//! `a.b`, where `a` is a value, an enum, or a table that is applied. P4-16 sections 8.3, 8.16 to 8.19, 14.2.2.

use super::Checker;
use super::scope::Entity;
use crate::ast;
use crate::hir::*;
use crate::source::Span;

impl Checker<'_> {
    pub(super) fn member(&mut self, of: &ast::Expr, name: ast::Ident, span: Span) -> Expr {
        if let Some(ty) = self.as_type(of) {
            return self.type_member(&ty, name, span);
        }
        if let Some(table) = self.applied_table(of) {
            return self.apply_result(table, name, of, span);
        }
        let of = self.expr(of, None);
        self.member_of(of, name, span)
    }

    fn member_of(&mut self, of: Expr, name: ast::Ident, span: Span) -> Expr {
        match of.ty.clone() {
            Ty::Unknown => self.unknown(span),
            Ty::Stack(..) => self.stack_member(of, name, span),
            Ty::Composite(id, args) => {
                let fields = self.fields(id, &args);
                match fields.into_iter().enumerate().find(|(_, (field, _))| *field == name.name) {
                    Some((at, (_, ty))) => self.field_node(of, at as u32, ty, span),
                    None => {
                        self.no_such_member(&Ty::Composite(id, args), name);
                        self.unknown(span)
                    }
                }
            }
            ty => {
                let message = format!("{} has no member `{}`", self.quote(&ty), self.text(name.name));
                let help = match ty {
                    Ty::Extern(..) => "call a method: `object.method(...)`",
                    Ty::Tuple(_) => "members of a tuple are taken by index: `t[0]`",
                    Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..) => "apply it: `instance.apply(...)`",
                    _ => "structs, headers, unions and stacks have members",
                };
                self.error_help(name.span, message, help);
                self.unknown(span)
            }
        }
    }

    /// The type that an expression names, where it names one.
    pub(super) fn as_type(&mut self, expr: &ast::Expr) -> Option<Ty> {
        match &expr.kind {
            ast::ExprKind::Name(name) => {
                let entity = self.find(*name)?.entity.clone();
                if !entity.is_type() {
                    return None;
                }
                self.lookup(*name);
                self.entity_type(&entity, [].into())
            }
            _ => None,
        }
    }

    /// `E.member`
    pub(super) fn type_member(&mut self, ty: &Ty, name: ast::Ident, span: Span) -> Expr {
        match ty {
            Ty::Unknown => self.unknown(span),
            Ty::Enum(id) => {
                let members = &self.hir.enums[id.index()].members;
                match members.iter().position(|member| member.name == name.name) {
                    Some(at) => Expr { ty: ty.clone(), span, kind: ExprKind::EnumMember(at as u32) },
                    None => {
                        let message = format!("{} has no member `{}`", self.quote(ty), self.text(name.name));
                        let known: Vec<String> = self.hir.enums[id.index()]
                            .members
                            .iter()
                            .take(12)
                            .map(|member| format!("`{}`", self.text(member.name)))
                            .collect();
                        self.error_help(name.span, message, format!("it has {}", known.join(", ")));
                        Expr { ty: ty.clone(), ..self.unknown(span) }
                    }
                }
            }
            Ty::Error => self.unknown(span),
            _ => {
                let message =
                    format!("{} is a type: it has no member `{}`", self.quote(ty), self.text(name.name));
                self.error_help(span, message, "take the member of a value of that type");
                self.unknown(span)
            }
        }
    }

    /// The table of `t.apply()`.
    pub(super) fn applied_table(&mut self, expr: &ast::Expr) -> Option<TableId> {
        let ast::ExprKind::Call { callee, args, .. } = &expr.kind else { return None };
        let ast::ExprKind::Member(table, method) = &callee.kind else { return None };
        let ast::ExprKind::Name(name) = &table.kind else { return None };
        if self.session.names.text(method.name) != "apply" {
            return None;
        }
        match self.find(*name)?.entity {
            Entity::Table(id) => {
                if !args.is_empty() {
                    self.error(expr.span, "`apply` of a table takes no arguments");
                }
                Some(id)
            }
            _ => None,
        }
    }

    /// `t.apply().hit` and `.miss`; `.action_run` only in `switch`, which looks for it first.
    fn apply_result(&mut self, table: TableId, name: ast::Ident, of: &ast::Expr, span: Span) -> Expr {
        self.may_apply_table(of.span);
        let miss = match self.session.names.text(name.name) {
            "hit" => false,
            "miss" => true,
            "action_run" => {
                self.error_help(
                    span,
                    "`action_run` can be used in `switch` only",
                    "`switch (t.apply().action_run) { ... }`",
                );
                return self.unknown(span);
            }
            _ => {
                let message = format!("applying a table gives no `{}`", self.text(name.name));
                self.error_help(name.span, message, "it gives `hit`, `miss` and `action_run`");
                return self.unknown(span);
            }
        };
        Expr { ty: Ty::Bool, span, kind: ExprKind::ApplyHit { table, miss } }
    }
}
