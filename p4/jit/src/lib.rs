//! Compiled P4 programs as machine code.
