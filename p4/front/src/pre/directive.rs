//! Directives: lines that begin with `#`.

use super::{Cond, Preprocessor};
use crate::diag::Diagnostic;
use crate::lex::{PpKind, PpTok};
use crate::source::Span;
use crate::text::nearest;
use crate::token::string_value;

const DIRECTIVES: [&str; 15] = [
    "define", "undef", "include", "if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif",
    "line", "error", "warning", "pragma",
];

impl Preprocessor<'_> {
    fn rest(&mut self) -> Vec<PpTok> {
        match self.files.last_mut() {
            Some(open) => open.lexer.rest_of_line(self.session),
            None => vec![],
        }
    }

    fn next_in_line(&mut self) -> PpTok {
        match self.files.last_mut() {
            Some(open) => open.lexer.next_in_line(self.session),
            None => self.end(),
        }
    }

    /// A directive, after its `#`.
    pub(super) fn directive(&mut self, hash: Span) {
        let word = self.next_in_line();
        let at = hash.to(word.span);
        match &word.kind {
            PpKind::End => {}
            PpKind::Number(text) => {
                let rest = self.rest();
                self.line_marker(at, text, &rest);
            }
            PpKind::Ident(name) => {
                let name = self.session.text(*name).to_owned();
                self.named(&name, at);
            }
            _ => {
                let found = self.written(&word);
                self.rest();
                self.error(
                    at,
                    format!("`#` at the beginning of a line is followed by a directive, not by `{found}`"),
                );
            }
        }
    }

    fn named(&mut self, name: &str, at: Span) {
        match name {
            "include" => self.include(at),
            "if" | "ifdef" | "ifndef" => self.begin_if(name, at),
            // A group ends that was taken: no other is.
            "elif" | "elifdef" | "elifndef" | "else" | "endif" => self.next_group(name, at),
            "error" | "warning" => self.message(name, at),
            "pragma" => {
                let rest = self.rest();
                let once = rest.first().is_some_and(|token| self.written(token) == "once");
                if let Some(open) = self.files.last()
                    && once
                {
                    self.once.insert(open.lexer.file);
                }
            }
            "define" => {
                let rest = self.rest();
                self.define(at, rest);
            }
            "undef" => {
                let rest = self.rest();
                if let Some(name) = self.only_name("undef", at, &rest) {
                    self.macros.remove(&name);
                }
            }
            "line" => {
                let rest = self.rest();
                let rest = self.expand_list(rest, at);
                match rest.first().map(|token| token.kind.clone()) {
                    Some(PpKind::Number(text)) => self.line_marker(at, &text, &rest[1..]),
                    _ => self.line_wrong(at),
                }
            }
            _ => {
                self.rest();
                let mut wrong = Diagnostic::error(at, format!("unknown directive `#{name}`"));
                if let Some(right) = nearest(name, DIRECTIVES.iter().copied()) {
                    wrong = wrong.help(format!("did you mean `#{right}`?"));
                }
                self.session.diags.push(wrong);
            }
        }
    }

    fn message(&mut self, name: &str, at: Span) {
        let Some(open) = self.files.last_mut() else { return };
        let (text, span) = open.lexer.rest_as_text();
        let text = if text.is_empty() { format!("`#{name}`") } else { text };
        let diagnostic = if name == "error" {
            Diagnostic::error(at.to(span), text)
        } else {
            Diagnostic::warning(at.to(span), text)
        };
        self.session.diags.push(diagnostic.label(format!("said by this `#{name}`")));
    }

    /// The one name of an `#undef`, `#ifdef` or `#ifndef`.
    fn only_name(&mut self, what: &str, at: Span, rest: &[PpTok]) -> Option<crate::Name> {
        let Some(first) = rest.first() else {
            self.error(at, format!("`#{what}` without the name of a macro"));
            return None;
        };
        if what != "undef"
            && let PpKind::Ident(name) = first.kind
        {
            self.nothing_more(what, &rest[1..]);
            return Some(name);
        }
        let name = self.macro_name(first)?;
        self.nothing_more(what, &rest[1..]);
        Some(name)
    }

    fn nothing_more(&mut self, what: &str, rest: &[PpTok]) {
        if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
            let span = first.span.to(last.span);
            self.session.diags.warning(span, format!("this text after `#{what}` has no meaning"));
        }
    }

    /// `# 12 "file"` and `#line 12 "file"`: what follows counts as line 12 of that file.
    fn line_marker(&mut self, at: Span, number: &str, rest: &[PpTok]) {
        let Ok(line) = number.parse::<u32>() else { return self.line_wrong(at) };
        let name = match rest.first().map(|token| &token.kind) {
            None => None,
            Some(PpKind::Str(text)) => Some(string_value(text)),
            Some(_) => return self.line_wrong(at),
        };
        if let Some(open) = self.files.last() {
            let (file, pos) = (open.lexer.file, open.lexer.pos());
            self.session.sources.mark_line(file, pos, line as usize, name);
        }
    }

    fn line_wrong(&mut self, at: Span) {
        self.session.diags.push(
            Diagnostic::error(
                at,
                "this directive takes the number of a line, then perhaps the name of a file",
            )
            .help("write `#line 12 \"file.p4\"`"),
        );
    }

    fn is_defined(&mut self, what: &str, at: Span) -> bool {
        let rest = self.rest();
        let Some(name) = self.only_name(what, at, &rest) else { return false };
        self.macros.contains_key(&name) || name == self.words.line || name == self.words.file
    }

    fn begin_if(&mut self, what: &str, at: Span) {
        let taken = match what {
            "ifdef" => self.is_defined(what, at),
            "ifndef" => !self.is_defined(what, at),
            _ => {
                let rest = self.rest();
                self.condition(at, rest)
            }
        };
        if self.conds.len() >= 10_000 {
            self.fatal(Diagnostic::error(at, "too many conditionals are open"));
            return;
        }
        self.conds.push(Cond { span: at, taken, seen_else: false });
        if !taken {
            self.skip_groups();
        }
    }

    /// An `#else` or the like after a group that was read.
    fn next_group(&mut self, what: &str, at: Span) {
        if self.end_group(what, at) != Some(false) {
            return;
        }
        self.rest();
        self.skip_groups();
    }

    /// What an `#elif`, `#else` or `#endif` does: None where the conditional ends (or there is none), else whether the
    /// group after it is read.
    fn end_group(&mut self, what: &str, at: Span) -> Option<bool> {
        let base = self.files.last().map_or(0, |open| open.conds);
        if self.conds.len() <= base {
            self.rest();
            self.error(at, format!("`#{what}` without an `#if` before it"));
            return None;
        }
        if what == "endif" {
            let rest = self.rest();
            self.nothing_more(what, &rest);
            self.conds.pop();
            return None;
        }
        let (opening, taken, late) = match self.conds.last() {
            Some(cond) => (cond.span, cond.taken, cond.seen_else),
            None => return None,
        };
        if late {
            self.session.diags.push(
                Diagnostic::error(at, format!("`#{what}` after the `#else` of the same `#if`"))
                    .related(opening, "begins here"),
            );
        }
        let read = match what {
            _ if taken => {
                self.rest();
                false
            }
            "else" => {
                let rest = self.rest();
                self.nothing_more(what, &rest);
                true
            }
            "elifdef" => self.is_defined(what, at),
            "elifndef" => !self.is_defined(what, at),
            _ => {
                let rest = self.rest();
                self.condition(at, rest)
            }
        };
        if let Some(cond) = self.conds.last_mut() {
            cond.taken |= read;
            cond.seen_else |= what == "else";
        }
        Some(read)
    }

    /// Skips groups until one is read or the conditional ends.
    fn skip_groups(&mut self) {
        let mut depth = 0usize;
        loop {
            let Some(open) = self.files.last_mut() else { return };
            // At the end of the file its open conditionals are reported.
            if !open.lexer.skip_to_directive(self.session) {
                return;
            }
            let word = self.next_in_line();
            let PpKind::Ident(name) = word.kind else { continue };
            let name = self.session.text(name).to_owned();
            match name.as_str() {
                "if" | "ifdef" | "ifndef" => depth += 1,
                "endif" if depth > 0 => depth -= 1,
                "elif" | "elifdef" | "elifndef" | "else" | "endif"
                    if depth == 0 && self.end_group(&name, word.span) != Some(false) =>
                {
                    return;
                }
                _ => {}
            }
        }
    }
}
