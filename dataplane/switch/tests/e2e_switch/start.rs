//! Starts that must fail, and say why; and starts again.

use crate::client::CALM;
use crate::frr::{Bfdd, calm_peer};
use crate::lab::{Lab, wait_until};
use crate::topology::{INTERFACES, NEXT, Network, PORTS, SERVER, WORKERS, paths, routes};
use nix::sys::signal::Signal;
use std::os::unix::net::UnixStream;

/// A configuration that cannot be used.
const BAD_CONFIG: Option<i32> = Some(2);
/// Something else that is in the way.
const FAILURE: Option<i32> = Some(1);

fn body() -> String {
    format!("{WORKERS}{PORTS}{INTERFACES}")
}

#[test]
fn a_bad_configuration_is_refused_with_code_2_and_its_place() {
    let mut network = Network::hosts();
    let good = body();
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from));
        good.replacen(from, to, 1)
    };
    let cases: [(String, &[&str]); 8] = [
        (replaced("kernel = \"p-isp1\"", "kernel = \"p-none\""), &["p-none"]),
        (replaced("cores = [1]", "cores = [4000]"), &["core 4000"]),
        (replaced("addresses =", "adresses ="), &["adresses", "addresses"]),
        (replaced("port = \"isp1\"", "port = \"isp9\""), &["isp9"]),
        (replaced("203.0.113.0/31", "203.0.113.0/33"), &["203.0.113.0/33"]),
        (replaced("203.0.113.2/31", "203.0.113.0/31"), &["203.0.113.0"]),
        (replaced("name = \"isp2\"", "name = \"isp1\""), &["isp1"]),
        (replaced("[workers]", "[workers"), &["toml"]),
    ];
    for (body, words) in cases {
        let config = network.lab.config(&body);
        let (code, text) = network.lab.refused(&config);
        assert_eq!(code, BAD_CONFIG, "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
        assert!(text.contains("refused.toml"), "no file is named: {text}");
    }
    let missing = network.lab.path("nothing.toml").display().to_string();
    network.lab.spawn("missing", "sw", &[env!("CARGO_BIN_EXE_swerve-switch"), "--config", &missing]);
    assert_eq!(network.lab.ended("missing").code(), BAD_CONFIG);
    assert!(network.lab.log("missing").contains("nothing.toml"));
}

#[test]
fn a_port_whose_kernel_interface_has_an_address_is_refused_and_named() {
    let mut network = Network::hosts();
    network.lab.ip("sw", "addr add 192.0.2.1/24 dev p-isp1\n");
    let config = network.lab.config(&body());
    let (code, text) = network.lab.refused(&config);
    assert_eq!(code, FAILURE, "{text}");
    assert!(text.contains("192.0.2.1/24") && text.contains("p-isp1"), "{text}");
    // Nothing is left behind on the ports that were taken before.
    let (_, rules) = network.lab.exec("sw", &["nft", "list", "ruleset"]);
    assert!(!rules.contains("swerve"), "{rules}");
    network.lab.ip("sw", "addr del 192.0.2.1/24 dev p-isp1\n");
    network.start(WORKERS);
}

#[test]
fn a_kernel_that_forwards_by_itself_is_refused() {
    let mut network = Network::hosts();
    let config = network.lab.config(&body());
    for key in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
        let set = |lab: &Lab, value: u8| {
            let (ok, text) = lab.exec("sw", &["sysctl", "-w", &format!("{key}={value}")]);
            assert!(ok, "{text}");
        };
        set(&network.lab, 1);
        let (code, text) = network.lab.refused(&config);
        assert!(code == FAILURE && text.contains(&format!("forwards packets ({key} = 1)")), "{text}");
        set(&network.lab, 0);
    }
}

#[test]
fn a_kernel_that_begins_to_forward_beside_the_switch_is_said_once() {
    let network = Network::new();
    let set = |value: u8| {
        let (ok, text) = network.lab.exec("sw", &["sysctl", "-w", &format!("net.ipv4.ip_forward={value}")]);
        assert!(ok, "{text}");
    };
    let said = |what: &str| network.lab.log("switch").matches(what).count();
    for turn in 1..=2 {
        set(1);
        wait_until("it is said", || said("forwards packets (net.ipv4.ip_forward = 1)") == turn);
        set(0);
        wait_until("its end is said", || said("the kernel does not forward any more") == turn);
        assert_eq!(said("forwards packets"), turn);
    }
}

