//! Codes of special groups, as [`crate::GroupContent::Special`] carries them: what the switch does where there is no path.

/// One of our own addresses.
pub const LOCAL: u32 = 1;
/// Dropped without an answer.
pub const BLACKHOLE: u32 = 2;
/// Dropped with ICMP destination unreachable.
pub const UNREACHABLE: u32 = 3;
/// Dropped with ICMP "administratively prohibited".
pub const PROHIBIT: u32 = 4;
/// The broadcast address of a connected network, which nothing is forwarded to (RFC 2644).
pub const BROADCAST: u32 = 5;
/// A connected network: the low 16 bits are the interface whose neighbor is to be resolved.
pub const CONNECTED: u32 = 1 << 16;
/// The interface in the code of a connected network.
pub const INTERFACE_MASK: u32 = 0xffff;
