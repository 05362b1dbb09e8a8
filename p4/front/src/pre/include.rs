//! `#include`, and the files it opens.

use super::{DEEPEST_INCLUDE, MOST_BYTES, MOST_INCLUDES, Open, Preprocessor};
use crate::diag::Diagnostic;
use crate::lex::{Lexer, PpKind};
use crate::source::{FileId, Span};
use crate::token::Punct;

impl Preprocessor<'_> {
    pub(super) fn open(&mut self, file: FileId, included: Option<Span>) {
        let Some(source) = self.session.sources.file(file) else { return };
        let text = source.text.as_str().into();
        self.bytes = self.bytes.saturating_add(source.text.len());
        self.loaded.entry(source.name.clone()).or_insert(file);
        if self.bytes > MOST_BYTES {
            let span = included.unwrap_or(Span::new(file, 0, 0));
            let message = format!("the source is larger than {} MiB with all it includes", MOST_BYTES >> 20);
            self.fatal(Diagnostic::error(span, message));
            return;
        }
        let conds = self.conds.len();
        self.files.push(Open { lexer: Lexer::new(text, file), included, conds });
    }

    /// The definitions of the command line, as a file that is read first.
    pub(super) fn open_defines(&mut self, defines: &[(String, String)]) {
        let mut text = String::from("#define __P4__ 1\n#define __p4__ 1\n");
        for (name, value) in defines {
            let line = format!("#define {name} {value}");
            text.push_str(&line.replace(['\n', '\r'], " "));
            text.push('\n');
        }
        let file = self.session.sources.add("<command line>", text);
        self.open(file, None);
    }

    /// The end of a file.
    pub(super) fn close(&mut self) {
        let Some(open) = self.files.pop() else { return };
        for cond in self.conds.drain(open.conds.min(self.conds.len())..) {
            self.session.diags.push(
                Diagnostic::error(cond.span, "this conditional does not end before its file does")
                    .help("end it with `#endif`"),
            );
        }
    }

    pub(super) fn include(&mut self, at: Span) {
        let Some((name, system, span)) = self.include_operand(at) else { return };
        if self.in_args {
            self.error(at.to(span), "`#include` within the arguments of a macro");
            return;
        }
        if name.is_empty() {
            self.error(span, "`#include` of an empty name");
            return;
        }
        self.includes += 1;
        if self.includes > MOST_INCLUDES {
            self.fatal(Diagnostic::error(span, format!("more than {MOST_INCLUDES} files are included")));
            return;
        }
        let from = self.files.last().map_or(FileId::default(), |open| open.lexer.file);
        let from = self.session.sources.file(from).map_or(String::new(), |file| file.name.clone());
        match self.loader.load(&name, &from, system) {
            Ok((shown, text)) => {
                let file = self.file_of(shown, text);
                if self.files.len() >= DEEPEST_INCLUDE {
                    self.too_deep(span, file);
                } else if !self.once.contains(&file) {
                    self.open(file, Some(span));
                }
            }
            Err(wrong) => {
                let mut diagnostic = Diagnostic::error(span, format!("cannot include `{name}`: {wrong}"));
                if let Some(included) = self.files.last().and_then(|open| open.included) {
                    diagnostic = diagnostic.related(included, format!("`{from}` is included here"));
                }
                self.session.diags.push(diagnostic);
            }
        }
    }

    /// A text that was loaded before under the same name is not kept twice.
    fn file_of(&mut self, name: String, text: String) -> FileId {
        if let Some(file) = self.loaded.get(&name)
            && self.session.sources.file(*file).is_some_and(|source| source.text == text)
        {
            return *file;
        }
        let file = self.session.sources.add(name.clone(), text);
        self.loaded.insert(name, file);
        file
    }

    /// Says which files include each other, or how one leads to the next.
    fn too_deep(&mut self, span: Span, file: FileId) {
        let chain: Vec<FileId> = self.files.iter().map(|open| open.lexer.file).chain([file]).collect();
        let before = chain.iter().rev().skip(1).position(|other| *other == file);
        let (what, shown) = match before {
            Some(back) => ("these files include each other", &chain[chain.len() - back - 2..]),
            None => ("files are included too deep", &chain[..]),
        };
        let name = |file: &FileId| self.session.sources.file(*file).map_or("?", |file| file.name.as_str());
        let mut names: Vec<&str> = shown.iter().map(name).collect();
        if names.len() > 8 {
            names.splice(4..names.len() - 3, ["..."]);
        }
        let message = format!("{what}: {}", names.join(" -> "));
        self.fatal(
            Diagnostic::error(span, message)
                .label(format!("the {DEEPEST_INCLUDE}th file in a row"))
                .help("guard a file with `#ifndef NAME`, `#define NAME` and `#endif`"),
        );
    }

    /// The name of the file, whether in angle brackets, and its place; macros may stand for it.
    fn include_operand(&mut self, at: Span) -> Option<(String, bool, Span)> {
        let open = self.files.last_mut()?;
        if let Some(found) = open.lexer.header_name(self.session) {
            let rest = open.lexer.rest_of_line(self.session);
            if let Some(first) = rest.first() {
                self.session.diags.warning(first.span, "this text after `#include` has no meaning");
            }
            return Some(found);
        }
        let rest = open.lexer.rest_of_line(self.session);
        let tokens = self.expand_list(rest, at);
        let span = match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => at,
        };
        match &tokens[..] {
            [token] if matches!(token.kind, PpKind::Str(_)) => {
                let text = self.written(token);
                return Some((text.trim_matches('"').to_owned(), false, span));
            }
            [first, inner @ .., last] if first.is(Punct::Lt) && last.is(Punct::Gt) => {
                return Some((self.written_all(inner), true, span));
            }
            _ => {}
        }
        if !self.dead {
            self.session.diags.push(
                Diagnostic::error(span, "`#include` takes the name of a file")
                    .help("write `#include \"file.p4\"` or `#include <core.p4>`"),
            );
        }
        None
    }
}
