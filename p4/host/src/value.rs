//! Values as operators write and read them: numbers as everywhere, and addresses as addresses.

use crate::entry::{Misfit, all_ones, fit};
use crate::number::{KeyValue, Number, NumberError};
use front::ir::{Bits, KeyMatch, ScalarType};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};
use thiserror::Error;

/// Why a text is no value for its field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ValueError {
    #[error("'{name}' = {text}: {error}; write {right}")]
    Number { name: String, text: String, error: NumberError, right: String },
    #[error("'{name}' = {text}: {what} has {bits} bits, and the field {width}; write {right}")]
    AddressWidth { name: String, text: String, what: &'static str, bits: u32, width: u32, right: String },
    #[error("'{name}' = {text}: `{length}` is no prefix length; write {name}={value}/{width} or less")]
    PrefixLength { name: String, text: String, value: String, length: String, width: u32 },
    #[error("'{name}' = {text}: the value has bits that are not compared; write {name}={right}")]
    NotCompared { name: String, text: String, right: String },
    #[error("'{name}' = {text}: every digit must be written here; write {right}")]
    Wild { name: String, text: String, right: String },
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

/// A field with a value: a key or a parameter.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub name: &'a str,
    pub ty: &'a ScalarType,
}

const IPV4: u32 = 32;
const MAC: u32 = 48;
const IPV6: u32 = 128;

