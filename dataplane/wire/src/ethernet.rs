//! Ethernet II (IEEE 802.3) with at most one 802.1Q tag understood.

use core::fmt;

use crate::error::need;
use crate::field::{Field, array, put, u16_at};
use crate::{Header, Result};

/// A MAC address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    pub const BROADCAST: Self = Self([0xff; 6]);
    pub const ZERO: Self = Self([0; 6]);

    /// The group bit: multicast and broadcast.
    pub const fn is_multicast(self) -> bool {
        self.0[0] & 1 != 0
    }

    pub fn is_broadcast(self) -> bool {
        self == Self::BROADCAST
    }

    /// An address that a station may have as its own.
    pub fn is_unicast(self) -> bool {
        !self.is_multicast() && self != Self::ZERO
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a MAC address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a MAC address: six pairs of hexadecimal digits with colons are")]
pub struct MacAddrError(String);

impl core::str::FromStr for MacAddr {
    type Err = MacAddrError;

    fn from_str(text: &str) -> core::result::Result<Self, Self::Err> {
        let wrong = || MacAddrError(text.to_owned());
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let part = parts.next().ok_or_else(wrong)?;
            if part.len() != 2 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(wrong());
            }
            *octet = u8::from_str_radix(part, 16).map_err(|_| wrong())?;
        }
        if parts.next().is_some() { Err(wrong()) } else { Ok(Self(octets)) }
    }
}

/// An EtherType (IEEE 802 numbers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EtherType(pub u16);

impl EtherType {
    pub const IPV4: Self = Self(0x0800);
    pub const ARP: Self = Self(0x0806);
    pub const VLAN: Self = Self(0x8100);
    pub const IPV6: Self = Self(0x86dd);
    /// LACP and the other slow protocols (IEEE 802.3 57A).
    pub const SLOW: Self = Self(0x8809);
    pub const LLDP: Self = Self(0x88cc);
}

/// The tag control information of 802.1Q.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tag {
    /// VLAN identifier, 0 to 4095; 0 is a priority tag, not a VLAN.
    pub vlan: u16,
    /// Priority code point, 0 to 7.
    pub priority: u8,
    pub drop_eligible: bool,
}

impl Tag {
    pub const fn from_tci(tci: u16) -> Self {
        Self { vlan: tci & 0x0fff, priority: (tci >> 13) as u8, drop_eligible: tci & 0x1000 != 0 }
    }

    pub const fn tci(self) -> u16 {
        (self.vlan & 0x0fff) | (self.priority as u16 & 7) << 13 | (self.drop_eligible as u16) << 12
    }
}

/// Octets of an untagged header.
pub const HEADER_LEN: usize = 14;
/// Octets that an 802.1Q tag adds.
pub const TAG_LEN: usize = 4;

mod field {
    use super::Field;
    pub(super) const DESTINATION: Field = 0..6;
    pub(super) const SOURCE: Field = 6..12;
    pub(super) const ETHERTYPE: Field = 12..14;
    pub(super) const TCI: Field = 14..16;
    pub(super) const TAGGED_ETHERTYPE: Field = 16..18;
}

/// A view of an Ethernet frame without its FCS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<T: AsRef<[u8]>> {
    buffer: T,
}

impl<T: AsRef<[u8]>> Frame<T> {
    pub const fn new_unchecked(buffer: T) -> Self {
        Self { buffer }
    }

    pub fn new_checked(buffer: T) -> Result<Self> {
        let frame = Self::new_unchecked(buffer);
        frame.check_len()?;
        Ok(frame)
    }

