//! The one who may write: paths, neighbors, groups, and what waits for its grace period.

use crate::alloc::{Buddy, Slots};
use crate::epoch::Epochs;
use crate::error::FibError;
use crate::group::{GroupWord, Groups};
use crate::path::{Neighbor, PATH_SLOTS, Paths};
use crate::spread::{self, GroupContent, GroupSpec};
use crate::tables::{Routes, Tables};
use crate::types::{Causes, Entry, GroupId, Limits, Memory, NeighborId, PathId};
use crate::v4::TableV4;
use crate::v4_writer::WriterV4;
use crate::v6::TableV6;
use crate::v6_writer::{Run, WriterV6};
use crate::writer_routes::Counts;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Makes empty tables: the writing end and the reading end.
pub fn tables(limits: Limits) -> Result<(Writer, Arc<Tables>), FibError> {
    let bound = |table, limit: usize, max: usize| match limit {
        0 => Err(FibError::LimitOutOfRange { table, limit, max }),
        _ if limit > max => Err(FibError::LimitOutOfRange { table, limit, max }),
        _ => Ok(()),
    };
    bound("groups", limits.groups, 1 << 24)?;
    bound("candidate cells", limits.cells, 1 << 31)?;
    bound("paths", limits.paths, PATH_SLOTS)?;
    bound("neighbors", limits.neighbors, 1 << 24)?;
    bound("IPv4 blocks for prefixes longer than /24", limits.v4_blocks, 1 << 24)?;
    bound("IPv6 words", limits.v6_words, 1 << 31)?;
    bound("workers", limits.workers, 1 << 16)?;
    bound("VRFs", limits.vrfs, usize::from(u16::MAX))?;
    let order = |units: usize| units.next_power_of_two().trailing_zeros();
    let cells = 1 << order(limits.cells);
    let words = 1 << order(limits.v6_words).max(4);
    let memory = |table, bytes| move || FibError::NoMemory { table, bytes };
    let routes = || {
        Ok(Routes {
            v4: TableV4::new(limits.v4_blocks).ok_or_else(memory("IPv4 routes", limits.v4_blocks << 10))?,
            v6: TableV6::new(words).ok_or_else(memory("IPv6 words", words * 8))?,
        })
    };
    let tables = Arc::new(Tables {
        main: routes()?,
        others: (1..limits.vrfs).map(|_| routes()).collect::<Result<_, _>>()?,
        groups: Groups::new(limits.groups, cells).ok_or_else(memory("groups", limits.groups * 8))?,
        // Neighbor 0 means none.
        paths: Paths::new(limits.neighbors + 1).ok_or_else(memory("neighbors", limits.neighbors * 64))?,
        epochs: Epochs::new(limits.workers),
        limits,
    });
    let writer = Writer {
        tables: Arc::clone(&tables),
        routes: (0..limits.vrfs)
            .map(|_| RoutesWriter { v4: WriterV4::new(limits.v4_blocks), v6: WriterV6::new(order(words)) })
            .collect(),
        counts: Counts::default(),
        runs: Vec::new(),
        paths: Vec::new(),
        path_ids: Slots::new(0, limits.paths as u32),
        neighbor_paths: vec![None],
        neighbor_ids: Slots::new(1, limits.neighbors as u32 + 1),
        groups: vec![None],
        group_ids: Slots::new(1, limits.groups as u32),
        shared: HashMap::new(),
        cells: Buddy::new(order(cells)),
        retired: VecDeque::new(),
    };
    Ok((writer, tables))
}

/// What waits for a grace period.
#[derive(Debug, Clone, Copy)]
enum Retired {
    /// Of that VRF.
    Block(u16, u32),
    Words(u16, Run),
    Group(GroupId),
    Cells(Run),
    Path(PathId),
    Neighbor(NeighborId),
}

#[derive(Debug)]
struct PathState {
    key: u64,
    neighbor: Option<NeighborId>,
    /// Groups that name the path.
    groups: u32,
}

