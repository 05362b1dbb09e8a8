//! What is not taken of a stream that goes on.

use ipnet::IpNet;
use std::fmt;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident => $word:literal,)*) => {
        /// Why a message is not followed. The variant is the counter is the word that an operator sees.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            pub const ALL: &[Refusal] = &[$(Refusal::$name,)*];

            pub const fn word(self) -> &'static str {
                match self { $(Refusal::$name => $word,)* }
            }
        }
    };
}

refusals! {
    /// The message ends within its fixed part, or an attribute within its value.
    Truncated => "truncated message",
    /// An attribute has another size than its kind.
    AttributeLength => "attribute of a wrong length",
    AttributeTwice => "attribute given twice",
    /// A message of rtnetlink(7) that is neither a route nor a next hop, such as EVPN's neighbors.
    MessageType => "message of another type",
    /// Neither IPv4 nor IPv6, such as MPLS.
    Family => "address family",
    /// A length beyond the address.
    PrefixLength => "prefix length",
    /// A prefix that is not the default route has no address.
    NoDestination => "no destination",
    /// The address has bits set beyond the prefix.
    HostBits => "host bits in the prefix",
    /// The route is for packets of some sources only.
    SourceSpecific => "source-specific route",
    /// The route is for one type of service only.
    TypeOfService => "route by type of service",
    /// Neither unicast nor blackhole, unreachable or prohibit (`rtm_type`).
    RouteType => "route type",
    /// MPLS, SRv6 or a tunnel between here and the next hop.
    Encapsulation => "encapsulation",
    /// A unicast route or a group without any next hop.
    NoNextHop => "no next hop",
    /// The hold is over, and zebra has not told what the id stands for.
    UntoldNextHop => "next hop never told",
    /// More than [`crate::emit::MAX_NEXT_HOPS`] in one route or group.
    TooManyNextHops => "too many next hops",
    /// A next hop without an id, or with id 0.
    NoId => "no next-hop id",
    /// A group that has a group among its members.
    NestedGroup => "group within a group",
    /// A group that has itself among its members.
    OwnMember => "group of itself",
    /// A next hop of a bridge's forwarding database.
    ForwardingDatabase => "bridge next hop",
    /// The session keeps as many routes as it may.
    RouteLimit => "route limit",
    /// The session keeps as many next-hop ids in use as it may.
    IdLimit => "next-hop id limit",
    /// The session keeps as many next hops, of all routes and groups together, as it may.
    NextHopLimit => "next-hop limit",
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A refusal with its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    pub reason: Refusal,
    pub of: Of,
    /// The value that was not taken: a type, a family, a length, a limit. 0 where there is none to name.
    pub value: u32,
}

/// What a refused message is about, as far as it could be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// A message, by its type in rtnetlink(7).
    Message(u16),
    Route {
        table: u32,
        prefix: IpNet,
    },
    NextHop(u32),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Of::Message(kind) => write!(f, "message of type {kind}: ")?,
            Of::Route { table, prefix } => write!(f, "{prefix} in table {table}: ")?,
            Of::NextHop(id) => write!(f, "next hop {id}: ")?,
        }
        write!(f, "{}", self.reason)?;
        if self.value != 0 { write!(f, " ({})", self.value) } else { Ok(()) }
    }
}

/// How often each happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tally([u64; Refusal::ALL.len()]);

impl Default for Tally {
    fn default() -> Tally {
        Tally([0; Refusal::ALL.len()])
    }
}

impl Tally {
    pub(crate) fn count(&mut self, reason: Refusal) {
        self.0[reason as usize] += 1;
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those that happened.
    pub(crate) fn seen(&self) -> Vec<(Refusal, u64)> {
        let all = Refusal::ALL.iter().copied().zip(self.0);
        all.filter(|(_, count)| *count > 0).collect()
    }
}
