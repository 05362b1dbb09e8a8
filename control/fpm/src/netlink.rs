//! The messages of rtnetlink(7) that zebra writes, as borrowed views. Numbers are in host byte order, for they are
//! made for a kernel on the same host.
//!
//! Own code, because `netlink-packet-route` 0.34 has no next-hop messages (RTM_NEWNEXTHOP), which zebra sends unless it
//! is told not to, and because it allocates for every attribute: `cargo bench -p swerve-fpm` decodes the same stream
//! with both.

use crate::change::{NextHop, normalise};
use crate::emit::MAX_NEXT_HOPS;
use crate::frame::StreamError;
use crate::refusal::Refusal;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// linux/netlink.h, linux/rtnetlink.h, linux/nexthop.h.
pub(crate) mod number {
    pub(crate) const NLMSG_LEN: usize = 16;
    pub(crate) const ALIGN: usize = 4;
    pub(crate) const RTM_NEWROUTE: u16 = 24;
    pub(crate) const RTM_DELROUTE: u16 = 25;
    pub(crate) const RTM_NEWNEXTHOP: u16 = 104;
    pub(crate) const RTM_DELNEXTHOP: u16 = 105;

    pub(crate) const AF_INET: u8 = 2;
    pub(crate) const AF_INET6: u8 = 10;

    pub(crate) const RTMSG_LEN: usize = 12;
    pub(crate) const RTN_UNICAST: u8 = 1;
    pub(crate) const RTN_BLACKHOLE: u8 = 6;
    pub(crate) const RTN_UNREACHABLE: u8 = 7;
    pub(crate) const RTN_PROHIBIT: u8 = 8;
    pub(crate) const RTA_DST: u16 = 1;
    pub(crate) const RTA_OIF: u16 = 4;
    pub(crate) const RTA_GATEWAY: u16 = 5;
    pub(crate) const RTA_PRIORITY: u16 = 6;
    pub(crate) const RTA_MULTIPATH: u16 = 9;
    pub(crate) const RTA_TABLE: u16 = 15;
    pub(crate) const RTA_VIA: u16 = 18;
    pub(crate) const RTA_ENCAP_TYPE: u16 = 21;
    pub(crate) const RTA_ENCAP: u16 = 22;
    pub(crate) const RTA_NH_ID: u16 = 30;
    pub(crate) const RTNH_LEN: usize = 8;

    pub(crate) const NHMSG_LEN: usize = 8;
    pub(crate) const NHA_ID: u16 = 1;
    pub(crate) const NHA_GROUP: u16 = 2;
    pub(crate) const NHA_BLACKHOLE: u16 = 4;
    pub(crate) const NHA_OIF: u16 = 5;
    pub(crate) const NHA_GATEWAY: u16 = 6;
    pub(crate) const NHA_ENCAP_TYPE: u16 = 7;
    pub(crate) const NHA_ENCAP: u16 = 8;
    pub(crate) const NHA_FDB: u16 = 11;
    pub(crate) const GROUP_ENTRY_LEN: usize = 8;

    /// The flags NLA_F_NESTED and NLA_F_NET_BYTEORDER stand above the type of an attribute.
    pub(crate) const NLA_TYPE_MASK: u16 = 0x3fff;
    pub(crate) const NLA_LEN: usize = 4;
}
use number::*;

/// A refusal with the value that caused it, or 0.
type Because = (Refusal, u32);

/// A message without its header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) kind: u16,
    pub(crate) body: &'a [u8],
}

/// The messages of a frame.
#[derive(Debug)]
pub(crate) struct Messages<'a> {
    frame: &'a [u8],
    at: usize,
}

