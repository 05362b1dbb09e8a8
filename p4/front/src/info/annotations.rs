//! Annotations as controllers see them.

use super::text::Text;
use crate::hir::{Annotation, AnnotationBody, AnnotationValue};
use num_bigint::BigInt;
use num_traits::ToPrimitive;

pub(super) fn find<'a>(annotations: &'a [Annotation], name: &str) -> Option<&'a Annotation> {
    annotations.iter().find(|annotation| annotation.name == name)
}

pub(super) fn has(annotations: &[Annotation], name: &str) -> bool {
    find(annotations, name).is_some()
}

/// The one number of `@name(5)`.
pub(super) fn int(annotation: &Annotation) -> Option<&BigInt> {
    match &annotation.body {
        AnnotationBody::Values(values) => match values.as_slice() {
            [AnnotationValue::Int(value)] => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// The one string of `@name("x")`.
pub(super) fn string<'a>(annotations: &'a [Annotation], name: &str) -> Option<&'a str> {
    match &find(annotations, name)?.body {
        AnnotationBody::Values(values) => match values.as_slice() {
            [AnnotationValue::Str(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// What P4Info has fields of its own for.
const TOLD_ELSEWHERE: [&str; 5] = ["name", "id", "brief", "description", "hidden"];

/// The annotations that are left for the `annotations` field, as written.
pub(super) fn write(text: &mut Text, annotations: &[Annotation], without: &[&str]) {
    for annotation in annotations {
        let name = annotation.name.as_str();
        if TOLD_ELSEWHERE.contains(&name) || without.contains(&name) {
            continue;
        }
        if let Some(written) = as_written(annotation) {
            text.string("annotations", &written);
        }
    }
}

/// The `doc` field.
pub(super) fn write_doc(text: &mut Text, annotations: &[Annotation]) {
    let (brief, description) = (string(annotations, "brief"), string(annotations, "description"));
    if brief.is_none() && description.is_none() {
        return;
    }
    text.message("doc", |text| {
        text.string("brief", brief.unwrap_or_default());
        text.string("description", description.unwrap_or_default());
    });
}

/// Those with brackets: the `structured_annotations` field.
pub(super) fn write_structured(text: &mut Text, annotations: &[Annotation], without: &[&str]) {
    for annotation in annotations.iter().filter(|annotation| annotation.structured) {
        let name = annotation.name.as_str();
        if TOLD_ELSEWHERE.contains(&name) || without.contains(&name) {
            continue;
        }
        text.message("structured_annotations", |text| {
            text.string("name", name);
            match &annotation.body {
                AnnotationBody::KeyValues(pairs) => text.message("kv_pair_list", |text| {
                    for (key, value) in pairs {
                        text.message("kv_pairs", |text| {
                            text.string("key", key);
                            text.message("value", |text| write_value(text, value));
                        });
                    }
                }),
                AnnotationBody::Values(values) if !values.is_empty() => {
                    text.message("expression_list", |text| {
                        for value in values {
                            text.message("expressions", |text| write_value(text, value));
                        }
                    });
                }
                _ => {}
            }
        });
    }
}

fn write_value(text: &mut Text, value: &AnnotationValue) {
    match value {
        // Also a 0: it is this one of several that is there.
        AnnotationValue::Int(value) => {
            text.word("int64_value", &value.to_i64().unwrap_or(i64::MAX).to_string());
        }
        AnnotationValue::Bool(value) => text.word("bool_value", if *value { "true" } else { "false" }),
        AnnotationValue::Str(value) if value.is_empty() => text.word("string_value", "\"\""),
        AnnotationValue::Str(value) => text.string("string_value", value),
    }
}

/// None for those with brackets.
fn as_written(annotation: &Annotation) -> Option<String> {
    if annotation.structured {
        return None;
    }
    let name = &annotation.name;
    Some(match &annotation.body {
        AnnotationBody::None => format!("@{name}"),
        AnnotationBody::Text(text) => format!("@{name}({text})"),
        AnnotationBody::Values(values) => {
            let values: Vec<_> = values.iter().map(literal).collect();
            format!("@{name}({})", values.join(", "))
        }
        AnnotationBody::KeyValues(_) => return None,
    })
}

fn literal(value: &AnnotationValue) -> String {
    match value {
        AnnotationValue::Int(value) => value.to_string(),
        AnnotationValue::Bool(value) => value.to_string(),
        AnnotationValue::Str(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
