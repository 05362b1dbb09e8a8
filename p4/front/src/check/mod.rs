//! The checker: from what was written to what it means. P4-16 sections 6 to 15, 18 and 20.
//!
//! Declarations are checked in the order they are written, because P4 has no use before declaration (6.6.1); only parser
//! states may be named before they are written. After an error a declaration is still entered, as something that agrees
//! with everything ([`Ty::Unknown`] or `Poison`), so that one mistake is said once.

mod aggregate;
mod annot;
mod args;
mod arith;
mod call;
mod construct;
mod control;
mod convert;
mod decl;
mod entries;
mod expr;
mod external;
mod facts;
mod flow;
mod infer;
mod invalid;
mod keyset;
mod lvalue;
mod member;
mod method;
mod nesting;
mod operator;
mod overload;
mod params;
mod parser;
mod rules;
mod scope;
mod show;
mod size;
mod stmt;
mod switch;
mod table;
mod types;
mod uninit;
mod value;

use crate::Session;
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::{self, Expr, ExprKind, InstanceId, Local, LocalId, LocalKind, Ty, TypeVarId};
use crate::intern::Name;
use crate::source::Span;
use num_bigint::BigInt;
use scope::Scope;
use std::collections::{HashMap, HashSet};

/// Checks a whole program. None when there were errors; they are in the session.
pub fn check(session: &mut Session, program: &ast::Program) -> Option<hir::Program> {
    let errors = session.diags.errors();
    let mut checker = Checker::new(session);
    for decl in &program.decls {
        checker.top_level(decl);
    }
    checker.main_is_a_package();
    checker.warn_of_uninitialised();
    checker.warn_of_invalid_headers();
    let program = checker.hir;
    (session.diags.errors() == errors).then_some(program)
}

/// Where in a program something stands: appendix F says what may be called and instantiated where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    /// In a parser, outside of its states.
    ParserTop,
    State,
    /// In a control, outside of `apply`.
    ControlTop,
    Apply,
    Action,
    Function,
    /// The body of an abstract method.
    Method,
    /// The arguments in a table's list of actions.
    ActionArgs,
    TableKey,
}

/// What the statement or expression that is being checked is part of.
#[derive(Debug, Clone)]
struct Context {
    place: Place,
    /// What the function or abstract method returns.
    returns: Option<Ty>,
    loops: u32,
    /// Loop variables of `for (T x in ...)`.
    iterators: Vec<LocalId>,
    /// The extern whose abstract method this is.
    this: Option<(hir::ExternId, hir::TypeArgs)>,
    /// The place of its initializer among the scopes.
    initializer: Option<usize>,
    /// Abstract methods of it that have their bodies already: only those can be called, so that none calls itself.
    bodies: Vec<usize>,
    /// The function or action whose body this is, for a better message about recursion.
    within: Option<Name>,
    /// Inside of a construct whose constructor calls are allowed: arguments of a constructor, a table's property.
    constructing: bool,
    /// In what a size is asked of: an element that does not exist has one, too (9).
    unevaluated: bool,
}

impl Context {
    fn top() -> Context {
        Context {
            place: Place::Top,
            returns: None,
            loops: 0,
            iterators: vec![],
            this: None,
            initializer: None,
            bodies: vec![],
            within: None,
            constructing: false,
            unevaluated: false,
        }
    }
}

struct Checker<'s> {
    session: &'s mut Session,
    hir: hir::Program,
    /// The first is the top level.
    scopes: Vec<Scope>,
    cx: Context,
    /// Of the outermost declaration that is being checked.
    locals: Vec<Local>,
    /// Instances of the parser or control that is being checked, or of the top level.
    instances: Vec<InstanceId>,
    /// Don't-care types (7.2.12): each is a variable of its own that binds to anything.
    wild: HashSet<TypeVarId>,
    /// Structs made up for structure-valued expressions without a type.
    anonymous: HashSet<hir::CompositeId>,
    /// What `@deprecated` says, by the place of the declaration.
    deprecated: HashMap<Span, String>,
    /// `@noWarn` of the declarations around.
    silenced: Vec<String>,
    /// Of the table that is being checked (14.2.1.5).
    priority_delta: BigInt,
    /// What uses of constants have put into the program: see [`Checker::copied`].
    copied: usize,
}

impl<'s> Checker<'s> {
    fn new(session: &'s mut Session) -> Checker<'s> {
        Checker {
            session,
            hir: hir::Program::default(),
            scopes: vec![Scope::default()],
            cx: Context::top(),
            locals: vec![],
            instances: vec![],
            wild: HashSet::new(),
            anonymous: HashSet::new(),
            deprecated: HashMap::new(),
            silenced: vec![],
            priority_delta: 1.into(),
            copied: 0,
        }
    }

    fn text(&self, name: Name) -> String {
        self.session.names.text(name).to_owned()
    }

    fn intern(&mut self, text: &str) -> Name {
        self.session.names.intern(text)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.session.diags.push(diagnostic);
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(span, message));
    }

    fn error_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::error(span, message).help(help));
    }

    /// `topic` is what `@noWarn` silences it by (20.4.7).
    fn warn(&mut self, topic: &str, diagnostic: Diagnostic) {
        if !self.silenced.iter().any(|silent| silent == topic) {
            self.report(diagnostic);
        }
    }

    /// An expression in the place of one that was wrong.
    fn unknown(&self, span: Span) -> Expr {
        Expr { ty: Ty::Unknown, span, kind: ExprKind::Wrong }
    }

    /// Runs with another place, and restores what was before.
    fn within<T>(&mut self, context: Context, body: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.cx, context);
        let result = body(self);
        self.cx = before;
        result
    }

    fn at<T>(&mut self, place: Place, body: impl FnOnce(&mut Self) -> T) -> T {
        let context = Context { place, ..self.cx.clone() };
        self.within(context, body)
    }

    fn new_local(&mut self, name: ast::Ident, ty: Ty, kind: LocalKind) -> LocalId {
        let id = LocalId(self.locals.len() as u32);
        self.locals.push(Local { name: name.name, ty, span: name.span, kind });
        id
    }
}
