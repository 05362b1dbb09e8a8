//! Which path of several BGP would prefer, in the steps and the order of FRR's bgpd (RFC 4271 9.1.2, RFC 4456 9).
//!
//! What bgpd knows and a session with it does not carry:
//!
//! - Its *weight*: paths with another than the default may be ordered otherwise there. The winner is what FPM says.
//! - *eBGP over iBGP* is seen by ORIGINATOR_ID: a reflector adds it to what it learned by iBGP and to nothing else
//!   (RFC 4456 8). A path without it that has an AS path came by eBGP.
//! - The *router id and address* of an eBGP neighbor. All its paths come with those of bgpd; in their place the
//!   next hop decides, which is that neighbor's address unless a policy sets another.
//! - The *age*: not used, so that the same paths always have the same order (bgpd's `bestpath compare-routerid`).

use std::cmp::Reverse;
use std::net::IpAddr;

/// What the decision process needs of a path, and not what it does not: paths that only differ in the rest are one here,
/// which is what keeps a full table of them small.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BgpPath {
    /// The caller's number of the session that it was learned by.
    pub peer: u32,
    /// Whose routes that session has: the prefix is of it, and the next hop resolves in it.
    pub vrf: u8,
    pub next_hop: IpAddr,
    pub local_pref: u32,
    /// Hops of the AS_PATH, a set counting as one (RFC 4271 9.1.2.2 a).
    pub as_path_len: u32,
    /// 0 IGP, 1 EGP, 2 INCOMPLETE.
    pub origin: u8,
    /// First AS of the AS_PATH; 0 of an empty one.
    pub neighbor_as: u32,
    /// 0 when the path has none.
    pub med: u32,
    /// The router that speaks to us has it from another AS.
    pub external: bool,
    /// ORIGINATOR_ID, or the peer's identifier.
    pub router_id: u32,
    /// Length of the CLUSTER_LIST (RFC 4456 9).
    pub cluster_len: u32,
}

/// What decided between two paths, in the order in which it is looked at (RFC 4271 9.1.2, RFC 4456 9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    LocalPref,
    AsPathLen,
    Origin,
    Med,
    External,
    Metric,
    RouterId,
    ClusterLen,
    NextHop,
}

impl Step {
    /// In words, of the winner.
    pub fn why(self) -> &'static str {
        match self {
            Step::LocalPref => "higher local preference",
            Step::AsPathLen => "shorter AS path",
            Step::Origin => "better origin",
            Step::Med => "lower MED",
            Step::External => "learned from another AS",
            Step::Metric => "lower metric to the next hop",
            Step::RouterId => "lower router id",
            Step::ClusterLen => "shorter cluster list",
            Step::NextHop => "lower next hop or peer",
        }
    }
}

/// A path with the metric to its next hop.
pub(crate) type Costed = (BgpPath, u32);

/// The numbers of `paths` in the order in which BGP would take them.
///
/// MED makes "better" depend on who else is there, so each place is decided anew among those that are left. A prefix has few
/// paths.
pub(crate) fn order(paths: &[Costed]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..paths.len()).collect();
    let mut order = Vec::with_capacity(paths.len());
    while !left.is_empty() {
        let best = best(paths, &left);
        left.retain(|at| *at != best);
        order.push(best);
    }
    order
}

fn best(paths: &[Costed], among: &[usize]) -> usize {
    let mut left = among.to_vec();
    keep_least(&mut left, |at| before_med(&paths[at].0));
    let lower = |a: usize, b: usize| {
        let (a, b) = (&paths[a].0, &paths[b].0);
        a.neighbor_as == b.neighbor_as && a.med < b.med
    };
    let all = left.clone();
    left.retain(|at| !all.iter().any(|other| lower(*other, *at)));
    keep_least(&mut left, |at| after_med(&paths[at]));
    left[0]
}

fn keep_least<K: Ord>(left: &mut Vec<usize>, key: impl Fn(usize) -> K) {
    if let Some(least) = left.iter().map(|at| key(*at)).min() {
        left.retain(|at| key(*at) == least);
    }
}

fn before_med(path: &BgpPath) -> (Reverse<u32>, u32, u8) {
    (Reverse(path.local_pref), path.as_path_len, path.origin)
}

