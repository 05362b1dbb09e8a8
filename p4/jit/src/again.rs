//! Packets that begin again: the hot way of a packet from a port keeps nothing for those that are going to be refused. At the
//! branch that refuses one, its number goes on a list, and a second function that has every way runs it from the start. The
//! hot way's values then end at their checks, and each check is a compare and a branch.

use crate::effects::of_op;
use crate::plan::{BitSet, INGRESS, Node, PARSER, Place, Plan, may_fail};
use front::ir::{Block, Op, Operand, Rvalue, SwitchValue, Terminator};

impl Plan<'_> {
    /// Nodes at which a packet from a port begins again: nothing has been done to it or to anything else on any way there, no
    /// table waits behind, and on every way on it is dropped or punted. `drop_port` is the `egress_spec` that means drop.
    pub(crate) fn find_again(&self, drop_port: u32) -> BitSet {
        let mut again = BitSet::new(self.node_count());
        if self.sites.is_empty() || self.ordered || self.one_by_one || !self.aligned {
            return again;
        }
        let waits = self.before_sites();
        let refused = self.refused(drop_port);
        for node in self.untouched().iter().filter(|node| refused.contains(*node)) {
            if !waits.contains(node) {
                again.insert(node);
            }
        }
        again
    }

    /// Nodes from which a table that cuts the vector may be reached.
    fn before_sites(&self) -> BitSet {
        let mut before = BitSet::new(self.node_count());
        self.sites.iter().for_each(|site| before.insert(site.node));
        self.until_steady(|plan, node| {
            let leads = plan.successors(node).iter().any(|next| before.contains(*next));
            let new = leads && !before.contains(node);
            if new {
                before.insert(node);
            }
            new
        });
        before
    }

    /// Nodes from which every way says drop or punt.
    fn refused(&self, drop_port: u32) -> BitSet {
        let mut refused = BitSet::new(self.node_count());
        self.until_steady(|plan, node| {
            if refused.contains(node) {
                return false;
            }
            let says = match plan.place(node) {
                Place::Block { code, block } => {
                    plan.block(code, block).ops.iter().any(|op| plan.refuses(op, drop_port))
                }
                Place::Done(_) => false,
            };
            let next = plan.successors(node);
            let new = says || (!next.is_empty() && next.iter().all(|next| refused.contains(*next)));
            if new {
                refused.insert(node);
            }
            new
        });
        refused
    }

    fn refuses(&self, op: &Op, drop_port: u32) -> bool {
        match op {
            Op::Verdict { .. } => true,
            Op::Set { dst, value: Rvalue::Use(Operand::Const(id)) } => {
                let value = &self.program.consts[id.index()].value;
                *dst == self.program.standard.egress_spec && *value == drop_port.into()
            }
            _ => false,
        }
    }

    /// Nodes to which every way from the parser's begin only reads: a packet can be run again as if it had just come.
    fn untouched(&self) -> BitSet {
        self.reached_before(|plan, node| match plan.place(node) {
            Place::Block { code, block } => plan.touches(plan.block(code, block)),
            // Behind ingress is what the traffic manager did.
            Place::Done(code) => code >= INGRESS,
        })
    }

    /// Nodes to which every way from the parser's begin leaves the packet's bytes as they came.
    pub(crate) fn find_pristine(&self) -> BitSet {
        self.reached_before(|plan, node| match plan.place(node) {
            Place::Block { code, block } => {
                plan.block(code, block).ops.iter().any(|op| plan.writes_packet(op))
            }
            Place::Done(code) => code >= INGRESS,
        })
    }

    /// Whether an operation may write into the packet itself. Where a header is, is no byte of it.
    pub(crate) fn writes_packet(&self, op: &Op) -> bool {
        let moves = matches!(op, Op::Extract { .. } | Op::SetValid(_) | Op::SetInvalid(_));
        !moves && of_op(self.program, op).writes.iter().any(|slot| self.is_wire(*slot))
    }

    /// Nodes that no way from the parser's begin reaches behind a node for which this holds.
    fn reached_before(&self, touches: impl Fn(&Self, Node) -> bool) -> BitSet {
        let entry = self.entry(PARSER);
        let mut reached = BitSet::new(self.node_count());
        let mut touched = BitSet::new(self.node_count());
        let mut waiting = vec![(entry, false)];
        while let Some((node, is_touched)) = waiting.pop() {
            if reached.contains(node) && (touched.contains(node) || !is_touched) {
                continue;
            }
            reached.insert(node);
            if is_touched {
                touched.insert(node);
            }
            let behind = is_touched || touches(self, node);
            let failed = self.may_end_parser(node).then(|| self.done(PARSER));
            waiting.extend(self.successors(node).into_iter().chain(failed).map(|next| (next, behind)));
        }
        let mut before = BitSet::new(self.node_count());
        reached.iter().filter(|node| !touched.contains(*node)).for_each(|node| before.insert(node));
        before
    }

    /// Whether an operation of the node can end the parser: that is a way, too.
    fn may_end_parser(&self, node: Node) -> bool {
        match self.place(node) {
            Place::Block { code: PARSER, block } => self.block(PARSER, block).ops.iter().any(may_fail),
            _ => false,
        }
    }

    fn touches(&self, block: &Block) -> bool {
        let reads = |op: &Op| match op {
            Op::Set { dst, value } => {
                !self.is_wire(*dst) && self.validity_of(*dst).is_none() && is_steady(value)
            }
            Op::Extract { header, varbit: None } => self.areas[header.index()].is_some(),
            Op::VerifyChecksum { payload, .. } => !payload,
            _ => false,
        };
        !block.ops.iter().all(reads) || matches!(block.terminator, Terminator::Apply { .. })
    }

    /// Over all nodes, those that follow first, until nothing is new.
    fn until_steady(&self, mut step: impl FnMut(&Self, Node) -> bool) {
        let order = self.postorder();
        let mut changed = true;
        while changed {
            changed = false;
            for node in order.iter().copied() {
                changed |= step(self, node);
            }
        }
    }
}

/// Whether it is the same when it is asked for again within a vector: a path may die meanwhile.
fn is_steady(value: &Rvalue) -> bool {
    match value {
        Rvalue::Switch { what, .. } => {
            matches!(what, SwitchValue::Mac | SwitchValue::Interface | SwitchValue::Vrf)
        }
        Rvalue::ValueSet { .. } => false,
        _ => true,
    }
}
