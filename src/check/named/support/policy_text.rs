//! The text of a policy without what is not XML in it: expressions in C#, statements in Liquid, and a `<` that begins no tag.
//!
//! An expression stands in an attribute or in text, from `@(` or `@{` to the bracket that closes it, and may hold whatever C# holds:
//! `@(context.Request.Body.As<JObject>()[")"])`. In a policy in the format `xml` its quotes are written `&quot;`.

use memchr::memmem;

/// So many expressions may be without an end before none is looked for any more: each of them takes all that follows to find out.
const MOST_UNCLOSED: usize = 8;

/// A text in which each expression is an `@`.
pub fn without_expressions(text: &str) -> String {
    let mut all = Policy { text, at: 0, out: String::with_capacity(text.len()), copied: 0, unclosed: 0, liquid: true };
    while let Some(next) = all.find(b"<@{") {
        all.at = next;
        match text.as_bytes()[next] {
            b'<' => all.markup(),
            b'@' => all.expression(),
            _ => all.statement(),
        }
    }
    all.copy(text.len());
    all.out
}

struct Policy<'t> {
    text: &'t str,
    at: usize,
    out: String,
    /// As far as the text is in `out`, or left out.
    copied: usize,
    /// How many expressions had no end.
    unclosed: usize,
    /// There may be more statements in Liquid.
    liquid: bool,
}

impl Policy<'_> {
    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Where one of these characters stands next.
    fn find(&self, chars: &[u8]) -> Option<usize> {
        self.rest().iter().position(|b| chars.contains(b)).map(|found| self.at + found)
    }

    fn copy(&mut self, to: usize) {
        self.out.push_str(self.text.get(self.copied..to).unwrap_or_default());
        self.copied = to;
    }

    /// Puts something else in the place of what goes on from here to there.
    fn replace(&mut self, to: usize, with: &str) {
        self.copy(self.at);
        self.out.push_str(with);
        (self.at, self.copied) = (to, to);
    }

    /// Goes to the end of a text that is found from here on, or of all.
    fn skip_past(&mut self, end: &str) {
        self.at =
            memmem::find(self.rest(), end.as_bytes()).map_or(self.text.len(), |found| self.at + found + end.len());
    }

    /// At a `<`.
    fn markup(&mut self) {
        let rest = self.rest();
        if rest.starts_with(b"<!--") {
            self.skip_past("-->");
        } else if rest.starts_with(b"<![CDATA[") {
            self.skip_past("]]>");
        } else if rest.starts_with(b"<?") {
            self.skip_past("?>");
        } else {
            match rest.get(1) {
                Some(b'/' | b'!' | b'_' | b':') => self.tag(),
                Some(b) if b.is_ascii_alphabetic() || !b.is_ascii() => self.tag(),
                _ => self.replace(self.at + 1, "&lt;"),
            }
        }
    }

    /// From the `<` of a tag to its end.
    fn tag(&mut self) {
        self.at += 1;
        while let Some(next) = self.find(b">\"'") {
            self.at = next + 1;
            match self.text.as_bytes()[next] {
                b'>' => return,
                quote => self.attribute(quote),
            }
        }
        self.at = self.text.len();
    }

    /// From the quote that opens a value to behind the one that closes it.
    fn attribute(&mut self, quote: u8) {
        while let Some(next) = self.find(&[quote, b'@']) {
            self.at = next;
            if self.text.as_bytes()[next] == quote {
                self.at += 1;
                return;
            }
            self.expression();
        }
        self.at = self.text.len();
    }

    /// At an `@`.
    fn expression(&mut self) {
        let open = self.rest().get(1).is_some_and(|b| matches!(b, b'(' | b'{'));
        if !open || self.unclosed >= MOST_UNCLOSED {
            self.at += 1;
            return;
        }
        match code_end(self.text.as_bytes(), self.at + 1) {
            Some(end) => self.replace(end, "@"),
            None => {
                self.unclosed += 1;
                self.at += 1;
            }
        }
    }

    /// At a `{`, perhaps of a statement in Liquid: `{% if a < b %}`.
    fn statement(&mut self) {
        if self.liquid && self.rest().starts_with(b"{%") {
            match memmem::find(self.rest(), b"%}") {
                Some(found) => return self.replace(self.at + found + 2, ""),
                None => self.liquid = false,
            }
        }
        self.at += 1;
    }
}

