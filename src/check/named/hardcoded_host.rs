//! Whether a template writes down host names that differ between the clouds of Azure.

use std::ops::ControlFlow;

use crate::check::named::support::declared;
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Expr, Template};
use crate::rules::language::Operand;

/// `with: {hosts: […]}`: no text of the deployment's template has one of these host names, or one below them, in it.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let hosts = args.iter().find(|(n, _)| n == "hosts").map_or(Lit::Null, |(_, o)| e.operand(o, s));
    let hosts: Vec<_> = hosts.items().iter().filter_map(Lit::text).map(|h| h.to_ascii_lowercase()).collect();
    let mut truth = Truth::True;
    for declared in declared::of(e, s.node, false).iter() {
        for (expr, pointer) in texts(&declared.template) {
            let _ = declared::each(expr, &mut |part: &Expr| {
                let Some(text) = part.as_str() else { return ControlFlow::Continue(()) };
                let text = text.to_ascii_lowercase();
                if let Some(host) = hosts.iter().find(|h| names(&text, h)) {
                    truth = Truth::False;
                    declared::say(
                        e,
                        s.node,
                        format!("`{host}` is written into the template"),
                        part.span,
                        pointer.clone(),
                    );
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
        }
    }
    truth
}

/// What a template says, besides types and descriptions, with its place in the file.
fn texts(template: &Template) -> Vec<(&Expr, ecow::EcoString)> {
    let mut out = Vec::new();
    for p in &template.parameters {
        out.extend(p.default.as_ref().map(|d| (d, declared::pointer(template, "parameters", &p.name))));
    }
    for v in &template.variables {
        out.push((&v.value, declared::pointer(template, "variables", &v.name)));
    }
    for (r, _) in declared::resources(template) {
        out.push((&r.body, r.pointer.clone()));
    }
    out
}

/// Whether a host name, or one below it, is in a text; `schema.management.azure.com` is the same for all clouds.
fn names(text: &str, host: &str) -> bool {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(host).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + host.len()..]);
        !before.ends_with(part_of_name) && !before.ends_with("schema.") && !after.starts_with(part_of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn host_names_in_texts() {
        for text in [
            "https://st.blob.core.windows.net/",
            "core.windows.net",
            ".core.windows.net;EndpointSuffix=x",
            "'core.windows.net'",
        ] {
            assert!(names(text, "core.windows.net"), "{text}");
        }
        for text in ["score.windows.net", "core.windows.network", "core.windows", ""] {
            assert!(!names(text, "core.windows.net"), "{text}");
        }
        assert!(!names("https://schema.management.azure.com/schemas", "management.azure.com"));
        assert!(names("https://management.azure.com/", "management.azure.com"));
    }
}
