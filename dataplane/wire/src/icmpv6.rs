//! ICMPv6 (RFC 4443) and the neighbor messages of neighbor discovery (RFC 4861).

use core::net::{IpAddr, Ipv6Addr};

use crate::checksum::{combine, pseudo_header, sum};
use crate::error::need;
use crate::field::{Field, array, put, u16_at};
use crate::{Error, Header, MacAddr, Protocol, Result};

/// Octets of the header that all messages share: type, code, checksum and four octets by type.
pub const HEADER_LEN: usize = 8;

mod field {
    use super::Field;
    pub(super) const TYPE: usize = 0;
    pub(super) const CODE: usize = 1;
    pub(super) const CHECKSUM: Field = 2..4;
    pub(super) const REST: Field = 4..8;
    /// Of neighbor discovery, counted from behind the shared header.
    pub(super) const TARGET: Field = 0..16;
    pub(super) const OPTIONS: core::ops::RangeFrom<usize> = 16..;
}

const UNREACHABLE: u8 = 1;
const PACKET_TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;
const NEIGHBOR_SOLICIT: u8 = 135;
const NEIGHBOR_ADVERT: u8 = 136;

const TARGET_LEN: usize = 16;
const OPTION_SOURCE_MAC: u8 = 1;
const OPTION_TARGET_MAC: u8 = 2;
const OPTION_MAC_LEN: usize = 8;
const ROUTER: u8 = 0x80;
const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;

/// Codes of "destination unreachable".
pub mod unreachable {
    pub const NO_ROUTE: u8 = 0;
    pub const ADMINISTRATIVELY_PROHIBITED: u8 = 1;
    pub const BEYOND_SCOPE: u8 = 2;
    pub const ADDRESS: u8 = 3;
    pub const PORT: u8 = 4;
}

/// Codes of "time exceeded".
pub mod time_exceeded {
    pub const HOP_LIMIT: u8 = 0;
    pub const REASSEMBLY: u8 = 1;
}

/// A view of an ICMPv6 message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<T: AsRef<[u8]>> {
    buffer: T,
}

impl<T: AsRef<[u8]>> Packet<T> {
    pub const fn new_unchecked(buffer: T) -> Self {
        Self { buffer }
    }

    pub fn new_checked(buffer: T) -> Result<Self> {
        let packet = Self::new_unchecked(buffer);
        packet.check_len()?;
        Ok(packet)
    }

    /// # Errors
    /// `Truncated` below 8 octets, and below 24 for the neighbor messages.
    pub fn check_len(&self) -> Result<()> {
        let have = self.buffer.as_ref().len();
        need(Header::Icmpv6, have, HEADER_LEN)?;
        match self.kind() {
            NEIGHBOR_SOLICIT | NEIGHBOR_ADVERT => need(Header::Icmpv6, have, HEADER_LEN + TARGET_LEN),
            _ => Ok(()),
        }
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    pub fn kind(&self) -> u8 {
        self.buffer.as_ref()[field::TYPE]
    }

    pub fn code(&self) -> u8 {
        self.buffer.as_ref()[field::CODE]
    }

    pub fn checksum(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::CHECKSUM)
    }

    /// The four octets whose meaning depends on the type.
    pub fn rest(&self) -> [u8; 4] {
        array(self.buffer.as_ref(), field::REST)
    }

    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..]
    }

    fn sum(&self, src: Ipv6Addr, dst: Ipv6Addr) -> u16 {
        let data = self.buffer.as_ref();
        let pseudo = pseudo_header(IpAddr::V6(src), IpAddr::V6(dst), Protocol::ICMPV6, data.len() as u32);
        combine(&[pseudo, sum(data)])
    }

    pub fn verify_checksum(&self, src: Ipv6Addr, dst: Ipv6Addr) -> bool {
        self.sum(src, dst) == 0xffff
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Packet<T> {
    pub fn set_kind(&mut self, kind: u8, code: u8) {
        self.buffer.as_mut()[field::TYPE] = kind;
        self.buffer.as_mut()[field::CODE] = code;
    }

    pub fn set_rest(&mut self, value: [u8; 4]) {
        put(self.buffer.as_mut(), field::REST, &value);
    }

    pub fn set_checksum(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::CHECKSUM, &value.to_be_bytes());
    }

    /// Over the whole buffer: it must be exactly the message.
    pub fn fill_checksum(&mut self, src: Ipv6Addr, dst: Ipv6Addr) {
        self.set_checksum(0);
        let checksum = !self.sum(src, dst);
        self.set_checksum(checksum);
    }

    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }
}

