//! What is learned, without a switch.

use super::*;
use std::time::Duration;

fn named(list: &[(&str, &str)]) -> Vec<Named> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn given(list: &[(&str, &str)]) -> Vec<(String, LearnValue)> {
    let value = |text: &str| match text.strip_prefix('=') {
        Some(value) => LearnValue::Value(value.to_owned()),
        None => LearnValue::Field(text.to_owned()),
    };
    list.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
}

fn entry(table: &str, keys: &[(&str, &str)], action: &str, args: &[(&str, &str)]) -> LearnEntry {
    LearnEntry {
        table: table.into(),
        keys: given(keys),
        action: action.into(),
        args: given(args),
        priority: 0,
        idle_timeout: None,
    }
}

/// Stations of a switch for Ethernet, as `l2_learning.p4` has them.
fn stations() -> Learn {
    let keys = [("address", "address"), ("vlan", "vlan")];
    let timed = LearnEntry {
        idle_timeout: Some(Duration::from_secs(300)),
        ..entry("sources", &keys, "known", &[("port", "port")])
    };
    let destinations = entry("destinations", &keys, "forward", &[("port", "port")]);
    Learn { digest: "learn_t".into(), entries: vec![timed, destinations] }
}

fn learning(rules: &[Learn]) -> Learning {
    let mut learning = Learning::default();
    learning.configure(rules);
    learning.welcomed();
    learning
}

fn seen(address: &str, port: &str) -> Event {
    let fields = named(&[("vlan", "10"), ("address", address), ("port", port)]);
    Event::Digest(Digest { name: "learn_t".into(), receiver: 1, fields, worker: 0 })
}

fn silent(table: &str, source: &str, keys: &[(&str, &str)]) -> Event {
    Event::Idle(Idle {
        table: table.into(),
        id: 1,
        keys: named(keys),
        priority: 0,
        source: source.into(),
        idle_ms: 300_000,
    })
}

fn set(
    table: &str,
    keys: &[(&str, &str)],
    action: &str,
    args: &[(&str, &str)],
    idle_timeout_ms: u64,
) -> Lesson {
    let target = Target::Action(Action { name: action.into(), args: named(args) });
    let entry = Entry { keys: named(keys), priority: 0, target, idle_timeout_ms };
    Lesson::Set { table: table.into(), entry }
}

fn forget(table: &str, keys: &[(&str, &str)]) -> Lesson {
    Lesson::Forget { table: table.into(), keys: named(keys), priority: 0 }
}

const FOLLOWED: Follow = Follow { digests: true, idle: true, packets: false, lines: false, numbers: true };

