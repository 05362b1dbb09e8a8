//! Where control goes: whether the end of a body can be reached. P4-16 section 10.

use crate::hir::*;

/// Whether control may reach the end of these statements.
pub(super) fn may_fall_through(body: &[Stmt]) -> bool {
    !body.iter().any(ends)
}

/// Whether control never goes on after a statement.
pub(super) fn ends(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Return(_) | Stmt::Exit => true,
        Stmt::Block { stmts, .. } => !may_fall_through(stmts),
        Stmt::If(arms, last) => {
            for (condition, then) in arms {
                match condition.kind {
                    ExprKind::Bool(true) => return !may_fall_through(then),
                    ExprKind::Bool(false) => {}
                    _ if may_fall_through(then) => return false,
                    _ => {}
                }
            }
            !may_fall_through(last)
        }
        Stmt::SwitchAction { cases, default: Some(default), .. } => {
            cases.iter().all(|(_, body)| !may_fall_through(body)) && !may_fall_through(default)
        }
        Stmt::Switch { cases, default: Some(default), .. } => {
            cases.iter().all(|(_, body)| !may_fall_through(body)) && !may_fall_through(default)
        }
        _ => false,
    }
}
