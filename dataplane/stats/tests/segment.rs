//! Both ends of one segment.

use proptest::prelude::*;
use stats::{
    Asked, Cause, DropReason, FailoverInit, OpenError, PROGRAM_STAGES, PathInfo, Reader, Segment,
    SessionInfo, Shape,
};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn shape() -> Shape {
    Shape {
        workers: vec![1, 3],
        ports: vec!["lan".into(), "isp1".into()],
        paths: 16,
        sessions: 4,
        stages: vec!["bfd".into(), "program".into()],
    }
}

fn create(path: &Path) -> Segment {
    Segment::create(path, &shape(), 2_600_000_000, 1000).unwrap()
}

fn init(path: u16) -> FailoverInit {
    FailoverInit {
        path,
        cause: Cause::BfdExpired,
        worker: Some(1),
        last_heard_ns: 10,
        detected_ns: 40,
        flipped_ns: 41,
    }
}

fn info(name: &str) -> PathInfo {
    PathInfo {
        name: name.into(),
        interface: "isp1".into(),
        causes: 0,
        since_ns: 5,
        failures: 0,
        restore_at_ns: 0,
        wait_to_restore_ns: 7,
    }
}

#[test]
fn a_reader_sees_what_workers_and_the_main_thread_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run/stats");
    let segment = create(&path);
    let worker = segment.worker(1);
    worker.drop_packet(DropReason::NoRoute);
    worker.port(1).tx_packets.add(5);
    worker.path(3).add(2, 128);
    worker.stage(1).add(1000, 10);
    segment.worker(0).path(3).add(1, 64);
    segment.path_publish(3, &info("isp1"));
    segment.set_link(1, false, 77);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.pid(), std::process::id());
    let workers = reader.workers();
    assert_eq!((workers[0].core, workers[1].core), (1, 3));
    assert!(workers[1].drops.contains(&(DropReason::NoRoute, 1)));
    assert_eq!(workers[1].stages, [("bfd".to_owned(), 0, 0), ("program".to_owned(), 1000, 10)]);
    let ports = reader.ports();
    assert_eq!((ports[1].name.as_str(), ports[1].up, ports[1].since_ns), ("isp1", false, 77));
    assert_eq!(ports[1].totals.tx_packets, 5);
    let paths = reader.paths();
    assert_eq!(paths.len(), 1);
    assert_eq!((paths[0].id, &paths[0].info, paths[0].packets, paths[0].bytes), (3, &info("isp1"), 3, 192));
    segment.path_clear(3);
    assert!(reader.paths().is_empty());
}

#[test]
fn stages_of_a_program_have_its_names_and_those_beyond_the_room_are_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    let segment = create(&path);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.workers()[0].program_stages, []);
    let long = format!("after {}.table", "ingress".repeat(20));
    segment.set_program_stages(&["parser".to_owned(), long]);
    segment.worker(1).program_stages([(100, 4), (60, 2)]);
    let stages = reader.workers()[1].program_stages.clone();
    assert_eq!(stages[0], ("parser".to_owned(), 100, 4));
    let (name, cycles, packets) = &stages[1];
    assert_eq!((name.len(), *cycles, *packets), (63, 60, 2));
    assert!(name.starts_with("...") && name.ends_with("ingress.table"), "{name}");
    // Another program, with more than there is room for.
    let names: Vec<String> = (0..PROGRAM_STAGES + 9).map(|at| format!("stage {at}")).collect();
    segment.set_program_stages(&names);
    segment.worker(1).program_stages(names.iter().map(|_| (3, 1)));
    let stages = reader.workers()[1].program_stages.clone();
    assert_eq!(stages.len(), PROGRAM_STAGES);
    assert_eq!(stages[0], ("stage 0".to_owned(), 3, 1));
    assert_eq!(stages[PROGRAM_STAGES - 1], ("the rest".to_owned(), 30, 10));
    segment.worker(1).program_stages([(1, 1)]);
    assert_eq!(reader.workers()[1].program_stages[1].2, 0, "what the program before counted is gone");
}

#[test]
fn a_failover_is_a_chain_and_the_oldest_are_dropped_when_the_ring_wraps() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    let segment = create(&path);
    segment.path_publish(2, &info("isp1"));
    let first = segment.open_failover(&init(2));
    segment.failover(first).set_first_backup(0, 45);
    segment.failover(first).set_reverted(99);
    segment.failover(first).set_sent_after_heard(0);
    let reader = Reader::open(&path).unwrap();
    let rows = reader.failovers();
    assert_eq!((rows[0].path.as_str(), rows[0].cause, rows[0].worker), ("isp1", Cause::BfdExpired, Some(1)));
    assert_eq!((rows[0].first_backup_ns.as_slice(), rows[0].reverted_ns), ([45, 0].as_slice(), 99));
    assert_eq!(rows[0].sent_after_heard, Some(0));
    for _ in 0..1024 {
        segment.open_failover(&init(2));
    }
    segment.failover(first).set_reverted(1234);
    segment.failover(first).set_sent_after_heard(1234);
    let rows = reader.failovers();
    assert_eq!((rows.len(), rows[0].id, rows[1023].id), (1024, 2, 1025));
    assert!(rows.iter().all(|row| row.reverted_ns == 0 && row.first_backup_ns == [0, 0]));
    assert!(rows.iter().all(|row| row.sent_after_heard.is_none()));
    assert_eq!(reader.failover_count(), 1025);
}

