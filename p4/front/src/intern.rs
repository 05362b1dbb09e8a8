//! Names as numbers.

use std::collections::HashMap;
use std::sync::Arc;

/// An interned name: two are equal when their texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u32);

#[derive(Debug, Default)]
pub struct Interner {
    by_text: HashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Interner {
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.by_text.get(text) {
            return *name;
        }
        let shared: Arc<str> = text.into();
        let name = Name(self.texts.len() as u32);
        self.texts.push(Arc::clone(&shared));
        self.by_text.insert(shared, name);
        name
    }

    /// The text; empty for a name of another interner.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |text| text)
    }

    pub fn get(&self, text: &str) -> Option<Name> {
        self.by_text.get(text).copied()
    }
}
