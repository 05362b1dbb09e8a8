//! Test traffic made and swallowed on the worker itself: `[port.generator]`.
//!
//! A source adds frames to what a port receives, a sink takes them out of what it transmits before the device sees
//! them. Everything between is the ordinary path, so that a machine can be sized without a traffic generator, and the
//! cost of source and sink, measured with nothing between, can be stated.

use dpdk::{Burst, Mempool};
use stats::{GeneratorCounter, WorkerStats};
use std::net::Ipv4Addr;
use std::sync::Arc;

const ETHERNET: usize = 14;
const HEADERS: usize = ETHERNET + 20 + 8;
/// Tag in the payload of a test frame: the port that it should leave by, or any.
const TAG: std::ops::Range<usize> = HEADERS..HEADERS + 4;
/// TTL of a test frame on its way in; the sink wants it one lower.
const TTL: u8 = 64;
/// UDP port of test frames (RFC 863, discard).
const DISCARD: u16 = 9;
/// Any port will do.
pub const ANY_PORT: u32 = u32::MAX;

/// Where test frames go: destination address in host order, and the port expected or [`ANY_PORT`].
pub type Destinations = Arc<[(u32, u32)]>;

/// Makes test frames for one receive queue.
#[derive(Debug)]
pub struct Source {
    destinations: Destinations,
    next: usize,
    template: Vec<u8>,
    /// Sum of the header's words without destination and checksum.
    base: u32,
    /// Nanoseconds a frame, 0 for as many as fit.
    interval_ns: u64,
    due_ns: u64,
}

/// What a frame is made from.
#[derive(Debug, Clone)]
pub struct Frame {
    pub dst_mac: [u8; 6],
    pub src_mac: [u8; 6],
    pub source: Ipv4Addr,
    /// Bytes on the wire, with the 4 of the check sequence that a device adds.
    pub len: usize,
}

/// The shortest frame that holds the headers and the tag.
pub const MIN_FRAME: usize = 64;

impl Source {
    /// `rate` in frames a second, `None` for as many as fit. Starts at `phase` of the destinations.
    pub fn new(frame: &Frame, destinations: Destinations, rate: Option<u64>, phase: usize) -> Source {
        let template = template(frame);
        let word = |at: usize| u32::from(u16::from_be_bytes([template[at], template[at + 1]]));
        let base = (ETHERNET..ETHERNET + 20).step_by(2).map(word).sum();
        let next = if destinations.is_empty() { 0 } else { phase % destinations.len() };
        let interval_ns = rate.map_or(0, |rate| 1_000_000_000_000u64.checked_div(rate).unwrap_or(u64::MAX));
        Source { destinations, next, template, base, interval_ns, due_ns: 0 }
    }

    /// Adds frames to `burst` up to `limit` packets in all, as many as are due.
    #[inline]
    pub fn fill(&mut self, now_ns: u64, burst: &mut Burst, limit: usize, pool: &Mempool, page: &WorkerStats) -> usize {
        let count = self.due(now_ns, limit.saturating_sub(burst.len()));
        let first = burst.len();
        if count == 0 || pool.alloc_bulk(burst, count).is_err() {
            return 0;
        }
        let mut next = self.next;
        for mbuf in &mut burst[first..] {
            let (dst, tag) = self.destinations[next];
            next += 1;
            if next == self.destinations.len() {
                next = 0;
            }
            let Some(data) = mbuf.append(self.template.len() as u16) else { continue };
            data.copy_from_slice(&self.template);
            write_destination(data, self.base, dst, tag);
        }
        self.next = next;
        page.generator(GeneratorCounter::Made).add(count as u64);
        count
    }

    /// Rates are kept in units of 2^-10 ns so that 90% of 40 million a second is not rounded to whole nanoseconds.
    #[inline]
    fn due(&mut self, now_ns: u64, room: usize) -> usize {
        if self.interval_ns == 0 {
            return room;
        }
        let now_ps = now_ns.wrapping_mul(1000);
        if self.due_ns == 0 || now_ps.saturating_sub(self.due_ns) > 1_000_000_000_000 {
            self.due_ns = now_ps;
        }
        let mut count = 0;
        while count < room && self.due_ns <= now_ps {
            self.due_ns += self.interval_ns;
            count += 1;
        }
        count
    }
}

