//! One connection of a peer: octets in, octets out, timers.

use crate::fsm::{self, Action, Input, State};
use crate::message::{self, Kind, MAX_EXTENDED_LEN, MAX_LEN, Message, frame};
use crate::{
    Capabilities, Context, Counters, Family, FamilySet, Fault, GracefulRestart, Local, Notification, Open,
};
use std::fmt;
use std::time::{Duration, Instant};

/// The hold timer until the peer's OPEN has come (RFC 4271 8.2.2).
const LARGE_HOLD: Duration = Duration::from_secs(240);

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The connection closed or broke.
    Lost,
    Received(Notification),
    Told(Fault),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Lost => f.write_str("connection lost"),
            Ending::Received(notification) => write!(f, "received {notification}"),
            Ending::Told(fault) => write!(f, "sent {}: {fault}", fault.notification()),
        }
    }
}

/// Who hears what comes over a session.
pub(crate) trait Sink {
    /// A valid OPEN came. An error ends this session: another is kept.
    fn opened(&mut self, open: &Open, now: Instant) -> Result<(), Fault>;
    fn established(&mut self, agreed: &Agreed, now: Instant);
    /// The body of an UPDATE.
    fn update(&mut self, body: &[u8], context: &Context, now: Instant) -> Result<(), Fault>;
    fn counters(&mut self) -> &mut Counters;
}

/// What both OPENs together mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agreed {
    pub(crate) context: Context,
    pub(crate) hold_time: Duration,
    /// The peer's.
    pub(crate) open: Open,
}

impl Agreed {
    /// How long the peer keeps forwarding for that family while it restarts.
    pub(crate) fn restart_time(&self, family: Family) -> Option<Duration> {
        let graceful = self.open.capabilities.graceful_restart?;
        graceful.families.has(family).then(|| Duration::from_secs(graceful.restart_time.into()))
    }
}

#[derive(Debug)]
pub(crate) struct Session {
    local: Local,
    expected_as: u32,
    pub(crate) state: State,
    pub(crate) since: Instant,
    /// The beginning of a message whose end has not come.
    pending: Vec<u8>,
    out: Vec<u8>,
    unsent_since: Option<Instant>,
    hold_until: Option<Instant>,
    keepalive_at: Option<Instant>,
    pub(crate) agreed: Option<Agreed>,
    /// It was established at a time.
    pub(crate) came_up: bool,
    pub(crate) ending: Option<Ending>,
    /// Its owner has drawn the consequences of its end.
    pub(crate) settled: bool,
}

/// What swerve can: every path of both families, and nothing to send.
fn our_open(local: &Local) -> Open {
    let capabilities = Capabilities {
        families: Some(FamilySet::ALL),
        four_octet_as: Some(local.asn),
        add_path_receive: FamilySet::ALL,
        add_path_send: FamilySet::default(),
        // Without a family this says that we understand End-of-RIB and help others restart (RFC 4724 3).
        graceful_restart: Some(GracefulRestart::default()),
        route_refresh: true,
        enhanced_refresh: false,
        extended_message: true,
    };
    Open { asn: local.asn, hold_time: local.hold_time, identifier: local.router_id, capabilities }
}

impl Session {
    /// For a connection that the peer has just made.
    pub(crate) fn accepted(local: Local, expected_as: u32, now: Instant) -> Session {
        let (waits, _) = fsm::next(State::Idle, Input::Start);
        let (state, action) = fsm::next(waits, Input::Connected);
        let mut session = Session {
            local,
            expected_as,
            state,
            since: now,
            pending: Vec::new(),
            out: Vec::new(),
            unsent_since: None,
            hold_until: None,
            keepalive_at: None,
            agreed: None,
            came_up: false,
            ending: None,
            settled: false,
        };
        if action == Action::SendOpen {
            session.send(Kind::Open, &our_open(&local).body(), now);
            session.hold_until = Some(now + LARGE_HOLD);
        }
        session
    }

    fn send(&mut self, kind: Kind, body: &[u8], now: Instant) {
        self.unsent_since.get_or_insert(now);
        message::emit(kind, body, &mut self.out);
    }

