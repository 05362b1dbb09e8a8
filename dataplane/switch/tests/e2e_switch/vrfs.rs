//! VRFs: the same addresses twice, and packets that stay with the routes of where they came in.

use crate::client::{path, through};
use crate::frames::{self, MAC_LEFT, MAC_RIGHT, Udp};
use crate::lab::{Lab, wait_until};
use crate::wires::{BODY, Wire, Wires, wires_of};
use api::show::Rows;
use api::switch::{Group, Query, Request, RouteUpdate};
use api::{Source, program};
use stats::DropReason;

/// The VLANs of both ports are one VRF, with the addresses that the untagged networks have, and there is a third without a way.
fn body() -> String {
    let vrfs = "[[vrf]]\nname = \"red\"\ntable = 10\n[[vrf]]\nname = \"empty\"\ntable = 11\n";
    let red = BODY
        .replace("vlan = 100\naddresses = [\"10.1.100.1/24\", \"fd00:1:100::1/64\"]", "vlan = 100\nvrf = \"red\"\nmirror = false\naddresses = [\"10.1.0.1/24\", \"fd00:1::1/64\"]")
        .replace("vlan = 200\nmtu = 1400\naddresses = [\"10.2.200.1/24\", \"fd00:2:200::1/64\"]", "vlan = 200\nvrf = \"red\"\nmirror = false\nmtu = 1400\naddresses = [\"10.2.0.1/24\", \"fd00:2::1/64\"]");
    let empty = "[[interface]]\nname = \"left300\"\nport = \"left\"\nvlan = 300\nvrf = \"empty\"\nmirror = false\naddresses = [\"10.3.0.1/24\"]\n";
    format!("{red}{empty}{vrfs}")
}

const RED: Option<&str> = Some("red");

fn update(prefix: &str, group: Option<u32>) -> RouteUpdate {
    RouteUpdate { prefix: prefix.parse().unwrap(), group }
}

fn routes(vrf: Option<&str>, updates: Vec<RouteUpdate>) -> Request {
    Request::Routes { source: Source::Static, vrf: vrf.map(str::to_owned), updates }
}

/// Hosts with the number 2 on every network of both VRFs, and routes in red: one by its own way, one by the default VRF's, one by
/// its own with that of the default VRF as the backup.
fn vrfs() -> Wires {
    let mut wires = wires_of(&body());
    let control = &mut wires.control;
    for (interface, mac, address) in [
        ("left100", MAC_LEFT, "10.1.0.2"),
        ("left100", MAC_LEFT, "fd00:1::2"),
        ("right200", MAC_RIGHT, "10.2.0.2"),
        ("right200", MAC_RIGHT, "fd00:2::2"),
    ] {
        control.neighbor(interface, address, Some(api::Mac(mac.0)));
    }
    let path = |id, name: &str, next_hop: &str| {
        let path = api::switch::Path { interface: "right200".into(), ..path(name, next_hop, None) };
        Request::Path { id, source: Source::Static, path }
    };
    let group = |id, group| Request::Group { id, group };
    control.say(&[
        path(2, "red", "10.2.0.2"),
        path(3, "red-v6", "fd00:2::2"),
        group(20, through(2, &[])),
        group(21, through(3, &[])),
        group(22, through(0, &[])),
        group(23, through(2, &[0])),
        group(24, Group::Blackhole),
        routes(
            RED,
            vec![
                update("172.20.0.0/16", Some(20)),
                update("2001:db8:20::/48", Some(21)),
                update("172.22.0.0/16", Some(22)),
                update("172.23.0.0/16", Some(23)),
                update("198.51.100.0/24", Some(24)),
            ],
        ),
    ]);
    wires
}

fn sent(wires: &Wires, tag: Option<u16>, dst: &str) -> Udp {
    let src = if dst.contains(':') { "fd00:1::2" } else { "10.1.0.2" };
    Udp { tag, ..Udp::new(MAC_LEFT, wires.left.mac, src, dst) }
}

