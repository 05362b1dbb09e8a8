//! Types as controllers see them: `P4DataTypeSpec` and `P4TypeInfo`.

use super::annotations::{self, find};
use super::text::Text;
use crate::Session;
use crate::hir::{self, AnnotationBody, AnnotationValue, CompositeKind, Ty};
use crate::ir::ScalarType;
use num_bigint::{BigInt, BigUint};
use num_traits::One;
use std::collections::HashSet;

/// How values of a `type` travel to controllers where `@p4runtime_translation` changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Translation {
    uri: String,
    /// None: a string.
    width: Option<u32>,
}

pub(super) fn translation(annotations: &[hir::Annotation]) -> Option<Translation> {
    let annotation = find(annotations, "p4runtime_translation")?;
    match &annotation.body {
        AnnotationBody::Values(values) => match values.as_slice() {
            [AnnotationValue::Str(uri), AnnotationValue::Int(width)] => {
                Some(Translation { uri: uri.clone(), width: Some(u32::try_from(width).ok()?) })
            }
            _ => None,
        },
        // `"uri" , string` and `"uri" , bit < 32 >`: not a list of literals.
        AnnotationBody::Text(text) => {
            let (uri, ty) = text.rsplit_once(',')?;
            let uri = uri.trim().trim_matches('"').to_owned();
            let ty: String = ty.split_whitespace().collect();
            let width = match ty.as_str() {
                "string" => None,
                ty => Some(ty.strip_prefix("bit<")?.strip_suffix('>')?.parse().ok()?),
            };
            Some(Translation { uri, width })
        }
        _ => None,
    }
}

/// The width that controllers use; None where they use strings.
pub(super) fn controller_width(ty: &ScalarType) -> u32 {
    match translation(&ty.annotations) {
        Some(translation) => translation.width.unwrap_or(0),
        None => ty.width,
    }
}

/// Writes types, and remembers the named ones that they mention.
#[derive(Debug)]
pub(super) struct Types<'a> {
    session: &'a Session,
    hir: &'a hir::Program,
    structs: Vec<hir::CompositeId>,
    enums: Vec<hir::EnumId>,
    new_types: Vec<hir::NewTypeId>,
    seen: HashSet<String>,
}

