use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn spec(weights: &[u16], backups: Vec<Vec<u16>>) -> GroupSpec {
    GroupSpec {
        primaries: weights.iter().enumerate().map(|(i, &w)| (PathId(i as u16), w)).collect(),
        backups: backups.into_iter().map(|set| set.into_iter().map(PathId).collect()).collect(),
    }
}

fn key(seed: u64) -> impl Fn(PathId) -> u64 {
    move |path| mix(seed << 16 | u64::from(path.0))
}

fn preferred(rows: &Rows) -> Vec<PathId> {
    rows.cells.chunks(rows.width).map(|row| row[0]).collect()
}

fn shares(owners: &[PathId]) -> BTreeMap<PathId, usize> {
    let mut shares = BTreeMap::new();
    owners.iter().for_each(|&path| *shares.entry(path).or_default() += 1);
    shares
}

proptest! {
    #[test]
    fn every_row_lists_each_path_once_primaries_first_and_backup_sets_in_order(
        weights in proptest::collection::vec(1u16..1000, 1..12),
        backups in proptest::collection::vec(proptest::collection::vec(0u16..30, 0..5), 0..4),
        seed in any::<u64>(),
    ) {
        let spec = spec(&weights, backups);
        let rows = rows(&spec, key(seed), &[]);
        prop_assert!(rows.buckets.is_power_of_two());
        prop_assert_eq!(rows.cells.len(), rows.buckets * rows.width);
        let rank = |path: PathId| {
            let primary = spec.primaries.iter().any(|&(p, _)| p == path);
            let backup = spec.backups.iter().position(|set| set.contains(&path));
            if primary { 0 } else { 1 + backup.expect("a path of the specification") }
        };
        let mut expected = members(&spec);
        expected.sort();
        for row in rows.cells.chunks(rows.width) {
            prop_assert!(row.is_sorted_by_key(|&path| rank(path)));
            let mut row = row.to_vec();
            row.sort();
            prop_assert_eq!(&row, &expected);
        }
    }

    #[test]
    fn shares_follow_the_weights_to_one_bucket(
        weights in proptest::collection::vec(1u16..=u16::MAX, 2..40),
        seed in any::<u64>(),
    ) {
        let rows = rows(&spec(&weights, vec![]), key(seed), &[]);
        let shares = shares(&preferred(&rows));
        let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
        let ideal = |w: u16| f64::from(w) / total * rows.buckets as f64;
        // Whoever is owed less than one bucket gets one all the same.
        let lifted = weights.iter().filter(|&&w| ideal(w) < 1.0).count() as f64;
        for (i, &weight) in weights.iter().enumerate() {
            let share = *shares.get(&PathId(i as u16)).unwrap_or(&0) as f64;
            prop_assert!(share >= 1.0);
            prop_assert!((share - ideal(weight)).abs() <= 1.0 + lifted, "{} of {}", share, ideal(weight));
        }
    }

    #[test]
    fn buckets_depend_on_keys_and_not_on_ids_or_order(
        weights in proptest::collection::vec(1u16..100, 2..8),
        seed in any::<u64>(),
    ) {
        let straight = rows(&spec(&weights, vec![]), key(seed), &[]);
        let last = weights.len() as u16 - 1;
        let mut reversed = spec(&weights, vec![]);
        reversed.primaries.reverse();
        reversed.primaries.iter_mut().for_each(|(path, _)| path.0 = last - path.0);
        let reversed = rows(&reversed, |path| key(seed)(PathId(last - path.0)), &[]);
        let renamed: Vec<PathId> = reversed.cells.iter().map(|path| PathId(last - path.0)).collect();
        prop_assert_eq!(straight.cells, renamed);
    }
}

