//! `show routes`.

use super::View;
use super::paths::{GroupRow, backups, primaries};
use crate::client::SwitchClient;
use crate::failure::Failure;
use crate::table::{Table, list};
use api::show::{Route, Rows};
use api::switch::Query;
use ipnet::IpNet;
use serde::Serialize;
use std::net::IpAddr;

/// Rows of one answer: with 64 members of 31 bytes each it is a quarter of the longest message.
const PAGE: usize = 400;

/// A VRF as the switch and control are asked for it: the default one has no name there.
pub fn named(vrf: Option<&str>) -> Option<String> {
    vrf.filter(|name| *name != config::DEFAULT_VRF).map(ToOwned::to_owned)
}

/// The one route of a VRF that forwards to `address`.
pub fn lookup(client: &mut SwitchClient, vrf: Option<&str>, address: IpAddr) -> Result<Rows, Failure> {
    match client.show(Query::Lookup { vrf: named(vrf), address })? {
        Rows::Lookup(None) => Err(Failure::NotFound(format!("no route covers {address}"))),
        rows @ Rows::Lookup(_) => Ok(rows),
        _ => Err(client.confused()),
    }
}

/// At most `limit` routes behind `start`, by pages.
pub fn collect_pages(
    mut page: impl FnMut(Option<IpNet>, u32) -> Result<(Vec<Route>, bool), Failure>,
    (start, limit): (Option<IpNet>, usize),
) -> Result<(Vec<Route>, bool), Failure> {
    let mut all: Vec<Route> = Vec::new();
    loop {
        let want = PAGE.min(limit - all.len());
        let (rows, more) = page(all.last().map(|route| route.prefix).or(start), want as u32)?;
        let got = rows.len();
        all.extend(rows);
        let cut = all.len() > limit;
        all.truncate(limit);
        if !more || got == 0 || all.len() == limit {
            return Ok((all, more || cut));
        }
    }
}

pub fn by_pages(
    client: &mut SwitchClient,
    vrf: Option<&str>,
    within: Option<IpNet>,
    (start, limit): (Option<IpNet>, usize),
) -> Result<Rows, Failure> {
    let page = |after, limit| {
        let query = Query::Routes { vrf: named(vrf), within, after, limit };
        match client.show(query)? {
            Rows::Routes { rows, more } => Ok((rows, more)),
            _ => Err(client.confused()),
        }
    };
    let (rows, more) = collect_pages(page, (start, limit))?;
    match within {
        Some(prefix) if rows.is_empty() && start.is_none() => {
            Err(Failure::NotFound(format!("no route is in {prefix} or covers it")))
        }
        _ => Ok(Rows::Routes { rows, more }),
    }
}

#[derive(Debug, Serialize)]
struct Listing<'a> {
    routes: Vec<Row<'a>>,
    /// The limit cut the list.
    more: bool,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    prefix: IpNet,
    source: &'a str,
    group: GroupRow<'a>,
}

pub fn view(routes: &[Route], more: bool) -> View {
    let table = Table::new().text("prefix").text("source").number("group").text("kind");
    let mut table = table.text("active").text("primaries (*weight)").text("backups");
    for Route { prefix, source, group } in routes {
        table.row(vec![
            prefix.to_string(),
            source.clone(),
            group.id.to_string(),
            group.kind.clone(),
            list(&group.active),
            primaries(group),
            backups(group),
        ]);
    }
    let mut text = table.render("no routes");
    if more {
        text.push_str(&format!("and more than these {}: --limit N shows N, --limit 0 all\n", routes.len()));
    }
    let row = |route| {
        let Route { prefix, source, group }: &Route = route;
        Row { prefix: *prefix, source, group: GroupRow::new(group) }
    };
    View::new(&Listing { routes: routes.iter().map(row).collect(), more }, text)
}
