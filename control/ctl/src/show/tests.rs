//! What is drawn from a segment, and from rows of the switch.

use super::*;
use api::Mac;
use api::show::{Group, Path, Port, Route};
use ipnet::IpNet;
use stats::{
    Asked, BfdDiscard, Cause, DropReason, FailoverInit, GeneratorCounter, PathInfo, PuntClass, Reader,
    Segment, SessionInfo, Shape,
};
use std::time::Duration;
use tempfile::TempDir;

const SECOND: u64 = 1_000_000_000;
/// 2026-01-02 03:04:05 UTC.
const WALL: u64 = 1_767_323_045 * SECOND;

struct Made {
    _dir: TempDir,
    segment: Segment,
    reader: Reader,
}

/// Two workers, two paths, one of them with a session that nobody has filled yet.
fn made() -> Made {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    let shape = Shape {
        workers: vec![1, 3],
        ports: vec!["lan".into(), "isp1".into()],
        paths: 4,
        sessions: 4,
        stages: vec!["bfd".into(), "program".into()],
    };
    let segment = Segment::create(&path, &shape, 2_000_000_000, 0).unwrap();
    for (id, name) in [(0, "isp1"), (1, "isp2")] {
        let info = PathInfo {
            name: name.into(),
            interface: name.into(),
            causes: 0,
            since_ns: 0,
            failures: 0,
            restore_at_ns: 0,
            wait_to_restore_ns: 5 * SECOND,
        };
        segment.path_publish(id, &info);
    }
    let reader = Reader::open(&path).unwrap();
    Made { _dir: dir, segment, reader }
}

fn sample(facts: Facts) -> Sample {
    Sample { at: Instant::now(), facts }
}

fn later(before: &Sample, facts: Facts) -> Sample {
    Sample { at: before.at + Duration::from_secs(2), facts }
}

/// Both forms, one after the other.
fn drawn(what: &What, now: &Sample, before: Option<&Sample>) -> String {
    let view = view(what, now, before);
    format!("{}\n{:#}", view.text, view.json)
}

fn count_on(segment: &Segment) {
    let worker = segment.worker(0);
    worker.rx_packets.add(1000);
    worker.tx_packets.add(990);
    worker.turns.add(200);
    worker.empty_polls.add(50);
    worker.stage(0).add(20_000, 1000);
    worker.drop_packet(DropReason::NoRoute);
    worker.bfd_rx.add(7);
    worker.bfd_tx.add(8);
    worker.punts[PuntClass::Arp as usize].add(2);
    worker.policed[PuntClass::Icmp as usize].add(3);
    for _ in 0..99 {
        worker.record_stall(SECOND, 900);
    }
    worker.record_stall(2 * SECOND, 150_000);
}

#[test]
fn workers_are_shown_with_cycles_by_stage_and_their_stalls() {
    let made = made();
    count_on(&made.segment);
    let facts = workers::Facts::read(&made.reader, 12 * SECOND);
    insta::assert_snapshot!(drawn(&What::Workers, &sample(Facts::Workers(facts)), None));
}

