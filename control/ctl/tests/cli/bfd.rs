//! `show bfd`: sessions are in the segment, and what FRR's bfdd asks for is in the switch.

use super::{Bench, succeeds};
use api::show::{self, Rows};
use api::switch::{Query, Reply};
use serde_json::Value;
use stats::{Asked, Segment};

fn one_session(bench: &Bench) -> Segment {
    let segment = bench.segment();
    segment.session_open(0, 0);
    segment.session_describe(0, None, Asked { by_bfdd: true, multihop: true, ..Asked::default() });
    segment
}

#[test]
fn sessions_are_shown_with_who_asked_and_with_what_bfdd_asks_for() {
    let bench = Bench::new();
    let _segment = one_session(&bench);
    bench.switch(|query| {
        assert_eq!(query, Query::Bfdd);
        Reply::Rows(Rows::Bfdd(Some(show::Bfdd {
            address: "ipv4:127.0.0.1:50700".into(),
            connected: false,
            since_s: 3.0,
            problem: Some("Connection refused".into()),
            round_trip_us: None,
            silent_s: None,
            messages_in: 0,
            messages_out: 0,
            messages_bad: 0,
            stale_for_s: None,
            sessions: Vec::new(),
        })))
    });
    let text = succeeds(&bench.run(&["show", "bfd"]));
    assert!(text.contains("bfdd at ipv4:127.0.0.1:50700: not there for 3 s (Connection refused)"), "{text}");
    let json: Value = serde_json::from_str(&succeeds(&bench.run(&["--json", "show", "bfd"]))).unwrap();
    assert_eq!(json["sessions"][0]["asked_by"], serde_json::json!(["bfdd"]));
    assert_eq!((&json["sessions"][0]["multihop"], &json["bfdd"]["connected"]), (&true.into(), &false.into()));
}

#[test]
fn sessions_are_shown_though_the_switch_does_not_answer() {
    let bench = Bench::new();
    let _segment = one_session(&bench);
    let text = succeeds(&bench.run(&["show", "bfd"]));
    assert!(text.lines().any(|line| line.split_whitespace().take(2).eq(["-", "bfdd"])), "{text}");
    assert!(text.contains("what bfdd asks for is not known: "), "{text}");
}
