//! UDP (RFC 768) over IPv4 and IPv6.

use core::net::IpAddr;

use crate::checksum::{combine, pseudo_header, sum};
use crate::error::need;
use crate::field::{Field, put, u16_at};
use crate::{Error, Header, Protocol, Result};

pub const HEADER_LEN: usize = 8;

mod field {
    use super::Field;
    pub(super) const SRC_PORT: Field = 0..2;
    pub(super) const DST_PORT: Field = 2..4;
    pub(super) const LENGTH: Field = 4..6;
    pub(super) const CHECKSUM: Field = 6..8;
}

/// A view of a UDP datagram; octets behind its length are not part of it.
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
    /// `Truncated` when the buffer ends before header or length; `Length` when the length is under 8.
    pub fn check_len(&self) -> Result<()> {
        let have = self.buffer.as_ref().len();
        need(Header::Udp, have, HEADER_LEN)?;
        let length = usize::from(self.length());
        if length < HEADER_LEN {
            return Err(Error::Length { header: Header::Udp, found: length });
        }
        need(Header::Udp, have, length)
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    pub fn src_port(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::SRC_PORT)
    }

    pub fn dst_port(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::DST_PORT)
    }

    /// Octets of header and payload.
    pub fn length(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::LENGTH)
    }

    pub fn checksum(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::CHECKSUM)
    }

    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..usize::from(self.length())]
    }

    fn sum(&self, src: IpAddr, dst: IpAddr) -> u16 {
        let length = self.length();
        let pseudo = pseudo_header(src, dst, Protocol::UDP, u32::from(length));
        combine(&[pseudo, sum(&self.buffer.as_ref()[..usize::from(length)])])
    }

    /// # Errors
    /// `Checksum`; `ChecksumMissing` for 0 over IPv6. Over IPv4, 0 is "none" and right.
    pub fn verify_checksum(&self, src: IpAddr, dst: IpAddr) -> Result<()> {
        match (self.checksum(), dst) {
            (0, IpAddr::V4(_)) => Ok(()),
            (0, IpAddr::V6(_)) => Err(Error::ChecksumMissing),
            (found, _) if self.sum(src, dst) != 0xffff => Err(Error::Checksum { header: Header::Udp, found }),
            _ => Ok(()),
        }
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Packet<T> {
    pub fn set_src_port(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::SRC_PORT, &value.to_be_bytes());
    }

    pub fn set_dst_port(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::DST_PORT, &value.to_be_bytes());
    }

    pub fn set_length(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::LENGTH, &value.to_be_bytes());
    }

    pub fn set_checksum(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::CHECKSUM, &value.to_be_bytes());
    }

    pub fn payload_mut(&mut self) -> &mut [u8] {
        let to = usize::from(self.length());
        &mut self.buffer.as_mut()[HEADER_LEN..to]
    }

    /// To be called when the payload is in place.
    pub fn fill_checksum(&mut self, src: IpAddr, dst: IpAddr) {
        self.set_checksum(0);
        // A sum that comes out as 0 is sent as all ones, 0 meaning "none" (RFC 768).
        let checksum = match !self.sum(src, dst) {
            0 => 0xffff,
            other => other,
        };
        self.set_checksum(checksum);
    }
}

/// A UDP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    pub src_port: u16,
    pub dst_port: u16,
    /// At most 65,527.
    pub payload_len: u16,
}

