//! The prefixes that every feed announces: those of BGP and of FPM have to be the same.

use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// How many there are.
pub const COUNT: u32 = BLOCKS * 8;
/// The /21s of 128.0.0.0/2 without the 32 that are link-local, of which nothing is forwarded.
const BLOCKS: u32 = (1 << 19) - 32;

/// Prefix `n` of a table that is mostly /24, as that of the Internet: eight of each /21 within 128.0.0.0/2, the /21s in
/// an order that jumps. Nothing of it is private or documentation, so that a lab's own networks stay apart.
pub fn nth(n: u32) -> Ipv4Net {
    assert!(n < COUNT, "there are {COUNT} prefixes");
    // An odd factor permutes the blocks.
    let base = |at: u32| 0x8000_0000 | ((at.wrapping_mul(0x9e37_79b1) % (1 << 19)) << 11);
    let base = match base(n / 8) {
        local if local >> 16 == 0xa9fe => base(BLOCKS + local / (1 << 11) % 32),
        base => base,
    };
    let (offset, len) = match n % 8 {
        0 => (0, 21),
        1 => (0, 22),
        2 => (0, 23),
        at => (at << 8, 24),
    };
    Ipv4Net::new_assert(Ipv4Addr::from(base | offset), len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_prefix_is_another_has_no_bits_behind_its_length_and_is_unicast() {
        let all: HashSet<Ipv4Net> = (0..COUNT).map(nth).collect();
        assert_eq!(all.len(), COUNT as usize);
        let is_usable = |prefix: &Ipv4Net| {
            let [first, second, ..] = prefix.network().octets();
            first >> 6 == 2 && (first, second) != (169, 254)
        };
        assert!(all.iter().all(|prefix| prefix.trunc() == *prefix && is_usable(prefix)));
    }
}
