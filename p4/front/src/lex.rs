//! Text to preprocessing tokens: what the preprocessor works on. Numbers are not read yet, so that `##` can build them,
//! and nothing is wrong with a strange character yet, because the text may be skipped.

use crate::Session;
use crate::diag::Diagnostic;
use crate::intern::Name;
use crate::source::{FileId, Span};
use crate::token::Punct;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PpKind {
    Ident(Name),
    /// An identifier with characters beyond ASCII.
    Foreign(Arc<str>),
    Number(Arc<str>),
    /// With its quotes.
    Str(Arc<str>),
    /// A character of C in a directive, with its quotes.
    Char(Arc<str>),
    Punct(Punct),
    Hash,
    HashHash,
    Other(char),
    /// An empty argument beside `##`.
    Nothing,
    /// Of the file, of a directive's line, or of a list.
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct PpTok {
    pub kind: PpKind,
    pub span: Span,
    /// White space stands before it.
    pub space: bool,
    /// The first of its line.
    pub line: bool,
    /// The name of a macro that was being expanded: never to be expanded again (C17 6.10.3.4).
    pub painted: bool,
}

impl PpTok {
    pub fn new(kind: PpKind, span: Span) -> PpTok {
        PpTok { kind, span, space: false, line: false, painted: false }
    }

    pub fn is_end(&self) -> bool {
        self.kind == PpKind::End
    }

    pub fn is(&self, punct: Punct) -> bool {
        self.kind == PpKind::Punct(punct)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Lexer {
    text: Arc<str>,
    pub file: FileId,
    pos: usize,
    /// Nothing but white space since the beginning of the line.
    fresh: bool,
    /// Inside of a directive: the line's end is the end.
    in_line: bool,
}

impl Lexer {
    pub fn new(text: Arc<str>, file: FileId) -> Lexer {
        let pos = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lexer { text, file, pos, fresh: true, in_line: false }
    }

    pub fn pos(&self) -> usize {
        self.pos
    }

    fn span(&self, lo: usize) -> Span {
        Span::new(self.file, lo, self.pos)
    }

    /// Length of a backslash and the end of line after it, which are as if absent (P4-16 6.2).
    fn splice(&self, at: usize) -> usize {
        match self.text.as_bytes().get(at..) {
            Some([b'\\', b'\n', ..]) => 2,
            Some([b'\\', b'\r', b'\n', ..]) => 3,
            _ => 0,
        }
    }

    /// The character at or after `at`, and where the next begins.
    fn char_at(&self, mut at: usize) -> Option<(char, usize)> {
        loop {
            match self.splice(at) {
                0 => break,
                length => at += length,
            }
        }
        let c = self.text.get(at..)?.chars().next()?;
        Some((c, at + c.len_utf8()))
    }

    fn peek(&self) -> Option<char> {
        self.char_at(self.pos).map(|(c, _)| c)
    }

    fn peek_second(&self) -> Option<char> {
        let (_, next) = self.char_at(self.pos)?;
        self.char_at(next).map(|(c, _)| c)
    }

    fn bump(&mut self) -> Option<char> {
        let (c, next) = self.char_at(self.pos)?;
        self.pos = next;
        Some(c)
    }

    fn bump_while(&mut self, wanted: impl Fn(char) -> bool) {
        while let Some((c, next)) = self.char_at(self.pos) {
            if !wanted(c) {
                break;
            }
            self.pos = next;
        }
    }

    fn slice(&self, lo: usize, hi: usize) -> Cow<'_, str> {
        let text = self.text.get(lo..hi).unwrap_or("");
        if text.contains("\\\n") || text.contains("\\\r\n") {
            Cow::Owned(text.replace("\\\r\n", "").replace("\\\n", ""))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// White space and comments; whether there was any. Sets `fresh` at ends of lines; stops at one inside a directive.
    fn skip_blank(&mut self, session: &mut Session) -> bool {
        let from = self.pos;
        loop {
            match self.peek() {
                Some('\n') if self.in_line => break,
                Some('\n') => {
                    self.bump();
                    self.fresh = true;
                }
                Some(' ' | '\t' | '\r' | '\x0b' | '\x0c') => {
                    self.bump();
                }
                Some('/') if self.peek_second() == Some('/') => self.bump_while(|c| c != '\n'),
                Some('/') if self.peek_second() == Some('*') => self.block_comment(session),
                Some('\\') if self.loose_splice(session) => {}
                _ => break,
            }
        }
        self.pos > from
    }

    fn block_comment(&mut self, session: &mut Session) {
        let lo = self.pos;
        self.bump();
        self.bump();
        let opening = self.span(lo);
        while let Some(c) = self.bump() {
            if c == '*' && self.peek() == Some('/') {
                self.bump();
                return;
            }
        }
        session.diags.push(
            Diagnostic::error(opening, "this comment does not end before the file does")
                .label("begins here")
                .help("end it with `*/`; comments do not nest"),
        );
    }

    /// A backslash, blanks and the end of the line: C compilers take it for a continuation and say so.
    fn loose_splice(&mut self, session: &mut Session) -> bool {
        let rest = self.text.get(self.pos + 1..).unwrap_or("");
        let blanks = rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        if blanks == 0 || rest.as_bytes().get(blanks) != Some(&b'\n') {
            return false;
        }
        let lo = self.pos;
        self.pos += 1 + blanks + 1;
        session.diags.push(
            Diagnostic::warning(
                Span::new(self.file, lo, lo + 1),
                "white space after the backslash that continues this line",
            )
            .help("remove the white space at the end of the line"),
        );
        true
    }

    pub fn next(&mut self, session: &mut Session) -> PpTok {
        let space = self.skip_blank(session);
        let lo = self.pos;
        let line = std::mem::replace(&mut self.fresh, false);
        let kind = match self.peek() {
            None => PpKind::End,
            Some('\n') => PpKind::End,
            Some(c) if c == '_' || c.is_alphabetic() => self.word(lo, session),
            Some(c) if c.is_ascii_digit() => {
                self.bump_while(|c| c == '_' || c.is_ascii_alphanumeric());
                PpKind::Number(self.slice(lo, self.pos).into())
            }
            Some('"') => self.string(lo, session),
            Some('\'') if self.in_line => self.character(lo),
            Some('#') => {
                self.bump();
                if self.peek() == Some('#') {
                    self.bump();
                    PpKind::HashHash
                } else {
                    PpKind::Hash
                }
            }
            Some(c) => self.punct(c),
        };
        PpTok { kind, span: self.span(lo), space, line, painted: false }
    }

    fn word(&mut self, lo: usize, session: &mut Session) -> PpKind {
        self.bump_while(|c| c == '_' || c.is_alphanumeric());
        let text = self.slice(lo, self.pos);
        if text.is_ascii() {
            PpKind::Ident(session.names.intern(&text))
        } else {
            PpKind::Foreign(text.into())
        }
    }

    /// Up to the first quote that an even number of backslashes precedes (P4-16 6.4.3.3); lines may end within.
    fn string(&mut self, lo: usize, session: &mut Session) -> PpKind {
        self.bump();
        let mut escaped = false;
        loop {
            match self.peek() {
                None => break,
                Some('\n') if self.in_line => break,
                Some('"') if !escaped => {
                    self.bump();
                    return PpKind::Str(self.slice(lo, self.pos).into());
                }
                Some(c) => {
                    escaped = c == '\\' && !escaped;
                    self.bump();
                }
            }
        }
        let end = if self.in_line { "its line" } else { "the file" };
        session.diags.push(
            Diagnostic::error(
                Span::new(self.file, lo, lo + 1),
                format!("this string does not end before {end} does"),
            )
            .label("begins here")
            .help("end it with `\"`"),
        );
        PpKind::Str(format!("{}\"", self.slice(lo, self.pos)).into())
    }

    /// `'a'` or `'\n'`. An apostrophe in the text of an `#error` is one by itself.
    fn character(&mut self, lo: usize) -> PpKind {
        self.bump();
        let after = self.pos;
        let mut escaped = false;
        while let Some(c) = self.peek().filter(|c| *c != '\n') {
            self.bump();
            if c == '\'' && !escaped && self.pos > after + 1 {
                return PpKind::Char(self.slice(lo, self.pos).into());
            }
            escaped = c == '\\' && !escaped;
        }
        self.pos = after;
        PpKind::Other('\'')
    }

    fn punct(&mut self, first: char) -> PpKind {
        let mut text = String::with_capacity(4);
        let mut ends = [self.pos; 4];
        let mut at = self.pos;
        while text.len() < 4 {
            match self.char_at(at) {
                Some((c, next)) if c.is_ascii_punctuation() => {
                    ends[text.len()] = next;
                    text.push(c);
                    at = next;
                }
                _ => break,
            }
        }
        for length in (1..=text.len()).rev() {
            if let Some(punct) = Punct::from_text(&text[..length]) {
                self.pos = ends[length - 1];
                return PpKind::Punct(punct);
            }
        }
        self.bump();
        PpKind::Other(first)
    }

    /// The next token of this line, or the end.
    pub fn next_in_line(&mut self, session: &mut Session) -> PpTok {
        self.in_line = true;
        let token = self.next(session);
        self.in_line = false;
        token
    }

    pub fn rest_of_line(&mut self, session: &mut Session) -> Vec<PpTok> {
        let mut tokens = vec![];
        loop {
            let token = self.next_in_line(session);
            if token.is_end() {
                return tokens;
            }
            tokens.push(token);
        }
    }

    /// What is left of the line as it is written.
    pub fn rest_as_text(&mut self) -> (String, Span) {
        self.bump_while(|c| c == ' ' || c == '\t');
        let lo = self.pos;
        self.bump_while(|c| c != '\n');
        (self.slice(lo, self.pos).trim_end().to_owned(), self.span(lo))
    }

    /// `"name"` or `<name>` of an `#include`; true for the latter.
    pub fn header_name(&mut self, session: &mut Session) -> Option<(String, bool, Span)> {
        self.in_line = true;
        self.skip_blank(session);
        self.in_line = false;
        let (closing, system) = match self.peek() {
            Some('"') => ('"', false),
            Some('<') => ('>', true),
            _ => return None,
        };
        let saved = self.pos;
        self.bump();
        let lo = self.pos;
        self.bump_while(|c| c != closing && c != '\n');
        let name = self.slice(lo, self.pos).into_owned();
        if self.peek() == Some(closing) {
            self.bump();
            return Some((name, system, self.span(saved)));
        }
        self.pos = saved;
        None
    }

    /// Skips text of a conditional that is not taken, up to the word of a directive; false at the end of the file.
    /// The text need not be P4, but comments count, and a string on one line hides what looks like one.
    pub fn skip_to_directive(&mut self, session: &mut Session) -> bool {
        loop {
            if !self.fresh {
                self.skip_line(session);
            }
            self.skip_blank(session);
            match self.peek() {
                None => return false,
                Some('#') if self.fresh => {
                    self.fresh = false;
                    self.bump();
                    return true;
                }
                Some(_) => self.skip_line(session),
            }
        }
    }

    fn skip_line(&mut self, session: &mut Session) {
        self.in_line = true;
        while let Some(c) = self.peek() {
            match c {
                '\n' => break,
                '/' if matches!(self.peek_second(), Some('/' | '*')) => {
                    self.skip_blank(session);
                }
                '"' => self.skip_quoted(),
                _ => {
                    self.bump();
                }
            }
        }
        self.in_line = false;
        if self.bump().is_some() {
            self.fresh = true;
        }
    }

    fn skip_quoted(&mut self) {
        self.bump();
        let mut escaped = false;
        while let Some(c) = self.peek() {
            match c {
                '\n' => return,
                '"' if !escaped => {
                    self.bump();
                    return;
                }
                _ => {
                    escaped = c == '\\' && !escaped;
                    self.bump();
                }
            }
        }
    }
}
