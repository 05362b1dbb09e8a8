//! What controllers are told of programs, as a whole.

use std::path::{Path, PathBuf};
use tool::compile::{Source, on_large_stack};
use tool::report::Style;
use tool::verbs::{What, emit};

const STYLE: Style = Style { colour: false, width: 100 };

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn shown(name: &str, what: What) -> String {
    let source = Source { file: program(name), ..Source::default() };
    let said = on_large_stack(|| emit(&source, what, STYLE));
    assert_eq!(said.code, 0, "{}", said.err);
    said.out
}

/// What is said of a program with these lines in the place of `// HERE`.
fn refused(lines: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("a.p4");
    let text = std::fs::read_to_string(program("hello.p4")).expect("it is there");
    std::fs::write(&file, text.replace("    table hosts {", lines)).expect("a file");
    let said = on_large_stack(|| emit(&Source { file, ..Source::default() }, What::P4info, STYLE));
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    said.err
}

#[test]
fn a_small_program_is_described() {
    insta::assert_snapshot!(shown("hello.p4", What::P4info));
}

#[test]
fn every_kind_of_object_is_described() {
    insta::assert_snapshot!(shown("objects.p4", What::P4info));
}

#[test]
fn types_and_their_translations_are_described() {
    insta::assert_snapshot!(shown("types.p4", What::P4info));
}

#[test]
fn entries_of_every_match_kind_are_a_write_request() {
    insta::assert_snapshot!(shown("objects.p4", What::Entries));
}

#[test]
fn ids_that_contradict_each_other_are_refused() {
    let twice = "    @id(5) table other { actions = { drop; } }\n    @id(5) table hosts {";
    assert!(refused(twice).contains("same id 0x02000005"), "{}", refused(twice));
    let prefix = "    @id(0x01000005) table hosts {";
    assert!(refused(prefix).contains("ids of its kind begin with 0x02"), "{}", refused(prefix));
}

#[test]
fn programs_of_other_architectures_are_described() {
    insta::assert_snapshot!(shown("filter.p4", What::P4info));
}

#[test]
fn a_library_has_nothing_to_describe() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("a.p4");
    std::fs::write(&file, "control c(inout bit<8> x) { apply { x = 1; } }\n").expect("a file");
    let said = on_large_stack(|| emit(&Source { file, ..Source::default() }, What::P4info, STYLE));
    assert_eq!((said.code, said.out.as_str()), (0, "pkg_info {\n}\n"), "{}", said.err);
}
