//! What can be wrong in a test file.

use thiserror::Error;

/// A line that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{line}: {problem}; {}", problem.right())]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    pub problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    #[error("there is no command `{0}`")]
    UnknownCommand(String),
    #[error("the {what} is missing")]
    Missing { what: &'static str, form: &'static str },
    #[error("`{rest}` is more than the line can have")]
    Trailing { rest: String, form: &'static str },
    #[error("the {what} `{text}` is no number")]
    NotANumber { what: &'static str, text: String },
    #[error("the {what} {text} is too large")]
    TooLarge { what: &'static str, text: String, most: u64 },
    #[error("the number has {digits} digits")]
    TooManyDigits { digits: usize },
    #[error("`{0}` is no hexadecimal digit")]
    NotHexadecimal(char),
    #[error("{0} hexadecimal digits are no whole number of bytes")]
    OddDigits(usize),
    #[error("a packet has no byte `*`")]
    WildPacket,
    #[error("`{0}` has digits that are not known")]
    WildNumber(String),
    #[error("the decimal number `{0}` has a `*`")]
    WildDecimal(String),
    #[error("`{0}` has neither a value nor arguments")]
    NeitherKeyNorAction(String),
    #[error("`{0}` is not closed")]
    NotClosed(char),
    #[error("the argument `{0}` has no value")]
    ArgumentWithoutValue(String),
    #[error("the rate `{0}` is not understood")]
    BadRate(String),
    #[error("`{0}` compares nothing")]
    BadComparison(String),
    #[error("port {0} has a line `expect {0}` that takes everything and another that says what")]
    ExpectBoth(u16),
}

impl Problem {
    /// What would be right.
    pub fn right(&self) -> String {
        match self {
            Problem::UnknownCommand(_) => format!("known are {}", super::parse::commands()),
            Problem::Missing { form, .. } | Problem::Trailing { form, .. } => {
                format!("the line is written `{form}`")
            }
            Problem::NotANumber { .. } => "numbers are decimal, 0x or 0b".to_owned(),
            Problem::TooLarge { most, .. } => format!("the largest is {most}"),
            Problem::TooManyDigits { .. } => {
                format!("no more than {} are taken", host::number::MOST_DIGITS)
            }
            Problem::NotHexadecimal(_) => "packets are digits 0-9, a-f and blanks".to_owned(),
            Problem::OddDigits(_) => "a byte has two digits".to_owned(),
            Problem::WildPacket => "only `expect` has digits that may be anything".to_owned(),
            Problem::WildNumber(_) => "here every digit must be written out".to_owned(),
            Problem::WildDecimal(_) => "write it as 0x or 0b".to_owned(),
            Problem::NeitherKeyNorAction(_) => "write KEY:VALUE or ACTION(ARG:VALUE, ...)".to_owned(),
            Problem::NotClosed(open) => match open {
                '(' => "a `)` is missing".to_owned(),
                '[' => "a `]` is missing".to_owned(),
                _ => "the closing quote is missing".to_owned(),
            },
            Problem::ArgumentWithoutValue(_) => "write ARG:VALUE, or the value alone".to_owned(),
            Problem::BadRate(_) => "write RATE:BURST, such as 0.001:8".to_owned(),
            Problem::BadComparison(_) => "write == != < <= > or >=".to_owned(),
            Problem::ExpectBoth(_) => "keep one of the two".to_owned(),
        }
    }
}

/// A number of a line, which calls it `what`; also as P4 writes it.
pub(super) fn number(text: &str, what: &'static str) -> Result<host::number::Number, Problem> {
    use host::number::NumberError;
    let plain = match text {
        "true" => "1",
        "false" => "0",
        _ => without_width(text),
    };
    host::number::Number::parse(plain).map_err(|error| match error {
        NumberError::NotANumber(_) => Problem::NotANumber { what, text: text.to_owned() },
        NumberError::TooManyDigits(digits) => Problem::TooManyDigits { digits },
        NumberError::WildDecimal(text) => Problem::WildDecimal(text),
    })
}

/// `8w5` as `5`: the width is that of the key or parameter, whatever is written.
fn without_width(text: &str) -> &str {
    let digits = |width: &str| !width.is_empty() && width.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once(['w', 's']) {
        Some((width, value)) if digits(width) => value,
        _ => text,
    }
}
