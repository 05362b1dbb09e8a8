//! What a worker pays for 1,000 sessions at 10 ms: nanoseconds per received and per sent packet, and per idle turn.
//!
//!     cargo run -p swerve-bfd --release --example cost

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use bfd::{Config, Endpoint, Engine, Event, PACKET_LEN, RxMeta, SessionId, Sink, State, Time, Timers};
use wire::bfd::{Diagnostic, Packet, Repr};

const SESSIONS: u32 = 1000;
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 255, 255, 255));

#[derive(Default)]
struct Count {
    sent: u64,
    events: u64,
}

impl Sink for Count {
    fn event(&mut self, _: &Event) {
        self.events += 1;
    }

    fn transmit(&mut self, _: SessionId, packet: &[u8; PACKET_LEN]) {
        self.sent += u64::from(std::hint::black_box(packet)[0] >> 5);
    }
}

fn packet(state: State, discriminator: u32) -> [u8; PACKET_LEN] {
    let repr = Repr {
        diagnostic: Diagnostic::None,
        state,
        poll: false,
        final_: state == State::Up,
        control_plane_independent: true,
        demand: false,
        detect_mult: 3,
        my_discriminator: discriminator,
        your_discriminator: discriminator,
        desired_min_tx_us: 10_000,
        required_min_rx_us: 10_000,
        required_min_echo_rx_us: 0,
    };
    let mut packet = Packet::new_unchecked([0; PACKET_LEN]);
    repr.emit(&mut packet);
    packet.into_inner()
}

fn main() {
    let mut now = Time(1 << 40);
    let mut engine = Engine::new(SESSIONS as usize, 1, now);
    let mut count = Count::default();
    let interval = Duration::from_millis(10);
    let peer = |i: u32| IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + i));
    let meta = |i: u32| RxMeta { interface: 1, src: peer(i), dst: LOCAL, ttl: 255 };
    for i in 1..=SESSIONS {
        let config = Config {
            endpoint: Endpoint { interface: 1, local: LOCAL, peer: peer(i) },
            timers: Timers { desired_min_tx: interval, required_min_rx: interval, multiplier: 3 },
            discriminator: i,
            passive: false,
            admin_down: false,
            min_ttl: 255,
        };
        engine.add(now, &config).expect("there is room");
        for state in [State::Down, State::Up, State::Up] {
            engine.on_packet(now, &meta(i), &packet(state, i), &mut count).expect("it is valid");
        }
    }
    let packets: Vec<_> = (1..=SESSIONS).map(|i| (meta(i), packet(State::Up, i))).collect();
    count = Count::default();
    let (mut receiving, mut timing, mut turns, mut received) = (Duration::ZERO, Duration::ZERO, 0u64, 0u64);
    // Ten seconds in turns of 10 us with one packet each: 100,000 packets a second each way.
    for turn in 0..1_000_000usize {
        now = now + Duration::from_micros(10);
        let (meta, packet) = &packets[turn % packets.len()];
        let start = Instant::now();
        engine.on_packet(now, meta, packet, &mut count).expect("it is valid");
        let middle = Instant::now();
        engine.on_time(now, now, &mut count);
        timing += middle.elapsed();
        receiving += middle - start;
        (turns, received) = (turns + 1, received + 1);
    }
    let overhead = {
        let start = Instant::now();
        for _ in 0..1_000_000 {
            std::hint::black_box(Instant::now());
        }
        start.elapsed() / 1_000_000
    };
    assert_eq!(count.events, 0, "no session moved");
    let each = |total: Duration, n: u64| total.as_nanos() / u128::from(n.max(1));
    println!("reading the clock: {} ns, contained once in each figure below", overhead.as_nanos());
    println!("on_packet: {} ns a packet", each(receiving, received));
    println!("on_time: {} ns a turn, {} packets sent in {turns} turns", each(timing, turns), count.sent);
}
