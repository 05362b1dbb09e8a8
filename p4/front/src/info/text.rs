//! Protobuf's text form.

use num_bigint::BigUint;
use std::fmt::{Display, Write};

/// Fields in the order in which they are written; what has its default value is left out, as protobuf does.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
    depth: usize,
}

impl Text {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// For what is written apart and then appended to a message of that depth.
    pub(super) fn at_depth(depth: usize) -> Text {
        Text { out: String::new(), depth }
    }

    pub(super) fn append(&mut self, other: Text) {
        self.out.push_str(&other.out);
    }

    fn line(&mut self, name: &str, value: impl Display) {
        let indent = self.depth * 2;
        let _ = writeln!(self.out, "{:indent$}{name}{value}", "");
    }

    pub(super) fn message(&mut self, name: &str, body: impl FnOnce(&mut Text)) {
        self.line(name, " {");
        self.depth += 1;
        body(self);
        self.depth -= 1;
        self.line("", "}");
    }

    pub(super) fn word(&mut self, name: &str, value: &str) {
        self.line(name, format_args!(": {value}"));
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.word(name, "true");
        }
    }

    pub(super) fn number<N: Display + Default + PartialEq>(&mut self, name: &str, value: N) {
        if value != N::default() {
            self.line(name, format_args!(": {value}"));
        }
    }

    pub(super) fn string(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(name, format_args!(": \"{}\"", escaped(value.as_bytes())));
        }
    }

    /// A value in as few bytes as hold it (P4Runtime, "Bytestrings").
    pub(super) fn value(&mut self, name: &str, value: &BigUint) {
        self.line(name, format_args!(": \"{}\"", escaped(&value.to_bytes_be())));
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\'' => out.push_str("\\'"),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_cannot_be_printed_are_octal() {
        let mut text = Text::default();
        text.value("value", &BigUint::from(0x0a00_0022u32));
        text.value("value", &BigUint::from(0u32));
        text.string("name", "\u{e9}\\");
        assert_eq!(
            text.finish(),
            "value: \"\\n\\000\\000\\\"\"\nvalue: \"\\000\"\nname: \"\\303\\251\\\\\"\n"
        );
    }
}
