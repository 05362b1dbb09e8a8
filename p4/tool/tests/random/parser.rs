//! Parsers.

use super::generate::{Direction, Generator, Place};
use super::twin::Kind;
use super::types::{Any, Ty, WIDTHS};
use std::fmt::Write;

impl Generator<'_, '_> {
    pub(super) fn parsers(&mut self, s: &mut String) {
        let sub = self.c.chance(8);
        if sub {
            self.sub_parser(s);
        }
        s.push_str(
            "parser Parser_(packet_in packet, out Headers hdr, inout Meta meta, inout standard_metadata_t sm) {\n",
        );
        let mark = self.scope_of_all();
        if sub {
            s.push_str("    Sub_(8w3, true) sub0;\n    Sub_(twice = false, k = 8w1) sub1;\n");
        }
        s.push_str("    Peek_() peek;\n");
        let sets = self.c.below(3);
        let mut value_sets = vec![];
        for at in 0..sets {
            let ty = match self.c.below(8) {
                0 => Ty::Int(8),
                1 => Ty::Ser,
                _ => Ty::Bit(*self.c.pick(&WIDTHS)),
            };
            let _ = writeln!(s, "    value_set<{}>(4) vs{at};", ty.text());
            value_sets.push((format!("vs{at}"), ty));
        }
        s.push_str("    value_set<Many>(4) many;\n");
        for _ in 0..self.c.below(3) {
            self.local(s, 1);
        }
        let count = self.headers.len() + 2 + self.c.below(3);
        for at in 0..count {
            let name = if at == 0 { "start".to_owned() } else { format!("s{at}") };
            let _ = writeln!(s, "    state {name} {{");
            let inside = self.mark();
            if !self.refusing {
                self.take(s, at, sub);
                self.statements(s, Place::Parser, 2, 3);
            } else if at + 1 < self.headers.len() {
                let _ = writeln!(s, "        packet.extract(hdr.a{at});");
            }
            let more = self.transition(s, at, count, &value_sets);
            self.back_to(inside);
            s.push_str("    }\n");
            s.push_str(&more);
        }
        if self.refusing {
            s.push_str("    state stack { transition accept; }\n}\n");
            return self.back_to(mark);
        }
        s.push_str("    state stack {\n        packet.extract(hdr.stack.next);\n");
        let (field, ty) = self.headers[1].fields[0].clone();
        let value = match ty {
            Any::Scalar(ty) => self.literal(ty),
            _ => unreachable!("fields of headers are scalars"),
        };
        let _ = writeln!(
            s,
            "        transition select(hdr.stack.last.{field}) {{\n            {value}: stack;\n            default: accept;\n        }}\n    }}\n}}"
        );
        self.back_to(mark);
    }

    /// `hdr`, `meta` and `sm`, writable.
    pub(super) fn scope_of_all(&mut self) -> super::types::Mark {
        let mark = self.mark();
        self.bring_constants();
        self.bring_headers(true);
        self.bring_meta();
        self.bring_standard();
        mark
    }

    fn sub_parser(&mut self, s: &mut String) {
        s.push_str("parser Sub_(packet_in packet, inout Headers hdr, out bit<8> x, inout bit<16> y)(bit<8> k, bool twice) {\n");
        let mark = self.mark();
        self.bring_headers(true);
        self.bring("x", Any::Scalar(Ty::Bit(8)), true);
        self.bring("y", Any::Scalar(Ty::Bit(16)), true);
        self.bring_known("k", Ty::Bit(8));
        self.bring_known("twice", Ty::Bool);
        self.local(s, 1);
        s.push_str("    bit<8> turns = 0;\n    state start {\n        turns = turns + 1;\n");
        self.extract(s);
        self.statements(s, Place::Parser, 2, 2);
        let error = *self.c.pick(&super::types::ERRORS[1..]);
        let cond = self.expr(Ty::Bool, 2);
        if self.c.chance(6) {
            let _ = writeln!(s, "        verify({cond}, {error});");
        }
        s.push_str(
            "        transition select(twice, turns) {\n            (true, 1): start;\n            (_, 0 .. 2): more;\n            default: accept;\n        }\n    }\n    state more {\n",
        );
        self.statements(s, Place::Parser, 2, 2);
        s.push_str("        transition accept;\n    }\n}\n");
        self.back_to(mark);
    }