    pub(crate) fn output(&self) -> &[u8] {
        &self.out
    }

    /// The connection took so many octets of [`Session::output`].
    pub(crate) fn sent(&mut self, octets: usize, now: Instant) {
        self.out.drain(..octets);
        self.unsent_since = if self.out.is_empty() { None } else { Some(now) };
    }

    pub(crate) fn on_bytes(&mut self, bytes: &[u8], now: Instant, sink: &mut impl Sink) {
        sink.counters().octets += bytes.len() as u64;
        if self.pending.is_empty() {
            let used = self.messages(bytes, now, sink);
            self.pending.extend_from_slice(&bytes[used..]);
        } else {
            let mut all = std::mem::take(&mut self.pending);
            all.extend_from_slice(bytes);
            let used = self.messages(&all, now, sink);
            all.drain(..used);
            self.pending = all;
        }
        if self.ending.is_some() {
            self.pending = Vec::new();
        }
    }

    /// Hears every message that is there in full; answers with how many octets these are.
    fn messages(&mut self, bytes: &[u8], now: Instant, sink: &mut impl Sink) -> usize {
        let mut used = 0;
        while self.ending.is_none() {
            let extended = self.agreed.is_some_and(|agreed| agreed.open.capabilities.extended_message);
            match frame(&bytes[used..], if extended { MAX_EXTENDED_LEN } else { MAX_LEN }) {
                Ok(None) => break,
                Ok(Some(message)) => {
                    used += message.octets();
                    sink.counters().messages += 1;
                    self.message(&message, now, sink);
                }
                Err(fault) => self.fail(fault, Input::Faulty, now, sink.counters()),
            }
        }
        used
    }

    fn message(&mut self, message: &Message<'_>, now: Instant, sink: &mut impl Sink) {
        if let Err(fault) = self.hear(message, now, sink) {
            let input = if fault == Fault::Collision { Input::Collided } else { Input::Faulty };
            self.fail(fault, input, now, sink.counters());
        }
    }

    fn hear(&mut self, message: &Message<'_>, now: Instant, sink: &mut impl Sink) -> Result<(), Fault> {
        let (state, action) = fsm::next(self.state, Input::Message(message.kind));
        match action {
            Action::Confirm => {
                let agreed = self.agree(&Open::parse(message.body)?)?;
                sink.opened(&agreed.open, now)?;
                self.confirm(agreed, now);
            }
            Action::Establish => {
                self.came_up = true;
                self.restart_hold(now);
                if let Some(agreed) = self.agreed {
                    // Nothing is announced, and a peer that restarts waits for everybody's End-of-RIB.
                    for family in agreed.context.families.iter() {
                        self.send(Kind::Update, &end_of_rib(family), now);
                    }
                    sink.established(&agreed, now);
                }
            }
            Action::Alive => self.restart_hold(now),
            Action::Routes => {
                self.restart_hold(now);
                if let Some(agreed) = &self.agreed {
                    sink.update(message.body, &agreed.context, now)?;
                }
            }
            Action::Close => {
                sink.counters().notifications_received += 1;
                let received = Notification::parse(message.body);
                self.ending = Some(received.map_or(Ending::Lost, Ending::Received));
            }
            Action::Unexpected(subcode) => {
                return Err(Fault::Unexpected(message.kind.name(), subcode));
            }
            Action::Nothing | Action::SendOpen | Action::Tell => {}
        }
        self.enter(state, now);
        Ok(())
    }

    fn enter(&mut self, state: State, now: Instant) {
        if state != self.state {
            (self.state, self.since) = (state, now);
        }
    }

    /// What the peer's OPEN and ours mean together (RFC 4271 6.2, RFC 6286 2.2).
    fn agree(&self, open: &Open) -> Result<Agreed, Fault> {
        if open.asn != self.expected_as {
            return Err(Fault::PeerAs { got: open.asn, expected: self.expected_as });
        }
        let internal = open.asn == self.local.asn;
        if open.identifier.is_unspecified() || internal && open.identifier == self.local.router_id {
            return Err(Fault::Identifier(open.identifier));
        }
        if matches!(open.hold_time, 1 | 2) {
            return Err(Fault::HoldTime(open.hold_time));
        }
        let theirs = open.capabilities;
        let families = theirs.families.unwrap_or(FamilySet::default().with(Family::Ipv4));
        if families.is_empty() {
            return Err(Fault::NoFamily);
        }
        let context = Context {
            families,
            add_path: theirs.add_path_send.and(families),
            internal,
            four_octet_as: theirs.four_octet_as.is_some(),
        };
        let hold_time = Duration::from_secs(open.hold_time.min(self.local.hold_time).into());
        Ok(Agreed { context, hold_time, open: *open })
    }

