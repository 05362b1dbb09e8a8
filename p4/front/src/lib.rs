//! P4-16 source to intermediate representation, pure: files come through a [`Loader`], messages go to a [`Session`].
//!
//! `source text -> preprocess -> tokens -> ast -> check -> hir -> lower -> ir`
#![forbid(unsafe_code)]

pub mod ast;
pub mod diag;
pub mod hir;
pub mod intern;
pub mod ir;
pub mod source;

pub use diag::{Diagnostic, Severity};
pub use intern::{Interner, Name};
pub use source::{FileId, LoadError, Loader, SourceMap, Span};

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
