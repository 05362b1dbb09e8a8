//! Another program of the same meaning, of the same choices: literals that are not known before the program runs, operators
//! put together from others, arguments copied in and out by hand. Both engines share what comes before the IR, so only such
//! a twin sees a wrong constant, a wrong type or a wrong order there.

use super::expressions::said;
use super::generate::{Direction, Generator};
use super::types::{Any, Ty};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a twin says in another way; all of these, or one where a difference is made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Literals are values of a function.
    Literals,
    Operators,
    Branches,
    /// Arguments of functions, and slices and compounds as l-values.
    Copies,
    /// Tables: those with entries that nobody changes are conditions; others only say what is to be done.
    Tables,
    /// A flag that everybody looks at, and `return`.
    Exits,
    /// What is extracted goes elsewhere first; value sets are looked up on the way to a state.
    Parsing,
}

impl Kind {
    pub const ALL: [Kind; 7] = [
        Kind::Literals,
        Kind::Operators,
        Kind::Branches,
        Kind::Copies,
        Kind::Tables,
        Kind::Exits,
        Kind::Parsing,
    ];
}

/// Where the functions stand that a twin needs.
pub const PLACE: &str = "// helpers\n";

pub const SAME: &str = "T same<T>(in T one) {\n    return one;\n}\n";

#[derive(Debug, Default)]
pub struct Twin {
    kinds: Vec<Kind>,
    fresh: u32,
    helpers: BTreeMap<String, String>,
}

impl Twin {
    pub fn of(kinds: &[Kind]) -> Twin {
        Twin { kinds: kinds.to_vec(), ..Twin::default() }
    }

    pub fn is_any(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// What cannot be said in another way in this program.
    pub fn leave_out(&mut self, kind: Kind) {
        self.kinds.retain(|one| *one != kind);
    }

    pub fn helpers(&self) -> String {
        let same = if self.kinds.is_empty() { "" } else { SAME };
        self.helpers.values().fold(same.to_owned(), |all, one| all + one)
    }

    fn name(&mut self) -> String {
        self.fresh += 1;
        format!("w{}", self.fresh)
    }
}

fn word(op: &str) -> &'static str {
    match op {
        "+" => "add",
        "-" => "sub",
        "*" => "mul",
        "/" => "div",
        "%" => "mod",
        "&" => "and",
        "|" => "or",
        "^" => "xor",
        "|+|" => "addsat",
        "|-|" => "subsat",
        "<" => "lt",
        "<=" => "le",
        ">" => "gt",
        ">=" => "ge",
        "==" => "eq",
        "!=" => "ne",
        "<<" => "shl",
        ">>" => "shr",
        _ => unreachable!("no operator of the generator: {op}"),
    }
}

/// The same by other operators, over `a` and `b` of this type.
fn body(ty: Ty, op: &str) -> String {
    let (text, width) = (ty.text(), ty.width());
    let kind = if matches!(ty, Ty::Int(_)) { "int" } else { "bit" };
    let wide = format!("{kind}<{}>", width + 67);
    let plain = |op: &str| format!("return ({text})(({wide})a {op} ({wide})b);");
    let next = format!("{kind}<{}>", width + 1);
    let top = format!("[{width}:{width}] == 1");
    match (op, ty) {
        ("+" | "*" | "/" | "%", _) => plain(op),
        ("-", _) => "return ~(~a + b);".to_owned(),
        ("&", _) => "return ~(~a | ~b);".to_owned(),
        ("|", _) => "return ~(~a & ~b);".to_owned(),
        ("^", _) => "return (a | b) & ~(a & b);".to_owned(),
        ("|+|", Ty::Bit(_)) => {
            format!("{next} s = ({next})a + ({next})b;\n    return s{top} ? ~({text})0 : ({text})s;")
        }
        ("|-|", Ty::Bit(_)) => "return a < b ? 0 : a - b;".to_owned(),
        ("|+|" | "|-|", _) => {
            let half = format!("(1 << {})", width - 1);
            format!(
                "{next} s = ({next})a {} ({next})b;\n    if (s > {half} - 1) {{ return {half} - 1; }}\n    if (s < -{half}) {{ return -{half}; }}\n    return ({text})s;",
                &op[1..2]
            )
        }
        ("<", Ty::Bit(_)) => format!("{next} s = ({next})a - ({next})b;\n    return s{top};"),
        ("<", _) => format!("{next} s = ({next})a - ({next})b;\n    return s{top};"),
        (">", _) => "return b < a;".to_owned(),
        ("<=", _) => "return !(b < a);".to_owned(),
        (">=", _) => "return !(a < b);".to_owned(),
        ("==", _) => "return (a ^ b) == 0;".to_owned(),
        ("!=", _) => "return (a ^ b) != 0;".to_owned(),
        _ => unreachable!("no operator of the generator: {op}"),
    }
}

