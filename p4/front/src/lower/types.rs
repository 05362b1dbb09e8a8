//! Types without variables, and what they are made of.

use super::{Failed, Lowerer, MOST_BITS, MOST_ELEMENTS, Res, TypeMap};
use crate::hir::{self, CompositeId, CompositeKind, SizeOf, Ty, TypeArgs};
use crate::ir::{self, ENUM_WIDTH};
use crate::source::Span;
use num_bigint::BigInt;

/// A type of one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scalar {
    pub width: u32,
    pub signed: bool,
}

/// A scalar of a composite, for lists of fields.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// `a.b`; empty for a scalar itself.
    pub name: String,
    pub ty: Ty,
}

/// Leaves of one type.
const MOST_LEAVES: usize = 1 << 16;
const DEEPEST_TYPE: usize = 100;

pub(super) fn substitute(ty: &Ty, map: &TypeMap) -> Ty {
    if map.is_empty() {
        return ty.clone();
    }
    let all = |args: &TypeArgs| args.iter().map(|arg| substitute(arg, map)).collect::<TypeArgs>();
    match ty {
        Ty::Var(id) => map.get(id).cloned().unwrap_or(Ty::Unknown),
        Ty::Composite(id, args) => Ty::Composite(*id, all(args)),
        Ty::Stack(element, size) => Ty::Stack(substitute(element, map).into(), *size),
        Ty::Tuple(args) => Ty::Tuple(all(args)),
        Ty::List(element) => Ty::List(substitute(element, map).into()),
        Ty::Extern(id, args) => Ty::Extern(*id, all(args)),
        Ty::Apply(id, args) => Ty::Apply(*id, all(args)),
        other => other.clone(),
    }
}

impl<'a> Lowerer<'a> {
    /// The type as it is in the body that is being lowered.
    pub(super) fn ty(&self, ty: &Ty) -> Ty {
        match self.scopes.last() {
            Some(scope) => substitute(ty, &scope.types),
            None => ty.clone(),
        }
    }

