//! What is said about wrong programs: all of it, so that a cascade of messages is seen.

mod common;

use common::{messages, parsed};

fn said(cases: &[&str]) -> String {
    let mut all = String::new();
    for text in cases {
        let (session, _) = parsed(text);
        assert!(session.diags.has_errors(), "accepted: {text}");
        all.push_str(&format!("---- {text}\n{}\n", messages(&session)));
    }
    all
}

/// Within an apply block, with a few names declared.
fn in_apply(statements: &[&str]) -> String {
    let mut all = String::new();
    for text in statements {
        let (session, _) = parsed(&format!(
            "struct T {{}} void f(in bit<8> x) {{}} control C(inout bit<8> v, inout T t) {{ apply {{\n{text}\n}} }} control Next() {{ apply {{}} }}"
        ));
        assert!(session.diags.has_errors(), "accepted: {text}");
        all.push_str(&format!("---- {text}\n{}\n", messages(&session)));
    }
    all
}

#[test]
fn wrong_declarations() {
    insta::assert_snapshot!(said(&[
        "heder Eth { bit<8> x; }",
        "contol C() { apply {} }",
        "header { bit<8> x; }",
        "header H { bit<8> x }",
        "header H { bit<8> x; bit<8>; bit<8> y; z; }",
        "header H { bit<8> x[4]; }",
        "header H { bit<8> table; }",
        "struct S { bit<8> x;",
        "struct S { bit<8> x; header H {}",
        "const bit<8> x;",
        "const x = 1;",
        "const bit<8> x = 1",
        "bit<8> x = 1;",
        "table t { actions = {} }",
        "typedef bit<8>;",
        "typedef bit<8> Byte",
        "type bit<N> T;",
        "const bit<N> X = 1;",
        "const bit<> X = 1;",
        "const varbit X = 1;",
        "const bit<8 X = 1;",
        "enum E { }",
        "enum E { A B }",
        "enum E { A = 1 }",
        "enum bit<8> E { A }",
        "error { }",
        "match_kind { exact lpm }",
        "extern E { f(); }",
        "extern E { void f() }",
        "extern void f()",
        "void f(in bit<8> x);",
        "void f(bit<8> in x) {}",
        "void f(in bit<8>) {}",
        "void f(in bit<8> x,) {}",
        "void f(in bit<8> x {}",
        "void f<>() {}",
        "package P(bit<8> x) { }",
        "parser P<T>(in T t) { state start { } state }",
        "control C() { }",
        "control C() { apply { } apply { } }",
        "control C() { apply { } bit<8> x; }",
        "control C() { state start { } apply { } }",
        "control C() { header H {} apply { } }",
        "control C() { void f() { } apply { } }",
        "control C() { value_set<bit<8>>(4) v; apply { } }",
        "control C() { action a() { x = 1; action b() { } apply { } }",
        "control C() { apply { if (x) { y = 1; } } control D() { apply { } }",
        "control C() { apply { y = 1; }",
        "control C() apply { }",
        "E() x",
        "E(1, ) x;",
        "E() x = { bit<8> y; };",
        "struct A {} ; } struct B {}",
        "@x",
        "@(1) struct A {}",
        "@x(1 struct A {}",
        "@x[1, a = 2] struct A {}",
        "@x[1 2] struct A {}",
        "@pragma\nstruct A {}",
        "1 + 2;",
        "if (x) { }",
        "list<bit<8>, bit<8>>() x;",
        "value_set<bit<8>, bool>(4) x;",
        "struct S { bit<8> $x; }",
        "struct größe { }",
        "action 5() {}",
        "action a { }",
        "action a(); action b() {}",
    ]));
}

