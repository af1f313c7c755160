//! The table, and what holds for all functions.

use proptest::prelude::*;

use super::*;
use crate::expand::residual::{Residual, write_value};
use crate::expand::value::{Data, Object};
use crate::model::ScopeKind;

#[test]
fn the_table_is_in_order() {
    assert!(TABLE.windows(2).all(|w| w[0].name.to_ascii_lowercase() < w[1].name.to_ascii_lowercase()));
    for b in TABLE {
        assert!(b.min <= b.max, "{}", b.name);
        assert!(std::ptr::eq(lookup(&b.name.to_uppercase()).unwrap(), b));
    }
    assert!(lookup("noSuchFunction").is_none());
    assert!(lookup("").is_none());
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

fn call(b: &Builtin, context: &Context, args: &[Value]) -> Outcome {
    match b.implementation {
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
        for b in TABLE {
            let first = call(b, &context, &args);
            prop_assert_eq!(text(&first), text(&call(b, &context, &args)), "{}", b.name);
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
        for b in TABLE.iter().filter(|b| (b.min..=b.max).contains(&args.len())) {
            let (Ok(Some(open)), Ok(Some(closed))) = (call(b, &context, &args), call(b, &context, &filled)) else { continue };
            if matches!(b.implementation, Implementation::Lambda(_)) {
                continue;
            }
            if let Some(open) = fill(&open, &filling) {
                prop_assert_eq!(text(&Ok(Some(open))), text(&Ok(Some(closed))), "{} {:?}", b.name, args);
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
                call(lookup(name)?, &Context::unknown(ScopeKind::ResourceGroup), &args?).ok()??
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
