//! Tables and what is done with them.

use super::controls::{Action, Fixed, Table};
use super::generate::{Generator, Place};
use super::twin::Kind;
use super::types::{ERRORS, MEMBERS, Ty};
use std::fmt::Write;

/// The keys of an entry, the place of its action in the list, and the call.
type Entry = (Vec<String>, usize, String);

struct Key {
    ty: Ty,
    kind: &'static str,
    text: String,
}

/// The call of an action that only notes what is to be done.
fn noted(recorded: &[(u32, usize, Option<String>)], at: usize, call: &str) -> Option<String> {
    recorded.iter().find(|(_, place, call)| *place == at && call.is_some())?;
    let (name, args) = call.split_once('(')?;
    Some(format!("{name}_rec({args}"))
}

/// Of an lpm key, as it is written.
fn prefix_length(key: &str, width: u32) -> u32 {
    match key.split_once(" &&& ") {
        _ if key == "_" => 0,
        Some((_, mask)) => match mask.split_once("((1 << ") {
            Some((_, rest)) => rest.split_once(')').and_then(|(length, _)| length.parse().ok()).unwrap_or(0),
            None => 0,
        },
        None => width,
    }
}

impl Generator<'_, '_> {
    pub(super) fn table(&mut self, s: &mut String) {
        let name = self.fresh("t");
        let direct = self.direct_objects(s);
        self.applying = true;
        let (mut keys, mut exits) = self.exiting(Self::keys);
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
        exits |= listed.iter().any(|(action, _)| action.exits);
        let recorded = self.recorded(&listed, direct.1.as_ref());
        let list: Vec<String> = listed
            .iter()
            .map(|(action, args)| match args.as_str() {
                _ if recorded.iter().any(|(of, _, call)| *of == action.record && call.is_some()) => {
                    format!("{}_rec;", action.name)
                }
                "" => format!("{};", action.name),
                _ => format!("{}({args});", action.name),
            })
            .collect();
        let _ = writeln!(s, "        actions = {{ {} NoAction; }}", list.join(" "));
        let constant = self.c.chance(6);
        let word = if constant { "const " } else { "" };
        let (at, plain, default) = self.entry_call(&listed);
        let _ = match noted(&recorded, at, &plain) {
            Some(call) => writeln!(s, "        {word}default_action = {call};"),
            None => writeln!(s, "        {word}default_action = {default};"),
        };
        let default = (at, default);
        let mut fixed = None;
        if self.c.chance(2) {
            let _ = writeln!(s, "        size = {};", 6 + self.c.below(3));
        }
        s.push_str(&direct.0);
        match profile {
            Some(profile) => {
                let _ = writeln!(s, "        implementation = {profile};");
            }
            None if !keys.is_empty() && self.c.chance(12) => {
                let entries = self.entries(s, &keys, &listed, &recorded);
                fixed = entries.filter(|_| constant && direct.0.is_empty()).map(|entries| Fixed {
                    keys: keys.iter().map(|key| (key.text.clone(), key.ty.text())).collect(),
                    entries,
                    default,
                });
            }
            None => {}
        }
        s.push_str("    }\n");
        let mut names: Vec<String> = listed.into_iter().map(|(action, _)| action.name).collect();
        names.push("NoAction".to_owned());
        self.tables.push(Table { name, actions: names, fixed, recorded, exits });
    }

    /// What the twin notes of each action, in the order of the list, with what is done then.
    fn recorded(
        &self,
        listed: &[(Action, String)],
        own: Option<&Action>,
    ) -> Vec<(u32, usize, Option<String>)> {
        if !self.recording || !self.otherwise(Kind::Tables) {
            return vec![];
        }
        let one = |(at, (action, args)): (usize, &(Action, String))| {
            let data = (0..action.data.len()).map(|data| format!("{}_r{data}", action.name));
            let bound = if args.is_empty() { None } else { Some(args.clone()) };
            let all: Vec<String> = bound.into_iter().chain(data).collect();
            let call = format!("{}({})", action.name, all.join(", "));
            (action.record, at, own.is_none_or(|own| own.name != action.name).then_some(call))
        };
        listed.iter().enumerate().map(one).collect()
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
            let kind = *self.c.pick(&["packets_and_bytes", "packets", "bytes"]);
            let _ = writeln!(s, "    direct_counter(CounterType.{kind}) {counter};");
            let _ = writeln!(properties, "        counters = {counter};");
            let _ = writeln!(body, "        {counter}.count();");
        }
        if !self.unordered
            && self.c.chance(4)
            && let Some(target) = self.writable(|ty| matches!(ty, Ty::Bit(width) if width > 1))
        {
            let meter = self.fresh("dm");
            let kind = *self.c.pick(&["bytes", "packets"]);
            let width = target.ty.width();
            let _ = writeln!(s, "    direct_meter<bit<{width}>>(MeterType.{kind}) {meter};");
            let _ = writeln!(properties, "        meters = {meter};");
            let _ = writeln!(body, "        {meter}.read({});", target.name);
        }
        if body.is_empty() {
            return (properties, None);
        }
        let name = self.fresh("own");
        let record = self.fresh;
        if self.recording && self.otherwise(Kind::Tables) {
            let _ = writeln!(body, "        run_rec = {record};");
        }
        let _ = writeln!(s, "    action {name}() {{\n{body}");
        let ((), exits) = self.exiting(|g| g.statements(s, Place::Action, 2, 2));
        s.push_str("    }\n");
        (properties, Some(Action { name, directed: vec![], data: vec![], names: vec![], exits, record }))
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
            let all = ["crc16", "crc32", "identity", "csum16", "random"];
            let algorithm = *self.c.pick(if self.unordered { &all[..4] } else { &all });
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
                Ty::Int(1) | Ty::Nil => Ty::Bit(1),
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

