//! Any text is read or refused; nothing panics, and every refusal can be drawn.

use super::{examples, rendered};
use config::Config;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What a hurried editor does to a file.
#[derive(Clone, Debug)]
enum Edit {
    Cut(Index, usize),
    Put(Index, String),
    /// A line goes to the place of another.
    Move(Index, Index),
    /// A line stands twice.
    Twice(Index),
    /// One word becomes another word of the file.
    Swap(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let piece = prop_oneof![
        "\\PC{0,8}",
        select(vec![
            "\"",
            "[",
            "]",
            "[[",
            "{",
            "}",
            "=",
            "\n",
            ".",
            "#",
            "-1",
            "0",
            "true",
            "1e400",
            "nan",
            "é",
            "\u{0}",
            "99999999999999999999",
            "9223372036854775807",
            "1979-05-27",
            "[[port]]",
            "[switch]",
            "\"auto\"",
            "\"/0\"",
            "\"::/0\"",
            "\"0.0.0.0/33\"",
            "\"584542046090y\"",
            "'''",
            "\r",
        ])
        .prop_map(str::to_owned),
    ];
    prop_oneof![
        (any::<Index>(), 0usize..40).prop_map(|(at, len)| Edit::Cut(at, len)),
        (any::<Index>(), piece).prop_map(|(at, text)| Edit::Put(at, text)),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Edit::Move(a, b)),
        any::<Index>().prop_map(Edit::Twice),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Edit::Swap(a, b)),
    ]
}

fn apply(text: &str, edit: &Edit) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    if lines.is_empty() || words.is_empty() {
        return text.to_owned();
    }
    match edit {
        Edit::Cut(at, len) => {
            let at = at.index(chars.len());
            let end = (at + len).min(chars.len());
            chars[..at].iter().chain(&chars[end..]).collect()
        }
        Edit::Put(at, piece) => {
            let at = at.index(chars.len());
            chars[..at].iter().copied().chain(piece.chars()).chain(chars[at..].iter().copied()).collect()
        }
        Edit::Move(from, to) => {
            let line = lines.remove(from.index(lines.len()));
            lines.insert(to.index(lines.len() + 1), line);
            lines.join("\n")
        }
        Edit::Twice(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at]);
            lines.join("\n")
        }
        Edit::Swap(a, b) => text.replacen(words[a.index(words.len())], words[b.index(words.len())], 1),
    }
}

fn read(text: &str) {
    let errors = match Config::parse("swerve.toml", text) {
        Ok(config) => {
            let once = super::good().diff(&config);
            let again = once.after.diff(&config);
            assert_eq!(again.changes, [], "a second reload of the same file has nothing left to change");
            return;
        }
        Err(errors) => errors,
    };
    assert!(!errors.errors().is_empty());
    for error in errors.errors() {
        let (line, column) = error.place();
        assert!(line >= 1 && line <= text.lines().count().max(1) + 1 && column >= 1);
    }
    assert_eq!(errors.plain().is_empty(), rendered(&errors).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_example_with_any_edits_is_read_or_refused(
        which in any::<Index>(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let mut files = examples::files();
        files.push(("good.toml".into(), super::GOOD.into()));
        let text = edits.iter().fold(files[which.index(files.len())].1.clone(), |text, e| apply(&text, e));
        read(&text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        read(&text);
    }
}

#[test]
fn deep_nesting_and_long_lines_are_refused() {
    for text in ["[".repeat(100_000), "a.".repeat(100_000), format!("a = {}", "[".repeat(100_000))] {
        let errors = Config::parse("swerve.toml", &text).unwrap_err();
        assert!(!errors.errors().is_empty());
    }
}
