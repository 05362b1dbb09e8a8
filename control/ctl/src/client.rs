//! One question and its answer over a Unix socket, within a time limit.

use crate::failure::{Failure, Process};
use api::frame::{self, FrameError, Reader};
use api::{control, program, switch};
use serde::{Serialize, de::DeserializeOwned};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A connection to one process, greeted.
#[derive(Debug)]
struct Connection {
    process: Process,
    path: PathBuf,
    stream: UnixStream,
    reader: Reader,
    limit: Duration,
}

impl Connection {
    fn open(process: Process, path: &Path, limit: Duration) -> Result<Connection, Failure> {
        let failed = |source: io::Error| {
            let path = path.to_owned();
            match source.kind() {
                ErrorKind::PermissionDenied => Failure::NotAllowed { process, path, source },
                // The queue of connections is full: nobody accepts.
                ErrorKind::WouldBlock => Failure::Silent { process, path, seconds: limit.as_secs_f64() },
                _ => Failure::NotRunning { process, path, source },
            }
        };
        let connect = || {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            // Limits the wait for a place in the queue too.
            socket.set_write_timeout(Some(limit))?;
            socket.connect(&SockAddr::unix(path)?)?;
            Ok(UnixStream::from(socket))
        };
        let stream = connect().map_err(failed)?;
        Ok(Connection { process, path: path.to_owned(), stream, reader: Reader::default(), limit })
    }

    fn send<M: Serialize>(&mut self, message: &M) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        frame::write(message, &mut bytes).map_err(|e| self.broken(e.to_string()))?;
        self.stream.write_all(&bytes).map_err(|e| self.failed(&e))
    }

    fn receive<M: DeserializeOwned>(&mut self) -> Result<M, Failure> {
        self.receive_until(Some(Instant::now() + self.limit))
    }

    /// However long it takes.
    fn wait<M: DeserializeOwned>(&mut self) -> Result<M, Failure> {
        self.receive_until(None)
    }

    fn receive_until<M: DeserializeOwned>(&mut self, deadline: Option<Instant>) -> Result<M, Failure> {
        let mut bytes = vec![0; 1 << 16];
        loop {
            match self.reader.take() {
                Ok(Some(message)) => return Ok(message),
                Ok(None) => {}
                Err(error @ FrameError::Malformed(_)) => return Err(self.other_version(error.to_string())),
                Err(error) => return Err(self.broken(error.to_string())),
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(self.silent());
            }
            self.stream.set_read_timeout(left).map_err(|e| self.failed(&e))?;
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(self.broken("it closed the connection without an answer".into())),
                Ok(len) => self.reader.extend(&bytes[..len]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
    }

    fn failed(&self, error: &io::Error) -> Failure {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => self.silent(),
            _ => self.broken(error.to_string()),
        }
    }

    fn silent(&self) -> Failure {
        Failure::Silent { process: self.process, path: self.path.clone(), seconds: self.limit.as_secs_f64() }
    }

    fn broken(&self, why: String) -> Failure {
        Failure::Broken { process: self.process, path: self.path.clone(), why }
    }

    fn other_version(&self, why: String) -> Failure {
        Failure::OtherVersion { process: self.process, path: self.path.clone(), why }
    }

    /// Another version, or somebody who may not ask: the other end says which.
    fn unwelcome(&self, why: String) -> Failure {
        Failure::Unwelcome { process: self.process, path: self.path.clone(), why }
    }

    fn greeted(&self, version: u32) -> Result<(), Failure> {
        if version == api::VERSION {
            return Ok(());
        }
        let why = format!("it speaks version {version} of the messages, this command {}", api::VERSION);
        Err(self.other_version(why))
    }

    fn confused(&self) -> Failure {
        self.broken("it answered something else than what was asked".into())
    }
}

/// `swerve-switch`, greeted.
#[derive(Debug)]
pub struct SwitchClient(Connection);

impl SwitchClient {
    pub fn connect(path: &Path, limit: Duration) -> Result<SwitchClient, Failure> {
        let mut client = SwitchClient(Connection::open(Process::Switch, path, limit)?);
        let hello = switch::Request::Hello { version: api::VERSION, client: switch::Client::Operator };
        client.0.send(&hello)?;
        match client.reply()? {
            switch::Reply::Welcome { version, .. } => client.0.greeted(version)?,
            switch::Reply::Refused { why, .. } => return Err(client.0.unwelcome(why)),
            _ => return Err(client.0.confused()),
        }
        Ok(client)
    }

    pub fn show(&mut self, query: switch::Query) -> Result<api::show::Rows, Failure> {
        self.0.send(&switch::Request::Show(query))?;
        match self.reply()? {
            switch::Reply::Rows(rows) => Ok(rows),
            switch::Reply::Refused { why, .. } => Err(Failure::Refused { process: Process::Switch, why }),
            _ => Err(self.0.confused()),
        }
    }

    /// A request about the P4 program. A refusal is an error.
    pub fn program(&mut self, request: program::Request) -> Result<program::Reply, Failure> {
        self.0.send(&switch::Request::Program(request))?;
        self.next_program()
    }

    /// Another answer to the same request.
    pub fn next_program(&mut self) -> Result<program::Reply, Failure> {
        match self.reply()? {
            switch::Reply::Program(reply) => Ok(reply),
            switch::Reply::Refused { why, .. } => Err(Failure::Refused { process: Process::Switch, why }),
            _ => Err(self.0.confused()),
        }
    }

    /// The next event of those that were asked for by [`program::Request::Follow`]; waits as long as it takes.
    pub fn event(&mut self) -> Result<api::events::Event, Failure> {
        loop {
            match self.0.wait()? {
                switch::Reply::Told(event) => return Ok(event),
                switch::Reply::Event(_) => {}
                _ => return Err(self.0.confused()),
            }
        }
    }

    /// For an answer that is not of the kind that was asked for.
    pub fn confused(&self) -> Failure {
        self.0.confused()
    }

    fn reply(&mut self) -> Result<switch::Reply, Failure> {
        loop {
            match self.0.receive()? {
                switch::Reply::Event(_) => {}
                switch::Reply::Told(_) => {}
                reply => return Ok(reply),
            }
        }
    }
}

/// One request to `swerve-control`, which is greeted first. A refusal is an error.
pub fn ask_control(
    path: &Path,
    limit: Duration,
    request: &control::Request,
) -> Result<control::Reply, Failure> {
    let mut connection = Connection::open(Process::Control, path, limit)?;
    connection.send(&control::Request::Hello { version: api::VERSION })?;
    match connection.receive()? {
        control::Reply::Welcome { version, .. } => connection.greeted(version)?,
        control::Reply::Refused { why } => return Err(connection.unwelcome(why)),
        _ => return Err(connection.confused()),
    }
    connection.send(request)?;
    match connection.receive()? {
        control::Reply::Refused { why } => Err(Failure::Refused { process: Process::Control, why }),
        control::Reply::BadFile { why } => {
            let process = Process::Control;
            Err(Failure::Usage(format!("{process} refused the file, and nothing was changed:\n{why}")))
        }
        control::Reply::Welcome { .. } => Err(connection.confused()),
        reply => Ok(reply),
    }
}
