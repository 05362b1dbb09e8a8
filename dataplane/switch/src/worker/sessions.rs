//! BFD on a worker: which sessions are ours, their packets in and out, and the repair when one goes down.

use super::arrival::Meta;
use super::local;
use super::messages::{BFD_MAX, BfdFrame, Handover, Notice, SessionSlot, Verdict, Watched};
use super::transmit::Transmit;
use super::{Clock, Shared};
use bfd::{Engine, Event, PACKET_LEN, RxMeta, SessionId, Sink, Time};
use fib::{Causes, WorkerEpoch};
use rtrb::Producer;
use stats::WorkerStats;
use std::net::IpAddr;
use wire::{ipv4, ipv6, udp};

/// Which worker runs the sessions with this peer. Every worker can tell from a packet alone, so nobody has to keep
/// or share a table of owners.
pub fn owner(interface: u16, peer: IpAddr, workers: usize) -> usize {
    let bits = match peer {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => (v6.to_bits() >> 64) as u64 ^ v6.to_bits() as u64,
    };
    let hash = (bits ^ u64::from(interface) << 48).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    (hash as usize * workers) >> 32
}

/// What the worker keeps beside the engine for a session, by the engine's slot.
#[derive(Debug, Clone, Copy)]
struct Local {
    slot: SessionSlot,
    discriminator: u32,
    paths: Watched,
    frame: BfdFrame,
    /// Packets that all workers had sent on each path when the peer was last heard.
    sent: [u64; Watched::MOST],
}

/// A BFD packet found in a frame.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub meta: RxMeta,
    pub payload: &'a [u8],
}

/// The BFD part of a packet that [`super::arrival::is_bfd`] found (so its headers are complete); `None` where the transport
/// is damaged. `vrf` is that of the interface that it came in by.
pub fn find(frame: &[u8], meta: Meta, vrf: u16) -> Option<Found<'_>> {
    let packet = frame.get(usize::from(meta.l3)..)?;
    let (src, dst, ttl, datagram): (IpAddr, IpAddr, u8, &[u8]) = if packet.first()? >> 4 == 4 {
        let total = usize::from(u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]));
        let view = ipv4::Packet::new_checked(packet.get(..total)?).ok()?;
        (view.src().into(), view.dst().into(), view.ttl(), packet.get(ipv4::HEADER_LEN..total)?)
    } else {
        let view = ipv6::Packet::new_checked(packet).ok()?;
        let end = ipv6::HEADER_LEN + usize::from(view.payload_len());
        (view.src().into(), view.dst().into(), view.hop_limit(), packet.get(ipv6::HEADER_LEN..end)?)
    };
    let view = udp::Packet::new_checked(datagram).ok()?;
    view.verify_checksum(src, dst).ok()?;
    let payload = datagram.get(udp::HEADER_LEN..usize::from(view.length()))?;
    // RFC 5883 5: the port tells the kind of session.
    let several = view.dst_port() == wire::bfd::MULTIHOP_PORT;
    let interface = if several { bfd::multihop(vrf) } else { meta.interface };
    Some(Found { meta: RxMeta { interface, src, dst, ttl }, payload })
}

/// A worker's sessions.
#[derive(Debug)]
pub struct Sessions {
    engine: Engine,
    locals: Vec<Local>,
    /// By [`SessionSlot`].
    ids: Vec<Option<SessionId>>,
    /// Slots in use.
    active: Vec<SessionSlot>,
    /// Of `active`, to be published next; and the vetoes of those before it.
    next: usize,
    vetoes: u64,
    worker: usize,
    workers: usize,
}

/// What a session needs to act: where its packets and its news go.
pub struct Outlets<'a> {
    pub transmit: &'a mut Transmit,
    pub notices: &'a mut Producer<Notice>,
    pub shared: &'a Shared,
    /// The routes of packets that go several hops.
    pub epoch: &'a WorkerEpoch,
    pub clock: Clock,
}

impl Sessions {
    pub fn new(capacity: usize, worker: usize, workers: usize, now_ns: u64) -> Sessions {
        let unused = Local {
            slot: SessionSlot(0),
            discriminator: 0,
            paths: Watched::default(),
            frame: BfdFrame::EMPTY,
            sent: [0; Watched::MOST],
        };
        Sessions {
            engine: Engine::new(capacity, now_ns | worker as u64, Time(now_ns)),
            locals: vec![unused; capacity],
            ids: vec![None; capacity],
            active: Vec::with_capacity(capacity),
            next: 0,
            vetoes: 0,
            worker,
            workers,
        }
    }

