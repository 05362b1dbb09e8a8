//! Operations.

use super::{Flow, Observer, Run};
use crate::bits::{self, Narrow, mask64};
use crate::events::Event;
use crate::externs::{checksum, hash};
use crate::layout::Place;
use crate::packet::Why;
use front::ir::{BinOp, Datum, HashAlgorithm, Op, Operand, SlotId};
use num_bigint::BigUint;

impl<O: Observer> Run<'_, '_, O> {
    pub(super) fn op(&mut self, op: &Op) -> Flow {
        match op {
            Op::Set { dst, value } => self.set(*dst, value),
            Op::SetValid(header) => {
                let valid = self.program().headers[header.index()].valid;
                if self.packet.word(self.layout().slot(valid)) == 0 {
                    self.set_valid(*header);
                }
            }
            Op::SetInvalid(header) => self.set_invalid(*header),
            Op::Extract { header, varbit } => return self.extract(*header, *varbit),
            Op::Lookahead { dst } => return self.lookahead(*dst),
            Op::Advance { bits } => return self.advance(*bits),
            Op::Step => return Flow::Step,
            Op::Emit(header) => self.emit(*header),
            Op::Count { .. }
            | Op::ExecuteMeter { .. }
            | Op::ReadRegister { .. }
            | Op::WriteRegister { .. } => match self.scratch.aside.is_some() {
                true => self.indexed_aside(op),
                false => self.indexed(op),
            },
            Op::ReadDirectMeter { meter, dst } => {
                let colour = self.packet.colours[meter.index()];
                self.packet.set_word(self.layout().slot(*dst), u64::from(colour));
            }
            Op::Random { dst, lo, hi } => self.random(*dst, *lo, *hi),
            Op::Hash { dst, algorithm, base, data, max } => {
                let hash = self.hash(*algorithm, data, false);
                self.reduce(*dst, hash, *base, *max);
            }
            Op::VerifyChecksum { .. } | Op::UpdateChecksum { .. } | Op::Checksum16 { .. } => {
                self.checksum(op)
            }
            // Nothing is written: there is nobody to keep out.
            Op::AtomicBegin | Op::AtomicEnd if self.scratch.aside.is_some() => {}
            Op::AtomicBegin => {
                if self.held == 0 {
                    self.state().gate.enter();
                }
                self.held += 1;
            }
            Op::AtomicEnd => {
                if self.held == 1 {
                    self.state().gate.leave();
                }
                self.held = self.held.saturating_sub(1);
            }
            _ => self.request(op),
        }
        Flow::Next
    }

    pub(super) fn index(&self, operand: Operand) -> u64 {
        self.packet.index(self.layout(), self.layout().operand(operand))
    }

    /// Counters, meters and registers; an index out of range does nothing and reads zero.
    fn indexed(&mut self, op: &Op) {
        let layout = self.layout();
        match op {
            Op::Count { counter, index } => {
                let index = self.index(*index);
                self.shared(|state, packet, _| {
                    state.counters[counter.index()].add(index, u64::from(packet.length))
                });
            }
            Op::ExecuteMeter { meter, index, dst } => {
                let index = self.index(*index);
                self.shared(|state, packet, now| {
                    let colour = state.meters[meter.index()].execute(index, u64::from(packet.length), now);
                    packet.set_word(layout.slot(*dst), colour as u64);
                });
            }
            Op::ReadRegister { register, index, dst } => {
                let (index, to) = (self.index(*index), layout.slot(*dst));
                self.shared(|state, packet, _| {
                    let out = &mut packet.frame[to.range()];
                    state.registers[register.index()].read(index, out);
                    bits::mask(out, to.width);
                });
            }
            Op::WriteRegister { register, index, value } => {
                let index = self.index(*index);
                let value = layout.operand(*value);
                self.shared(|state, packet, _| {
                    state.registers[register.index()].write(index, packet.limbs(layout, value));
                });
            }
            _ => {}
        }
    }

    fn random(&mut self, dst: SlotId, lo: Operand, hi: Operand) {
        let layout = self.layout();
        let (to, lo, hi) = (layout.slot(dst), layout.operand(lo), layout.operand(hi));
        if lo.width <= 64 && hi.width <= 64 {
            let value =
                self.env.random.between(self.packet.operand(layout, lo), self.packet.operand(layout, hi));
            return self.packet.set_word(to, value);
        }
        let big = |place| bits::big(self.packet.limbs(layout, place));
        let value = self.env.random.between_big(&big(lo), &big(hi));
        self.put_big(to, &value);
    }

    fn put_big(&mut self, to: Place, value: &BigUint) {
        let out = &mut self.packet.frame[to.range()];
        bits::put_big(value, out);
        bits::mask(out, to.width);
    }

