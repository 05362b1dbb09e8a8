//! Answers that a router owes the sender of a packet it cannot forward (RFC 1812 4.3, RFC 4443 3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::{Protocol, icmpv4, icmpv6, ipv4, ipv6};

/// Network-layer bytes of the largest answer: RFC 1812 4.3.2.3 for IPv4, RFC 4443 2.4 (c) for IPv6.
pub const MAX_V4: usize = 576;
pub const MAX_V6: usize = 1280;
const TTL: u8 = 64;
/// RFC 1812 4.3.2.5: errors have the precedence of internetwork control, and the type of service of their subject.
const PRECEDENCE: u8 = 0xc0;
const TYPE_OF_SERVICE: u8 = 0x1e;
/// RFC 792.
const PARAMETER_PROBLEM: u8 = 12;
/// RFC 4861: an ICMPv6 message that is no error, and of which nothing is said all the same (RFC 4443 2.4 (e.2)).
const REDIRECT: u8 = 137;

/// What went wrong with the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// TTL or hop limit ran out.
    Expired,
    /// No prefix covers the destination, or nothing behind a prefix of many hosts is reachable.
    NoRoute,
    /// The host cannot be reached, and others on its network perhaps can (RFC 1812 5.2.7.1).
    HostUnreachable,
    /// An administrator does not want it (RFC 1812 5.2.7.1: code 13).
    Prohibited,
    /// A link-local source, and a destination beyond the link (RFC 4443 3.1: code 2). IPv6 only.
    BeyondScope,
    /// The packet does not fit the next link, whose MTU this is in bytes.
    TooBig(u16),
    /// The octet at this offset makes no sense (RFC 1812 4.3.3.5). IPv4 only.
    BadParameter(u8),
}

/// What is limited by itself (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)): a flood of one kind must not cost path MTU discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unreachable,
    TimeExceeded,
    TooBig,
    ParameterProblem,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Unreachable, Kind::TimeExceeded, Kind::TooBig, Kind::ParameterProblem];
}

impl Trouble {
    pub fn kind(self) -> Kind {
        match self {
            Trouble::Expired => Kind::TimeExceeded,
            Trouble::NoRoute | Trouble::HostUnreachable | Trouble::Prohibited | Trouble::BeyondScope => {
                Kind::Unreachable
            }
            Trouble::TooBig(_) => Kind::TooBig,
            Trouble::BadParameter(_) => Kind::ParameterProblem,
        }
    }
}

/// Who is to be told about `original` (from its network header on); `None` where nothing may be said: about ICMP errors
/// and redirects, fragments but the first, packets from or to no single host (RFC 1122 3.2.2, RFC 4443 2.4 (e)).
pub fn addressee(original: &[u8], trouble: Trouble) -> Option<IpAddr> {
    match original.first()? >> 4 {
        4 => addressee_v4(&ipv4::Packet::new_checked(original).ok()?).map(IpAddr::V4),
        6 => addressee_v6(&ipv6::Packet::new_checked(original).ok()?, trouble).map(IpAddr::V6),
        _ => None,
    }
}

/// Writes the answer to `original` (from its network header on) into `out`, as a network-layer packet from `source`.
/// Returns its length and destination; `None` where [`addressee`] is, or for a source of the other family.
pub fn answer(original: &[u8], trouble: Trouble, source: IpAddr, out: &mut [u8]) -> Option<(usize, IpAddr)> {
    match source {
        IpAddr::V4(source) => answer_v4(original, trouble, source, out),
        IpAddr::V6(source) => answer_v6(original, trouble, source, out),
    }
}

fn addressee_v4(about: &ipv4::Packet<&[u8]>) -> Option<Ipv4Addr> {
    let peer = about.src();
    // 0/8 and 240/4, which the limited broadcast is in, are no host's (RFC 1812 5.3.7).
    let no_host = |address: Ipv4Addr| address.is_multicast() || matches!(address.octets()[0], 0 | 240..);
    let silent = no_host(peer) || peer.is_loopback() || no_host(about.dst());
    (!silent && about.fragment_offset() == 0 && !is_icmpv4_error(about)).then_some(peer)
}

/// Types that ask or answer; every other type is an error or unknown, and about those nothing is said.
fn is_icmpv4_error(about: &ipv4::Packet<&[u8]>) -> bool {
    about.protocol() == Protocol::ICMP && !matches!(about.payload().first(), Some(0 | 8 | 13 | 14))
}

