//! The terminals of the grammar. P4-16 6.4 and appendix "P4 grammar".

use crate::intern::Name;
use crate::source::Span;
use num_bigint::BigInt;
use std::fmt;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

/// Whether an identifier denotes a type depends on what was declared before it: the parser knows.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    Ident(Name),
    Keyword(Keyword),
    Int(Arc<IntLit>),
    /// As written, with its quotes; see [`string_value`].
    Str(Arc<str>),
    Punct(Punct),
    /// The end of the line of an `@pragma`.
    PragmaEnd,
    /// A character that no token begins with. Only the body of an annotation may hold one (UNEXPECTED_TOKEN).
    Stray(char),
}

#[derive(Debug, Clone, PartialEq)]
pub struct IntLit {
    pub text: Arc<str>,
    pub value: BigInt,
    /// (signed, bits) of `8s1` and `8w1`.
    pub width: Option<(bool, u32)>,
}

macro_rules! terminals {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($variant,)* }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            pub fn text(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            pub fn from_text(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text())
            }
        }
    };
}

terminals! {
    /// The words that the grammar knows. Those of [`Keyword::is_name`] are names too.
    Keyword {
        Abstract = "abstract",
        Action = "action",
        Actions = "actions",
        Apply = "apply",
        Bit = "bit",
        Bool = "bool",
        Break = "break",
        Const = "const",
        Continue = "continue",
        Control = "control",
        Default = "default",
        Else = "else",
        Entries = "entries",
        Enum = "enum",
        Error = "error",
        Exit = "exit",
        Extern = "extern",
        False = "false",
        For = "for",
        Header = "header",
        HeaderUnion = "header_union",
        If = "if",
        In = "in",
        InOut = "inout",
        Int = "int",
        Key = "key",
        List = "list",
        MatchKind = "match_kind",
        Out = "out",
        Package = "package",
        Parser = "parser",
        Priority = "priority",
        Return = "return",
        Select = "select",
        State = "state",
        String = "string",
        Struct = "struct",
        Switch = "switch",
        Table = "table",
        This = "this",
        Transition = "transition",
        True = "true",
        Tuple = "tuple",
        Type = "type",
        Typedef = "typedef",
        ValueSet = "value_set",
        Varbit = "varbit",
        Void = "void",
        Underscore = "_",
    }
}

impl Keyword {
    /// The grammar's `name`, apart from identifiers.
    pub fn is_name(self) -> bool {
        self.is_non_type_name() || self == Keyword::List
    }

    /// The grammar's `nonTypeName`, apart from identifiers.
    pub fn is_non_type_name(self) -> bool {
        use Keyword::*;
        matches!(self, Apply | Key | Actions | State | Entries | Type | Priority)
    }
}

impl Keyword {
    /// A type begins with it, whatever follows.
    pub fn begins_type(self) -> bool {
        use Keyword::*;
        matches!(self, Bool | Bit | Int | Varbit | String | MatchKind | Void | Tuple)
    }
}

terminals! {
    Punct {
        ParenOpen = "(",
        ParenClose = ")",
        BracketOpen = "[",
        BracketClose = "]",
        BraceOpen = "{",
        BraceClose = "}",
        Invalid = "{#}",
        Comma = ",",
        Semicolon = ";",
        Colon = ":",
        Question = "?",
        At = "@",
        Dot = ".",
        Range = "..",
        Dots = "...",
        Assign = "=",
        Eq = "==",
        Ne = "!=",
        Le = "<=",
        Ge = ">=",
        Lt = "<",
        Gt = ">",
        Shl = "<<",
        Shr = ">>",
        Not = "!",
        Tilde = "~",
        And = "&",
        AndAnd = "&&",
        Mask = "&&&",
        Or = "|",
        OrOr = "||",
        Xor = "^",
        Plus = "+",
        PlusPlus = "++",
        Minus = "-",
        PlusSat = "|+|",
        MinusSat = "|-|",
        Star = "*",
        Slash = "/",
        Percent = "%",
        PlusAssign = "+=",
        MinusAssign = "-=",
        PlusSatAssign = "|+|=",
        MinusSatAssign = "|-|=",
        StarAssign = "*=",
        SlashAssign = "/=",
        PercentAssign = "%=",
        ShlAssign = "<<=",
        ShrAssign = ">>=",
        AndAssign = "&=",
        OrAssign = "|=",
        XorAssign = "^=",
    }
}

