//! Why a condition does not hold, in words.

use ecow::EcoString;

use super::condition::{Subject, term};
use super::function::Around;
use super::language::{Bound, Case, Condition, Operand, Term, Test, Type};
use crate::check::phrases::{counted, sentence, show_value};
use crate::expand::Value;
use crate::expand::known::Place;

/// What a condition looks at: `` `properties.sku` ``, `the name`.
pub fn subject(c: &Condition, path: &str) -> String {
    match c.operands.first() {
        Some(Operand::Field(p)) if path.is_empty() => match p.text.as_str() {
            "." | "$" | "@" => "the object".to_owned(),
            text => format!("`{text}`"),
        },
        Some(Operand::Field(_)) => format!("`{path}`"),
        // Those of an item are members of it.
        Some(Operand::Name | Operand::Type) if !path.is_empty() => format!("`{path}`"),
        Some(Operand::Name) => "the name".to_owned(),
        Some(Operand::Type) => "the type".to_owned(),
        Some(Operand::Scope) => "the scope".to_owned(),
        Some(Operand::Source(_)) => "the path of the file".to_owned(),
        Some(Operand::Value(_)) | None => "the value".to_owned(),
    }
}

/// That something is not known.
pub fn unknown(what: &str) -> String {
    let what = if what.starts_with('`') || what.contains(' ') { what.to_owned() } else { format!("`{what}`") };
    sentence(&format!("{what} is not known before deployment."))
}

/// That a text is not made, since it would be too long.
pub fn too_long(what: &str) -> String {
    let most = super::function::LONGEST;
    sentence(&format!(
        "{what} is not judged: a function of the rule would make a text of more than {most} bytes; make it shorter."
    ))
}

/// That a number of values is not as wanted.
pub fn number(path: &str, found: i64, bound: Bound, number: i64, wanted: bool) -> String {
    let not = if wanted { "must be" } else { "must not be" };
    let found = usize::try_from(found).unwrap_or_default();
    let (values, words) = (counted(found, "value"), bound.words());
    format!("{values} in {} meet the condition; it {not} {words}{number}.", shown(path))
}

/// That nobody knows how many values are as wanted.
pub fn open_number(path: &str, bound: Bound, number: i64, wanted: bool) -> String {
    let not = if wanted { "must be" } else { "must not be" };
    let words = bound.words();
    let path = shown(path);
    format!("How many values in {path} meet the condition is not known before deployment; it {not} {words}{number}.")
}

/// That nobody knows which items a list has.
pub fn open_list(path: &str) -> String {
    format!("Which values {} holds is not known before deployment.", shown(path))
}

fn shown(path: &str) -> String {
    if path.is_empty() { "the object".to_owned() } else { format!("`{path}`") }
}

/// What is there, and what has to be.
pub fn condition(c: &Condition, what: &str, found: &Subject, around: &dyn Around, wanted: bool) -> String {
    let is = match found {
        Subject::Missing { .. } | Subject::Nameless => "is not set".to_owned(),
        Subject::Given(_) if !c.test.looks_into_functions() => {
            "comes from a function, into which this condition does not look".to_owned()
        }
        Subject::Value(v) | Subject::Given(Some(v)) => format!("is {}", show_value(v)),
        Subject::Given(None) | Subject::Unknown => "is not known".to_owned(),
    };
    let (words, positive) = demand(c, around);
    let must = if positive == wanted { "must" } else { "must not" };
    sentence(&format!("{what} {is}; it {must} {words}."))
}

/// What a condition demands, and whether it demands that or forbids it.
fn demand(c: &Condition, around: &dyn Around) -> (String, bool) {
    let value = |t: &Term| term(t, around).map_or_else(|| "an unknown value".to_owned(), |v| show_value(&v));
    match &c.test {
        Test::Exists(w) => ("be set".to_owned(), *w),
        Test::HasValue(w) => ("have a value".to_owned(), *w),
        Test::Equals(t, w) => (format!("be {}", value(t)), *w),
        Test::HasDefault(l) => (format!("be left out or be {}", show_value(&super::function::literal(l))), true),
        Test::Match(p, w) => (format!("match `{}`", p.text), *w),
        Test::In(list, w) => (format!("be {}", either(list)), *w),
        Test::Number(b, t) => (format!("be {}{}", b.words(), value(t)), true),
        Test::Has(Place::Start, list, w) => (format!("begin with {}", either(list)), *w),
        Test::Has(Place::End, list, w) => (format!("end with {}", either(list)), *w),
        Test::Has(Place::Anywhere, list, w) => (format!("contain {}", either(list)), *w),
        Test::Is(kind, w) => (format!("be {}", kind_words(*kind)), *w),
        Test::Case(Case::Lower, w) => ("be in lower case".to_owned(), *w),
        Test::Case(Case::Upper, w) => ("be in upper case".to_owned(), *w),
        Test::SetOf(list) => (format!("hold exactly {}", joined(list, "and")), true),
        Test::Subset(list, false) => (format!("hold {}", joined(list, "and")), true),
        Test::Subset(list, true) => (format!("hold {}, each once", joined(list, "and")), true),
        Test::Count(t, w) => (format!("have {} items", value(t)), *w),
        Test::HasSchema(list, _) if list.is_empty() => ("have a schema".to_owned(), true),
        Test::HasSchema(list, _) => (format!("have the schema {}", either(list)), true),
        Test::Version(range) => (format!("be a version in the range `{}`", range.text), true),
        Test::WithinPath(list, w) => (format!("lie in {}", either(list)), *w),
        Test::Like(list, w) => {
            let texts: Vec<EcoString> = list.iter().map(|(text, _)| text.clone()).collect();
            (format!("be like {}", either(&texts)), *w)
        }
    }
}

fn kind_words(kind: Type) -> &'static str {
    match kind {
        Type::String => "a text",
        Type::Array => "a list",
        Type::Boolean => "a boolean",
        Type::DateTime => "a date",
        Type::Integer => "an integer",
        Type::Numeric => "a number",
    }
}

fn either(list: &[EcoString]) -> String {
    joined(list, "or")
}

fn joined(list: &[EcoString], word: &str) -> String {
    const MOST: usize = 10;
    let mut all: Vec<String> = list.iter().take(MOST).map(|t| show_value(&Value::str(t.clone()))).collect();
    if list.len() > MOST {
        all.push("…".to_owned());
    }
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {word} {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}
