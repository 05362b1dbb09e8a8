//! DPDK starts once per process, so each test runs in a process of its own: the test binary starts itself again with
//! the one test selected. The process has a network namespace of its own too, which the kernel removes with all its
//! interfaces when the process ends, however it ends.

#![allow(dead_code, unreachable_pub)]

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dpdk::{Eal, EalOptions, Hugepages, Mempool, MempoolOptions};

const MARK: &str = "SWERVE_DPDK_TEST";
const LIMIT: Duration = Duration::from_secs(60);

/// Runs `body` in a process of its own; the test fails when that one does, or takes a minute. `test` is the name of
/// the calling test function.
pub fn in_own_process(test: &str, body: fn()) {
    if std::env::var(MARK).is_ok_and(|mark| mark == test) {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).expect("a network namespace");
        return body();
    }
    assert!(
        nix::unistd::geteuid().is_root(),
        "this test starts DPDK: run it as root (sudo -E cargo test ...)"
    );
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(MARK, test)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("'{test}' did not end within {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert!(status.success(), "'{test}' failed in its process: {output}");
    assert!(output.contains("1 passed"), "'{test}' is not the name of the calling test: {output}");
}

/// Ordinary pages, nothing shared, no PCI.
pub fn trial_options() -> EalOptions {
    EalOptions { hugepages: Hugepages::No, memory_mb: Some(128), pci: false, ..EalOptions::default() }
}

pub fn trial_eal() -> Eal {
    Eal::init(&trial_options()).expect("DPDK starts")
}

pub fn pool(eal: &Eal, count: u32) -> Mempool {
    Mempool::new(eal, "packets", &MempoolOptions { count, cache: 128, ..MempoolOptions::default() }).unwrap()
}

/// Polls `condition` until it is true; panics after ten seconds.
pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(10), "waited ten seconds for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs a command of the test's namespace.
pub fn run(command: &str) {
    let status = Command::new("sh").args(["-ec", command]).status().unwrap();
    assert!(status.success(), "{command}");
}
