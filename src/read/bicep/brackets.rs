//! The brackets of a text that belong together, and where resources and modules are declared: what there is to know of a text
//! without reading its expressions.

use rustc_hash::FxHashMap;

use super::lexer::{Lexed, lex};
use super::token::{Kind, Token};
use crate::read::{Source, Span};

/// What is found.
#[derive(Debug, Default)]
pub struct Brackets {
    /// From each opening bracket to the end of the one that closes it, by their beginnings.
    pub pairs: Vec<Span>,
    /// Where each `resource` and `module` stands that begins a declaration, in the order of the text.
    pub declarations: Vec<u32>,
}

/// Finds the brackets of a Bicep text. One that is never closed is none.
pub fn brackets(source: &Source) -> Brackets {
    let Lexed { tokens, .. } = lex(source.id, source.text());
    let mut out = Brackets::default();
    let mut open: Vec<&Token> = Vec::new();
    let mut waiting: FxHashMap<Kind, usize> = FxHashMap::default();
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::LBrace | Kind::LParen | Kind::LSquare => {
                open.push(token);
                *waiting.entry(token.kind).or_default() += 1;
            }
            Kind::RBrace | Kind::RParen | Kind::RSquare => {
                let opens = match token.kind {
                    Kind::RBrace => Kind::LBrace,
                    Kind::RParen => Kind::LParen,
                    _ => Kind::LSquare,
                };
                // What is open within was not closed. Only what is there is looked for: what is passed over goes, so that is no more
                // work than there are brackets.
                let there = waiting.get(&opens).is_some_and(|n| *n > 0);
                if let Some(at) = there.then(|| open.iter().rposition(|o| o.kind == opens)).flatten() {
                    out.pairs.extend(open.get(at).map(|o| Span { file: source.id, start: o.start, end: token.end }));
                    for gone in open.drain(at..) {
                        waiting.entry(gone.kind).and_modify(|n| *n -= 1);
                    }
                }
            }
            Kind::Ident => {
                let first = i.checked_sub(1).and_then(|b| tokens.get(b)).is_none_or(|b| b.kind == Kind::NewLine);
                let word = source.text().get(token.start as usize..token.end as usize);
                let then = |n: usize| tokens.get(i + n).map(|t| t.kind);
                let typed = then(1) == Some(Kind::Ident) && matches!(then(2), Some(Kind::Str | Kind::StrLeft));
                if first && typed && matches!(word, Some("resource" | "module")) {
                    out.declarations.push(token.start);
                }
            }
            _ => {}
        }
    }
    out.pairs.sort_unstable();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;

    #[test]
    fn brackets_and_declarations() {
        let text = "// resource a 'x' = {\n@d(1)\nresource a 'x' = {\n  b: [(1)]\n  resource c 'y' = if (z) {}\n  d: resource\n}\nmodule m 'm' = {";
        let source = Sources::new().add("a.bicep", text);
        let found = brackets(&source);
        let parts: Vec<&str> = found.pairs.iter().map(|p| source.slice(*p).lines().next().unwrap_or("")).collect();
        assert_eq!(parts, ["(1)", "{", "[(1)]", "(1)", "(z)", "{}"]);
        let words: Vec<&str> = found.declarations.iter().map(|d| &text[*d as usize..*d as usize + 10]).collect();
        assert_eq!(words, ["resource a", "resource c", "module m '"]);
    }

    #[test]
    fn brackets_that_do_not_match() {
        let source = Sources::new().add("a.bicep", ") { ( } ] [");
        let found = brackets(&source);
        assert_eq!(found.pairs.iter().map(|p| source.slice(*p)).collect::<Vec<_>>(), ["{ ( }"]);
    }
}
