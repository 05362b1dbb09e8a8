//! Parsers and controls.

use super::decl::Place;
use super::{Parsed, Parser, Stop};
use crate::ast::{ApplyType, Block, Control, Decl, DeclKind, Ident, Param, State};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::token::{Keyword, Punct, TokenKind};

impl Parser<'_> {
    /// `name<T>(parameters)` after `parser`, `control` or `package`, in a scope that the caller opened.
    pub(super) fn apply_type(&mut self, name: Ident, of: &str) -> Parsed<ApplyType> {
        let type_params = self.type_params()?;
        let params = self.params(of)?;
        Ok(ApplyType { name, type_params, params })
    }

    fn constructor_params(&mut self, of: &str) -> Parsed<Vec<Param>> {
        if self.is(Punct::ParenOpen) { self.params(of) } else { Ok(vec![]) }
    }

    /// Whether a `;` ends the declaration of a type; else its body follows.
    fn type_only(&mut self, ty: &ApplyType, what: &str) -> Parsed<bool> {
        if self.eat(Punct::Semicolon) {
            return Ok(true);
        }
        if !self.is(Punct::BraceOpen) && !self.is(Punct::ParenOpen) && !self.brace_forgotten(false) {
            return Err(self.expected(&format!("`;` or `{{` after the parameters of the {what}")));
        }
        if let (Some(first), Some(last), false) = (ty.type_params.first(), ty.type_params.last(), self.quiet)
        {
            let span = first.span.to(last.span);
            // 13.2 and 14 forbid it, 15.1 has an example of it.
            let wrong = Diagnostic::warning(span, format!("a {what} with a body and type parameters"));
            let help = "the language has them for types of blocks only, which have `;` instead of a body";
            self.session.diags.push(wrong.help(help));
        }
        Ok(false)
    }

    pub(super) fn parser_decl(&mut self) -> Parsed<DeclKind> {
        self.bump();
        let name = self.name("the name of a parser")?;
        self.declare_type(name);
        self.scoped(|parser| {
            let ty = parser.apply_type(name, "the parser")?;
            if parser.type_only(&ty, "parser")? {
                return Ok(DeclKind::ParserType(ty));
            }
            let constructor = parser.constructor_params("the constructor")?;
            let (locals, states) = parser.parser_body()?;
            Ok(DeclKind::Parser(crate::ast::Parser { ty, constructor, locals, states }))
        })
    }

    fn open_block(&mut self, what: &str) -> Parsed<()> {
        if self.eat(Punct::BraceOpen) {
            return Ok(());
        }
        let forgotten = self.brace_forgotten(false);
        let stop = self.missing(Punct::BraceOpen, &format!("at the beginning of the {what}"));
        if forgotten && !self.quiet { Ok(()) } else { Err(stop) }
    }

    fn parser_body(&mut self) -> Parsed<(Vec<Decl>, Vec<State>)> {
        let opening = self.span();
        self.open_block("parser")?;
        let (mut locals, mut states) = (vec![], vec![]);
        loop {
            if self.eat(Punct::BraceClose) {
                return Ok((locals, states));
            }
            if self.at_outer(false) {
                return Err(self.unclosed(opening, "the parser"));
            }
            let (start, from) = (self.at, self.span());
            let annotated = self.annotations();
            let step = match annotated {
                Err(stop) => Err(stop),
                Ok(annotations) if self.is_word(Keyword::State) => {
                    self.deeper(|parser| parser.state(annotations)).map(|state| states.push(state))
                }
                Ok(annotations) => self.declaration_at(Place::Parser, annotations, from).map(|decl| {
                    if !states.is_empty() {
                        self.late(from, "a state", "parser");
                    }
                    locals.push(decl);
                }),
            };
            self.resume_local(step, start)?;
        }
    }

    fn late(&mut self, span: Span, after: &str, of: &str) {
        let wrong = Diagnostic::error(span, format!("a declaration of a {of} cannot stand after {after}"));
        self.report(wrong.help("move it up"));
    }

    /// As [`Parser::resume`], also where a bracket was missing before a declaration of this list.
    fn resume_local(&mut self, step: Parsed<()>, start: usize) -> Parsed<()> {
        let here = self.at > start && self.at_outer(true) && !self.at_outer(false);
        let step = if step == Err(Stop::Outer) && here { Ok(()) } else { step };
        self.resume(step, start)
    }

    pub(super) fn control_decl(&mut self) -> Parsed<DeclKind> {
        self.bump();
        let name = self.name("the name of a control")?;
        self.declare_type(name);
        self.scoped(|parser| {
            let ty = parser.apply_type(name, "the control")?;
            if parser.type_only(&ty, "control")? {
                return Ok(DeclKind::ControlType(ty));
            }
            let constructor = parser.constructor_params("the constructor")?;
            let (locals, body) = parser.control_body(name)?;
            Ok(DeclKind::Control(Control { ty, constructor, locals, body }))
        })
    }

    /// `apply` that ends its line, or that a statement follows.
    fn apply_forgot_brace(&self) -> bool {
        use Keyword::*;
        self.is_word(Apply)
            && (self.ends_line() || matches!(self.kind(1), Some(TokenKind::Keyword(If | Switch | For))))
    }

    fn control_body(&mut self, name: Ident) -> Parsed<(Vec<Decl>, Block)> {
        let opening = self.span();
        self.open_block("control")?;
        let mut locals = vec![];
        let mut body: Option<Block> = None;
        let mut tried = false;
        loop {
            if self.is(Punct::BraceClose) {
                break;
            }
            if self.at_outer(false) {
                return Err(self.unclosed(opening, "the control"));
            }
            let start = self.at;
            let from = self.span();
            let step = if self.at_word_or_annotation(Keyword::Apply) || self.apply_forgot_brace() {
                self.bump();
                if body.is_some() {
                    self.report(
                        Diagnostic::error(from, "a control has one `apply` block").help("join the two"),
                    );
                }
                tried = true;
                self.block("the `apply` block").map(|block| body = Some(block))
            } else {
                self.declaration(Place::Control).map(|decl| {
                    if body.is_some() {
                        self.late(from, "its `apply` block", "control");
                    }
                    locals.push(decl);
                })
            };
            self.resume_local(step, start)?;
        }
        self.bump();
        if body.is_none() && !tried {
            let text = self.text(name);
            let wrong = Diagnostic::error(name.span, format!("the control `{text}` has no `apply` block"));
            self.report(wrong.help("write `apply { ... }` as its last part"));
        }
        let empty = Block { annotations: vec![], stmts: vec![], span: opening };
        Ok((locals, body.unwrap_or(empty)))
    }
}
