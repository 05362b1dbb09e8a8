//! What a controller can do, and how it is told what it cannot.

mod common;

use common::*;
use front::hir::{Annotation, AnnotationBody};
use front::ir::*;
use swerve_p4_rt::{
    Change, Control, ControlError, CounterValue, Device, EntryId, GroupMember, IdleRound, Member, MeterRates,
    NewEntry, Staged, Target,
};

const PORTS: [ActionId; 2] = [ActionId(0), ActionId(1)];

/// A table over the first byte (`kind`), whose actions are `nothing` and `forward(port)`; the second byte shows a meter's colour.
fn table_of(kind: MatchKind, change: impl FnOnce(&mut Program)) -> Device {
    let mut build = Build::new();
    let header = build.header(&[8, 8], None);
    build.parse_and_emit(header);
    build.action("ingress.nothing", &[]);
    build.action("ingress.forward", &[9]);
    let table = build.table("ingress.t", &[(kind, 8)], &PORTS);
    let (key, field, colour) = (build.key(table, 0), build.field(header, 0), build.field(header, 1));
    let (spec, port) = (build.standard().egress_spec, build.param(table, 1, 0));
    let hit = build.local(1);
    build.program.direct_meters.push(DirectMeter {
        name: "ingress.dm".into(),
        annotations: vec![],
        bytes: false,
        table: None,
    });
    build.program.direct_counters.push(DirectCounter {
        name: "ingress.dc".into(),
        annotations: vec![],
        kind: CounterKind::Both,
        table: None,
    });
    build.program.ingress = code(
        "ingress",
        vec![
            block(
                vec![copy(key, field)],
                Terminator::Apply { table, hit: Some(hit), actions: vec![BlockId(2), BlockId(1)] },
            ),
            block(vec![copy(spec, port)], Terminator::Goto(BlockId(2))),
            block(vec![Op::ReadDirectMeter { meter: DirectMeterId(0), dst: colour }], Terminator::End),
        ],
    );
    change(&mut build.program);
    build.device()
}

fn exact_table(change: impl FnOnce(&mut Program)) -> Device {
    table_of(MatchKind::Exact, change)
}

const T: TableId = TableId(0);

fn forward(port: u64) -> Target {
    Target::Action(ActionCall { action: 1, args: vec![bits(9, port)] })
}

fn entry(value: u64, port: u64) -> NewEntry {
    NewEntry::new(vec![KeyMatch::Exact(bits(8, value))], 0, forward(port))
}

fn port_of(device: &mut Device, value: u8) -> u16 {
    let outputs = one(device, 1, &[value, 0xff, 0]);
    assert_eq!(outputs.len(), 1);
    outputs[0].port
}

