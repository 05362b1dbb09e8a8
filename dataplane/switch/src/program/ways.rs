//! Sets of paths that entries of the program's own tables lead to, as people write them and by their numbers.

use super::loaded::{Loaded, ProgramError};
use api::program::{Change, Named, Target};
use fib::{GroupContent, MAX_CANDIDATES};
use front::ir::{PROTECTED, ProtectionId, TableId};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// Paths by name: `isp1*2, isp2 / isp3` are two primaries, of which the first gets two shares of the flows, and behind them a
/// backup. Each further `/` begins the backups that come after those before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ways {
    pub primaries: Vec<(String, u16)>,
    pub backups: Vec<Vec<String>>,
}

/// What is wrong with paths as they are written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WaysError {
    #[error(
        "'{0}' lacks the name of a path: write primaries, and backups behind a /, such as \"isp1*2, isp2 / isp3\""
    )]
    Empty(String),
    #[error("{word} is no weight of path {path}: write a number from 1 to 65535")]
    Weight { path: String, word: String },
    #[error("backup {0} has a weight; only primaries have")]
    WeightOfBackup(String),
    #[error("path {0} is named twice")]
    Twice(String),
    #[error("{0} paths for one entry; the limit is {MAX_CANDIDATES}")]
    TooMany(usize),
}

impl FromStr for Ways {
    type Err = WaysError;

    fn from_str(text: &str) -> Result<Ways, WaysError> {
        let mut sets = text.split('/').map(|set| set.split(',').map(str::trim));
        let empty = || WaysError::Empty(text.to_owned());
        let primary = |part: &str| -> Result<(String, u16), WaysError> {
            let (name, weight) = match part.split_once('*') {
                Some((name, word)) => {
                    let (name, word) = (name.trim(), word.trim());
                    let weight = word.parse().ok().filter(|weight| *weight > 0);
                    let wrong = || WaysError::Weight { path: name.to_owned(), word: word.to_owned() };
                    (name, weight.ok_or_else(wrong)?)
                }
                None => (part, 1),
            };
            if name.is_empty() { Err(empty()) } else { Ok((name.to_owned(), weight)) }
        };
        let backup = |part: &str| match part.split_once('*') {
            Some((name, _)) => Err(WaysError::WeightOfBackup(name.trim().to_owned())),
            None if part.is_empty() => Err(empty()),
            None => Ok(part.to_owned()),
        };
        let primaries = sets.next().into_iter().flatten().map(primary).collect::<Result<Vec<_>, _>>()?;
        let backups = sets.map(|set| set.map(backup).collect()).collect::<Result<Vec<Vec<_>>, _>>()?;
        let ways = Ways { primaries, backups };
        let names: Vec<&str> = ways.names().collect();
        if names.len() > MAX_CANDIDATES {
            return Err(WaysError::TooMany(names.len()));
        }
        match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            Some((_, name)) => Err(WaysError::Twice((*name).to_owned())),
            None => Ok(ways),
        }
    }
}

impl fmt::Display for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, weight)) in self.primaries.iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { "" })?;
            f.write_str(name)?;
            if *weight != 1 {
                write!(f, "*{weight}")?;
            }
        }
        self.backups.iter().try_for_each(|set| write!(f, " / {}", set.join(", ")))
    }
}

impl Ways {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let primaries = self.primaries.iter().map(|(name, _)| name.as_str());
        primaries.chain(self.backups.iter().flatten().map(String::as_str))
    }
}

/// One set of a protection group.
#[derive(Debug)]
pub struct Set {
    pub ways: Ways,
    /// What it was when its paths were last looked up; `None` while none of them exists.
    pub content: Option<GroupContent>,
    pub group: Option<fib::GroupId>,
    /// Nobody led to it when that was last looked at. Workers may still have its number until that is so twice.
    pub unused: bool,
}

/// The sets of one protection group by their numbers.
#[derive(Debug, Default)]
pub struct Numbered {
    pub sets: Vec<Option<Set>>,
    numbers: HashMap<Ways, u32>,
}

impl Numbered {
    /// The number of these paths; `None` where there is no room for another set.
    fn number(&mut self, ways: &Ways, limit: u32) -> Option<u32> {
        if let Some(number) = self.numbers.get(ways) {
            if let Some(Some(set)) = self.sets.get_mut(*number as usize) {
                set.unused = false;
            }
            return Some(*number);
        }
        let free = if self.numbers.len() < self.sets.len() {
            self.sets.iter().position(Option::is_none)
        } else {
            None
        };
        let number = free.unwrap_or(self.sets.len());
        if number >= limit as usize {
            return None;
        }
        if number == self.sets.len() {
            self.sets.push(None);
        }
        self.sets[number] = Some(Set { ways: ways.clone(), content: None, group: None, unused: false });
        self.numbers.insert(ways.clone(), number as u32);
        Some(number as u32)
    }

    pub fn forget(&mut self, number: usize) -> Option<Set> {
        let set = self.sets.get_mut(number)?.take()?;
        self.numbers.remove(&set.ways);
        Some(set)
    }
}

/// Those of a program.
#[derive(Debug)]
pub struct Protections {
    pub groups: Vec<Numbered>,
    /// There are sets whose paths were not looked up yet.
    pub news: bool,
    /// The paths that there were when they were last looked up; see [`crate::state::State::protect`].
    pub seen: u64,
}

impl Protections {
    pub fn new(groups: usize) -> Protections {
        Protections { groups: (0..groups).map(|_| Numbered::default()).collect(), news: false, seen: 0 }
    }

