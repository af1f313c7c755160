//! Strings.

use ecow::EcoString;

use super::super::ast::{Expr, ExprKind, Name, Part, Text};
use super::super::lexer::unescape;
use super::super::token::{Kind, Set, Token};
use super::expr::Allow;
use super::{Failed, Parse, Parser, invalid};
use crate::read::Span;

/// How a string is quoted.
#[derive(Clone, Copy)]
struct Quotes {
    multi: bool,
    /// How many `$` its `{` needs; 1 for a string on one line.
    dollars: usize,
}

impl Parser<'_> {
    /// A string; the next word must start one. Invalid if the lexer found something wrong with it.
    fn string(&mut self) -> Expr {
        let first = self.bump();
        let quotes = self.quotes(first);
        if first.kind == Kind::Str {
            let span = self.token_span(first);
            if first.bad {
                return invalid(span);
            }
            let text = self.content(first, quotes);
            return self.expr(ExprKind::Str(text), span);
        }
        let mut parts = Vec::new();
        let mut bad = first.bad;
        self.push_text(&mut parts, first, quotes);
        loop {
            parts.push(Part::Expr(self.hole()));
            if !matches!(self.peek(), Kind::StrMiddle | Kind::StrRight) {
                // The lexer closes every string on its line, and nothing skips over that.
                bad = true;
                break;
            }
            let piece = self.bump();
            bad |= piece.bad;
            if !piece.bad {
                self.push_text(&mut parts, piece, quotes);
            }
            if piece.kind == Kind::StrRight {
                break;
            }
        }
        let span = self.span_from(first.start);
        if bad { invalid(span) } else { self.expr(ExprKind::Interpolated(parts), span) }
    }

    /// What is between `${` and `}`.
    fn hole(&mut self) -> Expr {
        let start = self.start();
        let none = Set::new(&[Kind::NewLine]);
        let expr = self.recover(none, |p| p.expression(Allow::NOTHING));
        if matches!(self.peek(), Kind::StrMiddle | Kind::StrRight) {
            return expr.unwrap_or_else(|| invalid(self.span_from(start)));
        }
        let _ = self.expected("`}` to end the interpolation");
        self.sync(none);
        invalid(self.span_from(start))
    }

    /// A string, or a failure if the next word starts none or it is broken.
    pub(super) fn expect_string(&mut self, what: &str) -> Parse<Expr> {
        if !matches!(self.peek(), Kind::Str | Kind::StrLeft) {
            return Err(self.expected(what));
        }
        let expr = self.string();
        if matches!(expr.kind, ExprKind::Invalid) { Err(Failed) } else { Ok(expr) }
    }

    /// A string that may be broken.
    pub(super) fn string_expr(&mut self) -> Expr {
        self.string()
    }

    fn push_text(&self, parts: &mut Vec<Part>, piece: Token, quotes: Quotes) {
        if !piece.bad {
            let text = self.content(piece, quotes);
            if !text.value.is_empty() {
                parts.push(Part::Text(text));
            }
        }
    }

    fn quotes(&self, first: Token) -> Quotes {
        let text = self.text(first);
        let dollars = text.bytes().take_while(|&b| b == b'$').count();
        if dollars > 0 {
            return Quotes { multi: true, dollars };
        }
        Quotes { multi: text.starts_with("'''"), dollars: 1 }
    }

    /// The text of a piece without what is around it.
    fn content(&self, piece: Token, quotes: Quotes) -> Text {
        let quote = if quotes.multi { 3 } else { 1 };
        let (opens, closes) = match piece.kind {
            Kind::Str => (true, true),
            Kind::StrLeft => (true, false),
            Kind::StrMiddle => (false, false),
            _ => (false, true),
        };
        let text = self.text(piece);
        let prefix = text.bytes().take_while(|&b| b == b'$').count();
        let mut from = if opens { prefix + quote } else { 1 };
        let to = text.len().saturating_sub(if closes { quote } else { quotes.dollars + 1 });
        if opens && quotes.multi {
            // A line end right after the quotes is not part of the text.
            from += usize::from(text.as_bytes().get(from) == Some(&b'\r'));
            from += usize::from(text.as_bytes().get(from) == Some(&b'\n'));
        }
        let raw = text.get(from..to).unwrap_or("");
        let start = piece.start as usize + from;
        let span = Span::new(self.source.id, start, start + raw.len());
        let value = if quotes.multi || !raw.contains('\\') { EcoString::from(raw) } else { resolve(raw) };
        Text { value, span }
    }
}

/// The text with its escapes resolved.
fn resolve(raw: &str) -> EcoString {
    let mut out = EcoString::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let Some((character, length)) = unescape(&rest[at..]) else {
            break;
        };
        out.push(character);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// The name that a string is, if it has no interpolation.
pub(super) fn as_name(expr: Expr) -> Result<Name, Expr> {
    match expr.kind {
        ExprKind::Str(text) => Ok(Name { text: text.value, span: expr.span }),
        _ => Err(expr),
    }
}
