//! Operators and their operands. P4-16 sections 8.2 to 8.10.

use super::Checker;
use super::value::{as_bool, is_literal, width_of};
use crate::ast::{self, BinaryOp, UnaryOp};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;

/// Needs a type from outside: is checked after the other operand.
fn needs_type(expr: &ast::Expr) -> bool {
    use ast::ExprKind::*;
    matches!(expr.kind, List(_) | Record { .. } | Invalid | Dots)
}

impl Checker<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, of: &ast::Expr, span: Span) -> Expr {
        let operand = self.expr(of, None);
        let operand = self.numeric_operand(operand);
        match (op, &operand.ty) {
            (_, Ty::Unknown) => self.unknown(span),
            (UnaryOp::Not, Ty::Bool) => match as_bool(&operand) {
                Some(value) => self.boolean(!value, span),
                None => self.unary_node(op, operand, span),
            },
            (UnaryOp::Complement, Ty::Bit(_) | Ty::Int(_)) => self.fold_unary(op, operand, span),
            (UnaryOp::Minus | UnaryOp::Plus, Ty::Bit(_) | Ty::Int(_) | Ty::Integer) => {
                self.fold_unary(op, operand, span)
            }
            (_, ty) => {
                let message = format!("`{}` is not defined on {}", op.text(), self.quote(ty));
                let help = match (op, ty) {
                    (UnaryOp::Complement, Ty::Integer) => "give the number a width: `~32w1`",
                    (UnaryOp::Not, Ty::Bit(_) | Ty::Int(_) | Ty::Integer) => "compare it: `e == 0`",
                    (UnaryOp::Not, _) => "`!` is for `bool`",
                    _ => "cast it to a fixed-width integer first",
                };
                self.error_help(span, message, help);
                self.unknown(span)
            }
        }
    }

    pub(super) fn unary_node(&self, op: UnaryOp, of: Expr, span: Span) -> Expr {
        Expr { ty: of.ty.clone(), span, kind: ExprKind::Unary(op, Box::new(of)) }
    }

    /// A member of a serializable enum as the number it is (8.3); anything else as it is.
    pub(super) fn numeric_operand(&mut self, expr: Expr) -> Expr {
        match self.underlying(&expr.ty) {
            Some(behind) => self.cast_node(expr, &behind),
            None => expr,
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logical(op, left, right, span),
            BinaryOp::Eq | BinaryOp::Ne => self.equality(op, left, right, span),
            BinaryOp::Shl | BinaryOp::Shr => {
                let (left, right) = (self.expr(left, None), self.expr(right, None));
                self.shift(op, left, right, span)
            }
            _ => {
                let (left, right) = (self.expr(left, None), self.expr(right, None));
                self.binary_of(op, left, right, span)
            }
        }
    }

    /// Both operands checked already; also for `a op= b`.
    pub(super) fn binary_of(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
        if matches!(left.ty, Ty::Unknown) || matches!(right.ty, Ty::Unknown) {
            return self.unknown(span);
        }
        match op {
            BinaryOp::Shl | BinaryOp::Shr => self.shift(op, left, right, span),
            BinaryOp::Concat => self.concat(left, right, span),
            _ => self.arithmetic(op, left, right, span),
        }
    }

    fn logical(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let (left, right) = (self.expr_as(left, &Ty::Bool), self.expr_as(right, &Ty::Bool));
        let decides = op == BinaryOp::Or;
        match (as_bool(&left), as_bool(&right)) {
            (Some(value), _) if value == decides => self.boolean(decides, span),
            (Some(_), Some(value)) => self.boolean(value, span),
            _ => Expr { ty: Ty::Bool, span, kind: ExprKind::Binary(op, Box::new(left), Box::new(right)) },
        }
    }

    fn equality(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let written = needs_type(left) || needs_type(right);
        let (left, right) = if needs_type(left) && !needs_type(right) {
            let right = self.expr(right, None);
            (self.expr(left, Some(&right.ty.clone())), right)
        } else {
            let left = self.expr(left, None);
            let ty = left.ty.clone();
            (left, self.expr(right, Some(&ty)))
        };
        if matches!(left.ty, Ty::Unknown) || matches!(right.ty, Ty::Unknown) {
            return Expr { ty: Ty::Bool, ..self.unknown(span) };
        }
        let Some((left, right)) = self.same_type(left, right, written) else {
            return Expr { ty: Ty::Bool, ..self.unknown(span) };
        };
        if !self.has_equality(&left.ty, 0) {
            let message = format!("values of type {} cannot be compared", self.quote(&left.ty));
            self.error(span, message);
            return Expr { ty: Ty::Bool, ..self.unknown(span) };
        }
        let equal =
            if is_literal(&left) && is_literal(&right) { self.same_value(&left, &right) } else { None };
        match equal {
            Some(equal) => self.boolean(equal == (op == BinaryOp::Eq), span),
            None => Expr { ty: Ty::Bool, span, kind: ExprKind::Binary(op, Box::new(left), Box::new(right)) },
        }
    }

    /// Whether two literals of one type are the same value; None where that is not known.
    fn same_value(&self, left: &Expr, right: &Expr) -> Option<bool> {
        use ExprKind::*;
        if let (Some(left), Some(right)) = (self.int_of(left), self.int_of(right)) {
            return Some(left == right);
        }
        match (&left.kind, &right.kind) {
            (Bool(left), Bool(right)) => Some(left == right),
            (Str(left), Str(right)) => Some(left == right),
            (Error(left), Error(right)) => Some(left == right),
            (EnumMember(left), EnumMember(right)) => Some(left == right),
            (MatchKind(left), MatchKind(right)) => Some(left == right),
            (Cast(left), Cast(right)) if left.ty == right.ty => self.same_value(left, right),
            (Default | Invalid, Default | Invalid) => Some(true),
            // The default of a header is the invalid one; what is written member by member is valid.
            (Default | Invalid, Aggregate(_)) | (Aggregate(_), Default | Invalid)
                if self.is_header(&left.ty) =>
            {
                Some(false)
            }
            (Default, Aggregate(members)) | (Aggregate(members), Default) => {
                let defaults = members.iter().map(|member| self.default_node(&member.ty, member.span));
                self.same_members(members.iter().zip(defaults))
            }
            (Aggregate(left), Aggregate(right)) if left.len() == right.len() => {
                self.same_members(left.iter().zip(right.iter().cloned()))
            }
            _ => None,
        }
    }

    fn same_members<'e>(&self, pairs: impl Iterator<Item = (&'e Expr, Expr)>) -> Option<bool> {
        let members: Option<Vec<bool>> = pairs.map(|(left, right)| self.same_value(left, &right)).collect();
        members.map(|equal| equal.into_iter().all(|equal| equal))
    }

    /// Both operands as values of one type. What is written member by member has the type that is wanted (P4-16 8.12); else a
    /// struct is no tuple, whatever its fields (8.17).
    pub(super) fn same_type(&mut self, left: Expr, right: Expr, written: bool) -> Option<(Expr, Expr)> {
        if left.ty == right.ty {
            return Some((left, right));
        }
        let structured = |ty: &Ty| matches!(ty, Ty::Composite(..) | Ty::Tuple(_) | Ty::Stack(..));
        if !written && structured(&left.ty) && structured(&right.ty) {
            self.not_of_one_type(&left, &right, (&left.ty, &right.ty));
            return None;
        }
        let (left_ty, right_ty) = (left.ty.clone(), right.ty.clone());
        let (left, right) = match (left_ty == Ty::Integer, right_ty == Ty::Integer) {
            (true, false) => (left, self.numeric_operand(right)),
            (false, true) => (self.numeric_operand(left), right),
            _ => (left, right),
        };
        let right = match self.try_coerce(right, &left.ty.clone()) {
            Ok(right) => return Some((left, right)),
            Err(right) => right,
        };
        let left = match self.try_coerce(left, &right.ty.clone()) {
            Ok(left) => return Some((left, right)),
            Err(left) => left,
        };
        let (left, right) = (self.numeric_operand(left), self.numeric_operand(right));
        if left.ty == right.ty {
            return Some((left, right));
        }
        self.not_of_one_type(&left, &right, (&left_ty, &right_ty));
        None
    }

    fn not_of_one_type(&mut self, left: &Expr, right: &Expr, (left_ty, right_ty): (&Ty, &Ty)) {
        let message = format!("the operands are {} and {}", self.quote(left_ty), self.quote(right_ty));
        let help = self.operands_help(left_ty, right_ty);
        let span = left.span.to(right.span);
        self.report(Diagnostic::error(span, message).help(help));
    }

    fn operands_help(&self, left: &Ty, right: &Ty) -> String {
        match (left, right) {
            (Ty::Bit(a), Ty::Bit(b)) | (Ty::Int(a), Ty::Int(b)) if a != b => {
                format!(
                    "the widths must be the same: cast one of them, `({}) e`",
                    self.show(if a > b { left } else { right })
                )
            }
            (Ty::Bit(_), Ty::Int(_)) | (Ty::Int(_), Ty::Bit(_)) => {
                format!("both must be signed or both unsigned: cast one of them, `({}) e`", self.show(left))
            }
            (Ty::Bool, Ty::Integer | Ty::Bit(_) | Ty::Int(_))
            | (Ty::Integer | Ty::Bit(_) | Ty::Int(_), Ty::Bool) => "a `bool` is not a number".into(),
            _ => "both operands must have the same type".into(),
        }
    }

    fn has_equality(&self, ty: &Ty, depth: u32) -> bool {
        match ty {
            Ty::Bool | Ty::Error | Ty::MatchKind | Ty::Integer | Ty::Bit(_) | Ty::Int(_) | Ty::Varbit(_) => {
                true
            }
            Ty::Enum(_) | Ty::NewType(_) | Ty::Unknown => true,
            Ty::Stack(of, _) => self.has_equality(of, depth),
            Ty::Tuple(of) => depth < 64 && of.iter().all(|ty| self.has_equality(ty, depth + 1)),
            Ty::Composite(id, args) => {
                depth < 64
                    && self.fields(*id, args).iter().all(|(_, field)| self.has_equality(field, depth + 1))
            }
            _ => false,
        }
    }

    fn concat(&mut self, left: Expr, right: Expr, span: Span) -> Expr {
        if let (ExprKind::Str(a), ExprKind::Str(b)) = (&left.kind, &right.kind) {
            if !self.copied_text(a.len() + b.len(), span) {
                return self.unknown(span);
            }
            let kind = ExprKind::Str(format!("{a}{b}").into());
            return Expr { ty: Ty::String, span, kind };
        }
        if left.ty == Ty::String && right.ty == Ty::String {
            let kind = ExprKind::Binary(BinaryOp::Concat, Box::new(left), Box::new(right));
            return Expr { ty: Ty::String, span, kind };
        }
        let (left, right) = (self.numeric_operand(left), self.numeric_operand(right));
        let width = width_of(&left.ty).saturating_add(width_of(&right.ty));
        let ty = match (&left.ty, &right.ty) {
            (Ty::Bit(_), Ty::Bit(_) | Ty::Int(_)) => Ty::Bit(width),
            (Ty::Int(_), Ty::Bit(_) | Ty::Int(_)) => Ty::Int(width),
            _ => {
                let message =
                    format!("`++` is not defined on {} and {}", self.quote(&left.ty), self.quote(&right.ty));
                self.error_help(span, message, "both must be bit-strings of known width, or both strings");
                return self.unknown(span);
            }
        };
        if width > super::types::WIDEST {
            self.error(
                span,
                format!("a value of {width} bits is wider than the limit of {}", super::types::WIDEST),
            );
            return self.unknown(span);
        }
        self.fold_concat(left, right, ty, span)
    }

    pub(super) fn ternary(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        other: &ast::Expr,
        expected: Option<&Ty>,
        span: Span,
    ) -> Expr {
        let written = needs_type(then) || needs_type(other);
        let condition = self.expr_as(condition, &Ty::Bool);
        let then = self.expr(then, expected);
        let hint = expected.cloned().unwrap_or_else(|| then.ty.clone());
        let other = self.expr(other, Some(&hint));
        if matches!(then.ty, Ty::Unknown) || matches!(other.ty, Ty::Unknown) {
            return self.unknown(span);
        }
        let Some((then, other)) = self.same_type(then, other, written) else { return self.unknown(span) };
        if matches!(then.ty, Ty::Void | Ty::Extern(..) | Ty::Table(_) | Ty::Parser(_) | Ty::Control(_)) {
            let message = format!("a value of type {} cannot be chosen by `?:`", self.quote(&then.ty));
            self.error(span, message);
            return self.unknown(span);
        }
        if let Some(first) = as_bool(&condition) {
            let chosen = if first { &then } else { &other };
            // What is not a value already stays a choice: it is no l-value, nor the field that it reads.
            if self.is_known(chosen) {
                return Expr { span, ..chosen.clone() };
            }
        }
        if then.ty == Ty::Integer && !self.is_known(&condition) {
            let help = "give one of them a width, such as `8w1`";
            self.error_help(
                span,
                "the width of this result is not known: both values are of type `int`",
                help,
            );
            return self.unknown(span);
        }
        let ty = then.ty.clone();
        Expr { ty, span, kind: ExprKind::Ternary(Box::new(condition), Box::new(then), Box::new(other)) }
    }

    pub(super) fn not_defined(&mut self, op: BinaryOp, ty: &Ty, span: Span) -> Expr {
        let message = format!("`{}` is not defined on {}", op.text(), self.quote(ty));
        let help = match ty {
            Ty::NewType(id) => {
                let behind = self.show(&self.hir.new_types[id.index()].ty);
                format!("cast it to what is behind it: `({behind}) e`")
            }
            Ty::Integer => "give one of the operands a width, such as `8w1`".to_owned(),
            Ty::Bool => "use `&&`, `||`, `==` or `!=`".to_owned(),
            _ => "the operands must be fixed-width integers".to_owned(),
        };
        self.error_help(span, message, help);
        self.unknown(span)
    }
}
