//! Statements that use externs.

use super::generate::{Direction, Generator};
use super::twin::Kind;
use super::types::{Any, Ty, WIDTHS};
use std::fmt::Write;

/// The name of a parameter, how it is passed, and what is passed.
type Argument = (&'static str, Option<(Direction, Any)>, String);

impl Generator<'_, '_> {
    /// What is hashed, summed or told: `{ ... }`, a header or a struct.
    pub(super) fn data(&mut self) -> String {
        let mut all = vec![];
        for _ in 0..1 + self.c.below(3) {
            let ty = match self.c.below(4) {
                0 => Any::Header(self.c.below(self.headers.len())),
                1 => Any::Struct(self.c.below(2)),
                2 => Any::Scalar(Ty::Ser),
                _ => Any::Scalar(Ty::Bit(*self.c.pick(&WIDTHS))),
            };
            let fits = |of: usize, all: &[super::types::Instance]| all.iter().any(|one| one.of == of);
            let known = match ty {
                Any::Scalar(_) => true,
                Any::Stack | Any::Union | Any::Unions => unreachable!("none of these is chosen"),
                Any::Header(of) => fits(of, &self.header_vars),
                Any::Struct(_) => false,
            };
            let ty = if known { ty } else { Any::Scalar(Ty::Bit(16)) };
            all.push(match ty {
                Any::Header(of) => {
                    self.header(Some(of), false).map(|header| header.name).unwrap_or("8w1".into())
                }
                ty => self.value(ty, 1),
            });
        }
        if all.len() == 1 && all[0].starts_with("hdr.a") && !all[0].contains(".f") && !all[0].contains("pad")
        {
            return all.remove(0);
        }
        format!("{{ {} }}", all.join(", "))
    }

    /// A call of an extern with its arguments as they stand, or by their names from the last to the first. A twin evaluates
    /// them one by one before it; those without a type are constants.
    pub(super) fn call_extern(&mut self, s: &mut String, pad: &str, name: &str, args: Vec<Argument>) {
        let texts: Vec<String> = args.iter().map(|(.., text)| text.clone()).collect();
        if !self.c.chance(4) {
            let _ = writeln!(s, "{pad}{name}({});", texts.join(", "));
            return;
        }
        let by = self.c.below(args.len());
        let mut args = args;
        args.rotate_left(by);
        if !self.otherwise(Kind::Copies) {
            let all: Vec<String> = args.iter().map(|(name, _, text)| format!("{name} = {text}")).collect();
            let _ = writeln!(s, "{pad}{name}({});", all.join(", "));
            return;
        }
        let _ = writeln!(s, "{pad}{{");
        let mut back = String::new();
        for (_, of, text) in &mut args {
            let Some(of) = of else { continue };
            let (texts, more) = self.copies(s, pad, &[*of], std::slice::from_ref(text));
            *text = texts[0].clone();
            back.push_str(&more);
        }
        args.rotate_right(by);
        let texts: Vec<String> = args.into_iter().map(|(.., text)| text).collect();
        let _ = writeln!(s, "{pad}    {name}({});\n{back}{pad}}}", texts.join(", "));
    }

    fn indexed(&self, index: String) -> Argument {
        let ty = Ty::Bit(self.index_width.unwrap_or(32));
        ("index", Some((Direction::In, Any::Scalar(ty))), index)
    }

    fn index(&mut self) -> String {
        let index = self.expr(Ty::Bit(self.index_width.unwrap_or(32)), 1);
        // Sometimes out of range.
        if self.c.chance(2) { index } else { format!("({index} & 7)") }
    }

    pub(super) fn state_statement(&mut self, s: &mut String, pad: &str) {
        match self.c.below(8) {
            6 if !self.typed_registers.is_empty() => {
                let registers = self.typed_registers.clone();
                let (register, ty) = self.c.pick(&registers).clone();
                let index = self.index();
                if self.c.chance(8) {
                    let value = self.expr(ty, 2);
                    let value = ("value", Some((Direction::In, Any::Scalar(ty))), value);
                    let index = self.indexed(index);
                    self.call_extern(s, pad, &format!("{register}.write"), vec![index, value]);
                } else if let Some(target) = self.target_of(ty) {
                    let result = ("result", Some((Direction::Out, Any::Scalar(ty))), target);
                    let index = self.indexed(index);
                    self.call_extern(s, pad, &format!("{register}.read"), vec![result, index]);
                }
            }
            7 if !self.struct_registers.is_empty() => self.struct_register(s, pad),
            0 if !self.registers.is_empty() => {
                let registers = self.registers.clone();
                let (register, width) = self.c.pick(&registers).clone();
                let (index, value) = (self.index(), self.expr(Ty::Bit(width), 2));
                let value = ("value", Some((Direction::In, Any::Scalar(Ty::Bit(width)))), value);
                let index = self.indexed(index);
                self.call_extern(s, pad, &format!("{register}.write"), vec![index, value]);
            }
            1 if !self.registers.is_empty() => {
                let registers = self.registers.clone();
                let (register, width) = self.c.pick(&registers).clone();
                let Some(target) = self.argument(Direction::InOut, Any::Scalar(Ty::Bit(width))) else {
                    return;
                };
                let index = self.index();
                let result = ("result", Some((Direction::Out, Any::Scalar(Ty::Bit(width)))), target);
                let index = self.indexed(index);
                self.call_extern(s, pad, &format!("{register}.read"), vec![result, index]);
            }
            2 if !self.registers.is_empty() => self.atomic(s, pad),
            3 if !self.counters.is_empty() => {
                let counters = self.counters.clone();
                let counter = self.c.pick(&counters).clone();
                let index = self.index();
                let _ = writeln!(s, "{pad}{counter}.count({index});");
            }
            4 if !self.meters.is_empty() => {
                let meters = self.meters.clone();
                let meter = self.c.pick(&meters).clone();
                let index = self.index();
                if let Some(target) = self.writable(|ty| matches!(ty, Ty::Bit(width) if width > 1)) {
                    let result = ("result", Some((Direction::InOut, Any::Scalar(target.ty))), target.name);
                    let index = self.indexed(index);
                    self.call_extern(s, pad, &format!("{meter}.execute_meter"), vec![index, result]);
                }
            }
            5 => self.told(s, pad),
            _ => self.hash(s, pad),
        }
    }

    fn struct_register(&mut self, s: &mut String, pad: &str) {
        let registers = self.struct_registers.clone();
        let register = self.c.pick(&registers).clone();
        let index = self.index();
        if self.c.chance(8) {
            let value = self.value(Any::Struct(3), 2);
            let _ = writeln!(s, "{pad}{register}.write({index}, {value});");
        } else if let Some(target) = self.argument(Direction::InOut, Any::Struct(3)) {
            let _ = writeln!(s, "{pad}{register}.read({target}, {index});");
        }
    }

    fn atomic(&mut self, s: &mut String, pad: &str) {
        let registers = self.registers.clone();
        let (register, width) = self.c.pick(&registers).clone();
        let (name, index) = (self.fresh("old"), self.c.below(8));
        let value = self.expr(Ty::Bit(width), 1);
        let _ = writeln!(
            s,
            "{pad}@atomic {{\n{pad}    bit<{width}> {name};\n{pad}    {register}.read({name}, {index});\n{pad}    {register}.write({index}, {name} + {value});\n{pad}}}"
        );
    }

    /// Digests, log lines, random numbers, promises.
    fn told(&mut self, s: &mut String, pad: &str) {
        let what = if self.unordered { *self.c.pick(&[1, 2, 7]) } else { self.c.below(8) };
        match what {
            what @ (6 | 7) => {
                if what == 6 {
                    let _ = writeln!(s, "{pad}log_msg(\"{} %\" ++ \"plain\");", self.c.below(100));
                }
                let at = self.c.below(9);
                let _ = writeln!(s, "{pad}static_assert({at} < 9 && hdr.stack.size > 0, \"a\" ++ \"b\");");
            }
            4 | 5 => {
                let (word, promise) = (*self.c.pick(&["assert", "assume"]), self.expr(Ty::Bool, 2));
                let _ = writeln!(s, "{pad}{word}({promise});");
            }
            0 => {
                let (one, two) = (self.expr(Ty::Bit(8), 1), self.expr(Ty::Bit(33), 1));
                let _ = writeln!(s, "{pad}log_msg(\"{{}} and {{}}\", {{ {one}, {two} }});");
            }
            1 => {
                let data = self.plainly(Self::data);
                if data.starts_with('{') && !data.contains(".a") && !data.contains('[') {
                    let _ = writeln!(s, "{pad}digest({}, {data});", self.c.below(3));
                }
            }
            2 => {
                let value = self.value(Any::Struct(0), 1);
                let _ = writeln!(s, "{pad}digest<Inner>({}, {value});", self.c.below(3));
            }
            _ => {
                if let Some(target) = self.writable(|ty| matches!(ty, Ty::Bit(_))) {
                    let width = target.ty.width();
                    let (lo, hi) = (self.small(target.ty), self.literal(Ty::Bit(width)));
                    let of = |direction| Some((direction, Any::Scalar(Ty::Bit(width))));
                    let args = vec![
                        ("result", of(Direction::Out), target.name),
                        ("lo", of(Direction::In), lo),
                        ("hi", of(Direction::In), hi),
                    ];
                    self.call_extern(s, pad, "random", args);
                }
            }
        }
    }

    fn hash(&mut self, s: &mut String, pad: &str) {
        let width = *self.c.pick(&[16, 32, 8, 64, 9, 1, 100]);
        let Some(target) = self.argument(Direction::InOut, Any::Scalar(Ty::Bit(width))) else { return };
        let data = self.data();
        let algorithm =
            *self.c.pick(&["crc16", "crc32", "csum16", "xor16", "identity", "crc16_custom", "crc32_custom"]);
        let of = |width| Some((Direction::In, Any::Scalar(Ty::Bit(width))));
        let max = match self.c.below(4) {
            0 => ("max", of(16), self.expr(Ty::Bit(16), 1)),
            _ => {
                let all = ["32w1000", "32w0", "64w0x10000", "1w1", "100w0xfffffffffffffffffff"];
                ("max", None, (*self.c.pick(&all)).to_owned())
            }
        };
        let base = match self.c.below(4) {
            0 => ("base", of(33), self.expr(Ty::Bit(33), 1)),
            _ => {
                let all = ["16w3", "8w250", "65w0x1ffffffffffffffff", "1w0"];
                ("base", None, (*self.c.pick(&all)).to_owned())
            }
        };
        let result = ("result", Some((Direction::Out, Any::Scalar(Ty::Bit(width)))), target);
        let algorithm = ("algo", None, format!("HashAlgorithm.{algorithm}"));
        let all = vec![result, algorithm, base, ("data", None, data), max];
        // What changes what the others see: the data have no type here.
        if all.iter().any(|(.., text)| text.contains("fn") || text.contains(".apply")) {
            let all: Vec<String> = all.into_iter().map(|(.., text)| text).collect();
            let _ = writeln!(s, "{pad}hash({});", all.join(", "));
            return;
        }
        self.call_extern(s, pad, "hash", all);
    }

    /// Where the packet goes.
    pub(super) fn route(&mut self, s: &mut String, pad: &str) {
        if !self.vars.iter().any(|var| var.name == "sm.instance_type") {
            return;
        }
        let list = self.c.below(3);
        let session = format!("{} {}", self.c.below(5), "");
        let session = session.trim();
        // As older programs ask for it.
        let data = *self.c.pick(&["sm", "{ sm.mcast_grp, meta }", "meta", "{ sm.egress_spec }"]);
        let line = match (self.in_egress, self.c.below(if self.in_sub { 8 } else { 10 })) {
            (false, 8) => {
                let again = *self.c.pick(&["resubmit", "recirculate"]);
                format!("if (sm.instance_type == 0) {{ {again}({data}); }}")
            }
            (false, 9) => format!("clone3(CloneType.I2E, {session}, {data});"),
            (true, 8) => format!("if (sm.instance_type == 0) {{ recirculate({data}); }}"),
            // For the next pass, if that is kept.
            (true, 9) => format!("sm.mcast_grp = {};", self.c.below(4)),
            // What belongs to the other control.
            (false, 7) => {
                format!("if (sm.instance_type == 0) {{ recirculate_preserving_field_list({list}); }}")
            }
            (true, 7) => format!("if (sm.instance_type == 0) {{ resubmit_preserving_field_list({list}); }}"),
            (_, 0) => format!("sm.egress_spec = (bit<9>)({});", self.expr(Ty::Bit(2), 1)),
            // It drops the packet whatever a copy of its metadata says.
            (_, 1) if !self.in_sub && self.c.chance(4) => "mark_to_drop();".to_owned(),
            (_, 1) => "mark_to_drop(sm);".to_owned(),
            (_, 2) => format!("truncate({});", 10 + self.c.below(30)),
            (false, 3) => format!("sm.mcast_grp = {};", self.c.below(4)),
            (false, 4) => format!("clone(CloneType.I2E, {session});"),
            (false, 5) => format!("clone_preserving_field_list(CloneType.I2E, {session}, {list});"),
            (false, _) => {
                format!("if (sm.instance_type == 0) {{ resubmit_preserving_field_list({list}); }}")
            }
            (true, 3) => format!("if (sm.instance_type == 0) {{ clone(CloneType.E2E, {session}); }}"),
            (true, 4 | 5) => format!(
                "if (sm.instance_type == 0) {{ clone_preserving_field_list(CloneType.E2E, {session}, {list}); }}"
            ),
            (true, _) => {
                format!("if (sm.instance_type != 4) {{ recirculate_preserving_field_list({list}); }}")
            }
        };
        let _ = writeln!(s, "{pad}{line}");
    }
}
