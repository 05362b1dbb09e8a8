//! The only safe door to DPDK
