//! `trace`.

use super::*;
use api::program::{Reply, Request};
use api::trace::{Ask, Ended, Packet, Port, Said, Step, What};
use std::sync::{Arc, Mutex};

type Heard = Arc<Mutex<Vec<Ask>>>;

fn packet(number: u32) -> Said {
    let what = What::Dropped { reason: "martian-source".into(), by: "ingress-drop".into() };
    let place = Some(api::trace::Place { file: "/x/acl.p4".into(), line: 12 });
    Said::Packet(Box::new(Packet {
        number,
        worker: 1,
        port: Port { number: 2, name: Some("lan".into()) },
        bytes: 64,
        frame: "00".into(),
        steps: vec![Step { place, what }],
        notes: vec![],
    }))
}

/// A switch that sees so many packets.
fn traced(bench: &Bench, packets: u32, ended: Ended) -> Heard {
    let heard = Heard::default();
    let into = Arc::clone(&heard);
    bench.program(move |request| {
        let Request::Trace(ask) = request else { panic!("{request:?}") };
        into.lock().unwrap().push(ask);
        let middle = (1..=packets).map(packet);
        let said = std::iter::once(Said::Armed).chain(middle).chain([Said::Ended(ended.clone())]);
        said.map(|said| Ok(Reply::Trace(said))).collect()
    });
    heard
}

fn whole(packets: u32) -> Ended {
    Ended { packets, missed: 0, timed_out: false }
}

#[test]
fn packets_are_printed_as_they_come_and_asked_for_as_written() {
    let bench = Bench::new();
    let heard = traced(&bench, 2, whole(2));
    let args = [
        "trace",
        "-n",
        "2",
        "--port",
        "lan",
        "--src",
        "10.0.0.0/8",
        "--dst",
        "2001:db8::1",
        "--timeout",
        "7",
    ];
    let text = succeeds(&bench.run(&args));
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("packet ")).collect();
    assert_eq!(
        heads,
        ["packet 1: 64 bytes by port 2 (lan), worker 1", "packet 2: 64 bytes by port 2 (lan), worker 1"]
    );
    assert!(text.lines().any(
        |line| line.contains("=> dropped: martian-source (ingress-drop)") && line.ends_with("acl.p4:12")
    ));
    let ask = Ask {
        count: 2,
        port: Some("lan".into()),
        src: Some("10.0.0.0/8".parse().unwrap()),
        dst: Some("2001:db8::1/128".parse().unwrap()),
        wait_ms: 7000,
    };
    assert_eq!(*heard.lock().unwrap(), [ask]);
}

#[test]
fn each_packet_is_one_line_of_json_and_the_end_is_the_last() {
    let bench = Bench::new();
    traced(&bench, 3, Ended { packets: 3, missed: 4, timed_out: true });
    let output = bench.run(&["trace", "--json", "-n", "5"]);
    let lines: Vec<Value> =
        succeeds(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[2]["number"], 3);
    assert_eq!(lines[0]["steps"][0]["what"]["dropped"]["by"], "ingress-drop");
    assert_eq!(lines[0]["steps"][0]["place"]["line"], 12);
    assert_eq!(lines[3]["ended"]["missed"], 4);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("4 more matched") && stderr.contains("3 of 5"), "{stderr}");
}

#[test]
fn nothing_that_matched_a_switch_that_refuses_and_mistakes_say_so() {
    let bench = Bench::new();
    traced(&bench, 0, Ended { packets: 0, missed: 0, timed_out: true });
    fails(&bench.run(&["trace", "--timeout", "0.5"]), 1, &["no packet came within 0.5 s"]);
    let bench = Bench::new();
    bench.program(|_| vec![Err("there is no program".into())]);
    fails(&bench.run(&["trace"]), 1, &["swerve-switch refused: there is no program"]);
    for (args, word) in [
        (&["-n", "0"][..], "1..=10000"),
        (&["-n", "10001"], "1..=10000"),
        (&["--src", "10.0.0.1/8"], "10.0.0.0/8"),
        (&["--dst", "nonsense"], "prefix"),
        (&["--timeout", "0"], "0.01"),
    ] {
        fails(&bench.run(&[&["trace"], args].concat()), 2, &[word]);
    }
}
