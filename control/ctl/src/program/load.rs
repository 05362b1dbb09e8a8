//! `table add NAME --from FILE`: entries by the line, all of them or none.

use super::{connect_patiently, words};
use crate::args::EntryWords;
use crate::client::SwitchClient;
use crate::failure::Failure;
use crate::output::Output;
use crate::places::Places;
use api::program::{Change, Entry, MAX_CHANGES, Named, Reply, Request, Target, Which};
use clap::{Args, Command, FromArgMatches};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

/// Bytes of text in one request, so that it stays well below what a message may have.
const MOST_TEXT: usize = 1 << 20;

/// A file as it is called in messages, and where its lines are read.
struct Lines {
    name: String,
    from: Box<dyn BufRead>,
    number: usize,
}

impl Lines {
    fn open(file: &Path) -> Result<Lines, Failure> {
        let name = file.display().to_string();
        let from: Box<dyn BufRead> = if name == "-" {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let failed = |source| Failure::File { path: file.to_owned(), source, hint: "" };
            Box::new(BufReader::new(File::open(file).map_err(failed)?))
        };
        Ok(Lines { name, from, number: 0 })
    }

    /// The next line that is neither empty nor a comment.
    fn next(&mut self) -> Result<Option<(usize, String)>, Failure> {
        let mut line = String::new();
        loop {
            line.clear();
            self.number += 1;
            let read = self.from.read_line(&mut line);
            match read.map_err(|error| self.wrong(self.number, &error.to_string()))? {
                0 => return Ok(None),
                _ if line.trim_start().starts_with('#') || line.trim().is_empty() => {}
                _ => return Ok(Some((self.number, line))),
            }
        }
    }

    fn wrong(&self, number: usize, why: &str) -> Failure {
        Failure::Mistakes(format!("{}:{number}: {why}", self.name))
    }
}

/// What stands behind the name of the table in a command.
fn entry(line: &str) -> Result<Entry, String> {
    let words = || line.split_whitespace().map(str::to_owned);
    // Without options, as most lines of large files are, there is nothing that takes a parser.
    if !line.contains("--") {
        return words::entry_of(&EntryWords { words: words().collect(), ..EntryWords::default() });
    }
    let command =
        EntryWords::augment_args(Command::new("entry")).no_binary_name(true).disable_help_flag(true);
    let parsed = command.try_get_matches_from(words()).and_then(|found| EntryWords::from_arg_matches(&found));
    words::entry_of(&parsed.map_err(|error| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })?)
}

/// Bytes that an entry takes in a request, or more.
fn text_of(entry: &Entry) -> usize {
    let named =
        |list: &[Named]| -> usize { list.iter().map(|(name, value)| name.len() + value.len() + 16).sum() };
    let target = match &entry.target {
        Target::Action(action) => action.name.len() + named(&action.args),
        Target::Member(_) | Target::Group(_) => 0,
    };
    named(&entry.keys) + target + 64
}

/// Entries that are on their way.
#[derive(Default)]
struct Batch {
    numbers: Vec<usize>,
    changes: Vec<Change>,
    text: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.changes.len() >= MAX_CHANGES || self.text >= MOST_TEXT
    }

    /// The line that a refusal is about: `change 3 of 80: ...`, where there are several.
    fn refused(&self, lines: &Lines, why: &str) -> Failure {
        let told = why.strip_prefix("change ").and_then(|rest| {
            let (which, why) = rest.split_once(": ")?;
            let (at, _) = which.split_once(" of ")?;
            Some((*self.numbers.get(at.parse::<usize>().ok()?.checked_sub(1)?)?, why))
        });
        match (told, self.numbers.as_slice()) {
            (Some((number, why)), _) => lines.wrong(number, why),
            (None, [number]) => lines.wrong(*number, why),
            (None, [first, ..]) => lines.wrong(*first, &format!("this line or one behind it: {why}")),
            (None, []) => Failure::Mistakes(why.to_owned()),
        }
    }
}

/// Adds to one table, with the ids of what it added.
struct Adding {
    client: SwitchClient,
    table: String,
    ids: Vec<u64>,
    started: Instant,
    tells: bool,
}

impl Adding {
    fn send(&mut self, batch: &mut Batch, lines: &Lines) -> Result<(), Failure> {
        let changes = std::mem::take(&mut batch.changes);
        if changes.is_empty() {
            return Ok(());
        }
        match self.client.program(Request::Batch(changes)) {
            Ok(Reply::Done { ids }) => self.ids.extend(ids.into_iter().flatten()),
            Ok(_) => return Err(self.client.confused()),
            Err(Failure::Refused { why, .. }) => return Err(batch.refused(lines, &why)),
            Err(other) => return Err(other),
        }
        *batch = Batch::default();
        if self.tells {
            let _ = write!(io::stderr(), "\r{} entries", self.ids.len());
        }
        Ok(())
    }

    fn all(&mut self, lines: &mut Lines) -> Result<(), Failure> {
        let mut batch = Batch::default();
        while let Some((number, line)) = lines.next()? {
            let entry = entry(&line).map_err(|why| lines.wrong(number, &why))?;
            batch.text += text_of(&entry);
            batch.numbers.push(number);
            batch.changes.push(Change::Add { table: self.table.clone(), entry });
            if batch.is_full() {
                self.send(&mut batch, lines)?;
            }
        }
        self.send(&mut batch, lines)
    }

    /// Takes back what was added.
    fn undo(&mut self) -> Result<(), Failure> {
        for ids in self.ids.chunks(MAX_CHANGES) {
            let delete = |id: &u64| Change::Delete { table: self.table.clone(), which: Which::Id(*id) };
            self.client.program(Request::Batch(ids.iter().map(delete).collect()))?;
        }
        Ok(())
    }
}

/// Adds the entries of a file, a line each.
pub fn table(table: String, file: &Path, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let mut lines = Lines::open(file)?;
    let tells = io::stderr().is_terminal();
    let client = connect_patiently(places)?;
    let mut adding = Adding { client, table, ids: vec![], started: Instant::now(), tells };
    let done = adding.all(&mut lines);
    if tells && !adding.ids.is_empty() {
        eprintln!();
    }
    if let Err(why) = done {
        let many = adding.ids.len();
        return Err(match adding.undo() {
            Ok(()) => Failure::Mistakes(format!("{why}\nnothing was added\n")),
            Err(other) => {
                Failure::Mistakes(format!("{why}\n{many} entries before it were added, and stay: {other}\n"))
            }
        });
    }
    let (many, seconds) = (adding.ids.len(), adding.started.elapsed().as_secs_f64());
    let rate = (many as f64 / seconds.max(1e-9)) as u64;
    let text = format!("added: {many} entries in {seconds:.1} s, {rate} a second\n");
    out.print(&json!({ "entries": many, "seconds": seconds }), &text)
}
