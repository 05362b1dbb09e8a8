//! A BFD engine that is given packets and steps of time.
//!
//! The input is a sequence of steps of 28 octets: what to do, the TTL, a time step in units of 256 us (two octets),
//! and a control packet.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bfd::{Cause, Config, Endpoint, Engine, Event, PACKET_LEN, RxMeta, SessionId, Sink, State, Time, Timers};
use wire::bfd::{Packet, Repr};

const STEP: usize = 4 + PACKET_LEN;
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
const DISCRIMINATOR: u32 = 7;

#[derive(Default)]
struct Check {
    state: Option<State>,
    packets: u64,
}

impl Sink for Check {
    fn event(&mut self, event: &Event) {
        assert_eq!(self.state, Some(event.old), "events follow one another");
        assert!(event.old != event.new || event.cause == Cause::RemoteAdminDown);
        assert!(event.last_heard.is_none_or(|heard| heard <= event.at));
        self.state = Some(event.new);
    }

    fn transmit(&mut self, _: SessionId, packet: &[u8; PACKET_LEN]) {
        let repr = Repr::parse(&Packet::new_unchecked(packet));
        // Up and Init need the peer's discriminator, which is known in these states.
        let repr = repr.expect("the engine emits what it would accept");
        assert_eq!(Some(repr.state), self.state, "the event comes before the packet");
        assert!(!(repr.poll && repr.final_), "RFC 5880 6.5");
        self.packets += 1;
    }
}

pub(super) fn run(data: &[u8]) {
    let mut now = Time(1 << 40);
    let mut engine = Engine::new(2, 1, now);
    let interval = Duration::from_millis(10);
    let mut config = Config {
        endpoint: Endpoint { interface: 3, local: LOCAL, peer: PEER },
        timers: Timers { desired_min_tx: interval, required_min_rx: interval, multiplier: 3 },
        discriminator: DISCRIMINATOR,
        passive: false,
        admin_down: false,
        min_ttl: 255,
    };
    let id = engine.add(now, &config).expect("there is room");
    let mut check = Check { state: Some(State::Down), packets: 0 };
    for step in data.chunks(STEP) {
        let (Some(&[action, ttl, high, low]), packet) =
            (step.first_chunk::<4>(), step.get(4..).unwrap_or_default())
        else {
            return;
        };
        now = now + Duration::from_micros(256 * u64::from(u16::from_be_bytes([high, low])));
        let before = engine.info(id).expect("it is never removed");
        match action % 8 {
            0..=3 => {
                let ttl = if ttl == 0 { 254 } else { 255 };
                let meta = RxMeta { interface: 3, src: PEER, dst: LOCAL, ttl };
                let result = engine.on_packet(now, &meta, packet, &mut check);
                if result.is_err() {
                    assert_eq!(engine.info(id).map(|info| info.state), Some(before.state));
                }
            }
            4 => engine.on_time(now, now, &mut check),
            // A worker that knows nothing newer than the last packet blames nobody.
            5 => {
                let horizon = before.last_heard.unwrap_or_default();
                engine.on_time(now, horizon, &mut check);
                let detection = before.detection_time;
                assert!(detection.is_zero() || engine.info(id).map(|info| info.state) == Some(before.state));
            }
            6 => engine.set_admin_down(now, id, ttl & 1 == 0, &mut check),
            _ => {
                config.timers.desired_min_tx = Duration::from_micros(100 + 1000 * u64::from(ttl));
                config.timers.multiplier = 1 + ttl % 5;
                engine.update(now, id, config.timers, &mut check).expect("in range");
            }
        }
        let info = engine.info(id).expect("it is never removed");
        assert_eq!(Some(info.state), check.state, "no state without its event");
        assert_eq!(info.packets_out, check.packets);
        assert_eq!(info.up_since.is_some(), info.state == State::Up);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let step = |action: u8, units: u8, state_flags: u8, your: u32| {
        let mut packet = [
            0x20,
            state_flags,
            3,
            24,
            0,
            0,
            0,
            42,
            0,
            0,
            0,
            0,
            0,
            0,
            0x27,
            0x10,
            0,
            0,
            0x27,
            0x10,
            0,
            0,
            0,
            0,
        ];
        packet[8..12].copy_from_slice(&your.to_be_bytes());
        [&[action, 255, 0, units], &packet[..]].concat()
    };
    let up =
        [step(0, 10, 0x40, 0), step(0, 10, 0x80, DISCRIMINATOR), step(0, 10, 0xd0, DISCRIMINATOR)].concat();
    let with = |more: &[Vec<u8>]| [&up[..], &more.concat()].concat();
    vec![
        with(&[step(4, 20, 0, 0), step(0, 10, 0xe0, DISCRIMINATOR), step(4, 200, 0, 0)]),
        with(&[step(5, 200, 0, 0), step(0, 1, 0xc2, DISCRIMINATOR), step(7, 1, 0, 0), step(4, 10, 0, 0)]),
        with(&[step(6, 1, 0, 0), step(0, 1, 0x00, DISCRIMINATOR), step(6, 1, 1, 0), step(4, 255, 0, 0)]),
    ]
}
