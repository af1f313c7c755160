//! What is known of a string that is not known as a whole.
//!
//! `concat('https://', reference('x').host)` begins with `https://` whatever the reference gives. Everything here holds for every
//! value the residual parts can take with which the expression comes to something at all.

use ecow::EcoString;

use super::alphabet::{Alphabet, Open};
use super::kind::{certainly_string, is_string};
use super::stretch::{
    Part, UNKNOWN, blurred, common, edge, known_bytes, padded, push, replaced, skipped, taken, trimmed,
};
use crate::expand::residual::{Node, Residual};
use crate::expand::text::{id, order, utf16, written};
use crate::expand::value::{Data, Value};
use crate::model::Builtin;
use crate::model::format_string::{self, Piece};
use crate::nesting;

/// The stretches of a string, known ones and unknown ones in turn. A value that is no string is one unknown stretch.
pub fn parts(v: &Value) -> Vec<Part> {
    let mut out = Vec::new();
    collect(v, 0, &mut out);
    out
}

fn collect(v: &Value, depth: usize, out: &mut Vec<Part>) {
    match &v.data {
        Data::Str(s) => push(out, Part::Known(s.clone())),
        Data::Residual(r) if nesting::TEXT.allows(depth) => of_residual(r, depth + 1, out),
        _ => push(out, UNKNOWN),
    }
}

/// What `concat` and `format` make of an argument.
fn collect_text(v: &Value, depth: usize, out: &mut Vec<Part>) {
    match written::scalar(v) {
        Some(s) => push(out, Part::Known(s)),
        None => collect(v, depth, out),
    }
}

fn of_residual(r: &Residual, depth: usize, out: &mut Vec<Part>) {
    match &r.node {
        Node::Call { name, args } => match Builtin::named(name) {
            Some(function) => of_call(function, args, depth, out),
            None => push(out, UNKNOWN),
        },
        Node::Access { base, key } => of_access(base, key, out),
        Node::Parameter(p) => match &p.allowed {
            Some(choices) if !choices.is_empty() && choices.iter().all(|c| c.as_str().is_some()) => {
                alternatives(&choices.iter().collect::<Vec<_>>(), depth, out);
            }
            _ => push(out, UNKNOWN),
        },
        Node::Loop { .. } | Node::Failed(_) | Node::Text(_) => push(out, UNKNOWN),
    }
}

fn of_call(function: Builtin, args: &[Value], depth: usize, out: &mut Vec<Part>) {
    match (function, args) {
        (Builtin::Concat, _) => args.iter().for_each(|a| collect_text(a, depth, out)),
        (Builtin::Format, [template, values @ ..]) => of_format(template, values, depth, out),
        (Builtin::ToLower | Builtin::ToUpper | Builtin::UriComponent, [only]) => {
            for part in inner(only, depth) {
                push(out, changed(function, part));
            }
        }
        (Builtin::Trim, [only]) => trimmed(inner(only, depth), out),
        (Builtin::Take, [whole, count]) | (Builtin::Substring, [whole, Value { data: Data::Int(0), .. }, count]) => {
            taken(inner(whole, depth), unit_count(count), function == Builtin::Substring, out);
        }
        (Builtin::Skip | Builtin::Substring, [whole, from]) => skipped(inner(whole, depth), unit_count(from), out),
        (Builtin::Substring, [whole, from, count]) => {
            let mut rest = Vec::new();
            skipped(inner(whole, depth), unit_count(from), &mut rest);
            taken(rest, unit_count(count), true, out);
        }
        (Builtin::PadLeft, [whole, width, rest @ ..]) => {
            padded(inner(whole, depth), unit_count(width), rest.first(), out)
        }
        (Builtin::Replace, [whole, old, new]) => match (old.as_str(), new.as_str()) {
            (Some(old), Some(new)) => {
                let grouped = (old == "-").then(|| groups(whole)).flatten();
                replaced(grouped.unwrap_or_else(|| inner(whole, depth)), old, new, out);
            }
            _ => push(out, UNKNOWN),
        },
        (Builtin::StringOf, [only]) => collect_text(only, depth, out),
        (Builtin::If, [_, yes, no]) => alternatives(&[yes, no], depth, out),
        (Builtin::Coalesce, _) => {
            let choices: Vec<_> = args.iter().filter(|a| !a.is_null()).collect();
            // The last one may be null too, but then there is no string.
            alternatives(&choices, depth, out);
        }
        _ if function.is_id() => match id::parts(function, args) {
            Some(pieces) => pieces.iter().for_each(|p| match p {
                id::IdPart::Text(text) => push(out, Part::Known((*text).into())),
                id::IdPart::Given(value) => collect(value, depth, out),
            }),
            None => {
                let here = matches!(function, Builtin::ResourceId | Builtin::SubscriptionResourceId);
                if here && starts_in_subscription(args) {
                    push(out, Part::Known("/subscriptions/".into()));
                }
                push(out, UNKNOWN);
            }
        },
        _ => push(out, function.letters(args.len()).map_or(UNKNOWN, |letters| Part::Open(letters.into()))),
    }
}

