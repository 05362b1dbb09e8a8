//! Checks that a program takes together are made one after the other where a packet that fails one begins again: there
//! nothing of the packet is kept, so that a check is a compare and a branch that is never taken, and what it looked at is
//! forgotten at once.

use crate::narrow::{Bounds, constant, displace};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, Function, Inst, InstBuilder, InstructionData, Opcode, Value,
};
use std::collections::HashMap;

/// A value, and whether a packet goes on where it is not zero.
#[derive(Debug, Clone, Copy)]
struct Check {
    value: Value,
    holds: bool,
}

/// Takes every condition apart that decides whether a packet begins again.
pub fn split(function: &mut Function, again: Block) {
    join(function);
    let blocks: Vec<Block> = function.layout.blocks().collect();
    let kept = needed_again(function, again);
    for block in blocks {
        let Some(end) = function.layout.last_inst(block) else { continue };
        let InstructionData::Brif { arg, blocks: [then, other], .. } = function.dfg.insts[end] else {
            continue;
        };
        let goes = |call: BlockCall| call.block(&function.dfg.value_lists);
        let (holds, on, back) = match (goes(then) == again, goes(other) == again) {
            (false, true) => (true, then, other),
            (true, false) => (false, other, then),
            _ => continue,
        };
        let mut checks = vec![];
        gather(function, &mut Bounds::default(), Check { value: arg, holds }, &mut checks);
        if checks.len() > 1 {
            let places = places(function, (block, end), &checks, (on, back, &kept));
            take_apart(function, (block, end), &checks, (on, back), &places);
        }
    }
}

/// A block to which only one leads, which leads nowhere else, becomes part of that: what only a check reads is moved to it within a
/// block.
fn join(function: &mut Function) {
    let blocks: Vec<Block> = function.layout.blocks().collect();
    let mut entered: HashMap<Block, usize> = HashMap::new();
    for end in blocks.iter().filter_map(|block| function.layout.last_inst(*block)) {
        let ways = function.dfg.insts[end]
            .branch_destination(&function.dfg.jump_tables, &function.dfg.exception_tables);
        for way in ways {
            *entered.entry(way.block(&function.dfg.value_lists)).or_default() += 1;
        }
    }
    for block in blocks {
        while let Some(end) = function.layout.last_inst(block)
            && let InstructionData::Jump { destination, .. } = function.dfg.insts[end]
            && let next = destination.block(&function.dfg.value_lists)
            && next != block
            && entered.get(&next) == Some(&1)
        {
            let (params, args) = (function.dfg.block_params(next).to_vec(), arguments(function, destination));
            function.dfg.detach_block_params(next);
            for (param, arg) in params.into_iter().zip(args) {
                let BlockArg::Value(value) = arg else { unreachable!("nothing here throws") };
                function.dfg.change_to_alias(param, value);
            }
            function.layout.remove_inst(end);
            while let Some(inst) = function.layout.first_inst(next) {
                function.layout.remove_inst(inst);
                function.layout.append_inst(inst, block);
            }
            function.layout.remove_block(next);
        }
    }
}

/// What is used where a packet begins again and where the next one begins; what comes then is not behind the checks alone.
fn needed_again(function: &Function, again: Block) -> Vec<Value> {
    let next = function.layout.last_inst(again).into_iter().flat_map(|end| {
        let to = function.dfg.insts[end]
            .branch_destination(&function.dfg.jump_tables, &function.dfg.exception_tables);
        to.iter().map(|call| call.block(&function.dfg.value_lists)).collect::<Vec<_>>()
    });
    let blocks = next.chain([again]);
    let insts = blocks.flat_map(|block| function.layout.block_insts(block));
    insts.flat_map(|inst| function.dfg.inst_values(inst)).collect()
}

/// The checks that all have to be passed, in the order of the program.
fn gather(function: &Function, bounds: &mut Bounds, check: Check, checks: &mut Vec<Check>) {
    let value = function.dfg.resolve_aliases(check.value);
    let Some(inst) = function.dfg.value_def(value).inst() else {
        return checks.push(Check { value, ..check });
    };
    let mut bit = |value| bounds.most(function, value, 0) <= 1;
    let parts: &[(Value, bool)] = match function.dfg.insts[inst] {
        InstructionData::Unary { opcode: Opcode::Uextend, arg } => &[(arg, check.holds)],
        InstructionData::Unary { opcode: Opcode::Ireduce, arg } if bit(arg) => &[(arg, check.holds)],
        InstructionData::Binary { opcode: Opcode::Band, args: [x, y] } if check.holds && bit(x) && bit(y) => {
            &[(x, true), (y, true)]
        }
        InstructionData::Binary { opcode: Opcode::Bor, args: [x, y] } if !check.holds => {
            &[(x, false), (y, false)]
        }
        InstructionData::IntCompare { opcode: Opcode::Icmp, args: [x, y], cond } => {
            let with = constant(function, y);
            match (cond, with) {
                (IntCC::NotEqual, Some(0)) => &[(x, check.holds)],
                (IntCC::Equal, Some(0)) => &[(x, !check.holds)],
                (IntCC::Equal, Some(1)) if bounds.most(function, x, 0) <= 1 => &[(x, check.holds)],
                _ => &[],
            }
        }
        _ => &[],
    };
    if parts.is_empty() {
        return checks.push(Check { value, ..check });
    }
    for (value, holds) in parts.iter().copied() {
        gather(function, bounds, Check { value, holds }, checks);
    }
}

