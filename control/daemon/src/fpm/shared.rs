//! What the thread that listens and the loop that takes have in common.

use super::{Settings, Snapshot};
use fpm::{Change, Session, StreamError};
use mio::Waker;
use process::Limiter;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::{error, warn};

#[derive(Debug)]
pub(super) struct Shared {
    inner: Mutex<Inner>,
    taker: Arc<Waker>,
}

#[derive(Debug)]
struct Inner {
    session: Session,
    allow: Vec<IpAddr>,
    peer: Option<SocketAddr>,
    /// When a connection was last lost.
    lost_at: Option<Instant>,
    /// Since when there has been something to take. The taker knows, or is about to.
    waiting_since: Option<Instant>,
    rate: Rate,
    refused_hosts: u64,
    last_refused_host: Option<IpAddr>,
    resets: u64,
    last_reset: Option<StreamError>,
    /// Refusals that were written to the log or left out of it.
    said: u64,
    limiter: Limiter<&'static str>,
}

impl Shared {
    pub(super) fn new(settings: &Settings, taker: Arc<Waker>) -> Shared {
        let config = fpm::Config { hold: settings.hold, routes: settings.routes };
        let inner = Inner {
            session: Session::new(config, RandomState::new().hash_one(0)),
            allow: settings.allow.clone(),
            peer: None,
            lost_at: None,
            waiting_since: None,
            rate: Rate::new(Instant::now()),
            refused_hosts: 0,
            last_refused_host: None,
            resets: 0,
            last_reset: None,
            said: 0,
            limiter: Limiter::default(),
        };
        Shared { inner: Mutex::new(inner), taker }
    }

    /// A thread that panicked has left the tables as they were between two messages of zebra, or within one: the next
    /// connection puts them right.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        if let Err(error) = self.taker.wake() {
            error!("FPM cannot wake the main loop: {error}");
        }
    }

    pub(super) fn configure(&self, settings: &Settings) {
        let mut inner = self.lock();
        inner.allow.clone_from(&settings.allow);
        inner.session.set_hold(settings.hold);
    }

    pub(super) fn take(&self, most: usize) -> Vec<Change> {
        let mut inner = self.lock();
        let changes = inner.session.take(most);
        if inner.session.waiting() == 0 {
            inner.waiting_since = None;
        } else {
            self.wake();
        }
        changes
    }

    pub(super) fn is_complete(&self) -> bool {
        self.lock().session.is_complete()
    }

    pub(super) fn lost_at(&self) -> Option<Instant> {
        self.lock().lost_at
    }

    pub(super) fn is_settled(&self, now: Instant) -> bool {
        self.lock().session.is_settled(now)
    }

    /// Whether that host may speak, on a connection to `local`. Counted if not.
    pub(super) fn admits(&self, peer: IpAddr, local: IpAddr) -> bool {
        let mut inner = self.lock();
        let admitted = is_admitted(peer, local, &inner.allow);
        if !admitted {
            inner.refused_hosts += 1;
            inner.last_refused_host = Some(peer.to_canonical());
        }
        admitted
    }

    pub(super) fn connected(&self, peer: SocketAddr, now: Instant) {
        let mut inner = self.lock();
        inner.peer = Some(peer);
        inner.session.connected(now);
    }

    pub(super) fn disconnected(&self, now: Instant) {
        let mut inner = self.lock();
        (inner.peer, inner.lost_at) = (None, Some(now));
        inner.session.disconnected();
    }

    /// # Errors
    /// The stream cannot be followed.
    pub(super) fn receive(&self, octets: &[u8], now: Instant) -> Result<(), StreamError> {
        let mut inner = self.lock();
        let result = inner.session.receive(octets, now);
        inner.count_rate(now);
        inner.say_refusals(now);
        if let Err(error) = result {
            inner.count_reset(error);
        }
        self.announce(&mut inner, now);
        result
    }

    /// A connection that begins like this is not zebra's.
    pub(super) fn not_zebra(&self, error: StreamError) {
        self.lock().count_reset(error);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lock().session.deadline()
    }

    pub(super) fn on_time(&self, now: Instant) {
        let mut inner = self.lock();
        let was_complete = inner.session.is_complete();
        inner.session.on_time(now);
        if inner.session.is_complete() != was_complete {
            self.wake();
        }
        self.announce(&mut inner, now);
    }

    fn announce(&self, inner: &mut Inner, now: Instant) {
        if inner.session.waiting() > 0 && inner.waiting_since.is_none() {
            inner.waiting_since = Some(now);
            self.wake();
        }
    }

    pub(super) fn snapshot(&self, listen: SocketAddr, now: Instant) -> Snapshot {
        let mut inner = self.lock();
        inner.count_rate(now);
        Snapshot {
            listen,
            peer: inner.peer,
            session: inner.session.snapshot(now),
            rate: inner.rate.per_second,
            lag: inner.waiting_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since)),
            refused_hosts: inner.refused_hosts,
            last_refused_host: inner.last_refused_host,
            resets: inner.resets,
            last_reset: inner.last_reset,
        }
    }
}

