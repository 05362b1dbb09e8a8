//! What is left to the run time in the programs that swerve comes with.

use host::compile::{Phase, Source, compile, on_large_stack};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use swerve_p4_jit::show;

/// Externs that are a function of the run time; everything else is machine code.
const LISTED: [&str; 9] = [
    "hash",
    "meter",
    "direct meter",
    "random",
    "digest",
    "log_msg",
    "clone",
    "value set",
    // Of tables with selectors that are no role's.
    "swerve_flow_hash",
];

/// Each program with its stages.
static PROGRAMS: LazyLock<Vec<(PathBuf, String)>> = LazyLock::new(programs);

fn programs() -> Vec<(PathBuf, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs");
    let files = fs::read_dir(directory).expect("programs").map(|entry| entry.expect("a file").path());
    let mut programs: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "p4"))
        .map(|file| (fs::read_to_string(&file).expect("readable"), file))
        .filter(|(text, _)| text.contains(") main;"))
        .map(|(_, file)| {
            let stages = stages_of(&file);
            (file, stages)
        })
        .collect();
    programs.sort();
    assert!(programs.len() >= 9, "only {} programs", programs.len());
    programs
}

fn stages_of(file: &Path) -> String {
    let source = Source { file: file.to_owned(), ..Source::default() };
    on_large_stack(|| {
        let mut program = compile(&source, Phase::Flat).expect("readable").ir.expect("accepted");
        front::optimise(&mut program);
        show::stages(&program).expect("machine code")
    })
}

/// The stages of one of them.
fn stages(name: &str) -> String {
    let found = PROGRAMS.iter().find(|(file, _)| file.file_stem().is_some_and(|stem| stem == name));
    found.unwrap_or_else(|| panic!("no program {name}")).1.clone()
}

#[test]
fn nothing_but_lookups_and_listed_externs_is_called_for_a_packet() {
    let mut called = vec![];
    for (file, stages) in PROGRAMS.iter() {
        for line in stages.lines().filter_map(|line| line.trim().strip_prefix("calls ")) {
            let operation =
                line.split_once(": ").and_then(|(_, rest)| rest.rsplit_once(" (")).expect("a call").0;
            if !LISTED.contains(&operation) {
                called.push(format!("{}: {line}", file.display()));
            }
        }
    }
    assert!(called.is_empty(), "{called:#?}");
}

/// A parser that loops over a stack of unions knows something else of a hundred headers on each of its ways.
#[test]
fn code_does_not_grow_with_all_that_is_known_of_many_headers() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/stf/prog_tcp_options.p4");
    let stages = stages_of(&file);
    let bytes = code_bytes(&stages);
    assert!((10_000..500_000).contains(&bytes), "{bytes} bytes:\n{stages}");
}

/// One field is a bit short, and every header of every packet behind it is the host's to read and to put together.
#[test]
fn code_does_not_grow_with_headers_that_begin_within_bytes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/stf/prog_sctp_rtp.p4");
    let whole = fs::read_to_string(file).expect("readable");
    let odd = whole.replacen("bit<32> timestamp;", "bit<31> timestamp;", 1);
    assert_ne!(odd, whole, "there is such a field");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prog_sctp_rtp_odd.p4");
    fs::write(&file, odd).expect("writable");
    let stages = stages_of(&file);
    let bytes = code_bytes(&stages);
    assert!((10_000..200_000).contains(&bytes), "{bytes} bytes:\n{stages}");
}

/// Of all stages.
fn code_bytes(stages: &str) -> usize {
    stages.lines().filter_map(|line| line.trim().strip_suffix(" bytes")?.parse::<usize>().ok()).sum()
}

#[test]
fn a_switch_that_learns_looks_its_stations_up_for_whole_vectors() {
    let stages = stages("l2_learning");
    for table in ["vlans", "sources", "destinations"] {
        assert!(stages.contains(&format!("ends at ingress.{table}:")), "{table}:\n{stages}");
    }
    assert!(!stages.contains("one by one"), "{stages}");
}

#[test]
fn registers_keep_together_what_belongs_together_and_the_rest_is_cut() {
    let stages = stages("firewall");
    assert!(stages.contains("ends at ingress.ports:"), "{stages}");
    // Registers come before this table, and both routes before the registers.
    let monitor = self::stages("link_monitor");
    assert!(monitor.contains("ends at egress.links:"), "{monitor}");
}

#[test]
fn routes_are_looked_up_before_packets_are_rewritten() {
    for (file, stages) in PROGRAMS.iter() {
        assert!(!stages.contains("kept as they came in"), "{}: {stages}", file.display());
    }
}
