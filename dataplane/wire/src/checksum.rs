//! The Internet checksum (RFC 1071), its incremental update (RFC 1624) and the pseudo headers of IPv4
//! (RFC 768) and IPv6 (RFC 8200 8.1).
//!
//! A *sum* here is the folded one's complement sum; a *checksum* is its complement, as it stands in a header.

use core::net::IpAddr;

use crate::Protocol;

/// One's complement sum of `data` as big-endian 16-bit words; an odd last octet is padded with zero.
pub fn sum(data: &[u8]) -> u16 {
    // One's complement addition is associative across word sizes (RFC 1071 2), so 32-bit words into a 64-bit
    // accumulator cannot overflow below 16 GiB of data.
    let mut acc = 0u64;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        acc += u64::from(u32::from_be_bytes(*word));
    }
    let mut last = [0u8; 4];
    last[..rest.len()].copy_from_slice(rest);
    fold(acc + u64::from(u32::from_be_bytes(last)))
}

/// One's complement sum of sums.
pub fn combine(sums: &[u16]) -> u16 {
    fold(sums.iter().map(|&s| u64::from(s)).sum())
}

/// The sum of the pseudo header for `length` octets of `protocol` from `src` to `dst`. Addresses of different
/// families never meet in one packet; their sum is well defined all the same.
pub fn pseudo_header(src: IpAddr, dst: IpAddr, protocol: Protocol, length: u32) -> u16 {
    let address = |a| match a {
        IpAddr::V4(a) => sum(&a.octets()),
        IpAddr::V6(a) => sum(&a.octets()),
    };
    combine(&[address(src), address(dst), u16::from(protocol.0), sum(&length.to_be_bytes())])
}

/// The checksum of a header that had `checksum`, after one of its 16-bit words went from `old` to `new`
/// (RFC 1624 equation 3: the one that is right when the result is zero).
pub fn update(checksum: u16, old: u16, new: u16) -> u16 {
    !fold(u64::from(!checksum) + u64::from(!old) + u64::from(new))
}

fn fold(mut acc: u64) -> u16 {
    acc = (acc & 0xffff_ffff) + (acc >> 32);
    acc = (acc & 0xffff_ffff) + (acc >> 32);
    acc = (acc & 0xffff) + (acc >> 16);
    acc = (acc & 0xffff) + (acc >> 16);
    (acc as u16) + (acc >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 1071 word by word, with the carry brought around after each addition.
    fn obvious_sum(data: &[u8]) -> u16 {
        let mut acc = 0u32;
        for pair in data.chunks(2) {
            acc += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |&b| u32::from(b));
            if acc > 0xffff {
                acc = (acc & 0xffff) + 1;
            }
        }
        acc as u16
    }

    #[test]
    fn sum_of_the_example_of_rfc_1071() {
        assert_eq!(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0xddf2);
    }

    #[test]
    fn update_of_the_example_of_rfc_1624() {
        // Section 4: the checksum is 0xdd2f, a word goes from 0x5555 to 0x3285, the result is zero.
        assert_eq!(update(0xdd2f, 0x5555, 0x3285), 0x0000);
    }

    #[test]
    fn the_largest_accumulator_folds_without_overflow() {
        assert_eq!(fold(u64::MAX), 0xffff);
        assert_eq!(fold(0xffff_ffff_0001_ffff), obvious_sum(&0xffff_ffff_0001_ffff_u64.to_be_bytes()));
    }

    proptest! {
        #[test]
        fn sum_agrees_with_the_obvious_twin(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(sum(&data), obvious_sum(&data));
        }

        #[test]
        fn sums_of_even_parts_combine(
            a in proptest::collection::vec(any::<[u8; 2]>(), 0..40),
            b in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let a = a.concat();
            let whole = [a.clone(), b.clone()].concat();
            prop_assert_eq!(combine(&[sum(&a), sum(&b)]), obvious_sum(&whole));
        }

        #[test]
        fn fold_agrees_with_the_obvious_twin(acc in any::<u64>()) {
            prop_assert_eq!(fold(acc), obvious_sum(&acc.to_be_bytes()));
        }

        #[test]
        fn an_updated_checksum_still_verifies(
            mut header in any::<[u8; 20]>(), word in 0usize..9, new in any::<u16>(),
        ) {
            // Octets 18 and 19 hold the checksum. Octet 0 is set as in a real header, whose sum is never
            // all zeros: there +0 and -0 would be told apart (RFC 1624 3).
            header[0] = 0x45;
            let checksum = !sum(&header[..18]);
            header[18..].copy_from_slice(&checksum.to_be_bytes());
            prop_assert_eq!(sum(&header), 0xffff);

            let at = word * 2;
            let old = u16::from_be_bytes([header[at], header[at + 1]]);
            header[at..at + 2].copy_from_slice(&new.to_be_bytes());
            let updated = update(checksum, old, new);
            header[18..].copy_from_slice(&updated.to_be_bytes());
            prop_assert_eq!(sum(&header), 0xffff);
        }
    }
}
