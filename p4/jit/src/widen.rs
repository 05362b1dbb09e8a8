//! Loads that extend. Cranelift does not make one of a narrow load and an extension that is used in several places.

use cranelift_codegen::ir::{Function, Inst, InstBuilder, InstructionData, Opcode, Value, types};
use std::collections::{BTreeMap, HashMap};

/// Makes one load of each narrow load that is only wanted extended to 64 bits. Steady ones stay: of those that extend none is
/// moved out of a loop.
pub fn widen(function: &mut Function) {
    let insts: Vec<Inst> =
        function.layout.blocks().flat_map(|block| function.layout.block_insts(block)).collect();
    let mut uses: HashMap<Value, usize> = HashMap::new();
    let mut extensions: BTreeMap<Value, Vec<Inst>> = BTreeMap::new();
    for inst in insts {
        for value in function.dfg.inst_values(inst) {
            *uses.entry(function.dfg.resolve_aliases(value)).or_default() += 1;
        }
        if let InstructionData::Unary { opcode: Opcode::Uextend, arg } = function.dfg.insts[inst]
            && function.dfg.value_type(function.dfg.first_result(inst)) == types::I64
        {
            extensions.entry(function.dfg.resolve_aliases(arg)).or_default().push(inst);
        }
    }
    for (narrow, extensions) in extensions {
        if uses.get(&narrow) == Some(&extensions.len()) {
            extend(function, narrow, &extensions);
        }
    }
}

fn extend(function: &mut Function, narrow: Value, extensions: &[Inst]) {
    let Some(load) = function.dfg.value_def(narrow).inst() else { return };
    let InstructionData::Load { opcode: Opcode::Load, arg, flags, offset } = function.dfg.insts[load] else {
        return;
    };
    let flags = function.dfg.mem_flags[flags];
    let ty = function.dfg.value_type(narrow);
    if flags.readonly() || ![types::I8, types::I16, types::I32].contains(&ty) {
        return;
    }
    function.dfg.detach_inst_results(load);
    let replaced = function.replace(load);
    let wide = match ty {
        types::I8 => replaced.uload8(types::I64, flags, arg, offset),
        types::I16 => replaced.uload16(types::I64, flags, arg, offset),
        _ => replaced.uload32(flags, arg, offset),
    };
    for extension in extensions {
        let result = function.dfg.first_result(*extension);
        function.dfg.detach_inst_results(*extension);
        function.dfg.change_to_alias(result, wide);
        function.layout.remove_inst(*extension);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{flags, of_place, steady};
    use cranelift_codegen::ir::MemFlagsData;

    /// What becomes of 16 bits in memory that are extended, and kept narrow too if they are to be.
    fn widened(load: MemFlagsData, also_narrow: bool) -> String {
        let (mut function, isa) = of_place(|b, place| {
            let bytes = b.ins().load(types::I16, load, place, 2);
            if also_narrow {
                b.ins().store(flags(), bytes, place, 8);
            }
            let (wide, again) = (b.ins().uextend(types::I64, bytes), b.ins().uextend(types::I64, bytes));
            b.ins().iadd(wide, again)
        });
        widen(&mut function);
        cranelift_codegen::verify_function(&function, &*isa).unwrap();
        function.display().to_string()
    }

    #[test]
    fn a_load_that_is_only_wanted_wide_extends() {
        let code = widened(flags(), false);
        assert!(code.contains("uload16") && !code.contains("uextend"), "{code}");
    }

    #[test]
    fn one_that_is_wanted_narrow_too_or_may_leave_a_loop_stays() {
        for code in [widened(flags(), true), widened(steady(), false)] {
            assert!(!code.contains("uload16") && code.contains("uextend"), "{code}");
        }
    }
}
