//! Statements. P4-16 section 12.

use super::scope::Entity;
use super::{Checker, Place};
use crate::ast::{self, BinaryOp, Collection, Direction, StmtKind};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;

impl Checker<'_> {
    /// The statements of a block, in a scope of their own.
    pub(super) fn block(&mut self, block: &ast::Block) -> Vec<Stmt> {
        self.annotations(&block.annotations);
        self.scoped(|this| this.stmts(&block.stmts))
    }

    pub(super) fn stmts(&mut self, stmts: &[ast::Stmt]) -> Vec<Stmt> {
        let mut done: Vec<Stmt> = vec![];
        let (mut ended, mut said) = (false, false);
        for stmt in stmts {
            if ended && !said && !matches!(stmt.kind, StmtKind::Empty) {
                self.warn("unreachable", Diagnostic::warning(stmt.span, "this statement is never reached"));
                said = true;
            }
            let checked = self.stmt(stmt);
            // Only the new one is looked at: long bodies would take time in the square of their length.
            ended = ended || checked.as_ref().is_some_and(super::flow::ends);
            done.extend(checked);
        }
        done
    }

    fn stmt(&mut self, stmt: &ast::Stmt) -> Option<Stmt> {
        match &stmt.kind {
            StmtKind::Empty => None,
            StmtKind::Decl(decl) => self.local_decl(decl),
            StmtKind::Assign(left, right) => self.assign(left, right),
            StmtKind::OpAssign(op, left, right) => self.op_assign(*op, left, right, stmt.span),
            StmtKind::Call(call) => self.call_stmt(call),
            StmtKind::If(arms, last) => {
                let arm = |(condition, then): &(ast::Expr, ast::Stmt)| {
                    (self.expr_as(condition, &Ty::Bool), self.branch(then))
                };
                let arms = arms.iter().map(arm).collect();
                let last = last.as_ref().map(|last| self.branch(last)).unwrap_or_default();
                Some(Stmt::If(arms, last))
            }
            StmtKind::Block(block) => {
                let annotations = self.annotations(&block.annotations);
                let stmts = self.scoped(|this| this.stmts(&block.stmts));
                Some(Stmt::Block { annotations, stmts })
            }
            StmtKind::Return(value) => self.return_stmt(value.as_ref(), stmt.span),
            StmtKind::Break => self.in_loop("break", stmt.span).then_some(Stmt::Break),
            StmtKind::Continue => self.in_loop("continue", stmt.span).then_some(Stmt::Continue),
            StmtKind::Exit => {
                if matches!(self.cx.place, Place::Function | Place::Method) {
                    let message = format!("`exit` is not allowed {}", self.cx.place.noun());
                    self.error_help(stmt.span, message, "it ends a control: use it in controls and actions");
                }
                Some(Stmt::Exit)
            }
            StmtKind::Switch(on, cases) => self.switch(on, cases, stmt.span),
            StmtKind::For { annotations, init, cond, update, body } => {
                self.annotations(annotations);
                Some(self.for_loop(init, cond, update, body))
            }
            StmtKind::ForIn { annotations, ty, name, collection, body } => {
                self.annotations(annotations);
                self.for_in(ty, *name, collection, body)
            }
        }
    }

    fn branch(&mut self, stmt: &ast::Stmt) -> Vec<Stmt> {
        match &stmt.kind {
            StmtKind::Block(block) if block.annotations.is_empty() => self.block(block),
            _ => self.scoped(|this| this.stmt(stmt).into_iter().collect()),
        }
    }

    fn local_decl(&mut self, decl: &ast::Decl) -> Option<Stmt> {
        match &decl.kind {
            ast::DeclKind::Const(constant) => self.constant(decl, constant),
            ast::DeclKind::Variable(variable) => self.variable(decl, variable),
            ast::DeclKind::Instance(instance) => {
                let message =
                    format!("`{}` cannot be instantiated in a block", self.text(instance.name.name));
                self.error_help(
                    decl.span,
                    message,
                    "move it out, to the declarations of the parser or control",
                );
                self.declare(instance.name, Entity::Poison);
                None
            }
            _ => {
                self.error_help(
                    decl.span,
                    "this cannot be declared in a block",
                    "variables and constants can",
                );
                None
            }
        }
    }

    /// A variable; in a parser or control also outside of its statements (11.2).
    pub(super) fn variable(&mut self, decl: &ast::Decl, variable: &ast::Variable) -> Option<Stmt> {
        let annotations = self.annotations(&decl.annotations);
        self.silencing(&annotations, |this| this.variable_of(variable))
    }

    fn variable_of(&mut self, variable: &ast::Variable) -> Option<Stmt> {
        let mut ty = self.ty(&variable.ty);
        if !self.is_value_type(&ty) && !matches!(ty, Ty::List(_)) {
            let message = format!("a variable cannot have type {}", self.quote(&ty));
            let help = match ty {
                Ty::Integer => "values at run time have a width: `bit<N>` or `int<N>`; or make it a constant",
                Ty::String => "strings are known at compile time: make it a constant, or an argument",
                Ty::Extern(..) | Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..) => {
                    "instantiate it: `T(...) name;`"
                }
                _ => "variables hold values",
            };
            self.error_help(variable.ty.span, message, help);
            ty = Ty::Unknown;
        }
        let value = variable.value.as_ref().map(|value| self.expr_as(value, &ty));
        let id = self.new_local(variable.name, ty, LocalKind::Var);
        self.declare(variable.name, Entity::Local(id));
        Some(Stmt::Var(id, value))
    }

    fn place_assigned(&mut self, left: &ast::Expr) -> Expr {
        let place = self.expr(left, None);
        match self.constant_in(left) {
            // Of a constant only its value is left in the expression.
            Some((name, declared)) => {
                let message = format!("cannot be assigned to: `{}` is a constant", self.text(name));
                self.report(Diagnostic::error(place.span, message).related(declared, "declared here"));
            }
            None => {
                self.must_be_lvalue(&place, "assigned to", Direction::None);
            }
        }
        place
    }

    fn assign(&mut self, left: &ast::Expr, right: &ast::Expr) -> Option<Stmt> {
        let left = self.place_assigned(left);
        if matches!(left.ty, Ty::Void) {
            self.error(left.span, "nothing can be assigned to this");
            return None;
        }
        let right = self.expr_as(right, &left.ty);
        Some(Stmt::Assign(left, right))
    }

    fn op_assign(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Option<Stmt> {
        let left = self.place_assigned(left);
        let right = self.expr(right, None);
        let result = self.binary_of(op, left.clone(), right, span);
        if result.ty == Ty::Unknown {
            return None;
        }
        if result.ty != left.ty {
            self.mismatch(&result, &left.ty);
            return None;
        }
        match result.kind {
            ExprKind::Binary(_, _, right) => Some(Stmt::OpAssign(op, left, *right)),
            _ => None,
        }
    }

    fn call_stmt(&mut self, call: &ast::Expr) -> Option<Stmt> {
        let value = self.expr(call, None);
        match value.kind {
            ExprKind::Call(_) => Some(Stmt::Call(value)),
            // Without effect: known at compile time, or a question without an asker.
            _ => None,
        }
    }

    fn return_stmt(&mut self, value: Option<&ast::Expr>, span: Span) -> Option<Stmt> {
        let wanted = self.cx.returns.clone();
        let value = match (value, wanted) {
            (None, Some(ty)) if ty != Ty::Void => {
                let message =
                    format!("`return` without a value in a function that returns {}", self.quote(&ty));
                self.error(span, message);
                None
            }
            (Some(value), Some(ty)) if ty != Ty::Void => Some(self.expr_as(value, &ty)),
            (Some(value), _) => {
                self.error_help(value.span, "nothing can be returned here", "write `return;`");
                None
            }
            (None, _) => None,
        };
        Some(Stmt::Return(value))
    }

    fn in_loop(&mut self, what: &str, span: Span) -> bool {
        if self.cx.loops == 0 {
            self.error_help(span, format!("`{what}` outside of a loop"), "it is for `for` loops");
        }
        self.cx.loops > 0
    }

    fn for_loop(
        &mut self,
        init: &[ast::Stmt],
        cond: &ast::Expr,
        update: &[ast::Stmt],
        body: &ast::Stmt,
    ) -> Stmt {
        self.scoped(|this| {
            let init = init.iter().filter_map(|stmt| this.stmt(stmt)).collect();
            let cond = this.expr_as(cond, &Ty::Bool);
            let update = update.iter().filter_map(|stmt| this.stmt(stmt)).collect();
            let body = this.loop_body(body, None);
            Stmt::For { init, cond, update, body }
        })
    }

    fn loop_body(&mut self, body: &ast::Stmt, iterator: Option<LocalId>) -> Vec<Stmt> {
        let mut context = super::Context { loops: self.cx.loops + 1, ..self.cx.clone() };
        context.iterators.extend(iterator);
        self.within(context, |this| this.branch(body))
    }

    fn for_in(
        &mut self,
        ty: &ast::Type,
        name: ast::Ident,
        over: &Collection,
        body: &ast::Stmt,
    ) -> Option<Stmt> {
        let ty_checked = self.ty(ty);
        let ty = if self.is_value_type(&ty_checked) {
            ty_checked
        } else {
            let message = format!("a loop variable cannot have type {}", self.quote(&ty_checked));
            self.error(ty.span, message);
            Ty::Unknown
        };
        let range = match over {
            Collection::Range(lo, hi) => Some((self.expr_as(lo, &ty), self.expr_as(hi, &ty))),
            Collection::Expr(_) => None,
        };
        if range.is_some()
            && !matches!(ty, Ty::Bit(_) | Ty::Int(_) | Ty::Unknown)
            && self.underlying(&ty).is_none()
        {
            let message =
                format!("a loop over a range needs an integer variable, this is {}", self.quote(&ty));
            self.error(name.span, message);
        }
        let collection = match over {
            Collection::Expr(over) => Some(self.collection(over, &ty)),
            Collection::Range(..) => None,
        };
        self.scoped(|this| {
            let var = this.new_local(name, ty, LocalKind::Var);
            this.declare(name, Entity::Local(var));
            let body = this.loop_body(body, Some(var));
            match (range, collection) {
                (Some((lo, hi)), _) => Some(Stmt::ForRange { var, lo, hi, body }),
                (None, Some(Some(over))) => Some(Stmt::ForEach { var, over, body }),
                _ => None,
            }
        })
    }

    /// What a loop goes over, of elements of one type.
    fn collection(&mut self, over: &ast::Expr, element: &Ty) -> Option<Expr> {
        let list = Ty::List(std::sync::Arc::new(element.clone()));
        let is_list = matches!(over.kind, ast::ExprKind::List(_));
        let over = self.expr(over, is_list.then_some(&list));
        let found = match &over.ty {
            Ty::Unknown => return None,
            Ty::Stack(of, _) | Ty::List(of) => (**of).clone(),
            Ty::Tuple(_) => match self.try_coerce(over.clone(), &list) {
                Ok(over) => return Some(over),
                Err(_) => Ty::Void,
            },
            _ => {
                let message = format!("a loop cannot go over {}", self.quote(&over.ty));
                self.error_help(
                    over.span,
                    message,
                    "it goes over a range `lo .. hi`, a list, an array or a header stack",
                );
                return None;
            }
        };
        if found != *element && *element != Ty::Unknown {
            let message = format!(
                "the elements are {}, the loop variable is {}",
                self.quote(&found),
                self.quote(element)
            );
            self.error(over.span, message);
            return None;
        }
        Some(over)
    }
}
