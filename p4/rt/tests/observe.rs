//! What a trace sees.

mod common;

use common::*;
use front::Span;
use front::ir::*;
use std::sync::{Arc, Mutex};
use swerve_p4_rt::interp::{Interpreter, Observer};
use swerve_p4_rt::packet::Packet;
use swerve_p4_rt::table::Match;
use swerve_p4_rt::{Device, DropReason, Options};

#[derive(Debug, Clone, Default)]
struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    fn say(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

impl Observer for Trace {
    const OPS: bool = true;

    fn enter(&mut self, code: &Code, _: &Packet) {
        self.say(format!("enter {}", code.name));
    }

    fn label(&mut self, label: &str) {
        self.say(label.to_owned());
    }

    fn op(&mut self, op: &Op, _: Span, _: &Packet) {
        if let Op::Set { dst, .. } = op {
            self.say(format!("set {}", dst.0));
        }
    }

    fn table(&mut self, table: TableId, found: &Match, action: u32, _: &Packet) {
        self.say(format!("table {} hit {} action {action}", table.0, found.hit));
    }

    fn header(&mut self, header: HeaderId, valid: bool, _: &Packet) {
        self.say(format!("header {} valid {valid}", header.0));
    }

    fn parser_error(&mut self, error: u64) {
        self.say(format!("error {error}"));
    }

    fn dropped(&mut self, _: &Packet, reason: DropReason) {
        self.say(format!("dropped {}", reason.word()));
    }

    fn sent(&mut self, _: &Packet, port: u16) {
        self.say(format!("sent {port}"));
    }
}

#[test]
fn a_trace_sees_states_tables_headers_errors_and_the_end() {
    let mut build = Build::new();
    let header = build.header(&[8], None);
    build.parse_and_emit(header);
    build.program.parser.blocks[0].label = Some("state start".into());
    let action = build.action("a", &[]);
    let table = build.table("t", &[], &[action]);
    let (spec, drop) = (build.standard().egress_spec, build.constant(9, 511));
    let mut last = block(vec![Op::SetInvalid(header), put(spec, drop)], Terminator::End);
    last.label = Some("action a".into());
    let apply = block(vec![], Terminator::Apply { table, hit: None, actions: vec![BlockId(1)] });
    build.program.ingress = code("ingress", vec![apply, last]);
    let trace = Trace::default();
    let observer = trace.clone();
    let program = Arc::new(build.program);
    let make = |_: &Arc<_>| Box::new(Interpreter::new(observer)) as Box<dyn swerve_p4_rt::engine::Engine>;
    let mut device = Device::with_engine(program, Options::default(), make).unwrap();
    assert!(one(&mut device, 0, &[1]).is_empty());
    assert_eq!(
        *trace.0.lock().unwrap(),
        [
            "enter parser",
            "state start",
            "header 0 valid true",
            "enter ingress",
            "table 0 hit false action 0",
            "action a",
            "header 0 valid false",
            "set 1",
            "dropped ingress-drop",
        ]
    );
    trace.0.lock().unwrap().clear();
    one(&mut device, 0, &[]);
    assert!(trace.0.lock().unwrap().contains(&"error 1".to_owned()));
}