    /// # Errors
    /// `Truncated` when the header, with its tag if it has one, is not there.
    pub fn check_len(&self) -> Result<()> {
        let have = self.buffer.as_ref().len();
        need(Header::Ethernet, have, HEADER_LEN)?;
        need(Header::Ethernet, have, self.header_len())
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    pub fn dst(&self) -> MacAddr {
        MacAddr(array(self.buffer.as_ref(), field::DESTINATION))
    }

    pub fn src(&self) -> MacAddr {
        MacAddr(array(self.buffer.as_ref(), field::SOURCE))
    }

    fn outer_ethertype(&self) -> EtherType {
        EtherType(u16_at(self.buffer.as_ref(), field::ETHERTYPE))
    }

    /// The 802.1Q tag, if there is one. A second tag is left in the payload.
    pub fn tag(&self) -> Option<Tag> {
        (self.outer_ethertype() == EtherType::VLAN)
            .then(|| Tag::from_tci(u16_at(self.buffer.as_ref(), field::TCI)))
    }

    /// The EtherType of the payload (behind the tag).
    pub fn ethertype(&self) -> EtherType {
        match self.outer_ethertype() {
            EtherType::VLAN => EtherType(u16_at(self.buffer.as_ref(), field::TAGGED_ETHERTYPE)),
            other => other,
        }
    }

    /// 14, or 18 with a tag.
    pub fn header_len(&self) -> usize {
        match self.outer_ethertype() {
            EtherType::VLAN => HEADER_LEN + TAG_LEN,
            _ => HEADER_LEN,
        }
    }

    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[self.header_len()..]
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Frame<T> {
    pub fn set_dst(&mut self, value: MacAddr) {
        put(self.buffer.as_mut(), field::DESTINATION, &value.0);
    }

    pub fn set_src(&mut self, value: MacAddr) {
        put(self.buffer.as_mut(), field::SOURCE, &value.0);
    }

    /// Writes tag and EtherType, which together decide where the payload begins.
    pub fn set_type(&mut self, tag: Option<Tag>, ethertype: EtherType) {
        let data = self.buffer.as_mut();
        match tag {
            None => put(data, field::ETHERTYPE, &ethertype.0.to_be_bytes()),
            Some(tag) => {
                put(data, field::ETHERTYPE, &EtherType::VLAN.0.to_be_bytes());
                put(data, field::TCI, &tag.tci().to_be_bytes());
                put(data, field::TAGGED_ETHERTYPE, &ethertype.0.to_be_bytes());
            }
        }
    }

    pub fn payload_mut(&mut self) -> &mut [u8] {
        let at = self.header_len();
        &mut self.buffer.as_mut()[at..]
    }
}

/// An Ethernet header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    pub src: MacAddr,
    pub dst: MacAddr,
    pub tag: Option<Tag>,
    /// Of the payload; with no tag it cannot be [`EtherType::VLAN`].
    pub ethertype: EtherType,
}

impl Repr {
    pub fn parse<T: AsRef<[u8]>>(frame: &Frame<T>) -> Result<Self> {
        frame.check_len()?;
        Ok(Self { src: frame.src(), dst: frame.dst(), tag: frame.tag(), ethertype: frame.ethertype() })
    }

    pub const fn header_len(&self) -> usize {
        match self.tag {
            None => HEADER_LEN,
            Some(_) => HEADER_LEN + TAG_LEN,
        }
    }

    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, frame: &mut Frame<T>) {
        frame.set_dst(self.dst);
        frame.set_src(self.src);
        frame.set_type(self.tag, self.ethertype);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use proptest::prelude::*;

    const TAGGED: [u8; 20] =
        [0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x81, 0x00, 0xb0, 0x64, 0x08, 0x00, 0xaa, 0xbb];

    #[test]
    fn a_tagged_frame_parses_and_emits_as_captured() {
        let frame = Frame::new_checked(TAGGED).unwrap();
        let repr = Repr::parse(&frame).unwrap();
        assert_eq!(
            repr,
            Repr {
                src: MacAddr([2, 0, 0, 0, 0, 1]),
                dst: MacAddr([2, 0, 0, 0, 0, 2]),
                tag: Some(Tag { vlan: 100, priority: 5, drop_eligible: true }),
                ethertype: EtherType::IPV4,
            }
        );
        assert_eq!(frame.payload(), [0xaa, 0xbb]);
        let mut out = Frame::new_unchecked([0; 20]);
        repr.emit(&mut out);
        out.payload_mut().copy_from_slice(&[0xaa, 0xbb]);
        assert_eq!(out.into_inner(), TAGGED);
    }

    #[test]
    fn a_frame_that_ends_inside_its_tag_is_truncated() {
        let error = Frame::new_checked(&TAGGED[..17]).unwrap_err();
        assert_eq!(error, Error::Truncated { header: Header::Ethernet, have: 17, need: 18 });
    }

    #[test]
    fn mac_addresses_are_read_as_they_are_written() {
        let mac = MacAddr([0xde, 0xad, 0, 1, 2, 0xff]);
        assert_eq!(mac.to_string().parse(), Ok(mac));
        for wrong in ["", "de:ad:00:01:02", "de:ad:00:01:02:ff:00", "de:ad:00:01:02:+f", "dead.0001.02ff"] {
            assert!(wrong.parse::<MacAddr>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back(
            src in any::<[u8; 6]>(), dst in any::<[u8; 6]>(), tci in any::<Option<u16>>(),
            ethertype in any::<u16>().prop_filter("a tag is not a payload", |&t| t != 0x8100),
        ) {
            let repr = Repr {
                src: MacAddr(src), dst: MacAddr(dst), tag: tci.map(Tag::from_tci),
                ethertype: EtherType(ethertype),
            };
            let mut frame = Frame::new_unchecked(vec![0; repr.header_len()]);
            repr.emit(&mut frame);
            prop_assert_eq!(Repr::parse(&frame), Ok(repr));
        }

        #[test]
        fn arbitrary_octets_never_panic(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(frame) = Frame::new_checked(&data) {
                let _ = (Repr::parse(&frame), frame.payload());
            }
        }
    }
}
