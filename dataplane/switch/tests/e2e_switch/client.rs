//! The control socket from outside, as control and swervectl speak it.

use crate::lab::PATIENCE;
use api::frame::{self, Reader};
use api::show::{Path as PathRow, Rows};
use api::switch::{Bfd, Client, Event, Group, Path, Query, Reply, Request, RouteUpdate};
use api::{Mac, Source};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// One connection.
pub struct Session {
    pub stream: UnixStream,
    reader: Reader,
    events: VecDeque<Event>,
    told: VecDeque<api::events::Event>,
    barriers: u64,
}

/// BFD at 10 ms x 3.
pub const FAST: Bfd =
    Bfd { local: None, desired_min_tx_us: 10_000, required_min_rx_us: 10_000, detect_multiplier: 3 };
/// BFD that a busy machine does not disturb.
pub const CALM: Bfd =
    Bfd { local: None, desired_min_tx_us: 100_000, required_min_rx_us: 100_000, detect_multiplier: 10 };

/// A path that returns 100 ms after it is well.
pub fn path(name: &str, next_hop: &str, bfd: Option<Bfd>) -> Path {
    let interface = name.split('-').next().expect("a name").to_owned();
    let wait = Duration::from_millis(100).as_nanos() as u64;
    Path {
        name: name.to_owned(),
        interface,
        next_hop: next_hop.parse().expect(next_hop),
        bfd,
        wait_to_restore_ns: (wait, 60 * wait),
    }
}

impl Session {
    pub fn open(socket: &std::path::Path, client: Client) -> Session {
        let mut session = Session::silent(socket);
        let welcome = session.ask(&Request::Hello { version: api::VERSION, client });
        assert!(matches!(welcome, Reply::Welcome { version: api::VERSION, .. }), "{welcome:?}");
        session
    }

    /// A connection that has not said hello.
    pub fn silent(socket: &std::path::Path) -> Session {
        let stream = UnixStream::connect(socket).expect("the switch listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Session {
            stream,
            reader: Reader::default(),
            events: VecDeque::new(),
            told: VecDeque::new(),
            barriers: 0,
        }
    }

    pub fn send(&mut self, request: &Request) {
        let mut bytes = Vec::new();
        frame::write(request, &mut bytes).expect("it fits");
        self.stream.write_all(&bytes).expect("the switch reads");
    }

    /// The next answer. Events on the way are kept.
    pub fn reply(&mut self) -> Reply {
        loop {
            match self.message() {
                Some(Reply::Event(event)) => self.events.push_back(event),
                Some(Reply::Told(event)) => self.told.push_back(event),
                Some(reply) => return reply,
                None => panic!("the switch closed the connection"),
            }
        }
    }

    /// The next message; `None` when the switch has closed the connection.
    fn message(&mut self) -> Option<Reply> {
        let mut chunk = [0; 65536];
        loop {
            if let Some(message) = self.reader.take().expect("a message") {
                return Some(message);
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(n) => self.reader.extend(&chunk[..n]),
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => return None,
                // A signal of another test of this process.
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => panic!("no answer from the switch: {e}"),
            }
        }
    }

    /// Whether the switch says anything before it closes the connection.
    pub fn answered(&mut self) -> bool {
        self.message().is_some()
    }

    /// Waits until the switch closes the connection.
    pub fn expect_closed(&mut self) {
        while self.message().is_some() {}
    }

