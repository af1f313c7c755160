//! The filters of a path: `[?(@.a == 'b' && @.c)]`.

use std::cmp::Ordering;

use super::expression::Expression;
use super::step::Steps;
use super::written::{outside, split, unquoted};
use super::{Scalar, Tree, Visits};

/// What a value must fulfil to be chosen: each condition, with how the next one is joined to it.
///
/// The compiler's library knows no precedence: `a && b || c` is `a && (b || c)`.
pub(super) struct Filter<'p>(Vec<(Condition<'p>, Join)>);

#[derive(Clone, Copy, PartialEq)]
enum Join {
    And,
    Or,
}

enum Condition<'p> {
    /// There is something at a path.
    Exists(Operand<'p>),
    Matches(Operand<'p>, Expression),
    Compare(Operand<'p>, Operator, Operand<'p>),
}

enum Operand<'p> {
    Literal(Scalar<'p>),
    /// Of the value that is looked at.
    Own(Steps<'p>),
    /// Of the whole document.
    Whole(Steps<'p>),
}

#[derive(Clone, Copy)]
enum Operator {
    Equal,
    Unequal,
    Less,
    Greater,
    AtMost,
    AtLeast,
}

/// How they are written, where it is not `=~`. Those that are a part of another come after it.
const OPERATORS: [(&str, Operator); 9] = [
    ("===", Operator::Equal),
    ("!==", Operator::Unequal),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<>", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// How a comparison with a regular expression is written.
const MATCHES: &str = "=~";

impl<'p> Filter<'p> {
    /// Reads what stands between `?(` and `)`; `None` if it is not understood. `depth` as in [`Steps::within`].
    pub(super) fn of(text: &'p str, depth: usize, visits: &Visits) -> Option<Self> {
        let mut conditions = Vec::new();
        let (mut start, mut open) = (0, 0);
        for (i, c) in outside(text) {
            let join = match c {
                '(' | '[' => {
                    open += 1;
                    continue;
                }
                ')' | ']' => {
                    open -= 1;
                    continue;
                }
                '&' if text[i..].starts_with("&&") => Join::And,
                '|' if text[i..].starts_with("||") => Join::Or,
                _ => continue,
            };
            if open == 0 && i >= start {
                conditions.push((Condition::of(text[start..i].trim(), depth, visits)?, join));
                start = i + 2;
            }
        }
        conditions.push((Condition::of(text.get(start..)?.trim(), depth, visits)?, Join::And));
        Some(Filter(conditions))
    }

    /// Whether it holds for a value.
    pub(super) fn holds<'v, T: Tree>(&self, value: &'v T, whole: &'v T, visits: &Visits) -> bool {
        let mut holds = true;
        for (condition, join) in &self.0 {
            holds = visits.take(1) && condition.holds(value, whole, visits);
            // What is still to come decides nothing more.
            if holds == (*join == Join::Or) {
                break;
            }
        }
        holds
    }
}

impl<'p> Condition<'p> {
    fn of(text: &'p str, depth: usize, visits: &Visits) -> Option<Self> {
        let operand = |text| Operand::of(text, depth, visits);
        match split(text, MATCHES)[..] {
            [_] => {}
            [left, right] => {
                let Operand::Literal(Scalar::Text(written)) = operand(right)? else { return None };
                return Some(Condition::Matches(operand(left)?, Expression::new(written, visits)?));
            }
            _ => return None,
        }
        for (sign, operator) in OPERATORS {
            if let [left, right] = split(text, sign)[..] {
                return Some(Condition::Compare(operand(left)?, operator, operand(right)?));
            }
        }
        let operand = operand(text).filter(|o| !matches!(o, Operand::Literal(_)))?;
        Some(Condition::Exists(operand))
    }

    fn holds<T: Tree>(&self, value: &T, whole: &T, visits: &Visits) -> bool {
        match self {
            Condition::Exists(operand) => !operand.values(value, whole, visits).is_empty(),
            Condition::Matches(left, expression) => {
                let texts = left.values(value, whole, visits);
                texts.into_iter().any(|v| matches!(v, Some(Scalar::Text(text)) if expression.is_match(text, visits)))
            }
            Condition::Compare(left, operator, right) => {
                let (left, right) = (left.values(value, whole, visits), right.values(value, whole, visits));
                let mut pairs = left.iter().flat_map(|l| right.iter().map(move |r| (*l, *r)));
                pairs.any(|(l, r)| !visits.take(1) || operator.holds(l, r, visits))
            }
        }
    }
}

impl<'p> Operand<'p> {
    fn of(text: &'p str, depth: usize, visits: &Visits) -> Option<Self> {
        let steps = |text| Steps::within(text, depth, visits).ok();
        match text.strip_prefix('@') {
            Some(own) => steps(own).map(Operand::Own),
            None if text.starts_with('$') => steps(text).map(Operand::Whole),
            None => literal(text).map(Operand::Literal),
        }
    }

    /// What it stands for: a literal alone, or what is found at a path; none of what has parts.
    fn values<'a, T: Tree>(&'a self, value: &'a T, whole: &'a T, visits: &Visits) -> Vec<Option<Scalar<'a>>> {
        let found = match self {
            Operand::Literal(literal) => return vec![Some(*literal)],
            Operand::Own(steps) => steps.from(value, whole, visits),
            Operand::Whole(steps) => steps.from(whole, whole, visits),
        };
        found.into_iter().map(Tree::scalar).collect()
    }
}

impl Operator {
    fn holds(self, left: Option<Scalar<'_>>, right: Option<Scalar<'_>>, visits: &Visits) -> bool {
        let (Some(left), Some(right)) = (left, right) else { return matches!(self, Operator::Unequal) };
        let order = order(left, right, visits);
        match self {
            Operator::Equal => order == Some(Ordering::Equal),
            Operator::Unequal => order != Some(Ordering::Equal),
            Operator::Less => order == Some(Ordering::Less),
            Operator::Greater => order == Some(Ordering::Greater),
            Operator::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Operator::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// How two values are ordered; a number and anything else are not.
fn order(left: Scalar<'_>, right: Scalar<'_>, visits: &Visits) -> Option<Ordering> {
    let kind = |s: Scalar<'_>| match s {
        Scalar::Bool(_) => 0,
        Scalar::Null => 1,
        Scalar::Text(_) => 2,
        Scalar::Number(_) => 3,
    };
    match (left, right) {
        (Scalar::Number(a), Scalar::Number(b)) => a.partial_cmp(&b),
        (Scalar::Number(_), _) | (_, Scalar::Number(_)) => None,
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(&b)),
        (Scalar::Text(a), Scalar::Text(b)) => {
            // Bytes cost less than values do.
            visits.take(a.len().min(b.len()) / 16).then(|| a.cmp(b))
        }
        _ => Some(kind(left).cmp(&kind(right))),
    }
}

fn literal(text: &str) -> Option<Scalar<'_>> {
    Some(match text {
        "null" => Scalar::Null,
        "true" => Scalar::Bool(true),
        "false" => Scalar::Bool(false),
        // A regular expression is a text as well.
        _ => match unquoted(text).or_else(|| Some(text).filter(|t| t.starts_with('/'))) {
            Some(text) => Scalar::Text(text),
            None => Scalar::Number(text.parse().ok()?),
        },
    })
}
