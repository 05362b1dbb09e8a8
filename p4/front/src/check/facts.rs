//! What certainly holds on every way to a statement, for warnings about what is legal but surely wrong.

use crate::hir::*;
use std::collections::HashSet;
use std::hash::Hash;

/// Walks through a body with the facts that hold at each statement, of which an analysis makes and withdraws its own.
pub(super) trait Facts {
    type Fact: Clone + Eq + Hash;

    fn facts(&mut self) -> &mut HashSet<Self::Fact>;
    /// A variable without an initial value.
    fn declare(&mut self, local: LocalId);
    fn read(&mut self, expr: &Expr);
    fn assign(&mut self, left: &Expr, right: &Expr);
    /// A condition was read: what follows knows its answer.
    fn ask(&mut self, _condition: &Expr) {}

    /// Reads what an expression is made of, in order.
    fn parts(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Field(of, _)
            | ExprKind::Stack(of, _)
            | ExprKind::Unary(_, of)
            | ExprKind::Cast(of)
            | ExprKind::Slice { of, .. }
            | ExprKind::IsValid(of)
            | ExprKind::Ordered(of, _) => self.read(of),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                self.read(a);
                // `h.isValid() && h.f == 1`
                self.ask(a);
                self.read(b);
            }
            ExprKind::PlusSlice { of, lo, .. } => {
                self.read(of);
                self.read(lo);
            }
            ExprKind::Ternary(a, b, c) => {
                self.read(a);
                self.ask(a);
                self.read(b);
                self.read(c);
            }
            ExprKind::Aggregate(members) => members.iter().for_each(|member| self.read(member)),
            _ => {}
        }
    }

    fn body(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    /// Runs several ways on; afterwards that holds which held at the end of every one of them.
    fn fork(&mut self, ways: &[&[Stmt]]) {
        let before = self.facts().clone();
        let mut after: Option<HashSet<Self::Fact>> = None;
        for way in ways {
            self.facts().clone_from(&before);
            self.body(way);
            keep(&mut after, std::mem::take(self.facts()));
        }
        *self.facts() = after.unwrap_or(before);
    }

    /// Like [`Facts::fork`], with a condition before each way but the last.
    fn choose(&mut self, arms: &[(Expr, Vec<Stmt>)], last: &[Stmt]) {
        let mut after = None;
        for (condition, then) in arms {
            self.read(condition);
            self.ask(condition);
            let before = self.facts().clone();
            self.body(then);
            keep(&mut after, std::mem::replace(self.facts(), before));
        }
        self.body(last);
        keep(&mut after, std::mem::take(self.facts()));
        *self.facts() = after.unwrap_or_default();
    }

    fn switch<'s>(&mut self, cases: impl Iterator<Item = &'s Vec<Stmt>>, default: Option<&'s [Stmt]>) {
        let mut ways: Vec<&[Stmt]> = cases.map(Vec::as_slice).collect();
        ways.push(default.unwrap_or_default());
        self.fork(&ways);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Var(id, None) => self.declare(*id),
            Stmt::Var(_, Some(value)) | Stmt::Return(Some(value)) | Stmt::Call(value) => self.read(value),
            Stmt::Assign(left, right) => self.assign(left, right),
            Stmt::OpAssign(_, left, right) => {
                self.read(right);
                self.read(left);
            }
            Stmt::If(arms, last) => self.choose(arms, last),
            Stmt::Block { stmts, .. } => self.body(stmts),
            Stmt::Return(None) | Stmt::Break | Stmt::Continue | Stmt::Exit => {}
            Stmt::SwitchAction { cases, default, .. } => {
                // The table's actions may write to anything around.
                self.facts().clear();
                self.switch(cases.iter().map(|(_, body)| body), default.as_deref());
            }
            Stmt::Switch { on, cases, default } => {
                self.read(on);
                self.switch(cases.iter().map(|(_, body)| body), default.as_deref());
            }
            Stmt::For { init, cond, update, body } => {
                self.body(init);
                self.read(cond);
                self.fork(&[body, update, &[]]);
            }
            Stmt::ForRange { body, .. } | Stmt::ForEach { body, .. } => self.fork(&[body, &[]]),
        }
    }
}

/// Of what held at the end of the ways before, what holds at the end of this one too.
fn keep<F: Eq + Hash>(after: &mut Option<HashSet<F>>, facts: HashSet<F>) {
    match after {
        None => *after = Some(facts),
        Some(after) => after.retain(|fact| facts.contains(fact)),
    }
}
