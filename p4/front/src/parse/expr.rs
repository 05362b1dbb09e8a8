//! Expressions, with the precedences of the grammar.

use super::scope::Meaning;
use super::{Parsed, Parser};
use crate::ast::{Arg, BinaryOp, Expr, ExprKind, Ident, NameRef, Type, TypeKind, UnaryOp};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::token::{Keyword, Punct, TokenKind, string_value};

/// A binary operator and how strongly it binds.
fn binary_op(punct: Punct) -> Option<(BinaryOp, u8)> {
    Some(match punct {
        Punct::OrOr => (BinaryOp::Or, 1),
        Punct::AndAnd => (BinaryOp::And, 2),
        Punct::Eq => (BinaryOp::Eq, 3),
        Punct::Ne => (BinaryOp::Ne, 3),
        Punct::Lt => (BinaryOp::Lt, 4),
        Punct::Gt => (BinaryOp::Gt, 4),
        Punct::Le => (BinaryOp::Le, 4),
        Punct::Ge => (BinaryOp::Ge, 4),
        Punct::Or => (BinaryOp::BitOr, 5),
        Punct::Xor => (BinaryOp::BitXor, 6),
        Punct::And => (BinaryOp::BitAnd, 7),
        Punct::Shl => (BinaryOp::Shl, 8),
        Punct::Shr => (BinaryOp::Shr, 8),
        Punct::PlusPlus => (BinaryOp::Concat, 9),
        Punct::Plus => (BinaryOp::Add, 9),
        Punct::Minus => (BinaryOp::Sub, 9),
        Punct::PlusSat => (BinaryOp::AddSat, 9),
        Punct::MinusSat => (BinaryOp::SubSat, 9),
        Punct::Star => (BinaryOp::Mul, 10),
        Punct::Slash => (BinaryOp::Div, 10),
        Punct::Percent => (BinaryOp::Mod, 10),
        _ => return None,
    })
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.deeper(Parser::ternary)
    }

    /// `a ? b : c ? d : e` is `a ? b : (c ? d : e)`: precedence follows C (P4-16 8).
    fn ternary(&mut self) -> Parsed<Expr> {
        let condition = self.binary(1)?;
        if !self.is(Punct::Question) {
            return Ok(condition);
        }
        let mut height = self.height;
        self.bump();
        let yes = self.expr()?;
        height = height.max(self.height);
        self.expect(Punct::Colon, "between the two values of `? :`")?;
        let no = self.expr()?;
        self.grow(height.max(self.height))?;
        let span = condition.span.to(no.span);
        Ok(Expr { span, kind: ExprKind::Ternary(boxed(condition), boxed(yes), boxed(no)) })
    }

    fn binary(&mut self, lowest: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some(punct) = self.punct()
            && let Some((op, level)) = binary_op(punct)
            && level >= lowest
        {
            // `[a +: b]`
            if punct == Punct::Plus && self.next_is(1, Punct::Colon) {
                break;
            }
            let height = self.height;
            self.bump();
            let right = self.deeper(|parser| parser.binary(level + 1))?;
            self.grow(height.max(self.height))?;
            let span = left.span.to(right.span);
            left = Expr { span, kind: ExprKind::Binary(op, boxed(left), boxed(right)) };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let op = match self.punct() {
            Some(Punct::Not) => UnaryOp::Not,
            Some(Punct::Tilde) => UnaryOp::Complement,
            Some(Punct::Minus) => UnaryOp::Minus,
            Some(Punct::Plus) => UnaryOp::Plus,
            Some(Punct::ParenOpen) if self.at_cast() || self.at_type_word(1) => return self.cast(),
            _ => return self.postfix(false),
        };
        self.bump();
        let inner = self.deeper(Parser::unary)?;
        self.grow(self.height)?;
        Ok(Expr { span: start.to(inner.span), kind: ExprKind::Unary(op, boxed(inner)) })
    }

    /// A keyword that only a type can begin with.
    fn at_type_word(&self, ahead: usize) -> bool {
        matches!(self.kind(ahead), Some(TokenKind::Keyword(word)) if word.begins_type())
    }

    fn cast(&mut self) -> Parsed<Expr> {
        let start = self.span();
        self.bump();
        let ty = self.type_ref()?;
        let height = self.height;
        self.expect(Punct::ParenClose, "after the type of a cast")?;
        self.cast_of(start, ty, height)
    }

    fn cast_of(&mut self, start: Span, ty: Type, height: usize) -> Parsed<Expr> {
        let inner = self.deeper(Parser::unary)?;
        self.grow(height.max(self.height))?;
        Ok(Expr { span: start.to(inner.span), kind: ExprKind::Cast(Box::new(ty), boxed(inner)) })
    }

    /// A primary and what follows it. `statement`: it begins one, so that `f<T>(x)` is no comparison, whatever T is.
    pub(super) fn postfix(&mut self, statement: bool) -> Parsed<Expr> {
        let mut expr = self.primary(statement)?;
        loop {
            match self.punct() {
                Some(Punct::Dot) => {
                    let height = self.height;
                    self.bump();
                    let member = self.name("the name of a member")?;
                    self.grow(height)?;
                    let span = expr.span.to(member.span);
                    expr = Expr { span, kind: ExprKind::Member(boxed(expr), member) };
                }
                Some(Punct::BracketOpen) => expr = self.subscript(expr)?,
                Some(Punct::ParenOpen) => expr = self.call(expr, vec![])?,
                Some(Punct::Lt)
                    if callable(&expr) && (self.at_type_word(1) || self.at_type_args(!statement)) =>
                {
                    let height = self.height;
                    let type_args = self.type_args()?;
                    self.height = self.height.max(height);
                    expr = self.call(expr, type_args)?;
                }
                _ => return Ok(expr),
            }
        }
    }

    /// `[i]`, `[hi:lo]` or `[lo +: width]`.
    fn subscript(&mut self, base: Expr) -> Parsed<Expr> {
        let mut height = self.height;
        self.bump();
        let first = self.expr()?;
        height = height.max(self.height);
        let plus = self.is(Punct::Plus) && self.next_is(1, Punct::Colon);
        if plus {
            self.bump();
        }
        let start = base.span;
        let kind = if self.eat(Punct::Colon) {
            let second = self.expr()?;
            height = height.max(self.height);
            let (base, first, second) = (boxed(base), boxed(first), boxed(second));
            if plus { ExprKind::PlusSlice(base, first, second) } else { ExprKind::Slice(base, first, second) }
        } else {
            ExprKind::Index(boxed(base), boxed(first))
        };
        if !self.eat(Punct::BracketClose) {
            return Err(self.expected("`]`, or `:` or `+:` and the other end of a slice"));
        }
        self.grow(height)?;
        Ok(Expr { span: self.since(start), kind })
    }

    /// At the `(` of the arguments. The height is that of the callee and the type arguments.
    fn call(&mut self, callee: Expr, type_args: Vec<Type>) -> Parsed<Expr> {
        let height = self.height;
        let start = callee.span;
        let args = self.args()?;
        self.grow(height.max(self.height))?;
        let kind = ExprKind::Call { callee: boxed(callee), type_args, args };
        Ok(Expr { span: self.since(start), kind })
    }

    /// `(argument, ...)`; sets the height of all of them.
    pub(super) fn args(&mut self) -> Parsed<Vec<Arg>> {
        self.expect(Punct::ParenOpen, "and arguments")?;
        let mut args = vec![];
        let mut height = 0;
        if !self.eat(Punct::ParenClose) {
            loop {
                self.height = 0;
                args.push(self.arg()?);
                height = height.max(self.height);
                if self.eat(Punct::Comma) {
                    continue;
                }
                if self.eat(Punct::ParenClose) {
                    break;
                }
                return Err(self.expected("`,` or `)` after an argument"));
            }
        }
        self.height = height;
        Ok(args)
    }

    fn arg(&mut self) -> Parsed<Arg> {
        let start = self.span();
        let name = if self.is_name(0) && self.next_is(1, Punct::Assign) {
            let name = self.name("the name of a parameter")?;
            self.bump();
            Some(name)
        } else {
            None
        };
        let value = if self.eat_word(Keyword::Underscore) { None } else { Some(self.expr()?) };
        Ok(Arg { name, value, span: self.since(start) })
    }

    fn primary(&mut self, statement: bool) -> Parsed<Expr> {
        let start = self.span();
        self.height = 1;
        let kind = match self.kind(0) {
            Some(TokenKind::Int(literal)) => {
                ExprKind::Int { value: literal.value.clone(), width: literal.width }
            }
            Some(TokenKind::Str(raw)) => ExprKind::Str(string_value(raw)),
            Some(TokenKind::Keyword(Keyword::True)) => ExprKind::Bool(true),
            Some(TokenKind::Keyword(Keyword::False)) => ExprKind::Bool(false),
            Some(TokenKind::Keyword(Keyword::This)) => ExprKind::This,
            Some(TokenKind::Punct(Punct::Dots)) => ExprKind::Dots,
            Some(TokenKind::Punct(Punct::Invalid)) => ExprKind::Invalid,
            Some(TokenKind::Punct(Punct::ParenOpen)) => return self.paren(),
            Some(TokenKind::Punct(Punct::BraceOpen)) => {
                return self.bracketed(&[Punct::Semicolon], Parser::braces);
            }
            Some(TokenKind::Punct(Punct::Dot) | TokenKind::Ident(_)) => return self.name_expr(statement),
            Some(TokenKind::Keyword(Keyword::Error)) => return self.error_member(),
            Some(TokenKind::Keyword(word)) if word.is_non_type_name() => return self.name_expr(statement),
            Some(TokenKind::Keyword(word)) if word.begins_type() || *word == Keyword::List => {
                let wrong =
                    Diagnostic::error(start, format!("expected an expression, found the type `{word}`"));
                let help = match word {
                    Keyword::List => {
                        "`list` is a keyword: an expression cannot say it, give what is named so another name"
                    }
                    _ => "a cast is written `(T) value`",
                };
                return Err(self.report(wrong.help(help)));
            }
            Some(TokenKind::Keyword(Keyword::Underscore)) => {
                let wrong = Diagnostic::error(start, "expected an expression, found `_`");
                return Err(self.report(wrong.help("`_` is a whole key, argument or type argument")));
            }
            _ => return Err(self.expected("an expression")),
        };
        self.bump();
        Ok(Expr { span: start, kind })
    }

    /// `error.X`
    fn error_member(&mut self) -> Parsed<Expr> {
        let start = self.span();
        self.bump();
        self.expect(Punct::Dot, "and the name of an error after `error`")?;
        let member = self.name("the name of an error")?;
        Ok(Expr { span: start.to(member.span), kind: ExprKind::ErrorMember(member) })
    }

    /// `x`, `.x`, and for a type that is more than a name `S<T>.x` or `S<T>(...)`.
    fn name_expr(&mut self, statement: bool) -> Parsed<Expr> {
        let start = self.span();
        let dot = self.eat(Punct::Dot);
        let ident = self.name("a name")?;
        let name = NameRef { dot, ident };
        let expr = Expr { span: self.since(start), kind: ExprKind::Name(name) };
        if !self.is(Punct::Lt) || !self.scopes.is_type(ident.name, dot) {
            return Ok(expr);
        }
        // A type is not compared: these are its arguments. The grammar's `namedType ( ... )` and `directApplication`.
        if statement || self.at_type_args(false) {
            let type_args = self.type_args()?;
            if self.is(Punct::ParenOpen) {
                return self.call(expr, type_args);
            }
            let height = self.height;
            let ty = Type { span: self.since(start), kind: TypeKind::Specialized(name, type_args) };
            self.expect(Punct::Dot, "or `(` after a type with arguments")?;
            let member = self.name("the name of a member")?;
            self.grow(height)?;
            return Ok(Expr { span: start.to(member.span), kind: ExprKind::TypeMember(ty, member) });
        }
        Ok(expr)
    }

    fn paren(&mut self) -> Parsed<Expr> {
        let start = self.span();
        self.bump();
        let mut inner = self.expr()?;
        if !self.eat(Punct::ParenClose) {
            return Err(self.expected("`)`"));
        }
        // `(T) x` with a T that nobody declared: the checker says so.
        if let ExprKind::Name(name) = inner.kind
            && self.scopes.meaning(name.ident.name, name.dot).is_none()
            && self.begins_operand()
        {
            let ty = Type { span: inner.span, kind: TypeKind::Name(name) };
            return self.cast_of(start, ty, 1);
        }
        inner.span = self.since(start);
        Ok(inner)
    }

    /// What stands here can only be an operand, no operator.
    fn begins_operand(&self) -> bool {
        match self.kind(0) {
            Some(TokenKind::Ident(_) | TokenKind::Int(_) | TokenKind::Str(_)) => true,
            Some(TokenKind::Keyword(word)) => matches!(word, Keyword::True | Keyword::False | Keyword::This),
            Some(TokenKind::Punct(punct)) => matches!(punct, Punct::Not | Punct::Tilde | Punct::Invalid),
            _ => false,
        }
    }

    /// `{a, b}`, `{k = a, ...}`
    fn braces(&mut self) -> Parsed<Expr> {
        let start = self.span();
        self.bump();
        let mut height = 0;
        let mut items = vec![];
        let mut fields: Vec<(Ident, Expr)> = vec![];
        let mut dots = false;
        while !self.is(Punct::BraceClose) {
            let place = self.span();
            if !fields.is_empty() && self.eat(Punct::Dots) {
                dots = true;
                self.eat(Punct::Comma);
                break;
            }
            let keyed = self.is_name(0) && self.next_is(1, Punct::Assign);
            if if keyed { !items.is_empty() } else { !fields.is_empty() } {
                let wrong = Diagnostic::error(place, "this list has both values and `field = value` pairs");
                return Err(self.report(wrong.help("give each value the name of its field, or none")));
            }
            if keyed {
                let name = self.name("the name of a field")?;
                self.bump();
                fields.push((name, self.expr()?));
            } else {
                items.push(self.expr()?);
            }
            height = height.max(self.height);
            if !self.eat(Punct::Comma) && !self.is(Punct::BraceClose) {
                return Err(self.expected("`,` or `}` after a value"));
            }
        }
        if !self.eat(Punct::BraceClose) {
            return Err(self.expected("`}` after `...`"));
        }
        self.grow(height)?;
        let kind = if fields.is_empty() { ExprKind::List(items) } else { ExprKind::Record { fields, dots } };
        Ok(Expr { span: self.since(start), kind })
    }

    /// `e, e, ...`, perhaps none, up to `)`.
    pub(super) fn paren_exprs(&mut self, of: &str) -> Parsed<Vec<Expr>> {
        self.expect(Punct::ParenOpen, &format!("after `{of}`"))?;
        let mut exprs = vec![];
        if self.eat(Punct::ParenClose) {
            return Ok(exprs);
        }
        loop {
            exprs.push(self.expr()?);
            if self.eat(Punct::Comma) {
                continue;
            }
            self.expect(Punct::ParenClose, &format!("after the expressions of `{of}`"))?;
            return Ok(exprs);
        }
    }

    /// Declares a name as a value.
    pub(super) fn declare_value(&mut self, ident: Ident) {
        self.scopes.declare(ident.name, Meaning::Value);
    }

    pub(super) fn declare_type(&mut self, ident: Ident) {
        self.scopes.declare(ident.name, Meaning::Type);
    }
}

/// What type arguments can follow.
fn callable(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Name(_) | ExprKind::Member(..))
}