/// Something, though not the type, stands in front: then it is a subscription or a group in one.
fn starts_in_subscription(args: &[Value]) -> bool {
    args.iter().position(|a| a.as_str().is_some_and(|s| s.contains('/'))).is_some_and(|at| at > 0)
}

fn of_format(template: &Value, values: &[Value], depth: usize, out: &mut Vec<Part>) {
    let Some(Ok(pieces)) = template.as_str().map(|t| format_string::pieces(t)) else { return push(out, UNKNOWN) };
    for piece in pieces {
        match piece {
            Piece::Text(t) => push(out, Part::Known(t.into())),
            Piece::Hole { index, width, spec } => match values.get(index) {
                Some(v) if width == 0 && v.is_residual() && (spec.is_empty() || is_string(v, depth)) => {
                    collect_text(v, depth, out);
                }
                Some(v) if width == 0 => push(out, written::in_hole(v, spec).map_or(UNKNOWN, Part::Known)),
                _ => push(out, UNKNOWN),
            },
        }
    }
}

fn inner(v: &Value, depth: usize) -> Vec<Part> {
    let mut out = Vec::new();
    collect_text(v, depth, &mut out);
    out
}

/// 36 characters: digits, letters from a to f, and hyphens.
fn guid() -> Open {
    Builtin::NewGuid.letters(0).map_or(Open::ANYTHING, Open::from)
}

/// The groups of digits of a GUID, and the hyphens between them.
fn groups(v: &Value) -> Option<Vec<Part>> {
    match v.as_residual()?.as_call()? {
        (Builtin::Guid | Builtin::NewGuid, _) => {
            let digits = guid().chars.without('-');
            let group = |n| Part::Open(Open::exactly(digits, n));
            let mut out = vec![group(8)];
            [4, 4, 4, 12].into_iter().for_each(|n| out.extend([Part::Known("-".into()), group(n)]));
            Some(out)
        }
        (function @ (Builtin::ToLower | Builtin::ToUpper), [only]) => {
            Some(groups(only)?.into_iter().map(|part| changed(function, part)).collect())
        }
        _ => None,
    }
}

/// A stretch as a function makes it that changes each character by itself.
fn changed(function: Builtin, part: Part) -> Part {
    match (function, part) {
        (Builtin::ToLower, Part::Known(s)) => Part::Known(order::lowered(&s)),
        (Builtin::ToUpper, Part::Known(s)) => Part::Known(order::uppered(&s)),
        (_, Part::Known(s)) => Part::Known(written::component(&s)),
        (Builtin::ToLower, Part::Open(o)) => {
            Part::Open(Open { chars: o.chars.mapped(|c| c.to_ascii_lowercase()), ..o })
        }
        (Builtin::ToUpper, Part::Open(o)) => {
            Part::Open(Open { chars: o.chars.mapped(|c| c.to_ascii_uppercase()), ..o })
        }
        (_, Part::Open(o)) => {
            let most = o.most.and_then(|n| n.checked_mul(9));
            Part::Open(Open { chars: Alphabet::alphanumeric_and("-_.!~*'()%"), least: o.least, most })
        }
    }
}

