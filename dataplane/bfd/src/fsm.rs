//! The state machine of RFC 5880 6.2 and 6.8.6, as one table.

use wire::bfd::{Diagnostic, State};

/// What can move a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// A valid packet in this state of the peer.
    Remote(State),
    /// No valid packet for the detection time.
    Expired,
    AdminDown,
    AdminUp,
}

/// The state that `input` leads to from `state`, and why.
pub(crate) const fn next(state: State, input: Input) -> (State, Reason) {
    use Diagnostic as D;
    use Reason::{Because, Keep};
    use State::{AdminDown, Down, Init, Up};
    const SIGNALED: Reason = Because(D::NeighborSignaledDown);
    const EXPIRED: Reason = Because(D::ControlDetectionTimeExpired);
    match (state, input) {
        (AdminDown, Input::Remote(AdminDown | Down | Init | Up)) => (AdminDown, Keep),
        (AdminDown, Input::Expired | Input::AdminDown) => (AdminDown, Keep),
        (AdminDown, Input::AdminUp) => (Down, Because(D::None)),

        (Down, Input::Remote(AdminDown | Up)) => (Down, Keep),
        (Down, Input::Remote(Down)) => (Init, Keep),
        (Down, Input::Remote(Init)) => (Up, Because(D::None)),
        (Down, Input::Expired | Input::AdminUp) => (Down, Keep),
        (Down, Input::AdminDown) => (AdminDown, Because(D::AdministrativelyDown)),

        (Init, Input::Remote(AdminDown)) => (Down, SIGNALED),
        (Init, Input::Remote(Down)) => (Init, Keep),
        (Init, Input::Remote(Init | Up)) => (Up, Because(D::None)),
        (Init, Input::Expired) => (Down, EXPIRED),
        (Init, Input::AdminDown) => (AdminDown, Because(D::AdministrativelyDown)),
        (Init, Input::AdminUp) => (Init, Keep),

        (Up, Input::Remote(AdminDown | Down)) => (Down, SIGNALED),
        (Up, Input::Remote(Init | Up)) => (Up, Keep),
        (Up, Input::Expired) => (Down, EXPIRED),
        (Up, Input::AdminDown) => (AdminDown, Because(D::AdministrativelyDown)),
        (Up, Input::AdminUp) => (Up, Keep),
    }
}

/// What a transition does to the local diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Keep,
    Because(Diagnostic),
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{AdminDown, Down, Init, Up};

    const STATES: [State; 4] = [AdminDown, Down, Init, Up];

    /// The pseudo code of 6.8.6 read literally, as a second opinion on the table.
    fn rfc_6_8_6(state: State, received: State) -> (State, Reason) {
        let down = (Down, Reason::Because(Diagnostic::NeighborSignaledDown));
        if state == AdminDown {
            return (state, Reason::Keep);
        }
        if received == AdminDown {
            return if state != Down { down } else { (state, Reason::Keep) };
        }
        let up = (Up, Reason::Because(Diagnostic::None));
        if state == Down {
            if received == Down {
                return (Init, Reason::Keep);
            } else if received == Init {
                return up;
            }
        } else if state == Init {
            if received == Init || received == Up {
                return up;
            }
        } else if received == Down {
            return down;
        }
        (state, Reason::Keep)
    }

    #[test]
    fn the_table_is_the_pseudo_code_of_the_rfc() {
        for state in STATES {
            for received in STATES {
                assert_eq!(
                    next(state, Input::Remote(received)),
                    rfc_6_8_6(state, received),
                    "{state:?} {received:?}"
                );
            }
        }
    }

    #[test]
    fn expiry_takes_down_what_was_alive_and_nothing_else() {
        let expired = Reason::Because(Diagnostic::ControlDetectionTimeExpired);
        assert_eq!(next(Up, Input::Expired), (Down, expired));
        assert_eq!(next(Init, Input::Expired), (Down, expired));
        assert_eq!(next(Down, Input::Expired), (Down, Reason::Keep));
        assert_eq!(next(AdminDown, Input::Expired), (AdminDown, Reason::Keep));
    }

    #[test]
    fn only_the_administrator_enters_and_leaves_admin_down() {
        for state in STATES {
            assert_eq!(next(state, Input::AdminDown).0, AdminDown);
            for received in STATES {
                assert_eq!(next(state, Input::Remote(received)).0 == AdminDown, state == AdminDown);
            }
        }
        assert_eq!(next(AdminDown, Input::AdminUp).0, Down);
    }
}
