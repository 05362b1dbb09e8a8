//! The local step: every packet that was not simply forwarded leaves the vector here, with its reason. It goes up to
//! the kernel by the mirror, is answered, or is dropped.

use super::arrival::Meta;
use super::bucket::Bucket;
use super::icmp::{self, Kind, MAX_V6, Trouble};
use super::messages::{Notice, Punt, WorkerRings};
use super::seek::Seeking;
use super::slow::{Instead, Options, SlowPath, judge};
use super::transmit::Transmit;
use super::vector::Reason;
use super::view::{Interfaces, is_link_local, special};
use dpdk::Mbuf;
use fib::{Selection, WorkerEpoch};
use stats::{DropReason, PuntClass};
use std::net::IpAddr;

/// Notices of unresolved neighbors a second: each makes control send a datagram.
const UNRESOLVED: (u32, u32) = (200, 50);
/// Packets a second that a worker forwards by copying them, and in a burst. A tenth of what one core does, so that BFD and the
/// packets of the program keep the rest.
const SLOW: (u32, u32) = (50_000, 512);

/// A worker's local step.
#[derive(Debug)]
pub struct LocalStep {
    answers: [Bucket; Kind::ALL.len()],
    unresolved: Bucket,
    seeking: Seeking,
    slow_rate: Bucket,
    slow: SlowPath,
    /// By interface and class.
    police: Vec<[Bucket; PuntClass::COUNT]>,
    /// A worker polices for itself; together they let pass what was configured.
    workers: u32,
}

/// What the local step works with.
pub struct Surroundings<'a> {
    pub transmit: &'a mut Transmit,
    pub rings: &'a mut WorkerRings,
    pub interfaces: &'a Interfaces,
    pub epoch: &'a WorkerEpoch,
}

impl LocalStep {
    pub fn new(interfaces: &Interfaces, workers: usize) -> LocalStep {
        let mut step = LocalStep {
            answers: [Bucket::new(0, 1); Kind::ALL.len()],
            unresolved: Bucket::new(UNRESOLVED.0, UNRESOLVED.1),
            seeking: Seeking::new(),
            slow_rate: Bucket::new(SLOW.0, SLOW.1),
            slow: SlowPath::new(),
            police: Vec::new(),
            workers: workers as u32,
        };
        step.configure(interfaces);
        step
    }

    /// Takes over changed rates.
    pub fn configure(&mut self, interfaces: &Interfaces) {
        let share = |rate: u32| rate.div_ceil(self.workers.max(1));
        let bucket = |rate: u32| Bucket::new(share(rate), (share(rate) / 10).max(8));
        self.police = interfaces.interfaces.iter().map(|i| i.police.map(bucket)).collect();
        self.answers = interfaces.answers.map(bucket);
    }

    /// Deals with one packet.
    #[inline(never)]
    pub fn take(
        &mut self,
        now_ns: u64,
        mbuf: Mbuf,
        meta: Meta,
        reason: Reason,
        around: &mut Surroundings<'_>,
    ) {
        let (trouble, drop) = match reason {
            Reason::ForUs | Reason::NotIp | Reason::Multicast => {
                return self.punt(now_ns, mbuf, meta, around);
            }
            Reason::Options => return self.unusual(now_ns, mbuf, meta, around),
            Reason::Expired if is_for_us(&mbuf, meta, around) => {
                return self.punt(now_ns, mbuf, meta, around);
            }
            Reason::Unresolved(interface) => return self.resolve(now_ns, &mbuf, meta, interface, around),
            Reason::TooBig(_) if !must_not_fragment(mbuf.data(), meta) => {
                return self.forward(now_ns, mbuf, meta, around);
            }
            Reason::Expired if is_spoofed(&mbuf, meta, around) => {
                return around.transmit.page.drop_packet(DropReason::ReversePath);
            }
            Reason::Expired => (Trouble::Expired, DropReason::TtlExpired),
            Reason::NoRoute => (Trouble::NoRoute, DropReason::NoRoute),
            Reason::NoLivePath { .. } => (no_path(mbuf.data(), meta, around), DropReason::NoLivePath),
            Reason::Unreachable => (Trouble::HostUnreachable, DropReason::Unreachable),
            Reason::Prohibited => (Trouble::Prohibited, DropReason::Prohibited),
            Reason::TooBig(mtu) => (Trouble::TooBig(mtu), DropReason::MtuExceeded),
        };
        self.refuse(now_ns, &mbuf, meta, Some(trouble), drop, around);
    }

