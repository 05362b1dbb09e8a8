//! Values kept once, however many use them.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

/// Values by number, with the count of their users. Numbers that nobody uses any more are given out again.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    slots: Vec<Option<Slot<T>>>,
    free: Vec<u32>,
    by_content: HashMap<Rc<T>, u32, RandomState>,
    /// The number that was asked for last: neighbors in time are often the same.
    last: Option<u32>,
}

#[derive(Debug)]
struct Slot<T> {
    value: Rc<T>,
    users: u32,
}

impl<T> Default for Pool<T> {
    fn default() -> Pool<T> {
        Pool { slots: Vec::new(), free: Vec::new(), by_content: HashMap::default(), last: None }
    }
}

impl<T: Hash + Eq> Pool<T> {
    /// The number of `value`, with one user more, and whether nobody used it before.
    pub(crate) fn acquire(&mut self, value: T) -> (u32, bool) {
        let is_value = |id: &u32| self.slots[*id as usize].as_ref().is_some_and(|slot| *slot.value == value);
        let last = self.last.filter(is_value);
        if let Some(id) = last.or_else(|| self.by_content.get(&value).copied()) {
            self.last = Some(id);
            self.retain(id);
            return (id, false);
        }
        let value = Rc::new(value);
        let slot = Slot { value: Rc::clone(&value), users: 1 };
        let id = match self.free.pop() {
            Some(id) => {
                self.slots[id as usize] = Some(slot);
                id
            }
            None => {
                self.slots.push(Some(slot));
                (self.slots.len() - 1) as u32
            }
        };
        self.by_content.insert(value, id);
        self.last = Some(id);
        (id, true)
    }

    /// One user more.
    pub(crate) fn retain(&mut self, id: u32) {
        self.slot_mut(id).users += 1;
    }

    /// One user less. The value, when that was the last one and the number is free.
    pub(crate) fn release(&mut self, id: u32) -> Option<Rc<T>> {
        let slot = self.slot_mut(id);
        slot.users -= 1;
        if slot.users > 0 {
            return None;
        }
        let value = self.slots[id as usize].take().map(|slot| slot.value);
        if let Some(value) = &value {
            self.by_content.remove(value);
        }
        self.free.push(id);
        value
    }

    pub(crate) fn get(&self, id: u32) -> &Rc<T> {
        match self.slots.get(id as usize) {
            Some(Some(slot)) => &slot.value,
            _ => unreachable!("number {id} was released or never given out"),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().enumerate().filter_map(|(id, slot)| Some((id as u32, &*slot.as_ref()?.value)))
    }

    /// Numbers in use.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.iter().map(|(id, _)| id).collect()
    }

    /// Numbers and counts of users.
    pub(crate) fn users(&self) -> impl Iterator<Item = (u32, u32)> {
        self.slots.iter().enumerate().filter_map(|(id, slot)| Some((id as u32, slot.as_ref()?.users)))
    }

    fn slot_mut(&mut self, id: u32) -> &mut Slot<T> {
        match self.slots.get_mut(id as usize) {
            Some(Some(slot)) => slot,
            _ => unreachable!("number {id} was released or never given out"),
        }
    }
}
