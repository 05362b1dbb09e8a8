//! `digest` and `packet`: what the P4 program tells, and packets to it.

use crate::client::SwitchClient;
use crate::failure::Failure;
use crate::output::Output;
use crate::places::Places;
use crate::program::{connect, named};
use api::events::{Event, Follow, PacketOut, Said, hex};
use api::program::{Named, Query, Reply, Request, is_called};
use serde_json::{Value, json};
use std::io::Read;

/// Bytes of a frame that a line shows.
const SHOWN: usize = 64;

/// Prints digests and idle time-outs until Ctrl-C, or `count` of them.
pub fn digest(
    name: Option<&str>,
    count: Option<u64>,
    places: &Places,
    out: &mut Output,
) -> Result<(), Failure> {
    let follow = Follow { digests: true, idle: true, ..Follow::default() };
    let mut client = connect(places)?;
    if let Some(name) = name {
        must_be_there(&mut client, name)?;
    }
    let wanted = |event: &Event| match event {
        Event::Digest(digest) => name.is_none_or(|name| is_called(&digest.name, name)),
        Event::Idle(_) => name.is_none(),
        Event::Packet(_) | Event::Line(_) => false,
        Event::Lost { digests, idle, .. } => digests + idle > 0,
    };
    print(client, follow, wanted, count, out)
}

/// Whoever waits for a digest that the program does not have waits for ever.
fn must_be_there(client: &mut SwitchClient, name: &str) -> Result<(), Failure> {
    let Reply::Program(program) = client.program(Request::Show(Query::Program))? else {
        return Err(client.confused());
    };
    let Some(program) = program else { return Err(Failure::NotFound("there is no program".into())) };
    if program.digests.iter().any(|digest| is_called(digest, name)) {
        return Ok(());
    }
    let known = match &program.digests[..] {
        [] => "there is none".to_owned(),
        all => format!("there is {}", all.join(", ")),
    };
    Err(Failure::NotFound(format!("no digest is called '{name}'; {known}")))
}

/// Likewise packets to the controller.
pub fn packet(count: Option<u64>, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let follow = Follow { packets: true, ..Follow::default() };
    let wanted = |event: &Event| {
        matches!(event, Event::Packet(_)) || matches!(event, Event::Lost { packets: 1.., .. })
    };
    print(connect(places)?, follow, wanted, count, out)
}

/// Likewise lines of the program.
pub fn log(count: Option<u64>, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let follow = Follow { lines: true, ..Follow::default() };
    let wanted =
        |event: &Event| matches!(event, Event::Line(_)) || matches!(event, Event::Lost { lines: 1.., .. });
    print(connect(places)?, follow, wanted, count, out)
}

/// A packet from the controller: the fields of its header, then the frame.
pub fn send(words: &[String], places: &Places, out: &mut Output) -> Result<(), Failure> {
    let packet = packet_out(words)?;
    let bytes = packet.frame.len();
    let mut client = connect(places)?;
    match client.program(Request::PacketOut(packet))? {
        Reply::Done { .. } => out.print(&json!({ "bytes": bytes }), &format!("sent: {bytes} bytes\n")),
        _ => Err(client.confused()),
    }
}

fn packet_out(words: &[String]) -> Result<PacketOut, Failure> {
    let usage = |why: String| Failure::Usage(why);
    let Some((frame, fields)) = words.split_last() else { return Err(usage("there is no frame".into())) };
    let fields = fields.iter().map(|word| named(word)).collect::<Result<_, _>>().map_err(usage)?;
    let frame = if frame == "-" { from_stdin()? } else { frame.clone() };
    let frame = hex::bytes(&frame).map_err(|why| {
        usage(format!(
            "the last word is no frame in hexadecimal, such as 0200000000aa0200000000bb0800: {why}"
        ))
    })?;
    if frame.is_empty() {
        return Err(usage("the frame is empty".into()));
    }
    Ok(PacketOut { fields, frame })
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let limit = 4 * api::events::MAX_FRAME as u64;
    std::io::stdin().take(limit).read_to_string(&mut text)?;
    Ok(text)
}

fn print(
    mut client: SwitchClient,
    follow: Follow,
    wanted: impl Fn(&Event) -> bool,
    count: Option<u64>,
    out: &mut Output,
) -> Result<(), Failure> {
    let Reply::Done { .. } = client.program(Request::Follow(follow))? else { return Err(client.confused()) };
    // Whoever starts traffic only when we listen has to know when.
    if !out.json() {
        eprintln!("following; Ctrl-C ends it");
    }
    let mut left = count.unwrap_or(u64::MAX);
    while left > 0 {
        let event = client.event()?;
        if !wanted(&event) {
            continue;
        }
        if !matches!(event, Event::Lost { .. }) {
            left -= 1;
        }
        out.line(&value(&event), &text(&event))?;
    }
    Ok(())
}

