//! Loads that nobody needs: Cranelift keeps them, as each load is an effect to it.

use cranelift_codegen::ir::{Function, Inst, Value};
use std::collections::HashMap;

/// Whether nobody would miss an instruction whose results are not used. A prefetch is a load that may trap: it stays.
fn is_removable(function: &Function, inst: Inst) -> bool {
    let data = &function.dfg.insts[inst];
    let opcode = data.opcode();
    let effects = opcode.is_terminator()
        || opcode.is_call()
        || opcode.can_store()
        || opcode.other_side_effects()
        || opcode.is_branch();
    let trapping = match data.memflags() {
        Some(flags) => function.dfg.mem_flags[flags].trap_code().is_some(),
        None => opcode.can_trap(),
    };
    !effects && !trapping
}

/// Removes them, and what only they needed.
pub fn remove(function: &mut Function) {
    let mut uses: HashMap<Value, usize> = HashMap::new();
    let insts: Vec<Inst> =
        function.layout.blocks().flat_map(|block| function.layout.block_insts(block)).collect();
    for inst in &insts {
        for value in function.dfg.inst_values(*inst) {
            *uses.entry(function.dfg.resolve_aliases(value)).or_default() += 1;
        }
    }
    let unused = |uses: &HashMap<Value, usize>, function: &Function, inst: Inst| {
        function.dfg.inst_results(inst).iter().all(|value| uses.get(value).copied().unwrap_or(0) == 0)
    };
    let mut waiting: Vec<Inst> = insts;
    while let Some(inst) = waiting.pop() {
        if function.layout.inst_block(inst).is_none()
            || !is_removable(function, inst)
            || !unused(&uses, function, inst)
        {
            continue;
        }
        for value in function.dfg.inst_values(inst).collect::<Vec<_>>() {
            let value = function.dfg.resolve_aliases(value);
            if let Some(count) = uses.get_mut(&value) {
                *count -= 1;
                if *count == 0
                    && let Some(made) = function.dfg.value_def(value).inst()
                {
                    waiting.push(made);
                }
            }
        }
        function.layout.remove_inst(inst);
    }
}
