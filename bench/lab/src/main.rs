//! The lab: a failover seen by a host, measured
fn main() {}
