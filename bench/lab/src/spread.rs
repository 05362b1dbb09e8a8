//! Where the packets of the flow go: to the server, or to one of many prefixes each.

use feed::prefixes;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What all prefixes of the feeds are in.
pub const ALL: &str = "128.0.0.0/2";

/// What the sender looks at before each packet.
#[derive(Debug, Default)]
pub struct Spread {
    /// The prefixes that share the flow: their first number above, their count below. With none, the server has it.
    prefixes: AtomicU64,
    /// Beats between two packets that are left out.
    skipped: AtomicU64,
}

impl Spread {
    /// From the next packet on.
    pub fn over(&self, prefixes: Range<u32>) {
        self.prefixes.store(u64::from(prefixes.start) << 32 | prefixes.len() as u64, Relaxed);
    }

    /// Sends one packet of so many, where the sender's share of its core matters more than the time between packets.
    pub fn thin(&self, one_of: u64) {
        self.skipped.store(one_of.saturating_sub(1), Relaxed);
    }

    /// Beats to the next packet.
    pub fn beats(&self) -> u64 {
        self.skipped.load(Relaxed) + 1
    }

    /// Where a packet goes; `None` is the server itself.
    pub fn destination(&self, sequence: u64) -> Option<Ipv4Addr> {
        let prefixes = self.prefixes.load(Relaxed);
        let (first, count) = (prefixes >> 32, prefixes & 0xffff_ffff);
        // Neighbors in time are no neighbors in the table.
        let at = (sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).checked_rem(count)?;
        let network = prefixes::nth((first + at) as u32).network();
        Some(Ipv4Addr::from(u32::from(network) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_packet_is_in_a_prefix_of_the_range_and_together_they_are_in_many() {
        let spread = Spread::default();
        assert_eq!(spread.destination(7), None);
        spread.over(1000..2000);
        let all: Vec<Ipv4Addr> = (0..10_000).map(|n| spread.destination(n).unwrap()).collect();
        let prefixes: Vec<_> = (1000..2000).map(prefixes::nth).collect();
        assert!(all[..100].iter().all(|address| prefixes.iter().any(|prefix| prefix.contains(address))));
        // Of eight prefixes three begin at the same address.
        let distinct = all.iter().collect::<HashSet<_>>().len();
        assert!(distinct > 700, "{distinct}");
        spread.over(0..1);
        assert_eq!(spread.destination(1), spread.destination(2));
        spread.over(0..0);
        assert_eq!(spread.destination(1), None);
        assert_eq!(spread.beats(), 1);
        spread.thin(10);
        assert_eq!(spread.beats(), 10);
        spread.thin(1);
        assert_eq!(spread.beats(), 1);
    }
}
