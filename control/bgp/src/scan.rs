//! The list of path attributes, one after the other, each error treated as RFC 7606 says for that attribute.

use crate::as_path;
use crate::attributes::Lists;
use crate::bytes::Bytes;
use crate::{Attributes, Context, Fault, Malformed, Origin};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Attribute type codes (RFC 4271, 1997, 4456, 4760, 4360, 6793, 8092).
mod code {
    pub(super) const ORIGIN: u8 = 1;
    pub(super) const AS_PATH: u8 = 2;
    pub(super) const NEXT_HOP: u8 = 3;
    pub(super) const MULTI_EXIT_DISC: u8 = 4;
    pub(super) const LOCAL_PREF: u8 = 5;
    pub(super) const ATOMIC_AGGREGATE: u8 = 6;
    pub(super) const AGGREGATOR: u8 = 7;
    pub(super) const COMMUNITIES: u8 = 8;
    pub(super) const ORIGINATOR_ID: u8 = 9;
    pub(super) const CLUSTER_LIST: u8 = 10;
    pub(super) const MP_REACH_NLRI: u8 = 14;
    pub(super) const MP_UNREACH_NLRI: u8 = 15;
    pub(super) const EXTENDED_COMMUNITIES: u8 = 16;
    pub(super) const AS4_PATH: u8 = 17;
    pub(super) const AS4_AGGREGATOR: u8 = 18;
    pub(super) const LARGE_COMMUNITY: u8 = 32;
}

const OPTIONAL: u8 = 0x80;
const TRANSITIVE: u8 = 0x40;
const EXTENDED_LENGTH: u8 = 0x10;

/// What an error of one attribute leads to, short of what concerns a family.
#[derive(Debug)]
enum Reaction {
    /// The attribute is left out (RFC 7606 2, "attribute discard").
    Discard,
    /// "Treat-as-withdraw".
    Withdraw(&'static str),
    /// "Session reset".
    Reset(Fault),
}
use Reaction::{Discard, Reset, Withdraw};

/// What the list says.
#[derive(Debug, Default)]
pub(crate) struct Scan<'a> {
    seen: [u64; 4],
    origin: Option<Origin>,
    as_path: Option<&'a [u8]>,
    as4_path: &'a [u8],
    pub(crate) next_hop: Option<Ipv4Addr>,
    med: Option<u32>,
    local_pref: Option<u32>,
    atomic_aggregate: bool,
    aggregator: Option<(u32, Ipv4Addr)>,
    as4_aggregator: Option<(u32, Ipv4Addr)>,
    communities: &'a [u8],
    extended: &'a [u8],
    large: &'a [u8],
    originator_id: Option<Ipv4Addr>,
    clusters: &'a [u8],
    pub(crate) reach: Option<&'a [u8]>,
    pub(crate) unreach: Option<&'a [u8]>,
    /// Number of attributes in the list.
    pub(crate) count: u32,
    pub(crate) discarded: u32,
    /// The first error that makes a withdrawal of the message.
    pub(crate) withdraw: Option<Malformed>,
}

/// The bits Optional and Transitive that an attribute has to have; `None` for one that is not known here.
const fn expected_flags(code: u8) -> Option<u8> {
    match code {
        code::ORIGIN | code::AS_PATH | code::NEXT_HOP | code::LOCAL_PREF | code::ATOMIC_AGGREGATE => {
            Some(TRANSITIVE)
        }
        code::MULTI_EXIT_DISC
        | code::ORIGINATOR_ID
        | code::CLUSTER_LIST
        | code::MP_REACH_NLRI
        | code::MP_UNREACH_NLRI => Some(OPTIONAL),
        code::AGGREGATOR
        | code::COMMUNITIES
        | code::EXTENDED_COMMUNITIES
        | code::AS4_PATH
        | code::AS4_AGGREGATOR
        | code::LARGE_COMMUNITY => Some(OPTIONAL | TRANSITIVE),
        _ => None,
    }
}

