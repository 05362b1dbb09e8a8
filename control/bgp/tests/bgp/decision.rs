//! The order of paths, step by step, and against a slow twin.

use bgp::{Attributes, Candidate, Learned, Origin, Rules, compare, rank};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr};

fn path(ases: &[u32]) -> Attributes {
    let mut path = Attributes::new([192, 0, 2, 1].into(), Origin::Igp).with_as_path(ases);
    (path.local_pref, path.med) = (Some(100), Some(10));
    path
}

fn candidate(attributes: &Attributes) -> Candidate<'_> {
    Candidate {
        attributes,
        igp_metric: Some(10),
        router_id: [10, 0, 0, 1].into(),
        peer_address: [10, 0, 0, 1].into(),
        path_id: 1,
    }
}

#[test]
fn each_step_decides_and_only_where_those_before_it_are_equal() {
    let base = path(&[65001, 65010]);
    let change = |how: &dyn Fn(&mut Attributes)| {
        let mut changed = base.clone();
        how(&mut changed);
        changed
    };
    let internal = Some(Ipv4Addr::new(10, 0, 0, 5));
    // From the strongest to the weakest: each is worse than `base`, and better than everything before it.
    let worse = [
        change(&|p| p.local_pref = Some(50)),
        change(&|p| (p.local_pref, *p) = (None, path(&[65001, 65010, 65011]))),
        change(&|p| p.origin = Origin::Incomplete),
        change(&|p| p.origin = Origin::Egp),
        change(&|p| p.med = Some(11)),
        change(&|p| p.originator_id = internal),
        change(&|p| p.next_hop = [192, 0, 2, 2].into()),
    ];
    let mut order: Vec<Candidate<'_>> = worse.iter().map(candidate).collect();
    order.push(candidate(&base));
    for (weaker, at) in order.iter().zip(0..) {
        for stronger in &order[at + 1..] {
            assert_eq!(
                compare(stronger, weaker, Rules::default()),
                Ordering::Less,
                "{stronger:?} {weaker:?}"
            );
        }
    }
    let metric = Candidate { igp_metric: Some(11), ..candidate(&base) };
    let unknown = Candidate { igp_metric: None, ..candidate(&base) };
    let router = Candidate { router_id: [10, 0, 0, 2].into(), ..candidate(&base) };
    let peer = Candidate { peer_address: [10, 0, 0, 2].into(), ..candidate(&base) };
    let identifier = Candidate { path_id: 2, ..candidate(&base) };
    let from_best = [candidate(&base), identifier, peer, router, metric, unknown];
    assert!(from_best.windows(2).all(|pair| compare(&pair[0], &pair[1], Rules::default()) == Ordering::Less));
}

#[test]
fn a_path_of_bgpd_s_own_is_best_and_one_from_a_reflector_is_internal() {
    let (own, external) = (path(&[]), path(&[65001]));
    let mut reflected = path(&[65001]);
    reflected.originator_id = Some([10, 0, 0, 2].into());
    let learned = [&own, &external, &reflected].map(Attributes::learned);
    assert_eq!(learned, [Learned::Local, Learned::External, Learned::Internal]);
    assert_eq!(compare(&candidate(&own), &candidate(&external), Rules::default()), Ordering::Less);
    assert_eq!(compare(&candidate(&external), &candidate(&reflected), Rules::default()), Ordering::Less);
}

#[test]
fn a_shorter_list_of_clusters_is_preferred_behind_the_originator() {
    let mut body = Vec::new();
    let base = path(&[65001]);
    for clusters in [1u8, 2] {
        let list: Vec<u8> = std::iter::repeat_n([10, 0, 0, 9], clusters.into()).flatten().collect();
        let attributes = [crate::support::usual(65001), crate::support::attribute(0x80, 10, &list)].concat();
        body.push(crate::support::update(&[], &attributes, &crate::support::prefix(1, 1)));
    }
    let parsed: Vec<Attributes> = body
        .iter()
        .map(|body| {
            let update = bgp::Update::parse(body, &crate::support::context()).unwrap();
            let [Some(reach), _] = update.reach else { panic!("there are prefixes") };
            reach.attributes.unwrap()
        })
        .collect();
    assert_eq!(compare(&candidate(&parsed[0]), &candidate(&parsed[1]), Rules::default()), Ordering::Less);
    let lower = Candidate { router_id: [10, 0, 0, 0].into(), ..candidate(&parsed[1]) };
    assert_eq!(compare(&lower, &candidate(&parsed[0]), Rules::default()), Ordering::Less);
    assert_eq!(base.cluster_list_length(), 0);
}

