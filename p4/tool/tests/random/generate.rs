//! A random program of v1model, well typed by construction.

use super::choices::Choices;
use super::controls::{Action, SubControl, Table};
use super::twin::{Kind, PLACE, Twin};
use super::types::{Any, Instance, Record, Ty, Var};

/// Where a statement stands: what it may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Parser,
    Action,
    Apply,
    Function,
    /// In the controls of checksums and in the deparser.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
    InOut,
}

impl Direction {
    pub fn text(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::InOut => "inout",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    pub ret: Ty,
    pub params: Vec<(Direction, Any)>,
    pub names: Vec<String>,
}

pub struct Generator<'a, 'b> {
    pub(super) c: &'a mut Choices<'b>,
    // Types.
    pub(super) headers: Vec<Record>,
    pub(super) structs: Vec<Record>,
    pub(super) meta: Vec<Ty>,
    // What is in scope.
    pub(super) vars: Vec<Var>,
    pub(super) header_vars: Vec<Instance>,
    pub(super) struct_vars: Vec<Instance>,
    pub(super) stacks: Vec<Instance>,
    pub(super) unions: Vec<Instance>,
    pub(super) union_stacks: Vec<Instance>,
    pub(super) actions: Vec<Action>,
    pub(super) tables: Vec<Table>,
    pub(super) functions: Vec<Function>,
    pub(super) registers: Vec<(String, u32)>,
    /// Of the generic struct.
    pub(super) struct_registers: Vec<String>,
    /// Action profiles that another table may share.
    pub(super) profiles: Vec<String>,
    pub(super) counters: Vec<String>,
    pub(super) meters: Vec<String>,
    pub(super) subs: Vec<SubControl>,
    pub(super) instances: Vec<(String, usize)>,
    /// With methods of the program's own.
    pub(super) objects: Vec<String>,
    pub(super) fresh: u32,
    /// Statements that the part at hand may still have.
    pub(super) budget: u32,
    pub(super) nested: u32,
    pub(super) in_loop: bool,
    /// What was made may exit.
    pub(super) exits: bool,
    /// Tables that may exit are applied within expressions, too.
    pub(super) exits_within: bool,
    /// Tables of the twin note what is to be done, and are not applied within expressions.
    pub(super) recording: bool,
    /// Places in `vars` of what is shadowed.
    pub(super) hidden: Vec<usize>,
    pub(super) in_egress: bool,
    /// The standard metadata are a parameter's copy.
    pub(super) in_sub: bool,
    /// Tables may be applied within expressions.
    pub(super) applying: bool,
    /// Headers need not be whole bytes.
    pub(super) unaligned: bool,
    /// No packet leaves anything for the next: every table may cut a vector.
    pub(super) unordered: bool,
    /// Packets are refused before anything has been done to them.
    pub(super) refusing: bool,
    /// Of signed numbers, enums and bools.
    pub(super) typed_registers: Vec<(String, Ty)>,
    pub(super) ret: Option<Ty>,
    pub(super) twin: Twin,
    /// Elements of each stack of headers.
    pub(super) depth: usize,
    /// The most bits of each varbit.
    pub(super) varbit: u32,
    /// Of the indices of counters, meters and registers, where the program says which type they have.
    pub(super) index_width: Option<u32>,
}

/// Makes a program of the choices, which says some things in another way.
pub fn program(c: &mut Choices<'_>, otherwise: &[Kind]) -> String {
    let mut g = Generator::new(c, otherwise);
    let text = g.program();
    text.replacen(PLACE, &g.twin.helpers(), 1)
}

impl<'a, 'b> Generator<'a, 'b> {
    pub fn new(c: &'a mut Choices<'b>, otherwise: &[Kind]) -> Generator<'a, 'b> {
        Generator {
            c,
            headers: vec![],
            structs: vec![],
            meta: vec![],
            vars: vec![],
            header_vars: vec![],
            struct_vars: vec![],
            stacks: vec![],
            unions: vec![],
            union_stacks: vec![],
            actions: vec![],
            tables: vec![],
            functions: vec![],
            registers: vec![],
            struct_registers: vec![],
            profiles: vec![],
            counters: vec![],
            meters: vec![],
            subs: vec![],
            instances: vec![],
            objects: vec![],
            fresh: 0,
            budget: 0,
            nested: 0,
            in_loop: false,
            exits: false,
            exits_within: false,
            recording: false,
            hidden: vec![],
            in_egress: false,
            in_sub: false,
            applying: false,
            unaligned: false,
            unordered: false,
            refusing: false,
            typed_registers: vec![],
            ret: None,
            twin: Twin::of(otherwise),
            depth: 3,
            varbit: 64,
            index_width: None,
        }
    }
}

impl Generator<'_, '_> {
    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.fresh += 1;
        format!("{prefix}{}", self.fresh)
    }

    fn program(&mut self) -> String {
        let mut s = String::new();
        self.unaligned = self.c.chance(1);
        self.unordered = self.c.chance(5);
        self.refusing = self.unordered && self.c.chance(8);
        self.depth = *self.c.pick(&[3, 3, 3, 1, 2, 5, 8]);
        if self.c.chance(4) {
            self.index_width = Some(*self.c.pick(&[32, 3, 9, 64]));
            s.push_str("#define V1MODEL_VERSION 20200408\n");
        }
        self.exits_within = self.c.chance(4);
        self.recording = self.c.chance(8);
        if self.exits_within {
            self.twin.leave_out(Kind::Exits);
        }
        self.declare_types(&mut s);
        s.push_str(&self.helpers());
        for _ in 0..self.c.below(4) {
            self.budget = 6;
            self.function(&mut s);
        }
        self.budget = 25;
        self.parsers(&mut s);
        self.checksums(&mut s, "Verify_");
        for _ in 0..self.c.below(3) {
            self.budget = 20;
            self.sub_control(&mut s);
        }
        self.budget = 80;
        self.ingress(&mut s);
        self.budget = 30;
        self.egress(&mut s);
        self.checksums(&mut s, "Compute_");
        self.deparser(&mut s);
        s.push_str("V1Switch(Parser_(), Verify_(), Ingress_(), Egress_(), Compute_(), Deparser_()) main;\n");
        s
    }
}
