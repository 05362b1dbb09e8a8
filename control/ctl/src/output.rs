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
