//! The P4 program, as far as it concerns control: what it learns from digests, and what it passes on.

mod common;

use api::control::{Reply as Answer, Request as Ask};
use api::events::{Digest, Event, Follow, Idle, Learned, Lesson};
use api::program::{self, Named, Query};
use api::switch::{Client, Reply, Request};
use api::trace;
use common::{FakeSwitch, LIMIT, Session, Site, TWO_PROVIDERS};
use std::io::{BufRead, BufReader, Write};

const LEARN: &str = r#"
    [program]
    file = "l2_learning.p4"
    [[program.learn]]
    digest = "learn_t"
    [[program.learn.entry]]
    table = "sources"
    keys = { vlan = "vlan", address = "address" }
    action = "known"
    args = { port = "port" }
    idle_timeout = "5min"
    [[program.learn.entry]]
    table = "destinations"
    keys = { vlan = "vlan", address = "address" }
    action = "forward"
    args = { port = "port" }
"#;

fn named(list: &[(&str, &str)]) -> Vec<Named> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn digest(port: &str) -> Reply {
    let fields = named(&[("vlan", "0"), ("address", "161"), ("port", port)]);
    Reply::Told(Event::Digest(Digest { name: "learn_t".into(), receiver: 1, fields, worker: 0 }))
}

fn idle() -> Reply {
    Reply::Told(Event::Idle(Idle {
        table: "ingress.sources".into(),
        id: 7,
        keys: named(&[("vlan", "0"), ("address", "161")]),
        priority: 0,
        source: "learned".into(),
        idle_ms: 300_001,
    }))
}

/// The next request about the program; barriers on the way are answered.
fn next(session: &mut Session) -> program::Request {
    loop {
        match session.next() {
            Request::Program(request) => return request,
            Request::Barrier { token } => session.reply(&Reply::Done { token }),
            _ => {}
        }
    }
}

fn lessons(session: &mut Session) -> Vec<Lesson> {
    match next(session) {
        program::Request::Learn(lessons) => lessons,
        other => panic!("{other:?}"),
    }
}

fn ports(lessons: &[Lesson]) -> Vec<String> {
    let port = |lesson: &Lesson| match lesson {
        Lesson::Set { entry: program::Entry { target: program::Target::Action(action), .. }, .. } => {
            action.args[0].1.clone()
        }
        other => panic!("{other:?}"),
    };
    lessons.iter().map(port).collect()
}

#[test]
fn digests_become_entries_and_idle_ones_go_also_after_a_restart_of_control() {
    let site = Site::new(&format!("{TWO_PROVIDERS}{LEARN}"));
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    let followed =
        program::Request::Follow(Follow { digests: true, idle: true, numbers: true, ..Follow::default() });
    assert_eq!(next(&mut session), followed);
    session.reply(&digest("1"));
    assert_eq!(ports(&lessons(&mut session)), ["1", "1"]);
    // What comes before the answer is told together, and only the last of it.
    session.reply(&digest("2"));
    session.reply(&digest("3"));
    session.reply(&Reply::Program(program::Reply::Learned(Learned { added: 2, ..Learned::default() })));
    assert_eq!(ports(&lessons(&mut session)), ["3", "3"]);
    drop(control);
    let _control = site.start();
    let mut session = switch.greet();
    assert_eq!(next(&mut session), followed);
    session.reply(&idle());
    let keys = named(&[("address", "161"), ("vlan", "0")]);
    let forget = |table: &str| Lesson::Forget { table: table.into(), keys: keys.clone(), priority: 0 };
    assert_eq!(lessons(&mut session), [forget("destinations"), forget("sources")]);
    // A switch without a program refuses, and nothing else suffers.
    session.reply(&Reply::Refused { request: "learn".into(), why: "there is no program".into() });
    session.reply(&digest("4"));
    assert_eq!(ports(&lessons(&mut session)), ["4", "4"]);
}