#[derive(Debug)]
struct GroupState {
    content: GroupContent,
    /// Where its rows are, if it has any.
    cells: Option<Run>,
    /// Found by content and never changed in place.
    shared: bool,
    holders: u32,
    prefixes: u32,
}

/// The writer's side of one VRF's prefixes.
#[derive(Debug)]
pub(crate) struct RoutesWriter {
    pub(crate) v4: WriterV4,
    pub(crate) v6: WriterV6,
}

/// The single owner of all changes. Publishes neighbor, then group, then prefix; what it unlinks waits in here
/// until [`Writer::reclaim`] finds that every worker has passed a quiescent point.
#[derive(Debug)]
pub struct Writer {
    pub(crate) tables: Arc<Tables>,
    /// By VRF.
    pub(crate) routes: Vec<RoutesWriter>,
    pub(crate) counts: Counts,
    /// Runs that the IPv6 table has just let go of; empty between calls.
    pub(crate) runs: Vec<Run>,
    paths: Vec<Option<PathState>>,
    path_ids: Slots,
    /// Paths that use each neighbor.
    neighbor_paths: Vec<Option<u32>>,
    neighbor_ids: Slots,
    groups: Vec<Option<GroupState>>,
    group_ids: Slots,
    shared: HashMap<GroupContent, GroupId>,
    cells: Buddy,
    retired: VecDeque<(u64, Retired)>,
}

/// Puts `value` at `index`, which is at most one past the end.
fn put<T>(slots: &mut Vec<Option<T>>, index: usize, value: T) {
    if slots.len() <= index {
        slots.resize_with(index + 1, || None);
    }
    slots[index] = Some(value);
}

/// Grace periods.
impl Writer {
    pub fn tables(&self) -> &Arc<Tables> {
        &self.tables
    }

    fn retire(&mut self, what: Retired) {
        self.retired.push_back((self.tables.epochs.tag(), what));
    }

    pub(crate) fn retire_block(&mut self, vrf: u16, block: u32) {
        self.retire(Retired::Block(vrf, block));
    }

    pub(crate) fn retire_runs(&mut self, vrf: u16) {
        while let Some(run) = self.runs.pop() {
            self.retire(Retired::Words(vrf, run));
        }
    }

    /// Frees what no worker can reach any more; never waits. Call it after each batch of changes and once per
    /// tick. Returns how much is still waiting.
    pub fn reclaim(&mut self) -> usize {
        let epochs = &self.tables.epochs;
        if self.retired.back().is_some_and(|&(tag, _)| tag == epochs.tag()) {
            epochs.advance();
        }
        let passed = epochs.passed();
        while let Some(&(tag, what)) = self.retired.front()
            && tag <= passed
        {
            self.retired.pop_front();
            self.free(what);
        }
        self.retired.len()
    }

    fn free(&mut self, what: Retired) {
        match what {
            Retired::Block(vrf, block) => self.routes[usize::from(vrf)].v4.free_block(block),
            Retired::Words(vrf, run) => self.routes[usize::from(vrf)].v6.free(run),
            Retired::Group(group) => {
                self.tables.groups.publish(group, GroupWord(0));
                self.group_ids.give(group.0);
            }
            Retired::Cells(run) => self.cells.give(run.offset, run.order),
            Retired::Path(path) => self.path_ids.give(u32::from(path.0)),
            Retired::Neighbor(neighbor) => self.neighbor_ids.give(neighbor.0),
        }
    }

