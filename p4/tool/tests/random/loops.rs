//! Branches and loops.

use super::generate::{Generator, Place};
use super::twin::Kind;
use super::types::{Any, ERRORS, MEMBERS, SERIALIZED, Ty};
use std::fmt::Write;

impl Generator<'_, '_> {
    pub(super) fn conditional(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let cond = self.expr(Ty::Bool, 3);
        let (mut one, mut two) = (String::new(), String::new());
        self.statements(&mut one, place, indent + 1, 3);
        if self.c.chance(8) {
            self.statements(&mut two, place, indent + 1, 3);
        }
        let _ = match self.otherwise(Kind::Branches) {
            true => writeln!(s, "{pad}if (!({cond})) {{\n{two}{pad}}} else {{\n{one}{pad}}}"),
            false => writeln!(s, "{pad}if ({cond}) {{\n{one}{pad}}} else {{\n{two}{pad}}}"),
        };
    }

    pub(super) fn for_loop(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let name = self.fresh("i");
        let count = self.c.below(4);
        let mark = self.mark();
        let stacks = self.stacks.clone();
        match self.c.below(8) {
            5 => {
                let (lo, hi) = (self.c.below(3), self.c.below(3));
                self.range_loop(s, &pad, (Ty::Int(4), &name), &format!("-4s{lo}"), &format!("4s{hi}"));
                self.bring(&name, Any::Scalar(Ty::Int(4)), false);
            }
            6 if self.vars.iter().any(|var| var.name == "meta.idx") => {
                let _ = writeln!(s, "{pad}for (bit<16> {name} in meta.arr) {{");
                self.bring(&name, Any::Scalar(Ty::Bit(16)), false);
            }
            7 if !self.union_stacks.is_empty() => {
                let stacks = self.union_stacks.clone();
                let _ = writeln!(s, "{pad}for (u_t {name} in {}) {{", self.c.pick(&stacks).name);
                self.bring(&format!("{name}.a"), Any::Header(0), false);
                self.bring(&format!("{name}.b"), Any::Header(1), false);
            }
            0 => {
                let _ = writeln!(s, "{pad}for (bit<8> {name} = 0; {name} < {count}; {name} = {name} + 1) {{");
                self.bring(&name, Any::Scalar(Ty::Bit(8)), false);
            }
            1 if !stacks.is_empty() => {
                let stack = self.c.pick(&stacks).clone();
                let ty = self.type_text(Any::Header(stack.of));
                let _ = writeln!(s, "{pad}for ({ty} {name} in {}) {{", stack.name);
                self.bring(&name, Any::Header(stack.of), false);
            }
            2 => {
                let (one, two) = (self.expr(Ty::Bit(16), 1), self.expr(Ty::Bit(16), 1));
                let _ = writeln!(s, "{pad}for (bit<16> {name} in (list<bit<16>>){{ {one}, {two} }}) {{");
                self.bring(&name, Any::Scalar(Ty::Bit(16)), false);
            }
            3 => {
                let (lo, hi) = (self.expr(Ty::Bit(2), 1), self.expr(Ty::Bit(2), 1));
                self.range_loop(s, &pad, (Ty::Bit(2), &name), &lo, &hi);
                self.bring(&name, Any::Scalar(Ty::Bit(2)), false);
            }
            _ => {
                self.range_loop(s, &pad, (Ty::Bit(8), &name), "8w0", &format!("8w{count}"));
                self.bring(&name, Any::Scalar(Ty::Bit(8)), false);
            }
        }
        let outer = std::mem::replace(&mut self.in_loop, true);
        self.statements(s, place, indent + 1, 3);
        if self.c.chance(4) {
            let cond = self.expr(Ty::Bool, 2);
            let word = if self.c.chance(8) { "break" } else { "continue" };
            let _ = writeln!(s, "{pad}    if ({cond}) {{ {word}; }}");
        }
        self.in_loop = outer;
        self.back_to(mark);
        let _ = writeln!(s, "{pad}}}");
    }

    pub(super) fn switch(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let ty =
            *self.c.pick(&[Ty::Bit(8), Ty::Bit(3), Ty::Bit(16), Ty::Enum, Ty::Ser, Ty::Error, Ty::Int(4)]);
        let on = self.expr(ty, 2);
        let mut cases: Vec<(Vec<String>, String)> = vec![];
        let mut labels = vec![];
        for label in 0..1 + self.c.below(3) {
            let label = match ty {
                Ty::Enum => MEMBERS[label].to_owned(),
                Ty::Ser => SERIALIZED[label].to_owned(),
                Ty::Error => ERRORS[label].to_owned(),
                Ty::Int(_) => format!("{}", label as i32 - 1),
                _ => label.to_string(),
            };
            labels.push(label);
            if self.c.chance(3) {
                continue;
            }
            let mut body = String::new();
            self.statements(&mut body, place, indent + 2, 2);
            cases.push((std::mem::take(&mut labels), body));
        }
        let mut default = String::new();
        if self.c.chance(12) {
            self.statements(&mut default, place, indent + 2, 2);
        }
        cases.push((labels, default));
        self.cases(s, &pad, (&on, &ty.text()), cases, Kind::Branches);
    }

    pub(super) fn leave_early(&mut self, s: &mut String, pad: &str, place: Place) {
        let cond = self.expr(Ty::Bool, 2);
        let word = match (place, self.ret) {
            (Place::Function, Some(ret)) => format!("return {}", self.expr(ret, 2)),
            (Place::Apply | Place::Action, _) if self.c.chance(8) => self.exit(),
            (Place::Apply | Place::Action | Place::Plain, _) => "return".to_owned(),
            _ => return,
        };
        let _ = writeln!(s, "{pad}if ({cond}) {{ {word}; }}");
    }
}
