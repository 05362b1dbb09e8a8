//! The one loop of `swerve-control`.
//!
//! Nothing that happens here removes anything from the switch but the end of a sync, and nothing ends a sync but
//! having said everything.

mod learned;
mod program;
mod routes;

use crate::desired::{self, Desired};
use crate::feed::{self, Feed};
use crate::jobs::{Finished, Jobs, Outcome, Refused, Reload, Work};
use crate::learned::Learned;
use crate::learning::Learning;
use crate::link::{Link, LinkError};
use crate::neighbors::Neighbors;
use crate::proxy::Proxy;
use crate::server::Server;
use crate::state::State;
use api::Source;
use api::control::{Reply as Answer, Request as Ask};
use api::show::ControlStatus;
use api::switch::{Event, Reply, Request};
use config::Config;
use mio::{Events, Interest, Poll, Token, Waker};
use process::Limiter;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook_mio::v1_0::Signals;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::{debug, error, info, warn};

/// Bytes that wait for the switch, above which the desired state pauses.
const HIGH_WATER: usize = 1 << 20;

/// Between two looks for paths that were made and that nothing needs any more.
const COLLECT: Duration = Duration::from_secs(30);

const SIGNALS: Token = Token(0);
const LISTENER: Token = Token(1);
const SWITCH: Token = Token(2);
/// Routing daemons have said something.
const LEARNED: Token = Token(3);
/// The first of [`Neighbors`]'.
const NETLINK: Token = Token(16);

/// What the file wants learned.
fn rules(config: &Config) -> &[config::Learn] {
    config.program.as_ref().map_or(&[], |program| &program.learn)
}

/// Whether the switch has applied what the feed has said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fed {
    /// There is no barrier behind it yet.
    Open,
    Asked(u64),
    Applied,
}

