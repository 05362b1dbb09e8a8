//! `program`, `table`, `counter`, `register`, `meter`, `valueset`, `group`.

use super::*;
use api::program::{
    Action, Call, Change, CloneSession, Counter, Diagnostic, Entries, Entry, EntryRow, Groups, Key, MAX_ROWS,
    Meter, MulticastNode, Named, Profile, Program, Query as Ask, Rates, Register, Reply, Request, RowTarget,
    Signature, Table, Target, ValueSet, Verdict, Which,
};
use std::sync::{Arc, Mutex};

type Heard = Arc<Mutex<Vec<Request>>>;

fn named(list: &[(&str, &str)]) -> Vec<Named> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A switch that does what it is told, and notes it.
fn obedient(bench: &Bench) -> Heard {
    let heard = Heard::default();
    let into = Arc::clone(&heard);
    bench.program(move |request| {
        let adds = matches!(&request, Request::Batch(changes) if matches!(changes[..], [Change::Add { .. }]));
        into.lock().unwrap().push(request);
        vec![Ok(Reply::Done { ids: if adds { vec![Some(41)] } else { vec![None] } })]
    });
    heard
}

/// A switch that shows what it is asked for.
fn shows(bench: &Bench, answer: impl Fn(Ask) -> Reply + Send + Clone + 'static) {
    bench.program(move |request| match request {
        Request::Show(query) => vec![Ok(answer(query))],
        other => panic!("{other:?}"),
    });
}

