//! Tables against a list that is searched from one end to the other, alone and while they are written.

use front::ir::{Bits, KeyMatch, MatchKind};
use num_bigint::BigUint;
use proptest::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use swerve_p4_rt::table::{Extras, Match, Mode, Refusal, RowTarget, Shape, Table, Writer};

type Keys = Vec<(MatchKind, u32)>;

/// Keys of odd widths are numbers of two's complement.
fn is_signed(width: u32) -> bool {
    width % 2 == 1
}

/// Grows as the number does that the bits stand for.
fn order(width: u32, bits: &BigUint) -> BigUint {
    let sign = BigUint::from(u8::from(is_signed(width))) << (width - 1);
    bits ^ sign
}

fn shape(keys: &Keys) -> Shape {
    let key = |(at, (kind, width)): (usize, &(MatchKind, u32))| {
        (format!("k{at}"), *kind, *width, is_signed(*width))
    };
    Shape::new(keys.iter().enumerate().map(key), 2)
}

fn wrap(width: u32, value: BigUint) -> Bits {
    Bits { width, value }
}

fn ones(width: u32) -> BigUint {
    (BigUint::from(1u8) << width) - 1u8
}

/// What the twin knows of an entry.
#[derive(Debug, Clone)]
struct TwinEntry {
    id: u64,
    keys: Vec<KeyMatch>,
    priority: i64,
    arg: u64,
}

fn key_matches(key: &KeyMatch, width: u32, value: &BigUint) -> bool {
    match key {
        KeyMatch::Exact(of) | KeyMatch::Optional(of) => of.value == *value,
        KeyMatch::Lpm { value: of, length } => {
            let shift = width - length;
            &of.value >> shift == value >> shift
        }
        KeyMatch::Ternary { value: of, mask } => &of.value & &mask.value == value & &mask.value,
        KeyMatch::Range { lo, hi } => {
            let value = order(width, value);
            order(width, &lo.value) <= value && value <= order(width, &hi.value)
        }
        KeyMatch::Any => true,
    }
}

fn prefix_length(entry: &TwinEntry) -> u32 {
    entry.keys.iter().map(|key| if let KeyMatch::Lpm { length, .. } = key { *length } else { 0 }).sum()
}

/// The entries in the order of their insertion.
#[derive(Debug, Default)]
struct Twin {
    keys: Keys,
    entries: Vec<TwinEntry>,
}

impl Twin {
    fn lookup(&self, mode: Mode, values: &[BigUint]) -> Option<&TwinEntry> {
        let rank = |entry: &TwinEntry| match mode {
            Mode::Exact => 0,
            Mode::Lpm => i64::from(prefix_length(entry)),
            Mode::Ternary => entry.priority,
        };
        let matches = |entry: &&TwinEntry| {
            entry
                .keys
                .iter()
                .zip(&self.keys)
                .zip(values)
                .all(|((key, (_, width)), value)| key_matches(key, *width, value))
        };
        // max_by_key gives the last of equals: the oldest, seen from the end.
        self.entries.iter().rev().filter(matches).max_by_key(|entry| rank(entry))
    }
}

fn key_words(shape: &Shape, values: &[BigUint]) -> Vec<u64> {
    let mut words = vec![];
    let matched = shape.keys.iter().zip(values).filter(|(field, _)| field.kind != MatchKind::Selector);
    let limbs: Vec<Vec<u64>> = matched.map(|(_, value)| value.to_u64_digits()).collect();
    shape.gather(limbs.iter().map(Vec::as_slice), &mut words);
    words
}

/// A value with few possibilities, at both ends of the width.
fn value(width: u32) -> impl Strategy<Value = BigUint> {
    (0u64..6, any::<bool>(), 0..width).prop_map(move |(small, high, shift)| {
        let value = BigUint::from(small) << if high { shift } else { 0 };
        value & ones(width)
    })
}