/// An ICMPv6 message. `data` is, in an error, the beginning of the packet that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repr<'a> {
    Unreachable {
        code: u8,
        data: &'a [u8],
    },
    PacketTooBig {
        mtu: u32,
        data: &'a [u8],
    },
    TimeExceeded {
        code: u8,
        data: &'a [u8],
    },
    EchoRequest {
        ident: u16,
        sequence: u16,
        data: &'a [u8],
    },
    EchoReply {
        ident: u16,
        sequence: u16,
        data: &'a [u8],
    },
    NeighborSolicit {
        target: Ipv6Addr,
        source_mac: Option<MacAddr>,
    },
    NeighborAdvert {
        router: bool,
        solicited: bool,
        override_: bool,
        target: Ipv6Addr,
        target_mac: Option<MacAddr>,
    },
    /// Any other type.
    Other {
        kind: u8,
        code: u8,
        rest: [u8; 4],
        data: &'a [u8],
    },
}

impl<'a> Repr<'a> {
    /// That the hop limit of a neighbor message is 255 (RFC 4861 7.1) is the caller's to check.
    ///
    /// # Errors
    /// Those of [`Packet::check_len`]; `Checksum`; for neighbor messages `NdpCode`, `NdpTarget`, and
    /// `Length` or `Truncated` with [`Header::NdpOption`].
    pub fn parse<T: AsRef<[u8]>>(packet: &'a Packet<T>, src: Ipv6Addr, dst: Ipv6Addr) -> Result<Self> {
        packet.check_len()?;
        if !packet.verify_checksum(src, dst) {
            return Err(Error::Checksum { header: Header::Icmpv6, found: packet.checksum() });
        }
        let (code, rest, data) = (packet.code(), packet.rest(), packet.payload());
        let (ident, sequence) = (u16_at(&rest, 0..2), u16_at(&rest, 2..4));
        Ok(match packet.kind() {
            UNREACHABLE => Repr::Unreachable { code, data },
            PACKET_TOO_BIG => Repr::PacketTooBig { mtu: u32::from_be_bytes(rest), data },
            TIME_EXCEEDED => Repr::TimeExceeded { code, data },
            ECHO_REQUEST => Repr::EchoRequest { ident, sequence, data },
            ECHO_REPLY => Repr::EchoReply { ident, sequence, data },
            NEIGHBOR_SOLICIT => Repr::NeighborSolicit {
                target: neighbor_target(packet)?,
                source_mac: mac_option(&data[field::OPTIONS], OPTION_SOURCE_MAC)?,
            },
            NEIGHBOR_ADVERT => Repr::NeighborAdvert {
                router: rest[0] & ROUTER != 0,
                solicited: rest[0] & SOLICITED != 0,
                override_: rest[0] & OVERRIDE != 0,
                target: neighbor_target(packet)?,
                target_mac: mac_option(&data[field::OPTIONS], OPTION_TARGET_MAC)?,
            },
            kind => Repr::Other { kind, code, rest, data },
        })
    }

    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
            + match self {
                Repr::Unreachable { data, .. }
                | Repr::PacketTooBig { data, .. }
                | Repr::TimeExceeded { data, .. }
                | Repr::EchoRequest { data, .. }
                | Repr::EchoReply { data, .. }
                | Repr::Other { data, .. } => data.len(),
                Repr::NeighborSolicit { source_mac: None, .. }
                | Repr::NeighborAdvert { target_mac: None, .. } => TARGET_LEN,
                Repr::NeighborSolicit { source_mac: Some(_), .. }
                | Repr::NeighborAdvert { target_mac: Some(_), .. } => TARGET_LEN + OPTION_MAC_LEN,
            }
    }

    /// Writes the message with its checksum into a buffer of exactly [`Repr::buffer_len`] octets.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>, src: Ipv6Addr, dst: Ipv6Addr) {
        let pair = |a: u16, b: u16| (u32::from(a) << 16 | u32::from(b)).to_be_bytes();
        let (kind, code, rest) = match *self {
            Repr::Unreachable { code, .. } => (UNREACHABLE, code, [0; 4]),
            Repr::PacketTooBig { mtu, .. } => (PACKET_TOO_BIG, 0, mtu.to_be_bytes()),
            Repr::TimeExceeded { code, .. } => (TIME_EXCEEDED, code, [0; 4]),
            Repr::EchoRequest { ident, sequence, .. } => (ECHO_REQUEST, 0, pair(ident, sequence)),
            Repr::EchoReply { ident, sequence, .. } => (ECHO_REPLY, 0, pair(ident, sequence)),
            Repr::NeighborSolicit { .. } => (NEIGHBOR_SOLICIT, 0, [0; 4]),
            Repr::NeighborAdvert { router, solicited, override_, .. } => {
                let flag = |set: bool, bit: u8| if set { bit } else { 0 };
                let flags = flag(router, ROUTER) | flag(solicited, SOLICITED) | flag(override_, OVERRIDE);
                (NEIGHBOR_ADVERT, 0, [flags, 0, 0, 0])
            }
            Repr::Other { kind, code, rest, .. } => (kind, code, rest),
        };
        packet.set_kind(kind, code);
        packet.set_rest(rest);
        self.emit_payload(packet.payload_mut());
        packet.fill_checksum(src, dst);
    }

    fn emit_payload(&self, payload: &mut [u8]) {
        let mut neighbor = |target: Ipv6Addr, option: u8, mac: Option<MacAddr>| {
            put(payload, field::TARGET, &target.octets());
            if let Some(mac) = mac {
                let out = &mut payload[field::OPTIONS];
                put(out, 0..2, &[option, 1]);
                put(out, 2..8, &mac.0);
            }
        };
        match *self {
            Repr::NeighborSolicit { target, source_mac } => neighbor(target, OPTION_SOURCE_MAC, source_mac),
            Repr::NeighborAdvert { target, target_mac, .. } => {
                neighbor(target, OPTION_TARGET_MAC, target_mac)
            }
            Repr::Unreachable { data, .. }
            | Repr::PacketTooBig { data, .. }
            | Repr::TimeExceeded { data, .. }
            | Repr::EchoRequest { data, .. }
            | Repr::EchoReply { data, .. }
            | Repr::Other { data, .. } => payload.copy_from_slice(data),
        }
    }
}

