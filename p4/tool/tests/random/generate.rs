//! A random program of v1model, well typed by construction.

use super::choices::Choices;
use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ty {
    Bool,
    Bit(u32),
    Int(u32),
}

impl Ty {
    pub fn text(self) -> String {
        match self {
            Ty::Bool => "bool".into(),
            Ty::Bit(width) => format!("bit<{width}>"),
            Ty::Int(width) => format!("int<{width}>"),
        }
    }

    pub fn width(self) -> u32 {
        match self {
            Ty::Bool => 1,
            Ty::Bit(width) | Ty::Int(width) => width,
        }
    }
}

/// Something that can be read, and perhaps written.
#[derive(Debug, Clone)]
pub struct Var {
    pub name: String,
    pub ty: Ty,
    writable: bool,
}

pub const WIDTHS: [u32; 14] = [8, 16, 32, 1, 4, 48, 64, 7, 13, 33, 65, 100, 128, 9];

pub struct HeaderType {
    name: String,
    fields: Vec<(String, Ty)>,
}

/// Where a statement stands: what it may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Parser,
    Action,
    Apply,
    Function,
}

pub struct Generator<'a, 'b> {
    pub(super) c: &'a mut Choices<'b>,
    pub(super) vars: Vec<Var>,
    /// Names of header instances with the index of their type.
    pub(super) headers: Vec<(String, usize)>,
    pub(super) types: Vec<HeaderType>,
    pub(super) actions: Vec<(String, Vec<Ty>)>,
    pub(super) tables: Vec<(String, Vec<String>)>,
    pub(super) functions: Vec<(String, Ty, Vec<Ty>)>,
    pub(super) registers: Vec<(String, u32)>,
    pub(super) counters: Vec<String>,
    pub(super) fresh: u32,
    pub(super) budget: u32,
    pub(super) in_loop: bool,
}

/// What the harness has to know of the program.
#[derive(Debug, Default, Clone)]
pub struct Made {
    pub source: String,
    pub registers: Vec<String>,
    pub counters: Vec<String>,
}

/// Makes a program of the choices.
pub fn program(c: &mut Choices<'_>) -> Made {
    let mut g = Generator {
        c,
        vars: vec![],
        headers: vec![],
        types: vec![],
        actions: vec![],
        tables: vec![],
        functions: vec![],
        registers: vec![],
        counters: vec![],
        fresh: 0,
        budget: 260,
        in_loop: false,
    };
    let source = g.program();
    let registers = g.registers.iter().map(|(name, _)| format!("Ingress_.{name}")).collect();
    let counters = g.counters.iter().map(|name| format!("Ingress_.{name}")).collect();
    Made { source, registers, counters }
}

const STANDARD: [(&str, u32, bool); 8] = [
    ("sm.ingress_port", 9, false),
    ("sm.egress_spec", 9, false),
    ("sm.packet_length", 32, false),
    ("sm.instance_type", 32, false),
    ("sm.mcast_grp", 16, false),
    ("sm.checksum_error", 1, false),
    ("sm.priority", 3, true),
    ("sm.egress_rid", 16, false),
];

impl Generator<'_, '_> {
    fn fresh(&mut self, prefix: &str) -> String {
        self.fresh += 1;
        format!("{prefix}{}", self.fresh)
    }

    pub(super) fn ty(&mut self) -> Ty {
        match self.c.below(8) {
            0..=4 => Ty::Bit(*self.c.pick(&WIDTHS)),
            5 | 6 => Ty::Int((*self.c.pick(&WIDTHS)).max(2)),
            _ => Ty::Bool,
        }
    }

    fn program(&mut self) -> String {
        let mut s = String::from("#include <core.p4>\n#include <v1model.p4>\n\n");
        self.header_types(&mut s);
        self.structs(&mut s);
        self.function_declarations(&mut s);
        self.parser(&mut s);
        s.push_str("control Verify_(inout Headers hdr, inout Meta meta) { apply { } }\n");
        self.ingress(&mut s);
        self.egress(&mut s);
        s.push_str("control Compute_(inout Headers hdr, inout Meta meta) { apply { } }\n");
        s.push_str("control Deparser_(packet_out packet, in Headers hdr) {\n    apply {\n");
        for (name, _) in &self.headers {
            if !name.contains('[') {
                let _ = writeln!(s, "        packet.emit({name});");
            }
        }
        s.push_str("        packet.emit(hdr.stack);\n    }\n}\n");
        s.push_str("V1Switch(Parser_(), Verify_(), Ingress_(), Egress_(), Compute_(), Deparser_()) main;\n");
        s
    }

