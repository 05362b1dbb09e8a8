//! IPv4 (RFC 791).

use core::net::Ipv4Addr;

use crate::checksum;
use crate::error::need;
use crate::field::{Field, array, put, u16_at};
use crate::{Error, Header, Protocol, Result};

/// Octets of a header without options.
pub const HEADER_LEN: usize = 20;

mod field {
    use super::Field;
    pub(super) const VERSION_IHL: usize = 0;
    pub(super) const TRAFFIC_CLASS: usize = 1;
    pub(super) const TOTAL_LEN: Field = 2..4;
    pub(super) const IDENT: Field = 4..6;
    pub(super) const FLAGS_OFFSET: Field = 6..8;
    pub(super) const TTL: usize = 8;
    pub(super) const PROTOCOL: usize = 9;
    pub(super) const CHECKSUM: Field = 10..12;
    pub(super) const SRC: Field = 12..16;
    pub(super) const DST: Field = 16..20;
}

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET_MASK: u16 = 0x1fff;

/// A view of an IPv4 packet; octets behind the total length are padding and not part of it.
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
    /// `Truncated` when the buffer ends before the header or the total length; `Length` when the header length
    /// is under 20 octets or beyond the total length.
    pub fn check_len(&self) -> Result<()> {
        let have = self.buffer.as_ref().len();
        need(Header::Ipv4, have, HEADER_LEN)?;
        let header = self.header_len();
        let total = usize::from(self.total_len());
        if header < HEADER_LEN {
            return Err(Error::Length { header: Header::Ipv4, found: header });
        }
        if total < header {
            return Err(Error::Length { header: Header::Ipv4, found: total });
        }
        need(Header::Ipv4, have, total)
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    pub fn version(&self) -> u8 {
        self.buffer.as_ref()[field::VERSION_IHL] >> 4
    }

    /// Octets of the header, options included.
    pub fn header_len(&self) -> usize {
        usize::from(self.buffer.as_ref()[field::VERSION_IHL] & 0x0f) * 4
    }

    /// DSCP and ECN, the former type of service.
    pub fn traffic_class(&self) -> u8 {
        self.buffer.as_ref()[field::TRAFFIC_CLASS]
    }

    pub fn total_len(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::TOTAL_LEN)
    }

    pub fn ident(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::IDENT)
    }

    fn flags_offset(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::FLAGS_OFFSET)
    }

    pub fn dont_fragment(&self) -> bool {
        self.flags_offset() & DONT_FRAGMENT != 0
    }

    pub fn more_fragments(&self) -> bool {
        self.flags_offset() & MORE_FRAGMENTS != 0
    }

    /// Where in the original payload this fragment begins, in octets.
    pub fn fragment_offset(&self) -> u16 {
        // 13 bits of 8 octets each fill 16 bits exactly.
        (self.flags_offset() & OFFSET_MASK) << 3
    }

    pub fn is_fragment(&self) -> bool {
        self.flags_offset() & (MORE_FRAGMENTS | OFFSET_MASK) != 0
    }

    pub fn ttl(&self) -> u8 {
        self.buffer.as_ref()[field::TTL]
    }

    pub fn protocol(&self) -> Protocol {
        Protocol(self.buffer.as_ref()[field::PROTOCOL])
    }

    pub fn checksum(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::CHECKSUM)
    }

    pub fn src(&self) -> Ipv4Addr {
        array::<4>(self.buffer.as_ref(), field::SRC).into()
    }

    pub fn dst(&self) -> Ipv4Addr {
        array::<4>(self.buffer.as_ref(), field::DST).into()
    }

    pub fn options(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..self.header_len()]
    }

    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[self.header_len()..usize::from(self.total_len())]
    }

    pub fn verify_checksum(&self) -> bool {
        checksum::sum(&self.buffer.as_ref()[..self.header_len()]) == 0xffff
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Packet<T> {
    /// Version 4 and the header length in octets, a multiple of 4.
    pub fn set_version_and_header_len(&mut self, header_len: usize) {
        self.buffer.as_mut()[field::VERSION_IHL] = 0x40 | (header_len / 4) as u8 & 0x0f;
    }

    pub fn set_traffic_class(&mut self, value: u8) {
        self.buffer.as_mut()[field::TRAFFIC_CLASS] = value;
    }

    pub fn set_total_len(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::TOTAL_LEN, &value.to_be_bytes());
    }

    pub fn set_ident(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::IDENT, &value.to_be_bytes());
    }

    /// `offset` in octets, a multiple of 8.
    pub fn set_fragment(&mut self, dont: bool, more: bool, offset: u16) {
        let dont = if dont { DONT_FRAGMENT } else { 0 };
        let more = if more { MORE_FRAGMENTS } else { 0 };
        put(self.buffer.as_mut(), field::FLAGS_OFFSET, &(dont | more | offset >> 3).to_be_bytes());
    }

    pub fn set_ttl(&mut self, value: u8) {
        self.buffer.as_mut()[field::TTL] = value;
    }

    pub fn set_protocol(&mut self, value: Protocol) {
        self.buffer.as_mut()[field::PROTOCOL] = value.0;
    }

    pub fn set_checksum(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::CHECKSUM, &value.to_be_bytes());
    }

    pub fn set_src(&mut self, value: Ipv4Addr) {
        put(self.buffer.as_mut(), field::SRC, &value.octets());
    }

    pub fn set_dst(&mut self, value: Ipv4Addr) {
        put(self.buffer.as_mut(), field::DST, &value.octets());
    }

    pub fn fill_checksum(&mut self) {
        self.set_checksum(0);
        let checksum = !checksum::sum(&self.buffer.as_ref()[..self.header_len()]);
        self.set_checksum(checksum);
    }

    pub fn payload_mut(&mut self) -> &mut [u8] {
        let (from, to) = (self.header_len(), usize::from(self.total_len()));
        &mut self.buffer.as_mut()[from..to]
    }
}