fn message<T: std::fmt::Debug>(result: Result<T, ControlError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn entries_are_added_changed_listed_and_deleted() {
    let mut device = exact_table(|_| {});
    let id = device.control().insert(T, &entry(5, 7)).unwrap();
    assert_eq!((port_of(&mut device, 5), port_of(&mut device, 6)), (7, 0));
    let control = device.control();
    assert_eq!(
        message(control.insert(T, &entry(5, 8))),
        format!("table 'ingress.t': entry exists, its id is {id}")
    );
    control.modify(T, id, &forward(9)).unwrap();
    let views = control.entries(T).unwrap();
    assert_eq!(views.len(), 1);
    assert_eq!((views[0].id, &views[0].keys, &views[0].target), (id, &entry(5, 7).keys, &forward(9)));
    assert_eq!(control.entry(T, id).unwrap(), views[0]);
    assert_eq!(control.find(T, &entry(5, 0).keys, 0), Ok(Some(id)));
    assert_eq!(control.find(T, &entry(6, 0).keys, 0), Ok(None));
    assert_eq!(port_of(&mut device, 5), 9);
    device.control().delete(T, id).unwrap();
    assert_eq!(port_of(&mut device, 5), 0);
    let control = device.control();
    assert_eq!(message(control.delete(T, id)), format!("table 'ingress.t' has no entry {id}"));
    (0..10).for_each(|value| assert!(control.insert(T, &entry(value, 1)).is_ok()));
    assert_eq!((control.clear(T), control.entry_count(T)), (Ok(10), Ok(0)));
}

#[test]
fn the_default_action_is_set_and_reset() {
    let mut device = exact_table(|_| {});
    let call = ActionCall { action: 1, args: vec![bits(9, 3)] };
    device.control().set_default(T, &call).unwrap();
    assert_eq!(device.control().default_action(T), Ok(call));
    assert_eq!(port_of(&mut device, 1), 3);
    device.control().reset_default(T).unwrap();
    assert_eq!(port_of(&mut device, 1), 0);
}

#[test]
fn mistakes_name_the_table_the_key_the_value_and_the_limit() {
    let mut device = exact_table(|program| program.tables[0].size = Some(1));
    let control = device.control();
    let key = |key| NewEntry::new(vec![key], 0, forward(1));
    assert_eq!(
        message(control.insert(T, &entry(256, 1))),
        "key 'k0' of 'ingress.t': 0x100 does not fit into 8 bits"
    );
    assert_eq!(
        message(control.insert(T, &NewEntry::new(vec![], 0, forward(1)))),
        "table 'ingress.t' has 1 keys, not 0"
    );
    assert_eq!(
        message(control.insert(T, &key(KeyMatch::Any))),
        "key 'k0' of 'ingress.t' is matched as exact, a match as any does not fit"
    );
    assert_eq!(
        message(control.insert(T, &entry(1, 512))),
        "argument 'p0' of 'ingress.forward': 0x200 does not fit into 9 bits"
    );
    let call = |action, args| NewEntry { target: Target::Action(ActionCall { action, args }), ..entry(1, 1) };
    assert_eq!(
        message(control.insert(T, &call(1, vec![]))),
        "action 'ingress.forward' takes 1 arguments, not 0"
    );
    assert_eq!(message(control.insert(T, &call(2, vec![]))), "table 'ingress.t' has no action number 2");
    let member = NewEntry { target: Target::Member(1), ..entry(1, 1) };
    assert_eq!(message(control.insert(T, &member)), "table 'ingress.t' has no action profile");
    let idle = NewEntry { idle_timeout: 5, ..entry(1, 1) };
    assert_eq!(
        message(control.insert(T, &idle)),
        "table 'ingress.t' has no idle timeout: it lacks support_timeout"
    );
    assert_eq!(message(control.insert(TableId(4), &entry(1, 1))), "there is no table number 4");
    assert_eq!(message(control.direct_counter(T, EntryId(1))), "table 'ingress.t' has no direct counter");
    control.insert(T, &entry(1, 1)).unwrap();
    assert_eq!(message(control.insert(T, &entry(2, 1))), "table 'ingress.t' is full: its limit is 1 entries");
    assert_eq!(control.entry_count(T), Ok(1));
}

#[test]
fn keys_that_do_not_fit_their_kind_are_refused() {
    let of = |kind, key| {
        let mut device = table_of(kind, |_| {});
        message(device.control().insert(T, &NewEntry::new(vec![key], 1, forward(1))))
    };
    let lpm = KeyMatch::Lpm { value: bits(8, 1), length: 9 };
    assert_eq!(
        of(MatchKind::Lpm, lpm),
        "key 'k0' of 'ingress.t': a prefix of 9 bits is longer than its 8 bits"
    );
    let range = KeyMatch::Range { lo: bits(8, 9), hi: bits(8, 4) };
    assert_eq!(of(MatchKind::Range, range), "key 'k0' of 'ingress.t': the range 9 .. 4 is empty");
    let holes = KeyMatch::Ternary { value: bits(8, 1), mask: bits(8, 0xa0) };
    assert!(of(MatchKind::Lpm, holes.clone()).contains("is matched as lpm, a match as ternary"));
    assert!(of(MatchKind::Optional, holes).contains("is matched as optional"));
}

#[test]
fn constants_stay() {
    let constant = Entry {
        is_const: true,
        priority: 0,
        keys: vec![KeyMatch::Exact(bits(8, 5))],
        call: ActionCall { action: 1, args: vec![bits(9, 7)] },
        span: Default::default(),
    };
    let mut device = exact_table(|program| {
        program.tables[0].entries =
            vec![constant.clone(), Entry { call: constant.call.clone(), ..constant.clone() }];
        program.tables[0].const_default = true;
    });
    assert_eq!(port_of(&mut device, 5), 7);
    let control = device.control();
    let view = control.entries(T).unwrap().remove(0);
    assert!(view.is_const);
    assert_eq!(
        message(control.delete(T, view.id)),
        format!("entry {} of table 'ingress.t' is constant", view.id)
    );
    assert!(control.modify(T, view.id, &forward(1)).is_err());
    control.insert(T, &entry(6, 1)).unwrap();
    assert_eq!((control.clear(T), control.entry_count(T)), (Ok(1), Ok(1)));
    let call = ActionCall { action: 0, args: vec![] };
    assert_eq!(message(control.set_default(T, &call)), "the default action of table 'ingress.t' is constant");

    let mut device = exact_table(|program| {
        program.tables[0].entries = vec![constant];
        program.tables[0].const_entries = true;
    });
    let control = device.control();
    assert_eq!(message(control.insert(T, &entry(6, 1))), "the entries of table 'ingress.t' are constant");
    assert!(control.clear(T).is_err());
}

#[test]
fn actions_for_the_default_or_for_entries_only_are_told_apart() {
    let note = |name: &str| Annotation {
        name: name.into(),
        span: Default::default(),
        body: AnnotationBody::None,
        structured: false,
    };
    let mut device = exact_table(|program| {
        program.tables[0].actions[0].annotations.push(note("tableonly"));
        program.tables[0].actions[1].annotations.push(note("defaultonly"));
    });
    let control = device.control();
    assert_eq!(
        message(control.insert(T, &entry(1, 1))),
        "action 'ingress.forward' of 'ingress.t' is @defaultonly"
    );
    let call = ActionCall { action: 0, args: vec![] };
    assert_eq!(
        message(control.set_default(T, &call)),
        "action 'ingress.nothing' of 'ingress.t' is @tableonly"
    );
}

#[test]
fn direct_counters_count_hits_and_misses_and_survive_a_change() {
    let mut device = exact_table(|program| program.tables[0].counter = Some(DirectCounterId(0)));
    let id = device.control().insert(T, &entry(5, 7)).unwrap();
    for value in [5, 5, 6] {
        port_of(&mut device, value);
    }
    let control = device.control();
    control.modify(T, id, &forward(8)).unwrap();
    assert_eq!(control.direct_counter(T, id), Ok(CounterValue { packets: 2, bytes: 6 }));
    assert_eq!(control.default_counter(T), Ok(CounterValue { packets: 1, bytes: 3 }));
    control.set_direct_counter(T, id, CounterValue { packets: 40, bytes: 50 }).unwrap();
    assert_eq!(control.entry(T, id).unwrap().counter, Some(CounterValue { packets: 40, bytes: 50 }));
    control.delete(T, id).unwrap();
    let id = control.insert(T, &entry(5, 7)).unwrap();
    assert_eq!(control.direct_counter(T, id), Ok(CounterValue::default()), "a new entry begins at zero");
}

#[test]
fn direct_meters_colour_by_the_entry_that_was_hit() {
    let mut device = exact_table(|program| program.tables[0].meter = Some(DirectMeterId(0)));
    let id = device.control().insert(T, &entry(5, 7)).unwrap();
    let rates = MeterRates::per_second(1, 1, 1, 2);
    device.control().set_direct_meter(T, id, Some(rates)).unwrap();
    let colour = |device: &mut Device, value| one(device, 1, &[value, 0xff])[0].frame[1];
    let colours: Vec<u8> = [5, 5, 5, 6].map(|value| colour(&mut device, value)).into();
    assert_eq!(colours, [0, 1, 2, 0]);
    assert_eq!(device.control().direct_meter(T, id), Ok(Some(rates)));
    assert_eq!(device.control().entry(T, id).unwrap().rates, Some(rates));
    device.control().set_default_meter(T, Some(MeterRates::per_second(0, 0, 0, 0))).unwrap();
    assert_eq!(colour(&mut device, 6), 2);
}

#[test]
fn an_entry_without_hits_is_idle_once() {
    let mut device = exact_table(|program| program.tables[0].idle_timeout = true);
    device.set_time(1000);
    let timed = |value| NewEntry { idle_timeout: 100, ..entry(value, 1) };
    let (a, b) =
        (device.control().insert(T, &timed(1)).unwrap(), device.control().insert(T, &timed(2)).unwrap());
    device.control().insert(T, &entry(3, 1)).unwrap();
    assert!(device.control().idle(1099).is_empty());
    device.set_time(1050);
    port_of(&mut device, 2);
    let idle: Vec<_> = device.control().idle(1100).iter().map(|idle| (idle.id, idle.idle)).collect();
    assert_eq!(idle, [(a, 100)]);
    assert!(device.control().idle(1149).is_empty());
    assert_eq!(device.control().idle(1150).len(), 1);
    device.set_time(2000);
    port_of(&mut device, 1);
    assert_eq!(device.control().idle(2100).iter().map(|idle| idle.id).collect::<Vec<_>>(), [a]);
    device.control().set_idle_timeout(T, b, 1000).unwrap();
    assert_eq!(device.control().entry(T, b).unwrap().last_hit, Some(1050));
    assert_eq!(device.control().idle(2050).iter().map(|idle| idle.id).collect::<Vec<_>>(), [b]);
}

#[test]
fn idle_entries_are_found_by_parts_as_by_the_whole_and_told_again_to_who_asks_anew() {
    let mut device = exact_table(|program| program.tables[0].idle_timeout = true);
    let timed = |value| NewEntry { idle_timeout: 100, ..entry(value, 1) };
    device.control().set_time(1000);
    let mut ids: Vec<_> = (1..=7).map(|value| device.control().insert(T, &timed(value)).unwrap()).collect();
    let in_parts = |device: &mut Device, now, count| {
        let (mut round, mut all) = (IdleRound::default(), Vec::new());
        while !device.control().idle_part(now, &mut round, count, &mut all) {}
        assert_eq!(round, IdleRound::default());
        all.into_iter().map(|idle| idle.id).collect::<Vec<_>>()
    };
    assert!(in_parts(&mut device, 1099, 3).is_empty(), "their age begins with the time that was set");
    let mut found = in_parts(&mut device, 1100, 3);
    found.sort();
    ids.sort();
    assert_eq!(found, ids);
    assert!(in_parts(&mut device, 1200, 3).is_empty());
    device.control().forget_idle_reports();
    assert_eq!(device.control().idle(1200).len(), 7);
}

#[test]
fn ternary_entries_with_other_priorities_are_other_entries() {
    let mut device = table_of(MatchKind::Ternary, |_| {});
    let masked = |priority, port| {
        let key = KeyMatch::Ternary { value: bits(8, 0x55), mask: bits(8, 0xf0) };
        NewEntry::new(vec![key], priority, forward(port))
    };
    let low = device.control().insert(T, &masked(1, 1)).unwrap();
    let high = device.control().insert(T, &masked(5, 2)).unwrap();
    device.control().insert(T, &NewEntry::new(vec![KeyMatch::Any], 3, forward(3))).unwrap();
    assert_eq!((port_of(&mut device, 0x5a), port_of(&mut device, 0x6a)), (2, 3));
    assert!(device.control().insert(T, &masked(5, 9)).is_err());
    device.control().delete(T, high).unwrap();
    assert_eq!(port_of(&mut device, 0x5a), 3);
    let view = device.control().entry(T, low).unwrap();
    let canonical = KeyMatch::Ternary { value: bits(8, 0x50), mask: bits(8, 0xf0) };
    assert_eq!((view.keys, view.priority), (vec![canonical], 1));
}

#[test]
fn a_batch_with_a_mistake_changes_nothing() {
    let mut device = exact_table(|program| program.tables[0].counter = Some(DirectCounterId(0)));
    let (a, b) = (
        device.control().insert(T, &entry(1, 1)).unwrap(),
        device.control().insert(T, &entry(2, 2)).unwrap(),
    );
    port_of(&mut device, 1);
    let sorted = |control: &Control| {
        let mut views = control.entries(T).unwrap();
        views.sort_by_key(|view| view.id);
        views
    };
    let before = sorted(device.control());
    let call = ActionCall { action: 1, args: vec![bits(9, 3)] };
    let changes = |last: NewEntry| {
        vec![
            Change::Delete { table: T, id: a },
            Change::Insert { table: T, entry: entry(3, 3) },
            Change::Modify { table: T, id: b, target: forward(9) },
            Change::SetDefault { table: T, call: call.clone() },
            Change::Insert { table: T, entry: last },
        ]
    };
    let error = device.control().batch(&changes(entry(2, 5))).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("change 4 of the batch: table 'ingress.t': entry exists, its id is {b}")
    );
    assert_eq!(sorted(device.control()), before);
    assert_eq!(device.control().default_action(T), Ok(ActionCall { action: 0, args: vec![] }));
    assert_eq!((port_of(&mut device, 1), port_of(&mut device, 3)), (1, 0));

    let ids = device.control().batch(&changes(entry(4, 5))).unwrap();
    assert_eq!(ids.iter().filter(|id| id.is_some()).count(), 2);
    let ports = [1, 2, 3, 4].map(|value| port_of(&mut device, value));
    assert_eq!(ports, [3, 9, 3, 5]);
}

