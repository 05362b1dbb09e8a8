//! Feeds of paths by BGP: what FPM hides, the losers, of one or several routing daemons.
//!
//! A thread of its own listens, reads and keeps time, so that nothing the main loop does lets a hold timer end; what
//! the sessions mean is [`bgp::Peer`]'s. There is no queue between the two: a peer's table remembers which of its paths
//! the main loop has not heard of, so a path that changes a hundred times is told once, and what waits is bounded by
//! the table. When too much waits, the thread stops reading and TCP holds the daemon back.
//!
//! The main loop owns a [`Feeds`], is woken when there is something to take, and takes so much in a turn:
//!
//! ```text
//! let mut feeds = Feeds::start(&settings, Arc::new(Waker::new(poll.registry(), FEEDS)?))?;
//! ...
//! FEEDS => for change in feeds.take(4096) { rib.apply(change) }   // woken again while something is left
//! ```
//!
//! The lock is held for a read of 64 KiB or for what one [`Feeds::take`] takes, some milliseconds; the longest is the end
//! of a whole table that was stale.

mod connections;
mod listening;
mod thread;

pub(crate) use listening::ListenError;

use ::bgp::{Change, Local, Neighbor, Peer, Status};
use config::VrfId;
use mio::Waker;
use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use thread::Thread;

/// Signs every segment of a neighbor's (RFC 2385).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(pub(crate) String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A neighbor as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NeighborSettings {
    /// Whose routes it tells.
    pub(crate) vrf: VrfId,
    /// From where it connects; a neighbor is known by it.
    pub(crate) address: IpAddr,
    pub(crate) asn: u32,
    pub(crate) password: Option<Password>,
    /// See [`Neighbor::path_limit`].
    pub(crate) path_limit: u32,
    /// See [`Neighbor::stale_hold`].
    pub(crate) stale_hold: Duration,
}

/// What the file says of BGP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    /// The network namespace of the daemons, when it is another than the process' own.
    pub(crate) netns: Option<String>,
    pub(crate) local: Local,
    pub(crate) neighbors: Vec<NeighborSettings>,
}

/// What `show peers` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) peers: Vec<(VrfId, Status)>,
    /// Connections from addresses that are no neighbor's, or too many at once.
    pub(crate) refused: u64,
}

/// A configured neighbor, and what it was configured by.
#[derive(Debug)]
struct Member {
    settings: NeighborSettings,
    peer: Peer,
}

/// What the thread and the main loop share.
#[derive(Debug)]
struct Shared {
    members: Vec<Member>,
    /// The number of the next neighbor. One that was removed and comes again is another.
    next: u32,
    /// Whose changes are taken first next time.
    turn: usize,
    /// To be listened at from now on.
    listener: Option<TcpListener>,
    refused: u64,
    /// The main loop was woken and has not taken everything.
    told: bool,
    stop: bool,
}

impl Shared {
    fn waiting(&self) -> usize {
        self.members.iter().map(|member| member.peer.waiting()).sum()
    }

    fn member(&mut self, number: u32) -> Option<&mut Peer> {
        let mut peers = self.members.iter_mut().map(|member| &mut member.peer);
        peers.find(|peer| peer.neighbor().number == number)
    }

    /// The neighbor that connects from there.
    fn at(&mut self, address: IpAddr) -> Option<&mut Peer> {
        let mut peers = self.members.iter_mut().map(|member| &mut member.peer);
        peers.find(|peer| !peer.is_retired() && peer.neighbor().address == address)
    }

    /// Retires who is not in the settings as it was, and adds who is new.
    fn configure(&mut self, settings: &Settings, all_anew: bool, now: Instant) {
        let stays = |member: &Member| !all_anew && settings.neighbors.contains(&member.settings);
        for member in &mut self.members {
            if !member.peer.is_retired() && !stays(member) {
                member.peer.retire(now);
            }
        }
        for neighbor in &settings.neighbors {
            let has = |member: &Member| !member.peer.is_retired() && member.settings == *neighbor;
            if self.members.iter().any(has) {
                continue;
            }
            let NeighborSettings { address, asn, path_limit, stale_hold, .. } = *neighbor;
            let number = self.next;
            self.next += 1;
            let configured = Neighbor { number, address, asn, path_limit, stale_hold };
            let peer = Peer::new(settings.local, configured, seed(), now);
            self.members.push(Member { settings: neighbor.clone(), peer });
        }
    }
}

/// A number that a peer cannot guess, so that it cannot choose prefixes whose hashes collide.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// The lock, and the ways to wake both sides.
#[derive(Debug)]
struct Common {
    shared: Mutex<Shared>,
    main: Arc<Waker>,
    thread: Waker,
}