#[test]
fn med_counts_within_one_neighbor_as_unless_it_always_does() {
    let (mut a, mut b) = (path(&[65001]), path(&[65002]));
    (a.med, b.med) = (Some(5), None);
    b.next_hop = [192, 0, 2, 0].into();
    let order = |rules| compare(&candidate(&a), &candidate(&b), rules);
    assert_eq!(order(Rules::default()), Ordering::Greater, "the next hop decides");
    let always = Rules { always_compare_med: true, ..Rules::default() };
    assert_eq!(order(always), Ordering::Greater, "a missing MED is 0");
    assert_eq!(order(Rules { missing_med_is_worst: true, ..always }), Ordering::Less);
}

#[test]
fn with_med_the_better_of_two_depends_on_a_third_and_the_order_of_arrival_does_not_matter() {
    // The example of deterministic-med: a beats b by MED, b beats c by metric, c beats a by metric.
    let (mut a, mut b, c) = (path(&[65001]), path(&[65001]), path(&[65002]));
    (a.med, b.med) = (Some(1), Some(2));
    let with = |attributes, igp_metric, path_id| Candidate {
        igp_metric: Some(igp_metric),
        path_id,
        ..candidate(attributes)
    };
    let (a, b, c) = (with(&a, 30, 1), with(&b, 10, 2), with(&c, 20, 3));
    for mut order in [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
        rank(&mut order, Rules::default());
        assert_eq!(order.map(|path| path.path_id), [3, 1, 2]);
    }
}

/// The same by its definition: the best, then the best of what is left. The best is found as RFC 4271 9.1.2.2 has it,
/// by removing, step by step, whatever another path beats.
fn slow_rank(paths: &[Candidate<'_>], rules: Rules) -> Vec<u32> {
    let mut left: Vec<Candidate<'_>> = paths.to_vec();
    let mut order = Vec::new();
    while !left.is_empty() {
        let neighbor = |path: &Candidate<'_>| path.attributes.as_path().neighbor_as();
        let survives = |path: &&Candidate<'_>| {
            let mut same = left.iter().filter(|other| neighbor(other) == neighbor(path));
            same.all(|other| compare(other, path, rules) != Ordering::Less)
        };
        let heads: Vec<Candidate<'_>> = left.iter().filter(survives).copied().collect();
        let wins = |path: &&Candidate<'_>| heads.iter().all(|h| compare(h, path, rules) != Ordering::Less);
        let best = heads.iter().find(wins).expect("of the heads of different neighbors one is best").path_id;
        left.retain(|path| path.path_id != best);
        order.push(best);
    }
    order
}

#[derive(Debug, Clone)]
struct Drawn {
    attributes: Attributes,
    igp_metric: Option<u32>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let parts =
        (0..3u32, 0..2u32, proptest::option::of(0..3u32), any::<bool>(), proptest::option::of(0..3u32));
    (parts, 0..3u8).prop_map(|((asn, pref, med, reflected, igp_metric), host)| {
        let mut attributes = path(&[65001 + asn, 65010]);
        (attributes.local_pref, attributes.med) = (Some(100 + pref), med);
        attributes.originator_id = reflected.then_some(Ipv4Addr::new(10, 0, 0, 7));
        attributes.next_hop = IpAddr::from([192, 0, 2, host]);
        Drawn { attributes, igp_metric }
    })
}

proptest! {
    #[test]
    fn the_rank_is_that_of_the_slow_twin_whatever_the_order_of_arrival(
        drawn in prop::collection::vec(drawn(), 0..7), turn in 0..7usize,
        always_compare_med: bool, missing_med_is_worst: bool,
    ) {
        let rules = Rules { always_compare_med, missing_med_is_worst };
        let paths: Vec<Candidate<'_>> = drawn
            .iter()
            .zip(1..)
            .map(|(d, path_id)| Candidate { igp_metric: d.igp_metric, path_id, ..candidate(&d.attributes) })
            .collect();
        let mut ranked = paths.clone();
        ranked.rotate_left(turn.min(drawn.len()));
        rank(&mut ranked, rules);
        let ranked: Vec<u32> = ranked.iter().map(|path| path.path_id).collect();
        prop_assert_eq!(ranked, slow_rank(&paths, rules));
    }
}
