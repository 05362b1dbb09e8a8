use core::fmt;

/// The header an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Header {
    Ethernet,
    Arp,
    Ipv4,
    Ipv6,
    Ipv6Extension,
    Udp,
    Icmpv4,
    Icmpv6,
    NdpOption,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Header::Ethernet => "Ethernet",
            Header::Arp => "ARP",
            Header::Ipv4 => "IPv4",
            Header::Ipv6 => "IPv6",
            Header::Ipv6Extension => "IPv6 extension header",
            Header::Udp => "UDP",
            Header::Icmpv4 => "ICMP",
            Header::Icmpv6 => "ICMPv6",
            Header::NdpOption => "neighbor discovery option",
        })
    }
}

/// Why octets are not the packet they were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// The buffer ends before the header does, or before the length that the header states.
    #[error("{header}: {have} octets where {need} are needed")]
    Truncated { header: Header, have: usize, need: usize },
    #[error("{header}: version {found}")]
    Version { header: Header, found: u8 },
    /// A length field that contradicts the header it stands in.
    #[error("{header}: impossible length {found}")]
    Length { header: Header, found: usize },
    #[error("{header}: wrong checksum {found:#06x}")]
    Checksum { header: Header, found: u16 },
    /// IPv6 forbids UDP without a checksum (RFC 8200 8.1).
    #[error("UDP: no checksum over IPv6")]
    ChecksumMissing,
    /// ARP for something else than IPv4 on Ethernet.
    #[error("ARP: hardware type {hardware}, protocol {protocol:#06x}")]
    ArpFormat { hardware: u16, protocol: u16 },
    #[error("ARP: operation {0}")]
    ArpOperation(u16),
    /// More extension headers than [`crate::ipv6::MAX_EXTENSIONS`].
    #[error("IPv6: more than {max} extension headers")]
    TooManyExtensions { max: usize },
    /// A hop-by-hop header anywhere but first (RFC 8200 4.1).
    #[error("IPv6: hop-by-hop header is not the first")]
    HopByHopNotFirst,
    /// Neighbor discovery with a code other than 0 (RFC 4861 7.1).
    #[error("neighbor discovery: code {0}")]
    NdpCode(u8),
    /// Neighbor discovery for a multicast target (RFC 4861 7.1).
    #[error("neighbor discovery: target is multicast")]
    NdpTarget,
}

pub type Result<T> = core::result::Result<T, Error>;

/// The one length check: `have` octets are there, `need` are needed.
pub(crate) fn need(header: Header, have: usize, need: usize) -> Result<()> {
    if have < need { Err(Error::Truncated { header, have, need }) } else { Ok(()) }
}
