//! `switch`, `select`, loops over ranges and tables, of which a twin makes what is simpler.

use super::controls::Table;
use super::generate::Generator;
use super::twin::Kind;
use super::types::Ty;
use std::fmt::Write;

/// Whether a value matches a key, as it is written.
pub(super) fn matches(value: &str, key: &str) -> String {
    if key == "_" {
        return "true".to_owned();
    }
    if let Some((of, mask)) = key.split_once(" &&& ") {
        return format!("(({value} & ({mask})) == (({of}) & ({mask})))");
    }
    match key.split_once(" .. ") {
        Some((lo, hi)) => format!("(({lo}) <= {value} && {value} <= ({hi}))"),
        None => format!("({value} == ({key}))"),
    }
}

fn all_match(values: &[String], keys: &[String]) -> String {
    let all: Vec<String> = values.iter().zip(keys).map(|(value, key)| matches(value, key)).collect();
    all.join(" && ")
}

impl Generator<'_, '_> {
    /// A `switch` over labels and what is done for them; the last case is the default.
    pub(super) fn cases(
        &mut self,
        s: &mut String,
        pad: &str,
        (on, ty): (&str, &str),
        mut cases: Vec<(Vec<String>, String)>,
        kind: Kind,
    ) {
        let (labels, default) = cases.pop().expect("a default");
        if !self.otherwise(kind) {
            let _ = writeln!(s, "{pad}switch ({on}) {{");
            for (labels, body) in &cases {
                let _ =
                    writeln!(s, "{pad}    {}: {{\n{body}{pad}    }}", labels.join(&format!(":\n{pad}    ")));
            }
            labels.iter().for_each(|label| {
                let _ = writeln!(s, "{pad}    {label}:");
            });
            let _ = writeln!(s, "{pad}    default: {{\n{default}{pad}    }}\n{pad}}}");
            return;
        }
        let name = self.another_name();
        let _ = writeln!(s, "{pad}{{\n{pad}    {ty} {name} = {on};");
        for (labels, body) in &cases {
            let any: Vec<String> = labels.iter().map(|label| format!("{name} == {label}")).collect();
            let _ = writeln!(s, "{pad}    if ({}) {{\n{body}{pad}    }} else", any.join(" || "));
        }
        let _ = writeln!(s, "{pad}    {{\n{default}{pad}    }}\n{pad}}}");
    }

    /// The head of a loop, with its opening brace.
    pub(super) fn range_loop(
        &mut self,
        s: &mut String,
        pad: &str,
        (ty, name): (Ty, &str),
        lo: &str,
        hi: &str,
    ) {
        let text = ty.text();
        if !self.otherwise(Kind::Branches) {
            let _ = writeln!(s, "{pad}for ({text} {name} in {lo} .. {hi}) {{");
            return;
        }
        let wide = match ty {
            Ty::Int(width) => format!("int<{}>", width + 1),
            _ => format!("bit<{}>", ty.width() + 1),
        };
        let (at, end) = (self.another_name(), self.another_name());
        let _ = writeln!(
            s,
            "{pad}for ({wide} {at} = ({wide})({lo}), {wide} {end} = ({wide})({hi}); {at} <= {end}; {at} = {at} + 1) {{\n{pad}    {text} {name} = ({text}){at};"
        );
    }

    pub(super) fn select(
        &mut self,
        s: &mut String,
        on: &[(String, Ty)],
        cases: &[(Vec<String>, String)],
        default: Option<&str>,
    ) {
        let to = |s: &mut String, key: &str, to: &str| {
            let _ = writeln!(s, "            {key}: {to};");
        };
        if self.otherwise(Kind::Branches) {
            let (mut chosen, mut values) = (String::new(), vec![]);
            for (text, ty) in on {
                let name = self.another_name();
                let _ = writeln!(chosen, "        {} {name} = {text};", ty.text());
                values.push(name);
            }
            let name = self.another_name();
            let _ = writeln!(chosen, "        bit<8> {name} = 255;");
            for (at, (keys, _)) in cases.iter().enumerate() {
                let _ =
                    writeln!(chosen, "        if ({}) {{ {name} = {at}; }} else", all_match(&values, keys));
            }
            let _ = writeln!(s, "{chosen}        {{ }}\n        transition select({name}) {{");
            cases.iter().enumerate().for_each(|(at, (_, state))| to(s, &at.to_string(), state));
        } else {
            let list: Vec<&str> = on.iter().map(|(text, _)| text.as_str()).collect();
            let _ = writeln!(s, "        transition select({}) {{", list.join(", "));
            for (keys, state) in cases {
                let key = if keys.len() == 1 { keys[0].clone() } else { format!("({})", keys.join(", ")) };
                to(s, &key, state);
            }
        }
        if let Some(default) = default {
            to(s, "default", default);
        }
        s.push_str("        }\n");
    }