fn after_med((path, metric): &Costed) -> (Reverse<bool>, u32, u32, u32, IpAddr, u32) {
    (Reverse(path.external), *metric, path.router_id, path.cluster_len, path.next_hop, path.peer)
}

/// The first step at which two paths differ, when only these two are compared.
pub(crate) fn decided_by(winner: &Costed, loser: &Costed) -> Step {
    let ((a, a_metric), (b, b_metric)) = (winner, loser);
    let differ = [
        (Step::LocalPref, a.local_pref != b.local_pref),
        (Step::AsPathLen, a.as_path_len != b.as_path_len),
        (Step::Origin, a.origin != b.origin),
        (Step::Med, a.neighbor_as == b.neighbor_as && a.med != b.med),
        (Step::External, a.external != b.external),
        (Step::Metric, a_metric != b_metric),
        (Step::RouterId, a.router_id != b.router_id),
        (Step::ClusterLen, a.cluster_len != b.cluster_len),
    ];
    differ.iter().find(|(_, differ)| *differ).map_or(Step::NextHop, |(step, _)| *step)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn path(host: u8) -> BgpPath {
        BgpPath {
            peer: 0,
            vrf: 0,
            next_hop: IpAddr::from([192, 0, 2, host]),
            local_pref: 100,
            as_path_len: 2,
            origin: 0,
            neighbor_as: 65_000 + u32::from(host),
            med: 0,
            external: true,
            router_id: u32::from(host),
            cluster_len: 0,
        }
    }

    #[test]
    fn each_step_decides_only_where_all_before_it_are_equal() {
        let base = path(1);
        let worse: [(Step, BgpPath); 8] = [
            (Step::LocalPref, BgpPath { local_pref: 50, as_path_len: 1, ..base }),
            (Step::AsPathLen, BgpPath { as_path_len: 3, origin: 0, ..base }),
            (Step::Origin, BgpPath { origin: 2, router_id: 0, ..base }),
            (Step::Med, BgpPath { med: 9, router_id: 0, ..base }),
            (Step::External, BgpPath { external: false, router_id: 0, ..base }),
            (Step::RouterId, BgpPath { router_id: 7, ..base }),
            (Step::ClusterLen, BgpPath { cluster_len: 1, ..base }),
            (Step::NextHop, BgpPath { next_hop: IpAddr::from([192, 0, 2, 9]), ..base }),
        ];
        for (step, worse) in worse {
            assert_eq!(order(&[(worse, 0), (base, 0)]), [1, 0], "{step:?}");
            assert_eq!(decided_by(&(base, 0), &(worse, 0)), step);
        }
        assert_eq!(order(&[(base, 5), (BgpPath { router_id: 9, ..base }, 4)]), [1, 0]);
    }

    #[test]
    fn med_is_compared_between_paths_of_one_neighbor_as_only() {
        let a = BgpPath { med: 10, router_id: 1, ..path(1) };
        let b = BgpPath { med: 5, router_id: 3, ..path(1) };
        let c = BgpPath { med: 7, router_id: 2, ..path(2) };
        // `a` is out because of `b`, and `c` has the lower identifier of the two that are left.
        assert_eq!(order(&[(a, 0), (b, 0), (c, 0)]), [2, 1, 0]);
    }

    fn some_path() -> impl Strategy<Value = BgpPath> {
        (0..3u8, 0..2u32, 0..2u32, 0..3u32, any::<bool>(), 0..3u32).prop_map(
            |(host, local_pref, as_path_len, med, external, router_id)| BgpPath {
                local_pref,
                as_path_len,
                med,
                external,
                router_id,
                ..path(host)
            },
        )
    }

    proptest! {
        #[test]
        fn the_order_names_every_path_once_and_does_not_depend_on_the_order_of_arrival(
            paths in proptest::collection::vec(some_path(), 0..6), turn in 0..6usize,
        ) {
            let costed: Vec<Costed> = paths.iter().map(|path| (*path, 0)).collect();
            let mut turned = costed.clone();
            turned.rotate_left(turn.min(paths.len()));
            let sorted = |of: &[Costed]| order(of).into_iter().map(|at| of[at].0).collect::<Vec<_>>();
            prop_assert_eq!(sorted(&costed), sorted(&turned));
            let mut numbers = order(&costed);
            numbers.sort_unstable();
            prop_assert_eq!(numbers, (0..paths.len()).collect::<Vec<_>>());
        }
    }
}
