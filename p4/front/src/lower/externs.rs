//! The extern functions of core.p4 and v1model.p4.

use super::call::arg_has_effect;
use super::lvalue::LValue;
use super::place::Place;
use super::types::Scalar;
use super::value::Value;
use super::{Binding, Lowerer, Phase, Res};
use crate::diag::Diagnostic;
use crate::hir::{Arg, Call, Expr, ExprKind, ExternFunctionId, LocalId, Ty};
use crate::ir::{BinOp, FieldListId, Op, Operand, Rvalue, SlotKind, Terminator};
use crate::source::Span;
use num_bigint::BigUint;
use num_traits::{One, ToPrimitive};
use std::borrow::Cow;

/// `egress_spec` of a packet that is to be dropped.
pub(super) const DROP_PORT: u64 = 511;

impl<'a> Lowerer<'a> {
    pub(super) fn not_in_v1model<T>(&mut self, name: &str, span: Span) -> Res<T> {
        self.limit(span, format!("extern {name} is not part of v1model"))
    }

    /// The expression of an argument.
    pub(super) fn arg<'c>(&mut self, call: &'c Call, at: usize, span: Span) -> Res<&'c Expr> {
        match call.args.get(at) {
            Some(Arg::Value(expr) | Arg::LValue(expr)) => Ok(expr),
            _ => self.fail(span, "an argument is missing"),
        }
    }

    /// The call of an extern, which asks for its arguments in the order of the parameters: those that are named in another order
    /// are evaluated here, as written, and stand there as values.
    pub(super) fn as_written<'c>(&mut self, call: &'c Call) -> Res<Cow<'c, Call>> {
        if call.written.is_sorted() || !call.args.iter().any(arg_has_effect) {
            return Ok(Cow::Borrowed(call));
        }
        let mut kept = call.clone();
        for (place, at) in call.written.iter().enumerate() {
            let disturbed = call.written[place + 1..].iter().any(|later| arg_has_effect(&call.args[*later]));
            if let Some(Arg::Value(expr)) = kept.args.get_mut(*at) {
                self.keep(expr, disturbed)?;
            }
        }
        Ok(Cow::Owned(kept))
    }

    fn keep(&mut self, expr: &mut Expr, disturbed: bool) -> Res<()> {
        if let ExprKind::Aggregate(members) = &mut expr.kind {
            for at in 0..members.len() {
                let disturbed = disturbed || members[at + 1..].iter().any(Expr::has_effect);
                self.keep(&mut members[at], disturbed)?;
            }
            return Ok(());
        }
        if !expr.has_effect() && (!disturbed || self.is_fixed(expr)) {
            return Ok(());
        }
        let value = self.expr(expr)?;
        let value = self.snapshot(value);
        if let Some(scope) = self.scopes.last_mut() {
            // No variable of the program's: those count from 0.
            let local = LocalId(u32::MAX - scope.names.len() as u32);
            scope.names.insert(local, Binding::Value(value));
            expr.kind = ExprKind::Local(local);
        }
        Ok(())
    }

    /// An `in` argument, kept from what later ones do.
    pub(super) fn input(&mut self, call: &Call, at: usize, span: Span) -> Res<Value> {
        let expr = self.arg(call, at, span)?;
        let value = self.expr(expr)?;
        let disturbed = call.args[at + 1..].iter().any(arg_has_effect);
        Ok(if disturbed { self.snapshot(value) } else { value })
    }

    pub(super) fn input_operand(&mut self, call: &Call, at: usize, span: Span) -> Res<Operand> {
        let expr = self.arg(call, at, span)?;
        let value = self.input(call, at, span)?;
        self.scalar(value, expr)
    }

    /// An `out` argument, with the type of what goes there.
    pub(super) fn output(&mut self, call: &Call, at: usize, span: Span) -> Res<(LValue, Option<Ty>)> {
        match call.args.get(at) {
            Some(Arg::Ignored) => Ok((LValue::Ignored, None)),
            _ => {
                let expr = self.arg(call, at, span)?;
                Ok((self.lvalue(expr)?, Some(self.ty(&expr.ty))))
            }
        }
    }

    /// The width of an `out` argument that is one scalar.
    fn output_scalar(&mut self, call: &Call, at: usize, span: Span) -> Res<(LValue, Scalar)> {
        let (lvalue, ty) = self.output(call, at, span)?;
        let ty = ty.or_else(|| call.type_args.first().map(|ty| self.ty(ty)));
        match ty.as_ref().and_then(|ty| self.scalar_of(ty)).filter(|scalar| scalar.width > 0) {
            Some(scalar) => Ok((lvalue, scalar)),
            None => self.limit(span, "the result must be a number"),
        }
    }

    /// Where an operation leaves its result: what `lvalue` is when it is storage of its own, else a copy.
    pub(super) fn result_slot(&mut self, scalar: Scalar) -> crate::ir::SlotId {
        self.slot("$t$", scalar, SlotKind::Local)
    }

    pub(super) fn extern_function(&mut self, id: ExternFunctionId, call: &Call, expr: &Expr) -> Res<Value> {
        let Some(function) = self.hir.extern_functions.get(id.index()) else {
            return self.fail(expr.span, "a function that is not declared");
        };
        let name = self.text(function.proto.name);
        let span = expr.span;
        match name.as_str() {
            "verify" => self.verify(call, span)?,
            "static_assert" => return self.static_assert(call, span),
            "mark_to_drop" => self.mark_to_drop(call, span)?,
            "random" => self.random(call, span)?,
            "hash" => self.hash(call, span)?,
            "digest" => self.send_digest(call, span)?,
            "verify_checksum" | "verify_checksum_with_payload" => {
                let cond = self.input_operand(call, 0, span)?;
                let data = self.arg(call, 1, span)?;
                let data = self.data(data)?;
                let sum = self.input_operand(call, 2, span)?;
                let algorithm = self.algorithm(call, 3, span)?;
                let payload = name.ends_with("_with_payload");
                self.push(Op::VerifyChecksum { cond, data, sum, algorithm, payload });
            }
            "update_checksum" | "update_checksum_with_payload" => {
                self.update_checksum(call, name.ends_with("_with_payload"), span)?;
            }
            "clone" | "clone3" | "clone_preserving_field_list" => self.clone_packet(&name, call, span)?,
            "resubmit" | "resubmit_preserving_field_list" => {
                let keep = self.kept(&name, call, 0, span)?;
                self.push(Op::Resubmit { keep });
            }
            "recirculate" | "recirculate_preserving_field_list" => {
                let keep = self.kept(&name, call, 0, span)?;
                self.push(Op::Recirculate { keep });
            }
            "truncate" => {
                let bytes = self.input_operand(call, 0, span)?;
                self.push(Op::Truncate { bytes });
            }
            "assert" | "assume" => {
                let cond = self.input_operand(call, 0, span)?;
                let text = self.arg(call, 0, span).map(|expr| expr.span)?;
                let text = self.session.sources.snippet(text).to_owned();
                self.push(Op::Assert { cond, assume: name == "assume", text });
            }
            "log_msg" => self.log(call, span)?,
            _ => {
                return match self.swerve_function(&name, call, span)? {
                    Some(value) => Ok(value),
                    None => self.not_in_v1model(&name, span),
                };
            }
        }
        Ok(Value::Void)
    }

    fn verify(&mut self, call: &Call, span: Span) -> Res<()> {
        if self.phase != Phase::Parser {
            return self.fail(span, "verify can be called in a parser only");
        }
        let (cond, error) = (self.input_operand(call, 0, span)?, self.input_operand(call, 1, span)?);
        let (good, bad) = (self.new_block(), self.new_block());
        self.branch(cond, good, bad);
        self.switch_to(bad);
        self.terminate(Terminator::Reject { error });
        self.switch_to(good);
        Ok(())
    }

    fn static_assert(&mut self, call: &Call, span: Span) -> Res<Value> {
        let cond = self.input_operand(call, 0, span)?;
        match self.known_bit(cond) {
            Some(true) => Ok(Value::Scalar(cond)),
            Some(false) => {
                let message = match call.args.get(1) {
                    Some(Arg::Value(text)) => match self.expr(text)? {
                        Value::Str(text) => format!("static_assert failed: {text}"),
                        _ => "static_assert failed".to_owned(),
                    },
                    _ => "static_assert failed".to_owned(),
                };
                self.fail(span, message)
            }
            None => self.fail(span, "static_assert needs a condition that is known at compile time"),
        }
    }

    fn mark_to_drop(&mut self, call: &Call, span: Span) -> Res<()> {
        if call.args.is_empty() {
            let standard = self.out.standard;
            for (slot, value) in [(standard.egress_spec, DROP_PORT), (standard.mcast_grp, 0)] {
                let value = self.number(self.out.slot(slot).width, value);
                self.set(slot, value);
            }
            return Ok(());
        }
        self.send_to(call, DROP_PORT, span)
    }

    /// Sets the egress_spec of the standard metadata that is the first argument, and its mcast_grp to 0.
    pub(super) fn send_to(&mut self, call: &Call, port: u64, span: Span) -> Res<()> {
        let (lvalue, ty) = self.output(call, 0, span)?;
        let names = ty.map(|ty| self.member_names(&ty)).unwrap_or_default();
        for (name, value) in [("egress_spec", port), ("mcast_grp", 0)] {
            let at = names.iter().position(|member| member == name);
            let LValue::Place { place: Place::Struct(members), .. } = &lvalue else {
                return self.fail(span, "the first argument is the standard metadata");
            };
            let Some(member) = at.and_then(|at| members.get(at)).cloned() else {
                return self.fail(span, format!("the standard metadata has no field {name}"));
            };
            if let Place::Scalar(slot) = member {
                let value = self.number(self.out.slot(slot).width, value);
                self.set(slot, value);
            }
        }
        Ok(())
    }

    /// `random(out result, lo, hi)`. Without its highest bit turned over, a negative number is larger than a positive one.
    fn random(&mut self, call: &Call, span: Span) -> Res<()> {
        let (lvalue, scalar) = self.output_scalar(call, 0, span)?;
        let (lo, hi) = (self.input_operand(call, 1, span)?, self.input_operand(call, 2, span)?);
        let turned = |this: &mut Self, of: Operand| {
            if !scalar.signed {
                return of;
            }
            let sign = this.constant(scalar.width, BigUint::one() << (scalar.width - 1));
            this.compute(scalar, Rvalue::Binary(BinOp::Xor, of, sign))
        };
        let (lo, hi) = (turned(self, lo), turned(self, hi));
        let dst = self.result_slot(scalar);
        self.push(Op::Random { dst, lo, hi });
        let result = turned(self, Operand::Slot(dst));
        self.write(&lvalue, &Value::Scalar(result))
    }

    fn algorithm(&mut self, call: &Call, at: usize, span: Span) -> Res<crate::ir::HashAlgorithm> {
        let expr = self.arg(call, at, span)?;
        let value = self.expr(expr)?;
        let ty = self.ty(&expr.ty);
        self.hash_algorithm(&value, &ty, expr.span)
    }

    /// `hash(out result, algorithm, base, data, max)`
    fn hash(&mut self, call: &Call, span: Span) -> Res<()> {
        let (lvalue, scalar) = self.output_scalar(call, 0, span)?;
        let algorithm = self.algorithm(call, 1, span)?;
        let base = self.input_operand(call, 2, span)?;
        let data = self.arg(call, 3, span)?;
        let data = self.data(data)?;
        let max = self.input_operand(call, 4, span)?;
        let dst = self.result_slot(scalar);
        self.push(Op::Hash { dst, algorithm, base, data, max });
        self.write(&lvalue, &Value::Scalar(Operand::Slot(dst)))
    }

    fn update_checksum(&mut self, call: &Call, payload: bool, span: Span) -> Res<()> {
        let cond = self.input_operand(call, 0, span)?;
        let data = self.arg(call, 1, span)?;
        let data = self.data(data)?;
        let (lvalue, scalar) = self.output_scalar(call, 2, span)?;
        let algorithm = self.algorithm(call, 3, span)?;
        let dst = self.result_slot(scalar);
        if let Value::Scalar(old) = self.read(&lvalue)? {
            self.set(dst, old);
        }
        self.push(Op::UpdateChecksum { cond, data, dst, algorithm, payload });
        self.write(&lvalue, &Value::Scalar(Operand::Slot(dst)))
    }

    fn send_digest(&mut self, call: &Call, span: Span) -> Res<()> {
        let receiver = self.input_operand(call, 0, span)?;
        let expr = self.arg(call, 1, span)?;
        let ty = self.ty(&expr.ty);
        let value = self.expr(expr)?.without_lengths();
        let digest = self.digest(&ty, span)?;
        let values = self.scalars(&value, span)?;
        self.push(Op::Digest { digest, receiver, values });
        Ok(())
    }

    /// The field list of a call: by number, or what the expression at `at` names.
    fn kept(&mut self, name: &str, call: &Call, at: usize, span: Span) -> Res<FieldListId> {
        if call.args.len() <= at {
            return Ok(FieldListId(0));
        }
        let expr = self.arg(call, at, span)?;
        if !name.ends_with("_preserving_field_list") {
            return self.named_field_list(expr);
        }
        match self.known_integer(expr)?.to_u64() {
            Some(number) => Ok(self.annotated_field_list(number)),
            None => self.fail(expr.span, "a field list has a number that is not negative"),
        }
    }

    fn clone_packet(&mut self, name: &str, call: &Call, span: Span) -> Res<()> {
        let kind = self.arg(call, 0, span)?;
        let value = self.expr(kind)?;
        let ty = self.ty(&kind.ty);
        let egress = self.enum_name(&value, &ty, kind.span)? == "E2E";
        let session = self.input_operand(call, 1, span)?;
        let keep = self.kept(name, call, 2, span)?;
        self.push(Op::Clone { egress, session, keep });
        Ok(())
    }

    fn log(&mut self, call: &Call, span: Span) -> Res<()> {
        let Value::Str(format) = self.input(call, 0, span)? else {
            return self.fail(span, "log_msg needs a string literal");
        };
        let mut args = vec![];
        if call.args.len() > 1 {
            let expr = self.arg(call, 1, span)?;
            let value = self.expr(expr)?;
            args = self.scalars(&value, span)?;
        }
        let places = format.matches("{}").count();
        if places > args.len() {
            let message = format!("{places} places `{{}}` in the message, values for {}", args.len());
            self.session
                .diags
                .push(Diagnostic::warning(span, message).help("the rest is shown as it is written"));
        }
        let format = self.with_empty_values(&format, &args);
        args.retain(|operand| self.width(*operand) > 0);
        self.push(Op::Log { format, args });
        Ok(())
    }

    /// The message with 0, the one value that they have, for the values of no width: there are none at run time.
    fn with_empty_values(&self, format: &str, args: &[Operand]) -> String {
        let mut places = format.split("{}");
        let mut said = places.next().unwrap_or_default().to_owned();
        for (at, text) in places.enumerate() {
            let empty = args.get(at).is_some_and(|operand| self.width(*operand) == 0);
            said.push_str(if empty { "0" } else { "{}" });
            said.push_str(text);
        }
        said
    }
}
