//! Whether a condition holds of a value, as PSRule's engine decides it; of what is not decided before deployment, whether it
//! surely holds or surely does not.

use std::path::Path as FilePath;

use ecow::EcoString;

use super::compare::{self, Dates, How, Kind};
use super::function::{Around, literal, value};
use super::language::{Bound, Case, Condition, Term, Test, Type};
use super::open_list;
use crate::expand::Value;
use crate::expand::known::{self, Place, Truth};
use crate::source::absolute;

/// What a condition looks at, as far as it was found.
#[derive(Debug, Clone)]
pub enum Subject {
    /// Nothing of what it names is there. `field`: it named a path.
    Missing {
        /// It named a path.
        field: bool,
    },
    /// A value.
    Value(Value),
    /// What a function gives: only some conditions ask for it, to all others it is something that is no value.
    Given(Option<Value>),
    /// The name or type of something that says none: the engine makes one up, which is no text that somebody asks for.
    Nameless,
    /// Not known before deployment.
    Unknown,
}

/// What a term stands for; `None` if that is not known.
pub fn term(t: &Term, around: &dyn Around) -> Option<Value> {
    match t {
        Term::Literal(l) => Some(literal(l)),
        Term::Function(f) => value(f, around),
    }
}

/// Whether a condition holds.
pub fn holds(c: &Condition, subject: &Subject, around: &dyn Around, base: &FilePath) -> Truth {
    let asks = Asks { c, around, base, dates: around.dates() };
    match subject {
        Subject::Missing { field } => asks.of_nothing(*field),
        Subject::Value(v) => asks.of(v),
        Subject::Given(_) if !c.test.looks_into_functions() => asks.of_function(),
        Subject::Given(v) => v.as_ref().map_or(Truth::Unknown, |v| asks.of_given(v)),
        Subject::Nameless => asks.of_nameless(),
        Subject::Unknown => match c.test {
            // Only a path can exist.
            Test::Exists(_) if c.field().is_none() => Truth::False,
            _ => Truth::Unknown,
        },
    }
}

struct Asks<'a> {
    c: &'a Condition,
    around: &'a dyn Around,
    base: &'a FilePath,
    dates: Dates,
}