impl Common {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The neighbors of the file, and the thread that hears them. Dropping it closes their connections.
#[derive(Debug)]
pub(crate) struct Feeds {
    common: Arc<Common>,
    settings: Settings,
    /// That of the thread, where keys are set.
    listener: TcpListener,
    thread: Option<JoinHandle<()>>,
}

impl Feeds {
    /// Listens, and starts the thread. `main` wakes the main loop when there is something to take; a poll has only one
    /// waker, which others may use too.
    ///
    /// # Errors
    /// The address cannot be listened at, a key cannot be set, or there is no thread to be had.
    pub(crate) fn start(settings: &Settings, main: Arc<Waker>) -> Result<Feeds, ListenError> {
        let listener = listening::bind(settings)?;
        let (poll, waker) = thread::poll().map_err(ListenError::Thread)?;
        let mut shared = Shared {
            members: Vec::new(),
            next: 1,
            turn: 0,
            listener: Some(listener.try_clone().map_err(ListenError::Thread)?),
            refused: 0,
            told: false,
            stop: false,
        };
        shared.configure(settings, false, Instant::now());
        let common = Arc::new(Common { shared: Mutex::new(shared), main, thread: waker });
        let runs = Thread::new(poll, Arc::clone(&common));
        let builder = std::thread::Builder::new().name("bgp".to_owned());
        let thread = builder.spawn(move || runs.run()).map_err(ListenError::Thread)?;
        Ok(Feeds { common, settings: settings.clone(), listener, thread: Some(thread) })
    }

    /// Goes over to other settings. Neighbors that are the same go on; the others' sessions end and their paths are
    /// withdrawn.
    ///
    /// # Errors
    /// See [`Feeds::start`]; sessions stay as they were.
    pub(crate) fn configure(&mut self, settings: &Settings) -> Result<(), ListenError> {
        if *settings == self.settings {
            return Ok(());
        }
        let same_place = (settings.listen, &settings.netns) == (self.settings.listen, &self.settings.netns);
        let moved = if same_place {
            listening::change_keys(&self.listener, &self.settings, settings)?;
            None
        } else {
            self.listener = self.bind(settings)?;
            Some(self.listener.try_clone().map_err(ListenError::Thread)?)
        };
        let mut shared = self.common.lock();
        shared.listener = moved.or(shared.listener.take());
        shared.configure(settings, settings.local != self.settings.local, Instant::now());
        drop(shared);
        self.settings = settings.clone();
        self.wake_thread();
        Ok(())
    }

    /// Listens elsewhere. Where it is we who have a part of that, as when one address becomes all of them, we leave first.
    fn bind(&self, settings: &Settings) -> Result<TcpListener, ListenError> {
        let in_the_way =
            settings.listen.port() == self.settings.listen.port() && settings.netns == self.settings.netns;
        match listening::bind(settings) {
            Err(ListenError::Bind { error, .. }) if in_the_way && error.kind() == ErrorKind::AddrInUse => {}
            other => return other,
        }
        listening::pause(&self.listener).map_err(ListenError::Thread)?;
        listening::bind(settings).or_else(|error| {
            listening::resume(&self.listener).map_err(ListenError::Thread)?;
            Err(error)
        })
    }

    /// At most so many changes with the VRFs that they are of, each neighbor's in their order, neighbors in turn. While more is
    /// left the main loop is woken again.
    pub(crate) fn take(&mut self, most: usize) -> Vec<(VrfId, Change)> {
        let mut shared = self.common.lock();
        let mut changes = Vec::with_capacity(most.min(shared.waiting()));
        let mut of_one = Vec::new();
        let mut held_back = false;
        let (count, first) = (shared.members.len(), shared.turn);
        for at in 0..count {
            let Member { settings, peer } = &mut shared.members[(first + at) % count];
            let reads = peer.wants_input();
            peer.take(most - changes.len(), &mut of_one);
            changes.extend(of_one.drain(..).map(|change| (settings.vrf, change)));
            held_back |= !reads && peer.wants_input();
        }
        shared.turn = (first + 1) % count.max(1);
        shared.told = shared.waiting() > 0;
        let more = shared.told;
        drop(shared);
        if more {
            self.wake(&self.common.main);
        }
        if held_back {
            self.wake_thread();
        }
        changes
    }

    /// Whether paths are kept of a session that is gone, right now: a change that says so may still wait.
    pub(crate) fn have_stale(&self) -> bool {
        let shared = self.common.lock();
        shared.members.iter().any(|member| member.peer.has_stale())
    }

    /// Whether a daemon speaks that was heard before that moment already.
    pub(crate) fn have_spoken_before(&self, moment: Instant) -> bool {
        let shared = self.common.lock();
        let since = |member: &Member| member.peer.process_since();
        shared.members.iter().filter_map(since).any(|since| since <= moment)
    }

    /// The neighbors as they stand. Costs a look at every path while some are stale.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let shared = self.common.lock();
        let now = Instant::now();
        let peers = shared.members.iter().filter(|member| !member.peer.is_retired());
        let peers = peers.map(|member| (member.settings.vrf, member.peer.status(now)));
        Snapshot { peers: peers.collect(), refused: shared.refused }
    }

    fn wake_thread(&self) {
        self.wake(&self.common.thread);
    }

    fn wake(&self, waker: &Waker) {
        if let Err(error) = waker.wake() {
            tracing::error!(%error, "bgp: cannot wake a thread");
        }
    }
}

impl Drop for Feeds {
    fn drop(&mut self) {
        self.common.lock().stop = true;
        self.wake_thread();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
