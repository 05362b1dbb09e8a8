//! The checked program: every name resolved, every expression typed, every conversion explicit, generics still generic.
//!
//! Made by the checker, consumed by lowering, which instantiates from `main`. The checker promises: no recursion among
//! declarations, widths agree, arguments are in parameter order and complete, l-values are l-values, constants that must be
//! compile-time known are so (as far as that can be known before instantiation).

use crate::ast::{BinaryOp, Direction, UnaryOp};
use crate::ids::ids;
use crate::intern::Name;
use crate::source::Span;
use num_bigint::BigInt;
use std::sync::Arc;

ids! {
    /// Of [`Program::composites`].
    CompositeId,
    EnumId,
    NewTypeId,
    ExternId,
    ExternFunctionId,
    FunctionId,
    ActionId,
    TableId,
    ParserId,
    ControlId,
    /// Of [`Program::apply_types`]: a parser, control or package *type*.
    ApplyTypeId,
    /// Of the [`Locals`] of the outermost declaration that it stands in.
    LocalId,
    /// Of [`Program::instances`].
    InstanceId,
    ValueSetId,
    StateId,
    /// Of [`Program::type_vars`]; unique in the program.
    TypeVarId,
}

pub type TypeArgs = Arc<[Ty]>;

/// A type. Two are the same type when they are equal (typedefs are gone; P4-16 7.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ty {
    Void,
    Bool,
    String,
    Error,
    MatchKind,
    /// `int`: arbitrary precision, at compile time only.
    Integer,
    Bit(u32),
    Int(u32),
    Varbit(u32),
    /// Struct, header or union by [`Composite::kind`].
    Composite(CompositeId, TypeArgs),
    /// Of headers or unions.
    Stack(Arc<Ty>, u32),
    Tuple(TypeArgs),
    List(Arc<Ty>),
    Enum(EnumId),
    NewType(NewTypeId),
    Extern(ExternId, TypeArgs),
    /// An instance of a declared parser or control.
    Parser(ParserId),
    Control(ControlId),
    /// What a constructor parameter of parser, control or package type has.
    Apply(ApplyTypeId, TypeArgs),
    Table(TableId),
    Action(ActionId),
    Var(TypeVarId),
    /// After an error that was reported: agrees with everything.
    Unknown,
}

#[derive(Debug, Clone)]
pub struct Annotation {
    pub name: String,
    pub span: Span,
    pub body: AnnotationBody,
    /// Written `@name[...]`.
    pub structured: bool,
}

#[derive(Debug, Clone)]
pub enum AnnotationBody {
    None,
    /// The tokens as written, joined by single blanks.
    Text(String),
    Values(Vec<AnnotationValue>),
    KeyValues(Vec<(String, AnnotationValue)>),
}

/// `@name("x")` and `@id(5)` are Values too, where all of their tokens are a list of literals or constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnnotationValue {
    Int(BigInt),
    Bool(bool),
    Str(String),
}

