//! The types of a program and what of them is in scope.

use super::generate::Generator;
use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ty {
    Bool,
    Bit(u32),
    Int(u32),
    /// `Plain`
    Enum,
    /// `Ser`, of eight bits.
    Ser,
    Error,
    /// `bit<0>`, which has one value.
    Nil,
    /// `N8` and others: a `type` of so many bits.
    New(u32),
}

pub const NEW_WIDTHS: [u32; 4] = [8, 16, 9, 65];

pub const MEMBERS: [&str; 3] = ["Plain.A", "Plain.B", "Plain.C"];
pub const SERIALIZED: [&str; 4] = ["Ser.X", "Ser.Y", "Ser.Z", "Ser.W"];
pub const ERRORS: [&str; 5] =
    ["error.NoError", "error.Mine", "error.PacketTooShort", "error.NoMatch", "error.Other"];

pub const PRELUDE: &str = "#include <core.p4>
#include <v1model.p4>

error { Mine, Other }
enum Plain { A, B, C }
enum bit<8> Ser { X = 0, Y = 1, Z = 0x80, W = 255 }
type bit<8> N8;
type bit<16> N16;
typedef bit<9> nine_t;
type nine_t N9;
type bit<65> N65;
const bit<8> glob8 = 0x83;
const int<12> glob12 = -700;
const bool globb = true;
struct Wire {
    bit<4> p;
    int<12> q;
}
struct Nothing {
}
struct Many {
    @match(ternary) bit<8> a;
    @match(range) bit<16> b;
    @match(lpm) bit<9> c;
}
struct Gen<T> {
    T g0;
    bit<8> g1;
}
T choose<T>(in bool first, in T one, in T two) {
    if (first) {
        return one;
    }
    return two;
}
void swap<T>(inout T one, inout T two) {
    T held = one;
    one = two;
    two = held;
}
";

impl Ty {
    pub fn text(self) -> String {
        match self {
            Ty::Bool => "bool".into(),
            Ty::Bit(width) => format!("bit<{width}>"),
            Ty::Int(width) => format!("int<{width}>"),
            Ty::Enum => "Plain".into(),
            Ty::Ser => "Ser".into(),
            Ty::Error => "error".into(),
            Ty::Nil => "bit<0>".into(),
            Ty::New(width) => format!("N{width}"),
        }
    }

    pub fn width(self) -> u32 {
        match self {
            Ty::Bool => 1,
            Ty::Bit(width) | Ty::Int(width) | Ty::New(width) => width,
            Ty::Ser => 8,
            Ty::Enum | Ty::Error | Ty::Nil => 0,
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Ty::Bit(_) | Ty::Int(_))
    }
}

pub const WIDTHS: [u32; 17] = [8, 16, 32, 1, 4, 48, 64, 7, 13, 33, 65, 100, 128, 9, 12, 200, 520];

/// Of few numbers, as these make much code.
const WIDEST: [u32; 4] = [256, 777, 1024, 2000];

/// Of fields and parameters; the numbers are places in the generator's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Any {
    Scalar(Ty),
    Header(usize),
    Struct(usize),
    /// Of the second header.
    Stack,
    Union,
    /// A stack of two unions.
    Unions,
}

/// A header, struct or tuple type.
#[derive(Debug, Clone)]
pub struct Record {
    pub name: String,
    pub fields: Vec<(String, Any)>,
    pub tuple: bool,
    pub varbit: bool,
}

/// Something that can be read, and perhaps written. Each `[?]` of its name stands for an index that is not constant.
#[derive(Debug, Clone)]
pub struct Var {
    pub name: String,
    pub ty: Ty,
    pub writable: bool,
    /// When the program is compiled.
    pub known: bool,
}

#[derive(Debug, Clone)]
pub struct Instance {
    pub name: String,
    pub of: usize,
    pub writable: bool,
}

/// Lengths of the lists of what is in scope.
#[derive(Clone, Copy)]
pub struct Mark([usize; 8]);

impl Generator<'_, '_> {
    pub(super) fn ty(&mut self) -> Ty {
        match self.c.below(14) {
            13 => match self.c.below(8) {
                0..=3 => Ty::Nil,
                4 | 5 => Ty::Bit(*self.c.pick(&WIDEST)),
                6 => Ty::Int(*self.c.pick(&WIDEST)),
                _ => Ty::Bool,
            },
            11 => Ty::New(*self.c.pick(&NEW_WIDTHS)),
            0..=5 => Ty::Bit(*self.c.pick(&WIDTHS)),
            6 | 7 => Ty::Int((*self.c.pick(&WIDTHS)).max(2)),
            8 => Ty::Ser,
            9 => Ty::Enum,
            10 => Ty::Error,
            _ => Ty::Bool,
        }
    }

