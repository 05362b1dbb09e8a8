//! Shortest ways.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A router or a network.
pub type Node = u32;

/// Directed and weighted.
#[derive(Clone, Default, Debug)]
pub struct Graph {
    edges: Vec<Vec<(Node, u32)>>,
}

/// From one node to every other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distances(Vec<Option<u64>>);

impl Distances {
    /// `None` when there is no way.
    pub fn to(&self, node: Node) -> Option<u64> {
        self.0.get(node as usize).copied().flatten()
    }
}

impl Graph {
    pub fn add_node(&mut self) -> Node {
        self.edges.push(Vec::new());
        (self.edges.len() - 1) as Node
    }

    /// # Panics
    /// When one of the nodes was not added.
    pub fn add_edge(&mut self, from: Node, to: Node, cost: u32) {
        assert!((to as usize) < self.edges.len(), "node {to} was not added");
        self.edges[from as usize].push((to, cost));
    }

    pub fn nodes(&self) -> u32 {
        self.edges.len() as u32
    }

    pub fn edges(&self, from: Node) -> &[(Node, u32)] {
        self.edges.get(from as usize).map_or(&[], Vec::as_slice)
    }

    /// Dijkstra's.
    pub fn distances(&self, from: Node) -> Distances {
        let mut best: Vec<Option<u64>> = vec![None; self.edges.len()];
        let mut open = BinaryHeap::from([Reverse((0, from))]);
        while let Some(Reverse((so_far, node))) = open.pop() {
            let Some(known) = best.get_mut(node as usize).filter(|known| known.is_none()) else { continue };
            *known = Some(so_far);
            for (next, cost) in &self.edges[node as usize] {
                if best[*next as usize].is_none() {
                    open.push(Reverse((so_far + u64::from(*cost), *next)));
                }
            }
        }
        Distances(best)
    }
}
