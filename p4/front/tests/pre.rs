//! The preprocessor.

mod common;

use common::{loader, messages, tokens_of};
use swerve_p4_front::{Session, TokenKind, preprocess};

fn shown(session: &Session, kind: &TokenKind) -> String {
    match kind {
        TokenKind::Ident(name) => session.text(*name).to_owned(),
        TokenKind::Keyword(word) => word.text().to_owned(),
        TokenKind::Int(literal) => literal.text.to_string(),
        TokenKind::Str(raw) => raw.to_string(),
        TokenKind::Punct(punct) => punct.text().to_owned(),
        TokenKind::PragmaEnd => "<end>".to_owned(),
        TokenKind::Stray(c) => format!("<{c}>"),
    }
}

/// The tokens with a space between each two, then the messages.
fn run(text: &str, files: &[(&str, &str)], defines: &[(&str, &str)]) -> String {
    let mut session = Session::new();
    let tokens = tokens_of(&mut session, text, files, defines);
    let words: Vec<_> = tokens.iter().map(|token| shown(&session, &token.kind)).collect();
    let said = messages(&session);
    if said.is_empty() { words.join(" ") } else { format!("{}\n{said}", words.join(" ")) }
}

fn pre(text: &str) -> String {
    run(text, &[], &[])
}

#[test]
fn every_terminal_is_read() {
    let all: Vec<_> = swerve_p4_front::token::Punct::ALL.iter().map(|punct| punct.text()).collect();
    assert_eq!(pre(&all.join(" ")), all.join(" "));
    let all: Vec<_> = swerve_p4_front::token::Keyword::ALL.iter().map(|word| word.text()).collect();
    assert_eq!(pre(&all.join(" ")), all.join(" "));
}

#[test]
fn the_longest_terminal_wins() {
    assert_eq!(pre("a&&&b&&c&d"), "a &&& b && c & d");
    assert_eq!(pre("a|+|b|-|=c|d||e|+f"), "a |+| b |-|= c | d || e | + f");
    assert_eq!(pre("a<<=b>>=c>>d<<e>=f"), "a <<= b >>= c >> d << e >= f");
    assert_eq!(pre("1..2...3.x {#} { # }"), "1 .. 2 ... 3 . x {#} { <#> }");
    assert_eq!(pre("a+++b+=c---d"), "a ++ + b += c - - - d");
    assert_eq!(pre("x[a+:4]"), "x [ a + : 4 ]");
}

#[test]
fn comments_and_continued_lines_are_gone() {
    assert_eq!(pre("a/**/b // c\nd /* e\n f */ g"), "a b d g");
    assert_eq!(pre("ab\\\ncd 12\\\r\n34 // x\\\ny\nz"), "abcd 1234 z");
    assert_eq!(pre("a /* * / ** **/ b //"), "a b");
    assert_eq!(pre("/\\\n/ gone\nhere \"a\\\nb\" =\\\n="), "here \"ab\" ==");
    assert_eq!(pre("\u{feff}a\r\nb\tc\x0cd"), "a b c d");
}

#[test]
fn numbers_are_kept_as_written() {
    let text =
        "8w0xFF 4w0b1010 16s1 2s3 1_000 0o17 0d9 0XAb 0377 32w0d255 0w0 8s0b1010_1010 48w0xAA_BB_CC_DD_EE_FF";
    assert_eq!(pre(text), text);
    let with_macros = format!("#define w 1\n#define xFF 2\n#define s3 3\n#define _000 4\n{text}");
    assert_eq!(pre(&with_macros), text);
}

#[test]
fn object_macros_expand_and_stop_at_themselves() {
    assert_eq!(pre("#define A 1 + B\n#define B A\nA B"), "1 + A 1 + B");
    assert_eq!(pre("#define A\nx A y"), "x y");
    assert_eq!(pre("#define f f + 1\nf"), "f + 1");
    assert_eq!(pre("#define A 1\n#undef A\nA\n#undef A"), "A");
    assert_eq!(pre("#define TWO \\\n  a \\\n  b\nTWO c"), "a b c");
    assert_eq!(pre("#define WIDTH 8\nbit<WIDTH> x; WIDTH WIDTHS"), "bit < 8 > x ; 8 WIDTHS");
}

