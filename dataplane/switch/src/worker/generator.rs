//! Test traffic made and swallowed on the worker itself: `[port.generator]`.
//!
//! A source adds frames to what a port receives, a sink takes them out of what it transmits before the device sees
//! them. Everything between is the ordinary path, so that a machine can be sized without a traffic generator, and the
//! cost of source and sink, measured with nothing between, can be stated.

use dpdk::{Burst, Mbuf, Mempool};
use stats::{GeneratorCounter, WorkerStats};
use std::net::IpAddr;
use std::sync::Arc;

const ETHERNET: usize = 14;
const UDP: usize = 8;
/// Offsets behind the Ethernet header, by family.
const V4: usize = ETHERNET + 20 + UDP;
const V6: usize = ETHERNET + 40 + UDP;
/// TTL of a test frame on its way in; the sink wants it one lower.
const TTL: u8 = 64;
/// UDP port of test frames (RFC 863, discard).
const DISCARD: u16 = 9;
/// In place of an expected port: any will do.
pub const ANY_PORT: u32 = u32::MAX;

/// Where test frames go, each with the port number that it should leave by, or [`ANY_PORT`].
#[derive(Debug, Clone)]
pub enum Destinations {
    V4(Arc<[(u32, u32)]>),
    V6(Arc<[(u128, u32)]>),
}

