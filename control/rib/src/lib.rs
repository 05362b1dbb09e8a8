//! Routes of every source, and the backups computed from them.
//!
//! A [`Rib`] keeps every candidate of every prefix and derives one [`Group`] for each prefix: what the switch is told.
//! Prefixes with the same candidates share them, and equal groups are one, so that a million prefixes over a few
//! paths cost a map entry each and a handful of groups. Nothing here does IO.
//!
//! - What the file and the operator say ([`Candidate`]) and what FPM says ([`Fpm`]) may carry traffic, by preference.
//! - Loop-free alternates ([`Alternates`]) are candidates for backups of the very route of FPM that they were computed for.
//! - What BGP says ([`BgpPath`]) are the candidates for backups: FPM's word is which of them is best, since the routing
//!   daemon that speaks FPM has policies that its paths do not show. Only where no FPM is configured BGP leads itself
//!   ([`Around::bgp_leads`]),
//!   or FPM has let go of a route while routing daemons restart ([`Rib::leave_fpm`]).
//! - Next hops of BGP are resolved here, through connected networks and through routes that are not BGP's, and followed.
//! - [`Rib::next_changes`] says in slices what the switch is to be told, each prefix once however often it changed.

mod alternates;
mod bgp;
mod choose;
mod core;
mod hold;
mod hops;
mod left;
mod pool;
mod rib;
mod see;
mod table;
#[cfg(test)]
mod tests;
mod ways;

pub use alternates::{Alternate, Alternates, On};
pub use bgp::{BgpPath, Step};
pub use choose::Place;
pub use hold::LINK_STATE;
pub use hops::Found;
pub use left::Gone;
pub use rib::{Change, Refused, Rib};
pub use see::{Coverage, Explained, Fate, Gap, Given, Moved, PathCoverage, Role, Row, WhatIf, Why};

use api::Source;
use ipnet::IpNet;
use smallvec::SmallVec;
use std::net::IpAddr;

/// A prefix of a VRF. VRFs are numbered by the caller; 0 is the default one, and what a plain prefix is of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Prefix {
    pub vrf: u8,
    pub net: IpNet,
}

impl From<IpNet> for Prefix {
    fn from(net: IpNet) -> Prefix {
        Prefix { vrf: 0, net }
    }
}

impl From<(u8, IpNet)> for Prefix {
    fn from((vrf, net): (u8, IpNet)) -> Prefix {
        Prefix { vrf, net }
    }
}

/// Number of a path: those of [`Around::paths`] by their place there, then those made on the fly.
pub type PathId = u32;

/// Number of a group. Numbers of groups that no prefix uses any more are given out again.
pub type GroupId = u32;

/// What the rules for backups know of a path. Names are the caller's own numbers for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub interface: u32,
    pub next_hop: IpAddr,
    /// Shared risk groups. The interface counts as one and need not be named.
    pub risks: Vec<u32>,
    pub region: Option<u32>,
    pub provider: Option<u32>,
}

/// An interface of the switch.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Interface {
    /// Where its addresses are. Paths over it may carry the traffic of other VRFs.
    pub vrf: u8,
    /// With the lengths of their networks.
    pub addresses: Vec<IpNet>,
    /// Shared risk groups of every path made on it.
    pub risks: Vec<u32>,
}

/// The most that there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    pub prefixes_v4: usize,
    pub prefixes_v6: usize,
    /// Paths of the file and made on the fly.
    pub paths: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { prefixes_v4: usize::MAX, prefixes_v6: usize::MAX, paths: 1024 }
    }
}

/// What a RIB stands in.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Around {
    pub interfaces: Vec<Interface>,
    /// Of the file.
    pub paths: Vec<Path>,
    /// BGP's best path carries traffic where nobody else says anything.
    pub bgp_leads: bool,
    pub limits: Limits,
}

/// What else is known of a loop-free alternate, best first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Lfa {
    NodeProtectingDownstream,
    /// Its way avoids the router of the primary (RFC 5286 3.2, inequality 3).
    NodeProtecting,
    /// It is closer to the destination than we are (RFC 5286 3.1, inequality 2).
    Downstream,
    LoopFree,
}

impl Lfa {
    pub fn new(node_protecting: bool, downstream: bool) -> Lfa {
        match (node_protecting, downstream) {
            (true, true) => Lfa::NodeProtectingDownstream,
            (true, false) => Lfa::NodeProtecting,
            (false, true) => Lfa::Downstream,
            (false, false) => Lfa::LoopFree,
        }
    }

