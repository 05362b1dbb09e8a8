//! What the main thread and a worker, and workers among each other, hand over: single-producer single-consumer rings,
//! so that nobody waits for anybody.

use super::capture::Capture;
use super::events::{self, Listener, Teller};
use super::program::Program;
use super::view::Interfaces;
use dpdk::Mbuf;
use fib::PathId;
use rtrb::{Consumer, Producer};
use std::net::IpAddr;
use std::sync::Arc;

/// The longest BFD control packet that is handed over: without authentication it has 24 bytes, with it at most 52.
pub const BFD_MAX: usize = 64;

/// From the main thread to a worker.
#[derive(Debug)]
pub enum Command {
    /// Run this session; it watches `paths`.
    SessionAdd {
        slot: SessionSlot,
        paths: Watched,
        config: bfd::Config,
        frame: BfdFrame,
    },
    /// It watches these paths from now on.
    SessionWatch {
        slot: SessionSlot,
        paths: Watched,
    },
    /// New parameters (RFC 5880 6.8.3), or out of service and back.
    SessionUpdate {
        slot: SessionSlot,
        config: bfd::Config,
    },
    /// Tell the peer that we give the session up: once more, if that was said before.
    SessionLeave {
        slot: SessionSlot,
    },
    /// The neighbor's address changed.
    SessionFrame {
        slot: SessionSlot,
        frame: BfdFrame,
    },
    SessionRemove {
        slot: SessionSlot,
    },
    /// Addresses or MTUs changed.
    Interfaces(Arc<Interfaces>),
    /// Run this program from the next vector on.
    Program(Box<Program>),
    /// Copy frames of the program, or do so no longer.
    Capture(Option<Box<Capture>>),
    /// Tell every peer that we go on purpose (RFC 5880 6.8.16), then stop.
    Stop,
}

/// A session's number in the switch, which is its slot in the stats segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionSlot(pub u16);

/// Paths that a session takes out when it fails.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    ids: [PathId; Watched::MOST],
    len: u8,
}

impl Watched {
    /// That a worker takes out by itself; the main thread follows with any others.
    pub const MOST: usize = 4;

    pub fn paths(&self) -> &[PathId] {
        &self.ids[..usize::from(self.len)]
    }
}

impl Default for Watched {
    fn default() -> Watched {
        Watched { ids: [PathId(0); Watched::MOST], len: 0 }
    }
}

impl FromIterator<PathId> for Watched {
    /// The first of them.
    fn from_iter<I: IntoIterator<Item = PathId>>(paths: I) -> Watched {
        let mut watched = Watched::default();
        for (place, path) in watched.ids.iter_mut().zip(paths) {
            *place = path;
            watched.len += 1;
        }
        watched
    }
}

/// What a worker did about a path that a session watches.
#[derive(Debug, Clone, Copy)]
pub struct Verdict {
    pub path: PathId,
    /// The record, if the path was live until then.
    pub failover: Option<stats::FailoverId>,
    /// Packets that all workers had sent on the path when the peer was last heard before.
    pub sent_when_heard: u64,
}

/// A session's packet but for the 24 bytes of BFD: Ethernet, IP and UDP headers.
#[derive(Debug, Clone, Copy)]
pub struct BfdFrame {
    pub port: u16,
    /// Without Ethernet: each packet takes the route to its destination in this VRF.
    pub routed: Option<u16>,
    pub len: u8,
    pub bytes: [u8; BfdFrame::MAX],
    /// Offset of the network header, and whether it is IPv6.
    pub l3: u8,
    pub v6: bool,
}

impl BfdFrame {
    /// Tagged Ethernet, IPv6 and UDP.
    pub const MAX: usize = 18 + 40 + 8;
    /// Of a session whose neighbor is unknown: nothing is sent.
    pub const EMPTY: BfdFrame =
        BfdFrame { port: 0, routed: None, len: 0, bytes: [0; BfdFrame::MAX], l3: 0, v6: false };
}

