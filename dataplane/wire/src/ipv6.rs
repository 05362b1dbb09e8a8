//! IPv6 (RFC 8200) and its extension headers.

use core::net::Ipv6Addr;

use crate::error::need;
use crate::field::{Field, array, put, u16_at, u32_at};
use crate::{Error, Header, Protocol, Result};

/// Octets of the fixed header.
pub const HEADER_LEN: usize = 40;
/// Extension headers that [`Packet::upper_layer`] walks before it gives up. RFC 8200 4.1 knows an order with six.
pub const MAX_EXTENSIONS: usize = 8;

mod field {
    use super::Field;
    pub(super) const VERSION_CLASS_FLOW: Field = 0..4;
    pub(super) const PAYLOAD_LEN: Field = 4..6;
    pub(super) const NEXT_HEADER: usize = 6;
    pub(super) const HOP_LIMIT: usize = 7;
    pub(super) const SRC: Field = 8..24;
    pub(super) const DST: Field = 24..40;
}

/// A view of an IPv6 packet; octets behind the payload length are padding and not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<T: AsRef<[u8]>> {
    buffer: T,
}

/// What stands behind the extension headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpperLayer {
    pub protocol: Protocol,
    /// Where it begins in the payload.
    pub offset: usize,
    /// What the fragment header says, if there is one. At an `offset` other than 0 the octets are the middle of
    /// something, and `protocol` is what the fragment header calls the beginning of it.
    pub fragment: Option<Fragment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// In octets.
    pub offset: u16,
    pub more: bool,
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
    /// `Truncated` when the buffer ends before the header or the payload length. Jumbograms (RFC 2675) are not
    /// supported: a payload length of 0 is an empty payload.
    pub fn check_len(&self) -> Result<()> {
        let have = self.buffer.as_ref().len();
        need(Header::Ipv6, have, HEADER_LEN)?;
        need(Header::Ipv6, have, HEADER_LEN + usize::from(self.payload_len()))
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    fn version_class_flow(&self) -> u32 {
        u32_at(self.buffer.as_ref(), field::VERSION_CLASS_FLOW)
    }

    pub fn version(&self) -> u8 {
        (self.version_class_flow() >> 28) as u8
    }

    pub fn traffic_class(&self) -> u8 {
        (self.version_class_flow() >> 20) as u8
    }

    /// 20 bits.
    pub fn flow_label(&self) -> u32 {
        self.version_class_flow() & 0x000f_ffff
    }

    pub fn payload_len(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::PAYLOAD_LEN)
    }

    pub fn next_header(&self) -> Protocol {
        Protocol(self.buffer.as_ref()[field::NEXT_HEADER])
    }

    pub fn hop_limit(&self) -> u8 {
        self.buffer.as_ref()[field::HOP_LIMIT]
    }

    pub fn src(&self) -> Ipv6Addr {
        array::<16>(self.buffer.as_ref(), field::SRC).into()
    }

    pub fn dst(&self) -> Ipv6Addr {
        array::<16>(self.buffer.as_ref(), field::DST).into()
    }

    /// Extension headers included.
    pub fn payload(&self) -> &[u8] {
        &self.buffer.as_ref()[HEADER_LEN..HEADER_LEN + usize::from(self.payload_len())]
    }

    /// Walks the extension headers to what they carry.
    ///
    /// ESP and "no next header" end the walk as any upper layer does.
    ///
    /// # Errors
    /// `Truncated` when an extension header ends beyond the payload; `HopByHopNotFirst`; `TooManyExtensions`.
    pub fn upper_layer(&self) -> Result<UpperLayer> {
        let payload = self.payload();
        let mut upper = UpperLayer { protocol: self.next_header(), offset: 0, fragment: None };
        for walked in 0..=MAX_EXTENSIONS {
            let rest = &payload[upper.offset..];
            let truncated = |need| Error::Truncated { header: Header::Ipv6Extension, have: rest.len(), need };
            let Some(length) = extension_len(upper.protocol, rest.get(1).copied()) else {
                return Ok(upper);
            };
            if upper.protocol == Protocol::HOP_BY_HOP && walked > 0 {
                return Err(Error::HopByHopNotFirst);
            }
            if walked == MAX_EXTENSIONS {
                break;
            }
            let header = rest.get(..length).ok_or_else(|| truncated(length))?;
            if upper.protocol == Protocol::FRAGMENT {
                let word = u16_at(header, 2..4);
                upper.fragment = Some(Fragment { offset: word & 0xfff8, more: word & 1 != 0 });
            }
            upper.protocol = Protocol(header[0]);
            upper.offset += length;
            if upper.fragment.is_some_and(|f| f.offset != 0) {
                return Ok(upper);
            }
        }
        Err(Error::TooManyExtensions { max: MAX_EXTENSIONS })
    }
}

