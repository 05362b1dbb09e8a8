//! What `swerve-control` understands.

use crate::{events, learned, program, show};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;

/// From `swervectl` to control.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Request {
    /// The first message of every connection. `version` is [`crate::VERSION`].
    Hello {
        version: u32,
    },
    /// Takes a path out of use until [`Request::Undrain`]; kept across restarts of both processes.
    Drain {
        path: String,
    },
    Undrain {
        path: String,
    },
    /// Adds a route of the operator's, in place of an earlier one to the same prefix; kept across restarts of both
    /// processes.
    RouteAdd {
        prefix: Prefix,
        route: Route,
    },
    /// Takes the operator's route to this prefix away.
    RouteDelete {
        prefix: Prefix,
    },
    /// Reads the TOML file again: validated by both processes, then applied by both, or by neither.
    Reload,
    /// About the P4 program: goes to the switch, and its answer comes back. See [`crate::events`] for what is followed.
    Program(program::Request),
    /// Version and health of control and of its connection to the switch.
    Status,
    /// Prefixes of one VRF (`None`: the default one) with their candidates: those in `within` and the longest that covers it, after `after`, at most `limit`.
    Rib {
        vrf: Option<String>,
        within: Option<IpNet>,
        after: Option<IpNet>,
        limit: u32,
    },
    /// What is protected.
    Coverage,
    /// Who routes are learned from.
    Peers,
    /// Everything that may stand in [`Request::WhatIf`].
    Names,
    /// What the failure of paths, ports, interfaces, risk groups, regions or providers of these names would do; `list` of
    /// the prefixes that are touched.
    WhatIf {
        fail: Vec<String>,
        list: u32,
    },
}

/// The most prefixes in an answer.
pub const MAX_PREFIXES: u32 = 400;

/// A prefix in a VRF, by name; `None` is the default one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Prefix {
    pub vrf: Option<String>,
    pub net: IpNet,
}

impl From<IpNet> for Prefix {
    fn from(net: IpNet) -> Prefix {
        Prefix { vrf: None, net }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.vrf {
            Some(vrf) => write!(f, "{} in VRF {vrf}", self.net),
            None => self.net.fmt(f),
        }
    }
}

/// Where an operator wants the packets of a prefix to go.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub target: Target,
    /// Lower is better; among equals the operator's route comes before the file's.
    pub preference: u32,
    /// Another VRF than the prefix's that its paths may leave by, by name.
    #[serde(default)]
    pub next_hop_vrf: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Names of paths in the file, which share the traffic by weight; `backup` in place of the computed backups if it
    /// is not empty, best first.
    Paths { via: Vec<(String, u16)>, backup: Vec<String> },
    /// Dropped without an answer.
    Blackhole,
    /// Dropped with ICMP destination unreachable.
    Unreachable,
    /// Dropped with ICMP "administratively prohibited".
    Prohibit,
}

/// From control to `swervectl`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Reply {
    Welcome {
        version: u32,
        build: String,
    },
    /// Done, with one line for each thing that changed and each that could not.
    Ok {
        changes: Vec<String>,
        left: Vec<String>,
    },
    Refused {
        why: String,
    },
    /// The file has mistakes, or cannot be read: nothing was changed. One line for each, with its place.
    BadFile {
        why: String,
    },
    Status(show::ControlStatus),
    Rib {
        prefixes: Vec<learned::RibPrefix>,
        /// The limit cut the list.
        more: bool,
    },
    Coverage(learned::Coverage),
    Peers(Box<learned::Peers>),
    Names(Vec<String>),
    WhatIf(learned::WhatIf),
    /// Answer to [`Request::Program`].
    Program(program::Reply),
    /// See [`program::Request::Follow`].
    Told(events::Event),
}
