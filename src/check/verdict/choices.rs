//! What is not decided, but has few values: it stands for all of them.
//!
//! A parameter with allowed values, a `bool`, a condition, a table that is looked up with an unknown key: a rule that cannot be
//! decided is judged once with each of their values.

use std::rc::Rc;

use ecow::EcoString;

use crate::check::targets::copies::same;
use crate::expand::residual::{Node as Expression, ParameterUse, Residual};
use crate::expand::{Data, Value, substitute};
use crate::model::Builtin;

/// The most combinations of choices that are tried.
pub const MOST: usize = 64;

/// The most values that a table may have to be looked through.
const MOST_ENTRIES: usize = 16;

/// The longest expression that is told apart by its text, in bytes.
const LONGEST: usize = 2_000;

/// Something that has one of these values.
#[derive(Debug, Clone)]
pub struct Choice {
    what: What,
    values: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    /// A parameter: its name and key.
    Parameter(EcoString, (u32, u32)),
    /// Each residual with this text.
    Expression(String),
}

/// One value for each choice.
#[derive(Debug, Clone, Default)]
pub struct Substitution(Vec<(What, Value)>);

impl Substitution {
    /// What is put in the place of a residual.
    pub fn decide(&self, r: &Residual) -> Option<Value> {
        let is = |what: &What| match (what, &r.node) {
            (What::Parameter(_, key), Expression::Parameter(p)) => p.key == *key,
            // Few calls are of the same function; none of the others is written out.
            (What::Expression(text), Expression::Call { name, .. }) => {
                text.starts_with(name.as_str()) && is_written(r, text)
            }
            (What::Expression(text), Expression::Access { .. }) => is_written(r, text),
            _ => false,
        };
        self.0.iter().find(|(what, _)| is(what)).map(|(_, v)| v.clone())
    }

    /// What is supposed: the name of a parameter, or an expression, and its value.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(what, value)| (what.shown(), value))
    }
}

fn is_written(r: &Residual, text: &str) -> bool {
    r.text_within(text.len()).is_some_and(|own| own == text)
}

impl What {
    fn shown(&self) -> &str {
        match self {
            What::Parameter(name, _) => name,
            What::Expression(text) => text,
        }
    }
}

impl Choice {
    /// What has the values: the name of a parameter, or an expression.
    pub fn shown(&self) -> &str {
        self.what.shown()
    }

    /// Whether it is the same one: what is written alike at two places is not, as the values of each have their own place.
    pub fn is(&self, other: &Choice) -> bool {
        let values = || self.values.iter().zip(&other.values).all(|(a, b)| same(a, b, 0));
        self.what == other.what && self.values.len() == other.values.len() && values()
    }
}

/// The choices within residuals, each once, in the order met.
pub fn choices(touched: &[Rc<Residual>]) -> Vec<Choice> {
    let mut out = Vec::new();
    for r in touched {
        in_residual(r, &mut out);
    }
    out
}

fn add(out: &mut Vec<Choice>, what: What, values: Vec<Value>) {
    if !out.iter().any(|c| c.what == what) {
        out.push(Choice { what, values });
    }
}

fn both() -> Vec<Value> {
    vec![Value::bool(true), Value::bool(false)]
}

fn in_residual(r: &Residual, out: &mut Vec<Choice>) {
    match &r.node {
        Expression::Parameter(p) => {
            if let Some(values) = values_of(r, p) {
                add(out, What::Parameter(p.name.clone(), p.key), values);
            }
        }
        Expression::Call { name, args } if name.eq_ignore_ascii_case("if") => {
            let [condition, branches @ ..] = args.as_slice() else { return };
            in_condition(condition, out);
            branches.iter().for_each(|b| in_value(b, out));
        }
        Expression::Call { args, .. } => match (r.as_call(), args.as_slice()) {
            (Some((Builtin::TryGet, _)), [base, key, rest @ ..]) => looked_up(r, (base, key), Some(rest), out),
            _ => args.iter().for_each(|a| in_value(a, out)),
        },
        Expression::Access { base, key } => looked_up(r, (base, key), None, out),
        _ => {}
    }
}

