//! Loop-free alternates of an IGP's routes. A thread of its own reads them, since routing daemons answer when they like: at
//! an interval, and soon after a route of a link-state protocol has changed. What it has read is taken by the main loop; what
//! cannot be read changes nothing.

mod read;
mod vty;

use ::lfa::{Hop, Protected};
use config::{Config, LfaSource, VrfId};
use mio::Waker;
use read::Read;
use rib::{Alternate, Prefix, Rib};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// From a change of a route to a reading: as long as an IGP takes to tell zebra of all its changes.
const SETTLE: Duration = Duration::from_millis(100);

/// From the end of a reading to the next, whatever changes: routing daemons have other things to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Prefixes in one turn of the loop: a few milliseconds.
const TURN: usize = 4096;

/// Of all VRFs.
type Alternates = BTreeMap<Prefix, Protected>;

/// What `show peers` says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Status {
    pub(crate) readings: u64,
    pub(crate) failures: u64,
    /// Why the last reading failed, if it did.
    pub(crate) error: Option<String>,
    /// When the last one that did not fail ended, and how long it took.
    pub(crate) read: Option<(Instant, Duration)>,
    /// Backups with labels, which are of no use here.
    pub(crate) labelled: usize,
}

#[derive(Debug, Default)]
struct State {
    /// When the next reading is due at the latest, because something changed.
    wanted: Option<Instant>,
    stop: bool,
    /// Not yet taken.
    fresh: Option<Alternates>,
    status: Status,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    taker: Arc<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that reads. It is told to stop and not waited for: a daemon may keep it.
#[derive(Debug)]
struct Reader {
    of: Of,
    shared: Arc<Shared>,
}

/// What is read: as the file says, and of which VRFs beside the default one, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Of {
    lfa: config::Lfa,
    vrfs: Vec<String>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
    }
}

impl Reader {
    fn start(of: Of, taker: Arc<Waker>) -> std::io::Result<Reader> {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), taker });
        let reader = Reader { of: of.clone(), shared: Arc::clone(&shared) };
        std::thread::Builder::new().name("lfa".to_owned()).spawn(move || run(&of, &shared))?;
        Ok(reader)
    }
}

fn run(of: &Of, shared: &Shared) {
    let mut due = Instant::now();
    let mut last = None;
    while wait(shared, due, last) {
        let begun = Instant::now();
        let result = read::read(&of.lfa.source, &of.vrfs);
        let now = Instant::now();
        last = Some(now);
        due = now + of.lfa.interval;
        let mut state = shared.lock();
        let is_new = note(&mut state.status, &result, begun, now);
        if let Ok(Read { alternates, .. }) = result {
            state.fresh = Some(alternates);
            drop(state);
            // Without a loop to wake there is nobody to tell either.
            let _ = shared.taker.wake();
        } else if let (true, Some(reason)) = (is_new, &state.status.error) {
            tracing::warn!(reason, "loop-free alternates cannot be read; those known stay");
        }
    }
}

/// True when the outcome is another than that of the reading before.
fn note(status: &mut Status, result: &Result<Read, String>, begun: Instant, now: Instant) -> bool {
    status.readings += 1;
    let error = match result {
        Ok(read) => {
            (status.read, status.labelled) = (Some((now, now - begun)), read.labelled);
            None
        }
        Err(error) => {
            status.failures += 1;
            Some(error.clone())
        }
    };
    std::mem::replace(&mut status.error, error) != status.error
}

