//! UPDATE (RFC 4271 4.3, RFC 4760), with the errors of RFC 7606 sorted by what they lead to.

use crate::bytes::Bytes;
use crate::scan::{Scan, is_host};
use crate::{Attributes, Family, FamilySet, Fault, Malformed, Nlri, NlriError};
use std::net::{IpAddr, Ipv6Addr};

/// What two sides agreed on: how an UPDATE is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// Prefixes of other families are ignored.
    pub families: FamilySet,
    /// Families whose prefixes have path identifiers (RFC 7911).
    pub add_path: FamilySet,
    /// The peer is of our own AS.
    pub internal: bool,
    /// Both sides have four-octet ASes (RFC 6793).
    pub four_octet_as: bool,
}

/// Prefixes, and what their paths have; `None` when they are to be withdrawn (RFC 7606 2, "treat-as-withdraw").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach<'a> {
    pub prefixes: Nlri<'a>,
    pub attributes: Option<Attributes>,
}

/// A readable UPDATE. IPv4 prefixes in their own fields come first, those of the multiprotocol attributes second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update<'a> {
    pub withdrawn: [Option<Nlri<'a>>; 2],
    pub reach: [Option<Reach<'a>>; 2],
    /// Why the prefixes are withdrawn that were announced, or some of them.
    pub malformed: Option<Malformed>,
    /// A family whose part of the message cannot be read ("AFI/SAFI disable").
    pub disabled: Option<(Family, Malformed)>,
    /// Attributes left out ("attribute discard").
    pub discarded: u32,
    /// Prefixes of a family that was not negotiated were in it.
    pub foreign: bool,
    /// RFC 4724 2.
    pub end_of_rib: Option<Family>,
}

/// A multiprotocol attribute as far as it can be read.
enum Part<'a, T> {
    None,
    Foreign,
    Broken(Family, Malformed),
    Prefixes(Nlri<'a>, T),
}

impl<'a> Update<'a> {
    /// # Errors
    /// What ends the session ("session reset"): `AttributeList`, `WellKnown`, `Network`, `Unlocatable`.
    pub fn parse(body: &'a [u8], context: &Context) -> Result<Update<'a>, Fault> {
        let [withdrawn, list, announced] = fields(body)?;
        let v4 = |bytes| {
            Nlri::check(Family::Ipv4, context.add_path.has(Family::Ipv4), bytes)
                .map_err(|error| Fault::Network { family: Family::Ipv4, error })
        };
        let (withdrawn, announced) = (v4(withdrawn)?, v4(announced)?);
        let scan = Scan::read(list, context)?;
        let mp_withdrawn = scan.unreach.map_or(Ok(Part::None), |value| unreach(value, context))?;
        let mp_reach = scan.reach.map_or(Ok(Part::None), |value| reach(value, context))?;

        let has_v4 = context.families.has(Family::Ipv4);
        let body_has_prefixes = !withdrawn.is_empty() || !announced.is_empty();
        let mut update = Update {
            withdrawn: [(has_v4 && !withdrawn.is_empty()).then_some(withdrawn), None],
            reach: [None, None],
            malformed: scan.withdraw,
            disabled: None,
            discarded: scan.discarded,
            foreign: !has_v4 && body_has_prefixes,
            end_of_rib: None,
        };
        if let Some(found) = update.take(mp_withdrawn) {
            let alone = scan.count == 1 && scan.withdraw.is_none();
            let ends = alone && found.0.is_empty() && withdrawn.is_empty() && announced.is_empty();
            update.end_of_rib = ends.then_some(found.0.family());
            update.withdrawn[1] = Some(found.0);
        } else if body == [0; 4] && has_v4 {
            update.end_of_rib = Some(Family::Ipv4);
        }
        let mp_reach = update.take(mp_reach);
        update.announce(&scan, context, has_v4.then_some(announced), mp_reach);
        // RFC 7606 5.2: what is to be withdrawn may be in what cannot be read.
        match update.malformed {
            Some(malformed) if update.reach.iter().flatten().all(|reach| reach.prefixes.is_empty()) => {
                Err(Fault::Unlocatable(malformed))
            }
            _ => Ok(update),
        }
    }

    fn take<T>(&mut self, part: Part<'a, T>) -> Option<(Nlri<'a>, T)> {
        match part {
            Part::None => None,
            Part::Foreign => {
                self.foreign = true;
                None
            }
            Part::Broken(family, malformed) => {
                self.disabled = self.disabled.or(Some((family, malformed)));
                None
            }
            Part::Prefixes(prefixes, more) => Some((prefixes, more)),
        }
    }

    fn announce(
        &mut self,
        scan: &Scan<'_>,
        context: &Context,
        announced: Option<Nlri<'a>>,
        mp: Option<(Nlri<'a>, NextHop)>,
    ) {
        let announced = announced.filter(|prefixes| !prefixes.is_empty());
        if announced.is_none() && mp.is_none() {
            return;
        }
        let attributes = scan.attributes(context);
        let mut with = |next_hop: Result<NextHop, Malformed>| {
            let complete = attributes.clone().and_then(|attributes| {
                let (next_hop, link_local) = next_hop?;
                let what = "the next hop is no host's address";
                if !is_host(next_hop) {
                    return Err(Malformed { code: 3, what });
                }
                Ok(Attributes { next_hop, link_local, ..attributes })
            });
            if let Err(malformed) = complete {
                self.malformed = self.malformed.or(Some(malformed));
            }
            // An error that was met on the way makes a withdrawal of what is complete, too.
            complete.ok().filter(|_| scan.withdraw.is_none())
        };
        let missing = Malformed { code: 3, what: "it is mandatory and missing" };
        let next_hop = scan.next_hop.map(|v4| (IpAddr::V4(v4), None)).ok_or(missing);
        let first = announced.map(|prefixes| Reach { prefixes, attributes: with(next_hop) });
        let second = mp.map(|(prefixes, next_hop)| Reach { prefixes, attributes: with(Ok(next_hop)) });
        self.reach = [first, second];
    }
}

/// Withdrawn routes, path attributes, and announced prefixes.
fn fields(body: &[u8]) -> Result<[&[u8]; 3], Fault> {
    let mut rest = Bytes(body);
    let mut field = |what| {
        let length = rest.u16();
        length.and_then(|length| rest.take(usize::from(length))).ok_or(Fault::AttributeList(what))
    };
    let withdrawn = field("the withdrawn routes are longer than the message")?;
    let list = field("the path attributes are longer than the message")?;
    Ok([withdrawn, list, rest.0])
}

/// The family of a multiprotocol attribute; without it nobody knows whom it concerns.
fn family(rest: &mut Bytes<'_>) -> Result<Option<Family>, Fault> {
    let codes = rest.u16().zip(rest.u8());
    let (afi, safi) = codes.ok_or(Fault::AttributeList("a multiprotocol attribute has no family"))?;
    Ok(Family::from_code(afi, safi))
}

fn prefixes<'a, T>(family: Family, code: u8, context: &Context, bytes: &'a [u8], more: T) -> Part<'a, T> {
    match Nlri::check(family, context.add_path.has(family), bytes) {
        Ok(prefixes) => Part::Prefixes(prefixes, more),
        Err(NlriError::Length(_)) => Part::Broken(family, Malformed { code, what: "a prefix is too long" }),
        Err(NlriError::Truncated) => Part::Broken(family, Malformed { code, what: "a prefix is cut" }),
    }
}

fn unreach<'a>(value: &'a [u8], context: &Context) -> Result<Part<'a, ()>, Fault> {
    let mut rest = Bytes(value);
    let family = family(&mut rest)?.filter(|family| context.families.has(*family));
    Ok(family.map_or(Part::Foreign, |family| prefixes(family, 15, context, rest.0, ())))
}