/// An IPv4 header. Options are accepted and forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    pub src: Ipv4Addr,
    pub dst: Ipv4Addr,
    pub protocol: Protocol,
    /// At most 65,515.
    pub payload_len: u16,
    pub ttl: u8,
    /// DSCP and ECN.
    pub traffic_class: u8,
    pub ident: u16,
    pub dont_fragment: bool,
    pub more_fragments: bool,
    /// In octets, a multiple of 8.
    pub fragment_offset: u16,
}

impl Repr {
    /// A header as our own packets have it: not fragmented and not to be, best effort.
    pub const fn new(src: Ipv4Addr, dst: Ipv4Addr, protocol: Protocol, ttl: u8, payload_len: u16) -> Self {
        Self {
            src,
            dst,
            protocol,
            payload_len,
            ttl,
            traffic_class: 0,
            ident: 0,
            dont_fragment: true,
            more_fragments: false,
            fragment_offset: 0,
        }
    }

    /// # Errors
    /// Those of [`Packet::check_len`], `Version`, `Checksum`.
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self> {
        packet.check_len()?;
        if packet.version() != 4 {
            return Err(Error::Version { header: Header::Ipv4, found: packet.version() });
        }
        if !packet.verify_checksum() {
            return Err(Error::Checksum { header: Header::Ipv4, found: packet.checksum() });
        }
        Ok(Self {
            src: packet.src(),
            dst: packet.dst(),
            protocol: packet.protocol(),
            payload_len: packet.total_len() - packet.header_len() as u16,
            ttl: packet.ttl(),
            traffic_class: packet.traffic_class(),
            ident: packet.ident(),
            dont_fragment: packet.dont_fragment(),
            more_fragments: packet.more_fragments(),
            fragment_offset: packet.fragment_offset(),
        })
    }

    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header with its checksum.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>) {
        packet.set_version_and_header_len(HEADER_LEN);
        packet.set_traffic_class(self.traffic_class);
        packet.set_total_len(HEADER_LEN as u16 + self.payload_len);
        packet.set_ident(self.ident);
        packet.set_fragment(self.dont_fragment, self.more_fragments, self.fragment_offset);
        packet.set_ttl(self.ttl);
        packet.set_protocol(self.protocol);
        packet.set_src(self.src);
        packet.set_dst(self.dst);
        packet.fill_checksum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// UDP from 192.0.2.1 to 192.0.2.2, TTL 255, as the RFC's layout gives it.
    const GOLDEN: [u8; 24] = [
        0x45, 0xc0, 0x00, 0x18, 0x12, 0x34, 0x40, 0x00, 0xff, 0x11, 0xe4, 0xdc, 192, 0, 2, 1, 192, 0, 2, 2,
        1, 2, 3, 4,
    ];

    #[test]
    fn the_golden_packet_parses_and_emits() {
        let mut repr =
            Repr::new(Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2), Protocol::UDP, 255, 4);
        repr.traffic_class = 0xc0;
        repr.ident = 0x1234;
        let mut out = Packet::new_unchecked([0; 24]);
        repr.emit(&mut out);
        out.payload_mut().copy_from_slice(&[1, 2, 3, 4]);
        assert_eq!(out.into_inner(), GOLDEN);
        assert_eq!(Repr::parse(&Packet::new_checked(GOLDEN).unwrap()), Ok(repr));
    }

    #[test]
    fn padding_is_not_payload_and_options_are_skipped() {
        let mut data = [0u8; 40];
        data[..24].copy_from_slice(&GOLDEN);
        assert_eq!(Packet::new_checked(data).unwrap().payload(), [1, 2, 3, 4]);

        let mut packet = Packet::new_unchecked(&mut data[..]);
        packet.set_version_and_header_len(24);
        packet.fill_checksum();
        let packet = Packet::new_checked(&data).unwrap();
        assert_eq!((packet.options(), packet.payload()), (&[1, 2, 3, 4][..], &[][..]));
        assert_eq!(Repr::parse(&packet).unwrap().payload_len, 0);
    }

    #[test]
    fn each_defect_has_its_name() {
        let header = Header::Ipv4;
        let with = |at: usize, value: u8| {
            let mut data = GOLDEN;
            data[at] = value;
            Repr::parse(&Packet::new_unchecked(data)).unwrap_err()
        };
        assert_eq!(with(0, 0x44), Error::Length { header, found: 16 });
        assert_eq!(with(3, 19), Error::Length { header, found: 19 });
        assert_eq!(with(3, 25), Error::Truncated { header, have: 24, need: 25 });
        assert_eq!(with(0, 0x65), Error::Version { header, found: 6 });
        assert_eq!(with(8, 254), Error::Checksum { header, found: 0xe4dc });
    }

    #[test]
    fn every_flag_of_a_fragment_marks_it() {
        let mut packet = Packet::new_unchecked(GOLDEN);
        assert!(!packet.is_fragment());
        packet.set_fragment(false, true, 0);
        assert!(packet.is_fragment() && packet.more_fragments());
        packet.set_fragment(false, false, 65_528);
        assert!(packet.is_fragment() && !packet.more_fragments());
        assert_eq!(packet.fragment_offset(), 65_528);
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back(
            ips in any::<[[u8; 4]; 2]>(), bytes in any::<[u8; 3]>(), ident in any::<u16>(),
            flags in any::<[bool; 2]>(), offset in 0u16..8192, payload_len in 0u16..200,
        ) {
            let repr = Repr {
                src: ips[0].into(), dst: ips[1].into(), protocol: Protocol(bytes[0]), payload_len,
                ttl: bytes[1], traffic_class: bytes[2], ident,
                dont_fragment: flags[0], more_fragments: flags[1], fragment_offset: offset * 8,
            };
            let mut packet = Packet::new_unchecked(vec![0; HEADER_LEN + usize::from(payload_len)]);
            repr.emit(&mut packet);
            prop_assert_eq!(Repr::parse(&packet), Ok(repr));
        }

        #[test]
        fn arbitrary_octets_never_panic(mut data in proptest::collection::vec(any::<u8>(), 0..80), fix: bool) {
            // Half of the time the first octet is made a likely one, or little would get past it.
            if let (true, Some(first)) = (fix, data.first_mut()) {
                *first = 0x40 | *first & 0x0f;
            }
            if let Ok(packet) = Packet::new_checked(&data) {
                let _ = (Repr::parse(&packet), packet.options(), packet.payload());
            }
        }
    }
}
