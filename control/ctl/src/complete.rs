//! Completions of names that only the running processes know. One that does not answer has none, and nobody waits for it.

use crate::args::Reach;
use crate::client::{SwitchClient, ask_control};
use crate::places::Places;
use api::program::{Program, Query, Reply, Request, Table, is_called};
use api::show::Rows;
use api::switch;
use clap_complete::CompletionCandidate;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

/// Somebody has pressed a key.
const PATIENCE: Duration = Duration::from_millis(500);

/// Options that take the next word, as far as they may stand before what is completed.
const VALUED: [&str; 21] = [
    "--config",
    "-c",
    "--switch-socket",
    "--control-socket",
    "--stats",
    "--timeout",
    "--priority",
    "--limit",
    "--list",
    "--member",
    "--group",
    "--port",
    "--src",
    "--dst",
    "-I",
    "--backup",
    "--preference",
    "--vrf",
    "--next-hop-vrf",
    "--count",
    "-n",
];

/// The command line so far.
#[derive(Debug, Default)]
struct Line {
    /// Commands, names, keys and values; without the command itself and the word that is completed.
    words: Vec<String>,
    /// The last word ends in `=`: a value comes, which nobody knows.
    value: bool,
    config: Option<PathBuf>,
    switch_socket: Option<PathBuf>,
    control_socket: Option<PathBuf>,
}

impl Line {
    /// Behind `--`, as the shell's part of the completion gives it.
    fn of_process() -> Line {
        let all: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
        let words = all.iter().position(|word| word == "--").map_or(&[][..], |at| &all[at + 1..]);
        let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
        // Shells that say no index complete the last word.
        Line::new(words, index.unwrap_or(words.len().saturating_sub(1)))
    }

    fn new(words: &[String], index: usize) -> Line {
        let mut line = Line::default();
        let before = words.get(1..index.min(words.len())).unwrap_or(&[]);
        let mut words = joined(before).into_iter();
        while let Some(word) = words.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if option.starts_with('-') => {
                    (option.to_owned(), Some(value.to_owned()))
                }
                _ => (word.clone(), None),
            };
            if !option.starts_with('-') {
                line.words.push(word);
                continue;
            }
            let value = match value {
                None if VALUED.contains(&option.as_str()) => words.next(),
                value => value,
            };
            match option.as_str() {
                "--config" | "-c" => line.config = value.map(PathBuf::from),
                "--switch-socket" => line.switch_socket = value.map(PathBuf::from),
                "--control-socket" => line.control_socket = value.map(PathBuf::from),
                _ => {}
            }
        }
        line.value = line.words.last().is_some_and(|word| word.ends_with('='));
        line
    }

    fn places(&self) -> Places {
        let config = self.config.clone().or_else(|| std::env::var_os("SWERVE_CONFIG").map(PathBuf::from));
        let reach = Reach {
            config,
            switch_socket: self.switch_socket.clone(),
            control_socket: self.control_socket.clone(),
            stats: None,
            timeout: Some(PATIENCE),
        };
        Places::new(reach)
    }

    fn client(&self) -> Option<SwitchClient> {
        SwitchClient::connect(&self.places().switch_socket().ok()?, PATIENCE).ok()
    }

    fn program(&self) -> Option<Program> {
        match self.client()?.program(Request::Show(Query::Program)) {
            Ok(Reply::Program(program)) => program,
            _ => None,
        }
    }

    fn tables(&self) -> Vec<Table> {
        let reply = self.client().map(|mut client| client.program(Request::Show(Query::Tables)));
        if let Some(Ok(Reply::Tables(tables))) = reply { tables } else { Vec::new() }
    }

    fn rows(&self, query: switch::Query) -> Option<Rows> {
        self.client()?.show(query).ok()
    }

    /// Words behind the name of a table, and that table.
    fn table(&self) -> Option<(Table, &[String])> {
        let [_, _, name, rest @ ..] = &self.words[..] else { return None };
        Some((self.tables().into_iter().find(|table| is_called(&table.name, name))?, rest))
    }
}

/// Bash takes `key=value` apart.
fn joined(words: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for word in words {
        let last = out.last_mut().filter(|_| open || word == "=");
        match last {
            Some(last) => last.push_str(word),
            None => out.push(word.clone()),
        }
        open = word == "=";
    }
    out
}

/// The names that begin like this, or whose last parts do: `ipv4` is the beginning of `ingress.ipv4_lpm`, too.
fn beginning<'a>(current: &OsStr, names: impl IntoIterator<Item = &'a str>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let mut found = Vec::new();
    for name in names {
        let mut part = name;
        loop {
            if part.starts_with(&*current) {
                found.push(part.to_owned());
                break;
            }
            match part.split_once('.') {
                Some((_, rest)) => part = rest,
                None => break,
            }
        }
    }
    found.sort();
    found.dedup();
    found.into_iter().map(CompletionCandidate::new).collect()
}

pub fn tables(current: &OsStr) -> Vec<CompletionCandidate> {
    let tables = Line::of_process().tables();
    beginning(current, tables.iter().map(|table| table.name.as_str()))
}

fn of_program(current: &OsStr, pick: fn(&Program) -> &Vec<String>) -> Vec<CompletionCandidate> {
    let program = Line::of_process().program();
    beginning(current, program.iter().flat_map(pick).map(String::as_str))
}

pub fn counters(current: &OsStr) -> Vec<CompletionCandidate> {
    of_program(current, |program| &program.counters)
}

pub fn registers(current: &OsStr) -> Vec<CompletionCandidate> {
    of_program(current, |program| &program.registers)
}

pub fn meters(current: &OsStr) -> Vec<CompletionCandidate> {
    of_program(current, |program| &program.meters)
}

