//! Groups behind the sets of paths that the program's own tables lead to.

use super::State;
use crate::program::Loaded;
use crate::program::ways::{Protections, Ways};
use fib::{GroupContent, GroupSpec, PathId};

impl State {
    pub fn has_path(&self, name: &str) -> bool {
        self.paths.contains_key(name)
    }

    /// Looks the paths of the program's sets up: of sets that are new, and of all when paths have come or gone.
    pub fn protect(&mut self, loaded: &Loaded) {
        let mut protections = loaded.protections.borrow_mut();
        let Protections { groups, news, seen } = &mut *protections;
        if !*news && *seen == self.paths_told {
            return;
        }
        (*news, *seen) = (false, self.paths_told);
        for (numbered, cells) in groups.iter_mut().zip(loaded.state.protections.iter()) {
            for (number, set) in numbered.sets.iter_mut().enumerate() {
                let Some(set) = set else { continue };
                let content = self.content_of(&set.ways);
                if content == set.content {
                    continue;
                }
                let acquired = content.as_ref().map(|content| self.writer.group_acquire(content)).transpose();
                let group = match acquired {
                    Ok(group) => group,
                    Err(error) => {
                        // As it was, and tried again when something changes.
                        if let Some(suppressed) = self.may_say("protection", "group") {
                            tracing::warn!(paths = %set.ways, %error, suppressed, "paths not protected");
                        }
                        continue;
                    }
                };
                cells.put(number as u32, group);
                set.content = content;
                self.let_go(std::mem::replace(&mut set.group, group));
            }
        }
    }

    /// Forgets sets that no entry has led to for two of these calls: between them, all workers have finished the vector in
    /// which they may have found one.
    pub fn sweep_protections(&mut self, loaded: &Loaded) {
        let mut protections = loaded.protections.borrow_mut();
        for (at, (numbered, cells)) in
            protections.groups.iter_mut().zip(loaded.state.protections.iter()).enumerate()
        {
            for number in 0..numbered.sets.len() {
                let Some(set) = &mut numbered.sets[number] else { continue };
                let used = loaded.control.uses_set(front::ir::ProtectionId(at as u32), number as u32);
                if used || !std::mem::replace(&mut set.unused, true) {
                    set.unused = !used;
                    continue;
                }
                cells.put(number as u32, None);
                let group = numbered.forget(number).and_then(|set| set.group);
                self.let_go(group);
            }
        }
    }

    /// The sets of a program that no worker runs any more.
    pub fn unprotect(&mut self, loaded: &Loaded) {
        let mut protections = loaded.protections.borrow_mut();
        let sets = protections.groups.iter_mut().flat_map(|numbered| &mut numbered.sets).flatten();
        for set in sets {
            self.let_go(set.group.take());
        }
    }

    fn let_go(&mut self, group: Option<fib::GroupId>) {
        if let Some(group) = group
            && let Err(error) = self.writer.group_release(group)
        {
            unreachable!("a set holds what it has acquired: {error}");
        }
    }

    /// Only paths that exist; the first of the sets that are left are the primaries.
    fn content_of(&self, ways: &Ways) -> Option<GroupContent> {
        let id = |name: &String| self.paths.get(name).map(|path| path.id);
        let mut primaries: Vec<(PathId, u16)> =
            ways.primaries.iter().filter_map(|(name, weight)| Some((id(name)?, *weight))).collect();
        let backups = ways.backups.iter().map(|set| set.iter().filter_map(id).collect::<Vec<_>>());
        let mut backups: Vec<Vec<PathId>> = backups.filter(|set| !set.is_empty()).collect();
        if primaries.is_empty() {
            if backups.is_empty() {
                return None;
            }
            primaries = backups.remove(0).into_iter().map(|path| (path, 1)).collect();
        }
        Some(GroupContent::Paths(GroupSpec { primaries, backups }))
    }
}