    fn ways(&self, group: ProtectionId, number: u32) -> Option<&Ways> {
        Some(&self.groups.get(group.index())?.sets.get(number as usize)?.as_ref()?.ways)
    }
}

impl Loaded {
    /// The paths that an action of an entry names, where the table has them chosen from by liveness.
    pub(super) fn ways_of(
        &self,
        table: TableId,
        action: &str,
        args: &[Named],
    ) -> Result<Option<Ways>, ProgramError> {
        let Some(protected) = self.state.protected[table.index()] else { return Ok(None) };
        if self.control.names().table_action(table, action)? != protected.forward {
            return Ok(None);
        }
        match args {
            [(name, text)] if *name == PROTECTED[0].1[0].0 => {
                let table = || self.table(table).name.clone();
                let wrong = |error| ProgramError::Ways { table: table(), error };
                Ok(Some(text.parse().map_err(wrong)?))
            }
            // Missing or unknown parameters are told as those of every action.
            _ => Ok(None),
        }
    }

    /// What operators name must exist.
    pub fn check_named(&self, changes: &[Change], exists: impl Fn(&str) -> bool) -> Result<(), ProgramError> {
        for change in changes {
            let (table, target) = match change {
                Change::Add { table, entry } => (table, &entry.target),
                Change::Modify { table, target, .. } => (table, target),
                _ => continue,
            };
            if let Ok(table) = self.control.names().table(table) {
                self.check_target(table, target, &exists)?;
            }
        }
        Ok(())
    }

    pub(super) fn check_target(
        &self,
        table: TableId,
        target: &Target,
        exists: impl Fn(&str) -> bool,
    ) -> Result<(), ProgramError> {
        let Target::Action(action) = target else { return Ok(()) };
        let Ok(Some(ways)) = self.ways_of(table, &action.name, &action.args) else { return Ok(()) };
        match ways.names().find(|name| !exists(name)) {
            Some(name) => Err(ProgramError::NoPath(name.to_owned())),
            None => Ok(()),
        }
    }

    /// The set of a table's protection group that has these paths.
    pub(super) fn set_of(&self, table: TableId, ways: &Ways) -> Result<u32, ProgramError> {
        let group = self.state.protected[table.index()].map_or(ProtectionId(0), |protected| protected.group);
        let limit = self.state.protections[group.index()].size();
        let mut protections = self.protections.borrow_mut();
        protections.news = true;
        let number = protections.groups[group.index()].number(ways, limit);
        number.ok_or_else(|| {
            let group = self.state.program.protection_groups[group.index()].name.clone();
            ProgramError::SetsFull { group, limit }
        })
    }

    /// The paths of a set that an entry of a table leads to.
    pub(super) fn ways_at(&self, table: TableId, set: u32) -> Option<Ways> {
        let group = self.table(table).protection?;
        self.protections.borrow().ways(group, set).cloned()
    }

    /// The name of the action that a table's protection group chooses, with the paths of a set.
    pub(super) fn ways_row(&self, table: TableId, set: u32) -> Option<api::program::Call> {
        let (ways, protected) = (self.ways_at(table, set)?, self.state.protected[table.index()]?);
        let listed = &self.table(table).actions[protected.forward as usize];
        let action = self.state.program.actions[listed.action.index()].name.clone();
        Some(api::program::Call { action, args: vec![(PROTECTED[0].1[0].0.to_owned(), ways.to_string())] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_written_is_refused_or_means_what_is_shown(text in "[ab1*,/ ]{0,12}|.{0,20}") {
            if let Ok(ways) = text.parse::<Ways>() {
                prop_assert_eq!(ways.to_string().parse::<Ways>(), Ok(ways));
            }
        }
    }

    #[test]
    fn paths_are_read_as_they_are_shown() {
        for text in ["a", "a, b", "a*3, b", "a / b", "a*2, b.1 / c, d / e-f_g"] {
            assert_eq!(text.parse::<Ways>().unwrap().to_string(), text);
        }
        let ways: Ways = "isp1*2,isp2/isp3".parse().unwrap();
        assert_eq!(ways.primaries, [("isp1".to_owned(), 2), ("isp2".to_owned(), 1)]);
        assert_eq!(ways.backups, [["isp3".to_owned()]]);
    }

    #[test]
    fn paths_that_make_no_sense_are_refused_with_what_is_wrong() {
        let many = (0..65).map(|at| format!("p{at}")).collect::<Vec<_>>().join(",");
        for (text, word) in [
            ("", "lacks the name"),
            ("a,", "lacks the name"),
            ("a / ", "lacks the name"),
            ("/ a", "lacks the name"),
            ("*2", "lacks the name"),
            ("a*0", "0 is no weight of path a"),
            ("a*65536", "65536 is no weight"),
            ("a*x", "x is no weight"),
            ("a / b*2", "backup b has a weight"),
            ("a, b / a", "path a is named twice"),
            (&many, "65 paths"),
        ] {
            let error = text.parse::<Ways>().unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn the_same_paths_are_one_set_and_a_forgotten_number_is_used_again() {
        let mut numbered = Numbered::default();
        let [a, b, c] = ["a", "a / b", "c"].map(|text| text.parse::<Ways>().unwrap());
        assert_eq!(numbered.number(&a, 2), Some(0));
        assert_eq!(numbered.number(&b, 2), Some(1));
        assert_eq!(numbered.number(&a, 2), Some(0));
        assert_eq!(numbered.number(&c, 2), None, "there is no room for a third");
        assert_eq!(numbered.forget(0).unwrap().ways, a);
        assert_eq!(numbered.number(&c, 2), Some(0));
    }
}
