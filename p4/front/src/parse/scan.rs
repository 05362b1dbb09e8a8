//! Looking ahead over types without parsing them, to tell `a < T > (x)` from two comparisons and `(T) x` from `(a) - x`.

use super::Parser;
use crate::token::{Keyword, Punct, Token, TokenKind};

/// No closing bracket.
pub(super) const NONE: u32 = u32::MAX;
/// Tokens that are looked at for one question, so that all questions together take linear time.
const FARTHEST: usize = 500;
const DEEPEST: usize = 50;

/// For each opening bracket the index of its closing one.
pub(super) fn brackets(tokens: &[Token]) -> Vec<u32> {
    let mut closing = vec![NONE; tokens.len()];
    let mut open: Vec<(Punct, usize)> = vec![];
    // How many of each kind are open, so that a stray closing bracket costs nothing.
    let mut counts = [0usize; 3];
    let index = |punct: Punct| match punct {
        Punct::ParenClose => Some((0, Punct::ParenOpen)),
        Punct::BracketClose => Some((1, Punct::BracketOpen)),
        Punct::BraceClose => Some((2, Punct::BraceOpen)),
        _ => None,
    };
    let kind = |punct: Punct| {
        [Punct::ParenOpen, Punct::BracketOpen, Punct::BraceOpen].iter().position(|p| *p == punct)
    };
    for (at, token) in tokens.iter().enumerate() {
        let TokenKind::Punct(punct) = token.kind else { continue };
        if let Some(kind) = kind(punct) {
            counts[kind] += 1;
            open.push((punct, at));
        } else if let Some((this, opener)) = index(punct)
            && counts[this] > 0
        {
            while let Some((found, from)) = open.pop() {
                if let Some(kind) = kind(found) {
                    counts[kind] -= 1;
                }
                if found == opener {
                    closing[from] = at as u32;
                    break;
                }
            }
        }
    }
    closing
}

/// A place of the look-ahead.
#[derive(Clone, Copy)]
pub(super) struct Ahead {
    at: usize,
    half: bool,
    /// Where looking ends.
    limit: usize,
}