impl<'a> Messages<'a> {
    pub(crate) fn new(frame: &'a [u8]) -> Messages<'a> {
        Messages { frame, at: 0 }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (at, rest) = (self.at, &self.frame[self.at..]);
        if rest.is_empty() {
            return None;
        }
        // Whatever is wrong, the rest of the frame cannot be read.
        self.at = self.frame.len();
        let Some((header, _)) = rest.split_first_chunk::<NLMSG_LEN>() else {
            return Some(Err(StreamError::Header { at, have: rest.len() }));
        };
        let length = u32_at(header, 0);
        let Some(body) = rest.get(NLMSG_LEN..length as usize) else {
            return Some(Err(StreamError::MessageLength { at, length, have: rest.len() }));
        };
        self.at = self.frame.len().min(at + (length as usize).next_multiple_of(ALIGN));
        Some(Ok(Message { kind: u16::from_ne_bytes([header[4], header[5]]), body }))
    }
}

/// Of a header whose size is known.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Types and values of attributes.
#[derive(Debug)]
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<(u16, &'a [u8]), Because>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let rest = std::mem::take(&mut self.0);
        let Some((header, _)) = rest.split_first_chunk::<NLA_LEN>() else {
            return Some(Err((Refusal::Truncated, 0)));
        };
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let kind = u16::from_ne_bytes([header[2], header[3]]) & NLA_TYPE_MASK;
        let Some(value) = rest.get(NLA_LEN..length) else {
            return Some(Err((Refusal::Truncated, kind.into())));
        };
        self.0 = rest.get(length.next_multiple_of(ALIGN)..).unwrap_or(&[]);
        Some(Ok((kind, value)))
    }
}

/// Keeps the value of an attribute that may stand once.
fn once<T>(slot: &mut Option<T>, kind: u16, value: T) -> Result<(), Because> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err((Refusal::AttributeTwice, kind.into())),
    }
}

fn number32(kind: u16, value: &[u8]) -> Result<u32, Because> {
    let value = value.try_into().map_err(|_| (Refusal::AttributeLength, kind.into()))?;
    Ok(u32::from_ne_bytes(value))
}

fn address(family: u8, kind: u16, value: &[u8]) -> Result<IpAddr, Because> {
    let wrong = |_| (Refusal::AttributeLength, kind.into());
    match family {
        AF_INET => Ok(<[u8; 4]>::try_from(value).map_err(wrong)?.into()),
        AF_INET6 => Ok(<[u8; 16]>::try_from(value).map_err(wrong)?.into()),
        family => Err((Refusal::Family, family.into())),
    }
}

/// The value of RTA_VIA: an address behind its family.
fn via(value: &[u8]) -> Result<IpAddr, Because> {
    let Some((family, value)) = value.split_first_chunk() else {
        return Err((Refusal::AttributeLength, RTA_VIA.into()));
    };
    match u8::try_from(u16::from_ne_bytes(*family)) {
        Ok(family) => address(family, RTA_VIA, value),
        Err(_) => Err((Refusal::Family, u16::from_ne_bytes(*family).into())),
    }
}

/// How a route names its next hops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Id(u32),
    /// They are in the buffer that [`Route::way`] was given.
    NextHops,
    Blackhole,
    Unreachable,
    Prohibit,
}

/// RTM_NEWROUTE or RTM_DELROUTE, as far as it must be right to know which route is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Route<'a> {
    pub(crate) table: u32,
    pub(crate) prefix: IpNet,
    pub(crate) protocol: u8,
    pub(crate) metric: u32,
    family: u8,
    kind: u8,
    id: Option<u32>,
    ifindex: Option<u32>,
    gateway: Option<IpAddr>,
    multipath: Option<&'a [u8]>,
    encapsulated: bool,
}

