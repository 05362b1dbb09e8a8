//! The data plane of swerve
fn main() {}
