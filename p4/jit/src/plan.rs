//! What the compiler decides before it emits anything: where each slot lives, how the six codes hang together, and what
//! is needed where.

use crate::compile::Compiled;
use crate::defaults::DefaultPlace;
use crate::effects::{of_op, of_terminator};
use crate::handed::Handed;
use crate::homes::Shape;
use front::ir::{
    BinOp, Block, BlockId, Code, HeaderId, MatchKind, Op, Operand, Program, Rvalue, SlotId, SlotKind,
    TableId, Terminator,
};
use rt::role::Bound;
use std::collections::BTreeMap;

pub const PARSER: usize = 0;
pub const INGRESS: usize = 2;
pub const EGRESS: usize = 3;
pub const COMPUTE: usize = 4;
pub const DEPARSER: usize = 5;
const CODES: usize = 6;

/// Nodes of a stage beyond which slots are kept in memory.
const LARGE_STAGE: usize = 2000;
/// What lives at the beginning of all nodes together, beyond which it is likewise.
const MUCH_ALIVE: usize = 20_000;

/// A set of small numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BitSet(Vec<u64>);

impl BitSet {
    pub fn new(size: usize) -> BitSet {
        BitSet(vec![0; size.div_ceil(64)])
    }

    pub fn insert(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub fn remove(&mut self, at: usize) {
        self.0[at / 64] &= !(1 << (at % 64));
    }

    pub fn contains(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 != 0
    }

    /// Whether anything was new.
    pub fn union(&mut self, other: &BitSet) -> bool {
        let mut grew = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            grew |= *theirs & !*mine != 0;
            *mine |= theirs;
        }
        grew
    }

    /// Whether anything was lost.
    pub fn intersect(&mut self, other: &BitSet) -> bool {
        let mut shrank = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            shrank |= *mine & !*theirs != 0;
            *mine &= theirs;
        }
        shrank
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let bits = |(at, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| at * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(bits)
    }
}

/// Where the value of a slot is between operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// In the bytes of its header, at this bit.
    Wire { header: HeaderId, offset: u32 },
    /// The varbit field of its header.
    Varbit { header: HeaderId },
    /// In the bytes of its header, behind the varbit field; the bit where it would be if that were empty.
    Behind { header: HeaderId, offset: u32 },
    /// In a register; across cuts in the packet's frame.
    Frame,
}

/// What is live or not: slots at home in the frame, where a header's bytes are, where the parser stands.
pub type Unit = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    Slot(SlotId),
    Base(HeaderId),
    Cursor,
}

/// A block of the six codes as one graph, or the end of a code.
pub type Node = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Block {
        code: usize,
        block: BlockId,
    },
    /// After a code: the traffic manager's decisions are after ingress and egress.
    Done(usize),
}

