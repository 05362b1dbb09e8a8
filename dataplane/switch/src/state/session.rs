//! BFD sessions as the main thread sees them: which worker runs which, for which path.

use super::{Effect, Refusal, State};
use crate::worker::messages::{BfdFrame, Command, SessionSlot};
use crate::worker::sessions::owner;
use api::switch::{Bfd, Path as Spec};
use bfd::{Endpoint, Event, State as BfdState, Timers};
use fib::{Causes, PathId};
use stats::{Cause, FailoverId};
use std::net::IpAddr;
use std::time::Duration;
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, ipv6, udp};

/// RFC 5881 5: TTL 255, so that a receiver knows the packet has crossed no router.
const TTL: u8 = 255;

/// One session.
#[derive(Debug, Clone)]
pub struct SessionState {
    pub worker: usize,
    pub state: BfdState,
    config: bfd::Config,
}

impl State {
    /// Gives a path the session that its specification wants; a session that is there gets new timers.
    pub(super) fn watch(&mut self, name: &str) -> Result<(), Refusal> {
        let path = &self.paths[name];
        let Some(bfd) = path.spec.bfd.clone() else {
            self.unwatch(name);
            return Ok(());
        };
        let config = self.session_config(name, &bfd)?;
        if let Some(index) = self.paths[name].session
            && let Some(session) = &mut self.sessions[usize::from(index)]
        {
            let config = bfd::Config { discriminator: session.config.discriminator, ..config };
            if session.config.endpoint == config.endpoint {
                session.config = config;
                let command = Command::SessionUpdate { slot: SessionSlot(index), config };
                self.effects.push(Effect::Worker(session.worker, command));
                return Ok(());
            }
        }
        self.unwatch(name);
        self.session_add(name, config)
    }

    /// Whether a path can have the session that its specification wants, before anything of it is applied.
    pub(super) fn check_bfd(&self, interface: u16, spec: &Spec) -> Result<(), Refusal> {
        let Some(bfd) = &spec.bfd else { return Ok(()) };
        self.session_shape(interface, spec, bfd)?;
        let has_one = self.paths.get(&spec.name).is_some_and(|path| path.session.is_some());
        if has_one || self.sessions.iter().any(Option::is_none) {
            return Ok(());
        }
        Err(Refusal::SessionsFull(self.sessions.len()))
    }

    fn session_shape(&self, interface: u16, spec: &Spec, bfd: &Bfd) -> Result<(Endpoint, Timers), Refusal> {
        let refuse = |why: String| Refusal::Bfd { path: spec.name.clone(), why };
        let view = &self.interfaces.interfaces[usize::from(interface)];
        let peer = spec.next_hop;
        let local = bfd.local.or_else(|| view.address_towards(peer));
        let local =
            local.ok_or_else(|| refuse(format!("the interface has no address to reach {peer} from")))?;
        let timers = Timers {
            desired_min_tx: Duration::from_micros(u64::from(bfd.desired_min_tx_us)),
            required_min_rx: Duration::from_micros(u64::from(bfd.required_min_rx_us)),
            multiplier: bfd.detect_multiplier,
        };
        timers.check().map_err(|e| refuse(e.to_string()))?;
        if local.is_ipv4() != peer.is_ipv4() {
            return Err(refuse(format!("{local} and {peer} are of different families")));
        }
        Ok((Endpoint { interface, local, peer }, timers))
    }

    fn session_config(&mut self, name: &str, bfd: &Bfd) -> Result<bfd::Config, Refusal> {
        let path = &self.paths[name];
        let (endpoint, timers) = self.session_shape(path.interface, &path.spec, bfd)?;
        self.next_discriminator = self.next_discriminator.wrapping_add(1).max(1);
        Ok(bfd::Config {
            endpoint,
            timers,
            discriminator: self.next_discriminator,
            passive: false,
            admin_down: false,
        })
    }

    fn session_add(&mut self, name: &str, config: bfd::Config) -> Result<(), Refusal> {
        let full = Refusal::SessionsFull(self.sessions.len());
        let index = self.sessions.iter().position(Option::is_none).ok_or(full)?;
        let path = &self.paths[name];
        let worker = owner(config.endpoint.interface, config.endpoint.peer, self.workers);
        let frame = self.frame(path.interface, config.endpoint.local, config.endpoint.peer);
        let slot = SessionSlot(index as u16);
        self.shared.stats.session_open(slot.0, path.id.0, worker as u16);
        let command = Command::SessionAdd { slot, path: path.id, config, frame };
        self.effects.push(Effect::Worker(worker, command));
        self.sessions[index] = Some(SessionState { worker, state: BfdState::Down, config });
        if let Some(path) = self.paths.get_mut(name) {
            path.session = Some(slot.0);
        }
        Ok(())
    }

