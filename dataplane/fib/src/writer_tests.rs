use super::*;
use crate::group::Selection;
use crate::types::RouteChange;
use crate::writer_routes::Sweep;
use ipnet::IpNet;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn limits() -> Limits {
    Limits {
        groups: 64,
        cells: 1 << 16,
        paths: 32,
        neighbors: 8,
        v4_blocks: 64,
        v6_words: 1 << 16,
        workers: 4,
        vrfs: 1,
    }
}

fn neighbor(byte: u8) -> Neighbor {
    let header = [byte; Neighbor::HEADER_MAX];
    Neighbor { port: byte.into(), interface: byte.into(), mtu: 1500, header_len: 14, header }
}

fn live_paths(writer: &mut Writer, count: u64) -> Vec<PathId> {
    let neighbor = writer.neighbor_add(&neighbor(1)).unwrap();
    (0..count).map(|key| writer.path_add(key * 77, Some(neighbor), Causes::NONE).unwrap()).collect()
}

/// What must be back where it was once everything is removed.
fn left(writer: &mut Writer) -> (usize, usize, usize, usize, usize) {
    assert_eq!(writer.reclaim(), 0);
    let groups = writer.groups.iter().flatten().count();
    let paths = writer.paths.iter().flatten().count();
    let neighbors = writer.neighbor_paths.iter().flatten().count();
    (groups, paths, neighbors, writer.cells.left(), writer.routes[0].v6.words_left())
}