impl<'a> Route<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Route<'a>, Because> {
        let Some((header, attributes)) = body.split_first_chunk::<RTMSG_LEN>() else {
            return Err((Refusal::Truncated, 0));
        };
        let [family, prefix_len, source_len, service, table, protocol, _scope, kind, ..] = *header;
        if !matches!(family, AF_INET | AF_INET6) {
            return Err((Refusal::Family, family.into()));
        }
        let (mut destination, mut wide_table, mut metric) = (None, None, None);
        let (mut id, mut ifindex, mut gateway, mut multipath) = (None, None, None, None);
        let mut encapsulated = false;
        for attribute in Attributes(attributes) {
            let (kind, value) = attribute?;
            match kind {
                RTA_DST => once(&mut destination, kind, address(family, kind, value)?)?,
                RTA_OIF => once(&mut ifindex, kind, number32(kind, value)?)?,
                RTA_GATEWAY => once(&mut gateway, kind, address(family, kind, value)?)?,
                RTA_VIA => once(&mut gateway, kind, via(value)?)?,
                RTA_PRIORITY => once(&mut metric, kind, number32(kind, value)?)?,
                RTA_MULTIPATH => once(&mut multipath, kind, value)?,
                RTA_TABLE => once(&mut wide_table, kind, number32(kind, value)?)?,
                RTA_ENCAP | RTA_ENCAP_TYPE => encapsulated = true,
                RTA_NH_ID => once(&mut id, kind, number32(kind, value)?)?,
                _ => {}
            }
        }
        if source_len != 0 {
            return Err((Refusal::SourceSpecific, source_len.into()));
        }
        if service != 0 {
            return Err((Refusal::TypeOfService, service.into()));
        }
        Ok(Route {
            table: wide_table.unwrap_or(table.into()),
            prefix: prefix(family, prefix_len, destination)?,
            protocol,
            metric: metric.unwrap_or(0),
            family,
            kind,
            id,
            ifindex,
            gateway,
            multipath,
            encapsulated,
        })
    }

    /// Where it sends packets; next hops that it names itself go to `into`.
    pub(crate) fn way(&self, into: &mut Vec<NextHop>) -> Result<Way, Because> {
        into.clear();
        match self.kind {
            RTN_UNICAST => {}
            RTN_BLACKHOLE => return Ok(Way::Blackhole),
            RTN_UNREACHABLE => return Ok(Way::Unreachable),
            RTN_PROHIBIT => return Ok(Way::Prohibit),
            kind => return Err((Refusal::RouteType, kind.into())),
        }
        if self.encapsulated {
            return Err((Refusal::Encapsulation, 0));
        }
        if let Some(id) = self.id {
            return Ok(Way::Id(id));
        }
        match self.multipath {
            Some(multipath) => next_hops(self.family, multipath, into)?,
            None if self.gateway.is_none() && self.ifindex.is_none() => {}
            None => {
                let ifindex = self.ifindex.unwrap_or(0);
                into.push(NextHop { gateway: self.gateway, ifindex, weight: 1 });
            }
        }
        match into.is_empty() {
            true => Err((Refusal::NoNextHop, 0)),
            false => Ok(Way::NextHops),
        }
    }
}

fn prefix(family: u8, len: u8, destination: Option<IpAddr>) -> Result<IpNet, Because> {
    let destination = match (destination, family) {
        (Some(destination), _) => destination,
        (None, _) if len != 0 => return Err((Refusal::NoDestination, len.into())),
        (None, AF_INET) => Ipv4Addr::UNSPECIFIED.into(),
        (None, _) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let prefix = match destination {
        IpAddr::V4(address) => Ipv4Net::new(address, len).map(IpNet::V4),
        IpAddr::V6(address) => Ipv6Net::new(address, len).map(IpNet::V6),
    };
    let prefix = prefix.map_err(|_| (Refusal::PrefixLength, len.into()))?;
    match prefix.network() == destination {
        true => Ok(prefix),
        false => Err((Refusal::HostBits, len.into())),
    }
}

/// The value of RTA_MULTIPATH: records of length, flags, weight less one and interface, each with attributes of its own.
fn next_hops(family: u8, mut rest: &[u8], into: &mut Vec<NextHop>) -> Result<(), Because> {
    while !rest.is_empty() {
        let Some((header, _)) = rest.split_first_chunk::<RTNH_LEN>() else {
            return Err((Refusal::Truncated, RTA_MULTIPATH.into()));
        };
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let Some(attributes) = rest.get(RTNH_LEN..length) else {
            return Err((Refusal::Truncated, RTA_MULTIPATH.into()));
        };
        let mut gateway = None;
        for attribute in Attributes(attributes) {
            match attribute? {
                (RTA_GATEWAY, value) => {
                    once(&mut gateway, RTA_GATEWAY, address(family, RTA_GATEWAY, value)?)?;
                }
                (RTA_VIA, value) => once(&mut gateway, RTA_VIA, via(value)?)?,
                (RTA_ENCAP | RTA_ENCAP_TYPE, _) => return Err((Refusal::Encapsulation, 0)),
                _ => {}
            }
        }
        if into.len() == MAX_NEXT_HOPS {
            return Err((Refusal::TooManyNextHops, MAX_NEXT_HOPS as u32));
        }
        into.push(NextHop { gateway, ifindex: u32_at(header, 4), weight: u16::from(header[3]) + 1 });
        rest = rest.get(length.next_multiple_of(ALIGN)..).unwrap_or(&[]);
    }
    normalise(into);
    Ok(())
}

/// What an id stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Definition {
    NextHop(NextHop),
    Blackhole,
    /// Ids and weights.
    Group(Vec<(u32, u16)>),
    /// Something that no route can be sent over from here.
    Unusable(Because),
}

