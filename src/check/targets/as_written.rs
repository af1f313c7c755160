//! JSON as it stands: values whose texts are texts, expressions or not.

use crate::expand::value::Places;
use crate::expand::{Data, Object, Origin, Value};
use crate::nesting;
use crate::read::json::{Kind, Node};

/// A JSON value without evaluating anything: exported resources, and files for rules about files.
pub fn as_written(node: Node<'_>) -> Value {
    within(node, 0)
}

fn within(node: Node<'_>, depth: usize) -> Value {
    let data = match node.kind() {
        _ if !nesting::JSON_AS_WRITTEN.allows(depth) => Data::Null,
        Kind::Object => {
            let mut object = Object { members: Vec::with_capacity(node.len()), ..Object::default() };
            let mut places = Places::of(&object, node.len());
            for m in node.members() {
                places.set(&mut object, m.key().as_ref().into(), Some(m.key_span()), within(m.value(), depth + 1));
            }
            Data::Object(object.into())
        }
        Kind::Array => Data::Array(node.items().map(|n| within(n, depth + 1)).collect::<Vec<_>>().into()),
        Kind::Null => Data::Null,
        Kind::Bool(b) => Data::Bool(b),
        Kind::Int(i) => Data::Int(i),
        Kind::Float(f) => Data::Float(f),
        Kind::String => Data::Str(node.str().unwrap_or_default().as_ref().into()),
    };
    Value { data, origin: Origin::literal(node.span()) }
}
