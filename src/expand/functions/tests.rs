//! What holds for all functions.

use proptest::prelude::*;

use super::*;
use crate::expand::residual::{Residual, write_value};
use crate::expand::value::{Data, Object};
use crate::model::ScopeKind;
use crate::model::function_table::{Presence, Returns};

/// The functions that are carried out with their arguments evaluated.
fn all() -> impl Iterator<Item = (Builtin, Implementation)> {
    Builtin::ALL.iter().filter_map(|f| Some((*f, implementation(*f)?)))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::null()),
        any::<bool>().prop_map(Value::bool),
        any::<i64>().prop_map(Value::int),
        (-3..40i64).prop_map(Value::int),
        prop_oneof![Just(1.5), Just(-0.0), Just(1e300), -1e6..1e6f64].prop_map(|f| Value::new(Data::Float(f))),
        "[aA/{}0:,.'P1T é😀-]{0,8}".prop_map(Value::str),
        prop_oneof![
            Just("10.0.0.0/8"),
            Just("P1D"),
            Just("2024-02-29"),
            Just("N.X/y"),
            Just("{0:N3}"),
            Just("[1]"),
            Just("https://a/b?c#d"),
            Just("2001:db8::/32")
        ]
        .prop_map(Value::str),
        Just(Value::residual(Residual::call("reference", vec![Value::str("x")]))),
        Just(Value::residual(Residual::call(
            "concat",
            vec![Value::str("a"), Value::residual(Residual::call("reference", vec![]))]
        ))),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::array),
            prop::collection::vec(("[aAbc]{0,2}", inner), 0..4).prop_map(|members| {
                let mut o = Object::default();
                for (k, v) in members {
                    o.set(k.into(), None, v);
                }
                Value::object(o)
            }),
        ]
    })
}

fn call(implementation: Implementation, context: &Context, args: &[Value]) -> Outcome {
    match implementation {
        Implementation::Pure(f) => f(args),
        Implementation::Context(f) => f(context, args),
        Implementation::Lambda(f) => {
            let last = args.last().cloned().unwrap_or_else(Value::null);
            let constant = |_: &[Value]| Ok(last.clone());
            let first = |a: &[Value]| Ok(a.first().cloned().unwrap_or_else(Value::null));
            f(args, &[&first, &constant])
        }
        Implementation::Residual => Ok(None),
    }
}

fn text(v: &Outcome) -> String {
    match v {
        Ok(None) => "stays".into(),
        Err(e) => format!("refused: {e}"),
        Ok(Some(v)) => {
            let mut out = String::new();
            write_value(v, &mut out);
            out
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_arguments_make_a_function_panic(args in prop::collection::vec(value(), 0..4), known: bool) {
        let mut context = Context::unknown(ScopeKind::ResourceGroup);
        if known {
            context.subscription_id = Some(Value::str("s"));
            context.resource_group = Some(Value::str("g"));
            context.now = Some(jiff::Timestamp::UNIX_EPOCH);
        }
        for (function, carried_out) in all() {
            let first = call(carried_out, &context, &args);
            prop_assert_eq!(text(&first), text(&call(carried_out, &context, &args)), "{}", function.name());
        }
    }

    /// A residual argument may leave a call open, but what is decided must be what a value in its place gives.
    #[test]
    fn nothing_is_decided_wrongly(
        args in prop::collection::vec(value(), 1..4),
        filling in value(),
    ) {
        let context = Context::unknown(ScopeKind::ResourceGroup);
        let Some(filling) = fill(&filling, &Value::str("z")) else { return Ok(()) };
        let filled: Option<Vec<_>> = args.iter().map(|a| fill(a, &filling)).collect();
        let Some(filled) = filled else { return Ok(()) };
        for (function, carried_out) in all() {
            let (min, max) = function.facts().arity;
            if !(min..=max).contains(&args.len()) || matches!(carried_out, Implementation::Lambda(_)) {
                continue;
            }
            let open = call(carried_out, &context, &args);
            let (Ok(Some(open)), Ok(Some(closed))) = (open, call(carried_out, &context, &filled)) else { continue };
            if let Some(open) = fill(&open, &filling) {
                prop_assert_eq!(text(&Ok(Some(open))), text(&Ok(Some(closed))), "{} {:?}", function.name(), args);
            }
        }
    }
}

/// A value with `filling` in the place of every reference; `None` if an expression fails then.
fn fill(v: &Value, filling: &Value) -> Option<Value> {
    use crate::expand::residual::Node;
    Some(match &v.data {
        Data::Residual(r) => match &r.node {
            Node::Call { name, .. } if name == "reference" => filling.clone(),
            Node::Call { name, args } => {
                let args: Option<Vec<_>> = args.iter().map(|a| fill(a, filling)).collect();
                call(implementation(Builtin::named(name)?)?, &Context::unknown(ScopeKind::ResourceGroup), &args?)
                    .ok()??
            }
            _ => return None,
        },
        Data::Array(items) => Value::array(items.iter().map(|i| fill(i, filling)).collect::<Option<_>>()?),
        Data::Object(o) => {
            let mut out = Object::default();
            for m in &o.members {
                out.set(m.key.clone(), None, fill(&m.value, filling)?);
            }
            Value::object(out)
        }
        _ => v.clone(),
    })
}

/// What a value is by the table of functions.
fn is(v: &Value, returns: Returns) -> bool {
    match returns {
        Returns::Boolean => v.as_bool().is_some(),
        Returns::Integer => v.as_int().is_some(),
        Returns::Text => v.as_str().is_some(),
        Returns::Array => v.as_array().is_some(),
        Returns::Object => v.as_object().is_some(),
        Returns::Joined => v.as_str().is_some() || v.as_array().is_some(),
        Returns::Anything | Returns::LikeFirst | Returns::OneOf(_) => true,
    }
}

fn there(v: &Value, presence: Presence) -> bool {
    match presence {
        Presence::Full => {
            !v.is_null()
                && v.as_str().is_none_or(|s| !s.is_empty())
                && v.as_array().is_none_or(|a| !a.is_empty())
                && v.as_object().is_none_or(|o| !o.members.is_empty())
        }
        Presence::There => !v.is_null(),
        Presence::Nullable => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What the table says of a function holds of everything that it gives.
    #[test]
    fn the_table_tells_the_truth(args in prop::collection::vec(value(), 0..4)) {
        let mut context = Context::unknown(ScopeKind::ResourceGroup);
        context.subscription_id = Some(Value::str("s"));
        context.resource_group = Some(Value::str("g"));
        context.now = Some(jiff::Timestamp::UNIX_EPOCH);
        for (function, carried_out) in all() {
            let facts = function.facts();
            if !(facts.arity.0..=facts.arity.1).contains(&args.len()) {
                continue;
            }
            let Ok(Some(made)) = call(carried_out, &context, &args) else { continue };
            if made.is_residual() {
                continue;
            }
            prop_assert!(is(&made, facts.returns), "{} {args:?} {made:?}", facts.name);
            prop_assert!(there(&made, facts.presence), "{} {args:?} {made:?}", facts.name);
            if let (Some(letters), Some(text)) = (function.letters(), made.as_str()) {
                let n = text.chars().count();
                let fits = |c: char| letters.ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
                prop_assert!(text.chars().all(fits), "{} {text}", facts.name);
                prop_assert!(n >= letters.least && letters.most.is_none_or(|most| n <= most), "{} {text}", facts.name);
            }
        }
    }
}
