//! One session: the variables of RFC 5880 6.8.1 and what moves them. It knows no timers, only when they are due.

use core::time::Duration;

use wire::bfd::{Diagnostic, PACKET_LEN, Packet, Repr, State};

use crate::config::micros;
use crate::fsm::{self, Input, Reason};
use crate::{Cause, Config, Endpoint, Remote, Time, Timers};

/// bfd.DesiredMinTxInterval of a session that is not Up is no less (RFC 5880 6.8.3).
const SLOW: Duration = Duration::from_secs(1);

/// A Poll Sequence (RFC 5880 6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Poll {
    Idle,
    /// Packets carry P, and the peer's F ends it.
    Asking,
    /// F has come. The next sequence waits for a packet without F, or a late F would be taken for its own
    /// (RFC 5880 6.8.3, third choice).
    Settling,
}

/// The intervals that take part in a Poll Sequence: what packets say, and what is in effect until the peer agrees.
#[derive(Debug, Clone, Copy)]
struct Intervals {
    min_tx: Duration,
    min_rx: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counters {
    pub(crate) packets_in: u64,
    pub(crate) packets_out: u64,
    pub(crate) discards: u64,
    pub(crate) flaps: u64,
    pub(crate) vetoes: u64,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) endpoint: Endpoint,
    pub(crate) discriminator: u32,
    config_timers: Timers,
    passive: bool,
    pub(crate) min_ttl: u8,

    pub(crate) state: State,
    diagnostic: Diagnostic,
    poll: Poll,
    advertised: Intervals,
    effective: Intervals,

    remote_state: State,
    remote_diagnostic: Diagnostic,
    remote_discriminator: u32,
    remote_min_tx: Duration,
    /// Initially 1 us (RFC 5880 6.8.1); zero: the peer wants no periodic packets.
    remote_min_rx: Duration,
    remote_multiplier: u8,
    remote_demand: bool,
    remote_min_echo_rx: Duration,
    remote_independent: bool,

    /// The deadline whose veto has been counted.
    vetoed: Option<Time>,
    last_heard: Option<Time>,
    up_since: Option<Time>,
    ever_up: bool,
    pub(crate) counters: Counters,
    pub(crate) transmit: Transmit,
}

/// When the session last sent, and the interval it sends at. Kept by the engine, which owns jitter and timers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Transmit {
    pub(crate) last: Option<Time>,
    /// When it last sent out of turn.
    pub(crate) told: Option<Time>,
    /// A packet out of turn waits for its gap.
    pub(crate) pending: bool,
    /// None: no periodic packets.
    pub(crate) interval: Option<Duration>,
}

/// A transition that the engine has to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) old: State,
    pub(crate) cause: Cause,
}

/// What the engine has to do after a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) change: Option<Change>,
    /// The peer polls: answer at once (RFC 5880 6.8.6).
    pub(crate) answer_poll: bool,
    /// What packets say has changed: send one without waiting (RFC 5880 6.8.7).
    pub(crate) tell: bool,
}

impl Session {
    pub(crate) fn new(config: &Config) -> Self {
        let timers = config.timers.in_microseconds();
        let slow = Intervals { min_tx: timers.desired_min_tx.max(SLOW), min_rx: timers.required_min_rx };
        let (state, diagnostic) = match config.admin_down {
            true => (State::AdminDown, Diagnostic::AdministrativelyDown),
            false => (State::Down, Diagnostic::None),
        };
        Self {
            endpoint: config.endpoint,
            discriminator: config.discriminator,
            config_timers: timers,
            passive: config.passive,
            min_ttl: config.min_ttl,
            state,
            diagnostic,
            poll: Poll::Idle,
            advertised: slow,
            effective: slow,
            remote_state: State::Down,
            remote_diagnostic: Diagnostic::None,
            remote_discriminator: 0,
            remote_min_tx: Duration::ZERO,
            remote_min_rx: Duration::from_micros(1),
            remote_multiplier: 0,
            remote_demand: false,
            remote_min_echo_rx: Duration::ZERO,
            remote_independent: false,
            vetoed: None,
            last_heard: None,
            up_since: None,
            ever_up: false,
            counters: Counters::default(),
            transmit: Transmit::default(),
        }
    }

