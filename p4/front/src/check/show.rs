//! Types in P4 syntax, for messages.

use super::Checker;
use crate::ast::Direction;
use crate::hir::*;

impl Checker<'_> {
    /// A type in P4 syntax, in backquotes.
    pub(super) fn quote(&self, ty: &Ty) -> String {
        format!("`{}`", self.show(ty))
    }

    pub(super) fn show(&self, ty: &Ty) -> String {
        match ty {
            Ty::Void => "void".into(),
            Ty::Bool => "bool".into(),
            Ty::String => "string".into(),
            Ty::Error => "error".into(),
            Ty::MatchKind => "match_kind".into(),
            Ty::Integer => "int".into(),
            Ty::Bit(width) => format!("bit<{width}>"),
            Ty::Int(width) => format!("int<{width}>"),
            Ty::Varbit(width) => format!("varbit<{width}>"),
            Ty::Composite(id, args) => self.show_named(self.hir.composites[id.index()].name, args),
            Ty::Stack(of, size) => format!("{}[{size}]", self.show(of)),
            Ty::Tuple(of) => format!("tuple<{}>", self.show_all(of)),
            Ty::List(of) => format!("list<{}>", self.show(of)),
            Ty::Enum(id) => self.text(self.hir.enums[id.index()].name),
            Ty::NewType(id) => self.text(self.hir.new_types[id.index()].name),
            Ty::Extern(id, args) => self.show_named(self.hir.externs[id.index()].name, args),
            Ty::Parser(id) => format!("parser {}", self.text(self.hir.parsers[id.index()].name)),
            Ty::Control(id) => format!("control {}", self.text(self.hir.controls[id.index()].name)),
            Ty::Apply(id, args) => self.show_named(self.hir.apply_types[id.index()].name, args),
            Ty::Table(id) => format!("table {}", self.text(self.hir.tables[id.index()].name)),
            Ty::Action(id) => format!("action {}", self.text(self.hir.actions[id.index()].name)),
            Ty::Var(id) if self.wild.contains(id) => "_".into(),
            Ty::Var(id) => self.text(self.hir.type_vars[id.index()]),
            Ty::Unknown => "unknown".into(),
        }
    }

    fn show_named(&self, name: crate::Name, args: &[Ty]) -> String {
        let name = self.text(name);
        if args.is_empty() { name } else { format!("{name}<{}>", self.show_all(args)) }
    }

    pub(super) fn show_all(&self, types: &[Ty]) -> String {
        types.iter().map(|ty| self.show(ty)).collect::<Vec<_>>().join(", ")
    }
}

pub(super) fn direction_text(direction: Direction) -> &'static str {
    match direction {
        Direction::None => "no direction",
        Direction::In => "direction `in`",
        Direction::Out => "direction `out`",
        Direction::InOut => "direction `inout`",
    }
}

/// `1 argument`, `2 arguments`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