#[inline(always)]
fn write_destination(data: &mut [u8], base: u32, dst: u32, tag: u32) {
    let Some(head) = data.first_chunk_mut::<{ HEADERS + 4 }>() else { return };
    let sum = base + (dst >> 16) + (dst & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    head[24..26].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    head[30..34].copy_from_slice(&dst.to_be_bytes());
    head[TAG].copy_from_slice(&tag.to_be_bytes());
}

fn template(frame: &Frame) -> Vec<u8> {
    use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, udp};
    let len = frame.len.max(MIN_FRAME) - 4;
    let mut bytes = vec![0; len];
    let (src, dst) = (MacAddr(frame.src_mac), MacAddr(frame.dst_mac));
    ethernet::Repr { src, dst, tag: None, ethertype: EtherType::IPV4 }
        .emit(&mut ethernet::Frame::new_unchecked(&mut bytes));
    let payload = (len - HEADERS) as u16;
    let header =
        ipv4::Repr::new(frame.source, Ipv4Addr::UNSPECIFIED, Protocol::UDP, TTL, udp::HEADER_LEN as u16 + payload);
    let mut packet = ipv4::Packet::new_unchecked(&mut bytes[ETHERNET..]);
    header.emit(&mut packet);
    packet.set_checksum(0);
    let mut datagram = udp::Packet::new_unchecked(&mut bytes[ETHERNET + 20..]);
    datagram.set_src_port(DISCARD);
    datagram.set_dst_port(DISCARD);
    datagram.set_length(udp::HEADER_LEN as u16 + payload);
    bytes
}

/// Takes test frames out of what a port would transmit, and checks each.
#[derive(Debug)]
pub struct Sink {
    source: [u8; 4],
    others: Burst,
}

impl Sink {
    pub fn new(source: Ipv4Addr) -> Sink {
        Sink { source: source.octets(), others: Burst::new() }
    }

    /// Leaves in `burst` only what is not test traffic.
    #[inline]
    pub fn swallow(&mut self, burst: &mut Burst, port: u16, page: &WorkerStats) {
        let (mut good, mut bad_header, mut wrong_port) = (0u64, 0u64, 0u64);
        let mut others = 0usize;
        for mbuf in burst.iter() {
            match self.judge(mbuf.data(), port) {
                Verdict::Good => good += 1,
                Verdict::BadHeader => bad_header += 1,
                Verdict::WrongPort => wrong_port += 1,
                Verdict::NotOurs => others += 1,
            }
        }
        if others == 0 {
            burst.clear();
        } else {
            self.separate(burst, port);
        }
        page.generator(GeneratorCounter::Good).add(good);
        page.generator(GeneratorCounter::BadHeader).add(bad_header);
        page.generator(GeneratorCounter::WrongPort).add(wrong_port);
    }

    #[inline(never)]
    fn separate(&mut self, burst: &mut Burst, port: u16) {
        for mbuf in burst.drain() {
            if self.judge(mbuf.data(), port) == Verdict::NotOurs {
                // As large as the burst it is filled from, and empty here.
                let _ = self.others.push(mbuf);
            }
        }
        burst.append(&mut self.others);
    }

    #[inline(always)]
    fn judge(&self, data: &[u8], port: u16) -> Verdict {
        let Some(head) = data.first_chunk::<{ HEADERS + 4 }>() else { return Verdict::NotOurs };
        if head[26..30] != self.source || head[34..38] != [0, 9, 0, 9] {
            return Verdict::NotOurs;
        }
        let word = |at: usize| u64::from(u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
        let sum = word(14) + word(18) + word(22) + word(26) + word(30);
        let sum = (sum >> 32) + (sum & 0xffff_ffff);
        let sum = (sum >> 16) + (sum & 0xffff);
        let sum = (sum >> 16) + (sum & 0xffff);
        let sum = (sum >> 16) + (sum & 0xffff);
        if sum != 0xffff || head[22] != TTL - 1 {
            return Verdict::BadHeader;
        }
        let tag = u32::from_be_bytes([head[42], head[43], head[44], head[45]]);
        if tag == ANY_PORT || tag == u32::from(port) { Verdict::Good } else { Verdict::WrongPort }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    BadHeader,
    WrongPort,
    NotOurs,
}
