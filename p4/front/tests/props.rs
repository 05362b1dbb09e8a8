//! Whatever the text is: no panic, no endless run, and right expressions survive being printed.

mod common;

use common::{loader, messages, parsed};
use proptest::prelude::*;
use swerve_p4_front::ast::{DeclKind, Expr};
use swerve_p4_front::{Session, ast_print, parse, preprocess};

const ROUTER: &str = include_str!("programs/router.p4");

/// Everything up to the tree; also that each place is one of a text, and that the tree can be printed.
fn all_the_way(text: &str) -> bool {
    let mut session = Session::new();
    let main = session.sources.add("main.p4", text);
    let mut files =
        loader(&[("core.p4", "#ifndef CORE\n#define CORE\nerror { NoError }\n#endif\n"), ("self.p4", text)]);
    let tokens = preprocess(&mut session, main, &mut files, &[("N".to_owned(), "1".to_owned())]);
    let program = parse(&mut session, &tokens);
    for said in session.diags.kept() {
        let source = session.sources.file(said.span.file).expect("a file");
        assert!(said.span.lo <= said.span.hi && said.span.hi as usize <= source.text.len(), "{said:?}");
        assert!(source.text.get(said.span.lo as usize..said.span.hi as usize).is_some(), "{said:?}");
    }
    ast_print::program(&program, &session.names);
    !session.diags.has_errors()
}

fn token() -> impl Strategy<Value = String> {
    let words: Vec<String> = swerve_p4_front::token::Keyword::ALL
        .iter()
        .map(|word| word.text().to_owned())
        .chain(swerve_p4_front::token::Punct::ALL.iter().map(|punct| punct.text().to_owned()))
        .chain(
            [
                "a",
                "b",
                "T",
                "S",
                "1",
                "8w2",
                "4s3",
                "0x",
                "\"s\"",
                "\"",
                "/*",
                "*/",
                "//",
                "\n",
                "\\\n",
                "#",
                "##",
                "\n#define T(x) x x\n",
                "\n#define a b a\n",
                "\n#if a\n",
                "\n#else\n",
                "\n#endif\n",
                "\n#include \"self.p4\"\n",
                "\n#include <core.p4>\n",
                "\n#line 5 \"x\"\n",
                "@pragma",
                "@name(\"x\")",
                "struct S {}",
                "bit<8>",
                "$",
                "é",
                "'",
                "extern T",
                "control C() { apply {",
                "} }",
                "{ } }",
                "__LINE__",
                "parser P() { state start {",
                "table t {",
                "key = {",
                "const entries = {",
                "(1, 2 &&& 3) :",
            ]
            .map(str::to_owned),
        )
        .collect();
    prop::sample::select(words)
}

