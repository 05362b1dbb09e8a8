//! The path attributes that are kept: one value for the many paths that have the same ones.

use crate::AsPath;
use crate::SegmentKind;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// ORIGIN (RFC 4271 5.1.1); the lower is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    Igp,
    Egp,
    Incomplete,
}

/// RFC 8092 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LargeCommunity {
    pub administrator: u32,
    pub data: [u32; 2],
}

/// How bgpd came by a path; the first is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Learned {
    /// `network`, `redistribute` or `aggregate-address`.
    Local,
    External,
    Internal,
}

/// The attributes of a path. Those that nobody here uses are not kept: swerve passes nothing on.
// One allocation for all that has no fixed length: 100,000 of these are some 17 MB.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// NEXT_HOP, or the global address of MP_REACH_NLRI (RFC 2545 3).
    pub next_hop: IpAddr,
    /// The link-local address beside it.
    pub link_local: Option<Ipv6Addr>,
    pub origin: Origin,
    /// MULTI_EXIT_DISC; the lower is preferred.
    pub med: Option<u32>,
    /// LOCAL_PREF; the higher is preferred. Only iBGP carries it.
    pub local_pref: Option<u32>,
    /// Set by a route reflector: who brought the path into the AS by eBGP (RFC 4456 8).
    pub originator_id: Option<Ipv4Addr>,
    /// AS and address of the router that aggregated.
    pub aggregator: Option<(u32, Ipv4Addr)>,
    pub atomic_aggregate: bool,
    pub(crate) lists: Lists,
}

/// AS_PATH, COMMUNITIES, EXTENDED COMMUNITIES, LARGE_COMMUNITY and CLUSTER_LIST, one behind the other as on the wire.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Lists {
    octets: Box<[u8]>,
    /// Where each but the last ends.
    ends: [u32; 4],
}

impl Lists {
    pub(crate) fn new(parts: [&[u8]; 5]) -> Lists {
        let mut ends = [0; 4];
        let mut at = 0;
        for (end, part) in ends.iter_mut().zip(parts) {
            at += part.len();
            *end = at as u32;
        }
        Lists { octets: parts.concat().into(), ends }
    }

    /// How many there are in all.
    pub(crate) fn octets(&self) -> usize {
        self.octets.len()
    }

    fn part(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        let end = self.ends.get(at).map_or(self.octets.len(), |end| *end as usize);
        self.octets.get(start..end).unwrap_or_default()
    }
}

fn words(octets: &[u8]) -> impl Iterator<Item = u32> {
    octets.chunks_exact(4).map(|octets| octets.try_into().map_or(0, u32::from_be_bytes))
}

impl Attributes {
    /// How the sender of an iBGP session came by the path.
    pub fn learned(&self) -> Learned {
        let aggregated = self.as_path().segments().all(|segment| segment.kind == SegmentKind::Set);
        if self.originator_id.is_some() {
            Learned::Internal
        } else if aggregated {
            Learned::Local
        } else {
            Learned::External
        }
    }

    /// With nothing but what every path has.
    pub fn new(next_hop: IpAddr, origin: Origin) -> Attributes {
        Attributes {
            next_hop,
            link_local: None,
            origin,
            med: None,
            local_pref: None,
            originator_id: None,
            aggregator: None,
            atomic_aggregate: false,
            lists: Lists::default(),
        }
    }

    /// The same over that sequence of ASes.
    #[must_use]
    pub fn with_as_path(mut self, ases: &[u32]) -> Attributes {
        let mut path = Vec::new();
        for segment in ases.chunks(255) {
            path.extend([2, segment.len() as u8]);
            path.extend(segment.iter().flat_map(|asn| asn.to_be_bytes()));
        }
        self.lists = Lists::new([
            &path,
            self.lists.part(1),
            self.lists.part(2),
            self.lists.part(3),
            self.lists.part(4),
        ]);
        self
    }

    pub fn as_path(&self) -> AsPath<'_> {
        AsPath(self.lists.part(0))
    }

    /// RFC 1997: AS in the upper half.
    pub fn communities(&self) -> impl Iterator<Item = u32> + '_ {
        words(self.lists.part(1))
    }

    /// RFC 4360, each as it is.
    pub fn extended_communities(&self) -> impl Iterator<Item = [u8; 8]> + '_ {
        self.lists.part(2).chunks_exact(8).map(|octets| octets.try_into().unwrap_or_default())
    }

    pub fn large_communities(&self) -> impl Iterator<Item = LargeCommunity> + '_ {
        self.lists.part(3).chunks_exact(12).map(|octets| {
            let mut words = words(octets);
            let mut next = || words.next().unwrap_or(0);
            LargeCommunity { administrator: next(), data: [next(), next()] }
        })
    }

    /// CLUSTER_LIST: the reflectors that the path went through (RFC 4456 8).
    pub fn cluster_list(&self) -> impl Iterator<Item = Ipv4Addr> + '_ {
        words(self.lists.part(4)).map(Ipv4Addr::from)
    }

    pub fn cluster_list_length(&self) -> usize {
        self.lists.part(4).len() / 4
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Attributes");
        out.field("next_hop", &self.next_hop);
        if let Some(link_local) = &self.link_local {
            out.field("link_local", link_local);
        }
        out.field("origin", &self.origin).field("as_path", &self.as_path());
        for (name, value) in [("med", self.med), ("local_pref", self.local_pref)] {
            if let Some(value) = value {
                out.field(name, &value);
            }
        }
        if let Some(originator) = &self.originator_id {
            out.field("originator_id", originator);
        }
        if let Some(aggregator) = &self.aggregator {
            out.field("aggregator", aggregator);
        }
        if self.atomic_aggregate {
            out.field("atomic_aggregate", &true);
        }
        let communities: Vec<_> = self.communities().map(|c| format!("{}:{}", c >> 16, c & 0xffff)).collect();
        let large: Vec<_> = self.large_communities().collect();
        let extended: Vec<_> = self.extended_communities().collect();
        let clusters: Vec<_> = self.cluster_list().collect();
        if !communities.is_empty() {
            out.field("communities", &communities);
        }
        if !extended.is_empty() {
            out.field("extended_communities", &extended);
        }
        if !large.is_empty() {
            out.field("large_communities", &large);
        }
        if !clusters.is_empty() {
            out.field("cluster_list", &clusters);
        }
        out.finish()
    }
}
