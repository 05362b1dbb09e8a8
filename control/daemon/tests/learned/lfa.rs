//! Loop-free alternates from where they are read to the switch, and back to it when a path fails.

use super::*;
use api::learned::LfaReader;
use api::switch::Event;
use std::os::unix::net::UnixListener;
use std::time::Instant;

/// We, both providers' routers next door, and a third router behind the second one. The prefix is behind the first.
const TOPOLOGY: &str = r#"
    router = "edge"
    [[link]]
    from = "edge"
    to = "isp1"
    metric = 10
    to_address = ["192.0.2.2"]
    [[link]]
    from = "edge"
    to = "isp2"
    metric = 10
    to_address = ["198.51.100.2"]
    [[link]]
    from = "isp1"
    to = "isp2"
    metric = 15
    [[prefix]]
    prefix = "203.0.113.0/24"
    router = "isp1"
    metric = 10
    [[prefix]]
    prefix = "203.0.113.0/24"
    router = "isp2"
    metric = 15
"#;

fn with_file(topology: &str) -> impl FnOnce(&Site) -> String {
    move |site| written(site, topology)
}

fn written(site: &Site, topology: &str) -> String {
    let file = site.dir.path().join("topology.toml");
    std::fs::write(&file, topology).unwrap();
    format!("[lfa]\nsource = \"file\"\nfile = \"{}\"\ninterval = \"1s\"\n", file.display())
}

/// Reads until the prefix has that group.
fn until_group(session: &mut Session, group: &Group) {
    let mut said = Vec::new();
    loop {
        said.extend(until(session, routes));
        if last_group(&said).as_ref() == Some(group) {
            return;
        }
    }
}

fn reader(control: &Control) -> LfaReader {
    match control.ask(&Ask::Peers) {
        Answer::Peers(peers) => peers.lfa.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_alternate_backs_up_the_route_that_it_was_computed_for_with_its_proof() {
    let (site, ports) = site_with("1h", with_file(TOPOLOGY));
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    wait_for("the file", || (reader(&control).prefixes == 1).then_some(()));
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[1]));
    let best = ("best".to_owned(), Some("isp1".to_owned()), None);
    let proof = Some("lfa, node-protecting, downstream".to_owned());
    assert_eq!(rib_roles(&control), [best, ("backup 1".to_owned(), Some("isp2".to_owned()), proof)]);
    match control.ask(&Ask::Coverage) {
        Answer::Coverage(coverage) => assert_eq!((coverage.covered, coverage.prefixes), (2, 2)),
        other => panic!("{other:?}"),
    }
    // Of another protocol's route, or of one that goes elsewhere, it is no alternate.
    zebra.say(PREFIX, BGP, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[]));
    let reason = rib_notes(&control).pop().flatten().unwrap_or_default();
    assert!(reason.contains("another route"), "{reason}");
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[1]));
    // Another topology: isp2 is as far from it by us as past us.
    let file = site.dir.path().join("topology.toml");
    let far = TOPOLOGY
        .replace("metric = 15", "metric = 20")
        .replace("router = \"isp2\"\n    metric = 20", "router = \"isp2\"\n    metric = 30");
    std::fs::write(&file, far).unwrap();
    until_group(&mut session, &through(0, &[]));
    // A mistake is told, and nothing changes.
    std::fs::write(&file, TOPOLOGY.replace("metric = 10", "metric = -1")).unwrap();
    let error = wait_for("the error", || reader(&control).error);
    assert!(error.contains("topology.toml:6: metric -1 is out of range"), "{error}");
    std::fs::write(&file, TOPOLOGY).unwrap();
    until_group(&mut session, &through(0, &[1]));
    zebra.say(PREFIX, OSPF, None);
    assert_eq!(last_group(&until(&mut session, routes)), None);
}

fn rib_notes(control: &Control) -> Vec<Option<String>> {
    let within = Some("203.0.113.9/32".parse().unwrap());
    match control.ask(&Ask::Rib { vrf: None, within, after: None, limit: 10 }) {
        Answer::Rib { prefixes, .. } => prefixes[0].candidates.iter().map(|row| row.note.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_a_failure_traffic_stays_on_its_alternate_until_the_others_have_converged() {
    // Everybody is on the first interface, the one that the routing daemon has here.
    let (site, ports) = site_with("1h", with_file(&TOPOLOGY.replace("198.51.100.2", "192.0.2.3")));
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[2]));
    let fails = |path: &str, causes: &[&str]| {
        let causes = causes.iter().map(|cause| (*cause).to_owned()).collect();
        Reply::Event(Event::PathState { path: path.to_owned(), causes })
    };
    session.reply(&fails("isp1", &["bfd-expired"]));
    // The events of the switch and those of zebra come by different sockets.
    wait_for("the failure", || (control.status().coverage_percent == 0).then_some(()));
    // The IGP's new way is not where the repair is. The delay begins now, however late that is.
    let said = Instant::now();
    zebra.say(PREFIX, OSPF, Some("192.0.2.9"));
    let held = |count: u64| match control.ask(&Ask::Peers) {
        Answer::Peers(peers) => (peers.held == count).then_some(()),
        other => panic!("{other:?}"),
    };
    wait_for("the prefix to be held", || held(1));
    until_group(&mut session, &through(3, &[]));
    assert!(said.elapsed() >= Duration::from_secs(1), "uloop_delay of this file: {:?}", said.elapsed());
    assert_eq!(held(0), Some(()));

    // When it is where the repair is, at once: long before the delay is over.
    session.reply(&fails("isp1", &[]));
    zebra.say(PREFIX, OSPF, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[2]));
    session.reply(&fails("isp1", &["bfd-expired"]));
    wait_for("the failure", || (control.status().coverage_percent == 0).then_some(()));
    let failed = Instant::now();
    zebra.say(PREFIX, OSPF, Some("192.0.2.3"));
    assert_eq!(last_group(&until(&mut session, routes)), Some(through(2, &[])));
    assert!(failed.elapsed() < Duration::from_secs(1), "{:?}", failed.elapsed());
}

