//! Packet tests: the STF language. A test file is parsed, then run against a device.

pub mod compare;
mod cursor;
pub mod error;
mod objects;
pub mod parse;
mod parts;
pub mod resolve;
pub mod run;
pub mod script;

pub use compare::Failure;
pub use error::{Mistake, Problem};
pub use parse::parse;
pub use run::{Engine, Outcome, RunError, run, set_up};
pub use script::Script;
