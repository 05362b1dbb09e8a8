//! The control socket: what `swerve-control` would say.

use crate::table::Route;
use anyhow::{Context, Result, bail};
use api::show::{Rows, SwitchStatus};
use api::switch::{self, Query, Reply, Request, RouteUpdate};
use api::{Source, frame, program};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Loading a million routes takes seconds; a switch that says nothing for this long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to the switch.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    reader: frame::Reader,
    barriers: u64,
}

impl Client {
    pub fn connect(socket: &Path) -> Result<Client> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut client = Client { stream, reader: frame::Reader::default(), barriers: 0 };
        client.send(&Request::Hello { version: api::VERSION, client: switch::Client::Control })?;
        match client.reply()? {
            Reply::Welcome { .. } => Ok(client),
            other => bail!("the switch answers hello with {other:?}"),
        }
    }

    pub fn send(&mut self, request: &Request) -> Result<()> {
        let mut bytes = Vec::new();
        frame::write(request, &mut bytes)?;
        self.send_encoded(&bytes)
    }

    /// Sends frames that were encoded before, so that only the switch's work is measured.
    pub fn send_encoded(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).context("writing to the control socket")
    }

    fn reply(&mut self) -> Result<Reply> {
        let mut bytes = [0; 1 << 16];
        loop {
            if let Some(reply) = self.reader.take()? {
                return Ok(reply);
            }
            let got = self.stream.read(&mut bytes).context("reading from the control socket")?;
            if got == 0 {
                bail!("the switch closed the control socket");
            }
            self.reader.extend(&bytes[..got]);
        }
    }

    /// Waits until everything sent so far is applied. A refusal is an error.
    pub fn barrier(&mut self) -> Result<()> {
        self.barriers += 1;
        let token = self.barriers;
        self.send(&Request::Barrier { token })?;
        match self.reply()? {
            Reply::Done { token: done } if done == token => Ok(()),
            Reply::Refused { request, why } => bail!("the switch refuses {request}: {why}"),
            other => bail!("the switch answers a barrier with {other:?}"),
        }
    }

    pub fn status(&mut self) -> Result<SwitchStatus> {
        match self.show(Query::Version)? {
            Rows::Version(status) => Ok(status),
            other => bail!("the switch answers with {other:?}"),
        }
    }

    pub fn paths(&mut self) -> Result<Vec<api::show::Path>> {
        match self.show(Query::Paths)? {
            Rows::Paths(paths) => Ok(paths),
            other => bail!("the switch answers with {other:?}"),
        }
    }

    /// Puts a program in the place of the one that runs.
    pub fn load_program(&mut self, file: &Path) -> Result<()> {
        let source = program::Source {
            file: file.display().to_string(),
            text: None,
            included: vec![],
            include: vec![],
        };
        self.send(&Request::Program(program::Request::Load(source)))?;
        match self.reply()? {
            Reply::Program(program::Reply::Loaded { .. }) => Ok(()),
            other => bail!("the switch answers with {other:?}"),
        }
    }

    fn show(&mut self, query: Query) -> Result<Rows> {
        self.send(&Request::Show(query))?;
        match self.reply()? {
            Reply::Rows(rows) => Ok(rows),
            other => bail!("the switch answers with {other:?}"),
        }
    }

    /// Adds routes, each to the group of its number.
    pub fn add(&mut self, routes: &[Route]) -> Result<()> {
        for batch in routes.chunks(switch::MAX_ROUTES) {
            let update = |route: &Route| RouteUpdate { prefix: route.prefix.net(), group: Some(route.group) };
            self.send(&updates(batch.iter().map(update).collect()))?;
        }
        Ok(())
    }
}

pub fn updates(updates: Vec<RouteUpdate>) -> Request {
    Request::Routes { source: Source::Static, vrf: None, updates }
}