impl Destinations {
    pub fn len(&self) -> usize {
        match self {
            Destinations::V4(list) => list.len(),
            Destinations::V6(list) => list.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A sink without a source.
    pub fn none(v6: bool) -> Destinations {
        if v6 { Destinations::V6(Arc::new([])) } else { Destinations::V4(Arc::new([])) }
    }

    /// Reads records of an address (IPv4: 4 bytes, IPv6: 16, network order) and the expected port (4 bytes,
    /// network order).
    pub fn parse(bytes: &[u8], v6: bool) -> Result<Destinations, String> {
        let record = if v6 { 20 } else { 8 };
        if bytes.is_empty() || bytes.len() % record != 0 {
            return Err(format!("{} bytes are no list of records of {record} bytes", bytes.len()));
        }
        let port = |r: &[u8]| u32::from_be_bytes([r[0], r[1], r[2], r[3]]);
        Ok(if v6 {
            let address = |r: &[u8]| r[..16].iter().fold(0u128, |a, b| a << 8 | u128::from(*b));
            Destinations::V6(bytes.chunks_exact(record).map(|r| (address(r), port(&r[16..]))).collect())
        } else {
            Destinations::V4(bytes.chunks_exact(record).map(|r| (port(r), port(&r[4..]))).collect())
        })
    }
}

/// Makes test frames for one receive queue.
#[derive(Debug)]
pub struct Source {
    destinations: Destinations,
    next: usize,
    template: Vec<u8>,
    /// Sum of the words that the checksum covers, but for the destination.
    base: u32,
    /// Picoseconds a frame, 0 for as many as fit; whole nanoseconds would be 3% off at 30 million a second.
    interval_ps: u64,
    due_ps: u64,
}

/// What a frame is made from.
#[derive(Debug, Clone)]
pub struct Frame {
    pub dst_mac: [u8; 6],
    pub src_mac: [u8; 6],
    pub source: IpAddr,
    /// Bytes on the wire, with the 4 of the check sequence that a device adds.
    pub len: usize,
}

impl Source {
    /// `rate` in frames a second, `None` for as many as fit. Starts at `phase` of the destinations.
    pub fn new(frame: &Frame, destinations: Destinations, rate: Option<u64>, phase: usize) -> Source {
        let template = template(frame);
        let covered = if frame.source.is_ipv4() { ETHERNET..ETHERNET + 20 } else { 0..0 };
        let word = |at: usize| u32::from(u16::from_be_bytes([template[at], template[at + 1]]));
        let base = covered.step_by(2).map(word).sum();
        let next = if destinations.is_empty() { 0 } else { phase % destinations.len() };
        let interval_ps =
            rate.map_or(0, |rate| 1_000_000_000_000u64.checked_div(rate).unwrap_or(u64::MAX / 2));
        Source { destinations, next, template, base, interval_ps, due_ps: 0 }
    }

    /// Adds frames to `burst` up to `limit` packets in all, as many as are due.
    /// Frames in `spare`, which a sink has swallowed, are used again before new ones are taken from the pool.
    #[inline]
    pub fn fill(
        &mut self,
        now_ns: u64,
        burst: &mut Burst,
        limit: usize,
        pool: &Mempool,
        spare: &mut Burst,
    ) -> usize {
        let count = self.due(now_ns, limit.saturating_sub(burst.len()));
        let first = burst.len();
        if count == 0 {
            return 0;
        }
        if spare.len() <= count {
            burst.append(spare);
        } else {
            for mbuf in (0..count).map_while(|_| spare.pop()) {
                // There is room: `count` was chosen so.
                let _ = burst.push(mbuf);
            }
        }
        let fresh = count - (burst.len() - first);
        if fresh > 0 && pool.alloc_bulk(burst, fresh).is_err() {
            burst.truncate(first);
            return 0;
        }
        match &self.destinations {
            Destinations::V4(list) => {
                for mbuf in &mut burst[first..] {
                    let (dst, port) = list[self.next];
                    self.next = if self.next + 1 == list.len() { 0 } else { self.next + 1 };
                    let Some(data) = sized(mbuf, self.template.len()) else { continue };
                    stamp(data, &self.template);
                    address_v4(data, self.base, dst, port);
                }
            }
            Destinations::V6(list) => {
                for mbuf in &mut burst[first..] {
                    let (dst, port) = list[self.next];
                    self.next = if self.next + 1 == list.len() { 0 } else { self.next + 1 };
                    let Some(data) = sized(mbuf, self.template.len()) else { continue };
                    stamp(data, &self.template);
                    address_v6(data, dst, port);
                }
            }
        }
        count
    }

    /// Frames that are due at `now_ns`, at most `room`.
    #[inline]
    fn due(&mut self, now_ns: u64, room: usize) -> usize {
        if self.interval_ps == 0 {
            return room;
        }
        let now_ps = now_ns.wrapping_mul(1000);
        // After a pause of a millisecond the rate starts afresh: a generator does not make up for a stall by a flood.
        if now_ps.saturating_sub(self.due_ps) > 1_000_000_000 {
            self.due_ps = now_ps;
        }
        let mut count = 0;
        while count < room && self.due_ps <= now_ps {
            self.due_ps += self.interval_ps;
            count += 1;
        }
        count
    }
}

/// Free bytes in front of a fresh packet (RTE_PKTMBUF_HEADROOM).
const HEADROOM: u16 = 128;

/// The packet's bytes, exactly `len` of them: a fresh one has none, one used again those that it left with, and a tag
/// more or less in front.
#[inline(always)]
fn sized(mbuf: &mut Mbuf, len: usize) -> Option<&mut [u8]> {
    let headroom = mbuf.headroom();
    if headroom < HEADROOM && !mbuf.trim_front(HEADROOM - headroom) {
        return None;
    }
    if headroom > HEADROOM {
        mbuf.prepend(headroom - HEADROOM)?;
    }
    let have = usize::from(mbuf.data_len());
    if have < len {
        mbuf.append((len - have) as u16)?;
    } else if have > len && !mbuf.truncate(len as u16) {
        return None;
    }
    Some(mbuf.data_mut())
}

/// Copies the template; the first 60 bytes, which every frame has, without a call.
#[inline(always)]
fn stamp(data: &mut [u8], template: &[u8]) {
    let (Some((head, rest)), Some((first, others))) =
        (data.split_first_chunk_mut::<60>(), template.split_first_chunk::<60>())
    else {
        return;
    };
    *head = *first;
    if !others.is_empty() {
        rest.copy_from_slice(others);
    }
}

#[inline(always)]
fn address_v4(data: &mut [u8], base: u32, dst: u32, port: u32) {
    let Some(head) = data.first_chunk_mut::<{ V4 + 4 }>() else { return };
    let sum = base + (dst >> 16) + (dst & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    head[24..26].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    head[30..34].copy_from_slice(&dst.to_be_bytes());
    head[V4..V4 + 4].copy_from_slice(&port.to_be_bytes());
}

#[inline(always)]
fn address_v6(data: &mut [u8], dst: u128, port: u32) {
    let Some(head) = data.first_chunk_mut::<{ V6 + 4 }>() else { return };
    head[38..54].copy_from_slice(&dst.to_be_bytes());
    head[V6..V6 + 4].copy_from_slice(&port.to_be_bytes());
}

fn template(frame: &Frame) -> Vec<u8> {
    use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, ipv6, udp};
    let headers = if frame.source.is_ipv4() { V4 } else { V6 };
    let len = (frame.len - 4).max(headers + 4);
    let mut bytes = vec![0; len];
    let (src, dst) = (MacAddr(frame.src_mac), MacAddr(frame.dst_mac));
    let ethertype = if frame.source.is_ipv4() { EtherType::IPV4 } else { EtherType::IPV6 };
    let repr = ethernet::Repr { src, dst, tag: None, ethertype };
    repr.emit(&mut ethernet::Frame::new_unchecked(&mut bytes));
    let datagram = (len - headers + UDP) as u16;
    match frame.source {
        IpAddr::V4(source) => {
            let header = ipv4::Repr::new(source, [0, 0, 0, 0].into(), Protocol::UDP, TTL, datagram);
            let mut packet = ipv4::Packet::new_unchecked(&mut bytes[ETHERNET..]);
            header.emit(&mut packet);
            packet.set_checksum(0);
        }
        IpAddr::V6(source) => {
            let header = ipv6::Repr::new(source, [0; 16].into(), Protocol::UDP, TTL, datagram);
            header.emit(&mut ipv6::Packet::new_unchecked(&mut bytes[ETHERNET..]));
        }
    }
    let mut view = udp::Packet::new_unchecked(&mut bytes[headers - UDP..]);
    view.set_src_port(DISCARD);
    view.set_dst_port(DISCARD);
    view.set_length(datagram);
    bytes
}

/// Takes test frames out of what a port would transmit, and checks each.
#[derive(Debug)]
pub struct Sink {
    source: IpAddr,
    others: Burst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    BadHeader,
    WrongPort,
    NotOurs,
}

impl Sink {
    pub fn new(source: IpAddr) -> Sink {
        Sink { source, others: Burst::new() }
    }

    /// Leaves in `burst` only what is not test traffic.
    #[inline]
    pub fn swallow(&mut self, burst: &mut Burst, spare: &mut Burst, port: u16, page: &WorkerStats) {
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
            spare.append(burst);
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
                // As large as the burst that it is filled from, and empty here.
                let _ = self.others.push(mbuf);
            }
        }
        burst.append(&mut self.others);
    }

