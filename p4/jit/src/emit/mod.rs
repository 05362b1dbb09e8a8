//! From the plan to Cranelift's functions: one for each entry, a loop over the packets of a list.

mod defaults;
mod exits;
mod facts;
mod flow;
mod hashes;
mod headers;
mod listen;
mod ops;
mod packets;
pub mod rarely;
mod roles;
mod shared;
mod stream;
mod sums;

use crate::abi::{Context, Fixed, List, Waiting, waiting_at};
use crate::plan::{BitSet, Home, Node, PARSER, Place, Plan, Unit, UnitKind};
use crate::values::{Arith, Val, limbs_of};
use crate::wire::{flags, steady};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, AbiParam, BlockArg, InstBuilder, SigRef, StackSlot, Value, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, Variable};
use facts::{Facts, Spot};
use front::ir::{BlockId, Operand, SlotId, TableId};
use rt::role::Bound;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::offset_of;

/// Where a function begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// A packet from a port: nothing is in its frame.
    Port,
    /// One that the hot way gave up, from the start.
    Again,
    /// A packet that goes round again, or one of a device; its state is in the frame.
    Parser,
    /// A packet from the traffic manager; its state is in the frame.
    Egress,
    /// A packet after egress; its state is in the frame.
    Compute,
    /// A packet that was looked up at this site.
    Site(u16),
    /// The parser alone.
    Reparse,
}

impl Entry {
    /// Where it begins; at a site, after the lookup.
    fn node(self, plan: &Plan<'_>) -> Option<Node> {
        match self {
            Entry::Port | Entry::Again | Entry::Parser | Entry::Reparse => Some(plan.entry(PARSER)),
            Entry::Egress => Some(plan.entry(crate::plan::EGRESS)),
            Entry::Compute => Some(plan.entry(crate::plan::EGRESS + 1)),
            Entry::Site(_) => None,
        }
    }

    fn is_from_port(self) -> bool {
        matches!(self, Entry::Port | Entry::Again)
    }
}

/// An operation that the host executes: code, block and index in it.
pub type HostOp = (usize, BlockId, usize);

/// Word offsets of slots in the frame.
pub type FrameLayout<'a> = &'a dyn Fn(SlotId) -> u32;

/// What every function of a program is made from.
#[expect(missing_debug_implementations, reason = "holds a function")]
pub struct Inputs<'a> {
    pub plan: &'a Plan<'a>,
    pub layout: FrameLayout<'a>,
    /// The most turns of loops that a packet may make in one code.
    pub max_steps: u32,
    /// `egress_spec` that means drop.
    pub drop_port: u32,
    /// Nodes at which a packet from a port begins again.
    pub again: &'a BitSet,
}

/// Registers that hold for the whole packet.
#[derive(Clone, Copy)]
struct Registers {
    index: Value,
    frame: Value,
    extra: Value,
    data: Value,
    /// 32 bits.
    length: Value,
}

#[expect(missing_debug_implementations, reason = "the builder that it fills has none")]
pub struct Gen<'a, 'f> {
    a: Arith<'a, 'f>,
    plan: &'a Plan<'a>,
    inputs: &'a Inputs<'a>,
    entry: Entry,
    host_ops: &'a mut Vec<HostOp>,
    units: Vec<Vec<Variable>>,
    steps: Variable,
    pieces: Variable,
    moved: Variable,
    /// Where the next emitted header would have to stand for nothing to move.
    expected: Variable,
    /// The rewrite that was read last.
    neighbor: Variable,
    context: Value,
    regs: Option<Registers>,
    call: SigRef,
    call4: SigRef,
    rarely: SigRef,
    /// Where hashes put their bytes together.
    stack: Option<StackSlot>,
    /// By node, whether it is the deparser's second way, and what is known there.
    blocks: BTreeMap<(Node, bool, Facts), ir::Block>,
    /// Nodes that are yet to be filled.
    waiting: Vec<(Node, bool, Facts)>,
    ways: BTreeMap<(Node, bool), BTreeSet<Facts>>,
    /// What is known here.
    facts: Facts,
    sites: &'a mut Sites,
    /// The deparser found that the packet's layout changed: it begins again, and notes every piece.
    gathers: bool,
    made: Made,
    /// Headers that surely have a place, here.
    placed: BitSet,
    next: ir::Block,
    errors: HashMap<&'static str, u64>,
}

