//! What is known of a packet at a place in the code, on the way that led there.
//!
//! A parser makes most of a program's questions moot: on the way through `ethernet, ipv4` there is no tag, the IPv4 header
//! begins 14 bytes into the frame, and the deparser has nothing to do. So a node is made once for each set of facts with which it
//! is reached, up to a bound; beyond that, and for what differs, there is the node that knows nothing. Facts come on top of
//! variables, which always hold the values too.

use super::Gen;
use crate::abi::Context;
use crate::plan::{BitSet, Home, Node, PARSER, Place, Plan, UnitKind};
use crate::values::Val;
use crate::wire::steady;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use front::ir::{BinOp, HeaderId, Operand, Rvalue, SlotId};
use rt::bits::{Narrow, binary64, holds64, mask64, signed64};
use std::collections::BTreeMap;
use std::mem::offset_of;

/// Nodes of one function beyond which no further ones are made for facts: compilation is to take milliseconds.
pub(super) const MOST_NODES: usize = 1500;
/// Nodes of all functions together beyond which none are made for facts.
pub(super) const MOST_NODES_OF_ALL: usize = 4000;
/// Facts of all those nodes together beyond which none are made: where much is known, as of stacks of unions, every place where
/// ways meet puts each of it where the node that knows nothing looks for it, and code grows with the facts, not with the nodes.
const MOST_FACTS_OF_ALL: usize = 40_000;
/// Ways to know a node.
pub(super) const MOST_WAYS: usize = 16;

/// Where something in memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// A header that is not there.
    Nowhere,
    /// So many bytes into the packet.
    Packet(u32),
    /// So many bytes into the packet's extra area.
    Extra(u32),
}

/// Facts about one packet.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facts {
    bases: BTreeMap<HeaderId, Spot>,
    cursor: Option<Spot>,
    /// Slots of at most 64 bits that are at home in the frame.
    values: BTreeMap<SlotId, u64>,
    /// Slots that hold six bytes of the rewrite that was read last, from there on.
    addresses: BTreeMap<SlotId, u32>,
    /// `standard_metadata.packet_length` is that of the packet as it came in.
    length: bool,
    /// `standard_metadata.ingress_port` is that of the vector.
    port: bool,
    /// Of the deparser: where the next header would have to stand, and whether something stood elsewhere.
    expected: Option<Spot>,
    moved: Option<bool>,
    /// Of the parser: what the ether type is of a packet that has at least so many bytes.
    ether_type: Option<u16>,
    least: u32,
}

/// Bits from a packet's beginning to its ether type.
const ETHER_TYPE: u32 = 12 * 8;

fn common<K: Ord + Copy, V: PartialEq + Copy>(a: &BTreeMap<K, V>, b: &BTreeMap<K, V>) -> BTreeMap<K, V> {
    a.iter().filter(|(key, value)| b.get(key) == Some(value)).map(|(key, value)| (*key, *value)).collect()
}

fn same<T: PartialEq + Copy>(a: Option<T>, b: Option<T>) -> Option<T> {
    a.filter(|_| a == b)
}

impl Facts {
    /// Of a packet whose emitting has not begun.
    pub(super) fn at_start() -> Facts {
        Facts { expected: Some(Spot::Packet(0)), moved: Some(false), ..Facts::default() }
    }

    fn len(&self) -> usize {
        self.bases.len() + self.values.len()
    }

    /// What holds on both ways.
    fn meet(&self, other: &Facts) -> Facts {
        Facts {
            bases: common(&self.bases, &other.bases),
            cursor: same(self.cursor, other.cursor),
            values: common(&self.values, &other.values),
            addresses: common(&self.addresses, &other.addresses),
            length: self.length && other.length,
            port: self.port && other.port,
            expected: same(self.expected, other.expected),
            moved: same(self.moved, other.moved),
            ether_type: same(self.ether_type, other.ether_type),
            least: self.least.min(other.least),
        }
    }

