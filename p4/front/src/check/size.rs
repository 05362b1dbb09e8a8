//! Sizes known at compile time. P4-16 section 9.

use super::Checker;
use super::types::mentions;
use crate::hir::*;
use num_bigint::BigInt;

impl Checker<'_> {
    /// The least or most bits of a value; None where the type has no size.
    pub(super) fn size_in_bits(&self, ty: &Ty, most: bool) -> Option<BigInt> {
        self.size_at(ty, most, 0)
    }

    fn size_at(&self, ty: &Ty, most: bool, depth: u32) -> Option<BigInt> {
        if depth > 64 {
            return None;
        }
        let inner = |ty: &Ty| self.size_at(ty, most, depth + 1);
        Some(match ty {
            Ty::Bool => 1.into(),
            Ty::Bit(width) | Ty::Int(width) => (*width).into(),
            Ty::Varbit(width) => if most { *width } else { 0 }.into(),
            Ty::Enum(_) => inner(&self.underlying(ty)?)?,
            Ty::NewType(_) => inner(&self.behind(ty))?,
            Ty::Tuple(of) => of.iter().map(inner).sum::<Option<BigInt>>()?,
            Ty::Stack(of, size) => inner(of)? * *size,
            Ty::Composite(id, args) => {
                let sizes = self.fields(*id, args).into_iter().map(|(_, field)| inner(&field));
                let sizes: Vec<BigInt> = sizes.collect::<Option<_>>()?;
                if self.is_union(ty) {
                    sizes.into_iter().max().unwrap_or_default()
                } else {
                    sizes.into_iter().sum()
                }
            }
            _ => return None,
        })
    }

    pub(super) fn is_generic(&self, ty: &Ty) -> bool {
        mentions(ty, &|_| true)
    }

    /// Whether a value of the type has a varbit in it, or a union (which has no fixed length).
    pub(super) fn has_varbit(&self, ty: &Ty) -> bool {
        self.varbits(ty, 0) > 0
    }

    /// How many varbit fields there are, in a stack as many as in one element.
    pub(super) fn varbits(&self, ty: &Ty, depth: u32) -> usize {
        if depth > 64 {
            return 0;
        }
        match ty {
            Ty::Varbit(_) => 1,
            Ty::Tuple(of) => of.iter().map(|ty| self.varbits(ty, depth + 1)).sum(),
            Ty::Stack(of, _) => self.varbits(of, depth + 1),
            Ty::Composite(id, args) => {
                self.fields(*id, args).iter().map(|(_, field)| self.varbits(field, depth + 1)).sum()
            }
            _ => 0,
        }
    }
}
