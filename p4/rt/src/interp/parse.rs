//! Bits into headers and headers into bits.

use super::{Flow, Observer, Run};
use crate::packet::Packet;
use crate::stream;
use front::ir::{Code, Header, HeaderField, HeaderId, Operand, SlotId};

impl<O: Observer> Run<'_, '_, O> {
    /// P4-16 section 13.8: nothing of the header changes when it fails.
    pub(super) fn extract(&mut self, id: HeaderId, varbit: Option<Operand>) -> Flow {
        let header = &self.program().headers[id.index()];
        let layout = self.layout();
        let length = varbit.map_or(0, |operand| self.packet.index(layout, layout.operand(operand)));
        if !length.is_multiple_of(8) {
            return Flow::Fail("ParserInvalidArgument");
        }
        let most: u32 =
            header.fields.iter().filter(|field| field.length.is_some()).map(|field| field.width).sum();
        let total = u64::from(header.fixed_bits).saturating_add(length);
        if total > self.packet.bits_left() as u64 {
            return Flow::Fail("PacketTooShort");
        }
        if length > u64::from(most) {
            return Flow::Fail("HeaderTooShort");
        }
        let mut at = self.packet.cursor;
        for field in &header.fields {
            let width = match field.length {
                Some(slot) => {
                    self.packet.set_word(layout.slot(slot), length);
                    length as u32
                }
                None => field.width,
            };
            let place = layout.slot(field.slot).range();
            stream::read(&self.packet.bytes, at, width, &mut self.packet.frame[place]);
            at += width as usize;
        }
        self.packet.cursor = at;
        self.set_valid(id);
        Flow::Next
    }

    pub(super) fn lookahead(&mut self, dst: SlotId) -> Flow {
        let place = self.layout().slot(dst);
        if place.width as usize > self.packet.bits_left() {
            return Flow::Fail("PacketTooShort");
        }
        let cursor = self.packet.cursor;
        stream::read(&self.packet.bytes, cursor, place.width, &mut self.packet.frame[place.range()]);
        Flow::Next
    }

    pub(super) fn advance(&mut self, bits: Operand) -> Flow {
        let bits = self.packet.index(self.layout(), self.layout().operand(bits));
        if bits > self.packet.bits_left() as u64 {
            return Flow::Fail("PacketTooShort");
        }
        self.packet.cursor += bits as usize;
        Flow::Next
    }

    pub(super) fn set_valid(&mut self, id: HeaderId) {
        let header = &self.program().headers[id.index()];
        for other in &header.union_others {
            self.set_invalid(*other);
        }
        let place = self.layout().slot(header.valid);
        self.packet.set_word(place, 1);
        self.observer.header(id, true, self.packet);
    }

    pub(super) fn set_invalid(&mut self, id: HeaderId) {
        let header = &self.program().headers[id.index()];
        let valid = self.layout().slot(header.valid);
        if self.packet.word(valid) == 0 {
            return;
        }
        clear(self.packet, self.layout(), header);
        self.observer.header(id, false, self.packet);
    }

    pub(super) fn deparser(&mut self, code: &Code) {
        super::begin_deparser(self.packet, self.scratch);
        self.control(code);
        super::end_deparser(self.packet, self.scratch);
    }

    pub(super) fn emit(&mut self, id: HeaderId) {
        let header = &self.program().headers[id.index()];
        let layout = self.layout();
        if self.packet.word(layout.slot(header.valid)) == 0 {
            return;
        }
        for field in &header.fields {
            let width = width_now(self.packet, layout, field);
            self.scratch.writer.put(self.packet.limbs(layout, layout.slot(field.slot)), width);
        }
    }
}

/// Of a varbit field its present length.
fn width_now(packet: &Packet, layout: &crate::layout::Layout, field: &HeaderField) -> u32 {
    let length = field.length.map(|slot| packet.word(layout.slot(slot)));
    length.map_or(field.width, |length| length.min(u64::from(field.width)) as u32)
}

fn clear(packet: &mut Packet, layout: &crate::layout::Layout, header: &Header) {
    packet.set_word(layout.slot(header.valid), 0);
    for field in &header.fields {
        packet.frame[layout.slot(field.slot).range()].fill(0);
        if let Some(length) = field.length {
            packet.set_word(layout.slot(length), 0);
        }
    }
}
