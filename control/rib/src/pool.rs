//! Values kept once, however many use them.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

/// Values by number, with the count of their users.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    slots: Vec<Option<Slot<T>>>,
    free: Vec<u32>,
    by_content: HashMap<Rc<T>, u32>,
}

#[derive(Debug)]
struct Slot<T> {
    value: Rc<T>,
    users: u32,
}

impl<T> Default for Pool<T> {
    fn default() -> Pool<T> {
        Pool { slots: Vec::new(), free: Vec::new(), by_content: HashMap::new() }
    }
}

impl<T: Hash + Eq> Pool<T> {
    /// The number of `value`, with one user more, and whether nobody used it before.
    pub(crate) fn acquire(&mut self, value: T) -> (u32, bool) {
        if let Some(&id) = self.by_content.get(&value) {
            self.slot_mut(id).users += 1;
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
        (id, true)
    }

    /// One user less. True when that was the last one and the value is gone.
    pub(crate) fn release(&mut self, id: u32) -> bool {
        let slot = self.slot_mut(id);
        slot.users -= 1;
        if slot.users > 0 {
            return false;
        }
        if let Some(slot) = self.slots[id as usize].take() {
            self.by_content.remove(&slot.value);
        }
        self.free.push(id);
        true
    }

    pub(crate) fn get(&self, id: u32) -> &T {
        match self.slots.get(id as usize) {
            Some(Some(slot)) => &slot.value,
            _ => unreachable!("number {id} was released or never given out"),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().enumerate().filter_map(|(id, slot)| Some((id as u32, &*slot.as_ref()?.value)))
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