/// What is looked up in a table is one of its entries. Of a safe look-up, with the keys that follow, it is null where there is none.
fn looked_up(r: &Residual, (base, key): (&Value, &Value), safe: Option<&[Value]>, out: &mut Vec<Choice>) {
    let mut of_keys = Vec::new();
    in_value(key, &mut of_keys);
    safe.into_iter().flatten().for_each(|key| in_value(key, &mut of_keys));
    let is_decided = !of_keys.is_empty();
    of_keys.into_iter().for_each(|choice| add(out, choice.what, choice.values));
    let entries: Vec<Value> = match &base.data {
        Data::Object(o) if !o.open => o.members.iter().map(|m| m.value.clone()).collect(),
        Data::Array(items) => items.to_vec(),
        _ => Vec::new(),
    };
    if entries.is_empty() {
        return in_value(base, out);
    }
    if is_decided || entries.len() > MOST_ENTRIES || !key.is_residual() || r.secret {
        return;
    }
    let Some(rest) = safe else { return add_expression(r, entries, out) };
    let found = |entry: Value| match rest {
        [] => entry,
        _ => {
            let args = std::iter::once(entry).chain(rest.iter().cloned()).collect();
            substitute(&Value::residual(Residual::call("tryGet", args)), &|_| None)
        }
    };
    add_expression(r, entries.into_iter().map(found).chain([Value::null()]).collect(), out);
}

fn add_expression(r: &Residual, values: Vec<Value>, out: &mut Vec<Choice>) {
    if let Some(text) = r.text_within(LONGEST) {
        add(out, What::Expression(text), values);
    }
}

/// A condition comes to true or false; one of choices follows them.
fn in_condition(condition: &Value, out: &mut Vec<Choice>) {
    let Some(r) = condition.as_residual() else { return };
    match &r.node {
        Expression::Call { name, args } if matches!(name.to_ascii_lowercase().as_str(), "and" | "or" | "not") => {
            args.iter().for_each(|a| in_condition(a, out));
        }
        Expression::Call { .. } | Expression::Access { .. } if !decided_by_parameters(condition) => {
            add_expression(r, both(), out);
        }
        _ => in_residual(r, out),
    }
}

/// Whether nothing in a value is open but parameters that have few values.
fn decided_by_parameters(v: &Value) -> bool {
    match &v.data {
        Data::Residual(r) => match &r.node {
            Expression::Parameter(p) => values_of(r, p).is_some(),
            Expression::Call { args, .. } => !args.is_empty() && args.iter().all(decided_by_parameters),
            Expression::Access { base, key } => decided_by_parameters(base) && decided_by_parameters(key),
            _ => false,
        },
        Data::Array(items) => items.iter().all(decided_by_parameters),
        Data::Object(o) => o.members.iter().all(|m| decided_by_parameters(&m.value)),
        _ => true,
    }
}

/// The values of a parameter that has few. (Of a secret nobody must know which it is.)
fn values_of(r: &Residual, p: &ParameterUse) -> Option<Vec<Value>> {
    if r.secret || p.hidden.is_some() {
        return None;
    }
    match &p.allowed {
        Some(allowed) if !allowed.is_empty() => Some(allowed.clone()),
        _ => p.boolean.then(both),
    }
}

fn in_value(v: &Value, out: &mut Vec<Choice>) {
    match &v.data {
        Data::Residual(r) => in_residual(r, out),
        Data::Array(a) => a.iter().for_each(|v| in_value(v, out)),
        Data::Object(o) => o.members.iter().for_each(|m| in_value(&m.value, out)),
        _ => {}
    }
}