impl Asks<'_> {
    /// What is not there keeps few conditions, and some of those that say not.
    fn of_nothing(&self, field: bool) -> Truth {
        Truth::from(match &self.c.test {
            Test::Exists(wanted) => field && !wanted,
            Test::HasValue(wanted) => field && !wanted,
            Test::Equals(_, false) | Test::Match(_, false) | Test::In(_, false) | Test::HasDefault(_) => field,
            _ => false,
        })
    }

    /// To most conditions a function is something that is neither text nor list nor number.
    fn of_function(&self) -> Truth {
        Truth::from(match &self.c.test {
            Test::HasValue(wanted) => *wanted,
            Test::Is(_, wanted) | Test::Case(_, wanted) => !wanted,
            Test::Match(_, wanted)
            | Test::In(_, wanted)
            | Test::Has(_, _, wanted)
            | Test::WithinPath(_, wanted)
            | Test::Like(_, wanted) => !wanted,
            _ => false,
        })
    }

    fn of_nameless(&self) -> Truth {
        match &self.c.test {
            Test::Equals(_, wanted) => (!wanted).into(),
            Test::Is(Type::String, wanted) => (*wanted).into(),
            _ => self.of_function(),
        }
    }

    fn of_given(&self, v: &Value) -> Truth {
        match &self.c.test {
            // The engine looks whether the function is null, not what it gives.
            Test::Number(..) if v.is_null() => Truth::False,
            _ => self.of(v),
        }
    }

    fn of(&self, v: &Value) -> Truth {
        let (c, dates) = (self.c, self.dates);
        let wanted = |t: Truth, wanted: bool| if wanted { t } else { t.not() };
        match &c.test {
            Test::Exists(w) => Truth::from(*w && c.field().is_some()),
            Test::HasValue(w) => wanted(compare::empty(v, dates).not(), *w),
            Test::Equals(t, w) => match term(t, self.around) {
                Some(expected) => wanted(compare::equal(&expected, v, self.how(), dates), *w),
                None => Truth::Unknown,
            },
            Test::HasDefault(l) => {
                let how = How { case_sensitive: c.case_sensitive, expected: true, actual: false };
                compare::equal(&literal(l), v, how, dates)
            }
            Test::Match(pattern, w) => wanted(pattern.matches(v, dates), *w),
            Test::In(list, w) => {
                let any = |t: Truth, e: &EcoString| t.or(compare::any(v, &Value::str(e.clone()), false, dates));
                wanted(list.iter().fold(Truth::False, any), *w)
            }
            Test::Number(bound, t) => match term(t, self.around) {
                Some(b) if v.is_null() => match Kind::of(&b, dates).integer(true) {
                    Some(b) => bound.holds(0, b).into(),
                    None => Truth::False,
                },
                Some(b) => match Kind::of(&b, dates) {
                    Kind::Open(_) => Truth::Unknown,
                    b if b.integer(true).is_none() => Truth::False,
                    b => {
                        let b = Value::int(b.integer(true).unwrap_or_default());
                        compare::ordered(
                            v,
                            &b,
                            c.convert,
                            dates,
                            match bound {
                                Bound::AtLeast => |o| o.is_ge(),
                                Bound::MoreThan => |o| o.is_gt(),
                                Bound::AtMost => |o| o.is_le(),
                                Bound::LessThan => |o| o.is_lt(),
                                Bound::Exactly => |o| o.is_eq(),
                            },
                        )
                    }
                },
                None => Truth::Unknown,
            },
            Test::Has(part, words, w) => wanted(self.has(v, *part, words), *w),
            Test::Is(kind, w) => wanted(self.is(v, *kind), *w),
            Test::Case(case, w) => self.case(v, *case, *w),
            Test::SetOf(list) => match Kind::of(v, dates) {
                Kind::Open(v) => match open_list::length(v) {
                    Some((least, most)) if list.len() < least || most.is_some_and(|m| m < list.len()) => Truth::False,
                    _ => Truth::Unknown,
                },
                kind => match kind.length() {
                    Some(n) if n == list.len() => {
                        let any = |e: &EcoString| compare::any(v, &Value::str(e.clone()), c.case_sensitive, dates);
                        list.iter().fold(Truth::True, |t, e| t.and(any(e)))
                    }
                    _ => Truth::False,
                },
            },
            Test::Subset(list, unique) => self.subset(v, list, *unique),
            Test::Count(t, w) => match (Kind::of(v, dates), term(t, self.around)) {
                (_, None) => Truth::Unknown,
                (Kind::Open(v), Some(number)) => match (open_list::length(v), Kind::of(&number, dates).integer(true)) {
                    (Some((least, most)), Some(number)) => {
                        let beyond = |n: usize| i64::try_from(n).is_ok_and(|n| n < number);
                        let under = i64::try_from(least).is_ok_and(|n| number < n);
                        if under || most.is_some_and(beyond) { (!w).into() } else { Truth::Unknown }
                    }
                    _ => Truth::Unknown,
                },
                (kind, Some(number)) => match (kind.length(), Kind::of(&number, dates).integer(true)) {
                    (Some(n), Some(number)) => ((i64::try_from(n) == Ok(number)) == *w).into(),
                    _ => Truth::False,
                },
            },
            Test::HasSchema(list, ignore_scheme) => self.schema(v, list, *ignore_scheme),
            Test::Version(range) => match Kind::of(v, dates) {
                Kind::Text(s) => range.holds(s).into(),
                Kind::Open(_) => Truth::Unknown,
                _ => Truth::False,
            },
            Test::WithinPath(folders, w) => match Kind::of(v, dates) {
                Kind::Text(s) => wanted(folders.iter().any(|f| self.within(s, f)).into(), *w),
                Kind::Open(_) => Truth::Unknown,
                _ => (!w).into(),
            },
            Test::Like(patterns, w) => {
                // What is converted is known as a whole.
                let text = Kind::of(v, dates).text(c.convert).map(Value::str);
                let v = text.as_ref().unwrap_or(v);
                let like = |t: Truth, p: &(EcoString, super::regex::Pattern)| t.or(p.1.matches(v, dates));
                wanted(patterns.iter().fold(Truth::False, like), *w)
            }
        }
    }

    fn how(&self) -> How {
        How { case_sensitive: self.c.case_sensitive, expected: true, actual: self.c.convert }
    }

    /// Whether a text, or one of a list, has one of some words at a place.
    fn has(&self, v: &Value, part: Place, words: &[EcoString]) -> Truth {
        let (c, dates) = (self.c, self.dates);
        let one = |v: &Value| match Kind::of(v, dates) {
            Kind::Open(v) => match known::of_text(v).filter(|_| !c.convert) {
                Some(t) => words.iter().fold(Truth::False, |truth, w| truth.or(t.has(w, part, c.case_sensitive))),
                None => Truth::Unknown,
            },
            kind => match kind.text(c.convert) {
                Some(s) => words.iter().any(|w| known::text_has(&s, w, part, c.case_sensitive)).into(),
                None => Truth::False,
            },
        };
        match v.as_array() {
            Some(items) => items.iter().fold(Truth::False, |t, item| t.or(one(item))),
            None => one(v),
        }
    }

    fn is(&self, v: &Value, kind: Type) -> Truth {
        let (convert, dates) = (self.c.convert, self.dates);
        let k = Kind::of(v, dates);
        if let Kind::Open(v) = k {
            return match kind {
                Type::String => compare::is_text(v, dates),
                // A text is none of the others, unless it is converted.
                _ if !convert && known::certainly_string(v) => Truth::False,
                Type::Array if open_list::length(v).is_some() => Truth::True,
                _ => Truth::Unknown,
            };
        }
        Truth::from(match kind {
            Type::String => matches!(k, Kind::Text(_)),
            Type::Array => matches!(k, Kind::List(_)),
            Type::Boolean => k.boolean(convert).is_some(),
            Type::DateTime => k.date(convert, dates.now).is_some(),
            Type::Integer => k.integer(convert).is_some(),
            Type::Numeric => k.integer(convert).is_some() || k.is_float(convert),
        })
    }

    fn case(&self, v: &Value, case: Case, wanted: bool) -> Truth {
        match Kind::of(v, self.dates) {
            Kind::Text(s) => {
                let fits = |c: char| {
                    !c.is_alphabetic() || if case == Case::Lower { c.is_lowercase() } else { c.is_uppercase() }
                };
                (s.chars().all(fits) == wanted).into()
            }
            Kind::Open(v) => {
                let pattern = if case == Case::Lower {
                    r"^[^\p{Lu}\p{Lt}\p{Lm}\p{Lo}]*$"
                } else {
                    r"^[^\p{Ll}\p{Lt}\p{Lm}\p{Lo}]*$"
                };
                let truth = known::of_text(v).map_or(Truth::Unknown, |t| t.matches(pattern, true));
                if wanted { truth } else { truth.not() }
            }
            _ => (!wanted).into(),
        }
    }

    fn subset(&self, v: &Value, list: &[EcoString], unique: bool) -> Truth {
        let items: &[Value] = match Kind::of(v, self.dates) {
            Kind::Open(_) => return Truth::Unknown,
            Kind::List(items) => items,
            // The letters of a text equal no text.
            Kind::Text(_) => &[],
            _ => return Truth::False,
        };
        list.iter().fold(Truth::True, |truth, expected| {
            let (sure, most) = compare::count(items, &Value::str(expected.clone()), self.c.case_sensitive, self.dates);
            truth.and(match (sure, most) {
                (_, 0) => Truth::False,
                (2.., _) if unique => Truth::False,
                (0, _) => Truth::Unknown,
                (_, 2..) if unique => Truth::Unknown,
                _ => Truth::True,
            })
        })
    }

    fn schema(&self, v: &Value, list: &[EcoString], ignore_scheme: bool) -> Truth {
        let Some(schema) = v.get("$schema") else {
            return if v.is_residual() { Truth::Unknown } else { Truth::False };
        };
        let actual = match Kind::of(schema, self.dates) {
            Kind::Open(_) => return Truth::Unknown,
            Kind::Text(s) if !s.is_empty() => s,
            _ => return Truth::False,
        };
        let normal = |uri: &str| {
            let lower = uri.to_lowercase();
            let bare = ["https://", "http://"].iter().find_map(|s| lower.strip_prefix(s)).filter(|_| ignore_scheme);
            let uri = bare.unwrap_or(&lower);
            // An empty fragment says nothing.
            uri.strip_suffix('#').unwrap_or(uri).to_owned()
        };
        (list.is_empty() || list.iter().any(|e| normal(e) == normal(actual))).into()
    }

    fn within(&self, file: &str, folder: &str) -> bool {
        let rooted = |p: &str| {
            let path = absolute(&self.base.join(p.replace('\\', "/")));
            path.to_string_lossy().replace('\\', "/")
        };
        let (mut folder, file) = (rooted(folder), rooted(file));
        if !folder.ends_with('/') {
            folder.push('/');
        }
        known::text_has(&file, &folder, Place::Start, self.c.case_sensitive)
    }
}
