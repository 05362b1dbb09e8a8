//! A user's program over the switch's paths: its own table, with a protection group.

use crate::client::{FAST, Session};
use crate::frr::{Bfdd, fast_peer};
use crate::lab::wait_until;
use crate::topology::{INTERFACES, PORTS};
use crate::topology::{NEXT, Network, SERVER, WORKERS, paths};
use crate::traffic::{Flow, Sink, spread};
use api::program::{Action, Change, Entries, Entry, Query, Reply, Request, RowTarget, Target, Which};
use api::switch;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const POLICY: &str = include_str!("../../../../p4/programs/policy.p4");
const HEADERS: &str = include_str!("../../../../p4/programs/headers.p4");

/// Our address on the link to the first provider.
const OURS: &str = "203.0.113.0";

/// The file's own rule, over paths that control brings later.
const PROGRAM: &str = "
[[path]]
name = \"isp1\"
interface = \"isp1\"
next_hop = \"203.0.113.1\"
[[path]]
name = \"isp2\"
interface = \"isp2\"
next_hop = \"203.0.113.3\"
[program]
file = \"policy.p4\"
[[program.entry]]
table = \"policy\"
keys = { dst = \"198.51.100.0/24\" }
priority = 10
action = \"forward\"
args = { path = \"isp1 / isp2\" }
";

/// Running the program, with paths and neighbors, and without routes.
fn network(bfd: bool) -> (Network, Session) {
    let mut network = Network::hosts();
    for (name, text) in [("policy.p4", POLICY), ("headers.p4", HEADERS)] {
        std::fs::write(network.lab.path(name), text).expect("a program");
    }
    network.lab.start(&format!("{WORKERS}{PORTS}{INTERFACES}{PROGRAM}"));
    let mut control = network.lab.control();
    network.neighbors(&mut control);
    let mut paths = paths(None);
    paths[0].bfd = bfd.then_some(FAST.clone());
    control.sync(&paths, &[]);
    (network, control)
}

fn ask(session: &mut Session, request: Request) -> Reply {
    match session.ask(&switch::Request::Program(request)) {
        switch::Reply::Program(reply) => reply,
        other => panic!("{other:?}"),
    }
}

fn to(paths: &str) -> Target {
    let args = vec![("path".to_owned(), paths.to_owned())];
    Target::Action(Action { name: "forward".into(), args })
}

fn rule() -> Which {
    Which::Keys { keys: vec![("dst".into(), "198.51.100.0/24".into())], priority: 10 }
}

/// The paths of each rule.
fn rules(session: &mut Session) -> Vec<(String, String)> {
    let query = Query::Entries { table: "policy".into(), after: None, limit: 100 };
    let Reply::Entries(Entries { rows, .. }) = ask(session, Request::Show(query)) else { panic!("entries") };
    let row = |row: api::program::EntryRow| match row.target {
        RowTarget::Action(call) => (call.args[0].1.clone(), row.source),
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(row).collect()
}

#[test]
fn when_bfd_finds_a_path_dead_the_programs_next_packet_takes_the_backup() {
    let (mut network, mut control) = network(true);
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &fast_peer(OURS, NEXT[0]));
    wait_until("the first path live", || {
        control.path("isp1").live && control.bfd("isp1").as_deref() == Some("up")
    });
    network.lab.ping("lan", SERVER);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    wait_until("packets on the primary", || first.count() >= 50);
    let (before, rules_before) = (network.lab.stats().failover_count(), rules(&mut network.lab.operator()));
    bfdd.kill(&mut network.lab);
    wait_until("packets on the backup", || second.count() >= 50);
    let sent = flow.stop();
    // The provider itself forwards on, so that every packet arrives here or there, once.
    wait_until("all arrive", || first.count() + second.count() == sent);
    let failovers = network.lab.stats().failovers();
    let ours = failovers.iter().find(|f| u64::from(f.id) > before && f.path == "isp1").expect("a failover");
    let chain = [ours.detected_ns, ours.flipped_ns, ours.first_backup_ns[0]];
    assert!(chain.is_sorted() && chain[0] > 0, "the record has the first packet on the backup: {ours:?}");
    assert_eq!(rules(&mut network.lab.operator()), rules_before);
    assert_eq!(rules_before, [("isp1 / isp2".to_owned(), "file".to_owned())]);
}

#[test]
fn operators_change_the_paths_of_an_entry_and_are_told_what_is_wrong() {
    const FLOWS: u64 = 200;
    let (network, _control) = network(false);
    let mut operator = network.lab.operator();
    network.lab.ping("lan", SERVER);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let round = |session: &mut Session, paths: &str| {
        let change = Change::Modify { table: "policy".into(), which: rule(), target: to(paths) };
        ask(session, Request::Batch(vec![change]));
        first.clear();
        second.clear();
        spread(&network.lab, "lan", SERVER, FLOWS, || first.count() + second.count());
        let ports = |sink: &Sink| sink.seen().iter().map(|(port, _)| *port).collect::<BTreeSet<u16>>().len();
        (ports(&first), ports(&second))
    };
    assert_eq!(round(&mut operator, "isp2 / isp1"), (0, FLOWS as usize));
    assert_eq!(round(&mut operator, "isp1/isp2"), (FLOWS as usize, 0));
    let (a, b) = round(&mut operator, "isp1, isp2");
    // The chance of fewer than 60 of 200 at one in two is below one in a million.
    assert!(a >= 60 && b >= 60 && a + b == FLOWS as usize, "{a} and {b}");
    assert_eq!(rules(&mut operator), [("isp1, isp2".to_owned(), "operator".to_owned())]);
    for (paths, word) in [
        ("isp1 / isp9", "there is no path isp9"),
        ("isp1 isp2", "there is no path isp1 isp2"),
        ("", "lacks the name of a path"),
        ("isp1*0", "0 is no weight of path isp1"),
    ] {
        let change = Change::Modify { table: "policy".into(), which: rule(), target: to(paths) };
        let why = operator.refusal(&switch::Request::Program(Request::Batch(vec![change])));
        assert!(why.contains(word), "{paths}: {why}");
    }
    assert_eq!(
        rules(&mut operator),
        [("isp1, isp2".to_owned(), "operator".to_owned())],
        "nothing of it stays"
    );
}

#[test]
fn a_file_whose_entry_names_no_path_of_it_is_refused_with_its_place() {
    let mut network = Network::hosts();
    for (name, text) in [("policy.p4", POLICY), ("headers.p4", HEADERS)] {
        std::fs::write(network.lab.path(name), text).expect("a program");
    }
    let program = PROGRAM.replace("isp1 / isp2", "isp1 / isp7");
    let config = network.lab.config(&format!("{WORKERS}{PORTS}{INTERFACES}{program}"));
    let (code, text) = network.lab.refused(&config);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("there is no [[path]] called isp7") && text.contains("refused.toml"), "{text}");
}

#[test]
fn while_a_large_table_goes_over_to_the_next_program_others_are_answered() {
    const ENTRIES: u32 = 60_000;
    let (network, _control) = network(false);
    let (mut operator, mut other) = (network.lab.operator(), network.lab.operator());
    let file = network.lab.path("policy.p4");
    // A larger table than the one of the example.
    std::fs::write(&file, POLICY.replace("size = 4096;", "size = 1000000;")).expect("a program");
    let load = || {
        let source = api::program::Source {
            file: file.display().to_string(),
            text: None,
            included: vec![],
            include: vec![],
        };
        switch::Request::Program(Request::Load(source))
    };
    assert!(matches!(operator.ask(&load()), switch::Reply::Program(Reply::Loaded { .. })));
    for first in (0..ENTRIES).step_by(2000) {
        let add = |number: u32| {
            let src = std::net::Ipv4Addr::from(0x1400_0000 + number).to_string();
            let keys = vec![("src".to_owned(), src)];
            let entry = Entry { keys, priority: 1, target: to("isp2 / isp1"), idle_timeout_ms: 0 };
            Change::Add { table: "policy".into(), entry }
        };
        ask(&mut operator, Request::Batch((first..first + 2000).map(add).collect()));
    }
    let (asked, done) = (Instant::now(), AtomicBool::new(false));
    let mut longest = Duration::ZERO;
    let reply = std::thread::scope(|scope| {
        let loading = scope.spawn(|| {
            let reply = operator.ask(&load());
            done.store(true, Ordering::Release);
            reply
        });
        while !done.load(Ordering::Acquire) {
            let before = Instant::now();
            other.barrier();
            longest = longest.max(before.elapsed());
        }
        loading.join().expect("the loader")
    });
    let took = asked.elapsed();
    assert!(
        matches!(&reply, switch::Reply::Program(Reply::Loaded { lost, .. }) if lost.is_empty()),
        "{reply:?}"
    );
    println!("took {took:?}, the longest answer meanwhile {longest:?}");
    assert!(longest * 2 < took, "an answer took {longest:?} of the {took:?} of the load");
    let Reply::Program(Some(program)) = ask(&mut other, Request::Show(Query::Program)) else {
        panic!("a program")
    };
    assert_eq!(program.entries, u64::from(ENTRIES) + 1);
    network.lab.ping("lan", SERVER);
}
