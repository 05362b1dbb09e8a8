//! ICMP (RFC 792), with the next hop's MTU of RFC 1191.

use crate::checksum;
use crate::error::need;
use crate::field::{Field, array, put, u16_at};
use crate::{Error, Header, Result};

/// Octets of the header that all messages share: type, code, checksum and four octets by type.
pub const HEADER_LEN: usize = 8;

mod field {
    use super::Field;
    pub(super) const TYPE: usize = 0;
    pub(super) const CODE: usize = 1;
    pub(super) const CHECKSUM: Field = 2..4;
    pub(super) const REST: Field = 4..8;
}

const ECHO_REPLY: u8 = 0;
const UNREACHABLE: u8 = 3;
const ECHO_REQUEST: u8 = 8;
const TIME_EXCEEDED: u8 = 11;

/// Codes of "destination unreachable".
pub mod unreachable {
    pub const NETWORK: u8 = 0;
    pub const HOST: u8 = 1;
    pub const PROTOCOL: u8 = 2;
    pub const PORT: u8 = 3;
    pub const FRAGMENTATION_NEEDED: u8 = 4;
    pub const ADMINISTRATIVELY_PROHIBITED: u8 = 13;
}

/// Codes of "time exceeded".
pub mod time_exceeded {
    pub const IN_TRANSIT: u8 = 0;
    pub const REASSEMBLY: u8 = 1;
}

/// A view of an ICMP message.
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
    /// `Truncated` below 8 octets.
    pub fn check_len(&self) -> Result<()> {
        need(Header::Icmpv4, self.buffer.as_ref().len(), HEADER_LEN)
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

    pub fn verify_checksum(&self) -> bool {
        checksum::sum(self.buffer.as_ref()) == 0xffff
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
    pub fn fill_checksum(&mut self) {
        self.set_checksum(0);
        let checksum = !checksum::sum(self.buffer.as_ref());
        self.set_checksum(checksum);
    }

    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.as_mut()[HEADER_LEN..]
    }
}

/// An ICMP message. `data` is, in an error, the beginning of the packet that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repr<'a> {
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
    /// `next_hop_mtu` has a meaning with [`unreachable::FRAGMENTATION_NEEDED`] (RFC 1191) and is 0 otherwise.
    Unreachable {
        code: u8,
        next_hop_mtu: u16,
        data: &'a [u8],
    },
    TimeExceeded {
        code: u8,
        data: &'a [u8],
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
    /// # Errors
    /// `Truncated`, `Checksum`.
    pub fn parse<T: AsRef<[u8]>>(packet: &'a Packet<T>) -> Result<Self> {
        packet.check_len()?;
        if !packet.verify_checksum() {
            return Err(Error::Checksum { header: Header::Icmpv4, found: packet.checksum() });
        }
        let (code, rest, data) = (packet.code(), packet.rest(), packet.payload());
        let (ident, sequence) = (u16_at(&rest, 0..2), u16_at(&rest, 2..4));
        Ok(match packet.kind() {
            ECHO_REQUEST => Repr::EchoRequest { ident, sequence, data },
            ECHO_REPLY => Repr::EchoReply { ident, sequence, data },
            UNREACHABLE => Repr::Unreachable { code, next_hop_mtu: sequence, data },
            TIME_EXCEEDED => Repr::TimeExceeded { code, data },
            kind => Repr::Other { kind, code, rest, data },
        })
    }

    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN + self.data().len()
    }

    pub const fn data(&self) -> &'a [u8] {
        match self {
            Repr::EchoRequest { data, .. }
            | Repr::EchoReply { data, .. }
            | Repr::Unreachable { data, .. }
            | Repr::TimeExceeded { data, .. }
            | Repr::Other { data, .. } => data,
        }
    }

    /// Writes the message with its checksum into a buffer of exactly [`Repr::buffer_len`] octets.
    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>) {
        let pair = |a: u16, b: u16| (u32::from(a) << 16 | u32::from(b)).to_be_bytes();
        let (kind, code, rest) = match *self {
            Repr::EchoRequest { ident, sequence, .. } => (ECHO_REQUEST, 0, pair(ident, sequence)),
            Repr::EchoReply { ident, sequence, .. } => (ECHO_REPLY, 0, pair(ident, sequence)),
            Repr::Unreachable { code, next_hop_mtu, .. } => (UNREACHABLE, code, pair(0, next_hop_mtu)),
            Repr::TimeExceeded { code, .. } => (TIME_EXCEEDED, code, [0; 4]),
            Repr::Other { kind, code, rest, .. } => (kind, code, rest),
        };
        packet.set_kind(kind, code);
        packet.set_rest(rest);
        packet.payload_mut().copy_from_slice(self.data());
        packet.fill_checksum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_golden_echo_request_is_emitted_and_parsed() {
        let repr = Repr::EchoRequest { ident: 0x1234, sequence: 1, data: b"ping" };
        let mut packet = Packet::new_unchecked([0; 12]);
        repr.emit(&mut packet);
        // 0800 + 1234 + 0001 + 7069 + 6e67 = f905, complemented 06fa.
        assert_eq!(packet.into_inner(), [8, 0, 0x06, 0xfa, 0x12, 0x34, 0, 1, b'p', b'i', b'n', b'g']);
        assert_eq!(Repr::parse(&packet), Ok(repr));
    }

    #[test]
    fn a_wrong_checksum_is_named() {
        let packet = Packet::new_unchecked([8, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(Repr::parse(&packet), Err(Error::Checksum { header: Header::Icmpv4, found: 1 }));
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back(
            choice in 0u8..5, code: u8, words in any::<[u16; 2]>(), rest: [u8; 4],
            kind in any::<u8>().prop_filter("known types are the other variants", |k| ![0, 3, 8, 11].contains(k)),
            data in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let data = &data[..];
            let [ident, sequence] = words;
            let repr = match choice {
                0 => Repr::EchoRequest { ident, sequence, data },
                1 => Repr::EchoReply { ident, sequence, data },
                2 => Repr::Unreachable { code, next_hop_mtu: ident, data },
                3 => Repr::TimeExceeded { code, data },
                _ => Repr::Other { kind, code, rest, data },
            };
            let mut packet = Packet::new_unchecked(vec![0; repr.buffer_len()]);
            repr.emit(&mut packet);
            prop_assert_eq!(Repr::parse(&packet), Ok(repr));
        }

        #[test]
        fn arbitrary_octets_never_panic(data in proptest::collection::vec(any::<u8>(), 0..40), fix: bool) {
            let mut packet = Packet::new_unchecked(data);
            if fix && packet.check_len().is_ok() {
                packet.fill_checksum();
            }
            let _ = Repr::parse(&packet);
        }
    }

    #[test]
    fn the_mtu_of_a_next_hop_stands_in_the_last_two_octets() {
        let repr =
            Repr::Unreachable { code: unreachable::FRAGMENTATION_NEEDED, next_hop_mtu: 1400, data: &[0x45] };
        let mut packet = Packet::new_unchecked([0; 9]);
        repr.emit(&mut packet);
        assert_eq!(packet.rest(), [0, 0, 0x05, 0x78]);
        assert_eq!((packet.kind(), packet.code()), (3, 4));
    }
}
