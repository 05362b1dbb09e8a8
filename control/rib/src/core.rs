//! What prefixes have in common: candidates, sets of them, and the groups that follow.

use crate::bgp::{self, BgpPath};
use crate::choose::{self, Choice, Discard, Offer, Offers};
use crate::hops::{Found, Hops};
use crate::pool::Pool;
use crate::table::{NONE, Table};
use crate::ways::Ways;
use crate::{Alternates, Candidate, Fpm, FpmTarget, Gone, Group, GroupId, PathId, Proof, Target, Unusable};
use api::Source;
use ipnet::IpNet;
use smallvec::SmallVec;
use std::net::IpAddr;
use std::rc::Rc;

pub(crate) type SetId = u32;

/// What eBGP and iBGP are worth where BGP itself may give the best path (the field's usual administrative distances).
const EXTERNAL: u32 = 20;
const INTERNAL: u32 = 200;

/// Numbers of what a prefix has, of each kind.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Set {
    /// Of the file's and the operator's candidates, or [`NONE`].
    pub(crate) given: u32,
    pub(crate) fpm: u32,
    /// Of the alternates of what FPM says.
    pub(crate) alternates: u32,
    /// Classes in order of their numbers; one that two paths share stands twice.
    pub(crate) bgp: SmallVec<[u32; 4]>,
    /// What FPM said is not said any more, and is left to BGP.
    pub(crate) left: Option<Gone>,
}

impl Set {
    pub(crate) fn empty() -> Set {
        Set { given: NONE, fpm: NONE, alternates: NONE, bgp: SmallVec::new(), left: None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.given == NONE && self.fpm == NONE && self.bgp.is_empty()
    }
}

/// What follows from a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Chosen {
    group: GroupId,
    /// For whom it is told.
    source: Source,
    /// Next hops of BGP may resolve over it.
    resolves: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Core {
    pub(crate) ways: Ways,
    pub(crate) hops: Hops,
    pub(crate) given: Pool<Box<[Candidate]>>,
    pub(crate) fpm: Pool<Fpm>,
    pub(crate) alternates: Pool<Alternates>,
    pub(crate) classes: Pool<BgpPath>,
    /// Number of the next hop, by class.
    hop_of: Vec<u32>,
    pub(crate) sets: Pool<Set>,
    pub(crate) groups: Pool<Group>,
    /// By set.
    chosen: Vec<Chosen>,
    /// Groups that went.
    pub(crate) freed: Vec<GroupId>,
}

impl Core {
    /// The number of a set, with one user more.
    pub(crate) fn acquire(&mut self, set: Set) -> SetId {
        let (id, is_new) = self.sets.acquire(set);
        if is_new {
            let set = Rc::clone(self.sets.get(id));
            if set.given != NONE {
                self.given.retain(set.given);
            }
            if set.fpm != NONE {
                self.fpm.retain(set.fpm);
            }
            if set.alternates != NONE {
                self.alternates.retain(set.alternates);
            }
            set.bgp.iter().for_each(|class| self.classes.retain(*class));
            let chosen = self.choose(&set);
            put(&mut self.chosen, id, chosen);
        }
        id
    }

    pub(crate) fn release(&mut self, id: SetId) {
        let Some(set) = self.sets.release(id) else { return };
        self.release_group(self.chosen[id as usize].group);
        self.release_given(set.given);
        self.release_fpm(set.fpm);
        self.release_alternates(set.alternates);
        set.bgp.iter().for_each(|class| self.release_class(*class));
    }

    pub(crate) fn release_group(&mut self, id: GroupId) {
        if self.groups.release(id).is_some() {
            self.freed.push(id);
        }
    }

    pub(crate) fn release_given(&mut self, id: u32) {
        if id != NONE {
            self.given.release(id);
        }
    }

    pub(crate) fn release_fpm(&mut self, id: u32) {
        if id != NONE {
            self.fpm.release(id);
        }
    }

    pub(crate) fn release_alternates(&mut self, id: u32) {
        if id != NONE {
            self.alternates.release(id);
        }
    }

    /// The number of a class, with one user more.
    pub(crate) fn acquire_class(&mut self, table: &Table, path: BgpPath) -> u32 {
        let (id, is_new) = self.classes.acquire(path);
        if is_new {
            let (hop, is_new) = self.hops.acquire((path.vrf, path.next_hop));
            if is_new {
                let resolution = self.resolve(table, path.vrf, path.next_hop);
                self.hops.put(hop, resolution);
            }
            put(&mut self.hop_of, id, hop);
        }
        id
    }

    pub(crate) fn release_class(&mut self, id: u32) {
        if self.classes.release(id).is_some() {
            self.hops.release(self.hop_of[id as usize]);
        }
    }

