//! Statements and parser states.

use super::Printer;
use crate::ast::{
    Block, Collection, Expr, Key, KeyKind, Keyset, State, Stmt, StmtKind, SwitchCase, Transition,
};

impl Printer<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        self.annotations(&block.annotations);
        self.braces(&block.stmts, |printer, stmt| printer.stmt(stmt));
    }

    /// A statement on lines of its own.
    pub(super) fn stmt(&mut self, stmt: &Stmt) {
        self.begin();
        self.stmt_here(stmt);
        self.line("");
    }

    fn stmt_here(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Empty => self.put(";"),
            StmtKind::Return(None) => self.put("return;"),
            StmtKind::Return(Some(value)) => {
                self.put("return ");
                self.expr(value);
                self.put(";");
            }
            StmtKind::Break => self.put("break;"),
            StmtKind::Continue => self.put("continue;"),
            StmtKind::Exit => self.put("exit;"),
            StmtKind::Block(block) => self.block(block),
            StmtKind::If(arms, last) => self.if_stmt(arms, last.as_deref()),
            StmtKind::Switch(on, cases) => {
                self.put("switch (");
                self.expr(on);
                self.put(") ");
                self.braces(cases, |printer, case| printer.switch_case(case));
            }
            StmtKind::For { .. } | StmtKind::ForIn { .. } => self.for_stmt(stmt),
            _ => {
                self.simple(stmt);
                self.put(";");
            }
        }
    }

    /// What may stand in the head of a `for`, without its `;`.
    fn simple(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Decl(decl) => self.decl_here(decl),
            StmtKind::Assign(left, right) => {
                self.expr(left);
                self.put(" = ");
                self.expr(right);
            }
            StmtKind::OpAssign(op, left, right) => {
                self.expr(left);
                self.put(&format!(" {}= ", op.text()));
                self.expr(right);
            }
            StmtKind::Call(call) => self.expr(call),
            _ => {}
        }
    }

    fn branch(&mut self, stmt: &Stmt) {
        self.put(" ");
        self.stmt_here(stmt);
    }

    fn if_stmt(&mut self, arms: &[(Expr, Stmt)], last: Option<&Stmt>) {
        for (at, (condition, body)) in arms.iter().enumerate() {
            self.put(if at == 0 { "if (" } else { " else if (" });
            self.expr(condition);
            self.put(")");
            self.branch(body);
        }
        if let Some(last) = last {
            self.put(" else");
            self.branch(last);
        }
    }

    fn switch_case(&mut self, case: &SwitchCase) {
        self.begin();
        match &case.label {
            Some(label) => self.expr(label),
            None => self.put("default"),
        }
        self.put(":");
        if let Some(body) = &case.body {
            self.put(" ");
            self.block(body);
        }
        self.line("");
    }

    fn for_stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::For { annotations, init, cond, update, body } => {
                self.annotations(annotations);
                self.put("for (");
                self.list(init, ", ", |printer, stmt| printer.simple(stmt));
                self.put("; ");
                self.expr(cond);
                self.put("; ");
                self.list(update, ", ", |printer, stmt| printer.simple(stmt));
                self.put(")");
                self.branch(body);
            }
            StmtKind::ForIn { annotations, ty, name, collection, body } => {
                self.annotations(annotations);
                self.put("for (");
                self.ty(ty);
                self.put(" ");
                self.ident(*name);
                self.put(" in ");
                match collection {
                    Collection::Expr(all) => self.expr(all),
                    Collection::Range(lo, hi) => {
                        self.expr(lo);
                        self.put(" .. ");
                        self.expr(hi);
                    }
                }
                self.put(")");
                self.branch(body);
            }
            _ => {}
        }
    }

    pub(super) fn state(&mut self, state: &State) {
        self.begin();
        self.annotations(&state.annotations);
        self.put("state ");
        self.ident(state.name);
        self.line(" {");
        self.indent += 1;
        for stmt in &state.body {
            self.stmt(stmt);
        }
        if let Some(transition) = &state.transition {
            self.transition(transition);
        }
        self.indent -= 1;
        self.begin();
        self.line("}");
    }

    fn transition(&mut self, transition: &Transition) {
        self.begin();
        self.put("transition ");
        match transition {
            Transition::Direct(next) => {
                self.ident(*next);
                self.line(";");
            }
            Transition::Select { on, cases, .. } => {
                self.put("select(");
                self.list(on, ", ", |printer, expr| printer.expr(expr));
                self.put(") ");
                self.braces(cases, |printer, case| {
                    printer.begin();
                    printer.keyset(&case.keys);
                    printer.put(" : ");
                    printer.ident(case.next);
                    printer.line(";");
                });
                self.line("");
            }
        }
    }

    pub(super) fn keyset(&mut self, keyset: &Keyset) {
        if keyset.tuple {
            self.put("(");
        }
        self.list(&keyset.keys, ", ", |printer, key| printer.key(key));
        if keyset.tuple {
            self.put(")");
        }
    }

    fn key(&mut self, key: &Key) {
        match &key.kind {
            KeyKind::Expr(value) => self.expr(value),
            KeyKind::Mask(value, mask) => {
                self.expr(value);
                self.put(" &&& ");
                self.expr(mask);
            }
            KeyKind::Range(lo, hi) => {
                self.expr(lo);
                self.put(" .. ");
                self.expr(hi);
            }
            KeyKind::Default => self.put("default"),
            KeyKind::DontCare => self.put("_"),
        }
    }
}
