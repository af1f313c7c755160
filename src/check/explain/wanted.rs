//! What a test that failed asks for: the one value that would keep it, or the item that its list lacks.

use std::borrow::Cow;

use crate::check::named;
use crate::check::verdict::evidence::{Asked, Evidence, Found};
use crate::expand::{Data, Value};
use crate::rules::language::{Check, Clause, Condition, Demand, Items, Literal, Op, Operand, Quantifier, Test};

/// What would keep a test, where there is one answer only.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted<'a> {
    /// This value, in place of what is there, or where nothing is.
    Value(Cow<'a, Literal>),
    /// This item, in the list that is there.
    Item(&'a Literal),
}

/// The one answer to what a piece of evidence asks; `None` where there are several, or none that is certain. A number beyond
/// a bound becomes the bound, and a version below a range the lowest in it.
pub fn wanted<'a>(e: &Evidence<'a>) -> Option<Wanted<'a>> {
    let (Asked::Test(t), true, false) = (e.asked, e.sufficient, e.unknown) else { return None };
    let (Operand::Literal(literal), true) = (&t.operand, t.transforms.is_empty()) else { return None };
    let value = |l| Some(Wanted::Value(l));
    match (t.op, literal, e.found) {
        (Op::Equals | Op::HasDefault, _, Found::Value(_) | Found::Missing) => value(Cow::Borrowed(literal)),
        (Op::GreaterOrEquals | Op::LessOrEquals, Literal::Int(_), Found::Value(v)) if is_number(v) => {
            value(Cow::Borrowed(literal))
        }
        (Op::Greater, Literal::Int(i), Found::Value(v)) if is_number(v) => {
            value(Cow::Owned(Literal::Int(i.checked_add(1)?)))
        }
        (Op::Less, Literal::Int(i), Found::Value(v)) if is_number(v) => {
            value(Cow::Owned(Literal::Int(i.checked_sub(1)?)))
        }
        (Op::Version, Literal::Str(range), Found::Missing) => value(Cow::Owned(lowest(range)?)),
        (Op::Version, Literal::Str(range), Found::Value(v)) if is_version(v) => value(Cow::Owned(lowest(range)?)),
        (Op::SetOf, Literal::List(_), Found::Missing) => value(Cow::Borrowed(literal)),
        (Op::Contains, Literal::Str(_), Found::Value(Value { data: Data::Array(_), .. })) => {
            Some(Wanted::Item(literal))
        }
        _ => None,
    }
}

/// Whether a fix can be offered for what breaks a rule, whatever is found: some test of it has one answer.
pub fn is_possible(check: &Check) -> bool {
    fn by_condition(c: &Condition) -> bool {
        match c {
            Condition::All(list) | Condition::Any(list) => list.iter().any(by_condition),
            Condition::Test(test) => has_answer(test),
            Condition::Items(Items { quantifier: Quantifier::Each(each), .. }) => by_condition(each),
            Condition::Use(name, _) => named::brings_fixes(name),
            Condition::Items(_) | Condition::Not(_) => false,
        }
    }
    fn by_clause(c: &Clause) -> bool {
        let demanded = matches!(&c.demand, Demand::Each(c) | Demand::Some(c) if by_condition(c));
        demanded || c.otherwise.iter().any(by_clause)
    }
    check.clauses.iter().any(by_clause)
}

/// Whether [`wanted`] can have an answer to a test that failed.
fn has_answer(t: &Test) -> bool {
    let (Operand::Literal(literal), true) = (&t.operand, t.transforms.is_empty()) else { return false };
    match (t.op, literal) {
        (Op::Equals | Op::HasDefault, _) => true,
        (Op::GreaterOrEquals | Op::LessOrEquals | Op::Greater | Op::Less, Literal::Int(_)) => true,
        (Op::Version, Literal::Str(range)) => lowest(range).is_some(),
        (Op::SetOf, Literal::List(_)) | (Op::Contains, Literal::Str(_)) => true,
        _ => false,
    }
}

/// Texts, lists and dates are compared as numbers, too; those have no bound to be set to.
fn is_number(v: &Value) -> bool {
    matches!(v.data, Data::Int(_))
}

/// A text that is written as ranges are: `1.0`, not `v6.0` or `TLS1_0`.
fn is_version(v: &Value) -> bool {
    matches!(&v.data, Data::Str(s) if is_dotted(s))
}

fn is_dotted(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The lowest version of a range `>=1.2`; other ranges have none that is certainly right.
fn lowest(range: &str) -> Option<Literal> {
    let version = range.strip_prefix(">=").map(str::trim).filter(|v| is_dotted(v))?;
    Some(Literal::Str(version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_version_of_a_range() {
        assert_eq!(lowest(">=1.2"), Some(Literal::Str("1.2".into())));
        for range in ["4.0 || >=8.0", "^3.0", ">1.2", ">=${x}", ">="] {
            assert_eq!(lowest(range), None, "{range}");
        }
    }
}
