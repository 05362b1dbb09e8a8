//! What `show` prints: each view is a list of serialisable rows (the JSON) and a way to draw them (the table).

mod bfd;
mod drops;
mod failovers;
mod learned;
mod live;
mod paths;
mod ports;
mod routes;
#[cfg(test)]
mod tests;
mod workers;

pub use learned::confused;
pub use live::Live;
pub use routes::named;

use crate::args::{Target, What};
use crate::client::SwitchClient;
use crate::failure::Failure;
use crate::output::{End, Output, Part};
use crate::places::Places;
use api::show::{Bfdd, Interface, Neighbor, Rows};
use api::switch::Query;
use ipnet::IpNet;
use serde::Serialize;
use serde_json::Value;
use std::time::Instant;

/// Rows of a long list that are in memory at a time.
const PART: usize = 4000;

/// One thing to print, in both forms.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub json: Value,
    /// Lines, each ended.
    pub text: String,
}

impl View {
    fn new<T: Serialize + ?Sized>(rows: &T, text: String) -> View {
        match serde_json::to_value(rows) {
            Ok(json) => View { json, text },
            Err(error) => unreachable!("our own rows are no JSON: {error}"),
        }
    }
}

/// What was found at one time.
#[derive(Debug, Clone)]
pub enum Facts {
    Rows(Rows),
    Workers(workers::Facts),
    Sessions(bfd::Facts),
    Drops(drops::Facts),
    Failovers(Vec<failovers::Failover>),
    Learned(learned::Facts),
}

impl Facts {
    /// The prefixes of a list and whether there are more, of which the facts say nothing from now on.
    fn rows(&mut self) -> (Vec<IpNet>, bool) {
        match self {
            Facts::Rows(Rows::Routes { rows, more }) => {
                (rows.iter().map(|row| row.prefix).collect(), std::mem::take(more))
            }
            Facts::Learned(learned::Facts::Rib { prefixes, more }) => {
                (prefixes.iter().map(|row| row.prefix).collect(), std::mem::take(more))
            }
            _ => (Vec::new(), false),
        }
    }
}

/// Facts and when they were found.
#[derive(Debug, Clone)]
pub struct Sample {
    pub at: Instant,
    pub facts: Facts,
}

/// An older sample's facts and the seconds since.
type Before<'a, F> = Option<(&'a F, f64)>;

/// Where the facts come from; connections stay open while watching.
#[derive(Debug)]
pub struct Source {
    what: What,
    from: From,
}

#[derive(Debug)]
enum From {
    Switch(Box<SwitchClient>),
    Stats(Live),
    /// Sessions are in the segment, and who asks for them is in the switch, which is asked if it answers.
    Both(Live, Result<Box<SwitchClient>, String>),
    Control(learned::Control),
    /// Control hears routes, and the switch speaks with bfdd.
    Peers(learned::Control, Result<Box<SwitchClient>, String>),
}

impl Source {
    pub fn open(what: What, places: &Places) -> Result<Source, Failure> {
        let from = match what {
            What::Workers | What::Drops { .. } | What::Failovers { .. } => {
                From::Stats(Live::open(&places.stats()?)?)
            }
            What::Bfd => {
                let live = Live::open(&places.stats()?)?;
                let client = SwitchClient::connect(&places.switch_socket()?, places.timeout());
                From::Both(live, client.map(Box::new).map_err(|failure| failure.to_string()))
            }
            What::Rib { .. } | What::Coverage | What::Peers => {
                let control = learned::Control::new(places)?;
                if matches!(what, What::Peers) {
                    let client = SwitchClient::connect(&places.switch_socket()?, places.timeout());
                    From::Peers(control, client.map(Box::new).map_err(|failure| failure.to_string()))
                } else {
                    From::Control(control)
                }
            }
            _ => From::Switch(Box::new(SwitchClient::connect(&places.switch_socket()?, places.timeout())?)),
        };
        Ok(Source { what, from })
    }