/// A table with a selector key over the second byte.
#[test]
fn packets_find_none_of_what_is_staged_until_it_is_put() {
    let mut device = exact_table(|program| program.tables[0].size = Some(3));
    let control = device.control();
    control.insert(T, &entry(1, 4)).unwrap();
    let mut staged = Staged::default();
    control.stage(&mut staged, T, &entry(2, 5)).unwrap();
    control.stage(&mut staged, T, &entry(3, 6)).unwrap();
    assert_eq!(staged.len(), 2);
    // What the keys and the limit forbid is refused before anything is put, and does no harm.
    for (value, why) in
        [(1, "entry exists, its id is"), (3, "entry exists twice: number 2 of"), (9, "its limit is 3")]
    {
        let refused = message(control.stage(&mut staged, T, &entry(value, 7)));
        assert!(refused.contains(why), "{refused}");
    }
    assert!(message(control.insert(T, &entry(9, 7))).contains("its limit is 3"), "the places are taken");
    assert_eq!(control.entries(T).unwrap().len(), 1);
    assert_eq!(port_of(&mut device, 2), 0);
    let control = device.control();
    let ids = control.put_staged(staged).unwrap();
    assert_eq!(ids.len(), 2);
    assert_eq!([1, 2, 3].map(|value| port_of(&mut device, value)), [4, 5, 6]);
    device.control().delete(T, ids[0]).unwrap();
    assert_eq!([2, 3].map(|value| port_of(&mut device, value)), [0, 6]);
}

