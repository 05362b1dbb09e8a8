//! Rarer shapes: values of functions that are no scalars, arrays, varbits, loops with two variables, objects with methods of
//! the program's own, controls that are applied directly.

use super::generate::{Direction, Generator, Place};
use super::twin::Kind;
use super::types::{Any, Ty, Var};
use std::fmt::Write;

/// After the random types, which it uses.
pub const HELPERS: &str = "extern Own {
    Own();
    Own(bit<8> size);
    Own(bit<8> size, bool wide);
    bit<8> unused();
    bit<8> unused(in bit<8> x);
    bit<8> unused(in bit<8> y, in bool z);
    abstract bit<8> step(in bit<8> x, inout bit<16> y);
    abstract void note(out bool odd, in bit<16> y);
}
struct Held {
    varbit<64> v;
    bit<8> x;
}
bool alike(in varbit<64> one, in varbit<64> two) {
    return !(one != two);
}
void exchanged(inout varbit<64> one, inout varbit<64> two) {
    varbit<64> held = one;
    one = two;
    two = held;
}
h0_t kept(in h0_t h, in bool keep) {
    h0_t r;
    if (keep) {
        r = h;
        return r;
    }
    return r;
}
u_t joined(in h0_t a, in h1_t b, in bool first) {
    u_t u;
    if (first) {
        u.a = a;
    } else {
        u.b = b;
    }
    return u;
}
u_t[2] coupled(in u_t one, in u_t two) {
    u_t[2] us;
    us[0] = one;
    us[1] = two;
    return us;
}
h1_t[3] filled(in h1_t h, in bit<8> n) {
    h1_t[3] st;
    for (bit<8> i in 8w0 .. 8w2) {
        if (i == n) {
            break;
        }
        st[i] = h;
        if (!h.isValid()) {
            return st;
        }
    }
    return st;
}
bit<16> walked(inout h1_t[3] st, in bit<16> x) {
    bit<16> sum = x;
    for (h1_t h in st) {
        if (!h.isValid()) {
            sum += 1;
            continue;
        }
        sum = sum |+| 0x5000;
    }
    st.pop_front(1);
    return sum;
}
tuple<T, bit<8>> paired<T>(in T one, in bit<8> two = 7) {
    return { one, two };
}
Gen<T> generated<T>(in bit<8> two, in T one) {
    return { g1 = two, g0 = one };
}
bit<16>[4] turned(in bit<16>[4] all, in bit<2> by) {
    bit<16>[4] out_;
    for (bit<2> i in 2w0 .. 2w3) {
        out_[i + by] = all[i];
    }
    return out_;
}
parser Peek_(packet_in packet, inout Headers hdr, out bit<8> x) {
    bit<8> turns = 1;
    state start {
        x = packet.lookahead<bit<8>>();
        turns += 1;
        transition select(x) {
            0 .. 99: accept;
            200 &&& 0xf0: more;
            _: other;
        }
    }
    state more {
        packet.extract(hdr.stack.next);
        x = turns;
        transition accept;
    }
    state other {
        x ^= turns;
        verify(x != 0xff, error.Other);
        transition accept;
    }
}
control Once(inout h1_t h, inout bit<16> x, in bool b) {
    bit<16> held = x;
    apply {
        if (b) {
            return;
        }
        h.setInvalid();
        x = held + 1;
        if (x == 3) {
            exit;
        }
    }
}
";

impl Generator<'_, '_> {
    pub(super) fn helpers(&self) -> String {
        let mut helpers = HELPERS.replace("h1_t[3]", &self.stack_text());
        helpers = helpers.replace("8w0 .. 8w2", &format!("8w0 .. 8w{}", self.depth - 1));
        helpers = helpers.replace("varbit<64>", &format!("varbit<{}>", self.varbit));
        if self.otherwise(Kind::Exits) {
            helpers = helpers.replace("in bool b)", "in bool b, inout bool gone)");
            helpers = helpers.replace("exit;", "gone = true;\n            return;");
        }
        helpers
    }