    /// A packet for this session that passed all checks: RFC 5880 6.8.6 from the point where variables change.
    pub(crate) fn receive(&mut self, now: Time, packet: &Repr) -> Received {
        let admin_before = self.remote_state == State::AdminDown;
        self.remote_discriminator = packet.my_discriminator;
        self.remote_state = packet.state;
        self.remote_diagnostic = packet.diagnostic;
        self.remote_demand = packet.demand;
        self.remote_min_rx = Duration::from_micros(u64::from(packet.required_min_rx_us));
        self.remote_min_tx = Duration::from_micros(u64::from(packet.desired_min_tx_us));
        self.remote_multiplier = packet.detect_mult;
        self.remote_min_echo_rx = Duration::from_micros(u64::from(packet.required_min_echo_rx_us));
        self.remote_independent = packet.control_plane_independent;
        self.last_heard = Some(now);
        self.vetoed = None;
        self.counters.packets_in += 1;

        match (self.poll, packet.final_) {
            (Poll::Asking, true) => {
                self.effective = self.advertised;
                self.poll = Poll::Settling;
            }
            (Poll::Settling, false) => self.poll = Poll::Idle,
            (Poll::Idle, _) | (Poll::Asking, false) | (Poll::Settling, true) => {}
        }

        let cause = match packet.state {
            State::AdminDown => Cause::RemoteAdminDown,
            state => Cause::Signaled(state),
        };
        let old = self.state;
        let mut change = self.step(now, Input::Remote(packet.state), cause);
        if change.is_none() && packet.state == State::AdminDown && !admin_before {
            change = Some(Change { old, cause });
        }
        let told = self.apply_timers();
        Received { change, answer_poll: packet.poll, tell: told || old != self.state }
    }

    /// No valid packet for the detection time.
    pub(crate) fn expire(&mut self, now: Time) -> Option<Change> {
        let change = self.step(now, Input::Expired, Cause::Expired);
        // RFC 5880 6.8.1 forgets the discriminator. The rest goes with it: a dead peer's wish for silence or its
        // demand mode must not keep us from calling the one that comes after it.
        self.remote_discriminator = 0;
        self.remote_state = State::Down;
        self.remote_min_rx = Duration::from_micros(1);
        self.remote_demand = false;
        self.vetoed = None;
        self.apply_timers();
        change
    }

    pub(crate) fn set_admin_down(&mut self, now: Time, down: bool) -> Option<Change> {
        let change = match down {
            true => self.step(now, Input::AdminDown, Cause::LocalAdminDown),
            false => self.step(now, Input::AdminUp, Cause::LocalAdminUp),
        };
        self.apply_timers();
        change
    }

    /// Whether it waits for the peer to begin.
    pub(crate) fn set_passive(&mut self, passive: bool) {
        self.passive = passive;
    }

    /// True when packets say something else now.
    pub(crate) fn set_timers(&mut self, timers: Timers) -> bool {
        let timers = timers.in_microseconds();
        let multiplier = timers.multiplier != self.config_timers.multiplier;
        self.config_timers = timers;
        self.apply_timers() || multiplier
    }

    fn step(&mut self, now: Time, input: Input, cause: Cause) -> Option<Change> {
        let old = self.state;
        let (new, reason) = fsm::next(old, input);
        if let Reason::Because(diagnostic) = reason {
            self.diagnostic = diagnostic;
        }
        if new == old {
            return None;
        }
        self.state = new;
        if new == State::Up {
            self.up_since = Some(now);
            self.ever_up = true;
        } else if old == State::Up {
            self.up_since = None;
            self.counters.flaps += 1;
        }
        Some(Change { old, cause })
    }

    /// Brings what packets say, and what is in effect, to what the configuration and the state ask for (RFC 5880
    /// 6.8.3). True when packets say something else now.
    fn apply_timers(&mut self) -> bool {
        let config = &self.config_timers;
        if self.state != State::Up {
            // No Poll Sequence here: each packet of a session that is not Up takes effect by itself, and one towards
            // a peer that is gone would never end and delay the one that matters, after Up.
            let old = self.advertised;
            self.poll = Poll::Idle;
            self.advertised =
                Intervals { min_tx: config.desired_min_tx.max(SLOW), min_rx: config.required_min_rx };
            self.effective = self.advertised;
            return old.min_tx != self.advertised.min_tx || old.min_rx != self.advertised.min_rx;
        }
        let (min_tx, min_rx) = (config.desired_min_tx, config.required_min_rx);
        let same = self.advertised.min_tx == min_tx && self.advertised.min_rx == min_rx;
        if same || self.poll != Poll::Idle {
            return false;
        }
        self.advertised = Intervals { min_tx, min_rx };
        // While Up, a slower transmission and a faster detection wait for the end of the Poll Sequence.
        self.effective.min_tx = self.effective.min_tx.min(min_tx);
        self.effective.min_rx = self.effective.min_rx.max(min_rx);
        self.poll = Poll::Asking;
        true
    }

    /// The interval of periodic packets before jitter, or none (RFC 5880 6.8.7).
    pub(crate) fn tx_interval(&self) -> Option<Duration> {
        let unheard_and_passive = self.passive && self.remote_discriminator == 0;
        let both_up = self.state == State::Up && self.remote_state == State::Up;
        let demanded = self.remote_demand && both_up && self.poll != Poll::Asking;
        if unheard_and_passive || demanded || self.remote_min_rx.is_zero() {
            return None;
        }
        Some(self.effective.min_tx.max(self.remote_min_rx))
    }

    /// May a packet be sent that is not an answer to a Poll?
    pub(crate) fn may_tell(&self) -> bool {
        !(self.passive && self.remote_discriminator == 0)
    }

