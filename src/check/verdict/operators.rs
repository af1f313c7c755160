//! The operators on what a path leads to.

use std::borrow::Cow;
use std::rc::Rc;

use jiff::Timestamp;

use crate::check::secrets::reveals;
use crate::check::targets::parent_names::last_segment;
use crate::check::verdict::compare::{self, Lit};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::check::verdict::path::Spot;
use crate::check::verdict::version::{Version, in_range};
use crate::expand::known::identity;
use crate::expand::known::truth::Truth;
use crate::expand::known::{self, Place, Text};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Object, Value, value::Member};
use crate::rules::language::{Literal, Op, Operand, Root, Test, TextPart, Transform};
use crate::rules::settings::{has_zones, region};

impl<'a> Evaluator<'a> {
    /// Asks one thing of one value.
    pub(super) fn ask(&self, test: &'a Test, found: Found<'a>, s: Scope<'a>) -> Truth {
        // What is not there is asked nothing.
        let is_plain = || !matches!(test.path.root, Root::Config(_)) && s.key.is_none();
        if matches!(found, Found::Missing) && !asks_whether_there(test.op) && is_plain() {
            return test.op.holds_for_missing().into();
        }
        let expected = self.operand(&test.operand, s);
        if let Root::Config(key) = &test.path.root {
            return match self.world.settings.get(key) {
                Some(v) => self.known(test, &test.transforms, &Lit::json(v), None, &expected, s),
                None => Truth::from(missing_holds(test.op, &expected)),
            };
        }
        if let (Root::Name | Root::ShortName, Some(key)) = (&test.path.root, s.key) {
            return self.known(test, &test.transforms, &Lit::Str(Cow::Borrowed(key)), None, &expected, s);
        }
        // Azure leaves a null of a template out; in what it exported, a null is the value.
        let left_out = |v: &Value| test.op == Op::HasDefault && v.is_null() && self.world.deployed.is_some();
        match found {
            Found::Missing => missing_holds(test.op, &expected).into(),
            Found::Value(_) | Found::Secret(_) if test.op == Op::Exists => Truth::from(expected != Lit::Bool(false)),
            // Nobody knows whether a secret object has it at all.
            Found::Within { object, secret: true }
                if test.op == Op::Secret && matches!(object.node, Expression::Parameter(_)) =>
            {
                Truth::Unknown
            }
            _ if test.op == Op::Secret => Truth::from(tells_secret(found) == (expected != Lit::Bool(false))),
            Found::Value(v) if left_out(v) => Truth::True,
            Found::Value(v) if v.origin.assumed && test.op == Op::SupportsZones => {
                self.assumed.set(true);
                self.known(test, &test.transforms, &Lit::of(v), Some(v), &expected, s)
            }
            Found::Value(v) | Found::Secret(v) => {
                self.known(test, &test.transforms, &Lit::of(v), Some(v), &expected, s)
            }
            Found::Unknown(r) => match (test.op, &expected) {
                (Op::Exists, Lit::Bool(b)) => presence(r, *b),
                (Op::HasValue, Lit::Bool(b)) if known::not_empty(r) => (*b).into(),
                _ => self.unknown(test, r, &expected, s),
            },
            Found::Within { .. } if asks_whether_there(test.op) => Truth::Unknown,
            Found::Within { .. } => self.known(test, &test.transforms, &Lit::Unknown(None), None, &expected, s),
        }
    }

    /// Asks one thing of an expression, by what is known of it.
    fn unknown(&self, test: &'a Test, r: &Rc<Residual>, expected: &Lit<'_>, s: Scope<'a>) -> Truth {
        let mut value = Value::new(Data::Residual(r.clone()));
        let mut transforms = test.transforms.as_slice();
        if let [Transform::LastSegment, rest @ ..] = transforms {
            value = last_segment(&value);
            transforms = rest;
        }
        // The same expression has the same value, whatever it is.
        if let (Op::Equals | Op::NotEquals, Operand::Path(path), []) = (test.op, &test.operand, transforms)
            && let Spot::There(other) = self.value(path, s)
            && other.is_residual()
            && identity::same(other, &value)
        {
            return Truth::from(test.op == Op::Equals);
        }
        // A name is a text, whatever it comes to.
        let actual = match test.path.root {
            Root::Name | Root::ShortName if transforms.len() == test.transforms.len() => {
                Lit::Unknown(Some(self.world.name_texts.text(r)))
            }
            // The last segment of it is made anew for each who asks.
            Root::Name | Root::ShortName => Lit::Unknown(Some(known::certain_text(&value))),
            _ => Lit::of(&value),
        };
        self.known(test, transforms, &actual, None, expected, s)
    }

