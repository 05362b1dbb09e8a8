use core::time::Duration;

use wire::bfd::{Diagnostic, PACKET_LEN, State};

use crate::{SessionId, Time};

/// Where an engine's outputs go. Within one call the event of a transition comes before the packet that tells the
/// peer: repair first, then tell.
pub trait Sink {
    fn event(&mut self, event: &Event);

    /// Send `packet` as the UDP payload to the session's peer, with TTL 255, to port 3784 or, over several hops, 4784.
    fn transmit(&mut self, session: SessionId, packet: &[u8; PACKET_LEN]);
}

/// A session changed its state, or (with `old == new`) its peer went AdminDown while the session was not up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub session: SessionId,
    pub old: State,
    pub new: State,
    /// bfd.LocalDiag after the transition.
    pub diagnostic: Diagnostic,
    /// What the peer's last packet said.
    pub remote_diagnostic: Diagnostic,
    pub cause: Cause,
    /// The last valid packet before this event; the one that caused it, if one did.
    pub last_heard: Option<Time>,
    pub at: Time,
    /// Has this session been Up since it was added, now included?
    pub ever_up: bool,
    pub remote: Remote,
}

/// What the peer's last packet said of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// 0 when the peer is not being heard.
    pub discriminator: u32,
    pub min_tx: Duration,
    pub min_rx: Duration,
    pub min_echo_rx: Duration,
    pub multiplier: u8,
    pub demand: bool,
    /// Its sessions live on when its control plane restarts (RFC 5880 4.1, C).
    pub control_plane_independent: bool,
}

impl Event {
    /// The path is to be taken for dead. A session that was not Up held nothing up, and an administrator's Down, on
    /// either side, says nothing about the path (RFC 5882 4.2).
    pub fn is_path_failure(&self) -> bool {
        self.old == State::Up && matches!(self.cause, Cause::Expired | Cause::Signaled(_))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Nothing valid heard for the detection time.
    Expired,
    /// The peer's state: Down, Init or Up.
    Signaled(State),
    RemoteAdminDown,
    LocalAdminDown,
    LocalAdminUp,
}
