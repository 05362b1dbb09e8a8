//! P4-16 source to intermediate representation, pure: files come through a [`Loader`], messages go to a [`Session`].
//!
//! `source text -> preprocess -> tokens -> ast -> check -> hir -> lower -> ir`
#![forbid(unsafe_code)]

pub mod ast;
pub mod ast_print;
pub mod check;
pub mod diag;
pub mod hir;
mod ids;
pub mod info;
pub mod intern;
pub mod ir;
pub mod ir_check;
pub mod ir_fold;
pub mod ir_print;
mod ir_switch;
mod lex;
pub mod lower;
pub mod opt;
pub mod parse;
pub mod pre;
pub mod source;
mod text;
pub mod token;

pub use check::check;
pub use diag::{Diagnostic, Severity};
pub use intern::{Interner, Name};
pub use lower::lower;
pub use opt::optimise;
pub use parse::parse;
pub use pre::preprocess;
pub use source::{FileId, LoadError, Loader, MapLoader, SourceMap, Span};
pub use token::{Token, TokenKind};

/// What the phases of one compilation share: the texts, the names, and what there is to say about them.
#[derive(Debug, Default)]
pub struct Session {
    pub sources: SourceMap,
    pub names: Interner,
    pub diags: diag::Diagnostics,
}

impl Session {
    pub fn new() -> Session {
        Session::default()
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }
}
