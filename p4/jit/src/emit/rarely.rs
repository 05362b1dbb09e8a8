//! Calls that are hardly ever made: they leave every register as it is, so that nothing has to be on the stack for them on the way that
//! does without. Cranelift's convention for this has no results; what the function returns is left in the context, and so is what it is
//! called with: arguments have registers of their own, which values would be kept in, or out of, on all ways.

use super::Gen;
use crate::abi::Context;
use crate::wire::flags;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Value, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use std::mem::offset_of;

/// Of what the host has for a packet: context, and two numbers.
pub fn host_signature() -> ir::Signature {
    let mut signature = super::signature();
    signature.returns.push(AbiParam::new(types::I64));
    signature
}

/// Of [`Context::rarely`]: the context.
pub fn signature() -> ir::Signature {
    let mut signature = ir::Signature::new(CallConv::PreserveAll);
    signature.params.push(AbiParam::new(types::I64));
    signature
}

/// Where in the context the function is, and behind it its two numbers.
fn asked(at: usize) -> i32 {
    (offset_of!(Context, asked) + at * size_of::<u64>()) as i32
}

/// Fills [`Context::rarely`].
pub fn function(builder: &mut FunctionBuilder<'_>) {
    let callee = builder.import_signature(host_signature());
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let context = builder.block_params(block)[0];
    let [function, first, second] =
        [0, 1, 2].map(|at| builder.ins().load(types::I64, flags(), context, asked(at)));
    let call = builder.ins().call_indirect(callee, function, &[context, first, second]);
    let answer = builder.inst_results(call)[0];
    builder.ins().store(flags(), answer, context, offset_of!(Context, answer) as i32);
    builder.ins().return_(&[]);
    builder.seal_all_blocks();
}

impl Gen<'_, '_> {
    /// Calls a function of the [`Context`].
    pub(super) fn call_rarely(&mut self, function: usize, arguments: [Value; 2]) -> Value {
        let context = self.context;
        let load = |g: &mut Self, at: usize| g.a.b.ins().load(types::I64, flags(), context, at as i32);
        let callee = load(self, function);
        for (at, value) in [callee, arguments[0], arguments[1]].into_iter().enumerate() {
            self.a.b.ins().store(flags(), value, context, asked(at));
        }
        let rarely = load(self, offset_of!(Context, rarely));
        self.a.b.ins().call_indirect(self.rarely, rarely, &[context]);
        load(self, offset_of!(Context, answer))
    }
}