/// What a lookup found, and what was kept meanwhile.
#[derive(Clone, Copy)]
struct Found<'s> {
    /// As [`Context::results`] has it.
    result: Value,
    saved: Option<&'s [Unit]>,
    /// Where the arguments of the action are, if not in the frame.
    args: Option<Value>,
}

/// A site as a packet reaches it: with what is known of the packet.
#[derive(Debug, Clone)]
pub struct SiteWay {
    /// Of [`Plan::sites`].
    pub site: usize,
    facts: Facts,
}

/// The ways to all sites, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Sites {
    pub all: Vec<SiteWay>,
    /// Of the functions that are made.
    nodes: usize,
    /// With which nodes were made.
    facts: usize,
}

impl Sites {
    /// The number of a way to a site. Packets that were parsed in different ways go on apart, unless they have to be told apart by
    /// their order.
    fn number(&mut self, plan: &Plan<'_>, site: usize, facts: &Facts) -> usize {
        let mut needed = BitSet::new(plan.unit_count());
        plan.sites[site].saved.iter().for_each(|unit| needed.insert(*unit));
        let mut facts = facts.about(plan, &needed).kept();
        let ways = self.all.iter().filter(|way| way.site == site).count();
        if plan.ordered
            || self.nodes >= facts::MOST_NODES_OF_ALL
            || (ways >= MOST_SITE_WAYS && !self.all.iter().any(|w| w.site == site && w.facts == facts))
        {
            facts = Facts::default();
        }
        let same = |way: &SiteWay| way.site == site && way.facts == facts;
        if let Some(number) = self.all.iter().position(same) {
            return number;
        }
        self.all.push(SiteWay { site, facts });
        self.all.len() - 1
    }
}

/// Where the list of those that begin again is, from the context on.
const AGAIN: usize = offset_of!(Fixed, again);
const NUMBERS: usize = offset_of!(List, numbers);

/// Ways to one site that are told apart.
const MOST_SITE_WAYS: usize = 6;

/// Signature of every entry: context, list of packet numbers, their count.
pub fn signature() -> ir::Signature {
    let mut signature = ir::Signature::new(CallConv::SystemV);
    signature.params.extend([AbiParam::new(types::I64); 3]);
    signature
}

/// Packets that the bytes of a packet are asked for ahead.
pub const AHEAD: usize = 8;

/// What a function has come to have.
#[derive(Debug, Default)]
pub struct Made {
    pub prefetches: usize,
    pub lookups: Vec<TableId>,
    /// Operations that are a call of one function with their operands.
    pub direct: Vec<HostOp>,
    /// Numbers of the sites at which it ends.
    pub ends: Vec<usize>,
    /// Where packets go that begin again.
    pub again: Option<ir::Block>,
}

/// Fills a function.
pub fn function(
    builder: &mut FunctionBuilder<'_>,
    inputs: &Inputs<'_>,
    entry: Entry,
    host_ops: &mut Vec<HostOp>,
    sites: &mut Sites,
) -> Made {
    let call = rarely::host_signature();
    let mut call4 = call.clone();
    call4.params.push(AbiParam::new(types::I64));
    let (call, call4) = (builder.import_signature(call), builder.import_signature(call4));
    let rarely = builder.import_signature(rarely::signature());
    let first = builder.create_block();
    builder.append_block_params_for_function_params(first);
    let context = builder.block_params(first)[0];
    let next = builder.create_block();
    let mut var = || builder.declare_var(types::I64);
    let (steps, pieces, moved, expected, neighbor) = (var(), var(), var(), var(), var());
    let mut generator = Gen {
        units: declare_units(inputs.plan, builder),
        a: Arith { b: builder },
        plan: inputs.plan,
        inputs,
        entry,
        host_ops,
        steps,
        pieces,
        moved,
        expected,
        neighbor,
        context,
        regs: None,
        call,
        call4,
        rarely,
        stack: None,
        blocks: BTreeMap::new(),
        waiting: vec![],
        ways: BTreeMap::new(),
        facts: Facts::at_start(),
        sites,
        gathers: false,
        made: Made::default(),
        placed: BitSet::new(inputs.plan.program.headers.len()),
        next,
        errors: HashMap::new(),
    };
    generator.find_errors();
    generator.fill(first, entry);
    generator.a.b.seal_all_blocks();
    generator.sites.nodes += generator.blocks.len();
    generator.made
}

