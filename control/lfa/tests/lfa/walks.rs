//! Every alternate is tried: packets walk over it, each router forwarding by any of its shortest ways of before the failure.
//! The slow twin knows no inequality.

use lfa::{Adjacency, Attachment, Graph, Hop, Node, On, Prefix, Topology, compute};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::IpAddr;

const ROUTERS: u32 = 7;
const FAR: u64 = u64::MAX / 4;

/// Links between routers with the cost of each direction, LANs with their members and costs, and prefixes with where they are.
#[derive(Clone, Debug)]
struct Net {
    links: Vec<(u32, u32, u32, u32)>,
    lans: Vec<Vec<(u32, u32)>>,
    prefixes: Vec<Vec<(u32, u32)>>,
}

fn nets() -> impl Strategy<Value = Net> {
    let cost = 1..6u32;
    let link = (0..ROUTERS, 0..ROUTERS, cost.clone(), cost.clone());
    let link = link.prop_filter("to another", |(a, b, ..)| a != b);
    let member = (0..ROUTERS, cost.clone());
    let lan = prop::collection::vec(member.clone(), 2..4).prop_map(once);
    let at = prop::collection::vec((0..ROUTERS, 0..6u32), 1..4).prop_map(once);
    let all = (
        prop::collection::vec(link, 4..14),
        prop::collection::vec(lan, 0..3),
        prop::collection::vec(at, 1..4),
    );
    all.prop_map(|(links, lans, prefixes)| Net { links, lans, prefixes })
}

/// Each router once.
fn once(members: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let mut seen = BTreeSet::new();
    members.into_iter().filter(|(router, _)| seen.insert(*router)).collect()
}

/// The address of an adjacency says which it is.
fn gateway(adjacency: usize) -> IpAddr {
    IpAddr::from([10, 0, (adjacency >> 8) as u8, adjacency as u8])
}

fn prefix(number: usize) -> ipnet::IpNet {
    format!("198.18.{number}.0/24").parse().unwrap()
}

/// Router 0 is ours.
fn topology(net: &Net) -> Topology {
    let mut topology = Topology::default();
    for _ in 0..ROUTERS {
        topology.graph.add_node();
    }
    for (a, b, there, back) in &net.links {
        topology.graph.add_edge(*a, *b, *there);
        topology.graph.add_edge(*b, *a, *back);
        for (from, to, cost) in [(*a, *b, *there), (*b, *a, *back)] {
            if from == 0 {
                next_door(&mut topology, to, cost, None);
            }
        }
    }
    for lan in &net.lans {
        let node = topology.graph.add_node();
        for (router, cost) in lan {
            topology.graph.add_edge(*router, node, *cost);
            topology.graph.add_edge(node, *router, 0);
        }
        if let Some((_, cost)) = lan.iter().find(|(router, _)| *router == 0) {
            let others = lan.iter().filter(|(router, _)| *router != 0);
            others.for_each(|(router, _)| next_door(&mut topology, *router, *cost, Some(node)));
        }
    }
    for (number, at) in net.prefixes.iter().enumerate() {
        let at = at.iter().map(|(node, cost)| Attachment { node: *node, cost: *cost }).collect();
        topology.prefixes.insert(prefix(number), Prefix { at, beyond: false });
    }
    topology
}

fn next_door(topology: &mut Topology, router: Node, cost: u32, lan: Option<Node>) {
    let gateway = gateway(topology.adjacencies.len());
    let hops = vec![Hop { on: On::Network, gateway }];
    topology.adjacencies.push(Adjacency { router, cost, lan, hops, usable: true });
}

/// From every node to every other, by trying every middle.
fn floyd(graph: &Graph) -> Vec<Vec<u64>> {
    let n = graph.nodes() as usize;
    let mut d = vec![vec![FAR; n]; n];
    for (from, row) in d.iter_mut().enumerate() {
        row[from] = 0;
        for (to, cost) in graph.edges(from as Node) {
            row[*to as usize] = row[*to as usize].min(u64::from(*cost));
        }
    }
    for middle in 0..n {
        let on = d[middle].clone();
        for row in &mut d {
            let there = row[middle];
            row.iter_mut().zip(&on).for_each(|(best, on)| *best = (*best).min(there + on));
        }
    }
    d
}

/// How far every node is from a prefix.
fn reaches(d: &[Vec<u64>], prefix: &Prefix) -> Vec<u64> {
    let reach = |from: &Vec<u64>| {
        let ways = prefix.at.iter().map(|at| from[at.node as usize] + u64::from(at.cost));
        ways.min().unwrap_or(FAR).min(FAR)
    };
    d.iter().map(reach).collect()
}

/// Every node that a packet may see on its way from `from` to the prefix, and whether it always arrives.
fn walk(graph: &Graph, reach: &[u64], prefix: &Prefix, from: Node) -> (BTreeSet<Node>, bool) {
    let (mut seen, mut open, mut arrives) = (BTreeSet::new(), vec![from], true);
    while let Some(node) = open.pop() {
        if !seen.insert(node) {
            continue;
        }
        let left = reach[node as usize];
        let home = prefix.at.iter().any(|at| at.node == node && u64::from(at.cost) == left);
        let next = graph.edges(node).iter();
        let next = next.filter(|(to, cost)| reach[*to as usize] + u64::from(*cost) == left && left < FAR);
        let next: Vec<Node> = next.map(|(to, _)| *to).collect();
        arrives &= home || !next.is_empty();
        open.extend(next);
    }
    (seen, arrives)
}