#[test]
fn a_dead_members_buckets_spread_over_all_survivors_by_weight() {
    let (mut total, mut to) = (0usize, BTreeMap::new());
    for seed in 0..200 {
        let rows = rows(&spec(&[2, 1, 1, 2], vec![]), key(seed), &[]);
        for row in rows.cells.chunks(rows.width).filter(|row| row[0] == PathId(0)) {
            *to.entry(row[1]).or_insert(0usize) += 1;
            total += 1;
        }
    }
    for (path, share) in [(1, 0.25), (2, 0.25), (3, 0.5)] {
        let got = to[&PathId(path)] as f64 / total as f64;
        assert!((got - share).abs() < 0.03, "path {path} takes {got}");
    }
}

proptest! {
    #[test]
    fn a_changed_group_moves_only_the_buckets_that_the_new_weights_take_away(
        before in proptest::collection::vec(0u16..50, 2..20),
        after in proptest::collection::vec(0u16..50, 2..20),
        seed in any::<u64>(),
    ) {
        let present = |weights: &[u16]| GroupSpec {
            primaries: spec(weights, vec![]).primaries.into_iter().filter(|&(_, w)| w > 0).collect(),
            backups: vec![],
        };
        let (before, after) = (present(&before), present(&after));
        prop_assume!(validate(&before).is_ok() && validate(&after).is_ok());
        let old = preferred(&rows(&before, key(seed), &[]));
        let new = preferred(&rows(&after, key(seed), &old));
        let buckets = old.len().max(new.len());
        let stretch = |owners: &[PathId]| -> Vec<PathId> {
            (0..buckets).map(|bucket| owners[bucket & (owners.len() - 1)]).collect()
        };
        let (old_wide, new_wide) = (stretch(&old), stretch(&new));
        let moved = old_wide.iter().zip(&new_wide).filter(|(a, b)| a != b).count();
        let new_shares = shares(&new_wide);
        let least: usize = shares(&old_wide)
            .into_iter()
            .map(|(path, n)| n.saturating_sub(*new_shares.get(&path).unwrap_or(&0)))
            .sum();
        if new.len() >= old.len() {
            prop_assert_eq!(moved, least);
        } else {
            // Halves that merge cannot both keep their path.
            prop_assert!(moved >= least);
        }
        let fresh = preferred(&rows(&after, key(seed), &[]));
        prop_assert_eq!(shares(&fresh), shares(&new), "the shares do not depend on the past");
    }
}

#[test]
fn a_single_primary_with_single_backups_needs_one_bucket() {
    let rows = rows(&spec(&[1], vec![vec![4], vec![5]]), key(1), &[]);
    assert_eq!((rows.buckets, rows.width), (1, 3));
    assert_eq!(rows.cells, [PathId(0), PathId(4), PathId(5)]);
}

#[test]
fn a_backup_set_of_several_spreads_the_flows_of_one_primary() {
    let rows = rows(&spec(&[1], vec![vec![1, 2]]), key(1), &[]);
    let first_backups: Vec<PathId> = rows.cells.chunks(rows.width).map(|row| row[1]).collect();
    let shares = shares(&first_backups);
    assert_eq!(shares.values().sum::<usize>(), rows.buckets);
    assert!(shares.values().all(|&n| n > rows.buckets / 4), "{shares:?}");
}

#[test]
fn what_no_row_can_express_is_refused() {
    assert_eq!(validate(&spec(&[], vec![vec![1]])), Err(FibError::NoPrimary));
    assert_eq!(validate(&spec(&[1, 0], vec![])), Err(FibError::ZeroWeight(PathId(1))));
    let twice = GroupSpec { primaries: vec![(PathId(3), 1), (PathId(3), 2)], backups: vec![] };
    assert_eq!(validate(&twice), Err(FibError::PrimaryTwice(PathId(3))));
    let wide = spec(&[1; 40], vec![(40..70).collect()]);
    assert_eq!(validate(&wide), Err(FibError::TooManyCandidates { count: 70, limit: MAX_CANDIDATES }));
    assert_eq!(validate(&spec(&[1; 40], vec![(30..64).collect()])), Ok(()));
}