    fn header_types(&mut self, s: &mut String) {
        for index in 0..2 + self.c.below(3) {
            let name = format!("h{index}_t");
            let mut fields = vec![];
            let mut total = 0;
            for at in 0..1 + self.c.below(4) {
                let ty = match self.ty() {
                    Ty::Bool => Ty::Bit(1),
                    ty => ty,
                };
                total += ty.width();
                fields.push((format!("f{at}"), ty));
            }
            if total % 8 != 0 {
                fields.push(("pad".to_owned(), Ty::Bit(8 - total % 8)));
            }
            let _ = writeln!(s, "header {name} {{");
            for (field, ty) in &fields {
                let _ = writeln!(s, "    {} {field};", ty.text());
            }
            s.push_str("}\n");
            self.types.push(HeaderType { name, fields });
        }
    }

    fn structs(&mut self, s: &mut String) {
        s.push_str("struct Headers {\n");
        for index in 0..self.types.len() {
            let name = format!("a{index}");
            let _ = writeln!(s, "    {} {name};", self.types[index].name);
            self.headers.push((format!("hdr.{name}"), index));
        }
        let of = self.types.len() - 1;
        let _ = writeln!(s, "    {}[3] stack;\n}}", self.types[of].name);
        for element in 0..3 {
            self.headers.push((format!("hdr.stack[{element}]"), of));
        }
        s.push_str("struct Meta {\n");
        for index in 0..1 + self.c.below(4) {
            let ty = self.ty();
            let _ = writeln!(s, "    {} m{index};", ty.text());
            self.vars.push(Var { name: format!("meta.m{index}"), ty, writable: true });
        }
        s.push_str("}\n");
        for (header, index) in &self.headers {
            for (field, ty) in &self.types[*index].fields {
                self.vars.push(Var { name: format!("{header}.{field}"), ty: *ty, writable: true });
            }
        }
        for (name, width, writable) in STANDARD {
            self.vars.push(Var { name: name.to_owned(), ty: Ty::Bit(width), writable });
        }
    }

    fn function_declarations(&mut self, s: &mut String) {
        for _ in 0..self.c.below(3) {
            let name = self.fresh("fn");
            let ret = self.ty();
            let params: Vec<Ty> = (0..1 + self.c.below(2)).map(|_| self.ty()).collect();
            let outside = std::mem::take(&mut self.vars);
            let mut list = vec![];
            for (at, ty) in params.iter().enumerate() {
                let direction = if at == 0 { "inout" } else { "in" };
                list.push(format!("{direction} {} p{at}", ty.text()));
                self.vars.push(Var { name: format!("p{at}"), ty: *ty, writable: at == 0 });
            }
            let _ = writeln!(s, "{} {name}({}) {{", ret.text(), list.join(", "));
            self.statements(s, Place::Function, 1, 3);
            let value = self.expr(ret, 2);
            let _ = writeln!(s, "    return {value};\n}}");
            self.vars = outside;
            self.functions.push((name, ret, params));
        }
    }

