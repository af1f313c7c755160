//! Whether two names, or two resource ids, that are not known as a whole are surely the same.
//!
//! The answer is a text: two values that have the same one are the same, whatever the parts that are not known come to. It does
//! not matter whether a name was put together by `format`, `concat` or interpolation, nor how many of its leading arguments a
//! `resourceId` spells out.

use std::borrow::Cow;
use std::rc::Rc;

use crate::expand::residual::{Node, Residual, SHORT};
use crate::expand::text::id::{self, PROVIDERS};
use crate::expand::value::{Data, Value};
use crate::expand::{Deployed, Resource};
use crate::model::Builtin;
use crate::model::format_string::{self, Piece};
use crate::nesting;

/// A value as a text in small letters whose unknown parts stand in braces. Slashes within the braces are replaced, so that a
/// slash always separates segments.
pub fn canonical(value: &Value) -> String {
    // A name that is known is as long as it will be; an expression grows.
    let room = value.as_str().map_or(SHORT, |s| s.len());
    let mut out = String::with_capacity(room);
    write(value, &mut out, 0);
    out
}

/// The same of a function that puts a resource id together; `None` of any other, and where its parts are not known.
pub fn of_call(r: &Residual) -> Option<String> {
    let (function, _) = r.as_call()?;
    let mut out = String::new();
    (function.is_id() && call(r, &mut out, 0)).then_some(out)
}

/// Whether two values have the same [`canonical`] text.
pub fn same(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Str(a), Data::Str(b)) => a.eq_ignore_ascii_case(b),
        (Data::Residual(a), Data::Residual(b)) if Rc::ptr_eq(a, b) => true,
        _ => canonical(a) == canonical(b),
    }
}

/// Which segment somebody asks for.
enum Asked {
    /// From the first one, which is 0.
    FromStart(usize),
    /// From behind the last one: that is 1.
    FromEnd(usize),
}

/// The `split(…)` that a segment is taken from, and which one: `split(id, '/')[2]`, `split(id, '/')[^1]`, `last(split(id, '/'))`,
/// `split(id, '/')[sub(length(split(id, '/')), 1)]`.
fn asked(r: &Residual) -> Option<(&Residual, Asked)> {
    let count = |value: &Value| usize::try_from(value.as_int()?).ok();
    match &r.node {
        Node::Access { base, key } => {
            let base = base.as_residual()?;
            let asked = match count(key) {
                Some(index) => Asked::FromStart(index),
                None => match key.as_residual()?.as_call()? {
                    (Builtin::Sub, [length, back]) => match length.as_residual()?.as_call()? {
                        (Builtin::Length, [of]) if of.as_residual()?.text() == base.text() => {
                            Asked::FromEnd(count(back)?)
                        }
                        _ => return None,
                    },
                    _ => return None,
                },
            };
            Some((base, asked))
        }
        _ => match r.as_call()? {
            (Builtin::First, [of]) => Some((of.as_residual()?, Asked::FromStart(0))),
            (Builtin::Last, [of]) => Some((of.as_residual()?, Asked::FromEnd(1))),
            (Builtin::IndexFromEnd | Builtin::TryIndexFromEnd, [of, back]) => {
                Some((of.as_residual()?, Asked::FromEnd(count(back)?)))
            }
            _ => None,
        },
    }
}

/// A segment of a name or an id that stands between slashes: `split(format('{0}/{1}', a, b), '/')[1]`. An id begins with a
/// slash, and so with an empty segment, which counts unless empty ones are filtered out.
fn segment(r: &Residual, depth: usize) -> Option<String> {
    let (base, asked) = asked(r)?;
    let (whole, filtered) = match base.as_call()? {
        (Builtin::Filter, [split, _]) => (split.as_residual()?.as_call()?, true),
        other => (other, false),
    };
    let (Builtin::Split, [name, slash]) = whole else { return None };
    if slash.as_str()? != "/" || !nesting::IDENTITY.allows(depth) {
        return None;
    }
    let mut text = String::new();
    write(name, &mut text, depth + 1);
    let segments: Vec<&str> = text.split('/').filter(|s| !filtered || !s.is_empty()).collect();
    let index = match asked {
        Asked::FromStart(index) => index,
        Asked::FromEnd(back) => segments.len().checked_sub(back)?,
    };
    match segments.as_slice() {
        // What is one unknown part may have slashes in it. Empty segments, which a filter leaves out, no name has.
        [whole] if matches!(asked, Asked::FromStart(_)) => Some(segment_of(whole, index)),
        [_] => None,
        many => many.get(index).map(|s| (*s).to_owned()),
    }
}

