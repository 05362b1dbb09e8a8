//! The protocol by which FRR's bfdd leaves its sessions to a data plane (`bfdd --dplaneaddr`), version 1.
//!
//! bfdd asks for sessions and the data plane runs them: it tells bfdd of each change of state. Every message is a header
//! of eight octets and a body whose shape follows from the type; all integers are big-endian. The names of fields are
//! those of FRR's `bfddp_packet.h`. Nothing here has a socket or a clock: [`Stream`] cuts received octets into messages,
//! [`Message`] is one of them.

#![forbid(unsafe_code)]

mod error;
mod message;
mod session;
mod stream;

pub use error::Error;
pub use message::{
    Body, Counters, Echo, HEADER_LEN, MAX_LEN, Message, Packet, StateChange, Traffic, VERSION,
};
pub use session::Session;
pub use stream::Stream;
pub use wire::bfd::{Diagnostic, State};

/// The TCP port that bfdd listens on with `--dplaneaddr ipv4:ADDRESS` alone.
pub const DEFAULT_PORT: u16 = 50700;
