//! The command as its users see it: what it prints, and its exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A directory of its own, so that messages have no paths of this machine.
struct Bench {
    directory: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { directory: tempfile::tempdir().expect("a directory") }
    }

    fn with(name: &str, text: impl AsRef<[u8]>) -> Bench {
        let bench = Bench::new();
        bench.write(name, text);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_swerve-p4"));
        command.args(args).current_dir(self.directory.path()).env("NO_COLOR", "1");
        command.output().expect("the command runs")
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn text(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("exit {}\n--- out\n{out}--- err\n{err}", code(output))
}

fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const GOOD: &str = "#include <core.p4>\nconst bit<8> x = 8w3 + 1;\n";

#[test]
fn there_are_three_verbs() {
    let output = Bench::new().run(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let verbs: Vec<_> =
        help.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert_eq!(verbs[..4], ["check", "test", "emit", "help"], "{help}");
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let bench = Bench::with("a.p4", GOOD);
    for args in [
        &["frob"][..],
        &[],
        &["check"],
        &["check", "a.p4", "b.p4"],
        &["emit", "a.p4"],
        &["emit", "--what", "poem", "a.p4"],
        &["check", "-D", "3", "a.p4"],
        &["test", "a.p4"],
        &["test", "--engine", "steam", "a.p4", "a"],
    ] {
        assert_eq!(code(&bench.run(args)), 2, "{args:?}");
    }
}

#[test]
fn a_library_is_accepted() {
    let bench = Bench::with("a.p4", GOOD);
    insta::assert_snapshot!(text(&bench.run(&["check", "a.p4"])));
}

#[test]
fn a_rejected_program_shows_the_line_and_is_exit_code_1() {
    let bench = Bench::with("a.p4", "#include <core.p4>\nheader h_t {\n    bit<8> x;\n    nothing y;\n}\n");
    let output = bench.run(&["check", "a.p4"]);
    let all = text(&output);
    assert_eq!(code(&output), 1, "{all}");
    assert!(all.contains("a.p4:4:5") && all.contains("nothing y;"), "{all}");
    assert!(all.contains("a.p4: rejected (1 error)"), "{all}");
}

#[test]
fn a_program_may_be_checked_for_programs() {
    let bench = Bench::with("a.p4", "header h_t {\n    nothing y;\n}\n");
    let output = bench.run(&["check", "--json", "a.p4"]);
    assert_eq!(code(&output), 1);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!((&value["accepted"], &value["errors"]), (&false.into(), &1.into()), "{value:#}");
    let first = &value["diagnostics"][0];
    assert_eq!((&first["file"], &first["line"], &first["column"]), (&"a.p4".into(), &2.into(), &5.into()));
    assert!(output.stderr.is_empty(), "{}", text(&output));
}

#[test]
fn includes_are_found_beside_the_file_and_in_the_directories_of_the_command_line() {
    let bench =
        Bench::with("a/main.p4", "#include \"beside.p4\"\n#include <given.p4>\nconst int z = x + y + N;\n");
    bench.write("a/beside.p4", "const int x = 1;\n");
    bench.write("b/given.p4", "const int y = 2;\n");
    bench.write("c/given.p4", "const wrong y = 2;\n");
    let good = bench.run(&["check", "a/main.p4", "-I", "b", "-Ic", "-D", "N=3"]);
    assert_eq!(code(&good), 0, "{}", text(&good));
    let no_macro = bench.run(&["check", "a/main.p4", "-I", "b"]);
    assert_eq!(code(&no_macro), 1, "{}", text(&no_macro));
    let undefined = bench.run(&["check", "a/main.p4", "-I", "b", "-UN", "-DN=3", "-U", "other"]);
    assert_eq!(code(&undefined), 1, "{}", text(&undefined));
    let not_found = bench.run(&["check", "a/main.p4", "-DN"]);
    assert_eq!(code(&not_found), 1, "{}", text(&not_found));
    assert!(text(&not_found).contains("given.p4"), "{}", text(&not_found));
}

#[test]
fn files_that_cannot_be_read_are_exit_code_2() {
    let bench = Bench::with("directory/x", "");
    bench.write("large.p4", vec![b' '; (16 << 20) + 1]);
    for (file, what) in [
        ("none.p4", "no such file"),
        ("directory", "is a directory"),
        ("large.p4", "16777217 bytes, the limit is 16777216"),
    ] {
        let output = bench.run(&["check", file]);
        assert_eq!(text(&output), format!("exit 2\n--- out\n--- err\nswerve-p4: {file}: {what}\n"));
    }
}

#[test]
fn bytes_that_are_no_utf8_pass_in_comments_and_are_an_error_with_its_place_elsewhere() {
    let bench = Bench::with("comment.p4", b"const int x = 1; // \xe9\n");
    let output = bench.run(&["check", "comment.p4"]);
    assert_eq!(code(&output), 0, "{}", text(&output));
    bench.write("code.p4", b"const int x\xff = 1;\n");
    let output = bench.run(&["check", "code.p4"]);
    assert_eq!(code(&output), 1, "{}", text(&output));
    assert!(text(&output).contains("code.p4:1:12"), "{}", text(&output));
}

#[test]
fn bad_input_is_a_message_and_never_a_crash() {
    let bench = Bench::new();
    let deep = |open: &str, close: &str| {
        format!("const int x = {}1{};\n", open.repeat(10_000), close.repeat(10_000))
    };
    bench.write("cycle.p4", "#include \"cycle.p4\"\n");
    bench.write("missing.p4", "#include <nowhere.p4>\n");
    bench.write("parens.p4", deep("(", ")"));
    bench.write("minus.p4", deep("- ", ""));
    bench.write(
        "braces.p4",
        format!("control c() {{ apply {} {} }}\n", "{".repeat(10_000), "}".repeat(10_000)),
    );
    bench.write("types.p4", format!("const {}bit<1>{} x = 1;\n", "list<".repeat(10_000), ">".repeat(10_000)));
    bench.write("macros.p4", "#define A B B B B B B B B\n#define B C C C C C C C C\n#define C D D D D D D D D\n#define D E E E E E E E E\n#define E F F F F F F F F\n#define F G G G G G G G G\n#define G H H H H H H H H\n#define H I I I I I I I I\nA A A\n");
    bench.write("nul.p4", "const int x = \0;\n");
    bench.write("open.p4", "/* never closed\n");
    bench.write("string.p4", "@name(\"never closed\nconst int x = 1;\n");
    bench.write("if.p4", "#if 1\nconst int x = 1;\n");
    bench.write("width.p4", "const bit<99999999999> x = 1;\n");
    bench.write("shift.p4", "const int x = 1 << 99999999999;\n");
    bench.write(
        "literals.p4",
        format!("#define S \"{}\"\n{}", "x".repeat(1 << 20), "@a(S) const int x = 1;\n".repeat(1000)),
    );
    let names = |word: &str, comma: &str| {
        let list: Vec<_> = (0..100_000).map(|at| format!("{word}n{at}")).collect();
        list.join(comma)
    };
    bench.write("fields.p4", format!("struct s {{ {}; }}\n", names("bit<8> ", "; ")));
    bench.write("members.p4", format!("enum e {{ {} }}\n", names("", ", ")));
    bench.write("params.p4", format!("extern void f({});\n", names("in bit<8> ", ", ")));
    bench.write("annotations.p4", format!("@{} const int x = 1;\n", names("", " @")));
    for file in [
        "cycle",
        "missing",
        "parens",
        "minus",
        "braces",
        "types",
        "macros",
        "nul",
        "open",
        "string",
        "if",
        "width",
        "shift",
        "literals",
        "fields",
        "members",
        "params",
        "annotations",
    ] {
        let output = bench.run(&["check", &format!("{file}.p4")]);
        assert_eq!(code(&output), 1, "{file}: {}", text(&output));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&format!("{file}.p4")) && !said.contains("panicked"), "{file}: {said}");
    }
}

