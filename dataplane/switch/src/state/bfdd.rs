//! Sessions that FRR's bfdd asks for.

use super::session::{Asker, SessionState, Wish};
use super::{Effect, State};
use crate::worker::view::is_link_local;
use api::show::Asked;
use bfd::{Endpoint, State as BfdState, Timers};
use bfddp::{Body, Counters, Diagnostic, Message, Session, StateChange, Traffic};
use fib::{GroupContent, PathId, Prefix};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// After bfdd has come back, what it does not ask for again within this time it does not want any more.
const STALE_NS: u64 = 30_000_000_000;
/// Between two looks at sessions that could not run, and at neighbors that are unknown.
const RETRY_NS: u64 = 1_000_000_000;

/// Everything that bfdd asked for.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// By bfdd's discriminator.
    all: BTreeMap<u32, Ask>,
    /// When what an earlier connection asked for goes.
    stale_until_ns: Option<u64>,
    retry_at_ns: u64,
}

#[cfg(test)]
impl Asks {
    pub(super) fn session_of(&self, lid: u32) -> Option<u16> {
        self.all.get(&lid)?.outcome.clone().ok()
    }
}

#[derive(Debug)]
struct Ask {
    request: Session,
    /// The session, or why there is none.
    outcome: Result<u16, String>,
    /// Asked for on a connection that is gone.
    stale: bool,
    told: Option<StateChange>,
}

impl State {
    /// bfdd wants a session, or one that it has in another way.
    pub fn bfdd_add(&mut self, request: Session) {
        let lid = request.lid;
        if !self.asks.all.contains_key(&lid) && self.asks.all.len() >= 2 * self.sessions.len() {
            // Bounded whatever bfdd asks for; each beyond it is answered and forgotten.
            if let Some(suppressed) = self.may_say("bfdd", "full") {
                let limit = 2 * self.sessions.len();
                tracing::warn!(peer = %request.dst, limit, suppressed, "bfdd asks for too many sessions");
            }
            self.effects.push(Effect::Bfdd(unasked(down(lid))));
            return;
        }
        let before = self.asks.all.get(&lid).map(|ask| (ask.request.clone(), ask.outcome.clone()));
        let outcome = self.arrange(&request, before.as_ref().and_then(|(_, old)| old.clone().ok()));
        let (ask, peer) = (Ask { request: request.clone(), outcome, stale: false, told: None }, request.dst);
        if before.as_ref().is_none_or(|(old, was)| *old != request || *was != ask.outcome) {
            self.say_ask(&request, &ask.outcome);
        }
        if let Ok(index) = ask.outcome {
            // A bfdd that was restarted gives the same session another number.
            let others = self.session(index).map_or(Vec::new(), SessionState::asked_by_bfdd);
            let stale = |other: &u32| *other != lid && self.asks.all.get(other).is_some_and(|ask| ask.stale);
            let replaced: Vec<u32> = others.into_iter().filter(stale).collect();
            replaced.into_iter().for_each(|other| self.drop_ask(other));
        }
        tracing::debug!(%peer, lid, "bfdd asks");
        self.asks.all.insert(lid, ask);
        self.report(lid);
    }

    /// bfdd wants a session no longer.
    pub fn bfdd_delete(&mut self, lid: u32) {
        self.drop_ask(lid);
    }

    fn drop_ask(&mut self, lid: u32) {
        let Some(ask) = self.asks.all.remove(&lid) else { return };
        let peer = ask.request.dst;
        if let Some(suppressed) = self.may_say("bfdd", &peer.to_string()) {
            tracing::info!(%peer, stale = ask.stale, suppressed, "bfdd wants a session no longer");
        }
        if let Ok(index) = ask.outcome {
            self.withdraw(&Asker::Bfdd(lid), index);
        }
    }

    /// The connection to bfdd is there. What is asked for on it replaces what was asked for before.
    pub fn bfdd_connected(&mut self) {
        self.asks.stale_until_ns = Some(self.clock.now_ns() + STALE_NS);
    }

    /// The connection is gone; sessions run on.
    pub fn bfdd_lost(&mut self) {
        self.asks.stale_until_ns = None;
        self.asks.all.values_mut().for_each(|ask| ask.stale = true);
    }

