//! Framed messages over Unix sockets, for the event loops of both processes.
//!
//! [`Listener`] owns a socket file: group and mode, a stale file of a dead process, who may connect.
//! [`Connection`] carries [`api::frame`]s without blocking, and bounds what it holds.

mod connection;
mod listener;

pub use connection::{Closed, Connection, MAX_UNSENT};
pub use listener::{BindError, Listener, Peer};
