//! The routes that FRR's zebra tells a forwarding plane manager (FPM), without IO, clock or thread.
//!
//! A [`Session`] is given what the connection brings ([`Session::connected`], [`Session::receive`],
//! [`Session::disconnected`]) and the time ([`Session::on_time`]); it answers with the routes that are others now
//! ([`Session::take`]), at most one [`Change`] for each prefix however often zebra changed its mind. It keeps every
//! route with what was last told of it, so that
//!
//! - a replay of a table that is known already changes nothing,
//! - a route that is deleted and added in one frame is never absent in between,
//! - the loss of the connection withdraws nothing, and what a new one does not mention goes after a hold.
//!
//! Both of zebra's modules are understood: `dplane_fpm_nl` with and without next-hop groups, and the older `fpm`.
//! The wire format is documented in FRR's `fpm/fpm.h`; the messages inside are rtnetlink(7)'s.

#![forbid(unsafe_code)]

mod change;
pub mod emit;
mod frame;
mod netlink;
mod next_hops;
mod refusal;
mod routes;
mod session;
mod slots;

pub use change::{Change, NextHop, Target, protocol_name};
pub use frame::{HEADER_LEN, MAX_LEN, PORT, StreamError, length};
pub use refusal::{Refusal, Refused};
pub use session::{Config, Counters, Protocol, Session, Snapshot, Unresolved};
