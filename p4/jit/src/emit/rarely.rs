//! Calls that are hardly ever made: they leave every register as it is, so that nothing has to be on the stack for them on the way that
//! does without. Cranelift's convention for this has no results; what the function returns is left in the context.

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

/// Of [`Context::rarely`]: a function, and its arguments.
pub fn signature() -> ir::Signature {
    let mut signature = ir::Signature::new(CallConv::PreserveAll);
    signature.params.extend([AbiParam::new(types::I64); 4]);
    signature
}

/// Fills [`Context::rarely`].
pub fn function(builder: &mut FunctionBuilder<'_>) {
    let callee = builder.import_signature(host_signature());
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let params = builder.block_params(block).to_vec();
    let call = builder.ins().call_indirect(callee, params[0], &params[1..]);
    let answer = builder.inst_results(call)[0];
    builder.ins().store(flags(), answer, params[1], offset_of!(Context, answer) as i32);
    builder.ins().return_(&[]);
    builder.seal_all_blocks();
}

impl Gen<'_, '_> {
    /// Calls a function of the [`Context`].
    pub(super) fn call_rarely(&mut self, function: usize, arguments: [Value; 2]) -> Value {
        let context = self.context;
        let load = |g: &mut Self, at: usize| g.a.b.ins().load(types::I64, flags(), context, at as i32);
        let callee = load(self, function);
        let rarely = load(self, offset_of!(Context, rarely));
        self.a.b.ins().call_indirect(self.rarely, rarely, &[callee, context, arguments[0], arguments[1]]);
        load(self, offset_of!(Context, answer))
    }
}
