//! What is known of a string that is not known as a whole.
//!
//! `concat('https://', reference('x').host)` begins with `https://` whatever the reference gives. Everything here holds for every
//! value the residual parts can take with which the expression comes to something at all.

use std::cell::Cell;

use ecow::EcoString;

use super::alphabet::{Alphabet, Open};
use super::cut::Items;
use super::dates;
use super::kind::is_string;
use super::stretch::{Part, Shape, UNKNOWN};
use crate::expand::residual::{Node, Residual};
use crate::expand::text::{id, order, written};
use crate::expand::value::{Data, Value};
use crate::model::Builtin;
use crate::model::format_string::{self, Piece};
use crate::model::function_table::Returns;
use crate::nesting;

/// The stretches of a string. A value that is no string is one unknown stretch.
pub fn parts(v: &Value) -> Shape {
    Walk::default().shape(v, 0)
}

/// The same as people see it: what a function writes by itself, such as the hyphens of a GUID, is as open as the rest of it.
pub(super) fn parts_as_written(v: &Value) -> Shape {
    Walk { as_written: true, ..Walk::default() }.shape(v, 0)
}

/// So many values and stretches are looked at: a text that is joined with itself doubles.
const MOST: usize = 20_000;

/// A walk through the parts of one expression.
pub(super) struct Walk {
    left: Cell<usize>,
    as_written: bool,
}

impl Default for Walk {
    fn default() -> Self {
        Walk { left: Cell::new(MOST), as_written: false }
    }
}

impl Walk {
    /// Takes some of what may still be looked at; false if it is used up.
    pub(super) fn spend(&self, some: usize) -> bool {
        let rest = self.left.get().checked_sub(some);
        self.left.set(rest.unwrap_or_default());
        rest.is_some()
    }

    /// What is known of a string.
    pub(super) fn shape(&self, v: &Value, depth: usize) -> Shape {
        match &v.data {
            Data::Str(s) => Shape::known(s.clone()),
            Data::Residual(r) if nesting::TEXT.allows(depth) && self.spend(1) => {
                let shape = self.of_residual(r, depth + 1);
                if self.spend(shape.len()) { shape } else { Shape::unknown() }
            }
            _ => Shape::unknown(),
        }
    }

    /// What `concat`, `join` and `format` make of an argument.
    pub(super) fn text(&self, v: &Value, depth: usize) -> Shape {
        match written::scalar(v) {
            Some(s) => Shape::known(s),
            None => self.shape(v, depth),
        }
    }

    fn of_residual(&self, r: &Residual, depth: usize) -> Shape {
        if let Some((function, args)) = r.as_call() {
            return self.of_call(function, args, depth);
        }
        match &r.node {
            Node::Access { base, key } => self.of_access(base, key, depth),
            Node::Parameter(p) => match &p.allowed {
                Some(choices) if !choices.is_empty() && choices.iter().all(|c| c.as_str().is_some()) => {
                    self.either(choices.iter(), depth)
                }
                _ => Shape::unknown(),
            },
            Node::Call { .. } | Node::Loop { .. } | Node::Failed(_) | Node::Text(_) => Shape::unknown(),
        }
    }

