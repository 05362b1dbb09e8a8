//! From source to flat code: every packet test's program is lowered, kept to the rules, and optimised.
mod common;

use std::path::{Path, PathBuf};
use swerve_p4_front::{Session, check, ir, ir_check, lower, opt, parse, preprocess};

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The flat code of a source, or what was said.
fn lowered(name: &str, text: &str) -> Result<ir::Program, String> {
    let include = tree().join("include");
    let core = read(&include.join("core.p4"));
    let v1model = read(&include.join("v1model.p4"));
    let swerve = read(&include.join("swerve.p4"));
    let shared = read(&tree().join("tests/include/shared_header.p4"));
    let words = read(&tree().join("tests/include/words.h"));
    let files = [
        ("core.p4", core.as_str()),
        ("v1model.p4", v1model.as_str()),
        ("swerve.p4", swerve.as_str()),
        ("shared_header.p4", shared.as_str()),
        ("../include/shared_header.p4", shared.as_str()),
        ("../include/words.h", words.as_str()),
    ];
    let mut session = Session::new();
    let main = session.sources.add(name, text);
    let tokens = preprocess(&mut session, main, &mut common::loader(&files), &[]);
    let program = parse(&mut session, &tokens);
    let checked = check(&mut session, &program);
    let flat = checked.and_then(|checked| lower(&mut session, &checked));
    match flat {
        Some(flat) if !session.diags.has_errors() => Ok(flat),
        _ => Err(common::messages(&session)),
    }
}

