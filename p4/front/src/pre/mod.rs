//! The preprocessor: C's, as far as P4 programs use it (P4-16 6.2), bounded in time and memory.

mod directive;
mod eval;
mod expand;
mod include;
mod macros;

use crate::Session;
use crate::diag::Diagnostic;
use crate::intern::Name;
use crate::lex::{Lexer, PpKind, PpTok};
use crate::source::{FileId, Loader, Span};
use crate::token::{IntLit, Keyword, Punct, Token, TokenKind, parse_int};
use macros::Macro;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Tokens of a program; the largest we know of has some hundred thousand.
pub const MOST_TOKENS: usize = 2_000_000;
/// Tokens that macros may move about while they are expanded: far beyond sense, and a second's work.
const MOST_WORK: usize = 4_000_000;
/// Bytes of source, counting a file each time it is included.
const MOST_BYTES: usize = 64 << 20;
const MOST_INCLUDES: usize = 10_000;
const DEEPEST_INCLUDE: usize = 64;

/// Runs the directives and expands the macros of `main`. `defines` are (name, value) as of `-D`, the name may have parameters.
/// What is wrong goes to the session; the tokens are empty where the text could not be worked through.
pub fn preprocess(
    session: &mut Session,
    main: FileId,
    loader: &mut dyn Loader,
    defines: &[(String, String)],
) -> Vec<Token> {
    let mut pre = Preprocessor::new(session, loader);
    pre.open(main, None);
    pre.open_defines(defines);
    pre.run();
    if pre.dead { vec![] } else { pre.out }
}

/// A file that is being read.
struct Open {
    lexer: Lexer,
    /// The `#include` that opened it.
    included: Option<Span>,
    /// Conditionals that were open before it.
    conds: usize,
}

/// An `#if` up to its `#endif`.
struct Cond {
    span: Span,
    /// One of its groups was taken.
    taken: bool,
    seen_else: bool,
}

/// A list of tokens that is being read again.
struct Frame {
    tokens: Vec<PpTok>,
    next: usize,
    /// The macro that it is the expansion of.
    of: Option<Name>,
}

/// Names with a meaning here.
struct Words {
    file: Name,
    line: Name,
    pragma: Name,
    defined: Name,
    va_args: Name,
}

struct Preprocessor<'a> {
    session: &'a mut Session,
    loader: &'a mut dyn Loader,
    macros: HashMap<Name, Rc<Macro>>,
    /// Macros being expanded.
    active: HashSet<Name>,
    frames: Vec<Frame>,
    /// Only the frames are read, no file.
    isolated: bool,
    /// The arguments of a macro are being read: the file's end ends them.
    in_args: bool,
    arg_depth: usize,
    /// The line of an `#if` is being expanded, where `defined` has its meaning.
    in_condition: bool,
    files: Vec<Open>,
    conds: Vec<Cond>,
    loaded: HashMap<String, FileId>,
    once: HashSet<FileId>,
    includes: usize,
    bytes: usize,
    work: usize,
    /// Of strings and numbers, each time that a macro repeats them.
    literal_bytes: usize,
    /// A limit was met.
    dead: bool,
    words: Words,
    keywords: HashMap<Name, Keyword>,
    out: Vec<Token>,
    pragma: Pragma,
    /// A line began with macros that stand for nothing.
    fresh: bool,
}

/// Where the output stands with an `@pragma`.
#[derive(PartialEq)]
enum Pragma {
    No,
    At,
    Inside,
}

