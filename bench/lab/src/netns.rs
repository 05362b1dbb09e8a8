//! Namespaces, and commands inside them.

use anyhow::{Context, Result, bail};
use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

/// Every namespace of the lab begins like this, and nothing else does.
pub const PREFIX: &str = "swv-";

/// Runs `f` with this thread in a namespace. What it opens or starts there stays there.
pub fn within<T>(namespace: &str, f: impl FnOnce() -> Result<T>) -> Result<T> {
    let home = File::open("/proc/thread-self/ns/net").context("this thread's own namespace")?;
    let there =
        File::open(format!("/run/netns/{namespace}")).with_context(|| format!("namespace {namespace}"))?;
    setns(&there, CloneFlags::CLONE_NEWNET).with_context(|| format!("entering namespace {namespace}"))?;
    let result = f();
    // A thread that cannot return would do everything that follows in the wrong place.
    setns(&home, CloneFlags::CLONE_NEWNET).unwrap_or_else(|error| panic!("leaving {namespace}: {error}"));
    result
}

/// Runs a command and returns what it prints; its own words are the error.
pub fn run(argv: &[&str]) -> Result<String> {
    feed(argv, "")
}

/// The same, with a text on its standard input.
pub fn feed(argv: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new(argv[0])
        .args(&argv[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}; is it installed? `make setup` does that", argv[0]))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("`{}`: {}", argv.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Lines for `ip`, all of them inside one namespace.
pub fn ip(namespace: &str, lines: &str) -> Result<()> {
    feed(&["ip", "-n", namespace, "-batch", "-"], lines)
        .map(drop)
        .with_context(|| format!("in namespace {namespace}"))
}

/// The namespaces of the lab that exist.
pub fn existing() -> Result<Vec<String>> {
    let listed = run(&["ip", "netns", "list"])?;
    Ok(listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|n| n.starts_with(PREFIX))
        .map(str::to_owned)
        .collect())
}

/// Removes every namespace of the lab, and with them the interfaces inside.
pub fn remove_all() -> Result<()> {
    for namespace in existing()? {
        run(&["ip", "netns", "del", &namespace])?;
    }
    Ok(())
}
