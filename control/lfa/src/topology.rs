//! An IGP's network as one of its routers sees it.

use crate::{Graph, Hop, Node};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Routers, the links between them, and where prefixes are.
#[derive(Clone, Default, Debug)]
pub struct Topology {
    pub graph: Graph,
    /// This router.
    pub own: Node,
    pub adjacencies: Vec<Adjacency>,
    pub prefixes: BTreeMap<IpNet, Prefix>,
    /// Routers with links that are not in this topology, such as those between areas.
    pub borders: BTreeSet<Node>,
}

/// A way to a router next door.
#[derive(Clone, Debug)]
pub struct Adjacency {
    pub router: Node,
    pub cost: u32,
    /// The network that the link is, when it has more than two ends.
    pub lan: Option<Node>,
    /// At most one for each family.
    pub hops: Vec<Hop>,
    /// It may be an alternate: nobody asks for its being left alone (RFC 5286 3.5).
    pub usable: bool,
}

/// Where a prefix is.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Prefix {
    pub at: Vec<Attachment>,
    /// Behind borders: what is on the way there is not known.
    pub beyond: bool,
}

/// One of the nodes that a prefix is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attachment {
    pub node: Node,
    pub cost: u32,
}
