//! Networks that leak to other VRFs, and sessions over several hops in them.

use super::tests::{Fixture, PEERS, fixture, interfaces, request};
use super::*;
use crate::worker::view::InterfaceView;
use api::switch::{Group, Path as Spec, RouteUpdate};
use ipnet::IpNet;

const DEFAULT: u16 = 0;
const RED: u16 = 1;

/// The fixture's interface and network, and a second interface in VRF red with this address.
fn views(red: &str, leaks: &[(u16, &str)]) -> Arc<Interfaces> {
    let mut all = interfaces();
    let leak = |(vrf, net): &(u16, &str)| fib::Prefix { vrf: *vrf, net: net.parse().unwrap() };
    all.interfaces[0].leaks = leaks.iter().map(leak).collect();
    let addresses = vec![red.parse().unwrap()];
    all.interfaces.push(InterfaceView {
        vrf: RED,
        vlan: Some(20),
        addresses,
        leaks: Vec::new(),
        ..all.interfaces[0].clone()
    });
    Arc::new(all)
}

fn with_red(red: &str) -> Fixture {
    let mut fixture = fixture();
    let info =
        InterfaceInfo { name: "red-lan".into(), mirror: "red-lan".into(), ..fixture.state.infos[0].clone() };
    fixture.state.infos.push(info);
    fixture.state.interfaces_changed(views(red, &[])).unwrap();
    fixture
}

/// Prefix and origin of the route to an address.
fn to(state: &State, vrf: u16, address: &str) -> Option<(String, String)> {
    let route = state.show_lookup(vrf, address.parse().unwrap())?;
    Some((route.prefix.to_string(), route.source))
}

fn is(prefix: &str, source: &str) -> Option<(String, String)> {
    Some((prefix.to_owned(), source.to_owned()))
}

#[test]
fn a_network_that_leaks_has_its_hosts_in_both_vrfs_until_one_of_them_or_the_leak_goes() {
    const RED_NET: &str = "10.2.0.1/24";
    let Fixture { mut state, .. } = with_red(RED_NET);
    let (known, late, far) = (PEERS[0], "203.0.113.77", "203.0.113.200");
    let host = |address: &str| is(&format!("{address}/32"), "neighbor");
    assert_eq!(to(&state, RED, known), None);
    // Half of the network leaks.
    state.interfaces_changed(views(RED_NET, &[(RED, "203.0.113.0/25")])).unwrap();
    assert_eq!(to(&state, RED, known), host(known), "one that is known");
    assert_eq!(to(&state, RED, late), is("203.0.113.0/25", "connected"), "others are asked for");
    assert_eq!(to(&state, RED, far), None);
    let says = |state: &mut State, address: &str, there: bool| {
        let mac = there.then_some(Mac([2, 0, 0, 0, 9, 9]));
        state.neighbor_set("isp", address.parse().unwrap(), mac).unwrap();
    };
    says(&mut state, late, true);
    says(&mut state, far, true);
    assert_eq!((to(&state, DEFAULT, late), to(&state, RED, late)), (host(late), host(late)));
    assert_eq!((to(&state, DEFAULT, far), to(&state, RED, far)), (host(far), None));
    says(&mut state, late, false);
    assert_eq!(to(&state, RED, late), is("203.0.113.0/25", "connected"));
    assert_eq!(to(&state, DEFAULT, late), is("203.0.113.0/24", "connected"));
    // All of it.
    state.interfaces_changed(views(RED_NET, &[(RED, "203.0.113.0/24")])).unwrap();
    assert_eq!(to(&state, RED, far), host(far));
    assert_eq!(to(&state, RED, late), is("203.0.113.0/24", "connected"));
    state.interfaces_changed(views(RED_NET, &[])).unwrap();
    assert_eq!([known, late, far].map(|address| to(&state, RED, address)), [None, None, None]);
    assert_eq!(to(&state, DEFAULT, known), host(known));
    says(&mut state, far, false);
    says(&mut state, known, false);
    assert_eq!(to(&state, DEFAULT, known), is("203.0.113.0/24", "connected"));
}