/// From a worker to the main thread. What must not be lost has its own ring: packets cannot crowd it out.
#[derive(Debug)]
pub enum Notice {
    /// A session changed its state.
    Session {
        slot: SessionSlot,
        /// Ours: it tells the session from a later one in the slot.
        discriminator: u32,
        event: bfd::Event,
        /// What it took out, if the event is a failure of the path.
        verdicts: [Option<Verdict>; Watched::MOST],
    },
    /// No neighbor is known for this address on a connected network.
    Unresolved { interface: u16, address: IpAddr },
    /// An old interface table, handed back to be freed elsewhere.
    Retired(Arc<Interfaces>),
    /// Likewise a program; its state says which.
    RetiredProgram(Box<Program>),
    /// Likewise what copied frames.
    RetiredCapture(Box<Capture>),
}

/// A packet for the kernel, by the mirror of this interface.
#[derive(Debug)]
pub struct Punt {
    pub mbuf: Mbuf,
    pub interface: u16,
}

/// A complete frame from the kernel to leave by this port; or one from the controller, for the program.
#[derive(Debug)]
pub struct Inject {
    pub mbuf: Mbuf,
    pub port: u16,
}

/// A BFD packet that arrived on another worker than its session's.
#[derive(Debug, Clone, Copy)]
pub struct Handover {
    pub meta: bfd::RxMeta,
    pub len: u8,
    pub bytes: [u8; BFD_MAX],
}

/// A worker's ends of its rings.
#[derive(Debug)]
pub struct WorkerRings {
    pub commands: Consumer<Command>,
    pub inject: Consumer<Inject>,
    pub notices: Producer<Notice>,
    pub punts: Producer<Punt>,
    pub teller: Teller,
    /// To every worker by number; our own is never used.
    pub handover_to: Vec<Producer<Handover>>,
    pub handover_from: Vec<Consumer<Handover>>,
}

/// The main thread's ends of one worker's rings.
#[derive(Debug)]
pub struct MainRings {
    pub commands: Producer<Command>,
    pub inject: Producer<Inject>,
    pub notices: Consumer<Notice>,
    pub punts: Consumer<Punt>,
    pub listener: Listener,
}

/// In place of a port of [`Inject`].
pub const FROM_CONTROLLER: u16 = u16::MAX;

const COMMANDS: usize = 4096;
const NOTICES: usize = 8192;
const PACKETS: usize = 1024;
/// A thousand sessions at 10 ms send 100 packets in a millisecond; ten of them fit.
const HANDOVERS: usize = 1024;

/// Goes through a ring's memory once, so that a worker's message between verdict and repair meets no page fault.
fn touch<T>(producer: &mut Producer<T>, consumer: &mut Consumer<T>, item: impl Fn() -> T) {
    while producer.push(item()).is_ok() {}
    while consumer.pop().is_ok() {}
}

/// Rings for `workers` workers, in their order.
pub fn rings(workers: usize) -> (Vec<MainRings>, Vec<WorkerRings>) {
    let mut to: Vec<Vec<Producer<Handover>>> = (0..workers).map(|_| Vec::new()).collect();
    let mut from: Vec<Vec<Consumer<Handover>>> = (0..workers).map(|_| Vec::new()).collect();
    for sender in &mut to {
        for receiver in &mut from {
            let (producer, consumer) = rtrb::RingBuffer::new(HANDOVERS);
            sender.push(producer);
            receiver.push(consumer);
        }
    }
    let ends = to.into_iter().zip(from).map(|(handover_to, handover_from)| {
        let (commands, commands_in) = rtrb::RingBuffer::new(COMMANDS);
        let (inject, inject_in) = rtrb::RingBuffer::new(PACKETS);
        let (mut notices_out, mut notices) = rtrb::RingBuffer::new(NOTICES);
        touch(&mut notices_out, &mut notices, || Notice::Unresolved { interface: 0, address: [0; 4].into() });
        let (punts_out, punts) = rtrb::RingBuffer::new(PACKETS);
        let (teller, listener) = events::ring();
        let worker = WorkerRings {
            commands: commands_in,
            inject: inject_in,
            notices: notices_out,
            punts: punts_out,
            teller,
            handover_to,
            handover_from,
        };
        (MainRings { commands, inject, notices, punts, listener }, worker)
    });
    ends.unzip()
}