impl<'a> Types<'a> {
    pub(super) fn new(session: &'a Session, hir: &'a hir::Program) -> Types<'a> {
        Types { session, hir, structs: vec![], enums: vec![], new_types: vec![], seen: HashSet::new() }
    }

    fn text(&self, name: crate::Name) -> &'a str {
        self.session.text(name)
    }

    fn first_time(&mut self, kind: &str, name: &str) -> bool {
        self.seen.insert(format!("{kind} {name}"))
    }

    /// The struct or header of that name.
    pub(super) fn composite(&self, name: &str) -> Option<Ty> {
        let name = self.session.names.get(name)?;
        let at = self.hir.composites.iter().position(|c| c.name == name && c.type_params.is_empty())?;
        Some(Ty::Composite(hir::CompositeId(at as u32), [].into()))
    }

    /// `type_name { name: "T" }` for what has a name of its own.
    pub(super) fn type_name(&mut self, text: &mut Text, field: &str, ty: &ScalarType) {
        let Some(name) = &ty.name else { return };
        self.mention(name);
        text.message(field, |text| text.string("name", name));
    }

    /// Looks the name of a scalar type up.
    fn mention(&mut self, name: &str) {
        let Some(interned) = self.session.names.get(name) else { return };
        if let Some(at) = self.hir.new_types.iter().position(|ty| ty.name == interned) {
            self.add_new_type(hir::NewTypeId(at as u32));
        } else if let Some(at) = self.hir.enums.iter().position(|ty| ty.name == interned) {
            self.add_enum(hir::EnumId(at as u32));
        }
    }

    fn add_new_type(&mut self, id: hir::NewTypeId) {
        let name = self.text(self.hir.new_types[id.index()].name);
        if self.first_time("type", name) {
            self.new_types.push(id);
        }
    }

    fn add_enum(&mut self, id: hir::EnumId) {
        let name = self.text(self.hir.enums[id.index()].name);
        if self.first_time("enum", name) {
            self.enums.push(id);
        }
    }

    fn add_struct(&mut self, id: hir::CompositeId) {
        let name = self.text(self.hir.composites[id.index()].name);
        if self.first_time("struct", name) {
            self.structs.push(id);
        }
    }

    /// The type of a key, parameter or field as the program declares it.
    pub(super) fn scalar(&self, ty: &Ty) -> Option<ScalarType> {
        let plain = |width, signed| ScalarType {
            width,
            signed,
            name: None,
            members: vec![],
            annotations: vec![],
            is_bool: false,
        };
        Some(match ty {
            Ty::Bool => ScalarType { is_bool: true, ..plain(1, false) },
            Ty::Bit(width) | Ty::Varbit(width) => plain(*width, false),
            Ty::Int(width) => plain(*width, true),
            Ty::NewType(id) => {
                let declared = &self.hir.new_types[id.index()];
                let name = Some(self.text(declared.name).to_owned());
                ScalarType { name, annotations: declared.annotations.clone(), ..self.scalar(&declared.ty)? }
            }
            Ty::Enum(id) => {
                let declared = &self.hir.enums[id.index()];
                let name = Some(self.text(declared.name).to_owned());
                let of = self.scalar(declared.ty.as_ref()?)?;
                ScalarType { name, members: self.members(declared, of.width), ..of }
            }
            _ => return None,
        })
    }

    fn members(&self, declared: &hir::Enum, width: u32) -> Vec<(String, BigUint)> {
        // The members of a signed type may have negative values.
        let modulus = BigInt::one() << width;
        let bits = |value: &BigInt| (((value % &modulus) + &modulus) % &modulus).to_biguint();
        let member = |member: &hir::EnumMember| {
            Some((self.text(member.name).to_owned(), bits(member.value.as_ref()?)?))
        };
        declared.members.iter().filter_map(member).collect()
    }

    /// The `type_spec` of a type.
    pub(super) fn spec(&mut self, text: &mut Text, field: &str, ty: &Ty) {
        text.message(field, |text| self.spec_body(text, ty));
    }

    /// Of fields without a struct of their own.
    pub(super) fn tuple(&mut self, text: &mut Text, field: &str, fields: &[(String, ScalarType)]) {
        text.message(field, |text| match fields {
            [(name, ty)] if name.is_empty() => self.scalar_spec(text, ty),
            _ => text.message("tuple", |text| {
                for (_, ty) in fields {
                    text.message("members", |text| self.scalar_spec(text, ty));
                }
            }),
        });
    }

    fn scalar_spec(&mut self, text: &mut Text, ty: &ScalarType) {
        match &ty.name {
            Some(name) => {
                self.mention(name);
                let field = if ty.members.is_empty() { "new_type" } else { "serializable_enum" };
                text.message(field, |text| text.string("name", name));
            }
            None if ty.is_bool => text.message("bool", |_| {}),
            None => bitstring(text, if ty.signed { "int" } else { "bit" }, ty.width),
        }
    }

    fn spec_body(&mut self, text: &mut Text, ty: &Ty) {
        match ty {
            Ty::Bool => text.message("bool", |_| {}),
            Ty::Error => text.message("error", |_| {}),
            Ty::Bit(width) => bitstring(text, "bit", *width),
            Ty::Int(width) => bitstring(text, "int", *width),
            Ty::Varbit(width) => text.message("bitstring", |text| {
                text.message("varbit", |text| text.number("max_bitwidth", *width));
            }),
            Ty::Tuple(members) => text.message("tuple", |text| {
                for member in members.iter() {
                    self.spec(text, "members", member);
                }
            }),
            Ty::Composite(id, _) => {
                self.add_struct(*id);
                let declared = &self.hir.composites[id.index()];
                self.named(text, kind_field(declared.kind), declared.name);
            }
            Ty::Stack(of, size) => {
                if let Ty::Composite(id, _) = of.as_ref() {
                    self.add_struct(*id);
                    let declared = &self.hir.composites[id.index()];
                    let field = kind_field(declared.kind);
                    text.message(&format!("{field}_stack"), |text| {
                        self.named(text, field, declared.name);
                        text.number("size", *size);
                    });
                }
            }
            Ty::Enum(id) => {
                self.add_enum(*id);
                let declared = &self.hir.enums[id.index()];
                let field = if declared.ty.is_some() { "serializable_enum" } else { "enum" };
                self.named(text, field, declared.name);
            }
            Ty::NewType(id) => {
                self.add_new_type(*id);
                self.named(text, "new_type", self.hir.new_types[id.index()].name);
            }
            _ => {}
        }
    }

    fn named(&self, text: &mut Text, field: &str, name: crate::Name) {
        text.message(field, |text| text.string("name", self.text(name)));
    }

    /// `type_info`: what was mentioned, and what that mentions.
    pub(super) fn write(mut self, text: &mut Text) {
        // Structs mention others: they are written first and apart, so that the list is complete for the rest.
        let mut kinds = [Text::at_depth(1), Text::at_depth(1), Text::at_depth(1)];
        let mut at = 0;
        while let Some(id) = self.structs.get(at).copied() {
            at += 1;
            let kind = self.hir.composites[id.index()].kind as usize;
            self.composite_info(&mut kinds[kind], id);
        }
        if self.structs.is_empty() && self.enums.is_empty() && self.new_types.is_empty() {
            return;
        }
        text.message("type_info", |text| {
            for kind in kinds {
                text.append(kind);
            }
            self.enums_info(text);
            self.new_types_info(text);
        });
    }

    fn composite_info(&mut self, text: &mut Text, id: hir::CompositeId) {
        let declared = &self.hir.composites[id.index()];
        let name = self.text(declared.name);
        text.message(&format!("{}s", kind_field(declared.kind)), |text| {
            text.string("key", name);
            text.message("value", |text| {
                for field in &declared.fields {
                    let field_name = self.text(field.name);
                    text.message("members", |text| {
                        text.string("name", field_name);
                        match declared.kind {
                            CompositeKind::Struct => self.spec(text, "type_spec", &field.ty),
                            CompositeKind::Header => {
                                text.message("type_spec", |text| self.bits(text, &field.ty))
                            }
                            CompositeKind::Union => self.spec_body(text, &field.ty),
                        }
                    });
                }
                annotations::write(text, &declared.annotations, &[]);
            });
        });
    }

    /// Members of headers are bit strings whatever they are called.
    fn bits(&mut self, text: &mut Text, ty: &Ty) {
        match ty {
            Ty::Varbit(width) => text.message("varbit", |text| text.number("max_bitwidth", *width)),
            ty => {
                let Some(scalar) = self.scalar(ty) else { return };
                let field = if scalar.signed { "int" } else { "bit" };
                text.message(field, |text| text.number("bitwidth", scalar.width));
            }
        }
    }

    fn enums_info(&self, text: &mut Text) {
        let declared = |id: &hir::EnumId| &self.hir.enums[id.index()];
        for plain in self.enums.iter().map(declared).filter(|e| e.ty.is_none()) {
            text.message("enums", |text| {
                text.string("key", self.text(plain.name));
                text.message("value", |text| {
                    for member in &plain.members {
                        text.message("members", |text| text.string("name", self.text(member.name)));
                    }
                    annotations::write(text, &plain.annotations, &[]);
                });
            });
        }
        for declared in self.enums.iter().map(declared) {
            let Some(width) = declared.ty.as_ref().and_then(|ty| self.scalar(ty)).map(|ty| ty.width) else {
                continue;
            };
            text.message("serializable_enums", |text| {
                text.string("key", self.text(declared.name));
                text.message("value", |text| {
                    text.message("underlying_type", |text| text.number("bitwidth", width));
                    for member in &declared.members {
                        text.message("members", |text| {
                            text.string("name", self.text(member.name));
                            let value = member.value.clone().unwrap_or_default();
                            text.value("value", &two_complement(&value, width));
                        });
                    }
                    annotations::write(text, &declared.annotations, &[]);
                });
            });
        }
    }

    fn new_types_info(&mut self, text: &mut Text) {
        for id in std::mem::take(&mut self.new_types) {
            let declared = &self.hir.new_types[id.index()];
            text.message("new_types", |text| {
                text.string("key", self.text(declared.name));
                text.message("value", |text| {
                    match translation(&declared.annotations) {
                        Some(translation) => translated(text, &translation),
                        None => text.message("original_type", |text| self.original(text, &declared.ty)),
                    }
                    annotations::write(text, &declared.annotations, &["p4runtime_translation"]);
                });
            });
        }
    }

    /// Through a `type` of a `type` down to what it is made of.
    fn original(&mut self, text: &mut Text, ty: &Ty) {
        match ty {
            Ty::NewType(id) => self.original(text, &self.hir.new_types[id.index()].ty),
            ty => self.spec_body(text, ty),
        }
    }
}

fn translated(text: &mut Text, translation: &Translation) {
    text.message("translated_type", |text| {
        text.string("uri", &translation.uri);
        match translation.width {
            Some(width) => text.number("sdn_bitwidth", width),
            None => text.message("sdn_string", |_| {}),
        }
    });
}

fn kind_field(kind: CompositeKind) -> &'static str {
    match kind {
        CompositeKind::Struct => "struct",
        CompositeKind::Header => "header",
        CompositeKind::Union => "header_union",
    }
}

fn bitstring(text: &mut Text, field: &str, width: u32) {
    text.message("bitstring", |text| text.message(field, |text| text.number("bitwidth", width)));
}

fn two_complement(value: &BigInt, width: u32) -> BigUint {
    let modulus = BigInt::one() << width;
    let wrapped = ((value % &modulus) + &modulus) % &modulus;
    wrapped.to_biguint().unwrap_or_default()
}