    #[inline(always)]
    fn judge(&self, data: &[u8], port: u16) -> Verdict {
        match self.source {
            IpAddr::V4(source) => judge_v4(data, source.octets(), port),
            IpAddr::V6(source) => judge_v6(data, &source.octets(), port),
        }
    }
}

/// Source and destination port of test frames.
const PORTS: [u8; 4] = [0, DISCARD as u8, 0, DISCARD as u8];

#[inline(always)]
fn judge_v4(data: &[u8], source: [u8; 4], port: u16) -> Verdict {
    let Some(head) = data.first_chunk::<{ V4 + 4 }>() else { return Verdict::NotOurs };
    if head[26..30] != source || head[34..38] != PORTS {
        return Verdict::NotOurs;
    }
    let word =
        |at: usize| u64::from(u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
    let sum = word(14) + word(18) + word(22) + word(26) + word(30);
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    if sum != 0xffff || head[22] != TTL - 1 {
        return Verdict::BadHeader;
    }
    expected(&head[V4..], port)
}

#[inline(always)]
fn judge_v6(data: &[u8], source: &[u8; 16], port: u16) -> Verdict {
    let Some(head) = data.first_chunk::<{ V6 + 4 }>() else { return Verdict::NotOurs };
    if head[22..38] != *source || head[54..58] != PORTS {
        return Verdict::NotOurs;
    }
    if head[21] != TTL - 1 { Verdict::BadHeader } else { expected(&head[V6..], port) }
}

#[inline(always)]
fn expected(tag: &[u8], port: u16) -> Verdict {
    let tag = u32::from_be_bytes([tag[0], tag[1], tag[2], tag[3]]);
    if tag == ANY_PORT || tag == u32::from(port) { Verdict::Good } else { Verdict::WrongPort }
}