fn word(value: &[u8], what: &'static str) -> Result<u32, Reaction> {
    value.try_into().map(u32::from_be_bytes).map_err(|_| Withdraw(what))
}

/// A list of at least one element of that size.
fn elements<'a>(value: &'a [u8], size: usize, what: &'static str) -> Result<&'a [u8], Reaction> {
    if value.is_empty() || !value.len().is_multiple_of(size) { Err(Withdraw(what)) } else { Ok(value) }
}

/// An address that a packet can be sent to.
pub(crate) fn is_host(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_unspecified() && v4.octets()[0] < 224,
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast(),
    }
}

impl<'a> Scan<'a> {
    /// # Errors
    /// What RFC 7606 leaves as a reason for a session reset.
    pub(crate) fn read(list: &'a [u8], context: &Context) -> Result<Scan<'a>, Fault> {
        let mut scan = Scan::default();
        let mut rest = Bytes(list);
        while !rest.is_empty() {
            let whole = rest.0;
            let head = rest.u8().zip(rest.u8());
            let attribute = head.and_then(|(flags, code)| {
                let long = flags & EXTENDED_LENGTH != 0;
                let length = if long { rest.u16()? } else { u16::from(rest.u8()?) };
                Some((flags, code, rest.take(usize::from(length))?))
            });
            // RFC 7606 4: where one attribute ends too late, the others cannot be found.
            let Some((flags, code, value)) = attribute else {
                scan.withdrawn_for(head.map_or(0, |(_, code)| code), "it does not fit into the list");
                break;
            };
            scan.count += 1;
            if expected_flags(code).is_none() && flags & OPTIONAL == 0 {
                let attribute = whole[..whole.len() - rest.0.len()].into();
                return Err(Fault::WellKnown { code, attribute });
            }
            match scan.attribute(flags, code, value, context) {
                Ok(()) => {}
                Err(Discard) => scan.discarded += 1,
                Err(Withdraw(what)) => scan.withdrawn_for(code, what),
                Err(Reset(fault)) => return Err(fault),
            }
        }
        Ok(scan)
    }

    fn withdrawn_for(&mut self, code: u8, what: &'static str) {
        self.withdraw = self.withdraw.or(Some(Malformed { code, what }));
    }

    fn attribute(&mut self, flags: u8, code: u8, value: &'a [u8], context: &Context) -> Result<(), Reaction> {
        let (word_at, bit) = (usize::from(code / 64), 1 << (code % 64));
        if self.seen[word_at] & bit != 0 {
            // RFC 7606 3 g.
            return Err(match code {
                code::MP_REACH_NLRI | code::MP_UNREACH_NLRI => {
                    Reset(Fault::AttributeList("MP_REACH_NLRI or MP_UNREACH_NLRI stands there twice"))
                }
                _ => Discard,
            });
        }
        self.seen[word_at] |= bit;
        // RFC 7606 7.5, 7.9, 7.10: only from inside the AS. RFC 6793 6: only from an old speaker.
        let from_inside = matches!(code, code::LOCAL_PREF | code::ORIGINATOR_ID | code::CLUSTER_LIST);
        let from_old = matches!(code, code::AS4_PATH | code::AS4_AGGREGATOR);
        if from_inside && !context.internal || from_old && context.four_octet_as {
            return Err(Discard);
        }
        match expected_flags(code) {
            None => return Ok(()),
            Some(expected) if flags & (OPTIONAL | TRANSITIVE) != expected => {
                self.withdrawn_for(code, "its flags are not those of its kind");
            }
            Some(_) => {}
        }
        self.known(code, value, context)
    }

    fn known(&mut self, code: u8, value: &'a [u8], context: &Context) -> Result<(), Reaction> {
        match code {
            code::ORIGIN => {
                self.origin = Some(match value {
                    [0] => Origin::Igp,
                    [1] => Origin::Egp,
                    [2] => Origin::Incomplete,
                    _ => return Err(Withdraw("ORIGIN is not 0, 1 or 2")),
                });
            }
            code::AS_PATH => self.as_path = Some(value),
            code::NEXT_HOP => self.next_hop = Some(word(value, "NEXT_HOP is not four octets")?.into()),
            code::MULTI_EXIT_DISC => self.med = Some(word(value, "MULTI_EXIT_DISC is not four octets")?),
            code::LOCAL_PREF => self.local_pref = Some(word(value, "LOCAL_PREF is not four octets")?),
            code::ATOMIC_AGGREGATE if value.is_empty() => self.atomic_aggregate = true,
            code::AGGREGATOR => self.aggregator = Some(aggregator(value, context.four_octet_as)?),
            code::AS4_AGGREGATOR => self.as4_aggregator = Some(aggregator(value, true)?),
            code::AS4_PATH if as_path::widen(value, 4, &mut Vec::new()) => self.as4_path = value,
            code::ATOMIC_AGGREGATE | code::AS4_PATH => return Err(Discard),
            code::COMMUNITIES => {
                self.communities = elements(value, 4, "COMMUNITIES are not of four octets each")?
            }
            code::EXTENDED_COMMUNITIES => {
                self.extended = elements(value, 8, "EXTENDED COMMUNITIES are not of eight octets each")?;
            }
            code::LARGE_COMMUNITY => {
                self.large = elements(value, 12, "LARGE_COMMUNITY is not of twelve octets each")?;
            }
            code::ORIGINATOR_ID => {
                self.originator_id = Some(word(value, "ORIGINATOR_ID is not four octets")?.into());
            }
            code::CLUSTER_LIST => {
                self.clusters = elements(value, 4, "CLUSTER_LIST is not of four octets each")?
            }
            code::MP_REACH_NLRI => self.reach = Some(value),
            code::MP_UNREACH_NLRI => self.unreach = Some(value),
            // What has expected flags has an arm above.
            _ => {}
        }
        Ok(())
    }

    /// What every path of the message has; the next hop is still to be said.
    ///
    /// # Errors
    /// What is malformed or missing (RFC 7606 3 d).
    pub(crate) fn attributes(&self, context: &Context) -> Result<Attributes, Malformed> {
        let missing = |code| Malformed { code, what: "it is mandatory and missing" };
        let origin = self.origin.ok_or(missing(code::ORIGIN))?;
        let wire = self.as_path.ok_or(missing(code::AS_PATH))?;
        let mut as_path = Vec::with_capacity(wire.len());
        let width = if context.four_octet_as { 4 } else { 2 };
        if !as_path::widen(wire, width, &mut as_path) {
            return Err(Malformed { code: code::AS_PATH, what: "AS_PATH has a segment that is none" });
        }
        let mut aggregator = self.aggregator;
        if !context.four_octet_as {
            // RFC 6793 4.2.3: both are believed, or neither, by what the old one says.
            let replaced = aggregator.is_some_and(|(asn, _)| asn == 23456);
            if replaced && self.as4_aggregator.is_some() {
                aggregator = self.as4_aggregator;
            }
            if aggregator.is_none() || replaced {
                as_path = as_path::merge(&as_path, self.as4_path);
            }
        }
        Ok(Attributes {
            next_hop: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            link_local: None,
            origin,
            med: self.med,
            local_pref: self.local_pref,
            originator_id: self.originator_id,
            aggregator,
            atomic_aggregate: self.atomic_aggregate,
            lists: Lists::new([&as_path, self.communities, self.extended, self.large, self.clusters]),
        })
    }
}

/// RFC 7606 7.7: of any other length it is discarded. RFC 7607 2: that of AS 0, too.
fn aggregator(value: &[u8], four_octets: bool) -> Result<(u32, Ipv4Addr), Reaction> {
    let mut rest = Bytes(value);
    let asn = if four_octets { rest.u32() } else { rest.u16().map(u32::from) };
    match (asn, rest.array::<4>(), rest.is_empty()) {
        (Some(asn), Some(address), true) if asn != 0 => Ok((asn, address.into())),
        _ => Err(Discard),
    }
}
