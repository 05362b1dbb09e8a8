//! `swerve-p4 test`

use super::{NO, Said, WRONG, json_line};
use crate::compile::{self, Phase, Source, compile};
use crate::report::Style;
use crate::stf::{self, Engine, Outcome, RunError};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub fn test(source: &Source, test: &Path, engine: Engine, json: bool, style: Style) -> Said {
    let script = match compile::read(test) {
        Ok(text) => stf::parse(&text),
        Err(unreadable) => return unreadable.into(),
    };
    let script = match script {
        Ok(script) => script,
        Err(mistakes) => {
            let lines: Vec<_> =
                mistakes.iter().map(|mistake| format!("{}:{mistake}", test.display())).collect();
            return wrong_lines(test, json, &lines);
        }
    };
    let mut done = match compile(source, Phase::Flat) {
        Ok(done) => done,
        Err(unreadable) => return unreadable.into(),
    };
    let Some(program) = done.ir.take() else {
        let mut value = done.json();
        value["test"] = json!(test.display().to_string());
        value["passed"] = json!(false);
        return match json {
            true => Said { out: json_line(&value), code: WRONG, ..Said::default() },
            false => Said::wrong(done.messages(style)),
        };
    };
    let outcome = match stf::run(&script, program, engine) {
        Ok(outcome) => outcome,
        Err(error @ RunError::Line { .. }) => {
            return wrong(test, json, format!("{}:{error}", test.display()));
        }
        Err(error) => {
            return wrong(test, json, format!("{}: {error}", source.file.display()));
        }
    };
    let err = if json { String::new() } else { done.messages(style) };
    let code = if outcome.failures.is_empty() { 0 } else { NO };
    let out =
        if json { json_line(&as_json(source, test, engine, &outcome)) } else { as_text(test, &outcome) };
    Said { out, err, code }
}

fn wrong(test: &Path, json: bool, line: String) -> Said {
    wrong_lines(test, json, &[line])
}

fn wrong_lines(test: &Path, json: bool, lines: &[String]) -> Said {
    if json {
        let value = json!({ "test": test.display().to_string(), "passed": false, "wrong": lines });
        return Said { out: json_line(&value), code: WRONG, ..Said::default() };
    }
    Said::wrong(lines.iter().map(|line| format!("{line}\n")).collect())
}

fn as_text(test: &Path, outcome: &Outcome) -> String {
    let (mut out, test) = (String::new(), test.display());
    for (line, note) in &outcome.notes {
        let _ = writeln!(out, "{test}:{line}: {note}");
    }
    for failure in &outcome.failures {
        let _ = match failure.line {
            0 => writeln!(out, "{test}: {failure}"),
            _ => writeln!(out, "{test}:{failure}"),
        };
    }
    let (packets, expectations) = (outcome.packets, outcome.expectations);
    let _ = match outcome.failures.len() {
        0 => writeln!(out, "{test}: passed ({packets} packets, {expectations} expectations)"),
        failed => {
            writeln!(out, "{test}: FAILED, {failed} of {expectations} expectations ({packets} packets)")
        }
    };
    out
}

fn as_json(source: &Source, test: &Path, engine: Engine, outcome: &Outcome) -> Value {
    let failures: Vec<_> = outcome
        .failures
        .iter()
        .map(|failure| {
            json!({
                "line": failure.line,
                "port": failure.port,
                "expected": failure.expected,
                "got": failure.got,
            })
        })
        .collect();
    let notes: Vec<_> =
        outcome.notes.iter().map(|(line, text)| json!({ "line": line, "text": text })).collect();
    json!({
        "program": source.file.display().to_string(),
        "test": test.display().to_string(),
        "engine": engine.word(),
        "passed": outcome.failures.is_empty(),
        "packets": outcome.packets,
        "expectations": outcome.expectations,
        "failures": failures,
        "notes": notes,
    })
}
