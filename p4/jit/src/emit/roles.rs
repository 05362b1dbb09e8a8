//! What the switch has behind a program: values of swerve.p4, routes, rewrites.

use super::packets::{ARGUMENT, DATA, LENGTH, PATH, WHY};
use super::{Gen, Node};
use crate::abi::{Calls, Context, WHY_DROP, Waiting};
use crate::plan::Home;
use crate::values::Val;
use crate::wire::{flags, steady};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use fib::{Neighbor, PathSlot};
use front::ir::{BlockId, HeaderId, MatchKind, Op, Operand, SlotId, SwitchValue, TableId};
use rt::around::PortRow;
use rt::role::{MACS, MACS_AND_TAG};
use std::mem::offset_of;

impl Gen<'_, '_> {
    fn of_context(&mut self, offset: usize) -> Value {
        let context = self.context;
        self.a.b.ins().load(types::I64, steady(), context, offset as i32)
    }

    /// Whether a value is read here; the rest is left to the host.
    pub(super) fn knows(&self, what: SwitchValue) -> bool {
        match what {
            SwitchValue::Mac | SwitchValue::Interface | SwitchValue::Vrf => true,
            SwitchValue::PathLive => self.plan.roles.iter().any(Option::is_some),
            SwitchValue::FlowHash => false,
        }
    }

    pub(super) fn switch_value(&mut self, dst: SlotId, what: SwitchValue, args: &[Operand]) {
        // Most frames have no tag.
        if what == SwitchValue::Interface && self.known(args[1]) == Some(0) {
            let value = match self.is_port(args[0]) {
                true => self.of_vector(offset_of!(Context, interface)),
                false => {
                    let port = self.read(args[0]).limbs[0];
                    let row = self.port_row(port);
                    self.of_row(row, offset_of!(PortRow, untagged))
                }
            };
            return self.write_slot(dst, &Val { width: 16, limbs: vec![value] });
        }
        if what == SwitchValue::Mac && self.is_port(args[0]) {
            let value = self.of_vector(offset_of!(Context, mac));
            let value = self.a.b.ins().bswap(value);
            return self.write_slot(dst, &Val { width: what.widths().0, limbs: vec![value] });
        }
        let args: Vec<Value> = args.iter().map(|arg| self.read(*arg).limbs[0]).collect();
        let value = match what {
            SwitchValue::Mac => {
                let row = self.port_row(args[0]);
                self.a.b.ins().load(types::I64, steady(), row, offset_of!(PortRow, mac) as i32)
            }
            SwitchValue::Interface => self.interface(args[0], args[1]),
            SwitchValue::Vrf => {
                let vrfs = self.of_context(offset_of!(Context, vrfs));
                let at = self.a.b.ins().ishl_imm_u(args[0], 1);
                let at = self.a.b.ins().iadd(vrfs, at);
                self.a.b.ins().uload16(types::I64, flags(), at, 0)
            }
            SwitchValue::PathLive => {
                let slot = self.path_slot(args[0]);
                let causes = self.a.b.ins().uload32(flags(), slot, PathSlot::CAUSES as i32);
                let live = self.a.b.ins().icmp_imm_u(IntCC::Equal, causes, 0);
                self.a.b.ins().uextend(types::I64, live)
            }
            SwitchValue::FlowHash => unreachable!("the host's: knows"),
        };
        self.write_slot(dst, &Val { width: what.widths().0, limbs: vec![value] });
    }

    /// Of the packet as it came in: it still is what it was.
    pub(super) fn flow_hash(&mut self, dst: SlotId) {
        let (data, bytes) = (self.load_packet(DATA), self.load_packet(LENGTH));
        let hash = self.call(offset_of!(Calls, flow), [data, bytes, bytes, bytes]);
        self.write_slot(dst, &Val { width: SwitchValue::FlowHash.widths().0, limbs: vec![hash] });
    }

    /// A port has 9 bits, and there are as many rows.
    fn port_row(&mut self, port: Value) -> Value {
        let rows = self.of_context(offset_of!(Context, ports));
        let at = self.a.b.ins().imul_imm_u(port, size_of::<PortRow>() as i64);
        self.a.b.ins().iadd(rows, at)
    }

    /// Read where it is compared: moved out of the loop it would be in the way of what changes.
    fn of_vector(&mut self, offset: usize) -> Value {
        self.a.b.ins().load(types::I64, flags(), self.context, offset as i32)
    }

    /// 32 bits of it. (Of loads that extend Cranelift moves none out of a loop.)
    fn of_row(&mut self, row: Value, at: usize) -> Value {
        let value = self.a.b.ins().load(types::I32, steady(), row, at as i32);
        self.a.b.ins().uextend(types::I64, value)
    }

