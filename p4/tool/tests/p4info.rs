//! What controllers are told of programs, as a whole.

use std::path::{Path, PathBuf};
use tool::compile::{Source, on_large_stack};
use tool::report::Style;
use tool::verbs::{Said, What, emit};

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

/// What is said of a program with these lines in the place of one of its own.
fn changed(line: &str, lines: &str) -> Said {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("a.p4");
    let text = std::fs::read_to_string(program("hello.p4")).expect("it is there");
    assert!(text.contains(line), "{line}");
    std::fs::write(&file, text.replace(line, lines)).expect("a file");
    on_large_stack(|| emit(&Source { file, ..Source::default() }, What::P4info, STYLE))
}

fn refused_for(line: &str, lines: &str) -> String {
    let said = changed(line, lines);
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    said.err
}

fn refused(lines: &str) -> String {
    refused_for("    table hosts {", lines)
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
fn ids_of_fields_are_chosen_once() {
    let header = "@controller_header(\"packet_in\") header in_t { @id(2) bit<8> a; @id(2) bit<8> b; }\nstruct headers {";
    let said = refused_for("struct headers {", header);
    assert!(said.contains("`a` and `b` of `packet_in` have the same id 2"), "{said}");
}

#[test]
fn the_package_is_described_by_keys_that_there_are_and_once_each() {
    let main = |annotations: &str| format!("{annotations}\nV1Switch(the_parser()");
    let refused = |annotations: &str| refused_for("V1Switch(the_parser()", &main(annotations));
    assert!(refused("@pkginfo(name = \"a\") @pkginfo(name = \"b\")").contains("gives `name` twice"));
    let twice = "@platform_property(multicast_group_table_size = 1, multicast_group_table_size = 2)";
    assert!(refused(twice).contains("gives `multicast_group_table_size` twice"));
    for (annotations, what) in [
        ("@pkginfo(arch = \"mine\")", "`arch` of `@pkginfo` has no effect"),
        ("@pkginfo[nmae = \"mine\"]", "`@pkginfo` has no key `nmae`"),
        ("@platform_property(size = 3)", "`@platform_property` has no key `size`"),
    ] {
        let said = changed("V1Switch(the_parser()", &main(annotations));
        assert!(said.code == 0 && said.err.contains(what), "{}", said.err);
        assert!(said.out.contains("arch: \"v1model\"") && !said.out.contains("mine"), "{}", said.out);
    }
}

#[test]
fn registers_of_one_name_have_their_own_types() {
    let egress = "control egress(inout headers hdr, inout metadata m, inout standard_metadata_t s) {";
    let types = "struct two_t { bit<16> b; }\nstruct any_t<T> { T c; }\n";
    let nested = "control nested() { register<any_t<bit<4>>>(1) cells; apply { } }\n";
    let own = "register<two_t>(1) cells; nested() inner;";
    let lines = format!("{types}{nested}{egress}\n{own}");
    let said = changed(egress, &lines);
    let file = said.out.replace('\n', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let of = |name: &str| {
        let begin = file.find(&format!("name: \"{name}\"")).unwrap_or_else(|| panic!("{}{file}", said.err));
        let spec = &file[begin + file[begin..].find("type_spec").expect("it has a type")..];
        spec[..spec.find(" size").expect("it has a size")].to_owned()
    };
    assert_eq!(of("egress.cells"), "type_spec { struct { name: \"two_t\" } }");
    let tuple = "type_spec { tuple { members { bitstring { bit { bitwidth: 4 } } } } }";
    assert_eq!(of("egress.inner.cells"), tuple);
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
