//! The prefixes that every feed announces: those of BGP and of FPM have to be the same.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How many there are of each family.
pub const COUNT: u32 = SHORT + BLOCKS * 16;
/// Those that a provider would take: no longer than /24.
const SHORT: u32 = BLOCKS * 8;
/// The /21s of 128.0.0.0/2 without the 32 that are link-local, of which nothing is forwarded.
const BLOCKS: u32 = (1 << 19) - 32;

/// Prefix `n` of a table that is mostly /24, as that of the Internet: eight of each /21 within 128.0.0.0/2, the /21s in
/// an order that jumps. Behind the first four million come a /25 and a /32 in each /24, for who wants to know what
/// ten million routes do. Nothing of it is private or documentation, so that a lab's own networks stay apart.
pub fn nth(n: u32) -> Ipv4Net {
    assert!(n < COUNT, "there are {COUNT} prefixes");
    // An odd factor permutes the blocks.
    let base = |at: u32| 0x8000_0000 | ((at.wrapping_mul(0x9e37_79b1) % (1 << 19)) << 11);
    let (block, at) = if n < SHORT { (n / 8, n % 8) } else { ((n - SHORT) / 16, 8 + (n - SHORT) % 16) };
    let base = match base(block) {
        local if local >> 16 == 0xa9fe => base(BLOCKS + local / (1 << 11) % 32),
        base => base,
    };
    let (offset, len) = match at {
        0 => (0, 21),
        1 => (0, 22),
        2 => (0, 23),
        at if at < 8 => (at << 8, 24),
        at if at % 2 == 0 => (((at - 8) / 2) << 8, 25),
        at => ((((at - 8) / 2) << 8) | 200, 32),
    };
    Ipv4Net::new_assert(Ipv4Addr::from(base | offset), len)
}

/// Prefix `n` of a table of IPv6: /48s of 2a00::/8, in an order that jumps.
pub fn nth6(n: u32) -> Ipv6Net {
    assert!(n < COUNT, "there are {COUNT} prefixes");
    let site = u128::from(n.wrapping_mul(0x9e37_79b1));
    Ipv6Net::new_assert(Ipv6Addr::from(0x2a << 120 | site << 80), 48)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_prefix_is_another_has_no_bits_behind_its_length_and_is_unicast() {
        // Some of the blocks, and those that took the place of others.
        let blocks = || (0..BLOCKS).filter(|block| block % 64 == 1 || BLOCKS - block < 64);
        let short = blocks().flat_map(|block| block * 8..block * 8 + 8);
        let long = blocks().flat_map(|block| SHORT + block * 16..SHORT + block * 16 + 16);
        let numbers: Vec<u32> = short.chain(long).collect();
        let all: HashSet<Ipv4Net> = numbers.iter().map(|n| nth(*n)).collect();
        assert_eq!(all.len(), numbers.len());
        let all6: HashSet<Ipv6Net> = numbers.iter().map(|n| nth6(*n)).collect();
        assert_eq!(all6.len(), numbers.len());
        let mut bases: Vec<u32> = (0..BLOCKS).map(|block| nth(block * 8).network().into()).collect();
        bases.sort_unstable();
        bases.dedup();
        assert_eq!(bases.len(), BLOCKS as usize);
        let is_usable = |prefix: &Ipv4Net| {
            let [first, second, ..] = prefix.network().octets();
            first >> 6 == 2 && (first, second) != (169, 254)
        };
        assert!(all.iter().all(|prefix| prefix.trunc() == *prefix && is_usable(prefix)));
    }
}
