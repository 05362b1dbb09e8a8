//! What compiled code calls for work that is not of one packet's state: [`Calls`].

use crate::abi::Calls;
use rt::externs::hash;

pub static CALLS: Calls =
    Calls { load_varbit, store_varbit, copy, sum, crc32, crc16, xor16, identity, csum16, flow };

/// Bytes of limbs: the least significant first, as they are on every machine that code is made for.
const LIMB: usize = size_of::<u64>();

unsafe extern "C" fn load_varbit(to: *mut u64, from: *const u8, bytes: u64, words: u64) -> u64 {
    // SAFETY: compiled code gives the place of a slot in its packet's frame with its words, and bytes that its parser has
    // found to be in the packet.
    let (to, from) = unsafe {
        (std::slice::from_raw_parts_mut(to, words as usize), std::slice::from_raw_parts(from, bytes as usize))
    };
    let mut from = from.rchunks(LIMB);
    for limb in to {
        let mut whole = [0; LIMB];
        let part = from.next().unwrap_or(&[]);
        whole[LIMB - part.len()..].copy_from_slice(part);
        *limb = u64::from_be_bytes(whole);
    }
    0
}

unsafe extern "C" fn store_varbit(to: *mut u8, from: *const u64, bytes: u64, words: u64) -> u64 {
    let most = words as usize * LIMB;
    // SAFETY: compiled code gives an area of the extra area that has room for the field at its longest, and the place of a slot in
    // its packet's frame with its words.
    let (to, from) = unsafe {
        let bytes = (bytes as usize).min(most);
        (std::slice::from_raw_parts_mut(to, bytes), std::slice::from_raw_parts(from, words as usize))
    };
    for (part, limb) in to.rchunks_mut(LIMB).zip(from) {
        let whole = limb.to_be_bytes();
        part.copy_from_slice(&whole[LIMB - part.len()..]);
    }
    0
}

unsafe extern "C" fn copy(to: *mut u8, from: *const u8, bytes: u64, _: u64) -> u64 {
    // SAFETY: compiled code has room for the longest value on its stack, and gives bytes that its parser has found to be in the
    // packet.
    unsafe { std::ptr::copy_nonoverlapping(from, to, bytes as usize) };
    0
}

/// # Safety
/// As [`std::slice::from_raw_parts`].
unsafe fn slice<'a>(from: *const u8, bytes: u64) -> &'a [u8] {
    // SAFETY: see above.
    unsafe { std::slice::from_raw_parts(from, bytes as usize) }
}

macro_rules! of_bytes {
    ($($name:ident($data:ident) $body:expr;)*) => {
        $(unsafe extern "C" fn $name(from: *const u8, bytes: u64, _: u64, _: u64) -> u64 {
            // SAFETY: compiled code gives bytes that it has put on its stack, or that are in the packet.
            let $data = unsafe { slice(from, bytes) };
            $body
        })*
    };
}

of_bytes! {
    sum(data) u64::from(!hash::csum16(data));
    crc32(data) u64::from(hash::crc32(data));
    crc16(data) u64::from(hash::crc16(data));
    xor16(data) hash::xor16(data);
    identity(data) hash::identity(data);
    flow(data) u64::from(::wire::flow::hash_frame(data));
    csum16(data) u64::from(hash::csum16(data));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_limbs_and_the_same_bytes_again() {
        let bytes: Vec<u8> = (1..=19).collect();
        for length in 0..=bytes.len() {
            let mut limbs = [u64::MAX; 3];
            let mut back = vec![0; length];
            // SAFETY: the lengths are those of the slices.
            unsafe {
                load_varbit(limbs.as_mut_ptr(), bytes.as_ptr(), length as u64, 3);
                store_varbit(back.as_mut_ptr(), limbs.as_ptr(), length as u64, 3);
            }
            assert_eq!(back, bytes[..length]);
            let value = bytes[..length].iter().fold(0u128, |value, byte| value << 8 | u128::from(*byte));
            assert_eq!(u128::from(limbs[0]), value & u128::from(u64::MAX));
        }
    }
}
