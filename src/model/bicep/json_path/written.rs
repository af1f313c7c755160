//! How a path is written: what stands in quotes, in brackets and in regular expressions.

/// The signs of a text that stand in no quotes and in no regular expression (`/…/i`, where a value can stand).
pub(super) fn outside(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut within, mut escaped, mut before) = (None, false, '(');
    text.char_indices().filter(move |(_, c)| {
        match within {
            Some('/') if escaped => escaped = false,
            Some('/') if *c == '\\' => escaped = true,
            Some(end) if end == *c => within = None,
            Some(_) => {}
            None => {
                let starts = matches!(c, '\'' | '"') || *c == '/' && "(=~<>!&|".contains(before);
                if starts {
                    within = Some(*c);
                }
                if !c.is_whitespace() {
                    before = *c;
                }
                return !starts;
            }
        }
        false
    })
}

/// A text cut at a separator that stands outside of quotes and brackets.
pub(super) fn split<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let (mut out, mut start, mut depth) = (Vec::new(), 0, 0);
    for (i, c) in outside(text) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth == 0 && i >= start && text[i..].starts_with(separator) => {
                out.push(text[start..i].trim());
                start = i + separator.len();
            }
            _ => {}
        }
    }
    out.push(text.get(start..).unwrap_or_default().trim());
    out
}

pub(super) fn unquoted(text: &str) -> Option<&str> {
    let text = text.trim();
    ['\'', '"'].into_iter().find_map(|q| text.strip_prefix(q)?.strip_suffix(q))
}

/// Where the bracket ends that was opened before `text`.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (i, c) in outside(text) {
        match c {
            '[' => depth += 1,
            ']' if depth == 0 => return Some(i),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}