#[derive(Debug)]
pub struct Plan<'p> {
    pub program: &'p Program,
    pub homes: Vec<Home>,
    /// Of headers at home in bytes: where their own bytes are in the extra area, for those that no packet has.
    pub areas: Vec<Option<u32>>,
    /// Of headers at home in slots that are emitted: where they are put together in the extra area.
    pub copies: Vec<Option<u32>>,
    pub(crate) shapes: Vec<Shape>,
    /// Bytes of all areas.
    pub area_bytes: u32,
    /// Every packet operation is at a byte.
    pub aligned: bool,
    /// Every header that is emitted is at home in bytes, or can be put together.
    pub wire_deparser: bool,
    /// There are `@atomic` blocks.
    pub atomic: bool,
    /// Packets are resubmitted or recirculated.
    pub goes_round: bool,
    /// Fields that packets are recirculated with: they are to be in the frame where a packet leaves.
    pub recirculated: Vec<SlotId>,
    /// Packets are cloned as they entered: they have to be parsed again.
    pub reparses: bool,
    /// The deparser only emits and computes: it may run twice.
    pub pure_deparser: bool,
    /// Packets may leave the straight way after ingress (clones, multicast, resubmission) or after egress.
    pub leaves_ingress: bool,
    pub leaves_egress: bool,
    /// Applies at which the vector is cut; none where packets go one after the other through everything.
    pub sites: Vec<Site>,
    /// What a packet and the lookup at a cut hand to each other.
    pub handed: Handed,
    /// Some of what a packet leaves for the next one depends on their order.
    pub ordered: bool,
    /// Of each table, what of the switch is behind it.
    pub roles: Vec<Option<Bound>>,
    /// Of tables without keys, where their default action is read.
    pub defaults: Vec<Option<DefaultPlace>>,
    /// Packets of a vector must not be mixed: what leaves one of them must be done with before the next begins.
    pub one_by_one: bool,
    /// What is at home in the frame stays there: the host reads and writes every header of a packet whose parser stands within
    /// bytes, or some stage is so large that where ways meet it would take too much to say where each register is.
    pub(crate) in_memory: bool,
    /// There are log lines or assertions.
    pub(crate) tells_lines: bool,
    /// Blocks at whose end a packet may stand within `@atomic`.
    pub(crate) held: BitSet,
    /// Blocks before which nothing was written to the packet.
    pub(crate) pristine: BitSet,
    pub(crate) validities: BTreeMap<SlotId, HeaderId>,
    offsets: [usize; CODES],
    nodes: usize,
    live_in: Vec<BitSet>,
    /// Headers that surely are somewhere, before each node.
    placed_in: Vec<BitSet>,
}

/// An apply that ends a stage and begins the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub node: Node,
    pub table: TableId,
    pub hit: Option<SlotId>,
    pub code: usize,
    pub actions: Vec<BlockId>,
    /// What the next stage needs, kept in the packet's extra area in this order.
    pub saved: Vec<Unit>,
    /// Reached from more than one stage: packets have to be put in order again.
    pub merges: bool,
}