    /// Tries once, and once more after freeing what can be freed.
    pub(crate) fn or_reclaim<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<T, FibError>,
    ) -> Result<T, FibError> {
        match attempt(self) {
            Err(FibError::TableFull { .. }) if !self.retired.is_empty() => {
                self.reclaim();
                attempt(self)
            }
            result => result,
        }
    }

    fn take(
        &mut self,
        table: &'static str,
        ids: impl Fn(&mut Self) -> &mut Slots,
        limit: usize,
    ) -> Result<u32, FibError> {
        self.or_reclaim(|writer| ids(writer).take().ok_or(FibError::TableFull { table, limit }))
    }

    /// Bytes in use, by part.
    pub fn memory(&self) -> Memory {
        let tables = &self.tables;
        let v4 = |bytes: fn(&WriterV4) -> usize| self.routes.iter().map(|routes| bytes(&routes.v4)).sum();
        let v6 = |bytes: fn(&WriterV6) -> usize| self.routes.iter().map(|routes| bytes(&routes.v6)).sum();
        Memory {
            v4_direct: self.routes.len() * tables.main.v4.direct_bytes(),
            v4_blocks: v4(WriterV4::block_bytes),
            v4_shadow: v4(WriterV4::shadow_bytes),
            v6_root: v6(WriterV6::root_bytes),
            v6_words: v6(WriterV6::word_bytes),
            v6_shadow: v6(WriterV6::shadow_bytes),
            groups: self.group_ids.high_water() as usize * (8 + size_of::<Option<GroupState>>())
                + self.cells.high_water() * 2,
            paths: tables.paths.slot_bytes()
                + self.paths.len() * size_of::<Option<PathState>>()
                + self.neighbor_ids.high_water() as usize * size_of::<Neighbor>(),
        }
    }
}

/// Neighbors and paths.
impl Writer {
    /// Stores a rewrite. Records are immutable: a change is a new one ([`Writer::neighbor_replace`]).
    pub fn neighbor_add(&mut self, neighbor: &Neighbor) -> Result<NeighborId, FibError> {
        let limit = self.tables.limits.neighbors;
        let id = NeighborId(self.take("neighbors", |writer| &mut writer.neighbor_ids, limit)?);
        // SAFETY: the id was free: never linked, or unlinked and past its grace period.
        unsafe { self.tables.paths.fill(id, neighbor) };
        put(&mut self.neighbor_paths, id.0 as usize, 0);
        Ok(id)
    }

    /// Gives a neighbor's paths a new record and frees the old one.
    pub fn neighbor_replace(&mut self, old: NeighborId, new: &Neighbor) -> Result<NeighborId, FibError> {
        self.neighbor_users(old)?;
        let fresh = self.neighbor_add(new)?;
        for index in 0..self.paths.len() {
            if self.paths[index].as_ref().is_some_and(|path| path.neighbor == Some(old)) {
                self.set_neighbor(PathId(index as u16), Some(fresh))?;
            }
        }
        self.neighbor_remove(old)?;
        Ok(fresh)
    }

    /// Frees a neighbor that no path uses.
    pub fn neighbor_remove(&mut self, neighbor: NeighborId) -> Result<(), FibError> {
        match *self.neighbor_users(neighbor)? {
            0 => {
                self.neighbor_paths[neighbor.0 as usize] = None;
                self.retire(Retired::Neighbor(neighbor));
                Ok(())
            }
            paths => Err(FibError::NeighborInUse { neighbor, paths }),
        }
    }

    fn neighbor_users(&mut self, neighbor: NeighborId) -> Result<&mut u32, FibError> {
        let slot = self.neighbor_paths.get_mut(neighbor.0 as usize).and_then(Option::as_mut);
        slot.ok_or(FibError::UnknownNeighbor(neighbor))
    }

    /// A new path, dead for `causes` and, without a neighbor, for [`Causes::UNRESOLVED`].
    ///
    /// `key` is the path's stable name: groups spread their flows by it, so that the same paths give the same buckets
    /// whatever their ids. Two paths of one group should not share a key.
    pub fn path_add(
        &mut self,
        key: u64,
        neighbor: Option<NeighborId>,
        causes: Causes,
    ) -> Result<PathId, FibError> {
        if let Some(neighbor) = neighbor {
            self.neighbor_users(neighbor)?;
        }
        let limit = self.tables.limits.paths;
        let path = PathId(self.take("paths", |writer| &mut writer.path_ids, limit)? as u16);
        put(&mut self.paths, usize::from(path.0), PathState { key, neighbor: None, groups: 0 });
        self.set_neighbor(path, neighbor).expect("both exist");
        let unresolved = if neighbor.is_none() { Causes::UNRESOLVED } else { Causes::NONE };
        self.tables.paths.reset(path, causes | unresolved);
        Ok(path)
    }

