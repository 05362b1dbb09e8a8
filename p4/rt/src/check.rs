//! Whether a program refers only to what it has: afterwards nothing that runs it needs to test a number.

use crate::error::DeviceError;
use front::ir::{
    ActionCall, Code, Datum, FieldListId, HeaderId, Op, Operand, Program, Rvalue, SlotId, Table, Terminator,
};

/// Wider values would make the buffers of one packet large; no header comes near.
const WIDEST: u32 = 1 << 20;

type Checked = Result<(), DeviceError>;

fn wrong(what: String) -> Checked {
    Err(DeviceError::Program(what))
}

struct Checker<'a> {
    program: &'a Program,
    code: &'a str,
}

pub fn check(program: &Program) -> Checked {
    let checker = Checker { program, code: "the program" };
    checker.scalars()?;
    checker.headers()?;
    checker.standard()?;
    for table in &program.tables {
        Checker { program, code: &table.name }.table(table)?;
    }
    for list in &program.field_lists {
        list.iter().try_for_each(|slot| checker.slot(*slot))?;
    }
    for code in program.codes() {
        Checker { program, code: &code.name }.code(code)?;
    }
    Ok(())
}

impl Checker<'_> {
    fn within(&self, kind: &str, at: usize, many: usize) -> Checked {
        if at < many {
            return Ok(());
        }
        wrong(format!("{} refers to {kind} {at} of {many}", self.code))
    }

    fn slot(&self, slot: SlotId) -> Checked {
        self.within("slot", slot.index(), self.program.slots.len())
    }

    fn slot_of_width(&self, slot: SlotId, width: u32) -> Checked {
        self.slot(slot)?;
        let of = self.program.slot(slot);
        if of.width == width {
            return Ok(());
        }
        wrong(format!("{}: slot '{}' has {} bits, not {width}", self.code, of.name, of.width))
    }

    fn operand(&self, operand: Operand) -> Checked {
        match operand {
            Operand::Slot(slot) => self.slot(slot),
            Operand::Const(id) => self.within("constant", id.index(), self.program.consts.len()),
        }
    }

    fn operands<'b>(&self, mut operands: impl Iterator<Item = &'b Operand>) -> Checked {
        operands.try_for_each(|operand| self.operand(*operand))
    }

    fn header(&self, header: HeaderId) -> Checked {
        self.within("header", header.index(), self.program.headers.len())
    }

    fn list(&self, list: FieldListId) -> Checked {
        self.within("field list", list.index(), self.program.field_lists.len())
    }

    fn scalars(&self) -> Checked {
        let widths = self.program.slots.iter().map(|slot| slot.width);
        let widest = widths.chain(self.program.consts.iter().map(|bits| bits.width)).max().unwrap_or(0);
        if widest > WIDEST {
            return wrong(format!("a value of {widest} bits, the limit is {WIDEST}"));
        }
        match self.program.consts.iter().find(|bits| bits.value.bits() > u64::from(bits.width)) {
            Some(bits) => wrong(format!("constant {} has more than {} bits", bits.value, bits.width)),
            None => Ok(()),
        }
    }

    fn headers(&self) -> Checked {
        for header in &self.program.headers {
            self.slot(header.valid)?;
            header.union_others.iter().try_for_each(|other| self.header(*other))?;
            for field in &header.fields {
                self.slot_of_width(field.slot, field.width)?;
                field.length.map_or(Ok(()), |slot| self.slot(slot))?;
            }
        }
        Ok(())
    }

    fn standard(&self) -> Checked {
        let s = &self.program.standard;
        let ports =
            [s.ingress_port, s.egress_spec, s.egress_port, s.instance_type, s.packet_length, s.enq_timestamp];
        let queue = [s.enq_qdepth, s.deq_timedelta, s.deq_qdepth, s.ingress_global_timestamp];
        let rest = [
            s.egress_global_timestamp,
            s.mcast_grp,
            s.egress_rid,
            s.checksum_error,
            s.parser_error,
            s.priority,
        ];
        ports.iter().chain(&queue).chain(&rest).try_for_each(|slot| self.slot(*slot))
    }

    fn table(&self, table: &Table) -> Checked {
        for key in &table.keys {
            self.slot_of_width(key.slot, key.ty.width)?;
        }
        for action in &table.actions {
            self.within("action", action.action.index(), self.program.actions.len())?;
            let params = &self.program.actions[action.action.index()].params;
            if params.len() != action.params.len() {
                return wrong(format!("{}: parameters of an action have no slots", self.code));
            }
            for (slot, param) in action.params.iter().zip(params) {
                self.slot_of_width(*slot, param.ty.width)?;
            }
        }
        self.call(table, &table.default_action)?;
        table.entries.iter().try_for_each(|entry| self.call(table, &entry.call))?;
        let direct = |id: Option<usize>, kind, many| id.map_or(Ok(()), |at| self.within(kind, at, many));
        direct(table.counter.map(|id| id.index()), "direct counter", self.program.direct_counters.len())?;
        direct(table.meter.map(|id| id.index()), "direct meter", self.program.direct_meters.len())?;
        direct(table.profile.map(|id| id.index()), "action profile", self.program.profiles.len())
    }

    fn call(&self, table: &Table, call: &ActionCall) -> Checked {
        self.within("action", call.action as usize, table.actions.len())
    }

    fn code(&self, code: &Code) -> Checked {
        for block in &code.blocks {
            block.ops.iter().try_for_each(|op| self.op(op))?;
            self.terminator(code, &block.terminator)?;
        }
        Ok(())
    }

    fn terminator(&self, code: &Code, terminator: &Terminator) -> Checked {
        let block = |to: front::ir::BlockId| self.within("block", to.index(), code.blocks.len());
        match terminator {
            Terminator::Goto(to) => block(*to),
            Terminator::Branch { cond, then, other } => {
                self.operand(*cond)?;
                block(*then)?;
                block(*other)
            }
            Terminator::Switch { on, cases, default } => {
                self.operand(*on)?;
                block(*default)?;
                cases.iter().try_for_each(|(value, to)| {
                    self.operand(Operand::Const(*value))?;
                    block(*to)
                })
            }
            Terminator::Apply { table, hit, actions } => {
                self.within("table", table.index(), self.program.tables.len())?;
                hit.map_or(Ok(()), |slot| self.slot(slot))?;
                if actions.len() != self.program.tables[table.index()].actions.len() {
                    return wrong(format!("{}: an apply has not one block for each action", self.code));
                }
                actions.iter().try_for_each(|to| block(*to))
            }
            Terminator::Reject { error } => self.operand(*error),
            Terminator::End => Ok(()),
        }
    }

    fn rvalue(&self, value: &Rvalue) -> Checked {
        match value {
            Rvalue::Use(a) | Rvalue::Not(a) | Rvalue::Neg(a) => self.operand(*a),
            Rvalue::Binary(_, a, b) | Rvalue::Compare(_, a, b) | Rvalue::Concat(a, b) => {
                self.operands([a, b].into_iter())
            }
            Rvalue::Slice { of, .. } | Rvalue::Resize { of, .. } => self.operand(*of),
            Rvalue::Insert { into, value, .. } => self.operands([into, value].into_iter()),
            Rvalue::Select { cond, then, other } => self.operands([cond, then, other].into_iter()),
            Rvalue::PacketLength => Ok(()),
            Rvalue::Switch { what, args } => {
                if what.widths().1.len() != args.len() {
                    return wrong(format!("{}: {} with {} arguments", self.code, what.name(), args.len()));
                }
                self.operands(args.iter())
            }
            Rvalue::ValueSet { set, keys } => {
                self.within("value set", set.index(), self.program.value_sets.len())?;
                let expected = self.program.value_sets[set.index()].keys.len();
                if keys.len() != expected {
                    return wrong(format!(
                        "{}: a value set is asked with {} of {expected} keys",
                        self.code,
                        keys.len()
                    ));
                }
                self.operands(keys.iter())
            }
        }
    }

    fn data(&self, data: &[Datum]) -> Checked {
        for datum in data {
            self.operand(datum.value)?;
            datum.valid.map_or(Ok(()), |slot| self.slot(slot))?;
            datum.length.map_or(Ok(()), |slot| self.slot(slot))?;
        }
        Ok(())
    }

    fn op(&self, op: &Op) -> Checked {
        let program = self.program;
        match op {
            Op::Set { dst, value } => {
                self.slot(*dst)?;
                self.rvalue(value)
            }
            Op::SetValid(header) | Op::SetInvalid(header) | Op::Emit(header) => self.header(*header),
            Op::Extract { header, varbit } => {
                self.header(*header)?;
                self.operands(varbit.iter())
            }
            Op::Lookahead { dst } => self.slot(*dst),
            Op::Advance { bits: of } | Op::Truncate { bytes: of } | Op::Assert { cond: of, .. } => {
                self.operand(*of)
            }
            Op::Count { counter, index } => {
                self.within("counter", counter.index(), program.counters.len())?;
                self.operand(*index)
            }
            Op::ExecuteMeter { meter, index, dst } => {
                self.within("meter", meter.index(), program.meters.len())?;
                self.slot(*dst)?;
                self.operand(*index)
            }
            Op::ReadDirectMeter { meter, dst } => {
                self.within("direct meter", meter.index(), program.direct_meters.len())?;
                self.slot(*dst)
            }
            Op::ReadRegister { register, index, dst } => {
                self.within("register", register.index(), program.registers.len())?;
                self.slot(*dst)?;
                self.operand(*index)
            }
            Op::WriteRegister { register, index, value } => {
                self.within("register", register.index(), program.registers.len())?;
                self.operands([index, value].into_iter())
            }
            Op::Random { dst, lo, hi } => {
                self.slot(*dst)?;
                self.operands([lo, hi].into_iter())
            }
            _ => self.compound(op),
        }
    }

    fn compound(&self, op: &Op) -> Checked {
        match op {
            Op::Hash { dst, base, data, max, .. } => {
                self.slot(*dst)?;
                self.operands([base, max].into_iter())?;
                self.data(data)
            }
            Op::VerifyChecksum { cond, data, sum, .. } => {
                self.operands([cond, sum].into_iter())?;
                self.data(data)
            }
            Op::UpdateChecksum { cond, data, dst, .. } => {
                self.operand(*cond)?;
                self.slot(*dst)?;
                self.data(data)
            }
            Op::Checksum16 { dst, data } => {
                self.slot(*dst)?;
                self.data(data)
            }
            Op::Digest { digest, receiver, values } => {
                self.within("digest", digest.index(), self.program.digests.len())?;
                self.operand(*receiver)?;
                self.operands(values.iter())
            }
            Op::Clone { session, keep, .. } => {
                self.list(*keep)?;
                self.operand(*session)
            }
            Op::Resubmit { keep } | Op::Recirculate { keep } => self.list(*keep),
            Op::Log { args, .. } => self.operands(args.iter()),
            Op::Verdict { why, argument, .. } => self.operands([why, argument].into_iter()),
            _ => Ok(()),
        }
    }
}
