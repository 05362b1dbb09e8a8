//! `swerve-p4`: check, test and show P4 programs.

fn main() {}
