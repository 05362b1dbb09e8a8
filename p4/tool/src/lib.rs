//! What `swerve-p4` does: check, test and show P4 programs.
#![forbid(unsafe_code)]

pub mod compile;
pub mod load;
pub mod report;
pub mod stf;
pub mod verbs;