/// The segment with a number of a text that may have slashes where it is not known.
fn segment_of(text: &str, index: usize) -> String {
    // An unknown part that is all of the text goes without its braces.
    let whole = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).filter(|t| !t.contains(['{', '}']));
    format!("{{split({}, '|')[{index}]}}", whole.unwrap_or(text))
}

fn write(value: &Value, out: &mut String, depth: usize) {
    match &value.data {
        Data::Str(s) => push_lower(out, s),
        Data::Int(i) => out.push_str(&i.to_string()),
        Data::Residual(r) => write_residual(r, out, depth),
        _ => {}
    }
}

fn write_residual(r: &Residual, out: &mut String, depth: usize) {
    match segment(r, depth) {
        Some(segment) => out.push_str(&segment),
        None if call(r, out, depth) => {}
        None => {
            out.push('{');
            let from = out.len();
            r.write_text(out);
            out[from..].make_ascii_lowercase();
            without_slashes(out, from);
            out.push('}');
        }
    }
}

/// Writes a part of an id; `depth` is that of the call that puts it together.
fn write_part(part: &id::IdPart<'_>, out: &mut String, depth: usize) {
    match part {
        id::IdPart::Text(text) => push_lower(out, text),
        id::IdPart::Given(value) => write(value, out, depth + 1),
    }
}

/// Writes what a function puts together, part by part; `false` if nobody knows the parts.
fn call(r: &Residual, out: &mut String, depth: usize) -> bool {
    let Some(call) = r.as_call().filter(|_| nesting::IDENTITY.allows(depth)) else { return false };
    match call {
        (Builtin::Concat, args) => args.iter().for_each(|a| write(a, out, depth + 1)),
        (Builtin::Format, [pattern, values @ ..]) => return write_format(pattern, values, out, depth + 1),
        (Builtin::Join, _) => match joined(call) {
            Some((items, between)) => {
                for (i, item) in items.iter().enumerate() {
                    push_lower(out, if i > 0 { between } else { "" });
                    write(item, out, depth + 1);
                }
            }
            None => return false,
        },
        // Azure compares names and ids without regard to case.
        (Builtin::ToLower | Builtin::ToUpper | Builtin::StringOf, [only]) => write(only, out, depth + 1),
        (function, args) if function.is_id() => match id::parts(function, args) {
            Some(parts) => parts.iter().for_each(|part| write_part(part, out, depth)),
            None => return false,
        },
        _ => return false,
    }
    true
}

/// The items of a `join`, and what stands between them, where both are known.
fn joined((function, args): (Builtin, &[Value])) -> Option<(&[Value], &str)> {
    let (Builtin::Join, [items, between]) = (function, args) else { return None };
    Some((items.as_array()?, between.as_str()?))
}

/// Replaces the slashes from a byte on.
fn without_slashes(out: &mut String, from: usize) {
    if out[from..].contains('/') {
        let text = out[from..].replace('/', "|");
        out.replace_range(from.., &text);
    }
}

fn push_lower(out: &mut String, text: &str) {
    let from = out.len();
    out.push_str(text);
    out[from..].make_ascii_lowercase();
}