    /// Applies a table that notes what is to be done, and does it: whether an entry was hit and the place of its action are
    /// in variables then.
    fn applied_and_done(&mut self, s: &mut String, pad: &str, table: &Table) -> (String, String) {
        let (hit, run) = (self.another_name(), self.another_name());
        let _ = writeln!(
            s,
            "{pad}run_rec = 0;\n{pad}bool {hit} = {}.apply().hit;\n{pad}bit<8> {run} = {};",
            table.name,
            table.actions.len() - 1
        );
        for (record, action, call) in &table.recorded {
            let call = call.as_ref().map(|call| format!("{call}; ")).unwrap_or_default();
            let _ = writeln!(s, "{pad}if (run_rec == {record}) {{ {run} = {action}; {call}}} else");
        }
        let _ = writeln!(s, "{pad}{{ }}");
        self.after(s, pad, table.exits);
        (hit, run)
    }

    /// Does what a table would do.
    fn chain(&mut self, s: &mut String, pad: &str, table: &Table) -> (String, String) {
        let Some(fixed) = &table.fixed else { return self.applied_and_done(s, pad, table) };
        let mut values = vec![];
        for (text, ty) in &fixed.keys {
            let name = self.another_name();
            let _ = writeln!(s, "{pad}{ty} {name} = {text};");
            values.push(name);
        }
        let (hit, run) = (self.another_name(), self.another_name());
        let _ = writeln!(s, "{pad}bool {hit} = true;\n{pad}bit<8> {run} = 0;");
        for (keys, action, call) in &fixed.entries {
            let _ =
                writeln!(s, "{pad}if ({}) {{ {run} = {action}; {call}; }} else", all_match(&values, keys));
        }
        let (action, call) = &fixed.default;
        let _ = writeln!(s, "{pad}{{ {hit} = false; {run} = {action}; {call}; }}");
        self.after(s, pad, table.exits);
        (hit, run)
    }

    fn does_itself(&self, table: &Table) -> bool {
        self.otherwise(Kind::Tables) && (table.fixed.is_some() || !table.recorded.is_empty())
    }

    pub(super) fn apply_alone(&mut self, s: &mut String, pad: &str, table: &Table) {
        if self.does_itself(table) {
            let _ = writeln!(s, "{pad}{{");
            self.chain(s, &format!("{pad}    "), table);
            let _ = writeln!(s, "{pad}}}");
        } else {
            let _ = writeln!(s, "{pad}{}.apply();", table.name);
            self.after(s, pad, table.exits);
        }
    }

    /// `if (left && t.apply().hit)`, with its body.
    pub(super) fn apply_in_condition(
        &mut self,
        s: &mut String,
        pad: &str,
        table: &Table,
        left: Option<(String, &str)>,
        what: &str,
        body: &str,
    ) {
        if !self.does_itself(table) {
            let left = left.map(|(left, op)| format!("{left} {op} ")).unwrap_or_default();
            if table.exits && self.otherwise(Kind::Exits) {
                let name = self.another_name();
                let _ = writeln!(s, "{pad}{{\n{pad}    bool {name} = {left}{}.apply().{what};", table.name);
                self.after(s, pad, true);
                let _ = writeln!(s, "{pad}    if ({name}) {{\n{body}{pad}    }}\n{pad}}}");
            } else {
                let _ = writeln!(s, "{pad}if ({left}{}.apply().{what}) {{\n{body}{pad}}}", table.name);
            }
            return;
        }
        let name = self.another_name();
        let (first, runs) = match &left {
            Some((left, "&&")) => (left.as_str(), name.clone()),
            Some((left, _)) => (left.as_str(), format!("!{name}")),
            None => ("true", "true".to_owned()),
        };
        let _ = writeln!(s, "{pad}{{\n{pad}    bool {name} = {first};\n{pad}    if ({runs}) {{");
        let (hit, _) = self.chain(s, &format!("{pad}        "), table);
        let not = if what == "miss" { "!" } else { "" };
        let _ = writeln!(
            s,
            "{pad}        {name} = {not}{hit};\n{pad}    }}\n{pad}    if ({name}) {{\n{body}{pad}    }}\n{pad}}}"
        );
    }

    pub(super) fn apply_and_switch(
        &mut self,
        s: &mut String,
        pad: &str,
        table: &Table,
        mut cases: Vec<(Vec<String>, String)>,
    ) {
        match self.does_itself(table) {
            true => {
                let place = |label: String| {
                    let at = table.actions.iter().position(|action| *action == label);
                    at.map_or("255".to_owned(), |at| at.to_string())
                };
                let cases =
                    cases.into_iter().map(|(labels, body)| (labels.into_iter().map(place).collect(), body));
                let _ = writeln!(s, "{pad}{{");
                let (_, run) = self.chain(s, pad, table);
                self.cases(s, pad, (&run, "bit<8>"), cases.collect(), Kind::Tables);
                let _ = writeln!(s, "{pad}}}");
            }
            false => {
                for (_, body) in cases.iter_mut().filter(|_| table.exits && self.otherwise(Kind::Exits)) {
                    body.insert_str(0, &format!("{pad}    if (gone) {{ return; }}\n"));
                }
                let on = format!("{}.apply().action_run", table.name);
                self.plainly(|g| g.cases(s, pad, (&on, ""), cases, Kind::Tables));
            }
        }
    }
}