    /// What is of use where these units are needed.
    pub(super) fn about(&self, plan: &Plan<'_>, units: &BitSet) -> Facts {
        let bases = self.bases.iter().filter(|(header, _)| units.contains(plan.base(**header)));
        let values = self.values.iter().filter(|(slot, _)| units.contains(slot.index()));
        Facts {
            bases: bases.map(|(header, spot)| (*header, *spot)).collect(),
            cursor: self.cursor.filter(|_| units.contains(plan.cursor())),
            values: values.map(|(slot, value)| (*slot, *value)).collect(),
            addresses: self
                .addresses
                .iter()
                .filter(|(slot, _)| units.contains(slot.index()))
                .map(|(slot, at)| (*slot, *at))
                .collect(),
            length: self.length && units.contains(plan.program.standard.packet_length.index()),
            port: self.port && units.contains(plan.program.standard.ingress_port.index()),
            ..*self
        }
    }

    /// What outlives a cut: no address in a register does.
    pub(super) fn kept(self) -> Facts {
        Facts { addresses: BTreeMap::new(), ..self }
    }

    /// What the parser has no use for any more is forgotten.
    fn behind_parser(self) -> Facts {
        Facts { ether_type: None, least: 0, ..self }
    }

    /// Whether a unit need not be kept in memory.
    pub(super) fn knows(&self, plan: &Plan<'_>, kind: UnitKind) -> bool {
        match kind {
            UnitKind::Slot(slot) if slot == plan.program.standard.packet_length && self.length => true,
            UnitKind::Slot(slot) if slot == plan.program.standard.ingress_port && self.port => true,
            UnitKind::Slot(slot) => self.values.contains_key(&slot),
            UnitKind::Base(header) => self.bases.contains_key(&header),
            UnitKind::Cursor => self.cursor.is_some(),
        }
    }
}

impl Gen<'_, '_> {
    /// An address.
    pub(super) fn spot(&mut self, spot: Spot) -> Value {
        match spot {
            Spot::Nowhere => self.zeros(),
            Spot::Packet(at) => {
                let data = self.regs().data;
                self.a.b.ins().iadd_imm_u(data, i64::from(at))
            }
            Spot::Extra(at) => {
                let extra = self.regs().extra;
                self.a.b.ins().iadd_imm_u(extra, i64::from(at))
            }
        }
    }

    pub(super) fn base_spot(&self, header: HeaderId) -> Option<Spot> {
        self.facts.bases.get(&header).copied()
    }

    pub(super) fn cursor_spot(&self) -> Option<Spot> {
        self.facts.cursor
    }

    /// The header is there now.
    pub(super) fn set_base_spot(&mut self, header: HeaderId, spot: Spot) {
        let base = self.spot(spot);
        self.set_base(header, base);
        self.facts.bases.insert(header, spot);
    }

    pub(super) fn forget_base(&mut self, header: HeaderId) {
        self.facts.bases.remove(&header);
    }

    pub(super) fn set_cursor_spot(&mut self, spot: Spot) {
        let cursor = self.spot(spot);
        self.set_cursor(cursor);
        self.facts.cursor = Some(spot);
    }

    pub(super) fn forget_cursor(&mut self) {
        self.facts.cursor = None;
    }

    pub(super) fn know_value(&mut self, slot: SlotId, value: u64) {
        if self.plan.homes[slot.index()] == Home::Frame && self.plan.program.slot(slot).width <= 64 {
            self.facts.values.insert(slot, value);
        }
    }

    /// The packet was looked at before the parser.
    pub(super) fn know_packet(&mut self, ether_type: u16, least: u32) {
        (self.facts.ether_type, self.facts.least) = (Some(ether_type), least);
    }

    /// Bytes of the packet are written.
    pub(super) fn forget_packet(&mut self) {
        self.facts.ether_type = None;
    }

    /// Whether the packet surely has bytes up to there.
    pub(super) fn reaches(&self, spot: Option<Spot>, bytes: u32) -> bool {
        matches!(spot, Some(Spot::Packet(at)) if at + bytes <= self.facts.least)
    }

