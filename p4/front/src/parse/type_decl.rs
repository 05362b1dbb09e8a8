//! Types, externs and packages.

use super::{Parsed, Parser};
use crate::ast::{Composite, DeclKind, Enum, Expr, Extern, Field, Ident, Method, MethodKind, TypedefOf};
use crate::diag::Diagnostic;
use crate::token::{Keyword, Punct};

impl Parser<'_> {
    pub(super) fn extern_decl(&mut self) -> Parsed<DeclKind> {
        self.bump();
        if self.at_extern_object() {
            let name = self.name("the name of an extern")?;
            self.declare_type(name);
            return self.scoped(|parser| {
                let type_params = parser.type_params()?;
                let methods = parser.list("the extern", |parser| parser.method(name))?;
                Ok(DeclKind::Extern(Extern { name, type_params, methods }))
            });
        }
        let ret = self.type_ref()?;
        let name = self.name("the name of an extern function")?;
        self.declare_value(name);
        let proto = self.scoped(|parser| parser.prototype(ret, name, "the extern function"))?;
        self.expect(Punct::Semicolon, "after an extern function")?;
        Ok(DeclKind::ExternFunction(proto))
    }

    /// `name {` or `name<A, B> {`
    fn at_extern_object(&self) -> bool {
        if !self.is_name(0) {
            return false;
        }
        if !self.next_is(1, Punct::Lt) {
            // A function would have another name here, or the size of an array that it returns.
            return !self.is_name(1) && !self.next_is(1, Punct::BracketOpen);
        }
        let mut ahead = 2;
        while self.is_name(ahead) && self.next_is(ahead + 1, Punct::Comma) {
            ahead += 2;
        }
        self.is_name(ahead) && self.next_is(ahead + 1, Punct::Gt) && self.next_is(ahead + 2, Punct::BraceOpen)
    }

    fn method(&mut self, of: Ident) -> Parsed<Method> {
        let start = self.span();
        let annotations = self.annotations()?;
        let is_abstract = self.eat_word(Keyword::Abstract);
        let kind = if self.is_name(0) && self.next_is(1, Punct::ParenOpen) {
            let name = self.name("a constructor")?;
            if name.name != of.name {
                let (text, object) = (self.text(name), self.text(of));
                self.report(
                    Diagnostic::error(name.span, format!("the method `{text}` has no return type")).help(
                        format!(
                            "write `void {text}(...)`; a constructor has the name of the extern, `{object}`"
                        ),
                    ),
                );
            }
            let params = self.scoped(|parser| parser.params("the constructor"))?;
            MethodKind::Constructor { name, params }
        } else {
            let ret = self.type_ref()?;
            let name = self.name("the name of a method")?;
            MethodKind::Method(self.scoped(|parser| parser.prototype(ret, name, "the method"))?)
        };
        self.expect(Punct::Semicolon, "after a method")?;
        Ok(Method { annotations, is_abstract, span: self.since(start), kind })
    }

    pub(super) fn package(&mut self) -> Parsed<DeclKind> {
        self.bump();
        let name = self.name("the name of a package")?;
        self.declare_type(name);
        let ty = self.scoped(|parser| parser.apply_type(name, "the package"))?;
        self.expect(Punct::Semicolon, "after a package")?;
        Ok(DeclKind::Package(ty))
    }

    pub(super) fn composite(&mut self) -> Parsed<DeclKind> {
        let word = self.keyword().unwrap_or(Keyword::Struct);
        self.bump();
        let name = self.name(&format!("the name of a {word}"))?;
        self.declare_type(name);
        let composite = self.scoped(|parser| {
            let type_params = parser.type_params()?;
            let fields = parser.list(&format!("the {word}"), |parser| parser.field())?;
            Ok(Composite { name, type_params, fields })
        })?;
        Ok(match word {
            Keyword::Header => DeclKind::Header(composite),
            Keyword::HeaderUnion => DeclKind::HeaderUnion(composite),
            _ => DeclKind::Struct(composite),
        })
    }

    fn field(&mut self) -> Parsed<Field> {
        let annotations = self.annotations()?;
        let ty = self.type_ref()?;
        let name = self.name("the name of a field")?;
        self.expect(Punct::Semicolon, "after a field")?;
        Ok(Field { annotations, ty, name })
    }

    pub(super) fn enum_decl(&mut self) -> Parsed<DeclKind> {
        self.bump();
        let plain = self.is_name(0) && self.next_is(1, Punct::BraceOpen);
        let ty = if plain { None } else { Some(self.type_ref()?) };
        let name = self.name("the name of an enum")?;
        self.declare_type(name);
        self.expect(Punct::BraceOpen, "after the name of an enum")?;
        let mut members = vec![];
        loop {
            let member = self.name("the name of a member")?;
            let value = if self.eat(Punct::Assign) { Some(self.expr()?) } else { None };
            self.check_member(member, &value, ty.is_some(), name);
            members.push((member, value));
            if self.eat(Punct::Comma) && !self.is(Punct::BraceClose) {
                continue;
            }
            if self.eat(Punct::BraceClose) {
                return Ok(DeclKind::Enum(Enum { ty, name, members }));
            }
            return Err(self.expected("`,` or `}` after a member of an enum"));
        }
    }

    /// The members of an enum have values where, and only where, it has a type.
    fn check_member(&mut self, member: Ident, value: &Option<Expr>, typed: bool, of: Ident) {
        let (text, name) = (self.text(member), self.text(of));
        if typed && value.is_none() {
            let wrong =
                Diagnostic::error(member.span, format!("`{text}` has no value, but `{name}` has a type"));
            self.report(wrong.help(format!("write `{text} = 1`, or leave out the type of `{name}`")));
        }
        if !typed && value.is_some() {
            let wrong =
                Diagnostic::error(member.span, format!("`{text}` has a value, but `{name}` has no type"));
            self.report(wrong.help(format!("write `enum bit<8> {name} {{ ... }}`")));
        }
    }

    /// `{ a, b }`
    pub(super) fn names(&mut self, what: &str) -> Parsed<Vec<Ident>> {
        self.expect(Punct::BraceOpen, "and names")?;
        let mut names = vec![];
        loop {
            names.push(self.name(&format!("the name of {what}"))?);
            if self.eat(Punct::Comma) && !self.is(Punct::BraceClose) {
                continue;
            }
            if self.eat(Punct::BraceClose) {
                return Ok(names);
            }
            return Err(self.expected("`,` or `}` after a name"));
        }
    }

    pub(super) fn typedef(&mut self) -> Parsed<DeclKind> {
        self.bump();
        let start = self.span();
        let annotations = self.annotations()?;
        let derived = matches!(
            self.keyword(),
            Some(Keyword::Header | Keyword::HeaderUnion | Keyword::Struct | Keyword::Enum)
        );
        let ty = if derived {
            TypedefOf::Derived(Box::new(self.declaration_after(annotations, start)?))
        } else {
            self.no_annotations(&annotations, "after `typedef`");
            TypedefOf::Type(self.type_ref()?)
        };
        let name = self.name("the new name of the type")?;
        self.declare_type(name);
        self.expect(Punct::Semicolon, "after a `typedef`")?;
        Ok(DeclKind::Typedef { ty, name })
    }

    pub(super) fn new_type(&mut self) -> Parsed<DeclKind> {
        self.bump();
        let ty = self.type_ref()?;
        let name = self.name("the name of a type")?;
        self.declare_type(name);
        self.expect(Punct::Semicolon, "after a `type`")?;
        Ok(DeclKind::NewType { ty, name })
    }
}
