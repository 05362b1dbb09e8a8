//! Address families (RFC 4760): the two that are forwarded.

use std::fmt;

/// IPv4 or IPv6, unicast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    Ipv4,
    Ipv6,
}

impl Family {
    /// Both.
    pub const ALL: [Family; 2] = [Family::Ipv4, Family::Ipv6];

    /// From AFI and SAFI; `None` for those that swerve does not forward.
    pub const fn from_code(afi: u16, safi: u8) -> Option<Family> {
        match (afi, safi) {
            (1, 1) => Some(Family::Ipv4),
            (2, 1) => Some(Family::Ipv6),
            _ => None,
        }
    }

    /// AFI and SAFI.
    pub const fn code(self) -> (u16, u8) {
        match self {
            Family::Ipv4 => (1, 1),
            Family::Ipv6 => (2, 1),
        }
    }

    /// AFI, a zero, SAFI: four octets, as the capability of RFC 4760 8 has them.
    pub(crate) const fn octets(self) -> [u8; 4] {
        match self {
            Family::Ipv4 => [0, 1, 0, 1],
            Family::Ipv6 => [0, 2, 0, 1],
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Ipv4 => "IPv4 unicast",
            Family::Ipv6 => "IPv6 unicast",
        })
    }
}

/// None, one or both families.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct FamilySet(u8);

impl FamilySet {
    /// Both.
    pub const ALL: FamilySet = FamilySet(3);

    pub const fn has(self, family: Family) -> bool {
        self.0 & (1 << family as u8) != 0
    }

    #[must_use]
    pub const fn with(self, family: Family) -> FamilySet {
        FamilySet(self.0 | 1 << family as u8)
    }

    #[must_use]
    pub const fn and(self, other: FamilySet) -> FamilySet {
        FamilySet(self.0 & other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in the set, IPv4 first.
    pub fn iter(self) -> impl Iterator<Item = Family> {
        Family::ALL.into_iter().filter(move |family| self.has(*family))
    }
}

impl FromIterator<Family> for FamilySet {
    fn from_iter<I: IntoIterator<Item = Family>>(families: I) -> FamilySet {
        families.into_iter().fold(FamilySet::default(), FamilySet::with)
    }
}

impl fmt::Debug for FamilySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