    /// Of a field of a header.
    fn wire_ty(&mut self) -> Ty {
        match self.ty() {
            Ty::Enum | Ty::Error => Ty::Bit(8),
            ty => ty,
        }
    }

    pub(super) fn declare_types(&mut self, s: &mut String) {
        s.push_str(PRELUDE);
        s.push_str(super::twin::PLACE);
        for index in 0..2 + self.c.below(3) {
            self.header_type(s, index);
        }
        let mut parts = ["bit<8> f0".to_owned(), "bit<8> f1".to_owned()].to_vec();
        let (at, most) = ([1, 0, 2][self.c.below(3)], *self.c.pick(&[64, 24, 320, 8]));
        self.varbit = most;
        parts.insert(at, format!("varbit<{most}> v"));
        let _ = writeln!(s, "header vb_t {{\n    {};\n}}", parts.join(";\n    "));
        let field = |name: &str| (name.to_owned(), Any::Scalar(Ty::Bit(8)));
        let fields = vec![field("f0"), field("f1")];
        self.headers.push(Record { name: "vb_t".into(), fields, tuple: false, varbit: true });
        s.push_str("header_union u_t {\n    h0_t a;\n    h1_t b;\n}\n");
        self.struct_types(s);
        self.headers_struct(s);
        self.meta_struct(s);
    }

    fn header_type(&mut self, s: &mut String, index: usize) {
        let name = format!("h{index}_t");
        let mut fields = vec![];
        let mut total = 0;
        let least = usize::from(index < 2 || !self.c.chance(2));
        for at in 0..least * (1 + self.c.below(4)) {
            let ty = self.wire_ty();
            total += ty.width();
            fields.push((format!("f{at}"), Any::Scalar(ty)));
        }
        if least > 0 && self.c.chance(2) {
            total += 16;
            fields.push(("w".to_owned(), Any::Struct(4)));
        }
        if total % 8 != 0 && !(self.unaligned && self.c.chance(8)) {
            fields.push(("pad".to_owned(), Any::Scalar(Ty::Bit(8 - total % 8))));
        }
        let record = Record { name, fields, tuple: false, varbit: false };
        self.declare_record(s, "header", &record);
        self.headers.push(record);
    }

    fn declare_record(&self, s: &mut String, word: &str, record: &Record) {
        let _ = writeln!(s, "{word} {} {{", record.name);
        for (field, ty) in &record.fields {
            let _ = writeln!(s, "    {} {field};", self.type_text(*ty));
        }
        s.push_str("}\n");
    }

    fn struct_types(&mut self, s: &mut String) {
        for name in ["Inner", "Outer"] {
            let mut fields = vec![];
            for at in 0..1 + self.c.below(3) {
                fields.push((format!("x{at}"), Any::Scalar(self.ty())));
            }
            if name == "Outer" {
                fields.push(("inner".to_owned(), Any::Struct(0)));
                fields.push(("head".to_owned(), Any::Header(0)));
            }
            let record = Record { name: name.to_owned(), fields, tuple: false, varbit: false };
            self.declare_record(s, "struct", &record);
            self.structs.push(record);
        }
        let (one, two) = (self.ty(), self.ty());
        let name = format!("tuple<{}, {}>", one.text(), two.text());
        let fields = vec![("[0]".to_owned(), Any::Scalar(one)), ("[1]".to_owned(), Any::Scalar(two))];
        self.structs.push(Record { name, fields, tuple: true, varbit: false });
        let of = self.wire_ty();
        let name = format!("Gen<{}>", of.text());
        let fields = vec![("g0".to_owned(), Any::Scalar(of)), ("g1".to_owned(), Any::Scalar(Ty::Bit(8)))];
        self.structs.push(Record { name, fields, tuple: false, varbit: false });
        // In headers, too.
        let fields =
            vec![("p".to_owned(), Any::Scalar(Ty::Bit(4))), ("q".to_owned(), Any::Scalar(Ty::Int(12)))];
        self.structs.push(Record { name: "Wire".into(), fields, tuple: false, varbit: false });
    }

    fn headers_struct(&mut self, s: &mut String) {
        s.push_str("struct Headers {\n");
        for (index, record) in self.headers.iter().enumerate() {
            let _ = writeln!(s, "    {} a{index};", record.name);
        }
        let _ = writeln!(s, "    {} stack;\n    u_t u;\n    u_t[2] us;\n}}", self.stack_text());
    }

