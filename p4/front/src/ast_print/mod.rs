//! The syntax tree as P4: what was understood, with the parentheses that were implied. Parsing it gives the same tree.

mod decl;
mod expr;
mod stmt;

use crate::ast::{Expr, Ident, NameRef, Program, Type};
use crate::intern::Interner;

/// A whole program, for `emit --what ast`.
pub fn program(program: &Program, names: &Interner) -> String {
    let mut printer = Printer::new(names);
    for decl in &program.decls {
        printer.decl(decl);
    }
    printer.out
}

/// One expression, on one line.
pub fn expr(expr: &Expr, names: &Interner) -> String {
    let mut printer = Printer::new(names);
    printer.expr(expr);
    printer.out
}

/// One type.
pub fn ty(ty: &Type, names: &Interner) -> String {
    let mut printer = Printer::new(names);
    printer.ty(ty);
    printer.out
}

struct Printer<'a> {
    names: &'a Interner,
    out: String,
    indent: usize,
}

impl<'a> Printer<'a> {
    fn new(names: &'a Interner) -> Printer<'a> {
        Printer { names, out: String::new(), indent: 0 }
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn begin(&mut self) {
        self.out.extend(std::iter::repeat_n("    ", self.indent));
    }

    fn line(&mut self, text: &str) {
        self.put(text);
        self.out.push('\n');
    }

    fn ident(&mut self, ident: Ident) {
        let text = self.names.text(ident.name);
        self.out.push_str(text);
    }

    fn name_ref(&mut self, name: NameRef) {
        if name.dot {
            self.out.push('.');
        }
        self.ident(name.ident);
    }

    /// What is between separators.
    fn list<T>(&mut self, items: &[T], separator: &str, mut print: impl FnMut(&mut Self, &T)) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.put(separator);
            }
            print(self, item);
        }
    }

    /// `{`, indented lines, `}`.
    fn braces<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        self.line("{");
        self.indent += 1;
        for item in items {
            print(self, item);
        }
        self.indent -= 1;
        self.begin();
        self.put("}");
    }
}
