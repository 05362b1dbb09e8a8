//! The control plane's handle: the one writer of what the workers read.

mod batch;
mod objects;
mod profiles;
mod staged;
mod tables;
mod traffic;
mod types;
mod values;

pub use staged::Staged;
pub use traffic::COPIES_LIMIT;
pub use types::{
    Change, CloneSession, CounterValue, EntryId, EntryView, GroupMember, Idle, IdleRound, Member, MeterRates,
    MulticastNode, NewEntry, Target,
};

use crate::device::Options;
use crate::error::{ControlError, DeviceError};
use crate::names::Names;
use crate::state::{State, Traffic};
use crate::table::Writer;
use front::ir::{Bits, MOST_ENTRIES, Program, TableId};
use profiles::ProfileWriter;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Reads and writes everything that a controller may. There is one for a [`State`].
#[derive(Debug)]
pub struct Control {
    names: Names,
    state: Arc<State>,
    tables: Vec<Writer>,
    value_sets: Vec<Writer>,
    profiles: Vec<ProfileWriter>,
    /// For each protection group how many entries lead to each set of paths that is led to.
    set_users: Vec<HashMap<u32, u64>>,
    traffic: Traffic,
}

impl Control {
    /// With the default actions and entries of the program. Only one may be made for a state.
    pub(crate) fn new(state: Arc<State>) -> Result<Control, DeviceError> {
        let program = &state.program;
        let limit = |size: Option<u64>| size.filter(|size| *size > 0).unwrap_or(u64::MAX).min(MOST_ENTRIES);
        let mut control = Control {
            names: Names::new(Arc::clone(program)),
            tables: program
                .tables
                .iter()
                // The entries that a program gives itself always fit.
                .map(|table| Writer::new(limit(table.size).max(table.entries.len() as u64)))
                .collect(),
            value_sets: program.value_sets.iter().map(|set| Writer::new(limit(Some(set.size)))).collect(),
            profiles: program.profiles.iter().map(|_| ProfileWriter::default()).collect(),
            set_users: vec![HashMap::new(); program.protection_groups.len()],
            traffic: Traffic::default(),
            state: Arc::clone(&state),
        };
        for (at, table) in state.program.tables.iter().enumerate() {
            let wrong = |error| DeviceError::Entry { table: table.name.clone(), error };
            control.load(TableId(at as u32)).map_err(wrong)?;
        }
        Ok(control)
    }

    /// What a program's workers share, and the one handle that changes it.
    pub fn create(program: Arc<Program>, options: &Options) -> Result<(Arc<State>, Control), DeviceError> {
        let state = Arc::new(State::new(program, options)?);
        let control = Control::new(Arc::clone(&state))?;
        Ok((state, control))
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    pub fn program(&self) -> &Arc<Program> {
        &self.state.program
    }

    fn now(&self) -> u64 {
        self.state.clock.load(Ordering::Relaxed)
    }
}

/// The limbs of a value that has no more than `width` bits.
fn words_of(bits: &Bits, width: u32) -> Option<Vec<u64>> {
    if bits.value.bits() > u64::from(width) {
        return None;
    }
    let mut words = vec![0; crate::bits::words(width)];
    crate::bits::put_big(&bits.value, &mut words);
    Some(words)
}

fn no_object<T>(kind: &'static str, index: usize) -> Result<T, ControlError> {
    Err(ControlError::NoSuchObject { kind, index: index as u64 })
}
