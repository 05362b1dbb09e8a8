//! `trace`: packets on their way through the P4 program, one line a step.

use crate::args::TraceArguments;
use crate::client::SwitchClient;
use crate::failure::Failure;
use crate::output::Output;
use crate::places::Places;
use api::program::{Call, Named, Reply, Request};
use api::trace::{Ask, Ended, Entry, Packet, Place, Port, Said, What};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;

/// How long to wait for packets where nobody says.
const WAIT: Duration = Duration::from_secs(60);
/// What the switch gets beyond that to say that the time is over.
const GRACE: Duration = Duration::from_secs(5);

pub fn trace(arguments: TraceArguments, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let wait = places.given_timeout().unwrap_or(WAIT);
    let mut client = SwitchClient::connect(&places.switch_socket()?, wait + GRACE)?;
    let TraceArguments { count, port, src, dst } = arguments;
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    let mut reply = client.program(Request::Trace(Ask { count, port, src, dst, wait_ms }))?;
    loop {
        match reply {
            Reply::Trace(Said::Armed) => {}
            Reply::Trace(Said::Packet(packet)) if out.json() => {
                out.raw(format!("{}\n", json(&packet)).as_bytes())?;
            }
            Reply::Trace(Said::Packet(packet)) => out.raw(draw(&packet).as_bytes())?,
            Reply::Trace(Said::Ended(ended)) => return end(&ended, count, wait, out),
            _ => return Err(client.confused()),
        }
        reply = client.next_program()?;
    }
}

fn json(packet: &Packet) -> Value {
    match serde_json::to_value(packet) {
        Ok(json) => json,
        Err(error) => unreachable!("our own rows are no JSON: {error}"),
    }
}

fn end(ended: &Ended, count: u32, wait: Duration, out: &mut Output) -> Result<(), Failure> {
    let seconds = wait.as_secs_f64();
    if ended.packets == 0 {
        return Err(Failure::NotFound(format!(
            "no packet came within {seconds} s that matches; the program sees neither BFD nor frames that a port refuses"
        )));
    }
    if ended.missed > 0 {
        eprintln!("{} more matched and came too fast to be shown", ended.missed);
    }
    if ended.timed_out {
        eprintln!("{} of {count} packets came within {seconds} s", ended.packets);
    }
    if out.json() {
        let end = json!({ "packets": ended.packets, "missed": ended.missed, "timed_out": ended.timed_out });
        out.raw(format!("{}\n", json!({ "ended": end })).as_bytes())?;
    }
    Ok(())
}

/// Where lines have their place in the source, unless they are longer.
const PLACES: usize = 88;

fn draw(packet: &Packet) -> String {
    let mut text = format!(
        "packet {}: {} bytes by port {}, worker {}\n",
        packet.number,
        packet.bytes,
        port(&packet.port),
        packet.worker
    );
    let mut depth = 1;
    for (at, step) in packet.steps.iter().enumerate() {
        match &step.what {
            What::Part { .. } => depth = 1,
            What::State { .. } => depth = 2,
            _ => {}
        }
        let next = packet.steps.get(at + 1).map(|step| &step.what);
        let empty = matches!(next, None | Some(What::Part { .. } | What::Dropped { .. } | What::Sent { .. }));
        if matches!(step.what, What::Part { .. }) && empty {
            continue;
        }
        let indent = if is_end(&step.what) { 1 } else { depth };
        line(&mut text, indent, &describe(&step.what), step.place.as_ref());
        match &step.what {
            What::Extract { fields, .. } => line(&mut text, depth + 1, &pairs(fields), None),
            What::Table { action, .. } => line(&mut text, depth + 1, &format!("-> {}", call(action)), None),
            _ => {}
        }
        if let What::Part { .. } | What::State { .. } = &step.what {
            depth += 1;
        }
    }
    for note in &packet.notes {
        line(&mut text, 1, &format!("note: {note}"), None);
    }
    text.push('\n');
    text
}

fn is_end(what: &What) -> bool {
    matches!(what, What::Dropped { .. } | What::Sent { .. })
}

fn line(text: &mut String, depth: usize, what: &str, place: Option<&Place>) {
    let words = format!("{:indent$}{what}", "", indent = 2 * depth);
    // Writing into a string does not fail.
    let _ = match place {
        Some(place) => {
            let file = place.file.rsplit('/').next().unwrap_or(&place.file);
            writeln!(text, "{words:PLACES$}  {file}:{}", place.line)
        }
        None => writeln!(text, "{words}"),
    };
}

