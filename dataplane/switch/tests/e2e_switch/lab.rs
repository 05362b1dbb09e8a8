//! A switch with its hosts. Everything that a lab made goes with it, however the test ends.

use crate::client::Session;
use crate::netns::{self, attempt, ip, run, within};
use api::Mac;
use api::switch::Client;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use stats::{DropReason, Reader};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Namespaces of these tests, then the process, `x`, the lab's number.
const PREFIX: &str = "swt";
/// How long anything may take that should take moments, on a machine that does other things as well.
pub const PATIENCE: Duration = Duration::from_secs(20);
static LABS: AtomicU32 = AtomicU32::new(0);

/// Waits until `ready` gives something.
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until `ready` holds.
pub fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    wait_for(what, || ready().then_some(()));
}

/// A process of ours besides the switch; the tests of the whole workspace build it before they run.
pub fn beside(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_swerve-switch")).with_file_name(name);
    assert!(path.is_file(), "{} is not built: cargo build -p swerve-control -p swervectl", path.display());
    path.display().to_string()
}

/// One switch, its namespaces and processes.
pub struct Lab {
    prefix: String,
    pub dir: TempDir,
    namespaces: Vec<String>,
    children: Vec<(String, Child)>,
    links: u8,
}

impl Lab {
    /// An empty namespace for the switch.
    pub fn new() -> Lab {
        assert!(nix::unistd::geteuid().is_root(), "this test makes network namespaces: run it as root");
        netns::remove_orphans(PREFIX);
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("{PREFIX}{}x{number}-", std::process::id());
        let dir = tempfile::Builder::new().prefix(&prefix).tempdir().expect("a directory");
        let mut lab = Lab { prefix, dir, namespaces: Vec::new(), children: Vec::new(), links: 0 };
        lab.namespace("sw");
        lab
    }

