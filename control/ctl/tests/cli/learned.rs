//! What control knows of routes: `show rib`, `show coverage`, `show peers` and `what-if`.

use super::complete::offered;
use super::*;
use api::control::Request;
use api::learned::{
    BgpFamily, BgpPeer, Coverage, Flow, FpmPeer, FpmProtocol, Move, PathCoverage, Peers, RibBgp,
    RibCandidate, RibPrefix, Touched, WhatIf,
};
use std::time::Instant;

fn candidate(role: &str, path: &str) -> RibCandidate {
    RibCandidate {
        source: "bgp".into(),
        protocol: None,
        preference: 20,
        metric: Some(0),
        path: Some(path.into()),
        next_hop: Some("203.0.113.1".parse().unwrap()),
        role: role.into(),
        proof: Some("ebgp-distinct".into()),
        note: Some("another provider".into()),
        bgp: Some(RibBgp {
            peer: Some("192.0.2.1".parse().unwrap()),
            path_id: 4,
            local_pref: 100,
            as_path_length: 1,
            origin: "igp".into(),
            neighbor_as: 65_002,
            med: 0,
            external: true,
        }),
    }
}

fn prefix(number: u32) -> RibPrefix {
    RibPrefix {
        prefix: format!("10.{}.{}.0/24", number / 256, number % 256).parse().unwrap(),
        source: Some("fpm".into()),
        why: "the routing daemon says so".into(),
        kind: Some("paths".into()),
        candidates: vec![candidate("best", "isp1"), candidate("backup 1", "isp2")],
    }
}

fn coverage() -> Coverage {
    let of = |path: &str, covered, gaps| PathCoverage { path: path.into(), prefixes: 4, covered, gaps };
    let paths = vec![of("isp1", 1, vec![("no other path".into(), 3)]), of("isp2", 4, vec![])];
    Coverage { prefixes: 8, covered: 5, percent: 62, dead: 2, paths }
}

fn peers() -> Peers {
    let protocol = FpmProtocol { name: "bgp".into(), routes: 7, stale: 2, sweep_in_s: Some(31.0) };
    let fpm = FpmPeer {
        listen: "127.0.0.1:2620".parse().unwrap(),
        peer: Some("127.0.0.1:40000".parse().unwrap()),
        connected_s: Some(9.0),
        unfinished_s: Some(61.0),
        routes: 7,
        waiting: 0,
        most_waited: 6,
        lag_s: 0.0,
        rate: 3,
        complete: false,
        complete_in_s: Some(111.0),
        protocols: vec![protocol],
        other_tables: vec![(4242, 3)],
        unresolved: 0,
        unresolved_example: None,
        refused: vec![("an attribute twice".into(), 4)],
        last_refused: Some("a route: an attribute twice".into()),
        refused_hosts: 2,
        last_refused_host: Some([192, 0, 2, 66].into()),
        resets: 1,
        last_reset: Some("FPM: version 71 instead of 1".into()),
        connections: 3,
        swept: 0,
    };
    let family = BgpFamily {
        family: "ipv4".into(),
        add_path: true,
        prefixes: 2,
        paths: 3,
        stale: 1,
        stale_s: Some(5.0),
        end_of_rib: true,
    };
    let bgp = BgpPeer {
        vrf: Some("red".into()),
        address: "192.0.2.1".parse().unwrap(),
        asn: 65_000,
        state: "Established".into(),
        since_s: 8.0,
        families: vec![family],
        waiting: 0,
        rate: 1,
        hold_left_s: Some(60.0),
        attributes: 3,
        memory_bytes: 1000,
        last_end: Some(("hold timer expired".into(), 12.0)),
        faults: vec![("attributes left out (RFC 7606)".into(), 4)],
    };
    Peers {
        fpm: Some(fpm),
        bgp: vec![bgp],
        lfa: None,
        bgp_refused: 6,
        left: vec![("fpm".into(), "routes without a gateway".into(), 1)],
        switch_connected: true,
        to_tell: 12,
        held: 3,
        kept_withdrawn: 5,
        kept_s: Some(118.0),
        kept_untold: 0,
    }
}

