//! Bits in network order: the most significant bit of a field comes first.

use crate::bits::mask64;

/// Up to 64 bits from bit `at`. What is beyond the end reads as zero.
pub fn read64(bytes: &[u8], at: usize, width: u32) -> u64 {
    if width == 0 {
        return 0;
    }
    let first = at / 8;
    let shift = (at % 8) as u32;
    // 64 bits that begin within a byte reach into a ninth.
    if let Some(chunk) = bytes.get(first..first + 8) {
        let word = u64::from_be_bytes(chunk.try_into().unwrap_or_default());
        if shift + width <= 64 {
            return word << shift >> (64 - width);
        }
        let next = u64::from(bytes.get(first + 8).copied().unwrap_or(0));
        return (word << shift | next >> (8 - shift)) >> (64 - width);
    }
    let mut word = 0u128;
    for at in 0..9 {
        word = word << 8 | u128::from(bytes.get(first + at).copied().unwrap_or(0));
    }
    (word >> (72 - shift - width)) as u64 & mask64(width)
}

/// `width` bits from bit `at` into limbs.
pub fn read(bytes: &[u8], at: usize, width: u32, out: &mut [u64]) {
    let mut left = width;
    for limb in out {
        let take = left.min(64);
        *limb = read64(bytes, at + (left - take) as usize, take);
        left -= take;
    }
}

/// Bytes that grow bit by bit.
#[derive(Debug, Clone, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are in use; 0 is a whole number of bytes.
    used: u32,
}

impl BitWriter {
    pub fn over(mut bytes: Vec<u8>) -> BitWriter {
        bytes.clear();
        BitWriter { bytes, used: 0 }
    }

    pub fn bits(&self) -> usize {
        self.bytes.len() * 8 - if self.used == 0 { 0 } else { 8 - self.used as usize }
    }

    pub fn put64(&mut self, value: u64, width: u32) {
        let mut left = width;
        if self.used == 0 && left.is_multiple_of(8) {
            let bytes = (value & mask64(width)).to_be_bytes();
            self.bytes.extend_from_slice(&bytes[8 - left as usize / 8..]);
            return;
        }
        while left > 0 {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let take = left.min(8 - self.used);
            let chunk = (value >> (left - take) & mask64(take)) as u8;
            if let Some(last) = self.bytes.last_mut() {
                *last |= chunk << (8 - self.used - take);
            }
            self.used = (self.used + take) % 8;
            left -= take;
        }
    }

    pub fn put(&mut self, limbs: &[u64], width: u32) {
        let words = width.div_ceil(64) as usize;
        for at in (0..words).rev() {
            let take = (width - at as u32 * 64).min(64);
            self.put64(limbs.get(at).copied().unwrap_or(0), take);
        }
    }

    /// All bits of `bytes` from bit `from` on.
    pub fn put_bytes(&mut self, bytes: &[u8], from: usize) {
        if self.used == 0 && from.is_multiple_of(8) {
            self.bytes.extend_from_slice(bytes.get(from / 8..).unwrap_or(&[]));
            return;
        }
        let end = bytes.len() * 8;
        let mut at = from;
        while at < end {
            let take = (end - at).min(64) as u32;
            self.put64(read64(bytes, at, take), take);
            at += take as usize;
        }
    }

    /// Zero bits up to a whole byte.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reference(bytes: &[u8], at: usize, width: u32) -> u64 {
        (at..at + width as usize).fold(0, |value, bit| {
            let byte = bytes.get(bit / 8).copied().unwrap_or(0);
            value << 1 | u64::from(byte >> (7 - bit % 8) & 1)
        })
    }

    proptest! {
        #[test]
        fn a_field_is_its_bits_one_by_one(bytes in proptest::collection::vec(any::<u8>(), 0..24), at in 0usize..200, width in 0u32..=64) {
            prop_assert_eq!(read64(&bytes, at, width), reference(&bytes, at, width));
        }

        #[test]
        fn what_is_written_is_read(fields in proptest::collection::vec((any::<[u64; 3]>(), 1u32..=192), 0..12), tail in proptest::collection::vec(any::<u8>(), 0..20)) {
            let mut writer = BitWriter::default();
            let mut at = Vec::new();
            for (limbs, width) in &fields {
                at.push(writer.bits());
                writer.put(limbs, *width);
            }
            let behind = writer.bits();
            writer.put_bytes(&tail, 0);
            let bytes = writer.finish();
            for ((limbs, width), at) in fields.iter().zip(at) {
                let (mut got, mut want) = ([0; 3], *limbs);
                read(&bytes, at, *width, &mut got);
                crate::bits::mask(&mut want, *width);
                prop_assert_eq!(got, want);
            }
            for (index, byte) in tail.iter().enumerate() {
                prop_assert_eq!(read64(&bytes, behind + index * 8, 8), u64::from(*byte));
            }
        }
    }
}
