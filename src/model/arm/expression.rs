//! Template expressions: the language inside the `[…]` of a JSON string.
//!
//! The language is documented at
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions>:
//! calls of functions (`name(…)`, `namespace.name(…)`), strings in single quotes (a quote inside is doubled), numbers, and after a
//! call any number of `.name` and `[key]`. White space may stand anywhere between two words. There is no operator, no bare word and
//! no safe access (`.?`): Bicep compiles that to `tryGet`.

use ecow::EcoString;

use crate::model::expr::{Call, Expr, ExprKind};
use crate::nesting;
use crate::read::{FileId, Span};

/// Why a text is not an expression. Offsets are bytes of the decoded string; whoever reports them maps them into the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What is wrong, for a person.
    pub message: String,
    /// First byte of what is wrong.
    pub start: usize,
    /// One past its last byte; not before `start`.
    pub end: usize,
}

/// Whether a string is an expression: it begins with `[`, ends with `]`, and does not begin with `[[`.
pub fn is_expression(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') && text.len() > 1 && !text.starts_with("[[")
}

/// The literal that a string stands for if it is no expression: `[[text]` stands for `[text]`.
///
/// Only a string that also ends with `]` needs the escape, so only there is it taken away: `[[text` is what it says. (Bicep's
/// compiler writes escapes by the same rule.)
pub fn unescape(text: &str) -> &str {
    if text.starts_with("[[") && text.ends_with(']') { &text[1..] } else { text }
}

/// Parses a string for which [`is_expression`] holds, brackets included.
///
/// `place` turns an offset into `text` into an offset into the file, which differ where the JSON string has escapes. An offset
/// of one past the end is asked for too.
///
/// # Errors
/// The first thing that is not according to the grammar.
pub fn parse(text: &str, file: FileId, place: &dyn Fn(usize) -> u32) -> Result<Expr, ExpressionError> {
    let end = if text.len() > 1 && text.ends_with(']') { text.len() - 1 } else { text.len() };
    let start = usize::from(text.starts_with('['));
    let mut parser = Parser { text, at: start, end, file, place, args: Vec::new() };
    let (expr, _) = parser.expression(0)?;
    parser.space();
    if parser.at < parser.end {
        let found = parser.found();
        return Err(parser.error(format!("expected the end of the expression, found {found}")));
    }
    Ok(expr)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Where the closing bracket stands.
    end: usize,
    file: FileId,
    place: &'t dyn Fn(usize) -> u32,
    /// The arguments so far of all calls that are not closed yet, those of the outermost first: how many a call has is known at its end.
    args: Vec<Expr>,
}

