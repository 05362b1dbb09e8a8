//! The expressions of `#if`: C's, on 64 bits, signed unless marked (C17 6.10.1).

use super::Preprocessor;
use crate::diag::Diagnostic;
use crate::lex::{PpKind, PpTok};
use crate::source::Span;
use crate::token::Punct;

const DEEPEST: usize = 100;

#[derive(Debug, Clone, Copy)]
struct Value {
    bits: i64,
    unsigned: bool,
}

impl Value {
    fn truth(value: bool) -> Value {
        Value { bits: i64::from(value), unsigned: false }
    }

    fn is_true(self) -> bool {
        self.bits != 0
    }
}

/// The message was given.
struct Wrong;

struct Eval<'p, 'a> {
    pre: &'p mut Preprocessor<'a>,
    tokens: Vec<PpTok>,
    at: usize,
    depth: usize,
    /// 0 where the value matters: `0 && 1/0` is well.
    idle: usize,
    whole: Span,
}

impl<'a> Preprocessor<'a> {
    /// The value of the line after `#if` or `#elif`; false, with an error, where it has none.
    pub(super) fn condition(&mut self, at: Span, line: Vec<PpTok>) -> bool {
        if line.is_empty() {
            self.error(at, "this condition has no expression");
            return false;
        }
        self.in_condition = true;
        let tokens = self.expand_list(line, at);
        self.in_condition = false;
        if self.dead {
            return false;
        }
        let mut eval = Eval { pre: self, tokens, at: 0, depth: 0, idle: 0, whole: at };
        let Ok(value) = eval.ternary() else { return false };
        if eval.at < eval.tokens.len() {
            let _ = eval.unexpected("an operator or the end of the line");
            return false;
        }
        value.is_true()
    }

    /// `defined X` and `defined(X)`, also where a macro brings them, are 1 or 0 before X could be expanded.
    pub(super) fn defined(&mut self, token: PpTok) -> PpTok {
        let next = self.next_raw();
        let paren = next.is(Punct::ParenOpen);
        let name = if paren { self.next_raw() } else { next };
        let closed = !paren || self.next_raw().is(Punct::ParenClose);
        let known = match name.kind {
            PpKind::Ident(name) if closed => {
                self.macros.contains_key(&name) || name == self.words.line || name == self.words.file
            }
            _ => {
                self.session.diags.push(
                    Diagnostic::error(token.span, "`defined` is followed by the name of a macro")
                        .help("write `defined(NAME)` or `defined NAME`"),
                );
                false
            }
        };
        PpTok { kind: PpKind::Number(if known { "1" } else { "0" }.into()), ..token }
    }
}

impl Eval<'_, '_> {
    fn peek(&self) -> Option<Punct> {
        match self.tokens.get(self.at)?.kind {
            PpKind::Punct(punct) => Some(punct),
            _ => None,
        }
    }

    fn eat(&mut self, punct: Punct) -> bool {
        let there = self.peek() == Some(punct);
        self.at += usize::from(there);
        there
    }

    fn unexpected(&mut self, wanted: &str) -> Wrong {
        let (span, found) = match self.tokens.get(self.at) {
            Some(token) => (token.span, format!("`{}`", self.pre.written(token))),
            None => {
                (self.tokens.last().map_or(self.whole, |token| token.span), "the end of the line".to_owned())
            }
        };
        self.pre.error(span, format!("in the condition: expected {wanted}, found {found}"));
        Wrong
    }