    /// The algorithm over the data.
    fn hash(&mut self, algorithm: HashAlgorithm, data: &[Datum], payload: bool) -> u64 {
        let buffer = std::mem::take(&mut self.scratch.bytes);
        let bytes = checksum::gather(self.layout(), self.packet, data, payload, buffer);
        let hash = hash::compute(algorithm, &bytes, self.env.random);
        self.scratch.bytes = bytes;
        hash
    }

    /// `dst = base + hash mod max`.
    fn reduce(&mut self, dst: SlotId, hash: u64, base: Operand, max: Operand) {
        let layout = self.layout();
        let (to, base, max) = (layout.slot(dst), layout.operand(base), layout.operand(max));
        let beyond = self.packet.limbs(layout, max).iter().skip(1).any(|limb| *limb != 0);
        let part = match self.packet.operand(layout, max) {
            _ if beyond => hash,
            0 => 0,
            max => hash % max,
        };
        if to.width <= 64 {
            let sum = self.packet.operand(layout, base).wrapping_add(part);
            return self.packet.set_word(to, sum);
        }
        let mut out = vec![0; to.words()];
        let base = bits::Wide { limbs: self.packet.limbs(layout, base), width: base.width };
        bits::binary(BinOp::Add, base, bits::Wide { limbs: &[part], width: 64 }, &mut out, to.width);
        self.packet.frame[to.range()].copy_from_slice(&out);
    }

    fn checksum(&mut self, op: &Op) {
        let layout = self.layout();
        match op {
            Op::VerifyChecksum { cond, data, sum, algorithm, payload } if self.word(*cond) != 0 => {
                let width = layout.operand(*sum).width;
                let computed = self.hash(*algorithm, data, *payload) & mask64(width);
                if self.index(*sum) != computed {
                    let place = layout.slot(self.program().standard.checksum_error);
                    self.packet.set_word(place, 1);
                }
            }
            Op::UpdateChecksum { cond, data, dst, algorithm, payload } if self.word(*cond) != 0 => {
                let computed = self.hash(*algorithm, data, *payload);
                self.packet.set_word(layout.slot(*dst), computed);
            }
            Op::Checksum16 { dst, data } => {
                let computed = self.hash(HashAlgorithm::Csum16, data, false);
                self.packet.set_word(layout.slot(*dst), computed);
            }
            _ => {}
        }
    }

    /// What is done with the packet when the control has ended, and what is told.
    fn request(&mut self, op: &Op) {
        match op {
            Op::Digest { digest, receiver, values } => {
                let receiver = self.word(*receiver) as u32;
                let layout = &self.env.state.layout;
                let places = values.iter().map(|value| layout.operand(*value));
                self.packet.digest(layout, *digest, receiver, places);
            }
            Op::Clone { egress, session, keep } => {
                let request = Some((u32::try_from(self.index(*session)).unwrap_or(u32::MAX), *keep));
                match egress {
                    true => self.packet.requests.clone_egress = request,
                    false => self.packet.requests.clone_ingress = request,
                }
            }
            Op::Resubmit { keep } => self.packet.requests.resubmit = Some(*keep),
            Op::Recirculate { keep } => self.packet.requests.recirculate = Some(*keep),
            Op::Truncate { bytes } => {
                self.packet.truncate = Some(u32::try_from(self.index(*bytes)).unwrap_or(u32::MAX));
            }
            Op::Verdict { drop, why, argument } => {
                let (code, argument) = (self.word(*why) as u8, self.word(*argument) as u16);
                self.packet.why = Why { drop: *drop, code, argument };
            }
            Op::Assert { cond, assume, text } if self.word(*cond) == 0 => {
                self.env.events.push(Event::Assertion { assume: *assume, text: text.clone() });
            }
            Op::Log { format, args } => {
                let text = self.message(format, args);
                self.env.events.push(Event::Log { text });
            }
            _ => {}
        }
    }

    /// Each `{}` stands for the next argument.
    fn message(&self, format: &str, args: &[Operand]) -> String {
        let mut out = String::with_capacity(format.len());
        let mut args = args.iter();
        let mut parts = format.split("{}");
        out.push_str(parts.next().unwrap_or(""));
        for part in parts {
            match args.next() {
                Some(arg) => out.push_str(&self.decimal(*arg)),
                None => out.push_str("{}"),
            }
            out.push_str(part);
        }
        out
    }

    fn decimal(&self, operand: Operand) -> String {
        let place = self.layout().operand(operand);
        let signed = matches!(operand, Operand::Slot(slot) if self.program().slot(slot).signed);
        let narrow = Narrow { value: self.packet.operand(self.layout(), place), width: place.width };
        if signed && place.width <= 64 {
            return bits::signed64(narrow.value, narrow.width).to_string();
        }
        let value = bits::big(self.packet.limbs(self.layout(), place));
        if signed && place.width > 0 && value.bit(u64::from(place.width) - 1) {
            return format!("-{}", (BigUint::from(1u8) << place.width) - value);
        }
        value.to_string()
    }
}