    /// Runs a session from now on.
    pub fn add(
        &mut self,
        now_ns: u64,
        slot: SessionSlot,
        paths: Watched,
        config: &bfd::Config,
        frame: BfdFrame,
    ) {
        match self.engine.add(Time(now_ns), config) {
            Ok(id) => {
                let discriminator = config.discriminator;
                let sent = [0; Watched::MOST];
                self.locals[id.slot()] = Local { slot, discriminator, paths, frame, sent };
                self.ids[usize::from(slot.0)] = Some(id);
                self.active.push(slot);
            }
            // The main thread gives every session its own slot, discriminator and peer, and checks the timers.
            Err(error) => unreachable!("the main thread asked for an impossible session: {error}"),
        }
    }

    pub fn update(
        &mut self,
        now_ns: u64,
        slot: SessionSlot,
        config: &bfd::Config,
        outlets: &mut Outlets<'_>,
    ) {
        let Some(id) = self.ids[usize::from(slot.0)] else { return };
        let mut outbox = Outbox { locals: &self.locals, worker: self.worker, outlets };
        if let Err(error) = self.engine.update(Time(now_ns), id, config.timers, &mut outbox) {
            unreachable!("the main thread asked for impossible timers: {error}");
        }
        self.engine.set_passive(Time(now_ns), id, config.passive, &mut outbox);
        self.engine.set_min_ttl(id, config.min_ttl);
        let is_down = self.engine.info(id).is_some_and(|info| info.state == bfd::State::AdminDown);
        if config.admin_down != is_down {
            self.engine.set_admin_down(Time(now_ns), id, config.admin_down, &mut outbox);
        }
    }

    /// What it takes out when it fails.
    pub fn watch(&mut self, slot: SessionSlot, paths: Watched) {
        if let Some(id) = self.ids[usize::from(slot.0)] {
            let local = &mut self.locals[id.slot()];
            local.paths = paths;
            local.sent = [0; Watched::MOST];
        }
    }

    /// Tells the peer that the session ends on purpose (RFC 5880 6.8.16).
    pub fn leave(&mut self, now_ns: u64, slot: SessionSlot, outlets: &mut Outlets<'_>) {
        let Some(id) = self.ids[usize::from(slot.0)] else { return };
        let mut outbox = Outbox { locals: &self.locals, worker: self.worker, outlets };
        self.engine.set_admin_down(Time(now_ns), id, true, &mut outbox);
    }

    pub fn set_frame(&mut self, slot: SessionSlot, frame: BfdFrame) {
        if let Some(id) = self.ids[usize::from(slot.0)] {
            self.locals[id.slot()].frame = frame;
        }
    }

    pub fn remove(&mut self, now_ns: u64, slot: SessionSlot, outlets: &mut Outlets<'_>) {
        let Some(id) = self.ids[usize::from(slot.0)].take() else { return };
        self.active.retain(|other| *other != slot);
        // The peer shall not take a session that we give up for a dead path (RFC 5882 4.2).
        let mut outbox = Outbox { locals: &self.locals, worker: self.worker, outlets };
        self.engine.set_admin_down(Time(now_ns), id, true, &mut outbox);
        self.engine.remove(id);
    }

    /// Tells every peer that we go on purpose.
    pub fn admin_down_all(&mut self, now_ns: u64, outlets: &mut Outlets<'_>) {
        let mut outbox = Outbox { locals: &self.locals, worker: self.worker, outlets };
        self.engine.admin_down_all(Time(now_ns), &mut outbox);
    }

