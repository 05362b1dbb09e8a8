//! Next hops and groups by zebra's ids.
//!
//! An id belongs to the connection: a zebra that was restarted gives the same numbers to other next hops, while routes
//! that it has not mentioned again go on over the old ones. Within a connection zebra does not say when an id is no
//! more, and may use one again without a word after any time (a second best route holds it). So an id that nothing
//! uses is kept as long as there is room, and those unused for longest go first.

use crate::change::{NextHop, Target, normalise};
use crate::emit::MAX_NEXT_HOPS;
use crate::netlink::Definition;
use crate::refusal::Refusal;
use crate::slots::{MAX_HELD, SlotId, Slots, State};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Ids that are kept: FRR has a handful for each distinct set of next hops, however many routes there are.
pub(crate) const MAX_IDS: usize = 1 << 16;

/// Unused ids are searched for when there are too many, and a part of the room is won at once.
const PRUNED: usize = MAX_IDS / 8;

#[derive(Debug)]
struct Object {
    slot: SlotId,
    /// Of a group, with weights from 1.
    members: Vec<(u32, u16)>,
    /// Groups that have this among their members.
    groups: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct NextHops {
    objects: HashMap<u32, Object, FixedState>,
    /// Ids that were given up to make room, in all.
    pub(crate) aged: u64,
    /// When room was last made, in the slots' count.
    pruned_at: u64,
}

/// What a message about an id leads to.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// Slots that stand for something else now.
    pub(crate) changed: Vec<SlotId>,
    /// Slots of ids that are no more.
    pub(crate) deleted: Vec<SlotId>,
    /// Why the id cannot be used, with the value that caused it.
    pub(crate) refused: Option<(Refusal, u32)>,
}

