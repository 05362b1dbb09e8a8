//! Parser states: transitions, `select` and its key sets. P4-16 13.

use super::{Parsed, Parser, Stop};
use crate::ast::{Key, KeyKind, Keyset, SelectCase, State, Transition};
use crate::diag::Diagnostic;
use crate::token::{Keyword, Punct, TokenKind};

impl Parser<'_> {
    /// `state name { statements transition }`, after its annotations.
    pub(super) fn state(&mut self, annotations: crate::ast::Annotations) -> Parsed<State> {
        let start = annotations.first().map_or(self.span(), |first| first.span);
        self.bump();
        let name = self.name("the name of a state")?;
        let opening = self.span();
        if !self.eat(Punct::BraceOpen) {
            let stop = self.missing(Punct::BraceOpen, "after the name of a state");
            // Nothing else stands there: statements are of the body.
            let statement = self.is_name(0) || self.is(Punct::At) || self.keyword().is_some();
            if self.quiet || !statement || self.at_outer(true) {
                return Err(stop);
            }
        }
        let (body, transition) = self.scoped(|parser| parser.state_body(opening))?;
        Ok(State { annotations, name, body, transition, span: self.since(start) })
    }

    fn state_body(&mut self, opening: crate::Span) -> Parsed<(Vec<crate::ast::Stmt>, Option<Transition>)> {
        let mut body = vec![];
        let mut transition: Option<Transition> = None;
        loop {
            if self.eat(Punct::BraceClose) {
                return Ok((body, transition));
            }
            if self.at_outer(true) {
                return Err(self.unclosed(opening, "the state"));
            }
            let start = self.at;
            let span = self.span();
            let step = if self.is_word(Keyword::Transition) {
                self.bump();
                self.transition().map(|found| {
                    if transition.is_some() {
                        let wrong = Diagnostic::error(span, "a state has one `transition`");
                        self.report(wrong.help("choose between states with `select`"));
                    }
                    transition = Some(found);
                })
            } else {
                if transition.is_some() && !self.is(Punct::Semicolon) {
                    let wrong = Diagnostic::error(span, "`transition` is the last statement of a state");
                    self.report(wrong.label("never reached"));
                    transition = None;
                }
                self.statement(true).map(|statement| body.push(statement))
            };
            self.resume(step, start)?;
        }
    }

    /// Goes on in a list after an element, wherever it went wrong.
    pub(super) fn resume(&mut self, step: Parsed<()>, start: usize) -> Parsed<()> {
        match step {
            Ok(()) => {}
            Err(Stop::Outer) => return Err(Stop::Outer),
            Err(Stop::Here) => self.sync(start),
        }
        if self.at == start {
            self.bump();
        }
        Ok(())
    }

    fn transition(&mut self) -> Parsed<Transition> {
        if !self.is_word(Keyword::Select) {
            let next = self.name("a state or `select` after `transition`")?;
            if self.is(Punct::ParenOpen) {
                let wrong = Diagnostic::error(next.span, "only `select` is followed by parentheses here");
                return Err(self.report(wrong.help("write `transition select (...) { ... }`")));
            }
            self.expect(Punct::Semicolon, "after `transition`")?;
            return Ok(Transition::Direct(next));
        }
        let start = self.span();
        self.bump();
        let on = self.paren_exprs("select")?;
        let opening = self.span();
        self.expect(Punct::BraceOpen, "and the cases of `select`")?;
        let mut cases = vec![];
        loop {
            if self.eat(Punct::BraceClose) {
                return Ok(Transition::Select { span: self.since(start), on, cases });
            }
            if self.at_outer(true) {
                return Err(self.unclosed(opening, "`select`"));
            }
            let at = self.at;
            let step = self.select_case().map(|case| cases.push(case));
            self.resume(step, at)?;
        }
    }

    fn select_case(&mut self) -> Parsed<SelectCase> {
        let start = self.span();
        let keys = self.keyset()?;
        self.expect(Punct::Colon, "and a state after the keys")?;
        let next = self.name("the name of a state")?;
        self.expect(Punct::Semicolon, "after the state")?;
        Ok(SelectCase { keys, next, span: self.since(start) })
    }

    /// One key, or several in parentheses. What the parentheses belong to is seen at the `:` after them.
    pub(super) fn keyset(&mut self) -> Parsed<Keyset> {
        let start = self.span();
        let tuple = self.is(Punct::ParenOpen)
            && self.closing_here().is_some_and(|end| {
                use Punct::{Assign, BraceClose, Colon, Semicolon};
                let after = self.tokens.get(end + 1).map(|token| &token.kind);
                // Only `:` is right; nor do the others go on with an expression.
                matches!(after, Some(TokenKind::Punct(Colon | Assign | Semicolon | BraceClose)))
            });
        if !tuple {
            let key = self.key()?;
            return Ok(Keyset { span: key.span, keys: vec![key], tuple });
        }
        self.bump();
        let mut keys = vec![];
        loop {
            keys.push(self.key()?);
            if self.eat(Punct::Comma) {
                continue;
            }
            if self.eat(Punct::ParenClose) {
                return Ok(Keyset { span: self.since(start), keys, tuple });
            }
            return Err(self.expected("`,` or `)` after a key"));
        }
    }

    fn key(&mut self) -> Parsed<Key> {
        let start = self.span();
        let kind = if self.eat_word(Keyword::Default) {
            KeyKind::Default
        } else if self.eat_word(Keyword::Underscore) {
            KeyKind::DontCare
        } else {
            let first = self.expr()?;
            if self.eat(Punct::Mask) {
                KeyKind::Mask(first, self.expr()?)
            } else if self.eat(Punct::Range) {
                KeyKind::Range(first, self.expr()?)
            } else {
                KeyKind::Expr(first)
            }
        };
        Ok(Key { span: self.since(start), kind })
    }
}
