//! What stands on the command line about entries, actions and groups.

use super::Which;
use crate::args::{EntryWords, Part};
use api::program::{Action, Entry, MulticastNode, Named, Target};

/// `NAME=VALUE`
pub fn named(word: &str) -> Result<Named, String> {
    match word.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err(format!("`{word}` is no value with its name: write NAME=VALUE, such as port=3")),
    }
}

pub(super) fn action(name: String, args: &[String]) -> Result<Action, String> {
    Ok(Action { name, args: args.iter().map(|word| named(word)).collect::<Result<_, _>>()? })
}

/// Keys, then the one word without a value, which is the action, then its arguments.
pub(super) fn entry(words: &[String], to: &Part, priority: i64) -> Result<Entry, String> {
    let at = words.iter().position(|word| !word.contains('='));
    let (keys, rest) = words.split_at(at.unwrap_or(words.len()));
    let target = match (rest, to.member, to.group) {
        ([name, args @ ..], None, None) => Target::Action(action(name.clone(), args)?),
        ([], Some(member), None) => Target::Member(member),
        ([], None, Some(group)) => Target::Group(group),
        ([], ..) => {
            return Err(
                "there is no action: write KEY=VALUE... ACTION ARG=VALUE..., or --member or --group".into()
            );
        }
        ([name, ..], ..) => {
            return Err(format!("`{name}` and a member or a group: an entry leads to one of them"));
        }
    };
    let keys = keys.iter().map(|word| named(word)).collect::<Result<_, _>>()?;
    Ok(Entry { keys, priority, target, idle_timeout_ms: 0 })
}

/// With its idle time-out.
pub(super) fn entry_of(of: &EntryWords) -> Result<Entry, String> {
    let idle_timeout_ms = of.idle_timeout.map_or(0, |timeout| timeout.as_millis() as u64);
    Ok(Entry { idle_timeout_ms, ..entry(&of.words, &of.to, of.priority)? })
}

/// The entry's number or its keys, then what it shall lead to.
pub(super) fn change(words: &[String], to: &Part, priority: i64) -> Result<(Which, Target), String> {
    if let [id, rest @ ..] = words
        && let Ok(id) = id.parse()
    {
        let entry = entry(rest, to, priority)?;
        if !entry.keys.is_empty() {
            return Err(format!("write the number {id} or the keys of the entry, not both"));
        }
        return Ok((Which::Id(id), entry.target));
    }
    let entry = entry(words, to, priority)?;
    Ok((Which::Keys { keys: entry.keys, priority }, entry.target))
}

/// `VALUE` alone, or each key with its name.
pub(super) fn values(words: &[String]) -> Result<Vec<Named>, String> {
    match words {
        [word] if !word.contains('=') => Ok(vec![(String::new(), word.clone())]),
        words => words.iter().map(|word| named(word)).collect(),
    }
}

pub(super) fn which(words: &[String], priority: i64) -> Result<Which, String> {
    if let [id] = words
        && let Ok(id) = id.parse()
    {
        return Ok(Which::Id(id));
    }
    let keys = words.iter().map(|word| named(word)).collect::<Result<_, _>>();
    let keys = keys.map_err(|why: String| format!("{why}; or the number of one entry"))?;
    Ok(Which::Keys { keys, priority })
}

/// `PORT[:REPLICA]`; ports in a row with the same replica are one node.
pub(super) fn nodes(words: &[String]) -> Result<Vec<MulticastNode>, String> {
    let mut nodes: Vec<MulticastNode> = Vec::new();
    for word in words {
        let (port, replica) = word.split_once(':').unwrap_or((word, "0"));
        let (Ok(port), Ok(replica)) = (port.parse(), replica.parse()) else {
            return Err(format!("`{word}` is no port: write its number, or PORT:REPLICA such as 3:1"));
        };
        match nodes.last_mut().filter(|node| node.replica == replica) {
            Some(node) => node.ports.push(port),
            None => nodes.push(MulticastNode { replica, ports: vec![port] }),
        }
    }
    Ok(nodes)
}

/// `MEMBER[*WEIGHT]`
pub(super) fn members(words: &[String]) -> Result<Vec<(u32, u32)>, String> {
    let member = |word: &String| {
        let (member, weight) = word.split_once('*').unwrap_or((word, "1"));
        match (member.parse(), weight.parse()) {
            (Ok(member), Ok(weight)) if weight > 0 => Ok((member, weight)),
            _ => Err(format!("`{word}` is no member: write its number, or MEMBER*WEIGHT such as 3*2")),
        }
    };
    words.iter().map(member).collect()
}