impl<'p> Plan<'p> {
    /// `roles` is that of the state that it will run on.
    pub fn new(program: &'p Program, roles: &[Option<Bound>]) -> Plan<'p> {
        let aligned = is_aligned(program);
        let mut plan = Plan {
            program,
            homes: vec![Home::Frame; program.slots.len()],
            areas: vec![None; program.headers.len()],
            copies: vec![None; program.headers.len()],
            shapes: vec![Shape::Other; program.headers.len()],
            area_bytes: 0,
            aligned,
            wire_deparser: true,
            pure_deparser: false,
            atomic: false,
            goes_round: false,
            recirculated: vec![],
            reparses: false,
            leaves_ingress: false,
            leaves_egress: false,
            sites: vec![],
            handed: Handed::default(),
            ordered: false,
            roles: roles.to_vec(),
            defaults: vec![],
            one_by_one: false,
            in_memory: false,
            tells_lines: false,
            held: BitSet::default(),
            pristine: BitSet::default(),
            validities: BTreeMap::new(),
            offsets: [0; CODES],
            nodes: 0,
            live_in: vec![],
            placed_in: vec![],
        };
        if aligned {
            plan.give_homes();
            plan.give_copies();
        }
        let all = || program.codes().into_iter().flat_map(ops);
        plan.atomic = all().any(|op| matches!(op, Op::AtomicBegin));
        plan.goes_round = all().any(|op| matches!(op, Op::Resubmit { .. } | Op::Recirculate { .. }));
        plan.recirculated = plan.find_recirculated();
        plan.reparses = all().any(|op| matches!(op, Op::Clone { egress: false, .. }));
        plan.wire_deparser = aligned
            && !plan.deparser_applies()
            && ops(&program.deparser).all(|op| match op {
                Op::Emit(header) => plan.areas[header.index()].or(plan.copies[header.index()]).is_some(),
                other => !matches!(other, Op::Step),
            });
        plan.pure_deparser = plan.wire_deparser
            && ops(&program.deparser).all(|op| match op {
                Op::Emit(_) => true,
                Op::Set { dst, value } => {
                    program.slot(*dst).kind == SlotKind::Local
                        && !matches!(value, Rvalue::ValueSet { .. } | Rvalue::Switch { .. })
                }
                _ => false,
            });
        plan.defaults = crate::defaults::places(&plan);
        plan.find_leavers();
        for (code, offset) in program.codes().iter().zip(&mut plan.offsets) {
            *offset = plan.nodes;
            plan.nodes += code.blocks.len();
        }
        plan.find_live();
        plan.find_placed();
        plan.held = BitSet::new(plan.node_count());
        if plan.atomic {
            plan.find_held();
        }
        plan.pristine = plan.find_pristine();
        plan.cut();
        plan.handed = Handed::of(&plan);
        let alive: usize = plan.live_in.iter().map(|units| units.iter().count()).sum();
        plan.in_memory = !aligned || plan.largest_stage() > LARGE_STAGE || alive > MUCH_ALIVE;
        plan
    }

    /// Tables in the deparser: what is emitted is the host's, and its place is one packet's at a time.
    pub(crate) fn deparser_applies(&self) -> bool {
        let mut ends = self.program.deparser.blocks.iter().map(|block| &block.terminator);
        ends.any(|end| matches!(end, Terminator::Apply { .. }))
    }

    /// Of the emitted pieces, behind areas and bases in the extra area.
    pub fn pieces_offset(&self) -> u32 {
        self.area_bytes + self.program.headers.len() as u32 * 8
    }

    /// Pieces that a packet may have: a deparser with loops is the host's.
    pub fn most_pieces(&self) -> usize {
        ops(&self.program.deparser).filter(|op| matches!(op, Op::Emit(_))).count()
    }

    /// Of what is saved at a cut, behind the pieces in the extra area.
    pub fn saved_offset(&self) -> usize {
        self.pieces_offset() as usize + self.most_pieces() * size_of::<crate::abi::Piece>()
    }

    /// Of the turns that a packet has made in its code, where that has loops: behind what is saved.
    pub fn steps_offset(&self) -> usize {
        let words = |site: &Site| site.saved.iter().map(|unit| self.words(*unit)).sum::<usize>();
        self.saved_offset() + self.sites.iter().map(words).max().unwrap_or(0) * 8
    }

    /// Bytes of a packet's extra area.
    pub fn extra_bytes(&self) -> usize {
        let counted = self.sites.iter().any(|site| self.loops(site.code));
        self.steps_offset() + if counted { 8 } else { 0 }
    }

    /// Whether turns of loops are counted in a code.
    pub fn loops(&self, code: usize) -> bool {
        ops(self.program.codes()[code]).any(|op| matches!(op, Op::Step))
    }

    /// Registers that a unit takes.
    pub fn words(&self, unit: Unit) -> usize {
        match self.kind(unit) {
            UnitKind::Slot(slot) => crate::values::limbs_of(self.program.slot(slot).width),
            UnitKind::Base(_) | UnitKind::Cursor => 1,
        }
    }

    pub fn unit_count(&self) -> usize {
        self.program.slots.len() + self.program.headers.len() + 1
    }

    pub fn base(&self, header: HeaderId) -> Unit {
        self.program.slots.len() + header.index()
    }

    pub fn cursor(&self) -> Unit {
        self.program.slots.len() + self.program.headers.len()
    }

    pub fn kind(&self, unit: Unit) -> UnitKind {
        let slots = self.program.slots.len();
        if unit < slots {
            UnitKind::Slot(SlotId(unit as u32))
        } else if unit < self.cursor() {
            UnitKind::Base(HeaderId((unit - slots) as u32))
        } else {
            UnitKind::Cursor
        }
    }

    /// What has to be known in order to read or write a slot.
    fn unit_of(&self, slot: SlotId) -> Unit {
        self.header_of(slot).map_or(slot.index(), |header| self.base(header))
    }

    /// The header at home in bytes whose validity a slot is.
    pub fn validity_of(&self, slot: SlotId) -> Option<HeaderId> {
        self.validities.get(&slot).copied()
    }

    pub fn is_wire(&self, slot: SlotId) -> bool {
        self.header_of(slot).is_some()
    }

    pub fn node(&self, code: usize, block: BlockId) -> Node {
        self.offsets[code] + block.index()
    }

    pub fn done(&self, code: usize) -> Node {
        self.nodes + code
    }

    pub fn node_count(&self) -> usize {
        self.nodes + CODES
    }

    pub fn place(&self, node: Node) -> Place {
        if node >= self.nodes {
            return Place::Done(node - self.nodes);
        }
        let code = (0..CODES).rev().find(|code| self.offsets[*code] <= node && self.len(*code) > 0);
        let code = code.unwrap_or(0);
        Place::Block { code, block: BlockId((node - self.offsets[code]) as u32) }
    }

    fn len(&self, code: usize) -> usize {
        self.program.codes()[code].blocks.len()
    }

    pub fn block(&self, code: usize, block: BlockId) -> &'p Block {
        &self.program.codes()[code].blocks[block.index()]
    }

