//! Tables and what is done with them.

use super::controls::{Action, Table};
use super::generate::{Generator, Place};
use super::types::{ERRORS, MEMBERS, Ty};
use std::fmt::Write;

struct Key {
    ty: Ty,
    kind: &'static str,
    text: String,
}

impl Generator<'_, '_> {
    pub(super) fn table(&mut self, s: &mut String) {
        let name = self.fresh("t");
        let direct = self.direct_objects(s);
        self.applying = true;
        let mut keys = self.keys();
        self.applying = false;
        let profile = if keys.is_empty() { None } else { self.profile(s, &mut keys) };
        let mut actions = self.actions.clone();
        if let Some(own) = &direct.1 {
            actions.push(own.clone());
        }
        // The control plane writes arguments; those with a direction are the same in the list and in the default.
        let mut listed: Vec<(Action, String)> = vec![];
        for action in actions {
            let Some(args) = self.arguments(&action.directed) else { continue };
            listed.push((action, args.join(", ")));
        }
        let _ = writeln!(s, "    table {name} {{");
        if !keys.is_empty() {
            let one = |(at, key): (usize, &Key)| format!("{}: {} @name(\"k{at}\");", key.text, key.kind);
            let list: Vec<String> = keys.iter().enumerate().map(one).collect();
            let _ = writeln!(s, "        key = {{ {} }}", list.join(" "));
        }
        let list: Vec<String> = listed
            .iter()
            .map(|(action, args)| {
                if args.is_empty() {
                    format!("{};", action.name)
                } else {
                    format!("{}({args});", action.name)
                }
            })
            .collect();
        let _ = writeln!(s, "        actions = {{ {} NoAction; }}", list.join(" "));
        let fixed = if self.c.chance(2) { "const " } else { "" };
        let _ = writeln!(s, "        {fixed}default_action = {};", self.action_call(&listed, true));
        if self.c.chance(2) {
            let _ = writeln!(s, "        size = {};", 6 + self.c.below(3));
        }
        s.push_str(&direct.0);
        match profile {
            Some(profile) => {
                let _ = writeln!(s, "        implementation = {profile};");
            }
            None if !keys.is_empty() && self.c.chance(12) => self.entries(s, &keys, &listed),
            None => {}
        }
        s.push_str("    }\n");
        let names = listed.into_iter().map(|(action, _)| action.name).collect();
        self.tables.push(Table { name, actions: names });
    }

    /// The properties that name a direct counter or meter, and the action that uses it.
    fn direct_objects(&mut self, s: &mut String) -> (String, Option<Action>) {
        let mut properties = String::new();
        let mut body = String::new();
        if self.c.chance(6) {
            properties.push_str("        support_timeout = true;\n");
        }
        if self.c.chance(4) {
            let counter = self.fresh("dc");
            let _ = writeln!(s, "    direct_counter(CounterType.packets_and_bytes) {counter};");
            let _ = writeln!(properties, "        counters = {counter};");
            let _ = writeln!(body, "        {counter}.count();");
        }
        if self.c.chance(4)
            && let Some(target) = self.writable(|ty| matches!(ty, Ty::Bit(width) if width > 1))
        {
            let meter = self.fresh("dm");
            let width = target.ty.width();
            let _ = writeln!(s, "    direct_meter<bit<{width}>>(MeterType.bytes) {meter};");
            let _ = writeln!(properties, "        meters = {meter};");
            let _ = writeln!(body, "        {meter}.read({});", target.name);
        }
        if body.is_empty() {
            return (properties, None);
        }
        let name = self.fresh("own");
        let _ = writeln!(s, "    action {name}() {{\n{body}");
        self.statements(s, Place::Action, 2, 2);
        s.push_str("    }\n");
        (properties, Some(Action { name, directed: vec![], data: vec![] }))
    }