/// What an alternate must be, by walking.
struct Verdict {
    link: bool,
    node: bool,
    downstream: bool,
    loop_free: bool,
}

fn judge(topology: &Topology, d: &[Vec<u64>], prefix: &Prefix, candidate: usize) -> Verdict {
    let reach = reaches(d, prefix);
    let adjacency = &topology.adjacencies[candidate];
    let (seen, arrives) = walk(&topology.graph, &reach, prefix, adjacency.router);
    let is_primary = |a: &Adjacency| reach[a.router as usize] + u64::from(a.cost) == reach[0];
    let primaries =
        topology.adjacencies.iter().enumerate().filter(|(at, a)| *at != candidate && is_primary(a));
    let (mut link, mut node) = (true, true);
    for (_, primary) in primaries {
        let other_router = !seen.contains(&primary.router);
        let other_link = primary.lan.is_none_or(|lan| adjacency.lan != Some(lan) && !seen.contains(&lan));
        link &= other_link || other_router && adjacency.lan == primary.lan;
        node &= other_router;
    }
    let downstream = reach[adjacency.router as usize] < reach[0];
    Verdict { link, node, downstream, loop_free: arrives && !seen.contains(&0) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_sent_to_an_alternate_never_comes_back_and_no_alternate_is_missed(net in nets()) {
        let topology = topology(&net);
        let d = floyd(&topology.graph);
        for from in 0..topology.graph.nodes() {
            let distances = topology.graph.distances(from);
            for to in 0..topology.graph.nodes() {
                let slow = d[from as usize][to as usize];
                prop_assert_eq!(distances.to(to), (slow < FAR).then_some(slow));
            }
        }
        let computed = compute(&topology);
        for (net, at) in &topology.prefixes {
            let reach = reaches(&d, at);
            let home = at.at.iter().any(|at| at.node == 0 && u64::from(at.cost) == reach[0]);
            if home || reach[0] >= FAR {
                prop_assert!(!computed.contains_key(net));
                continue;
            }
            let is_primary = |a: &Adjacency| reach[a.router as usize] + u64::from(a.cost) == reach[0];
            let primaries: Vec<usize> =
                (0..topology.adjacencies.len()).filter(|at| is_primary(&topology.adjacencies[*at])).collect();
            let mut expected = BTreeSet::new();
            for candidate in 0..topology.adjacencies.len() {
                let verdict = judge(&topology, &d, at, candidate);
                if primaries != [candidate] && verdict.loop_free && verdict.link {
                    expected.insert((gateway(candidate), verdict.downstream, verdict.node));
                }
            }
            let found = computed.get(net);
            let alternates = found.map_or(&[][..], |found| &found.alternates);
            let alternates: BTreeSet<_> =
                alternates.iter().map(|a| (a.hop.gateway, a.downstream, a.node_protecting)).collect();
            prop_assert_eq!(alternates, expected);
            if let Some(found) = found {
                let hops: Vec<IpAddr> = found.primaries.iter().map(|hop| hop.gateway).collect();
                prop_assert_eq!(hops, primaries.into_iter().map(gateway).collect::<Vec<_>>());
            }
        }
    }
}

/// S has E (1) as its next hop to P and N (7) beside it; E and N are 5 apart. P is behind E.
fn triangle(back: u32) -> Net {
    Net {
        links: vec![(0, 1, 1, 1), (0, 2, 1, back), (1, 2, 5, 5)],
        lans: Vec::new(),
        prefixes: vec![vec![(1, 1)]],
    }
}

fn none(topology: &Topology) -> bool {
    compute(topology).values().all(|protected| protected.alternates.is_empty())
}

#[test]
fn a_neighbor_whose_way_is_through_us_is_none() {
    // N to P: through us 1 + 2, over its own link 5 + 1.
    assert!(none(&topology(&triangle(1))));
    // Through us 10 + 2.
    let all = compute(&topology(&triangle(10)));
    let alternate = &all[&prefix(0)].alternates[0];
    assert_eq!((alternate.hop.gateway, alternate.metric), (gateway(1), 7));
    assert!(!alternate.downstream && !alternate.node_protecting, "P is behind E, and farther from N");
    // As far through us as past us: inequality 1 is strict.
    assert!(none(&topology(&triangle(4))));
}

#[test]
fn a_link_that_is_to_be_left_alone_is_no_alternate_and_behind_a_border_no_router_is_avoided_for_certain() {
    let mut net = triangle(10);
    net.prefixes = vec![vec![(1, 1), (2, 2)]];
    let mut topology = topology(&net);
    assert!(compute(&topology)[&prefix(0)].alternates[0].node_protecting);
    topology.prefixes.get_mut(&prefix(0)).unwrap().beyond = true;
    assert!(compute(&topology)[&prefix(0)].alternates[0].node_protecting, "E has no links that are not here");
    topology.borders.insert(1);
    assert!(!compute(&topology)[&prefix(0)].alternates[0].node_protecting);
    topology.adjacencies[1].usable = false;
    assert!(none(&topology));
}
