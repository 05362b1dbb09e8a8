//! Bidirectional Forwarding Detection (RFC 5880) for single hops (RFC 5881) and paths of several (RFC 5883), without
//! clock, socket or thread.
//!
//! An [`Engine`] holds the sessions of one worker. The worker gives it received packets ([`Engine::on_packet`]) and
//! the time ([`Engine::on_time`]); what the engine wants done goes to a [`Sink`] of the worker's. All of it happens
//! within the call, and nothing is allocated after construction.
//!
//! - Asynchronous mode, no demand mode and no echo function of our own; a peer in demand mode is obeyed.
//! - No authentication: single-hop sessions are protected by the TTL of 255 (RFC 5881 5), those over several hops by the
//!   least TTL that their configuration allows, and packets with an authentication section are discarded (RFC 5880 6.8.6).
//! - A peer is never declared dead for packets that wait in a queue: see the horizon of [`Engine::on_time`].
//! - No discarded packet changes the state of a session.

#![forbid(unsafe_code)]

mod config;
mod discard;
mod engine;
mod event;
mod fsm;
mod jitter;
mod session;
mod time;
mod wheel;

pub use config::{AddError, Config, Endpoint, SessionId, Timers, TimersError, multihop, multihop_vrf};
pub use discard::Discard;
pub use engine::{Engine, RxMeta};
pub use event::{Cause, Event, Remote, Sink};
pub use session::Info;
pub use time::Time;
pub use wire::bfd::{Diagnostic, PACKET_LEN, State};
