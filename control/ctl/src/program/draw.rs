//! Answers about the program as lines and tables.

use crate::table::{Table, decimal, list, or_dash};
use api::program::{
    self, Call, Counter, Entries, Groups, Meter, Named, Program, Register, RowTarget, ValueSet,
};

pub(super) fn program(row: Option<&Program>) -> String {
    let Some(row) = row else { return "no program\n".to_owned() };
    let names = |what: &str, names: &[String]| format!("{what:<10}{}\n", list(names));
    format!(
        "program   {}\nloaded    {:.0} s ago, generation {}, compiled in {} ms\nentries   {}\n{}{}{}{}{}{}{}",
        row.file,
        row.loaded_s,
        row.generation,
        decimal(row.compile_ms),
        row.entries,
        names("tables", &row.tables),
        names("counters", &row.counters),
        names("registers", &row.registers),
        names("meters", &row.meters),
        names("profiles", &row.profiles),
        names("valuesets", &row.value_sets),
        names("digests", &row.digests),
    )
}

fn pairs(named: &[Named]) -> String {
    let words: Vec<String> = named.iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.join(" ")
}

fn call(call: &Call) -> String {
    format!("{} {}", call.action, pairs(&call.args)).trim_end().to_owned()
}

pub(super) fn tables(rows: &[program::Table]) -> String {
    let table = Table::new().text("table").numbers(["entries", "capacity"]);
    let mut table = table.text("keys").text("default action").text("profile");
    for row in rows {
        let keys = row.keys.iter().map(|key| format!("{}:{}", key.name, key.kind));
        table.row(vec![
            row.name.clone(),
            row.entries.to_string(),
            row.capacity.to_string(),
            list(keys),
            call(&row.default_action),
            or_dash(row.profile.as_ref()),
        ]);
    }
    table.render("no tables")
}

pub(super) fn entries(shown: &Entries) -> String {
    let of = &shown.table;
    let mut text = format!("table {}: {} of {} entries\n", of.name, of.entries, of.capacity);
    for key in &of.keys {
        text.push_str(&format!("  key     {} : {} ({} bits)\n", key.name, key.kind, key.bits));
    }
    for action in &of.actions {
        let parameters = action.parameters.iter().map(|(name, bits)| format!("{name} ({bits} bits)"));
        text.push_str(&format!("  action  {}({})\n", action.name, parameters.collect::<Vec<_>>().join(", ")));
    }
    text.push_str(&format!("  default {}\n", call(&of.default_action)));
    let prioritised = shown.rows.iter().any(|row| row.priority != 0);
    let mut table = Table::new().number("id").text("keys");
    if prioritised {
        table = table.number("priority");
    }
    table = table.text("action").text("source");
    let timed = shown.rows.iter().any(|row| row.idle_timeout_ms.is_some());
    if timed {
        table = table.numbers(["idle s", "of s"]);
    }
    if of.direct_counter {
        table = table.numbers(["packets", "bytes"]);
    }
    for row in &shown.rows {
        let mut cells = vec![row.id.to_string(), pairs(&row.keys)];
        if prioritised {
            cells.push(row.priority.to_string());
        }
        cells.push(match &row.target {
            RowTarget::Action(target) => call(target),
            RowTarget::Member(member) => format!("member {member}"),
            RowTarget::Group(group) => format!("group {group}"),
        });
        cells.push(row.source.clone());
        if timed {
            let seconds = |ms: Option<u64>| or_dash(ms.map(|ms| decimal(ms as f64 / 1e3)));
            cells.extend([seconds(row.idle_ms), seconds(row.idle_timeout_ms)]);
        }
        if of.direct_counter {
            cells.extend([or_dash(row.packets), or_dash(row.bytes)]);
        }
        table.row(cells);
    }
    text.push_str(&table.render("no entries"));
    if shown.more {
        text.push_str("and more; --limit 0 shows all\n");
    }
    text
}

pub(super) fn counter(rows: &[Counter]) -> String {
    let mut table = Table::new().numbers(["index", "packets", "bytes"]);
    for row in rows {
        table.row(vec![row.index.to_string(), row.packets.to_string(), row.bytes.to_string()]);
    }
    table.render("nothing was counted")
}

pub(super) fn register(rows: &[Register]) -> String {
    let mut table = Table::new().number("index").text("value");
    for row in rows {
        table.row(vec![row.index.to_string(), row.value.clone()]);
    }
    table.render("all cells are zero")
}

pub(super) fn meter(rows: &[Meter], bytes: bool) -> String {
    let unit = if bytes { "bytes" } else { "packets" };
    let rate = |name: &str| format!("{name} ({unit}/s)");
    let burst = |name: &str| format!("{name} ({unit})");
    let mut table = Table::new().number("index");
    for header in [rate("CIR"), burst("CBS"), rate("PIR"), burst("PBS")] {
        table = table.number(header);
    }
    for row in rows {
        let of = |pick: fn(&program::Rates) -> u64| or_dash(row.rates.as_ref().map(pick));
        table.row(vec![
            row.index.to_string(),
            of(|rates| rates.cir_per_s),
            of(|rates| rates.cbs),
            of(|rates| rates.pir_per_s),
            of(|rates| rates.pbs),
        ]);
    }
    table.render("no rates: all is green")
}

pub(super) fn value_set(set: &ValueSet) -> String {
    let mut text = format!("value set {}: {} of {} entries\n", set.name, set.rows.len(), set.capacity);
    for key in &set.keys {
        text.push_str(&format!("  key     {} : {} ({} bits)\n", key.name, key.kind, key.bits));
    }
    let mut table = Table::new().number("id").text("keys");
    for (id, keys) in &set.rows {
        table.row(vec![id.to_string(), pairs(keys)]);
    }
    text.push_str(&table.render("no entries"));
    if set.more {
        text.push_str("and more than one answer holds\n");
    }
    text
}

pub(super) fn groups(groups: &Groups) -> String {
    let mut text = String::new();
    for (id, to) in &groups.clone_sessions {
        let port = or_dash(to.port);
        let group = or_dash(to.multicast_group);
        let cut = to.truncate_bytes.map_or_else(String::new, |bytes| format!(", cut at {bytes} bytes"));
        text.push_str(&format!("clone session {id}: port {port}, multicast group {group}{cut}\n"));
    }
    for (id, nodes) in &groups.multicast_groups {
        let nodes =
            nodes.iter().flat_map(|node| node.ports.iter().map(|port| format!("{port}:{}", node.replica)));
        text.push_str(&format!("multicast group {id}: {}\n", list(nodes)));
    }
    for profile in &groups.profiles {
        let kind = if profile.selector { "selector" } else { "profile" };
        text.push_str(&format!("{kind} {} of {}\n", profile.name, list(&profile.tables)));
        for (id, member) in &profile.members {
            text.push_str(&format!("  member {id}: {}\n", call(member)));
        }
        for (id, members) in &profile.groups {
            let members = members.iter().map(|(member, weight)| format!("{member}*{weight}"));
            text.push_str(&format!("  group {id}: {}\n", list(members)));
        }
    }
    if text.is_empty() {
        text.push_str("no sessions, groups or profiles\n");
    }
    if groups.more {
        text.push_str("and more than one answer holds\n");
    }
    text
}
