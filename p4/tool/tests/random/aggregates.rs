//! Values and statements of headers, structs, stacks and unions.

use super::generate::{Direction, Generator, Place};
use super::types::{Any, Instance, Ty};
use std::fmt::Write;

/// Of a function, an action or a control.
#[derive(Debug, Default)]
pub struct Params {
    pub params: Vec<(Direction, Any)>,
    pub names: Vec<String>,
    /// As they are declared.
    pub texts: Vec<String>,
}

impl Generator<'_, '_> {
    /// A value of any type.
    pub(super) fn value(&mut self, ty: Any, depth: u32) -> String {
        match ty {
            Any::Scalar(ty) => self.expr(ty, depth),
            Any::Header(of) => match self.header(Some(of), false) {
                Some(header) if self.c.chance(9) || self.headers[of].varbit => header.name,
                _ if self.headers[of].varbit => "(vb_t){#}".to_owned(),
                _ if self.c.chance(2) => format!("({}){{#}}", self.headers[of].name),
                _ => {
                    let list = self.list(&self.headers[of].fields.clone(), depth);
                    format!("({}){list}", self.headers[of].name)
                }
            },
            Any::Stack => {
                let stacks = self.stacks.clone();
                match self.one_of(&stacks) {
                    Some(one) if self.c.chance(12) => one.name,
                    _ => {
                        let of = self.value(Any::Header(1), depth.saturating_sub(1));
                        format!("filled({of}, 8w{})", self.c.below(4))
                    }
                }
            }
            Any::Union => {
                let unions = self.unions.clone();
                match self.one_of(&unions) {
                    Some(one) if self.c.chance(12) => one.name,
                    _ => {
                        let of = [0, 1].map(|of| self.value(Any::Header(of), depth.saturating_sub(1)));
                        format!("joined({}, {}, {})", of[0], of[1], self.expr(Ty::Bool, 1))
                    }
                }
            }
            Any::Unions => {
                let stacks = self.union_stacks.clone();
                match self.one_of(&stacks) {
                    Some(one) if self.c.chance(12) => one.name,
                    _ => {
                        let of = [0, 1].map(|_| self.value(Any::Union, depth.saturating_sub(1)));
                        format!("coupled({}, {})", of[0], of[1])
                    }
                }
            }
            Any::Struct(of) => {
                let fits = |one: &&Instance| one.of == of;
                let all: Vec<Instance> = self.struct_vars.iter().filter(fits).cloned().collect();
                match self.one_of(&all) {
                    Some(one) if self.c.chance(9) => one.name,
                    _ if self.structs[of].tuple => self.list(&self.structs[of].fields.clone(), depth),
                    _ => {
                        let list = self.list(&self.structs[of].fields.clone(), depth);
                        format!("({}){list}", self.structs[of].name)
                    }
                }
            }
        }
    }

    /// `{ a, b }` or `{ y = b, x = a }`
    fn list(&mut self, fields: &[(String, Any)], depth: u32) -> String {
        let depth = depth.saturating_sub(1);
        let mut all: Vec<(String, String)> = vec![];
        for (name, ty) in fields {
            all.push((name.clone(), self.value(*ty, depth)));
        }
        let named = !fields.iter().any(|(name, _)| name.starts_with('[')) && self.c.chance(6);
        if named && self.c.chance(8) {
            all.reverse();
        }
        let one = |(name, value): &(String, String)| {
            if named { format!("{name} = {value}") } else { value.clone() }
        };
        format!("{{ {} }}", all.iter().map(one).collect::<Vec<_>>().join(", "))
    }

    /// A comparison of headers, structs or tuples.
    pub(super) fn compare_aggregates(&mut self) -> String {
        let op = *self.c.pick(&["==", "!="]);
        let structs = self.struct_vars.clone();
        let stacks = self.stacks.clone();
        match self.c.below(4) {
            0 if !structs.is_empty() => {
                let Some(one) = self.one_of(&structs) else { return self.literal(Ty::Bool) };
                let other = self.value(Any::Struct(one.of), 1);
                format!("({} {op} {other})", one.name)
            }
            1 if !stacks.is_empty() => {
                let unions = self.union_stacks.clone();
                let all = if self.c.chance(5) && !unions.is_empty() { unions } else { stacks };
                let (one, two) = (self.c.pick(&all).clone(), self.c.pick(&all).clone());
                format!("({} {op} {})", one.name, two.name)
            }
            2 => {
                let unions = self.unions.clone();
                match self.one_of(&unions) {
                    Some(one) if self.c.chance(6) => match self.one_of(&unions) {
                        Some(two) => format!("({} {op} {})", one.name, two.name),
                        None => self.literal(Ty::Bool),
                    },
                    Some(one) => format!("{}.isValid()", one.name),
                    None => self.literal(Ty::Bool),
                }
            }
            _ => {
                let Some(one) = self.header(None, false) else { return self.literal(Ty::Bool) };
                let other = self.value(Any::Header(one.of), 1);
                format!("({} {op} {other})", one.name)
            }
        }
    }