    pub(crate) fn hop_of(&self, class: u32) -> u32 {
        self.hop_of[class as usize]
    }

    /// What prefixes with this set are told; `None` when nothing may carry their traffic.
    pub(crate) fn chosen(&self, set: SetId) -> Option<(GroupId, Source)> {
        if set == NONE {
            return None;
        }
        let Chosen { group, source, .. } = self.chosen[set as usize];
        (!is_empty(self.groups.get(group))).then_some((group, source))
    }

    /// The group of a set, which may have no path.
    pub(crate) fn group(&self, set: SetId) -> &Group {
        self.groups.get(self.chosen[set as usize].group)
    }

    fn choose(&mut self, set: &Set) -> Chosen {
        let mut offers = self.offers(set);
        let resolves = self.leads_without_bgp(set, &offers);
        let given = (set.given != NONE).then(|| Rc::clone(self.given.get(set.given)));
        let explicit = given.as_deref().map_or(&[][..], |given| given);
        let Choice { group, source } = choose::group(self.ways.paths(), &mut offers, explicit);
        Chosen { group: self.groups.acquire(group).0, source, resolves }
    }

    /// Whether the best of a set is not BGP's, should all of BGP's next hops lead somewhere. Whether they do is not asked: what they
    /// resolve over would depend on what they resolve to, and with it on what came first.
    fn leads_without_bgp(&self, set: &Set, all: &Offers) -> bool {
        let of_paths =
            all.offers.iter().filter(|offer| offer.primary).map(|offer| (offer.source, offer.class.0));
        let discards = all.discards.iter().map(|discard| (discard.source, discard.preference));
        let best = |such: &dyn Fn(Source) -> bool| {
            let mut those = of_paths.clone().chain(discards.clone()).filter(|(source, _)| such(*source));
            let first = those.next()?.1;
            Some(those.fold(first, |best, (_, preference)| best.min(preference)))
        };
        let fpm = (set.fpm != NONE).then(|| self.fpm.get(set.fpm));
        let fpms_is_bgps = fpm.is_some_and(|fpm| fpm.is_bgp);
        let Some(best_of_others) =
            best(&|source| source != Source::Bgp && !(source == Source::Fpm && fpms_is_bgps))
        else {
            return false;
        };
        let by_fpm = match set.left {
            Some(_) => fpm.map(|fpm| fpm.preference),
            None => best(&|source| source == Source::Fpm && fpms_is_bgps),
        };
        let own = set.bgp.iter().map(|class| preference(self.classes.get(*class)));
        let by_bgp = if self.ways.around().bgp_leads { own.min() } else { None };
        // Among equals BGP's comes last.
        by_fpm.into_iter().chain(by_bgp).all(|bgps| best_of_others <= bgps)
    }

    /// Looks anew at the sets of which `such` says so. True when prefixes have another group than before.
    pub(crate) fn choose_again(&mut self, such: impl Fn(&Core, &Set) -> bool) -> bool {
        let mut differs = false;
        for id in self.sets.ids() {
            let set = Rc::clone(self.sets.get(id));
            if !such(self, &set) {
                continue;
            }
            let new = self.choose(&set);
            let old = std::mem::replace(&mut self.chosen[id as usize], new);
            differs |= old != new;
            self.release_group(old.group);
        }
        differs
    }

    pub(crate) fn offers(&mut self, set: &Set) -> Offers {
        let mut all = Offers::default();
        if set.given != NONE {
            let given = Rc::clone(self.given.get(set.given));
            given.iter().for_each(|candidate| self.offer_given(candidate, &mut all));
        }
        let stands_in = self.stands_in(set);
        if set.fpm != NONE && stands_in.is_none() {
            let fpm = Rc::clone(self.fpm.get(set.fpm));
            self.offer_fpm(&fpm, &mut all);
            if set.alternates != NONE {
                let alternates = Rc::clone(self.alternates.get(set.alternates));
                self.offer_alternates(&fpm, &alternates, &mut all);
            }
        }
        self.offer_bgp(&set.bgp, stands_in, &mut all);
        all
    }

    fn offer_given(&self, candidate: &Candidate, all: &mut Offers) {
        let source = candidate.source;
        let (preference, group) = match &candidate.target {
            Target::Blackhole { preference } => (*preference, Group::Blackhole),
            Target::Unreachable { preference } => (*preference, Group::Unreachable),
            Target::Prohibit { preference } => (*preference, Group::Prohibit),
            Target::Paths { next_hops, .. } => {
                let known = next_hops.iter().filter(|hop| self.ways.is_known(hop.path));
                all.offers.extend(known.map(|hop| Offer {
                    path: hop.path,
                    source,
                    class: (hop.preference, source.into(), hop.metric),
                    weight: hop.weight,
                    proof: hop.proof,
                    primary: true,
                }));
                return;
            }
        };
        all.discards.push(Discard { preference, source, group });
    }

