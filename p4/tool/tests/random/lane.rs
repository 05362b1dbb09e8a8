//! A worker's lane as the engine of a device: packets from ports go by the lane, what becomes of them by compiled code.

use jit::{JitEngine, Lane, Machine, Verdict};
use rt::engine::{At, Engine};
use rt::packet::{Instance, Packet};
use rt::state::{Env, State};

#[derive(Debug)]
pub struct LaneEngine {
    lane: Lane,
    rest: JitEngine,
}

impl LaneEngine {
    pub fn new(state: &State) -> LaneEngine {
        let machine = Machine::new(state).unwrap_or_else(|error| panic!("not compiled: {error}"));
        LaneEngine { lane: Lane::new(&machine, state), rest: JitEngine::of(&machine) }
    }

    /// Packets that have just come in by one port.
    fn run(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        let port = packets[0].ingress_port;
        let mut frames: Vec<Vec<u8>> = packets.iter().map(|packet| packet.bytes.clone()).collect();
        // One that stops where BFD may be, and goes on, does the same.
        let stopped = self.lane.listen(env, port, frames.iter_mut().map(|frame| &mut frame[..]));
        if let Some(at) = stopped {
            self.lane.resume(env, port, at, frames.iter_mut().map(|frame| &mut frame[..]));
        }
        for (at, (packet, frame)) in packets.iter_mut().zip(&frames).enumerate() {
            self.judge(env.state, at, packet, frame);
        }
    }

    fn judge(&mut self, state: &State, at: usize, packet: &mut Packet, frame: &[u8]) {
        let (port, out) = match self.lane.verdict(at) {
            Verdict::Left => {
                let blank = Packet::new(&state.layout, state.program.direct_meters.len());
                *packet = self.lane.take(state, at, frame, blank);
                return;
            }
            Verdict::Out { port } => (port, frame.to_vec()),
            Verdict::Moved { port, payload } => {
                let rest = &frame[payload as usize..];
                (port, [self.lane.header(at, frame), rest].concat())
            }
            Verdict::Dropped(reason) => {
                packet.failed = Some(reason);
                (0, vec![])
            }
        };
        (packet.at, packet.out) = (At::Out, out);
        packet.set_word(state.layout.slot(state.program.standard.egress_port), u64::from(port));
        (packet.why, packet.path) = (self.lane.why(at), self.lane.path(at));
        packet.truncate = self.lane.limit(at);
        if let Some(digests) = self.lane.digests(at) {
            packet.requests.digests.append(digests);
        }
    }
}

impl Engine for LaneEngine {
    fn batch(&self) -> usize {
        self.lane.batch()
    }

    fn parse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.rest.parse(env, packets);
    }

    fn enter(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        let way = |packet: &Packet| (packet.instance == Instance::Normal).then_some(packet.ingress_port);
        for packets in packets.chunk_by_mut(|one, other| way(one) == way(other)) {
            match way(&packets[0]) {
                Some(_) => self.run(env, packets),
                None => self.rest.enter(env, packets),
            }
        }
    }

    fn egress(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.rest.egress(env, packets);
    }

    fn deparse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.rest.deparse(env, packets);
    }
}