/// `format('a{0}b', x)`. A hole that says how wide it is, or how a number is written, is what its argument is, and so written.
fn write_format(pattern: &Value, values: &[Value], out: &mut String, depth: usize) -> bool {
    let Some(Ok(pieces)) = pattern.as_str().map(|p| format_string::pieces(p)) else { return false };
    for piece in pieces {
        match piece {
            Piece::Text(t) => push_lower(out, &t),
            Piece::Hole { index, width: 0, spec: "" } => match values.get(index) {
                Some(v) => write(v, out, depth),
                None => return false,
            },
            Piece::Hole { index, width, spec } => {
                out.push('{');
                if let Some(v) = values.get(index) {
                    let from = out.len();
                    write(v, out, depth);
                    without_slashes(out, from);
                }
                out.push_str(&format!(",{width}:{}}}", spec.to_ascii_lowercase()));
            }
        }
    }
    true
}

/// The arguments of a `concat`, a plain `format` or a `join` in order, known texts among them: to take a name apart.
pub fn pieces(value: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    take_apart(value, &mut out, 0);
    out
}

fn take_apart(value: &Value, out: &mut Vec<Value>, depth: usize) {
    let call = value.as_residual().and_then(|r| r.as_call()).filter(|_| nesting::IDENTITY.allows(depth));
    match call {
        Some((Builtin::Concat, args)) => args.iter().for_each(|a| take_apart(a, out, depth + 1)),
        Some(call) if joined(call).is_some() => {
            let (items, between) = joined(call).unwrap_or_default();
            for (i, item) in items.iter().enumerate() {
                if i > 0 && !between.is_empty() {
                    out.push(Value::str(between));
                }
                take_apart(item, out, depth + 1);
            }
        }
        Some((Builtin::Format, [pattern, values @ ..])) => {
            let Some(Ok(pieces)) = pattern.as_str().map(|p| format_string::pieces(p)) else {
                return out.push(value.clone());
            };
            for piece in pieces {
                match piece {
                    Piece::Text(t) => out.push(Value::str(&*t)),
                    Piece::Hole { index, width, spec } => match values.get(index) {
                        Some(v) if width == 0 && spec.is_empty() => take_apart(v, out, depth + 1),
                        Some(v) => {
                            let hole = format!("{{0,{width}:{spec}}}").replace(",0", "").replace(":}", "}");
                            out.push(Value::residual(Residual::call("format", vec![Value::str(hole), v.clone()])));
                        }
                        None => return out.push(value.clone()),
                    },
                }
            }
        }
        _ => out.push(value.clone()),
    }
}

/// The segments of a name that is put together, if slashes that are known part it into so many.
fn segments(name: &Value, count: usize) -> Option<Vec<Value>> {
    let mut out = vec![Vec::new()];
    for piece in pieces(name) {
        let Some(text) = piece.as_str() else {
            out.last_mut()?.push(piece);
            continue;
        };
        for (i, part) in text.split('/').enumerate() {
            if i > 0 {
                out.push(Vec::new());
            }
            if !part.is_empty() {
                out.last_mut()?.push(Value::str(part));
            }
        }
    }
    let joined = |mut parts: Vec<Value>| match parts.len() {
        1 => parts.remove(0),
        _ => Value::residual(Residual::call("concat", parts)),
    };
    (out.len() == count && out.iter().all(|s| !s.is_empty())).then(|| out.into_iter().map(joined).collect())
}

/// The id of a resource whose name is not known as a whole, with the segments of the name instead of functions that take it
/// apart; nothing where the name does not tell them apart.
pub fn with_segments(id: &Value, type_: &str, name: &Value) -> Option<Value> {
    let (function, args) = id.as_residual()?.as_call().filter(|(function, _)| function.is_id())?;
    let count = type_.split('/').count().checked_sub(1).filter(|n| *n > 1)?;
    let segments = segments(name, count)?;
    let front = args.get(..args.len().checked_sub(count)?)?;
    let args = front.iter().cloned().chain(segments).collect();
    Some(Value { origin: id.origin.clone(), ..Value::residual(Residual::call(function.name(), args)) })
}

