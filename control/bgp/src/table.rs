//! The paths of one peer and family, and which of them the RIB has not heard of yet.
//!
//! Nodes lie in chunks that never move, 20 octets each for IPv4; a prefix is found by a hash table of node numbers, its
//! paths by a list from there. Two million paths of a million prefixes take 50 MB.

use crate::Prefix;
use crate::intern::{AttributesId, Pool};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

/// Paths of one prefix. A route server at an exchange with every member's path stays below.
// The list is walked for each change: at the limit that costs some microseconds.
pub(crate) const PATHS_PER_PREFIX: usize = 1024;

const CHUNK: usize = 4096;
const NONE: u32 = u32::MAX;

/// The RIB does not know the node's last change. Such a node is in the queue, once.
const DIRTY: u8 = 1;
/// The RIB was told of the path and not of its end.
const KNOWN: u8 = 2;

#[derive(Debug, Clone, Copy)]
struct Node<const N: usize> {
    path_id: u32,
    /// [`NONE`] for a path that is gone, until the RIB knows.
    attributes: AttributesId,
    /// The next path of the prefix, or the next free node.
    next: u32,
    address: [u8; N],
    len: u8,
    /// Of the last announcement.
    epoch: u8,
    flags: u8,
}

impl<const N: usize> Node<N> {
    fn prefix(&self) -> Prefix<N> {
        Prefix { address: self.address, len: self.len }
    }
}

/// What the RIB is told of a path.
#[derive(Debug, PartialEq)]
pub(crate) enum News {
    Set(AttributesId),
    Withdraw,
}

/// What an announcement was.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Announced {
    New,
    Changed,
    Same,
    /// The prefix has [`PATHS_PER_PREFIX`].
    TooMany,
}

pub(crate) struct Table<const N: usize> {
    chunks: Vec<Box<[Node<N>]>>,
    /// Nodes ever used, free ones among them.
    used: u32,
    free: u32,
    by_prefix: HashTable<u32>,
    hasher: FixedState,
    dirty: VecDeque<u32>,
    /// Nodes that have left the queue.
    pub(crate) taken: u64,
    /// Paths announced and not withdrawn.
    pub(crate) paths: u32,
    /// Goes up with each loss of a session; wraps, see [`is_older`].
    pub(crate) epoch: u8,
}

/// Its size: the content is long, and the hasher has no form to be seen in.
impl<const N: usize> fmt::Debug for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("paths", &self.paths).finish_non_exhaustive()
    }
}

/// Epochs are compared as serial numbers: fewer than 128 are ever alive.
fn is_older(epoch: u8, than: u8) -> bool {
    let distance = than.wrapping_sub(epoch);
    distance != 0 && distance < 128
}

