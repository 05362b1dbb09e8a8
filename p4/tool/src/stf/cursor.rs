//! One line, read from left to right.

use super::error::{self, Problem};
use super::script::{KeyValue, Number};

#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    /// How the line is written, for messages.
    form: &'static str,
}

/// What stands for itself within a line.
pub(super) struct Item<'a> {
    pub(super) name: &'a str,
    pub(super) kind: ItemKind<'a>,
}

pub(super) enum ItemKind<'a> {
    /// `NAME:VALUE`
    Key(KeyValue),
    /// `NAME(...)`: what is between the parentheses.
    Call(&'a str),
    Word,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(rest: &'a str, form: &'static str) -> Cursor<'a> {
        Cursor { rest: rest.trim_start(), form }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn missing(&self, what: &'static str) -> Problem {
        Problem::Missing { what, form: self.form }
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest.trim_start();
        taken
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest.starts_with(text);
        if found {
            self.advance(text.len());
        }
        found
    }

    pub(super) fn end(&self) -> Result<(), Problem> {
        if self.rest.is_empty() {
            return Ok(());
        }
        let rest: String = self.rest.chars().take(60).collect();
        Err(Problem::Trailing { rest, form: self.form })
    }

    pub(super) fn word(&mut self, what: &'static str) -> Result<&'a str, Problem> {
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.missing(what));
        }
        Ok(self.advance(end))
    }

    /// A name: blanks are in it only between quotes, parentheses and brackets. Ends before `stop`.
    pub(super) fn name(&mut self, what: &'static str, stop: &[char]) -> Result<&'a str, Problem> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let end = quoted.find('"').ok_or(Problem::NotClosed('"'))?;
            return Ok(self.advance(end + 2).trim_matches('"'));
        }
        let end = name_end(self.rest, stop)?;
        if end == 0 {
            return Err(self.missing(what));
        }
        Ok(self.advance(end))
    }

    pub(super) fn number(&mut self, what: &'static str) -> Result<Number, Problem> {
        error::number(self.digits(what)?, what)
    }

    fn digits(&mut self, what: &'static str) -> Result<&'a str, Problem> {
        let in_number = |(at, c): (usize, char)| {
            c.is_ascii_alphanumeric() || c == '*' || c == '_' || (at == 0 && c == '-')
        };
        let end =
            self.rest.char_indices().find(|pair| !in_number(*pair)).map_or(self.rest.len(), |(at, _)| at);
        if end == 0 {
            return match self.rest.is_empty() {
                true => Err(self.missing(what)),
                false => Err(Problem::NotANumber { what, text: self.word(what)?.to_owned() }),
            };
        }
        Ok(self.advance(end))
    }

    /// A number of no more than `most`.
    pub(super) fn bounded(&mut self, what: &'static str, most: u64) -> Result<u64, Problem> {
        let text = self.word(what)?;
        bounded(text, what, most)
    }

    pub(super) fn value(&mut self) -> Result<KeyValue, Problem> {
        let what = "value";
        let text = self.digits(what)?;
        if text.chars().all(|c| c == '*') {
            return Ok(KeyValue::Any);
        }
        let first = error::number(text, what)?;
        if self.take("&&&") {
            return Ok(KeyValue::Mask(first, self.number("mask")?));
        }
        if self.take("..") || self.take("->") {
            return Ok(KeyValue::Range(first, self.number("end of the range")?));
        }
        if self.take("/") {
            let text = self.digits("prefix length")?;
            return Ok(KeyValue::Prefix(first, bounded(text, "prefix length", u64::from(u16::MAX))? as u32));
        }
        Ok(KeyValue::Value(first))
    }

    /// A key with its value, an action with its arguments, or a word.
    pub(super) fn item(&mut self) -> Result<Item<'a>, Problem> {
        let (name, inside) = self.call("action", &[':', '='])?;
        let kind = match inside {
            Some(inside) => ItemKind::Call(inside),
            None if self.take(":") => ItemKind::Key(self.value()?),
            None => ItemKind::Word,
        };
        Ok(Item { name, kind })
    }

    /// A name and what stands in the parentheses after it; `h.isValid():` is a name with parentheses.
    pub(super) fn call(
        &mut self,
        what: &'static str,
        stop: &[char],
    ) -> Result<(&'a str, Option<&'a str>), Problem> {
        let name = self.name(what, stop)?;
        if self.rest.starts_with('(') {
            let end = closing(self.rest)?;
            let inside = self.advance(end + 1);
            return Ok((name, Some(inside[1..end].trim())));
        }
        match name.find('(') {
            Some(open) if name.ends_with(')') && !self.rest.starts_with(':') => {
                Ok((&name[..open], Some(name[open + 1..name.len() - 1].trim())))
            }
            _ => Ok((name, None)),
        }
    }
}

pub(super) fn bounded(text: &str, what: &'static str, most: u64) -> Result<u64, Problem> {
    let number = error::number(text, what)?;
    if !number.is_exact() {
        return Err(Problem::WildNumber(text.to_owned()));
    }
    if number.negative {
        return Err(Problem::NotANumber { what, text: text.to_owned() });
    }
    number.to_u64().filter(|value| *value <= most).ok_or_else(|| Problem::TooLarge {
        what,
        text: text.to_owned(),
        most,
    })
}

fn name_end(text: &str, stop: &[char]) -> Result<usize, Problem> {
    let mut open: Vec<char> = vec![];
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => open.push(c),
            ')' | ']' if open.is_empty() => return Ok(at),
            ')' | ']' => {
                open.pop();
            }
            _ if !open.is_empty() => {}
            // A name of `a==b` is one name; after an action, `=` begins the name of the entry.
            '=' if stop.contains(&':') && (text[at + 1..].starts_with('=') || text[..at].ends_with('=')) => {}
            _ if c.is_whitespace() || stop.contains(&c) => return Ok(at),
            _ => {}
        }
    }
    match open.first() {
        Some(c) => Err(Problem::NotClosed(*c)),
        None => Ok(text.len()),
    }
}

/// Where the parenthesis that `text` begins with is closed.
fn closing(text: &str) -> Result<usize, Problem> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth <= 1 => return Ok(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    Err(Problem::NotClosed('('))
}
