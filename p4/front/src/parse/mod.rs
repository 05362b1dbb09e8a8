//! Tokens to the syntax tree, by recursive descent. P4-16 appendix "P4 grammar".

mod annot;
mod apply;
mod block;
mod decl;
mod expr;
mod keyset;
mod recover;
mod scan;
mod scope;
mod stmt;
mod table;
mod type_decl;
mod types;

use crate::Session;
use crate::ast::{Ident, Program};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::token::{Keyword, Punct, Token, TokenKind};
use scope::Scopes;

/// Constructs within constructs: what is called recursively here.
const DEEPEST: usize = 200;
/// Height of an expression, whose left side may be a long chain.
const TALLEST: usize = 1000;
/// After so many syntax errors nobody reads on.
const MOST_ERRORS: usize = 50;

/// Parses a program. What is wrong goes to the session; the tree holds what could be understood.
pub fn parse(session: &mut Session, tokens: &[Token]) -> Program {
    let closing = scan::brackets(tokens);
    let open = tokens.iter().zip(&closing).position(|(token, closing)| {
        token.kind == TokenKind::Punct(Punct::BraceOpen) && *closing == scan::NONE
    });
    let mut parser = Parser {
        closing,
        open,
        session,
        tokens,
        at: 0,
        half: false,
        scopes: Scopes::default(),
        depth: 0,
        height: 0,
        quiet: false,
        errors: 0,
        dead: false,
    };
    parser.program()
}

/// A message was given. Where parsing goes on:
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// At the next statement, property or declaration of the list around this.
    Here,
    /// Further out: a bracket is missing.
    Outer,
}

type Parsed<T> = Result<T, Stop>;

struct Parser<'a> {
    session: &'a mut Session,
    tokens: &'a [Token],
    /// For each opening bracket its closing one, or [`scan::NONE`].
    closing: Vec<u32>,
    /// The first `{` that is not closed.
    open: Option<usize>,
    at: usize,
    /// The first half of the `>>` at `at` closed a list of type arguments.
    half: bool,
    scopes: Scopes,
    depth: usize,
    /// Height of the expression or type that was parsed last.
    height: usize,
    /// Trying: nothing is said.
    quiet: bool,
    errors: usize,
    /// Nothing is parsed any more.
    dead: bool,
}

impl<'a> Parser<'a> {
    // Looking.