/// What a resource goes by, as [`canonical`] has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The whole name.
    pub name: String,
    /// The id.
    pub id: String,
    /// The id of what it extends; empty if it extends nothing.
    pub scope: String,
}

/// What a resource of a deployment with this name goes by.
///
/// The segments of a name that is not known as a whole come from the name, not from the expression of the id, which takes it
/// apart with functions; a relative scope is one of the deployment's own.
pub fn of_resource(deployed: &Deployed, r: &Resource, name: &Value) -> Identity {
    let name = canonical(name);
    let scope = r.scope.as_ref().map(|scope| absolute(deployed, r.deployment, canonical(scope))).unwrap_or_default();
    let front = match r.id.as_residual() {
        _ if scope.contains(PROVIDERS) => Some(scope.clone()),
        Some(id) => before_path(id, &r.type_),
        None => None,
    };
    let whole = front.and_then(|front| Some(front + &path(&r.type_, &name)?));
    let written = || if r.id.is_null() { name.clone() } else { canonical(&r.id) };
    Identity { id: whole.unwrap_or_else(written), name, scope }
}

/// What the [`canonical`] text of an id of this type has before the path of the resource. The path, which is the longer part, is not
/// written where a function puts the id together part by part. A management group and what a resource extends have paths of their
/// own, which stand before it.
fn before_path(id: &Residual, type_: &str) -> Option<String> {
    let mut out = String::with_capacity(SHORT);
    let made = id.as_call().filter(|(function, _)| function.is_id() && nesting::IDENTITY.allows(0));
    if let Some(parts) = made.and_then(|(function, args)| id::parts(function, args)) {
        let before = parts.iter().take_while(|part| !matches!(part, id::IdPart::Text(PROVIDERS)));
        before.for_each(|part| write_part(part, &mut out, 0));
        return Some(out);
    }
    write_residual(id, &mut out, 0);
    // `X/providers/Y` is a type whose own path has another one in it.
    let within = type_.to_ascii_lowercase().matches(PROVIDERS).count();
    let (at, _) = out.rmatch_indices(PROVIDERS).nth(within)?;
    out.truncate(at);
    Some(out)
}

/// An id that is written without its front belongs to the deployment's own scope.
fn absolute(deployed: &Deployed, deployment: usize, id: String) -> String {
    if id.is_empty() || id.starts_with(['/', '{']) {
        return id;
    }
    let own = deployed.deployments.get(deployment).map(|d| canonical(&d.id)).unwrap_or_default();
    match own.find("/providers/microsoft.resources/deployments/") {
        Some(at) if !id.starts_with("subscriptions/") && !id.starts_with("providers/") => {
            format!("{}/providers/{id}", &own[..at])
        }
        _ => format!("/{id}"),
    }
}

