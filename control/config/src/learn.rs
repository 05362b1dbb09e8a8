//! `[[program.learn]]`: what control makes of a digest. Names and values are text; only the program tells whether they fit.

use crate::Config;
use crate::error::ConfigErrors;
use crate::mistake::Mistake;
use crate::places::{START, Span};
use std::fmt;
use std::time::Duration;

/// Every digest of that name becomes these entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Learn {
    pub digest: String,
    /// At least one; no two with the same table, keys and priority.
    pub entries: Vec<LearnEntry>,
}

/// `[[program.learn.entry]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LearnEntry {
    pub table: String,
    /// By name, in alphabetical order.
    pub keys: Vec<(String, LearnValue)>,
    pub action: String,
    /// By name, in alphabetical order.
    pub args: Vec<(String, LearnValue)>,
    pub priority: i64,
    /// Without a hit for so long, all entries of the rule go. One entry of a rule has it, or none.
    pub idle_timeout: Option<Duration>,
}

/// Of a key or an argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LearnValue {
    /// What the digest has in the field of that name.
    Field(String),
    /// The same for every digest.
    Value(String),
}

impl LearnValue {
    /// A string that could be the name of a field is one.
    pub(crate) fn of_string(text: &str) -> LearnValue {
        let mut bytes = text.bytes();
        let begins = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        if begins && bytes.all(|b| b.is_ascii_alphanumeric() || b"_.[]".contains(&b)) {
            LearnValue::Field(text.to_owned())
        } else {
            LearnValue::Value(text.to_owned())
        }
    }
}

impl fmt::Display for LearnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (LearnValue::Field(text) | LearnValue::Value(text)) = self;
        f.write_str(text)
    }
}

/// A part of a rule, to point at. Entries, keys and arguments by their numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LearnPart {
    Digest,
    Table(usize),
    Key(usize, usize),
    Action(usize),
    Arg(usize, usize),
    IdleTimeout(usize),
}

/// Where the parts of a rule stand.
#[derive(Clone, Debug)]
pub(crate) struct LearnPlaces {
    pub(crate) digest: Span,
    pub(crate) entries: Vec<LearnEntryPlaces>,
}

#[derive(Clone, Debug)]
pub(crate) struct LearnEntryPlaces {
    pub(crate) table: Span,
    pub(crate) keys: Vec<Span>,
    pub(crate) action: Span,
    pub(crate) args: Vec<Span>,
    pub(crate) idle_timeout: Span,
}

impl LearnPlaces {
    fn find(&self, part: LearnPart) -> Option<&Span> {
        let entry = |at: usize| self.entries.get(at);
        match part {
            LearnPart::Digest => Some(&self.digest),
            LearnPart::Table(at) => entry(at).map(|entry| &entry.table),
            LearnPart::Key(at, key) => entry(at)?.keys.get(key),
            LearnPart::Action(at) => entry(at).map(|entry| &entry.action),
            LearnPart::Arg(at, arg) => entry(at)?.args.get(arg),
            LearnPart::IdleTimeout(at) => entry(at).map(|entry| &entry.idle_timeout),
        }
    }
}

impl Config {
    /// Why a rule of `[[program.learn]]` does not fit the program, with the place of the part that does not.
    pub fn learn_mistake(&self, rule: usize, part: LearnPart, why: String) -> ConfigErrors {
        let place = self.places.learn.get(rule).and_then(|places| places.find(part)).cloned();
        ConfigErrors::one(&self.places.source, place.unwrap_or(START), Mistake::Learn { why })
    }

    /// Why the program does not take a default action, with its place.
    pub fn default_mistake(&self, at: usize, why: String) -> ConfigErrors {
        let place = self.places.defaults.get(at).cloned().unwrap_or(START);
        ConfigErrors::one(&self.places.source, place, Mistake::DefaultAction { why })
    }

    /// Why the program does not take a clone session, with its place.
    pub fn clone_mistake(&self, at: usize, why: String) -> ConfigErrors {
        let place = self.places.clones.get(at).cloned().unwrap_or(START);
        ConfigErrors::one(&self.places.source, place, Mistake::CloneSession { why })
    }

    /// Why the program does not take a multicast group, with its place.
    pub fn multicast_mistake(&self, group: usize, why: String) -> ConfigErrors {
        let place = self.places.multicast.get(group).cloned().unwrap_or(START);
        ConfigErrors::one(&self.places.source, place, Mistake::Multicast { why })
    }
}
