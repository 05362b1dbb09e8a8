//! What the lab says while it works: one line per phase, kept up to date on a terminal.

use crate::clock::{Clock, seconds};
use std::io::{IsTerminal, Write};

#[derive(Debug)]
pub struct Console {
    clock: Clock,
    terminal: bool,
    phase: String,
}

impl Console {
    pub fn new(clock: Clock) -> Console {
        Console { clock, terminal: std::io::stdout().is_terminal(), phase: String::new() }
    }

    /// A phase begins.
    pub fn begin(&mut self, phase: &str) {
        phase.clone_into(&mut self.phase);
        self.doing("");
    }

    /// What the phase waits for now. Only a terminal sees it.
    pub fn doing(&self, what: &str) {
        if self.terminal {
            print!("\r\x1b[K{:6.1} s  {:26} {what}", seconds(self.clock.now()), self.phase);
            let _ = std::io::stdout().flush();
        }
    }

    /// The phase is over, with this result.
    pub fn end(&mut self, result: &str) {
        let back = if self.terminal { "\r\x1b[K" } else { "" };
        println!("{back}{:6.1} s  {:26} {result}", seconds(self.clock.now()), self.phase);
    }
}