    /// The first node of a code, or what comes after it where it is empty.
    pub fn entry(&self, code: usize) -> Node {
        if self.len(code) == 0 { self.done(code) } else { self.node(code, BlockId(0)) }
    }

    pub fn successors(&self, node: Node) -> Vec<Node> {
        let (code, block) = match self.place(node) {
            Place::Done(code) if code + 1 < CODES => return vec![self.entry(code + 1)],
            Place::Done(_) => return vec![],
            Place::Block { code, block } => (code, self.block(code, block)),
        };
        let at = |block: &BlockId| self.node(code, *block);
        match &block.terminator {
            Terminator::Goto(next) => vec![at(next)],
            Terminator::Branch { then, other, .. } => vec![at(then), at(other)],
            Terminator::Switch { cases, default, .. } => {
                cases.iter().map(|(_, block)| at(block)).chain([at(default)]).collect()
            }
            Terminator::Apply { actions, .. } => actions.iter().map(at).collect(),
            Terminator::Reject { .. } | Terminator::End => vec![self.done(code)],
        }
    }

    /// Which route, rewrite or address a table asks the switch for.
    pub fn role(&self, table: TableId) -> Option<&Bound> {
        self.roles.get(table.index())?.as_ref()
    }

    /// Whether a slot is a selector of a table whose groups are the switch's: it looks at the packet itself where it has to.
    pub fn is_selector_of_role(&self, slot: SlotId) -> bool {
        let mut tables = self.program.tables.iter().zip(&self.roles).filter(|(_, role)| role.is_some());
        tables.any(|(table, _)| {
            table.keys.iter().any(|key| key.slot == slot && key.kind == MatchKind::Selector)
        })
    }

    /// Whether the packet's bytes surely are before an operation what they were when it came in.
    pub(crate) fn is_pristine(&self, code: usize, block: BlockId, at: usize) -> bool {
        let before = &self.block(code, block).ops[..at];
        self.pristine.contains(self.node(code, block)) && !before.iter().any(|op| self.writes_packet(op))
    }

    /// The same behind all operations of a block.
    pub(crate) fn is_pristine_behind(&self, node: Node) -> bool {
        match self.place(node) {
            Place::Block { code, block } => self.is_pristine(code, block, self.block(code, block).ops.len()),
            Place::Done(_) => false,
        }
    }

    /// Whether routes are looked up where the packet may not be what it was: the hash of a flow is of what came in, which then
    /// has to be kept.
    pub(crate) fn keeps_flow(&self, compiled: &Compiled) -> bool {
        let is_fib = |table: TableId| self.role(table).is_some_and(Bound::is_fib);
        let mut sites = compiled.sites.iter().map(|site| &self.sites[*site]);
        sites.any(|site| is_fib(site.table) && !self.is_pristine_behind(site.node))
            || compiled.lookups.iter().any(|(_, table)| is_fib(*table))
    }

    fn terminator_effects(&self, terminator: &Terminator) -> crate::effects::Effects {
        let mut effects = of_terminator(self.program, terminator);
        if let Terminator::Apply { table, .. } = terminator
            && self.role(*table).is_some()
        {
            effects.reads.retain(|slot| !self.is_selector_of_role(*slot));
        }
        effects
    }