    /// Finds the session for a request, or says why it cannot run. `old` is the one that it had.
    fn arrange(&mut self, request: &Session, old: Option<u16>) -> Result<u16, String> {
        let asker = Asker::Bfdd(request.lid);
        let wish = self.wish_of(request, old);
        let at = wish.as_ref().ok().and_then(|wish| self.session_at(wish.endpoint.key()));
        if let Some(old) = old.filter(|old| at != Some(*old)) {
            self.withdraw(&asker, old);
        }
        let outcome = wish.and_then(|wish| self.join(asker.clone(), wish, Some(request.lid)));
        if let (Err(_), Some(old)) = (&outcome, old) {
            self.withdraw(&asker, old);
        }
        outcome
    }

    fn wish_of(&self, request: &Session, old: Option<u16>) -> Result<Wish, String> {
        let peer = request.dst;
        if peer.is_unspecified() || peer.is_multicast() {
            return Err(format!("{peer} is no address of a peer"));
        }
        let endpoint = if request.multihop { self.far_end(request, old)? } else { self.near_end(request)? };
        let vrf = endpoint.vrf().unwrap_or_else(|| self.interfaces.vrf(endpoint.interface));
        if self.interfaces.interfaces.iter().any(|view| view.vrf == vrf && view.owns(peer)) {
            return Err(format!("{peer} is our own address"));
        }
        let timers = Timers {
            desired_min_tx: Duration::from_micros(u64::from(request.min_tx)),
            required_min_rx: Duration::from_micros(u64::from(request.min_rx)),
            multiplier: request.detect_mult,
        };
        timers.check().map_err(|error| error.to_string())?;
        let min_ttl = if request.multihop { request.ttl } else { 255 };
        Ok(Wish { endpoint, timers, passive: request.passive, shutdown: request.shutdown, min_ttl })
    }

    /// One hop away: by the interface that bfdd names, or the one on whose network the peer is.
    fn near_end(&self, request: &Session) -> Result<Endpoint, String> {
        let (src, peer) = (request.src, request.dst);
        let interface = match self.named_interface(request)? {
            Some(interface) => interface,
            None => self.connected_interface(src, peer)?,
        };
        let (view, name) =
            (&self.interfaces.interfaces[usize::from(interface)], &self.infos[usize::from(interface)].name);
        let local = if src.is_unspecified() {
            let towards = view.address_towards(peer);
            towards.ok_or_else(|| format!("interface {name} has no address to reach {peer} from"))?
        } else if view.owns(src) {
            src
        } else {
            return Err(format!("{src} is no address of interface {name}"));
        };
        Ok(Endpoint { interface, local, peer })
    }

    fn named_interface(&self, request: &Session) -> Result<Option<u16>, String> {
        let Session { ifname, ifindex, .. } = request;
        let indexed = |info: &super::InterfaceInfo| *ifindex != 0 && info.mirror_index == Some(*ifindex);
        let named = |info: &super::InterfaceInfo| info.mirror == *ifname;
        let find = |is: &dyn Fn(&super::InterfaceInfo) -> bool| self.infos.iter().position(is);
        let found = if !ifname.is_empty() {
            // Namespaces may have mirrors of the same name each.
            find(&|info| named(info) && indexed(info)).or_else(|| find(&named))
        } else if *ifindex != 0 {
            find(&indexed)
        } else {
            return Ok(None);
        };
        let name = if ifname.is_empty() { format!("with index {ifindex}") } else { ifname.clone() };
        found
            .map(|at| Some(at as u16))
            .ok_or_else(|| format!("interface {name} is no mirror of swerve's interfaces"))
    }

    fn connected_interface(&self, src: IpAddr, peer: IpAddr) -> Result<u16, String> {
        if is_link_local(peer) {
            return Err(format!("{peer} is on every link, and bfdd names no interface"));
        }
        let on_network = |view: &&crate::worker::view::InterfaceView| {
            view.addresses.iter().any(|net| net.contains(&peer)) && (src.is_unspecified() || view.owns(src))
        };
        let found = self.interfaces.interfaces.iter().position(|view| on_network(&view));
        found.map(|at| at as u16).ok_or_else(|| {
            if src.is_unspecified() {
                format!("{peer} is on no network of swerve's interfaces, and bfdd names no interface")
            } else {
                format!("no interface has both {src} and the network of {peer}, and bfdd names none")
            }
        })
    }