    fn deeper(&mut self) -> Result<(), Wrong> {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.pre.error(self.whole, format!("the condition is nested more than {DEEPEST} deep"));
            return Err(Wrong);
        }
        Ok(())
    }

    fn ternary(&mut self) -> Result<Value, Wrong> {
        self.deeper()?;
        let condition = self.binary(1)?;
        let mut value = condition;
        if self.eat(Punct::Question) {
            let yes = self.unless(!condition.is_true(), Eval::ternary)?;
            if !self.eat(Punct::Colon) {
                return Err(self.unexpected("`:`"));
            }
            let no = self.unless(condition.is_true(), Eval::ternary)?;
            let unsigned = yes.unsigned || no.unsigned;
            value = Value { unsigned, ..if condition.is_true() { yes } else { no } };
        }
        self.depth -= 1;
        Ok(value)
    }

    fn unless(
        &mut self,
        idle: bool,
        parse: impl FnOnce(&mut Self) -> Result<Value, Wrong>,
    ) -> Result<Value, Wrong> {
        self.idle += usize::from(idle);
        let value = parse(self);
        self.idle -= usize::from(idle);
        value
    }

    fn binary(&mut self, lowest: u8) -> Result<Value, Wrong> {
        let mut left = self.unary()?;
        while let Some(op) = self.peek()
            && let Some(level) = level(op)
            && level >= lowest
        {
            let span = self.tokens[self.at].span;
            self.at += 1;
            let idle = match op {
                Punct::AndAnd => !left.is_true(),
                Punct::OrOr => left.is_true(),
                _ => false,
            };
            let right = self.unless(idle, |eval| eval.binary(level + 1))?;
            left = self.apply(op, left, right, span)?;
        }
        Ok(left)
    }

    fn apply(&mut self, op: Punct, a: Value, b: Value, span: Span) -> Result<Value, Wrong> {
        let unsigned = a.unsigned || b.unsigned;
        let (x, y) = (a.bits, b.bits);
        let (ux, uy) = (x as u64, y as u64);
        let less = if unsigned { ux < uy } else { x < y };
        let number = |bits: i64| Value { bits, unsigned };
        let value = match op {
            Punct::OrOr => Value::truth(a.is_true() || b.is_true()),
            Punct::AndAnd => Value::truth(a.is_true() && b.is_true()),
            Punct::Eq => Value::truth(x == y),
            Punct::Ne => Value::truth(x != y),
            Punct::Lt => Value::truth(less),
            Punct::Ge => Value::truth(!less),
            Punct::Le => Value::truth(less || x == y),
            Punct::Gt => Value::truth(!less && x != y),
            Punct::Or => number(x | y),
            Punct::Xor => number(x ^ y),
            Punct::And => number(x & y),
            Punct::Plus => number(x.wrapping_add(y)),
            Punct::Minus => number(x.wrapping_sub(y)),
            Punct::Star => number(x.wrapping_mul(y)),
            Punct::Shl | Punct::Shr => shift(op, a, b),
            Punct::Slash | Punct::Percent if y == 0 => {
                if self.idle == 0 {
                    self.pre.error(span, "division by zero in the condition");
                    return Err(Wrong);
                }
                number(0)
            }
            Punct::Slash if unsigned => number((ux / uy) as i64),
            Punct::Slash => number(x.wrapping_div(y)),
            Punct::Percent if unsigned => number((ux % uy) as i64),
            _ => number(x.wrapping_rem(y)),
        };
        Ok(value)
    }

    fn unary(&mut self) -> Result<Value, Wrong> {
        let op = self.peek();
        match op {
            Some(Punct::Not | Punct::Minus | Punct::Plus | Punct::Tilde) => {
                self.at += 1;
                self.deeper()?;
                let value = self.unary()?;
                self.depth -= 1;
                Ok(match op {
                    Some(Punct::Not) => Value::truth(!value.is_true()),
                    Some(Punct::Minus) => Value { bits: value.bits.wrapping_neg(), ..value },
                    Some(Punct::Tilde) => Value { bits: !value.bits, ..value },
                    _ => value,
                })
            }
            Some(Punct::ParenOpen) => {
                self.at += 1;
                let value = self.ternary()?;
                if !self.eat(Punct::ParenClose) {
                    return Err(self.unexpected("`)`"));
                }
                Ok(value)
            }
            _ => self.primary(),
        }
    }

    fn primary(&mut self) -> Result<Value, Wrong> {
        let Some(token) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected("a value")) };
        match &token.kind {
            PpKind::Number(text) => {
                self.at += 1;
                number(text).map_err(|message| {
                    self.pre.error(token.span, message);
                    Wrong
                })
            }
            PpKind::Char(text) => {
                self.at += 1;
                let Some(bits) = character(text) else {
                    self.pre.error(token.span, format!("{text} is not one character"));
                    return Err(Wrong);
                };
                Ok(Value { bits, unsigned: false })
            }
            // A name that is no macro is 0, as in C; `true` is 1, as in C23.
            PpKind::Ident(name) => {
                self.at += 1;
                Ok(Value::truth(self.pre.session.text(*name) == "true"))
            }
            PpKind::Str(_) => {
                self.pre.error(token.span, "a string has no value in a condition");
                Err(Wrong)
            }
            _ => Err(self.unexpected("a value")),
        }
    }
}