fn declare_units(plan: &Plan<'_>, builder: &mut FunctionBuilder<'_>) -> Vec<Vec<Variable>> {
    let limbs = |unit| match plan.kind(unit) {
        UnitKind::Slot(slot) => limbs_of(plan.program.slot(slot).width),
        UnitKind::Base(_) | UnitKind::Cursor => 1,
    };
    let mut declare = |unit| (0..limbs(unit)).map(|_| builder.declare_var(types::I64)).collect();
    (0..plan.unit_count()).map(&mut declare).collect()
}

impl<'a> Gen<'a, '_> {
    fn find_errors(&mut self) {
        for name in ["PacketTooShort", "HeaderTooShort", "ParserInvalidArgument", "ParserTimeout"] {
            let index = self.plan.program.errors.iter().position(|error| error == name).unwrap_or(0);
            self.errors.insert(name, index as u64);
        }
    }

    /// The loop over the list, and the packet's way through the nodes.
    fn fill(&mut self, first: ir::Block, entry: Entry) {
        let b = &mut *self.a.b;
        let (body, done) = (b.create_block(), b.create_block());
        b.append_block_param(body, types::I64);
        b.switch_to_block(first);
        let params = b.block_params(first).to_vec();
        let (list, count) = (params[1], params[2]);
        let begin = match entry {
            Entry::Port => b.ins().load(types::I64, flags(), self.context, offset_of!(Context, begin) as i32),
            _ => b.ins().iconst(types::I64, 0),
        };
        let some = b.ins().icmp(IntCC::UnsignedLessThan, begin, count);
        b.ins().brif(some, body, &[BlockArg::Value(begin)], done, &[]);
        b.switch_to_block(body);
        let turn = b.block_params(body)[0];
        self.begin_packet(list, turn, entry);
        while let Some((node, gathers, facts)) = self.waiting.pop() {
            self.gathers = gathers;
            self.fill_node(node, facts);
        }
        if let Some(again) = self.made.again {
            self.fill_again(again);
        }
        let b = &mut *self.a.b;
        b.switch_to_block(self.next);
        let turn = b.ins().iadd_imm_s(turn, 1);
        let more = b.ins().icmp(IntCC::UnsignedLessThan, turn, count);
        b.ins().brif(more, body, &[BlockArg::Value(turn)], done, &[]);
        b.switch_to_block(done);
        b.ins().return_(&[]);
    }

    fn begin_packet(&mut self, list: Value, turn: Value, entry: Entry) {
        let context = self.context;
        let listed = match entry {
            Entry::Port => None,
            Entry::Again => Some((context, AGAIN + NUMBERS)),
            Entry::Site(number) => {
                Some((context, waiting_at(number.into()) + offset_of!(Waiting, list) + NUMBERS))
            }
            _ => Some((list, 0)),
        };
        // The packets from a port are all of the vector.
        let index = listed.map_or(turn, |(list, numbers)| {
            let at = self.a.b.ins().ishl_imm_u(turn, 1);
            let at = self.a.b.ins().iadd(list, at);
            self.a.b.ins().uload16(types::I64, flags(), at, numbers as i32)
        });
        let [frame, extra, length] =
            [packets::FRAME, packets::EXTRA, packets::LENGTH].map(|column| self.of_packet(column, index));
        // Nearly every way needs it: where it is needed it would be read again where ways meet.
        let place = self.element(index, packets::DATA.shift);
        let data = self.a.b.ins().load(types::I64, flags(), place, packets::DATA.at as i32);
        self.regs = Some(Registers { index, frame, extra, data, length });
        let cursor = match entry {
            Entry::Port | Entry::Again => data,
            _ => self.load_packet(packets::CURSOR),
        };
        let zero = self.a.word(0);
        for var in [self.steps, self.pieces, self.moved] {
            self.a.b.def_var(var, zero);
        }
        self.a.b.def_var(self.expected, data);
        // The bytes of a packet from a port have been asked for before, by whoever received it.
        if entry == Entry::Parser {
            let at = self.a.b.ins().ishl_imm_u(turn, 1);
            let at = self.a.b.ins().iadd(list, at);
            self.prefetch_packet(at);
        }
        let Some(node) = entry.node(self.plan) else { return self.begin_site(entry) };
        let live: Vec<Unit> = self.plan.live_in(node).iter().collect();
        for unit in live {
            match self.plan.kind(unit) {
                UnitKind::Slot(slot) if entry.is_from_port() => self.new_slot(slot),
                UnitKind::Slot(slot) => self.reload_slot(slot),
                UnitKind::Base(header) if entry.node(self.plan) == Some(self.plan.entry(PARSER)) => {
                    self.set_base_spot(header, Spot::Nowhere);
                }
                UnitKind::Base(header) => {
                    let at = self.base_offset(header);
                    let extra = self.regs().extra;
                    let base = self.a.b.ins().load(types::I64, flags(), extra, at);
                    self.set_base(header, base);
                }
                UnitKind::Cursor if entry.is_from_port() => self.set_cursor_spot(Spot::Packet(0)),
                UnitKind::Cursor => self.set_cursor(cursor),
            }
        }
        match entry {
            Entry::Port => self.listen(node),
            _ => self.go(node),
        }
    }

    /// What a packet from a port has: standard metadata; everything else is zero.
    fn new_slot(&mut self, slot: SlotId) {
        let standard = &self.plan.program.standard;
        let width = self.plan.program.slot(slot).width;
        let word = if slot == standard.ingress_port {
            return self.set_port();
        } else if slot == standard.packet_length {
            return self.set_length();
        } else if slot == standard.ingress_global_timestamp {
            let at = offset_of!(Context, now) as i32;
            Some(self.a.b.ins().load(types::I64, flags(), self.context, at))
        } else {
            // Instance::Normal is zero as well.
            None
        };
        let Some(word) = word else {
            let zero = self.a.zero(width);
            self.write_slot(slot, &zero);
            return self.know_value(slot, 0);
        };
        let value = self.a.resize(&Val { width: 64, limbs: vec![word] }, width, false);
        self.write_slot(slot, &value);
    }

    fn regs(&self) -> Registers {
        match self.regs {
            Some(regs) => regs,
            None => unreachable!("registers are set before the first node"),
        }
    }

    fn zeros(&mut self) -> Value {
        let context = self.context;
        self.a.b.ins().load(types::I64, steady(), context, offset_of!(Context, zeros) as i32)
    }

    /// The block of a node, which will be filled if it is new.
    fn target(&mut self, node: Node) -> ir::Block {
        if self.entry == Entry::Port && self.inputs.again.contains(node) {
            return self.again();
        }
        let key = (node, self.gathers, self.facts_for(node));
        if let Some(block) = self.blocks.get(&key) {
            return *block;
        }
        let block = self.a.b.create_block();
        if self.gathers {
            self.a.b.set_cold_block(block);
        }
        self.blocks.insert(key.clone(), block);
        self.waiting.push(key);
        block
    }

    /// Where a packet begins again.
    fn again(&mut self) -> ir::Block {
        let b = &mut *self.a.b;
        *self.made.again.get_or_insert_with(|| {
            let block = b.create_block();
            b.set_cold_block(block);
            block
        })
    }

    /// Its number goes on the list.
    fn fill_again(&mut self, block: ir::Block) {
        self.a.b.switch_to_block(block);
        self.append(AGAIN);
        self.next_packet();
    }

    fn go(&mut self, node: Node) {
        let block = self.target(node);
        self.a.b.ins().jump(block, &[]);
    }

    /// The packet is done with: on to the next.
    fn next_packet(&mut self) {
        let next = self.next;
        self.a.b.ins().jump(next, &[]);
    }

    fn fill_node(&mut self, node: Node, facts: Facts) {
        let key = (node, self.gathers, facts);
        let block = self.blocks[&key];
        self.facts = key.2;
        self.a.b.switch_to_block(block);
        match self.plan.place(node) {
            Place::Done(code) => self.done(code),
            Place::Block { code, block: id } => {
                if id == BlockId(0) {
                    self.begin_code(code);
                }
                let block = self.plan.block(code, id);
                self.placed = self.plan.placed_in(node).clone();
                let mut at = 0;
                while let Some(op) = block.ops.get(at) {
                    let next = block.ops.get(at + 1);
                    let done = if next.is_some_and(|next| self.copy_addresses(op, next)) {
                        2
                    } else {
                        self.op(code, id, at, op);
                        1
                    };
                    for op in &block.ops[at..at + done] {
                        self.plan.place_by(op, &mut self.placed);
                        if self.plan.writes_packet(op) {
                            self.forget_packet();
                        }
                    }
                    at += done;
                }
                self.terminator(node, code, &block.terminator);
            }
        }
    }

    /// Loops are counted in each code by itself. (Block 0 is entered once: lowering makes no branch back to it.)
    fn begin_code(&mut self, _code: usize) {
        let zero = self.a.word(0);
        self.a.b.def_var(self.steps, zero);
    }

    // Values of slots.

    fn read(&mut self, operand: Operand) -> Val {
        match operand {
            Operand::Slot(slot) => self.read_slot(slot),
            Operand::Const(id) => {
                let bits = &self.plan.program.consts[id.index()];
                self.a.constant(bits.width, &bits.value)
            }
        }
    }

    fn read_slot(&mut self, slot: SlotId) -> Val {
        let width = self.plan.program.slot(slot).width;
        if let Some(word) = self.known(Operand::Slot(slot)) {
            return self.a.constant(width, &num_bigint::BigUint::from(word));
        }
        if let Some(length) = self.known_length(slot) {
            return length;
        }
        match self.plan.homes[slot.index()] {
            home @ (Home::Wire { header, .. } | Home::Behind { header, .. }) => {
                let base = self.base(header);
                let (at, offset) = self.field_place(home, base);
                match home {
                    Home::Wire { .. } => {
                        let bytes = self.plan.program.headers[header.index()].fixed_bits / 8;
                        self.a.load_field_in(at, offset, width, bytes)
                    }
                    _ => self.a.load_field(at, offset, width),
                }
            }
            Home::Varbit { header } => {
                self.spill_varbit(header);
                self.load_frame(slot)
            }
            Home::Frame if self.plan.in_memory => self.load_frame(slot),
            Home::Frame => {
                let limbs = self.units[slot.index()].iter().map(|var| self.a.b.use_var(*var)).collect();
                Val { width, limbs }
            }
        }
    }

    /// Some bits of a field, from the lowest that is wanted on.
    fn read_part(&mut self, slot: SlotId, lo: u32, width: u32) -> Val {
        let whole = self.plan.program.slot(slot).width;
        match self.plan.homes[slot.index()] {
            Home::Wire { header, offset } if self.known(Operand::Slot(slot)).is_none() => {
                let base = self.base(header);
                self.a.load_field(base, offset + whole - lo - width, width)
            }
            _ => {
                let of = self.read_slot(slot);
                self.a.slice(&of, lo, width)
            }
        }
    }

    fn write_slot(&mut self, slot: SlotId, value: &Val) {
        match self.plan.homes[slot.index()] {
            home @ (Home::Wire { header, .. } | Home::Behind { header, .. }) => {
                self.ensure_placed(header);
                let base = self.base(header);
                let (at, offset) = self.field_place(home, base);
                self.a.store_field(at, offset, value);
            }
            Home::Varbit { .. } => {
                unreachable!("what else writes a varbit field has it in the frame: give_homes")
            }
            Home::Frame if self.plan.in_memory => {
                self.forget_value(slot);
                self.store_frame(slot, value);
            }
            Home::Frame => {
                self.forget_value(slot);
                for (var, limb) in self.units[slot.index()].iter().zip(&value.limbs) {
                    self.a.b.def_var(*var, *limb);
                }
            }
        }
    }

    fn write_word(&mut self, slot: SlotId, word: u64) {
        let width = self.plan.program.slot(slot).width;
        let value = self.a.constant(width, &num_bigint::BigUint::from(word));
        self.write_slot(slot, &value);
        self.know_value(slot, word);
    }

    fn base(&mut self, header: front::ir::HeaderId) -> Value {
        if let Some(spot) = self.base_spot(header) {
            return self.spot(spot);
        }
        let unit = self.plan.base(header);
        self.a.b.use_var(self.units[unit][0])
    }

    /// What is written to a header that is nowhere goes into its area: flat code may write fields before, or without, saying
    /// that the header is valid.
    pub(super) fn ensure_placed(&mut self, header: front::ir::HeaderId) {
        match self.base_spot(header) {
            Some(Spot::Packet(_) | Spot::Extra(_)) => return,
            Some(Spot::Nowhere) => return self.clear_area(header),
            None => {}
        }
        if self.placed.contains(header.index()) {
            return;
        }
        let (base, zeros) = (self.base(header), self.zeros());
        let nowhere = self.a.b.ins().icmp(IntCC::Equal, base, zeros);
        let (fresh, ready) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(fresh);
        self.a.b.ins().brif(nowhere, fresh, &[], ready, &[]);
        self.a.b.switch_to_block(fresh);
        self.perhaps(|g| g.clear_area(header));
        self.a.b.ins().jump(ready, &[]);
        self.a.b.switch_to_block(ready);
        self.placed.insert(header.index());
    }

    fn set_base(&mut self, header: front::ir::HeaderId, base: Value) {
        self.forget_base(header);
        let unit = self.plan.base(header);
        self.a.b.def_var(self.units[unit][0], base);
    }

    /// Where a header's base is kept in the extra area.
    fn base_offset(&self, header: front::ir::HeaderId) -> i32 {
        (self.plan.area_bytes + header.0 * 8) as i32
    }

    fn cursor(&mut self) -> Value {
        if let Some(spot) = self.cursor_spot() {
            return self.spot(spot);
        }
        let unit = self.plan.cursor();
        self.a.b.use_var(self.units[unit][0])
    }

    fn set_cursor(&mut self, cursor: Value) {
        self.forget_cursor();
        let unit = self.plan.cursor();
        self.a.b.def_var(self.units[unit][0], cursor);
    }

    fn frame_place(&mut self, slot: SlotId) -> Value {
        let frame = self.regs().frame;
        self.a.b.ins().iadd_imm_u(frame, i64::from((self.inputs.layout)(slot)) * 8)
    }

    /// From its home into the frame, for the host.
    fn spill_slot(&mut self, slot: SlotId) {
        if let Home::Varbit { header } = self.plan.homes[slot.index()] {
            return self.spill_varbit(header);
        }
        if !self.stays_in_memory(slot) {
            let value = self.read_slot(slot);
            self.store_frame(slot, &value);
        }
    }

    /// Whether a slot is in the frame at any time.
    fn stays_in_memory(&self, slot: SlotId) -> bool {
        self.plan.in_memory && self.plan.homes[slot.index()] == Home::Frame
    }

    fn store_frame(&mut self, slot: SlotId, value: &Val) {
        let frame = self.regs().frame;
        let at = (self.inputs.layout)(slot) as i32 * 8;
        for (limb, value) in value.limbs.iter().enumerate().take(self.frame_words(slot)) {
            self.a.b.ins().store(flags(), *value, frame, at + limb as i32 * 8);
        }
    }

    /// From the frame to its home, after the host wrote it.
    fn reload_slot(&mut self, slot: SlotId) {
        if self.stays_in_memory(slot) {
            return self.forget_value(slot);
        }
        let value = self.load_frame(slot);
        self.write_slot(slot, &value);
    }

    fn load_frame(&mut self, slot: SlotId) -> Val {
        let width = self.plan.program.slot(slot).width;
        let frame = self.regs().frame;
        let at = (self.inputs.layout)(slot) as i32 * 8;
        let mut value = self.a.zero(width);
        for limb in 0..self.frame_words(slot) {
            value.limbs[limb] = self.a.b.ins().load(types::I64, flags(), frame, at + limb as i32 * 8);
        }
        value
    }

    fn frame_words(&self, slot: SlotId) -> usize {
        self.plan.program.slot(slot).width.div_ceil(64) as usize
    }

    /// The packet waits for the lookup: its key and what the next stage needs are kept.
    fn cut(&mut self, site: usize) {
        let plan = self.plan;
        let number = self.sites.number(plan, site, &self.facts);
        self.made.ends.push(number);
        let facts = self.sites.all[number].facts.clone();
        let table = plan.sites[site].table;
        let is_fib = plan.role(table).is_some_and(Bound::is_fib);
        match plan.role(table) {
            Some(_) if is_fib => {}
            Some(_) => self.spill_keys(table),
            None => self.keep_key(table),
        }
        let mut at = plan.saved_offset() as i32;
        let regs = self.regs();
        for unit in &plan.sites[site].saved {
            if facts.knows(plan, plan.kind(*unit)) || self.unit_stays(*unit) {
                continue;
            }
            for var in self.units[*unit].clone() {
                let value = self.a.b.use_var(var);
                self.a.b.ins().store(flags(), value, regs.extra, at);
                at += 8;
            }
        }
        if plan.loops(plan.sites[site].code) {
            let steps = self.a.b.use_var(self.steps);
            self.a.b.ins().store(flags(), steps, regs.extra, plan.steps_offset() as i32);
        }
        let place = self.append(waiting_at(number) + offset_of!(Waiting, list));
        if is_fib {
            self.keep_route_key(table, waiting_at(number), place);
        }
        self.next_packet();
    }

    fn unit_stays(&self, unit: Unit) -> bool {
        matches!(self.plan.kind(unit), UnitKind::Slot(slot) if self.stays_in_memory(slot))
    }

    fn load_saved(&mut self, saved: &[Unit], node: Node) {
        let plan = self.plan;
        let extra = self.regs().extra;
        let mut at = plan.saved_offset() as i32;
        for unit in saved {
            if self.facts.knows(plan, plan.kind(*unit)) || self.unit_stays(*unit) {
                continue;
            }
            let needed = plan.live_in(node).contains(*unit);
            for var in self.units[*unit].clone() {
                if needed {
                    let value = self.a.b.ins().load(types::I64, flags(), extra, at);
                    self.a.b.def_var(var, value);
                }
                at += 8;
            }
        }
    }

    fn begin_action(&mut self, id: TableId, number: usize, node: Node, found: Found<'_>) {
        if let Some(saved) = found.saved {
            self.load_saved(saved, node);
        }
        let plan = self.plan;
        let of_role = plan.role(id).filter(|bound| {
            let mut actions = bound.actions.iter().flatten();
            found.saved.is_some() && bound.is_fib() && actions.any(|a| a.index as usize == number)
        });
        let params = &plan.program.tables[id.index()].actions[number].params;
        if let Some(args) = found.args {
            self.load_args(params, args, |slot| {
                plan.live_in(node).contains(slot.index()) || plan.is_wire(slot)
            });
            return self.go(node);
        }
        for slot in params {
            if !self.plan.live_in(node).contains(slot.index()) && !self.plan.is_wire(*slot) {
                continue;
            }
            if of_role.is_some() {
                let argument = self.a.b.ins().ushr_imm_u(found.result, 48);
                self.write_slot(*slot, &Val { width: 16, limbs: vec![argument] });
            } else {
                self.reload_slot(*slot);
            }
        }
        self.go(node);
    }
}