#[test]
fn a_chain_of_else_if_may_be_longer_than_a_stack_is_deep() {
    let bench = Bench::new();
    let arms: String = (0..5_000).map(|at| format!("else if (x == {at}) y = {at};\n")).collect();
    let program = |last: &str| {
        format!(
            "control c(in bit<16> x, out bit<16> y) {{ apply {{ if (x == 5001) y = 1;\n{arms}{last} }} }}\n"
        )
    };
    bench.write("chain.p4", program("else y = 2;"));
    let output = bench.run(&["check", "chain.p4"]);
    assert_eq!(code(&output), 0, "{}", text(&output));
    // Whether `y` is set is followed through all arms.
    assert!(output.stderr.is_empty(), "{}", text(&output));
    bench.write("chain.p4", program("else z = 2;"));
    assert_eq!(code(&bench.run(&["check", "chain.p4"])), 1);
}

#[test]
fn a_switch_of_many_labels_is_checked_in_no_time() {
    let labels: String = (0..100_000).map(|at| format!("{at}: {{ }}\n")).collect();
    let program = format!("control c(in bit<32> x) {{ apply {{ switch (x) {{ {labels} 7: {{ }} }} }} }}\n");
    let bench = Bench::with("a.p4", program);
    let output = bench.run(&["check", "a.p4"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output).contains("this label is given twice"));
}

