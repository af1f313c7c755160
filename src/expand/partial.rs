//! What is known of a string that is not known as a whole.
//!
//! `concat('https://', reference('x').host)` begins with `https://` whatever the reference gives. Everything here holds for every
//! value the residual parts can take with which the expression comes to something at all.

use ecow::EcoString;

use super::functions::{array, encode, format, order, resource_id, string, utf16};
use super::residual::{Node, Residual};
use super::value::{Data, Value};

/// How deep an expression is looked into.
const MAX_DEPTH: usize = 60;

/// A stretch of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These characters, never none.
    Known(EcoString),
    /// Any number of characters, perhaps none.
    Unknown,
}

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
        (Some(Part::Unknown), Part::Unknown) => {}
        (_, part) => out.push(part),
    }
}

fn collect(v: &Value, depth: usize, out: &mut Vec<Part>) {
    match &v.data {
        Data::Str(s) => push(out, Part::Known(s.clone())),
        Data::Residual(r) if depth > 0 => of_residual(r, depth - 1, out),
        _ => push(out, Part::Unknown),
    }
}

/// What `concat` and `format` make of an argument.
fn collect_text(v: &Value, depth: usize, out: &mut Vec<Part>) {
    match array::scalar_text(v) {
        Some(s) => push(out, Part::Known(s)),
        None => collect(v, depth, out),
    }
}

fn of_residual(r: &Residual, depth: usize, out: &mut Vec<Part>) {
    match &r.node {
        Node::Call { name, args } => of_call(&name.to_ascii_lowercase(), args, depth, out),
        Node::Access { base, key } => of_access(base, key, out),
        Node::Parameter(p) => match &p.allowed {
            Some(choices) if !choices.is_empty() && choices.iter().all(|c| c.as_str().is_some()) => {
                alternatives(&choices.iter().collect::<Vec<_>>(), depth, out);
            }
            _ => push(out, Part::Unknown),
        },
        Node::Loop { .. } | Node::Failed(_) | Node::Text(_) => push(out, Part::Unknown),
    }
}

fn of_call(name: &str, args: &[Value], depth: usize, out: &mut Vec<Part>) {
    match (name, args) {
        ("concat", _) => args.iter().for_each(|a| collect_text(a, depth, out)),
        ("format", [template, values @ ..]) => of_format(template, values, depth, out),
        ("tolower" | "toupper" | "uricomponent", [only]) => {
            let change = match name {
                "tolower" => string::lowered,
                "toupper" => string::uppered,
                _ => encode::component,
            };
            let mut inner = Vec::new();
            collect(only, depth, &mut inner);
            for part in inner {
                push(out, if let Part::Known(s) = part { Part::Known(change(&s)) } else { part });
            }
        }
        ("trim", [only]) => {
            let mut inner = Vec::new();
            collect(only, depth, &mut inner);
            trimmed(inner, out);
        }
        ("string", [only]) => collect_text(only, depth, out),
        ("if", [_, yes, no]) => alternatives(&[yes, no], depth, out),
        ("coalesce", _) => {
            let choices: Vec<_> = args.iter().filter(|a| !a.is_null()).collect();
            // The last one may be null too, but then there is no string.
            alternatives(&choices, depth, out);
        }
        _ if resource_id::is_family(name) => match resource_id::parts(name, args) {
            Some(pieces) => pieces.iter().for_each(|p| collect(p, depth, out)),
            None if matches!(name, "resourceid" | "subscriptionresourceid") && starts_in_subscription(args) => {
                push(out, Part::Known("/subscriptions/".into()));
                push(out, Part::Unknown);
            }
            None => push(out, Part::Unknown),
        },
        _ => push(out, Part::Unknown),
    }
}

/// Something, though not the type, stands in front: then it is a subscription or a group in one.
fn starts_in_subscription(args: &[Value]) -> bool {
    args.iter().position(|a| a.as_str().is_some_and(|s| s.contains('/'))).is_some_and(|at| at > 0)
}

fn of_format(template: &Value, values: &[Value], depth: usize, out: &mut Vec<Part>) {
    let Some(Ok(pieces)) = template.as_str().map(|t| format::pieces(t)) else { return push(out, Part::Unknown) };
    for piece in pieces {
        match piece {
            format::Piece::Text(t) => push(out, Part::Known(t.into())),
            format::Piece::Hole { index, width, spec } => match values.get(index) {
                Some(v) if width == 0 && v.is_residual() && (spec.is_empty() || is_string(v, depth)) => {
                    collect_text(v, depth, out);
                }
                Some(v) if width == 0 => push(out, format::written(v, &spec).map_or(Part::Unknown, Part::Known)),
                _ => push(out, Part::Unknown),
            },
        }
    }
}

