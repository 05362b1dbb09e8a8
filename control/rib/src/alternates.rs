//! Loop-free alternates of an IGP's routes (RFC 5286), which FPM does not carry.

use crate::choose::{Class, Offer, Offers, Order};
use crate::core::Core;
use crate::hold::LINK_STATE;
use crate::table::NONE;
use crate::ways::Ways;
use crate::{Fpm, FpmTarget, Lfa, PathId, Prefix, Proof, Rib, Unusable};
use api::Source;
use std::net::IpAddr;
use std::rc::Rc;

/// Where the address of a router next door is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum On {
    /// On the interface with that network in a VRF.
    Network(u8),
    /// On the interface of that number.
    Interface(u32),
    /// On the routing daemon's interface of that index: see [`Rib::set_link`].
    Link(u32),
}

/// A next hop that does not send packets back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Alternate {
    pub on: On,
    pub gateway: IpAddr,
    /// Of the whole way.
    pub metric: u32,
    pub lfa: Lfa,
}

/// The alternates of a prefix.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Alternates {
    /// They count while all next hops of FPM's route are among these.
    pub primaries: Box<[(On, IpAddr)]>,
    pub alternates: Box<[Alternate]>,
}

impl Rib {
    /// The loop-free alternates of FPM's route of that prefix, in place of those of before. Without such a route there are
    /// none, and they go with it. Those of another route than FPM's say nothing of this one: after a failure a routing daemon
    /// may know its new way before it has told the route, and until then the old route needs what it has.
    pub fn set_alternates(&mut self, prefix: impl Into<Prefix>, alternates: Option<Alternates>) {
        let Some(id) = self.table.find(prefix.into()) else { return };
        let mut set = self.set_of(id);
        if let (Some(new), true, true) = (&alternates, set.fpm != NONE, set.alternates != NONE) {
            let (fpm, old) =
                (Rc::clone(self.core.fpm.get(set.fpm)), Rc::clone(self.core.alternates.get(set.alternates)));
            let ways = &mut self.core.ways;
            if are_of(ways, &fpm, &old) && !are_of(ways, &fpm, new) {
                return;
            }
        }
        let new = match alternates {
            Some(alternates) if set.fpm != NONE => self.core.alternates.acquire(alternates).0,
            _ => NONE,
        };
        if std::mem::replace(&mut set.alternates, new) != new {
            self.replace(id, set);
        }
        self.core.release_alternates(new);
    }
}

/// Alternates come after what FPM itself says and before BGP; those that the loss of a router does not touch come first.
pub(crate) fn class(fpm: &Fpm, alternate: &Alternate) -> Class {
    (fpm.preference, Order::alternate(alternate.lfa), alternate.metric)
}

/// Whether FPM's route is the one that the alternates were computed for.
fn are_of(ways: &mut Ways, fpm: &Fpm, alternates: &Alternates) -> bool {
    let FpmTarget::Hops(hops) = &fpm.target else { return false };
    let primaries: Vec<PathId> =
        alternates.primaries.iter().filter_map(|(on, gateway)| ways.at(*on, *gateway).ok()).collect();
    let is_primary = |path| primaries.contains(&path);
    LINK_STATE.contains(&fpm.protocol)
        && hops.iter().all(|hop| ways.over_link(hop.link, hop.gateway).is_ok_and(is_primary))
}

/// Where each alternate leads.
pub(crate) fn resolve(
    ways: &mut Ways,
    fpm: &Fpm,
    alternates: &Alternates,
) -> Vec<(Alternate, Result<PathId, Unusable>)> {
    let are_of = are_of(ways, fpm, alternates);
    let mut lead = |alternate: &Alternate| match are_of {
        true => ways.at(alternate.on, alternate.gateway),
        false => Err(Unusable::OtherRoute),
    };
    alternates.alternates.iter().map(|alternate| (*alternate, lead(alternate))).collect()
}

impl Core {
    pub(crate) fn offer_alternates(&mut self, fpm: &Fpm, alternates: &Alternates, all: &mut Offers) {
        for (alternate, lead) in resolve(&mut self.ways, fpm, alternates) {
            let Ok(path) = lead else { continue };
            all.offers.push(Offer {
                path,
                source: Source::Fpm,
                class: class(fpm, &alternate),
                weight: 1,
                proof: Proof::Lfa(alternate.lfa),
                primary: false,
            });
        }
    }
}