    /// What a state takes from the packet.
    fn take(&mut self, s: &mut String, at: usize, sub: bool) {
        if at + 1 < self.headers.len() {
            let ty = self.headers[at].name.clone();
            self.extract_into(s, &ty, &format!("hdr.a{at}"), None);
        } else if at + 1 == self.headers.len() {
            self.extract_varbit(s, &format!("hdr.a{at}"));
        } else {
            self.extract(s);
        }
        for _ in 0..if sub { self.c.below(6).saturating_sub(3) } else { 0 } {
            let args = (self.argument(Direction::Out, Any::Scalar(Ty::Bit(8))), self.target_of(Ty::Bit(16)));
            if let (Some(x), Some(y)) = args {
                let _ = writeln!(s, "        sub{}.apply(packet, hdr, {x}, {y});", self.c.below(2));
            }
        }
        if self.c.chance(2)
            && let Some(x) = self.argument(Direction::Out, Any::Scalar(Ty::Bit(8)))
        {
            // The same states, as those of an instance.
            let peek = if self.otherwise(Kind::Parsing) { "peek" } else { "Peek_" };
            let _ = writeln!(s, "        {peek}.apply(packet, hdr, {x});");
        }
        self.look(s);
        if self.c.chance(2) {
            let by = match self.c.below(3) {
                0 => "8".to_owned(),
                1 => "(32w1 << 4)".to_owned(),
                _ => format!("((bit<32>)({}) << 3)", self.expr(Ty::Bit(2), 1)),
            };
            let _ = writeln!(s, "        packet.advance({by});");
        }
        if self.c.chance(2) {
            let error = *self.c.pick(&super::types::ERRORS);
            let cond = self.expr(Ty::Bool, 2);
            let args = vec![
                ("check", Some((Direction::In, Any::Scalar(Ty::Bool))), cond),
                ("toSignal", None, error.to_owned()),
            ];
            self.call_extern(s, "        ", "verify", args);
        }
    }

    fn look(&mut self, s: &mut String) {
        if !self.c.chance(4) {
            return;
        }
        if self.c.chance(6) {
            if let Some(header) = self.header(None, true)
                && !self.headers[header.of].varbit
            {
                let ty = self.type_text(Any::Header(header.of));
                let _ = writeln!(s, "        {} = packet.lookahead<{ty}>();", header.name);
            }
            return;
        }
        if self.c.chance(6) {
            let (ty, of) = *self.c.pick(&[
                (Ty::Bit(4), "lookahead<Wire>().p"),
                (Ty::Int(12), "lookahead<Wire>().q"),
                (Ty::Bool, "lookahead<bool>()"),
                (Ty::Ser, "lookahead<Ser>()"),
                (Ty::Bit(32), "length()"),
            ]);
            if let Some(target) = self.target_of(ty) {
                let _ = writeln!(s, "        {target} = packet.{of};");
            }
            return;
        }
        let width = 1 + self.c.below(70) as u32;
        let target = self.writable(|ty| matches!(ty, Ty::Bit(_)));
        if let Some(target) = target {
            let wide = target.ty.width();
            let _ = writeln!(s, "        {} = (bit<{wide}>)packet.lookahead<bit<{width}>>();", target.name);
        }
    }

    fn extract(&mut self, s: &mut String) {
        match self.c.below(10) {
            0 => s.push_str("        packet.extract(hdr.stack.next);\n"),
            1 => s.push_str("        packet.extract(hdr.us.next.b);\n"),
            8 => s.push_str("        packet.extract(hdr.us.next.a);\n"),
            2 if self.otherwise(Kind::Parsing) => {
                s.push_str(
                    "        {\n            h0_t skipped;\n            packet.extract(skipped);\n        }\n",
                );
            }
            2 => {
                s.push_str("        packet.extract<h0_t>(_);\n");
            }
            _ => {
                let Some(header) = self.header(None, true) else { return };
                if self.headers[header.of].varbit {
                    self.extract_varbit(s, &header.name);
                } else {
                    let ty = self.headers[header.of].name.clone();
                    self.extract_into(s, &ty, &header.name, None);
                }
            }
        }
    }

    fn extract_varbit(&mut self, s: &mut String, header: &str) {
        let length = match self.c.below(4) {
            0 => "16".to_owned(),
            1 => "(bit<32>)(packet.lookahead<bit<8>>()[2:0] ++ 3w0)".to_owned(),
            2 => format!("(bit<32>)({}) << 3", self.expr(Ty::Bit(3), 1)),
            _ => format!("(bit<32>)({})", self.expr(Ty::Bit(7), 1)),
        };
        self.extract_into(s, "vb_t", header, Some(&length));
    }