    pub(super) fn shape(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let in_control = matches!(place, Place::Apply | Place::Action);
        let all = self.vars.iter().any(|var| var.name == "meta.idx");
        match self.c.below(18) {
            16 | 17 if indent <= 4 => self.shadowing(s, place, indent),
            0 => self.divide(s, &pad),
            1 => self.moving_slice(s, &pad),
            2 => self.constant(s, &pad),
            3 => self.default_value(s, &pad),
            4 => self.aggregate_value(s, &pad),
            5 if all => self.array(s, &pad),
            6 if place != Place::Parser && indent <= 4 => self.two_variables(s, place, indent),
            7 if all => self.varbit(s, &pad),
            8 => self.chosen(s, &pad),
            9 | 10 => self.of_function(s, &pad, all),
            11 | 12 if place == Place::Parser && all => self.stack_so_far(s, &pad),
            12 | 13 if in_control => self.own_method(s, &pad),
            14 if place == Place::Apply => self.once(s, &pad),
            15 if place == Place::Apply => self.old_externs(s, &pad),
            _ => self.assign(s, &pad),
        }
    }

    /// A variable whose value is not known before a packet is there.
    pub(super) fn unknown(&mut self, fits: impl Fn(Ty) -> bool) -> Option<String> {
        let all: Vec<String> = self
            .visible()
            .filter(|var| fits(var.ty) && !var.name.contains('?') && !var.known)
            .map(|var| var.name.clone())
            .collect();
        if all.is_empty() { None } else { Some(self.c.pick(&all).clone()) }
    }

    /// A name for what shadows one of the first variables, which is out of sight from then on. A twin has a name that is new.
    pub(super) fn shadow(&mut self, first: usize) -> Option<String> {
        let plain = |var: &Var| !var.name.contains(['.', '[']);
        let all: Vec<usize> =
            (0..first).filter(|at| plain(&self.vars[*at]) && !self.hidden.contains(at)).collect();
        if all.is_empty() {
            return None;
        }
        let at = *self.c.pick(&all);
        self.hidden.push(at);
        Some(if self.twin.is_any() { self.another_name() } else { self.vars[at].name.clone() })
    }

    fn shadowing(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let ty = self.ty();
        let value = self.expr(ty, 2);
        let mark = self.mark();
        let Some(name) = self.shadow(self.vars.len()) else { return };
        let _ = writeln!(s, "{pad}{{\n{pad}    {} {name} = {value};", ty.text());
        self.bring(&name, Any::Scalar(ty), true);
        self.statements(s, place, indent + 1, 3);
        let _ = writeln!(s, "{pad}}}");
        self.back_to(mark);
    }

    fn divide(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable(|ty| matches!(ty, Ty::Bit(_))) else { return };
        let Some(by) = self.unknown(|ty| ty == target.ty) else { return };
        let op = *self.c.pick(&["/=", "%="]);
        self.compound(s, pad, &target.name, op.trim_end_matches('='), &by);
    }

    /// `x[i +: 3] = e` with an index that is not constant.
    fn moving_slice(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable(Ty::is_number) else { return };
        let Some(at) = self.unknown(|ty| matches!(ty, Ty::Bit(_))) else { return };
        let width = 1 + self.c.below(target.ty.width() as usize) as u32;
        let value = self.expr(Ty::Bit(width), 2);
        let op = *self.c.pick(&["=", "=", "+=", "|="]);
        let _ = writeln!(s, "{pad}{}[{at}+:{width}] {op} {value};", target.name);
    }

    fn constant(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable(|_| true) else { return };
        let (name, value) = (self.fresh("c"), self.literal(target.ty));
        let _ = writeln!(
            s,
            "{pad}{{\n{pad}    const {} {name} = {value};\n{pad}    {} = {name};\n{pad}}}",
            target.ty.text(),
            target.name
        );
    }

    fn default_value(&mut self, s: &mut String, pad: &str) {
        let ty = match self.c.below(3) {
            0 => Any::Header(self.c.below(self.headers.len())),
            1 => Any::Struct(self.c.below(self.structs.len())),
            _ => Any::Scalar(self.ty()),
        };
        let (name, text) = (self.fresh("d"), self.type_text(ty));
        let _ = writeln!(s, "{pad}{text} {name} = ...;");
        self.bring(&name, ty, true);
    }

