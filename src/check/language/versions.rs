//! API versions: those that are too old, and types and versions that nobody knows.

use rustc_hash::FxHashSet;

use super::kinds::Ty;
use super::resources::{full_type, version_of};
use super::scope::Kind;
use super::walk::{self, Node};
use super::{Context, Edit};
use crate::check::types::age;
use crate::model::bicep::type_reference::is_reference;
use crate::model::{self, Template, TypeKind};
use crate::nesting;
use crate::read::Span;
use crate::read::bicep::ast::{Expr, ExprKind};
use crate::types::{self, is_api_version};

pub fn check(c: &Context<'_>) {
    let extended = c.settings.extended || c.file().declares_extension();
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let Kind::Resource(r) = d.kind else { continue };
        let Some(written) = walk::text(&r.ty) else { continue };
        if d.parent.is_none() && !is_reference(written, extended) {
            let message = format!(
                "`{written}` is no resource type with an API version. Write it like 'Microsoft.Storage/storageAccounts@2023-01-01'."
            );
            c.say("BCP029", r.ty.span, message);
            continue;
        }
        let (type_, Some(version)) = (full_type(c, i), version_of(c, i)) else { continue };
        // Types of extensions have versions of another form.
        if !is_azure(&type_) || extended && !is_api_version(version) {
            continue;
        }
        match known(&type_) {
            Some(all) if all.iter().any(|v| v.eq_ignore_ascii_case(version)) => {
                let at = written.rfind(version).map_or(r.ty.span, |at| {
                    let start = r.ty.span.start + 1 + at as u32;
                    Span { start, end: start + version.len() as u32, ..r.ty.span }
                });
                too_old(c, &type_, version, &all, at, written.contains('@'));
            }
            _ => {
                let message = format!(
                    "No properties are known of `{type_}@{version}`, so they are not checked. Look at the type and its version."
                );
                c.say("BCP081", r.ty.span, message);
            }
        }
    }
    each_asking(c, |e, _, args| of_call(c, e, args));
    modules(c);
}

/// Types of parameters and outputs of modules in JSON that are taken from a type of Azure's which nobody knows.
fn modules(c: &Context<'_>) {
    for d in &c.scope.declarations {
        let Kind::Module(m) = d.kind else { continue };
        // A module in Bicep says it itself.
        let Some(template) = c.others.template(&m.path).filter(|_| !c.others.is_bicep(&m.path)) else { continue };
        let mut seen = FxHashSet::default();
        let types = template.parameters.iter().map(|p| &p.ty).chain(template.outputs.iter().map(|o| &o.ty));
        for t in types {
            unknown_in(c, template, t, m.path.span, &mut seen, 0);
        }
    }
}

fn unknown_in<'t>(
    c: &Context<'_>,
    template: &'t Template,
    t: &'t model::Type,
    at: Span,
    seen: &mut FxHashSet<&'t str>,
    depth: usize,
) {
    if !nesting::TYPE.allows(depth) {
        return;
    }
    if let Some(derived) = &t.derived {
        let known = derived.resource.split_once('@').is_none_or(|(type_, version)| {
            known(type_).is_some_and(|all| all.iter().any(|v| v.eq_ignore_ascii_case(version)))
        });
        if !known {
            let message = format!(
                "The module takes types from `{}`, of which no properties are known. Look at the type and its version.",
                derived.resource
            );
            c.say("BCP081", at, message);
        }
        return;
    }
    let below = |t: &'t model::Type| unknown_in(c, template, t, at, seen, depth + 1);
    match &t.kind {
        TypeKind::Array { items, prefix, .. } => items.iter().map(|t| &**t).chain(prefix).for_each(below),
        TypeKind::Object(o) | TypeKind::SecureObject(o) => {
            let variants = o.discriminator.iter().flat_map(|d| &d.1);
            o.properties.iter().chain(variants).map(|p| &p.1).chain(o.additional.as_deref()).for_each(below);
        }
        TypeKind::Ref(name) => {
            if seen.insert(name)
                && let Some(definition) = template.type_definition(name)
            {
                unknown_in(c, template, &definition.ty, at, seen, depth + 1);
            }
        }
        _ => {}
    }
}

