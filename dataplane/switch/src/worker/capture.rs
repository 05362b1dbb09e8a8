//! Copies of the program's frames, as they came in, for a trace. A worker without one tests a pointer for each vector.

use dpdk::Burst;
use ipnet::IpNet;
use rtrb::{Consumer, Producer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Bytes of a frame that are kept.
pub const SNAP: usize = 2048;
/// Frames of one worker that wait for the main thread.
const ROOM: usize = 64;

/// Which frames.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub port: Option<u16>,
    pub src: Option<IpNet>,
    pub dst: Option<IpNet>,
}

/// A frame before the program touched it.
#[derive(Debug)]
pub struct Captured {
    pub now_ns: u64,
    pub port: u16,
    /// Of the whole frame.
    pub length: u32,
    kept: u16,
    bytes: [u8; SNAP],
}

impl Captured {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.kept)]
    }
}

/// The worker's end.
#[derive(Debug)]
pub struct Capture {
    filter: Filter,
    left: u32,
    into: Producer<Captured>,
    tally: Arc<Tally>,
}

/// What all workers say of one trace.
#[derive(Debug, Default)]
pub struct Tally {
    /// Workers that look for frames.
    pub armed: AtomicUsize,
    /// Frames that matched and found no room.
    pub missed: AtomicU64,
}

/// The ends of one worker, for at most `count` frames.
pub fn capture(filter: Filter, count: u32, tally: Arc<Tally>) -> (Box<Capture>, Consumer<Captured>) {
    let (into, from) = rtrb::RingBuffer::new(ROOM.min(count as usize).max(1));
    (Box::new(Capture { filter, left: count, into, tally }), from)
}

impl Capture {
    /// The worker has it.
    pub fn arm(&self) {
        self.tally.armed.fetch_add(1, Ordering::Release);
    }

    /// Copies what matches of the frames with these numbers.
    #[cold]
    pub fn take(&mut self, now_ns: u64, port: u16, frames: &[u8], burst: &Burst) {
        for index in frames {
            if self.left == 0 {
                return;
            }
            let mbuf = &burst[usize::from(*index)];
            self.frame(now_ns, port, mbuf.data(), mbuf.packet_len());
        }
    }

    fn frame(&mut self, now_ns: u64, port: u16, frame: &[u8], length: u32) {
        if !self.filter.matches(port, frame) {
            return;
        }
        let kept = frame.len().min(SNAP);
        let mut captured = Captured { now_ns, port, length, kept: kept as u16, bytes: [0; SNAP] };
        captured.bytes[..kept].copy_from_slice(&frame[..kept]);
        if self.into.push(captured).is_ok() {
            self.left -= 1;
        } else {
            self.tally.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Filter {
    fn matches(&self, port: u16, frame: &[u8]) -> bool {
        if self.port.is_some_and(|wanted| wanted != port) {
            return false;
        }
        if self.src.is_none() && self.dst.is_none() {
            return true;
        }
        let Some((src, dst)) = addresses(frame) else { return false };
        let within = |net: Option<IpNet>, address: IpAddr| net.is_none_or(|net| net.contains(&address));
        within(self.src, src) && within(self.dst, dst)
    }
}

/// Source and destination of IPv4, IPv6 or ARP behind at most two VLAN tags.
fn addresses(frame: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let mut l3 = 14;
    for _ in 0..2 {
        match frame.get(l3 - 2..l3)? {
            [0x81, 0x00] | [0x88, 0xa8] => l3 += 4,
            _ => break,
        }
    }
    let v4 = |at: usize| -> Option<IpAddr> {
        let bytes: [u8; 4] = frame.get(l3 + at..l3 + at + 4)?.try_into().ok()?;
        Some(Ipv4Addr::from(bytes).into())
    };
    let v6 = |at: usize| -> Option<IpAddr> {
        let bytes: [u8; 16] = frame.get(l3 + at..l3 + at + 16)?.try_into().ok()?;
        Some(Ipv6Addr::from(bytes).into())
    };
    match frame.get(l3 - 2..l3)? {
        [0x08, 0x00] => Some((v4(12)?, v4(16)?)),
        [0x86, 0xdd] => Some((v6(8)?, v6(24)?)),
        // RFC 826: the protocol addresses of sender and target, of Ethernet and IPv4.
        [0x08, 0x06] => Some((v4(14)?, v4(24)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ipv4(tags: usize) -> Vec<u8> {
        let mut frame = vec![0; 12];
        (0..tags).for_each(|_| frame.extend([0x81, 0, 0, 5]));
        frame.extend([0x08, 0x00]);
        frame.extend([0; 12]);
        frame.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        frame
    }

    fn filter(src: Option<&str>, dst: Option<&str>) -> Filter {
        let net = |text: &str| text.parse().unwrap();
        Filter { port: None, src: src.map(net), dst: dst.map(net) }
    }

    #[test]
    fn frames_are_told_apart_by_port_and_addresses_behind_tags_too() {
        for tags in 0..3 {
            let frame = ipv4(tags);
            assert!(filter(Some("10.0.0.1/32"), None).matches(0, &frame), "{tags}");
            assert!(filter(None, Some("10.0.0.0/8")).matches(0, &frame));
            assert!(!filter(Some("10.0.0.2/32"), None).matches(0, &frame));
            assert!(!filter(Some("10.0.0.1/32"), Some("10.0.0.3/32")).matches(0, &frame));
        }
        let port = Filter { port: Some(3), ..Filter::default() };
        assert!(port.matches(3, &[]) && !port.matches(2, &ipv4(0)));
        assert!(Filter::default().matches(0, &[]));
    }

    #[test]
    fn ipv6_and_arp_have_addresses_and_short_frames_have_none() {
        let mut v6 = vec![0; 12];
        v6.extend([0x86, 0xdd]);
        v6.extend([0; 8]);
        v6.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        v6.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert!(filter(Some("2001:db8::1/128"), Some("2001:db8::2/128")).matches(0, &v6));
        assert!(!filter(Some("10.0.0.0/8"), None).matches(0, &v6));
        let mut arp = vec![0; 12];
        arp.extend([0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 2, 2, 2, 2, 2, 2, 192, 0, 2, 1]);
        arp.extend([0, 0, 0, 0, 0, 0, 192, 0, 2, 9]);
        assert!(filter(Some("192.0.2.1/32"), Some("192.0.2.9/32")).matches(0, &arp));
        for frame in [ipv4(0), v6, arp] {
            for end in 0..frame.len() {
                assert!(!filter(Some("::/0"), Some("0.0.0.0/0")).matches(0, &frame[..end]));
            }
        }
    }

    #[test]
    fn a_capture_ends_with_its_count_and_counts_what_finds_no_room() {
        let tally = Arc::new(Tally::default());
        let (mut worker, mut main) = capture(Filter::default(), 1000, Arc::clone(&tally));
        let long = vec![7; 3000];
        for _ in 0..ROOM + 3 {
            worker.frame(5, 2, &long, 9000);
        }
        assert_eq!(tally.missed.load(Ordering::Relaxed), 3);
        let first = main.pop().unwrap();
        assert_eq!((first.now_ns, first.port, first.length, first.bytes()), (5, 2, 9000, &long[..SNAP]));
        assert_eq!(main.slots(), ROOM - 1);
        let (mut worker, main) = capture(Filter::default(), 2, tally);
        (0..2).for_each(|_| worker.frame(0, 0, &[1], 1));
        assert_eq!((worker.left, main.slots()), (0, 2));
    }
}
