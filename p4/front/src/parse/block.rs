//! Blocks, `if`, `switch` and `for`.

use super::{Parsed, Parser};
use crate::ast::{Annotations, Block, Collection, Expr, Ident, Stmt, StmtKind, SwitchCase, Type};
use crate::diag::Diagnostic;
use crate::token::{Keyword, Punct, TokenKind};

/// A `for` without its body.
enum ForHead {
    In { annotations: Annotations, ty: Type, name: Ident, collection: Collection },
    Clauses { annotations: Annotations, init: Vec<Stmt>, cond: Expr, update: Vec<Stmt> },
}

impl Parser<'_> {
    /// `annotations { statements }`
    pub(super) fn block(&mut self, what: &str) -> Parsed<Block> {
        let annotations = self.annotations()?;
        self.block_after(annotations, what, false)
    }

    pub(super) fn block_after(
        &mut self,
        annotations: Annotations,
        what: &str,
        in_parser: bool,
    ) -> Parsed<Block> {
        let opening = self.span();
        let start = annotations.first().map_or(opening, |first| first.span);
        self.expect(Punct::BraceOpen, &format!("at the beginning of {what}"))?;
        let stmts = self.scoped(|parser| {
            let mut stmts = vec![];
            loop {
                if parser.eat(Punct::BraceClose) {
                    return Ok(stmts);
                }
                if parser.at_outer(true) {
                    return Err(parser.unclosed(opening, what));
                }
                let at = parser.at;
                let step = parser.statement(in_parser).map(|stmt| stmts.push(stmt));
                parser.resume(step, at)?;
            }
        })?;
        Ok(Block { annotations, stmts, span: self.since(start) })
    }

    /// `if (e) s else if (e) s else s`; a chain is one loop, so that it may be long.
    pub(super) fn if_stmt(&mut self, in_parser: bool) -> Parsed<Stmt> {
        let start = self.span();
        let mut arms: Vec<(Expr, Stmt)> = vec![];
        let mut last = None;
        loop {
            self.bump();
            self.expect(Punct::ParenOpen, "after `if`")?;
            let condition = self.expr()?;
            self.expect(Punct::ParenClose, "after the condition of `if`")?;
            let body = self.branch(in_parser)?;
            arms.push((condition, body));
            if !self.eat_word(Keyword::Else) {
                break;
            }
            if !self.is_word(Keyword::If) {
                last = Some(Box::new(self.branch(in_parser)?));
                break;
            }
        }
        Ok(Stmt { span: self.since(start), kind: StmtKind::If(arms, last) })
    }

    /// A statement that another contains: no declaration.
    fn branch(&mut self, in_parser: bool) -> Parsed<Stmt> {
        let start = self.span();
        let stmt = self.scoped(|parser| parser.statement(in_parser))?;
        if matches!(stmt.kind, StmtKind::Decl(_)) {
            let wrong = Diagnostic::error(start, "a declaration cannot be the whole of a branch");
            self.report(wrong.help("put it in a block: `{ ... }`"));
        }
        Ok(stmt)
    }

    pub(super) fn switch_stmt(&mut self) -> Parsed<StmtKind> {
        self.bump();
        self.expect(Punct::ParenOpen, "after `switch`")?;
        let on = self.expr()?;
        self.expect(Punct::ParenClose, "after the expression of `switch`")?;
        let cases = self.list("the cases of `switch`", |parser| parser.switch_case())?;
        Ok(StmtKind::Switch(on, cases))
    }

    fn switch_case(&mut self) -> Parsed<SwitchCase> {
        let start = self.span();
        if let Some(TokenKind::Ident(name)) = self.kind(0)
            && self.session.text(*name) == "case"
            && !self.next_is(1, Punct::Colon)
        {
            self.report(
                Diagnostic::error(start, "a label of `switch` is written without `case`")
                    .help("remove `case`"),
            );
            self.bump();
        }
        if self.is(Punct::BraceOpen) {
            let wrong = Diagnostic::error(start, "a label of `switch` cannot begin with `{`");
            return Err(self.report(wrong.help("write the label before its block: `label: { ... }`")));
        }
        let label = if self.eat_word(Keyword::Default) { None } else { Some(self.expr()?) };
        self.expect(Punct::Colon, "after a label of `switch`")?;
        let body =
            if self.is(Punct::BraceOpen) || self.is(Punct::At) { Some(self.block("a case")?) } else { None };
        Ok(SwitchCase { label, body, span: self.since(start) })
    }

    /// `for (init; condition; update) s` or `for (T x in e) s`.
    pub(super) fn for_stmt(&mut self, annotations: Annotations) -> Parsed<StmtKind> {
        self.bump();
        let head =
            self.bracketed(&[Punct::BraceOpen, Punct::BraceClose], |parser| parser.for_head(annotations))?;
        let body = Box::new(self.branch(false)?);
        Ok(match head {
            ForHead::In { annotations, ty, name, collection } => {
                StmtKind::ForIn { annotations, ty, name, collection, body }
            }
            ForHead::Clauses { annotations, init, cond, update } => {
                StmtKind::For { annotations, init, cond, update, body }
            }
        })
    }

    fn for_head(&mut self, annotations: Annotations) -> Parsed<ForHead> {
        self.expect(Punct::ParenOpen, "after `for`")?;
        let inner = self.annotations()?;
        if self.at_declaration() {
            let start = self.span();
            let ty = self.type_ref()?;
            let name = self.name("the name of a variable")?;
            if self.eat_word(Keyword::In) {
                self.declare_value(name);
                let annotations = [annotations, inner].concat();
                let first = self.expr()?;
                let collection = if self.eat(Punct::Range) {
                    Collection::Range(first, self.expr()?)
                } else {
                    Collection::Expr(first)
                };
                self.expect(Punct::ParenClose, "after what `for` goes through")?;
                return Ok(ForHead::In { annotations, ty, name, collection });
            }
            let first = self.variable_after(inner, start, ty, name)?;
            return self.for_rest(annotations, Some(first));
        }
        self.no_annotations(&inner, "here a declaration is expected");
        self.for_rest(annotations, None)
    }

    fn for_rest(&mut self, annotations: Annotations, first: Option<Stmt>) -> Parsed<ForHead> {
        let mut init: Vec<Stmt> = vec![];
        let more = match first {
            Some(first) => {
                init.push(first);
                self.eat(Punct::Comma)
            }
            None => !self.is(Punct::Semicolon),
        };
        if more {
            loop {
                init.push(self.for_init()?);
                if !self.eat(Punct::Comma) {
                    break;
                }
            }
        }
        self.expect(Punct::Semicolon, "after what `for` begins with")?;
        if self.is(Punct::Semicolon) {
            let wrong = Diagnostic::error(self.span(), "`for` needs a condition");
            return Err(self.report(wrong.help("write `true` for a loop that `break` ends")));
        }
        let cond = self.expr()?;
        self.expect(Punct::Semicolon, "after the condition of `for`")?;
        let mut update = vec![];
        if !self.is(Punct::ParenClose) {
            loop {
                update.push(self.assign_or_call()?);
                if !self.eat(Punct::Comma) {
                    break;
                }
            }
        }
        self.expect(Punct::ParenClose, "after the head of `for`")?;
        Ok(ForHead::Clauses { annotations, init, cond, update })
    }

    fn for_init(&mut self) -> Parsed<Stmt> {
        let annotations = self.annotations()?;
        if self.at_declaration() {
            let start = self.span();
            let ty = self.type_ref()?;
            let name = self.name("the name of a variable")?;
            return self.variable_after(annotations, start, ty, name);
        }
        self.no_annotations(&annotations, "here a declaration is expected");
        self.assign_or_call()
    }
}
