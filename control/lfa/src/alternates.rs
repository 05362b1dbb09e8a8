//! The inequalities of RFC 5286, with S this router, N a neighbor, E a primary next hop, P a prefix and D a distance:
//!
//! 1. `D(N,P) < D(N,S) + D(S,P)`: what N gets does not come back.
//! 2. `D(N,P) < D(S,P)`: N is downstream.
//! 3. `D(N,P) < D(N,E) + D(E,P)`: it does not go through E either.
//! 4. `D(N,P) < D(N,L) + D(L,P)`: nor over the network L that leads to E.

use crate::{Adjacency, Alternate, Alternates, Distances, Hop, Node, Prefix, Protected, Topology};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// Every prefix that is somewhere else, with its shortest ways and with the alternates that it has.
pub fn compute(topology: &Topology) -> Alternates {
    let view = View::of(topology);
    let protected = |(prefix, at): (&IpNet, &Prefix)| Some((*prefix, view.protect(*prefix, at)?));
    topology.prefixes.iter().filter_map(protected).collect()
}

/// Distances from all nodes that the inequalities start at.
struct View<'a> {
    topology: &'a Topology,
    from: BTreeMap<Node, Distances>,
}

impl View<'_> {
    fn of(topology: &Topology) -> View<'_> {
        let around = topology.adjacencies.iter().flat_map(|a| [Some(a.router), a.lan]).flatten();
        let nodes = around.chain([topology.own]);
        let from = nodes.map(|node| (node, topology.graph.distances(node))).collect();
        View { topology, from }
    }

    fn between(&self, from: Node, to: Node) -> Option<u64> {
        self.from.get(&from)?.to(to)
    }

    /// From a node to a prefix, which is as a node with an edge from each that it is at (RFC 5286 6.1).
    fn reach(&self, from: Node, prefix: &Prefix) -> Option<u64> {
        let ways = prefix.at.iter().filter_map(|at| Some(self.between(from, at.node)? + u64::from(at.cost)));
        ways.min()
    }

    fn protect(&self, prefix: IpNet, at: &Prefix) -> Option<Protected> {
        let own = self.topology.own;
        let ours = self.reach(own, at)?;
        if at.at.iter().any(|at| at.node == own && u64::from(at.cost) == ours) {
            return None;
        }
        let shortest = |a: &&Adjacency| {
            self.reach(a.router, at).is_some_and(|theirs| theirs + u64::from(a.cost) == ours)
        };
        let primaries: Vec<&Adjacency> = self.topology.adjacencies.iter().filter(shortest).collect();
        let hop = |a: &Adjacency| {
            a.hops.iter().find(|hop| hop.gateway.is_ipv4() == prefix.addr().is_ipv4()).cloned()
        };
        // Without all of their addresses nobody can tell whether the route is this one.
        let hops: Vec<Hop> = primaries.iter().map(|a| hop(a)).collect::<Option<_>>()?;
        let mut alternates: Vec<Alternate> = Vec::new();
        for adjacency in self.topology.adjacencies.iter().filter(|a| a.usable) {
            let is_only = primaries.len() == 1 && std::ptr::eq(primaries[0], adjacency);
            if let Some(hop) = hop(adjacency)
                && !is_only
                && let Some(alternate) = self.judge(adjacency, hop, (at, ours), &primaries)
            {
                alternates.push(alternate);
            }
        }
        alternates.sort_by_key(|a| (!a.node_protecting, !a.downstream, a.metric));
        (!hops.is_empty()).then_some(Protected { primaries: hops, alternates })
    }

    fn judge(
        &self,
        adjacency: &Adjacency,
        hop: Hop,
        (at, ours): (&Prefix, u64),
        primaries: &[&Adjacency],
    ) -> Option<Alternate> {
        let theirs = self.reach(adjacency.router, at)?;
        if !self.avoids(adjacency.router, self.topology.own, at, theirs) {
            return None;
        }
        let mut node_protecting = true;
        for primary in primaries.iter().filter(|primary| !std::ptr::eq(**primary, adjacency)) {
            let other_router = adjacency.router != primary.router
                && !(at.beyond && self.topology.borders.contains(&primary.router))
                && self.avoids(adjacency.router, primary.router, at, theirs);
            let other_link = primary.lan.is_none_or(|lan| {
                adjacency.lan != Some(lan) && self.avoids(adjacency.router, lan, at, theirs)
            });
            // Over the network of the primary itself an alternate is good for the router's failure at least, and the two
            // are seen to share an interface.
            if !(other_link || other_router && adjacency.lan == primary.lan) {
                return None;
            }
            node_protecting &= other_router;
        }
        Some(Alternate {
            hop,
            metric: u32::try_from(theirs + u64::from(adjacency.cost)).unwrap_or(u32::MAX),
            downstream: theirs < ours,
            node_protecting,
        })
    }

    /// Whether no shortest way of `from`'s to the prefix, of that length, goes through `through`.
    fn avoids(&self, from: Node, through: Node, at: &Prefix, length: u64) -> bool {
        match (self.between(from, through), self.reach(through, at)) {
            (Some(there), Some(on)) => length < there + on,
            _ => true,
        }
    }
}
