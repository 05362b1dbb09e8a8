//! Namespaces, and work inside them.

use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

/// Runs `work` with this thread in a namespace. What it opens or starts there stays there.
pub fn within<T>(namespace: &str, work: impl FnOnce() -> T) -> T {
    let home = File::open("/proc/thread-self/ns/net").expect("this thread's own namespace");
    let there = File::open(format!("/run/netns/{namespace}")).expect(namespace);
    setns(&there, CloneFlags::CLONE_NEWNET).expect(namespace);
    let result = work();
    // A thread that cannot return would do everything that follows in the wrong place.
    setns(&home, CloneFlags::CLONE_NEWNET).expect("the way back");
    result
}

/// What a command prints; it must succeed.
pub fn run(argv: &[&str]) -> String {
    let (ok, text) = attempt(argv);
    assert!(ok, "`{}`: {text}", argv.join(" "));
    text
}

/// Whether a command succeeds, and what it prints.
pub fn attempt(argv: &[&str]) -> (bool, String) {
    let output = Command::new(argv[0]).args(&argv[1..]).stdin(Stdio::null()).output().expect(argv[0]);
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// Lines for `ip`, inside one namespace.
pub fn ip(namespace: &str, lines: &str) {
    let mut child = Command::new("ip")
        .args(["-n", namespace, "-batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ip");
    child.stdin.take().expect("piped").write_all(lines.as_bytes()).expect("ip reads");
    let output = child.wait_with_output().expect("ip ends");
    assert!(output.status.success(), "ip in {namespace}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Removes namespaces of tests whose process was killed before it could.
pub fn remove_orphans(prefix: &str) {
    for line in run(&["ip", "netns", "list"]).lines() {
        let Some(name) = line.split_whitespace().next() else { continue };
        let owner = name.strip_prefix(prefix).and_then(|rest| rest.split('x').next());
        let Some(pid) = owner.and_then(|pid| pid.parse::<u32>().ok()) else { continue };
        if !std::path::Path::new(&format!("/proc/{pid}")).exists() {
            // Another test may be faster.
            let _ = attempt(&["ip", "netns", "del", name]);
        }
    }
}
