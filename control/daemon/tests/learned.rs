//! Routes of routing daemons from end to end: octets of FPM and BGP in, messages to the switch out.

mod common;
#[path = "learned/lfa.rs"]
mod lfa;

use api::Source;
use api::control::{Reply as Answer, Request as Ask};
use api::learned::Peers;
use api::switch::{Group, Reply, Request};
use bgp::{Capabilities, FamilySet, Kind, Open};
use common::{Control, FakeSwitch, Session, Site, TWO_PROVIDERS, wait_for};
use fpm::NextHop;
use fpm::emit::{self, Route, Via};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

const PREFIX: &str = "203.0.113.0/24";

/// Of the loopback interface, in every namespace: it stands in for the mirror of the first provider's interface.
const LOOPBACK: u32 = 1;

/// How long the paths of a bgpd are kept that went away.
const STALE_HOLD_S: u64 = 2;

/// As rtnetlink numbers them.
const BGP: u8 = 186;
const OSPF: u8 = 188;

struct Ports {
    fpm: u16,
    bgp: u16,
}

/// The two providers with both daemons listened to, at ports that are free.
fn site(hold: &str) -> (Site, Ports) {
    site_with(hold, |_| String::new())
}

/// `more` is written behind that.
fn site_with(hold: &str, more: impl FnOnce(&Site) -> String) -> (Site, Ports) {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ports = Ports { fpm: free(), bgp: free() };
    let body = TWO_PROVIDERS.replacen("mirror = true", "mirror = { name = \"lo\" }", 1);
    let (fpm, bgp) = (ports.fpm, ports.bgp);
    let daemons = format!(
        "[fpm]\nlisten = \"127.0.0.1:{fpm}\"\nhold = \"{hold}\"\nuloop_delay = \"1s\"\n\
         [bgp]\nlisten = \"127.0.0.1:{bgp}\"\nas = 65000\nrouter_id = \"192.0.2.250\"\n\
         [[bgp.neighbor]]\naddress = \"127.0.0.1\"\nas = 65000\nstale_hold = \"{STALE_HOLD_S}s\"\n"
    );
    let site = Site::new(&(body + &daemons));
    let file = site.dir.path().join("swerve.toml");
    let more = std::fs::read_to_string(&file).unwrap() + &more(&site);
    std::fs::write(&file, more).unwrap();
    (site, ports)
}

fn connect(port: u16) -> TcpStream {
    wait_for("a listener", || TcpStream::connect(("127.0.0.1", port)).ok())
}

/// Zebra's end.
struct Zebra(TcpStream);

impl Zebra {
    fn connect(ports: &Ports) -> Zebra {
        Zebra(connect(ports.fpm))
    }

    fn say(&mut self, prefix: &str, protocol: u8, gateway: Option<&str>) {
        self.say_in(254, prefix, protocol, gateway);
    }

    fn say_in(&mut self, table: u32, prefix: &str, protocol: u8, gateway: Option<&str>) {
        let hop =
            |gateway: &str| NextHop { gateway: Some(gateway.parse().unwrap()), ifindex: LOOPBACK, weight: 1 };
        let hops: Vec<NextHop> = gateway.map(hop).into_iter().collect();
        let (prefix, via) = (prefix.parse().unwrap(), Via::NextHops(&hops));
        let route = Route { table, prefix, protocol, metric: 20, via };
        let mut bytes = Vec::new();
        emit::frame(&mut bytes, |bytes| match gateway {
            Some(_) => emit::new_route(bytes, &route),
            None => emit::delete_route(bytes, &route),
        });
        self.0.write_all(&bytes).unwrap();
    }
}

/// Bgpd's end: an iBGP session with add-path.
struct Bgpd(TcpStream);

impl Bgpd {
    fn connect(ports: &Ports) -> Bgpd {
        let mut bgpd = Bgpd(connect(ports.bgp));
        let capabilities = Capabilities {
            families: Some(FamilySet::ALL),
            four_octet_as: Some(65000),
            add_path_send: FamilySet::ALL,
            ..Capabilities::default()
        };
        let identifier = Ipv4Addr::new(10, 0, 0, 1);
        let open = Open { asn: 65000, hold_time: 90, identifier, capabilities };
        bgpd.say(Kind::Open, &open.body());
        bgpd.say(Kind::Keepalive, &[]);
        bgpd
    }