/// A number of UTF-16 units that is known.
fn unit_count(v: &Value) -> Option<usize> {
    v.as_int().map(|i| usize::try_from(i).unwrap_or(0))
}

fn of_access(base: &Value, key: &Value, out: &mut Vec<Part>) {
    let Some((function, [])) = base.as_residual().and_then(|r| r.as_call()) else { return push(out, UNKNOWN) };
    let key = key.as_str().map(|k| k.to_ascii_lowercase());
    // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    let group =
        || Part::Open(Open::between(Alphabet::alphanumeric_and("-_.()").union(Alphabet::ANY.others_only()), 1, 90));
    let name = || Part::Open(Open::between(Alphabet::alphanumeric_and("-_.()"), 1, 64));
    let region = || Part::Open(Open { chars: Alphabet::alphanumeric_and(" "), least: 1, most: None });
    let id = |text: &str| Part::Known(text.into());
    let known = match (function, key.as_deref()) {
        (Builtin::Subscription, Some("id")) => vec![id("/subscriptions/"), Part::Open(guid())],
        (Builtin::Subscription, Some("subscriptionid" | "tenantid")) | (Builtin::Tenant, Some("tenantid")) => {
            vec![Part::Open(guid())]
        }
        (Builtin::ResourceGroup, Some("id")) => {
            vec![id("/subscriptions/"), Part::Open(guid()), id("/resourceGroups/"), group()]
        }
        (Builtin::ResourceGroup, Some("name")) => vec![group()],
        (Builtin::ResourceGroup | Builtin::Deployment, Some("location")) => vec![region()],
        (Builtin::Deployment, Some("name")) => vec![name()],
        (Builtin::ManagementGroup, Some("id")) => {
            vec![id("/providers/Microsoft.Management/managementGroups/"), UNKNOWN]
        }
        _ => vec![UNKNOWN],
    };
    known.into_iter().for_each(|part| push(out, part));
}

/// What several choices have in common: how they begin and how they end.
fn alternatives(choices: &[&Value], depth: usize, out: &mut Vec<Part>) {
    let mut all: Vec<Vec<Part>> = Vec::new();
    for c in choices {
        let mut one = Vec::new();
        collect_text(c, depth, &mut one);
        all.push(one);
    }
    let Some((first, rest)) = all.split_first() else { return push(out, UNKNOWN) };
    if rest.iter().all(|r| r == first) {
        return first.iter().for_each(|p| push(out, p.clone()));
    }
    let mut prefix = edge(first, false);
    let mut suffix = edge(first, true);
    for r in rest {
        prefix = common(&prefix, &edge(r, false), false);
        suffix = common(&suffix, &edge(r, true), true);
    }
    // The two must not take hold of the same characters of the shortest choice.
    let shortest = all.iter().map(|p| known_bytes(p)).min().unwrap_or(0);
    let room = shortest.saturating_sub(prefix.len());
    while suffix.len() > room {
        suffix = suffix.chars().skip(1).collect();
    }
    let middle = all.iter().map(|p| blurred(p)).reduce(Open::or).unwrap_or(Open::ANYTHING);
    let edges = utf16::length(&prefix) + utf16::length(&suffix);
    let middle = Open {
        least: middle.least.saturating_sub(edges),
        most: middle.most.map(|m| m.saturating_sub(edges)),
        ..middle
    };
    push(out, Part::Known(prefix.into()));
    push(out, Part::Open(middle));
    push(out, Part::Known(suffix.into()));
}

/// The characters that a string certainly begins with.
pub fn known_prefix(v: &Value) -> EcoString {
    edge(&parts(v), false).into()
}

/// The characters that a string certainly ends with.
pub fn known_suffix(v: &Value) -> EcoString {
    edge(&parts(v), true).into()
}

/// The fewest UTF-16 units that a string has.
pub fn min_length(v: &Value) -> usize {
    blurred(&parts(v)).least
}

