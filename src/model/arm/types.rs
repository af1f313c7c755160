//! Types of parameters, outputs and definitions.

use super::values::string;
use super::{Reader, text};
use crate::diagnostic::Diagnostic;
use crate::model::{Derived, ObjectType, Type, TypeKind, placeholders};
use crate::read::json::{Kind, Node};

impl Reader<'_> {
    /// The type that an object with `type`, `$ref`, `allowedValues`, … describes.
    pub(super) fn type_of(&mut self, node: Node<'_>) -> Type {
        self.deeper("type", node, |this| this.type_as_written(node)).unwrap_or_default()
    }

    fn type_as_written(&mut self, node: Node<'_>) -> Type {
        let [reference, type_, nullable, allowed, metadata] =
            node.pick(["$ref", "type", "nullable", "allowedValues", "metadata"]);
        let bounds = node.pick(["minLength", "maxLength", "minValue", "maxValue"]);
        let [min_length, max_length, min_value, max_value] = bounds.map(|bound| match bound.map(Node::kind) {
            Some(Kind::Int(i)) => Some(i),
            _ => None,
        });
        Type {
            kind: self.type_kind(node, reference, type_),
            nullable: matches!(nullable.map(Node::kind), Some(Kind::Bool(true))),
            allowed: allowed
                .filter(|n| matches!(n.kind(), Kind::Array) && !n.is_empty())
                .map(|n| n.items().map(|i| self.value(i)).collect()),
            min_length,
            max_length,
            min_value,
            max_value,
            derived: metadata
                .and_then(|m| m.get("__bicep_resource_derived_type!"))
                .and_then(|from| {
                    let output = matches!(from.get("output").map(Node::kind), Some(Kind::Bool(true)));
                    Derived::of_pointer(&text(from.get("source"))?, output)
                })
                .map(Box::new),
            span: type_.or(reference).map(Node::span),
        }
    }

    fn type_kind(&mut self, node: Node<'_>, reference: Option<Node<'_>>, type_: Option<Node<'_>>) -> TypeKind {
        if let Some(reference) = text(reference) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return TypeKind::Ref(decode_pointer(name).into());
        }
        match text(type_).unwrap_or_default().to_ascii_lowercase().as_str() {
            "string" => TypeKind::String,
            "securestring" => TypeKind::SecureString,
            "int" => TypeKind::Int,
            "bool" => TypeKind::Bool,
            "array" => {
                let [items, prefix] = node.pick(["items", "prefixItems"]);
                TypeKind::Array {
                    items: self.nested_type(items),
                    prefix: prefix.map(|n| n.items().map(|i| self.type_of(i)).collect()).unwrap_or_default(),
                    sealed: is_false(items),
                }
            }
            "object" => TypeKind::Object(Box::new(self.object_type(node))),
            "secureobject" => TypeKind::SecureObject(Box::new(self.object_type(node))),
            _ => {
                self.no_type(type_);
                TypeKind::Any
            }
        }
    }

    /// An error at what is written for a type and is none; what is left out is a matter of rules.
    fn no_type(&mut self, type_: Option<Node<'_>>) {
        let Some(node) = type_.filter(|node| !node.is_token()) else { return };
        let Some(name) = node.str() else { return self.misshapen(node, "a type", "a string") };
        // `any` is a type to Bicep, and what is put in for a placeholder may be one.
        if name.eq_ignore_ascii_case("any") || placeholders::with_tokens(&name, node.span()).is_some() {
            return;
        }
        let message = format!(
            "'{name}' is no type; there are string, int, bool, array, object, secureString and secureObject: Azure refuses the \
             template"
        );
        self.diagnostics.push(Diagnostic::error("template-shape", node.span(), message));
    }

    fn object_type(&mut self, node: Node<'_>) -> ObjectType {
        let named = |reader: &mut Self, n: Node<'_>| {
            n.members().map(|m| (m.key().as_ref().into(), reader.type_of(m.value()))).collect::<Vec<_>>()
        };
        let [properties, additional, discriminator] =
            node.pick(["properties", "additionalProperties", "discriminator"]);
        ObjectType {
            properties: properties.map(|n| named(self, n)).unwrap_or_default(),
            additional: self.nested_type(additional),
            sealed: is_false(additional),
            listed: properties.is_some(),
            discriminator: discriminator.and_then(|d| {
                let property = string(d.get("propertyName")?);
                Some((property, named(self, d.get("mapping")?)))
            }),
        }
    }

    fn nested_type(&mut self, node: Option<Node<'_>>) -> Option<Box<Type>> {
        let inner = node?;
        matches!(inner.kind(), Kind::Object).then(|| Box::new(self.type_of(inner)))
    }
}

fn is_false(node: Option<Node<'_>>) -> bool {
    node.is_some_and(|n| matches!(n.kind(), Kind::Bool(false)))
}

/// Undoes the escapes of a JSON pointer token, and the percent-encoding that `$ref` may have.
fn decode_pointer(token: &str) -> String {
    let text = percent_encoding::percent_decode_str(token).decode_utf8_lossy();
    text.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use crate::model::arm::load;
    use crate::read::Sources;
    use crate::read::json::Document;

    fn told(members: &str) -> Vec<String> {
        let mut diagnostics = Vec::new();
        let source = Sources::new().add("main.json", format!("{{{members}, \"resources\": []}}"));
        load(&Document::parse(&source), &mut diagnostics);
        diagnostics.into_iter().map(|d| format!("{}: {}", d.code, d.message)).collect()
    }

    #[test]
    fn a_type_that_there_is_none_is_an_error() {
        let of = |written: &str| told(&format!(r#""parameters": {{"p": {written}}}"#));
        assert!(
            matches!(of(r#"{"type": "strng"}"#).as_slice(), [one] if one.starts_with("template-shape: 'strng' is no type"))
        );
        assert!(
            matches!(of(r#"{"type": ["int"]}"#).as_slice(), [one] if one.contains("a type must be a string, not an array"))
        );
        let nested = r#"{"type": "array", "items": {"type": "object", "properties": {"a": {"type": "number"}}}}"#;
        assert_eq!(of(nested).len(), 1);
        let right = [
            r#"{"type": "SecureString"}"#,
            r#"{"type": "secureObject"}"#,
            r##"{"$ref": "#/definitions/t"}"##,
            r#"{"type": "any"}"#,
            r#"{"type": "__TYPE__"}"#,
            r#"{}"#,
        ];
        for written in right {
            assert_eq!(of(written), [] as [&str; 0], "{written}");
        }
    }

    #[test]
    fn an_output_without_a_value_is_an_error() {
        let of = |written: &str| told(&format!(r#""outputs": {{"o": {written}}}"#));
        assert!(
            matches!(of(r#"{"type": "int"}"#).as_slice(), [one] if one.contains("'o' has neither `value` nor `copy`"))
        );
        assert_eq!(of(r#"{"type": "array", "copy": {"count": 1, "input": "x"}}"#), [] as [&str; 0]);
        assert_eq!(of(r#"{"type": "string", "value": null}"#), [] as [&str; 0]);
    }
}