    pub fn sample(&mut self) -> Result<Sample, Failure> {
        let facts = match &mut self.from {
            From::Switch(client) => Facts::Rows(ask(client, &self.what)?),
            From::Control(control) => Facts::Learned(control.ask(&self.what)?),
            From::Peers(control, client) => Facts::Learned(control.peers(asked(client))?),
            From::Stats(live) => {
                live.check()?;
                read(live, &self.what)
            }
            From::Both(live, client) => {
                live.check()?;
                let reader = live.reader();
                Facts::Sessions(bfd::Facts::read(reader, reader.now_ns(), asked(client)))
            }
        };
        Ok(Sample { at: Instant::now(), facts })
    }

    /// Prints what is there now; long lists in parts.
    pub fn print(&mut self, out: &mut Output) -> Result<(), Failure> {
        let (key, most) = match &self.what {
            What::Routes { within: None | Some(Target::Prefix(_)), limit, .. } => ("routes", *limit),
            What::Rib { limit, .. } => ("prefixes", *limit),
            _ => {
                let sample = self.sample()?;
                let view = self.view(&sample, None);
                return out.print(&view.json, &view.text);
            }
        };
        let most = if most == 0 { usize::MAX } else { most };
        let (mut rows, mut after) = (0, None);
        loop {
            let mut facts = self.after(after, PART.min(most - rows))?;
            let (here, more) = facts.rows();
            let first = rows == 0;
            rows += here.len();
            after = here.last().copied();
            let end = (!more || here.is_empty() || rows >= most).then_some(End { more, rows });
            let view = view(&self.what, &Sample { at: Instant::now(), facts }, None);
            out.part(&view.json[key], &view.text, Part { key, first, end })?;
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// A part of a list: so many rows behind that prefix.
    fn after(&mut self, after: Option<IpNet>, limit: usize) -> Result<Facts, Failure> {
        let (What::Routes { within, vrf, .. } | What::Rib { within, vrf, .. }) = &self.what else {
            unreachable!("{:?} is no list of prefixes", self.what)
        };
        match &mut self.from {
            From::Control(control) => {
                Ok(Facts::Learned(control.rib(*within, vrf.as_deref(), (after, limit))?))
            }
            From::Switch(client) => {
                let within = within.and_then(|within| match within {
                    Target::Prefix(prefix) => Some(prefix),
                    Target::Address(_) => None,
                });
                Ok(Facts::Rows(routes::by_pages(client, vrf.as_deref(), within, (after, limit))?))
            }
            from => unreachable!("{from:?} has no list of prefixes"),
        }
    }

    pub fn view(&self, now: &Sample, before: Option<&Sample>) -> View {
        view(&self.what, now, before)
    }
}

/// Rows of a list that is painted again and again.
fn watched(limit: usize) -> usize {
    if limit == 0 { PART } else { limit.min(PART) }
}

fn ask(client: &mut SwitchClient, what: &What) -> Result<Rows, Failure> {
    let query = match what {
        What::Ports => Query::Ports,
        What::Interfaces => Query::Interfaces,
        What::Paths => Query::Paths,
        What::Groups => Query::Groups,
        What::Routes { within: Some(Target::Address(address)), vrf, .. } => {
            return routes::lookup(client, vrf.as_deref(), *address);
        }
        What::Routes { within: Some(Target::Prefix(prefix)), vrf, limit } => {
            return routes::by_pages(client, vrf.as_deref(), Some(*prefix), (None, watched(*limit)));
        }
        What::Routes { within: None, vrf, limit } => {
            return routes::by_pages(client, vrf.as_deref(), None, (None, watched(*limit)));
        }
        What::Neighbors => Query::Neighbors,
        What::Workers | What::Bfd | What::Drops { .. } | What::Failovers { .. } => {
            unreachable!("{what:?} is in the segment")
        }
        What::Rib { .. } | What::Coverage | What::Peers => unreachable!("{what:?} is control's"),
    };
    let rows = client.show(query)?;
    let asked = matches!(
        (what, &rows),
        (What::Ports, Rows::Ports(_))
            | (What::Interfaces, Rows::Interfaces(_))
            | (What::Paths, Rows::Paths(_))
            | (What::Groups, Rows::Groups(_))
            | (What::Neighbors, Rows::Neighbors(_))
    );
    if asked { Ok(rows) } else { Err(client.confused()) }
}

/// What bfdd asks for, or why the switch does not say.
fn asked(client: &mut Result<Box<SwitchClient>, String>) -> Result<Option<Bfdd>, String> {
    let client = client.as_mut().map_err(|why| why.clone())?;
    match client.show(Query::Bfdd) {
        Ok(Rows::Bfdd(bfdd)) => Ok(bfdd),
        Ok(_) => Err(client.confused().to_string()),
        Err(failure) => Err(failure.to_string()),
    }
}

fn read(live: &Live, what: &What) -> Facts {
    let reader = live.reader();
    match what {
        What::Workers => Facts::Workers(workers::Facts::read(reader, reader.now_ns())),
        What::Drops { .. } => Facts::Drops(drops::Facts::read(reader)),
        _ => Facts::Failovers(failovers::read(reader, |stamp| reader.wall_ns(stamp))),
    }
}

/// Draws a sample; with an older one, rates between the two.
pub fn view(what: &What, now: &Sample, before: Option<&Sample>) -> View {
    let seconds = |old: &Sample| now.at.saturating_duration_since(old.at).as_secs_f64();
    let old = before.map(|old| (&old.facts, seconds(old))).filter(|(_, seconds)| *seconds > 0.0);
    match &now.facts {
        Facts::Rows(rows) => view_rows(rows, old),
        Facts::Workers(facts) => {
            workers::view(facts, same(old, |f| if let Facts::Workers(old) = f { Some(old) } else { None }))
        }
        Facts::Sessions(facts) => bfd::view(facts),
        Facts::Learned(facts) => learned::view(facts),
        Facts::Drops(facts) => {
            let old = same(old, |f| if let Facts::Drops(old) = f { Some(old) } else { None });
            drops::view(facts, old, matches!(what, What::Drops { all: true }))
        }
        Facts::Failovers(rows) => {
            let last = if let What::Failovers { last } = what { *last } else { 0 };
            failovers::view(rows, last)
        }
    }
}

fn view_rows(rows: &Rows, old: Before<'_, Facts>) -> View {
    match rows {
        Rows::Ports(rows) => ports::view(
            rows,
            same(old, |f| if let Facts::Rows(Rows::Ports(old)) = f { Some(old) } else { None }),
        ),
        Rows::Paths(rows) => paths::paths(
            rows,
            same(old, |f| if let Facts::Rows(Rows::Paths(old)) = f { Some(old) } else { None }),
        ),
        Rows::Groups(rows) => paths::groups(rows),
        Rows::Interfaces(rows) => interfaces(rows),
        Rows::Neighbors(rows) => neighbors(rows),
        Rows::Routes { rows, more } => routes::view(rows, *more),
        Rows::Lookup(row) => routes::view(row.as_slice(), false),
        Rows::Version(_) | Rows::Bfdd(_) => unreachable!("`show` does not ask for this alone"),
    }
}

/// Older facts of the kind that `pick` gives.
fn same<'a, F>(old: Before<'a, Facts>, pick: fn(&'a Facts) -> Option<&'a F>) -> Before<'a, F> {
    old.and_then(|(facts, seconds)| Some((pick(facts)?, seconds)))
}

/// What was counted between two samples, for a second. A switch that was restarted counts from 0.
fn per_second(now: u64, before: u64, seconds: f64) -> f64 {
    now.saturating_sub(before) as f64 / seconds
}

fn interfaces(rows: &[Interface]) -> View {
    use crate::table::{Table, list, or_dash};
    let table = Table::new().text("interface").text("port").number("VLAN").text("VRF");
    let mut table = table.number("MTU (bytes)").text("MAC").text("mirror").text("addresses");
    for row in rows {
        table.row(vec![
            row.name.clone(),
            row.port.clone(),
            or_dash(row.vlan),
            or_dash(row.vrf.as_ref()),
            row.mtu.to_string(),
            row.mac.to_string(),
            or_dash(row.mirror.as_ref()),
            list(&row.addresses),
        ]);
    }
    View::new(rows, table.render("no interfaces"))
}

fn neighbors(rows: &[Neighbor]) -> View {
    use crate::table::{Table, or_dash};
    let mut table = Table::new().text("interface").text("address").text("MAC").text("state").text("path");
    for row in rows {
        table.row(vec![
            row.interface.clone(),
            row.address.to_string(),
            or_dash(row.mac),
            row.state.clone(),
            or_dash(row.path.as_ref()),
        ]);
    }
    View::new(rows, table.render("no neighbors"))
}
