//! What IPv4 and IPv6 share.

/// An IP protocol number, in IPv6 the next header (IANA "Protocol Numbers").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Protocol(pub u8);

impl Protocol {
    pub const HOP_BY_HOP: Self = Self(0);
    pub const ICMP: Self = Self(1);
    pub const TCP: Self = Self(6);
    pub const UDP: Self = Self(17);
    pub const ROUTING: Self = Self(43);
    pub const FRAGMENT: Self = Self(44);
    pub const ESP: Self = Self(50);
    pub const AUTHENTICATION: Self = Self(51);
    pub const ICMPV6: Self = Self(58);
    pub const DESTINATION_OPTIONS: Self = Self(60);
    pub const MOBILITY: Self = Self(135);
    pub const HIP: Self = Self(139);
    pub const SHIM6: Self = Self(140);
}