fn key_match(kind: MatchKind, width: u32) -> BoxedStrategy<KeyMatch> {
    let exact = value(width).prop_map(move |value| KeyMatch::Exact(wrap(width, value)));
    match kind {
        MatchKind::Exact => exact.boxed(),
        MatchKind::Lpm => (value(width), 0..=width)
            .prop_map(move |(value, length)| {
                let mask = ones(length) << (width - length);
                KeyMatch::Lpm { value: wrap(width, value & mask), length }
            })
            .boxed(),
        MatchKind::Ternary => prop_oneof![
            Just(KeyMatch::Any),
            (value(width), value(width)).prop_map(move |(value, mask)| {
                KeyMatch::Ternary { value: wrap(width, value & &mask), mask: wrap(width, mask) }
            }),
        ]
        .boxed(),
        MatchKind::Range => (value(width), value(width))
            .prop_map(move |(a, b)| {
                let (lo, hi) = if order(width, &a) <= order(width, &b) { (a, b) } else { (b, a) };
                KeyMatch::Range { lo: wrap(width, lo), hi: wrap(width, hi) }
            })
            .boxed(),
        MatchKind::Optional => prop_oneof![
            Just(KeyMatch::Any),
            value(width).prop_map(move |value| KeyMatch::Optional(wrap(width, value))),
        ]
        .boxed(),
        MatchKind::Selector => Just(KeyMatch::Any).boxed(),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Insert {
        keys: Vec<KeyMatch>,
        priority: i64,
        arg: u64,
    },
    Delete(prop::sample::Index),
    Modify(prop::sample::Index, u64),
    /// Deletes and puts back.
    Restore(prop::sample::Index),
}

fn steps(keys: Keys) -> impl Strategy<Value = (Keys, Vec<Step>, Vec<Vec<BigUint>>)> {
    let entry: Vec<_> = keys.iter().map(|(kind, width)| key_match(*kind, *width)).collect();
    let probe: Vec<_> = keys.iter().map(|(_, width)| value(*width).boxed()).collect();
    let step = prop_oneof![
        6 => (entry, -2i64..4, any::<u64>()).prop_map(|(keys, priority, arg)| Step::Insert { keys, priority, arg }),
        2 => any::<prop::sample::Index>().prop_map(Step::Delete),
        1 => (any::<prop::sample::Index>(), any::<u64>()).prop_map(|(at, arg)| Step::Modify(at, arg)),
        1 => any::<prop::sample::Index>().prop_map(Step::Restore),
    ];
    let steps = proptest::collection::vec(step, 0..120);
    (Just(keys), steps, proptest::collection::vec(probe, 30))
}

fn any_keys(kinds: &'static [MatchKind]) -> impl Strategy<Value = Keys> {
    let width = prop_oneof![1u32..10, Just(32), Just(64), 65u32..130];
    proptest::collection::vec((prop::sample::select(kinds), width), 1..4)
}

fn run(keys: Keys, steps: Vec<Step>, probes: Vec<Vec<BigUint>>) -> Result<(), TestCaseError> {
    let table = Table::new(shape(&keys), Extras::default());
    let mut writer = Writer::new(1000);
    writer.set_default(&table, RowTarget::Action(7), &[1, 2]);
    let mut twin = Twin { keys, entries: Vec::new() };
    for step in steps {
        apply(&table, &mut writer, &mut twin, step)?;
    }
    let mut ids: Vec<u64> = writer.ids().collect();
    ids.sort_unstable();
    let mut twin_ids: Vec<u64> = twin.entries.iter().map(|entry| entry.id).collect();
    twin_ids.sort_unstable();
    prop_assert_eq!(ids, twin_ids);
    let words: Vec<u64> = probes.iter().flat_map(|values| key_words(table.shape(), values)).collect();
    let mut bulk = vec![Match::default(); probes.len()];
    table.lookup_bulk(&words, &mut bulk);
    for (values, found) in probes.iter().zip(&bulk) {
        if let Some(steps) = table.steps() {
            let (key, mut args) = (key_words(table.shape(), values), [0; 2]);
            let mut way = steps.begin(&key);
            steps.approach(&mut way);
            let action = steps.action(&key, &way, &mut args);
            let expected = (found.hit, found.target, found.entry);
            prop_assert!(action.is_none_or(|(action, id)| expected == (true, RowTarget::Action(action), id)));
            prop_assert!(action.is_none() || found.args == args);
        }
        match twin.lookup(table.shape().mode, values) {
            Some(entry) => {
                prop_assert_eq!(
                    (found.hit, found.entry, found.target),
                    (true, entry.id, RowTarget::Action(3))
                );
                prop_assert_eq!(&found.args, &[entry.arg, !entry.arg]);
            }
            None => {
                prop_assert_eq!((found.hit, found.entry, found.target), (false, 0, RowTarget::Action(7)));
                prop_assert_eq!(&found.args, &[1, 2]);
            }
        }
    }
    Ok(())
}

fn apply(table: &Table, writer: &mut Writer, twin: &mut Twin, step: Step) -> Result<(), TestCaseError> {
    let pick = |at: prop::sample::Index, twin: &Twin| {
        (!twin.entries.is_empty()).then(|| at.index(twin.entries.len()))
    };
    match step {
        Step::Insert { keys, priority, arg } => {
            let key = table.shape().encode("t", &keys, priority).unwrap();
            let same =
                |entry: &&TwinEntry| table.shape().encode("t", &entry.keys, entry.priority).unwrap() == key;
            let exists = twin.entries.iter().find(same).map(|entry| entry.id);
            match writer.insert(table, &key, RowTarget::Action(3), &[arg, !arg], false) {
                Ok(id) => {
                    prop_assert_eq!(exists, None);
                    twin.entries.push(TwinEntry { id, keys, priority, arg });
                }
                Err(refusal) => prop_assert_eq!(Some(refusal), exists.map(Refusal::Exists)),
            }
        }
        Step::Delete(at) => {
            if let Some(at) = pick(at, twin) {
                let id = twin.entries.remove(at).id;
                prop_assert!(writer.remove(table, id).is_some());
                prop_assert!(writer.remove(table, id).is_none());
            }
        }
        Step::Modify(at, arg) => {
            if let Some(at) = pick(at, twin) {
                twin.entries[at].arg = arg;
                prop_assert!(writer.replace(table, twin.entries[at].id, RowTarget::Action(3), &[arg, !arg]));
            }
        }
        Step::Restore(at) => {
            if let Some(at) = pick(at, twin) {
                let entry = &twin.entries[at];
                let key = table.shape().encode("t", &entry.keys, entry.priority).unwrap();
                writer.remove(table, entry.id);
                let args = [entry.arg, !entry.arg];
                prop_assert!(writer.restore(table, &key, RowTarget::Action(3), &args, entry.id));
            }
        }
    }
    Ok(())
}

const EXACT: &[MatchKind] = &[MatchKind::Exact];
const LPM: &[MatchKind] = &[MatchKind::Exact, MatchKind::Exact, MatchKind::Lpm];
const MIXED: &[MatchKind] = &[
    MatchKind::Exact,
    MatchKind::Lpm,
    MatchKind::Ternary,
    MatchKind::Range,
    MatchKind::Optional,
    MatchKind::Selector,
];
const RANGE: &[MatchKind] = &[MatchKind::Range];

/// A range anywhere in the width, a key of another kind one time in four.
fn crowded(width: u32) -> impl Strategy<Value = KeyMatch> {
    let any = move || any::<u32>().prop_map(move |value| BigUint::from(value) & ones(width));
    prop_oneof![
        3 => (any(), any()).prop_map(move |(a, b)| {
            let (lo, hi) = if order(width, &a) <= order(width, &b) { (a, b) } else { (b, a) };
            KeyMatch::Range { lo: wrap(width, lo), hi: wrap(width, hi) }
        }),
        1 => any().prop_map(move |value| KeyMatch::Exact(wrap(width, value))),
        1 => Just(KeyMatch::Any),
    ]
}

/// Four ranges, of which an entry has blocks of two at most, next to two keys of a few values.
fn crowd() -> impl Strategy<Value = (Keys, Vec<Step>, Vec<Vec<BigUint>>)> {
    let keys = vec![
        (MatchKind::Range, 5),
        (MatchKind::Exact, 1),
        (MatchKind::Range, 6),
        (MatchKind::Ternary, 2),
        (MatchKind::Range, 4),
        (MatchKind::Range, 3),
    ];
    let entry: Vec<BoxedStrategy<KeyMatch>> = keys
        .iter()
        .map(|(kind, width)| match kind {
            MatchKind::Range => crowded(*width).boxed(),
            _ => key_match(*kind, *width),
        })
        .collect();
    let probe: Vec<_> = keys
        .iter()
        .map(|(_, width)| {
            let width = *width;
            any::<u32>().prop_map(move |value| BigUint::from(value) & ones(width))
        })
        .collect();
    let step = prop_oneof![
        8 => (entry, 0i64..50, any::<u64>()).prop_map(|(keys, priority, arg)| Step::Insert { keys, priority, arg }),
        3 => any::<prop::sample::Index>().prop_map(Step::Delete),
        1 => (any::<prop::sample::Index>(), any::<u64>()).prop_map(|(at, arg)| Step::Modify(at, arg)),
        1 => any::<prop::sample::Index>().prop_map(Step::Restore),
    ];
    (Just(keys), proptest::collection::vec(step, 100..600), proptest::collection::vec(probe, 200))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn many_ranges_over_each_other_agree_with_a_list((keys, steps, probes) in crowd()) {
        run(keys, steps, probes)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn exact_tables_agree_with_a_list((keys, steps, probes) in any_keys(EXACT).prop_flat_map(steps)) {
        run(keys, steps, probes)?;
    }

    #[test]
    fn lpm_tables_agree_with_a_list((keys, steps, probes) in any_keys(LPM).prop_flat_map(steps)) {
        // Two lpm keys are no P4, but the sum of their lengths is defined all the same.
        run(keys, steps, probes)?;
    }

    #[test]
    fn range_tables_agree_with_a_list((keys, steps, probes) in any_keys(RANGE).prop_flat_map(steps)) {
        run(keys, steps, probes)?;
    }

    #[test]
    fn tables_of_all_kinds_agree_with_a_list((keys, steps, probes) in any_keys(MIXED).prop_flat_map(steps)) {
        run(keys, steps, probes)?;
    }

    #[test]
    fn what_is_encoded_is_decoded(keys in any_keys(MIXED).prop_flat_map(|keys| {
        let entry: Vec<_> = keys.iter().map(|(kind, width)| key_match(*kind, *width)).collect();
        (Just(keys), entry)
    })) {
        let (keys, entry) = keys;
        let shape = shape(&keys);
        let encoded = shape.encode("t", &entry, 5).unwrap();
        let decoded = shape.decode(&encoded);
        prop_assert_eq!(shape.encode("t", &decoded, 5).unwrap(), encoded);
    }
}

#[test]
fn a_table_refuses_what_is_over_its_limit_and_takes_it_after_a_deletion() {
    let table = Table::new(shape(&vec![(MatchKind::Exact, 16)]), Extras::default());
    let mut writer = Writer::new(2);
    let insert = |writer: &mut Writer, value: u32| {
        let key = table.shape().encode("t", &[KeyMatch::Exact(wrap(16, value.into()))], 0).unwrap();
        writer.insert(&table, &key, RowTarget::Action(0), &[], false)
    };
    let first = insert(&mut writer, 1).unwrap();
    insert(&mut writer, 2).unwrap();
    assert_eq!(insert(&mut writer, 3), Err(Refusal::Full));
    writer.remove(&table, first);
    let again = insert(&mut writer, 3).unwrap();
    assert_ne!(again, first, "ids are not used twice");
}

#[test]
fn an_entry_without_match_keys_keeps_its_arguments_when_it_is_changed() {
    let table = Table::new(shape(&vec![(MatchKind::Selector, 8)]), Extras::default());
    let mut writer = Writer::new(9);
    let key = table.shape().encode("t", &[KeyMatch::Any], 0).unwrap();
    let id = writer.insert(&table, &key, RowTarget::Action(3), &[1, 2], false).unwrap();
    assert!(writer.replace(&table, id, RowTarget::Action(3), &[3, 4]));
    let mut found = Match::default();
    table.lookup(&[], &mut found);
    assert_eq!((found.hit, found.args), (true, vec![3, 4]));
}

#[test]
fn a_million_entries_are_found() {
    let table = Table::new(shape(&vec![(MatchKind::Exact, 48), (MatchKind::Exact, 12)]), Extras::default());
    let mut writer = Writer::new(1 << 24);
    let key = |at: u64| [at.wrapping_mul(0x9e37_79b9) & 0xffff_ffff_ffff, at % 4096];
    let many = 1_000_000;
    for at in 0..many {
        let [a, b] = key(at);
        let keys = [KeyMatch::Exact(wrap(48, a.into())), KeyMatch::Exact(wrap(12, b.into()))];
        let encoded = table.shape().encode("t", &keys, 0).unwrap();
        writer.insert(&table, &encoded, RowTarget::Action(1), &[at], false).unwrap();
    }
    let words = |at| key_words(table.shape(), &key(at).map(BigUint::from));
    let keys: Vec<u64> = (0..many + 1000).flat_map(words).collect();
    let mut found = vec![Match::default(); many as usize + 1000];
    table.lookup_bulk(&keys, &mut found);
    let wrong = found.iter().enumerate().filter(|(at, found)| {
        let hit = (*at as u64) < many;
        found.hit != hit || hit && found.args[0] != *at as u64
    });
    assert_eq!(wrong.count(), 0);
}

/// Ten thousand entries that share a few masks: what a lookup visits is bounded by the masks.
#[test]
fn lookups_among_many_ternary_entries_do_not_visit_them_all() {
    let table = Table::new(shape(&vec![(MatchKind::Ternary, 32), (MatchKind::Range, 16)]), Extras::default());
    let mut writer = Writer::new(1 << 20);
    for at in 0..10_000u32 {
        let mask: u32 = [0xffff_ffff, 0xffff_ff00, 0x0fff_ffff][at as usize % 3];
        let keys = [
            KeyMatch::Ternary { value: wrap(32, (at << 8 & mask).into()), mask: wrap(32, mask.into()) },
            KeyMatch::Range { lo: wrap(16, (at % 1000).into()), hi: wrap(16, (at % 1000 + 20).into()) },
        ];
        let key = table.shape().encode("t", &keys, i64::from(at)).unwrap();
        writer.insert(&table, &key, RowTarget::Action(1), &[u64::from(at)], false).unwrap();
    }
    // Three masks, and two blocks of 32 hold any 21 values that follow each other.
    assert_eq!(table.masks(), 3);
    let mut found = Match::default();
    for at in 0..10_000u64 {
        table.lookup(&[at << 8, at % 1000 + 10], &mut found);
        assert!(found.hit, "{at}");
    }
}

fn churn(
    table: &Table,
    writer: &mut Writer,
    stable: &[KeyMatch],
    unstable: impl Fn(u64) -> KeyMatch,
    stop: &AtomicBool,
) {
    let encode = |key: &KeyMatch| table.shape().encode("t", std::slice::from_ref(key), 0).unwrap();
    let args = |tag: u64| [tag, tag ^ 0x5555];
    let ids: Vec<u64> = stable
        .iter()
        .map(|key| writer.insert(table, &encode(key), RowTarget::Action(1), &args(0), false).unwrap())
        .collect();
    for round in 1..60u64 {
        let added: Vec<u64> = (0..500)
            .map(|at| {
                let tag = round << 32 | at;
                writer.insert(table, &encode(&unstable(at)), RowTarget::Action(2), &args(tag), false).unwrap()
            })
            .collect();
        for id in &ids {
            assert!(writer.replace(table, *id, RowTarget::Action(1), &args(round)));
        }
        for id in added {
            assert!(writer.remove(table, id).is_some());
        }
    }
    stop.store(true, Ordering::Release);
}

#[test]
fn readers_of_an_exact_table_find_what_stays_while_all_else_changes() {
    let table = Table::new(shape(&vec![(MatchKind::Exact, 32)]), Extras::default());
    let mut writer = Writer::new(1 << 20);
    writer.set_default(&table, RowTarget::Action(0), &[9, 9]);
    let (stop, looked, straight) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let exact = |value: u64| KeyMatch::Exact(wrap(32, value.into()));
    let stable: Vec<_> = (0..50).map(exact).collect();
    let ready = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut found = Match::default();
                while !stop.load(Ordering::Acquire) {
                    let began = ready.load(Ordering::Acquire);
                    for key in 0..50u64 {
                        table.lookup(&[key], &mut found);
                        assert!(found.hit || !began, "{key}");
                        if found.hit {
                            assert_eq!(
                                (found.target, found.args[0] ^ found.args[1]),
                                (RowTarget::Action(1), 0x5555)
                            );
                        }
                        table.lookup(&[1000 + key * 7], &mut found);
                        if found.hit {
                            assert_eq!(
                                (found.target, found.args[0] ^ found.args[1]),
                                (RowTarget::Action(2), 0x5555)
                            );
                            assert_eq!(found.args[0] & 0xffff, key * 7);
                        }
                    }
                    // As machine code does it: the table may change between the steps.
                    let steps = table.steps().unwrap();
                    let keys: Vec<u64> = (0..50).flat_map(|key| [key, 1000 + key * 7]).collect();
                    let mut ways: Vec<_> = keys.iter().map(|key| steps.begin(&[*key])).collect();
                    ways.iter_mut().for_each(|way| steps.approach(way));
                    for (key, way) in keys.iter().zip(&ways) {
                        let mut args = [0; 2];
                        let action = match steps.action(&[*key], way, &mut args) {
                            Some((action, _)) => {
                                straight.fetch_add(1, Ordering::Relaxed);
                                action
                            }
                            None => {
                                steps.conclude(&[*key], way, &mut found);
                                if !found.hit {
                                    assert!(*key >= 1000 || !began, "{key}");
                                    continue;
                                }
                                args.copy_from_slice(&found.args);
                                if found.target == RowTarget::Action(1) { 1 } else { 2 }
                            }
                        };
                        assert_eq!((action, args[0] ^ args[1]), (if *key < 50 { 1 } else { 2 }, 0x5555));
                        assert!(*key < 50 || args[0] & 0xffff == key - 1000, "{key}");
                    }
                    looked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            churn(&table, &mut writer, &stable, |at| exact(1000 + at), &stop);
        });
        scope.spawn(|| {
            let mut found = Match::default();
            while !stop.load(Ordering::Acquire) && !ready.load(Ordering::Acquire) {
                table.lookup(&[49], &mut found);
                ready.store(found.hit, Ordering::Release);
            }
        });
    });
    assert!(looked.load(Ordering::Relaxed) > 0 && straight.load(Ordering::Relaxed) > 0);
}

