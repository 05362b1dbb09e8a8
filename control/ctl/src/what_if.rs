//! `what-if`: what a failure would do, on the tables as they are now.

use crate::client::ask_control;
use crate::failure::Failure;
use crate::load::{self, Meter, megabits};
use crate::output::Output;
use crate::places::Places;
use crate::show::confused;
use crate::table::{Table, list, or_dash};
use api::control::{Reply, Request};
use api::learned::{Touched, WhatIf};
use serde::Serialize;
use std::fmt::Write;

/// What a path carries now, and what it would.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Load {
    path: String,
    now_bits_per_s: f64,
    /// If the prefixes of a path have equal traffic.
    then_bits_per_s: f64,
    /// If all that what fails carries is of prefixes that come here.
    at_most_bits_per_s: f64,
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    what: &'a WhatIf,
    /// `None` when the switch does not say what its paths carry.
    load: Option<Vec<Load>>,
}

pub fn what_if(fail: Vec<String>, list: u32, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let path = places.control_socket()?;
    let Reply::WhatIf(what) = ask_control(&path, places.timeout(), &Request::WhatIf { fail, list })? else {
        return Err(confused(&path));
    };
    let load = Meter::new(places).read().map(|now| project(&what, &now));
    let text = text(&what, load.as_deref());
    let answer = serde_json::to_value(Answer { what: &what, load });
    let answer = answer.unwrap_or_else(|error| unreachable!("our own rows are no JSON: {error}"));
    out.print(&answer, &text)
}

fn project(what: &WhatIf, now: &load::Load) -> Vec<Load> {
    let (mut then, mut at_most) = (now.clone(), now.clone());
    for path in &what.fails {
        at_most.insert(path.clone(), 0.0);
    }
    for flow in &what.flows {
        let carried = now.get(&flow.from).copied().unwrap_or(0.0);
        *then.entry(flow.from.clone()).or_default() -= carried * flow.share;
        if let Some(to) = &flow.to {
            *then.entry(to.clone()).or_default() += carried * flow.share;
            *at_most.entry(to.clone()).or_default() += carried;
        }
    }
    let load = |(path, then): (String, f64)| Load {
        now_bits_per_s: now.get(&path).copied().unwrap_or(0.0),
        then_bits_per_s: then.max(0.0),
        at_most_bits_per_s: at_most.get(&path).copied().unwrap_or(0.0),
        path,
    };
    then.into_iter().map(load).collect()
}

fn text(what: &WhatIf, load: Option<&[Load]>) -> String {
    let paths =
        if what.fails.is_empty() { "no path".into() } else { format!("paths {}", what.fails.join(", ")) };
    let mut text = format!("if {} failed, with {paths}:\n", what.taken_for.join(", "));
    let mut table = Table::new().number("prefixes").text("from").text("to").text("proof");
    for moved in &what.moves {
        let to = if moved.to.is_empty() { "lost".to_owned() } else { list(&moved.to) };
        table.row(vec![moved.prefixes.to_string(), list(&moved.from), to, or_dash(moved.proof.as_ref())]);
    }
    text.push_str(&table.render("no prefix would move"));
    let _ = writeln!(
        text,
        "{} prefixes lost, {} untouched, {} dead already",
        what.lost, what.untouched, what.dead
    );
    if let Some(load) = load.filter(|load| load.iter().any(|path| path.now_bits_per_s > 0.0)) {
        let mut table =
            Table::new().text("path").numbers(["now (Mbit/s)", "then (Mbit/s)", "at most (Mbit/s)"]);
        for path in load {
            let figures = [path.now_bits_per_s, path.then_bits_per_s, path.at_most_bits_per_s];
            table.row(std::iter::once(path.path.clone()).chain(figures.map(megabits)).collect());
        }
        text.push_str(&table.render(""));
    }
    for Touched { vrf, prefix, to } in &what.prefixes {
        let to = if to.is_empty() { "lost".to_owned() } else { list(to) };
        let vrf = vrf.as_ref().map_or(String::new(), |vrf| format!(" in VRF {vrf}"));
        let _ = writeln!(text, "{prefix}{vrf} -> {to}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::learned::{Flow, Move};
    use std::collections::BTreeMap;

    #[test]
    fn the_load_of_what_fails_goes_to_the_survivors_by_their_shares() {
        let flow = |to: Option<&str>, share| Flow { from: "a".into(), to: to.map(str::to_owned), share };
        let moved = Move { from: vec!["a".into()], to: Vec::new(), proof: None, prefixes: 3 };
        let what = WhatIf {
            taken_for: vec!["port p1".into()],
            fails: vec!["a".into()],
            moves: vec![moved],
            lost: 3,
            untouched: 1,
            dead: 0,
            flows: vec![flow(Some("b"), 0.75), flow(None, 0.25)],
            prefixes: vec![Touched { vrf: None, prefix: "10.0.0.0/8".parse().unwrap(), to: Vec::new() }],
        };
        let now = BTreeMap::from([("a".to_owned(), 8e6), ("b".to_owned(), 1e6)]);
        let load = project(&what, &now);
        let then: Vec<f64> = load.iter().map(|load| load.then_bits_per_s).collect();
        assert_eq!(then, [0.0, 7e6]);
        let at_most: Vec<f64> = load.iter().map(|load| load.at_most_bits_per_s).collect();
        assert_eq!(at_most, [0.0, 9e6]);
        let lan = WhatIf { taken_for: vec!["port lan".into()], fails: vec![], moves: vec![], ..what.clone() };
        assert!(
            super::text(&lan, None).starts_with("if port lan failed, with no path:\nno prefix would move")
        );
        let text = text(&what, Some(&load));
        assert!(
            text.contains("if port p1 failed, with paths a:") && text.contains("10.0.0.0/8 -> lost"),
            "{text}"
        );
        assert!(text.contains("3 prefixes lost, 1 untouched, 0 dead already"), "{text}");
        assert!(text.contains("7.000"), "{text}");
    }
}
