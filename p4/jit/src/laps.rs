//! Cycles of the parts of a vector's way: each stage, and each lookup between two.
//!
//! One vector of [`EVERY`] is timed, so that the readings of the clock (19 cycles each, two for every table) are no part of
//! what they measure, also where vectors are short: three tables cost a vector 9 cycles.

use crate::plan::Plan;
use std::collections::HashMap;

/// Vectors of which one is timed.
pub const EVERY: u32 = 16;

/// Of one part, since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lap {
    pub cycles: u64,
    /// Packets of the vectors that were timed.
    pub packets: u64,
}

#[derive(Debug)]
pub(crate) struct Laps {
    all: Vec<Lap>,
    vectors: u32,
    timed: bool,
    /// There is something that nobody has asked for.
    fresh: bool,
    last: u64,
}

/// The part of the lookups at a site.
pub(crate) fn lookup(site: usize) -> usize {
    1 + 2 * site
}

/// The part of the stage behind a site.
pub(crate) fn after(site: usize) -> usize {
    2 + 2 * site
}

/// Parts by the names of the program, in the order of [`Laps`].
pub(crate) fn names(plan: &Plan<'_>) -> Vec<String> {
    let mut names = vec![if plan.sites.is_empty() { "parser to deparser" } else { "parser" }.to_owned()];
    let mut seen: HashMap<u32, u32> = HashMap::new();
    for site in &plan.sites {
        let table = &plan.program.tables[site.table.index()].name;
        let times = seen.entry(site.table.0).or_default();
        *times += 1;
        let again = if *times > 1 { format!(" ({times})") } else { String::new() };
        names.push(format!("{table} lookup{again}"));
        names.push(format!("after {table}{again}"));
    }
    names
}

impl Laps {
    pub fn new(parts: usize) -> Laps {
        Laps { all: vec![Lap::default(); parts], vectors: 0, timed: false, fresh: false, last: 0 }
    }

    /// A vector begins.
    pub fn begin(&mut self) {
        self.timed = self.vectors.is_multiple_of(EVERY);
        self.vectors = self.vectors.wrapping_add(1);
        if self.timed {
            self.fresh = true;
            self.last = tsc();
        }
    }

    /// A part ends that so many packets took.
    pub fn lap(&mut self, part: usize, packets: usize) {
        if !self.timed {
            return;
        }
        let now = tsc();
        if let Some(lap) = self.all.get_mut(part) {
            lap.cycles += now.wrapping_sub(self.last);
            lap.packets += packets as u64;
        }
        self.last = now;
    }

    /// All parts, if a vector was timed since this was asked last.
    pub fn news(&mut self) -> Option<&[Lap]> {
        std::mem::take(&mut self.fresh).then_some(&self.all)
    }
}

#[cfg(target_arch = "x86_64")]
fn tsc() -> u64 {
    // SAFETY: the instruction is there on every x86-64, and reads a counter.
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
fn tsc() -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_vector_of_many_is_timed_and_its_packets_are_those_that_count() {
        let mut laps = Laps::new(3);
        for vector in 0..2 * EVERY {
            laps.begin();
            laps.lap(0, 100);
            laps.lap(after(0), 60);
            assert_eq!(laps.news().is_some(), vector % EVERY == 0);
        }
        laps.begin();
        let all = laps.news().unwrap();
        assert_eq!(all.iter().map(|lap| lap.packets).collect::<Vec<_>>(), [200, 0, 120]);
        assert!(all[0].cycles > 0 && all[1].cycles == 0);
    }
}
