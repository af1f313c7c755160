//! The operators on what a path leads to.

use std::borrow::Cow;

use jiff::Timestamp;

use super::compare::{self, Lit, Part};
use super::condition::Evaluator;
use super::config::has_zones;
use super::evidence::{Found, Scope};
use super::language::{Literal, Op, Operand, Root, Test, TextPart, Transform};
use super::partial;
use super::truth::Truth;
use super::version::{Version, in_range};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Object, Value, value::Member};

impl<'a> Evaluator<'a> {
    /// Asks one thing of one value.
    pub(super) fn ask(&self, test: &'a Test, found: Found<'a>, s: Scope<'a>) -> Truth {
        let expected = self.operand(&test.operand, s);
        if let Root::Config(key) = &test.path.root {
            return match self.world.settings.get(key) {
                Some(v) => self.known(test, &Lit::json(v), None, &expected),
                None => Truth::from(missing_holds(test.op, &expected)),
            };
        }
        if let (Root::Name | Root::ShortName, Some(key)) = (&test.path.root, s.key) {
            return self.known(test, &Lit::Str(Cow::Borrowed(key)), None, &expected);
        }
        match found {
            Found::Missing => missing_holds(test.op, &expected).into(),
            Found::Value(_) | Found::Secret(_) if test.op == Op::Exists => Truth::from(expected != Lit::Bool(false)),
            // For Azure null is left out. In what was exported it would be a value like any other.
            Found::Value(v) if v.is_null() && test.op == Op::HasDefault && self.world.deployed.is_some() => Truth::True,
            Found::Value(v) | Found::Secret(v) => self.known(test, &Lit::of(v), Some(v), &expected),
            Found::Unknown(r) => match (test.op, &expected) {
                (Op::Exists, Lit::Bool(b)) => presence(r, *b),
                (Op::HasValue, Lit::Bool(b)) if partial::not_empty(r) => (*b).into(),
                _ => self.known(
                    test,
                    &Lit::Unknown(partial::text(&Value::new(Data::Residual(r.clone())))),
                    None,
                    &expected,
                ),
            },
        }
    }

    fn known(&self, test: &'a Test, actual: &Lit<'_>, value: Option<&Value>, expected: &Lit<'_>) -> Truth {
        let now = self.world.now;
        let actual = match &test.transform {
            Some(t) => transformed(t, actual, now),
            None => Cow::Borrowed(actual),
        };
        let normal;
        let expected = if test.transform == Some(Transform::Location) {
            normal = transformed(&Transform::Location, expected, now).into_owned();
            &normal
        } else {
            expected
        };
        let actual = &*actual;
        let cs = test.case_sensitive.unwrap_or(false);
        let part = |p| compare::has_part(actual, expected, p, cs);
        match test.op {
            Op::Exists => Truth::from(*expected != Lit::Bool(false)),
            Op::HasValue => {
                let has = match actual {
                    Lit::Null => Truth::False,
                    Lit::Str(s) => (!s.is_empty()).into(),
                    Lit::List(l) => (!l.is_empty()).into(),
                    Lit::Unknown(Some(t)) if t.is_certain() && t.min_length() > 0 => Truth::True,
                    Lit::Unknown(_) => Truth::Unknown,
                    _ => Truth::True,
                };
                if *expected == Lit::Bool(false) { has.not() } else { has }
            }
            Op::Equals | Op::HasDefault => compare::equal(actual, expected, cs),
            Op::NotEquals => compare::equal(actual, expected, cs).not(),
            Op::In => compare::one_of(actual, expected, cs),
            Op::NotIn => compare::one_of(actual, expected, cs).not(),
            Op::Contains => part(Part::Anywhere),
            Op::NotContains => part(Part::Anywhere).not(),
            Op::StartsWith => part(Part::Start),
            Op::NotStartsWith => part(Part::Start).not(),
            Op::EndsWith => part(Part::End),
            Op::NotEndsWith => part(Part::End).not(),
            Op::Like => compare::like(actual, expected, cs),
            Op::NotLike => compare::like(actual, expected, cs).not(),
            Op::Match | Op::NotMatch => {
                let cs = test.case_sensitive.unwrap_or(true);
                let pattern = expected.text().unwrap_or_default();
                let found = compare::matches(actual, &pattern, cs).unwrap_or(Truth::Unknown);
                if test.op == Op::NotMatch { found.not() } else { found }
            }
            Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals => numbers(test.op, actual, expected, now),
            Op::Is => compare::is_kind(actual, &expected.text().unwrap_or_default()),
            Op::IsNot => compare::is_kind(actual, &expected.text().unwrap_or_default()).not(),
            Op::Version | Op::ApiVersion => versions(test, actual, expected),
            Op::SetOf => {
                subset(actual, expected, cs).and(subset(expected, actual, cs)).and(same_length(actual, expected))
            }
            Op::Subset => subset(actual, expected, cs),
            Op::HasKeys => {
                keys(value, |o| expected.items().iter().all(|k| k.text().is_some_and(|k| o.member(&k).is_some())))
            }
            Op::OnlyKeys => keys(value, |o| {
                let allowed = |m: &Member| {
                    expected.items().iter().any(|k| k.text().is_some_and(|k| m.key.eq_ignore_ascii_case(&k)))
                };
                o.members.iter().all(allowed)
            }),
            Op::SupportsZones => self.zones(actual, &test.operand),
            Op::NotSupportsZones => self.zones(actual, &test.operand).not(),
        }
    }