/// White space goes from both ends as far as there may be nothing else before it, or after it.
fn trimmed(inner: Vec<Part>, out: &mut Vec<Part>) {
    let solid = |p: &Part| matches!(p, Part::Known(s) if !s.trim().is_empty());
    let (Some(first), Some(last)) = (inner.iter().position(solid), inner.iter().rposition(solid)) else {
        return push(out, Part::Unknown);
    };
    for (i, part) in inner.into_iter().enumerate() {
        let Part::Known(s) = part else {
            push(out, Part::Unknown);
            continue;
        };
        if i < first || i > last {
            push(out, Part::Unknown);
            continue;
        }
        let t = if i == first { s.trim_start() } else { &s };
        let t = if i == last { t.trim_end() } else { t };
        push(out, Part::Known(t.into()));
    }
}

fn of_access(base: &Value, key: &Value, out: &mut Vec<Part>) {
    let call = match base.as_residual().map(|r| &r.node) {
        Some(Node::Call { name, args }) if args.is_empty() => name.to_ascii_lowercase(),
        _ => return push(out, Part::Unknown),
    };
    let known = match (call.as_str(), key.as_str().map(|k| k.to_ascii_lowercase()).as_deref()) {
        ("subscription", Some("id")) => &["/subscriptions/"][..],
        ("resourcegroup", Some("id")) => &["/subscriptions/", "/resourceGroups/"],
        ("managementgroup", Some("id")) => &["/providers/Microsoft.Management/managementGroups/"],
        _ => &[],
    };
    for k in known {
        push(out, Part::Known((*k).into()));
        push(out, Part::Unknown);
    }
    push(out, Part::Unknown);
}

/// What several choices have in common: how they begin and how they end.
fn alternatives(choices: &[&Value], depth: usize, out: &mut Vec<Part>) {
    let mut all: Vec<Vec<Part>> = Vec::new();
    for c in choices {
        let mut one = Vec::new();
        collect_text(c, depth, &mut one);
        all.push(one);
    }
    let Some((first, rest)) = all.split_first() else { return push(out, Part::Unknown) };
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
    push(out, Part::Known(prefix.into()));
    push(out, Part::Unknown);
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
    let Node::Call { name, args } = &v.as_residual()?.node else { return None };
    let merges = name.eq_ignore_ascii_case("union");
    let objects = match args.as_slice() {
        [only] if name.eq_ignore_ascii_case("shallowMerge") => only.as_array()?,
        many if merges => many,
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
    let known: usize = parts(v).iter().map(|p| if let Part::Known(s) = p { utf16::length(s) } else { 0 }).sum();
    let fixed = match v.as_residual().map(|r| &r.node) {
        Some(Node::Call { name, .. }) if name.eq_ignore_ascii_case("uniqueString") => 13,
        Some(Node::Call { name, .. }) if name.eq_ignore_ascii_case("guid") || name.eq_ignore_ascii_case("newGuid") => {
            36
        }
        _ => 0,
    };
    known.max(fixed)
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
    match &r.node {
        Node::Call { name, args } => match name.to_ascii_lowercase().as_str() {
            "format"
            | "tolower"
            | "toupper"
            | "trim"
            | "string"
            | "replace"
            | "join"
            | "substring"
            | "padleft"
            | "guid"
            | "newguid"
            | "uniquestring"
            | "base64"
            | "base64tostring"
            | "datauri"
            | "datauritostring"
            | "uri"
            | "uricomponent"
            | "uricomponenttostring"
            | "utcnow"
            | "datetimeadd"
            | "datetimefromepoch"
            | "cidrsubnet"
            | "cidrhost" => true,
            lower if resource_id::is_family(lower) => true,
            // One string, integer or boolean among the arguments, and none may be an array.
            "concat" => args.iter().any(|a| array::scalar_text(a).is_some() || is_string(a, depth - 1)),
            "if" => matches!(args.as_slice(), [_, a, b] if is_string(a, depth - 1) && is_string(b, depth - 1)),
            "coalesce" => {
                args.iter().all(|a| a.is_null() || is_string(a, depth - 1)) && args.iter().any(|a| !a.is_null())
            }
            "take" | "skip" => args.first().is_some_and(|a| is_string(a, depth - 1)),
            _ => false,
        },
        // A parameter with choices may be null, or an array of the choices: its declaration is not known here.
        _ => false,
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
