//! The stats segment: counters, histograms, BFD sessions and failovers in one shared file, written by the switch
//! without a lock and read by anyone without disturbing it.
//!
//! Everything in it is an atomic integer or an array of them. Each worker writes its own page and nobody else does;
//! slots that several fields make up carry a sequence number, so that a reader sees all or nothing of a change.
//! Stamps are nanoseconds of the switch's own clock ([`Reader::now_ns`] says where it stands), 0 for never.

mod counters;
mod heartbeat;
mod histogram;
mod layout;
mod reader;
mod reason;
mod segment;
mod slots;

pub use counters::{
    Counter, GeneratorCounter, PROGRAM_STAGES, PathCounter, PortCounter, StageCounter, WorkerPage,
};
pub use histogram::{BUCKETS, StallSummary};
pub use layout::Shape;
pub use reader::{OpenError, PortRow, PortTotals, Reader, SessionRow, WorkerRow};
pub use reason::{BfdDiscard, Cause, DropReason, PuntClass};
pub use segment::{CreateError, FailoverHandle, Segment, WorkerStats, in_memory};
pub use slots::{Asked, FailoverId, FailoverInit, FailoverRow, PathInfo, PathRow, SessionInfo};

/// Version of the layout. A reader of another version says so and stops.
pub const VERSION: u32 = 5;
