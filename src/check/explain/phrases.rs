//! Values, lists, patterns and numbers as messages write them.

use std::fmt::Write as _;

use ecow::EcoString;

use crate::check::verdict::compare::Lit;
use crate::check::verdict::evidence::{Found, is_secret};
use crate::expand::known::secret::{MASK, tells};
use crate::expand::known::{expression, known_part, short};
use crate::expand::{Data, Value};
use crate::rules::language::Op;

/// A value in a message: short, on one line, without secrets.
pub fn show(found: Found<'_>) -> String {
    if is_secret(found) {
        return MASK.to_string();
    }
    match found {
        Found::Value(v) | Found::Secret(v) => show_value(v),
        Found::Missing => "not set".to_string(),
        Found::Unknown(r) | Found::Within { object: r, .. } => open(&Value::new(Data::Residual(r.clone()))),
    }
}

/// A value of a template in a message.
pub fn show_value(v: &Value) -> String {
    if tells(v) {
        return MASK.to_string();
    }
    let mut out = String::new();
    write_json(v, &mut out);
    shortened(out)
}

/// What is not decided: the part of its text that is known, as a text, or the expression.
fn open(v: &Value) -> String {
    match (known_part(v), v.as_residual()) {
        (Some(known), _) => shortened(serde_json::Value::from(known.as_str()).to_string()),
        (None, Some(r)) => expression(r).to_string(),
        (None, None) => String::new(),
    }
}

fn shortened(text: String) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn write_json(v: &Value, out: &mut String) {
    let _ = match &v.data {
        Data::Null => write!(out, "null"),
        Data::Bool(b) => write!(out, "{b}"),
        Data::Int(i) => write!(out, "{i}"),
        Data::Float(f) => write!(out, "{f}"),
        Data::Str(s) => write!(out, "{}", serde_json::Value::from(s.as_str())),
        Data::Residual(_) => write!(out, "{}", open(v)),
        Data::Array(a) => {
            out.push('[');
            for (i, v) in a.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                if out.len() > 200 {
                    break;
                }
                write_json(v, out);
            }
            write!(out, "]")
        }
        Data::Object(o) => {
            out.push('{');
            for (i, m) in o.members.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                if out.len() > 200 {
                    break;
                }
                let _ = write!(out, "{}: ", m.key);
                write_json(&m.value, out);
            }
            write!(out, "}}")
        }
    };
}

/// What is compared with.
pub fn show_lit(l: &Lit<'_>) -> String {
    show_list(l, "or")
}

/// What is compared with, the last of several after this word.
pub fn show_list(l: &Lit<'_>, word: &str) -> String {
    match l {
        Lit::Null => "null".to_string(),
        Lit::Str(s) => serde_json::Value::from(s.as_ref()).to_string(),
        Lit::List(items) => listed(items.iter().map(|l| show_list(l, word)).collect(), word),
        Lit::Object => "an object".to_string(),
        Lit::Unknown(_) => "an unknown value".to_string(),
        other => other.text().unwrap_or_default().to_string(),
    }
}

/// `a, b or c`. What is written in two ways that differ in spaces only is told once.
fn listed(all: Vec<String>, word: &str) -> String {
    let mut told: Vec<String> = Vec::new();
    for text in all {
        let bare = |s: &str| s.replace(' ', "");
        if !told.iter().any(|t| bare(t) == bare(&text)) {
            told.push(text);
        }
    }
    match told.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {word} {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_string(),
    }
}

/// Patterns as they are written, not as JSON would escape them.
pub fn patterns(l: &Lit<'_>) -> String {
    match l {
        Lit::List(items) => listed(items.iter().map(patterns).collect(), "or"),
        other => format!("`{}`", other.text().unwrap_or_default()),
    }
}

/// What an expression says, after "must" or "must not": in words if it is plain, else the expression.
pub fn matching(l: &Lit<'_>) -> String {
    let text = match l {
        Lit::List(_) => None,
        other => other.text(),
    };
    text.as_deref().and_then(plain).unwrap_or_else(|| format!("match {}", patterns(l)))
}

/// What a plain expression says: one text, such as `^Disabled$` or `preview`, or few of them, as in `^(\*|any|.*/0)$`.
pub fn plain(expression: &str) -> Option<String> {
    if let Some(inner) = expression.strip_prefix("^(").and_then(|e| e.strip_suffix(")$")) {
        return alternatives(inner);
    }
    let start = expression.strip_prefix('^');
    let rest = start.unwrap_or(expression);
    let end = rest.strip_suffix('$').filter(|before| !before.ends_with('\\'));
    let verb = match (start, end) {
        (Some(_), Some(_)) => "be",
        (Some(_), None) => "start with",
        (None, Some(_)) => "end with",
        (None, None) => "contain",
    };
    Some(format!("{verb} `{}`", literal(end.unwrap_or(rest))?))
}

fn alternatives(inner: &str) -> Option<String> {
    const MOST: usize = 8;
    let all: Vec<&str> = inner.split('|').take(MOST + 1).collect();
    let mut texts = Vec::new();
    let mut ends = Vec::new();
    for one in &all {
        match one.strip_prefix(".*") {
            Some(end) => ends.push(format!("`{}`", literal(end)?)),
            None => texts.push(format!("`{}`", literal(one)?)),
        }
    }
    let words = [("be", texts), ("end with", ends)].into_iter().filter(|(_, list)| !list.is_empty());
    let words: Vec<String> = words.map(|(verb, list)| format!("{verb} {}", listed(list, "or"))).collect();
    (all.len() <= MOST).then(|| words.join(" or "))
}