impl NextHops {
    pub(crate) fn new(hasher: FixedState) -> NextHops {
        NextHops { objects: HashMap::with_hasher(hasher), aged: 0, pruned_at: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// A slot with routes that waits, and the id that it waits for: its own or a member's.
    pub(crate) fn waiting(&self, slots: &Slots) -> Option<(u32, SlotId)> {
        let waits = |slot: SlotId| slots.get(slot).state == State::Waiting;
        let waiting = |(_, object): &(&u32, &Object)| waits(object.slot) && slots.get(object.slot).routes > 0;
        let (id, object) = self.objects.iter().find(waiting)?;
        let untold = |id: &u32| self.objects.get(id).is_none_or(|member| waits(member.slot));
        let member = object.members.iter().map(|(member, _)| *member).find(untold);
        Some((member.unwrap_or(*id), object.slot))
    }

    /// A new connection: all ids are forgotten; what routes point to stays.
    pub(crate) fn forget(&mut self, slots: &mut Slots) {
        for (_, object) in self.objects.drain() {
            slots.orphan(object.slot);
        }
    }

    /// The slot of an id that a route uses, known or not; `None` when no more ids can be kept.
    pub(crate) fn slot(&mut self, id: u32, slots: &mut Slots) -> Option<SlotId> {
        if let Some(object) = self.objects.get(&id) {
            return Some(object.slot);
        }
        self.add(id, slots).map(|object| object.slot)
    }

    fn add(&mut self, id: u32, slots: &mut Slots) -> Option<&mut Object> {
        if !self.objects.contains_key(&id) {
            self.make_room(1, slots);
            if self.objects.len() >= MAX_IDS {
                return None;
            }
        }
        let new = || Object { slot: slots.add_for_id(), members: Vec::new(), groups: Vec::new() };
        Some(self.objects.entry(id).or_insert_with(new))
    }

    /// Sees to it that so many ids fit, if that can be.
    fn make_room(&mut self, more: usize, slots: &mut Slots) {
        // Not for each message, when there is nothing to give up.
        let enough_since = self.pruned_at == 0 || slots.clock() - self.pruned_at >= PRUNED as u64;
        if self.objects.len() + more > MAX_IDS && enough_since {
            self.prune(slots);
            self.pruned_at = slots.clock();
        }
    }

    /// Gives up ids that neither a route nor a group uses, the longest unused first.
    fn prune(&mut self, slots: &mut Slots) {
        let unused = |object: &Object| object.groups.is_empty() && slots.get(object.slot).routes == 0;
        let unused = self.objects.iter().filter(|(_, object)| unused(object));
        let mut unused: Vec<(u64, u32)> =
            unused.map(|(id, object)| (slots.get(object.slot).touched, *id)).collect();
        unused.sort_unstable();
        for (_, id) in unused.into_iter().take(PRUNED) {
            self.unlink(id);
            if let Some(object) = self.objects.remove(&id) {
                slots.orphan(object.slot);
                self.aged += 1;
            }
        }
    }

    /// Takes a group out of its members' lists.
    fn unlink(&mut self, id: u32) {
        let members = self.objects.get_mut(&id).map(|object| std::mem::take(&mut object.members));
        for (member, _) in members.unwrap_or_default() {
            if let Some(member) = self.objects.get_mut(&member) {
                member.groups.retain(|group| *group != id);
            }
        }
    }

    /// RTM_NEWNEXTHOP, for a new id or in place of what the id was.
    pub(crate) fn define(&mut self, id: u32, definition: Definition, slots: &mut Slots) -> Effect {
        let mut effect = Effect::default();
        // Before anything of this message is there that could be given up.
        self.make_room(1 + MAX_NEXT_HOPS, slots);
        let definition = match definition {
            Definition::Group(members) => self.check_group(id, members),
            definition => definition,
        };
        let Some(object) = self.add(id, slots) else {
            effect.refused = Some((Refusal::IdLimit, MAX_IDS as u32));
            return effect;
        };
        let slot = object.slot;
        slots.touch(slot);
        self.unlink(id);
        let state = match definition {
            Definition::NextHop(next_hop) => found(Target::NextHops(Arc::from([next_hop]))),
            Definition::Blackhole => found(Target::Blackhole),
            Definition::Unusable(because) => {
                effect.refused = Some(because);
                State::Refused(because.0)
            }
            Definition::Group(members) => match self.link(id, members, slots) {
                Ok(()) => self.resolve(id, slots),
                Err(because) => {
                    effect.refused = Some(because);
                    State::Refused(because.0)
                }
            },
        };
        self.put(id, state, slots, &mut effect);
        effect
    }

    /// A group of next hops that are no groups, or why it is none.
    fn check_group(&self, id: u32, members: Vec<(u32, u16)>) -> Definition {
        if members.iter().any(|(member, _)| *member == id) {
            return Definition::Unusable((Refusal::OwnMember, id));
        }
        if self.objects.get(&id).is_some_and(|object| !object.groups.is_empty()) {
            return Definition::Unusable((Refusal::NestedGroup, id));
        }
        let is_group = |id: &u32| self.objects.get(id).is_some_and(|object| !object.members.is_empty());
        match members.iter().find(|(member, _)| is_group(member)) {
            Some((member, _)) => Definition::Unusable((Refusal::NestedGroup, *member)),
            None => Definition::Group(members),
        }
    }

    /// Makes the group known to its members. Those that are not known yet come later: zebra tells its next hops in no
    /// order when a connection begins.
    fn link(&mut self, id: u32, members: Vec<(u32, u16)>, slots: &mut Slots) -> Result<(), (Refusal, u32)> {
        let distinct: BTreeSet<u32> = members.iter().map(|(member, _)| *member).collect();
        let missing = distinct.iter().filter(|member| !self.objects.contains_key(*member)).count();
        if self.objects.len() + missing > MAX_IDS {
            return Err((Refusal::IdLimit, MAX_IDS as u32));
        }
        for member in distinct {
            if let Some(member) = self.add(member, slots) {
                member.groups.push(id);
            }
        }
        if let Some(object) = self.objects.get_mut(&id) {
            object.members = members;
        }
        Ok(())
    }

    /// What a group stands for, from its members.
    fn resolve(&self, id: u32, slots: &Slots) -> State {
        let Some(group) = self.objects.get(&id) else { return State::Waiting };
        let mut next_hops: Vec<NextHop> = Vec::with_capacity(group.members.len());
        let mut blackhole = false;
        for (member, weight) in &group.members {
            let Some(member) = self.objects.get(member) else { return State::Waiting };
            match &slots.get(member.slot).state {
                State::Found(Target::NextHops(of_member)) => {
                    next_hops
                        .extend(of_member.iter().map(|next_hop| NextHop { weight: *weight, ..*next_hop }));
                }
                State::Found(_) => blackhole = true,
                State::Waiting => return State::Waiting,
                State::Refused(reason) => return State::Refused(*reason),
            }
        }
        match (next_hops.is_empty(), blackhole) {
            (true, true) => found(Target::Blackhole),
            (true, false) => State::Refused(Refusal::NoNextHop),
            (false, _) => {
                normalise(&mut next_hops);
                found(Target::NextHops(next_hops.into()))
            }
        }
    }

    /// Gives the id that state, and its groups what follows.
    fn put(&mut self, id: u32, state: State, slots: &mut Slots, effect: &mut Effect) {
        let Some(object) = self.objects.get(&id) else { return };
        let state = if slots.fits(object.slot, &state) {
            state
        } else {
            effect.refused = Some((Refusal::NextHopLimit, MAX_HELD as u32));
            State::Refused(Refusal::NextHopLimit)
        };
        if slots.get(object.slot).state == state {
            return;
        }
        slots.put(object.slot, state);
        effect.changed.push(object.slot);
        // No group has a group among its members, so that this ends after one step.
        for group in object.groups.clone() {
            let state = self.resolve(group, slots);
            self.put(group, state, slots, effect);
        }
    }

    /// RTM_DELNEXTHOP. As in the kernel, a group loses the member, and a group without members goes too.
    pub(crate) fn delete(&mut self, id: u32, slots: &mut Slots) -> Effect {
        let mut effect = Effect::default();
        self.unlink(id);
        let Some(object) = self.objects.remove(&id) else { return effect };
        effect.deleted.push(object.slot);
        for group in object.groups {
            let Some(object) = self.objects.get_mut(&group) else { continue };
            object.members.retain(|(member, _)| *member != id);
            if object.members.is_empty() {
                effect.deleted.push(object.slot);
                self.objects.remove(&group);
            } else {
                let state = self.resolve(group, slots);
                self.put(group, state, slots, &mut effect);
            }
        }
        effect
    }
}

fn found(target: Target) -> State {
    State::Found(target)
}