    fn of_call(&self, function: Builtin, args: &[Value], depth: usize) -> Shape {
        let text = |v: &Value| self.text(v, depth);
        match (function, args) {
            (Builtin::Concat, _) => joined(args.iter().map(text), &Shape::default()),
            (Builtin::Join, [list, separator]) => {
                self.items(list, depth).map_or_else(Shape::unknown, |items| joined(items.into_iter(), &text(separator)))
            }
            (Builtin::Format, [template, values @ ..]) => self.of_format(template, values, depth),
            (Builtin::ToLower | Builtin::ToUpper | Builtin::UriComponent, [only]) => {
                text(only).iter().map(|part| changed(function, part)).collect()
            }
            (Builtin::UriComponentToString, [only]) => {
                Some(text(only)).filter(|s| !s.blurred().chars.meets(Alphabet::of("%+"))).unwrap_or_else(Shape::unknown)
            }
            (Builtin::Base64, [only]) => in_base64(&text(only)),
            (Builtin::Trim, [only]) => text(only).trimmed(),
            (Builtin::Take, [whole, count]) => self.taken(&text(whole), count, false, depth),
            (Builtin::Skip, [whole, from]) => self.skipped(&text(whole), from, depth),
            (Builtin::Substring, [whole, from, rest @ ..]) => {
                let behind = self.skipped(&text(whole), from, depth);
                rest.first().map_or_else(|| behind.clone(), |count| self.taken(&behind, count, true, depth))
            }
            (Builtin::First | Builtin::Last, [whole]) => match self.item(whole, 0, function == Builtin::Last, depth) {
                Some(item) => item,
                None if !is_string(whole, depth) => Shape::unknown(),
                None if function == Builtin::First => text(whole).taken(1, false),
                None => text(whole).last_unit(),
            },
            (Builtin::IndexFromEnd, [list, n]) => {
                let at = n.as_int().and_then(|n| usize::try_from(n).ok()?.checked_sub(1));
                at.and_then(|at| self.item(list, at, true, depth)).unwrap_or_else(Shape::unknown)
            }
            (Builtin::PadLeft, [whole, width, rest @ ..]) => {
                let fill = rest.first().map_or(Some(" "), |v| v.as_str().map(EcoString::as_str));
                text(whole).padded(unit_count(width), fill)
            }
            (Builtin::Replace, [whole, old, new]) => match (old.as_str(), new.as_str()) {
                (Some(old), Some(new)) if !old.is_empty() => text(whole).replaced(old, new),
                _ => Shape::unknown(),
            },
            (Builtin::StringOf, [only]) => text(only),
            (Builtin::If, [_, yes, no]) => self.either([yes, no].into_iter(), depth),
            // The last one may be null too, but then there is no string.
            (Builtin::Coalesce, _) => self.either(args.iter().filter(|a| !a.is_null()), depth),
            (Builtin::Guid | Builtin::NewGuid, _) => self.generated(guid()),
            (Builtin::UtcNow, []) => self.generated(dates::shape("yyyyMMddTHHmmssZ", true)),
            (Builtin::UtcNow, [spec]) => self.date(spec, true),
            // Which format it has that nobody chose the documentation says in three ways.
            (Builtin::DateTimeAdd, [_, _, spec]) => self.date(spec, false),
            (Builtin::DateTimeFromEpoch, [_]) => self.generated(dates::shape("yyyy-MM-ddTHH:mm:ssZ", true)),
            (Builtin::Uri, [base, relative]) => self.uri(base, relative, depth),
            _ if function.is_id() => self.of_id(function, args, depth),
            _ if function.facts().returns == Returns::Integer => {
                self.bounds_of_call(function, args, depth).written().into()
            }
            _ => function.letters().map_or_else(Shape::unknown, |letters| Open::from(letters).into()),
        }
    }

    /// What a function writes by itself.
    fn generated(&self, shape: Shape) -> Shape {
        if self.as_written { shape.blurred().into() } else { shape }
    }

    fn date(&self, spec: &Value, utc: bool) -> Shape {
        spec.as_str().map_or_else(Shape::unknown, |spec| self.generated(dates::shape(spec, utc)))
    }

    fn taken(&self, whole: &Shape, count: &Value, exact: bool, depth: usize) -> Shape {
        if let Some(count) = unit_count(count) {
            return whole.taken(count, exact);
        }
        let bounds = self.bounds(count, depth);
        let least = usize::try_from(bounds.least).unwrap_or(0);
        let most = usize::try_from(bounds.most.max(0)).ok().filter(|_| bounds.most < i64::MAX);
        let longest = most.map_or_else(|| whole.clone(), |most| whole.taken(most, false)).blurred();
        let least = if exact { least } else { least.min(longest.least) };
        Open { least, most: longest.most.map(|m| m.max(least)), ..longest }.into()
    }

    fn skipped(&self, whole: &Shape, from: &Value, depth: usize) -> Shape {
        if let Some(from) = unit_count(from) {
            return whole.skipped(from);
        }
        let bounds = self.bounds(from, depth);
        let longest = whole.skipped(usize::try_from(bounds.least).unwrap_or(0)).blurred();
        longest.or_fewer().into()
    }