/// The text that an expression without any sign matches; `None` if it has one.
fn literal(expression: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = expression.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.push(rest.next().filter(|c| !c.is_alphanumeric())?),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' => return None,
            c => out.push(c),
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Kinds of values: `a string or an array`.
pub fn kinds(l: &Lit<'_>) -> String {
    let one = |l: &Lit<'_>| {
        let kind = l.text().unwrap_or_default();
        if kind == "lower" || kind == "upper" {
            return format!("in {kind} case");
        }
        let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {kind}")
    };
    listed(l.items().iter().map(one).collect(), "or")
}

/// A constraint on versions: `1.2 or later`.
pub fn versions(l: &Lit<'_>) -> String {
    let text = l.text().unwrap_or_default();
    let one = |s: &str| {
        let s = s.trim();
        let after = |sign: &str| s.strip_prefix(sign).map(str::trim);
        match () {
            () if s.contains(' ') => s.to_string(),
            () => match (after(">="), after("<="), after(">"), after("<")) {
                (Some(v), ..) => format!("{v} or later"),
                (_, Some(v), ..) => format!("{v} or earlier"),
                (_, _, Some(v), _) => format!("later than {v}"),
                (.., Some(v)) => format!("earlier than {v}"),
                _ => after("^")
                    .map(|v| within(v, 1))
                    .or_else(|| after("~").map(|v| within(v, 2)))
                    .unwrap_or_else(|| s.trim_start_matches('=').to_string()),
            },
        }
    };
    text.split("||").map(one).collect::<Vec<_>>().join(", or ")
}

/// The versions that have the first numbers of one: `3.x`, and from where if that is not its first.
fn within(version: &str, numbers: usize) -> String {
    let same = version.split('.').take(numbers).collect::<Vec<_>>().join(".");
    let first = version.split('.').skip(numbers).all(|n| n.trim_start_matches('0').is_empty());
    if first { format!("{same}.x") } else { format!("{same}.x, {version} or later") }
}

/// A number of things: `1 item`, `2 items`.
pub fn counted(n: usize, noun: &str) -> String {
    format!("{n} {}", plural(n, noun))
}

/// A name in a sentence: something to see even if it is empty.
pub fn named(name: &str) -> String {
    if name.is_empty() { "\"\"".to_string() } else { name.to_string() }
}

/// The noun for a number of things.
pub fn plural(n: usize, noun: &str) -> String {
    if n == 1 { noun.to_string() } else { format!("{noun}s") }
}

/// A comparison with a number: `at least 3`.
pub fn number_words(op: Op, operand: &Lit<'_>) -> String {
    let n = operand.text().map_or_else(|| show_lit(operand), |t| t.to_string());
    match op {
        Op::Greater => format!("more than {n}"),
        Op::GreaterOrEquals => format!("at least {n}"),
        Op::Less => format!("less than {n}"),
        Op::LessOrEquals => format!("at most {n}"),
        Op::NotEquals => format!("not {n}"),
        _ => n,
    }
}

/// That a finding hangs on a part of the deployment context that nobody gave; a sentence that follows another.
pub const ASSUMED: &str = " This hangs on the region, resource group or subscription, which nobody named: armlint assumes one; \
    `AZURE_RESOURCE_GROUP` and `AZURE_SUBSCRIPTION` in the configuration say which.";

/// Words as a sentence.
pub fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let dot = if words.ends_with(['.', '!', '?']) || words.is_empty() { "" } else { "." };
    format!("{first}{}{dot}", chars.as_str())
}

/// What is supposed of things that are open: `sku = "Basic", tier = "B"`.
pub fn supposed<'v>(values: impl Iterator<Item = (&'v str, &'v Value)>) -> String {
    values.map(|(what, value)| format!("{} = {}", short(what), show_value(value))).collect::<Vec<_>>().join(", ")
}

/// That something is so whatever these things come to; a sentence that follows another.
pub fn for_every_value<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names = names.map(|n| format!("`{}`", short(n))).collect::<Vec<_>>().join(" and ");
    format!(" This is so for every value of {names}.")
}

/// That something is so with some values only: each of them as [`supposed`] writes it, and what is so with the first.
pub fn only_with(values: &[&str], first: &str) -> EcoString {
    const SHOWN: usize = 3;
    let mut with = values.iter().take(SHOWN).copied().collect::<Vec<_>>().join("; with ");
    if values.len() > SHOWN {
        with.push_str("; …");
    }
    ecow::eco_format!("It is not known before deployment. With {with}: {first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_told_in_words() {
        let words = |expression: &str| matching(&Lit::Str(expression.into()));
        assert_eq!(words(r"^(\*|any|internet|.*/0)$"), "be `*`, `any` or `internet` or end with `/0`");
        assert_eq!(words("^(a|b)$"), "be `a` or `b`");
        assert_eq!(words(r"^Microsoft\.Keyvault$"), "be `Microsoft.Keyvault`");
        assert_eq!(words("^centos"), "start with `centos`");
        assert_eq!(words("/stopped$"), "end with `/stopped`");
        assert_eq!(words("preview"), "contain `preview`");
        for other in ["^[a-z]{1,3}$", "^(a|b)", "^(a|b+)$", r"^(\d|b)$", "^(|a)$", "^a|b", r"a\$b+"] {
            assert_eq!(words(other), format!("match `{other}`"));
        }
    }

    #[test]
    fn what_is_supposed_of_an_expression_does_not_repeat_all_of_it() {
        let long = format!("empty({})", "x".repeat(500));
        let said = supposed([(long.as_str(), &Value::bool(true))].into_iter());
        assert!(said.starts_with("empty(xx") && said.ends_with("x… = true") && said.chars().count() < 90, "{said}");
        assert!(for_every_value([long.as_str()].into_iter()).chars().count() < 120);
    }
}
