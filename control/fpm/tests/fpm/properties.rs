//! A session against a slow and obvious one, and against anything at all.

use crate::support::{HOLD, net, via};
use fpm::emit::{self, Route, Via};
use fpm::{Change, Config, NextHop, Session, Target};
use ipnet::IpNet;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

/// What a test lets zebra do.
#[derive(Clone, Debug)]
enum Step {
    Set { prefix: usize, table: u32, metric: u32, way: Way },
    Delete { prefix: usize, table: u32 },
    NextHop { id: u32, last: u8 },
    Group { id: u32, members: Vec<(u32, u16)> },
    DeleteNextHop { id: u32 },
    Reconnect,
    Sweep,
}

#[derive(Clone, Debug)]
enum Way {
    Id(u32),
    NextHops(Vec<(u8, u16)>),
    Blackhole,
}

const PREFIXES: [&str; 6] =
    ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "192.0.2.1/32", "2001:db8::/32", "::/0"];

fn next_hop((last, weight): (u8, u16)) -> NextHop {
    NextHop { weight, ..via(&format!("192.0.2.{last}"), 2) }
}

fn step() -> impl Strategy<Value = Step> {
    let way = prop_oneof![
        4 => (1_u32..8).prop_map(Way::Id),
        2 => prop::collection::vec((1_u8..5, 1_u16..4), 1..4).prop_map(Way::NextHops),
        1 => Just(Way::Blackhole),
    ];
    let (prefix, table) = (0..PREFIXES.len(), prop_oneof![Just(254_u32), Just(1000)]);
    prop_oneof![
        8 => (prefix.clone(), table.clone(), 0_u32..2, way)
            .prop_map(|(prefix, table, metric, way)| Step::Set { prefix, table, metric, way }),
        3 => (prefix, table).prop_map(|(prefix, table)| Step::Delete { prefix, table }),
        4 => (1_u32..5, 1_u8..5).prop_map(|(id, last)| Step::NextHop { id, last }),
        2 => (5_u32..8, prop::collection::vec((1_u32..5, 1_u16..4), 1..4))
            .prop_map(|(id, members)| Step::Group { id, members }),
        1 => (1_u32..8).prop_map(|id| Step::DeleteNextHop { id }),
        1 => Just(Step::Reconnect),
        1 => Just(Step::Sweep),
    ]
}

