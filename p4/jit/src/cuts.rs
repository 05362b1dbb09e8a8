//! Where the vector is cut, and where it must not be: the result is that of one packet after the other.
//!
//! Packets of a vector pass a stage in the order of their arrival, but the stages of different packets mix. What one
//! packet leaves for the next (registers, meters, random numbers, events) therefore has to stand in one stage only;
//! tables that would part it are looked up packet by packet, within the stage.

use crate::plan::{BitSet, EGRESS, Node, PARSER, Place, Plan, Site};
use front::ir::{HashAlgorithm, Op, Role, Terminator};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks of all stages together beyond which nothing is cut: each stage has its own copy of what follows it.
const MOST_NODES: usize = 8000;

/// Nested `@atomic` blocks that are told apart.
const MOST_DEPTH: u32 = 16;

/// Blocks that are gone over in the search for cuts that go together.
const MOST_WORK: usize = 500_000;

/// What one packet leaves for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ordered {
    Register(u32),
    Meter(u32),
    DirectMeter(u32),
    Random,
    /// What is told, in order.
    Events,
}

/// A stage: the nodes from one cut to the next.
struct Region {
    nodes: Vec<Node>,
    /// Applies with keys that end it.
    ends: BTreeSet<Node>,
}

impl Plan<'_> {
    pub(crate) fn cut(&mut self) {
        self.tells_lines = self.any_op(|op| matches!(op, Op::Log { .. } | Op::Assert { .. }));
        self.ordered = (0..self.node_count()).any(|node| !self.ordered_in(node).is_empty());
        self.one_by_one = (0..self.node_count())
            .any(|node| self.is_passed_by_copies(node) && !self.ordered_in(node).is_empty());
        if self.one_by_one || self.deparser_applies() {
            return;
        }
        let all: Vec<Node> = (0..self.node_count()).filter(|node| self.may_cut(*node)).collect();
        if let Some(sites) = self.sites_of(&all.iter().copied().collect()) {
            self.sites = sites;
            return;
        }
        self.cut_at_some(all);
    }

    /// As many as go together, those that come first before others. A cut can make room for one before it: what both lead to
    /// is then behind the second alone.
    fn cut_at_some(&mut self, mut left: Vec<Node>) {
        let (mut kept, mut work, mut found) = (BTreeSet::new(), 0, true);
        while std::mem::take(&mut found) {
            let mut refused = vec![];
            for node in left {
                work += self.node_count() * (kept.len() + 1);
                if work > MOST_WORK {
                    return;
                }
                kept.insert(node);
                match self.sites_of(&kept) {
                    Some(sites) => {
                        self.sites = sites;
                        found = true;
                    }
                    None => {
                        kept.remove(&node);
                        refused.push(node);
                    }
                }
            }
            left = refused;
        }
    }

    fn any_op(&self, is: impl Fn(&Op) -> bool) -> bool {
        self.program.codes().into_iter().flat_map(|code| &code.blocks).flat_map(|block| &block.ops).any(is)
    }

    /// Copies of a packet are run when its vector is through: had they been run at once, they would have come before the
    /// packets behind it.
    fn is_passed_by_copies(&self, node: Node) -> bool {
        let (Place::Block { code, .. } | Place::Done(code)) = self.place(node);
        let copies = self.leaves_ingress || self.leaves_egress;
        self.goes_round || (copies && code >= EGRESS) || (self.reparses && code == PARSER)
    }

    /// In the order in which stages can be run; none where cutting would show.
    fn sites_of(&self, cuts: &BTreeSet<Node>) -> Option<Vec<Site>> {
        let entries = [self.entry(PARSER), self.entry(EGRESS), self.entry(EGRESS + 1)];
        let mut regions: BTreeMap<Node, Region> = BTreeMap::new();
        let mut waiting: Vec<Node> = vec![];
        let mut total = 0;
        for entry in &entries[..if self.leaves_ingress || self.leaves_egress { 3 } else { 1 }] {
            let region = self.region(&[*entry], cuts);
            waiting.extend(&region.ends);
            total += region.nodes.len();
            // Entries are no sites: they are kept under numbers that no node has.
            regions.insert(self.node_count() + *entry, region);
        }
        while let Some(site) = waiting.pop() {
            if regions.contains_key(&site) {
                continue;
            }
            let region = self.region(&self.successors(site), cuts);
            total += region.nodes.len();
            waiting.extend(&region.ends);
            regions.insert(site, region);
            if total > MOST_NODES {
                return None;
            }
        }
        if self.mixes(&regions, cuts) {
            return None;
        }
        let order = self.topological(&regions)?;
        let reached_from = |site: Node| regions.values().filter(|region| region.ends.contains(&site)).count();
        Some(order.into_iter().filter_map(|site| self.site(site, reached_from(site) > 1)).collect())
    }

    /// What can be reached without passing a cut.
    fn region(&self, from: &[Node], cuts: &BTreeSet<Node>) -> Region {
        let mut region = Region { nodes: vec![], ends: BTreeSet::new() };
        let mut seen = BitSet::new(self.node_count());
        let mut waiting = from.to_vec();
        while let Some(node) = waiting.pop() {
            if seen.contains(node) {
                continue;
            }
            seen.insert(node);
            region.nodes.push(node);
            if cuts.contains(&node) {
                region.ends.insert(node);
            } else {
                waiting.extend(self.successors(node));
            }
        }
        region
    }

    /// Nodes of the largest stage.
    pub(crate) fn largest_stage(&self) -> usize {
        let cuts: BTreeSet<Node> = self.sites.iter().map(|site| site.node).collect();
        let entry = self.region(&[self.entry(PARSER)], &cuts).nodes.len();
        let stage = |site: &Site| self.region(&self.successors(site.node), &cuts).nodes.len();
        self.sites.iter().map(stage).max().unwrap_or_default().max(entry)
    }

    /// A table without keys has nothing to wait for, and a path's rewrite is read in place.
    fn may_cut(&self, node: Node) -> bool {
        match self.place(node) {
            Place::Block { code, block } => match &self.block(code, block).terminator {
                Terminator::Apply { table, .. } if !self.may_be_held(node) => {
                    let rewrite = self.role(*table).is_some_and(|bound| bound.role == Role::Neighbor);
                    !self.program.tables[table.index()].keys.is_empty() && !rewrite
                }
                _ => false,
            },
            Place::Done(_) => false,
        }
    }

    /// Whether a packet may stand within `@atomic` where this block ends: nobody may wait with the gate closed.
    fn may_be_held(&self, node: Node) -> bool {
        self.atomic && self.held.contains(node)
    }

    fn ordered(&self, op: &Op) -> Option<Ordered> {
        match op {
            Op::ReadRegister { register, .. } | Op::WriteRegister { register, .. } => {
                Some(Ordered::Register(register.0))
            }
            Op::ExecuteMeter { meter, .. } => Some(Ordered::Meter(meter.0)),
            Op::Random { .. } => Some(Ordered::Random),
            Op::Hash { algorithm: HashAlgorithm::Random, .. }
            | Op::VerifyChecksum { algorithm: HashAlgorithm::Random, .. }
            | Op::UpdateChecksum { algorithm: HashAlgorithm::Random, .. } => Some(Ordered::Random),
            Op::Log { .. } | Op::Assert { .. } => Some(Ordered::Events),
            // Those of a packet are told when it leaves its vector, in the order of packets; lines are told at once.
            Op::Digest { .. } if self.tells_lines => Some(Ordered::Events),
            _ => None,
        }
    }

    /// Each with whether it is of the lookup at the end.
    fn ordered_in(&self, node: Node) -> BTreeSet<(Ordered, bool)> {
        let Place::Block { code, block } = self.place(node) else { return BTreeSet::new() };
        let block = self.block(code, block);
        let of_ops = block.ops.iter().filter_map(|op| self.ordered(op)).map(|what| (what, false));
        let mut all: BTreeSet<(Ordered, bool)> = of_ops.collect();
        if let Terminator::Apply { table, .. } = &block.terminator {
            let table = &self.program.tables[table.index()];
            let selector = table.profile.and_then(|at| self.program.profiles[at.index()].selector.as_ref());
            if selector.is_some_and(|selector| selector.algorithm == HashAlgorithm::Random) {
                all.insert((Ordered::Random, true));
            }
            all.extend(table.meter.map(|meter| (Ordered::DirectMeter(meter.0), true)));
        }
        all
    }

    /// Whether anything ordered stands in two stages. The lookup that ends a stage belongs to none: not to the one that follows
    /// it either, which has the number of the same site.
    fn mixes(&self, regions: &BTreeMap<Node, Region>, cuts: &BTreeSet<Node>) -> bool {
        let mut seen: BTreeMap<Ordered, BTreeSet<(Node, bool)>> = BTreeMap::new();
        for (site, region) in regions {
            for node in &region.nodes {
                for (what, of_lookup) in self.ordered_in(*node) {
                    let owner = if of_lookup && cuts.contains(node) { (*node, true) } else { (*site, false) };
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

impl Plan<'_> {
    /// Blocks at whose end a packet may stand within `@atomic`.
    pub(crate) fn find_held(&mut self) {
        let mut waiting: Vec<(Node, u32)> =
            (0..self.program.codes().len()).map(|code| (self.entry(code), 0)).collect();
        let mut seen: BTreeSet<(Node, u32)> = BTreeSet::new();
        while let Some((node, depth)) = waiting.pop() {
            if !seen.insert((node, depth)) {
                continue;
            }
            let Place::Block { code, block } = self.place(node) else { continue };
            let depth = self.block(code, block).ops.iter().fold(depth, |depth, op| match op {
                Op::AtomicBegin => (depth + 1).min(MOST_DEPTH),
                // Deeper blocks than are told apart may go on.
                Op::AtomicEnd if depth < MOST_DEPTH => depth.saturating_sub(1),
                _ => depth,
            });
            if depth > 0 {
                self.held.insert(node);
            }
            waiting.extend(self.successors(node).into_iter().map(|next| (next, depth)));
        }
    }
}
