//! Commands about the P4 program: `program`, `table`, `counter`, `register`, `group`.

mod draw;
mod includes;
mod load;
mod objects;
#[cfg(test)]
mod tests;
mod words;

pub use objects::{counter, group, meter, register, value_set};

pub use words::named;

use crate::args::{Include, ProgramCommand, TableCommand};
use crate::client::SwitchClient;
use crate::failure::Failure;
use crate::output::Output;
use crate::places::Places;
use api::program::{Change, Entries, MAX_ROWS, Query, Reply, Request, Source, Verdict, Which};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub fn connect(places: &Places) -> Result<SwitchClient, Failure> {
    SwitchClient::connect(&places.switch_socket()?, places.timeout())
}

/// For what the compiler has to do first.
fn connect_patiently(places: &Places) -> Result<SwitchClient, Failure> {
    SwitchClient::connect(&places.switch_socket()?, places.reload_timeout())
}

fn json<T: serde::Serialize>(rows: &T) -> Value {
    match serde_json::to_value(rows) {
        Ok(json) => json,
        Err(error) => unreachable!("our own rows are no JSON: {error}"),
    }
}

pub fn program(what: ProgramCommand, places: &Places, out: &mut Output) -> Result<(), Failure> {
    match what {
        ProgramCommand::Show => {
            let mut client = connect(places)?;
            match client.program(Request::Show(Query::Program))? {
                Reply::Program(row) => out.print(&json(&row), &draw::program(row.as_ref())),
                _ => Err(client.confused()),
            }
        }
        ProgramCommand::Load { file, include } => {
            compile(Request::Load(source(&file, include)?), &file, places, out)
        }
        ProgramCommand::Check { file, include } => {
            compile(Request::Check(source(&file, include)?), &file, places, out)
        }
    }
}

/// The texts are read here: nobody has the switch read for him what he may not read himself, and what he may read needs not be
/// open to the switch.
fn source(file: &Path, include: Include) -> Result<Source, Failure> {
    let failed = |source| Failure::File { path: file.to_owned(), source, hint: "" };
    let text = includes::read(file).map_err(failed)?;
    let directories = include.directories.iter().map(|directory: &PathBuf| std::path::absolute(directory));
    let directories = directories.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let absolute = std::path::absolute(file).map_err(failed)?;
    let included = includes::of(&absolute, &text, &directories);
    let include = directories.iter().map(|directory| directory.display().to_string()).collect();
    Ok(Source { file: absolute.display().to_string(), text: Some(text), included, include })
}

fn compile(request: Request, file: &Path, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let mut client = connect_patiently(places)?;
    let (verdict, lost) = match client.program(request)? {
        Reply::Checked(verdict) => (verdict, None),
        Reply::Loaded { verdict, lost } => (verdict, Some(lost)),
        _ => return Err(client.confused()),
    };
    let mut value = json(&verdict);
    value["loaded"] = json!(lost.is_some());
    value["lost"] = json!(lost.as_deref().unwrap_or_default());
    if !verdict.accepted {
        if out.json() {
            out.print(&value, "")?;
        }
        let count = counts(&verdict);
        return Err(Failure::Mistakes(format!("{}{}: rejected{count}\n", verdict.messages, file.display())));
    }
    // Warnings are no part of what was asked for.
    eprint!("{}", verdict.messages);
    let done = if lost.is_some() { "loaded" } else { "accepted" };
    let mut text = format!("{}: {done}{}\n", file.display(), counts(&verdict));
    text.extend(lost.iter().flatten().map(|line| format!("note: not in the new program: {line}\n")));
    out.print(&value, &text)
}

fn counts(verdict: &Verdict) -> String {
    let plural = |count: u64, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        count => Some(format!("{count} {what}s")),
    };
    let counts = [plural(verdict.errors, "error"), plural(verdict.warnings, "warning")];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) }
}

/// A change that is answered by numbers of new entries.
fn change(request: Request, done: &str, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let mut client = connect(places)?;
    let Reply::Done { ids } = client.program(request)? else { return Err(client.confused()) };
    let text = match ids.iter().flatten().next() {
        Some(id) => format!("{done}: entry {id}\n"),
        None => format!("{done}\n"),
    };
    out.print(&json!({ "ids": ids }), &text)
}

fn batch(one: Change, done: &str, places: &Places, out: &mut Output) -> Result<(), Failure> {
    change(Request::Batch(vec![one]), done, places, out)
}

pub fn table(what: TableCommand, places: &Places, out: &mut Output) -> Result<(), Failure> {
    match what {
        TableCommand::List => {
            let mut client = connect(places)?;
            match client.program(Request::Show(Query::Tables))? {
                Reply::Tables(rows) => out.print(&json(&rows), &draw::tables(&rows)),
                _ => Err(client.confused()),
            }
        }
        TableCommand::Show { name, limit } => {
            let entries = by_pages(&mut connect(places)?, &name, limit)?;
            out.print(&json(&entries), &draw::entries(&entries))
        }
        TableCommand::Add { name: table, from: Some(file), .. } => load::table(table, &file, places, out),
        TableCommand::Add { name: table, from: None, entry } => {
            let entry = words::entry_of(&entry).map_err(Failure::Usage)?;
            batch(Change::Add { table, entry }, "added", places, out)
        }
        TableCommand::Modify { name: table, words, to, priority } => {
            let (which, target) = words::change(&words, &to, priority).map_err(Failure::Usage)?;
            batch(Change::Modify { table, which, target }, "changed", places, out)
        }
        TableCommand::Delete { name: table, which, priority } => {
            let which = words::which(&which, priority).map_err(Failure::Usage)?;
            batch(Change::Delete { table, which }, "deleted", places, out)
        }
        TableCommand::SetDefault { name: table, action, args } => {
            let action = words::action(action, &args).map_err(Failure::Usage)?;
            batch(Change::SetDefault { table, action }, "set", places, out)
        }
        TableCommand::ResetDefault { name: table } => {
            batch(Change::ResetDefault { table }, "reset", places, out)
        }
    }
}

fn by_pages(client: &mut SwitchClient, table: &str, limit: usize) -> Result<Entries, Failure> {
    let limit = if limit == 0 { usize::MAX } else { limit };
    let mut all: Option<Entries> = None;
    loop {
        let had = all.as_ref().map_or(0, |all| all.rows.len());
        let after = all.as_ref().and_then(|all| all.rows.last()).map(|row| row.id);
        let page = (limit - had).min(MAX_ROWS as usize) as u32;
        let query = Query::Entries { table: table.to_owned(), after, limit: page };
        let Reply::Entries(page) = client.program(Request::Show(query))? else {
            return Err(client.confused());
        };
        let (none, more) = (page.rows.is_empty(), page.more);
        let all = match &mut all {
            None => all.insert(page),
            Some(all) => {
                all.rows.extend(page.rows);
                all.more = more;
                all
            }
        };
        if none || !more || all.rows.len() >= limit {
            return Ok(all.clone());
        }
    }
}

/// However it is written.
fn is_zero(value: &str) -> bool {
    let digits = value.strip_prefix("0x").unwrap_or(value);
    digits.chars().all(|c| matches!(c, '0' | '.' | ':'))
}
