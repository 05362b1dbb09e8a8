//! What `show peers` says of a neighbor.

use crate::fsm::State;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// Counted since the neighbor was configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    pub octets: u64,
    pub messages: u64,
    pub updates: u64,
    /// Prefixes announced and withdrawn by those.
    pub announced: u64,
    pub withdrawn: u64,
    pub established: u64,
    pub notifications_received: u64,
    pub notifications_sent: u64,
    /// Connections not accepted: the peer has two already, or waits out its fault.
    pub refused: u64,
    pub collisions: u64,
    /// RFC 7606, by class: messages whose paths were withdrawn, attributes left out, families given up, sessions ended.
    /// The last are also those ended for a bad header, or a message out of turn.
    pub treated_as_withdraw: u64,
    pub attributes_discarded: u64,
    pub families_disabled: u64,
    pub session_resets: u64,
    /// Prefixes that no packet can be forwarded to, or of a family that was not negotiated or is disabled.
    pub prefixes_ignored: u64,
    /// Paths over the number that one prefix may have.
    pub paths_over: u64,
    /// Stale paths withdrawn because they did not come again.
    pub swept: u64,
}

/// One family of a neighbor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FamilyStatus {
    pub negotiated: bool,
    pub add_path: bool,
    pub prefixes: u32,
    pub paths: u32,
    /// Of these, kept from a session that is gone.
    pub stale: u32,
    /// When stale paths are withdrawn.
    pub stale_until: Option<Instant>,
    /// End-of-RIB has come in this session.
    pub end_of_rib: bool,
    /// The peer sent what cannot be read; nothing of the family is taken in this session.
    pub disabled: bool,
}

/// A neighbor as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub peer: u32,
    pub address: IpAddr,
    pub asn: u32,
    /// Of the session that is furthest.
    pub state: State,
    pub since: Instant,
    /// The peer's, once its OPEN has come.
    pub identifier: Option<Ipv4Addr>,
    /// As agreed; zero for none.
    pub hold_time: Duration,
    /// How long until the hold timer ends the session.
    pub hold_left: Option<Duration>,
    /// What the peer said of a restart: seconds, when it keeps forwarding meanwhile.
    pub restart_time: Option<u16>,
    /// IPv4, IPv6.
    pub families: [FamilyStatus; 2],
    /// Distinct sets of attributes.
    pub attributes: u32,
    /// Changes that the RIB has not taken yet.
    pub waiting: u32,
    /// Prefixes announced and withdrawn in the last full second.
    pub rate: u32,
    /// Why and when the last session ended.
    pub last_end: Option<(Instant, String)>,
    /// Octets for paths, attributes and queues.
    pub memory: usize,
    pub counters: Counters,
}

/// Events in the last full second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    second: Instant,
    count: u32,
    last: u32,
}

impl Rate {
    pub(crate) fn new(now: Instant) -> Rate {
        Rate { second: now, count: 0, last: 0 }
    }

    fn turn(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.second).as_secs();
        if seconds > 0 {
            self.last = if seconds == 1 { self.count } else { 0 };
            self.count = 0;
            self.second += Duration::from_secs(seconds);
        }
    }

    pub(crate) fn add(&mut self, count: usize, now: Instant) {
        self.turn(now);
        self.count = self.count.saturating_add(count as u32);
    }

    pub(crate) fn last(&self, now: Instant) -> u32 {
        let mut turned = *self;
        turned.turn(now);
        turned.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_second_before() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut rate = Rate::new(start);
        rate.add(5, at(100));
        rate.add(7, at(900));
        assert_eq!((rate.last(at(950)), rate.last(at(1000)), rate.last(at(2000))), (0, 12, 0));
    }
}
