//! The events of `make lab-bgp`: what providers, links and daemons of a router with FRR above swerve can do to it.

use crate::event::{Bound, Event};
use crate::events::{AWAY_MS, Cycle, LINK, calm, control_killed, failure, quiet, reversion};
use crate::frr::Router;
use crate::kind::{TABLE, as_number, table_prefix};
use crate::lab::Lab;
use crate::swerve::{CONTROL, SWITCH};
use crate::topology::{self, Isp, SERVER_NET};
use anyhow::{Context, Result, bail};

/// The way there must not wait for anything but BFD; what comes on top is the machine's.
const CUT: Bound = Bound::DetectionPlus(5000);
/// What is watched after everything is back: the ends of graceful restart and of resynchronisation fall into it.
const AFTERWARDS_MS: u64 = 3_000;

pub const CYCLES: [Cycle; 8] = [calm, cut, carrier, clear, half, control, bgpd, zebra];

/// What a provider's AS announces: the table, and the server's network.
fn everything(lab: &Lab) -> u64 {
    u64::from(lab.kind.table()) + 1
}

fn cut(lab: &mut Lab) -> Result<Vec<Event>> {
    let cut = failure(lab, "silent cut", CUT, |lab| topology::cut(lab.isp(1)))?;
    let reversion = reversion(lab, |lab| topology::heal(lab.isp(1)))?;
    learned(lab)?;
    Ok(vec![cut, reversion])
}

fn carrier(lab: &mut Lab) -> Result<Vec<Event>> {
    let down = failure(lab, "link down", LINK, |lab| topology::carrier(lab.isp(1), false))?;
    let reversion = reversion(lab, |lab| topology::carrier(lab.isp(1), true))?;
    learned(lab)?;
    Ok(vec![down, reversion])
}

fn clear(lab: &mut Lab) -> Result<Vec<Event>> {
    let peer = lab.isp(1).router;
    let before = established(lab, peer)?;
    let clear = quiet(
        lab,
        "clear bgp",
        1,
        |lab| edge(lab)?.vty("bgpd")?.ask(&format!("clear bgp {peer}")).map(drop),
        |lab, _| {
            lab.wait("the session with isp1 to be a new one", 30, &["edge-bgpd", "isp1-bgpd"], |lab| {
                Ok(established(lab, peer)? > before)
            })?;
            learned(lab)?;
            lab.steady(1)
        },
    )?;
    Ok(vec![clear])
}

fn half(lab: &mut Lab) -> Result<Vec<Event>> {
    let announce = |word: &'static str| {
        move |lab: &mut Lab| {
            // The server's own network is in the half that goes, or the flow would have nothing to say.
            let prefixes = (0..TABLE / 2).map(table_prefix).chain([SERVER_NET.to_owned()]);
            let commands: Vec<String> = prefixes.map(|prefix| format!("{word} {prefix}")).collect();
            configure(lab, 1, &commands)
        }
    };
    let withdraw = quiet(lab, "withdraw half", 1, announce("no network"), |lab, from| {
        crate::events::over(lab, 2, from)?;
        lab.settle(AFTERWARDS_MS).map(drop)
    })?;
    let again = quiet(lab, "announce again", 2, announce("network"), |lab, from| {
        crate::events::over(lab, 1, from)?;
        learned(lab)
    })?;
    Ok(vec![withdraw, again])
}

fn bgpd(lab: &mut Lab) -> Result<Vec<Event>> {
    daemon(lab, "bgpd killed", "bgpd")
}

fn zebra(lab: &mut Lab) -> Result<Vec<Event>> {
    daemon(lab, "zebra killed", "zebra")
}

/// `kill -9` of one of the daemons above swerve, and its return. It counts as back when an operator would say so: every prefix
/// is in the switch though all that was kept for a time is gone, and what BGP withdraws from then on goes. One that does not come
/// back so has missed its bound, and the lab goes on: these come last.
fn daemon(lab: &mut Lab, name: &'static str, program: &'static str) -> Result<Vec<Event>> {
    let router = edge(lab)?;
    let log = router.log(program);
    let mut late = None;
    let mut killed = quiet(
        lab,
        name,
        1,
        |lab| lab.processes.kill(&log),
        |lab, _| {
            lab.settle(AWAY_MS)?;
            lab.start_daemon(&router, program)?;
            late = whole(lab).and_then(|()| follows(lab)).err();
            lab.settle(AFTERWARDS_MS).map(drop)
        },
    )?;
    if let Some(error) = late {
        killed.met = Some(false);
        eprintln!("{name}: {error:#}");
    }
    Ok(vec![killed])
}

/// Waits until swerve has heard everything anew and nothing is kept any more from before, and looks whether all is there.
fn whole(lab: &mut Lab) -> Result<()> {
    told(lab)?;
    let holds = crate::swerve::HOLD.as_secs();
    lab.wait(
        "swerve to keep nothing from before",
        60 + 2 * holds,
        &["edge-bgpd", "edge-zebra", CONTROL],
        |lab| settled(&serde_json::from_str(&lab.swerve.ctl(&["show", "peers", "--json"])?)?),
    )?;
    let mut switch = lab.swerve.connect()?;
    for prefix in (0..TABLE).map(table_prefix).chain([SERVER_NET.to_owned()]) {
        if !switch.has_route(&prefix)? {
            bail!("{prefix} has gone from the switch");
        }
    }
    Ok(())
}