fn run(bench: &Bench, line: &str) -> Output {
    bench.run(&line.split(' ').collect::<Vec<_>>())
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

fn table() -> Table {
    Table {
        name: "ingress.ipv4_lpm".into(),
        keys: vec![Key { name: "hdr.ipv4.dst_addr".into(), kind: "lpm".into(), bits: 32 }],
        actions: vec![Signature { name: "ingress.forward".into(), parameters: vec![("port".into(), 9)] }],
        default_action: Call { action: "ingress.drop".into(), args: vec![] },
        default_constant: false,
        entries: 5000,
        capacity: 10_000,
        constant: false,
        profile: None,
        direct_counter: true,
        idle_timeouts: false,
    }
}

fn entry(id: u64) -> EntryRow {
    EntryRow {
        id,
        keys: named(&[("hdr.ipv4.dst_addr", "10.0.0.0/8")]),
        priority: 0,
        target: RowTarget::Action(Call { action: "ingress.forward".into(), args: named(&[("port", "3")]) }),
        source: "file".into(),
        constant: false,
        packets: Some(7),
        bytes: Some(700),
        idle_timeout_ms: None,
        idle_ms: None,
    }
}

#[test]
fn changes_of_tables_are_asked_for_as_they_were_written() {
    let bench = Bench::new();
    let heard = obedient(&bench);
    let forward = |port: &str| Action { name: "forward".into(), args: named(&[("port", port)]) };
    let keys = || named(&[("dst", "10.0.0.0/8")]);
    let t = || "t".to_owned();
    let add = |priority, target| Change::Add {
        table: t(),
        entry: Entry { keys: keys(), priority, target, idle_timeout_ms: 0 },
    };
    let by_keys = |priority| Which::Keys { keys: keys(), priority };
    for (line, change, done) in [
        (
            "table add t dst=10.0.0.0/8 forward port=3",
            add(0, Target::Action(forward("3"))),
            "added: entry 41\n",
        ),
        (
            "table add t dst=10.0.0.0/8 --member 4 --priority -2",
            add(-2, Target::Member(4)),
            "added: entry 41\n",
        ),
        ("table add t dst=10.0.0.0/8 --group 5", add(0, Target::Group(5)), "added: entry 41\n"),
        (
            "table modify t dst=10.0.0.0/8 forward port=4 --priority 3",
            Change::Modify { table: t(), which: by_keys(3), target: Target::Action(forward("4")) },
            "changed\n",
        ),
        (
            "table modify t 41 --group 6",
            Change::Modify { table: t(), which: Which::Id(41), target: Target::Group(6) },
            "changed\n",
        ),
        ("table delete t 41", Change::Delete { table: t(), which: Which::Id(41) }, "deleted\n"),
        ("table delete t dst=10.0.0.0/8", Change::Delete { table: t(), which: by_keys(0) }, "deleted\n"),
        (
            "table set-default t forward port=9",
            Change::SetDefault { table: t(), action: forward("9") },
            "set\n",
        ),
        ("table reset-default t", Change::ResetDefault { table: t() }, "reset\n"),
        (
            "group member p 3 forward port=1",
            Change::Member { profile: "p".into(), id: 3, action: forward("1") },
            "done\n",
        ),
        ("group member-delete p 3", Change::MemberDelete { profile: "p".into(), id: 3 }, "done\n"),
        (
            "group members p 2 3 4*2",
            Change::Group { profile: "p".into(), id: 2, members: vec![(3, 1), (4, 2)] },
            "done\n",
        ),
        ("group members-delete p 2", Change::GroupDelete { profile: "p".into(), id: 2 }, "done\n"),
    ] {
        assert_eq!(succeeds(&run(&bench, line)), done, "{line}");
        assert_eq!(heard.lock().unwrap().pop(), Some(Request::Batch(vec![change])), "{line}");
    }
    let json: Value = serde_json::from_str(&succeeds(&run(&bench, "table add t a=1 f --json"))).unwrap();
    assert_eq!(json["ids"][0], 41);
}

#[test]
fn changes_of_everything_else_are_asked_for_as_they_were_written() {
    let bench = Bench::new();
    let heard = obedient(&bench);
    let name = || "x".to_owned();
    let session =
        CloneSession { port: Some(2), multicast_group: Some(7), replica: 1, truncate_bytes: Some(64) };
    let nodes =
        vec![MulticastNode { replica: 0, ports: vec![1, 2] }, MulticastNode { replica: 7, ports: vec![3] }];
    let rates = Rates { cir_per_s: 1, cbs: 2, pir_per_s: 3, pbs: 4 };
    let by_keys = |keys: &[(&str, &str)]| Which::Keys { keys: named(keys), priority: 0 };
    for (line, request) in [
        ("counter x --reset", Request::CounterReset { name: name(), index: None }),
        ("counter x 3 --reset", Request::CounterReset { name: name(), index: Some(3) }),
        ("register x 1 0x0800", Request::RegisterWrite { name: name(), index: 1, value: "0x0800".into() }),
        (
            "meter x 4 --cir 1 --cbs 2 --pir 3 --pbs 4",
            Request::MeterSet { name: name(), index: Some(4), rates: Some(rates) },
        ),
        ("meter x --reset", Request::MeterSet { name: name(), index: None, rates: None }),
        ("valueset add x 0x0800", Request::ValueSetAdd { name: name(), keys: named(&[("", "0x0800")]) }),
        (
            "valueset add x a=1 b=2",
            Request::ValueSetAdd { name: name(), keys: named(&[("a", "1"), ("b", "2")]) },
        ),
        ("valueset delete x --id 3", Request::ValueSetDelete { name: name(), which: Which::Id(3) }),
        ("valueset delete x 5", Request::ValueSetDelete { name: name(), which: by_keys(&[("", "5")]) }),
        (
            "group clone 5 --port 2 --multicast 7 --replica 1 --truncate 64",
            Request::CloneSession { id: 5, to: Some(session) },
        ),
        ("group clone-delete 5", Request::CloneSession { id: 5, to: None }),
        ("group multicast 4 1 2 3:7", Request::MulticastGroup { id: 4, nodes: Some(nodes) }),
        ("group multicast-delete 4", Request::MulticastGroup { id: 4, nodes: None }),
    ] {
        succeeds(&run(&bench, line));
        assert_eq!(heard.lock().unwrap().pop(), Some(request), "{line}");
    }
}

/// A switch that refuses what has this entry.
fn refusing(bench: &Bench, bad: Named) -> Heard {
    let heard = Heard::default();
    let into = Arc::clone(&heard);
    bench.program(move |request| {
        let refused = match &request {
            Request::Stage { at, entries, .. } => {
                let found = entries.iter().position(|entry| entry.keys.contains(&bad));
                found.map(|found| (*at as usize + found + 1, *at as usize + entries.len()))
            }
            Request::Put { .. } => None,
            _ => panic!("{request:?}"),
        };
        let answer = match refused {
            Some((number, count)) => {
                Err(format!("change {number} of {count}: table 't' is full: its limit is 2"))
            }
            None => Ok(Reply::Done { ids: vec![] }),
        };
        into.lock().unwrap().push(request);
        vec![answer]
    });
    heard
}

#[test]
fn entries_of_a_file_are_added_as_if_each_were_written_alone() {
    let bench = Bench::new();
    let heard = refusing(&bench, ("none".into(), "none".into()));
    let file = bench.path("entries");
    let text = "# two\n\ndst=10.0.0.0/8 forward port=3\n  dst=10.1.0.0/16   --member 4 --priority -2 --idle-timeout 2\n";
    std::fs::write(&file, text).unwrap();
    let line = format!("table add t --from {}", file.display());
    let text = succeeds(&run(&bench, &line));
    assert!(text.starts_with("added: 2 entries in "), "{text}");
    let add = |dst, priority, target, idle_timeout_ms| Entry {
        keys: named(&[("dst", dst)]),
        priority,
        target,
        idle_timeout_ms,
    };
    let forward = Action { name: "forward".into(), args: named(&[("port", "3")]) };
    let expected = vec![
        add("10.0.0.0/8", 0, Target::Action(forward), 0),
        add("10.1.0.0/16", -2, Target::Member(4), 2000),
    ];
    let staged = Request::Stage { at: 0, table: "t".into(), entries: expected };
    assert_eq!(*heard.lock().unwrap(), [staged, Request::Put { count: 2 }]);
    fails(&run(&bench, &format!("{line} dst=1 forward")), 2, &["cannot be used with"]);
    fails(&run(&bench, "table add t --from /nonexistent"), 2, &["/nonexistent"]);
}

#[test]
fn of_a_file_with_a_mistake_nothing_is_added_and_the_line_is_said() {
    let bench = Bench::new();
    let heard = refusing(&bench, ("a".into(), "9000".into()));
    let file = bench.path("entries");
    let line = format!("table add t --from {}", file.display());
    for (text, place, why) in [
        ("a=1 f\n\na=9000 f\na=3 f\n", 3, "table 't' is full"),
        ("a=1 f\na=2\n", 2, "there is no action"),
        ("a=1 f --priority x\n", 1, "invalid value 'x'"),
        ("a=1 f --colour red\n", 1, "unexpected argument '--colour'"),
    ] {
        std::fs::write(&file, text).unwrap();
        fails(&run(&bench, &line), 2, &[&format!("entries:{place}: {why}"), "nothing was added"]);
    }
    // What was sent before is never put in place.
    heard.lock().unwrap().clear();
    let text: String = (0..10_000).map(|number| format!("a={number} f\n")).collect();
    std::fs::write(&file, text).unwrap();
    fails(&run(&bench, &line), 2, &["entries:9001: table 't' is full", "nothing was added"]);
    let heard = heard.lock().unwrap();
    let [Request::Stage { at: 0, entries: first, .. }, Request::Stage { at: 8192, entries: second, .. }] =
        &heard[..]
    else {
        panic!("{} requests", heard.len())
    };
    assert_eq!((first.len(), second.len()), (8192, 10_000 - 8192));
}

#[test]
fn mistakes_exit_with_2_before_anybody_is_asked_and_refusals_with_1() {
    let bench = Bench::new();
    let heard = obedient(&bench);
    for (line, word) in [
        ("table add t dst=1", "there is no action"),
        ("table add t dst=1 forward port", "NAME=VALUE"),
        ("table add t dst=1 --member 1 --group 2", "cannot be used with"),
        ("table modify t", "required"),
        ("table modify t 3 dst=1 forward", "not both"),
        ("table delete t", "required"),
        ("table set-default t", "required"),
        ("group multicast 4 x", "PORT:REPLICA"),
        ("group members p 2 3*0", "MEMBER*WEIGHT"),
        ("meter x --cir 1", "--cbs"),
        ("meter x --cbs 1", "--cir"),
        ("meter x --reset --cir 1 --cbs 1 --pir 1 --pbs 1", "cannot be used with"),
        ("valueset add x", "required"),
        ("valueset delete x", "required"),
        ("valueset delete x 1 --id 2", "cannot be used with"),
        ("counter x y", "invalid"),
        ("program load /nonexistent.p4", "/nonexistent.p4"),
    ] {
        fails(&run(&bench, line), 2, &[word]);
    }
    assert!(heard.lock().unwrap().is_empty());
    let bench = Bench::new();
    bench.program(|_| vec![Err("there is no program; load one".into())]);
    for line in [
        "program show",
        "table list",
        "table show t",
        "table add t a=1 f",
        "counter c",
        "register r",
        "meter m",
        "valueset show v",
        "group show",
    ] {
        fails(&run(&bench, line), 1, &["swerve-switch refused: there is no program; load one"]);
    }
}

#[test]
fn tables_and_their_entries_are_shown_over_as_many_answers_as_it_takes() {
    let bench = Bench::new();
    shows(&bench, |query| match query {
        Ask::Tables => Reply::Tables(vec![table()]),
        Ask::Entries { table: name, after, limit } => {
            assert_eq!(name, "ipv4_lpm");
            let from = after.map_or(0, |after| after + 1);
            let rows: Vec<EntryRow> = (from..5000).take(limit.min(MAX_ROWS) as usize).map(entry).collect();
            let more = rows.last().is_some_and(|row| row.id < 4999);
            Reply::Entries(Entries { table: table(), rows, more })
        }
        other => panic!("{other:?}"),
    });
    let text = succeeds(&run(&bench, "table list"));
    let want = ["ingress.ipv4_lpm", "5000", "10000", "hdr.ipv4.dst_addr:lpm", "ingress.drop", "-"];
    assert_eq!(rows(&text)[1], want);
    let text = succeeds(&run(&bench, "table show ipv4_lpm --limit 2"));
    let want = ["1", "hdr.ipv4.dst_addr=10.0.0.0/8", "ingress.forward", "port=3", "file", "7", "700"];
    assert!(rows(&text).iter().any(|row| *row == want), "{text}");
    assert!(text.ends_with("and more; --limit 0 shows all\n"), "{text}");
    let json: Value =
        serde_json::from_str(&succeeds(&run(&bench, "table show ipv4_lpm --limit 0 --json"))).unwrap();
    let ids: Vec<u64> =
        json["rows"].as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (0..5000).collect::<Vec<_>>());
    assert_eq!(json["more"], false);
}

