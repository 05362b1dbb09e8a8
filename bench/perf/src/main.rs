//! Throughput and failover benchmarks
fn main() {}
