//! Standard output, as text or as JSON.

use crate::failure::Failure;
use serde_json::Value;
use std::io::{self, ErrorKind, IsTerminal, Write};

#[derive(Debug)]
pub struct Output {
    json: bool,
    /// Repaint in place.
    repaint: bool,
}

/// Where a part of a long list stands in it.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Of the list in the JSON.
    pub key: &'static str,
    pub first: bool,
    /// The last part says how the list ends.
    pub end: Option<End>,
}

/// Whether the limit cut the list, and how many rows there were until then.
#[derive(Debug, Clone, Copy)]
pub struct End {
    pub more: bool,
    pub rows: usize,
}

/// Home, and nothing below it.
const CLEAR: &[u8] = b"\x1b[H\x1b[2J";

impl Output {
    pub fn new(json: bool) -> Output {
        Output { json, repaint: io::stdout().is_terminal() }
    }

    pub fn json(&self) -> bool {
        self.json
    }

    /// One answer; JSON over several lines.
    pub fn print(&mut self, json: &Value, text: &str) -> Result<(), Failure> {
        if self.json { self.raw(format!("{json:#}\n").as_bytes()) } else { self.raw(text.as_bytes()) }
    }

    /// A part of one long list, `rows` as JSON and as text. A list of a million rows is never in memory whole.
    pub fn part(&mut self, rows: &Value, text: &str, part: Part) -> Result<(), Failure> {
        if !self.json {
            self.raw(text.as_bytes())?;
            return match part.end {
                Some(End { more: true, rows }) => self.raw(
                    format!("and more than these {rows}: --limit N shows N, --limit 0 all\n").as_bytes(),
                ),
                _ => Ok(()),
            };
        }
        let mut json = if part.first { format!("{{\n  \"{}\": [", part.key) } else { String::new() };
        for (at, row) in rows.as_array().into_iter().flatten().enumerate() {
            json.push_str(if part.first && at == 0 { "\n    " } else { ",\n    " });
            json.push_str(&format!("{row:#}").replace('\n', "\n    "));
        }
        if let Some(End { more, .. }) = part.end {
            json.push_str(&format!("\n  ],\n  \"more\": {more}\n}}\n"));
        }
        self.raw(json.as_bytes())
    }

    /// One of many lines, each as it comes.
    pub fn line(&mut self, json: &Value, text: &str) -> Result<(), Failure> {
        if self.json {
            self.raw(format!("{json}\n").as_bytes())
        } else {
            self.raw(format!("{text}\n").as_bytes())
        }
    }

    /// One of many answers: JSON in one line each, text in place of the last one on a terminal.
    pub fn repaint(&mut self, json: &Value, text: &str) -> Result<(), Failure> {
        if self.json {
            return self.raw(format!("{json}\n").as_bytes());
        }
        let mut bytes = if self.repaint { CLEAR.to_vec() } else { Vec::new() };
        bytes.extend_from_slice(text.as_bytes());
        if !self.repaint {
            bytes.push(b'\n');
        }
        self.raw(&bytes)
    }

    /// Whoever read the beginning and left (`head`) has what he wanted.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
            result => Ok(result?),
        }
    }
}
