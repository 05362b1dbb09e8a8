//! Statements. P4-16 12.

use super::scope::Meaning;
use super::{Parsed, Parser, Stop};
use crate::ast::{
    Annotations, BinaryOp, Decl, DeclKind, Expr, ExprKind, Ident, Instance, Stmt, StmtKind, Type, Variable,
};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::token::{Keyword, Punct, TokenKind};

/// What `+=` and its relatives do first.
fn assign_op(punct: Punct) -> Option<BinaryOp> {
    Some(match punct {
        Punct::PlusAssign => BinaryOp::Add,
        Punct::MinusAssign => BinaryOp::Sub,
        Punct::PlusSatAssign => BinaryOp::AddSat,
        Punct::MinusSatAssign => BinaryOp::SubSat,
        Punct::StarAssign => BinaryOp::Mul,
        Punct::SlashAssign => BinaryOp::Div,
        Punct::PercentAssign => BinaryOp::Mod,
        Punct::ShlAssign => BinaryOp::Shl,
        Punct::ShrAssign => BinaryOp::Shr,
        Punct::AndAssign => BinaryOp::BitAnd,
        Punct::OrAssign => BinaryOp::BitOr,
        Punct::XorAssign => BinaryOp::BitXor,
        _ => return None,
    })
}

impl Parser<'_> {
    /// A statement or a declaration. `in_parser`: of a parser's state, where not all are allowed (P4-16 13.4).
    pub(super) fn statement(&mut self, in_parser: bool) -> Parsed<Stmt> {
        self.deeper(|parser| {
            let start = parser.span();
            let annotations = parser.annotations()?;
            let kind = parser.statement_kind(annotations, in_parser)?;
            Ok(Stmt { span: parser.since(start), kind })
        })
    }

    fn statement_kind(&mut self, annotations: Annotations, in_parser: bool) -> Parsed<StmtKind> {
        match self.keyword() {
            Some(Keyword::Const) => return Ok(StmtKind::Decl(Box::new(self.const_decl(annotations)?))),
            Some(Keyword::For) => {
                self.not_in_parser(in_parser, "for");
                return self.scoped(|parser| parser.for_stmt(annotations));
            }
            _ => {}
        }
        if self.is(Punct::BraceOpen) {
            let block = self.block_after(annotations, "a block", in_parser)?;
            return Ok(StmtKind::Block(block));
        }
        if self.at_declaration() {
            return self.declaration_stmt(annotations);
        }
        self.no_annotations(&annotations, "before this statement");
        if self.eat(Punct::Semicolon) {
            return Ok(StmtKind::Empty);
        }
        let Some(word) = self.keyword() else { return self.plain_stmt() };
        match word {
            Keyword::If => self.if_stmt(in_parser).map(|stmt| stmt.kind),
            Keyword::Switch => {
                self.not_in_parser(in_parser, "switch");
                self.switch_stmt()
            }
            Keyword::Return => {
                self.not_in_parser(in_parser, "return");
                self.bump();
                let value = if self.is(Punct::Semicolon) { None } else { Some(self.expr()?) };
                self.expect(Punct::Semicolon, "after `return`")?;
                Ok(StmtKind::Return(value))
            }
            Keyword::Break => self.word_stmt(in_parser, StmtKind::Break),
            Keyword::Continue => self.word_stmt(in_parser, StmtKind::Continue),
            Keyword::Exit => self.word_stmt(in_parser, StmtKind::Exit),
            Keyword::Else => Err(self.wrong_word(
                "`else` without an `if` before it",
                "an `if` with more than one statement takes a block: `if (...) { ... } else { ... }`",
            )),
            Keyword::Transition => Err(self.wrong_word(
                "`transition` can only end a state of a parser",
                "choose a state with `select`, or set a variable and `select` on it",
            )),
            Keyword::Select => Err(self.wrong_word(
                "`select` stands after `transition`",
                "write `transition select (...) { ... }`, or use `switch` in a control",
            )),
            _ => self.plain_stmt(),
        }
    }

    fn wrong_word(&mut self, message: &str, help: &str) -> Stop {
        let wrong = Diagnostic::error(self.span(), message).help(help);
        self.report(wrong)
    }

    fn not_in_parser(&mut self, in_parser: bool, what: &str) {
        if in_parser {
            let wrong =
                Diagnostic::error(self.span(), format!("`{what}` is not a statement of parser states"));
            let help = match what {
                "switch" => "use `transition select (...) { ... }`, or `if`",
                "return" | "exit" => "end a state with `transition accept;` or `transition reject;`",
                _ => "states can form a loop: `transition` to an earlier one",
            };
            self.report(wrong.help(help));
        }
    }

    fn word_stmt(&mut self, in_parser: bool, kind: StmtKind) -> Parsed<StmtKind> {
        let word = self.keyword().map_or("", Keyword::text);
        self.not_in_parser(in_parser, word);
        self.bump();
        self.expect(Punct::Semicolon, &format!("after `{word}`"))?;
        Ok(kind)
    }

    /// A variable, or an instance (which the checker refuses where there can be none).
    fn declaration_stmt(&mut self, annotations: Annotations) -> Parsed<StmtKind> {
        if let Some(TokenKind::Ident(name)) = self.kind(0)
            && self.scopes.meaning(*name, false).is_none()
        {
            let text = self.session.text(*name).to_owned();
            if let Some(right) = self.statement_like(&text) {
                let wrong =
                    Diagnostic::error(self.span(), format!("`{text}` is neither a statement nor a type"));
                return Err(self.report(wrong.help(format!("did you mean `{right}`?"))));
            }
        }
        let start = annotations.first().map_or(self.span(), |first| first.span);
        let ty = self.type_ref()?;
        if self.is(Punct::ParenOpen) {
            let decl = self.instance_after(annotations, start, ty)?;
            return Ok(StmtKind::Decl(Box::new(decl)));
        }
        let name = self.name("the name of a variable")?;
        let stmt = self.variable_after(annotations, start, ty, name)?;
        self.expect(Punct::Semicolon, "after the declaration of a variable")?;
        Ok(stmt.kind)
    }

    /// `= initializer` or nothing, after `T name`.
    pub(super) fn variable_after(
        &mut self,
        annotations: Annotations,
        start: Span,
        ty: Type,
        name: Ident,
    ) -> Parsed<Stmt> {
        let value = if self.eat(Punct::Assign) { Some(self.expr()?) } else { None };
        self.declare_value(name);
        let span = self.since(start);
        let kind = DeclKind::Variable(Variable { ty, name, value });
        Ok(Stmt { span, kind: StmtKind::Decl(Box::new(Decl { annotations, span, kind })) })
    }

    /// `(arguments) name;` or `(arguments) name = { ... };` after the type.
    pub(super) fn instance_after(&mut self, annotations: Annotations, start: Span, ty: Type) -> Parsed<Decl> {
        let args = self.args()?;
        let name = self.name("the name of an instance")?;
        self.declare_value(name);
        let init = if self.eat(Punct::Assign) {
            let init = self.deeper(|parser| parser.scoped(|parser| parser.object_decls()))?;
            // The examples of the specification have no `;` here, its grammar does.
            self.eat(Punct::Semicolon);
            Some(init)
        } else {
            self.expect(Punct::Semicolon, "after an instance")?;
            None
        };
        let kind = DeclKind::Instance(Instance { ty, args, name, init });
        Ok(Decl { annotations, span: self.since(start), kind })
    }

    fn plain_stmt(&mut self) -> Parsed<StmtKind> {
        let stmt = self.assign_or_call()?;
        if let StmtKind::Call(call) = &stmt.kind {
            if self.is(Punct::BraceOpen) {
                return Err(self.call_with_block(call));
            }
            self.expect(Punct::Semicolon, "after a call")?;
        } else {
            self.expect(Punct::Semicolon, "after an assignment")?;
        }
        Ok(stmt.kind)
    }

    /// `swich (x) {`: no call has a block.
    fn call_with_block(&mut self, call: &Expr) -> Stop {
        if let ExprKind::Call { callee, .. } = &call.kind
            && let ExprKind::Name(name) = callee.kind
            && self.scopes.meaning(name.ident.name, name.dot).is_none()
        {
            let text = self.text(name.ident);
            let wrong = Diagnostic::error(callee.span, format!("`{text}` is not a statement"));
            let help = match text.as_str() {
                "while" => Some("write `for (; condition; ) { ... }`".to_owned()),
                "elif" | "elsif" | "elseif" => Some("write `else if`".to_owned()),
                "foreach" => Some("write `for (T x in e) { ... }`".to_owned()),
                _ => self.statement_like(&text).map(|right| format!("did you mean `{right}`?")),
            };
            if let Some(help) = help {
                return self.report(wrong.help(help));
            }
        }
        self.missing(Punct::Semicolon, "after a call")
    }

    /// An assignment or a call, without its `;`.
    pub(super) fn assign_or_call(&mut self) -> Parsed<Stmt> {
        let start = self.span();
        if !self.begins_left_side() {
            return Err(self.expected("a statement"));
        }
        let left = self.postfix(true)?;
        let punct = self.punct();
        let op = punct.and_then(assign_op);
        if punct == Some(Punct::Assign) || op.is_some() {
            if !is_left_side(&left) {
                let wrong = Diagnostic::error(left.span, "this cannot be assigned to");
                self.report(wrong.help("the left side is a variable, a field, an element or a slice of one"));
            }
            self.bump();
            let right = self.expr()?;
            let kind = match op {
                Some(op) => StmtKind::OpAssign(op, left, right),
                None => StmtKind::Assign(left, right),
            };
            return Ok(Stmt { span: self.since(start), kind });
        }
        if matches!(left.kind, ExprKind::Call { .. }) {
            return Ok(Stmt { span: self.since(start), kind: StmtKind::Call(left) });
        }
        Err(self.not_a_statement(&left))
    }

    fn begins_left_side(&self) -> bool {
        match self.kind(0) {
            Some(TokenKind::Ident(_)) => true,
            Some(TokenKind::Keyword(word)) => word.is_non_type_name() || *word == Keyword::This,
            Some(TokenKind::Punct(punct)) => matches!(punct, Punct::Dot | Punct::ParenOpen),
            _ => false,
        }
    }

    /// An expression stands where a statement should.
    fn not_a_statement(&mut self, left: &Expr) -> Stop {
        let found = self.found();
        let mut wrong = Diagnostic::error(self.span(), format!("expected `=` or a call, found {found}"));
        if let ExprKind::Name(name) = left.kind {
            let text = self.text(name.ident);
            let called = self.scopes.meaning(name.ident.name, name.dot);
            if let Some(right) = self.statement_like(&text).filter(|_| called.is_none()) {
                wrong = Diagnostic::error(left.span, format!("`{text}` is not a statement"));
                wrong = wrong.help(format!("did you mean `{right}`?"));
                return self.report(wrong);
            }
            if called == Some(Meaning::Type) {
                wrong = wrong.label(format!("`{text}` is a type; a declaration is `{text} name;`"));
                return self.report(wrong);
            }
        }
        let wrong = match self.punct() {
            Some(Punct::Eq) => wrong.help("`==` compares; an assignment is written `=`"),
            Some(Punct::Semicolon) => {
                wrong.help("a value alone does nothing: assign it, or call it with `()`")
            }
            Some(Punct::PlusPlus) => wrong.help("`++` concatenates; to increment write `x = x + 1`"),
            Some(Punct::Minus) => wrong.help("to decrement write `x = x - 1`"),
            _ => wrong,
        };
        self.report(wrong)
    }
}

/// The grammar's `lvalue`.
fn is_left_side(expr: &Expr) -> bool {
    let mut expr = expr;
    loop {
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::This => return true,
            ExprKind::Member(base, _)
            | ExprKind::Index(base, _)
            | ExprKind::Slice(base, ..)
            | ExprKind::PlusSlice(base, ..) => expr = base,
            _ => return false,
        }
    }
}
