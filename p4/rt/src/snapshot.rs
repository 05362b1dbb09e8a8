//! Small tables that change seldom: the writer publishes a whole, readers keep it until the version moves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
pub struct Snapshot<T> {
    version: AtomicU64,
    value: Mutex<Arc<T>>,
}

impl<T> Snapshot<T> {
    pub fn new(value: T) -> Snapshot<T> {
        Snapshot { version: AtomicU64::new(0), value: Mutex::new(Arc::new(value)) }
    }

    pub fn publish(&self, value: T) {
        let mut current = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(value);
        self.version.fetch_add(1, Ordering::Release);
    }

    fn take(&self) -> (u64, Arc<T>) {
        let current = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        (self.version.load(Ordering::Acquire), Arc::clone(&current))
    }
}

/// A reader's copy. The lock of the snapshot is taken only after a change.
#[derive(Debug)]
pub struct Cached<T> {
    version: u64,
    value: Arc<T>,
}

impl<T> Cached<T> {
    pub fn new(of: &Snapshot<T>) -> Cached<T> {
        let (version, value) = of.take();
        Cached { version, value }
    }

    pub fn get(&mut self, of: &Snapshot<T>) -> &Arc<T> {
        if of.version.load(Ordering::Acquire) != self.version {
            (self.version, self.value) = of.take();
        }
        &self.value
    }
}

const PAGE: usize = 64;

/// Values by small numbers, cheap to copy with one change: pages are shared.
#[derive(Debug)]
pub struct Paged<T> {
    pages: Vec<Option<Arc<Vec<Option<T>>>>>,
}

impl<T> Clone for Paged<T> {
    fn clone(&self) -> Paged<T> {
        Paged { pages: self.pages.clone() }
    }
}

impl<T> Default for Paged<T> {
    fn default() -> Paged<T> {
        Paged { pages: Vec::new() }
    }
}

impl<T: Clone> Paged<T> {
    pub fn get(&self, at: u32) -> Option<&T> {
        self.pages.get(at as usize / PAGE)?.as_ref()?.get(at as usize % PAGE)?.as_ref()
    }

    pub fn set(&mut self, at: u32, value: Option<T>) {
        let page = at as usize / PAGE;
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || None);
        }
        let cells = self.pages[page].get_or_insert_with(|| Arc::new(vec![None; PAGE]));
        Arc::make_mut(cells)[at as usize % PAGE] = value;
    }

    /// All values with their numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let page = |(page, cells): (usize, &'_ Option<Arc<Vec<Option<T>>>>)| cells.is_some().then_some(page);
        self.pages.iter().enumerate().filter_map(page).flat_map(move |page| {
            (page * PAGE..(page + 1) * PAGE)
                .filter_map(|at| self.get(at as u32).map(|value| (at as u32, value)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_keeps_what_it_has_until_a_change_is_published() {
        let snapshot = Snapshot::new(1);
        let mut reader = Cached::new(&snapshot);
        assert_eq!(**reader.get(&snapshot), 1);
        snapshot.publish(2);
        assert_eq!(**reader.get(&snapshot), 2);
    }

    #[test]
    fn a_copy_does_not_see_later_changes() {
        let mut paged = Paged::default();
        paged.set(100, Some("a"));
        let copy = paged.clone();
        paged.set(100, None);
        paged.set(3, Some("b"));
        assert_eq!(copy.iter().collect::<Vec<_>>(), [(100, &"a")]);
        assert_eq!(paged.iter().collect::<Vec<_>>(), [(3, &"b")]);
    }
}
