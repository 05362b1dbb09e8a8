//! A switch that records what it is told, and the real `swerve-control` beside it.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use api::control;
use api::frame::{self, Reader};
use api::switch::{Event, Reply, Request};
use api::{Mac, Source};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Far above what anything here takes, on a machine that is busy with something else.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Polls until `what` gives something.
pub fn wait_for<T>(name: &str, mut what: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + LIMIT;
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < until, "{name} did not happen in {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A directory with a file, its sockets and its state.
pub struct Site {
    pub dir: TempDir,
}

pub const TWO_PROVIDERS: &str = r#"
    [[port]]
    name = "p1"
    kernel = "eth1"
    [[port]]
    name = "p2"
    kernel = "eth2"
    [[interface]]
    name = "isp1"
    port = "p1"
    addresses = ["192.0.2.1/24"]
    mirror = true
    [[interface]]
    name = "isp2"
    port = "p2"
    addresses = ["198.51.100.1/24"]
    mirror = true
    [[neighbor]]
    interface = "isp2"
    address = "198.51.100.2"
    mac = "02:00:00:00:00:02"
    [[path]]
    name = "isp1"
    interface = "isp1"
    next_hop = "192.0.2.2"
    [[path]]
    name = "isp2"
    interface = "isp2"
    next_hop = "198.51.100.2"
    [[route]]
    prefix = "0.0.0.0/0"
    next_hops = [{ path = "isp1", preference = 10 }, { path = "isp2", preference = 20 }]
    [[route]]
    prefix = "10.0.0.0/8"
    blackhole = true
"#;

impl Site {
    pub fn new(body: &str) -> Site {
        let site = Site { dir: tempfile::tempdir().unwrap() };
        site.write(body);
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes the file anew, around sockets and state that stay.
    pub fn write(&self, body: &str) {
        let (switch, control) = (self.path("switch.sock"), self.path("control.sock"));
        let (state, stats) = (self.path("state"), self.path("stats"));
        let head = format!(
            "[switch]\nsocket = {switch:?}\nstats = {stats:?}\n[control]\nsocket = {control:?}\nstate = {state:?}\n"
        );
        fs::write(self.path("swerve.toml"), head + body).unwrap();
    }

    pub fn start(&self) -> Control {
        self.start_by(Command::new(env!("CARGO_BIN_EXE_swerve-control")))
    }

    /// Starts it by a command that takes its arguments behind its own.
    pub fn start_by(&self, mut command: Command) -> Control {
        let log = self.path("log");
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let child = command.arg("--config").arg(self.path("swerve.toml")).stderr(file).spawn().unwrap();
        Control { child, log, socket: self.path("control.sock") }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

/// The process; killed when dropped.
pub struct Control {
    child: Child,
    log: PathBuf,
    socket: PathBuf,
}

impl Control {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        wait_for("the end of swerve-control", || self.child.try_wait().unwrap())
    }

    /// A connection of an operator, greeted.
    pub fn client(&self) -> Wire {
        let mut wire = self.raw_client();
        wire.send(&control::Request::Hello { version: api::VERSION });
        assert!(matches!(wire.receive(), Some(control::Reply::Welcome { .. })));
        wire
    }

    pub fn raw_client(&self) -> Wire {
        wait_for("the control socket", || UnixStream::connect(&self.socket).ok().map(Wire::new))
    }

    pub fn ask(&self, request: &control::Request) -> control::Reply {
        let mut wire = self.client();
        wire.send(request);
        wire.receive().expect("an answer")
    }

    pub fn status(&self) -> api::show::ControlStatus {
        match self.ask(&control::Request::Status) {
            control::Reply::Status(status) => status,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("log of swerve-control:\n{}", fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// A blocking, framed stream.
pub struct Wire {
    pub stream: UnixStream,
    reader: Reader,
}

impl Wire {
    pub fn new(stream: UnixStream) -> Wire {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Wire { stream, reader: Reader::default() }
    }

    pub fn send<M: Serialize>(&mut self, message: &M) {
        let mut bytes = Vec::new();
        frame::write(message, &mut bytes).unwrap();
        self.stream.write_all(&bytes).unwrap();
    }

    /// The next message, or `None` when the peer has hung up.
    pub fn receive<M: DeserializeOwned>(&mut self) -> Option<M> {
        let mut chunk = [0; 4096];
        loop {
            if let Some(message) = self.reader.take().unwrap() {
                return Some(message);
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(n) => self.reader.extend(&chunk[..n]),
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return None,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => panic!("nothing came in {LIMIT:?}: {e}"),
            }
        }
    }
}

/// Listens where the switch does.
pub struct FakeSwitch(UnixListener);

impl FakeSwitch {
    pub fn bind(site: &Site) -> FakeSwitch {
        let path = site.path("switch.sock");
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(path).unwrap();
        listener.set_nonblocking(true).unwrap();
        FakeSwitch(listener)
    }

    pub fn accept(&self) -> Session {
        let wire = wait_for("a connection to the switch", || match self.0.accept() {
            Ok((stream, _)) => Some(Wire::new(stream)),
            Err(e) if e.kind() == ErrorKind::WouldBlock => None,
            Err(e) => panic!("{e}"),
        });
        Session { wire }
    }

    /// Accepts and says welcome.
    pub fn greet(&self) -> Session {
        let mut session = self.accept();
        let hello = Request::Hello { version: api::VERSION, client: api::switch::Client::Control };
        assert_eq!(session.next(), hello);
        let (build, stats) = ("fake".to_owned(), String::new());
        session.reply(&Reply::Welcome { version: api::VERSION, build, stats });
        session
    }
}

/// One connection of control to the switch.
pub struct Session {
    pub wire: Wire,
}

impl Session {
    pub fn next(&mut self) -> Request {
        self.wire.receive().expect("control hung up")
    }

    pub fn reply(&mut self, reply: &Reply) {
        self.wire.send(reply);
    }

    pub fn event(&mut self, event: Event) {
        self.reply(&Reply::Event(event));
    }

    /// Everything up to the end of a sync, without its barriers, which are answered.
    pub fn sync(&mut self) -> Vec<Request> {
        self.sync_refusing(|_| None)
    }

    /// The same for a switch that refuses some of it.
    pub fn sync_refusing(&mut self, refuses: impl Fn(&Request) -> Option<Reply>) -> Vec<Request> {
        let mut said = Vec::new();
        let operator = Request::SyncEnd { source: Source::Operator };
        loop {
            match self.next() {
                Request::Barrier { token } => {
                    self.reply(&Reply::Done { token });
                    if said.contains(&operator) {
                        return said;
                    }
                }
                request => {
                    if let Some(refusal) = refuses(&request) {
                        self.reply(&refusal);
                    }
                    said.push(request);
                }
            }
        }
    }

    /// Reads until the next barrier and answers it.
    pub fn barrier(&mut self) -> Vec<Request> {
        let mut said = Vec::new();
        loop {
            match self.next() {
                Request::Barrier { token } => {
                    self.reply(&Reply::Done { token });
                    return said;
                }
                request => said.push(request),
            }
        }
    }

    /// Reads until a neighbor is told, and says which.
    pub fn neighbor(&mut self) -> (String, String, Option<Mac>) {
        loop {
            match self.next() {
                Request::Neighbor { interface, address, mac } => {
                    return (interface, address.to_string(), mac);
                }
                Request::Barrier { token } => self.reply(&Reply::Done { token }),
                _ => {}
            }
        }
    }
}

/// The drains among the requests.
pub fn drains(requests: &[Request]) -> Vec<(&str, bool)> {
    let drain = |request| match request {
        &Request::Drain { ref path, drained } => Some((path.as_str(), drained)),
        _ => None,
    };
    requests.iter().filter_map(drain).collect()
}
