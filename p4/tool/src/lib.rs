//! What `swerve-p4` does: check, test and show P4 programs.
#![forbid(unsafe_code)]

pub mod stf;
pub mod verbs;

pub use host::{compile, load, report};
