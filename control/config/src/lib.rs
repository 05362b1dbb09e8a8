//! The schema of the one TOML file, read by both processes.
//!
//! [`Config::parse`] turns text into a [`Config`] or into every mistake it finds ([`ConfigErrors`]), each with its
//! place and with what would be right. [`Config::check_machine`] judges what only a machine can tell;
//! [`Config::diff`] says what a reload changes. Nothing here does IO.

mod diff;
mod machine;
mod model;
mod places;

pub use diff::{Change, Diff};
pub use machine::{CorePlan, Machine};
pub use model::*;

use std::time::Duration;

/// The shortest BFD interval: a tenth of what the timing wheel on the TSC can keep apart from a core's own stalls.
pub const MIN_BFD_INTERVAL: Duration = Duration::from_micros(100);

/// The most next hops and backups of one route.
pub const MAX_MEMBERS: usize = 64;