    fn aggregate_value(&mut self, s: &mut String, pad: &str) {
        let stacks: Vec<_> = self.stacks.iter().filter(|one| one.writable).cloned().collect();
        let unions: Vec<_> = self.unions.iter().filter(|one| one.writable).cloned().collect();
        let line = match self.c.below(5) {
            0 if !unions.is_empty() => self.one_of(&unions).map(|to| format!("{} = {{#}};", to.name)),
            1 if !stacks.is_empty() => {
                let (one, two) = (self.value(Any::Header(1), 1), self.value(Any::Header(1), 1));
                let to = self.c.pick(&stacks).name.clone();
                let (mut all, most) = (vec![one, two, "{#}".to_owned()], self.depth);
                let by = self.c.below(3);
                all.rotate_right(by);
                all.resize(most.max(3), "{#}".to_owned());
                all.truncate(most);
                let list = match self.c.below(3) {
                    0 => format!("{{ {} }}", all.join(", ")),
                    1 if most > 1 => format!("{{ {}, ... }}", all[..most.min(3) - 1].join(", ")),
                    _ => format!("({}){{ {} }}", self.stack_text(), all.join(", ")),
                };
                Some(format!("{to} = {list};"))
            }
            2 if !stacks.is_empty() => Some(format!("{} = ...;", self.c.pick(&stacks).name)),
            3 => self.header(None, true).map(|to| format!("{} = {{#}};", to.name)),
            _ => self.header(None, true).map(|to| format!("{} = ...;", to.name)),
        };
        if let Some(line) = line {
            let _ = writeln!(s, "{pad}{line}");
        }
    }

    fn array(&mut self, s: &mut String, pad: &str) {
        let line = match self.c.below(4) {
            0 => {
                let all: Vec<String> = (0..4).map(|_| self.expr(Ty::Bit(16), 1)).collect();
                format!("meta.arr = {{ {} }};", all.join(", "))
            }
            1 => format!("meta.arr = turned(meta.arr, {});", self.expr(Ty::Bit(2), 1)),
            2 => {
                let Some(target) = self.target_of(Ty::Bit(16)) else { return };
                format!("{target} = turned(meta.arr, {})[{}];", self.expr(Ty::Bit(2), 1), self.c.below(4))
            }
            _ => {
                let Some(target) = self.target_of(Ty::Bool) else { return };
                let all: Vec<String> = (0..4).map(|_| self.literal(Ty::Bit(16))).collect();
                format!("{target} = meta.arr == {{ {} }};", all.join(", "))
            }
        };
        let _ = writeln!(s, "{pad}{line}");
    }

    fn two_variables(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let (one, two) = (self.fresh("i"), self.fresh("j"));
        let (turns, from) = (self.c.below(4), self.expr(Ty::Bit(16), 1));
        let more = self.expr(Ty::Bool, 1);
        let _ = writeln!(
            s,
            "{pad}for (bit<8> {one} = 0, bit<16> {two} = {from}; {one} < {turns} && ({more}); {one} += 1, {two} -= 3) {{"
        );
        let mark = self.mark();
        self.bring(&one, Any::Scalar(Ty::Bit(8)), false);
        self.bring(&two, Any::Scalar(Ty::Bit(16)), true);
        let outer = std::mem::replace(&mut self.in_loop, true);
        self.statements(s, place, indent + 1, 3);
        let cond = self.expr(Ty::Bool, 2);
        let word = match place {
            Place::Apply | Place::Action if self.c.chance(2) => self.exit(),
            _ if self.c.chance(8) => "continue".to_owned(),
            _ => "break".to_owned(),
        };
        let _ = writeln!(s, "{pad}    if ({cond}) {{ {word}; }} else {{ {two} += 1; }}\n{pad}}}");
        self.in_loop = outer;
        self.back_to(mark);
    }

    fn varbit(&mut self, s: &mut String, pad: &str) {
        let other = format!("hdr.a{}.v", self.headers.len() - 1);
        let ty = format!("varbit<{}>", self.varbit);
        let held = |to: &str, from: &str| format!("{{ {ty} held = {from}; {to} = held; }}");
        let copies = self.otherwise(Kind::Copies);
        let line = match self.c.below(5) {
            0 | 3 => {
                let Some(target) = self.target_of(Ty::Bool) else { return };
                match (*self.c.pick(&["==", "!="]), copies) {
                    (op, false) => format!("{target} = meta.mv.v {op} {other};"),
                    ("==", _) => format!("{target} = alike(meta.mv.v, {other});"),
                    _ => format!("{target} = (Held){{ meta.mv.v, 1 }} != (Held){{ {other}, 1 }};"),
                }
            }
            4 if copies => format!("exchanged(meta.mv.v, {other});"),
            4 => format!("{{ {ty} held = meta.mv.v; meta.mv.v = {other}; {other} = held; }}"),
            1 if copies => held("meta.mv.v", &other),
            1 => format!("meta.mv.v = {other};"),
            _ if copies => held(&other, "meta.mv.v"),
            _ => format!("{other} = meta.mv.v;"),
        };
        let writable = self.header_vars.iter().any(|one| other.starts_with(&one.name) && one.writable);
        if writable {
            let _ = writeln!(s, "{pad}{line}");
        }
    }

