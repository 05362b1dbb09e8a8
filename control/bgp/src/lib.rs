//! BGP-4 (RFC 4271) as swerve needs it: a passive session by which a routing daemon hands over every path it knows,
//! the losers too, without clock, socket or thread.
//!
//! - A [`Peer`] is one configured neighbor. Its owner gives it accepted connections, what they received and the time,
//!   sends what [`Peer::output`] says, and takes what changed by [`Peer::take`]: only the newest of each path.
//! - Nothing is ever announced. What is sent is OPEN, KEEPALIVE, NOTIFICATION, and End-of-RIB once.
//! - A feed that ends, however it ends, keeps its paths for a time ([`Neighbor::stale_hold`], or the restart time that
//!   the peer negotiated, RFC 4724): they are backups, and FPM says what is best.
//! - Errors of UPDATEs are treated by RFC 7606, and counted by its classes.
//! - Paths of a million prefixes share their attributes; [`decide`] orders paths as the decision process does.

#![forbid(unsafe_code)]

mod as_path;
mod attributes;
mod bytes;
mod change;
mod family;
mod fault;
mod fsm;
mod intern;
mod message;
mod nlri;
mod notification;
mod open;
mod peer;
mod routes;
mod scan;
mod session;
mod stale;
mod status;
mod table;
mod update;

pub use as_path::{AsPath, Segment, SegmentKind};
pub use attributes::{Attributes, LargeCommunity, Learned, Origin};
pub use change::{Change, PeerState};
pub use family::{Family, FamilySet};
pub use fault::{Fault, Malformed};
pub use fsm::State;
pub use message::{HEADER_LEN, Kind, MAX_EXTENDED_LEN, MAX_LEN, Message, emit, frame};
pub use nlri::{Nlri, NlriError, Prefix};
pub use notification::Notification;
pub use open::{Capabilities, GracefulRestart, Open};
pub use peer::{Local, Neighbor, Peer, Slot};
pub use status::{Counters, FamilyStatus, Status};
pub use update::{Context, Reach, Update};
