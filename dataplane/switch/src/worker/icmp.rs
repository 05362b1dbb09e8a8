//! Answers that a router owes the sender of a packet it cannot forward (RFC 1812 4.3, RFC 4443 3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::{Protocol, icmpv4, icmpv6, ipv4, ipv6};

/// Network-layer bytes of the largest answer: RFC 1812 4.3.2.3 for IPv4, RFC 4443 2.4 (c) for IPv6.
pub const MAX_V4: usize = 576;
pub const MAX_V6: usize = 1280;
const TTL: u8 = 64;

/// What went wrong with the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// TTL or hop limit ran out.
    Expired,
    /// No prefix covers the destination.
    NoRoute,
    /// The prefix is there but nothing behind it is reachable.
    HostUnreachable,
    /// The packet does not fit the next link, whose MTU this is in bytes.
    TooBig(u16),
}

/// Writes the answer to `original` (from its network header on) into `out`, as a network-layer packet from `source`.
/// Returns its length and destination; `None` where no answer may be sent: about ICMP errors, fragments but the
/// first, packets from or to no single host (RFC 1122 3.2.2, RFC 4443 2.4 (e)), or from another family.
pub fn answer(original: &[u8], trouble: Trouble, source: IpAddr, out: &mut [u8]) -> Option<(usize, IpAddr)> {
    match source {
        IpAddr::V4(source) => answer_v4(original, trouble, source, out),
        IpAddr::V6(source) => answer_v6(original, trouble, source, out),
    }
}

fn answer_v4(original: &[u8], trouble: Trouble, source: Ipv4Addr, out: &mut [u8]) -> Option<(usize, IpAddr)> {
    let about = ipv4::Packet::new_checked(original).ok()?;
    let peer = about.src();
    let answerable =
        !peer.is_multicast() && !peer.is_broadcast() && !peer.is_unspecified() && !peer.is_loopback();
    let one_receiver = !about.dst().is_multicast() && !about.dst().is_broadcast();
    if !answerable || !one_receiver || about.fragment_offset() != 0 || is_icmpv4_error(&about) {
        return None;
    }
    let total = usize::from(about.total_len()).min(original.len());
    let data = &original[..total.min(MAX_V4 - ipv4::HEADER_LEN - icmpv4::HEADER_LEN)];
    let unreachable = |code, next_hop_mtu| icmpv4::Repr::Unreachable { code, next_hop_mtu, data };
    let message = match trouble {
        Trouble::Expired => icmpv4::Repr::TimeExceeded { code: icmpv4::time_exceeded::IN_TRANSIT, data },
        Trouble::NoRoute => unreachable(icmpv4::unreachable::NETWORK, 0),
        Trouble::HostUnreachable => unreachable(icmpv4::unreachable::HOST, 0),
        Trouble::TooBig(mtu) => unreachable(icmpv4::unreachable::FRAGMENTATION_NEEDED, mtu),
    };
    let len = message.buffer_len();
    let header = ipv4::Repr::new(source, peer, Protocol::ICMP, TTL, len as u16);
    let end = header.header_len() + len;
    let out = out.get_mut(..end)?;
    header.emit(&mut ipv4::Packet::new_unchecked(&mut *out));
    message.emit(&mut icmpv4::Packet::new_unchecked(&mut out[header.header_len()..]));
    Some((end, peer.into()))
}

/// Types that ask or answer; every other type is an error or unknown, and about those nothing is said.
fn is_icmpv4_error(about: &ipv4::Packet<&[u8]>) -> bool {
    about.protocol() == Protocol::ICMP && !matches!(about.payload().first(), Some(0 | 8 | 13 | 14))
}