/// `/providers/n.x/a/1/b/2`, of the type `N.X/a/b` and the name `1/2`; `None` if they do not go together. Where the name has fewer
/// segments than the type and just one of them is not known, that one is the rest.
fn path(type_: &str, name: &str) -> Option<String> {
    let mut out = String::with_capacity(PROVIDERS.len() + type_.len() + name.len() + 2);
    let mut segments = type_.split('/');
    out.push_str(PROVIDERS);
    push_lower(&mut out, segments.next()?);
    let lacks = segments.clone().count().checked_sub(name.split('/').count())?;
    let is_open = |segment: &&str| segment.contains('{');
    if lacks > 0 && name.split('/').filter(is_open).count() != 1 {
        return None;
    }
    let mut names = name.split('/').flat_map(|segment| {
        let several = if lacks > 0 && is_open(&segment) { lacks + 1 } else { 1 };
        let part = move |i| if several > 1 { segment_of(segment, i).into() } else { Cow::Borrowed(segment) };
        (0..several).map(part)
    });
    for segment in segments {
        out.push('/');
        push_lower(&mut out, segment);
        out.push('/');
        out.push_str(&names.next().filter(|n| !n.is_empty())?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::call;

    fn unknown(name: &str) -> Value {
        Value::residual(Residual::call(name, vec![]))
    }

    #[test]
    fn names_with_unknown_parts_can_be_compared() {
        let s = |text: &str| Value::str(text);
        let name = call("format", vec![s("{0}/Web"), unknown("x/y")]);
        assert_eq!(canonical(&name), "{x|y()}/web");
        assert_eq!(pieces(&name).len(), 2);
        let joined = call("concat", vec![call("toLower", vec![unknown("x/y")]), s("/web")]);
        assert_eq!(canonical(&joined), canonical(&name));
    }

    #[test]
    fn a_segment_of_a_name_is_what_stands_between_its_slashes() {
        let name = call("format", vec![Value::str("{0}/{1}"), unknown("a"), unknown("b")]);
        let split = |name: Value| call("split", vec![name, Value::str("/")]);
        let filtered = call("filter", vec![split(name.clone()), call("lambda", vec![])]);
        let at = |base: Value, i: i64| canonical(&Value::residual(Residual::access(base, Value::int(i))));
        assert_eq!((at(split(name.clone()), 0), at(filtered.clone(), 1)), ("{a()}".into(), "{b()}".into()));
        let length = call("length", vec![split(name.clone())]);
        let end =
            |back| Value::residual(Residual::access(split(name.clone()), call("sub", vec![length.clone(), back])));
        assert_eq!((canonical(&end(Value::int(1))), canonical(&end(Value::int(2)))), ("{b()}".into(), "{a()}".into()));
        let of = |function: &str| canonical(&call(function, vec![split(name.clone())]));
        assert_eq!((of("first"), of("last")), ("{a()}".into(), "{b()}".into()));
        assert_eq!(canonical(&call("last", vec![split(unknown("a"))])), "{last(split(a(), '|'))}");
        assert_eq!(at(split(unknown("a")), 0), "{split(a(), '|')[0]}");
        let id = |args: Vec<Value>| {
            canonical(&call(
                "resourceId",
                [vec![Value::str("s"), Value::str("g"), Value::str("N.X/a/b")], args].concat(),
            ))
        };
        let group = call("resourceId", ["s", "g", "N.X/a", "n"].map(Value::str).to_vec());
        assert_eq!(at(split(group.clone()), 0), "");
        let open = call("resourceId", vec![Value::str("s"), unknown("g"), Value::str("N.X/a"), Value::str("n")]);
        assert_eq!((at(split(open.clone()), 3), at(split(open), 4)), ("resourcegroups".into(), "{g()}".into()));
        let access = |i| Value::residual(Residual::access(filtered.clone(), Value::int(i)));
        assert_eq!(id(vec![access(0), access(1)]), id(vec![unknown("a"), unknown("b")]));
    }

    #[test]
    fn a_hole_that_says_how_it_is_written_keeps_its_argument() {
        let name = |of: &str| canonical(&call("format", vec![Value::str("st{0:D3}"), unknown(of)]));
        assert_eq!(name("a"), "st{{a()},0:d3}");
        assert_ne!(name("a"), name("b"));
        let both = call("format", vec![Value::str("{0:D3}-{1}"), unknown("a"), unknown("b")]);
        assert_eq!(pieces(&both).len(), 3);
    }

    #[test]
    fn an_id_takes_its_segments_from_the_name() {
        let s = |text: &str| Value::str(text);
        let part = |i| Value::residual(Residual::access(unknown("parts"), Value::int(i)));
        let id = call("resourceId", vec![s("N.X/a/b"), part(0), part(1)]);
        let name = call("format", vec![s("{0}/web"), unknown("p")]);
        let shown = |v: Option<Value>| v.map(|v| v.as_residual().unwrap().text());
        assert_eq!(shown(with_segments(&id, "N.X/a/b", &name)).as_deref(), Some("resourceId('N.X/a/b', p(), 'web')"));
        // Whether what is unknown holds a slash, nobody knows.
        assert_eq!(shown(with_segments(&id, "N.X/a/b", &unknown("p"))), None);
        assert_eq!(shown(with_segments(&s("/x"), "N.X/a/b", &name)), None);
    }

    #[test]
    fn an_id_is_the_same_whatever_function_made_it() {
        let args = |front: &[&str]| {
            let front = front.iter().map(|f| Value::str(*f));
            front.chain([Value::str("N.X/a/b"), unknown("p"), Value::str("q")]).collect::<Vec<_>>()
        };
        let id = canonical(&call("resourceId", args(&["s", "g"])));
        assert_eq!(id, "/subscriptions/s/resourcegroups/g/providers/n.x/a/{p()}/b/q");
        let group = Value::str("/subscriptions/s/resourceGroups/g");
        let extended = call("extensionResourceId", [vec![group], args(&[])].concat());
        assert_eq!(canonical(&extended), id);
        assert_eq!(path("N.X/a/b", "{p()}/q").as_deref(), Some("/providers/n.x/a/{p()}/b/q"));
        // A part that is not known may be several segments, if there is but one.
        let several = "/providers/n.x/a/{split(p(), '|')[0]}/b/{split(p(), '|')[1]}";
        assert_eq!(path("N.X/a/b", "{p()}").as_deref(), Some(several));
        assert_eq!(path("N.X/a/b/c", "{p()}/{q()}"), None);
        assert_eq!((path("N.X/a/b", "p"), path("N.X/a", "p/{q()}")), (None, None));
    }

    #[test]
    fn what_stands_before_the_path_of_a_resource_is_all_of_it() {
        let s = |text: &str| Value::str(text);
        let before = |id: Value, type_: &str| before_path(id.as_residual().unwrap(), type_);
        let of = |function: &str, front: &[Value]| {
            let rest = [s("N.X/a/b"), unknown("p"), s("q")];
            call(function, front.iter().cloned().chain(rest).collect())
        };
        let group = "/subscriptions/{x|y()}/resourcegroups/g";
        let management = "/providers/microsoft.management/managementgroups/{m()}";
        let extended = format!("{group}/providers/n.y/c/{{n()}}");
        let base = call("resourceId", vec![unknown("x/y"), s("G"), s("N.Y/c"), unknown("n")]);
        let cases = [
            (of("resourceId", &[unknown("x/y"), s("G")]), group),
            (of("subscriptionResourceId", &[unknown("x/y")]), "/subscriptions/{x|y()}"),
            (of("tenantResourceId", &[]), ""),
            (of("managementGroupResourceId", &[unknown("m")]), management),
            (of("extensionResourceId", &[unknown("e")]), "{e()}"),
            (of("extensionResourceId", std::slice::from_ref(&base)), &*extended),
            (of("extensionResourceId", &[s("/providers/N.Y/c/1")]), "/providers/n.y/c/1"),
            (call("toLower", vec![of("managementGroupResourceId", &[unknown("m")])]), management),
            (call("concat", vec![base.clone(), s("/providers/N.X/a/"), unknown("p"), s("/b/q")]), &*extended),
            (call("format", vec![s("{0}/providers/N.X/a/{1}/b/q"), base, unknown("p")]), &*extended),
        ];
        for (id, front) in cases {
            assert_eq!(before(id.clone(), "N.X/a/b").as_deref(), Some(front));
            let path = "/providers/n.x/a/{p()}/b/q";
            assert_eq!(canonical(&id), format!("{front}{path}"));
        }
        // The type of an extension may have another path in it; how many there are is all that is known of what a text means.
        let whole = call("concat", vec![s("/g/providers/N.X/a/1/providers/N.Y/b/"), unknown("p")]);
        assert_eq!(before(whole.clone(), "N.X/a/providers/b").as_deref(), Some("/g"));
        assert_eq!(before(whole, "N.Y/b").as_deref(), Some("/g/providers/n.x/a/1"));
        assert_eq!(before(call("concat", vec![s("/g/"), unknown("p")]), "N.X/a"), None);
        assert_eq!(before(of("resourceId", &[unknown("g")]), "N.X/a/b"), None);
    }
}
