//! The bytes that hashes and checksums are computed over.

use crate::layout::Layout;
use crate::packet::Packet;
use crate::stream::BitWriter;
use front::ir::Datum;

/// The values one after the other, most significant bit first, without those of invalid headers; then, if asked for, the
/// payload; zero bits up to a whole byte.
pub fn gather(layout: &Layout, packet: &Packet, data: &[Datum], payload: bool, buffer: Vec<u8>) -> Vec<u8> {
    let mut writer = BitWriter::over(buffer);
    for datum in data {
        if datum.valid.is_some_and(|valid| packet.word(layout.slot(valid)) == 0) {
            continue;
        }
        let place = layout.operand(datum.value);
        let width = match datum.length {
            Some(length) => {
                u32::try_from(packet.word(layout.slot(length))).unwrap_or(u32::MAX).min(place.width)
            }
            None => place.width,
        };
        writer.put(packet.limbs(layout, place), width);
    }
    if payload {
        writer.put_bytes(&packet.bytes, packet.cursor);
    }
    writer.finish()
}