    /// Successors before what they follow, but for loops: facts spread in few rounds. Nodes are numbered as they were made,
    /// and against that order each round may get one node on.
    pub(crate) fn postorder(&self) -> Vec<Node> {
        let mut order = Vec::with_capacity(self.node_count());
        let mut seen = vec![false; self.node_count()];
        for root in 0..self.node_count() {
            if std::mem::replace(&mut seen[root], true) {
                continue;
            }
            let mut stack = vec![(root, self.successors(root))];
            while let Some((node, next)) = stack.last_mut() {
                match next.pop() {
                    Some(next) if !std::mem::replace(&mut seen[next], true) => {
                        stack.push((next, self.successors(next)));
                    }
                    Some(_) => {}
                    None => {
                        order.push(*node);
                        stack.pop();
                    }
                }
            }
        }
        order
    }

    pub fn live_in(&self, node: Node) -> &BitSet {
        &self.live_in[node]
    }

    /// Every unit that the outside must find in the frame where a packet leaves.
    pub fn whole_state(&self) -> BitSet {
        let mut all = BitSet::new(self.unit_count());
        for (index, slot) in self.program.slots.iter().enumerate() {
            let kept = matches!(
                slot.kind,
                SlotKind::Field | SlotKind::State | SlotKind::Metadata | SlotKind::Standard
            );
            if kept {
                all.insert(self.unit_of(SlotId(index as u32)));
            }
        }
        all.insert(self.cursor());
        all
    }

    fn find_live(&mut self) {
        let units = self.unit_count();
        self.live_in = vec![BitSet::new(units); self.node_count()];
        let order = self.postorder();
        let mut changed = true;
        while changed {
            changed = false;
            for node in order.iter().copied() {
                let live = self.live_before(node);
                changed |= self.live_in[node].union(&live);
            }
        }
    }

    fn live_before(&self, node: Node) -> BitSet {
        let mut live = BitSet::new(self.unit_count());
        for next in self.successors(node) {
            live.union(&self.live_in[next]);
        }
        match self.place(node) {
            Place::Done(code) => self.live_before_done(code, &mut live),
            Place::Block { code, block } => {
                let block = self.block(code, block);
                self.apply_effects(self.terminator_effects(&block.terminator), &mut live);
                for op in block.ops.iter().rev() {
                    self.live_before_op(code, op, &mut live);
                }
            }
        }
        live
    }

    fn live_before_done(&self, code: usize, live: &mut BitSet) {
        let standard = &self.program.standard;
        if (code == INGRESS && self.leaves_ingress) || (code == EGRESS && self.leaves_egress) {
            live.union(&self.whole_state());
        }
        match code {
            PARSER if self.reparses => {
                live.union(&self.whole_state());
            }
            INGRESS => {
                for slot in [
                    standard.egress_port,
                    standard.enq_qdepth,
                    standard.deq_timedelta,
                    standard.deq_qdepth,
                    standard.enq_timestamp,
                    standard.egress_global_timestamp,
                    standard.instance_type,
                    standard.packet_length,
                ] {
                    if !self.leaves_ingress {
                        live.remove(self.unit_of(slot));
                    }
                }
                for slot in [standard.egress_spec, standard.mcast_grp] {
                    live.insert(self.unit_of(slot));
                }
            }
            EGRESS => {
                for slot in [standard.egress_spec, standard.egress_port] {
                    live.insert(self.unit_of(slot));
                }
            }
            DEPARSER => {
                live.insert(self.unit_of(standard.egress_port));
                live.insert(self.cursor());
                self.recirculated.iter().for_each(|slot| live.insert(self.unit_of(*slot)));
            }
            _ => {}
        }
    }