    /// The items of a list of texts that has as many for certain.
    fn items(&self, list: &Value, depth: usize) -> Option<Vec<Shape>> {
        if let Data::Array(items) = &list.data {
            return self.spend(items.len()).then(|| items.iter().map(|item| self.text(item, depth)).collect());
        }
        let goes_on = nesting::TEXT.allows(depth) && self.spend(1);
        let (function, args) = list.as_residual().and_then(|r| r.as_call()).filter(|_| goes_on)?;
        let items = |v: &Value| self.items(v, depth + 1);
        let count = |v: &Value| v.as_int().map(|n| usize::try_from(n).unwrap_or(0));
        match (function, args) {
            (Builtin::Split, [text, separators]) => {
                Some(self.split(text, separators, depth)?).filter(|items| items.rest.is_none()).map(|items| items.front)
            }
            (Builtin::Take, [list, n]) => Some(items(list)?.into_iter().take(count(n)?).collect()),
            (Builtin::Skip, [list, n]) => Some(items(list)?.into_iter().skip(count(n)?).collect()),
            (Builtin::Concat, lists) => {
                let all: Option<Vec<_>> = lists.iter().map(items).collect();
                all.map(|all| all.into_iter().flatten().collect())
            }
            _ => None,
        }
    }

    /// An item of a list of texts, by its number from the start or from the end.
    fn item(&self, list: &Value, at: usize, from_end: bool, depth: usize) -> Option<Shape> {
        if let Some((Builtin::Split, [text, separators])) = list.as_residual().and_then(|r| r.as_call()) {
            return self.split(text, separators, depth)?.at(at, from_end);
        }
        // A text has no items, and may have none that is known of.
        let mut items = self.items(list, depth)?;
        let at = if from_end { items.len().checked_sub(at + 1)? } else { at };
        (at < items.len()).then(|| items.swap_remove(at))
    }

    fn split(&self, text: &Value, separators: &Value, depth: usize) -> Option<Items> {
        let separators: Vec<&str> = match &separators.data {
            Data::Str(one) => vec![one],
            Data::Array(many) => many.iter().map(|s| s.as_str().map(EcoString::as_str)).collect::<Option<_>>()?,
            _ => return None,
        };
        // Without any it is split at white space, and there is more than one kind.
        (!separators.is_empty()).then(|| self.text(text, depth + 1).split(&separators))
    }

    fn of_format(&self, template: &Value, values: &[Value], depth: usize) -> Shape {
        let Some(Ok(pieces)) = template.as_str().map(|t| format_string::pieces(t)) else { return Shape::unknown() };
        let mut out = Shape::default();
        for piece in pieces {
            match piece {
                Piece::Text(t) => out.push(Part::Known(t.into())),
                Piece::Hole { index, width, spec } => {
                    let filled = values.get(index).map(|v| self.in_hole(v, spec, depth));
                    let room = usize::try_from(width.unsigned_abs()).ok();
                    out.append(match filled {
                        Some(filled) if width == 0 => filled,
                        Some(filled) if width > 0 => filled.padded(room, Some(" ")),
                        Some(filled) => filled.reversed().padded(room, Some(" ")).reversed(),
                        None => Shape::unknown(),
                    });
                }
            }
        }
        out
    }

    fn in_hole(&self, v: &Value, spec: &str, depth: usize) -> Shape {
        match v.as_residual().map(|r| r.as_call()) {
            None => written::in_hole(v, spec).map_or_else(Shape::unknown, Shape::known),
            Some(_) if spec.is_empty() || is_string(v, depth) => self.text(v, depth),
            Some(Some((function, _))) if function.facts().returns == Returns::Integer => {
                self.number_as(v, spec, depth).unwrap_or_else(Shape::unknown)
            }
            Some(_) => Shape::unknown(),
        }
    }