#[derive(Debug, Clone, Default)]
pub struct Program {
    pub composites: Vec<Composite>,
    pub enums: Vec<Enum>,
    pub new_types: Vec<NewType>,
    /// In order of declaration over all `error` declarations; the index is the value.
    pub errors: Vec<Name>,
    pub match_kinds: Vec<Name>,
    pub externs: Vec<Extern>,
    pub extern_functions: Vec<ExternFunction>,
    pub functions: Vec<Function>,
    pub actions: Vec<Action>,
    pub tables: Vec<Table>,
    pub parsers: Vec<Parser>,
    pub controls: Vec<Control>,
    pub apply_types: Vec<ApplyType>,
    pub value_sets: Vec<ValueSet>,
    /// Those at the top level, of parsers and of controls.
    pub instances: Vec<Instance>,
    pub type_vars: Vec<Name>,
    /// Instances at the top level, in order.
    pub globals: Vec<InstanceId>,
    /// The instance named `main`.
    pub main: Option<InstanceId>,
    /// Constants at the top level (for tools; uses are already replaced by values).
    pub consts: Vec<(Name, Expr)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompositeKind {
    Struct,
    Header,
    Union,
}

#[derive(Debug, Clone)]
pub struct Composite {
    pub kind: CompositeKind,
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub type_params: Vec<TypeVarId>,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: Name,
    pub ty: Ty,
    pub annotations: Vec<Annotation>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Enum {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    /// The type behind a serializable enum, whose members have values.
    pub ty: Option<Ty>,
    pub members: Vec<EnumMember>,
}

#[derive(Debug, Clone)]
pub struct EnumMember {
    pub name: Name,
    /// Of a serializable enum.
    pub value: Option<BigInt>,
}

#[derive(Debug, Clone)]
pub struct NewType {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub ty: Ty,
}

#[derive(Debug, Clone)]
pub struct Param {
    pub name: Name,
    pub direction: Direction,
    pub ty: Ty,
    /// `@optional`
    pub optional: bool,
    pub default: Option<Expr>,
    pub annotations: Vec<Annotation>,
    pub span: Span,
    /// Where the parameter lives in the body's [`Locals`]; None for prototypes.
    pub local: Option<LocalId>,
}

#[derive(Debug, Clone)]
pub struct Extern {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub type_params: Vec<TypeVarId>,
    pub constructors: Vec<Constructor>,
    pub methods: Vec<Method>,
}

#[derive(Debug, Clone)]
pub struct Constructor {
    pub params: Vec<Param>,
    pub annotations: Vec<Annotation>,
}

#[derive(Debug, Clone)]
pub struct Method {
    pub is_abstract: bool,
    pub annotations: Vec<Annotation>,
    pub proto: Prototype,
}

#[derive(Debug, Clone)]
pub struct Prototype {
    pub name: Name,
    pub span: Span,
    pub type_params: Vec<TypeVarId>,
    pub params: Vec<Param>,
    pub ret: Ty,
}

#[derive(Debug, Clone)]
pub struct ExternFunction {
    pub annotations: Vec<Annotation>,
    pub proto: Prototype,
}

/// Parameters, constructor parameters and variables of a function, of a top-level action, or of a whole parser or control
/// with its actions, states and abstract method bodies.
pub type Locals = Vec<Local>;

#[derive(Debug, Clone)]
pub struct Local {
    pub name: Name,
    pub ty: Ty,
    pub span: Span,
    pub kind: LocalKind,
}

#[derive(Debug, Clone)]
pub enum LocalKind {
    Param(Direction),
    /// A parameter of an action without a direction, which may have its value at run time only.
    ActionData,
    /// Known at instantiation.
    ConstructorParam,
    Var,
}

#[derive(Debug, Clone)]
pub struct Function {
    pub proto: Prototype,
    pub annotations: Vec<Annotation>,
    pub locals: Locals,
    pub body: Vec<Stmt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// At the top level: the locals are the declaration's own.
    Program,
    Control(ControlId),
}

#[derive(Debug, Clone)]
pub struct Action {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub owner: Owner,
    pub params: Vec<Param>,
    /// Empty where `owner` is a control, which has them.
    pub locals: Locals,
    pub body: Vec<Stmt>,
}

#[derive(Debug, Clone)]
pub struct Parser {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub type_params: Vec<TypeVarId>,
    pub params: Vec<Param>,
    pub constructor: Vec<Param>,
    pub locals: Locals,
    /// Variables of the parser itself with what they begin as, in order.
    pub init: Vec<Stmt>,
    pub instances: Vec<InstanceId>,
    pub value_sets: Vec<ValueSetId>,
    /// `start` is among them; `accept` and `reject` are not.
    pub states: Vec<State>,
    pub start: StateId,
}

#[derive(Debug, Clone)]
pub struct State {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub body: Vec<Stmt>,
    pub transition: Transition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    State(StateId),
    Accept,
    Reject,
}

#[derive(Debug, Clone)]
pub enum Transition {
    Direct(Target),
    /// The first case that matches; without one, error.NoMatch.
    Select {
        span: Span,
        on: Vec<Expr>,
        cases: Vec<(Vec<Key>, Target)>,
    },
}

/// One key of a select case or of a table entry, of the type of what it is compared with.
#[derive(Debug, Clone)]
pub enum Key {
    Value(Expr),
    Mask(Expr, Expr),
    Range(Expr, Expr),
    /// `default` and `_`. A select case of one `default` over several expressions has one for each of them.
    Any,
    /// Only in select; alone in its case, it stands for all expressions.
    ValueSet(ValueSetId),
}

#[derive(Debug, Clone)]
pub struct ValueSet {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub ty: Ty,
    pub size: Expr,
}

#[derive(Debug, Clone)]
pub struct Control {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub type_params: Vec<TypeVarId>,
    pub params: Vec<Param>,
    pub constructor: Vec<Param>,
    pub locals: Locals,
    /// Variables of the control itself with what they begin as, in order.
    pub init: Vec<Stmt>,
    pub instances: Vec<InstanceId>,
    pub actions: Vec<ActionId>,
    pub tables: Vec<TableId>,
    pub body: Vec<Stmt>,
}

/// A parser, control or package type.
#[derive(Debug, Clone)]
pub struct ApplyType {
    pub kind: ApplyKind,
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub type_params: Vec<TypeVarId>,
    /// Of a package: constructor parameters.
    pub params: Vec<Param>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApplyKind {
    Parser,
    Control,
    Package,
}

#[derive(Debug, Clone)]
pub struct Instance {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    /// What is instantiated, with its type arguments.
    pub ty: Ty,
    /// Of a declared parser or control that is generic, whose type has no place for them.
    pub type_args: Vec<Ty>,
    /// Which constructor of an extern.
    pub constructor: usize,
    /// One for each constructor parameter.
    pub args: Vec<Arg>,
    /// Bodies of abstract methods, by index of the extern's methods.
    pub methods: Vec<(usize, FunctionId)>,
    /// Made for `T.apply(...)`: has no name of its own.
    pub anonymous: bool,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub name: Name,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub control: ControlId,
    pub keys: Vec<TableKey>,
    pub actions: Vec<TableAction>,
    /// Index into `actions` with all of its arguments; None: NoAction, where the table does not list it, too.
    pub default_action: Option<(usize, Vec<Arg>)>,
    pub const_default: bool,
    pub entries: Vec<Entry>,
    pub const_entries: bool,
    /// With where it is written.
    pub size: Option<(BigInt, Span)>,
    /// Of section 14.2.1.4: largest_priority_wins (default true), priority_delta (default 1).
    pub largest_priority_wins: bool,
    /// `implementation`, `counters`, `meters` and what else was written; the value is an instance, a constant or a call of a
    /// constructor (as an anonymous instance).
    pub properties: Vec<TableProperty>,
}

#[derive(Debug, Clone)]
pub struct TableProperty {
    pub name: Name,
    pub span: Span,
    pub is_const: bool,
    pub value: Expr,
}

#[derive(Debug, Clone)]
pub struct TableKey {
    pub expr: Expr,
    pub match_kind: Name,
    pub annotations: Vec<Annotation>,
    /// As written, blanks removed: the name where there is no `@name`.
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct TableAction {
    pub action: ActionId,
    pub annotations: Vec<Annotation>,
    /// One for each parameter *with a direction* (they come first); the others are the control plane's.
    pub args: Vec<Arg>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub is_const: bool,
    /// As written or as section 14.2.1.4 computes it; None where no priorities are in play.
    pub priority: Option<BigInt>,
    pub keys: Vec<Key>,
    /// Index into the table's `actions`.
    pub action: usize,
    /// One for each parameter without a direction.
    pub args: Vec<Arg>,
    pub annotations: Vec<Annotation>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum Stmt {
    /// A variable begins; without a value it is zero.
    Var(LocalId, Option<Expr>),
    Assign(Expr, Expr),
    /// `a op= b`; the l-value is evaluated once.
    OpAssign(BinaryOp, Expr, Expr),
    Call(Expr),
    /// The first whose condition holds, else the last.
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    Block {
        annotations: Vec<Annotation>,
        stmts: Vec<Stmt>,
    },
    Return(Option<Expr>),
    Break,
    Continue,
    Exit,
    /// `switch (t.apply().action_run)`; labels are indices into the table's actions. Fall-through is resolved: cases that
    /// share a body are one. A label that is absent and without default does nothing.
    SwitchAction {
        table: TableId,
        span: Span,
        cases: Vec<(Vec<usize>, Vec<Stmt>)>,
        default: Option<Vec<Stmt>>,
    },
    /// Labels are compile-time constants of the type of `on`.
    Switch {
        on: Expr,
        cases: Vec<(Vec<Expr>, Vec<Stmt>)>,
        default: Option<Vec<Stmt>>,
    },
    For {
        init: Vec<Stmt>,
        cond: Expr,
        update: Vec<Stmt>,
        body: Vec<Stmt>,
    },
    ForRange {
        var: LocalId,
        lo: Expr,
        hi: Expr,
        body: Vec<Stmt>,
    },
    /// Over a list expression or a header stack, element by element.
    ForEach {
        var: LocalId,
        over: Expr,
        body: Vec<Stmt>,
    },
}

#[derive(Debug, Clone)]
pub struct Expr {
    pub ty: Ty,
    pub span: Span,
    pub kind: ExprKind,
}

impl Expr {
    /// Whether evaluating may write something or end the code, so that it has to happen in its place and only there.
    pub fn has_effect(&self) -> bool {
        match &self.kind {
            ExprKind::Call(_)
            | ExprKind::ApplyHit { .. }
            | ExprKind::Stack(_, StackMember::Next | StackMember::Last) => true,
            ExprKind::Field(of, _)
            | ExprKind::Stack(of, _)
            | ExprKind::Slice { of, .. }
            | ExprKind::Unary(_, of)
            | ExprKind::Cast(of)
            | ExprKind::IsValid(of)
            | ExprKind::Ordered(of, _) => of.has_effect(),
            ExprKind::Index(left, right)
            | ExprKind::Binary(_, left, right)
            | ExprKind::PlusSlice { of: left, lo: right, .. } => left.has_effect() || right.has_effect(),
            ExprKind::Ternary(cond, then, other) => {
                cond.has_effect() || then.has_effect() || other.has_effect()
            }
            ExprKind::Aggregate(members) => members.iter().any(Expr::has_effect),
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Str(_)
            | ExprKind::Error(_)
            | ExprKind::EnumMember(_)
            | ExprKind::MatchKind(_)
            | ExprKind::Local(_)
            | ExprKind::Instance(_)
            | ExprKind::This
            | ExprKind::Invalid
            | ExprKind::Default
            | ExprKind::Wrong
            | ExprKind::SizeOf(..) => false,
        }
    }
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    /// Of `bit`, `int<N>`, `int`, or a serializable enum's value cast away.
    Int(BigInt),
    Bool(bool),
    Str(Arc<str>),
    /// Index of [`Program::errors`].
    Error(u32),
    /// Index of the enum's members.
    EnumMember(u32),
    /// Index of [`Program::match_kinds`].
    MatchKind(u32),
    Local(LocalId),
    Instance(InstanceId),
    /// The extern object whose abstract method's body this is.
    This,
    /// A member of struct, header, union, or by index of a tuple.
    Field(Box<Expr>, u32),
    /// An element of a stack; of a tuple or list with a constant index.
    Index(Box<Expr>, Box<Expr>),
    /// `stack.next`, `.last`, `.lastIndex`, `.size`
    Stack(Box<Expr>, StackMember),
    /// Both ends compile-time known; also an l-value.
    Slice {
        of: Box<Expr>,
        hi: u32,
        lo: u32,
    },
    /// `e[lo +: width]`
    PlusSlice {
        of: Box<Expr>,
        lo: Box<Expr>,
        width: u32,
    },
    Unary(UnaryOp, Box<Expr>),
    /// Operands have equal types, but for shifts, concatenation and `int` operands of shifts.
    /// Eq and Ne also of bool, error, enums, headers, stacks, structs, unions, tuples, varbit.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// To `ty`, explicit or implicit.
    Cast(Box<Expr>),
    /// A value of struct, header (valid), tuple, list or stack type: every member in order.
    Aggregate(Vec<Expr>),
    /// An aggregate whose members are written in another order, by their places in it, in which they are evaluated.
    Ordered(Box<Expr>, Vec<u32>),
    /// `{#}`
    Invalid,
    /// The default value of `ty` (P4-16 7.3): for `...` and what is never written.
    Default,
    /// What an error has been reported for; never in a program that is accepted.
    Wrong,
    /// Of a header or a union.
    IsValid(Box<Expr>),
    Call(Box<Call>),
    /// `t.apply().hit` and `.miss`; `.action_run` in switch only, as [`Stmt::SwitchAction`].
    ApplyHit {
        table: TableId,
        miss: bool,
    },
    /// `x.minSizeInBits()` and relatives, where the type is still generic. Elsewhere already a number.
    SizeOf(Ty, SizeOf),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StackMember {
    Next,
    Last,
    LastIndex,
    Size,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeOf {
    MinBits,
    MinBytes,
    MaxBits,
    MaxBytes,
}

#[derive(Debug, Clone)]
pub struct Call {
    pub callee: Callee,
    pub type_args: Vec<Ty>,
    /// One for each parameter, in the order of the parameters.
    pub args: Vec<Arg>,
    /// Indices of `args` in the order as written, for evaluation from left to right.
    pub written: Vec<usize>,
}

#[derive(Debug, Clone)]
pub enum Arg {
    /// For `in` and directionless parameters; also a default.
    Value(Expr),
    /// For `out` and `inout`.
    LValue(Expr),
    /// `_` for an `out` parameter, and what `@optional` left out.
    Ignored,
}

#[derive(Debug, Clone)]
pub enum Callee {
    Function(FunctionId),
    Action(ActionId),
    ExternFunction(ExternFunctionId),
    /// `object` is an instance, a parameter or `this`.
    Method {
        object: Box<Expr>,
        external: ExternId,
        method: usize,
    },
    /// `object` is an instance or a constructor parameter.
    Apply {
        object: Box<Expr>,
    },
    Table(TableId),
    SetValid(Box<Expr>),
    SetInvalid(Box<Expr>),
    /// The count is the argument.
    PushFront(Box<Expr>),
    PopFront(Box<Expr>),
}