    /// Another rewrite is read.
    pub(super) fn forget_addresses(&mut self) {
        self.facts.addresses.clear();
    }

    pub(super) fn know_address(&mut self, slot: SlotId, at: u32) {
        self.facts.addresses.insert(slot, at);
    }

    /// Where in the rewrite that was read last a slot's six bytes are.
    pub(super) fn address_at(&self, slot: SlotId) -> Option<u32> {
        self.facts.addresses.get(&slot).copied()
    }

    /// Sets `packet_length` to the bytes that came in.
    pub(super) fn set_length(&mut self) {
        let length = self.length();
        self.write_slot(self.plan.program.standard.packet_length, &length);
        self.facts.length = true;
    }

    fn length(&mut self) -> Val {
        Val { width: 32, limbs: vec![self.bytes()] }
    }

    /// The length, if that is what a slot holds.
    pub(super) fn known_length(&mut self, slot: SlotId) -> Option<Val> {
        let known = self.facts.length && slot == self.plan.program.standard.packet_length;
        known.then(|| self.length())
    }

    /// Sets `ingress_port` to that of the vector.
    pub(super) fn set_port(&mut self) {
        let at = offset_of!(Context, ingress_port) as i32;
        let port = self.a.b.ins().load(types::I64, steady(), self.context, at);
        let slot = self.plan.program.standard.ingress_port;
        let port =
            self.a.resize(&Val { width: 64, limbs: vec![port] }, self.plan.program.slot(slot).width, false);
        self.write_slot(slot, &port);
        self.facts.port = true;
    }

    /// Whether that is what an operand is.
    pub(super) fn is_port(&self, operand: Operand) -> bool {
        self.facts.port && operand == Operand::Slot(self.plan.program.standard.ingress_port)
    }

    pub(super) fn forget_value(&mut self, slot: SlotId) {
        if slot == self.plan.program.standard.packet_length {
            self.facts.length = false;
        }
        if slot == self.plan.program.standard.ingress_port {
            self.facts.port = false;
        }
        self.facts.values.remove(&slot);
        self.facts.addresses.remove(&slot);
    }

    pub(super) fn expected_spot(&self) -> Option<Spot> {
        self.facts.expected
    }

    pub(super) fn moved_fact(&self) -> Option<bool> {
        self.facts.moved
    }

    /// From here on it is all one what led here: the way is rare.
    pub(super) fn forget_all(&mut self) {
        self.facts = Facts::default();
    }

    /// Something did not stand where it would have had to.
    pub(super) fn has_moved(&mut self) {
        let always = self.a.word(1);
        self.a.b.def_var(self.moved, always);
        (self.facts.moved, self.facts.expected) = (Some(true), None);
    }

    /// A header stood at `spot` when it was emitted, and has so many bytes.
    pub(super) fn emitted(&mut self, spot: Option<Spot>, bytes: Option<u32>) {
        let before = self.facts.expected;
        self.facts.moved = match (self.facts.moved, spot, before) {
            (Some(true), ..) => Some(true),
            (Some(false), Some(spot), Some(expected)) => Some(spot != expected),
            _ => None,
        };
        self.facts.expected = match (before, bytes) {
            (Some(Spot::Packet(at)), Some(bytes)) => Some(Spot::Packet(at + bytes)),
            _ => None,
        };
    }

