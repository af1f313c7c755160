//! Changes that surely make a finding go: the literal that a condition demands, in place of another literal or where a
//! property is missing. What is not certain is not offered.

use crate::check::explain::message::path;
use crate::check::result::Fix;
use crate::check::verdict::clause::Reason;
use crate::check::verdict::evidence::{Asked, Evidence, Found, Step};
use crate::expand::value::{Object, Origin};
use crate::expand::{Data, Value};
use crate::read::{Source, Sources, Span};
use crate::rules::language::{Check, Clause, Condition, Demand, Items, Literal, Op, Operand, Quantifier, Test};

/// The one change that answers everything that speaks against a target.
pub fn certain(reasons: &[Reason<'_>], sources: &Sources) -> Option<Fix> {
    let mut out: Option<Fix> = None;
    for reason in reasons {
        if reason.evidence.is_empty() {
            return None;
        }
        for e in &reason.evidence {
            let fix = of(e, sources)?;
            if out.as_ref().is_some_and(|known| (known.span, &known.text) != (fix.span, &fix.text)) {
                return None;
            }
            out.get_or_insert(fix);
        }
    }
    out
}

/// Whether a fix can be offered for what breaks a rule, in plain cases: a test demands a literal.
pub fn is_possible(check: &Check) -> bool {
    fn by_condition(c: &Condition) -> bool {
        match c {
            Condition::All(list) | Condition::Any(list) => list.iter().any(by_condition),
            Condition::Test(test) => wanted(test).is_some(),
            Condition::Items(Items { quantifier: Quantifier::Each(each), .. }) => by_condition(each),
            Condition::Items(_) | Condition::Not(_) | Condition::Use(..) => false,
        }
    }
    fn by_clause(c: &Clause) -> bool {
        let demanded = matches!(&c.demand, Demand::Each(c) | Demand::Some(c) if by_condition(c));
        demanded || c.otherwise.iter().any(by_clause)
    }
    check.clauses.iter().any(by_clause)
}

/// The literal that a test demands.
fn wanted(test: &Test) -> Option<&Literal> {
    match (test.op, &test.operand, test.transforms.is_empty()) {
        (Op::Equals | Op::HasDefault, Operand::Literal(literal), true) => Some(literal),
        _ => None,
    }
}

fn of(e: &Evidence<'_>, sources: &Sources) -> Option<Fix> {
    let (Asked::Test(t), true, false) = (e.asked, e.sufficient, e.unknown) else { return None };
    let literal = wanted(t)?;
    match e.found {
        Found::Value(v) => replaced(e, v, literal, sources),
        Found::Missing => inserted(e, literal, sources),
        Found::Secret(_) | Found::Unknown(_) => None,
    }
}

/// A file that people edit, and whether it is Bicep.
fn editable(span: Span, sources: &Sources) -> Option<(std::sync::Arc<Source>, bool)> {
    let source = sources.get(span.file).filter(|_| !sources.is_restored(span.file))?;
    let bicep = source.path.extension().is_some_and(|x| x == "bicep" || x == "bicepparam");
    Some((source, bicep))
}

/// Another literal instead of the one that decided.
fn replaced(e: &Evidence<'_>, v: &Value, literal: &Literal, sources: &Sources) -> Option<Fix> {
    let decided = v.origin.decided();
    let span = decided.place.filter(|_| !decided.computed)?;
    let (source, bicep) = editable(span, sources)?;
    if !is_plain_literal(source.slice(span), bicep) || !fits(v, literal, sources) {
        return None;
    }
    let text = written(literal, bicep)?;
    Some(Fix { description: ecow::eco_format!("Set `{}` to {text}", path(&e.steps)), span, text: text.into() })
}

/// A parameter on the way takes the other literal as well: it is of the same kind, and where the files on the way list
/// allowed values it is one that they name.
fn fits(v: &Value, literal: &Literal, sources: &Sources) -> bool {
    if v.origin.from.is_none() {
        return true;
    }
    let wanted = match (&v.data, literal) {
        (Data::Bool(_), Literal::Bool(_)) => return true,
        (Data::Int(_) | Data::Float(_), Literal::Int(i)) => i.to_string(),
        (Data::Str(_), Literal::Str(s)) => s.clone(),
        _ => return false,
    };
    let number = matches!(literal, Literal::Int(_));
    v.origin.chain().all(|span| {
        let Some(source) = sources.get(span.file) else { return false };
        let text = source.text.as_str();
        let limited = ["allowedValues", "@allowed", "@sys.allowed", "' | '", "minValue"];
        if !limited.iter().any(|words| text.contains(words)) {
            return true;
        }
        !number && [format!("\"{wanted}\""), format!("'{wanted}'")].iter().any(|quoted| text.contains(quoted))
    })
}

/// A member that is not there, before the first of the object that should have it.
fn inserted(e: &Evidence<'_>, literal: &Literal, sources: &Sources) -> Option<Fix> {
    let (Step::Missing(key), way) = e.steps.split_last()? else { return None };
    let mut parent = None;
    for step in way {
        let value = match step {
            Step::Member(m) => &m.value,
            Step::Item(_, v) => *v,
            Step::Missing(_) => return None,
        };
        // What came from elsewhere may be the value of something else, too.
        if value.origin.from.is_some() || value.origin.computed {
            return None;
        }
        parent = Some(value);
    }
    let parent = parent?;
    let (Data::Object(object), Origin { place: Some(place), .. }) = (&parent.data, &parent.origin) else { return None };
    let (source, bicep) = editable(*place, sources)?;
    let text = source.slice(*place);
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    // A spread, ARM's `copy`, and a member of this name whose value is null say more than the members do.
    let lower = text.to_ascii_lowercase();
    let hidden = if bicep { "..." } else { "\"copy\"" };
    if lower.contains(hidden) || lower.contains(&key.to_ascii_lowercase()) {
        return None;
    }
    let value = written(literal, bicep)?;
    let identifier = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !key.bytes().next().is_none_or(|b| b.is_ascii_digit());
    let member = match (bicep, identifier) {
        (true, true) => format!("{key}: {value}"),
        (true, false) => format!("{}: {value}", written(&Literal::Str((*key).to_owned()), true)?),
        (false, _) => format!("{}: {value}", serde_json::Value::from(*key)),
    };
    let description = ecow::eco_format!("Set `{}` to {value}", path(&e.steps));
    if object.members.is_empty() {
        let fix = Fix { description, span: *place, text: ecow::eco_format!("{{ {member} }}") };
        return inner.trim().is_empty().then_some(fix);
    }
    let first = first_key(object, *place)?;
    let before = source.text.get(place.start as usize + 1..first.start as usize)?;
    let separator = match before.rfind('\n') {
        _ if !before.trim().is_empty() => return None,
        Some(at) => {
            let newline = if before[..at].ends_with('\r') { "\r\n" } else { "\n" };
            format!("{}{newline}{}", if bicep { "" } else { "," }, &before[at + 1..])
        }
        None if bicep && inner.contains('\n') => return None,
        None => ", ".to_owned(),
    };
    let at = first.start as usize;
    Some(Fix { description, span: Span::new(place.file, at, at), text: ecow::eco_format!("{member}{separator}") })
}

/// The key of an object that stands first in its text; `None` if one of them stands elsewhere.
fn first_key(object: &Object, place: Span) -> Option<Span> {
    let mut first: Option<Span> = None;
    for m in &object.members {
        let inside = |s: &Span| s.file == place.file && s.start > place.start && s.end < place.end;
        let span = m.key_span.filter(inside)?;
        if first.is_none_or(|f| span.start < f.start) {
            first = Some(span);
        }
    }
    first
}

/// A literal in the words of a file.
fn written(literal: &Literal, bicep: bool) -> Option<String> {
    Some(match literal {
        Literal::Bool(b) => b.to_string(),
        Literal::Int(i) => i.to_string(),
        Literal::Str(s) if s.chars().any(char::is_control) => return None,
        Literal::Str(s) if bicep => {
            format!("'{}'", s.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${"))
        }
        // A text that starts with `[` would be an expression.
        Literal::Str(s) if !s.starts_with('[') => serde_json::Value::from(s.as_str()).to_string(),
        _ => return None,
    })
}

fn is_plain_literal(text: &str, bicep: bool) -> bool {
    let quoted = |q: char| text.len() >= 2 && text.starts_with(q) && text.ends_with(q);
    matches!(text, "true" | "false" | "null")
        || text.parse::<f64>().is_ok()
        || bicep && quoted('\'') && !text.contains("${") && !text.starts_with("'''")
        || !bicep && quoted('"') && !text.starts_with("\"[")
}
