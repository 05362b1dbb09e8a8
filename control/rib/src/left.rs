//! Routes of BGP that FPM does not say any more while routing daemons restart, and that BGP still has.
//!
//! zebra deletes what a restarted bgpd has not told it yet, and a restarted zebra is never told what bgpd told its former
//! self. Both look like withdrawals in FPM, and the sessions of BGP know better: while they have a path for the prefix, it
//! stays. It goes where FPM sent it as long as one of their paths leads there, else where BGP's best leads.

use crate::core::{Core, Set};
use crate::table::NONE;
use crate::{FpmTarget, Prefix, Rib};
use std::rc::Rc;

/// How FPM let go of a route.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Gone {
    /// It said so.
    Withdrawn,
    /// A new connection has not said it again.
    Untold,
}

impl Set {
    /// FPM has nothing to say.
    pub(crate) fn forget_fpm(&mut self) {
        (self.fpm, self.alternates, self.left) = (NONE, NONE, None);
    }

    /// To be called when the paths of BGP are others: without any there is nobody to leave it to.
    pub(crate) fn end_left(&mut self) {
        if self.left.is_some() && self.bgp.is_empty() {
            self.forget_fpm();
        }
    }
}

impl Core {
    /// The preference with which BGP leads in FPM's place: for what was left to it and does not go where FPM sent it.
    pub(crate) fn stands_in(&mut self, set: &Set) -> Option<u32> {
        set.left?;
        let fpm = Rc::clone(self.fpm.get(set.fpm));
        let FpmTarget::Hops(hops) = &fpm.target else { return None };
        let ways: Vec<_> = self.usable(&set.bgp).into_iter().flat_map(|(_, ways, _)| ways).collect();
        let leads_there = |hop: &crate::FpmHop| {
            self.ways.over_link(hop.link, hop.gateway).is_ok_and(|way| ways.contains(&way))
        };
        (!hops.iter().any(leads_there)).then_some(fpm.preference)
    }
}

impl Rib {
    /// FPM has nothing for that prefix any more and may not mean it. A route of BGP is left to BGP, if it has a path; others
    /// are withdrawn. What is left goes with the last path, with [`Rib::end_left`], or when FPM has something to say.
    pub fn leave_fpm(&mut self, prefix: impl Into<Prefix>, gone: Gone) {
        let prefix = prefix.into();
        let Some(id) = self.table.find(prefix) else { return };
        let mut set = self.set_of(id);
        if set.fpm == NONE || !self.core.fpm.get(set.fpm).is_bgp {
            return self.withdraw_fpm(prefix);
        }
        set.left = Some(gone);
        set.end_left();
        self.replace(id, set);
    }

    /// Withdraws what was left to BGP. A step for each prefix.
    pub fn end_left(&mut self, such: impl Fn(Gone) -> bool) {
        for id in self.table.ids() {
            let set = self.table.entry(id).set;
            if set != NONE && self.core.sets.get(set).left.is_some_and(&such) {
                let mut set = self.set_of(id);
                set.forget_fpm();
                self.replace(id, set);
            }
        }
    }

    /// Prefixes that are left to BGP and of which that is true. A step for each distinct set of candidates.
    pub fn left(&self, such: impl Fn(Gone) -> bool) -> u64 {
        let is_left = |set: &u32| self.core.sets.get(*set).left.is_some_and(&such);
        self.core.sets.users().filter(|(set, _)| is_left(set)).map(|(_, users)| u64::from(users)).sum()
    }
}
