//! Ends of codes: the traffic manager's decisions, and the ways out of compiled code.

use super::Gen;
use super::packets::{CURSOR, EXIT, FLAGS, INSTANCE, MOVED, PIECES};
use crate::abi::{Context, Exit, special};
use crate::emit::Entry;
use crate::plan::{COMPUTE, DEPARSER, EGRESS, INGRESS, PARSER, UnitKind};
use crate::values::Val;
use crate::wire::flags;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use front::ir::{Operand, SlotId};
use std::mem::offset_of;

impl Gen<'_, '_> {
    pub(super) fn done(&mut self, code: usize) {
        if self.plan.atomic {
            self.end_gate();
        }
        match code {
            PARSER if self.entry == Entry::Reparse => {
                let always = self.a.word(1);
                self.leave_whole_if(always, Exit::AfterIngress);
                // Never reached; a block needs an end.
                self.next_packet();
            }
            INGRESS => self.after_ingress(),
            EGRESS => self.after_egress(),
            COMPUTE => {
                if !self.plan.wire_deparser {
                    self.call_special(special::BEGIN_DEPARSER);
                }
                self.go(self.plan.entry(DEPARSER));
            }
            DEPARSER => self.after_deparser(),
            _ => self.go(self.plan.entry(code + 1)),
        }
    }

    fn after_ingress(&mut self) {
        let standard = self.plan.program.standard;
        if self.plan.leaves_ingress {
            let asked = self.flags();
            let group = self.read_slot(standard.mcast_grp).limbs[0];
            let asked = self.a.b.ins().bor(asked, group);
            self.leave_whole_if(asked, Exit::AfterIngress);
        }
        let spec = standard.egress_spec;
        if let Some(word) = self.known(Operand::Slot(spec)) {
            if word == u64::from(self.inputs.drop_port) {
                return self.leave(Exit::Dropped);
            }
            self.write_word(standard.egress_port, word);
            self.begin_egress();
            return self.go(self.plan.entry(EGRESS));
        }
        let port = self.read_slot(spec);
        let dropped =
            self.a.b.ins().icmp_imm_u(IntCC::Equal, port.limbs[0], i64::from(self.inputs.drop_port));
        self.leave_if(dropped, Exit::Dropped);
        self.write_slot(standard.egress_port, &port);
        self.begin_egress();
        self.go(self.plan.entry(EGRESS));
    }

    /// What the traffic manager sets of a packet that goes to one port.
    fn begin_egress(&mut self) {
        let standard = self.plan.program.standard;
        let entry = self.plan.entry(EGRESS);
        let live = |slot: SlotId| self.plan.live_in(entry).contains(slot.index());
        let zero = [standard.egress_spec, standard.enq_qdepth, standard.deq_timedelta, standard.deq_qdepth];
        let zero: Vec<SlotId> = zero.into_iter().filter(|slot| live(*slot)).collect();
        let now = [standard.egress_global_timestamp, standard.enq_timestamp];
        let now: Vec<SlotId> = now.into_iter().filter(|slot| live(*slot)).collect();
        let (instance, length) = (live(standard.instance_type), live(standard.packet_length));
        zero.into_iter().for_each(|slot| self.write_word(slot, 0));
        now.into_iter().for_each(|slot| self.write_now(slot));
        if instance {
            let value = self.load_packet(INSTANCE);
            self.write_slot(standard.instance_type, &Val { width: 32, limbs: vec![value] });
        }
        if length {
            self.set_length();
        }
    }

    fn call_special(&mut self, number: u64) {
        let cursor = self.cursor();
        self.store_packet(CURSOR, cursor);
        let number = self.a.word(number);
        self.call_host(offset_of!(Context, run_op), number);
    }

    fn write_now(&mut self, slot: SlotId) {
        let context = self.context;
        let now = self.a.b.ins().load(types::I64, flags(), context, offset_of!(Context, now) as i32);
        let width = self.plan.program.slot(slot).width;
        let now = self.a.resize(&Val { width: 64, limbs: vec![now] }, width, false);
        self.write_slot(slot, &now);
    }

    fn after_egress(&mut self) {
        let standard = self.plan.program.standard;
        if self.plan.leaves_egress {
            let asked = self.flags();
            self.leave_whole_if(asked, Exit::AfterEgress);
        }
        if let Some(word) = self.known(Operand::Slot(standard.egress_spec)) {
            return match word == u64::from(self.inputs.drop_port) {
                true => self.leave(Exit::DroppedByEgress),
                false => self.go(self.plan.entry(EGRESS + 1)),
            };
        }
        let port = self.read_slot(standard.egress_spec).limbs[0];
        let dropped = self.a.b.ins().icmp_imm_u(IntCC::Equal, port, i64::from(self.inputs.drop_port));
        self.leave_if(dropped, Exit::DroppedByEgress);
        self.go(self.plan.entry(EGRESS + 1));
    }

