//! What a file lets others import: what carries `@export()`, and what a compiled template says was exported.

use ecow::EcoString;
use rustc_hash::FxHashSet;

use crate::read::bicep::File;
use crate::read::bicep::ast::{Statement, StatementKind};
use crate::read::json::{Document, Kind, Node};

/// What marks types and functions of a compiled template.
const EXPORT: &str = "__bicep_export!";

/// Where a compiled template lists its variables that are exported.
const VARIABLES: &str = "__bicep_exported_variables!";

/// Whether others may import a declaration.
pub fn is_exported(statement: &Statement) -> bool {
    let kind = matches!(&statement.kind, StatementKind::Var(_) | StatementKind::Func(_) | StatementKind::Type { .. });
    kind && statement.decorators.iter().any(|d| d.call().is_some_and(|(_, name, _)| name.text == "export"))
}

/// The names that a Bicep file exports.
pub fn of_bicep(file: &File) -> FxHashSet<EcoString> {
    let exported = file.statements.iter().filter(|s| is_exported(s));
    exported.filter_map(|s| s.kind.name()).map(|name| name.text.clone()).collect()
}

/// The names that a compiled template exports.
pub fn of_json(document: &Document) -> FxHashSet<EcoString> {
    let mut out = FxHashSet::default();
    let Some(root) = document.root() else { return out };
    let marked = |node: Node<'_>| {
        node.get("metadata").and_then(|m| m.get(EXPORT)).is_some_and(|flag| matches!(flag.kind(), Kind::Bool(true)))
    };
    let mut add = |members: Node<'_>| {
        for member in members.members().filter(|m| marked(m.value())) {
            out.insert(member.key().as_ref().into());
        }
    };
    root.get("definitions").into_iter().for_each(&mut add);
    for namespace in root.get("functions").into_iter().flat_map(Node::items) {
        namespace.get("members").into_iter().for_each(&mut add);
    }
    let variables = root.get("metadata").and_then(|m| m.get(VARIABLES));
    for variable in variables.into_iter().flat_map(Node::items) {
        out.extend(variable.get("name").and_then(Node::str).map(|name| EcoString::from(name.as_ref())));
    }
    out
}
