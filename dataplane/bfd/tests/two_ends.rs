//! Two engines on one clock, with a network between them that loses, delays, reorders, duplicates and forges, workers
//! that stall, and operators that change their minds.

mod common;

use std::collections::VecDeque;
use std::time::Duration;

use bfd::{Cause, Engine, Event, PACKET_LEN, RxMeta, SessionId, Sink, State, Time, Timers};
use common::{LOCAL, MS, PEER, TICK, config, timers};
use proptest::prelude::*;

/// What a direction of the network does for a while. Probabilities in 1/255: 255 is always.
#[derive(Debug, Clone, Copy)]
struct Weather {
    loss: u8,
    duplicate: u8,
    forge: u8,
    delay_us: u32,
}

/// Every packet takes a microsecond: nothing overtakes.
const CLEAR: Weather = Weather { loss: 0, duplicate: 0, forge: 0, delay_us: 0 };

/// What a turn of a worker takes, so that the world moves on whatever happens.
const TURN: Duration = Duration::from_micros(1);

#[derive(Debug, Clone, Copy)]
enum Command {
    Nothing,
    Stall { end: usize, us: u32 },
    Update { end: usize, timers: Timers },
    AdminDown { end: usize, down: bool },
}

#[derive(Debug, Clone, Copy)]
struct Phase {
    us: u32,
    weather: [Weather; 2],
    command: Command,
}

struct InFlight {
    arrival: Time,
    ttl: u8,
    bytes: [u8; PACKET_LEN],
}

#[derive(Default)]
struct Log {
    sent: Vec<[u8; PACKET_LEN]>,
    events: Vec<Event>,
}

impl Sink for Log {
    fn event(&mut self, event: &Event) {
        self.events.push(*event);
    }

    fn transmit(&mut self, _: SessionId, packet: &[u8; PACKET_LEN]) {
        self.sent.push(*packet);
    }
}

struct End {
    engine: Engine,
    id: SessionId,
    meta: RxMeta,
    /// Sorted by arrival, as a receive queue is.
    queue: VecDeque<InFlight>,
    stalled: bool,
    stalled_until: Time,
    vetoed_at: Time,
    horizon: Time,
    log: Log,
    events: Vec<Event>,
    forged: u64,
}

impl End {
    fn on_time_with_waiting_packets(&mut self, now: Time) {
        let before = self.engine.info(self.id).unwrap();
        self.engine.on_time(now, self.horizon, &mut self.log);
        let deadline = before.last_heard.map(|heard| heard + before.detection_time);
        for event in &self.log.events {
            if event.cause == Cause::Expired {
                let deadline = deadline.expect("who was never heard cannot fall silent");
                let waiting =
                    self.queue.iter().filter(|p| p.ttl == 255 && p.arrival <= deadline && is_valid(p));
                assert_eq!(waiting.count(), 0, "declared dead with its packets waiting");
            }
        }
        if self.engine.info(self.id).unwrap().vetoes > before.vetoes {
            self.vetoed_at = now;
        }
    }
}

struct World {
    now: Time,
    ends: [End; 2],
    weather: [Weather; 2],
    random: u64,
}

impl World {
    fn new(seed: u64, intervals: [Timers; 2]) -> Self {
        let now = Time(seed % 1_000_000_000_000);
        let end = |index: usize| {
            let (local, peer) = if index == 0 { (LOCAL, PEER) } else { (PEER, LOCAL) };
            let mut config = config();
            (config.endpoint.local, config.endpoint.peer) = (local, peer);
            config.discriminator = 7 + index as u32;
            config.timers = intervals[index];
            let mut engine = Engine::new(2, seed + index as u64, now);
            let id = engine.add(now, &config).unwrap();
            End {
                engine,
                id,
                meta: RxMeta { interface: 3, src: peer, dst: local, ttl: 255 },
                queue: VecDeque::new(),
                stalled: false,
                stalled_until: now,
                vetoed_at: Time(0),
                horizon: now,
                log: Log::default(),
                events: Vec::new(),
                forged: 0,
            }
        };
        Self { now, ends: [end(0), end(1)], weather: [CLEAR; 2], random: seed | 1 }
    }