    fn zones(&self, actual: &Lit<'_>, operand: &Operand) -> Truth {
        let region = match actual {
            Lit::Str(s) => s,
            Lit::Unknown(_) => return Truth::Unknown,
            _ => return Truth::False,
        };
        let type_ = |o: &Operand| match o {
            Operand::Literal(Literal::Str(s)) => s.clone(),
            _ => String::new(),
        };
        match operand {
            Operand::List(parts) => {
                let more = parts
                    .iter()
                    .find_map(|p| if let Operand::Config(k) = p { self.world.settings.get(k) } else { None });
                has_zones(region, &parts.first().map(type_).unwrap_or_default(), more).into()
            }
            other => has_zones(region, &type_(other), None).into(),
        }
    }

    /// What an operand comes to.
    pub fn operand(&self, operand: &'a Operand, s: Scope<'a>) -> Lit<'a> {
        match operand {
            Operand::Literal(l) => Lit::literal(l),
            Operand::Config(key) => self.world.settings.get(key).map_or(Lit::Null, Lit::json),
            Operand::Path(path) => self.value(path, s).map_or(Lit::Null, Lit::of),
            Operand::Text(parts) => {
                let mut out = String::new();
                for p in parts {
                    let value = match p {
                        TextPart::Words(w) => Lit::Str(Cow::Borrowed(w.as_str())),
                        TextPart::Config(key) => self.world.settings.get(key).map_or(Lit::Null, Lit::json),
                        TextPart::Property(path) => self.value(path, s).map_or(Lit::Null, Lit::of),
                        _ => Lit::Null,
                    };
                    match value.text() {
                        Some(t) => out.push_str(&t),
                        None if matches!(value, Lit::Unknown(_)) => return Lit::Unknown(None),
                        None => {}
                    }
                }
                Lit::Str(Cow::Owned(out))
            }
            Operand::List(list) => {
                let mut out = Vec::new();
                for o in list {
                    match self.operand(o, s) {
                        Lit::List(items) => out.extend(items),
                        Lit::Null => {}
                        one => out.push(one),
                    }
                }
                Lit::List(out)
            }
        }
    }
}

fn missing_holds(op: Op, expected: &Lit<'_>) -> bool {
    match op {
        Op::Exists | Op::HasValue => *expected == Lit::Bool(false),
        _ => op.holds_for_missing(),
    }
}

/// Whether a property with an unknown value is there: it is, unless the expression can come to null.
fn presence(r: &Residual, wanted: bool) -> Truth {
    let can_be_null = matches!(&r.node, Expression::Call { name, .. }
        if ["if", "coalesce", "tryget", "tryindexfromend"].contains(&name.to_ascii_lowercase().as_str()));
    if can_be_null { Truth::Unknown } else { wanted.into() }
}

