//! The decision process (RFC 4271 9.1.2) as an order of paths, in the steps and the order of FRR's bgpd.
//!
//! What bgpd knows and a session with it does not carry:
//!
//! - Its *weight*: paths with another than the default may be ordered otherwise there. The winner is what FPM says.
//! - *eBGP over iBGP* is seen by ORIGINATOR_ID: a reflector adds it to what it learned by iBGP and to nothing else
//!   (RFC 4456 8). A path without it that has an AS path came by eBGP; one without either is bgpd's own.
//! - The *router id and address* of an eBGP neighbor. All its paths come with those of bgpd; in their place the
//!   next hop decides, which is that neighbor's address unless a policy sets another.
//! - The *age*: not used, so that the same paths always have the same order (bgpd's `bestpath compare-routerid`).

use crate::{Attributes, SegmentKind};
use std::cmp::{Ordering, Reverse};
use std::net::{IpAddr, Ipv4Addr};

/// LOCAL_PREF of a path that has none.
const DEFAULT_LOCAL_PREF: u32 = 100;

/// How bgpd came by a path; the first is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Learned {
    /// `network`, `redistribute` or `aggregate-address`.
    Local,
    External,
    Internal,
}

/// What can be configured of bgpd's order; the default is its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// `bgp always-compare-med`.
    pub always_compare_med: bool,
    /// `bgp bestpath med missing-as-worst`.
    pub missing_med_is_worst: bool,
}

/// A path, and what is known of it beside its attributes.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub attributes: &'a Attributes,
    /// To the next hop; `None` when it is not known, which is worst.
    pub igp_metric: Option<u32>,
    /// Of the session over which it came.
    pub router_id: Ipv4Addr,
    pub peer_address: IpAddr,
    pub path_id: u32,
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
}

/// The steps before MULTI_EXIT_DISC; the lower is preferred.
fn before_med(path: &Candidate<'_>) -> impl Ord + use<> {
    let attributes = path.attributes;
    let learned = attributes.learned();
    (
        Reverse(attributes.local_pref.unwrap_or(DEFAULT_LOCAL_PREF)),
        learned != Learned::Local,
        attributes.as_path().length(),
        attributes.origin,
    )
}

/// The steps behind it.
fn behind_med(path: &Candidate<'_>) -> impl Ord + use<> {
    let attributes = path.attributes;
    (
        attributes.learned(),
        path.igp_metric.unwrap_or(u32::MAX),
        attributes.originator_id.unwrap_or(path.router_id),
        attributes.cluster_list_length(),
        path.peer_address,
        attributes.next_hop,
        path.path_id,
    )
}

fn med(path: &Candidate<'_>, rules: Rules) -> u32 {
    path.attributes.med.unwrap_or(if rules.missing_med_is_worst { u32::MAX } else { 0 })
}

/// Which of two paths is preferred: `Less` is the first. Equal only for paths of the same session and identifier.
///
/// This is no order of three or more paths unless they come from the same neighbor AS, or MEDs are always compared:
/// MED may prefer a to b, and what comes behind it b to c and c to a. [`rank`] orders any number.
pub fn compare(a: &Candidate<'_>, b: &Candidate<'_>, rules: Rules) -> Ordering {
    let same_as = a.attributes.as_path().neighbor_as() == b.attributes.as_path().neighbor_as();
    let by_med =
        if rules.always_compare_med || same_as { med(a, rules).cmp(&med(b, rules)) } else { Ordering::Equal };
    before_med(a).cmp(&before_med(b)).then(by_med).then_with(|| behind_med(a).cmp(&behind_med(b)))
}

/// Sorts paths, the best first, as `bgp deterministic-med` does: those of one neighbor AS are ordered among themselves,
/// MED included, and the heads of these queues against one another, without. The result does not depend on the order in
/// which they came.
pub fn rank(paths: &mut [Candidate<'_>], rules: Rules) {
    let neighbor = |path: &Candidate<'_>| path.attributes.as_path().neighbor_as();
    if rules.always_compare_med || paths.windows(2).all(|pair| neighbor(&pair[0]) == neighbor(&pair[1])) {
        paths.sort_by(|a, b| compare(a, b, rules));
        return;
    }
    paths.sort_by(|a, b| neighbor(a).cmp(&neighbor(b)).then_with(|| compare(a, b, rules)));
    let mut queues: Vec<std::collections::VecDeque<Candidate<'_>>> = paths
        .chunk_by(|a, b| neighbor(a) == neighbor(b))
        .map(|queue| queue.iter().copied().collect())
        .collect();
    for place in paths.iter_mut() {
        // Heads are of different neighbors, so this is an order.
        let heads = queues.iter_mut().filter(|queue| !queue.is_empty());
        let best = heads.min_by(|a, b| compare(&a[0], &b[0], rules));
        if let Some(path) = best.and_then(std::collections::VecDeque::pop_front) {
            *place = path;
        }
    }
}