impl Generator<'_, '_> {
    pub(super) fn another_name(&mut self) -> String {
        self.twin.name()
    }

    pub(super) fn otherwise(&self, kind: Kind) -> bool {
        self.twin.kinds.contains(&kind)
    }

    /// As the other one says it too: where the text decides what follows.
    pub(super) fn plainly<T>(&mut self, say: impl FnOnce(&mut Self) -> T) -> T {
        let kinds = std::mem::take(&mut self.twin.kinds);
        let said = say(self);
        self.twin.kinds = kinds;
        said
    }

    /// A literal whose value the compiler need not know.
    pub(super) fn known(&mut self, text: String) -> String {
        if self.otherwise(Kind::Literals) { format!("same({text})") } else { text }
    }

    fn helper(&mut self, name: String, head: &str, params: &str, body: &str) -> String {
        let text = format!("{head} {name}({params}) {{\n    {body}\n}}\n");
        self.twin.helpers.entry(name.clone()).or_insert(text);
        name
    }

    /// `(a op b)` of two values of one type.
    pub(super) fn binary(&mut self, ty: Ty, op: &str, a: &str, b: &str) -> String {
        if !self.otherwise(Kind::Operators) || !ty.is_number() {
            return format!("({a} {op} {b})");
        }
        let compares = matches!(op, "<" | "<=" | ">" | ">=" | "==" | "!=");
        let text = ty.text();
        let name = format!("{}_{}", word(op), text.replace(['<', '>'], ""));
        let head = if compares { "bool" } else { &text };
        let name = self.helper(name, head, &format!("in {text} a, in {text} b"), &body(ty, op));
        format!("{name}({a}, {b})")
    }

    pub(super) fn negated(&mut self, ty: Ty, a: &str) -> String {
        match self.otherwise(Kind::Operators) {
            true => format!("(~{a} + ({})1)", ty.text()),
            false => format!("(-{a})"),
        }
    }

    /// `(a << by)` or `(a >> by)` with a distance that is known.
    pub(super) fn shifted(&mut self, ty: Ty, op: &str, a: &str, by: u32) -> String {
        if !self.otherwise(Kind::Operators) {
            return format!("({a} {op} {by})");
        }
        let (text, width) = (ty.text(), ty.width());
        let name = format!("{}_{}_{by}", word(op), text.replace(['<', '>'], ""));
        let bits = format!("bit<{width}>");
        let body = match (op, ty) {
            _ if by == 0 => "return a;".to_owned(),
            ("<<", _) if by >= width => "return 0;".to_owned(),
            ("<<", _) => format!("return ({text})((({bits})a)[{}:0] ++ {by}w0);", width - 1 - by),
            (_, Ty::Int(_)) => {
                let by = by.min(width - 1);
                let sign = format!("(a < 0 ? ~{by}w0 : {by}w0)");
                format!("return ({text})({sign} ++ (({bits})a)[{}:{by}]);", width - 1)
            }
            _ if by >= width => "return 0;".to_owned(),
            _ => format!("return {by}w0 ++ a[{}:{by}];", width - 1),
        };
        let name = self.helper(name, &text, &format!("in {text} a"), &body);
        format!("{name}({a})")
    }

    /// The same by a distance of this type: in steps of the powers of two.
    pub(super) fn shifted_by(&mut self, ty: Ty, op: &str, a: &str, of: Ty, by: &str) -> String {
        if !self.otherwise(Kind::Operators) {
            return format!("({a} {op} {by})");
        }
        let (text, width) = (ty.text(), ty.width());
        let clean = |text: &str| text.replace(['<', '>'], "");
        let name = format!("{}_{}_{}", word(op), clean(&text), clean(&of.text()));
        let mut body = format!("{text} r = a;\n    bit<{0}> d = (bit<{0}>)by;\n", of.width());
        for bit in 0..of.width() {
            let step = if bit < 20 { (1u32 << bit).min(width) } else { width };
            let _ = writeln!(body, "    if (d[{bit}:{bit}] == 1) {{ r = r {op} {step}; }}");
        }
        body.push_str("    return r;");
        let name = self.helper(name, &text, &format!("in {text} a, in {} by", of.text()), &body);
        format!("{name}({a}, {by})")
    }