#[test]
fn wrong_statements() {
    insta::assert_snapshot!(in_apply(&[
        "v = 1",
        "v = 1\nv = 2;",
        "f(v)\nv = 2;",
        "bit<8> x\nv = 2;",
        "bit<8> x[3];",
        "v == 1;",
        "v;",
        "v + 1 = 2;",
        "f(v) = 2;",
        "1 = v;",
        "v = ;",
        "v++;",
        "v--;",
        "v = v++;",
        "if v == 1 { }",
        "if (v = 1) { }",
        "if (v == 1 { }",
        "if (v == 1) bit<8> x = 1;",
        "if (v == 1) v = 1; v = 2; else v = 3;",
        "if (v == 1) { } elif (v == 2) { }",
        "if (not v == 1) { }",
        "v = 2w0 ++ (bit<3>)(v = 1) ++ (bit<3>)(v + 1);",
        "f(tuple<bit<8>, bit<8>>{ v, v });",
        "v = list.x;",
        "retrun;",
        "retrun v;",
        "swich (v) { }",
        "return v",
        "while (v < 3) { }",
        "for (v < 3) { }",
        "for (;;) { }",
        "for (bit<8> i = 0; i < 3; i++) { }",
        "for (bit<8> i of v) { }",
        "switch (v) { case 1: { } }",
        "switch (v) { 1 { } }",
        "switch (v) { 1: v = 1; }",
        "switch (v) { { 1 }: { } }",
        "switch v { }",
        "transition accept;",
        "select (v) { }",
        "@x v = 1;",
        "T;",
        "table x;",
        "const x = 1;",
        "f(v;",
        "f(v v);",
        "f(v,);",
        "f(1 = 2);",
        "apply();\n{ v = 1;",
        "v = 1; }",
        "v = #;",
        "v = 'a';",
        "v.1 = 2;",
        "v[1 = 2;",
        "v[1:] = 2;",
        "v =+ 1; v = 2 3;",
        "break",
        "exit 1;",
    ]));
}

#[test]
fn wrong_expressions() {
    insta::assert_snapshot!(in_apply(&[
        "v = (1;",
        "v = 1 + ;",
        "v = 1 + * 2;",
        "v = bit<8>;",
        "v = _;",
        "v = default;",
        "v = {1, 2;",
        "v = {a = 1, 2};",
        "v = {1, a = 2};",
        "v = {a = 1, ..., 2};",
        "v = {1 2};",
        "v = error;",
        "v = error.;",
        "v = t.;",
        "v = t.table;",
        "v = v ? 1;",
        "v = v ? 1 : ;",
        "v = (bit<8>);",
        "v = (bit<8> 1;",
        "v = f<bit<8>(1);",
        "v = f<bit<8>>;",
        "v = T<bit<8>;",
        "v = a and b;",
        "v = v === 1;",
        "v = 1 2;",
        "v = v v;",
        "v = \"a\" \"b\";",
        "v = v[1;",
        "v = v[];",
        "v = v(1;",
        "v = !;",
        "v = @x 1;",
        "v = 8w;",
    ]));
}

