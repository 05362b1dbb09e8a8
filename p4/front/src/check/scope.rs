//! Names and what they stand for. P4-16 sections 6.6.1 and 6.9.

use super::Checker;
use crate::ast::{Ident, NameRef};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::intern::Name;
use crate::source::Span;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callable {
    Function(FunctionId),
    Extern(ExternFunctionId),
}

#[derive(Debug, Clone)]
pub(super) enum Entity {
    Composite(CompositeId),
    Enum(EnumId),
    NewType(NewTypeId),
    Extern(ExternId),
    Parser(ParserId),
    Control(ControlId),
    Apply(ApplyTypeId),
    TypeVar(TypeVarId),
    /// By `typedef`.
    Alias(Ty),
    /// All functions of one name.
    Functions(Vec<Callable>),
    Action(ActionId),
    Table(TableId),
    ValueSet(ValueSetId),
    Instance(InstanceId),
    /// With a value that is known here.
    Const(Rc<Expr>),
    Local(LocalId),
    MatchKind(u32),
    /// Declared, but wrongly.
    Poison,
}

impl Entity {
    pub(super) fn is_type(&self) -> bool {
        matches!(
            self,
            Entity::Composite(_)
                | Entity::Enum(_)
                | Entity::NewType(_)
                | Entity::Extern(_)
                | Entity::Parser(_)
                | Entity::Control(_)
                | Entity::Apply(_)
                | Entity::TypeVar(_)
                | Entity::Alias(_)
        )
    }

    /// For messages.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Entity::Composite(_) | Entity::Enum(_) | Entity::NewType(_) | Entity::Alias(_) => "a type",
            Entity::Extern(_) => "an extern type",
            Entity::Parser(_) => "a parser",
            Entity::Control(_) => "a control",
            Entity::Apply(_) => "a parser, control or package type",
            Entity::TypeVar(_) => "a type variable",
            Entity::Functions(_) => "a function",
            Entity::Action(_) => "an action",
            Entity::Table(_) => "a table",
            Entity::ValueSet(_) => "a value set",
            Entity::Instance(_) => "an instance",
            Entity::Const(_) => "a constant",
            Entity::Local(_) => "a variable",
            Entity::MatchKind(_) => "a match kind",
            Entity::Poison => "something that is wrong itself",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub entity: Entity,
    pub span: Span,
}

#[derive(Debug, Default)]
pub(super) struct Scope {
    names: HashMap<Name, Binding>,
}

