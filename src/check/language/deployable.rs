//! Whether resources are deployed to the scope of their file: what lies elsewhere needs a module.

use super::Context;
use super::bodies::written_scope;
use super::resources::{full_type, is_of_extension};
use super::scope::Kind;
use super::walk::bare;
use crate::read::bicep::ast::{Expr, ExprKind};

/// A resource that extends another that extends another; a chain ends here.
const MOST_STEPS: usize = 64;

pub fn check(c: &Context<'_>) {
    let scopes = Scopes { c, own: written_scope(c).unwrap_or("resourceGroup") };
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let Kind::Resource(r) = d.kind else { continue };
        if r.existing.is_some() || c.cyclic.contains(&i) || is_of_extension(c, i) {
            continue;
        }
        let root = scopes.root(i);
        if scopes.is_own(root, 0) {
            continue;
        }
        let above = c.scope.declarations.get(root);
        let scope = d.object().and_then(|o| o.get("scope"));
        let message =
            format!("`{}` is deployed to the scope of the file. Use a module to deploy to another.", d.name.text);
        match (above, scope) {
            (_, Some(scope)) if root == i => c.say("BCP139", scope.span, message),
            // That a child has a scope at all is another mistake.
            (_, Some(_)) => {}
            (Some(above), None) if matches!(above.kind, Kind::Resource(r) if r.existing.is_some()) => {
                let message = format!(
                    "`{}` lies where `{}` does, which is not in the scope of the file. Use a module to deploy to another.",
                    d.name.text, above.name.text
                );
                c.say("BCP165", r.body.span, message);
            }
            _ => c.say("BCP139", r.body.span, message),
        }
    }
}

/// Where resources are deployed.
struct Scopes<'c, 'f> {
    c: &'c Context<'f>,
    /// The scope of the file.
    own: &'f str,
}

impl Scopes<'_, '_> {
    /// The outermost of the resources above one: a child lies where that does.
    fn root(&self, index: usize) -> usize {
        let mut at = index;
        for _ in 0..MOST_STEPS {
            let Some(d) = self.c.scope.declarations.get(at) else { break };
            let named = || self.resource(d.object()?.get("parent")?);
            match d.parent.or_else(named) {
                Some(above) if above != index => at = above,
                _ => break,
            }
        }
        at
    }

    /// The resource that an expression names, or the item of a list of such.
    fn resource(&self, e: &Expr) -> Option<usize> {
        let at = match &bare(e).kind {
            ExprKind::Index { base, .. } => bare(base),
            _ => bare(e),
        };
        let found = self.c.scope.target(at)?;
        matches!(self.c.scope.declarations.get(found)?.kind, Kind::Resource(_)).then_some(found)
    }

    /// Whether a resource that has none above it is in the scope of the file.
    fn is_own(&self, index: usize, steps: usize) -> bool {
        let scope = self.c.scope.declarations.get(index).and_then(|d| d.object()).and_then(|o| o.get("scope"));
        let Some(scope) = scope.filter(|_| steps < MOST_STEPS) else { return true };
        if let Some(of) = self.resource(scope) {
            // A resource that makes a scope is that scope; of any other what extends it is a part.
            return match full_type(self.c, of).to_ascii_lowercase().as_str() {
                "microsoft.resources/resourcegroups" if self.is_found(of, "subscription") => false,
                "microsoft.management/managementgroups" if self.is_found(of, "tenant") => false,
                _ => self.is_own(self.root(of), steps + 1),
            };
        }
        match &bare(scope).kind {
            ExprKind::Call { name, args } | ExprKind::MethodCall { name, args, .. } => match name.text.as_str() {
                "resourceGroup" | "subscription" | "managementGroup" => args.is_empty() && name.text == self.own,
                _ => true,
            },
            _ => true,
        }
    }

    /// Whether a resource that makes a scope is looked for where there are such.
    fn is_found(&self, index: usize, wanted: &str) -> bool {
        let scope = self.c.scope.declarations.get(index).and_then(|d| d.object()).and_then(|o| o.get("scope"));
        match scope.map(|e| &bare(e).kind) {
            None => self.own == wanted,
            Some(ExprKind::Call { name, .. } | ExprKind::MethodCall { name, .. }) => name.text == wanted,
            Some(_) => false,
        }
    }
}
