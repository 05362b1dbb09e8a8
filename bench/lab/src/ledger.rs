//! What was sent and what arrived, packet by packet.

use std::ops::Range;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::*};

/// Way by which a packet came: 1 and 2 are the providers, 0 is unknown.
pub type Via = u8;

/// A paced flow's packets by sequence number. The sender writes one half, the receiver the other.
///
/// It remembers the last [`Ledger::capacity`] packets: about 200 s at 20,000 packets/s.
#[derive(Debug)]
pub struct Ledger {
    /// Packets a second.
    pub rate: u64,
    sent: Box<[AtomicU64]>,
    /// Arrival shifted left by two, with the way in the low bits; 0 until it arrives.
    arrived: Box<[AtomicU64]>,
    next: AtomicU64,
    newest: AtomicU64,
    newest_via: AtomicU8,
    pub duplicates: AtomicU64,
    /// Packets that the sending host itself refused, or that the receiving socket had no room for: the measurement
    /// is void if there are any.
    pub refused: AtomicU64,
    pub overflowed: AtomicU64,
}

impl Ledger {
    pub fn new(rate: u64, capacity: usize) -> Ledger {
        let zeros = || (0..capacity).map(|_| AtomicU64::new(0)).collect();
        Ledger {
            rate,
            sent: zeros(),
            arrived: zeros(),
            next: AtomicU64::new(0),
            newest: AtomicU64::new(0),
            newest_via: AtomicU8::new(0),
            duplicates: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            overflowed: AtomicU64::new(0),
        }
    }

    pub fn capacity(&self) -> u64 {
        self.sent.len() as u64
    }

    fn slot(&self, sequence: u64) -> usize {
        (sequence % self.capacity()) as usize
    }

    /// The sender is about to send the packet that gets the returned number.
    pub fn send(&self, now: u64) -> u64 {
        let sequence = self.next.load(Relaxed);
        self.arrived[self.slot(sequence)].store(0, Relaxed);
        self.sent[self.slot(sequence)].store(now, Relaxed);
        // Whoever sees the number sees the cleared slot.
        self.next.store(sequence + 1, Release);
        sequence
    }

    /// The receiver got a packet.
    pub fn arrive(&self, sequence: u64, at: u64, via: Via) {
        let next = self.next.load(Acquire);
        if sequence >= next || sequence + self.capacity() <= next {
            return;
        }
        if self.arrived[self.slot(sequence)].swap(at << 2 | u64::from(via), Relaxed) != 0 {
            self.duplicates.fetch_add(1, Relaxed);
        }
        if sequence >= self.newest.load(Relaxed) {
            self.newest.store(sequence, Relaxed);
            self.newest_via.store(via, Relaxed);
        }
    }

    /// The number of the next packet to be sent.
    pub fn next(&self) -> u64 {
        self.next.load(Acquire)
    }

    /// The highest number that arrived, and how it came.
    pub fn newest(&self) -> (u64, Via) {
        (self.newest.load(Relaxed), self.newest_via.load(Relaxed))
    }

    pub fn sent_at(&self, sequence: u64) -> u64 {
        self.sent[self.slot(sequence)].load(Relaxed)
    }

    /// When and how a packet arrived.
    pub fn arrival(&self, sequence: u64) -> Option<(u64, Via)> {
        let stored = self.arrived[self.slot(sequence)].load(Relaxed);
        (stored != 0).then_some((stored >> 2, (stored & 3) as Via))
    }

    /// Packets of the range that did not arrive.
    pub fn lost(&self, packets: Range<u64>) -> u64 {
        packets.filter(|&sequence| self.arrival(sequence).is_none()).count() as u64
    }

    /// The first packet of the range that did not arrive.
    pub fn first_lost(&self, mut packets: Range<u64>) -> Option<u64> {
        packets.find(|&sequence| self.arrival(sequence).is_none())
    }

    /// The first packet of the range that came this way.
    pub fn first_via(&self, packets: Range<u64>, via: Via) -> Option<u64> {
        packets.into_iter().find(|&sequence| self.arrival(sequence).is_some_and(|(_, by)| by == via))
    }