#[test]
fn readers_of_an_lpm_table_always_find_the_covering_prefix_or_a_longer_one() {
    let table = Table::new(shape(&vec![(MatchKind::Lpm, 32)]), Extras::default());
    let mut writer = Writer::new(1 << 20);
    writer.set_default(&table, RowTarget::Action(0), &[9, 9]);
    let lpm = |value: u64, length: u32| KeyMatch::Lpm { value: wrap(32, value.into()), length };
    let all = table.shape().encode("t", &[lpm(0, 0)], 0).unwrap();
    writer.insert(&table, &all, RowTarget::Action(3), &[1, 1 ^ 0x5555], false).unwrap();
    let (stop, looked) = (AtomicBool::new(false), AtomicU64::new(0));
    let stable: Vec<_> = (0..20).map(|at| lpm(at << 24, 8)).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut found = Match::default();
            while !stop.load(Ordering::Acquire) {
                for at in 0..500u64 {
                    table.lookup(&[(at % 20) << 24 | at << 8 | 5], &mut found);
                    assert!(found.hit && found.args[0] ^ found.args[1] == 0x5555, "{found:?}");
                    let is = |target| found.target == RowTarget::Action(target);
                    assert!(is(1) || is(2) && found.args[0] & 0xffff == at || is(3));
                }
                looked.fetch_add(1, Ordering::Relaxed);
            }
        });
        scope.spawn(|| {
            churn(
                &table,
                &mut writer,
                &stable,
                |at| lpm((at % 20) << 24 | at << 8, 20 + (at % 5) as u32),
                &stop,
            );
        });
    });
    assert!(looked.load(Ordering::Relaxed) > 0);
}

