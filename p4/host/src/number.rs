//! Numbers as people and test files write them.

use num_bigint::BigUint;
use num_traits::{One, Zero};
use thiserror::Error;

/// Reading decimal digits takes the square of their number: a bound that no field of a packet comes near.
pub const MOST_DIGITS: usize = 4096;

/// Why a text is no number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NumberError {
    #[error("`{0}` is no number")]
    NotANumber(String),
    #[error("the number has {0} digits; no more than {MOST_DIGITS} are taken")]
    TooManyDigits(usize),
    #[error("the decimal number `{0}` has a `*`; write it as 0x or 0b")]
    WildDecimal(String),
}

/// A number as written: bits under a `*` are zero in `value` and one in `wild`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    pub value: BigUint,
    pub negative: bool,
    pub wild: BigUint,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    Value(Number),
    Prefix(Number, u32),
    Mask(Number, Number),
    Range(Number, Number),
    /// `*`
    Any,
}

impl Number {
    pub fn exact(value: BigUint) -> Number {
        Number { value, negative: false, wild: BigUint::zero() }
    }

    /// Decimal, `0x`, `0b`; with a `*` for a nibble or bit that may be anything.
    pub fn parse(text: &str) -> Result<Number, NumberError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if digits.len() > MOST_DIGITS {
            return Err(NumberError::TooManyDigits(digits.len()));
        }
        let bad = || NumberError::NotANumber(text.to_owned());
        let lower = digits.to_ascii_lowercase();
        let (value, wild) = if let Some(hex) = lower.strip_prefix("0x") {
            power_of_two(hex, 4).ok_or_else(bad)?
        } else if let Some(binary) = lower.strip_prefix("0b") {
            power_of_two(binary, 1).ok_or_else(bad)?
        } else {
            let decimal: String = lower.chars().filter(|c| *c != '_').collect();
            if decimal.contains('*') {
                return Err(NumberError::WildDecimal(text.to_owned()));
            }
            let value = BigUint::parse_bytes(decimal.as_bytes(), 10).ok_or_else(bad)?;
            (value, BigUint::zero())
        };
        Ok(Number { value, negative, wild })
    }

    /// Every digit was written.
    pub fn is_exact(&self) -> bool {
        self.wild.is_zero()
    }

    /// The number in two's complement of `width` bits; None where it has no room there.
    pub fn bits(&self, width: u32) -> Option<BigUint> {
        if !self.negative {
            return (self.value.bits() <= u64::from(width)).then(|| self.value.clone());
        }
        let modulus = BigUint::one() << width;
        let half = &modulus >> 1;
        if self.value.is_zero() {
            return Some(BigUint::zero());
        }
        (self.value <= half).then(|| modulus - &self.value)
    }

    pub fn to_u64(&self) -> Option<u64> {
        if self.negative || !self.is_exact() { None } else { u64::try_from(&self.value).ok() }
    }
}

fn power_of_two(digits: &str, bits: usize) -> Option<(BigUint, BigUint)> {
    let (mut value, mut wild, mut any) = (BigUint::zero(), BigUint::zero(), false);
    let all = BigUint::from((1u32 << bits) - 1);
    for digit in digits.chars().filter(|c| *c != '_') {
        value <<= bits;
        wild <<= bits;
        if digit == '*' {
            wild |= &all;
        } else {
            value |= BigUint::from(digit.to_digit(1 << bits)?);
        }
        any = true;
    }
    any.then_some((value, wild))
}