fn addressee_v6(about: &ipv6::Packet<&[u8]>, trouble: Trouble) -> Option<Ipv6Addr> {
    let peer = about.src();
    // Path MTU discovery works for multicast too (RFC 4443 2.4 (e.3)).
    let one_receiver = !about.dst().is_multicast() || matches!(trouble, Trouble::TooBig(_));
    if peer.is_multicast() || peer.is_unspecified() || peer.is_loopback() || !one_receiver {
        return None;
    }
    let upper = about.upper_layer().ok()?;
    let later_fragment = upper.fragment.is_some_and(|f| f.offset != 0);
    // Types below 128 are errors (RFC 4443 2.1).
    let kind = about.payload().get(upper.offset);
    let error =
        upper.protocol == Protocol::ICMPV6 && kind.is_none_or(|kind| kind & 0x80 == 0 || *kind == REDIRECT);
    (!later_fragment && !error).then_some(peer)
}

fn answer_v4(original: &[u8], trouble: Trouble, source: Ipv4Addr, out: &mut [u8]) -> Option<(usize, IpAddr)> {
    let about = ipv4::Packet::new_checked(original).ok()?;
    let peer = addressee_v4(&about)?;
    let total = usize::from(about.total_len()).min(original.len());
    let data = &original[..total.min(MAX_V4 - ipv4::HEADER_LEN - icmpv4::HEADER_LEN)];
    let unreachable = |code, next_hop_mtu| icmpv4::Repr::Unreachable { code, next_hop_mtu, data };
    let message = match trouble {
        Trouble::Expired => icmpv4::Repr::TimeExceeded { code: icmpv4::time_exceeded::IN_TRANSIT, data },
        Trouble::NoRoute => unreachable(icmpv4::unreachable::NETWORK, 0),
        Trouble::HostUnreachable => unreachable(icmpv4::unreachable::HOST, 0),
        Trouble::Prohibited => unreachable(icmpv4::unreachable::ADMINISTRATIVELY_PROHIBITED, 0),
        Trouble::TooBig(mtu) => unreachable(icmpv4::unreachable::FRAGMENTATION_NEEDED, mtu),
        Trouble::BadParameter(at) => {
            icmpv4::Repr::Other { kind: PARAMETER_PROBLEM, code: 0, rest: [at, 0, 0, 0], data }
        }
        Trouble::BeyondScope => return None,
    };
    let len = message.buffer_len();
    let traffic_class = about.traffic_class() & TYPE_OF_SERVICE | PRECEDENCE;
    let header =
        ipv4::Repr { traffic_class, ..ipv4::Repr::new(source, peer, Protocol::ICMP, TTL, len as u16) };
    let end = header.header_len() + len;
    let out = out.get_mut(..end)?;
    header.emit(&mut ipv4::Packet::new_unchecked(&mut *out));
    message.emit(&mut icmpv4::Packet::new_unchecked(&mut out[header.header_len()..]));
    Some((end, peer.into()))
}

