//! Type arguments from the types of arguments, and blocks against the types of blocks. P4-16 sections 8.20, 17.2.

use super::Checker;
use super::types::{Bindings, bind, substitute};
use crate::hir::*;
use std::collections::HashSet;

/// Variables that may be bound, and what they are bound to so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Inference {
    pub free: HashSet<TypeVarId>,
    pub bound: Bindings,
}

impl Inference {
    pub(super) fn new(vars: &[TypeVarId]) -> Inference {
        Inference { free: vars.iter().copied().collect(), bound: Bindings::new() }
    }

    fn may_bind(&self, var: TypeVarId, wild: &HashSet<TypeVarId>) -> bool {
        self.free.contains(&var) || wild.contains(&var)
    }

    /// The type as far as it is known.
    pub(super) fn apply(&self, ty: &Ty) -> Ty {
        let mut ty = substitute(ty, &self.bound);
        // A bound type may mention another variable that is bound in its turn: as often as there are variables.
        for _ in 0..self.bound.len().min(16) {
            let next = substitute(&ty, &self.bound);
            if next == ty {
                break;
            }
            ty = next;
        }
        ty
    }

    pub(super) fn is_open(&self, ty: &Ty) -> bool {
        super::types::mentions(ty, &|var| self.free.contains(&var) && !self.bound.contains_key(&var))
    }
}

impl Checker<'_> {
    /// Makes `wanted`, which may have free variables, agree with the type of an argument.
    pub(super) fn unify(&self, wanted: &Ty, given: &Ty, inference: &mut Inference) -> bool {
        self.unify_at(wanted, given, inference, 0)
    }

    fn unify_at(&self, wanted: &Ty, given: &Ty, inference: &mut Inference, depth: u32) -> bool {
        if depth > 32 {
            return false;
        }
        if wanted == given || matches!(given, Ty::Unknown) || matches!(wanted, Ty::Unknown) {
            return true;
        }
        match (wanted, given) {
            (Ty::Var(var), _) if inference.may_bind(*var, &self.wild) => {
                self.bind(*var, given, inference, depth)
            }
            (_, Ty::Var(var)) if inference.may_bind(*var, &self.wild) => {
                self.bind(*var, wanted, inference, depth)
            }
            (Ty::Bit(_) | Ty::Int(_), Ty::Integer) => true,
            (_, Ty::Enum(_)) if self.underlying(given).as_ref() == Some(wanted) => true,
            (Ty::Composite(a, wanted), Ty::Composite(b, given)) if a == b => {
                self.unify_all(wanted, given, inference, depth)
            }
            (Ty::Extern(a, wanted), Ty::Extern(b, given)) if a == b => {
                self.unify_all(wanted, given, inference, depth)
            }
            (Ty::Apply(a, wanted), Ty::Apply(b, given)) if a == b => {
                self.unify_all(wanted, given, inference, depth)
            }
            (Ty::Tuple(wanted), Ty::Tuple(given)) => self.unify_all(wanted, given, inference, depth),
            (Ty::Stack(a, n), Ty::Stack(b, m)) if n == m => self.unify_at(a, b, inference, depth + 1),
            (Ty::List(a), Ty::List(b)) => self.unify_at(a, b, inference, depth + 1),
            (Ty::List(a), Ty::Tuple(b)) => b.iter().all(|b| self.unify_at(a, b, inference, depth + 1)),
            (Ty::Stack(a, n), Ty::Tuple(b)) if b.len() == *n as usize => {
                b.iter().all(|b| self.unify_at(a, b, inference, depth + 1))
            }
            (Ty::Composite(id, args), Ty::Tuple(given)) => {
                let fields: Vec<Ty> = self.fields(*id, args).into_iter().map(|(_, ty)| ty).collect();
                self.unify_all(&fields, given, inference, depth)
            }
            (Ty::Composite(id, args), Ty::Composite(other, _)) if self.anonymous.contains(other) => {
                let wanted = self.fields(*id, args);
                self.fields(*other, &[]).iter().all(|(name, given)| {
                    let field = wanted.iter().find(|(wanted, _)| wanted == name);
                    field.is_some_and(|(_, wanted)| self.unify_at(wanted, given, inference, depth + 1))
                })
            }
            (Ty::Apply(..), Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..)) => {
                self.unify_block(wanted, given, inference, depth)
            }
            _ => false,
        }
    }

    fn unify_all(&self, wanted: &[Ty], given: &[Ty], inference: &mut Inference, depth: u32) -> bool {
        wanted.len() == given.len()
            && wanted
                .iter()
                .zip(given)
                .all(|(wanted, given)| self.unify_at(wanted, given, inference, depth + 1))
    }

    fn bind(&self, var: TypeVarId, ty: &Ty, inference: &mut Inference, depth: u32) -> bool {
        match inference.bound.get(&var).cloned() {
            None => {
                if super::types::mentions(ty, &|other| other == var) {
                    return *ty == Ty::Var(var);
                }
                inference.bound.insert(var, ty.clone());
                true
            }
            // A literal takes the width that another argument has.
            Some(Ty::Integer) if matches!(ty, Ty::Bit(_) | Ty::Int(_)) => {
                inference.bound.insert(var, ty.clone());
                true
            }
            Some(Ty::Tuple(of))
                if of.contains(&Ty::Integer) && matches!(ty, Ty::Composite(..) | Ty::Tuple(_)) =>
            {
                let agrees = self.unify_at(ty, &Ty::Tuple(of), inference, depth + 1);
                if agrees {
                    inference.bound.insert(var, ty.clone());
                }
                agrees
            }
            Some(bound) => self.unify_at(&bound, ty, inference, depth + 1),
        }
    }

    /// What a parser, control or package can be applied with: its parameters, its type arguments in their places.
    pub(super) fn block_params(&self, ty: &Ty) -> Option<(ApplyKind, Vec<Param>)> {
        let (kind, params, bindings) = match ty {
            Ty::Parser(id) => (ApplyKind::Parser, &self.hir.parsers[id.index()].params, Bindings::new()),
            Ty::Control(id) => (ApplyKind::Control, &self.hir.controls[id.index()].params, Bindings::new()),
            Ty::Apply(id, args) => {
                let apply = &self.hir.apply_types[id.index()];
                (apply.kind, &apply.params, bind(&apply.type_params, args))
            }
            _ => return None,
        };
        let params =
            params.iter().map(|param| Param { ty: substitute(&param.ty, &bindings), ..param.clone() });
        Some((kind, params.collect()))
    }

    fn unify_block(&self, wanted: &Ty, given: &Ty, inference: &mut Inference, depth: u32) -> bool {
        let (Some((kind, wanted)), Some((other, given_params))) =
            (self.block_params(wanted), self.block_params(given))
        else {
            return false;
        };
        if kind != other || kind == ApplyKind::Package {
            return false;
        }
        let own = self.type_params_of_block(given).to_vec();
        inference.free.extend(own);
        if wanted.len() < given_params.len() {
            return false;
        }
        // A block may leave out the parameters at the end that are optional.
        wanted.iter().enumerate().all(|(at, wanted)| match given_params.get(at) {
            Some(given) => {
                wanted.direction == given.direction
                    && self.unify_at(&wanted.ty, &given.ty, inference, depth + 1)
            }
            None => wanted.optional,
        })
    }

    /// Whether an instance of one block type will do for another, with no type left to be found.
    pub(super) fn matches_block(&self, given: &Ty, wanted: &Ty) -> bool {
        self.unify(wanted, given, &mut Inference::default())
    }
}