    fn known(
        &self,
        test: &'a Test,
        transforms: &'a [Transform],
        actual: &Lit<'_>,
        value: Option<&Value>,
        expected: &Lit<'_>,
        s: Scope<'a>,
    ) -> Truth {
        let now = self.world.now;
        if !transforms.is_empty() {
            let converted = self.converted(transforms, actual.clone(), s);
            return self.known(test, &[], &converted, value, expected, s);
        }
        let normal;
        let expected = if test.transforms.contains(&Transform::Location) {
            normal = transformed(&Transform::Location, expected.clone(), now);
            &normal
        } else {
            expected
        };
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
            Op::Contains => part(Place::Anywhere),
            Op::NotContains => part(Place::Anywhere).not(),
            Op::StartsWith => part(Place::Start),
            Op::NotStartsWith => part(Place::Start).not(),
            Op::EndsWith => part(Place::End),
            Op::NotEndsWith => part(Place::End).not(),
            Op::Like => compare::like(actual, expected, cs),
            Op::NotLike => compare::like(actual, expected, cs).not(),
            Op::Match | Op::NotMatch if matches!(expected, Lit::Unknown(_)) => Truth::Unknown,
            Op::Match | Op::NotMatch => {
                let cs = test.case_sensitive.unwrap_or(true);
                let pattern = expected.text().unwrap_or_default();
                let found = match is_configured(&test.operand) {
                    true => compare::matches_configured(actual, &pattern, cs),
                    false => compare::matches(actual, &pattern, cs),
                };
                let found = found.unwrap_or(Truth::Unknown);
                if test.op == Op::NotMatch { found.not() } else { found }
            }
            Op::Greater | Op::GreaterOrEquals | Op::Less | Op::LessOrEquals => {
                // What looks like a date is one, but a name is a name.
                let text = matches!(
                    test.path.root,
                    Root::Name | Root::ShortName | Root::Type | Root::Id | Root::Kind | Root::Template
                );
                match actual {
                    Lit::Str(s) if text => numbers(test.op, &Lit::Int(length(s)), expected, now),
                    // It may go by the days until then.
                    Lit::Unknown(Some(t)) if !text && t.is_like_a_moment() => Truth::Unknown,
                    actual => numbers(test.op, actual, expected, now),
                }
            }
            Op::Is => compare::is_kind(actual, &expected.text().unwrap_or_default()),
            Op::Version | Op::ApiVersion => versions(test, actual, expected),
            Op::SetOf => {
                subset(actual, expected, cs).and(subset(expected, actual, cs)).and(same_length(actual, expected))
            }
            Op::HasKeys => keys(value, |o| Self::has_keys(o, expected)),
            Op::OnlyKeys => keys(value, |o| Self::only_keys(o, expected)),
            Op::SupportsZones => self.zones(actual, &test.operand),
            Op::InNetwork => compare::in_network(actual, expected),
            Op::CoversPort => compare::covers_port(actual, expected),
            // Answered by `ask`: it hangs on where the value is from.
            Op::Secret => Truth::Unknown,
        }
    }

    /// Whether an object has members of all these names.
    fn has_keys(o: &Object, keys: &Lit<'_>) -> Truth {
        let has = |key: &Lit<'_>| match (key, key.text()) {
            (Lit::Unknown(_), _) => Truth::Unknown,
            (_, Some(key)) if o.member(&key).is_some() => Truth::True,
            (_, Some(_)) if o.open => Truth::Unknown,
            _ => Truth::False,
        };
        keys.items().iter().map(has).fold(Truth::True, Truth::and)
    }

    /// Whether an object has no members but those of these names.
    fn only_keys(o: &Object, keys: &Lit<'_>) -> Truth {
        let is_allowed = |m: &Member| compare::one_of(&Lit::Str(Cow::Borrowed(&m.key)), keys, false);
        let more = if o.open { Truth::Unknown } else { Truth::True };
        o.members.iter().map(is_allowed).fold(more, Truth::and)
    }

    /// A value after all that is done to it.
    pub fn converted<'l>(&self, transforms: &'a [Transform], value: Lit<'l>, s: Scope<'a>) -> Lit<'l> {
        transforms.iter().fold(value, |value, t| match t {
            Transform::PercentOf(path) => percent(&value, self.operand_value(path, s)),
            t => transformed(t, value, self.world.now),
        })
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
            Operand::Path(path) => self.operand_value(path, s).unwrap_or(Lit::Null),
            Operand::Text(parts) => {
                let mut out = String::new();
                for p in parts {
                    let value = match p {
                        TextPart::Words(w) => Lit::Str(Cow::Borrowed(w.as_str())),
                        TextPart::Config(key) => self.world.settings.get(key).map_or(Lit::Null, Lit::json),
                        TextPart::Property(path) => self.operand_value(path, s).unwrap_or(Lit::Null),
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

/// Whether what is compared with comes from the configuration.
fn is_configured(operand: &Operand) -> bool {
    match operand {
        Operand::Config(_) => true,
        Operand::Text(parts) => parts.iter().any(|p| matches!(p, TextPart::Config(_))),
        _ => false,
    }
}

fn missing_holds(op: Op, expected: &Lit<'_>) -> bool {
    if asks_whether_there(op) { *expected == Lit::Bool(false) } else { op.holds_for_missing() }
}

/// Whether what is expected says if something is to be there at all.
fn asks_whether_there(op: Op) -> bool {
    matches!(op, Op::Exists | Op::HasValue | Op::Secret)
}

/// Whether a property with an unknown value is there: it is, unless the expression can come to null.
fn presence(r: &Residual, wanted: bool) -> Truth {
    if known::can_be_null(r) { Truth::Unknown } else { wanted.into() }
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
        let most = text.and_then(Text::max_length).map_or(f64::INFINITY, |n| n as f64);
        return match op {
            Op::Greater if most <= bound => Truth::False,
            Op::GreaterOrEquals if most < bound => Truth::False,
            Op::Less if most < bound => Truth::True,
            Op::LessOrEquals if most <= bound => Truth::True,
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
    // A version is a text: 1.2 and 1.20 are the same number.
    let version = if let Lit::Str(t) = actual { parse(t) } else { None };
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
    } else if matches!(wanted, Lit::Unknown(_)) {
        // It is a list, and may be empty.
        Truth::Unknown
    } else {
        wanted.items().iter().map(has).fold(Truth::True, Truth::and)
    }
}

fn same_length(a: &Lit<'_>, b: &Lit<'_>) -> Truth {
    if matches!((a, b), (Lit::Unknown(_), _) | (_, Lit::Unknown(_))) {
        Truth::Unknown
    } else {
        (a.items().len() == b.items().len()).into()
    }
}

fn keys(value: Option<&Value>, test: impl Fn(&Object) -> Truth) -> Truth {
    match value.map(|v| &v.data) {
        Some(Data::Object(o)) => test(o),
        Some(Data::Residual(_)) | None => Truth::Unknown,
        _ => Truth::False,
    }
}

/// The number in per cent of another, as a whole number; nothing is no share of nothing.
fn percent(part: &Lit<'_>, whole: Option<Lit<'_>>) -> Lit<'static> {
    let number = |l: &Lit<'_>| match l {
        Lit::Int(i) => Some(*i as f64),
        Lit::Float(f) => Some(*f),
        Lit::Str(s) => s.trim().parse::<f64>().ok(),
        _ => None,
    };
    match (part, whole) {
        (Lit::Unknown(_), _) | (_, Some(Lit::Unknown(_))) => Lit::Unknown(None),
        (part, Some(whole)) => match (number(part), number(&whole)) {
            (Some(p), Some(w)) if w != 0.0 => Lit::Float((p / w * 100.0).round_ties_even()),
            _ => Lit::Object,
        },
        _ => Lit::Object,
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// Whether what was found is a secret, or tells one.
fn tells_secret(found: Found<'_>) -> bool {
    match found {
        Found::Missing => false,
        // An empty secret tells nothing.
        Found::Secret(v) => v.as_str().is_none_or(|s| !s.is_empty()),
        Found::Value(v) => reveals(v),
        Found::Unknown(r) => reveals(&Value::new(Data::Residual(r.clone()))),
        Found::Within { secret, .. } => secret,
    }
}

fn transformed<'l>(transform: &Transform, value: Lit<'l>, now: Timestamp) -> Lit<'l> {
    match (transform, value) {
        (_, Lit::Unknown(_)) => Lit::Unknown(None),
        (Transform::Location, Lit::List(items)) => {
            Lit::List(items.into_iter().map(|i| transformed(transform, i, now)).collect())
        }
        (Transform::Location, Lit::Str(s)) => Lit::Str(Cow::Owned(region(&s))),
        (Transform::DaysUntil, Lit::Str(s)) => compare::days_until(&s, now).map_or(Lit::Object, Lit::Int),
        (Transform::Number, Lit::Str(s)) => s.trim().parse::<f64>().map_or(Lit::Object, Lit::Float),
        (Transform::LastSegment, Lit::Str(s)) => {
            Lit::Str(Cow::Owned(s.rsplit('/').next().unwrap_or_default().to_string()))
        }
        (Transform::After(separator), Lit::Str(s)) => {
            Lit::Str(Cow::Owned(s.split_once(separator.as_str()).map_or("", |(_, a)| a).to_string()))
        }
        (Transform::Compressed, Lit::Str(s)) => Lit::Str(Cow::Owned(s.split_whitespace().collect())),
        (_, other) => other,
    }
}