#[test]
fn function_macros_take_arguments() {
    assert_eq!(pre("#define F(x, y) x - y\nF(1, 2) F((1, 2), {3}) F(,) F"), "1 - 2 ( 1 , 2 ) - { 3 } - F");
    assert_eq!(pre("#define F() 1\nF() F ( ) F\n()"), "1 1 1");
    assert_eq!(pre("#define F (x)\nF(1)"), "( x ) ( 1 )");
    assert_eq!(pre("#define F(x) x x\n#define G F(1\nG) F(F(2))"), "1 1 2 2 2 2");
    assert_eq!(pre("#define F(x) G(x)\n#define G(x) F(x) x\nF(1)"), "F ( 1 ) 1");
    assert_eq!(pre("#define F(x) <x>\nF(\n1\n,2)\nz").split('\n').next(), Some("z"));
    assert_eq!(pre("#define F(x) <x>\nF(a\nb)"), "< a b >");
    assert_eq!(pre("#define F(a, ...) a: __VA_ARGS__;\nF(1) F(1, 2, 3) F(1,)"), "1 : ; 1 : 2 , 3 ; 1 : ;");
    assert_eq!(pre("#define F(a...) [a]\nF() F(1, 2)"), "[ ] [ 1 , 2 ]");
    assert_eq!(pre("#define F(f, ...) f(1, ## __VA_ARGS__)\nF(g) F(g, 2)"), "g ( 1 ) g ( 1 , 2 )");
    assert_eq!(pre("#define ID(x) x\n#define F(x) [x]\nID(F)(2) ID(ID)(3)"), "[ 2 ] ID ( 3 )");
}

#[test]
fn the_example_of_the_c_standard_expands_as_it_says() {
    let text = "#define x 3\n#define f(a) f(x * (a))\n#undef x\n#define x 2\n#define g f\n#define z z[0]\n#define h g(~\n\
        #define m(a) a(w)\n#define w 0,1\n#define t(a) a\n#define p() int\n#define q(x) x\n#define r(x,y) x ## y\n\
        #define str(x) # x\n\
        f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);\ng(x+(3,4)-w) | h 5) & m\n(f)^m(m);\n\
        p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };\nstr(a) str( b  +  \"c\\n\" )";
    let right = "f(2 * (y+1)) + f(2 * (f(2 * (z[0])))) % f(2 * (0)) + t(1);\n\
        f(2 * (2+(3,4)-0,1)) | f(2 * (~ 5)) & f(2 * (0,1))^m(0,1);\n\
        int i[] = { 1, 23, 4, 5, };\n\"a\" \"b + \\\"c\\\\n\\\"\"";
    assert_eq!(pre(text), pre(right));
}

#[test]
fn paste_and_stringify() {
    assert_eq!(
        pre("#define P(a, b) a ## b\nP(x, 1) P(8, w5) P(8w0x, FF) P(<, <) P(, a) P(a, ) P(,)"),
        "x1 8w5 8w0xFF << a a"
    );
    assert_eq!(pre("#define P(a, b, c) a ## b ## c\nP(x, y, z) P(x,,z)"), "xyz xz");
    assert_eq!(pre("#define A 1\n#define P(a, b) a ## b\n#define Q(a, b) P(a, b)\nP(A, A) Q(A, A)"), "AA 11");
    assert_eq!(pre("#define L x ## y\n#define xy 3\nL"), "3");
    assert_eq!(pre("#define S(x) #x\nS( a  +\n b ) S(\"q\\n\") S()"), "\"a + b\" \"\\\"q\\\\n\\\"\" \"\"");
    assert_eq!(pre("#define S(x) @name(#x) x\nS(a.b)"), "@ name ( \"a.b\" ) a . b");
    assert_eq!(pre("#define H(x) x ## _h hdr_ ## x\nH(ip)"), "ip_h hdr_ip");
}