/// The next lessons, behind the request to follow.
fn taught(learning: &mut Learning) -> Vec<Lesson> {
    let lessons = match learning.next_request() {
        Some(Request::Follow(FOLLOWED)) => learning.next_request(),
        request => request,
    };
    match lessons {
        Some(Request::Learn(lessons)) => lessons,
        None => vec![],
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_digest_becomes_all_entries_of_its_rule_and_the_last_word_on_an_entry_counts() {
    let mut learning = learning(&[stations()]);
    let now = Instant::now();
    assert_eq!(learning.next_request(), Some(Request::Follow(FOLLOWED)));
    for (address, port) in [("161", "1"), ("162", "2"), ("161", "3")] {
        learning.on_event(&seen(address, port), now);
    }
    let keys = |address| [("address", address), ("vlan", "10")];
    assert_eq!(
        taught(&mut learning),
        [
            set("destinations", &keys("161"), "forward", &[("port", "3")], 0),
            set("destinations", &keys("162"), "forward", &[("port", "2")], 0),
            set("sources", &keys("161"), "known", &[("port", "3")], 300_000),
            set("sources", &keys("162"), "known", &[("port", "2")], 300_000),
        ]
    );
    learning.on_event(&seen("163", "1"), now);
    assert_eq!(learning.next_request(), None, "one batch at a time");
    learning.on_learned(&Learned { added: 4, ..Learned::default() }, now);
    assert_eq!(taught(&mut learning).len(), 2);
}

#[test]
fn an_idle_entry_takes_the_others_of_its_rule_along_also_when_nobody_here_knows_them() {
    let mut learning = learning(&[stations()]);
    let now = Instant::now();
    let keys = [("vlan", "10"), ("address", "161")];
    learning.on_event(&silent("ingress.sources", "learned", &keys), now);
    let keys = [("address", "161"), ("vlan", "10")];
    assert_eq!(taught(&mut learning), [forget("destinations", &keys), forget("sources", &keys)]);
    learning.on_learned(&Learned::default(), now);
    // Of others: an operator's, another table, a table whose name ends alike.
    learning.on_event(&silent("ingress.sources", "operator", &keys), now);
    learning.on_event(&silent("ingress.destinations", "learned", &keys), now);
    learning.on_event(&silent("ingress.resources", "learned", &keys), now);
    assert_eq!(taught(&mut learning), []);
}

#[test]
fn a_station_that_speaks_again_is_not_forgotten_and_one_that_falls_silent_is_not_set() {
    let mut learning = learning(&[stations()]);
    let now = Instant::now();
    let keys = [("vlan", "10"), ("address", "161")];
    learning.on_event(&silent("ingress.sources", "learned", &keys), now);
    learning.on_event(&seen("161", "2"), now);
    assert!(taught(&mut learning).iter().all(|lesson| matches!(lesson, Lesson::Set { .. })));
    learning.on_learned(&Learned::default(), now);
    learning.on_event(&seen("161", "2"), now);
    learning.on_event(&silent("ingress.sources", "learned", &keys), now);
    assert!(taught(&mut learning).iter().all(|lesson| matches!(lesson, Lesson::Forget { .. })));
}

#[test]
fn a_rule_with_a_value_of_its_own_forgets_only_entries_with_that_value() {
    let rule = |kind: &str, other: &str| {
        let timed = LearnEntry {
            idle_timeout: Some(Duration::from_secs(1)),
            ..entry("flows", &[("kind", kind), ("a", "a")], "go", &[])
        };
        Learn {
            digest: "flow_t".into(),
            entries: vec![timed, entry(other, &[("b", "a"), ("c", "=*")], "go", &[])],
        }
    };
    let mut learning = learning(&[rule("=0x0a", "ten"), rule("=11", "eleven"), rule("=10.0.0.1", "address")]);
    let now = Instant::now();
    let mut forgotten = |kind: &str| {
        learning.on_event(&silent("flows", "learned", &[("hdr.x.kind", kind), ("hdr.x.a", "7")]), now);
        let lessons = taught(&mut learning);
        learning.on_learned(&Learned::default(), now);
        lessons
    };
    let flows = |kind| forget("flows", &[("kind", kind), ("a", "7")]);
    let other = |table| forget(table, &[("b", "7"), ("c", "*")]);
    assert_eq!(forgotten("11"), [other("eleven"), flows("11")]);
    assert_eq!(forgotten("10"), [flows("0x0a"), other("ten")]);
    assert_eq!(forgotten("167772161"), [other("address"), flows("10.0.0.1")]);
    assert_eq!(forgotten("12"), []);
}

#[test]
fn what_was_lost_is_asked_for_again_and_a_new_connection_begins_anew() {
    let mut learning = learning(&[stations()]);
    let now = Instant::now();
    assert_eq!(learning.next_request(), Some(Request::Follow(FOLLOWED)));
    learning.on_event(&Event::Lost { digests: 5, idle: 0, packets: 0, lines: 0 }, now);
    assert_eq!(learning.next_request(), None, "digests come again by themselves");
    learning.on_event(&Event::Lost { digests: 0, idle: 1, packets: 0, lines: 0 }, now);
    assert_eq!(learning.next_request(), Some(Request::Follow(FOLLOWED)));
    assert_eq!(learning.next_request(), None);
    learning.on_event(&seen("161", "1"), now);
    assert_eq!(taught(&mut learning).len(), 2);
    learning.welcomed();
    assert_eq!(learning.next_request(), Some(Request::Follow(FOLLOWED)));
    learning.on_event(&seen("161", "1"), now);
    assert_eq!(taught(&mut learning).len(), 2, "no answer is waited for that cannot come");
}

#[test]
fn without_rules_nothing_is_followed_and_when_they_go_no_more() {
    let mut learning = learning(&[]);
    assert_eq!(learning.next_request(), None);
    learning.configure(&[stations()]);
    assert_eq!(learning.next_request(), Some(Request::Follow(FOLLOWED)));
    learning.configure(&[]);
    assert_eq!(learning.next_request(), Some(Request::Follow(Follow::default())));
    assert_eq!(learning.next_request(), None);
}

#[test]
fn a_digest_of_another_program_and_a_refusal_leave_it_ready() {
    let mut learning = learning(&[stations()]);
    let now = Instant::now();
    let fields = named(&[("vlan", "10")]);
    let other = Digest { name: "learn_t".into(), receiver: 1, fields, worker: 0 };
    learning.on_event(&Event::Digest(other), now);
    assert_eq!(taught(&mut learning), []);
    learning.on_event(&seen("161", "1"), now);
    assert_eq!(taught(&mut learning).len(), 2);
    assert!(learning.on_refused("learn", "there is no program", now));
    assert!(!learning.on_refused("drain", "", now));
    learning.on_event(&seen("161", "1"), now);
    assert_eq!(taught(&mut learning).len(), 2);
}

#[test]
fn a_flood_of_stations_is_bounded_and_taught_by_and_by() {
    let mut learning = learning(&[stations()]);
    let now = Instant::now();
    for address in 0..(WAITING as u32) {
        learning.on_event(&seen(&address.to_string(), "1"), now);
    }
    let mut all = 0;
    loop {
        let lessons = taught(&mut learning).len();
        if lessons == 0 {
            break;
        }
        assert!(lessons <= MAX_LESSONS);
        all += lessons;
        learning.on_learned(&Learned::default(), now);
    }
    assert_eq!(all, WAITING);
}
