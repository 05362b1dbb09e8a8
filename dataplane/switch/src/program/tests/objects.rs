//! Meters and value sets, as operators change them.

use super::*;
use api::program::{Meter, Rates, ValueSet};

const OBJECTS: &str = include_str!("objects.p4");
const RATES: Rates = Rates { cir_per_s: 1000, cbs: 1500, pir_per_s: 2000, pbs: 3000 };

fn meters(
    loaded: &Loaded,
    name: &str,
    index: Option<u64>,
    from: u64,
    limit: u32,
) -> (Vec<Meter>, bool, Option<u64>) {
    let query = Query::Meter { name: name.into(), index, from, limit };
    match loaded.show(1, &query) {
        Ok(Reply::Meter { rows, bytes, more }) => (rows, bytes, more),
        other => panic!("{other:?}"),
    }
}

fn value_set(loaded: &Loaded, name: &str) -> ValueSet {
    match loaded.show(1, &Query::ValueSet { name: name.into() }) {
        Ok(Reply::ValueSet(set)) => set,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rates_of_a_meter_are_set_shown_and_taken_away() {
    let mut loaded = loaded(OBJECTS);
    assert_eq!(meters(&loaded, "rates", None, 0, 100), (vec![], true, None));
    assert_eq!(meters(&loaded, "rates", Some(3), 0, 1).0, [Meter { index: 3, rates: None }]);
    for index in [1, 3, 7] {
        loaded.meter_set("ingress.rates", Some(index), Some(RATES)).unwrap();
    }
    let row = |index| Meter { index, rates: Some(RATES) };
    assert_eq!(meters(&loaded, "rates", None, 0, 100).0, [row(1), row(3), row(7)]);
    assert_eq!(meters(&loaded, "rates", None, 0, 2), (vec![row(1), row(3)], true, Some(7)));
    assert_eq!(meters(&loaded, "rates", None, 7, 2), (vec![row(7)], true, None));
    loaded.meter_set("rates", Some(3), None).unwrap();
    assert_eq!(meters(&loaded, "rates", None, 0, 100).0, [row(1), row(7)]);
    loaded.meter_set("rates", None, None).unwrap();
    assert_eq!(meters(&loaded, "rates", None, 0, 100).0, []);
    loaded.meter_set("rates", None, Some(RATES)).unwrap();
    assert_eq!(meters(&loaded, "rates", None, 0, 100).0.len(), 8);
}

#[test]
fn entries_of_a_table_with_a_direct_meter_have_rates_of_their_own() {
    let mut loaded = loaded(OBJECTS);
    let target = Target::Action(Action { name: "to".into(), args: named(&[("port", "3")]) });
    let entry = Entry { keys: named(&[("a", "5")]), priority: 0, target, idle_timeout_ms: 0 };
    let id = loaded.batch(&[Change::Add { table: "ports".into(), entry }]).unwrap()[0].unwrap();
    for name in ["each", "ports"] {
        loaded.meter_set(name, Some(id), Some(RATES)).unwrap();
        assert_eq!(
            meters(&loaded, name, None, 0, 100),
            (vec![Meter { index: id, rates: Some(RATES) }], false, None)
        );
        loaded.meter_set(name, None, None).unwrap();
        assert_eq!(meters(&loaded, name, Some(id), 0, 1).0, [Meter { index: id, rates: None }]);
    }
}

#[test]
fn what_a_meter_or_a_value_set_loses_to_the_next_program_is_named() {
    let mut old = loaded(OBJECTS);
    let target = Target::Action(Action { name: "to".into(), args: named(&[("port", "3")]) });
    let entry = Entry { keys: named(&[("a", "5")]), priority: 0, target, idle_timeout_ms: 0 };
    old.batch(&[Change::Add { table: "ports".into(), entry }]).unwrap();
    old.meter_set("rates", Some(1), Some(RATES)).unwrap();
    old.meter_set("each", None, Some(RATES)).unwrap();
    old.value_add("kinds", &named(&[("", "7")])).unwrap();
    let text = OBJECTS
        .replace("MeterType.packets", "MeterType.packets_")
        .replace("MeterType.bytes", "MeterType.packets")
        .replace("MeterType.packets_", "MeterType.bytes")
        .replace("kinds", "sorts");
    let mut new = loaded(&text);
    assert_eq!(
        new.take_over(&old, false),
        [
            "value set start_parser.kinds: 1 of its entries; there is none of that name now",
            "table ingress.ports: the rates of 1 entries; its meter is another now",
            "meter ingress.rates: 1 of its cells; it counts something else now",
        ]
    );
    assert_eq!(meters(&new, "each", None, 0, 100).0, [], "what were packets are not bytes");
}

#[test]
fn rates_that_cannot_be_say_why() {
    let mut big = loaded(&OBJECTS.replace("meter(8,", "meter(100000,"));
    let low = Rates { pir_per_s: 10, ..RATES };
    for (name, index, rates, words) in [
        ("rate", None, None, "there is ingress.rates, ingress.each"),
        ("rates", Some(100_000), Some(RATES), "its size is 100000"),
        (
            "rates",
            Some(1),
            Some(low),
            "(pir), 10 per second, is below the committed rate (cir), 1000 per second",
        ),
        ("rates", None, Some(RATES), "name the index of one"),
        ("ports", Some(77), Some(RATES), "77"),
    ] {
        let why = big.meter_set(name, index, rates).unwrap_err().to_string();
        assert!(why.contains(words), "{words}: {why}");
    }
}

#[test]
fn entries_of_value_sets_are_added_shown_and_deleted() {
    let mut loaded = loaded(OBJECTS);
    let id = loaded.value_add("kinds", &named(&[("", "0x0800")])).unwrap();
    loaded.value_add("kinds", &named(&[("", "5")])).unwrap();
    let set = value_set(&loaded, "kinds");
    assert_eq!((set.rows.len(), set.capacity, set.keys.len()), (2, 4, 1));
    assert_eq!(set.rows[0].0, id);
    loaded.value_delete("kinds", &Which::Id(id)).unwrap();
    let keys = named(&[("", "0x5")]);
    loaded.value_delete("kinds", &Which::Keys { keys, priority: 0 }).unwrap();
    assert_eq!(value_set(&loaded, "kinds").rows, []);
    loaded.value_add("pairs", &named(&[("a", "0x10 &&& 0xf0"), ("b", "7")])).unwrap();
    loaded.value_add("pairs", &named(&[("b", "8")])).unwrap();
    let shown: Vec<_> = value_set(&loaded, "pairs").rows.into_iter().map(|(_, keys)| keys).collect();
    assert_eq!(shown[0].iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["0x10 &&& 0xf0", "7"]);
    assert_eq!(shown[1].iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["*", "8"]);
    let keys = named(&[("a", "16 &&& 0b11110000"), ("b", "0x7")]);
    loaded.value_delete("pairs", &Which::Keys { keys, priority: 0 }).unwrap();
    let keys = named(&[("a", "0 &&& 0"), ("b", "8")]);
    loaded.value_delete("pairs", &Which::Keys { keys, priority: 0 }).unwrap();
    assert_eq!(value_set(&loaded, "pairs").rows, []);
}

#[test]
fn values_that_a_set_cannot_have_say_why() {
    let mut loaded = loaded(OBJECTS);
    for at in 0..4 {
        loaded.value_add("kinds", &named(&[("", &at.to_string())])).unwrap();
    }
    for (set, keys, words) in [
        ("kinds", named(&[("", "9")]), "full"),
        ("kinds", named(&[("", "1")]), "exists"),
        ("kinds", named(&[("", "0x10000")]), "16 bits"),
        ("kind", named(&[("", "1")]), "start_parser.kinds"),
        ("pairs", named(&[("", "1")]), "each with its name"),
        ("pairs", named(&[("a", "1")]), "'b' is not given"),
        ("pairs", named(&[("b", "1"), ("b", "2")]), "twice"),
        ("pairs", named(&[("c", "1")]), "'c'"),
    ] {
        let why = loaded.value_add(set, &keys).unwrap_err().to_string();
        assert!(why.contains(words), "{words}: {why}");
    }
    let gone = Which::Keys { keys: named(&[("", "9")]), priority: 0 };
    assert!(
        loaded.value_delete("kinds", &gone).unwrap_err().to_string().contains("no entry with these keys")
    );
    assert!(loaded.value_delete("kinds", &Which::Id(1 << 40)).is_err());
}
