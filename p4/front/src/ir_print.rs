//! The flat code as text, for people.

use crate::ir::{
    ActionCall, BinOp, Block, CmpOp, Code, ConstId, Datum, Entry, HeaderId, KeyMatch, Op, Operand, Program,
    Rvalue, SlotId, SlotKind, Table, Terminator,
};
use std::fmt::{Display, Formatter, Result, Write};

/// A listing of the whole program: what it is made of, then its six codes.
pub fn print(program: &Program) -> String {
    let mut text = String::new();
    let printer = Printer { program };
    // Writing to a string does not fail.
    let _ = printer.program(&mut text);
    text
}

/// One code of a program.
pub fn print_code(program: &Program, code: &Code) -> String {
    let mut text = String::new();
    let _ = Printer { program }.code(&mut text, code);
    text
}

struct Printer<'a> {
    program: &'a Program,
}

/// A list with commas.
struct List<T>(Vec<T>);

impl<T: Display> Display for List<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (at, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Printer<'_> {
    fn slot(&self, id: SlotId) -> String {
        match self.program.slots.get(id.index()) {
            // Names of temporaries say nothing, and those of locals are not unique.
            Some(slot) if slot.kind == SlotKind::Local && slot.name.starts_with('$') => format!("%{}", id.0),
            Some(slot) if slot.kind == SlotKind::Local => format!("{}%{}", slot.name, id.0),
            Some(slot) => slot.name.clone(),
            None => format!("?{}", id.0),
        }
    }

    fn constant(&self, id: ConstId) -> String {
        match self.program.consts.get(id.index()) {
            Some(bits) if bits.width <= 4 || bits.value < 10u32.into() => {
                format!("{}w{}", bits.width, bits.value)
            }
            Some(bits) => format!("{}w{:#x}", bits.width, bits.value),
            None => format!("?c{}", id.0),
        }
    }

    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Slot(id) => self.slot(id),
            Operand::Const(id) => self.constant(id),
        }
    }

    fn operands(&self, operands: &[Operand]) -> List<String> {
        List(operands.iter().map(|operand| self.operand(*operand)).collect())
    }

    fn header(&self, id: HeaderId) -> String {
        self.program
            .headers
            .get(id.index())
            .map_or_else(|| format!("?h{}", id.0), |header| header.name.clone())
    }

    fn data(&self, data: &[Datum]) -> List<String> {
        let datum = |datum: &Datum| {
            let mut text = self.operand(datum.value);
            if let Some(length) = datum.length {
                text.push_str(&format!("[{}]", self.slot(length)));
            }
            if let Some(valid) = datum.valid {
                text.push_str(&format!(" if {}", self.slot(valid)));
            }
            text
        };
        List(data.iter().map(datum).collect())
    }

    fn program(&self, f: &mut String) -> Result {
        let program = self.program;
        for header in &program.headers {
            let fields = header.fields.iter().map(|field| {
                let varbit = if field.length.is_some() { "varbit " } else { "" };
                format!("{}: {varbit}{} at {}", field.name, field.width, field.offset)
            });
            writeln!(f, "header {} {} {{ {} }}", header.type_name, header.name, List(fields.collect()))?;
        }
        for stack in &program.stacks {
            writeln!(f, "stack {} of {}", stack.name, stack.size)?;
        }
        for counter in &program.counters {
            writeln!(f, "counter {}[{}] {:?}", counter.name, counter.size, counter.kind)?;
        }
        for meter in &program.meters {
            let unit = if meter.bytes { "bytes" } else { "packets" };
            writeln!(f, "meter {}[{}] {unit}", meter.name, meter.size)?;
        }
        for register in &program.registers {
            writeln!(f, "register {}[{}] of {} bits", register.name, register.size, register.width)?;
        }
        for (at, list) in program.field_lists.iter().enumerate().skip(1) {
            let slots = list.iter().map(|slot| self.slot(*slot)).collect();
            writeln!(f, "field list {at} {{ {} }}", List(slots))?;
        }
        for table in &program.tables {
            self.table(f, table)?;
        }
        for (name, code) in
            ["parser", "verify", "ingress", "egress", "compute", "deparser"].iter().zip(program.codes())
        {
            write!(f, "\n{name} ")?;
            self.code(f, code)?;
        }
        Ok(())
    }

    fn table(&self, f: &mut String, table: &Table) -> Result {
        writeln!(f, "table {} {{", table.name)?;
        for key in &table.keys {
            writeln!(f, "    key {} {:?} {}", key.name, key.kind, key.ty.width)?;
        }
        for action in &table.actions {
            let Some(declared) = self.program.actions.get(action.action.index()) else { continue };
            let params = declared.params.iter().map(|param| format!("{}: {}", param.name, param.ty.width));
            writeln!(f, "    action {}({})", declared.name, List(params.collect()))?;
        }
        let is_const = if table.const_default { "const " } else { "" };
        writeln!(f, "    {is_const}default {}", self.action_call(table, &table.default_action))?;
        for entry in &table.entries {
            self.entry(f, table, entry)?;
        }
        writeln!(f, "}}")
    }

    fn action_call(&self, table: &Table, call: &ActionCall) -> String {
        let action = table.actions.get(call.action as usize);
        let name = action.and_then(|action| self.program.actions.get(action.action.index()));
        let args = call.args.iter().map(|bits| format!("{:#x}", bits.value)).collect();
        format!("{}({})", name.map_or("?", |action| &action.name), List(args))
    }

    fn entry(&self, f: &mut String, table: &Table, entry: &Entry) -> Result {
        let keys = entry.keys.iter().map(|key| match key {
            KeyMatch::Exact(bits) | KeyMatch::Optional(bits) => format!("{:#x}", bits.value),
            KeyMatch::Lpm { value, length } => format!("{:#x}/{length}", value.value),
            KeyMatch::Ternary { value, mask } => format!("{:#x}&&&{:#x}", value.value, mask.value),
            KeyMatch::Range { lo, hi } => format!("{:#x}..{:#x}", lo.value, hi.value),
            KeyMatch::Any => "_".to_owned(),
        });
        let call = self.action_call(table, &entry.call);
        writeln!(f, "    entry {}: ({}) -> {call}", entry.priority, List(keys.collect()))
    }

    fn code(&self, f: &mut String, code: &Code) -> Result {
        writeln!(f, "{} {{", code.name)?;
        for (at, block) in code.blocks.iter().enumerate() {
            self.block(f, at, block)?;
        }
        writeln!(f, "}}")
    }

    fn block(&self, f: &mut String, at: usize, block: &Block) -> Result {
        match &block.label {
            Some(label) => writeln!(f, "b{at}: // {label}")?,
            None => writeln!(f, "b{at}:")?,
        }
        for op in &block.ops {
            writeln!(f, "    {}", self.op(op))?;
        }
        writeln!(f, "    {}", self.terminator(&block.terminator))
    }

    fn rvalue(&self, value: &Rvalue) -> String {
        let text = |operand: &Operand| self.operand(*operand);
        match value {
            Rvalue::Use(of) => text(of),
            Rvalue::Not(of) => format!("~{}", text(of)),
            Rvalue::Neg(of) => format!("-{}", text(of)),
            Rvalue::Binary(op, left, right) => format!("{} {} {}", text(left), binary(*op), text(right)),
            Rvalue::Compare(op, left, right) => format!("{} {} {}", text(left), compare(*op), text(right)),
            Rvalue::Concat(high, low) => format!("{} ++ {}", text(high), text(low)),
            Rvalue::Slice { of, lo } => format!("{}[{lo} ..]", text(of)),
            Rvalue::Insert { into, lo, value } => {
                format!("{} with [{lo} ..] = {}", text(into), text(value))
            }
            Rvalue::Resize { of, signed: false } => format!("resize {}", text(of)),
            Rvalue::Resize { of, signed: true } => format!("extend {}", text(of)),
            Rvalue::Select { cond, then, other } => {
                format!("{} ? {} : {}", text(cond), text(then), text(other))
            }
            Rvalue::PacketLength => "packet length".to_owned(),
            Rvalue::Switch { what, args } => format!("{}({})", what.name(), self.operands(args)),
            Rvalue::ValueSet { set, keys } => {
                let name = self.program.value_sets.get(set.index()).map_or("?", |set| &set.name);
                format!("{name} has ({})", self.operands(keys))
            }
        }
    }

    fn op(&self, op: &Op) -> String {
        let text = |operand: &Operand| self.operand(*operand);
        let program = self.program;
        match op {
            Op::Set { dst, value } => format!("{} = {}", self.slot(*dst), self.rvalue(value)),
            Op::SetValid(id) => format!("set valid {}", self.header(*id)),
            Op::SetInvalid(id) => format!("set invalid {}", self.header(*id)),
            Op::Extract { header, varbit: None } => format!("extract {}", self.header(*header)),
            Op::Extract { header, varbit: Some(bits) } => {
                format!("extract {} varbit {}", self.header(*header), text(bits))
            }
            Op::Lookahead { dst } => format!("{} = lookahead", self.slot(*dst)),
            Op::Advance { bits } => format!("advance {}", text(bits)),
            Op::Step => "step".to_owned(),
            Op::Emit(id) => format!("emit {}", self.header(*id)),
            Op::Count { counter, index } => {
                let name = program.counters.get(counter.index()).map_or("?", |counter| &counter.name);
                format!("count {name}[{}]", text(index))
            }
            Op::ExecuteMeter { meter, index, dst } => {
                let name = program.meters.get(meter.index()).map_or("?", |meter| &meter.name);
                format!("{} = meter {name}[{}]", self.slot(*dst), text(index))
            }
            Op::ReadDirectMeter { meter, dst } => {
                let name = program.direct_meters.get(meter.index()).map_or("?", |meter| &meter.name);
                format!("{} = direct meter {name}", self.slot(*dst))
            }
            Op::ReadRegister { register, index, dst } => {
                let name = program.registers.get(register.index()).map_or("?", |register| &register.name);
                format!("{} = {name}[{}]", self.slot(*dst), text(index))
            }
            Op::WriteRegister { register, index, value } => {
                let name = program.registers.get(register.index()).map_or("?", |register| &register.name);
                format!("{name}[{}] = {}", text(index), text(value))
            }
            other => self.rare_op(other),
        }
    }

    fn rare_op(&self, op: &Op) -> String {
        let text = |operand: &Operand| self.operand(*operand);
        let whole = |payload: &bool| if *payload { " and payload" } else { "" };
        match op {
            Op::Random { dst, lo, hi } => {
                format!("{} = random {} .. {}", self.slot(*dst), text(lo), text(hi))
            }
            Op::Hash { dst, algorithm, base, data, max } => {
                let (dst, base, max) = (self.slot(*dst), text(base), text(max));
                format!("{dst} = {base} + {algorithm:?}({}) mod {max}", self.data(data))
            }
            Op::VerifyChecksum { cond, data, sum, algorithm, payload } => {
                let (cond, sum, payload) = (text(cond), text(sum), whole(payload));
                format!("if {cond} verify {sum} == {algorithm:?}({}{payload})", self.data(data))
            }
            Op::UpdateChecksum { cond, data, dst, algorithm, payload } => {
                let (cond, dst, payload) = (text(cond), self.slot(*dst), whole(payload));
                format!("if {cond} {dst} = {algorithm:?}({}{payload})", self.data(data))
            }
            Op::Checksum16 { dst, data } => format!("{} = checksum16({})", self.slot(*dst), self.data(data)),
            Op::Digest { digest, receiver, values } => {
                let name = self.program.digests.get(digest.index()).map_or("?", |digest| &digest.name);
                format!("digest {name} to {} ({})", text(receiver), self.operands(values))
            }
            Op::Clone { egress, session, keep } => {
                let from = if *egress { "egress" } else { "ingress" };
                format!("clone {from} to {} keep {}", text(session), keep.0)
            }
            Op::Resubmit { keep } => format!("resubmit keep {}", keep.0),
            Op::Recirculate { keep } => format!("recirculate keep {}", keep.0),
            Op::Truncate { bytes } => format!("truncate {}", text(bytes)),
            Op::Verdict { drop, why, argument } => {
                format!("{} {} {}", if *drop { "drop" } else { "punt" }, text(why), text(argument))
            }
            Op::Assert { cond, assume, text: source } => {
                format!("{} {} // {source}", if *assume { "assume" } else { "assert" }, text(cond))
            }
            Op::Log { format, args } => format!("log {format:?} ({})", self.operands(args)),
            Op::AtomicBegin => "atomic begin".to_owned(),
            Op::AtomicEnd => "atomic end".to_owned(),
            // The others are in `op`.
            _ => String::new(),
        }
    }

    fn terminator(&self, terminator: &Terminator) -> String {
        let mut text = String::new();
        let _ = match terminator {
            Terminator::Goto(target) => write!(text, "goto b{}", target.0),
            Terminator::Branch { cond, then, other } => {
                write!(text, "if {} goto b{} else b{}", self.operand(*cond), then.0, other.0)
            }
            Terminator::Switch { on, cases, default } => {
                let cases = cases.iter().map(|(id, at)| format!("{}: b{}", self.constant(*id), at.0));
                let on = self.operand(*on);
                write!(text, "switch {on} {{ {} }} else b{}", List(cases.collect()), default.0)
            }
            Terminator::Apply { table, hit, actions } => {
                let name = self.program.tables.get(table.index()).map_or("?", |table| &table.name);
                let hit = hit.map_or(String::new(), |hit| format!(" hit {}", self.slot(hit)));
                let blocks = actions.iter().map(|at| format!("b{}", at.0)).collect();
                write!(text, "apply {name}{hit} -> {}", List(blocks))
            }
            Terminator::Reject { error } => write!(text, "reject {}", self.error(*error)),
            Terminator::End => write!(text, "end"),
        };
        text
    }

    fn error(&self, operand: Operand) -> String {
        let known = match operand {
            Operand::Const(id) => self.program.consts.get(id.index()),
            Operand::Slot(_) => None,
        };
        let at = known.and_then(|bits| usize::try_from(&bits.value).ok());
        match at.and_then(|at| self.program.errors.get(at)) {
            Some(name) => format!("error.{name}"),
            None => self.operand(operand),
        }
    }
}

fn binary(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Mod => "%",
        BinOp::AddSat => "|+|",
        BinOp::SubSat => "|-|",
        BinOp::AddSatSigned => "s|+|",
        BinOp::SubSatSigned => "s|-|",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::Sar => "s>>",
        BinOp::And => "&",
        BinOp::Or => "|",
        BinOp::Xor => "^",
    }
}

fn compare(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "==",
        CmpOp::Ne => "!=",
        CmpOp::Lt => "<",
        CmpOp::Le => "<=",
        CmpOp::LtSigned => "s<",
        CmpOp::LeSigned => "s<=",
    }
}