    fn live_before_op(&self, code: usize, op: &Op, live: &mut BitSet) {
        let moves = matches!(op, Op::Extract { .. } | Op::Advance { .. } | Op::Lookahead { .. });
        let sums_payload =
            matches!(op, Op::VerifyChecksum { payload: true, .. } | Op::UpdateChecksum { payload: true, .. });
        match op {
            Op::SetValid(header) | Op::SetInvalid(header) | Op::Extract { header, .. } => {
                let others = &self.program.headers[header.index()].union_others;
                let others: &[HeaderId] = if matches!(op, Op::SetInvalid(_)) { &[] } else { others };
                for header in std::iter::once(header).chain(others) {
                    self.define_header(*header, live);
                }
                if let Op::SetValid(header) = op {
                    self.use_header(*header, live);
                }
                if let Op::Extract { varbit: Some(Operand::Slot(slot)), .. } = op {
                    live.insert(self.unit_of(*slot));
                    self.length_of(*slot).into_iter().for_each(|unit| live.insert(unit));
                }
            }
            _ => {
                self.apply_effects(of_op(self.program, op), live);
                if let Op::Set { dst, .. } = op
                    && let Some(header) = self.validity_of(*dst)
                {
                    // A header that is there already stays where it is.
                    live.insert(self.base(header));
                    live.insert(dst.index());
                }
            }
        }
        if moves || sums_payload {
            live.insert(self.cursor());
        }
        // Where it fails, nothing was written.
        if code == PARSER && may_fail(op) {
            live.union(&self.live_in[self.done(PARSER)]);
        }
    }

    /// Headers whose bytes surely are in the packet or in their area, so that they can be written.
    pub fn placed_in(&self, node: Node) -> &BitSet {
        &self.placed_in[node]
    }

    /// Forwards, from "all" down to what holds on every way.
    fn find_placed(&mut self) {
        let headers = self.program.headers.len();
        let mut all = BitSet::new(headers);
        (0..headers).for_each(|header| all.insert(header));
        self.placed_in = vec![all; self.node_count()];
        let entries = [self.entry(PARSER), self.entry(EGRESS), self.entry(COMPUTE)];
        entries.into_iter().for_each(|entry| self.placed_in[entry] = BitSet::new(headers));
        let order = self.postorder();
        let mut changed = true;
        while changed {
            changed = false;
            for node in order.iter().rev().copied() {
                for (next, placed) in self.placed_after(node) {
                    changed |= self.placed_in[next].intersect(&placed);
                }
            }
        }
    }

    /// For each successor, what is placed on the way to it.
    fn placed_after(&self, node: Node) -> Vec<(Node, BitSet)> {
        let mut placed = self.placed_in[node].clone();
        let mut ways = vec![];
        let Place::Block { code, block } = self.place(node) else {
            return self.successors(node).into_iter().map(|next| (next, placed.clone())).collect();
        };
        let block = self.block(code, block);
        for op in &block.ops {
            if code == PARSER && may_fail(op) {
                ways.push((self.done(PARSER), placed.clone()));
            }
            self.place_by(op, &mut placed);
        }
        for next in self.successors(node) {
            let mut placed = placed.clone();
            if let Terminator::Branch { cond: Operand::Slot(slot), then, other } = &block.terminator
                && then != other
                && next == self.node(code, *then)
                && let Some(header) = self.validity_of(*slot)
            {
                placed.insert(header.index());
            }
            ways.push((next, placed));
        }
        ways
    }

    pub fn place_by(&self, op: &Op, placed: &mut BitSet) {
        match op {
            Op::Extract { header, .. } | Op::SetValid(header) => {
                let others = &self.program.headers[header.index()].union_others;
                others.iter().for_each(|other| placed.remove(other.index()));
                placed.insert(header.index());
            }
            Op::SetInvalid(header) => placed.remove(header.index()),
            Op::Set { dst, .. } => {
                if let Some(header) = self.validity_of(*dst) {
                    placed.remove(header.index());
                } else if let Some(header) = self.header_of(*dst) {
                    // Whoever writes a field sees to it that there is a place for it.
                    placed.insert(header.index());
                }
            }
            // Where the condition does not hold, nothing is written.
            Op::UpdateChecksum { .. } => {}
            other => {
                for slot in of_op(self.program, other).writes {
                    if let Some(header) = self.header_of(slot) {
                        placed.insert(header.index());
                    }
                }
            }
        }
    }

