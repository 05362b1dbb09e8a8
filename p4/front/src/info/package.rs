//! The `pkg_info` message: what is said of the program as a whole, by annotations of `main`.

use super::annotations;
use super::text::Text;
use crate::hir::{self, Annotation, AnnotationBody, AnnotationValue, Ty};
use crate::{Diagnostic, Session};

/// What `@pkginfo` may set, in the order of the fields' numbers; `arch` and others are between.
const PACKAGE: [&str; 2] = ["name", "version"];
const PACKAGE_REST: [&str; 3] = ["organization", "contact", "url"];
/// Likewise `@platform_property`.
const PLATFORM: [&str; 3] = [
    "multicast_group_table_size",
    "multicast_group_table_total_replicas",
    "multicast_group_table_max_replicas_per_entry",
];
/// They have fields of their own.
const TOLD: [&str; 2] = ["pkginfo", "platform_property"];

fn of_main(hir: &hir::Program) -> &[Annotation] {
    hir.main.map(|main| hir.instances[main.index()].annotations.as_slice()).unwrap_or_default()
}

/// P4Runtime, "Annotating P4 code with PkgInfo": each key once, and one that there is.
pub(super) fn check(session: &mut Session, hir: &hir::Program) -> bool {
    let mut good = true;
    for name in TOLD {
        let mut seen: Vec<String> = vec![];
        for annotation in of_main(hir).iter().filter(|annotation| annotation.name == name) {
            for (key, _) in pairs(&annotation.body) {
                let known = match name {
                    "pkginfo" => PACKAGE.contains(&key.as_str()) || PACKAGE_REST.contains(&key.as_str()),
                    _ => PLATFORM.contains(&key.as_str()),
                };
                if seen.contains(&key) {
                    let message = format!("`@{name}` gives `{key}` twice");
                    session.diags.error(annotation.span, message);
                    good = false;
                } else if !known {
                    let (message, help) = unknown(name, &key);
                    session.diags.push(Diagnostic::warning(annotation.span, message).help(help));
                }
                seen.push(key);
            }
        }
    }
    good
}

fn unknown(name: &str, key: &str) -> (String, String) {
    if (name, key) == ("pkginfo", "arch") {
        let help = "it is that of the package that `main` is made of".to_owned();
        return ("`arch` of `@pkginfo` has no effect".to_owned(), help);
    }
    let keys = match name {
        "pkginfo" => [&PACKAGE[..], &PACKAGE_REST].concat(),
        _ => PLATFORM.to_vec(),
    };
    (format!("`@{name}` has no key `{key}`"), format!("its keys are {}", keys.join(", ")))
}

pub(super) fn write(text: &mut Text, session: &Session, hir: &hir::Program) {
    let main = of_main(hir);
    text.message("pkg_info", |text| {
        for key in PACKAGE {
            text.string(key, &value(main, "pkginfo", key).unwrap_or_default());
        }
        annotations::write_doc(text, main);
        annotations::write(text, main, &TOLD);
        text.string("arch", architecture(session, hir));
        for key in PACKAGE_REST {
            text.string(key, &value(main, "pkginfo", key).unwrap_or_default());
        }
        annotations::write_structured(text, main, &TOLD);
        if annotations::has(main, "platform_property") {
            text.message("platform_properties", |text| {
                for key in PLATFORM {
                    let value = value(main, "platform_property", key).and_then(|value| value.parse().ok());
                    text.number(key, value.unwrap_or(0i32));
                }
            });
        }
    });
}

/// P4Runtime knows v1model by the name of its file; others are known by the name of their package.
fn architecture<'a>(session: &'a Session, hir: &hir::Program) -> &'a str {
    match hir.main.map(|main| &hir.instances[main.index()].ty) {
        Some(Ty::Apply(package, _)) => {
            let name = session.text(hir.apply_types[package.index()].name);
            if name == "V1Switch" { "v1model" } else { name }
        }
        _ => "",
    }
}

fn value(annotations: &[Annotation], name: &str, key: &str) -> Option<String> {
    let mut found =
        annotations.iter().filter(|annotation| annotation.name == name).flat_map(|it| pairs(&it.body));
    found.find(|(name, _)| name == key).map(|(_, value)| value)
}

/// Of `@pkginfo(name = "x")`, whether its tokens were understood as pairs or not.
fn pairs(body: &AnnotationBody) -> Vec<(String, String)> {
    let text = |value: &AnnotationValue| match value {
        AnnotationValue::Str(text) => text.clone(),
        AnnotationValue::Int(value) => value.to_string(),
        AnnotationValue::Bool(value) => value.to_string(),
    };
    match body {
        AnnotationBody::KeyValues(pairs) => {
            pairs.iter().map(|(name, value)| (name.clone(), text(value))).collect()
        }
        AnnotationBody::Text(text) => {
            let pair = |pair: &str| {
                let (name, value) = pair.split_once('=')?;
                Some((name.trim().to_owned(), unquoted(value.trim())))
            };
            between_commas(text).into_iter().filter_map(pair).collect()
        }
        AnnotationBody::None | AnnotationBody::Values(_) => vec![],
    }
}

/// Commas within quotes are part of what stands there.
fn between_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut from) = (vec![], 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn unquoted(text: &str) -> String {
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inside.map_or_else(|| text.to_owned(), |text| text.replace("\\\"", "\"").replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_quotes_may_stand_in_strings() {
        let body = AnnotationBody::Text(r#"name = "a, \"b\"" , version = 2 ,url = "x=y""#.into());
        let all = [("name", r#"a, "b""#), ("version", "2"), ("url", "x=y")];
        assert_eq!(pairs(&body), all.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