#[test]
fn what_is_dropped_or_taken_by_another_leaves_its_places_free() {
    let mut device = exact_table(|program| program.tables[0].size = Some(2));
    let control = device.control();
    for _ in 0..5 {
        let mut staged = Staged::default();
        control.stage(&mut staged, T, &entry(2, 5)).unwrap();
        control.stage(&mut staged, T, &entry(3, 5)).unwrap();
        control.drop_staged(staged);
    }
    let mut staged = Staged::default();
    control.stage(&mut staged, T, &entry(2, 5)).unwrap();
    let taken = control.insert(T, &entry(2, 6)).unwrap();
    let error = control.put_staged(staged).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("change 0 of the batch: table 'ingress.t': entry exists, its id is {taken}")
    );
    control.insert(T, &entry(3, 7)).unwrap();
    assert_eq!([2, 3].map(|value| port_of(&mut device, value)), [6, 7]);
}

#[test]
fn readers_never_find_an_insertion_of_a_batch_that_is_refused() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    for kind in [MatchKind::Exact, MatchKind::Ternary, MatchKind::Range] {
        let device = table_of(kind, |_| {});
        let program = Arc::clone(&device.state().program);
        let (state, mut control) = Control::create(program, &Default::default()).unwrap();
        let key = |value: u64| match kind {
            MatchKind::Exact => KeyMatch::Exact(bits(8, value)),
            MatchKind::Range => KeyMatch::Range { lo: bits(8, value), hi: bits(8, value) },
            _ => KeyMatch::Ternary { value: bits(8, value), mask: bits(8, 0xff) },
        };
        let insert =
            |value| Change::Insert { table: T, entry: NewEntry::new(vec![key(value)], 0, forward(5)) };
        let mut changes: Vec<Change> = (1..200).map(insert).collect();
        changes.push(insert(1));
        let (stop, looked) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut found = swerve_p4_rt::table::Match::default();
                while !stop.load(Ordering::Acquire) {
                    for value in 1..200 {
                        state.tables[0].lookup(&[value], &mut found);
                        assert!(!found.hit, "{kind:?} {value}");
                    }
                    looked.fetch_add(1, Ordering::Relaxed);
                }
            });
            let mut rounds = 0;
            while rounds < 200 || looked.load(Ordering::Relaxed) < 200 {
                rounds += 1;
                assert_eq!(control.batch(&changes).unwrap_err().index, 199);
            }
            stop.store(true, Ordering::Release);
        });
        assert_eq!(control.entries(T).unwrap().len(), 0);
    }
}