    /// Up to the kernel, as fast as the class allows.
    fn punt(&mut self, now_ns: u64, mbuf: Mbuf, meta: Meta, around: &mut Surroundings<'_>) {
        let page = &around.transmit.page;
        let class = classify(mbuf.data(), meta);
        let index = usize::from(meta.interface);
        if !around.interfaces.interfaces.get(index).is_some_and(|i| i.mirrored) {
            page.drop_packet(DropReason::NoMirror);
            return;
        }
        if !self.police[index][class as usize].take(now_ns) {
            page.policed[class as usize].add(1);
            page.drop_packet(DropReason::PuntPoliced);
            return;
        }
        match around.rings.punts.push(Punt { mbuf, interface: meta.interface }) {
            Ok(()) => page.punts[class as usize].add(1),
            Err(_) => page.drop_packet(DropReason::PuntFull),
        }
    }

    /// IPv4 options and link-local addresses: up if it concerns us. A link-local packet goes no further (RFC 3927 2.7,
    /// RFC 4291 2.5.6); one with options does, if no option asks a router for something (RFC 7126).
    fn unusual(&mut self, now_ns: u64, mbuf: Mbuf, meta: Meta, around: &mut Surroundings<'_>) {
        let to = destination(mbuf.data(), meta);
        let interface = around.interfaces.interfaces.get(usize::from(meta.interface));
        // Our own link-local address is the mirror's, which the kernel made from the MAC: it knows.
        let owned = to.is_some_and(|to| is_link_local(to) || interface.is_some_and(|i| i.owns(to)));
        if owned || is_for_us(&mbuf, meta, around) {
            return self.punt(now_ns, mbuf, meta, around);
        }
        if to.is_some_and(|to| to.is_ipv6()) {
            let trouble = Some(Trouble::BeyondScope);
            return self.refuse(now_ns, &mbuf, meta, trouble, DropReason::BeyondScope, around);
        }
        let Ok(packet) =
            wire::ipv4::Packet::new_checked(mbuf.data().get(usize::from(meta.l3)..).unwrap_or_default())
        else {
            return around.transmit.page.drop_packet(DropReason::Truncated);
        };
        if packet.src().is_link_local() || packet.dst().is_link_local() {
            // ICMP has no word for it.
            return around.transmit.page.drop_packet(DropReason::BeyondScope);
        }
        if is_spoofed(&mbuf, meta, around) {
            return around.transmit.page.drop_packet(DropReason::ReversePath);
        }
        match judge(packet.options()) {
            Options::Pass => self.forward(now_ns, mbuf, meta, around),
            Options::Drop => around.transmit.page.drop_packet(DropReason::IpOptions),
            Options::Malformed(at) => {
                let trouble = Some(Trouble::BadParameter(at));
                self.refuse(now_ns, &mbuf, meta, trouble, DropReason::IpOptions, around);
            }
        }
    }

    /// What the program does not do: options, and packets that have to be cut.
    fn forward(&mut self, now_ns: u64, mbuf: Mbuf, meta: Meta, around: &mut Surroundings<'_>) {
        if !self.slow_rate.take(now_ns) {
            return around.transmit.page.drop_packet(DropReason::SlowPath);
        }
        match self.slow.forward(&mbuf, meta, around) {
            Ok(()) => {}
            Err(Instead::Punt(reason)) => self.take(now_ns, mbuf, meta, reason, around),
            Err(Instead::Refuse(reason, trouble)) => {
                self.refuse(now_ns, &mbuf, meta, trouble, reason, around);
            }
        }
    }

