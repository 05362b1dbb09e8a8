//! Messages for people and for programs.

use front::{Diagnostic, Severity, SourceMap, Span};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use serde_json::{Value, json};
use std::fmt;
use std::io::IsTerminal;

/// Characters of a line around what is marked: a file of one line is not shown whole.
const MOST_AROUND: usize = 160;

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub colour: bool,
    pub width: usize,
}

impl Style {
    /// Colours only where a terminal shows them and nobody asked for none.
    pub fn of_stderr() -> Style {
        let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Style { colour, width: 110 }
    }
}

/// Every message as text.
pub fn render(sources: &SourceMap, diagnostics: &[Diagnostic], style: Style) -> String {
    let theme = if style.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let shown = Shown::new(sources, diagnostic);
        if handler.render_report(&mut out, &shown).is_err() {
            out.push_str(&format!("{}: {}\n", sources.place(diagnostic.span), diagnostic.message));
        }
        out.push('\n');
    }
    out
}

pub fn json(sources: &SourceMap, diagnostics: &[Diagnostic]) -> Vec<Value> {
    diagnostics.iter().map(|diagnostic| json_one(sources, diagnostic)).collect()
}

fn json_one(sources: &SourceMap, diagnostic: &Diagnostic) -> Value {
    let related: Vec<_> = diagnostic
        .related
        .iter()
        .map(|(span, message)| {
            let mut related = place(sources, *span);
            related["message"] = json!(message);
            related
        })
        .collect();
    let mut value = place(sources, diagnostic.span);
    value["severity"] = json!(word(diagnostic.severity));
    value["message"] = json!(diagnostic.message);
    value["label"] = json!(diagnostic.label);
    value["help"] = json!(diagnostic.help);
    value["related"] = json!(related);
    value
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn place(sources: &SourceMap, span: Span) -> Value {
    match sources.file(span.file) {
        Some(file) => {
            let ((first, column), (last, end_column)) =
                (file.line_column(span.lo), file.line_column(span.hi));
            let (name, line) = sources.presumed(span);
            let end_line = line + last.saturating_sub(first);
            json!({ "file": name, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
        }
        None => json!({ "file": null }),
    }
}

/// A message as the library that draws it wants it.
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    excerpt: Option<Excerpt<'a>>,
    related: Vec<Related<'a>>,
}

/// A place in another file, or far away.
struct Related<'a> {
    message: &'a str,
    excerpt: Excerpt<'a>,
}

/// A file as far as it is shown, and what is marked in it.
struct Excerpt<'a> {
    sources: &'a SourceMap,
    file: &'a front::source::SourceFile,
    marks: Vec<(Span, Option<&'a str>)>,
}

impl<'a> Shown<'a> {
    fn new(sources: &'a SourceMap, diagnostic: &'a Diagnostic) -> Shown<'a> {
        let mut excerpt = sources.file(diagnostic.span.file).map(|file| Excerpt {
            sources,
            file,
            marks: vec![(diagnostic.span, diagnostic.label.as_deref())],
        });
        let mut related = vec![];
        for (span, message) in &diagnostic.related {
            match (&mut excerpt, sources.file(span.file)) {
                (Some(excerpt), Some(_)) if span.file == diagnostic.span.file => {
                    excerpt.marks.push((*span, Some(message)));
                }
                (_, Some(file)) => {
                    related.push(Related {
                        message,
                        excerpt: Excerpt { sources, file, marks: vec![(*span, None)] },
                    });
                }
                (_, None) => {}
            }
        }
        Shown { diagnostic, excerpt, related }
    }
}

impl Excerpt<'_> {
    /// The part of a span on its first line.
    fn first_line(&self, span: Span) -> (usize, usize) {
        let text = self.file.text.as_bytes();
        let lo = (span.lo as usize).min(text.len());
        let hi = (span.hi as usize).clamp(lo, text.len());
        let end = text[lo..hi].iter().position(|byte| *byte == b'\n').map_or(hi, |at| lo + at);
        (lo, end)
    }

    fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.marks.iter().enumerate().map(|(at, (span, label))| {
            let (lo, hi) = self.first_line(*span);
            let label = label.map(str::to_owned);
            match at {
                0 => LabeledSpan::new_primary_with_span(label, (lo, hi - lo)),
                _ => LabeledSpan::new_with_span(label, (lo, hi - lo)),
            }
        })
    }
}

impl Excerpt<'_> {
    fn contents(
        &self,
        name: &str,
        (start, end): (usize, usize),
        line: usize,
        column: usize,
    ) -> Box<dyn SpanContents<'_> + '_> {
        let data = &self.file.text.as_bytes()[start..end];
        let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
        let (line, column) = (line.saturating_sub(1), column.saturating_sub(1));
        let window = (start, end - start).into();
        Box::new(MietteSpanContents::new_named(name.to_owned(), data, window, line, column, lines))
    }
}

