//! Functions, actions and controls.

use super::aggregates::Params;
use super::expressions::said;
use super::generate::{Direction, Function, Generator, Place};
use super::twin::Kind;
use super::types::{Any, Ty, WIDTHS};
use std::fmt::Write;

/// Parameters with a direction come first.
#[derive(Debug, Clone)]
pub struct Action {
    pub name: String,
    pub directed: Vec<(Direction, Any)>,
    pub data: Vec<Ty>,
    /// Of both.
    pub names: Vec<String>,
    pub exits: bool,
    /// What the twin notes where a table runs it.
    pub record: u32,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    pub actions: Vec<String>,
    /// What it does, where nobody can change that.
    pub fixed: Option<Fixed>,
    /// Of each action what the twin notes, its place in the list and the call, where it does anything.
    pub recorded: Vec<(u32, usize, Option<String>)>,
    pub exits: bool,
}

/// A table as a list of cases, of which the first that matches is the one.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// As text, with its type.
    pub keys: Vec<(String, String)>,
    /// The keys of each entry, the place of its action in the list and the call.
    pub entries: Vec<(Vec<String>, usize, String)>,
    pub default: (usize, String),
}

#[derive(Debug, Clone)]
pub struct SubControl {
    pub name: String,
    /// Takes `meta` and `sm` too.
    pub all: bool,
    pub params: Vec<(Direction, Any)>,
    pub exits: bool,
}

const SIGNATURE: &str = "(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) {\n";

impl Generator<'_, '_> {
    pub(super) fn function(&mut self, s: &mut String) {
        let ret = self.ty();
        self.nothing_in_scope();
        self.bring_constants();
        self.applying = false;
        let fresh = self.fresh("fn");
        let prefix = if self.c.chance(4) { format!("p{fresh}_") } else { "p".to_owned() };
        let Params { params, names, texts } = self.parameters(&prefix, 3);
        // An overload of one before, from which a call can tell it.
        let before: Vec<String> = self.functions.iter().map(|one| one.name.clone()).collect();
        let name = match self.c.chance(6) && !before.is_empty() {
            true => self.c.pick(&before).clone(),
            false => fresh.clone(),
        };
        let clash = |one: &Function| one.name == name && one.names == names;
        let name = if self.functions.iter().any(clash) { fresh } else { name };
        let _ = writeln!(s, "{} {name}({}) {{", ret.text(), texts.join(", "));
        self.ret = Some(ret);
        self.statements(s, Place::Function, 1, 4);
        self.ret = None;
        let value = self.expr(ret, 2);
        let _ = writeln!(s, "    return {value};\n}}");
        self.nothing_in_scope();
        self.functions.push(Function { name, ret, params, names });
    }

    pub(super) fn action(&mut self, s: &mut String) {
        let name = self.fresh("act");
        let mark = self.mark();
        let outside = self.vars.len();
        self.applying = false;
        let params =
            if self.c.chance(5) { self.parameters(&format!("{name}_d"), 2) } else { Params::default() };
        let (directed, mut names, mut list) = (params.params, params.names, params.texts);
        let data: Vec<Ty> = (0..self.c.below(3))
            .map(|_| self.ty())
            .map(|ty| if matches!(ty, Ty::Error | Ty::Enum) { Ty::Bit(8) } else { ty })
            .collect();
        for (at, ty) in data.iter().enumerate() {
            let shadow = if self.c.chance(2) { self.shadow(outside) } else { None };
            let param = shadow.unwrap_or(format!("{name}_{at}"));
            list.push(format!("{} {param}", ty.text()));
            self.bring(&param, Any::Scalar(*ty), false);
            names.push(param);
        }
        let _ = writeln!(s, "    action {name}({}) {{", list.join(", "));
        let ((), exits) = self.exiting(|g| g.statements(s, Place::Action, 2, 4));
        s.push_str("    }\n");
        self.back_to(mark);
        let record = self.fresh;
        if self.recording && self.otherwise(Kind::Tables) {
            let (mut params, mut body) = (vec![], String::new());
            for (at, ty) in data.iter().enumerate() {
                let _ = writeln!(s, "    {} {name}_r{at};", ty.text());
                params.push(format!("{} x{at}", ty.text()));
                let _ = write!(body, "{name}_r{at} = x{at}; ");
            }
            let _ =
                writeln!(s, "    action {name}_rec({}) {{ run_rec = {record}; {body}}}", params.join(", "));
        }
        self.actions.push(Action { name, directed, data, names, exits, record });
    }