impl Field<'_> {
    /// The field's name or type speaks of an address.
    fn is_address(&self) -> bool {
        let speaks = |text: &str| {
            let text = text.to_ascii_lowercase();
            let last = text.rsplit(['.', '_']).next().unwrap_or(&text).to_owned();
            let side = matches!(&*last, "src" | "dst" | "source" | "destination" | "gateway");
            text.contains("addr") || text.contains("ip") || last.contains("hop") || side
        };
        speaks(self.name) || self.ty.name.as_deref().is_some_and(speaks)
    }

    /// Of 48 bits: the time stamps of v1model have as many as a MAC.
    fn is_time(&self) -> bool {
        const WORDS: [&str; 10] =
            ["ts", "start", "end", "first", "last", "seen", "since", "until", "when", "delay"];
        let last = self.name.rsplit('.').next().unwrap_or(self.name).to_ascii_lowercase();
        let of_time = |text: &str| text.contains("time") || text.contains("stamp");
        let ty = self.ty.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        let speaks = of_time(&last) || of_time(&ty) || last.split('_').any(|word| WORDS.contains(&word));
        speaks && !self.is_address() && !last.contains("mac")
    }

    /// What fits it, with an example.
    fn right(&self) -> String {
        if !self.ty.members.is_empty() {
            let names: Vec<&str> = self.ty.members.iter().map(|(name, _)| name.as_str()).collect();
            return format!("a number or one of {}", names.join(", "));
        }
        match self.ty.width {
            IPV4 => "a number or an IPv4 address such as 10.0.0.1".to_owned(),
            MAC => "a number or a MAC such as 02:00:00:00:00:01".to_owned(),
            IPV6 => "a number or an IPv6 address such as 2001:db8::1".to_owned(),
            width => format!("a number of {width} bits such as 5 or 0x05"),
        }
    }

    /// One value: a number, an address, the name of an enum's member, `true` or `false`.
    fn number(&self, text: &str) -> Result<Number, ValueError> {
        if let Some((_, value)) = self.ty.members.iter().find(|(name, _)| name == text) {
            return Ok(Number::exact(value.clone()));
        }
        if self.ty.width == 1 && matches!(text, "true" | "false") {
            return Ok(Number::exact(BigUint::from(u8::from(text == "true"))));
        }
        if let Some((value, what, bits)) = address(text) {
            if bits == self.ty.width {
                return Ok(Number::exact(value));
            }
            let (name, text, right) = (self.name.to_owned(), text.to_owned(), self.right());
            return Err(ValueError::AddressWidth { name, text, what, bits, width: self.ty.width, right });
        }
        Number::parse(text).map_err(|error| {
            let (name, text, right) = (self.name.to_owned(), text.to_owned(), self.right());
            ValueError::Number { name, text, error, right }
        })
    }

    /// A number that is a part of a key; a mistake shows the whole of it.
    fn part(&self, whole: &str, part: &str) -> Result<Number, ValueError> {
        self.number(part.trim()).map_err(|error| match error {
            ValueError::Number { name, error, right, .. } => {
                ValueError::Number { name, text: whole.to_owned(), error, right }
            }
            other => other,
        })
    }

    /// A value has no other bits than those that are compared, as P4Runtime has it: a host's address in place of its
    /// network's is a mistake more often than not.
    fn compared(&self, text: &str, value: &Number, mask: &BigUint, rest: &str) -> Result<(), ValueError> {
        let Some(bits) = value.bits(self.ty.width).filter(|bits| bits & mask != *bits) else { return Ok(()) };
        let (bits, width) = (bits & mask, self.ty.width);
        let right = if self.is_address() { self.show(&bits) } else { hex(&bits, width) };
        let (name, text) = (self.name.to_owned(), text.to_owned());
        Err(ValueError::NotCompared { name, text, right: right + rest })
    }

    /// A key: `*` or `_`, `VALUE`, `VALUE/LENGTH`, `VALUE &&& MASK`, `LO..HI`.
    pub fn key(&self, text: &str) -> Result<KeyValue, ValueError> {
        let text = text.trim();
        if text == "_" || !text.is_empty() && text.chars().all(|c| c == '*') {
            return Ok(KeyValue::Any);
        }
        if let Some((value, mask)) = text.split_once("&&&") {
            let (value, given) = (self.part(text, value)?, self.part(text, mask)?);
            if let Some(mask_bits) = given.bits(self.ty.width) {
                self.compared(text, &value, &mask_bits, &format!(" &&& {}", mask.trim()))?;
            }
            return Ok(KeyValue::Mask(value, given));
        }
        if let Some((lo, hi)) = text.split_once("..").or_else(|| text.split_once("->")) {
            return Ok(KeyValue::Range(self.part(text, lo)?, self.part(text, hi)?));
        }
        if let Some((value, length)) = text.split_once('/') {
            let (value, length) = (value.trim(), length.trim());
            let Some(bits) = length.parse().ok().filter(|bits| *bits <= self.ty.width) else {
                let (name, text, value) = (self.name.to_owned(), text.to_owned(), value.to_owned());
                let (length, width) = (length.to_owned(), self.ty.width);
                return Err(ValueError::PrefixLength { name, text, value, length, width });
            };
            let value = self.part(text, value)?;
            let mask = all_ones(self.ty.width) ^ all_ones(self.ty.width - bits);
            self.compared(text, &value, &mask, &format!("/{bits}"))?;
            return Ok(KeyValue::Prefix(value, bits));
        }
        Ok(KeyValue::Value(self.number(text)?))
    }

    /// A value of which every digit is written.
    pub fn value(&self, text: &str) -> Result<Number, ValueError> {
        let number = self.number(text.trim())?;
        if number.is_exact() {
            return Ok(number);
        }
        Err(ValueError::Wild { name: self.name.to_owned(), text: text.to_owned(), right: self.right() })
    }

    /// A value in the bits of the field.
    pub fn bits(&self, what: &'static str, text: &str) -> Result<Bits, ValueError> {
        Ok(fit(what, self.name, &self.value(text)?, self.ty.width)?)
    }

    /// A value as its field deserves: addresses as addresses, members of enums by name, what is called a type or a
    /// mask in hexadecimal, other numbers in decimal, signed ones with their sign.
    pub fn show(&self, value: &BigUint) -> String {
        if let Some((name, _)) = self.ty.members.iter().find(|(_, of)| of == value) {
            return name.clone();
        }
        if self.ty.is_bool {
            return if value.is_zero() { "false" } else { "true" }.to_owned();
        }
        let low = |bits: u64| u128::try_from(value).ok().filter(|_| value.bits() <= bits);
        match self.ty.width {
            IPV4 if self.is_address() => {
                if let Some(bits) = low(32) {
                    return Ipv4Addr::from(bits as u32).to_string();
                }
            }
            MAC if !self.is_time() => {
                if let Some(bits) = low(48) {
                    return mac(bits as u64);
                }
            }
            IPV6 => {
                if let Some(bits) = low(128) {
                    return Ipv6Addr::from(bits).to_string();
                }
            }
            _ => {}
        }
        let last = self.name.rsplit('.').next().unwrap_or(self.name).to_ascii_lowercase();
        let hexadecimal = self.ty.width > 64 || last.ends_with("type") || last.ends_with("mask");
        if hexadecimal {
            return hex(value, self.ty.width);
        }
        if self.ty.signed && value.bit(u64::from(self.ty.width) - 1) {
            return format!("-{}", (BigUint::one() << self.ty.width) - value);
        }
        value.to_string()
    }

    /// A key's match, as [`Field::key`] reads it.
    pub fn show_match(&self, key: &KeyMatch) -> String {
        match key {
            KeyMatch::Exact(bits) | KeyMatch::Optional(bits) => self.show(&bits.value),
            KeyMatch::Lpm { value, length } => format!("{}/{length}", self.show(&value.value)),
            KeyMatch::Ternary { value, mask } => self.show_masked(&value.value, &mask.value),
            KeyMatch::Range { lo, hi } if lo == hi => self.show(&lo.value),
            KeyMatch::Range { lo, hi } => format!("{}..{}", self.show(&lo.value), self.show(&hi.value)),
            KeyMatch::Any => "*".to_owned(),
        }
    }

    fn show_masked(&self, value: &BigUint, mask: &BigUint) -> String {
        let width = self.ty.width;
        let free = all_ones(width) ^ mask;
        if free.is_zero() {
            return self.show(value);
        }
        if self.is_address() && (&free & (&free + 1u32)).is_zero() {
            return format!("{}/{}", self.show(value), u64::from(width) - free.bits());
        }
        format!("{} &&& {}", hex(value, width), hex(mask, width))
    }
}

