//! A hierarchical timing wheel: arm, move and disarm in constant time, whatever the number of timers.
//!
//! Each level has 64 slots; a slot of level `n` spans 64^n ticks. A timer lives at the level of the highest digit
//! (base 64) in which its tick differs from the present one, so the slots of a level never wrap around, everything on
//! a lower level is due before everything on a higher one, and nine levels hold any 64-bit time.

use crate::Time;

const TICK_BITS: u32 = 13;
/// The resolution: a timer fires at its time or less than this after it, never before. 8.192 us.
pub(crate) const TICK: u64 = 1 << TICK_BITS;

const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
/// (64 - 13) bits of ticks in digits of 6 bits.
const LEVELS: usize = 9;
/// The last tick that a [`Time`] reaches.
const LAST: u64 = u64::MAX >> TICK_BITS;
const NIL: u32 = u32::MAX;
const UNARMED: u16 = u16::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    tick: u64,
    previous: u32,
    next: u32,
    /// `level * SLOTS + slot`, or `UNARMED`.
    list: u16,
}

/// Timers are numbered from 0 and belong to the caller.
#[derive(Debug)]
pub(crate) struct Wheel {
    /// All timers of earlier ticks have fired; those of this tick fire when it is asked for.
    present: u64,
    occupied: [u64; LEVELS],
    heads: [u32; LEVELS * SLOTS],
    nodes: Box<[Node]>,
}

impl Wheel {
    pub(crate) fn new(timers: usize, start: Time) -> Self {
        let node = Node { tick: 0, previous: NIL, next: NIL, list: UNARMED };
        Self {
            present: start.0 >> TICK_BITS,
            occupied: [0; LEVELS],
            heads: [NIL; LEVELS * SLOTS],
            nodes: vec![node; timers].into_boxed_slice(),
        }
    }

    /// Arms or moves `timer`. A time that is past fires at the next tick.
    pub(crate) fn arm(&mut self, timer: u32, at: Time) {
        self.disarm(timer);
        let tick = at.0.div_ceil(TICK).max(self.present + 1).min(LAST);
        self.nodes[timer as usize].tick = tick;
        self.link(timer);
    }

    pub(crate) fn disarm(&mut self, timer: u32) {
        let Node { previous, next, list, .. } = self.nodes[timer as usize];
        if list == UNARMED {
            return;
        }
        match previous {
            NIL => self.heads[usize::from(list)] = next,
            previous => self.nodes[previous as usize].next = next,
        }
        if next != NIL {
            self.nodes[next as usize].previous = previous;
        }
        if self.heads[usize::from(list)] == NIL {
            let (level, slot) = (usize::from(list) / SLOTS, usize::from(list) % SLOTS);
            self.occupied[level] &= !(1 << slot);
        }
        self.nodes[timer as usize].list = UNARMED;
    }

    /// When `timer` will fire.
    pub(crate) fn armed(&self, timer: u32) -> Option<Time> {
        let node = &self.nodes[timer as usize];
        (node.list != UNARMED).then_some(Time(node.tick << TICK_BITS))
    }

    /// The next timer that is due at `now`, disarmed; to be called until it gives nothing.
    pub(crate) fn expire(&mut self, now: Time) -> Option<u32> {
        let now = now.0 >> TICK_BITS;
        loop {
            let due = self.heads[self.present as usize % SLOTS];
            if due != NIL {
                self.disarm(due);
                return Some(due);
            }
            match self.next_slot() {
                Some((level, tick)) if tick <= now => {
                    self.present = tick;
                    if level > 0 {
                        self.cascade(level);
                    }
                }
                _ => {
                    self.present = self.present.max(now);
                    return None;
                }
            }
        }
    }

