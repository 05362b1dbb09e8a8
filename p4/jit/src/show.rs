//! What the compiler makes of a program, for people.

use crate::compile::{CompileError, Compiled, Limits, Purpose, compile};
use crate::emit::Entry;
use crate::plan::Plan;
use front::ir::{Op, Program, Rvalue};
use rt::layout::Layout;
use rt::role::Bound;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Limits of no device in particular.
const LIMITS: Limits = Limits { max_steps: 1 << 16, drop_port: 511 };

/// As in a switch.
fn roles(program: &Program) -> Vec<Option<Bound>> {
    program.tables.iter().map(|table| Bound::of(program, table)).collect()
}

fn entry_name(program: &Program, plan: &Plan<'_>, compiled: &Compiled, entry: Entry) -> String {
    match entry {
        Entry::Port => "parser".to_owned(),
        Entry::Again => "parser, for packets that are refused".to_owned(),
        Entry::Parser => "parser, for packets that go round again".to_owned(),
        Entry::Reparse => "parser alone, for clones".to_owned(),
        Entry::Egress => "egress, for copies".to_owned(),
        Entry::Compute => "deparser, for copies".to_owned(),
        Entry::Site(site) => {
            let site = &plan.sites[compiled.sites[usize::from(site)]];
            format!("after {}", program.tables[site.table.index()].name)
        }
    }
}

/// The stages, where the vector is cut, and each call into the run time.
pub fn stages(program: &Program) -> Result<String, CompileError> {
    let plan = Plan::new(program, &roles(program));
    let layout = Layout::new(program);
    let compiled = compile(&plan, &|slot| layout.slot(slot).at, LIMITS, Purpose::Lane, false)?;
    let mut out = String::new();
    for (entry, calls) in &compiled.calls {
        let _ = writeln!(out, "stage {}", entry_name(program, &plan, &compiled, *entry));
        let _ = writeln!(out, "    {} bytes", compiled.size_of(*entry));
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        let direct = compiled.direct.iter().filter(|(of, _)| of == entry).map(|(_, op)| *op);
        for (code, block, at) in calls.iter().map(|call| compiled.host_ops[*call]).chain(direct) {
            let code = program.codes()[code];
            let op = &code.blocks[block.index()].ops[at];
            *counted.entry(format!("{}: {}", code.name, op_name(op))).or_default() += 1;
        }
        for (call, count) in counted {
            let _ = writeln!(out, "    calls {call} ({count})");
        }
        for table in compiled.lookups.iter().filter(|(of, _)| of == entry).map(|(_, table)| *table) {
            let _ = writeln!(out, "    looks up {} packet by packet", program.tables[table.index()].name);
        }
        for (number, site) in compiled.sites.iter().map(|site| &plan.sites[*site]).enumerate() {
            if compiled.ends.contains(&(*entry, number)) {
                let _ = writeln!(
                    out,
                    "    ends at {}: looked up for the whole vector",
                    program.tables[site.table.index()].name
                );
            }
        }
    }
    if plan.keeps_flow(&compiled) {
        out.push_str(
            "packets are kept as they came in: routes are looked up when they may have been rewritten\n",
        );
    }
    if plan.one_by_one {
        out.push_str("packets go through one by one: what they leave for each other is seen by copies\n");
    }
    Ok(out)
}

fn op_name(op: &Op) -> &'static str {
    match op {
        Op::Set { value: Rvalue::ValueSet { .. }, .. } => "value set",
        Op::Set { value: Rvalue::Switch { what, .. }, .. } => what.name(),
        Op::Set { .. } => "wide arithmetic",
        Op::SetValid(_) | Op::SetInvalid(_) => "validity",
        Op::Extract { .. } => "extract",
        Op::Lookahead { .. } => "lookahead",
        Op::Advance { .. } => "advance",
        Op::Step => "step",
        Op::Emit(_) => "emit",
        Op::Count { .. } => "counter",
        Op::ExecuteMeter { .. } => "meter",
        Op::ReadDirectMeter { .. } => "direct meter",
        Op::ReadRegister { .. } => "register read",
        Op::WriteRegister { .. } => "register write",
        Op::Random { .. } => "random",
        Op::Hash { .. } => "hash",
        Op::VerifyChecksum { .. } => "verify_checksum",
        Op::UpdateChecksum { .. } => "update_checksum",
        Op::Checksum16 { .. } => "Checksum16",
        Op::Digest { .. } => "digest",
        Op::Clone { .. } => "clone",
        Op::Resubmit { .. } => "resubmit",
        Op::Recirculate { .. } => "recirculate",
        Op::Truncate { .. } => "truncate",
        Op::Verdict { .. } => "verdict",
        Op::Assert { .. } => "assert",
        Op::Log { .. } => "log_msg",
        Op::AtomicBegin | Op::AtomicEnd => "@atomic",
    }
}

/// The machine code of every stage.
pub fn machine_code(program: &Program) -> Result<String, CompileError> {
    let plan = Plan::new(program, &roles(program));
    let layout = Layout::new(program);
    let compiled = compile(&plan, &|slot| layout.slot(slot).at, LIMITS, Purpose::Lane, true)?;
    let mut out = String::new();
    for (entry, text) in &compiled.listing {
        let _ = writeln!(out, "; stage {}\n{text}", entry_name(program, &plan, &compiled, *entry));
    }
    Ok(out)
}