/// Every call that asks a resource something: `reference`, `listKeys` and the like, with the name and the arguments.
pub fn each_asking<'f>(c: &Context<'f>, mut look: impl FnMut(&'f Expr, &'f str, &'f [Expr])) {
    for s in &c.file().statements {
        walk::statement(s, &mut |node| {
            if let Node::Expr(e) = node
                && let Some((name, args)) = c.scope.builtin(e)
                && (name.text == "reference" || name.text.starts_with("list"))
            {
                look(e, &name.text, args);
            }
            true
        });
    }
}

/// `Provider.Name/type/type`: a type of Azure's, not of an extension.
fn is_azure(type_: &str) -> bool {
    type_.split_once('/').is_some_and(|(provider, rest)| provider.contains('.') && !rest.is_empty())
}

/// Letters only, as the compiler looks for types in texts.
pub fn looks_like_type(text: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic());
    let Some((provider, rest)) = text.split_once('/') else { return false };
    provider.split_once('.').is_some_and(|(a, b)| letters(a) && letters(b)) && rest.split('/').all(letters)
}

/// The API versions of a type; `None` if there is no such type.
pub fn known(type_: &str) -> Option<Vec<&'static str>> {
    types::azure().ok()?.resource_type(type_).ok()??.api_versions().ok()
}

fn of_call<'f>(c: &Context<'f>, e: &'f Expr, args: &'f [Expr]) {
    let [first, second, ..] = args else { return };
    let literal = |e: &'f Expr| if let Ty::Text(Some(text)) = c.shape(c.ty(e)) { Some(text) } else { None };
    let Some(version) = literal(second).filter(|v| is_api_version(v)) else { return };
    let named = match (&first.kind, c.scope.builtin(first)) {
        (_, Some((name, args))) if name.text == "resourceId" => {
            let mut texts = args.iter().map(literal).skip_while(|t| !t.is_some_and(looks_like_type));
            texts.next().flatten().map(|t| {
                let more = texts.map_while(|t| t).map(|t| format!("/{t}"));
                more.fold(t.trim_end_matches('/').to_owned(), |all, part| all + &part)
            })
        }
        (ExprKind::Member { base, name, .. }, _) if name.text == "id" => c
            .scope
            .target(base)
            .filter(|i| c.scope.declarations.get(*i).is_some_and(|d| matches!(d.kind, Kind::Resource(_))))
            .map(|i| full_type(c, i)),
        _ => literal(first).filter(|t| looks_like_type(t)).map(str::to_owned),
    };
    let Some(mut type_) = named else { return };
    // Names behind the type are cut off.
    let mut shortest = type_.clone();
    let all = loop {
        if let Some(all) = known(&type_) {
            break Some(all);
        }
        shortest.clone_from(&type_);
        match type_.rfind('/') {
            Some(at) if looks_like_type(&type_) => type_.truncate(at),
            _ => break None,
        }
    };
    match all {
        None => c.say("use-recent-api-versions", e.span, format!("There is no resource type `{shortest}`.")),
        Some(all) if !all.iter().any(|v| v.eq_ignore_ascii_case(version)) => {
            c.say("use-recent-api-versions", e.span, format!("`{type_}` has no API version {version}."));
        }
        Some(all) => too_old(c, &type_, version, &all, e.span, false),
    }
}

fn too_old(c: &Context<'_>, type_: &str, version: &str, all: &[&str], at: Span, mend: bool) {
    let Some(best) = age::newer(version, all, c.subject.today, c.settings.most_days) else { return };
    let message = format!("{} Use {best}.", age::words(type_, version, c.settings.most_days));
    if mend {
        let fix =
            Edit { span: at, text: best.clone(), description: format!("use the API version {best}"), safe: false };
        c.mend("use-recent-api-versions", at, message, fix);
    } else {
        c.say("use-recent-api-versions", at, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_can_be_named_before_its_types() {
        for written in ["stg:container", "stg:container@v1", "stg:blob/sub@v1", "az:Microsoft.Web/sites@2023-01-01"] {
            assert!(is_reference(written, true), "{written}");
            assert_eq!(is_reference(written, false), written.starts_with("az:"), "{written}");
        }
        for written in ["stg:", ":container", "a-b:container", "a:b:c", "1:c"] {
            assert!(!is_reference(written, true), "{written}");
        }
    }

    #[test]
    fn types_are_told_from_other_texts() {
        assert!(looks_like_type("Microsoft.Web/sites/slots") && !looks_like_type("Microsoft.Web"));
        assert!(!looks_like_type("a/b") && !looks_like_type("https://x.y/z"));
    }
}