#[test]
fn counters_registers_and_meters_are_shown_without_what_is_nothing() {
    let bench = Bench::new();
    shows(&bench, |query| match query {
        Ask::Counter { name, index: None, from, limit: MAX_ROWS } if name == "c" => {
            let row = |index| Counter { index, packets: u64::from(index % 3 == 0), bytes: 0 };
            Reply::Counter { rows: (from..from + 5).map(row).collect(), more: from < 5 }
        }
        Ask::Counter { index: Some(index), .. } => {
            Reply::Counter { rows: vec![Counter { index, packets: 0, bytes: 0 }], more: false }
        }
        Ask::Register { from, index: None, .. } => {
            let row =
                |index: u64| Register { index, value: if index == 6 { "10.0.0.1" } else { "0x0" }.into() };
            Reply::Register { rows: (from..from + 4).map(row).collect(), more: from < 4 }
        }
        Ask::Meter { from, index: None, .. } => {
            let rates = Some(Rates { cir_per_s: 100, cbs: 200, pir_per_s: 300, pbs: 400 });
            let more = (from == 0).then_some(900);
            Reply::Meter { rows: vec![Meter { index: from, rates }], bytes: true, more }
        }
        Ask::Meter { index: Some(index), .. } => {
            Reply::Meter { rows: vec![Meter { index, rates: None }], bytes: false, more: None }
        }
        Ask::ValueSet { name } => Reply::ValueSet(ValueSet {
            name,
            keys: vec![Key { name: "a".into(), kind: "exact".into(), bits: 8 }],
            capacity: 4,
            rows: vec![(2, named(&[("a", "5")]))],
            more: false,
        }),
        other => panic!("{other:?}"),
    });
    let text = succeeds(&run(&bench, "counter c"));
    let want = [
        vec!["index", "packets", "bytes"],
        vec!["0", "1", "0"],
        vec!["3", "1", "0"],
        vec!["6", "1", "0"],
        vec!["9", "1", "0"],
    ];
    assert_eq!(rows(&text), want);
    assert_eq!(rows(&succeeds(&run(&bench, "counter c 4")))[1], ["4", "0", "0"]);
    assert_eq!(rows(&succeeds(&run(&bench, "register r")))[1..], [vec!["6", "10.0.0.1"]]);
    let text = succeeds(&run(&bench, "meter m"));
    assert!(text.contains("CIR (bytes/s)"), "{text}");
    assert_eq!(
        rows(&text)[1..],
        [vec!["0", "100", "200", "300", "400"], vec!["900", "100", "200", "300", "400"]]
    );
    assert_eq!(rows(&succeeds(&run(&bench, "meter m 3")))[1], ["3", "-", "-", "-", "-"]);
    let text = succeeds(&run(&bench, "valueset show v"));
    assert!(text.starts_with("value set v: 1 of 4 entries\n"), "{text}");
    assert_eq!(rows(&text)[3], ["2", "a=5"]);
}

