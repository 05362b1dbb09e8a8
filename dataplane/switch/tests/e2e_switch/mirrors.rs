//! Mirrors in a namespace of their own, as for routing daemons that are kept apart from the machine.

use crate::lab::{Lab, wait_until};
use crate::topology::{NEXT, NEXT6, Network, PORTS, SERVER, WORKERS};
use api::switch::{Reply, Request};
use nix::sys::signal::Signal;
use serde_json::Value;

/// The first provider's mirror, under another name and in another namespace.
fn body(namespace: &str, addresses: &str) -> String {
    format!(
        "{WORKERS}{PORTS}
[[interface]]
name = \"lan\"
port = \"lan\"
addresses = [\"10.0.0.1/24\", \"fd00:10::1/64\"]
[[interface]]
name = \"isp1\"
port = \"isp1\"
addresses = [{addresses}]
mirror = {{ name = \"up1\", netns = \"{namespace}\" }}
[[interface]]
name = \"isp2\"
port = \"isp2\"
addresses = [\"203.0.113.2/31\", \"2001:db8:0:2::/127\"]
"
    )
}

const ADDRESSES: &str = "\"203.0.113.0/31\", \"2001:db8:0:1::/127\"";

/// Index and addresses of the mirror where it belongs.
fn mirror(lab: &Lab) -> (u64, Vec<String>) {
    let (ok, text) = lab.exec("routers", &["ip", "-j", "addr", "show", "dev", "up1"]);
    assert!(ok, "{text}");
    let links: Value = serde_json::from_str(&text).unwrap();
    let addresses = links[0]["addr_info"].as_array().unwrap();
    let global = addresses.iter().filter(|address| address["scope"] == "global");
    let words = global.map(|a| format!("{}/{}", a["local"].as_str().unwrap(), a["prefixlen"]));
    (links[0]["ifindex"].as_u64().unwrap(), words.collect())
}

#[test]
fn a_mirror_in_another_namespace_answers_and_speaks_there_and_keeps_its_index() {
    let mut network = Network::hosts();
    network.lab.namespace("routers");
    let body = body(&network.lab.ns("routers"), ADDRESSES);
    network.lab.start(&body);
    let _control = network.control(None);
    let (index, addresses) = mirror(&network.lab);
    assert_eq!(addresses, ["203.0.113.0/31", "2001:db8:0:1::/127"]);
    let (here, _) = network.lab.exec("sw", &["ip", "link", "show", "dev", "up1"]);
    assert!(!here, "the mirror is in the switch's namespace too");
    // Asked from outside, and asking by itself; resolution goes both ways.
    network.lab.ping("isp1", "203.0.113.0");
    network.lab.ping("isp1", "2001:db8:0:1::");
    network.lab.ping("routers", NEXT[0]);
    network.lab.ping("routers", NEXT6[0]);
    network.lab.ping("lan", SERVER);
    let (others, _) = network.lab.exec("routers", &["ip", "link", "show", "dev", "isp2"]);
    assert!(!others, "a mirror without a namespace stays in the switch's");

    network.lab.signal("switch", Signal::SIGTERM);
    assert!(network.lab.ended("switch").success());
    network.lab.start(&body);
    assert_eq!(mirror(&network.lab).0, index);
    network.lab.ping("isp1", "203.0.113.0");
    network.lab.kill("switch");
    network.lab.start(&body);
    assert_eq!(mirror(&network.lab).0, index);
    network.lab.ping("isp1", "203.0.113.0");
}

#[test]
fn a_namespace_that_cannot_be_entered_is_told_with_its_reason_once() {
    let mut network = Network::hosts();
    network.lab.namespace("routers");
    let name = network.lab.ns("routers");
    // The name stays, as a file that is no namespace.
    crate::netns::run(&["umount", &format!("/run/netns/{name}")]);
    let config = network.lab.config(&body(&name, ADDRESSES));
    let (code, text) = network.lab.refused(&config);
    assert_eq!(code, Some(1), "{text}");
    let said = text.lines().find(|line| line.contains("enter its network namespace")).expect(&text);
    assert_eq!(said.matches("Invalid argument").count(), 1, "{said}");
}

#[test]
fn a_reload_changes_the_addresses_of_a_mirror_in_its_namespace() {
    let mut network = Network::hosts();
    network.lab.namespace("routers");
    let namespace = network.lab.ns("routers");
    network.lab.start(&body(&namespace, ADDRESSES));
    let mut control = network.control(None);
    let text = network.lab.config(&body(&namespace, &format!("{ADDRESSES}, \"192.0.2.1/24\"")));
    assert!(matches!(control.ask(&Request::ReloadPrepare { text }), Reply::Prepared { .. }));
    assert_eq!(control.ask(&Request::ReloadCommit), Reply::Ok);
    wait_until("the address is there", || mirror(&network.lab).1.contains(&"192.0.2.1/24".to_owned()));
    network.lab.ip("isp1", "addr add 192.0.2.2/24 dev eth0\n");
    network.lab.ping("isp1", "192.0.2.1");
}

#[test]
fn a_namespace_that_is_not_there_is_refused_with_code_2_and_its_name() {
    let mut network = Network::hosts();
    let config = network.lab.config(&body("no-such-namespace", ADDRESSES));
    let (code, text) = network.lab.refused(&config);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("no-such-namespace"), "{text}");
}