    /// `?:` of headers and structs.
    fn chosen(&mut self, s: &mut String, pad: &str) {
        let cond = self.expr(Ty::Bool, 2);
        let Some(to) = self.header(None, true) else { return };
        let (one, two) = (self.value(Any::Header(to.of), 1), self.value(Any::Header(to.of), 1));
        let value = self.chosen_of(&cond, &one, &two);
        let _ = writeln!(s, "{pad}{} = {value};", to.name);
    }

    fn of_function(&mut self, s: &mut String, pad: &str, all: bool) {
        let bit = |g: &mut Self, width| g.expr(Ty::Bit(width), 1);
        let line = match self.c.below(9) {
            0 => {
                let Some(to) = self.header(Some(0), true) else { return };
                let (of, keep) = (self.value(Any::Header(0), 1), self.expr(Ty::Bool, 1));
                format!("{} = kept({of}, {keep});", to.name)
            }
            1 => {
                let (a, b) = (self.value(Any::Header(0), 1), self.value(Any::Header(1), 1));
                let first = self.expr(Ty::Bool, 1);
                let unions: Vec<_> = self.unions.iter().filter(|one| one.writable).cloned().collect();
                let Some(to) = self.one_of(&unions) else { return };
                format!("{} = joined({a}, {b}, {first});", to.name)
            }
            2 => {
                let stacks: Vec<_> = self.stacks.iter().filter(|one| one.writable).cloned().collect();
                if stacks.is_empty() {
                    return;
                }
                let to = self.c.pick(&stacks).name.clone();
                format!("{to} = filled({}, {});", self.value(Any::Header(1), 1), bit(self, 8))
            }
            3 => {
                let Some(target) = self.target_of(Ty::Bool) else { return };
                let at = self.c.below(self.depth);
                let of = self.value(Any::Header(1), 1);
                format!("{target} = filled({of}, {})[{at}].isValid();", bit(self, 8))
            }
            4 => {
                let stacks: Vec<_> = self.stacks.iter().filter(|one| one.writable).cloned().collect();
                let Some(target) = self.target_of(Ty::Bit(16)).filter(|_| !stacks.is_empty()) else { return };
                let stack = self.c.pick(&stacks).name.clone();
                format!("{target} = walked({stack}, {}) + walked(st = {stack}, x = 1);", bit(self, 16))
            }
            5 => {
                let ty = self.ty();
                let Some(target) = self.target_of(ty) else { return };
                let call = if self.c.chance(8) { ", 3" } else { "" };
                format!("{target} = paired({}{call})[0];", self.expr(ty, 1))
            }
            6 => {
                let Some(target) = self.target_of(Ty::Bit(8)) else { return };
                let of = self.ty();
                format!("{target} = paired(two = {}, one = {})[1];", bit(self, 8), self.expr(of, 1))
            }
            7 if all => {
                let name = self.structs[3].name.clone();
                let Any::Scalar(of) = self.structs[3].fields[0].1 else { return };
                let (one, two) = (self.expr(of, 1), bit(self, 8));
                format!("meta.gen = {}({two}, {one});", name.replacen("Gen", "generated", 1))
            }
            _ => {
                let ty = self.ty();
                let Some(target) = self.target_of(ty) else { return };
                format!("{target} = generated(one = {}, two = {}).g0;", self.expr(ty, 1), bit(self, 8))
            }
        };
        let _ = writeln!(s, "{pad}{line}");
    }

    /// `last` and `lastIndex`: the parser ends where there is none.
    fn stack_so_far(&mut self, s: &mut String, pad: &str) {
        if self.c.chance(8) {
            let to = *self.c.pick(&["hdr.stack.next", "meta.ms.next", "hdr.us.next.b"]);
            let _ = match self.c.below(3) {
                0 => writeln!(s, "{pad}{to}.setValid();"),
                1 => writeln!(s, "{pad}{to}.setInvalid();"),
                _ => writeln!(s, "{pad}{to} = {};", self.value(Any::Header(1), 1)),
            };
            return;
        }
        if self.c.chance(8) {
            if let Some(target) = self.target_of(Ty::Bit(32)) {
                let _ = writeln!(s, "{pad}{target} = hdr.stack.lastIndex;");
            }
        } else if let Some(to) = self.header(Some(1), true) {
            let from = *self.c.pick(&["hdr.stack.last", "meta.ms.last", "hdr.us.last.b"]);
            let _ = writeln!(s, "{pad}{} = {from};", to.name);
        }
    }

