//! One engine with one session, and a peer played by hand.
#![allow(dead_code, unreachable_pub)]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bfd::{
    Config, Discard, Endpoint, Engine, Event, Info, PACKET_LEN, RxMeta, SessionId, Sink, State, Time, Timers,
};
use wire::bfd::{Diagnostic, Packet, Repr};

pub const MS: Duration = Duration::from_millis(1);
pub const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
pub const META: RxMeta = RxMeta { interface: 3, src: PEER, dst: LOCAL, ttl: 255 };
/// What a timer may be late.
pub const TICK: Duration = Duration::from_nanos(Engine::RESOLUTION_NS);
const START: Time = Time(1_000_000_000_000);

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Output {
    Event(Event),
    Sent(Time, Repr),
}

#[derive(Debug, Default)]
pub struct Log {
    pub now: Time,
    pub outputs: Vec<Output>,
}

impl Sink for Log {
    fn event(&mut self, event: &Event) {
        self.outputs.push(Output::Event(*event));
    }

    fn transmit(&mut self, _: SessionId, packet: &[u8; PACKET_LEN]) {
        let repr = Repr::parse(&Packet::new_unchecked(packet)).expect("the engine emits valid packets");
        self.outputs.push(Output::Sent(self.now, repr));
    }
}

pub fn timers(tx: Duration, rx: Duration, multiplier: u8) -> Timers {
    Timers { desired_min_tx: tx, required_min_rx: rx, multiplier }
}

pub fn config() -> Config {
    Config {
        endpoint: Endpoint { interface: 3, local: LOCAL, peer: PEER },
        timers: timers(10 * MS, 10 * MS, 3),
        discriminator: 7,
        passive: false,
        admin_down: false,
        min_ttl: 255,
    }
}

pub fn bytes(repr: &Repr) -> [u8; PACKET_LEN] {
    let mut packet = Packet::new_unchecked([0; PACKET_LEN]);
    repr.emit(&mut packet);
    packet.into_inner()
}

pub struct Lab {
    pub engine: Engine,
    pub id: SessionId,
    pub now: Time,
    pub log: Log,
}

impl Lab {
    pub fn with(config: &Config) -> Self {
        let mut engine = Engine::new(4, 1, START);
        let id = engine.add(START, config).unwrap();
        Self { engine, id, now: START, log: Log::default() }
    }

    pub fn new() -> Self {
        Self::with(&config())
    }

    /// A session that is Up with its Poll Sequence done, at 10 ms both ways; nothing in the log.
    pub fn up() -> Self {
        let mut lab = Self::new();
        lab.receive(&lab.peer(State::Down));
        lab.run(MS);
        lab.receive(&lab.peer(State::Up));
        lab.run(MS);
        let mut answer = lab.peer(State::Up);
        answer.final_ = true;
        lab.receive(&answer);
        lab.receive(&lab.peer(State::Up));
        assert_eq!(lab.info().state, State::Up);
        assert!(!lab.info().polling);
        lab.run(MS);
        lab.receive(&lab.peer(State::Up));
        lab.take();
        lab
    }

    /// A packet of the peer in `state`: discriminator 42, 10 ms x 3 both ways.
    pub fn peer(&self, state: State) -> Repr {
        Repr {
            diagnostic: Diagnostic::None,
            state,
            poll: false,
            final_: false,
            control_plane_independent: false,
            demand: false,
            detect_mult: 3,
            my_discriminator: 42,
            your_discriminator: 7,
            desired_min_tx_us: 10_000,
            required_min_rx_us: 10_000,
            required_min_echo_rx_us: 0,
        }
    }

    pub fn receive(&mut self, repr: &Repr) {
        self.receive_from(&META, &bytes(repr)).expect("the peer is heard");
    }

    pub fn receive_from(&mut self, meta: &RxMeta, bytes: &[u8]) -> Result<SessionId, Discard> {
        self.log.now = self.now;
        self.engine.on_packet(self.now, meta, bytes, &mut self.log)
    }

    /// Advances from deadline to deadline, the queues always empty.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.engine.next_deadline().filter(|&next| next <= end) {
            self.now = self.now.max(next);
            self.tick(self.now);
        }
        self.now = end;
        self.tick(end);
    }

    pub fn tick(&mut self, horizon: Time) {
        self.log.now = self.now;
        self.engine.on_time(self.now, horizon, &mut self.log);
    }

    /// Runs for `duration` while the peer sends `repr` every `interval`.
    pub fn run_hearing(&mut self, repr: &Repr, interval: Duration, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.run(interval);
            self.receive(repr);
        }
    }

    pub fn update(&mut self, timers: Timers) {
        self.log.now = self.now;
        self.engine.update(self.now, self.id, timers, &mut self.log).unwrap();
    }

    pub fn admin_down(&mut self, down: bool) {
        self.log.now = self.now;
        self.engine.set_admin_down(self.now, self.id, down, &mut self.log);
    }

    pub fn info(&self) -> Info {
        self.engine.info(self.id).unwrap()
    }

    pub fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.log.outputs)
    }

    pub fn take_sent(&mut self) -> Vec<(Time, Repr)> {
        let sent = |output| match output {
            Output::Sent(at, repr) => Some((at, repr)),
            Output::Event(_) => None,
        };
        self.take().into_iter().filter_map(sent).collect()
    }

    pub fn take_events(&mut self) -> Vec<Event> {
        let event = |output| match output {
            Output::Event(event) => Some(event),
            Output::Sent(..) => None,
        };
        self.take().into_iter().filter_map(event).collect()
    }
}