    pub(super) fn composite(&self, id: CompositeId) -> Option<&'a hir::Composite> {
        self.hir.composites.get(id.index())
    }

    pub(super) fn field_types(&self, id: CompositeId, args: &TypeArgs) -> Vec<Ty> {
        let Some(composite) = self.composite(id) else { return vec![] };
        let map: TypeMap = composite.type_params.iter().copied().zip(args.iter().cloned()).collect();
        composite.fields.iter().map(|field| substitute(&field.ty, &map)).collect()
    }

    /// `type` and nothing else removed.
    pub(super) fn underlying(&self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        for _ in 0..DEEPEST_TYPE {
            match &ty {
                Ty::NewType(id) => match self.hir.new_types.get(id.index()) {
                    Some(new_type) => ty = new_type.ty.clone(),
                    None => return Ty::Unknown,
                },
                _ => return ty,
            }
        }
        Ty::Unknown
    }

    pub(super) fn scalar_of(&self, ty: &Ty) -> Option<Scalar> {
        let unsigned = |width| Some(Scalar { width, signed: false });
        match self.underlying(ty) {
            Ty::Bool => unsigned(1),
            Ty::Bit(width) => unsigned(width),
            Ty::Int(width) => Some(Scalar { width, signed: true }),
            Ty::Error => unsigned(ENUM_WIDTH),
            Ty::Enum(id) => match &self.hir.enums.get(id.index())?.ty {
                None => unsigned(ENUM_WIDTH),
                Some(Ty::Enum(_)) => None,
                Some(inner) => self.scalar_of(inner),
            },
            _ => None,
        }
    }

    pub(super) fn is_signed(&self, ty: &Ty) -> bool {
        self.scalar_of(ty).is_some_and(|scalar| scalar.signed)
    }

    pub(super) fn kind_of(&self, ty: &Ty) -> Option<CompositeKind> {
        match ty {
            Ty::Composite(id, _) => Some(self.composite(*id)?.kind),
            _ => None,
        }
    }

    /// The type as a person would write it, for messages.
    pub(super) fn type_name(&self, ty: &Ty) -> String {
        match ty {
            Ty::Void => "void".into(),
            Ty::Bool => "bool".into(),
            Ty::String => "string".into(),
            Ty::Error => "error".into(),
            Ty::MatchKind => "match_kind".into(),
            Ty::Integer => "int".into(),
            Ty::Bit(width) => format!("bit<{width}>"),
            Ty::Int(width) => format!("int<{width}>"),
            Ty::Varbit(width) => format!("varbit<{width}>"),
            Ty::Composite(id, _) => self.composite(*id).map_or(String::new(), |c| self.text(c.name)),
            Ty::Stack(element, size) => format!("{}[{size}]", self.type_name(element)),
            Ty::Tuple(_) => "tuple".into(),
            Ty::List(_) => "list".into(),
            Ty::Enum(id) => self.hir.enums.get(id.index()).map_or(String::new(), |e| self.text(e.name)),
            Ty::NewType(id) => {
                self.hir.new_types.get(id.index()).map_or(String::new(), |t| self.text(t.name))
            }
            Ty::Extern(id, _) => {
                self.hir.externs.get(id.index()).map_or(String::new(), |e| self.text(e.name))
            }
            _ => "this type".into(),
        }
    }

    /// Types of the members in order; None for what has none.
    pub(super) fn member_types(&self, ty: &Ty) -> Option<Vec<Ty>> {
        match ty {
            Ty::Composite(id, args) => Some(self.field_types(*id, args)),
            Ty::Tuple(args) => Some(args.to_vec()),
            Ty::Stack(element, size) if *size <= MOST_ELEMENTS => {
                Some(vec![(**element).clone(); *size as usize])
            }
            _ => None,
        }
    }

    pub(super) fn member_names(&self, ty: &Ty) -> Vec<String> {
        match ty {
            Ty::Composite(id, _) => self.composite(*id).map_or(vec![], |composite| {
                composite.fields.iter().map(|field| self.text(field.name)).collect()
            }),
            Ty::Tuple(args) => (0..args.len()).map(|at| format!("f{at}")).collect(),
            Ty::Stack(_, size) => (0..*size).map(|at| format!("[{at}]")).collect(),
            _ => vec![],
        }
    }

    /// Every scalar and varbit in order; the validity of headers is not among them.
    pub(super) fn leaves(&mut self, ty: &Ty, span: Span) -> Res<Vec<Leaf>> {
        let mut leaves = vec![];
        self.add_leaves(ty, String::new(), span, 0, &mut leaves)?;
        Ok(leaves)
    }

    fn add_leaves(
        &mut self,
        ty: &Ty,
        name: String,
        span: Span,
        depth: usize,
        into: &mut Vec<Leaf>,
    ) -> Res<()> {
        if into.len() >= MOST_LEAVES || depth > DEEPEST_TYPE {
            return self.stop(span, format!("{} is too large", self.type_name(ty)));
        }
        self.work += 1;
        let Some(members) = self.member_types(ty) else {
            if self.scalar_of(ty).is_none() && !matches!(self.underlying(ty), Ty::Varbit(_)) {
                return self.fail(span, format!("{} has no fields with a width here", self.type_name(ty)));
            }
            into.push(Leaf { name, ty: ty.clone() });
            return Ok(());
        };
        for (member, member_name) in members.iter().zip(self.member_names(ty)) {
            let dot = if name.is_empty() || member_name.starts_with('[') { "" } else { "." };
            self.add_leaves(member, format!("{name}{dot}{member_name}"), span, depth + 1, into)?;
        }
        Ok(())
    }

    /// Bits of a type without varbit fields.
    pub(super) fn fixed_width(&mut self, ty: &Ty, span: Span) -> Res<u32> {
        let mut bits = 0u64;
        for leaf in self.leaves(ty, span)? {
            match self.scalar_of(&leaf.ty) {
                Some(scalar) => bits += u64::from(scalar.width),
                None => {
                    let name = self.type_name(ty);
                    return self
                        .limit(span, format!("{name} has a varbit field; a fixed width is needed here"));
                }
            }
        }
        self.bits(bits, span)
    }

    pub(super) fn bits(&mut self, bits: u64, span: Span) -> Res<u32> {
        match u32::try_from(bits) {
            Ok(bits) if bits <= MOST_BITS => Ok(bits),
            _ => self.stop(span, format!("{bits} bits in one value; the limit is {MOST_BITS}")),
        }
    }

    /// P4-16 section 9: `minSizeInBits` and relatives.
    pub(super) fn size_of(&mut self, ty: &Ty, what: SizeOf, span: Span) -> Res<BigInt> {
        let max = matches!(what, SizeOf::MaxBits | SizeOf::MaxBytes);
        let bits = self.size_in_bits(ty, max, span, 0)?;
        Ok(match what {
            SizeOf::MinBits | SizeOf::MaxBits => bits,
            SizeOf::MinBytes | SizeOf::MaxBytes => (bits + 7) >> 3,
        })
    }

    fn size_in_bits(&mut self, ty: &Ty, max: bool, span: Span, depth: usize) -> Res<BigInt> {
        self.work += 1;
        if depth > DEEPEST_TYPE || self.work > super::MOST_WORK {
            return self.stop(span, format!("{} is too large", self.type_name(ty)));
        }
        if let Ty::Varbit(width) = self.underlying(ty) {
            return Ok(if max { width.into() } else { 0.into() });
        }
        if let Some(scalar) = self.scalar_of(ty) {
            return Ok(scalar.width.into());
        }
        if let Ty::Stack(element, size) = ty {
            return Ok(self.size_in_bits(element, max, span, depth + 1)? * *size);
        }
        let Some(members) = self.member_types(ty) else {
            return self.fail(span, format!("{} has no size", self.type_name(ty)));
        };
        let sizes = members.iter().map(|member| self.size_in_bits(member, max, span, depth + 1));
        let sizes = sizes.collect::<Result<Vec<BigInt>, Failed>>()?;
        Ok(match self.kind_of(ty) {
            Some(CompositeKind::Union) => sizes.into_iter().max().unwrap_or_default(),
            _ => sizes.into_iter().sum(),
        })
    }

    /// The type as controllers see it.
    pub(super) fn describe(&mut self, ty: &Ty, span: Span) -> Res<ir::ScalarType> {
        let Some(scalar) = self.scalar_of(ty) else {
            return self.limit(span, format!("{} is no type for the control plane", self.type_name(ty)));
        };
        let mut described = ir::ScalarType {
            width: scalar.width,
            signed: scalar.signed,
            name: None,
            members: vec![],
            annotations: vec![],
            is_bool: matches!(self.underlying(ty), Ty::Bool),
        };
        match ty {
            Ty::NewType(id) => {
                if let Some(new_type) = self.hir.new_types.get(id.index()) {
                    described.name = Some(self.text(new_type.name));
                    described.annotations = new_type.annotations.clone();
                }
            }
            Ty::Enum(id) => {
                if let Some(declared) =
                    self.hir.enums.get(id.index()).filter(|declared| declared.ty.is_some())
                {
                    described.name = Some(self.text(declared.name));
                    described.annotations = declared.annotations.clone();
                    described.members = self.enum_members(declared, scalar.width);
                }
            }
            _ => {}
        }
        Ok(described)
    }

    fn enum_members(&self, declared: &hir::Enum, width: u32) -> Vec<(String, num_bigint::BigUint)> {
        let value = |member: &hir::EnumMember| member.value.clone().unwrap_or_default();
        let member = |member| (self.text(member_name(member)), super::value::bits_of(&value(member), width));
        declared.members.iter().map(member).collect()
    }
}

fn member_name(member: &hir::EnumMember) -> crate::Name {
    member.name
}
