//! The syntax tree: what was written, nothing resolved. P4-16 appendix A (grammar).
//!
//! The parser bounds the depth of every tree, so that walking one by recursion is safe.

use crate::intern::Name;
use crate::source::Span;
use num_bigint::BigInt;

/// A name where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ident {
    pub name: Name,
    pub span: Span,
}

/// A reference by name; `.x` is looked up at the top level only (P4-16 6.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameRef {
    pub dot: bool,
    pub ident: Ident,
}

#[derive(Debug, Clone, Default)]
pub struct Program {
    pub decls: Vec<Decl>,
}

#[derive(Debug, Clone)]
pub struct Annotation {
    pub name: Ident,
    pub span: Span,
    pub body: AnnotationBody,
}

#[derive(Debug, Clone)]
pub enum AnnotationBody {
    /// `@name`
    None,
    /// `@name(...)`: free tokens (P4-16 20). Expressions too where the tokens are a list of such.
    Tokens { tokens: Vec<AnnotationToken>, exprs: Option<Vec<Expr>> },
    /// `@name[e, ...]`
    Exprs(Vec<Expr>),
    /// `@name[k = e, ...]`
    KeyValues(Vec<(Ident, Expr)>),
}

#[derive(Debug, Clone)]
pub struct AnnotationToken {
    pub span: Span,
    /// As written; a string literal has its quotes, see `string` for its value.
    pub text: String,
    pub string: Option<String>,
}

pub type Annotations = Vec<Annotation>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    None,
    In,
    Out,
    InOut,
}