    pub fn is_node_protecting(self) -> bool {
        matches!(self, Lfa::NodeProtectingDownstream | Lfa::NodeProtecting)
    }
}

/// Why traffic sent to a backup does not come back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Proof {
    /// The operator routed the prefix over a directly connected next hop.
    Connected,
    /// The loop-free condition holds (RFC 5286 3.1, inequality 1).
    Lfa(Lfa),
    /// Learned over eBGP from another neighbor than the primary.
    EbgpDistinct,
    /// None is known.
    Unproven,
}

impl Proof {
    /// As it is shown.
    pub fn word(self) -> &'static str {
        match self {
            Proof::Connected => "connected",
            Proof::Lfa(Lfa::NodeProtectingDownstream) => "lfa, node-protecting, downstream",
            Proof::Lfa(Lfa::NodeProtecting) => "lfa, node-protecting",
            Proof::Lfa(Lfa::Downstream) => "lfa, downstream",
            Proof::Lfa(Lfa::LoopFree) => "lfa",
            Proof::EbgpDistinct => "ebgp-distinct",
            Proof::Unproven => "unproven",
        }
    }
}

/// A next hop of a candidate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NextHop {
    pub path: PathId,
    /// Lower is better.
    pub preference: u32,
    /// Lower is better, among next hops of one preference and one source.
    pub metric: u32,
    /// Share among equals.
    pub weight: u16,
    pub proof: Proof,
}

/// A path that takes over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Backup {
    pub path: PathId,
    pub proof: Proof,
}

/// What the file or the operator wants for a prefix. `source` and `id` together name it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Candidate {
    pub source: Source,
    /// The source's own number.
    pub id: u32,
    pub target: Target,
}

/// Where a candidate sends packets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    Paths {
        next_hops: Box<[NextHop]>,
        /// In place of what the rules would choose, when this candidate is the best.
        backup: Option<Box<[Backup]>>,
    },
    Blackhole {
        preference: u32,
    },
    Unreachable {
        preference: u32,
    },
    Prohibit {
        preference: u32,
    },
}

/// What FPM says of a prefix.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fpm {
    /// As rtnetlink numbers them: 186 is BGP.
    pub protocol: u8,
    /// Its next hops are BGP's: those of BGP do not resolve over it.
    pub is_bgp: bool,
    /// Against the file's and the operator's. Lower is better.
    pub preference: u32,
    pub metric: u32,
    /// What the next hops prove as backups of an operator's route.
    pub proof: Proof,
    pub target: FpmTarget,
}

/// Where FPM sends packets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum FpmTarget {
    Hops(SmallVec<[FpmHop; 1]>),
    Blackhole,
    Unreachable,
    Prohibit,
}

/// A next hop of FPM's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FpmHop {
    /// Index of the interface where the routing daemon lives: see [`Rib::set_link`].
    pub link: u32,
    pub gateway: IpAddr,
    /// Share among equals.
    pub weight: u16,
}

/// What a prefix points to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Group {
    Paths {
        /// Paths and weights, by path.
        primaries: Box<[(PathId, u16)]>,
        /// Best set first. No path stands twice in a group.
        backups: Box<[Box<[Backup]>]>,
    },
    Blackhole,
    Unreachable,
    Prohibit,
}

impl Group {
    /// Primaries, then the backups set by set.
    pub fn tiers(&self) -> impl Iterator<Item = Vec<PathId>> {
        let (primaries, backups): (&[_], &[_]) = match self {
            Group::Paths { primaries, backups } => (primaries, backups),
            Group::Blackhole | Group::Unreachable | Group::Prohibit => (&[], &[]),
        };
        let first = primaries.iter().map(|(path, _)| *path).collect::<Vec<_>>();
        std::iter::once(first).chain(backups.iter().map(|set| set.iter().map(|b| b.path).collect()))
    }
}

/// Why a next hop leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Unusable {
    #[error("interface {0} of the routing daemon is the mirror of no interface here")]
    UnknownLink(u32),
    #[error("the next hop is on no network of the interface")]
    NotConnected,
    #[error("the next hop is one of the switch's own addresses")]
    OwnAddress,
    #[error("no route but BGP's and the default leads to the next hop")]
    NoRoute,
    #[error("there is no room for one more path (`paths` in [tables])")]
    PathsFull,
    #[error("the path is not in the file")]
    UnknownPath,
    #[error("it is the alternate of another route than the present one")]
    OtherRoute,
}
