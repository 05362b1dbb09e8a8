//! The tree of right programs, shown as P4.

mod common;

use common::{messages, parsed, tokens_of};
use swerve_p4_front::{Session, ast_print, parse};

/// The tree as P4; panics where the program is not right. Printing and parsing again gives the same.
fn listing(text: &str) -> String {
    let (session, program) = parsed(text);
    assert!(session.diags.kept().is_empty(), "{}", messages(&session));
    let shown = ast_print::program(&program, &session.names);
    let (again, program) = parsed(&shown);
    assert!(!again.diags.has_errors(), "{}\n{shown}", messages(&again));
    assert_eq!(shown, ast_print::program(&program, &again.names), "the listing is parsed to another tree");
    shown
}

/// The expression of a constant, after some declarations, as it was understood.
fn expression(text: &str) -> String {
    let shown = listing(&format!(
        "struct T {{}} struct G<X> {{}} enum E {{ A }} extern Ext {{ Ext(); }}
         const bool x = {text};"
    ));
    let last = shown.lines().last().unwrap_or("");
    last.strip_prefix("const bool x = ").and_then(|rest| rest.strip_suffix(';')).unwrap_or(last).to_owned()
}

/// The statement of an apply block as it was understood.
fn statement(text: &str) -> String {
    let before = "extern Ext<X> { Ext(); void m<Y>(in Y y); } struct T { bit<8> f; } header H {} enum E { A }
        control D(inout T t) { apply {} } extern void f<Y>(in Y y);";
    let shown = listing(&format!(
        "{before} control C(inout T t, inout H[4] hs, inout bit<8> v, Ext<T> e) {{ apply {{ {text} }} }}"
    ));
    let (_, body) = shown.split_once("apply {\n        ").unwrap_or_default();
    let (_, body) = body.split_once("apply {\n").unwrap_or(("", body));
    body.trim_end_matches("\n    }\n}\n").to_owned()
}

#[test]
fn a_program_with_most_of_the_language_parses() {
    let mut session = Session::new();
    let tokens = tokens_of(&mut session, include_str!("programs/router.p4"), &[("core.p4", "")], &[]);
    let program = parse(&mut session, &tokens);
    assert!(session.diags.kept().is_empty(), "{}", messages(&session));
    let shown = ast_print::program(&program, &session.names);
    insta::assert_snapshot!(shown);
    listing(&shown);
}