/// Until the next reading. False when there shall be none.
fn wait(shared: &Shared, due: Instant, last: Option<Instant>) -> bool {
    let earliest = last.map(|last| last + PAUSE);
    let mut state = shared.lock();
    loop {
        if state.stop {
            return false;
        }
        let wanted = state.wanted.map(|wanted| earliest.map_or(wanted, |earliest| wanted.max(earliest)));
        let at = wanted.map_or(due, |wanted| wanted.min(due));
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            state.wanted = None;
            return true;
        }
        let waited = shared.changed.wait_timeout(state, left);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Alternates as they were last read, and who reads them.
#[derive(Debug)]
pub(crate) struct Lfa {
    taker: Arc<Waker>,
    reader: Option<Reader>,
    alternates: Alternates,
    /// Prefixes of which the RIB may have others.
    waiting: BTreeSet<Prefix>,
    /// By number.
    interfaces: Vec<String>,
}

impl Lfa {
    /// `taker` wakes the loop when there is something to take.
    pub(crate) fn new(taker: Arc<Waker>) -> Lfa {
        let (alternates, waiting) = (Alternates::new(), BTreeSet::new());
        Lfa { taker, reader: None, alternates, waiting, interfaces: Vec::new() }
    }

    /// Reads as the file says. Alternates of another source than before are forgotten.
    ///
    /// # Errors
    /// There can be no thread: nobody reads.
    pub(crate) fn configure(&mut self, config: &Config) -> std::io::Result<()> {
        self.interfaces = config.interfaces.iter().map(|interface| interface.name.clone()).collect();
        // They may have other numbers now.
        self.waiting.extend(self.alternates.keys());
        let vrfs = || config.vrfs.iter().map(|vrf| vrf.name.clone()).collect();
        let of = config.lfa.as_ref().map(|lfa| Of { lfa: lfa.clone(), vrfs: vrfs() });
        if self.reader.as_ref().map(|reader| &reader.of) != of.as_ref() {
            self.reader = None;
            self.replace(Alternates::new());
            if let Some(of) = of {
                self.reader = Some(Reader::start(of, Arc::clone(&self.taker))?);
            }
        }
        self.wake();
        Ok(())
    }

    fn wake(&self) {
        if !self.waiting.is_empty() {
            // A loop that cannot be woken takes them with whatever comes next.
            let _ = self.taker.wake();
        }
    }

    /// Puts what was read last into the RIB, so much of it as fits into a turn.
    pub(crate) fn take(&mut self, rib: &mut Rib) {
        let fresh = self.reader.as_ref().and_then(|reader| reader.shared.lock().fresh.take());
        if let Some(fresh) = fresh {
            self.replace(fresh);
        }
        for _ in 0..TURN {
            let Some(prefix) = self.waiting.pop_first() else { break };
            let now = self.alternates.get(&prefix).map(|protected| self.translate(prefix.vrf, protected));
            rib.set_alternates(prefix, now);
        }
        self.wake();
    }

    fn replace(&mut self, new: Alternates) {
        let old = std::mem::replace(&mut self.alternates, new);
        let gone = old.keys().filter(|prefix| !self.alternates.contains_key(prefix));
        let differs = self.alternates.iter().filter(|(prefix, now)| old.get(prefix) != Some(now));
        self.waiting.extend(gone.chain(differs.map(|(prefix, _)| prefix)));
    }

    /// A route of a link-state protocol is there, or is another than before: it may have alternates already, and others soon.
    pub(crate) fn on_route(&mut self, prefix: Prefix, rib: &mut Rib) {
        let Some(reader) = &self.reader else { return };
        if matches!(reader.of.lfa.source, LfaSource::Zebra { .. } | LfaSource::Ospf { .. }) {
            let mut state = reader.shared.lock();
            if state.wanted.is_none() {
                state.wanted = Some(Instant::now() + SETTLE);
                reader.shared.changed.notify_all();
            }
        }
        if let Some(protected) = self.alternates.get(&prefix) {
            rib.set_alternates(prefix, Some(self.translate(prefix.vrf, protected)));
        }
    }

    fn translate(&self, vrf: VrfId, protected: &Protected) -> rib::Alternates {
        let alternate = |alternate: &::lfa::Alternate| {
            let (on, gateway) = self.hop(vrf, &alternate.hop)?;
            let lfa = rib::Lfa::new(alternate.node_protecting, alternate.downstream);
            Some(Alternate { on, gateway, metric: alternate.metric, lfa })
        };
        rib::Alternates {
            primaries: protected.primaries.iter().filter_map(|hop| self.hop(vrf, hop)).collect(),
            alternates: protected.alternates.iter().filter_map(alternate).collect(),
        }
    }

    /// `None` when it is on an interface that the file does not have.
    fn hop(&self, vrf: VrfId, hop: &Hop) -> Option<(rib::On, IpAddr)> {
        let on = match &hop.on {
            ::lfa::On::Network => rib::On::Network(vrf),
            ::lfa::On::Index(index) => rib::On::Link(*index),
            ::lfa::On::Interface(name) => {
                rib::On::Interface(self.interfaces.iter().position(|interface| interface == name)? as u32)
            }
        };
        Some((on, hop.gateway))
    }

    /// What the file says, how the readings went, and how many prefixes have alternates.
    pub(crate) fn status(&self) -> Option<(&LfaSource, Status, usize)> {
        let reader = self.reader.as_ref()?;
        let status = reader.shared.lock().status.clone();
        let protected = self.alternates.values().filter(|protected| !protected.alternates.is_empty());
        Some((&reader.of.lfa.source, status, protected.count()))
    }
}
