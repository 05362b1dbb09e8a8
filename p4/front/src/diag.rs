//! What there is to say about a program.

use crate::source::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

/// One message: what is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub message: String,
    pub span: Span,
    /// What stands under the marked place.
    pub label: Option<String>,
    /// What would be right.
    pub help: Option<String>,
    /// Other places that matter: "first declared here".
    pub related: Vec<(Span, String)>,
    /// The language allows it; the run time cannot do it.
    pub limit: bool,
}

impl Diagnostic {
    pub fn error(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            span,
            label: None,
            help: None,
            related: vec![],
            limit: false,
        }
    }

    /// What is right and cannot run: an error for who wants to run it.
    pub fn limit(span: Span, message: impl Into<String>) -> Diagnostic {
        let help = "`check` accepts it, but a program with it cannot run";
        Diagnostic { limit: true, ..Diagnostic::error(span, message).help(help) }
    }

    pub fn warning(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(span, message) }
    }

    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = Some(label.into());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    pub fn related(mut self, span: Span, what: impl Into<String>) -> Diagnostic {
        self.related.push((span, what.into()));
        self
    }
}

/// Errors kept; what comes after is counted. A broken file says enough with its first hundred.
pub const MOST_KEPT: usize = 100;

#[derive(Debug, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    /// Of the errors.
    limits: usize,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        match diagnostic.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        self.limits += usize::from(diagnostic.limit);
        if self.kept.len() < MOST_KEPT || (diagnostic.severity == Severity::Error && self.errors == 1) {
            self.kept.push(diagnostic);
        }
    }

    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(span, message));
    }

    pub fn warning(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::warning(span, message));
    }

    /// For who asks only whether a program is right: what cannot run is a warning.
    pub fn forgive_limits(&mut self) {
        self.errors -= self.limits;
        self.warnings += std::mem::take(&mut self.limits);
        for diagnostic in self.kept.iter_mut().filter(|diagnostic| diagnostic.limit) {
            diagnostic.severity = Severity::Warning;
            diagnostic.limit = false;
        }
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub fn errors(&self) -> usize {
        self.errors
    }

    pub fn warnings(&self) -> usize {
        self.warnings
    }

    pub fn kept(&self) -> &[Diagnostic] {
        &self.kept
    }
}
