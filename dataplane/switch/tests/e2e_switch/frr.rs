//! FRR's zebra and bfdd in a host's namespace, with files of their own.

use crate::lab::{Lab, wait_for};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DAEMONS: &str = "/usr/lib/frr";

/// bfdd on one host.
pub struct Bfdd {
    host: String,
    directory: PathBuf,
    /// Where it meets its data plane, as `--dplaneaddr` has it.
    data_plane: Option<String>,
}

/// A peer of bfdd, as its configuration has it, at 10 ms x 3.
pub fn fast_peer(peer: &str, local: &str) -> String {
    peer_at(peer, local, 10, 3)
}

/// A peer whose session a busy machine does not disturb.
pub fn calm_peer(peer: &str, local: &str) -> String {
    peer_at(peer, local, 100, 10)
}

/// A peer at other timers.
pub fn peer_at(peer: &str, local: &str, interval_ms: u32, multiplier: u32) -> String {
    format!(
        " peer {peer} local-address {local} interface eth0\n  detect-multiplier {multiplier}\n  \
         receive-interval {interval_ms}\n  transmit-interval {interval_ms}\n exit\n"
    )
}

impl Bfdd {
    /// Starts both daemons; `peers` is what is written below `bfd`.
    pub fn start(lab: &mut Lab, host: &str, peers: &str) -> Bfdd {
        Bfdd::start_with(lab, host, peers, None)
    }

    /// Likewise, with a data plane.
    pub fn start_with(lab: &mut Lab, host: &str, peers: &str, data_plane: Option<&str>) -> Bfdd {
        let directory = lab.path(&format!("frr-{host}"));
        std::fs::create_dir_all(&directory).expect("a directory");
        let bfdd = Bfdd { host: host.to_owned(), directory, data_plane: data_plane.map(str::to_owned) };
        bfdd.daemon(lab, "zebra", "");
        bfdd.daemon(lab, "bfdd", &format!("bfd\n{peers}exit\n"));
        bfdd
    }

    /// Starts zebra and other daemons, each with its configuration.
    pub fn routing(lab: &mut Lab, host: &str, daemons: &[(&str, String)]) -> Bfdd {
        let directory = lab.path(&format!("frr-{host}"));
        std::fs::create_dir_all(&directory).expect("a directory");
        let frr = Bfdd { host: host.to_owned(), directory, data_plane: None };
        frr.daemon(lab, "zebra", "");
        for (program, configuration) in daemons {
            frr.daemon(lab, program, configuration);
        }
        frr
    }

    /// Starts bfdd again after it was killed.
    pub fn restart(&self, lab: &mut Lab, peers: &str) {
        self.daemon(lab, "bfdd", &format!("bfd\n{peers}exit\n"));
    }

    fn name(&self, program: &str) -> String {
        format!("{program}-{}", self.host)
    }

    fn daemon(&self, lab: &mut Lab, program: &str, configuration: &str) {
        let at = |name: &str| self.directory.join(name).display().to_string();
        let file = at(&format!("{program}.conf"));
        std::fs::write(&file, format!("log stdout informational\n{configuration}")).expect("a file");
        let socket = self.directory.join(format!("{program}.vty"));
        // One that a killed daemon left would answer nobody.
        let _ = std::fs::remove_file(&socket);
        let (binary, pid, zserv) =
            (format!("{DAEMONS}/{program}"), at(&format!("{program}.pid")), at("zserv.api"));
        let (vty, control) = (self.directory.display().to_string(), at("bfdd.sock"));
        // Waiting for a core, bfdd at 10 ms declares false downs.
        let mut argv = if program == "bfdd" { vec!["chrt", "-r", "20"] } else { Vec::new() };
        argv.extend([&binary, "-f", &file, "-i", &pid, "-z", &zserv, "--vty_socket", &vty]);
        argv.extend(["-P", "0", "-u", "root", "-g", "frrvty"]);
        if program == "bfdd" {
            argv.extend(["--bfdctl", &control]);
        }
        if let (Some(at), "bfdd") = (&self.data_plane, program) {
            argv.extend(["--dplaneaddr", at]);
        }
        lab.spawn(&self.name(program), &self.host, &argv);
        wait_for(&format!("{program} listens"), || UnixStream::connect(&socket).ok());
    }

    /// `kill -9`: silence, without a word.
    pub fn kill(&self, lab: &mut Lab) {
        lab.kill(&self.name("bfdd"));
    }

    /// Stops sending and hearing, as a machine that hangs.
    pub fn freeze(&self, lab: &mut Lab) {
        lab.signal(&self.name("bfdd"), Signal::SIGSTOP);
    }

    pub fn thaw(&self, lab: &mut Lab) {
        lab.signal(&self.name("bfdd"), Signal::SIGCONT);
    }

    /// Commands, each on a line, in one connection; what the last one prints.
    pub fn ask(&self, commands: &str) -> String {
        self.ask_daemon("bfdd", commands)
    }

    /// The same of another daemon.
    pub fn ask_daemon(&self, program: &str, commands: &str) -> String {
        let mut vty = Vty::connect(&self.directory.join(format!("{program}.vty")));
        vty.ask("enable");
        commands.lines().map(|command| vty.ask(command)).last().unwrap_or_default()
    }

    /// Changes the configuration of one peer.
    pub fn configure(&self, peer: &str, local: &str, line: &str) {
        self.ask(&format!(
            "configure terminal\nbfd\npeer {peer} local-address {local} interface eth0\n{line}\nend"
        ));
    }

    /// What bfdd says of a peer.
    pub fn peer(&self, address: &str) -> Value {
        let text = self.ask("show bfd peers json");
        let peers: Value = serde_json::from_str(&text).expect(&text);
        let found = peers.as_array().and_then(|all| all.iter().find(|peer| peer["peer"] == address));
        found.unwrap_or_else(|| panic!("bfdd knows no {address}: {text}")).clone()
    }

    pub fn status(&self, address: &str) -> String {
        self.peer(address)["status"].as_str().unwrap_or_default().to_owned()
    }
}

/// A daemon's command line: a command ends with a zero byte, an answer with three and a return code.
struct Vty(UnixStream);

impl Vty {
    fn connect(socket: &Path) -> Vty {
        let stream = UnixStream::connect(socket).expect("the daemon runs");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        Vty(stream)
    }

    fn ask(&mut self, command: &str) -> String {
        self.0.write_all(command.as_bytes()).expect(command);
        self.0.write_all(&[0]).expect(command);
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let n = self.0.read(&mut chunk).expect(command);
            assert!(n > 0, "the daemon closed its command line during `{command}`");
            answer.extend_from_slice(&chunk[..n]);
            if let Some((text, [0, 0, 0, code])) = answer.split_last_chunk::<4>() {
                let text = String::from_utf8_lossy(text).into_owned();
                assert_eq!(*code, 0, "`{command}`: {text}");
                return text;
            }
        }
    }
}