#[test]
fn conditionals_choose_one_group() {
    let chosen = |condition: &str| {
        let macros = "#define ONE 1\n#define TWO 2\n#define EITHER (defined(NONE) || defined ONE)\n#define IS(x) defined x";
        pre(&format!("{macros}\n#if {condition}\nyes\n#else\nno\n#endif"))
    };
    let right = [
        "1",
        "ONE",
        "ONE + ONE == TWO",
        "!UNKNOWN",
        "defined ONE && defined(TWO)",
        "EITHER && !IS(NONE)",
        "!defined(THREE)",
        "0x10 == 16",
        "010 == 8",
        "0b11 == 3",
        "1 ? 2 : 0",
        "0 ? 1/0 : 3",
        "1 || 1/0",
        "!(0 && 1/0)",
        "-1 < 0",
        "-1 > 0u",
        "(1 << 4) == 16",
        "-8 >> 1 == -4",
        "7 % 4 == 3",
        "7 / 2 == 3",
        "~0 == -1",
        "(5 & 3) == 1",
        "(5 | 3) == 7",
        "(5 ^ 3) == 6",
        "1 + 2 * 3 == 7",
        "2 < 3 == 1",
        "true",
        "!false",
        "10UL == 10",
        "1_000 == 1000",
        "8w0xF == 15",
        "18446744073709551615u > 0",
        "__P4__",
        "defined __LINE__",
        "(((((1)))))",
        "1 ? 0 ? 0 : 1 : 0",
        "9223372036854775807 + 1 < 0",
        "'a' == 97",
        r"'\n' == 10 && '\'' == 39 && '\x41' == 'A' && '\0' == 0 && '\377' < 0",
    ];
    for condition in right {
        assert_eq!(chosen(condition), "yes", "{condition}");
    }
    for condition in
        ["0", "UNKNOWN", "ONE - 1", "defined(THREE)", "ONE == TWO", "false", "1 && 0", "0 || 0", "1 ? 0 : 1"]
    {
        assert_eq!(chosen(condition), "no", "{condition}");
    }
}

#[test]
fn groups_nest_and_only_the_first_right_one_is_read() {
    let text = "#define A\n#if 0\na\n#elif 1\nb\n#elif 1\nc\n#else\nd\n#endif\n#ifdef A\n#ifndef A\ne\n#else\nf\n#endif\n#else\n\
        #if 1\ng\n#endif\n#endif\n#if 0\n#if 1\nh\n#else\ni\n#endif\n#else\nj\n#endif\n#ifdef B\nk\n#elifdef A\nl\n#endif\n\
        #ifdef B\n#elifndef B\nm\n#endif\n#if 1\nn\n#elif 1/0\n#endif";
    assert_eq!(pre(text), "b f j l m n");
}

#[test]
fn text_that_is_skipped_need_not_be_p4() {
    assert_eq!(
        pre(
            "#if 0\nit's \"not `closed\n#unknown\n#error no\n8w 0x é #include\n /* #endif */ // #endif\n\"#endif\"\n#endif\nx"
        ),
        "x"
    );
    assert_eq!(pre("#ifdef X\n/* \n#endif\n*/\n#else\ny\n#endif"), "y");
    assert_eq!(pre("#if 0\n#if \n#else garbage\n#endif\n#endif\nz"), "z");
}

#[test]
fn includes_are_read_in_place() {
    let files = [
        ("a.p4", "from_a\n#include \"b.p4\"\nend_a"),
        ("b.p4", "#define FROM_B 7\nb"),
        ("core.p4", "#ifndef C\n#define C\ncore\n#endif\n"),
    ];
    assert_eq!(run("#include \"a.p4\"\nFROM_B", &files, &[]), "from_a b end_a 7");
    assert_eq!(run("# include <core.p4>\n  #  include<core.p4>\nx", &files, &[]), "core x");
    assert_eq!(
        run("#define WHICH \"b.p4\"\n#include WHICH\n#define SYS <core.p4>\n#include SYS", &files, &[]),
        "b core"
    );
    let once = [("o.p4", "#pragma once\no")];
    assert_eq!(run("#include \"o.p4\"\n#include \"o.p4\"\n#pragma other thing\nx", &once, &[]), "o x");
}

#[test]
fn a_guarded_cycle_is_no_error() {
    let files = [
        ("a.p4", "#ifndef A\n#define A\n#include \"b.p4\"\na\n#endif"),
        ("b.p4", "#ifndef B\n#define B\n#include \"a.p4\"\nb\n#endif"),
    ];
    assert_eq!(run("#include \"a.p4\"", &files, &[]), "b a");
}

#[test]
fn defines_of_the_command_line_come_first() {
    let defines = [("A", "5"), ("F(x)", "x + x"), ("E", ""), ("L", "a\nb")];
    assert_eq!(run("A F(1) E L\n#if A == 5\nyes\n#endif", &[], &defines), "5 1 + 1 a b yes");
    let wrong = run("x", &[], &[("1", "2")]);
    assert!(wrong.contains("<command line>:3:9: error: the name of a macro is an identifier"), "{wrong}");
}