    /// An object whose methods the program writes.
    pub(super) fn own_object(&mut self, s: &mut String) {
        let name = self.fresh("own_");
        let (with, odd) = (self.digits(8), self.digits(16));
        let early = self.c.chance(8);
        let with_ = *self.c.pick(&["", "8w3", "3, false", "wide = true, size = 8w9"]);
        let _ = writeln!(
            s,
            "    Own({with_}) {name} = {{\n        bit<8> step(in bit<8> x, inout bit<16> y) {{\n            y = y + (bit<16>)x;"
        );
        if early {
            s.push_str("            if (y[0:0] == 1) {\n                return x;\n            }\n");
        }
        let _ = writeln!(
            s,
            "            y |= {odd};\n            return x ^ {with};\n        }}\n        void note(out bool odd, in bit<16> y) {{\n            bit<16> z = y;\n            odd = this.step({with}, z) == y[7:0];\n        }}\n    }};"
        );
        self.objects.push(name);
    }

    fn own_method(&mut self, s: &mut String, pad: &str) {
        if self.objects.is_empty() {
            return self.assign(s, pad);
        }
        let objects = self.objects.clone();
        let object = self.c.pick(&objects).clone();
        if self.c.chance(6) {
            let Some(odd) = self.argument(Direction::Out, Any::Scalar(Ty::Bool)) else { return };
            let _ = writeln!(s, "{pad}{object}.note({odd}, {});", self.expr(Ty::Bit(16), 2));
            return;
        }
        let Some(y) = self.argument(Direction::InOut, Any::Scalar(Ty::Bit(16))) else { return };
        let x = self.expr(Ty::Bit(8), 2);
        let target = self.target_of(Ty::Bit(8)).map(|target| format!("{target} = ")).unwrap_or_default();
        let _ = writeln!(s, "{pad}{target}{object}.step({x}, {y});");
    }

    fn once(&mut self, s: &mut String, pad: &str) {
        let (header, x) =
            (self.header(Some(1), true), self.argument(Direction::InOut, Any::Scalar(Ty::Bit(16))));
        if let (Some(header), Some(x)) = (header, x) {
            let of = (Direction::InOut, Any::Header(1));
            let params =
                [of, (Direction::InOut, Any::Scalar(Ty::Bit(16))), (Direction::In, Any::Scalar(Ty::Bool))];
            let args = [header.name, x, self.expr(Ty::Bool, 1)];
            self.apply_with_copies(s, pad, ("Once", true), vec![], (&params, &args));
            self.after(s, pad, true);
        }
    }

    /// What v1model has of old, and parameters of CRCs.
    fn old_externs(&mut self, s: &mut String, pad: &str) {
        let all = self.vars.iter().any(|var| var.name == "sm.instance_type");
        match self.c.below(4) {
            0 => {
                let Some(target) = self.argument(Direction::InOut, Any::Scalar(Ty::Bit(16))) else { return };
                let data = self.plainly(Self::data);
                let _ = writeln!(
                    s,
                    "{pad}@crc16_custom[polynomial = 0x{:x}, reflect_in = {}, reflect_out = false, initial = 0x{:x}] {{\n{pad}    hash({target}, HashAlgorithm.crc16_custom, 16w0, {data}, 32w0x10000);\n{pad}}}",
                    1 + self.c.below(60000),
                    self.c.chance(8),
                    self.c.below(60000)
                );
            }
            1 if all && !self.in_egress => {
                let _ =
                    writeln!(s, "{pad}clone3(CloneType.I2E, {}, {{ meta.in0, meta.idx }});", self.c.below(4));
            }
            2 if all && !self.in_egress => {
                let _ =
                    writeln!(s, "{pad}if (sm.instance_type == 0) {{ resubmit({{ meta.idx, meta.out0 }}); }}");
            }
            3 if all && self.in_egress => {
                let _ = writeln!(s, "{pad}if (sm.instance_type != 4) {{ recirculate(meta.in1); }}");
            }
            _ => self.assign(s, pad),
        }
    }
}