/// The octets of an extension header whose second octet is `length` (missing: the shortest there can be), or
/// nothing when the protocol is no extension header.
fn extension_len(protocol: Protocol, length: Option<u8>) -> Option<usize> {
    let length = usize::from(length.unwrap_or(0));
    match protocol {
        Protocol::HOP_BY_HOP
        | Protocol::ROUTING
        | Protocol::DESTINATION_OPTIONS
        | Protocol::MOBILITY
        | Protocol::HIP
        | Protocol::SHIM6 => Some(8 + length * 8),
        Protocol::FRAGMENT => Some(8),
        // RFC 4302 2.2 counts in 32-bit words, less two. A length of 0 would be shorter than its fixed part.
        Protocol::AUTHENTICATION => Some((length + 2) * 4),
        _ => None,
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Packet<T> {
    /// Version 6, traffic class and the lower 20 bits of the flow label.
    pub fn set_version_class_flow(&mut self, traffic_class: u8, flow_label: u32) {
        let word = 6 << 28 | u32::from(traffic_class) << 20 | flow_label & 0x000f_ffff;
        put(self.buffer.as_mut(), field::VERSION_CLASS_FLOW, &word.to_be_bytes());
    }

    pub fn set_payload_len(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::PAYLOAD_LEN, &value.to_be_bytes());
    }

    pub fn set_next_header(&mut self, value: Protocol) {
        self.buffer.as_mut()[field::NEXT_HEADER] = value.0;
    }

    pub fn set_hop_limit(&mut self, value: u8) {
        self.buffer.as_mut()[field::HOP_LIMIT] = value;
    }

    pub fn set_src(&mut self, value: Ipv6Addr) {
        put(self.buffer.as_mut(), field::SRC, &value.octets());
    }

    pub fn set_dst(&mut self, value: Ipv6Addr) {
        put(self.buffer.as_mut(), field::DST, &value.octets());
    }

    pub fn payload_mut(&mut self) -> &mut [u8] {
        let to = HEADER_LEN + usize::from(self.payload_len());
        &mut self.buffer.as_mut()[HEADER_LEN..to]
    }
}

/// The fixed IPv6 header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    pub src: Ipv6Addr,
    pub dst: Ipv6Addr,
    pub next_header: Protocol,
    pub payload_len: u16,
    pub hop_limit: u8,
    /// DSCP and ECN.
    pub traffic_class: u8,
    /// 20 bits.
    pub flow_label: u32,
}

impl Repr {
    /// A header as our own packets have it: best effort, no flow.
    pub const fn new(
        src: Ipv6Addr,
        dst: Ipv6Addr,
        next_header: Protocol,
        hop_limit: u8,
        payload_len: u16,
    ) -> Self {
        Self { src, dst, next_header, payload_len, hop_limit, traffic_class: 0, flow_label: 0 }
    }