fn answer_v6(original: &[u8], trouble: Trouble, source: Ipv6Addr, out: &mut [u8]) -> Option<(usize, IpAddr)> {
    let about = ipv6::Packet::new_checked(original).ok()?;
    let peer = addressee_v6(&about, trouble)?;
    let total = (usize::from(about.payload_len()) + ipv6::HEADER_LEN).min(original.len());
    let data = &original[..total.min(MAX_V6 - ipv6::HEADER_LEN - icmpv6::HEADER_LEN)];
    let unreachable = |code| icmpv6::Repr::Unreachable { code, data };
    let message = match trouble {
        Trouble::Expired => icmpv6::Repr::TimeExceeded { code: icmpv6::time_exceeded::HOP_LIMIT, data },
        Trouble::NoRoute => unreachable(icmpv6::unreachable::NO_ROUTE),
        Trouble::HostUnreachable => unreachable(icmpv6::unreachable::ADDRESS),
        Trouble::Prohibited => unreachable(icmpv6::unreachable::ADMINISTRATIVELY_PROHIBITED),
        Trouble::BeyondScope => unreachable(icmpv6::unreachable::BEYOND_SCOPE),
        Trouble::TooBig(mtu) => icmpv6::Repr::PacketTooBig { mtu: u32::from(mtu), data },
        Trouble::BadParameter(_) => return None,
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
        for (kind, answered) in
            [(128, true), (129, true), (137, false), (1, false), (2, false), (3, false), (127, false)]
        {
            let header = ipv6::Repr::new(src, dst, Protocol::ICMPV6, 1, 64);
            let mut original = vec![0; ipv6::HEADER_LEN + 64];
            header.emit(&mut ipv6::Packet::new_unchecked(&mut original));
            original[ipv6::HEADER_LEN] = kind;
            let answer = answer(&original, Trouble::Expired, us.into(), &mut out);
            assert_eq!(answer.is_some(), answered, "type {kind}");
        }
    }

    fn udp_v6(src: &str, dst: &str) -> Vec<u8> {
        let (src, dst): (Ipv6Addr, Ipv6Addr) = (src.parse().unwrap(), dst.parse().unwrap());
        let mut packet = vec![0; ipv6::HEADER_LEN + 64];
        ipv6::Repr::new(src, dst, Protocol::UDP, 64, 64).emit(&mut ipv6::Packet::new_unchecked(&mut packet));
        packet
    }

    #[test]
    fn every_trouble_has_the_type_and_code_of_its_rfc() {
        let us: Ipv6Addr = "fd00::1".parse().unwrap();
        let v6 = udp_v6("fd00::10", "2001:db8::1");
        for (trouble, four, six) in [
            (Trouble::Expired, Some((11, 0)), Some((3, 0))),
            (Trouble::NoRoute, Some((3, 0)), Some((1, 0))),
            (Trouble::HostUnreachable, Some((3, 1)), Some((1, 3))),
            (Trouble::Prohibited, Some((3, 13)), Some((1, 1))),
            (Trouble::BeyondScope, None, Some((1, 2))),
            (Trouble::TooBig(1300), Some((3, 4)), Some((2, 0))),
            (Trouble::BadParameter(21), Some((12, 0)), None),
        ] {
            let mut out = [0; 1500];
            let kind =
                |at: usize, said: Option<(usize, IpAddr)>, out: &[u8]| said.map(|_| (out[at], out[at + 1]));
            let said = answer(&udp_v4(64), trouble, US.into(), &mut out);
            assert_eq!(kind(20, said, &out), four, "{trouble:?}");
            let said = answer(&v6, trouble, us.into(), &mut out);
            assert_eq!(kind(40, said, &out), six, "{trouble:?}");
        }
    }

    #[test]
    fn an_answer_has_the_precedence_of_network_control_and_says_where_the_octet_is() {
        let mut out = [0; 1500];
        let mut original = udp_v4(64);
        let mut view = ipv4::Packet::new_unchecked(&mut original);
        view.set_traffic_class(0x28);
        view.fill_checksum();
        answer(&original, Trouble::BadParameter(21), US.into(), &mut out).unwrap();
        assert_eq!((out[1], out[20], out[24]), (0xc8, 12, 21));
    }

    #[test]
    fn only_what_is_too_big_is_said_to_the_sender_of_a_multicast() {
        let multicast = udp_v6("fd00::10", "ff0e::1");
        assert_eq!(addressee(&multicast, Trouble::Expired), None);
        assert!(addressee(&multicast, Trouble::TooBig(1280)).is_some());
        let mut four = udp_v4(64);
        ipv4::Packet::new_unchecked(&mut four).set_dst(Ipv4Addr::new(239, 1, 1, 1));
        assert_eq!(addressee(&four, Trouble::TooBig(1280)), None);
        for silent in ["0.1.2.3", "127.0.0.1", "240.0.0.1", "255.255.255.255"] {
            let mut packet = udp_v4(64);
            ipv4::Packet::new_unchecked(&mut packet).set_src(silent.parse().unwrap());
            assert_eq!(addressee(&packet, Trouble::Expired), None, "{silent}");
        }
        for silent in ["::", "::1", "ff02::1"] {
            assert_eq!(addressee(&udp_v6(silent, "2001:db8::1"), Trouble::Expired), None, "{silent}");
        }
    }

    #[test]
    fn a_buffer_too_small_for_the_answer_gives_none() {
        assert_eq!(answer(&udp_v4(500), Trouble::Expired, US.into(), &mut [0; 100]), None);
    }
}
