//! Simpler code with the same effect. Each pass can run alone, and leaves a program that is right.

mod dead;
mod jumps;
mod propagate;
mod sink;
mod slots;
mod visit;

pub use dead::remove_dead;
pub use jumps::{remove_unreachable, simplify_jumps};
pub use propagate::propagate;
pub use sink::sink;
pub use slots::remove_unused;

use crate::ir::{Bits, Code, ConstId, Operand, Program};
use num_bigint::BigUint;
use std::collections::HashMap;

/// Rounds of all passes: each makes work for the others, ever less of it.
const MOST_ROUNDS: usize = 6;

/// All passes until nothing changes.
pub fn optimise(program: &mut Program) {
    for _ in 0..MOST_ROUNDS {
        let mut changed = simplify_jumps(program);
        changed |= sink(program);
        changed |= propagate(program);
        changed |= remove_dead(program);
        check(program);
        if !changed {
            break;
        }
    }
    simplify_jumps(program);
    remove_unused(program);
    check(program);
}

fn check(program: &Program) {
    if cfg!(debug_assertions)
        && let Err(problems) = crate::ir_check::check(program)
    {
        unreachable!("a pass broke the program: {problems:?}");
    }
}

/// Every code of a program in turn, with the program at hand for what it says about slots and headers.
fn each_code(program: &mut Program, mut run: impl FnMut(&mut Program, &mut Code, Part) -> bool) -> bool {
    let mut changed = false;
    for part in [Part::Parser, Part::Verify, Part::Ingress, Part::Egress, Part::Compute, Part::Deparser] {
        let mut code = std::mem::take(part.of(program));
        changed |= run(program, &mut code, part);
        *part.of(program) = code;
    }
    changed
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Parser,
    Verify,
    Ingress,
    Egress,
    Compute,
    Deparser,
}

impl Part {
    fn of(self, program: &mut Program) -> &mut Code {
        match self {
            Part::Parser => &mut program.parser,
            Part::Verify => &mut program.verify,
            Part::Ingress => &mut program.ingress,
            Part::Egress => &mut program.egress,
            Part::Compute => &mut program.compute,
            Part::Deparser => &mut program.deparser,
        }
    }
}

/// The constants of a program, each once.
#[derive(Debug)]
struct Consts(HashMap<Bits, ConstId>);

impl Consts {
    fn of(program: &Program) -> Consts {
        let ids = program.consts.iter().enumerate();
        Consts(ids.map(|(at, bits)| (bits.clone(), ConstId(at as u32))).collect())
    }

    fn operand(&mut self, program: &mut Program, width: u32, value: BigUint) -> Operand {
        let bits = Bits { width, value };
        if let Some(id) = self.0.get(&bits) {
            return Operand::Const(*id);
        }
        let id = ConstId(program.consts.len() as u32);
        program.consts.push(bits.clone());
        self.0.insert(bits, id);
        Operand::Const(id)
    }
}
