//! The thread with FRR's own zebra and staticd, in a namespace of the test's own. Needs root and FRR.

use super::Settings;
use super::tests::{LIMIT, Taker};
use fpm::{Change, Target};
use ipnet::IpNet;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const DAEMONS: &str = "/usr/lib/frr";
/// Longer than zebra and staticd take to be back.
const HOLD: Duration = Duration::from_secs(5);

/// A namespace with two interfaces, and FRR in it.
struct Lab {
    namespace: String,
    directory: TempDir,
    daemons: Vec<(&'static str, Child)>,
}

impl Lab {
    fn new() -> Lab {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("swfpm-{}-{number}", std::process::id());
        ip(&["netns", "add", &namespace]);
        let lab = Lab { namespace, directory: TempDir::new().unwrap(), daemons: Vec::new() };
        for line in [
            "link set lo up",
            "link add p1 type veth peer name q1",
            "link add p2 type veth peer name q2",
            "addr add 203.0.113.9/29 dev p1",
            "addr add 203.0.113.17/29 dev p2",
            "addr add 2001:db8:1::1/64 dev p1 nodad",
            "link set p1 up",
            "link set q1 up",
            "link set p2 up",
            "link set q2 up",
        ] {
            let arguments: Vec<&str> = ["-n", &lab.namespace].into_iter().chain(line.split(' ')).collect();
            ip(&arguments);
        }
        lab
    }

