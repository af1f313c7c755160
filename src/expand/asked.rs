//! What a resource waits for without saying so: resources of its template that it asks for by their names.

use super::eval::Interpreter;
use super::frame::Frame;
use super::instance::Declared;
use super::value::Value;
use crate::model::{Builtin, Expr, ExprKind};

impl Interpreter<'_> {
    /// The names of what a declared resource asks for with `reference` or `list…`. Azure deploys that first, as if `dependsOn` named
    /// it; what is asked for by its id has to be named there
    /// (<https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-dependency#reference-and-list-functions>).
    /// Where resources have symbolic names, these are what is asked for: the compiler of Bicep refuses circles of them.
    pub(super) fn asked_by_name(&self, declared: &Declared) -> Vec<Value> {
        let lexical = self.lexical();
        if lexical.instance.template.symbolic {
            return Vec::new();
        }
        let mut names = Vec::new();
        collect(&declared.resource.body, &mut names);
        let handed = declared.resource.deployment.as_deref().and_then(|d| d.parameters.as_ref());
        handed.iter().for_each(|parameters| collect(parameters, &mut names));
        if names.is_empty() {
            return Vec::new();
        }
        // What fails has failed in the body already; in a loop within that, the name is another one each time.
        let settle = |name: &Expr, f: &Frame<'_>| self.run.granting(None, || lexical.settle(name, f));
        let mut values: Vec<Value> = self.frame_of(declared, |f| names.iter().map(|name| settle(name, f)).collect());
        values.retain(|v| v.as_str().is_some_and(|name| !name.is_empty() && !name.starts_with('/')));
        values
    }
}

/// The first arguments of all calls that ask for a resource. What stands in an arm of `if` may never be evaluated.
fn collect<'e>(e: &'e Expr, names: &mut Vec<&'e Expr>) {
    let mut open = vec![e];
    while let Some(e) = open.pop() {
        match &e.kind {
            ExprKind::Expression(inner) => open.push(inner),
            ExprKind::Access { base, key, .. } => open.extend([&**base, key]),
            ExprKind::Array(items) => open.extend(items.iter().rev()),
            ExprKind::Object(members) => open.extend(members.iter().rev().map(|m| &m.value)),
            ExprKind::Loop(looped) => open.push(&looped.input),
            ExprKind::Call(call) => match Builtin::of(call) {
                Some(Builtin::If) => open.extend(call.args.first()),
                function => {
                    if matches!(function, Some(Builtin::Reference | Builtin::List)) {
                        names.extend(call.args.first());
                    }
                    open.extend(call.args.iter().rev());
                }
            },
            _ => {}
        }
    }
}