    /// Does `work` on a way of its own: what it comes to know is not known here.
    pub(super) fn aside<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.facts.clone();
        let result = work(self);
        self.facts = before;
        result
    }

    /// Does `work` that may or may not have been done afterwards.
    pub(super) fn perhaps<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.facts.clone();
        let result = work(self);
        self.facts = self.facts.meet(&before);
        result
    }

    /// Makes every variable of what is known hold it.
    pub(super) fn restore_known(&mut self) {
        let facts = self.facts.clone();
        for (header, spot) in &facts.bases {
            self.set_base_spot(*header, *spot);
        }
        if let Some(spot) = facts.cursor {
            self.set_cursor_spot(spot);
        }
        for (slot, value) in &facts.values {
            self.write_word(*slot, *value);
        }
        if facts.length {
            self.set_length();
        }
        if facts.port {
            self.set_port();
        }
        self.facts = facts;
    }

    /// The value of an operand of at most 64 bits, where it is known.
    pub(super) fn known(&self, operand: Operand) -> Option<u64> {
        let program = self.plan.program;
        match operand {
            Operand::Const(id) => {
                let bits = &program.consts[id.index()];
                if bits.width > 64 {
                    return None;
                }
                Some(bits.value.iter_u64_digits().next().unwrap_or(0))
            }
            Operand::Slot(slot) => match self.plan.homes[slot.index()] {
                Home::Frame => self.facts.values.get(&slot).copied(),
                Home::Wire { header, offset } if program.slot(slot).width <= 64 => {
                    match self.base_spot(header)? {
                        Spot::Nowhere => Some(0),
                        Spot::Packet(at)
                            if at * 8 + offset == ETHER_TYPE && program.slot(slot).width == 16 =>
                        {
                            self.facts.ether_type.map(u64::from)
                        }
                        _ => None,
                    }
                }
                _ => None,
            },
        }
    }

    /// The result of a computation, where it is known.
    pub(super) fn outcome(&self, dst: SlotId, value: &Rvalue) -> Option<u64> {
        let program = self.plan.program;
        let width = program.slot(dst).width;
        if width > 64 {
            return None;
        }
        let narrow =
            |operand: Operand| Some(Narrow { value: self.known(operand)?, width: program.width(operand) });
        let word = match value {
            Rvalue::Use(of) => self.known(*of)?,
            Rvalue::Not(of) => !self.known(*of)?,
            Rvalue::Neg(of) => self.known(*of)?.wrapping_neg(),
            Rvalue::Binary(BinOp::And, a, b) if self.known(*a) == Some(0) || self.known(*b) == Some(0) => 0,
            Rvalue::Binary(op, a, b) => binary64(*op, narrow(*a)?, narrow(*b)?, width),
            Rvalue::Compare(op, a, b) => u64::from(holds64(*op, narrow(*a)?, narrow(*b)?)),
            Rvalue::Concat(high, low) => {
                let (high, low) = (narrow(*high)?, narrow(*low)?);
                high.value.checked_shl(low.width).unwrap_or(0) | low.value
            }
            Rvalue::Slice { of, lo } => self.known(*of)?.checked_shr(*lo).unwrap_or(0),
            Rvalue::Resize { of, signed: false } => self.known(*of)?,
            Rvalue::Resize { of, signed: true } => {
                let of = narrow(*of)?;
                signed64(of.value, of.width) as u64
            }
            Rvalue::Select { cond, then, other } => {
                let chosen = if self.known(*cond)? != 0 { then } else { other };
                self.known(*chosen)?
            }
            Rvalue::Insert { .. }
            | Rvalue::PacketLength
            | Rvalue::Switch { .. }
            | Rvalue::ValueSet { .. } => {
                return None;
            }
        };
        Some(word & mask64(width))
    }

    /// The facts with which a node is made: those that it has a use for, unless there are too many ways to it.
    pub(super) fn facts_for(&mut self, node: Node) -> Facts {
        let mut facts = self.facts.about(self.plan, self.plan.live_in(node));
        if !matches!(self.plan.place(node), Place::Block { code: PARSER, .. }) {
            facts = facts.behind_parser();
        }
        let ways = self.ways.entry((node, self.gathers)).or_default();
        if ways.contains(&facts) {
            return facts;
        }
        let made = self.blocks.len();
        let made_all = self.sites.nodes + made;
        if ways.len() >= MOST_WAYS
            || made >= MOST_NODES
            || made_all >= MOST_NODES_OF_ALL
            || self.sites.facts >= MOST_FACTS_OF_ALL
        {
            return Facts::default();
        }
        ways.insert(facts.clone());
        self.sites.facts += facts.len();
        facts
    }
}