    /// From any number to one of the same sign, of another width.
    pub(super) fn resized(&mut self, to: Ty, from: Ty, a: &str) -> String {
        if !self.otherwise(Kind::Operators) {
            return format!("(({}){a})", to.text());
        }
        let (width, text) = (to.width(), from.text());
        let body = match (from.width(), from) {
            (had, _) if had == width => "return a;".to_owned(),
            (had, _) if had > width => format!("return ({})(a[{}:0]);", to.text(), width - 1),
            (had, Ty::Int(_)) => {
                let more = width - had;
                format!("return ({})((a < 0 ? ~{more}w0 : {more}w0) ++ (bit<{had}>)a);", to.text())
            }
            (had, _) => format!("return {}w0 ++ a;", width - had),
        };
        let name = format!("cast_{}_{text}", to.text()).replace(['<', '>'], "");
        let name = self.helper(name, &to.text(), &format!("in {text} a"), &body);
        format!("{name}({a})")
    }

    pub(super) fn joined(&mut self, high: u32, low: u32, a: &str, b: &str) -> String {
        let width = high + low;
        match self.otherwise(Kind::Operators) {
            true => format!("(((bit<{width}>){a} << {low}) | (bit<{width}>){b})"),
            false => format!("({a} ++ {b})"),
        }
    }

    /// `(a)[lo + width - 1 : lo]`
    pub(super) fn sliced(&mut self, of: Ty, a: &str, lo: u32, width: u32) -> String {
        match self.otherwise(Kind::Operators) {
            true => format!("((bit<{width}>)((bit<{}>)({a}) >> {lo}))", of.width()),
            false => format!("({a})[{}:{lo}]", lo + width - 1),
        }
    }

    pub(super) fn chosen_of(&mut self, cond: &str, one: &str, two: &str) -> String {
        match self.otherwise(Kind::Branches) {
            true => format!("(!({cond}) ? {two} : {one})"),
            false => format!("({cond} ? {one} : {two})"),
        }
    }

    pub(super) fn both(&mut self, op: &str, one: &str, two: &str) -> String {
        match (self.otherwise(Kind::Branches), op) {
            (false, _) => format!("({one} {op} {two})"),
            (true, "&&") => format!("({one} ? {two} : false)"),
            (true, _) => format!("({one} ? true : {two})"),
        }
    }

    pub(super) fn not(&mut self, one: &str) -> String {
        match self.otherwise(Kind::Branches) {
            true => format!("({one} ? false : true)"),
            false => format!("(!{one})"),
        }
    }