#[test]
fn a_second_switch_on_the_same_socket_is_refused_and_the_first_goes_on() {
    let mut network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    let config = network.lab.config(&body());
    let (code, text) = network.lab.refused(&config);
    assert_eq!(code, FAILURE, "{text}");
    assert!(text.contains("switch.sock"), "{text}");
    control.barrier();
    let (ok, text) = network.lab.exec("lan", &["ping", "-c5", "-i0.05", "-W2", SERVER]);
    assert!(ok && text.contains(" 0% packet loss"), "{text}");
}

fn index(lab: &Lab, interface: &str) -> u64 {
    let (ok, text) = lab.exec("sw", &["ip", "-j", "link", "show", "dev", interface]);
    assert!(ok, "{text}");
    let links: serde_json::Value = serde_json::from_str(&text).unwrap();
    links[0]["ifindex"].as_u64().unwrap()
}

#[test]
fn mirrors_keep_name_and_index_when_the_switch_starts_again() {
    let mut network = Network::new();
    let mirrors = ["lan", "isp1", "isp2"];
    let before = mirrors.map(|name| index(&network.lab, name));
    network.lab.signal("switch", Signal::SIGTERM);
    assert!(network.lab.ended("switch").success());
    assert!(UnixStream::connect(network.lab.path("switch.sock")).is_err());
    network.start(WORKERS);
    assert_eq!(mirrors.map(|name| index(&network.lab, name)), before);
    let _control = network.control(None);
    network.lab.ping("lan", "10.0.0.1");
    network.lab.ping("lan", SERVER);
    // The same when it had no time to tidy up.
    network.lab.kill("switch");
    network.start(WORKERS);
    assert_eq!(mirrors.map(|name| index(&network.lab, name)), before);
    let _control = network.control(None);
    network.lab.ping("lan", "fd00:10::1");
    network.lab.ping("lan", SERVER);
}

#[test]
fn a_stop_gives_the_kernel_its_interfaces_back() {
    let mut network = Network::new();
    network.lab.signal("switch", Signal::SIGTERM);
    assert!(network.lab.ended("switch").success());
    let (_, rules) = network.lab.exec("sw", &["nft", "list", "ruleset"]);
    assert!(!rules.contains("swerve"), "{rules}");
    let (_, value) = network.lab.exec("sw", &["sysctl", "-n", "net.ipv6.conf.p-lan.disable_ipv6"]);
    assert_eq!(value.trim(), "0");
}

#[test]
fn a_neighbor_gone_in_the_kernel_is_kept_while_bfd_is_up_and_lost_without() {
    let mut network = Network::new();
    let _bfdd = Bfdd::start(&mut network.lab, "isp1", &calm_peer("203.0.113.0", NEXT[0]));
    let mut control = network.control(None);
    let mut some = paths(None);
    some[0].bfd = Some(CALM);
    control.sync(&some, &routes());
    wait_until("session up", || control.bfd("isp1").as_deref() == Some("up"));
    control.neighbor("isp1", NEXT[0], None);
    control.neighbor("isp2", NEXT[1], None);
    let state = |control: &mut crate::client::Session, address: &str| {
        let api::show::Rows::Neighbors(rows) = control.show(api::switch::Query::Neighbors) else { panic!() };
        rows.iter().find(|row| row.address.to_string() == address).expect(address).clone()
    };
    let kept = state(&mut control, NEXT[0]);
    assert_eq!((kept.state.as_str(), kept.mac), ("kept", Some(network.isps[0])));
    let lost = state(&mut control, NEXT[1]);
    assert_eq!((lost.state.as_str(), lost.mac), ("unresolved", None));
    assert!(control.path("isp1").live);
    assert_eq!(control.causes("isp2"), ["unresolved"]);
    network.lab.ping("lan", SERVER);
    assert_eq!(control.bfd("isp1").as_deref(), Some("up"));
    // Resolved again, the lost one is usable at once, and the kept one is what it was.
    control.neighbor("isp2", NEXT[1], Some(network.isps[1]));
    wait_until("isp2 is live", || control.path("isp2").live);
    control.neighbor("isp1", NEXT[0], Some(network.isps[0]));
    assert_eq!(state(&mut control, NEXT[0]).state, "reachable");
}