/// A block for each check but the first, with what only it and those behind it need.
fn take_apart(
    function: &mut Function,
    (block, end): (Block, Inst),
    checks: &[Check],
    (on, back): (BlockCall, BlockCall),
    places: &HashMap<Inst, usize>,
) {
    let insts: Vec<Inst> = function.layout.block_insts(block).collect();
    let (to, args) = (on.block(&function.dfg.value_lists), arguments(function, on));
    let (again, kept) = (back.block(&function.dfg.value_lists), arguments(function, back));
    function.layout.remove_inst(end);
    let mut chain = vec![block];
    for _ in checks {
        let next = function.dfg.make_block();
        function.layout.insert_block_after(next, chain[chain.len() - 1]);
        chain.push(next);
    }
    for inst in insts {
        if let Some(place) = places.get(&inst).filter(|place| **place > 0) {
            function.layout.remove_inst(inst);
            function.layout.append_inst(inst, chain[*place]);
        }
    }
    for (check, way) in checks.iter().zip(chain.windows(2)) {
        let mut at = FuncCursor::new(function);
        at.goto_bottom(way[0]);
        match check.holds {
            true => at.ins().brif(check.value, way[1], &[], again, &kept),
            false => at.ins().brif(check.value, again, &kept, way[1], &[]),
        };
    }
    let last = chain[chain.len() - 1];
    let mut at = FuncCursor::new(function);
    at.goto_bottom(last);
    at.ins().jump(to, &args);
    // What acts stays in the first of them: from the second on nothing is written.
    chain[1..].windows(2).for_each(|pair| load_once(function, pair[0], pair[1]));
}

/// What a check loads that the one before it has loaded is still in a register. No further: what is kept for longer is in the way of
/// others.
fn load_once(function: &mut Function, before: Block, block: Block) {
    let insts: Vec<Inst> = function.layout.block_insts(block).collect();
    for inst in insts {
        while displace(function, inst) {}
        let data = function.dfg.insts[inst];
        let InstructionData::Load { .. } = data else { continue };
        let ty = |inst| function.dfg.value_type(function.dfg.first_result(inst));
        let same = |other: &Inst| function.dfg.insts[*other] == data && ty(*other) == ty(inst);
        let Some(other) = function.layout.block_insts(before).find(same) else { continue };
        let (value, loaded) = (function.dfg.first_result(inst), function.dfg.first_result(other));
        function.dfg.detach_inst_results(inst);
        function.dfg.change_to_alias(value, loaded);
        function.layout.remove_inst(inst);
    }
}

fn arguments(function: &Function, call: BlockCall) -> Vec<BlockArg> {
    call.args(&function.dfg.value_lists).collect()
}

/// For each instruction of the block, the number of the first check that needs it, or of the block behind all checks.
/// What does more than to make a value stays, and so does what was read before something is written.
fn places(
    function: &Function,
    (block, end): (Block, Inst),
    checks: &[Check],
    (on, back, kept): (BlockCall, BlockCall, &[Value]),
) -> HashMap<Inst, usize> {
    let last = checks.len();
    let mut needed: HashMap<Value, usize> = HashMap::new();
    let need = |needed: &mut HashMap<Value, usize>, value: Value, place: usize| {
        let value = function.dfg.resolve_aliases(value);
        let known = needed.entry(value).or_insert(place);
        *known = place.min(*known);
    };
    kept.iter().for_each(|value| need(&mut needed, *value, 0));
    for (call, place) in [(on, last), (back, 0)] {
        for arg in arguments(function, call) {
            if let BlockArg::Value(value) = arg {
                need(&mut needed, value, place);
            }
        }
    }
    for (place, check) in checks.iter().enumerate() {
        need(&mut needed, check.value, place);
    }
    let mut places = HashMap::new();
    let mut writes = false;
    let insts: Vec<Inst> = function.layout.block_insts(block).filter(|inst| *inst != end).collect();
    for inst in insts.into_iter().rev() {
        let data = &function.dfg.insts[inst];
        let opcode = data.opcode();
        let traps = data
            .memflags()
            .map_or(opcode.can_trap(), |flags| function.dfg.mem_flags[flags].trap_code().is_some());
        let acts = opcode.can_store() || opcode.is_call() || opcode.other_side_effects() || traps;
        writes |= acts;
        let results = function.dfg.inst_results(inst);
        let place = match acts || (writes && opcode.can_load()) {
            true => 0,
            false => results.iter().filter_map(|value| needed.get(value)).min().copied().unwrap_or(last),
        };
        places.insert(inst, place);
        for value in function.dfg.inst_values(inst).collect::<Vec<_>>() {
            need(&mut needed, value, place);
        }
    }
    places
}