    fn parser(&mut self, s: &mut String) {
        s.push_str("parser Parser_(packet_in packet, out Headers hdr, inout Meta meta, inout standard_metadata_t sm) {\n");
        let singles: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| !name.contains('['))
            .map(|(name, _)| name.clone())
            .collect();
        for (at, header) in singles.iter().enumerate() {
            let name = if at == 0 { "start".to_owned() } else { format!("s{at}") };
            let _ = writeln!(s, "    state {name} {{\n        packet.extract({header});");
            if self.c.chance(4) {
                let width = 1 + self.c.below(70) as u32;
                let var = self.fresh("look");
                let _ = writeln!(s, "        bit<{width}> {var} = packet.lookahead<bit<{width}>>();");
                let target = self.target_of(Ty::Bit(width));
                if let Some(target) = target {
                    let _ = writeln!(s, "        {target} = {var};");
                }
            }
            if self.c.chance(2) {
                s.push_str("        packet.advance(8);\n");
            }
            self.statements(s, Place::Parser, 2, 2);
            self.transition(s, at, singles.len());
            s.push_str("    }\n");
        }
        s.push_str("    state stack {\n        packet.extract(hdr.stack.next);\n");
        let of = self.types.len() - 1;
        let (field, ty) = self.types[of].fields[0].clone();
        let value = self.literal(ty);
        let _ = writeln!(
            s,
            "        transition select(hdr.stack.last.{field}) {{\n            {value}: stack;\n            default: accept;\n        }}\n    }}\n}}"
        );
    }

    fn transition(&mut self, s: &mut String, at: usize, count: usize) {
        let next = |to: usize| if to >= count { "stack".to_owned() } else { format!("s{to}") };
        let plain = self.c.below(5);
        if plain == 0 {
            let _ = writeln!(s, "        transition {};", next(at + 1));
            return;
        }
        if plain == 1 {
            s.push_str("        transition accept;\n");
            return;
        }
        let on = self.readable(|ty| !matches!(ty, Ty::Bool));
        let Some(on) = on else {
            s.push_str("        transition accept;\n");
            return;
        };
        let _ = writeln!(s, "        transition select({}) {{", on.name);
        for step in 0..1 + self.c.below(3) {
            let key = match (self.c.below(3), on.ty) {
                (0, _) | (_, Ty::Int(_) | Ty::Bool) => self.literal(on.ty),
                (1, ty) => format!("{} &&& {}", self.literal(ty), self.literal(ty)),
                (_, ty) => format!("{} .. {}", self.small(ty), self.literal(ty)),
            };
            let to = match self.c.below(4) {
                0 => "accept".to_owned(),
                1 if self.c.chance(4) => "reject".to_owned(),
                _ => next(at + 1 + step),
            };
            let _ = writeln!(s, "            {key}: {to};");
        }
        if self.c.chance(12) {
            let _ = writeln!(s, "            default: {};", next(at + 1));
        }
        s.push_str("        }\n");
    }

    fn ingress(&mut self, s: &mut String) {
        s.push_str("control Ingress_(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) {\n");
        for index in 0..self.c.below(3) {
            let width = *self.c.pick(&WIDTHS);
            let _ = writeln!(s, "    register<bit<{width}>>(8) r{index};");
            self.registers.push((format!("r{index}"), width));
        }
        for index in 0..self.c.below(2) {
            let _ = writeln!(s, "    counter(8, CounterType.packets_and_bytes) c{index};");
            self.counters.push(format!("c{index}"));
        }
        let before = self.vars.len();
        for _ in 0..self.c.below(3) {
            self.local(s, 1);
        }
        for _ in 0..1 + self.c.below(3) {
            self.action(s);
        }
        for _ in 0..self.c.below(4) {
            self.table(s);
        }
        s.push_str("    apply {\n        sm.egress_spec = 1;\n");
        self.statements(s, Place::Apply, 2, 8);
        s.push_str("    }\n}\n");
        self.vars.truncate(before);
        self.tables.clear();
        self.actions.clear();
    }

    fn egress(&mut self, s: &mut String) {
        s.push_str("control Egress_(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) {\n");
        let before = self.vars.len();
        let (registers, counters) = (std::mem::take(&mut self.registers), std::mem::take(&mut self.counters));
        self.action(s);
        if self.c.chance(8) {
            self.table(s);
        }
        s.push_str("    apply {\n");
        self.statements(s, Place::Apply, 2, 4);
        s.push_str("    }\n}\n");
        self.vars.truncate(before);
        (self.registers, self.counters) = (registers, counters);
    }

    fn local(&mut self, s: &mut String, indent: usize) {
        let ty = self.ty();
        let name = self.fresh("v");
        let pad = "    ".repeat(indent);
        if self.c.chance(12) {
            let value = self.expr(ty, 2);
            let _ = writeln!(s, "{pad}{} {name} = {value};", ty.text());
        } else {
            let _ = writeln!(s, "{pad}{} {name};", ty.text());
        }
        self.vars.push(Var { name, ty, writable: true });
    }

    fn action(&mut self, s: &mut String) {
        let name = self.fresh("act");
        let params: Vec<Ty> = (0..self.c.below(3)).map(|_| self.ty()).collect();
        let before = self.vars.len();
        let mut list = vec![];
        for (at, ty) in params.iter().enumerate() {
            list.push(format!("{} {name}_{at}", ty.text()));
            self.vars.push(Var { name: format!("{name}_{at}"), ty: *ty, writable: false });
        }
        let _ = writeln!(s, "    action {name}({}) {{", list.join(", "));
        self.statements(s, Place::Action, 2, 3);
        s.push_str("    }\n");
        self.vars.truncate(before);
        self.actions.push((name, params));
    }

    fn table(&mut self, s: &mut String) {
        let name = self.fresh("t");
        let mut keys: Vec<(Ty, &str, String)> = vec![];
        let mut lpm = false;
        for _ in 0..self.c.below(3) {
            let Some(on) = self.readable(|ty| matches!(ty, Ty::Bit(_))) else { continue };
            let kind = match self.c.below(5) {
                0 | 1 => "exact",
                2 if !lpm => {
                    lpm = true;
                    "lpm"
                }
                3 if on.ty.width() <= 64 => "range",
                _ => "ternary",
            };
            keys.push((on.ty, kind, on.name));
        }
        let _ = writeln!(s, "    table {name} {{");
        if !keys.is_empty() {
            let list: Vec<String> = keys.iter().map(|(_, kind, name)| format!("{name}: {kind};")).collect();
            let _ = writeln!(s, "        key = {{ {} }}", list.join(" "));
        }
        let actions = self.actions.clone();
        let names: Vec<String> = actions.iter().map(|(name, _)| format!("{name};")).collect();
        let _ = writeln!(s, "        actions = {{ {} NoAction; }}", names.join(" "));
        let call = self.action_call(&actions);
        let _ = writeln!(s, "        default_action = {call};");
        if !keys.is_empty() && self.c.chance(14) {
            s.push_str("        const entries = {\n");
            let mut seen = vec![];
            for _ in 0..1 + self.c.below(4) {
                let set: Vec<String> = keys.iter().map(|(ty, kind, _)| self.key(*ty, kind)).collect();
                if seen.contains(&set) {
                    continue;
                }
                let call = self.action_call(&actions);
                let _ = writeln!(s, "            ({}): {call};", set.join(", "));
                seen.push(set);
            }
            s.push_str("        }\n");
        }
        s.push_str("    }\n");
        self.tables.push((name, actions.into_iter().map(|(name, _)| name).collect()));
    }

    fn key(&mut self, ty: Ty, kind: &str) -> String {
        match kind {
            "lpm" => {
                let width = ty.width();
                let length = self.c.below(width as usize + 1) as u32;
                let ones = if length == 0 {
                    "0".to_owned()
                } else {
                    format!("((1 << {length}) - 1) << {}", width - length)
                };
                format!("{} &&& (bit<{width}>)({ones})", self.literal(ty))
            }
            "ternary" => format!("{} &&& {}", self.literal(ty), self.literal(ty)),
            "range" => format!("{} .. {}", self.small(ty), self.big(ty)),
            // One way to write each value: equal keys are equal texts.
            _ => format!("{}w{}", ty.width(), self.digits(ty.width())),
        }
    }

    fn action_call(&mut self, actions: &[(String, Vec<Ty>)]) -> String {
        if actions.is_empty() || self.c.chance(3) {
            return "NoAction()".to_owned();
        }
        let (name, params) = self.c.pick(actions).clone();
        let args: Vec<String> = params.iter().map(|ty| self.literal(*ty)).collect();
        format!("{name}({})", args.join(", "))
    }

    // Statements.

    fn statements(&mut self, s: &mut String, place: Place, indent: usize, most: usize) {
        let before = self.vars.len();
        for _ in 0..self.c.below(most + 1) {
            if self.budget == 0 || self.c.exhausted() {
                break;
            }
            self.budget -= 1;
            self.statement(s, place, indent);
        }
        self.vars.truncate(before);
    }

    fn statement(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let deep = indent > 4;
        match self.c.below(20) {
            0..=6 => self.assign(s, &pad),
            7 => self.local(s, indent),
            8 | 9 if !deep => self.conditional(s, place, indent),
            10 if !deep && place != Place::Parser => self.for_loop(s, place, indent),
            11 if place == Place::Apply => self.apply_table(s, indent),
            12 => self.header_statement(s, &pad, place),
            13 => self.slice_assign(s, &pad),
            14 if place == Place::Apply || place == Place::Action => self.state_statement(s, &pad),
            15 if !deep && place == Place::Apply => self.switch(s, place, indent),
            16 => self.call_function(s, &pad),
            17 if place == Place::Apply && !self.actions.is_empty() => {
                let actions = self.actions.clone();
                let (name, params) = self.c.pick(&actions).clone();
                let args: Vec<String> = params.iter().map(|ty| self.expr(*ty, 2)).collect();
                let _ = writeln!(s, "{pad}{name}({});", args.join(", "));
            }
            18 if place == Place::Apply && self.c.chance(3) => {
                let word = if self.c.chance(8) { "exit" } else { "return" };
                let cond = self.expr(Ty::Bool, 2);
                let _ = writeln!(s, "{pad}if ({cond}) {{ {word}; }}");
            }
            19 => self.operate(s, &pad),
            _ => self.assign(s, &pad),
        }
    }

    fn assign(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable() else { return };
        let value = self.expr(target.ty, 3);
        let _ = writeln!(s, "{pad}{} = {value};", target.name);
    }

    /// `a += b` and its relatives.
    fn operate(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable() else { return };
        if let Ty::Bit(_) | Ty::Int(_) = target.ty {
            let value = self.expr(target.ty, 2);
            let op = *self.c.pick(&["+=", "-=", "&=", "|=", "^=", "*=", "|+|=", "|-|="]);
            let _ = writeln!(s, "{pad}{} {op} {value};", target.name);
        }
    }

    fn slice_assign(&mut self, s: &mut String, pad: &str) {
        let Some(target) = self.writable() else { return };
        let (Ty::Bit(width) | Ty::Int(width)) = target.ty else { return };
        let lo = self.c.below(width as usize) as u32;
        let hi = lo + self.c.below((width - lo) as usize) as u32;
        let value = self.expr(Ty::Bit(hi - lo + 1), 2);
        let _ = writeln!(s, "{pad}{}[{hi}:{lo}] = {value};", target.name);
    }

    fn conditional(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let cond = self.expr(Ty::Bool, 3);
        let _ = writeln!(s, "{pad}if ({cond}) {{");
        self.statements(s, place, indent + 1, 3);
        if self.c.chance(8) {
            let _ = writeln!(s, "{pad}}} else {{");
            self.statements(s, place, indent + 1, 3);
        }
        let _ = writeln!(s, "{pad}}}");
    }

    fn for_loop(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let name = self.fresh("i");
        let count = self.c.below(4);
        let _ = writeln!(s, "{pad}for (bit<8> {name} in 8w0 .. 8w{count}) {{");
        self.vars.push(Var { name, ty: Ty::Bit(8), writable: false });
        let outer = std::mem::replace(&mut self.in_loop, true);
        self.statements(s, place, indent + 1, 3);
        if self.c.chance(4) {
            let cond = self.expr(Ty::Bool, 2);
            let word = if self.c.chance(8) { "break" } else { "continue" };
            let _ = writeln!(s, "{pad}    if ({cond}) {{ {word}; }}");
        }
        self.in_loop = outer;
        self.vars.pop();
        let _ = writeln!(s, "{pad}}}");
    }

    fn switch(&mut self, s: &mut String, place: Place, indent: usize) {
        let pad = "    ".repeat(indent);
        let width = *self.c.pick(&[8u32, 3, 16]);
        let on = self.expr(Ty::Bit(width), 2);
        let _ = writeln!(s, "{pad}switch ({on}) {{");
        for label in 0..1 + self.c.below(3) {
            if self.c.chance(3) {
                let _ = writeln!(s, "{pad}    {label}:");
                continue;
            }
            let _ = writeln!(s, "{pad}    {label}: {{");
            self.statements(s, place, indent + 2, 2);
            let _ = writeln!(s, "{pad}    }}");
        }
        let _ = writeln!(s, "{pad}    default: {{");
        self.statements(s, place, indent + 2, 2);
        let _ = writeln!(s, "{pad}    }}\n{pad}}}");
    }

    fn apply_table(&mut self, s: &mut String, indent: usize) {
        let pad = "    ".repeat(indent);
        if self.tables.is_empty() || self.in_loop {
            return self.assign(s, &pad);
        }
        let tables = self.tables.clone();
        let (table, actions) = self.c.pick(&tables).clone();
        match self.c.below(3) {
            0 => {
                let _ = writeln!(s, "{pad}{table}.apply();");
            }
            1 => {
                let what = if self.c.chance(8) { "miss" } else { "hit" };
                let _ = writeln!(s, "{pad}if ({table}.apply().{what}) {{");
                self.statements(s, Place::Apply, indent + 1, 2);
                let _ = writeln!(s, "{pad}}}");
            }
            _ => {
                let _ = writeln!(s, "{pad}switch ({table}.apply().action_run) {{");
                for action in &actions {
                    let _ = writeln!(s, "{pad}    {action}: {{");
                    self.statements(s, Place::Apply, indent + 2, 2);
                    let _ = writeln!(s, "{pad}    }}");
                }
                let _ = writeln!(s, "{pad}}}");
            }
        }
    }

    fn header_statement(&mut self, s: &mut String, pad: &str, place: Place) {
        if place == Place::Function || self.headers.is_empty() {
            return;
        }
        let headers = self.headers.clone();
        let (header, ty) = self.c.pick(&headers).clone();
        match self.c.below(6) {
            0 | 1 => {
                let _ = writeln!(s, "{pad}{header}.setValid();");
            }
            2 => {
                let _ = writeln!(s, "{pad}{header}.setInvalid();");
            }
            3 => {
                let same: Vec<_> = headers.iter().filter(|(_, other)| *other == ty).collect();
                let (from, _) = *self.c.pick(&same);
                let _ = writeln!(s, "{pad}{header} = {from};");
            }
            4 if place != Place::Parser => {
                let method = if self.c.chance(8) { "push_front" } else { "pop_front" };
                let count = 1 + self.c.below(3);
                let _ = writeln!(s, "{pad}hdr.stack.{method}({count});");
            }
            _ => {
                let fields: Vec<String> =
                    self.types[ty].fields.clone().iter().map(|(_, ty)| self.expr(*ty, 1)).collect();
                let _ = writeln!(s, "{pad}{header} = {{ {} }};", fields.join(", "));
            }
        }
    }

    fn state_statement(&mut self, s: &mut String, pad: &str) {
        match self.c.below(3) {
            0 if !self.registers.is_empty() => {
                let registers = self.registers.clone();
                let (register, width) = self.c.pick(&registers).clone();
                let index = self.expr(Ty::Bit(32), 1);
                let value = self.expr(Ty::Bit(width), 2);
                let _ = writeln!(s, "{pad}{register}.write({index} & 7, {value});");
            }
            1 if !self.registers.is_empty() => {
                let registers = self.registers.clone();
                let (register, width) = self.c.pick(&registers).clone();
                let index = self.expr(Ty::Bit(32), 1);
                let name = self.fresh("v");
                let _ = writeln!(s, "{pad}bit<{width}> {name};\n{pad}{register}.read({name}, {index} & 7);");
                self.vars.push(Var { name, ty: Ty::Bit(width), writable: true });
            }
            2 if !self.counters.is_empty() => {
                let counters = self.counters.clone();
                let counter = self.c.pick(&counters).clone();
                let index = self.expr(Ty::Bit(32), 1);
                let _ = writeln!(s, "{pad}{counter}.count({index} & 7);");
            }
            _ => {
                let Some(target) = self.target_of(Ty::Bit(16)).or_else(|| self.target_of(Ty::Bit(32))) else {
                    return;
                };
                let data: Vec<String> = (0..1 + self.c.below(3))
                    .map(|_| {
                        let ty = Ty::Bit(*self.c.pick(&WIDTHS));
                        self.expr(ty, 1)
                    })
                    .collect();
                let algorithm = *self.c.pick(&["crc16", "crc32", "csum16", "xor16", "identity"]);
                let _ = writeln!(
                    s,
                    "{pad}hash({target}, HashAlgorithm.{algorithm}, 16w3, {{ {} }}, 32w1000);",
                    data.join(", ")
                );
            }
        }
    }

    fn call_function(&mut self, s: &mut String, pad: &str) {
        if self.functions.is_empty() {
            return self.assign(s, pad);
        }
        let functions = self.functions.clone();
        let (name, ret, params) = self.c.pick(&functions).clone();
        let (Some(result), Some(first)) = (self.target_of(ret), self.target_of(params[0])) else { return };
        let rest: Vec<String> = params[1..].iter().map(|ty| self.expr(*ty, 2)).collect();
        let args = std::iter::once(first).chain(rest).collect::<Vec<_>>().join(", ");
        let _ = writeln!(s, "{pad}{result} = {name}({args});");
    }

    // Variables.

    pub(super) fn readable(&mut self, fits: impl Fn(Ty) -> bool) -> Option<Var> {
        let all: Vec<Var> = self.vars.iter().filter(|var| fits(var.ty)).cloned().collect();
        (!all.is_empty()).then(|| self.c.pick(&all).clone())
    }

    fn writable(&mut self) -> Option<Var> {
        let all: Vec<Var> = self.vars.iter().filter(|var| var.writable).cloned().collect();
        (!all.is_empty()).then(|| self.c.pick(&all).clone())
    }

    fn target_of(&mut self, ty: Ty) -> Option<String> {
        let all: Vec<String> =
            self.vars.iter().filter(|var| var.writable && var.ty == ty).map(|var| var.name.clone()).collect();
        (!all.is_empty()).then(|| self.c.pick(&all).clone())
    }
}