#[test]
fn the_stages_of_a_program_have_a_line_each_and_begin_anew_with_another_program() {
    let made = made();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    made.segment.set_program_stages(&names(&["parser", "ingress.acl lookup", "after ingress.acl"]));
    made.segment.worker(0).program_stages([(6400, 64), (1920, 32), (320, 32)]);
    made.segment.worker(1).program_stages([(500, 10)]);
    let before = sample(Facts::Workers(workers::Facts::read(&made.reader, SECOND)));
    let text = |now: &Sample, before: Option<&Sample>| {
        let text = view(&What::Workers, now, before).text;
        let from = text.find("stage of the program").unwrap();
        let lines = text[from..].lines().take_while(|line| !line.is_empty());
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let head = "stage of the program worker 0 (cycles/packet) worker 1 (cycles/packet)";
    let first = [head, "parser 100.0 50.0", "ingress.acl lookup 60.0 -", "after ingress.acl 10.0 -"];
    assert_eq!(text(&before, None), first);
    made.segment.worker(0).program_stages([(6400 + 200, 64 + 1), (1920, 32), (320, 32)]);
    let now = later(&before, Facts::Workers(workers::Facts::read(&made.reader, SECOND)));
    assert_eq!(text(&now, Some(&before))[1], "parser 200.0 -");
    made.segment.set_program_stages(&names(&["parser", "ingress.nat lookup", "after ingress.nat"]));
    made.segment.worker(0).program_stages([(30, 1), (40, 1), (50, 1)]);
    let now = later(&before, Facts::Workers(workers::Facts::read(&made.reader, SECOND)));
    assert_eq!(text(&now, Some(&before))[1..3], ["parser 30.0 -", "ingress.nat lookup 40.0 -"]);
    let json = view(&What::Workers, &now, None).json;
    assert_eq!(json[0]["program_stages"][2]["stage"], "after ingress.nat");
    assert_eq!(json[0]["program_stages"][2]["cycles_per_packet"], 50.0);
}

#[test]
fn workers_that_are_watched_show_what_came_since_the_last_sample() {
    let made = made();
    count_on(&made.segment);
    let before = sample(Facts::Workers(workers::Facts::read(&made.reader, 12 * SECOND)));
    let worker = made.segment.worker(0);
    worker.rx_packets.add(2_000_000);
    worker.turns.add(100);
    worker.empty_polls.add(100);
    worker.stage(0).add(30_000, 1000);
    worker.generator(GeneratorCounter::Made).add(5);
    worker.record_stall(13 * SECOND, 25_000);
    let now = later(&before, Facts::Workers(workers::Facts::read(&made.reader, 14 * SECOND)));
    insta::assert_snapshot!(drawn(&What::Workers, &now, Some(&before)));
}

#[test]
fn sessions_are_shown_in_words_with_discards_by_reason() {
    let made = made();
    let asked = |by_file, by_bfdd, multihop| Asked { by_file, by_bfdd, multihop };
    made.segment.session_open(0, 1);
    made.segment.session_describe(0, Some(0), asked(true, true, false));
    made.segment.session_open(1, 0);
    made.segment.session_describe(1, Some(1), asked(true, false, false));
    made.segment.session_open(2, 0);
    made.segment.session_describe(2, None, asked(false, true, true));
    let info = SessionInfo {
        interface: 1,
        local: "203.0.113.0".parse().unwrap(),
        peer: "203.0.113.1".parse().unwrap(),
        local_discriminator: 0xabcd,
        remote_discriminator: 0x1234_5678,
        state: 3,
        remote_state: 2,
        diagnostic: 1,
        remote_diagnostic: 3,
        tx_interval_us: 10_000,
        remote_min_tx_us: 10_000,
        remote_min_rx_us: 10_000,
        remote_multiplier: 4,
        detection_us: 30_000,
        multiplier: 3,
        packets_in: 500,
        packets_out: 501,
        last_heard_ns: 12 * SECOND - 4_500_000,
        up_since_ns: 2 * SECOND,
        flaps: 1,
        vetoes: 2,
    };
    made.segment.session_publish(0, &info);
    made.segment.worker(0).bfd_discard(BfdDiscard::WrongTtl as usize);
    made.segment.worker(1).bfd_discard(BfdDiscard::WrongTtl as usize);
    made.segment.worker(1).bfd_discard(BfdDiscard::AdminDown as usize);
    let read = |bfdd| {
        let facts = bfd::Facts::read(&made.reader, 12 * SECOND, bfdd);
        drawn(&What::Bfd, &sample(Facts::Sessions(facts)), None)
    };
    insta::assert_snapshot!(read(Ok(None)));
    let row = |discriminator: u32, peer: &str| api::show::Asked {
        discriminator,
        peer: peer.parse().unwrap(),
        local: Some("203.0.113.0".parse().unwrap()),
        interface: Some("isp1".into()),
        multihop: false,
        shutdown: false,
        stale: false,
        state: Some("up".into()),
        problem: None,
    };
    let problem = Some("there is no route to 198.51.100.9".to_owned());
    let cannot = api::show::Asked {
        local: None,
        interface: None,
        multihop: true,
        state: None,
        problem,
        ..row(3, "198.51.100.9")
    };
    let mut bfdd = api::show::Bfdd {
        address: "unix:/run/frr/bfdd-dplane.sock".into(),
        connected: true,
        since_s: 12.5,
        problem: None,
        round_trip_us: Some(210),
        silent_s: None,
        messages_in: 9,
        messages_out: 8,
        messages_bad: 0,
        stale_for_s: Some(21.0),
        sessions: vec![
            row(1, "203.0.113.1"),
            api::show::Asked {
                shutdown: true,
                stale: true,
                state: Some("admindown".into()),
                ..row(2, "203.0.113.3")
            },
            cannot,
        ],
    };
    insta::assert_snapshot!("bfdd_connected", read(Ok(Some(bfdd.clone()))));
    let stopped = api::show::Bfdd { silent_s: Some(61.25), ..bfdd.clone() };
    let said = "connected for 12.5 s, has answered nothing for 61.25 s\n";
    assert!(read(Ok(Some(stopped.clone()))).contains(said), "{}", read(Ok(Some(stopped))));
    bfdd = api::show::Bfdd {
        connected: false,
        problem: Some("it closed the connection".into()),
        round_trip_us: None,
        messages_bad: 2,
        stale_for_s: None,
        sessions: vec![api::show::Asked { stale: true, ..row(1, "203.0.113.1") }],
        ..bfdd
    };
    insta::assert_snapshot!("bfdd_lost", read(Ok(Some(bfdd))));
    assert!(read(Err("no answer".into())).contains("what bfdd asks for is not known: no answer\n"));
}

#[test]
fn drops_are_shown_by_reason_and_worker_and_only_those_that_occurred() {
    let made = made();
    let before = sample(Facts::Drops(drops::Facts::read(&made.reader)));
    for (worker, packets) in [(0, 3), (1, 5)] {
        made.segment.worker(worker).drops[DropReason::NoLivePath as usize].add(packets);
    }
    made.segment.mirror_error();
    let now = later(&before, Facts::Drops(drops::Facts::read(&made.reader)));
    insta::assert_snapshot!(drawn(&What::Drops { all: false }, &now, Some(&before)));
    let all = view(&What::Drops { all: true }, &now, None);
    assert_eq!(all.json["drops"].as_array().unwrap().len(), DropReason::COUNT);
    assert_eq!(view(&What::Drops { all: false }, &before, None).text, "no packet was dropped\n");
}

#[test]
fn failovers_are_chains_newest_first() {
    let made = made();
    let init = FailoverInit {
        path: 0,
        cause: Cause::BfdExpired,
        worker: Some(1),
        last_heard_ns: SECOND,
        detected_ns: SECOND + 30_012_400,
        flipped_ns: SECOND + 30_012_485,
    };
    let first = made.segment.open_failover(&init);
    let record = made.segment.failover(first);
    record.set_first_backup(1, SECOND + 30_014_710);
    record.set_reverted(6 * SECOND + 30_012_400);
    record.set_sent_after_heard(601);
    let drain = FailoverInit {
        path: 1,
        cause: Cause::Drain,
        worker: None,
        last_heard_ns: 0,
        detected_ns: 9 * SECOND,
        flipped_ns: 9 * SECOND + 40,
    };
    let without_backup = made.segment.open_failover(&drain);
    made.segment.failover(without_backup).set_reverted(9 * SECOND + SECOND / 2);
    let second = made.segment.open_failover(&FailoverInit {
        detected_ns: 10 * SECOND,
        flipped_ns: 10 * SECOND + 40,
        ..drain
    });
    made.segment.failover(second).set_first_backup(0, 10 * SECOND + 900);
    let read = || failovers::read(&made.reader, |stamp| WALL + stamp);
    let now = sample(Facts::Failovers(read()));
    insta::assert_snapshot!(drawn(&What::Failovers { last: 10 }, &now, None));
    let one = view(&What::Failovers { last: 1 }, &now, None);
    assert_eq!(one.json.as_array().unwrap().len(), 1);
    assert_eq!(one.json[0]["id"], 3);
}

fn port(packets: u64) -> Port {
    Port {
        name: "isp1".into(),
        device: "net_af_packet0".into(),
        driver: "net_af_packet".into(),
        mac: Mac([2, 0, 0, 0, 0, 1]),
        link_up: true,
        speed_mbps: 0,
        mtu: 1500,
        rx_queues: 2,
        tx_queues: 2,
        cores: vec![1, 3],
        rx_packets: packets,
        tx_packets: 2 * packets,
        rx_bytes: 100 * packets,
        tx_bytes: 200 * packets,
        device_drops: 4,
    }
}

#[test]
fn ports_that_are_watched_have_rates() {
    let before = sample(Facts::Rows(Rows::Ports(vec![port(1000)])));
    let now = later(&before, Facts::Rows(Rows::Ports(vec![port(3000)])));
    insta::assert_snapshot!(drawn(&What::Ports, &now, Some(&before)));
    let alone = view(&What::Ports, &now, None);
    assert!(!alone.text.contains("packets/s"), "{}", alone.text);
    assert!(alone.json[0].get("rx_packets_per_s").is_none());
}

#[test]
fn a_path_that_waits_says_why_and_how_long() {
    let waits = Path {
        name: "isp1".into(),
        interface: "isp1".into(),
        next_hop: "2001:db8::1".parse().unwrap(),
        mac: None,
        live: false,
        causes: vec!["bfd".into(), "wait-to-restore".into()],
        bfd: Some("down".into()),
        bfd_held_s: None,
        since_s: 1.25,
        restore_in_s: Some(3.75),
        packets: 10,
        bytes: 1000,
    };
    let ended =
        Path { name: "isp2".into(), bfd: None, bfd_held_s: Some(57.25), restore_in_s: None, ..waits.clone() };
    let again = Path { name: "isp3".into(), bfd: Some("down".into()), ..ended.clone() };
    let now = sample(Facts::Rows(Rows::Paths(vec![waits, ended, again])));
    insta::assert_snapshot!(drawn(&What::Paths, &now, None));
}

fn group() -> Group {
    Group {
        id: 7,
        kind: "paths".into(),
        primaries: vec![("isp1".into(), 3), ("isp2".into(), 1)],
        backups: vec![vec!["isp3".into(), "isp4".into()], vec!["isp5".into()]],
        prefixes: 2,
        active: vec!["isp2".into()],
    }
}

#[test]
fn groups_and_routes_show_members_in_order_of_preference() {
    let groups = sample(Facts::Rows(Rows::Groups(vec![group()])));
    insta::assert_snapshot!("groups", drawn(&What::Groups, &groups, None));
    let prefix: IpNet = "10.0.0.0/8".parse().unwrap();
    let rows = vec![Route { prefix, source: "static".into(), group: group() }];
    let routes = sample(Facts::Rows(Rows::Routes { rows, more: true }));
    let what = What::Routes { within: None, vrf: None, limit: 1 };
    insta::assert_snapshot!("routes", drawn(&what, &routes, None));
}

fn table(count: u32) -> Vec<Route> {
    let prefix = |n: u32| IpNet::new(std::net::IpAddr::V4((n << 8).into()), 24).unwrap();
    (0..count).map(|n| Route { prefix: prefix(n), source: "static".into(), group: group() }).collect()
}

/// The switch's answer to one query.
fn page(table: &[Route], after: Option<IpNet>, limit: u32) -> (Vec<Route>, bool) {
    let from = after.map_or(0, |p| table.iter().position(|r| r.prefix == p).unwrap() + 1);
    let end = table.len().min(from + limit as usize);
    (table[from..end].to_vec(), end < table.len())
}

#[test]
fn pages_of_routes_are_put_together_without_a_gap_or_a_repetition() {
    let table = table(2500);
    for (limit, want) in
        [(usize::MAX, 2500), (1, 1), (399, 399), (400, 400), (401, 401), (2500, 2500), (9999, 2500)]
    {
        let got = routes::collect_pages(|after, limit| Ok(page(&table, after, limit)), (None, limit));
        let (rows, more) = got.unwrap();
        assert_eq!(rows, table[..want], "limit {limit}");
        assert_eq!(more, want < 2500, "limit {limit}");
    }
}

#[test]
fn a_switch_that_gives_more_routes_than_asked_for_is_cut_to_the_limit() {
    let table = table(10);
    let (rows, more) = routes::collect_pages(|_, _| Ok((table.clone(), false)), (None, 3)).unwrap();
    assert_eq!((rows.len(), more), (3, true));
}
