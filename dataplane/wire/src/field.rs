//! Reading and writing big-endian fields at named ranges.

use core::ops::Range;

/// Octets of a message.
pub type Field = Range<usize>;

/// The octets of a field.
///
/// # Panics
/// Like all here, where the field is not within the data: who calls has checked the length.
pub fn array<const N: usize>(data: &[u8], field: Field) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&data[field]);
    out
}

/// A field of two octets.
pub fn u16_at(data: &[u8], field: Field) -> u16 {
    u16::from_be_bytes(array(data, field))
}

/// A field of four octets.
pub fn u32_at(data: &[u8], field: Field) -> u32 {
    u32::from_be_bytes(array(data, field))
}

/// A field of eight octets.
pub fn u64_at(data: &[u8], field: Field) -> u64 {
    u64::from_be_bytes(array(data, field))
}

/// Writes a field; `value` has its length.
pub fn put(data: &mut [u8], field: Field, value: &[u8]) {
    data[field].copy_from_slice(value);
}