#[test]
fn what_is_read_of_counters_registers_and_meters_may_be_compared() {
    let objects =
        "counter(4, CounterType.bytes) c; register<bit<16>>(4) r; meter(4, MeterType.bytes) rates; ";
    let bench =
        Bench::with("a.p4", data("hello.p4").replace("action back", &format!("{objects}action back")));
    bench.write("good.stf", "register_write r 1 300\nregister_read r 1 300\ncounter_read c 1 0 0\n");
    bench.write(
        "bad.stf",
        "register_write r 1 300\nregister_read r 1 301\nregister_read r 0 1\ncounter_write c 1 7 8\n\
         counter_read c 1 8\ncounter_read c 1 7 7\nmeter_get_rates rates 0 1:2 3:4\n",
    );
    bench.write("wide.stf", "register_read r 1 65536\n");
    let outputs =
        ["good", "bad", "wide"].map(|name| text(&bench.run(&["test", "a.p4", &format!("{name}.stf")])));
    insta::assert_snapshot!(outputs.join("\n"));
}

#[test]
fn cells_of_a_huge_meter_do_not_get_their_rates_all_at_once() {
    let meter = "meter(65536, MeterType.bytes) some; meter(536870912, MeterType.bytes) huge; ";
    let bench = Bench::with("a.p4", data("hello.p4").replace("action back", &format!("{meter}action back")));
    bench.write("some.stf", "meter_array_set_rates some 1:2 3:4\nmeter_get_rates some 65535 1:2 3:4\n");
    bench.write("huge.stf", "meter_set_rates huge 7 1:2 3:4\nmeter_array_set_rates huge 1:2 3:4\n");
    let some = bench.run(&["test", "a.p4", "some.stf"]);
    assert_eq!(code(&some), 0, "{}", text(&some));
    let huge = bench.run(&["test", "a.p4", "huge.stf"]);
    assert_eq!(code(&huge), 2);
    let said = text(&huge);
    assert!(said.contains("huge.stf:2") && said.contains("536870912 cells: name the index of one"), "{said}");
}

#[test]
fn a_test_that_passes_one_that_fails_and_one_that_is_wrong_have_their_exit_codes() {
    let bench = Bench::with("hello.p4", data("hello.p4"));
    bench.write("good.stf", data("hello.stf"));
    bench.write(
        "bad.stf",
        "packet 1 000000000001 000000000002 0800\nexpect 1 000000000002 000000000003\nexpect 2 00\n",
    );
    bench.write("wrong.stf", "packet 1 0\nfly 3\n");
    bench.write("name.stf", "add nobody k:1 a()\n");
    let outputs = ["good", "bad", "wrong", "name", "missing"]
        .map(|name| text(&bench.run(&["test", "hello.p4", &format!("{name}.stf")])));
    insta::assert_snapshot!(outputs.join("\n"));
}

