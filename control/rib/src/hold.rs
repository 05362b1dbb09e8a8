//! Delayed convergence after a failure next door (RFC 8333): while other routers may still have the old routes, traffic
//! that is on its repair stays there.

use crate::core::{Core, is_empty};
use crate::table::Entry;
use crate::{Group, PathId, Rib};
use api::Source;
use std::collections::BTreeSet;

/// Link-state protocols as rtnetlink(7) and FRR number them: IS-IS, OSPF, OpenFabric.
pub const LINK_STATE: [u8; 3] = [187, 188, 197];

impl Rib {
    /// Paths that failed a moment ago. While some are, prefixes of link-state protocols that were on them are not told
    /// where else they should go, unless it is where their repair has them; when one is named no more, all are told.
    pub fn set_failed(&mut self, failed: BTreeSet<PathId>) {
        if self.failed.difference(&failed).next().is_some() {
            self.queue.extend(self.held.drain(..));
        }
        self.failed = failed;
    }

    /// Prefixes that wait for [`Rib::set_failed`].
    pub fn held(&self) -> usize {
        self.held.len()
    }
}

/// Whether what this prefix was told stays for now.
pub(crate) fn holds(core: &Core, failed: &BTreeSet<PathId>, entry: &Entry, epoch: u16) -> bool {
    if failed.is_empty() {
        return false;
    }
    let (Some((told, _)), Some((wanted, Source::Fpm))) = (entry.told(epoch), core.chosen(entry.set)) else {
        return false;
    };
    if told == wanted || !LINK_STATE.contains(&core.fpm.get(core.sets.get(entry.set).fpm).protocol) {
        return false;
    }
    let told = core.groups.get(told);
    let Group::Paths { primaries, .. } = &**core.groups.get(wanted) else { return false };
    let was_hit = matches!(&**told, Group::Paths { primaries, .. }
        if primaries.iter().any(|(path, _)| failed.contains(path)));
    if is_empty(told) || !was_hit {
        return false;
    }
    let alive = |tier: Vec<PathId>| -> BTreeSet<PathId> {
        tier.into_iter().filter(|path| !failed.contains(path)).collect()
    };
    // Without a repair there is nothing to stay on.
    let Some(repair) = told.tiers().map(alive).find(|tier| !tier.is_empty()) else { return false };
    !primaries.iter().map(|(path, _)| *path).eq(repair)
}