fn object(named: &[Named]) -> Value {
    named
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// One line for a program: `event` says which kind it is.
fn value(event: &Event) -> Value {
    match event {
        Event::Digest(of) => json!({
            "event": "digest",
            "digest": of.name,
            "receiver": of.receiver,
            "fields": object(&of.fields),
            "worker": of.worker,
        }),
        Event::Idle(of) => json!({
            "event": "idle",
            "table": of.table,
            "id": of.id,
            "keys": object(&of.keys),
            "priority": of.priority,
            "source": of.source,
            "idle_ms": of.idle_ms,
        }),
        Event::Packet(of) => json!({
            "event": "packet",
            "fields": object(&of.fields),
            "frame": hex::text(&of.frame),
            "bytes": of.frame.len(),
            "worker": of.worker,
        }),
        Event::Line(of) => json!({
            "event": "line",
            "said": word(of.said),
            "text": of.text,
            "worker": of.worker,
        }),
        Event::Lost { digests, idle, packets, lines } => {
            json!({ "event": "lost", "digests": digests, "idle": idle, "packets": packets, "lines": lines })
        }
    }
}

fn word(said: Said) -> &'static str {
    match said {
        Said::Log => "log",
        Said::Assert => "assert",
        Said::Assume => "assume",
    }
}

fn pairs(named: &[Named]) -> String {
    named.iter().map(|(name, value)| format!(" {name}={value}")).collect()
}

fn text(event: &Event) -> String {
    match event {
        Event::Digest(of) => format!("digest {}{}", of.name, pairs(&of.fields)),
        Event::Idle(of) => {
            let seconds = of.idle_ms as f64 / 1e3;
            format!("idle {} entry {} ({}){} for {seconds:.1} s", of.table, of.id, of.source, pairs(&of.keys))
        }
        Event::Packet(of) => {
            let shown = &of.frame[..of.frame.len().min(SHOWN)];
            let more = if of.frame.len() > SHOWN { "..." } else { "" };
            format!("packet{} {} bytes {}{more}", pairs(&of.fields), of.frame.len(), hex::text(shown))
        }
        Event::Line(of) if of.said == Said::Log => format!("log: {}", of.text),
        Event::Line(of) => format!("{} does not hold: {}", word(of.said), of.text),
        Event::Lost { digests, idle, packets, lines } => {
            format!("lost: {digests} digests, {idle} idle time-outs, {packets} packets, {lines} lines")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::events::{Digest, Idle, Line, Packet};

    fn named(list: &[(&str, &str)]) -> Vec<Named> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_packet_is_fields_by_name_and_the_frame_behind_them() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let packet = packet_out(&words("port=3 flag=true 02:00:ff")).unwrap();
        assert_eq!(packet.fields, named(&[("port", "3"), ("flag", "true")]));
        assert_eq!(packet.frame, [2, 0, 0xff]);
        for (text, why) in [
            ("port=3", "no hexadecimal digit"),
            ("port 0200", "NAME=VALUE"),
            ("020", "half a byte"),
            ("0x", "the frame is empty"),
        ] {
            let said = packet_out(&words(text)).unwrap_err().to_string();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn an_event_is_a_line_for_people_and_for_programs() {
        let fields = named(&[("address", "02:00:00:00:00:a1"), ("port", "1")]);
        let digest = Event::Digest(Digest { name: "learn_t".into(), receiver: 1, fields, worker: 0 });
        let idle = Event::Idle(Idle {
            table: "ingress.sources".into(),
            id: 7,
            keys: named(&[("vlan", "10")]),
            priority: 0,
            source: "learned".into(),
            idle_ms: 300_040,
        });
        let packet = Event::Packet(Packet {
            fields: named(&[("ingress_port", "2")]),
            frame: vec![0xab; 100],
            worker: 1,
        });
        let lost = Event::Lost { digests: 3, idle: 0, packets: 1, lines: 2 };
        let line = |said| Event::Line(Line { said, text: "x == 3".into(), worker: 1 });
        assert_eq!(text(&digest), "digest learn_t address=02:00:00:00:00:a1 port=1");
        assert_eq!(text(&idle), "idle ingress.sources entry 7 (learned) vlan=10 for 300.0 s");
        assert_eq!(text(&packet), format!("packet ingress_port=2 100 bytes {}...", "ab".repeat(64)));
        assert_eq!(text(&lost), "lost: 3 digests, 0 idle time-outs, 1 packets, 2 lines");
        assert_eq!(text(&line(Said::Log)), "log: x == 3");
        assert_eq!(text(&line(Said::Assume)), "assume does not hold: x == 3");
        assert_eq!(value(&line(Said::Assert))["said"], "assert");
        assert_eq!(
            value(&digest).to_string(),
            r#"{"digest":"learn_t","event":"digest","fields":{"address":"02:00:00:00:00:a1","port":"1"},"receiver":1,"worker":0}"#
        );
        assert_eq!(value(&idle)["keys"]["vlan"], "10");
        assert_eq!(value(&packet)["frame"], "ab".repeat(100));
        assert_eq!(value(&lost)["digests"], 3);
    }
}
