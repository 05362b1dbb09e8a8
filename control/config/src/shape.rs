//! From text to [`raw::File`], with every mistake in the shape of the file and not just the first.
//!
//! serde stops at the first mistake. Here what it stopped at is cut out of the parsed document and it is asked again,
//! so unknown keys and wrong types all come out of one reading.

use crate::error::Report;
use crate::mistake::{Mistake, nearest};
use crate::places::{START, Span};
use crate::raw;
use serde::Deserialize;
use toml::de::{DeTable, DeValue, Error};

/// Mistakes after which a reading gives up.
const MAX_MISTAKES: usize = 20;

/// Bytes of text to go through again for further mistakes: 100,000 routes are 6 MB and take a second each time.
const MAX_AGAIN: usize = 8 << 20;

/// The file, or `None` with at least one mistake in `report`.
pub(crate) fn read(text: &str, report: &mut Report) -> Option<raw::File> {
    let (mut document, errors) = DeTable::parse_recoverable(text);
    for error in errors.iter().take(MAX_MISTAKES) {
        let span = error.span().unwrap_or(START);
        report.add(span, Mistake::Syntax { message: error.message().to_owned() });
    }
    if !errors.is_empty() {
        return None;
    }
    let mut cut_tables: Vec<Span> = Vec::new();
    let enough = (MAX_AGAIN / text.len().max(1)).clamp(1, MAX_MISTAKES);
    while report.len() < enough {
        let error = match raw::File::deserialize(toml::Deserializer::from(document.clone())) {
            Ok(file) => return (report.len() == 0).then_some(file),
            Err(error) => error,
        };
        let span = error.span().unwrap_or(START);
        let cut = cut(document.get_mut(), &span, &(0..text.len()));
        let follows = cut.as_ref().is_some_and(|c| c.whole && cut_tables.contains(&span));
        if !follows {
            report.add(span.clone(), translate(&error, cut.as_ref()));
        }
        let Some(cut) = cut else { break };
        cut_tables.push(cut.table);
    }
    None
}

/// What was cut out.
struct Cut {
    /// The key it stood under.
    key: String,
    /// Span of the table it was cut from.
    table: Span,
    /// It was a table with all its keys: serde missed one in it.
    whole: bool,
}

/// Cuts the innermost entry whose key or value is at `span` out of `table`, or the element of an array in it.
/// Innermost, because an array of tables has the span of its first table's header.
fn cut(table: &mut DeTable<'_>, span: &Span, place: &Span) -> Option<Cut> {
    let inner = table.iter_mut().find_map(|(key, value)| {
        let place = value.span();
        cut_value(value.get_mut(), key.get_ref(), span, &place)
    });
    if inner.is_some() {
        return inner;
    }
    let (key, value) = table.iter().find(|(k, v)| k.span() == *span || v.span() == *span)?;
    let whole = value.span() == *span && value.get_ref().is_table();
    let key = key.clone();
    table.remove(&key);
    Some(Cut { key: key.into_inner().into_owned(), table: place.clone(), whole })
}

fn cut_value(value: &mut DeValue<'_>, key: &str, span: &Span, place: &Span) -> Option<Cut> {
    let array = match value {
        DeValue::Table(table) => return cut(table, span, place),
        DeValue::Array(array) => array,
        _ => return None,
    };
    let inner = array.iter_mut().find_map(|v| {
        let place = v.span();
        cut_value(v.get_mut(), key, span, &place)
    });
    if inner.is_some() {
        return inner;
    }
    let at = array.iter().position(|v| v.span() == *span)?;
    let whole = array[at].get_ref().is_table();
    let all = std::mem::replace(array, std::iter::empty().collect());
    *array = all.into_iter().enumerate().filter(|(n, _)| *n != at).map(|(_, v)| v).collect();
    Some(Cut { key: key.to_owned(), table: place.clone(), whole })
}

/// serde's and toml's sentence as one of ours.
fn translate(error: &Error, cut: Option<&Cut>) -> Mistake {
    let message = error.message();
    let key = cut.map_or("this", |c| c.key.as_str());
    let quoted = || message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let mut words = quoted();
        let key = words.next().unwrap_or_default().to_owned();
        let right = nearest(&key, words);
        return Mistake::UnknownKey { key, right };
    }
    if message.starts_with("unknown variant") {
        let mut words = quoted();
        let value = words.next().unwrap_or_default().to_owned();
        let right = nearest(&value, words);
        return Mistake::UnknownWord { key: key.to_owned(), value, right };
    }
    if message.starts_with("missing field") {
        let missing = quoted().next().unwrap_or_default().to_owned();
        return Mistake::Missing { table: format!("this `{key}`"), key: missing };
    }
    let found = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "));
    if let Some((found, expected)) = found.and_then(|m| m.rsplit_once(", expected ")) {
        return Mistake::WrongType { key: key.to_owned(), found: plain(found), expected: plain(expected) };
    }
    Mistake::Shape { message: message.to_owned() }
}

/// What serde calls a value or a type, as one who writes TOML knows it.
fn plain(serde: &str) -> String {
    let names = [
        ("map", "a table"),
        ("sequence", "a list"),
        ("a sequence", "a list"),
        ("a boolean", "true or false"),
    ];
    if let Some((_, name)) = names.iter().find(|(of_serde, _)| *of_serde == serde) {
        return (*name).to_owned();
    }
    if serde.starts_with("struct ") {
        return "a table".to_owned();
    }
    let value =
        ["string ", "integer ", "floating point ", "boolean "].iter().find_map(|p| serde.strip_prefix(p));
    value.unwrap_or(serde).trim_matches('`').to_owned()
}
