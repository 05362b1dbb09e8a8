//! Paths: their life, and when they may carry traffic.
//!
//! A path is live when nobody has a cause against it. Each detector owns its cause; the rule about coming back is in
//! one place, [`State::settle`]: when only wait-to-restore is left, and no verdict that outlived its session, its timer runs.

use super::{Refusal, State, Swallowed, Table};
use api::Source;
use api::switch::{Event, Path as Spec};
use fib::{Causes, PathId};
use stats::{Cause, FailoverId, FailoverInit};
use std::net::IpAddr;

/// By then every worker has finished the vector in which it may still have used a dead path; it is far below what a path
/// needs to come back.
const LAST_VECTORS_NS: u64 = 2_000_000;

/// What the main thread keeps of a path.
#[derive(Debug, Clone)]
pub struct PathState {
    pub id: PathId,
    pub spec: Spec,
    pub source: Source,
    pub interface: u16,
    /// Index into the sessions.
    pub session: Option<u16>,
    pub drained: bool,
    /// How long to wait the next time, and since when, and until when we wait now.
    pub wait_ns: u64,
    pub restore_at_ns: Option<u64>,
    pub restored_ns: Option<u64>,
    pub since_ns: u64,
    pub failures: u64,
    failover: Option<FailoverId>,
}

impl State {
    /// A path shall exist, as a connection's `local`.
    pub fn path_set(
        &mut self,
        names: &mut super::Names,
        local: u32,
        source: Source,
        spec: Spec,
    ) -> Result<(), Refusal> {
        let interface = self.interface(&spec.interface)?;
        self.check_next_hop(interface, spec.next_hop)?;
        self.check_bfd(interface, &spec)?;
        if let Some(stale) = self.stale_paths.get_mut(&source) {
            stale.remove(&spec.name);
        }
        let id = match self.paths.get(&spec.name) {
            Some(path) if path.spec == spec => {
                let id = path.id;
                self.adopt(&spec.name, source);
                id
            }
            Some(_) => self.path_change(interface, source, spec)?,
            None => self.path_add(interface, source, spec)?,
        };
        names.paths.insert(local, id);
        Ok(())
    }

    fn adopt(&mut self, name: &str, source: Source) {
        if let Some(path) = self.paths.get_mut(name) {
            path.source = source;
        }
    }

    fn check_next_hop(&self, interface: u16, next_hop: IpAddr) -> Result<(), Refusal> {
        let view = &self.interfaces.interfaces[usize::from(interface)];
        let link_local = matches!(next_hop, IpAddr::V6(v6) if v6.is_unicast_link_local());
        let on_network = view.addresses.iter().any(|net| net.contains(&next_hop) && net.addr() != next_hop);
        if link_local || on_network {
            return Ok(());
        }
        let interface = self.infos[usize::from(interface)].name.clone();
        Err(Refusal::NotConnected { next_hop, interface })
    }

    fn path_add(&mut self, interface: u16, source: Source, spec: Spec) -> Result<PathId, Refusal> {
        let limit = self.capacity.paths;
        if self.paths.len() >= limit {
            return Err(Refusal::Full { table: Table::Paths, limit });
        }
        let neighbor = self.neighbor_of(interface, spec.next_hop);
        let down = !self.has_link(interface);
        // No wait-to-restore for a link that was never seen up: there was no traffic to move away.
        let causes = if down { Causes::LINK } else { Causes::NONE };
        let id = self.writer.path_add(key(&spec.name), neighbor, causes)?;
        let now = self.clock.now_ns();
        let path = PathState {
            id,
            source,
            interface,
            session: None,
            drained: false,
            wait_ns: spec.wait_to_restore_ns.0,
            restore_at_ns: None,
            restored_ns: None,
            since_ns: now,
            failures: 0,
            failover: None,
            spec,
        };
        let name = path.spec.name.clone();
        self.shared.failovers[usize::from(id.0)].store(0, std::sync::atomic::Ordering::Relaxed);
        self.path_names.insert(id, name.clone());
        self.paths.insert(name.clone(), path);
        self.paths_told += 1;
        self.watch(&name)?;
        self.publish_path(&name);
        tracing::info!(path = name, live = self.is_live(id), "path added");
        Ok(id)
    }

    /// Another next hop, other timers: in place, so that the groups on it need not know.
    fn path_change(&mut self, interface: u16, source: Source, spec: Spec) -> Result<PathId, Refusal> {
        let name = spec.name.clone();
        let Some(path) = self.paths.get_mut(&name) else { return Err(Refusal::NoPath(name)) };
        let moved = path.interface != interface || path.spec.next_hop != spec.next_hop;
        let bfd = path.spec.bfd != spec.bfd;
        let id = path.id;
        path.interface = interface;
        path.source = source;
        path.wait_ns = spec.wait_to_restore_ns.0;
        path.spec = spec;
        if moved {
            self.unwatch(&name);
            let next_hop = self.paths[&name].spec.next_hop;
            let neighbor = self.neighbor_of(interface, next_hop);
            self.writer.set_neighbor(id, neighbor)?;
            self.refresh_link(&name);
        }
        if moved || bfd {
            self.watch(&name)?;
        }
        self.publish_path(&name);
        tracing::info!(path = name, "path changed");
        Ok(id)
    }