    /// What was written, in its order, where it is that order that counts.
    fn entries(
        &mut self,
        s: &mut String,
        keys: &[Key],
        listed: &[(Action, String)],
        recorded: &[(u32, usize, Option<String>)],
    ) -> Option<Vec<Entry>> {
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
        let (mut seen, mut all) = (vec![], vec![]);
        for _ in 0..1 + self.c.below(4) {
            let set: Vec<String> = keys.iter().map(|key| self.key(key.ty, key.kind)).collect();
            if seen.contains(&set) {
                continue;
            }
            let (action, call, bound) = self.entry_call(listed);
            // Those that say nothing go on from the one before, which may not lead below zero.
            let rank = match ranked && (seen.is_empty() || self.c.chance(8)) {
                true => format!("priority = {}: ", 20 + self.c.below(6)),
                false => String::new(),
            };
            let call = noted(recorded, action, &call).unwrap_or(call);
            let fixed = if word == "entries" && self.c.chance(4) { "const " } else { "" };
            let _ = writeln!(s, "            {fixed}{rank}({}): {call};", set.join(", "));
            all.push((set.clone(), action, bound));
            seen.push(set);
        }
        s.push_str("        }\n");
        let ordered = keys.iter().any(|key| matches!(key.kind, "ternary" | "range" | "optional"));
        let sorted = !ordered && keys.iter().any(|key| key.kind == "lpm");
        let odd =
            |(set, ..): &Entry| keys.iter().zip(set).any(|(key, set)| key.kind == "exact" && set == "_");
        if let Some(at) = keys.iter().position(|key| key.kind == "lpm").filter(|_| sorted) {
            // The longest prefix is the one.
            let width = keys[at].ty.width();
            all.sort_by_key(|(set, ..)| std::cmp::Reverse(prefix_length(&set[at], width)));
        }
        (word == "const entries" && !all.iter().any(odd)).then_some(all)
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

    /// The place of an action in the list; its call with the arguments of an entry, and with all of them.
    fn entry_call(&mut self, listed: &[(Action, String)]) -> (usize, String, String) {
        if listed.is_empty() || self.c.chance(3) {
            return (listed.len(), "NoAction()".to_owned(), "NoAction()".to_owned());
        }
        let at = self.c.below(listed.len());
        let (action, args) = &listed[at];
        let data: Vec<String> = action.data.iter().map(|ty| self.literal(*ty)).collect();
        let bound = if args.is_empty() { None } else { Some(args.clone()) };
        let whole: Vec<String> = bound.into_iter().chain(data.iter().cloned()).collect();
        let call = |args: &[String]| format!("{}({})", action.name, args.join(", "));
        (at, call(&data), call(&whole))
    }

    pub(super) fn apply_table(&mut self, s: &mut String, indent: usize) {
        let pad = "    ".repeat(indent);
        if self.tables.is_empty() || (self.in_loop && !self.c.chance(4)) {
            return self.assign(s, &pad);
        }
        let tables = self.tables.clone();
        let table = self.c.pick(&tables).clone();
        self.exits |= table.exits;
        match self.c.below(4) {
            0 => self.apply_alone(s, &pad, &table),
            1 => {
                let what = if self.c.chance(8) { "miss" } else { "hit" };
                let mut body = String::new();
                self.statements(&mut body, Place::Apply, indent + 1, 2);
                self.apply_in_condition(s, &pad, &table, None, what, &body);
            }
            2 => {
                let left = self.expr(Ty::Bool, 1);
                let op = *self.c.pick(&["&&", "||"]);
                let mut body = String::new();
                self.statements(&mut body, Place::Apply, indent + 1, 2);
                self.apply_in_condition(s, &pad, &table, Some((left, op)), "hit", &body);
            }
            _ => {
                let (mut cases, mut labels) = (vec![], vec![]);
                let actions = &table.actions[..table.actions.len() - 1];
                for action in actions {
                    let through = self.c.chance(3);
                    if !through && self.c.chance(2) {
                        continue;
                    }
                    labels.push(action.clone());
                    if through {
                        continue;
                    }
                    let mut body = String::new();
                    self.statements(&mut body, Place::Apply, indent + 2, 2);
                    cases.push((std::mem::take(&mut labels), body));
                }
                let mut body = String::new();
                self.statements(&mut body, Place::Apply, indent + 2, 2);
                cases.push((labels, body));
                self.apply_and_switch(s, &pad, &table, cases);
            }
        }
    }
}