    /// A namespace's full name.
    pub fn ns(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Makes a namespace.
    pub fn namespace(&mut self, name: &str) {
        let full = self.ns(name);
        run(&["ip", "netns", "add", &full]);
        self.namespaces.push(full.clone());
        ip(&full, "link set lo up\n");
    }

    /// A kernel host whose `eth0` is the far end of the switch's kernel interface `p-NAME`. Returns its MAC.
    pub fn host(&mut self, name: &str, addresses: &[&str]) -> Mac {
        self.namespace(name);
        self.links += 1;
        let (switch, host) = (self.ns("sw"), self.ns(name));
        let mac = format!("02:00:00:00:00:{:02x}", self.links);
        let port = format!("p-{name}");
        run(&[
            "ip", "link", "add", &port, "netns", &switch, "type", "veth", "peer", "name", "eth0", "address",
            &mac, "netns", &host,
        ]);
        // What the kernel leaves to a device that is none, the switch would have to do.
        let off = ["tx", "rx", "tso", "gso", "gro"].map(|what| [what, "off"]);
        let mut ethtool = vec!["ip", "netns", "exec", &host, "ethtool", "-K", "eth0"];
        ethtool.extend(off.iter().flatten());
        run(&ethtool);
        ip(&switch, &format!("link set {port} up\n"));
        let mut lines = String::new();
        for address in addresses {
            let nodad = if address.contains(':') { " nodad" } else { "" };
            lines += &format!("addr add {address} dev eth0{nodad}\n");
        }
        ip(&host, &(lines + "link set eth0 up\n"));
        mac.parse().expect("written just now")
    }

    /// Lines for `ip` in a host's namespace.
    pub fn ip(&self, name: &str, lines: &str) {
        ip(&self.ns(name), lines);
    }

    /// Runs a command in a namespace: whether it succeeded, and what it said.
    pub fn exec(&self, name: &str, argv: &[&str]) -> (bool, String) {
        let namespace = self.ns(name);
        let mut all = vec!["ip", "netns", "exec", &namespace];
        all.extend(argv);
        attempt(&all)
    }

    /// Pings until an answer comes; neighbors may have to be found first.
    pub fn ping(&self, from: &str, to: &str) {
        wait_until(&format!("{from} pings {to}"), || self.exec(from, &["ping", "-c1", "-W1", to]).0);
    }

    pub fn within<T>(&self, name: &str, work: impl FnOnce() -> T) -> T {
        within(&self.ns(name), work)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Starts a process in a namespace, with its output in a log. It dies with the test.
    pub fn spawn(&mut self, name: &str, namespace: &str, argv: &[&str]) {
        let log = self.path(&format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).expect("a log");
        let errors = out.try_clone().expect("a log");
        let child = self.within(namespace, || {
            Command::new("setpriv")
                .args(["--pdeathsig", "KILL"])
                .args(argv)
                .stdin(Stdio::null())
                .stdout(out)
                .stderr(errors)
                .spawn()
                .expect(argv[0])
        });
        self.children.push((name.to_owned(), child));
    }

    fn child(&mut self, name: &str) -> &mut Child {
        let found = self.children.iter_mut().find(|(of, _)| of == name);
        &mut found.unwrap_or_else(|| panic!("{name} does not run")).1
    }

    pub fn signal(&mut self, name: &str, signal: Signal) {
        let pid = self.child(name).id();
        kill(Pid::from_raw(pid.cast_signed()), signal).expect(name);
    }

    /// Waits for a process to end.
    pub fn ended(&mut self, name: &str) -> ExitStatus {
        let status =
            wait_for(&format!("{name} ends"), || self.child(name).try_wait().expect("it is our child"));
        self.children.retain(|(of, _)| of != name);
        status
    }

    /// `kill -9`, and waits.
    pub fn kill(&mut self, name: &str) {
        self.signal(name, Signal::SIGKILL);
        self.ended(name);
    }

    /// The log of a process so far.
    pub fn log(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path(&format!("{name}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The whole configuration for what a test says of workers, ports and interfaces.
    pub fn config(&self, body: &str) -> String {
        let at = |name: &str| self.path(name).display().to_string();
        format!(
            "[switch]\nsocket = \"{}\"\nstats = \"{}\"\n[switch.dpdk]\nhugepages = \"no\"\nmemory = 192\n\
             [control]\nsocket = \"{}\"\nstate = \"{}\"\n{body}",
            at("switch.sock"),
            at("stats"),
            at("control.sock"),
            at("state"),
        )
    }

    /// Starts a switch without waiting for it.
    pub fn launch(&mut self, name: &str, config: &str) {
        let file = self.path(&format!("{name}.toml"));
        std::fs::write(&file, config).expect("the configuration");
        let file = file.display().to_string();
        self.spawn(name, "sw", &[env!("CARGO_BIN_EXE_swerve-switch"), "--config", &file]);
    }

    /// Starts the switch and waits until it forwards.
    pub fn start(&mut self, body: &str) {
        let config = self.config(body);
        // As text, or as JSON.
        let starts =
            |log: String| log.matches(" forwarding ").count() + log.matches("\"forwarding\"").count();
        let before = starts(self.log("switch"));
        self.launch("switch", &config);
        wait_until("the switch forwards", || {
            if let Some(status) = self.child("switch").try_wait().expect("it is our child") {
                panic!("the switch ended: {status}\n{}", self.log("switch"));
            }
            starts(self.log("switch")) > before
        });
    }

    /// What a switch that must not start says, and its exit code.
    pub fn refused(&mut self, config: &str) -> (Option<i32>, String) {
        let before = self.log("refused").len();
        self.launch("refused", config);
        let status = self.ended("refused");
        (status.code(), self.log("refused").split_off(before))
    }

    /// A connection as control.
    pub fn control(&self) -> Session {
        Session::open(&self.path("switch.sock"), Client::Control)
    }

    /// A connection as swervectl.
    pub fn operator(&self) -> Session {
        Session::open(&self.path("switch.sock"), Client::Operator)
    }

    pub fn stats(&self) -> Reader {
        Reader::open(&self.path("stats")).expect("the stats segment")
    }

    /// Packets dropped for this reason since the switch started.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        let of =
            |drops: &[(DropReason, u64)]| drops.iter().find(|(r, _)| *r == reason).map_or(0, |(_, n)| *n);
        self.stats().workers().iter().map(|worker| of(&worker.drops)).sum()
    }

    /// Waits until this many packets were dropped for this reason.
    pub fn expect_dropped(&self, reason: DropReason, count: u64) {
        wait_until(&format!("{count} dropped: {}", reason.as_str()), || self.dropped(reason) >= count);
        assert_eq!(self.dropped(reason), count, "{}", reason.as_str());
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log("switch");
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- switch ---\n{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        }
        for (_, child) in &mut self.children {
            // Whatever has ended by itself is gone already.
            let _ = child.kill();
            let _ = child.wait();
        }
        for namespace in &self.namespaces {
            let _ = attempt(&["ip", "netns", "del", namespace]);
        }
    }
}
