//! Packet formats, one protocol a file.
//!
//! Each file has a borrowed view (`Packet<T>`, for Ethernet `Frame<T>`) over the octets, with named field
//! ranges and one `check_len`, and an owned `Repr` with `parse` and `emit`.
//!
//! - `new_checked` runs `check_len`: after it no getter of the view panics, whatever the octets are.
//! - `new_unchecked` does not: it is for buffers that the caller sized itself, in order to emit.
//! - `Repr::parse` also checks what the protocol demands of the values (version, checksum).
//! - `Repr::emit` writes `Repr::buffer_len()` (or `header_len()`) octets and panics in a shorter buffer: to size
//!   it is the caller's duty.

#![forbid(unsafe_code)]

mod error;
pub mod field;

pub mod arp;
pub mod bfd;
pub mod checksum;
pub mod ethernet;
pub mod flow;
pub mod fragment;
pub mod icmpv4;
pub mod icmpv6;
pub mod ip;
pub mod ipv4;
pub mod ipv6;
pub mod udp;

pub use error::{Error, Header, Result};
pub use ethernet::{EtherType, MacAddr};
pub use ip::Protocol;