#[derive(Debug, Clone)]
pub struct Param {
    pub annotations: Annotations,
    pub direction: Direction,
    pub ty: Type,
    pub name: Ident,
    pub default: Option<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Decl {
    pub annotations: Annotations,
    pub span: Span,
    pub kind: DeclKind,
}

#[derive(Debug, Clone)]
pub enum DeclKind {
    Const(Const),
    Extern(Extern),
    /// `extern R f<T>(...);`
    ExternFunction(Prototype),
    Function(Function),
    Action(Action),
    Parser(Parser),
    Control(Control),
    /// A parser type: a parser declaration without a body.
    ParserType(ApplyType),
    ControlType(ApplyType),
    Package(ApplyType),
    Header(Composite),
    HeaderUnion(Composite),
    Struct(Composite),
    Enum(Enum),
    /// `typedef T name;`
    Typedef {
        ty: TypedefOf,
        name: Ident,
    },
    /// `type T name;`
    NewType {
        ty: Type,
        name: Ident,
    },
    Error(Vec<Ident>),
    MatchKind(Vec<Ident>),
    Instance(Instance),
    Variable(Variable),
    ValueSet(ValueSet),
    Table(Table),
}

#[derive(Debug, Clone)]
pub enum TypedefOf {
    Type(Type),
    /// `typedef struct S {...} name;`
    Derived(Box<Decl>),
}

#[derive(Debug, Clone)]
pub struct Const {
    pub ty: Type,
    pub name: Ident,
    pub value: Expr,
}

#[derive(Debug, Clone)]
pub struct Variable {
    pub ty: Type,
    pub name: Ident,
    pub value: Option<Expr>,
}

#[derive(Debug, Clone)]
pub struct Prototype {
    pub ret: Type,
    pub name: Ident,
    pub type_params: Vec<Ident>,
    pub params: Vec<Param>,
}

#[derive(Debug, Clone)]
pub struct Function {
    pub proto: Prototype,
    pub body: Block,
}

#[derive(Debug, Clone)]
pub struct Extern {
    pub name: Ident,
    pub type_params: Vec<Ident>,
    pub methods: Vec<Method>,
}

#[derive(Debug, Clone)]
pub struct Method {
    pub annotations: Annotations,
    pub is_abstract: bool,
    pub span: Span,
    pub kind: MethodKind,
}

#[derive(Debug, Clone)]
pub enum MethodKind {
    Constructor { name: Ident, params: Vec<Param> },
    Method(Prototype),
}

#[derive(Debug, Clone)]
pub struct Action {
    pub name: Ident,
    pub params: Vec<Param>,
    pub body: Block,
}

/// A parser type, a control type or a package type.
#[derive(Debug, Clone)]
pub struct ApplyType {
    pub name: Ident,
    pub type_params: Vec<Ident>,
    pub params: Vec<Param>,
}

#[derive(Debug, Clone)]
pub struct Parser {
    pub ty: ApplyType,
    pub constructor: Vec<Param>,
    /// Constants, instances, variables, value sets.
    pub locals: Vec<Decl>,
    pub states: Vec<State>,
}

#[derive(Debug, Clone)]
pub struct State {
    pub annotations: Annotations,
    pub name: Ident,
    pub body: Vec<Stmt>,
    /// None where nothing was written: `reject` (P4-16 13.5).
    pub transition: Option<Transition>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum Transition {
    Direct(Ident),
    Select { span: Span, on: Vec<Expr>, cases: Vec<SelectCase> },
}

#[derive(Debug, Clone)]
pub struct SelectCase {
    pub keys: Keyset,
    pub next: Ident,
    pub span: Span,
}

/// `(k, k, ...)`, or one key.
#[derive(Debug, Clone)]
pub struct Keyset {
    pub span: Span,
    pub keys: Vec<Key>,
    /// Written with parentheses around it.
    pub tuple: bool,
}

#[derive(Debug, Clone)]
pub struct Key {
    pub span: Span,
    pub kind: KeyKind,
}

#[derive(Debug, Clone)]
pub enum KeyKind {
    Expr(Expr),
    /// `v &&& m`
    Mask(Expr, Expr),
    /// `lo .. hi`
    Range(Expr, Expr),
    Default,
    /// `_`
    DontCare,
}

#[derive(Debug, Clone)]
pub struct Control {
    pub ty: ApplyType,
    pub constructor: Vec<Param>,
    /// Constants, actions, tables, instances, variables.
    pub locals: Vec<Decl>,
    pub body: Block,
}

#[derive(Debug, Clone)]
pub struct Composite {
    pub name: Ident,
    pub type_params: Vec<Ident>,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub annotations: Annotations,
    pub ty: Type,
    pub name: Ident,
}

#[derive(Debug, Clone)]
pub struct Enum {
    /// The type behind a serializable enum.
    pub ty: Option<Type>,
    pub name: Ident,
    pub members: Vec<(Ident, Option<Expr>)>,
}

/// `T(args) name;`, also with an initializer for abstract methods.
#[derive(Debug, Clone)]
pub struct Instance {
    pub ty: Type,
    pub args: Vec<Arg>,
    pub name: Ident,
    /// Functions and instances.
    pub init: Option<Vec<Decl>>,
}

#[derive(Debug, Clone)]
pub struct ValueSet {
    pub ty: Type,
    pub size: Expr,
    pub name: Ident,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub name: Ident,
    pub properties: Vec<Property>,
}

#[derive(Debug, Clone)]
pub struct Property {
    pub annotations: Annotations,
    pub span: Span,
    pub is_const: bool,
    pub kind: PropertyKind,
}

#[derive(Debug, Clone)]
pub enum PropertyKind {
    Key(Vec<KeyElement>),
    Actions(Vec<ActionRef>),
    Entries(Vec<Entry>),
    Other { name: Ident, value: Expr },
}

#[derive(Debug, Clone)]
pub struct KeyElement {
    pub expr: Expr,
    pub match_kind: Ident,
    pub annotations: Annotations,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct ActionRef {
    pub annotations: Annotations,
    pub name: NameRef,
    /// None where no parentheses were written.
    pub args: Option<Vec<Arg>>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub is_const: bool,
    pub priority: Option<Expr>,
    pub keys: Keyset,
    pub action: ActionRef,
    pub annotations: Annotations,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Type {
    pub span: Span,
    pub kind: TypeKind,
}

#[derive(Debug, Clone)]
pub enum TypeKind {
    Void,
    Bool,
    Error,
    MatchKind,
    String,
    /// `int`
    Integer,
    /// `bit` is `bit<1>`: None.
    Bit(Option<Box<Expr>>),
    /// `int<N>`
    Int(Box<Expr>),
    Varbit(Box<Expr>),
    Name(NameRef),
    Specialized(NameRef, Vec<Type>),
    Stack(Box<Type>, Box<Expr>),
    Tuple(Vec<Type>),
    List(Box<Type>),
    /// `_` as a type argument.
    DontCare,
}

#[derive(Debug, Clone)]
pub struct Arg {
    pub name: Option<Ident>,
    /// None for `_`.
    pub value: Option<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `~`
    Complement,
    Minus,
    Plus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Mul,
    Div,
    Mod,
    Add,
    Sub,
    /// `|+|`
    AddSat,
    /// `|-|`
    SubSat,
    Shl,
    Shr,
    Le,
    Ge,
    Lt,
    Gt,
    Eq,
    Ne,
    BitAnd,
    BitXor,
    BitOr,
    /// `++`
    Concat,
    And,
    Or,
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `width` is (signed, bits) of `8w5` and `8s5`.
    Int {
        value: BigInt,
        width: Option<(bool, u32)>,
    },
    Bool(bool),
    Str(String),
    Name(NameRef),
    This,
    /// `...` (P4-16 8.26 and default values)
    Dots,
    /// `error.X`
    ErrorMember(Ident),
    Member(Box<Expr>, Ident),
    /// `T.x` where the parser saw a type that is more than a name, `S<bit<8>>.x`.
    TypeMember(Type, Ident),
    Index(Box<Expr>, Box<Expr>),
    /// `e[hi:lo]`
    Slice(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `e[lo +: width]`
    PlusSlice(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `{a, b}`
    List(Vec<Expr>),
    /// `{k = a, ...}`; `dots` for a closing `...`
    Record {
        fields: Vec<(Ident, Expr)>,
        dots: bool,
    },
    /// `{#}`
    Invalid,
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Also a constructor: `T(args)` where T is a name.
    Call {
        callee: Box<Expr>,
        type_args: Vec<Type>,
        args: Vec<Arg>,
    },
    Cast(Box<Type>, Box<Expr>),
}

#[derive(Debug, Clone)]
pub struct Block {
    pub annotations: Annotations,
    pub stmts: Vec<Stmt>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Debug, Clone)]
pub enum StmtKind {
    Empty,
    /// A constant, a variable, or (where the grammar takes it in order to say what is wrong) an instance.
    Decl(Box<Decl>),
    Assign(Expr, Expr),
    /// `a += b` and its relatives.
    OpAssign(BinaryOp, Expr, Expr),
    /// A method call, a function call, a direct application `T.apply(...)`.
    Call(Expr),
    /// `if`, each `else if`, `else`. A chain is flat: it may be longer than a stack is deep.
    If(Vec<(Expr, Stmt)>, Option<Box<Stmt>>),
    Block(Block),
    Return(Option<Expr>),
    Break,
    Continue,
    Exit,
    Switch(Expr, Vec<SwitchCase>),
    For {
        annotations: Annotations,
        init: Vec<Stmt>,
        cond: Expr,
        update: Vec<Stmt>,
        body: Box<Stmt>,
    },
    ForIn {
        annotations: Annotations,
        ty: Type,
        name: Ident,
        collection: Collection,
        body: Box<Stmt>,
    },
}

#[derive(Debug, Clone)]
pub enum Collection {
    /// A list or a header stack.
    Expr(Expr),
    /// `lo .. hi`, both included.
    Range(Expr, Expr),
}

#[derive(Debug, Clone)]
pub struct SwitchCase {
    /// None for `default`.
    pub label: Option<Expr>,
    /// None: falls through to the next.
    pub body: Option<Block>,
    pub span: Span,
}
