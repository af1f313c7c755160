//! Paths and texts with values in them.

use crate::language::{Path, Root, Segment, TextPart};

/// Parses a path: `properties.subnets[*].name`, `tags.'a.b'`, `$shortName`, `.`.
///
/// # Errors
/// What is wrong with it.
pub fn path(text: &str) -> Result<Path, String> {
    let wrong = |why: &str| format!("`{text}` is no path: {why}");
    let (root, mut rest) = match text {
        "." => return Ok(Path { root: Root::Here, segments: Vec::new() }),
        "" => return Err(wrong("it is empty")),
        _ => root(text),
    };
    match &root {
        Root::Config(key) if key.is_empty() => return Err(wrong("`$config.` needs a key")),
        Root::Children(type_) if type_.is_empty() || !rest.is_empty() => {
            return Err(wrong("`$children[…]` holds a resource type, and nothing follows it"));
        }
        Root::Config(_) | Root::Children(_) => return Ok(Path { root, segments: Vec::new() }),
        Root::Outer(inner) if !matches!(**inner, Root::Here | Root::Name | Root::ShortName) => {
            return Err(wrong("`$outer` goes with a property, `$name` or `$shortName`"));
        }
        _ => {}
    }
    let mut segments = Vec::new();
    let mut first = rest.len() == text.len();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            let (key, tail) = key(after).ok_or_else(|| wrong("a name must follow `..`"))?;
            segments.push(Segment::Deep(key));
            rest = tail;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (inner, tail) = after.split_once(']').ok_or_else(|| wrong("`[` without `]`"))?;
            let quoted = inner.len() >= 2
                && (inner.starts_with('\'') && inner.ends_with('\'') || inner.starts_with('"') && inner.ends_with('"'));
            segments.push(if inner == "*" {
                Segment::Each
            } else if quoted {
                Segment::Key(inner[1..inner.len() - 1].to_string())
            } else {
                Segment::Index(inner.parse().map_err(|_| wrong("`[…]` holds a number, `*` or a quoted name"))?)
            });
            rest = tail;
        } else {
            let after = match rest.strip_prefix('.') {
                Some(after) => after,
                None if first => rest,
                None => return Err(wrong("a `.` or `[` is missing")),
            };
            let (key, tail) = key(after).ok_or_else(|| wrong("a name is missing"))?;
            segments.push(if key == "*" { Segment::Each } else { Segment::Key(key) });
            rest = tail;
        }
        first = false;
    }
    Ok(Path { root, segments })
}

fn root(text: &str) -> (Root, &str) {
    if let Some(key) = text.strip_prefix("$config.") {
        return (Root::Config(key.to_string()), "");
    }
    if let Some(after) = text.strip_prefix("$children[") {
        let (type_, rest) = after.split_once(']').unwrap_or(("", ""));
        return (Root::Children(type_.to_string()), rest);
    }
    if let Some(after) = text.strip_prefix("$outer") {
        match after.strip_prefix('.') {
            Some(inner) if inner.starts_with('$') => {
                let (inner, rest) = root(inner);
                return (Root::Outer(Box::new(inner)), rest);
            }
            _ if after.is_empty() || after.starts_with(['.', '[']) => {
                return (Root::Outer(Box::new(Root::Here)), after);
            }
            _ => {}
        }
    }
    let names = [
        ("$target", Root::Target),
        ("$parent", Root::Parent),
        ("$name", Root::Name),
        ("$shortName", Root::ShortName),
        ("$type", Root::Type),
        ("$id", Root::Id),
        ("$exported", Root::Exported),
        ("$kind", Root::Kind),
        ("$template", Root::Template),
    ];
    for (name, root) in names {
        if let Some(rest) = text.strip_prefix(name)
            && (rest.is_empty() || rest.starts_with(['.', '[']))
        {
            return (root, rest);
        }
    }
    (Root::Here, text)
}

/// A name at the start of a text, plain or quoted, and what follows.
fn key(text: &str) -> Option<(String, &str)> {
    if let Some(inner) = text.strip_prefix('\'') {
        let (key, rest) = inner.split_once('\'')?;
        return Some((key.to_string(), rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_string(), &text[end..]))
}

/// Parses a message: words with `{name}`, `{value}`, `{config.KEY}`, `{properties.x}`; `{{` and `}}` for braces.
///
/// # Errors
/// What is wrong with it.
pub fn message(text: &str) -> Result<Vec<TextPart>, String> {
    parts(text, "{")
}

/// Parses an operand: words with `${config.KEY}` and `${properties.x}`.
///
/// # Errors
/// What is wrong with it.
pub fn operand(text: &str) -> Result<Vec<TextPart>, String> {
    parts(text, "${")
}

fn parts(text: &str, open: &str) -> Result<Vec<TextPart>, String> {
    let mut out = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(open) {
        words.push_str(&rest[..at]);
        let after = &rest[at + open.len()..];
        if open == "{" && after.starts_with('{') {
            words.push('{');
            rest = &after[1..];
            continue;
        }
        let (inner, tail) = after.split_once('}').ok_or_else(|| format!("`{text}`: `{open}` without `}}`"))?;
        if !words.is_empty() {
            out.push(TextPart::Words(unescape(&words, open)));
            words.clear();
        }
        out.push(part(inner, open == "${")?);
        rest = tail;
    }
    words.push_str(rest);
    if !words.is_empty() {
        out.push(TextPart::Words(unescape(&words, open)));
    }
    Ok(out)
}

fn unescape(words: &str, open: &str) -> String {
    if open == "{" { words.replace("}}", "}") } else { words.to_string() }
}

/// What stands in braces. Operands know paths and configuration; messages know more, and take a path only if it looks like one.
fn part(inner: &str, operand: bool) -> Result<TextPart, String> {
    Ok(match inner {
        _ if operand && !inner.starts_with("config.") => TextPart::Property(path(inner)?),
        "name" => TextPart::Name,
        "value" => TextPart::Value,
        "path" => TextPart::Path,
        "target" => TextPart::Target,
        "count" => TextPart::Count,
        _ => match inner.strip_prefix("config.") {
            Some(key) if !key.is_empty() => TextPart::Config(key.to_string()),
            _ if inner.contains('.') || inner.starts_with('$') => TextPart::Property(path(inner)?),
            _ => {
                return Err(format!(
                    "`{{{inner}}}` is unknown: name, value, path, target, count, config.KEY, or a path with a dot"
                ));
            }
        },
    })
}