    fn token(&self, ahead: usize) -> Option<&'a Token> {
        if self.dead { None } else { self.tokens.get(self.at + ahead) }
    }

    fn kind(&self, ahead: usize) -> Option<&'a TokenKind> {
        self.token(ahead).map(|token| &token.kind)
    }

    fn punct(&self) -> Option<Punct> {
        match self.kind(0) {
            Some(TokenKind::Punct(Punct::Shr)) if self.half => Some(Punct::Gt),
            Some(TokenKind::Punct(punct)) => Some(*punct),
            _ => None,
        }
    }

    fn keyword(&self) -> Option<Keyword> {
        match self.kind(0) {
            Some(TokenKind::Keyword(word)) => Some(*word),
            _ => None,
        }
    }

    fn is(&self, punct: Punct) -> bool {
        self.punct() == Some(punct)
    }

    fn is_word(&self, word: Keyword) -> bool {
        self.keyword() == Some(word)
    }

    fn next_is(&self, ahead: usize, punct: Punct) -> bool {
        self.kind(ahead) == Some(&TokenKind::Punct(punct))
    }

    fn at_end(&self) -> bool {
        self.token(0).is_none()
    }

    fn span(&self) -> Span {
        match self.token(0).or(self.tokens.last()) {
            Some(token) if self.at_end() => Span { lo: token.span.hi, ..token.span },
            Some(token) => token.span,
            None => Span::default(),
        }
    }

    /// The place of what was consumed last.
    fn before(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(self.span(), |token| token.span)
    }

    /// From `start` to what was consumed last.
    fn since(&self, start: Span) -> Span {
        start.to(self.before())
    }

    /// Whether the token is a `name` of the grammar.
    fn is_name(&self, ahead: usize) -> bool {
        match self.kind(ahead) {
            Some(TokenKind::Ident(_)) => true,
            Some(TokenKind::Keyword(word)) => word.is_name(),
            _ => false,
        }
    }

    // Consuming.

    fn bump(&mut self) {
        self.at += 1;
        self.half = false;
    }

    fn eat(&mut self, punct: Punct) -> bool {
        let there = self.is(punct);
        if there {
            self.bump();
        }
        there
    }

    fn eat_word(&mut self, word: Keyword) -> bool {
        let there = self.is_word(word);
        if there {
            self.bump();
        }
        there
    }

    /// Consumes a `>`, perhaps as half of a `>>`.
    fn eat_angle(&mut self) -> bool {
        if self.eat(Punct::Gt) {
            return true;
        }
        let there = self.is(Punct::Shr);
        self.half |= there;
        there
    }

    fn expect(&mut self, punct: Punct, place: &str) -> Parsed<()> {
        if self.eat(punct) {
            return Ok(());
        }
        // Forgotten at the end of a line: nothing need be skipped.
        let harmless = match punct {
            Punct::Semicolon => self.is(Punct::BraceClose) || self.on_new_line(),
            Punct::BraceOpen => self.brace_forgotten(true),
            _ => false,
        };
        let stop = self.missing(punct, place);
        if harmless && !self.quiet { Ok(()) } else { Err(stop) }
    }

    /// What stands here is the first of its line.
    fn on_new_line(&self) -> bool {
        !self.at_end() && self.apart(self.before(), self.span())
    }

    /// What stands here is the last of its line.
    fn ends_line(&self) -> bool {
        self.token(1).is_some_and(|next| self.apart(self.span(), next.span))
    }

    /// A line ends between two tokens.
    fn apart(&self, before: Span, after: Span) -> bool {
        let between = Span { lo: before.hi, hi: after.lo, ..after };
        before.file == after.file && self.session.sources.snippet(between).contains('\n')
    }

    /// A `name` of the grammar; `what` says of what.
    fn name(&mut self, what: &str) -> Parsed<Ident> {
        let span = self.span();
        let name = match self.kind(0) {
            Some(TokenKind::Ident(name)) => *name,
            Some(TokenKind::Keyword(word)) if word.is_name() => self.session.names.intern(word.text()),
            Some(TokenKind::Keyword(word)) if *word != Keyword::Underscore => {
                let wrong = Diagnostic::error(span, format!("expected {what}, found the keyword `{word}`"));
                let help = format!("`{word}` is a word of the language; choose another name");
                let stop = self.report(wrong.help(help));
                if self.quiet || !self.ends_name(1) {
                    return Err(stop);
                }
                self.session.names.intern(word.text())
            }
            _ => return Err(self.expected(what)),
        };
        self.bump();
        Ok(Ident { name, span })
    }

    /// What stands there can follow a name, and a keyword before it was meant as one.
    fn ends_name(&self, ahead: usize) -> bool {
        use Punct::*;
        matches!(
            self.kind(ahead),
            Some(TokenKind::Punct(Semicolon | Assign | Comma | Colon | ParenClose | BraceClose | Dot))
        )
    }

    fn text(&self, ident: Ident) -> String {
        self.session.text(ident.name).to_owned()
    }

    // Bounds.

    /// One construct deeper; [`Parser::leave`] goes back.
    fn enter(&mut self) -> Parsed<()> {
        if self.depth >= DEEPEST {
            return Err(self.too_deep(format!("more than {DEEPEST} constructs within each other")));
        }
        self.depth += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Runs a parser one construct deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.enter()?;
        let result = parse(self);
        self.leave();
        result
    }

    /// What was built is one higher than its highest part.
    fn grow(&mut self, highest: usize) -> Parsed<()> {
        self.height = highest + 1;
        if self.height > TALLEST {
            return Err(self.too_deep(format!("more than {TALLEST} operators on top of each other")));
        }
        Ok(())
    }

    fn too_deep(&mut self, why: String) -> Stop {
        let diagnostic = Diagnostic::error(self.span(), "the program is too deeply nested").label(why);
        self.report(diagnostic.help("split it with variables, constants, actions or functions"));
        // A try may fail; the program may not go on.
        self.dead |= !self.quiet;
        Stop::Outer
    }

    /// Runs a parser in a scope of names of its own.
    fn scoped<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.scopes.push();
        let result = parse(self);
        self.scopes.pop();
        result
    }

    /// Tries a parser: where it fails, nothing was consumed and nothing said.
    fn attempt<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Option<T> {
        let (at, half, depth) = (self.at, self.half, self.depth);
        let quiet = std::mem::replace(&mut self.quiet, true);
        let result = parse(self).ok();
        self.quiet = quiet;
        if result.is_none() {
            (self.at, self.half, self.depth) = (at, half, depth);
        }
        result
    }
}