    /// `name(args)` as a statement, where arguments can be had.
    pub(super) fn direct_call(&mut self, s: &mut String, pad: &str) {
        let actions = self.actions.clone();
        if actions.is_empty() {
            return;
        }
        let action = self.c.pick(&actions).clone();
        let Some(mut args) = self.arguments(&action.directed) else { return };
        args.extend(action.data.iter().map(|ty| self.expr(*ty, 2)));
        let data = action.data.iter().map(|ty| (Direction::In, Any::Scalar(*ty)));
        let params: Vec<_> = action.directed.iter().copied().chain(data).collect();
        let names = if self.c.chance(4) && !args.is_empty() { Some(&action.names) } else { None };
        if action.exits && !self.otherwise(Kind::Exits) {
            let _ = writeln!(s, "{pad}{}({});", action.name, said(&args, names));
        } else {
            self.call_statement(s, pad, (&action.name, names), &params, &args, None);
        }
        self.after(s, pad, action.exits);
    }

    pub(super) fn sub_control(&mut self, s: &mut String) {
        let name = self.fresh("Sub");
        let all = self.c.chance(8);
        self.nothing_in_scope();
        self.bring_constants();
        self.bring_headers(true);
        let mut texts = vec!["inout Headers hdr".to_owned()];
        if all {
            self.bring_meta();
            self.bring_standard();
            texts.push("inout Meta meta, inout standard_metadata_t sm".to_owned());
        }
        let Params { params, texts: more, .. } = self.parameters("q", 3);
        texts.extend(more);
        self.bring_known("k", Ty::Bit(8));
        self.bring_known("flag", Ty::Bool);
        if self.otherwise(Kind::Exits) {
            texts.push("inout bool gone".to_owned());
        }
        let _ = writeln!(s, "control {name}({})(bit<8> k, bool flag) {{", texts.join(", "));
        self.in_sub = true;
        let ((), exits) = self.exiting(|g| g.sub_control_body(s));
        self.in_sub = false;
        self.leave();
        self.subs.push(SubControl { name, all, params, exits });
    }

    fn sub_control_body(&mut self, s: &mut String) {
        self.locals_of_twin(s, false);
        if self.c.chance(4) {
            self.state_objects(s);
        }
        self.instances_of_subs(s, 1);
        for _ in 0..self.c.below(2) {
            self.local(s, 1);
        }
        for _ in 0..self.c.below(3) {
            self.action(s);
        }
        if self.c.chance(8) {
            self.table(s);
        }
        s.push_str("    apply {\n");
        self.statements(s, Place::Apply, 2, 5);
        s.push_str("    }\n}\n");
    }

    fn leave(&mut self) {
        self.nothing_in_scope();
        self.tables.clear();
        self.registers.clear();
        self.struct_registers.clear();
        self.typed_registers.clear();
        self.profiles.clear();
        self.counters.clear();
        self.meters.clear();
        self.instances.clear();
        self.objects.clear();
    }

    fn instances_of_subs(&mut self, s: &mut String, most: usize) {
        for of in 0..self.subs.len() {
            for _ in 0..self.c.below(most + 1) {
                let name = self.fresh("sub");
                let flag = if self.c.chance(8) { "true" } else { "false" };
                let _ = writeln!(s, "    {}(8w{}, {flag}) {name};", self.subs[of].name, self.c.below(4));
                self.instances.push((name, of));
            }
        }
    }