impl Parser<'_> {
    fn ahead(&self, skip: usize) -> Ahead {
        let at = self.at + skip;
        Ahead { at, half: self.half && skip == 0, limit: at + FARTHEST }
    }

    fn kind_at(&self, ahead: Ahead) -> Option<&TokenKind> {
        if self.dead || ahead.at >= ahead.limit {
            None
        } else {
            self.tokens.get(ahead.at).map(|token| &token.kind)
        }
    }

    fn punct_at(&self, ahead: Ahead) -> Option<Punct> {
        match self.kind_at(ahead) {
            Some(TokenKind::Punct(Punct::Shr)) if ahead.half => Some(Punct::Gt),
            Some(TokenKind::Punct(punct)) => Some(*punct),
            _ => None,
        }
    }

    fn step(&self, mut ahead: Ahead) -> Ahead {
        ahead.at += 1;
        ahead.half = false;
        ahead
    }

    fn pass(&self, ahead: Ahead, punct: Punct) -> Option<Ahead> {
        (self.punct_at(ahead) == Some(punct)).then(|| self.step(ahead))
    }

    fn pass_angle(&self, ahead: Ahead) -> Option<Ahead> {
        match self.punct_at(ahead) {
            Some(Punct::Gt) => Some(self.step(ahead)),
            Some(Punct::Shr) => Some(Ahead { half: true, ..ahead }),
            _ => None,
        }
    }

    /// Past a pair of brackets and what is within.
    fn pass_pair(&self, ahead: Ahead) -> Option<Ahead> {
        match self.closing.get(ahead.at) {
            None | Some(&NONE) => None,
            Some(end) => Some(Ahead { at: *end as usize + 1, half: false, limit: *end as usize + FARTHEST }),
        }
    }

    fn is_name_at(&self, ahead: Ahead) -> bool {
        match self.kind_at(ahead) {
            Some(TokenKind::Ident(_)) => true,
            Some(TokenKind::Keyword(word)) => word.is_name(),
            _ => false,
        }
    }

    /// Past a type. `known`: an identifier is one only if it was declared as one.
    fn pass_type(&self, ahead: Ahead, known: bool, depth: usize) -> Option<Ahead> {
        if depth > DEEPEST {
            return None;
        }
        let mut ahead = match self.kind_at(ahead)? {
            TokenKind::Keyword(word) => match word {
                Keyword::Bool
                | Keyword::Error
                | Keyword::MatchKind
                | Keyword::String
                | Keyword::Void
                | Keyword::Underscore => self.step(ahead),
                Keyword::Bit | Keyword::Int | Keyword::Varbit => self.pass_width(self.step(ahead))?,
                Keyword::Tuple | Keyword::List => self.pass_args(self.step(ahead), true, depth + 1)?,
                word if word.is_non_type_name() && !known => self.step(ahead),
                _ => return None,
            },
            _ => self.pass_type_name(ahead, known, depth)?,
        };
        while self.punct_at(ahead) == Some(Punct::BracketOpen) {
            ahead = self.pass_pair(ahead)?;
        }
        Some(ahead)
    }

    fn pass_type_name(&self, ahead: Ahead, known: bool, depth: usize) -> Option<Ahead> {
        let (name_at, dot) = match self.pass(ahead, Punct::Dot) {
            Some(next) => (next, true),
            None => (ahead, false),
        };
        let TokenKind::Ident(name) = self.kind_at(name_at)? else { return None };
        let is_type = self.scopes.is_type(*name, dot);
        if known && !is_type {
            return None;
        }
        let next = self.step(name_at);
        let args = self.punct_at(next) == Some(Punct::Lt) && (is_type || !known);
        if args { self.pass_args(next, false, depth + 1) } else { Some(next) }
    }

    fn pass_width(&self, ahead: Ahead) -> Option<Ahead> {
        let Some(inner) = self.pass(ahead, Punct::Lt) else { return Some(ahead) };
        let inner = match self.kind_at(inner)? {
            TokenKind::Punct(Punct::ParenOpen) => self.pass_pair(inner)?,
            TokenKind::Int(_) | TokenKind::Ident(_) => self.step(inner),
            _ => return None,
        };
        self.pass_angle(inner)
    }

    /// Past type arguments. `known`: the first must be one without doubt (`realTypeArg` of the grammar).
    fn pass_args(&self, ahead: Ahead, known: bool, depth: usize) -> Option<Ahead> {
        let mut ahead = self.pass(ahead, Punct::Lt)?;
        if !known && let Some(end) = self.pass_angle(ahead) {
            return Some(end);
        }
        let mut first = known && depth == 0;
        loop {
            ahead = self.pass_type(ahead, first, depth)?;
            first = false;
            match self.pass(ahead, Punct::Comma) {
                Some(next) => ahead = next,
                None => return self.pass_angle(ahead),
            }
        }
    }

    /// At the `<` of `f<T>(x)`? `surely`: only if the first argument is known to be a type, else it may be a comparison.
    pub(super) fn at_type_args(&self, surely: bool) -> bool {
        let end = self.pass_args(self.ahead(0), surely, 0);
        end.is_some_and(|end| !end.half && self.punct_at(end) == Some(Punct::ParenOpen))
    }

    /// At the `(` of `(T) x`?
    pub(super) fn at_cast(&self) -> bool {
        let end = self.pass_type(self.ahead(1), true, 0);
        let underscore = self.kind(1) == Some(&TokenKind::Keyword(Keyword::Underscore));
        !underscore && end.is_some_and(|end| self.punct_at(end) == Some(Punct::ParenClose))
    }

    /// At `T name` or `T(...) name`, with a T that is no value.
    pub(super) fn at_declaration(&self) -> bool {
        let start = self.ahead(0);
        match self.kind(0) {
            Some(TokenKind::Keyword(Keyword::Error)) => !self.next_is(1, Punct::Dot),
            Some(TokenKind::Keyword(Keyword::List)) => self.next_is(1, Punct::Lt),
            Some(TokenKind::Keyword(word)) => word.begins_type(),
            Some(TokenKind::Punct(Punct::Dot)) | Some(TokenKind::Ident(_)) => {
                let dot = self.is(Punct::Dot);
                let Some(TokenKind::Ident(name)) = self.kind(usize::from(dot)) else { return false };
                let meaning = self.scopes.meaning(*name, dot);
                if meaning == Some(super::scope::Meaning::Value) {
                    return false;
                }
                let Some(end) = self.pass_type(start, false, 0) else { return false };
                let called = self.punct_at(end) == Some(Punct::ParenOpen) && meaning.is_some();
                let end = if called { self.pass_pair(end) } else { Some(end) };
                end.is_some_and(|end| self.is_name_at(end))
            }
            _ => false,
        }
    }

    /// The index of the bracket that closes the one here.
    pub(super) fn closing_here(&self) -> Option<usize> {
        self.closing.get(self.at).filter(|end| **end != NONE).map(|end| *end as usize)
    }
}