#[test]
fn sessions_groups_and_profiles_are_shown() {
    let bench = Bench::new();
    shows(&bench, |query| {
        assert_eq!(query, Ask::Groups);
        let to = CloneSession { port: Some(1), multicast_group: None, replica: 0, truncate_bytes: Some(64) };
        Reply::Groups(Groups {
            clone_sessions: vec![(5, to)],
            multicast_groups: vec![(4, vec![MulticastNode { replica: 7, ports: vec![1, 2] }])],
            profiles: vec![Profile {
                name: "ingress.hops".into(),
                tables: vec!["ingress.t".into()],
                selector: true,
                members: vec![(3, Call { action: "ingress.to".into(), args: named(&[("port", "1")]) })],
                groups: vec![(2, vec![(3, 2)])],
            }],
            more: false,
        })
    });
    let text = succeeds(&run(&bench, "group show"));
    let want = "clone session 5: port 1, multicast group -, cut at 64 bytes\n\
                multicast group 4: 1:7,2:7\n\
                selector ingress.hops of ingress.t\n  member 3: ingress.to port=1\n  group 2: 3*2\n";
    assert_eq!(text, want);
}

fn verdict(accepted: bool, messages: &str) -> Verdict {
    let diagnostic = Diagnostic {
        severity: "error".into(),
        file: Some("router.p4".into()),
        line: Some(3),
        column: Some(1),
        message: "nonsense".into(),
        help: None,
    };
    let diagnostics = if accepted { vec![] } else { vec![diagnostic] };
    Verdict { accepted, errors: u64::from(!accepted), warnings: 1, messages: messages.into(), diagnostics }
}