    fn confirm(&mut self, agreed: Agreed, now: Instant) {
        self.agreed = Some(agreed);
        self.send(Kind::Keepalive, &[], now);
        self.keepalive_at = (!agreed.hold_time.is_zero()).then(|| now + agreed.hold_time / 3);
        self.hold_until = None;
        self.restart_hold(now);
    }

    /// The peer lives, or cannot be heard for a reason of ours.
    pub(crate) fn restart_hold(&mut self, now: Instant) {
        let hold_time = self.agreed.map_or(Duration::ZERO, |agreed| agreed.hold_time);
        if !hold_time.is_zero() {
            self.hold_until = Some(now + hold_time);
        }
    }

    /// Ends the session with a NOTIFICATION, if the state machine wants one.
    pub(crate) fn fail(&mut self, fault: Fault, input: Input, now: Instant, counters: &mut Counters) {
        if self.ending.is_some() {
            return;
        }
        let (state, action) = fsm::next(self.state, input);
        match action {
            Action::Tell => {
                self.send(Kind::Notification, &fault.notification().body(), now);
                counters.notifications_sent += 1;
                counters.collisions += u64::from(fault == Fault::Collision);
                counters.session_resets += u64::from(fault.is_of_message());
                self.ending = Some(Ending::Told(fault));
            }
            Action::Close => self.ending = Some(Ending::Lost),
            _ => {}
        }
        (self.hold_until, self.keepalive_at) = (None, None);
        self.enter(state, now);
    }

    /// The connection is gone, or to be given up without a word.
    pub(crate) fn lose(&mut self, now: Instant) {
        if self.ending.is_none() {
            self.ending = Some(Ending::Lost);
            self.enter(fsm::next(self.state, Input::Closed).0, now);
        }
        self.out.clear();
        (self.hold_until, self.keepalive_at, self.unsent_since) = (None, None, None);
    }

    pub(crate) fn on_time(&mut self, now: Instant, counters: &mut Counters) {
        if self.ending.is_some() {
            return;
        }
        if self.hold_until.is_some_and(|at| at <= now) {
            return self.fail(Fault::HoldExpired, Input::HoldExpired, now, counters);
        }
        if self.send_hold_until().is_some_and(|at| at <= now) {
            return self.fail(Fault::SendHoldExpired, Input::HoldExpired, now, counters);
        }
        if let Some((at, agreed)) = self.keepalive_at.zip(self.agreed)
            && at <= now
        {
            self.send(Kind::Keepalive, &[], now);
            self.keepalive_at = Some(now + agreed.hold_time / 3);
        }
    }

    /// RFC 9687: a peer that takes nothing is as good as one that says nothing.
    fn send_hold_until(&self) -> Option<Instant> {
        let hold_time = self.agreed.map(|agreed| agreed.hold_time).filter(|hold| !hold.is_zero())?;
        self.unsent_since.map(|since| since + hold_time)
    }

    /// When [`Session::on_time`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if self.ending.is_some() {
            return None;
        }
        [self.hold_until, self.keepalive_at, self.send_hold_until()].into_iter().flatten().min()
    }

    pub(crate) fn hold_left(&self, now: Instant) -> Option<Duration> {
        self.hold_until.map(|at| at.saturating_duration_since(now))
    }
}

/// RFC 4724 2.
fn end_of_rib(family: Family) -> Vec<u8> {
    match family {
        Family::Ipv4 => vec![0; 4],
        Family::Ipv6 => {
            let [a, b, _, safi] = family.octets();
            vec![0, 0, 0, 6, 0x80, 15, 3, a, b, safi]
        }
    }
}
