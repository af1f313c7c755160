//! What is known of a string that is not known as a whole.
//!
//! `concat('https://', reference('x').host)` begins with `https://` whatever the reference gives. Everything here holds for every
//! value the residual parts can take with which the expression comes to something at all.

use ecow::EcoString;

use super::alphabet::{Alphabet, Open};
use crate::expand::residual::{Node, Residual};
use crate::expand::text::{id, order, utf16, written};
use crate::expand::value::{Data, Value};
use crate::model::Builtin;
use crate::model::builtin::Returns;
use crate::model::format_string::{self, Piece};

/// How deep an expression is looked into.
const MAX_DEPTH: usize = 60;

/// A stretch of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These characters, never none.
    Known(EcoString),
    /// Characters that are not known.
    Open(Open),
}

impl Part {
    /// What is known of it as if it were open.
    fn open(&self) -> Open {
        match self {
            Part::Known(s) => Open::exactly(Alphabet::of(s), utf16::length(s)),
            Part::Open(open) => *open,
        }
    }
}

/// Nothing is known of these characters, not even whether there are any.
const UNKNOWN: Part = Part::Open(Open::ANYTHING);

/// The stretches of a string, known ones and unknown ones in turn. A value that is no string is one unknown stretch.
pub fn parts(v: &Value) -> Vec<Part> {
    let mut out = Vec::new();
    collect(v, MAX_DEPTH, &mut out);
    out
}

fn push(out: &mut Vec<Part>, part: Part) {
    match (out.last_mut(), part) {
        (_, Part::Known(s)) if s.is_empty() => {}
        (Some(Part::Known(before)), Part::Known(s)) => before.push_str(&s),
        (_, Part::Open(Open { most: Some(0), .. })) => {}
        (Some(Part::Open(before)), Part::Open(open)) => *before = before.then(open),
        (_, part) => out.push(part),
    }
}