    fn header_units(&self, header: HeaderId) -> Vec<Unit> {
        let mut units: Vec<Unit> =
            crate::effects::header_slots(self.program, header).map(|slot| self.unit_of(slot)).collect();
        if self.areas[header.index()].is_some() {
            units.push(self.base(header));
        }
        units
    }

    fn define_header(&self, header: HeaderId, live: &mut BitSet) {
        self.header_units(header).into_iter().for_each(|unit| live.remove(unit));
    }

    fn use_header(&self, header: HeaderId, live: &mut BitSet) {
        self.header_units(header).into_iter().for_each(|unit| live.insert(unit));
    }

    fn apply_effects(&self, effects: crate::effects::Effects, live: &mut BitSet) {
        for slot in &effects.writes {
            let slot = *slot;
            // A write into a header's bytes needs to know where they are.
            match self.header_of(slot) {
                Some(header) => live.insert(self.base(header)),
                None => live.remove(slot.index()),
            }
        }
        for slot in effects.writes.iter().chain(&effects.reads) {
            self.length_of(*slot).into_iter().for_each(|unit| live.insert(unit));
        }
        for slot in effects.reads {
            live.insert(self.unit_of(slot));
        }
    }
}

/// Whether the operation can end the parser.
pub fn may_fail(op: &Op) -> bool {
    matches!(op, Op::Extract { .. } | Op::Lookahead { .. } | Op::Advance { .. } | Op::Step)
}

pub(crate) fn ops(code: &Code) -> impl Iterator<Item = &Op> {
    code.blocks.iter().flat_map(|block| &block.ops)
}

/// Whether the parser only ever stands at whole bytes.
fn is_aligned(program: &Program) -> bool {
    let headers_whole = |op: &Op| match op {
        Op::Extract { header, .. } => program.headers[header.index()].fixed_bits.is_multiple_of(8),
        Op::Advance { bits } => multiple_of_eight(program, *bits, 8),
        _ => true,
    };
    ops(&program.parser).all(headers_whole)
}

/// A constant, or a value whose every definition in the program says so.
fn multiple_of_eight(program: &Program, bits: Operand, depth: u32) -> bool {
    let constant = |id: front::ir::ConstId| {
        !program.consts[id.index()].value.bit(0)
            && !program.consts[id.index()].value.bit(1)
            && !program.consts[id.index()].value.bit(2)
    };
    match bits {
        Operand::Const(id) => constant(id),
        // The switch gives these their values.
        Operand::Slot(slot) if matches!(program.slot(slot).kind, SlotKind::Standard | SlotKind::Param) => {
            false
        }
        Operand::Slot(slot) => {
            let mut defined = false;
            let all = program.codes().iter().flat_map(|code| ops(code)).all(|op| match op {
                Op::Set { dst, value } if *dst == slot => {
                    defined = true;
                    eight_fold(program, value, &constant, depth)
                }
                other => !of_op(program, other).writes.contains(&slot),
            });
            all && defined
        }
    }
}

fn eight_fold(
    program: &Program,
    value: &Rvalue,
    constant: &dyn Fn(front::ir::ConstId) -> bool,
    depth: u32,
) -> bool {
    let three = |operand: &Operand| match operand {
        Operand::Const(id) => program.consts[id.index()].value >= num_bigint::BigUint::from(3u8),
        Operand::Slot(_) => false,
    };
    let known = |operand: &Operand| matches!(operand, Operand::Const(id) if constant(*id));
    match value {
        Rvalue::Use(operand) | Rvalue::Resize { of: operand, .. } => {
            depth > 0 && multiple_of_eight(program, *operand, depth - 1)
        }
        Rvalue::Binary(BinOp::Shl, _, by) => three(by),
        Rvalue::Binary(BinOp::Mul, a, b) => known(a) || known(b),
        Rvalue::Concat(_, low) => program.width(*low) >= 3 && known(low),
        _ => false,
    }
}
