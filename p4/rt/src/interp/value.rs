//! Values: words where everything has at most 64 bits, limbs otherwise.

use super::{Observer, Run};
use crate::bits::{self, Narrow, Wide, mask64};
use crate::layout::Place;
use front::ir::{Operand, Rvalue, SlotId, SwitchValue, ValueSetId};

impl<O: Observer> Run<'_, '_, O> {
    pub(super) fn set(&mut self, dst: SlotId, value: &Rvalue) {
        let to = self.layout().slot(dst);
        if let Rvalue::ValueSet { set, keys } = value {
            let found = self.in_value_set(*set, keys);
            return self.packet.set_word(to, u64::from(found));
        }
        match self.narrow_value(to.width, value) {
            Some(word) => self.packet.frame[to.at as usize] = word & mask64(to.width),
            None => self.wide_value(to, value),
        }
    }

    fn narrow(&self, operand: Operand) -> Option<Narrow> {
        let place = self.layout().operand(operand);
        let value = || Narrow { value: self.packet.operand(self.layout(), place), width: place.width };
        (place.width <= 64).then(value)
    }

    /// `None` where the result or an operand has more than 64 bits.
    fn narrow_value(&self, width: u32, value: &Rvalue) -> Option<u64> {
        if width > 64 {
            return None;
        }
        let word = match value {
            Rvalue::Use(of) => self.narrow(*of)?.value,
            Rvalue::Not(of) => !self.narrow(*of)?.value,
            Rvalue::Neg(of) => self.narrow(*of)?.value.wrapping_neg(),
            Rvalue::Binary(op, a, b) => bits::binary64(*op, self.narrow(*a)?, self.narrow(*b)?, width),
            Rvalue::Compare(op, a, b) => u64::from(bits::holds64(*op, self.narrow(*a)?, self.narrow(*b)?)),
            Rvalue::Concat(hi, lo) => {
                let (hi, lo) = (self.narrow(*hi)?, self.narrow(*lo)?);
                hi.value.checked_shl(lo.width).unwrap_or(0) | lo.value
            }
            Rvalue::Slice { of, lo } => self.narrow(*of)?.value.checked_shr(*lo).unwrap_or(0),
            Rvalue::Insert { into, lo, value } => {
                let (into, value) = (self.narrow(*into)?, self.narrow(*value)?);
                let hole = mask64(value.width).checked_shl(*lo).unwrap_or(0);
                into.value & !hole | value.value.checked_shl(*lo).unwrap_or(0) & hole
            }
            Rvalue::Resize { of, signed } => {
                let of = self.narrow(*of)?;
                if *signed { bits::signed64(of.value, of.width) as u64 } else { of.value }
            }
            Rvalue::Select { cond, then, other } => {
                let chosen = if self.word(*cond) != 0 { then } else { other };
                self.narrow(*chosen)?.value
            }
            Rvalue::PacketLength => u64::from(self.packet.length),
            Rvalue::Switch { what, args } => self.switch_value(*what, args),
            Rvalue::ValueSet { .. } => return None,
        };
        Some(word)
    }

    fn switch_value(&self, what: SwitchValue, args: &[Operand]) -> u64 {
        let arg = |at: usize| args.get(at).map_or(0, |arg| self.word(*arg));
        let around = &self.env.around;
        match what {
            SwitchValue::Mac => around.ports.mac(arg(0)),
            SwitchValue::Interface => u64::from(around.ports.interface(arg(0), arg(1))),
            SwitchValue::Vrf => u64::from(around.ports.vrf(arg(0) as u16)),
            SwitchValue::PathLive => u64::from(around.path_live(arg(0))),
            SwitchValue::FlowHash => u64::from(wire::flow::hash_frame(&self.packet.bytes)),
        }
    }

    fn wide_value(&mut self, to: Place, value: &Rvalue) {
        let mut out = std::mem::take(&mut self.scratch.limbs);
        out.clear();
        out.resize(to.words(), 0);
        let wide = |operand: Operand| {
            let place = self.layout().operand(operand);
            Wide { limbs: self.packet.limbs(self.layout(), place), width: place.width }
        };
        let width = to.width;
        match value {
            Rvalue::Use(of) => bits::copy(wide(*of).limbs, &mut out, width),
            Rvalue::Not(of) => bits::not(wide(*of).limbs, &mut out, width),
            Rvalue::Neg(of) => bits::neg(wide(*of).limbs, &mut out, width),
            Rvalue::Binary(op, a, b) => bits::binary(*op, wide(*a), wide(*b), &mut out, width),
            Rvalue::Compare(op, a, b) => out[0] = u64::from(bits::holds(*op, wide(*a), wide(*b))),
            Rvalue::Concat(hi, lo) => {
                let lo = wide(*lo);
                bits::concat(wide(*hi).limbs, lo.limbs, lo.width, &mut out, width);
            }
            Rvalue::Slice { of, lo } => bits::slice(wide(*of).limbs, *lo, &mut out, width),
            Rvalue::Insert { into, lo, value } => {
                let value = wide(*value);
                bits::insert(wide(*into).limbs, *lo, value.limbs, value.width, &mut out, width);
            }
            Rvalue::Resize { of, signed } => {
                let of = wide(*of);
                bits::resize(of.limbs, of.width, *signed, &mut out, width);
            }
            Rvalue::Select { cond, then, other } => {
                let chosen = if self.word(*cond) != 0 { then } else { other };
                bits::copy(wide(*chosen).limbs, &mut out, width);
            }
            Rvalue::PacketLength => out[0] = u64::from(self.packet.length),
            // At most 48 bits.
            Rvalue::Switch { what, args } => out[0] = self.switch_value(*what, args),
            Rvalue::ValueSet { .. } => {}
        }
        self.packet.frame[to.range()].copy_from_slice(&out);
        self.scratch.limbs = out;
    }

    fn in_value_set(&mut self, set: ValueSetId, keys: &[Operand]) -> bool {
        let table = &self.state().value_sets[set.index()];
        let key = &mut self.scratch.key;
        key.clear();
        let layout = &self.env.state.layout;
        let values = keys.iter().map(|operand| self.packet.limbs(layout, layout.operand(*operand)));
        table.shape().gather(values, key);
        table.lookup(key, &mut self.scratch.found);
        self.scratch.found.hit
    }
}
