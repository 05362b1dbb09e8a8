//! The body of `DP_ADD_SESSION` and `DP_DELETE_SESSION`.

use crate::Error;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::field::{Field, array, put, u32_at};

/// Octets of the body.
pub(crate) const LEN: usize = 132;
/// With its terminating zero.
const NAME_LEN: usize = 64;

mod field {
    use super::Field;
    pub(super) const FLAGS: Field = 0..4;
    pub(super) const SRC: Field = 4..20;
    pub(super) const DST: Field = 20..36;
    pub(super) const LID: Field = 36..40;
    pub(super) const MIN_TX: Field = 40..44;
    pub(super) const MIN_RX: Field = 44..48;
    pub(super) const MIN_ECHO_TX: Field = 48..52;
    pub(super) const MIN_ECHO_RX: Field = 52..56;
    pub(super) const HOLD_TIME: Field = 56..60;
    pub(super) const TTL: usize = 60;
    pub(super) const DETECT_MULT: usize = 61;
    pub(super) const IFINDEX: Field = 64..68;
    pub(super) const IFNAME: Field = 68..132;
}

const MULTIHOP: u32 = 1;
const DEMAND: u32 = 1 << 1;
const CBIT: u32 = 1 << 2;
const ECHO: u32 = 1 << 3;
const IPV6: u32 = 1 << 4;
const PASSIVE: u32 = 1 << 5;
const SHUTDOWN: u32 = 1 << 6;

/// A session as bfdd wants it. Intervals are in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub multihop: bool,
    pub demand: bool,
    /// bfdd's clients heed the C bit.
    pub cbit: bool,
    pub echo: bool,
    pub passive: bool,
    pub shutdown: bool,
    /// Unspecified where bfdd does not know: the data plane chooses. Of the family of `dst`.
    pub src: IpAddr,
    pub dst: IpAddr,
    /// bfdd's discriminator, by which all other messages name the session.
    pub lid: u32,
    pub min_tx: u32,
    pub min_rx: u32,
    pub min_echo_tx: u32,
    pub min_echo_rx: u32,
    /// Milliseconds to wait before the session begins.
    pub hold_time: u32,
    /// The least TTL of a received packet.
    pub ttl: u8,
    pub detect_mult: u8,
    /// 0 where there is none.
    pub ifindex: u32,
    /// Empty where there is none; at most 63 octets, of which none is zero.
    pub ifname: String,
}

impl Session {
    /// `body` has [`LEN`] octets or more.
    pub(crate) fn parse(body: &[u8]) -> Result<Session, Error> {
        let flags = u32_at(body, field::FLAGS);
        let flag = |bit: u32| flags & bit != 0;
        let address = |at: Field| -> IpAddr {
            let octets: [u8; 16] = array(body, at);
            if flag(IPV6) {
                Ipv6Addr::from(octets).into()
            } else {
                // In front, and zeros behind it.
                Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]).into()
            }
        };
        let name = &body[field::IFNAME];
        let end = name.iter().position(|octet| *octet == 0).ok_or(Error::InterfaceName)?;
        let ifname = core::str::from_utf8(&name[..end]).map_err(|_| Error::InterfaceName)?;
        Ok(Session {
            multihop: flag(MULTIHOP),
            demand: flag(DEMAND),
            cbit: flag(CBIT),
            echo: flag(ECHO),
            passive: flag(PASSIVE),
            shutdown: flag(SHUTDOWN),
            src: address(field::SRC),
            dst: address(field::DST),
            lid: u32_at(body, field::LID),
            min_tx: u32_at(body, field::MIN_TX),
            min_rx: u32_at(body, field::MIN_RX),
            min_echo_tx: u32_at(body, field::MIN_ECHO_TX),
            min_echo_rx: u32_at(body, field::MIN_ECHO_RX),
            hold_time: u32_at(body, field::HOLD_TIME),
            ttl: body[field::TTL],
            detect_mult: body[field::DETECT_MULT],
            ifindex: u32_at(body, field::IFINDEX),
            ifname: ifname.to_owned(),
        })
    }

    /// A name that does not fit is cut.
    pub(crate) fn emit(&self, body: &mut [u8]) {
        body[..LEN].fill(0);
        let flags = [
            (MULTIHOP, self.multihop),
            (DEMAND, self.demand),
            (CBIT, self.cbit),
            (ECHO, self.echo),
            (IPV6, self.dst.is_ipv6()),
            (PASSIVE, self.passive),
            (SHUTDOWN, self.shutdown),
        ];
        let flags = flags.iter().filter(|(_, set)| *set).fold(0, |all, (bit, _)| all | bit);
        for (at, address) in [(field::SRC, self.src), (field::DST, self.dst)] {
            match address {
                IpAddr::V4(v4) => put(body, at.start..at.start + 4, &v4.octets()),
                IpAddr::V6(v6) => put(body, at, &v6.octets()),
            }
        }
        for (at, number) in [
            (field::FLAGS, flags),
            (field::LID, self.lid),
            (field::MIN_TX, self.min_tx),
            (field::MIN_RX, self.min_rx),
            (field::MIN_ECHO_TX, self.min_echo_tx),
            (field::MIN_ECHO_RX, self.min_echo_rx),
            (field::HOLD_TIME, self.hold_time),
            (field::IFINDEX, self.ifindex),
        ] {
            put(body, at, &number.to_be_bytes());
        }
        body[field::TTL] = self.ttl;
        body[field::DETECT_MULT] = self.detect_mult;
        let name = self.ifname.as_bytes();
        let len = name.len().min(NAME_LEN - 1);
        put(body, field::IFNAME.start..field::IFNAME.start + len, &name[..len]);
    }
}
