//! One end of a session that fails on demand, as no state machine would.

use super::Order;
use wire::bfd::{Diagnostic, PACKET_LEN, Packet, Repr, State};

/// Between packets; well below what the switch allows.
const EVERY_NS: u64 = 3_000_000;

/// The scripted end.
#[derive(Debug)]
pub struct Script {
    state: State,
    silent: bool,
    /// Was told to be up.
    willing: bool,
    ours: u32,
    theirs: u32,
    interval_us: u32,
    multiplier: u8,
    /// A packet is due now, with the Final bit or without.
    due: Option<bool>,
    next_ns: u64,
}

impl Script {
    pub fn new(ours: u32, interval_us: u32, multiplier: u8) -> Script {
        Script {
            state: State::Down,
            silent: false,
            willing: false,
            ours,
            theirs: 0,
            interval_us,
            multiplier,
            due: Some(false),
            next_ns: 0,
        }
    }

    pub fn is_up(&self) -> bool {
        self.state == State::Up && !self.silent
    }

    /// Says Down now; keeps silent; or begins anew. [`Order::Quiet`] is not for one session.
    pub fn obey(&mut self, order: Order) {
        (self.state, self.silent) = match order {
            Order::Fail => (State::Down, false),
            Order::Silence => (State::Down, true),
            Order::Recover => (State::Init, false),
            Order::Quiet => return,
        };
        self.willing = order == Order::Recover;
        self.due = (!self.silent).then_some(false);
    }

    /// A packet of the switch.
    pub fn receive(&mut self, payload: &[u8]) {
        let Ok(repr) = Repr::parse(&Packet::new_unchecked(payload)) else { return };
        self.theirs = repr.my_discriminator;
        match repr.state {
            State::Init | State::Up if self.state == State::Init => {
                self.state = State::Up;
                self.due = Some(false);
            }
            // The switch has heard nothing of us for too long: a stall of this machine, which is no reason to stop.
            State::Down if self.willing && self.state == State::Up => {
                self.state = State::Init;
                self.due = Some(false);
            }
            _ => {}
        }
        if repr.poll {
            self.due = Some(true);
        }
    }

    /// The packet to send now, if any.
    pub fn poll(&mut self, now_ns: u64) -> Option<[u8; PACKET_LEN]> {
        // Until the switch has spoken there is nobody to name, and Init would be refused.
        if self.silent || (self.theirs == 0 && self.state != State::Down) {
            return None;
        }
        let final_ = match self.due.take() {
            Some(final_) => final_,
            None if now_ns >= self.next_ns => false,
            None => return None,
        };
        self.next_ns = now_ns + EVERY_NS;
        let down = self.state == State::Down;
        let repr = Repr {
            diagnostic: if down { Diagnostic::NeighborSignaledDown } else { Diagnostic::None },
            state: self.state,
            poll: false,
            final_,
            control_plane_independent: false,
            demand: false,
            detect_mult: self.multiplier,
            my_discriminator: self.ours,
            your_discriminator: self.theirs,
            desired_min_tx_us: self.interval_us,
            required_min_rx_us: self.interval_us,
            required_min_echo_rx_us: 0,
        };
        let mut bytes = [0; PACKET_LEN];
        repr.emit(&mut Packet::new_unchecked(&mut bytes));
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(script: &mut Script, now_ns: u64) -> Option<(State, bool)> {
        let bytes = script.poll(now_ns)?;
        let repr = Repr::parse(&Packet::new_unchecked(&bytes[..])).unwrap();
        Some((repr.state, repr.final_))
    }

    fn hear(script: &mut Script, state: State, poll: bool) {
        let repr = Repr {
            diagnostic: Diagnostic::None,
            state,
            poll,
            final_: false,
            control_plane_independent: true,
            demand: false,
            detect_mult: 3,
            my_discriminator: 77,
            your_discriminator: 5,
            desired_min_tx_us: 10_000,
            required_min_rx_us: 10_000,
            required_min_echo_rx_us: 0,
        };
        let mut bytes = [0; PACKET_LEN];
        repr.emit(&mut Packet::new_unchecked(&mut bytes));
        script.receive(&bytes);
    }

    #[test]
    fn it_comes_up_fails_when_told_and_comes_up_again() {
        let mut script = Script::new(5, 10_000, 3);
        assert_eq!(said(&mut script, 0), Some((State::Down, false)));
        script.obey(Order::Recover);
        assert_eq!(said(&mut script, 1), None, "nobody to say Init to");
        hear(&mut script, State::Down, false);
        assert_eq!(said(&mut script, 2), Some((State::Init, false)));
        assert!(!script.is_up());
        hear(&mut script, State::Up, true);
        assert!(script.is_up());
        assert_eq!(said(&mut script, 3), Some((State::Up, true)));
        assert_eq!(said(&mut script, 4), None);
        script.obey(Order::Fail);
        assert_eq!(said(&mut script, 5), Some((State::Down, false)));
        script.obey(Order::Silence);
        assert_eq!(said(&mut script, u64::MAX / 2), None);
    }
}