    fn say(&mut self, kind: Kind, body: &[u8]) {
        let mut out = Vec::new();
        bgp::emit(kind, body, &mut out);
        self.0.write_all(&out).unwrap();
    }

    /// [`PREFIX`] by a neighbor in another AS.
    fn announce(&mut self, path_id: u8, next_hop: [u8; 4], local_pref: u8) {
        let mut attributes = vec![0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9, 0x40, 3, 4];
        attributes.extend(next_hop);
        attributes.extend([0x40, 5, 4, 0, 0, 0, local_pref]);
        let mut body = vec![0, 0, 0, attributes.len() as u8];
        body.extend(attributes);
        body.extend([0, 0, 0, path_id, 24, 203, 0, 113]);
        self.say(Kind::Update, &body);
    }

    fn withdraw(&mut self, path_id: u8) {
        self.say(Kind::Update, &[0, 8, 0, 0, 0, path_id, 24, 203, 0, 113, 0, 0]);
    }

    /// RFC 4724 2, for both families.
    fn end_of_rib(&mut self) {
        self.say(Kind::Update, &[0, 0, 0, 0]);
        self.say(Kind::Update, &[0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1]);
    }
}

/// What the switch was told: reads, and answers barriers, until `is_it`.
fn until(session: &mut Session, is_it: impl Fn(&Request) -> bool) -> Vec<Request> {
    let mut said = Vec::new();
    loop {
        match session.next() {
            Request::Barrier { token } => session.reply(&Reply::Done { token }),
            request => {
                let ends = is_it(&request);
                said.push(request);
                if ends {
                    return said;
                }
            }
        }
    }
}

fn routes(request: &Request) -> bool {
    matches!(request, Request::Routes { source: Source::Fpm, .. })
}

/// The group that the last update points to, or `None` for a withdrawal.
fn last_group(said: &[Request]) -> Option<Group> {
    let Some(Request::Routes { updates, .. }) = said.last() else { panic!("{said:?}") };
    let id = updates.last().unwrap().group?;
    let group = said.iter().rev().find_map(|request| match request {
        Request::Group { id: other, group } if *other == id => Some(group.clone()),
        _ => None,
    });
    Some(group.unwrap_or_else(|| panic!("group {id} was not said: {said:?}")))
}

fn through(primary: u32, backups: &[u32]) -> Group {
    Group::Paths { primaries: vec![(primary, 1)], backups: backups.iter().map(|id| vec![*id]).collect() }
}

