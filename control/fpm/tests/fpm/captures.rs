//! What FRR 8.4.4 really sent: one session for each recording, its files in their order.

use crate::support::{HOLD, said};
use fpm::{Config, Session};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Files that belong to one recording begin like this.
const RECORDINGS: &[&str] =
    &["nhg_", "nonhg_0", "nonhg_1", "nonhg_2", "lfa_", "zebrafpm_", "bgp_0", "bgp6_", "bgp_soft_"];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fpm/captures")
}

fn files(recording: &str) -> BTreeSet<PathBuf> {
    let files = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(recording)).collect()
}

/// What followed from each file, and how the session was in the end.
fn replay(recording: &str) -> String {
    let mut session = Session::new(Config { hold: HOLD, routes: 1000 }, 1);
    let now = Instant::now();
    session.connected(now);
    let mut text = String::new();
    for file in files(recording) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        if name.contains("connect_replay_b") {
            session.disconnected();
            session.connected(now);
        }
        session.receive(&fs::read(&file).unwrap(), now).unwrap();
        let changes = session.take(usize::MAX);
        writeln!(text, "{name}").unwrap();
        changes.iter().for_each(|change| writeln!(text, "    {}", said(change)).unwrap());
    }
    let end = session.snapshot(now);
    let counters = end.counters;
    assert_eq!(end.refused, [], "all that zebra said was followed");
    assert_eq!(end.unresolved, 0);
    writeln!(
        text,
        "in the end {} routes over {} ids; {} set, {} withdrawn, {} of these said what was known",
        end.routes, end.next_hop_ids, counters.set, counters.withdrawn, counters.unchanged
    )
    .unwrap();
    text
}

#[test]
fn every_recording_becomes_the_routes_that_were_configured() {
    for recording in RECORDINGS {
        insta::assert_snapshot!(recording.trim_end_matches('_'), replay(recording));
    }
}

#[test]
fn every_file_belongs_to_one_recording() {
    let all = files("");
    let mut seen: Vec<PathBuf> = RECORDINGS.iter().flat_map(|recording| files(recording)).collect();
    seen.sort();
    assert_eq!(seen, Vec::from_iter(all));
}
