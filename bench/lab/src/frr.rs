//! Routers that run FRR: its daemons in a namespace, with files of their own, configured by vtysh as an operator's are.

use crate::kind::Igp;
use crate::lock::RUN;
use crate::netns::run;
use crate::process::{Processes, Spec};
use crate::topology::{self, Isp, Plan, SERVER_NET, SERVER_NET6};
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DAEMONS: &str = "/usr/lib/frr";
/// bfdd at 10 ms x 3 declares false downs when it waits for a core.
const BFDD_FIRST: &[&str] = &["chrt", "-r", "20"];

/// One router's FRR.
#[derive(Clone, Debug)]
pub struct Router {
    /// Of its directory, and of its processes in messages and logs.
    pub name: &'static str,
    pub namespace: &'static str,
    /// In the order in which they start.
    pub programs: &'static [&'static str],
    /// All daemons' part in one text, as in /etc/frr/frr.conf.
    pub configuration: String,
    /// The `daemons` file, which says what options each is started with; `/run/frr` in it is this router's directory.
    pub options: String,
}

/// The options that a `daemons` file has for a program, as its shell would see them.
fn options(daemons: &str, program: &str, directory: &str) -> Vec<String> {
    let lines = daemons.lines().rev();
    let mut found = lines.filter_map(|line| line.trim().strip_prefix(program)?.strip_prefix("_options="));
    let words = found.next().unwrap_or_default().trim_matches(['"', '\'']).split_whitespace();
    words.map(|word| word.replace("/run/frr", directory)).collect()
}