/// Global or only address, and the link-local one.
type NextHop = (IpAddr, Option<Ipv6Addr>);

fn reach<'a>(value: &'a [u8], context: &Context) -> Result<Part<'a, NextHop>, Fault> {
    let mut rest = Bytes(value);
    let Some(family) = family(&mut rest)?.filter(|family| context.families.has(*family)) else {
        return Ok(Part::Foreign);
    };
    let next_hop = rest.u8().and_then(|length| rest.take(usize::from(length)));
    // One octet that once counted SNPAs (RFC 4760 3).
    let (Some(next_hop), Some(_)) = (next_hop.and_then(|octets| next_hop_of(family, octets)), rest.u8())
    else {
        let what = "its next hop has not the length of one of its family";
        return Ok(Part::Broken(family, Malformed { code: 14, what }));
    };
    Ok(prefixes(family, 14, context, rest.0, next_hop))
}

fn next_hop_of(family: Family, octets: &[u8]) -> Option<NextHop> {
    let link_local = |v6: &Ipv6Addr| v6.is_unicast_link_local();
    match family {
        Family::Ipv4 => Some((IpAddr::V4(<[u8; 4]>::try_from(octets).ok()?.into()), None)),
        Family::Ipv6 => {
            let (first, second) = octets.split_first_chunk::<16>()?;
            let first = Ipv6Addr::from(*first);
            if second.is_empty() {
                return Some((first.into(), Some(first).filter(link_local)));
            }
            let second = Ipv6Addr::from(<[u8; 16]>::try_from(second).ok()?);
            Some((first.into(), Some(second).filter(link_local)))
        }
    }
}
