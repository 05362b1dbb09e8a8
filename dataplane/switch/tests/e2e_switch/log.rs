//! What the switch writes down: one line for each change, with what was, what is and why.

use crate::client::FAST;
use crate::frr::{Bfdd, fast_peer};
use crate::lab::{Lab, wait_until};
use crate::topology::{NEXT, Network, WORKERS, paths, routes};
use serde_json::Value;

/// The lines about one thing, as old and new state.
fn changes(lab: &Lab, message: &str, key: &str, of: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in lab.log("switch").lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        assert!(!word("level").is_empty() && !word("timestamp").is_empty(), "{line}");
        if word("message") == message && word(key) == of {
            assert!(!word("reason").is_empty(), "no reason: {line}");
            found.push((word("old"), word("new")));
        }
    }
    found
}

fn has(changes: &[(String, String)], old: &str, new: &str) -> bool {
    changes.iter().any(|(o, n)| o == old && n == new)
}

#[test]
fn every_change_is_one_json_line_with_the_old_state_the_new_one_and_the_reason() {
    let mut network = Network::hosts();
    network.start(&format!("{WORKERS}[log]\nformat = \"json\"\n"));
    let bfdd = Bfdd::start(&mut network.lab, "isp1", &fast_peer("203.0.113.0", NEXT[0]));
    let mut control = network.control(None);
    let mut some = paths(None);
    some[0].bfd = Some(FAST);
    control.sync(&some, &routes());
    wait_until("session up", || control.bfd("isp1").as_deref() == Some("up"));
    wait_until("isp1 live", || control.path("isp1").live);
    bfdd.kill(&mut network.lab);
    wait_until("isp1 down", || !control.path("isp1").live);
    control.neighbor("isp2", NEXT[1], None);
    network.lab.ip("isp2", "link set eth0 down\n");
    wait_until("isp2 without a link", || control.causes("isp2").contains(&"link".to_owned()));
    network.lab.ip("isp2", "link set eth0 up\n");
    wait_until("isp2-v6 live again", || control.path("isp2-v6").live);
    drop(control);

    let mac = network.isps[1].to_string();
    wait_until("all is written", || {
        let lab = &network.lab;
        let control = changes(lab, "control", "reason", "hello");
        // By way of Init or at once, as the peer had it.
        changes(lab, "BFD session", "path", "isp1").iter().any(|(_, new)| new == "Up")
            && has(&changes(lab, "BFD session", "path", "isp1"), "Up", "Down")
            && has(&changes(lab, "path", "path", "isp1"), "live", "down")
            && has(&changes(lab, "path", "path", "isp2-v6"), "live", "down")
            && has(&changes(lab, "path", "path", "isp2-v6"), "down", "live")
            && has(&changes(lab, "neighbor", "address", NEXT[1]), "unresolved", &mac)
            && has(&changes(lab, "neighbor", "address", NEXT[1]), &mac, "unresolved")
            && has(&changes(lab, "link", "port", "isp2"), "up", "down")
            && has(&changes(lab, "link", "port", "isp2"), "down", "up")
            && has(&control, "absent", "connected")
            && lab.log("switch").contains("\"new\":\"absent\"")
    });
}