    /// Several hops away (RFC 5883): from the address that bfdd names, or one of the interface that the route leaves by, or
    /// of a loopback, which it keeps when the route moves. Answers are taken in the VRF of that address only, wherever they come
    /// from: else who has the same addresses in another VRF could keep the session up.
    fn far_end(&self, request: &Session, old: Option<u16>) -> Result<Endpoint, String> {
        let (src, peer) = (request.src, request.dst);
        let is_ours = |vrf: u16, address| self.local.contains_key(&Prefix { vrf, net: IpNet::from(address) });
        if !src.is_unspecified() {
            let vrf = self.vrf_of_source(src, is_ours)?;
            if let Some(interface) = self.leaves_by(vrf, peer).filter(|at| self.interfaces.vrf(*at) != vrf) {
                let (name, other) =
                    (&self.infos[usize::from(interface)].name, self.interfaces.vrf(interface));
                let (vrf, other) = (self.vrf_word(vrf), self.vrf_word(other));
                return Err(format!(
                    "the route to {peer} leaks from VRF {vrf} to {other}: answers to {src} would come in by {name}, and it is \
                     no address of VRF {other}"
                ));
            }
            return Ok(Endpoint { interface: bfd::multihop(vrf), local: src, peer });
        }
        let before = old.and_then(|index| self.session(index)).map(|session| session.config.endpoint);
        let stays = |end: &Endpoint| end.peer == peer && end.vrf().is_some_and(|vrf| is_ours(vrf, end.local));
        if let Some(before) = before.filter(stays) {
            return Ok(before);
        }
        // Over a leak it runs in the VRF that the route leads to.
        let interface = self.leaves_by(0, peer).ok_or_else(|| format!("there is no route to {peer}"))?;
        let vrf = self.interfaces.vrf(interface);
        let source =
            self.interfaces.source_of_answers(interface, peer).filter(|source| is_ours(vrf, *source));
        let name = &self.infos[usize::from(interface)].name;
        let local = source.ok_or_else(|| {
            format!("neither interface {name} nor a loopback has an address to reach {peer} from")
        })?;
        Ok(Endpoint { interface: bfd::multihop(vrf), local, peer })
    }

    /// bfdd does not say in which VRF a session is; its address does, where one VRF has it.
    fn vrf_of_source(&self, src: IpAddr, is_ours: impl Fn(u16, IpAddr) -> bool) -> Result<u16, String> {
        let mut vrfs = (0..=self.vrfs.len() as u16).filter(|vrf| is_ours(*vrf, src));
        match (vrfs.next(), vrfs.next()) {
            (None, _) => Err(format!("{src} is no address of swerve's")),
            (Some(vrf), None) => Ok(vrf),
            (Some(vrf), Some(other)) => {
                let (vrf, other) = (self.vrf_word(vrf), self.vrf_word(other));
                Err(format!(
                    "{src} is an address of VRF {vrf} and of {other}, and bfdd does not say of which"
                ))
            }
        }
    }

    fn vrf_word(&self, vrf: u16) -> &str {
        let at = usize::from(vrf).checked_sub(1);
        at.and_then(|at| self.vrfs.get(at)).map_or("default", String::as_str)
    }

    /// The interface of the path that packets to an address take first.
    fn leaves_by(&self, vrf: u16, address: IpAddr) -> Option<u16> {
        let (_, entry) = self.writer.route_lookup(vrf, address)?;
        let GroupContent::Paths(spec) = self.writer.group_content(entry.group)? else { return None };
        let of = |path: &PathId| {
            let host =
                || self.neighbors.iter().find(|(_, n)| n.host_path() == Some(*path)).map(|(key, _)| key.0);
            let named = self.path_names.get(path).and_then(|name| self.paths.get(name));
            named.map(|path| path.interface).or_else(host)
        };
        let backups = spec.backups.iter().flatten();
        spec.primaries.iter().map(|(path, _)| path).chain(backups).find_map(of)
    }

    fn say_ask(&mut self, request: &Session, outcome: &Result<u16, String>) {
        let Some(suppressed) = self.may_say("bfdd", &request.dst.to_string()) else { return };
        let Session { dst: peer, multihop, shutdown, ifname, .. } = request;
        match outcome {
            Ok(_) => {
                tracing::info!(%peer, interface = ifname, multihop, shutdown, suppressed, "session for bfdd");
                if request.echo || request.demand {
                    let without = if request.echo { "echo" } else { "demand" };
                    tracing::warn!(%peer, without, "bfdd's session runs without this mode: swerve has none");
                }
            }
            Err(reason) => tracing::warn!(%peer, reason, suppressed, "bfdd's session cannot run"),
        }
    }

