//! `swerve-p4 emit`

use super::{NO, Said};
use crate::compile::{Compilation, Phase, Source, compile};
use crate::report::Style;
use front::{Session, Token, TokenKind};
use jit::CompileError;
use std::borrow::Cow;
use std::fmt::Write;

/// What can be shown of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// What the preprocessor leaves.
    Tokens,
    /// The syntax tree, as P4 again.
    Ast,
    /// The flat program, optimised.
    Ir,
    /// The vector stages with the calls that each makes into the run time.
    Stages,
    /// The machine code.
    Asm,
    /// What controllers must know, as protobuf text.
    P4info,
    /// The program's own table entries as a P4Runtime WriteRequest, as protobuf text.
    Entries,
}

impl What {
    fn phase(self) -> Phase {
        match self {
            What::Tokens => Phase::Tokens,
            What::Ast => Phase::Ast,
            What::P4info | What::Entries => Phase::Objects,
            What::Ir | What::Stages | What::Asm => Phase::Flat,
        }
    }
}

pub fn emit(source: &Source, what: What, style: Style) -> Said {
    let mut done = match compile(source, what.phase()) {
        Ok(done) => done,
        Err(unreadable) => return unreadable.into(),
    };
    let shown = if done.accepted() { show(&mut done, what) } else { Ok(None) };
    // Errors of this last step are messages too.
    let mut err = done.messages(style);
    let shown = shown.unwrap_or_else(|defect| {
        let _ = writeln!(err, "{}: no code for this machine: {defect}", source.file.display());
        None
    });
    match shown {
        Some(out) => Said { out, err, code: 0 },
        None => Said { err, code: NO, ..Said::default() },
    }
}

fn show(done: &mut Compilation, what: What) -> Result<Option<String>, CompileError> {
    Ok(match what {
        What::Tokens => Some(tokens(done)),
        What::Ast => Some(front::ast_print::program(&done.ast, &done.session.names)),
        What::Ir => optimised(done).map(front::ir_print::print),
        What::P4info | What::Entries => objects(done, what),
        What::Stages => optimised(done).map(jit::show::stages).transpose()?,
        What::Asm => optimised(done).map(jit::show::machine_code).transpose()?,
    })
}

fn objects(done: &mut Compilation, what: What) -> Option<String> {
    let (hir, ir) = (done.hir.as_ref()?, done.ir.as_ref()?);
    match what {
        What::Entries => front::info::entries(&mut done.session, hir, ir),
        _ => front::info::p4info(&mut done.session, hir, ir),
    }
}

fn optimised(done: &mut Compilation) -> Option<&front::ir::Program> {
    front::optimise(done.ir.as_mut()?);
    done.ir.as_ref()
}

/// One to a line, with its place.
fn tokens(done: &Compilation) -> String {
    let mut out = String::new();
    for token in &done.tokens {
        let place = done.session.sources.place(token.span);
        let _ = writeln!(out, "{place}\t{}", token_text(&done.session, token));
    }
    out
}

fn token_text<'a>(session: &'a Session, token: &'a Token) -> Cow<'a, str> {
    match &token.kind {
        TokenKind::Ident(name) => session.text(*name).into(),
        TokenKind::Keyword(keyword) => keyword.text().into(),
        TokenKind::Int(literal) => literal.text.as_ref().into(),
        TokenKind::Str(text) => text.as_ref().into(),
        TokenKind::Punct(punct) => punct.text().into(),
        TokenKind::PragmaEnd => "(end of the pragma)".into(),
        TokenKind::Stray(c) => c.to_string().into(),
    }
}
