//! What both processes are made of beside their own work: sockets and logs.
//!
//! [`Listener`] owns a socket file: group and mode, a stale file of a dead process, who may connect.
//! [`Connection`] carries [`api::frame`]s without blocking, and bounds what it holds.

mod connection;
mod limit;
mod listener;
pub mod log;

pub use connection::{Closed, Connection, MAX_UNSENT};
pub use limit::Limiter;
pub use listener::{BindError, Listener, Peer};