impl<'a> Preprocessor<'a> {
    fn new(session: &'a mut Session, loader: &'a mut dyn Loader) -> Preprocessor<'a> {
        let keywords = Keyword::ALL.iter().map(|word| (session.names.intern(word.text()), *word)).collect();
        let words = Words {
            file: session.names.intern("__FILE__"),
            line: session.names.intern("__LINE__"),
            pragma: session.names.intern("pragma"),
            defined: session.names.intern("defined"),
            va_args: session.names.intern("__VA_ARGS__"),
        };
        Preprocessor {
            session,
            loader,
            macros: HashMap::new(),
            active: HashSet::new(),
            frames: vec![],
            isolated: false,
            in_args: false,
            arg_depth: 0,
            in_condition: false,
            files: vec![],
            conds: vec![],
            loaded: HashMap::new(),
            once: HashSet::new(),
            includes: 0,
            bytes: 0,
            work: 0,
            literal_bytes: 0,
            dead: false,
            words,
            keywords,
            out: vec![],
            pragma: Pragma::No,
            fresh: false,
        }
    }

    fn run(&mut self) {
        loop {
            let token = self.next_expanded();
            if token.is_end() {
                break;
            }
            self.emit(token);
        }
        if self.pragma == Pragma::Inside {
            let end = self.out.last().map_or(Span::default(), |token| token.span);
            self.out.push(Token { kind: TokenKind::PragmaEnd, span: Span { lo: end.hi, ..end } });
        }
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.session.diags.error(span, message);
    }

    /// An error after which nothing is read any more.
    fn fatal(&mut self, diagnostic: Diagnostic) {
        if !self.dead {
            self.session.diags.push(diagnostic);
        }
        self.dead = true;
        self.files.clear();
        self.frames.clear();
    }

    fn spend(&mut self, work: usize, span: Span) {
        self.work = self.work.saturating_add(work);
        if self.work > MOST_WORK {
            self.fatal(
                Diagnostic::error(span, "macros expand to too much")
                    .label("while this is expanded")
                    .help(format!("at most {MOST_WORK} tokens are moved for the macros of a program")),
            );
        }
    }

    /// The next token before expansion: of a list, or else of the file, whose directives are run on the way.
    fn next_raw(&mut self) -> PpTok {
        while let Some(frame) = self.frames.last_mut() {
            if let Some(token) = frame.tokens.get(frame.next).cloned() {
                frame.next += 1;
                self.spend(1, token.span);
                return if self.dead { self.end() } else { token };
            }
            if let Some(frame) = self.frames.pop()
                && let Some(name) = frame.of
            {
                self.active.remove(&name);
            }
        }
        if self.isolated { self.end() } else { self.next_of_file() }
    }

    fn end(&self) -> PpTok {
        PpTok::new(PpKind::End, Span::default())
    }

    fn next_of_file(&mut self) -> PpTok {
        loop {
            let Some(open) = self.files.last_mut() else { return self.end() };
            let token = open.lexer.next(self.session);
            match token.kind {
                PpKind::End if self.in_args => return token,
                PpKind::End => self.close(),
                PpKind::Hash if token.line => self.directive(token.span),
                _ => return token,
            }
        }
    }

    /// A preprocessing token becomes a token of the grammar.
    fn emit(&mut self, token: PpTok) {
        let span = token.span;
        if self.out.len() >= MOST_TOKENS {
            self.fatal(Diagnostic::error(span, format!("the program has more than {MOST_TOKENS} tokens")));
            return;
        }
        if let PpKind::Number(text) | PpKind::Str(text) = &token.kind {
            self.literal_bytes += text.len();
            if self.literal_bytes > MOST_BYTES {
                let message = format!(
                    "the strings and numbers of the program are larger than {} MiB",
                    MOST_BYTES >> 20
                );
                self.fatal(Diagnostic::error(span, message).help("each counts as often as macros repeat it"));
                return;
            }
        }
        let line = std::mem::replace(&mut self.fresh, false) || token.line;
        if self.pragma == Pragma::Inside && line {
            self.out.push(Token { kind: TokenKind::PragmaEnd, span: Span { hi: span.lo, ..span } });
            self.pragma = Pragma::No;
        }
        if self.pragma != Pragma::Inside {
            self.pragma = match token.kind {
                PpKind::Punct(Punct::At) => Pragma::At,
                PpKind::Ident(name) if self.pragma == Pragma::At && name == self.words.pragma => {
                    Pragma::Inside
                }
                _ => Pragma::No,
            };
        }
        let kind = match token.kind {
            PpKind::Ident(name) => match self.keywords.get(&name) {
                Some(word) => TokenKind::Keyword(*word),
                None => TokenKind::Ident(name),
            },
            PpKind::Foreign(text) => self.foreign(&text, span),
            PpKind::Number(text) => TokenKind::Int(self.number(&text, span)),
            PpKind::Str(text) => TokenKind::Str(text),
            PpKind::Punct(punct) => TokenKind::Punct(punct),
            PpKind::Hash | PpKind::HashHash => TokenKind::Stray('#'),
            PpKind::Char(_) => TokenKind::Stray('\''),
            PpKind::Other(c) => TokenKind::Stray(c),
            PpKind::Nothing | PpKind::End => return,
        };
        self.out.push(Token { kind, span });
    }

    fn foreign(&mut self, text: &str, span: Span) -> TokenKind {
        let bad = text.chars().find(|c| !c.is_ascii()).unwrap_or('?');
        self.session.diags.push(
            Diagnostic::error(span, format!("the identifier `{text}` has a character beyond ASCII: `{bad}`"))
                .help("identifiers are made of the letters a to z and A to Z, digits and `_`"),
        );
        TokenKind::Ident(self.session.names.intern(text))
    }

    fn number(&mut self, text: &Arc<str>, span: Span) -> Arc<IntLit> {
        match parse_int(text) {
            Ok(literal) => Arc::new(literal),
            Err(message) => {
                self.error(span, message);
                Arc::new(IntLit { text: Arc::clone(text), value: 0.into(), width: None })
            }
        }
    }
}