#[test]
fn wrong_parsers() {
    let cases = [
        "start { transition accept; }",
        "state { transition accept; }",
        "state start { transition accept }",
        "state start { transition; }",
        "state start { transition accept; x = 1; }",
        "state start { transition accept; transition reject; }",
        "state start { transition selet(x) { 1: a; } }",
        "state start { transition select x { 1: a; } }",
        "state start { transition select(x) { 1 a; 2: b; } }",
        "state start { transition select(x) { 1: a, 2: b; } }",
        "state start { transition select(x, y) { (1, 2,): a; } }",
        "state start { transition select(x, y) { 1, 2: a; } }",
        "state start { transition select(x) { 1 &&&: a; } }",
        "state start { transition select(x) { 1: a; state b { }",
        "state start { return; }",
        "state start { exit; }",
        "state start { switch (x) { } }",
        "state start { for (bit<8> i in x) { } }",
        "state start { break; }",
        "state start { if (x) { transition accept; } }",
        "state start { x = 1; state other { transition accept; }",
        "state start { } bit<8> x;",
        "action a() { } state start { }",
        "table t { } state start { }",
        "apply { }",
    ];
    let cases: Vec<_> =
        cases.iter().map(|text| format!("parser P() {{ {text} }} struct Next {{}}")).collect();
    insta::assert_snapshot!(said(&cases.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn wrong_tables() {
    let cases = [
        "",
        "key { }",
        "keys = { x: exact; } actions = { a; }",
        "key = { x: exact }",
        "key = { x; }",
        "key = { exact: x: y; }",
        "key = { x: exact, y: lpm; }",
        "key = { x: exact; };",
        "key = { x: ; }",
        "const key = { }",
        "actions = { a, b }",
        "actions = { a; b }",
        "actions = { a() }",
        "action = { a; }",
        "default_action = a",
        "default_action a;",
        "const entries = { 1: }",
        "const entries = { 1 a; }",
        "const entries = { (1, 2) = a; }",
        "const entries = { (1, 2): a }",
        "entries = { priority = x : 1 : a; }",
        "entries = { priority 1 : 1 : a; }",
        "size = ;",
        "size: 1;",
        "5 = 1;",
        "actions = { a;",
    ];
    let cases: Vec<_> =
        cases.iter().map(|text| format!("control C() {{ table t {{ {text} }} apply {{ }} }}")).collect();
    insta::assert_snapshot!(said(&cases.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn several_errors_are_found_in_one_run() {
    insta::assert_snapshot!(said(&["header A { bit<8> x bit<8> y; }
struct B { bit<8 x; }
const bit<8> c = 1 + ;
control C() {
    action a() { x = ; y = 1 }
    table t { key = { x exact; } actions = { a b; } }
    apply { if (x { } f(; g(1); }
}
parser P() { state s { x = 1 transition select(y) { 1 2; } } }
bit<8> g() { return 1 2; }
struct D { }
"]));
}

#[test]
fn what_is_nested_without_end_is_one_error() {
    let cases: Vec<(&str, String)> = vec![
        ("parentheses", format!("const int x = {}1{};", "(".repeat(10_000), ")".repeat(10_000))),
        ("open parentheses", format!("const int x = {}", "(".repeat(10_000))),
        ("braces", format!("const int x = {}1{};", "{".repeat(10_000), "}".repeat(10_000))),
        ("indices", format!("const int x = {}1{};", "a[".repeat(10_000), "]".repeat(10_000))),
        ("calls", format!("const int x = {}1{};", "f(".repeat(10_000), ")".repeat(10_000))),
        ("minus", format!("const int x = {}1;", "- ".repeat(10_000))),
        ("casts", format!("const int x = {}1;", "(int)".repeat(10_000))),
        ("unknown casts", format!("const int x = {}1;", "(t)".repeat(10_000))),
        ("conditions", format!("const int x = {}1;", "a ? ".repeat(10_000))),
        ("right sides", format!("const int x = {}1;", "a + (".repeat(10_000))),
        ("chains", format!("const int x = a{};", " + a".repeat(10_000))),
        ("members", format!("const int x = a{};", ".b".repeat(10_000))),
        ("tall ternaries", format!("const int x = a{};", " ? b : c".repeat(10_000))),
        ("chains of chains", {
            let chain = " + a".repeat(400);
            format!("const int x = {}a{};", "(".repeat(150), format!("{chain})").repeat(150))
        }),
        ("types", format!("struct G<T> {{}} {}int{} x;", "G<".repeat(10_000), ">".repeat(10_000))),
        ("unknown types", format!("struct S {{ {}int{} x; }}", "G<".repeat(10_000), ">".repeat(10_000))),
        ("stacks", format!("struct S {{ T{} x; }}", "[1]".repeat(10_000))),
        ("widths", format!("const {}int{} x = 1;", "bit<((".repeat(10_000), ") 1)>".repeat(10_000))),
        ("blocks", format!("action a() {{ {} {} }}", "{".repeat(10_000), "}".repeat(10_000))),
        ("ifs", format!("action a() {{ {} ; }}", "if (x) ".repeat(10_000))),
        ("elses", format!("action a() {{ {} ; }}", "if (x) ; else { ".repeat(10_000))),
        ("fors", format!("action a() {{ {} ; }}", "for (;x;) ".repeat(10_000))),
        (
            "switches",
            format!("action a() {{ {} {} }}", "switch (x) { 1: {".repeat(10_000), "} }".repeat(10_000)),
        ),
        ("instances", format!("{} {}", "E() x = {".repeat(10_000), "}".repeat(10_000))),
        ("annotations", format!("@x{}{} struct S {{}}", "(".repeat(10_000), ")".repeat(10_000))),
        ("structured annotations", format!("@x[{}] struct S {{}}", "(".repeat(10_000))),
    ];
    let mut all = String::new();
    for (what, text) in cases {
        let (session, _) = parsed(&text);
        assert!(session.diags.errors() <= 1, "{what}: {}", messages(&session));
        all.push_str(&format!("---- {what}\n{}", messages(&session)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn after_fifty_errors_nothing_is_read() {
    let (session, _) = parsed(&"header H { x }\n".repeat(5000));
    assert_eq!(session.diags.errors(), 51);
    assert!(messages(&session).contains("50 syntax errors: the rest is not read"));
}