    /// An argument for a parameter; none where nothing can be written.
    pub(super) fn argument(&mut self, direction: Direction, ty: Any) -> Option<String> {
        if direction == Direction::In {
            return Some(self.value(ty, 2));
        }
        if direction == Direction::Out && self.c.chance(1) {
            return Some("_".to_owned());
        }
        match ty {
            Any::Scalar(Ty::Bit(width)) if self.c.chance(5) => {
                let wider = self.writable(|ty| ty.is_number() && ty.width() >= width)?;
                let lo = self.c.below((wider.ty.width() - width) as usize + 1) as u32;
                if self.c.chance(8) {
                    return Some(format!("{}[{lo}+:{width}]", wider.name));
                }
                Some(format!("{}[{}:{lo}]", wider.name, lo + width - 1))
            }
            Any::Scalar(ty) => self.target_of(ty),
            Any::Header(of) => self.header(Some(of), true).map(|header| header.name),
            Any::Stack | Any::Union | Any::Unions => {
                let of = match ty {
                    Any::Stack => &self.stacks,
                    Any::Union => &self.unions,
                    _ => &self.union_stacks,
                };
                let all: Vec<Instance> = of.iter().filter(|one| one.writable).cloned().collect();
                self.one_of(&all).map(|one| one.name)
            }
            Any::Struct(of) => {
                let fits = |one: &&Instance| one.of == of && one.writable;
                let all: Vec<Instance> = self.struct_vars.iter().filter(fits).cloned().collect();
                self.one_of(&all).map(|one| one.name)
            }
        }
    }

    pub(super) fn arguments(&mut self, params: &[(Direction, Any)]) -> Option<Vec<String>> {
        params.iter().map(|(direction, ty)| self.argument(*direction, *ty)).collect()
    }

    /// Parameters with their names, in scope.
    pub(super) fn parameters(&mut self, prefix: &str, most: usize) -> Params {
        let (mut params, mut texts) = (vec![], vec![]);
        for at in 0..self.c.below(most + 1) {
            let direction = *self.c.pick(&[Direction::InOut, Direction::In, Direction::Out]);
            let ty = match self.c.below(11) {
                8 => Any::Stack,
                9 => Any::Union,
                10 => Any::Unions,
                0 => Any::Header(self.c.below(self.headers.len())),
                1 => Any::Struct(self.c.below(self.structs.len())),
                2..=4 => Any::Scalar(Ty::Bit(*self.c.pick(&[8, 16, 4]))),
                _ => Any::Scalar(self.ty()),
            };
            texts.push(format!("{} {} {prefix}{at}", direction.text(), self.type_text(ty)));
            params.push((direction, ty));
        }
        for (at, (direction, ty)) in params.iter().enumerate() {
            self.bring(&format!("{prefix}{at}"), *ty, *direction != Direction::In);
        }
        let names = (0..params.len()).map(|at| format!("{prefix}{at}")).collect();
        Params { params, names, texts }
    }

    pub(super) fn header_statement(&mut self, s: &mut String, pad: &str, place: Place) {
        let Some(header) = self.header(None, true) else { return };
        let stacks: Vec<Instance> = self.stacks.iter().filter(|stack| stack.writable).cloned().collect();
        let unions: Vec<Instance> = self.unions.iter().filter(|union| union.writable).cloned().collect();
        let couples: Vec<Instance> = self.union_stacks.iter().filter(|one| one.writable).cloned().collect();
        let line = match self.c.below(11) {
            9 if !couples.is_empty() => {
                let value = self.value(Any::Unions, 2);
                format!("{} = {value};", self.c.pick(&couples).name)
            }
            10 if !couples.is_empty() && (place != Place::Parser || self.c.chance(4)) => {
                let method = if self.c.chance(8) { "push_front" } else { "pop_front" };
                format!("{}.{method}({});", self.c.pick(&couples).name, 1 + self.c.below(3))
            }
            0 | 1 => format!("{}.setValid();", header.name),
            2 => format!("{}.setInvalid();", header.name),
            3 if !stacks.is_empty() && (place != Place::Parser || self.c.chance(4)) => {
                let method = if self.c.chance(8) { "push_front" } else { "pop_front" };
                let count = 1 + self.c.below(self.depth + 2);
                format!("{}.{method}({count});", self.c.pick(&stacks).name)
            }
            4 if !stacks.is_empty() => {
                let (to, from) = (self.c.pick(&stacks).name.clone(), self.c.pick(&stacks).name.clone());
                format!("{to} = {from};")
            }
            5 if !unions.is_empty() => match (self.one_of(&unions), self.one_of(&unions)) {
                (Some(to), Some(from)) => format!("{} = {};", to.name, from.name),
                _ => return,
            },
            6 if self.headers[header.of].varbit => format!("{}.setValid();", header.name),
            6 => {
                let list = self.list(&self.headers[header.of].fields.clone(), 2);
                format!("{} = {list};", header.name)
            }
            _ => {
                let value = self.value(Any::Header(header.of), 2);
                format!("{} = {value};", header.name)
            }
        };
        let _ = writeln!(s, "{pad}{line}");
    }

    pub(super) fn struct_statement(&mut self, s: &mut String, pad: &str) {
        let all: Vec<Instance> = self.struct_vars.iter().filter(|one| one.writable).cloned().collect();
        let Some(to) = self.one_of(&all) else { return };
        let value = if self.c.chance(8) {
            self.list(&self.structs[to.of].fields.clone(), 2)
        } else {
            self.value(Any::Struct(to.of), 2)
        };
        let _ = writeln!(s, "{pad}{} = {value};", to.name);
    }
}
