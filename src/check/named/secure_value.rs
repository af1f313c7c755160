//! Whether the secrets of resources come from secure parameters.

use crate::check::named::support::declared::{self, Uses};
use crate::check::named::support::noted::{self, Said};
use crate::check::named::support::written::Written;
use crate::check::secrets::{self, shape};
use crate::check::types::sensitive;
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Builtin, Expr, ExprKind, Parameter, Template};
use crate::nesting;
use crate::rules::language::Operand;

/// `with: {<type>: [paths]}`: these properties of resources, in the deployment or in those in it, take secure parameters
/// and no others, or ask a resource. With `published: true` those as well that Azure's types mark as secrets, but for those that
/// `Azure.Deployment.SecureValue` lists.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let published = args.iter().any(|(name, _)| name == "published");
    noted::each(e, s, true, ("secure-value", args), |e, declared| {
        let mut out = Vec::new();
        let mut written = Written::new(&declared.scope);
        for (resource, type_) in declared::resources(&declared.template) {
            let listed = args.iter().find(|(t, _)| type_.eq_ignore_ascii_case(t)).map(|(_, paths)| e.operand(paths, s));
            let mut paths: Vec<_> = listed.iter().flat_map(|l| l.items().iter().filter_map(Lit::text)).collect();
            if published {
                paths.extend(published_paths(&type_).into_iter().map(Into::into));
            }
            for path in paths {
                for (key, value) in written.at(&resource.body, &path) {
                    // Through variables only if the expression itself does not settle it.
                    let secret = |variables| Uses::of(value, &declared.scope, variables).is_secret(&declared.scope);
                    if is_placeholder(value) || is_empty(value) || published && tells_nothing(value, &type_, &path) {
                        continue;
                    }
                    if secret(false) || secret(true) {
                        // Whatever else it may be.
                        let literal = Written::new(&declared.scope).literal(value);
                        if literal.is_none_or(|text| secrets::is_placeholder(text)) {
                            continue;
                        }
                    }
                    let words = format!("`{path}` of a {type_} is a secret, but does not come from a secure parameter");
                    if let Some(p) = taken(value, &declared.scope, 0) {
                        let words = format!(
                            "`{path}` of a {type_} is a secret, but the parameter `{}` it comes from is not secure: its type is {}",
                            p.name,
                            declared::type_name(&p.ty)
                        );
                        let pointer = declared::pointer(&declared.scope, "parameters", &p.name);
                        // Its type is what is to be changed.
                        out.push(Said { words, span: p.ty.span.unwrap_or(p.name_span), pointer });
                        continue;
                    }
                    // The whole member: another literal is no better.
                    let span = key.filter(|k| k.file == value.span.file).map_or(value.span, |k| k.to(value.span));
                    out.push(Said { words, span, pointer: resource.pointer.clone() });
                }
            }
        }
        out
    })
}

/// What the types mark as a secret in resources of a type, and `Azure.Deployment.SecureValue` does not list.
fn published_paths(type_: &str) -> Vec<&'static str> {
    let plain = |path: &str| path.replace("[*]", "").to_ascii_lowercase();
    let listed: Vec<String> = secrets::names::paths(type_).iter().map(|p| plain(p)).collect();
    sensitive::paths(type_).filter(|p| !listed.contains(&plain(p))).collect()
}

/// The parameter that a value is handed over from as it is, through variables as well: its type is what is to be changed.
fn taken<'t>(value: &'t Expr, scope: &'t Template, depth: usize) -> Option<&'t Parameter> {
    match &value.kind {
        ExprKind::Expression(inner) => taken(inner, scope, depth),
        ExprKind::Call(call) if nesting::ALIAS.allows(depth) => {
            let name = call.args.first()?.as_str()?;
            match Builtin::of(call)? {
                Builtin::Parameters => scope.parameter(name).map(|(_, p)| p),
                Builtin::Variables => taken(&scope.variable(name)?.1.value, scope, depth + 1),
                _ => None,
            }
        }
        _ => None,
    }
}

/// An empty text tells nothing.
fn is_empty(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Expression(inner) => is_empty(inner),
        _ => value.as_str().is_some_and(|s| s.is_empty()),
    }
}

/// Whether a text says where the secret is, or how to do without one: `@Microsoft.KeyVault(…)` where the service looks it up, a
/// connection that signs in as an identity. Anywhere else such a text is the password itself.
fn tells_nothing(value: &Expr, type_: &str, path: &str) -> bool {
    let refers = |text: &str| text.starts_with('@') && !shape::can_be_secret(text);
    let is_connection = || path.to_ascii_lowercase().ends_with("connectionstring");
    shape::has_expressions(type_) && start(value).is_some_and(refers)
        || value.as_str().is_some_and(|text| shape::is_connection_without_secret(text) && is_connection())
}

/// How a text begins that is put together: with the format, with the first part.
fn start(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Expression(inner) => start(inner),
        ExprKind::Call(call) if matches!(Builtin::of(call), Some(Builtin::Concat | Builtin::Format)) => {
            call.args.first()?.as_str().map(|text| text.as_str())
        }
        _ => value.as_str().map(|text| text.as_str()),
    }
}

fn is_placeholder(value: &Expr) -> bool {
    value.as_str().is_some_and(|s| secrets::is_placeholder(s))
}
