//! Counters, registers, meters, value sets, clone sessions and groups.

use super::{change, connect, draw, json, words};
use crate::args::{GroupCommand, MeterArguments, ValueSetCommand};
use crate::failure::Failure;
use crate::output::Output;
use crate::places::Places;
use api::program::{self, Change, CloneSession, MAX_ROWS, Query, Rates, Reply, Request, Which};

pub fn counter(
    name: String,
    index: Option<u64>,
    reset: bool,
    places: &Places,
    out: &mut Output,
) -> Result<(), Failure> {
    if reset {
        return change(Request::CounterReset { name, index }, "reset", places, out);
    }
    let mut client = connect(places)?;
    let (mut all, mut from): (Vec<program::Counter>, u64) = (Vec::new(), 0);
    loop {
        let query = Query::Counter { name: name.clone(), index, from, limit: MAX_ROWS };
        let Reply::Counter { rows, more } = client.program(Request::Show(query))? else {
            return Err(client.confused());
        };
        let last = rows.last().map(|row| row.index);
        all.extend(rows.into_iter().filter(|row| index.is_some() || row.packets > 0 || row.bytes > 0));
        match last.filter(|_| more) {
            Some(last) => from = last.saturating_add(1),
            None => return out.print(&json(&all), &draw::counter(&all)),
        }
    }
}

pub fn register(
    name: String,
    index: Option<u64>,
    value: Option<String>,
    places: &Places,
    out: &mut Output,
) -> Result<(), Failure> {
    if let (Some(index), Some(value)) = (index, value) {
        return change(Request::RegisterWrite { name, index, value }, "written", places, out);
    }
    let mut client = connect(places)?;
    let (mut all, mut from): (Vec<program::Register>, u64) = (Vec::new(), 0);
    loop {
        let query = Query::Register { name: name.clone(), index, from, limit: MAX_ROWS };
        let Reply::Register { rows, more } = client.program(Request::Show(query))? else {
            return Err(client.confused());
        };
        let last = rows.last().map(|row| row.index);
        all.extend(rows.into_iter().filter(|row| index.is_some() || !super::is_zero(&row.value)));
        match last.filter(|_| more) {
            Some(last) => from = last.saturating_add(1),
            None => return out.print(&json(&all), &draw::register(&all)),
        }
    }
}

pub fn group(what: GroupCommand, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let request = match what {
        GroupCommand::Show => {
            let mut client = connect(places)?;
            return match client.program(Request::Show(Query::Groups))? {
                Reply::Groups(groups) => out.print(&json(&groups), &draw::groups(&groups)),
                _ => Err(client.confused()),
            };
        }
        GroupCommand::Clone { id, port, multicast, replica, truncate } => {
            let to = CloneSession { port, multicast_group: multicast, replica, truncate_bytes: truncate };
            Request::CloneSession { id, to: Some(to) }
        }
        GroupCommand::CloneDelete { id } => Request::CloneSession { id, to: None },
        GroupCommand::Multicast { id, ports } => {
            Request::MulticastGroup { id, nodes: Some(words::nodes(&ports).map_err(Failure::Usage)?) }
        }
        GroupCommand::MulticastDelete { id } => Request::MulticastGroup { id, nodes: None },
        GroupCommand::Member { profile, id, action, args } => {
            let action = words::action(action, &args).map_err(Failure::Usage)?;
            Request::Batch(vec![Change::Member { profile, id, action }])
        }
        GroupCommand::MemberDelete { profile, id } => {
            Request::Batch(vec![Change::MemberDelete { profile, id }])
        }
        GroupCommand::Members { profile, id, members } => {
            let members = words::members(&members).map_err(Failure::Usage)?;
            Request::Batch(vec![Change::Group { profile, id, members }])
        }
        GroupCommand::MembersDelete { profile, id } => {
            Request::Batch(vec![Change::GroupDelete { profile, id }])
        }
    };
    change(request, "done", places, out)
}

pub fn meter(arguments: MeterArguments, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let MeterArguments { name, index, cir, cbs, pir, pbs, reset } = arguments;
    if let (Some(cir_per_s), Some(cbs), Some(pir_per_s), Some(pbs)) = (cir, cbs, pir, pbs) {
        let rates = Some(Rates { cir_per_s, cbs, pir_per_s, pbs });
        return change(Request::MeterSet { name, index, rates }, "set", places, out);
    }
    if reset {
        return change(Request::MeterSet { name, index, rates: None }, "reset", places, out);
    }
    let mut client = connect(places)?;
    let (mut all, mut from): (Vec<program::Meter>, u64) = (Vec::new(), 0);
    loop {
        let query = Query::Meter { name: name.clone(), index, from, limit: MAX_ROWS };
        let Reply::Meter { rows, bytes, more } = client.program(Request::Show(query))? else {
            return Err(client.confused());
        };
        all.extend(rows);
        match more {
            Some(next) => from = next,
            None => return out.print(&json(&all), &draw::meter(&all, bytes)),
        }
    }
}

pub fn value_set(what: ValueSetCommand, places: &Places, out: &mut Output) -> Result<(), Failure> {
    match what {
        ValueSetCommand::Show { name } => {
            let mut client = connect(places)?;
            match client.program(Request::Show(Query::ValueSet { name }))? {
                Reply::ValueSet(set) => out.print(&json(&set), &draw::value_set(&set)),
                _ => Err(client.confused()),
            }
        }
        ValueSetCommand::Add { name, keys } => {
            let keys = words::values(&keys).map_err(Failure::Usage)?;
            change(Request::ValueSetAdd { name, keys }, "added", places, out)
        }
        ValueSetCommand::Delete { name, keys, id } => {
            let which = match id {
                Some(id) => Which::Id(id),
                None => Which::Keys { keys: words::values(&keys).map_err(Failure::Usage)?, priority: 0 },
            };
            change(Request::ValueSetDelete { name, which }, "deleted", places, out)
        }
    }
}