/// The nearest beginning of a character at or before.
fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.file.text.as_str();
        let (lo, hi) = (span.offset().min(text.len()), (span.offset() + span.len()).min(text.len()));
        if lines_before == 0 && lines_after == 0 {
            // The head of a message says the line as `#line` counts it.
            let (name, line) = self.sources.presumed(Span::new(self.marks[0].0.file, lo, hi));
            let column = self.file.line_column(lo as u32).1;
            return Ok(self.contents(name, (lo, hi), line, column));
        }
        let mut start = text[..floor(text, lo)].rfind('\n').map_or(0, |at| at + 1);
        for _ in 0..lines_before {
            let before = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
            if lo - before > 2 * MOST_AROUND {
                break;
            }
            start = before;
        }
        if lo - start > 2 * MOST_AROUND {
            start = floor(text, lo - MOST_AROUND);
        }
        let mut end = floor(text, hi);
        for _ in 0..=lines_after {
            end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
        }
        if end - hi > 2 * MOST_AROUND {
            end = floor(text, hi + MOST_AROUND).max(floor(text, hi));
        }
        let (line, column) = self.file.line_column(start as u32);
        Ok(self.contents(&self.file.name, (start, end), line, column))
    }
}

macro_rules! quiet_debug {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

quiet_debug! { Shown Related Excerpt }

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.excerpt.as_ref().map(|excerpt| Box::new(excerpt.labels()) as Box<_>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|related| related as &dyn miette::Diagnostic)))
    }
}

impl fmt::Display for Related<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Related<'_> {}

impl miette::Diagnostic for Related<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { colour: false, width: 100 };

    fn span_of(sources: &SourceMap, file: u32, what: &str) -> Span {
        let file = front::FileId(file);
        let text = &sources.file(file).expect("a file").text;
        let lo = text.find(what).expect("it is in the text");
        Span::new(file, lo, lo + what.len())
    }

    #[test]
    fn a_message_shows_its_line_what_would_be_right_and_other_places() {
        let mut sources = SourceMap::default();
        sources.add("a.p4", "header h_t {\n\tbit<8> x;\n\tbit<8> x;\n}\nconst int y = 1;\n");
        sources.add("b.p4", "header h_t {}\n");
        let one = Diagnostic::error(span_of(&sources, 0, "h_t"), "`h_t` is declared twice")
            .label("here again")
            .help("give one of them another name")
            .related(span_of(&sources, 0, "y"), "not here")
            .related(span_of(&sources, 1, "h_t"), "first declared here");
        let two = Diagnostic::warning(span_of(&sources, 0, "1"), "that is one");
        insta::assert_snapshot!(render(&sources, &[one, two], STYLE));
    }

    #[test]
    fn a_file_of_one_endless_line_is_shown_around_the_place() {
        let mut sources = SourceMap::default();
        sources.add("long.p4", format!("{}@é@{}", "x ".repeat(1 << 20), "y ".repeat(1 << 20)));
        let error = Diagnostic::error(span_of(&sources, 0, "@é@"), "what is this");
        let text = render(&sources, &[error], STYLE);
        assert!(text.len() < 4000 && text.contains("@é@"), "{} bytes", text.len());
    }

    #[test]
    fn places_out_of_the_text_do_no_harm() {
        let mut sources = SourceMap::default();
        sources.add("é.p4", "é\n");
        for (lo, hi) in [(0, 0), (1, 1), (1, 2), (3, 3), (2, 900), (900, 901), (5, 2)] {
            let span = Span { file: front::FileId(0), lo, hi };
            let nowhere = Span { file: front::FileId(7), lo, hi };
            let error = Diagnostic::error(span, "here").related(nowhere, "not there");
            assert!(render(&sources, std::slice::from_ref(&error), STYLE).contains("here"));
            assert!(render(&sources, &[Diagnostic { span: nowhere, ..error }], STYLE).contains("here"));
        }
    }

    #[test]
    fn a_place_counts_as_its_line_directive_says() {
        let mut sources = SourceMap::default();
        let id = sources.add("a.p4", "#line 70 \"real.p4\"\none\ntwo\n");
        sources.mark_line(id, 0, 70, Some("real.p4".to_owned()));
        let error = Diagnostic::error(span_of(&sources, 0, "two"), "here");
        let drawn = render(&sources, std::slice::from_ref(&error), STYLE);
        assert!(drawn.contains("[real.p4:71:1]"), "{drawn}");
        let value = &json(&sources, &[error])[0];
        assert_eq!((&value["file"], &value["line"]), (&"real.p4".into(), &71.into()));
    }

    #[test]
    fn programs_get_numbers() {
        let mut sources = SourceMap::default();
        sources.add("a.p4", "one\ntwo three\n");
        let error = Diagnostic::error(span_of(&sources, 0, "three"), "three is too many").help("two");
        let value = &json(&sources, &[error])[0];
        assert_eq!(value["file"], "a.p4");
        assert_eq!([&value["line"], &value["column"], &value["end_column"]], [2, 5, 10]);
        assert_eq!(value["severity"], "error");
        assert_eq!(value["help"], "two");
    }
}