/// Where something in C# stands.
enum Within {
    /// In code, so many brackets deep; what opens and closes them.
    Code { open: u8, close: u8, depth: usize },
    /// In a string.
    Text { quote: &'static [u8], verbatim: bool, holes: bool },
}

/// What a quote can be written as.
const QUOTES: [&[u8]; 3] = [b"\"", b"&quot;", b"&#34;"];
/// The same of an apostrophe.
const APOSTROPHES: [&[u8]; 3] = [b"'", b"&apos;", b"&#39;"];

fn starting(with: &[&'static [u8]], text: &[u8]) -> Option<&'static [u8]> {
    with.iter().copied().find(|w| text.starts_with(w))
}

/// The place behind the bracket that closes the one at `at`; brackets in strings, characters and comments are none.
fn code_end(text: &[u8], mut at: usize) -> Option<usize> {
    let close = |open: u8| if open == b'(' { b')' } else { b'}' };
    let first = *text.get(at)?;
    let mut within = vec![Within::Code { open: first, close: close(first), depth: 0 }];
    loop {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        match within.last_mut()? {
            Within::Code { open, close, depth } => {
                let c = rest[0];
                if let Some((prefix, string)) = string_start(rest) {
                    at += prefix;
                    within.push(string);
                } else if let Some(whole) = character(rest) {
                    at += whole;
                } else if rest.starts_with(b"//") {
                    at += memchr::memchr2(b'\n', b'\r', rest)?;
                } else if rest.starts_with(b"/*") {
                    at += 2 + memmem::find(&rest[2..], b"*/")? + 2;
                } else {
                    at += 1;
                    if c == *open {
                        *depth += 1;
                    } else if c == *close {
                        *depth -= 1;
                        if *depth == 0 {
                            within.pop();
                            if within.is_empty() {
                                return Some(at);
                            }
                        }
                    }
                }
            }
            Within::Text { quote, verbatim, holes } => {
                let (quote, doubled) =
                    (*quote, |with: &[u8]| rest.starts_with(with) && rest[with.len()..].starts_with(with));
                if *holes && (doubled(b"{") || doubled(b"}")) {
                    at += 2;
                } else if *holes && rest[0] == b'{' {
                    within.push(Within::Code { open: b'{', close: b'}', depth: 0 });
                } else if *verbatim && doubled(quote) {
                    at += 2 * quote.len();
                } else if !*verbatim && rest[0] == b'\\' {
                    // What is escaped may be a quote, however it is written.
                    at += 1 + starting(&QUOTES, &rest[1..]).map_or(1, <[u8]>::len);
                } else if rest.starts_with(quote) {
                    at += quote.len();
                    within.pop();
                } else {
                    at += 1;
                }
            }
        }
    }
}

/// A string that begins here, with what stands before its text: `"`, `@"`, `$"`, `$@"`.
fn string_start(text: &[u8]) -> Option<(usize, Within)> {
    let marks = text.iter().take(2).take_while(|b| matches!(b, b'@' | b'$')).count();
    let (before, rest) = text.split_at(marks);
    let quote = starting(&QUOTES, rest)?;
    let string = Within::Text { quote, verbatim: before.contains(&b'@'), holes: before.contains(&b'$') };
    Some((marks + quote.len(), string))
}

/// The bytes of a character that begins here: `')'`, `'\''`, `'\u0041'`.
fn character(text: &[u8]) -> Option<usize> {
    /// The longest: `'\U0001F600'` with its quotes written out.
    const LONGEST: usize = 24;
    let quote = starting(&APOSTROPHES, text)?;
    let inner = &text[quote.len()..];
    let (skip, most) = match inner.first()? {
        b'\\' => (2, LONGEST),
        // A reference: `&lt;`, `&quot;`.
        b'&' => (1, LONGEST),
        _ => (1, 4),
    };
    let tail = inner.get(skip..)?;
    let end = (0..=most.min(tail.len())).find(|end| tail[*end..].starts_with(quote))?;
    Some(quote.len() + skip + end + quote.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(expression: &str) -> String {
        without_expressions(&format!("<a b=\"{expression}\" c='1'/>"))
    }

    #[test]
    fn expressions_end_where_their_brackets_close() {
        let all = [
            r#"@(context.Request.Url.Path.Replace(")", ""))"#,
            r#"@{ return "}"; }"#,
            r#"@(a["b"] < 1 && c > 2)"#,
            r#"@(x == ')' || y == '"' || z == '\'')"#,
            r#"@("\")" + @"\" + @"a"")" + $"{d["}"]}){{" + $@"{(x)}"")")"#,
            "@{ // it's )\" }\n /* \" } */ return 1; }",
            "@(context.Path.Replace(&quot;)&quot;, &quot;\\&quot;)&quot;) + &apos;)&apos;)",
            r#"@((char)39 + new List<string>().Count)"#,
            r#" @("é" + 'é')"#,
        ];
        for expression in all {
            let blank = if expression.starts_with(' ') { " " } else { "" };
            assert_eq!(value(expression), format!("<a b=\"{blank}@\" c='1'/>"), "{expression}");
            let in_text = format!("<a>x {expression} y</a>");
            assert_eq!(without_expressions(&in_text), format!("<a>x {blank}@ y</a>"), "{expression}");
        }
        assert_eq!(value(r#"Bearer @(context.Variables["a<b"])!"#), "<a b=\"Bearer @!\" c='1'/>");
    }

    #[test]
    fn what_is_no_expression_stays() {
        let same = [
            "<a b=\"x@y.z\"/>",
            "<!-- @( --><a/>",
            "<![CDATA[@(]]><a/>",
            "<?x @( ?><a/>",
            "<a>@(</a>",
            "<a b=\"@(/>",
            "<",
        ];
        for text in same {
            let expected = if text == "<" { "&lt;" } else { text };
            assert_eq!(without_expressions(text), expected);
        }
        assert_eq!(without_expressions("<a>{% if a < b %}1 < 2{% endif %}{% x</a>"), "<a>1 &lt; 2{% x</a>");
    }

    #[test]
    fn hostile_texts_take_no_time() {
        for piece in ["@(", "@{\"", "<a b=\"@('", "{%", "@($\"{", "@(/*", "<", "@(//"] {
            let text = piece.repeat(200_000);
            assert!(without_expressions(&text).len() >= text.len() / 2, "{piece}");
        }
    }
}
