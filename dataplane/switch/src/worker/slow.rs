//! Packets that are forwarded, but not by the program: IPv4 with options, and IPv4 that has to be cut to fit the next link.
//!
//! Few packets are of this kind, and the rate is bounded: what comes this way is copied.

use super::arrival::Meta;
use super::icmp::Trouble;
use super::local::Surroundings;
use super::vector::Reason;
use super::view::special;
use dpdk::Mbuf;
use fib::{PathId, Selection};
use stats::DropReason;
use wire::fragment::{Uncut, fragment};
use wire::ipv4;

/// The largest frame that a port takes: an MTU of 9600 behind a tagged header.
const FRAME_MAX: usize = 10_240;

/// IPv4 options (RFC 791 3.1) that a router would have to act on; it is advised not to, and not to pass them (RFC 7126 4).
const DROPPED: [u8; 4] = [LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE, RECORD_ROUTE, TIMESTAMP];
const LOOSE_SOURCE_ROUTE: u8 = 131;
const STRICT_SOURCE_ROUTE: u8 = 137;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;

/// What a packet's options mean for a router on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    /// Not ours to look at: router alert for others (RFC 6398), labels, what nobody knows.
    Pass,
    Drop,
    /// The octet at this offset from the beginning of the packet makes no sense.
    Malformed(u8),
}

/// Judges the options of a packet that is not for us.
pub fn judge(options: &[u8]) -> Options {
    let mut at = 0;
    while let Some(&kind) = options.get(at) {
        let place = |at: usize| Options::Malformed((ipv4::HEADER_LEN + at) as u8);
        match kind {
            END_OF_OPTIONS => return Options::Pass,
            NO_OPERATION => at += 1,
            kind if DROPPED.contains(&kind) => return Options::Drop,
            _ => match options.get(at + 1).map(|len| usize::from(*len)) {
                Some(len) if len >= 2 && at + len <= options.len() => at += len,
                Some(_) => return place(at + 1),
                None => return place(at),
            },
        }
    }
    Options::Pass
}

/// Where frames are put together.
#[derive(Debug)]
pub struct SlowPath {
    frame: Box<[u8; FRAME_MAX]>,
    part: Box<[u8; FRAME_MAX]>,
}

/// What a packet that could not go the slow way meets instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// As if the program had said so.
    Punt(Reason),
    Refuse(DropReason, Option<Trouble>),
}

impl SlowPath {
    pub fn new() -> SlowPath {
        SlowPath { frame: Box::new([0; FRAME_MAX]), part: Box::new([0; FRAME_MAX]) }
    }

    /// Forwards an IPv4 packet: one hop older, in as many parts as its way out asks for.
    pub fn forward(&mut self, mbuf: &Mbuf, meta: Meta, around: &mut Surroundings<'_>) -> Result<(), Instead> {
        let (l3, vrf) = (usize::from(meta.l3), around.interfaces.vrf(meta.interface));
        let bytes = mbuf.data().get(l3..).unwrap_or_default();
        let packet =
            ipv4::Packet::new_checked(bytes).map_err(|_| Instead::Refuse(DropReason::Truncated, None))?;
        if !packet.verify_checksum() {
            return Err(Instead::Refuse(DropReason::BadChecksum, None));
        }
        let (total, hops) = (usize::from(packet.total_len()), packet.ttl());
        if hops <= 1 {
            return Err(Instead::Refuse(DropReason::TtlExpired, Some(Trouble::Expired)));
        }
        let path = way(vrf, packet.dst().to_bits(), mbuf.data(), around)?;
        let Some(neighbor) = around.epoch.neighbor(path) else {
            return Err(Instead::Punt(Reason::NoLivePath { dead: path }));
        };
        let (frame, out_l3) = (&mut self.frame[..], usize::from(neighbor.header_len) + 2);
        let Some(copy) = frame.get_mut(out_l3..out_l3 + total) else {
            return Err(Instead::Refuse(DropReason::MtuExceeded, None));
        };
        copy.copy_from_slice(&bytes[..total]);
        let mut view = ipv4::Packet::new_unchecked(&mut *copy);
        view.set_ttl(hops - 1);
        view.fill_checksum();
        let header = &neighbor.header[..usize::from(neighbor.header_len)];
        let (port, mtu) = (neighbor.port, usize::from(neighbor.mtu));
        let (head, packet) = frame.split_at_mut(out_l3);
        head[..header.len()].copy_from_slice(header);
        head[header.len()..].copy_from_slice(&[0x08, 0x00]);
        let packet = &packet[..total];
        let transmit = &mut *around.transmit;
        let (first, rest) = self.part.split_at_mut(out_l3);
        first.copy_from_slice(head);
        let mut send = |part: &[u8]| {
            transmit.page.path(path.0).add(1, (out_l3 + part.len()) as u64);
            transmit.forward_parts(port, head, part);
        };
        match fragment(packet, mtu, rest, &mut send) {
            Ok(()) => Ok(()),
            Err(Uncut::Forbidden) => {
                let trouble = Trouble::TooBig(neighbor.mtu);
                Err(Instead::Refuse(DropReason::MtuExceeded, Some(trouble)))
            }
            Err(Uncut::Malformed | Uncut::NoRoom) => Err(Instead::Refuse(DropReason::MtuExceeded, None)),
        }
    }
}

/// The path that the routes of a VRF have for a packet now.
fn way(vrf: u16, dst: u32, frame: &[u8], around: &Surroundings<'_>) -> Result<PathId, Instead> {
    let tables = around.epoch.tables();
    let selection = tables.select_with(tables.lookup4_in(vrf, dst), || wire::flow::hash_frame(frame));
    let drop = |reason| Instead::Refuse(reason, None);
    Err(match selection {
        Selection::Path(path) | Selection::Repair { path, .. } => return Ok(path),
        Selection::NoLivePath { dead } => Instead::Punt(Reason::NoLivePath { dead }),
        Selection::NoRoute => Instead::Punt(Reason::NoRoute),
        Selection::Special(special::LOCAL) => Instead::Punt(Reason::ForUs),
        Selection::Special(special::BLACKHOLE) => drop(DropReason::Blackhole),
        Selection::Special(special::BROADCAST) => drop(DropReason::DirectedBroadcast),
        Selection::Special(special::UNREACHABLE) => Instead::Punt(Reason::Unreachable),
        Selection::Special(special::PROHIBIT) => Instead::Punt(Reason::Prohibited),
        Selection::Special(code) => {
            Instead::Punt(Reason::Unresolved((code & special::INTERFACE_MASK) as u16))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_a_router_would_have_to_act_on_are_dropped_and_the_others_pass() {
        for (options, verdict) in [
            (&[][..], Options::Pass),
            (&[1, 1, 1, 0], Options::Pass),
            (&[148, 4, 0, 0], Options::Pass),
            // CIPSO (134), and one that nobody has defined.
            (&[134, 6, 0, 0, 0, 1, 99, 2], Options::Pass),
            (&[0, 131, 3, 4], Options::Pass),
            (&[131, 7, 4, 1, 2, 3, 4, 0], Options::Drop),
            (&[1, 137, 3, 4], Options::Drop),
            (&[148, 4, 0, 0, 7, 3, 4, 0], Options::Drop),
            (&[68, 4, 5, 0], Options::Drop),
            (&[148, 1, 0, 0], Options::Malformed(21)),
            (&[1, 148, 4, 0], Options::Malformed(22)),
            (&[1, 1, 1, 148], Options::Malformed(23)),
        ] {
            assert_eq!(judge(options), verdict, "{options:?}");
        }
    }
}