    fn settings(&self) -> Settings {
        Settings { netns: Some(self.namespace.clone()), hold: HOLD, ..Settings::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn start(&mut self, program: &'static str, configuration: &str, more: &[&str]) {
        let file = self.path(&format!("{program}.conf"));
        std::fs::write(&file, configuration).unwrap();
        let _ = std::fs::remove_file(self.socket(program));
        let log = std::fs::File::create(self.path(&format!("{program}.log"))).unwrap();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, "setpriv", "--pdeathsig", "KILL"]);
        command.arg(Path::new(DAEMONS).join(program)).arg("-f").arg(file);
        command.arg("-i").arg(self.path(&format!("{program}.pid"))).arg("-z").arg(self.path("zserv.api"));
        command
            .arg("--vty_socket")
            .arg(self.directory.path())
            .args(["-P", "0", "-u", "root", "-g", "frrvty"]);
        command.args(more).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.daemons.push((program, command.spawn().unwrap()));
        let until = Instant::now() + LIMIT;
        while UnixStream::connect(self.socket(program)).is_err() {
            assert!(Instant::now() < until, "{program} did not start: {}", self.log(program));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn zebra(&mut self, module: &str, lines: &str) {
        self.start("zebra", &format!("log stdout\n{lines}"), &["-M", module]);
    }

    fn staticd(&mut self, routes: &str) {
        self.start("staticd", &format!("log stdout\n{routes}"), &[]);
    }

    fn socket(&self, program: &str) -> PathBuf {
        self.path(&format!("{program}.vty"))
    }

    fn log(&self, program: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{program}.log"))).unwrap_or_default()
    }

    fn kill(&mut self, program: &str) {
        let at = self.daemons.iter().position(|(name, _)| *name == program).unwrap();
        let (_, mut child) = self.daemons.remove(at);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// What a killed zebra left in the kernel goes.
    fn forget_kernel_routes(&self) {
        for family in ["-4", "-6"] {
            let _ = Command::new("ip")
                .args(["-n", &self.namespace, family, "route", "flush", "proto", "196"])
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Commands of a daemon's command line, as vtysh sends them: each ends with a zero byte, an answer with three and
    /// a return code.
    fn configure(&self, program: &str, lines: &[&str]) {
        let mut vty = UnixStream::connect(self.socket(program)).unwrap();
        vty.set_read_timeout(Some(LIMIT)).unwrap();
        for line in ["enable", "configure terminal"].iter().chain(lines) {
            vty.write_all(&[line.as_bytes(), &[0]].concat()).unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(&[0, 0, 0, 0]) {
                let mut octet = [0];
                vty.read_exact(&mut octet).unwrap_or_else(|error| panic!("{line}: {error}: {answer:?}"));
                answer.extend(octet);
            }
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for (_, child) in &mut self.daemons {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = Command::new("ip").args(["netns", "del", &self.namespace]).status();
    }
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().unwrap();
    assert!(status.success(), "ip {arguments:?}: {status} (these tests need root)");
}

fn prefix_of(change: &Change) -> IpNet {
    match change {
        Change::Set { prefix, .. } | Change::Withdraw { prefix, .. } => *prefix,
    }
}

/// What was last said of a prefix: its gateways, or another word, or nothing.
fn last(changes: &[Change], prefix: &str) -> String {
    let prefix: IpNet = prefix.parse().unwrap();
    match changes.iter().rev().find(|change| prefix_of(change) == prefix) {
        None => "-".to_owned(),
        Some(Change::Withdraw { .. }) => "withdrawn".to_owned(),
        Some(Change::Set { target, .. }) => match target {
            Target::NextHops(next_hops) => {
                let gateways = next_hops.iter().map(|next_hop| match next_hop.gateway {
                    Some(gateway) => gateway.to_string(),
                    None => format!("on {}", next_hop.ifindex),
                });
                gateways.collect::<Vec<_>>().join(" ")
            }
            Target::Blackhole => "blackhole".to_owned(),
            Target::Unreachable => "unreachable".to_owned(),
            Target::Prohibit => "prohibit".to_owned(),
        },
    }
}

fn take_until(taker: &mut Taker, prefix: &str, said: &str) -> Vec<Change> {
    taker.take_until(&format!("{prefix}: {said}"), |taken| last(taken, prefix) == said)
}

const ROUTES: &str = "ip route 198.51.100.0/24 203.0.113.10\nip route 10.9.0.0/16 203.0.113.18\n\
                      ip route 192.0.2.0/25 blackhole\nip route 192.0.2.128/25 reject\n\
                      ipv6 route 2001:db8:100::/48 2001:db8:1::2\n";

/// The prefixes of these.
const STATIC: [&str; 5] =
    ["198.51.100.0/24", "10.9.0.0/16", "192.0.2.0/25", "192.0.2.128/25", "2001:db8:100::/48"];

/// What staticd has and what it is told while it runs.
fn follows_staticd(module: &str, lines: &str) {
    let mut lab = Lab::new();
    let mut taker = Taker::new(lab.settings());
    lab.zebra(module, lines);
    lab.staticd(ROUTES);
    let mut changes = Vec::new();
    taker.take_until("all routes", |taken| {
        changes = taken.to_vec();
        [
            ("198.51.100.0/24", "203.0.113.10"),
            ("10.9.0.0/16", "203.0.113.18"),
            ("192.0.2.0/25", "blackhole"),
            ("192.0.2.128/25", "unreachable"),
            ("2001:db8:100::/48", "2001:db8:1::2"),
        ]
        .iter()
        .all(|(prefix, said)| last(taken, prefix) == *said)
    });
    assert!(last(&changes, "203.0.113.8/29").starts_with("on "), "connected routes come too");

    lab.configure("staticd", &["ip route 198.51.100.0/24 203.0.113.18"]);
    let mut after = take_until(&mut taker, "198.51.100.0/24", "203.0.113.10 203.0.113.18");
    lab.configure("staticd", &["no ip route 198.51.100.0/24 203.0.113.10"]);
    after.extend(take_until(&mut taker, "198.51.100.0/24", "203.0.113.18"));
    let absent = after.iter().any(|change| matches!(change, Change::Withdraw { .. }));
    assert!(!absent, "a replaced route is never absent: {after:?}");
    lab.configure("staticd", &["no ip route 198.51.100.0/24 203.0.113.18"]);
    take_until(&mut taker, "198.51.100.0/24", "withdrawn");
    let now = taker.snapshot();
    assert_eq!((now.session.refused, now.resets), (Vec::new(), 0));
}

#[test]
fn with_next_hop_groups_routes_follow_staticd() {
    follows_staticd("dplane_fpm_nl", "fpm address 127.0.0.1\n");
}

#[test]
fn without_next_hop_groups_routes_follow_staticd() {
    follows_staticd("dplane_fpm_nl", "fpm address 127.0.0.1\nno fpm use-next-hop-groups\n");
}

#[test]
fn with_the_old_module_routes_follow_staticd() {
    follows_staticd("fpm", "");
}

#[test]
fn a_killed_zebra_takes_no_route_along_and_what_it_comes_back_without_goes_after_the_hold() {
    let mut lab = Lab::new();
    let mut taker = Taker::new(lab.settings());
    lab.zebra("dplane_fpm_nl", "fpm address 127.0.0.1\n");
    lab.staticd(ROUTES);
    taker.take_until("all routes", |taken| STATIC.iter().all(|prefix| last(taken, prefix) != "-"));
    let before = taker.snapshot();

    lab.kill("staticd");
    lab.kill("zebra");
    let alone = taker.wait("the connection is lost", |now| now.peer.is_none());
    assert_eq!(alone.session.routes, before.session.routes);
    assert_eq!(alone.session.counters.withdrawn, before.session.counters.withdrawn);
    assert_eq!(alone.session.sweep_in, None, "nothing is due while nobody is there");

    // A zebra without `-K` deletes what it finds of its own in the kernel, and whether it tells us of it first is a matter of
    // microseconds: then it is a withdrawal like any other. Here nothing is left for it to find.
    lab.forget_kernel_routes();
    // Alone first: staticd's routes are not its own.
    lab.zebra("dplane_fpm_nl", "fpm address 127.0.0.1\n");
    let back = taker.wait("zebra is back", |now| now.peer.is_some());
    let stale = |protocol| {
        let found = back.session.protocols.iter().find(|source| source.protocol == protocol);
        found.map_or(0, |source| source.stale)
    };
    assert_eq!(stale(196), 5, "{:#?}\n{}", back.session, lab.log("zebra"));
    assert!(back.session.sweep_in.is_some_and(|left| left <= HOLD));
    lab.staticd("ip route 198.51.100.0/24 203.0.113.10\n");
    let (kept, left_out) = STATIC.split_first().unwrap();
    let swept = taker
        .take_until("the sweep", |taken| left_out.iter().all(|prefix| last(taken, prefix) == "withdrawn"));
    assert_eq!(last(&swept, kept), "-", "it is what it was, and nothing is said of it");
    let withdrawn = swept.iter().filter(|change| matches!(change, Change::Withdraw { .. }));
    assert_eq!(withdrawn.count(), left_out.len());
    assert_eq!(taker.snapshot().session.counters.swept, left_out.len() as u64);
}