/// Every combination of choices, or nothing if there are too many.
pub fn combinations(choices: &[Choice]) -> Vec<Substitution> {
    let mut out = vec![Substitution::default()];
    for c in choices {
        if out.len() * c.values.len() > MOST {
            return Vec::new();
        }
        let with = |s: &Substitution, value: &Value| {
            let mut s = s.clone();
            s.0.push((c.what.clone(), value.clone()));
            s
        };
        out = out.iter().flat_map(|s| c.values.iter().map(move |v| with(s, v))).collect();
    }
    out
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn parameter(index: u32, allowed: &[&str], boolean: bool) -> Value {
        let allowed = (!allowed.is_empty()).then(|| allowed.iter().map(|a| Value::str(*a)).collect());
        let used = ParameterUse {
            name: "p".into(),
            part: Default::default(),
            key: (0, index),
            allowed,
            boolean,
            hidden: None,
            typed: None,
        };
        Value::residual(Residual::new(Expression::Parameter(Rc::new(used)), false))
    }

    fn call(name: &str, args: Vec<Value>) -> Value {
        Value::residual(Residual::call(name, args))
    }

    fn found(values: &[&Value]) -> Vec<Choice> {
        choices(&values.iter().map(|v| v.as_residual().unwrap().clone()).collect::<Vec<_>>())
    }

    #[test]
    fn every_combination_within_bounds() {
        let (a, b) = (parameter(0, &["x", "y"], false), parameter(1, &["1", "2", "3"], false));
        let both = found(&[&a, &b, &a]);
        assert_eq!(both.len(), 2);
        assert_eq!(combinations(&both).len(), 6);
        let many: Vec<String> = (0..65).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(combinations(&found(&[&parameter(2, &many, false)])).is_empty());
    }

    #[test]
    fn conditions_follow_the_parameters_in_them() {
        let stage = parameter(0, &["dev", "prod"], false);
        let on = parameter(1, &[], true);
        let is_prod = call("equals", vec![stage, Value::str("prod")]);
        let open = call("equals", vec![call("f", vec![]), Value::str("x")]);
        let condition = call("and", vec![call("not", vec![is_prod]), on, open]);
        let choice = call("if", vec![condition, Value::int(1), Value::int(2)]);
        let shown: Vec<String> = found(&[&choice]).iter().map(|c| c.shown().to_owned()).collect();
        assert_eq!(shown, ["p", "p", "equals(f(), 'x')"]);
        let values: Vec<i64> = combinations(&found(&[&choice]))
            .iter()
            .map(|s| substitute(&choice, &|r| s.decide(r)).as_int().unwrap())
            .collect();
        assert_eq!(values, [1, 2, 2, 2, 2, 2, 2, 2]);
    }

    #[test]
    fn a_table_looked_up_safely_stands_for_its_entries_and_for_what_is_put_in_for_none() {
        let tier = |name: &str| crate::expand::object([("sku", Value::str(name))]);
        let table = crate::expand::object([("dev", tier("Basic")), ("prod", tier("Premium"))]);
        let looked_up = |key: Value| {
            let found = call("tryGet", vec![table.clone(), key, Value::str("sku")]);
            call("coalesce", vec![found, Value::str("Standard")])
        };
        let values = |value: &Value| -> Vec<String> {
            let all = combinations(&found(&[value]));
            all.iter().filter_map(|s| substitute(value, &|r| s.decide(r)).as_str().map(ToString::to_string)).collect()
        };
        assert_eq!(values(&looked_up(parameter(0, &[], false))), ["Basic", "Premium", "Standard"]);
        // A key that has few values decides by itself.
        assert_eq!(values(&looked_up(parameter(0, &["prod", "test"], false))), ["Premium", "Standard"]);
    }

    #[test]
    fn a_table_stands_for_its_entries() {
        let mut table = crate::expand::Object::default();
        table.set("dev".into(), None, Value::str("Detection"));
        table.set("prod".into(), None, Value::str("Prevention"));
        let looked_up = Value::residual(Residual::access(Value::object(table), parameter(0, &[], false)));
        let all = combinations(&found(&[&looked_up]));
        let values: Vec<_> = all.iter().map(|s| s.decide(looked_up.as_residual().unwrap()).unwrap()).collect();
        assert_eq!(
            values.iter().map(|v| v.as_str().unwrap().as_str()).collect::<Vec<_>>(),
            ["Detection", "Prevention"]
        );
    }
}