fn route(prefix: usize, table: u32, metric: u32, via: Via<'_>) -> Route<'_> {
    Route { table, prefix: net(PREFIXES[prefix]), protocol: 186, metric, via }
}

fn emit_step(bytes: &mut Vec<u8>, step: &Step) {
    emit::frame(bytes, |f| match step {
        Step::Set { prefix, table, metric, way } => {
            let next_hops: Vec<NextHop> = match way {
                Way::NextHops(next_hops) => next_hops.iter().copied().map(next_hop).collect(),
                Way::Id(_) | Way::Blackhole => Vec::new(),
            };
            let via = match way {
                Way::Id(id) => Via::Id(*id),
                Way::NextHops(_) => Via::NextHops(&next_hops),
                Way::Blackhole => Via::Blackhole,
            };
            emit::new_route(f, &route(*prefix, *table, *metric, via));
        }
        Step::Delete { prefix, table } => emit::delete_route(f, &route(*prefix, *table, 0, Via::Blackhole)),
        Step::NextHop { id, last } => emit::new_next_hop(f, *id, next_hop((*last, 1))),
        Step::Group { id, members } => emit::new_group(f, *id, members),
        Step::DeleteNextHop { id } => emit::delete_next_hop(f, *id),
        Step::Reconnect | Step::Sweep => {}
    });
}

type Key = (u32, IpNet);

/// Where a route of the model points: to an id of this connection, or to what it is for good.
#[derive(Clone, PartialEq, Debug)]
enum Points {
    Id(u32),
    Fixed(Option<Vec<NextHop>>),
}

/// Keeps everything in maps, and finds out by looking at everything. `None` for next hops is a blackhole.
#[derive(Default, Debug)]
struct Model {
    /// With whether this connection mentioned it.
    routes: BTreeMap<Key, (u32, Points, bool)>,
    next_hops: BTreeMap<u32, NextHop>,
    groups: BTreeMap<u32, Vec<(u32, u16)>>,
}

/// Equal ones as one, in order, and without a common divisor.
fn normal(next_hops: impl IntoIterator<Item = NextHop>) -> Vec<NextHop> {
    let mut weights = BTreeMap::new();
    for next_hop in next_hops {
        *weights.entry((next_hop.gateway, next_hop.ifindex)).or_insert(0) += next_hop.weight;
    }
    let smallest = weights.values().copied().min().unwrap_or(1);
    let divisor = (1..=smallest).rev().find(|d| weights.values().all(|weight| weight % d == 0)).unwrap_or(1);
    let divided = weights.into_iter();
    divided
        .map(|((gateway, ifindex), weight)| NextHop { gateway, ifindex, weight: weight / divisor })
        .collect()
}

impl Model {
    /// The next hops of an id; `None` when they are not all known.
    fn resolve(&self, id: u32) -> Option<Vec<NextHop>> {
        if let Some(next_hop) = self.next_hops.get(&id) {
            return Some(vec![*next_hop]);
        }
        let members = self.groups.get(&id)?.iter();
        let members =
            members.map(|(id, weight)| Some(NextHop { weight: *weight, ..*self.next_hops.get(id)? }));
        Some(normal(members.collect::<Option<Vec<_>>>()?))
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Set { prefix, table, metric, way } => {
                let points = match way {
                    Way::Id(id) => Points::Id(*id),
                    Way::NextHops(next_hops) => {
                        Points::Fixed(Some(normal(next_hops.iter().copied().map(next_hop))))
                    }
                    Way::Blackhole => Points::Fixed(None),
                };
                self.routes.insert((*table, net(PREFIXES[*prefix])), (*metric, points, true));
            }
            Step::Delete { prefix, table } => {
                let deleted = (*table, net(PREFIXES[*prefix]));
                // What was not mentioned is left to the sweep.
                self.routes.retain(|key, (_, _, mentioned)| *key != deleted || !*mentioned);
            }
            Step::NextHop { id, last } => drop(self.next_hops.insert(*id, next_hop((*last, 1)))),
            Step::Group { id, members } => drop(self.groups.insert(*id, members.clone())),
            Step::DeleteNextHop { id } => self.delete(*id),
            Step::Reconnect => self.reconnect(),
            Step::Sweep => {
                let routes = std::mem::take(&mut self.routes);
                let kept = |points: &Points, mentioned: bool| match points {
                    Points::Id(id) => mentioned && self.resolve(*id).is_some(),
                    Points::Fixed(_) => mentioned,
                };
                self.routes = routes.into_iter().filter(|(_, (_, points, m))| kept(points, *m)).collect();
            }
        }
    }

    fn delete(&mut self, id: u32) {
        let mut deleted = Vec::new();
        if self.next_hops.remove(&id).is_some() || self.groups.remove(&id).is_some() || self.is_named(id) {
            deleted.push(id);
        }
        for (group, members) in &mut self.groups {
            members.retain(|(member, _)| *member != id);
            if members.is_empty() {
                deleted.push(*group);
            }
        }
        self.groups.retain(|_, members| !members.is_empty());
        self.routes.retain(|_, (_, points, _)| !deleted.iter().any(|id| *points == Points::Id(*id)));
    }

    /// By a route, though nothing is known of it.
    fn is_named(&self, id: u32) -> bool {
        self.routes.values().any(|(_, points, _)| *points == Points::Id(id))
    }

    fn reconnect(&mut self) {
        let resolved: BTreeMap<u32, Option<Vec<NextHop>>> = (0..8).map(|id| (id, self.resolve(id))).collect();
        for (_, points, mentioned) in self.routes.values_mut() {
            *mentioned = false;
            if let Points::Id(id) = points {
                // An id that nobody will ever explain.
                *points = resolved
                    .get(id)
                    .cloned()
                    .flatten()
                    .map_or(Points::Id(99), |next_hops| Points::Fixed(Some(next_hops)));
            }
        }
        self.next_hops.clear();
        self.groups.clear();
    }

    /// Whether somebody who was told everything has just that. Routes whose next hops are not known are left out:
    /// they are as they were before, or not there.
    fn is(&self, follower: &Follower) -> bool {
        let target = |points: &Points| match points {
            Points::Fixed(target) => Some(target.clone()),
            Points::Id(id) => self.resolve(*id).map(Some),
        };
        let routes = self.routes.iter();
        let known = routes.map(|(key, (metric, points, _))| (*key, target(points).map(|t| (*metric, t))));
        let known: BTreeMap<_, _> = known.collect();
        known.iter().all(|(key, route)| route.is_none() || route.as_ref() == follower.0.get(key))
            && follower.0.keys().all(|key| known.contains_key(key))
    }
}

