//! Sets of values: keys of `select` and of table entries. P4-16 sections 8.15, 13.6, 14.2.1.4.

use super::Checker;
use super::scope::Entity;
use super::show::count;
use super::value::is_literal;
use crate::ast::{self, KeyKind};
use crate::hir::*;

impl Checker<'_> {
    /// The keys of one case, one for each of the types.
    pub(super) fn keyset(&mut self, keyset: &ast::Keyset, types: &[Ty], select: bool) -> Option<Vec<Key>> {
        if let [key] = &keyset.keys[..] {
            if matches!(key.kind, KeyKind::Default | KeyKind::DontCare) {
                return Some(types.iter().map(|_| Key::Any).collect());
            }
            if let (KeyKind::Expr(expr), true) = (&key.kind, select)
                && let Some(set) = self.as_value_set(expr)
            {
                return self.value_set_key(set, types, expr.span);
            }
            if let (KeyKind::Expr(ast::Expr { kind: ast::ExprKind::List(items), .. }), true) =
                (&key.kind, types.len() != 1)
            {
                return self.listed_keys(items, types, keyset.span);
            }
        }
        if keyset.keys.len() != types.len() {
            let wanted = match select {
                true => count(types.len(), "selected expression"),
                false => format!("{} of the table", count(types.len(), "key")),
            };
            let message = format!("{} for {wanted}", count(keyset.keys.len(), "key"));
            self.error(keyset.span, message);
            return None;
        }
        keyset.keys.iter().zip(types).map(|(key, ty)| self.key(key, ty, select)).collect()
    }

    fn listed_keys(&mut self, items: &[ast::Expr], types: &[Ty], span: crate::Span) -> Option<Vec<Key>> {
        if items.len() != types.len() {
            let message = format!("{} for {}", count(items.len(), "key"), count(types.len(), "value"));
            self.error(span, message);
            return None;
        }
        Some(items.iter().zip(types).map(|(item, ty)| Key::Value(self.key_value(item, ty))).collect())
    }

    fn key(&mut self, key: &ast::Key, ty: &Ty, select: bool) -> Option<Key> {
        Some(match &key.kind {
            KeyKind::Default | KeyKind::DontCare => Key::Any,
            KeyKind::Expr(expr) => {
                if let (true, Some(set)) = (select, self.as_value_set(expr)) {
                    return self.value_set_key(set, std::slice::from_ref(ty), expr.span)?.pop();
                }
                Key::Value(self.key_value(expr, ty))
            }
            KeyKind::Mask(value, mask) => {
                self.numeric_set(ty, "&&&", key.span)?;
                Key::Mask(self.key_bound(value, ty), self.key_bound(mask, ty))
            }
            KeyKind::Range(low, high) => {
                self.numeric_set(ty, "..", key.span)?;
                let (low, high) = (self.key_bound(low, ty), self.key_bound(high, ty));
                if let (Some(a), Some(b)) = (self.int_of(&low), self.int_of(&high))
                    && a > b
                {
                    let message = format!("the range {a} .. {b} is empty");
                    self.warn("empty", crate::Diagnostic::warning(key.span, message));
                }
                Key::Range(low, high)
            }
        })
    }

    fn key_value(&mut self, expr: &ast::Expr, ty: &Ty) -> Expr {
        let value = self.expr(expr, Some(ty));
        if value.ty == Ty::Integer && matches!(ty, Ty::NewType(_)) {
            return self.cast(value, ty, expr.span);
        }
        // A struct of one field is as good as its field (13.6, value sets).
        self.coerce(value, ty)
    }

    /// An end of a range, a value or a mask: also of the type behind an enum.
    fn key_bound(&mut self, expr: &ast::Expr, ty: &Ty) -> Expr {
        let value = self.expr(expr, Some(ty));
        let behind = self.underlying(ty).unwrap_or_else(|| self.behind(ty));
        if value.ty == *ty || behind == *ty {
            return self.coerce(value, ty);
        }
        let value = self.coerce(value, &behind);
        self.cast(value, ty, expr.span)
    }

    fn numeric_set(&mut self, ty: &Ty, op: &str, span: crate::Span) -> Option<()> {
        let behind = self.underlying(ty).unwrap_or_else(|| self.behind(ty));
        match behind {
            Ty::Bit(_) | Ty::Int(_) | Ty::Unknown => Some(()),
            _ => {
                let message = format!("`{op}` is not defined on {}", self.quote(ty));
                self.error_help(span, message, "it is for `bit<N>`, `int<N>` and serializable enums");
                None
            }
        }
    }

    fn as_value_set(&self, expr: &ast::Expr) -> Option<ValueSetId> {
        let ast::ExprKind::Name(name) = &expr.kind else { return None };
        match self.find(*name)?.entity {
            Entity::ValueSet(id) => Some(id),
            _ => None,
        }
    }

    /// A value set must be of the type of what is selected: as such, as a tuple, or as a struct.
    fn value_set_key(&mut self, id: ValueSetId, types: &[Ty], span: crate::Span) -> Option<Vec<Key>> {
        let ty = self.hir.value_sets[id.index()].ty.clone();
        let mut members = vec![];
        self.flatten(&ty, &mut members);
        let agree = |wanted: &Ty, given: &Ty| {
            wanted == given || self.underlying(given).as_ref() == Some(wanted) || matches!(given, Ty::Unknown)
        };
        let whole = types.len() == 1 && agree(&ty, &types[0]);
        let parts = members.len() == types.len() && members.iter().zip(types).all(|(a, b)| agree(a, b));
        if whole || parts || ty == Ty::Unknown {
            return Some(vec![Key::ValueSet(id)]);
        }
        let message =
            format!("the value set is of {}, selected is {}", self.quote(&ty), self.show_all(types));
        let declared = self.hir.value_sets[id.index()].span;
        self.report(crate::Diagnostic::error(span, message).related(declared, "declared here"));
        None
    }

    /// The leaves of structs and tuples, in order.
    fn flatten(&self, ty: &Ty, leaves: &mut Vec<Ty>) {
        match ty {
            Ty::Tuple(of) => of.iter().for_each(|ty| self.flatten(ty, leaves)),
            Ty::Composite(of, args) => {
                self.fields(*of, args).iter().for_each(|(_, ty)| self.flatten(ty, leaves));
            }
            _ => leaves.push(ty.clone()),
        }
    }

    /// Every value in a key known at compile time.
    pub(super) fn key_is_known(&self, key: &Key) -> bool {
        let known = |expr: &Expr| is_literal(expr) || self.is_known(expr);
        match key {
            Key::Value(value) => known(value),
            Key::Mask(a, b) | Key::Range(a, b) => known(a) && known(b),
            Key::Any | Key::ValueSet(_) => true,
        }
    }
}
