//! The three verbs: what they print, and the exit code.

mod check;
mod emit;
mod test;

pub use crate::stf::Engine;
pub use check::check;
pub use emit::{What, emit};
pub use test::test;

use crate::compile::Unreadable;

/// The program was rejected, or an expectation was not met.
pub const NO: u8 = 1;
/// The command, a file or a test is wrong.
pub const WRONG: u8 = 2;

/// What a verb has to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: u8,
}

impl Said {
    fn wrong(err: String) -> Said {
        Said { err, code: WRONG, ..Said::default() }
    }
}

impl From<Unreadable> for Said {
    fn from(unreadable: Unreadable) -> Said {
        Said::wrong(format!("swerve-p4: {unreadable}\n"))
    }
}

fn json_line(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
