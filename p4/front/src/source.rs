//! Source texts and places in them.

use std::collections::HashMap;
use thiserror::Error;

/// A file of the [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

/// Bytes `lo..hi` of a file. What a macro produced has the place where the macro was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    pub file: FileId,
    pub lo: u32,
    pub hi: u32,
}

impl Span {
    pub fn new(file: FileId, lo: usize, hi: usize) -> Span {
        let clip = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file, lo: clip(lo), hi: clip(hi) }
    }

    /// From the beginning of `self` to the end of `end`; `self` where they are in different files.
    pub fn to(self, end: Span) -> Span {
        if self.file == end.file && end.hi >= self.lo { Span { hi: end.hi, ..self } } else { self }
    }
}

/// Why a file could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoadError {
    #[error("no such file")]
    NotFound,
    #[error("{size} bytes, the limit is {limit}")]
    TooLarge { size: u64, limit: u64 },
    #[error("{0}")]
    Io(String),
}

/// Where included files come from: a directory for the tool, a map for tests and the fuzzer.
pub trait Loader {
    /// The text of `path` as written in an `#include` of the file named `from`; `system` for the form in angle brackets.
    /// Returns the name to show in messages, which is also the identity by which cycles are seen.
    fn load(&mut self, path: &str, from: &str, system: bool) -> Result<(String, String), LoadError>;
}

/// Files from memory, under their names as written in an `#include`.
#[derive(Debug, Clone, Default)]
pub struct MapLoader(pub HashMap<String, String>);

impl Loader for MapLoader {
    fn load(&mut self, path: &str, _from: &str, _system: bool) -> Result<(String, String), LoadError> {
        let text = self.0.get(path).ok_or(LoadError::NotFound)?;
        Ok((path.to_owned(), text.clone()))
    }
}

#[derive(Debug)]
pub struct SourceFile {
    pub name: String,
    pub text: String,
    line_starts: Vec<u32>,
    /// By place.
    marks: Vec<LineMark>,
}

/// A `#line`: after `at`, line `actual` counts as line `counts_as` of `name`.
#[derive(Debug)]
struct LineMark {
    at: u32,
    actual: usize,
    counts_as: usize,
    name: Option<String>,
}

impl SourceFile {
    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn line_column(&self, at: u32) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= at).max(1);
        let start = self.line_starts[line - 1] as usize;
        let end = (at as usize).clamp(start, self.text.len());
        let column = self.text.get(start..end).map_or(end - start, |text| text.chars().count());
        (line, column + 1)
    }

    /// The text of a line, from 1, without its end.
    pub fn line(&self, line: usize) -> &str {
        let start = self.line_starts.get(line.wrapping_sub(1)).map_or(self.text.len(), |at| *at as usize);
        let end = self.line_starts.get(line).map_or(self.text.len(), |at| *at as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }
}

/// Every text of a compilation.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        let line_starts = std::iter::once(0).chain(starts).collect();
        self.files.push(SourceFile { name: name.into(), text, line_starts, marks: vec![] });
        FileId(self.files.len() as u32 - 1)
    }

    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// `name:line:column`, as `#line` says.
    pub fn place(&self, span: Span) -> String {
        match self.file(span.file) {
            Some(file) => {
                let (name, line) = self.presumed(span);
                format!("{name}:{line}:{}", file.line_column(span.lo).1)
            }
            None => "<built in>".to_owned(),
        }
    }

    /// From the line after the one with byte `at` on, lines count from `counts_as`, of a file `name` if given (`#line`).
    pub fn mark_line(&mut self, id: FileId, at: usize, counts_as: usize, name: Option<String>) {
        let Some(file) = self.files.get_mut(id.0 as usize) else { return };
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let actual = file.line_column(at).0 + 1;
        let place = file.marks.partition_point(|mark| mark.at < at);
        // A file that is included again has its marks.
        if file.marks.get(place).is_none_or(|mark| mark.at != at) {
            let name =
                name.or_else(|| place.checked_sub(1).and_then(|before| file.marks[before].name.clone()));
            file.marks.insert(place, LineMark { at, actual, counts_as, name });
        }
    }

    /// The name and line that a place counts as.
    pub fn presumed(&self, span: Span) -> (&str, usize) {
        let Some(file) = self.file(span.file) else { return ("<built in>", 0) };
        let line = file.line_column(span.lo).0;
        let after = file.marks.partition_point(|mark| mark.at <= span.lo);
        match after.checked_sub(1).map(|before| &file.marks[before]) {
            Some(mark) => {
                let name = mark.name.as_deref().unwrap_or(&file.name);
                (name, mark.counts_as.saturating_add(line.saturating_sub(mark.actual)))
            }
            None => (&file.name, line),
        }
    }

    pub fn snippet(&self, span: Span) -> &str {
        self.file(span.file).and_then(|file| file.text.get(span.lo as usize..span.hi as usize)).unwrap_or("")
    }
}
