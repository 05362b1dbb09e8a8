//! Tables, externs and the interpreter of compiled P4 programs.
#![forbid(unsafe_code)]
