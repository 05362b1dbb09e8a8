//! Mutants: programs with packet tests, a few of their tokens changed. The generator makes what somebody thought of; these are what
//! people write, and then one field a bit longer, one statement twice, one name in another's place. Most are rejected. What the
//! front end accepts has to mean the same on every engine, with the packets and entries of its test, and with others.
//!
//! `SWERVE_MUTANTS=2000 SWERVE_SEED=7 cargo test -p swerve-p4 --test random -- mutants --nocapture` for more than the usual few.

use super::{Random, compile, disagree, environment};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use tool::stf::script::Command;
use tool::stf::{self, Engine, RunError, Script};

/// Of one mutant.
const MOST_CHANGES: u64 = 4;
const WIDTHS: [u32; 19] = [1, 3, 7, 8, 9, 12, 16, 20, 31, 32, 33, 48, 63, 64, 65, 80, 128, 129, 200];
const NUMBERS: [u32; 20] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511];
const OPERATORS: [&str; 9] = ["+", "-", "*", "&", "|", "^", "++", "|+|", "|-|"];
const COMPARISONS: [&str; 6] = ["==", "!=", "<", ">", "<=", ">="];
/// What is put between two statements. STD, PACKET and HEADER are names of the program's own.
const ADDED: [&str; 26] = [
    "clone(CloneType.I2E, 1);",
    "clone(CloneType.E2E, 2);",
    "clone_preserving_field_list(CloneType.I2E, 2, 1);",
    "clone_preserving_field_list(CloneType.E2E, 3, 1);",
    "if (STD.instance_type == 0) { resubmit_preserving_field_list(1); }",
    "if (STD.instance_type == 0) { recirculate_preserving_field_list(1); }",
    "recirculate_preserving_field_list(0);",
    "truncate(30);",
    "mark_to_drop(STD);",
    "if (STD.ingress_port == 1) { mark_to_drop(STD); }",
    "STD.mcast_grp = 1;",
    "STD.mcast_grp = STD.mcast_grp + 1;",
    "STD.egress_spec = 5;",
    "STD.egress_spec = (bit<9>)STD.packet_length;",
    "STD.packet_length = STD.packet_length - 1;",
    "exit;",
    "return;",
    "HEADER.setInvalid();",
    "HEADER.setValid();",
    "if (STD.parser_error != error.NoError) { exit; }",
    "log_msg(\"{} {}\", { STD.packet_length, STD.instance_type });",
    "assert(STD.packet_length > 20);",
    "verify(HEADER.isValid(), error.NoMatch);",
    "PACKET.advance(8);",
    "PACKET.extract(HEADER);",
    "PACKET.emit(HEADER);",
];
/// What a statement is put into.
const AROUND: [&str; 8] = [
    "if (STD.ingress_port == 1) { IT }",
    "if (HEADER.isValid()) { IT }",
    "if (!HEADER.isValid()) { IT } else { IT }",
    "for (bit<8> turn in 8w0 .. 2) { IT }",
    "for (bit<8> turn in 8w0 .. 2) { IT if (turn == 1) { break; } }",
    "@atomic { IT }",
    "switch (STD.ingress_port) { 1: { IT } 2: { } default: { IT } }",
    "{ IT exit; }",
];
/// Longest first.
const SYMBOLS: [&str; 15] =
    ["&&&", "|+|", "|-|", "++", "<<", ">>", "==", "!=", "<=", ">=", "&&", "||", "..", "//", "/*"];

/// A program and its packet test.
struct Seed {
    file: PathBuf,
    tokens: Vec<String>,
    script: Script,
}

fn seeds() -> Vec<Seed> {
    let mut files: Vec<PathBuf> = ["../tests/stf", "../programs"]
        .into_iter()
        .flat_map(|of| fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(of)).expect("packet tests"))
        .map(|file| file.expect("a file").path())
        .filter(|file| file.extension().is_some_and(|e| e == "stf"))
        .map(|file| file.with_extension("p4"))
        .collect();
    files.sort();
    let seed = |file: PathBuf| {
        let text = String::from_utf8(fs::read(&file).expect("readable")).ok()?;
        let script = stf::parse(&fs::read_to_string(file.with_extension("stf")).expect("its test")).ok()?;
        Some(Seed { file, tokens: tokens(&text), script })
    };
    files.into_iter().filter_map(seed).collect()
}