    fn random(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 32) as u32
    }

    fn chance(&mut self, of_255: u8) -> bool {
        self.random() % 255 < u32::from(of_255)
    }

    /// Puts what `from` has sent onto the network.
    fn carry(&mut self, from: usize) {
        let weather = self.weather[from];
        for bytes in std::mem::take(&mut self.ends[from].log.sent) {
            if self.chance(weather.forge) {
                self.forge(from, bytes);
            }
            for _ in 0..1 + u8::from(self.chance(weather.duplicate)) {
                if !self.chance(weather.loss) {
                    self.deliver(from, 255, bytes);
                }
            }
        }
        let events = std::mem::take(&mut self.ends[from].log.events);
        self.ends[from].events.extend(events);
    }

    fn deliver(&mut self, from: usize, ttl: u8, bytes: [u8; PACKET_LEN]) {
        let delay = self.random() % (self.weather[from].delay_us + 1);
        let arrival = self.now + Duration::from_micros(1 + u64::from(delay));
        let queue = &mut self.ends[1 - from].queue;
        let at = queue.partition_point(|waiting| waiting.arrival <= arrival);
        queue.insert(at, InFlight { arrival, ttl, bytes });
    }

    /// Packets that somebody on the wire, or behind a router, could send. None of them may have an effect.
    fn forge(&mut self, from: usize, mut bytes: [u8; PACKET_LEN]) {
        bytes[1] = bytes[1] & 0x3f | (self.random() as u8 & 0xc0);
        let mut ttl = 255;
        match self.random() % 6 {
            0 => ttl = self.random() as u8 % 255,
            1 => bytes[0] ^= 0x20 << (self.random() % 3),
            2 => bytes[2] = 0,
            3 => bytes[4..8].fill(0),
            4 => bytes[8] = 0xee,
            _ => bytes[1] |= 0x05,
        }
        self.deliver(from, ttl, bytes);
    }

    /// One turn of a worker: receive, then the time.
    fn turn(&mut self, index: usize) {
        let now = self.now;
        let end = &mut self.ends[index];
        if now < end.stalled_until {
            return;
        }
        if std::mem::take(&mut end.stalled) {
            // The nastiest order: the clock before the queue is drained, with what was known when it last was.
            end.on_time_with_waiting_packets(now);
        }
        while end.queue.front().is_some_and(|packet| packet.arrival <= now) {
            let packet = end.queue.pop_front().unwrap();
            let before = end.engine.info(end.id).unwrap();
            let meta = RxMeta { ttl: packet.ttl, ..end.meta };
            if end.engine.on_packet(now, &meta, &packet.bytes, &mut end.log).is_err() {
                end.forged += 1;
                let after = end.engine.info(end.id).unwrap();
                assert_eq!((before.state, before.diagnostic), (after.state, after.diagnostic));
            }
        }
        end.horizon = now;
        end.engine.on_time(now, now, &mut end.log);
        let info = end.engine.info(end.id).unwrap();
        if matches!(info.state, State::Init | State::Up) {
            let deadline = info.last_heard.unwrap() + info.detection_time + TICK;
            let deadline = deadline.max(end.vetoed_at + TICK) + TURN;
            assert!(
                now < deadline,
                "not detected: {info:?} at {now:?}, veto {:?} horizon {:?}",
                end.vetoed_at,
                end.horizon
            );
        }
        self.carry(index);
    }

    /// When something can happen next.
    fn next(&self) -> Option<Time> {
        let of = |end: &End| {
            let packet = end.queue.front().map(|p| p.arrival);
            [packet, end.engine.next_deadline()].into_iter().flatten().min().map(|t| t.max(end.stalled_until))
        };
        self.ends.iter().filter_map(of).min()
    }

    fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.next().filter(|&next| next <= end) {
            self.now = next.max(self.now + TURN);
            self.turn(0);
            self.turn(1);
        }
        self.now = self.now.max(end);
    }

    fn command(&mut self, command: Command) {
        let now = self.now;
        match command {
            Command::Nothing => {}
            Command::Stall { end, us } => {
                self.ends[end].stalled = true;
                self.ends[end].stalled_until = now + Duration::from_micros(u64::from(us));
            }
            Command::Update { end: index, timers } => {
                let end = &mut self.ends[index];
                end.engine.update(now, end.id, timers, &mut end.log).unwrap();
                self.carry(index);
            }
            Command::AdminDown { end: index, down } => {
                let end = &mut self.ends[index];
                end.engine.set_admin_down(now, end.id, down, &mut end.log);
                self.carry(index);
            }
        }
    }

    fn info(&self, index: usize) -> bfd::Info {
        self.ends[index].engine.info(self.ends[index].id).unwrap()
    }

    fn converged(&self) -> bool {
        let [a, b] = [self.info(0), self.info(1)];
        let agrees = |x: &bfd::Info, y: &bfd::Info| {
            let tx = x.config_timers.desired_min_tx.max(y.config_timers.required_min_rx);
            x.state == State::Up
                && !x.polling
                && x.agreed_tx_interval == Some(tx)
                && x.detection_time
                    == y.agreed_tx_interval.unwrap_or_default() * u32::from(y.config_timers.multiplier)
        };
        agrees(&a, &b) && agrees(&b, &a)
    }

    /// Both Up on what was configured, and quiet.
    fn converge(&mut self) {
        self.weather = [CLEAR; 2];
        for end in 0..2 {
            self.command(Command::AdminDown { end, down: false });
        }
        // The longest stall is half a second; what it left in a queue may cost one more session.
        self.run(600 * MS);
        for _ in 0..200 {
            self.run(100 * MS);
            if self.converged() {
                break;
            }
        }
        assert!(self.converged(), "not converged: {:?} {:?}", self.info(0), self.info(1));
        let settled: Vec<_> = self.ends.iter().map(|end| end.events.len()).collect();
        self.run(500 * MS);
        for (end, before) in self.ends.iter().zip(settled) {
            assert_eq!(end.events.len(), before, "a quiet network has no events: {:?}", end.events.last());
        }
    }
}

