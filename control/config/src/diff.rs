//! What a reload changes.

use crate::Config;
use ipnet::IpNet;
use std::net::IpAddr;

/// The difference between the running file and a new one.
#[derive(Clone, Debug)]
pub struct Diff {
    /// What can change while running, in an order in which it can be applied.
    pub changes: Vec<Change>,
    /// One sentence for each thing that cannot change while running and is left as it is.
    pub cannot: Vec<String>,
    /// What runs when `changes` are applied: the new file where it could be followed, the old one elsewhere.
    pub after: Config,
}

/// One change. `Display` says it in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    AddressAdded {
        interface: String,
        address: IpNet,
    },
    AddressRemoved {
        interface: String,
        address: IpNet,
    },
    PoliceChanged {
        interface: String,
    },
    NeighborAdded {
        interface: String,
        address: IpAddr,
    },
    NeighborChanged {
        interface: String,
        address: IpAddr,
    },
    NeighborRemoved {
        interface: String,
        address: IpAddr,
    },
    PathAdded {
        path: String,
    },
    /// `what` names the keys that differ.
    PathChanged {
        path: String,
        what: Vec<&'static str>,
    },
    PathRemoved {
        path: String,
    },
    RouteAdded {
        prefix: IpNet,
    },
    RouteChanged {
        prefix: IpNet,
    },
    RouteRemoved {
        prefix: IpNet,
    },
}