/// It leaves on the right with this tag.
fn expect(wires: &Wires, tag_in: Option<u16>, dst: &str, tag: Option<u16>) {
    let sent = sent(wires, tag_in, dst);
    wires.left.send(&sent.frame());
    let aged = Udp { tag, src_mac: wires.right.mac, dst_mac: MAC_RIGHT, ttl: sent.ttl - 1, ..sent };
    assert_eq!(wires.right.datagram(), aged.frame(), "{dst} from {tag_in:?}");
}

fn prefixes(wires: &mut Wires, vrf: Option<&str>) -> Vec<String> {
    let query = Query::Routes { vrf: vrf.map(str::to_owned), within: None, after: None, limit: 100 };
    let Rows::Routes { rows, more: false } = wires.control.show(query) else { panic!("rows of routes") };
    rows.into_iter().map(|row| format!("{} {}", row.prefix, row.source)).collect()
}

#[test]
fn a_packet_takes_the_routes_of_the_vrf_that_it_came_in_by() {
    let wires = vrfs();
    for dst in ["10.2.0.2", "fd00:2::2"] {
        expect(&wires, None, dst, None);
        expect(&wires, Some(100), dst, Some(200));
    }
    // Routes of one VRF only.
    expect(&wires, Some(100), "172.20.0.7", Some(200));
    expect(&wires, Some(100), "2001:db8:20::7", Some(200));
    expect(&wires, None, "198.51.100.7", None);
    let dropped = |reason| wires.lab.dropped(reason);
    for (tag, dst, reason) in [
        (None, "172.20.0.7", DropReason::NoRoute),
        (None, "2001:db8:20::7", DropReason::NoRoute),
        (Some(100), "198.51.100.7", DropReason::Blackhole),
        (Some(100), "2001:db8:5::7", DropReason::NoRoute),
        (Some(300), "10.2.0.2", DropReason::NoRoute),
        (Some(300), "10.1.0.1", DropReason::NoRoute),
    ] {
        let before = dropped(reason);
        wires.left.send(&sent(&wires, tag, dst).frame());
        wires.lab.expect_dropped(reason, before + 1);
    }
    assert!(wires.right.drain(frames::is_ours).is_empty());
}

#[test]
fn a_route_may_lead_out_of_its_vrf_and_be_its_backup_there() {
    let mut wires = vrfs();
    expect(&wires, Some(100), "172.22.0.7", None);
    expect(&wires, Some(100), "172.23.0.7", Some(200));
    wires.control.drain("red", true);
    expect(&wires, Some(100), "172.23.0.7", None);
    // Also what the switch forwards itself: options, and what has to be cut.
    let unusual = frames::with_options(&sent(&wires, Some(100), "172.22.0.7"), &frames::ROUTER_ALERT);
    wires.left.send(&unusual);
    wires.right.datagram();
}

#[test]
fn a_connected_network_of_another_vrf_is_reached_over_a_leak_and_reaches_back() {
    let leak = |vrf: &str, prefix: &str, to: &str| {
        format!("[[route]]\nvrf = \"{vrf}\"\nprefix = \"{prefix}\"\nnext_hop_vrf = \"{to}\"\n")
    };
    let leaks = leak("default", "10.3.0.0/24", "empty") + &leak("empty", "10.2.0.0/24", "red");
    let mut wires = wires_of(&(body() + &leaks));
    let lookup = |wires: &mut Wires, address: &str| {
        let query = Query::Lookup { vrf: None, address: address.parse().unwrap() };
        let Rows::Lookup(row) = wires.control.show(query) else { panic!("a route") };
        row.map(|row| format!("{} {}", row.prefix, row.source))
    };
    assert_eq!(lookup(&mut wires, "10.3.0.2").as_deref(), Some("10.3.0.0/24 connected"));
    wires.left.send(&sent(&wires, None, "10.3.0.2").frame());
    wires.lab.expect_dropped(DropReason::UnresolvedNeighbor, 1);
    wires.control.neighbor("left300", "10.3.0.2", Some(api::Mac(MAC_LEFT.0)));
    wires.control.neighbor("right200", "10.2.0.2", Some(api::Mac(MAC_RIGHT.0)));
    let there = sent(&wires, None, "10.3.0.2");
    wires.left.send(&there.frame());
    let aged =
        Udp { tag: Some(300), src_mac: wires.left.mac, dst_mac: MAC_LEFT, ttl: there.ttl - 1, ..there };
    assert_eq!(wires.left.datagram(), aged.frame());
    expect(&wires, Some(300), "10.2.0.2", Some(200));
    // Red has no leak, and is no way for the default VRF.
    let before = wires.lab.dropped(DropReason::NoRoute);
    wires.left.send(&sent(&wires, Some(100), "10.3.0.2").frame());
    wires.lab.expect_dropped(DropReason::NoRoute, before + 1);
    wires.control.neighbor("left300", "10.3.0.2", None);
    assert_eq!(lookup(&mut wires, "10.3.0.2").as_deref(), Some("10.3.0.0/24 connected"));
}

