//! Lines about counters, registers and meters.

use super::compare::Failure;
use super::resolve::{self, Mismatch};
use super::run::{Done, MOST_COMPARED, Runner};
use super::script::*;
use front::ir::{CounterId, DirectCounterId, MeterId, RegisterId, TableId};
use num_bigint::BigUint;
use rt::{CounterValue, MeterRates};

/// A counter by name: of cells, or of a table's entries.
enum Counted {
    Cells(CounterId),
    Entries(TableId),
}

enum Metered {
    Cells(MeterId),
    Entries(TableId),
}

impl Runner<'_> {
    /// An indexed counter, a direct counter, or a table that has one.
    fn counted(&mut self, name: &str) -> Result<Counted, Mismatch> {
        let control = self.device.control();
        if let Ok(counter) = control.names().counter(name) {
            return Ok(Counted::Cells(counter));
        }
        let table_of = |direct: DirectCounterId| control.program().direct_counters[direct.index()].table;
        if let Ok(direct) = control.names().direct_counter(name) {
            return table_of(direct).map(Counted::Entries).ok_or_else(|| Mismatch::NoTable(name.to_owned()));
        }
        match control.names().table(name) {
            Ok(table) if control.program().tables[table.index()].counter.is_some() => {
                Ok(Counted::Entries(table))
            }
            _ => match control.names().counter(name) {
                Err(error) if !control.program().counters.is_empty() => Err(error.into()),
                _ => Err(Mismatch::NoCounter(name.to_owned())),
            },
        }
    }

    fn count(&mut self, counted: &Counted, cell: Option<&Cell>) -> Result<CounterValue, Mismatch> {
        match (counted, cell) {
            (Counted::Cells(counter), None) => Ok(self.device.control().counter(*counter, 0)?),
            (Counted::Cells(counter), Some(Cell::Index(index))) => {
                Ok(self.device.control().counter(*counter, *index)?)
            }
            (Counted::Cells(_), Some(Cell::Entry(id))) => Err(Mismatch::NoSuchEntry(id.clone())),
            (Counted::Entries(table), Some(Cell::Entry(id))) => {
                let (of, entry) = self.entry_named(id)?;
                match of == *table {
                    true => Ok(self.device.control().direct_counter(*table, entry)?),
                    false => Err(Mismatch::NoSuchEntry(id.clone())),
                }
            }
            (Counted::Entries(table), Some(Cell::Index(index))) => {
                let entry = self.entry_at(*table, *index)?;
                Ok(self.device.control().direct_counter(*table, entry)?)
            }
            (Counted::Entries(table), None) => {
                let control = self.device.control();
                let mut sum = control.default_counter(*table)?;
                for value in control.entries(*table)?.iter().filter_map(|entry| entry.counter) {
                    sum.packets = sum.packets.saturating_add(value.packets);
                    sum.bytes = sum.bytes.saturating_add(value.bytes);
                }
                Ok(sum)
            }
        }
    }

    pub(super) fn check_counter(&mut self, check: &CheckCounter) -> Done {
        let counted = self.counted(&check.name)?;
        let value = self.count(&counted, check.cell.as_ref())?;
        self.outcome.expectations += 1;
        let (unit, got) = match check.unit {
            Unit::Packets => ("packets", value.packets),
            Unit::Bytes => ("bytes", value.bytes),
        };
        if !check.comparison.holds(got, check.value) {
            let cell = match &check.cell {
                None => String::new(),
                Some(Cell::Index(index)) => format!("({index})"),
                Some(Cell::Entry(id)) => format!("(${id})"),
            };
            let (name, sign, wanted) = (&check.name, check.comparison.sign(), check.value);
            let expected = format!("{unit} {sign} {wanted} in counter {name}{cell}");
            self.not_as_expected(expected, got.to_string());
        }
        Ok(())
    }

    fn not_as_expected(&mut self, expected: String, got: String) {
        self.outcome.failures.push(Failure { line: self.line, port: None, expected, got });
    }

    /// What a line that reads says: that it is not as it should be, or the value where it says nothing about that.
    fn read(&mut self, what: &str, got: &str, expected: Option<String>) {
        match expected {
            None => self.note(format!("{what} = {got}")),
            Some(expected) => {
                self.outcome.expectations += 1;
                if expected != got {
                    self.not_as_expected(format!("{expected} in {what}"), got.to_owned());
                }
            }
        }
    }

    pub(super) fn counters(&mut self, command: &Command) -> Done {
        match command {
            Command::CounterRead { name, index, packets, bytes } => {
                let counted = self.counted(name)?;
                let value = self.count(&counted, Some(&Cell::Index(*index)))?;
                let text = |packets, bytes| format!("{packets} packets, {bytes} bytes");
                let expected = packets.map(|packets| text(packets, bytes.unwrap_or(value.bytes)));
                self.read(&format!("{name}[{index}]"), &text(value.packets, value.bytes), expected);
            }
            Command::CounterWrite { name, index, packets, bytes } => {
                let value = CounterValue { packets: *packets, bytes: bytes.unwrap_or(0) };
                match self.counted(name)? {
                    Counted::Cells(counter) => self.device.control().set_counter(counter, *index, value)?,
                    Counted::Entries(table) => {
                        let entry = self.entry_at(table, *index)?;
                        self.device.control().set_direct_counter(table, entry, value)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn register(&mut self, name: &str) -> Result<(RegisterId, u32, u64), Mismatch> {
        let control = self.device.control();
        let id = control.names().register(name)?;
        let declared = &control.program().registers[id.index()];
        Ok((id, declared.width, declared.size))
    }

    pub(super) fn registers(&mut self, command: &Command) -> Done {
        match command {
            Command::RegisterRead { name, index, value: expected } => {
                let (register, width, size) = self.register(name)?;
                let expected = expected.as_ref().map(|value| resolve::fit("register", name, value, width));
                let expected = expected.transpose()?.map(|bits| format!("{:#x}", bits.value));
                let cells = match index {
                    Some(index) => *index..index.saturating_add(1),
                    None => 0..size.min(MOST_COMPARED),
                };
                for index in cells {
                    let value = self.device.control().register(register, index)?;
                    self.read(&format!("{name}[{index}]"), &format!("{value:#x}"), expected.clone());
                }
            }
            Command::RegisterWrite { name, index, value } => {
                let (register, width, _) = self.register(name)?;
                let bits = resolve::fit("register", name, value, width)?;
                self.device.control().set_register(register, *index, &bits.value)?;
            }
            Command::RegisterReset { name, index } => {
                let (register, ..) = self.register(name)?;
                let control = self.device.control();
                match index {
                    None => control.reset_register(register)?,
                    Some(index) => control.set_register(register, *index, &BigUint::ZERO)?,
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn metered(&mut self, name: &str) -> Result<Metered, Mismatch> {
        let control = self.device.control();
        match (control.names().meter(name), control.names().direct_meter(name)) {
            (Ok(meter), _) => Ok(Metered::Cells(meter)),
            (Err(_), Ok(direct)) => {
                let table = control.program().direct_meters[direct.index()].table;
                table.map(Metered::Entries).ok_or_else(|| Mismatch::NoTable(name.to_owned()))
            }
            (Err(error), Err(_)) => Err(error.into()),
        }
    }

    pub(super) fn meters(&mut self, command: &Command) -> Done {
        match command {
            Command::MeterGetRates { name, index, rates: expected } => {
                let rates = match self.metered(name)? {
                    Metered::Cells(meter) => self.device.control().meter(meter, *index)?,
                    Metered::Entries(table) => {
                        let entry = self.entry_at(table, *index)?;
                        self.device.control().direct_meter(table, entry)?
                    }
                };
                let text = |rates: MeterRates| {
                    let (cir, pir) = rates.as_per_microsecond();
                    format!("{cir}:{} {pir}:{}", rates.cbs, rates.pbs)
                };
                let got = rates.map_or("none".to_owned(), text);
                let expected = expected.as_ref().map(|rates| text(as_rates(rates)));
                self.read(&format!("{name}[{index}] rates"), &got, expected);
            }
            Command::MeterSetRates { name, index, rates } => {
                let rates = Some(as_rates(rates));
                match self.metered(name)? {
                    Metered::Cells(meter) => self.device.control().set_meter(meter, *index, rates)?,
                    Metered::Entries(table) => {
                        let entry = self.entry_at(table, *index)?;
                        self.device.control().set_direct_meter(table, entry, rates)?;
                    }
                }
            }
            Command::MeterArraySetRates { name, rates } => {
                let rates = Some(as_rates(rates));
                match self.metered(name)? {
                    Metered::Cells(meter) => self.device.control().set_meters(meter, rates)?,
                    Metered::Entries(table) => {
                        for entry in self.device.control().entries(table)? {
                            self.device.control().set_direct_meter(table, entry.id, rates)?;
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn as_rates(rates: &[Rate]) -> MeterRates {
    let at = |at: usize| rates.get(at).map_or((0.0, 0), |rate| (rate.per_microsecond, rate.burst));
    let ((cir, cbs), (pir, pbs)) = (at(0), at(1));
    MeterRates::per_microsecond(cir, cbs, pir, pbs)
}
