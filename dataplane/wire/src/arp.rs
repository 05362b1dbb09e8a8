//! ARP for IPv4 on Ethernet (RFC 826).

use core::net::Ipv4Addr;

use crate::error::need;
use crate::field::{Field, array, put, u16_at};
use crate::{Error, EtherType, Header, MacAddr, Result};

pub const PACKET_LEN: usize = 28;
const HARDWARE_ETHERNET: u16 = 1;

mod field {
    use super::Field;
    pub(super) const HARDWARE: Field = 0..2;
    pub(super) const PROTOCOL: Field = 2..4;
    pub(super) const LENGTHS: Field = 4..6;
    pub(super) const OPERATION: Field = 6..8;
    pub(super) const SENDER_MAC: Field = 8..14;
    pub(super) const SENDER_IP: Field = 14..18;
    pub(super) const TARGET_MAC: Field = 18..24;
    pub(super) const TARGET_IP: Field = 24..28;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Request,
    Reply,
}

/// A view of an ARP packet.
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
    /// `Truncated` below 28 octets. More is padding.
    pub fn check_len(&self) -> Result<()> {
        need(Header::Arp, self.buffer.as_ref().len(), PACKET_LEN)
    }

    pub fn into_inner(self) -> T {
        self.buffer
    }

    pub fn hardware(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::HARDWARE)
    }

    pub fn protocol(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::PROTOCOL)
    }

    /// Octets of a hardware and of a protocol address.
    pub fn lengths(&self) -> [u8; 2] {
        array(self.buffer.as_ref(), field::LENGTHS)
    }

    pub fn operation(&self) -> u16 {
        u16_at(self.buffer.as_ref(), field::OPERATION)
    }

    pub fn sender_mac(&self) -> MacAddr {
        MacAddr(array(self.buffer.as_ref(), field::SENDER_MAC))
    }

    pub fn sender_ip(&self) -> Ipv4Addr {
        array::<4>(self.buffer.as_ref(), field::SENDER_IP).into()
    }

    pub fn target_mac(&self) -> MacAddr {
        MacAddr(array(self.buffer.as_ref(), field::TARGET_MAC))
    }

    pub fn target_ip(&self) -> Ipv4Addr {
        array::<4>(self.buffer.as_ref(), field::TARGET_IP).into()
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> Packet<T> {
    /// Ethernet, IPv4 and their address lengths.
    pub fn set_format(&mut self) {
        let data = self.buffer.as_mut();
        put(data, field::HARDWARE, &HARDWARE_ETHERNET.to_be_bytes());
        put(data, field::PROTOCOL, &EtherType::IPV4.0.to_be_bytes());
        put(data, field::LENGTHS, &[6, 4]);
    }

    pub fn set_operation(&mut self, value: u16) {
        put(self.buffer.as_mut(), field::OPERATION, &value.to_be_bytes());
    }

    pub fn set_sender_mac(&mut self, value: MacAddr) {
        put(self.buffer.as_mut(), field::SENDER_MAC, &value.0);
    }

    pub fn set_sender_ip(&mut self, value: Ipv4Addr) {
        put(self.buffer.as_mut(), field::SENDER_IP, &value.octets());
    }

    pub fn set_target_mac(&mut self, value: MacAddr) {
        put(self.buffer.as_mut(), field::TARGET_MAC, &value.0);
    }

    pub fn set_target_ip(&mut self, value: Ipv4Addr) {
        put(self.buffer.as_mut(), field::TARGET_IP, &value.octets());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    pub operation: Operation,
    pub sender_mac: MacAddr,
    pub sender_ip: Ipv4Addr,
    pub target_mac: MacAddr,
    pub target_ip: Ipv4Addr,
}

impl Repr {
    /// # Errors
    /// `Truncated`; `ArpFormat` for other media or protocols; `ArpOperation` for other than request and reply.
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self> {
        packet.check_len()?;
        let (hardware, protocol) = (packet.hardware(), packet.protocol());
        let format = (hardware, EtherType(protocol), packet.lengths());
        if format != (HARDWARE_ETHERNET, EtherType::IPV4, [6, 4]) {
            return Err(Error::ArpFormat { hardware, protocol });
        }
        Ok(Self {
            operation: match packet.operation() {
                1 => Operation::Request,
                2 => Operation::Reply,
                other => return Err(Error::ArpOperation(other)),
            },
            sender_mac: packet.sender_mac(),
            sender_ip: packet.sender_ip(),
            target_mac: packet.target_mac(),
            target_ip: packet.target_ip(),
        })
    }

    pub const fn buffer_len(&self) -> usize {
        PACKET_LEN
    }

    pub fn emit<T: AsRef<[u8]> + AsMut<[u8]>>(&self, packet: &mut Packet<T>) {
        packet.set_format();
        packet.set_operation(match self.operation {
            Operation::Request => 1,
            Operation::Reply => 2,
        });
        packet.set_sender_mac(self.sender_mac);
        packet.set_sender_ip(self.sender_ip);
        packet.set_target_mac(self.target_mac);
        packet.set_target_ip(self.target_ip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REQUEST: [u8; 28] =
        [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];

    #[test]
    fn a_request_parses_and_emits_as_captured() {
        let repr = Repr {
            operation: Operation::Request,
            sender_mac: MacAddr([2, 0, 0, 0, 0, 1]),
            sender_ip: Ipv4Addr::new(10, 0, 0, 1),
            target_mac: MacAddr::ZERO,
            target_ip: Ipv4Addr::new(10, 0, 0, 2),
        };
        assert_eq!(Repr::parse(&Packet::new_unchecked(REQUEST)), Ok(repr));
        let mut out = Packet::new_unchecked([0; 28]);
        repr.emit(&mut out);
        assert_eq!(out.into_inner(), REQUEST);
    }

    #[test]
    fn other_media_and_operations_are_named() {
        let mut other = REQUEST;
        other[1] = 6;
        let parse = |data| Repr::parse(&Packet::new_unchecked(data));
        assert_eq!(parse(other), Err(Error::ArpFormat { hardware: 6, protocol: 0x0800 }));
        let mut other = REQUEST;
        other[7] = 9;
        assert_eq!(parse(other), Err(Error::ArpOperation(9)));
    }

    proptest! {
        #[test]
        fn what_is_emitted_parses_back(
            request in any::<bool>(), macs in any::<[[u8; 6]; 2]>(), ips in any::<[[u8; 4]; 2]>(),
        ) {
            let repr = Repr {
                operation: if request { Operation::Request } else { Operation::Reply },
                sender_mac: MacAddr(macs[0]), sender_ip: ips[0].into(),
                target_mac: MacAddr(macs[1]), target_ip: ips[1].into(),
            };
            let mut packet = Packet::new_unchecked([0; PACKET_LEN]);
            repr.emit(&mut packet);
            prop_assert_eq!(Repr::parse(&packet), Ok(repr));
        }

        #[test]
        fn arbitrary_octets_never_panic(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Repr::parse(&Packet::new_unchecked(&data));
        }
    }
}