/// One change of a text, at characters.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    (any::<prop::sample::Index>(), 0usize..20, prop_oneof![Just(String::new()), token(), "[ -~]{1,3}"])
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a", "b", "c", ".a", "1", "8w255", "4s7", "0xFF", "true", "false", "this", "\"s\"", "{#}", "...",
        "error.X", "E.A", "{}",
    ])
    .prop_map(str::to_owned);
    let binary = prop::sample::select(vec![
        "+", "-", "*", "/", "%", "|+|", "|-|", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^",
        "++", "&&", "||",
    ]);
    let ty = prop::sample::select(vec![
        "bit<8>",
        "int<(a + 1)>",
        "T",
        "G<T>",
        "G<bit<8>>",
        "bool",
        "error",
        "T[2]",
        "int",
    ]);
    leaf.prop_recursive(6, 40, 4, move |inner| {
        let many = prop::collection::vec(inner.clone(), 0..3).prop_map(|list| list.join(", "));
        prop_oneof![
            4 => (inner.clone(), binary.clone(), inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            2 => inner.clone().prop_map(|a| format!("({a})")),
            1 => (prop::sample::select(vec!["-", "+", "!", "~"]), inner.clone()).prop_map(|(op, a)| format!("{op} {a}")),
            1 => (ty.clone(), inner.clone()).prop_map(|(ty, a)| format!("({ty}) {a}")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a} ? {b} : {c}")),
            1 => inner.clone().prop_map(|a| format!("a.b[{a}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("a[{a} : {b}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("a[({a}) +: {b}]")),
            1 => many.clone().prop_map(|list| format!("f({list}).m()")),
            1 => (ty.clone(), many.clone()).prop_map(|(ty, list)| format!("f<{ty}>({list})")),
            1 => (ty.clone(), many.clone()).prop_map(|(ty, list)| format!("G<{ty}>({list})")),
            1 => many.clone().prop_map(|list| format!("T({list})")),
            1 => many.prop_map(|list| format!("{{ {list} }}")),
            1 => inner.clone().prop_map(|a| format!("{{ x = {a}, y = 1, ... }}")),
            1 => inner.prop_map(|a| format!("f(x = {a}, y = _)")),
        ]
    })
}

const BEFORE: &str = "struct T {} struct G<X> {} enum E { A } ";

/// The expression of the last constant, and its form without places.
fn understood(text: &str) -> (String, String) {
    let (session, program) = parsed(&format!("{BEFORE}const int x = {text};"));
    assert!(!session.diags.has_errors(), "{text}\n{}", messages(&session));
    match program.decls.last().map(|decl| &decl.kind) {
        Some(DeclKind::Const(it)) => (ast_print::expr(&it.value, &session.names), form(&it.value, &session)),
        other => panic!("{other:?}"),
    }
}

/// The tree as Rust shows it, with names as texts and without places.
fn form(expr: &Expr, session: &Session) -> String {
    let shown = format!("{expr:?}");
    let mut out = String::new();
    let mut rest = shown.as_str();
    while let Some(at) = rest.find("Span {").into_iter().chain(rest.find("Name(")).min() {
        out.push_str(&rest[..at]);
        let inside = &rest[at..];
        if inside.starts_with("Span") {
            rest = &inside[inside.find('}').map_or(inside.len(), |end| {
                // `FileId(0)` has no brace of its own.
                end + 1
            })..];
        } else if let Some(number) = inside[5..].split(')').next().and_then(|text| text.parse().ok()) {
            out.push_str(session.text(swerve_p4_front::Name(number)));
            rest = &inside[inside.find(')').map_or(inside.len(), |end| end + 1)..];
        } else {
            out.push_str("Name(");
            rest = &inside[5..];
        }
    }
    out.push_str(rest);
    out
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "(?s).{0,400}") {
        all_the_way(&text);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        all_the_way(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_tokens_are_read_without_a_panic(tokens in prop::collection::vec(token(), 0..120)) {
        all_the_way(&tokens.join(" "));
        all_the_way(&tokens.concat());
    }

    #[test]
    fn a_program_with_anything_changed_is_read_without_a_panic(changes in prop::collection::vec(change(), 1..6)) {
        let mut text: Vec<char> = ROUTER.chars().collect();
        for (at, length, new) in changes {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, new.chars());
        }
        all_the_way(&text.iter().collect::<String>());
    }

    #[test]
    fn a_part_of_a_program_is_read_without_a_panic(from: prop::sample::Index, to: prop::sample::Index) {
        let (from, to) = (from.index(ROUTER.len()), to.index(ROUTER.len()));
        if let Some(part) = ROUTER.get(from.min(to)..from.max(to)) {
            all_the_way(part);
        }
    }

    #[test]
    fn a_printed_expression_is_parsed_to_the_same_tree(text in expression()) {
        let (printed, tree) = understood(&text);
        let (again, same) = understood(&printed);
        prop_assert_eq!(&tree, &same, "{} was printed as {}", text, printed);
        prop_assert_eq!(printed, again);
    }
}

#[test]
fn the_unchanged_program_is_right() {
    assert!(all_the_way(ROUTER));
}
