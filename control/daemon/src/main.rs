//! The control process of swerve
fn main() {}
