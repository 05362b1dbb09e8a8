//! Snippets that the checker must accept, and snippets that it must reject with the messages of the snapshots.
//!
//! A file holds snippets, each after a line `//// form: title`. The form says what is put around it: `decl` nothing,
//! `stmt` the `apply` block of a control, `state` a parser state, `control` a control that ends with an empty `apply`.

mod common;

use std::path::Path;
use swerve_p4_front::{Session, check, hir};

const PRELUDE: &str = include_str!("check/prelude.p4");

const PARAMS: &str = "inout bit<8> x, inout bit<16> y, inout int<8> z, inout bool f, inout S s, inout T t, \
    inout Headers hdr, in bit<8> ro, out bit<8> wo, inout Color color, inout Kind kind, inout Port port, inout error err";

struct Snippet {
    title: String,
    text: String,
}

fn wrapped(form: &str, body: &str) -> String {
    match form {
        "decl" => body.to_owned(),
        "stmt" => format!("control snippet({PARAMS}) {{ apply {{ wo = 0;\n{body}\n}} }}"),
        "control" => format!("control snippet({PARAMS}) {{\n{body}\napply {{ wo = 0; }} }}"),
        "apply" => format!("control snippet({PARAMS}) {{\n{body}\n}}"),
        "state" => format!(
            "parser snippet(packet_in pkt, {PARAMS}) {{ state start {{ wo = 0;\n{body}\n}} state next {{ transition accept; }} }}"
        ),
        "parser" => format!("parser snippet(packet_in pkt, {PARAMS}) {{\n{body}\n}}"),
        other => panic!("no form {other}"),
    }
}

fn snippets(text: &str) -> Vec<Snippet> {
    let mut found: Vec<Snippet> = vec![];
    for part in text.split("//// ").skip(1) {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        let (form, title) = head.split_once(": ").expect("`//// form: title`");
        found.push(Snippet { title: title.trim().to_owned(), text: wrapped(form, body.trim()) });
    }
    found
}

/// The snippet checked after the prelude, which is a file of its own.
fn checked(text: &str) -> (Session, Option<hir::Program>) {
    let mut session = Session::new();
    let text = format!("#include \"prelude.p4\"\n{text}");
    let tokens = common::tokens_of(&mut session, &text, &[("prelude.p4", PRELUDE)], &[]);
    let program = swerve_p4_front::parse(&mut session, &tokens);
    let program = check(&mut session, &program);
    let program = program.filter(|_| !session.diags.has_errors());
    (session, program)
}

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check").join(folder);
    let mut found: Vec<(String, String)> = std::fs::read_dir(&folder)
        .expect("the folder of snippets")
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("text"))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn what_the_language_has_is_accepted() {
    let mut wrong = String::new();
    let mut number = 0;
    for (file, text) in files("accept") {
        for snippet in snippets(&text) {
            number += 1;
            let (session, program) = checked(&snippet.text);
            let Some(program) = program else {
                wrong.push_str(&format!("== {file}: {}\n{}", snippet.title, common::messages(&session)));
                continue;
            };
            // Types that agree with everything are for what was wrong.
            let listing = format!("{program:?}");
            assert!(!listing.contains("Unknown"), "{file}: {}: an expression without a type", snippet.title);
        }
    }
    assert!(wrong.is_empty(), "rejected:\n{wrong}");
    assert!(number >= 60, "only {number} snippets");
}

#[test]
fn what_the_language_forbids_is_rejected_with_a_reason() {
    let mut accepted = vec![];
    let mut number = 0;
    for (file, text) in files("reject") {
        let mut said = String::new();
        for snippet in snippets(&text) {
            number += 1;
            let (session, program) = checked(&snippet.text);
            if program.is_some() {
                accepted.push(format!("{file}: {}", snippet.title));
            }
            said.push_str(&format!("== {}\n{}", snippet.title, common::messages(&session)));
        }
        insta::assert_snapshot!(format!("reject_{file}"), said);
    }
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
    assert!(number >= 150, "only {number} snippets");
}

/// A generator of numbers that needs no seed from outside.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

#[test]
fn no_change_to_a_program_makes_the_checker_panic() {
    let all: Vec<Snippet> = ["accept", "reject"]
        .iter()
        .flat_map(|folder| files(folder))
        .flat_map(|(_, text)| snippets(&text))
        .collect();
    let mut dice = Dice(1);
    for _ in 0..4 {
        for snippet in &all {
            let mut words: Vec<&str> = snippet.text.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
            let other: Vec<&str> =
                all[dice.roll(all.len())].text.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
            for _ in 0..=dice.roll(3) {
                let at = dice.roll(words.len());
                match dice.roll(4) {
                    0 => drop(words.remove(at)),
                    1 => words.insert(at, other[dice.roll(other.len())]),
                    2 => words[at] = other[dice.roll(other.len())],
                    _ => {
                        let with = dice.roll(words.len());
                        words.swap(at, with);
                    }
                }
                if words.is_empty() {
                    break;
                }
            }
            checked(&words.concat());
        }
    }
}

#[test]
fn a_generic_control_gets_its_type_arguments_from_where_it_is_used() {
    let text = "#include \"prelude.p4\"
control g<Q>(inout Q a, in Q b) { apply { a = b; } }
control n<Q>()(Q size) { apply { sink(size); } }
control c(inout bit<8> v, inout S s) {
    g<S>() gs; n(8w9) one; n<bit<16>>(5) two;
    apply { gs.apply(s, { 1, 2 }); g.apply(v, v); g<bit<8>>.apply(v, 5); one.apply(); two.apply(); }
}";
    let mut session = Session::new();
    let tokens = common::tokens_of(&mut session, text, &[("prelude.p4", PRELUDE)], &[]);
    let program = swerve_p4_front::parse(&mut session, &tokens);
    let program = check(&mut session, &program).expect("no error of the checker");
    let of = |ty: &hir::Ty| matches!(ty, hir::Ty::Control(_));
    let args: Vec<&[hir::Ty]> =
        program.instances.iter().filter(|one| of(&one.ty)).map(|one| one.type_args.as_slice()).collect();
    assert!(matches!(args[0], [hir::Ty::Composite(..)]));
    let shown: Vec<String> = args[1..].iter().map(|args| format!("{args:?}")).collect();
    assert_eq!(shown, ["[Bit(8)]", "[Bit(16)]", "[Bit(8)]", "[Bit(8)]"]);
}
