//! Control flow: from block to block, to the action that a lookup found, out of the parser, into the host.

use super::{Entry, Found, Gen};
use crate::abi::{Context, Fixed};
use crate::plan::Node;
use crate::values::Val;
use crate::wire::flags;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use front::ir::{BlockId, Operand, Role, SlotId, TableId, Terminator};
use std::mem::offset_of;

impl Gen<'_, '_> {
    pub(super) fn terminator(&mut self, node: Node, code: usize, terminator: &Terminator) {
        match terminator {
            Terminator::Apply { table, hit, actions }
                if self.plan.role(*table).is_some_and(|bound| bound.role == Role::Neighbor) =>
            {
                self.rewrite(code, *table, *hit, actions);
            }
            Terminator::Apply { table, hit, actions } if self.plan.defaults[table.index()].is_some() => {
                if let Some(place) = self.plan.defaults[table.index()] {
                    self.apply_default(code, *table, *hit, actions, place);
                }
            }
            Terminator::Goto(next) => self.go(self.plan.node(code, *next)),
            Terminator::End => self.go(self.plan.done(code)),
            Terminator::Reject { error } => {
                let error = self.read(*error);
                let width = self.plan.program.slot(self.plan.program.standard.parser_error).width;
                let error = self.a.resize(&error, width, false);
                self.write_slot(self.plan.program.standard.parser_error, &error);
                self.go(self.plan.done(code));
            }
            Terminator::Branch { cond, then, other } => {
                let (then, other) = (self.plan.node(code, *then), self.plan.node(code, *other));
                if let Some(value) = self.known(*cond) {
                    return self.go(if value != 0 { then } else { other });
                }
                let value = self.read(*cond).limbs[0];
                let mut target = |node, holds| {
                    self.aside(|g| {
                        if let Operand::Slot(slot) = cond {
                            g.know_value(*slot, holds);
                        }
                        g.target(node)
                    })
                };
                let (then, other) = (target(then, 1), target(other, 0));
                self.a.b.ins().brif(value, then, &[], other, &[]);
            }
            Terminator::Switch { on, cases, default } => {
                if let Some(value) = self.known(*on) {
                    let case =
                        cases.iter().find(|(case, _)| self.known(Operand::Const(*case)) == Some(value));
                    let next = case.map_or(*default, |(_, next)| *next);
                    return self.go(self.plan.node(code, next));
                }
                let on = self.read(*on);
                for (case, next) in cases {
                    let value = self.read(Operand::Const(*case));
                    let same = self.a.equal(&on, &value).limbs[0];
                    let next = self.target(self.plan.node(code, *next));
                    let otherwise = self.a.b.create_block();
                    self.a.b.ins().brif(same, next, &[], otherwise, &[]);
                    self.a.b.switch_to_block(otherwise);
                }
                self.go(self.plan.node(code, *default));
            }
            Terminator::Apply { table, hit, actions } => {
                match self.plan.sites.iter().position(|site| site.node == node) {
                    Some(site) => self.cut(site),
                    None => self.apply(code, *table, *hit, actions),
                }
            }
        }
    }

    /// After the lookup: on with the action that was found.
    pub(super) fn begin_site(&mut self, entry: Entry) {
        let Entry::Site(number) = entry else { unreachable!("other entries have a node") };
        let plan = self.plan;
        let instance = &self.sites.all[usize::from(number)];
        self.facts = instance.facts.clone();
        let site = &plan.sites[instance.site];
        self.restore_known();
        if plan.loops(site.code) {
            let extra = self.regs().extra;
            let steps = self.a.b.ins().load(types::I64, flags(), extra, plan.steps_offset() as i32);
            self.a.b.def_var(self.steps, steps);
        }
        let at = self.element(self.regs().index, 3);
        let result = self.a.b.ins().load(types::I64, flags(), at, offset_of!(Fixed, results) as i32);
        let args = plan.role(site.table).is_none().then(|| {
            let handed = self.handed();
            self.a.b.ins().iadd_imm_u(handed, plan.handed.key as i64 * 8)
        });
        let from = Found { result, saved: Some(&site.saved), args };
        self.dispatch(site.code, site.table, site.hit, &site.actions, from);
    }

    /// Looks up by a call, and goes on with the action that it found.
    pub(super) fn apply(&mut self, code: usize, table: TableId, hit: Option<SlotId>, actions: &[BlockId]) {
        let number = self.begin_apply(table);
        let result = self.call_host(offset_of!(Context, apply), number);
        self.dispatch(code, table, hit, actions, Found { result, saved: None, args: None });
    }

