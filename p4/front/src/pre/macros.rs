//! Definitions of macros. C17 6.10.3.

use super::Preprocessor;
use crate::diag::Diagnostic;
use crate::intern::Name;
use crate::lex::{PpKind, PpTok};
use crate::source::Span;
use crate::token::Punct;
use std::collections::HashSet;
use std::rc::Rc;

#[derive(Debug)]
pub(super) struct Macro {
    pub name: Name,
    /// Where its name is in its definition.
    pub span: Span,
    /// None for a macro without parentheses.
    pub params: Option<Vec<Name>>,
    /// The last of `params` takes what is left of the arguments.
    pub variadic: bool,
    pub body: Vec<PpTok>,
}

impl Macro {
    pub fn param(&self, token: &PpTok) -> Option<usize> {
        let PpKind::Ident(name) = token.kind else { return None };
        self.params.as_ref()?.iter().position(|param| *param == name)
    }

    fn same(&self, other: &Macro) -> bool {
        let alike = |(a, b): (&PpTok, &PpTok)| a.kind == b.kind && a.space == b.space;
        self.params == other.params
            && self.variadic == other.variadic
            && self.body.len() == other.body.len()
            && self.body.iter().zip(&other.body).all(alike)
    }
}

impl Preprocessor<'_> {
    /// `#define`, after that word.
    pub(super) fn define(&mut self, at: Span, line: Vec<PpTok>) {
        let Some(first) = line.first() else {
            let help = "write `#define NAME value`";
            self.session.diags.push(Diagnostic::error(at, "`#define` without a name").help(help));
            return;
        };
        let Some(name) = self.macro_name(first) else { return };
        let span = first.span;
        let call = line.get(1).is_some_and(|token| token.is(Punct::ParenOpen) && !token.space);
        let (params, variadic, body) = if call {
            let Some((params, variadic, next)) = self.macro_params(&line) else { return };
            (Some(params), variadic, next)
        } else {
            (None, false, 1)
        };
        let mut body: Vec<PpTok> = line.into_iter().skip(body).collect();
        if let Some(first) = body.first_mut() {
            first.space = false;
        }
        let new = Macro { name, span, params, variadic, body };
        if self.check_body(&new) {
            self.install(new);
        }
    }

    fn install(&mut self, new: Macro) {
        if let Some(old) = self.macros.get(&new.name)
            && !old.same(&new)
        {
            let text = self.session.text(new.name).to_owned();
            self.session.diags.push(
                Diagnostic::warning(new.span, format!("the macro `{text}` is defined again, differently"))
                    .related(old.span, "first defined here")
                    .help(format!("`#undef {text}` first, or guard the definition with `#ifndef {text}`")),
            );
        }
        self.macros.insert(new.name, Rc::new(new));
    }

    /// The name to define or undefine, or an error.
    pub(super) fn macro_name(&mut self, token: &PpTok) -> Option<Name> {
        let name = match token.kind {
            PpKind::Ident(name) => name,
            _ => {
                let found = self.written(token);
                self.error(token.span, format!("the name of a macro is an identifier, not `{found}`"));
                return None;
            }
        };
        let words = &self.words;
        if [words.defined, words.file, words.line, words.va_args].contains(&name) {
            let text = self.session.text(name).to_owned();
            self.error(
                token.span,
                format!("`{text}` is the preprocessor's own and cannot be defined or undefined"),
            );
            return None;
        }
        Some(name)
    }

    /// Parameters, whether the last is variadic, and where the body begins.
    fn macro_params(&mut self, line: &[PpTok]) -> Option<(Vec<Name>, bool, usize)> {
        let mut params = vec![];
        let mut seen = HashSet::new();
        let mut at = 2;
        if line.get(at).is_some_and(|token| token.is(Punct::ParenClose)) {
            return Some((params, false, at + 1));
        }
        while let Some(token) = line.get(at) {
            let (name, variadic) = match token.kind {
                PpKind::Punct(Punct::Dots) => (self.words.va_args, true),
                PpKind::Ident(name) => {
                    let dots = line.get(at + 1).is_some_and(|token| token.is(Punct::Dots));
                    at += usize::from(dots);
                    (name, dots)
                }
                _ => break,
            };
            if !seen.insert(name) {
                let text = self.session.text(name).to_owned();
                self.error(token.span, format!("the macro has two parameters of the name `{text}`"));
                return None;
            }
            params.push(name);
            at += 1;
            match line.get(at) {
                Some(token) if token.is(Punct::ParenClose) => return Some((params, variadic, at + 1)),
                Some(token) if token.is(Punct::Comma) && !variadic => at += 1,
                _ => break,
            }
        }
        let place = line.get(at).or(line.last()).map_or(Span::default(), |token| token.span);
        self.session.diags.push(
            Diagnostic::error(place, "the parameters of a macro are names between commas, then `)`")
                .help("write `#define F(a, b) ...`; `...` may only be the last"),
        );
        None
    }

    fn check_body(&mut self, new: &Macro) -> bool {
        let ends = [new.body.first(), new.body.last()];
        if let Some(token) = ends.into_iter().flatten().find(|token| token.kind == PpKind::HashHash) {
            self.error(token.span, "`##` joins the tokens before and after it: there is none on one side");
            return false;
        }
        if new.params.is_none() {
            return true;
        }
        for (at, token) in new.body.iter().enumerate() {
            if token.kind == PpKind::Hash && new.body.get(at + 1).and_then(|next| new.param(next)).is_none() {
                self.session.diags.push(
                    Diagnostic::error(token.span, "`#` is not followed by a parameter of the macro")
                        .help("`#x` is the argument for x as a string"),
                );
                return false;
            }
        }
        true
    }

    /// A token as it is written, for messages and for `#`.
    pub(super) fn written(&self, token: &PpTok) -> String {
        match &token.kind {
            PpKind::Ident(name) => self.session.text(*name).to_owned(),
            PpKind::Foreign(text) | PpKind::Number(text) | PpKind::Str(text) | PpKind::Char(text) => {
                text.to_string()
            }
            PpKind::Punct(punct) => punct.text().to_owned(),
            PpKind::Hash => "#".to_owned(),
            PpKind::HashHash => "##".to_owned(),
            PpKind::Other(c) => c.to_string(),
            PpKind::Nothing | PpKind::End => String::new(),
        }
    }

    /// Tokens as they are written, a space where there was any.
    pub(super) fn written_all(&self, tokens: &[PpTok]) -> String {
        let mut text = String::new();
        for (at, token) in tokens.iter().enumerate() {
            if at > 0 && (token.space || token.line) {
                text.push(' ');
            }
            text.push_str(&self.written(token));
        }
        text
    }
}