    fn offer_fpm(&mut self, fpm: &Fpm, all: &mut Offers) {
        let (preference, source) = (fpm.preference, Source::Fpm);
        let group = match &fpm.target {
            FpmTarget::Blackhole => Group::Blackhole,
            FpmTarget::Unreachable => Group::Unreachable,
            FpmTarget::Prohibit => Group::Prohibit,
            FpmTarget::Hops(hops) => {
                for hop in hops {
                    if let Ok(path) = self.ways.over_link(hop.link, hop.gateway) {
                        let class = (preference, source.into(), fpm.metric);
                        let (weight, proof) = (hop.weight.max(1), fpm.proof);
                        all.offers.push(Offer { path, source, class, weight, proof, primary: true });
                    }
                }
                return;
            }
        };
        all.discards.push(Discard { preference, source, group });
    }

    /// `stands_in`: see [`Core::stands_in`].
    fn offer_bgp(&self, classes: &[u32], stands_in: Option<u32>, all: &mut Offers) {
        let usable = self.usable(classes);
        let costed: Vec<bgp::Costed> = usable.iter().map(|(path, _, cost)| (*path, *cost)).collect();
        let mut least = 0;
        for (place, at) in bgp::order(&costed).into_iter().enumerate() {
            let (path, ways, cost) = &usable[at];
            least = least.max(preference(path));
            let preference = stands_in.unwrap_or(least);
            let class = (preference, Source::Bgp.into(), place as u32);
            // Another AS's router right behind our own interface hands the packet on by its own route, which is not through us.
            let proof = if path.external && *cost == 0 { Proof::EbgpDistinct } else { Proof::Unproven };
            all.offers.extend(ways.iter().map(|way| Offer {
                path: *way,
                source: Source::Bgp,
                class,
                weight: 1,
                proof,
                primary: self.ways.around().bgp_leads || stands_in.is_some(),
            }));
        }
    }

    /// Those of which the next hop is resolved, with where it leads and at what cost.
    pub(crate) fn usable(&self, classes: &[u32]) -> Vec<(BgpPath, SmallVec<[PathId; 2]>, u32)> {
        let mut distinct = classes.to_vec();
        distinct.dedup();
        let mut usable = Vec::with_capacity(distinct.len());
        for class in distinct {
            if let Ok(found) = self.hops.get(self.hop_of(class)) {
                usable.push((**self.classes.get(class), found.paths.clone(), found.cost()));
            }
        }
        usable
    }

    /// Where a next hop of BGP leads: a connected network of its VRF, or a route there that is not BGP's own.
    pub(crate) fn resolve(&mut self, table: &Table, vrf: u8, address: IpAddr) -> Result<Found, Unusable> {
        let connected = self.ways.connected(vrf, address);
        let most = IpNet::from(address).max_prefix_len();
        // A default route resolves nothing: it leads anywhere (FRR's `ip nht resolve-via-default` is off as well).
        for len in (1..=most).rev() {
            let Ok(net) = IpNet::new(address, len).map(|net| net.trunc()) else { continue };
            if let Some((interface, own)) = connected
                && own == len
            {
                let path = self.ways.over(interface, address)?;
                return Ok(Found { paths: SmallVec::from_slice(&[path]), via: None });
            }
            let Some(entry) = table.get((vrf, net).into()) else { continue };
            if !self.resolves(entry.set) {
                continue;
            }
            let Group::Paths { primaries, .. } = self.group(entry.set) else { return Err(Unusable::NoRoute) };
            if !primaries.is_empty() {
                let paths = primaries.iter().map(|(path, _)| *path).collect();
                return Ok(Found { paths, via: Some(net) });
            }
        }
        Err(Unusable::NoRoute)
    }

    /// Whether next hops may resolve over a prefix with this set.
    pub(crate) fn resolves(&self, set: SetId) -> bool {
        set != NONE && self.chosen[set as usize].resolves
    }
}

/// Of a path, against what others say. Among themselves BGP's paths have the order of its decision process: none is worth more than one
/// that comes before it.
pub(crate) fn preference(path: &BgpPath) -> u32 {
    if path.external { EXTERNAL } else { INTERNAL }
}

fn put<T: Clone>(list: &mut Vec<T>, at: u32, value: T) {
    let at = at as usize;
    if at < list.len() {
        list[at] = value;
    } else {
        list.resize(at + 1, value);
    }
}

/// A group none of whose candidates has a path: kept so that the set has one, never told.
pub(crate) fn is_empty(group: &Group) -> bool {
    matches!(group, Group::Paths { primaries, .. } if primaries.is_empty())
}