fn collect(v: &Value, depth: usize, out: &mut Vec<Part>) {
    match &v.data {
        Data::Str(s) => push(out, Part::Known(s.clone())),
        Data::Residual(r) if depth > 0 => of_residual(r, depth - 1, out),
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
            (Some(old), Some(new)) => replaced(inner(whole, depth), old, new, out),
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
            Some(pieces) => pieces.iter().for_each(|p| collect(p, depth, out)),
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
                Some(v) if width == 0 => push(out, written::in_hole(v, &spec).map_or(UNKNOWN, Part::Known)),
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

/// Several stretches as one of which only characters and length are known.
pub fn blurred(parts: &[Part]) -> Open {
    parts.iter().map(Part::open).reduce(Open::then).unwrap_or(Open::exactly(Alphabet::NONE, 0))
}

/// The first units: as many as `count` says, or fewer where the text is shorter and that is no mistake.
fn taken(parts: Vec<Part>, count: Option<usize>, exact: bool, out: &mut Vec<Part>) {
    let Some(mut left) = count else {
        let open = blurred(&parts);
        return push(out, Part::Open(Open { least: 0, ..open }));
    };
    for (i, part) in parts.iter().enumerate() {
        let open = part.open();
        if open.most != Some(open.least) || open.least > left {
            if let (Part::Known(s), true) = (part, open.least > left)
                && let Some(start) = utf16::slice(s, 0..left)
            {
                return push(out, Part::Known(start.into()));
            }
            let rest = blurred(&parts[i..]);
            let least = if exact { left } else { rest.least.min(left) };
            return push(out, Part::Open(Open::between(rest.chars, least, rest.most.map_or(left, |m| m.min(left)))));
        }
        left -= open.least;
        push(out, part.clone());
    }
}

/// What follows the first units.
fn skipped(parts: Vec<Part>, count: Option<usize>, out: &mut Vec<Part>) {
    let Some(mut left) = count else {
        let open = blurred(&parts);
        return push(out, Part::Open(Open { least: 0, ..open }));
    };
    for (i, part) in parts.iter().enumerate() {
        let open = part.open();
        if left == 0 {
            return parts[i..].iter().for_each(|p| push(out, p.clone()));
        }
        if open.most == Some(open.least) && open.least <= left {
            left -= open.least;
            continue;
        }
        if let Part::Known(s) = part
            && let Some(rest) = utf16::slice(s, left..open.least)
        {
            push(out, Part::Known(rest.into()));
        } else if open.most == Some(open.least) {
            push(out, Part::Open(Open::exactly(open.chars, open.least - left)));
        } else {
            let rest = blurred(&parts[i..]);
            let most = rest.most.map(|m| m.saturating_sub(left));
            return push(out, Part::Open(Open { least: rest.least.saturating_sub(left), most, ..rest }));
        }
        return parts[i + 1..].iter().for_each(|p| push(out, p.clone()));
    }
}

fn padded(parts: Vec<Part>, width: Option<usize>, fill: Option<&Value>, out: &mut Vec<Part>) {
    let whole = blurred(&parts);
    let fill = match fill {
        None => Alphabet::of(" "),
        Some(v) => v.as_str().map_or(Alphabet::ANY, |s| Alphabet::of(s)),
    };
    let Some(width) = width else {
        return push(out, Part::Open(Open { chars: whole.chars.union(fill), most: None, ..whole }));
    };
    if whole.least >= width {
        return parts.into_iter().for_each(|p| push(out, p));
    }
    let most = whole.most.map(|m| m.max(width));
    push(out, Part::Open(Open { chars: whole.chars.union(fill), least: width, most }));
}

fn replaced(parts: Vec<Part>, old: &str, new: &str, out: &mut Vec<Part>) {
    let (removed, added) = (utf16::length(old), utf16::length(new));
    let most = |m: usize| if added <= removed { Some(m) } else { m.checked_mul(added.div_ceil(removed.max(1))) };
    let mut letters = old.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        // One character: it cannot stand across two stretches.
        for part in parts {
            push(
                out,
                match part {
                    Part::Known(s) => Part::Known(s.replace(old, new)),
                    Part::Open(o) if !o.chars.has(letter) => Part::Open(o),
                    Part::Open(o) => {
                        let chars =
                            if o.chars.has_others() && !letter.is_ascii() { o.chars } else { o.chars.without(letter) };
                        let least = if added < removed { 0 } else { o.least };
                        Part::Open(Open { chars: chars.union(Alphabet::of(new)), least, most: o.most.and_then(most) })
                    }
                },
            );
        }
        return;
    }
    let whole = blurred(&parts);
    let least = if added < removed { 0 } else { whole.least };
    let chars = whole.chars.union(Alphabet::of(new));
    push(out, Part::Open(Open { chars, least, most: whole.most.and_then(most) }));
}

/// White space goes from both ends as far as there may be nothing else before it, or after it.
fn trimmed(inner: Vec<Part>, out: &mut Vec<Part>) {
    let solid = |p: &Part| matches!(p, Part::Known(s) if !s.trim().is_empty());
    let (Some(first), Some(last)) = (inner.iter().position(solid), inner.iter().rposition(solid)) else {
        return push(out, UNKNOWN);
    };
    for (i, part) in inner.into_iter().enumerate() {
        let Part::Known(s) = part else {
            push(out, UNKNOWN);
            continue;
        };
        if i < first || i > last {
            push(out, UNKNOWN);
            continue;
        }
        let t = if i == first { s.trim_start() } else { &s };
        let t = if i == last { t.trim_end() } else { t };
        push(out, Part::Known(t.into()));
    }
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

fn known_bytes(parts: &[Part]) -> usize {
    parts.iter().map(|p| if let Part::Known(s) = p { s.len() } else { 0 }).sum()
}

fn edge(parts: &[Part], last: bool) -> String {
    match if last { parts.last() } else { parts.first() } {
        Some(Part::Known(s)) => s.to_string(),
        _ => String::new(),
    }
}

fn common(a: &str, b: &str, from_end: bool) -> String {
    if from_end {
        let reversed: Vec<char> =
            a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect();
        return reversed.into_iter().rev().collect();
    }
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}

/// The member that an undecided object has for certain: `union(parameters('tags'), createObject('team', 'x')).team` is `x`.
pub fn member(v: &Value, key: &str) -> Option<Value> {
    let (function, args) = v.as_residual()?.as_call()?;
    let merges = function == Builtin::Union;
    let objects = match (function, args) {
        (Builtin::ShallowMerge, [only]) => only.as_array()?,
        (Builtin::Union, many) => many,
        _ => return None,
    };
    for o in objects.iter().rev() {
        match o.as_object()?.get(key) {
            None => {}
            // In a union a null gives way, an object is joined with what is there before, and a residual may be either.
            Some(found) if merges && matches!(found.data, Data::Null | Data::Object(_) | Data::Residual(_)) => {
                return None;
            }
            Some(found) => return Some(found.clone()),
        }
    }
    None
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

/// Whether the expression, if it comes to anything, comes to a string.
pub fn certainly_string(v: &Value) -> bool {
    is_string(v, MAX_DEPTH)
}

fn is_string(v: &Value, depth: usize) -> bool {
    let r = match &v.data {
        Data::Str(_) => return true,
        Data::Residual(r) if depth > 0 => r,
        _ => return false,
    };
    // A parameter with choices may be null, or an array of the choices: its declaration is not known here.
    let Some((function, args)) = r.as_call() else { return false };
    match function.facts().returns {
        Returns::Text => true,
        // One string, integer or boolean among the arguments, and none may be an array.
        Returns::Joined => args.iter().any(|a| written::scalar(a).is_some() || is_string(a, depth - 1)),
        Returns::LikeFirst => args.first().is_some_and(|a| is_string(a, depth - 1)),
        Returns::OneOf(from) => {
            let mut there =
                args.iter().skip(from).filter(|a| !(function == Builtin::Coalesce && a.is_null())).peekable();
            there.peek().is_some() && there.all(|a| is_string(a, depth - 1))
        }
        Returns::Anything | Returns::Boolean | Returns::Integer | Returns::Array | Returns::Object => false,
    }
}

/// Whether two values, at least one of them residual, are different whatever the residuals come to.
pub fn cannot_be_equal(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Residual(r), _) if excludes(r, b) => return true,
        (_, Data::Residual(r)) if excludes(r, a) => return true,
        _ => {}
    }
    match (certainly_string(a), certainly_string(b)) {
        (true, true) => {}
        // A string is nothing else.
        (true, false) => return !b.is_residual() && b.as_str().is_none(),
        (false, true) => return !a.is_residual() && a.as_str().is_none(),
        (false, false) => return false,
    }
    match (a.as_str(), b.as_str()) {
        (Some(text), None) => !fits(&parts(b), text) || utf16::length(text) < min_length(b),
        (None, Some(text)) => !fits(&parts(a), text) || utf16::length(text) < min_length(a),
        _ => {
            let (x, y) = (parts(a), parts(b));
            let agree = |last: bool| {
                let (p, q) = (edge(&x, last), edge(&y, last));
                let n = common(&p, &q, last).len();
                n == p.len() || n == q.len()
            };
            !agree(false) || !agree(true)
        }
    }
}

/// Whether a parameter's choices leave a scalar out. (Choices are compared without regard to case when a deployment is checked.)
fn excludes(r: &Residual, v: &Value) -> bool {
    let Node::Parameter(p) = &r.node else { return false };
    let Some(choices) = &p.allowed else { return false };
    let same = |c: &Value| match (&c.data, &v.data) {
        (Data::Str(x), Data::Str(y)) => order::fold(x) == order::fold(y),
        (Data::Int(x), Data::Int(y)) => x == y,
        (Data::Bool(x), Data::Bool(y)) => x == y,
        (Data::Str(_) | Data::Int(_) | Data::Bool(_), Data::Str(_) | Data::Int(_) | Data::Bool(_)) => false,
        _ => true,
    };
    !choices.iter().any(same)
}

/// Whether a text could be what the stretches stand for.
fn fits(parts: &[Part], text: &str) -> bool {
    let mut rest = text;
    let mut open = false;
    for (i, part) in parts.iter().enumerate() {
        let Part::Known(s) = part else {
            open = true;
            continue;
        };
        let last = i + 1 == parts.len();
        if !open {
            let Some(after) = rest.strip_prefix(s.as_str()) else { return false };
            rest = after;
        } else if last {
            return rest.ends_with(s.as_str());
        } else {
            let Some(at) = rest.find(s.as_str()) else { return false };
            rest = rest.get(at + s.len()..).unwrap_or_default();
        }
        open = false;
    }
    open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r() -> Value {
        Value::residual(Residual::call("reference", vec![Value::str("x")]))
    }

    fn call(name: &str, args: Vec<Value>) -> Value {
        Value::residual(Residual::call(name, args))
    }

    fn s(text: &str) -> Value {
        Value::str(text)
    }

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
        assert_eq!(shape(&dashless), ("*".into(), 0, Some(36)));
        assert!(!blurred(&parts(&dashless)).chars.has('-'));
        let upper = blurred(&parts(&call("toUpper", vec![unique()]))).chars;
        assert!(upper.has('A') && !upper.has('a'));
        assert_eq!(shape(&call("if", vec![r(), s("dev"), s("production")])), ("*".into(), 3, Some(10)));
    }

    #[test]
    fn what_cannot_be() {
        let host = call("concat", vec![s("https://"), r(), s(".net")]);
        assert!(cannot_be_equal(&host, &s("http://a.net")));
        assert!(cannot_be_equal(&host, &s("https://")));
        assert!(cannot_be_equal(&host, &Value::null()));
        assert!(!cannot_be_equal(&host, &s("https://a.net")));
        assert!(!cannot_be_equal(&r(), &s("x")));
        assert!(cannot_be_equal(&call("concat", vec![s("a"), r()]), &call("concat", vec![s("b"), r()])));
        assert!(!cannot_be_equal(&call("concat", vec![s("a"), r()]), &call("concat", vec![s("ab"), r()])));
        assert!(cannot_be_equal(&call("guid", vec![r()]), &s("short")));
        // All residual: it may be arrays that are joined.
        assert!(!certainly_string(&call("concat", vec![r(), r()])));
    }

    #[test]
    fn members_that_win_in_any_case() {
        let mut o = crate::expand::Object::default();
        o.set("team".into(), None, s("x"));
        o.set("none".into(), None, Value::null());
        let known = Value::object(o);
        let joined = call("union", vec![r(), known.clone()]);
        assert_eq!(member(&joined, "TEAM").and_then(|v| v.as_str().cloned()).as_deref(), Some("x"));
        assert!(member(&joined, "none").is_none());
        assert!(member(&joined, "other").is_none());
        assert!(member(&call("union", vec![known.clone(), r()]), "team").is_none());
        let merged = call("shallowMerge", vec![Value::array(vec![r(), known])]);
        assert!(member(&merged, "none").is_some_and(|v| v.is_null()));
    }

    #[test]
    fn texts_fit_or_not() {
        let host = parts(&call("concat", vec![s("a"), r(), s("b"), r(), s("c")]));
        for (text, yes) in
            [("abc", true), ("axbxc", true), ("ac", false), ("abcd", false), ("bbc", false), ("acbc", true)]
        {
            assert_eq!(fits(&host, text), yes, "{text}");
        }
    }
}
