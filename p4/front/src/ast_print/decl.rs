//! Declarations.

use super::Printer;
use crate::ast::{
    ActionRef, ApplyType, Composite, Decl, DeclKind, Direction, Entry, Enum, Extern, Ident, Instance,
    KeyElement, Method, MethodKind, Param, Property, PropertyKind, Prototype, Table, TypedefOf,
};

/// How the declarations end.
fn has_semicolon(kind: &DeclKind) -> bool {
    use DeclKind::*;
    matches!(
        kind,
        Const(_)
            | ExternFunction(_)
            | ParserType(_)
            | ControlType(_)
            | Package(_)
            | Typedef { .. }
            | NewType { .. }
            | Instance(_)
            | Variable(_)
            | ValueSet(_)
    )
}

impl Printer<'_> {
    /// A declaration on lines of its own.
    pub(super) fn decl(&mut self, decl: &Decl) {
        self.begin();
        self.decl_here(decl);
        self.line(if has_semicolon(&decl.kind) { ";" } else { "" });
    }

    /// Without a `;` at its end.
    pub(super) fn decl_here(&mut self, decl: &Decl) {
        self.annotations(&decl.annotations);
        match &decl.kind {
            DeclKind::Const(it) => {
                self.put("const ");
                self.ty(&it.ty);
                self.named(it.name);
                self.put(" = ");
                self.expr(&it.value);
            }
            DeclKind::Variable(it) => {
                self.ty(&it.ty);
                self.named(it.name);
                if let Some(value) = &it.value {
                    self.put(" = ");
                    self.expr(value);
                }
            }
            DeclKind::Instance(it) => self.instance(it),
            DeclKind::ValueSet(it) => {
                self.put("value_set<");
                self.ty(&it.ty);
                self.put(">(");
                self.expr(&it.size);
                self.put(")");
                self.named(it.name);
            }
            DeclKind::Function(it) => {
                self.prototype(&it.proto);
                self.put(" ");
                self.block(&it.body);
            }
            DeclKind::Action(it) => {
                self.put("action");
                self.named(it.name);
                self.params(&it.params);
                self.put(" ");
                self.block(&it.body);
            }
            DeclKind::Table(it) => self.table(it),
            DeclKind::Parser(it) => {
                self.apply_type("parser", &it.ty);
                self.constructor(&it.constructor);
                self.line(" {");
                self.indent += 1;
                it.locals.iter().for_each(|local| self.decl(local));
                it.states.iter().for_each(|state| self.state(state));
                self.indent -= 1;
                self.begin();
                self.put("}");
            }
            DeclKind::Control(it) => {
                self.apply_type("control", &it.ty);
                self.constructor(&it.constructor);
                self.line(" {");
                self.indent += 1;
                it.locals.iter().for_each(|local| self.decl(local));
                self.begin();
                self.put("apply ");
                self.block(&it.body);
                self.line("");
                self.indent -= 1;
                self.begin();
                self.put("}");
            }
            _ => self.type_decl(&decl.kind),
        }
    }

    /// Types, and what is declared without code.
    fn type_decl(&mut self, kind: &DeclKind) {
        match kind {
            DeclKind::Extern(it) => self.extern_object(it),
            DeclKind::ExternFunction(it) => {
                self.put("extern ");
                self.prototype(it);
            }
            DeclKind::ParserType(it) => self.apply_type("parser", it),
            DeclKind::ControlType(it) => self.apply_type("control", it),
            DeclKind::Package(it) => self.apply_type("package", it),
            DeclKind::Header(it) => self.composite("header", it),
            DeclKind::HeaderUnion(it) => self.composite("header_union", it),
            DeclKind::Struct(it) => self.composite("struct", it),
            DeclKind::Enum(it) => self.enum_decl(it),
            DeclKind::Typedef { ty, name } => {
                self.put("typedef ");
                match ty {
                    TypedefOf::Type(ty) => self.ty(ty),
                    TypedefOf::Derived(decl) => self.decl_here(decl),
                }
                self.named(*name);
            }
            DeclKind::NewType { ty, name } => {
                self.put("type ");
                self.ty(ty);
                self.named(*name);
            }
            DeclKind::Error(names) => self.names("error", names),
            DeclKind::MatchKind(names) => self.names("match_kind", names),
            _ => {}
        }
    }

    /// A space and a name.
    fn named(&mut self, name: Ident) {
        self.put(" ");
        self.ident(name);
    }

    fn names(&mut self, word: &str, names: &[Ident]) {
        self.put(word);
        self.put(" { ");
        self.list(names, ", ", |printer, name| printer.ident(*name));
        self.put(" }");
    }

    fn instance(&mut self, it: &Instance) {
        self.ty(&it.ty);
        self.args(&it.args);
        self.named(it.name);
        if let Some(init) = &it.init {
            self.put(" = ");
            self.braces(init, |printer, decl| printer.decl(decl));
        }
    }

    fn extern_object(&mut self, it: &Extern) {
        self.put("extern");
        self.named(it.name);
        self.type_params(&it.type_params);
        self.put(" ");
        self.braces(&it.methods, |printer, method| printer.method(method));
    }

    fn method(&mut self, method: &Method) {
        self.begin();
        self.annotations(&method.annotations);
        if method.is_abstract {
            self.put("abstract ");
        }
        match &method.kind {
            MethodKind::Constructor { name, params } => {
                self.ident(*name);
                self.params(params);
            }
            MethodKind::Method(proto) => self.prototype(proto),
        }
        self.line(";");
    }

    fn prototype(&mut self, proto: &Prototype) {
        self.ty(&proto.ret);
        self.named(proto.name);
        self.type_params(&proto.type_params);
        self.params(&proto.params);
    }

    fn apply_type(&mut self, word: &str, it: &ApplyType) {
        self.put(word);
        self.named(it.name);
        self.type_params(&it.type_params);
        self.params(&it.params);
    }

    fn constructor(&mut self, params: &[Param]) {
        if !params.is_empty() {
            self.params(params);
        }
    }

    fn type_params(&mut self, params: &[Ident]) {
        if !params.is_empty() {
            self.put("<");
            self.list(params, ", ", |printer, name| printer.ident(*name));
            self.put(">");
        }
    }

    fn params(&mut self, params: &[Param]) {
        self.put("(");
        self.list(params, ", ", |printer, param| {
            printer.annotations(&param.annotations);
            printer.put(match param.direction {
                Direction::None => "",
                Direction::In => "in ",
                Direction::Out => "out ",
                Direction::InOut => "inout ",
            });
            printer.ty(&param.ty);
            printer.named(param.name);
            if let Some(default) = &param.default {
                printer.put(" = ");
                printer.expr(default);
            }
        });
        self.put(")");
    }

    fn composite(&mut self, word: &str, it: &Composite) {
        self.put(word);
        self.named(it.name);
        self.type_params(&it.type_params);
        self.put(" ");
        self.braces(&it.fields, |printer, field| {
            printer.begin();
            printer.annotations(&field.annotations);
            printer.ty(&field.ty);
            printer.named(field.name);
            printer.line(";");
        });
    }

    fn enum_decl(&mut self, it: &Enum) {
        self.put("enum");
        if let Some(ty) = &it.ty {
            self.put(" ");
            self.ty(ty);
        }
        self.named(it.name);
        self.put(" ");
        self.braces(&it.members, |printer, (name, value)| {
            printer.begin();
            printer.ident(*name);
            if let Some(value) = value {
                printer.put(" = ");
                printer.expr(value);
            }
            printer.line(",");
        });
    }

    fn table(&mut self, it: &Table) {
        self.put("table");
        self.named(it.name);
        self.put(" ");
        self.braces(&it.properties, |printer, property| printer.property(property));
    }

    fn property(&mut self, property: &Property) {
        self.begin();
        self.annotations(&property.annotations);
        if property.is_const {
            self.put("const ");
        }
        match &property.kind {
            PropertyKind::Key(elements) => {
                self.put("key = ");
                self.braces(elements, |printer, element| printer.key_element(element));
            }
            PropertyKind::Actions(actions) => {
                self.put("actions = ");
                self.braces(actions, |printer, action| {
                    printer.begin();
                    printer.action_ref(action);
                    printer.line(";");
                });
            }
            PropertyKind::Entries(entries) => {
                self.put("entries = ");
                self.braces(entries, |printer, entry| printer.entry(entry));
            }
            PropertyKind::Other { name, value } => {
                self.ident(*name);
                self.put(" = ");
                self.expr(value);
                self.put(";");
            }
        }
        self.line("");
    }

    fn key_element(&mut self, element: &KeyElement) {
        self.begin();
        self.expr(&element.expr);
        self.put(" : ");
        self.ident(element.match_kind);
        self.annotations_after(&element.annotations);
        self.line(";");
    }

    fn action_ref(&mut self, action: &ActionRef) {
        self.annotations(&action.annotations);
        self.name_ref(action.name);
        if let Some(args) = &action.args {
            self.args(args);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.begin();
        if entry.is_const {
            self.put("const ");
        }
        if let Some(priority) = &entry.priority {
            self.put("priority = (");
            self.expr(priority);
            self.put(") : ");
        }
        self.keyset(&entry.keys);
        self.put(" : ");
        self.action_ref(&entry.action);
        self.annotations_after(&entry.annotations);
        self.line(";");
    }
}