fn neighbor_target<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Ipv6Addr> {
    if packet.code() != 0 {
        return Err(Error::NdpCode(packet.code()));
    }
    let target = Ipv6Addr::from(array::<16>(packet.payload(), field::TARGET));
    if target.is_multicast() { Err(Error::NdpTarget) } else { Ok(target) }
}

/// The MAC of the first option of type `wanted`. All options are checked, as RFC 4861 7.1 asks.
fn mac_option(mut options: &[u8], wanted: u8) -> Result<Option<MacAddr>> {
    let header = Header::NdpOption;
    let mut found = None;
    while !options.is_empty() {
        need(header, options.len(), 2)?;
        let length = usize::from(options[1]) * 8;
        if length == 0 {
            return Err(Error::Length { header, found: 0 });
        }
        need(header, options.len(), length)?;
        if options[0] == wanted && found.is_none() {
            if length != OPTION_MAC_LEN {
                return Err(Error::Length { header, found: length });
            }
            found = Some(MacAddr(array(options, 2..8)));
        }
        options = &options[length..];
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SRC: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    const DST: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 2);

    fn emit(repr: Repr<'_>) -> Packet<Vec<u8>> {
        let mut packet = Packet::new_unchecked(vec![0; repr.buffer_len()]);
        repr.emit(&mut packet, SRC, DST);
        packet
    }

    #[test]
    fn the_golden_solicitation_is_emitted() {
        let target = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
        let packet = emit(Repr::NeighborSolicit { target, source_mac: Some(MacAddr([2, 0, 0, 0, 0, 1])) })
            .into_inner();
        // Pseudo header and message sum to 4 8564; folded 8568, complemented 7a97.
        let mut expected = vec![135, 0, 0x7a, 0x97, 0, 0, 0, 0];
        expected.extend(target.octets());
        expected.extend([1, 1, 2, 0, 0, 0, 0, 1]);
        assert_eq!(packet, expected);
    }

    #[test]
    fn defects_of_neighbor_messages_are_named() {
        let target = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
        let with = |at: usize, value: u8| {
            let mut data =
                emit(Repr::NeighborSolicit { target, source_mac: Some(MacAddr::ZERO) }).into_inner();
            data[at] = value;
            let mut packet = Packet::new_unchecked(data);
            packet.fill_checksum(SRC, DST);
            Repr::parse(&packet, SRC, DST).map(|_| ())
        };
        let header = Header::NdpOption;
        assert_eq!(with(4, 9), Ok(()));
        assert_eq!(with(1, 7), Err(Error::NdpCode(7)));
        assert_eq!(with(8, 0xff), Err(Error::NdpTarget));
        assert_eq!(with(25, 0), Err(Error::Length { header, found: 0 }));
        assert_eq!(with(25, 2), Err(Error::Truncated { header, have: 8, need: 16 }));
    }

    #[test]
    fn options_of_other_types_are_passed_over() {
        let other = [14, 1, 0, 0, 0, 0, 0, 0];
        let mac = [2, 1, 2, 0, 0, 0, 0, 9];
        assert_eq!(mac_option(&[other, mac].concat(), 2), Ok(Some(MacAddr([2, 0, 0, 0, 0, 9]))));
        assert_eq!(mac_option(&other, 2), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back(
            choice in 0u8..8, code: u8, words in any::<[u16; 2]>(), mtu: u32, flags: [bool; 3],
            kind in any::<u8>().prop_filter("known", |k| ![1, 2, 3, 128, 129, 135, 136].contains(k)),
            target in any::<u128>().prop_filter("multicast", |t| t >> 120 != 0xff),
            mac in any::<Option<[u8; 6]>>(),
            data in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let (data, [ident, sequence]) = (&data[..], words);
            let (target, mac) = (Ipv6Addr::from(target), mac.map(MacAddr));
            let repr = match choice {
                0 => Repr::Unreachable { code, data },
                1 => Repr::PacketTooBig { mtu, data },
                2 => Repr::TimeExceeded { code, data },
                3 => Repr::EchoRequest { ident, sequence, data },
                4 => Repr::EchoReply { ident, sequence, data },
                5 => Repr::NeighborSolicit { target, source_mac: mac },
                6 => Repr::NeighborAdvert {
                    router: flags[0], solicited: flags[1], override_: flags[2], target, target_mac: mac,
                },
                _ => Repr::Other { kind, code, rest: mtu.to_be_bytes(), data },
            };
            let packet = emit(repr);
            prop_assert_eq!(Repr::parse(&packet, SRC, DST), Ok(repr));
        }

        #[test]
        fn arbitrary_octets_never_panic(
            kind in prop_oneof![Just(135u8), Just(136), any::<u8>()],
            data in proptest::collection::vec(prop_oneof![Just(0u8), 1u8..4, any::<u8>()], 0..80), fix: bool,
        ) {
            let mut packet = Packet::new_unchecked([&[kind], &data[..]].concat());
            if fix && packet.check_len().is_ok() {
                packet.fill_checksum(SRC, DST);
            }
            let _ = Repr::parse(&packet, SRC, DST);
        }
    }
}
