//! Programs in place, without packets.

mod configs;
mod configured;
mod events;
mod learn;
mod objects;
mod staged;

use super::Loaded;
use super::compile::{Compiled, Job, compile_job};
use api::program::{Action, Change, Entry, Query, Reply, RowTarget, Target, Which};
use host::load::Access;
use std::path::PathBuf;

/// A router of a few lines, with something of everything.
pub(super) const ROUTER: &str = include_str!("tests/router.p4");

fn compile(text: &str, load: bool) -> Compiled {
    compile_job(&Job {
        file: PathBuf::from("/nowhere/router.p4"),
        text: Some(text.to_owned()),
        included: vec![],
        include: vec![],
        load,
        access: Access::Own,
    })
}

fn loaded(text: &str) -> Loaded {
    let compiled = compile(text, true);
    Loaded::new(compiled.ready.unwrap_or_else(|| panic!("{}", compiled.verdict.messages)))
}

fn named(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn to(port: &str) -> Target {
    Target::Action(forward(port))
}

fn forward(port: &str) -> Action {
    Action { name: "forward".into(), args: named(&[("port", port), ("mac", "02:00:00:00:00:01")]) }
}

fn route(prefix: &str, port: &str) -> Change {
    let entry = Entry {
        keys: named(&[("hdr.ipv4.dst_addr", prefix)]),
        priority: 0,
        target: to(port),
        idle_timeout_ms: 0,
    };
    Change::Add { table: "ipv4_lpm".into(), entry }
}

fn which(prefix: &str) -> Which {
    Which::Keys { keys: named(&[("dst_addr", prefix)]), priority: 0 }
}

/// Prefix, port and giver of each route.
fn routes(loaded: &Loaded) -> Vec<(String, String, String)> {
    let query = Query::Entries { table: "ipv4_lpm".into(), after: None, limit: 100 };
    let Ok(Reply::Entries(entries)) = loaded.show(1, &query) else { panic!("entries") };
    let row = |row: api::program::EntryRow| {
        let RowTarget::Action(call) = row.target else { panic!("an action") };
        let port = call.args.first().map_or_else(|| call.action.clone(), |(_, value)| value.clone());
        (row.keys[0].1.clone(), port, row.source)
    };
    let mut rows: Vec<_> = entries.rows.into_iter().map(row).collect();
    rows.sort();
    rows
}

fn given(prefix: &str, port: &str) -> config::Entry {
    config::Entry {
        table: "ipv4_lpm".into(),
        keys: named(&[("dst_addr", prefix)]),
        action: "forward".into(),
        args: forward(port).args,
        priority: 0,
    }
}

fn rows(list: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    list.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[test]
fn a_program_with_an_error_is_rejected_with_its_place_and_nothing_is_ready() {
    let compiled = compile(&ROUTER.replace("standard_metadata.egress_spec = port", "nonsense = port"), true);
    assert!(!compiled.verdict.accepted && compiled.ready.is_none());
    assert!(compiled.verdict.messages.contains("nonsense"), "{}", compiled.verdict.messages);
    assert!(compiled.verdict.messages.contains("/nowhere/router.p4"), "{}", compiled.verdict.messages);
    assert!(compile("const bit<8> X = 1;", false).verdict.accepted, "a library can be checked");
    let library = compile("const bit<8> X = 1;", true);
    assert!(!library.verdict.accepted && library.ready.is_none(), "a library cannot be loaded");
}

#[test]
fn a_file_that_is_not_there_is_said() {
    let job = Job {
        file: "/nowhere/at-all.p4".into(),
        text: None,
        included: vec![],
        include: vec![],
        load: true,
        access: Access::Own,
    };
    let compiled = compile_job(&job);
    assert!(compiled.verdict.messages.contains("/nowhere/at-all.p4"), "{}", compiled.verdict.messages);
}

#[test]
fn messages_without_end_fit_an_answer() {
    let endless = format!("#error {}\n", "×".repeat(1 << 20));
    let verdict = compile(&endless.repeat(3), false).verdict;
    assert!(verdict.errors == 3 && verdict.diagnostics[0].line == Some(1), "{}", verdict.errors);
    let (mut bytes, reply) = (vec![], api::switch::Reply::Program(Reply::Checked(verdict)));
    api::frame::write(&reply, &mut bytes).unwrap();
}

#[test]
fn entries_are_added_shown_changed_and_deleted_by_keys_or_number() {
    let mut router = loaded(ROUTER);
    let ids = router.batch(&[route("10.0.0.0/8", "3"), route("0x0a010000/16", "4")]).unwrap();
    assert_eq!(routes(&router), rows(&[("10.0.0.0/8", "3", "operator"), ("10.1.0.0/16", "4", "operator")]));
    let table = || "ipv4_lpm".to_owned();
    let modify = Change::Modify { table: table(), which: which("10.0.0.0/8"), target: to("5") };
    let delete = Change::Delete { table: table(), which: Which::Id(ids[1].unwrap()) };
    assert_eq!(router.batch(&[modify, delete]).unwrap(), [None, None]);
    assert_eq!(routes(&router), rows(&[("10.0.0.0/8", "5", "operator")]));
}

#[test]
fn a_batch_with_one_mistake_changes_nothing_and_names_the_change() {
    let mut router = loaded(ROUTER);
    router.batch(&[route("10.0.0.0/8", "3")]).unwrap();
    let mut ranked = route("10.2.0.0/16", "4");
    if let Change::Add { entry, .. } = &mut ranked {
        entry.priority = 5;
    }
    for (bad, words) in [
        (ranked, "has no priorities, as none of its keys is ternary, range or optional: leave out 5"),
        (route("10.0.0.0/8", "4"), "entry exists"),
        (route("10.2.0.0/33", "4"), "10.2.0.0/32 or less"),
        (route("10.2.0.0/16", "512"), "does not fit into 9 bits"),
        (
            Change::Delete { table: "ipv4_lpm".into(), which: which("10.3.0.0/16") },
            "no entry with these keys",
        ),
        (Change::ResetDefault { table: "ipv5".into() }, "there is ingress.ipv4_lpm"),
        (
            Change::SetDefault {
                table: "ipv4_lpm".into(),
                action: Action { name: "forwards".into(), args: vec![] },
            },
            "ingress.forward",
        ),
    ] {
        let error = router.batch(&[route("10.9.0.0/16", "1"), bad]).unwrap_err().to_string();
        assert!(error.starts_with("change 2 of 2: ") && error.contains(words), "{words}: {error}");
        assert_eq!(routes(&router).len(), 1, "{error}");
    }
}

#[test]
fn what_the_file_says_anew_replaces_what_it_said_and_leaves_what_operators_gave() {
    let mut router = loaded(ROUTER);
    router.batch(&[route("10.9.0.0/16", "9")]).unwrap();
    router.apply_entries(&[given("10.0.0.0/8", "1"), given("10.1.0.0/16", "2")]).unwrap();
    router.apply_entries(&[given("10.0.0.0/8", "7"), given("10.2.0.0/16", "3")]).unwrap();
    let expected =
        rows(&[("10.0.0.0/8", "7", "file"), ("10.2.0.0/16", "3", "file"), ("10.9.0.0/16", "9", "operator")]);
    assert_eq!(routes(&router), expected);
    let (at, why) = router.apply_entries(&[given("10.0.0.0/8", "8"), given("10.2.0.0/16", "x")]).unwrap_err();
    assert_eq!(at, 1);
    assert!(why.contains("write a number of 9 bits"), "{why}");
    let twice = [given("10.0.0.0/8", "8"), given("0x0a000000/8", "8")];
    assert_eq!(router.apply_entries(&twice).unwrap_err().0, 1);
    assert_eq!(routes(&router), expected, "nothing of a refused file is applied");
}

#[test]
fn entries_counters_and_registers_survive_where_name_and_types_are_the_same() {
    let mut old = loaded(ROUTER);
    old.apply_entries(&[given("10.0.0.0/8", "1"), given("10.1.0.0/16", "2")]).unwrap();
    old.batch(&[route("10.9.0.0/16", "9")]).unwrap();
    old.batch(&[Change::SetDefault { table: "ipv4_lpm".into(), action: forward("6") }]).unwrap();
    old.state.counters[0].set(3, 5, 500);
    old.register_write("seen", 2, "77").unwrap();
    old.multicast_group(4, Some(vec![api::program::MulticastNode { replica: 1, ports: vec![1, 2] }]))
        .unwrap();

    let text = ROUTER.replace("ttl - 1", "ttl - 2");
    let mut new = loaded(&text);
    assert_ne!(old.fingerprint, new.fingerprint);
    new.apply_entries(&[given("10.0.0.0/8", "7")]).unwrap();
    assert_eq!(new.take_over(&old, false), Vec::<String>::new());
    assert_eq!(routes(&new), rows(&[("10.0.0.0/8", "7", "file"), ("10.9.0.0/16", "9", "operator")]));
    assert_eq!(new.state.counters[0].get(3), (5, 500));
    assert_eq!(new.control.group(4), old.control.group(4));
    let query = Query::Register { name: "seen".into(), index: Some(2), from: 0, limit: 1 };
    let Ok(Reply::Register { rows: cells, .. }) = new.show(1, &query) else { panic!("a register") };
    assert_eq!(cells[0].value, "77");
    let Ok(Reply::Tables(tables)) = new.show(1, &Query::Tables) else { panic!("tables") };
    assert_eq!(tables[0].default_action.args[0].1, "6");
}

#[test]
fn what_has_other_types_is_left_behind_and_said() {
    let mut old = loaded(ROUTER);
    old.batch(&[route("10.9.0.0/16", "9")]).unwrap();
    old.register_write("seen", 2, "77").unwrap();
    old.state.counters[0].set(3, 5, 500);
    old.state.counters[0].set(300, 1, 60);
    let mut new = loaded(
        &ROUTER
            .replace("dst_addr : lpm", "dst_addr : exact")
            .replace("counter(512, ", "counter(256, ")
            .replace("bit<16>>(8)", "bit<24>>(8)")
            .replace("seen.write(0, hdr", "seen.write(0, (bit<24>)hdr"),
    );
    let lost = new.take_over(&old, false);
    assert_eq!(
        lost,
        [
            "table ingress.ipv4_lpm: its 1 entries; its keys are others now",
            "counter ingress.ports: 1 of its cells; it is smaller now",
            "register ingress.seen: 1 of its cells; its width is another now",
        ]
    );
    assert_eq!(routes(&new), []);
    assert_eq!(new.state.counters[0].get(3), (5, 500));
    assert_eq!(new.control.register(front::ir::RegisterId(0), 2).unwrap(), 0u32.into());
}

/// What was said of destinations is not true of sources.
#[test]
fn entries_stay_with_the_fields_that_they_are_of() {
    let mut old = loaded(ROUTER);
    old.batch(&[route("10.9.0.0/16", "9")]).unwrap();
    let mut new = loaded(&ROUTER.replace("dst_addr : lpm", "src_addr : lpm"));
    let lost = new.take_over(&old, false);
    assert_eq!(lost, ["table ingress.ipv4_lpm: its 1 entries; its keys are others now"]);
    assert_eq!(routes(&new), []);
}

#[test]
fn what_is_not_in_the_new_program_is_named_each_by_its_kind() {
    let mut old = loaded(ROUTER);
    old.batch(&[Change::SetDefault { table: "ipv4_lpm".into(), action: forward("6") }]).unwrap();
    old.register_write("seen", 2, "77").unwrap();
    old.state.counters[0].set(3, 5, 500);
    let text = ROUTER
        .replace(" ports;", " doors;")
        .replace("ports.", "doors.")
        .replace("packets_and_bytes", "bytes");
    let text = text.replace(" seen;", " known;").replace("seen.", "known.").replace("forward", "send");
    let mut new = loaded(&text);
    assert_eq!(
        new.take_over(&old, false),
        [
            "table ingress.ipv4_lpm: its default action",
            "counter ingress.ports: 1 of its cells; there is none of that name now",
            "register ingress.seen: 1 of its cells; there is none of that name now",
        ]
    );
}

#[test]
fn counters_are_read_and_reset_and_unknown_names_list_what_there_is() {
    let mut router = loaded(ROUTER);
    router.state.counters[0].set(1, 2, 200);
    let read = |router: &Loaded, index| {
        let query = Query::Counter { name: "ports".into(), index, from: 0, limit: 100 };
        let Ok(Reply::Counter { rows, more }) = router.show(1, &query) else { panic!("a counter") };
        (rows.iter().map(|row| row.packets).collect::<Vec<_>>(), more)
    };
    assert_eq!(read(&router, Some(1)), (vec![2], false));
    assert_eq!(read(&router, None).0.iter().sum::<u64>(), 2);
    router.counter_reset("ports", None).unwrap();
    assert_eq!(read(&router, Some(1)), (vec![0], false));
    let error = router.counter_reset("prots", None).unwrap_err().to_string();
    assert!(error.contains("ingress.ports"), "{error}");
    let error = router.counter_reset("ports", Some(1 << 40)).unwrap_err().to_string();
    assert!(error.contains("its size is 512"), "{error}");
}
