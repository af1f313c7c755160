//! What is a secret, and what tells one: secure parameters, and functions that ask a resource for its keys.

use crate::expand::residual::Node;
use crate::expand::{Data, Value};

/// What functions make of a secret without telling it.
const DISCREET: &[&str] = &[
    "length",
    "empty",
    "equals",
    "not",
    "and",
    "or",
    "contains",
    "startswith",
    "endswith",
    "indexof",
    "lastindexof",
    "less",
    "lessorequals",
    "greater",
    "greaterorequals",
    "uniquestring",
    "guid",
    "resourceid",
];

/// `listKeys` and the like: functions that ask a resource for its secrets.
fn asks(name: &str) -> bool {
    name.len() > 4 && name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"))
}

/// Whether a value is a secret, or tells one.
pub fn reveals(value: &Value) -> bool {
    match &value.data {
        // Also within a command that PSRule has put together.
        Data::Str(s) => is_placeholder(s) || s.contains("{{Secret"),
        Data::Array(items) => items.iter().any(reveals),
        // What Azure says of a deployed resource as a whole has no secrets in it.
        Data::Object(o) => !o.open && o.members.iter().any(|m| reveals(&m.value)),
        Data::Residual(r) => match &r.node {
            // An empty secret tells nothing.
            Node::Parameter(p) => {
                r.secret && p.hidden.as_ref().and_then(Value::as_str).is_none_or(|given| !given.is_empty())
            }
            // Of an object that is put together, nobody knows which part is looked up.
            Node::Access { base, .. } => match base.as_residual().map(|r| &r.node) {
                Some(Node::Call { name, .. }) if !asks(name) && !name.eq_ignore_ascii_case("getSecret") => false,
                _ => reveals(base),
            },
            Node::Loop { item, .. } => reveals(item),
            Node::Call { name, args } => match name.to_ascii_lowercase().as_str() {
                "getsecret" => r.secret,
                "if" => args.iter().skip(1).any(reveals),
                name if DISCREET.contains(&name) => false,
                name => asks(name) || args.iter().any(reveals),
            },
            _ => r.secret,
        },
        _ => false,
    }
}

/// `{{SecretReference …}}`: what PSRule writes for secrets into resources that it exports.
pub fn is_placeholder(text: &str) -> bool {
    text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("{{Secret"))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::expand::residual::{ParameterUse, Residual};

    fn secure(given: Option<&str>) -> Value {
        let hidden = given.map(Value::str);
        let node = Node::Parameter(Rc::new(ParameterUse {
            name: "p".into(),
            key: (0, 0),
            allowed: None,
            boolean: false,
            hidden,
        }));
        Value::residual(Residual { node, secret: true })
    }

    fn call(name: &str, args: Vec<Value>) -> Value {
        Value::residual(Residual::call(name, args))
    }

    #[test]
    fn what_tells_a_secret() {
        assert!(reveals(&secure(None)));
        assert!(reveals(&secure(Some("x"))));
        assert!(!reveals(&secure(Some(""))));
        assert!(reveals(&call("concat", vec![Value::str("run "), secure(None)])));
        assert!(reveals(&call("listKeys", vec![Value::str("id")])));
        assert!(reveals(&Value::str("{{SecretReference:a}}")));
        assert!(reveals(&Value::str("run {{SecretReference:a}}")));
        assert!(!reveals(&call("uniqueString", vec![secure(None)])));
        assert!(!reveals(&Value::str("a")));
        assert!(!reveals(&call("reference", vec![Value::str("id")])));
    }
}