    /// A BFD packet that came in by one of our interfaces: taken by the engine, or handed to the worker that runs
    /// the sessions with its sender.
    pub fn receive(
        &mut self,
        now_ns: u64,
        found: Found<'_>,
        handover: &mut [Producer<Handover>],
        outlets: &mut Outlets<'_>,
    ) {
        let owner = owner(found.meta.interface, found.meta.src, self.workers);
        if owner == self.worker {
            self.take(now_ns, &found.meta, found.payload, outlets);
            return;
        }
        let page = &outlets.transmit.page;
        let mut bytes = [0; BFD_MAX];
        let len = found.payload.len().min(BFD_MAX);
        bytes[..len].copy_from_slice(&found.payload[..len]);
        match handover[owner].push(Handover { meta: found.meta, len: len as u8, bytes }) {
            Ok(()) => page.handovers.add(1),
            Err(_) => page.drop_packet(stats::DropReason::HandoverFull),
        }
    }

    /// A packet for one of our own sessions, however it came.
    pub fn take(&mut self, now_ns: u64, meta: &RxMeta, payload: &[u8], outlets: &mut Outlets<'_>) {
        outlets.transmit.page.bfd_rx.add(1);
        let mut outbox = Outbox { locals: &self.locals, worker: self.worker, outlets };
        let result = self.engine.on_packet(Time(now_ns), meta, payload, &mut outbox);
        match result {
            Ok(id) => {
                let local = &mut self.locals[id.slot()];
                for (sent, path) in local.sent.iter_mut().zip(local.paths.paths()) {
                    (*sent, _) = outlets.shared.stats.path_totals(path.0);
                }
            }
            Err(discard) => {
                let page = &outlets.transmit.page;
                page.bfd_discard(discard as usize);
                page.drop_packet(stats::DropReason::BfdDiscarded);
            }
        }
    }

    /// Whether a timer is due.
    #[inline]
    pub fn due(&self, now_ns: u64) -> bool {
        self.engine.next_deadline().is_some_and(|deadline| deadline.0 <= now_ns)
    }

    pub fn next_deadline_ns(&self) -> Option<u64> {
        self.engine.next_deadline().map(|deadline| deadline.0)
    }

    /// Transmits what is due and declares dead whom nothing was heard of, as far as the horizon allows.
    pub fn tick(&mut self, now_ns: u64, horizon_ns: u64, outlets: &mut Outlets<'_>) {
        let mut outbox = Outbox { locals: &self.locals, worker: self.worker, outlets };
        self.engine.on_time(Time(now_ns), Time(horizon_ns), &mut outbox);
    }

    /// Writes what an operator may see of one session, the next in turn, into the stats segment: all of them at once
    /// would hold up the packets.
    pub fn publish_next(&mut self, shared: &Shared, page: &WorkerStats) {
        if self.next >= self.active.len() {
            self.next = 0;
            page.bfd_vetoes.set(std::mem::take(&mut self.vetoes));
        }
        let Some(slot) = self.active.get(self.next) else { return };
        self.next += 1;
        if let Some(info) = self.ids[usize::from(slot.0)].and_then(|id| self.engine.info(id)) {
            self.vetoes += info.vetoes;
            shared.stats.session_publish(slot.0, &session_info(&info));
        }
    }
}

struct Outbox<'s, 'o, 'l> {
    locals: &'l [Local],
    worker: usize,
    outlets: &'s mut Outlets<'o>,
}

impl Sink for Outbox<'_, '_, '_> {
    /// The repair. Nothing stands between the verdict and this store.
    fn event(&mut self, event: &Event) {
        let local = &self.locals[event.session.slot()];
        let mut verdicts = [None; Watched::MOST];
        if event.is_path_failure() {
            self.repair(local, event, &mut verdicts);
        }
        let notice =
            Notice::Session { slot: local.slot, discriminator: local.discriminator, event: *event, verdicts };
        // The ring holds several changes of every session; should it be full all the same, the main thread reads the
        // state from the stats segment.
        if self.outlets.notices.push(notice).is_err() {
            self.outlets.transmit.page.notices_lost.add(1);
        }
    }

    fn transmit(&mut self, session: SessionId, packet: &[u8; PACKET_LEN]) {
        let local = &self.locals[session.slot()];
        let frame = &local.frame;
        if frame.len == 0 {
            return;
        }
        let transmit = &mut *self.outlets.transmit;
        let header = usize::from(frame.len);
        let mut bytes = [0; BfdFrame::MAX + PACKET_LEN];
        bytes[..header].copy_from_slice(&frame.bytes[..header]);
        bytes[header..header + PACKET_LEN].copy_from_slice(packet);
        let whole = &mut bytes[..header + PACKET_LEN];
        if frame.v6 {
            // RFC 8200 8.1: the UDP checksum is not optional over IPv6.
            fill_checksum_v6(&mut whole[usize::from(frame.l3)..]);
        }
        match frame.routed {
            None => transmit.send_copy(frame.port, whole),
            Some(vrf) => {
                if !local::send_own(vrf, destination(whole, frame.v6), whole, self.outlets.epoch, transmit) {
                    // No way to the peer at this moment; it will miss us if that lasts.
                    return;
                }
            }
        }
        transmit.page.bfd_tx.add(1);
    }
}

