//! What the tests of the source's way to the tree share.
#![allow(dead_code)]

use std::collections::HashMap;
use std::fmt::Write;
use swerve_p4_front::ast::Program;
use swerve_p4_front::{MapLoader, Session, Severity, Token, parse, preprocess};

pub fn loader(files: &[(&str, &str)]) -> MapLoader {
    MapLoader(
        files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect::<HashMap<_, _>>(),
    )
}

pub fn tokens_of(
    session: &mut Session,
    text: &str,
    files: &[(&str, &str)],
    defines: &[(&str, &str)],
) -> Vec<Token> {
    let main = session.sources.add("main.p4", text);
    let defines: Vec<_> = defines.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    preprocess(session, main, &mut loader(files), &defines)
}

pub fn parsed(text: &str) -> (Session, Program) {
    let mut session = Session::new();
    let tokens = tokens_of(&mut session, text, &[], &[]);
    let program = parse(&mut session, &tokens);
    (session, program)
}

/// The messages as a tool would show them, without the text around.
pub fn messages(session: &Session) -> String {
    let mut out = String::new();
    for said in session.diags.kept() {
        let severity = if said.severity == Severity::Error { "error" } else { "warning" };
        let place = session.sources.place(said.span);
        let snippet = session.sources.snippet(said.span);
        let _ = write!(out, "{place}: {severity}: {}", said.message);
        if !snippet.is_empty() && snippet.len() < 60 {
            let _ = write!(out, "\n    at {snippet:?}");
        }
        if let Some(label) = &said.label {
            let _ = write!(out, "\n    -- {label}");
        }
        for (span, what) in &said.related {
            let _ = write!(out, "\n    {}: {what}", session.sources.place(*span));
        }
        if let Some(help) = &said.help {
            let _ = write!(out, "\n    help: {help}");
        }
        out.push('\n');
    }
    out
}
