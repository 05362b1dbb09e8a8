//! Compiled P4 programs as machine code.

pub mod abi;
mod again;
mod apart;
pub mod calls;
mod cells;
pub mod code;
pub mod compile;
mod core;
mod cuts;
mod dead;
pub mod defaults;
pub mod effects;
pub mod emit;
mod engine;
pub mod handed;
mod homes;
mod lane;
mod laps;
mod leavers;
mod lookup;
mod narrow;
pub mod plan;
mod prefetch;
pub mod room;
pub mod show;
mod values;
mod widen;
mod wire;

pub use self::core::Machine;
pub use compile::CompileError;
pub use engine::JitEngine;
pub use lane::{Lane, Verdict};
pub use laps::Lap;