fn selector_device() -> Device {
    let mut build = Build::new();
    let header = build.header(&[8, 8], None);
    build.parse_and_emit(header);
    build.action("ingress.nothing", &[]);
    build.action("ingress.forward", &[9]);
    build.action("ingress.other", &[]);
    let table = build.table("ingress.t", &[(MatchKind::Exact, 8), (MatchKind::Selector, 8)], &PORTS);
    build.program.profiles.push(Profile {
        name: "ingress.ap".into(),
        annotations: vec![],
        size: 8,
        selector: Some(Selector { algorithm: HashAlgorithm::Identity, width: 8 }),
        tables: vec![table],
    });
    build.program.tables[0].profile = Some(ProfileId(0));
    let sets = vec![
        copy(build.key(table, 0), build.field(header, 0)),
        copy(build.key(table, 1), build.field(header, 1)),
    ];
    let (spec, port) = (build.standard().egress_spec, build.param(table, 1, 0));
    build.program.ingress = code(
        "ingress",
        vec![
            block(sets, Terminator::Apply { table, hit: None, actions: vec![BlockId(2), BlockId(1)] }),
            block(vec![copy(spec, port)], Terminator::Goto(BlockId(2))),
            block(vec![], Terminator::End),
        ],
    );
    build.device()
}