    /// A place that stays the same while other things change: indices that are not constant go into variables.
    fn held(&mut self, s: &mut String, pad: &str, place: &str) -> String {
        let mut held = String::new();
        let mut rest = place;
        while let Some(at) = rest.find('[') {
            let mut depth = 0;
            let end = rest[at..].find(|c| {
                depth += i32::from(c == '[') - i32::from(c == ']');
                depth == 0
            });
            let end = at + end.expect("brackets come in pairs");
            let index = &rest[at + 1..end];
            held.push_str(&rest[..at]);
            rest = &rest[end + 1..];
            let constant = index.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '+'));
            if constant {
                let _ = write!(held, "[{index}]");
                continue;
            }
            let name = self.twin.name();
            let (index, width) = match index.rsplit_once("+:") {
                Some((index, width)) if width.chars().all(|c| c.is_ascii_digit()) => {
                    (index, format!("+:{width}"))
                }
                _ => (index, String::new()),
            };
            let _ = writeln!(s, "{pad}    bit<2001> {name} = (bit<2001>)({index});");
            let _ = write!(held, "[{name}{width}]");
        }
        held + rest
    }

    /// A call that is a statement, with its copies made by hand: arguments from left to right, then the call, then what
    /// comes back in the same order, then the result. With names, the last argument is said first.
    pub(super) fn call_statement(
        &mut self,
        s: &mut String,
        pad: &str,
        (name, names): (&str, Option<&Vec<String>>),
        params: &[(Direction, Any)],
        args: &[String],
        target: Option<(&str, Ty)>,
    ) {
        let call = |args: &[String]| format!("{name}({})", said(args, names));
        if !self.otherwise(Kind::Copies) {
            let target = target.map(|(target, _)| format!("{target} = ")).unwrap_or_default();
            let _ = writeln!(s, "{pad}{target}{};", call(args));
            return;
        }
        let _ = writeln!(s, "{pad}{{");
        let target = target.map(|(target, ty)| (self.held(s, pad, target), ty));
        let (mut params, mut args) = (params.to_vec(), args.to_vec());
        if names.is_some() {
            params.reverse();
            args.reverse();
        }
        let (mut all, mut back) = self.copies(s, pad, &params, &args);
        if names.is_some() {
            all.reverse();
        }
        match target {
            Some((target, ty)) => {
                let result = self.twin.name();
                let _ = writeln!(s, "{pad}    {} {result} = {};", ty.text(), call(&all));
                let _ = writeln!(back, "{pad}    {target} = {result};");
            }
            None => {
                let _ = writeln!(s, "{pad}    {};", call(&all));
            }
        }
        let _ = writeln!(s, "{back}{pad}}}");
    }

    /// Applies a control, with copies of all that it changes where it comes to its end.
    pub(super) fn apply_with_copies(
        &mut self,
        s: &mut String,
        pad: &str,
        (name, exits): (&str, bool),
        mut all: Vec<String>,
        (params, args): (&[(Direction, Any)], &[String]),
    ) {
        let exits_itself = exits && !self.otherwise(Kind::Exits);
        let gone = if self.otherwise(Kind::Exits) { Some("gone".to_owned()) } else { None };
        if !self.otherwise(Kind::Copies) || exits_itself {
            all.extend(args.iter().cloned().chain(gone));
            let _ = writeln!(s, "{pad}{name}.apply({});", all.join(", "));
            return;
        }
        let _ = writeln!(s, "{pad}{{");
        let mut back = String::new();
        for (place, ty) in all.iter_mut().zip(["Headers", "Meta", "standard_metadata_t"]) {
            let copy = self.twin.name();
            let _ = writeln!(s, "{pad}    {ty} {copy} = {place};");
            let _ = writeln!(back, "{pad}    {place} = {copy};");
            *place = copy;
        }
        let (texts, more) = self.copies(s, pad, params, args);
        all.extend(texts.into_iter().chain(gone));
        let _ = writeln!(s, "{pad}    {name}.apply({});\n{back}{more}{pad}}}", all.join(", "));
    }

    /// Variables in place of arguments, and what brings them back.
    pub(super) fn copies(
        &mut self,
        s: &mut String,
        pad: &str,
        params: &[(Direction, Any)],
        args: &[String],
    ) -> (Vec<String>, String) {
        let (mut all, mut back) = (vec![], String::new());
        for ((direction, ty), arg) in params.iter().zip(args) {
            if arg == "_" {
                all.push(arg.clone());
                continue;
            }
            let (name, ty) = (self.twin.name(), self.type_text(*ty));
            if *direction == Direction::In {
                let _ = writeln!(s, "{pad}    {ty} {name} = {arg};");
            } else {
                let place = self.held(s, pad, arg);
                let first =
                    if *direction == Direction::InOut { format!(" = {place}") } else { String::new() };
                let _ = writeln!(s, "{pad}    {ty} {name}{first};");
                let _ = writeln!(back, "{pad}    {place} = {name};");
            }
            all.push(name);
        }
        (all, back)
    }

    /// `place op= value`
    pub(super) fn compound(&mut self, s: &mut String, pad: &str, place: &str, op: &str, value: &str) {
        if !self.otherwise(Kind::Copies) {
            let _ = writeln!(s, "{pad}{place} {op}= {value};");
            return;
        }
        let _ = writeln!(s, "{pad}{{");
        let place = self.held(s, pad, place);
        let _ = writeln!(s, "{pad}    {place} = {place} {op} ({value});\n{pad}}}");
    }

    /// `place[lo + width - 1 : lo] = value`, by a mask over the whole.
    pub(super) fn set_slice(
        &mut self,
        s: &mut String,
        pad: &str,
        place: (&str, Ty),
        lo: u32,
        of: (u32, &str),
    ) {
        let ((place, ty), (width, value)) = (place, of);
        if !self.otherwise(Kind::Copies) {
            let _ = writeln!(s, "{pad}{place}[{}:{lo}] = {value};", lo + width - 1);
            return;
        }
        let bits = format!("bit<{}>", ty.width());
        let name = self.twin.name();
        let _ = writeln!(s, "{pad}{{");
        let place = self.held(s, pad, place);
        let _ = writeln!(s, "{pad}    {bits} {name} = ({bits})({value}) << {lo};");
        let mask = format!("({bits})(((1 << {width}) - 1) << {lo})");
        let _ =
            writeln!(s, "{pad}    {place} = ({})((({bits}){place} & ~{mask}) | {name});\n{pad}}}", ty.text());
    }
}