/// The value of a string literal as written. P4-16 leaves escape sequences to tools: `\"`, `\\`, `\n`, `\t` and `\r`
/// mean what they mean in C, any other backslash stands for itself.
pub fn string_value(raw: &str) -> String {
    let inner = raw.strip_prefix('"').unwrap_or(raw);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => value.push('\n'),
            Some('t') => value.push('\t'),
            Some('r') => value.push('\r'),
            Some(c @ ('"' | '\\')) => value.push(c),
            Some(other) => value.extend(['\\', other]),
            None => value.push('\\'),
        }
    }
    value
}

/// Digits of a literal; reading a decimal number takes time in the square of its length.
const LONGEST_NUMBER: usize = 20_000;
/// Bits of a literal; 128 KiB.
const WIDEST_NUMBER: u32 = 1 << 20;

/// Reads an integer literal. P4-16 6.4.3.2. The error says what is wrong with it.
pub fn parse_int(text: &Arc<str>) -> Result<IntLit, String> {
    if text.len() > LONGEST_NUMBER {
        return Err(format!("a number of {} characters; the limit is {LONGEST_NUMBER}", text.len()));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (width, rest) = match text.as_bytes().get(digits) {
        Some(b'w' | b's') => {
            let signed = text.as_bytes().get(digits) == Some(&b's');
            (Some((signed, parse_width(&text[..digits], signed)?)), &text[digits + 1..])
        }
        _ => (None, &text[..]),
    };
    if rest.is_empty() {
        return Err(format!("`{text}` has a width but no value; `{text}0` would be zero"));
    }
    let value = parse_digits(text, rest)?;
    Ok(IntLit { text: Arc::clone(text), value, width })
}

fn parse_width(text: &str, signed: bool) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(0) if signed => Err("a signed number has at least one bit".to_owned()),
        Ok(bits) if bits <= WIDEST_NUMBER => Ok(bits),
        _ => Err(format!("a number of {text} bits; the limit is {WIDEST_NUMBER}")),
    }
}

fn parse_digits(text: &str, rest: &str) -> Result<BigInt, String> {
    let mark = rest.get(..2).map(str::to_ascii_lowercase).unwrap_or_default();
    let (radix, kind, digits) = match mark.as_str() {
        "0x" => (16, "hexadecimal", &rest[2..]),
        "0o" => (8, "octal", &rest[2..]),
        "0b" => (2, "binary", &rest[2..]),
        "0d" => (10, "decimal", &rest[2..]),
        _ if rest.starts_with('_') => {
            return Err(format!("`{text}`: the digits of a number cannot begin with `_`"));
        }
        _ => (10, "decimal", rest),
    };
    if let Some(bad) = digits.chars().find(|c| *c != '_' && !c.is_digit(radix)) {
        return Err(bad_digit(text, rest, kind, bad));
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    match BigInt::parse_bytes(plain.as_bytes(), radix) {
        Some(value) => Ok(value),
        None => Err(format!("`{text}` has no digits after `{}`", &rest[..2.min(rest.len())])),
    }
}

fn bad_digit(text: &str, rest: &str, kind: &str, bad: char) -> String {
    let hint = match bad {
        'w' | 's' if rest.contains('_') => ": a width has digits only, without `_`",
        'x' | 'X' | 'o' | 'O' | 'b' | 'B' | 'd' | 'D' if rest.starts_with('0') => {
            ": the base is written `0x`, `0o`, `0b` or `0d`"
        }
        'a'..='f' | 'A'..='F' if kind == "decimal" => ": hexadecimal numbers begin with `0x`",
        _ => "",
    };
    format!("`{text}` is not a number: `{bad}` is no {kind} digit{hint}")
}
