//! Real routing daemons, all in one namespace of the test's own, each at an address of the loopback interface there.
//! bgpd runs without zebra: it takes every next hop for reachable then.

use super::LIMIT;
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub(super) const ROUTER: &str = "10.99.0.1";
pub(super) const OTHER: &str = "10.99.0.2";
pub(super) const SWERVE: &str = "10.99.0.3";
pub(super) const ISP1: &str = "10.99.0.11";
pub(super) const ISP2: &str = "10.99.0.12";

/// A namespace with daemons in it. Dropping it ends and removes everything.
pub(super) struct Lab {
    pub(super) namespace: String,
    directory: tempfile::TempDir,
    daemons: Vec<(String, Child)>,
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?} (these tests need root): {output:?}");
}

impl Lab {
    pub(super) fn new() -> Lab {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let namespace = format!("swbgp-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(Command::new("ip").args(["netns", "add", &namespace]));
        let lab = Lab { namespace, directory: tempfile::tempdir().unwrap(), daemons: Vec::new() };
        run(Command::new("ip").args(["-n", &lab.namespace, "link", "set", "lo", "up"]));
        [ROUTER, OTHER, SWERVE, ISP1, ISP2].iter().for_each(|address| lab.address(address));
        lab
    }

    /// The loopback interface has that address too.
    pub(super) fn address(&self, address: &str) {
        let address = format!("{address}/32");
        run(Command::new("ip").args(["-n", &self.namespace, "addr", "add", &address, "dev", "lo"]));
    }

    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.directory.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn spawn(&mut self, name: &str, program: &str, arguments: &[&str]) {
        let log = fs::File::create(self.folder(name).join("log")).unwrap();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, program]).args(arguments);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.daemons.push((name.to_owned(), command.spawn().unwrap()));
    }

    /// FRR's bgpd at that address.
    pub(super) fn bgpd(&mut self, name: &str, address: &str, configuration: &str) {
        let folder = self.folder(name);
        fs::write(folder.join("bgpd.conf"), configuration).unwrap();
        let at = |file: &str| folder.join(file).display().to_string();
        let (conf, pid, vty) = (at("bgpd.conf"), at("bgpd.pid"), folder.display().to_string());
        let arguments =
            ["-Z", "-n", "-S", "-f", &conf, "-i", &pid, "--vty_socket", &vty, "-P", "0", "-l", address];
        self.spawn(name, "/usr/lib/frr/bgpd", &arguments);
    }

    /// All of FRR that a router with static routes and BGP runs, where the others' bgpds have no zebra.
    pub(super) fn frr(&mut self, static_routes: &str, bgp: &str) {
        let folder = self.folder("frr");
        let at = |file: String| folder.join(file).display().to_string();
        let (socket, vty) = (at("zserv.api".to_owned()), folder.display().to_string());
        for (daemon, configuration) in [("zebra", ""), ("staticd", static_routes), ("bgpd", bgp)] {
            let (conf, pid) = (at(format!("{daemon}.conf")), at(format!("{daemon}.pid")));
            fs::write(&conf, configuration).unwrap();
            let paths = ["-f", &conf, "-i", &pid, "-z", &socket, "--vty_socket", &vty, "-P", "0"];
            let arguments = [&paths[..], &["-u", "root", "-g", "frrvty", "--log", "stdout"]].concat();
            self.spawn(&format!("frr-{daemon}"), &format!("/usr/lib/frr/{daemon}"), &arguments);
            self.wait_for_commands("frr", daemon);
        }
    }

    /// A daemon's command line is there once the daemon is.
    fn wait_for_commands(&self, name: &str, daemon: &str) {
        let socket = self.folder(name).join(format!("{daemon}.vty"));
        let end = Instant::now() + LIMIT;
        while !socket.exists() {
            assert!(Instant::now() < end, "{daemon} of {name} has no command line");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// BIRD in the foreground.
    pub(super) fn bird(&mut self, name: &str, configuration: &str) {
        let folder = self.folder(name);
        fs::write(folder.join("bird.conf"), configuration).unwrap();
        let at = |file: &str| folder.join(file).display().to_string();
        self.spawn(
            name,
            "bird",
            &["-f", "-c", &at("bird.conf"), "-s", &at("bird.ctl"), "-P", &at("bird.pid")],
        );
    }

    /// Configures a bgpd that runs; the lines are those behind `configure terminal`.
    pub(super) fn configure(&self, name: &str, lines: &[&str]) {
        let folder = self.folder(name);
        let mut command = Command::new("vtysh");
        command.arg("--vty_socket").arg(&folder).args(["-d", "bgpd", "-c", "configure terminal"]);
        command.args(lines.iter().flat_map(|line| ["-c", line]));
        self.wait_for_commands(name, "bgpd");
        run(&mut command);
    }

    /// kill -9.
    pub(super) fn kill(&mut self, name: &str) {
        let at = self.daemons.iter().position(|(of, _)| of == name).unwrap();
        let (_, mut child) = self.daemons.remove(at);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for (name, child) in &mut self.daemons {
            let _ = child.kill();
            let _ = child.wait();
            if std::thread::panicking() {
                let log = fs::read_to_string(self.directory.path().join(&*name).join("log"));
                eprintln!("--- {name}\n{}", log.unwrap_or_default());
            }
        }
        let _ = Command::new("ip").args(["netns", "del", &self.namespace]).status();
    }
}

/// A provider with its prefixes, and one of IPv6.
pub(super) fn provider(address: &str, asn: u32, prefixes: &[&str], prefix6: &str) -> String {
    let n = address.rsplit('.').next().unwrap();
    let networks: String = prefixes.iter().map(|prefix| format!("  network {prefix}\n")).collect();
    format!(
        "router bgp {asn}\n bgp router-id {address}\n no bgp ebgp-requires-policy\n no bgp network import-check\n \
         neighbor {ROUTER} remote-as 65000\n neighbor {ROUTER} ebgp-multihop 2\n \
         neighbor {ROUTER} update-source {address}\n neighbor {ROUTER} timers connect 1\n \
         neighbor {ROUTER} advertisement-interval 0\n \
         address-family ipv4 unicast\n{networks} exit-address-family\n \
         address-family ipv6 unicast\n  network {prefix6}\n  neighbor {ROUTER} activate\n  \
         neighbor {ROUTER} route-map next-hop out\n exit-address-family\n\
         route-map next-hop permit 10\n set ipv6 next-hop global 2001:db8:0:{n}::1\n"
    )
}

/// The router under test: two providers, another border router, and swerve as a client of its reflector.
pub(super) fn router(more: &str) -> String {
    let mut text = format!(
        "router bgp 65000\n bgp router-id {ROUTER}\n no bgp ebgp-requires-policy\n no bgp network import-check\n"
    );
    let neighbors = [(ISP1, 65001), (ISP2, 65002), (OTHER, 65000), (SWERVE, 65000)];
    for (neighbor, asn) in neighbors {
        text += &format!(
            " neighbor {neighbor} remote-as {asn}\n neighbor {neighbor} update-source {ROUTER}\n \
             neighbor {neighbor} timers connect 1\n neighbor {neighbor} advertisement-interval 0\n"
        );
        if asn != 65000 {
            text += &format!(" neighbor {neighbor} ebgp-multihop 2\n");
        }
    }
    text += &format!(" neighbor {SWERVE} port 1179\n{more}");
    for family in ["ipv4", "ipv6"] {
        text += &format!(" address-family {family} unicast\n");
        for (neighbor, _) in neighbors {
            text += &format!("  neighbor {neighbor} activate\n");
        }
        text += &format!(
            "  neighbor {SWERVE} addpath-tx-all-paths\n  neighbor {SWERVE} route-reflector-client\n exit-address-family\n"
        );
    }
    text
}

/// A border router that hands on by iBGP what its own provider told it; here it says so itself.
pub(super) fn other_border_router(prefix: &str) -> String {
    format!(
        "router bgp 65000\n bgp router-id {OTHER}\n no bgp network import-check\n \
         neighbor {ROUTER} remote-as 65000\n neighbor {ROUTER} update-source {OTHER}\n \
         neighbor {ROUTER} timers connect 1\n neighbor {ROUTER} advertisement-interval 0\n \
         address-family ipv4 unicast\n  network {prefix} route-map from-isp3\n exit-address-family\n\
         route-map from-isp3 permit 10\n set as-path prepend 65003\n"
    )
}

/// Settings to listen where the daemons are.
pub(super) fn settings(lab: &Lab, address: &str) -> super::Settings {
    let mut settings = super::settings(vec![super::neighbor(address)]);
    settings.listen = (SWERVE.parse::<IpAddr>().unwrap(), 1179).into();
    settings.netns = Some(lab.namespace.clone());
    settings
}