#[test]
fn answers_come_from_an_address_of_the_vrf_and_go_back_by_it() {
    let wires = vrfs();
    for (tag, dst, kind) in [(Some(100), "172.20.0.7", 11), (Some(100), "8.8.8.8", 3), (None, "8.8.8.8", 3)] {
        let ttl = if kind == 11 { 1 } else { 64 };
        wires.left.send(&Udp { ttl, ..sent(&wires, tag, dst) }.frame());
        let answer = wires.left.receive("an ICMP error", |frame| {
            let frame = wire::ethernet::Frame::new_checked(frame).ok()?;
            let packet = wire::ipv4::Packet::new_checked(frame.payload()).ok()?;
            let icmp = (packet.protocol() == wire::Protocol::ICMP).then(|| packet.payload()[0])?;
            (icmp == 3 || icmp == 11)
                .then(|| (frame.tag().map(|tag| tag.vlan), icmp, packet.src().to_string()))
        });
        assert_eq!(answer, (tag, kind, "10.1.0.1".to_owned()), "{dst}");
    }
}

#[test]
fn sources_are_checked_by_the_routes_of_their_vrf() {
    let checked = body().replace(
        "vrf = \"red\"\nmirror = false\naddresses",
        "vrf = \"red\"\nurpf = \"loose\"\nmirror = false\naddresses",
    );
    let mut wires = wires_of(&checked);
    wires.control.neighbor("left100", "10.1.0.2", Some(api::Mac(MAC_LEFT.0)));
    wires.control.neighbor("right200", "10.2.0.2", Some(api::Mac(MAC_RIGHT.0)));
    expect(&wires, Some(100), "10.2.0.2", Some(200));
    // The default VRF has a route to it.
    let forged = Udp { src: "198.51.100.7".parse().unwrap(), ..sent(&wires, Some(100), "10.2.0.2") };
    for (frame, count) in [(forged.frame(), 1), (Udp { ttl: 1, ..forged.clone() }.frame(), 2)] {
        wires.left.send(&frame);
        wires.lab.expect_dropped(DropReason::ReversePath, count);
    }
}