fn what_if(fail: Vec<String>, list: u32) -> ControlReply {
    if fail.contains(&"isp9".to_owned()) {
        let why = "there is no path, port, interface, srlg, region or provider isp9; did you mean isp1?";
        return ControlReply::Refused { why: why.into() };
    }
    let moved = |to: &[&str], proof: Option<&str>, prefixes| Move {
        from: vec!["isp1".into()],
        to: to.iter().map(|to| (*to).to_owned()).collect(),
        proof: proof.map(str::to_owned),
        prefixes,
    };
    let flow = |to: Option<&str>, share| Flow { from: "isp1".into(), to: to.map(str::to_owned), share };
    let listed = [("10.0.0.0/8", vec!["isp2".to_owned()]), ("11.0.0.0/8", vec![])];
    let listed =
        listed.into_iter().map(|(prefix, to)| Touched { vrf: None, prefix: prefix.parse().unwrap(), to });
    ControlReply::WhatIf(WhatIf {
        taken_for: fail.iter().map(|name| format!("path {name}")).collect(),
        fails: vec!["isp1".into()],
        moves: vec![moved(&["isp2"], Some("ebgp-distinct"), 3), moved(&[], None, 1)],
        lost: 1,
        untouched: 4,
        dead: 2,
        flows: vec![flow(Some("isp2"), 0.75), flow(None, 0.25)],
        prefixes: listed.take(list as usize).collect(),
    })
}

fn control(bench: &Bench) {
    bench.control(|request| match request {
        Request::Rib { within: Some(within), .. } if within == "192.0.2.0/24".parse().unwrap() => {
            ControlReply::Rib { prefixes: vec![], more: false }
        }
        Request::Rib { after, limit, .. } => {
            let start = after.map_or(0, |after| (0..1000).find(|n| prefix(*n).prefix == after).unwrap() + 1);
            let end = (start + limit).min(1000);
            ControlReply::Rib { prefixes: (start..end).map(prefix).collect(), more: end < 1000 }
        }
        Request::Coverage => ControlReply::Coverage(coverage()),
        Request::Peers => ControlReply::Peers(Box::new(peers())),
        Request::WhatIf { fail, list } => what_if(fail, list),
        Request::Names => {
            let names = ["fiber-a", "isp1", "isp2", "p-isp1", "west"];
            ControlReply::Names(names.map(str::to_owned).into())
        }
        other => panic!("{other:?}"),
    });
}

/// A control that has heard nothing.
fn empty(bench: &Bench) {
    bench.control(|request| match request {
        Request::Rib { .. } => ControlReply::Rib { prefixes: vec![], more: false },
        Request::Coverage => {
            ControlReply::Coverage(Coverage { prefixes: 0, covered: 0, percent: 100, dead: 0, paths: vec![] })
        }
        Request::Peers => ControlReply::Peers(Box::new(Peers {
            fpm: None,
            bgp: vec![],
            bgp_refused: 0,
            left: vec![],
            switch_connected: false,
            ..peers()
        })),
        other => panic!("{other:?}"),
    });
}

/// A switch whose first path carries 8 Mbit/s, and whose second a quarter of it.
fn carrying(bench: &Bench) {
    let clock = Instant::now();
    serve(&bench.path("switch.sock"), move |request| match request {
        switch::Request::Hello { version, .. } => {
            vec![SwitchReply::Welcome { version, build: "1.2.3".into(), stats: "/nowhere".into() }]
        }
        switch::Request::Show(Query::Paths) => {
            let bytes = clock.elapsed().as_micros() as u64;
            let row = |name: &str, bytes| api::show::Path {
                name: name.into(),
                interface: name.into(),
                next_hop: "203.0.113.1".parse().unwrap(),
                live: true,
                causes: vec![],
                since_s: 1.0,
                restore_in_s: None,
                bfd: None,
                bfd_held_s: None,
                mac: None,
                packets: 0,
                bytes,
            };
            vec![SwitchReply::Rows(Rows::Paths(vec![row("isp1", bytes), row("isp2", bytes / 4)]))]
        }
        other => panic!("swervectl asks the switch for {other:?}"),
    });
}

fn json(bench: &Bench, args: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(args);
    serde_json::from_str(&succeeds(&bench.run(&all))).unwrap()
}

/// About, as a busy machine measures a rate.
#[track_caller]
fn about(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < expected / 4.0, "{value} is not about {expected}");
}

#[test]
fn every_candidate_is_a_line_and_pages_make_one_list() {
    let bench = Bench::new();
    control(&bench);
    let text = succeeds(&bench.run(&["show", "rib", "10.0.0.0/24"]));
    assert!(text.contains("from 192.0.2.1 id 4: local-pref 100 AS path 1 via AS 65002 igp"), "{text}");
    assert!(text.contains("backup 1") && text.contains("another provider"), "{text}");
    assert!(text.contains("and more than these 100: --limit N shows N, --limit 0 all"), "{text}");
    let all = json(&bench, &["show", "rib", "--limit", "0"]);
    assert_eq!((all["prefixes"].as_array().unwrap().len(), &all["more"]), (1000, &Value::Bool(false)));
    assert_eq!(all["prefixes"][999]["candidates"][1]["proof"], "ebgp-distinct");
    let some = json(&bench, &["show", "rib", "--limit", "450"]);
    assert_eq!((some["prefixes"].as_array().unwrap().len(), &some["more"]), (450, &Value::Bool(true)));
}