    /// Every session of bfdd's on this one is told of.
    pub(super) fn tell_bfdd(&mut self, index: u16) {
        let lids = self.session(index).map_or(Vec::new(), SessionState::asked_by_bfdd);
        lids.into_iter().for_each(|lid| self.report(lid));
    }

    /// bfdd may have missed some: all are told as they are now.
    pub fn bfdd_report_all(&mut self) {
        let lids: Vec<u32> = self.asks.all.keys().copied().collect();
        lids.into_iter().for_each(|lid| self.report(lid));
    }

    fn report(&mut self, lid: u32) {
        let Some(ask) = self.asks.all.get(&lid).filter(|ask| !ask.stale) else { return };
        let change = self.state_of(lid, ask);
        if let Some(ask) = self.asks.all.get_mut(&lid) {
            ask.told = Some(change);
        }
        self.effects.push(Effect::Bfdd(unasked(change)));
    }

    /// What there is to report.
    fn state_of(&self, lid: u32, ask: &Ask) -> StateChange {
        let index = ask.outcome.as_ref().ok().copied();
        match index.and_then(|index| self.session(index)) {
            None => down(lid),
            Some(_) if ask.request.shutdown => {
                let (state, diagnostic) = (BfdState::AdminDown, Diagnostic::AdministrativelyDown);
                StateChange { state, diagnostic, ..down(lid) }
            }
            Some(session) => match &session.last {
                None => StateChange { state: session.state, diagnostic: Diagnostic::None, ..down(lid) },
                Some(last) => {
                    let now = index.and_then(|index| self.shared.stats.session(index));
                    state_change(lid, last, now)
                }
            },
        }
    }

    /// A peer changes its timers without a change of state, as all do once they are up.
    fn report_changes(&mut self) {
        let all = self.asks.all.iter();
        let changed = all.filter(|(lid, ask)| !ask.stale && ask.told != Some(self.state_of(**lid, ask)));
        let lids: Vec<u32> = changed.map(|(lid, _)| *lid).collect();
        lids.into_iter().for_each(|lid| self.report(lid));
    }

    /// The answer to a question for counters. There is one whatever was asked: bfdd waits for it.
    pub fn bfdd_counters(&self, lid: u32) -> Counters {
        let ask = self.asks.all.get(&lid);
        let info = ask.and_then(|ask| self.shared.stats.session(*ask.outcome.as_ref().ok()?));
        let (input, output) = info.map_or((0, 0), |info| (info.packets_in, info.packets_out));
        let len = bfd::PACKET_LEN as u64;
        let control = Traffic {
            input_bytes: input * len,
            input_packets: input,
            output_bytes: output * len,
            output_packets: output,
        };
        Counters { lid, control, echo: Traffic::default() }
    }

    /// What time brings: sessions that were not asked for again go, those that could not run are tried again, and
    /// neighbors that nobody knows are asked for.
    pub(super) fn bfdd_tick(&mut self) {
        let now = self.clock.now_ns();
        if self.asks.stale_until_ns.is_some_and(|until| until <= now) {
            self.asks.stale_until_ns = None;
            let stale = self.asks.all.iter().filter(|(_, ask)| ask.stale);
            let stale: Vec<u32> = stale.map(|(lid, _)| *lid).collect();
            stale.into_iter().for_each(|lid| self.drop_ask(lid));
        }
        if self.asks.retry_at_ns > now {
            return;
        }
        self.asks.retry_at_ns = now + RETRY_NS;
        self.rearrange(|ask| ask.outcome.is_err());
        self.report_changes();
        let ends = self.asks.all.values().filter_map(|ask| self.session(*ask.outcome.as_ref().ok()?));
        let unknown: Vec<(u16, IpAddr)> = ends
            .map(|session| (session.config.endpoint.interface, session.config.endpoint.peer))
            .filter(|(at, peer)| bfd::multihop_vrf(*at).is_none() && self.mac_of(*at, *peer).is_none())
            .collect();
        for (interface, address) in unknown {
            let interface = self.infos[usize::from(interface)].name.clone();
            self.tell(api::switch::Event::Unresolved { interface, address });
        }
    }