/// RTM_NEWNEXTHOP.
pub(crate) fn next_hop(body: &[u8]) -> Result<(u32, Definition), Because> {
    let Some((header, attributes)) = body.split_first_chunk::<NHMSG_LEN>() else {
        return Err((Refusal::Truncated, 0));
    };
    let family = header[0];
    let (mut id, mut group, mut ifindex, mut gateway) = (None, None, None, None);
    let (mut blackhole, mut unusable) = (false, None);
    for attribute in Attributes(attributes) {
        let (kind, value) = attribute?;
        match kind {
            NHA_ID => once(&mut id, kind, number32(kind, value)?)?,
            NHA_GROUP => once(&mut group, kind, value)?,
            NHA_BLACKHOLE => blackhole = true,
            NHA_OIF => once(&mut ifindex, kind, number32(kind, value)?)?,
            NHA_GATEWAY => once(&mut gateway, kind, address(family, kind, value)?)?,
            NHA_ENCAP | NHA_ENCAP_TYPE => unusable = Some((Refusal::Encapsulation, 0)),
            NHA_FDB => unusable = Some((Refusal::ForwardingDatabase, 0)),
            _ => {}
        }
    }
    let id = id.filter(|id| *id != 0).ok_or((Refusal::NoId, 0))?;
    let definition = match (unusable, group) {
        (Some(because), _) => Definition::Unusable(because),
        (None, Some(group)) => members(group),
        (None, None) if blackhole => Definition::Blackhole,
        (None, None) if gateway.is_none() && ifindex.is_none() => {
            Definition::Unusable((Refusal::NoNextHop, 0))
        }
        (None, None) => Definition::NextHop(NextHop { gateway, ifindex: ifindex.unwrap_or(0), weight: 1 }),
    };
    Ok((id, definition))
}

/// The value of NHA_GROUP: id, weight less one in two octets that are not beside each other (the high one since
/// Linux 6.12), reserved.
fn members(value: &[u8]) -> Definition {
    let (entries, rest) = value.as_chunks::<GROUP_ENTRY_LEN>();
    if !rest.is_empty() {
        return Definition::Unusable((Refusal::AttributeLength, NHA_GROUP.into()));
    }
    if entries.is_empty() {
        return Definition::Unusable((Refusal::NoNextHop, 0));
    }
    if entries.len() > MAX_NEXT_HOPS {
        return Definition::Unusable((Refusal::TooManyNextHops, entries.len() as u32));
    }
    let member = |entry: &[u8; GROUP_ENTRY_LEN]| {
        (u32_at(entry, 0), u16::from_le_bytes([entry[4], entry[5]]).saturating_add(1))
    };
    Definition::Group(entries.iter().map(member).collect())
}

/// RTM_DELNEXTHOP: the id.
pub(crate) fn deleted_next_hop(body: &[u8]) -> Result<u32, Because> {
    let attributes = body.get(NHMSG_LEN..).ok_or((Refusal::Truncated, 0))?;
    let mut id = None;
    for attribute in Attributes(attributes) {
        if let (NHA_ID, value) = attribute? {
            once(&mut id, NHA_ID, number32(NHA_ID, value)?)?;
        }
    }
    id.filter(|id| *id != 0).ok_or((Refusal::NoId, 0))
}