#[test]
fn tables_and_counters_beyond_reason_and_entries_of_the_wrong_width_are_no_crash() {
    let hello = data("hello.p4");
    let sized = |size: &str| hello.replace("entries = {", &format!("size = {size}; entries = {{"));
    let bench = Bench::with("size.p4", sized("16777216"));
    bench.write("no_room.p4", sized("2147483648"));
    let counters = |names: &[&str]| {
        let counters = names.iter().map(|name| format!("counter(0xffffffff, CounterType.bytes) {name}; "));
        hello.replace("action back", &format!("{}action back", counters.collect::<String>()))
    };
    bench.write("cells.p4", counters(&["c"]));
    bench.write("more_cells.p4", counters(&["c", "d", "e"]));
    bench.write("empty.stf", "packet 0 00\n");
    bench.write("wide.stf", "add hosts hdr.eth.kind:0x1ffff back()\n");
    assert_eq!(code(&bench.run(&["test", "size.p4", "empty.stf"])), 0);
    assert_eq!(code(&bench.run(&["test", "no_room.p4", "empty.stf"])), 2);
    let refused = bench.run(&["check", "no_room.p4"]);
    assert_eq!(code(&refused), 1);
    assert!(
        text(&refused)
            .contains("the size of table 'ingress.hosts' is 2147483648; there is room for 16777216")
    );
    assert!(text(&refused).contains("no_room.p4:"), "{}", text(&refused));
    assert_eq!(code(&bench.run(&["test", "cells.p4", "empty.stf"])), 0);
    assert_eq!(code(&bench.run(&["test", "more_cells.p4", "empty.stf"])), 2);
    let wide = text(&bench.run(&["test", "size.p4", "wide.stf"]));
    let message = "wide.stf:1: key 'hdr.eth.kind': 0x1ffff does not fit into 16 bits";
    assert_eq!(wide, format!("exit 2\n--- out\n--- err\n{message}\n"));
}