impl Inner {
    fn count_rate(&mut self, now: Instant) {
        let counters = self.session.counters();
        self.rate.count(counters.set + counters.withdrawn, now);
    }

    fn count_reset(&mut self, error: StreamError) {
        self.resets += 1;
        self.last_reset = Some(error);
    }

    /// The last of what was not followed, if it is not always the same.
    fn say_refusals(&mut self, now: Instant) {
        let (total, last) = self.session.refused();
        if total == self.said {
            return;
        }
        self.said = total;
        if let Some(last) = last
            && self.limiter.admit(last.reason.word(), now).is_some()
        {
            warn!("FPM: not followed: {last}; {total} in all");
        }
    }
}

/// This host may always: it is who connects from the address that it connects to, too.
fn is_admitted(peer: IpAddr, local: IpAddr, allow: &[IpAddr]) -> bool {
    let peer = peer.to_canonical();
    peer.is_loopback()
        || peer == local.to_canonical()
        || allow.iter().any(|allowed| allowed.to_canonical() == peer)
}

/// Messages in a second, over a second or as long as nothing came.
#[derive(Debug)]
struct Rate {
    since: Instant,
    total: u64,
    per_second: u64,
}

impl Rate {
    fn new(now: Instant) -> Rate {
        Rate { since: now, total: 0, per_second: 0 }
    }

    fn count(&mut self, total: u64, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        if passed >= Duration::from_secs(1) {
            self.per_second = ((total - self.total) as f64 / passed.as_secs_f64()).round() as u64;
            (self.since, self.total) = (now, total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_host_may_connect_and_others_only_when_they_are_named() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let named = [ip("192.0.2.7"), ip("2001:db8::7")];
        for (peer, local, may) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("::1", "::1", true),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1", true),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.7", "192.0.2.1", true),
            ("::ffff:192.0.2.7", "::ffff:192.0.2.1", true),
            ("2001:db8::7", "2001:db8::1", true),
            ("192.0.2.8", "192.0.2.1", false),
            ("::ffff:192.0.2.8", "::ffff:192.0.2.1", false),
            ("2001:db8::8", "2001:db8::1", false),
        ] {
            assert_eq!(is_admitted(ip(peer), ip(local), &named), may, "{peer}");
        }
        assert!(!is_admitted(ip("192.0.2.7"), ip("192.0.2.1"), &[]));
    }

    #[test]
    fn a_rate_is_that_of_the_last_second_and_falls_to_nothing() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        rate.count(100, start + Duration::from_millis(999));
        assert_eq!(rate.per_second, 0);
        rate.count(3000, start + Duration::from_secs(2));
        assert_eq!(rate.per_second, 1500);
        rate.count(3000, start + Duration::from_secs(3));
        assert_eq!(rate.per_second, 0);
    }
}
