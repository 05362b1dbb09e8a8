//! Bindings to the distribution's DPDK (22.11 or later), generated at build time from `wrapper.h`.
//!
//! Only what the `dpdk` crate uses is here; add to the lists in `build.rs` what else it needs. Names and meaning
//! are DPDK's own, documented in its API reference. Everything is as unsafe as in C: use `dpdk`.

#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)]
#![allow(missing_debug_implementations, unreachable_pub)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks)]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
