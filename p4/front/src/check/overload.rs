//! Overloads, told apart by the number and the names of arguments. P4-16 section 7.2.11.

use super::Checker;
use super::scope::Callable;
use super::show::count;
use crate::ast::{self, Ident};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::intern::Name;
use crate::source::Span;

/// Two lists of parameters that no call can tell apart.
fn clash(a: &[Param], b: &[Param]) -> bool {
    a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| a.name == b.name))
}

/// Whether a call with these arguments may mean these parameters.
fn viable(params: &[Param], args: &[ast::Arg]) -> bool {
    if args.len() > params.len() {
        return false;
    }
    let named = args.iter().any(|arg| arg.name.is_some());
    let given = |at: usize, param: &Param| match named {
        true => args.iter().any(|arg| arg.name.is_some_and(|name| name.name == param.name)),
        false => at < args.len(),
    };
    let known = args.iter().all(|arg| match arg.name {
        Some(name) => params.iter().any(|param| param.name == name.name),
        None => true,
    });
    known
        && params
            .iter()
            .enumerate()
            .all(|(at, param)| given(at, param) || param.optional || param.default.is_some())
}

impl Checker<'_> {
    pub(super) fn callable_params(&self, callable: Callable) -> &[Param] {
        match callable {
            Callable::Function(id) => &self.hir.functions[id.index()].proto.params,
            Callable::Extern(id) => &self.hir.extern_functions[id.index()].proto.params,
        }
    }

    /// Adds a function to those of its name.
    pub(super) fn declare_overload(
        &mut self,
        known: &mut Vec<Callable>,
        new: Callable,
        ident: Ident,
        before: Span,
    ) {
        let clashes = known.iter().any(|old| clash(self.callable_params(*old), self.callable_params(new)));
        if clashes {
            self.overload_clash(ident, before);
        } else {
            known.push(new);
        }
    }

    fn overload_clash(&mut self, ident: Ident, before: Span) {
        let message = format!("`{}` is declared twice with the same parameters", self.text(ident.name));
        let diagnostic = Diagnostic::error(ident.span, message)
            .related(before, "first declared here")
            .help("overloads differ in the number or in the names of their parameters");
        self.report(diagnostic);
    }

    /// Among methods or constructors of an extern.
    pub(super) fn may_overload(&mut self, others: &[&[Param]], params: &[Param], ident: Ident, before: Span) {
        if others.iter().any(|other| clash(other, params)) {
            self.overload_clash(ident, before);
        }
    }

    /// Which of several lists of parameters a call means. With one, that one: then the arguments say what is wrong.
    pub(super) fn choose(
        &mut self,
        name: Name,
        candidates: &[(Vec<Param>, Span)],
        args: &[ast::Arg],
        span: Span,
    ) -> Option<usize> {
        if candidates.len() == 1 {
            return Some(0);
        }
        let fit: Vec<usize> = (0..candidates.len()).filter(|at| viable(&candidates[*at].0, args)).collect();
        match fit[..] {
            [one] => Some(one),
            [] => {
                let message =
                    format!("no `{}` takes these {}", self.text(name), count(args.len(), "argument"));
                self.list_candidates(Diagnostic::error(span, message), candidates);
                None
            }
            _ => {
                // An exact number wins over one that leaves out optional arguments.
                let exact: Vec<usize> =
                    fit.iter().copied().filter(|at| candidates[*at].0.len() == args.len()).collect();
                if let [one] = exact[..] {
                    return Some(one);
                }
                let message = format!("this call of `{}` could mean several declarations", self.text(name));
                let diagnostic = Diagnostic::error(span, message).help("name the arguments");
                self.list_candidates(diagnostic, candidates);
                None
            }
        }
    }

    fn list_candidates(&mut self, mut diagnostic: Diagnostic, candidates: &[(Vec<Param>, Span)]) {
        for (params, declared) in candidates.iter().take(6) {
            let names: Vec<String> = params.iter().map(|param| self.text(param.name)).collect();
            diagnostic = diagnostic.related(*declared, format!("declared with ({})", names.join(", ")));
        }
        self.report(diagnostic);
    }
}
