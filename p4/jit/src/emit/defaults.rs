//! Tables without keys.

use super::{Found, Gen};
use crate::abi::Context;
use crate::defaults::{DefaultHead, DefaultPlace};
use crate::values::Val;
use crate::wire::flags;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use front::ir::{BlockId, SlotId, TableId};
use std::mem::offset_of;

impl Gen<'_, '_> {
    /// Goes on with the default action, which is never a hit.
    pub(super) fn apply_default(
        &mut self,
        code: usize,
        table: TableId,
        hit: Option<SlotId>,
        actions: &[BlockId],
        place: DefaultPlace,
    ) {
        let context = self.context;
        let load = |g: &mut Self, from: Value, at: i32| g.a.b.ins().load(types::I64, flags(), from, at);
        let defaults = load(self, context, offset_of!(Context, defaults) as i32);
        if self.plan.program.tables[table.index()].counter.is_some() {
            let cell = load(self, defaults, place.head() + offset_of!(DefaultHead, counter) as i32);
            self.count_shared(cell);
        }
        let result = load(self, defaults, place.head() + offset_of!(DefaultHead, action) as i32);
        let args = self.a.b.ins().iadd_imm_u(defaults, i64::from(place.first()));
        self.dispatch(code, table, hit, actions, Found { result, saved: None, args: Some(args) });
    }

    /// The arguments follow each other, each in whole words.
    pub(super) fn load_args(&mut self, params: &[SlotId], args: Value, wanted: impl Fn(SlotId) -> bool) {
        let mut at = 0;
        for slot in params {
            let width = self.plan.program.slot(*slot).width;
            let words = width.div_ceil(64) as i32;
            if wanted(*slot) {
                let mut value: Val = self.a.zero(width);
                for (word, limb) in (0..words).zip(&mut value.limbs) {
                    *limb = self.a.b.ins().load(types::I64, flags(), args, (at + word) * 8);
                }
                self.write_slot(*slot, &value);
            }
            at += words;
        }
    }
}