#[test]
fn a_network_that_the_interface_has_lost_or_the_other_vrf_has_itself_leaks_to_nobody() {
    let Fixture { mut state, .. } = with_red("203.0.113.250/24");
    state.interfaces_changed(views("203.0.113.250/24", &[(RED, "203.0.113.0/24")])).unwrap();
    let own = state.show_lookup(RED, "203.0.113.77".parse().unwrap()).unwrap();
    assert_eq!(own.source, "connected");
    let code = |vrf: u16| state.writer.route_lookup(vrf, "203.0.113.77".parse().unwrap()).unwrap().1.group;
    assert_ne!(code(DEFAULT), code(RED), "by an interface of its own");
    state.interfaces_changed(views("10.2.0.1/24", &[(RED, "192.0.2.0/24")])).unwrap();
    assert_eq!(to(&state, RED, "192.0.2.7"), None);
}

#[test]
fn one_host_may_leak_alone_and_keeps_its_route_over_changes_of_interfaces() {
    let Fixture { mut state, .. } = with_red("10.2.0.1/24");
    let (known, late) = (PEERS[0], "203.0.113.77");
    let leaks = [(RED, "203.0.113.1/32"), (RED, "203.0.113.77/32")];
    state.interfaces_changed(views("10.2.0.1/24", &leaks)).unwrap();
    assert_eq!(to(&state, RED, known), is("203.0.113.1/32", "neighbor"));
    assert_eq!(to(&state, RED, late), is("203.0.113.77/32", "connected"));
    let mac = Some(Mac([2, 0, 0, 0, 9, 9]));
    state.neighbor_set("isp", late.parse().unwrap(), mac).unwrap();
    for _ in 0..2 {
        assert_eq!(to(&state, RED, late), is("203.0.113.77/32", "neighbor"));
        state.interfaces_changed(views("10.2.0.1/24", &leaks)).unwrap();
    }
    state.neighbor_set("isp", late.parse().unwrap(), None).unwrap();
    assert_eq!(to(&state, RED, late), is("203.0.113.77/32", "connected"));
}

#[test]
fn the_longer_network_has_the_host_whoever_of_two_with_one_address_was_known_first() {
    const RED_NET: &str = "203.0.113.65/26";
    for first in ["isp", "red-lan"] {
        let Fixture { mut state, .. } = with_red(RED_NET);
        let address = "203.0.113.77";
        let says = |state: &mut State, interface: &str| {
            let mac = Some(Mac([2, 0, 0, 0, 9, interface.len() as u8]));
            state.neighbor_set(interface, address.parse().unwrap(), mac).unwrap();
        };
        let by = |state: &State| {
            let (_, entry) = state.writer.route_lookup(RED, address.parse().unwrap()).unwrap();
            let of = |at: u16| state.neighbors[&(at, address.parse().unwrap())].host_path().unwrap();
            let fib::GroupContent::Paths(spec) = state.writer.group_content(entry.group).unwrap() else {
                return None;
            };
            (0..2).find(|at| *spec == fib::GroupSpec::single(of(*at), []))
        };
        state.interfaces_changed(views(RED_NET, &[(RED, "203.0.113.0/24")])).unwrap();
        says(&mut state, first);
        says(&mut state, if first == "isp" { "red-lan" } else { "isp" });
        assert_eq!(by(&state), Some(1), "red has the network itself");
        state.interfaces_changed(views(RED_NET, &[(RED, "203.0.113.76/30")])).unwrap();
        assert_eq!(by(&state), Some(0), "the leak is longer");
        state.interfaces_changed(views(RED_NET, &[])).unwrap();
        assert_eq!(by(&state), Some(1), "no leak");
    }
}

#[test]
fn a_host_that_the_file_has_a_route_to_is_lent_all_the_same() {
    let mut fixture = with_red("10.2.0.1/24");
    route(&mut fixture, 1, None, ("203.0.113.77/32", "isp", PEERS[0]));
    fixture
        .state
        .neighbor_set("isp", "203.0.113.77".parse().unwrap(), Some(Mac([2, 0, 0, 0, 9, 9])))
        .unwrap();
    assert_eq!(to(&fixture.state, DEFAULT, "203.0.113.77"), is("203.0.113.77/32", "static"));
    fixture.state.interfaces_changed(views("10.2.0.1/24", &[(RED, "203.0.113.0/24")])).unwrap();
    assert_eq!(to(&fixture.state, DEFAULT, "203.0.113.77"), is("203.0.113.77/32", "static"));
    assert_eq!(to(&fixture.state, RED, "203.0.113.77"), is("203.0.113.77/32", "neighbor"));
}

