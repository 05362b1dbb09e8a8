//! The checked program as flat code: from the `main` instance everything is instantiated, inlined and taken apart.
//!
//! | file | what |
//! |---|---|
//! | `pipeline` | the package `V1Switch` and the six codes |
//! | `objects`, `names` | instances with their constructor arguments; names as controllers see them |
//! | `types`, `place`, `value` | types without variables, storage, values |
//! | `emit` | blocks and operations |
//! | `lvalue`, `expr`, `integer`, `compare` | expressions |
//! | `stmt`, `call` | statements, calls with copy-in and copy-out |
//! | `parser`, `table`, `entries` | states and selects, tables |
//! | `externs`, `methods`, `data` | the externs of v1model |

mod call;
mod compare;
mod crc;
mod data;
mod emit;
mod entries;
mod expr;
mod externs;
mod integer;
mod lvalue;
mod methods;
mod names;
mod objects;
mod parser;
mod pipeline;
mod place;
mod stmt;
mod swerve;
mod table;
mod types;
mod value;

use crate::Session;
use crate::diag::Diagnostic;
use crate::hir::{self, Ty, TypeVarId};
use crate::ir;
use crate::source::Span;
use emit::Build;
use objects::{Object, ObjectId};
use place::Place;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use value::Value;

/// Operations of a program after inlining.
pub const MOST_OPS: usize = 200_000;
/// Scalars of one packet, temporaries included.
pub const MOST_SLOTS: usize = 250_000;
/// Bits of one scalar.
pub const MOST_BITS: u32 = 1 << 16;
/// Elements of a stack.
pub const MOST_ELEMENTS: u32 = 1 << 14;
/// Expressions and statements looked at, dead ones and those of every copy of an inlined body included.
const MOST_WORK: u64 = 2_000_000;
/// Nesting of expressions, statements and calls together; each level is some stack.
const MOST_DEPTH: u32 = 600;

/// What was wrong has been reported.
#[derive(Debug, Clone, Copy)]
struct Failed;

type Res<T> = Result<T, Failed>;

type TypeMap = HashMap<TypeVarId, Ty>;

/// What a name of a body stands for.
#[derive(Debug, Clone)]
enum Binding {
    Place(Place),
    /// Constructor parameters, constants, and `in` parameters, which nobody writes.
    Value(Value),
}

/// The names of one body while it is lowered.
#[derive(Debug, Clone)]
struct Scope<'a> {
    names: HashMap<hir::LocalId, Binding>,
    decls: &'a [hir::Local],
    types: Rc<TypeMap>,
    /// The parser or control.
    object: Option<ObjectId>,
    /// For the names of slots.
    prefix: String,
}

/// Where the jumps of one body go.
#[derive(Debug)]
struct Frame {
    /// Behind the body.
    done: ir::BlockId,
    /// Copies out and ends the caller; made when there is an `exit`.
    exit: Option<ir::BlockId>,
    result: Option<(Place, Ty)>,
    loops: Vec<Loop>,
    /// Whether the body stands in an atomic block.
    in_atomic: bool,
}

#[derive(Debug, Clone, Copy)]
struct Loop {
    on_break: ir::BlockId,
    on_continue: ir::BlockId,
    in_atomic: bool,
}

/// Which code is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Constructor arguments, table entries: nothing is executed.
    Static,
    Parser,
    Control,
    Deparser,
}

/// What is made of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Code,
    /// What controllers see of a program that need not be one of v1model.
    Objects,
    /// Of that the names; a V1Switch and its externs are those of v1model, or the program's own.
    Names {
        v1model: bool,
    },
}

struct Lowerer<'a> {
    session: &'a mut Session,
    hir: &'a hir::Program,
    out: ir::Program,
    consts: HashMap<ir::Bits, ir::ConstId>,
    code: Build,
    /// Operations of codes that are finished.
    ops_before: usize,
    phase: Phase,
    scopes: Vec<Scope<'a>>,
    frames: Vec<Frame>,
    in_atomic: bool,
    crcs: crc::Crcs,
    /// The object whose abstract method runs.
    this: Option<objects::ObjectId>,
    objects: Vec<Object>,
    global_objects: HashMap<hir::InstanceId, ObjectId>,
    global_value_sets: HashMap<hir::ValueSetId, ir::ValueSetId>,
    /// Names of the packages whose arguments are being made, outermost first.
    packages: Vec<String>,
    /// By name and place: several actions may have one name.
    actions: HashMap<(String, Span), ir::ActionId>,
    /// Where the parameters of a table's actions are, by index of the table's actions.
    action_data: HashMap<(ir::TableId, usize), Vec<Place>>,
    digests: HashMap<String, ir::DigestId>,
    field_lists: HashMap<Vec<ir::SlotId>, ir::FieldListId>,
    /// M, for lists of its fields.
    metadata: Option<(Place, Ty)>,
    /// Names of tables, counters and others, each with its kind.
    control_names: HashMap<(String, String), Span>,
    /// Slots that are written where they are made and nowhere else.
    temporaries: HashSet<ir::SlotId>,
    what: What,
    depth: u32,
    work: u64,
    stopped: bool,
}

