//! The state machine of RFC 4271 8 for a side that never connects, as one table.
//!
//! Connect is not among the states. Each connection has a machine of its own, as 8.2.1 wants for collisions.

use crate::message::Kind;

/// RFC 4271 8.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing is accepted.
    Idle,
    /// Waits for the peer to connect.
    Active,
    OpenSent,
    OpenConfirm,
    Established,
}

/// What can move a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// ManualStart, with PassiveTcpEstablishment (events 1 and 4).
    Start,
    /// The peer's connection was accepted (event 17).
    Connected,
    /// A message without error (events 19, 25 to 27, and RFC 2918).
    Message(Kind),
    /// A message with an error (events 21, 22 and 28, and what RFC 7606 leaves of it).
    Faulty,
    /// Event 10.
    HoldExpired,
    /// Another connection is kept (event 23).
    Collided,
    /// The connection is gone (event 18).
    Closed,
    /// ManualStop (event 2).
    Stop,
}

/// What a transition asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Nothing,
    /// OPEN, and the large hold timer.
    SendOpen,
    /// The hold time is agreed on; KEEPALIVE, and both timers.
    Confirm,
    /// Paths may come.
    Establish,
    /// The message shows that the peer lives.
    Alive,
    /// The same, and it has routes.
    Routes,
    /// The connection ends without a word.
    Close,
    /// The connection ends with the NOTIFICATION of what was found.
    Tell,
    /// The connection ends with a finite state machine error of this subcode (RFC 6608).
    Unexpected(u8),
}

/// The state that `input` leads to from `state`, and what is to be done.
pub(crate) const fn next(state: State, input: Input) -> (State, Action) {
    use Action as A;
    use Input::{Closed, Collided, Connected, Faulty, HoldExpired, Message, Start, Stop};
    use Kind::{Keepalive, Notification, Open, RouteRefresh, Update};
    use State::{Active, Established, Idle, OpenConfirm, OpenSent};
    match (state, input) {
        (Idle, Start) => (Active, A::Nothing),
        (Idle, Connected) => (Idle, A::Close),
        (Idle, Message(_) | Faulty | HoldExpired | Collided | Closed | Stop) => (Idle, A::Nothing),

        (Active, Connected) => (OpenSent, A::SendOpen),
        (Active, Stop) => (Idle, A::Nothing),
        (Active, Start | Message(_) | Faulty | HoldExpired | Collided | Closed) => (Active, A::Nothing),

        (OpenSent, Message(Open)) => (OpenConfirm, A::Confirm),
        (OpenSent, Message(Keepalive | Update | RouteRefresh)) => (Active, A::Unexpected(1)),

        (OpenConfirm, Message(Keepalive)) => (Established, A::Establish),
        (OpenConfirm, Message(Open | Update | RouteRefresh)) => (Active, A::Unexpected(2)),

        (Established, Message(Keepalive | RouteRefresh)) => (Established, A::Alive),
        (Established, Message(Update)) => (Established, A::Routes),
        (Established, Message(Open)) => (Active, A::Unexpected(3)),

        (OpenSent | OpenConfirm | Established, Message(Notification) | Closed) => (Active, A::Close),
        (OpenSent | OpenConfirm | Established, Faulty | HoldExpired | Collided) => (Active, A::Tell),
        (OpenSent | OpenConfirm | Established, Stop) => (Idle, A::Tell),
        // A connection has one beginning.
        (OpenSent | OpenConfirm | Established, Start | Connected) => (state, A::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Active, Established, Idle, OpenConfirm, OpenSent};

    const STATES: [State; 5] = [Idle, Active, OpenSent, OpenConfirm, Established];
    const KINDS: [Kind; 5] =
        [Kind::Open, Kind::Update, Kind::Notification, Kind::Keepalive, Kind::RouteRefresh];

    #[test]
    fn established_is_reached_by_open_and_keepalive_in_this_order_only() {
        for state in STATES {
            for kind in KINDS {
                let (new, action) = next(state, Input::Message(kind));
                let up = state == OpenConfirm && kind == Kind::Keepalive;
                assert_eq!(new == Established && state != Established, up, "{state:?} {kind:?}");
                assert_eq!(action == Action::Establish, up);
                assert_eq!(action == Action::Routes, state == Established && kind == Kind::Update);
            }
        }
    }

    #[test]
    fn a_message_at_the_wrong_time_ends_the_connection_with_the_subcode_of_its_state() {
        for (state, subcode) in [(OpenSent, 1), (OpenConfirm, 2), (Established, 3)] {
            let ends =
                |kind: &&Kind| next(state, Input::Message(**kind)) == (Active, Action::Unexpected(subcode));
            let expected = if state == Established { 1 } else { 3 };
            assert_eq!(KINDS.iter().filter(ends).count(), expected, "{state:?}");
        }
    }

    #[test]
    fn every_end_leaves_the_peer_free_to_connect_again_but_for_a_stop() {
        for state in [OpenSent, OpenConfirm, Established] {
            for input in [Input::Faulty, Input::HoldExpired, Input::Collided, Input::Closed] {
                assert_eq!(next(state, input).0, Active);
            }
            assert_eq!(next(state, Input::Stop), (Idle, Action::Tell));
        }
        assert_eq!(next(Idle, Input::Connected), (Idle, Action::Close));
    }
}