    /// What a table's `implementation` is, for some; a selector gets its keys.
    fn profile(&mut self, s: &mut String, keys: &mut Vec<Key>) -> Option<String> {
        if !self.c.chance(4) {
            return None;
        }
        if self.c.chance(8) {
            for _ in 0..1 + self.c.below(2) {
                let ty = Ty::Bit(*self.c.pick(&[8, 16, 33]));
                keys.push(Key { ty, kind: "selector", text: self.expr(ty, 1) });
            }
            let algorithm = *self.c.pick(&["crc16", "crc32", "identity", "csum16"]);
            let width = self.c.pick(&[16, 8, 3, 64]);
            return Some(format!("action_selector(HashAlgorithm.{algorithm}, 8, {width})"));
        }
        let known = self.profiles.clone();
        match self.c.below(3) {
            0 => Some("action_profile(4)".to_owned()),
            1 if !known.is_empty() => Some(self.c.pick(&known).clone()),
            _ => {
                let name = self.fresh("ap");
                let _ = writeln!(s, "    action_profile(6) {name};");
                self.profiles.push(name.clone());
                Some(name)
            }
        }
    }

    fn keys(&mut self) -> Vec<Key> {
        let mut keys: Vec<Key> = vec![];
        for _ in 0..self.c.below(4) {
            let ty = match self.ty() {
                Ty::Int(1) => Ty::Bit(1),
                ty => ty,
            };
            let lpm = keys.iter().any(|key| key.kind == "lpm");
            let kind = match (self.c.below(6), ty) {
                (0 | 1, _) | (_, Ty::Bool | Ty::Enum | Ty::Error | Ty::New(_)) => "exact",
                (2, Ty::Bit(_)) if !lpm => "lpm",
                (3, Ty::Bit(width) | Ty::Int(width)) if width <= 64 => "range",
                (4, Ty::Bit(_)) => "optional",
                _ => "ternary",
            };
            let text = match self.readable(|other| other == ty) {
                Some(var) if self.c.chance(12) => var.name,
                _ => self.expr(ty, 2),
            };
            keys.push(Key { ty, kind, text });
        }
        keys
    }

    fn entries(&mut self, s: &mut String, keys: &[Key], listed: &[(Action, String)]) {
        let word = if self.c.chance(6) { "entries" } else { "const entries" };
        let ranked = word == "entries"
            && keys.iter().any(|key| matches!(key.kind, "ternary" | "range" | "optional"))
            && self.c.chance(8);
        let least = ranked && self.c.chance(8);
        if least {
            s.push_str("        largest_priority_wins = false;\n");
        }
        if ranked && self.c.chance(8) {
            let _ = writeln!(s, "        priority_delta = {};", 1 + self.c.below(4));
        }
        let _ = writeln!(s, "        {word} = {{");
        let mut seen = vec![];
        for _ in 0..1 + self.c.below(4) {
            let set: Vec<String> = keys.iter().map(|key| self.key(key.ty, key.kind)).collect();
            if seen.contains(&set) {
                continue;
            }
            let call = self.action_call(listed, false);
            // Those that say nothing go on from the one before, which may not lead below zero.
            let rank = match ranked && (seen.is_empty() || self.c.chance(8)) {
                true => format!("priority = {}: ", 20 + self.c.below(6)),
                false => String::new(),
            };
            let fixed = if word == "entries" && self.c.chance(4) { "const " } else { "" };
            let _ = writeln!(s, "            {fixed}{rank}({}): {call};", set.join(", "));
            seen.push(set);
        }
        s.push_str("        }\n");
    }