impl Checker<'_> {
    pub(super) fn scoped<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(Scope::default());
        let result = body(self);
        self.scopes.pop();
        result
    }

    /// Enters a name into the innermost scope; says so where it is taken.
    pub(super) fn declare(&mut self, ident: Ident, entity: Entity) {
        let inner = self.scopes.len() - 1;
        let before = self.scopes[inner].names.get(&ident.name).cloned();
        let entity = match (before, entity) {
            (None, entity) => {
                self.warn_of_shadowing(ident, &entity);
                entity
            }
            (Some(Binding { entity: Entity::Poison | Entity::MatchKind(_), .. }), entity) => entity,
            (Some(Binding { entity: Entity::Functions(mut known), span }), Entity::Functions(more)) => {
                for callable in more {
                    self.declare_overload(&mut known, callable, ident, span);
                }
                Entity::Functions(known)
            }
            (Some(before), _) => {
                self.duplicate(ident, before.span);
                return;
            }
        };
        self.scopes[inner].names.insert(ident.name, Binding { entity, span: ident.span });
    }

    pub(super) fn duplicate(&mut self, ident: Ident, before: Span) {
        let message = format!("`{}` is declared twice in the same scope", self.text(ident.name));
        let diagnostic = Diagnostic::error(ident.span, message)
            .related(before, "first declared here")
            .help("give one of them another name");
        self.report(diagnostic);
    }

    fn warn_of_shadowing(&mut self, ident: Ident, entity: &Entity) {
        if matches!(entity, Entity::Poison | Entity::TypeVar(_)) {
            return;
        }
        let outer =
            self.scopes[..self.scopes.len() - 1].iter().rev().find_map(|scope| scope.names.get(&ident.name));
        let Some(Binding { span, entity: before }) = outer.cloned() else { return };
        if matches!(before, Entity::MatchKind(_) | Entity::Poison) {
            return;
        }
        let message = format!("`{}` shadows another declaration of that name", self.text(ident.name));
        self.warn(
            "shadow",
            Diagnostic::warning(ident.span, message).related(span, "the outer one is declared here"),
        );
    }

    /// Where a name is declared in the innermost scope.
    pub(super) fn declared_here(&self, name: Name) -> Option<Span> {
        self.scopes.last()?.names.get(&name).map(|binding| binding.span)
    }

    /// What a name stands for, inside out; silent.
    pub(super) fn find(&self, name: NameRef) -> Option<&Binding> {
        let scopes = if name.dot { &self.scopes[..1] } else { &self.scopes[..] };
        scopes.iter().rev().find_map(|scope| scope.names.get(&name.ident.name))
    }

    /// What a name stands for; says so where it stands for nothing.
    pub(super) fn lookup(&mut self, name: NameRef) -> Option<Entity> {
        if let Some(binding) = self.find(name) {
            let (entity, span) = (binding.entity.clone(), binding.span);
            self.warn_of_outer_name(name);
            // Which of several functions is meant is known after the arguments.
            if !matches!(entity, Entity::Functions(_)) {
                self.warn_of_deprecated(name.ident, span);
            }
            return Some(entity);
        }
        self.not_declared(name);
        None
    }

    /// 11.3.1: abstract methods use their arguments, their initializer and the top level. Targets give them more.
    fn warn_of_outer_name(&mut self, name: NameRef) {
        let Some(initializer) = self.cx.initializer.filter(|_| !name.dot) else { return };
        let at = self.scopes.iter().rposition(|scope| scope.names.contains_key(&name.ident.name));
        if !at.is_some_and(|at| at > 0 && at < initializer) {
            return;
        }
        let message = format!("`{}` is declared outside of this abstract method", self.text(name.ident.name));
        let help = "portable methods use their parameters, their own initializer and the top level";
        self.warn("abstract", Diagnostic::warning(name.ident.span, message).help(help));
    }

    fn not_declared(&mut self, name: NameRef) {
        let text = self.text(name.ident.name);
        let mut diagnostic = Diagnostic::error(name.ident.span, format!("`{text}` is not declared"));
        if self.cx.within == Some(name.ident.name) {
            diagnostic = diagnostic.help("P4 has no recursion: a declaration cannot use itself");
        } else if name.dot && self.find(NameRef { dot: false, ..name }).is_some() {
            diagnostic = diagnostic.help("a name after a dot is one of the top level: leave out the dot");
        } else if text == "apply" {
            diagnostic = diagnostic.help("`apply` stands after what is applied: `name.apply()`");
        } else if let Some(near) = self.nearest(&text) {
            diagnostic = diagnostic.help(format!("there is `{near}`"));
        } else {
            diagnostic = diagnostic.help("declare it before this use, or include the file that declares it");
        }
        self.report(diagnostic);
    }

    /// A visible name that looks like a misspelling of this one.
    fn nearest(&self, text: &str) -> Option<String> {
        // One letter of a short name is most of it.
        let limit = match text.len() {
            0..3 => return None,
            length => 1 + length / 6,
        };
        let visible = self.scopes.iter().flat_map(|scope| scope.names.keys());
        let near = visible.filter_map(|name| {
            let other = self.session.names.text(*name);
            let distance = edit_distance(text, other, limit);
            (distance <= limit && distance > 0).then_some((distance, other))
        });
        near.min().map(|(_, text)| text.to_owned())
    }

    pub(super) fn warn_of_deprecated(&mut self, ident: Ident, declared: Span) {
        let Some(why) = self.deprecated.get(&declared).cloned() else { return };
        let message = format!("`{}` is deprecated: {why}", self.text(ident.name));
        self.warn("deprecated", Diagnostic::warning(ident.span, message).related(declared, "declared here"));
    }
}

/// Levenshtein's distance, or more than `limit` as soon as it must be more.
fn edit_distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