    fn meta_struct(&mut self, s: &mut String) {
        s.push_str("struct Meta {\n    bit<2> idx;\n");
        for index in 0..1 + self.c.below(4) {
            let ty = self.ty();
            let list = *self.c.pick(&["", "@field_list(1) ", "@field_list(1, 2) "]);
            let _ = writeln!(s, "    {list}{} m{index};", ty.text());
            self.meta.push(ty);
        }
        let (tuple, generic) = (&self.structs[2].name, &self.structs[3].name);
        let _ = writeln!(
            s,
            "    Inner in0;\n    @field_list(2) Inner in1;\n    Outer out0;\n    {tuple} pair;\n    @field_list(1) {generic} gen;\n    h0_t mh;\n    vb_t mv;\n    {} ms;\n    bit<16>[4] arr;\n    Nothing none;\n}}",
            self.stack_text()
        );
    }

    pub(super) fn type_text(&self, ty: Any) -> String {
        match ty {
            Any::Scalar(ty) => ty.text(),
            Any::Header(of) => self.headers[of].name.clone(),
            // Headers have it before it is known here.
            Any::Struct(4) => "Wire".to_owned(),
            Any::Struct(of) => self.structs[of].name.clone(),
            Any::Stack => self.stack_text(),
            Any::Union => "u_t".to_owned(),
            Any::Unions => "u_t[2]".to_owned(),
        }
    }

    pub(super) fn stack_text(&self) -> String {
        format!("h1_t[{}]", self.depth)
    }

    // Scope.

    pub(super) fn mark(&self) -> Mark {
        Mark([
            self.vars.len(),
            self.header_vars.len(),
            self.struct_vars.len(),
            self.stacks.len(),
            self.unions.len(),
            self.actions.len(),
            self.union_stacks.len(),
            self.hidden.len(),
        ])
    }

    pub(super) fn back_to(&mut self, mark: Mark) {
        self.vars.truncate(mark.0[0]);
        self.header_vars.truncate(mark.0[1]);
        self.struct_vars.truncate(mark.0[2]);
        self.stacks.truncate(mark.0[3]);
        self.unions.truncate(mark.0[4]);
        self.actions.truncate(mark.0[5]);
        self.union_stacks.truncate(mark.0[6]);
        self.hidden.truncate(mark.0[7]);
    }

    pub(super) fn nothing_in_scope(&mut self) {
        self.back_to(Mark([0; 8]));
    }

    pub(super) fn bring(&mut self, name: &str, ty: Any, writable: bool) {
        let name = name.to_owned();
        match ty {
            Any::Scalar(ty) => self.vars.push(Var { name, ty, writable, known: false }),
            Any::Header(of) => {
                for (field, ty) in self.headers[of].fields.clone() {
                    self.bring(&format!("{name}.{field}"), ty, writable);
                }
                self.header_vars.push(Instance { name, of, writable });
            }
            Any::Struct(of) => {
                let record = self.structs[of].clone();
                for (field, ty) in record.fields {
                    let dot = if record.tuple { "" } else { "." };
                    self.bring(&format!("{name}{dot}{field}"), ty, writable && !record.tuple);
                }
                self.struct_vars.push(Instance { name, of, writable });
            }
            Any::Stack => {
                let constant = ["0", "1", "2"].into_iter().take(self.depth);
                for index in constant.chain(["?"]) {
                    self.bring(&format!("{name}[{index}]"), Any::Header(1), writable);
                }
                self.stacks.push(Instance { name, of: 1, writable });
            }
            Any::Union => {
                self.bring(&format!("{name}.a"), Any::Header(0), writable);
                self.bring(&format!("{name}.b"), Any::Header(1), writable);
                self.unions.push(Instance { name, of: 0, writable });
            }
            Any::Unions => {
                for index in ["0", "?"] {
                    self.bring(&format!("{name}[{index}]"), Any::Union, writable);
                }
                self.union_stacks.push(Instance { name, of: 0, writable });
            }
        }
    }

    /// That are known at compile time.
    pub(super) fn bring_constants(&mut self) {
        for (name, ty) in [("glob8", Ty::Bit(8)), ("glob12", Ty::Int(12)), ("globb", Ty::Bool)] {
            self.bring_known(name, ty);
        }
    }

    pub(super) fn bring_known(&mut self, name: &str, ty: Ty) {
        self.vars.push(Var { name: name.to_owned(), ty, writable: false, known: true });
    }

    pub(super) fn bring_headers(&mut self, writable: bool) {
        for index in 0..self.headers.len() {
            self.bring(&format!("hdr.a{index}"), Any::Header(index), writable);
        }
        self.bring("hdr.stack", Any::Stack, writable);
        self.bring("hdr.u", Any::Union, writable);
        self.bring("hdr.us", Any::Unions, writable);
    }

