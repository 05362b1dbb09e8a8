//! Where `unsafe` may be, and how long a file may get.

use edges::{below_root, files, root};
use proc_macro2::{TokenStream, TokenTree};
use std::fs;

/// The homes of `unsafe`; everything else does without.
const UNSAFE: &[&str] =
    &["dataplane/dpdk-sys/", "dataplane/dpdk/", "dataplane/stats/", "dataplane/fib/", "p4/jit/"];

/// Lines of a source file, tests included.
const LONGEST: usize = 800;

fn sources() -> Vec<(String, String)> {
    let dirs = ["dataplane", "control", "bench", "fuzz", "p4"].map(|dir| root().join(dir));
    let all = dirs.iter().filter(|dir| dir.is_dir()).flat_map(|dir| files(dir, "rs"));
    let read = |path: std::path::PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        (below_root(&path), text)
    };
    all.map(read).collect()
}

/// Whether the keyword is among the tokens; comments and strings are none.
fn says_unsafe(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "unsafe",
        TokenTree::Group(group) => says_unsafe(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn tokens(path: &str, text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|e| panic!("{path} is not Rust: {e}"))
}

#[test]
fn unsafe_is_found_in_code_and_not_in_comments_or_strings() {
    for yes in ["fn f() { unsafe { g() } }", "unsafe impl Send for X {}", "#[unsafe(no_mangle)] fn f() {}"] {
        assert!(says_unsafe(tokens("text", yes)), "{yes}");
    }
    for no in [
        "// unsafe\nfn f() {}",
        "/// unsafe\nfn f() {}",
        "const X: &str = \"unsafe\";",
        "#![forbid(unsafe_code)]",
    ] {
        assert!(!says_unsafe(tokens("text", no)), "{no}");
    }
}

#[test]
fn unsafe_stays_in_its_homes() {
    let sources = sources();
    assert!(
        sources.iter().any(|(path, _)| path == "bench/edges/tests/sources.rs"),
        "the scan misses this very file"
    );
    let strays: Vec<_> = sources
        .iter()
        .filter(|(path, _)| !UNSAFE.iter().any(|home| path.starts_with(home)))
        .filter(|(path, text)| says_unsafe(tokens(path, text)))
        .map(|(path, _)| path)
        .collect();
    assert!(strays.is_empty(), "`unsafe` outside {UNSAFE:?}: {strays:#?}");
}

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "over {LONGEST} lines: {long:#?}");
}