#[test]
fn coverage_is_in_prefixes_and_in_traffic_where_the_switch_counts_it() {
    let bench = Bench::new();
    control(&bench);
    let text = succeeds(&bench.run(&["show", "coverage"]));
    assert!(
        text.contains("5 of 8 prefixes (62 %) survive the loss of any one path; 2 have no usable path"),
        "{text}"
    );
    assert!(!text.contains("of a path have equal traffic"), "nobody counts: {text}");
    assert_eq!(json(&bench, &["show", "coverage"])["traffic"], Value::Null);
    carrying(&bench);
    let rows = json(&bench, &["show", "coverage"]);
    about(&rows["traffic"]["bits_per_s"], 10e6);
    // A quarter of the first path's, all of the second's.
    about(&rows["traffic"]["covered_bits_per_s"], 4e6);
    assert_eq!(rows["paths"][0]["gaps"][0][0], "no other path");
    let text = succeeds(&bench.run(&["show", "coverage"]));
    assert!(text.contains("if the prefixes of a path have equal traffic"), "{text}");
}

#[test]
fn peers_show_what_each_daemon_told_and_all_that_was_refused() {
    let bench = Bench::new();
    control(&bench);
    let text = succeeds(&bench.run(&["show", "peers"]));
    for words in [
        "connected for 9 s, connection 3, complete in 111 s, 7 routes",
        "12 prefixes to be told to the switch, 3 held on their repair",
        "bgp: 7 routes, 2 stale, swept in 31 s",
        "bgp: 5 routes that FPM withdrew are kept while BGP has them, for 118 s at the most",
        "BFD   what bfdd asks for is not known:",
        "refused 4 times: an attribute twice",
        "the last of them: a route: an attribute twice",
        "2 connections of hosts that may not, the last of 192.0.2.66",
        "1 connections reset, the last: FPM: version 71 instead of 1",
        "a frame has not ended for 61 s, and no countdown runs until it does",
        "hold timer expired 12 s ago",
        "not taken of fpm: 1 times, routes without a gateway",
        "of 192.0.2.1: 4 attributes left out (RFC 7606)",
        "6 connections of BGP from addresses that are no neighbor's",
    ] {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
    let rows = json(&bench, &["show", "peers"]);
    assert_eq!((&rows["bgp_refused"], &rows["bgp"][0]["faults"][0][1]), (&6.into(), &4.into()));
}

#[test]
fn what_if_says_where_prefixes_go_and_what_each_path_would_carry() {
    let bench = Bench::new();
    control(&bench);
    let text = succeeds(&bench.run(&["what-if", "fail", "isp1", "--list", "2"]));
    assert!(text.starts_with("if path isp1 failed, with paths isp1:\n"), "{text}");
    assert!(text.contains("1 prefixes lost, 4 untouched, 2 dead already"), "{text}");
    assert!(text.contains("10.0.0.0/8 -> isp2\n11.0.0.0/8 -> lost\n"), "{text}");
    assert_eq!(json(&bench, &["what-if", "fail", "isp1"])["load"], Value::Null, "no switch");
    carrying(&bench);
    let what = json(&bench, &["what-if", "fail", "isp1", "p-isp1"]);
    assert_eq!((&what["taken_for"][1], &what["lost"]), (&"path p-isp1".into(), &1.into()));
    let load = &what["load"];
    assert_eq!(load[0]["path"], "isp1");
    assert!(load[0]["then_bits_per_s"].as_f64().unwrap() < 1.0, "{load}");
    about(&load[0]["now_bits_per_s"], 8e6);
    about(&load[1]["then_bits_per_s"], 2e6 + 0.75 * 8e6);
    about(&load[1]["at_most_bits_per_s"], 2e6 + 8e6);
}

#[test]
fn mistakes_are_answered_with_what_would_be_right() {
    let bench = Bench::new();
    control(&bench);
    let run = |args: &str| bench.run(&args.split(' ').collect::<Vec<_>>());
    fails(&run("what-if fail isp9"), 1, &["did you mean isp1?"]);
    fails(&run("what-if fail"), 2, &["<NAME>"]);
    fails(&run("what-if"), 2, &["fail"]);
    fails(&run("what-if fail isp1 --list x"), 2, &["--list"]);
    fails(&run("what-if fail isp1 --list 401"), 2, &["--list", "400"]);
    fails(&run("show rib nonsense"), 2, &["10.0.0.0/8", "or an address"]);
    fails(&run("show rib 10.0.0.1/8"), 2, &["the prefix is 10.0.0.0/8"]);
    fails(&run("show rib --limit few"), 2, &["--limit"]);
    fails(&run("show coverage isp1"), 2, &["isp1"]);
    fails(&run("show peers 192.0.2.1"), 2, &["192.0.2.1"]);
    fails(&run("show rib 192.0.2.0/24"), 1, &["nobody has said anything of 192.0.2.0/24"]);
}

#[test]
fn without_control_each_says_who_is_missing() {
    let bench = Bench::new();
    carrying(&bench);
    let socket = bench.path("control.sock").display().to_string();
    for args in ["show rib", "show coverage", "show peers", "what-if fail isp1"] {
        let output = bench.run(&args.split(' ').collect::<Vec<_>>());
        fails(&output, 3, &["swerve-control", &socket, "systemctl start swerve-control"]);
        assert_eq!(stdout(&output), "", "{args}");
    }
}

#[test]
fn a_control_that_has_heard_nothing_says_so() {
    let bench = Bench::new();
    empty(&bench);
    assert_eq!(succeeds(&bench.run(&["show", "rib"])), "no prefixes\n");
    assert_eq!(json(&bench, &["show", "rib"])["prefixes"], Value::Array(vec![]));
    fails(&bench.run(&["show", "rib", "10.0.0.0/8"]), 1, &["nobody has said anything"]);
    let text = succeeds(&bench.run(&["show", "coverage"]));
    assert!(text.starts_with("no path carries a prefix\n"), "{text}");
    let text = succeeds(&bench.run(&["show", "peers"]));
    assert!(
        text.contains("FPM   not in the file") && text.contains("no neighbors of BGP in the file"),
        "{text}"
    );
    assert!(text.ends_with("the switch is not connected: nothing is told to it\n"), "{text}");
}

#[test]
fn all_that_may_fail_is_offered_once() {
    let bench = Bench::new();
    assert_eq!(offered(&bench, "what-if fail "), Vec::<String>::new(), "control is not there");
    assert_eq!(offered(&bench, "what-if "), ["fail", "help"]);
    control(&bench);
    assert_eq!(offered(&bench, "what-if fail "), ["fiber-a", "isp1", "isp2", "p-isp1", "west"]);
    assert_eq!(offered(&bench, "what-if fail isp1 --list 3 i"), ["isp2"]);
    assert!(offered(&bench, "show p").contains(&"peers".to_owned()));
}

#[test]
fn a_list_of_very_many_prefixes_comes_in_parts_and_takes_no_more_memory_than_one() {
    const ALL: u32 = 30_000;
    let bench = Bench::new();
    bench.control(|request| {
        let Request::Rib { after, limit, .. } = request else { panic!("{request:?}") };
        let number = |net: ipnet::IpNet| match net.addr() {
            std::net::IpAddr::V4(address) => (address.to_bits() >> 8) & 0xffff,
            other => panic!("{other}"),
        };
        let start = after.map_or(0, |after| number(after) + 1);
        let end = (start + limit).min(ALL);
        ControlReply::Rib { prefixes: (start..end).map(prefix).collect(), more: end < ALL }
    });
    // What one row takes, times all of them, is ten times this, in kB.
    let run = |args: &str| {
        let line = format!("ulimit -v 65536; exec {} {args}", env!("CARGO_BIN_EXE_swervectl"));
        let mut command = Command::new("sh");
        command.args(["-c", &line]).env("SWERVE_CONFIG", bench.path("swerve.toml"));
        succeeds(&command.output().unwrap())
    };
    let json: Value = serde_json::from_str(&run("show rib --limit 0 --json")).unwrap();
    let rows = json["prefixes"].as_array().unwrap();
    assert_eq!((rows.len(), &json["more"]), (ALL as usize, &Value::Bool(false)));
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row["prefix"], prefix(at as u32).prefix.to_string());
    }
    let prefixes = |text: &str| text.lines().filter(|line| line.starts_with("10.")).count();
    let text = run("show rib --limit 0");
    assert!(prefixes(&text) == ALL as usize && !text.contains("and more"));
    let text = run("show rib --limit 9000");
    assert_eq!(prefixes(&text), 9000);
    assert!(text.ends_with("and more than these 9000: --limit N shows N, --limit 0 all\n"));
}
