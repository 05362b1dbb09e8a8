//! Prefetches: Cranelift has no such instruction, so an unused load is emitted and turned into one afterwards.
//!
//! A sign-extending byte load that may trap is never removed or merged, and its trap code tells where it came to stand.
//! `movsx r64, byte [m]` is `REX.W 0F BE /r`; `prefetcht0 [m]` is `0F 18 /1` with the same operand and length.

use cranelift_codegen::MachTrap;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, TrapCode, Value, types};
use cranelift_frontend::FunctionBuilder;

fn code() -> TrapCode {
    TrapCode::unwrap_user(77)
}

/// Asks for the line at `at`, which may be any address.
pub fn emit(b: &mut FunctionBuilder<'_>, at: Value) {
    let flags = MemFlagsData::new().with_trap_code(Some(code()));
    b.ins().sload8(types::I64, flags, at, 0);
}

/// Rewrites the loads; how many they were, or the place of one that is not as expected.
pub fn patch(bytes: &mut [u8], traps: &[MachTrap]) -> Result<usize, usize> {
    let mut count = 0;
    for trap in traps.iter().filter(|trap| trap.code == code()) {
        let at = trap.offset as usize;
        let Some([rex, 0x0f, 0xbe, mode]) = bytes.get(at..at + 4).and_then(|code| code.first_chunk::<4>())
        else {
            return Err(at);
        };
        if rex & 0xf0 != 0x40 {
            return Err(at);
        }
        // Without W (the operand's size) and R (the high bit of the register, which is now part of the opcode).
        let patched = [0x40 | (rex & 0b0011), 0x0f, 0x18, (mode & 0b1100_0111) | 1 << 3];
        bytes[at..at + 4].copy_from_slice(&patched);
        count += 1;
    }
    Ok(count)
}
