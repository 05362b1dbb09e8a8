//! `show paths` and `show groups`.

use super::{Before, View, per_second};
use crate::table::{Table, decimal, list, or_dash, rate};
use api::show::{Group, Path};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    path: &'a Path,
    #[serde(flatten)]
    rates: Option<Rates>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Rates {
    packets_per_s: f64,
    bits_per_s: f64,
}

pub fn paths(paths: &[Path], before: Before<'_, Vec<Path>>) -> View {
    let rows: Vec<Row> = paths.iter().map(|path| Row { path, rates: rates(path, before) }).collect();
    let table = Table::new().text("path").text("live").text("causes").number("since (s)");
    let table = table.number("restore in (s)").text("BFD").text("interface").text("next hop").text("MAC");
    let table = table.numbers(["sent (packets)", "sent (bytes)"]);
    let mut table = table.rates(before.is_some(), ["sent (packets/s)", "sent (bit/s)"]);
    for Row { path, rates } in &rows {
        let mut cells = vec![
            path.name.clone(),
            if path.live { "yes" } else { "no" }.into(),
            list(&path.causes),
            decimal(path.since_s),
            or_dash(path.restore_in_s.map(decimal)),
            bfd(path),
            path.interface.clone(),
            path.next_hop.to_string(),
            or_dash(path.mac),
            path.packets.to_string(),
            path.bytes.to_string(),
        ];
        if before.is_some() {
            cells.push(rate(rates.map(|r| r.packets_per_s)));
            cells.push(rate(rates.map(|r| r.bits_per_s)));
        }
        table.row(cells);
    }
    View::new(&rows, table.render("no paths"))
}

/// The state of the session, and for how long one that has ended holds the path down.
fn bfd(path: &Path) -> String {
    match (&path.bfd, path.bfd_held_s) {
        (None, None) => "-".into(),
        (Some(state), None) => state.clone(),
        (state, Some(held)) => {
            format!("{}, holds {} s", state.as_deref().unwrap_or("ended"), decimal(held))
        }
    }
}

fn rates(path: &Path, before: Before<'_, Vec<Path>>) -> Option<Rates> {
    let (old, seconds) = before?;
    let old = old.iter().find(|old| old.name == path.name)?;
    Some(Rates {
        packets_per_s: per_second(path.packets, old.packets, seconds),
        bits_per_s: 8.0 * per_second(path.bytes, old.bytes, seconds),
    })
}

/// A group as JSON has it: members are objects, not pairs.
#[derive(Debug, Serialize)]
pub struct GroupRow<'a> {
    id: u32,
    kind: &'a str,
    primaries: Vec<Member<'a>>,
    backups: &'a [Vec<String>],
    active: &'a [String],
    prefixes: u64,
}

#[derive(Debug, Serialize)]
struct Member<'a> {
    path: &'a str,
    weight: u16,
}

impl<'a> GroupRow<'a> {
    pub fn new(group: &'a Group) -> GroupRow<'a> {
        let member = |(path, weight): &'a (String, u16)| Member { path, weight: *weight };
        GroupRow {
            id: group.id,
            kind: &group.kind,
            primaries: group.primaries.iter().map(member).collect(),
            backups: &group.backups,
            active: &group.active,
            prefixes: group.prefixes,
        }
    }
}

/// Primaries with their weights where they differ from 1, as `isp1*3,isp2`.
pub fn primaries(group: &Group) -> String {
    let word = |(path, weight): &(String, u16)| match weight {
        1 => path.clone(),
        weight => format!("{path}*{weight}"),
    };
    list(group.primaries.iter().map(word))
}

/// Sets of backups in order of preference, as `isp2,isp3 > isp4`.
pub fn backups(group: &Group) -> String {
    let sets: Vec<String> = group.backups.iter().map(list).collect();
    if sets.is_empty() { "-".into() } else { sets.join(" > ") }
}

pub fn groups(groups: &[Group]) -> View {
    let table = Table::new().number("group").text("kind").number("prefixes");
    let mut table = table.text("active").text("primaries (*weight)").text("backups");
    for group in groups {
        table.row(vec![
            group.id.to_string(),
            group.kind.clone(),
            group.prefixes.to_string(),
            list(&group.active),
            primaries(group),
            backups(group),
        ]);
    }
    let rows: Vec<GroupRow> = groups.iter().map(GroupRow::new).collect();
    View::new(&rows, table.render("no groups"))
}