fn hex(value: &BigUint, width: u32) -> String {
    format!("0x{value:0digits$x}", digits = width.div_ceil(4) as usize)
}

fn mac(bits: u64) -> String {
    let mut out = String::with_capacity(17);
    for byte in &bits.to_be_bytes()[2..] {
        let separator = if out.is_empty() { "" } else { ":" };
        // Writing into a string does not fail.
        let _ = write!(out, "{separator}{byte:02x}");
    }
    out
}

/// An address in any of the usual forms: its bits, what it is, and how many bits it has.
fn address(text: &str) -> Option<(BigUint, &'static str, u32)> {
    if let Ok(v4) = text.parse::<Ipv4Addr>() {
        return Some((u32::from(v4).into(), "an IPv4 address", IPV4));
    }
    if let Some(bits) = parse_mac(text) {
        return Some((bits.into(), "a MAC", MAC));
    }
    let v6 = text.parse::<Ipv6Addr>().ok()?;
    Some((u128::from(v6).into(), "an IPv6 address", IPV6))
}

fn parse_mac(text: &str) -> Option<u64> {
    let bytes: Vec<&str> = text.split([':', '-']).collect();
    let pair = |byte: &&str| byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit());
    if bytes.len() != 6 || !bytes.iter().all(pair) {
        return None;
    }
    bytes.iter().try_fold(0u64, |bits, byte| Some((bits << 8) | u64::from_str_radix(byte, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::key_match;
    use front::ir::{MatchKind, SlotId, TableKey};

    fn ty(width: u32) -> ScalarType {
        ScalarType { width, signed: false, name: None, members: vec![], annotations: vec![], is_bool: false }
    }

    /// What a text means for a key, shown again.
    fn again(name: &str, kind: MatchKind, width: u32, text: &str) -> Result<String, String> {
        let key = TableKey { name: name.into(), kind, slot: SlotId(0), ty: ty(width), annotations: vec![] };
        let field = Field { name, ty: &key.ty };
        let value = field.key(text).map_err(|error| error.to_string())?;
        let matched = key_match(&key, &value).map_err(|error| error.to_string())?;
        Ok(field.show_match(&matched))
    }

    #[test]
    fn a_value_is_shown_as_its_field_deserves_whichever_way_it_was_written() {
        use MatchKind::*;
        let good = [
            ("hdr.ipv4.dstAddr", Lpm, 32, "10.0.0.0/8", "10.0.0.0/8"),
            ("hdr.ipv4.dstAddr", Lpm, 32, "0x0a000000/8", "10.0.0.0/8"),
            ("hdr.ipv4.dstAddr", Ternary, 32, "10.1.0.0 &&& 255.255.0.0", "10.1.0.0/16"),
            ("hdr.ipv4.dstAddr", Ternary, 32, "10.0.0.1&&&255.0.0.255", "0x0a000001 &&& 0xff0000ff"),
            ("hdr.ipv4.dstAddr", Range, 32, "10.0.0.1..10.0.0.9", "10.0.0.1..10.0.0.9"),
            ("meta.count", Exact, 32, "10.0.0.1", "167772161"),
            ("hdr.eth.dst", Exact, 48, "02:00:00:00:00:0a", "02:00:00:00:00:0a"),
            ("hdr.eth.dst", Exact, 48, "02-00-00-00-00-0A", "02:00:00:00:00:0a"),
            ("hdr.eth.etherType", Exact, 16, "2048", "0x0800"),
            ("hdr.ipv6.dst", Lpm, 128, "2001:db8::/32", "2001:db8::/32"),
            ("ingress.window_start", Exact, 48, "1000000", "1000000"),
            ("std.ingress_global_timestamp", Exact, 48, "0x10", "16"),
            ("last_src", Exact, 48, "1", "00:00:00:00:00:01"),
            ("last_mac", Exact, 48, "1", "00:00:00:00:00:01"),
            ("learned", Exact, 48, "1", "00:00:00:00:00:01"),
            ("port", Range, 16, "80..443", "80..443"),
            ("port", Ternary, 9, "*", "*"),
            ("port", Range, 9, "_", "*"),
            ("src", Exact, 32, "10.0.0.1", "10.0.0.1"),
            ("src_count", Exact, 32, "10.0.0.1", "167772161"),
            ("port", Optional, 9, "7", "7"),
            ("valid", Exact, 1, "true", "1"),
            ("key", Exact, 100, "5", "0x0000000000000000000000005"),
        ];
        for (name, kind, width, text, shown) in good {
            assert_eq!(again(name, kind, width, text).as_deref(), Ok(shown), "{name} {text}");
        }
    }

    #[test]
    fn what_is_shown_means_the_same_when_it_is_written() {
        use MatchKind::*;
        for (kind, text) in [(Ternary, "10.0.0.1&&&255.0.0.255"), (Lpm, "10.128.0.0/9"), (Range, "1..9")] {
            for name in ["ip", "count"] {
                let shown = again(name, kind, 32, text).unwrap();
                assert_eq!(again(name, kind, 32, &shown).as_deref(), Ok(shown.as_str()));
            }
        }
    }

    #[test]
    fn a_value_that_does_not_fit_says_what_would_be_right() {
        use MatchKind::*;
        let bad = [
            (Exact, 16, "10.0.0.1", "a number of 16 bits such as 5 or 0x05"),
            (Exact, 48, "10.0.0.1", "02:00:00:00:00:01"),
            (Exact, 32, "10.0.0", "an IPv4 address such as 10.0.0.1"),
            (Exact, 32, "", "an IPv4 address"),
            (Lpm, 32, "10.0.0.0/33", "k=10.0.0.0/32 or less"),
            (Lpm, 32, "10.0.0.0/x", "`x` is no prefix length"),
            (Lpm, 32, "10.0.0.1/8", "not compared; write k=0x0a000000/8"),
            (Ternary, 8, "5&&&0xf0", "not compared; write k=0x00 &&& 0xf0"),
            (Exact, 8, "256", "does not fit into 8 bits"),
            (Range, 16, "80..", "'k' = 80..: "),
            (Ternary, 16, "80&&&x", "'k' = 80&&&x: "),
            (Exact, 32, "10.0.0.0/8", "one value, every digit of it"),
        ];
        for (kind, width, text, right) in bad {
            let error = again("k", kind, width, text).expect_err(text);
            assert!(error.contains(right), "{text}: {error}");
        }
    }

    #[test]
    fn an_address_with_host_bits_is_told_its_network() {
        let ty = ty(32);
        let error = Field { name: "hdr.ipv4.dst_addr", ty: &ty }.key("10.1.2.3/16").unwrap_err();
        assert!(error.to_string().ends_with("write hdr.ipv4.dst_addr=10.1.0.0/16"), "{error}");
    }

    #[test]
    fn signed_numbers_are_shown_with_their_sign() {
        let ty = ScalarType { signed: true, ..ty(8) };
        let field = Field { name: "change", ty: &ty };
        let key = TableKey {
            name: "change".into(),
            kind: MatchKind::Range,
            slot: SlotId(0),
            ty: ty.clone(),
            annotations: vec![],
        };
        for text in ["-5..5", "-128..-1", "3..127", "-1"] {
            let matched = key_match(&key, &field.key(text).unwrap()).unwrap();
            assert_eq!(field.show_match(&matched), text);
        }
    }

    #[test]
    fn members_of_an_enum_are_named() {
        let members = vec![("RED".to_owned(), 1u32.into()), ("BLUE".to_owned(), 2u32.into())];
        let ty = ScalarType { members, ..ty(8) };
        let field = Field { name: "colour", ty: &ty };
        let blue = field.bits("key", "BLUE").unwrap();
        assert_eq!((blue.value.clone(), field.show(&blue.value)), (2u32.into(), "BLUE".to_owned()));
        assert_eq!(field.show(&7u32.into()), "7");
        let error = field.bits("key", "GREEN").unwrap_err().to_string();
        assert!(error.ends_with("a number or one of RED, BLUE"), "{error}");
    }
}