    /// What was emitted may stand in the packet already, and the payload right behind it: then there is nothing to do.
    fn after_deparser(&mut self) {
        if !self.gathers {
            self.keep_recirculated();
        }
        let port = self.read_slot(self.plan.program.standard.egress_port).limbs[0];
        if !self.plan.wire_deparser {
            self.call_special(special::END_DEPARSER);
            return self.leave_by(port);
        }
        let stays = match (self.moved_fact(), self.cursor_spot(), self.expected_spot()) {
            (Some(false), Some(cursor), Some(expected)) => Some(cursor == expected),
            (Some(true), ..) => Some(false),
            _ => None,
        };
        if self.plan.pure_deparser && !self.gathers {
            match stays {
                // A record begins as one that has not moved.
                Some(true) => return self.leave_by(port),
                Some(false) => {
                    self.gathers = true;
                    self.has_moved();
                    self.go(self.plan.entry(DEPARSER));
                    self.gathers = false;
                    return;
                }
                None => {}
            }
        }
        let cursor = self.cursor();
        if self.plan.pure_deparser && !self.gathers {
            let moved = self.has_moved_before(cursor);
            let stays = self.a.b.create_block();
            self.gathers = true;
            let again = self.aside(|g| {
                g.has_moved();
                g.target(g.plan.entry(DEPARSER))
            });
            self.gathers = false;
            self.a.b.ins().brif(moved, again, &[], stays, &[]);
            self.a.b.switch_to_block(stays);
            let unmoved = self.a.word(0);
            self.store_packet(MOVED, unmoved);
        } else {
            let moved = match self.moved_fact() {
                Some(true) => self.a.word(1),
                _ => {
                    let moved = self.has_moved_before(cursor);
                    let moved = self.a.b.ins().icmp_imm_u(IntCC::NotEqual, moved, 0);
                    self.a.b.ins().uextend(types::I64, moved)
                }
            };
            self.store_packet(MOVED, moved);
            let pieces = self.a.b.use_var(self.pieces);
            self.store_packet(PIECES, pieces);
            self.store_packet(CURSOR, cursor);
        }
        self.leave_by(port);
    }

    /// Of a packet that is to be recirculated: the fields that it is to keep go into the frame.
    fn keep_recirculated(&mut self) {
        let plan = self.plan;
        if plan.recirculated.is_empty() {
            return;
        }
        let asked = self.flags();
        let (kept, after) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(kept);
        self.a.b.ins().brif(asked, kept, &[], after, &[]);
        self.a.b.switch_to_block(kept);
        plan.recirculated.iter().for_each(|slot| self.spill_slot(*slot));
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
    }

    /// Not zero if something stood elsewhere, or the payload does.
    fn has_moved_before(&mut self, payload: Value) -> Value {
        let expected = self.a.b.use_var(self.expected);
        let short = self.a.b.ins().bxor(payload, expected);
        let moved = self.a.b.use_var(self.moved);
        self.a.b.ins().bor(moved, short)
    }

    fn flags(&mut self) -> Value {
        self.load_packet(FLAGS)
    }

    /// The packet leaves; goes on in a new block where it does not.
    pub(super) fn leave_if(&mut self, cond: Value, exit: Exit) {
        let (gone, stays) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.ins().brif(cond, gone, &[], stays, &[]);
        self.a.b.switch_to_block(gone);
        self.leave(exit);
        self.a.b.switch_to_block(stays);
    }

    pub(super) fn leave(&mut self, exit: Exit) {
        let exit = self.a.word(exit as u64);
        self.store_packet(EXIT, exit);
        self.next_packet();
    }

    /// Leaves with everything that the traffic manager may want in the frame.
    fn leave_whole_if(&mut self, cond: Value, exit: Exit) {
        let (gone, stays) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(gone);
        self.a.b.ins().brif(cond, gone, &[], stays, &[]);
        self.a.b.switch_to_block(gone);
        for (index, slot) in self.plan.program.slots.iter().enumerate() {
            use front::ir::SlotKind;
            let kept = matches!(
                slot.kind,
                SlotKind::Field | SlotKind::State | SlotKind::Metadata | SlotKind::Standard
            );
            if kept {
                self.spill_slot(SlotId(index as u32));
            }
        }
        for unit in self.plan.whole_state().iter().collect::<Vec<_>>() {
            if let UnitKind::Cursor = self.plan.kind(unit) {
                let cursor = self.cursor();
                self.store_packet(CURSOR, cursor);
            }
        }
        self.leave(exit);
        self.a.b.switch_to_block(stays);
    }
}
