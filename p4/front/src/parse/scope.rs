//! Which names denote types: the grammar's TYPE_IDENTIFIER and IDENTIFIER.

use crate::intern::Name;
use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Type,
    Value,
}

#[derive(Debug)]
pub(super) struct Scopes {
    /// The program's own first.
    levels: Vec<HashMap<Name, Meaning>>,
}

impl Default for Scopes {
    fn default() -> Scopes {
        Scopes { levels: vec![HashMap::new()] }
    }
}

impl Scopes {
    pub fn push(&mut self) {
        self.levels.push(HashMap::new());
    }

    pub fn pop(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
        }
    }

    pub fn declare(&mut self, name: Name, meaning: Meaning) {
        if let Some(level) = self.levels.last_mut() {
            level.insert(name, meaning);
        }
    }

    /// What a name means here; `.name` means what it does at the top.
    pub fn meaning(&self, name: Name, dot: bool) -> Option<Meaning> {
        let levels = if dot { &self.levels[..1] } else { &self.levels[..] };
        levels.iter().rev().find_map(|level| level.get(&name)).copied()
    }

    pub fn is_type(&self, name: Name, dot: bool) -> bool {
        self.meaning(name, dot) == Some(Meaning::Type)
    }
}
