//! Annotations. P4-16 section 20.

use super::Checker;
use super::value::is_literal;
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;

/// The string of `@name("...")` and its like.
pub(super) fn string_of<'a>(annotations: &'a [Annotation], name: &str) -> Option<&'a str> {
    annotations.iter().filter(|annotation| annotation.name == name).find_map(|annotation| {
        match &annotation.body {
            AnnotationBody::Values(values) => match &values[..] {
                [AnnotationValue::Str(text)] => Some(text.as_str()),
                _ => None,
            },
            _ => None,
        }
    })
}

pub(super) fn has(annotations: &[Annotation], name: &str) -> bool {
    annotations.iter().any(|annotation| annotation.name == name)
}

/// Whether `@noWarn` of a declaration names this topic.
pub(super) fn silences(annotations: &[Annotation], topic: &str) -> bool {
    annotations.iter().filter(|annotation| annotation.name == "noWarn").any(|annotation| {
        let AnnotationBody::Values(values) = &annotation.body else { return false };
        values.iter().any(|value| matches!(value, AnnotationValue::Str(text) if text == topic))
    })
}

impl Checker<'_> {
    pub(super) fn annotations(&mut self, annotations: &[ast::Annotation]) -> Vec<Annotation> {
        let annotations = self.not_too_many(annotations, "annotations", |annotation| annotation.span);
        let done: Vec<Annotation> =
            annotations.iter().map(|annotation| self.annotation(annotation)).collect();
        for (at, annotation) in annotations.iter().enumerate() {
            let structured = is_structured(annotation);
            let before = annotations[..at].iter().find(|before| before.name.name == annotation.name.name);
            let Some(before) = before else { continue };
            let name = self.text(annotation.name.name);
            let complaint = match (structured, is_structured(before)) {
                (true, true) => format!("structured annotation `@{name}` is given twice"),
                (true, false) | (false, true) => {
                    format!("`@{name}` is both structured and unstructured here")
                }
                (false, false) if name == "name" => "`@name` is given twice".to_owned(),
                _ => continue,
            };
            self.report(
                Diagnostic::error(annotation.span, complaint).related(before.span, "first given here"),
            );
        }
        done
    }

    fn annotation(&mut self, annotation: &ast::Annotation) -> Annotation {
        let name = self.text(annotation.name.name);
        let body = match &annotation.body {
            ast::AnnotationBody::None => AnnotationBody::None,
            ast::AnnotationBody::Tokens { tokens, exprs } => self.free_body(&name, tokens, exprs.as_deref()),
            ast::AnnotationBody::Exprs(exprs) => {
                let values = exprs.iter().filter_map(|value| self.annotation_value(value)).collect();
                AnnotationBody::Values(values)
            }
            ast::AnnotationBody::KeyValues(pairs) => self.key_values(pairs),
        };
        let structured = is_structured(annotation);
        let annotation = Annotation { name, span: annotation.span, body, structured };
        self.known_annotation(&annotation);
        annotation
    }

    fn key_values(&mut self, pairs: &[(ast::Ident, ast::Expr)]) -> AnnotationBody {
        let mut values = vec![];
        let pairs = self.not_too_many(pairs, "pairs", |(key, _)| key.span);
        for (at, (key, value)) in pairs.iter().enumerate() {
            if pairs[..at].iter().any(|(before, _)| before.name == key.name) {
                let message = format!("key `{}` is given twice", self.text(key.name));
                self.error(key.span, message);
            }
            if let Some(value) = self.annotation_value(value) {
                values.push((self.text(key.name), value));
            }
        }
        AnnotationBody::KeyValues(values)
    }

    /// A body of free tokens: values where the annotation is one whose body is values.
    fn free_body(
        &mut self,
        name: &str,
        tokens: &[ast::AnnotationToken],
        exprs: Option<&[ast::Expr]>,
    ) -> AnnotationBody {
        let text = || tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ");
        if let [ast::AnnotationToken { string: Some(string), .. }] = tokens {
            return AnnotationBody::Values(vec![AnnotationValue::Str(string.clone())]);
        }
        let Some(exprs) = exprs else { return AnnotationBody::Text(text()) };
        // Free tokens need not mean anything: only what can be resolved is, or must be (20.3.3, 20.3.8, 20.3.9; v1model's lists
        // are numbers).
        let must_be = matches!(name, "name" | "deprecated" | "noWarn" | "field_list");
        if !must_be && !exprs.iter().all(|expr| self.is_resolvable(expr)) {
            return AnnotationBody::Text(text());
        }
        let values: Vec<Expr> = exprs.iter().map(|expr| self.expr(expr, None)).collect();
        if values.iter().any(|value| value.ty == Ty::Unknown) {
            return AnnotationBody::Values(vec![]);
        }
        let values: Option<Vec<AnnotationValue>> =
            values.iter().map(|value| self.plain_value(value)).collect();
        values.map_or_else(|| AnnotationBody::Text(text()), AnnotationBody::Values)
    }

    /// Literals, and operators on them, and names of constants.
    fn is_resolvable(&self, expr: &ast::Expr) -> bool {
        use ast::ExprKind as E;
        match &expr.kind {
            E::Int { .. } | E::Bool(_) | E::Str(_) => true,
            E::Name(name) => {
                matches!(self.find(*name).map(|found| &found.entity), Some(super::scope::Entity::Const(_)))
            }
            E::Unary(_, of) => matches!(of.kind, E::Int { width: None, .. }),
            E::Binary(_, a, b) => match (&a.kind, &b.kind) {
                (E::Str(_), E::Str(_)) | (E::Int { width: None, .. }, E::Int { width: None, .. }) => true,
                (E::Binary(..), E::Str(_)) => self.is_resolvable(a),
                (E::Str(_), E::Name(_)) | (E::Name(_), E::Str(_)) => {
                    self.is_resolvable(a) && self.is_resolvable(b)
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn plain_value(&mut self, value: &Expr) -> Option<AnnotationValue> {
        match &value.kind {
            ExprKind::Int(number) => Some(AnnotationValue::Int(number.clone())),
            ExprKind::Bool(truth) => Some(AnnotationValue::Bool(*truth)),
            ExprKind::Str(text) => {
                let fits = self.copied_text(text.len(), value.span);
                Some(AnnotationValue::Str(if fits { text.to_string() } else { String::new() }))
            }
            _ => self.int_of(value).map(AnnotationValue::Int),
        }
    }

    /// 20.2: known at compile time, of type string, int or bool.
    fn annotation_value(&mut self, value: &ast::Expr) -> Option<AnnotationValue> {
        let checked = self.expr(value, None);
        let plain = self.plain_value(&checked).filter(|_| is_literal(&checked));
        if plain.is_none() && checked.ty != Ty::Unknown {
            let help = "a string, an `int` or a `bool` that is known at compile time";
            self.error_help(value.span, "this cannot be the value of an annotation", help);
        }
        plain
    }

    /// Those that the language defines must be as it defines them.
    fn known_annotation(&mut self, annotation: &Annotation) {
        let complaint = match (annotation.name.as_str(), &annotation.body) {
            ("name" | "deprecated" | "noWarn", AnnotationBody::Values(values))
                if matches!(values[..], [AnnotationValue::Str(_)]) =>
            {
                return;
            }
            ("name" | "deprecated" | "noWarn", _) => "needs one string: `@%(\"...\")`",
            ("hidden" | "tableonly" | "defaultonly" | "optional", AnnotationBody::None) => return,
            ("hidden" | "tableonly" | "defaultonly" | "optional", AnnotationBody::Values(values))
                if values.is_empty() =>
            {
                return;
            }
            ("hidden" | "tableonly" | "defaultonly" | "optional", AnnotationBody::Text(text))
                if text.is_empty() =>
            {
                return;
            }
            ("hidden" | "tableonly" | "defaultonly" | "optional", _) => "has no body",
            ("field_list", AnnotationBody::Values(values)) if values.iter().all(is_number) => return,
            ("field_list", _) => "needs numbers that are known here: `@%(1, 2)`",
            ("match", AnnotationBody::Text(text)) if self.is_match_kind(text) => return,
            ("match", _) => "needs one match kind: `@match(ternary)`",
            _ => return,
        };
        let message = format!("`@{}` {}", annotation.name, complaint.replace('%', &annotation.name));
        self.error(annotation.span, message);
    }

    fn is_match_kind(&self, text: &str) -> bool {
        self.hir.match_kinds.iter().any(|kind| self.session.names.text(*kind) == text)
    }

    /// Runs with the warnings off that `@noWarn` of these annotations names.
    pub(super) fn silencing<T>(
        &mut self,
        annotations: &[Annotation],
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.silenced.len();
        for annotation in annotations.iter().filter(|annotation| annotation.name == "noWarn") {
            if let AnnotationBody::Values(values) = &annotation.body {
                for value in values {
                    if let AnnotationValue::Str(topic) = value {
                        self.silenced.push(topic.clone());
                    }
                }
            }
        }
        let result = body(self);
        self.silenced.truncate(before);
        result
    }

    /// Notes that a declaration is `@deprecated`.
    pub(super) fn deprecate(&mut self, at: crate::Span, decl: &ast::Decl) {
        let deprecated = self.session.names.get("deprecated");
        let Some(annotation) = decl.annotations.iter().find(|of| Some(of.name.name) == deprecated) else {
            return;
        };
        if let ast::AnnotationBody::Tokens { tokens, .. } = &annotation.body {
            let why = tokens.iter().filter_map(|token| token.string.as_deref()).collect();
            self.deprecated.insert(at, why);
        }
    }
}

fn is_number(value: &AnnotationValue) -> bool {
    matches!(value, AnnotationValue::Int(_))
}

fn is_structured(annotation: &ast::Annotation) -> bool {
    matches!(annotation.body, ast::AnnotationBody::Exprs(_) | ast::AnnotationBody::KeyValues(_))
}