/// Words, numbers, strings, symbols; white space, comments and lines of the preprocessor are one each.
fn tokens(text: &str) -> Vec<String> {
    let mut all = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
        let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
        let line = || rest.find('\n').unwrap_or(rest.len());
        let length = match (first, symbol) {
            (_, Some("//")) => line(),
            (_, Some("/*")) => rest.find("*/").map_or(rest.len(), |end| end + 2),
            (_, Some(symbol)) => symbol.len(),
            ('#', _) => line(),
            ('"', _) => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            (c, _) if c.is_whitespace() => run(char::is_whitespace),
            (c, _) if c.is_alphanumeric() || c == '_' => run(|c| c.is_alphanumeric() || c == '_'),
            (c, _) => c.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        all.push(token.to_owned());
        rest = behind;
    }
    all
}

/// A place that a test picks at random.
fn place(random: &mut Random, tokens: &[String], is: impl Fn(usize) -> bool) -> Option<usize> {
    let all: Vec<usize> = (0..tokens.len()).filter(|at| is(*at)).collect();
    (!all.is_empty()).then(|| all[random.below(all.len() as u64) as usize])
}

fn one_of<T: Copy>(random: &mut Random, of: &[T]) -> T {
    of[random.below(of.len() as u64) as usize]
}

/// What stands between two of `{`, `}` and `;`, and ends in `;`.
fn statements(tokens: &[String]) -> Vec<(usize, usize)> {
    let mut all = vec![];
    let mut begin = None;
    for (at, token) in tokens.iter().enumerate() {
        if !matches!(token.as_str(), "{" | "}" | ";") {
            continue;
        }
        if let (";", Some(begin)) = (token.as_str(), begin) {
            all.push((begin, at + 1));
        }
        begin = Some(at + 1);
    }
    all
}

/// A text with names of the program in place of those that stand for them: a parameter of that type, something that is emitted.
fn with_names(random: &mut Random, tokens: &[String], text: &str) -> Option<String> {
    let parameter = |random: &mut Random, of: &[&str]| {
        let at = place(random, tokens, |at| at + 2 < tokens.len() && of.contains(&tokens[at].as_str()))?;
        Some(tokens[at + 2].clone())
    };
    let mut text = text.to_owned();
    if text.contains("STD") {
        text = text.replace("STD", &parameter(random, &["standard_metadata_t"])?);
    }
    if text.contains("PACKET") {
        text = text.replace("PACKET", &parameter(random, &["packet_in", "packet_out"])?);
    }
    if text.contains("HEADER") {
        let at = place(random, tokens, |at| {
            tokens[at] == "(" && at > 0 && ["emit", "extract"].contains(&tokens[at - 1].as_str())
        })?;
        let header: Vec<String> = tokens[at + 1..]
            .iter()
            .take_while(|token| !matches!(token.as_str(), ")" | ","))
            .cloned()
            .collect();
        text = text.replace("HEADER", &header.concat());
    }
    Some(text)
}

fn change(random: &mut Random, tokens: &mut Vec<String>) -> Option<()> {
    let is_word = |token: &str| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_number = |token: &str| token.starts_with(|c: char| c.is_ascii_digit());
    match random.below(14) {
        0 | 1 => {
            let is_width = |at: usize| {
                at >= 2
                    && tokens[at - 1] == "<"
                    && ["bit", "int", "varbit"].contains(&tokens[at - 2].as_str())
                    && is_number(&tokens[at])
            };
            let at = place(random, tokens, is_width)?;
            let (old, new) = (tokens[at].clone(), one_of(random, &WIDTHS).to_string());
            let all = random.below(2) == 0;
            let places: Vec<usize> = (0..tokens.len()).filter(|at| is_width(*at)).collect();
            for other in places {
                if other == at || (all && tokens[other] == old) {
                    tokens[other].clone_from(&new);
                }
            }
        }
        2 => {
            let at = place(random, tokens, |at| is_number(&tokens[at]))?;
            tokens[at] = one_of(random, &NUMBERS).to_string();
        }
        3 => {
            let is_one = |token: &str| OPERATORS.contains(&token) || COMPARISONS.contains(&token);
            let at = place(random, tokens, |at| is_one(&tokens[at]))?;
            let all: &[&str] =
                if OPERATORS.contains(&tokens[at].as_str()) { &OPERATORS } else { &COMPARISONS };
            tokens[at] = one_of(random, all).to_owned();
        }
        4 | 5 => {
            let at = place(random, tokens, |at| is_word(&tokens[at]))?;
            let from = place(random, tokens, |at| is_word(&tokens[at]))?;
            tokens[at] = tokens[from].clone();
        }
        6 => {
            // A field that is kept.
            let at =
                place(random, tokens, |at| tokens[at] == "bit" && at > 1 && tokens[at - 1].contains('\n'))?;
            tokens.insert(at, "@field_list(1) ".to_owned());
        }
        kind @ 7..=10 => {
            let all = statements(tokens);
            let (begin, end) = *all.get(random.below(all.len() as u64) as usize)?;
            if kind < 9 {
                let text = one_of(random, &ADDED);
                let text = with_names(random, tokens, text)?;
                tokens.insert(end, text);
            } else {
                let text = one_of(random, &AROUND);
                let text = with_names(random, tokens, text)?.replace("IT", &tokens[begin..end].concat());
                drop(tokens.splice(begin..end, [text]));
            }
        }
        kind => {
            let all = statements(tokens);
            let (one, other) = (
                *all.get(random.below(all.len() as u64) as usize)?,
                *all.get(random.below(all.len() as u64) as usize)?,
            );
            let copy: Vec<String> = tokens[one.0..one.1].to_vec();
            match kind {
                11 => drop(tokens.drain(one.0..one.1)),
                12 => drop(tokens.splice(other.0..other.1, copy)),
                _ => drop(tokens.splice(other.0..other.0, copy)),
            }
        }
    }
    Some(())
}

