//! What swerve.p4 adds: values that the switch knows, reasons of punts and drops, tables that stand for the switch's own.

use super::names::annotated_text;
use super::value::Value;
use super::{Lowerer, Res};
use crate::diag::Diagnostic;
use crate::hir::Call;
use crate::ir::{self, MatchKind, Op, PROTECTED, ProtectionId, Role, Rvalue, SwitchValue, TableId};
use crate::source::Span;

/// `egress_spec` of packets for the kernel, as swerve.p4 has it.
const KERNEL_PORT: u64 = 510;

impl Lowerer<'_> {
    /// A function of swerve.p4; `None` for other names.
    pub(super) fn swerve_function(&mut self, name: &str, call: &Call, span: Span) -> Res<Option<Value>> {
        let values = [
            SwitchValue::Mac,
            SwitchValue::Interface,
            SwitchValue::Vrf,
            SwitchValue::PathLive,
            SwitchValue::FlowHash,
        ];
        if let Some(what) = values.into_iter().find(|value| value.name() == name) {
            return self.switch_value(what, call, span).map(Some);
        }
        match name {
            "swerve_punt" => {
                let why = self.input_operand(call, 1, span)?;
                let argument = self.input_operand(call, 2, span)?;
                self.send_to(call, KERNEL_PORT, span)?;
                self.push(Op::Verdict { drop: false, why, argument });
            }
            "swerve_drop" => {
                let why = self.input_operand(call, 1, span)?;
                let argument = self.number(16, 0);
                self.send_to(call, super::externs::DROP_PORT, span)?;
                self.push(Op::Verdict { drop: true, why, argument });
            }
            _ => return Ok(None),
        }
        Ok(Some(Value::Void))
    }

    fn switch_value(&mut self, what: SwitchValue, call: &Call, span: Span) -> Res<Value> {
        let (width, of) = what.widths();
        let args = (0..of.len()).map(|at| self.input_operand(call, at, span)).collect::<Res<Vec<_>>>()?;
        if args.iter().zip(of).any(|(arg, of)| self.width(*arg) != *of) {
            return self.fail(span, format!("{} is not declared as in swerve.p4", what.name()));
        }
        let scalar = super::types::Scalar { width, signed: false };
        Ok(Value::Scalar(self.compute(scalar, Rvalue::Switch { what, args })))
    }

    /// `implementation = protection_group(...)`. Of a table of routes it says nothing new.
    pub(super) fn protect(&mut self, group: ProtectionId, id: TableId, span: Span) -> Res<()> {
        let table = &self.out.tables[id.index()];
        if let Some(role) = annotated_text(&table.annotations, "swerve_role") {
            if role == Role::Ipv4Fib.name() || role == Role::Ipv6Fib.name() {
                return Ok(());
            }
            let message = format!("the role {role} has no use for a protection_group");
            return self.fail(span, message);
        }
        let named = |wanted: &str| {
            let mut actions = table.actions.iter().map(|listed| &self.out.actions[listed.action.index()]);
            actions.find(|action| action.name.rsplit('.').next() == Some(wanted))
        };
        let unfit = PROTECTED.iter().find(|(name, params)| match named(name) {
            Some(action) => {
                let own = action.params.iter().map(|param| (param.name.as_str(), param.ty.width));
                !own.eq(params.iter().copied())
            }
            None => *name == PROTECTED[0].0,
        });
        if let Some((name, _)) = unfit {
            let message = format!(
                "a protection_group chooses the action {name}(bit<16> path), which this table has not"
            );
            let help = "list `forward`, with the path as its only parameter; `no_live_path`, likewise, may stand beside it";
            return self.fail_with(Diagnostic::error(span, message).help(help));
        }
        if table.keys.iter().all(|key| key.kind == MatchKind::Selector) {
            return self.fail(span, "a table with a protection_group needs a key");
        }
        self.out.tables[id.index()].protection = Some(group);
        Ok(())
    }

    /// `@swerve_role("...")`, with the shape that the role asks for.
    pub(super) fn role(&mut self, id: TableId) -> Res<()> {
        let table = &self.out.tables[id.index()];
        let Some(annotation) = table.annotations.iter().find(|a| a.name == "swerve_role") else {
            return Ok(());
        };
        let (span, name) = (annotation.span, annotated_text(&table.annotations, "swerve_role"));
        let known = Role::ALL.map(Role::name).join(", ");
        let Some(role) = name.as_deref().and_then(|name| Role::ALL.into_iter().find(|r| r.name() == name))
        else {
            let help = format!("there are {known}: @swerve_role(\"{}\")", Role::ALL[0].name());
            let message = format!("no role is called \"{}\"", name.unwrap_or_default());
            return self.fail_with(Diagnostic::error(span, message).help(help));
        };
        if let Some(wrong) = misfit(&self.out, table, role) {
            return self.fail(table.span, format!("the role {} {wrong}", role.name()));
        }
        self.out.tables[id.index()].role = Some(role);
        Ok(())
    }
}

/// What keeps a table from its role.
fn misfit(program: &ir::Program, table: &ir::Table, role: Role) -> Option<String> {
    let mut keys = table.keys.iter().filter(|key| key.kind != MatchKind::Selector);
    if role.has_vrf(table) {
        keys.next();
    }
    // The widths that each of its keys may have.
    let (kind, widths, words): (_, &[&[u32]], _) = match role {
        Role::Ipv4Fib => {
            (MatchKind::Lpm, &[&[32]], "an lpm key of 32 bits (behind an exact one of 16 for VRFs)")
        }
        Role::Ipv6Fib => {
            (MatchKind::Lpm, &[&[128]], "an lpm key of 128 bits (behind an exact one of 16 for VRFs)")
        }
        Role::Neighbor => (MatchKind::Exact, &[&[16]], "an exact key of 16 bits, the path"),
        Role::Local => (
            MatchKind::Exact,
            &[&[32, 128]],
            "an exact key of 32 or 128 bits, the address (behind one of 16 for VRFs)",
        ),
        Role::ReversePath => (
            MatchKind::Exact,
            &[&[32, 128], &[16]],
            "an exact key of 32 or 128 bits, the source, and one of 16, the interface",
        ),
    };
    let fits =
        |widths: &&[u32]| keys.next().is_some_and(|key| key.kind == kind && widths.contains(&key.ty.width));
    if !widths.iter().all(fits) || keys.next().is_some() {
        return Some(format!("needs {words}, and no key beside it but selectors"));
    }
    if table.counter.is_some() || table.meter.is_some() || table.profile.is_some() || table.idle_timeout {
        return Some(
            "takes no direct counters, meters, profiles or time-outs: the switch's own tables are behind it"
                .into(),
        );
    }
    if !table.entries.is_empty() {
        return Some("takes no entries: the switch's own tables are behind it".into());
    }
    for listed in &table.actions {
        let action = &program.actions[listed.action.index()];
        let name = action.name.rsplit('.').next().unwrap_or(&action.name);
        let Some((_, params)) = role.actions().iter().find(|(known, _)| *known == name) else { continue };
        let all = role == Role::Neighbor || action.params.len() == params.len();
        let known = |param: &ir::ActionParam| params.contains(&(param.name.as_str(), param.ty.width));
        if !all || !action.params.iter().all(known) {
            let params = params.iter().map(|(name, width)| format!("bit<{width}> {name}"));
            let params = params.collect::<Vec<_>>().join(", ");
            let any = if role == Role::Neighbor { " or fewer of these" } else { "" };
            return Some(format!("has the action {name}({params}){any}"));
        }
    }
    None
}
