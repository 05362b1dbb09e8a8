//! `table add NAME --from FILE`: entries by the line, all of them or none.

use super::{connect_patiently, words};
use crate::args::EntryWords;
use crate::client::SwitchClient;
use crate::failure::Failure;
use crate::output::Output;
use crate::places::Places;
use api::program::{Entry, MAX_CHANGES, MAX_STAGED, Named, Reply, Request, Target};
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

/// Entries that go in one request.
#[derive(Default)]
struct Part {
    entries: Vec<Entry>,
    text: usize,
}

impl Part {
    fn is_full(&self) -> bool {
        self.entries.len() >= MAX_CHANGES || self.text >= MOST_TEXT
    }
}

/// Entries that the switch has and packets do not find yet, and where they stand.
struct Adding {
    client: SwitchClient,
    table: String,
    /// Of the lines of all entries that were sent.
    numbers: Vec<usize>,
    staged: usize,
    tells: bool,
}

impl Adding {
    fn ask(&mut self, request: Request, lines: &Lines) -> Result<(), Failure> {
        match self.client.program(request) {
            Ok(Reply::Done { .. }) => Ok(()),
            Ok(_) => Err(self.client.confused()),
            Err(Failure::Refused { why, .. }) => Err(self.refused(lines, &why)),
            Err(other) => Err(other),
        }
    }

    /// The line that a refusal is about: `change 3 of 80: ...`.
    fn refused(&self, lines: &Lines, why: &str) -> Failure {
        let told = why.strip_prefix("change ").and_then(|rest| {
            let (which, why) = rest.split_once(": ")?;
            let (at, _) = which.split_once(" of ")?;
            Some((*self.numbers.get(at.parse::<usize>().ok()?.checked_sub(1)?)?, why))
        });
        match (told, self.numbers.get(self.staged)) {
            (Some((number, why)), _) => lines.wrong(number, why),
            (None, Some(first)) => lines.wrong(*first, &format!("this line or one behind it: {why}")),
            (None, None) => Failure::Mistakes(format!("{}: {why}", lines.name)),
        }
    }

    fn send(&mut self, part: &mut Part, lines: &Lines) -> Result<(), Failure> {
        let entries = std::mem::take(part).entries;
        if entries.is_empty() {
            return Ok(());
        }
        let request = Request::Stage { at: self.staged as u64, table: self.table.clone(), entries };
        self.ask(request, lines)?;
        self.staged = self.numbers.len();
        if self.tells {
            let _ = write!(io::stderr(), "\r{} entries", self.staged);
        }
        Ok(())
    }

    fn all(&mut self, lines: &mut Lines) -> Result<(), Failure> {
        let mut part = Part::default();
        while let Some((number, line)) = lines.next()? {
            let entry = entry(&line).map_err(|why| lines.wrong(number, &why))?;
            if self.numbers.len() == MAX_STAGED {
                return Err(lines.wrong(
                    number,
                    &format!("{MAX_STAGED} entries are the most that can be added together; split the file"),
                ));
            }
            self.numbers.push(number);
            part.text += text_of(&entry);
            part.entries.push(entry);
            if part.is_full() {
                self.send(&mut part, lines)?;
            }
        }
        self.send(&mut part, lines)?;
        match self.staged {
            0 => Ok(()),
            staged => self.ask(Request::Put { count: staged as u64 }, lines),
        }
    }
}

/// Adds the entries of a file, a line each. Packets find none of them before the last is known to be right; where one is wrong
/// the connection ends, with which the switch forgets what it was sent.
pub fn table(table: String, file: &Path, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let mut lines = Lines::open(file)?;
    let (tells, started) = (io::stderr().is_terminal(), Instant::now());
    let client = connect_patiently(places)?;
    let mut adding = Adding { client, table, numbers: vec![], staged: 0, tells };
    let done = adding.all(&mut lines);
    if tells && adding.staged > 0 {
        eprintln!();
    }
    match done {
        Err(Failure::Mistakes(why)) => {
            return Err(Failure::Mistakes(format!("{}\nnothing was added\n", why.trim_end())));
        }
        done => done?,
    }
    let (many, seconds) = (adding.staged, started.elapsed().as_secs_f64());
    let rate = (many as f64 / seconds.max(1e-9)) as u64;
    let text = format!("added: {many} entries in {seconds:.1} s, {rate} a second\n");
    out.print(&json!({ "entries": many, "seconds": seconds }), &text)
}
