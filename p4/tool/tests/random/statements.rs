//! Statements.

use super::generate::{Direction, Generator, Place};
use super::types::{Any, Ty};
use std::fmt::Write;

impl Generator<'_, '_> {
    pub(super) fn statements(&mut self, s: &mut String, place: Place, indent: usize, most: usize) {
        let mark = self.mark();
        for _ in 0..self.c.below(most + 1) {
            if self.budget == 0 || self.c.exhausted() {
                break;
            }
            self.budget -= 1;
            self.statement(s, place, indent);
        }
        self.back_to(mark);
    }

    fn statement(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let deep = indent > 4;
        self.applying = place == Place::Apply;
        match self.c.below(34) {
            0..=4 => self.assign(s, &pad),
            5 => self.local(s, indent),
            6 | 7 if !deep => self.conditional(s, place, indent),
            8 if !deep && place != Place::Parser => self.for_loop(s, place, indent),
            9 | 10 if place == Place::Apply => self.apply_table(s, indent),
            11 | 12 => self.header_statement(s, &pad, place),
            13 => self.struct_statement(s, &pad),
            14 | 15 => self.slice_assign(s, &pad),
            16 | 17 if place == Place::Apply || place == Place::Action => self.state_statement(s, &pad),
            18 if !deep && place != Place::Parser => self.switch(s, place, indent),
            19 | 20 => self.call_function(s, &pad),
            21 if place == Place::Apply || place == Place::Action => {
                self.direct_call(s, &pad);
            }
            22 if self.c.chance(4) => self.leave_early(s, &pad, place),
            23 => self.operate(s, &pad),
            24 | 25 if place == Place::Apply => self.apply_sub(s, &pad),
            26 if place == Place::Apply || place == Place::Action => self.route(s, &pad),
            27..=32 => self.shape(s, place, indent),
            _ => self.assign(s, &pad),
        }
    }

    pub(super) fn local(&mut self, s: &mut String, indent: usize) {
        let ty = match self.c.below(10) {
            7 => *self.c.pick(&[Any::Stack, Any::Union, Any::Unions]),
            0 => Any::Header(self.c.below(self.headers.len())),
            1 => Any::Struct(self.c.below(self.structs.len())),
            _ => Any::Scalar(self.ty()),
        };
        let name = self.fresh("v");
        let pad = "    ".repeat(indent);
        let text = self.type_text(ty);
        if self.c.chance(12) {
            let value = self.value(ty, 2);
            let _ = writeln!(s, "{pad}{text} {name} = {value};");
        } else {
            let _ = writeln!(s, "{pad}{text} {name};");
        }
        self.bring(&name, ty, true);
    }

    pub(super) fn assign(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable(|_| true) else { return };
        let value = self.expr(target.ty, 3);
        let _ = writeln!(s, "{pad}{} = {value};", target.name);
    }

    /// `a += b` and its relatives.
    fn operate(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable(Ty::is_number) else { return };
        if self.c.chance(3) && matches!(target.ty, Ty::Bit(_)) {
            let op = *self.c.pick(&["<<=", ">>="]);
            let value = self.expr(Ty::Bit(4), 1);
            return self.compound(s, pad, &target.name, &op[..2], &value);
        }
        let value = self.expr(target.ty, 2);
        let op = *self.c.pick(&["+=", "-=", "&=", "|=", "^=", "*=", "|+|=", "|-|="]);
        self.compound(s, pad, &target.name, op.trim_end_matches('='), &value);
    }

    fn slice_assign(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable(Ty::is_number) else { return };
        let width = target.ty.width();
        let lo = self.c.below(width as usize) as u32;
        let hi = lo + self.c.below((width - lo) as usize) as u32;
        let value = self.expr(Ty::Bit(hi - lo + 1), 2);
        if self.c.chance(5) {
            let _ = writeln!(s, "{pad}{}[{lo}+:{}] = {value};", target.name, hi - lo + 1);
        } else if self.c.chance(3) {
            self.compound(s, pad, &format!("{}[{hi}:{lo}]", target.name), "^", &value);
        } else {
            self.set_slice(s, pad, (&target.name, target.ty), lo, (hi - lo + 1, &value));
        }
    }

    fn call_function(&mut self, s: &mut String, pad: &str) {
        if self.c.chance(3) {
            return self.swap(s, pad);
        }
        if self.functions.is_empty() {
            return self.assign(s, pad);
        }
        let functions = self.functions.clone();
        let function = self.c.pick(&functions).clone();
        let target = self.target_of(function.ret);
        let Some(args) = self.arguments(&function.params) else { return };
        let target = target.filter(|_| self.c.chance(12));
        let target = target.as_ref().map(|target| (target.as_str(), function.ret));
        let names = self.by_name(&function).then_some(&function.names);
        self.call_statement(s, pad, (&function.name, names), &function.params, &args, target);
    }

    /// By a generic function, which gets both before it gives any back.
    fn swap(&mut self, s: &mut String, pad: &str) {
        let ty = Any::Scalar(self.ty());
        let both = (self.argument(Direction::InOut, ty), self.argument(Direction::InOut, ty));
        if let (Some(one), Some(two)) = both {
            self.call_statement(s, pad, ("swap", None), &[(Direction::InOut, ty); 2], &[one, two], None);
        }
    }
}