/// The flat program of `main`; None when there were errors, which are in the session.
pub fn lower(session: &mut Session, program: &hir::Program) -> Option<ir::Program> {
    run(session, program, What::Code)
}

/// Tables, actions and extern objects of a program of any architecture, without code; of one without `main`, the objects of
/// the top level. None when there were errors.
pub fn objects(session: &mut Session, program: &hir::Program) -> Option<ir::Program> {
    run(session, program, What::Objects)
}

/// Makes the instances of a program of any architecture, to find what controllers could not tell apart (18.3). What was found
/// is in the session. `v1model`: a V1Switch, where there is one, is that of v1model.
pub fn check_names(session: &mut Session, program: &hir::Program, v1model: bool) {
    run(session, program, What::Names { v1model });
}

fn run(session: &mut Session, program: &hir::Program, what: What) -> Option<ir::Program> {
    let errors = session.diags.errors();
    let mut lowerer = Lowerer::new(session, program);
    lowerer.what = what;
    let done = if what == What::Code { lowerer.pipeline() } else { lowerer.all_objects() };
    let out = std::mem::replace(&mut lowerer.out, empty_program());
    let good = done.is_ok() && session.diags.errors() == errors;
    debug_assert!(done.is_ok() || session.diags.errors() > errors, "a failure that nobody reported");
    good.then_some(out)
}

fn empty_program() -> ir::Program {
    let none = ir::SlotId(0);
    ir::Program {
        slots: vec![],
        consts: vec![],
        headers: vec![],
        stacks: vec![],
        standard: ir::Standard {
            ingress_port: none,
            egress_spec: none,
            egress_port: none,
            instance_type: none,
            packet_length: none,
            enq_timestamp: none,
            enq_qdepth: none,
            deq_timedelta: none,
            deq_qdepth: none,
            ingress_global_timestamp: none,
            egress_global_timestamp: none,
            mcast_grp: none,
            egress_rid: none,
            checksum_error: none,
            parser_error: none,
            priority: none,
        },
        errors: vec![],
        actions: vec![],
        tables: vec![],
        counters: vec![],
        direct_counters: vec![],
        meters: vec![],
        direct_meters: vec![],
        registers: vec![],
        profiles: vec![],
        protection_groups: vec![],
        digests: vec![],
        value_sets: vec![],
        field_lists: vec![vec![]],
        parser: ir::Code::default(),
        verify: ir::Code::default(),
        ingress: ir::Code::default(),
        egress: ir::Code::default(),
        compute: ir::Code::default(),
        deparser: ir::Code::default(),
    }
}

impl<'a> Lowerer<'a> {
    fn new(session: &'a mut Session, hir: &'a hir::Program) -> Lowerer<'a> {
        let mut out = empty_program();
        out.errors = hir.errors.iter().map(|name| session.text(*name).to_owned()).collect();
        Lowerer {
            session,
            hir,
            out,
            consts: HashMap::new(),
            code: Build::default(),
            ops_before: 0,
            phase: Phase::Static,
            scopes: vec![],
            frames: vec![],
            in_atomic: false,
            crcs: crc::Crcs::default(),
            this: None,
            objects: vec![],
            global_objects: HashMap::new(),
            global_value_sets: HashMap::new(),
            packages: vec![],
            actions: HashMap::new(),
            action_data: HashMap::new(),
            digests: HashMap::new(),
            field_lists: HashMap::from([(vec![], ir::FieldListId(0))]),
            metadata: None,
            control_names: HashMap::new(),
            temporaries: HashSet::new(),
            what: What::Code,
            depth: 0,
            work: 0,
            stopped: false,
        }
    }

    fn text(&self, name: crate::Name) -> String {
        self.session.text(name).to_owned()
    }

    fn fail<T>(&mut self, span: Span, message: impl Into<String>) -> Res<T> {
        self.session.diags.error(span, message);
        Err(Failed)
    }

    /// What the language allows and the run time cannot do.
    fn limit<T>(&mut self, span: Span, message: impl Into<String>) -> Res<T> {
        self.fail_with(Diagnostic::limit(span, message))
    }

    fn fail_with<T>(&mut self, diagnostic: Diagnostic) -> Res<T> {
        self.session.diags.push(diagnostic);
        Err(Failed)
    }

    /// A limit was reached: says so once, and nothing more is done.
    fn stop<T>(&mut self, span: Span, message: impl Into<String>) -> Res<T> {
        self.stop_with(Diagnostic::limit(span, message))
    }

    fn stop_with<T>(&mut self, diagnostic: Diagnostic) -> Res<T> {
        if !self.stopped {
            self.stopped = true;
            self.session.diags.push(diagnostic);
        }
        Err(Failed)
    }

    /// Bounds what a small text can make: every level of nesting and every expression goes through here.
    fn nested<T>(&mut self, span: Span, run: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        self.work += 1;
        if self.stopped {
            return Err(Failed);
        }
        if self.work > MOST_WORK {
            return self.stop(span, "the program is too large after inlining");
        }
        if self.depth >= MOST_DEPTH {
            return self.stop(span, "too deeply nested");
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }
}
