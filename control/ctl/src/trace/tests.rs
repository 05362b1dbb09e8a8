//! How packets are drawn.

use super::*;
use api::trace::Step;

fn named(list: &[(&str, &str)]) -> Vec<Named> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn step(line: u32, what: What) -> Step {
    let place = (line > 0).then(|| Place { file: "/etc/swerve/router.p4".into(), line });
    Step { place, what }
}

fn part(name: &str, egress_port: Option<u16>) -> Step {
    step(0, What::Part { name: name.into(), of: None, egress_port })
}

fn packet(steps: Vec<Step>) -> Packet {
    Packet {
        number: 1,
        worker: 0,
        port: Port { number: 0, name: Some("left".into()) },
        bytes: 60,
        frame: "00".repeat(60),
        steps,
        notes: vec![],
    }
}

fn sent(number: u16, name: Option<&str>, chosen: bool) -> Step {
    let port = Port { number, name: name.map(str::to_owned) };
    step(0, What::Sent { port, bytes: 60, frame: String::new(), chosen })
}

#[test]
fn a_packet_is_drawn_a_line_a_step_with_its_places() {
    let entry = Entry {
        id: 3,
        keys: named(&[("dst_addr", "10.0.0.0/8")]),
        priority: 7,
        member: None,
        group: Some(2),
    };
    let table = What::Table {
        table: "ingress.ipv4_lpm".into(),
        keys: named(&[("dst_addr", "10.1.2.3")]),
        hit: true,
        entry: Some(entry),
        action: Call { action: "ingress.forward".into(), args: named(&[("port", "1")]) },
    };
    let extract =
        What::Extract { header: "hdr.h".into(), bits: 112, fields: named(&[("a", "1"), ("b", "0x0800")]) };
    let mut drawn = packet(vec![
        part("parse", None),
        step(0, What::State { name: "start".into() }),
        step(31, extract),
        part("verify", None),
        part("ingress", None),
        step(60, What::If { condition: "hdr.h.isValid()".into(), holds: true }),
        step(61, table),
        step(62, What::Set { field: "hdr.h.a".into(), before: "1".into(), after: "0".into() }),
        part("egress", Some(1)),
        part("deparse", Some(1)),
        step(80, What::Emit { header: "hdr.h".into() }),
        sent(1, Some("right"), true),
    ]);
    drawn.notes.push("a note".into());
    insta::assert_snapshot!(draw(&drawn));
}

#[test]
fn the_end_says_where_a_packet_went_and_what_was_forgotten() {
    let last = |step: Step| {
        let text = draw(&packet(vec![part("ingress", None), step]));
        text.lines().nth(1).unwrap_or_default().trim().to_owned()
    };
    assert_eq!(last(sent(2, Some("wan"), true)), "=> out of port 2 (wan), 60 bytes");
    assert_eq!(last(sent(510, Some("kernel"), true)), "=> to the kernel, 60 bytes");
    assert_eq!(last(sent(9, None, true)), "=> dropped: there is no port 9");
    assert!(last(sent(0, Some("lan"), false)).ends_with("the program never assigned egress_spec"));
    let dropped = last(step(12, What::Dropped { reason: "program".into(), by: "ingress-drop".into() }));
    assert!(
        dropped.starts_with("=> dropped: program (ingress-drop)") && dropped.ends_with("router.p4:12"),
        "{dropped}"
    );
}

#[test]
fn every_step_has_words_of_its_own() {
    let text = |value: &str| value.to_owned();
    let call = |name: &str| Call { action: text(name), args: vec![] };
    let miss =
        What::Table { table: text("t"), keys: vec![], hit: false, entry: None, action: call("NoAction") };
    let routed = What::Table {
        table: text("fib"),
        keys: named(&[("dst", "10.0.0.1")]),
        hit: true,
        entry: None,
        action: call("forward"),
    };
    for (what, words) in [
        (routed, "table fib dst=10.0.0.1: hit in the switch's own table"),
        (miss, "table t: miss"),
        (What::Extract { header: text("h"), bits: 12, fields: vec![] }, "extract h, 12 bits"),
        (
            What::ParserError { error: text("error.PacketTooShort") },
            "the parser ends with error.PacketTooShort",
        ),
        (What::NotValid { field: text("h.f") }, "h.f: nothing is written, its header is not valid"),
        (What::Header { header: text("h"), valid: true }, "h becomes valid"),
        (What::Header { header: text("h"), valid: false }, "h becomes invalid"),
        (What::RegisterRead { register: text("r"), index: 1, value: text("5") }, "read r[1]: 5"),
        (What::RegisterWrite { register: text("r"), index: 1, value: text("6") }, "write r[1]: 6"),
        (What::Count { counter: text("c"), index: 2 }, "count c[2]"),
        (What::Meter { meter: text("m"), index: Some(2), colour: text("red") }, "meter m[2]: red"),
        (What::Meter { meter: text("m"), index: None, colour: text("green") }, "meter m: green"),
        (What::Digest { digest: text("d"), fields: named(&[("a", "1")]) }, "digest d a=1"),
        (What::Clone { egress: false, session: 5 }, "clone of ingress, session 5"),
        (What::Verdict { drop: true, reason: text("BLACKHOLE"), argument: 0 }, "to be dropped: BLACKHOLE"),
        (
            What::Verdict { drop: false, reason: text("TOO_BIG"), argument: 1500 },
            "for the kernel: TOO_BIG 1500",
        ),
        (
            What::If { condition: text("verify(a == 1, error.NoMatch)"), holds: true },
            "verify(a == 1, error.NoMatch): yes",
        ),
        (What::Resubmit, "resubmit"),
        (What::Recirculate, "recirculate"),
        (What::Truncate { bytes: 40 }, "truncate to 40 bytes"),
        (What::Log { text: text("x = 1") }, "log: x = 1"),
        (What::Failed { assume: false, text: text("a == b") }, "assert fails: a == b"),
        (
            What::Part { name: text("egress"), of: Some(text("multicast copy")), egress_port: Some(3) },
            "egress, multicast copy, to port 3",
        ),
    ] {
        assert_eq!(describe(&what), words);
    }
}