impl Outbox<'_, '_, '_> {
    fn repair(&mut self, local: &Local, event: &Event, verdicts: &mut [Option<Verdict>; Watched::MOST]) {
        let shared = self.outlets.shared;
        let mut before = [Causes::NONE; Watched::MOST];
        let watched = local.paths.paths();
        // All bits first: what is written down about it can wait.
        for (before, path) in before.iter_mut().zip(watched) {
            *before = shared.tables.liveness().set(*path, Causes::BFD | Causes::WAIT_TO_RESTORE);
        }
        let flipped = self.outlets.clock.now_ns();
        self.outlets.transmit.after_verdict();
        for (n, path) in watched.iter().enumerate() {
            let failover =
                before[n].is_live().then(|| shared.open_failover(*path, self.worker, event, flipped));
            verdicts[n] = Some(Verdict { path: *path, failover, sent_when_heard: local.sent[n] });
        }
    }
}

/// Where a packet of ours goes, which has no options.
fn destination(packet: &[u8], v6: bool) -> IpAddr {
    if v6 {
        ipv6::Packet::new_unchecked(packet).dst().into()
    } else {
        ipv4::Packet::new_unchecked(packet).dst().into()
    }
}

fn fill_checksum_v6(packet: &mut [u8]) {
    let view = ipv6::Packet::new_unchecked(&*packet);
    let (src, dst) = (view.src().into(), view.dst().into());
    udp::Packet::new_unchecked(&mut packet[ipv6::HEADER_LEN..]).fill_checksum(src, dst);
}

