//! Mistakes with their places, as miette draws them and as plain lines.

use crate::mistake::Mistake;
use crate::places::{Source, Span};
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use std::fmt;
use std::sync::Arc;

/// One mistake and where it stands.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{mistake}")]
pub struct ConfigError {
    pub mistake: Mistake,
    span: Span,
    /// Where the other of two things stands that do not go together.
    other: Option<Span>,
    source_name: Arc<str>,
    code: NamedSource<Arc<str>>,
}

impl ConfigError {
    fn new(source: &Source, mistake: Mistake, span: Span, other: Option<Span>) -> ConfigError {
        let code = NamedSource::new(&*source.name, Arc::clone(&source.text));
        ConfigError { mistake, span, other, source_name: Arc::clone(&source.name), code }
    }

    /// Line and column in characters, both from 1.
    pub fn place(&self) -> (usize, usize) {
        let text = self.code.inner();
        let before = text.get(..self.span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// What would be right.
    pub fn help(&self) -> Option<String> {
        self.mistake.help().map(|h| h.to_string())
    }
}

impl Diagnostic for ConfigError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.mistake.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = LabeledSpan::new_primary_with_span(None, self.span.clone());
        let other =
            self.other.clone().map(|span| LabeledSpan::new_with_span(Some("the other".to_owned()), span));
        Some(Box::new(std::iter::once(here).chain(other)))
    }
}

/// Mistakes that are shown of one reading. Nobody reads more, and each drawing walks the file.
const MAX_SHOWN: usize = 50;

/// The mistakes found in one reading, in the order of the file. Never empty; the first 50 when there are more.
#[derive(Clone, Debug)]
pub struct ConfigErrors {
    name: Arc<str>,
    errors: Vec<ConfigError>,
    /// With those that are not shown.
    found: usize,
}

impl ConfigErrors {
    pub(crate) fn one(source: &Source, span: Span, mistake: Mistake) -> ConfigErrors {
        let errors = vec![ConfigError::new(source, mistake, span, None)];
        ConfigErrors { name: Arc::clone(&source.name), errors, found: 1 }
    }

    pub fn errors(&self) -> &[ConfigError] {
        &self.errors
    }

    /// The file that they are in.
    pub fn file(&self) -> &str {
        &self.name
    }

    /// For logs and messages: `FILE:LINE:COLUMN: what is wrong; what would be right`, each on a line of its own.
    pub fn plain(&self) -> String {
        let line = |e: &ConfigError| {
            let (line, column) = e.place();
            let help = e.help().map(|h| format!("; {h}")).unwrap_or_default();
            format!("{}:{line}:{column}: {e}{help}\n", e.source_name)
        };
        self.errors.iter().map(line).collect()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            1 => write!(f, "{} has a mistake", self.name),
            n if n > MAX_SHOWN => write!(f, "{} has {n} mistakes, of which these are the first", self.name),
            n => write!(f, "{} has {n} mistakes", self.name),
        }
    }
}

impl std::error::Error for ConfigErrors {}

impl Diagnostic for ConfigErrors {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.errors.iter().map(|e| e as &dyn Diagnostic)))
    }
}

/// Collects mistakes while a file is checked.
#[derive(Debug)]
pub(crate) struct Report {
    source: Source,
    errors: Vec<ConfigError>,
}

impl Report {
    pub(crate) fn new(source: Source) -> Report {
        Report { source, errors: Vec::new() }
    }

    pub(crate) fn add(&mut self, span: Span, mistake: Mistake) {
        self.errors.push(ConfigError::new(&self.source, mistake, span, None));
    }

    /// For two things that do not go together.
    pub(crate) fn add_pair(&mut self, span: Span, other: Span, mistake: Mistake) {
        self.errors.push(ConfigError::new(&self.source, mistake, span, Some(other)));
    }

    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, ConfigErrors> {
        if self.errors.is_empty() {
            return Ok(value);
        }
        self.errors.sort_by_key(|e| e.span.start);
        let found = self.errors.len();
        self.errors.truncate(MAX_SHOWN);
        Err(ConfigErrors { name: self.source.name, errors: self.errors, found })
    }
}