#[test]
fn a_program_is_sent_with_its_text_and_the_verdict_is_the_exit_code() {
    let bench = Bench::new();
    let file = bench.path("router.p4");
    fs::write(&file, "the text\n").unwrap();
    let name = file.display().to_string();
    let expected = name.clone();
    bench.program(move |request| {
        let (source, load) = match request {
            Request::Load(source) => (source, true),
            Request::Check(source) => (source, false),
            other => panic!("{other:?}"),
        };
        assert_eq!((source.file.as_str(), source.text.as_deref()), (expected.as_str(), Some("the text\n")));
        let bad = source.include == ["/bad"];
        vec![Ok(match (bad, load) {
            (true, _) => Reply::Checked(verdict(false, "router.p4:3:1: nonsense\n")),
            (false, false) => Reply::Checked(verdict(true, "router.p4:9:1: unused\n")),
            (false, true) => {
                Reply::Loaded { verdict: verdict(true, ""), lost: vec!["table t: its 3 entries".into()] }
            }
        })]
    });
    let output = bench.run(&["program", "check", &name]);
    assert_eq!(succeeds(&output), format!("{name}: accepted (1 warning)\n"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("unused"));
    let text = succeeds(&bench.run(&["program", "load", &name]));
    assert_eq!(
        text,
        format!("{name}: loaded (1 warning)\nnote: not in the new program: table t: its 3 entries\n")
    );
    let output = bench.run(&["program", "load", &name, "-I", "/bad", "--json"]);
    fails(&output, 2, &["router.p4:3:1: nonsense", "rejected (1 error, 1 warning)"]);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&json["accepted"], &json["loaded"]), (&Value::Bool(false), &Value::Bool(false)));
    let place = &json["diagnostics"][0];
    assert_eq!((&place["file"], &place["line"]), (&Value::from("router.p4"), &Value::from(3)));
}

#[test]
fn the_program_that_is_loaded_is_shown_and_so_is_that_there_is_none() {
    let bench = Bench::new();
    shows(&bench, |_| Reply::Program(None));
    assert_eq!(succeeds(&run(&bench, "program show")), "no program\n");
    assert_eq!(succeeds(&run(&bench, "program show --json")), "null\n");
    let bench = Bench::new();
    shows(&bench, |_| {
        Reply::Program(Some(Program {
            file: "/x/router.p4".into(),
            generation: 3,
            loaded_s: 61.0,
            compile_ms: 12.5,
            tables: vec!["a.t".into(), "a.u".into()],
            counters: vec![],
            registers: vec![],
            meters: vec!["a.m".into()],
            profiles: vec![],
            value_sets: vec!["p.v".into()],
            digests: vec!["learn_t".into()],
            entries: 9,
        }))
    });
    let text = succeeds(&run(&bench, "program show"));
    assert!(text.contains("61 s ago, generation 3, compiled in 12.5 ms"), "{text}");
    assert!(rows(&text).contains(&vec!["tables", "a.t,a.u"]), "{text}");
    assert!(rows(&text).contains(&vec!["valuesets", "p.v"]), "{text}");
    assert!(rows(&text).contains(&vec!["digests", "learn_t"]), "{text}");
}