/// A zebra with one route of isisd's that has a backup.
fn isis(backup: &str) -> String {
    format!(
        r#"{{"203.0.113.0/24":[{{"prefix":"203.0.113.0/24","protocol":"isis","selected":true,"table":254,"metric":20,
        "nexthops":[{{"flags":3,"ip":"192.0.2.2","afi":"ipv4","interfaceIndex":1,"active":true,"backupIndex":[0]}}],
        "backupNexthops":[{{"flags":1,"ip":"{backup}","afi":"ipv4","interfaceIndex":1,"active":true}}]}}]}}"#
    )
}

/// Answers on the socket of zebra's command line, one client after the other: the route is one of that VRF.
fn command_line(path: &std::path::Path, vrf: &str) {
    let listener = UnixListener::bind(path).unwrap();
    let routes = format!("show ip route vrf {vrf} isis json");
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(mut client) = client else { return };
            let mut command = Vec::new();
            let mut byte = [0];
            while client.read_exact(&mut byte).is_ok() {
                if byte != [0] {
                    command.push(byte[0]);
                    continue;
                }
                let answer = match std::mem::take(&mut command).as_slice() {
                    asked if asked == routes.as_bytes() => isis("192.0.2.9"),
                    b"enable" => String::new(),
                    _ => "{\n}\n".to_owned(),
                };
                if client.write_all(&[answer.as_bytes(), &[0; 4]].concat()).is_err() {
                    break;
                }
            }
        }
    });
}

#[test]
fn what_isisd_has_computed_is_read_from_zebra_when_it_is_there_and_stays_when_it_is_gone() {
    let of_zebra =
        |site: &Site| format!("[lfa]\nsockets = \"{}\"\ninterval = \"1s\"\n", site.dir.path().display());
    let (site, ports) = site_with("1h", of_zebra);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let error = wait_for("the error", || reader(&control).error);
    assert!(error.contains("zebra.vty: No such file"), "{error}");
    let mut zebra = Zebra::connect(&ports);
    zebra.say(PREFIX, 187, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[]));
    let socket = site.dir.path().join("zebra.vty");
    command_line(&socket, "default");
    // It shares the interface, and is the only one there is.
    until_group(&mut session, &through(0, &[2]));
    assert_eq!(rib_roles(&control)[1].2.as_deref(), Some("lfa"));
    assert_eq!(reader(&control).error, None);
    std::fs::remove_file(&socket).unwrap();
    wait_for("the error", || reader(&control).error);
    assert_eq!(rib_roles(&control)[1].0, "backup 1");
}

/// Every interface and route of the file, and what `more` says, with the VRF `red`.
fn all_in_red(more: impl FnOnce(&Site) -> String) -> (Site, Ports) {
    let (site, ports) =
        site_with("1h", |site| "[[vrf]]\nname = \"red\"\ntable = 10\n".to_owned() + &more(site));
    let file = site.dir.path().join("swerve.toml");
    let mut body = std::fs::read_to_string(&file).unwrap();
    for section in ["[[interface]]", "[[route]]"] {
        body = body.replace(section, &format!("{section}\nvrf = \"red\""));
    }
    std::fs::write(&file, body).unwrap();
    (site, ports)
}

#[test]
fn what_isisd_has_computed_in_a_vrf_backs_up_the_route_of_that_vrf() {
    let of_zebra = |site: &Site| {
        let sockets = site.dir.path();
        command_line(&sockets.join("zebra.vty"), "red");
        format!("[lfa]\nsockets = \"{}\"\ninterval = \"1s\"\n", sockets.display())
    };
    let (site, ports) = all_in_red(of_zebra);
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    let mut zebra = Zebra::connect(&ports);
    zebra.say_in(10, PREFIX, 187, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[2]));
    assert_eq!(reader(&control).prefixes, 1);
    let rib = |vrf: Option<&str>| match control.ask(&Ask::Rib {
        vrf: vrf.map(str::to_owned),
        within: Some(PREFIX.parse().unwrap()),
        after: None,
        limit: 10,
    }) {
        Answer::Rib { prefixes, .. } => prefixes,
        other => panic!("{other:?}"),
    };
    let backup = rib(Some("red"))[0].candidates[1].clone();
    assert_eq!((backup.role.as_str(), backup.proof.as_deref()), ("backup 1", Some("lfa")));
    // The same route in the default VRF is another one.
    zebra.say(PREFIX, 187, Some("192.0.2.2"));
    let said = until(&mut session, |request| {
        matches!(request, Request::Routes { vrf: None, source: Source::Fpm, .. })
    });
    assert_eq!(last_group(&said), Some(through(0, &[])));
    assert_eq!(rib(None)[0].candidates.len(), 1);
}

#[test]
fn a_topology_file_is_of_the_vrf_that_the_section_names() {
    let (site, ports) = all_in_red(|site| written(site, TOPOLOGY) + "vrf = \"red\"\n");
    let switch = FakeSwitch::bind(&site);
    let control = site.start();
    let mut session = switch.greet();
    session.sync();
    wait_for("the file", || (reader(&control).prefixes == 1).then_some(()));
    let mut zebra = Zebra::connect(&ports);
    zebra.say_in(10, PREFIX, OSPF, Some("192.0.2.2"));
    until_group(&mut session, &through(0, &[1]));
}
