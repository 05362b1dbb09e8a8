//! Runs that change nothing: what others share is read, and what would be written is kept here.

use super::{Observer, Run};
use crate::bits;
use crate::externs::meter::{Colour, MeterCell};
use front::ir::{Op, TableId};
use std::collections::HashMap;

/// Cells that are kept: a program with a loop over an array must not take the memory of the process.
const MOST_CELLS: usize = 1 << 16;

/// What was written since the run began.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// By register and index.
    registers: HashMap<(u32, u64), Vec<u64>>,
    /// By meter and index.
    meters: HashMap<(u32, u64), MeterCell>,
    /// By table and entry.
    direct_meters: HashMap<(u32, u64), MeterCell>,
}

/// Runs a copy of a cell, which stays.
fn execute(
    cells: &mut HashMap<(u32, u64), MeterCell>,
    key: (u32, u64),
    copy: impl FnOnce() -> Option<MeterCell>,
    size: u64,
    now: u64,
) -> Colour {
    if let Some(cell) = cells.get(&key) {
        return cell.execute(size, now);
    }
    let Some(cell) = copy() else { return Colour::Green };
    let colour = cell.execute(size, now);
    if cells.len() < MOST_CELLS {
        cells.insert(key, cell);
    }
    colour
}

impl Aside {
    pub(super) fn direct_meter(
        &mut self,
        (table, entry): (TableId, u64),
        cell: &MeterCell,
        size: u64,
        now: u64,
    ) -> Colour {
        execute(&mut self.direct_meters, (table.0, entry), || Some(cell.copy()), size, now)
    }
}

impl<O: Observer> Run<'_, '_, O> {
    /// What [`Run::indexed`] does, with nothing written. What is counted is seen by nobody, so there is nothing to keep.
    pub(super) fn indexed_aside(&mut self, op: &Op) {
        let (state, layout, now) = (self.env.state, self.layout(), self.env.now);
        match op {
            Op::ExecuteMeter { meter, index, dst } => {
                let index = self.index(*index);
                let of = &state.meters[meter.index()];
                let size = if of.bytes { u64::from(self.packet.length) } else { 1 };
                let Some(aside) = &mut self.scratch.aside else { return };
                let colour = execute(&mut aside.meters, (meter.0, index), || of.copy(index), size, now);
                self.packet.set_word(layout.slot(*dst), colour as u64);
            }
            Op::ReadRegister { register, index, dst } => {
                let (index, to) = (self.index(*index), layout.slot(*dst));
                let kept =
                    self.scratch.aside.as_ref().and_then(|aside| aside.registers.get(&(register.0, index)));
                let out = &mut self.packet.frame[to.range()];
                match kept {
                    Some(limbs) => bits::copy(limbs, out, to.width),
                    None => state.registers[register.index()].read(index, out),
                }
                bits::mask(out, to.width);
            }
            Op::WriteRegister { register, index, value } => {
                let index = self.index(*index);
                let of = &state.registers[register.index()];
                let Some(aside) = &mut self.scratch.aside else { return };
                if index < of.size() && aside.registers.len() < MOST_CELLS {
                    let mut limbs = vec![0; bits::words(of.width())];
                    let value = self.packet.limbs(layout, layout.operand(*value));
                    bits::copy(value, &mut limbs, of.width());
                    aside.registers.insert((register.0, index), limbs);
                }
            }
            _ => {}
        }
    }
}