fn answer_v6(original: &[u8], trouble: Trouble, source: Ipv6Addr, out: &mut [u8]) -> Option<(usize, IpAddr)> {
    let about = ipv6::Packet::new_checked(original).ok()?;
    let peer = about.src();
    if peer.is_multicast() || peer.is_unspecified() || peer.is_loopback() || about.dst().is_multicast() {
        return None;
    }
    let upper = about.upper_layer().ok()?;
    let later_fragment = upper.fragment.is_some_and(|f| f.offset != 0);
    // Types below 128 are errors (RFC 4443 2.1).
    let kind = about.payload().get(upper.offset);
    let error = upper.protocol == Protocol::ICMPV6 && kind.is_none_or(|kind| kind & 0x80 == 0);
    if later_fragment || error {
        return None;
    }
    let total = (usize::from(about.payload_len()) + ipv6::HEADER_LEN).min(original.len());
    let data = &original[..total.min(MAX_V6 - ipv6::HEADER_LEN - icmpv6::HEADER_LEN)];
    let message = match trouble {
        Trouble::Expired => icmpv6::Repr::TimeExceeded { code: icmpv6::time_exceeded::HOP_LIMIT, data },
        Trouble::NoRoute => icmpv6::Repr::Unreachable { code: icmpv6::unreachable::NO_ROUTE, data },
        Trouble::HostUnreachable => icmpv6::Repr::Unreachable { code: icmpv6::unreachable::ADDRESS, data },
        Trouble::TooBig(mtu) => icmpv6::Repr::PacketTooBig { mtu: u32::from(mtu), data },
    };
    let len = message.buffer_len();
    let header = ipv6::Repr::new(source, peer, Protocol::ICMPV6, TTL, len as u16);
    let end = ipv6::HEADER_LEN + len;
    let out = out.get_mut(..end)?;
    header.emit(&mut ipv6::Packet::new_unchecked(&mut *out));
    message.emit(&mut icmpv6::Packet::new_unchecked(&mut out[ipv6::HEADER_LEN..]), source, peer);
    Some((end, peer.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 10);
    const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);
    const US: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

    fn udp_v4(payload: usize) -> Vec<u8> {
        let header = ipv4::Repr::new(HOST, SERVER, Protocol::UDP, 1, payload as u16);
        let mut packet = vec![0xab; header.header_len() + payload];
        header.emit(&mut ipv4::Packet::new_unchecked(&mut packet));
        packet
    }

    #[test]
    fn an_expired_packet_is_answered_to_its_sender_with_its_own_beginning() {
        let original = udp_v4(1000);
        let mut out = [0; 1500];
        let (len, to) = answer(&original, Trouble::Expired, US.into(), &mut out).unwrap();
        assert_eq!((len, to), (MAX_V4, IpAddr::V4(HOST)));
        let packet = ipv4::Packet::new_checked(&out[..len]).unwrap();
        assert!(packet.verify_checksum());
        assert_eq!((packet.src(), packet.dst(), packet.protocol()), (US, HOST, Protocol::ICMP));
        let icmp = icmpv4::Packet::new_checked(packet.payload()).unwrap();
        let Ok(icmpv4::Repr::TimeExceeded { code: 0, data }) = icmpv4::Repr::parse(&icmp) else { panic!() };
        assert_eq!(data, &original[..MAX_V4 - 28]);
    }

    #[test]
    fn a_packet_that_does_not_fit_learns_the_mtu_in_both_families() {
        let mut out = [0; 1500];
        let (len, _) = answer(&udp_v4(1400), Trouble::TooBig(1280), US.into(), &mut out).unwrap();
        let packet = ipv4::Packet::new_checked(&out[..len]).unwrap();
        let icmp = icmpv4::Packet::new_checked(packet.payload()).unwrap();
        let parsed = icmpv4::Repr::parse(&icmp).unwrap();
        assert!(matches!(parsed, icmpv4::Repr::Unreachable { code: 4, next_hop_mtu: 1280, .. }));

        let (src, dst): (Ipv6Addr, Ipv6Addr) = ("fd00::10".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let us: Ipv6Addr = "fd00::1".parse().unwrap();
        let header = ipv6::Repr::new(src, dst, Protocol::UDP, 64, 1400);
        let mut original = vec![0; ipv6::HEADER_LEN + 1400];
        header.emit(&mut ipv6::Packet::new_unchecked(&mut original));
        let (len, to) = answer(&original, Trouble::TooBig(1300), us.into(), &mut out).unwrap();
        assert_eq!((len, to), (MAX_V6, IpAddr::V6(src)));
        let packet = ipv6::Packet::new_checked(&out[..len]).unwrap();
        let icmp = icmpv6::Packet::new_checked(packet.payload()).unwrap();
        let parsed = icmpv6::Repr::parse(&icmp, us, src).unwrap();
        assert!(matches!(parsed, icmpv6::Repr::PacketTooBig { mtu: 1300, .. }));
    }

    #[test]
    fn nothing_is_said_about_errors_fragments_and_senders_that_are_no_host() {
        let mut out = [0; 1500];
        let mut error = vec![0; 200];
        let (len, _) = answer(&udp_v4(64), Trouble::NoRoute, US.into(), &mut error).unwrap();
        error.truncate(len);
        assert_eq!(answer(&error, Trouble::Expired, US.into(), &mut out), None);
        let mut fragment = udp_v4(64);
        let mut view = ipv4::Packet::new_unchecked(&mut fragment);
        view.set_fragment(false, false, 64);
        view.fill_checksum();
        assert_eq!(answer(&fragment, Trouble::Expired, US.into(), &mut out), None);
        let mut multicast = udp_v4(64);
        ipv4::Packet::new_unchecked(&mut multicast).set_src(Ipv4Addr::new(224, 0, 0, 5));
        assert_eq!(answer(&multicast, Trouble::Expired, US.into(), &mut out), None);
        assert_eq!(answer(&udp_v4(8)[..10], Trouble::Expired, US.into(), &mut out), None);
    }

    #[test]
    fn an_icmpv6_question_is_answered_and_an_icmpv6_error_is_not() {
        let (src, dst): (Ipv6Addr, Ipv6Addr) = ("fd00::10".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let us: Ipv6Addr = "fd00::1".parse().unwrap();
        let mut out = [0; 1500];
        for (kind, answered) in [(128, true), (129, true), (1, false), (2, false), (3, false), (127, false)] {
            let header = ipv6::Repr::new(src, dst, Protocol::ICMPV6, 1, 64);
            let mut original = vec![0; ipv6::HEADER_LEN + 64];
            header.emit(&mut ipv6::Packet::new_unchecked(&mut original));
            original[ipv6::HEADER_LEN] = kind;
            let answer = answer(&original, Trouble::Expired, us.into(), &mut out);
            assert_eq!(answer.is_some(), answered, "type {kind}");
        }
    }

    #[test]
    fn a_buffer_too_small_for_the_answer_gives_none() {
        assert_eq!(answer(&udp_v4(500), Trouble::Expired, US.into(), &mut [0; 100]), None);
    }
}
