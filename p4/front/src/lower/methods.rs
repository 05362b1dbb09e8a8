//! Methods of the extern objects of core.p4 and v1model.p4.

use super::lvalue::{LValue, Source};
use super::objects::{Object, ObjectId};
use super::place::Place;
use super::types::Scalar;
use super::value::Value;
use super::{Lowerer, Phase, Res};
use crate::hir::{Arg, Call, Expr, ExprKind, ExternId, Ty};
use crate::ir::{BinOp, HeaderId, LENGTH_WIDTH, Op, Operand, Rvalue};
use crate::source::Span;

const WORD: Scalar = Scalar { width: 32, signed: false };

impl Lowerer<'_> {
    pub(super) fn method(
        &mut self,
        object: ObjectId,
        external: ExternId,
        method: usize,
        call: &Call,
        expr: &Expr,
    ) -> Res<Value> {
        let declared = self.hir.externs.get(external.index()).and_then(|ext| ext.methods.get(method));
        let Some(declared) = declared else {
            return self.fail(expr.span, "a method that is not declared");
        };
        let name = self.text(declared.proto.name);
        let span = expr.span;
        match (self.object(object).clone(), name.as_str()) {
            (Object::PacketIn, _) => return self.packet_in(&name, call, expr),
            (Object::PacketOut, "emit") => {
                let data = self.arg(call, 0, span)?;
                self.emit_expr(data)?;
            }
            (Object::Counter(counter), "count") => {
                let index = self.input_operand(call, 0, span)?;
                self.push(Op::Count { counter, index });
            }
            // The lookup counts.
            (Object::DirectCounter(_), "count") => {}
            (Object::Meter(meter), "execute_meter") => {
                let index = self.input_operand(call, 0, span)?;
                self.write_result(call, 1, span, |this, dst| {
                    this.push(Op::ExecuteMeter { meter, index, dst });
                })?;
            }
            (Object::DirectMeter(meter), "read") => {
                self.write_result(call, 0, span, |this, dst| this.push(Op::ReadDirectMeter { meter, dst }))?;
            }
            (Object::Register(register, ty), "read") => {
                let (lvalue, _) = self.output(call, 0, span)?;
                let index = self.input_operand(call, 1, span)?;
                let width = self.out.registers[register.index()].width;
                let cell = match width {
                    0 => self.number(0, 0),
                    _ => {
                        let dst = self.result_slot(Scalar { width, signed: self.is_signed(&ty) });
                        self.push(Op::ReadRegister { register, index, dst });
                        Operand::Slot(dst)
                    }
                };
                let value = self.unpack(cell, &ty, span)?;
                self.write(&lvalue, &value)?;
            }
            (Object::Register(register, ty), "write") => {
                let index = self.input_operand(call, 0, span)?;
                let from = self.arg(call, 1, span)?;
                let value = self.expr(from)?;
                let from = self.ty(&from.ty);
                let value = self.convert(value, &from, &ty, span)?;
                let value = self.pack(&value, span)?;
                if self.width(value) > 0 {
                    self.push(Op::WriteRegister { register, index, value });
                }
            }
            (Object::Checksum16, "get") => {
                let data = self.arg(call, 0, span)?;
                let data = self.data(data)?;
                let dst = self.result_slot(Scalar { width: 16, signed: false });
                self.push(Op::Checksum16 { dst, data });
                // A program with declarations of its own may have another type for it.
                return match self.scalar_of(&self.ty(&expr.ty)) {
                    Some(own) if own.width != 16 => {
                        let of = Operand::Slot(dst);
                        Ok(Value::Scalar(self.compute(own, Rvalue::Resize { of, signed: false })))
                    }
                    _ => Ok(Value::Scalar(Operand::Slot(dst))),
                };
            }
            (Object::Foreign(foreign), _) => {
                return match foreign.bodies.iter().find(|(at, _)| *at == method) {
                    Some((_, body)) => self.call_body(object, *body, call, span),
                    None => self.not_in_v1model(&foreign.name, span),
                };
            }
            _ => return self.fail(span, format!("v1model has no method {name} here")),
        }
        Ok(Value::Void)
    }

    /// An operation that writes a slot, and its result to the argument.
    fn write_result(
        &mut self,
        call: &Call,
        at: usize,
        span: Span,
        run: impl FnOnce(&mut Self, crate::ir::SlotId),
    ) -> Res<()> {
        let (lvalue, ty) = self.output(call, at, span)?;
        let scalar = match ty {
            Some(ty) => self.scalar_of(&ty),
            None => Some(WORD),
        };
        let Some(scalar) = scalar else {
            return self.fail(span, "the result must be a number");
        };
        // What becomes of no bits is nothing; the operation takes place.
        let wanted = scalar.width > 0;
        let dst = self.result_slot(if wanted { scalar } else { WORD });
        run(self, dst);
        let result = if wanted { Operand::Slot(dst) } else { self.number(0, 0) };
        self.write(&lvalue, &Value::Scalar(result))
    }

    fn packet_in(&mut self, name: &str, call: &Call, expr: &Expr) -> Res<Value> {
        let span = expr.span;
        if self.phase != Phase::Parser {
            return self.fail(span, format!("{name} can be called in a parser only"));
        }
        match name {
            "extract" => self.extract(call, span)?,
            "lookahead" => {
                let ty = self.ty(call.type_args.first().unwrap_or(&expr.ty));
                let width = self.fixed_width(&ty, span)?;
                if width == 0 {
                    let nothing = self.number(0, 0);
                    return self.unpack(nothing, &ty, span);
                }
                let dst = self.temporary(Scalar { width, signed: self.is_signed(&ty) });
                self.push(Op::Lookahead { dst });
                return self.unpack(Operand::Slot(dst), &ty, span);
            }
            "advance" => {
                let bits = self.input_operand(call, 0, span)?;
                self.push(Op::Advance { bits });
            }
            "length" => return Ok(Value::Scalar(self.compute(WORD, Rvalue::PacketLength))),
            _ => return self.fail(span, format!("packet_in has no method {name}")),
        }
        Ok(Value::Void)
    }

    fn extract(&mut self, call: &Call, span: Span) -> Res<()> {
        let ignored = matches!(call.args.first(), Some(Arg::Ignored));
        let lvalue = if ignored { LValue::Ignored } else { self.output(call, 0, span)?.0 };
        let varbit = match call.args.len() {
            0 | 1 => None,
            _ => Some(self.input_operand(call, 1, span)?),
        };
        match &lvalue {
            LValue::Ignored => {
                let ty = call.type_args.first().map_or(Ty::Void, |ty| self.ty(ty));
                self.skip(&ty, varbit, span)
            }
            LValue::Choice { index, choices, next } => {
                self.each_choice(*index, choices, &mut |this, choice| match choice {
                    LValue::Place { place: Place::Header(id, _), .. } => {
                        this.extract_header(*id, varbit, span)
                    }
                    _ => this.fail(span, "only a header can be extracted"),
                })?;
                if let Some(next) = next {
                    let one = self.number(32, 1);
                    self.set_to(*next, Rvalue::Binary(BinOp::Add, *index, one));
                }
                Ok(())
            }
            LValue::Place { place: Place::Header(id, _), .. } => self.extract_header(*id, varbit, span),
            _ => self.fail(span, "only a header can be extracted"),
        }
    }

    fn extract_header(&mut self, header: HeaderId, varbit: Option<Operand>, span: Span) -> Res<()> {
        let fields = &self.out.headers[header.index()].fields;
        let varbits = fields.iter().filter(|field| field.length.is_some()).count();
        match (varbits, varbit) {
            (0, None) | (1, Some(_)) => {}
            (0, Some(_)) => return self.fail(span, "the header has no varbit field"),
            (1, None) => {
                return self.fail(span, "the header has a varbit field: extract needs its length in bits");
            }
            _ => return self.fail(span, "a header with several varbit fields cannot be extracted"),
        }
        self.push(Op::Extract { header, varbit });
        Ok(())
    }

    /// `extract(_)`: moves on as far. The length of a varbit is refused as it would be with a header to fill.
    fn skip(&mut self, ty: &Ty, varbit: Option<Operand>, span: Span) -> Res<()> {
        if varbit.is_some() {
            return match self.local(ty, "$skipped$", span)? {
                Place::Header(id, _) => self.extract_header(id, varbit, span),
                _ => self.fail(span, "only a header can be extracted"),
            };
        }
        let mut bits = 0u64;
        for leaf in self.leaves(ty, span)? {
            bits += self.scalar_of(&leaf.ty).map_or(0, |scalar| u64::from(scalar.width));
        }
        let distance = self.number(LENGTH_WIDTH, bits);
        self.push(Op::Advance { bits: distance });
        Ok(())
    }

    /// `emit`: headers one by one (P4-16 16.1).
    fn emit_expr(&mut self, expr: &Expr) -> Res<()> {
        if self.phase != Phase::Deparser {
            return self.fail(expr.span, "emit can be called in the deparser only");
        }
        match &expr.kind {
            ExprKind::Aggregate(members) if !self.is_header(&expr.ty) => {
                for member in members {
                    self.nested(member.span, |this| this.emit_expr(member))?;
                }
                Ok(())
            }
            _ => match self.source(expr)? {
                Source::Stored(lvalue) => self.emit_lvalue(&lvalue, expr.span),
                Source::Value(value) => {
                    let ty = self.ty(&expr.ty);
                    let place = self.local(&ty, "$emit$", expr.span)?;
                    self.clear(&place);
                    self.store(&place, &value, None);
                    self.emit_place(&place, expr.span)
                }
            },
        }
    }

    fn is_header(&self, ty: &Ty) -> bool {
        self.kind_of(&self.ty(ty)) == Some(crate::hir::CompositeKind::Header)
    }

    fn emit_lvalue(&mut self, lvalue: &LValue, span: Span) -> Res<()> {
        match lvalue {
            LValue::Place { place, .. } => self.emit_place(place, span),
            LValue::Choice { index, choices, .. } => {
                self.each_choice(*index, choices, &mut |this, choice| this.emit_lvalue(choice, span))
            }
            _ => self.fail(span, "only headers can be emitted"),
        }
    }

    fn emit_place(&mut self, place: &Place, span: Span) -> Res<()> {
        match place {
            Place::Header(id, _) => {
                self.push(Op::Emit(*id));
                Ok(())
            }
            Place::Struct(members) | Place::Union(members) | Place::Stack { elements: members, .. } => {
                members.iter().try_for_each(|member| self.emit_place(member, span))
            }
            Place::Scalar(_) | Place::Empty | Place::Varbit { .. } => {
                self.fail(span, "only headers can be emitted")
            }
        }
    }
}