const AP: ProfileId = ProfileId(0);

fn member(port: u64) -> Member {
    Member { action: ActionId(1), args: vec![bits(9, port)] }
}

fn part(member: u32, weight: u32) -> GroupMember {
    GroupMember { member, weight }
}

fn keys(value: u64) -> Vec<KeyMatch> {
    vec![KeyMatch::Exact(bits(8, value)), KeyMatch::Any]
}

#[test]
fn a_selector_spreads_flows_over_the_members_of_a_group_by_their_weights() {
    let mut device = selector_device();
    let control = device.control();
    (1..=3).for_each(|id| control.add_member(AP, id, &member(u64::from(id) + 10)).unwrap());
    control.add_selector_group(AP, 7, &[part(1, 1), part(2, 2), part(3, 0)]).unwrap();
    let id = control.insert(T, &NewEntry::new(keys(5), 0, Target::Group(7))).unwrap();
    control.insert(T, &NewEntry::new(keys(6), 0, Target::Member(3))).unwrap();
    assert_eq!(control.entry(T, id).unwrap().target, Target::Group(7));
    let port = |device: &mut Device, key, flow| one(device, 1, &[key, flow])[0].port;
    let ports: Vec<u16> = (0..6).map(|flow| port(&mut device, 5, flow)).collect();
    assert_eq!(ports, [11, 12, 12, 11, 12, 12]);
    assert_eq!(port(&mut device, 6, 0), 13);

    device.control().modify_selector_group(AP, 7, &[part(3, 1)]).unwrap();
    assert_eq!(port(&mut device, 5, 1), 13);
    device.control().modify_member(AP, 3, &member(99)).unwrap();
    assert_eq!(port(&mut device, 5, 1), 99);
    // An empty group runs the default action.
    device.control().modify_selector_group(AP, 7, &[]).unwrap();
    device.control().set_default(T, &ActionCall { action: 1, args: vec![bits(9, 40)] }).unwrap();
    assert_eq!((port(&mut device, 5, 1), port(&mut device, 9, 1)), (40, 40));
}

#[test]
fn members_and_groups_in_use_stay() {
    let mut device = selector_device();
    let control = device.control();
    control.add_member(AP, 1, &member(1)).unwrap();
    control.add_selector_group(AP, 7, &[part(1, 1)]).unwrap();
    let id = control.insert(T, &NewEntry::new(keys(5), 0, Target::Group(7))).unwrap();
    assert_eq!(
        message(control.delete_selector_group(AP, 7)),
        "action profile 'ingress.ap': group 7 is used by 1 entries"
    );
    assert_eq!(
        message(control.delete_member(AP, 1)),
        "action profile 'ingress.ap': member 1 is used by 1 entries and groups"
    );
    control.delete(T, id).unwrap();
    control.delete_selector_group(AP, 7).unwrap();
    control.delete_member(AP, 1).unwrap();
    assert_eq!((control.members(AP), control.selector_groups(AP)), (Ok(vec![]), Ok(vec![])));
}