impl Repr {
    /// # Errors
    /// Those of [`Packet::check_len`] and [`Packet::verify_checksum`].
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>, src: IpAddr, dst: IpAddr) -> Result<Self> {
        packet.check_len()?;
        packet.verify_checksum(src, dst)?;
        Ok(Self {
            src_port: packet.src_port(),
            dst_port: packet.dst_port(),
            payload_len: packet.length() - HEADER_LEN as u16,
        })
    }

    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header with no checksum: [`Packet::fill_checksum`] is for when the payload is in place.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>) {
        packet.set_src_port(self.src_port);
        packet.set_dst_port(self.dst_port);
        packet.set_length(HEADER_LEN as u16 + self.payload_len);
        packet.set_checksum(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::{Ipv4Addr, Ipv6Addr};
    use proptest::prelude::*;

    const V4: (IpAddr, IpAddr) =
        (IpAddr::V4(Ipv4Addr::new(192, 168, 1, 1)), IpAddr::V4(Ipv4Addr::new(192, 168, 1, 2)));
    const V6: (IpAddr, IpAddr) = (IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::UNSPECIFIED));

    fn emit(repr: Repr, payload: &[u8], (src, dst): (IpAddr, IpAddr)) -> Packet<Vec<u8>> {
        let mut packet = Packet::new_unchecked(vec![0; HEADER_LEN + payload.len()]);
        repr.emit(&mut packet);
        packet.payload_mut().copy_from_slice(payload);
        packet.fill_checksum(src, dst);
        packet
    }

    #[test]
    fn the_golden_datagram_is_emitted() {
        let repr = Repr { src_port: 49152, dst_port: 3784, payload_len: 3 };
        let packet = emit(repr, b"abc", V4);
        // Pseudo header, header and payload sum to 3 16a4; folded 16a7, complemented e958.
        assert_eq!(packet.into_inner(), [0xc0, 0x00, 0x0e, 0xc8, 0x00, 0x0b, 0xe9, 0x58, b'a', b'b', b'c'],);
    }

    #[test]
    fn a_missing_checksum_is_right_over_ipv4_only() {
        let mut packet = emit(Repr { src_port: 1, dst_port: 2, payload_len: 0 }, &[], V6);
        packet.set_checksum(0);
        assert_eq!(packet.verify_checksum(V4.0, V4.1), Ok(()));
        assert_eq!(packet.verify_checksum(V6.0, V6.1), Err(Error::ChecksumMissing));
    }

    #[test]
    fn a_sum_of_zero_is_sent_as_ones() {
        // The payload is chosen so that the sum of everything else is completed to 0xffff.
        let repr = Repr { src_port: 0, dst_port: 0, payload_len: 2 };
        let rest = emit(repr, &[0, 0], V6).checksum();
        let packet = emit(repr, &rest.to_be_bytes(), V6);
        assert_eq!(packet.checksum(), 0xffff);
        assert_eq!(packet.verify_checksum(V6.0, V6.1), Ok(()));
    }

    #[test]
    fn impossible_lengths_are_named() {
        let header = Header::Udp;
        let check = |length: u16| {
            let mut packet = Packet::new_unchecked([0; 10]);
            packet.set_length(length);
            packet.check_len()
        };
        assert_eq!(check(7), Err(Error::Length { header, found: 7 }));
        assert_eq!(check(11), Err(Error::Truncated { header, have: 10, need: 11 }));
        assert_eq!(check(9), Ok(()));
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back_and_a_flipped_bit_does_not(
            ports in any::<[u16; 2]>(), payload in proptest::collection::vec(any::<u8>(), 0..50),
            v6: bool, bit in 0usize..8 * 8,
        ) {
            let (src, dst) = if v6 { V6 } else { V4 };
            let repr = Repr { src_port: ports[0], dst_port: ports[1], payload_len: payload.len() as u16 };
            let packet = emit(repr, &payload, (src, dst));
            prop_assert_eq!(Repr::parse(&packet, src, dst), Ok(repr));
            let mut data = packet.into_inner();
            data[bit / 8] ^= 1 << (bit % 8);
            let flipped = Packet::new_unchecked(data);
            prop_assume!(flipped.checksum() != 0);
            prop_assert!(Repr::parse(&flipped, src, dst).is_err());
        }

        #[test]
        fn arbitrary_octets_never_panic(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Repr::parse(&Packet::new_unchecked(&data), V6.0, V6.1);
        }
    }
}
