//! Messages about syntax, and where to go on after one.

use super::{MOST_ERRORS, Parsed, Parser, Stop};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::text::nearest;
use crate::token::{Keyword, Punct, Token, TokenKind};

/// Declarations that can only stand at the top of a program.
fn is_top(word: Keyword) -> bool {
    use Keyword::*;
    matches!(word, Header | HeaderUnion | Struct | Enum | Typedef | Extern | Package | Control | Parser)
}

/// Declarations within parsers and controls.
fn is_local(word: Keyword) -> bool {
    matches!(word, Keyword::Action | Keyword::Table | Keyword::ValueSet)
}

fn begins_statement(word: Keyword) -> bool {
    use Keyword::*;
    matches!(
        word,
        If | Else | For | Switch | Return | Exit | Break | Continue | Const | Transition | Bit | Bool | Int
    )
}

const STATEMENTS: [&str; 12] = [
    "if",
    "else",
    "for",
    "switch",
    "return",
    "exit",
    "break",
    "continue",
    "const",
    "transition",
    "bit",
    "bool",
];

const DECLARATIONS: [&str; 19] = [
    "header",
    "header_union",
    "struct",
    "enum",
    "typedef",
    "type",
    "extern",
    "package",
    "control",
    "parser",
    "action",
    "table",
    "const",
    "state",
    "apply",
    "error",
    "match_kind",
    "value_set",
    "abstract",
];

fn visible(c: char) -> String {
    if c.is_control() || c.is_whitespace() { c.escape_unicode().to_string() } else { c.to_string() }
}

