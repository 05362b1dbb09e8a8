//! The programs of `p4/tests`: packet tests that pass, programs that are accepted, and programs that are rejected with the
//! message that stands beside them.
//!
//! `SWERVE_UPDATE=1` writes the messages anew; read the difference before you believe it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use tool::compile::{Source, on_large_stack};
use tool::report::Style;
use tool::verbs::{self, Engine, Said};

const STYLE: Style = Style { colour: false, width: 100 };

/// Names in messages are below `p4/tests`.
fn programs(directory: &str) -> Vec<PathBuf> {
    static ENTER: Once = Once::new();
    ENTER.call_once(|| {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
        env::set_current_dir(&tests).expect("p4/tests is there");
    });
    let Ok(files) = fs::read_dir(directory) else { return vec![] };
    let files = files.map(|file| file.expect("a directory can be read").path());
    let mut programs: Vec<_> = files.filter(|path| path.extension() == Some(OsStr::new("p4"))).collect();
    programs.sort();
    programs
}

fn source(program: &Path) -> Source {
    Source { file: program.to_owned(), directories: vec!["include".into()], ..Source::default() }
}

/// The verdict on each program, where it is not as it should be.
fn failures(programs: &[PathBuf], verdict: impl Fn(&Path) -> Result<(), String> + Sync) -> Vec<String> {
    let failed = |program: &PathBuf| {
        let verdict = on_large_stack(|| verdict(program)).err()?;
        Some(format!("{}\n{}\n", program.display(), verdict.trim_end()))
    };
    programs.iter().filter_map(failed).collect()
}

/// Names first: they are what a list of many failures is read for.
fn report(what: &str, programs: &[PathBuf], failures: &[String]) {
    let names: Vec<_> = failures.iter().filter_map(|failure| failure.lines().next()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} {what}:\n{}\n\n{}",
        failures.len(),
        programs.len(),
        names.join("\n"),
        failures.join("\n")
    );
}

fn as_it_should_be(said: &Said, code: u8) -> Result<(), String> {
    match said.code == code {
        true => Ok(()),
        false => Err(format!("exit code {} instead of {code}\n{}{}", said.code, said.out, said.err)),
    }
}

#[test]
fn every_packet_test_passes() {
    let programs = programs("stf");
    let failures = failures(&programs, |program| {
        let test = program.with_extension("stf");
        as_it_should_be(&verbs::test(&source(program), &test, Engine::Both, false, STYLE), 0)
    });
    report("packet tests fail", &programs, &failures);
}

#[test]
fn every_packet_test_has_a_program() {
    programs("stf");
    let Ok(files) = fs::read_dir("stf") else { return };
    let tests = files.map(|file| file.expect("a directory can be read").path());
    let strays: Vec<_> = tests
        .filter(|path| path.extension() == Some(OsStr::new("stf")) && !path.with_extension("p4").is_file())
        .collect();
    assert!(strays.is_empty(), "no program of that name: {strays:?}");
}

#[test]
fn every_program_that_is_right_is_accepted() {
    let programs = programs("accept");
    let failures =
        failures(&programs, |program| as_it_should_be(&verbs::check(&source(program), false, STYLE), 0));
    report("programs are wrongly rejected", &programs, &failures);
}

/// The verdict, and the messages that stand beside the program.
fn says(program: &Path, code: u8) -> Result<(), String> {
    let said = verbs::check(&source(program), false, STYLE);
    as_it_should_be(&said, code)?;
    let file = program.with_extension("stderr");
    if env::var_os("SWERVE_UPDATE").is_some() {
        return fs::write(&file, &said.err).map_err(|error| error.to_string());
    }
    match fs::read_to_string(&file) {
        Ok(wanted) if wanted == said.err => Ok(()),
        Ok(wanted) => Err(format!("it says\n{}instead of\n{wanted}", said.err)),
        Err(_) => Err(format!("{} is missing; it says\n{}", file.display(), said.err)),
    }
}

#[test]
fn every_program_that_is_wrong_is_rejected_with_its_message() {
    let programs = programs("reject");
    let failures = failures(&programs, |program| says(program, 1));
    report("programs are not rejected as they should be", &programs, &failures);
}

#[test]
fn every_program_that_is_doubtful_is_accepted_with_its_warnings() {
    let programs = programs("warn");
    let failures = failures(&programs, |program| says(program, 0));
    report("programs are not warned of as they should be", &programs, &failures);
}