#[test]
fn lines_and_files_are_named_as_line_directives_say() {
    assert_eq!(pre("__LINE__\n__LINE__ __FILE__"), "1 2 \"main.p4\"");
    assert_eq!(
        pre("#line 100\n__LINE__\n#line 7 \"other.p4\"\n__LINE__ __FILE__\n\n__LINE__"),
        "100 7 \"other.p4\" 9"
    );
    assert_eq!(
        pre("# 12 \"marked.p4\" 1 3\n__LINE__ __FILE__\n#define HERE __LINE__\nHERE"),
        "12 \"marked.p4\" 14"
    );
    assert_eq!(pre("#define N 30\n#line N\n__LINE__"), "30");
    let said = pre("#line 40 \"gen.p4\"\n\n8w");
    assert!(said.contains("gen.p4:41:1: error"), "{said}");
}

#[test]
fn a_token_of_a_macro_stands_where_the_macro_is_used() {
    let mut session = Session::new();
    let text = "#define F(x) (x + y)\n#define G F(2)\nF(10) G";
    let tokens = tokens_of(&mut session, text, &[], &[]);
    let places: Vec<_> = tokens.iter().map(|token| session.sources.snippet(token.span)).collect();
    assert_eq!(places, ["F(10)", "10", "F(10)", "F(10)", "F(10)", "G", "G", "G", "G", "G"]);
}

#[test]
fn a_pragma_ends_with_its_line() {
    assert_eq!(pre("@pragma a b 1\nc"), "@ pragma a b 1 <end> c");
    assert_eq!(
        pre("@pragma a \\\nb\n@pragma\nc @pragma x"),
        "@ pragma a b <end> @ pragma <end> c @ pragma x <end>"
    );
    assert_eq!(pre("#define P @pragma x y\nP z\nw pragma"), "@ pragma x y z <end> w pragma");
}

#[test]
fn an_empty_macro_at_the_beginning_of_a_line_does_not_hide_its_end() {
    assert_eq!(pre("#define EMPTY\n@pragma a\nEMPTY b"), "@ pragma a <end> b");
}

#[test]
fn strings_may_hold_lines_quotes_and_any_letter() {
    assert_eq!(
        pre("\"a\nb\" \"\\\"\" \"\\\\\" \"//\" \"/*\" \"Grüße\" // Grüße"),
        "\"a\nb\" \"\\\"\" \"\\\\\" \"//\" \"/*\" \"Grüße\""
    );
}

