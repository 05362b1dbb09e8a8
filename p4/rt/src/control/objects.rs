//! Counters, registers and meters.

use super::{Control, CounterValue, MeterRates, no_object};
use crate::bits;
use crate::error::ControlError;
use front::ir::{CounterId, MeterId, RegisterId};
use num_bigint::BigUint;

/// Cells of a meter that get their rates at once.
const MOST_METERS: u64 = 1 << 16;

impl From<(u64, u64)> for CounterValue {
    fn from((packets, bytes): (u64, u64)) -> CounterValue {
        CounterValue { packets, bytes }
    }
}

fn index_error(kind: &'static str, name: &str, index: u64, size: u64) -> ControlError {
    ControlError::Index { kind, name: name.to_owned(), index, size }
}

/// RFC 2698: the peak rate is not below the committed one.
pub(super) fn check_rates(rates: Option<MeterRates>) -> Result<(), ControlError> {
    match rates {
        Some(rates) if rates.pir < rates.cir => Err(ControlError::Rates(rates)),
        _ => Ok(()),
    }
}

impl Control {
    pub fn counter(&self, counter: CounterId, index: u64) -> Result<CounterValue, ControlError> {
        let Some(of) = self.state.counters.get(counter.index()) else {
            return no_object("counter", counter.index());
        };
        if index >= of.size() {
            let name = &self.state.program.counters[counter.index()].name;
            return Err(index_error("counter", name, index, of.size()));
        }
        Ok(of.get(index).into())
    }

    pub fn set_counter(
        &mut self,
        counter: CounterId,
        index: u64,
        value: CounterValue,
    ) -> Result<(), ControlError> {
        let Some(of) = self.state.counters.get(counter.index()) else {
            return no_object("counter", counter.index());
        };
        if of.set(index, value.packets, value.bytes) {
            return Ok(());
        }
        Err(index_error("counter", &self.state.program.counters[counter.index()].name, index, of.size()))
    }

    pub fn register(&self, register: RegisterId, index: u64) -> Result<BigUint, ControlError> {
        let Some(of) = self.state.registers.get(register.index()) else {
            return no_object("register", register.index());
        };
        if index >= of.size() {
            let name = &self.state.program.registers[register.index()].name;
            return Err(index_error("register", name, index, of.size()));
        }
        let mut limbs = vec![0; bits::words(of.width())];
        of.read(index, &mut limbs);
        Ok(bits::big(&limbs))
    }

    pub fn set_register(
        &mut self,
        register: RegisterId,
        index: u64,
        value: &BigUint,
    ) -> Result<(), ControlError> {
        let Some(of) = self.state.registers.get(register.index()) else {
            return no_object("register", register.index());
        };
        let name = &self.state.program.registers[register.index()].name;
        if value.bits() > u64::from(of.width()) {
            let (name, value) = (name.clone(), format!("{value:#x}"));
            return Err(ControlError::RegisterValue { name, value, width: of.width() });
        }
        let mut limbs = vec![0; bits::words(of.width())];
        bits::put_big(value, &mut limbs);
        if of.write(index, &limbs) { Ok(()) } else { Err(index_error("register", name, index, of.size())) }
    }

    /// All cells to zero.
    pub fn reset_register(&mut self, register: RegisterId) -> Result<(), ControlError> {
        match self.state.registers.get(register.index()) {
            Some(of) => {
                of.reset();
                Ok(())
            }
            None => no_object("register", register.index()),
        }
    }

    /// `None` while no rates are set: always green.
    pub fn meter(&self, meter: MeterId, index: u64) -> Result<Option<MeterRates>, ControlError> {
        let Some(of) = self.state.meters.get(meter.index()) else { return no_object("meter", meter.index()) };
        if index >= of.size() {
            return Err(index_error(
                "meter",
                &self.state.program.meters[meter.index()].name,
                index,
                of.size(),
            ));
        }
        Ok(of.rates(index))
    }

    /// Of one cell; buckets are full afterwards.
    pub fn set_meter(
        &mut self,
        meter: MeterId,
        index: u64,
        rates: Option<MeterRates>,
    ) -> Result<(), ControlError> {
        check_rates(rates)?;
        let Some(of) = self.state.meters.get(meter.index()) else { return no_object("meter", meter.index()) };
        if of.set(index, rates, self.now()) {
            return Ok(());
        }
        Err(index_error("meter", &self.state.program.meters[meter.index()].name, index, of.size()))
    }

    /// Of all cells, where there are no more than 65,536: each takes memory from its first rates on.
    pub fn set_meters(&mut self, meter: MeterId, rates: Option<MeterRates>) -> Result<(), ControlError> {
        check_rates(rates)?;
        let Some(of) = self.state.meters.get(meter.index()) else { return no_object("meter", meter.index()) };
        if rates.is_some() && of.size() > MOST_METERS {
            let name = self.state.program.meters[meter.index()].name.clone();
            return Err(ControlError::AllMeters { name, size: of.size() });
        }
        for index in 0..of.size() {
            of.set(index, rates, self.now());
        }
        Ok(())
    }
}