    /// A VLAN id has 12 bits, and each port as many places.
    fn interface(&mut self, port: Value, vlan: Value) -> Value {
        let row = self.port_row(port);
        let untagged = self.of_row(row, offset_of!(PortRow, untagged));
        let first = self.of_row(row, offset_of!(PortRow, vlans));
        let at = self.a.b.ins().iadd(first, vlan);
        let at = self.a.b.ins().ishl_imm_u(at, 1);
        let vlans = self.of_context(offset_of!(Context, vlans));
        let at = self.a.b.ins().iadd(vlans, at);
        let tagged = self.a.b.ins().uload16(types::I64, flags(), at, 0);
        let bare = self.a.b.ins().icmp_imm_u(IntCC::Equal, vlan, 0);
        self.a.b.ins().select(bare, untagged, tagged)
    }

    /// A path has 16 bits, and there are as many slots.
    fn path_slot(&mut self, path: Value) -> Value {
        let slots = self.of_context(offset_of!(Context, paths));
        let at = self.a.b.ins().imul_imm_u(path, size_of::<PathSlot>() as i64);
        self.a.b.ins().iadd(slots, at)
    }

    /// Why the packet is punted or dropped.
    pub(super) fn verdict(&mut self, drop: bool, why: Operand, argument: Operand) {
        let (mut why, argument) = (self.read(why).limbs[0], self.read(argument).limbs[0]);
        if drop {
            why = self.a.b.ins().bor_imm_u(why, i64::from(WHY_DROP));
        }
        self.store_packet(WHY, why);
        self.store_packet(ARGUMENT, argument);
        let yes = self.a.word(1);
        self.a.b.ins().store(flags(), yes, self.context, offset_of!(Context, reasoned) as i32);
    }

    pub(super) fn spill_keys(&mut self, table: TableId) {
        let plan = self.plan;
        let selects = plan.role(table).is_some();
        for key in &plan.program.tables[table.index()].keys {
            if !(selects && key.kind == MatchKind::Selector) {
                self.spill_slot(key.slot);
            }
        }
    }

    /// A key waits for the lookup of the whole vector, as [`rt::table::Shape::gather`] would make it; what selects members is in
    /// the frame.
    pub(super) fn keep_key(&mut self, table: TableId) {
        let plan = self.plan;
        let shape = plan.table_shape(table);
        let mut words: Vec<Option<Value>> = vec![None; shape.key_words];
        for (key, field) in plan.program.tables[table.index()].keys.iter().zip(&shape.keys) {
            if key.kind == MatchKind::Selector {
                self.spill_slot(key.slot);
                continue;
            }
            let value = self.read_slot(key.slot);
            for (word, limb) in words[field.at..field.at + field.words].iter_mut().zip(value.limbs) {
                let limb = self.a.b.ins().ishl_imm_u(limb, i64::from(field.shift));
                *word = Some(word.map_or(limb, |word| self.a.b.ins().bor(word, limb)));
            }
        }
        let to = self.handed();
        for (at, word) in words.into_iter().enumerate() {
            if let Some(word) = word {
                self.a.b.ins().store(flags(), word, to, at as i32 * 8);
            }
        }
    }

    /// What the packet and its lookup hand to each other.
    pub(super) fn handed(&mut self) -> Value {
        let all = self.of_context(offset_of!(Context, handed));
        let index = self.regs().index;
        let at = self.a.b.ins().imul_imm_u(index, self.plan.handed.all as i64 * 8);
        self.a.b.ins().iadd(all, at)
    }

    /// An address waits for the lookup of the whole vector, at its place of a site's list, with its VRF where the table has one.
    pub(super) fn keep_route_key(&mut self, table: TableId, site: usize, place: Value) {
        let plan = self.plan;
        let keys = &plan.program.tables[table.index()].keys;
        let mut keys = keys.iter().filter(|key| key.kind != MatchKind::Selector);
        if plan.role(table).is_some_and(|bound| bound.vrf)
            && let Some(vrf) = keys.next()
        {
            let vrf = self.read_slot(vrf.slot).limbs[0];
            let at = self.element(place, 1);
            self.a.b.ins().istore16(flags(), vrf, at, (site + offset_of!(Waiting, vrfs)) as i32);
        }
        let Some(key) = keys.next() else { return };
        let address = self.read_slot(key.slot);
        let keys = (site + offset_of!(Waiting, keys)) as i32;
        if let [address] = address.limbs[..] {
            let at = self.element(place, 2);
            // Of a number that was made longer Cranelift finds the short one, which a store that shortens does not look for.
            let address = self.a.b.ins().ireduce(types::I32, address);
            self.a.b.ins().store(flags(), address, at, keys);
            return;
        }
        let at = self.element(place, 4);
        for (limb, value) in address.limbs.iter().enumerate() {
            self.a.b.ins().store(flags(), *value, at, keys + limb as i32 * 8);
        }
    }