pub(crate) struct Daemon {
    poll: Poll,
    signals: Signals,
    file: PathBuf,
    desired: Desired,
    state: State,
    link: Link,
    feed: Feed,
    fed: Fed,
    /// The switch has had the desired state once since the feed began.
    synced: bool,
    /// Parts of the desired state that the switch refused since the feed began.
    refused: u32,
    server: Server,
    jobs: Jobs,
    neighbors: Neighbors,
    learning: Learning,
    learned: Learned,
    /// Paths that failed, and until when traffic stays on their repairs; none before the IGP has said anything new.
    failed: BTreeMap<String, Option<Instant>>,
    proxy: Proxy,
    collect_at: Instant,
    /// Text of a reload whose commit was not confirmed; repeated on the next connection.
    unconfirmed: Option<String>,
    /// A signal asked for a reload while another was under way.
    reload_again: bool,
    /// Why each path is not live, as the switch last said.
    paths: HashMap<String, Vec<String>>,
    limiter: Limiter<(&'static str, String)>,
}

impl Daemon {
    /// Ready to run: signals caught, socket bound. The switch need not be there.
    pub(crate) fn new(file: PathBuf, config: Config) -> anyhow::Result<Daemon> {
        let now = Instant::now();
        let poll = Poll::new()?;
        let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT])?;
        poll.registry().register(&mut signals, SIGNALS, Interest::READABLE)?;
        let (state, problem) = State::load(&config.control.state);
        let mut desired = Desired::new(config, state.routes());
        let config = &desired.config;
        if let Some(problem) = problem {
            error!("{problem}");
        }
        let (socket, group) = (&config.control.socket, &config.switch.socket_group);
        let server = Server::bind(socket, group, poll.registry(), LISTENER)?;
        let link = Link::new(&config.switch.socket, SWITCH, now);
        let mut neighbors = Neighbors::new(NETLINK);
        neighbors.configure(config, [], now);
        let mut learning = Learning::default();
        learning.configure(rules(config));
        let waker = Arc::new(Waker::new(poll.registry(), LEARNED)?);
        let mut learned = Learned::new(waker, now);
        let Desired { config, rib, .. } = &mut desired;
        let problems = learned.configure(config, rib, now);
        if !problems.is_empty() {
            anyhow::bail!("{}", problems.join("; "));
        }
        Ok(Daemon {
            poll,
            signals,
            file,
            desired,
            state,
            link,
            feed: Feed::new(),
            fed: Fed::Open,
            synced: false,
            refused: 0,
            server,
            jobs: Jobs::default(),
            neighbors,
            learning,
            learned,
            failed: BTreeMap::new(),
            proxy: Proxy::default(),
            collect_at: now + COLLECT,
            unconfirmed: None,
            reload_again: false,
            paths: HashMap::new(),
            limiter: Limiter::default(),
        })
    }

    /// Runs until SIGTERM or SIGINT.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let (file, socket) = (self.file.display(), self.desired.config.control.socket.display());
        let (paths, routes) = (self.desired.config.paths.len(), self.desired.rib.len());
        info!(version = env!("CARGO_PKG_VERSION"), %file, %socket, paths, routes, "swerve-control runs");
        for path in self.state.drained().iter().filter(|path| !self.desired.has_path(path)) {
            warn!(path, "a drained path is not in the file; it stays drained should it come back");
        }
        self.warn_of_waiting_routes();
        let mut events = Events::with_capacity(256);
        loop {
            let now = Instant::now();
            self.on_time(now);
            self.pump(now);
            let timeout = self.deadline().map(|at| at.saturating_duration_since(Instant::now()));
            match self.poll.poll(&mut events, timeout) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let now = Instant::now();
            for event in &events {
                match event.token() {
                    SIGNALS => {
                        if self.on_signals(now) {
                            info!("swerve-control ends; the switch goes on as it is");
                            return Ok(());
                        }
                    }
                    SWITCH => self.on_switch(now),
                    LEARNED => self.learned.take(&mut self.desired, now),
                    token if Proxy::owns(token) => self.on_proxy(Proxy::client(token), now),
                    token if self.server.owns(token) => {
                        self.server.ready(token, self.poll.registry(), now);
                        self.serve(token, now);
                        self.proxy.retain(|client| self.server.has(client));
                    }
                    token => {
                        self.neighbors.ready(token, now, self.poll.registry());
                        for (index, interface) in self.neighbors.links() {
                            self.desired.rib.set_link(index, interface);
                        }
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let collect = self.desired.learns().then_some(self.collect_at);
        let failed = self.failed.values().flatten().min().copied();
        let learned = self.learned.deadline(Instant::now());
        let deadlines = [self.link.deadline(), self.jobs.deadline(), self.neighbors.deadline()];
        let deadlines = deadlines.into_iter().chain([collect, failed, learned]);
        deadlines.flatten().min()
    }

    fn on_time(&mut self, now: Instant) {
        self.link.on_time(now, self.poll.registry());
        if self.jobs.is_late(now) {
            // Its answer may still come and be taken for that to a later question: only a new connection is clear.
            self.lose(&LinkError::Timeout(crate::jobs::ANSWER), now);
        }
        self.neighbors.on_time(now, self.poll.registry());
        if self.collect_at <= now {
            self.collect_paths(now);
        }
        let before = self.failed.len();
        self.failed.retain(|_, until| until.is_none_or(|until| until > now));
        if self.failed.len() != before {
            self.tell_failed();
        }
    }

    /// True when the process shall end.
    fn on_signals(&mut self, now: Instant) -> bool {
        let signals: Vec<i32> = self.signals.pending().collect();
        if signals.contains(&SIGTERM) || signals.contains(&SIGINT) {
            return true;
        }
        if signals.contains(&SIGHUP) {
            self.begin_reload(None, now);
        }
        false
    }

    /// Sends what there is to send, as far as the socket takes it: answers to operators first, then neighbors, which
    /// make paths usable, then the rest of the desired state.
    fn pump(&mut self, now: Instant) {
        if let Err(error) = self.try_pump(now) {
            self.lose(&error, now);
        }
        if self.feed.take_made() {
            self.follow_next_hops(now);
        }
        if self.desired.rib.held() > 0 {
            self.on_held(now);
        }
    }

    fn try_pump(&mut self, now: Instant) -> Result<(), LinkError> {
        let complete = self.complete(now);
        let around = feed::Around { drained: self.state.drained(), complete };
        let Some(conn) = self.link.up() else { return Ok(()) };
        loop {
            conn.flush()?;
            if conn.unsent() > HIGH_WATER {
                return Ok(());
            }
            // What an operator waits for goes first, and alone: what is refused meanwhile is its.
            let jobs = self.feed.is_live() && self.jobs.is_busy();
            if let Some(neighbor) = self.neighbors.next_message(now) {
                conn.send(&neighbor)?;
            } else if let Some(request) = self.learning.next_request() {
                conn.send(&Request::Program(request))?;
            } else if !jobs && let Some(request) = self.feed.next(&mut self.desired, &around) {
                conn.send(&request)?;
                self.fed = Fed::Open;
            } else if self.fed == Fed::Open {
                let token = self.jobs.barrier();
                conn.send(&Request::Barrier { token })?;
                self.fed = Fed::Asked(token);
            } else if self.fed != Fed::Applied {
                return Ok(());
            } else if self.feed.is_waiting() {
                self.feed.confirm(&self.desired, self.refused, &around);
            } else if !jobs {
                return Ok(());
            } else {
                let tell = |prefix: &_| self.feed.tell(&mut self.desired, prefix, around.drained);
                let requests = self.jobs.start(tell, now);
                if requests.is_empty() {
                    return Ok(());
                }
                for request in requests {
                    conn.send(&request)?;
                }
            }
        }
    }

    /// Whether everything was heard that a source has to say, by number.
    fn complete(&self, now: Instant) -> [bool; Source::ALL.len()] {
        let (fpm, bgp) = self.learned.is_complete(now);
        Source::ALL.map(|source| match source {
            Source::Static | Source::Operator => true,
            // The paths that were made are its, also those that only BGP uses.
            Source::Fpm => fpm && bgp,
            Source::Bgp => bgp,
        })
    }

    /// Keeps the next hops of paths that were made resolved as well.
    fn follow_next_hops(&mut self, now: Instant) {
        let rib = &self.desired.rib;
        let made = self.desired.made().map(|path| {
            let path = &rib.paths()[path as usize];
            (path.interface as usize, path.next_hop)
        });
        self.neighbors.configure(&self.desired.config, made, now);
    }

    /// Lets go of paths that were made and that nothing needs any more.
    fn collect_paths(&mut self, now: Instant) {
        self.collect_at = now + COLLECT;
        let gone = self.desired.rib.collect_paths();
        if !gone.is_empty() {
            self.feed.forget_paths(&gone);
            self.follow_next_hops(now);
            self.paths.retain(|path, _| self.desired.has_path(path));
            self.failed.retain(|path, _| self.desired.has_path(path));
        }
    }

    fn lose(&mut self, why: &LinkError, now: Instant) {
        self.link.lost(why, now);
        for finished in self.jobs.on_lost(&why.to_string()) {
            self.finish(finished, now);
        }
    }

    fn on_switch(&mut self, now: Instant) {
        let incoming = match self.link.receive(now, self.poll.registry()) {
            Ok(incoming) => incoming,
            Err(error) => return self.lose(&error, now),
        };
        if incoming.welcomed {
            self.feed = Feed::new();
            (self.fed, self.refused, self.synced) = (Fed::Open, 0, false);
            self.neighbors.tell_all_again();
            self.learning.welcomed();
            self.repeat_commit(now);
        }
        for reply in incoming.replies {
            self.on_reply(&reply, now);
        }
        if let Some(closed) = incoming.closed {
            self.lose(&closed.into(), now);
        }
    }

    /// A commit whose end is unknown is said again, before anything that relies on it.
    fn repeat_commit(&mut self, now: Instant) {
        let Some(text) = self.unconfirmed.clone() else { return };
        let Some(conn) = self.link.up() else { return };
        let sent =
            conn.send(&Request::ReloadPrepare { text }).and_then(|()| conn.send(&Request::ReloadCommit));
        if let Err(error) = sent {
            self.lose(&error.into(), now);
        }
    }

    fn on_reply(&mut self, reply: &Reply, now: Instant) {
        let (requests, finished) = self.jobs.on_reply(reply, now);
        if let Some(conn) = self.link.up() {
            for request in requests {
                if let Err(error) = conn.send(&request) {
                    return self.lose(&error.into(), now);
                }
            }
        }
        match reply {
            Reply::Event(event) => self.on_event(event, now),
            Reply::Told(event) => self.learning.on_event(event, now),
            Reply::Program(api::program::Reply::Learned(learned)) => self.learning.on_learned(learned, now),
            Reply::Refused { request, why } if self.learning.on_refused(request, why, now) => {}
            Reply::Done { token } if self.fed == Fed::Asked(*token) => self.on_fed(),
            Reply::Refused { request, why } if finished.is_none() => {
                if matches!(request.as_str(), "sync-begin" | "path" | "group" | "routes") {
                    self.refused += 1;
                }
                if let Some(suppressed) = self.limiter.admit(("refused", request.clone()), now) {
                    warn!(request, reason = why, suppressed, "the switch refused a request");
                }
            }
            _ => {}
        }
        if let Some(finished) = finished {
            self.finish(finished, now);
        }
    }

    /// The switch has applied what the feed has said so far.
    fn on_fed(&mut self) {
        self.fed = Fed::Applied;
        if self.synced {
            return;
        }
        let refused = self.refused;
        if self.feed.is_waiting() && refused > 0 {
            error!(refused, "the switch refused a part of the desired state: nothing that it has is removed");
        }
        if self.feed.is_live() && refused == 0 {
            self.synced = true;
            self.unconfirmed = None;
            let (paths, routes) = (self.desired.rib.path_ids().count(), self.desired.rib.len());
            info!(paths, routes, "the switch has the desired state");
        }
    }

    /// Routes of an IGP stay on their repairs for a while (RFC 8333).
    fn on_failure(&mut self, path: &str, failed: bool) {
        let changed = if failed {
            self.failed.insert(path.to_owned(), None).is_none()
        } else {
            self.failed.remove(path).is_some()
        };
        if changed {
            self.tell_failed();
        }
    }

    /// The IGP has new routes: the delay begins, which may be long after the failure where the IGP noticed that late.
    fn on_held(&mut self, now: Instant) {
        let Some(fpm) = &self.desired.config.fpm else { return };
        for until in self.failed.values_mut() {
            until.get_or_insert(now + fpm.uloop_delay);
        }
    }

    fn tell_failed(&mut self) {
        let rib = &self.desired.rib;
        let failed = rib.path_ids().filter(|path| self.failed.contains_key(&self.desired.path_name(*path)));
        let failed = failed.collect();
        self.desired.rib.set_failed(failed);
    }

    fn on_event(&mut self, event: &Event, now: Instant) {
        match event {
            Event::PathState { path, causes } => {
                let old = self.paths.insert(path.clone(), causes.clone());
                let was_well = old.as_ref().is_none_or(Vec::is_empty);
                if was_well != causes.is_empty() {
                    self.on_failure(path, was_well);
                }
                let say = |causes: &[String]| if causes.is_empty() { "live" } else { "not live" };
                if old.as_ref() != Some(causes)
                    && let Some(suppressed) = self.limiter.admit(("path", path.clone()), now)
                {
                    let old = old.map_or("unknown", |causes| say(&causes));
                    let reason = if causes.is_empty() { "all is well".to_owned() } else { causes.join(", ") };
                    info!(path, old, new = say(causes), reason, suppressed, "path");
                }
            }
            Event::Link { port, up } => {
                if let Some(suppressed) = self.limiter.admit(("port", port.clone()), now) {
                    let say = |up: bool| if up { "up" } else { "down" };
                    info!(
                        port,
                        old = say(!up),
                        new = say(*up),
                        reason = "the switch says so",
                        suppressed,
                        "link"
                    );
                }
            }
            Event::Unresolved { interface, address } => self.neighbors.unresolved(interface, *address, now),
        }
    }

    /// Works on what that client asks until it has to wait.
    fn serve(&mut self, client: Token, now: Instant) {
        while let Some(request) = self.server.next_request(client, now) {
            match request {
                Ask::Hello { .. } => unreachable!("the server greets"),
                Ask::Status => {
                    let status = Answer::Status(self.status());
                    self.server.reply(client, &status, now);
                }
                Ask::Reload => self.begin_reload(Some(client), now),
                Ask::Drain { path } => self.drain(client, path, true, now),
                Ask::Undrain { path } => self.drain(client, path, false, now),
                Ask::RouteAdd { prefix, route } => self.route_add(client, prefix, route, now),
                Ask::RouteDelete { prefix } => self.route_delete(client, prefix, now),
                Ask::Program(request) => self.ask_switch(client, request, now),
                Ask::Rib { vrf, within, after, limit } => {
                    let answer = self.show_rib(vrf.as_deref(), within, after, limit);
                    self.server.reply(client, &answer, now);
                }
                Ask::Coverage => {
                    let answer = self.show_coverage();
                    self.server.reply(client, &answer, now);
                }
                Ask::Peers => {
                    let answer = self.show_peers(now);
                    self.server.reply(client, &answer, now);
                }
                Ask::Names => {
                    let answer = self.names();
                    self.server.reply(client, &answer, now);
                }
                Ask::WhatIf { fail, list } => {
                    let answer = self.what_if(&fail, list);
                    self.server.reply(client, &answer, now);
                }
            }
        }
    }

    /// By number, the paths that nothing speaks against.
    fn usable(&self) -> Vec<bool> {
        let mut usable = vec![false; self.desired.rib.paths().len()];
        for path in self.desired.rib.path_ids() {
            let name = self.desired.path_name(path);
            let well = self.paths.get(&name).is_none_or(Vec::is_empty);
            usable[path as usize] = well && !self.state.drained().contains(&name);
        }
        usable
    }

    fn status(&self) -> ControlStatus {
        let usable = self.usable();
        ControlStatus {
            build: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            config: self.file.display().to_string(),
            switch_connected: self.link.is_up(),
            paths: self.desired.rib.path_ids().count() as u64,
            routes: self.desired.rib.len() as u64,
            operator_routes: self.state.routes().len() as u64,
            drained: self.state.drained().iter().cloned().collect(),
            coverage_percent: self.desired.rib.coverage(|path| usable[path as usize]).percent(),
            refused_connections: self.server.refused(),
        }
    }

    fn drain(&mut self, client: Token, path: String, drained: bool, now: Instant) {
        let is_kept = self.state.drained().contains(&path);
        if !self.desired.has_path(&path) && (drained || !is_kept) {
            let why = self.desired.no_path(&path);
            return self.server.reply(client, &Answer::Refused { why }, now);
        }
        match self.state.set_drained(&path, drained) {
            Err(error) => {
                let dir = self.desired.config.control.state.display();
                let why = format!("cannot keep this across a restart in {dir}: {error}; nothing was changed");
                error!(path, drained, reason = why, "drain refused");
                self.server.reply(client, &Answer::Refused { why }, now);
            }
            Ok(true) => {
                let say = |drained: bool| if drained { "drained" } else { "in use" };
                info!(path, old = say(!drained), new = say(drained), reason = "operator", "path");
                self.tell_drain(client, path, drained, now);
            }
            Ok(false) => {
                let what = if drained { "already drained" } else { "not drained" };
                let answer = Answer::Ok { changes: Vec::new(), left: vec![format!("path {path}: {what}")] };
                self.server.reply(client, &answer, now);
            }
        }
    }

    fn tell_drain(&mut self, client: Token, path: String, drained: bool, now: Instant) {
        if !self.desired.has_path(&path) {
            let outcome = Outcome::Drained { path, drained, doubt: None };
            self.finish((Some(client), outcome), now);
        } else if self.link.is_up() {
            self.jobs.push(Some(client), Work::Drain { path, drained }, now);
        } else {
            let doubt = Some(format!("{}; it is told when it is back", self.no_switch()));
            self.finish((Some(client), Outcome::Drained { path, drained, doubt }), now);
        }
    }

    fn no_switch(&self) -> String {
        format!("there is no connection to the switch at {}", self.link.path().display())
    }

    fn begin_reload(&mut self, client: Option<Token>, now: Instant) {
        if client.is_none() && self.jobs.has_reload() {
            self.reload_again = true;
            return;
        }
        match self.plan_reload() {
            Ok(reload) => self.jobs.push(client, Work::Reload(Box::new(reload)), now),
            Err(why) => self.finish((client, Outcome::NotReloaded { why }), now),
        }
    }

    fn plan_reload(&self) -> Result<Reload, Refused> {
        if self.jobs.has_reload() {
            return Err(Refused::Now("another reload is under way".to_owned()));
        }
        let name = self.file.display().to_string();
        let text = crate::read_file(&self.file);
        let text = text.map_err(|error| Refused::BadFile(format!("cannot read {name}: {error}")))?;
        let new = Config::parse(&name, &text);
        let new = new.map_err(|errors| Refused::BadFile(errors.plain().trim_end().to_owned()))?;
        if !self.link.is_up() {
            return Err(Refused::Now(format!("{}, and a reload needs both processes", self.no_switch())));
        }
        let diff = self.desired.config.diff(&new);
        if let Some(why) = diff.too_much() {
            return Err(Refused::Now(why));
        }
        let changes = diff.changes.iter().map(ToString::to_string).collect();
        if let Some(why) = desired::too_much(&diff.after, self.state.routes()) {
            return Err(Refused::Now(why));
        }
        Ok(Reload { text, after: diff.after, changes, left: diff.cannot })
    }

    fn finish(&mut self, (client, outcome): Finished, now: Instant) {
        let answer = match outcome {
            Outcome::Drained { path, drained, doubt } => {
                let what = if drained { "drained" } else { "in use again" };
                Answer::Ok {
                    changes: vec![format!("path {path}: {what}")],
                    left: doubt.into_iter().collect(),
                }
            }
            Outcome::Routed { prefix, was, what, doubt, refused } => {
                self.routed(prefix, was, what, doubt, refused)
            }
            Outcome::NotReloaded { why } => {
                let (Refused::BadFile(reason) | Refused::Now(reason)) = &why;
                error!(reason, "reload refused; everything stays as it was");
                match why {
                    Refused::BadFile(why) => Answer::BadFile { why },
                    Refused::Now(why) => Answer::Refused { why },
                }
            }
            Outcome::Reloaded(reload) => {
                let Reload { changes, mut left, after, .. } = *reload;
                info!(?changes, ?left, "reloaded");
                // Only who listens knows whether he can.
                left.extend(self.adopt(after, now));
                Answer::Ok { changes, left }
            }
            Outcome::Unknown(reload) => {
                let why = "the switch was told to apply the file and its connection was lost before it said so; \
                           the file is applied again when the switch is back";
                error!(reason = why, "reload unconfirmed");
                self.unconfirmed = Some(reload.text);
                // The log has its problems; the answer is that nobody knows.
                drop(self.adopt(reload.after, now));
                Answer::Refused { why: why.to_owned() }
            }
        };
        if let Some(client) = client {
            self.server.reply(client, &answer, now);
            self.serve(client, now);
        }
        if !self.jobs.has_reload() && std::mem::take(&mut self.reload_again) {
            self.begin_reload(None, now);
        }
    }

    /// From here on `config` is what the switch shall do. It is told everything; what it has already does not change. Returns why
    /// routing daemons are not listened to as it says.
    fn adopt(&mut self, config: Config, now: Instant) -> Vec<String> {
        // With what an operator did while the switch looked at the file.
        self.desired.adopt(config, self.state.routes());
        let desired = &self.desired;
        debug!(paths = desired.config.paths.len(), routes = desired.rib.len(), "new desired state");
        let Desired { config, rib, .. } = &mut self.desired;
        let problems = self.learned.configure(config, rib, now);
        for problem in &problems {
            error!(reason = problem, "a routing daemon is not listened to as the file says");
        }
        self.follow_next_hops(now);
        let desired = &self.desired;
        self.learning.configure(rules(&desired.config));
        self.paths.retain(|path, _| self.desired.has_path(path));
        // By the numbers of now.
        self.tell_failed();
        self.warn_of_waiting_routes();
        self.feed.restart();
        (self.fed, self.refused, self.synced) = (Fed::Open, 0, false);
        problems
    }
}
