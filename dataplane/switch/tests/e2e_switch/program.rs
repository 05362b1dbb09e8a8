//! The P4 program: at the start, by operators, and by reloads. What packets do is judged in `program_packets`.

use crate::client::Session;
use crate::lab::wait_until;
use crate::topology::{INTERFACES, Network, PORTS, WORKERS};
use api::program::{
    Action, Change, Entries, Entry, Named, Program, Query, Reply, Request, Source, Target, Verdict,
};
use api::switch;

pub const ROUTER: &str = include_str!("../../src/program/tests/router.p4");

pub const PROGRAM: &str = "
[program]
file = \"router.p4\"

[[program.entry]]
table = \"ipv4_lpm\"
keys = { dst_addr = \"10.0.0.0/8\" }
action = \"forward\"
args = { port = 1, mac = \"02:00:00:00:00:01\" }
";

fn body(program: &str) -> String {
    format!("{WORKERS}{PORTS}{INTERFACES}{program}")
}

fn write(network: &Network, name: &str, text: &str) -> String {
    let path = network.lab.path(name);
    std::fs::write(&path, text).expect("the program");
    path.display().to_string()
}

fn with_program() -> Network {
    let mut network = Network::hosts();
    write(&network, "router.p4", ROUTER);
    network.lab.start(&body(PROGRAM));
    network
}

fn ask(session: &mut Session, request: Request) -> Reply {
    match session.ask(&switch::Request::Program(request)) {
        switch::Reply::Program(reply) => reply,
        other => panic!("{other:?}"),
    }
}

fn refusal(session: &mut Session, request: Request) -> String {
    session.refusal(&switch::Request::Program(request))
}

fn source(file: &str) -> Source {
    Source { file: file.to_owned(), text: None, included: vec![], include: vec![] }
}

fn program(session: &mut Session) -> Option<Program> {
    match ask(session, Request::Show(Query::Program)) {
        Reply::Program(program) => program,
        other => panic!("{other:?}"),
    }
}

fn named(list: &[(&str, &str)]) -> Vec<Named> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn add(prefix: &str, port: &str) -> Change {
    let args = named(&[("port", port), ("mac", "02:00:00:00:00:02")]);
    let target = Target::Action(Action { name: "forward".into(), args });
    let entry =
        Entry { keys: named(&[("hdr.ipv4.dst_addr", prefix)]), priority: 0, target, idle_timeout_ms: 0 };
    Change::Add { table: "ipv4_lpm".into(), entry }
}

/// Prefixes and who gave them.
fn entries(session: &mut Session) -> Vec<(String, String)> {
    let query = Query::Entries { table: "ingress.ipv4_lpm".into(), after: None, limit: 100 };
    let Reply::Entries(Entries { rows, more: false, .. }) = ask(session, Request::Show(query)) else {
        panic!("all entries")
    };
    let mut rows: Vec<_> = rows.into_iter().map(|row| (row.keys[0].1.clone(), row.source)).collect();
    rows.sort();
    rows
}

fn rows(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(prefix, giver)| ((*prefix).to_owned(), (*giver).to_owned())).collect()
}

#[test]
fn a_configured_program_is_there_from_the_start_with_its_entries() {
    let network = with_program();
    let mut operator = network.lab.operator();
    let shown = program(&mut operator).expect("a program");
    assert!(shown.file.ends_with("/router.p4"), "{shown:?}");
    assert_eq!((shown.generation, shown.entries), (1, 1));
    assert_eq!(shown.tables, ["ingress.ipv4_lpm"]);
    assert_eq!(entries(&mut operator), rows(&[("10.0.0.0/8", "file")]));
}

#[test]
fn a_switch_whose_program_or_entries_are_wrong_does_not_start_and_says_where() {
    let mut network = Network::hosts();
    write(&network, "router.p4", ROUTER);
    write(&network, "bad.p4", &ROUTER.replace("hdr.ipv4.ttl - 1", "hdr.ipv4.tll - 1"));
    for (program, words) in [
        (PROGRAM.replace("router.p4", "bad.p4"), &["bad.p4", "tll"][..]),
        (PROGRAM.replace("router.p4", "none.p4"), &["none.p4", "no such file"]),
        (PROGRAM.replace("ipv4_lpm", "ipv5_lpm"), &["refused.toml", "ingress.ipv4_lpm"]),
        (PROGRAM.replace("10.0.0.0/8", "10.0.0.0/40"), &["refused.toml", "dst_addr"]),
    ] {
        let config = network.lab.config(&body(&program));
        let (code, text) = network.lab.refused(&config);
        assert_eq!(code, Some(2), "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    }
}

#[test]
fn a_program_is_loaded_while_running_and_a_bad_one_leaves_it_and_says_why() {
    let network = Network::new();
    let mut control = network.control(None);
    let mut operator = network.lab.operator();
    let router = program(&mut operator).expect("there always is one");
    assert_eq!((router.file.as_str(), router.generation), ("<built in>/router.p4", 1));
    assert!(router.tables.contains(&"ingress.ipv4_fib".to_owned()), "{router:?}");
    let file = write(&network, "router.p4", ROUTER);
    let Reply::Checked(Verdict { accepted: true, .. }) = ask(&mut operator, Request::Check(source(&file)))
    else {
        panic!("it is accepted")
    };
    assert_eq!(program(&mut operator).expect("the router").generation, 1, "a check loads nothing");
    let Reply::Loaded { lost, .. } = ask(&mut operator, Request::Load(source(&file))) else {
        panic!("loaded")
    };
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(program(&mut operator).expect("a program").generation, 2);

    let bad = Source { text: Some(ROUTER.replace("forward;", "forwards;")), ..source(&file) };
    let Reply::Checked(verdict) = ask(&mut operator, Request::Load(bad)) else { panic!("rejected") };
    assert!(!verdict.accepted && verdict.errors > 0);
    assert!(verdict.messages.contains("forwards") && verdict.messages.contains("router.p4"), "{verdict:?}");
    assert_eq!(program(&mut operator).expect("a program").generation, 2, "the old one stays");
    assert!(refusal(&mut operator, Request::Load(source("router.p4"))).contains("from the root"));
    // What is said behind a request that has to be compiled is answered behind it.
    operator.send(&switch::Request::Program(Request::Load(source(&file))));
    operator.send(&switch::Request::Barrier { token: 9 });
    assert!(matches!(operator.reply(), switch::Reply::Program(Reply::Loaded { .. })));
    assert_eq!(operator.reply(), switch::Reply::Done { token: 9 });
    control.barrier();
}

#[test]
fn tables_are_filled_and_survive_another_program() {
    let network = with_program();
    let mut operator = network.lab.operator();
    let Reply::Done { ids } = ask(&mut operator, Request::Batch(vec![add("10.1.0.0/16", "2")])) else {
        panic!("added")
    };
    assert!(matches!(ids[..], [Some(_)]));
    let why = refusal(&mut operator, Request::Batch(vec![add("10.2.0.0/16", "2"), add("10.1.0.0/16", "3")]));
    assert!(why.contains("change 2 of 2") && why.contains("entry exists"), "{why}");
    let both = rows(&[("10.0.0.0/8", "file"), ("10.1.0.0/16", "operator")]);
    assert_eq!(entries(&mut operator), both);
    let write_seen = Request::RegisterWrite { name: "seen".into(), index: 1, value: "0x0800".into() };
    assert_eq!(ask(&mut operator, write_seen), Reply::Done { ids: vec![] });

    let file = write(&network, "router.p4", &ROUTER.replace("ttl - 1", "ttl - 2"));
    assert!(matches!(ask(&mut operator, Request::Load(source(&file))), Reply::Loaded { .. }));
    assert_eq!(entries(&mut operator), both);
    let query = Query::Register { name: "seen".into(), index: Some(1), from: 0, limit: 1 };
    let Reply::Register { rows, .. } = ask(&mut operator, Request::Show(query)) else { panic!("a register") };
    assert_eq!(rows[0].value, "2048");
}

/// Of routes to add, what is staged.
fn stage(at: u64, changes: &[Change]) -> Request {
    let entry = |change: &Change| match change {
        Change::Add { entry, .. } => entry.clone(),
        other => panic!("{other:?}"),
    };
    Request::Stage { at, table: "ipv4_lpm".into(), entries: changes.iter().map(entry).collect() }
}

#[test]
fn entries_of_a_file_are_there_together_or_not_at_all() {
    let network = with_program();
    let mut operator = network.lab.operator();
    let before = rows(&[("10.0.0.0/8", "file")]);
    let first: Vec<Change> = (1..50).map(|at| add(&format!("10.{at}.0.0/16"), "2")).collect();
    // A last line that is wrong, or there already.
    for (last, why) in [
        (add("10.0.0.0/8", "2"), "change 50 of 50: table 'ingress.ipv4_lpm': entry exists"),
        (add("10.7.0.0/16", "2"), "change 50 of 50: table 'ingress.ipv4_lpm': entry exists twice: number 7"),
        (add("10.200.0.0/16", "600"), "change 50 of 50: "),
    ] {
        assert_eq!(ask(&mut operator, stage(0, &first)), Reply::Done { ids: vec![] });
        assert_eq!(entries(&mut operator), before, "not yet");
        let refused = refusal(&mut operator, stage(49, &[last]));
        assert!(refused.contains(why), "{refused}");
        let refused = refusal(&mut operator, Request::Put { count: 49 });
        assert!(refused.contains("begin again"), "{refused}");
        assert_eq!(entries(&mut operator), before);
    }
    // One client at a time, until it is gone.
    let mut other = network.lab.operator();
    ask(&mut other, stage(0, &first[..3]));
    let refused = refusal(&mut operator, stage(0, &first));
    assert!(refused.contains("another client"), "{refused}");
    drop(other);
    wait_until("the other client is gone", || {
        operator.ask(&switch::Request::Program(stage(0, &first[..1])))
            == switch::Reply::Program(Reply::Done { ids: vec![] })
    });
    assert_eq!(entries(&mut operator), before);
    // Another program in the middle.
    ask(&mut operator, stage(1, &first[1..10]));
    let file = write(&network, "router.p4", &ROUTER.replace("ttl - 1", "ttl - 2"));
    assert!(matches!(ask(&mut operator, Request::Load(source(&file))), Reply::Loaded { .. }));
    let refused = refusal(&mut operator, stage(10, &first[10..]));
    assert!(refused.contains("0 of the 10 entries"), "{refused}");
    // All of them.
    ask(&mut operator, stage(0, &first[..20]));
    ask(&mut operator, stage(20, &first[20..]));
    assert_eq!(ask(&mut operator, Request::Put { count: 49 }), Reply::Done { ids: vec![] });
    assert_eq!(entries(&mut operator).len(), 50);
}

#[test]
fn a_reload_applies_changed_entries_and_programs_or_nothing() {
    let network = with_program();
    let mut control = network.lab.control();
    let mut operator = network.lab.operator();
    ask(&mut operator, Request::Batch(vec![add("10.1.0.0/16", "2")]));
    let mut prepare = |program: &str| {
        let text = network.lab.config(&body(program));
        control.ask(&switch::Request::ReloadPrepare { text })
    };
    let other = PROGRAM.replace("10.0.0.0/8", "10.9.0.0/16");
    let switch::Reply::Prepared { changes, .. } = prepare(&other) else { panic!("prepared") };
    assert_eq!(changes.len(), 2, "{changes:?}");
    let before = rows(&[("10.0.0.0/8", "file"), ("10.1.0.0/16", "operator")]);
    assert_eq!(entries(&mut operator), before, "nothing changes before the commit");
    let switch::Reply::Refused { why, .. } = prepare(&other.replace("port = 1", "port = 1000")) else {
        panic!("refused")
    };
    assert!(why.contains("9 bits") && why.contains(":"), "{why}");
    assert!(matches!(prepare(&other), switch::Reply::Prepared { .. }));
    assert_eq!(control.ask(&switch::Request::ReloadCommit), switch::Reply::Ok);
    let after = rows(&[("10.1.0.0/16", "operator"), ("10.9.0.0/16", "file")]);
    assert_eq!(entries(&mut operator), after);
    assert_eq!(program(&mut operator).expect("a program").generation, 1, "the same program stays");

    // The file of the program has changed, and nothing else.
    write(&network, "router.p4", &ROUTER.replace("ttl - 1", "ttl + nonsense"));
    let text = network.lab.config(&body(&other));
    let why = control.refusal(&switch::Request::ReloadPrepare { text: text.clone() });
    assert!(why.contains("nonsense"), "{why}");
    write(&network, "router.p4", &ROUTER.replace("ttl - 1", "ttl - 3"));
    let reply = control.ask(&switch::Request::ReloadPrepare { text });
    let switch::Reply::Prepared { changes, .. } = reply else { panic!("{reply:?}") };
    assert!(changes.len() == 1 && changes[0].starts_with("program "), "{changes:?}");
    assert_eq!(control.ask(&switch::Request::ReloadCommit), switch::Reply::Ok);
    assert_eq!(program(&mut operator).expect("a program").generation, 2);
    assert_eq!(entries(&mut operator), after);
}
