//! `copyIndex()` without a name in loops of properties.

use crate::diagnostic::Diagnostic;
use crate::model::{Builtin, Expr, ExprKind};
use crate::read::Span;

/// Says of each `copyIndex()` without a name in a loop of a property that Azure refuses it: it stands for the loop of the resource,
/// and this one has none. ("The function can only be used in a resource with copy specified." In a loop of a property the name must be
/// given: <https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-properties>.)
pub(super) fn nameless(body: &Expr, diagnostics: &mut Vec<Diagnostic>) {
    let mut found = Vec::new();
    find(body, None, &mut found);
    diagnostics.extend(found.into_iter().map(|(span, name)| {
        let message = format!(
            "`copyIndex()` without a name stands for the loop of the resource, and this resource has none: write \
             `copyIndex('{name}')`"
        );
        Diagnostic::error("expression", span, message)
    }));
}

/// `within` is the loop around.
fn find<'e>(e: &'e Expr, within: Option<&'e str>, out: &mut Vec<(Span, &'e str)>) {
    match &e.kind {
        ExprKind::Loop(looped) => {
            find(&looped.count, within, out);
            find(&looped.input, Some(&looped.name), out);
        }
        ExprKind::Object(members) => {
            for m in members {
                find(&m.key, within, out);
                find(&m.value, within, out);
            }
        }
        ExprKind::Array(items) => items.iter().for_each(|item| find(item, within, out)),
        ExprKind::Expression(inner) => find(inner, within, out),
        ExprKind::Access { base, key, .. } => {
            find(base, within, out);
            find(key, within, out);
        }
        ExprKind::Call(call) => {
            let is_nameless = call.args.first().is_none_or(|a| matches!(a.kind, ExprKind::Int(_)));
            if let Some(name) = within.filter(|_| is_nameless && Builtin::of(call) == Some(Builtin::CopyIndex)) {
                out.push((call.name_span, name));
            }
            call.args.iter().for_each(|a| find(a, within, out));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::model::arm;
    use crate::read::Sources;
    use crate::read::json::Document;

    fn said(resource: &str) -> Vec<String> {
        let text = format!(
            r#"{{"contentVersion": "1.0.0.0", "resources": [{{"type": "A.B/c", "apiVersion": "2023-01-01", "name": "n", {resource}}}]}}"#
        );
        let mut diagnostics = Vec::new();
        arm::load(&Document::parse(&Sources::new().add("a.json", text)), &mut diagnostics).unwrap();
        diagnostics.into_iter().map(|d| d.message).collect()
    }

    #[test]
    fn a_loop_of_a_property_is_named() {
        let looped = |index: &str| {
            format!(r#""properties": {{"copy": [{{"name": "p", "count": 2, "input": {{"i": "[add({index}, 1)]"}}}}]}}"#)
        };
        assert!(said(&looped("copyIndex()"))[0].ends_with("write `copyIndex('p')`"));
        assert_eq!(said(&looped("copyIndex(1)")).len(), 1);
        for right in ["copyIndex('p')", "copyIndex('p', 1)"] {
            assert_eq!(said(&looped(right)), [""; 0], "{right}");
        }
        // Then it is the index of the resource.
        let copied = format!(r#""copy": {{"name": "r", "count": 2}}, {}"#, looped("copyIndex()"));
        assert_eq!(said(&copied), [""; 0]);
    }
}
