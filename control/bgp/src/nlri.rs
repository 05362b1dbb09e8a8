//! Prefixes as UPDATEs have them (RFC 4271 4.3, RFC 4760 5), with path identifiers (RFC 7911 3).

use crate::Family;
use crate::bytes::Bytes;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::marker::PhantomData;

/// A prefix of IPv4 (`N` = 4) or IPv6 (`N` = 16). Bits behind the length are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix<const N: usize> {
    pub address: [u8; N],
    pub len: u8,
}

impl<const N: usize> Prefix<N> {
    /// From the octets that cover `len` bits; the rest of the last octet does not matter (RFC 4271 4.3).
    fn new(len: u8, octets: &[u8]) -> Prefix<N> {
        let mut address = [0; N];
        address[..octets.len()].copy_from_slice(octets);
        if !len.is_multiple_of(8) {
            address[octets.len() - 1] &= 0xff << (8 - len % 8);
        }
        Prefix { address, len }
    }

    /// What packets can be forwarded to: no multicast, nothing reserved, nothing of one link only.
    pub(crate) fn is_unicast(&self) -> bool {
        match (N, self.address[0]) {
            (4, first) => first < 224,
            (_, 0xff) => false,
            (_, 0xfe) => self.len < 10 || self.address[1] & 0xc0 != 0x80,
            _ => true,
        }
    }
}

impl From<Prefix<4>> for IpNet {
    fn from(prefix: Prefix<4>) -> IpNet {
        IpNet::V4(Ipv4Net::new_assert(prefix.address.into(), prefix.len))
    }
}

impl From<Prefix<16>> for IpNet {
    fn from(prefix: Prefix<16>) -> IpNet {
        IpNet::V6(Ipv6Net::new_assert(prefix.address.into(), prefix.len))
    }
}

/// Why a field of prefixes cannot be read (RFC 7606 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NlriError {
    #[error("prefix length {0}")]
    Length(u8),
    #[error("the last prefix is not there in full")]
    Truncated,
}

/// A field of prefixes of one family, checked to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nlri<'a> {
    family: Family,
    add_path: bool,
    count: usize,
    bytes: &'a [u8],
}

impl<'a> Nlri<'a> {
    /// # Errors
    /// See [`NlriError`].
    pub fn check(family: Family, add_path: bool, bytes: &'a [u8]) -> Result<Nlri<'a>, NlriError> {
        let longest = if family == Family::Ipv4 { 32 } else { 128 };
        let mut rest = Bytes(bytes);
        let mut count = 0;
        while !rest.is_empty() {
            if add_path {
                rest.u32().ok_or(NlriError::Truncated)?;
            }
            let len = rest.u8().ok_or(NlriError::Truncated)?;
            if len > longest {
                return Err(NlriError::Length(len));
            }
            rest.take(usize::from(len).div_ceil(8)).ok_or(NlriError::Truncated)?;
            count += 1;
        }
        Ok(Nlri { family, add_path, count, bytes })
    }

    pub fn family(&self) -> Family {
        self.family
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The prefixes with their path identifiers, 0 where there are none. `N` is that of the family, or there are none.
    pub fn iter<const N: usize>(&self) -> Iter<'a, N> {
        let of_family = (N == 4) == (self.family == Family::Ipv4);
        let rest = Bytes(if of_family { self.bytes } else { &[] });
        Iter { rest, add_path: self.add_path, prefixes: PhantomData }
    }
}

/// See [`Nlri::iter`].
#[derive(Debug)]
pub struct Iter<'a, const N: usize> {
    rest: Bytes<'a>,
    add_path: bool,
    prefixes: PhantomData<Prefix<N>>,
}

impl<const N: usize> Iterator for Iter<'_, N> {
    type Item = (Prefix<N>, u32);

    fn next(&mut self) -> Option<(Prefix<N>, u32)> {
        let path_id = if self.add_path { self.rest.u32()? } else { 0 };
        let len = self.rest.u8()?;
        let octets = self.rest.take(usize::from(len).div_ceil(8))?;
        Some((Prefix::new(len, octets), path_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_behind_the_length_are_cleared() {
        let nlri = Nlri::check(Family::Ipv4, false, &[12, 10, 0xff, 0, 32, 1, 2, 3, 4]).unwrap();
        let prefixes: Vec<IpNet> = nlri.iter::<4>().map(|(prefix, _)| prefix.into()).collect();
        assert_eq!(nlri.len(), 3);
        assert_eq!(prefixes, ["10.240.0.0/12", "0.0.0.0/0", "1.2.3.4/32"].map(|p| p.parse().unwrap()));
    }

    #[test]
    fn identifiers_come_first_when_they_were_negotiated() {
        let nlri = Nlri::check(Family::Ipv6, true, &[0, 0, 0, 7, 16, 0x20, 1, 0, 0, 1, 0, 0]).unwrap();
        let prefixes: Vec<_> = nlri.iter::<16>().map(|(prefix, id)| (IpNet::from(prefix), id)).collect();
        assert_eq!(prefixes, [("2001::/16".parse().unwrap(), 7), ("::/0".parse().unwrap(), 256)]);
        assert_eq!(nlri.iter::<4>().count(), 0);
    }

    #[test]
    fn a_length_beyond_the_family_and_a_prefix_that_is_cut_are_refused() {
        let check = |family, bytes| Nlri::check(family, false, bytes);
        assert_eq!(check(Family::Ipv4, &[33, 1, 2, 3, 4, 5]), Err(NlriError::Length(33)));
        assert_eq!(check(Family::Ipv6, &[129]), Err(NlriError::Length(129)));
        assert_eq!(check(Family::Ipv4, &[24, 1, 2]), Err(NlriError::Truncated));
        assert_eq!(Nlri::check(Family::Ipv4, true, &[0, 0, 0]), Err(NlriError::Truncated));
    }

    #[test]
    fn what_is_not_unicast_is_told_from_what_is() {
        let v4 = |first, len| Prefix::<4>::new(len, &[first][..usize::from(len.min(1))]).is_unicast();
        assert!(v4(10, 8) && v4(223, 8) && v4(0, 0));
        assert!(!v4(224, 4) && !v4(240, 4) && !v4(255, 8));
        let v6 = |octets: &[u8]| Prefix::<16>::new(octets.len() as u8 * 8, octets).is_unicast();
        assert!(v6(&[]) && v6(&[0x20, 1]) && v6(&[0xfe, 0x40]) && v6(&[0xfd]));
        assert!(!v6(&[0xff, 2]) && !v6(&[0xfe, 0x80]));
    }
}
