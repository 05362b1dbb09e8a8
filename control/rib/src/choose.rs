//! From offers to a group: which paths carry traffic, and which take over in what order.

use crate::{Backup, Candidate, Group, Lfa, Path, PathId, Proof, Target};
use api::Source;

/// What makes offers equal: they share traffic. Metrics of different sources do not compare.
pub(crate) type Class = (u32, Order, u32);

/// Among equal preferences: what an operator says at run time comes before what the file says, and both before what was
/// learned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Order(u8);

impl From<Source> for Order {
    fn from(source: Source) -> Order {
        Order(match source {
            Source::Operator => 0,
            Source::Static => 1,
            Source::Fpm => 2,
            Source::Bgp => 5,
        })
    }
}

impl Order {
    pub(crate) fn alternate(lfa: Lfa) -> Order {
        Order(if lfa.is_node_protecting() { 3 } else { 4 })
    }
}

/// A path that somebody offers for a prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Offer {
    pub(crate) path: PathId,
    pub(crate) source: Source,
    pub(crate) class: Class,
    pub(crate) weight: u16,
    pub(crate) proof: Proof,
    /// It may carry traffic when nothing has failed.
    pub(crate) primary: bool,
}

/// How a prefix may be given to nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Discard {
    pub(crate) preference: u32,
    pub(crate) source: Source,
    pub(crate) group: Group,
}

impl Discard {
    fn class(&self) -> (u32, Order) {
        (self.preference, self.source.into())
    }
}

/// All that a prefix has.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    pub(crate) offers: Vec<Offer>,
    pub(crate) discards: Vec<Discard>,
}

/// How far a backup is from the primaries; lower is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Rank {
    pub(crate) shares_risk: bool,
    /// Region and provider that are not known to differ: 0 to 2.
    pub(crate) same_place: u8,
    pub(crate) class: Class,
}

/// A backup's region, or its provider, beside those of the primaries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    Another,
    /// Not said of both.
    Unknown,
    /// That of a primary.
    Same,
}

impl Place {
    fn of(this: Option<u32>, other: Option<u32>) -> Place {
        match (this, other) {
            (Some(this), Some(other)) if this != other => Place::Another,
            (Some(_), Some(_)) => Place::Same,
            _ => Place::Unknown,
        }
    }
}

/// A group, and for whom it is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Choice {
    pub(crate) group: Group,
    pub(crate) source: Source,
}

/// The group of a prefix that is offered this. Without primaries when nothing may carry its traffic.
pub(crate) fn group(paths: &[Path], all: &mut Offers, explicit: &[Candidate]) -> Choice {
    once(&mut all.offers);
    let best = all.offers.iter().filter(|offer| offer.primary).min_by_key(|offer| offer.class);
    let discard = all.discards.iter().min_by_key(|discard| discard.class());
    if let Some(discard) = discard
        && best.is_none_or(|best| discard.class() < (best.class.0, best.class.1))
    {
        return Choice { group: discard.group.clone(), source: discard.source };
    }
    let Some(best) = best else {
        let group = Group::Paths { primaries: Box::new([]), backups: Box::new([]) };
        return Choice { group, source: Source::Static };
    };
    let primaries = primaries(&all.offers, best.class);
    let backups = match explicit_backup(explicit, best.class) {
        Some(listed) => listed_sets(paths, &primaries, listed),
        None => ranked_sets(paths, &primaries, &all.offers),
    };
    Choice {
        source: best.source,
        group: Group::Paths { primaries: primaries.into(), backups: backups.into() },
    }
}

pub(crate) fn primaries(offers: &[Offer], best: Class) -> Vec<(PathId, u16)> {
    let best = offers.iter().filter(|offer| offer.primary && offer.class == best);
    let mut primaries: Vec<(PathId, u16)> = best.map(|offer| (offer.path, offer.weight)).collect();
    primaries.sort_unstable();
    primaries
}

