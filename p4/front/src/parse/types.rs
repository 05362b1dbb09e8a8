//! Types, type parameters and parameters.

use super::scope::Meaning;
use super::{Parsed, Parser};
use crate::ast::{Direction, Expr, ExprKind, Ident, NameRef, Param, Type, TypeKind};
use crate::diag::Diagnostic;
use crate::token::{Keyword, Punct, TokenKind};

impl Parser<'_> {
    /// `typeRef`, or `void`.
    pub(super) fn type_ref(&mut self) -> Parsed<Type> {
        self.deeper(|parser| {
            let start = parser.span();
            let mut kind = parser.plain_type()?;
            while parser.eat(Punct::BracketOpen) {
                let element = Type { span: parser.since(start), kind };
                let below = parser.height;
                let size = parser.expr()?;
                parser.grow(below.max(parser.height))?;
                parser.expect(Punct::BracketClose, "after the size of an array")?;
                kind = TypeKind::Stack(Box::new(element), Box::new(size));
            }
            Ok(Type { span: parser.since(start), kind })
        })
    }

    fn plain_type(&mut self) -> Parsed<TypeKind> {
        self.height = 1;
        let Some(TokenKind::Keyword(word)) = self.kind(0) else { return self.named_type() };
        let simple = match word {
            Keyword::Void => TypeKind::Void,
            Keyword::Bool => TypeKind::Bool,
            Keyword::Error => TypeKind::Error,
            Keyword::MatchKind => TypeKind::MatchKind,
            Keyword::String => TypeKind::String,
            Keyword::Bit | Keyword::Int | Keyword::Varbit => return self.sized_type(*word),
            Keyword::Tuple => {
                self.bump();
                return Ok(TypeKind::Tuple(self.type_args()?));
            }
            Keyword::List => {
                let start = self.span();
                self.bump();
                let mut args = self.type_args()?;
                if args.len() > 1 || args.is_empty() {
                    let span = self.since(start);
                    self.report(
                        Diagnostic::error(span, "`list` takes one type argument").help("write `list<T>`"),
                    );
                }
                let element = args.pop().unwrap_or(Type { span: start, kind: TypeKind::DontCare });
                return Ok(TypeKind::List(Box::new(element)));
            }
            _ => return self.named_type(),
        };
        self.bump();
        Ok(simple)
    }

    fn named_type(&mut self) -> Parsed<TypeKind> {
        let dot = self.eat(Punct::Dot);
        if !self.is_name(0) {
            return Err(self.expected("a type"));
        }
        let ident = self.name("a type")?;
        let name = NameRef { dot, ident };
        if self.is(Punct::Lt) {
            return Ok(TypeKind::Specialized(name, self.type_args()?));
        }
        Ok(TypeKind::Name(name))
    }

    fn sized_type(&mut self, word: Keyword) -> Parsed<TypeKind> {
        self.bump();
        if !self.eat(Punct::Lt) {
            return match word {
                Keyword::Bit => Ok(TypeKind::Bit(None)),
                Keyword::Int => Ok(TypeKind::Integer),
                _ => Err(self.expected("`<` and the largest width after `varbit`")),
            };
        }
        let width = Box::new(self.width(word)?);
        if !self.eat_angle() {
            return Err(self.expected("`>` after the width"));
        }
        Ok(match word {
            Keyword::Bit => TypeKind::Bit(Some(width)),
            Keyword::Int => TypeKind::Int(width),
            _ => TypeKind::Varbit(width),
        })
    }

    /// A number, or an expression in parentheses.
    fn width(&mut self, word: Keyword) -> Parsed<Expr> {
        let span = self.span();
        match self.kind(0) {
            Some(TokenKind::Int(literal)) => {
                self.bump();
                let kind = ExprKind::Int { value: literal.value.clone(), width: literal.width };
                Ok(Expr { span, kind })
            }
            Some(TokenKind::Punct(Punct::ParenOpen)) => {
                self.bump();
                let width = self.expr()?;
                self.expect(Punct::ParenClose, "after the width")?;
                Ok(width)
            }
            Some(TokenKind::Ident(name)) => {
                let text = self.session.text(*name).to_owned();
                self.report(
                    Diagnostic::error(span, "a width that is not a number must be in parentheses")
                        .help(format!("write `{word}<({text})>`")),
                );
                self.bump();
                let name = NameRef { dot: false, ident: Ident { name: *name, span } };
                Ok(Expr { span, kind: ExprKind::Name(name) })
            }
            _ => Err(self.expected("a width")),
        }
    }

    /// `<T, ...>`; sets the height of all of them.
    pub(super) fn type_args(&mut self) -> Parsed<Vec<Type>> {
        if !self.eat(Punct::Lt) {
            return Err(self.expected("`<` and type arguments"));
        }
        let mut args = vec![];
        let mut height = 0;
        if self.eat_angle() {
            return Ok(args);
        }
        loop {
            if self.is_word(Keyword::Underscore) {
                args.push(Type { span: self.span(), kind: TypeKind::DontCare });
                self.bump();
            } else {
                args.push(self.type_ref()?);
                height = height.max(self.height);
            }
            if self.eat(Punct::Comma) {
                continue;
            }
            if self.eat_angle() {
                self.grow(height)?;
                return Ok(args);
            }
            return Err(self.expected("`,` or `>` after a type argument"));
        }
    }

    /// `<A, B>` of a declaration; they are types from here on.
    pub(super) fn type_params(&mut self) -> Parsed<Vec<Ident>> {
        let mut params = vec![];
        if !self.eat(Punct::Lt) {
            return Ok(params);
        }
        loop {
            let name = self.name("the name of a type parameter")?;
            self.scopes.declare(name.name, Meaning::Type);
            params.push(name);
            if self.eat(Punct::Comma) {
                continue;
            }
            if self.eat_angle() {
                return Ok(params);
            }
            return Err(self.expected("`,` or `>` after a type parameter"));
        }
    }

    /// `(parameter, ...)`; they are values from here on.
    pub(super) fn params(&mut self, of: &str) -> Parsed<Vec<Param>> {
        self.expect(Punct::ParenOpen, &format!("and the parameters of {of}"))?;
        let mut params = vec![];
        if self.eat(Punct::ParenClose) {
            return Ok(params);
        }
        loop {
            params.push(self.param()?);
            if self.eat(Punct::Comma) {
                continue;
            }
            if self.eat(Punct::ParenClose) {
                return Ok(params);
            }
            let stop = self.expected("`,` or `)` after a parameter");
            // Only a comma is missing: the next parameter stands here.
            let next = self.is(Punct::At) || self.keyword().is_some_and(Keyword::begins_type);
            if !next || self.quiet {
                return Err(stop);
            }
        }
    }

    fn param(&mut self) -> Parsed<Param> {
        let start = self.span();
        let annotations = self.annotations()?;
        let direction = match self.keyword() {
            Some(Keyword::In) => Direction::In,
            Some(Keyword::Out) => Direction::Out,
            Some(Keyword::InOut) => Direction::InOut,
            _ => Direction::None,
        };
        if direction != Direction::None {
            self.bump();
        }
        let ty = self.type_ref()?;
        let name = self.name("the name of a parameter")?;
        let default = if self.eat(Punct::Assign) { Some(self.expr()?) } else { None };
        self.scopes.declare(name.name, Meaning::Value);
        Ok(Param { annotations, direction, ty, name, default, span: self.since(start) })
    }
}