    pub(super) fn bring_meta(&mut self) {
        self.bring("meta.idx", Any::Scalar(Ty::Bit(2)), true);
        for (index, ty) in self.meta.clone().into_iter().enumerate() {
            self.bring(&format!("meta.m{index}"), Any::Scalar(ty), true);
        }
        for (name, of) in [("in0", 0), ("in1", 0), ("out0", 1), ("pair", 2), ("gen", 3)] {
            self.bring(&format!("meta.{name}"), Any::Struct(of), true);
        }
        self.bring("meta.mh", Any::Header(0), true);
        self.bring("meta.mv", Any::Header(self.headers.len() - 1), true);
        self.bring("meta.ms[?]", Any::Header(1), true);
        self.bring("meta.arr[1]", Any::Scalar(Ty::Bit(16)), true);
        self.bring("meta.arr[?]", Any::Scalar(Ty::Bit(16)), true);
        self.stacks.push(Instance { name: "meta.ms".into(), of: 1, writable: true });
    }

    pub(super) fn bring_standard(&mut self) {
        let all = [
            ("ingress_port", Ty::Bit(9), false),
            ("egress_spec", Ty::Bit(9), false),
            ("egress_port", Ty::Bit(9), false),
            ("packet_length", Ty::Bit(32), false),
            ("instance_type", Ty::Bit(32), false),
            ("mcast_grp", Ty::Bit(16), false),
            ("checksum_error", Ty::Bit(1), false),
            ("priority", Ty::Bit(3), true),
            ("egress_rid", Ty::Bit(16), false),
            ("parser_error", Ty::Error, true),
            ("ingress_global_timestamp", Ty::Bit(48), false),
        ];
        for (name, ty, writable) in all {
            self.bring(&format!("sm.{name}"), Any::Scalar(ty), writable);
        }
    }

    /// What is not shadowed.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Var> {
        self.vars.iter().enumerate().filter(|(at, _)| !self.hidden.contains(at)).map(|(_, var)| var)
    }

    pub(super) fn readable(&mut self, fits: impl Fn(Ty) -> bool) -> Option<Var> {
        let all: Vec<Var> = self.visible().filter(|var| fits(var.ty)).cloned().collect();
        if all.is_empty() {
            return None;
        }
        let mut var = self.c.pick(&all).clone();
        var.name = self.filled(&var.name);
        Some(var)
    }

    pub(super) fn writable(&mut self, fits: impl Fn(Ty) -> bool) -> Option<Var> {
        let all: Vec<Var> = self.visible().filter(|var| var.writable && fits(var.ty)).cloned().collect();
        if all.is_empty() {
            return None;
        }
        let mut var = self.c.pick(&all).clone();
        var.name = self.filled(&var.name);
        Some(var)
    }

    pub(super) fn target_of(&mut self, ty: Ty) -> Option<String> {
        self.writable(|other| other == ty).map(|var| var.name)
    }

    /// A header that can be written, of this type where one is named.
    pub(super) fn header(&mut self, of: Option<usize>, writable: bool) -> Option<Instance> {
        let fits = |one: &&Instance| (one.writable || !writable) && of.is_none_or(|of| of == one.of);
        let all: Vec<Instance> = self.header_vars.iter().filter(fits).cloned().collect();
        self.one_of(&all)
    }

    pub(super) fn one_of(&mut self, all: &[Instance]) -> Option<Instance> {
        if all.is_empty() {
            return None;
        }
        let mut one = self.c.pick(all).clone();
        one.name = self.filled(&one.name);
        Some(one)
    }

    /// A name with indices in place of question marks.
    fn filled(&mut self, name: &str) -> String {
        let mut name = name.to_owned();
        while let Some(at) = name.find("[?]") {
            let index = self.index_value();
            name.replace_range(at + 1..at + 2, &index);
        }
        name
    }

    /// No constant: those have to be in range.
    fn index_value(&mut self) -> String {
        let fits = |var: &&Var| matches!(var.ty, Ty::Bit(_)) && !var.name.contains('?') && !var.known;
        let all: Vec<String> = self.visible().filter(fits).map(|var| var.name.clone()).collect();
        if all.is_empty() {
            return "0".to_owned();
        }
        let name = self.c.pick(&all).clone();
        match self.c.below(4) {
            0 => name,
            1 => {
                self.nested += 1;
                let call = self.call(Ty::Bit(8));
                self.nested -= 1;
                // A literal where there is no function.
                if call.contains("fn") { call } else { name }
            }
            2 => format!("({name} & 1)"),
            _ => format!("({name} + 1)"),
        }
    }
}
