//! Attributes kept once, however many paths have them.

use crate::Attributes;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Number of a set of attributes within its [`Pool`].
pub(crate) type AttributesId = u32;

#[derive(Debug)]
struct Entry {
    value: Arc<Attributes>,
    users: u32,
}

/// Attributes by number, with the count of their users.
pub(crate) struct Pool {
    entries: Vec<Option<Entry>>,
    free: Vec<AttributesId>,
    by_content: HashTable<AttributesId>,
    hasher: FixedState,
    /// Octets behind the entries.
    held: usize,
}

/// Octets of attributes with the counts of their users; an allocator's own are not known here.
fn octets_of(value: &Attributes) -> usize {
    size_of::<Attributes>() + 2 * size_of::<usize>() + value.lists.octets()
}

/// Its size: the content is long, and the hasher has no form to be seen in.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// `seed` makes collisions hard to plan.
    pub(crate) fn new(seed: u64) -> Pool {
        Pool {
            entries: Vec::new(),
            free: Vec::new(),
            by_content: HashTable::new(),
            hasher: FixedState::with_seed(seed),
            held: 0,
        }
    }

    /// The number of `value`, which keeps it until [`Pool::release`] has been called as often as this and
    /// [`Pool::acquire`].
    pub(crate) fn intern(&mut self, value: Attributes) -> AttributesId {
        let hash = self.hasher.hash_one(&value);
        let entries = &self.entries;
        let is = |id: &AttributesId| entries[*id as usize].as_ref().is_some_and(|e| *e.value == value);
        if let Some(&id) = self.by_content.find(hash, is) {
            self.acquire(id);
            return id;
        }
        self.held += octets_of(&value);
        let entry = Some(Entry { value: Arc::new(value), users: 1 });
        let id = match self.free.pop() {
            Some(id) => {
                self.entries[id as usize] = entry;
                id
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as AttributesId
            }
        };
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.by_content.insert_unique(hash, id, |id| {
            entries[*id as usize].as_ref().map_or(0, |entry| hasher.hash_one(&*entry.value))
        });
        id
    }

    fn entry(&mut self, id: AttributesId) -> &mut Entry {
        self.entries[id as usize].as_mut().unwrap_or_else(|| unreachable!("attributes {id} have a user"))
    }

    /// One user more of attributes in use.
    pub(crate) fn acquire(&mut self, id: AttributesId) {
        self.entry(id).users += 1;
    }

    /// One user less.
    pub(crate) fn release(&mut self, id: AttributesId) {
        let entry = self.entry(id);
        entry.users -= 1;
        if entry.users > 0 {
            return;
        }
        let value = Arc::clone(&entry.value);
        let hash = self.hasher.hash_one(&*value);
        if let Ok(found) = self.by_content.find_entry(hash, |other| *other == id) {
            found.remove();
        }
        self.held -= octets_of(&value);
        self.entries[id as usize] = None;
        self.free.push(id);
    }

    /// Attributes in use.
    pub(crate) fn get(&mut self, id: AttributesId) -> Arc<Attributes> {
        Arc::clone(&self.entry(id).value)
    }

    /// Octets of the attributes.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// Octets of the attributes and of what finds them.
    pub(crate) fn memory(&self) -> usize {
        self.held
            + self.by_content.allocation_size()
            + self.entries.capacity() * size_of::<Option<Entry>>()
            + self.free.capacity() * size_of::<AttributesId>()
    }

    /// Distinct sets of attributes in use.
    pub(crate) fn len(&self) -> usize {
        self.by_content.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    #[test]
    fn equal_attributes_are_one_and_gone_with_their_last_user() {
        let mut pool = Pool::new(1);
        let attributes = |asn| Attributes::new([192, 0, 2, 1].into(), Origin::Igp).with_as_path(&[asn]);
        let (a, b) = (pool.intern(attributes(1)), pool.intern(attributes(2)));
        assert_eq!(pool.intern(attributes(1)), a);
        assert_ne!(a, b);
        pool.release(a);
        assert_eq!((pool.len(), pool.get(a).as_path().neighbor_as()), (2, 1));
        pool.release(a);
        assert_eq!(pool.len(), 1);
        assert_eq!(pool.intern(attributes(3)), a, "the number is given out again");
        assert_eq!(pool.get(a).as_path().neighbor_as(), 3);
    }
}