    /// Interfaces have other addresses now: sessions may have to move, to end, or can begin.
    pub(super) fn rearrange_asks(&mut self) {
        self.rearrange(|_| true);
    }

    fn rearrange(&mut self, which: impl Fn(&Ask) -> bool) {
        let asks = self.asks.all.iter().filter(|(_, ask)| which(ask));
        let asks: Vec<(u32, Session, Result<u16, String>)> =
            asks.map(|(lid, ask)| (*lid, ask.request.clone(), ask.outcome.clone())).collect();
        for (lid, request, before) in asks {
            let outcome = self.arrange(&request, before.clone().ok());
            if outcome == before {
                continue;
            }
            self.say_ask(&request, &outcome);
            if let Some(ask) = self.asks.all.get_mut(&lid) {
                ask.outcome = outcome;
            }
            self.report(lid);
        }
    }

    /// Seconds until sessions go that bfdd has not asked for again.
    pub fn bfdd_stale_for(&self) -> Option<f64> {
        let until = self.asks.stale_until_ns.filter(|_| self.asks.all.values().any(|ask| ask.stale))?;
        Some(until.saturating_sub(self.clock.now_ns()) as f64 / 1e9)
    }

    /// What bfdd asked for, for `swervectl show bfd`.
    pub fn show_asked(&self) -> Vec<Asked> {
        let row = |(lid, ask): (&u32, &Ask)| {
            let session = ask.outcome.as_ref().ok().and_then(|index| self.session(*index));
            let endpoint = session.map(|session| session.config.endpoint);
            let interface = endpoint.filter(|end| end.vrf().is_none());
            Asked {
                discriminator: *lid,
                peer: ask.request.dst,
                local: endpoint.map(|end| end.local),
                interface: interface.map(|end| self.infos[usize::from(end.interface)].name.clone()),
                multihop: ask.request.multihop,
                shutdown: ask.request.shutdown,
                stale: ask.stale,
                state: session.map(|session| format!("{:?}", session.state).to_lowercase()),
                problem: ask.outcome.as_ref().err().cloned(),
            }
        };
        self.asks.all.iter().map(row).collect()
    }
}

/// Nobody asked for it by a number.
fn unasked(change: StateChange) -> Message {
    Message { id: 0, body: Body::StateChange(change) }
}

/// A session that does not run: the path to the peer is not watched, and so not known to work.
fn down(lid: u32) -> StateChange {
    StateChange {
        lid,
        rid: 0,
        control_plane_independent: false,
        demand: false,
        multipoint: false,
        desired_tx: 0,
        required_rx: 0,
        required_echo_rx: 0,
        state: BfdState::Down,
        diagnostic: Diagnostic::PathDown,
        detection_multiplier: 0,
    }
}

/// `now` is what the worker says of the session, which may be a little older than its last event.
fn state_change(lid: u32, last: &bfd::Event, now: Option<stats::SessionInfo>) -> StateChange {
    let micros = |d: Duration| u32::try_from(d.as_micros()).unwrap_or(u32::MAX);
    let remote = &last.remote;
    // Who detected it says why: the peer where it signaled, else we.
    let signaled = matches!(last.cause, bfd::Cause::Signaled(_) | bfd::Cause::RemoteAdminDown);
    let diagnostic = if signaled { last.remote_diagnostic } else { last.diagnostic };
    // RFC 5882 4.2: bfdd's clients take Down for a failure of the path, and a peer's administrator for none.
    let state = match (last.cause, last.new) {
        (bfd::Cause::RemoteAdminDown, BfdState::Down) => BfdState::AdminDown,
        (_, state) => state,
    };
    let same = |now: &stats::SessionInfo| {
        now.state == last.new as u8
            && now.last_heard_ns > last.at.0
            && now.remote_discriminator == remote.discriminator
    };
    let (min_tx, min_rx, multiplier) = match now.filter(same) {
        Some(now) => (now.remote_min_tx_us, now.remote_min_rx_us, now.remote_multiplier),
        None => (micros(remote.min_tx), micros(remote.min_rx), remote.multiplier),
    };
    StateChange {
        lid,
        rid: remote.discriminator,
        control_plane_independent: remote.control_plane_independent,
        demand: remote.demand,
        multipoint: false,
        desired_tx: min_tx,
        required_rx: min_rx,
        required_echo_rx: micros(remote.min_echo_rx),
        state,
        diagnostic,
        detection_multiplier: multiplier,
    }
}