    /// A path shall not exist any more. Groups that still name it keep it, dead, until they are gone.
    pub fn path_remove(&mut self, name: &str) -> bool {
        self.unwatch(name);
        let Some(path) = self.paths.remove(name) else { return false };
        self.paths_told += 1;
        self.path_names.remove(&path.id);
        self.shared.tables.liveness().set(path.id, Causes::DRAIN);
        self.shared.stats.path_clear(path.id.0);
        self.doomed.push(path.id);
        tracing::info!(path = name, "path removed");
        true
    }

    pub(super) fn is_live(&self, id: PathId) -> bool {
        self.shared.tables.liveness().is_live(id)
    }

    /// A cause that the main thread detects. The first one against a live path is a failover, and recorded.
    pub(super) fn fail(&mut self, name: &str, causes: Causes, why: Cause) {
        let Some(path) = self.paths.get_mut(name) else { return };
        let detected_ns = self.clock.now_ns();
        let before = self.shared.tables.liveness().set(path.id, causes);
        let flipped_ns = self.clock.now_ns();
        if before.is_live() {
            let init = FailoverInit {
                path: path.id.0,
                cause: why,
                worker: None,
                last_heard_ns: 0,
                detected_ns,
                flipped_ns,
            };
            path.failover = Some(self.shared.record(init));
            self.went_down(name, why);
        }
        self.settle(name);
    }

    /// A path fell silent: what was sent into it since it was last heard is counted when the workers have passed on to
    /// their next vectors.
    pub fn count_swallowed(&mut self, failover: FailoverId, path: PathId, sent_when_heard: u64) {
        let due_ns = self.clock.now_ns() + LAST_VECTORS_NS;
        self.swallowed.push(Swallowed { failover, path, sent_when_heard, due_ns });
    }

    pub(super) fn record_swallowed(&mut self) {
        let now = self.clock.now_ns();
        let stats = &self.shared.stats;
        self.swallowed.retain(|due| {
            if due.due_ns <= now {
                let (sent, _) = stats.path_totals(due.path.0);
                stats.failover(due.failover).set_sent_after_heard(sent.wrapping_sub(due.sent_when_heard));
            }
            due.due_ns > now
        });
    }

    /// A worker took a path out: the main thread follows.
    pub(super) fn failed_by_worker(&mut self, name: &str, failover: Option<FailoverId>, why: Cause) {
        if let Some(path) = self.paths.get_mut(name)
            && failover.is_some()
        {
            path.failover = failover;
            self.went_down(name, why);
        }
        self.settle(name);
    }

    fn went_down(&mut self, name: &str, why: Cause) {
        let now = self.clock.now_ns();
        let Some(path) = self.paths.get_mut(name) else { return };
        path.since_ns = now;
        path.failures += 1;
        // A drain is no sign of a bad path; a failure soon after a return is.
        if why != Cause::Drain
            && let Some(restored) = path.restored_ns
        {
            let (first, most) = path.spec.wait_to_restore_ns;
            let flaps = now.saturating_sub(restored) < most.max(first);
            path.wait_ns = if flaps { path.wait_ns.saturating_mul(2).min(most) } else { first };
        }
        if let Some(suppressed) = self.may_say("path", name) {
            tracing::warn!(
                path = name,
                old = "live",
                new = "down",
                reason = why.as_str(),
                suppressed,
                "path"
            );
        }
        self.announce(name);
    }

    /// Takes a cause away that the main thread owns.
    pub(super) fn clear(&mut self, name: &str, causes: Causes) {
        let Some(path) = self.paths.get(name) else { return };
        let before = self.shared.tables.liveness().clear(path.id, causes);
        if !before.is_live() && self.is_live(path.id) {
            self.came_back(name);
        }
        self.settle(name);
    }

    fn came_back(&mut self, name: &str) {
        let now = self.clock.now_ns();
        let Some(path) = self.paths.get_mut(name) else { return };
        path.since_ns = now;
        path.restored_ns = Some(now);
        path.restore_at_ns = None;
        if let Some(failover) = path.failover.take() {
            self.shared.stats.failover(failover).set_reverted(now);
        }
        if let Some(suppressed) = self.may_say("path", name) {
            let reason = "no cause is left";
            tracing::info!(path = name, old = "down", new = "live", reason, suppressed, "path");
        }
        self.announce(name);
    }

    /// Runs or stops the wait-to-restore timer, as the causes have it.
    pub(super) fn settle(&mut self, name: &str) {
        let Some(path) = self.paths.get_mut(name) else { return };
        let causes = self.shared.tables.liveness().causes(path.id);
        let held = self.held.contains_key(&(path.interface, path.spec.next_hop));
        if causes == Causes::WAIT_TO_RESTORE && !held {
            if path.restore_at_ns.is_none() {
                path.restore_at_ns = Some(self.clock.now_ns() + path.wait_ns);
                let wait_ms = path.wait_ns / 1_000_000;
                if let Some(suppressed) = self.may_say("wait", name) {
                    tracing::info!(path = name, wait_ms, suppressed, "path works again; waiting to restore");
                }
            }
        } else {
            path.restore_at_ns = None;
        }
        self.publish_path(name);
    }

