//! `swerve-p4 check`

use super::{NO, Said, json_line};
use crate::compile::{Phase, Source, compile};
use crate::report::Style;
use serde_json::json;

pub fn check(source: &Source, json: bool, style: Style) -> Said {
    let done = match compile(source, Phase::Accepted) {
        Ok(done) => done,
        Err(unreadable) => return unreadable.into(),
    };
    let code = if done.accepted() { 0 } else { NO };
    let file = source.file.display().to_string();
    if json {
        let mut value = done.json();
        value["file"] = json!(file);
        return Said { out: json_line(&value), code, ..Said::default() };
    }
    let counts = match done.counts() {
        counts if counts.is_empty() => counts,
        counts => format!(" ({counts})"),
    };
    let (mut out, mut err) = (String::new(), done.messages(style));
    match code {
        0 => out = format!("{file}: accepted{counts}\n"),
        _ => err.push_str(&format!("{file}: rejected{counts}\n")),
    }
    Said { out, err, code }
}
