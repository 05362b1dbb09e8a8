//! Annotations. P4-16 20.

use super::{Parsed, Parser};
use crate::ast::{Annotation, AnnotationBody, AnnotationToken, Annotations, Expr, Ident};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::token::{Keyword, Punct, Token, TokenKind, string_value};

impl Parser<'_> {
    pub(super) fn annotations(&mut self) -> Parsed<Annotations> {
        let mut annotations = vec![];
        while self.is(Punct::At) {
            let annotation = self.annotation()?;
            annotations.push(annotation);
        }
        Ok(annotations)
    }

    fn annotation(&mut self) -> Parsed<Annotation> {
        let start = self.span();
        self.bump();
        if let Some(TokenKind::Ident(name)) = self.kind(0)
            && self.session.text(*name) == "pragma"
        {
            return self.pragma(start);
        }
        let name = self.annotation_name()?;
        let body = if self.is(Punct::ParenOpen) {
            self.free_body()?
        } else if self.is(Punct::BracketOpen) {
            self.structured_body()?
        } else {
            AnnotationBody::None
        };
        Ok(Annotation { name, span: self.since(start), body })
    }

    /// A name; words of the language too, as nothing else can follow an `@`.
    fn annotation_name(&mut self) -> Parsed<Ident> {
        let span = self.span();
        let Some(TokenKind::Keyword(word)) = self.kind(0) else {
            return self.name("the name of an annotation");
        };
        let name = self.session.names.intern(word.text());
        self.bump();
        Ok(Ident { name, span })
    }

    /// `@pragma name tokens`, up to the end of the line: an annotation of that name.
    fn pragma(&mut self, start: Span) -> Parsed<Annotation> {
        self.bump();
        if self.kind(0) == Some(&TokenKind::PragmaEnd) {
            let wrong = Diagnostic::error(self.since(start), "`@pragma` without a name on its line");
            self.report(wrong.help("write `@pragma name value`"));
            self.bump();
            let name = Ident { name: self.session.names.intern("pragma"), span: start };
            return Ok(Annotation { name, span: self.since(start), body: AnnotationBody::None });
        }
        let name = self.annotation_name()?;
        let from = self.at;
        while !self.at_end() && self.kind(0) != Some(&TokenKind::PragmaEnd) {
            self.bump();
        }
        let tokens = self.free_tokens(from, self.at);
        let span = self.since(start);
        self.bump();
        let body = if tokens.is_empty() {
            AnnotationBody::None
        } else {
            AnnotationBody::Tokens { tokens, exprs: None }
        };
        Ok(Annotation { name, span, body })
    }

    fn free_tokens(&self, from: usize, to: usize) -> Vec<AnnotationToken> {
        self.tokens.get(from..to).unwrap_or(&[]).iter().map(|token| self.free_token(token)).collect()
    }

    fn free_token(&self, token: &Token) -> AnnotationToken {
        let (text, string) = match &token.kind {
            TokenKind::Ident(name) => (self.session.text(*name).to_owned(), None),
            TokenKind::Keyword(word) => (word.text().to_owned(), None),
            TokenKind::Int(literal) => (literal.text.to_string(), None),
            TokenKind::Str(raw) => (raw.to_string(), Some(string_value(raw))),
            TokenKind::Punct(punct) => (punct.text().to_owned(), None),
            TokenKind::PragmaEnd => (String::new(), None),
            TokenKind::Stray(c) => (c.to_string(), None),
        };
        AnnotationToken { span: token.span, text, string }
    }

    /// `(...)`: any tokens with balanced parentheses.
    fn free_body(&mut self) -> Parsed<AnnotationBody> {
        let opening = self.span();
        let mut depth = 0usize;
        let mut end = self.at;
        loop {
            match self.tokens.get(end).map(|token| &token.kind) {
                Some(TokenKind::Punct(Punct::ParenOpen)) => depth += 1,
                Some(TokenKind::Punct(Punct::ParenClose)) => depth -= 1,
                Some(_) => {}
                None => {
                    let wrong =
                        Diagnostic::error(opening, "the parentheses of this annotation are not closed");
                    self.report(wrong.help("write `)` after its body"));
                    return Err(super::Stop::Outer);
                }
            }
            if depth == 0 {
                break;
            }
            end += 1;
        }
        let tokens = self.free_tokens(self.at + 1, end);
        self.bump();
        let exprs = if tokens.is_empty() { None } else { self.attempt(|parser| parser.exprs_up_to(end)) };
        self.at = end + 1;
        self.half = false;
        Ok(AnnotationBody::Tokens { tokens, exprs })
    }

    fn exprs_up_to(&mut self, end: usize) -> Parsed<Vec<Expr>> {
        let mut exprs = vec![];
        loop {
            exprs.push(self.expr()?);
            if self.at == end && !self.half {
                return Ok(exprs);
            }
            self.expect(Punct::Comma, "")?;
        }
    }

    /// `[e, ...]` or `[k = e, ...]`.
    fn structured_body(&mut self) -> Parsed<AnnotationBody> {
        self.bump();
        let mut exprs = vec![];
        let mut pairs = vec![];
        while !self.is(Punct::BracketClose) {
            let span = self.span();
            let keyed = self.is_name(0) && self.next_is(1, Punct::Assign);
            let mixed = if keyed { !exprs.is_empty() } else { !pairs.is_empty() };
            if mixed {
                self.report(
                    Diagnostic::error(span, "an annotation has values or `key = value` pairs, not both")
                        .help("give each value a key, or none"),
                );
            }
            if keyed {
                let key = self.name("a key")?;
                self.bump();
                pairs.push((key, self.expr()?));
            } else {
                exprs.push(self.expr()?);
            }
            if !self.eat(Punct::Comma) && !self.is(Punct::BracketClose) {
                return Err(self.expected("`,` or `]` in an annotation"));
            }
        }
        self.bump();
        Ok(if pairs.is_empty() { AnnotationBody::Exprs(exprs) } else { AnnotationBody::KeyValues(pairs) })
    }

    /// Annotations stood where none can be.
    pub(super) fn no_annotations(&mut self, annotations: &Annotations, before: &str) {
        if let (Some(first), Some(last)) = (annotations.first(), annotations.last()) {
            let span = first.span.to(last.span);
            let found = self.found();
            self.report(
                Diagnostic::error(span, format!("an annotation cannot stand before {found}"))
                    .label(before.to_owned())
                    .help("it stands before a declaration, a block or a `for`"),
            );
        }
    }

    pub(super) fn at_word_or_annotation(&self, word: Keyword) -> bool {
        self.is_word(word) && (self.next_is(1, Punct::BraceOpen) || self.next_is(1, Punct::At))
    }
}
