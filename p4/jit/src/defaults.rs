//! Tables without keys: what their default action is, read once for a vector.

use crate::plan::Plan;
use rt::state::State;
use rt::table::{CounterCell, Match, RowTarget};
use std::mem::offset_of;

/// What compiled code reads of a default action, then its arguments, each in whole words.
#[derive(Debug)]
#[repr(C)]
pub struct DefaultHead {
    pub action: u64,
    /// Of a table with a direct counter.
    pub counter: *const CounterCell,
}

const HEAD: usize = size_of::<DefaultHead>() / size_of::<u64>();

/// Where the default action of a table is, in words, and how many words of arguments it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultPlace {
    pub at: usize,
    args: usize,
}

impl DefaultPlace {
    pub fn head(self) -> i32 {
        (self.at * size_of::<u64>()) as i32
    }

    /// Of the arguments.
    pub fn first(self) -> i32 {
        ((self.at + HEAD) * size_of::<u64>()) as i32
    }
}

/// For each table whose apply is its default action and nothing else.
pub fn places(plan: &Plan<'_>) -> Vec<Option<DefaultPlace>> {
    let mut next = 0;
    let place = |(id, table): (usize, &front::ir::Table)| {
        let id = front::ir::TableId(id as u32);
        let plain = table.keys.is_empty() && table.meter.is_none() && table.profile.is_none();
        if !plain || plan.role(id).is_some() {
            return None;
        }
        let args = plan.arg_words(id);
        let at = next;
        next += HEAD + args;
        Some(DefaultPlace { at, args })
    };
    plan.program.tables.iter().enumerate().map(place).collect()
}

/// A worker's copies.
#[derive(Debug, Default)]
pub struct Defaults {
    words: Vec<u64>,
    found: Match,
}

impl Defaults {
    pub fn new(places: &[Option<DefaultPlace>]) -> Defaults {
        let words = places.iter().flatten().map(|place| HEAD + place.args).sum();
        Defaults { words: vec![0; words], found: Match::default() }
    }

    /// As they are now.
    pub fn read(&mut self, state: &State, places: &[Option<DefaultPlace>]) -> *const u64 {
        for (table, place) in state.tables.iter().zip(places) {
            let Some(place) = place else { continue };
            table.default_into(&mut self.found);
            let action = match self.found.target {
                RowTarget::Action(action) => action,
                RowTarget::Member(_) | RowTarget::Group(_) => 0,
            };
            let words = &mut self.words[place.at..place.at + HEAD + place.args];
            words[offset_of!(DefaultHead, action) / size_of::<u64>()] = u64::from(action);
            let counter = table.shared_counter(self.found.entry).map_or(std::ptr::null(), std::ptr::from_ref);
            words[offset_of!(DefaultHead, counter) / size_of::<u64>()] = counter as u64;
            let args = &mut words[HEAD..];
            args.fill(0);
            args.iter_mut().zip(&self.found.args).for_each(|(to, from)| *to = *from);
        }
        self.words.as_ptr()
    }
}