/// Whether a string contains a text for certain, to the letter.
pub fn certainly_contains(v: &Value, text: &str) -> bool {
    if !certainly_string(v) {
        return false;
    }
    text.is_empty() || parts(v).iter().any(|p| matches!(p, Part::Known(s) if s.contains(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::{call, r, s};

    /// The stretches as a pattern with `*`.
    fn pattern(v: &Value) -> String {
        parts(v).iter().map(|p| if let Part::Known(s) = p { s.as_str() } else { "*" }).collect()
    }

    #[test]
    fn stretches() {
        assert_eq!(pattern(&call("concat", vec![s("a"), Value::int(1), r(), r(), Value::bool(true)])), "a1*True");
        assert_eq!(pattern(&call("format", vec![s("{0}-{1}/{2,5}"), s("x"), r(), s("y")])), "x-*/*");
        assert_eq!(pattern(&call("toUpper", vec![call("concat", vec![s("ab"), r()])])), "AB*");
        assert_eq!(pattern(&call("trim", vec![call("concat", vec![s(" a "), r(), s(" ")])])), "a*");
        assert_eq!(pattern(&call("trim", vec![call("concat", vec![s(" a "), r(), s("b ")])])), "a *b");
        assert_eq!(pattern(&call("if", vec![r(), s("abcd"), s("abd")])), "ab*d");
        assert_eq!(pattern(&call("if", vec![r(), s("aa"), s("a")])), "a*");
        assert_eq!(pattern(&call("if", vec![r(), s("x"), s("x")])), "x");
        let id = call("resourceId", vec![s("sub"), s("rg"), s("N.X/y"), r()]);
        assert_eq!(pattern(&id), "/subscriptions/sub/resourceGroups/rg/providers/N.X/y/*");
        assert_eq!(pattern(&call("uriComponent", vec![call("concat", vec![s("a/"), r()])])), "a%2F*");
        assert_eq!(pattern(&r()), "*");
    }

    #[test]
    fn lengths_and_characters() {
        let unique = || call("uniqueString", vec![r()]);
        let shape = |v: &Value| {
            let whole = blurred(&parts(v));
            (pattern(v), whole.least, whole.most)
        };
        assert_eq!(shape(&unique()), ("*".into(), 13, Some(13)));
        assert_eq!(shape(&call("concat", vec![s("st"), unique()])), ("st*".into(), 15, Some(15)));
        let take = |v, n| call("take", vec![v, Value::int(n)]);
        assert_eq!(shape(&take(call("concat", vec![s("st"), unique()]), 1)), ("s".into(), 1, Some(1)));
        assert_eq!(shape(&take(call("concat", vec![s("st"), unique()]), 7)), ("st*".into(), 7, Some(7)));
        assert_eq!(shape(&take(call("concat", vec![s("st"), r()]), 24)), ("st*".into(), 2, Some(24)));
        let cut = |v, from, n| call("substring", vec![v, Value::int(from), Value::int(n)]);
        assert_eq!(shape(&cut(call("guid", vec![r()]), 0, 8)), ("*".into(), 8, Some(8)));
        assert_eq!(shape(&cut(call("concat", vec![s("abcd"), r()]), 1, 2)), ("bc".into(), 2, Some(2)));
        assert_eq!(
            shape(&call("skip", vec![call("concat", vec![s("abcd"), unique()]), Value::int(6)])),
            ("*".into(), 11, Some(11))
        );
        assert_eq!(shape(&call("padLeft", vec![r(), Value::int(5), s("0")])), ("*".into(), 5, None));
        let dashless = call("replace", vec![call("guid", vec![r()]), s("-"), s("")]);
        assert_eq!(shape(&dashless), ("*".into(), 32, Some(32)));
        assert_eq!(shape(&call("toUpper", vec![dashless.clone()])), ("*".into(), 32, Some(32)));
        let some = call("replace", vec![take(call("guid", vec![r()]), 20), s("-"), s("")]);
        assert_eq!(shape(&some), ("*".into(), 0, Some(20)));
        assert!(!blurred(&parts(&dashless)).chars.has('-'));
        let upper = blurred(&parts(&call("toUpper", vec![unique()]))).chars;
        assert!(upper.has('A') && !upper.has('a'));
        assert_eq!(shape(&call("if", vec![r(), s("dev"), s("production")])), ("*".into(), 3, Some(10)));
    }
}