impl Parser<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) -> Stop {
        if self.quiet || self.dead {
            return Stop::Here;
        }
        self.session.diags.push(diagnostic);
        self.errors += 1;
        if self.errors >= MOST_ERRORS {
            self.session
                .diags
                .error(self.span(), format!("{MOST_ERRORS} syntax errors: the rest is not read"));
            self.dead = true;
        }
        Stop::Here
    }

    /// The token here, for a message.
    pub(super) fn found(&self) -> String {
        match self.kind(0) {
            None => "the end of the program".to_owned(),
            Some(TokenKind::Ident(name)) => format!("`{}`", self.session.text(*name)),
            Some(TokenKind::Keyword(Keyword::Underscore)) => "`_`".to_owned(),
            Some(TokenKind::Keyword(word)) => format!("the keyword `{word}`"),
            Some(TokenKind::Int(literal)) if literal.text.len() > 40 => "a number".to_owned(),
            Some(TokenKind::Int(literal)) => format!("`{}`", literal.text),
            Some(TokenKind::Str(_)) => "a string".to_owned(),
            Some(TokenKind::Punct(punct)) => format!("`{punct}`"),
            Some(TokenKind::PragmaEnd) => "the end of an `@pragma`".to_owned(),
            Some(TokenKind::Stray(c)) => format!("the character `{}`", visible(*c)),
        }
    }

    /// The token here is not what it should be.
    pub(super) fn expected(&mut self, what: &str) -> Stop {
        let span = self.span();
        let diagnostic = match self.kind(0) {
            Some(TokenKind::Stray(c)) => {
                let wrong = Diagnostic::error(span, format!("stray character `{}`", visible(*c)))
                    .label(format!("expected {what}"));
                match c {
                    '\'' | '`' | '\u{201c}' | '\u{201d}' => wrong.help("strings are written with `\"`"),
                    '#' => wrong.help("a directive must be the first of its line"),
                    '\\' => wrong.help("a backslash continues a line only as its very last character"),
                    _ => wrong,
                }
            }
            _ => {
                let found = self.found();
                let wrong = Diagnostic::error(span, format!("expected {what}, found {found}"));
                match self.advice(what) {
                    Some(advice) => wrong.help(advice),
                    None => wrong,
                }
            }
        };
        self.report(diagnostic)
    }

    /// What programmers of other languages mean by what stands here.
    fn advice(&self, wanted: &str) -> Option<String> {
        let text = |ahead| match self.kind(ahead) {
            Some(TokenKind::Ident(name)) => self.session.text(*name),
            _ => "",
        };
        let before = |back: usize| {
            self.at.checked_sub(back).and_then(|at| self.tokens.get(at)).map(|token| &token.kind)
        };
        match self.punct() {
            Some(Punct::Assign) if wanted.contains("`)`") => {
                Some("`=` assigns; a comparison is written `==`".to_owned())
            }
            Some(Punct::Semicolon | Punct::ParenClose) => match (before(1), before(2)) {
                (Some(TokenKind::Punct(Punct::PlusPlus)), _) => {
                    Some("`++` concatenates; to increment write `x = x + 1`".to_owned())
                }
                (Some(TokenKind::Punct(Punct::Minus)), Some(TokenKind::Punct(Punct::Minus))) => {
                    Some("to decrement write `x = x - 1`".to_owned())
                }
                (Some(TokenKind::Punct(Punct::Comma)), _) => Some("remove the comma before it".to_owned()),
                _ => None,
            },
            _ if wanted == "a declaration" && self.keyword().is_some_and(begins_statement) => {
                Some("statements stand in an `apply` block, a state, an action or a function".to_owned())
            }
            _ => match (text(0), before(1)) {
                ("and", _) => Some("`and` is written `&&`".to_owned()),
                ("or", _) => Some("`or` is written `||`".to_owned()),
                (_, Some(TokenKind::Ident(name))) if self.session.text(*name) == "not" => {
                    Some("`not` is written `!`".to_owned())
                }
                _ => None,
            },
        }
    }

    /// A punctuation mark is missing: shown where it should be.
    pub(super) fn missing(&mut self, punct: Punct, place: &str) -> Stop {
        let stray = matches!(self.kind(0), Some(TokenKind::Stray(_)));
        let shown = punct == Punct::Semicolon || (punct == Punct::BraceOpen && self.brace_forgotten(false));
        if !shown || stray || self.at == 0 {
            return self.expected(&format!("`{punct}` {place}"));
        }
        let before = self.before();
        let found = self.found();
        let mut wrong = Diagnostic::error(
            Span { lo: before.hi, ..before },
            format!("expected `{punct}` {place}, found {found}"),
        )
        .label(format!("`{punct}` is missing here"));
        if let Some(advice) = self.missing_advice() {
            wrong = wrong.help(advice);
        }
        self.report(wrong)
    }

    fn missing_advice(&self) -> Option<String> {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| &token.kind);
        if self.is(Punct::BracketOpen) && matches!(before, Some(TokenKind::Ident(_))) {
            return Some("the size of an array stands with its type: `T[4] name`".to_owned());
        }
        if self.is(Punct::Comma) {
            return Some("write `;` instead of `,`".to_owned());
        }
        self.advice("`;`")
    }

    /// Parses from an opening bracket to its closing one. Where that fails, the rest up to the closing one is skipped,
    /// unless it holds what cannot be within: then a bracket is missing.
    pub(super) fn bracketed<T>(
        &mut self,
        foreign: &[Punct],
        parse: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let closing = self.closing_here();
        let result = parse(self);
        if matches!(result, Err(Stop::Here))
            && !self.quiet
            && let Some(end) = closing
            && let Some(rest) = self.tokens.get(self.at..end)
        {
            let is_foreign =
                |token: &Token| matches!(token.kind, TokenKind::Punct(punct) if foreign.contains(&punct));
            if !rest.iter().any(is_foreign) {
                self.at = end + 1;
                self.half = false;
            }
        }
        result
    }

    /// The keyword that a name was meant to be.
    pub(super) fn declaration_like(&self, word: &str) -> Option<&'static str> {
        nearest(word, DECLARATIONS.iter().copied())
    }

    pub(super) fn statement_like(&self, word: &str) -> Option<&'static str> {
        nearest(word, STATEMENTS.iter().copied())
    }

    /// A body begins here, on a line of its own or with a statement, without its `{`. `locals`: what parsers and controls declare is not of
    /// the body, but comes after it.
    pub(super) fn brace_forgotten(&self, locals: bool) -> bool {
        let after = match self.keyword() {
            None => !self.is_name(0) && !self.is(Punct::At),
            Some(Keyword::Apply) => locals && self.next_is(1, Punct::BraceOpen),
            Some(Keyword::State) => locals && self.is_name(1) && self.next_is(2, Punct::BraceOpen),
            Some(word) => is_top(word) || (locals && is_local(word)),
        };
        let statement = self.keyword().is_some_and(|word| begins_statement(word) && !word.begins_type());
        !after && (self.on_new_line() || statement)
    }

    /// What stands here belongs further out, and a `}` is missing before it: some `{` is not closed.
    pub(super) fn at_outer(&self, locals: bool) -> bool {
        match self.keyword() {
            None => self.at_end(),
            Some(_) if self.open.is_none_or(|open| open >= self.at) => false,
            Some(Keyword::MatchKind | Keyword::Error) => self.next_is(1, Punct::BraceOpen),
            Some(Keyword::Apply) => locals && self.next_is(1, Punct::BraceOpen),
            Some(Keyword::State) => locals && self.is_name(1) && self.next_is(2, Punct::BraceOpen),
            Some(word) => is_top(word) || (locals && is_local(word)),
        }
    }

    /// The `}` of the `{` at `opening` is missing.
    pub(super) fn unclosed(&mut self, opening: Span, what: &str) -> Stop {
        let found = self.found();
        let diagnostic =
            Diagnostic::error(self.span(), format!("expected `}}` at the end of {what}, found {found}"))
                .related(opening, "this `{` is not closed");
        self.report(diagnostic);
        Stop::Outer
    }

    /// Goes on after the statement, field or property in which something was wrong: after `;`, or before `}` or what
    /// begins another.
    pub(super) fn sync(&mut self, start: usize) {
        while !self.at_end() {
            match self.kind(0) {
                Some(TokenKind::Punct(Punct::Semicolon)) => return self.bump(),
                Some(TokenKind::Punct(Punct::BraceClose)) => return,
                Some(TokenKind::Punct(Punct::BraceOpen)) => {
                    let after = self.closing_here().map(|end| end + 1);
                    self.at = after.unwrap_or(self.at + 1);
                    self.half = false;
                    if after.is_some() {
                        self.eat(Punct::Semicolon);
                        return;
                    }
                    continue;
                }
                // Within a line a type is rather a part of what was wrong.
                Some(TokenKind::Keyword(word))
                    if self.at > start
                        && if word.begins_type() { self.on_new_line() } else { begins_statement(*word) } =>
                {
                    return;
                }
                _ if self.at > start && self.at_outer(true) => return,
                _ => self.bump(),
            }
        }
    }

    /// Goes on at the next declaration of the program.
    pub(super) fn sync_top(&mut self, start: usize) {
        while !self.at_end() {
            match self.kind(0) {
                Some(TokenKind::Punct(Punct::Semicolon)) => return self.bump(),
                Some(TokenKind::Punct(Punct::BraceClose)) => {
                    self.bump();
                    self.eat(Punct::Semicolon);
                    if !self.is(Punct::BraceClose) {
                        return;
                    }
                }
                Some(TokenKind::Punct(Punct::BraceOpen)) => {
                    let after = self.closing_here().map(|end| end + 1);
                    self.at = after.unwrap_or(self.at + 1);
                    self.half = false;
                    if after.is_some() && !self.is(Punct::BraceClose) {
                        return;
                    }
                }
                Some(TokenKind::Punct(Punct::At)) if self.at > start => return,
                _ if self.at > start && self.at_outer(false) => return,
                _ => self.bump(),
            }
        }
    }
}