    /// Links a path to another neighbor, or to none; keeps [`Causes::UNRESOLVED`] true to it.
    pub fn set_neighbor(&mut self, path: PathId, neighbor: Option<NeighborId>) -> Result<(), FibError> {
        let old = self.path(path)?.neighbor;
        if let Some(neighbor) = neighbor {
            *self.neighbor_users(neighbor)? += 1;
        }
        let tables = Arc::clone(&self.tables);
        if neighbor.is_none() {
            tables.liveness().set(path, Causes::UNRESOLVED);
        }
        tables.paths.link(path, neighbor);
        if neighbor.is_some() {
            tables.liveness().clear(path, Causes::UNRESOLVED);
        }
        if let Some(old) = old {
            *self.neighbor_users(old).expect("linked until now") -= 1;
        }
        self.path(path)?.neighbor = neighbor;
        Ok(())
    }

    /// Frees a path that no group names.
    pub fn path_remove(&mut self, path: PathId) -> Result<(), FibError> {
        match self.path(path)?.groups {
            0 => {
                self.tables.paths.reset(path, Causes::UNALLOCATED);
                self.set_neighbor(path, None)?;
                self.paths[usize::from(path.0)] = None;
                self.retire(Retired::Path(path));
                Ok(())
            }
            groups => Err(FibError::PathInUse { path, groups }),
        }
    }

    #[cfg(test)]
    pub(crate) fn path_neighbor(&self, path: PathId) -> Option<NeighborId> {
        self.paths.get(usize::from(path.0))?.as_ref()?.neighbor
    }

    fn path(&mut self, path: PathId) -> Result<&mut PathState, FibError> {
        let slot = self.paths.get_mut(usize::from(path.0)).and_then(Option::as_mut);
        slot.ok_or(FibError::UnknownPath(path))
    }
}

/// Groups.
impl Writer {
    /// A group of one's own, with one holder; [`Writer::group_set`] changes it for all its prefixes at once.
    pub fn group_add(&mut self, content: &GroupContent) -> Result<GroupId, FibError> {
        self.group_make(content, false)
    }

    /// The group with this content, shared with all who ask for the same; one more holder.
    pub fn group_acquire(&mut self, content: &GroupContent) -> Result<GroupId, FibError> {
        if let Some(&group) = self.shared.get(content) {
            self.group_mut(group)?.holders += 1;
            return Ok(group);
        }
        let group = self.group_make(content, true)?;
        self.shared.insert(content.clone(), group);
        Ok(group)
    }

    /// Gives up one hold; the group goes when neither a holder nor a prefix is left.
    pub fn group_release(&mut self, group: GroupId) -> Result<(), FibError> {
        let state = self.group_mut(group)?;
        state.holders = state.holders.checked_sub(1).ok_or(FibError::NotHeld(group))?;
        self.group_drop_unused(group);
        Ok(())
    }

    /// Changes what a group of one's own does: one store for the readers, whatever the number of prefixes. Of the
    /// buckets, only those move that the new weights take from their path.
    pub fn group_set(&mut self, group: GroupId, content: &GroupContent) -> Result<(), FibError> {
        if self.group_mut(group)?.shared {
            return Err(FibError::SharedGroup(group));
        }
        let before = self.tables.groups.preferred(group);
        let (word, cells) = self.group_rows(content, &before)?;
        self.tables.groups.publish(group, word);
        let state = self.group_mut(group)?;
        let old_cells = std::mem::replace(&mut state.cells, cells);
        let old = std::mem::replace(&mut state.content, content.clone());
        self.count_paths(&old, -1);
        old_cells.into_iter().for_each(|run| self.retire(Retired::Cells(run)));
        Ok(())
    }

    pub fn group_content(&self, group: GroupId) -> Option<&GroupContent> {
        Some(&self.groups.get(group.0 as usize)?.as_ref()?.content)
    }

