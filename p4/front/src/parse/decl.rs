//! Declarations.

use super::{Parsed, Parser, Stop, scan};
use crate::ast::{
    Action, Annotations, Const, Decl, DeclKind, Function, Ident, Program, Prototype, Type, TypeKind,
    ValueSet, Variable,
};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::token::{Keyword, Punct, TokenKind};

/// Where a declaration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Top,
    Parser,
    Control,
    /// The `{ ... }` of an instance.
    Object,
}

impl Place {
    fn allows(self, kind: &DeclKind) -> bool {
        use DeclKind::*;
        match self {
            Place::Top => !matches!(kind, Table(_) | Variable(_)),
            Place::Parser => matches!(kind, Const(_) | Instance(_) | Variable(_) | ValueSet(_)),
            Place::Control => matches!(kind, Const(_) | Action(_) | Table(_) | Instance(_) | Variable(_)),
            Place::Object => matches!(kind, Function(_) | Instance(_)),
        }
    }

    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Place::Top => ("at the top of a program", "variables and tables belong into a control"),
            Place::Parser => {
                ("in a parser", "a parser declares constants, variables, instances, value sets and states")
            }
            Place::Control => {
                ("in a control", "a control declares constants, variables, actions, tables and instances")
            }
            Place::Object => ("in the initializer of an instance", "it declares functions and instances"),
        }
    }
}

fn describe(kind: &DeclKind) -> &'static str {
    match kind {
        DeclKind::Const(_) => "a constant",
        DeclKind::Extern(_) | DeclKind::ExternFunction(_) => "an extern",
        DeclKind::Function(_) => "a function",
        DeclKind::Action(_) => "an action",
        DeclKind::Parser(_) | DeclKind::ParserType(_) => "a parser",
        DeclKind::Control(_) | DeclKind::ControlType(_) => "a control",
        DeclKind::Package(_) => "a package",
        DeclKind::Error(_) => "an error",
        DeclKind::MatchKind(_) => "a match kind",
        DeclKind::Instance(_) => "an instance",
        DeclKind::Variable(_) => "a variable",
        DeclKind::ValueSet(_) => "a value set",
        DeclKind::Table(_) => "a table",
        _ => "a type",
    }
}

