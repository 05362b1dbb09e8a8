//! The routes of FRR's zebra: a thread of its own reads what zebra says as fast as it comes, whatever the main loop
//! does, so that zebra never waits; what it means is [`fpm::Session`]'s.
//!
//! There is no queue between the two. The session remembers of which of its routes the main loop has not heard, so a
//! prefix that changes a hundred times is told once, and what waits is bounded by the table, which has a limit.
//!
//! The main loop owns an [`Fpm`], is woken when there is something to take, and takes so much in a turn:
//!
//! ```text
//! let mut fpm = Fpm::start(settings, waker)?;
//! ...
//! WAKE => for change in fpm.take(4096) { rib.apply(change) }   // woken again while something is left
//! ```
//!
//! It is woken too when [`Fpm::is_complete`] becomes true: only then does a route that somebody else remembers and
//! zebra has not told not exist. The lock is held for a read of 64 KiB or for what one [`Fpm::take`] takes: about a
//! millisecond.

mod listener;
mod shared;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod zebra_tests;

use crate::neighbors::netns;
use ::fpm::Change;
use listener::Listener;
use mio::Waker;
use mio::net::TcpListener;
use shared::Shared;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the file says of FPM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    /// Who may connect beside this host.
    pub(crate) allow: Vec<IpAddr>,
    /// The network namespace of zebra, when it is another than the process' own.
    pub(crate) netns: Option<String>,
    /// See [`fpm::Config`].
    pub(crate) hold: Duration,
    /// See [`fpm::Config`]; as it was at the start.
    pub(crate) routes: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        let ::fpm::Config { hold, routes } = ::fpm::Config::default();
        let listen = (Ipv4Addr::LOCALHOST, ::fpm::PORT).into();
        Settings { listen, allow: Vec::new(), netns: None, hold, routes }
    }
}

/// Why nobody listens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("cannot listen for FPM at {address}: {error}")]
    Bind { address: SocketAddr, error: io::Error },
    #[error("FPM has no thread: {0}")]
    Thread(io::Error),
}

/// What `show peers` says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Snapshot {
    /// Where zebra is awaited.
    pub(crate) listen: SocketAddr,
    /// Who is connected.
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) session: ::fpm::Snapshot,
    /// Route messages in a second, over the last one at least.
    pub(crate) rate: u64,
    /// Since when there has always been something to take; zero when there is nothing.
    pub(crate) lag: Duration,
    /// Connections from hosts that may not, and the last such host.
    pub(crate) refused_hosts: u64,
    pub(crate) last_refused_host: Option<IpAddr>,
    /// Connections that were reset because what came was no FPM, and why the last one was.
    pub(crate) resets: u64,
    pub(crate) last_reset: Option<::fpm::StreamError>,
}

/// The listening thread, and what it has heard.
#[derive(Debug)]
pub(crate) struct Fpm {
    settings: Settings,
    shared: Arc<Shared>,
    /// `None` only while, or after, another one could not be started.
    thread: Option<Thread>,
}

impl Fpm {
    /// Listens. `taker` belongs to the loop that takes, and may be shared with other sources.
    ///
    /// # Errors
    /// The address is taken or not this host's, or there can be no thread.
    pub(crate) fn start(settings: Settings, taker: Arc<Waker>) -> Result<Fpm, StartError> {
        let listener = bind(&settings)?;
        let shared = Arc::new(Shared::new(&settings, taker));
        let thread = Some(Thread::start(listener, &shared)?);
        Ok(Fpm { settings, shared, thread })
    }

    /// Goes on with other settings, and the routes that there are. Zebra has to connect anew only when the address or
    /// the namespace is another.
    ///
    /// # Errors
    /// As [`Fpm::start`]; everything then stays as it was, unless it is the thread that cannot be.
    pub(crate) fn configure(&mut self, settings: Settings) -> Result<(), StartError> {
        let stays = (&settings.listen, &settings.netns) == (&self.settings.listen, &self.settings.netns);
        if !stays || self.thread.is_none() {
            let listener = match bind(&settings) {
                Err(StartError::Bind { error, .. })
                    if error.kind() == io::ErrorKind::AddrInUse && self.is_in_the_way(&settings) =>
                {
                    self.thread = None;
                    bind(&settings).or_else(|error| {
                        self.thread = Some(Thread::start(bind(&self.settings)?, &self.shared)?);
                        Err(error)
                    })?
                }
                other => other?,
            };
            // The old one first: it must not say of its connection's end what is then believed of the new one's.
            self.thread = None;
            self.thread = Some(Thread::start(listener, &self.shared)?);
        }
        self.shared.configure(&settings);
        self.settings = settings;
        Ok(())
    }

    /// Whether it is we who have a part of what is to be listened at, as when one address becomes all of them.
    fn is_in_the_way(&self, settings: &Settings) -> bool {
        let ours = self.thread.as_ref().map(|thread| thread.address);
        ours.is_some_and(|ours| ours.port() == settings.listen.port())
            && settings.netns == self.settings.netns
    }

    /// The oldest of what changed, at most that many, each as it is now. The waker is called again when there is more.
    pub(crate) fn take(&mut self, most: usize) -> Vec<Change> {
        self.shared.take(most)
    }

    /// See [`fpm::Session::is_complete`].
    pub(crate) fn is_complete(&self) -> bool {
        self.shared.is_complete()
    }

    /// When zebra's connection was last lost.
    pub(crate) fn lost_at(&self) -> Option<Instant> {
        self.shared.lost_at()
    }

    /// See [`fpm::Session::is_settled`].
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        self.shared.is_settled(now)
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Snapshot {
        let listen = self.thread.as_ref().map_or(self.settings.listen, |thread| thread.address);
        self.shared.snapshot(listen, now)
    }
}

fn bind(settings: &Settings) -> Result<TcpListener, StartError> {
    let address = settings.listen;
    netns::within(settings.netns.as_deref(), || TcpListener::bind(address))
        .map_err(|error| StartError::Bind { address, error })
}

/// Ends with its owner.
#[derive(Debug)]
struct Thread {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    waker: Waker,
    handle: Option<JoinHandle<()>>,
}

impl Thread {
    fn start(listener: TcpListener, shared: &Arc<Shared>) -> Result<Thread, StartError> {
        let address = listener.local_addr().map_err(StartError::Thread)?;
        let stop = Arc::new(AtomicBool::new(false));
        let listener = Listener::new(listener, Arc::clone(shared), Arc::clone(&stop));
        let (listener, waker) = listener.map_err(StartError::Thread)?;
        let handle = std::thread::Builder::new().name("fpm".to_owned()).spawn(|| listener.run());
        Ok(Thread { address, stop, waker, handle: Some(handle.map_err(StartError::Thread)?) })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Without a waker nobody could end it, and to wait for it would be for ever.
        if self.waker.wake().is_ok()
            && let Some(handle) = self.handle.take()
            && handle.join().is_err()
        {
            tracing::error!("the thread that listens for FPM has panicked");
        }
    }
}
