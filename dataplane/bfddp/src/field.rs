//! Reading and writing big-endian fields at named ranges.

use core::ops::Range;

pub(crate) type Field = Range<usize>;

pub(crate) fn array<const N: usize>(data: &[u8], field: Field) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&data[field]);
    out
}

pub(crate) fn u16_at(data: &[u8], field: Field) -> u16 {
    u16::from_be_bytes(array(data, field))
}

pub(crate) fn u32_at(data: &[u8], field: Field) -> u32 {
    u32::from_be_bytes(array(data, field))
}

pub(crate) fn u64_at(data: &[u8], field: Field) -> u64 {
    u64::from_be_bytes(array(data, field))
}

pub(crate) fn put(data: &mut [u8], field: Field, value: &[u8]) {
    data[field].copy_from_slice(value);
}
