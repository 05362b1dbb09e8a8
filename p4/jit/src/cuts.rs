//! Where the vector is cut, and where it must not be: the result is that of one packet after the other.
//!
//! Packets of a vector pass a stage in the order of their arrival, but the stages of different packets mix. What one
//! packet leaves for the next (registers, meters, random numbers, events) therefore has to stand in one stage only;
//! otherwise nothing is cut, and each packet goes through everything before the next one begins.

use crate::plan::{BitSet, EGRESS, Node, PARSER, Place, Plan, Site};
use front::ir::{Op, Role, Terminator};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks of all stages together beyond which nothing is cut: each stage has its own copy of what follows it.
const MOST_NODES: usize = 20_000;

/// What one packet leaves for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ordered {
    Register(u32),
    Meter(u32),
    DirectMeter(u32),
    Random,
    /// Digests, log lines and assertions are told in order.
    Events,
}

fn ordered(op: &Op) -> Option<Ordered> {
    match op {
        Op::ReadRegister { register, .. } | Op::WriteRegister { register, .. } => {
            Some(Ordered::Register(register.0))
        }
        Op::ExecuteMeter { meter, .. } => Some(Ordered::Meter(meter.0)),
        Op::Random { .. } => Some(Ordered::Random),
        Op::Hash { algorithm: front::ir::HashAlgorithm::Random, .. } => Some(Ordered::Random),
        Op::Digest { .. } | Op::Log { .. } | Op::Assert { .. } => Some(Ordered::Events),
        _ => None,
    }
}

/// A stage: the nodes from one cut to the next.
struct Region {
    nodes: BTreeSet<Node>,
    /// Applies with keys that end it.
    ends: BTreeSet<Node>,
}

impl Plan<'_> {
    pub(crate) fn cut(&mut self) {
        let state = (0..self.node_count()).any(|node| !self.ordered_in(node).is_empty());
        self.one_by_one = state && (self.leaves_ingress || self.leaves_egress);
        if let Some(sites) = self.find_sites() {
            self.sites = sites;
        }
    }

    /// In the order in which stages can be run; none where cutting would show.
    fn find_sites(&self) -> Option<Vec<Site>> {
        if self.one_by_one || self.atomic {
            return None;
        }
        let entries = [self.entry(PARSER), self.entry(EGRESS), self.entry(EGRESS + 1)];
        let mut regions: BTreeMap<Node, Region> = BTreeMap::new();
        let mut waiting: Vec<Node> = vec![];
        let mut total = 0;
        for entry in &entries[..if self.leaves_ingress || self.leaves_egress { 3 } else { 1 }] {
            let region = self.region(&[*entry]);
            waiting.extend(&region.ends);
            total += region.nodes.len();
            // Entries are no sites: they are kept under numbers that no node has.
            regions.insert(self.node_count() + *entry, region);
        }
        while let Some(site) = waiting.pop() {
            if regions.contains_key(&site) {
                continue;
            }
            let region = self.region(&self.successors(site));
            total += region.nodes.len();
            waiting.extend(&region.ends);
            regions.insert(site, region);
            if total > MOST_NODES {
                return None;
            }
        }
        if self.mixes(&regions) {
            return None;
        }
        let order = self.topological(&regions)?;
        let reached_from = |site: Node| regions.values().filter(|region| region.ends.contains(&site)).count();
        Some(order.into_iter().filter_map(|site| self.site(site, reached_from(site) > 1)).collect())
    }

    /// What can be reached without passing a cut.
    fn region(&self, from: &[Node]) -> Region {
        let mut region = Region { nodes: BTreeSet::new(), ends: BTreeSet::new() };
        let mut waiting = from.to_vec();
        while let Some(node) = waiting.pop() {
            if !region.nodes.insert(node) {
                continue;
            }
            if self.is_cut(node) {
                region.ends.insert(node);
            } else {
                waiting.extend(self.successors(node));
            }
        }
        region
    }

    /// A table without keys has nothing to wait for, and a path's rewrite is read in place.
    fn is_cut(&self, node: Node) -> bool {
        match self.place(node) {
            Place::Block { code, block } => match &self.block(code, block).terminator {
                Terminator::Apply { table, .. } => {
                    let rewrite = self.role(*table).is_some_and(|bound| bound.role == Role::Neighbor);
                    !self.program.tables[table.index()].keys.is_empty() && !rewrite
                }
                _ => false,
            },
            Place::Done(_) => false,
        }
    }

    fn ordered_in(&self, node: Node) -> BTreeSet<Ordered> {
        let Place::Block { code, block } = self.place(node) else { return BTreeSet::new() };
        let block = self.block(code, block);
        let mut all: BTreeSet<Ordered> = block.ops.iter().filter_map(ordered).collect();
        if let Terminator::Apply { table, .. } = &block.terminator
            && let Some(meter) = self.program.tables[table.index()].meter
        {
            all.insert(Ordered::DirectMeter(meter.0));
        }
        all
    }

    /// Whether anything ordered stands in two stages. The lookup that ends a stage belongs to its site alone.
    fn mixes(&self, regions: &BTreeMap<Node, Region>) -> bool {
        let mut seen: BTreeMap<Ordered, BTreeSet<Node>> = BTreeMap::new();
        for (site, region) in regions {
            for node in &region.nodes {
                for what in self.ordered_in(*node) {
                    let owner = if self.is_cut(*node) && matches!(what, Ordered::DirectMeter(_)) {
                        *node
                    } else {
                        *site
                    };
                    seen.entry(what).or_default().insert(owner);
                }
            }
        }
        seen.values().any(|owners| owners.len() > 1)
    }

    /// Sites so that each comes after those that lead to it; none where one leads to itself.
    fn topological(&self, regions: &BTreeMap<Node, Region>) -> Option<Vec<Node>> {
        let mut left: BTreeSet<Node> = regions.keys().copied().collect();
        let mut order = vec![];
        while !left.is_empty() {
            let ready = left
                .iter()
                .copied()
                .find(|site| !left.iter().any(|other| regions[other].ends.contains(site)))?;
            left.remove(&ready);
            order.push(ready);
        }
        Some(order)
    }

    fn site(&self, node: Node, merges: bool) -> Option<Site> {
        if node >= self.node_count() {
            return None;
        }
        let Place::Block { code, block } = self.place(node) else { return None };
        let Terminator::Apply { table, hit, actions } = &self.block(code, block).terminator else {
            return None;
        };
        let mut needed = BitSet::new(self.unit_count());
        for next in self.successors(node) {
            needed.union(self.live_in(next));
        }
        let params = self.program.tables[table.index()].actions.iter().flat_map(|action| &action.params);
        params.chain(hit).for_each(|slot| needed.remove(slot.index()));
        Some(Site {
            node,
            table: *table,
            hit: *hit,
            code,
            actions: actions.clone(),
            saved: needed.iter().collect(),
            merges,
        })
    }
}