    /// Takes a path's session away, and with it whatever it held against the path.
    pub(super) fn unwatch(&mut self, name: &str) {
        let Some(path) = self.paths.get_mut(name) else { return };
        let Some(index) = path.session.take() else { return };
        if let Some(session) = self.sessions[usize::from(index)].take() {
            let command = Command::SessionRemove { slot: SessionSlot(index) };
            self.effects.push(Effect::Worker(session.worker, command));
            self.shared.stats.session_close(index);
        }
        self.clear(name, Causes::BFD);
    }

    /// The neighbor of a path has another address now.
    pub(super) fn renew_frame(&mut self, name: &str) {
        let Some(path) = self.paths.get(name) else { return };
        let Some(index) = path.session else { return };
        let Some(session) = &self.sessions[usize::from(index)] else { return };
        let endpoint = session.config.endpoint;
        let frame = self.frame(path.interface, endpoint.local, endpoint.peer);
        let command = Command::SessionFrame { slot: SessionSlot(index), frame };
        self.effects.push(Effect::Worker(session.worker, command));
    }

    pub(super) fn bfd_is_up(&self, name: &str) -> bool {
        let session = self.paths.get(name).and_then(|path| path.session);
        let session = session.and_then(|index| self.sessions[usize::from(index)].as_ref());
        session.is_some_and(|session| session.state == BfdState::Up)
    }

    /// A worker reports a change.
    pub fn session_event(
        &mut self,
        slot: SessionSlot,
        path: PathId,
        event: &Event,
        failover: Option<FailoverId>,
    ) {
        let Some(name) = self.path_names.get(&path).cloned() else { return };
        // A report about a session that was removed since says nothing about its successor in the slot.
        let current = self.paths.get(&name).and_then(|p| p.session) == Some(slot.0);
        let Some(session) = self.sessions[usize::from(slot.0)].as_mut().filter(|_| current) else { return };
        session.state = event.new;
        if let Some(suppressed) = self.may_say("bfd", &name) {
            tracing::info!(
                path = name,
                old = ?event.old,
                new = ?event.new,
                reason = ?event.cause,
                diagnostic = ?event.diagnostic,
                remote_diagnostic = ?event.remote_diagnostic,
                suppressed,
                "BFD session"
            );
        }
        if event.new == BfdState::Up {
            self.clear(&name, Causes::BFD);
        } else if event.is_path_failure() {
            let why = if event.cause == bfd::Cause::Expired { Cause::BfdExpired } else { Cause::BfdSignaled };
            self.failed_by_worker(&name, failover, why);
        }
    }

    /// A session's packet but for BFD itself; empty while the neighbor is unknown.
    fn frame(&self, interface: u16, local: IpAddr, peer: IpAddr) -> BfdFrame {
        let view = &self.interfaces.interfaces[usize::from(interface)];
        let mut frame =
            BfdFrame { port: view.port, len: 0, bytes: [0; BfdFrame::MAX], l3: 0, v6: peer.is_ipv6() };
        let Some(mac) = self.mac_of(interface, peer) else { return frame };
        let tag = view.vlan.map(|vlan| ethernet::Tag { vlan, priority: 7, drop_eligible: false });
        let ethertype = if frame.v6 { EtherType::IPV6 } else { EtherType::IPV4 };
        let src = MacAddr(self.infos[usize::from(interface)].mac.0);
        let repr = ethernet::Repr { src, dst: MacAddr(mac.0), tag, ethertype };
        repr.emit(&mut ethernet::Frame::new_unchecked(&mut frame.bytes));
        let l3 = repr.header_len();
        let datagram = (udp::HEADER_LEN + bfd::PACKET_LEN) as u16;
        let l4 = match (local, peer) {
            (IpAddr::V4(local), IpAddr::V4(peer)) => {
                let mut header = ipv4::Repr::new(local, peer, Protocol::UDP, TTL, datagram);
                // Class selector 6, as routing protocols use: RFC 2474 4.2.2.
                header.traffic_class = 0xc0;
                header.emit(&mut ipv4::Packet::new_unchecked(&mut frame.bytes[l3..]));
                l3 + header.header_len()
            }
            (IpAddr::V6(local), IpAddr::V6(peer)) => {
                let mut header = ipv6::Repr::new(local, peer, Protocol::UDP, TTL, datagram);
                header.traffic_class = 0xc0;
                header.emit(&mut ipv6::Packet::new_unchecked(&mut frame.bytes[l3..]));
                l3 + ipv6::HEADER_LEN
            }
            _ => unreachable!("a session has one family; its configuration was checked"),
        };
        let mut view = udp::Packet::new_unchecked(&mut frame.bytes[l4..]);
        // RFC 5881 4: a source port of 49152 or above, the same for all packets of the session.
        view.set_src_port(49152 + (interface & 0x3fff));
        view.set_dst_port(wire::bfd::PORT);
        view.set_length(datagram);
        frame.l3 = l3 as u8;
        frame.len = (l4 + udp::HEADER_LEN) as u8;
        frame
    }
}