    /// A twin takes it somewhere else first, or looks and then moves on: where the packet is too short, the header stays as it
    /// was.
    fn extract_into(&mut self, s: &mut String, ty: &str, header: &str, length: Option<&str>) {
        // Where an index is no number, it may be that of no element.
        let somewhere = header.split('[').skip(1).any(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
        if !self.otherwise(Kind::Parsing) || somewhere {
            let more = length.map(|length| format!(", {length}")).unwrap_or_default();
            let _ = writeln!(s, "        packet.extract({header}{more});");
            return;
        }
        let (name, bits) = (self.another_name(), self.another_name());
        let _ = match length {
            Some(length) => writeln!(
                s,
                "        {ty} {name};\n        bit<32> {bits} = {length};\n        packet.extract({name}, {bits});\n        {header} = {name};"
            ),
            None if s.len().is_multiple_of(2) => writeln!(
                s,
                "        {ty} {name};\n        packet.extract({name});\n        {header} = {name};"
            ),
            None => writeln!(
                s,
                "        {header} = packet.lookahead<{ty}>();\n        packet.advance((bit<32>){header}.minSizeInBits());"
            ),
        };
    }

    /// With the states that a twin needs for it.
    fn transition(&mut self, s: &mut String, at: usize, count: usize, sets: &[(String, Ty)]) -> String {
        let plain = self.c.below(8);
        if plain < 2 {
            let to = if plain == 0 { self.state(at, count, 0) } else { "accept".to_owned() };
            let _ = writeln!(s, "        transition {to};");
            return String::new();
        }
        if plain == 2 && !sets.is_empty() {
            let (set, ty) = self.c.pick(sets).clone();
            let (one, two) = (self.state(at, count, 1), self.state(at, count, 0));
            if self.c.chance(3) {
                let on = [8, 16, 9].map(|width| self.expr(Ty::Bit(width), 1)).join(", ");
                let (yes, no, more) = self.on_the_way(&one, &two);
                let _ = writeln!(
                    s,
                    "        transition select({on}) {{\n            many: {yes};\n            default: {no};\n        }}"
                );
                return more;
            }
            let on = self.expr(ty, 1);
            let key = self.select_key(ty);
            let (yes, no, more) = self.on_the_way(&one, &two);
            let _ = match self.otherwise(Kind::Parsing) {
                true => {
                    let held = self.another_name();
                    writeln!(
                        s,
                        "        {} {held} = {on};\n        transition select({held}, {}) {{\n            ({set}, false): {yes};\n            default: {no};\n        }}",
                        ty.text(),
                        super::cases::matches(&held, &key)
                    )
                }
                false => writeln!(
                    s,
                    "        transition select({on}) {{\n            {key}: {two};\n            {set}: {one};\n            default: {two};\n        }}"
                ),
            };
            return more;
        }
        let mut on = vec![];
        for _ in 0..1 + self.c.below(3) {
            let ty = match self.ty() {
                Ty::Error | Ty::New(_) | Ty::Nil => Ty::Bool,
                ty => ty,
            };
            let text = match self.readable(|other| other == ty) {
                Some(var) if self.c.chance(12) => var.name,
                _ => self.expr(ty, 2),
            };
            on.push((text, ty));
        }
        let mut cases = vec![];
        for step in 0..1 + self.c.below(3) {
            let keys: Vec<String> = on.iter().map(|(_, ty)| self.select_key(*ty)).collect();
            let to = match self.c.below(5) {
                0 => "accept".to_owned(),
                1 if self.c.chance(4) => "reject".to_owned(),
                _ => self.state(at, count, step),
            };
            cases.push((keys, to));
        }
        let default = if self.c.chance(12) { Some(self.state(at, count, 0)) } else { None };
        self.select(s, &on, &cases, default.as_deref());
        String::new()
    }

    /// The states themselves, or those of a twin that lead to them.
    fn on_the_way(&mut self, one: &str, two: &str) -> (String, String, String) {
        if !self.otherwise(Kind::Parsing) {
            return (one.to_owned(), two.to_owned(), String::new());
        }
        let (yes, no) = (self.another_name(), self.another_name());
        let more = format!(
            "    state {yes} {{\n        transition {one};\n    }}\n    state {no} {{\n        transition {two};\n    }}\n"
        );
        (yes, no, more)
    }

    fn state(&mut self, at: usize, count: usize, step: usize) -> String {
        if at > 0 && self.c.chance(1) {
            return format!("s{at}");
        }
        let to = at + 1 + step;
        if to >= count { "stack".to_owned() } else { format!("s{to}") }
    }

    fn select_key(&mut self, ty: Ty) -> String {
        match (self.c.below(6), ty) {
            (0, _) => "_".to_owned(),
            (1, Ty::Bit(_)) => format!("{} &&& {}", self.literal(ty), self.literal(ty)),
            (2, Ty::Bit(_)) => format!("{} .. {}", self.small(ty), self.literal(ty)),
            (3, Ty::Bit(_)) => self.small(ty),
            (4, Ty::Int(width)) => {
                format!("-{width}s{} .. {width}s{}", self.digits(width - 1), self.digits(width - 1))
            }
            // Not known before a packet is there.
            (5, Ty::Bit(_) | Ty::Int(_)) if self.c.chance(4) => {
                self.unknown(|other| other == ty).unwrap_or_else(|| self.literal(ty))
            }
            _ => self.literal(ty),
        }
    }
}
