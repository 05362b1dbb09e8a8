//! AS_PATH (RFC 4271 4.3, RFC 5065 3), always with four octets an AS (RFC 6793).

use crate::bytes::Bytes;
use std::fmt;

/// What a segment of a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SegmentKind {
    Set,
    Sequence,
    ConfederationSequence,
    ConfederationSet,
}

impl SegmentKind {
    const fn from_code(code: u8) -> Option<SegmentKind> {
        match code {
            1 => Some(SegmentKind::Set),
            2 => Some(SegmentKind::Sequence),
            3 => Some(SegmentKind::ConfederationSequence),
            4 => Some(SegmentKind::ConfederationSet),
            _ => None,
        }
    }
}

/// One segment: its kind, and four octets for each AS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    pub kind: SegmentKind,
    octets: &'a [u8],
}

impl<'a> Segment<'a> {
    pub fn ases(&self) -> impl Iterator<Item = u32> + 'a {
        self.octets.chunks_exact(4).map(|octets| octets.try_into().map_or(0, u32::from_be_bytes))
    }

    /// What it adds to the length of the path (RFC 4271 9.1.2.2 a, RFC 5065 5.3).
    fn weight(&self) -> usize {
        match self.kind {
            SegmentKind::Sequence => self.octets.len() / 4,
            SegmentKind::Set => 1,
            SegmentKind::ConfederationSequence | SegmentKind::ConfederationSet => 0,
        }
    }
}

/// A path that was found well-formed when it came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AsPath<'a>(pub(crate) &'a [u8]);

impl<'a> AsPath<'a> {
    pub fn segments(&self) -> impl Iterator<Item = Segment<'a>> + use<'a> {
        let mut rest = Bytes(self.0);
        std::iter::from_fn(move || {
            let kind = SegmentKind::from_code(rest.u8()?)?;
            let count = usize::from(rest.u8()?);
            Some(Segment { kind, octets: rest.take(4 * count)? })
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the decision process counts it: a set is one, a confederation nothing.
    pub fn length(&self) -> usize {
        self.segments().map(|segment| segment.weight()).sum()
    }

    /// The AS that the path came from: the first of it outside the own confederation; 0 when there is none.
    pub fn neighbor_as(&self) -> u32 {
        let outside = |segment: &Segment<'_>| {
            !matches!(segment.kind, SegmentKind::ConfederationSequence | SegmentKind::ConfederationSet)
        };
        let first = self.segments().find(outside).filter(|segment| segment.kind == SegmentKind::Sequence);
        first.and_then(|segment| segment.ases().next()).unwrap_or(0)
    }
}

/// As FRR and others print it.
impl fmt::Display for AsPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            let (open, between, close) = match segment.kind {
                SegmentKind::Sequence => ("", " ", ""),
                SegmentKind::Set => ("{", ",", "}"),
                SegmentKind::ConfederationSequence => ("(", " ", ")"),
                SegmentKind::ConfederationSet => ("[", ",", "]"),
            };
            f.write_str(open)?;
            for (at, asn) in segment.ases().enumerate() {
                write!(f, "{}{asn}", if at > 0 { between } else { "" })?;
            }
            f.write_str(close)?;
        }
        Ok(())
    }
}

impl fmt::Debug for AsPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AsPath({self})")
    }
}

/// Appends a received path in four octets an AS, `width` of which are on the wire. False, with `out` in any state, when
/// it is malformed (RFC 7606 7.2).
pub(crate) fn widen(wire: &[u8], width: usize, out: &mut Vec<u8>) -> bool {
    let mut rest = Bytes(wire);
    while !rest.is_empty() {
        let (Some(kind), Some(count)) = (rest.u8(), rest.u8()) else { return false };
        let Some(ases) = rest.take(width * usize::from(count)) else { return false };
        if SegmentKind::from_code(kind).is_none() || count == 0 {
            return false;
        }
        out.extend([kind, count]);
        for asn in ases.chunks_exact(width) {
            // RFC 7607 2.
            if asn.iter().all(|&octet| octet == 0) {
                return false;
            }
            out.extend(std::iter::repeat_n(0, 4 - width));
            out.extend(asn);
        }
    }
    true
}

/// The path of an old speaker, completed by what AS4_PATH kept (RFC 6793 4.2.3): the end from there, the beginning from
/// AS_PATH. Both in four octets.
pub(crate) fn merge(as_path: &[u8], as4_path: &[u8]) -> Vec<u8> {
    let (old, new) = (AsPath(as_path), AsPath(as4_path));
    let Some(mut lead) = old.length().checked_sub(new.length()) else { return as_path.to_vec() };
    let mut merged = Vec::with_capacity(as_path.len() + as4_path.len());
    for segment in old.segments() {
        if lead == 0 {
            break;
        }
        let weight = segment.weight();
        let octets = if weight > lead { &segment.octets[..4 * lead] } else { segment.octets };
        let kind = match segment.kind {
            SegmentKind::Set => 1,
            SegmentKind::Sequence => 2,
            SegmentKind::ConfederationSequence => 3,
            SegmentKind::ConfederationSet => 4,
        };
        merged.extend([kind, (octets.len() / 4) as u8]);
        merged.extend(octets);
        lead = lead.saturating_sub(weight);
    }
    merged.extend(as4_path);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segments: &[(u8, &[u32])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (kind, ases) in segments {
            out.extend([*kind, ases.len() as u8]);
            out.extend(ases.iter().flat_map(|asn| asn.to_be_bytes()));
        }
        out
    }

    #[test]
    fn a_set_counts_one_and_a_confederation_nothing() {
        let bytes = path(&[(3, &[65001, 65002]), (2, &[1, 2, 3]), (1, &[4, 5])]);
        let path = AsPath(&bytes);
        assert_eq!((path.length(), path.neighbor_as()), (4, 1));
        assert_eq!(path.to_string(), "(65001 65002) 1 2 3 {4,5}");
        assert_eq!(AsPath(&[]).neighbor_as(), 0);
    }

    #[test]
    fn every_malformed_path_of_rfc_7606_is_found() {
        let mut out = Vec::new();
        // Unknown kind, no AS in a segment, one octet left, a segment longer than the attribute, AS 0 (RFC 7607).
        for bad in [&[5, 1, 0, 0, 0, 1][..], &[2, 0], &[2], &[2, 2, 0, 0, 0, 1], &[2, 1, 0, 0, 0, 0]] {
            assert!(!widen(bad, 4, &mut out), "{bad:?}");
        }
        out.clear();
        assert!(widen(&[2, 2, 0, 1, 0, 2], 2, &mut out));
        assert_eq!(out, path(&[(2, &[1, 2])]));
    }

    #[test]
    fn an_old_speakers_path_is_completed_from_the_new_one() {
        const TRANS: u32 = 23456;
        let old = path(&[(2, &[10, TRANS, TRANS, 30])]);
        assert_eq!(merge(&old, &path(&[(2, &[70000, 30])])), path(&[(2, &[10, TRANS]), (2, &[70000, 30])]));
        // A longer AS4_PATH is not to be believed.
        assert_eq!(merge(&old, &path(&[(2, &[1, 2, 3, 4, 5])])), old);
        assert_eq!(merge(&old, &[]), old);
    }
}