impl Parser<'_> {
    pub(super) fn program(&mut self) -> Program {
        let mut program = Program::default();
        while !self.at_end() {
            if self.eat(Punct::Semicolon) {
                continue;
            }
            let start = self.at;
            if self.is(Punct::BraceClose) {
                let wrong = Diagnostic::error(self.span(), "no `{` is open that this `}` could close");
                self.report(
                    wrong.help("remove it, or look before it for a `{` that is missing or a `}` too much"),
                );
                self.bump();
                continue;
            }
            match self.declaration(Place::Top) {
                Ok(decl) => program.decls.push(decl),
                Err(_) => {
                    // Where a bracket was missing, a declaration of the top may stand here already.
                    if self.at == start || !self.at_outer(false) {
                        self.sync_top(start);
                    }
                }
            }
            if self.at == start {
                self.bump();
            }
        }
        program
    }

    pub(super) fn declaration(&mut self, place: Place) -> Parsed<Decl> {
        let start = self.span();
        let annotations = self.annotations()?;
        self.declaration_at(place, annotations, start)
    }

    pub(super) fn declaration_at(
        &mut self,
        place: Place,
        annotations: Annotations,
        start: Span,
    ) -> Parsed<Decl> {
        let decl = self.deeper(|parser| parser.declaration_after(annotations, start))?;
        if !place.allows(&decl.kind) {
            let (place, help) = match (place, &decl.kind, place.describe()) {
                (Place::Top, DeclKind::Variable(Variable { value: Some(_), .. }), (place, _)) => {
                    (place, "write `const` before it if it never changes; variables belong into a control")
                }
                (.., described) => described,
            };
            let what = describe(&decl.kind);
            self.report(Diagnostic::error(start, format!("{what} cannot be declared {place}")).help(help));
        }
        Ok(decl)
    }

    pub(super) fn declaration_after(&mut self, annotations: Annotations, start: Span) -> Parsed<Decl> {
        let kind = match self.keyword() {
            Some(Keyword::Const) => return self.const_decl(annotations),
            Some(Keyword::Extern) => self.extern_decl()?,
            Some(Keyword::Action) => self.action()?,
            Some(Keyword::Parser) => self.parser_decl()?,
            Some(Keyword::Control) => self.control_decl()?,
            Some(Keyword::Package) => self.package()?,
            Some(Keyword::Header | Keyword::HeaderUnion | Keyword::Struct) => self.composite()?,
            Some(Keyword::Enum) => self.enum_decl()?,
            Some(Keyword::Typedef) => self.typedef()?,
            Some(Keyword::Type) => self.new_type()?,
            Some(Keyword::Error) if self.next_is(1, Punct::BraceOpen) => {
                self.bump();
                DeclKind::Error(self.names("an error")?)
            }
            Some(Keyword::MatchKind) if self.next_is(1, Punct::BraceOpen) => {
                self.bump();
                let names = self.names("a match kind")?;
                names.iter().for_each(|name| self.declare_value(*name));
                DeclKind::MatchKind(names)
            }
            Some(Keyword::ValueSet) => self.value_set()?,
            Some(Keyword::Table) => DeclKind::Table(self.table()?),
            Some(Keyword::State) if self.is_name(1) && self.next_is(2, Punct::BraceOpen) => {
                return Err(self.misplaced("a state can only be declared in a parser"));
            }
            Some(Keyword::Apply) if self.next_is(1, Punct::BraceOpen) => {
                return Err(self.misplaced("an `apply` block can only stand in a control"));
            }
            _ => return self.typed_decl(annotations, start),
        };
        Ok(Decl { annotations, span: self.since(start), kind })
    }

    fn misplaced(&mut self, message: &str) -> Stop {
        self.report(Diagnostic::error(self.span(), message))
    }

    pub(super) fn const_decl(&mut self, annotations: Annotations) -> Parsed<Decl> {
        let start = annotations.first().map_or(self.span(), |first| first.span);
        self.bump();
        let ty = self.type_ref()?;
        let name = self.name("the name of a constant")?;
        self.expect(Punct::Assign, "and the value of the constant")?;
        let value = self.expr()?;
        self.declare_value(name);
        self.expect(Punct::Semicolon, "after a constant")?;
        Ok(Decl { annotations, span: self.since(start), kind: DeclKind::Const(Const { ty, name, value }) })
    }

    /// A function, an instance or a variable: it begins with a type.
    fn typed_decl(&mut self, annotations: Annotations, start: Span) -> Parsed<Decl> {
        if !self.begins_typed() {
            return Err(self.expected("a declaration"));
        }
        self.check_function_type()?;
        let ty = self.type_ref()?;
        if self.is(Punct::ParenOpen) {
            return self.instance_after(annotations, start, ty);
        }
        self.check_keyword(&ty)?;
        let name = self.name("the name of what is declared")?;
        if self.is(Punct::Lt) || self.is(Punct::ParenOpen) {
            return self.function_after(annotations, start, ty, name);
        }
        let value = if self.eat(Punct::Assign) { Some(self.expr()?) } else { None };
        self.declare_value(name);
        self.expect(Punct::Semicolon, "after a declaration")?;
        let kind = DeclKind::Variable(Variable { ty, name, value });
        Ok(Decl { annotations, span: self.since(start), kind })
    }

    fn begins_typed(&self) -> bool {
        match self.kind(0) {
            Some(TokenKind::Ident(_)) | Some(TokenKind::Punct(Punct::Dot)) => true,
            Some(TokenKind::Keyword(word)) => {
                word.begins_type() || matches!(word, Keyword::Error | Keyword::List) || word.is_name()
            }
            _ => false,
        }
    }

    /// `f(in bit<8> x) {` and `function bit<8> f(`: nothing else looks like a function without its type.
    fn check_function_type(&mut self) -> Parsed<()> {
        let Some(TokenKind::Ident(name)) = self.kind(0) else { return Ok(()) };
        let text = self.session.text(*name).to_owned();
        let help = "a function begins with the type of what it returns, or `void`";
        if self.next_is(1, Punct::ParenOpen) {
            let end = self.closing.get(self.at + 1).copied().unwrap_or(scan::NONE);
            let body = self.tokens.get((end as usize).saturating_add(1)).map(|token| &token.kind);
            if end != scan::NONE && body == Some(&TokenKind::Punct(Punct::BraceOpen)) {
                let wrong = Diagnostic::error(self.span(), format!("the function `{text}` has no type"));
                return Err(self.report(wrong.help(help)));
            }
        }
        let typed = matches!(self.kind(1), Some(TokenKind::Keyword(word)) if word.begins_type());
        if typed && matches!(text.as_str(), "function" | "func" | "fn" | "def") {
            let wrong = Diagnostic::error(self.span(), format!("`{text}` is not a word of the language"));
            return Err(self.report(wrong.help(help)));
        }
        Ok(())
    }

    /// `heder ethernet_t {`: a type that nobody declared is perhaps a keyword written wrong.
    fn check_keyword(&mut self, ty: &Type) -> Parsed<()> {
        let TypeKind::Name(name) = ty.kind else { return Ok(()) };
        if self.scopes.meaning(name.ident.name, name.dot).is_some() || self.is_type_param_ahead(name.ident) {
            return Ok(());
        }
        let text = self.text(name.ident);
        match self.declaration_like(&text) {
            Some(right) => {
                let wrong =
                    Diagnostic::error(ty.span, format!("`{text}` is neither a declaration nor a type"));
                Err(self.report(wrong.help(format!("did you mean `{right}`?"))))
            }
            None => Ok(()),
        }
    }

    /// `T name<T>(`: what a generic function returns is declared behind its name.
    fn is_type_param_ahead(&self, ty: Ident) -> bool {
        let params = (2..).map_while(|ahead| self.kind(ahead));
        let mut params = params.take_while(|kind| **kind != TokenKind::Punct(Punct::Gt));
        self.next_is(1, Punct::Lt) && params.any(|kind| *kind == TokenKind::Ident(ty.name))
    }

    fn function_after(
        &mut self,
        annotations: Annotations,
        start: Span,
        ret: Type,
        name: Ident,
    ) -> Parsed<Decl> {
        self.declare_value(name);
        self.scoped(|parser| {
            let proto = parser.prototype(ret, name, "the function")?;
            if parser.is(Punct::Semicolon) {
                let text = parser.text(name);
                let wrong = Diagnostic::error(parser.span(), format!("the function `{text}` has no body"));
                return Err(parser.report(wrong.help("write `{ ... }`, or `extern` before its declaration")));
            }
            let body = parser.block("the body of the function")?;
            let kind = DeclKind::Function(Function { proto, body });
            Ok(Decl { annotations, span: parser.since(start), kind })
        })
    }

    /// `<T>(parameters)`, in a scope that the caller opened.
    pub(super) fn prototype(&mut self, ret: Type, name: Ident, of: &str) -> Parsed<Prototype> {
        let type_params = self.type_params()?;
        let params = self.params(of)?;
        Ok(Prototype { ret, name, type_params, params })
    }

    /// The functions and instances of an instance.
    pub(super) fn object_decls(&mut self) -> Parsed<Vec<Decl>> {
        self.list("the initializer", |parser| parser.declaration(Place::Object))
    }

    fn action(&mut self) -> Parsed<DeclKind> {
        self.bump();
        let name = self.name("the name of an action")?;
        self.declare_value(name);
        self.scoped(|parser| {
            let params = parser.params("the action")?;
            let body = parser.block("the body of the action")?;
            Ok(DeclKind::Action(Action { name, params, body }))
        })
    }

    /// `value_set<T>(size) name;`
    fn value_set(&mut self) -> Parsed<DeclKind> {
        let start = self.span();
        self.bump();
        let mut args = self.type_args()?;
        if args.len() != 1 {
            let span = self.since(start);
            self.report(
                Diagnostic::error(span, "`value_set` takes one type argument")
                    .help("write `value_set<T>(4)`"),
            );
        }
        let ty = args.pop().unwrap_or(Type { span: start, kind: TypeKind::DontCare });
        self.expect(Punct::ParenOpen, "and the size of the value set")?;
        let size = self.expr()?;
        self.expect(Punct::ParenClose, "after the size of the value set")?;
        let name = self.name("the name of a value set")?;
        self.declare_value(name);
        self.expect(Punct::Semicolon, "after a value set")?;
        Ok(DeclKind::ValueSet(ValueSet { ty, size, name }))
    }
}