    /// The same where it hardly ever comes to that.
    pub(super) fn apply_rarely(
        &mut self,
        code: usize,
        table: TableId,
        hit: Option<SlotId>,
        actions: &[BlockId],
    ) {
        let number = self.begin_apply(table);
        let index = self.regs().index;
        let result = self.call_rarely(offset_of!(Context, apply), [index, number]);
        self.dispatch(code, table, hit, actions, Found { result, saved: None, args: None });
    }

    fn begin_apply(&mut self, table: TableId) -> Value {
        self.made.lookups.push(table);
        self.spill_keys(table);
        self.a.word(u64::from(table.0))
    }

    /// Branches to the action that a lookup found.
    pub(super) fn dispatch(
        &mut self,
        code: usize,
        table: TableId,
        hit: Option<SlotId>,
        actions: &[BlockId],
        found: Found<'_>,
    ) {
        let result = found.result;
        if let Some(hit) = hit {
            let bit = self.a.b.ins().ushr_imm_u(result, 32);
            let bit = self.a.b.ins().band_imm_u(bit, 1);
            self.write_slot(hit, &Val { width: 1, limbs: vec![bit] });
        }
        let action = self.a.b.ins().ireduce(types::I32, result);
        for (number, next) in actions.iter().enumerate() {
            let node = self.plan.node(code, *next);
            if number + 1 < actions.len() {
                let same = self.a.b.ins().icmp_imm_u(IntCC::Equal, action, number as i64);
                let (this, otherwise) = (self.a.b.create_block(), self.a.b.create_block());
                self.a.b.ins().brif(same, this, &[], otherwise, &[]);
                self.a.b.switch_to_block(this);
                self.aside(|g| g.begin_action(table, number, node, found));
                self.a.b.switch_to_block(otherwise);
            } else {
                self.begin_action(table, number, node, found);
            }
        }
    }

    pub(super) fn call_host(&mut self, function: usize, argument: Value) -> Value {
        let regs = self.regs();
        let callee = self.a.b.ins().load(types::I64, flags(), self.context, function as i32);
        let call = self.a.b.ins().call_indirect(self.call, callee, &[self.context, regs.index, argument]);
        self.a.b.inst_results(call)[0]
    }

    /// A function of [`Calls`].
    pub(super) fn call(&mut self, function: usize, arguments: [Value; 4]) -> Value {
        let context = self.context;
        let calls = self.a.b.ins().load(types::I64, flags(), context, offset_of!(Context, calls) as i32);
        let callee = self.a.b.ins().load(types::I64, flags(), calls, function as i32);
        let call = self.a.b.ins().call_indirect(self.call4, callee, &arguments);
        self.a.b.inst_results(call)[0]
    }

    /// As the run time counts: what has more than 64 bits is as good as the largest.
    pub(super) fn index(&mut self, value: &Val) -> Value {
        let mut above = value.limbs.iter().skip(1).copied();
        let Some(first) = above.next() else { return value.limbs[0] };
        let above = above.fold(first, |all, limb| self.a.b.ins().bor(all, limb));
        let most = self.a.word(u64::MAX);
        self.a.b.ins().select(above, most, value.limbs[0])
    }

    /// A branch to the end of the parser with an error, taken where `bad` is true; goes on where it is not.
    pub(super) fn fail_if(&mut self, bad: Value, error: &'static str) {
        let (failed, good) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(failed);
        self.a.b.ins().brif(bad, failed, &[], good, &[]);
        self.a.b.switch_to_block(failed);
        let error = self.errors.get(error).copied().unwrap_or(0);
        self.aside(|g| {
            g.write_word(g.plan.program.standard.parser_error, error);
            g.forget_all();
            g.go(g.plan.done(crate::plan::PARSER));
        });
        self.a.b.switch_to_block(good);
    }

    /// One turn of a loop.
    pub(super) fn step(&mut self, code: usize) {
        let steps = self.a.b.use_var(self.steps);
        let steps = self.a.b.ins().iadd_imm_s(steps, 1);
        self.a.b.def_var(self.steps, steps);
        let most = i64::from(self.inputs.max_steps);
        let over = self.a.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, steps, most);
        if code == crate::plan::PARSER {
            self.fail_if(over, "ParserTimeout");
        } else {
            let (gone, stays) = (self.a.b.create_block(), self.a.b.create_block());
            self.a.b.ins().brif(over, gone, &[], stays, &[]);
            self.a.b.switch_to_block(gone);
            if self.plan.atomic {
                self.end_gate();
            }
            self.leave(crate::abi::Exit::TooManySteps);
            self.a.b.switch_to_block(stays);
        }
    }
}