    /// Prefixes that point to a group.
    pub fn group_prefixes(&self, group: GroupId) -> Option<u32> {
        Some(self.groups.get(group.0 as usize)?.as_ref()?.prefixes)
    }

    /// Every group that exists, in the order of their ids.
    pub fn group_ids(&self) -> impl Iterator<Item = GroupId> + '_ {
        let used = self.groups.iter().enumerate().filter(|(_, state)| state.is_some());
        used.map(|(id, _)| GroupId(id as u32))
    }

    fn group_make(&mut self, content: &GroupContent, shared: bool) -> Result<GroupId, FibError> {
        let (word, cells) = self.group_rows(content, &[])?;
        let limit = self.tables.limits.groups - 1;
        let group = match self.take("groups", |writer| &mut writer.group_ids, limit) {
            Ok(id) => GroupId(id),
            Err(error) => {
                self.count_paths(content, -1);
                cells.into_iter().for_each(|run| self.cells.give(run.offset, run.order));
                return Err(error);
            }
        };
        let state = GroupState { content: content.clone(), cells, shared, holders: 1, prefixes: 0 };
        put(&mut self.groups, group.0 as usize, state);
        self.tables.groups.publish(group, word);
        Ok(group)
    }

    /// Writes the rows of a group where nobody reads yet, and counts it as a user of its paths.
    fn group_rows(
        &mut self,
        content: &GroupContent,
        before: &[PathId],
    ) -> Result<(GroupWord, Option<Run>), FibError> {
        let spec = match content {
            GroupContent::Special(code) => return Ok((GroupWord::special(*code), None)),
            GroupContent::Paths(spec) => spec,
        };
        spread::validate(spec)?;
        let mut keys = HashMap::new();
        for path in spread::members(spec) {
            keys.insert(path, self.path(path)?.key);
        }
        let rows = spread::rows(spec, |path| keys[&path], before);
        let order = rows.cells.len().next_power_of_two().trailing_zeros();
        let limit = self.tables.limits.cells;
        let full = FibError::TableFull { table: "candidate cells", limit };
        let offset = self.or_reclaim(|writer| writer.cells.take(order).ok_or(full.clone()))?;
        self.tables.groups.fill(offset, &rows.cells);
        self.count_paths(content, 1);
        let word = GroupWord::rows(offset, rows.cells[0], rows.width, rows.buckets);
        Ok((word, Some(Run { offset, order })))
    }

    fn count_paths(&mut self, content: &GroupContent, change: i32) {
        if let GroupContent::Paths(spec) = content {
            self.count_spec(spec, change);
        }
    }

    fn count_spec(&mut self, spec: &GroupSpec, change: i32) {
        for path in spread::members(spec) {
            let state = self.path(path).expect("a path stays while a group names it");
            state.groups = state.groups.wrapping_add_signed(change);
        }
    }

    fn group_mut(&mut self, group: GroupId) -> Result<&mut GroupState, FibError> {
        let slot = self.groups.get_mut(group.0 as usize).and_then(Option::as_mut);
        slot.ok_or(FibError::UnknownGroup(group))
    }

    /// One more prefix points to a group.
    pub(crate) fn group_link(&mut self, group: GroupId) -> Result<(), FibError> {
        self.group_mut(group)?.prefixes += 1;
        Ok(())
    }

    pub(crate) fn group_unlink(&mut self, entry: Entry) {
        let state = self.group_mut(entry.group).expect("a group stays while a prefix points to it");
        state.prefixes -= 1;
        self.group_drop_unused(entry.group);
    }

    fn group_drop_unused(&mut self, group: GroupId) {
        let slot = &mut self.groups[group.0 as usize];
        let Some(state) = slot.take_if(|state| state.holders == 0 && state.prefixes == 0) else { return };
        if state.shared {
            self.shared.remove(&state.content);
        }
        self.count_paths(&state.content, -1);
        self.retire(Retired::Group(group));
        state.cells.into_iter().for_each(|run| self.retire(Retired::Cells(run)));
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