    /// # Errors
    /// Those of [`Packet::check_len`], `Version`.
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self> {
        packet.check_len()?;
        if packet.version() != 6 {
            return Err(Error::Version { header: Header::Ipv6, found: packet.version() });
        }
        Ok(Self {
            src: packet.src(),
            dst: packet.dst(),
            next_header: packet.next_header(),
            payload_len: packet.payload_len(),
            hop_limit: packet.hop_limit(),
            traffic_class: packet.traffic_class(),
            flow_label: packet.flow_label(),
        })
    }

    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>) {
        packet.set_version_class_flow(self.traffic_class, self.flow_label);
        packet.set_payload_len(self.payload_len);
        packet.set_next_header(self.next_header);
        packet.set_hop_limit(self.hop_limit);
        packet.set_src(self.src);
        packet.set_dst(self.dst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UDP: u8 = 17;

    fn packet(next: u8, payload: &[u8]) -> Vec<u8> {
        let (src, dst) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
        let repr = Repr::new(src, dst, Protocol(next), 255, payload.len() as u16);
        let mut packet = Packet::new_unchecked(vec![0; HEADER_LEN + payload.len()]);
        repr.emit(&mut packet);
        packet.payload_mut().copy_from_slice(payload);
        packet.into_inner()
    }

    fn walk(next: u8, payload: &[u8]) -> Result<UpperLayer> {
        Packet::new_checked(packet(next, payload)).unwrap().upper_layer()
    }

    #[test]
    fn the_golden_header_is_emitted() {
        let mut expected = vec![0x60, 0, 0, 0, 0, 2, 17, 255];
        expected.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        expected.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        expected.extend([7, 8]);
        assert_eq!(packet(UDP, &[7, 8]), expected);
    }

    #[test]
    fn extension_headers_lead_to_the_upper_layer() {
        let hop = [43, 0, 0, 0, 0, 0, 0, 0];
        let routing = [51, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let auth = [60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let options = [UDP, 0, 0, 0, 0, 0, 0, 0];
        let payload = [&hop[..], &routing, &auth, &options, &[0xaa; 8]].concat();
        let expected = UpperLayer { protocol: Protocol::UDP, offset: 44, fragment: None };
        assert_eq!(walk(0, &payload), Ok(expected));
    }

    #[test]
    fn a_later_fragment_ends_the_walk_and_a_first_one_does_not() {
        let options = [UDP, 0, 0, 0, 0, 0, 0, 0];
        let walk_fragment = |word: [u8; 2]| {
            let fragment = [60, 0, word[0], word[1], 1, 2, 3, 4];
            walk(44, &[&fragment[..], &options].concat()).unwrap()
        };
        let first = walk_fragment([0, 1]);
        assert_eq!(first.fragment, Some(Fragment { offset: 0, more: true }));
        assert_eq!((first.protocol, first.offset), (Protocol::UDP, 16));
        let later = walk_fragment([0x05, 0xa8]);
        assert_eq!(later.fragment, Some(Fragment { offset: 1448, more: false }));
        assert_eq!((later.protocol, later.offset), (Protocol::DESTINATION_OPTIONS, 8));
    }

    #[test]
    fn a_chain_without_end_is_given_up() {
        let chain = |n: usize| {
            let mut payload = [60u8, 0, 0, 0, 0, 0, 0, 0].repeat(n);
            payload[(n - 1) * 8] = UDP;
            walk(60, &payload)
        };
        assert_eq!(chain(MAX_EXTENSIONS).unwrap().protocol, Protocol::UDP);
        assert_eq!(chain(MAX_EXTENSIONS + 1), Err(Error::TooManyExtensions { max: MAX_EXTENSIONS }));
    }

    #[test]
    fn each_defect_of_the_chain_has_its_name() {
        let header = Header::Ipv6Extension;
        assert_eq!(walk(60, &[]), Err(Error::Truncated { header, have: 0, need: 8 }));
        assert_eq!(
            walk(60, &[UDP, 1, 0, 0, 0, 0, 0, 0]),
            Err(Error::Truncated { header, have: 8, need: 16 })
        );
        assert_eq!(walk(60, &[0, 0, 0, 0, 0, 0, 0, 0]), Err(Error::HopByHopNotFirst));
        let mut short = packet(UDP, &[1, 2, 3]);
        short.pop();
        let error = Error::Truncated { header: Header::Ipv6, have: 42, need: 43 };
        assert_eq!(Packet::new_checked(short), Err(error));
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back(
            ips in any::<[u128; 2]>(), bytes in any::<[u8; 3]>(), flow_label in 0u32..1 << 20,
            payload_len in 0u16..200,
        ) {
            let repr = Repr {
                src: ips[0].into(), dst: ips[1].into(), next_header: Protocol(bytes[0]), payload_len,
                hop_limit: bytes[1], traffic_class: bytes[2], flow_label,
            };
            let mut packet = Packet::new_unchecked(vec![0; HEADER_LEN + usize::from(payload_len)]);
            repr.emit(&mut packet);
            prop_assert_eq!(Repr::parse(&packet), Ok(repr));
        }

        #[test]
        fn arbitrary_chains_never_panic_and_stay_in_the_payload(
            next in prop_oneof![Just(0u8), Just(43), Just(44), Just(51), Just(60), any::<u8>()],
            payload in proptest::collection::vec(prop_oneof![Just(0u8), Just(60), Just(44), any::<u8>()], 0..120),
        ) {
            if let Ok(upper) = walk(next, &payload) {
                prop_assert!(upper.offset <= payload.len());
            }
        }

        #[test]
        fn arbitrary_octets_never_panic(data in proptest::collection::vec(any::<u8>(), 0..120)) {
            if let Ok(packet) = Packet::new_checked(&data) {
                let _ = (Repr::parse(&packet), packet.upper_layer());
            }
        }
    }
}
