//! What the writer refuses, and why. Nothing is ever half applied.

use crate::types::{GroupId, MAX_SOURCE, NeighborId, PathId};
use ipnet::IpNet;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FibError {
    #[error("the table of {table} is full ({limit})")]
    TableFull { table: &'static str, limit: usize },
    #[error("no memory for the table of {table} ({bytes} bytes)")]
    NoMemory { table: &'static str, bytes: usize },
    #[error("limit {limit} for {table} is out of range (at most {max})")]
    LimitOutOfRange { table: &'static str, limit: usize, max: usize },
    #[error("path {} does not exist", .0.0)]
    UnknownPath(PathId),
    #[error("group {} does not exist", .0.0)]
    UnknownGroup(GroupId),
    #[error("neighbor {} does not exist", .0.0)]
    UnknownNeighbor(NeighborId),
    #[error("path {} is in use by {groups} groups", .path.0)]
    PathInUse { path: PathId, groups: u32 },
    #[error("neighbor {} is in use by {paths} paths", .neighbor.0)]
    NeighborInUse { neighbor: NeighborId, paths: u32 },
    #[error("group {} is shared by content and cannot be changed in place", .0.0)]
    SharedGroup(GroupId),
    #[error("group {} has no holder left to release", .0.0)]
    NotHeld(GroupId),
    #[error("a group of paths needs at least one primary")]
    NoPrimary,
    #[error("path {} is a primary twice", .0.0)]
    PrimaryTwice(PathId),
    #[error("path {} has weight 0", .0.0)]
    ZeroWeight(PathId),
    #[error("a group of {count} different paths is wider than {limit}")]
    TooManyCandidates { count: usize, limit: usize },
    #[error("source {0} is out of range (0..={max})", max = MAX_SOURCE)]
    SourceOutOfRange(u8),
    #[error("{prefix} belongs to source {owner}, not to source {source_id}")]
    OtherSource { prefix: IpNet, owner: u8, source_id: u8 },
    #[error("there is no VRF {0}")]
    UnknownVrf(u16),
    #[error("all {limit} worker slots are taken")]
    TooManyWorkers { limit: usize },
}
