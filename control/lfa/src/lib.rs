//! Loop-free alternates (RFC 5286): where the packets of an IGP's route can go when its next hop is lost, without coming
//! back, before any other router has heard of it.
//!
//! They are computed from a [`Topology`], which is read from the database of [`ospf`] or [`ospf6`] or from a [`file`], or taken from zebra
//! ([`zebra`]) where the routing daemon has computed them. Nothing here does IO.

mod alternates;
pub mod file;
mod graph;
pub mod ospf;
pub mod ospf6;
mod topology;
pub mod zebra;

pub use alternates::compute;
pub use graph::{Distances, Graph, Node};
pub use topology::{Adjacency, Attachment, Prefix, Topology};

use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A router next door, by its address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Hop {
    pub on: On,
    pub gateway: IpAddr,
}

/// Where an address is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum On {
    /// On the interface with that network.
    Network,
    /// On swerve's interface of that name.
    Interface(String),
    /// On the kernel's interface of that index.
    Index(u32),
}

/// Where packets of a prefix go when they cannot go where they should.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Alternate {
    pub hop: Hop,
    /// What the whole way costs.
    pub metric: u32,
    /// It is closer to the destination than we are (inequality 2): not even two alternates at once make a loop.
    pub downstream: bool,
    /// Its way avoids every router that is a primary next hop (inequality 3). Otherwise only the link to it.
    pub node_protecting: bool,
}

/// The alternates of a prefix, which count while its route is the one that they were computed for.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Protected {
    /// Every shortest way; the routing daemon may use fewer.
    pub primaries: Vec<Hop>,
    /// Best first. With more than one primary they are among these: each protects the others.
    pub alternates: Vec<Alternate>,
}

/// By prefix. One without alternates has none by this computation; of one that is not there nothing is known.
pub type Alternates = BTreeMap<IpNet, Protected>;
