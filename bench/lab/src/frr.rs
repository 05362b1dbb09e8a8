//! The providers' routing daemons: FRR's zebra, staticd and bfdd, one set in each namespace, with files of their own.

use crate::lock::RUN;
use crate::process::{Processes, Spec};
use crate::topology::{Isp, LAN_NET, LAN_NET6, SERVER_NET, SERVER_NET6};
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DAEMONS: &str = "/usr/lib/frr";
/// bfdd at 10 ms x 3 declares false downs when it waits for a core.
const BFDD_FIRST: &[&str] = &["chrt", "-r", "20"];

/// Where the daemons of this provider keep their sockets.
pub fn directory(isp: &Isp) -> PathBuf {
    Path::new(RUN).join(isp.name)
}

/// What `vtysh --vty_socket` needs to see, in the order in which the daemons start.
pub const PROGRAMS: [&str; 3] = ["zebra", "staticd", "bfdd"];

/// The log of one of the daemons of a provider.
pub fn log_name(isp: &Isp, program: &str) -> String {
    format!("{}-{program}", isp.name)
}

fn configuration(isp: &Isp, program: &str) -> String {
    let host = format!("hostname {}\nlog stdout informational\n", isp.name);
    let rest = match program {
        "staticd" => format!(
            "ip route {LAN_NET} {}\nip route {SERVER_NET} {}\nipv6 route {LAN_NET6} {}\nipv6 route {SERVER_NET6} {}\n",
            isp.swerve, isp.server, isp.swerve6, isp.server6,
        ),
        "bfdd" => format!(
            "bfd\n profile fast\n  detect-multiplier 3\n  receive-interval 10\n  transmit-interval 10\n exit\n \
             peer {} local-address {} interface swerve\n  profile fast\n exit\n \
             peer {} local-address {} interface swerve\n  profile fast\n exit\nexit\n",
            isp.swerve, isp.router, isp.swerve6, isp.router6,
        ),
        _ => String::new(),
    };
    host + &rest
}

/// Starts one daemon. The caller waits for [`socket`] before it starts the next.
pub fn start(processes: &mut Processes, isp: &Isp, program: &str, cores: &str) -> Result<()> {
    let directory = directory(isp);
    std::fs::create_dir_all(&directory)?;
    let file = directory.join(format!("{program}.conf"));
    std::fs::write(&file, configuration(isp, program)).with_context(|| file.display().to_string())?;
    let at = |name: &str| directory.join(name).display().to_string();
    let mut args = vec!["-f".to_owned(), file.display().to_string()];
    for (option, value) in [
        ("-i", at(&format!("{program}.pid"))),
        ("-z", at("zserv.api")),
        ("--vty_socket", directory.display().to_string()),
        ("-P", "0".to_owned()),
        ("-u", "root".to_owned()),
        ("-g", "frrvty".to_owned()),
    ] {
        args.extend([option.to_owned(), value]);
    }
    if program == "bfdd" {
        args.extend(["--bfdctl".to_owned(), at("bfdd.sock")]);
    }
    processes.start(&Spec {
        name: &log_name(isp, program),
        namespace: isp.namespace,
        program: &Path::new(DAEMONS).join(program),
        args,
        cores,
        precedence: if program == "bfdd" { BFDD_FIRST } else { &[] },
    })?;
    Ok(())
}

/// The socket on which a daemon takes commands; there once the daemon is.
pub fn socket(isp: &Isp, program: &str) -> PathBuf {
    directory(isp).join(format!("{program}.vty"))
}

/// A connection to a daemon's command line, as vtysh makes it: a command ends with a zero byte, an answer with three
/// and the command's return code.
#[derive(Debug)]
pub struct Vty {
    stream: UnixStream,
}

impl Vty {
    pub fn connect(isp: &Isp, program: &str) -> Result<Vty> {
        let path = socket(isp, program);
        let stream = UnixStream::connect(&path).with_context(|| path.display().to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        Vty::over(stream)
    }

    fn over(stream: UnixStream) -> Result<Vty> {
        let mut vty = Vty { stream };
        // A new connection sees no command of bfdd's before this one.
        vty.ask("enable")?;
        Ok(vty)
    }

    pub fn ask(&mut self, command: &str) -> Result<String> {
        self.stream.write_all(command.as_bytes())?;
        self.stream.write_all(&[0])?;
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let n = self.stream.read(&mut chunk).with_context(|| format!("waiting for `{command}`"))?;
            if n == 0 {
                bail!("the daemon closed its command line during `{command}`");
            }
            answer.extend_from_slice(&chunk[..n]);
            if let Some((text, [0, 0, 0, code])) = answer.split_last_chunk::<4>() {
                if *code != 0 {
                    bail!("`{command}` returned {code}: {}", String::from_utf8_lossy(text));
                }
                return Ok(String::from_utf8_lossy(text).into_owned());
            }
        }
    }

    /// Whether bfdd says that its session with swerve is up (IPv4).
    pub fn session_up(&mut self, isp: &Isp) -> Result<bool> {
        let text = self.ask("show bfd peers json")?;
        peer_up(&text, isp.swerve)
    }
}

fn peer_up(text: &str, address: &str) -> Result<bool> {
    let peers: serde_json::Value = serde_json::from_str(text).context("`show bfd peers json`")?;
    let peers = peers.as_array().context("`show bfd peers json` is no array")?;
    let peer = peers.iter().find(|peer| peer["peer"] == address);
    Ok(peer.with_context(|| format!("bfdd knows no peer {address}"))?["status"] == "up")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_read_for_the_peer_that_was_asked_for() {
        let text = r#"[{"peer":"203.0.113.2","status":"down"},{"peer":"203.0.113.0","status":"up"}]"#;
        assert!(peer_up(text, "203.0.113.0").unwrap());
        assert!(!peer_up(text, "203.0.113.2").unwrap());
        assert!(peer_up(text, "203.0.113.9").is_err());
        assert!(peer_up("no json", "203.0.113.0").is_err());
    }

    #[test]
    fn an_answer_that_comes_in_pieces_is_put_together_and_a_refusal_is_an_error() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let daemon = std::thread::spawn(move || {
            let mut asked = Vec::new();
            for answer in [&b"\0\0\0\0"[..], b"first line\nsecond\n\0\0\0\0", b"unknown\0\0\0\x02"] {
                let mut byte = [1];
                while byte != [0] {
                    theirs.read_exact(&mut byte).unwrap();
                    asked.push(byte[0]);
                }
                answer.chunks(5).for_each(|piece| theirs.write_all(piece).unwrap());
            }
            asked
        });
        let mut vty = Vty::over(ours).unwrap();
        assert_eq!(vty.ask("show this").unwrap(), "first line\nsecond\n");
        assert!(vty.ask("show that").unwrap_err().to_string().contains("returned 2: unknown"));
        assert_eq!(daemon.join().unwrap(), b"enable\0show this\0show that\0");
    }

    #[test]
    fn each_daemon_gets_its_own_part_of_the_configuration() {
        let isp = &crate::topology::ISPS[0];
        assert!(configuration(isp, "staticd").contains("ip route 10.0.0.0/24 203.0.113.0"));
        assert!(configuration(isp, "bfdd").contains("peer 203.0.113.0 local-address 203.0.113.1"));
        assert!(!configuration(isp, "zebra").contains("bfd"));
    }
}