    pub(super) fn apply_sub(&mut self, s: &mut String, pad: &str) {
        let instances = self.instances.clone();
        if instances.is_empty() {
            return;
        }
        let (name, of) = self.c.pick(&instances).clone();
        let sub = self.subs[of].clone();
        if sub.all && !self.vars.iter().any(|var| var.name == "meta.idx") {
            return;
        }
        let Some(args) = self.arguments(&sub.params) else { return };
        let mut all = vec!["hdr".to_owned()];
        if sub.all {
            all.extend(["meta".to_owned(), "sm".to_owned()]);
        }
        self.apply_with_copies(s, pad, (&name, sub.exits), all, (&sub.params, &args));
        self.after(s, pad, sub.exits);
    }

    fn state_objects(&mut self, s: &mut String) {
        if self.c.chance(5) {
            self.own_object(s);
        }
        let index = self.index_width.map(|width| format!("bit<{width}>"));
        let more = index.as_ref().map(|index| format!(", {index}")).unwrap_or_default();
        let only = index.map(|index| format!("<{index}>")).unwrap_or_default();
        for _ in 0..self.c.below(2) {
            let name = self.fresh("c");
            let kind = *self.c.pick(&["packets_and_bytes", "packets", "bytes"]);
            let _ = writeln!(s, "    counter{only}(8, CounterType.{kind}) {name};");
            self.counters.push(name);
        }
        if self.unordered {
            return;
        }
        for _ in 0..self.c.below(3) {
            let width = *self.c.pick(&WIDTHS);
            let name = self.fresh("r");
            let _ = writeln!(s, "    register<bit<{width}>{more}>(8) {name};");
            self.registers.push((name, width));
        }
        if self.c.chance(6) {
            let (name, ty) = (self.fresh("rt"), *self.c.pick(&[Ty::Int(12), Ty::Ser, Ty::Bool, Ty::New(9)]));
            let _ = writeln!(s, "    register<{}{more}>(5) {name};", ty.text());
            self.typed_registers.push((name, ty));
        }
        if self.c.chance(6) {
            let name = self.fresh("rs");
            let _ = writeln!(s, "    register<{}{more}>(8) {name};", self.structs[3].name);
            self.struct_registers.push(name);
        }
        for _ in 0..self.c.below(2) {
            let name = self.fresh("mt");
            let kind = *self.c.pick(&["packets", "bytes"]);
            let _ = writeln!(s, "    meter{only}(4, MeterType.{kind}) {name};");
            self.meters.push(name);
        }
    }

    pub(super) fn ingress(&mut self, s: &mut String) {
        self.nothing_in_scope();
        let _ = write!(s, "control Ingress_{SIGNATURE}");
        self.locals_of_twin(s, true);
        self.scope_of_all();
        self.state_objects(s);
        self.instances_of_subs(s, 2);
        for _ in 0..self.c.below(3) {
            self.local(s, 1);
        }
        for _ in 0..1 + self.c.below(3) {
            self.action(s);
        }
        for _ in 0..self.c.below(4).max(usize::from(self.refusing)) {
            self.table(s);
        }
        s.push_str("    apply {\n        sm.egress_spec = 1;\n");
        if self.refusing {
            let cond = self.expr(Ty::Bool, 2);
            let _ = writeln!(
                s,
                "        if ({cond}) {{\n            mark_to_drop(sm);\n            return;\n        }}"
            );
            self.apply_table(s, 2);
        }
        self.statements(s, Place::Apply, 2, 10);
        s.push_str("    }\n}\n");
        self.leave();
    }