    /// Gives back the paths that have waited long enough.
    pub(super) fn restore_due(&mut self) {
        let now = self.clock.now_ns();
        let due = self.paths.values().filter(|path| path.restore_at_ns.is_some_and(|at| at <= now));
        let due: Vec<String> = due.map(|path| path.spec.name.clone()).collect();
        for name in due {
            self.clear(&name, Causes::WAIT_TO_RESTORE);
        }
    }

    /// Takes a path out of use, or puts it back, on an operator's word. New packets take the backup; what is on its
    /// way leaves.
    pub fn drain(&mut self, name: &str, drained: bool) -> Result<(), Refusal> {
        let path = self.paths.get_mut(name).ok_or_else(|| Refusal::NoPath(name.to_owned()))?;
        path.drained = drained;
        if drained {
            self.stale_drains.remove(name);
            self.fail(name, Causes::DRAIN, Cause::Drain);
        } else {
            self.clear(name, Causes::DRAIN);
        }
        Ok(())
    }

    /// A port's link changed, as `reason` says.
    pub fn link(&mut self, port: usize, up: bool, reason: &'static str) {
        if self.ports[port].up == up {
            return;
        }
        let state = &mut self.ports[port];
        state.up = up;
        state.since_ns = self.clock.now_ns();
        let word = |up: bool| if up { "up" } else { "down" };
        let (name, since_ns) = (state.name.clone(), state.since_ns);
        if let Some(suppressed) = self.may_say("link", &name) {
            tracing::warn!(port = name, old = word(!up), new = word(up), reason, suppressed, "link");
        }
        let event = Event::Link { port: name, up };
        self.shared.stats.set_link(port, up, since_ns);
        for name in self.paths_on(port) {
            self.refresh_link(&name);
        }
        self.tell(event);
    }

    /// Paths of interfaces that were set up or down follow them.
    pub(super) fn refresh_links(&mut self, changed: &[u16]) {
        let on = self.paths.values().filter(|path| changed.contains(&path.interface));
        let names: Vec<String> = on.map(|path| path.spec.name.clone()).collect();
        for name in names {
            self.refresh_link(&name);
        }
    }

    /// Whether the port has a link and the interface is not set down.
    fn has_link(&self, interface: u16) -> bool {
        let view = &self.interfaces.interfaces[usize::from(interface)];
        view.up && self.ports[usize::from(view.port)].up
    }

    fn refresh_link(&mut self, name: &str) {
        let Some(path) = self.paths.get(name) else { return };
        if self.has_link(path.interface) {
            self.clear(name, Causes::LINK);
        } else {
            self.fail(name, Causes::LINK | Causes::WAIT_TO_RESTORE, Cause::LinkDown);
        }
    }

    fn paths_on(&self, port: usize) -> Vec<String> {
        let interfaces = &self.interfaces.interfaces;
        let on_port = |path: &&PathState| usize::from(interfaces[usize::from(path.interface)].port) == port;
        self.paths.values().filter(on_port).map(|path| path.spec.name.clone()).collect()
    }

    fn announce(&mut self, name: &str) {
        let Some(path) = self.paths.get(name) else { return };
        let causes = cause_words(self.shared.tables.liveness().causes(path.id));
        self.tell(Event::PathState { path: name.to_owned(), causes });
    }

    /// Events that bring a new subscriber up to date.
    pub fn present(&self) -> Vec<Event> {
        let event = |path: &PathState| Event::PathState {
            path: path.spec.name.clone(),
            causes: cause_words(self.shared.tables.liveness().causes(path.id)),
        };
        self.paths.values().map(event).collect()
    }

    fn publish_path(&self, name: &str) {
        let Some(path) = self.paths.get(name) else { return };
        let info = stats::PathInfo {
            name: name.to_owned(),
            interface: path.spec.interface.clone(),
            causes: self.shared.tables.liveness().causes(path.id).0,
            since_ns: path.since_ns,
            failures: path.failures,
            restore_at_ns: path.restore_at_ns.unwrap_or(0),
            wait_to_restore_ns: path.wait_ns,
        };
        self.shared.stats.path_publish(path.id.0, &info);
    }
}

/// The words of `swervectl show paths`.
pub fn cause_words(causes: Causes) -> Vec<String> {
    let words = [
        (Causes::BFD, "bfd"),
        (Causes::LINK, "link"),
        (Causes::DRAIN, "drained"),
        (Causes::UNRESOLVED, "unresolved"),
        (Causes::WAIT_TO_RESTORE, "wait-to-restore"),
        (Causes::PROBE, "probe"),
        (Causes::UNALLOCATED, "removed"),
    ];
    words.into_iter().filter(|(cause, _)| causes.contains(*cause)).map(|(_, word)| word.to_owned()).collect()
}

/// A stable number for a path's name (FNV-1a), by which groups spread flows.
pub fn key(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