/// Would an engine have taken it?
fn is_valid(packet: &InFlight) -> bool {
    let view = wire::bfd::Packet::new_unchecked(&packet.bytes);
    let parsed = wire::bfd::Repr::parse(&view);
    !view.has_auth() && parsed.is_ok_and(|repr| [0, 7, 8].contains(&repr.your_discriminator))
}

fn some_timers() -> impl Strategy<Value = Timers> {
    let interval = || prop_oneof![Just(MS), Just(5 * MS), Just(10 * MS), Just(50 * MS), Just(300 * MS)];
    (interval(), interval(), prop_oneof![Just(3u8), 2..6u8]).prop_map(|(tx, rx, mult)| timers(tx, rx, mult))
}

fn weather() -> impl Strategy<Value = Weather> {
    let storm = (any::<u8>(), any::<u8>(), any::<u8>(), 0..30_000u32)
        .prop_map(|(loss, duplicate, forge, delay_us)| Weather { loss, duplicate, forge, delay_us });
    prop_oneof![2 => Just(CLEAR), 3 => storm, 1 => Just(Weather { loss: 255, ..CLEAR })]
}

fn command() -> impl Strategy<Value = Command> {
    let end = || 0..2usize;
    prop_oneof![
        3 => Just(Command::Nothing),
        3 => (end(), 0..500_000u32).prop_map(|(end, us)| Command::Stall { end, us }),
        2 => (end(), some_timers()).prop_map(|(end, timers)| Command::Update { end, timers }),
        2 => (end(), any::<bool>()).prop_map(|(end, down)| Command::AdminDown { end, down }),
    ]
}

fn phase() -> impl Strategy<Value = Phase> {
    (0..1_500_000u32, [weather(), weather()], command()).prop_map(|(us, weather, command)| Phase {
        us,
        weather,
        command,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn whatever_happens_nobody_is_blamed_wrongly_and_both_come_up_again(
        seed: u64, intervals in [some_timers(), some_timers()],
        phases in proptest::collection::vec(phase(), 0..8),
    ) {
        let mut world = World::new(seed, intervals);
        for phase in phases {
            world.weather = phase.weather;
            world.command(phase.command);
            world.run(Duration::from_micros(u64::from(phase.us)));
        }
        world.converge();
    }

    #[test]
    fn silence_is_detected_by_both_within_their_detection_times(
        seed: u64, intervals in [some_timers(), some_timers()], wait in 0..1_000_000u32,
    ) {
        let mut world = World::new(seed, intervals);
        world.converge();
        world.run(Duration::from_micros(u64::from(wait)));
        let detection: Vec<_> = (0..2).map(|i| world.info(i).detection_time).collect();
        world.weather = [Weather { loss: 255, ..CLEAR }; 2];
        world.run(detection[0].max(detection[1]) + 2 * MS);
        for (end, detection) in world.ends.iter().zip(detection) {
            let down = end.events.last().unwrap();
            prop_assert_eq!((down.new, down.cause), (State::Down, Cause::Expired));
            let waited = down.at - down.last_heard.unwrap();
            let bound = detection..detection + TICK + TURN;
            prop_assert!(bound.contains(&waited), "{waited:?} outside of {bound:?}");
        }
    }

    #[test]
    fn a_stalled_worker_on_a_living_path_never_takes_it_down(
        seed: u64, stalls in proptest::collection::vec((0..300_000u32, 0..400_000u32), 1..8),
    ) {
        // The other end is patient, so that it does not see the stall as a failure.
        let intervals = [timers(10 * MS, 10 * MS, 200), timers(10 * MS, 10 * MS, 3)];
        let mut world = World::new(seed, intervals);
        world.converge();
        let before = world.ends[0].events.len();
        for (us, pause) in stalls {
            world.command(Command::Stall { end: 0, us });
            world.run(Duration::from_micros(u64::from(us) + u64::from(pause)));
        }
        prop_assert_eq!(world.ends[0].events.len(), before);
    }

    #[test]
    fn an_administrators_down_is_never_a_path_failure_at_the_other_end(seed: u64, end in 0..2usize) {
        let mut world = World::new(seed, [config().timers; 2]);
        world.converge();
        world.command(Command::AdminDown { end, down: true });
        world.run(3000 * MS);
        prop_assert!(world.ends.iter().flat_map(|end| &end.events).all(|event| !event.is_path_failure()));
        prop_assert_eq!(world.info(1 - end).state, State::Down);
        world.converge();
    }
}