    /// An instant before which nothing fires. Not always the instant at which something does: a timer far away is
    /// known by its slot only.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        if self.heads[self.present as usize % SLOTS] != NIL {
            return Some(Time(self.present << TICK_BITS));
        }
        self.next_slot().map(|(_, tick)| Time(tick << TICK_BITS))
    }

    /// The first occupied slot after the present: its level, and the tick at which it begins.
    fn next_slot(&self) -> Option<(usize, u64)> {
        for (level, &occupied) in self.occupied.iter().enumerate() {
            let shift = level as u32 * SLOT_BITS;
            let digit = (self.present >> shift) as u32 % SLOTS as u32;
            let later = occupied & (!1 << digit);
            if later != 0 {
                let base = self.present >> shift >> SLOT_BITS << SLOT_BITS;
                return Some((level, (base | u64::from(later.trailing_zeros())) << shift));
            }
        }
        None
    }

    /// Deals the timers of the slot that begins at the present tick to lower levels.
    fn cascade(&mut self, level: usize) {
        let slot = (self.present >> (level as u32 * SLOT_BITS)) as usize % SLOTS;
        let mut timer = core::mem::replace(&mut self.heads[level * SLOTS + slot], NIL);
        self.occupied[level] &= !(1 << slot);
        while timer != NIL {
            let next = self.nodes[timer as usize].next;
            self.link(timer);
            timer = next;
        }
    }

    fn link(&mut self, timer: u32) {
        let tick = self.nodes[timer as usize].tick;
        let differs = (tick ^ self.present) | 1;
        let level = (differs.ilog2() / SLOT_BITS) as usize;
        let slot = (tick >> (level as u32 * SLOT_BITS)) as usize % SLOTS;
        let list = level * SLOTS + slot;
        let head = core::mem::replace(&mut self.heads[list], timer);
        if head != NIL {
            self.nodes[head as usize].previous = timer;
        }
        let node = &mut self.nodes[timer as usize];
        (node.previous, node.next, node.list) = (NIL, head, list as u16);
        self.occupied[level] |= 1 << slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::{BTreeSet, BinaryHeap};

    #[test]
    fn a_timer_fires_at_its_time_or_within_a_tick_of_it_and_never_before() {
        for at in [1, TICK, TICK + 1, 10_000_000, 1_000_000_000, 86_400_000_000_000] {
            let mut wheel = Wheel::new(1, Time(0));
            wheel.arm(0, Time(at));
            assert_eq!(wheel.expire(Time(at - 1)), None, "{at}");
            assert_eq!(wheel.expire(Time(at + TICK - 1)), Some(0), "{at}");
            assert_eq!(wheel.expire(Time(u64::MAX)), None, "{at}");
        }
    }

    #[test]
    fn the_end_of_time_can_be_armed() {
        let mut wheel = Wheel::new(1, Time(u64::MAX / 2));
        wheel.arm(0, Time(u64::MAX - TICK));
        assert_eq!(wheel.expire(Time(u64::MAX - 2 * TICK)), None);
        assert_eq!(wheel.expire(Time(u64::MAX)), Some(0));
    }

    #[test]
    fn a_gap_of_years_takes_a_bounded_number_of_steps() {
        let mut wheel = Wheel::new(2, Time(0));
        let year = 365 * 86_400 * 1_000_000_000;
        wheel.arm(0, Time(year));
        let mut steps = 0;
        let mut now = Time(0);
        while let Some(next) = wheel.next_deadline() {
            assert!(next > now);
            now = next;
            steps += 1;
            while wheel.expire(now).is_some() {}
        }
        assert!(now.0 >= year && now.0 < year + TICK);
        assert!(steps <= LEVELS, "{steps}");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Arm(u32, u64),
        Disarm(u32),
        Advance(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let span = || prop_oneof![0..4 * TICK, 0u64..20_000_000, 0u64..5_000_000_000, 0u64..1 << 50];
        prop_oneof![
            4 => (0u32..16, span()).prop_map(|(t, d)| Step::Arm(t, d)),
            1 => (0u32..16).prop_map(Step::Disarm),
            3 => span().prop_map(Step::Advance),
        ]
    }

    /// The obvious twin: a heap of (tick, timer), with a tick per timer to tell which entries are stale.
    struct Twin {
        now: u64,
        armed: [Option<u64>; 16],
        heap: BinaryHeap<Reverse<(u64, u32)>>,
    }

    impl Twin {
        fn arm(&mut self, timer: u32, at: u64) {
            let tick = at.div_ceil(TICK).max(self.now / TICK + 1);
            self.armed[timer as usize] = Some(tick);
            self.heap.push(Reverse((tick, timer)));
        }

        fn expire(&mut self, now: u64) -> BTreeSet<(u64, u32)> {
            self.now = now;
            let mut fired = BTreeSet::new();
            while let Some(&Reverse((tick, timer))) = self.heap.peek() {
                if tick > now / TICK {
                    break;
                }
                self.heap.pop();
                if self.armed[timer as usize] == Some(tick) {
                    self.armed[timer as usize] = None;
                    fired.insert((tick, timer));
                }
            }
            fired
        }
    }

    proptest! {
        #[test]
        fn the_wheel_fires_what_a_heap_fires_in_its_order(
            start in prop_oneof![Just(0u64), 0u64..1 << 60], steps in proptest::collection::vec(step(), 1..120),
        ) {
            let mut wheel = Wheel::new(16, Time(start));
            let mut twin = Twin { now: start, armed: [None; 16], heap: BinaryHeap::new() };
            let mut now = start;
            for step in steps {
                match step {
                    Step::Arm(timer, delta) => {
                        wheel.arm(timer, Time(now + delta));
                        twin.arm(timer, now + delta);
                    }
                    Step::Disarm(timer) => {
                        wheel.disarm(timer);
                        twin.armed[timer as usize] = None;
                    }
                    Step::Advance(delta) => {
                        now += delta;
                        let expected = twin.expire(now);
                        if let Some(&(tick, _)) = expected.first() {
                            prop_assert!(wheel.next_deadline().unwrap().0 <= tick * TICK);
                        }
                        let mut fired = Vec::new();
                        while let Some(timer) = wheel.expire(Time(now)) {
                            fired.push((wheel.nodes[timer as usize].tick, timer));
                        }
                        prop_assert!(fired.is_sorted_by_key(|&(tick, _)| tick));
                        prop_assert_eq!(fired.into_iter().collect::<BTreeSet<_>>(), expected);
                    }
                }
                for timer in 0..16 {
                    let armed = twin.armed[timer as usize].map(|tick| Time(tick * TICK));
                    prop_assert_eq!(wheel.armed(timer), armed);
                }
            }
        }
    }
}