    /// Drops a packet and tells its sender why, as far as the rate allows.
    fn refuse(
        &mut self,
        now_ns: u64,
        mbuf: &Mbuf,
        meta: Meta,
        trouble: Option<Trouble>,
        reason: DropReason,
        around: &mut Surroundings<'_>,
    ) {
        around.transmit.page.drop_packet(reason);
        let Some(trouble) = trouble else { return };
        let frame = mbuf.data();
        let Some(packet) = frame.get(usize::from(meta.l3)..) else { return };
        let Some(peer) = icmp::addressee(packet, trouble) else { return };
        // RFC 1812 4.3.2.7, RFC 4443 2.4 (e.4).
        let to_a_group = frame.first().is_some_and(|first| first & 1 != 0);
        if to_a_group && !(peer.is_ipv6() && trouble.kind() == Kind::TooBig) {
            return;
        }
        let Some(source) = around.interfaces.source_of_answers(meta.interface, peer) else { return };
        if !self.answers[trouble.kind() as usize].take(now_ns) {
            around.transmit.page.icmp_limited.add(1);
            return;
        }
        let mut answer = [0; MAX_V6];
        let Some((len, to)) = icmp::answer(packet, trouble, source, &mut answer) else { return };
        let sent = if is_link_local(to) {
            send_back(frame, meta, &answer[..len], around)
        } else {
            let vrf = around.interfaces.vrf(meta.interface);
            send_own(vrf, to, &answer[..len], around.epoch, around.transmit)
        };
        if sent {
            around.transmit.page.icmp_sent.add(1);
        }
    }

    /// Asks the main thread to have the neighbor resolved. When that was in vain for a while, the sender is told.
    fn resolve(
        &mut self,
        now_ns: u64,
        mbuf: &Mbuf,
        meta: Meta,
        interface: u16,
        around: &mut Surroundings<'_>,
    ) {
        let Some(address) = destination(mbuf.data(), meta) else { return };
        let in_vain = self.seeking.in_vain(now_ns, interface, address);
        let trouble = in_vain.then_some(Trouble::HostUnreachable);
        self.refuse(now_ns, mbuf, meta, trouble, DropReason::UnresolvedNeighbor, around);
        if self.unresolved.take(now_ns) {
            // A full ring loses a hint; the next packet gives it again.
            let _ = around.rings.notices.push(Notice::Unresolved { interface, address });
        }
    }
}

/// Every path of the route is dead. RFC 1812 5.2.7.1: a network is unreachable only when no host of it can be reached otherwise, and
/// the next host over has the same group then.
fn no_path(frame: &[u8], meta: Meta, around: &Surroundings<'_>) -> Trouble {
    let (tables, vrf) = (around.epoch.tables(), around.interfaces.vrf(meta.interface));
    let group = |to: u32| tables.lookup4_in(vrf, to);
    match destination(frame, meta) {
        Some(IpAddr::V4(to)) if group(to.to_bits()) == group(to.to_bits() ^ 1) => Trouble::NoRoute,
        // RFC 4443 3.1: code 0 is for want of a route only.
        _ => Trouble::HostUnreachable,
    }
}

/// Routes a packet of our own in a VRF and queues it; `false` when there is no way.
pub fn send_own(vrf: u16, to: IpAddr, packet: &[u8], epoch: &WorkerEpoch, transmit: &mut Transmit) -> bool {
    let tables = epoch.tables();
    let path = match tables.select(tables.lookup_in(vrf, to), 0) {
        Selection::Path(path) | Selection::Repair { path, .. } => path,
        Selection::Special(_) | Selection::NoLivePath { .. } | Selection::NoRoute => return false,
    };
    let Some(neighbor) = epoch.neighbor(path) else { return false };
    let header = &neighbor.header[..usize::from(neighbor.header_len)];
    let l3 = header.len() + 2;
    let mut frame = [0; fib::Neighbor::HEADER_MAX + 2 + MAX_V6];
    frame[..header.len()].copy_from_slice(header);
    frame[header.len()..l3].copy_from_slice(if to.is_ipv6() { &[0x86, 0xdd] } else { &[0x08, 0x00] });
    let len = l3 + packet.len();
    frame[l3..len].copy_from_slice(packet);
    transmit.send_copy(neighbor.port, &frame[..len]);
    true
}

/// Sends a packet to the station that `frame` came from: a link-local address has no route.
fn send_back(frame: &[u8], meta: Meta, packet: &[u8], around: &mut Surroundings<'_>) -> bool {
    let Some(arrived) = around.interfaces.interfaces.get(usize::from(meta.interface)) else { return false };
    let l3 = usize::from(meta.l3);
    let mut back = [0; super::arrival::TAGGED + MAX_V6];
    back[..l3].copy_from_slice(&frame[..l3]);
    back[..6].copy_from_slice(&frame[6..12]);
    back[6..12].copy_from_slice(&frame[..6]);
    let len = l3 + packet.len();
    back[l3..len].copy_from_slice(packet);
    around.transmit.send_copy(arrived.port, &back[..len]);
    true
}