/// Best class first, each path once: where it is best. Who may carry traffic comes before who may not.
pub(crate) fn once(offers: &mut Vec<Offer>) {
    offers.sort_by_key(|offer| (!offer.primary, offer.class));
    let mut kept: Vec<Offer> = Vec::with_capacity(offers.len());
    for offer in offers.drain(..) {
        match kept.iter_mut().find(|other| other.path == offer.path) {
            // What one knows of a path is true for the other.
            Some(other) => other.proof = other.proof.min(offer.proof),
            None => kept.push(offer),
        }
    }
    *offers = kept;
}

/// What the first candidate with a next hop of the best class says itself.
fn explicit_backup(candidates: &[Candidate], best: Class) -> Option<&[Backup]> {
    candidates.iter().find_map(|candidate| match &candidate.target {
        Target::Paths { next_hops, backup } => next_hops
            .iter()
            .any(|hop| (hop.preference, candidate.source.into(), hop.metric) == best)
            .then_some(backup.as_deref())
            .flatten(),
        _ => None,
    })
}

/// One set for each listed path, in the operator's order.
fn listed_sets(paths: &[Path], primaries: &[(PathId, u16)], listed: &[Backup]) -> Vec<Box<[Backup]>> {
    let mut sets: Vec<Box<[Backup]>> = Vec::new();
    for backup in listed {
        let known = (backup.path as usize) < paths.len();
        let primary = primaries.iter().any(|(path, _)| *path == backup.path);
        let again = sets.iter().any(|set| set[0].path == backup.path);
        if known && !primary && !again {
            sets.push(Box::new([*backup]));
        }
    }
    sets
}

/// Everything that is no primary and reaches another neighbor, equals in one set.
fn ranked_sets(paths: &[Path], primaries: &[(PathId, u16)], offers: &[Offer]) -> Vec<Box<[Backup]>> {
    let mut ranked: Vec<(Rank, Backup)> = offers
        .iter()
        .filter_map(|offer| {
            let rank = rank(paths, primaries, offer.class, offer.path)?;
            Some((rank, Backup { path: offer.path, proof: offer.proof }))
        })
        .collect();
    ranked.sort_by_key(|(rank, backup)| (*rank, backup.path));
    ranked.chunk_by(|a, b| a.0 == b.0).map(|set| set.iter().map(|(_, backup)| *backup).collect()).collect()
}

/// `None` when `path` is a primary, or leads to the neighbor of one.
pub(crate) fn rank(paths: &[Path], primaries: &[(PathId, u16)], class: Class, path: PathId) -> Option<Rank> {
    let this = &paths[path as usize];
    let others = || primaries.iter().map(|(primary, _)| &paths[*primary as usize]);
    let same_way = |other: &Path| (other.interface, other.next_hop) == (this.interface, this.next_hop);
    if primaries.iter().any(|(primary, _)| *primary == path) || others().any(same_way) {
        return None;
    }
    let (region, provider) = places(paths, primaries, path);
    Some(Rank {
        shares_risk: others().any(|other| !shares_nothing(this, other)),
        same_place: [region, provider].into_iter().filter(|place| *place != Place::Another).count() as u8,
        class,
    })
}

/// How region and provider of a path compare with those of the primaries.
pub(crate) fn places(paths: &[Path], primaries: &[(PathId, u16)], path: PathId) -> (Place, Place) {
    let worst = |place: fn(&Path) -> Option<u32>| {
        let this = place(&paths[path as usize]);
        let others = primaries.iter().map(|(primary, _)| place(&paths[*primary as usize]));
        others.map(|other| Place::of(this, other)).max().unwrap_or(Place::Another)
    };
    (worst(|path| path.region), worst(|path| path.provider))
}

pub(crate) fn shares_nothing(a: &Path, b: &Path) -> bool {
    a.interface != b.interface && !a.risks.iter().any(|risk| b.risks.contains(risk))
}