    /// RFC 5880 6.8.4, asynchronous mode.
    pub(crate) fn detection_time(&self) -> Duration {
        self.effective.min_rx.max(self.remote_min_tx) * u32::from(self.remote_multiplier)
    }

    /// When the peer counts as silent; none when there is nobody to be silent.
    pub(crate) fn detection_deadline(&self) -> Option<Time> {
        match (self.remote_discriminator, self.last_heard) {
            (1.., Some(heard)) => Some(heard + self.detection_time()),
            (0, _) | (_, None) => None,
        }
    }

    /// The deadline has passed, and packets from before it may still wait in a queue.
    pub(crate) fn veto(&mut self, deadline: Time) {
        let alive = matches!(self.state, State::Init | State::Up);
        if alive && self.vetoed != Some(deadline) {
            self.vetoed = Some(deadline);
            self.counters.vetoes += 1;
        }
    }

    pub(crate) fn multiplier(&self) -> u8 {
        self.config_timers.multiplier
    }

    pub(crate) fn packet(&self, final_: bool) -> [u8; PACKET_LEN] {
        let repr = Repr {
            diagnostic: self.diagnostic,
            state: self.state,
            // Never with F (RFC 5880 6.5): then the next packet polls.
            poll: self.poll == Poll::Asking && !final_,
            final_,
            control_plane_independent: true,
            demand: false,
            detect_mult: self.config_timers.multiplier,
            my_discriminator: self.discriminator,
            your_discriminator: self.remote_discriminator,
            desired_min_tx_us: micros(self.advertised.min_tx),
            required_min_rx_us: micros(self.advertised.min_rx),
            required_min_echo_rx_us: 0,
        };
        let mut packet = Packet::new_unchecked([0; PACKET_LEN]);
        repr.emit(&mut packet);
        packet.into_inner()
    }

    pub(crate) fn event(&self, session: crate::SessionId, at: Time, change: Change) -> crate::Event {
        crate::Event {
            session,
            old: change.old,
            new: self.state,
            diagnostic: self.diagnostic,
            remote_diagnostic: self.remote_diagnostic,
            cause: change.cause,
            last_heard: self.last_heard,
            at,
            ever_up: self.ever_up,
            remote: Remote {
                discriminator: self.remote_discriminator,
                min_tx: self.remote_min_tx,
                min_rx: self.remote_min_rx,
                min_echo_rx: self.remote_min_echo_rx,
                multiplier: self.remote_multiplier,
                demand: self.remote_demand,
                control_plane_independent: self.remote_independent,
            },
        }
    }

    pub(crate) fn info(&self) -> Info {
        Info {
            endpoint: self.endpoint,
            config_timers: self.config_timers,
            passive: self.passive,
            state: self.state,
            remote_state: self.remote_state,
            local_discriminator: self.discriminator,
            remote_discriminator: self.remote_discriminator,
            diagnostic: self.diagnostic,
            remote_diagnostic: self.remote_diagnostic,
            agreed_tx_interval: self.tx_interval(),
            agreed_rx_interval: self.effective.min_rx.max(self.remote_min_tx),
            detection_time: self.detection_time(),
            remote_min_tx: self.remote_min_tx,
            remote_min_rx: self.remote_min_rx,
            remote_multiplier: self.remote_multiplier,
            remote_demand: self.remote_demand,
            polling: self.poll == Poll::Asking,
            last_heard: self.last_heard,
            up_since: self.up_since,
            ever_up: self.ever_up,
            packets_in: self.counters.packets_in,
            packets_out: self.counters.packets_out,
            discards: self.counters.discards,
            flaps: self.counters.flaps,
            vetoes: self.counters.vetoes,
        }
    }
}

/// A session as it stands, for statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    pub endpoint: Endpoint,
    pub config_timers: Timers,
    pub passive: bool,
    pub state: State,
    pub remote_state: State,
    pub local_discriminator: u32,
    /// 0 when the peer is not being heard.
    pub remote_discriminator: u32,
    pub diagnostic: Diagnostic,
    pub remote_diagnostic: Diagnostic,
    /// Before jitter; none when the peer wants no periodic packets or we wait for it to begin.
    pub agreed_tx_interval: Option<Duration>,
    pub agreed_rx_interval: Duration,
    /// 0 before the first packet.
    pub detection_time: Duration,
    pub remote_min_tx: Duration,
    pub remote_min_rx: Duration,
    pub remote_multiplier: u8,
    pub remote_demand: bool,
    /// A Poll Sequence is in progress.
    pub polling: bool,
    pub last_heard: Option<Time>,
    pub up_since: Option<Time>,
    pub ever_up: bool,
    pub packets_in: u64,
    pub packets_out: u64,
    /// Packets for this session that were discarded.
    pub discards: u64,
    /// Times that it left Up.
    pub flaps: u64,
    /// Times that the detection time had passed while packets might have been waiting.
    pub vetoes: u64,
}