    pub(super) fn egress(&mut self, s: &mut String) {
        let _ = write!(s, "control Egress_{SIGNATURE}");
        self.locals_of_twin(s, true);
        self.scope_of_all();
        self.in_egress = true;
        if self.c.chance(4) {
            self.state_objects(s);
        }
        self.instances_of_subs(s, 1);
        self.action(s);
        for _ in 0..self.c.below(3) {
            self.table(s);
        }
        s.push_str("    apply {\n");
        self.statements(s, Place::Apply, 2, 5);
        s.push_str("    }\n}\n");
        self.in_egress = false;
        self.leave();
    }

    pub(super) fn checksums(&mut self, s: &mut String, name: &str) {
        self.nothing_in_scope();
        let _ = writeln!(s, "control {name}(inout Headers hdr, inout Meta meta) {{");
        self.bring_headers(true);
        self.bring_meta();
        let place = self.own_tables(s);
        s.push_str("    apply {\n");
        let reads_only = self.refusing && name == "Verify_";
        if !reads_only && (self.c.chance(4) || place == Place::Apply) {
            self.statements(s, place, 2, 2);
        }
        for _ in 0..self.c.below(3) {
            let payload = if !reads_only && self.c.chance(5) { "_with_payload" } else { "" };
            let (algorithm, width) = *self.c.pick(&[
                ("csum16", 16),
                ("crc16", 16),
                ("xor16", 16),
                ("crc32", 32),
                ("identity", 64),
                ("csum16", 33),
                ("crc32", 8),
            ]);
            let (cond, data) = (self.expr(Ty::Bool, 2), self.data());
            if name == "Verify_" {
                let sum = self.expr(Ty::Bit(width), 1);
                let _ = writeln!(
                    s,
                    "        verify_checksum{payload}({cond}, {data}, {sum}, HashAlgorithm.{algorithm});"
                );
            } else if let Some(sum) = self.argument(Direction::InOut, Any::Scalar(Ty::Bit(width))) {
                let _ = writeln!(
                    s,
                    "        update_checksum{payload}({cond}, {data}, {sum}, HashAlgorithm.{algorithm});"
                );
            }
        }
        s.push_str("    }\n}\n");
        self.leave();
    }

    /// Tables and actions, for some of the controls that seldom have any.
    fn own_tables(&mut self, s: &mut String) -> Place {
        if !self.c.chance(2) {
            return Place::Plain;
        }
        self.locals_of_twin(s, true);
        self.local(s, 1);
        for _ in 0..1 + self.c.below(2) {
            self.action(s);
        }
        self.table(s);
        Place::Apply
    }

    pub(super) fn deparser(&mut self, s: &mut String) {
        s.push_str("control Deparser_(packet_out packet, in Headers hdr) {\n");
        self.bring_headers(false);
        let place = self.own_tables(s);
        s.push_str("    apply {\n");
        if self.c.chance(3) {
            s.push_str("        packet.emit(hdr);\n");
        } else {
            let mut all: Vec<String> = (0..self.headers.len()).map(|index| format!("hdr.a{index}")).collect();
            all.extend(["hdr.stack", "hdr.u", "hdr.us"].map(str::to_owned));
            for name in all {
                if self.c.chance(2) {
                    let cond = self.expr(Ty::Bool, 2);
                    let _ = writeln!(s, "        if ({cond}) {{ packet.emit({name}); }}");
                } else {
                    let _ = writeln!(s, "        packet.emit({name});");
                }
                if place == Place::Apply && self.c.chance(4) {
                    self.apply_table(s, 2);
                }
                if self.c.chance(1) {
                    let of = self.c.below(self.headers.len());
                    let (name, ty) = (self.fresh("out"), self.headers[of].name.clone());
                    let value = self.value(Any::Header(of), 2);
                    let _ = writeln!(s, "        {ty} {name};\n        {name} = {value};");
                    self.bring(&name, Any::Header(of), true);
                    self.statements(s, Place::Plain, 2, 2);
                    let _ = writeln!(s, "        packet.emit({name});");
                }
            }
        }
        s.push_str("    }\n}\n");
        self.leave();
    }
}