/// Prefixes of one /21 lie in a row in the index, for most daemons announce them one after the other: looking for the first
/// brings the lines of the others. What is longer than /24 has rows of its own, of a /29, so that no row is long. IPv6 has
/// no rows.
///
/// The index takes the place from the lower bits and tells neighbors apart by the upper seven.
fn hash<const N: usize>(hasher: &FixedState, prefix: &Prefix<N>) -> u64 {
    let of = |value: u64| {
        let mut hasher = hasher.build_hasher();
        hasher.write_u64(value);
        hasher.finish()
    };
    let Some((address, [])) = prefix.address.split_first_chunk::<4>() else { return hasher.hash_one(prefix) };
    let (address, len) = (u32::from_be_bytes(*address), prefix.len);
    let shift = if len <= 24 { 8 } else { 0 };
    let row = of(u64::from(address >> (shift + 3)) << 1 | u64::from(shift == 0));
    let own = of(u64::from(address) << 8 | u64::from(len));
    (row << 3 | u64::from(address >> shift & 7)) & u64::MAX >> 7 | own & !(u64::MAX >> 7)
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(seed: u64) -> Table<N> {
        Table {
            chunks: Vec::new(),
            used: 0,
            free: NONE,
            by_prefix: HashTable::new(),
            hasher: FixedState::with_seed(seed),
            dirty: VecDeque::new(),
            taken: 0,
            paths: 0,
            epoch: 0,
        }
    }

    /// Changes that wait to be taken.
    pub(crate) fn waiting(&self) -> usize {
        self.dirty.len()
    }

    /// Prefixes with a path, or with one whose end is still to be told.
    pub(crate) fn prefixes(&self) -> usize {
        self.by_prefix.len()
    }

    fn node(&self, at: u32) -> &Node<N> {
        &self.chunks[at as usize / CHUNK][at as usize % CHUNK]
    }

    fn node_mut(&mut self, at: u32) -> &mut Node<N> {
        &mut self.chunks[at as usize / CHUNK][at as usize % CHUNK]
    }

    fn head(&self, prefix: &Prefix<N>) -> u32 {
        let hash = hash(&self.hasher, prefix);
        self.by_prefix.find(hash, |at| self.node(*at).prefix() == *prefix).copied().unwrap_or(NONE)
    }

    /// The node of a path, or the last of its prefix and how many there are.
    fn find(&self, head: u32, path_id: u32) -> Result<u32, (u32, usize)> {
        let (mut at, mut last, mut length) = (head, NONE, 0);
        while at != NONE {
            let node = self.node(at);
            if node.path_id == path_id {
                return Ok(at);
            }
            (last, at, length) = (at, node.next, length + 1);
        }
        Err((last, length))
    }

    fn allocate(&mut self, node: Node<N>) -> u32 {
        if self.free != NONE {
            let at = self.free;
            self.free = self.node(at).next;
            *self.node_mut(at) = node;
            return at;
        }
        let at = self.used;
        if at as usize == self.chunks.len() * CHUNK {
            self.chunks.push(vec![node; CHUNK].into());
        }
        self.used += 1;
        *self.node_mut(at) = node;
        at
    }

    fn touch(&mut self, at: u32) {
        let node = self.node_mut(at);
        if node.flags & DIRTY == 0 {
            node.flags |= DIRTY;
            self.dirty.push_back(at);
        }
    }

    /// A path is announced; it becomes a user of `attributes` unless it was one, or is too many.
    pub(crate) fn set(
        &mut self,
        prefix: Prefix<N>,
        path_id: u32,
        attributes: AttributesId,
        pool: &mut Pool,
    ) -> Announced {
        let (head, epoch) = (self.head(&prefix), self.epoch);
        match self.find(head, path_id) {
            Ok(at) => {
                let node = self.node_mut(at);
                let old = std::mem::replace(&mut node.attributes, attributes);
                node.epoch = epoch;
                if old == attributes {
                    return Announced::Same;
                }
                pool.acquire(attributes);
                self.touch(at);
                if old == NONE {
                    self.paths += 1;
                    return Announced::New;
                }
                pool.release(old);
                Announced::Changed
            }
            Err((_, PATHS_PER_PREFIX)) => Announced::TooMany,
            Err((last, _)) => {
                pool.acquire(attributes);
                let Prefix { address, len } = prefix;
                let at =
                    self.allocate(Node { path_id, attributes, next: NONE, address, len, epoch, flags: 0 });
                if last == NONE {
                    self.index(at);
                } else {
                    self.node_mut(last).next = at;
                }
                self.touch(at);
                self.paths += 1;
                Announced::New
            }
        }
    }

    fn index(&mut self, at: u32) {
        let hash = hash(&self.hasher, &self.node(at).prefix());
        let (chunks, hasher) = (&self.chunks, &self.hasher);
        self.by_prefix.insert_unique(hash, at, |at| {
            self::hash(hasher, &chunks[*at as usize / CHUNK][*at as usize % CHUNK].prefix())
        });
    }

    /// A path is withdrawn. False when there was none.
    pub(crate) fn withdraw(&mut self, prefix: Prefix<N>, path_id: u32, pool: &mut Pool) -> bool {
        self.find(self.head(&prefix), path_id).is_ok_and(|at| self.end(at, pool))
    }

    fn end(&mut self, at: u32, pool: &mut Pool) -> bool {
        let old = std::mem::replace(&mut self.node_mut(at).attributes, NONE);
        if old == NONE {
            return false;
        }
        pool.release(old);
        self.paths -= 1;
        self.touch(at);
        true
    }

    /// Withdraws every path that was last announced before `epoch` began.
    pub(crate) fn sweep(&mut self, epoch: u8, pool: &mut Pool) -> u32 {
        let before = self.paths;
        for at in 0..self.used {
            let node = self.node(at);
            if node.attributes != NONE && is_older(node.epoch, epoch) {
                self.end(at, pool);
            }
        }
        before - self.paths
    }

    /// Paths that were last announced before the epoch that runs.
    pub(crate) fn stale(&self) -> u32 {
        let nodes = self.chunks.iter().flatten().take(self.used as usize);
        nodes.filter(|node| node.attributes != NONE && is_older(node.epoch, self.epoch)).count() as u32
    }

    /// The oldest change that the RIB does not know.
    pub(crate) fn take(&mut self) -> Option<(Prefix<N>, u32, News)> {
        loop {
            let at = self.dirty.pop_front()?;
            self.taken += 1;
            let node = self.node_mut(at);
            node.flags &= !DIRTY;
            let (prefix, path_id) = (node.prefix(), node.path_id);
            if node.attributes != NONE {
                node.flags |= KNOWN;
                return Some((prefix, path_id, News::Set(node.attributes)));
            }
            let known = node.flags & KNOWN != 0;
            self.remove(at);
            if known {
                return Some((prefix, path_id, News::Withdraw));
            }
        }
    }

    /// Position of what is announced next, in the terms of [`Table::taken`].
    pub(crate) fn end_of_queue(&self) -> u64 {
        self.taken + self.dirty.len() as u64
    }

    fn remove(&mut self, at: u32) {
        let node = *self.node(at);
        let head = self.head(&node.prefix());
        if head == at {
            let hash = hash(&self.hasher, &node.prefix());
            if let Ok(found) = self.by_prefix.find_entry(hash, |other| *other == at) {
                if node.next == NONE {
                    found.remove();
                } else {
                    *found.into_mut() = node.next;
                }
            }
        } else {
            let mut before = head;
            while self.node(before).next != at {
                before = self.node(before).next;
            }
            self.node_mut(before).next = node.next;
        }
        let free = self.free;
        let node = self.node_mut(at);
        (node.next, node.attributes, node.flags) = (free, NONE, 0);
        self.free = at;
    }

    /// Octets of the table, its queue and index included.
    pub(crate) fn memory(&self) -> usize {
        self.chunks.len() * CHUNK * size_of::<Node<N>>()
            + self.by_prefix.allocation_size()
            + self.dirty.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attributes, Origin};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_node_is_as_small_as_the_documentation_says() {
        assert_eq!((size_of::<Node<4>>(), size_of::<Node<16>>()), (20, 32));
    }

    fn prefix(number: u8) -> Prefix<4> {
        Prefix { address: [10, number, 0, 0], len: 16 }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Set(u8, u32, u32),
        Withdraw(u8, u32),
        Lose,
        Sweep,
        Take(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..4u8, 0..4u32, 0..3u32).prop_map(|(p, id, a)| Step::Set(p, id, a)),
            3 => (0..4u8, 0..4u32).prop_map(|(p, id)| Step::Withdraw(p, id)),
            1 => Just(Step::Lose),
            1 => Just(Step::Sweep),
            2 => (0..5usize).prop_map(Step::Take),
        ]
    }

    type Model = BTreeMap<([u8; 4], u32), (u32, u8)>;

    /// A map that does the same, obviously.
    fn apply_to_model(model: &mut Model, epoch: &mut u8, step: &Step) {
        match *step {
            Step::Set(p, id, asn) => drop(model.insert((prefix(p).address, id), (asn, *epoch))),
            Step::Withdraw(p, id) => drop(model.remove(&(prefix(p).address, id))),
            Step::Lose => *epoch = epoch.wrapping_add(1),
            Step::Sweep => model.retain(|_, (_, of)| *of == *epoch),
            Step::Take(_) => {}
        }
    }

    proptest! {
        #[test]
        fn whoever_takes_the_changes_has_the_table_in_the_end(steps in prop::collection::vec(step(), 0..120)) {
            let mut pool = Pool::new(7);
            let mut table = Table::<4>::new(7);
            let (mut model, mut epoch, mut taken) = (Model::new(), 0, BTreeMap::new());
            for step in &steps {
                apply_to_model(&mut model, &mut epoch, step);
                let mut most = 0;
                match *step {
                    Step::Set(p, id, asn) => {
                        let id_of = pool.intern(
                            Attributes::new([192, 0, 2, 1].into(), Origin::Igp).with_as_path(&[asn]),
                        );
                        table.set(prefix(p), id, id_of, &mut pool);
                        pool.release(id_of);
                    }
                    Step::Withdraw(p, id) => drop(table.withdraw(prefix(p), id, &mut pool)),
                    Step::Lose => table.epoch = epoch,
                    Step::Sweep => drop(table.sweep(epoch, &mut pool)),
                    Step::Take(n) => most = n,
                }
                let stale = model.values().filter(|(_, of)| *of != epoch).count();
                prop_assert_eq!((table.paths as usize, table.stale() as usize), (model.len(), stale));
                take(&mut table, &mut pool, most, &mut taken);
            }
            take(&mut table, &mut pool, usize::MAX, &mut taken);
            let wanted: BTreeMap<_, _> = model.into_iter().map(|(key, (asn, _))| (key, asn)).collect();
            let prefixes: std::collections::BTreeSet<_> = wanted.keys().map(|(address, _)| address).collect();
            prop_assert_eq!(table.prefixes(), prefixes.len());
            let distinct: std::collections::BTreeSet<_> = wanted.values().collect();
            prop_assert_eq!(pool.len(), distinct.len());
            prop_assert_eq!(taken, wanted);
        }
    }

    fn take(table: &mut Table<4>, pool: &mut Pool, most: usize, into: &mut BTreeMap<([u8; 4], u32), u32>) {
        for _ in 0..most {
            let Some((prefix, id, news)) = table.take() else { return };
            match news {
                News::Set(attributes) => {
                    into.insert((prefix.address, id), pool.get(attributes).as_path().neighbor_as());
                }
                News::Withdraw => assert!(into.remove(&(prefix.address, id)).is_some(), "never told before"),
            }
        }
    }

    #[test]
    fn a_prefix_cannot_have_more_paths_than_its_list_may_be_long() {
        let mut pool = Pool::new(1);
        let mut table = Table::<4>::new(1);
        let attributes = pool.intern(Attributes::new([192, 0, 2, 1].into(), Origin::Igp));
        for id in 0..PATHS_PER_PREFIX as u32 {
            assert_eq!(table.set(prefix(1), id, attributes, &mut pool), Announced::New);
        }
        assert_eq!(table.set(prefix(1), u32::MAX, attributes, &mut pool), Announced::TooMany);
        assert_eq!(table.set(prefix(1), 5, attributes, &mut pool), Announced::Same);
    }

    #[test]
    fn a_path_that_came_and_went_between_two_takes_is_not_spoken_of() {
        let mut pool = Pool::new(1);
        let mut table = Table::<4>::new(1);
        let attributes = pool.intern(Attributes::new([192, 0, 2, 1].into(), Origin::Igp));
        table.set(prefix(1), 1, attributes, &mut pool);
        assert!(table.withdraw(prefix(1), 1, &mut pool));
        assert!(!table.withdraw(prefix(1), 1, &mut pool));
        assert_eq!((table.take(), table.prefixes()), (None, 0));
    }
}
