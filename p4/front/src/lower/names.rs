//! Names as controllers see them (P4-16 18.3), and what annotations say.

use super::objects::Object;
use super::{Lowerer, Res};
use crate::diag::Diagnostic;
use crate::hir::{Annotation, AnnotationBody, AnnotationValue};
use crate::source::Span;

/// The text of an annotation such as `@name("x")`.
pub(super) fn annotated_text(annotations: &[Annotation], name: &str) -> Option<String> {
    let annotation = annotations.iter().find(|annotation| annotation.name == name)?;
    match &annotation.body {
        AnnotationBody::Values(values) => values.iter().find_map(|value| match value {
            AnnotationValue::Str(text) => Some(text.clone()),
            _ => None,
        }),
        AnnotationBody::Text(text) => {
            let text = text.trim();
            Some(text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned())
        }
        AnnotationBody::None | AnnotationBody::KeyValues(_) => None,
    }
}

/// The numbers of an annotation such as `@field_list(1, 2)`, over all annotations of that name.
pub(super) fn annotated_numbers(annotations: &[Annotation], name: &str) -> Vec<u64> {
    let mut numbers = vec![];
    for annotation in annotations.iter().filter(|annotation| annotation.name == name) {
        match &annotation.body {
            AnnotationBody::Values(values) => {
                numbers.extend(values.iter().filter_map(|value| match value {
                    AnnotationValue::Int(number) => u64::try_from(number).ok(),
                    _ => None,
                }));
            }
            AnnotationBody::None | AnnotationBody::Text(_) | AnnotationBody::KeyValues(_) => {}
        }
    }
    numbers
}

/// `@name` replaces the last component; with a dot in front it is the whole name.
pub(super) fn qualified(parent: &str, name: &str, annotations: &[Annotation]) -> String {
    let annotated = annotated_text(annotations, "name");
    let name = annotated.as_deref().unwrap_or(name);
    match name.strip_prefix('.') {
        Some(absolute) => absolute.to_owned(),
        None if parent.is_empty() => name.to_owned(),
        None => format!("{parent}.{name}"),
    }
}

impl Lowerer<'_> {
    /// One control for several parts of packages: those after the first are told apart by the names of their parameters and
    /// then of their packages (18.3.2).
    pub(super) fn free_path(
        &self,
        path: String,
        param: &str,
        type_name: &str,
        annotations: &[Annotation],
    ) -> String {
        let taken = |path: &String| {
            self.objects.iter().any(|object| matches!(object, Object::Body(body) if body.path == *path))
        };
        let packages = self.packages.iter().rev().map(String::as_str);
        let around: Vec<&str> = std::iter::once(param).chain(packages).collect();
        let longer = (1..=around.len()).map(|count| {
            let parent: Vec<&str> = around[..count].iter().rev().copied().collect();
            qualified(&parent.join("."), type_name, annotations)
        });
        let all: Vec<String> = std::iter::once(path).chain(longer).collect();
        let free = all.iter().find(|path| !taken(path)).or(all.last());
        free.cloned().unwrap_or_default()
    }

    /// The name as it may be used: two things of one kind cannot have one, but for what is `@hidden` (18.3.2), which gets
    /// one that is free.
    pub(super) fn claim(
        &mut self,
        kind: &str,
        name: String,
        annotations: &[Annotation],
        span: Span,
    ) -> Res<String> {
        let hidden = annotations.iter().any(|annotation| annotation.name == "hidden");
        let taken = |name: &String| self.control_names.contains_key(&(kind.to_owned(), name.clone()));
        let name = match hidden && taken(&name) {
            true => (2u32..).map(|copy| format!("{name}#{copy}")).find(|name| !taken(name)).unwrap_or(name),
            false => name,
        };
        match self.control_names.get(&(kind.to_owned(), name.clone())) {
            Some(first) => {
                let message = format!("two {kind}s have the name {name} for the control plane");
                let diagnostic = Diagnostic::error(span, message)
                    .related(*first, "the first is here")
                    .help("give one of them another name with @name(\"...\")");
                self.fail_with(diagnostic)
            }
            None => {
                self.control_names.insert((kind.to_owned(), name.clone()), span);
                Ok(name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<Annotation> {
        let body = AnnotationBody::Values(vec![AnnotationValue::Str(text.into())]);
        vec![Annotation { name: "name".into(), span: Span::default(), body, structured: false }]
    }

    #[test]
    fn a_name_annotation_replaces_the_last_component() {
        assert_eq!(qualified("ingress.c1", "t", &[]), "ingress.c1.t");
        assert_eq!(qualified("ingress.c1", "t", &named("routes")), "ingress.c1.routes");
        assert_eq!(qualified("ingress.c1", "t", &named(".routes")), "routes");
        assert_eq!(qualified("", "NoAction", &[]), "NoAction");
    }

    #[test]
    fn the_numbers_of_all_field_list_annotations_count() {
        let list = |numbers: &[i32]| Annotation {
            name: "field_list".into(),
            span: Span::default(),
            body: AnnotationBody::Values(
                numbers.iter().map(|number| AnnotationValue::Int((*number).into())).collect(),
            ),
            structured: false,
        };
        assert_eq!(annotated_numbers(&[list(&[1, 2]), list(&[5])], "field_list"), [1, 2, 5]);
    }
}
