//! Compiled P4 programs as machine code.

pub mod abi;
pub mod code;
pub mod compile;
mod cuts;
pub mod effects;
pub mod emit;
mod engine;
pub mod plan;
mod prefetch;
pub mod show;
mod values;
mod wire;

pub use engine::JitEngine;