#[test]
fn what_is_no_segment_or_of_another_version_or_cut_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    assert!(matches!(Reader::open(&path), Err(OpenError::Io { .. })));
    std::fs::write(&path, "not a segment").unwrap();
    assert!(matches!(Reader::open(&path), Err(OpenError::NotASegment { .. })));
    drop(create(&path));
    let size = std::fs::metadata(&path).unwrap().len();
    let patch = |at: u64, value: u64| {
        let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&value.to_le_bytes()).unwrap();
    };
    patch(8, 9);
    let error = Reader::open(&path).unwrap_err();
    let expected = format!("has version 9, this program reads version {}", stats::VERSION);
    assert!(error.to_string().contains(&expected), "{error}");
    patch(8, u64::from(stats::VERSION));
    patch(24, u64::MAX);
    assert!(matches!(Reader::open(&path), Err(OpenError::NotASegment { .. })));
    patch(24, 2);
    Reader::open(&path).unwrap();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(size - 4096).unwrap();
    assert!(matches!(Reader::open(&path), Err(OpenError::Truncated { .. })));
}

#[test]
fn the_clock_of_the_switch_goes_on_from_where_it_stood() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    let segment = create(&path);
    let reader = Reader::open(&path).unwrap();
    let now = reader.now_ns();
    assert!((1000..1000 + 60_000_000_000).contains(&now), "{now}");
    assert!(reader.now_ns() >= now);
    segment.heartbeat(90_000_000_000_000);
    assert!((90_000_000_000_000..90_060_000_000_000).contains(&reader.now_ns()));
    assert_eq!(reader.wall_ns(3000) - reader.wall_ns(1000), 2000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_stands_in_the_file_is_read_or_refused_without_a_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 1..400),
        counts_too in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stats");
        drop(create(&path));
        let mut bytes = std::fs::read(&path).unwrap();
        // Magic, version, size and the counts of the arrays; other values there are refused.
        let spared = if counts_too { 0 } else { 7 };
        for (index, value) in damage {
            let word = spared + index.index(bytes.len() / 8 - spared);
            // Odd sequence numbers are waited for; that they end is the concern of another test.
            bytes[word * 8..word * 8 + 8].copy_from_slice(&(value & !1).to_le_bytes());
        }
        std::fs::write(&path, &bytes).unwrap();
        match Reader::open(&path) {
            Ok(reader) => {
                reader.wall_ns(reader.now_ns());
                prop_assert_eq!(reader.workers().len(), 2);
                prop_assert_eq!(reader.ports().len(), 2);
                prop_assert!(reader.paths().len() <= 16);
                prop_assert!(reader.sessions().len() <= 4);
                prop_assert!(reader.failovers().len() <= 1024);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn a_reader_never_sees_half_of_a_session() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    let segment = create(&path);
    segment.session_open(1, 0);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.sessions()[0].info, None);
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                segment.session_publish(1, &session(n));
            }
            n
        })
    };
    let mut last = 0;
    for _ in 0..20_000 {
        if let Some(info) = reader.sessions()[0].info {
            assert_eq!(info, session(info.packets_in), "fields of different moments");
            assert!(info.packets_in >= last);
            last = info.packets_in;
        }
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writer.join().unwrap() >= last);
}

fn session(n: u64) -> SessionInfo {
    SessionInfo {
        interface: n as u16,
        local: "203.0.113.0".parse().unwrap(),
        peer: "2001:db8::1".parse().unwrap(),
        local_discriminator: n as u32,
        remote_discriminator: n as u32,
        state: 3,
        remote_state: 3,
        diagnostic: 0,
        remote_diagnostic: 0,
        tx_interval_us: 10_000,
        remote_min_tx_us: 20_000,
        remote_min_rx_us: 10_000,
        remote_multiplier: 5,
        detection_us: 30_000,
        multiplier: 3,
        packets_in: n,
        packets_out: n,
        last_heard_ns: n,
        up_since_ns: n,
        flaps: n,
        vetoes: n,
    }
}

#[test]
fn a_reader_knows_where_the_clock_stands_and_when_a_stamp_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    let segment = create(&path);
    let reader = Reader::open(&path).unwrap();
    let second = 1_000_000_000;
    segment.heartbeat(500 * second);
    let now = reader.now_ns();
    assert!((500 * second..560 * second).contains(&now), "{now}");
    assert!(reader.heartbeat_age() < std::time::Duration::from_secs(60));
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let apart = wall.abs_diff(reader.wall_ns(490 * second) + 10 * second);
    assert!(apart < 60 * second, "{apart}");
}

#[test]
fn a_session_is_described_without_a_path_until_it_watches_one_and_not_after_it_is_given_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stats");
    let segment = create(&path);
    let reader = Reader::open(&path).unwrap();
    segment.path_publish(2, &info("isp1"));
    segment.session_open(1, 0);
    let row = || reader.sessions().remove(0);
    assert_eq!((row().path.as_str(), row().asked), ("", Asked::default()));
    let asked = Asked { by_file: false, by_bfdd: true, multihop: true };
    segment.session_describe(1, Some(2), asked);
    assert_eq!((row().path.as_str(), row().asked), ("isp1", asked));
    assert_eq!(segment.session(1), None);
    segment.session_publish(1, &session(5));
    assert_eq!(segment.session(1), Some(session(5)));
    segment.session_close(1);
    assert_eq!(segment.session(1), None);
    segment.session_open(1, 1);
    assert_eq!((row().path.as_str(), row().asked, row().info), ("", Asked::default(), None));
}