/// The configuration without syslog, of which the lab has no daemon. FRR writes each line to the system's console then, and a serial
/// console sends it within an interrupt, a millisecond a line, on whatever core that interrupt is for. It was a worker's: 23 ms
/// for what isisd has to say when an interface comes up (measured). Here each daemon has a log of its own.
fn without_syslog(configuration: &str) -> String {
    configuration
        .lines()
        .filter(|line| !line.starts_with("log syslog"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// A provider of `make run`: two static routes and a BFD session for each family.
pub fn static_provider(plan: &Plan, isp: &'static Isp) -> Router {
    let configuration = format!(
        "ip route {} {}\nip route {SERVER_NET} {}\nipv6 route {} {}\nipv6 route {SERVER_NET6} {}\n\
         bfd\n profile fast\n  detect-multiplier 3\n  receive-interval 10\n  transmit-interval 10\n exit\n \
         peer {} local-address {} interface swerve\n  profile fast\n exit\n \
         peer {} local-address {} interface swerve\n  profile fast\n exit\nexit\n",
        plan.lan_net,
        isp.swerve,
        isp.server,
        plan.lan_net6,
        isp.swerve6,
        isp.server6,
        isp.swerve,
        isp.router,
        isp.swerve6,
        isp.router6,
    );
    Router {
        name: isp.name,
        namespace: isp.namespace,
        programs: &["zebra", "staticd", "bfdd"],
        configuration,
        options: String::new(),
    }
}

/// A provider's router of `make lab-igp`: it announces the server's network, farther away the higher its number, and is next to
/// swerve and to the other.
pub fn igp_provider(plan: &Plan, isp: &Isp, igp: Igp) -> String {
    let (number, server, metric) = (isp.number, isp.server, 5 + 5 * isp.number);
    let mut text = format!(
        "hostname {}\nip route {SERVER_NET} {server}\n\
         bfd\n profile fast\n  detect-multiplier 3\n  receive-interval 10\n  transmit-interval 10\n exit\nexit\n",
        isp.name,
    );
    for (interface, cost) in [("swerve", 10), (topology::other(plan, isp).name, 15)] {
        let bfd = interface == "swerve";
        text += &match igp {
            Igp::Ospf => format!(
                "interface {interface}\n ip ospf area 0\n ip ospf network point-to-point\n ip ospf cost {cost}\n \
                 ip ospf hello-interval 1\n ip ospf dead-interval 4\n{}exit\n",
                if bfd { " ip ospf bfd\n ip ospf bfd profile fast\n" } else { "" },
            ),
            Igp::Isis => format!(
                "interface {interface}\n ip router isis CORE\n isis network point-to-point\n isis metric {cost}\n \
                 isis hello-interval 1\n{}exit\n",
                if bfd { " isis bfd\n isis bfd profile fast\n" } else { "" },
            ),
        };
    }
    text += &match igp {
        Igp::Ospf => format!(
            "router ospf\n ospf router-id 198.18.{number}.1\n redistribute static metric {metric} metric-type 1\nexit\n"
        ),
        Igp::Isis => format!(
            "router isis CORE\n net 49.0001.1980.1800.{number}001.00\n is-type level-2-only\n lsp-gen-interval 1\n \
             redistribute ipv4 static level-2 metric {metric}\nexit\n"
        ),
    };
    text
}

impl Router {
    /// Where the daemons keep their sockets; what `vtysh --vty_socket` needs to see.
    pub fn directory(&self) -> PathBuf {
        Path::new(RUN).join(self.name)
    }

    /// The log of one of the daemons, and its name among the processes.
    pub fn log(&self, program: &str) -> String {
        format!("{}-{program}", self.name)
    }

    /// Starts one daemon, without any configuration. The caller waits for [`Router::vty`], then [`Router::load`]s.
    pub fn start(&self, processes: &mut Processes, program: &str, cores: &str) -> Result<()> {
        let directory = self.directory();
        std::fs::create_dir_all(&directory)?;
        let at = |name: &str| directory.join(name).display().to_string();
        let mut args = Vec::new();
        for (option, value) in [
            ("-i", at(&format!("{program}.pid"))),
            ("-z", at("zserv.api")),
            ("--vty_socket", directory.display().to_string()),
            ("-P", "0".to_owned()),
            ("-u", "root".to_owned()),
            ("-g", "frrvty".to_owned()),
            ("--log", "stdout".to_owned()),
        ] {
            args.extend([option.to_owned(), value]);
        }
        if program == "bfdd" {
            args.extend(["--bfdctl".to_owned(), at("bfdd.sock")]);
        }
        args.extend(options(&self.options, program, &directory.display().to_string()));
        processes.start(&Spec {
            name: &self.log(program),
            namespace: self.namespace,
            program: &Path::new(DAEMONS).join(program),
            args,
            cores,
            precedence: if program == "bfdd" { BFDD_FIRST } else { &[] },
        })?;
        Ok(())
    }

    /// Gives a daemon its part of the configuration, as FRR's own scripts do after a start.
    ///
    /// # Errors
    /// A line that the daemon refuses; the message is vtysh's, with the line's number in `frr.conf`.
    pub fn load(&self, program: &str) -> Result<()> {
        let directory = self.directory();
        let file = directory.join("frr.conf");
        let text = without_syslog(&self.configuration);
        std::fs::write(&file, text).with_context(|| file.display().to_string())?;
        // vtysh insists on this one as well.
        std::fs::write(directory.join("vtysh.conf"), "")?;
        let directory = directory.display().to_string();
        run(&["vtysh", "--vty_socket", &directory, "--config_dir", &directory, "-b", "-d", program])
            .map(drop)
            .with_context(|| format!("the configuration of {}'s {program}", self.name))
    }

    pub fn vty(&self, program: &str) -> Result<Vty> {
        let path = self.directory().join(format!("{program}.vty"));
        let stream = UnixStream::connect(&path).with_context(|| path.display().to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        Vty::over(stream)
    }
}

/// A connection to a daemon's command line, as vtysh makes it: a command ends with a zero byte, an answer with three
/// and the command's return code.
#[derive(Debug)]
pub struct Vty {
    stream: UnixStream,
}

impl Vty {
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

    /// Whether bfdd says that its session with this peer is up.
    pub fn session_up(&mut self, peer: &str) -> Result<bool> {
        let text = self.ask("show bfd peers json")?;
        peer_up(&text, peer)
    }

    /// Whether zebra has selected a route for exactly this prefix.
    pub fn has_route(&mut self, prefix: &str) -> Result<bool> {
        let text = self.ask(&format!("show ip route {prefix} json"))?;
        let routes: serde_json::Value = serde_json::from_str(&text).context("`show ip route json`")?;
        let selected = |route: &serde_json::Value| route["selected"] == true;
        Ok(routes[prefix].as_array().is_some_and(|routes| routes.iter().any(selected)))
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
    fn options_are_those_of_the_program_and_of_the_last_line_that_has_them() {
        let text = "zebra_options=\"-A ::1\"\n# zebra_options=\"-x\"\nzebra_options=\"  -s 9 -M fpm\"\n\
                    bfdd_options=\"--dplaneaddr unix:/run/frr/d.sock\"\n";
        assert_eq!(options(text, "zebra", "/x"), ["-s", "9", "-M", "fpm"]);
        assert_eq!(options(text, "bfdd", "/x"), ["--dplaneaddr", "unix:/x/d.sock"]);
        assert!(options(text, "bgpd", "/x").is_empty());
    }

    #[test]
    fn no_daemon_is_told_to_use_a_syslog_that_is_not_there() {
        use crate::kind::Kind;
        for kind in [Kind::Static, Kind::Bgp, Kind::Igp(Igp::Ospf), Kind::Igp(Igp::Isis), Kind::Frr] {
            let routers = kind.providers().unwrap().into_iter().chain(kind.edge().unwrap());
            for router in routers {
                let loaded = without_syslog(&router.configuration);
                assert!(!loaded.contains("syslog"), "{}: {loaded}", router.name);
                let kept = router.configuration.lines().filter(|line| *line != "log syslog informational");
                assert!(loaded.lines().eq(kept), "{}: {loaded}", router.name);
            }
        }
    }

    #[test]
    fn a_static_provider_has_its_own_ends_of_the_routes_and_of_the_session() {
        let plan = &crate::topology::STATIC;
        let text = static_provider(plan, &plan.isps[0]).configuration;
        assert!(text.contains("ip route 10.0.0.0/24 203.0.113.0\n"));
        assert!(text.contains("peer 203.0.113.0 local-address 203.0.113.1 interface swerve"));
        assert!(!text.contains("203.0.113.2"));
    }
}