/// The longer prefix comes before the shorter one goes, and the other way round: at no time is there none.
#[test]
fn a_reader_that_meets_a_change_sees_it_done_or_not_done() {
    let table = Table::new(shape(&vec![(MatchKind::Lpm, 32)]), Extras::default());
    let mut writer = Writer::new(1 << 20);
    let key = |length: u32| {
        let lpm = KeyMatch::Lpm { value: wrap(32, 0x0a00_0000u32.into()), length };
        table.shape().encode("t", &[lpm], 0).unwrap()
    };
    let (short, long) = (key(8), key(24));
    let insert =
        |writer: &mut Writer, key| writer.insert(&table, key, RowTarget::Action(1), &[], false).unwrap();
    let mut at = insert(&mut writer, &short);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut found = Match::default();
            while !stop.load(Ordering::Acquire) {
                table.lookup(&[0x0a00_0001], &mut found);
                assert!(found.hit);
            }
        });
        for round in 0..200_000 {
            let next = insert(&mut writer, if round % 2 == 0 { &long } else { &short });
            writer.remove(&table, at);
            at = next;
        }
        stop.store(true, Ordering::Release);
    });
}

#[test]
fn short_fields_share_a_word_of_the_key_and_come_back_from_it() {
    let five = [32, 32, 8, 16, 16].map(|width| (MatchKind::Exact, width)).to_vec();
    assert_eq!(shape(&five).key_words, 2, "the five numbers of a flow");
    let mixed = vec![
        (MatchKind::Ternary, 60),
        (MatchKind::Range, 4),
        (MatchKind::Optional, 4),
        (MatchKind::Lpm, 128),
        (MatchKind::Exact, 1),
    ];
    let shape = shape(&mixed);
    assert_eq!(shape.key_words, 1 + 1 + 2 + 1, "a range has a word of its own, and so has what does not fit");
    let values: Vec<BigUint> = [60u32, 4, 4, 128, 1].map(ones).to_vec();
    let words = key_words(&shape, &values);
    for (field, value) in shape.keys.iter().zip(&values) {
        assert_eq!(field.get(&words), *value, "{}", field.name);
    }
}
