//! Expansion of macros. C17 6.10.3.1 to 6.10.3.4.

use super::macros::Macro;
use super::{Frame, Preprocessor};
use crate::diag::Diagnostic;
use crate::lex::{Lexer, PpKind, PpTok};
use crate::source::Span;
use crate::token::Punct;
use std::rc::Rc;

/// Calls of macros within arguments of calls of macros.
const DEEPEST_ARGUMENT: usize = 100;

impl Preprocessor<'_> {
    /// The next token that no macro stands for.
    pub(super) fn next_expanded(&mut self) -> PpTok {
        loop {
            let mut token = self.next_raw();
            let PpKind::Ident(name) = token.kind else { return token };
            if name == self.words.defined && self.in_condition {
                return self.defined(token);
            }
            if token.painted {
                return token;
            }
            if name == self.words.line || name == self.words.file {
                return self.place_token(token);
            }
            let Some(found) = self.macros.get(&name).cloned() else { return token };
            if self.active.contains(&name) {
                token.painted = true;
                return token;
            }
            if !self.invoke(&token, &found) {
                return token;
            }
        }
    }

    /// `__LINE__` or `__FILE__`.
    fn place_token(&mut self, token: PpTok) -> PpTok {
        let (file, line) = self.session.sources.presumed(token.span);
        let kind = if token.kind == PpKind::Ident(self.words.line) {
            PpKind::Number(line.to_string().into())
        } else {
            PpKind::Str(quoted(file).into())
        };
        PpTok { kind, ..token }
    }

    /// Replaces a use by what it stands for; false for the name of a macro with parameters without a `(` after it.
    fn invoke(&mut self, token: &PpTok, found: &Rc<Macro>) -> bool {
        self.spend(1, token.span);
        let mut span = token.span;
        let args = match &found.params {
            None => vec![],
            Some(_) => {
                if !self.eat_paren() {
                    return false;
                }
                match self.arguments(token, found, &mut span) {
                    Some(args) => args,
                    None => return true,
                }
            }
        };
        let mut tokens = self.substitute(found, &args, span);
        self.fresh |= tokens.is_empty() && token.line && !self.isolated;
        if let Some(first) = tokens.first_mut() {
            first.space = token.space;
            first.line = token.line;
        }
        if !self.dead {
            self.active.insert(found.name);
            self.frames.push(Frame { tokens, next: 0, of: Some(found.name) });
        }
        true
    }

    fn eat_paren(&mut self) -> bool {
        let outer = std::mem::replace(&mut self.in_args, true);
        let next = self.next_raw();
        self.in_args = outer;
        if next.is(Punct::ParenOpen) {
            return true;
        }
        if !next.is_end() {
            self.frames.push(Frame { tokens: vec![next], next: 0, of: None });
        }
        false
    }

    /// The arguments up to `)`, one for each parameter, not expanded. `span` grows to the whole use.
    fn arguments(&mut self, token: &PpTok, found: &Macro, span: &mut Span) -> Option<Vec<Vec<PpTok>>> {
        let params = found.params.as_ref().map_or(0, Vec::len);
        let outer = std::mem::replace(&mut self.in_args, true);
        let mut args: Vec<Vec<PpTok>> = vec![vec![]];
        let mut depth = 0usize;
        let whole = loop {
            let next = self.next_raw();
            match next.kind {
                PpKind::End => break false,
                PpKind::Punct(Punct::ParenClose) if depth == 0 => {
                    *span = span.to(next.span);
                    break true;
                }
                PpKind::Punct(Punct::Comma) if depth == 0 && !(found.variadic && args.len() >= params) => {
                    args.push(vec![]);
                    continue;
                }
                PpKind::Punct(Punct::ParenOpen) => depth += 1,
                PpKind::Punct(Punct::ParenClose) => depth -= 1,
                _ => {}
            }
            if let Some(last) = args.last_mut() {
                last.push(next);
            }
        };
        self.in_args = outer;
        if self.dead {
            return None;
        }
        if !whole {
            let text = self.session.text(found.name).to_owned();
            self.session.diags.push(
                Diagnostic::error(
                    token.span,
                    format!("the arguments of the macro `{text}` do not end: `)` is missing"),
                )
                .related(found.span, "defined here"),
            );
            return None;
        }
        self.fit(token, found, params, args)
    }

    /// As many arguments as parameters, or an error.
    fn fit(
        &mut self,
        token: &PpTok,
        found: &Macro,
        params: usize,
        mut args: Vec<Vec<PpTok>>,
    ) -> Option<Vec<Vec<PpTok>>> {
        let none = args.len() == 1 && args[0].is_empty();
        if params == 0 && none {
            return Some(vec![]);
        }
        if found.variadic && args.len() + 1 == params {
            args.push(vec![]);
        }
        if args.len() == params {
            return Some(args);
        }
        let text = self.session.text(found.name).to_owned();
        let given = if none { 0 } else { args.len() };
        let wanted = match (params, found.variadic) {
            (1, false) => "1 argument".to_owned(),
            (count, false) => format!("{count} arguments"),
            (count, true) => format!("at least {} arguments", count - 1),
        };
        self.session.diags.push(
            Diagnostic::error(token.span, format!("the macro `{text}` takes {wanted}, {given} given"))
                .related(found.span, "defined here"),
        );
        None
    }

    /// The body with arguments in the places of parameters, `#` and `##` done.
    fn substitute(&mut self, found: &Macro, args: &[Vec<PpTok>], span: Span) -> Vec<PpTok> {
        let mut out: Vec<PpTok> = vec![];
        let mut expanded: Vec<Option<Vec<PpTok>>> = vec![None; args.len()];
        let (mut at, mut paid) = (0, 0);
        while let Some(token) = found.body.get(at) {
            at += 1;
            let pasted = found.body.get(at).is_some_and(|next| next.kind == PpKind::HashHash);
            let here = PpTok { span, line: false, ..token.clone() };
            match token.kind {
                PpKind::Hash if found.params.is_some() => {
                    if let Some(index) = found.body.get(at).and_then(|next| found.param(next)) {
                        out.push(self.stringify(&args[index], here));
                        at += 1;
                    }
                }
                PpKind::HashHash => {
                    self.paste_next(found, args, span, at, &mut out);
                    at += 1;
                    // `#x` after `##` is two tokens of the body.
                    if found.params.is_some()
                        && found.body.get(at - 1).is_some_and(|t| t.kind == PpKind::Hash)
                    {
                        at += 1;
                    }
                }
                _ => match found.param(token) {
                    Some(index) if pasted => put(&mut out, &args[index], &here, true),
                    Some(index) => {
                        if expanded[index].is_none() {
                            expanded[index] = Some(self.expand_list(args[index].clone(), span));
                        }
                        put(&mut out, expanded[index].as_deref().unwrap_or(&[]), &here, false);
                    }
                    None => out.push(here),
                },
            }
            // What an argument brings is paid for as well: frames are kept until they are read.
            let grown = out.len().saturating_sub(paid) + 1;
            paid = out.len();
            self.spend(grown, span);
            if self.dead {
                return vec![];
            }
        }
        out.retain(|token| token.kind != PpKind::Nothing);
        out
    }

    /// `##`: joins the last token so far with the first of what stands at `at` of the body.
    fn paste_next(
        &mut self,
        found: &Macro,
        args: &[Vec<PpTok>],
        span: Span,
        at: usize,
        out: &mut Vec<PpTok>,
    ) {
        let Some(next) = found.body.get(at) else { return };
        let here = PpTok { span, line: false, ..next.clone() };
        let stringified = next.kind == PpKind::Hash && found.params.is_some();
        let index = match found.body.get(at + 1) {
            Some(param) if stringified => found.param(param),
            _ => found.param(next),
        };
        let mut right = match index {
            Some(index) if stringified => vec![self.stringify(&args[index], here)],
            Some(index) => {
                // `, ## __VA_ARGS__`: the comma goes where there is nothing after it.
                let rest = found.variadic && index + 1 == args.len();
                if rest && out.last().is_some_and(|token| token.is(Punct::Comma)) {
                    if args[index].is_empty() {
                        out.pop();
                    } else {
                        let list = self.expand_list(args[index].clone(), span);
                        put(out, &list, &here, false);
                    }
                    return;
                }
                let mut list = vec![];
                put(&mut list, &args[index], &here, true);
                list
            }
            None => vec![here],
        };
        let left = out.pop().unwrap_or_else(|| PpTok::new(PpKind::Nothing, span));
        let first = right.remove(0);
        self.spend(right.len(), span);
        out.extend(self.paste(left, first));
        out.append(&mut right);
    }

    /// One token of two; both, with a warning, where they do not make one: `h. ## name` is common, and C's preprocessors for
    /// assembler texts, which P4's compilers use, leave the two as they are.
    fn paste(&mut self, left: PpTok, right: PpTok) -> Vec<PpTok> {
        if left.kind == PpKind::Nothing {
            return vec![PpTok { space: left.space, ..right }];
        }
        if right.kind == PpKind::Nothing {
            return vec![left];
        }
        let text = format!("{}{}", self.written(&left), self.written(&right));
        self.spend(text.len() / 8, left.span);
        let comment = text.starts_with("//") || text.starts_with("/*");
        let mut lexer = Lexer::new(text.as_str().into(), left.span.file);
        if !comment {
            let token = lexer.next(self.session);
            if lexer.pos() == text.len() && !token.is_end() {
                return vec![PpTok { kind: token.kind, painted: false, ..left }];
            }
        }
        let message = format!("`##` makes `{text}`, which is not one token: the two stay as they are");
        self.session.diags.push(Diagnostic::warning(left.span, message).help("remove this `##`"));
        vec![left, right]
    }

    /// `#x`: the argument as a string.
    fn stringify(&mut self, arg: &[PpTok], here: PpTok) -> PpTok {
        let text = self.written_all(arg);
        let mut escaped = String::with_capacity(text.len() + 2);
        let mut inside = false;
        let mut backslash = false;
        for c in text.chars() {
            // Only what is within strings is escaped.
            let quote = c == '"' && !backslash;
            if c == '"' || (inside && c == '\\') {
                escaped.push('\\');
            }
            escaped.push(c);
            backslash = inside && c == '\\' && !backslash;
            inside ^= quote;
        }
        self.spend(escaped.len() / 8, here.span);
        PpTok { kind: PpKind::Str(format!("\"{escaped}\"").into()), ..here }
    }

    /// A list of tokens expanded on its own.
    pub(super) fn expand_list(&mut self, tokens: Vec<PpTok>, span: Span) -> Vec<PpTok> {
        if self.dead || tokens.is_empty() {
            return vec![];
        }
        if self.arg_depth >= DEEPEST_ARGUMENT {
            self.fatal(Diagnostic::error(
                span,
                format!(
                    "calls of macros within arguments of macros are nested more than {DEEPEST_ARGUMENT} deep"
                ),
            ));
            return vec![];
        }
        let list = vec![Frame { tokens, next: 0, of: None }];
        let frames = std::mem::replace(&mut self.frames, list);
        let isolated = std::mem::replace(&mut self.isolated, true);
        self.arg_depth += 1;
        let mut out = vec![];
        loop {
            let token = self.next_expanded();
            if token.is_end() {
                break;
            }
            out.push(token);
        }
        self.arg_depth -= 1;
        self.isolated = isolated;
        self.frames = if self.dead { vec![] } else { frames };
        out
    }
}

/// Puts an argument in the place of a parameter, with the white space of the parameter before it.
fn put(out: &mut Vec<PpTok>, arg: &[PpTok], here: &PpTok, keep_empty: bool) {
    if arg.is_empty() && keep_empty {
        out.push(PpTok { kind: PpKind::Nothing, ..here.clone() });
    }
    for (at, token) in arg.iter().enumerate() {
        let space = if at == 0 { here.space } else { token.space || token.line };
        out.push(PpTok { space, line: false, ..token.clone() });
    }
}

/// A text as a string literal.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