#[test]
fn a_test_of_a_program_with_errors_is_exit_code_2() {
    let bench = Bench::with("a.p4", "#include <v1model.p4>\nnothing\n");
    bench.write("a.stf", "");
    assert_eq!(code(&bench.run(&["test", "a.p4", "a.stf"])), 2);
    let json = bench.run(&["test", "--json", "a.p4", "a.stf"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("it is JSON");
    assert_eq!((code(&json), &value["passed"], &value["accepted"]), (2, &false.into(), &false.into()));
}

#[test]
fn the_result_of_a_test_may_be_had_as_json() {
    let bench = Bench::with("hello.p4", data("hello.p4"));
    bench.write("bad.stf", "packet 1 000000000001 000000000002 0800\nexpect 1 000000000002 000000000003\n");
    let output = bench.run(&["test", "--json", "hello.p4", "bad.stf"]);
    assert_eq!(code(&output), 1, "{}", text(&output));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!((&value["passed"], &value["failures"][0]["line"]), (&false.into(), &2.into()), "{value:#}");
}

#[test]
fn a_program_with_an_extern_of_its_own_is_accepted_and_not_run() {
    let own = data("hello.p4")
        .replace("control verify_sum", "extern void launch(in bit<8> x);\ncontrol verify_sum");
    let own = own.replace("apply {", "apply { launch(3); ");
    let bench = Bench::with("own.p4", own);
    bench.write("a.stf", "packet 0 00\n");
    let check = bench.run(&["check", "own.p4"]);
    assert_eq!(code(&check), 0, "{}", text(&check));
    let test = bench.run(&["test", "own.p4", "a.stf"]);
    assert_eq!(code(&test), 2, "{}", text(&test));
    assert!(text(&test).contains("launch"), "{}", text(&test));
}

#[test]
fn every_thing_that_can_be_shown_is_shown() {
    let bench = Bench::with("hello.p4", data("hello.p4"));
    for (what, part) in [
        ("tokens", "hello.p4:"),
        ("ast", "ingress"),
        ("ir", "ingress"),
        ("p4info", "arch: \"v1model\""),
        ("entries", "table_entry"),
    ] {
        let output = bench.run(&["emit", "--what", what, "hello.p4"]);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(code(&output) == 0 && out.contains(part), "{what}: {}", text(&output));
    }
}

#[test]
fn both_generations_of_v1model_are_right_by_themselves() {
    for version in ["20180101", "20200408"] {
        let bench =
            Bench::with("a.p4", format!("#define V1MODEL_VERSION {version}\n#include <v1model.p4>\n"));
        let output = bench.run(&["check", "a.p4"]);
        assert_eq!(text(&output), "exit 0\n--- out\na.p4: accepted\n--- err\n");
    }
}

/// Many tables behind conditions, with many actions: too much to be cut apart or to be kept in registers.
fn large_program(tables: usize, actions: usize) -> String {
    let mut text = String::from(
        "#include <core.p4>\n#include <v1model.p4>
header h_t { bit<16> f0; bit<16> f1; bit<16> f2; bit<16> f3; }
header o_t { bit<8> x; }
struct headers_t { h_t h; o_t o; }
struct meta_t { bit<16> m0; bit<16> m1; bit<16> m2; bit<70> wide; }
parser P(packet_in b, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start { b.extract(hdr.h); transition accept; }
}
control V(inout headers_t hdr, inout meta_t meta) { apply { } }
control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {\n",
    );
    for action in 0..actions {
        let (field, other) = (action % 4, (action + 1) % 3);
        let odd = match action % 5 {
            0 => "hdr.o.setValid(); hdr.o.x = hdr.o.x + p;",
            1 => "meta.wide = meta.wide + 70w0xffffffffffffff;",
            2 => "meta.m0 = (bit<16>) meta.wide[69:60];",
            _ => "std.egress_spec = (bit<9>) (q & 7);",
        };
        text.push_str(&format!(
            "    action a{action}(bit<8> p, bit<16> q) {{ hdr.h.f{field} = hdr.h.f{field} + (bit<16>) p; meta.m{other} = q; {odd} }}\n"
        ));
    }
    let names: String = (0..actions).map(|action| format!("a{action}; ")).collect();
    for table in 0..tables {
        text.push_str(&format!(
            "    table t{table} {{ key = {{ hdr.h.f{}: exact; hdr.o.isValid(): exact; }} actions = {{ {names}NoAction; }} default_action = a{}({table}, {table}); }}\n",
            table % 4, table % actions
        ));
    }
    text.push_str("    apply {\n        std.egress_spec = 1;\n");
    for table in 0..tables {
        text.push_str(&format!(
            "        if (meta.m{} > {}) {{ if (t{table}.apply().hit) {{ meta.m1 = {table}; }} else {{ meta.m2 = meta.m2 + 3; }} }} else {{ meta.m0 = meta.m0 + 1; }}\n",
            table % 3, table % 7
        ));
    }
    text.push_str(
        "        hdr.h.f3 = hdr.h.f3 ^ meta.m0 ^ meta.m1 ^ meta.m2 ^ meta.wide[40:25];
    }
}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) { apply { } }
control D(packet_out b, in headers_t hdr) { apply { b.emit(hdr); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;\n",
    );
    text
}

#[test]
fn a_program_of_many_tables_behind_conditions_runs_alike_on_both_engines() {
    let bench = Bench::with("large.p4", large_program(150, 10));
    let mut test = String::new();
    for table in (0..150).step_by(3) {
        test.push_str(&format!(
            "add t{table} hdr.h.f{}:{} a{}(p:{}, q:{})\n",
            table % 4,
            table * 7 % 64,
            table % 10,
            table,
            table * 5
        ));
    }
    for port in 0..8 {
        test.push_str(&format!("expect {port}\n"));
    }
    for packet in 0..64u32 {
        test.push_str(&format!(
            "packet 0 {packet:04x} {:04x} {:04x} {:04x}\n",
            packet * 7,
            packet * 1021,
            packet * 5 % 64
        ));
    }
    bench.write("large.stf", test);
    let output = bench.run(&["test", "large.p4", "large.stf", "--engine", "both"]);
    assert_eq!(code(&output), 0, "{}", text(&output));
}
