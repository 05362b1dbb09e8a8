//! `exit`, which a twin says by a flag that everybody looks at, and what a twin's controls declare.

use super::generate::Generator;
use super::twin::Kind;
use std::fmt::Write;

impl Generator<'_, '_> {
    /// Ends the control: statements that need a semicolon.
    pub(super) fn exit(&mut self) -> String {
        self.exits = true;
        if self.otherwise(Kind::Exits) { "gone = true; return" } else { "exit" }.to_owned()
    }

    /// What follows something that may have exited.
    pub(super) fn after(&mut self, s: &mut String, pad: &str, exits: bool) {
        self.exits |= exits;
        if exits && self.otherwise(Kind::Exits) {
            let _ = writeln!(s, "{pad}if (gone) {{ return; }}");
        }
    }

    /// Whether what is made meanwhile may exit.
    pub(super) fn exiting<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let outer = std::mem::replace(&mut self.exits, false);
        let made = make(self);
        let exits = std::mem::replace(&mut self.exits, outer);
        (made, exits)
    }

    /// At the beginning of a control.
    pub(super) fn locals_of_twin(&mut self, s: &mut String, gone: bool) {
        if gone && self.otherwise(Kind::Exits) {
            s.push_str("    bool gone = false;\n");
        }
        if self.recording && self.otherwise(Kind::Tables) {
            s.push_str("    bit<16> run_rec = 0;\n");
        }
    }
}