fn programs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(tree().join("tests/stf")).expect("the packet tests are there");
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "p4"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn every_packet_test_is_lowered_and_optimised_to_code_that_keeps_the_rules() {
    let only = std::env::var("ONLY").ok();
    let mut wrong = vec![];
    for path in programs() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        match lowered(&name, &read(&path)) {
            Err(said) => wrong.push(format!("{name}:\n{said}")),
            Ok(mut flat) => {
                if let Err(problems) = ir_check::check(&flat) {
                    wrong.push(format!("{name}: {problems:#?}"));
                    continue;
                }
                opt::optimise(&mut flat);
                if let Err(problems) = ir_check::check(&flat) {
                    wrong.push(format!("{name} optimised: {problems:#?}"));
                }
                if only.is_some() {
                    println!("{}", swerve_p4_front::ir_print::print(&flat));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} programs\n{}", wrong.len(), wrong.join("\n"));
}

/// A program whose ingress has these declarations and this body; `top` stands at the top level.
fn around(top: &str, declarations: &str, body: &str) -> String {
    format!(
        "#include <core.p4>
#include <v1model.p4>
header h_t {{ bit<8> a; bit<8> b; bit<16> c; }}
struct headers_t {{ h_t h; h_t[3] s; }}
struct meta_t {{ bit<8> x; @field_list(1) bit<16> y; }}
{top}
parser P(packet_in p, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {{
    state start {{ p.extract(hdr.h); transition accept; }}
}}
control V(inout headers_t hdr, inout meta_t meta) {{ apply {{ }} }}
control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {{
{declarations}
    apply {{ {body} }}
}}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {{ apply {{ }} }}
control C(inout headers_t hdr, inout meta_t meta) {{ apply {{ }} }}
control D(packet_out p, in headers_t hdr) {{ apply {{ p.emit(hdr); }} }}
V1Switch(P(), V(), I(), E(), C(), D()) main;
"
    )
}

fn refused(top: &str, declarations: &str, body: &str) -> String {
    match lowered("main.p4", &around(top, declarations, body)) {
        Ok(_) => panic!("the program was lowered"),
        Err(said) => said,
    }
}

fn ingress(top: &str, declarations: &str, body: &str) -> String {
    let mut flat =
        lowered("main.p4", &around(top, declarations, body)).unwrap_or_else(|said| panic!("{said}"));
    opt::optimise(&mut flat);
    swerve_p4_front::ir_print::print_code(&flat, &flat.ingress)
}

#[test]
fn a_long_chain_of_calls_is_refused_and_does_not_overflow_the_stack() {
    let mut top = "bit<8> f0(in bit<8> x) { return x + 1; }\n".to_owned();
    for at in 1..3000 {
        top += &format!("bit<8> f{at}(in bit<8> x) {{ return f{}(x); }}\n", at - 1);
    }
    let said = refused(&top, "", "hdr.h.a = f2999(hdr.h.b);");
    assert!(said.contains("too deeply nested"), "{said}");
}

#[test]
fn nested_expressions_in_nested_calls_do_not_overflow_the_stack() {
    let (open, close) = ("(1 + ".repeat(90), ")".repeat(90));
    let mut top = "bit<8> f0(in bit<8> x) { return x + 1; }\n".to_owned();
    for at in 1..40 {
        let before = at - 1;
        top += &format!(
            "bit<8> f{at}(in bit<8> x) {{ if (x == 1) {{ return {open}f{before}(x){close}; }} return 0; }}\n"
        );
    }
    let said = refused(&top, "", "hdr.h.a = f39(hdr.h.b);");
    assert!(said.contains("too deeply nested"), "{said}");
}

#[test]
fn calls_that_double_are_refused_before_they_fill_the_memory() {
    let mut top = "bit<8> f0(in bit<8> x) { return x + 1; }\n".to_owned();
    for at in 1..50 {
        let before = at - 1;
        top += &format!("bit<8> f{at}(in bit<8> x) {{ return f{before}(x) + f{before}(x + 1); }}\n");
    }
    let said = refused(&top, "", "hdr.h.a = f49(hdr.h.b);");
    assert!(said.contains("too large after inlining"), "{said}");
}

#[test]
fn types_that_double_are_refused_before_they_fill_the_memory() {
    let mut top = "struct s0 { bit<8> a; bit<8> b; }\n".to_owned();
    for at in 1..17 {
        top += &format!("struct s{at} {{ s{} a; s{} b; }}\n", at - 1, at - 1);
    }
    let said = refused(&top, "", "s16 s; s16 t; hdr.h.a = 1;");
    assert!(said.contains("too large"), "{said}");
    let said = refused(&top, "", "digest(1, (s16)...); hdr.h.a = 1;");
    assert!(said.contains("too large"), "{said}");
}

#[test]
fn what_v1model_does_not_have_is_refused_where_it_is_used_only() {
    let top = "extern Thing { Thing(); void go(in bit<8> x); }\nextern void act(in bit<8> x);\n";
    assert!(lowered("main.p4", &around(top, "Thing() t;", "")).is_ok());
    let said = refused(top, "Thing() t;", "t.go(1);");
    assert!(said.contains("extern Thing is not part of v1model"), "{said}");
    let said = refused(top, "", "act(1);");
    assert!(said.contains("extern act is not part of v1model"), "{said}");
}

#[test]
fn two_tables_with_one_name_are_refused() {
    let tables = "table t { actions = { NoAction; } } @name(\"t\") table u { actions = { NoAction; } }";
    let said = refused("", tables, "t.apply(); u.apply();");
    assert!(said.contains("two tables are named `t`"), "{said}");
}

#[test]
fn guards_of_writes_vanish_where_the_header_is_surely_valid() {
    let text =
        ingress("", "", "if (hdr.h.isValid()) { hdr.h.a = hdr.h.a + 1; hdr.h.b = 2; } else { hdr.h.a = 7; }");
    assert!(text.contains("hdr.h.a = hdr.h.a + 8w1"), "{text}");
    assert!(text.contains("hdr.h.b = 8w2"), "{text}");
    assert!(!text.contains('?') && !text.contains("8w7"), "{text}");
}

#[test]
fn a_guarded_write_is_one_operation() {
    let text = ingress("", "", "hdr.h.a = 5;");
    assert_eq!(text, "I {\nb0:\n    hdr.h.a = hdr.h.$valid$ ? 8w5 : hdr.h.a\n    end\n}\n");
}

#[test]
fn constant_indices_and_folded_conditions_leave_straight_code() {
    let text = ingress(
        "const bit<8> LIMIT = 4;",
        "",
        "hdr.s[1].setValid(); if (LIMIT > 3 && true) { hdr.s[1].a = LIMIT << 1; } else { hdr.h.a = 1; }",
    );
    assert_eq!(text, "I {\nb0:\n    set valid hdr.s[1]\n    hdr.s[1].a = 8w8\n    end\n}\n");
}

#[test]
fn mark_to_drop_is_two_assignments() {
    let text = ingress("", "action drop() { mark_to_drop(sm); }", "drop();");
    let expected = "standard_metadata.egress_spec = 9w0x1ff\n    standard_metadata.mcast_grp = 16w0\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn direct_calls_of_actions_leave_no_copies() {
    let text =
        ingress("", "action set(inout bit<8> x, in bit<8> y) { x = y; }", "set(meta.x, sm.priority ++ 5w1);");
    assert_eq!(text, "I {\nb0:\n    meta.x = standard_metadata.priority ++ 5w1\n    end\n}\n");
}

#[test]
fn a_control_that_is_applied_to_everything_works_on_it_in_place() {
    let top =
        "control Inner(inout headers_t hdr, inout meta_t meta) { apply { hdr.h.setValid(); meta.x = 3; } }";
    let text = ingress(top, "Inner() inner;", "inner.apply(hdr, meta);");
    assert_eq!(text, "I {\nb0:\n    set valid hdr.h\n    meta.x = 8w3\n    end\n}\n");
}

#[test]
fn names_for_controllers_are_paths_from_the_controls_type() {
    let top = "control Inner(inout headers_t hdr)(bit<8> v) {
        action a(bit<8> p) { hdr.h.a = p + v; }
        table t { key = { hdr.h.b: exact @name(\"key b\"); } actions = { a; } }
        @name(\"other\") table u { actions = { a; } }
        @name(\".absolute\") table w { actions = { a; } }
        apply { t.apply(); u.apply(); w.apply(); }
    }";
    let source = around(top, "Inner(1) one; @name(\"second\") Inner(2) two;", "one.apply(hdr);");
    let flat = lowered("main.p4", &source);
    // The absolute name is the same in both instances.
    let said = flat.err().unwrap_or_default();
    assert!(said.contains("two tables have the name absolute"), "{said}");
    let source = around(
        &top.replace("@name(\".absolute\")", ""),
        "Inner(1) one; @name(\"second\") Inner(2) two;",
        "one.apply(hdr);",
    );
    let flat = lowered("main.p4", &source).unwrap_or_else(|said| panic!("{said}"));
    let tables: Vec<&str> = flat.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(tables, ["I.one.t", "I.one.other", "I.one.w", "I.second.t", "I.second.other", "I.second.w"]);
    let actions: Vec<&str> = flat.actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(actions, ["I.one.a", "NoAction", "I.second.a"]);
    assert_eq!(flat.tables[0].keys[0].name, "key b");
}

#[test]
fn the_size_of_a_table_may_be_a_parameter_of_its_control() {
    let top = "control Inner(inout headers_t hdr)(bit<32> size) {
        table t { key = { hdr.h.b: exact; } actions = { NoAction; } size = size; }
        apply { t.apply(); }
    }";
    let source = around(top, "Inner(3) one; Inner(16777216) two;", "one.apply(hdr); two.apply(hdr);");
    let flat = lowered("main.p4", &source).unwrap_or_else(|said| panic!("{said}"));
    let sizes: Vec<_> = flat.tables.iter().map(|table| table.size).collect();
    assert_eq!(sizes, [Some(3), Some(ir::MOST_ENTRIES)]);
}

/// Values of no width are not there at run time: the places of the others stay theirs.
#[test]
fn a_logged_value_of_no_width_keeps_its_place_in_the_message() {
    let text = r#"
#include <v1model.p4>
struct headers_t { }
struct meta_t { bit<0> none; bit<8> some; }
parser p(packet_in b, out headers_t h, inout meta_t m, inout standard_metadata_t s) {
    state start { transition accept; }
}
control c(inout headers_t h, inout meta_t m) { apply { } }
control i(inout headers_t h, inout meta_t m, inout standard_metadata_t s) {
    apply { log_msg("a {} b {} c {} d {}", { m.none, m.some, m.none }); }
}
control d(packet_out b, in headers_t h) { apply { } }
V1Switch(p(), c(), i(), i(), c(), d()) main;
"#;
    let flat = lowered("log.p4", text).expect("it is right");
    let printed = swerve_p4_front::ir_print::print(&flat);
    assert!(printed.contains(r#"log "a 0 b {} c 0 d {}" ("#), "{printed}");
}