fn level(op: Punct) -> Option<u8> {
    Some(match op {
        Punct::OrOr => 1,
        Punct::AndAnd => 2,
        Punct::Or => 3,
        Punct::Xor => 4,
        Punct::And => 5,
        Punct::Eq | Punct::Ne => 6,
        Punct::Lt | Punct::Le | Punct::Gt | Punct::Ge => 7,
        Punct::Shl | Punct::Shr => 8,
        Punct::Plus | Punct::Minus => 9,
        Punct::Star | Punct::Slash | Punct::Percent => 10,
        _ => return None,
    })
}

/// A shift by a negative number goes the other way, as the common C preprocessors do it.
fn shift(op: Punct, a: Value, b: Value) -> Value {
    let backward = !b.unsigned && b.bits < 0;
    let left = (op == Punct::Shl) != backward;
    let by = if b.unsigned { b.bits as u64 } else { b.bits.unsigned_abs() };
    let bits = match (left, by < 64) {
        (true, true) => ((a.bits as u64) << by) as i64,
        (true, false) => 0,
        (false, _) if a.unsigned => {
            if by < 64 {
                ((a.bits as u64) >> by) as i64
            } else {
                0
            }
        }
        (false, _) => a.bits >> by.min(63),
    };
    Value { bits, ..a }
}

/// A number as in C (a leading zero is octal), also with P4's `0o`, `0d`, `_` and width.
fn number(text: &str) -> Result<Value, String> {
    let bad = || format!("`{text}` is not a number for a condition");
    let lower = text.to_ascii_lowercase().replace('_', "");
    let digits = lower.bytes().take_while(u8::is_ascii_digit).count();
    let (body, p4) = match lower.as_bytes().get(digits) {
        Some(b'w' | b's') => (&lower[digits + 1..], true),
        _ => (&lower[..], false),
    };
    let (radix, body) = match body.get(..2) {
        Some("0x") => (16, &body[2..]),
        Some("0b") => (2, &body[2..]),
        Some("0o") => (8, &body[2..]),
        Some("0d") => (10, &body[2..]),
        _ if !p4 && body.len() > 1 && body.starts_with('0') => (8, &body[1..]),
        _ => (10, body),
    };
    let plain = body.trim_end_matches(['u', 'l']);
    let suffix = &body[plain.len()..];
    if !matches!(suffix, "" | "u" | "l" | "ul" | "lu" | "ll" | "ull" | "llu") {
        return Err(bad());
    }
    let plain = if plain.is_empty() && radix == 8 { "0" } else { plain };
    let value = u64::from_str_radix(plain, radix).map_err(|_| bad())?;
    Ok(Value { bits: value as i64, unsigned: suffix.contains('u') || value > i64::MAX as u64 })
}

/// The value of a character, given with its quotes (C17 6.4.4.4); None for several, and beyond ASCII.
fn character(text: &str) -> Option<i64> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let Some(escape) = inner.strip_prefix('\\') else {
        let mut chars = inner.chars();
        let only = chars.next().filter(|c| c.is_ascii() && chars.next().is_none())?;
        return Some(i64::from(u32::from(only)));
    };
    let code = match escape {
        "n" => 10,
        "t" => 9,
        "r" => 13,
        "a" => 7,
        "b" => 8,
        "f" => 12,
        "v" => 11,
        "\\" | "'" | "\"" | "?" => escape.as_bytes()[0],
        _ => match escape.strip_prefix('x') {
            Some(hex) => u8::from_str_radix(hex, 16).ok()?,
            None => u8::from_str_radix(escape, 8).ok()?,
        },
    };
    Some(i64::from(code as i8))
}