    /// The rewrite of a path, read where it is; what has none goes on as the table's default has it.
    pub(super) fn rewrite(&mut self, code: usize, table: TableId, hit: Option<SlotId>, actions: &[BlockId]) {
        let plan = self.plan;
        let Some(bound) = plan.role(table) else { return };
        let path = self.read_slot(plan.program.tables[table.index()].keys[0].slot).limbs[0];
        let slot = self.path_slot(path);
        let number = self.a.b.ins().uload32(flags(), slot, PathSlot::NEIGHBOR as i32);
        let (found, missing) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(missing);
        self.a.b.ins().brif(number, found, &[], missing, &[]);
        self.a.b.switch_to_block(found);
        let neighbors = self.of_context(offset_of!(Context, neighbors));
        let at = self.a.b.ins().imul_imm_u(number, size_of::<Neighbor>() as i64);
        let neighbor = self.a.b.ins().iadd(neighbors, at);
        self.a.b.def_var(self.neighbor, neighbor);
        self.forget_addresses();
        let length = offset_of!(Neighbor, header_len) as i32;
        let length = self.a.b.ins().uload8(types::I64, flags(), neighbor, length);
        for (place, bytes) in [MACS, MACS_AND_TAG].into_iter().enumerate() {
            let Some(action) = bound.action(place) else { continue };
            let (this, other) = (self.a.b.create_block(), self.a.b.create_block());
            let same = self.a.b.ins().icmp_imm_u(IntCC::Equal, length, bytes as i64);
            self.a.b.ins().brif(same, this, &[], other, &[]);
            self.a.b.switch_to_block(this);
            self.store_packet(PATH, path);
            self.aside(|g| {
                if let Some(hit) = hit {
                    g.write_word(hit, 1);
                }
                let node = plan.node(code, actions[action.index as usize]);
                let params = &plan.program.tables[table.index()].actions[action.index as usize].params;
                for (slot, which) in params.iter().zip(&action.params) {
                    g.neighbor_param(neighbor, *slot, *which, node);
                }
                g.go(node);
            });
            self.a.b.switch_to_block(other);
        }
        self.a.b.ins().jump(missing, &[]);
        self.a.b.switch_to_block(missing);
        self.apply_rarely(code, table, hit, actions);
    }

    /// A MAC address of a rewrite goes to its field as the bytes that it is.
    pub(super) fn copy_address(&mut self, dst: SlotId, from: SlotId) -> bool {
        let Some((header, to, from)) = self.address_copy(dst, from) else { return false };
        self.copy_rewrite(header, to, from, &[(types::I32, 0), (types::I16, 4)]);
        true
    }

    /// Two of them that follow each other, there and here, go together.
    pub(super) fn copy_addresses(&mut self, op: &Op, next: &Op) -> bool {
        let copy = |g: &Self, op: &Op| match op {
            Op::Set { dst, value } => match g.copied(value)? {
                Operand::Slot(from) => g.address_copy(*dst, from),
                Operand::Const(_) => None,
            },
            _ => None,
        };
        let (Some((header, to, from)), Some(second)) = (copy(self, op), copy(self, next)) else {
            return false;
        };
        if second != (header, to + 6, from + 6) {
            return false;
        }
        self.copy_rewrite(header, to, from, &[(types::I64, 0), (types::I32, 8)]);
        true
    }

    /// The header of an address, its byte there, and its byte in the rewrite, if one is copied to the other.
    fn address_copy(&self, dst: SlotId, from: SlotId) -> Option<(HeaderId, u32, u32)> {
        let from = self.address_at(from)?;
        let Home::Wire { header, offset } = self.plan.homes[dst.index()] else { return None };
        let whole = offset.is_multiple_of(8) && self.plan.program.slot(dst).width == 48;
        whole.then_some((header, offset / 8, from))
    }

    fn copy_rewrite(&mut self, header: HeaderId, to: u32, from: u32, parts: &[(Type, u32)]) {
        self.ensure_placed(header);
        let (base, neighbor) = (self.base(header), self.a.b.use_var(self.neighbor));
        for (ty, part) in parts {
            let bytes = self.a.b.ins().load(*ty, steady(), neighbor, (from + part) as i32);
            self.a.b.ins().store(flags(), bytes, base, (to + part) as i32);
        }
    }

    /// A parameter by its place in [`front::ir::Role::actions`].
    fn neighbor_param(&mut self, neighbor: Value, slot: SlotId, which: usize, node: Node) {
        if !self.plan.live_in(node).contains(slot.index()) && !self.plan.is_wire(slot) {
            return;
        }
        let number = |at: usize| (at, None);
        let header = |from: usize, bits: u32| (offset_of!(Neighbor, header) + from, Some(bits));
        let (at, bits) = match which {
            0 => number(offset_of!(Neighbor, port)),
            1 => number(offset_of!(Neighbor, interface)),
            2 => number(offset_of!(Neighbor, mtu)),
            3 => header(0, 48),
            4 => header(6, 48),
            // Behind the tag's EtherType.
            _ => header(14, 16),
        };
        let value = match bits {
            None => {
                let value = self.a.b.ins().uload16(types::I64, flags(), neighbor, at as i32);
                let width = self.plan.program.slot(slot).width;
                self.a.resize(&Val { width: 64, limbs: vec![value] }, width, false)
            }
            Some(bits) => self.a.load_field(neighbor, at as u32 * 8, bits),
        };
        self.write_slot(slot, &value);
        if bits == Some(48) {
            self.know_address(slot, at as u32);
        }
    }
}