fn session_info(info: &bfd::Info) -> stats::SessionInfo {
    let us = |d: core::time::Duration| u32::try_from(d.as_micros()).unwrap_or(u32::MAX);
    stats::SessionInfo {
        interface: info.endpoint.interface,
        local: info.endpoint.local,
        peer: info.endpoint.peer,
        local_discriminator: info.local_discriminator,
        remote_discriminator: info.remote_discriminator,
        state: info.state as u8,
        remote_state: info.remote_state as u8,
        diagnostic: info.diagnostic.code(),
        remote_diagnostic: info.remote_diagnostic.code(),
        tx_interval_us: info.agreed_tx_interval.map_or(0, us),
        remote_min_tx_us: us(info.remote_min_tx),
        remote_min_rx_us: us(info.remote_min_rx),
        remote_multiplier: info.remote_multiplier,
        detection_us: us(info.detection_time),
        multiplier: info.config_timers.multiplier,
        packets_in: info.packets_in,
        packets_out: info.packets_out,
        last_heard_ns: info.last_heard.map_or(0, |at| at.0),
        up_since_ns: info.up_since.map_or(0, |at| at.0),
        flaps: info.flaps,
        vetoes: info.vetoes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::arrival::ETHERNET;
    use std::net::{Ipv4Addr, Ipv6Addr};
    use wire::Protocol;

    const META: Meta = Meta { interface: 5, l3: ETHERNET as u8 };
    const PAYLOAD: usize = 24;

    /// A frame with a datagram whose payload is counted up from 1.
    fn frame(v6: bool) -> Vec<u8> {
        let length = (udp::HEADER_LEN + PAYLOAD) as u16;
        let (src, dst): (IpAddr, IpAddr) = if v6 {
            ("fd00::2".parse().unwrap(), "fd00::1".parse().unwrap())
        } else {
            ("10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap())
        };
        let l4 = ETHERNET + if v6 { ipv6::HEADER_LEN } else { ipv4::HEADER_LEN };
        let mut frame = vec![0; l4 + usize::from(length)];
        match (src, dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => ipv4::Repr::new(src, dst, Protocol::UDP, 255, length)
                .emit(&mut ipv4::Packet::new_unchecked(&mut frame[ETHERNET..])),
            (IpAddr::V6(src), IpAddr::V6(dst)) => ipv6::Repr::new(src, dst, Protocol::UDP, 255, length)
                .emit(&mut ipv6::Packet::new_unchecked(&mut frame[ETHERNET..])),
            _ => unreachable!("one family"),
        }
        for (n, byte) in frame[l4 + udp::HEADER_LEN..].iter_mut().enumerate() {
            *byte = n as u8 + 1;
        }
        let mut datagram = udp::Packet::new_unchecked(&mut frame[l4..]);
        datagram.set_src_port(50_000);
        datagram.set_dst_port(wire::bfd::PORT);
        datagram.set_length(length);
        datagram.fill_checksum(src, dst);
        frame
    }

    #[test]
    fn what_a_bfd_packet_says_and_who_said_it_is_found_in_the_frame() {
        for v6 in [false, true] {
            let mut frame = frame(v6);
            // Ethernet pads short frames.
            frame.extend([0xee; 20]);
            let found = find(&frame, META, 0).unwrap();
            assert_eq!(found.payload, (1..=PAYLOAD as u8).collect::<Vec<_>>());
            assert_eq!((found.meta.interface, found.meta.ttl), (5, 255));
            assert_eq!(found.meta.src.is_ipv6(), v6);
            assert!(found.meta.src.to_string().ends_with('2') && found.meta.dst.to_string().ends_with('1'));
        }
    }

    #[test]
    fn a_damaged_or_cut_datagram_is_none() {
        for v6 in [false, true] {
            let whole = frame(v6);
            for len in 0..whole.len() {
                assert!(find(&whole[..len], META, 0).is_none(), "{len} octets");
            }
            let mut damaged = whole.clone();
            *damaged.last_mut().unwrap() ^= 1;
            assert!(find(&damaged, META, 0).is_none(), "a wrong checksum");
            let l4 = whole.len() - PAYLOAD - udp::HEADER_LEN;
            for length in [0, 7, 33, 0xffff] {
                let mut lying = whole.clone();
                udp::Packet::new_unchecked(&mut lying[l4..]).set_length(length);
                assert!(find(&lying, META, 0).is_none(), "a length of {length}");
            }
        }
    }

    #[test]
    fn a_checksum_of_zero_means_none_in_ipv4_and_is_wrong_in_ipv6() {
        for v6 in [false, true] {
            let mut frame = frame(v6);
            let l4 = frame.len() - PAYLOAD - udp::HEADER_LEN;
            udp::Packet::new_unchecked(&mut frame[l4..]).set_checksum(0);
            assert_eq!(find(&frame, META, 0).is_some(), !v6);
        }
    }

    #[test]
    fn every_peer_has_one_owner_and_every_worker_its_share() {
        const PEERS: u32 = 4000;
        for workers in [1, 2, 3, 7, 16] {
            let mut four = vec![0; workers];
            let mut six = vec![0; workers];
            for n in 0..PEERS {
                let v4 = IpAddr::V4(Ipv4Addr::from_bits(0xcb00_7100 + n));
                let v6 = IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8u128 << 96) + (u128::from(n) << 64) + 1));
                four[owner(1, v4, workers)] += 1;
                six[owner(1, v6, workers)] += 1;
            }
            let share = PEERS / workers as u32;
            for counts in [four, six] {
                assert!(counts.iter().all(|n| (share / 2..=share * 2).contains(n)), "{counts:?}");
            }
        }
        // One address on many interfaces, as link-local ones are.
        let peer = IpAddr::V6("fe80::1".parse().unwrap());
        let first = (0..1000).filter(|interface| owner(*interface, peer, 2) == 0).count();
        assert!((350..=650).contains(&first), "{first} of 1000");
    }

    #[test]
    fn the_segment_numbers_and_names_discards_as_bfd_does() {
        let bfd: Vec<_> = bfd::Discard::ALL.iter().map(|d| (*d as usize, d.name())).collect();
        let stats: Vec<_> = stats::BfdDiscard::ALL.iter().map(|d| (*d as usize, d.as_str())).collect();
        assert_eq!(bfd, stats);
    }
}
