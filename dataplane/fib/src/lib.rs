//! Prefixes, protection groups, paths and their liveness: many lock-free readers, one writer.
//!
//! A prefix points to a [`GroupId`], a group to an ordered list of [`PathId`]s per bucket of the flow
//! hash, a path to a [`Neighbor`] and to one word of [`Causes`]: it is live while that word is 0. So the
//! death of a path is one store, whatever the number of prefixes and groups, and the next packet takes
//! the next live candidate.
//!
//! [`tables`] gives the one [`Writer`] and the [`Tables`] that workers read. A worker registers
//! ([`Tables::register_worker`]) and calls [`WorkerEpoch::quiescent`] once per turn of its loop; what the
//! writer unlinks is used again only when every worker has done so since.
//!
//! Invariants: no lock, allocation, system call or division on the reading side; a reader sees the
//! old or the new group of a covering prefix, never a mixture; the writer never waits for a reader.

mod alloc;
mod arena;
mod epoch;
mod error;
mod group;
mod path;
pub mod special;
mod spread;
mod sync;
mod tables;
mod types;
mod v4;
mod v4_writer;
mod v6;
mod v6_writer;
mod writer;
mod writer_routes;

pub use arena::{prefetch, room};
pub use error::FibError;
pub use group::{Preferred, Selection};
pub use path::{Liveness, Neighbor, PathSlot, RawPaths};
pub use spread::{GroupContent, GroupSpec, MAX_CANDIDATES};
pub use tables::{Tables, WorkerEpoch};
pub use types::{
    Causes, Entry, GroupId, Limits, MAX_SOURCE, Memory, NeighborId, PathId, Prefix, RouteChange,
};
pub use writer::{Writer, tables};
pub use writer_routes::Sweep;