/// The packets of a test, and what is left of some of them, with other bytes here and there.
fn packets(random: &mut Random, script: &Script) -> Vec<(u16, Vec<u8>)> {
    let all = script.lines.iter().filter_map(|line| match &line.command {
        Command::Packet { port, data } => Some((*port, data.clone())),
        _ => None,
    });
    let mut all: Vec<_> = all.take(24).collect();
    for at in 0..all.len() {
        let (port, mut data) = all[at].clone();
        if !data.is_empty() {
            let place = random.below(data.len() as u64) as usize;
            match random.below(3) {
                0 => data.truncate(place),
                _ => data[place] = random.next() as u8,
            }
        }
        all.push((port, data));
    }
    all
}

fn trouble(source: &str, script: &Script, seed: u64) -> Option<String> {
    let found = catch_unwind(AssertUnwindSafe(|| {
        let plain = compile(source).ok()?;
        let together = packets(&mut Random(seed), script);
        if together.is_empty() {
            return None;
        }
        let disagreement = disagree(plain.clone(), &together, seed);
        disagreement.or_else(|| match stf::run(script, plain, Engine::Both) {
            Err(RunError::Code(error)) => Some(format!("not compiled: {error}")),
            // Entries and names of the test may be of what the program has no longer.
            Err(_) => None,
            Ok(outcome) => {
                let differs = outcome.failures.iter().find(|failure| failure.got == "another");
                differs.map(|failure| format!("its test: {failure}"))
            }
        })
    }));
    found.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Some(format!("panic: {}", text.unwrap_or("without a text")))
    })
}

/// A program with its changes: numbers that say which. What there is no place for is left out.
fn mutant(seed: &Seed, changes: &[u64]) -> String {
    let mut tokens = seed.tokens.clone();
    for one in changes {
        let _ = change(&mut Random(*one), &mut tokens);
    }
    tokens.concat()
}

/// The changes that are needed for it: one after the other left out.
fn needed(seed: &Seed, number: u64, mut kept: Vec<u64>) -> Vec<u64> {
    let mut at = 0;
    while at < kept.len() {
        let mut fewer = kept.clone();
        fewer.remove(at);
        match trouble(&mutant(seed, &fewer), &seed.script, number) {
            Some(_) => kept = fewer,
            None => at += 1,
        }
    }
    kept
}

#[test]
fn mutants_mean_the_same_on_every_engine() {
    let (count, seed) = (environment("SWERVE_MUTANTS", 300), environment("SWERVE_SEED", 1));
    let work = move || {
        let seeds = seeds();
        assert!(seeds.len() > 300, "{} packet tests", seeds.len());
        let (mut seen, mut accepted, mut tried) = (0, 0, 0);
        while accepted < count && seen < environment("SWERVE_MOST", 3) {
            let number = seed.wrapping_mul(1_000_003).wrapping_add(tried);
            tried += 1;
            assert!(tried < 100 * (count + 10), "of {tried} mutants {accepted} are accepted");
            let mut random = Random(number);
            let of = &seeds[random.below(seeds.len() as u64) as usize];
            let changes: Vec<u64> = (0..=random.below(MOST_CHANGES)).map(|_| random.next()).collect();
            let source = mutant(of, &changes);
            let is_accepted = catch_unwind(|| compile(&source).is_ok()).unwrap_or(true);
            accepted += u64::from(is_accepted);
            let Some(what) = is_accepted.then(|| trouble(&source, &of.script, number)).flatten() else {
                continue;
            };
            let source = mutant(of, &needed(of, number, changes));
            eprintln!("mutant {number} of {}: {what}\n{source}\n", of.file.display());
            seen += 1;
        }
        eprintln!("{accepted} of {tried} mutants were accepted");
        seen
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread");
    assert_eq!(thread.join().expect("the mutants ran"), 0, "see above");
}