pub fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    of_program(current, |program| &program.profiles)
}

pub fn digests(current: &OsStr) -> Vec<CompletionCandidate> {
    of_program(current, |program| &program.digests)
}

pub fn value_sets(current: &OsStr) -> Vec<CompletionCandidate> {
    of_program(current, |program| &program.value_sets)
}

pub fn paths(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(Rows::Paths(rows)) = Line::of_process().rows(switch::Query::Paths) else { return Vec::new() };
    beginning(current, rows.iter().map(|row| row.name.as_str()))
}

pub fn ports(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(Rows::Ports(rows)) = Line::of_process().rows(switch::Query::Ports) else { return Vec::new() };
    beginning(current, rows.iter().map(|row| row.name.as_str()))
}

/// Those that interfaces are in; the default one as well.
pub fn vrfs(current: &OsStr) -> Vec<CompletionCandidate> {
    let rows = Line::of_process().rows(switch::Query::Interfaces);
    let Some(Rows::Interfaces(rows)) = rows else { return Vec::new() };
    let named = rows.iter().filter_map(|row| row.vrf.as_deref());
    beginning(current, named.chain([config::DEFAULT_VRF]))
}

/// What may fail. Words that are there already are left out.
pub fn failing(current: &OsStr) -> Vec<CompletionCandidate> {
    let line = Line::of_process();
    let names = line.places().control_socket().ok().and_then(|socket| {
        match ask_control(&socket, PATIENCE, &api::control::Request::Names) {
            Ok(api::control::Reply::Names(names)) => Some(names),
            _ => None,
        }
    });
    let names = names.unwrap_or_default();
    beginning(current, names.iter().filter(|name| !line.words.contains(name)).map(String::as_str))
}

/// What may follow `route add PREFIX`.
pub fn route(current: &OsStr) -> Vec<CompletionCandidate> {
    match Line::of_process().words.len() {
        0..=3 => beginning(current, ["via", "blackhole", "unreachable", "prohibit"]),
        _ => paths(current),
    }
}

/// Keys of a table that have no value yet, and its actions; behind an action, its parameters.
pub fn entry(current: &OsStr) -> Vec<CompletionCandidate> {
    words_of(&Line::of_process(), current, true)
}

/// Keys only.
pub fn keys(current: &OsStr) -> Vec<CompletionCandidate> {
    words_of(&Line::of_process(), current, false)
}

/// Actions of the table, for its default.
pub fn actions(current: &OsStr) -> Vec<CompletionCandidate> {
    let line = Line::of_process();
    let Some((table, _)) = line.table() else { return Vec::new() };
    beginning(current, table.actions.iter().map(|action| action.name.as_str()))
}

fn words_of(line: &Line, current: &OsStr, with_actions: bool) -> Vec<CompletionCandidate> {
    if line.value || current.to_string_lossy().contains('=') {
        return Vec::new();
    }
    let Some((table, rest)) = line.table() else { return Vec::new() };
    let named = |name: &str| {
        let given = rest.iter().filter_map(|word| word.split_once('='));
        given.map(|(given, _)| given).any(|given| given == name || name.ends_with(&format!(".{given}")))
    };
    // A number names the entry, and is none of its actions.
    let action = rest.iter().find(|word| !word.contains('=') && word.parse::<u64>().is_err());
    let words: Vec<String> = match action {
        Some(action) => {
            let of = table
                .actions
                .iter()
                .find(|of| of.name == *action || of.name.ends_with(&format!(".{action}")));
            let parameters = of.into_iter().flat_map(|of| &of.parameters).map(|(name, _)| name);
            parameters.filter(|name| !named(name)).map(|name| format!("{name}=")).collect()
        }
        None => {
            let by_number = rest.first().is_some_and(|word| word.parse::<u64>().is_ok());
            let keys = table.keys.iter().filter(|key| !by_number && !named(&key.name));
            let keys = keys.map(|key| format!("{}=", key.name));
            let actions = table.actions.iter().filter(|_| with_actions).map(|action| action.name.clone());
            keys.chain(actions).collect()
        }
    };
    beginning(current, words.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn texts(found: Vec<CompletionCandidate>) -> Vec<String> {
        found.iter().map(|one| one.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn words_are_told_from_options_and_their_values() {
        let line = Line::new(&list("swervectl --config /x.toml table --json add t --priority 3 a=1 for"), 10);
        assert_eq!(line.words, ["table", "add", "t", "a=1"]);
        assert_eq!(line.config, Some(PathBuf::from("/x.toml")));
        let line = Line::new(&list("swervectl --switch-socket=/s drain "), 3);
        assert_eq!((line.words, line.switch_socket), (vec!["drain".into()], Some("/s".into())));
        assert!(Line::new(&[], 0).words.is_empty());
    }

    #[test]
    fn what_bash_took_apart_is_one_word() {
        let words = list("swervectl table add t dst = 10.0.0.0/8 fwd port =");
        let line = Line::new(&words, words.len());
        assert_eq!(line.words, ["table", "add", "t", "dst=10.0.0.0/8", "fwd", "port="]);
        assert!(line.value);
    }

    #[test]
    fn a_name_is_completed_from_any_of_its_parts() {
        let names = ["ingress.ipv4_lpm", "ingress.acl", "egress.ipv4_out"];
        let of = |current: &str| texts(beginning(OsStr::new(current), names));
        assert_eq!(of("ipv4"), ["ipv4_lpm", "ipv4_out"]);
        assert_eq!(of("ing"), ["ingress.acl", "ingress.ipv4_lpm"]);
        assert_eq!(of("").len(), 3);
        assert_eq!(of("x"), Vec::<String>::new());
    }
}