fn numbers(op: Op, actual: &Lit<'_>, expected: &Lit<'_>, now: Timestamp) -> Truth {
    let bound = match expected {
        Lit::Int(i) => *i as f64,
        Lit::Float(f) => *f,
        Lit::Str(s) => match s.trim().parse() {
            Ok(n) => n,
            Err(_) => return Truth::False,
        },
        Lit::Unknown(_) => return Truth::Unknown,
        _ => return Truth::False,
    };
    if let Lit::Unknown(text) = actual {
        // A text is at least as long as its known parts.
        let text = text.as_ref().filter(|t| t.is_certain());
        let least = text.map_or(0.0, |t| t.min_length() as f64);
        return match op {
            Op::Greater if text.is_some() && least > bound => Truth::True,
            Op::GreaterOrEquals if text.is_some() && least >= bound => Truth::True,
            Op::Less if text.is_some() && least >= bound => Truth::False,
            Op::LessOrEquals if text.is_some() && least > bound => Truth::False,
            _ => Truth::Unknown,
        };
    }
    let Some(n) = compare::magnitude(actual, now) else { return Truth::False };
    match op {
        Op::Greater => n > bound,
        Op::GreaterOrEquals => n >= bound,
        Op::Less => n < bound,
        _ => n <= bound,
    }
    .into()
}

fn versions(test: &Test, actual: &Lit<'_>, expected: &Lit<'_>) -> Truth {
    if matches!(actual, Lit::Unknown(_)) || matches!(expected, Lit::Unknown(_)) {
        return Truth::Unknown;
    }
    let parse = if test.op == Op::ApiVersion { Version::date } else { Version::semantic };
    let version = actual.text().and_then(|t| parse(&t));
    let range = expected.text().unwrap_or_default();
    version.and_then(|v| in_range(&v, &range, parse, test.prerelease)).unwrap_or(false).into()
}

/// Whether all of `wanted` are items of `list`.
fn subset(list: &Lit<'_>, wanted: &Lit<'_>, cs: bool) -> Truth {
    if matches!(list, Lit::Unknown(_)) {
        return Truth::Unknown;
    }
    let has = |w: &Lit<'_>| list.items().iter().fold(Truth::False, |t, l| t.or(compare::equal(l, w, cs)));
    if !matches!(list, Lit::List(_)) {
        Truth::False
    } else {
        wanted.items().iter().map(has).fold(Truth::True, Truth::and)
    }
}

fn same_length(a: &Lit<'_>, b: &Lit<'_>) -> Truth {
    if matches!(a, Lit::Unknown(_)) { Truth::Unknown } else { (a.items().len() == b.items().len()).into() }
}

fn keys(value: Option<&Value>, test: impl Fn(&Object) -> bool) -> Truth {
    match value.map(|v| &v.data) {
        Some(Data::Object(o)) => test(o).into(),
        Some(Data::Residual(_)) | None => Truth::Unknown,
        _ => Truth::False,
    }
}

fn transformed<'l>(transform: &Transform, value: &'l Lit<'l>, now: Timestamp) -> Cow<'l, Lit<'l>> {
    let text = |f: &dyn Fn(&str) -> String| match value {
        Lit::Str(s) => Cow::Owned(Lit::Str(Cow::Owned(f(s)))),
        other => Cow::Borrowed(other),
    };
    match (transform, value) {
        (_, Lit::Unknown(_)) => Cow::Owned(Lit::Unknown(None)),
        (Transform::Location, Lit::List(items)) => {
            Cow::Owned(Lit::List(items.iter().map(|i| transformed(transform, i, now).into_owned()).collect()))
        }
        (Transform::Location, _) => text(&compare::region),
        (Transform::DaysUntil, Lit::Str(s)) => Cow::Owned(compare::days_until(s, now).map_or(Lit::Object, Lit::Int)),
        (Transform::Number, Lit::Str(s)) => match s.trim().parse::<f64>() {
            Ok(n) => Cow::Owned(Lit::Float(n)),
            Err(_) => Cow::Owned(Lit::Object),
        },
        (Transform::LastSegment, _) => text(&|s| s.rsplit('/').next().unwrap_or(s).to_string()),
        (Transform::After(separator), _) => {
            text(&|s| s.split_once(separator.as_str()).map_or("", |(_, a)| a).to_string())
        }
        (Transform::Compressed, _) => text(&|s| s.split_whitespace().collect()),
        (_, other) => Cow::Borrowed(other),
    }
}