#[test]
fn mistakes_with_profiles_name_the_profile_and_the_part() {
    let mut device = selector_device();
    let control = device.control();
    assert_eq!(
        message(control.insert(T, &NewEntry::new(keys(5), 0, Target::Member(9)))),
        "action profile 'ingress.ap' has no member 9"
    );
    assert_eq!(
        message(control.add_selector_group(AP, 1, &[part(4, 1)])),
        "action profile 'ingress.ap' has no member 4"
    );
    let other = Member { action: ActionId(2), args: vec![] };
    assert_eq!(
        message(control.add_member(AP, 1, &other)),
        "action 'ingress.other' is not an action of table 'ingress.t', which uses profile 'ingress.ap'"
    );
    (0..8).for_each(|id| control.add_member(AP, id, &member(1)).unwrap());
    assert_eq!(
        message(control.add_member(AP, 3, &member(1))),
        "action profile 'ingress.ap': member 3 exists"
    );
    assert_eq!(
        message(control.add_member(AP, 8, &member(1))),
        "action profile 'ingress.ap' is full: its size is 8"
    );
    let heavy = [part(1, u32::MAX), part(2, u32::MAX)];
    assert!(message(control.add_selector_group(AP, 1, &heavy)).contains("the limit is 4294967296"));
}

#[test]
fn a_batch_takes_back_members_and_groups() {
    let mut device = selector_device();
    let control = device.control();
    control.add_member(AP, 1, &member(1)).unwrap();
    control.add_selector_group(AP, 1, &[part(1, 1)]).unwrap();
    let (before, groups) = (control.members(AP), control.selector_groups(AP));
    let error = control.batch(&[
        Change::AddMember { profile: AP, id: 2, member: member(2) },
        Change::ModifyMember { profile: AP, id: 1, member: member(3) },
        Change::ModifyGroup { profile: AP, id: 1, members: vec![part(2, 1)] },
        Change::AddGroup { profile: AP, id: 2, members: vec![] },
        Change::Insert { table: T, entry: NewEntry::new(keys(5), 0, Target::Group(2)) },
        Change::DeleteGroup { profile: AP, id: 2 },
    ]);
    assert_eq!(error.unwrap_err().index, 5);
    let control = device.control();
    assert_eq!((control.members(AP), control.selector_groups(AP)), (before, groups));
    assert_eq!(control.entry_count(T), Ok(0));
}

#[test]
fn names_lead_to_objects_and_keys_to_places() {
    let mut device = selector_device();
    let names = device.control().names();
    assert_eq!(names.table("t"), Ok(T));
    assert_eq!(names.profile("ap"), Ok(AP));
    assert_eq!(names.table_action(T, "forward"), Ok(1));
    assert_eq!(names.action("other"), Ok(ActionId(2)));
    assert_eq!(names.key(T, "k1"), Ok(1));
    assert_eq!(
        names.table_action(T, "other").unwrap_err().to_string(),
        "no action is called 'other'; there is ingress.nothing, ingress.forward"
    );
}

#[test]
fn a_keyless_table_runs_its_default_action_as_a_miss() {
    let mut build = Build::new();
    let header = build.header(&[8], None);
    build.parse_and_emit(header);
    let action = build.action("a", &[8]);
    let table = build.table("t", &[], &[action]);
    let (param, field) = (build.param(table, 0, 0), build.field(header, 0));
    let hit = build.local(1);
    build.program.tables[0].default_action.args = vec![bits(8, 0x20)];
    let show = Rvalue::Binary(BinOp::Or, Operand::Slot(param), Operand::Slot(hit));
    build.program.ingress = code(
        "ingress",
        vec![
            block(vec![], Terminator::Apply { table, hit: Some(hit), actions: vec![BlockId(1)] }),
            block(vec![set(field, show)], Terminator::End),
        ],
    );
    assert_eq!(one(&mut build.device(), 0, &[9]), [out(0, &[0x20])]);
}