/// A route in a VRF by a path to a next hop on an interface.
fn route(
    fixture: &mut Fixture,
    id: u32,
    vrf: Option<&str>,
    (prefix, interface, next_hop): (&str, &str, &str),
) {
    let spec = Spec {
        name: format!("path{id}"),
        interface: interface.into(),
        next_hop: next_hop.parse().unwrap(),
        bfd: None,
        wait_to_restore_ns: (0, 0),
    };
    let (state, names) = (&mut fixture.state, &mut fixture.names);
    state.path_set(names, id, Source::Static, spec).unwrap();
    let group = Group::Paths { primaries: vec![(id, 1)], backups: Vec::new() };
    state.group_set(names, id, &group).unwrap();
    let update = RouteUpdate { prefix: prefix.parse::<IpNet>().unwrap(), group: Some(id) };
    state.routes(names, Source::Static, vrf, &[update]).unwrap();
}

/// What becomes of a session over several hops with this peer: our address, or why it cannot run.
fn far(fixture: &mut Fixture, lid: u32, src: &str, dst: &str) -> Result<String, String> {
    let (src, dst) = (src.parse().unwrap(), dst.parse().unwrap());
    fixture.state.bfdd_add(bfddp::Session { multihop: true, src, dst, ttl: 250, ..request(lid, 0) });
    let row = fixture.state.show_asked().into_iter().find(|row| row.discriminator == lid).unwrap();
    row.problem.map_or_else(|| Ok(row.local.unwrap().to_string()), Err)
}

fn vrf_of(fixture: &Fixture, lid: u32) -> Option<u16> {
    let at =
        |index: u16| fixture.state.session(index).filter(|session| session.asked_by_bfdd().contains(&lid));
    (0..8).find_map(at).and_then(|session| session.config.endpoint.vrf())
}

#[test]
fn a_session_over_several_hops_runs_in_the_vrf_of_its_address() {
    let mut fixture = with_red("10.2.0.1/24");
    route(&mut fixture, 1, Some("red"), ("192.0.2.0/24", "red-lan", "10.2.0.7"));
    assert_eq!(far(&mut fixture, 1, "10.2.0.1", "192.0.2.9"), Ok("10.2.0.1".to_owned()));
    assert_eq!(vrf_of(&fixture, 1), Some(RED));
    let frame = fixture.state.frame(&bfd::Endpoint {
        interface: bfd::multihop(RED),
        local: "10.2.0.1".parse().unwrap(),
        peer: "192.0.2.9".parse().unwrap(),
    });
    assert_eq!(frame.routed, Some(RED));
    // A peer with the same address, elsewhere.
    route(&mut fixture, 2, None, ("192.0.2.0/24", "isp", PEERS[0]));
    assert_eq!(far(&mut fixture, 2, "203.0.113.9", "192.0.2.9"), Ok("203.0.113.9".to_owned()));
    assert_eq!(vrf_of(&fixture, 2), Some(DEFAULT));
    // What is ours in the one is a peer in the other.
    assert_eq!(far(&mut fixture, 3, "10.2.0.1", "203.0.113.9"), Ok("10.2.0.1".to_owned()));
    assert_eq!(
        far(&mut fixture, 4, "203.0.113.9", "203.0.113.9"),
        Err("203.0.113.9 is our own address".to_owned())
    );
}

#[test]
fn over_a_leak_it_runs_from_an_address_where_the_leak_leads_or_says_why_not() {
    let mut fixture = with_red("10.2.0.1/24");
    route(&mut fixture, 1, None, ("192.0.2.0/24", "red-lan", "10.2.0.7"));
    let why = far(&mut fixture, 1, "203.0.113.9", "192.0.2.9").unwrap_err();
    assert!(
        why.contains("leaks from VRF default to red: answers to 203.0.113.9 would come in by red-lan"),
        "{why}"
    );
    assert_eq!(far(&mut fixture, 2, "0.0.0.0", "192.0.2.9"), Ok("10.2.0.1".to_owned()));
    assert_eq!(vrf_of(&fixture, 2), Some(RED));
    assert_eq!(far(&mut fixture, 3, "10.2.0.1", "192.0.2.8"), Ok("10.2.0.1".to_owned()));
}

#[test]
fn an_address_of_two_vrfs_does_not_say_which() {
    let mut fixture = with_red("203.0.113.9/24");
    let why = far(&mut fixture, 1, "203.0.113.9", "192.0.2.9").unwrap_err();
    assert_eq!(why, "203.0.113.9 is an address of VRF default and of red, and bfdd does not say of which");
}
