//! Conversions, implicit and explicit. P4-16 section 8.11.

use super::Checker;
use super::infer::Inference;
use super::show::{count, direction_text};
use super::value::{as_bool, as_int, fits, wrap};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_traits::{One, Zero};

impl Checker<'_> {
    /// Converts implicitly, or says that it cannot be.
    pub(super) fn coerce(&mut self, expr: Expr, to: &Ty) -> Expr {
        match self.try_coerce(expr, to) {
            Ok(expr) => expr,
            Err(expr) => {
                self.mismatch(&expr, to);
                self.unknown(expr.span)
            }
        }
    }

    /// The expression as a value of the type, by the implicit casts only (8.11.2); Err where there is none.
    pub(super) fn try_coerce(&mut self, expr: Expr, to: &Ty) -> Result<Expr, Expr> {
        if expr.ty == *to {
            return Ok(expr);
        }
        if matches!(to, Ty::Unknown) || matches!(expr.ty, Ty::Unknown) {
            return Ok(Expr { ty: to.clone(), ..expr });
        }
        match (&expr.ty, to) {
            (Ty::Integer, Ty::Bit(_) | Ty::Int(_)) => Ok(self.cast_int(expr, to)),
            (Ty::Enum(_), _) if self.underlying(&expr.ty).as_ref() == Some(to) => {
                Ok(self.cast_node(expr, to))
            }
            (Ty::Parser(_) | Ty::Control(_), Ty::Apply(..)) if self.matches_block(&expr.ty, to) => Ok(expr),
            (Ty::Apply(..), Ty::Apply(..)) if self.matches_block(&expr.ty, to) => Ok(expr),
            (_, Ty::Composite(..) | Ty::Tuple(_) | Ty::Stack(..) | Ty::List(_)) => {
                self.coerce_members(expr, to)
            }
            _ => Err(expr),
        }
    }

    pub(super) fn cast_node(&mut self, expr: Expr, to: &Ty) -> Expr {
        let span = expr.span;
        if let (Some(value), Ty::Bit(_) | Ty::Int(_) | Ty::Integer) = (self.int_of(&expr), to) {
            return self.literal(wrap(&value, to), to.clone(), span);
        }
        Expr { ty: to.clone(), span, kind: ExprKind::Cast(Box::new(expr)) }
    }

    /// `int` to a fixed width.
    fn cast_int(&mut self, expr: Expr, to: &Ty) -> Expr {
        match as_int(&expr).cloned() {
            Some(value) => self.sized(&value, to, expr.span),
            None => match expr.kind {
                // Each branch by itself, so that no `int` is left to compute.
                ExprKind::Ternary(condition, then, other) => {
                    let (then, other) = (self.cast_int(*then, to), self.cast_int(*other, to));
                    let kind = ExprKind::Ternary(condition, Box::new(then), Box::new(other));
                    Expr { ty: to.clone(), span: expr.span, kind }
                }
                _ => Expr { ty: to.clone(), span: expr.span, kind: ExprKind::Cast(Box::new(expr)) },
            },
        }
    }

    pub(super) fn mismatch(&mut self, expr: &Expr, to: &Ty) {
        let message = format!("expected {}, this is {}", self.quote(to), self.quote(&expr.ty));
        let diagnostic = Diagnostic::error(expr.span, message);
        let help = self.cast_help(&expr.ty, to);
        self.report(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }

    fn cast_help(&self, from: &Ty, to: &Ty) -> Option<String> {
        match (from, to) {
            (Ty::Bool, Ty::Bit(1)) | (Ty::Bit(1), Ty::Bool) => {
                Some(format!("cast it: `({}) e`", self.show(to)))
            }
            (Ty::Bit(_) | Ty::Int(_) | Ty::Integer, Ty::Bool) => Some("compare it: `e != 0`".into()),
            (_, Ty::Bool) if self.is_header(from) || self.is_union(from) => {
                Some("ask whether it is there: `e.isValid()`".into())
            }
            (Ty::Int(a), Ty::Bit(b)) | (Ty::Bit(a), Ty::Int(b)) if a != b => Some(format!(
                "width and sign change one at a time: `({}) ({}) e`",
                self.show(to),
                self.halfway(from, *b)
            )),
            (Ty::Parser(_) | Ty::Control(_), Ty::Apply(..)) => self.block_help(from, to),
            _ if self.castable(from, to) => Some(format!("cast it: `({}) e`", self.show(to))),
            _ => None,
        }
    }

    /// The first parameter in which a parser or control is not of a type of blocks.
    fn block_help(&self, from: &Ty, to: &Ty) -> Option<String> {
        let ((_, given), (_, wanted)) = (self.block_params(from)?, self.block_params(to)?);
        if given.len() != wanted.len() {
            let given = count(given.len(), "parameter");
            return Some(format!("it has {given}, {} are wanted", wanted.len()));
        }
        let mut pairs = given.iter().zip(&wanted);
        pairs.find_map(|(given, wanted)| {
            let name = self.text(given.name);
            if given.direction != wanted.direction {
                let (is, should) = (direction_text(given.direction), direction_text(wanted.direction));
                return Some(format!("its parameter `{name}` has {is}, {should} is wanted"));
            }
            let same = self.unify(&wanted.ty, &given.ty, &mut Inference::default());
            (!same).then(|| {
                let (is, should) = (self.quote(&given.ty), self.quote(&wanted.ty));
                format!("its parameter `{name}` is of type {is}, {should} is wanted")
            })
        })
    }

    /// The type of the same sign with the other's width.
    fn halfway(&self, from: &Ty, width: u32) -> String {
        self.show(&if matches!(from, Ty::Int(_)) { Ty::Int(width) } else { Ty::Bit(width) })
    }

    /// Whether `(to) e` may be written for an `e` of type `from` (8.11.1).
    pub(super) fn castable(&self, from: &Ty, to: &Ty) -> bool {
        if from == to {
            return !matches!(
                from,
                Ty::Extern(..) | Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..) | Ty::Void
            );
        }
        match (from, to) {
            (Ty::Unknown, _) | (_, Ty::Unknown) => true,
            (Ty::Bit(1) | Ty::Integer, Ty::Bool) | (Ty::Bool, Ty::Bit(1)) => true,
            (Ty::Bit(a), Ty::Int(b)) | (Ty::Int(a), Ty::Bit(b)) => a == b,
            (Ty::Bit(_), Ty::Bit(_)) | (Ty::Int(_), Ty::Int(_)) => true,
            (Ty::Integer, Ty::Bit(_) | Ty::Int(_)) | (Ty::Bit(_) | Ty::Int(_), Ty::Integer) => true,
            (Ty::NewType(_), Ty::NewType(_)) => self.stands_on(from, to) || self.stands_on(to, from),
            // Only of its original type: a width, too, changes by a cast of its own.
            (Ty::NewType(_), Ty::Integer) => self.castable(&self.behind(from), to),
            (Ty::NewType(_), _) => self.behind(from) == *to,
            (Ty::Integer, Ty::NewType(_)) => self.castable(from, &self.behind(to)),
            (_, Ty::NewType(_)) => {
                let behind = self.behind(to);
                *from == behind || self.underlying(from).as_ref() == Some(&behind)
            }
            (Ty::Enum(_), _) if self.underlying(from).is_some_and(|behind| self.castable(&behind, to)) => {
                true
            }
            (_, Ty::Enum(_)) => match self.underlying(to) {
                Some(behind) => {
                    from == &behind || matches!(from, Ty::Integer) || self.underlying(from) == Some(behind)
                }
                None => false,
            },
            _ => false,
        }
    }

    /// Whether one `type` was made of another, at whatever distance.
    fn stands_on(&self, ty: &Ty, base: &Ty) -> bool {
        let mut ty = ty.clone();
        while let Ty::NewType(id) = ty {
            ty = self.hir.new_types[id.index()].ty.clone();
            if ty == *base {
                return true;
            }
        }
        false
    }

    /// `(to) e`
    pub(super) fn cast(&mut self, expr: Expr, to: &Ty, span: Span) -> Expr {
        if matches!(expr.ty, Ty::Unknown) || matches!(to, Ty::Unknown) {
            return Expr { ty: to.clone(), ..self.unknown(span) };
        }
        let expr = match self.castable(&expr.ty, to) {
            true => Expr { span, ..expr },
            false => {
                return match self.try_coerce(expr, to) {
                    Ok(done) => Expr { span, ..done },
                    Err(expr) => self.bad_cast(&expr, to, span),
                };
            }
        };
        if expr.ty == *to {
            return expr;
        }
        if *to == Ty::Integer && !self.is_known(&expr) {
            self.error_help(
                span,
                "an `int` must be known at compile time, this value is not",
                "cast it to a fixed width",
            );
            return self.unknown(span);
        }
        self.cast_value(expr, to, span)
    }

    fn cast_value(&mut self, expr: Expr, to: &Ty, span: Span) -> Expr {
        match (as_bool(&expr), to) {
            (Some(value), Ty::Bit(_)) => return self.literal(u8::from(value).into(), to.clone(), span),
            (Some(_), Ty::NewType(_)) => {
                return Expr { ty: to.clone(), span, kind: ExprKind::Cast(Box::new(expr)) };
            }
            _ => {}
        }
        let Some(value) = self.int_of(&expr) else {
            return Expr { ty: to.clone(), span, kind: ExprKind::Cast(Box::new(expr)) };
        };
        match to {
            Ty::Bit(_) | Ty::Int(_) if expr.ty == Ty::Integer => self.sized(&value, to, span),
            Ty::Bit(_) | Ty::Int(_) | Ty::Integer => self.literal(wrap(&value, to), to.clone(), span),
            Ty::Bool if value.is_zero() || value.is_one() => self.boolean(value.is_one(), span),
            Ty::Bool => {
                self.error(
                    span,
                    format!("only 0 and 1 can be cast to `bool`, this is {}", super::value::brief(&value)),
                );
                self.unknown(span)
            }
            Ty::Enum(id) => self.cast_to_enum(&value, *id, span),
            Ty::NewType(id) => {
                let behind = self.hir.new_types[id.index()].ty.clone();
                let inner = self.cast_value(expr, &behind, span);
                Expr { ty: to.clone(), span, kind: ExprKind::Cast(Box::new(inner)) }
            }
            _ => Expr { ty: to.clone(), span, kind: ExprKind::Cast(Box::new(expr)) },
        }
    }

    fn cast_to_enum(&mut self, value: &num_bigint::BigInt, id: EnumId, span: Span) -> Expr {
        let ty = Ty::Enum(id);
        let behind = self.underlying(&ty).unwrap_or(Ty::Unknown);
        let value = if fits(value, &behind) { value.clone() } else { wrap(value, &behind) };
        let members = &self.hir.enums[id.index()].members;
        match members.iter().position(|member| member.value.as_ref() == Some(&value)) {
            Some(member) => Expr { ty, span, kind: ExprKind::EnumMember(member as u32) },
            None => {
                let inner = self.literal(value, behind, span);
                Expr { ty, span, kind: ExprKind::Cast(Box::new(inner)) }
            }
        }
    }

    fn bad_cast(&mut self, expr: &Expr, to: &Ty, span: Span) -> Expr {
        let message = format!("{} cannot be cast to {}", self.quote(&expr.ty), self.quote(to));
        let mut diagnostic = Diagnostic::error(span, message);
        if let (Ty::Int(_), Ty::Bit(width)) | (Ty::Bit(_), Ty::Int(width)) = (&expr.ty, to) {
            let halfway = self.halfway(&expr.ty, *width);
            diagnostic = diagnostic
                .help(format!("width and sign change one at a time: `({}) ({halfway}) e`", self.show(to)));
        } else if let (Ty::Bool, Ty::Bit(_)) = (&expr.ty, to) {
            diagnostic =
                diagnostic.help(format!("`bool` can be cast to `bit<1>`: `({}) (bit<1>) e`", self.show(to)));
        }
        self.report(diagnostic);
        self.unknown(span)
    }
}