/// Follows the changes that a session gives.
#[derive(Default, Debug)]
struct Follower(BTreeMap<Key, (u32, Option<Vec<NextHop>>)>);

impl Follower {
    fn follow(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Set { table, prefix, metric, target, .. } => {
                    let target = match target {
                        Target::NextHops(next_hops) => Some(next_hops.to_vec()),
                        Target::Blackhole | Target::Unreachable | Target::Prohibit => None,
                    };
                    self.0.insert((table, prefix), (metric, target));
                }
                Change::Withdraw { table, prefix, .. } => {
                    let was = self.0.remove(&(table, prefix));
                    assert!(was.is_some(), "{prefix} is withdrawn and was never told");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 600 } else { 5000 }))]

    #[test]
    fn who_follows_the_changes_has_what_zebra_has(
        steps in prop::collection::vec(step(), 1..60),
        taken in prop::collection::vec(0_usize..4, 60),
    ) {
        let mut now = Instant::now();
        let mut session = Session::new(Config { hold: HOLD, routes: 100 }, 3);
        session.connected(now);
        let (mut model, mut follower) = (Model::default(), Follower::default());
        for (step, most) in steps.iter().zip(taken) {
            match step {
                Step::Reconnect => {
                    session.disconnected();
                    session.connected(now);
                }
                Step::Sweep => {
                    now += HOLD;
                    session.on_time(now);
                    // It is due again only when something waits for its next hops.
                    prop_assert_eq!(session.deadline(), None);
                    session.connected(now);
                    model.step(step);
                    model.step(&Step::Reconnect);
                }
                step => {
                    let mut bytes = Vec::new();
                    emit_step(&mut bytes, step);
                    session.receive(&bytes, now).unwrap();
                }
            }
            if !matches!(step, Step::Sweep) {
                model.step(step);
            }
            follower.follow(session.take(most));
            if session.waiting() == 0 {
                prop_assert!(model.is(&follower), "{follower:?} {model:?}");
            }
        }
        follower.follow(session.take(usize::MAX));
        prop_assert!(model.is(&follower), "{follower:?} {model:?}");
        prop_assert_eq!(session.snapshot(now).routes, model.routes.len());
    }

    #[test]
    fn any_split_of_the_stream_gives_the_same_changes(
        steps in prop::collection::vec(step(), 1..20),
        piece in 1_usize..90,
    ) {
        let mut bytes = Vec::new();
        steps.iter().for_each(|step| emit_step(&mut bytes, step));
        let now = Instant::now();
        let mut sessions = [(); 2].map(|()| Session::new(Config::default(), 3));
        sessions.iter_mut().for_each(|session| session.connected(now));
        let [whole, cut] = &mut sessions;
        whole.receive(&bytes, now).unwrap();
        for piece in bytes.chunks(piece) {
            cut.receive(piece, now).unwrap();
        }
        prop_assert_eq!(whole.take(usize::MAX), cut.take(usize::MAX));
    }

    #[test]
    fn no_octets_make_a_session_panic(
        steps in prop::collection::vec(step(), 1..10),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        noise in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut bytes = Vec::new();
        steps.iter().for_each(|step| emit_step(&mut bytes, step));
        bytes.extend(noise);
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let now = Instant::now();
        let mut session = Session::new(Config::default(), 3);
        session.connected(now);
        let _ = session.receive(&bytes, now);
        session.take(usize::MAX);
        session.disconnected();
        session.connected(now);
        session.on_time(now + Config::default().hold);
        session.take(usize::MAX);
        prop_assert_eq!(session.snapshot(now).routes, 0);
    }
}
