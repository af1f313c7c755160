//! Parameter files.

use ecow::EcoString;

use super::expression::{self, is_expression};
use super::values::{literal, string};
use crate::model::parameters::{Given, GivenValue, ParameterFile};
use crate::model::placeholders::with_variables;
use crate::model::{Expr, ExprKind};
use crate::read::Span;
use crate::read::json::{Document, Node};

/// Reads a JSON parameter file: `parameters`, each with a `value`, a Key Vault `reference` or an `expression`.
///
/// Strings stand as they are: the engine evaluates no expressions in a parameter file. Only what the
/// Azure Developer CLI, or a pipeline, puts in is told from them. An object that says nothing of itself is the values
/// themselves, as the Azure CLI takes them.
pub fn load(document: &Document) -> ParameterFile {
    let root = document.root();
    let mut given = Vec::new();
    let is_bare = |r: &Node<'_>| ["$schema", "contentVersion"].iter().all(|key| r.get(key).is_none());
    let values = root.and_then(|r| r.get("parameters")).or(root.filter(is_bare));
    for m in values.into_iter().flat_map(Node::members) {
        given.push(Given {
            name: EcoString::from(m.key().as_ref()),
            name_span: m.key_span(),
            value: given_value(m.value()),
            beside: beside(m.value()),
        });
    }
    let link = root.and_then(|r| r.get("metadata")).and_then(|m| m.get("template")).map(|n| (string(n), n.span()));
    let mut file = ParameterFile::new(document.source().id, given);
    file.template = link;
    file
}

/// The values of members that say neither a value nor where there is one.
fn beside(node: Node<'_>) -> Vec<Span> {
    let known = |key: &str, value: Node<'_>| match key {
        // One that names no vault is none.
        key if key.eq_ignore_ascii_case("reference") => value.get("keyVault").is_some(),
        key => ["value", "expression"].iter().any(|k| key.eq_ignore_ascii_case(k)),
    };
    node.members().filter(|m| !known(m.key().as_ref(), m.value())).map(|m| m.value().span()).collect()
}

fn given_value(node: Node<'_>) -> GivenValue {
    if let Some(value) = node.get("value") {
        return GivenValue::Value(with_variables(literal(value)));
    }
    if let Some(reference) = node.get("reference") {
        return GivenValue::Secret(reference.span());
    }
    if let Some(expression) = node.get("expression") {
        return GivenValue::Expression(looked_up(expression));
    }
    GivenValue::Nothing(node.span())
}

/// What the Bicep compiler writes for a value with `externalInput` in it: `"[format('x{0}', externalInputs('y'))]"`.
fn looked_up(node: Node<'_>) -> Expr {
    let (text, span) = (string(node), node.span());
    let offsets = node.offsets();
    let kind = match is_expression(&text).then(|| expression::parse(&text, span.file, &|at| offsets.of(at))) {
        Some(Ok(inner)) => ExprKind::Expression(Box::new(inner)),
        _ => ExprKind::Invalid(text.trim_start_matches('[').trim_end_matches(']').into()),
    };
    Expr::new(kind, span)
}
