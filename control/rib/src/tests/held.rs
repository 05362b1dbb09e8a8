//! What holds of every group of learned routes, whatever was said in which order.

use super::random::{Said, Step, Told, file, learned_prefix, some_step, take};
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Event {
    Said(Step),
    Alternates(IpNet, Alternates),
}

fn some_gateway() -> impl Strategy<Value = IpAddr> {
    (0..3u8, 1..4u8).prop_map(|(network, host)| IpAddr::from([192, 0, network, host]))
}

fn some_alternates() -> impl Strategy<Value = Alternates> {
    let alternate = (some_gateway(), 20..23u32, any::<bool>(), any::<bool>());
    let alternate = alternate.prop_map(|(gateway, metric, node_protecting, downstream)| Alternate {
        on: On::Network(0),
        gateway,
        metric,
        lfa: Lfa::new(node_protecting, downstream),
    });
    let primaries =
        proptest::collection::vec(some_gateway().prop_map(|gateway| (On::Network(0), gateway)), 1..4);
    (primaries, proptest::collection::vec(alternate, 0..3))
        .prop_map(|(primaries, all)| Alternates { primaries: primaries.into(), alternates: all.into() })
}

fn some_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => some_step().prop_map(Event::Said),
        2 => (learned_prefix(), some_alternates()).prop_map(|(prefix, all)| Event::Alternates(prefix, all)),
    ]
}

/// All that was said, and every set of alternates that ever was.
struct Heard {
    said: Said,
    alternates: BTreeMap<IpNet, Vec<Alternates>>,
}

type Way = (u32, IpAddr);

impl Heard {
    /// The interface on whose network an address is.
    fn next_door(&self, address: IpAddr) -> Option<u32> {
        let interfaces = file(self.said.file).interfaces;
        let on = interfaces.iter().position(|interface| interface.addresses[0].contains(&address));
        on.map(|interface| interface as u32)
    }

    fn is_given(&self, prefix: IpNet, path: PathId) -> bool {
        let of = |given: &Candidate| match &given.target {
            Target::Paths { next_hops, .. } => next_hops.iter().any(|hop| hop.path == path),
            _ => false,
        };
        self.said.given().any(|(net, given)| net == prefix && of(&given))
    }

    /// Another AS's router at the other end of the way announced the prefix.
    fn is_announced_by(&self, prefix: IpNet, (interface, next_hop): Way) -> bool {
        let of_prefix = self.said.bgp.iter().filter(|((net, ..), _)| *net == prefix);
        let mut external = of_prefix.filter(|(_, path)| path.external);
        external.any(|(_, path)| path.next_hop == next_hop && self.next_door(next_hop) == Some(interface))
    }

    /// The way is an alternate, with that much known of it, of the very route that FPM has for the prefix.
    fn is_alternate(&self, prefix: IpNet, (_, next_hop): Way, lfa: Lfa) -> bool {
        let Some(Fpm { protocol, target: FpmTarget::Hops(hops), .. }) = self.said.fpm.get(&prefix) else {
            return false;
        };
        let of_route = |all: &&Alternates| {
            hops.iter().all(|hop| all.primaries.iter().any(|(_, gateway)| *gateway == hop.gateway))
        };
        let all = self.alternates.get(&prefix).into_iter().flatten().filter(of_route);
        let mut each = all.flat_map(|all| &all.alternates);
        hold::LINK_STATE.contains(protocol) && each.any(|a| (a.gateway, a.lfa) == (next_hop, lfa))
    }

    /// Where FPM sends the prefix, as far as its next hops lead anywhere.
    fn fpm_ways(&self, prefix: IpNet) -> Option<BTreeSet<Way>> {
        let FpmTarget::Hops(hops) = &self.said.fpm.get(&prefix)?.target else { return None };
        let leads = |hop: &&FpmHop| {
            self.said.links.contains(&hop.link) && self.next_door(hop.gateway) == Some(hop.link - 10)
        };
        Some(hops.iter().filter(leads).map(|hop| (hop.link - 10, hop.gateway)).collect())
    }
}

fn way_of(path: &Path) -> Way {
    (path.interface, path.next_hop)
}

/// No shared risk comes first, then another region and another provider.
fn distance(primaries: &[&Path], me: &Path) -> (bool, usize) {
    let meets = |other: &&&Path| {
        let mut risks = other.risks.iter();
        other.interface == me.interface || risks.any(|risk| me.risks.contains(risk))
    };
    let another = |of: fn(&Path) -> Option<u32>| {
        primaries.iter().all(|other| matches!((of(other), of(me)), (Some(a), Some(b)) if a != b))
    };
    let same = [another(|path| path.region), another(|path| path.provider)];
    (primaries.iter().any(|other| meets(&other)), same.iter().filter(|differs| !**differs).count())
}

fn check(rib: &Rib, heard: &Heard) -> Result<(), TestCaseError> {
    for (prefix, id) in rib.routes(0, None) {
        let group = rib.group(id);
        let Group::Paths { primaries, backups } = group else { continue };
        let path = |id: PathId| &rib.paths()[id as usize];
        let all: Vec<PathId> = group.tiers().flatten().collect();
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{:?}: a path twice", group);
        let primaries: Vec<&Path> = primaries.iter().map(|(id, _)| path(*id)).collect();
        let is_given = heard.said.given().any(|(net, _)| net == prefix);
        if let (Some(ways), false) = (heard.fpm_ways(prefix), is_given)
            && !heard.said.left.contains_key(&prefix)
        {
            let lead: BTreeSet<Way> = primaries.iter().map(|path| way_of(path)).collect();
            prop_assert_eq!(lead, ways, "{}: the routing daemon's word", prefix);
        }
        let mut before = (false, 0);
        for backup in backups.iter().flatten() {
            let me = path(backup.path);
            prop_assert!(
                primaries.iter().all(|other| way_of(other) != way_of(me)),
                "{}: the same way",
                prefix
            );
            let now = distance(&primaries, me);
            prop_assert!(before <= now, "{}: {:?} comes before {:?}", prefix, before, now);
            before = now;
            let announced = heard.is_announced_by(prefix, way_of(me));
            let holds = match backup.proof {
                Proof::Connected => heard.is_given(prefix, backup.path),
                Proof::Lfa(lfa) => heard.is_alternate(prefix, way_of(me), lfa),
                Proof::EbgpDistinct => announced,
                Proof::Unproven => !announced && !heard.is_given(prefix, backup.path),
            };
            prop_assert!(holds, "{}: {:?} is {:?}", prefix, me, backup.proof);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn backups_are_other_ways_far_ones_first_and_each_proof_is_true(
        events in proptest::collection::vec(some_event(), 1..60),
    ) {
        let (mut rib, mut told) = (Rib::new(file(0)), Told::default());
        let mut heard = Heard { said: Said::default(), alternates: BTreeMap::new() };
        rib.tell_all();
        for event in events {
            match event {
                Event::Said(step) => take(&mut rib, &mut heard.said, &mut told, &step),
                Event::Alternates(prefix, all) => {
                    rib.set_alternates(prefix, Some(all.clone()));
                    heard.alternates.entry(prefix).or_default().push(all);
                }
            }
            // What next hops lead to is looked at with the next telling.
            rib.next_changes(1, None);
            check(&rib, &heard)?;
        }
    }
}
