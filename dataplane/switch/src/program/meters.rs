//! Rates of meters, as operators read and change them.

use super::loaded::{Loaded, ProgramError};
use api::program::{MAX_ROWS, Meter, Rates, Reply};
use front::ir::{MeterId, TableId};
use rt::{EntryId, MeterRates};

/// Rates in the run time are in thousandths.
const THOUSANDTHS: u64 = 1000;

/// A meter by name.
enum Metered {
    Cells(MeterId),
    /// Of the entries of a table.
    Entries(TableId),
}

fn shown(rates: MeterRates) -> Rates {
    let MeterRates { cir, cbs, pir, pbs } = rates;
    Rates { cir_per_s: cir / THOUSANDTHS, cbs, pir_per_s: pir / THOUSANDTHS, pbs }
}

fn meant(rates: Rates) -> MeterRates {
    MeterRates::per_second(rates.cir_per_s, rates.cbs, rates.pir_per_s, rates.pbs)
}

impl Loaded {
    /// An indexed meter, a direct meter, or a table that has one; and whether it counts bytes.
    fn metered(&self, name: &str) -> Result<(Metered, bool), ProgramError> {
        let (names, program) = (self.control.names(), &self.state.program);
        if let Ok(meter) = names.meter(name) {
            return Ok((Metered::Cells(meter), program.meters[meter.index()].bytes));
        }
        let direct = names.direct_meter(name).ok();
        let by_table = || names.table(name).ok().and_then(|table| self.table(table).meter);
        if let Some(direct) = direct.or_else(by_table)
            && let Some(table) = program.direct_meters[direct.index()].table
        {
            return Ok((Metered::Entries(table), program.direct_meters[direct.index()].bytes));
        }
        let all = program.meters.iter().map(|m| &m.name).chain(program.direct_meters.iter().map(|m| &m.name));
        let all: Vec<&str> = all.map(String::as_str).collect();
        let known =
            if all.is_empty() { "there is none".to_owned() } else { format!("there is {}", all.join(", ")) };
        Err(ProgramError::NoMeter { name: name.to_owned(), known })
    }

    pub fn meter_set(
        &mut self,
        name: &str,
        index: Option<u64>,
        rates: Option<Rates>,
    ) -> Result<(), ProgramError> {
        let rates = rates.map(meant);
        match (self.metered(name)?.0, index) {
            (Metered::Cells(meter), Some(index)) => self.control.set_meter(meter, index, rates)?,
            (Metered::Cells(meter), None) => self.control.set_meters(meter, rates)?,
            (Metered::Entries(table), Some(id)) => {
                self.control.set_direct_meter(table, EntryId(id), rates)?;
            }
            (Metered::Entries(table), None) => {
                for entry in self.control.entries(table)? {
                    self.control.set_direct_meter(table, entry.id, rates)?;
                }
                self.control.set_default_meter(table, rates)?;
            }
        }
        Ok(())
    }

    pub(super) fn meter_rows(
        &self,
        name: &str,
        index: Option<u64>,
        from: u64,
        limit: u32,
    ) -> Result<Reply, ProgramError> {
        let limit = limit.clamp(1, MAX_ROWS) as usize;
        let row = |index: u64, rates: Option<MeterRates>| Meter { index, rates: rates.map(shown) };
        let (metered, bytes) = self.metered(name)?;
        let (mut rows, mut more) = (Vec::new(), None);
        match (metered, index) {
            (Metered::Cells(meter), Some(at)) => rows.push(row(at, self.control.meter(meter, at)?)),
            (Metered::Entries(table), Some(at)) => {
                rows.push(row(at, self.control.direct_meter(table, EntryId(at))?));
            }
            (Metered::Cells(meter), None) => {
                let cells = &self.state.meters[meter.index()];
                for at in from..cells.size() {
                    let Some(rates) = cells.rates(at) else { continue };
                    if rows.len() == limit {
                        more = Some(at);
                        break;
                    }
                    rows.push(row(at, Some(rates)));
                }
            }
            (Metered::Entries(table), None) => {
                let mut entries = self.control.entries(table)?;
                entries.retain(|entry| entry.id.0 >= from && entry.rates.is_some());
                entries.sort_unstable_by_key(|entry| entry.id);
                more = entries.get(limit).map(|entry| entry.id.0);
                rows.extend(entries.iter().take(limit).map(|entry| row(entry.id.0, entry.rates)));
            }
        }
        Ok(Reply::Meter { rows, bytes, more })
    }
}