/// Whether `show peers` says that nothing is stale and nothing of what FPM withdrew is kept.
fn settled(peers: &serde_json::Value) -> Result<bool> {
    let protocols = peers["fpm"]["protocols"].as_array().context("`show peers` has no FPM")?;
    let families = peers["bgp"][0]["families"].as_array().context("`show peers` has no BGP")?;
    let counts_down = |of: &serde_json::Value, key: &str| !of[key].is_null();
    Ok(counts_down(&peers["fpm"], "connected_s")
        && !families.is_empty()
        && !protocols.iter().any(|of| counts_down(of, "sweep_in_s"))
        && !families.iter().any(|of| counts_down(of, "stale_s"))
        && peers["kept_withdrawn"] == 0)
}

/// What both providers withdraw goes, and comes back when they announce it.
fn follows(lab: &mut Lab) -> Result<()> {
    let last = table_prefix(TABLE - 1);
    for (word, there) in [("no network", false), ("network", true)] {
        for isp in 1..=2 {
            configure(lab, isp, &[format!("{word} {last}")])?;
        }
        let what = format!("`{word} {last}` of both providers to reach the switch");
        lab.wait(&what, 30, &["edge-bgpd", "edge-zebra", CONTROL], |lab| {
            Ok(lab.swerve.connect()?.has_route(&last)? == there)
        })?;
    }
    Ok(())
}

/// Gives commands to a provider's address family, as in its `router bgp`.
fn configure(lab: &Lab, isp: u32, commands: &[String]) -> Result<()> {
    let mut vty = lab.providers[isp as usize - 1].vty("bgpd")?;
    let first = format!("router bgp {}", as_number(isp));
    for command in ["configure terminal", &first, "address-family ipv4 unicast"] {
        vty.ask(command)?;
    }
    commands.iter().try_for_each(|command| vty.ask(command).map(drop))
}

fn control(lab: &mut Lab) -> Result<Vec<Event>> {
    Ok(vec![control_killed(lab, learned, AFTERWARDS_MS)?])
}

fn edge(lab: &Lab) -> Result<Router> {
    lab.edge.clone().context("this lab has no FRR above swerve")
}

/// How often the session with this peer has come up.
fn established(lab: &Lab, peer: &str) -> Result<u64> {
    let summary = summary(lab)?;
    let state = &summary["peers"][peer];
    let count = state["connectionsEstablished"].as_u64();
    count.with_context(|| format!("bgpd says nothing of {peer}"))
}

fn summary(lab: &Lab) -> Result<serde_json::Value> {
    let text = edge(lab)?.vty("bgpd")?.ask("show bgp ipv4 unicast summary json")?;
    serde_json::from_str(&text).context("`show bgp summary json`")
}

/// Waits until FRR above swerve has everything from both providers and swerve has heard of it.
pub fn learned(lab: &mut Lab) -> Result<()> {
    told(lab)?;
    let last = lab.kind.prefix(lab.kind.table() - 1);
    // FRR's daemons look for a zebra that went away every 10 s only.
    lab.wait("the last prefix in zebra", 60, &["edge-bgpd", "edge-zebra"], |lab| {
        edge(lab)?.vty("zebra")?.has_route(&last)
    })?;
    lab.wait("the last prefix in the switch", 30, &["edge-zebra", CONTROL, SWITCH], |lab| {
        lab.swerve.connect()?.has_route(&last)
    })
}

/// Waits until bgpd has everything from both providers and has told it to swerve.
fn told(lab: &mut Lab) -> Result<()> {
    for isp in &lab.plan.isps {
        lab.wait(&format!("all that {} announces", isp.name), 150, &["edge-bgpd", "edge-zebra"], |lab| {
            Ok(received(&summary(lab)?, isp) >= everything(lab))
        })?;
    }
    lab.wait("swerve-control to hear all paths from bgpd", 30, &["edge-bgpd", CONTROL], |lab| {
        // 192.0.2.0/24 is ours, the rest is there once from each provider.
        Ok(summary(lab)?["peers"]["127.0.0.1"]["pfxSnt"].as_u64() > Some(2 * everything(lab)))
    })
}

fn received(summary: &serde_json::Value, isp: &Isp) -> u64 {
    summary["peers"][isp.router]["pfxRcd"].as_u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn swerve_is_settled_when_both_daemons_speak_and_nothing_is_left_of_before() {
        let peers = |connected: Option<f64>, sweep: Option<f64>, stale: Option<f64>, kept: u64| {
            json!({
                "fpm": { "connected_s": connected, "protocols": [{ "sweep_in_s": null }, { "sweep_in_s": sweep }] },
                "bgp": [{ "families": [{ "stale": 0, "stale_s": stale }] }],
                "kept_withdrawn": kept,
                "kept_untold": 9,
            })
        };
        let some = Some(1.0);
        assert!(settled(&peers(some, None, None, 0)).unwrap());
        for not in [
            peers(None, None, None, 0),
            peers(some, some, None, 0),
            peers(some, None, some, 0),
            peers(some, None, None, 1),
        ] {
            assert!(!settled(&not).unwrap(), "{not}");
        }
        let mut alone = peers(some, None, None, 0);
        alone["bgp"][0]["families"] = json!([]);
        assert!(!settled(&alone).unwrap(), "there was no session");
        assert!(settled(&json!({})).is_err());
    }
}
