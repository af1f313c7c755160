//! JSON as it stands, as values with their places: exported resources, and files that rules judge as such.

use ecow::EcoString;

use crate::expand::residual::Node as ResidualNode;
use crate::expand::{Data, Object, Residual, Value};
use crate::read::json::{Kind, Node};

/// Values are walked by functions that call themselves; what is nested deeper than this is not looked into.
const DEEPEST: usize = 200;

/// The value of a node, expressions left as the text they are.
pub fn value(node: Node<'_>) -> Value {
    at(node, 0)
}

fn at(node: Node<'_>, depth: usize) -> Value {
    let data = match node.kind() {
        Kind::Null => Data::Null,
        Kind::Bool(b) => Data::Bool(b),
        Kind::Int(i) => Data::Int(i),
        Kind::Float(f) => Data::Float(f),
        Kind::String => Data::Str(EcoString::from(node.str().unwrap_or_default().as_ref())),
        _ if depth >= DEEPEST => {
            let text = EcoString::from("json('…')");
            return Value {
                origin: crate::expand::Origin::computed(node.span()),
                ..Value::residual(Residual { node: ResidualNode::Failed(text), secret: false })
            };
        }
        Kind::Array => Data::Array(node.items().map(|n| at(n, depth + 1)).collect::<Vec<_>>().into()),
        Kind::Object => {
            let mut object = Object::default();
            for m in node.members() {
                object.set(EcoString::from(m.key().as_ref()), Some(m.key_span()), at(m.value(), depth + 1));
            }
            Data::Object(object.into())
        }
    };
    Value::literal(data, node.span())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;
    use crate::read::json::Document;

    #[test]
    fn values_know_their_places() {
        let source = Sources::new().add("x.json", r#"{"a": [1, "t"], "A": {"b": null}}"#);
        let document = Document::parse(&source);
        let v = value(document.root().unwrap());
        // Of two keys that differ in case only, the last wins.
        assert!(v.get("a").unwrap().get("b").unwrap().is_null());
        assert_eq!(source.slice(v.get("a").unwrap().origin.place.unwrap()), r#"{"b": null}"#);
    }

    #[test]
    fn deep_nesting_is_cut() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let source = Sources::new().add("x.json", text);
        let document = Document::parse(&source);
        let mut v = value(document.root().unwrap());
        let mut depth = 0;
        while let Some(items) = v.as_array() {
            let next = items[0].clone();
            v = next;
            depth += 1;
        }
        assert_eq!(depth, DEEPEST);
        assert!(v.is_residual());
    }
}