#[test]
fn operators_bind_as_the_grammar_says() {
    let cases = [
        "a || b && c",
        "a && b == c",
        "a == b < c",
        "a < b | c",
        "a | b ^ c & d",
        "a & b << c",
        "a << b + c",
        "a + b * c",
        "a * b + c",
        "a - b - c",
        "a ++ b + c |+| d |-| e - f",
        "a / b % c * d",
        "!a.b",
        "-a[3:0]",
        "-a * b",
        "~a & b",
        "- -a",
        "(bit<8>) a + b",
        "(bit<8>) a.b[1:0]",
        "(bit<8>) (int<8>) -a",
        "a == b != c",
        "a < b <= c",
        "a ? b : c",
        "a ? b : c ? d : e",
        "a ? b ? c : d : e",
        "a || b ? c + 1 : d",
        "a >> b >> c",
        "a |+| +b",
        "(a + b) * c",
        "a.b.c(d)(e)[f].g",
    ];
    let shown: String = cases.iter().map(|text| format!("{text:<30} {}\n", expression(text))).collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn type_arguments_are_told_from_comparisons_by_what_is_a_type() {
    let cases = [
        "f<T>(a)",
        "f < a > (b)",
        "f<bit<8>>(a)",
        "f<G<bit<8>>>(a)",
        "f<T, a>(b)",
        "f<T[4]>(b)",
        "f<_>(b)",
        "f<tuple<bit<8>, T>, list<T>>(b)",
        "f.m<bit<(2 + 3)>>(b)",
        "a < E.A",
        "a < T(1)",
        "a < error.X",
        "a < (bit<8>) b",
        "a >> (b)",
        "a < b >> (c)",
        "T(a)",
        "G<bit<8>>(a)",
        "G<G<T>>(a).m()",
        "Ext().m(1)",
        ".f<T>(a)",
        "a < 3 && b > (4)",
        "{ a < b, c > (d) }",
    ];
    let shown: String = cases.iter().map(|text| format!("{text:<34} {}\n", expression(text))).collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn casts_are_told_from_parentheses_by_what_is_a_type() {
    let cases = [
        "(T) a",
        "(T) (a)",
        "(T) -a",
        "(a) - b",
        "(a)(b)",
        "(T) { 1, 2 }",
        "(G<T>) a",
        "(bit) a",
        "(int) a",
        "(error) a",
        "(T[3]) a",
        "(E.A)",
        "(.T) a",
        "(int<32>).x",
        "(bool) a == b",
        "(unknown) a",
        "(a < b)",
        "(T(1))",
    ];
    let shown: String = cases.iter().map(|text| format!("{text:<20} {}\n", expression(text))).collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn lists_records_and_literals() {
    let cases = [
        "{}",
        "{ }",
        "{1}",
        "{1, 2,}",
        "{a = 1}",
        "{a = 1, b = {2},}",
        "{a = 1, ...}",
        "{a = 1, ...,}",
        "{...}",
        "{1, ...}",
        "{#}",
        "...",
        "\"text \\\" \\\\ \\n \\q\"",
        "8w0xFF",
        "0b1_0",
        "0o17",
        "0d9",
        "16s255",
        "0w0",
        "32w0d255",
        "16w0377",
        "0x_F",
        "1_000",
        "8s0b1010_1010",
        "true",
        "false",
        "this",
        "error.NoError",
        ".x",
        "f(_)",
        "f(a = _, b = 1)",
        "f()",
        "a[1]",
        "a[7:0]",
        "a[b +: 4]",
        "a[b+:4]",
        "a[+b]",
        "a[b + c]",
        "a[b ? c : d : e]",
        "x.apply().hit",
        "x.key.list.type.state.actions.entries.priority",
    ];
    let shown: String = cases.iter().map(|text| format!("{text:<26} {}\n", expression(text))).collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn statements_of_every_form() {
    let cases = [
        ";",
        "v = 1;",
        "t.f[3:0] = v[7:4];",
        "(v) = 1;",
        "hs[v].f = 1;",
        "v[1 +: 3] += 2;",
        "v |+|= 1; v |-|= 2; v <<= 3; v >>= 4; v ^= 5;",
        "f(v);",
        "f<T>(t);",
        "f<unknown>(t);",
        "f<>(t);",
        "e.m<bit<8>>(v);",
        "D.apply(t);",
        ".D.apply(t);",
        "this.f();",
        "T x;",
        "T x = { 1 };",
        "bit<8> x = 3;",
        "H[3] x;",
        "Ext<T> x;",
        "Ext<bit<8>>() x;",
        "tuple<bit<8>, T> x = { 1, t };",
        "error x = error.A;",
        "const int x = 3;",
        "@a @b(1) bit<8> x;",
        "unknown x;",
        "unknown<T> x = 2;",
        "bit<8> apply = 1; bit<8> key = apply; key = 2;",
        "if (v == 1) v = 2;",
        "if (v == 1) { v = 2; } else if (v == 3) { } else v = 4;",
        "if (v == 1) if (v == 2) v = 3; else v = 4;",
        "return;",
        "exit;",
        "@atomic { v = 1; { v = 2; } }",
        "switch (v) { 1: 2: { v = 3; } E.A: {} -1: {} default: {} }",
        "switch (v) { }",
        "switch (v) { (bit<8>) 3 + 4: @likely { } }",
        "for (bit<8> i = 0; i < 3; i += 1) v = i;",
        "for (; v < 3;) v = v + 1;",
        "for (v = 1, bit<8> j = 2, f(v); true; v = 2, f(v)) { break; continue; }",
        "for (bit<8> i in 0 .. 7) f(i);",
        "for (H h in hs) { }",
        "@unroll for (@n H h in hs) { }",
        "bit<8> T = 1; v = T < v ? 1 : 2; T = 3;",
    ];
    let shown: String = cases.iter().map(|text| format!("---- {text}\n{}\n", statement(text))).collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn a_local_value_hides_a_type_and_a_local_type_a_value() {
    let shown = listing(
        "struct T {} const bit<8> X = 1;
         control C(in bit<8> T) { apply { bit<8> y = (T) - 1; bool z = y < T > (y); } }
         control D(in T t) { apply { T y = (T) -1; } }
         extern E { void f<X>(in X x, in bit<8> y); }
         X id<X>(in X a) { X b = (X) a; return (X)-b; }
         const bit<8> after = (X) - 1;",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn declarations_of_every_form() {
    let shown = listing(
        ";;
         const int A = 1; typedef bit<8> B; type bit<8> C; typedef struct S { B b; } D; typedef enum E { X } F;
         typedef B[4] G; typedef tuple<> H; typedef list<B> I;
         header J {} header_union K { J j; } struct L<M, N> { M m; N n; @x bit<8> o; }
         enum O { P, Q } enum bit<8> R { U = 1, V = U + 1, } enum B W { Y = 2 }
         error { AA, BB } error { CC, } match_kind { dd, ee, }
         extern void ff(); extern T gg<T>(in T t, inout T u, out T v, T w = 1); extern L<B, C> hh();
         extern II { II(); II(in B b); abstract void jj(); @pure B kk<T>(in T t); }
         extern LL<T, U> { U mm(in T t); } extern NN {}
         parser OO(in B b); parser PP<T>(in T t); control QQ(); control RR<T>(@optional in T t);
         package SS<T>(PP<T> p, RR<_> q = 3);
         action tt() {} action uu(in B b, bit<3> c) { return; }
         B vv(in B b) { return b; } void ww<T>(in T t) {}
         II() xx; LL<B, C>(1, x = 2) yy; II() zz = { void jj() { } II() inner; }; II() zy = { void jj() { } }
         value_set<B>(4) set;
         parser Aa(in B b)(B c) { const B d = 1; B e; B f = 2; II() g; value_set<tuple<B, C>>(1) h; state start { } }
         control Bb() { apply {} } @an control Cc(in B b)(B d) { const B e = 1; action f() {} II() h; B g = 1;
             @x(y) table i { actions = {} } apply { } }
         list<B>() why;",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn parsers_and_select_of_every_form() {
    let shown = listing(
        "typedef bit<8> B; control Sub() { apply {} }
         parser P(in B b, in bool c) {
            state start { transition a; }
            state a { B x = b; const B y = 1; x = y; ; { x = 2; } @z { } if (c) x = 3; else { } Sub.apply(); f(x); }
            state s { transition select(b, c) {
                (1, true): accept; (1 &&& 2, _): accept; (1 .. 2, default): accept; _: a; default: s; } }
            state t { transition select(b) { 1: a; 1 &&& 2: a; 3 .. 4: a; (5): a; (6 &&& 7): a; (8 .. 9): a;
                (b + 1) * 2: a; (B) 3: a; (_): a; (default): a; b ? 1 : 2: a; { 1 }: a; } }
            state u { transition select() { } }
            state apply { transition key; } state key { }
         }",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn tables_of_every_form() {
    let shown = listing(
        "action g(in bit<8> x) {}
         control C(inout bit<8> v) {
            action a() {} action b(bit<8> x) {}
            table t {
                key = { v : exact; v + 1 : ternary @name(\"k\") @x; v[3:0] : lpm; }
                actions = { a; b(); @defaultonly a; .g(v); }
                const entries = {
                    (1, 2 &&& 3, 4) : a;
                    const (_, default, 5 .. 6) : b(7) @n(1) @m;
                    const priority = 10 : (1, 2, 3) : a();
                    priority = (v + 1) : _ : a;
                }
                const default_action = b(3); size = 10; @x state = { 1, 2 }; type = true; priority = 3; apply = 1;
            }
            table u { key = {} actions = {} entries = { } }
            apply { if (t.apply().hit) { } switch (t.apply().action_run) { a: b: { } } }
         }",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn annotations_of_every_form() {
    let shown = listing(
        "@a @b() @c(1, x + 2) @d(a (b) c ; { $ ' ] 8w7 \"s\" @) @e[] @f[1, \"x\" ++ \"y\", true,] @g[k = 1, l = 2,]
         @default @pragma old style 1 + x
         struct S { @h bit<8> x; }
         @pragma alone
         const int A = 1;",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn an_annotation_has_expressions_where_its_tokens_are_a_list_of_such() {
    use swerve_p4_front::ast::AnnotationBody;
    let (session, program) = parsed("@a(1, \"x\" ++ \"y\") @b(1 2) @c(f(x)) @d() @e(1,) struct S {}");
    assert!(session.diags.kept().is_empty(), "{}", messages(&session));
    let counts: Vec<_> = program.decls[0]
        .annotations
        .iter()
        .map(|annotation| match &annotation.body {
            AnnotationBody::Tokens { tokens, exprs } => (tokens.len(), exprs.as_ref().map(Vec::len)),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [(5, Some(2)), (2, None), (4, Some(1)), (0, None), (2, None)]);
}

#[test]
fn a_tree_knows_where_its_parts_stand() {
    let (session, program) = parsed("const bit<8> x = (a + 1) * f(b)[3:0];");
    let swerve_p4_front::ast::DeclKind::Const(it) = &program.decls[0].kind else { panic!("a constant") };
    let swerve_p4_front::ast::ExprKind::Binary(_, left, right) = &it.value.kind else { panic!("a product") };
    let shown = [program.decls[0].span, it.ty.span, it.name.span, it.value.span, left.span, right.span]
        .map(|span| session.sources.snippet(span));
    let all = "const bit<8> x = (a + 1) * f(b)[3:0];";
    assert_eq!(shown, [all, "bit<8>", "x", "(a + 1) * f(b)[3:0]", "(a + 1)", "f(b)[3:0]"]);
}

#[test]
fn long_chains_are_right_and_longer_ones_of_operators_an_error() {
    let chain = |n: usize| format!("const int x = 1{};", " + 1".repeat(n));
    listing(&chain(900));
    let (session, _) = parsed(&chain(1100));
    assert_eq!(session.diags.errors(), 1);
    assert!(messages(&session).contains("too deeply nested"), "{}", messages(&session));
    let elses = |n: usize| format!("action a() {{ {} }}", vec!["if (x) { y = 1; }"; n].join(" else "));
    listing(&elses(20_000));
}