#[test]
fn what_an_operator_asks_of_the_program_is_answered_by_the_switch_on_a_connection_of_its_own() {
    let site = Site::new(TWO_PROVIDERS);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut client = control.client();
    client.send(&Ask::Program(program::Request::Show(Query::Tables)));
    let mut own = switch.accept();
    assert_eq!(own.next(), Request::Hello { version: api::VERSION, client: Client::Operator });
    own.reply(&Reply::Welcome { version: api::VERSION, build: "fake".into(), stats: String::new() });
    assert_eq!(own.next(), Request::Program(program::Request::Show(Query::Tables)));
    own.reply(&Reply::Program(program::Reply::Tables(vec![])));
    assert_eq!(client.receive(), Some(Answer::Program(program::Reply::Tables(vec![]))));
    client.send(&Ask::Program(program::Request::Show(Query::Groups)));
    own.next();
    own.reply(&Reply::Refused { request: "program-show".into(), why: "there is no program".into() });
    assert_eq!(client.receive(), Some(Answer::Refused { why: "there is no program".into() }));
    // What it follows comes unasked, and other requests are answered between.
    let follow = program::Request::Follow(Follow { packets: true, ..Follow::default() });
    client.send(&Ask::Program(follow.clone()));
    assert_eq!(own.next(), Request::Program(follow));
    own.reply(&Reply::Program(program::Reply::Done { ids: vec![] }));
    let lost = Event::Lost { digests: 0, idle: 0, packets: 3, lines: 0 };
    own.reply(&Reply::Told(lost.clone()));
    assert!(matches!(client.receive(), Some(Answer::Program(_))));
    assert_eq!(client.receive(), Some(Answer::Told(lost)));
    client.send(&Ask::Status);
    assert!(matches!(client.receive(), Some(Answer::Status(_))));
    // A trace is several answers.
    let ask =
        program::Request::Trace(trace::Ask { count: 1, port: None, src: None, dst: None, wait_ms: 1000 });
    client.send(&Ask::Program(ask.clone()));
    assert_eq!(own.next(), Request::Program(ask));
    let ended = trace::Ended { packets: 0, missed: 0, timed_out: true };
    for said in [trace::Said::Armed, trace::Said::Ended(ended)] {
        own.reply(&Reply::Program(program::Reply::Trace(said.clone())));
        assert_eq!(client.receive(), Some(Answer::Program(program::Reply::Trace(said))));
    }
    // Each goes when the other does.
    drop(own);
    let Some(Answer::Refused { why }) = client.receive() else { panic!("it is told") };
    assert!(why.contains("lost"), "{why}");
    client.send(&Ask::Program(program::Request::Show(Query::Tables)));
    let mut own = switch.accept();
    own.next();
    own.next();
    own.reply(&Reply::Welcome { version: api::VERSION, build: "fake".into(), stats: String::new() });
    own.reply(&Reply::Program(program::Reply::Tables(vec![])));
    assert!(matches!(client.receive(), Some(Answer::Program(_))));
    drop(client);
    assert_eq!(own.wire.receive::<Request>(), None);
}

#[test]
fn the_socket_speaks_json_a_message_a_line_to_who_begins_with_it() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    let stream = control.raw_client().stream;
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut ask = |text: &str| {
        (&stream).write_all(format!("{text}\n").as_bytes()).unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        line
    };
    let welcome = ask(&format!("{{\"Hello\":{{\"version\":{}}}}}", api::VERSION));
    assert!(welcome.starts_with("{\"Welcome\":{\"version\":"), "{welcome}");
    let status = ask("\"Status\"");
    assert!(status.starts_with("{\"Status\":{") && status.contains("\"switch_connected\":false"), "{status}");
    let refused = ask("{\"Program\":{\"Show\":\"Tables\"}}");
    assert!(refused.starts_with("{\"Refused\":{\"why\":\"there is no switch at "), "{refused}");
    let refused = ask("{\"Reloda\":{}}");
    assert!(refused.starts_with("{\"Refused\":{\"why\":") && refused.contains("Reloda"), "{refused}");
    let mut rest = String::new();
    assert_eq!(lines.read_line(&mut rest).unwrap(), 0, "that was its last word: {rest}");
}