    /// Waits for an event. Those that are not wanted now are kept.
    pub fn event(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.events.iter().position(&mut wanted);
            if let Some(event) = found.and_then(|at| self.events.remove(at)) {
                return event;
            }
            assert!(Instant::now() < deadline, "no event: {what}; there were {:?}", self.events);
            match self.message() {
                Some(Reply::Event(event)) => self.events.push_back(event),
                Some(other) => panic!("{other:?} instead of an event: {what}"),
                None => panic!("the switch closed the connection"),
            }
        }
    }

    /// The next event of those that a program tells.
    pub fn told(&mut self) -> api::events::Event {
        loop {
            if let Some(event) = self.told.pop_front() {
                return event;
            }
            match self.message() {
                Some(Reply::Told(event)) => return event,
                Some(Reply::Event(event)) => self.events.push_back(event),
                Some(other) => panic!("{other:?} instead of what a program tells"),
                None => panic!("the switch closed the connection"),
            }
        }
    }

    /// What was told before the answers that came so far.
    pub fn told_so_far(&mut self) -> Vec<api::events::Event> {
        self.told.drain(..).collect()
    }

    pub fn ask(&mut self, request: &Request) -> Reply {
        self.send(request);
        self.reply()
    }

    /// Why the switch refuses this.
    pub fn refusal(&mut self, request: &Request) -> String {
        match self.ask(request) {
            Reply::Refused { why, .. } => why,
            other => panic!("{other:?} to {request:?}"),
        }
    }

    /// Waits until everything said so far is in force; nothing of it may have been refused.
    pub fn barrier(&mut self) {
        self.barriers += 1;
        let token = self.barriers;
        let reply = self.ask(&Request::Barrier { token });
        assert_eq!(reply, Reply::Done { token });
    }

    /// Sends requests that must not be refused, and waits until they are in force.
    pub fn say(&mut self, requests: &[Request]) {
        requests.iter().for_each(|request| self.send(request));
        self.barrier();
    }

    /// One whole desired state of a source.
    pub fn sync(&mut self, paths: &[Path], routes: &[(&str, Group)]) {
        self.send(&Request::SyncBegin { source: Source::Static });
        self.state(paths, routes);
        self.send(&Request::SyncEnd { source: Source::Static });
        self.barrier();
    }

    /// Paths, numbered from 0, and routes with a group each.
    pub fn state(&mut self, paths: &[Path], routes: &[(&str, Group)]) {
        for (id, path) in paths.iter().enumerate() {
            self.send(&Request::Path { id: id as u32, source: Source::Static, path: path.clone() });
        }
        for (id, (_, group)) in routes.iter().enumerate() {
            self.send(&Request::Group { id: id as u32, group: group.clone() });
        }
        let update = |(id, (prefix, _)): (usize, &(&str, Group))| RouteUpdate {
            prefix: prefix.parse().expect(prefix),
            group: Some(id as u32),
        };
        let updates = routes.iter().enumerate().map(update).collect();
        self.send(&Request::Routes { source: Source::Static, vrf: None, updates });
        self.barrier();
    }

    pub fn neighbor(&mut self, interface: &str, address: &str, mac: Option<Mac>) {
        let address = address.parse().expect(address);
        self.say(&[Request::Neighbor { interface: interface.to_owned(), address, mac }]);
    }

    /// Asks for events, and waits until they are sent.
    pub fn subscribe(&mut self) {
        self.say(&[Request::Subscribe]);
    }

    /// Reloads a file that is right.
    pub fn reload(&mut self, text: String) -> Vec<String> {
        let Reply::Prepared { changes, left } = self.ask(&Request::ReloadPrepare { text }) else {
            panic!("prepared")
        };
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(self.ask(&Request::ReloadCommit), Reply::Ok);
        changes
    }

    pub fn drain(&mut self, path: &str, drained: bool) {
        self.say(&[Request::Drain { path: path.to_owned(), drained }]);
    }

    pub fn show(&mut self, query: Query) -> Rows {
        match self.ask(&Request::Show(query)) {
            Reply::Rows(rows) => rows,
            other => panic!("{other:?}"),
        }
    }

    pub fn paths(&mut self) -> Vec<PathRow> {
        let Rows::Paths(rows) = self.show(Query::Paths) else { panic!("rows of paths") };
        rows
    }

    pub fn path(&mut self, name: &str) -> PathRow {
        let row = self.paths().into_iter().find(|row| row.name == name);
        row.unwrap_or_else(|| panic!("there is no path {name}"))
    }

    pub fn causes(&mut self, name: &str) -> Vec<String> {
        self.path(name).causes
    }

    pub fn bfd(&mut self, name: &str) -> Option<String> {
        self.path(name).bfd
    }
}

/// One path for everything, with backups in order.
pub fn through(primary: u32, backups: &[u32]) -> Group {
    Group::Paths { primaries: vec![(primary, 1)], backups: backups.iter().map(|id| vec![*id]).collect() }
}