    fn of_id(&self, function: Builtin, args: &[Value], depth: usize) -> Shape {
        let mut out = Shape::default();
        match id::parts(function, args) {
            Some(pieces) => pieces.iter().for_each(|p| match p {
                id::IdPart::Text(text) => out.push(Part::Known((*text).into())),
                id::IdPart::Given(value) => out.append(self.shape(value, depth)),
            }),
            None => {
                let here = matches!(function, Builtin::ResourceId | Builtin::SubscriptionResourceId);
                if here && starts_in_subscription(args) {
                    out.push(Part::Known("/subscriptions/".into()));
                }
                out.push(UNKNOWN);
            }
        }
        out
    }

    /// What stands behind a URI that ends in a folder, if nothing in it means anything to URIs.
    fn uri(&self, base: &Value, relative: &Value, depth: usize) -> Shape {
        let relative = self.text(relative, depth);
        let whole = relative.blurred();
        let plain = whole.least > 0 && Alphabet::alphanumeric_and("-_").covers(whole.chars);
        // How it is resolved, any such text can say.
        let with_sample = crate::expand::functions::resolved(base, "x").filter(|_| plain);
        let Some(folder) = with_sample.as_deref().and_then(|uri| uri.strip_suffix('x')) else {
            return Shape::unknown();
        };
        let mut out = Shape::known(folder);
        out.append(relative);
        out
    }

    fn of_access(&self, base: &Value, key: &Value, depth: usize) -> Shape {
        if let Data::Int(at) = key.data {
            let at = usize::try_from(at).ok();
            return at.and_then(|at| self.item(base, at, false, depth)).unwrap_or_else(Shape::unknown);
        }
        self.context_member(base, key).unwrap_or_else(Shape::unknown)
    }

    /// A member of what Azure says of where a deployment goes to, if it is a text of which something is known.
    pub(super) fn context_member(&self, base: &Value, key: &Value) -> Option<Shape> {
        let (function, []) = base.as_residual()?.as_call()? else { return None };
        // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
        let group =
            || Part::Open(Open::between(Alphabet::alphanumeric_and("-_.()").union(Alphabet::ANY.others_only()), 1, 90));
        let name = || Part::Open(Open::between(Alphabet::alphanumeric_and("-_.()"), 1, 64));
        let region = || Part::Open(Open { chars: Alphabet::alphanumeric_and(" "), least: 1, most: None });
        let known = |text: &str| Part::Known(text.into());
        let guid = || self.generated(guid());
        let subscription = || {
            let mut out = Shape::known("/subscriptions/");
            out.append(guid());
            out
        };
        Some(match (function, key.as_str()?.to_ascii_lowercase().as_str()) {
            (Builtin::Subscription, "id") => subscription(),
            (Builtin::Subscription, "subscriptionid" | "tenantid") | (Builtin::Tenant, "tenantid") => guid(),
            (Builtin::ResourceGroup, "id") => {
                let mut out = subscription();
                [known("/resourceGroups/"), group()].into_iter().for_each(|part| out.push(part));
                out
            }
            (Builtin::ResourceGroup, "name") => Shape::from_iter([group()]),
            (Builtin::ResourceGroup | Builtin::Deployment, "location") => Shape::from_iter([region()]),
            (Builtin::Deployment, "name") => Shape::from_iter([name()]),
            (Builtin::ManagementGroup, "id") => {
                Shape::from_iter([known("/providers/Microsoft.Management/managementGroups/"), UNKNOWN])
            }
            _ => return None,
        })
    }

    /// What several choices have in common.
    fn either<'v>(&self, choices: impl Iterator<Item = &'v Value>, depth: usize) -> Shape {
        Shape::either(choices.map(|c| self.text(c, depth)).collect())
    }
}

/// Texts one after the other, with another one between them.
fn joined(texts: impl Iterator<Item = Shape>, separator: &Shape) -> Shape {
    let mut out = Shape::default();
    for (i, text) in texts.enumerate() {
        if i > 0 {
            out.append(separator.clone());
        }
        out.append(text);
    }
    out
}

/// Something, though not the type, stands in front: then it is a subscription or a group in one.
fn starts_in_subscription(args: &[Value]) -> bool {
    args.iter().position(|a| a.as_str().is_some_and(|s| s.contains('/'))).is_some_and(|at| at > 0)
}