    /// One way to write each value: equal keys are equal texts.
    fn key(&mut self, ty: Ty, kind: &str) -> String {
        match (kind, ty) {
            ("lpm" | "ternary" | "range" | "exact", _) if self.c.chance(1) => "_".to_owned(),
            ("lpm" | "ternary", Ty::Bit(width)) if self.c.chance(1) => {
                format!("{width}w{}", self.digits(width))
            }
            ("lpm", _) => {
                let width = ty.width();
                let length = self.c.below(width as usize + 1) as u32;
                let ones = if length == 0 {
                    "0".to_owned()
                } else {
                    format!("((1 << {length}) - 1) << {}", width - length)
                };
                format!("{} &&& (bit<{width}>)({ones})", self.literal(ty))
            }
            ("ternary", Ty::Ser) => format!("(Ser)8w{}", self.digits(8)),
            ("ternary", _) => format!("{} &&& {}", self.literal(ty), self.literal(ty)),
            ("range", Ty::Int(width)) => {
                let (lo, hi) = (self.digits(width - 1), self.digits(width - 1));
                format!("-{width}s{lo} .. {width}s{hi}")
            }
            ("range", _) => format!("{} .. {}", self.small(ty), self.big(ty)),
            ("optional", _) if self.c.chance(4) => "_".to_owned(),
            (_, Ty::Bool) => if self.c.chance(8) { "true" } else { "false" }.to_owned(),
            (_, Ty::Enum) => (*self.c.pick(&MEMBERS)).to_owned(),
            (_, Ty::Error) => (*self.c.pick(&ERRORS)).to_owned(),
            (_, Ty::Ser) => format!("(Ser)8w{}", self.digits(8)),
            (_, Ty::New(width)) => format!("(N{width}){width}w{}", self.digits(width)),
            (_, Ty::Int(width)) => format!("{width}s{}", self.digits(width - 1)),
            _ => format!("{}w{}", ty.width(), self.digits(ty.width())),
        }
    }

    fn action_call(&mut self, listed: &[(Action, String)], bound: bool) -> String {
        if listed.is_empty() || self.c.chance(3) {
            return "NoAction()".to_owned();
        }
        let (action, args) = self.c.pick(listed).clone();
        let mut all = if bound && !args.is_empty() { vec![args] } else { vec![] };
        all.extend(action.data.iter().map(|ty| self.literal(*ty)));
        format!("{}({})", action.name, all.join(", "))
    }

    pub(super) fn apply_table(&mut self, s: &mut String, indent: usize) {
        let pad = "    ".repeat(indent);
        if self.tables.is_empty() || (self.in_loop && !self.c.chance(2)) {
            return self.assign(s, &pad);
        }
        let tables = self.tables.clone();
        let table = self.c.pick(&tables).clone();
        let name = &table.name;
        match self.c.below(4) {
            0 => {
                let _ = writeln!(s, "{pad}{name}.apply();");
            }
            1 => {
                let what = if self.c.chance(8) { "miss" } else { "hit" };
                let _ = writeln!(s, "{pad}if ({name}.apply().{what}) {{");
                self.statements(s, Place::Apply, indent + 1, 2);
                let _ = writeln!(s, "{pad}}}");
            }
            2 => {
                let left = self.expr(Ty::Bool, 1);
                let op = *self.c.pick(&["&&", "||"]);
                let _ = writeln!(s, "{pad}if ({left} {op} {name}.apply().hit) {{");
                self.statements(s, Place::Apply, indent + 1, 2);
                let _ = writeln!(s, "{pad}}}");
            }
            _ => {
                let _ = writeln!(s, "{pad}switch ({name}.apply().action_run) {{");
                for action in &table.actions {
                    if self.c.chance(3) {
                        let _ = writeln!(s, "{pad}    {action}:");
                        continue;
                    }
                    if self.c.chance(2) {
                        continue;
                    }
                    let _ = writeln!(s, "{pad}    {action}: {{");
                    self.statements(s, Place::Apply, indent + 2, 2);
                    let _ = writeln!(s, "{pad}    }}");
                }
                let _ = writeln!(s, "{pad}    default: {{");
                self.statements(s, Place::Apply, indent + 2, 2);
                let _ = writeln!(s, "{pad}    }}\n{pad}}}");
            }
        }
    }
}
