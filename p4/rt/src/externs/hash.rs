//! The hash algorithms of v1model over bytes.

use super::random::Random;
pub use front::ir::Crc;
use front::ir::HashAlgorithm;

pub const CRC16: Crc = Crc::CRC16;
pub const CRC32: Crc = Crc::CRC32;

const fn reflected_table(polynomial: u32, width: u32) -> [u32; 256] {
    let reversed = polynomial.reverse_bits() >> (32 - width);
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ reversed } else { value >> 1 };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// Bit by bit, for parameters that have no table.
pub fn crc(of: &Crc, data: &[u8]) -> u32 {
    let width = of.width.clamp(1, 32);
    let mask = u32::MAX >> (32 - width);
    let mut crc = of.initial & mask;
    for byte in data {
        let byte = if of.reflect_in { byte.reverse_bits() } else { *byte };
        for bit in (0..8).rev() {
            let out = (crc >> (width - 1) & 1 == 1) ^ (byte >> bit & 1 == 1);
            crc = (crc << 1) & mask;
            if out {
                crc ^= of.polynomial & mask;
            }
        }
    }
    let crc = if of.reflect_out { crc.reverse_bits() >> (32 - width) } else { crc };
    (crc ^ of.final_xor) & mask
}

/// The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words.
pub fn csum16(data: &[u8]) -> u16 {
    let mut sum: u64 = words16(data).map(u64::from).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn words16(data: &[u8]) -> impl Iterator<Item = u16> + '_ {
    data.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))
}

/// Eight bytes a step: table `n` takes a byte `n` places further on.
const fn sliced(table: [u32; 256]) -> [[u32; 256]; 8] {
    let mut tables = [table; 8];
    let mut place = 1;
    while place < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[place - 1][byte];
            tables[place][byte] = before >> 8 ^ table[(before & 0xff) as usize];
            byte += 1;
        }
        place += 1;
    }
    tables
}

static SLICED16: [[u32; 256]; 8] = sliced(reflected_table(CRC16.polynomial, 16));
static SLICED32: [[u32; 256]; 8] = sliced(reflected_table(CRC32.polynomial, 32));

fn by_tables(tables: &[[u32; 256]; 8], initial: u32, data: &[u8]) -> u32 {
    let (chunks, rest) = data.as_chunks::<8>();
    let crc = chunks.iter().fold(initial, |crc, chunk| {
        let word = u64::from_le_bytes(*chunk) ^ u64::from(crc);
        tables
            .iter()
            .rev()
            .zip(word.to_le_bytes())
            .fold(0, |crc, (table, byte)| crc ^ table[usize::from(byte)])
    });
    rest.iter().fold(crc, |crc, byte| crc >> 8 ^ tables[0][usize::from(crc as u8 ^ byte)])
}

pub fn crc32(data: &[u8]) -> u32 {
    by_tables(&SLICED32, CRC32.initial, data) ^ CRC32.final_xor
}

pub fn crc16(data: &[u8]) -> u32 {
    by_tables(&SLICED16, CRC16.initial, data)
}

/// Up to eight bytes as they are.
pub fn identity(data: &[u8]) -> u64 {
    data.iter().take(8).fold(0, |value, byte| value << 8 | u64::from(*byte))
}

pub fn xor16(data: &[u8]) -> u64 {
    u64::from(words16(data).fold(0, |sum, word| sum ^ word))
}

pub fn compute(algorithm: HashAlgorithm, data: &[u8], random: &mut Random) -> u64 {
    match algorithm {
        HashAlgorithm::Crc(given) => u64::from(crc(&given, data)),
        HashAlgorithm::Crc32 => u64::from(crc32(data)),
        HashAlgorithm::Crc16 => u64::from(crc16(data)),
        HashAlgorithm::Random => random.word(),
        HashAlgorithm::Identity => identity(data),
        HashAlgorithm::Csum16 => u64::from(csum16(data)),
        HashAlgorithm::Xor16 => xor16(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(algorithm: HashAlgorithm, data: &[u8]) -> u64 {
        compute(algorithm, data, &mut Random::new(1))
    }

    #[test]
    fn the_check_values_of_the_catalogue_come_out() {
        let check = b"123456789";
        assert_eq!(hash(HashAlgorithm::Crc32, check), 0xcbf4_3926);
        assert_eq!(hash(HashAlgorithm::Crc16, check), 0xbb3d);
        let ccitt =
            Crc { polynomial: 0x1021, initial: 0xffff, reflect_in: false, reflect_out: false, ..CRC16 };
        assert_eq!(crc(&ccitt, check), 0x29b1);
        let bzip2 = Crc { reflect_in: false, reflect_out: false, ..CRC32 };
        assert_eq!(crc(&bzip2, check), 0xfc89_1918);
    }

    #[test]
    fn the_example_of_rfc_1071_sums_up() {
        assert_eq!(csum16(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
        assert_eq!(csum16(&[0x12]), !0x1200);
        assert_eq!(csum16(&[]), 0xffff);
    }

    #[test]
    fn identity_takes_eight_bytes_and_xor_pads_the_last_word() {
        assert_eq!(hash(HashAlgorithm::Identity, &[1, 2, 3]), 0x010203);
        assert_eq!(hash(HashAlgorithm::Identity, &[1, 2, 3, 4, 5, 6, 7, 8, 9]), 0x0102_0304_0506_0708);
        assert_eq!(hash(HashAlgorithm::Xor16, &[0x12, 0x34, 0x56]), 0x1234 ^ 0x5600);
    }

    proptest! {
        #[test]
        fn tables_agree_with_the_definition(data in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(hash(HashAlgorithm::Crc32, &data), u64::from(crc(&CRC32, &data)));
            prop_assert_eq!(hash(HashAlgorithm::Crc16, &data), u64::from(crc(&CRC16, &data)));
        }
    }
}
