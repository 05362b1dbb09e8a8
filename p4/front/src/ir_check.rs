//! Whether a flat program keeps the rules of `ir`: for tests, and after each pass in debug builds.

use crate::ir::{
    Block, BlockId, CmpOp, Code, Datum, HeaderId, KeyMatch, Op, Operand, Program, Rvalue, SlotId, SlotKind,
    Terminator,
};

/// Problems that are reported at most.
const MOST_PROBLEMS: usize = 20;

/// Everything that is wrong with a program, or nothing.
pub fn check(program: &Program) -> Result<(), Vec<String>> {
    let mut checker = Checker { program, place: String::new(), part: "", problems: vec![] };
    checker.declarations();
    if checker.problems.is_empty() {
        checker.tables();
        for (part, code) in
            ["parser", "verify", "ingress", "egress", "compute", "deparser"].iter().zip(program.codes())
        {
            checker.part = part;
            checker.code(code);
        }
    }
    if checker.problems.is_empty() { Ok(()) } else { Err(checker.problems) }
}

struct Checker<'a> {
    program: &'a Program,
    place: String,
    part: &'static str,
    problems: Vec<String>,
}

impl Checker<'_> {
    fn require(&mut self, good: bool, what: impl FnOnce() -> String) -> bool {
        if !good && self.problems.len() < MOST_PROBLEMS {
            let place = &self.place;
            self.problems.push(format!("{place}{}{}", if place.is_empty() { "" } else { ": " }, what()));
        }
        good
    }

    fn slot_is(&mut self, slot: SlotId, width: u32, what: &str) {
        let found = self.program.slots.get(slot.index()).map(|slot| slot.width);
        self.require(found == Some(width), || {
            format!("{what}: slot {} has {found:?} bits, not {width}", slot.0)
        });
    }

    fn declarations(&mut self) {
        let program = self.program;
        for (at, slot) in program.slots.iter().enumerate() {
            self.require(slot.width > 0, || format!("slot {at} {} has no bits", slot.name));
        }
        for (at, bits) in program.consts.iter().enumerate() {
            self.require(bits.value.bits() <= u64::from(bits.width), || {
                format!("constant {at} has more than {} bits", bits.width)
            });
        }
        let mut locals = false;
        for header in &program.headers {
            self.slot_is(header.valid, 1, &format!("validity of {}", header.name));
            let mut end = 0;
            let mut fixed = 0;
            for field in &header.fields {
                self.slot_is(field.slot, field.width, &format!("{}.{}", header.name, field.name));
                self.require(field.offset == end, || format!("{}.{} has a gap", header.name, field.name));
                end += field.width;
                match field.length {
                    Some(length) => self.slot_is(length, crate::ir::LENGTH_WIDTH, &header.name),
                    None => fixed += field.width,
                }
            }
            self.require(fixed == header.fixed_bits, || format!("{} has {fixed} fixed bits", header.name));
            for other in &header.union_others {
                let mutual = program.headers.get(other.index()).is_some_and(|other| {
                    other.union_others.iter().any(|id| program.headers[id.index()].valid == header.valid)
                });
                self.require(mutual, || format!("{} is no member of its union", header.name));
            }
            let kind = program.slots.get(header.valid.index()).map(|slot| slot.kind);
            let of_packet = kind == Some(SlotKind::State);
            self.require(!(of_packet && locals), || format!("{} stands behind local headers", header.name));
            locals |= !of_packet;
        }
        for stack in &program.stacks {
            self.slot_is(stack.next, 32, &stack.name);
            for element in &stack.elements {
                self.header(*element);
            }
            let size = stack.size as usize;
            let even = if size == 0 { stack.elements.is_empty() } else { stack.elements.len() % size == 0 };
            self.require(even, || {
                format!("{} has not the same number of headers in each element", stack.name)
            });
        }
        self.require(program.field_lists.first().is_some_and(Vec::is_empty), || {
            "field list 0 is not empty".to_owned()
        });
        for slot in program.field_lists.iter().flatten() {
            self.require(slot.index() < program.slots.len(), || "a field list has no such slot".to_owned());
        }
    }

    fn header(&mut self, id: HeaderId) {
        self.require(id.index() < self.program.headers.len(), || format!("no header {}", id.0));
    }

    fn tables(&mut self) {
        let program = self.program;
        for table in &program.tables {
            self.place = format!("table {}", table.name);
            for key in &table.keys {
                self.slot_is(key.slot, key.ty.width, &key.name);
            }
            for action in &table.actions {
                let Some(declared) = program.actions.get(action.action.index()) else {
                    self.require(false, || format!("no action {}", action.action.0));
                    continue;
                };
                self.require(declared.params.len() == action.params.len(), || {
                    format!("{}: parameters and slots differ in number", declared.name)
                });
                for (param, slot) in declared.params.iter().zip(&action.params) {
                    self.slot_is(*slot, param.ty.width, &param.name);
                }
            }
            let calls = table.entries.iter().map(|entry| &entry.call).chain([&table.default_action]);
            for call in calls {
                let action = table.actions.get(call.action as usize);
                let action = action.and_then(|action| program.actions.get(action.action.index()));
                let fits = action.is_some_and(|action| {
                    action.params.len() == call.args.len()
                        && action
                            .params
                            .iter()
                            .zip(&call.args)
                            .all(|(param, bits)| param.ty.width == bits.width)
                });
                self.require(fits, || format!("call of action {} does not fit", call.action));
            }
            for entry in &table.entries {
                self.require(entry.keys.len() == table.keys.len(), || "an entry's keys".to_owned());
                for (key, of) in entry.keys.iter().zip(&table.keys) {
                    let width = of.ty.width;
                    let fits = match key {
                        KeyMatch::Exact(bits) | KeyMatch::Optional(bits) => bits.width == width,
                        KeyMatch::Lpm { value, length } => value.width == width && *length <= width,
                        KeyMatch::Ternary { value, mask } => value.width == width && mask.width == width,
                        KeyMatch::Range { lo, hi } => lo.width == width && hi.width == width,
                        KeyMatch::Any => true,
                    };
                    self.require(fits, || format!("an entry's key {} has another width", of.name));
                }
            }
        }
        self.place.clear();
    }

    fn code(&mut self, code: &Code) {
        self.require(!code.blocks.is_empty(), || format!("{} has no entry", code.name));
        for (at, block) in code.blocks.iter().enumerate() {
            self.place = format!("{} b{at}", code.name);
            self.require(block.ops.len() == block.spans.len(), || "operations and spans".to_owned());
            for (at, op) in block.ops.iter().enumerate() {
                self.place = format!("{} b{at} op {at}", code.name);
                self.op(op);
            }
            self.terminator(block, code);
        }
        self.place.clear();
    }

    /// The width, or None (and a problem) where there is no such thing.
    fn width(&mut self, operand: Operand) -> Option<u32> {
        let width = match operand {
            Operand::Slot(id) => self.program.slots.get(id.index()).map(|slot| slot.width),
            Operand::Const(id) => self.program.consts.get(id.index()).map(|bits| bits.width),
        };
        self.require(width.is_some(), || format!("no operand {operand:?}"));
        width
    }

    fn widths(&mut self, operands: &[Operand], width: u32, what: &str) {
        for operand in operands {
            let found = self.width(*operand);
            self.require(found.is_none_or(|found| found == width), || {
                format!("{what}: {found:?} bits where there should be {width}")
            });
        }
    }

    fn dst(&mut self, slot: SlotId) -> u32 {
        self.width(Operand::Slot(slot)).unwrap_or(0)
    }

    fn set(&mut self, dst: SlotId, value: &Rvalue) {
        let width = self.dst(dst);
        match value {
            Rvalue::Use(of) | Rvalue::Not(of) | Rvalue::Neg(of) => self.widths(&[*of], width, "value"),
            Rvalue::Binary(op, left, right) => {
                use crate::ir::BinOp::{Sar, Shl, Shr};
                self.widths(&[*left], width, "left");
                if matches!(op, Shl | Shr | Sar) {
                    let by = self.width(*right);
                    self.require(by != Some(0), || "a distance without bits".to_owned());
                } else {
                    self.widths(&[*right], width, "right");
                }
            }
            Rvalue::Compare(op, left, right) => {
                self.require(width == 1, || "a comparison gives one bit".to_owned());
                let of = self.width(*left).unwrap_or(0);
                self.widths(&[*right], of, "right of a comparison");
                self.require(of > 0, || format!("{:?} of nothing", CmpOp::clone(op)));
            }
            Rvalue::Concat(high, low) => {
                let sum = self.width(*high).unwrap_or(0) + self.width(*low).unwrap_or(0);
                self.require(sum == width, || format!("++ gives {sum} bits, not {width}"));
            }
            Rvalue::Slice { of, lo } => {
                let whole = self.width(*of).unwrap_or(0);
                self.require(u64::from(*lo) + u64::from(width) <= u64::from(whole), || {
                    format!("bits {lo} .. {} of {whole}", lo + width)
                });
            }
            Rvalue::Insert { into, lo, value } => {
                self.widths(&[*into], width, "insert");
                let part = self.width(*value).unwrap_or(0);
                self.require(u64::from(*lo) + u64::from(part) <= u64::from(width), || "insert".to_owned());
            }
            Rvalue::Resize { of, .. } => {
                let of = self.width(*of);
                self.require(of != Some(0), || "resize of nothing".to_owned());
            }
            Rvalue::Select { cond, then, other } => {
                self.widths(&[*cond], 1, "condition");
                self.widths(&[*then, *other], width, "select");
            }
            Rvalue::PacketLength => {
                self.require(width == 32 && self.part == "parser", || "packet length".to_owned());
            }
            Rvalue::Switch { what, args } => {
                let (result, of) = what.widths();
                self.require(width == result && args.len() == of.len(), || what.name().to_owned());
                args.iter().zip(of).for_each(|(arg, of)| self.widths(&[*arg], *of, what.name()));
            }
            Rvalue::ValueSet { set, keys } => {
                self.require(width == 1 && self.part == "parser", || "value set".to_owned());
                let declared = self.program.value_sets.get(set.index());
                let fits = declared.is_some_and(|set| {
                    set.keys.len() == keys.len()
                        && set.keys.iter().zip(keys).all(|(key, of)| key.ty.width == self.program.width(*of))
                });
                self.require(fits, || "keys of a value set".to_owned());
            }
        }
    }

    fn data(&mut self, data: &[Datum]) {
        for datum in data {
            self.width(datum.value);
            if let Some(valid) = datum.valid {
                self.slot_is(valid, 1, "validity of data");
            }
            if let Some(length) = datum.length {
                self.slot_is(length, crate::ir::LENGTH_WIDTH, "length of data");
            }
        }
    }

    fn only_in(&mut self, parts: &[&str], what: &str) {
        let part = self.part;
        self.require(parts.contains(&part), || format!("{what} in {part}"));
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::Set { dst, value } => self.set(*dst, value),
            Op::SetValid(id) | Op::SetInvalid(id) => self.header(*id),
            Op::Extract { header, varbit } => {
                self.only_in(&["parser"], "extract");
                self.header(*header);
                let varbits =
                    self.program.headers.get(header.index()).map_or(0, |header| {
                        header.fields.iter().filter(|field| field.length.is_some()).count()
                    });
                self.require(varbits == usize::from(varbit.is_some()), || "length of a varbit".to_owned());
                varbit.iter().for_each(|bits| self.widths(&[*bits], 32, "length of a varbit"));
            }
            Op::Lookahead { dst } => {
                self.only_in(&["parser"], "lookahead");
                self.dst(*dst);
            }
            Op::Advance { bits } => {
                self.only_in(&["parser"], "advance");
                self.widths(&[*bits], 32, "advance");
            }
            Op::Step | Op::AtomicBegin | Op::AtomicEnd => {}
            Op::Emit(id) => {
                self.only_in(&["deparser"], "emit");
                self.header(*id);
            }
            Op::Count { counter, index } => {
                self.require(counter.index() < self.program.counters.len(), || "no such counter".to_owned());
                self.width(*index);
            }
            Op::ExecuteMeter { meter, index, dst } => {
                self.require(meter.index() < self.program.meters.len(), || "no such meter".to_owned());
                self.width(*index);
                self.dst(*dst);
            }
            Op::ReadDirectMeter { meter, dst } => {
                self.require(meter.index() < self.program.direct_meters.len(), || "no such meter".to_owned());
                self.dst(*dst);
            }
            Op::ReadRegister { register, index, dst } => {
                self.width(*index);
                self.register(*register, Operand::Slot(*dst));
            }
            Op::WriteRegister { register, index, value } => {
                self.width(*index);
                self.register(*register, *value);
            }
            Op::Clone { session, .. } => {
                self.width(*session);
            }
            Op::Resubmit { .. } | Op::Recirculate { .. } => {}
            Op::Truncate { bytes } => {
                self.width(*bytes);
            }
            Op::Verdict { why, argument, .. } => {
                self.widths(&[*why], 8, "reason");
                self.widths(&[*argument], 16, "argument");
            }
            other => self.op_with_data(other),
        }
    }

    fn register(&mut self, register: crate::ir::RegisterId, value: Operand) {
        match self.program.registers.get(register.index()) {
            Some(register) => self.widths(&[value], register.width, "cell of a register"),
            None => {
                self.require(false, || "no such register".to_owned());
            }
        }
    }

    fn op_with_data(&mut self, op: &Op) {
        match op {
            Op::Random { dst, lo, hi } => {
                let width = self.dst(*dst);
                self.widths(&[*lo, *hi], width, "random");
            }
            Op::Hash { dst, base, data, max, .. } => {
                self.dst(*dst);
                self.width(*base);
                self.width(*max);
                self.data(data);
            }
            Op::VerifyChecksum { cond, data, sum, .. } => {
                self.widths(&[*cond], 1, "condition");
                self.width(*sum);
                self.data(data);
            }
            Op::UpdateChecksum { cond, data, dst, .. } => {
                self.widths(&[*cond], 1, "condition");
                self.dst(*dst);
                self.data(data);
            }
            Op::Checksum16 { dst, data } => {
                self.slot_is(*dst, 16, "checksum");
                self.data(data);
            }
            Op::Digest { digest, receiver, values } => {
                self.width(*receiver);
                let program = self.program;
                let fits = program.digests.get(digest.index()).is_some_and(|digest| {
                    digest.fields.len() == values.len()
                        && digest
                            .fields
                            .iter()
                            .zip(values)
                            .all(|(field, of)| field.1.width == program.width(*of))
                });
                self.require(fits, || "values of a digest".to_owned());
            }
            Op::Assert { cond, .. } => self.widths(&[*cond], 1, "condition"),
            Op::Log { args, .. } => {
                args.iter().for_each(|arg| {
                    self.width(*arg);
                });
            }
            // The others are in `op`.
            _ => {}
        }
    }

    fn target(&mut self, target: BlockId, code: &Code) {
        self.require(target.index() < code.blocks.len(), || format!("no block {}", target.0));
    }

    fn terminator(&mut self, block: &Block, code: &Code) {
        match &block.terminator {
            Terminator::Goto(target) => self.target(*target, code),
            Terminator::Branch { cond, then, other } => {
                self.widths(&[*cond], 1, "condition");
                self.target(*then, code);
                self.target(*other, code);
            }
            Terminator::Switch { on, cases, default } => {
                let width = self.width(*on).unwrap_or(0);
                self.target(*default, code);
                let mut labels = std::collections::HashSet::new();
                for (label, target) in cases {
                    self.widths(&[Operand::Const(*label)], width, "label");
                    self.target(*target, code);
                    self.require(labels.insert(*label), || "a label twice".to_owned());
                }
            }
            Terminator::Apply { table, hit, actions } => {
                self.require(self.part != "parser", || "apply".to_owned());
                let declared = self.program.tables.get(table.index());
                self.require(declared.is_some_and(|table| table.actions.len() == actions.len()), || {
                    "blocks of the actions".to_owned()
                });
                hit.iter().for_each(|hit| self.slot_is(*hit, 1, "hit"));
                actions.iter().for_each(|target| self.target(*target, code));
            }
            Terminator::Reject { error } => {
                self.only_in(&["parser"], "reject");
                self.widths(&[*error], crate::ir::ENUM_WIDTH, "error");
            }
            Terminator::End => {}
        }
    }
}