    /// The first packet sent at `moment` or later (of those remembered).
    pub fn first_sent_since(&self, moment: u64) -> u64 {
        let next = self.next();
        let (mut low, mut high) = (next.saturating_sub(self.capacity() - 1), next);
        while low < high {
            let middle = low.midpoint(high);
            if self.sent_at(middle) < moment { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// From the first packet of the range that was lost to the first after the last one lost, in microseconds: with
    /// packets to many prefixes, the outage of the last of them.
    pub fn span_us(&self, packets: Range<u64>) -> f64 {
        let is_lost = |sequence: &u64| self.arrival(*sequence).is_none();
        let (Some(first), Some(last)) = (self.first_lost(packets.clone()), packets.rev().find(is_lost))
        else {
            return 0.0;
        };
        self.sent_at(last).saturating_sub(self.sent_at(first)) as f64 / 1e3 + self.outage_us(1)
    }

    /// Outage in microseconds by RFC 6414 3.5 (packet-loss based): packets lost over the rate at which they were sent.
    pub fn outage_us(&self, lost: u64) -> f64 {
        lost as f64 * 1e6 / self.rate as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 packets/s for a second; packets 100 to 129 are lost, from 130 on they take the other way.
    fn flow() -> Ledger {
        let ledger = Ledger::new(1000, 4096);
        for n in 0..1000u64 {
            let at = (n + 1) * 1_000_000;
            let sequence = ledger.send(at);
            assert_eq!(sequence, n);
            if !(100..130).contains(&n) {
                ledger.arrive(n, at + 50_000, if n < 100 { 1 } else { 2 });
            }
        }
        ledger
    }

    #[test]
    fn outage_is_lost_packets_over_the_rate() {
        let ledger = flow();
        assert_eq!(ledger.lost(0..1000), 30);
        assert_eq!(ledger.lost(110..1000), 20);
        assert_eq!(ledger.lost(130..1000), 0);
        assert_eq!((ledger.first_lost(0..1000), ledger.first_lost(130..1000)), (Some(100), None));
        assert!((ledger.outage_us(30) - 30_000.0).abs() < 1e-6);
    }

    #[test]
    fn the_last_prefix_is_out_until_the_last_packet_that_is_lost() {
        let ledger = flow();
        assert!((ledger.span_us(0..1000) - 30_000.0).abs() < 1e-6);
        // One prefix among others that move later: its packet is lost, theirs are not.
        let late = ledger.send(2_000_000_000);
        assert!((ledger.span_us(0..late + 1) - 1_900_000.0).abs() < 1e-6);
        assert!(ledger.span_us(200..900).abs() < 1e-6);
    }

    #[test]
    fn the_first_packet_on_the_backup_is_found() {
        let ledger = flow();
        assert_eq!(ledger.first_via(0..1000, 2), Some(130));
        assert_eq!(ledger.first_via(0..130, 2), None);
        assert_eq!(ledger.arrival(130), Some((131_050_000, 2)));
        assert_eq!(ledger.newest(), (999, 2));
    }

    #[test]
    fn a_moment_is_found_among_the_packets_sent() {
        let ledger = flow();
        assert_eq!(ledger.first_sent_since(0), 0);
        assert_eq!(ledger.first_sent_since(101_000_000), 100);
        assert_eq!(ledger.first_sent_since(101_000_001), 101);
        assert_eq!(ledger.first_sent_since(u64::MAX), 1000);
    }

    #[test]
    fn duplicates_are_counted_and_are_no_arrivals_of_others() {
        let ledger = flow();
        ledger.arrive(5, 7_000_000, 2);
        assert_eq!(ledger.duplicates.load(Relaxed), 1);
        assert_eq!(ledger.lost(0..1000), 30);
        ledger.arrive(5000, 7_000_000, 2);
        assert_eq!(ledger.newest().0, 999, "a number that was never sent is no packet of ours");
    }

    #[test]
    fn old_packets_make_room_for_new_ones() {
        let ledger = Ledger::new(1000, 16);
        for n in 0..40 {
            ledger.send(n + 1);
            ledger.arrive(n, n + 2, 1);
        }
        assert_eq!(ledger.lost(24..40), 0);
        ledger.arrive(3, 100, 1);
        assert_eq!(ledger.duplicates.load(Relaxed), 0, "packet 3 is forgotten");
        let next = ledger.send(50);
        assert_eq!(ledger.lost(next..next + 1), 1);
    }
}