#[test]
fn a_program_that_knows_no_vrfs_is_refused_at_the_start_and_while_running() {
    let mut lab = Lab::new();
    let programs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../p4/programs");
    let copy = |lab: &Lab, name: &str| {
        std::fs::copy(programs.join(name), lab.path(name)).expect("a program of ours");
        lab.path(name).display().to_string()
    };
    let names = ["router.p4", "router_vrf.p4", "headers.p4"];
    let (_left, _right) = (Wire::new(&lab, "p-left"), Wire::new(&lab, "p-right"));
    for name in names {
        copy(&lab, name);
    }
    let config = lab.config(&format!("{}[program]\nfile = \"router.p4\"\n", body()));
    let (code, text) = lab.refused(&config);
    assert!(code == Some(2) && text.contains("table `ingress.ipv4_fib` of the program has no VRF"), "{text}");

    let mut wires = vrfs();
    let [blind, seeing, _] = names.map(|name| {
        let file = copy(&wires.lab, name);
        Request::Program(program::Request::Load(program::Source {
            file,
            text: None,
            include: vec![],
            included: vec![],
        }))
    });
    let why = wires.control.refusal(&blind);
    assert!(why.contains("'ingress.ipv4_fib' has no VRF among its keys"), "{why}");
    expect(&wires, Some(100), "172.20.0.7", Some(200));
    let said = wires.control.ask(&seeing);
    assert!(matches!(said, api::switch::Reply::Program(program::Reply::Loaded { .. })), "{said:?}");
    expect(&wires, Some(100), "172.20.0.7", Some(200));
}

/// Not every kernel has VRF devices. A bridge is as good here: what is looked at is whose port the mirror becomes.
#[test]
fn a_mirror_joins_the_device_of_its_vrf_and_keeps_its_addresses() {
    let with_mirror = body().replace("vrf = \"red\"\nmirror = false", "vrf = \"red\"");
    let mut lab = Lab::new();
    lab.ip("sw", "link add red type bridge\n");
    let (_left, _right) = (Wire::new(&lab, "p-left"), Wire::new(&lab, "p-right"));
    lab.start(&with_mirror);
    let (_, links) = lab.exec("sw", &["ip", "-o", "link", "show", "master", "red"]);
    assert!(links.contains("left100") && links.contains("right200") && !links.contains("left:"), "{links}");
    let (_, addresses) = lab.exec("sw", &["ip", "-o", "addr", "show", "left100"]);
    assert!(addresses.contains("10.1.0.1/24") && addresses.contains("fd00:1::1/64"), "{addresses}");
}

#[test]
fn each_vrf_has_its_addresses_and_networks_and_a_sweep_leaves_them() {
    let mut wires = vrfs();
    let own = |row: &&String| row.ends_with(" local") || row.ends_with(" connected");
    let red = prefixes(&mut wires, RED);
    for row in [
        "10.1.0.1/32 local",
        "10.2.0.0/24 connected",
        "fd00:2::1/128 local",
        "10.2.0.2/32 neighbor",
        "172.20.0.0/16 static",
    ] {
        assert!(red.contains(&row.to_owned()), "{row}: {red:?}");
    }
    assert!(!red.iter().any(|row| row.starts_with("192.0.2.0")), "{red:?}");
    assert_eq!(prefixes(&mut wires, Some("empty")).iter().filter(own).count(), 4);
    let lookup = |wires: &mut Wires, vrf: &str| {
        let query = Query::Lookup { vrf: Some(vrf.into()), address: "172.20.0.9".parse().unwrap() };
        let Rows::Lookup(row) = wires.control.show(query) else { panic!("a route") };
        row.map(|row| row.group.primaries[0].0.clone())
    };
    assert_eq!((lookup(&mut wires, "red"), lookup(&mut wires, "empty")), (Some("red".into()), None));
    for request in [
        routes(Some("blue"), vec![update("172.20.0.0/16", Some(20))]),
        Request::Show(Query::Routes { vrf: Some("blue".into()), within: None, after: None, limit: 1 }),
    ] {
        assert_eq!(wires.control.refusal(&request), "there is no VRF blue; there is default, red, empty");
    }
    // One route of red is said again.
    wires.control.say(&[
        Request::SyncBegin { source: Source::Static },
        routes(RED, vec![update("172.20.0.0/16", Some(20))]),
        Request::SyncEnd { source: Source::Static },
    ]);
    let expected: Vec<String> = red
        .into_iter()
        .filter(|row| own(&row) || row.ends_with(" neighbor") || row.starts_with("172.20."))
        .collect();
    wait_until("the rest is swept", || prefixes(&mut wires, RED) == expected);
    assert!(!prefixes(&mut wires, None).iter().any(|row| row.ends_with(" static")));
}