/// Whether the interface has sources checked and refuses this one. The program has looked at those only that it would forward.
fn is_spoofed(mbuf: &Mbuf, meta: Meta, around: &Surroundings<'_>) -> bool {
    let (tables, vrf) = (around.epoch.tables(), around.interfaces.vrf(meta.interface));
    let Some(packet) = mbuf.data().get(usize::from(meta.l3)..) else { return false };
    let source = match packet.first().map(|byte| byte >> 4) {
        Some(4) => packet
            .get(12..16)
            .and_then(|s| s.first_chunk::<4>())
            .map(|s| tables.lookup4_in(vrf, u32::from_be_bytes(*s))),
        _ => packet
            .get(8..24)
            .and_then(|s| s.first_chunk::<16>())
            .map(|s| tables.lookup6_in(vrf, u128::from_be_bytes(*s))),
    };
    let ports = &around.interfaces.program;
    source.is_some_and(|source| rt::role::refuses_source(ports, around.epoch, source, meta.interface))
}

fn is_for_us(mbuf: &Mbuf, meta: Meta, around: &Surroundings<'_>) -> bool {
    let vrf = around.interfaces.vrf(meta.interface);
    destination(mbuf.data(), meta).is_some_and(|dst| is_own(vrf, dst, around.epoch))
}

/// Whether an address is the switch's own in a VRF, on whichever interface.
pub fn is_own(vrf: u16, address: IpAddr, epoch: &WorkerEpoch) -> bool {
    let tables = epoch.tables();
    tables.select(tables.lookup_in(vrf, address), 0) == Selection::Special(special::LOCAL)
}

/// Where an IP packet goes; `None` when it is too short to say.
pub fn destination(frame: &[u8], meta: Meta) -> Option<IpAddr> {
    let packet = frame.get(usize::from(meta.l3)..)?;
    if packet.first()? >> 4 == 4 {
        Some(IpAddr::from(*packet.get(16..20)?.first_chunk::<4>()?))
    } else {
        Some(IpAddr::from(*packet.get(24..40)?.first_chunk::<16>()?))
    }
}

/// IPv6 routers never fragment (RFC 8200 5); IPv4 senders forbid it by the DF bit (RFC 1191).
pub fn must_not_fragment(frame: &[u8], meta: Meta) -> bool {
    let l3 = usize::from(meta.l3);
    frame.get(l3).is_some_and(|b| b >> 4 == 6) || frame.get(l3 + 6).is_some_and(|b| b & 0x40 != 0)
}

/// The class that a packet is policed in.
pub fn classify(frame: &[u8], meta: Meta) -> PuntClass {
    let l3 = usize::from(meta.l3);
    let ethertype =
        frame.get(l3.saturating_sub(2)..l3).map_or(0, |b| b.iter().fold(0, |n, b| n << 8 | u16::from(*b)));
    let packet = frame.get(l3..).unwrap_or_default();
    let byte = |at: usize| packet.get(at).copied().unwrap_or(0);
    // IEEE 802.3: a length instead of a type, and behind it the LLC header of OSI and the NLPID of IS-IS (ISO 9577).
    if ethertype < 1536 && packet.starts_with(&[0xfe, 0xfe, 0x03, 0x83]) {
        return PuntClass::IsIs;
    }
    let port_is = |at: usize, port: u16| packet.get(at..at + 2) == Some(&port.to_be_bytes());
    let (protocol, transport, multicast) = match ethertype {
        0x0806 => return PuntClass::Arp,
        0x0800 => (byte(9), usize::from(byte(0) & 15) * 4, byte(16) >= 224),
        0x86dd => (byte(6), 40, byte(24) == 0xff),
        _ => return PuntClass::Rest,
    };
    match protocol {
        1 => PuntClass::Icmp,
        // Router solicitation to redirect: neighbor discovery (RFC 4861).
        58 if (133..=137).contains(&byte(transport)) => PuntClass::Nd,
        58 => PuntClass::Icmp,
        89 => PuntClass::Ospf,
        6 if port_is(transport, 179) || port_is(transport + 2, 179) => PuntClass::Bgp,
        17 if [3784, 3785, 4784].iter().any(|p| port_is(transport + 2, *p)) => PuntClass::BfdOther,
        _ if multicast => PuntClass::Multicast,
        _ => PuntClass::Local,
    }
}
