//! Tables. P4-16 14.2.

use super::{Parsed, Parser};
use crate::ast::{
    ActionRef, Annotations, Entry, Expr, ExprKind, KeyElement, NameRef, Property, PropertyKind, Table,
};
use crate::diag::Diagnostic;
use crate::token::{Keyword, Punct, TokenKind};

impl Parser<'_> {
    /// `table name { properties }`
    pub(super) fn table(&mut self) -> Parsed<Table> {
        self.bump();
        let name = self.name("the name of a table")?;
        self.declare_value(name);
        let before = self.errors;
        let properties = self.list("the table", |parser| parser.property())?;
        if properties.is_empty() && self.errors == before {
            let wrong = Diagnostic::error(name.span, "a table has at least one property");
            self.report(wrong.help("write `actions = { ... }` and mostly `key = { ... }`"));
        }
        Ok(Table { name, properties })
    }

    /// `{ element element ... }`, going on at the next element after one that is wrong.
    pub(super) fn list<T>(
        &mut self,
        what: &str,
        element: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.list_until(what, |_| false, element)
    }

    /// A list that ends, its `}` forgotten, where `beyond` sees what cannot be of it.
    fn list_until<T>(
        &mut self,
        what: &str,
        beyond: fn(&Self) -> bool,
        mut element: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let opening = self.span();
        self.expect(Punct::BraceOpen, &format!("at the beginning of {what}"))?;
        let mut elements = vec![];
        loop {
            if self.eat(Punct::BraceClose) {
                return Ok(elements);
            }
            if self.at_outer(true) {
                return Err(self.unclosed(opening, what));
            }
            if beyond(self) {
                self.unclosed(opening, what);
                return Ok(elements);
            }
            let start = self.at;
            let step = element(self).map(|element| elements.push(element));
            self.resume(step, start)?;
        }
    }

    /// A property of the table, other than the list that it stands in.
    fn at_property(&self) -> bool {
        use Keyword::{Actions, Entries, Key};
        let known = match self.kind(0) {
            Some(TokenKind::Ident(name)) => matches!(self.session.text(*name), "default_action" | "size"),
            Some(TokenKind::Keyword(word)) => matches!(word, Key | Actions | Entries),
            _ => false,
        };
        known && self.next_is(1, Punct::Assign)
    }

    fn property(&mut self) -> Parsed<Property> {
        let start = self.span();
        let annotations = self.annotations()?;
        let is_const = self.eat_word(Keyword::Const);
        let listed = match self.keyword() {
            Some(word @ (Keyword::Key | Keyword::Actions | Keyword::Entries)) => Some(word),
            _ => None,
        };
        let Some(word) = listed else {
            let kind = self.other_property()?;
            return Ok(Property { annotations, span: self.since(start), is_const, kind });
        };
        if is_const && word != Keyword::Entries {
            let wrong = Diagnostic::error(self.before(), format!("`{word}` cannot be `const`"));
            self.report(wrong.help("only `entries`, `default_action` and the like can"));
        }
        self.bump();
        self.expect(Punct::Assign, &format!("after `{word}`"))?;
        let kind = match word {
            Keyword::Key => PropertyKind::Key(
                self.list_until("the key", Self::at_property, |parser| parser.key_element())?,
            ),
            Keyword::Actions => {
                PropertyKind::Actions(
                    self.list_until("the actions", Self::at_property, |parser| parser.action_element())?,
                )
            }
            _ => PropertyKind::Entries(
                self.list_until("the entries", Self::at_property, |parser| parser.entry())?,
            ),
        };
        let span = self.since(start);
        if self.is(Punct::Semicolon) {
            let wrong = Diagnostic::error(self.span(), format!("no `;` after the `}}` of `{word}`"));
            self.report(wrong.help("remove the `;`"));
            self.bump();
        }
        Ok(Property { annotations, span, is_const, kind })
    }

    fn other_property(&mut self) -> Parsed<PropertyKind> {
        if let Some(right) = self.meant_property() {
            let found = self.found();
            let wrong = Diagnostic::error(self.span(), format!("{found} is not a property of tables"));
            return Err(self.report(wrong.help(format!("did you mean `{right} = `?"))));
        }
        let name = self.name("a property of the table, such as `key` or `actions`")?;
        self.expect(Punct::Assign, "after the name of a property")?;
        let value = self.expr()?;
        self.expect(Punct::Semicolon, "after a property")?;
        Ok(PropertyKind::Other { name, value })
    }

    /// What a property without `=`, or with a list, was meant to be: others have names of their own.
    fn meant_property(&self) -> Option<&'static str> {
        let text = match self.kind(0)? {
            TokenKind::Ident(name) => self.session.text(*name),
            TokenKind::Keyword(word) => word.text(),
            _ => return None,
        };
        let listed = ["key", "actions", "entries"];
        let all = ["key", "actions", "entries", "default_action", "size"];
        if !self.next_is(1, Punct::Assign) {
            return crate::text::nearest(text, all.into_iter());
        }
        if self.next_is(2, Punct::BraceOpen) { crate::text::nearest(text, listed.into_iter()) } else { None }
    }

    /// `expression : match_kind annotations ;`
    fn key_element(&mut self) -> Parsed<KeyElement> {
        let start = self.span();
        let expr = self.expr()?;
        self.expect(Punct::Colon, "and a match kind after the expression of a key")?;
        let match_kind = self.name("a match kind, such as `exact`")?;
        let annotations = self.annotations()?;
        self.expect(Punct::Semicolon, "after an element of the key")?;
        Ok(KeyElement { expr, match_kind, annotations, span: self.since(start) })
    }

    fn action_element(&mut self) -> Parsed<ActionRef> {
        let annotations = self.annotations()?;
        let action = self.action_ref(annotations)?;
        self.expect(Punct::Semicolon, "after an action of the table")?;
        Ok(action)
    }

    fn action_ref(&mut self, annotations: Annotations) -> Parsed<ActionRef> {
        let start = annotations.first().map_or(self.span(), |first| first.span);
        let dot = self.eat(Punct::Dot);
        let name = NameRef { dot, ident: self.name("the name of an action")? };
        let args = if self.is(Punct::ParenOpen) { Some(self.args()?) } else { None };
        Ok(ActionRef { annotations, name, args, span: self.since(start) })
    }

    /// `const priority = 1 : keys : action annotations ;`
    fn entry(&mut self) -> Parsed<Entry> {
        let start = self.span();
        let is_const = self.eat_word(Keyword::Const);
        let priority = if self.is_word(Keyword::Priority) && self.next_is(1, Punct::Assign) {
            self.bump();
            self.bump();
            let priority = self.entry_priority()?;
            self.expect(Punct::Colon, "after the priority of an entry")?;
            Some(priority)
        } else {
            None
        };
        let keys = self.keyset()?;
        self.expect(Punct::Colon, "and an action after the keys of an entry")?;
        let action = self.action_ref(vec![])?;
        let annotations = self.annotations()?;
        self.expect(Punct::Semicolon, "after an entry")?;
        Ok(Entry { is_const, priority, keys, action, annotations, span: self.since(start) })
    }

    fn entry_priority(&mut self) -> Parsed<Expr> {
        let span = self.span();
        match self.kind(0) {
            Some(TokenKind::Int(literal)) => {
                self.bump();
                Ok(Expr { span, kind: ExprKind::Int { value: literal.value.clone(), width: literal.width } })
            }
            Some(TokenKind::Punct(Punct::ParenOpen)) => {
                self.bump();
                let priority = self.expr()?;
                self.expect(Punct::ParenClose, "after the priority")?;
                Ok(priority)
            }
            _ => Err(self.expected("a number, or an expression in parentheses, as priority")),
        }
    }
}