#[test]
fn what_is_wrong_is_said() {
    let cases = [
        "/* open",
        "a \"open",
        "#define S \"open\nx",
        "#error do not use this",
        "#warning careful // with this",
        "#error",
        "#inclde <x.p4>",
        "#!/bin/p4",
        "#include \"missing.p4\"",
        "#include",
        "#include x.p4",
        "#include \"\"",
        "#include \"bad.p4\"\nx",
        "#define F(x) [x]\nF(\n#include \"a.p4\"\n)",
        "#if 1\nx",
        "#if\n#endif",
        "#if 1 +\n#endif",
        "#if 1 2\n#endif",
        "#if (1\n#endif",
        "#if 1 ? 2\n#endif",
        "#if 1/0\n#endif",
        "#if \"x\"\n#endif",
        "#if 1x\n#endif",
        "#if defined\n#endif",
        "#if 'ab'\n#endif",
        "#endif",
        "#else",
        "#elif 1",
        "#if 1\n#else\n#else\n#elif 1\n#endif",
        "#ifdef\n#endif",
        "#ifdef A B\n#endif x",
        "#define",
        "#define 1 2",
        "#define defined 1",
        "#undef __FILE__",
        "#define F(x, x) 1",
        "#define F(x",
        "#define F(1) 1",
        "#define F(..., x) 1",
        "#define A ## b",
        "#define A b ##",
        "#define F(x) #y",
        "#define A 1\n#define A 1\n#define A  2\nA",
        "#define F(x, y) x\nF(1) F(1, 2, 3) F()",
        "#define F(x, ...) x\nF(",
        "#define P(a, b) a ## b\nP(+, /) P(/, /)",
        "#line",
        "#line x",
        "#line 1 2",
        "#define A 1 \\ \n 2\nA",
        "größe x",
        "8w 0x 8w0x 0b12 0o8 12ab 8w_1 1_6w5 0s0 8wFF 0b 99999999999w1 5x",
        "`x` $ é",
    ];
    let files = [("a.p4", "a"), ("bad.p4", "#include \"missing.p4\"")];
    let all: String = cases.iter().map(|text| format!("---- {text}\n{}\n", run(text, &files, &[]))).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn files_that_include_each_other_are_named() {
    let files = [("a.p4", "#include \"b.p4\"\n#include \"b.p4\""), ("b.p4", "#include \"a.p4\"")];
    let said = run("#include \"a.p4\"", &files, &[]);
    assert!(
        said.contains("a.p4:1:10: error: these files include each other: b.p4 -> a.p4 -> b.p4"),
        "{said}"
    );
    let own = run("#include \"s.p4\"", &[("s.p4", "#include \"s.p4\"")], &[]);
    assert!(own.contains("these files include each other: s.p4 -> s.p4"), "{own}");
}

#[test]
fn a_chain_of_includes_without_end_is_named() {
    let mut map = loader(&[]);
    map.0.extend((0..100).map(|n| (format!("{n}.p4"), format!("#include \"{}.p4\"", n + 1))));
    let mut session = Session::new();
    let main = session.sources.add("main.p4", "#include \"0.p4\"");
    assert!(preprocess(&mut session, main, &mut map, &[]).is_empty());
    let said = messages(&session);
    let chain =
        "files are included too deep: main.p4 -> 0.p4 -> 1.p4 -> 2.p4 -> ... -> 61.p4 -> 62.p4 -> 63.p4";
    assert!(said.contains(chain), "{said}");
}

#[test]
fn a_program_of_too_many_tokens_is_an_error() {
    let said = run(&"x ".repeat(swerve_p4_front::pre::MOST_TOKENS + 1), &[], &[]);
    assert!(said.contains("error: the program has more than 2000000 tokens"), "{}", said.len());
}

#[test]
fn what_would_take_for_ever_is_an_error() {
    let bomb: String = (0..60).map(|n| format!("#define A{} A{n} A{n}\n", n + 1)).collect();
    for leaf in ["#define A0 x\n", "#define A0\n"] {
        let said = run(&format!("{leaf}{bomb}A60"), &[], &[]);
        assert!(said.contains("error: macros expand to too much"), "{}", &said[..200]);
    }
    let strings = format!("#define S(x) #x\n#define D(x) S(x)\n{}\"a\"{}", "D(".repeat(90), ")".repeat(90));
    assert!(run(&strings, &[], &[]).contains("macros expand to too much"));
    let pasted: String = (0..60).map(|n| format!("#define P{0}(x) P{n}(x##x)\n", n + 1)).collect();
    let said = run(&format!("#define P0(x) x\n{pasted}P60(aaaaaaaaaa)"), &[], &[]);
    assert!(said.contains("macros expand to too much"));
    let deep = format!("#define F(x) x\n{}1{}", "F(".repeat(5000), ")".repeat(5000));
    assert!(run(&deep, &[], &[]).contains("nested more than"));
    let condition = format!("#if {}1{}\n#endif", "(".repeat(5000), ")".repeat(5000));
    assert!(run(&condition, &[], &[]).contains("nested more than"));
    let minus = format!("#if {}1\n#endif", "- ".repeat(5000));
    assert!(run(&minus, &[], &[]).contains("nested more than"));
    let ifs = "#if 1\n".repeat(20_000);
    assert!(run(&ifs, &[], &[]).contains("too many conditionals"));
}

#[test]
fn includes_are_counted() {
    let files: Vec<_> = (0..40)
        .map(|n| (format!("{n}.p4"), format!("#include \"{0}.p4\"\n#include \"{0}.p4\"\n", n + 1)))
        .collect();
    let mut map = loader(&[("40.p4", "")]);
    map.0.extend(files);
    let mut session = Session::new();
    let main = session.sources.add("main.p4", "#include \"0.p4\"\nx");
    assert!(preprocess(&mut session, main, &mut map, &[]).is_empty());
    assert!(messages(&session).contains("more than 10000 files are included"), "{}", messages(&session));
}

#[test]
fn a_chain_of_a_hundred_thousand_macros_is_followed() {
    let chain: String = (0..100_000).map(|n| format!("#define A{} A{n}\n", n + 1)).collect();
    assert_eq!(pre(&format!("{chain}A100000")), "A0");
}
