//! Where routes point: one slot for each next-hop id, and one for each distinct set of next hops that routes name
//! themselves. A slot heads the list of its routes, so that a change of what it stands for finds just these.

use crate::change::{NextHop, Target};
use crate::refusal::Refusal;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::Arc;

pub(crate) type SlotId = u32;

/// No slot, no route.
pub(crate) const NONE: u32 = u32::MAX;

/// Next hops of all that routes and groups stand for, about 100 MB. FRR has a handful for each distinct set.
pub(crate) const MAX_HELD: usize = 1 << 22;

/// What a slot stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// An id that was used and not yet explained.
    Waiting,
    Found(Target),
    Refused(Refusal),
}

impl State {
    fn next_hops(&self) -> usize {
        match self {
            State::Found(Target::NextHops(next_hops)) => next_hops.len(),
            State::Found(_) | State::Waiting | State::Refused(_) => 0,
        }
    }
}

/// What a route says itself, before it is known whether another said the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Content<'a> {
    NextHops(&'a [NextHop]),
    Blackhole,
    Unreachable,
    Prohibit,
}

impl Content<'_> {
    fn of(state: &State) -> Option<Content<'_>> {
        match state {
            State::Found(Target::NextHops(next_hops)) => Some(Content::NextHops(next_hops)),
            State::Found(Target::Blackhole) => Some(Content::Blackhole),
            State::Found(Target::Unreachable) => Some(Content::Unreachable),
            State::Found(Target::Prohibit) => Some(Content::Prohibit),
            State::Waiting | State::Refused(_) => None,
        }
    }

    fn target(self) -> Target {
        match self {
            Content::NextHops(next_hops) => Target::NextHops(Arc::from(next_hops)),
            Content::Blackhole => Target::Blackhole,
            Content::Unreachable => Target::Unreachable,
            Content::Prohibit => Target::Prohibit,
        }
    }
}

/// Who keeps a slot that no route uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kept {
    ById,
    Not,
    /// Found by its content, until the last route leaves it.
    ByContent,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) state: State,
    /// The first of its routes.
    pub(crate) head: u32,
    pub(crate) routes: u32,
    kept: Kept,
    /// When it was last mentioned or used, in the slots' own count.
    pub(crate) touched: u64,
}

#[derive(Debug)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    free: Vec<SlotId>,
    by_content: HashTable<SlotId>,
    hasher: FixedState,
    clock: u64,
    /// Next hops of all slots.
    held: usize,
}

impl Slots {
    pub(crate) fn new(hasher: FixedState) -> Slots {
        Slots { slots: Vec::new(), free: Vec::new(), by_content: HashTable::new(), hasher, clock: 0, held: 0 }
    }

    pub(crate) fn get(&self, id: SlotId) -> &Slot {
        &self.slots[id as usize]
    }

    /// Whether there is room for that in place of what the slot stands for.
    pub(crate) fn fits(&self, id: SlotId, state: &State) -> bool {
        self.held - self.get(id).state.next_hops() + state.next_hops() <= MAX_HELD
    }

    /// The slot stands for that now.
    pub(crate) fn put(&mut self, id: SlotId, state: State) {
        let slot = &mut self.slots[id as usize];
        self.held = self.held - slot.state.next_hops() + state.next_hops();
        slot.state = state;
    }

    pub(crate) fn get_mut(&mut self, id: SlotId) -> &mut Slot {
        &mut self.slots[id as usize]
    }

    /// Counts what is done to slots.
    pub(crate) fn clock(&self) -> u64 {
        self.clock
    }

    pub(crate) fn touch(&mut self, id: SlotId) {
        self.clock += 1;
        self.slots[id as usize].touched = self.clock;
    }

    /// A slot for an id that nothing is known of.
    pub(crate) fn add_for_id(&mut self) -> SlotId {
        self.add(State::Waiting, Kept::ById)
    }

    /// The slot of that content, `None` when there is no room for it. It is gone unless a route is put there next.
    pub(crate) fn with_content(&mut self, content: Content<'_>) -> Option<SlotId> {
        let hash = self.hasher.hash_one(content);
        let same = |id: &SlotId| Content::of(&self.slots[*id as usize].state) == Some(content);
        if let Some(id) = self.by_content.find(hash, same) {
            return Some(*id);
        }
        let state = State::Found(content.target());
        if self.held + state.next_hops() > MAX_HELD {
            return None;
        }
        let id = self.add(State::Waiting, Kept::ByContent);
        self.put(id, state);
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_content.insert_unique(hash, id, |id| {
            hasher.hash_one(Content::of(&slots[*id as usize].state).expect("a slot found by content has one"))
        });
        Some(id)
    }

    fn add(&mut self, state: State, kept: Kept) -> SlotId {
        self.clock += 1;
        let slot = Slot { state, head: NONE, routes: 0, kept, touched: self.clock };
        match self.free.pop() {
            Some(id) => {
                self.slots[id as usize] = slot;
                id
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as SlotId
            }
        }
    }

    /// The id is nobody's any more: routes that still point here keep what it stood for.
    pub(crate) fn orphan(&mut self, id: SlotId) {
        self.slots[id as usize].kept = Kept::Not;
        self.release_unused(id);
    }

    /// To be called when a route has left.
    pub(crate) fn release_unused(&mut self, id: SlotId) {
        let slot = &mut self.slots[id as usize];
        if slot.routes > 0 || slot.kept == Kept::ById {
            return;
        }
        if slot.kept == Kept::ByContent {
            let content = Content::of(&slot.state).expect("a slot found by content has one");
            let hash = self.hasher.hash_one(content);
            if let Ok(entry) = self.by_content.find_entry(hash, |other| *other == id) {
                entry.remove();
            }
        }
        self.put(id, State::Waiting);
        self.free.push(id);
    }

    /// Routes whose next hops are not known.
    pub(crate) fn waiting_routes(&self) -> usize {
        let waiting = self.slots.iter().filter(|slot| slot.state == State::Waiting);
        waiting.map(|slot| slot.routes as usize).sum()
    }
}