fn pairs(named: &[Named]) -> String {
    let words: Vec<String> = named.iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.join(" ")
}

fn call(call: &Call) -> String {
    format!("{} {}", call.action, pairs(&call.args)).trim_end().to_owned()
}

fn port(port: &Port) -> String {
    match &port.name {
        Some(name) => format!("{} ({name})", port.number),
        None => port.number.to_string(),
    }
}

fn entry(entry: &Entry) -> String {
    let mut text = format!("entry {}", entry.id);
    if !entry.keys.is_empty() {
        let _ = write!(text, " {}", pairs(&entry.keys));
    }
    if entry.priority != 0 {
        let _ = write!(text, " priority {}", entry.priority);
    }
    for (what, id) in [("member", entry.member), ("group", entry.group)] {
        if let Some(id) = id {
            let _ = write!(text, ", {what} {id}");
        }
    }
    text
}

fn describe(what: &What) -> String {
    match what {
        What::Part { name, of, egress_port } => {
            let of = of.as_ref().map_or_else(String::new, |of| format!(", {of}"));
            let port = egress_port.map_or_else(String::new, |port| format!(", to port {port}"));
            format!("{name}{of}{port}")
        }
        What::State { name } => format!("state {name}"),
        What::Extract { header, bits, .. } if bits % 8 == 0 => {
            format!("extract {header}, {} bytes", bits / 8)
        }
        What::Extract { header, bits, .. } => format!("extract {header}, {bits} bits"),
        What::ParserError { error } => format!("the parser ends with {error}"),
        What::Table { table, keys, hit, entry: found, .. } => {
            let keys = if keys.is_empty() { String::new() } else { format!(" {}", pairs(keys)) };
            let found = match found {
                Some(found) => format!("hit, {}", entry(found)),
                None if *hit => "hit in the switch's own table".to_owned(),
                None => "miss".to_owned(),
            };
            format!("table {table}{keys}: {found}")
        }
        What::If { condition, holds } => {
            let word = if condition.starts_with("verify(") { "" } else { "if " };
            format!("{word}{condition}: {}", if *holds { "yes" } else { "no" })
        }
        What::Set { field, before, after } => format!("{field}: {before} -> {after}"),
        What::NotValid { field } => format!("{field}: nothing is written, its header is not valid"),
        What::Header { header, valid: true } => format!("{header} becomes valid"),
        What::Header { header, valid: false } => format!("{header} becomes invalid"),
        What::Emit { header } => format!("emit {header}"),
        other => asked(other),
    }
}

/// What goes to externs, and the end.
fn asked(what: &What) -> String {
    match what {
        What::RegisterRead { register, index, value } => format!("read {register}[{index}]: {value}"),
        What::RegisterWrite { register, index, value } => format!("write {register}[{index}]: {value}"),
        What::Count { counter, index } => format!("count {counter}[{index}]"),
        What::Meter { meter, index: Some(index), colour } => format!("meter {meter}[{index}]: {colour}"),
        What::Meter { meter, index: None, colour } => format!("meter {meter}: {colour}"),
        What::Digest { digest, fields } => format!("digest {digest} {}", pairs(fields)),
        What::Clone { egress, session } => {
            format!("clone of {}, session {session}", if *egress { "egress" } else { "ingress" })
        }
        What::Resubmit => "resubmit".to_owned(),
        What::Recirculate => "recirculate".to_owned(),
        What::Truncate { bytes } => format!("truncate to {bytes} bytes"),
        What::Log { text } => format!("log: {text}"),
        What::Failed { assume, text } => {
            format!("{} fails: {text}", if *assume { "assume" } else { "assert" })
        }
        What::Verdict { drop: true, reason, .. } => format!("to be dropped: {reason}"),
        What::Verdict { drop: false, reason, argument: 0 } => format!("for the kernel: {reason}"),
        What::Verdict { drop: false, reason, argument } => format!("for the kernel: {reason} {argument}"),
        What::Dropped { reason, by } => format!("=> dropped: {reason} ({by})"),
        What::Sent { port: to, bytes, chosen, .. } => {
            let nobody = if *chosen { "" } else { "; the program never assigned egress_spec" };
            match &to.name {
                Some(name) if name == "kernel" => format!("=> to the kernel, {bytes} bytes"),
                Some(_) => format!("=> out of port {}, {bytes} bytes{nobody}", port(to)),
                None => format!("=> dropped: there is no port {}{nobody}", to.number),
            }
        }
        other => unreachable!("{other:?} is described elsewhere"),
    }
}

#[cfg(test)]
mod tests;