/// An expression and how deep it is.
type Deep = (Expr, usize);

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.text.as_bytes().get(self.at).copied() } else { None }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn space(&mut self) {
        // Most often there is no white space.
        if self.peek().is_some_and(|b| b.is_ascii_graphic()) {
            return;
        }
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: (self.place)(start), end: (self.place)(end) }
    }

    /// What stands here, for a message.
    fn found(&self) -> String {
        match self.rest().chars().next() {
            None => "the end of the expression".to_owned(),
            Some(c) => {
                let word: String =
                    self.rest().chars().take_while(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
                if word.is_empty() { format!("`{c}`") } else { format!("`{word}`") }
            }
        }
    }

    fn error(&self, message: String) -> ExpressionError {
        let wide = self.rest().chars().next().map_or(0, char::len_utf8);
        ExpressionError { message, start: self.at, end: self.at + wide }
    }

    fn too_deep(&self) -> ExpressionError {
        self.error(format!("the expression is nested more than {} levels deep", nesting::EXPRESSION.levels()))
    }

    fn expression(&mut self, depth: usize) -> Result<Deep, ExpressionError> {
        if !nesting::EXPRESSION.allows(depth) {
            return Err(self.too_deep());
        }
        self.space();
        match self.peek() {
            Some(b'\'') => {
                let start = self.at;
                let kind = ExprKind::Str(self.string()?);
                Ok((self.literal(kind, start)?, 1))
            }
            Some(b'0'..=b'9' | b'-' | b'+') => {
                let start = self.at;
                let kind = self.number()?;
                Ok((self.literal(kind, start)?, 1))
            }
            _ if self.word_length() > 0 => self.call(depth),
            _ => {
                let found = self.found();
                Err(self
                    .error(format!("expected a function call, a string in single quotes or a number, found {found}")))
            }
        }
    }

    /// A literal, after which nothing may be looked into.
    fn literal(&mut self, kind: ExprKind, start: usize) -> Result<Expr, ExpressionError> {
        let expr = Expr::new(kind, self.span(start, self.at));
        self.space();
        match self.peek() {
            Some(b'.' | b'[') => {
                Err(self.error("only the result of a function can be looked into with `.` or `[`".into()))
            }
            _ => Ok(expr),
        }
    }

    /// A string in single quotes, the parser standing at the first.
    fn string(&mut self) -> Result<EcoString, ExpressionError> {
        let start = self.at;
        self.at += 1;
        let mut out = EcoString::new();
        loop {
            let rest = self.rest();
            let Some(length) = memchr::memchr(b'\'', rest.as_bytes()) else {
                let message = "the string has no closing quote".to_owned();
                return Err(ExpressionError { message, start, end: self.end });
            };
            out.push_str(rest.get(..length).unwrap_or_default());
            self.at += length + 1;
            if self.peek() != Some(b'\'') {
                return Ok(out);
            }
            out.push('\'');
            self.at += 1;
        }
    }

    fn digits(&mut self) -> usize {
        let n = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += n;
        n
    }

    fn number(&mut self) -> Result<ExprKind, ExpressionError> {
        let start = self.at;
        if matches!(self.peek(), Some(b'-' | b'+')) {
            self.at += 1;
        }
        let mut well_formed = self.digits() > 0;
        let mut whole = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            whole = false;
            well_formed &= self.digits() > 0;
        }
        if well_formed && matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            whole = false;
            if matches!(self.peek(), Some(b'-' | b'+')) {
                self.at += 1;
            }
            well_formed &= self.digits() > 0;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let wrong = |message: String| ExpressionError { message, start, end: self.at };
        if !well_formed || self.word_length() > 0 {
            return Err(wrong(format!("`{text}` is not a number")));
        }
        if whole {
            return match text.parse() {
                Ok(i) => Ok(ExprKind::Int(i)),
                Err(_) => Err(wrong(format!("the number {text} does not fit into 64 bits"))),
            };
        }
        match text.parse::<f64>() {
            Ok(f) if f.is_finite() => Ok(ExprKind::Float(f)),
            _ => Err(wrong(format!("the number {text} is too large"))),
        }
    }

    /// How many bytes of a name stand here.
    fn word_length(&self) -> usize {
        // Nearly all names are ASCII.
        let rest = self.rest().as_bytes();
        let in_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
        let end = rest.iter().position(|b| !in_name(b)).unwrap_or(rest.len());
        if rest.get(end).is_none_or(u8::is_ascii) {
            return if rest.first().is_some_and(u8::is_ascii_digit) { 0 } else { end };
        }
        let mut chars = self.rest().char_indices();
        match chars.next() {
            Some((_, c)) if c.is_alphabetic() || c == '_' || c == '$' => {}
            _ => return 0,
        }
        let end = chars.find(|(_, c)| !(c.is_alphanumeric() || *c == '_' || *c == '$')).map(|(i, _)| i);
        end.unwrap_or_else(|| self.rest().len())
    }

    fn word(&mut self) -> Option<(EcoString, usize)> {
        let start = self.at;
        let length = self.word_length();
        self.at += length;
        (length > 0).then(|| (EcoString::from(self.text.get(start..self.at).unwrap_or_default()), start))
    }

    fn call(&mut self, depth: usize) -> Result<Deep, ExpressionError> {
        let first = self.at;
        let Some((mut name, mut name_start)) = self.word() else {
            return Err(self.error("expected the name of a function".into()));
        };
        let mut name_end = self.at;
        let mut namespace = None;
        self.space();
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.space();
            let Some((second, start)) = self.word() else {
                let found = self.found();
                return Err(self.error(format!("expected the name of a function after `{name}.`, found {found}")));
            };
            namespace = Some(std::mem::replace(&mut name, second));
            (name_start, name_end) = (start, self.at);
            self.space();
        }
        if self.peek() != Some(b'(') {
            let found = self.found();
            let mut error = self.error(format!("expected `(` after the function name `{name}`, found {found}"));
            error.start = first;
            error.end = name_end;
            return Err(error);
        }
        self.at += 1;
        let (args, inner) = self.arguments(&name, depth)?;
        let name_span = self.span(name_start, name_end);
        let call = ExprKind::Call(Box::new(Call::new(namespace, name, name_span, args)));
        let expr = Expr::new(call, self.span(first, self.at));
        self.accesses(expr, inner + 1, depth)
    }

    /// The arguments of a call and the closing parenthesis.
    fn arguments(&mut self, name: &str, depth: usize) -> Result<(Vec<Expr>, usize), ExpressionError> {
        let first = self.args.len();
        let mut deepest = 0;
        self.space();
        if self.peek() == Some(b')') {
            self.at += 1;
            return Ok((Vec::new(), deepest));
        }
        loop {
            let (arg, deep) = self.expression(depth + 1)?;
            self.args.push(arg);
            deepest = deepest.max(deep);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b')') => {
                    self.at += 1;
                    return Ok((self.args.split_off(first), deepest));
                }
                _ => {
                    let found = self.found();
                    return Err(self.error(format!("expected `,` or `)` in the call of `{name}`, found {found}")));
                }
            }
        }
    }

    /// The accesses after a call. `own` is how deep the call itself is, `depth` how deep it stands.
    fn accesses(&mut self, mut base: Expr, mut own: usize, depth: usize) -> Result<Deep, ExpressionError> {
        loop {
            let before = self.at;
            self.space();
            let key = match self.peek() {
                Some(b'.') => {
                    self.at += 1;
                    self.space();
                    let Some((name, start)) = self.word() else {
                        let found = self.found();
                        return Err(self.error(format!("expected the name of a property after `.`, found {found}")));
                    };
                    Expr::new(ExprKind::Str(name), self.span(start, self.at))
                }
                Some(b'[') => {
                    self.at += 1;
                    let (key, deep) = self.expression(depth + 1)?;
                    own = own.max(deep);
                    self.space();
                    if self.peek() != Some(b']') {
                        let found = self.found();
                        return Err(self.error(format!("expected `]`, found {found}")));
                    }
                    self.at += 1;
                    key
                }
                _ => {
                    self.at = before;
                    return Ok((base, own));
                }
            };
            own += 1;
            if !nesting::EXPRESSION.allows(depth + own - 1) {
                return Err(self.too_deep());
            }
            let span = Span { end: (self.place)(self.at), ..base.span };
            base = Expr::new(ExprKind::Access { base: Box::new(base), key: Box::new(key), safe: false }, span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(n: usize) -> u32 {
        u32::try_from(n).unwrap() + 100
    }

    fn read(text: &str) -> Result<Expr, ExpressionError> {
        parse(text, FileId::new(0), &offset)
    }

    /// The tree in one line, each node with the text at its span.
    fn show(e: &Expr, text: &str) -> String {
        let s = e.span;
        let at = &text[s.start as usize - 100..s.end as usize - 100];
        match &e.kind {
            ExprKind::Str(v) => format!("{v:?}@{at}"),
            ExprKind::Int(v) => format!("{v}@{at}"),
            ExprKind::Float(v) => format!("{v:?}@{at}"),
            ExprKind::Call(c) => {
                let args: Vec<_> = c.args.iter().map(|a| show(a, text)).collect();
                let name = &text[c.name_span.start as usize - 100..c.name_span.end as usize - 100];
                assert_eq!(name, c.name);
                let namespace = c.namespace.as_ref().map(|n| format!("{n}.")).unwrap_or_default();
                format!("{namespace}{}({})@{at}", c.name, args.join("; "))
            }
            ExprKind::Access { base, key, safe } => {
                assert!(!safe);
                format!("{{{}}}[{}]@{at}", show(base, text), show(key, text))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_an_expression() {
        for (text, yes) in
            [("[a()]", true), ("[[a]", false), ("[a", false), ("a]", false), ("[]", true), ("[", false), ("", false)]
        {
            assert_eq!(is_expression(text), yes, "{text}");
        }
        for (text, literal) in [("[[a]", "[a]"), ("[[a", "[[a"), ("[a", "[a"), ("[[[a]", "[[a]"), ("x", "x")] {
            assert_eq!(unescape(text), literal, "{text}");
        }
    }

    #[test]
    fn trees_and_spans() {
        for (text, want) in [
            ("['it''s']", r#""it's"@'it''s'"#),
            ("[-12]", "-12@-12"),
            ("[1.5]", "1.5@1.5"),
            ("[ f ( ) ]", "f()@f ( )"),
            ("[ns.f('a',\n 2)]", "ns.f(\"a\"@'a'; 2@2)@ns.f('a',\n 2)"),
            ("[a().b]", "{a()@a()}[\"b\"@b]@a().b"),
            ("[a()[0] . c]", "{{a()@a()}[0@0]@a()[0]}[\"c\"@c]@a()[0] . c"),
            ("[a()[b('é')]]", "{a()@a()}[b(\"é\"@'é')@b('é')]@a()[b('é')]"),
            ("['']", "\"\"@''"),
        ] {
            assert_eq!(show(&read(text).unwrap(), text), want, "{text}");
        }
    }

    #[test]
    fn errors_say_where() {
        for (text, part, start) in [
            ("[]", "expected a function call", 1),
            ("[f(]", "expected a function call", 3),
            ("[f('a]", "no closing quote", 3),
            ("[f('a' 'b')]", "expected `,` or `)`", 7),
            ("[true]", "expected `(`", 1),
            ("[f() g]", "end of the expression", 5),
            ("[f().]", "name of a property", 5),
            ("[f()[0]", "expected `]`", 6),
            ("[99999999999999999999]", "64 bits", 1),
            ("['a'.b]", "only the result", 4),
            ("[1x]", "not a number", 1),
            ("[-]", "not a number", 1),
            ("[f(,)]", "expected a function call", 3),
            ("[f()?]", "end of the expression", 4),
        ] {
            let e = read(text).unwrap_err();
            assert!(e.message.contains(part), "{text}: {e}");
            assert_eq!(e.start, start, "{text}: {e}");
            assert!(e.end >= e.start && e.end <= text.len(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |n: usize| format!("[{}1{}]", "f(".repeat(n), ")".repeat(n));
        assert!(read(&deep(200)).is_ok());
        assert!(read(&deep(100_000)).is_err());
        let chain = |n: usize| format!("[f(){}]", ".a".repeat(n));
        assert!(read(&chain(200)).is_ok());
        assert!(read(&chain(100_000)).is_err());
        assert!(read(&format!("[f(){}", "[f()".repeat(100_000))).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\[[a-c.,()'\\[\\]0-9 é-]{0,40}\\]") {
            if let Err(e) = read(&text) {
                proptest::prop_assert!(e.start <= e.end && e.end <= text.len());
                proptest::prop_assert!(text.is_char_boundary(e.start) && text.is_char_boundary(e.end));
            }
        }
    }
}
