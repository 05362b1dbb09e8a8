//! The local step: every packet that was not simply forwarded leaves the vector here, with its reason. It goes up to
//! the kernel by the mirror, is answered, or is dropped.

use super::bucket::Bucket;
use super::icmp::{self, MAX_V6, Trouble};
use super::messages::{Notice, Punt, WorkerRings};
use super::parse::{Meta, Why};
use super::transmit::Transmit;
use super::vector::Reason;
use super::view::{Interfaces, special};
use dpdk::Mbuf;
use fib::{Selection, WorkerEpoch};
use stats::{DropReason, PuntClass};
use std::net::IpAddr;

/// Answers a worker may send in a second, and in a burst (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)).
const ANSWERS: (u32, u32) = (1000, 100);
/// Notices of unresolved neighbors a second: each makes control send a datagram.
const UNRESOLVED: (u32, u32) = (200, 50);

/// A worker's local step.
#[derive(Debug)]
pub struct LocalStep {
    answers: Bucket,
    unresolved: Bucket,
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
            answers: Bucket::new(ANSWERS.0, ANSWERS.1),
            unresolved: Bucket::new(UNRESOLVED.0, UNRESOLVED.1),
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
        match reason {
            Reason::ForUs | Reason::Parsed(Why::NotIp | Why::Multicast) => {
                self.punt(now_ns, mbuf, meta, around)
            }
            Reason::Parsed(Why::Options) => self.unusual(now_ns, mbuf, meta, around),
            Reason::Parsed(Why::Expired) => {
                if is_for_us(&mbuf, meta, around.epoch) {
                    self.punt(now_ns, mbuf, meta, around);
                } else {
                    self.refuse(now_ns, &mbuf, meta, Some(Trouble::Expired), DropReason::TtlExpired, around);
                }
            }
            Reason::NoRoute => {
                self.refuse(now_ns, &mbuf, meta, Some(Trouble::NoRoute), DropReason::NoRoute, around);
            }
            Reason::NoLivePath { .. } => {
                self.refuse(
                    now_ns,
                    &mbuf,
                    meta,
                    Some(Trouble::HostUnreachable),
                    DropReason::NoLivePath,
                    around,
                );
            }
            Reason::Unreachable => {
                self.refuse(
                    now_ns,
                    &mbuf,
                    meta,
                    Some(Trouble::HostUnreachable),
                    DropReason::Unreachable,
                    around,
                );
            }
            Reason::TooBig(mtu) => {
                let trouble = must_not_fragment(mbuf.data(), meta).then_some(Trouble::TooBig(mtu));
                self.refuse(now_ns, &mbuf, meta, trouble, DropReason::MtuExceeded, around);
            }
            Reason::Unresolved(interface) => self.resolve(now_ns, &mbuf, meta, interface, around),
        }
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

    /// Options, hop-by-hop headers and link-local addresses: up if it concerns us, else dropped. Nothing on the
    /// forwarding path interprets them (RFC 7126 advises to drop most of them).
    fn unusual(&mut self, now_ns: u64, mbuf: Mbuf, meta: Meta, around: &mut Surroundings<'_>) {
        let owned = destination(mbuf.data(), meta).is_some_and(|dst| {
            let interface = around.interfaces.interfaces.get(usize::from(meta.interface));
            let link_local = matches!(dst, IpAddr::V6(v6) if v6.is_unicast_link_local());
            // Our own link-local address is the mirror's, which the kernel made from the MAC: it knows.
            link_local || interface.is_some_and(|i| i.owns(dst))
        });
        if owned || is_for_us(&mbuf, meta, around.epoch) {
            self.punt(now_ns, mbuf, meta, around);
        } else {
            around.transmit.page.drop_packet(DropReason::IpOptions);
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
        let Some(packet) = mbuf.data().get(usize::from(meta.l3)..) else { return };
        let v6 = packet.first().is_some_and(|b| b >> 4 == 6);
        let interface = around.interfaces.interfaces.get(usize::from(meta.interface));
        let Some(source) = interface.and_then(|i| i.source_for(v6)) else { return };
        if !self.answers.take(now_ns) {
            around.transmit.page.icmp_limited.add(1);
            return;
        }
        let mut answer = [0; MAX_V6];
        let Some((len, to)) = icmp::answer(packet, trouble, source, &mut answer) else { return };
        if send_own(to, &answer[..len], around.epoch, around.transmit) {
            around.transmit.page.icmp_sent.add(1);
        }
    }

    /// Asks the main thread to have the neighbor resolved.
    fn resolve(
        &mut self,
        now_ns: u64,
        mbuf: &Mbuf,
        meta: Meta,
        interface: u16,
        around: &mut Surroundings<'_>,
    ) {
        around.transmit.page.drop_packet(DropReason::UnresolvedNeighbor);
        let Some(address) = destination(mbuf.data(), meta) else { return };
        if self.unresolved.take(now_ns) {
            // A full ring loses a hint; the next packet gives it again.
            let _ = around.rings.notices.push(Notice::Unresolved { interface, address });
        }
    }
}

/// Routes a packet of our own and queues it; `false` when there is no way.
pub fn send_own(to: IpAddr, packet: &[u8], epoch: &WorkerEpoch, transmit: &mut Transmit) -> bool {
    let tables = epoch.tables();
    let group = match to {
        IpAddr::V4(v4) => tables.lookup4(v4.to_bits()),
        IpAddr::V6(v6) => tables.lookup6(v6.to_bits()),
    };
    let path = match tables.select(group, 0) {
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

fn is_for_us(mbuf: &Mbuf, meta: Meta, epoch: &WorkerEpoch) -> bool {
    destination(mbuf.data(), meta).is_some_and(|dst| is_own(dst, epoch))
}

/// Whether an address is the switch's own, on whichever interface.
pub fn is_own(address: IpAddr, epoch: &WorkerEpoch) -> bool {
    let tables = epoch.tables();
    let group = match address {
        IpAddr::V4(v4) => tables.lookup4(v4.to_bits()),
        IpAddr::V6(v6) => tables.lookup6(v6.to_bits()),
    };
    tables.select(group, 0) == Selection::Special(special::LOCAL)
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
        6 if port_is(transport, 179) || port_is(transport + 2, 179) => PuntClass::Bgp,
        17 if [3784, 3785, 4784].iter().any(|p| port_is(transport + 2, *p)) => PuntClass::BfdOther,
        _ if multicast => PuntClass::Multicast,
        _ => PuntClass::Local,
    }
}