fn rib_roles(control: &Control) -> Vec<(String, Option<String>, Option<String>)> {
    let within = Some("203.0.113.9/32".parse().unwrap());
    match control.ask(&Ask::Rib { vrf: None, within, after: None, limit: 10 }) {
        Answer::Rib { prefixes, more: false } => {
            assert_eq!(prefixes.len(), 1, "{prefixes:?}");
            let rows = prefixes[0].candidates.iter();
            rows.map(|row| (row.role.clone(), row.path.clone(), row.proof.clone())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_zebra_says_is_best_and_what_bgpd_says_beside_it_is_the_backup() {
    let (site, ports) = site("1s");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    let first = session.sync();
    for source in [Source::Fpm, Source::Bgp] {
        assert!(first.contains(&Request::SyncBegin { source }));
        assert!(!first.contains(&Request::SyncEnd { source }), "{source} has not spoken yet");
    }
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, BGP, Some("192.0.2.2"));
    let said = until(&mut session, routes);
    assert_eq!(last_group(&said), Some(through(0, &[])));

    let mut bgpd = Bgpd::connect(&ports);
    bgpd.announce(1, [192, 0, 2, 2], 200);
    bgpd.announce(2, [198, 51, 100, 9], 100);
    bgpd.end_of_rib();
    let said = until(&mut session, routes);
    assert_eq!(last_group(&said), Some(through(0, &[2])));
    let made = said.iter().find_map(|request| match request {
        Request::Path { id: 2, source, path } => Some((*source, path.name.as_str(), path.interface.as_str())),
        _ => None,
    });
    assert_eq!(made, Some((Source::Fpm, "isp2-198.51.100.9", "isp2")), "{said:?}");

    // Each is swept when it is complete: BGP by its End-of-RIB, FPM by its hold.
    let said = until(&mut session, |request| *request == Request::SyncEnd { source: Source::Fpm });
    assert!(said.contains(&Request::SyncEnd { source: Source::Bgp }), "{said:?}");

    let (isp2, proof) = ("isp2-198.51.100.9".to_owned(), "ebgp-distinct".to_owned());
    let expected = [
        ("best".to_owned(), Some("isp1".to_owned()), None),
        ("same".to_owned(), Some("isp1".to_owned()), None),
        ("backup 1".to_owned(), Some(isp2.clone()), Some(proof.clone())),
    ];
    assert_eq!(rib_roles(&control), expected);
    match control.ask(&Ask::WhatIf { fail: vec!["p1".to_owned()], list: 5 }) {
        Answer::WhatIf(what) => {
            assert_eq!(what.taken_for, ["port p1"]);
            let moves = what.moves.iter().find(|moved| moved.to == [isp2.clone()]);
            assert_eq!(moves.map(|moved| (moved.prefixes, moved.proof.clone())), Some((1, Some(proof))));
        }
        other => panic!("{other:?}"),
    }
    match control.ask(&Ask::WhatIf { fail: vec!["isp9".to_owned()], list: 0 }) {
        Answer::Refused { why } => assert!(why.contains("did you mean isp"), "{why}"),
        other => panic!("{other:?}"),
    }
    match control.ask(&Ask::Coverage) {
        Answer::Coverage(coverage) => assert_eq!((coverage.covered, coverage.prefixes), (2, 2)),
        other => panic!("{other:?}"),
    }
    match control.ask(&Ask::Peers) {
        Answer::Peers(peers) => {
            let fpm = peers.fpm.unwrap();
            assert_eq!((fpm.routes, fpm.complete, fpm.protocols[0].name.as_str()), (1, true, "bgp"));
            assert!(peers.switch_connected && peers.bgp[0].faults.is_empty());
            assert_eq!((peers.bgp[0].state.as_str(), peers.bgp[0].families[0].paths), ("Established", 2));
        }
        other => panic!("{other:?}"),
    }

    bgpd.withdraw(2);
    assert_eq!(last_group(&until(&mut session, routes)), Some(through(0, &[])));
    zebra.say(PREFIX, BGP, None);
    assert_eq!(last_group(&until(&mut session, routes)), None);
}

fn peers(control: &Control) -> Box<Peers> {
    match control.ask(&Ask::Peers) {
        Answer::Peers(peers) => peers,
        other => panic!("{other:?}"),
    }
}

/// [`PREFIX`] by both providers, the first one's being the best, told by both daemons.
fn learned(session: &mut Session, ports: &Ports) -> (Zebra, Bgpd) {
    let mut zebra = Zebra::connect(ports);
    zebra.say(PREFIX, BGP, Some("192.0.2.2"));
    until(session, routes);
    let mut bgpd = Bgpd::connect(ports);
    tell_both(&mut bgpd);
    assert_eq!(last_group(&until(session, routes)), Some(through(0, &[2])));
    (zebra, bgpd)
}

fn tell_both(bgpd: &mut Bgpd) {
    bgpd.announce(1, [192, 0, 2, 2], 200);
    bgpd.announce(2, [198, 51, 100, 9], 100);
    bgpd.end_of_rib();
}

fn of_prefix(request: &Request) -> bool {
    matches!(request, Request::Routes { updates, .. }
        if updates.iter().any(|update| update.prefix == PREFIX.parse().unwrap()))
}

#[test]
fn what_zebra_deletes_before_a_restarted_bgpd_has_told_it_stays_until_it_has() {
    let (site, ports) = site("1h");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let (mut zebra, bgpd) = learned(&mut session, &ports);
    let restart = |bgpd: Bgpd, zebra: &mut Zebra| {
        drop(bgpd);
        wait_for("stale paths", || (peers(&control).bgp[0].families[0].stale == 2).then_some(()));
        zebra.say(PREFIX, BGP, None);
        wait_for("the withdrawal", || (peers(&control).kept_withdrawn == 1).then_some(()));
        // As FRR 8.4.4 does, it ends a table that is still empty.
        let mut bgpd = Bgpd::connect(&ports);
        bgpd.end_of_rib();
        wait_for("End-of-RIB", || peers(&control).bgp[0].families[0].end_of_rib.then_some(()));
        let peers = peers(&control);
        assert_eq!(peers.kept_withdrawn, 1);
        assert!(peers.kept_s.is_some_and(|left| left <= STALE_HOLD_S as f64), "{:?}", peers.kept_s);
        assert_eq!(rib_roles(&control)[0], ("best".to_owned(), Some("isp1".to_owned()), None));
        bgpd
    };
    let mut bgpd = restart(bgpd, &mut zebra);
    tell_both(&mut bgpd);
    zebra.say(PREFIX, BGP, Some("192.0.2.3"));
    let said = until(&mut session, of_prefix);
    assert_eq!(last_group(&said), Some(through(3, &[2, 0])), "and the switch hears of nothing in between");
    assert_eq!(peers(&control).kept_withdrawn, 0);

    // What is said again can be withdrawn again, once nothing is stale.
    wait_for("the end of the hold", || (peers(&control).bgp[0].families[0].stale_s.is_none()).then_some(()));
    zebra.say(PREFIX, BGP, None);
    assert_eq!(last_group(&until(&mut session, of_prefix)), None);

    // And what does not come again goes with the hold.
    zebra.say(PREFIX, BGP, Some("192.0.2.2"));
    assert_eq!(last_group(&until(&mut session, of_prefix)), Some(through(0, &[2])));
    let _bgpd = restart(bgpd, &mut zebra);
    assert_eq!(last_group(&until(&mut session, of_prefix)), None);
    assert_eq!(peers(&control).kept_withdrawn, 0);
}

#[test]
fn what_a_restarted_zebra_is_not_told_again_stays_as_long_as_the_bgpd_of_before_has_it() {
    let (site, ports) = site("1s");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let (mut zebra, mut bgpd) = learned(&mut session, &ports);
    let other = "198.18.0.0/15";
    let of_other = |request: &Request| {
        matches!(request, Request::Routes { updates, .. }
            if updates.iter().any(|update| update.prefix == other.parse().unwrap()))
    };
    // With `-K` it tells what it finds in the kernel, and deletes that after some seconds.
    for from_the_kernel in [false, true] {
        zebra.say(other, OSPF, Some("192.0.2.2"));
        until(&mut session, of_other);
        drop(zebra);
        zebra = Zebra::connect(&ports);
        zebra.say("198.51.100.128/25", OSPF, Some("192.0.2.2"));
        if from_the_kernel {
            zebra.say(PREFIX, BGP, Some("192.0.2.2"));
            zebra.say(PREFIX, BGP, None);
        }
        // OSPF's route is swept, and BGP's is not.
        let said = until(&mut session, of_other);
        assert!(!said.iter().any(of_prefix), "{said:?}");
        wait_for("the sweep", || (peers(&control).kept_untold == 1).then_some(()));
        assert_eq!(rib_roles(&control)[0], ("best".to_owned(), Some("isp1".to_owned()), None));
        // The provider that it went to has it no more: BGP says who has.
        bgpd.withdraw(1);
        let said = until(&mut session, of_prefix);
        assert_eq!(last_group(&said), Some(through(2, &[])));
        bgpd.withdraw(2);
        assert_eq!(last_group(&until(&mut session, of_prefix)), None);
        // And what it has later, it tells.
        zebra.say(PREFIX, BGP, Some("192.0.2.2"));
        tell_both(&mut bgpd);
        wait_for("both paths", || (peers(&control).bgp[0].families[0].paths == 2).then_some(()));
        until(&mut session, of_prefix);
        zebra.say(PREFIX, BGP, None);
        while last_group(&until(&mut session, of_prefix)).is_some() {}
        zebra.say(PREFIX, BGP, Some("192.0.2.2"));
        assert!(last_group(&until(&mut session, of_prefix)).is_some());
    }
    bgpd.withdraw(2);

    // A bgpd that came after zebra has told it what it has: what zebra does not say is not so.
    bgpd.announce(1, [192, 0, 2, 2], 200);
    zebra.say(PREFIX, BGP, Some("192.0.2.2"));
    until(&mut session, of_prefix);
    drop((zebra, bgpd));
    let mut bgpd = Bgpd::connect(&ports);
    bgpd.announce(1, [192, 0, 2, 2], 200);
    bgpd.end_of_rib();
    let mut zebra = Zebra::connect(&ports);
    zebra.say("198.51.100.128/25", OSPF, Some("192.0.2.2"));
    assert_eq!(last_group(&until(&mut session, of_prefix)), None);
    assert_eq!(peers(&control).kept_untold, 0);
}

#[test]
fn a_failure_is_asked_for_by_any_name_and_a_backup_says_what_it_shares_with_the_best() {
    let (site, ports) = site("1h");
    let body = std::fs::read_to_string(site.path("swerve.toml")).unwrap();
    let of = |next_hop: &str, more: &str| (format!("next_hop = \"{next_hop}\""), more.to_owned());
    let places = [
        of("192.0.2.2", "srlg = [\"duct\"]\nregion = \"west\"\nprovider = \"one\""),
        of("198.51.100.2", "srlg = [\"fiber\"]\nregion = \"east\"\nprovider = \"isp2\""),
    ];
    let body = places.iter().fold(body, |body, (at, more)| body.replacen(at, &format!("{at}\n{more}"), 1));
    let lan = "[[port]]\nname = \"p3\"\nkernel = \"eth3\"\n[[interface]]\nname = \"lan\"\nport = \"p3\"\n";
    std::fs::write(site.path("swerve.toml"), body + lan).unwrap();
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, BGP, Some("192.0.2.2"));
    let mut bgpd = Bgpd::connect(&ports);
    bgpd.announce(1, [192, 0, 2, 2], 200);
    bgpd.announce(2, [198, 51, 100, 2], 100);
    bgpd.announce(3, [198, 51, 100, 9], 50);
    bgpd.end_of_rib();
    let notes = wait_for("both backups", || {
        let within = Some("203.0.113.9/32".parse().unwrap());
        let Answer::Rib { prefixes, .. } =
            control.ask(&Ask::Rib { vrf: None, within, after: None, limit: 10 })
        else {
            panic!("candidates")
        };
        let rows = prefixes.into_iter().flat_map(|prefix| prefix.candidates);
        let backups = rows.filter(|row| row.role.starts_with("backup"));
        let notes: Vec<String> = backups.filter_map(|row| row.note).collect();
        (notes.len() == 2).then_some(notes)
    });
    assert_eq!(notes, ["another region and provider", "region and provider not given for both"]);

    let made = "isp2-198.51.100.9";
    match control.ask(&Ask::Names) {
        Answer::Names(names) => {
            let all = ["duct", "east", "fiber", "isp1", "isp2", made, "lan", "one", "p1", "p2", "p3", "west"];
            assert_eq!(names, all);
        }
        other => panic!("{other:?}"),
    }
    let what_if = |name: &str| match control.ask(&Ask::WhatIf { fail: vec![name.to_owned()], list: 0 }) {
        Answer::WhatIf(what) => (what.taken_for, what.fails),
        other => panic!("{name}: {other:?}"),
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (name, taken_for, fails) in [
        ("duct", &["srlg duct"][..], &["isp1"][..]),
        ("region:west", &["region west"], &["isp1"]),
        ("provider:isp2", &["provider isp2"], &["isp2"]),
        ("p2", &["port p2"], &["isp2", made]),
        ("isp2", &["interface isp2", "path isp2", "provider isp2"], &["isp2", made]),
        (made, &["path isp2-198.51.100.9"], &[made]),
        ("lan", &["interface lan"], &[]),
        ("p3", &["port p3"], &[]),
    ] {
        assert_eq!(what_if(name), (names(taken_for), names(fails)), "{name}");
    }
    for (name, words) in [
        ("duckt", "there is no path, port, interface, srlg, region or provider duckt; did you mean duct?"),
        ("region:duct", "there is no region duct"),
        ("srlg:fibre", "there is no srlg fibre; did you mean fiber?"),
        ("", "there is no path, port, interface, srlg, region or provider"),
    ] {
        match control.ask(&Ask::WhatIf { fail: vec![name.to_owned()], list: 0 }) {
            Answer::Refused { why } => assert!(why.starts_with(words), "{name}: {why}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_control_that_was_killed_sweeps_nothing_before_its_sources_are_complete() {
    let (site, ports) = site("1h");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    until(&mut session, routes);
    drop(control);
    let control = site.start();
    let mut session = switch.greet();
    let said = session.sync();
    assert!(said.contains(&Request::SyncEnd { source: Source::Static }));
    assert!(
        !said.iter().any(|request| matches!(request, Request::SyncEnd { source: Source::Fpm | Source::Bgp }))
    );
    // Zebra notices, and tells everything again.
    let mut closed = Vec::new();
    let _ = zebra.0.read_to_end(&mut closed);
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    assert_eq!(last_group(&until(&mut session, routes)), Some(through(0, &[])));
    match control.ask(&Ask::Peers) {
        Answer::Peers(peers) => assert!(peers.fpm.is_some_and(|fpm| !fpm.complete)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_taken_is_left_and_counted_with_the_reason() {
    let (site, ports) = site("1h");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut zebra = Zebra::connect(&ports);
    zebra.say("192.0.2.1/32", OSPF, Some("192.0.2.2"));
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    assert_eq!(last_group(&until(&mut session, routes)), Some(through(0, &[])));
    let left = wait_for("the count", || match control.ask(&Ask::Peers) {
        Answer::Peers(peers) => (!peers.left.is_empty()).then_some(peers.left),
        other => panic!("{other:?}"),
    });
    assert_eq!((left[0].0.as_str(), left[0].2), ("fpm", 1));
    assert!(left[0].1.contains("own addresses"), "{left:?}");
}

#[test]
fn a_reload_listens_elsewhere_and_without_the_section_forgets_what_was_learned() {
    let (site, ports) = site("1h");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    until(&mut session, routes);
    site.write(&TWO_PROVIDERS.replacen("mirror = true", "mirror = { name = \"lo\" }", 1));
    let mut client = control.client();
    client.send(&Ask::Reload);
    until(&mut session, |request| matches!(request, Request::ReloadPrepare { .. }));
    session.reply(&Reply::Prepared { changes: Vec::new(), left: Vec::new() });
    session.barrier();
    match client.receive() {
        Some(Answer::Ok { changes, .. }) => assert_eq!(changes, ["fpm: changed", "bgp: changed"]),
        other => panic!("{other:?}"),
    }
    let end = Request::SyncEnd { source: Source::Bgp };
    let said = until(&mut session, |request| *request == end);
    assert!(said.contains(&Request::SyncEnd { source: Source::Fpm }), "{said:?}");
    let listens = || TcpStream::connect_timeout(&([127, 0, 0, 1], ports.fpm).into(), Duration::from_secs(1));
    assert!(listens().is_err());
    assert_eq!(control.status().routes, 2);
}

#[test]
fn a_reload_says_who_cannot_be_listened_to() {
    let (site, ports) = site("1h");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let taken = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [fpm, bgp] = [&taken[0], &taken[1]].map(|listener| listener.local_addr().unwrap());
    let text = std::fs::read_to_string(site.path("swerve.toml")).unwrap();
    let text = text.replacen(&format!("127.0.0.1:{}", ports.fpm), &fpm.to_string(), 1);
    let text = text.replacen(&format!("127.0.0.1:{}", ports.bgp), &bgp.to_string(), 1);
    std::fs::write(site.path("swerve.toml"), text).unwrap();
    let mut client = control.client();
    client.send(&Ask::Reload);
    until(&mut session, |request| matches!(request, Request::ReloadPrepare { .. }));
    session.reply(&Reply::Prepared { changes: Vec::new(), left: Vec::new() });
    session.barrier();
    match client.receive() {
        Some(Answer::Ok { left, .. }) => {
            assert!(left[0].starts_with(&format!("cannot listen for FPM at {fpm}: ")), "{left:?}");
            assert!(left[1].starts_with(&format!("cannot listen for BGP at {bgp}: ")), "{left:?}");
        }
        other => panic!("{other:?}"),
    }
    drop((connect(ports.fpm), connect(ports.bgp)));
}

/// Prefixes of the last message of routes, with whether they are there, and its VRF.
fn last_routes(said: &[Request]) -> (Option<String>, Vec<(String, bool)>) {
    let Some(Request::Routes { vrf, updates, .. }) = said.last() else { panic!("{said:?}") };
    (vrf.clone(), updates.iter().map(|update| (update.prefix.to_string(), update.group.is_some())).collect())
}

#[test]
fn routes_of_a_table_go_to_its_vrf_and_those_of_a_table_that_nobody_has_go_nowhere() {
    let vrf = "[[vrf]]\nname = \"red\"\ntable = 10\n\
               [[route]]\nvrf = \"red\"\nprefix = \"203.0.113.0/24\"\nblackhole = true\n";
    let (site, ports) = site_with("1s", |_| vrf.to_owned());
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    let first = session.sync();
    let of_red =
        |request: &Request| matches!(request, Request::Routes { vrf: Some(vrf), .. } if vrf == "red");
    assert!(first.iter().any(of_red), "the file's own route: {first:?}");
    let mut zebra = Zebra::connect(&ports);
    // Not the main table's, whatever the kernel uses them for, nor a table that no VRF has.
    for table in [255, 253, 100_000, 11] {
        zebra.say_in(table, PREFIX, OSPF, Some("192.0.2.2"));
    }
    zebra.say_in(10, "198.18.0.0/15", OSPF, Some("192.0.2.2"));
    let said = until(&mut session, routes);
    assert_eq!(last_routes(&said), (Some("red".into()), vec![("198.18.0.0/15".into(), true)]));
    zebra.say_in(10, "198.18.0.0/15", OSPF, None);
    let said = until(&mut session, routes);
    assert_eq!(last_routes(&said), (Some("red".into()), vec![("198.18.0.0/15".into(), false)]));
    zebra.say("198.18.0.0/15", OSPF, Some("192.0.2.2"));
    let said = until(&mut session, routes);
    assert_eq!(last_routes(&said), (None, vec![("198.18.0.0/15".into(), true)]));

    let Answer::Peers(peers) = control.ask(&Ask::Peers) else { panic!("peers") };
    assert_eq!(peers.fpm.unwrap().other_tables, [(11, 1), (253, 1), (255, 1), (100_000, 1)]);
    assert_eq!(peers.left, [("fpm".to_owned(), "routes in tables of no VRF".to_owned(), 4)]);
    let rib = |vrf: Option<&str>| match control.ask(&Ask::Rib {
        vrf: vrf.map(str::to_owned),
        within: None,
        after: None,
        limit: 10,
    }) {
        Answer::Rib { prefixes, .. } => {
            Ok(prefixes.into_iter().map(|row| row.prefix.to_string()).collect::<Vec<_>>())
        }
        Answer::Refused { why } => Err(why),
        other => panic!("{other:?}"),
    };
    assert_eq!(rib(Some("red")), Ok(vec![PREFIX.to_owned()]));
    assert!(rib(None).unwrap().contains(&"198.18.0.0/15".to_owned()));
    assert_eq!(rib(Some("rde")), Err("there is no VRF rde; there is default, red".to_owned()));
}

#[test]
fn what_a_bgpd_of_a_vrf_says_is_the_backup_in_that_vrf() {
    let (site, ports) = site_with("1s", |_| "[[vrf]]\nname = \"red\"\ntable = 10\n".to_owned());
    let file = site.dir.path().join("swerve.toml");
    let mut body = std::fs::read_to_string(&file).unwrap();
    for section in ["[[interface]]", "[[route]]", "[[bgp.neighbor]]"] {
        body = body.replace(section, &format!("{section}\nvrf = \"red\""));
    }
    std::fs::write(&file, body).unwrap();
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, BGP, Some("192.0.2.2"));
    until(&mut session, routes);
    zebra.say_in(10, PREFIX, BGP, Some("192.0.2.2"));
    let said = until(&mut session, routes);
    assert_eq!(last_routes(&said), (Some("red".into()), vec![(PREFIX.into(), true)]));
    let mut bgpd = Bgpd::connect(&ports);
    tell_both(&mut bgpd);
    let said = until(&mut session, routes);
    assert_eq!(last_group(&said), Some(through(0, &[2])));
    assert_eq!(last_routes(&said), (Some("red".into()), vec![(PREFIX.into(), true)]));
    let bgp = &peers(&control).bgp[0];
    assert_eq!((bgp.vrf.as_deref(), bgp.families[0].paths), (Some("red"), 2));

    // zebra lets go of both while bgpd restarts. That of the VRF without a bgpd goes, the other stays with what was heard of it.
    drop(bgpd);
    wait_for("its paths are stale", || (peers(&control).bgp[0].families[0].stale == 2).then_some(()));
    zebra.say_in(10, PREFIX, BGP, None);
    zebra.say(PREFIX, BGP, None);
    let said = until(&mut session, routes);
    assert_eq!(last_routes(&said), (None, vec![(PREFIX.into(), false)]));
    assert_eq!(peers(&control).kept_withdrawn, 1);
}
