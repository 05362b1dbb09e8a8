//! Bindings to the distribution's DPDK, generated at build time