/// The rule in words: the first live primary in the row's order, then the first set with a live path.
fn obvious(spec: &GroupSpec, live: &[PathId], chosen: Selection, preferred: PathId) {
    let primaries: Vec<PathId> = spec.primaries.iter().map(|&(path, _)| path).collect();
    let set = std::iter::once(&primaries).chain(&spec.backups).find(|s| s.iter().any(|p| live.contains(p)));
    match (chosen, set) {
        (Selection::Path(path), Some(_)) => {
            assert_eq!(path, preferred);
            assert!(live.contains(&path));
        }
        (Selection::Repair { path, dead }, Some(set)) => {
            assert_eq!(dead, preferred);
            assert!(!live.contains(&preferred));
            assert!(live.contains(&path) && set.contains(&path), "{path:?} of {set:?}");
        }
        (Selection::NoLivePath { dead }, None) => assert_eq!(dead, preferred),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn selection_takes_the_preferred_path_or_the_first_live_one_and_moves_nobody_else(
        weights in proptest::collection::vec(1u16..10, 1..6),
        backups in proptest::collection::vec(proptest::collection::vec(0u16..12, 1..4), 0..3),
        dead in any::<u16>(),
        hashes in proptest::collection::vec(any::<u32>(), 20),
    ) {
        let (mut writer, tables) = tables(limits()).unwrap();
        let paths = live_paths(&mut writer, 12);
        let spec = GroupSpec {
            primaries: weights.iter().enumerate().map(|(i, &w)| (paths[i], w)).collect(),
            backups: backups.iter().map(|set| set.iter().map(|&i| paths[usize::from(i)]).collect()).collect(),
        };
        let group = writer.group_add(&GroupContent::Paths(spec.clone())).unwrap();
        let before: Vec<Selection> = hashes.iter().map(|&hash| tables.select(group, hash)).collect();
        for (i, &path) in paths.iter().enumerate().filter(|(i, _)| dead >> i & 1 == 1) {
            let before = tables.liveness().set(path, if i % 2 == 0 { Causes::BFD } else { Causes::LINK });
            prop_assert!(before.is_live());
        }
        let live: Vec<PathId> = paths.iter().copied().filter(|&path| tables.liveness().is_live(path)).collect();
        for (&hash, before) in hashes.iter().zip(&before) {
            let Selection::Path(preferred) = *before else { panic!("all are live, {before:?}") };
            let chosen = tables.select(group, hash);
            obvious(&spec, &live, chosen, preferred);
            let one_row = spec.primaries.len() == 1 && spec.backups.iter().all(|set| set.len() == 1);
            match tables.preferred().select(group) {
                Some(at_once) => prop_assert_eq!(at_once, chosen),
                None => {
                    let dead = matches!(chosen, Selection::NoLivePath { .. });
                    prop_assert!(!one_row || dead, "{chosen:?}");
                }
            }
        }
        for &path in &paths {
            tables.liveness().clear(path, Causes::BFD | Causes::LINK);
        }
        let after: Vec<Selection> = hashes.iter().map(|&hash| tables.select(group, hash)).collect();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn everything_is_free_again_when_everything_is_removed(
        ops in proptest::collection::vec((0u8..7, 0usize..8, 0usize..8), 1..120),
    ) {
        let (mut writer, _tables) = tables(limits()).unwrap();
        let empty = left(&mut writer);
        let paths = live_paths(&mut writer, 8);
        let mut held: Vec<GroupId> = Vec::new();
        let mut routes: BTreeMap<IpNet, GroupId> = BTreeMap::new();
        let content = |a: usize, b: usize| match a {
            0 => GroupContent::Special(b as u32),
            _ if a == b => GroupContent::Paths(GroupSpec::single(paths[a], [])),
            _ => GroupContent::Paths(GroupSpec { primaries: vec![(paths[a], 1), (paths[b], 2)], backups: vec![] }),
        };
        for (kind, a, b) in ops {
            let prefix: IpNet = match b % 3 {
                0 => format!("10.0.{a}.{b}/32").parse().unwrap(),
                1 => format!("10.{a}.0.0/{}", 16 + b).parse().unwrap(),
                _ => format!("2001:db8:{b}:{a}::/64").parse().unwrap(),
            };
            match kind {
                0 => held.push(writer.group_acquire(&content(a, b)).unwrap()),
                1 => held.push(writer.group_add(&content(a, b)).unwrap()),
                2 if !held.is_empty() => {
                    let group = held.swap_remove(a % held.len());
                    writer.group_release(group).unwrap();
                }
                3 if !held.is_empty() => {
                    let group = held[a % held.len()];
                    match writer.group_set(group, &content(b, a)) {
                        Ok(()) => prop_assert_eq!(writer.group_content(group), Some(&content(b, a))),
                        Err(error) => prop_assert_eq!(error, FibError::SharedGroup(group)),
                    }
                }
                4 | 5 if !held.is_empty() => {
                    let group = held[a % held.len()];
                    writer.route_set(prefix, group, 0).unwrap();
                    routes.insert(prefix.trunc(), group);
                }
                _ => {
                    let entry = writer.route_del(prefix, 0).unwrap();
                    prop_assert_eq!(entry.map(|entry| entry.group), routes.remove(&prefix.trunc()));
                }
            }
        }
        for prefix in routes.into_keys() {
            writer.route_del(prefix, 0).unwrap();
        }
        for group in held {
            writer.group_release(group).unwrap();
        }
        let shared = writer.path_neighbor(paths[0]).unwrap();
        for path in paths {
            writer.path_remove(path).unwrap();
        }
        writer.neighbor_remove(shared).unwrap();
        prop_assert_eq!(left(&mut writer), empty);
        prop_assert!(writer.shared.is_empty());
    }

    #[test]
    fn a_sweep_removes_what_its_source_did_not_set_again_and_nothing_else(
        rounds in proptest::collection::vec(
            (proptest::collection::vec((0u8..20, 0u8..3), 0..30), any::<bool>()), 1..12),
        budget in 1usize..7,
    ) {
        let (mut writer, _tables) = tables(limits()).unwrap();
        let group = writer.group_add(&GroupContent::Special(1)).unwrap();
        // Per prefix: its source, and whether that source's latest generation has it.
        let mut twin: BTreeMap<IpNet, (u8, bool)> = BTreeMap::new();
        for (sets, complete) in rounds {
            writer.sweep_start(1).unwrap();
            twin.values_mut().filter(|(source, _)| *source == 1).for_each(|(_, fresh)| *fresh = false);
            for (n, source) in sets {
                let text = if n % 2 == 0 { format!("10.0.{n}.0/24") } else { format!("2001:db8:{n}::/48") };
                let prefix: IpNet = text.parse().unwrap();
                writer.route_set(prefix, group, source).unwrap();
                twin.insert(prefix, (source, true));
            }
            let stale = twin.values().filter(|&&(source, fresh)| source == 1 && !fresh).count();
            prop_assert_eq!(writer.stale(1), stale);
            if complete {
                let mut sweep: Sweep = writer.sweep(1);
                let mut removed = 0;
                while !writer.sweep_done(&sweep) {
                    removed += writer.sweep_step(&mut sweep, budget);
                }
                prop_assert_eq!(removed, stale);
                twin.retain(|_, &mut (source, fresh)| source != 1 || fresh);
            }
            let listed: Vec<(IpNet, u8)> = writer.routes(0, None).map(|(p, e)| (p, e.source)).collect();
            let expected: Vec<(IpNet, u8)> = twin.iter().map(|(&p, e)| (p, e.0)).collect();
            prop_assert_eq!(listed, expected);
            for source in 0..3 {
                let (v4, v6) = writer.source_counts(source);
                prop_assert_eq!(v4 + v6, twin.values().filter(|e| e.0 == source).count());
            }
        }
    }
}

#[test]
fn a_groups_ways_are_those_its_flows_take_and_its_candidates_are_all_it_has() {
    let (mut writer, tables) = tables(limits()).unwrap();
    let paths = live_paths(&mut writer, 5);
    let spec = GroupSpec {
        primaries: vec![(paths[0], 1), (paths[1], 3)],
        backups: vec![vec![paths[2]], vec![paths[3]]],
    };
    let group = writer.group_add(&GroupContent::Paths(spec)).unwrap();
    let single = writer.group_add(&GroupContent::Paths(GroupSpec::single(paths[4], [paths[0]]))).unwrap();
    let special = writer.group_add(&GroupContent::Special(7)).unwrap();
    let chosen =
        |group| paths.iter().map(|path| tables.any_chosen(group, |p| p == *path)).collect::<Vec<_>>();
    let candidates =
        |group| paths.iter().map(|path| tables.any_candidate(group, |p| p == *path)).collect::<Vec<_>>();
    assert_eq!(chosen(group), [true, true, false, false, false]);
    assert_eq!(chosen(single), [false, false, false, false, true]);
    for dead in [0, 1, 4] {
        tables.liveness().set(paths[dead], Causes::BFD);
    }
    assert_eq!(chosen(group), [false, false, true, false, false]);
    assert_eq!(chosen(single), [false; 5], "nothing is live");
    assert_eq!(candidates(group), [true, true, true, true, false]);
    assert_eq!(candidates(single), [true, false, false, false, true]);
    for none in [special, GroupId::NONE, GroupId(99_999)] {
        assert!(!tables.any_chosen(none, |_| true) && !tables.any_candidate(none, |_| true));
    }
}

#[test]
fn a_path_without_a_neighbor_is_not_live_and_its_id_is_dead_when_free() {
    let (mut writer, tables) = tables(limits()).unwrap();
    let path = writer.path_add(1, None, Causes::NONE).unwrap();
    assert_eq!(tables.liveness().causes(path), Causes::UNRESOLVED);
    let record = writer.neighbor_add(&neighbor(1)).unwrap();
    writer.set_neighbor(path, Some(record)).unwrap();
    assert!(tables.liveness().is_live(path));
    writer.path_remove(path).unwrap();
    tables.liveness().clear(path, Causes(u32::MAX));
    assert_eq!(tables.liveness().causes(path), Causes::UNALLOCATED);
    assert_eq!(writer.path_remove(path), Err(FibError::UnknownPath(path)));
}

#[test]
fn each_detector_sets_and_clears_its_own_cause() {
    let (mut writer, tables) = tables(limits()).unwrap();
    let path = live_paths(&mut writer, 1)[0];
    let liveness = tables.liveness();
    assert_eq!(liveness.set(path, Causes::BFD), Causes::NONE);
    assert_eq!(liveness.set(path, Causes::LINK), Causes::BFD);
    assert_eq!(liveness.clear(path, Causes::BFD), Causes::BFD | Causes::LINK);
    assert!(!liveness.is_live(path));
    assert_eq!(liveness.clear(path, Causes::LINK), Causes::LINK);
    assert!(liveness.is_live(path));
}

#[test]
fn groups_of_equal_content_are_one_and_those_of_ones_own_are_not() {
    let (mut writer, _tables) = tables(limits()).unwrap();
    let paths = live_paths(&mut writer, 2);
    let content = GroupContent::Paths(GroupSpec::single(paths[0], [paths[1]]));
    let first = writer.group_acquire(&content).unwrap();
    assert_eq!(writer.group_acquire(&content), Ok(first));
    assert_ne!(writer.group_add(&content), Ok(first));
    writer.group_release(first).unwrap();
    assert_eq!(writer.group_content(first), Some(&content));
    writer.group_release(first).unwrap();
    assert_eq!(writer.group_release(first), Err(FibError::UnknownGroup(first)));
}

#[test]
fn a_change_of_a_group_reaches_all_its_prefixes_at_once() {
    let (mut writer, tables) = tables(limits()).unwrap();
    let paths = live_paths(&mut writer, 2);
    let to = |path| GroupContent::Paths(GroupSpec::single(path, []));
    let group = writer.group_add(&to(paths[0])).unwrap();
    for i in 0..100 {
        writer.route_set(format!("10.0.{i}.0/24").parse::<IpNet>().unwrap(), group, 0).unwrap();
    }
    writer.group_set(group, &to(paths[1])).unwrap();
    for i in 0..100u32 {
        let found = tables.lookup4(0x0A00_0001 | i << 8);
        assert_eq!(tables.select(found, 5), Selection::Path(paths[1]));
    }
    writer.path_remove(paths[0]).unwrap();
}

#[test]
fn an_id_is_reused_only_after_every_worker_was_quiescent() {
    let (mut writer, tables) = tables(limits()).unwrap();
    let mut worker = tables.register_worker().unwrap();
    let group = writer.group_add(&GroupContent::Special(4)).unwrap();
    writer.group_release(group).unwrap();
    assert_eq!(writer.reclaim(), 1);
    assert_eq!(tables.select(group, 0), Selection::Special(4));
    assert_ne!(writer.group_add(&GroupContent::Special(5)), Ok(group));
    worker.quiescent();
    assert_eq!(writer.reclaim(), 0);
    assert_eq!(tables.select(group, 0), Selection::NoRoute);
    assert_eq!(writer.group_add(&GroupContent::Special(6)), Ok(group));
    // A sleeping worker holds nothing up.
    writer.group_release(group).unwrap();
    worker.parked(|| assert_eq!(writer.reclaim(), 0));
}

#[test]
fn nothing_that_a_worker_may_still_read_is_given_out_again() {
    let (mut writer, tables) = tables(limits()).unwrap();
    let paths = live_paths(&mut writer, 3);
    let to = |path| GroupContent::Paths(GroupSpec::single(path, []));
    let group = writer.group_add(&to(paths[0])).unwrap();
    let spare = writer.path_add(9, None, Causes::NONE).unwrap();
    let mut worker = tables.register_worker().unwrap();
    // One of each kind is unlinked: an IPv6 bag, a row of candidates, a neighbor, a path.
    writer.route_set("2001:db8::/48".parse::<IpNet>().unwrap(), group, 0).unwrap();
    let before = (writer.routes[0].v6.words_left(), writer.cells.left());
    writer.route_del("2001:db8::/48".parse::<IpNet>().unwrap(), 0).unwrap();
    writer.group_set(group, &to(paths[1])).unwrap();
    let old = writer.path_neighbor(paths[0]).unwrap();
    writer.neighbor_replace(old, &neighbor(2)).unwrap();
    writer.path_remove(spare).unwrap();
    assert_eq!(writer.reclaim(), 4);
    assert_eq!((writer.routes[0].v6.words_left(), writer.cells.left()), (before.0, before.1 - 1));
    assert_ne!(writer.neighbor_add(&neighbor(3)), Ok(old));
    assert_ne!(writer.path_add(10, None, Causes::NONE), Ok(spare));
    worker.quiescent();
    assert_eq!(writer.reclaim(), 0);
    assert_eq!((writer.routes[0].v6.words_left(), writer.cells.left()), (before.0 + 4, before.1));
    assert_eq!(writer.neighbor_add(&neighbor(4)), Ok(old));
    assert_eq!(writer.path_add(11, None, Causes::NONE), Ok(spare));
}

#[test]
fn workers_are_refused_beyond_the_limit_and_make_room_when_dropped() {
    let (_writer, tables) = tables(Limits { workers: 1, ..limits() }).unwrap();
    let worker = tables.register_worker().unwrap();
    assert_eq!(tables.register_worker().unwrap_err(), FibError::TooManyWorkers { limit: 1 });
    drop(worker);
    assert!(tables.register_worker().is_ok());
}

#[test]
fn a_replaced_neighbor_is_seen_by_all_its_paths_and_a_used_one_stays() {
    let (mut writer, tables) = tables(limits()).unwrap();
    let worker = tables.register_worker().unwrap();
    let paths = live_paths(&mut writer, 3);
    let old = writer.path_neighbor(paths[0]).unwrap();
    assert_eq!(writer.neighbor_remove(old), Err(FibError::NeighborInUse { neighbor: old, paths: 3 }));
    let kept = worker.neighbor(paths[0]).unwrap();
    let fresh = writer.neighbor_replace(old, &neighbor(9)).unwrap();
    assert_eq!(kept, &neighbor(1));
    for &path in &paths {
        assert_eq!(worker.neighbor(path), Some(&neighbor(9)));
        assert_eq!(writer.path_neighbor(path), Some(fresh));
    }
    assert_eq!(writer.neighbor_remove(old), Err(FibError::UnknownNeighbor(old)));
}

#[test]
fn a_refused_group_leaves_its_paths_and_cells_as_they_were() {
    let (mut writer, _tables) = tables(Limits { groups: 2, cells: 256, ..limits() }).unwrap();
    let paths = live_paths(&mut writer, 4);
    let pair = |a: usize, b: usize| {
        GroupContent::Paths(GroupSpec { primaries: vec![(paths[a], 1), (paths[b], 1)], backups: vec![] })
    };
    writer.group_add(&pair(0, 1)).unwrap();
    let before = left(&mut writer);
    let full = writer.group_add(&pair(2, 3));
    assert_eq!(full, Err(FibError::TableFull { table: "candidate cells", limit: 256 }));
    let full = writer.group_add(&GroupContent::Special(1));
    assert_eq!(full, Err(FibError::TableFull { table: "groups", limit: 1 }));
    assert_eq!(left(&mut writer), before);
    writer.path_remove(paths[2]).unwrap();
}

#[test]
fn an_entry_of_the_same_group_that_changes_its_source_is_a_replacement() {
    let (mut writer, _tables) = tables(limits()).unwrap();
    let group = writer.group_add(&GroupContent::Special(1)).unwrap();
    let prefix: IpNet = "10.0.0.0/8".parse().unwrap();
    writer.route_set(prefix, group, 1).unwrap();
    let RouteChange::Replaced(old) = writer.route_set(prefix, group, 2).unwrap() else { panic!("no change") };
    assert_eq!(old.source, 1);
    assert_eq!((writer.source_counts(1), writer.source_counts(2)), ((0, 0), (1, 0)));
    assert_eq!(writer.route_set(prefix, group, 64), Err(FibError::SourceOutOfRange(64)));
}

#[test]
fn limits_out_of_range_are_refused_by_name() {
    let refused = tables(Limits { paths: 1 << 17, ..limits() }).unwrap_err();
    assert_eq!(refused, FibError::LimitOutOfRange { table: "paths", limit: 1 << 17, max: 1 << 16 });
}

#[test]
fn a_path_that_only_waits_to_be_restored_carries_traffic_when_nothing_else_does() {
    let (mut writer, tables) = tables(Limits::default()).unwrap();
    let paths = live_paths(&mut writer, 3);
    let spec = GroupSpec::single(paths[0], [paths[1], paths[2]]);
    let group = writer.group_acquire(&GroupContent::Paths(spec)).unwrap();
    let liveness = tables.liveness();
    liveness.set(paths[0], Causes::BFD | Causes::WAIT_TO_RESTORE);
    liveness.set(paths[1], Causes::WAIT_TO_RESTORE);
    assert_eq!(tables.select(group, 0), Selection::Repair { path: paths[2], dead: paths[0] });
    liveness.set(paths[2], Causes::LINK);
    assert_eq!(tables.select(group, 0), Selection::Repair { path: paths[1], dead: paths[0] });
    assert_eq!(tables.preferred().select(group), None);
    liveness.clear(paths[0], Causes::BFD);
    assert_eq!(tables.select(group, 0), Selection::Path(paths[0]));
    liveness.set(paths[0], Causes::DRAIN);
    liveness.set(paths[1], Causes::BFD);
    assert_eq!(tables.select(group, 0), Selection::NoLivePath { dead: paths[0] });
}