/// The groups of digits of a GUID, and the hyphens between them.
fn guid() -> Shape {
    let digits = Builtin::NewGuid.letters().map_or(Alphabet::ANY, |letters| Open::from(letters).chars.without('-'));
    let group = |n| Shape::from(Open::exactly(digits, n));
    joined([8, 4, 4, 4, 12].into_iter().map(group), &Shape::known("-"))
}

/// A stretch as a function makes it that changes each character by itself.
fn changed(function: Builtin, part: &Part) -> Part {
    match (function, part) {
        (Builtin::ToLower, Part::Known(s)) => Part::Known(order::lowered(s)),
        (Builtin::ToUpper, Part::Known(s)) => Part::Known(order::uppered(s)),
        (_, Part::Known(s)) => Part::Known(written::component(s)),
        (Builtin::ToLower, Part::Open(o)) => {
            Part::Open(Open { chars: o.chars.mapped(|c| c.to_ascii_lowercase()), ..*o })
        }
        (Builtin::ToUpper, Part::Open(o)) => {
            Part::Open(Open { chars: o.chars.mapped(|c| c.to_ascii_uppercase()), ..*o })
        }
        (_, Part::Open(o)) if Alphabet::alphanumeric_and("-_.~").covers(o.chars) => Part::Open(*o),
        (_, Part::Open(o)) => {
            let most = o.most.and_then(|n| n.checked_mul(9));
            Part::Open(Open { chars: Alphabet::alphanumeric_and("-_.!~*'()%"), least: o.least, most })
        }
    }
}

/// Four characters for three bytes, the last of which are filled.
fn in_base64(text: &Shape) -> Shape {
    let whole = text.blurred();
    // A unit is up to three bytes in UTF-8.
    let most = if whole.chars.has_others() { whole.most.and_then(|n| n.checked_mul(3)) } else { whole.most };
    let digits = Alphabet::alphanumeric_and("+/");
    let length = |bytes: usize| bytes.div_ceil(3).checked_mul(4);
    if let Some(bytes) = most.filter(|most| *most == whole.least) {
        let fill = (3 - bytes % 3) % 3;
        let filled = length(bytes).unwrap_or(usize::MAX);
        return Shape::from_iter([
            Part::Open(Open::exactly(digits, filled - fill)),
            Part::Known("=".repeat(fill).into()),
        ]);
    }
    let chars = digits.union(Alphabet::of("="));
    Open { chars, least: length(whole.least).unwrap_or(0), most: most.and_then(length) }.into()
}

/// A number of UTF-16 units that is known.
fn unit_count(v: &Value) -> Option<usize> {
    v.as_int().map(|i| usize::try_from(i).unwrap_or(0))
}

/// The characters that a string certainly begins with.
pub fn known_prefix(v: &Value) -> EcoString {
    parts(v).start().into()
}

/// The characters that a string certainly ends with.
pub fn known_suffix(v: &Value) -> EcoString {
    parts(v).end().into()
}

/// The fewest UTF-16 units that a string has.
pub fn min_length(v: &Value) -> usize {
    parts(v).blurred().least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::{call, r, s};

    /// The stretches as a pattern with `*`.
    fn pattern(v: &Value) -> String {
        let mut out = String::new();
        for part in &parts(v) {
            match part {
                Part::Known(s) => out.push_str(s),
                Part::Open(_) if out.ends_with('*') => {}
                Part::Open(_) => out.push('*'),
            }
        }
        out
    }

    #[test]
    fn stretches() {
        assert_eq!(pattern(&call("concat", vec![s("a"), Value::int(1), r(), r(), Value::bool(true)])), "a1*True");
        assert_eq!(pattern(&call("format", vec![s("{0}-{1}/{2,5}"), s("x"), r(), s("y")])), "x-*/    y");
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
            let whole = parts(v).blurred();
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
        assert_eq!(shape(&some), ("*".into(), 17, Some(17)));
        assert!(!parts(&dashless).blurred().chars.has('-'));
        let upper = parts(&call("toUpper", vec![unique()])).blurred().chars;
        assert!(upper.has('A') && !upper.has('a'));
        assert_eq!(shape(&call("if", vec![r(), s("dev"), s("production")])), ("*".into(), 3, Some(10)));
    }
}
